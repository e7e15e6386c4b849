"""PURE. A change of the plan as a sentence: what was moved, from where to where, and whose it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from config.catalogue import known_kpis
from config.fields import Model
from config.history.diff import ChangedPart, ChangeKind, PlanChange
from config.history.matching import Owner, rules_apart
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.plan import Action, Budget, BudgetShare, Cost, Kpi, Per, Person, Rule
from config.vocabulary import Scope, Unit
from config.when import When
from worker.wording.change_terms import CHANGES, COST_STATES, NAMES, VERBS
from worker.wording.promises import (
    Side,
    Write,
    budget_text,
    every_budget,
    is_comparable,
    is_due_otherwise,
    kpi_text,
    kpi_when,
    level,
    limit_steps,
    month_name,
    target_level,
    target_verb,
    told_apart,
    whole_target,
)
from worker.wording.sentences import inside, kpi_name
from worker.wording.terms import dimension_name, technique_name
from worker.wording.translator import Translator


@dataclass(frozen=True, slots=True)
class _Telling:
    """A change, and both of its sides."""

    change: PlanChange
    before: Side
    after: Side

    @property
    def translator(self) -> Translator:
        return self.after.translator

    def both(self, write: Write) -> dict[str, str]:
        """The value before and after; where they would look the same, exactly."""
        return told_apart(write, (self.before, self.change.before), (self.after, self.change.after))

    def say(self, text: str, **parts: str) -> str:
        """The sentence, whose element is named as the reader knows it."""
        of, translator = self.change.of, self.translator
        name = _kpi_element(self) if of.scope is Scope.KPI else of.name
        whose = translator.say("of the plan") if of.scope is Scope.PLAN else translator.say("of “{name}”", name=name)
        return translator.say(text, **{"of": whose, "name": name, "which": _which(self), **parts})

    def said(self, **parts: str) -> str:
        """What is said of a change of this kind."""
        what, kind = self.change.what, self.change.kind
        return self.say(CHANGES.get((what, kind)) or CHANGES[what, ChangeKind.CHANGED], **parts)


def change_sentence(change: PlanChange, before: LoadedPlan, after: LoadedPlan, translator: Translator) -> str:
    """One change, told in one sentence."""
    telling = _Telling(change, Side(before, translator), Side(after, translator))
    match change.what:
        case ChangedPart.TARGET:
            return _target(telling)
        case ChangedPart.BUDGET:
            return _budget(telling)
        case ChangedPart.TRACKING:
            return _tracking(telling)
        case ChangedPart.ACTION if change.kind is ChangeKind.RENAMED:
            return telling.said(**telling.both(_named_action))
        case ChangedPart.OBJECTIVE | ChangedPart.ACTION | ChangedPart.PERSON | ChangedPart.KPI | ChangedPart.SOURCE:
            return _element(telling)
        case ChangedPart.NAME:
            return telling.say(NAMES[change.of.scope], **telling.both(_name))
    return telling.said(**telling.both(_WRITERS[change.what]))


# --- promises -----------------------------------------------------------------------------------------------------


def _target(telling: _Telling) -> str:
    change, before, after = telling.change, telling.change.before, telling.change.after
    if change.kind is ChangeKind.PUT_BACK:
        return telling.said(kpi=kpi_text(telling.after, before), **telling.both(whole_target))
    if before is None or after is None:
        side, it = (telling.after, after) if before is None else (telling.before, before)
        text = target_level(side, it)
        return telling.said(kpi=kpi_when(side, it), before=text, after=text)
    verb = telling.translator.say(VERBS[_verb(telling)])
    if is_due_otherwise(before, after):
        steps = telling.translator.say("from {before} to {after}", **telling.both(whole_target))
        return telling.said(kpi=kpi_text(telling.after, after), verb=verb, steps=steps)
    steps = ", ".join(_target_steps(telling))
    return telling.said(kpi=kpi_when(telling.after, after), verb=verb, steps=steps)


def _verb(telling: _Telling) -> str:
    before, after = telling.change.before, telling.change.after
    units = [side.kpi(after.kpi).unit for side in (telling.before, telling.after)]
    if units[0] is not units[1] or not is_comparable(telling.before, telling.after, units[0]):
        return "changed"
    return target_verb(before, after)


def _target_steps(telling: _Telling) -> Iterator[str]:
    before, after, translator = telling.change.before, telling.change.after, telling.translator
    for month, was, now in limit_steps(before, after):
        texts = told_apart(_limits_of(after.kpi), (telling.before, was), (telling.after, now))
        if month:
            yield translator.say("in {month} from {before} to {after}", month=month_name(telling.after, month), **texts)
        else:
            yield translator.say(
                "in the other months from {before} to {after}"
                if before.phases or after.phases
                else "from {before} to {after}",
                **texts,
            )


def _limits_of(kpi: str) -> Write:
    return lambda side, limits: level(side, kpi, limits)


def _budget(telling: _Telling) -> str:
    change, before, after = telling.change, telling.change.before, telling.change.after
    is_other_per = bool(before and after and _per(before) is not _per(after))
    texts = telling.both(every_budget if is_other_per else budget_text)
    if change.kind is not ChangeKind.CHANGED:
        return telling.said(**texts)
    verb = "changed"
    is_shared = isinstance(before, BudgetShare) or isinstance(after, BudgetShare)
    if not (is_other_per or is_shared) and is_comparable(telling.before, telling.after, Unit.MONEY):
        verb = "raised" if after.amount > before.amount else "lowered" if after.amount < before.amount else "changed"
    steps = telling.translator.say("from {before} to {after}", **texts)
    return telling.said(verb=telling.translator.say(VERBS[verb]), steps=steps)


def _per(budget: Budget | BudgetShare) -> Per | None:
    return budget.per if isinstance(budget, Budget) else None


# --- the rest --------------------------------------------------------------------------------------------------------


def _tracking(telling: _Telling) -> str:
    change, side = telling.change, telling.after
    removed, added = rules_apart(change.before, change.after)
    parts = {"removed": _rules(side, removed), "added": _rules(side, added)}
    if not (change.before and change.after):
        return telling.say(
            "The tracking {of} was set: {added}." if change.after else "The tracking {of} was removed: {removed}.",
            **parts,
        )
    if removed and added:
        return telling.say("The tracking {of} was changed: {added} added, {removed} removed.", **parts)
    return telling.say(
        "The tracking {of} was widened to include {added}."
        if added
        else "The tracking {of} was narrowed: {removed} removed.",
        **parts,
    )


def _rules(side: Side, rules: list[Rule]) -> str:
    return side.translator.listed((_rule(side, rule) for rule in rules), "or")


def _rule(side: Side, rule: Rule) -> str:
    alternatives = (
        f"{dimension_name(dimension, side.translator)} {side.translator.listed(texts, 'or')}"
        for dimension, texts in rule.patterns.items()
    )
    return side.translator.listed(alternatives)


def _element(telling: _Telling) -> str:
    change = telling.change
    side, it = (telling.before, change.before) if change.after is None else (telling.after, change.after)
    text = _detail(side, it)
    detail = side.translator.say(" ({text})", text=text) if text else ""
    return telling.said(detail=detail)


def _detail(side: Side, it: Owner | Person | Kpi | str) -> str:
    """What is worth knowing of an element that came or went."""
    if isinstance(it, Person):
        return it.email
    if isinstance(it, Kpi):
        return _formula(side, it.formula)
    return it if isinstance(it, str) else side.translator.listed(_promises(side, it))


def _promises(side: Side, owner: Owner) -> Iterator[str]:
    if isinstance(owner, Action) and owner.budget:
        yield side.translator.say("budget {amount}", amount=budget_text(side, owner.budget))
    for target in owner.targets:
        yield side.translator.say("{kpi} {level}", kpi=kpi_text(side, target), level=whole_target(side, target))


def _kpi_element(telling: _Telling) -> str:
    for side in (telling.after, telling.before):
        if kpi := side.loaded.plan.kpis.get(telling.change.of.id):
            return kpi_name(kpi, side.translator)
    return telling.change.of.name


def _which(telling: _Telling) -> str:
    """What the key of a change is called: a measure by its name, anything else as the file has it."""
    change, loaded = telling.change, telling.after.loaded
    measure = known_kpis(loaded.plan, loaded.declared).get(change.key) if change.what is ChangedPart.AUTHORITY else None
    return inside(kpi_name(measure, telling.translator)) if measure else change.key


def _named_action(side: Side, id: str) -> str:
    return side.translator.say("{text} ({aside})", text=side.loaded.plan.actions[id].name, aside=id)


def _name(side: Side, name: Any) -> str:
    if isinstance(name, str):
        return name
    return str(name.in_full) if side.is_exact else side.translator.say(name.in_(side.translator.language))


def _person(side: Side, id: str | None) -> str:
    if id is None:
        return side.translator.say("nobody")
    name = side.loaded.plan.people[id].name
    return side.translator.say("{text} ({aside})", text=name, aside=id) if side.is_exact else name


def _objective(side: Side, id: str | None) -> str:
    return side.loaded.plan.objectives[id].name if id else ""


def _technique(side: Side, id: str | None) -> str:
    return technique_name(id, side.translator) if id else ""


def _formula(side: Side, formula: tuple[str, ...]) -> str:
    return side.translator.listed(formula, "or")


def _margin(side: Side, margin: Decimal | None) -> str:
    return side.translator.say("none") if margin is None else side.number(margin, Unit.SHARE)


def _authority(side: Side, sources: tuple[str, ...] | None) -> str:
    return side.translator.listed(sources) if sources else side.translator.say("the usual order")


def _cost(side: Side, cost: Cost | None) -> str:
    if cost is None:
        return ""
    amount = side.number(cost.amount, Unit.MONEY)
    parts = [cost.what, amount, side.translator.day(cost.on)]
    return ", ".join([*parts, side.translator.say(COST_STATES[cost.state])] if cost.state else parts)


def _setting(side: Side, value: Any) -> str:
    """Whatever else a file may say."""
    if value is None or isinstance(value, bool):
        return side.translator.say("none" if value is None else "yes" if value else "no")
    if isinstance(value, Model):
        return ", ".join(f"{name} {_setting(side, it)}" for name, it in value if it is not None)
    if isinstance(value, (list, tuple)):
        return side.translator.listed(_setting(side, it) for it in value)
    return str(value)


def _dates(side: Side, dates: Window | When) -> str:
    if isinstance(dates, Window):
        return side.translator.period(dates)
    return ", ".join(_clauses(side.translator, dates)) or side.translator.say("the whole plan")


def _clauses(translator: Translator, when: When) -> Iterator[str]:
    if when.every:
        yield translator.every(when.every)
        if when.on and when.every.unit == "week":
            yield translator.say("on {day}", day=translator.weekday(when.on))
        elif when.on:
            yield translator.say("on day {day}", day=when.on)
    if when.lasts:
        yield translator.say("for {lasts}", lasts=translator.length(when.lasts))
    if when.from_ and when.to:
        yield translator.period(Window(when.from_, when.to + DAY))
    elif when.from_ or when.to:
        day = when.from_ or when.to
        yield translator.say("from {day}" if when.from_ else "until {day}", day=translator.day(day)) if day else ""


_WRITERS: dict[ChangedPart, Write] = {
    ChangedPart.RESPONSIBLE: _person,
    ChangedPart.LEAD: _person,
    ChangedPart.DEPUTY: _person,
    ChangedPart.EMAIL: _setting,
    ChangedPart.FORMULA: _formula,
    ChangedPart.MARGIN: _margin,
    ChangedPart.AUTHORITY: _authority,
    ChangedPart.DATES: _dates,
    ChangedPart.SERVES: _objective,
    ChangedPart.TECHNIQUE: _technique,
    ChangedPart.COST: _cost,
    ChangedPart.SETTING: _setting,
}

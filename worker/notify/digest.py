"""A person's week in words: what stands and who has it in hand, what is over; that all is quiet where it is."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from config.loading.loaded import LoadedPlan
from config.plan import Kpi
from config.vocabulary import Measure, Scope, Unit
from worker.flags.observe import key_of, responsible
from worker.model.flag import STORM, FlagState
from worker.model.records import Answered, SourceRow, SourceState
from worker.model.verdict import Judgement, Verdict
from worker.notify.item import Tone, badge, tone
from worker.store.sentences import sentences_of
from worker.wording import Translator
from worker.wording.outside import harmless
from worker.wording.sentences import bound, kpi_name, result

SHOWN = 20  # entries under one heading; the rest is counted

_UNJUDGED = (Verdict.NO_DATA, Verdict.UNMEASURABLE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing under a heading."""

    name: str
    text: str
    badge: str = ""
    tone: Tone = Tone.GREY
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A person's week. ``key`` is that of its message: the same week makes no second one."""

    key: str
    subject: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Week:
    """What a digest is made of."""

    key: str
    loaded: LoadedPlan
    kpis: Mapping[str, Kpi]
    person: str
    judgements: Sequence[Judgement]
    sources: Sequence[SourceRow]
    settled: Mapping[str, date]
    standing: Sequence[Row[Any]]  #: flags of the whole plan
    over: Sequence[Row[Any]]  #: the last week's
    flapping: Sequence[Row[Any]]  #: what comes and goes, for this person
    answered: Mapping[str, Answered]
    held: int = 0
    stakes: Mapping[str, Decimal] = field(default_factory=dict)  #: by key of the flag
    loose: Mapping[Measure, Decimal | None] = field(default_factory=dict)  #: what belongs to no action

    @property
    def leads(self) -> bool:
        """Whether the person is told about the plan as a whole."""
        return self.person == self.loaded.plan.lead_id


def digest(week: Week, translator: Translator, told: Collection[int] = ()) -> Digest:
    """The digest in words; ``told`` are the flags that the same mail speaks of already."""
    mine = [row for row in week.standing if row.person == week.person]
    over = [row for row in week.over if row.person == week.person]
    flapping = [row for row in week.flapping if row.state != FlagState.RESOLVED]
    over += [row for row in week.flapping if row.state == FlagState.RESOLVED and row.id not in {one.id for one in over}]
    restless = {row.id for row in flapping}
    sections = [
        _section("digest.open", [row for row in mine if row.id not in {*told, *restless}], _open, week, translator),
        _section("digest.flapping", [row for row in flapping if row.id not in told], _flapping, week, translator),
        _section("digest.gone", [row for row in over if row.id not in told], _gone, week, translator),
    ]
    is_quiet = not (mine or over or flapping or (week.leads and (week.standing or week.held)))
    checked, is_well = _checked(week, translator)
    lines = [
        translator.say(
            "All quiet: {checked} checked, {sources}." if is_quiet and is_well else "{checked} checked, {sources}.",
            **checked,
        )
    ]
    lines += _unjudged(week, translator)
    if week.leads and week.held:
        lines.append(_counted("digest.held", week.held, translator))
        is_quiet = False
    if week.leads:
        sections.append(_plan(week, translator))
    shown = tuple(section for section in sections if section.entries)
    return Digest(week.key, _subject(week, len(mine), translator, is_quiet=is_quiet and is_well), tuple(lines), shown)


def _subject(week: Week, count: int, translator: Translator, *, is_quiet: bool) -> str:
    plan = week.loaded.plan.plan
    if is_quiet:
        return translator.say("{plan}: all quiet", plan=plan)
    return (
        _counted("digest.subject", count, translator, plan=plan)
        if count
        else translator.say("{plan}: your week, nothing open", plan=plan)
    )


def _counted(key: str, count: int, translator: Translator, **parts: object) -> str:
    return translator.say(f"{key}_one", **parts) if count == 1 else translator.say(key, count=count, **parts)


# ---- what was looked at ----


def _latest(week: Week) -> list[Judgement]:
    """Each target and budget that the person answers for, in its newest period; all of them for the lead."""
    newest: dict[tuple[str, str, str], Judgement] = {}
    for one in week.judgements:
        if week.leads or responsible(week.loaded, one) == week.person:
            key = (one.subject.scope, one.subject.ref, one.subject.key)
            if key not in newest or one.period.start > newest[key].period.start:
                newest[key] = one
    return list(newest.values())


def _checked(week: Week, translator: Translator) -> tuple[dict[str, str], bool]:
    """What was looked at, and whether all of it could be."""
    every = _latest(week)
    kinds = {
        "digest.targets": sum(not one.is_budget for one in every),
        "digest.budgets": sum(one.is_budget for one in every),
    }
    counted = [_counted(key, count, translator) for key, count in kinds.items() if count]
    sources, is_fresh = _fresh(week, translator)
    is_well = is_fresh and not any(one.verdict in _UNJUDGED for one in every)
    return {"checked": translator.listed(counted) or translator.say("nothing"), "sources": sources}, is_well


def _fresh(week: Week, translator: Translator) -> tuple[str, bool]:
    count = len(week.sources)
    failing = [row.source for row in week.sources if row.state is not SourceState.OK]
    if not count:
        return translator.say("no sources"), True
    if failing:
        names = translator.listed(failing)
        return translator.say(
            "{fresh} of {count} sources in order (not {names})", fresh=count - len(failing), count=count, names=names
        ), False
    days = [week.settled.get(row.source) for row in week.sources]
    known = [day for day in days if day is not None]
    if len(known) < count:
        return translator.say("sources without settled days so far"), True
    return _counted("digest.fresh", count, translator, day=translator.day(min(known))), True


def _unjudged(week: Week, translator: Translator) -> list[str]:
    count = sum(one.verdict in _UNJUDGED for one in _latest(week))
    return [_counted("digest.unjudged", count, translator)] if count else []


# ---- flags ----


def _section(
    key: str,
    rows: Sequence[Row[Any]],
    said: Callable[[Row[Any], Week, Translator], Entry],
    week: Week,
    translator: Translator,
) -> Section:
    entries = [said(row, week, translator) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        entries.append(Entry(translator.say("And {count} more.", count=len(rows) - SHOWN), ""))
    return Section(translator.say(key), tuple(entries))


def _open(row: Row[Any], week: Week, translator: Translator) -> Entry:
    sentence = sentences_of(row)[translator.language]
    text = _standing(row, week, translator)
    return Entry(_name(row, week, translator), text, badge(row.verdict, translator), tone(row.verdict), sentence)


def _standing(row: Row[Any], week: Week, translator: Translator) -> str:
    """Since when, and who has it in hand."""
    since = translator.day(row.opened_on) if row.opened_on else ""
    by_hand = week.answered.get(row.key)
    if by_hand is not None and row.state in (FlagState.ACKNOWLEDGED, FlagState.SNOOZED):
        key = f"digest.{row.state}_note" if by_hand.note else f"digest.{row.state}"
        until = translator.day(by_hand.until) if by_hand.until else ""
        who, on = _who(by_hand.by, week), translator.day(by_hand.at.date())
        return translator.say(key, since=since, day=since, who=who, on=on, until=until, note=harmless(by_hand.note))
    judged = next((one for one in week.judgements if key_of(one) == row.key), None)
    if judged is not None and judged.verdict is Verdict.NO_DATA:
        return translator.say("Since {day}; muted, its figures are missing just now.", day=since)
    is_recovering = row.state == FlagState.RECOVERING
    return translator.say(
        "Since {day}; in order again, to be confirmed." if is_recovering else "Since {day}, nobody has it in hand.",
        day=since,
    )


def _flapping(row: Row[Any], week: Week, translator: Translator) -> Entry:
    sentence = sentences_of(row)[translator.language]
    return Entry(
        _name(row, week, translator), translator.say("Too often to write each time: {sentence}", sentence=sentence)
    )


def _gone(row: Row[Any], week: Week, translator: Translator) -> Entry:
    return Entry(_name(row, week, translator), "")


def _name(row: Row[Any], week: Week, translator: Translator) -> str:
    """What a flag is about, with its period."""
    if row.scope == Scope.SOURCE:
        is_storm = row.subject == STORM
        return (
            translator.say("far too much goes wrong at once")
            if is_storm
            else translator.say("Source “{source}”", source=row.ref)
        )
    plan = week.loaded.plan
    owner = plan.actions.get(row.ref) or plan.objectives.get(row.ref)
    name = owner.name if owner else plan.plan if row.scope == Scope.PLAN else row.ref
    judged = next((one for one in week.judgements if key_of(one) == row.key), None)
    return translator.say("{name}, {period}", name=name, period=translator.period(judged.period)) if judged else name


def _who(by: str, week: Week) -> str:
    someone = week.loaded.plan.people.get(by)
    return someone.name if someone else harmless(by)


# ---- the plan, for its lead ----


def _plan(week: Week, translator: Translator) -> Section:
    """How the plan as a whole stands."""
    entries = [_promise(one, week, translator) for one in _latest(week) if one.subject.scope == Scope.OBJECTIVE][:SHOWN]
    entries += [_spent(one, translator) for one in _latest(week) if one.subject.scope == Scope.PLAN and one.is_budget]
    people = Counter(row.person for row in week.standing)
    counted = [
        translator.say("{name}: {count}", name=_who(id, week), count=count) for id, count in people.most_common()
    ]
    stake = sum((week.stakes.get(row.key, Decimal(0)) for row in week.standing), Decimal(0))
    loose = _loose(week, translator)
    facts = {
        "digest.people": ", ".join(counted),
        "digest.stake": translator.money(stake, week.loaded.plan.currency) if stake else "",
        "digest.loose": translator.listed(loose),
    }
    entries += [Entry(translator.say(key), text) for key, text in facts.items() if text]
    return Section(translator.say("The plan"), tuple(entries))


def _promise(one: Judgement, week: Week, translator: Translator) -> Entry:
    kpi = week.kpis.get(one.kpi)
    name = kpi_name(kpi, translator, one.breakdown) if kpi else one.kpi
    text = translator.say(
        "{kpi} {value}, promised {bound}", kpi=name, value=result(one, translator), bound=bound(one, translator)
    )
    return Entry(one.subject.name, text, *_said(one, translator))


def _spent(one: Judgement, translator: Translator) -> Entry:
    amounts = {"spent": one.figure.value, "committed": one.committed, "amount": one.high}
    said = {name: translator.number(amount, Unit.MONEY, one.currency) for name, amount in amounts.items()}
    text = translator.say(
        "{spent} spent and {committed} committed of {amount}" if one.committed else "{spent} spent of {amount}", **said
    )
    return Entry(translator.say("Budget"), text, *_said(one, translator))


def _said(one: Judgement, translator: Translator) -> tuple[str, Tone]:
    return translator.say(f"verdict.{one.verdict}"), tone(one.verdict)


def _loose(week: Week, translator: Translator) -> list[str]:
    """What belongs to no action, where it is known and there is some."""
    visits, spend = week.loose.get(Measure.SESSIONS), week.loose.get(Measure.SPEND)
    found = []
    if visits:
        found.append(translator.say("{count} visits", count=translator.number(visits, Unit.COUNT)))
    if spend:
        found.append(translator.say("{amount} of spending", amount=translator.money(spend, week.loaded.plan.currency)))
    return found

"""PURE. A target or a budget in words, as one version of the plan means it; and what was done to a target."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from config.catalogue import known_kpis
from config.loading.loaded import LoadedPlan
from config.periods import Window, calendar_period
from config.plan import Bound, Budget, BudgetShare, Kpi, Per, Target
from config.vocabulary import Unit
from worker.wording.relative import relative_text
from worker.wording.sentences import inside, kpi_name
from worker.wording.terms import PER
from worker.wording.translator import Translator
from worker.wording.verdict_texts import BOUNDS

Limits = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two versions, in the words it is told in. ``is_exact``: with all digits, however many."""

    loaded: LoadedPlan
    translator: Translator
    is_exact: bool = False

    def number(self, value: Decimal | None, unit: Unit) -> str:
        """A value as this version means it."""
        currency = self.loaded.plan.currency
        if value is not None and self.is_exact:
            return self.translator.in_full(value, unit, currency)
        return self.translator.number(value, unit, currency)

    def kpi(self, id: str) -> Kpi:
        """What this version knows by a KPI's id."""
        return known_kpis(self.loaded.plan, self.loaded.declared)[id]


#: Writes a value of one version.
Write = Callable[[Side, Any], str]


def told_apart(write: Write, before: tuple[Side, Any], after: tuple[Side, Any]) -> dict[str, str]:
    """Two values as text, ``before`` and ``after``; with all their digits where they would look the same."""
    (one, was), (other, now) = before, after
    texts = write(one, was), write(other, now)
    if texts[0] == texts[1]:
        texts = write(replace(one, is_exact=True), was), write(replace(other, is_exact=True), now)
    return {"before": texts[0], "after": texts[1]}


def is_comparable(before: Side, after: Side, unit: Unit) -> bool:
    """Whether numbers of two versions can be held against each other: amounts of two currencies cannot."""
    return unit is not Unit.MONEY or before.loaded.plan.currency == after.loaded.plan.currency


def target_verb(before: Target, after: Target) -> str:
    """What was done to a target: raised or lowered, tightened or loosened; moved or changed where it is neither."""
    if is_due_otherwise(before, after):
        return "changed"
    moves = [(was, now) for _, was, now in limit_steps(before, after)]
    stricter = all(_is_within(was, now) for was, now in moves)
    laxer = all(_is_within(now, was) for was, now in moves)
    if after.bound is Bound.AT_LEAST:
        return "raised" if stricter else "lowered" if laxer else "changed"
    if stricter or laxer:
        return "tightened" if stricter else "loosened"
    return "moved" if after.bound is Bound.BETWEEN else "changed"


def is_due_otherwise(before: Target, after: Target) -> bool:
    """Whether it is a promise of another kind, or for another time: its numbers cannot be compared."""
    return _kind(before) != _kind(after)


def _kind(target: Target) -> tuple[object, ...]:
    return target.bound, target.grain, target.by, target.relative, target.relative and target.baseline


def _is_within(before: Limits | None, after: Limits | None) -> bool:
    """Whether what is allowed now was allowed before: the target is at least as strict."""
    if before is None or after is None:
        return before is None
    (low, high), (now_low, now_high) = before, after
    return (low is None or (now_low is not None and now_low >= low)) and (
        high is None or (now_high is not None and now_high <= high)
    )


def limit_steps(before: Target, after: Target) -> Iterator[tuple[date | None, Limits | None, Limits | None]]:
    """Month, limits before and after, wherever they differ; None for a month stands for all that are not named."""
    months = sorted({month for target in (before, after) for month, _ in target.phases})
    for month in (*months, None):
        was, now = (target.limits(month or date.min) for target in (before, after))
        if was != now:
            yield month, was, now


def level(side: Side, kpi: str, limits: Limits | None) -> str:
    """What is allowed: at least so much."""
    if limits is None:
        return side.translator.say("none")
    low, high = (side.number(limit, side.kpi(kpi).unit) for limit in limits)
    kind = Bound.AT_LEAST if limits[1] is None else Bound.AT_MOST if limits[0] is None else Bound.BETWEEN
    return side.translator.say(BOUNDS[kind], low=low, high=high)


def target_level(side: Side, target: Target) -> str:
    """All that a target promises; month by month where it is phased."""
    if target.relative:
        return _relative_level(side, target)
    if not target.phases:
        return level(side, target.kpi, target.limits(date.min))
    return ", ".join(_in_month(side, target, month) for month, _ in target.phases)


def _relative_level(side: Side, target: Target) -> str:
    change = relative_text(target.relative, side.translator) if target.relative else ""
    text = side.translator.say(BOUNDS[target.bound], low=change, high=change)
    if target.baseline is None:
        return text
    months = target.baseline if isinstance(target.baseline, tuple) else ((None, target.baseline),)
    values = [(month, side.number(value, side.kpi(target.kpi).unit)) for month, value in months]
    named = [
        side.translator.say("{level} in {month}", level=value, month=month_name(side, month)) if month else value
        for month, value in values
    ]
    return side.translator.say("{text} ({aside})", text=text, aside=side.translator.listed(named))


def _in_month(side: Side, target: Target, month: date) -> str:
    text = level(side, target.kpi, target.limits(month))
    return side.translator.say("{level} in {month}", level=text, month=month_name(side, month))


def month_name(side: Side, month: date) -> str:
    """The month that begins on a day."""
    return side.translator.period(calendar_period("month", month))


def whole_target(side: Side, target: Target | None) -> str:
    """The same with the period or day it is promised for."""
    if target is None:
        return side.translator.say("none")
    text, when = target_level(side, target), "" if target.phases else _when_due(side, target)
    return side.translator.say("{level} {when}", level=text, when=when) if when else text


def target_in(period: Window) -> Write:
    """Writes what a target promises in one period."""
    return lambda side, target: (
        target_level(side, target) if target.relative else level(side, target.kpi, target.limits(period.start))
    )


def _when_due(side: Side, target: Target) -> str:
    if target.by:
        return side.translator.say("by {day}", day=side.translator.day(target.by))
    return "" if target.grain is Per.TOTAL else side.translator.say(PER[target.grain])


def kpi_text(side: Side, target: Target) -> str:
    """What a target measures, as it stands inside a sentence."""
    return inside(kpi_name(side.kpi(target.kpi), side.translator, target.for_ or ""))


def kpi_when(side: Side, target: Target) -> str:
    """The same with the period or day it is promised for."""
    kpi, when = kpi_text(side, target), _when_due(side, target)
    return side.translator.say("{kpi} ({when})", kpi=kpi, when=when) if when else kpi


def budget_text(side: Side, budget: Budget | BudgetShare | None) -> str:
    """An amount, and how often it may be spent where that is more than once."""
    if not isinstance(budget, Budget) or budget.per is not Per.TOTAL:
        return every_budget(side, budget)
    return side.number(budget.amount, Unit.MONEY)


def every_budget(side: Side, budget: Budget | BudgetShare | None) -> str:
    """The same, where once is said too; of a shared budget its name."""
    if budget is None:
        return side.translator.say("none")
    if isinstance(budget, BudgetShare):
        shared = side.loaded.plan.budgets[budget.from_]
        return side.translator.say("shared, from “{name}”", name=shared.name)
    per = side.translator.say(PER[budget.per])
    text = side.translator.say("{level} {when}", level=side.number(budget.amount, Unit.MONEY), when=per)
    return side.translator.say("{text}, unspent amounts roll over", text=text) if budget.rollover else text

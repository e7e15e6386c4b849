"""PURE. Can the promises be kept: what they ask for together, against the money there is and the history there was."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from config.periods import DAY, Window
from config.plan import Action, Objective, Target
from config.vocabulary import BUILT_IN, Measure, Unit
from worker.model.finding import (
    AmountFact,
    Fact,
    Finding,
    FindingKind,
    FindingSubject,
    KpisFact,
    Question,
    Weight,
    by_weight,
)
from worker.model.plan_figures import DailyFigures, Owner, PlanFigures, ceiling_of, floor_of, total_of
from worker.stats.series import Floats

#: what may be promised of each thing, and what it may cost
PAIRS = (("new_customers", "cost_per_customer"), ("orders", "cost_per_order"), ("visitors", "cost_per_visitor"))

USUAL = 1.1  #: times the usual, beyond which a number of visits is worth a word


def feasibility(figures: PlanFigures) -> list[Finding]:
    """What does not hold together first; then how long each running target can still be reached."""
    return by_weight([*_budgets(figures), *_costs(figures), *_parts(figures), *_visits(figures), *_reach(figures)])


def _promised(figures: PlanFigures, owner: Owner) -> Iterator[tuple[Target, Window]]:
    """The targets of an owner that are not decided, with their running or coming period."""
    for target in owner.targets:
        period = figures.running(owner, target)
        if period is not None and not target.for_:
            yield target, period


def _level(figures: PlanFigures, owner: Owner, kpi: str) -> float | None:
    """The level at which an owner promises to hold a ratio, at least or at most."""
    for target, period in _promised(figures, owner):
        limit = floor_of(target, period) if floor_of(target, period) is not None else ceiling_of(target, period)
        if target.kpi == kpi and limit is not None:
            return float(limit)
    return None


def _finding(
    kind: FindingKind,
    subjects: tuple[FindingSubject, ...],
    weight: Weight,
    facts: dict[str, Fact],
    money: Decimal | None,
) -> Finding:
    return Finding(Question.FEASIBILITY, kind, subjects, weight, facts, money)


# --- money -----------------------------------------------------------------------------------------------------------


def _budgets(figures: PlanFigures) -> Iterator[Finding]:
    """Whether the actions may spend more than the plan."""
    budgets = {id: figures.budget(action) for id, action in figures.plan.actions.items()}
    together, ceiling = total_of(iter(budgets.values())), figures.plan_budget
    if together is not None and ceiling is not None and together > ceiling:
        facts: dict[str, Fact] = {
            "together": AmountFact(together, Unit.MONEY),
            "budget": AmountFact(ceiling, Unit.MONEY),
            "excess": AmountFact(together - ceiling, Unit.MONEY),
        }
        yield _finding(FindingKind.BUDGETS_OVER_PLAN, (figures.itself,), Weight.WRONG, facts, together - ceiling)


def _costs(figures: PlanFigures) -> Iterator[Finding]:
    """Whether the budget pays for the number promised: at the cost promised, else at what each has cost so far."""
    for subject, owner in figures.owners():
        money = figures.budget(owner) if isinstance(owner, Action) else figures.plan_budget
        for thing, cost in PAIRS:
            number = _whole_floor(figures, owner, thing)
            if money is None or number is None or number <= 0:
                continue
            allowed = _level(figures, owner, cost)
            usual = figures.days(subject).ratio(Measure.SPEND, thing)
            each = allowed if allowed is not None else usual
            if each is None or number * each <= float(money):
                continue
            facts: dict[str, Fact] = {
                "number": AmountFact(number, Unit.COUNT),
                "kpis": KpisFact((thing,)),
                "each": AmountFact(each, Unit.MONEY),
                "needed": AmountFact(number * each, Unit.MONEY),
                "budget": AmountFact(money, Unit.MONEY),
                "affordable": AmountFact(float(money) / number, Unit.MONEY),
                "usual": AmountFact(usual, Unit.MONEY),
            }
            is_promised = allowed is not None
            kind = FindingKind.COST_OVER_BUDGET if is_promised else FindingKind.MONEY_SHORT
            yield _finding(kind, (subject,), Weight.WRONG if is_promised else Weight.DOUBT, facts, money)


def _whole_floor(figures: PlanFigures, owner: Owner, kpi: str) -> float | None:
    """What is promised at least of something countable, over the whole life; None where it is over."""
    for target in owner.targets:
        if target.kpi == kpi and figures.running(owner, target):
            action = owner if isinstance(owner, Action) else None
            periods = figures.plan.periods(action, target.grain, target.by)
            floors = [floor for period in periods if (floor := floor_of(target, period)) is not None]
            return float(sum(floors)) if floors else None
    return None


# --- parts and the whole ---------------------------------------------------------------------------------------------


def _parts(figures: PlanFigures) -> Iterator[Finding]:
    """Whether the promises of an objective's actions come to what the objective promises."""
    for subject, aim in figures.owners():
        if not isinstance(aim, Objective):
            continue
        for target, _ in _promised(figures, aim):
            whole, kpi = _whole_floor(figures, aim, target.kpi), figures.known[target.kpi]
            serving = [id for id, action in figures.plan.actions.items() if subject.id in action.objectives]
            floors = {id: _ever_promised(figures, id, target.kpi) for id in serving}
            parts = {id: floor for id, floor in floors.items() if floor}
            if whole is None or not kpi.is_additive or not parts or sum(parts.values()) >= whole:
                continue
            facts: dict[str, Fact] = {
                "kpis": KpisFact((target.kpi,)),
                "together": AmountFact(sum(parts.values()), kpi.unit),
                "target": AmountFact(whole, kpi.unit),
                "missing": AmountFact(whole - sum(parts.values()), kpi.unit),
                "actions": AmountFact(len(parts), Unit.COUNT),
            }
            yield _finding(FindingKind.PARTS_SHORT, (subject,), Weight.NOTE, facts, figures.money(aim))


def _ever_promised(figures: PlanFigures, id: str, kpi: str) -> float | None:
    action = figures.plan.actions[id]
    floors = [
        floor
        for target in action.targets
        if target.kpi == kpi and not target.for_
        for period in figures.plan.periods(action, target.grain, target.by)
        if (floor := floor_of(target, period)) is not None
    ]
    return float(sum(floors)) if floors else None


# --- visits ----------------------------------------------------------------------------------------------------------


def _visits(figures: PlanFigures) -> Iterator[Finding]:
    """Whether the visits that a target of orders or revenue implies are more than there usually are."""
    for subject, owner in figures.owners():
        days = figures.days(subject)
        past = _past(figures, owner)
        for target, period in _promised(figures, owner):
            floor = floor_of(target, period)
            aim = None if floor is None or past is None else _Aim(owner, target, period, float(floor))
            needed = _visits_needed(figures, aim, days, past) if aim and past else None
            usual = days.a_day(Measure.SESSIONS, past) if past else None
            if needed is None or not usual or needed.visits <= USUAL * usual * len(period):
                continue
            facts: dict[str, Fact] = {
                "kpis": KpisFact((target.kpi,)),
                "target": AmountFact(needed.target, figures.known[target.kpi].unit),
                "visits": AmountFact(round(needed.visits), Unit.COUNT),
                "usual": AmountFact(round(usual * len(period)), Unit.COUNT),
                "times": AmountFact(needed.visits / (usual * len(period)), Unit.RATIO),
                "rate": AmountFact(needed.rate, Unit.SHARE),
                "basket": AmountFact(needed.basket, Unit.MONEY) if needed.basket else None,
            }
            yield _finding(FindingKind.VISITS_SHORT, (subject,), Weight.DOUBT, facts, figures.money(owner))


@dataclass(frozen=True, slots=True)
class _Aim:
    """What a target asks of one of its periods."""

    owner: Owner
    target: Target
    period: Window
    floor: float


@dataclass(frozen=True, slots=True)
class _Needed:
    target: float
    visits: float
    rate: float
    basket: float | None


def _visits_needed(figures: PlanFigures, aim: _Aim, days: DailyFigures, past: Window) -> _Needed | None:
    """Target / basket / conversion rate, each as promised where that is more than it has been."""
    if aim.target.kpi not in (Measure.REVENUE, Measure.ORDERS):
        return None
    rate = _best(_level(figures, aim.owner, "conversion_rate"), days.ratio(Measure.ORDERS, Measure.SESSIONS, past))
    if aim.target.kpi == Measure.ORDERS:
        return _Needed(aim.floor, aim.floor / rate, rate, None) if rate else None
    basket = _best(_level(figures, aim.owner, "average_basket"), days.ratio(Measure.REVENUE, Measure.ORDERS, past))
    return _Needed(aim.floor, aim.floor / basket / rate, rate, basket) if rate and basket else None


def _best(promised: float | None, seen: float | None) -> float | None:
    known = [value for value in (promised, seen) if value]
    return max(known) if known else None


def _past(figures: PlanFigures, owner: Owner) -> Window | None:
    start = figures.life(owner).start
    return Window(start, figures.today) if start < figures.today else None


# --- time ------------------------------------------------------------------------------------------------------------


def _reach(figures: PlanFigures) -> Iterator[Finding]:
    """For each running target of a sum that is not reached: until when it still can be."""
    unknown: list[FindingSubject] = []
    for subject, owner in figures.owners():
        for target, period in _promised(figures, owner):
            kpi = figures.known[target.kpi]
            floor = floor_of(target, period)
            measures = figures.measures(target.kpi)
            if floor is None or not kpi.is_additive or len(measures) != 1 or not measures <= BUILT_IN.keys():
                continue
            days, first = _history(figures, subject, owner, next(iter(measures)))
            reach = reach_of(days, first, period, figures.today, float(floor))
            if reach is None:
                continue
            if reach.is_unknown:
                unknown.append(subject)
                continue
            yield _reached(figures, subject, _Aim(owner, target, period, float(floor)), reach)
    if unknown:
        yield _finding(FindingKind.REACH_UNKNOWN, tuple(dict.fromkeys(unknown)), Weight.NOTE, {}, None)


def _history(figures: PlanFigures, subject: FindingSubject, owner: Owner, measure: str) -> tuple[Floats, date]:
    """The days from the owner's first one, or its first figure, on: the zeros before tell nothing."""
    days = figures.days(subject).of(measure)
    bearing = np.flatnonzero(days > 0)
    first = (figures.life(owner).start - figures.whole.start).days
    place = min([max(0, first), *map(int, bearing[:1])])
    return days[place:], figures.whole.start + DAY * place


def _reached(figures: PlanFigures, subject: FindingSubject, aim: _Aim, reach: "Reach") -> Finding:
    unit = figures.known[aim.target.kpi].unit
    facts: dict[str, Fact] = {
        "kpis": KpisFact((aim.target.kpi,)),
        "target": AmountFact(aim.floor, unit),
        "so_far": AmountFact(aim.floor - reach.gap, unit),
        "gap": AmountFact(reach.gap, unit),
        "best": AmountFact(reach.best, unit),
        "until": aim.period.last,
        "day": reach.last_start,
    }
    kind = FindingKind.OUT_OF_REACH if reach.last_start is None else FindingKind.REACHABLE_UNTIL
    weight = Weight.WRONG if reach.last_start is None else Weight.NOTE
    return _finding(kind, (subject,), weight, facts, figures.money(aim.owner))


@dataclass(frozen=True, slots=True)
class Reach:
    """What is missing, the most that so many days ever brought, and the last day on which such days may begin.

    ``last_start`` is None where no days ever brought so much; with ``best`` None as well nothing tells.
    """

    gap: float
    best: float | None
    last_start: date | None

    @property
    def is_unknown(self) -> bool:
        """Whether the history is too short to tell."""
        return self.best is None


def reach_of(days: Floats, start: date, period: Window, today: date, floor: float) -> Reach | None:
    """Until when a sum can still be reached, at the best rate that its history ever held for as long.

    Args:
        days: The sums of each day, NaN where unknown; those from ``today`` on are not looked at.
        start: The day of the first.
        period: What the target speaks of.
        today: The first day on which something can still be done.
        floor: What is to be reached.

    Returns:
        None where it is reached already.
    """
    past = days[: max(0, (today - start).days)]
    begun = past[max(0, (period.start - start).days) :]
    gap = floor - float(np.nansum(begun))
    if gap <= 0:
        return None
    left = (period.end - max(today, period.start)).days
    enough = _shortest(past, gap, left)
    if enough is not None:
        return Reach(gap, _most(past, enough), period.end - DAY * enough)
    return Reach(gap, _most(past, left), None)


def _shortest(past: Floats, gap: float, longest: int) -> int | None:
    """The fewest days in a row that ever brought so much."""
    low, high = 0, min(longest, len(past))
    if (_most(past, high) or 0.0) < gap:
        return next((n for n in range(high, 0, -1) if (_most(past, n) or 0.0) >= gap), None)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if (_most(past, middle) or 0.0) >= gap else (middle, high)
    return high


def _most(past: Floats, length: int) -> float | None:
    """The most that so many known days in a row ever brought; None where there were never so many."""
    if not 0 < length <= len(past):
        return None
    sums = np.convolve(past, np.ones(length), "valid")
    known = sums[~np.isnan(sums)]
    return float(known.max()) if len(known) else None

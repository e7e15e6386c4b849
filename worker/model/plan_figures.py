"""PURE. What the review rests on: the plan, and the daily sums of its actions, objectives and labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from config.formula import MARGIN, Formula
from config.periods import Window
from config.plan import Action, Bound, Budget, Kpi, Objective, Per, Plan, Target
from config.vocabulary import Dimension, Measure, Scope
from worker.model.finding import FindingSubject

Owner = Action | Objective
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class DailyFigures:
    """The sums of one thing on consecutive days, by measure; NaN where a day is not, or not wholly, known.

    A measure that is not there is unknown throughout.
    """

    start: date
    sums: Mapping[str, Floats]

    def of(self, measure: str, window: Window | None = None) -> Floats:
        """The days of a measure, of those in a window; none where the measure is unknown."""
        found = self.sums.get(measure)
        if found is None:
            return np.zeros(0)
        if window is None:
            return found
        first = max(0, (window.start - self.start).days)
        return found[first : max(first, (window.end - self.start).days)]

    def total(self, measure: str, window: Window | None = None) -> float | None:
        """The sum of the days that are known; None where none is."""
        found = self.of(measure, window)
        known = found[~np.isnan(found)]
        return float(known.sum()) if len(known) else None

    def a_day(self, measure: str, window: Window | None = None) -> float | None:
        """What a day brings on average, of those known."""
        found = self.of(measure, window)
        known = found[~np.isnan(found)]
        return float(known.mean()) if len(known) else None

    def ratio(self, above: str, below: str, window: Window | None = None) -> float | None:
        """A ratio of sums over the days on which both are known; None where there is nothing to divide by."""
        one, other = self.of(above, window), self.of(below, window)
        if len(one) != len(other):
            return None
        both = ~np.isnan(one) & ~np.isnan(other)
        whole = float(other[both].sum())
        return float(one[both].sum()) / whole if whole > 0 else None


@dataclass(frozen=True, eq=False, slots=True)
class Label:
    """A campaign, coupon or channel, with all that came under it, and the part that belongs to no action."""

    dimension: Dimension
    value: str
    days: DailyFigures
    unplanned: DailyFigures


@dataclass(frozen=True, eq=False)
class PlanFigures:
    """Everything the five questions are answered from, as of ``today``."""

    plan: Plan
    today: date
    whole: DailyFigures  #: everything, each origin once
    actions: Mapping[str, DailyFigures]
    objectives: Mapping[str, DailyFigures]  #: those that have tracking of their own
    shared: Mapping[str, DailyFigures] = field(default_factory=dict)  #: of an action, what other actions count as well
    labels: tuple[Label, ...] = ()
    sources: Mapping[str, str | None] = field(default_factory=dict)  #: who is responsible for each source
    provided: frozenset[str] = frozenset()  #: the measures that some source speaks for
    unobservable: Mapping[tuple[Scope, str], frozenset[str]] = field(default_factory=dict)
    unseen: Mapping[tuple[Scope, str], frozenset[str]] = field(default_factory=dict)  #: for labels nothing has carried
    simulated: frozenset[str] = frozenset()  #: the measures that rest on invented figures
    kpis: Mapping[str, Kpi] = field(default_factory=dict)  #: those computed for the plan
    known: Mapping[str, Kpi] = field(default_factory=dict)  #: every one that a target could name
    techniques: Mapping[str, frozenset[str]] = field(default_factory=dict)  #: of each action, those that Vigie knows
    fitting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: the KPIs that say whether a technique works

    @property
    def aim(self) -> Measure | None:
        """What actions are there to bring: revenue, else orders, else conversions, as far as sources go."""
        wanted = (Measure.REVENUE, Measure.ORDERS, Measure.CONVERSIONS)
        return next((measure for measure in wanted if measure.value in self.provided), None)

    def owners(self) -> Iterator[tuple[FindingSubject, Owner]]:
        """Objectives, then actions."""
        for id, aim in self.plan.objectives.items():
            yield FindingSubject(Scope.OBJECTIVE, id, aim.name), aim
        for id, action in self.plan.actions.items():
            yield self.action(id), action

    def action(self, id: str) -> FindingSubject:
        """An action as what a finding is about."""
        return FindingSubject(Scope.ACTION, id, self.plan.actions[id].name)

    @property
    def itself(self) -> FindingSubject:
        """The plan as what a finding is about."""
        return FindingSubject(Scope.PLAN, "", self.plan.plan)

    def days(self, subject: FindingSubject) -> DailyFigures:
        """What an owner's figures are: an objective without tracking of its own has the whole plan's."""
        if subject.scope is Scope.ACTION:
            return self.actions.get(subject.id, self.nothing)
        return self.objectives.get(subject.id, self.whole)

    @property
    def nothing(self) -> DailyFigures:
        """Of which nothing is known."""
        return DailyFigures(self.whole.start, {})

    def life(self, owner: Owner) -> Window:
        """The days an owner is at work."""
        return self.plan.life_of(owner) if isinstance(owner, Action) else self.plan.life

    def is_over(self, owner: Owner) -> bool:
        """Whether nothing can be changed about it any more."""
        return self.life(owner).end <= self.today

    def formula(self, kpi: str) -> Formula | None:
        """The formula of a KPI whose measures sources provide; else the first."""
        found = self.known.get(kpi)
        if found is None:
            return None
        whole = (one for one in found.formulas if one.names - {MARGIN} <= self.provided)
        return next(whole, found.formulas[0])

    def measures(self, kpi: str) -> frozenset[str]:
        """What a KPI is made of."""
        formula = self.formula(kpi)
        return formula.names - {MARGIN} if formula else frozenset()

    def running(self, owner: Owner, target: Target) -> Window | None:
        """The period of a target that runs, else the first to come; None where all are over."""
        action = owner if isinstance(owner, Action) else None
        periods = self.plan.periods(action, target.grain, target.by)
        return next((period for period in periods if period.end > self.today), None)

    def budget(self, owner: Owner) -> Decimal | None:
        """What an action may cost in its whole life; None where it says nothing."""
        if not isinstance(owner, Action) or owner.own_budget is None:
            return None
        return whole_budget(self.plan, owner, owner.own_budget)

    @property
    def plan_budget(self) -> Decimal | None:
        """What the plan may cost in its whole life."""
        return whole_budget(self.plan, None, self.plan.budget) if self.plan.budget else None

    def money(self, owner: Owner) -> Decimal | None:
        """The money an owner stands for: an action's budget; for an objective, that of the actions that serve it."""
        if isinstance(owner, Action):
            return self.budget(owner)
        id = next(id for id, aim in self.plan.objectives.items() if aim is owner)
        return total_of(self.budget(action) for action in self.plan.actions.values() if id in action.objectives)


def whole_budget(plan: Plan, action: Action | None, budget: Budget) -> Decimal:
    """A budget over all of its periods."""
    return budget.amount if budget.per is Per.TOTAL else budget.amount * len(plan.periods(action, budget.per))


def total_of(amounts: Iterator[Decimal | None]) -> Decimal | None:
    """The sum of those known; None where none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def floor_of(target: Target, period: Window) -> Decimal | None:
    """The value a target wants at least in a period; None where it sets no floor."""
    limits = target.limits(period.start) if target.bound is not Bound.AT_MOST else None
    return limits[0] if limits else None


def ceiling_of(target: Target, period: Window) -> Decimal | None:
    """The value a target allows at most in a period; None where it sets no ceiling."""
    limits = target.limits(period.start) if target.bound is not Bound.AT_LEAST else None
    return limits[1] if limits else None

"""The daily figures behind the targets and budgets that run: read at once, then as series. What forecasts rest on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from config.formula import MARGIN, Expression, Formula, Name, fold
from config.periods import Window
from config.plan import Action, Plan
from config.thresholds import Event
from config.vocabulary import Measure, Scope, Unit
from worker.judge.before_plan import live_with_before, own_days, own_spend
from worker.judge.budget_outlook import SpendHistory, is_steady, without_costs
from worker.judge.budgets import BudgetPlan
from worker.judge.outlook import TargetKind, TargetSeries
from worker.judge.outside_turns import days_outside
from worker.judge.questions import PeriodQuestion
from worker.model.context import PlanContext, ScopeKey
from worker.stats.series import Bools, Floats, Series
from worker.store.figure_reader import FigureReader
from worker.store.series import DailySums, Place

CENT = 0.01  # less is the dust of sums
BEFORE = timedelta(days=400)  # the period: a year, which shows what months have in common, and five weeks before it


@dataclass(frozen=True)
class DailyHistory:
    """The daily sums of everything that runs, of the days before today."""

    context: PlanContext
    sums: DailySums
    reported: Collection[int] = ()  #: the ids of scopes of which sources of spend have rows

    @property
    def window(self) -> Window:
        """The days."""
        return self.sums.window

    @property
    def today(self) -> date:
        """The day after the last one."""
        return self.sums.window.end

    @property
    def whole(self) -> Place:
        """Where the plan's own sums are."""
        return self.context.figure_ids[Scope.PLAN, self.context.loaded.id], "", ""

    def before(self, periods: Iterable[Window]) -> "DailyHistory":
        """The same, from as long before the first of some periods as forecasts look back."""
        return replace(self, sums=self.sums.since(min(period.start for period in periods) - BEFORE))


def read_history(
    reader: FigureReader, context: PlanContext, asked: Collection[PeriodQuestion], today: date
) -> DailyHistory | None:
    """The days of what runs, and of the plan as a whole; None where nothing does."""
    running = [question for question in asked if question.is_running(today)]
    if not running:
        return None
    places, measures = places_and_measures(context, running)
    window = Window(min(question.period.start for question in running) - BEFORE, today)
    budgets = {context.figure_ids[question.scope] for question in running if question.budget_plan}
    return DailyHistory(context, reader.daily_sums(places, measures, window), reader.reported(budgets))


def places_and_measures(context: PlanContext, asked: Iterable[PeriodQuestion]) -> tuple[set[Place], set[str]]:
    """Where the daily sums behind some questions are, the plan's own among them, and what of them is looked at."""
    places: set[Place] = {(context.figure_ids[Scope.PLAN, context.loaded.id], "", "")}
    measures: set[str] = set()
    for question in asked:
        place = place_of(context, question.scope, question.kpi, question.breakdown)
        places |= {place, (place[0], "", "")}
        measures |= context.measures(question.kpi)
    return places, measures


def place_of(context: PlanContext, scope: ScopeKey, kpi: str, breakdown: str) -> Place:
    """Where the daily sums of a target are."""
    by = context.kpis[kpi].by
    if breakdown and by:
        return context.figure_ids[scope], by.value, breakdown.casefold()
    return context.figure_ids[scope], "", ""


# ---- of targets ----


def target_series(history: DailyHistory, kpi: str, place: Place, ordinary: Bools) -> TargetSeries:
    """The daily figures of a KPI at a place, and which of its days are ordinary ones."""
    formula, is_share = history.context.formulas[kpi], history.context.kpis[kpi].share
    above = _series(history, formula.numerator, place, ordinary)
    below = None
    if is_share:
        below = _series(history, formula.numerator, (place[0], "", ""), ordinary)
    elif formula.denominator is not None:
        below = _series(history, formula.denominator, place, ordinary)
    return TargetSeries(_kind(history.context, kpi, formula), above, below, answers="responses" in formula.names)


def _kind(context: PlanContext, kpi: str, formula: Formula) -> TargetKind:
    of = context.kpis[kpi]
    units = {context.unit_of(name) for name in formula.names - {MARGIN}}
    if formula.denominator is None and not of.share:
        return TargetKind.COUNT if units == {Unit.COUNT} and formula.only_adds else TargetKind.AMOUNT
    if of.unit is Unit.SHARE and units == {Unit.COUNT}:
        return TargetKind.SHARE
    is_spent = formula.numerator == Name(Measure.SPEND)
    return TargetKind.COST if is_spent and units == {Unit.MONEY, Unit.COUNT} else TargetKind.RATIO


def _series(history: DailyHistory, expression: Expression, place: Place, ordinary: Bools) -> Series:
    margin = float(history.context.loaded.plan.margin or 0)
    sums, size = history.sums, len(history.window)

    def amount(name: str) -> Floats:
        return np.full(size, margin) if name == MARGIN else sums.of(place, name)

    def known(name: str) -> Floats:
        return np.ones(size) if name == MARGIN else sums.known.get(name, np.full(size, np.nan))

    with np.errstate(divide="ignore", invalid="ignore"):
        amounts = fold(expression, lambda value: np.full(size, float(value)), amount, _calculate)
    shares = fold(expression, lambda _: np.ones(size), known, lambda _, left, right: np.minimum(left, right))
    amounts = np.where(np.isfinite(amounts), amounts, np.nan)
    return Series(history.window.start, amounts, np.where(np.isnan(amounts), np.nan, shares), ordinary)


def _calculate(operator: str, left: Floats, right: Floats) -> Floats:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right


# ---- of budgets ----


def spend_histories(history: DailyHistory | None, asked: Iterable[PeriodQuestion]) -> Mapping[ScopeKey, SpendHistory]:
    """The daily spend behind each running budget, as the sources report it."""
    if history is None:
        return {}
    today = history.today
    running = [
        (question.budget_plan, question.period)
        for question in asked
        if question.budget_plan
        and question.is_running(today)
        and _is_informative(question.budget_plan, question.period, today)
    ]
    if not running:
        return {}
    history = history.before(period for _, period in running)
    actions = history.context.loaded.plan.actions.values()
    everything = _spend(history, history.whole[0], actions)
    return {
        (budget_plan.subject.scope, budget_plan.subject.ref): _spend_history(history, budget_plan, period, everything)
        for budget_plan, period in running
    }


def _is_informative(budget_plan: BudgetPlan, period: Window, today: date) -> bool:
    """Whether the days so far are like those to come: not where other actions will spend than did."""
    return budget_plan.subject.scope == Scope.ACTION or is_steady(budget_plan.live, Window(today, period.end))


def _spend_history(history: DailyHistory, budget_plan: BudgetPlan, period: Window, everything: Series) -> SpendHistory:
    scope, plan = budget_plan.subject.scope, history.context.loaded.plan
    id = history.context.figure_ids[scope, budget_plan.subject.ref]
    days = own_spend(_spend(history, id, budget_plan.spenders), budget_plan, period)
    is_whole = scope == Scope.PLAN
    return SpendHistory(
        days=own_days(days, plan) if is_whole else days,
        others=_without(everything, days),
        expect=expected_days(plan, None, period),
        live=None if is_whole else live_with_before(budget_plan, plan, period, history.window.start),
        earlier=[one for one in budget_plan.periods if history.window.start <= one.start < period.start],
        is_reported=id in history.reported,
    )


def _spend(history: DailyHistory, scope_id: int, spenders: Iterable[Action]) -> Series:
    ordinary = ordinary_days(history.context.loaded.plan, None, history.window)
    days = _series(history, Name(Measure.SPEND.value), (scope_id, "", ""), ordinary)
    return without_costs(days, (cost for action in spenders for cost in action.costs), history.today)


def _without(everything: Series, days: Series) -> Series | None:
    """The rest of the plan's spend; None where nothing else ever spent: it is no witness that the source delivers."""
    rest = everything.amounts - days.amounts
    if not (np.nan_to_num(rest) > CENT).any():
        return None
    return Series(everything.start, rest, everything.known, everything.ordinary)


# ---- the plan's calendar ----


def ordinary_days(plan: Plan, owner: Action | None, window: Window) -> Bools:
    """The days that are like others: the action was at work, and nothing special was declared."""
    ordinary = _live(plan, owner, window)
    for event in plan.special_days:
        ordinary[_of_event(event, window)] = False
    return ordinary


def turns_outside(plan: Plan, owner: Action | None, window: Window) -> Bools:
    """The days on which an action is not at work, after its first one: see ``outside_turns``."""
    return days_outside(_live(plan, owner, window), ordinary_days(plan, None, window))


def expected_days(plan: Plan, owner: Action | None, period: Window) -> Floats:
    """What each day of a period is to an ordinary one, as the plan says."""
    expect = np.where(_live(plan, owner, period), 1.0, 0.0)
    for event in plan.special_days:
        if event.expect is not None:
            expect[_of_event(event, period)] *= float(event.expect)
    return expect


def _live(plan: Plan, owner: Action | None, window: Window) -> Bools:
    """The days on which an action is at work; all of them for what is none."""
    if owner is None:
        return np.ones(len(window), np.bool_)
    live = np.zeros(len(window), np.bool_)
    for occurrence in plan.occurrences_of(owner) or [plan.life_of(owner)]:
        part = occurrence.clip(window)
        if part:
            live[(part.start - window.start).days : (part.end - window.start).days] = True
    return live


def _of_event(event: Event, window: Window) -> slice:
    part = event.days.clip(window)
    if part is None:
        return slice(0, 0)
    return slice((part.start - window.start).days, (part.end - window.start).days)

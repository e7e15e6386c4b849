"""The daily spend behind each running budget, as its sources report it: what the look ahead rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection

from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.plan import Cost
from config.vocabulary import Measure, Scope
from worker.judge.budget_outlook import is_steady, without_costs
from worker.judge.budgets import BudgetPlan
from worker.stats.series import Floats, Series
from worker.store.reporting_lags import reporting_lags
from worker.store.series import DailySums, daily_sums

HISTORY = timedelta(days=112)  # before a period: see foresee


@dataclass(frozen=True)
class SpendHistory:
    """What one budget's spenders spend each day, what all others do, and what the plan declares of the period."""

    days: Series
    others: Series | None
    expect: Floats


def spend_histories(
    connection: Connection,
    loaded: LoadedPlan,
    plan_id: int,
    places: Mapping[tuple[str, str], int],
    running: Iterable[tuple[BudgetPlan, Window]],
    today: date,
) -> dict[tuple[str, str], SpendHistory]:
    """(scope, id) -> the spend history of its running budget."""
    asked = [
        (budget_plan, period)
        for budget_plan, period in running
        if period.start < today and _is_told(budget_plan, period, today)
    ]
    if not asked:
        return {}
    window = Window(min(period.start for _, period in asked) - HISTORY, today)
    whole = places[Scope.PLAN, loaded.id]
    ids = {places[budget_plan.subject.scope, budget_plan.subject.ref] for budget_plan, _ in asked} | {whole}
    lags = reporting_lags(connection, plan_id, {Measure.SPEND.value}, today)
    sums = daily_sums(connection, plan_id, [(id, "", "") for id in ids], [Measure.SPEND.value], window, lags)
    ordinary = _ordinary(loaded, window)
    every_cost = [cost for action in loaded.plan.actions.values() for cost in action.costs]
    everything = _series(sums, whole, ordinary, every_cost, today)
    found = {}
    for budget_plan, period in asked:
        id = places[budget_plan.subject.scope, budget_plan.subject.ref]
        days = _series(sums, id, ordinary, budget_plan.costs, today)
        others = None if id == whole else _without(everything, days)
        found[budget_plan.subject.scope, budget_plan.subject.ref] = SpendHistory(
            days, others, _expected(loaded, period)
        )
    return found


def _is_told(budget_plan: BudgetPlan, period: Window, today: date) -> bool:
    """Whether the days so far tell of those to come: not where other actions will spend than did."""
    return budget_plan.subject.scope == Scope.ACTION or is_steady(budget_plan.live, Window(today, period.end))


def _series(sums: DailySums, scope_id: int, ordinary: Floats, costs: Iterable[Cost], today: date) -> Series:
    amounts = sums.of((scope_id, "", ""), Measure.SPEND.value)
    known = sums.known[Measure.SPEND.value]
    days = Series(sums.window.start, amounts, np.where(np.isnan(amounts), np.nan, known), ordinary > 0)
    return without_costs(days, costs, today)


def _without(everything: Series, days: Series) -> Series:
    return Series(everything.start, everything.amounts - days.amounts, everything.known, everything.ordinary)


def _ordinary(loaded: LoadedPlan, window: Window) -> Floats:
    """1 on the days that tell of other days, 0 on those of an event."""
    ordinary = np.ones(len(window))
    for event in loaded.plan.events:
        if part := event.days.clip(window):
            ordinary[(part.start - window.start).days : (part.end - window.start).days] = 0
    return ordinary


def _expected(loaded: LoadedPlan, period: Window) -> Floats:
    """What each day of a period is to an ordinary one, as the plan says."""
    expect = np.ones(len(period))
    for event in loaded.plan.events:
        if event.expect is not None and (part := event.days.clip(period)):
            expect[(part.start - period.start).days : (part.end - period.start).days] *= float(event.expect)
    return expect

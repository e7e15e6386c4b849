"""PURE. What the days before a plan tell of its own: of an action that ran already, though the plan names no day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from config.periods import Window
from config.plan import Action, ActionKind, Plan
from worker.judge.budgets import BudgetPlan
from worker.stats.series import Bools, Series
from worker.store.series import DailySums, Place


def may_have_run(owner: Action | None) -> bool:
    """Whether an action may have begun before the plan, as its figures tell: it goes on, and nobody said since when."""
    return owner is not None and owner.kind is ActionKind.CONTINUOUS and owner.when.from_ is None


def days_since_first(sums: DailySums, place: Place, until: date) -> Bools:
    """The days from the first figure of a place up to a day, excluded."""
    number = np.arange(len(sums.window))
    return np.asarray((number >= sums.begins(place)) & (number < (until - sums.window.start).days), np.bool_)


def own_spend(days: Series, budget_plan: BudgetPlan, period: Window) -> Series:
    """Daily spend; nothing on a period's days before the plan: what was spent then is none of the budget's money."""
    amounts, known, ordinary = days.amounts.copy(), days.known.copy(), days.ordinary.copy()
    first, last = ((day - days.start).days for day in (period.start, budget_plan.counted(period).start))
    before = slice(max(0, first), max(0, min(last, len(days))))
    amounts[before], known[before], ordinary[before] = 0.0, 1.0, False
    return Series(days.start, amounts, known, ordinary)


def own_days(days: Series, plan: Plan) -> Series:
    """Daily spend of the plan as a whole: that of days before it was of other actions, and is no pace of these."""
    ordinary = days.ordinary.copy()
    ordinary[: max(0, (plan.watched_from - days.start).days)] = False
    return replace(days, ordinary=ordinary)


def live_with_before(budget_plan: BudgetPlan, plan: Plan, period: Window, first: date) -> Sequence[Window]:
    """When those who spend from a budget are at work; before the plan too, where all may have run."""
    live = [window for of_one in budget_plan.live for window in of_one]
    is_going_on = all(may_have_run(action) for action in budget_plan.spenders)
    if is_going_on and first < plan.starts <= period.start:
        return [Window(first, plan.starts), *live]
    return live

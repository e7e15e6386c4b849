"""PURE. Every budget of a plan: whose money it is, who spends it, in which periods."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.plan import Action, Budget, Cost
from config.vocabulary import Scope
from worker.judge.budget import BUDGET, Left, costs_ahead, left_over
from worker.model.verdict import Figure, Subject


@dataclass(frozen=True)
class BudgetPlan:
    """A budget, its periods in order, and the actions that spend from it."""

    subject: Subject
    budget: Budget
    periods: tuple[Window, ...]
    spenders: tuple[Action, ...]
    live: tuple[tuple[Window, ...], ...]  #: when each of them is at work
    first_day: date  #: of the plan: what was spent before is none of its money

    @property
    def is_ceiling(self) -> bool:
        """Whether it is fine to leave it unspent: a plan's own is a limit, not money meant for something."""
        return self.subject.scope == Scope.PLAN

    @property
    def costs(self) -> list[Cost]:
        """The costs that the plan notes of its spenders."""
        return [cost for action in self.spenders for cost in action.costs]

    def counted(self, period: Window) -> Window:
        """The days of a period whose spend counts."""
        return Window(max(period.start, self.first_day), period.end)

    def before(self, period: Window) -> list[Window]:
        """The periods whose rest belongs to this one."""
        return [one for one in self.periods if one.end <= period.start] if self.budget.rollover else []

    def left(self, figures: Iterable[tuple[Window, Figure]], today: date) -> Left:
        """What is left of the periods before, given the spend of each."""
        spent = [(figure, costs_ahead(self.costs, period, today)) for period, figure in figures]
        return left_over(self.budget.amount, spent)


def budget_plans(loaded: LoadedPlan) -> Iterator[BudgetPlan]:
    """The budgets of the actions, the shared ones, the plan's own; an action that shares one has none of its own."""
    plan = loaded.plan
    first_day = plan.first_day  # of all its actions: asked for once

    def made(subject: Subject, budget: Budget, periods: Iterable[Window], spenders: Iterable[Action]) -> BudgetPlan:
        actions = tuple(spenders)
        live = tuple(tuple(plan.at_work(action)) for action in actions)
        return BudgetPlan(subject, budget, tuple(periods), actions, live, first_day)

    for id, action in plan.actions.items():
        if budget := action.own_budget:
            subject = Subject(Scope.ACTION, id, action.name, BUDGET)
            yield made(subject, budget, plan.periods(action, budget.per), [action])
    for id, shared in plan.budgets.items():
        subject = Subject(Scope.BUDGET, id, shared.name, BUDGET)
        spenders = plan.spenders(id).values()
        yield made(subject, shared.promise, plan.shared_periods(id), spenders)
    if plan.budget:
        periods = plan.periods(None, plan.budget.per)
        subject = Subject(Scope.PLAN, loaded.id, plan.plan, BUDGET)
        yield made(subject, plan.budget, periods, plan.actions.values())

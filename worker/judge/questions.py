"""PURE. Everything that a plan asks to be judged: each target and budget in each of its periods."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.plan import Action, Budget, Objective, Target
from config.vocabulary import Measure, Scope
from worker.judge.budgets import BudgetPlan, budget_plans
from worker.model.context import ScopeKey
from worker.model.verdict import Subject


@dataclass(frozen=True)
class PeriodQuestion:
    """One target or budget in one period, waiting for its figure."""

    subject: Subject
    owner: Action | Objective | None
    promise: Target | Budget
    period: Window
    is_newest: bool  #: it runs, or is the last one over
    budget_plan: BudgetPlan | None = None  #: of a budget
    until: date = date.max  #: the day after the last whose figures count, while it runs: see ``cut_off``

    @property
    def kpi(self) -> str:
        """What is asked for."""
        return self.promise.kpi if isinstance(self.promise, Target) else Measure.SPEND.value

    @property
    def breakdown(self) -> str:
        """The one value of the KPI's breakdown that is meant; empty for the whole."""
        return (self.promise.for_ or "") if isinstance(self.promise, Target) else ""

    @property
    def scope(self) -> ScopeKey:
        """Whose figure it is."""
        return self.subject.scope, self.subject.ref

    @property
    def action(self) -> Action | None:
        """The action whose target it is; None for an objective's, and for budgets."""
        return self.owner if isinstance(self.owner, Action) else None

    @property
    def counted(self) -> Window:
        """The days whose figures answer it."""
        return self.budget_plan.counted(self.period) if self.budget_plan else self.period

    @property
    def looked_at(self) -> Window:
        """Those of them that value, pace and forecast rest on."""
        return Window(self.counted.start, min(self.counted.end, self.until))

    def is_running(self, today: date) -> bool:
        """Whether some days of the period are over, and some are not."""
        return self.period.start < today < self.period.end


@dataclass(frozen=True)
class Promise:
    """A target or a budget, and all its periods."""

    subject: Subject
    owner: Action | Objective | None
    promised: Target | Budget
    periods: Sequence[Window]
    budget_plan: BudgetPlan | None = None  #: of a budget


def promises(loaded: LoadedPlan) -> Iterator[Promise]:
    """Every target and budget of a plan."""
    plan = loaded.plan
    owners: list[tuple[str, str, str, Action | Objective]] = [
        *((Scope.ACTION, id, action.name, action) for id, action in plan.actions.items()),
        *((Scope.OBJECTIVE, id, aim.name, aim) for id, aim in plan.objectives.items()),
    ]
    for scope, ref, name, owner in owners:
        action = owner if isinstance(owner, Action) else None
        for target in owner.targets:
            periods = plan.periods(action, target.grain, target.by)
            yield Promise(Subject(scope, ref, name, target.key), owner, target, periods)
    for budget_plan in budget_plans(loaded):
        yield Promise(budget_plan.subject, None, budget_plan.budget, budget_plan.periods, budget_plan)


def questions(promised: Iterable[Promise], today: date) -> Iterator[PeriodQuestion]:
    """What is asked of every period that has begun, or of the first one to come."""
    for one in promised:
        for period, is_newest in _begun(one.periods, today):
            yield PeriodQuestion(one.subject, one.owner, one.promised, period, is_newest, one.budget_plan)


def _begun(periods: Sequence[Window], today: date) -> list[tuple[Window, bool]]:
    """The periods that have begun, and whether each runs or is the last one over; else the first to come."""
    begun = [period for period in periods if period.start <= today] or list(periods[:1])
    last_over = max((period.end for period in begun if period.end <= today), default=None)
    return [(period, period.end > today or period.end == last_over) for period in begun]

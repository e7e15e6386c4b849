"""Figures -> verdicts for a whole plan: which periods are judged, on which figures; the judging itself is pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from config.catalogue import kpis_of
from config.formula import MARGIN, parse_formula
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.plan import Action, Budget, Kpi, Objective, Target
from config.vocabulary import Scope, Unit
from worker.judge.budget import costs_ahead, judge_budget
from worker.judge.budgets import BudgetPlan, budget_plans
from worker.judge.history import ForecastInputs as Foreseen
from worker.judge.history import owner_of, with_outlooks
from worker.judge.spend_history import SpendHistory, spend_histories
from worker.judge.target import Measured, judge_target
from worker.model.completeness import missing_sources
from worker.model.readings import DayCoverage
from worker.model.records import StoredPlan
from worker.model.verdict import MISSING, STATES, Figure, Judgement, Subject
from worker.store import completeness, kpi_values, plans

SPEND = "spend"


@dataclass(frozen=True)
class _Question:
    """One target or budget in one period, waiting for its figure."""

    subject: Subject
    owner: Action | Objective | None
    promise: Target | Budget
    period: Window
    is_newest: bool
    budget_plan: BudgetPlan | None = None  #: of a budget

    @property
    def kpi(self) -> str:
        return self.promise.kpi if isinstance(self.promise, Target) else SPEND

    @property
    def breakdown(self) -> str:
        return (self.promise.for_ or "") if isinstance(self.promise, Target) else ""


@dataclass(frozen=True)
class _Context:
    """What every judgement of a plan rests on."""

    loaded: LoadedPlan
    kpis: Mapping[str, Kpi]
    formulas: Mapping[str, str]
    authorities: Mapping[str, tuple[str, ...]]
    covered: Mapping[str, Mapping[date, DayCoverage]]
    unobservable: Mapping[tuple[str, str], frozenset[str]]
    simulated: frozenset[str]

    def measures(self, kpi: str) -> frozenset[str]:
        return parse_formula(self.formulas[kpi]).names - {MARGIN}

    def is_simulated(self, kpi: str) -> bool:
        return any(source in self.simulated for m in self.measures(kpi) for source in self.authorities.get(m, ()))


def assess(connection: Connection, loaded: LoadedPlan, stored: StoredPlan, today: date) -> list[Judgement]:
    """Judge the plan's targets and budgets, each in its running period and the last one over.

    Reads, and changes nothing.
    """
    newest = [question for question in _questions(loaded, today) if question.is_newest]
    return [judgement for _, judgement in _foreseen(connection, loaded, stored, today, newest)]


def assess_every(
    connection: Connection, loaded: LoadedPlan, stored: StoredPlan, today: date
) -> tuple[list[Judgement], list[Judgement]]:
    """Judge every period that has begun; gives all judgements, and those of them that ``assess`` would give."""
    answers = _foreseen(connection, loaded, stored, today, list(_questions(loaded, today)))
    return [judgement for _, judgement in answers], [judgement for asked, judgement in answers if asked.is_newest]


def _foreseen(
    connection: Connection, loaded: LoadedPlan, stored: StoredPlan, today: date, asked: Sequence[_Question]
) -> list[tuple[_Question, Judgement]]:
    """The answers, those about running targets with what they are likely to come to."""
    answers = list(_answers(connection, loaded, stored, today, asked))
    context = Foreseen(
        loaded=loaded,
        plan_id=stored.id,
        kpis=kpis_of(loaded.plan, loaded.declared),
        formulas=kpi_values.formulas_of(connection, stored.id),
        places=plans.figure_ids(connection, stored.id),
    )
    owned = [(judgement, owner_of(loaded.plan, judgement)) for _, judgement in answers]
    judged = with_outlooks(connection, context, owned, today)
    return list(zip([question for question, _ in answers], judged, strict=True))


def _answers(
    connection: Connection, loaded: LoadedPlan, stored: StoredPlan, today: date, asked: Sequence[_Question]
) -> Iterator[tuple[_Question, Judgement]]:
    rows = plans.source_rows(connection, stored.id)
    context = _Context(
        loaded=loaded,
        kpis=kpis_of(loaded.plan, loaded.declared),
        formulas=kpi_values.formulas_of(connection, stored.id),
        authorities=kpi_values.authorities_of(connection, loaded, stored.id),
        covered=completeness.coverage_by_source(connection, stored.id),
        unobservable=kpi_values.unobservable_measures(connection, stored.id),
        simulated=frozenset(row.source for row in rows if row.is_simulated),
    )
    scopes = plans.scope_ids(connection, stored.id)
    questions = [
        question
        for question in asked
        if (question.subject.scope, question.subject.ref) in scopes and question.kpi in context.formulas
    ]
    wanted = [
        (scopes[q.subject.scope, q.subject.ref], period)
        for q in questions
        for period in (q.period, *(q.budget_plan.before(q.period) if q.budget_plan else ()))
    ]
    found = kpi_values.figures(connection, stored.id, wanted, {q.kpi for q in questions}, today + DAY)
    running = [(q.budget_plan, q.period) for q in questions if q.budget_plan and today in q.period]
    spent = spend_histories(connection, loaded, stored.id, plans.figure_ids(connection, stored.id), running, today)
    for question in questions:
        spend_history = spent.get((question.subject.scope, question.subject.ref)) if today in question.period else None
        if judgement := _judge(context, question, found, today, spend_history):
            yield question, judgement


def _questions(loaded: LoadedPlan, today: date) -> Iterator[_Question]:
    plan = loaded.plan
    owners: list[tuple[str, str, str, Action | Objective]] = [
        *((Scope.ACTION, id, action.name, action) for id, action in plan.actions.items()),
        *((Scope.OBJECTIVE, id, aim.name, aim) for id, aim in plan.objectives.items()),
    ]
    for scope, ref, name, owner in owners:
        action = owner if isinstance(owner, Action) else None
        for target in owner.targets:
            periods = plan.periods(action, target.grain, target.by)
            for period, is_newest in _begun(periods, today):
                yield _Question(Subject(scope, ref, name, target.key), owner, target, period, is_newest)
    for budget_plan in budget_plans(loaded):
        for period, is_newest in _begun(list(budget_plan.periods), today):
            yield _Question(budget_plan.subject, None, budget_plan.budget, period, is_newest, budget_plan)


def _begun(periods: list[Window], today: date) -> list[tuple[Window, bool]]:
    """The periods that have begun, and whether each runs or is the last one over; else the first to come."""
    begun = [period for period in periods if period.start <= today] or periods[:1]
    last_over = max((period.end for period in begun if period.end <= today), default=None)
    return [(period, period.end > today or period.end == last_over) for period in begun]


def _judge(
    context: _Context, question: _Question, found: kpi_values.Figures, today: date, spend_history: SpendHistory | None
) -> Judgement | None:
    figure = _figure(found, question, context.kpis[question.kpi].share)
    promise = question.promise
    elapsed = question.period.clip(Window(context.loaded.plan.starts, max(today, context.loaded.plan.starts + DAY)))
    lacks = elapsed and (figure.value is None or figure.state == MISSING)
    measures = context.measures(question.kpi)
    missing = missing_sources(measures, context.authorities, context.covered, elapsed) if lacks and elapsed else ()
    if question.budget_plan:
        budget_plan, key = question.budget_plan, (question.subject.scope, question.subject.ref, SPEND)
        earlier = budget_plan.before(question.period)
        spent = [found.get((*key, period), {}).get("", Figure(None, MISSING)) for period in earlier]
        return judge_budget(
            question.subject,
            budget_plan.budget,
            question.period,
            figure,
            costs_ahead(budget_plan.costs, question.period, today),
            today,
            currency=context.loaded.plan.currency,
            missing=missing or _missing_before(context, earlier, spent),
            has_source=SPEND in context.authorities,
            is_simulated=context.is_simulated(SPEND),
            left=budget_plan.left(zip(earlier, spent, strict=True), today),
            days=spend_history.days if spend_history else None,
            expect=spend_history.expect if spend_history else None,
            others=spend_history.others if spend_history else None,
            live=budget_plan.live[0] if budget_plan.subject.scope == Scope.ACTION else None,
            is_ceiling=budget_plan.is_ceiling,
            material=context.loaded.plan.judging.material,
        )
    assert isinstance(promise, Target)
    return judge_target(
        question.subject,
        promise,
        _measured(context, question, missing),
        question.period,
        figure,
        today,
    )


def _missing_before(context: _Context, periods: Sequence[Window], spent: Sequence[Figure]) -> tuple[str, ...]:
    """The sources that lack days of the periods before, where what is left of them is not known."""
    holes = [period for period, figure in zip(periods, spent, strict=True) if figure.state == MISSING]
    found = (missing_sources({SPEND}, context.authorities, context.covered, period) for period in holes)
    return tuple(dict.fromkeys(source for sources in found for source in sources))


def _measured(context: _Context, question: _Question, missing: tuple[str, ...]) -> Measured:
    kpi = context.kpis[question.kpi]
    measures = context.measures(question.kpi)
    unseen = context.unobservable.get((question.subject.scope, question.subject.ref), frozenset()) & measures
    rules = question.owner.tracked_by if question.owner else ()
    dimensions = sorted({dimension.value for rule in rules for dimension in rule.patterns})
    return Measured(
        unit=kpi.unit,
        currency=context.loaded.plan.currency if kpi.unit is Unit.MONEY else "",
        is_additive=kpi.is_additive,
        no_source=tuple(sorted(measures - context.authorities.keys())),
        is_untracked=bool(unseen) and not dimensions,
        no_trace=tuple(dimensions) if unseen else (),
        missing=missing,
        is_simulated=context.is_simulated(question.kpi),
    )


def _figure(found: kpi_values.Figures, question: _Question, is_share: bool) -> Figure:
    """The figure of a question; of a breakdown, all that is called so, whatever the case."""
    by_value = found.get((question.subject.scope, question.subject.ref, question.kpi, question.period), {})
    if not question.breakdown:
        return by_value.get("", Figure(None, MISSING))
    wanted = question.breakdown.casefold()
    parts = [figure for value, figure in by_value.items() if value.casefold() == wanted]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return _absent(by_value.get("") or next(iter(by_value.values()), Figure(None, MISSING)))
    return _together(parts, is_share)


def _absent(whole: Figure) -> Figure:
    """The figure of a breakdown that nothing bears, judged by how much is known of the whole."""
    zero = None if whole.state == MISSING else Decimal(0)
    if whole.denominator is None:
        return Figure(zero, whole.state, zero)
    return Figure(None, whole.state, zero, zero)


def _together(parts: list[Figure], is_share: bool) -> Figure:
    """Several spellings of one value as one figure: a ratio of their sums; parts of one whole share it."""
    above = sum((part.numerator or Decimal(0) for part in parts), Decimal(0))
    state = max((part.state for part in parts), key=STATES.index)
    if parts[0].denominator is None:
        return Figure(above, state, above)
    below = parts[0].denominator
    if not is_share:
        below = sum((part.denominator or Decimal(0) for part in parts), Decimal(0))
    return Figure(above / below if below else None, state, above, below)

"""Figures -> verdicts for a whole plan: what they rest on is read at once; the judging itself is pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from config.periods import DAY, Window
from config.plan import Target
from config.vocabulary import Measure, Unit
from worker.judge.budget import BudgetQuestion, costs_ahead, judge_budget
from worker.judge.budget_outlook import SpendHistory
from worker.judge.budgets import BudgetPlan
from worker.judge.forecasts import with_outlooks
from worker.judge.history import DailyHistory, read_history, spend_histories
from worker.judge.questions import PeriodQuestion, questions
from worker.judge.relative import base_of, earlier_question
from worker.judge.shared import days_in_question, with_shared
from worker.judge.target import Measured, TargetQuestion, judge_target
from worker.judge.unknown import unknown_of
from worker.judge.unseen import delivered, unseen_by
from worker.model.base_value import BaseValue
from worker.model.completeness import missing_sources
from worker.model.context import PlanContext
from worker.model.unknown import Hole
from worker.model.verdict import MISSING, STATES, Figure, Judgement, Unseen
from worker.store import base_values, kpi_values
from worker.store.shared_figures import spend_of_several
from worker.store.unknown_parts import holes

Answer = tuple[PeriodQuestion, Judgement]


def assess(connection: Connection, context: PlanContext, today: date) -> list[Judgement]:
    """Judge the plan's targets and budgets, each in its running period and the last one over.

    Reads, and changes nothing.
    """
    newest = [question for question in questions(context.loaded, today) if question.is_newest]
    return [judgement for _, judgement in _answers(connection, context, newest, today)]


def assess_every(connection: Connection, context: PlanContext, today: date) -> tuple[list[Judgement], list[Judgement]]:
    """Judge every period that has begun; gives all judgements, and those of them that ``assess`` would give."""
    answers = _answers(connection, context, list(questions(context.loaded, today)), today)
    return [judgement for _, judgement in answers], [judgement for asked, judgement in answers if asked.is_newest]


def _answers(
    connection: Connection, context: PlanContext, asked: Sequence[PeriodQuestion], today: date
) -> list[Answer]:
    """What can be answered of what is asked."""
    known = [one for one in asked if one.scope in context.scope_ids and one.kpi in context.formulas]
    earlier = [one for asked in known if (one := earlier_question(context.loaded.plan, asked, today))]
    evidence = _Evidence(
        context=context,
        today=today,
        figures=_figures(connection, context, [*known, *earlier], today),
        kept=base_values.kept(connection, context.plan_id) if earlier else {},
        history=read_history(connection, context, known, today),
        holes=_holes(connection, context, known),
    )
    return _with_shared(connection, evidence, _judged(evidence, known))


def _with_shared(connection: Connection, evidence: "_Evidence", answers: list[Answer]) -> list[Answer]:
    """Where a budget spends too much, how much of it other actions track as well."""
    days = days_in_question([judgement for _, judgement in answers], evidence.today)
    spent = spend_of_several(connection, evidence.context, days) if days else []
    if not spent:
        return answers
    plan = evidence.context.loaded.plan
    return [(question, with_shared(judgement, spent, plan)) for question, judgement in answers]


def _figures(
    connection: Connection, context: PlanContext, asked: Sequence[PeriodQuestion], today: date
) -> kpi_values.Figures:
    """The figures of what is asked, and of a budget's earlier periods whose rest belongs to it."""
    wanted = [
        (context.scope_ids[question.scope], period)
        for question in asked
        for period in (question.counted, *_counted_before(question))
    ]
    return kpi_values.figures(connection, context, wanted, {question.kpi for question in asked}, today + DAY)


def _counted_before(question: PeriodQuestion) -> list[Window]:
    """The days of a budget's earlier periods whose rest belongs to it."""
    of = question.budget_plan
    return [of.counted(period) for period in of.before(question.period)] if of else []


def _holes(connection: Connection, context: PlanContext, asked: Sequence[PeriodQuestion]) -> Mapping[int, list[Hole]]:
    """What is unknown, though its days were read, of what is asked."""
    if not asked:
        return {}
    days = Window(min(one.period.start for one in asked), max(one.period.end for one in asked))
    return holes(connection, context, {context.figure_ids[one.scope] for one in asked}, days)


# ---- pure from here on ----


@dataclass(frozen=True)
class _Evidence:
    """All that judgements rest on."""

    context: PlanContext
    today: date
    figures: kpi_values.Figures
    kept: Mapping[base_values.BaseKey, Decimal]  #: what relative targets are measured from
    history: DailyHistory | None  #: None where nothing runs
    holes: Mapping[int, Sequence[Hole]]  #: by the ids of the scopes whose figures they are in

    def base(self, question: PeriodQuestion) -> BaseValue | None:
        """What a relative target is measured from; None for any other."""
        plan, target = self.context.loaded.plan, question.promise
        earlier = earlier_question(plan, question, self.today)
        if earlier is None or not isinstance(target, Target) or target.relative is None:
            return base_of(plan, question, None, None, self.today)
        kept = self.kept.get(base_values.key_of(question.subject, question.period, target.relative))
        figure = _figure(self.figures, earlier, self.context.kpis[question.kpi].share)
        return base_of(plan, question, kept, figure, self.today)

    def missing(self, question: PeriodQuestion, figure: Figure) -> tuple[str, ...]:
        """The sources that did not deliver a period so far, where its figure lacks something."""
        elapsed = question.counted.clip(Window(date.min, max(self.today, question.counted.start + DAY)))
        if not elapsed or (figure.value is not None and figure.state != MISSING):
            return ()
        measures = self.context.measures(question.kpi)
        return missing_sources(measures, self.context.authorities, self.context.coverage, elapsed)


def _judged(evidence: _Evidence, asked: Sequence[PeriodQuestion]) -> list[Answer]:
    spent = spend_histories(evidence.history, asked)
    answers: list[Answer] = []
    for question in asked:
        running = spent.get(question.scope) if evidence.today in question.period else None
        if judgement := _judge(evidence, question, running):
            answers.append((question, judgement))
    judged = with_outlooks([judgement for _, judgement in answers], evidence.history, evidence.today)
    return list(zip([question for question, _ in answers], judged, strict=True))


def _judge(evidence: _Evidence, question: PeriodQuestion, history: SpendHistory | None) -> Judgement | None:
    context, promise = evidence.context, question.promise
    figure = _figure(evidence.figures, question, context.kpis[question.kpi].share)
    missing = evidence.missing(question, figure)
    unseen = unseen_by(context, question, evidence.today)
    unknown = unknown_of(context, question, evidence.holes)
    if isinstance(promise, Target):
        measured = replace(_measured(context, question, missing, unseen), unknown=unknown)
        figure = Figure(None, MISSING) if unseen else figure
        return judge_target(
            TargetQuestion(question.subject, promise, question.period, measured, figure, evidence.base(question)),
            evidence.today,
        )
    assert question.budget_plan is not None
    budget = replace(_budget(evidence, question, question.budget_plan, figure, missing), unseen=unseen, unknown=unknown)
    return judge_budget(budget, evidence.today, history)


def _budget(
    evidence: _Evidence, question: PeriodQuestion, budget_plan: BudgetPlan, figure: Figure, missing: tuple[str, ...]
) -> BudgetQuestion:
    context = evidence.context
    earlier = budget_plan.before(question.period)
    spent = [
        evidence.figures.get((*question.scope, question.kpi, budget_plan.counted(period)), {}).get(
            "", Figure(None, MISSING)
        )
        for period in earlier
    ]
    return BudgetQuestion(
        subject=question.subject,
        budget=budget_plan.budget,
        period=question.period,
        currency=context.loaded.plan.currency,
        spent=figure,
        coming=costs_ahead(budget_plan.costs, question.period, evidence.today),
        left=budget_plan.left(zip(earlier, spent, strict=True), evidence.today),
        missing=missing or _missing_before(context, earlier, spent),
        has_source=question.kpi in context.authorities,
        is_simulated=context.is_kpi_simulated(question.kpi),
        is_ceiling=budget_plan.is_ceiling,
        material=context.loaded.plan.judging.material,
    )


def _missing_before(context: PlanContext, periods: Sequence[Window], spent: Sequence[Figure]) -> tuple[str, ...]:
    """The sources that lack days of the periods before, where what is left of them is not known."""
    holes = [period for period, figure in zip(periods, spent, strict=True) if figure.state == MISSING]
    lacking = (
        missing_sources({Measure.SPEND.value}, context.authorities, context.coverage, period) for period in holes
    )
    return tuple(dict.fromkeys(source for sources in lacking for source in sources))


def _measured(
    context: PlanContext, question: PeriodQuestion, missing: tuple[str, ...], unseen: Unseen | None
) -> Measured:
    kpi = context.kpis[question.kpi]
    measures = context.measures(question.kpi)
    hidden = measures & context.unobservable.get(question.scope, frozenset())
    unlabelled = delivered(context, hidden - context.unseen.get(question.scope, frozenset()))
    rules = question.owner.tracked_by if question.owner else ()
    dimensions = sorted({dimension.value for rule in rules for dimension in rule.patterns})
    return Measured(
        unit=kpi.unit,
        currency=context.loaded.plan.currency if kpi.unit is Unit.MONEY else "",
        is_additive=kpi.is_additive,
        no_source=tuple(sorted(measures - context.authorities.keys())),
        is_untracked=bool(hidden) and not dimensions,
        no_trace=tuple(dimensions) if unlabelled else (),
        unseen=unseen,
        missing=missing,
        is_simulated=context.is_simulated(measures),
    )


def _figure(figures: kpi_values.Figures, question: PeriodQuestion, is_share: bool) -> Figure:
    """The figure of a question; of a breakdown, all that is called so, whatever the case."""
    by_value = figures.get((*question.scope, question.kpi, question.counted), {})
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

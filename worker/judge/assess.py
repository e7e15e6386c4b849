"""Figures -> verdicts for a whole plan: what they rest on is read at once; the judging itself is pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from config.periods import DAY, Window
from config.plan import Target
from config.sources import COSTS
from config.vocabulary import Measure, Unit
from worker.judge.budget import BudgetQuestion, costs_ahead, judge_budget, paid_costs
from worker.judge.budget_outlook import SpendHistory
from worker.judge.budgets import BudgetPlan
from worker.judge.cut_off import cut_off
from worker.judge.forecasts import with_outlooks
from worker.judge.history import DailyHistory, read_history, spend_histories
from worker.judge.questions import PeriodQuestion, Promise, promises, questions
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
from worker.store.base_values import BaseKey, key_of
from worker.store.figure_reader import FigureReader
from worker.store.kpi_values import Figures

Answer = tuple[PeriodQuestion, Judgement]


def assess(connection: Connection, context: PlanContext, today: date) -> list[Judgement]:
    """Judge the plan's targets and budgets, each in its running period and the last one over.

    Reads, and changes nothing.
    """
    return assess_newest(FigureReader(connection, context), promises(context.loaded), today)


def assess_newest(reader: FigureReader, promised: Iterable[Promise], today: date) -> list[Judgement]:
    """The same of some promises, from figures read in another way."""
    newest = [question for question in questions(promised, today) if question.is_newest]
    return [judgement for _, judgement in _answers(reader, newest, today)]


def assess_every(connection: Connection, context: PlanContext, today: date) -> tuple[list[Judgement], list[Judgement]]:
    """Judge every period that has begun; gives all judgements, and those of them that ``assess`` would give."""
    asked = list(questions(promises(context.loaded), today))
    answers = _answers(FigureReader(connection, context), asked, today)
    return [judgement for _, judgement in answers], [judgement for asked, judgement in answers if asked.is_newest]


def answerable(context: PlanContext, asked: Iterable[PeriodQuestion]) -> list[PeriodQuestion]:
    """Those of some questions whose scope and KPI the store knows."""
    return [one for one in asked if one.scope in context.scope_ids and one.kpi in context.formulas]


def _answers(reader: FigureReader, asked: Sequence[PeriodQuestion], today: date) -> list[Answer]:
    """What can be answered of what is asked."""
    context = reader.context
    known = [replace(one, until=cut_off(context, one, today)) for one in answerable(context, asked)]
    earlier = [one for asked in known if (one := earlier_question(context.loaded.plan, asked, today))]
    evidence = _Evidence(
        context=context,
        today=today,
        figures=_figures(reader, [*known, *earlier], today),
        kept=reader.kept_bases() if earlier else {},
        history=read_history(reader, context, known, today),
        holes=_holes(reader, known, today),
    )
    return _with_shared(reader, evidence, _judged(evidence, known))


def _with_shared(reader: FigureReader, evidence: "_Evidence", answers: list[Answer]) -> list[Answer]:
    """Where a budget spends too much, how much of it other actions track as well."""
    days = days_in_question([judgement for _, judgement in answers], evidence.today)
    spent = reader.spend_of_several(days) if days else []
    if not spent:
        return answers
    plan = evidence.context.loaded.plan
    return [(question, with_shared(judgement, spent, plan)) for question, judgement in answers]


def _figures(reader: FigureReader, asked: Sequence[PeriodQuestion], today: date) -> Figures:
    """The figures of what is asked, with and without today, and of a budget's earlier periods whose rest is its own."""
    by_kind: dict[bool, dict[str, set[tuple[int, Window]]]] = defaultdict(lambda: defaultdict(set))
    for question in asked:
        of = by_kind[bool(question.breakdown)][question.kpi]
        periods = (question.counted, question.looked_at, *_counted_before(question))
        of.update((reader.context.scope_ids[question.scope], period) for period in periods)
    found: Figures = {}
    for in_parts, of_kind in sorted(by_kind.items()):
        found |= reader.figures(of_kind, reader.until(today), in_parts=in_parts)
    return found


def _counted_before(question: PeriodQuestion) -> list[Window]:
    """The days of a budget's earlier periods whose rest belongs to it."""
    of = question.budget_plan
    return [of.counted(period) for period in of.before(question.period)] if of else []


def _holes(reader: FigureReader, asked: Sequence[PeriodQuestion], today: date) -> Mapping[int, Sequence[Hole]]:
    """What is unknown, though its days were read, of what is asked."""
    until = reader.until(today)
    begun = [one for one in asked if one.period.start < until]
    if not begun:
        return {}
    days = Window(min(one.period.start for one in begun), min(until, max(one.period.end for one in begun)))
    return reader.holes({reader.context.figure_ids[one.scope] for one in begun}, days)


# ---- pure from here on ----


@dataclass(frozen=True)
class _Evidence:
    """All that judgements rest on."""

    context: PlanContext
    today: date
    figures: Figures
    kept: Mapping[BaseKey, Decimal]  #: what relative targets are measured from
    history: DailyHistory | None  #: None where nothing runs
    holes: Mapping[int, Sequence[Hole]]  #: by the ids of the scopes whose figures they are in

    def figure(self, question: PeriodQuestion, days: Window) -> Figure:
        """What some days of a question came to."""
        by_value = self.figures.get((*question.scope, question.kpi, days), {})
        return _figure(by_value, question, self.context.kpis[question.kpi].share)

    def base(self, question: PeriodQuestion) -> BaseValue | None:
        """What a relative target is measured from; None for any other."""
        plan, target = self.context.loaded.plan, question.promise
        earlier = earlier_question(plan, question, self.today)
        if earlier is None or not isinstance(target, Target) or target.relative is None:
            return base_of(plan, question, None, None, self.today)
        kept = self.kept.get(key_of(question.subject, question.period, target.relative))
        return base_of(plan, question, kept, self.figure(earlier, earlier.counted), self.today)

    def missing(self, question: PeriodQuestion, figure: Figure) -> tuple[str, ...]:
        """The sources that did not deliver a period so far, where its figure lacks something; else all that should."""
        elapsed = question.counted.clip(Window(date.min, max(self.today, question.counted.start + DAY)))
        if not elapsed or (figure.value is not None and figure.state != MISSING):
            return ()
        measures = self.context.measures(question.kpi)
        speaking = {one for name in measures for one in self.context.authorities.get(name, ()) if one != COSTS}
        missing = missing_sources(measures, self.context.authorities, self.context.coverage, elapsed)
        return missing or tuple(sorted(speaking))


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
    figure, latest = evidence.figure(question, question.looked_at), evidence.figure(question, question.counted)
    figure = replace(figure, state=latest.state)
    missing = evidence.missing(question, figure)
    unseen = unseen_by(context, question, evidence.today)
    unknown = unknown_of(context, question, evidence.holes)
    if isinstance(promise, Target):
        measured = replace(_measured(context, question, missing, unseen), unknown=unknown)
        if unseen:
            figure = latest = Figure(None, MISSING)
        base = evidence.base(question)
        target = TargetQuestion(question.subject, promise, question.period, measured, figure, latest, base)
        return judge_target(target, evidence.today)
    assert question.budget_plan is not None
    budget = replace(_budget(evidence, question, question.budget_plan, figure, missing), unseen=unseen, unknown=unknown)
    costs = question.budget_plan.costs
    coming = costs_ahead(costs, question.period, evidence.today)
    with_today = replace(budget, spent=latest, coming=coming, paid=paid_costs(costs, question.counted, evidence.today))
    return judge_budget(replace(budget, with_today=with_today), evidence.today, history)


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
    day, costs = min(evidence.today, question.until - DAY), budget_plan.costs
    return BudgetQuestion(
        subject=question.subject,
        budget=budget_plan.budget,
        period=question.period,
        currency=context.loaded.plan.currency,
        spent=figure,
        coming=costs_ahead(costs, question.period, day, evidence.today),
        paid=paid_costs(costs, question.looked_at, day),
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


def _figure(by_value: Mapping[str, Figure], question: PeriodQuestion, is_share: bool) -> Figure:
    """The figure of a question; of a breakdown, all that is called so, whatever the case."""
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

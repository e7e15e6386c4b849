"""Running targets -> what they are likely to come to: the daily figures behind each, and what of it stands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection

from config.catalogue import unit_of
from config.formula import MARGIN, Expression, Formula, Name, fold, parse_formula
from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.plan import Action, Kpi, Plan
from config.thresholds import Event
from config.vocabulary import Measure, Scope, Unit
from worker.judge.outlook import (
    LearnedParameters,
    Prediction,
    TargetKind,
    TargetSeries,
    concluded,
    is_likely_missed,
    is_significant,
    predict,
)
from worker.model.verdict import Judgement, Verdict, VerdictReason
from worker.stats.dispersion import pooled_dispersion
from worker.stats.fdr import benjamini_hochberg
from worker.stats.seasonality import Seasonality, pooled_ratio_model, pooled_seasonality, ratio_model_of, seasonality_of
from worker.stats.series import Bools, Floats, Series
from worker.store.reporting_lags import reporting_lags
from worker.store.series import DailySums, Place, daily_sums

HISTORY = timedelta(days=112)  # before a period: eight weeks tell a seasonality, and half of them may be events

Answers = Sequence[tuple[Judgement, Action | None]]


@dataclass(frozen=True)
class ForecastInputs:
    """What the outlook of a plan's targets rests on."""

    loaded: LoadedPlan
    plan_id: int
    kpis: Mapping[str, Kpi]
    formulas: Mapping[str, str]
    places: Mapping[tuple[str, str], int]  #: (scope, id) -> the id of the scope whose sums are its own

    def formula(self, kpi: str) -> Formula:
        """The formula chosen for a KPI."""
        return parse_formula(self.formulas[kpi])

    def place(self, judgement: Judgement) -> Place:
        """Where the daily sums of a target are."""
        scope_id = self.places[judgement.subject.scope, judgement.subject.ref]
        by = self.kpis[judgement.kpi].by
        is_part = bool(judgement.breakdown and by)
        return (scope_id, by.value if is_part and by else "", judgement.breakdown.casefold() if is_part else "")


def with_outlooks(connection: Connection, inputs: ForecastInputs, answers: Answers, today: date) -> list[Judgement]:
    """The judgements, those of running targets with their outlook. Across all of them false alarms are held down."""
    running = [index for index, (one, _) in enumerate(answers) if _is_running(one, today)]
    if not running:
        return [one for one, _ in answers]
    asked = [answers[index] for index in running]
    sums = _sums(connection, inputs, [one for one, _ in asked], today)
    days = [_days(inputs, one, owner, sums) for one, owner in asked]
    learned = _learned(inputs, [one for one, _ in asked], days, sums)
    judging = inputs.loaded.plan.judging
    prediction = [
        predict(one, of_one, known, _expected(inputs.loaded.plan, owner, one.period), today, judging)
        for (one, owner), of_one, known in zip(asked, days, learned, strict=True)
    ]
    concluded_now = _concluded([one for one, _ in asked], prediction, inputs)
    found = [one for one, _ in answers]
    for index, judgement in zip(running, concluded_now, strict=True):
        found[index] = judgement
    return found


def _is_running(one: Judgement, today: date) -> bool:
    return (
        not one.is_budget
        and one.period.start < today < one.period.end
        and one.verdict is Verdict.CANNOT_SAY
        and one.reason is VerdictReason.RUNNING
    )


def _concluded(
    asked: Sequence[Judgement], prediction: Sequence[Prediction | None], inputs: ForecastInputs
) -> list[Judgement]:
    """Each judgement with what stands of its two warnings, where every one made in this run counts."""
    judging = inputs.loaded.plan.judging
    early = [(n, one.early) for n, one in enumerate(prediction) if one and one.early is not None]
    late = [(n, 1 - one.late) for n, one in enumerate(prediction) if one and one.late is not None]
    stands = benjamini_hochberg([p for _, p in (*early, *late)])
    proved = {n for (n, _), stood in zip(early, stands, strict=False) if stood}
    unlikely = {n for (n, _), stood in zip(late, stands[len(early) :], strict=True) if stood}
    found = []
    for n, (one, seen) in enumerate(zip(asked, prediction, strict=True)):
        if seen is None:
            found.append(one)
            continue
        is_proved = n in proved and seen.is_material and is_significant(seen.early, strict=judging.strict)
        found.append(concluded(one, seen, proved=is_proved, unlikely=n in unlikely and is_likely_missed(seen.late)))
    return found


# ---- the daily figures ----


def _sums(connection: Connection, inputs: ForecastInputs, asked: Sequence[Judgement], today: date) -> DailySums:
    places: set[Place] = set()
    measures: set[str] = set()
    for one in asked:
        place = inputs.place(one)
        places |= {place, (place[0], "", ""), (inputs.places[Scope.PLAN, inputs.loaded.id], "", "")}
        measures |= inputs.formula(one.kpi).names - {MARGIN}
    window = Window(min(one.period.start for one in asked) - HISTORY, today)
    known = reporting_lags(connection, inputs.plan_id, measures, today)
    return daily_sums(connection, inputs.plan_id, places, measures, window, known)


def _days(inputs: ForecastInputs, one: Judgement, owner: Action | None, sums: DailySums) -> TargetSeries:
    return _days_at(inputs, one.kpi, inputs.place(one), sums, _ordinary(inputs.loaded.plan, owner, sums.window))


def _days_at(inputs: ForecastInputs, kpi: str, place: Place, sums: DailySums, ordinary: Bools) -> TargetSeries:
    formula, is_share = inputs.formula(kpi), inputs.kpis[kpi].share
    above = _series(inputs, formula.numerator, place, sums, ordinary)
    below = None
    if is_share:
        below = _series(inputs, formula.numerator, (place[0], "", ""), sums, ordinary)
    elif formula.denominator is not None:
        below = _series(inputs, formula.denominator, place, sums, ordinary)
    return TargetSeries(_kind(inputs, kpi, formula), above, below, answers="responses" in formula.names)


def _kind(inputs: ForecastInputs, kpi: str, formula: Formula) -> TargetKind:
    of = inputs.kpis[kpi]
    units = {unit_of(name, inputs.loaded.declared) for name in formula.names - {MARGIN}}
    if formula.denominator is None and not of.share:
        return TargetKind.COUNT if units == {Unit.COUNT} and formula.only_adds else TargetKind.AMOUNT
    if of.unit is Unit.SHARE and units == {Unit.COUNT}:
        return TargetKind.SHARE
    is_spent = formula.numerator == Name(Measure.SPEND)
    return TargetKind.COST if is_spent and units == {Unit.MONEY, Unit.COUNT} else TargetKind.RATIO


def _series(inputs: ForecastInputs, expression: Expression, place: Place, sums: DailySums, ordinary: Bools) -> Series:
    margin = float(inputs.loaded.plan.margin or 0)
    size = len(sums.window)

    def amount(name: str) -> Floats:
        return np.full(size, margin) if name == MARGIN else sums.of(place, name)

    def known(name: str) -> Floats:
        return np.ones(size) if name == MARGIN else sums.known.get(name, np.full(size, np.nan))

    with np.errstate(divide="ignore", invalid="ignore"):
        amounts = fold(expression, lambda value: np.full(size, float(value)), amount, _calculate)
    shares = fold(expression, lambda _: np.ones(size), known, lambda _, left, right: np.minimum(left, right))
    amounts = np.where(np.isfinite(amounts), amounts, np.nan)
    return Series(sums.window.start, amounts, np.where(np.isnan(amounts), np.nan, shares), ordinary)


def _calculate(operator: str, left: Floats, right: Floats) -> Floats:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right


# ---- what is learnt of them ----


def _learned(
    inputs: ForecastInputs, asked: Sequence[Judgement], days: Sequence[TargetSeries], sums: DailySums
) -> list[LearnedParameters]:
    """What each KPI's days tell; those too young are told by the others of the plan."""
    seasonalities = [_seasonality(one) for one in days]
    ratio_models = [
        ratio_model_of(*_tied(one), is_count=_is_tie_of_counts(one)) if one.below is not None else None for one in days
    ]
    pooled: dict[str, list[Seasonality]] = defaultdict(list)
    for judgement, seasonality in zip(asked, seasonalities, strict=True):
        if seasonality:
            pooled[judgement.kpi].append(seasonality)
    whole = (inputs.places[Scope.PLAN, inputs.loaded.id], "", "")
    learned = []
    for judgement, of_one, seasonality, ratio_model in zip(asked, days, seasonalities, ratio_models, strict=True):
        others = pooled[judgement.kpi]
        if seasonality is None and not others:
            of_plan = _days_at(inputs, judgement.kpi, whole, sums, of_one.above.ordinary)
            others = [found for found in [_seasonality(of_plan)] if found]
        same = [
            other
            for other, it in zip(ratio_models, asked, strict=True)
            if other is not None and it.kpi == judgement.kpi
        ]
        learned.append(
            LearnedParameters(
                seasonality=seasonality or pooled_seasonality(others),
                ratio_model=ratio_model
                or (pooled_ratio_model(same, is_count=_is_tie_of_counts(of_one)) if of_one.below is not None else None),
                pooled_phi=pooled_dispersion([other.phi for other in others]),
            )
        )
    return learned


def _seasonality(days: TargetSeries) -> Seasonality | None:
    """Of the sum; of what a ratio is divided by; of the spend."""
    if days.kind is TargetKind.COST or days.below is None:
        return seasonality_of(days.above, is_count=days.kind is TargetKind.COUNT)
    return seasonality_of(days.below, is_count=days.kind is TargetKind.SHARE)


def _tied(days: TargetSeries) -> tuple[Series, Series]:
    assert days.below is not None
    return (days.below, days.above) if days.kind is TargetKind.COST else (days.above, days.below)


def _is_tie_of_counts(days: TargetSeries) -> bool:
    return days.kind in (TargetKind.SHARE, TargetKind.COST)


# ---- the plan's calendar ----


def _live(plan: Plan, owner: Action | None, window: Window) -> Bools:
    """The days on which an action is at work; all of them for what is none."""
    if owner is None:
        return np.ones(len(window), np.bool_)
    live = np.zeros(len(window), np.bool_)
    for turn in plan.occurrences_of(owner) or [plan.life_of(owner)]:
        part = turn.clip(window)
        if part:
            live[(part.start - window.start).days : (part.end - window.start).days] = True
    return live


def _of_event(event: Event, window: Window) -> slice:
    part = event.days.clip(window)
    if part is None:
        return slice(0, 0)
    return slice((part.start - window.start).days, (part.end - window.start).days)


def _ordinary(plan: Plan, owner: Action | None, window: Window) -> Bools:
    """The days that tell of other days: the action was at work, and nothing special was declared."""
    ordinary = _live(plan, owner, window)
    for event in plan.events:
        ordinary[_of_event(event, window)] = False
    return ordinary


def _expected(plan: Plan, owner: Action | None, period: Window) -> Floats:
    """What each day of a period is to an ordinary one, as the plan says."""
    expect = np.where(_live(plan, owner, period), 1.0, 0.0)
    for event in plan.events:
        if event.expect is not None:
            expect[_of_event(event, period)] *= float(event.expect)
    return expect


def owner_of(plan: Plan, judgement: Judgement) -> Action | None:
    """The action that is judged; None for an objective and the plan."""
    return plan.actions.get(judgement.subject.ref) if judgement.subject.scope == Scope.ACTION else None

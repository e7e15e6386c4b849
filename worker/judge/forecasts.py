"""PURE. Running targets -> what they are likely to come to, and what of that stands across all of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from config.periods import Window
from config.plan import Action, Plan
from config.vocabulary import Scope
from worker.judge.before_plan import days_since_first, may_have_run
from worker.judge.history import (
    DailyHistory,
    expected_days,
    ordinary_days,
    place_of,
    target_series,
    turns_outside,
)
from worker.judge.outlook import (
    LearnedParameters,
    Prediction,
    TargetHistory,
    TargetKind,
    TargetSeries,
    concluded,
    is_likely_missed,
    is_significant,
    predict,
)
from worker.judge.outside_turns import Turns, brings_only_outside, outside_turns
from worker.model.verdict import Judgement, Verdict, VerdictReason
from worker.stats.dispersion import pooled_dispersion
from worker.stats.fdr import benjamini_hochberg
from worker.stats.seasonality import (
    RatioModel,
    Seasonality,
    alike,
    pooled_ratio_model,
    pooled_seasonality,
    ratio_model_of,
    seasonalities_of,
)
from worker.stats.series import Series


def with_outlooks(judgements: Sequence[Judgement], history: DailyHistory | None, today: date) -> list[Judgement]:
    """The judgements, those of running targets with their outlook. Across all of them false alarms are held down."""
    running = [index for index, target in enumerate(judgements) if _is_running(target, today)]
    if not running or history is None:
        return list(judgements)
    asked = [judgements[index] for index in running]
    history = history.before(target.period for target in asked)
    judging = history.context.loaded.plan.judging
    predictions = [
        predict(target, of_one, today, judging)
        for target, of_one in zip(asked, _histories(asked, history), strict=True)
    ]
    answers = list(judgements)
    for index, judgement in zip(running, _concluded(asked, predictions, strict=judging.strict), strict=True):
        answers[index] = judgement
    return answers


def _is_running(one: Judgement, today: date) -> bool:
    return (
        not one.is_budget
        and one.period.start < today < one.period.end
        and one.verdict is Verdict.CANNOT_SAY
        and one.reason is VerdictReason.RUNNING
    )


def _histories(asked: Sequence[Judgement], history: DailyHistory) -> list[TargetHistory]:
    plan = history.context.loaded.plan
    days = [_days(one, history) for one in asked]
    learned = _learned(asked, days, history)
    return [
        TargetHistory(of_one, learnt, _turns(plan, one, of_one, learnt))
        for one, of_one, learnt in zip(asked, days, learned, strict=True)
    ]


def _days(one: Judgement, history: DailyHistory) -> TargetSeries:
    plan = history.context.loaded.plan
    place = place_of(history.context, (one.subject.scope, one.subject.ref), one.kpi, one.breakdown)
    owner = _owner_of(plan, one)
    ordinary = ordinary_days(plan, owner, history.window)
    if may_have_run(owner):
        before = days_since_first(history.sums, place, min(plan.starts, one.period.start))
        ordinary |= before & ordinary_days(plan, None, history.window)
    days = target_series(history, one.kpi, place, ordinary)
    if not brings_only_outside(days.above, turns_outside(plan, owner, history.window)):
        return days
    return target_series(history, one.kpi, place, ordinary_days(plan, None, history.window))


def _turns(plan: Plan, one: Judgement, days: TargetSeries, learned: LearnedParameters) -> Turns:
    owner = _owner_of(plan, one)
    anywhere, inside = expected_days(plan, None, one.period), expected_days(plan, owner, one.period)
    if not (anywhere > inside).any():
        return Turns(inside, anywhere - inside)
    outside = turns_outside(plan, owner, Window(days.above.start, days.above.end))
    is_cost = days.kind is TargetKind.COST
    divisor, numerator = (days.above, days.below) if is_cost or days.below is None else (days.below, days.above)
    of = [outside_turns(part, outside, learned.seasonality) for part in (divisor, numerator or divisor)]
    return Turns(inside, anywhere - inside, *of)


def _owner_of(plan: Plan, judgement: Judgement) -> Action | None:
    """The action that is judged; None for an objective and the plan."""
    return plan.actions.get(judgement.subject.ref) if judgement.subject.scope == Scope.ACTION else None


def _concluded(
    asked: Sequence[Judgement], predictions: Sequence[Prediction | None], *, strict: bool
) -> list[Judgement]:
    """Each judgement with what stands of its two warnings; of the proofs, every one made in this run counts.

    A forecast's chance of missing is no p: it speaks of its own target alone, and is right as often as it says.
    """
    early = [(n, one.early) for n, one in enumerate(predictions) if one and one.early is not None]
    stands = benjamini_hochberg([p for _, p in early])
    proved = {n for (n, _), stood in zip(early, stands, strict=True) if stood}
    answers = []
    for n, (one, seen) in enumerate(zip(asked, predictions, strict=True)):
        if seen is None:
            answers.append(one)
            continue
        is_proved = n in proved and seen.is_material and is_significant(seen.early, strict=strict)
        answers.append(concluded(one, seen, proved=is_proved, unlikely=is_likely_missed(seen)))
    return answers


# ---- what is learnt ----


def _learned(
    asked: Sequence[Judgement], days: Sequence[TargetSeries], history: DailyHistory
) -> list[LearnedParameters]:
    """What is learnt of each target's days, pulled to what those of its KPI have in common."""
    of_kpis: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(asked):
        of_kpis[one.kpi].append(n)
    learned: dict[int, LearnedParameters] = {}
    for kpi, targets in of_kpis.items():
        learned |= zip(targets, _learned_of(kpi, [days[n] for n in targets], history), strict=True)
    return [learned[n] for n in range(len(asked))]


def _learned_of(kpi: str, days: Sequence[TargetSeries], history: DailyHistory) -> Iterator[LearnedParameters]:
    """Of one KPI; for those too young, what the others of the plan have, or the plan as a whole."""
    seasonalities, ratio_models = _seasonalities(days), _ratio_models(days)
    others, models = [one for one in seasonalities if one], [one for one in ratio_models if one]
    pooled, pooled_model = _pooled(others), pooled_ratio_model(models, is_count=_is_tie_of_counts(days[0]))
    for one, seasonality, ratio_model in zip(days, seasonalities, ratio_models, strict=True):
        typical, phi = pooled if others else _pooled(_of_plan(kpi, one, history))
        yield LearnedParameters(seasonality or typical, ratio_model or pooled_model, phi)


def _pooled(others: Sequence[Seasonality]) -> tuple[Seasonality | None, float | None]:
    return pooled_seasonality(others), pooled_dispersion([other.phi for other in others])


def _of_plan(kpi: str, days: TargetSeries, history: DailyHistory) -> list[Seasonality]:
    found = _seasonalities([target_series(history, kpi, history.whole, days.above.ordinary)])
    return [one for one in found if one]


def _seasonalities(days: Sequence[TargetSeries]) -> list[Seasonality | None]:
    """Of the sum; of what a ratio is divided by; of the spend. All of one KPI."""
    kind = days[0].kind
    moved = [one.above if kind is TargetKind.COST or one.below is None else one.below for one in days]
    is_divided = days[0].below is not None
    return seasonalities_of(moved, is_count=kind is (TargetKind.SHARE if is_divided else TargetKind.COUNT))


def _ratio_models(days: Sequence[TargetSeries]) -> list[RatioModel | None]:
    found = [
        None if one.below is None else ratio_model_of(*_tied(one), is_count=_is_tie_of_counts(one)) for one in days
    ]
    pulled = alike([one for one in found if one])
    return [one and pulled[one] for one in found]


def _tied(days: TargetSeries) -> tuple[Series, Series]:
    assert days.below is not None
    return (days.below, days.above) if days.kind is TargetKind.COST else (days.above, days.below)


def _is_tie_of_counts(days: TargetSeries) -> bool:
    return days.kind in (TargetKind.SHARE, TargetKind.COST)

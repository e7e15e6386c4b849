"""PURE. A running period: where it should be, what it is likely to come to, and whether chance explains that.

Two statements, never mixed: the *evidence* (is the truth worse than the target, on settled days) and the *forecast*
(how likely the promise is to be kept by the end). Either can put a target at risk; both are held to a rate of false
alarms, over time by what they ask, across a plan by ``worker/stats/fdr.py``.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from math import inf, isfinite

import numpy as np

from config.periods import DAY, Window
from config.thresholds import Judging
from config.vocabulary import Unit
from worker.model.verdict import Judgement, Outlook, Phase, Verdict, VerdictReason
from worker.stats.dispersion import ratio_dispersion, share_dispersion
from worker.stats.forecast import Forecast, RatioPattern, forecast, forecast_cost, forecast_ratio
from worker.stats.likelihood import (
    FEWEST_ANSWERS,
    AmountLikelihood,
    CostLikelihood,
    CountLikelihood,
    Likelihood,
    RatioLikelihood,
    ShareLikelihood,
)
from worker.stats.seasonality import FLAT, RatioModel, Seasonality
from worker.stats.series import Bools, Floats, Series
from worker.stats.significance import CONVINCING, SignificanceTest, anytime_significance, events_needed, significance

SETTLED_LEAST = 3  # settled days of the period before anything is proved
UNLIKELY = 0.9  # chance of missing that is worth a warning
TWICE_WRONG, SURER = 2, 0.99  # warnings that past periods would have belied, and what is asked after them
WAIT_DAYS, WAIT_SHARE = 7, 0.2  # of the period, before a forecast warns
STRICT = 0.05  # the p of a proof that may be looked at every day


class TargetKind(StrEnum):
    """What sort of figure a KPI is: each is judged by its own method."""

    COUNT = "count"
    AMOUNT = "amount"  #: of money, or seconds
    SHARE = "share"  #: successes of trials
    COST = "cost"  #: spend for each thing
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class TargetSeries:
    """The daily figures of a KPI: a sum, or what is divided by what. Both have the same days, up to yesterday."""

    kind: TargetKind
    above: Series
    below: Series | None = None
    answers: bool = False  #: those of a survey, of which a few say nothing


@dataclass(frozen=True, slots=True)
class LearnedParameters:
    """What is learnt of a KPI's days, of its own or, where it is too young, of the plan's."""

    seasonality: Seasonality | None  #: of the sum; of what is divided by; of the spend
    ratio_model: RatioModel | None = None
    pooled_phi: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TargetHistory:
    """The days behind a running target, and what is learnt of them."""

    days: TargetSeries  #: from long before the period up to yesterday
    learned: LearnedParameters
    expect: Floats  #: what each day of the period is to an ordinary one: see ``Seasonality.multiples``


@dataclass(frozen=True, slots=True)
class Prediction:
    """What can be said of a running target by itself; ``None`` for a p that was not asked for."""

    outlook: Outlook
    early: float | None = None
    late: float | None = None
    is_material: bool = False  #: the settled days are off by as much as the plan cares for
    is_few: bool = False


def predict(judgement: Judgement, history: TargetHistory, today: date, judging: Judging) -> Prediction | None:
    """What is to be said of a running period.

    Args:
        judgement: Of the target as it stands; its bounds and period.
        history: The KPI's daily figures, and what is learnt from them.
        today: The first day of which nothing is settled.
        judging: What the plan calls material, and how cautious it is.

    Returns:
        None where not even a day of the period is known.
    """
    period, days, learned = judgement.period, history.days, history.learned
    inside = days.above.within(period)
    if not len(inside):
        return None
    seasonality = learned.seasonality or Seasonality(FLAT, 0.0, None, is_count=days.kind is TargetKind.COUNT)
    shares = seasonality.shares(period, history.expect)[: len(inside)]
    settled = inside.settled
    if days.below is not None:
        settled = settled & days.below.within(period).settled
    newest = int(np.flatnonzero(settled)[-1]) if settled.any() else None
    data_date = period.start + DAY * newest if newest is not None else period.start - DAY
    foreseen = _foreseen(history, period)
    outlook = Outlook(data_date, pace=_pace(judgement, days, inside, shares))
    if foreseen is not None:
        outlook = _with_end(outlook, judgement, foreseen)
    sample = _sample(days, learned, period, settled, shares)
    test = _proof(sample, judgement, judging, float(shares[settled].sum())) if sample else None
    waited = max(WAIT_DAYS, WAIT_SHARE * len(period)) <= (today - period.start).days
    early = test.p if test and settled.sum() >= SETTLED_LEAST else None
    bounds = _float(judgement.low), _float(judgement.high)
    late = chance_to_warn_of(foreseen, *bounds) if foreseen and waited else None
    outlook = replace(outlook, p=None if test is None else test.p)
    few = _few(outlook, sample, period, today)
    outlook = few or outlook
    if test and is_significant(early, strict=judging.strict):
        outlook = replace(outlook, limit=_limit(test, judgement))
    is_material = test is not None and _is_material(test, judging)
    return Prediction(outlook, early, late, is_material=is_material, is_few=few is not None)


# ---- where it should be, and where it will be ----


def _pace(judgement: Judgement, days: TargetSeries, inside: Series, shares: Floats) -> Decimal | None:
    """Where a sum should be after the days that are known; a ratio should be at its target all along."""
    bound = judgement.target
    if days.below is not None or bound is None:
        return None
    known = float(shares[~np.isnan(inside.amounts)].sum())
    return _decimal(float(bound) * known, judgement.unit)


def _foreseen(history: TargetHistory, period: Window) -> Forecast | None:
    days, learned, expect = history.days, history.learned, history.expect
    if learned.seasonality is None:
        return None
    if days.below is None:
        return forecast(days.above, period, learned.seasonality, expect)
    if learned.ratio_model is None:
        return None
    is_cost = days.kind is TargetKind.COST
    pattern = RatioPattern(learned.seasonality, learned.ratio_model, is_count=is_cost or days.kind is TargetKind.SHARE)
    return (forecast_cost if is_cost else forecast_ratio)(days.above, days.below, period, pattern, expect)


def _with_end(outlook: Outlook, judgement: Judgement, foreseen: Forecast) -> Outlook:
    low, high = foreseen.interval()
    expected, lowest, highest = (_decimal(value, judgement.unit) for value in (foreseen.mean, low, high))
    chance = 1 - _missed(foreseen, judgement)
    return replace(outlook, expected=expected, low=lowest, high=highest, chance=chance)


def chance_to_warn_of(foreseen: Forecast, low: float | None, high: float | None) -> float | None:
    """The chance of missing; None where past periods belied two such warnings and this one is hardly surer."""
    missed = foreseen.miss(low, high)
    wrong = foreseen.before.wrong_warnings(low, high) if foreseen.before else 0
    return None if wrong >= TWICE_WRONG and missed < SURER else missed


def _missed(foreseen: Forecast, judgement: Judgement) -> float:
    return foreseen.miss(_float(judgement.low), _float(judgement.high))


# ---- whether chance explains it ----


def _sample(
    days: TargetSeries, learned: LearnedParameters, period: Window, settled: Bools, shares: Floats
) -> Likelihood | None:
    above = days.above.within(period)
    total = float(above.amounts[settled].sum())
    share = float(shares[settled].sum())
    seasonality = learned.seasonality
    if days.below is None:
        phi = seasonality.phi if seasonality else learned.pooled_phi
        if days.kind is TargetKind.COUNT:
            return CountLikelihood(total, share, phi)
        if (days.above.amounts < 0).any():
            return (
                RatioLikelihood(total, share, ratio_dispersion(*_against_profile(days.above, seasonality)))
                if seasonality
                else None
            )
        return AmountLikelihood(total, share, phi)
    whole = float(days.below.within(period).amounts[settled].sum())
    history = days.above.settled & days.below.settled & days.above.ordinary
    a, b = days.above.amounts[history][-56:], days.below.amounts[history][-56:]
    match days.kind:
        case TargetKind.SHARE:
            phi = share_dispersion(a, b) or learned.pooled_phi
            return ShareLikelihood(total, whole, phi, fewest=FEWEST_ANSWERS if days.answers else 0)
        case TargetKind.COST:
            return CostLikelihood(total, whole, learned.ratio_model.phi if learned.ratio_model else learned.pooled_phi)
    return RatioLikelihood(total, whole, ratio_dispersion(a, b), fewest=FEWEST_ANSWERS if days.answers else 0)


def _against_profile(series: Series, seasonality: Seasonality | None) -> tuple[Floats, Floats]:
    """What may be negative, and what each day is to a usual one: their ratio is the level."""
    history = series.settled & series.ordinary
    profile = seasonality.profile if seasonality else FLAT
    return series.amounts[history][-56:], profile[series.weekdays[history]][-56:]


def _proof(sample: Likelihood, judgement: Judgement, judging: Judging, elapsed: float) -> SignificanceTest | None:
    low, high = _float(judgement.low), _float(judgement.high)
    return anytime_significance(sample, low, high, elapsed) if judging.strict else significance(sample, low, high)


def _is_material(test: SignificanceTest, judging: Judging) -> bool:
    """Whether the settled days are off by as much as the plan cares for."""
    sample = test.sample
    match sample:
        case CountLikelihood() | AmountLikelihood():
            value = (sample.count if isinstance(sample, CountLikelihood) else sample.amount) / sample.share
        case CostLikelihood():
            return not sample.things or _is_off(sample.spend / sample.things, test.target, judging)
        case ShareLikelihood():
            value = sample.successes / sample.trials
        case RatioLikelihood():
            value = sample.numerator / sample.denominator
        case _:
            return True
    return _is_off(value, test.target, judging)


def _is_off(value: float, target: float, judging: Judging) -> bool:
    return abs(value - target) >= float(judging.material) * abs(target)


def _limit(test: SignificanceTest, judgement: Judgement) -> Decimal | None:
    """What the true value is beyond; of sums it says little, as nobody knows their true value's scale."""
    if isinstance(test.sample, CountLikelihood | AmountLikelihood):
        return None
    limit = test.limit
    return None if limit is None else _decimal(limit, judgement.unit)


def _few(outlook: Outlook, sample: Likelihood | None, period: Window, today: date) -> Outlook | None:
    """With how many there are, how many it takes, and when there may be as many; None where there are enough."""
    match sample:
        case CountLikelihood(seen, _, phi) | ShareLikelihood(seen, _, phi) | CostLikelihood(_, seen, phi) if (
            phi is not None
        ):
            needed = events_needed(round(phi, 1))
        case _:
            return None
    if seen >= needed:
        return None
    elapsed = max(1, (today - period.start).days)
    wait = (needed - seen) * elapsed / seen if seen else inf
    sayable = today + timedelta(days=round(wait)) if wait < (period.end - today).days else None
    return replace(outlook, sample=round(seen), needed=needed, sayable_on=sayable)


# ---- the verdict ----


def concluded(judgement: Judgement, prediction: Prediction, *, proved: bool, unlikely: bool) -> Judgement:
    """The judgement with its outlook; ``proved`` and ``unlikely`` are what stands across the whole run."""
    outlook = prediction.outlook
    if proved or unlikely:
        verdict, reason = Verdict.AT_RISK, VerdictReason.PROVED if proved else VerdictReason.UNLIKELY
    elif outlook.chance is not None and outlook.chance >= 0.5:
        verdict, reason = Verdict.ON_TRACK, VerdictReason.LIKELY
    elif prediction.is_few:
        verdict, reason = Verdict.CANNOT_SAY, VerdictReason.TOO_FEW
    elif outlook.chance is not None:
        verdict, reason = Verdict.CANNOT_SAY, VerdictReason.BEHIND
    else:
        verdict, reason = Verdict.CANNOT_SAY, VerdictReason.TOO_EARLY
        outlook = replace(outlook, sayable_on=_early_day(judgement.period, outlook.data_date))
    return replace(judgement, verdict=verdict, reason=reason, phase=Phase.OUTLOOK, outlook=outlook)


def _early_day(period: Window, data_date: date) -> date | None:
    """When two weeks of the period are settled: what a seasonality needs at least."""
    day = max(period.start, data_date) + timedelta(days=14)
    return day if day < period.end else None


def is_significant(p: float | None, *, strict: bool) -> bool:
    """Whether a p of settled days is proof enough to be counted."""
    return p is not None and p < (STRICT if strict else CONVINCING)


def is_likely_missed(miss: float | None) -> bool:
    """Whether a chance of missing is worth a warning."""
    return miss is not None and miss >= UNLIKELY


_PLACES = {Unit.COUNT: 0, Unit.MONEY: 2, Unit.SHARE: 6, Unit.SECONDS: 1}


def _decimal(value: float, unit: Unit) -> Decimal | None:
    """A foretold figure, as exact as it deserves."""
    if not isfinite(value):
        return None
    places = _PLACES.get(unit, 4)
    return Decimal(round(value)) if not places else Decimal(str(round(value, places)))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

"""PURE. A running period: where it should be, what it is likely to come to, and whether chance explains that.

Two statements, never mixed: the *evidence* (is the truth worse than the target, on settled days) and the *forecast*
(how likely the promise is to be kept by the end). Either can put a target at risk. The evidence is held to a rate of
false alarms: over time by what it asks, across a plan by ``worker/stats/fdr.py``. The forecast is held to its own word:
of the promises it calls 90 % lost, nine in ten are lost, however many there are.
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
from worker.judge.outside_turns import Turns
from worker.model.verdict import LIKELY, UNLIKELY, VERY_UNLIKELY, Judgement, Outlook, Phase, Verdict, VerdictReason
from worker.stats.dispersion import ratio_dispersion, share_dispersion
from worker.stats.forecast import Forecast, RatioPattern, forecast, forecast_cost, forecast_ratio
from worker.stats.level import FEWEST_DAYS
from worker.stats.likelihood import (
    FEWEST_ANSWERS,
    AmountLikelihood,
    CostLikelihood,
    CountLikelihood,
    Likelihood,
    RatioLikelihood,
    ShareLikelihood,
)
from worker.stats.persistence import inflation, persistence_of
from worker.stats.seasonality import FEWEST, FLAT, RatioModel, Seasonality
from worker.stats.series import Bools, Floats, Series
from worker.stats.significance import CONVINCING, SignificanceTest, anytime_significance, events_needed, significance

SETTLED_LEAST = 3  # settled days of the period before anything is proved
TWICE_WRONG, SURER = 2, 0.99  # warnings that past periods would have belied, and what is asked after them
SURE = 0.97  # is asked where days are skewed; of other sums of amounts VERY_UNLIKELY, as they seldom are not at all
EXPONENTIAL = 2.0  # the skewness of that distribution: beyond it, as much is asked as after wrong warnings
WAIT_DAYS, WAIT_SHARE = 7, 0.2  # of the period, before a forecast warns
EARLY_SHARE = 1 / 3  # of the period: until then its level rests on few days, and few events tell nothing of it
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
    turns: Turns  #: the days of the period

    @property
    def expect(self) -> Floats:
        """What each day of the period is to an ordinary one: see ``Seasonality.multiples``."""
        return self.turns.expect


@dataclass(frozen=True, slots=True)
class Prediction:
    """What can be said of a running target by itself; ``None`` for a p that was not asked for."""

    outlook: Outlook
    early: float | None = None
    late: float | None = None
    is_material: bool = False  #: the settled days are off by as much as the plan cares for
    is_few: bool = False
    is_early: bool = False  #: less than a third of the period is over
    enough_on: date | None = None  #: when as many days are final as a seasonality needs, if they are too few


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
    settled, is_known = inside.settled, ~np.isnan(inside.amounts)
    if days.below is not None:
        below = days.below.within(period)
        settled, is_known = settled & below.settled, is_known & ~np.isnan(below.amounts)
    newest = int(np.flatnonzero(settled)[-1]) if settled.any() else None
    data_date = period.start + DAY * newest if newest is not None else period.start - DAY
    foreseen = _foreseen(history, period)
    known = np.flatnonzero(is_known)
    as_of = inside.start + DAY * int(known[-1]) if len(known) else None
    outlook = Outlook(data_date, as_of, pace=_pace(judgement, days, inside, shares) if as_of else None)
    if foreseen is not None:
        outlook = _with_end(outlook, judgement, foreseen)
    sample = _sample(days, learned, period, settled, shares)
    test = _proof(sample, judgement, judging, float(shares[settled].sum())) if sample else None
    few = _few(outlook, sample, period, today)
    early = test.p if test and settled.sum() >= SETTLED_LEAST else None
    passed = (today - period.start).days
    is_early = passed < EARLY_SHARE * len(period)
    has_waited = passed >= max(WAIT_DAYS, WAIT_SHARE * len(period)) and not (is_early and _is_sparse(few))
    bounds = _float(judgement.low), _float(judgement.high)
    late = chance_to_warn_of(foreseen, *bounds) if foreseen and has_waited else None
    outlook = replace(few or outlook, p=None if test is None else test.p)
    if test and is_significant(early, strict=judging.strict):
        outlook = replace(outlook, limit=_limit(test, judgement))
    is_material = test is not None and _is_material(test, judging)
    return Prediction(
        outlook,
        early,
        late,
        is_material=is_material,
        is_few=few is not None,
        is_early=is_early,
        enough_on=_enough_on(history, period, data_date, today),
    )


# ---- where it should be, and where it will be ----


def _pace(judgement: Judgement, days: TargetSeries, inside: Series, shares: Floats) -> Decimal | None:
    """Where a sum should be after the days that are known; a ratio should be at its target all along."""
    bound = judgement.target
    if days.below is not None or bound is None:
        return None
    known = float(shares[~np.isnan(inside.amounts)].sum())
    return _decimal(float(bound) * known, judgement.unit)


def _foreseen(history: TargetHistory, period: Window) -> Forecast | None:
    days, learned, turns, seasonality = history.days, history.learned, history.turns, history.learned.seasonality
    if seasonality is None:
        return None
    if days.below is None:
        ahead = forecast(days.above, period, seasonality, turns.expect)
        return ahead and turns.sum_ahead(ahead, days.above, period, seasonality)
    if learned.ratio_model is None:
        return None
    is_cost = days.kind is TargetKind.COST
    pattern = RatioPattern(seasonality, learned.ratio_model, is_count=is_cost or days.kind is TargetKind.SHARE)
    forecast_it = forecast_cost if is_cost else forecast_ratio
    ahead = forecast_it(days.above, days.below, period, pattern, turns.expect)
    return ahead and turns.ratio_ahead(ahead, days.above, period, seasonality, learned.ratio_model.phi)


def _with_end(outlook: Outlook, judgement: Judgement, foreseen: Forecast) -> Outlook:
    ends = [foreseen.mean, *foreseen.interval()]
    if isfinite(foreseen.least) and judgement.figure.denominator is None and judgement.figure.value is not None:
        reached = float(judgement.figure.value)  # stays: a sum of what never falls
        ends = [max(value, reached) for value in ends]
    expected, lowest, highest = (_decimal(value, judgement.unit) for value in ends)
    chance = 1 - _missed(foreseen, judgement)
    return replace(outlook, expected=expected, low=lowest, high=highest, chance=chance)


def chance_to_warn_of(foreseen: Forecast, low: float | None, high: float | None) -> float | None:
    """The chance of missing; None where it must be surer, for no more such warnings to be wrong than of others."""
    missed = foreseen.miss(low, high)
    return missed if missed >= _asked(foreseen, low, high) else None


def _asked(foreseen: Forecast, low: float | None, high: float | None) -> float:
    """Past periods may have belied such warnings; and what is missing, a burst or one large order may still bring."""
    skewness = foreseen.rests.skewness if foreseen.rests and low is not None else 0.0
    wrong = foreseen.before.wrong_warnings(low, high) if foreseen.before else 0
    if wrong >= TWICE_WRONG or skewness > EXPONENTIAL:
        return SURER
    if skewness:
        return SURE
    is_of_amounts = not foreseen.is_count and foreseen.divisor == 1
    return VERY_UNLIKELY if is_of_amounts and low is not None else 0.0


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
    by = inflation(_persistence(days, seasonality, period), int(settled.sum()))
    if days.below is None:
        phi = _times(by, seasonality.phi if seasonality else learned.pooled_phi)
        if days.kind is TargetKind.COUNT:
            return CountLikelihood(total, share, phi)
        if (days.above.amounts < 0).any():
            spread = ratio_dispersion(*_against_profile(days.above, seasonality))
            return RatioLikelihood(total, share, spread and spread.inflated(by)) if seasonality else None
        return AmountLikelihood(total, share, phi)
    whole = float(days.below.within(period).amounts[settled].sum())
    history = days.above.settled & days.below.settled & days.above.ordinary
    a, b = days.above.amounts[history][-56:], days.below.amounts[history][-56:]
    match days.kind:
        case TargetKind.SHARE:
            phi = _times(by, share_dispersion(a, b) or learned.pooled_phi)
            return ShareLikelihood(total, whole, phi, fewest=FEWEST_ANSWERS if days.answers else 0)
        case TargetKind.COST:
            phi = _times(by, learned.ratio_model.phi if learned.ratio_model else learned.pooled_phi)
            return CostLikelihood(total, whole, phi)
    spread = ratio_dispersion(a, b)
    return RatioLikelihood(total, whole, spread and spread.inflated(by), fewest=FEWEST_ANSWERS if days.answers else 0)


def _persistence(days: TargetSeries, seasonality: Seasonality | None, period: Window) -> float:
    """How much of what moves the KPI's days stays, as the days before the period show it."""
    above = days.above.before(period.start)
    if days.below is None:
        multiples = seasonality.of_series(above) if seasonality else np.ones(len(above))
        return persistence_of(above.amounts, multiples, above.settled & above.ordinary)
    below = days.below.before(period.start)
    usable = above.settled & below.settled & above.ordinary
    moved, by = (below, above) if days.kind is TargetKind.COST else (above, below)
    return persistence_of(moved.amounts, by.amounts, usable)


def _times(by: float, phi: float | None) -> float | None:
    return None if phi is None else by * phi


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


def _is_sparse(few: Outlook | None) -> bool:
    """Whether not even days that differ by mere chance would tell a shortfall of a fifth."""
    return few is not None and few.sample is not None and few.sample < events_needed(1)


def _enough_on(history: TargetHistory, period: Window, data_date: date, today: date) -> date | None:
    """When enough days are final, if they go on becoming so as late as now; None where the period ends before.

    A week, where the weekdays are known from others; else two.
    """
    days, learned = history.days, history.learned
    is_lent = learned.seasonality is not None and (days.below is None or learned.ratio_model is not None)
    usable = days.above.settled & days.above.ordinary
    if days.below is not None:
        usable &= days.below.settled & days.below.ordinary
    lacking = (FEWEST_DAYS if is_lent else FEWEST) - int(usable.sum())
    to_come = [day for day, part in zip(period, history.turns.inside, strict=True) if day > data_date and part > 0]
    if not 0 < lacking <= len(to_come):
        return None
    day = to_come[lacking - 1] + (today - data_date)
    return day if day < period.end else None


# ---- the verdict ----


def concluded(judgement: Judgement, prediction: Prediction, *, proved: bool, unlikely: bool) -> Judgement:
    """The judgement with its outlook; ``proved`` is what stands across the whole run.

    What is foretold to be kept is no risk, however bad its days so far: they are in the forecast.

    Source:
        Mastrandrea et al. 2010, Guidance note on the treatment of uncertainties (IPCC): likely is above two in three,
        between one and two in three is about as likely as not.
    """
    outlook = prediction.outlook
    chance = outlook.chance
    if chance is not None and chance >= 0.5:
        verdict, reason = Verdict.ON_TRACK, VerdictReason.LIKELY
    elif proved or unlikely:
        verdict, reason = Verdict.AT_RISK, VerdictReason.PROVED if proved else VerdictReason.UNLIKELY
    elif chance is not None:
        is_doubtful = chance < 1 - LIKELY
        verdict, reason = Verdict.CANNOT_SAY, VerdictReason.DOUBTFUL if is_doubtful else VerdictReason.BEHIND
    elif prediction.is_few:
        verdict, reason = Verdict.CANNOT_SAY, VerdictReason.TOO_FEW
    else:
        verdict, reason = Verdict.CANNOT_SAY, VerdictReason.TOO_EARLY
        outlook = replace(outlook, sayable_on=prediction.enough_on)
    return replace(judgement, verdict=verdict, reason=reason, phase=Phase.OUTLOOK, outlook=outlook)


def is_significant(p: float | None, *, strict: bool) -> bool:
    """Whether a p of settled days is proof enough to be counted."""
    return p is not None and p < (STRICT if strict else CONVINCING)


def is_likely_missed(prediction: Prediction) -> bool:
    """Whether the chance of missing is worth a warning."""
    late = prediction.late
    return late is not None and late >= (VERY_UNLIKELY if prediction.is_few or prediction.is_early else UNLIKELY)


_PLACES = {Unit.COUNT: 0, Unit.MONEY: 2, Unit.SHARE: 6, Unit.SECONDS: 1}


def _decimal(value: float, unit: Unit) -> Decimal | None:
    """A foretold figure, as exact as it deserves."""
    if not isfinite(value):
        return None
    places = _PLACES.get(unit, 4)
    return Decimal(round(value)) if not places else Decimal(str(round(value, places)))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

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
from worker.model.verdict import Judgement, Outlook, Phase, Reason, Verdict
from worker.stats.dispersion import ratio_spread, share_phi
from worker.stats.forecast import Forecast, forecast, forecast_cost, forecast_ratio
from worker.stats.likelihood import FEWEST_ANSWERS, Amount, Cost, Count, Ratio, Sample, Share
from worker.stats.seasonality import FLAT, Rhythm, Tie
from worker.stats.series import Bools, Floats, Series
from worker.stats.significance import CONVINCING, Proof, events_needed, prove, prove_strictly

SETTLED_LEAST = 3  # settled days of the period before anything is proved
UNLIKELY = 0.9  # chance of missing that is worth a warning
WAIT_DAYS, WAIT_SHARE = 7, 0.2  # of the period, before a forecast warns
STRICT = 0.05  # the p of a proof that may be looked at every day


class Kind(StrEnum):
    """What sort of figure a KPI is: each is judged by its own method."""

    COUNT = "count"
    AMOUNT = "amount"  #: of money, or seconds
    SHARE = "share"  #: successes of trials
    COST = "cost"  #: spend for each thing
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Days:
    """The daily figures of a KPI: a sum, or what is divided by what. Both have the same days, up to yesterday."""

    kind: Kind
    above: Series
    below: Series | None = None
    answers: bool = False  #: those of a survey, of which a few say nothing


@dataclass(frozen=True, slots=True)
class Lore:
    """What is learnt of a KPI's days, of its own or, where it is too young, of the plan's."""

    rhythm: Rhythm | None  #: of the sum; of what is divided by; of the spend
    tie: Tie | None = None
    pooled_phi: float | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """What can be said of a running target by itself; ``None`` for a p that was not asked for."""

    outlook: Outlook
    early: float | None = None
    late: float | None = None
    is_material: bool = False  #: the settled days are off by as much as the plan cares for
    is_few: bool = False


def look_ahead(
    judgement: Judgement, days: Days, lore: Lore, expect: Floats, today: date, judging: Judging
) -> Ahead | None:
    """What is to be said of a running period.

    Args:
        judgement: Of the target as it stands; its bounds and period.
        days: The KPI's daily figures, from long before the period up to yesterday.
        lore: What is learnt from them.
        expect: What each day of the period is to an ordinary one: see ``rhythm.multiples``.
        today: The first day of which nothing is settled.
        judging: What the plan calls material, and how cautious it is.

    Returns:
        None where not even a day of the period is known.
    """
    period = judgement.period
    inside = days.above.within(period)
    if not len(inside):
        return None
    rhythm = lore.rhythm or Rhythm(FLAT, 0.0, None, is_count=days.kind is Kind.COUNT)
    shares = rhythm.shares(period, expect)[: len(inside)]
    settled = inside.settled
    if days.below is not None:
        settled = settled & days.below.within(period).settled
    newest = int(np.flatnonzero(settled)[-1]) if settled.any() else None
    data_date = period.start + DAY * newest if newest is not None else period.start - DAY
    foreseen = _foreseen(days, lore, expect, period)
    outlook = Outlook(data_date, pace=_pace(judgement, days, inside, shares))
    if foreseen is not None:
        outlook = _with_end(outlook, judgement, foreseen)
    sample = _sample(days, lore, period, settled, shares)
    proof = _proof(sample, judgement, judging, float(shares[settled].sum())) if sample else None
    waited = max(WAIT_DAYS, WAIT_SHARE * len(period)) <= (today - period.start).days
    early = proof.p if proof and settled.sum() >= SETTLED_LEAST else None
    late = _missed(foreseen, judgement) if foreseen and waited else None
    outlook = replace(outlook, p=None if proof is None else proof.p)
    few = _few(outlook, sample, period, today)
    outlook = few or outlook
    if proof and is_proof(early, strict=judging.strict):
        outlook = replace(outlook, limit=_limit(proof, judgement))
    is_material = proof is not None and _is_material(proof, judging)
    return Ahead(outlook, early, late, is_material=is_material, is_few=few is not None)


# ---- where it should be, and where it will be ----


def _pace(judgement: Judgement, days: Days, inside: Series, shares: Floats) -> Decimal | None:
    """Where a sum should be after the days that are known; a ratio should be at its target all along."""
    bound = judgement.target
    if days.below is not None or bound is None:
        return None
    known = float(shares[~np.isnan(inside.amounts)].sum())
    return _decimal(float(bound) * known, judgement.unit)


def _foreseen(days: Days, lore: Lore, expect: Floats, period: Window) -> Forecast | None:
    if lore.rhythm is None:
        return None
    if days.below is None:
        return forecast(days.above, period, lore.rhythm, expect)
    if lore.tie is None:
        return None
    if days.kind is Kind.COST:
        return forecast_cost(days.above, days.below, period, lore.rhythm, lore.tie, expect)
    is_count = days.kind is Kind.SHARE
    return forecast_ratio(days.above, days.below, period, lore.rhythm, lore.tie, expect, is_count=is_count)


def _with_end(outlook: Outlook, judgement: Judgement, foreseen: Forecast) -> Outlook:
    low, high = foreseen.interval()
    expected, lowest, highest = (_decimal(value, judgement.unit) for value in (foreseen.mean, low, high))
    chance = 1 - _missed(foreseen, judgement)
    return replace(outlook, expected=expected, low=lowest, high=highest, chance=chance)


def _missed(foreseen: Forecast, judgement: Judgement) -> float:
    return foreseen.miss(_float(judgement.low), _float(judgement.high))


# ---- whether chance explains it ----


def _sample(days: Days, lore: Lore, period: Window, settled: Bools, shares: Floats) -> Sample | None:
    above = days.above.within(period)
    total = float(above.amounts[settled].sum())
    share = float(shares[settled].sum())
    rhythm = lore.rhythm
    if days.below is None:
        phi = rhythm.phi if rhythm else lore.pooled_phi
        if days.kind is Kind.COUNT:
            return Count(total, share, phi)
        if (days.above.amounts < 0).any():
            return Ratio(total, share, ratio_spread(*_against_profile(days.above, rhythm))) if rhythm else None
        return Amount(total, share, phi)
    whole = float(days.below.within(period).amounts[settled].sum())
    history = days.above.settled & days.below.settled & days.above.ordinary
    a, b = days.above.amounts[history][-56:], days.below.amounts[history][-56:]
    match days.kind:
        case Kind.SHARE:
            phi = share_phi(a, b) or lore.pooled_phi
            return Share(total, whole, phi, fewest=FEWEST_ANSWERS if days.answers else 0)
        case Kind.COST:
            return Cost(total, whole, lore.tie.phi if lore.tie else lore.pooled_phi)
    return Ratio(total, whole, ratio_spread(a, b), fewest=FEWEST_ANSWERS if days.answers else 0)


def _against_profile(series: Series, rhythm: Rhythm | None) -> tuple[Floats, Floats]:
    """What may be negative, and what each day is to a usual one: their ratio is the level."""
    history = series.settled & series.ordinary
    profile = rhythm.profile if rhythm else FLAT
    return series.amounts[history][-56:], profile[series.weekdays[history]][-56:]


def _proof(sample: Sample, judgement: Judgement, judging: Judging, elapsed: float) -> Proof | None:
    low, high = _float(judgement.low), _float(judgement.high)
    return prove_strictly(sample, low, high, elapsed) if judging.strict else prove(sample, low, high)


def _is_material(proof: Proof, judging: Judging) -> bool:
    """Whether the settled days are off by as much as the plan cares for."""
    found = proof.sample
    match found:
        case Count() | Amount():
            value = (found.count if isinstance(found, Count) else found.amount) / found.share
        case Cost():
            return not found.things or _is_off(found.spend / found.things, proof.target, judging)
        case Share():
            value = found.successes / found.trials
        case Ratio():
            value = found.numerator / found.denominator
        case _:
            return True
    return _is_off(value, proof.target, judging)


def _is_off(value: float, target: float, judging: Judging) -> bool:
    return abs(value - target) >= float(judging.material) * abs(target)


def _limit(proof: Proof, judgement: Judgement) -> Decimal | None:
    """What the true value is beyond; of sums it says little, as nobody knows their true value's scale."""
    if isinstance(proof.sample, Count | Amount):
        return None
    limit = proof.limit
    return None if limit is None else _decimal(limit, judgement.unit)


def _few(outlook: Outlook, sample: Sample | None, period: Window, today: date) -> Outlook | None:
    """With how many there are, how many it takes, and when there may be as many; None where there are enough."""
    match sample:
        case Count(seen, _, phi) | Share(seen, _, phi) | Cost(_, seen, phi) if phi is not None:
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


def concluded(judgement: Judgement, ahead: Ahead, *, proved: bool, unlikely: bool) -> Judgement:
    """The judgement with its outlook; ``proved`` and ``unlikely`` are what stands across the whole run."""
    outlook = ahead.outlook
    if proved or unlikely:
        verdict, reason = Verdict.AT_RISK, Reason.PROVED if proved else Reason.UNLIKELY
    elif outlook.chance is not None and outlook.chance >= 0.5:
        verdict, reason = Verdict.ON_TRACK, Reason.LIKELY
    elif ahead.is_few:
        verdict, reason = Verdict.CANNOT_SAY, Reason.TOO_FEW
    elif outlook.chance is not None:
        verdict, reason = Verdict.CANNOT_SAY, Reason.BEHIND
    else:
        verdict, reason = Verdict.CANNOT_SAY, Reason.TOO_EARLY
        outlook = replace(outlook, sayable_on=_early_day(judgement.period, outlook.data_date))
    return replace(judgement, verdict=verdict, reason=reason, phase=Phase.OUTLOOK, outlook=outlook)


def _early_day(period: Window, data_date: date) -> date | None:
    """When two weeks of the period are settled: what a rhythm needs at least."""
    day = max(period.start, data_date) + timedelta(days=14)
    return day if day < period.end else None


def is_proof(p: float | None, *, strict: bool) -> bool:
    """Whether a p of settled days is proof enough to be counted."""
    return p is not None and p < (STRICT if strict else CONVINCING)


def is_late(miss: float | None) -> bool:
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

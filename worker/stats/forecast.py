"""PURE. What a period will have brought when it is over: what is known of it, and the rest as the series has it.

The rest follows the negative binomial distribution for counts, the gamma for amounts that never fall below zero, the
normal for the others, matched to a mean and a variance (``worker/stats/level.py``). A ratio ends below a value ``T``
where its numerator ends below ``T`` times its denominator: the denominator is forecast, and the numerator given it.

Source:
    Fieller 1954, Some problems in interval estimation, J. R. Statist. Soc. B 16, 175-185 (ratios, and their open ends);
    ``worker/stats/level.py`` for the mean and the variance.

Under a violent drift of the level (15 % a week) the band meant to hold 80 % of the ends holds but 63 to 73 %.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, floor, inf, isfinite, sqrt

import numpy as np

from config.periods import Window
from worker.stats.distributions import NORMAL, amount_cdf, count_cdf
from worker.stats.level import NOTHING_OPEN, Level, Past, level_of
from worker.stats.past_forecasts import PastForecasts, past_forecasts_of
from worker.stats.past_rests import PastRests, past_rests_of
from worker.stats.seasonality import RatioModel, Seasonality
from worker.stats.series import Floats, Series
from worker.stats.trajectory import Trajectory, on_days, trajectory_of
from worker.stats.year_shape import YearFactor, year_factor_of

_CLOSE = 1e-9  # a part of what is added up: nearer than that is equal
_NEAR = 1e-4  # of a deviation: there a distribution is as good as straight
_PART_OF_A_COUNT = 0.1
_NEARER = 1e-7  # of what is looked through
_FAR = 1e12  # times the spread: what is not reached there is reached nowhere


@dataclass(frozen=True, slots=True)
class Forecast:
    """The figure of a period at its end: how likely it is to lie where."""

    observed: float  #: known already
    remaining: float  #: the mean of the rest
    variance: float  #: of the rest
    is_count: bool
    can_fall: bool  #: days below zero have been seen
    lacking: int = 0  #: days of the period that are past and of which nothing is known: they are forecast as well
    least: float = -inf  #: it is there already and cannot go away
    divisor: float = 1.0  #: what it is divided by, where it is a ratio
    divisor_variance: float = 0.0
    elasticity: float = 0.0  #: what one more of the divisor brings
    is_inverted: bool = False  #: the ratio asked for is this one upside down
    before: PastForecasts | None = None  #: what would have been foretold in past periods, of a sum
    rests: PastRests | None = None  #: what came as long after other days, of a sum that is skewed

    @property
    def mean(self) -> float:
        """What is expected."""
        straight = max(self.observed + self.remaining, self.least) / self.divisor
        return straight if not self.is_inverted else 1 / straight if straight else inf

    def below(self, value: float) -> float:
        """The chance of ending below a value, not of equalling it."""
        if self.is_inverted:
            return self._over(1 / value) if value > 0 else 0.0
        return self._under(value)

    def above(self, value: float) -> float:
        """The chance of ending above a value, not of equalling it."""
        if self.is_inverted:
            return self._under(1 / value) if value > 0 else 1.0
        return self._over(value)

    def miss(self, low: float | None, high: float | None) -> float:
        """The chance of ending outside these bounds; each may be left out."""
        return min(1.0, (0.0 if low is None else self.below(low)) + (0.0 if high is None else self.above(high)))

    def quantile(self, p: float) -> float:
        """The value that the figure ends at or below with chance ``p``."""
        if self.is_inverted:
            straight = replace(self, is_inverted=False).quantile(1 - p)
            return 1 / straight if straight > 0 else inf
        spread = sqrt(self._variance(self.mean)) / self.divisor
        near = _PART_OF_A_COUNT / self.divisor if self.is_count else spread * _NEAR
        start = self.mean + NORMAL.inv_cdf(p) * spread
        low, high = _bracket(lambda value: self._over(value) <= 1 - p, start, spread / 8, near)
        if not isfinite(high) or not self.is_count:
            return high if not isfinite(high) else self._between(low, high, p)
        step = (self.observed + ceil(low * self.divisor - self.observed)) / self.divisor
        if self.divisor == 1 or (low < step <= high and self._over(step) <= 1 - p):
            return step  # of a count all lies on steps, of a ratio of one some does
        return self._between(max(low, step) if step <= high else low, high, p)

    def _between(self, low: float, high: float, p: float) -> float:
        """The quantile that lies between two values close together, as if the distribution were straight there."""
        over, under = self._over(low) - (1 - p), (1 - p) - self._over(high)
        return low + (high - low) * over / (over + under) if over + under > 0 else high

    def interval(self, cover: float = 0.8) -> tuple[float, float]:
        """The values between which it ends with this chance, as likely below them as above."""
        ends = self.quantile((1 - cover) / 2), self.quantile((1 + cover) / 2)
        return min(ends), max(ends)  # so near each other that rounding may turn them round

    def _variance(self, value: float) -> float:
        return self.variance + (self.elasticity - value) ** 2 * self.divisor_variance

    def _rest(self, value: float) -> tuple[float, float]:
        """What the rest must come to for the figure to be ``value``, and how near is equal."""
        wanted = value * self.divisor
        return wanted - self.observed, _CLOSE * (abs(wanted) + abs(self.observed) + abs(self.remaining))

    def _under(self, value: float) -> float:
        rest, close = self._rest(value)
        if value * self.divisor <= self.least + close:
            return 0.0
        if self.is_count:
            return self._at_most(ceil(rest - close) - 1, value)
        return self._at_most(rest - close, value)

    def _over(self, value: float) -> float:
        rest, close = self._rest(value)
        if value * self.divisor < self.least - close:
            return 1.0
        return 1 - self._at_most(floor(rest + close) if self.is_count else rest + close, value)

    def _at_most(self, rest: float, value: float) -> float:
        chance = self._chance_of_at_most(rest, self._variance(value))
        return chance if self.rests is None else self.rests.at_most(rest, chance)

    def _chance_of_at_most(self, rest: float, variance: float) -> float:
        if self.is_count:
            return min(1.0, count_cdf(rest, self.remaining, variance))  # the beta function is good to seven digits
        if variance <= 0 or not self.can_fall:
            return amount_cdf(rest, self.remaining, variance)
        return NORMAL.cdf((rest - self.remaining) / sqrt(variance))


def _bracket(is_reached: Callable[[float], bool], start: float, spread: float, near: float) -> tuple[float, float]:
    """Two values close together, the second of which is the first to have reached something that stays reached.

    Infinite where that is nowhere: of a ratio whose divisor may as well be nothing, no end can be told (Fieller 1954).
    """
    step = spread or _CLOSE * (abs(start) or 1)
    farthest = _FAR * step
    low, high = start - step, start + step
    while is_reached(low):
        low, step = low - step, 2 * step
        if step > farthest:
            return -inf, -inf
    step = high - start
    while not is_reached(high):
        high, step = high + step, 2 * step
        if step > farthest:
            return inf, inf
    tolerance = max(near, (high - low) * _NEARER)
    while high - low > tolerance:
        middle = (low + high) / 2
        low, high = (low, middle) if is_reached(middle) else (middle, high)
    return low, high


def _shares(series: Series) -> Floats:
    """The share of each day's figure that is there, for days that tell of others; 0 for the rest."""
    informative = series.ordinary & ~np.isnan(series.amounts) & (series.known > 0)
    return np.where(informative, np.minimum(series.known, 1.0), 0.0)


def _can_fall(series: Series) -> bool:
    return bool((series.amounts < 0).any())


def forecast(
    series: Series, period: Window, seasonality: Seasonality, expect: Floats | None = None, *, is_yearly: bool = True
) -> Forecast | None:
    """The sum of a period at its end, from a series that ends with the last day looked at.

    Args:
        series: Days before the period and in it. Those without an amount are unknown, and forecast like those to come.
        period: May have begun or not.
        seasonality: The series' own, or pooled.
        expect: What the plan declares of each day of the period: see ``Seasonality.multiples``.
        is_yearly: Whether it may go on as it did last year.

    Returns:
        None where fewer than 7 days tell what a day brings, and some of the period is open.
    """
    found = _foretold(series, period, seasonality, expect, is_yearly=is_yearly)
    if found is None:
        return None
    trajectory = found.trajectory
    return Forecast(
        observed=float(trajectory.observed.sum()),
        remaining=float(trajectory.remaining.sum()),
        variance=found.variance(seasonality, period),
        is_count=seasonality.is_count and not _can_fall(series),
        can_fall=_can_fall(series),
        lacking=trajectory.lacking,
        least=trajectory.least,
        before=found.before,
        rests=None if _can_fall(series) else found.rests,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Foretold:
    """The days of a sum, and what the past says of such a forecast."""

    trajectory: Trajectory
    level: Level
    before: PastForecasts | None = None
    rests: PastRests | None = None
    year: YearFactor | None = None

    def variance(self, seasonality: Seasonality, period: Window) -> float:
        """Of what is still to come."""
        of_months = seasonality.shape_variance(period, self.trajectory.remaining)
        of_year = self.year.doubt * self.trajectory.still_ahead**2 if self.year else 0.0
        return self.trajectory.variance(self.level, seasonality.phi) + of_months + of_year


def _foretold(
    series: Series, period: Window, seasonality: Seasonality, expect: Floats | None, *, is_yearly: bool
) -> _Foretold | None:
    expected = seasonality.multiples(period, expect)
    if not _is_open(series, period):
        settled = trajectory_of(series, period, expected, NOTHING_OPEN, can_fall=_can_fall(series))
        return _Foretold(settled, NOTHING_OPEN)
    shares = _shares(series)
    exposure = seasonality.of_series(series) * shares
    past = Past(np.where(shares > 0, series.amounts, 0.0), exposure, seasonality.phi, seasonality.is_count)
    level = level_of(past.amounts, past.exposure, past.phi, _days_ahead(series, period), is_count=past.is_count)
    if level is None:
        return None
    year = year_factor_of(past, level, series, period) if is_yearly else None
    if year is not None:
        expected[max(0, (series.end - period.start).days) :] *= year.multiple
    level, before = _tried(level, past, series, period)
    trajectory = trajectory_of(series, period, expected, level, can_fall=_can_fall(series))
    exposed = float(trajectory.remaining.sum()) / level.amount if level.amount else 0.0
    rests = past_rests_of(past, trajectory.ahead + trajectory.lacking, exposed)
    return _Foretold(trajectory, level, before, rests, year)


def _tried(level: Level, past: Past, series: Series, period: Window) -> tuple[Level, PastForecasts | None]:
    """The level, as sure as forecasts proved from any day of late and from as far before the end of past periods."""
    before = past_forecasts_of(past, level.way, series, period)
    if before is None:
        return level, None
    inflation = max(level.variance_inflation, before.variance_inflation)
    return replace(level, variance_inflation=inflation), replace(before, variance=before.variance * inflation)


def _is_open(series: Series, period: Window) -> bool:
    """Whether some of a period is not over or not final: else no level is needed."""
    amounts, known = on_days(series, period)
    return bool(np.isnan(amounts).any() or (known != 1).any())


def _days_ahead(series: Series, period: Window) -> int:
    return max(0, (period.end - max(series.end, period.start)).days)


@dataclass(frozen=True, eq=False, slots=True)
class RatioPattern:
    """How a ratio moves: with what it is divided by, and around it."""

    seasonality: Seasonality  #: of what it is divided by
    model: RatioModel
    is_count: bool  #: the numerator is counted

    def level_of(self, numerator: Series, denominator: Series, period: Window) -> Level | None:
        """The level after the series; None where too few days tell."""
        if not _is_open(numerator, period):
            return NOTHING_OPEN
        shares, of = _shares(numerator), _shares(denominator)
        informative = (shares > 0) & (of > 0)
        exposed = np.where(informative, np.maximum(denominator.amounts, 0) * shares, 0.0)
        exposure = exposed / np.where(informative, of, 1)
        amounts = np.where(informative, numerator.amounts, 0.0)
        return level_of(amounts, exposure, self.model.phi, _days_ahead(numerator, period), is_count=self.is_count)


def forecast_ratio(
    numerator: Series, denominator: Series, period: Window, pattern: RatioPattern, expect: Floats | None = None
) -> Forecast | None:
    """The ratio of two sums of a period at its end: a conversion rate, an average order value, a return on spend.

    The series have the same days. None where too few days tell, or nothing to divide by is expected.
    """
    divided = _foretold(denominator, period, pattern.seasonality, expect, is_yearly=True)
    level = pattern.level_of(numerator, denominator, period)
    if divided is None or level is None:
        return None
    below = divided.trajectory
    divisor = float(below.total.sum())
    if not divisor > 0:
        return None
    above = trajectory_of(numerator, period, below.total, level, can_fall=_can_fall(numerator))
    return Forecast(
        observed=float(above.observed.sum()),
        remaining=float(above.remaining.sum()),
        variance=above.variance(level, pattern.model.phi),
        is_count=pattern.is_count,
        can_fall=_can_fall(numerator),
        lacking=max(above.lacking, below.lacking),
        divisor=divisor,
        divisor_variance=divided.variance(pattern.seasonality, period),
        elasticity=pattern.model.elasticity * level.amount,
    )


def forecast_cost(
    spend: Series, bought: Series, period: Window, pattern: RatioPattern, expect: Floats | None = None
) -> Forecast | None:
    """The cost of one of what is bought (orders, visitors, customers) at the period's end.

    What is bought is forecast given the spend, and so is its pattern: few orders are a count that chance moves, while
    the spend is decided.
    """
    found = forecast_ratio(bought, spend, period, pattern, expect)
    return None if found is None else replace(found, is_inverted=True)

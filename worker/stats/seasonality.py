"""PURE. How a thing moves through week and month, and how much its days differ by chance: learnt from its days.

The dispersion *phi* is the variance of a day over its size (its mean, where it never falls below zero). Counts vary at
least as chance has it: never below 1. For money it is an amount of that money, so that changing the currency changes
nothing; a floor would.

Source:
    Multiplicative seasonal indices (the ratio of each weekday to the mean): Hyndman & Athanasopoulos 2021, Forecasting:
    Principles and Practice, 3rd ed., 3.4. Dispersion by Pearson's chi-square: Wedderburn 1974; McCullagh & Nelder 1989,
    Generalized Linear Models, ch. 6 and 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from config.periods import Window
from worker.stats.month_shape import MonthShape, month_shape_of
from worker.stats.series import Bools, Floats, Series
from worker.stats.shrinkage import common_week, moderated

LOOKED_AT = 56  # days
FEWEST = 14  # days: below, a seasonality is not told from chance
PSEUDO_DAYS = 2  # that pull each weekday to the mean of all
SHAPE_PSEUDO_DAYS = 0.25  # where months are learnt: what is left of a weekday would pass for a place in them
EXACT = 1e-9  # the least variance of a weekday's multiple
POOLED_PHI = 2.0  # for counts at least, where a series cannot tell its own

FLAT: Floats = np.ones(7)


@dataclass(frozen=True, eq=False, slots=True)
class Seasonality:
    """The days of one thing: ``profile`` holds what each weekday is to the mean of all, Monday first.

    ``month`` holds what each place of a month is beside that, where months have a shape.
    """

    profile: Floats
    phi: float
    level: float | None  #: the sum of a usual day; None where the seasonality is that of several things
    is_count: bool
    month: MonthShape | None = None

    def multiples(self, days: Window, expect: Floats | None = None) -> Floats:
        """What each of some days is to a usual day.

        ``expect`` says what the plan declares, a value a day: 1 an ordinary day, 2 a sale that doubles it, 0 a freeze.
        """
        usual = self.profile[(days.start.weekday() + np.arange(len(days))) % 7]
        if self.month is not None:
            usual = usual * self.month.of(days)
        return usual if expect is None else np.asarray(usual * expect, np.float64)

    def of_series(self, series: Series) -> Floats:
        """What each day of a series is to a usual day."""
        return self.multiples(Window(series.start, series.end)) if len(series) else np.ones(0)

    def shape_variance(self, days: Window, foretold: Floats) -> float:
        """What is not known of the months' shape, in amounts foretold for some days."""
        return 0.0 if self.month is None else self.month.variance(days, foretold)

    def shares(self, period: Window, expect: Floats | None = None) -> Floats:
        """The share of a period's total expected on each of its days; together 1. See ``multiples`` for ``expect``."""
        expected = self.multiples(period, expect)
        if not expected.sum() > 0:  # frozen throughout: the days are as if nothing were declared
            expected = self.multiples(period)
        return np.asarray(expected / expected.sum(), np.float64)


def seasonality_of(series: Series, *, is_count: bool) -> Seasonality | None:
    """Learn from the last 56 days that are settled and ordinary; None where there are fewer than 14.

    The shape of a month is learnt from all whole months that there are.
    """
    found = _days_of(series)
    return None if found is None else found.seasonality(found.profile, found.phi, is_count=is_count)


def seasonalities_of(many: Sequence[Series], *, is_count: bool) -> list[Seasonality | None]:
    """The same of the series of one KPI, of which what they have in common is learnt together."""
    found: dict[bytes, _Days | None] = {}
    keys = [one.amounts.tobytes() + one.ordinary.tobytes() for one in many]
    for key, one in zip(keys, many, strict=True):
        if key not in found:
            found[key] = _days_of(one)
    days = {key: one for key, one in found.items() if one}
    learned = dict(zip(days, _together(list(days.values()), is_count=is_count), strict=True))
    return [learned.get(key) for key in keys]


@dataclass(frozen=True, eq=False, slots=True)
class _Days:
    """The days that a seasonality is learnt from."""

    amounts: Floats
    weekdays: npt.NDArray[np.int64]
    of_month: Floats  #: what each is by its place in the month
    month: MonthShape | None
    profile: Floats  #: of these days alone

    @property
    def phi(self) -> float:
        """Of these days alone."""
        return self.dispersion(self.profile, len(self.amounts) - 7)

    @property
    def size(self) -> float:
        """What a day brings on average, without its sign."""
        return float(np.abs(self.amounts).sum() / self.of_month.sum())

    @property
    def seen(self) -> Floats:
        """How many days of each weekday there are."""
        return np.asarray(np.bincount(self.weekdays, self.of_month, minlength=7), np.float64)

    def multiples(self) -> Floats:
        """What each weekday is to the mean of all, as it was; 1 of those that were not seen."""
        sums = np.bincount(self.weekdays, np.abs(self.amounts), minlength=7)
        return np.divide(sums, self.size * self.seen, out=np.ones(7), where=self.seen > 0)

    def dispersion(self, profile: Floats, freedom: float) -> float:
        weights = profile[self.weekdays] * self.of_month
        level, size = self.amounts.sum() / weights.sum(), np.abs(self.amounts).sum() / weights.sum()
        squares = float(((self.amounts - level * weights) ** 2 / weights).sum())
        return squares / float(size) / freedom if size else 0.0

    def seasonality(self, profile: Floats, phi: float, *, is_count: bool) -> Seasonality:
        level = float(self.amounts.sum() / (profile[self.weekdays] * self.of_month).sum())
        return Seasonality(profile, max(1.0, phi) if is_count else phi, level, is_count, self.month)


def _days_of(series: Series) -> _Days | None:
    usable = series.settled & series.ordinary
    chosen = _latest(usable)
    if len(chosen) < FEWEST:
        return None
    amounts, weekdays = series.amounts[chosen], series.weekdays[chosen]
    month, of_month = _month_shape(series, usable)
    return _Days(amounts, weekdays, of_month[chosen], month, _profile(np.abs(amounts), weekdays, of_month[chosen]))


def _together(days: Sequence[_Days], *, is_count: bool) -> list[Seasonality]:
    """Weeks and dispersions, pulled to what they have in common."""
    weeks = _weeks(days)
    freedoms = np.array([freedom for _, freedom in weeks])
    phis = [one.dispersion(profile, freedom) for one, (profile, freedom) in zip(days, weeks, strict=True)]
    return [
        one.seasonality(profile, phi, is_count=is_count)
        for one, (profile, _), phi in zip(days, weeks, moderated(np.array(phis), freedoms).tolist(), strict=True)
    ]


def _weeks(days: Sequence[_Days]) -> list[tuple[Floats, float]]:
    """Of each its profile, and how many of its days are free to tell its dispersion.

    What brings nothing has nothing in common with others, and what stands apart keeps its own.
    """
    weeks = [(one.profile, len(one.amounts) - 7.0) for one in days]
    bring = [n for n, one in enumerate(days) if one.size > 0]
    if len(bring) < 2:
        return weeks
    freedoms = np.array([weeks[n][1] for n in bring])
    phis = moderated(np.array([days[n].phi for n in bring]), freedoms)
    exposed = np.array([days[n].size * days[n].seen for n in bring])
    with np.errstate(divide="ignore"):
        doubts = np.maximum(phis[:, None] / exposed, EXACT)
    found = common_week(np.array([days[n].multiples() for n in bring]), doubts)
    for n, multiples, own, is_apart in zip(bring, found.multiples, found.own, found.apart, strict=True):
        if not is_apart:
            weeks[n] = multiples / multiples.mean(), len(days[n].amounts) - 1 - 6 * float(own)
    return weeks


def _month_shape(series: Series, usable: Bools) -> tuple[MonthShape | None, Floats]:
    """The shape of its months, and what each day is by it; a second time with weekdays that are free of the first."""
    month, of_month = None, np.ones(len(series))
    for _ in range(2):
        profile = _profile(np.abs(series.amounts[usable]), series.weekdays[usable], of_month[usable], SHAPE_PSEUDO_DAYS)
        found = month_shape_of(series, profile)
        if found is None:
            break
        month, of_month = found, found.of(Window(series.start, series.end))
    return month, of_month


def _latest(usable: Bools) -> npt.NDArray[np.intp]:
    return np.flatnonzero(usable)[-LOOKED_AT:]


def _profile(
    sizes: Floats, weekdays: npt.NDArray[np.int64], of_month: Floats | float = 1.0, pseudo: float = PSEUDO_DAYS
) -> Floats:
    """Sizes rather than amounts: the weekdays of what may fall below zero would divide by nearly nothing.

    ``of_month`` is what each of these days is by its place in the month.
    """
    exposed = np.broadcast_to(of_month, sizes.shape)
    mean = sizes.sum() / exposed.sum()
    if not mean:
        return FLAT
    sums = np.bincount(weekdays, sizes / mean, minlength=7)
    profile = (sums + pseudo) / (np.bincount(weekdays, exposed, minlength=7) + pseudo)
    return np.asarray(profile / profile.mean(), np.float64)


def pooled_seasonality(seasonalities: Sequence[Seasonality]) -> Seasonality | None:
    """The seasonality for a thing too young to have its own, from others of the same kind; None without others."""
    if not seasonalities:
        return None
    is_count = seasonalities[0].is_count
    phi = float(np.median([seasonality.phi for seasonality in seasonalities]))
    profile = np.mean([seasonality.profile for seasonality in seasonalities], axis=0)
    return Seasonality(profile, max(POOLED_PHI, phi) if is_count else phi, None, is_count)


@dataclass(frozen=True, slots=True)
class RatioModel:
    """How a numerator follows its denominator from day to day.

    ``phi``: variance of a day's numerator, its denominator given, over its size. ``elasticity``: how far a denominator
    above its own seasonality takes the numerator with it: 1 in proportion, 0 not at all.
    """

    phi: float
    elasticity: float
    freedom: int = field(default=0, compare=False)  #: degrees of freedom that tell the phi


def ratio_model_of(numerator: Series, denominator: Series, *, is_count: bool) -> RatioModel | None:
    """Learn from the last 56 days settled and ordinary in both (of the same days); None where there are fewer than 14.

    ``is_count`` tells whether the numerator is counted.
    """
    both = numerator.settled & denominator.settled & numerator.ordinary & denominator.ordinary
    chosen = _latest(both)
    above, below, weekdays = numerator.amounts[chosen], denominator.amounts[chosen], numerator.weekdays[chosen]
    if len(chosen) < FEWEST or not below.sum() > 0:
        return None
    rate = float(above.sum() / below.sum())
    expected = _profile(np.abs(below), weekdays)[weekdays]
    surplus = below - expected * (below.sum() / expected.sum())
    residual = above - rate * below
    spread = float((surplus**2).sum())
    slope = float((residual * surplus).sum()) / spread if spread else 0.0
    size = float(np.abs(above).sum())
    squares = float(((residual - slope * surplus) ** 2).sum())
    phi = squares / size * len(chosen) / (len(chosen) - 2) if size else 0.0
    return RatioModel(max(1.0, phi) if is_count else phi, 1 + slope / rate if rate else 1.0, len(chosen) - 2)


def alike(ratio_models: Sequence[RatioModel]) -> dict[RatioModel, RatioModel]:
    """Of the models of one KPI, each with its dispersion pulled to what they have in common."""
    distinct = list(dict.fromkeys(ratio_models))
    freedoms = np.array([one.freedom for one in distinct], np.float64)
    phis = moderated(np.array([one.phi for one in distinct]), freedoms).tolist()
    return {one: replace(one, phi=phi) for one, phi in zip(distinct, phis, strict=True)}


def pooled_ratio_model(ratio_models: Sequence[RatioModel], *, is_count: bool) -> RatioModel | None:
    """As ``pooled_seasonality``: the model to take where too few days tell their own."""
    if not ratio_models:
        return None
    phi = float(np.median([ratio_model.phi for ratio_model in ratio_models]))
    return RatioModel(max(POOLED_PHI, phi) if is_count else phi, 1.0)

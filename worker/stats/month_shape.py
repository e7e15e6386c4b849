"""PURE. The shape of a thing's months: what the last days, a payday or a day of invoices bring beside ordinary days.

Each day is held against its weekday and the level of its months. Days in the same place of several months, counted from
the first day, from the last, or in working days from the last, form a group; a shape is what the groups' means are,
pulled to 1 by as much as chance would scatter them. It is taken only where the groups differ beyond chance, and each
month would have been foretold better by the shape of the others than without: of series without a shape 2 in 100 seem
to have one.

Source:
    Ratio to the trend: Hyndman & Athanasopoulos 2021, Forecasting: Principles and Practice, 3rd ed., 3.4. Groups that
    differ: Fisher 1925, Statistical Methods for Research Workers, ch. VII; by how much, and the pull: Searle, Casella &
    McCulloch 1992, Variance Components, ch. 3; Efron & Morris 1975, J. Am. Stat. Assoc. 70, 311-319. Leaving one out:
    Allen 1974, Technometrics 16, 125-127.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt

from config.periods import Window
from worker.stats.distributions import incomplete_beta
from worker.stats.series import Floats, Series

FEWEST_MONTHS = 3  # two agree too easily: any cycle of 5, 6, 10 or 15 days does
FEWEST_DAYS = 21  # of a month, for it to show anything
BEYOND_CHANCE = 0.01 / 3  # for each way of counting: one in a hundred together
PLACES = 31  # of a month, whatever is counted

Ints = npt.NDArray[np.int64]


class CountedFrom(StrEnum):
    """How a day's place in its month is counted."""

    FIRST_DAY = "first_day"
    LAST_DAY = "last_day"
    LAST_WORKDAY = "last_workday"  #: Monday to Friday; all other days are one place
    FORTNIGHT = "fortnight"  #: in no month: a mailing every two weeks would pass for one


@dataclass(frozen=True, eq=False, slots=True)
class MonthShape:
    """What each place of a month is to an ordinary day."""

    counted: CountedFrom
    multiples: Floats
    doubt: Floats  #: their variances

    def of(self, days: Window) -> Floats:
        """What each of some days is to an ordinary one."""
        return np.asarray(self.multiples[places(days.start, len(days), self.counted)], np.float64)

    def variance(self, days: Window, foretold: Floats) -> float:
        """What the doubt of the shape makes of amounts foretold for some days."""
        place = places(days.start, len(days), self.counted)
        of_places = _ratio(_table(place, foretold, PLACES)[0], self.multiples, 0.0)
        return float(of_places**2 @ self.doubt)


@cache
def places(start: date, count: int, counted: CountedFrom) -> Ints:
    """The place of each of so many days in its month, from 0."""
    days = np.datetime64(start) + np.arange(count)
    first = days.astype("M8[M]")
    after = (first + 1).astype("M8[D]")
    match counted:
        case CountedFrom.FIRST_DAY:
            place = days - first.astype("M8[D]")
        case CountedFrom.LAST_DAY:
            place = after - days - 1
        case CountedFrom.LAST_WORKDAY:
            place = np.where(np.is_busday(days), np.busday_count(days + 1, after), PLACES - 1)
        case CountedFrom.FORTNIGHT:
            place = days.astype(np.int64) % 14
    return np.asarray(place, np.int64)


@cache
def _months(start: date, count: int) -> tuple[Ints, Ints]:
    """The month of each of so many days, counted from the first day's, and how many days each of these months has."""
    months = (np.datetime64(start) + np.arange(count)).astype("M8[M]")
    each = np.arange(months[0], months[-1] + 1)
    lengths = ((each + 1).astype("M8[D]") - each.astype("M8[D]")).astype(np.int64)
    return (months - months[0]).astype(np.int64), lengths


def month_shape_of(series: Series, profile: Floats) -> MonthShape | None:
    """Learn from the whole months of a series; None where its months have no shape that could be told from chance."""
    found = _against_trend(series, profile)
    if found is None:
        return None
    tried = [shape for counted in CountedFrom if (shape := _tried(series, counted, *found))]
    error, best = min(tried, key=lambda one: one[0], default=(np.inf, None))
    amounts, expected, _ = found
    plain = float(((amounts - expected) ** 2)[expected > 0] @ (1 / expected[expected > 0]))
    return best if error < plain else None


def _against_trend(series: Series, profile: Floats) -> tuple[Floats, Floats, Ints] | None:
    """Amounts, what weekday and trend expect of each day (0 where it shows nothing), and its month."""
    if not len(series):
        return None
    month, lengths = _months(series.start, len(series))
    usable = series.settled & series.ordinary
    amounts, weights = np.where(usable, series.amounts, 0.0), np.where(usable, profile[series.weekdays], 0.0)
    days, exposed, brought = (np.bincount(month, part, len(lengths)) for part in (usable, weights, amounts))
    is_shown = (np.bincount(month) == lengths) & (days >= FEWEST_DAYS) & (exposed > 0)
    if is_shown.sum() < FEWEST_MONTHS or (amounts < 0).any() or not brought[is_shown].all():
        return None
    middles = np.bincount(month, np.arange(len(series)))[is_shown] / lengths[is_shown]
    trend = _trend(middles, brought[is_shown] / exposed[is_shown], len(series))
    return amounts, np.where(is_shown[month], weights * trend, 0.0), month


def _trend(middles: Floats, levels: Floats, count: int) -> Floats:
    """From the middle of each month to that of the next, and beyond the outer ones as from them inwards: by ratios."""
    days, logs = np.arange(count), np.log(levels)
    first, last = ((logs[n] - logs[m]) / (middles[n] - middles[m]) for m, n in ((0, 1), (-2, -1)))
    beyond = np.minimum(days - middles[0], 0) * first + np.maximum(days - middles[-1], 0) * last
    return np.asarray(np.exp(np.interp(days, middles, logs) + beyond), np.float64)


def _tried(
    series: Series, counted: CountedFrom, amounts: Floats, expected: Floats, month: Ints
) -> tuple[float, MonthShape] | None:
    """A way of counting: by how much the other months' shape would have erred, and the shape of all."""
    place, shown = places(series.start, len(series), counted), expected > 0
    if not _differ(np.log1p(amounts[shown] / expected[shown]), place[shown]):
        return None
    cell, cells = month * PLACES + place, (int(month[-1]) + 1) * PLACES
    came, due = (_table(cell, np.where(shown, part, 0.0), cells) for part in (amounts, expected))
    whole, weight = came.sum(0), due.sum(0)
    mean = _ratio(whole, weight)
    is_seen = int((weight > 0).sum())
    within = float(_ratio((came - due * mean) ** 2, due, 0.0).sum()) / (int((due > 0).sum()) - is_seen)
    beyond = float((weight * (mean - 1) ** 2).sum()) - within * (is_seen - 1)
    spread = max(0.0, beyond) / (weight.sum() - (weight**2).sum() / weight.sum())
    others = _pulled(whole - came, weight - due, within, spread)[month, place]
    error = float((((amounts - expected * others) ** 2)[shown] / expected[shown]).sum())
    doubt = _ratio(np.full(PLACES, spread * within), spread * weight + within, 0.0)
    return error, MonthShape(counted, _pulled(whole, weight, within, spread), doubt)


def _table(cell: Ints, values: Floats, size: int) -> Floats:
    """Sums by month and place."""
    return np.asarray(np.bincount(cell, values, size).reshape(-1, PLACES), np.float64)


def _ratio(above: Floats, below: Floats, without: float = 1.0) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full_like(above, without), where=below > 0), np.float64)


def _pulled(came: Floats, due: Floats, within: float, spread: float) -> Floats:
    """What each place is to an ordinary day, as far from 1 as its share of what is not chance."""
    beyond_chance = _ratio(spread * due, spread * due + within, 0.0)
    return np.asarray(1 + (_ratio(came, due) - 1) * beyond_chance, np.float64)


def _differ(values: Floats, place: Ints) -> bool:
    """Whether Fisher's F is beyond chance: its upper tail as an incomplete beta (Abramowitz & Stegun 26.6.2).

    Of logarithms: one order of ten thousand among many of ten would else be all there is to see.
    """
    days = np.bincount(place)
    mean = np.bincount(place, values) / np.maximum(days, 1)
    between_df, within_df = int((days > 0).sum()) - 1, len(values) - int((days > 0).sum())
    between = float((days * (mean - values.mean()) ** 2).sum())
    within = float(((values - mean[place]) ** 2).sum())
    if not within > 1e-12 * between:
        return between > 0
    return incomplete_beta(within / (within + between), within_df / 2, between_df / 2) < BEYOND_CHANCE

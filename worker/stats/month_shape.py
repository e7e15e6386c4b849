"""PURE. The shape of a thing's months: what the last days, a payday or a day of invoices bring beside ordinary days.

Each day is held against its weekday and the level of its months. Days in the same place of several months, counted from
the first day, from the last, or in working days from the last, form a group; a shape is what the groups' means are,
pulled to 1 by as much as chance would scatter them. It is taken only where the groups differ beyond chance (1 %) and
the months that are over would have been foretold better by the others' shape than without.

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

FEWEST_MONTHS = 2
FEWEST_DAYS = 21  # of a month, for it to show anything
BEYOND_CHANCE = 0.01
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

    def of(self, days: Window) -> Floats:
        """What each of some days is to an ordinary one."""
        return np.asarray(self.multiples[places(days.start, len(days), self.counted)], np.float64)


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
    trend = np.interp(np.arange(len(series)), middles, brought[is_shown] / exposed[is_shown])
    return amounts, np.where(is_shown[month], weights * trend, 0.0), month


def _tried(
    series: Series, counted: CountedFrom, amounts: Floats, expected: Floats, month: Ints
) -> tuple[float, MonthShape] | None:
    """A way of counting: by how much the other months' shape would have erred, and the shape of all."""
    place = places(series.start, len(series), counted)
    cell, shown = month * PLACES + place, expected > 0
    size = (int(month[-1]) + 1) * PLACES
    came, due = (_table(cell, np.where(shown, part, 0.0), size) for part in (amounts, expected))
    whole, weight = came.sum(0), due.sum(0)
    mean = _ratio(whole, weight)
    within_df, between_df = int((due > 0).sum() - (weight > 0).sum()), int((weight > 0).sum() - 1)
    within = float(_ratio((came - due * mean) ** 2, due).sum()) / max(within_df, 1)
    between = float((weight * (mean - 1) ** 2).sum()) / max(between_df, 1)
    if within_df < 1 or not _differ(between, within, between_df, within_df):
        return None
    spread = (between - within) * between_df / (weight.sum() - (weight**2).sum() / weight.sum())
    others = _pulled(whole - came, weight - due, within, spread)[month, place]
    error = float((((amounts - expected * others) ** 2)[shown] / expected[shown]).sum())
    return error, MonthShape(counted, _pulled(whole, weight, within, spread))


def _table(cell: Ints, values: Floats, size: int) -> Floats:
    """Sums by month and place."""
    return np.asarray(np.bincount(cell, values, size).reshape(-1, PLACES), np.float64)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.ones_like(above), where=below > 0), np.float64)


def _pulled(came: Floats, due: Floats, within: float, spread: float) -> Floats:
    return np.asarray(1 + (_ratio(came, due) - 1) * (spread * due / (spread * due + within)), np.float64)


def _differ(between: float, within: float, between_df: int, within_df: int) -> bool:
    """Whether Fisher's F is beyond chance: its upper tail as an incomplete beta (Abramowitz & Stegun 26.6.2)."""
    if not within > 0:
        return between > 0
    part = within_df / (within_df + between_df * between / within)
    return incomplete_beta(part, within_df / 2, between_df / 2) < BEYOND_CHANCE

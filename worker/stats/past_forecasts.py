"""PURE. What the same forecast would have been in past periods, as far from their end: how right it was there.

A month's end, a payday, a campaign that its platform caps: what moves a period at one place of it errs there each time,
and is lost among forecasts from any day.

Source:
    Forecast errors by rolling origins: Tashman 2000, Int. J. Forecasting 16, 437-450.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from config.periods import Window
from worker.stats.distributions import NORMAL
from worker.stats.level import WARM_UP, Past, variance_inflation
from worker.stats.series import Floats, Series

FEWEST = 3  # past periods without which nothing is told
SURE = NORMAL.inv_cdf(0.9)


@dataclass(frozen=True, eq=False, slots=True)
class PastForecasts:
    """One of each past period: what was known, what was foretold of the rest, and what the rest brought."""

    known: Floats
    foretold: Floats
    variance: Floats  #: of the rest, as it was said
    came: Floats

    @property
    def variance_inflation(self) -> float:
        """How much larger the squared errors were than said; at least 1.

        What the months have in common was learnt from these very periods: left out, each errs by as much more
        (Allen 1974, Technometrics 16, 125-127).
        """
        count = len(self.came)
        return variance_inflation((self.came - self.foretold) ** 2 * count / (count - 1), self.variance)

    def wrong_warnings(self, low: float | None, high: float | None) -> int:
        """Of how many of these periods it would have been said that they miss these bounds, and they did not."""
        wrong, end = np.zeros(len(self.came), np.bool_), self.known + self.came
        expected, doubt = self.known + self.foretold, SURE * np.sqrt(self.variance)
        if low is not None:
            wrong |= (expected + doubt < low) & (end >= low)
        if high is not None:
            wrong |= (expected - doubt > high) & (end <= high)
        return int(wrong.sum())


def past_forecasts_of(past: Past, way: int, series: Series, period: Window) -> PastForecasts | None:
    """What the same way of weighing would have foretold as far before the same day of the months before.

    None where there are fewer than 3 such periods, or this one has not begun or is over.
    """
    gone = (series.end - period.start).days
    ends = _past_ends(series.start, period)
    origins = (ends - len(period) + gone)[ends <= len(series)]
    origins = origins[origins >= WARM_UP]
    if len(origins) < FEWEST or not 0 <= gone < len(period):
        return None
    came, foretold, variance = past.foretold(origins, len(period) - gone, slice(way, way + 1))
    total = np.concatenate(([0.0], past.amounts.cumsum()))
    known = total[origins] - total[np.maximum(origins - gone, 0)]
    return PastForecasts(known, foretold[0], variance[0], came)


def _past_ends(start: date, period: Window) -> npt.NDArray[np.int64]:
    """The day of the month on which a period ends, in the months before, in days after a first day."""
    end = np.datetime64(period.end)
    month = end.astype("M8[M]")
    months = np.arange(np.datetime64(start).astype("M8[M]"), month)
    days = months.astype("M8[D]") + (end - month.astype("M8[D]"))
    return np.asarray((days - np.datetime64(start)).astype(np.int64))

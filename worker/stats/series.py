"""PURE. Daily sums of one thing, as the judgement looks at them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from config.periods import DAY, Window

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Series:
    """Sums of one thing on consecutive days, in the unit of the thing; all arrays have one value a day.

    ``amounts`` is NaN on a day of which nothing is known. ``known`` is the share of the day's figure that is there by
    now: 1 where it is settled, between 0 and 1 while its source still adds to it, NaN where that share is not known.
    ``ordinary`` days are those that are like others: the thing was live, and the plan declares no event.
    """

    start: date
    amounts: Floats
    known: Floats
    ordinary: Bools

    def __len__(self) -> int:
        return len(self.amounts)

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.start + DAY * len(self)

    @property
    def weekdays(self) -> npt.NDArray[np.int64]:
        """The day of the week of each day, Monday 0."""
        return (self.start.weekday() + np.arange(len(self))) % 7

    @property
    def settled(self) -> Bools:
        """The days whose figure is known and final."""
        return np.asarray(~np.isnan(self.amounts) & (self.known == 1), np.bool_)

    def before(self, day: date) -> "Series":
        """The days before a day, of those there are."""
        part = slice(0, max(0, (day - self.start).days))
        return Series(self.start, self.amounts[part], self.known[part], self.ordinary[part])

    def within(self, window: Window) -> "Series":
        """The days of a window, of those there are."""
        first = max(0, (window.start - self.start).days)
        part = slice(first, max(first, (window.end - self.start).days))
        start = self.start + DAY * first
        return Series(start, self.amounts[part], self.known[part], self.ordinary[part])

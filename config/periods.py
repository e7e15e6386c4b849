"""Calendar arithmetic, pure: windows, grains, and the turns of a recurring action.

A window is ``[start, end)``: the start is part of it, the end is not, everywhere.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from config.errors import Mistake
from config.suggestions import meant
from config.vocabulary import Grain

DAY = timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}  # about
LONGEST = 36_500  # days: what is longer leaves the calendar
CALENDAR_GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Days from ``start`` up to, and without, ``end``. Never empty, never backwards."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a window must hold a day: {self.start} to {self.end}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __iter__(self) -> Iterator[date]:
        return (self.start + DAY * n for n in range(len(self)))

    def __len__(self) -> int:
        return (self.end - self.start).days

    def __str__(self) -> str:
        return f"{self.start} to {self.last}"

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - DAY

    def overlaps(self, other: "Window") -> bool:
        """Tell whether the two share a day."""
        return self.start < other.end and other.start < self.end

    def clip(self, other: "Window") -> "Window | None":
        """The days both have, or None."""
        if not self.overlaps(other):
            return None
        return Window(max(self.start, other.start), min(self.end, other.end))


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of a month too short for it."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def calendar_period(grain: Grain | str, day: date) -> Window:
    """The day, ISO week, month, quarter or year that holds ``day``."""
    match grain:
        case "day":
            return Window(day, day + DAY)
        case "week":
            monday = day - DAY * day.weekday()
            return Window(monday, monday + 7 * DAY)
        case "month":
            first = day.replace(day=1)
            return Window(first, add_months(first, 1))
        case "quarter":
            first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
            return Window(first, add_months(first, 3))
        case "year":
            return Window(date(day.year, 1, 1), date(day.year + 1, 1, 1))
    raise ValueError(f"{grain} is not a calendar grain")


def calendar_periods(grain: Grain | str, window: Window) -> Iterator[Window]:
    """Every calendar period that shares a day with ``window``, in order. They tile it: no gap, no overlap."""
    period = calendar_period(grain, window.start)
    while period.start < window.end:
        yield period
        period = calendar_period(grain, period.end)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of whole days, weeks, months, quarters or years, as in ``14 days``."""

    count: int
    unit: str

    def after(self, day: date) -> date:
        """The day this much later; months clamp to the end of a short month."""
        months = {"month": 1, "quarter": 3, "year": 12}.get(self.unit)
        if months:
            return add_months(day, months * self.count)
        return day + DAY * self.count * (7 if self.unit == "week" else 1)

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'s' if self.count > 1 else ''}"


def parse_duration(text: str) -> Duration:
    """Read ``14 days``, ``2 weeks``, ``month``. Raises ValueError, with the form it takes."""
    found = re.fullmatch(r"(?:(\d{1,4}) +)?(day|week|month|quarter|year)s?", text.strip().lower())
    if not found or (found[1] and int(found[1]) == 0):
        raise _no_duration(text)
    length = Duration(int(found[1] or 1), found[2])
    if length.count * _DAYS[length.unit] > LONGEST:
        raise Mistake("'{text}' is longer than a hundred years", text=text)
    return length


def _no_duration(text: str) -> Mistake:
    written = re.fullmatch(r"(\d+)?\s*(.+)", text.strip())
    if written and (unit := meant(written[2], _DAYS)):
        count = int(written[1] or 1)
        length = f"{count} {unit}s" if count > 1 else unit
        return Mistake("'{text}' is not a length of time: write '{length}'", text=text, length=length)
    return Mistake("'{text}' is not a length of time: write '14 days', '2 weeks' or '1 month'", text=text)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When the turns of a recurring action begin and how long each lasts.

    ``every`` is the distance between turns, ``on`` the day inside the week (1-7), month (1-31, clamped to
    the month's end), quarter (1-92) or year (1-366); None keeps the day on which the action starts.
    ``lasts`` None means up to the next turn. A turn ends at the latest where the next one begins.
    """

    every: Duration
    on: int | None = None
    lasts: Duration | None = None

    def _starts(self, life: Window) -> Iterator[date]:
        unit, step = self.every.unit, self.every.count
        if unit == "day":
            yield from (life.start + DAY * n for n in range(0, len(life), step))
            return
        for index, period in enumerate(calendar_periods(unit, life)):
            if index % step == 0 and self.on is not None:
                yield min(period.start + DAY * (self.on - 1), period.last)
            elif index % step == 0:
                yield Duration(index, unit).after(life.start)

    def occurrences(self, life: Window) -> list[Window]:
        """The turns that begin within ``life``, in order, cut where the life or the next turn says so."""
        starts = [day for day in self._starts(life) if day in life]
        turns = []
        for start, limit in pairwise([*starts, life.end]):
            end = self.lasts.after(start) if self.lasts else limit
            turns.append(Window(start, min(end, limit)))
        return turns

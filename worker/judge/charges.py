"""PURE. Charges that come once a month (an agency's fee, a licence): found in what the sources report.

Taken for a pace, the bill of the first would be foretold for every day to come. A day that stands out far above the
others is a charge where it came back in each month since: on the same day from the month's beginning or from its end,
on the same working day, or on any one day. One that came back in no such way says nothing of other days.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np

from config.periods import DAY, Window, add_months
from worker.stats.series import Series

USUAL = 0.9  # of the days lie below what a charge is held against
STANDS_OUT = 3  # times that
MONTHS = 2  # in which it came on its day
RECALLED = 3  # of its last amounts tell the next


@dataclass(frozen=True, eq=False, slots=True)
class Charges:
    """The charges of a period, without what its days cost as well."""

    days: Series  #: the same days; those of charges are like no other
    due: float = 0.0  #: still to come in the period
    variance: float = 0.0  #: of that
    seen: float = 0.0  #: come already in the period


@dataclass(frozen=True)
class _Rule:
    """A charge that came in each month on a day of its own."""

    came: tuple[date, ...]
    is_day: Callable[[date], bool]

    def months_to_come(self, days: Series, period: Window) -> set[tuple[int, int]]:
        """The months of a period whose charge may still come: its day is unknown yet, and it did not come before."""
        seen = {_month(day) for day in self.came}
        unknown = (day for day in period if np.isnan(_amount(days, day)) and self.is_day(day))
        return {_month(day) for day in unknown} - seen


def charges_of(days: Series, period: Window) -> Charges:
    """The charges among some days, and those still to come in a period."""
    apart = _standing_out(days)
    rules = list(_rules(days, apart))
    alone = apart - {day for rule in rules for day in rule.came}
    if len({_month(day) for day in alone}) < len(alone):  # several in a month: days as they come
        apart -= alone
    ordinary = days.ordinary.copy()
    ordinary[[(day - days.start).days for day in apart]] = False
    usual = _usual(days, apart)
    last = [
        np.array([_amount(days, day) - usual for day in rule.came[-RECALLED:]])
        for rule in rules
        for _ in rule.months_to_come(days, period)
    ]
    return Charges(
        days=replace(days, ordinary=ordinary),
        due=sum(float(amounts.mean()) for amounts in last),
        variance=sum(float(amounts.var(ddof=1)) for amounts in last),
        seen=sum(_amount(days, day) - usual for day in apart if day in period),
    )


def _standing_out(days: Series) -> set[date]:
    known = days.amounts[~np.isnan(days.amounts)]
    if not len(known):
        return set()
    usual = max(0.0, float(np.quantile(known, USUAL)))
    return {days.start + DAY * int(place) for place in np.flatnonzero(days.amounts > STANDS_OUT * usual)}


def _usual(days: Series, apart: Collection[date]) -> float:
    """What a day without a charge costs, half of them less."""
    others = days.settled.copy()
    others[[(day - days.start).days for day in apart]] = False
    return float(np.median(days.amounts[others])) if others.any() else 0.0


def _rules(days: Series, standing_out: Collection[date]) -> Iterator[_Rule]:
    """The one that explains most first."""
    left = set(standing_out)
    while rule := max(_numbered(days, left), key=lambda rule: len(rule.came), default=None):
        left -= set(rule.came)
        yield rule
    rule = _Rule(tuple(sorted(left)), lambda _: True)
    if len(left) >= MONTHS and len({_month(day) for day in left}) == len(left) and not _is_missed_by_month(days, rule):
        yield rule


def _numbered(days: Series, standing_out: Collection[date]) -> Iterator[_Rule]:
    """Each day of the month on which one came whenever there was such a day."""
    for number in (_from_start, _from_end, _working_day):
        groups: dict[int, list[date]] = defaultdict(list)
        for day in sorted(standing_out):
            groups[number(day)].append(day)
        for key, came in groups.items():
            rule = _Rule(tuple(came), partial(_is_numbered, number, key))
            if key and len(came) >= MONTHS and not _is_missed(days, rule):
                yield rule


def _is_missed(days: Series, rule: _Rule) -> bool:
    """Whether it did not come on a day of its own, since it came first."""
    first = (rule.came[0] - days.start).days
    settled = (days.start + DAY * int(place) for place in np.flatnonzero(days.settled) if place >= first)
    return any(rule.is_day(day) and day not in rule.came for day in settled)


def _is_missed_by_month(days: Series, rule: _Rule) -> bool:
    """Whether a whole month went by without it, since it came first."""
    month, seen = rule.came[0].replace(day=1), {_month(day) for day in rule.came}
    while (following := add_months(month, 1)) <= days.end:
        if _month(month) not in seen:
            return True
        month = following
    return False


def _amount(days: Series, day: date) -> float:
    place = (day - days.start).days
    return float(days.amounts[place]) if 0 <= place < len(days) else float("nan")


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _is_numbered(number: Callable[[date], int], key: int, day: date) -> bool:
    return number(day) == key


def _from_start(day: date) -> int:
    return day.day


def _from_end(day: date) -> int:
    return (add_months(day.replace(day=1), 1) - day).days


def _working_day(day: date) -> int:
    """The how manieth working day of its month a day is; 0 for a weekend."""
    if day.weekday() >= 5:
        return 0
    return sum(day.replace(day=n).weekday() < 5 for n in range(1, day.day + 1))

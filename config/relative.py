"""A target set against earlier figures, ``+25% on last year``: how it is written, and the days it is held against."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from config.errors import Mistake
from config.periods import DAY, Window, add_months, calendar_period
from config.spelling import number_meant
from config.suggestions import plain_word

_FORM = re.compile(r"([+-][0-9]+(?:\.[0-9]+)?)\s*% on (last year|previous)")
_PREVIOUS = re.compile(r"\b(previous|preceden\w*|month|week|quarter|mois|semaine|trimestre|before)\b")
_LESS = re.compile(r"\b(less|fewer|below|under|moins|baisse)\b")
_MEANT = re.compile(r"(?i)%\W*[^\W\d]|last year|previous|ann[ée]e|\ban dernier|pr[ée]c[ée]den")
_WEEKS_OF_A_YEAR = DAY * 364  # the same weekdays
_WEEKLY = ("day", "week")


class ComparedWith(StrEnum):
    """The earlier figures."""

    LAST_YEAR = "last year"
    PREVIOUS = "previous"  #: the period before


@dataclass(frozen=True, slots=True)
class Relative:
    """So much more, or less, than earlier figures."""

    change: Decimal  #: a share: 0.25 is a quarter more
    on: ComparedWith

    def __str__(self) -> str:
        return f"{(self.change * 100).normalize():+f}% on {self.on}"

    def of(self, base: Decimal) -> Decimal:
        """The value meant, from that of the earlier days."""
        return base * (1 + self.change)

    def compared(self, period: Window, per: str, turns: list[Window], *, weekly: bool) -> Window | None:
        """The days that a period is held against; None before the first of several ``turns``.

        ``weekly`` turns, days and weeks are held against the same weekdays of last year, 52 weeks before.
        """
        if self.on is ComparedWith.LAST_YEAR:
            if per in _WEEKLY or (turns and weekly):
                return Window(period.start - _WEEKS_OF_A_YEAR, period.end - _WEEKS_OF_A_YEAR)
            start = add_months(period.start, -12)
            return Window(start, max(add_months(period.end, -12), start + DAY))  # of 28 and 29 February
        if turns:
            return next((turn for turn in reversed(turns) if turn.start < period.start), None)
        if per in (*_WEEKLY, "month", "quarter"):
            return calendar_period(per, period.start - DAY)
        return Window(_as_long_before(period), period.start)


def _as_long_before(period: Window) -> date:
    """The first day of a time as long: of whole months where it lasts whole months."""
    start, end = period.start, period.end
    months = (end.year - start.year) * 12 + end.month - start.month
    return add_months(start, -months) if months and add_months(start, months) == end else start - DAY * len(period)


def is_relative(value: Any) -> bool:
    """Whether a value in a file is meant to be one, well written or not."""
    return isinstance(value, Relative) or (isinstance(value, str) and _MEANT.search(value) is not None)


def read_relative(value: Relative | str) -> Relative:
    """``+25% on last year`` or ``-10% on previous``, in exactly these words."""
    if isinstance(value, Relative):
        return value
    written = _FORM.fullmatch(value.strip())
    if not written:
        raise Mistake("'{value}' is not a relative target: write '{meant}'", value=value, meant=_meant(value))
    change = Decimal(written[1]) / 100
    if change <= -1:
        raise Mistake("'{value}' would leave nothing: the change is above -100%", value=value)
    return Relative(change, ComparedWith(written[2]))


def _meant(text: str) -> str:
    """The right form of what was written otherwise, as far as it can be told."""
    plain = plain_word(text)
    number = re.search(r"([-+\u2212]?)\s*(\d[\d.,]*)", text)
    amount = number and number_meant(number[2].rstrip(".,"))
    is_less = bool(number and number[1] in ("-", "\u2212") and number[1]) or bool(_LESS.search(plain))
    on = ComparedWith.PREVIOUS if _PREVIOUS.search(plain) else ComparedWith.LAST_YEAR
    return f"{'-' if is_less else '+'}{amount or 25}% on {on}"

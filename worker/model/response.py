"""PURE. What a person may do with a flag by hand, and until when it may be kept quiet."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from config.periods import DAY

LONGEST = timedelta(days=30)  # that a flag is put off
NOTE_LENGTH = 1000  # characters


class ResponseKind(StrEnum):
    """What is done."""

    ACKNOWLEDGE = "acknowledge"  #: someone looks after it
    SNOOZE = "snooze"  #: not to be spoken of before a day
    EXPECT = "expect"  #: the same, as it is no surprise: the note says why


class Refusal(StrEnum):
    """Why an act is not done."""

    GONE = "gone"  #: no such flag stands
    NO_NOTE = "no_note"
    LONG_NOTE = "long_note"
    NO_DAY = "no_day"
    EARLY_DAY = "early_day"  #: today or before
    LATE_DAY = "late_day"  #: after the latest day allowed


@dataclass(frozen=True, slots=True)
class Response:
    """One act. ``until`` is the day on which a flag that is kept quiet comes back."""

    kind: ResponseKind
    by: str  #: a person of the plan, or who sat at the command line
    note: str = ""
    until: date | None = None

    @property
    def tidy(self) -> "Response":
        """The same, its note on one line and without signs that cannot be seen, and without a day it has no use for."""
        seen = "".join(sign if sign.isprintable() else " " for sign in self.note)
        return replace(
            self, note=" ".join(seen.split()), until=None if self.kind is ResponseKind.ACKNOWLEDGE else self.until
        )


@dataclass(frozen=True, slots=True)
class FlagEpisode:
    """A flag, and which time of its problem is meant; None for whichever it is."""

    flag_id: int
    episode: int | None = None


@dataclass(frozen=True, slots=True)
class ResponseOutcome:
    """What came of an act: done, or nothing new where it already was so, or refused."""

    is_new: bool = False
    refusal: Refusal | None = None
    latest: date | None = None  #: the latest day allowed, where a later one was asked for


def latest_day(kind: ResponseKind, period_end: date | None, today: date) -> date:
    """The last day on which a flag that is kept quiet may come back: thirty days on, and the day after its period.

    What is expected may last as long as the period that runs. One that is over ends nothing any more.
    """
    limit = today + LONGEST
    if period_end is None or period_end <= today:
        return limit
    return period_end if kind is ResponseKind.EXPECT else min(period_end, limit)


def refusal(act: Response, period_end: date | None, today: date) -> Refusal | None:
    """Why an act on a flag that stands cannot be done; None where it can."""
    if len(act.note) > NOTE_LENGTH:
        return Refusal.LONG_NOTE
    if act.kind is ResponseKind.EXPECT and not act.note:
        return Refusal.NO_NOTE
    if act.kind is ResponseKind.ACKNOWLEDGE:
        return None
    if act.until is None:
        return Refusal.NO_DAY
    if act.until < today + DAY:
        return Refusal.EARLY_DAY
    return Refusal.LATE_DAY if act.until > latest_day(act.kind, period_end, today) else None

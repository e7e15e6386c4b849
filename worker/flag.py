"""PURE. A standing problem, and what may become of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from config.fields import Language
from config.periods import Window
from worker.judge.evidence import Judgement


class FlagState(StrEnum):
    """Where a flag stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  #: someone looks after it
    SNOOZED = "snoozed"  #: not to be spoken of before a day
    RESOLVED = "resolved"  #: the problem is gone
    CLOSED = "closed"  #: nobody asks any more: the next period is judged, or the plan no longer wants it


STANDING = (FlagState.OPEN, FlagState.ACKNOWLEDGED, FlagState.SNOOZED)


class Reason(StrEnum):
    """Why a flag changes."""

    OPENED = "opened"
    REMINDED = "reminded"  #: its snooze is over, and the problem is not
    RESOLVED = "resolved"
    CLOSED = "closed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person must be told of. ``key`` tells problems apart and has no value in it."""

    key: str
    scope: str
    ref: str
    subject: str
    person: str
    verdict: str
    sentences: Mapping[Language, str]
    period: Window | None = None
    stake: Decimal = Decimal(0)  #: money, in the plan's currency: what comes first in a mail
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as the store has it."""

    id: int
    key: str
    episode: int
    state: FlagState
    person: str
    snoozed_until: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a flag: a new one where ``flag`` is None."""

    reason: Reason
    state: FlagState
    flag: Flag | None
    problem: Problem | None

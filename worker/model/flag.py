"""PURE. A standing problem: what is seen of it, where it stands, and what may become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from config.fields import Language
from config.periods import Window
from worker.model.verdict import Judgement


class FlagState(StrEnum):
    """Where a flag stands."""

    INACTIVE = "inactive"  #: seen once, and not confirmed
    PENDING = "pending"  #: seen, and to be confirmed by a further day's figures before anyone is told
    OPEN = "open"
    RECOVERING = "recovering"  #: in order again, and to be confirmed before it is said
    ACKNOWLEDGED = "acknowledged"  #: someone looks after it
    SNOOZED = "snoozed"  #: not to be spoken of before a day
    RESOLVED = "resolved"  #: the problem is gone
    CLOSED = "closed"  #: nobody asks any more: the next period is judged, or the plan no longer wants it


#: someone was told, or has acknowledged it
STANDING = (FlagState.OPEN, FlagState.RECOVERING, FlagState.ACKNOWLEDGED, FlagState.SNOOZED)
#: what may still change by itself
WATCHED = (FlagState.INACTIVE, FlagState.PENDING, *STANDING)


class Status(StrEnum):
    """What is seen of one thing at one look."""

    BREACH = "breach"
    OK = "ok"
    UNKNOWN = "unknown"  #: nothing can be told: whatever stands, stands


class FlagReason(StrEnum):
    """Why a flag changes."""

    NOTICED = "noticed"  #: seen for the first time
    UNCONFIRMED = "unconfirmed"  #: not seen again
    HELD = "held"  #: too many at once: probably the figures, not the actions
    OPENED = "opened"
    ENDED = "ended"  #: the period is over, and it is a fact now
    WORSENED = "worsened"
    AGAIN = "again"  #: back soon after it was resolved
    HANDED_OVER = "handed_over"  #: somebody else is responsible by now
    STILL = "still"  #: long acknowledged, and not better
    REMINDED = "reminded"
    ESCALATED = "escalated"  #: nobody acknowledged it: the next person is told
    RECOVERING = "recovering"
    RELAPSED = "relapsed"  #: not recovered after all
    RESOLVED = "resolved"
    CORRECTED = "corrected"  #: the source changed its figures: it was never so
    BELIEVED = "believed"  #: what was doubted is taken as true
    CLOSED = "closed"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    EXPECTED = "expected"  #: snoozed by someone who knew of it


#: what is told; the rest is written down
TOLD = (
    FlagReason.ENDED,
    FlagReason.WORSENED,
    FlagReason.OPENED,
    FlagReason.AGAIN,
    FlagReason.HANDED_OVER,
    FlagReason.STILL,
    FlagReason.ESCALATED,
    FlagReason.REMINDED,
    FlagReason.CORRECTED,
    FlagReason.BELIEVED,
    FlagReason.RESOLVED,
)

#: what is told where nothing is wrong any more
GONE = (FlagReason.RESOLVED, FlagReason.CORRECTED, FlagReason.BELIEVED)


@dataclass(frozen=True, slots=True)
class Alert:
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
class Observation:
    """One thing as it is seen at one look.

    ``data_date`` is the newest settled day it rests on: only a later one confirms anything. A fact (the period is
    over, the money is spent) needs no confirmation.
    """

    key: str
    status: Status
    data_date: date
    is_fact: bool = False
    at_once: bool = False  #: no fact, and yet believed at the first look, as it comes and as it goes: a source
    is_ended: bool = False  #: the period is over
    is_believed: bool = False  #: it is no problem any more, as what was doubted is taken as true
    is_urgent: bool = False
    is_told_once: bool = False  #: nobody is reminded: the weekly digest keeps it in sight
    shortfall: float = 0.0  #: how far off, as a share of what was promised
    chain: tuple[str, ...] = ()  #: who is responsible, who is told when they do not react, and so on
    problem: Alert | None = None  #: where it is one
    inhibited_by: tuple[str, ...] = ()  #: the sources that must be in order again before anything can be told

    @property
    def is_sure(self) -> bool:
        """Whether one look is enough."""
        return self.is_fact or self.at_once


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as it stands. Days are those of the plan's calendar."""

    key: str
    state: FlagState = FlagState.INACTIVE
    id: int = 0
    episode: int = 1
    person: str = ""
    confirmed: int = 0  #: days of figures in a row that showed it
    cleared: int = 0  #: days of figures in a row that did not
    data_date: date | None = None  #: the newest day of figures it was judged on
    seen_on: date | None = None  #: the last look
    opened_on: date | None = None
    is_fact: bool = False
    shortfall: float = 0.0  #: the last one seen while it was open: not since it is acknowledged
    level: int = 0  #: how far along the chain it was told
    reminded: int = 0
    inhibited_by: tuple[str, ...] = ()  #: the sources it waits for
    frozen: int = 0  #: days since it opened on which nothing could be told: they do not count as waiting
    acknowledged_on: date | None = None
    snoozed_until: date | None = None
    resolved_on: date | None = None  #: the day of figures that resolved it
    held_on: date | None = None
    turns: tuple[date, ...] = ()  #: days of figures on which it came or went
    told_on: date | None = None  #: when a message about it last left

    def waited(self, since: date, today: date) -> int:
        """Days since a day, without those on which nothing could be told."""
        return (today - since).days - self.frozen


@dataclass(frozen=True, slots=True)
class FlagUpdate:
    """What becomes of a flag, and why: a first reason changes its state, others are told beside it."""

    before: Flag | None
    after: Flag
    reasons: tuple[FlagReason, ...] = ()
    observation: Observation | None = None
    is_quiet: bool = field(default=False)  #: it comes and goes too often to be told but in the weekly digest

    @property
    def problem(self) -> Alert | None:
        """What is wrong, where something is."""
        return self.observation.problem if self.observation else None


STORM = "storm"  #: the verdict on a whole plan of which too much goes wrong at once


UNJUDGED = "unjudged"  #: what is said of what was judged once and can be judged no longer


UNATTRIBUTED = "unattributed"  #: what is said of money that belongs to no action

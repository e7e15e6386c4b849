"""The connector contract: what a source is asked, what it answers, and what it may raise.

A connector keeps no state, knows no action, writes nowhere. Read ``csv_file.py`` first, then docs/connectors.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from config.periods import Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Dimension, SourceKind


class Origin(NamedTuple):
    """Where a figure came from: one combination of dimension values, and the currency of its money."""

    campaign: str = ""
    campaign_id: str = ""
    source: str = ""
    medium: str = ""
    channel: str = ""
    content: str = ""
    term: str = ""
    coupon: str = ""
    keyword: str = ""
    landing_page: str = ""
    referrer: str = ""
    currency: str = ""


class Reading(NamedTuple):
    """The measures of one origin on one day. Readings of the same day and origin add up.

    ``measures`` maps measure ids to amounts; None is unknown; a measure left out adds nothing. Money is in
    the origin's currency.
    """

    day: date
    origin: Origin
    measures: Mapping[str, Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Covered:
    """Says that days are known: those without a reading are zeros of ``measures``, or unknown of all others.

    A connector that says nothing has covered the whole window for everything it provides. One that says it
    does so before the readings of those days. ``written_at`` (aware) is when what it says of them was written down,
    where that is earlier than the reading: a day that was not over by then is not settled by it.
    """

    window: Window
    measures: frozenset[str]
    written_at: datetime | None = None


class Quality(StrEnum):
    """What a source admits about its figures."""

    SAMPLED = "sampled"
    THRESHOLDED = "thresholded"
    OTHER_ROW = "other_row"  #: part of the figures stands in a row called (other)
    TRUNCATED = "truncated"
    PROVISIONAL = "provisional"
    FOLDED = "folded"  #: origins over the cap were folded together by Vigie


@dataclass(frozen=True, slots=True)
class Note:
    """A word on the quality of a day's figures."""

    day: date
    quality: Quality
    text: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody bought something on a day: ``key`` is who, made unrecognisable by ``Context.pseudonym``.

    From the buyers of all days Vigie counts ``new_customers``: those who never bought before. The buyers of a day
    come in the order of their orders. Where nobody knows who bought, the reading says ``new_customers: None``.
    """

    day: date
    origin: Origin
    key: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The vendor's id of an order, refund or the like that the figures of a day hold; comes with that day's readings.

    Vigie remembers it: where the id comes back on another day, or its day no longer has it, the day it left is read
    again.
    """

    day: date
    key: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The vendor itself names something of a day that is cancelled, deleted or moved away.

    Fewer figures than before, or none, are then knowledge, and no fault of the answer. Comes before the day's readings.
    """

    day: date


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence for who looks after the source: what was left out, or read otherwise than one might think.

    It names the thing as the vendor does, by id, or file and line. The reading goes on.
    """

    text: str


Item = Reading | Covered | Note | Buyer | Counted | Gone | Remark


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What ``check`` found out: for people to compare with what they meant."""

    account: str
    zone: str | None = None
    currency: str | None = None
    measures: frozenset[str] | None = None  #: what it provides, where only looking tells
    days: Window | None = None  #: what it can speak of, where it has a first and a last day
    since: date | None = None  #: the first day it can speak of, where only that is told
    remarks: tuple[str, ...] = ()


def no_pseudonym(_: str) -> str:
    """Where nothing is stored, nobody asks who bought. Raises LookupError."""
    raise LookupError("there is no key to make pseudonyms with")


def utc_now() -> datetime:
    """The moment, aware."""
    return datetime.now(UTC)


Remember = Callable[[str, Mapping[str, str], Sequence[str]], Mapping[str, str]]


def nothing_remembered(_: str, known: Mapping[str, str], asked: Sequence[str]) -> Mapping[str, str]:
    """Where nothing is stored, only what is known now."""
    return {id: known[id] for id in asked if id in known}


@dataclass(frozen=True, slots=True)
class Context:
    """What a connector may know of the place it works in."""

    source: str  #: the source's id, for messages
    folder: Path  #: the plan's folder, which relative paths start from
    zone: str  #: the plan's time zone
    currency: str  #: the plan's currency, for sources that do not say theirs
    reveal: Callable[[Secret], str] = field(repr=False)  #: the secret behind a reference; raises PlanError
    #: a keyed hash: the same text gives the same one, which does not lead back to it
    pseudonym: Callable[[str], str] = field(default=no_pseudonym, repr=False)
    #: of a kind of ids: keeps the names known now, and gives those that the ids asked for have, or once had
    remember: Remember = field(default=nothing_remembered, repr=False)
    now: Callable[[], datetime] = field(default=utc_now, repr=False)  #: the clock, aware
    today: date | None = None  #: the day that is taken as today, where that is not the clock's

    @property
    def last_day(self) -> date:
        """The last day that there can be figures of: today in the plan's zone, or the day taken as today after it."""
        day = self.now().astimezone(ZoneInfo(self.zone)).date()
        return max(day, self.today or day)


class Connector(Protocol):
    """One way of reading one kind of source.

    ``kind`` and ``provides`` decide for which measures the source speaks; ``lookback`` is the number of days
    read again at each run, because this vendor still changes them; ``rereads`` says that reading everything
    costs nothing, so that each run does.
    """

    Options: ClassVar[type[SourceEntry]]
    kind: ClassVar[SourceKind]
    provides: ClassVar[frozenset[str]]
    lookback: ClassVar[int]
    rereads: ClassVar[bool]

    def __init__(self, options: Any, context: Context) -> None: ...

    def check(self) -> SourceInfo:
        """Prove that the source can be read, and say what it is. Raises SourceError."""
        ...

    def read(self, window: Window) -> Iterator[Item]:
        """Yield what the source says of ``window``, day after day: readings come in the order of their days.

        Raises SourceUnavailable, SourceRefused or SourceMisread; whatever was yielded of days before the one
        being read stands.
        """
        ...


@runtime_checkable
class Restates(Protocol):
    """A connector that can tell which days a vendor changed, however old: orders cancelled, refunded, edited."""

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days whose figures may have changed since a moment (aware), in any order, perhaps more than once.

        They are read again beside the days that are due. Raises SourceError.
        """
        ...


@runtime_checkable
class KnowsBuyers(Protocol):
    """A connector that yields ``Buyer``: it is read once, for them alone, from some day before the plan's first."""

    def buyers_from(self, start: date) -> date:
        """The first day to look for who bought before ``start``, the plan's first day."""
        ...


@runtime_checkable
class Unlabelled(Protocol):
    """A connector that cuts some of its measures by fewer labels than the others.

    ``unlabelled`` maps a measure to the dimensions it never carries: tracking that looks at them is told that the
    figure is unknown, and not zero.
    """

    unlabelled: ClassVar[Mapping[str, frozenset[Dimension]]]


class Quote(NamedTuple):
    """``per_euro`` units of the currency for one euro."""

    day: date
    currency: str
    per_euro: Decimal

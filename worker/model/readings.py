"""PURE. The figures of a day as they travel from the connectors to the store."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from connectors.base import Origin

#: amounts are integers in millionths of their unit: exact money, exact fractions of conversions
MILLION = 1_000_000

#: per measure the known amount in millionths; None where nothing is known
Amounts = dict[str, int | None]


class Completeness(IntEnum):
    """How much is known of a measure on a day, from good to bad."""

    FINAL = 0
    PROVISIONAL = 1  #: collected, but may still change
    PENDING = 2  #: the day is not over, and nothing is collected of it yet
    PARTLY = 3  #: one of its sources is missing: what is known is not all
    QUARANTINED = 4  #: collected, and not believed: it looks like a fault of the source
    NOTHING = 5

    @property
    def says(self) -> bool:
        """Whether something is known, so that what has no row is zero."""
        return self in (Completeness.FINAL, Completeness.PROVISIONAL, Completeness.QUARANTINED, Completeness.PARTLY)


class Fault(StrEnum):
    """Why the last answer about a day is not believed, and what was there before is kept."""

    EMPTY = "empty"  #: it had nothing to say
    CUT_SHORT = "cut_short"  #: most of the day had vanished, though it was settled
    BELIEVED = "believed"  #: it was doubted, and said again: what vanished is taken as gone


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """What is on record about one day of a source."""

    day: date
    measures: frozenset[str]
    is_settled: bool
    is_suspect: bool
    collected_on: date
    collected_at: datetime | None = None  #: where it was asked for
    first_on: date | None = None  #: first collected, where it was asked for
    quarantined: frozenset[str] = frozenset()  #: measures that are stored and not believed
    fault: str = ""  #: why it is suspect: Fault
    answer: str = ""  #: the totals of the answer that is not believed
    is_accepted: bool = False  #: somebody looked: it is so


@dataclass(slots=True, eq=False)
class DayFigures:
    """Everything a source says of one day."""

    day: date
    measures: frozenset[str]  #: known on that day: what has no row is zero
    is_said: bool = True  #: the source said that it covers the day, and did not only have no row for it
    written_at: datetime | None = None  #: when its source wrote it down, where that is earlier than the reading
    is_withdrawn: bool = False  #: the vendor names something of the day that is gone: having less is no fault
    is_believed: bool = False  #: it was doubted, and is now taken as true
    counted: set[str] = field(default_factory=set)  #: the vendor's ids of what its figures hold
    rows: dict[Origin, Amounts] = field(default_factory=dict)
    unknown: set[tuple[Origin, str]] = field(default_factory=set)  #: cells with a part that is unknown
    quality: set[str] = field(default_factory=set)
    buyers: dict[str, Origin] = field(default_factory=dict)  #: pseudonym -> origin of the day's first order

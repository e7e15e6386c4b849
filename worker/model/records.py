"""PURE. Rows of the store as values: what several rooms are handed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from config.fields import Language
from config.periods import Window
from config.sources import COSTS
from config.vocabulary import SourceKind
from worker.model.flag import STANDING, FlagReason
from worker.model.verdict import Judgement


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan's row."""

    id: int
    plan: str
    digest: str
    attributed: str | None
    until: date | None
    computed_at: datetime | None
    notified_of: str | None  #: what its newest messages rest on
    judged_on: date | None  #: the last day whose flags were looked at


class SourceState(StrEnum):
    """How a source is doing."""

    NEVER = "never"  #: not read yet
    OK = "ok"
    UNAVAILABLE = "unavailable"  #: it may answer later
    REFUSED = "refused"  #: someone must change something
    MISREAD = "misread"  #: its answer is not as documented
    SUSPECT = "suspect"  #: it had nothing to say of days it once had figures for
    EMPTY = "empty"  #: it has never had a figure


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as the store has it."""

    id: int
    plan_id: int
    source: str
    connector: str
    state: SourceState
    problem: str | None
    succeeded_at: datetime | None
    tried_at: datetime | None
    failing_since_at: datetime | None
    retry_at: datetime | None
    asked_from: date | None
    reread_on: date | None
    is_simulated: bool
    current_at: datetime | None
    begun_from: date | None
    begun_at: datetime | None
    buyers_from: date | None
    buyers_until: date | None
    newest_day: date | None
    advanced_on: date | None
    looked_on: date | None
    waits: str
    swept_on: date | None
    earlier_from: date | None
    earlier_failed_on: date | None
    kind: SourceKind
    provides: frozenset[str]  #: measures, as far as they are known by now

    @property
    def is_costs(self) -> bool:
        """Whether it is no source but the costs that the plan itself notes."""
        return self.source == COSTS


@dataclass(frozen=True, slots=True)
class TrackedSpend:
    """What was spent on a day under one label, and the actions that track it."""

    day: date
    amount: Decimal
    actions: frozenset[str]


@dataclass(frozen=True, slots=True)
class UnattributedSpend:
    """What was spent, in the plan's currency: in all, outside the actions, and by what spent most of that."""

    days: Window
    whole: Decimal
    unattributed: Decimal
    campaigns: tuple[tuple[str, Decimal], ...]  #: by what the source calls them; empty where it does not


@dataclass(frozen=True, slots=True)
class CumulativeCurve:
    """What a period had come to by the end of some of its days, in order; None where a day is not known."""

    days: tuple[date, ...]
    values: tuple[Decimal | None, ...]

    @property
    def known(self) -> list[tuple[date, Decimal]]:
        """The days whose value is known."""
        return [(day, value) for day, value in zip(self.days, self.values, strict=True) if value is not None]


@dataclass(frozen=True, slots=True)
class NewNotice:
    """One thing of a flag that one person is to be told, to be written down."""

    flag_id: int
    person: str
    reason: FlagReason
    is_urgent: bool
    is_quiet: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one person is to be told."""

    id: int
    flag_id: int
    person: str
    reason: FlagReason
    is_urgent: bool
    is_quiet: bool
    written_at: datetime


@dataclass(frozen=True, slots=True)
class ActedOn:
    """What a flag was about that somebody acknowledged, who, and the day taken as today then."""

    scope: str
    ref: str
    subject: str
    by: str
    day: date


@dataclass(frozen=True, slots=True)
class FlagStep:
    """One change of the flag."""

    state: str
    reason: str
    by: str
    note: str
    until: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class FlagHistory:
    """A flag, and everything about it."""

    plan: str
    plan_name: str
    timezone: str
    episode: int
    scope: str
    ref: str
    name: str  #: of the action, objective or plan; a source's id
    person: str  #: who is responsible
    state: str
    verdict: str
    period_end: date | None
    closed_at: datetime | None
    sentences: dict[Language, str]
    judgement: Judgement | None  #: the newest; None for a source, and where nothing is judged any more
    steps: tuple[FlagStep, ...]  #: oldest first

    @property
    def stands(self) -> bool:
        """Whether there is still something to be done."""
        return self.state in STANDING


@dataclass(frozen=True, slots=True)
class Answered:
    """Who took a flag up, how and why: the last change that was made by hand."""

    reason: str  #: one of ``BY_HAND``
    by: str
    note: str
    until: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordedVerdict:
    """One verdict as it was known on its day."""

    id: int
    judgement: Judgement
    sentences: dict[Language, str]
    judged_on: date
    judged_at: datetime
    version: str  #: digest of the plan's files
    version_seen_at: datetime | None

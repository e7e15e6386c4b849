"""PURE. What a judgement is made of, and what it says: frozen values that carry all the figures they rest on."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from config.periods import Window
from config.plan import Bound, Per
from config.vocabulary import Unit

FINAL, PROVISIONAL, MISSING = STATES = "final", "provisional", "missing"


class Verdict(StrEnum):
    """What can be said of a target or a budget."""

    MET = "met"
    MISSED = "missed"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    CANNOT_SAY = "cannot_say"
    NO_DATA = "no_data"
    UNMEASURABLE = "unmeasurable"
    NOT_STARTED = "not_started"
    WITHIN = "within"
    OVERSPENDING = "overspending"
    OVER = "over"
    UNDERSPENDING = "underspending"
    NO_SPEND = "no_spend"


class Phase(StrEnum):
    """A fact about a period that is over or a bound that is passed; or a look ahead."""

    OUTCOME = "outcome"
    OUTLOOK = "outlook"


class Reason(StrEnum):
    """Why the verdict is what it is: each has its sentence in every language (``worker/wording``)."""

    OUTCOME = "outcome"  #: the period is over and its figures are final
    REACHED = "reached"  #: the target is already reached
    CROSSED = "crossed"  #: the upper bound is already passed
    RUNNING = "running"  #: the period is not over
    UNSETTLED = "unsettled"  #: it is over, and its figures may still change
    NOTHING_KNOWN = "nothing_known"  #: no figure at all
    PARTLY_KNOWN = "partly_known"  #: it is over, and some of its figures are missing
    NO_RATIO = "no_ratio"  #: nothing to divide by
    NO_SOURCE = "no_source"  #: no source provides what is needed
    NO_TRACKING = "no_tracking"  #: the action does not say what its figures are known by
    NO_TRACE = "no_trace"  #: no figure carries what the action is tracked by
    BEFORE = "before"  #: the period has not begun
    WITHIN = "within"
    OVER = "over"
    OVER_COMMITTED = "over_committed"  #: over with what is committed
    OVER_PLANNED = "over_planned"  #: over with what is planned
    NOTHING_SPENT = "nothing_spent"


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a KPI over a period, and how far it can be relied on."""

    value: Decimal | None
    state: str = FINAL
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose target or budget: an action's, an objective's, the plan's."""

    scope: str
    ref: str
    name: str
    key: str  #: tells the targets of one owner apart; ``budget`` for a budget


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one target or budget in one period, with everything it rests on."""

    subject: Subject
    period: Window
    per: Per
    verdict: Verdict
    phase: Phase
    reason: Reason
    figure: Figure
    unit: Unit
    currency: str
    low: Decimal | None = None
    high: Decimal | None = None
    bound: Bound | None = None  #: None for a budget
    kpi: str = ""
    breakdown: str = ""
    committed: Decimal = Decimal(0)
    projected: Decimal | None = None
    lacking: tuple[str, ...] = field(default=())  #: the sources, measures or dimensions that are missing
    is_simulated: bool = False  #: it rests on invented figures

    @property
    def is_budget(self) -> bool:
        """Whether it speaks of money to spend."""
        return self.bound is None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Tells judgements apart: scope, id, subject, first day."""
        return (
            self.subject.scope,
            self.subject.ref,
            self.subject.key,
            self.period.start.isoformat(),
        )

    @property
    def target(self) -> Decimal | None:
        """The bound, the lower one of two; a budget's amount."""
        return self.low if self.low is not None else self.high

    @property
    def is_problem(self) -> bool:
        """Whether someone must be told."""
        return self.verdict in (Verdict.MISSED, Verdict.OVER)

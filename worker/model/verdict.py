"""PURE. What a judgement is made of, and what it says: frozen values that carry all the figures they rest on."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from config.periods import Window
from config.plan import Bound, Per
from config.vocabulary import Unit
from worker.model.base_value import BaseValue
from worker.model.labels import UnseenLabel

LIKELY = 2 / 3  #: chance from which something is called likely; down to one in three it could go either way
UNLIKELY, VERY_UNLIKELY = 0.9, 0.95  #: chance of missing that is worth a warning; the second while little is known
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


#: verdicts that say nothing: a flag neither opens nor resolves on them
_SILENT = (Verdict.NO_DATA, Verdict.CANNOT_SAY, Verdict.UNMEASURABLE, Verdict.NOT_STARTED)
#: less over a budget than that is for the books, not for a mail: ad platforms miss a day's budget by some, either way
_SLIGHT, _SLIGHT_A_DAY = Decimal("0.005"), Decimal("0.05")
_PROBLEMS = (Verdict.MISSED, Verdict.AT_RISK, Verdict.OVER, Verdict.OVERSPENDING)


class VerdictReason(StrEnum):
    """Why the verdict is what it is: each has its sentence in every language (``worker/wording``)."""

    OUTCOME = "outcome"  #: the period is over and its figures are final
    REACHED = "reached"  #: the target is already reached
    CROSSED = "crossed"  #: the upper bound is already passed
    RUNNING = "running"  #: the period is not over, and nothing more can be said
    PROVED = "proved"  #: too low (too high) for chance alone, on settled days
    UNLIKELY = "unlikely"  #: the promise is unlikely to be kept by the end
    LIKELY = "likely"  #: nothing speaks against it
    DOUBTFUL = "doubtful"  #: likely to be missed, not yet sure enough for a warning
    BEHIND = "behind"  #: it could go either way, sooner missed than kept
    TOO_FEW = "too_few"  #: too little happened so far to tell
    TOO_EARLY = "too_early"  #: too few days are settled
    UNSETTLED = "unsettled"  #: it is over, and its figures may still change
    NOTHING_KNOWN = "nothing_known"  #: no figure at all
    PARTLY_KNOWN = "partly_known"  #: it is over, and some of its figures are missing
    PART_UNKNOWN = "part_unknown"  #: its days were read, and an amount among them is unknown
    NO_RATIO = "no_ratio"  #: nothing to divide by
    NO_SOURCE = "no_source"  #: no source provides what is needed
    NO_TRACKING = "no_tracking"  #: the action does not say what its figures are known by
    NO_TRACE = "no_trace"  #: no figure carries what the action is tracked by
    UNSEEN = "unseen"  #: nothing has ever carried the label that is looked for
    NOT_SEEN_YET = "not_seen_yet"  #: nor could it well have, so soon
    NO_BASE = "no_base"  #: a relative target, and no earlier figure to measure it from
    BASE_AWAITED = "base_awaited"  #: the earlier figures may still change
    BEFORE = "before"  #: the period has not begun
    NOT_YET = "not_yet"  #: it has, so lately that no source has told of it yet
    WITHIN = "within"
    OVER = "over"
    OVER_COMMITTED = "over_committed"  #: over with what is committed
    OVER_PLANNED = "over_planned"  #: over with what is planned
    NOTHING_SPENT = "nothing_spent"
    TOO_FAST = "too_fast"  #: at this pace more than the budget is spent by the end
    TOO_SLOW = "too_slow"  #: at this pace much of the budget is left at the end
    STOPPED = "stopped"  #: it was spending, is at work, and spends nothing any more
    NEVER_SPENT = "never_spent"  #: it is at work, and nothing but the plan's own costs was ever spent
    LEFT_UNKNOWN = "left_unknown"  #: over its own amount, and what is left from before is unknown


@dataclass(frozen=True, slots=True)
class UnknownPart:
    """What a figure lacks though its days were read."""

    money: tuple[tuple[str, Decimal], ...] = ()  #: currency and amount that no rate converts
    days: tuple[date, ...] = ()  #: on which the source left an amount empty


@dataclass(frozen=True, slots=True)
class Unseen:
    """Labels that no figure has ever carried; nobody wonders while what looks for them ``is_new``."""

    labels: tuple[UnseenLabel, ...]
    is_new: bool

    @property
    def verdict(self) -> tuple[Verdict, VerdictReason]:
        """What can be said then."""
        if self.is_new:
            return Verdict.CANNOT_SAY, VerdictReason.NOT_SEEN_YET
        return Verdict.UNMEASURABLE, VerdictReason.UNSEEN


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a KPI over a period, and how far it can be relied on."""

    value: Decimal | None
    state: str = FINAL
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a running period is likely to come to, as of the newest settled day; what is not known is None."""

    data_date: date
    as_of: date | None = None  #: the day at whose end value, pace and forecast stand; newer than ``data_date`` mostly
    pace: Decimal | None = None  #: where the value should be today
    expected: Decimal | None = None  #: at the end of the period
    low: Decimal | None = None  #: it ends above this, and ...
    high: Decimal | None = None  #: ... below this, four times out of five
    chance: float | None = None  #: that the promise is kept
    p: float | None = None  #: that chance alone gives settled figures as bad as these, or worse
    limit: Decimal | None = None  #: the true value is on the wrong side of this, 95 % sure
    sample: int | None = None  #: how many things the value rests on
    needed: int | None = None  #: how many it takes before a shortfall can be told from chance
    sayable_on: date | None = None  #: the day on which there are likely as many
    suggested: Decimal | None = None  #: what can be spent on each of the days left, for a budget to be used and kept
    days_left: int | None = None  #: those days, today among them


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
    reason: VerdictReason
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
    carried: Decimal = Decimal(0)  #: of a budget's amount, what is left from the periods before
    lacking: tuple[str, ...] = field(default=())  #: the sources, measures or dimensions that are missing
    unknown: UnknownPart | None = None  #: what keeps it from a verdict, though its days were read
    unseen: tuple[UnseenLabel, ...] = ()  #: what is looked for and nothing has ever carried
    is_simulated: bool = False  #: it rests on invented figures
    outlook: Outlook | None = None  #: while the period runs
    base: BaseValue | None = None  #: of a relative target: what it is measured from
    shared: Decimal = Decimal(0)  #: of what a budget spent, what other actions track as well ...
    shared_with: tuple[str, ...] = ()  #: ... and their names

    @property
    def is_budget(self) -> bool:
        """Whether it speaks of money to spend."""
        return self.bound is None

    @property
    def is_money(self) -> bool:
        """Whether what is judged is itself a sum of money."""
        return self.is_budget or (self.unit is Unit.MONEY and self.figure.denominator is None)

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
        """Whether someone must be told. That money was left over is news only while it can still be spent."""
        if self.verdict in (Verdict.NO_SPEND, Verdict.UNDERSPENDING):
            return self.outlook is not None
        if self.verdict is Verdict.OVER:
            return self.shortfall >= (_SLIGHT_A_DAY if self.per is Per.DAY else _SLIGHT)
        return self.verdict in _PROBLEMS

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing either way."""
        return self.verdict in _SILENT

    @property
    def data_date(self) -> date | None:
        """The newest settled day it rests on; None for a fact, which needs none."""
        return self.outlook.data_date if self.outlook else None

    @property
    def foreseen(self) -> Decimal | None:
        """What a running period is likely to end at; None of one that is decided, and where nobody can tell."""
        if self.phase is not Phase.OUTLOOK:
            return None
        return self.projected if self.is_budget else self.outlook.expected if self.outlook else None

    @property
    def at_end(self) -> Decimal:
        """The value at the end of the period, as far as can be told now; of a budget with what is committed."""
        if self.foreseen is not None:
            return self.foreseen
        return (self.figure.value or Decimal(0)) + self.committed

    @property
    def shortfall(self) -> Decimal:
        """How far beyond its bounds the value ends, as a share of the bound; 0 within them."""
        for bound, gap in ((self.low, -1), (self.high, 1)):
            if bound is not None and gap * (self.at_end - bound) > 0:
                return abs(self.at_end - bound) / abs(bound) if bound else Decimal(1)
        return Decimal(0)


class Remedy(StrEnum):
    """In what form."""

    MORE = "more"  #: so much more a day than is likely now
    LESS = "less"  #: so much less a day
    LEVEL_UP = "level_up"  #: the rest must reach a level
    LEVEL_DOWN = "level_down"  #: the rest must stay below a level
    SPEND_AT_MOST = "spend_at_most"  #: so much a day
    SPEND = "spend"  #: so much a day would use all of it


@dataclass(frozen=True, slots=True)
class Traffic:
    """The visits, orders and revenue of a period so far."""

    sessions: Decimal | None = None
    orders: Decimal | None = None
    revenue: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RequiredRate:
    """What would put it right."""

    remedy: Remedy
    amount: Decimal  #: a day, or the level
    days: int  #: left after today; of a budget, with today
    points: Decimal | None = None  #: of conversion, as a share, that would do as well at the visits expected

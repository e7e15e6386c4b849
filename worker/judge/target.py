"""PURE. A target, its period and its figure -> a verdict."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.periods import Window
from config.plan import Target
from config.vocabulary import Unit
from worker.judge.relative import limits_of
from worker.model.base_value import BaseValue
from worker.model.verdict import (
    FINAL,
    MISSING,
    Figure,
    Judgement,
    Phase,
    Subject,
    UnknownPart,
    Unseen,
    Verdict,
    VerdictReason,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the KPI of a target is, and why it may have no figure."""

    unit: Unit
    currency: str
    is_additive: bool  #: it only grows as the period goes on
    no_source: tuple[str, ...] = ()  #: measures that nothing provides
    is_untracked: bool = False  #: the action does not say what its figures are known by
    no_trace: tuple[str, ...] = ()  #: dimensions looked at that no figure carries
    unseen: Unseen | None = None  #: labels looked at that no figure has ever carried
    missing: tuple[str, ...] = ()  #: sources that did not deliver the whole period
    unknown: UnknownPart | None = None  #: what they left unknown of it
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class TargetQuestion:
    """One period of a target, with its figure."""

    subject: Subject
    target: Target
    period: Window
    measured: Measured
    figure: Figure
    latest: Figure | None = None  #: with what today has brought: a bound passed is passed
    base: BaseValue | None = None  #: of a relative target

    @property
    def newest(self) -> Figure:
        """The figure with all that is known."""
        return self.latest or self.figure

    @property
    def limits(self) -> tuple[Decimal | None, Decimal | None] | None:
        """Lowest and highest value allowed; None where the target says nothing of the period."""
        if self.base is None:
            return self.target.limits(self.period.start)
        in_whole = self.measured.unit is Unit.COUNT and self.measured.is_additive
        return limits_of(self.target, self.base, in_whole=in_whole)


def judge_target(asked: TargetQuestion, today: date) -> Judgement | None:
    """Judge one period of a target; None where the target says nothing of that period."""
    target, measured, period = asked.target, asked.measured, asked.period
    limits = asked.limits
    if limits is None:
        return None
    low, high = limits
    verdict, reason, lacking = _verdict(asked, low, high, today)
    is_fact = verdict in (Verdict.MET, Verdict.MISSED) or (reason is VerdictReason.NO_RATIO and period.end <= today)
    return Judgement(
        subject=asked.subject,
        period=period,
        per=target.grain,
        verdict=verdict,
        phase=Phase.OUTCOME if is_fact else Phase.OUTLOOK,
        reason=reason,
        figure=asked.newest if reason in _WITH_TODAY else asked.figure,
        unit=measured.unit,
        currency=measured.currency,
        low=low,
        high=high,
        bound=target.bound,
        kpi=target.kpi,
        breakdown=target.for_ or "",
        lacking=lacking,
        unknown=measured.unknown if reason is VerdictReason.PART_UNKNOWN else None,
        unseen=measured.unseen.labels if measured.unseen else (),
        is_simulated=measured.is_simulated,
        base=asked.base,
    )


#: no pace stands beside the value
_WITH_TODAY = (VerdictReason.REACHED, VerdictReason.CROSSED, VerdictReason.PART_UNKNOWN)

#: and what is lacking
_Reasoned = tuple[Verdict, VerdictReason, tuple[str, ...]]


def _verdict(asked: TargetQuestion, low: Decimal | None, high: Decimal | None, today: date) -> _Reasoned:
    measured, period, figure = asked.measured, asked.period, asked.figure
    if measured.is_untracked:
        return Verdict.UNMEASURABLE, VerdictReason.NO_TRACKING, ()
    if period.start > today:
        return Verdict.NOT_STARTED, VerdictReason.BEFORE, ()
    if measured.no_source:
        return Verdict.UNMEASURABLE, VerdictReason.NO_SOURCE, measured.no_source
    if measured.no_trace:
        return Verdict.UNMEASURABLE, VerdictReason.NO_TRACE, measured.no_trace
    if measured.unseen:
        return *measured.unseen.verdict, ()
    if asked.base and not asked.base.is_usable:
        if asked.base.is_awaited:
            return Verdict.CANNOT_SAY, VerdictReason.BASE_AWAITED, ()
        return Verdict.UNMEASURABLE, VerdictReason.NO_BASE, ()
    newest = asked.newest.value
    if newest is not None and measured.is_additive and high is not None and newest > high:
        return Verdict.MISSED, VerdictReason.CROSSED if period.end > today else VerdictReason.OUTCOME, ()
    if newest is not None and measured.is_additive and high is None and low is not None and newest >= low:
        return Verdict.MET, VerdictReason.REACHED if period.end > today else VerdictReason.OUTCOME, ()
    if figure.value is None:
        return _without_value(measured, figure, period.end <= today)
    if measured.unknown:  # it might turn whatever is said
        return Verdict.CANNOT_SAY if period.end > today else Verdict.NO_DATA, VerdictReason.PART_UNKNOWN, ()
    if period.end > today:
        return Verdict.CANNOT_SAY, VerdictReason.RUNNING, measured.missing
    if figure.state == MISSING:
        return Verdict.NO_DATA, VerdictReason.PARTLY_KNOWN, measured.missing
    if figure.state != FINAL:
        return Verdict.CANNOT_SAY, VerdictReason.UNSETTLED, ()
    return (
        Verdict.MET if is_within(figure.value, low, high) else Verdict.MISSED,
        VerdictReason.OUTCOME,
        (),
    )


def _without_value(measured: Measured, figure: Figure, is_over: bool) -> _Reasoned:
    if figure.denominator == 0 and figure.state != MISSING:
        return Verdict.CANNOT_SAY, VerdictReason.NO_RATIO if is_over else VerdictReason.RUNNING, ()
    if figure.state == MISSING or is_over:
        return Verdict.NO_DATA, VerdictReason.NOTHING_KNOWN, measured.missing
    return Verdict.CANNOT_SAY, VerdictReason.RUNNING, ()


def is_within(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether the value keeps its bounds; equal is kept."""
    return (low is None or value >= low) and (high is None or value <= high)

"""Past days judged again, one by one, as if Vigie had been running: what would have been told, and was it right.

The figures are those known now; the rules, the flags and the days for mail are those of the service. Nothing is
stored, and nobody reacts.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from worker.flags.decide import addressees, decide
from worker.flags.observe import key_of, observe_judgements
from worker.judge.assess import assess, assess_every
from worker.judge.budget import SLACK
from worker.model.context import PlanContext
from worker.model.flag import TOLD, Flag, FlagReason, FlagState, FlagUpdate
from worker.model.verdict import Judgement, Verdict
from worker.wording import translator_for
from worker.wording.sentences import sentence

#: told before anything is a fact
_WARNINGS = (Verdict.AT_RISK, Verdict.OVERSPENDING, Verdict.UNDERSPENDING, Verdict.NO_SPEND)
_TOO_LITTLE = (Verdict.UNDERSPENDING, Verdict.NO_SPEND)
_GOOD = (Verdict.MET, Verdict.WITHIN)
_BAD = (Verdict.MISSED, Verdict.OVER, Verdict.UNDERSPENDING, Verdict.NO_SPEND)


class WarningOutcome(StrEnum):
    """What became of what an alert warned of."""

    RIGHT = "right"
    WRONG = "wrong"
    OPEN = "open"  #: the period is not over, or its figures are not final
    FACT = "fact"  #: it was one when it was told


@dataclass(frozen=True, slots=True)
class ReplayedAlert:
    """One thing that one person would have been told."""

    day: date
    person: str
    name: str
    period: Window
    reason: FlagReason
    verdict: Verdict
    sentences: Mapping[Language, str]
    outcome: WarningOutcome


@dataclass(slots=True)
class Replay:
    """What a replay came to."""

    window: Window
    alerts: list[ReplayedAlert] = field(default_factory=list)
    mails: dict[str, list[date]] = field(default_factory=lambda: defaultdict(list))  #: person -> days
    missed: int = 0  #: targets and budgets that were missed in the end ...
    warned: int = 0  #: ... of which so many were told before

    @property
    def warnings(self) -> Counter[WarningOutcome]:
        """How many warnings ended how: each counted once for each period of a target or budget."""
        first = {(alert.name, alert.period, alert.verdict): alert for alert in reversed(self.alerts)}
        return Counter(alert.outcome for alert in first.values() if alert.verdict in _WARNINGS)


@dataclass(slots=True)
class _State:
    """How far a replay is."""

    loaded: LoadedPlan
    ends: Mapping[str, Judgement]  #: what every alert came to in the end
    result: Replay
    flags: dict[str, Flag] = field(default_factory=dict)
    told: dict[tuple[str, str], bool] = field(default_factory=dict)  #: (flag, person) -> knows of it
    warned: set[str] = field(default_factory=set)


def replay(
    connection: Connection,
    context: PlanContext,
    window: Window,
    today: date,
    progress: Callable[[date], None] = lambda _: None,
) -> Replay:
    """Judge each day of a window as it would have been judged on that day."""
    loaded = context.loaded
    judged = assess_every(connection, context, today)[0]
    state = _State(loaded, {key_of(judgement): judgement for judgement in judged}, Replay(window))
    waiting: list[tuple[FlagUpdate, date]] = []
    for day in window:
        progress(day)
        judgements = assess(connection, context, day)
        observations = observe_judgements(loaded, judgements, _say(context), day)
        for change in decide(observations, state.flags.values(), day).changes:
            after = replace(change.after, id=1)
            state.flags[after.key] = after
            if any(reason in TOLD for reason in change.reasons) and not change.is_quiet:
                waiting.append((change, day))
        waiting = _post(state, waiting, day)
    failed = (Verdict.MISSED, Verdict.OVER)
    missed = {key for key, end in state.ends.items() if end.verdict in failed and _is_in(end, window)}
    state.result.missed, state.result.warned = len(missed), len(missed & state.warned)
    return state.result


def _is_in(judgement: Judgement, window: Window) -> bool:
    return judgement.period.end <= window.end and judgement.period.start >= window.start


def _say(context: PlanContext) -> Callable[[Judgement, Language], str]:
    return lambda judgement, language: sentence(judgement, context.kpis.get(judgement.kpi), translator_for(language))


def _post(state: _State, waiting: list[tuple[FlagUpdate, date]], day: date) -> list[tuple[FlagUpdate, date]]:
    """What is still so when each person's time for mail comes goes out in one mail; what is not is dropped."""
    left = []
    for change, noted in waiting:
        flag = state.flags[change.after.key]
        reason = next(reason for reason in TOLD if reason in change.reasons)
        is_gone = reason in (FlagReason.RESOLVED, FlagReason.CORRECTED)
        if flag.state is not (FlagState.RESOLVED if is_gone else FlagState.OPEN):
            continue
        for person in _persons(change, reason, state.told):
            if person not in state.loaded.plan.people:
                continue
            if not _is_time(state.loaded, person, noted, day):
                left.append((change, noted))
                break
            if day not in state.result.mails[person]:
                state.result.mails[person].append(day)
            state.told[flag.key, person] = not is_gone
            state.flags[flag.key] = replace(state.flags[flag.key], told_on=day)
            if change.problem and change.problem.judgement:
                if change.problem.judgement.verdict in _WARNINGS:
                    state.warned.add(flag.key)
                state.result.alerts.append(_alert(state, change, person, reason, day))
    return left


def _persons(change: FlagUpdate, reason: FlagReason, told: dict[tuple[str, str], bool]) -> tuple[str, ...]:
    if reason in (FlagReason.RESOLVED, FlagReason.CORRECTED):
        return tuple(person for (flag, person), knows in told.items() if flag == change.after.key and knows)
    return addressees(change, reason)


def _is_time(loaded: LoadedPlan, person: str, noted: date, day: date) -> bool:
    """Whether the person's first time for mail after the night in which it was noted lies on this day, or did."""
    someone = loaded.plan.people[person]
    zone = ZoneInfo(someone.timezone or loaded.plan.timezone)
    mail_hours = someone.mails.next(datetime.combine(noted, datetime.min.time(), tzinfo=zone), zone)
    return mail_hours.astimezone(zone).date() <= day


def _alert(state: _State, change: FlagUpdate, person: str, reason: FlagReason, day: date) -> ReplayedAlert:
    assert change.problem is not None
    judgement = change.problem.judgement
    assert judgement is not None
    return ReplayedAlert(
        day=day,
        person=person,
        name=judgement.subject.name,
        period=judgement.period,
        reason=reason,
        verdict=judgement.verdict,
        sentences=change.problem.sentences,
        outcome=_outcome(state.loaded, judgement, state.ends.get(change.after.key)),
    )


def _outcome(loaded: LoadedPlan, judgement: Judgement, end: Judgement | None) -> WarningOutcome:
    if judgement.verdict not in _WARNINGS:
        return WarningOutcome.FACT
    if end is None or end.period.end > judgement.period.end or end.verdict not in (*_GOOD, *_BAD):
        return WarningOutcome.OPEN
    is_right = end.verdict in _BAD or (judgement.verdict in _TOO_LITTLE and _is_much_left(loaded, end))
    return WarningOutcome.RIGHT if is_right else WarningOutcome.WRONG


def _is_much_left(loaded: LoadedPlan, end: Judgement) -> bool:
    """Whether as much of a budget remained as the warning of it asks for: in the end it is kept, and no problem."""
    used, limit = (end.figure.value or Decimal(0)) + end.committed, end.high or Decimal(0)
    return limit - used > limit * loaded.plan.judging.material * SLACK


def window_of(loaded: LoadedPlan, since: date | None, today: date) -> Window:
    """The days to be replayed: from the plan's start, or a later day, up to today."""
    first = max(loaded.plan.starts, since or loaded.plan.starts)
    return Window(first, max(today, first + DAY))

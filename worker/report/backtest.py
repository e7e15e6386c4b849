"""Past days judged again, one by one, as if Vigie had been running: what would have been told, and was it right.

The figures are those known now; the rules, the flags and the days for mail are those of the service. Nothing is
stored, and nobody reacts.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from worker.flags.decide import decide
from worker.flags.mail_rules import Waiting, is_welcome, persons_told, still_holds, strongest, zone_of
from worker.flags.observe import key_of, observe_judgements
from worker.judge.assess import assess_every
from worker.judge.budget import SLACK
from worker.judge.past_days import judge_of_past_days
from worker.model.context import PlanContext
from worker.model.flag import GONE, TOLD, Flag, FlagReason, FlagUpdate
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
        first = {(one.name, one.period, one.verdict): one for one in reversed(self.alerts)}
        return Counter(one.outcome for one in first.values() if one.verdict in _WARNINGS)


class _Item(NamedTuple):
    """Something that waits to be told to a person."""

    change: FlagUpdate
    reason: FlagReason
    person: str
    noted_on: date

    @property
    def key(self) -> tuple[str, str]:
        """The flag and the person."""
        return self.change.after.key, self.person


@dataclass(slots=True)
class _State:
    """How far a replay is."""

    loaded: LoadedPlan
    ends: Mapping[str, Judgement]  #: what every alert came to in the end
    result: Replay
    flags: dict[str, Flag] = field(default_factory=dict)
    knowing: set[tuple[str, str]] = field(default_factory=set)  #: flag and person: who knows of what
    waiting: list[_Item] = field(default_factory=list)
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
    judged_on = judge_of_past_days(connection, context, window.last)
    for day in window:
        progress(day)
        judgements = judged_on(day)
        observations = observe_judgements(loaded, judgements, _say(context), day)
        for change in decide(observations, state.flags.values(), day).changes:
            _note(state, change, day)
        _send(state, day)
    failed = (Verdict.MISSED, Verdict.OVER)
    missed = {key for key, end in state.ends.items() if end.verdict in failed and _is_in(end, window)}
    state.result.missed, state.result.warned = len(missed), len(missed & state.warned)
    return state.result


def _is_in(one: Judgement, window: Window) -> bool:
    return one.period.end <= window.end and one.period.start >= window.start


def _say(context: PlanContext) -> Callable[[Judgement, Language], str]:
    return lambda one, language: sentence(one, context.kpis.get(one.kpi), translator_for(language))


def _note(state: _State, change: FlagUpdate, day: date) -> None:
    """Take over what becomes of a flag, and who is to be told of it."""
    after = replace(change.after, id=1)
    state.flags[after.key] = after
    if change.is_quiet:
        return
    knowing = [person for key, person in state.knowing if key == after.key]
    for reason in change.reasons:
        if reason in TOLD:
            persons = persons_told(change, reason, knowing)
            state.waiting += [_Item(change, reason, one, day) for one in persons if one in state.loaded.plan.people]


def _send(state: _State, day: date) -> None:
    """One mail to each person who may be written to on this day, of all that still holds."""
    holding, state.waiting = _sorted_out(state)
    for person, items in holding.items():
        zone = zone_of(state.loaded.plan, person)
        noted = [datetime.combine(item.noted_on, time.min, tzinfo=zone) for item in items]
        waiting = [Waiting(at, _is_urgent(item)) for at, item in zip(noted, items, strict=True)]
        if is_welcome(state.loaded.plan, person, waiting, datetime.combine(day, time.max, tzinfo=zone)):
            state.result.mails[person].append(day)
            _tell(state, items, day)
        else:
            state.waiting += items


def _sorted_out(state: _State) -> tuple[dict[str, list[_Item]], list[_Item]]:
    """What holds, by person; and what is not clear yet. The rest was overtaken."""
    holding: dict[str, list[_Item]] = defaultdict(list)
    unclear = []
    for item in state.waiting:
        flag = state.flags[item.change.after.key]
        match still_holds(item.reason, flag.state, is_known=item.key in state.knowing):
            case True:
                holding[item.person].append(item)
            case None:
                unclear.append(item)
    return holding, unclear


def _is_urgent(item: _Item) -> bool:
    return item.change.observation is not None and item.change.observation.is_urgent


def _tell(state: _State, items: Sequence[_Item], day: date) -> None:
    """What one mail says: one thing a flag, for the strongest reason there is."""
    by_flag: dict[tuple[str, str], dict[FlagReason, _Item]] = defaultdict(dict)
    for item in items:
        by_flag[item.key][item.reason] = item
    for (key, person), reasons in by_flag.items():
        item = reasons[strongest(reasons)]
        state.flags[key] = replace(state.flags[key], told_on=day)
        (state.knowing.discard if item.reason in GONE else state.knowing.add)((key, person))
        judgement = item.change.problem.judgement if item.change.problem else None
        if judgement:
            if judgement.verdict in _WARNINGS:
                state.warned.add(key)
            state.result.alerts.append(_replayed(state, item, judgement, day))


def _replayed(state: _State, item: _Item, judgement: Judgement, day: date) -> ReplayedAlert:
    assert item.change.problem is not None
    return ReplayedAlert(
        day=day,
        person=item.person,
        name=judgement.subject.name,
        period=judgement.period,
        reason=item.reason,
        verdict=judgement.verdict,
        sentences=item.change.problem.sentences,
        outcome=_outcome(state.loaded, judgement, state.ends.get(item.change.after.key)),
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

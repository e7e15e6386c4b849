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

from sqlalchemy import Connection

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from worker.flags.mail_rules import Waiting, is_welcome, persons_told, still_holds, strongest, zone_of
from worker.flags.observe import key_of, observe_judgements
from worker.flags.update import updates_of
from worker.judge.assess import assess_every
from worker.judge.budget import SLACK
from worker.judge.past_days import judge_of_past_days
from worker.model.context import PlanContext
from worker.model.flag import GONE, TOLD, Alert, Flag, FlagReason, FlagState, FlagUpdate, Observation
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


@dataclass(slots=True, eq=False)
class _Item:
    """Something that a person is to be told, as a notice of the service."""

    change: FlagUpdate
    reason: FlagReason
    person: str
    noted_on: date
    posted_on: date | None = None
    is_dropped: bool = False

    @property
    def flag(self) -> tuple[str, int]:
        """The flag's key, and which of its episodes."""
        return self.change.after.key, self.change.after.episode

    @property
    def is_waiting(self) -> bool:
        return self.posted_on is None and not self.is_dropped and not self.change.is_quiet

    @property
    def is_urgent(self) -> bool:
        return self.change.observation is not None and self.change.observation.is_urgent


@dataclass(slots=True)
class _State:
    """How far a replay is."""

    loaded: LoadedPlan
    ends: Mapping[str, Judgement]  #: what every alert came to in the end
    result: Replay
    flags: dict[str, Flag] = field(default_factory=dict)
    states: dict[tuple[str, int], FlagState] = field(default_factory=dict)  #: of every episode
    seen: dict[str, Observation] = field(default_factory=dict)  #: by the keys of flags, today
    items: dict[tuple[str, int], list[_Item]] = field(default_factory=lambda: defaultdict(list))  #: by flag
    warned: set[str] = field(default_factory=set)

    def knowing(self, flag: tuple[str, int]) -> set[str]:
        """Who was told that something is wrong."""
        return {item.person for item in self.items[flag] if item.posted_on and item.reason not in GONE}

    def problem_of(self, item: _Item) -> Alert | None:
        """What a mail says of an item: the problem as it is on that day, however long the news has waited."""
        seen = self.seen.get(item.flag[0])
        return seen.problem if seen and seen.problem else item.change.problem

    def known_flags(self) -> list[Flag]:
        """The flags, each with the day on which its newest news was told."""
        return [replace(flag, told_on=self._told_on(flag)) for flag in self.flags.values()]

    def _told_on(self, flag: Flag) -> date | None:
        news = [one for one in self.items[flag.key, flag.episode] if one.reason not in GONE and not one.is_dropped]
        return news[-1].posted_on if news else None


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
        state.seen = {one.key: one for one in observations}
        for change in updates_of(loaded, observations, state.known_flags(), day):
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
    flag = after.key, after.episode
    state.states[flag] = after.state
    for reason in change.reasons:
        if reason in TOLD and change.observation:
            persons = persons_told(change, reason, state.knowing(flag))
            state.items[flag] += [_Item(change, reason, one, day) for one in persons if one in state.loaded.plan.people]


def _send(state: _State, day: date) -> None:
    """One mail to each person who may be written to on this day, of all that still holds."""
    for person, items in _holding(state).items():
        zone = zone_of(state.loaded.plan, person)
        noted = [datetime.combine(item.noted_on, time.min, tzinfo=zone) for item in items]
        waiting = [Waiting(at, item.is_urgent) for at, item in zip(noted, items, strict=True)]
        if is_welcome(state.loaded.plan, person, waiting, datetime.combine(day, time.max, tzinfo=zone)):
            state.result.mails[person].append(day)
            _tell(state, items, day)


def _holding(state: _State) -> dict[str, list[_Item]]:
    """What waits and holds, by person; what was overtaken is dropped."""
    holding: dict[str, list[_Item]] = defaultdict(list)
    for flag, items in state.items.items():
        knowing = state.knowing(flag)
        for item in items:
            if not item.is_waiting:
                continue
            seen, is_known = state.seen.get(flag[0]), item.person in knowing
            match still_holds(item.reason, state.states[flag], seen.status if seen else None, is_known=is_known):
                case True:
                    holding[item.person].append(item)
                case False:
                    item.is_dropped = True
    return holding


def _tell(state: _State, items: Sequence[_Item], day: date) -> None:
    """What one mail says: one thing a flag, for the strongest reason there is."""
    by_flag: dict[tuple[str, int], dict[FlagReason, _Item]] = defaultdict(dict)
    for item in items:
        item.posted_on = day
        by_flag[item.flag][item.reason] = item
    for (key, _), reasons in by_flag.items():
        item = reasons[strongest(reasons)]
        problem = state.problem_of(item)
        if problem and problem.judgement:
            if problem.judgement.verdict in _WARNINGS:
                state.warned.add(key)
            state.result.alerts.append(_replayed(state, item, problem, day))


def _replayed(state: _State, item: _Item, problem: Alert, day: date) -> ReplayedAlert:
    judgement = problem.judgement
    assert judgement is not None
    return ReplayedAlert(
        day=day,
        person=item.person,
        name=judgement.subject.name,
        period=judgement.period,
        reason=item.reason,
        verdict=judgement.verdict,
        sentences=problem.sentences,
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

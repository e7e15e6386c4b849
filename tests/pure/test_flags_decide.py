"""The life of a flag: each step of it as a sentence, and what holds whatever happens in whatever order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from config.periods import Window
from worker.flags.decide import LAPSE, decide, step
from worker.model.flag import STANDING, TOLD, Alert, Flag, FlagReason, FlagState, FlagUpdate, Observation, Status

DAY = timedelta(days=1)
MONDAY = date(2026, 5, 18)
CHAIN = ("ana", "bea", "lea")
BREACH, OK, UNKNOWN = Status.BREACH, Status.OK, Status.UNKNOWN


def observation(status: Status = BREACH, day: int = 0, *, key: str = "a", off: float = 0.2, **more: Any) -> Observation:
    """What is seen on the n-th day: figures up to the day before."""
    return Observation(key, status, MONDAY + DAY * (day - 1), shortfall=off, chain=CHAIN, **more)


def live(*looks: Observation | None, flag: Flag | None = None, start: int = 0) -> tuple[Flag | None, list[str]]:
    """One look a day; gives the flag and the reasons, day by day (None: nobody looked)."""
    said = []
    for day, look in enumerate(looks, start):
        change = look and step(flag, look, MONDAY + DAY * day)
        if change:
            flag = replace(change.after, told_on=told_on(change, MONDAY + DAY * day))
            said += [f"{day} {reason}" for reason in change.reasons]
    return flag, said


def told_on(change: FlagUpdate, today: date) -> date | None:
    """As if every message left at once."""
    return today if any(reason in TOLD for reason in change.reasons) else change.after.told_on


def days(signs: str) -> list[Observation | None]:
    """One look a day: ``x`` a breach, ``.`` in order, ``?`` unknown, a blank: nobody looked."""
    named = {"x": BREACH, ".": OK, "?": UNKNOWN}
    return [observation(named[status], day) if status != " " else None for day, status in enumerate(signs)]


@pytest.mark.parametrize(
    ("signs", "said"),
    [
        ("x", ["0 noticed"]),
        ("x.", ["0 noticed", "1 unconfirmed"]),
        ("xx", ["0 noticed", "1 opened"]),
        ("x?x", ["0 noticed", "1 unconfirmed", "2 noticed"]),  # in a row: newer figures did not show it
        ("x?" * 4 + "xx", [f"{n} {'unconfirmed' if n % 2 else 'noticed'}" for n in range(9)] + ["9 opened"]),
        ("x   x", ["0 noticed", "4 opened"]),  # a long weekend without figures
        ("x    x", ["0 noticed", "5 noticed"]),  # longer than that it is no row
        ("x.x.x.", ["0 noticed", "1 unconfirmed", "2 noticed", "3 unconfirmed", "4 noticed", "5 unconfirmed"]),
        ("....", []),
        ("????", []),
        ("xx.", ["0 noticed", "1 opened", "2 recovering"]),
        ("xx...", ["0 noticed", "1 opened", "2 recovering", "4 resolved"]),
        ("xx..x", ["0 noticed", "1 opened", "2 recovering", "4 relapsed", "4 escalated"]),
        ("xx??????", ["0 noticed", "1 opened"]),
        ("xx...x", ["0 noticed", "1 opened", "2 recovering", "4 resolved", "5 again"]),
        ("xx... .......xx", ["0 noticed", "1 opened", "2 recovering", "4 resolved", "13 noticed", "14 opened"]),
        (
            "xx..." + " " * 6 + "x",
            ["0 noticed", "1 opened", "2 recovering", "4 resolved", "11 again"],
        ),  # on the 7th day
        ("xx..." + " " * 7 + "x", ["0 noticed", "1 opened", "2 recovering", "4 resolved", "12 noticed"]),
    ],
)
def test_a_look_a_day(signs: str, said: list[str]) -> None:
    assert live(*days(signs))[1] == said


@pytest.mark.parametrize(
    ("waited", "said"), [(3, ["0 noticed", "4 opened"]), (27, ["0 noticed", "5 unconfirmed", "28 noticed"])]
)
def test_what_waits_for_a_source_is_confirmed_behind_it_unless_that_takes_too_long(
    waited: int, said: list[str]
) -> None:
    waiting = [observation(UNKNOWN, day, inhibited_by=("shop",)) for day in range(1, waited + 1)]
    assert live(observation(), *waiting, observation(day=waited + 1))[1] == said


def test_looking_twice_at_the_same_figures_confirms_nothing() -> None:
    same = observation(BREACH, 1)
    flag, said = live(same, same, same)
    assert said == ["0 noticed"]
    assert flag is not None
    assert flag.state is FlagState.PENDING


@pytest.mark.parametrize(("days_over", "said"), [(45, ["0 ended"]), (46, [])])
def test_what_ended_long_before_anybody_looked_is_told_to_nobody(days_over: int, said: list[str]) -> None:
    period = Window(MONDAY - DAY * (days_over + 30), MONDAY - DAY * days_over)
    problem = Alert("a", "action", "a", "t", "ana", "missed", {}, period)
    over = observation(is_fact=True, is_ended=True, problem=problem)
    assert live(over)[1] == said
    was_open, _ = live(*days("xx"))
    told = step(was_open, replace(over, data_date=MONDAY + DAY), MONDAY + DAY * 2)
    assert told is not None
    assert told.reasons == (FlagReason.ENDED,)  # who was warned is told how it ended


def test_a_fact_opens_at_once_and_says_whether_the_period_is_over() -> None:
    assert live(observation(is_fact=True))[1] == ["0 opened"]
    assert live(observation(is_fact=True, is_ended=True))[1] == ["0 ended"]


def test_a_fact_that_is_none_any_more_was_corrected() -> None:
    _, said = live(observation(BREACH, 0, is_fact=True, is_ended=True), observation(OK, 1, is_fact=True, is_ended=True))
    assert said == ["0 ended", "1 corrected"]


def test_a_source_opens_and_resolves_at_once() -> None:
    assert live(observation(BREACH, 0, at_once=True), observation(OK, 0, at_once=True))[1] == ["0 opened", "1 resolved"]


def test_the_end_of_the_period_is_told_of_what_was_open_and_of_what_was_not() -> None:
    over: dict[str, Any] = {"is_fact": True, "is_ended": True}
    assert live(*days("xx"), observation(BREACH, 2, **over))[1] == ["0 noticed", "1 opened", "2 ended"]
    assert live(*days("x"), observation(BREACH, 1, **over))[1] == ["0 noticed", "1 ended"]
    assert live(*days("xx"), observation(OK, 2, **over))[1] == ["0 noticed", "1 opened", "2 resolved"]


def test_reminders_come_after_one_two_and_four_weeks() -> None:
    unanswered = [replace(observation(BREACH, day), chain=("ana",)) for day in range(40)]
    assert live(*unanswered)[1] == ["0 noticed", "1 opened", "8 reminded", "15 reminded", "29 reminded"]


def test_days_on_which_nothing_is_known_do_not_count_as_waiting() -> None:
    looks = [replace(observation(UNKNOWN if 2 <= day < 7 else BREACH, day), chain=("ana",)) for day in range(16)]
    assert live(*looks)[1] == ["0 noticed", "1 opened", "13 reminded"]


def test_who_does_not_react_for_three_days_is_followed_by_the_next_person() -> None:
    flag, said = live(*[observation(BREACH, day) for day in range(9)])
    assert said == ["0 noticed", "1 opened", "4 escalated", "7 escalated", "8 reminded"]
    assert flag is not None
    assert flag.level == 2  # the last of the three


def test_what_is_urgent_is_escalated_after_a_day() -> None:
    assert live(*[observation(BREACH, day, is_fact=True, is_urgent=True) for day in range(3)])[1] == [
        "0 opened", "1 escalated", "2 escalated",
    ]  # fmt: skip


def test_a_message_that_has_not_left_is_not_waited_on() -> None:
    flag = Flag("a", FlagState.OPEN, person=CHAIN[0], opened_on=MONDAY, told_on=None)
    assert live(*[observation(BREACH, day) for day in range(5)], flag=flag)[1] == []


def acknowledged(off: float = 0.2) -> Flag:
    return Flag("a", FlagState.ACKNOWLEDGED, acknowledged_on=MONDAY, opened_on=MONDAY, shortfall=off, told_on=MONDAY)


@pytest.mark.parametrize(
    ("off", "said"),
    [(0.2, []), (0.29, []), (0.3, ["0 worsened"])],
)
def test_what_is_in_hand_is_told_again_when_it_is_half_as_bad_again(off: float, said: list[str]) -> None:
    assert live(observation(off=off), flag=acknowledged())[1] == said


def test_what_is_in_hand_is_told_again_after_two_weeks() -> None:
    looks = [replace(observation(BREACH, day), chain=("ana",)) for day in range(16)]
    assert live(*looks, flag=acknowledged())[1] == ["15 still"]


def test_what_is_in_hand_resolves_as_the_rest_does() -> None:
    assert live(*days("..."), flag=acknowledged())[1] == ["2 resolved"]


def snoozed(until: int) -> Flag:
    return Flag("a", FlagState.SNOOZED, snoozed_until=MONDAY + DAY * until, opened_on=MONDAY, told_on=MONDAY)


def test_a_snooze_is_kept_whatever_is_seen_and_ends_on_its_day() -> None:
    assert live(*days("xxxxx"), flag=snoozed(3))[1] == ["3 reminded"]
    assert live(observation(BREACH, 0, is_fact=True), flag=snoozed(3))[1] == []


def test_what_is_in_order_when_its_snooze_ends_is_resolved_without_a_word() -> None:
    change = step(snoozed(3), observation(OK, 3), MONDAY + DAY * 3)
    assert change is not None
    assert (change.reasons, change.is_quiet) == ((FlagReason.RESOLVED,), True)


def test_what_nobody_asks_any_more_is_closed() -> None:
    flag = Flag("a", FlagState.OPEN)
    assert [change.reasons for change in decide([], [flag], MONDAY).changes] == [(FlagReason.CLOSED,)]
    assert decide([], [replace(flag, state=FlagState.RESOLVED)], MONDAY).changes == ()


def test_what_comes_and_goes_all_the_time_is_told_only_in_the_weekly_digest() -> None:
    flag, loud = None, []
    for day, status in enumerate("xx...x...x...x...x..."):
        change = step(flag, observation(BREACH if status == "x" else OK, day), MONDAY + DAY * day)
        assert change is not None
        flag = change.after
        loud += [f"{day} {reason}" for reason in change.reasons if reason in TOLD and not change.is_quiet]
    assert loud == ["1 opened", "4 resolved"]  # the third coming within three weeks is its fifth turn


# ---- too many at once ----


def storm(count: int, of: int, day: int, **more: Any) -> list[Observation]:
    return [observation(BREACH if n < count else OK, day, key=f"k{n}", **more) for n in range(of)]


def test_too_many_problems_at_once_wait_for_another_day_of_figures() -> None:
    first = decide(storm(30, 100, 0), [], MONDAY)
    assert first.held == 0  # noticed, and told to nobody
    pending = [change.after for change in first.changes]
    second = decide(storm(30, 100, 1), pending, MONDAY + DAY)
    assert second.held == 30
    assert {change.reasons for change in second.changes} == {(FlagReason.HELD,)}
    held = [change.after for change in second.changes]
    assert decide(storm(30, 100, 1), held, MONDAY + DAY).changes == ()
    third = decide(storm(30, 100, 2), held, MONDAY + 2 * DAY)
    assert third.held == 0
    assert [change.reasons for change in third.changes] == [(FlagReason.OPENED,)] * 30


def test_what_was_held_and_was_nothing_is_never_told() -> None:
    pending = [change.after for change in decide(storm(30, 100, 0), [], MONDAY).changes]
    held = [change.after for change in decide(storm(30, 100, 1), pending, MONDAY + DAY).changes]
    third = decide(storm(0, 100, 2), held, MONDAY + 2 * DAY)
    assert {change.reasons for change in third.changes} == {(FlagReason.UNCONFIRMED,)}


@pytest.mark.parametrize(("count", "of"), [(9, 30), (20, 100)])
def test_a_few_or_a_fifth_are_no_storm(count: int, of: int) -> None:
    assert decide(storm(count, of, 0, is_fact=True), [], MONDAY).held == 0


def test_periods_that_end_together_are_no_storm() -> None:
    assert decide(storm(50, 100, 0, is_fact=True, is_ended=True), [], MONDAY).held == 0


# ---- out of the plan and back, into other hands ----


def opened(**more: Any) -> Flag:
    """Open since Tuesday, and told."""
    flag, _ = live(*days("xx"))
    assert flag is not None
    return replace(flag, **more)


def out_and_back(flag: Flag, back_on: int, status: Status = BREACH) -> tuple[Flag | None, list[str]]:
    """It is last seen on Tuesday; on Wednesday the plan does not ask for it any more."""
    [closed] = decide([], [flag], MONDAY + DAY * 2).changes
    assert closed.after.state is FlagState.CLOSED
    return live(observation(status, back_on), flag=closed.after, start=back_on)


@pytest.mark.parametrize(
    ("answered", "state"),
    [
        ({}, FlagState.OPEN),
        ({"state": FlagState.ACKNOWLEDGED, "acknowledged_on": MONDAY + DAY}, FlagState.ACKNOWLEDGED),
        ({"state": FlagState.SNOOZED, "snoozed_until": MONDAY + DAY * 20}, FlagState.SNOOZED),
    ],
)
def test_what_left_the_plan_and_is_back_within_a_week_stands_as_it_did(answered: Any, state: FlagState) -> None:
    flag, said = out_and_back(opened(**answered), 3)
    assert flag is not None
    assert (flag.state, flag.episode, said) == (state, 1, [])


def test_back_after_more_than_a_week_it_is_another_problem() -> None:
    flag, said = out_and_back(opened(state=FlagState.ACKNOWLEDGED, acknowledged_on=MONDAY + DAY), 9)
    assert flag is not None
    assert (flag.state, flag.episode, said) == (FlagState.PENDING, 2, ["9 noticed"])


def test_what_nobody_was_told_of_before_it_left_is_told_when_it_is_confirmed() -> None:
    flag, said = out_and_back(opened(told_on=None), 3)
    assert flag is not None
    assert (flag.state, said) == (FlagState.PENDING, ["3 noticed"])


def test_somebody_new_is_told_of_what_is_open_once_and_has_the_time_of_anybody_to_react() -> None:
    looks = [replace(observation(day=day), chain=("new", "lead")) for day in range(2, 6)]
    flag, said = live(*looks, flag=opened(level=1), start=2)
    assert said == ["2 handed_over", "5 escalated"]
    assert flag is not None
    assert flag.person == "new"


# ---- whatever happens ----


@dataclass
class World:
    """A flag, and what was told of its episode."""

    flag: Flag | None = None
    today: date = MONDAY
    figures: date = MONDAY
    fresh: int = 0  #: days of figures in a row that showed a breach
    told: bool = False
    fact: bool = False
    shown_on: date = MONDAY  #: the last look on which something could be told

    def look(self, status: Status, *, new: bool, fact: bool = False) -> FlagUpdate | None:
        self.figures += DAY * new
        self.fact = fact = fact or self.fact  # a period that is over stays so
        seen = Observation("a", status, self.figures, is_fact=fact, is_ended=fact, shortfall=0.2, chain=CHAIN)
        before = self.flag
        change = step(before, seen, self.today)
        if status is OK or (status is UNKNOWN and new) or (self.today - self.shown_on).days > LAPSE:
            self.fresh = 0
        if status is BREACH:
            self.fresh += new or fact or self.fresh == 0
        if status is not UNKNOWN:
            self.shown_on = self.today
        self._holds(before, change, status)
        if change:
            self.flag = replace(change.after, told_on=told_on(change, self.today))
            assert step(change.after, seen, self.today) is None, "a second look at the same changes nothing"
        self._ends_somewhere(status)
        return change

    def _holds(self, before: Flag | None, change: FlagUpdate | None, status: Status) -> None:
        if change is None:
            return
        told = [reason for reason in change.reasons if reason in TOLD and not change.is_quiet]
        if status is UNKNOWN:
            assert before is not None
            is_forgotten = before.state is FlagState.PENDING and change.reasons == (FlagReason.UNCONFIRMED,)
            assert is_forgotten or (change.after.state, change.reasons) == (before.state, ())
        if before and before.state is FlagState.ACKNOWLEDGED:
            in_hand = {
                FlagReason.WORSENED,
                FlagReason.STILL,
                FlagReason.ENDED,
                FlagReason.RESOLVED,
                FlagReason.CORRECTED,
            }
            assert set(told) <= in_hand
        if before and before.state is FlagState.SNOOZED and before.snoozed_until and self.today < before.snoozed_until:
            assert change.after.state is FlagState.SNOOZED
            assert not told
        if before is None or change.after.episode != before.episode:
            self.told = False
        if {FlagReason.RESOLVED, FlagReason.CORRECTED} & set(told):
            assert self.told, "nobody is told the end of what they never heard of"
        self.told |= bool(told) or bool(change.is_quiet)

    def _ends_somewhere(self, status: Status) -> None:
        """A breach that fresh figures confirmed is in somebody's hands."""
        if status is BREACH and self.fresh >= 2:
            assert self.flag is not None
            assert self.flag.state in STANDING

    def by_hand(self, state: FlagState, until: int = 0) -> None:
        if self.flag and self.flag.state in STANDING:
            when = self.today + DAY * until if until else None
            self.flag = replace(self.flag, state=state, acknowledged_on=self.today, snoozed_until=when)


class Life(RuleBasedStateMachine):
    """Days pass, figures come or not, people act: see ``World`` for what must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @rule(days=st.sampled_from([0, 1, 1, 1, 2, 9, 30]))
    def time_passes(self, days: int) -> None:
        self.world.today += DAY * days

    @rule(status=st.sampled_from(Status), new=st.booleans())
    def look(self, status: Status, new: bool) -> None:
        self.world.look(status, new=new)

    @rule(status=st.sampled_from([BREACH, OK]))
    def period_ends(self, status: Status) -> None:
        self.world.look(status, new=True, fact=True)

    @precondition(lambda self: self.world.flag is not None)
    @rule()
    def acknowledge(self) -> None:
        self.world.by_hand(FlagState.ACKNOWLEDGED)

    @precondition(lambda self: self.world.flag is not None)
    @rule(days=st.integers(1, 30))
    def snooze(self, days: int) -> None:
        self.world.by_hand(FlagState.SNOOZED, days)

    @invariant()
    def levels_stay_within_the_chain(self) -> None:
        flag = self.world.flag
        assert flag is None or 0 <= flag.level < len(CHAIN)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)

#: everything that can happen on a day, for looking at every order of it
EVENTS = (
    "wrong",
    "wrong, same figures",
    "well",
    "unknown",
    "nothing to say of newer figures",
    "fact",
    "acknowledge",
    "snooze",
    "a week",
)


def happen(world: World, event: str) -> None:
    match event:
        case "wrong":
            world.look(BREACH, new=True)
        case "wrong, same figures":
            world.look(BREACH, new=False)
        case "well":
            world.look(OK, new=True)
        case "unknown":
            world.look(UNKNOWN, new=False)
        case "nothing to say of newer figures":
            world.look(UNKNOWN, new=True)
        case "fact":
            world.look(BREACH, new=True, fact=True)
        case "acknowledge":
            world.by_hand(FlagState.ACKNOWLEDGED)
        case "snooze":
            world.by_hand(FlagState.SNOOZED, 2)
        case "a week":
            world.today += 6 * DAY
    world.today += DAY


def key_of(world: World) -> object:
    """Where a world stands, its days counted from today."""
    flag = world.flag

    def ago(day: date | None) -> int | None:
        return None if day is None else min(35, (world.today - day).days)

    shape = flag and (
        flag.state, flag.confirmed, flag.cleared, flag.is_fact, flag.level, flag.reminded, flag.shortfall,
        ago(flag.opened_on), ago(flag.acknowledged_on), ago(flag.snoozed_until), ago(flag.resolved_on),
        ago(flag.told_on), flag.state is FlagState.PENDING and ago(flag.seen_on),
        flag.data_date and (world.figures - flag.data_date).days, flag.frozen, *(ago(day) for day in flag.turns),
    )  # fmt: skip
    shown = min(LAPSE + 1, (world.today - world.shown_on).days)
    return shape, min(world.fresh, 2), world.told, world.fact, ago(world.figures), shown


def worlds(depth: int, events: tuple[str, ...]) -> Iterator[int]:
    """Every order of events up to a depth, each distinct world once."""
    reached: dict[object, World] = {None: World()}
    for _ in range(depth):
        further: dict[object, World] = {}
        for world in reached.values():
            for event in events:
                copy = replace(world)
                happen(copy, event)
                further.setdefault(key_of(copy), copy)
        reached = further
        yield len(reached)


@pytest.mark.parametrize(
    ("depth", "events"), [(5, EVENTS), (8, ("wrong", "well", "unknown", "acknowledge"))], ids=["any", "many"]
)
def test_every_order_of_events_keeps_the_promises(depth: int, events: tuple[str, ...]) -> None:
    assert list(worlds(depth, events))[-1] > 1000

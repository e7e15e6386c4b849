"""What changes about the flags, given today's problems: a table of cases, and what holds for any."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.periods import Window
from config.plan import Bound, Per
from config.vocabulary import Unit
from worker.flag import STANDING, Change, Flag, FlagState, Problem, Reason
from worker.judge.evidence import Figure, Judgement, Phase, Subject, Verdict
from worker.judge.evidence import Reason as Why
from worker.notify.decide import decide, is_silent

TODAY = date(2026, 5, 20)
OPEN, ACKNOWLEDGED, SNOOZED = FlagState.OPEN, FlagState.ACKNOWLEDGED, FlagState.SNOOZED


def problem(key: str = "a", person: str = "al") -> Problem:
    return Problem(key, "action", key, "orders", person, "missed", {"en": "Missed.", "fr": "Manqué."})


def flag(key: str = "a", state: FlagState = OPEN, snoozed_until: date | None = None, id: int = 1) -> Flag:
    return Flag(id, key, 1, state, "al", snoozed_until)


def short(changes: Iterable[Change]) -> list[tuple[str, str, str]]:
    """Each change as key, reason and new state."""
    key_of = [(change.flag.key if change.flag else change.problem.key if change.problem else "") for change in changes]
    return [(key, str(one.reason), str(one.state)) for key, one in zip(key_of, changes, strict=True)]


LATER, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("standing", "now", "becomes"),
    [
        (None, "wrong", [("a", "opened", "open")]),
        (None, "well", []),
        (None, "unknown", []),
        (None, "not asked", []),
        (flag(), "wrong", []),
        (flag(), "well", [("a", "resolved", "resolved")]),
        (flag(), "unknown", []),
        (flag(), "not asked", [("a", "closed", "closed")]),
        (flag(state=ACKNOWLEDGED), "wrong", []),
        (flag(state=ACKNOWLEDGED), "well", [("a", "resolved", "resolved")]),
        (flag(state=ACKNOWLEDGED), "unknown", []),
        (flag(state=ACKNOWLEDGED), "not asked", [("a", "closed", "closed")]),
        (flag(state=SNOOZED, snoozed_until=LATER), "wrong", []),
        (flag(state=SNOOZED, snoozed_until=TODAY), "wrong", [("a", "reminded", "open")]),
        (flag(state=SNOOZED, snoozed_until=YESTERDAY), "wrong", [("a", "reminded", "open")]),
        (flag(state=SNOOZED, snoozed_until=LATER), "well", [("a", "resolved", "resolved")]),
        (flag(state=SNOOZED, snoozed_until=YESTERDAY), "unknown", []),
        (flag(state=SNOOZED, snoozed_until=YESTERDAY), "not asked", [("a", "closed", "closed")]),
        # a snooze that was over once says nothing about a flag that is open or acknowledged now
        (flag(state=OPEN, snoozed_until=YESTERDAY), "wrong", []),
        (flag(state=ACKNOWLEDGED, snoozed_until=YESTERDAY), "wrong", []),
    ],
)
def test_each_flag_and_each_finding(standing: Flag | None, now: str, becomes: list[tuple[str, str, str]]) -> None:
    found: dict[str, Any] = {"wrong": [], "well": [], "unknown": [], "not asked": []}
    found[now] = [problem()] if now == "wrong" else ["a"]
    changes = decide(found["wrong"], found["well"], found["unknown"], [standing] if standing else [], TODAY)
    assert short(changes) == becomes


def test_what_is_wrong_is_wrong_even_if_it_is_also_called_well_or_unknown() -> None:
    assert short(decide([problem()], ["a"], ["a"], [], TODAY)) == [("a", "opened", "open")]
    assert decide([problem()], ["a"], ["a"], [flag()], TODAY) == []


def test_a_reminder_carries_the_problem_as_it_is_now() -> None:
    now = problem(person="bo")
    [change] = decide([now], [], [], [flag(state=SNOOZED, snoozed_until=TODAY)], TODAY)
    assert (change.problem, change.flag and change.flag.id) == (now, 1)


def test_each_flag_is_looked_at_by_itself() -> None:
    standing = [flag("a", id=1), flag("b", id=2), flag("c", ACKNOWLEDGED, id=3), flag("d", id=4)]
    changes = decide([problem("a"), problem("e")], ["b"], ["c"], standing, TODAY)
    assert short(changes) == [("b", "resolved", "resolved"), ("d", "closed", "closed"), ("e", "opened", "open")]


# --- what holds for any ----------------------------------------------------------------------------------------------

KEYS = st.sampled_from("abcdefgh")
DAYS = st.integers(-3, 3).map(lambda days: TODAY + timedelta(days=days))


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    """Problems, what is well, what is unknown, and flags; each key has one problem and one flag at the most."""
    wrong = draw(st.lists(KEYS, unique=True))
    standing = [
        Flag(number, key, 1, draw(st.sampled_from(STANDING)), "al", draw(st.none() | DAYS))
        for number, key in enumerate(draw(st.lists(KEYS, unique=True)))
    ]
    return {
        "problems": [problem(key) for key in wrong],
        "well": draw(st.lists(KEYS)),
        "unknown": draw(st.lists(KEYS)),
        "standing": standing,
        "today": TODAY,
    }


@settings(max_examples=50)
@given(situations())
def test_every_flag_whose_problem_is_gone_resolves_or_closes(case: dict[str, Any]) -> None:
    wrong = {one.key for one in case["problems"]}
    gone = {one.key for one in case["standing"]} - wrong - (set(case["unknown"]) - set(case["well"]))
    ended = {change.flag.key for change in decide(**case) if change.flag and change.state not in STANDING}
    assert ended == gone


@settings(max_examples=50)
@given(situations())
def test_what_is_only_unknown_changes_no_flag(case: dict[str, Any]) -> None:
    silent = set(case["unknown"]) - set(case["well"]) - {one.key for one in case["problems"]}
    assert not {key for key, _, _ in short(decide(**case))} & silent


@settings(max_examples=50)
@given(situations())
def test_no_flag_and_no_problem_changes_twice(case: dict[str, Any]) -> None:
    keys = [key for key, _, _ in short(decide(**case))]
    assert len(keys) == len(set(keys))


@settings(max_examples=50)
@given(situations())
def test_a_problem_without_a_flag_opens_one_and_nothing_else_does(case: dict[str, Any]) -> None:
    opened = {key for key, reason, _ in short(decide(**case)) if reason == Reason.OPENED}
    assert opened == {one.key for one in case["problems"]} - {one.key for one in case["standing"]}


@settings(max_examples=50)
@given(situations())
def test_only_a_snooze_that_is_over_reminds(case: dict[str, Any]) -> None:
    for change in decide(**case):
        if change.reason is Reason.REMINDED:
            assert change.flag
            assert change.flag.state is SNOOZED
            assert change.flag.snoozed_until is not None
            assert change.flag.snoozed_until <= TODAY


@settings(max_examples=50)
@given(situations(), st.randoms())
def test_the_order_of_what_is_given_does_not_matter(case: dict[str, Any], random: Any) -> None:
    shuffled = dict(case)
    for name in ("problems", "well", "unknown", "standing"):
        shuffled[name] = random.sample(case[name], len(case[name]))
    assert sorted(short(decide(**shuffled))) == sorted(short(decide(**case)))


@settings(max_examples=50)
@given(situations())
def test_the_same_situation_gives_the_same_changes(case: dict[str, Any]) -> None:
    assert decide(**case) == decide(**case)


@settings(max_examples=50)
@given(situations())
def test_once_its_changes_are_carried_out_nothing_more_changes(case: dict[str, Any]) -> None:
    after = {one.key: one for one in case["standing"]}
    for number, change in enumerate(decide(**case)):
        if change.flag and change.state in STANDING:
            after[change.flag.key] = replace(change.flag, state=change.state)
        elif change.flag:
            del after[change.flag.key]
        elif change.problem:
            after[change.problem.key] = Flag(100 + number, change.problem.key, 1, change.state, change.problem.person)
    assert decide(**{**case, "standing": list(after.values())}) == []


# --- which verdicts say nothing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_that_cannot_tell_is_silent_and_no_other(verdict: Verdict) -> None:
    month = Window(date(2026, 4, 1), date(2026, 5, 1))
    judgement = Judgement(
        Subject("action", "a", "A", "orders"), month, Per.MONTH, verdict, Phase.OUTCOME, Why.OUTCOME,
        Figure(Decimal(1)), Unit.COUNT, "", bound=Bound.AT_LEAST,
    )  # fmt: skip
    assert is_silent(judgement) == (verdict in ("no_data", "cannot_say", "unmeasurable", "not_started"))

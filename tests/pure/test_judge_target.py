"""A target, its period and its figure -> a verdict."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.periods import Window
from config.plan import Target
from config.vocabulary import Dimension, Unit
from worker.judge.target import Measured, TargetQuestion, judge_target
from worker.model.labels import UnseenLabel, value_label
from worker.model.verdict import Figure, Judgement, Phase, Subject, Unseen, Verdict, VerdictReason

MAY = Window(date(2026, 5, 1), date(2026, 6, 1))
DURING, AFTER, BEFORE = date(2026, 5, 20), date(2026, 6, 1), date(2026, 4, 30)
SUBJECT = Subject("action", "a", "A", "k")
SUM = Measured(Unit.COUNT, "", is_additive=True)
RATIO = Measured(Unit.SHARE, "", is_additive=False)


def judge(target: dict[str, Any], value: str | None, today: date, measured: Measured = SUM, **figure: Any) -> Judgement:
    number = None if value is None else Decimal(value)
    promise = Target.model_validate({"kpi": "orders", **target})
    found = judge_target(TargetQuestion(SUBJECT, promise, MAY, measured, Figure(number, **figure)), today)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        ({"at_least": 100}, "100", "met"),  # equal is met
        ({"at_least": 100}, "101", "met"),
        ({"at_least": 100}, "99", "missed"),
        ({"at_most": 100}, "100", "met"),
        ({"at_most": 100}, "100.000001", "missed"),
        ({"between": [5, 10]}, "5", "met"),
        ({"between": [5, 10]}, "10", "met"),
        ({"between": [5, 10]}, "4.9", "missed"),
        ({"between": [5, 10]}, "11", "missed"),
    ],
)
def test_when_the_period_is_over_and_final_the_value_is_held_against_the_bound(
    target: dict[str, Any], value: str, verdict: str
) -> None:
    found = judge(target, value, AFTER)
    assert (found.verdict, found.phase) == (verdict, Phase.OUTCOME)


def test_the_last_day_of_a_period_is_still_running() -> None:
    assert judge({"at_least": 100}, "99", date(2026, 5, 31)).verdict is Verdict.CANNOT_SAY
    assert judge({"at_least": 100}, "99", date(2026, 6, 1)).verdict is Verdict.MISSED


def test_a_target_already_reached_is_met_at_once() -> None:
    found = judge({"at_least": 100}, "100", DURING, state="provisional")
    assert (found.verdict, found.phase, found.reason) == (Verdict.MET, Phase.OUTCOME, VerdictReason.REACHED)


def test_an_upper_bound_already_passed_is_missed_at_once() -> None:
    found = judge({"at_most": 100}, "101", DURING, state="provisional")
    assert (found.verdict, found.phase, found.reason) == (Verdict.MISSED, Phase.OUTCOME, VerdictReason.CROSSED)


def test_between_is_missed_at_once_above_but_not_below() -> None:
    assert judge({"between": [5, 10]}, "11", DURING).verdict is Verdict.MISSED
    assert judge({"between": [5, 10]}, "7", DURING).verdict is Verdict.CANNOT_SAY
    assert judge({"between": [5, 10]}, "3", DURING).verdict is Verdict.CANNOT_SAY


def test_a_ratio_is_never_judged_before_the_end() -> None:
    for target in ({"at_least": "2%"}, {"at_most": "2%"}):
        for value in ("0.01", "0.03"):
            assert judge(target, value, DURING, RATIO).verdict is Verdict.CANNOT_SAY


def test_nothing_is_judged_on_figures_that_may_still_change() -> None:
    found = judge({"at_least": 100}, "99", AFTER, state="provisional")
    assert (found.verdict, found.phase, found.reason) == (Verdict.CANNOT_SAY, Phase.OUTLOOK, VerdictReason.UNSETTLED)


def test_a_period_with_a_hole_has_no_verdict_but_what_is_known_may_do() -> None:
    measured = Measured(Unit.COUNT, "", is_additive=True, missing=("shop",))
    found = judge({"at_least": 100}, "99", AFTER, measured, state="missing")
    assert (found.verdict, found.reason, found.lacking) == (Verdict.NO_DATA, VerdictReason.PARTLY_KNOWN, ("shop",))
    assert judge({"at_least": 100}, "100", AFTER, measured, state="missing").verdict is Verdict.MET
    assert judge({"at_most": 50}, "51", AFTER, measured, state="missing").verdict is Verdict.MISSED


def test_without_any_figure_the_missing_source_is_named() -> None:
    measured = Measured(Unit.COUNT, "", is_additive=True, missing=("shop",))
    for today in (DURING, AFTER):
        found = judge({"at_least": 100}, None, today, measured, state="missing")
        assert (found.verdict, found.lacking) == (Verdict.NO_DATA, ("shop",))


def test_a_ratio_of_nothing_has_no_verdict_and_is_not_zero() -> None:
    found = judge({"at_least": "2%"}, None, AFTER, RATIO, denominator=Decimal(0))
    assert (found.verdict, found.reason, found.figure.value) == (Verdict.CANNOT_SAY, VerdictReason.NO_RATIO, None)


def test_what_nothing_provides_cannot_be_measured() -> None:
    measured = Measured(Unit.COUNT, "", is_additive=True, no_source=("sessions",))
    found = judge({"at_least": 1}, None, DURING, measured, state="missing")
    assert (found.verdict, found.lacking) == (Verdict.UNMEASURABLE, ("sessions",))


def test_an_action_without_tracking_cannot_be_measured() -> None:
    measured = Measured(Unit.COUNT, "", is_additive=True, is_untracked=True)
    assert judge({"at_least": 1}, None, DURING, measured, state="missing").reason is VerdictReason.NO_TRACKING


def test_a_period_to_come_is_not_started() -> None:
    assert judge({"at_least": 1}, None, BEFORE, state="missing").verdict is Verdict.NOT_STARTED


def test_a_target_phased_over_months_says_nothing_of_a_month_it_does_not_name() -> None:
    phased = Target.model_validate({"kpi": "orders", "at_least": {"2026-04": 10, "2026-05": 20}})
    june = Window(date(2026, 6, 1), date(2026, 7, 1))
    assert judge_target(TargetQuestion(SUBJECT, phased, june, SUM, Figure(Decimal(5))), date(2026, 7, 2)) is None
    may = judge_target(TargetQuestion(SUBJECT, phased, MAY, SUM, Figure(Decimal(15))), AFTER)
    assert may is not None
    assert (may.verdict, may.low, may.per) == (Verdict.MISSED, Decimal(20), "month")


@given(st.decimals(0, 1000, places=2), st.decimals(0, 1000, places=2), st.decimals(0, 1000, places=2))
def test_more_is_never_worse_for_at_least(target: Decimal, one: Decimal, other: Decimal) -> None:
    less, more = sorted((one, other))
    order = [Verdict.MISSED, Verdict.MET]
    found = [judge({"at_least": target}, str(value), AFTER).verdict for value in (less, more)]
    assert order.index(found[0]) <= order.index(found[1])


@pytest.mark.parametrize("today", [DURING, AFTER])
@pytest.mark.parametrize(
    ("is_new", "verdict", "reason"),
    [
        (False, Verdict.UNMEASURABLE, VerdictReason.UNSEEN),
        (True, Verdict.CANNOT_SAY, VerdictReason.NOT_SEEN_YET),
    ],
)
def test_what_nothing_has_ever_carried_is_neither_missed_nor_met(
    today: date, is_new: bool, verdict: Verdict, reason: VerdictReason
) -> None:
    label = UnseenLabel(value_label(Dimension.CHANNEL, "Organic Seach"), "Organic Search")
    measured = replace(SUM, unseen=Unseen((label,), is_new))
    for target in ({"at_least": 40}, {"at_most": 40}):
        found = judge(target, None, today, measured, state="missing")
        assert (found.verdict, found.reason, found.unseen) == (verdict, reason, (label,))
        assert (found.is_silent, found.is_problem) == (True, False)
    assert judge({"at_least": 40}, None, BEFORE, measured).verdict is Verdict.NOT_STARTED

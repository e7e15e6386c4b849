"""A budget, its period, what is spent and what is to come -> a verdict."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from config.periods import Window
from config.plan import Budget, Cost, Per
from worker.judge.budget import BudgetQuestion, Left, ToCome, costs_ahead, judge_budget, left_over
from worker.judge.budget_outlook import SpendHistory
from worker.model.verdict import Figure, Judgement, Phase, Subject, Verdict, VerdictReason
from worker.stats.series import Series

MAY = Window(date(2026, 5, 1), date(2026, 6, 1))
DURING, AFTER = date(2026, 5, 20), date(2026, 6, 1)
SUBJECT = Subject("action", "a", "A", "budget")


def judge(
    spent: str | None,
    *,
    amount: str = "500",
    committed: str = "0",
    planned: str = "0",
    today: date = DURING,
    state: str = "final",
    days: Series | None = None,
    live: Sequence[Window] | None = None,
    **known: Any,
) -> Judgement:
    figure = Figure(None if spent is None else Decimal(spent), state)
    coming = ToCome(Decimal(committed), Decimal(planned))
    budget = Budget.model_validate({"amount": Decimal(amount)})
    history = None if days is None else SpendHistory(days, live=live)
    return judge_budget(BudgetQuestion(SUBJECT, budget, MAY, "EUR", figure, coming, **known), today, history)


@pytest.mark.parametrize(
    ("spent", "committed", "planned", "verdict", "reason"),
    [
        ("430", "0", "0", Verdict.WITHIN, VerdictReason.WITHIN),
        ("500", "0", "0", Verdict.WITHIN, VerdictReason.WITHIN),  # all of it is not too much
        ("500.01", "0", "0", Verdict.OVER, VerdictReason.OVER),
        ("400", "100", "0", Verdict.WITHIN, VerdictReason.WITHIN),
        ("400", "100.01", "0", Verdict.OVER, VerdictReason.OVER_COMMITTED),
        ("400", "50", "60", Verdict.OVERSPENDING, VerdictReason.OVER_PLANNED),
        ("0", "0", "0", Verdict.NO_SPEND, VerdictReason.NOTHING_SPENT),
        ("0", "10", "0", Verdict.WITHIN, VerdictReason.WITHIN),
    ],
)
def test_spent_and_committed_are_held_against_the_amount(
    spent: str, committed: str, planned: str, verdict: Verdict, reason: VerdictReason
) -> None:
    found = judge(spent, committed=committed, planned=planned)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("spent", "per", "is_told"),
    [("502.49", Per.MONTH, False), ("502.50", Per.MONTH, True), ("524.99", Per.DAY, False), ("525", Per.DAY, True)],
)
def test_a_mail_takes_half_a_percent_too_much_or_five_percent_of_a_day(spent: str, per: Per, is_told: bool) -> None:
    """Ad platforms overspend the budget of a day, or of a month by cents, and make up for it: over all the same."""
    found = replace(judge(spent), per=per)
    assert (found.verdict, found.is_problem) == (Verdict.OVER, is_told)


def test_over_is_a_fact_as_soon_as_it_is_known_even_while_figures_are_missing() -> None:
    found = judge("501", state="missing")
    assert (found.verdict, found.phase) == (Verdict.OVER, Phase.OUTCOME)


def test_commitments_alone_can_be_too_much_when_the_spend_is_unknown() -> None:
    assert judge(None, committed="600", state="missing").verdict is Verdict.OVER


def test_unknown_spend_is_not_nothing_spent() -> None:
    assert judge(None, state="missing").verdict is Verdict.NO_DATA
    assert judge(None, state="missing", has_source=False).reason is VerdictReason.NO_SOURCE


def test_a_period_that_began_these_days_misses_no_figures_yet() -> None:
    for day, verdict in ((1, Verdict.NOT_STARTED), (3, Verdict.NOT_STARTED), (4, Verdict.NO_DATA)):
        assert judge(None, state="missing", today=date(2026, 5, day)).verdict is verdict
    assert judge(None, state="missing", today=date(2026, 5, 1), has_source=False).verdict is Verdict.NO_DATA


def test_a_period_over_with_a_hole_is_not_said_to_be_within() -> None:
    assert judge("100", state="missing", today=AFTER).verdict is Verdict.NO_DATA
    assert judge("100", state="missing", today=DURING).verdict is Verdict.WITHIN


def test_nothing_spent_on_the_first_day_is_not_worth_a_word() -> None:
    assert judge("0", today=date(2026, 5, 1)).verdict is Verdict.WITHIN


def test_a_budget_of_nothing_is_over_with_the_first_cent() -> None:
    assert judge("0", amount="0").verdict is Verdict.WITHIN
    assert judge("0.01", amount="0").verdict is Verdict.OVER


def test_a_period_to_come_is_not_started() -> None:
    assert judge("0", today=date(2026, 4, 30)).verdict is Verdict.NOT_STARTED


def test_the_projection_is_what_is_spent_committed_and_planned() -> None:
    assert judge("100", committed="20", planned="3").projected == Decimal(123)


def cost(on: str, amount: int, state: str | None = None) -> Cost:
    return Cost.model_validate({"on": on, "amount": amount, "what": "x", "state": state})


def test_a_cost_without_a_state_is_paid_up_to_today_and_committed_after() -> None:
    costs = [cost("2026-05-20", 1), cost("2026-05-21", 10), cost("2026-06-01", 100)]
    assert costs_ahead(costs, MAY, DURING) == ToCome(Decimal(10), Decimal(0))


def test_a_stated_cost_keeps_its_state() -> None:
    costs = [cost("2026-05-02", 1, "committed"), cost("2026-05-03", 10, "planned"), cost("2026-05-30", 100, "paid")]
    assert costs_ahead(costs, MAY, DURING) == ToCome(Decimal(1), Decimal(10))


# --- what is left from before ----------------------------------------------------------------------------------------


def known(amount: str, state: str = "final", committed: str = "0") -> tuple[Figure, ToCome]:
    return Figure(Decimal(amount), state), ToCome(Decimal(committed), Decimal(0))


@pytest.mark.parametrize(
    ("before", "left"),
    [
        ([], "0"),
        ([known("380")], "120"),
        ([known("380"), known("500")], "120"),
        ([known("380"), known("560")], "60"),  # what was too much eats what was left
        ([known("900"), known("450")], "50"),  # and no more than that
        ([known("380", committed="100")], "20"),
    ],
)
def test_what_is_not_spent_is_left_for_the_next_period(before: list[tuple[Figure, ToCome]], left: str) -> None:
    assert left_over(Decimal(500), before) == Left(Decimal(left))


def test_what_is_left_of_a_period_with_a_hole_is_not_known() -> None:
    assert left_over(Decimal(500), [known("300", "missing")]) == Left(Decimal(200), is_known=False)


def test_a_rolled_over_budget_is_its_own_amount_and_what_is_left() -> None:
    found = judge("600", left=Left(Decimal(120)))
    assert (found.verdict, found.high, found.carried) == (Verdict.WITHIN, Decimal(620), Decimal(120))
    assert judge("620.01", left=Left(Decimal(120))).verdict is Verdict.OVER


@pytest.mark.parametrize(
    ("spent", "verdict", "reason"),
    [
        ("500", Verdict.WITHIN, VerdictReason.WITHIN),  # whatever is left, this is allowed
        ("600", Verdict.NO_DATA, VerdictReason.LEFT_UNKNOWN),
        ("620.01", Verdict.OVER, VerdictReason.OVER),  # more than can be left
    ],
)
def test_nothing_is_said_that_hangs_on_an_unknown_rest(spent: str, verdict: Verdict, reason: VerdictReason) -> None:
    found = judge(spent, left=Left(Decimal(120), is_known=False))
    assert (found.verdict, found.reason) == (verdict, reason)


# --- ahead -----------------------------------------------------------------------------------------------------------

FIRST = date(2026, 3, 6)  # eight weeks before May


def steady(a_day: float, until: date = DURING) -> Series:
    """The same amount on every settled day."""
    days = (until - FIRST).days
    return Series(FIRST, np.full(days, a_day), np.ones(days), np.ones(days, np.bool_))


def test_a_pace_that_ends_above_the_budget_is_overspending_and_what_would_keep_it_is_said() -> None:
    """19 days of 22 are 418; 12 days more make 682. 82 are left for 12 days: 6.83 each."""
    found = judge("418", days=steady(22))
    assert (found.verdict, found.reason, found.phase) == (Verdict.OVERSPENDING, VerdictReason.TOO_FAST, Phase.OUTLOOK)
    assert found.outlook is not None
    assert (found.projected, found.outlook.suggested) == (Decimal("682.00"), Decimal("6.83"))
    assert found.outlook.data_date == date(2026, 5, 19)
    # 19 of 31 days have passed
    assert found.outlook.pace == Decimal("306.45")
    assert found.outlook.chance == pytest.approx(0, abs=1e-6)


def test_committed_and_planned_money_comes_on_top_of_the_pace() -> None:
    """19 days of 15 are 285, 12 more 180: 465 are within 500, with 40 committed and 30 planned they are not."""
    assert judge("285", days=steady(15)).verdict is Verdict.WITHIN
    found = judge("285", days=steady(15), committed="40", planned="30")
    assert (found.verdict, found.projected) == (Verdict.OVERSPENDING, Decimal("535.00"))
    assert found.outlook is not None
    assert found.outlook.suggested == Decimal("12.08")  # 145 for 12 days


def test_where_spending_should_be_holds_the_charge_of_the_first_that_has_come() -> None:
    """102 on the first of each month and 2 on every other day, of 260: by the 19th, 100 and 19/31 of the other 160."""
    until = (DURING - date(2026, 1, 1)).days
    amounts = np.array([102.0 if (date(2026, 1, 1) + timedelta(n)).day == 1 else 2.0 for n in range(until)])
    days = Series(date(2026, 1, 1), amounts, np.ones(until), np.ones(until, np.bool_))
    found = judge("138", days=days, amount="260")
    assert found.outlook is not None
    assert (found.outlook.pace, found.projected) == (Decimal("198.06"), Decimal("162.00"))


def test_a_cost_paid_once_is_not_foretold_again() -> None:
    """285 of the sources and a bill of 100, which the days do not hold: 565 in the end, not 620."""
    assert judge("385", days=steady(15), amount="600", paid=Decimal(100)).projected == Decimal("565.00")


def test_a_day_that_its_source_may_still_change_is_counted_once() -> None:
    """10 a day, of the last three nobody knows how much is there yet: 310 in the end, not 340."""
    days = steady(10)
    days.known[-3:] = 0
    found = judge("190", days=days, amount="310")
    assert (found.projected, found.verdict) == (Decimal("310.00"), Verdict.WITHIN)


def test_what_a_day_may_cost_leaves_room_for_days_that_are_not_reported_yet() -> None:
    """170 of 310 are spent by the 17th, and 20 expected of two days more: 120 for the twelve from the 20th on."""
    days = steady(10.0)
    days.amounts[-2:] = np.nan
    found = judge("170", days=days, amount="310")
    assert found.outlook is not None
    assert (found.outlook.as_of, found.outlook.pace) == (date(2026, 5, 17), Decimal("170.00"))
    assert (found.outlook.suggested, found.outlook.days_left) == (Decimal("10.00"), 12)


def test_money_left_unused_is_told_after_a_while_and_never_of_a_ceiling() -> None:
    found = judge("95", days=steady(5))
    assert (found.verdict, found.reason) == (Verdict.UNDERSPENDING, VerdictReason.TOO_SLOW)
    assert found.outlook is not None
    assert found.outlook.suggested == Decimal("33.75")  # 405 for 12 days
    assert judge("95", days=steady(5), is_ceiling=True).verdict is Verdict.WITHIN
    early = date(2026, 5, 7)
    assert judge("30", days=steady(5, early), today=early).verdict is Verdict.WITHIN


def test_an_action_whose_money_no_source_sees_does_not_spend_too_little() -> None:
    assert judge("95", days=steady(0)).reason is not VerdictReason.TOO_SLOW


def test_an_action_at_work_that_spends_no_more_is_told_with_what_it_spent() -> None:
    days = steady(15)
    days.amounts[-4:] = 0
    found = judge("225", days=days)
    assert (found.verdict, found.reason) == (Verdict.NO_SPEND, VerdictReason.STOPPED)


def test_one_that_has_used_its_budget_may_stop() -> None:
    days = steady(33)
    days.amounts[-4:] = 0
    found = judge("495", days=days)
    assert (found.verdict, found.projected) == (Verdict.WITHIN, Decimal(495))  # a pace that is no more leads nowhere


def test_nothing_spent_is_no_news_before_it_is_at_work() -> None:
    days = steady(0)
    assert judge("0", days=days, live=[Window(date(2026, 5, 25), date(2026, 6, 8))]).verdict is Verdict.WITHIN
    assert judge("0", days=days, live=[MAY]).reason is VerdictReason.NOTHING_SPENT


def test_what_is_over_stays_a_fact_without_a_look_ahead() -> None:
    found = judge("501", days=steady(26))
    assert (found.verdict, found.phase, found.outlook) == (Verdict.OVER, Phase.OUTCOME, None)


def test_what_is_left_from_before_counts_in_the_look_ahead() -> None:
    assert judge("418", days=steady(22), left=Left(Decimal(200))).verdict is Verdict.WITHIN
    unknown = Left(Decimal(200), is_known=False)
    assert judge("418", days=steady(22), left=unknown).verdict is Verdict.WITHIN  # it may be enough

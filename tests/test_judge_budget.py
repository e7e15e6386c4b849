"""A budget, its period, what is spent and what is to come -> a verdict."""

from datetime import date
from decimal import Decimal

import pytest

from config.periods import Window
from config.plan import Budget, Cost
from worker.judge.budget import ToCome, judge_budget, to_come
from worker.judge.evidence import Figure, Judgement, Phase, Reason, Subject, Verdict

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
    has_source: bool = True,
) -> Judgement:
    figure = Figure(None if spent is None else Decimal(spent), state)
    coming = ToCome(Decimal(committed), Decimal(planned))
    budget = Budget.model_validate({"amount": Decimal(amount)})
    return judge_budget(SUBJECT, budget, MAY, figure, coming, today, currency="EUR", has_source=has_source)


@pytest.mark.parametrize(
    ("spent", "committed", "planned", "verdict", "reason"),
    [
        ("430", "0", "0", Verdict.WITHIN, Reason.WITHIN),
        ("500", "0", "0", Verdict.WITHIN, Reason.WITHIN),  # all of it is not too much
        ("500.01", "0", "0", Verdict.OVER, Reason.OVER),
        ("400", "100", "0", Verdict.WITHIN, Reason.WITHIN),
        ("400", "100.01", "0", Verdict.OVER, Reason.OVER_COMMITTED),
        ("400", "50", "60", Verdict.OVERSPENDING, Reason.OVER_PLANNED),
        ("0", "0", "0", Verdict.NO_SPEND, Reason.NOTHING_SPENT),
        ("0", "10", "0", Verdict.WITHIN, Reason.WITHIN),
    ],
)
def test_spent_and_committed_are_held_against_the_amount(
    spent: str, committed: str, planned: str, verdict: Verdict, reason: Reason
) -> None:
    found = judge(spent, committed=committed, planned=planned)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_over_is_a_fact_as_soon_as_it_is_known_even_while_figures_are_missing() -> None:
    found = judge("501", state="missing")
    assert (found.verdict, found.phase) == (Verdict.OVER, Phase.OUTCOME)


def test_commitments_alone_can_be_too_much_when_the_spend_is_unknown() -> None:
    assert judge(None, committed="600", state="missing").verdict is Verdict.OVER


def test_unknown_spend_is_not_nothing_spent() -> None:
    assert judge(None, state="missing").verdict is Verdict.NO_DATA
    assert judge(None, state="missing", has_source=False).reason is Reason.NO_SOURCE


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
    assert to_come(costs, MAY, DURING) == ToCome(Decimal(10), Decimal(0))


def test_a_stated_cost_keeps_its_state() -> None:
    costs = [cost("2026-05-02", 1, "committed"), cost("2026-05-03", 10, "planned"), cost("2026-05-30", 100, "paid")]
    assert to_come(costs, MAY, DURING) == ToCome(Decimal(1), Decimal(10))

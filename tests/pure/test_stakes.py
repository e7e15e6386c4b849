"""What a problem costs, and the order in which problems are told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mails_made import D, budget, conversion, plan_of, revenue

from config.loading.loaded import LoadedPlan
from config.plan import Bound
from config.vocabulary import Unit
from worker.flags.stakes import in_all, rank, stake, stakes_of
from worker.model.verdict import Figure, Judgement, Phase, Subject, Verdict
from worker.wording import translator_for
from worker.wording.stakes import at_stake


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedPlan:
    return plan_of(tmp_path)


def visits(came: int, wanted: int = 1500, **other: Any) -> Judgement:
    """So many of 1,500 visits, in a month that is over."""
    made = revenue(
        unit=Unit.COUNT,
        currency="",
        figure=Figure(D(came)),
        low=D(wanted),
        verdict=Verdict.MISSED,
        phase=Phase.OUTCOME,
        outlook=None,
        kpi="sessions",
    )
    return replace(made, **other)


@pytest.mark.parametrize(
    ("judgement", "spent", "cost", "english"),
    [
        (visits(1497), "5000", "10", "€10.00 (missed by 0.2%, of €5,000.00 spent on it)"),
        (visits(0), "5000", "5000", "€5,000.00 (missed by 100%, of €5,000.00 spent on it)"),
        (visits(1497), "0", "0", ""),
        (budget(figure=Figure(D(2628)), projected=D(2628)), "2628", "1128", "€1,128.00 (over the budget)"),
        (
            budget(verdict=Verdict.NO_SPEND, phase=Phase.OUTLOOK, figure=Figure(D(200)), projected=D(200)),
            "200",
            "1300",
            "€1,300 (left unused)",
        ),
        (revenue(), "300", "200", "€200 (short of the target)"),  # 700 are expected of 900
        (
            revenue(low=None, high=D(600), bound=Bound.AT_MOST),
            "0",
            "100",
            "€100 (over the limit)",
        ),
        # 2.2 % are expected of 3 %: 26.67 % of 900 spent.
        (conversion(), "900", "240", "€240 (missed by 27%, of €900.00 spent on it)"),
        # An upper limit passed five times over costs no more than was spent.
        (visits(9000, low=None, high=D(1500), bound=Bound.AT_MOST), "80", "80", None),
    ],
)
def test_what_was_missed_times_what_it_costs(judgement: Judgement, spent: str, cost: str, english: str | None) -> None:
    amount = stake(judgement, D(spent))
    assert amount.quantize(D("0.01")) == D(cost)
    if english is not None:
        assert at_stake(judgement, amount, "EUR", translator_for("en")) == english


def test_three_visits_of_fifteen_hundred_come_after_too_much_money(loaded: LoadedPlan) -> None:
    missed, over = visits(1497), budget(figure=Figure(D(2628)), projected=D(2628))
    stakes = stakes_of(loaded.plan, [missed, over])
    assert stakes == {"/".join(over.key): D(1128), "/".join(missed.key): D(2628) * 3 / 1500}
    ranked = sorted([missed, over], key=lambda one: rank(stakes["/".join(one.key)], one.shortfall, one.subject.name))
    assert ranked == [over, missed]


def test_an_objective_costs_what_was_spent_on_the_actions_that_serve_it(loaded: LoadedPlan) -> None:
    aim = visits(750, subject=Subject("objective", "grow", "Grow", "sessions/at_least/month"))
    assert stakes_of(loaded.plan, [aim, budget(verdict=Verdict.WITHIN)]) == {"/".join(aim.key): D("915.25")}


def test_of_as_much_money_what_is_furthest_off_comes_first_then_the_name() -> None:
    assert sorted([rank(D(0), 0.1, "a"), rank(D(0), 0.5, "c"), rank(D(0), 0.5, "b"), rank(D(1), 0, "d")]) == [
        rank(D(1), 0, "d"),
        rank(D(0), 0.5, "b"),
        rank(D(0), 0.5, "c"),
        rank(D(0), 0.1, "a"),
    ]


def test_what_actions_cost_is_not_added_to_what_the_whole_does() -> None:
    assert in_all({("action", "a"): D(30), ("budget", "b"): D(20), ("plan", "p"): D(45)}) == D(50)
    assert in_all({("action", "a"): D(30), ("plan", "p"): D(45), ("objective", "o"): D(40)}) == D(45)

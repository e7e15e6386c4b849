"""What the rest of a period must bring. Every figure is worked out by hand beside its test."""

from dataclasses import replace
from datetime import date

import pytest
from mails_made import AHEAD, MAY, TODAY, D, budget, conversion, revenue

from config.plan import Bound
from config.vocabulary import Unit
from worker.judge.required_rate import required_rate
from worker.model.verdict import FINAL, Figure, Judgement, Outlook, Phase, Remedy, RequiredRate, Traffic, Verdict
from worker.wording import translator_for
from worker.wording.remedies import remedy

AHEAD_OF = {"phase": Phase.OUTLOOK, "verdict": Verdict.OVERSPENDING}


def said(judgement: Judgement, traffic: Traffic | None = None, *, language: str = "en", today: date = TODAY) -> str:
    found = required_rate(judgement, today, traffic)
    assert found is not None
    text = remedy(found, judgement, translator_for(language))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_sum_says_how_much_more_a_day_reaches_it() -> None:
    # 900 promised, 700 likely by 18 of 31 days: 200 over the 13 from today on is 15.384…, and 15.39 is enough
    assert said(revenue()) == "€15.39 more than forecast on each of the 13 days left."


def test_so_it_does_in_french() -> None:
    assert said(revenue(), language="fr") == (
        "15,39 € de plus que la prévision chaque jour, pendant les 13 jours restants."
    )


def test_revenue_says_what_conversion_would_do_as_well_at_the_visits_expected() -> None:
    # 950 visits in 18 whole days: 686.11 in 13 more. 200 euros at 412.50/19 = 21.71 an order: 9.21 orders: 1.3426 %
    traffic = Traffic(D(950), D(19), D("412.50"))
    assert said(revenue(), traffic).endswith(
        "Or a conversion rate 1.4 percentage points higher, at the expected number of visits."
    )


def test_orders_need_no_basket_for_that() -> None:
    # 100 promised, 88 likely: 12 orders more in 650 visits (900 in 18 days): 1.846 points
    orders = revenue(unit=Unit.COUNT, currency="", low=D(100), kpi="orders", outlook=replace(AHEAD, expected=D(88)))
    assert said(orders, Traffic(D(900), D(60))) == (
        "1 more than forecast on each of the 13 days left. "
        "Or a conversion rate 1.9 percentage points higher, at the expected number of visits."
    )


@pytest.mark.parametrize("traffic", [None, Traffic(), Traffic(D(0), D(0), D(0)), Traffic(None, D(19), D(412))])
def test_conversion_is_not_spoken_of_where_the_visits_are_not_known(traffic: Traffic | None) -> None:
    found = required_rate(revenue(), TODAY, traffic)
    assert found == RequiredRate(Remedy.MORE, D(200) / 13, 13, None)


def test_nor_where_more_than_every_visit_would_have_to_buy() -> None:
    # 9.21 orders in 6.67 visits cannot be
    found = required_rate(revenue(), TODAY, Traffic(D(10), D(19), D("412.50")))
    assert found is not None
    assert found.points is None


def test_what_must_stay_below_says_how_much_less() -> None:
    # at most 600, 700 likely: 100 over 13 days is 7.692…, and 7.70 less is enough
    limit = revenue(low=None, high=D(600), bound=Bound.AT_MOST)
    assert said(limit) == "€7.70 less than forecast on each of the 13 days left."


def test_a_ratio_says_which_level_the_rest_must_reach() -> None:
    # 5,000 visits in 18 whole days: 3,611.11 to come. 3 % of 8,611.11 is 258.33; 100 are there: 158.33 is 4.3846 %
    assert said(conversion()) == "4.39% over the 13 days left, at the same volume as before."


def test_a_ratio_of_one_day_tells_the_rest() -> None:
    # 5,000 visits on the 1st: 150,000 in 30 more. 3 % of 155,000 is 4,650; 4,550 of 150,000 is 3.0333 %
    found = required_rate(conversion(), date(2026, 5, 2))
    assert found is not None
    assert round(found.amount, 5) == D("0.03033")
    assert required_rate(conversion(), date(2026, 5, 1)) is None


def test_a_ratio_that_must_stay_below_says_so_too() -> None:
    # at most 30 a customer; 40 for each of 90 in 18 days, so 65 to come: (30·155 − 40·90) / 65 = 16.1538
    cost = revenue(
        figure=Figure(D(40), FINAL, D(3600), D(90)), low=None, high=D(30), bound=Bound.AT_MOST, kpi="cost_per_customer"
    )
    assert said(cost) == "At most €16.15 over the 13 days left, at the same volume as before."


def test_a_level_that_cannot_be_is_not_asked_for() -> None:
    hopeless = replace(conversion(), low=D("0.9"))  # the rest would have to convert 222 %
    assert required_rate(hopeless, TODAY) is None


@pytest.mark.parametrize(
    ("value", "today", "level"),
    [(D(10), TODAY, "81.54"), (D(-10), TODAY, None), (D(35), MAY.last, None)],
)
def test_nor_is_a_score_of_more_than_100(value: D, today: date, level: str | None) -> None:
    # 40 wanted, 180 answers so far. In 18 days, so 130 to come: (40·310 − 10·180) / 130 = 81.54, with −10 it is 109.2.
    # In 30 days, so 6 to come: (40·186 − 35·180) / 6 = 190
    score = replace(conversion(), unit=Unit.POINTS, low=D(40), figure=Figure(value, FINAL, value * 180, D(180)))
    found = required_rate(score, today)
    assert (found and f"{found.amount:.2f}") == level


def test_a_budget_spent_too_fast_says_what_may_be_spent_a_day() -> None:
    # as the sentence has it: the two are one
    fast = budget(**AHEAD_OF, outlook=Outlook(date(2026, 5, 18), suggested=D(25), days_left=12))
    assert said(fast) == "At most €25.00 a day for the 12 days left."
    assert said(fast, language="fr") == "Au plus 25,00 € par jour pendant les 12 jours restants."


def test_a_budget_left_unused_says_what_would_use_it() -> None:
    outlook = Outlook(date(2026, 5, 18), suggested=D(100), days_left=12)
    slow = budget(phase=Phase.OUTLOOK, verdict=Verdict.UNDERSPENDING, outlook=outlook)
    assert said(slow) == "About €100.00 a day for the 12 days left would use up the budget."


def test_the_last_day_is_spoken_of_as_one() -> None:
    fast = budget(**AHEAD_OF, outlook=Outlook(date(2026, 5, 30), suggested=D(300), days_left=1))
    assert said(fast, today=date(2026, 5, 31)) == "At most €300.00 on the last day."


UNKNOWN = {
    "a fact": revenue(phase=Phase.OUTCOME, verdict=Verdict.MISSED),
    "no forecast": revenue(outlook=None),
    "a forecast without an end": revenue(outlook=Outlook(date(2026, 5, 17), pace=D(500))),
    "likely to be kept": revenue(outlook=replace(AHEAD, expected=D(950))),
    "a ratio of nothing": replace(conversion(), figure=Figure(None, FINAL, D(0), D(0))),
    "a ratio as promised": replace(conversion(), figure=Figure(D("0.03"), FINAL, D(150), D(5000))),
    "over already": budget(),
    "nothing left to spend": budget(**AHEAD_OF, outlook=Outlook(date(2026, 5, 18), days_left=12)),
    "no day left to spend it": budget(**AHEAD_OF, outlook=Outlook(date(2026, 5, 18), suggested=D(9), days_left=0)),
    "spent, and no look ahead": budget(**AHEAD_OF),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_nothing_is_said_where_it_is_not_known_or_too_late(case: str) -> None:
    assert required_rate(UNKNOWN[case], TODAY, Traffic(D(950), D(19), D(400))) is None


def test_on_the_last_day_all_that_is_missing_must_come() -> None:
    assert said(revenue(), today=MAY.last) == "€200.00 more than forecast on the last day."


@pytest.mark.parametrize("today", [date(2026, 4, 30), date(2026, 6, 1)])
def test_nothing_is_said_before_the_period_or_after_it(today: date) -> None:
    assert required_rate(revenue(), today) is None

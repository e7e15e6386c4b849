"""Spending that stops, or never begins, while the action is at work: from the files of a source to the mail."""

from datetime import date, timedelta

import pytest
from conftest import Vigie, Write
from mails_read import addressed, flags, fresh

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
language: en
starts: 2026-03-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example, digest: false}
  ana: {name: Ana Ruiz, email: ana@shop.example, digest: false}
actions:
  search:
    name: Search ads
    responsible: ana
    tracked_by: {campaign: search}
    budget: {amount: 600, per: month}
COSTS
  social:
    name: Social ads
    responsible: lead
    tracked_by: {campaign: social}
"""
SOURCES = "ads: {connector: csv_file, path: ads.csv}\n"
FIRST, STOP = date(2026, 3, 1), date(2026, 5, 11)
COST = "    costs: [{on: 2026-05-12, amount: 60.35, what: texts}]"


def spend(until: date, search: str = "20") -> str:
    """Social ads spend 10 a day, search ads so much until they stop; both have a row every day."""
    lines = ["day,campaign,spend"]
    for n in range((until - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        lines += [f"{day},social,{10 + n % 3}", f"{day},search,{search if day < STOP else 0}"]
    return "\n".join(lines) + "\n"


def days_told(made: Vigie, first: date, last: date, search: str = "20") -> dict[date, list[tuple[str, str]]]:
    """A pass each day with the figures up to the day before; the mails of those days that have some."""
    told = {}
    for n in range((last - first).days + 1):
        today = first + timedelta(days=n)
        made.write({"plans/p/ads.csv": spend(today - timedelta(days=1), search)})
        if mails := fresh(made, today=str(today)):
            told[today] = addressed(mails)
    return told


def started(vigie: Write, costs: str = "", budget: str = "600", search: str = "20") -> Vigie:
    plan = PLAN.replace("COSTS\n", f"{costs}\n" if costs else "").replace("600", budget)
    made = vigie(plan, SOURCES, today="2026-05-09", **{"ads.csv": spend(date(2026, 5, 8), search)})
    fresh(made)
    return made


def test_spending_that_stopped_is_told_after_three_final_days_of_silence(vigie: Write) -> None:
    made = started(vigie)
    told = days_told(made, date(2026, 5, 10), date(2026, 5, 18))
    # Silent are 11, 12, 13 May; the 13th already looked slow, so nothing is left to confirm. Then the lead is told.
    assert told == {
        date(2026, 5, 14): [("ana", "Spring: Search ads is not spending")],
        date(2026, 5, 17): [("lead", "Spring: Search ads is not spending")],
    }
    [flag] = flags(made)
    assert (flag["verdict"], flag["ref"]) == ("no_spend", "search")
    assert flag["sentence_en"] == (
        "€200.00 spent of €600.00 so far, but no source reports any spend on the latest final days, although it "
        "should be running."
    )


def test_a_cost_paid_meanwhile_is_not_the_spending_that_stopped(vigie: Write) -> None:
    made = started(vigie, COST, budget="680")
    told = days_told(made, date(2026, 5, 10), date(2026, 5, 14))
    assert told == {date(2026, 5, 14): [("ana", "Spring: Search ads is not spending")]}


def test_spending_that_never_began_has_its_own_word_beside_the_costs_of_the_plan(vigie: Write) -> None:
    made = started(vigie, "    costs: [{on: 2026-05-02, amount: 60.35, what: texts}]", search="0")
    mails = days_told(made, date(2026, 5, 10), date(2026, 5, 10), search="0")
    assert mails == {date(2026, 5, 10): [("ana", "Spring: Search ads is not spending")]}
    budget = next(one for one in made.status("2026-05-10")["actions"] if one["action"] == "search")["budget"]
    assert budget["sentence"] == (
        "€60.35 spent of €600.00 so far, all of it costs noted in the plan; no source reports any spend, although it "
        "should be running."
    )


@pytest.mark.parametrize("costs", ["", COST])
def test_an_action_of_which_no_source_reports_spend_is_told_nothing(vigie: Write, costs: str) -> None:
    """A leaflet that only the shop sees: its money is what the plan notes, and no source's silence says anything."""
    plan = PLAN.replace("{campaign: search}", "{coupon: LEAFLET}").replace("COSTS\n", f"{costs}\n" if costs else "")
    shop = "day,coupon,orders\n2026-03-01,LEAFLET,3\n2026-05-08,LEAFLET,2\n"
    sources = SOURCES + "shop: {connector: csv_file, path: shop.csv, kind: shop}\n"
    made = vigie(plan, sources, today="2026-05-09", **{"ads.csv": spend(date(2026, 5, 8)), "shop.csv": shop})
    fresh(made)
    days_told(made, date(2026, 5, 10), date(2026, 5, 18))
    assert [flag for flag in flags(made, "--all") if flag["scope"] == "action"] == []


def test_an_action_that_is_not_at_work_any_more_has_not_stopped(vigie: Write) -> None:
    """Its last three days were silent, and it ended on the 13th: nothing of it should be running on the 14th."""
    made = started(vigie)
    made.write({"plans/p/plan.yaml": PLAN.replace("COSTS\n", "    when: {from: 2026-03-01, to: 2026-05-13}\n")})
    days_told(made, date(2026, 5, 10), date(2026, 5, 18))
    assert "no_spend" not in {flag["verdict"] for flag in flags(made, "--all")}


def test_what_never_spent_is_told_once_it_should_have_begun(vigie: Write) -> None:
    """A coupon letter of May is redeemed when people go shopping: silent for a week, and a day more, it is told."""
    plan = PLAN.replace("COSTS\n", "    when: {from: 2026-05-01, to: 2026-05-31}\n")
    made = vigie(plan, SOURCES, today="2026-05-02", **{"ads.csv": spend(date(2026, 5, 1), "0")})
    fresh(made)
    told = days_told(made, date(2026, 5, 3), date(2026, 5, 9), search="0")
    assert told == {date(2026, 5, 9): [("ana", "Spring: Search ads is not spending")]}

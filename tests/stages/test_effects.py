"""What became of a figure after its alert was acknowledged or a budget changed: in the report and in the digest."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta

from conftest import Vigie, Write
from mails_read import fresh

PLAN = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-04-01
ends: 2026-06-30
people:
  lea: {name: Lea Martin, email: lea@shop.example}
actions:
  news:
    name: Newsletter
    responsible: lea
    tracked_by: {campaign: news}
    targets: [{kpi: orders, at_least: 600, per: month}]
"""
SHOP = "shop: {connector: csv_file, path: s.csv, kind: shop}\n"
ACKNOWLEDGED = date(2026, 4, 20)


def orders(until: date, since: int) -> str:
    """Ten or twelve orders of 500 visits a day, and so many more since the day on which somebody acted."""
    days = [date(2026, 4, 1) + timedelta(n) for n in range((until - date(2026, 4, 1)).days)]
    amounts = [10 + 2 * (n % 2) + (since if day >= ACKNOWLEDGED else 0) for n, day in enumerate(days)]
    rows = "".join(f"{day},news,500,{n}\n" for day, n in zip(days, amounts, strict=True))
    return f"day,campaign,sessions,orders\n{rows}"


def answered(vigie: Write, since: int, plan: str = PLAN) -> Vigie:
    """The alert of mid-April is acknowledged on the 20th, and some day later the figures are so many higher."""
    at: Vigie = vigie(plan, SHOP, **{"s.csv": orders(date(2026, 4, 17), since)})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    for day in (date(2026, 4, 17), date(2026, 4, 18), date(2026, 4, 19), ACKNOWLEDGED):
        at.write({"plans/p/s.csv": orders(day, since)})
        assert at("run", "--once", today=str(day)).code == 0
    [flag] = at("flags", "--json", today=str(ACKNOWLEDGED)).json
    assert (
        at("flags", "ack", str(flag["id"]), "--note", "more letters", "--by", "lea", today=str(ACKNOWLEDGED)).code == 0
    )
    return at


def test_a_ratio_is_told_as_one(vigie: Write) -> None:
    """2.2 % of 500 visits a day before, 3.6 % since."""
    plan = PLAN.replace("kpi: orders, at_least: 600", "kpi: conversion_rate, at_least: 3%")
    said = reported(vigie, 7, date(2026, 5, 10), plan)
    assert "<strong>Newsletter, conversion rate</strong> – 3.6% in the two weeks after Lea Martin" in said
    assert "(2.2% in the two weeks before): more than chance explains." in said


def reported(vigie: Write, since: int, today: date, plan: str = PLAN) -> str:
    at = answered(vigie, since, plan)
    at.write({"plans/p/s.csv": orders(today, since)})
    assert at("collect", today=str(today)).code == 0
    assert at("judge", today=str(today)).code == 0
    page = at.folder / "report.html"
    assert at("report", "-o", str(page), today=str(today)).code == 0
    return page.read_text(encoding="utf-8")


def test_a_rise_after_an_answer_is_told_with_both_levels(vigie: Write) -> None:
    said = reported(vigie, 7, date(2026, 5, 10))
    assert "<strong>Newsletter, orders</strong> – 18 a day in the two weeks after Lea Martin acknowledged it" in said
    assert "on 20 April 2026 (11 a day in the two weeks before): more than chance explains." in said


def test_no_rise_is_within_chance(vigie: Write) -> None:
    said = reported(vigie, 0, date(2026, 5, 10))
    assert "11 a day in the two weeks after" in said
    assert "(11 a day in the two weeks before): within chance." in said


def test_nothing_is_said_before_two_weeks_have_passed(vigie: Write) -> None:
    assert "What came of answers" not in reported(vigie, 7, date(2026, 5, 1))


def test_of_each_kind_of_alert_it_is_told_how_many_people_acted_on(vigie: Write) -> None:
    assert "At risk: 1 of 1 answered by acting, 0 marked as expected." in reported(vigie, 0, date(2026, 4, 21))


def test_days_of_a_declared_sale_tell_nothing_of_an_answer(vigie: Write) -> None:
    """A sale on five of the fourteen days since leaves nine, too few to compare; one on four leaves enough."""
    for last, is_told in ((date(2026, 5, 1), False), (date(2026, 4, 30), True)):
        sale = f"events: [{{name: Sale, from: 2026-04-27, to: {last}}}]\n"
        plan = PLAN.replace("people:", f"{sale}people:")
        assert ("What came of answers" in reported(vigie, 7, date(2026, 5, 10), plan)) is is_told


def told_on(at: Vigie, today: str) -> str:
    """The weekly mails of a Monday."""
    day = date.fromisoformat(today)
    at.write({"plans/p/s.csv": orders(day, 7)})
    return "\n".join(mail.text for mail in fresh(at, today=today))


def test_the_person_reads_it_once_in_the_week_after_the_two_weeks(vigie: Write) -> None:
    """They are over on Tuesday 5 May: said on Monday the 11th, neither before nor after."""
    at = answered(vigie, 7)
    assert "What came of it" not in told_on(at, "2026-05-04")
    said = " ".join(told_on(at, "2026-05-11").split())
    assert "What came of it - Newsletter, orders 18 a day in the two weeks after Lea Martin acknowledged it" in said
    assert "What came of it" not in told_on(at, "2026-05-12")
    assert "What came of it" not in told_on(at, "2026-05-18")


def test_what_a_changed_budget_brought_is_told_too_and_with_an_answer_of_those_days_once(vigie: Write) -> None:
    budget = "    budget: {amount: 500, per: month}\n"
    at = answered(vigie, 7, PLAN + budget)
    at.write({"plans/p/plan.yaml": PLAN + budget.replace("500", "800")})
    assert at("collect", today="2026-04-20").code == 0
    for changed, answers in (("2026-04-20", 1), ("2026-04-24", 1), ("2026-05-04", 2)):
        _note_versions(at, changed)
        at.write({"plans/p/s.csv": orders(date(2026, 5, 20), 7)})
        assert at("collect", today="2026-05-20").code == 0
        page = at.folder / "report.html"
        assert at("report", "-o", str(page), today="2026-05-20").code == 0
        said = page.read_text(encoding="utf-8")
        assert said.count("in the two weeks after") == answers
        assert ("its budget changed on 4 May 2026 (18 a day" in said) is (answers == 2)


def _note_versions(at: Vigie, changed: str) -> None:
    """As if the first version of the plan had been seen as it began, and the second on a day."""
    with closing(sqlite3.connect(at.folder / "vigie.db")) as store, store:
        for number, day in ((1, "2026-04-01"), (2, changed)):
            store.execute("UPDATE plan_version SET seen_at = ? WHERE id = ?", (f"{day} 08:00:00.000000", number))


def test_an_answer_counts_also_where_the_alert_was_over_before_the_two_weeks_were(vigie: Write) -> None:
    """407 in April where 400 are asked for: the alert is resolved, and what became of it is still told."""
    at = answered(vigie, 7, PLAN.replace("600", "400"))
    for n in range(1, 22):
        day = ACKNOWLEDGED + timedelta(n)
        at.write({"plans/p/s.csv": orders(day, 7)})
        assert at("run", "--once", today=str(day)).code == 0
    assert "resolved" in {one["state"] for one in at("flags", "--all", "--json", today="2026-05-11").json}
    assert at("report", "-o", str(at.folder / "report.html"), today="2026-05-11").code == 0
    assert "18 a day in the two weeks after Lea Martin" in (at.folder / "report.html").read_text(encoding="utf-8")

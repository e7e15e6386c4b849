"""What became of the figures after an alert was acknowledged, as the report says it."""

from datetime import date, timedelta

from conftest import Vigie, Write

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
    """Ten or twelve orders a day, and so many more since the day on which somebody acted."""
    days = [date(2026, 4, 1) + timedelta(n) for n in range((until - date(2026, 4, 1)).days)]
    amounts = [10 + 2 * (n % 2) + (since if day >= ACKNOWLEDGED else 0) for n, day in enumerate(days)]
    return "day,campaign,orders\n" + "".join(f"{day},news,{n}\n" for day, n in zip(days, amounts, strict=True))


def reported(vigie: Write, since: int, today: date) -> str:
    at: Vigie = vigie(PLAN, SHOP, **{"s.csv": orders(date(2026, 4, 17), since)})
    at.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    for day in (date(2026, 4, 17), date(2026, 4, 18), date(2026, 4, 19), ACKNOWLEDGED):
        at.write({"plans/p/s.csv": orders(day, since)})
        assert at("run", "--once", today=str(day)).code == 0
    [flag] = at("flags", "--json", today=str(ACKNOWLEDGED)).json
    assert at("flags", "ack", str(flag["id"]), "--note", "more letters", today=str(ACKNOWLEDGED)).code == 0
    at.write({"plans/p/s.csv": orders(today, since)})
    assert at("collect", today=str(today)).code == 0
    assert at("judge", today=str(today)).code == 0
    page = at.folder / "report.html"
    assert at("report", "-o", str(page), today=str(today)).code == 0
    return page.read_text(encoding="utf-8")


def test_a_rise_after_an_answer_is_told_with_both_levels(vigie: Write) -> None:
    said = reported(vigie, 7, date(2026, 5, 10))
    assert "Newsletter, orders: 11 a day before, 18 a day since" in said
    assert "more than chance." in said


def test_no_rise_is_within_chance(vigie: Write) -> None:
    assert "11 a day since" in (said := reported(vigie, 0, date(2026, 5, 10)))
    assert "within chance." in said


def test_nothing_is_said_before_two_weeks_have_passed(vigie: Write) -> None:
    assert "Since alerts were acknowledged" not in reported(vigie, 7, date(2026, 5, 1))


def test_of_each_kind_of_alert_it_is_told_how_many_people_acted_on(vigie: Write) -> None:
    assert "At risk: 1 of 1 answered by acting, 0 marked as expected." in reported(vigie, 0, date(2026, 4, 21))

"""All the KPIs, at every grain, from one small CSV file: the expected figures are worked out by hand."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from conftest import Vigie, Write
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Desk, Scripted, reading

from worker.store.engine import open_store

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-04-30
margin: 50%
people: {lead: {name: Lead, email: lead@shop.example}}
actions:
  news:
    name: News
    when: {every: month, on: 1, lasts: 14 days}
    tracked_by: {channel: Email}
    targets: [{kpi: orders, at_least: 1, per: occurrence}]
  listening:
    name: Found and heard
    when: {every: month, on: 1, lasts: 1 month}
    tracked_by: [{keyword: "linen*"}, {campaign: survey}]
"""

COLUMNS = (
    "day,campaign,channel,keyword,sessions,visitors,engaged_sessions,engagement_seconds,orders,revenue,refunds,"
    "new_customers,spend,"
    "clicks,impressions,emails_delivered,emails_opened,unsubscribes,search_impressions,position_weight,"
    "responses,promoters,passives,detractors,satisfied"
)

FIGURES = f"""{COLUMNS}
2026-03-02,,Email,,40,30,20,2000,4,200,20,1,50,0,0,400,100,2,0,0,0,0,0,0,0
2026-03-02,,Direct,,60,50,40,4000,6,400,0,3,0,0,0,0,0,0,0,0,0,0,0,0,0
2026-03-20,,Email,,10,10,5,500,0,0,0,0,0,0,0,100,25,0,0,0,0,0,0,0,0
2026-03-20,,Organic Search,linen,20,15,10,1200,2,90,0,0,0,0,0,0,0,0,100,450,0,0,0,0,0
2026-03-20,,Organic Search,Linen Dress,0,0,0,0,0,0,0,0,0,0,0,0,0,0,50,100,0,0,0,0,0
2026-04-01,survey,,,0,0,0,0,0,0,0,0,30,20,1000,0,0,0,0,0,20,12,5,3,17
2026-04-10,,Email,,30,25,15,900,3,310,0,2,0,0,0,0,0,0,0,0,0,0,0,0,0
"""


def filled(write: Write, **where: str) -> Vigie:
    sources = "figures: {connector: csv_file, path: figures.csv, covers: {from: 2026-03-01, until: 2026-04-30}}"
    made = write(PLAN, sources, today="2026-05-10", **{"figures.csv": FIGURES}, **where)
    assert made("collect").code == 0
    return made


@pytest.fixture(scope="module")
def shop(lasting_vigie: Write) -> Vigie:
    return filled(lasting_vigie)


def table(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


TO_DATE = {
    "roi": 1000 / 80,
    "cost_per_visitor": 80 / 130,
    "conversion_rate": 15 / 160,
    "cost_per_customer": 80 / 6,
    "average_basket": 1000 / 15,
    "time_on_site": 8600 / 160,
    "search_position": 550 / 150,
    "satisfaction": 45,  # (12 - 3) of 20
    "csat": 0.85,
    "revenue": 1000,
    "orders": 15,
    "sessions": 160,
    "spend": 80,
    "net_profit": 420,  # half of 1000, less 80
    "cost_per_order": 80 / 15,
    "click_through_rate": 0.02,
    "open_rate": 0.25,
    "unsubscribe_rate": 2 / 500,
    "engagement_rate": 90 / 160,
    "new_customer_share": 6 / 15,
    "refund_rate": 20 / 1020,
}


def test_every_kpi_of_the_catalogue_has_its_value_to_date(shop: Vigie) -> None:
    rows = shop.export("kpis", "--grain", "to_date")
    found = {row["kpi"]: row["value"] for row in rows if row["scope"] == "plan" and row["breakdown"] == ""}
    assert found == pytest.approx(TO_DATE)
    assert {row["state"] for row in rows} == {"final"}


def test_traffic_sources_are_shares_of_all_sessions_a_row_for_each_channel(shop: Vigie) -> None:
    rows = [row for row in shop.export("kpis", "--grain", "to_date") if row["kpi"] == "traffic_sources"]
    plan = [row for row in rows if row["scope"] == "plan"]
    assert sorted(table(plan, "breakdown", "numerator", "denominator", "value")) == [
        ("Direct", 60, 160, 0.375),
        ("Email", 80, 160, 0.5),
        ("Organic Search", 20, 160, 0.125),
    ]


def test_the_search_position_is_weighted_by_how_often_each_keyword_was_shown(shop: Vigie) -> None:
    rows = [row for row in shop.export("kpis", "--grain", "to_date") if row["kpi"] == "search_position"]
    plan = {row["breakdown"]: row["value"] for row in rows if row["scope"] == "plan"}
    assert plan == pytest.approx({"": 550 / 150, "linen": 4.5, "Linen Dress": 2.0})


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("month", [("2026-03-01", "2026-04-01", 690, 12), ("2026-04-01", "2026-05-01", 310, 3)]),
        ("quarter", [("2026-01-01", "2026-04-01", 690, 12), ("2026-04-01", "2026-07-01", 310, 3)]),
        ("to_date", [("2026-03-01", "2026-05-11", 1000, 15)]),
    ],
)
def test_the_average_basket_of_a_longer_period_is_of_its_sums(
    shop: Vigie, grain: str, expected: list[tuple[str, str, int, int]]
) -> None:
    rows = shop.kpi("average_basket", grain=grain)
    assert table(rows, "period_start", "period_end", "numerator", "denominator") == expected


def test_weeks_begin_on_monday_and_days_without_sales_are_zero(shop: Vigie) -> None:
    weeks = table(shop.kpi("orders", grain="week"), "period_start", "value")
    assert weeks[:4] == [("2026-02-23", 0), ("2026-03-02", 10), ("2026-03-09", 0), ("2026-03-16", 2)]
    days = dict(table(shop.kpi("orders", grain="day"), "period_start", "value"))
    assert (days["2026-03-02"], days["2026-03-03"], len(days)) == (10, 0, 61)


def test_an_occurrence_counts_its_own_days_only(shop: Vigie) -> None:
    rows = shop.kpi("orders", grain="occurrence", scope="action", id="news")
    assert table(rows, "period_start", "period_end", "value") == [
        ("2026-03-01", "2026-03-15", 4),
        ("2026-04-01", "2026-04-15", 3),
    ]


NINE = [kpi for kpi in TO_DATE if kpi in (
    "roi", "cost_per_visitor", "conversion_rate", "cost_per_customer", "average_basket", "time_on_site",
    "search_position", "satisfaction",
)] + ["traffic_sources"]  # fmt: skip


@pytest.mark.parametrize("grain", ["day", "week", "month", "occurrence", "to_date"])
def test_the_nine_universal_kpis_have_values_at_every_grain(shop: Vigie, grain: str) -> None:
    rows = shop.export("kpis", "--grain", grain)
    assert set(NINE) <= {row["kpi"] for row in rows if row["value"] is not None}


def test_a_kpi_that_nothing_measures_has_rows_without_a_value(vigie: Write) -> None:
    made = vigie(
        PLAN, "f: {connector: csv_file, path: f.csv}", today="2026-03-04", **{"f.csv": "day,orders\n2026-03-01,3\n"}
    )
    made("collect")
    rows = made.kpi("satisfaction", grain="to_date")
    assert table(rows, "value", "numerator", "denominator", "state") == [(None, None, None, "missing")]


def test_a_plans_own_kpi_is_a_formula_over_measures(vigie: Write) -> None:
    own = (
        PLAN
        + "kpis: {items_per_order: {formula: (items + 0) / orders × 2, unit: ratio, name: {en: Items, fr: Articles}}}"
    )
    made = vigie(
        own,
        "f: {connector: csv_file, path: f.csv}",
        today="2026-03-04",
        **{"f.csv": "day,orders,items\n2026-03-01,3,9\n2026-03-02,1,2\n"},
    )
    made("collect")
    assert table(made.kpi("items_per_order", grain="to_date"), "value", "numerator", "denominator") == [(5.5, 22, 4)]


def test_a_changed_formula_needs_no_collecting(vigie: Write, database_url: str) -> None:
    shop = filled(vigie, database=database_url)
    own = "kpis: {x: {formula: revenue / orders, unit: money, name: X}}\n"
    shop.write({"plans/p/plan.yaml": PLAN + own})
    shop("judge")
    assert shop.kpi("x", grain="to_date")[0]["value"] == pytest.approx(1000 / 15)
    shop.write({"plans/p/plan.yaml": PLAN + own.replace("revenue / orders", "orders / 3")})
    shop("judge")
    assert shop.kpi("x", grain="to_date")[0]["value"] == 5


def test_a_provisional_day_makes_its_periods_provisional(vigie: Write) -> None:
    made = vigie(
        PLAN, "f: {connector: csv_file, path: f.csv}", today="2026-03-03",
        **{"f.csv": "day,orders\n2026-03-01,3\n2026-03-03,1\n"},
    )  # fmt: skip
    made("collect")
    states = dict(table(made.kpi("orders", grain="day"), "period_start", "state"))
    assert states == {"2026-03-01": "final", "2026-03-02": "final", "2026-03-03": "provisional"}
    assert table(made.kpi("orders", grain="month"), "value", "state") == [(4, "provisional")]


known = st.one_of(st.none(), st.integers(0, 40))


@given(st.lists(st.tuples(known, known, st.sampled_from(["a", "b"])), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_a_ratio_adds_both_sides_over_the_days_on_which_both_are_known(days: list[tuple[Any, Any, str]]) -> None:
    """Each day has a row with orders and revenue, of which either may be unknown."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(open_store(f"sqlite:///{Path(folder) / 'v.db'}"))
        rows = [
            reading(f"2026-03-{number:02}", campaign, orders=orders, revenue=revenue)
            for number, (orders, revenue, campaign) in enumerate(days, 1)
        ]
        desk.collect(Scripted(rows), ("2026-03-01", f"2026-03-{len(days) + 1:02}"), today="2026-03-20")
        desk.compute()
        value, state = desk.kpi("average_basket", "2026-03-01", f"2026-03-{len(days) + 1:02}")
        desk.store.close()
    both = [(orders, revenue) for orders, revenue, _ in days if None not in (orders, revenue)]
    bought, paid = sum(orders for orders, _ in both), sum(revenue for _, revenue in both)
    assert value is None if not bought else float(value or 0) == pytest.approx(paid / bought)
    assert state == ("final" if len(both) == len(days) else "missing")


def test_a_day_of_which_one_source_says_nothing_is_no_part_of_a_ratio(vigie: Write) -> None:
    """4 orders for 100 visits on 2 March; on 3 March the shop sold 6, and nobody knows how many came."""
    sources = "web: {connector: csv_file, path: web.csv, kind: analytics}\nshop: {connector: csv_file, path: shop.csv}"
    web = "day,sessions\n2026-03-02,100\n"
    shop = "day,orders\n2026-03-02,4\n2026-03-03,6\n"
    made = vigie(PLAN, sources, today="2026-03-20", **{"web.csv": web, "shop.csv": shop})
    made("collect")
    [row] = made.kpi("conversion_rate", grain="to_date")
    assert (row["value"], row["numerator"], row["denominator"], row["state"]) == (0.04, 4, 100, "missing")

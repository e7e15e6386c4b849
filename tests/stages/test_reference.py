"""Known figures, worked out by other programs, through both generic connectors, both databases, all four formats."""

import csv
import gzip
import io
import json
import sqlite3
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import Vigie, Write
from openpyxl import load_workbook

SHOP_PLAN = """
plan: A UK gift shop
currency: GBP
timezone: Europe/London
starts: 2010-12-01
ends: 2011-12-31
people: {lead: {name: Lead, email: lead@shop.example}}
actions:
  france:
    name: France
    tracked_by: {campaign: France}
    targets: [{kpi: revenue, at_least: 200000}]
"""

SQL = """
figures:
  connector: sql
  url: sqlite:///shop.db
  query: >
    SELECT date(placed_at) AS day, country AS campaign, count(*) AS orders, sum(gross) AS revenue,
           sum(is_new) AS new_customers
    FROM sale WHERE placed_at >= :since AND placed_at < :until GROUP BY 1, 2
"""
CSV = 'figures: {connector: csv_file, path: "sales-*.csv.gz"}'


@pytest.fixture(scope="session")
def shop_year(reference: Path) -> dict[str, Any]:
    folder = reference / "online_retail"
    with gzip.open(folder / "invoices.csv.gz", "rt", encoding="utf-8") as file:
        invoices = list(csv.DictReader(file))
    return {"invoices": invoices, "expected": json.loads((folder / "expected.json").read_text())}


def sales(invoices: list[dict[str, str]]) -> list[tuple[str, str, Decimal, int]]:
    """(placed at, country, amount, whether the buyer is new) of each sale: no credit note, no adjustment."""
    known: set[str] = set()
    found = []
    for row in sorted(invoices, key=lambda row: (row["placed_at"], row["invoice"])):
        if row["invoice"][:1] in "CA" or Decimal(row["gross"]) <= 0:
            continue
        is_new = bool(row["customer"]) and row["customer"] not in known
        known.add(row["customer"])
        found.append((row["placed_at"], row["country"], Decimal(row["gross"]), int(is_new)))
    return found


def write_csv(made: Vigie, invoices: list[dict[str, str]]) -> None:
    """Two files that follow one another, one row for each sale: rows of a day and country add up."""
    parts: dict[str, list[str]] = defaultdict(lambda: ["day,campaign,orders,revenue,new_customers"])
    for placed_at, country, amount, is_new in sales(invoices):
        parts[placed_at[:4]].append(f"{placed_at[:10]},{country},1,{amount},{is_new}")
    for year, lines in parts.items():
        with gzip.open(made.folder / f"plans/p/sales-{year}.csv.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def write_sql(made: Vigie, invoices: list[dict[str, str]]) -> None:
    with sqlite3.connect(made.folder / "plans/p/shop.db") as connection:
        connection.execute("CREATE TABLE sale (placed_at TEXT, country TEXT, gross NUMERIC, is_new INTEGER)")
        rows = [(at, country, float(amount), is_new) for at, country, amount, is_new in sales(invoices)]
        connection.executemany("INSERT INTO sale VALUES (?, ?, ?, ?)", rows)
    connection.close()


@pytest.fixture(scope="module", params=["csv_file", "sql"])
def gift_shop(request: pytest.FixtureRequest, lasting_vigie: Write, shop_year: dict[str, Any]) -> Vigie:
    is_csv = request.param == "csv_file"
    made = lasting_vigie(SHOP_PLAN, CSV if is_csv else SQL, today="2012-01-20")
    (write_csv if is_csv else write_sql)(made, shop_year["invoices"])
    answer = made("run", "--once")
    assert answer.code == 0, answer.err
    return made


def rows_of(made: Vigie, format: str, folder: Path) -> list[dict[str, Any]]:
    """The monthly KPIs as another program reads them from a file."""
    file = folder / f"kpis.{format}"
    answer = made("export", "kpis", "--format", format, "--grain", "month", "-o", str(file))
    assert answer.code == 0, answer.err
    if format == "csv":
        return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    if format == "json":
        return list(json.loads(file.read_text(encoding="utf-8")))
    if format == "parquet":
        return list(pq.read_table(file).to_pylist())
    lines = list(load_workbook(file).worksheets[0].iter_rows(values_only=True))
    names = [str(cell) for cell in lines[0]]
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


def cents(value: Any) -> Decimal:
    return round(Decimal(str(value)), 2)


def month_of(row: dict[str, Any]) -> str:
    return str(row["period_start"])[:7]


@pytest.mark.parametrize("format", ["csv", "json", "xlsx", "parquet"])
def test_a_gift_shops_year_comes_out_to_the_cent(
    gift_shop: Vigie, shop_year: dict[str, Any], tmp_path: Path, format: str
) -> None:
    rows = [row for row in rows_of(gift_shop, format, tmp_path) if row["scope"] == "plan"]
    found = {
        kpi: {month_of(row): cents(row["value"]) for row in rows if row["kpi"] == kpi}
        for kpi in ("orders", "revenue", "average_basket")
    }
    assert len(shop_year["expected"]["by_month"]) > 11
    for month in shop_year["expected"]["by_month"]:
        assert found["orders"][month["month"]] == month["orders"]
        assert found["revenue"][month["month"]] == cents(month["revenue"])
        assert found["average_basket"][month["month"]] == cents(Decimal(month["revenue"]) / month["orders"])


def test_one_countrys_year_is_an_actions(gift_shop: Vigie, shop_year: dict[str, Any]) -> None:
    france = shop_year["expected"]["france"]
    status = gift_shop.status()["actions"][0]["targets"][0]
    assert (status["verdict"], cents(status["value"])) == ("met", cents(france["revenue"]))
    orders = gift_shop.kpi("orders", grain="to_date", scope="action")
    assert orders[0]["value"] == france["orders"]


def test_new_customers_are_those_who_bought_for_the_first_time(gift_shop: Vigie, shop_year: dict[str, Any]) -> None:
    share = {month_of(row): row["numerator"] for row in gift_shop.kpi("new_customer_share", grain="month")}
    expected = {month["month"]: month["new_buyers"] for month in shop_year["expected"]["by_month"]}
    assert share == expected


def test_a_french_survey_gives_its_net_promoter_scores(vigie: Write, reference: Path, database_url: str) -> None:
    """A wave stands for a day; an answer that was not given is not a zero."""
    folder = reference / "satisfaction"
    expected = json.loads((folder / "expected.json").read_text())["by_wave"]
    lines = ["day,responses,promoters,passives,detractors"]
    with gzip.open(folder / "answers.csv.gz", "rt", encoding="utf-8") as file:
        for answer in csv.DictReader(file):
            if answer["nps"] and answer["wave"]:
                score, day = int(float(answer["nps"])), 1 + int(answer["wave"])
                kinds = [score >= 9, score in (7, 8), score <= 6]
                lines.append(f"2026-01-{day:02},1,{','.join(str(int(kind)) for kind in kinds)}")
    plan = SHOP_PLAN.replace("2010-12-01", "2026-01-01").replace("2011-12-31", "2026-01-31")
    files = {"answers.csv": "\n".join(lines) + "\n"}
    sources = "nps: {connector: csv_file, path: answers.csv}"
    made = vigie(plan, sources, today="2026-03-01", database=database_url, **files)
    assert made("collect").code == 0
    found = {row["period_start"]: row for row in made.kpi("satisfaction", grain="day")}
    for wave in (one for one in expected if one["wave"] is not None):
        row = found[f"2026-01-{1 + wave['wave']:02}"]
        assert row["denominator"] == wave["responses"]
        assert round(row["value"], 4) == wave["nps"]


def test_real_traffic_of_government_sites_by_channel_and_engagement(vigie: Write, reference: Path) -> None:
    """GA4's own reports of 30 days: each channel's visits, and 62.5325 seconds of engagement for each session."""
    folder = reference / "traffic"
    channels = json.loads((folder / "top-session-channel-group-30-days.json").read_text())["totals"]
    engagement = json.loads((folder / "engagement-duration-30-days.json").read_text())["data"][0]
    visits = channels["by_session_default_channel_group"]
    lines = ["day,channel,sessions", *(f"2026-01-01,{channel},{count}" for channel, count in visits.items())]
    lengths = ["day,engagement_seconds,sessions"]
    lengths.append(f"2026-01-02,{engagement['userEngagementDuration']},{engagement['visits']}")
    plan = SHOP_PLAN.replace("2010-12-01", "2026-01-01").replace("2011-12-31", "2026-01-31")
    files = {"channels.csv": "\n".join([*lines, ""]), "lengths.csv": "\n".join([*lengths, ""])}
    made = vigie(plan, 'web: {connector: csv_file, path: "*.csv"}', today="2026-03-01", **files)
    made("collect")
    rows = made.export("kpis", "--grain", "day")
    shares = {r["breakdown"]: r for r in rows if r["kpi"] == "traffic_sources" and r["period_start"] == "2026-01-01"}
    assert {name: row["numerator"] for name, row in shares.items()} == visits
    assert {row["denominator"] for row in shares.values()} == {channels["visits"]}
    seconds = [r["value"] for r in made.kpi("time_on_site", grain="day") if r["period_start"] == "2026-01-02"]
    assert [round(value, 4) for value in seconds] == [62.5325]

"""The views that other programs read: their columns, their types, and the same figures as everywhere else."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import Vigie, Write

from worker.store.downstream import VIEWS, Sort

PLAN = """
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-04-30
budget: 1000
lead: lea
people:
  lea: {name: Lea, email: lea@shop.example}
  max: {name: Max, email: max@shop.example}
objectives:
  sell: {name: Sell, targets: [{kpi: revenue, at_least: 1000}]}
  tell: {name: Tell, tracked_by: [{channel: Email}]}
actions:
  news:
    name: Newsletter
    techniques: [email, letter]
    objectives: [sell, tell]
    responsible: max
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 2, per: occurrence}
    tracked_by: [{campaign: "news*"}]
    targets: [{kpi: orders, at_least: 100, per: month}]
  fair:
    name: Fair
    when: {from: 2026-03-10, to: 2026-03-12}
    tracked_by: [{campaign: fair}]
"""

FIGURES = """day,campaign,channel,sessions,orders,revenue,spend
2026-03-01,news-1,Email,10,1,20.50,5.25
2026-03-02,other,Direct,30,3,99.99,10
2026-03-03,news-1,Email,4,0,-12.5,0
2026-03-10,fair,,6,0,0,0
"""

SOURCES = "shop: {connector: csv_file, path: figures.csv, covers: {until: 2026-04-02}}"
TODAY = "2026-04-02"


def run(vigie: Write, database: str | None = None, plan: str = PLAN) -> Vigie:
    made = vigie(plan, SOURCES, today=TODAY, database=database, **{"figures.csv": FIGURES})
    assert made("run", "--once").code == 0
    return made


@contextmanager
def reading(database: str) -> Iterator[Any]:
    """The database by its own driver, as another program has it: a cursor."""
    if database.startswith("sqlite"):
        connection: Any = sqlite3.connect(f"file:{database.removeprefix('sqlite:///')}?mode=ro", uri=True)
    else:
        connection = psycopg.connect(database.replace("+psycopg", ""))
    try:
        yield connection.cursor()
    finally:
        connection.close()


def rows_of(database: str, view: str, where: str = "1 = 1") -> list[dict[str, Any]]:
    with reading(database) as cursor:
        cursor.execute(f"SELECT * FROM {view} WHERE {where}")  # noqa: S608, ours
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def local(made: Vigie) -> str:
    return f"sqlite:///{made.folder / 'vigie.db'}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An SQLite database with all of it, for the tests that only look."""
    made = Vigie(tmp_path_factory.mktemp("filled"), TODAY)
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n", "plans/p/plan.yaml": PLAN, "plans/p/sources.yaml": SOURCES})
    made.write({"plans/p/figures.csv": FIGURES})
    assert made("run", "--once").code == 0
    return local(made)


# --- what the views are --------------------------------------------------------------------------------------------


def test_every_view_has_exactly_its_columns_in_their_order(vigie: Write, database_url: str) -> None:
    run(vigie, database_url)
    assert len(VIEWS) == 6
    with reading(database_url) as cursor:
        for view, columns in VIEWS.items():
            cursor.execute(f"SELECT * FROM {view}")  # noqa: S608, one of ours
            assert [column[0] for column in cursor.description] == [name for name, _ in columns], view


def test_no_other_view_bears_the_name_of_a_report(filled: str) -> None:
    with reading(filled) as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'view'")
        assert sorted(row[0] for row in cursor.fetchall()) == sorted(VIEWS)


@pytest.mark.postgres
def test_columns_have_plain_types_in_postgresql(vigie: Write, postgres_url: str) -> None:
    run(vigie, postgres_url)
    plain = {
        Sort.TEXT: {"text"},
        Sort.NUMBER: {"double precision", "integer"},
        Sort.DAY: {"date"},
        Sort.MOMENT: {"timestamp with time zone"},
    }
    with reading(postgres_url) as cursor:
        cursor.execute("SELECT table_name, column_name, data_type FROM information_schema.columns")
        types = {(view, name): type for view, name, type in cursor.fetchall()}
    assert all(VIEWS.values())
    for view, columns in VIEWS.items():
        for name, sort in columns:
            assert types[view, name] in plain[sort], (view, name)


_FORMS = {
    Sort.DAY: r"\d{4}-\d{2}-\d{2}",
    Sort.MOMENT: r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}",
}


@pytest.mark.parametrize("view", VIEWS)
def test_values_have_plain_types_in_sqlite(filled: str, view: str) -> None:
    rows = rows_of(filled, view)
    assert rows
    for name, sort in VIEWS[view]:
        for value in (row[name] for row in rows if row[name] is not None):
            if sort is Sort.NUMBER:
                assert isinstance(value, int | float), (name, value)
            else:
                assert isinstance(value, str), (name, value)
                assert re.fullmatch(_FORMS.get(sort, r"(?s).*"), value), (name, value)


# --- the same figures ----------------------------------------------------------------------------------------------


def as_exported(view: str, row: dict[str, Any]) -> tuple[Any, ...]:
    """A row of a view as ``vigie export`` writes it in JSON."""
    found = []
    for name, sort in VIEWS[view]:
        value = row[name]
        if sort is Sort.MOMENT and value is not None:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
            value = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        found.append(value.isoformat() if isinstance(value, date) else value)
    return tuple(found)


def test_plain_sql_reads_the_rows_that_are_exported(vigie: Write, database_url: str) -> None:
    made = run(vigie, database_url)
    views = {"kpis": "kpi", "verdicts": "verdict", "budgets": "budget", "flags": "flag", "coverage": "coverage"}
    for what, name in views.items():
        narrow = ["--grain", "month", "--grain", "occurrence"] if what == "kpis" else []
        where = "grain IN ('month', 'occurrence')" if what == "kpis" else "1 = 1"
        exported = [tuple(row.values()) for row in made.export(what, *narrow)]
        read = [as_exported(f"report_{name}", row) for row in rows_of(database_url, f"report_{name}", where)]
        assert exported, what
        assert sorted(read, key=repr) == sorted(exported, key=repr), what


def test_the_view_shows_what_is_known_as_of_the_day_last_computed(filled: str) -> None:
    to_date = [row for row in rows_of(filled, "report_kpi") if row["grain"] == "to_date" and row["scope"] == "plan"]
    assert {(row["period_start"], row["period_end"]) for row in to_date} == {("2026-03-01", "2026-04-03")}


def test_figures_of_no_action_are_no_scope_of_their_own(filled: str) -> None:
    rows = rows_of(filled, "report_kpi", "grain = 'to_date'")
    assert {row["scope"] for row in rows} == {"plan", "objective", "action"}


def test_a_ratio_over_nothing_is_null(filled: str) -> None:
    where = "scope = 'plan' AND kpi = 'average_basket' AND grain = 'day' AND period_start = '2026-03-03'"
    [row] = rows_of(filled, "report_kpi", where)
    assert (row["value"], row["numerator"], row["denominator"]) == (None, -12.5, 0)


def test_traffic_sources_are_a_row_for_each_channel_with_its_share(filled: str) -> None:
    where = "scope = 'plan' AND kpi = 'traffic_sources' AND grain = 'month' AND period_start = '2026-03-01'"
    rows = rows_of(filled, "report_kpi", where)
    shares = {row["breakdown"]: (row["value"], row["numerator"], row["denominator"]) for row in rows}
    # 14 of 50 visits by mail, 30 direct, 6 that say nothing
    assert shares == {"Email": (0.28, 14, 50), "Direct": (0.6, 30, 50), "(not set)": (0.12, 6, 50)}


def test_an_action_is_a_row_that_says_what_it_is_and_who_answers_for_it(filled: str) -> None:
    rows = {row["action"]: row for row in rows_of(filled, "report_action")}
    assert list(rows["news"].values()) == [
        "p", "news", "Newsletter", "recurring", "email letter", "sell tell", "max", "max@shop.example",
        "2026-03-01", "2026-05-01",
    ]  # fmt: skip


def test_where_nobody_is_responsible_the_lead_is(filled: str) -> None:
    rows = {row["action"]: row for row in rows_of(filled, "report_action")}
    assert list(rows["fair"].values()) == [
        "p", "fair", "Fair", "one-off", "", "", "lea", "lea@shop.example", "2026-03-10", "2026-03-13",
    ]  # fmt: skip


# --- as time goes on -----------------------------------------------------------------------------------------------


def test_a_kpi_of_the_plans_own_appears_in_the_view(vigie: Write) -> None:
    own = "kpis: {basket_of_two: {formula: 2 * revenue / orders, unit: money, name: Two baskets}}\n"
    run(vigie)
    made = run(vigie, plan=PLAN + own)
    [row] = rows_of(local(made), "report_kpi", "scope = 'plan' AND kpi = 'basket_of_two' AND grain = 'to_date'")
    assert (row["value"], row["currency"]) == (53.995, "EUR")  # 2 * 107.99 / 4


def test_an_action_taken_out_of_the_plan_is_in_no_view(vigie: Write) -> None:
    run(vigie)
    made = run(vigie, plan=PLAN[: PLAN.index("  fair:")])
    assert [row["action"] for row in rows_of(local(made), "report_action")] == ["news"]
    for view in ("report_kpi", "report_verdict", "report_budget"):
        assert rows_of(local(made), view, "id = 'fair'") == []


@pytest.mark.postgres
def test_what_was_granted_on_a_view_stays_when_a_formula_changes(vigie: Write, postgres_url: str) -> None:
    run(vigie, postgres_url)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("GRANT SELECT ON report_kpi TO PUBLIC")
    run(vigie, postgres_url, PLAN + "kpis: {double: {formula: 2 * revenue, unit: money, name: Double}}\n")
    with reading(postgres_url) as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.role_table_grants "
            "WHERE table_name = 'report_kpi' AND grantee = 'PUBLIC'"
        )
        assert cursor.fetchone() == (1,)
        cursor.execute(
            "SELECT DISTINCT value FROM report_kpi WHERE kpi = 'double' AND scope = 'plan' AND grain = 'to_date'"
        )
        assert cursor.fetchall() == [(215.98,)]


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_and_each_of_its_columns_stands_in_a_table_of_the_documentation(view: str) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "downstream.md").read_text(encoding="utf-8")
    part = page.partition(f"## `{view}`\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == [name for name, _ in VIEWS[view]]

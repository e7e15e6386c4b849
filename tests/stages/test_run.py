"""From the plan's files to verdicts, through the command line: what is read when, and what a failure leaves."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Vigie, Write

from config.errors import SourceUnavailable
from connectors.base import Quote
from worker.collect.job import CollectRequest
from worker.deployment import Deployment
from worker.service.pipeline import PassResult, collect_plan, compute_plan, load_plan
from worker.service.wiring import deploy, writable_store

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {lead: {name: Lead, email: lead@shop.example}}
actions:
  news:
    name: News
    responsible: lead
    tracked_by: {campaign: "news*"}
    when: {from: 2026-03-01, to: 2026-03-31}
    budget: 100
    costs: [{on: 2026-03-02, amount: 60, what: layout}]
    targets: [{kpi: orders, at_least: 10}]
"""
SOURCES = "shop: {connector: csv_file, path: s.csv}"
FIGURES = """day,campaign,orders,revenue
2026-03-01,,0,0
2026-03-02,news-1,4,40.40
2026-03-03,,6,60.60
2026-03-31,news-1,5,50
"""


@pytest.fixture
def shop(vigie: Write) -> Vigie:
    made = vigie(PLAN, SOURCES, today="2026-04-02", **{"s.csv": FIGURES})
    assert made("run", "--once").code == 0
    return made


def orders(made: Vigie, **where: Any) -> list[tuple[str, Any, str]]:
    return [(row["period_start"], row["value"], row["state"]) for row in made.kpi("orders", **where)]


def target(made: Vigie) -> dict[str, Any]:
    found: dict[str, Any] = made.status()["actions"][0]["targets"][0]
    return found


def test_the_whole_path_from_a_file_to_a_verdict(shop: Vigie) -> None:
    found = target(shop)
    assert (found["verdict"], found["value"], found["phase"]) == ("missed", "9", "outcome")
    assert found["sentence"] == "9 orders (target: at least 10)."
    assert shop.status()["unattributed"] == {"sessions": None, "spend": "0.00", "revenue": "60.60"}


@pytest.mark.parametrize(
    "broken",
    [
        "day,campaign,orders,revenue\n",  # only the header is left
        "",  # nothing at all
        "day,campaign,orders,revenue\n2026-03-02,news-1,four,40\n",
        "day,campaign,ordres,revenue\n2026-03-02,news-1,4,40\n",
        "day,campaign,orders,revenue\n2026-03-02,news-1,4\n",
    ],
)
def test_a_failed_or_empty_reading_deletes_nothing(shop: Vigie, broken: str) -> None:
    before = orders(shop, grain="day")
    shop.write({"plans/p/s.csv": broken})
    answer = shop("run", "--once")
    assert answer.code == 1
    assert "shop" in answer.err
    after = orders(shop, grain="day")
    assert [(day, value) for day, value, _ in after] == [(day, value) for day, value, _ in before]
    assert shop.status()["sources"][0]["problem"]


def test_a_file_that_is_gone_deletes_nothing_and_is_told_to_the_lead(shop: Vigie) -> None:
    (shop.folder / "plans/p/s.csv").unlink()
    answer = shop("run", "--once")
    assert (answer.code, target(shop)["value"]) == (1, "9")
    source = shop.status()["sources"][0]
    assert (source["state"], "no file is called" in source["problem"]) == ("refused", True)
    assert [m["subject"] for m in shop.export("messages")][-1] == "P: the source shop can’t be read"


def test_a_corrected_row_is_picked_up_by_the_next_reading(shop: Vigie) -> None:
    shop.write({"plans/p/s.csv": FIGURES.replace("2026-03-02,news-1,4,", "2026-03-02,news-1,7,")})
    answer = shop("collect")
    assert "1 restated" in answer.out
    shop("judge")
    assert (target(shop)["verdict"], target(shop)["value"]) == ("met", "12")


def test_days_that_are_asked_for_are_read_both_included(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-04-02", **{"s.csv": FIGURES})
    answer = made("collect", "--since", "2026-03-03", "--until", "2026-03-31")
    assert answer.out.startswith("shop: 2026-03-03 to 2026-03-31, 29 days, 2 rows")
    assert made.kpi("orders", grain="to_date")[0]["value"] == 11


def test_days_that_are_asked_for_backwards_are_refused(shop: Vigie) -> None:
    answer = shop("collect", "--since", "2026-03-31", "--until", "2026-03-01")
    assert (answer.code, answer.err) == (2, "--until: 2026-03-01 is before --since 2026-03-31\n")


def test_days_to_come_have_nothing_to_read(shop: Vigie) -> None:
    answer = shop("collect", "--since", "2026-05-01")
    assert answer.code == 1
    assert "holds no day" in answer.err


def test_a_source_that_is_not_there_names_the_nearest(shop: Vigie) -> None:
    answer = shop("collect", "--source", "shpo")
    assert answer.code == 2
    assert "there is no source 'shpo'; did you mean 'shop'?" in answer.err


def test_a_full_disk_ends_the_run_with_a_sentence_and_leaves_what_was_there(
    shop: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shop.export("readings")
    with monkeypatch.context() as small:
        connect = sqlite3.connect
        small.setattr("sqlite3.dbapi2.connect", lambda *args, **kwargs: limited(connect(*args, **kwargs)))
        shop.write({"plans/p/s.csv": FIGURES + "".join(f"2026-04-01,{'x' * 200}{n},{n},1\n" for n in range(2000))})
        answer = shop("run", "--once")
    assert (answer.code, "Traceback" in answer.err) == (1, False)
    assert "database or disk is full: make room on the disk; nothing was lost" in answer.err
    assert shop.export("readings") == before
    assert shop("run", "--once").code == 0


def limited(connection: sqlite3.Connection) -> sqlite3.Connection:
    """As if there were room for a few more pages only."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    return connection


def test_one_source_that_fails_stops_only_itself(vigie: Write) -> None:
    sources = SOURCES + "\nother: {connector: csv_file, path: missing.csv}\n"
    made = vigie(PLAN, sources, today="2026-04-02", **{"s.csv": FIGURES})
    answer = made("run", "--once")
    assert answer.code == 1
    assert target(made)["value"] == "9"
    assert [source["state"] for source in made.status()["sources"]] == ["ok", "refused"]


def test_an_empty_answer_that_is_true_can_be_accepted(vigie: Write, tmp_path: Path) -> None:
    import sqlite3

    database = tmp_path / "shop.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE sale (day TEXT, orders INTEGER)")
        connection.execute("INSERT INTO sale VALUES ('2026-03-02', 5)")
    connection.close()
    query = "SELECT day, orders FROM sale WHERE day >= :since AND day < :until"
    sources = f'shop: {{connector: sql, url: "sqlite:///{database}", query: "{query}"}}'
    made = vigie(PLAN, sources, today="2026-03-20")
    made("collect")
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM sale")
    connection.close()
    answer = made("collect", "--since", "2026-03-01", "--until", "2026-03-05")
    assert answer.code == 1
    assert "for 2026-03-02, where it had figures: they are kept" in answer.err
    assert "vigie collect --source shop --accept" in answer.err
    assert orders(made, grain="to_date")[0][1] == 5
    accepted = made("collect", "--since", "2026-03-02", "--until", "2026-03-02", "--accept")
    assert accepted.code == 0, accepted.err
    made("judge")
    assert orders(made, grain="day")[1] == ("2026-03-02", 0, "final")


def test_a_new_action_gets_its_history_without_collecting_again(shop: Vigie) -> None:
    (shop.folder / "plans/p/s.csv").unlink()  # there is nothing left to collect from
    late = (
        "  late: {name: Late, tracked_by: {campaign: news-1}, targets: [{kpi: orders, at_least: 9, by: 2026-03-31}]}\n"
    )
    shop.write({"plans/p/plan.yaml": PLAN + late})
    assert shop("judge").code == 0
    found = shop.status()["actions"][1]["targets"][0]
    assert (found["value"], found["verdict"]) == ("9", "met")


def test_an_action_taken_out_of_the_plan_is_gone_from_every_output(shop: Vigie) -> None:
    shop.write({"plans/p/plan.yaml": PLAN[: PLAN.index("actions:")]})
    shop("judge")
    assert shop.status()["actions"] == []
    assert {row["scope"] for row in shop.export("kpis")} == {"plan"}
    assert shop.export("verdicts") == []


def test_running_again_with_nothing_new_changes_and_sends_nothing(shop: Vigie) -> None:
    before = shop.export("verdicts"), shop.export("messages"), shop.export("readings")
    assert shop("run", "--once").code == 0
    assert (shop.export("verdicts"), shop.export("messages"), shop.export("readings")) == before


def test_looking_back_judges_as_of_that_day(shop: Vigie) -> None:
    found = shop.status(today="2026-03-10")["actions"][0]["targets"][0]
    assert (found["phase"], found["verdict"], found["value"]) == ("outlook", "cannot_say", "4")
    assert shop.kpi("orders", grain="to_date", today="2026-03-10")[0]["value"] == 10
    assert target(shop)["value"] == "9"


def test_what_a_verdict_judged_is_kept_as_it_was_known_that_day(shop: Vigie) -> None:
    from sqlalchemy import select

    from worker.store import schema as t
    from worker.store.engine import open_store

    shop.write({"plans/p/s.csv": FIGURES.replace("news-1,5,", "news-1,6,")})
    shop("run", "--once", today="2026-04-03")
    store = open_store(f"sqlite:///{shop.folder / 'vigie.db'}")
    c = t.verdict.c
    with store.read() as connection:
        rows = connection.execute(
            select(c.judged_on, c.value, c.verdict, c.is_current).where(c.kpi == "orders").order_by(c.id)
        ).all()
    store.close()
    assert [tuple(row) for row in rows] == [
        (date(2026, 4, 2), 9, "missed", False),
        (date(2026, 4, 3), 10, "met", True),
    ]


def test_several_plans_are_worked_on_and_one_can_be_chosen(shop: Vigie) -> None:
    shop.write({"plans/q/plan.yaml": PLAN.replace("plan: P", "plan: Q"), "plans/q/sources.yaml": SOURCES})
    shop.write({"plans/q/s.csv": FIGURES})
    assert shop("run", "--once").code == 0
    everything = shop("status", "--json").json["plans"]
    assert [plan["plan"] for plan in everything] == ["p", "q"]
    assert [plan["plan"] for plan in shop("status", "--json", "--plan", "q").json["plans"]] == ["q"]
    answer = shop("status", "--plan", "z")
    assert (answer.code, "there is no plan 'z'" in answer.err) == (2, True)


def test_a_broken_plan_is_said_the_others_go_on_and_its_last_version_stays_in_force(shop: Vigie) -> None:
    shop.write({"plans/p/plan.yaml": PLAN.replace("at_least", "at_leest")})
    answer = shop("run", "--once")
    assert answer.code == 2
    assert "plans/p/plan.yaml:16: unknown key 'at_leest'; did you mean 'at_least'?" in answer.err
    assert [m["subject"] for m in shop.export("messages")][-1] == "P: mistakes in the plan’s files"
    shop.write({"plans/p/plan.yaml": PLAN})
    assert target(shop)["value"] == "9"


def test_a_plan_whose_last_version_breaks_a_newer_rule_stops_nothing_but_itself(shop: Vigie) -> None:
    """Its files as they were kept would be refused today, as those of an older Vigie may be."""
    with closing(sqlite3.connect(shop.folder / "vigie.db")) as database:
        database.execute("UPDATE plan_version SET plan_text = replace(plan_text, 'at_least', 'at_leest')")
        database.commit()
    shop.write({"plans/p/plan.yaml": PLAN.replace("at_least", "at_leest")})
    shop.write({"plans/sound/plan.yaml": PLAN, "plans/sound/sources.yaml": SOURCES, "plans/sound/s.csv": FIGURES})
    answer = shop("run", "--once", "--json")
    assert answer.code == 2
    assert len(answer.json["collected"]) == 1  # the other's source


def test_messages_wait_where_no_way_out_for_mail_is_set(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, today="2026-04-02", **{"s.csv": FIGURES})
    made.write({"vigie.yaml": "database: sqlite:///vigie.db\n"})
    answer = made("run", "--once")
    assert answer.code == 1
    assert "no mail transport configured" in answer.err
    assert [m["state"] for m in made.export("messages")] == ["pending"]
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    assert made("run", "--once").code == 0
    assert [m["state"] for m in made.export("messages")] == ["sent"]


DOLLARS = "day,campaign,orders,revenue,currency\n2026-11-18,,1,100,USD\n"


def collected_in_dollars(made: Vigie, ask: Any) -> Vigie:
    """Collect with a bank that a test plays: the shipped rates end on 30 October 2026."""
    at = deploy(made.folder, today=date(2026, 11, 20), now=lambda: datetime(2026, 11, 20, 9, tzinfo=UTC))
    played = Deployment(at.folder, at.settings, at.now, fixed_today=at.fixed_today, ask_quotes=ask)
    with writable_store(played) as store:
        collect_plan(played, store, played.load_all()[0], CollectRequest(), PassResult())
    return made


@pytest.fixture
def dollars(vigie: Write) -> Vigie:
    plan = PLAN.replace("2026-03-01\nends: 2026-06-30", "2026-11-01\nends: 2026-12-31")
    plan = plan[: plan.index("actions:")]
    return vigie(plan, SOURCES, today="2026-11-20", **{"s.csv": DOLLARS})


def test_newer_rates_are_asked_of_the_bank_once_a_day_and_used(dollars: Vigie) -> None:
    asked = []

    def bank() -> list[Quote]:
        asked.append(1)
        return [Quote(date(2026, 11, 17), "USD", Decimal("1.25")), Quote(date(2026, 11, 17), "GBP", Decimal("0.9"))]

    for _ in range(3):
        collected_in_dollars(dollars, bank)
    assert dollars.kpi("revenue", grain="to_date")[0]["value"] == 80
    assert len(asked) == 1


def test_without_the_bank_the_last_quote_is_carried_forward(dollars: Vigie) -> None:
    def bank() -> list[Quote]:
        raise SourceUnavailable("ecb: no connection")

    collected_in_dollars(dollars, bank)
    value = dollars.kpi("revenue", grain="to_date")[0]["value"]
    assert value == pytest.approx(100 / 1.1172)  # the quote of 30 October 2026


def test_a_plan_that_another_process_changed_meanwhile_is_computed_as_its_files_say(vigie: Write) -> None:
    """A pass goes on with what it loaded only where nobody else has computed since."""
    made = vigie(PLAN, SOURCES, today="2026-04-02", **{"s.csv": FIGURES})
    assert made("collect").code == 0
    at = deploy(made.folder, today=date(2026, 4, 2))
    (loaded,) = at.load_all()
    made.write({"plans/p/plan.yaml": PLAN.replace('campaign: "news*"', 'campaign: "other*"')})
    (changed,) = at.load_all()
    with writable_store(at) as store:
        known = load_plan(at, store, loaded)
        compute_plan(at, store, changed)
        compute_plan(at, store, loaded, known)
    made.write({"plans/p/plan.yaml": PLAN})
    (row,) = made.kpi("orders", scope="action", id="news", grain="to_date")
    assert row["value"] == 9

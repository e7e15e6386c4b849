"""One turn of a source: days that the vendor changed, customers and weeks before the plan, readings that broke off."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from conftest import Vigie, Write
from sqlalchemy import create_engine, text

from config.errors import SourceError, SourceRefused, SourceUnavailable
from config.periods import Window
from config.sources import SourceEntry
from config.vocabulary import SourceKind
from connectors import registry
from connectors.base import Buyer, Context, Counted, Item, Origin, Reading, SourceInfo
from worker.collect.job import CollectRequest
from worker.service import pipeline
from worker.service.pipeline import PassResult, collect_plan
from worker.service.wiring import deploy, writable_store

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-01-01
ends: 2026-12-31
people: {lead: {name: Lead, email: lead@shop.example}}
"""
DAY = timedelta(days=1)


class Till:
    """A shop in memory that says what changed, who bought, and breaks off where a test wants it to."""

    Options: ClassVar = SourceEntry
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar = frozenset({"orders", "new_customers"})
    lookback: ClassVar = 2
    rereads: ClassVar = False

    orders: ClassVar[dict[date, list[str]]] = {}  #: day -> who ordered
    changed: ClassVar[list[date]] = []
    asked: ClassVar[list[Window]] = []
    since: ClassVar[list[datetime]] = []
    breaks_on: ClassVar[date | None] = None
    error: ClassVar[SourceError] = SourceUnavailable("till: is in trouble")
    history: ClassVar[int] = 0  #: days

    def __init__(self, options: Any, context: Context) -> None:
        self.context = context

    def check(self) -> SourceInfo:
        return SourceInfo("till")

    def changed_days(self, since: datetime) -> Iterator[date]:
        self.since.append(since)
        yield from self.changed

    def buyers_from(self, start: date) -> date:
        return start - DAY * self.history

    def read(self, window: Window) -> Iterator[Item]:
        self.asked.append(window)
        for day in window:
            if day == self.breaks_on:
                raise self.error
            for who in self.orders.get(day, []):
                yield Counted(day, f"order of {who}" if "@" in who else f"order of {who} on {day}")
                yield Reading(day, Origin(), {"orders": 1})
                yield Buyer(day, Origin(), self.context.pseudonym(who))


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> type[Till]:
    """The till, installed as a connector, with an order on every tenth day of the year."""
    Till.orders = {date(2026, 1, 1) + DAY * n: [f"buyer{n}@mail.example"] for n in range(0, 200, 10)}
    Till.changed, Till.asked, Till.since, Till.breaks_on, Till.history = [], [], [], None, 0
    Till.error = SourceUnavailable("till: is in trouble")
    entry = SimpleNamespace(load=lambda: Till, module="tests", value="Till")
    monkeypatch.setattr(registry, "_installed", lambda: {"till": entry})
    return Till


@dataclass
class Run:
    """Collects at noon of a day, and gives the problem if there was one."""

    made: Vigie

    def __call__(self, day: str, since: str = "", until: str = "") -> str | None:
        noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        at = deploy(self.made.folder, today=noon.date(), now=lambda: noon)
        asked = CollectRequest(
            (), date.fromisoformat(since) if since else None, date.fromisoformat(until) if until else None
        )
        report = PassResult()
        with writable_store(at) as store:
            collect_plan(at, store, at.load_all()[0], asked, report)
        found = report.failures.get("p/shop")
        return found if found is None else str(found)

    def months(self, kpi: str, today: str) -> dict[str, Any]:
        return {row["period_start"]: row["value"] for row in self.made.kpi(kpi, grain="month", today=today)}


@pytest.fixture
def run(vigie: Write, till: type[Till]) -> Run:
    return Run(vigie(PLAN, "shop: {connector: till}"))


def test_a_day_that_the_vendor_changed_is_read_again_however_old(run: Run, till: type[Till]) -> None:
    assert run("2026-06-30") is None
    till.orders[date(2026, 1, 11)] = ["one", "two", "three"]
    till.changed = [date(2026, 1, 11), date(2026, 1, 11), date(2026, 6, 29), date(2025, 12, 24)]
    till.asked.clear()
    assert run("2026-07-01") is None
    assert till.asked == [Window(date(2026, 6, 25), date(2026, 7, 2)), Window(date(2026, 1, 11), date(2026, 1, 12))]
    assert run.months("orders", "2026-07-01")["2026-01-01"] == 6  # of the 1st, 11th (three), 21st, 31st


def test_changes_are_asked_for_from_a_little_before_the_last_reading(run: Run, till: type[Till]) -> None:
    run("2026-06-29")
    run("2026-06-30")
    run("2026-07-01")
    noon = datetime(2026, 6, 29, 12, tzinfo=UTC)
    assert till.since == [noon - timedelta(minutes=15), noon + DAY - timedelta(minutes=15)]


def test_changes_of_a_time_of_trouble_are_not_missed(run: Run, till: type[Till]) -> None:
    run("2026-06-29")
    till.breaks_on = date(2026, 6, 30)
    assert run("2026-06-30") == "till: is in trouble"
    till.breaks_on = None
    run("2026-07-01")
    assert {since.date() for since in till.since} == {date(2026, 6, 29)}


def test_days_asked_for_by_name_are_all_that_is_read(run: Run, till: type[Till]) -> None:
    run("2026-06-29")
    till.asked.clear()
    run("2026-06-30", since="2026-02-01", until="2026-02-03")
    assert (till.asked, till.since) == ([Window(date(2026, 2, 1), date(2026, 2, 4))], [])
    run("2026-07-01")
    assert till.since[0].date() == date(2026, 6, 29)


def test_days_close_together_are_read_in_one_go(run: Run, till: type[Till]) -> None:
    run("2026-06-29")
    till.changed = [date(2026, 1, 3), date(2026, 1, 1), date(2026, 1, 5), date(2026, 3, 1)]
    till.asked.clear()
    run("2026-06-30")
    assert till.asked[1:] == [
        Window(date(2026, 1, 1), date(2026, 1, 6)),
        Window(date(2026, 3, 1), date(2026, 3, 2)),
    ]


def test_a_long_reading_that_broke_off_is_gone_on_with(run: Run, till: type[Till]) -> None:
    till.breaks_on = date(2026, 8, 1)  # after more days than a transaction holds
    till.orders |= {date(2026, 1, 1) + DAY * n: ["somebody"] for n in range(260)}
    assert run("2026-09-20") == "till: is in trouble"
    till.breaks_on = None
    till.asked.clear()
    assert run("2026-09-20") is None
    assert till.asked[0].start > date(2026, 1, 1)
    months = run.months("orders", "2026-09-20")
    assert (months["2026-01-01"], months["2026-08-01"]) == (31, 31)


def test_one_that_broke_off_long_ago_begins_anew(run: Run, till: type[Till]) -> None:
    till.breaks_on = date(2026, 8, 1)
    till.orders |= {date(2026, 1, 1) + DAY * n: ["somebody"] for n in range(260)}
    run("2026-09-10")
    till.breaks_on = None
    till.asked.clear()
    run("2026-09-20")
    assert till.asked[0].start == date(2026, 1, 1)


def test_who_bought_before_the_plan_is_looked_for_once_and_is_no_new_customer(run: Run, till: type[Till]) -> None:
    till.history = 30
    till.orders |= {date(2025, 12, 20): ["buyer10@mail.example"], date(2025, 11, 1): ["buyer20@mail.example"]}
    run("2026-06-29")
    run("2026-06-30")
    assert till.asked.count(Window(date(2025, 12, 2), date(2026, 1, 1))) == 1
    assert run.months("new_customer_share", "2026-06-30")["2026-01-01"] == 0.75  # three of four


def test_looking_for_earlier_customers_goes_on_where_it_broke_off(run: Run, till: type[Till]) -> None:
    till.history = 730
    till.orders |= {date(2024, 1, 2) + DAY * n: ["buyer0@mail.example"] for n in range(700)}
    till.breaks_on = date(2025, 6, 1)
    assert run("2026-06-29") == "till: is in trouble"
    till.breaks_on = None
    till.asked.clear()
    assert run("2026-06-29") is None
    assert date(2024, 1, 2) < till.asked[0].start <= date(2025, 6, 1)
    assert till.asked[0].end == date(2026, 1, 1)


def test_no_address_of_a_person_is_in_the_database(run: Run, till: type[Till]) -> None:
    run("2026-06-29")
    made = run.made
    assert b"mail.example" not in (made.folder / "vigie.db").read_bytes().replace(b"shop.example", b"")
    engine = create_engine(f"sqlite:///{made.folder / 'vigie.db'}")
    with engine.connect() as connection:
        buyers = list(connection.execute(text("SELECT DISTINCT buyer FROM purchase")).scalars())
    engine.dispose()
    assert len(buyers) == 18
    assert {len(buyer) for buyer in buyers} == {32}


def test_once_in_thirty_days_the_whole_plan_is_read_for_what_left_without_a_trace(run: Run, till: type[Till]) -> None:
    run("2026-06-01")
    till.orders[date(2026, 1, 11)].clear()
    till.orders[date(2026, 1, 11)].append("somebody else")  # an order deleted for good, and one put in for its day
    till.orders[date(2026, 2, 10)].clear()
    run("2026-06-30")
    assert till.asked[-1].start > date(2026, 5, 1)
    run("2026-07-01")
    assert till.asked[-1] == Window(date(2026, 1, 1), date(2026, 7, 2))


def test_an_order_that_comes_back_on_another_day_has_the_day_it_left_read_in_the_same_run(
    run: Run, till: type[Till]
) -> None:
    run("2026-06-30")
    moved = till.orders[date(2026, 2, 10)].pop()
    till.orders[date(2026, 2, 10)].append("who stays")
    till.orders[date(2026, 6, 30)].append(moved)
    till.asked.clear()
    assert run("2026-07-01") is None
    assert till.asked == [Window(date(2026, 6, 25), date(2026, 7, 2)), Window(date(2026, 2, 10), date(2026, 2, 11))]
    assert run.months("orders", "2026-07-01")["2026-02-01"] == 2  # the 10th's other one, and the 20th's


# ---- the weeks before the plan ----


def known_days(run: Run) -> list[str]:
    """The days that anything is known of, in order, as the database has them."""
    with closing(sqlite3.connect(run.made.folder / "vigie.db")) as connection:
        return [day for (day,) in connection.execute("SELECT day FROM coverage ORDER BY day")]


def before_the_plan(till: type[Till]) -> list[Window]:
    return [window for window in till.asked if window.start < date(2026, 1, 1)]


def test_the_weeks_before_are_read_once_after_the_days_that_are_due_the_newest_first(
    run: Run, till: type[Till]
) -> None:
    till.orders |= {date(2025, 11, 1) + DAY * n: ["somebody"] for n in range(61)}
    run("2026-06-29")
    assert till.asked == [
        Window(date(2026, 1, 1), date(2026, 6, 30)),
        Window(date(2025, 12, 18), date(2026, 1, 1)),
        Window(date(2025, 12, 4), date(2025, 12, 18)),
        Window(date(2025, 11, 20), date(2025, 12, 4)),
        Window(date(2025, 11, 6), date(2025, 11, 20)),
    ]
    assert known_days(run)[0] == "2025-11-06"
    till.asked.clear()
    run("2026-06-30")
    assert before_the_plan(till) == []


def test_days_between_busy_ones_are_zeros_and_those_before_the_first_are_unknown(run: Run, till: type[Till]) -> None:
    till.orders[date(2025, 12, 10)] = ["somebody"]
    run("2026-06-29")
    days = known_days(run)
    assert (days[0], len([day for day in days if day < "2026-01-01"])) == ("2025-12-10", 22)


def test_a_shop_that_opened_with_the_plan_has_no_zeros_before_it(run: Run, till: type[Till]) -> None:
    run("2026-06-29")
    assert known_days(run)[0] == "2026-01-01"
    till.asked.clear()
    run("2026-06-30")
    assert before_the_plan(till) == []  # it said that it has nothing


def test_a_source_that_refuses_old_days_is_read_nonetheless_and_nobody_is_told(run: Run, till: type[Till]) -> None:
    till.breaks_on, till.error = date(2025, 12, 20), SourceRefused("till: has nothing of more than a year ago")
    assert run("2026-06-29") is None
    [source] = run.made.status(today="2026-06-29")["sources"]
    assert (source["state"], source["problem"]) == ("ok", None)
    assert known_days(run)[0] == "2026-01-01"
    till.asked.clear()
    assert run("2026-06-30") is None
    assert before_the_plan(till) == []


def test_where_old_days_cannot_be_read_now_they_are_asked_for_on_another_day(run: Run, till: type[Till]) -> None:
    till.orders |= {date(2025, 11, 1) + DAY * n: ["somebody"] for n in range(61)}
    till.breaks_on = date(2025, 12, 10)
    assert run("2026-06-29") is None
    assert known_days(run)[0] == "2025-12-04"  # the days before an error stand
    till.asked.clear()
    assert run("2026-06-29") is None
    assert before_the_plan(till) == []
    till.breaks_on = None
    assert run("2026-06-30") is None
    assert before_the_plan(till)[0] == Window(date(2025, 12, 4), date(2025, 12, 18))
    assert known_days(run)[0] == "2025-11-06"


def test_a_database_from_before_gets_the_weeks_once(
    run: Run, till: type[Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    till.orders |= {date(2025, 11, 1) + DAY * n: ["somebody"] for n in range(61)}
    with monkeypatch.context() as older:
        older.setattr(pipeline, "read_earlier", lambda _: None)
        run("2026-06-29")
    till.asked.clear()
    run("2026-06-30")
    assert [window.start for window in before_the_plan(till)] == [
        date(2025, 12, 18), date(2025, 12, 4), date(2025, 11, 20), date(2025, 11, 6),
    ]  # fmt: skip
    assert till.asked[0].start > date(2026, 6, 1)
    till.asked.clear()
    run("2026-07-01")
    assert before_the_plan(till) == []


def test_days_asked_for_by_name_bring_no_others(run: Run, till: type[Till]) -> None:
    run("2026-06-29", since="2026-02-01", until="2026-02-03")
    assert till.asked == [Window(date(2026, 2, 1), date(2026, 2, 4))]


def test_who_is_a_new_customer_is_known_from_the_day_on_that_the_entry_says(run: Run, till: type[Till]) -> None:
    till.orders |= {date(2025, 12, 20): ["buyer10@mail.example", "buyer11@mail.example"]}
    run("2026-06-29")  # its history is to begin with the plan
    assert run.months("new_customer_share", "2026-06-29")["2026-01-01"] == 1
    with closing(sqlite3.connect(run.made.folder / "vigie.db")) as connection:
        [known] = connection.execute("SELECT measures FROM coverage WHERE day = '2025-12-20'").fetchone()
    assert known == "orders"


def test_a_hole_before_the_plan_has_none_of_its_own_days_read_again(run: Run, till: type[Till]) -> None:
    till.orders |= {date(2025, 11, 1) + DAY * n: ["somebody"] for n in range(75)}
    till.breaks_on = date(2025, 12, 25)
    run("2026-01-14")
    till.asked.clear()
    run("2026-01-15")
    assert till.asked[0].start > date(2026, 1, 7)


def test_a_day_before_the_plan_that_empties_is_told_to_nobody(run: Run, till: type[Till]) -> None:
    till.orders = {date(2025, 12, 30): ["somebody"], date(2025, 12, 31): ["somebody else"]}
    run("2026-01-01")
    till.orders = {}
    assert run("2026-01-02") == "has no figures for 2026-01-01 to 2026-01-02"  # and nothing is said of those before
    assert source_of(run, "newest_day") is None


def test_no_day_before_the_plan_is_said_to_be_final(run: Run, till: type[Till]) -> None:
    till.orders |= {date(2025, 12, 1) + DAY * n: ["somebody"] for n in range(31)}
    run("2026-01-01")
    assert run.made.status(today="2026-01-01")["sources"][0]["settled_until"] is None


def source_of(run: Run, column: str) -> Any:
    with closing(sqlite3.connect(run.made.folder / "vigie.db")) as connection:
        return connection.execute(f"SELECT {column} FROM source").fetchone()[0]  # noqa: S608 -- a name of ours

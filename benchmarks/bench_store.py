"""Readings into the store, beside bare sqlite3: python benchmarks/bench_store.py [rows]"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from config.loading.loader import parse_plan
from config.periods import Window
from config.sources import SourceEntry
from config.vocabulary import SourceKind
from connectors.base import Item, Origin, Reading, SourceInfo
from worker.collect.collector import Task, collect
from worker.model.context import Instant
from worker.model.tracking import SourceFacts, tracker_of
from worker.store import sources
from worker.store.engine import open_store
from worker.store.readings import Collection
from worker.store.synchronise import synchronise

START = date(2026, 1, 1)
MEASURES = ("sessions", "visitors", "orders", "revenue", "spend")
PLAN = """
plan: P
currency: EUR
timezone: UTC
starts: 2026-01-01
ends: 2026-12-31
actions: {a: {name: A, tracked_by: {campaign: "campaign-1*"}}}
"""


class Ready:
    """Readings made beforehand: only the storing is measured."""

    Options: ClassVar = SourceEntry
    kind: ClassVar = SourceKind.ANALYTICS
    provides: ClassVar = frozenset(MEASURES)
    lookback: ClassVar = 0
    rereads: ClassVar = False

    def __init__(self, readings: list[Reading]) -> None:
        self.readings = readings

    def check(self) -> SourceInfo:
        return SourceInfo("ready")

    def read(self, window: Window) -> Iterator[Item]:
        yield from self.readings


def made(rows: int, factor: int = 1) -> list[Reading]:
    a_day = 2000
    return [
        Reading(
            START + timedelta(n // a_day),
            Origin(campaign=f"campaign-{n % a_day}", source="google", medium="cpc", currency="EUR"),
            {measure: Decimal(factor * (n % 97) + place) for place, measure in enumerate(MEASURES)},
        )
        for n in range(rows)
    ]


def bare(readings: list[Reading], path: Path) -> float:
    """The limit: the same amounts through sqlite3.executemany, labels already numbers."""
    rows = [
        (str(r.day), n % 2000, *(int(value * 1_000_000) for value in r.measures.values() if value is not None))
        for n, r in enumerate(readings)
    ]
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = FULL")
    columns = "day TEXT, origin INTEGER, a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER"
    connection.execute(f"CREATE TABLE reading ({columns}, PRIMARY KEY (day, origin)) WITHOUT ROWID")
    start = time.perf_counter()
    with connection:
        connection.executemany("INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    spent = time.perf_counter() - start
    connection.close()
    return spent


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    readings, restated = made(rows), made(rows, 2)
    with tempfile.TemporaryDirectory() as folder:
        limit = bare(readings, Path(folder) / "bare.db")
        store = open_store(f"sqlite:///{Path(folder) / 'vigie.db'}")
        loaded = parse_plan(Path("p"), PLAN, "web: {connector: ready}", {"ready": SourceEntry})
        now = datetime(2027, 1, 1, tzinfo=UTC)
        with store.write() as connection:
            facts = {"web": SourceFacts(SourceKind.ANALYTICS, Ready.provides)}
            stored = synchronise(connection, loaded, facts, "x", now)
            source_id = sources.sources_of(connection, stored.id)[0].id

        def once(given: list[Reading]) -> float:
            window = Window(START, START + timedelta(rows // 2000 + 1))
            by = Collection(source_id, stored.id, Instant(window.end, now), lookback=0)
            ready: Any = Ready(given)
            task = Task("web", ready, Ready.provides, window, by, tracker_of(loaded.plan), 5000)
            start = time.perf_counter()
            collect(store, task)
            return time.perf_counter() - start

        print(f"{rows:,} rows of {len(MEASURES)} measures into SQLite")
        print(f"{'sqlite3.executemany (limit)':32} {rows / limit:>10,.0f} rows/s")
        for name, given in (("new", readings), ("the same again", readings), ("all restated", restated)):
            spent = once(given)
            print(f"{'vigie, ' + name:32} {rows / spent:>10,.0f} rows/s   {limit / spent:.2f} of the limit")
        store.close()


if __name__ == "__main__":
    main()

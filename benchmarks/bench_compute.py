"""KPI values and sums, beside hand-written SQL and DuckDB: python benchmarks/bench_compute.py [actions] [days]"""

import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pyarrow as pa

from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from config.periods import Window
from config.sources import SourceEntry
from config.vocabulary import SourceKind
from connectors.base import Item, Origin, Reading, SourceInfo
from worker.collect.collector import Task, collect
from worker.compute.refresh import refresh
from worker.model.context import Instant
from worker.model.tracking import SourceFacts, tracker_of
from worker.store import plans, sources
from worker.store.context import load_context
from worker.store.engine import Store, open_store
from worker.store.readings import Collection
from worker.store.synchronise import synchronise

START = date(2025, 1, 1)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
MEASURES = (
    "sessions", "visitors", "engaged_sessions", "engagement_seconds", "orders", "revenue", "new_customers", "spend",
)  # fmt: skip
PLAN = """
plan: P
currency: EUR
timezone: UTC
starts: {start}
ends: {end}
actions:
{actions}
"""
#: the same sums and ratios as whoever knows the tables would write them, all KPIs that these measures give
BY_HAND = """
WITH month AS (
  SELECT s.ref AS action, substr(a.day, 1, 7) AS month, SUM(sessions) / 1e6 AS sessions,
         SUM(visitors) / 1e6 AS visitors,
         SUM(engaged_sessions) / 1e6 AS engaged, SUM(engagement_seconds) / 1e6 AS seconds, SUM(orders) / 1e6 AS orders,
         SUM(revenue) / 1e6 AS revenue, SUM(new_customers) / 1e6 AS fresh, SUM(spend) / 1e6 AS spend
  FROM action_day a JOIN scope s ON s.id = a.scope_id WHERE s.scope = 'action' AND a.dimension = '' GROUP BY 1, 2)
SELECT action, month, 'roi', revenue / NULLIF(spend, 0), revenue, spend FROM month
UNION ALL SELECT action, month, 'cost_per_visitor', spend / NULLIF(visitors, 0), spend, visitors FROM month
UNION ALL SELECT action, month, 'conversion_rate', orders / NULLIF(sessions, 0), orders, sessions FROM month
UNION ALL SELECT action, month, 'cost_per_customer', spend / NULLIF(fresh, 0), spend, fresh FROM month
UNION ALL SELECT action, month, 'average_basket', revenue / NULLIF(orders, 0), revenue, orders FROM month
UNION ALL SELECT action, month, 'time_on_site', seconds / NULLIF(sessions, 0), seconds, sessions FROM month
UNION ALL SELECT action, month, 'revenue', revenue, revenue, NULL FROM month
UNION ALL SELECT action, month, 'orders', orders, orders, NULL FROM month
UNION ALL SELECT action, month, 'sessions', sessions, sessions, NULL FROM month
UNION ALL SELECT action, month, 'spend', spend, spend, NULL FROM month
UNION ALL SELECT action, month, 'cost_per_order', spend / NULLIF(orders, 0), spend, orders FROM month
UNION ALL SELECT action, month, 'engagement_rate', engaged / NULLIF(sessions, 0), engaged, sessions FROM month
UNION ALL SELECT action, month, 'new_customer_share', fresh / NULLIF(orders, 0), fresh, orders FROM month
"""
FROM_VIEW = """
SELECT id, substr(period_start, 1, 7), kpi, value, numerator, denominator FROM report_kpi
WHERE scope = 'action' AND grain = 'month' AND kpi IN ({kpis})
"""


class Ready:
    """An analytics tool with one campaign for each action."""

    Options: ClassVar = SourceEntry
    kind: ClassVar = SourceKind.ANALYTICS
    provides: ClassVar = frozenset(MEASURES)
    lookback: ClassVar = 0
    rereads: ClassVar = False

    def __init__(self, actions: int, factor: int = 1) -> None:
        self.origins = [Origin(campaign=f"campaign-{one:05}", currency="EUR") for one in range(actions)]
        self.factor = factor

    def check(self) -> SourceInfo:
        return SourceInfo("ready")

    def read(self, window: Window) -> Iterator[Item]:
        for day in window:
            for one, origin in enumerate(self.origins):
                amounts = (
                    self.factor * (1 + (one + day.toordinal() * place) % (100 // place)) for place in range(1, 9)
                )
                yield Reading(day, origin, dict(zip(MEASURES, amounts, strict=True)))


class Desk:
    """A store with one plan of many actions."""

    def __init__(self, folder: Path, actions: int, days: int) -> None:
        self.path = folder / f"{actions}-{days}.db"
        self.life = Window(START, START + timedelta(days))
        self.store: Store = open_store(f"sqlite:///{self.path}")
        named = "\n".join(
            f"  a{one:05}: {{name: A, tracked_by: {{campaign: campaign-{one:05}}}}}" for one in range(actions)
        )
        text = PLAN.format(start=self.life.start, end=self.life.last, actions=named)
        self.loaded: LoadedPlan = parse_plan(Path("p"), text, "web: {connector: ready}", {"ready": SourceEntry})
        self.actions = actions
        with self.store.write() as connection:
            self.stored = synchronise(
                connection, self.loaded, {"web": SourceFacts(SourceKind.ANALYTICS, Ready.provides)}, "x", NOW
            )
            self.source_id = sources.sources_of(connection, self.stored.id)[0].id

    def collect(self, window: Window, factor: int = 1) -> None:
        by = Collection(self.source_id, self.stored.id, Instant(self.life.end, NOW), lookback=0)
        ready: Any = Ready(self.actions, factor)
        collect(self.store, Task("web", ready, Ready.provides, window, by, tracker_of(self.loaded.plan), 5000))

    def compute(self) -> None:
        with self.store.write() as connection:
            stored = plans.stored_plan(connection, "p")
            assert stored is not None
            refresh(connection, load_context(connection, self.loaded, stored), Instant(self.life.end, NOW))

    def forget_sums(self) -> None:
        with self.store.write() as connection:
            connection.exec_driver_sql("UPDATE plan SET attributed = NULL")


def timed(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """The best of some times, in seconds, and what came out."""
    found, best = None, float("inf")
    for _ in range(times):
        start = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - start)
    return best, found


def values(desk: Desk) -> None:
    """Monthly values through the view, beside the same by hand and in DuckDB."""
    connection = sqlite3.connect(desk.path)
    by_hand, expected = timed(lambda: sorted(connection.execute(BY_HAND)), 3)
    kpis = ", ".join(sorted({f"'{row[2]}'" for row in expected}))
    view, found = timed(lambda: sorted(connection.execute(FROM_VIEW.format(kpis=kpis))), 3)
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    assert all(abs(one[3] - other[3]) <= 1e-9 * abs(other[3]) for one, other in zip(found, expected, strict=True))
    print(f"monthly values of {len({row[2] for row in found})} KPIs of {desk.actions:,} actions, {len(found):,} rows")
    print(f"  {'by hand, SQLite':38} {by_hand:7.2f} s")
    print(f"  {'through report_kpi, with states':38} {view:7.2f} s   {view / by_hand:.2f} times by hand")
    duck = in_duckdb(connection)
    print(f"  {'by hand, DuckDB, for the record':38} {duck:7.2f} s")
    connection.close()


def in_duckdb(connection: sqlite3.Connection) -> float:
    """The same statement on the same rows in a database made for such sums."""
    memory = duckdb.connect()
    for table in ("action_day", "scope"):
        cursor = connection.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        rows = pa.table(dict(zip(names, zip(*cursor.fetchall(), strict=True), strict=True)))  # noqa: F841, duckdb finds it
        memory.execute(f"CREATE TABLE {table} AS SELECT * FROM rows")
    return timed(lambda: memory.execute(BY_HAND).fetchall(), 3)[0]


def updates(desk: Desk) -> None:
    """Sums after three re-collected days, beside all of them made anew."""
    desk.forget_sums()
    whole, _ = timed(desk.compute)
    desk.collect(Window(desk.life.end - timedelta(3), desk.life.end), factor=2)
    three, _ = timed(desk.compute)
    print(f"sums of {desk.actions:,} actions over {len(desk.life)} days")
    print(f"  {'all anew':38} {whole:7.2f} s")
    print(f"  {'after three re-collected days':38} {three:7.2f} s   1/{whole / three:.0f} of all anew")


def peak() -> float:
    """Most memory held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    actions = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 365
    with tempfile.TemporaryDirectory() as folder:
        before = peak()
        for length in (days // 4, days):
            desk = Desk(Path(folder), actions, length)
            desk.collect(desk.life)
            desk.compute()
            print(
                f"memory after {length} days of {actions:,} actions: {peak():.0f} MB at most ({before:.0f} MB at start)"
            )
        updates(desk)
        values(desk)
        desk.store.close()


if __name__ == "__main__":
    main()

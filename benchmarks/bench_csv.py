"""A CSV file into the store, beside bare csv and sqlite3 with the same rows: python benchmarks/bench_csv.py [rows]"""

import csv
import sqlite3
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from worker.app import deploy, writable_store
from worker.run import Asked, Report, collect_plan, compute_plan, synchronise

START, A_DAY = date(2025, 1, 1), 2_740  # origins, each on each of 365 days
PLAN = """
plan: P
currency: EUR
timezone: UTC
starts: 2025-01-01
ends: 2025-12-31
actions: {a: {name: A, tracked_by: {campaign: "campaign-1*"}}}
"""
HEADER = ("day", "source", "medium", "campaign", "sessions", "visitors", "orders", "revenue", "spend")


def write_file(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(HEADER)
        for n in range(rows):
            day, one = START + timedelta(n // A_DAY), n % A_DAY
            labels = (("google", "bing", "news")[one % 3], ("cpc", "email")[one % 2], f"campaign-{one}")
            money = (f"{n % 9_973}.{n % 100:02}", f"{n % 37}.{n % 10}0")
            lines.writerow((day, *labels, n % 97, n % 89, n % 7, *money))


def bare(source: Path, target: Path) -> float:
    """The limit: the simplest program that keeps the same rows so that a day can be found and replaced."""
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA synchronous = FULL")
    key = "PRIMARY KEY (day, source, medium, campaign)"
    connection.execute(f"CREATE TABLE reading ({', '.join(HEADER)}, {key}) WITHOUT ROWID")
    start = time.perf_counter()
    with source.open(newline="", encoding="utf-8") as file, connection:
        lines = csv.reader(file)
        next(lines)
        rows = ((*row[:4], int(row[4]), int(row[5]), int(row[6]), float(row[7]), float(row[8])) for row in lines)
        connection.executemany(f"INSERT INTO reading VALUES ({', '.join('?' * len(HEADER))})", rows)
    spent = time.perf_counter() - start
    connection.close()
    return spent


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plans/p"
        plan.mkdir(parents=True)
        (plan / "plan.yaml").write_text(PLAN, encoding="utf-8")
        (plan / "sources.yaml").write_text("web: {connector: csv_file, path: web.csv}\n", encoding="utf-8")
        (plan.parents[1] / "vigie.yaml").write_text("limits: {origins_per_day: 5000}\n", encoding="utf-8")
        write_file(plan / "web.csv", rows)
        limit = bare(plan / "web.csv", Path(scratch) / "bare.db")
        at = deploy(Path(scratch), today=date(2026, 1, 15))
        loaded = at.load(plan)
        with writable_store(at) as store:
            synchronise(at, store, loaded)
            spent = {}
            for name in ("new", "the same again"):
                start = time.perf_counter()
                collect_plan(at, store, loaded, Asked(), Report())
                spent[name] = time.perf_counter() - start
            start = time.perf_counter()
            compute_plan(at, store, loaded)
            nothing = time.perf_counter() - start
    print(f"{rows:,} rows of a CSV file into SQLite, read, checked, attributed and summed")
    print(f"{'csv + sqlite3.executemany (limit)':36} {rows / limit:>10,.0f} rows/s")
    for name, seconds in spent.items():
        print(f"{'vigie collect, ' + name:36} {rows / seconds:>10,.0f} rows/s   {limit / seconds:.2f} of the limit")
    print(f"bringing the sums up to date when nothing changed: {nothing:.2f} s")


if __name__ == "__main__":
    main()

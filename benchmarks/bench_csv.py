"""A CSV file into the store, beside bare csv and sqlite3 with the same rows: python benchmarks/bench_csv.py [rows]"""

import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

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
    os.utime(path, (0, time.time() - 60))  # nobody is writing it any more


def bare(source: Path, target: Path) -> float:
    """The limit: the simplest program that keeps the same rows, money exact, days easily replaced."""
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA synchronous = FULL")
    key = "PRIMARY KEY (day, source, medium, campaign)"
    connection.execute(f"CREATE TABLE reading ({', '.join(HEADER)}, {key}) WITHOUT ROWID")
    start = time.perf_counter()
    with source.open(newline="", encoding="utf-8") as file, connection:
        lines = csv.reader(file)
        next(lines)
        rows = (
            (*row[:4], *map(int, row[4:7]), *(round(Decimal(cell) * 1_000_000) for cell in row[7:])) for row in lines
        )
        connection.executemany(f"INSERT INTO reading VALUES ({', '.join('?' * len(HEADER))})", rows)
    spent = time.perf_counter() - start
    connection.close()
    return spent


def collect(folder: str) -> float:
    """The command as a user gives it: reads, checks, stores, attributes and sums; its start is part of it."""
    start = time.perf_counter()
    command = "from worker.cli.main import main; main()"
    arguments = ("collect", "--config", folder, "--today", "2026-01-15")
    subprocess.run([sys.executable, "-c", command, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


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
        spent = {"first time": collect(scratch), "again, unchanged": collect(scratch)}
    print(f"{rows:,} rows of a CSV file into SQLite, read, checked, attributed and summed")
    print(f"{'csv + sqlite3.executemany (limit)':36} {rows / limit:>10,.0f} rows/s")
    for name, seconds in spent.items():
        print(f"{'vigie collect, ' + name:36} {rows / seconds:>10,.0f} rows/s   {limit / seconds:.2f} of the limit")


if __name__ == "__main__":
    main()

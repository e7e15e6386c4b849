"""A plan of many actions judged, beside the questions themselves: python benchmarks/bench_judge.py [actions]"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from worker.collect.job import CollectRequest
from worker.judge.assess import assess, assess_every
from worker.service.pipeline import PassResult, collect_plan
from worker.service.wiring import deploy, writable_store

TODAY, DAYS = date(2026, 10, 19), 240
PLAN = """
plan: Many
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-12-31
actions:
"""
ACTION = """
  a{n}:
    name: Action {n}
    tracked_by: {{campaign: "c-{n}"}}
    when: {{from: 2026-03-01}}
    budget: {{amount: 400, per: month}}
    targets: [{{kpi: orders, at_least: 90, per: month}}, {{kpi: conversion_rate, at_least: 4%, per: month}}]
"""
LIMIT = """
SELECT a.scope_id, SUM(a.orders), SUM(a.sessions), SUM(a.spend) FROM action_day a
WHERE a.dimension = '' AND a.day >= '2026-10-01' GROUP BY a.scope_id
"""


def write_plan(folder: Path, actions: int) -> None:
    """Actions of the same kind, of which some do worse than they should and some spend more."""
    plan, random = folder / "plans/many", Random(1)
    plan.mkdir(parents=True)
    (plan / "plan.yaml").write_text(PLAN + "".join(ACTION.format(n=n) for n in range(actions)))
    (plan / "sources.yaml").write_text("web: {connector: csv_file, path: web.csv}\n")
    (folder / "vigie.yaml").write_text("limits: {origins_per_day: 5000}\n")
    with (plan / "web.csv").open("w") as file:
        file.write("day,campaign,sessions,orders,spend\n")
        for day in (TODAY - timedelta(n) for n in range(DAYS, 0, -1)):
            for n in range(actions):
                sessions = random.randint(50, 90)
                orders = random.randint(0, 6) // (1 + (n % 10 == 0))
                file.write(f"{day},c-{n},{sessions},{orders},{random.randint(8, 14 + n % 4)}\n")


def timed(work: Callable[[], Any], times: int = 3) -> float:
    """The fastest of a few runs, in seconds of this process: others at work beside it do not count."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def main() -> None:
    actions = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as scratch:
        write_plan(Path(scratch), actions)
        at = deploy(Path(scratch), today=TODAY)
        with writable_store(at) as store:
            context = collect_plan(at, store, at.load_all()[0], CollectRequest(), PassResult())
            bare = sqlite3.connect(Path(scratch) / "vigie.db")
            limit = timed(lambda: bare.execute(LIMIT).fetchall())
            bare.close()
            with store.read() as connection:
                running = timed(lambda: assess(connection, context, TODAY))
                every = timed(lambda: assess_every(connection, context, TODAY))
                judged = len(assess(connection, context, TODAY))
    print(f"{actions} actions, {judged} judgements of running and last periods, {DAYS} days of figures")
    print(f"  {'the sums alone, by hand':38} {limit:7.2f} s")
    print(f"  {'judged, with their outlooks':38} {running:7.2f} s   {1000 * running / judged:.2f} ms each; at most 2 s")
    print(f"  {'and every period before':38} {every:7.2f} s")


if __name__ == "__main__":
    main()

"""What is mailed of actions exactly on target, replayed as the service would: python benchmarks/on_target.py [actions]

Each action brings 300 orders a month on average, by chance alone, and 300 are asked for.
"""

import sys
import tempfile
from calendar import monthrange
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np

from config.periods import Window
from worker.collect.job import CollectRequest
from worker.model.verdict import Verdict
from worker.report.backtest import replay
from worker.service.pipeline import PassResult, collect_plan
from worker.service.wiring import deploy, writable_store

DAYS, REPLAYED = Window(date(2026, 1, 1), date(2026, 11, 1)), Window(date(2026, 5, 1), date(2026, 11, 1))
TOLD = Window(date(2026, 5, 1), date(2026, 10, 1))  # the months whose end is replayed as well
WANTED = 300
PLAN = """
plan: On target
currency: EUR
timezone: UTC
starts: 2026-01-01
ends: 2026-12-31
people: {ana: {name: Ana, email: ana@tea.example, mails: every day at 08:00}}
actions:
"""
ACTION = """
  a{n}:
    name: A{n}
    responsible: ana
    tracked_by: {{campaign: c{n}}}
    targets: [{{kpi: orders, at_least: 300, per: month}}]
"""


def write_plan(folder: Path, actions: int) -> None:
    plan, chance = folder / "plans/p", np.random.default_rng(7)
    plan.mkdir(parents=True)
    (plan / "plan.yaml").write_text(PLAN + "".join(ACTION.format(n=n) for n in range(actions)))
    (plan / "sources.yaml").write_text("shop: {connector: csv_file, path: s.csv, kind: shop}\n")
    rows = ["day,campaign,orders"]
    for day in DAYS:
        orders = chance.poisson(WANTED / monthrange(day.year, day.month)[1], actions)
        rows += [f"{day},c{n},{count}" for n, count in enumerate(orders)]
    (plan / "s.csv").write_text("\n".join(rows) + "\n")


def main() -> None:
    actions = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as scratch:
        write_plan(Path(scratch), actions)
        at = deploy(Path(scratch), today=DAYS.end)
        with writable_store(at) as store:
            context = collect_plan(at, store, at.load_all()[0], CollectRequest(), PassResult())
            with store.read() as connection:
                replayed = replay(connection, context, REPLAYED, DAYS.end)
    told: dict[tuple[str, Window], set[Verdict]] = defaultdict(set)
    for alert in replayed.alerts:
        if alert.period.start in TOLD:
            told[alert.name, alert.period].add(alert.verdict)
    missed, warned = (sum(kind in kinds for kinds in told.values()) for kind in (Verdict.MISSED, Verdict.AT_RISK))
    print(f"{actions * 5} months of actions exactly on target: {len(told)} had a mail")
    print(f"  {missed} ended below the target, {warned} were warned of before")


if __name__ == "__main__":
    main()

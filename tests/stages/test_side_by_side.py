"""Five sources of three plans, and whole passes over them, at the same time on one database: as one after the other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from worker.collect.job import CollectRequest
from worker.service.pipeline import PassResult, collect_plan, judge_plan, notify_plan
from worker.service.wiring import deploy
from worker.store import schema as t
from worker.store.engine import Store, open_store

NOW = datetime(2026, 4, 2, 7, tzinfo=UTC)
PLANS = ("one", "two", "three")
PLAN = """
plan: {name}
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-04-30
people: {{lead: {{name: Lea Martin, email: lead@shop.example}}}}
actions:
  news:
    name: Newsletter
    responsible: lead
    tracked_by: {{campaign: "news*"}}
    budget: {{amount: 50, per: month}}
    targets: [{{kpi: orders, at_least: 1000, per: month}}, {{kpi: revenue, at_least: 5, per: month}}]
"""
SOURCES = "".join(f"s{n}: {{connector: csv_file, path: s{n}.csv, kind: shop}}\n" for n in range(5))


def write(folder: Path, url: str) -> None:
    """Three plans of five files, with two currencies and a change of one day at each turn."""
    for name in PLANS:
        place = folder / "plans" / name
        place.mkdir(parents=True)
        (place / "plan.yaml").write_text(PLAN.format(name=name))
        (place / "sources.yaml").write_text(SOURCES)
        for n in range(5):
            (place / f"s{n}.csv").write_text(figures(n, 0))
    (folder / "vigie.yaml").write_text(f'database: "{url}"\n')


def figures(source: int, turn: int) -> str:
    rows = [
        f"2026-03-{day:02},news-{source}-{day % 3},{currency},{day % 4 + (turn if day == 9 else 0)},{day * 10}"
        for day in range(1, 32)
        for currency in ("EUR", "USD")
    ]
    return "\n".join(["day,campaign,currency,orders,revenue", *rows, ""])


def a_pass(folder: Path, store: Store, name: str) -> None:
    at = deploy(folder, now=lambda: NOW)
    report = PassResult()
    context = collect_plan(at, store, at.load(folder / "plans" / name), CollectRequest(), report)
    assert report.failures == {}
    notify_plan(at, store, judge_plan(at, store, context, report), [], at_once=True)


def outcome(store: Store) -> list[Any]:
    """What is stored, without what only tells in which order it was."""
    with store.read() as connection:
        of = select(t.plan.c.plan, t.source.c.source, t.reading.c.day, t.origin.c.label, t.reading.c.orders)
        source = t.reading.c.source_id == t.source.c.id
        joined = of.join_from(t.reading, t.source, source).join(t.plan, t.plan.c.id == t.source.c.plan_id)
        readings = joined.join(t.origin, t.origin.c.id == t.reading.c.origin_id)
        verdicts = select(t.plan.c.plan, t.verdict.c.ref, t.verdict.c.subject, t.verdict.c.verdict, t.verdict.c.value)
        told = verdicts.join_from(t.verdict, t.plan, t.plan.c.id == t.verdict.c.plan_id)
        return [sorted(map(repr, connection.execute(statement))) for statement in (readings, told)]


@pytest.mark.parametrize("turn", range(1))
def test_plans_and_their_sources_side_by_side_come_to_what_they_come_to_one_by_one(
    database_url: str, tmp_path: Path, turn: int
) -> None:
    write(tmp_path / "both", database_url)
    write(tmp_path / "alone", f"sqlite:///{tmp_path / 'alone.db'}")
    stores = {"both": open_store(database_url), "alone": open_store(f"sqlite:///{tmp_path / 'alone.db'}")}
    for again in (0, turn + 1):
        for folder in stores:
            for name in PLANS:
                (tmp_path / folder / "plans" / name / "s2.csv").write_text(figures(2, again))
        with ThreadPoolExecutor(2 * len(PLANS)) as pool:  # each plan by two at once: a command beside the service
            runs = [pool.submit(a_pass, tmp_path / "both", stores["both"], name) for name in PLANS * 2]
            for run in runs:
                run.result()
        for name in PLANS:
            a_pass(tmp_path / "alone", stores["alone"], name)
    assert outcome(stores["both"]) == outcome(stores["alone"])
    for store in stores.values():
        store.close()

"""How often a pass asks the database: it loads, decides, saves, and asks nothing for each target by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from conftest import writer
from sqlalchemy import event
from sqlalchemy.engine import Engine

from worker.cli.starter import write_starter
from worker.service.pipeline import run_once
from worker.service.wiring import deploy, writable_store

AT_MOST = 110  # on the second day of the starter plan, the beginnings of transactions among them


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to any database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def statements_of_a_pass(folder: Path, today: str) -> list[str]:
    at = deploy(folder, today=date.fromisoformat(today))
    with writable_store(at) as store, counted() as sent:
        run_once(at, store)
    return sent


def test_the_second_day_of_the_starter_plan_takes_few_statements(tmp_path: Path) -> None:
    write_starter(tmp_path / "starter", "en")
    statements_of_a_pass(tmp_path / "starter", "2026-05-19")
    sent = statements_of_a_pass(tmp_path / "starter", "2026-05-20")
    assert len(sent) <= AT_MOST, "\n".join(sent)


PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {lead: {name: Lead, email: lead@shop.example}}
actions:
"""
ACTION = """
  news-{n}:
    name: News {n}
    responsible: lead
    tracked_by: {{campaign: "news-{n}"}}
    when: {{from: 2026-03-01, to: 2026-04-30}}
    budget: {{amount: 100, per: month}}
    targets: [{{kpi: orders, at_least: 400, per: month}}, {{kpi: conversion_rate, at_least: 2%, per: month}}]
"""


def plan_of(actions: int) -> str:
    return PLAN + "".join(ACTION.format(n=n) for n in range(actions))


def figures_of(actions: int, until: date) -> str:
    """Figures that fall far behind in April, so that a flag opens for every target."""
    rows = ["day,campaign,sessions,orders,revenue,spend"]
    first = date(2026, 3, 1)
    for day in (first + timedelta(n) for n in range((until - first).days)):
        orders = 12 if day.month == 3 else 1
        rows += [f"{day},news-{n},{100 + day.day},{orders},{orders * 20},{3 + day.day % 3}" for n in range(actions)]
    return "\n".join(rows) + "\n"


def test_the_number_of_statements_does_not_grow_with_the_targets(tmp_path: Path) -> None:
    """On the first day, on the next, and on the one on which a further look confirms what was seen of each target."""
    counts: dict[int, list[int]] = {4: [], 20: []}
    for actions, taken in counts.items():
        made = writer(tmp_path / str(actions))(plan_of(actions), "shop: {connector: csv_file, path: s.csv}")
        for today in ("2026-04-19", "2026-04-20", "2026-04-21"):
            made.write({"plans/p/s.csv": figures_of(actions, date.fromisoformat(today))})
            taken.append(len(statements_of_a_pass(made.folder, today)))
        assert len(made("flags", "--json").json) >= 4 * actions  # there was something to write down of each
    assert counts[20] == counts[4]

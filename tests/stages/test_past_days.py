"""Many past days judged from what is read once: as each of them is judged by itself, and without asking again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random

import pytest
from conftest import writer
from sqlalchemy import Connection
from statements import counted

from config.periods import Window
from worker.judge.assess import assess_newest
from worker.judge.past_days import judge_of_past_days
from worker.judge.questions import promises
from worker.model.context import PlanContext
from worker.model.verdict import Judgement, Verdict
from worker.service.pipeline import run_once
from worker.service.wiring import deploy, readable_store, writable_store
from worker.store import plans
from worker.store.context import load_context
from worker.store.figure_reader import FigureReader

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-02-01
ends: 2026-06-30
budget: 900
actions:
  news:
    name: News
    tracked_by: {campaign: "news*"}
    when: {every: month, on: 1, lasts: 20 days}
    budget: {amount: 60, per: occurrence}
    targets: [{kpi: orders, at_least: 180, per: occurrence}, {kpi: conversion_rate, at_least: 9%, per: month}]
  late:
    name: Late news
    tracked_by: {campaign: "news-late"}
    budget: {amount: 40, per: month, rollover: true}
    costs: [{on: 2026-04-07, amount: 9, what: layout, state: planned}]
    targets: [{kpi: traffic_sources, for: email, at_least: 30%, per: month}]
objectives:
  grow: {name: Grow, targets: [{kpi: revenue, at_least: 9000, by: 2026-05-31}]}
"""
SOURCES = "shop: {connector: csv_file, path: s.csv, lookback: 3}"
DAYS = Window(date(2026, 2, 1), date(2026, 5, 1))


def figures() -> str:
    """Figures with all that makes days differ: a channel, shared spend, a fall, a hole, last days that may change."""
    rows, random = ["day,campaign,channel,sessions,orders,revenue,spend"], Random(1)
    for day in DAYS:
        for name, channel in (("news-early", "Email"), ("news-late", "email"), ("other", "Direct")):
            orders = random.randint(1, 12) // (2 if day.month == 4 else 1)
            revenue = "" if day == date(2026, 3, 9) else orders * 20
            rows.append(f"{day},{name},{channel},{random.randint(60, 90)},{orders},{revenue},{2 + day.day % 3}")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan whose figures are collected up to the last of the days."""
    made = writer(tmp_path_factory.mktemp("past"))(PLAN, SOURCES, **{"s.csv": figures()})
    at = deploy(made.folder, today=DAYS.last)
    with writable_store(at) as store:
        run_once(at, store)
    return made.folder


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Connection, PlanContext]]:
    at = deploy(folder, today=DAYS.last)
    with readable_store(at) as store, store.read() as connection:
        stored = plans.stored_plan(connection, "p")
        assert stored is not None
        yield connection, load_context(connection, at.load_all()[0], stored)


class InTheMorning(FigureReader):
    """Reads each day anew, as if nothing of the day itself were there."""

    def until(self, today: date) -> date:
        return today


def begun(judgements: list[Judgement], day: date) -> list[Judgement]:
    return [one for one in judgements if one.period.start < day]


def test_each_day_is_judged_as_by_itself_in_its_morning_whatever_the_order(folder: Path) -> None:
    days = [*DAYS]
    Random(2).shuffle(days)
    with opened(folder) as (connection, context):
        judged_on = judge_of_past_days(connection, context, DAYS.last)
        found = {day: begun(judged_on(day), day) for day in days}
        reader, promised = InTheMorning(connection, context), list(promises(context.loaded))
        assert found == {day: begun(assess_newest(reader, promised, day), day) for day in days}
        assert len({judgement.verdict for judgements in found.values() for judgement in judgements}) >= 6


def test_another_day_of_the_same_periods_asks_the_database_nothing(folder: Path) -> None:
    with opened(folder) as (connection, context):
        judged_on = judge_of_past_days(connection, context, DAYS.last)
        judged_on(date(2026, 4, 10))
        with counted() as sent:
            assert judged_on(date(2026, 4, 12)) != judged_on(date(2026, 4, 18))
    assert sent == []


def test_nothing_of_the_day_itself_is_in_what_was_known_on_its_morning(folder: Path) -> None:
    """Of April's first 11 days the file has the orders of 1 to 10 before it has those of the 11th."""
    day = date(2026, 4, 11)
    rows = [row.split(",") for row in figures().splitlines()[1:]]
    orders = sum(int(row[4]) for row in rows if row[1].startswith("news") and "2026-04-01" <= row[0] < str(day))
    with opened(folder) as (connection, context):
        judged = judge_of_past_days(connection, context, DAYS.last)(day)
    [found] = [one.figure.value for one in judged if one.kpi == "orders" and day in one.period]
    assert found == orders


def test_what_had_not_begun_had_no_figure(folder: Path) -> None:
    with opened(folder) as (connection, context):
        judged = judge_of_past_days(connection, context, DAYS.last)(date(2026, 1, 20))
    assert {(one.verdict, one.figure.value) for one in judged} == {(Verdict.NOT_STARTED, None)}

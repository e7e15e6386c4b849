"""Killed with SIGKILL at every numbered point of a pass and started again: it ends where an undisturbed pass ends."""

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from conftest import Vigie, Write
from sqlalchemy import Connection

from worker.service.pipeline import run_once, take_over
from worker.service.wiring import deploy, writable_store
from worker.store.engine import Store

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
budget: 900
people:
  lead: {name: Lea Martin, email: lead@shop.example}
  content: {name: Zoé Petit, email: content@shop.example, language: fr}
objectives:
  grow: {name: Grow, targets: [{kpi: revenue, at_least: 500, per: month}]}
actions:
  news:
    name: Newsletter
    objectives: [grow]
    responsible: content
    tracked_by: {campaign: "news*"}
    budget: {amount: 50, per: month}
    costs: [{on: 2026-03-02, amount: 60, what: layout}]
    targets: [{kpi: orders, at_least: 10, per: month}, {kpi: conversion_rate, at_least: 5%, per: month}]
"""
SOURCES = """
shop: {connector: csv_file, path: shop.csv}
web: {connector: csv_file, path: web.csv}
away: {connector: csv_file, path: missing.csv}
"""
SHOP = """day,campaign,currency,orders,revenue
2026-03-01,,EUR,0,0
2026-03-02,news-1,EUR,4,40.40
2026-03-03,,USD,6,60.60
2026-03-31,news-1,USD,5,50
"""
WEB = """day,campaign,sessions
2026-03-01,,12
2026-03-31,news-1,400
"""
NOW = datetime(2026, 4, 2, 7, tzinfo=UTC)


def test_killed_at_each_point_of_a_pass_and_started_again_it_ends_where_an_undisturbed_one_ends(
    vigie: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # a server of forks looks for modules nowhere else
    made = vigie(PLAN, SOURCES, **{"shop.csv": SHOP, "web.csv": WEB})
    start = shutil.copytree(made.folder, tmp_path / "start")
    passed(made.folder)
    expected, told = everything(made), message_ids(made)
    assert len(told) == 2
    for number in count(1):
        shutil.rmtree(made.folder)
        shutil.copytree(start, made.folder)
        if not died(made, number):
            break
        passed(made.folder)
        assert everything(made) == expected, f"killed at point {number}"
        assert set(message_ids(made)) == set(told), f"killed at point {number}"
        assert len(message_ids(made)) <= len(told) + 1, f"killed at point {number}"
    assert number > 15  # three sources, each read and noted; the sums, the judgement, the messages; two mails


def died(made: Vigie, number: int) -> bool:
    """Whether a pass in a process of its own reached that point, and so was killed there."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["warmed"])
    process = processes.Process(target=passed, args=(made.folder, number))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == -signal.SIGKILL


def passed(folder: Path, dying: int = 0) -> None:
    """One whole pass; it dies at the numbered point, if one is given."""
    if dying:
        _make_mortal(dying)
    at = deploy(folder, now=lambda: NOW)
    with patch("worker.service.pipeline.AT_ONCE", 1), writable_store(at) as store:  # so that the points come in order
        take_over(store)
        run_once(at, store)


def _make_mortal(number: int) -> None:
    """Die when the numbered transaction has done all its work, and not yet committed.

    Nothing lasts between a commit and the end of the next transaction but a mail that was delivered, and that is
    there when its note is about to be committed: so these are all the states in which a pass can be left.
    """
    transactions = count(1)
    write = Store.write

    @contextmanager
    def mortal_write(self: Store) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            if next(transactions) == number:
                os.kill(os.getpid(), signal.SIGKILL)

    patch.object(Store, "write", mortal_write).start()


def everything(made: Vigie) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table; how often a message was tried, and in doubt, is all that may differ."""
    with closing(sqlite3.connect(made.folder / "vigie.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables}
        lasting = {t: ", ".join(c for c in columns[t] if c not in ("attempts", "may_have_arrived")) for t in tables}
        return {t: sorted(connection.execute(f"SELECT {lasting[t]} FROM {t}"), key=repr) for t in tables}  # noqa: S608


def message_ids(made: Vigie) -> list[str]:
    """The Message-ID of each mail in the folder."""
    mails = (message_from_bytes(path.read_bytes()) for path in (made.folder / "outbox").glob("*.eml"))
    return [mail["Message-ID"] for mail in mails]

"""A small plan with three sources, and one pass over it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from unittest.mock import patch

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


SHOP = """day,campaign,currency,orders,revenue
2026-03-01,,EUR,0,0
2026-03-02,news-1,EUR,4,40.40
2026-03-03,,USD,6,60.60
2026-03-31,news-1,USD,5,50
"""


SOURCES = """
shop: {connector: csv_file, path: shop.csv}
web: {connector: csv_file, path: web.csv}
away: {connector: csv_file, path: missing.csv}
"""


WEB = """day,campaign,sessions
2026-02-10,,9
2026-03-01,,12
2026-03-31,news-1,400
"""


NOW = datetime(2026, 4, 2, 7, tzinfo=UTC)


def _make_mortal(number: int) -> None:
    """Die when the numbered transaction has done all its work, and not yet committed.

    Nothing lasts between a commit and the end of the next transaction but a mail that was delivered, and that is
    there when its note is about to be committed: so these are all the states in which a pass can be left.
    """
    transactions = count(1)
    write = Store.write

    @contextmanager
    def mortal_write(self: Store, source_id: int | None = None) -> Iterator[Connection]:
        with write(self, source_id) as connection:
            yield connection
            if next(transactions) == number:
                os.kill(os.getpid(), signal.SIGKILL)

    patch.object(Store, "write", mortal_write).start()


def passed(folder: Path, dying: int = 0) -> None:
    """One whole pass; it dies at the numbered point, if one is given."""
    if dying:
        _make_mortal(dying)
    at = deploy(folder, now=lambda: NOW)
    with patch("worker.service.pipeline.AT_ONCE", 1), writable_store(at) as store:  # so that the points come in order
        take_over(store)
        run_once(at, store)

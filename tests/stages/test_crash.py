"""Killed with SIGKILL at every numbered point of a pass and started again: it ends where an undisturbed pass ends."""

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from email import message_from_bytes
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from conftest import Vigie, Write
from passes_made import PLAN, SHOP, SOURCES, WEB, passed

from worker.service.wiring import deploy, writable_store


def test_killed_at_each_point_of_a_pass_and_started_again_it_ends_where_an_undisturbed_one_ends(
    vigie: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # a server of forks looks for modules nowhere else
    made = vigie(PLAN, SOURCES, **{"shop.csv": SHOP, "web.csv": WEB})
    with writable_store(deploy(made.folder)):  # an empty database: no pass need make its own
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

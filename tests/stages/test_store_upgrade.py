"""A database that an earlier version wrote is brought up to date, and says what it said before."""

import gzip
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from conftest import migrate
from postgres_server import database
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from config.errors import StoreError
from worker.store import engine as opening
from worker.store import flags
from worker.store.engine import HEAD, open_store

WRITTEN_BY_0_1 = Path(__file__).parents[1] / "support" / "fixtures" / "vigie-0.1.db.gz"
VIEWS = ("report_action", "report_budget", "report_coverage", "report_flag", "report_kpi", "report_verdict")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The starter plan after two days, one flag acknowledged and one snoozed, as version 0.1 left it."""
    monkeypatch.setattr(opening, "upgrade", migrate)
    path = tmp_path / "vigie.db"
    with gzip.open(WRITTEN_BY_0_1) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return path


def rows_of(path: Path, view: str) -> tuple[list[str], list[Any]]:
    with sqlite3.connect(path) as connection:
        cursor = connection.execute(f"SELECT * FROM {view}")  # noqa: S608 -- one of our own views
        names = [column[0] for column in cursor.description]
        return names, sorted(cursor.fetchall(), key=repr)


def test_every_view_says_after_the_upgrade_what_it_said_before(old: Path) -> None:
    before = {view: rows_of(old, view) for view in VIEWS}
    open_store(f"sqlite:///{old}").close()
    assert {view: rows_of(old, view) for view in VIEWS} == before
    names, verdicts = before["report_verdict"]
    assert "23 commandes pour un objectif d'au moins 40." in {row[names.index("sentence_fr")] for row in verdicts}
    assert len(before["report_flag"][1]) == 4
    assert len(before["report_kpi"][1]) > 1000


def test_flags_keep_their_sentences_answers_and_history(old: Path) -> None:
    store = open_store(f"sqlite:///{old}")
    with store.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        by_id = {flag["id"]: flag for flag in flags.listed(connection, ["first-plan"])}
        changes = connection.execute(text("SELECT note FROM flag_change WHERE note <> ''")).scalars().all()
    store.close()
    assert (by_id[1]["state"], by_id[1]["sentence_en"]) == ("acknowledged", "23 orders for a target of at least 40.")
    assert (by_id[2]["state"], by_id[2]["snoozed_until"]) == ("snoozed", date(2026, 5, 28))
    assert changes == ["On it: new mailing on Monday"]


def test_an_upgrade_that_breaks_off_leaves_the_old_database_and_is_made_up_for(old: Path) -> None:
    """Before the first change, with views dropped, sentences copied, columns dropped, and views made anew."""
    before, file = {view: rows_of(old, view) for view in VIEWS}, old.read_bytes()
    for number in (4, 8, 15, 24, 33):
        assert _breaks_off(old, number)
        assert old.read_bytes() == file, f"broken off at statement {number}"
    open_store(f"sqlite:///{old}").close()
    assert {view: rows_of(old, view) for view in VIEWS} == before


def _breaks_off(path: Path, number: int) -> bool:
    """Whether the upgrade came as far as the numbered statement, and failed there."""
    connected = opening.connect(f"sqlite:///{path}")
    numbers = count(1)

    def fail(*_: object) -> None:
        if next(numbers) == number:
            raise OperationalError("", {}, Exception("cut off"))

    event.listen(connected, "before_cursor_execute", fail)
    try:
        opening.upgrade(connected, "0001")
    except StoreError:
        return True
    finally:
        connected.dispose()
    return False


def test_an_upgraded_database_has_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    open_store(f"sqlite:///{old}").close()
    open_store(f"sqlite:///{tmp_path / 'new.db'}").close()
    assert _tables(old) == _tables(tmp_path / "new.db")


def _tables(path: Path) -> dict[str, list[str]]:
    with sqlite3.connect(path) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(row[1] for row in connection.execute(f"PRAGMA table_info({name})")) for name in names}


@pytest.fixture
def old_postgres(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """PostgreSQL at the first migration, with one flag, and a view on which somebody was given a right."""
    monkeypatch.setattr(opening, "upgrade", migrate)
    with database(request.getfixturevalue("postgres_server"), template="template1") as url:
        connected = opening.connect(url)
        with connected.execution_options(vigie_writes=True).begin() as connection:
            _first_migration(connection)
            for statement in _OLD_ROWS:
                connection.execute(text(statement))
        connected.dispose()
        yield url


def _first_migration(connection: Connection) -> None:
    settings = Config()
    settings.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "0001")


_OLD_ROWS = (
    (
        "INSERT INTO plan (id, plan, name, currency, timezone, language, starts, ends, digest) VALUES "
        "(1, 'spring', 'Spring', 'EUR', 'UTC', 'fr', '2026-03-01', '2026-07-01', 'x')"
    ),
    (
        "INSERT INTO flag (id, plan_id, key, episode, scope, ref, subject, person, state, verdict, sentence_en, "
        "sentence_fr, opened_at, changed_at, note, confirmed, cleared, is_fact, shortfall, level, reminded, frozen, "
        "inhibited_by, turns) VALUES (7, 1, 'k', 1, 'action', 'news', 'orders', 'ana', 'open', 'missed', 'Too few.', "
        "'Trop peu.', '2026-05-01T00:00:00Z', '2026-05-01T00:00:00Z', '', 1, 0, true, 0, 0, 0, 0, '', '')"
    ),
    (
        "CREATE VIEW report_flag AS SELECT p.plan, f.id, f.scope, f.ref AS subject_id, f.subject, f.period_start, "
        "f.period_end, f.person, f.state, f.verdict, f.sentence_en, f.sentence_fr, f.episode, f.opened_at, "
        "f.changed_at, f.closed_at, f.snoozed_until, f.note FROM flag AS f JOIN plan AS p ON p.id = f.plan_id "
        "WHERE f.state NOT IN ('inactive', 'pending')"
    ),
    "GRANT SELECT ON report_flag TO PUBLIC",
)


@pytest.mark.postgres
def test_on_postgresql_a_view_keeps_its_rows_and_what_was_granted_on_it(old_postgres: str) -> None:
    store = open_store(old_postgres)
    with store.read() as connection:
        row = connection.execute(text("SELECT sentence_en, sentence_fr, opened_at FROM report_flag")).one()
        granted = connection.execute(
            text("SELECT grantee FROM information_schema.role_table_grants WHERE table_name = 'report_flag'")
        ).scalars()
        assert "PUBLIC" in set(granted)
    store.close()
    assert row[:2] == ("Too few.", "Trop peu.")
    assert isinstance(row[2], datetime)

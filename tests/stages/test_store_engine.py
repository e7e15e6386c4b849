"""Opening the database: migrations, transactions, locks, and errors that name their remedy."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from conftest import BOTH, migrate
from postgres_server import database
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import OperationalError

from config.errors import PlanError, StoreError
from worker.store import engine as opening
from worker.store import schema as t
from worker.store.engine import HEAD, backup, existing_store, open_store, service_lock, wal_is_safe


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with nothing in it, on which the migrations are made."""
    monkeypatch.setattr(opening, "upgrade", migrate)
    if request.param == "postgresql":
        with database(request.getfixturevalue("postgres_server"), template="template1") as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path / 'vigie.db'}"


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    store = open_store(database_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, t.metadata) == []
    store.close()


def test_the_code_knows_the_newest_migration() -> None:
    folder = Path(opening.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_opening_twice_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        store = open_store(database_url)
        with store.read() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        store.close()


def test_a_database_of_a_newer_vigie_is_refused(database_url: str) -> None:
    store = open_store(database_url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="newer than this Vigie"):
        open_store(database_url)
    with pytest.raises(StoreError, match="vigie db upgrade"):
        existing_store(database_url)


def test_a_migration_that_is_cut_off_leaves_nothing_and_the_next_start_completes_it(database_url: str) -> None:
    """Every statement in turn is the one that fails; afterwards the database is as if nothing had been tried."""
    for number in (1, 2, 10, 20, 28):
        with pytest.raises(StoreError, match="cut off"):
            _upgrade_cut_off_at(number, database_url)
        connected = opening.connect(database_url)
        assert opening.revision(connected) is None
        connected.dispose()
    store = open_store(database_url)
    with store.read() as connection:
        assert connection.execute(select(t.plan)).all() == []
    store.close()


def _upgrade_cut_off_at(number: int, database_url: str) -> None:
    connected = opening.connect(database_url)
    count = 0

    def cut(*_: object) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise OperationalError("", {}, Exception("cut off"))

    event.listen(connected, "before_cursor_execute", cut)
    try:
        opening.upgrade(connected)
    finally:
        connected.dispose()


def test_a_write_that_fails_keeps_nothing(database_url: str) -> None:
    store = open_store(database_url)

    def fail() -> None:
        with store.write() as connection:
            connection.execute(insert(t.meta).values(name="a", value="1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as connection:
        assert connection.execute(select(t.meta).where(t.meta.c.name == "a")).all() == []
    store.close()


def test_nothing_done_while_reading_stays(database_url: str) -> None:
    store = open_store(database_url)
    with store.read() as connection:
        connection.execute(insert(t.meta).values(name="a", value="1"))
    with store.read() as connection:
        assert connection.execute(select(t.meta).where(t.meta.c.name == "a")).all() == []
    store.close()


def test_two_threads_that_read_and_then_write_both_succeed(database_url: str) -> None:
    """A transaction that begins by reading and then writes is refused at once by SQLite, unless it says so first."""
    store = open_store(database_url)
    with store.write() as connection:
        connection.execute(insert(t.meta).values(name="count", value="0"))
    problems: list[Exception] = []

    def count() -> None:
        try:
            for _ in range(20):
                with store.write() as connection:
                    row = select(t.meta.c.value).where(t.meta.c.name == "count").with_for_update()
                    value = int(connection.execute(row).scalar_one())
                    connection.execute(t.meta.update().where(t.meta.c.name == "count").values(value=str(value + 1)))
        except StoreError as error:
            problems.append(error)

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        found = connection.execute(select(t.meta.c.value).where(t.meta.c.name == "count")).scalar()
    assert (found, problems) == ("60", [])
    store.close()


def test_sqlite_is_kept_safe_rather_than_fast(tmp_path: Path) -> None:
    asked = """
import sys
from sqlalchemy import text
from worker.store.engine import open_store
with open_store("sqlite:///" + sys.argv[1]).read() as connection:
    print(*(connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")))
"""  # in a process of its own: the tests themselves do not wait for the disk
    done = subprocess.run([sys.executable, "-c", asked, f"{tmp_path / 'v.db'}"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("delete 2\n", "")


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_a_write_ahead_log_is_trusted_only_where_it_cannot_lose_a_commit(
    version: tuple[int, ...], is_safe: bool
) -> None:
    assert wal_is_safe(version) is is_safe


def test_a_database_left_in_wal_mode_by_someone_else_is_taken_out_of_it(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    open_store(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    store = open_store(f"sqlite:///{path}")
    with store.read() as reading:
        mode = reading.execute(text("PRAGMA journal_mode")).scalar()
    assert (mode == "delete") is not wal_is_safe(sqlite3.sqlite_version_info)
    store.close()


def test_a_full_disk_is_said_with_its_remedy_and_loses_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'v.db'}")
    with store.write() as connection:
        connection.execute(insert(t.meta).values(name="before", value="1"))

    def no_room(dbapi_connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        pages = dbapi_connection.execute("PRAGMA page_count").fetchone()[0]
        dbapi_connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(store.engine, "checkout", no_room)
    with pytest.raises(StoreError, match="make room on the disk; nothing was lost"), store.write() as connection:
        connection.execute(insert(t.meta), [{"name": f"n{n}", "value": "x" * 4000} for n in range(100)])
    event.remove(store.engine, "checkout", no_room)
    with store.read() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert connection.execute(select(t.meta.c.name).where(t.meta.c.name.like("n%"))).all() == []
    store.close()


def test_a_backup_put_in_the_place_of_the_database_is_used_at_once(tmp_path: Path) -> None:
    store, before = open_store(f"sqlite:///{tmp_path / 'v.db'}"), tmp_path / "before.db"
    backup(store, before)
    with store.write() as connection:
        connection.execute(insert(t.meta).values(name="after", value="1"))
    before.replace(tmp_path / "v.db")
    with store.read() as connection:
        assert connection.execute(select(t.meta.c.name).where(t.meta.c.name == "after")).all() == []
    store.close()


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "v.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreError, match="the path names another kind of file"):
        open_store(f"sqlite:///{tmp_path / 'v.db'}")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the folder must exist and be writable"):
        open_store(f"sqlite:///{tmp_path / 'nowhere' / 'v.db'}")


@pytest.mark.parametrize("url", ["mysql://x@y/z", "nonsense", "oracle+cx://a"])
def test_a_database_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(PlanError, match=r"SQLite or PostgreSQL|cannot be used"):
        open_store(url)


def test_a_password_in_the_url_is_never_said() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql+psycopg://vigie:canary-secret@127.0.0.1:1/none")
    assert "canary-secret" not in str(caught.value)


def test_looking_makes_no_database(tmp_path: Path) -> None:
    assert existing_store(f"sqlite:///{tmp_path / 'v.db'}") is None
    assert list(tmp_path.iterdir()) == []


def test_a_backup_taken_while_others_write_is_whole(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'v.db'}")
    with store.write() as connection:
        connection.execute(insert(t.meta), [{"name": f"n{n}", "value": "x"} for n in range(1000)])
    backup(store, tmp_path / "copy.db")
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.read() as connection:
        assert len(connection.execute(select(t.meta)).all()) == 1000
    copy.close()
    with pytest.raises(StoreError, match="already exists"):
        backup(store, tmp_path / "copy.db")
    store.close()


def test_the_lock_of_the_service_dies_with_its_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'v.db'}"
    store = open_store(url)
    program = (
        "import sys, time\nfrom worker.store.engine import open_store, service_lock\n"
        f"with service_lock(open_store({url!r})) as ours:\n    print(ours, flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "True"
        with service_lock(store) as ours:
            assert not ours
        other.kill()
        other.wait()
    with service_lock(store) as ours:
        assert ours
    store.close()

"""Opening the database: pragmas, transactions, the lock of the one service, migrations."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError, SQLAlchemyError

from config.errors import PlanError, Problem, StoreError
from config.message import Message, marked, message

#: the migration this code works with; a test holds it to the folder of migrations
HEAD = "0005"

BUSY_SECONDS = 10  # how long a write waits for another one's
_LOCK_NUMBER = 0x7669_6769_65  # "vigie", as PostgreSQL names advisory locks by number
_TURN, _OF_SOURCE = _LOCK_NUMBER + 2, 0x7669_6769  # a name of two numbers has 32 bits for each

#: SQLite versions in which a write-ahead log cannot lose a commit (sqlite.org/wal.html#walresetbug)
_WAL_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


class Store:
    """A database at the current migration. Every access is a transaction: ``with store.write() as connection``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(vigie_writes=True)
        self._turn = RLock() if engine.dialect.name == "sqlite" else nullcontext()  # no thread waits itself tired

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the whole; nothing done in it stays."""
        with as_store_error(self.engine), self.engine.connect() as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def write(self, source_id: int | None = None) -> Iterator[Connection]:
        """A transaction: all of it is kept, or nothing. Raises StoreError where the database refuses.

        One that only puts in figures of a source goes on beside those of other sources; any other is alone.
        """
        with as_store_error(self.engine), self._turn, self._writer.begin() as connection:
            _take_turn(connection, source_id)
            yield connection

    @property
    def url(self) -> str:
        """Where it is, without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def connect(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL. Raises PlanError where the URL cannot be used."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", prepare_sqlite)
            if parsed.database:
                _follow_file(engine, Path(parsed.database))
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if backend == "postgresql":
            return create_engine(parsed, pool_pre_ping=True, connect_args={"options": "-c timezone=UTC"})
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise _unusable(message("the database cannot be used: {reason}", reason=error)) from error
    forms = "sqlite:///vigie.db or postgresql+psycopg://user@host/name"
    raise _unusable(message("the database is SQLite or PostgreSQL: {forms}", forms=forms))


def _unusable(problem: Message) -> PlanError:
    return PlanError([Problem("vigie.yaml", 0, problem)])


def prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Make a new connection safe rather than fast."""
    connection.isolation_level = None  # the transaction is begun by hand, below
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode == "wal" and not wal_is_safe(sqlite3.sqlite_version_info):
        connection.execute("PRAGMA journal_mode = DELETE")


def _take_turn(connection: Connection, source_id: int | None) -> None:
    """On PostgreSQL, wait as SQLite's writers do: what is read, and then written by what was read, stays true."""
    if connection.dialect.name != "postgresql":
        return
    if source_id is None:
        connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
        return
    connection.execute(select(func.pg_advisory_xact_lock_shared(_TURN)))
    connection.execute(select(func.pg_advisory_xact_lock(_OF_SOURCE, source_id)))


def dialect_insert(connection: Connection, table: Table) -> Any:
    """An insert that can say what to do about a row that is there already."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _follow_file(engine: Engine, path: Path) -> None:
    """A connection is kept, as opening one costs milliseconds; not to a file that another was put in the place of."""

    def note(_connection: object, record: Any) -> None:
        record.info["file"] = _identity(path)

    def compare(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError(f"another file is now at {path}")

    event.listen(engine, "connect", note)
    event.listen(engine, "checkout", compare)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug, present from 3.7.0 up to the given fixes."""
    return version >= _WAL_FIXED[0] or any(version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_FIXED[1:])


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes is refused at once by a busy database, whatever the timeout.
    writes = connection.get_execution_options().get("vigie_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def as_store_error(engine: Engine) -> Iterator[None]:
    """What the database refuses, as a StoreError with its remedy."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        place = engine.url.render_as_string(hide_password=True)
        remedy = next((text for sign, text in _REMEDIES.items() if sign in reason), None)
        parts = {"database": place, "reason": reason}
        if remedy is None:
            raise StoreError(message("the database {database} says: {reason}", **parts)) from error
        text = message("the database {database} says: {reason}: {remedy}", **parts, remedy=Message(remedy))
        raise StoreError(text) from error


#: what to do, by what SQLite says
_REMEDIES = {
    "database or disk is full": marked("make room on the disk; nothing was lost"),
    "database is locked": marked("another program is using it; nothing was lost, run again"),
    "readonly": marked("let the service write to the file and its folder"),
    "unable to open": marked("the folder must exist and be writable"),
    "malformed": marked("restore the last backup made by 'vigie db backup', and keep the broken file"),
    "not a database": marked("the path names another kind of file"),
}


def open_store(url: str) -> Store:
    """The store at ``url``, brought to the current migration. Raises PlanError or StoreError."""
    engine = connect(url)
    with _let_go_on_failure(engine), as_store_error(engine):
        found = revision(engine)
        if found != HEAD:
            upgrade(engine, found)
    return Store(engine)


def existing_store(url: str) -> Store | None:
    """The store, if it is there and current, without touching it; for commands that only read."""
    engine = connect(url)
    path = sqlite_path(engine)
    if path and not path.exists():
        return None
    with _let_go_on_failure(engine), as_store_error(engine):
        current = revision(engine)
        if current not in (None, HEAD):
            raise StoreError(
                message(
                    "the database is at migration {migration}, this Vigie at {own}: run 'vigie db upgrade'",
                    migration=current,
                    own=HEAD,
                )
            )
    if current is None:
        engine.dispose()
        return None
    return Store(engine)


@contextmanager
def _let_go_on_failure(engine: Engine) -> Iterator[None]:
    try:
        yield
    except StoreError:
        engine.dispose()
        raise


def revision(engine: Engine) -> str | None:
    """The migration a database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine, current: str | None = None) -> None:
    """Bring a database to the current migration, one process at a time."""
    from alembic import command  # half a second: only when there is something to do
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            message(
                "the database is at migration {migration}, newer than this Vigie: install the newer version",
                migration=current,
            )
        )
    with (
        as_store_error(engine),
        engine.execution_options(vigie_writes=True).begin() as connection,
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER + 1})
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        if current is not None:
            from worker.store import views

            views.refresh(connection)


def sqlite_path(engine: Engine) -> Path | None:
    """The file of an SQLite database; None for one in memory or elsewhere."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return None
    return Path(name)


@contextmanager
def service_lock(store: Store) -> Iterator[bool]:
    """True while this process is the one that runs on the database; False where another already does.

    The lock dies with the process: an advisory lock in PostgreSQL, a locked file beside an SQLite database.
    """
    path = sqlite_path(store.engine)
    if path is not None:
        with _file_lock(path.with_name(path.name + ".lock")) as taken:
            yield taken
    elif store.engine.dialect.name == "postgresql":
        with store.engine.connect() as connection:
            statement = text("SELECT pg_try_advisory_lock(:number)")
            yield bool(connection.execute(statement, {"number": _LOCK_NUMBER}).scalar())
    else:
        yield True


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    try:
        import fcntl
    except ImportError:  # not on this system: two services would only do the work twice
        yield True
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def backup(store: Store, target: Path) -> None:
    """Copy an SQLite database to a new file while it is in use, and prove the copy whole. Raises StoreError."""
    path = sqlite_path(store.engine)
    if path is None:
        raise StoreError(message("'vigie db backup' copies SQLite files; for PostgreSQL use pg_dump"))
    if target.exists():
        raise StoreError(message("{path} already exists: name a new file", path=target))
    try:
        with sqlite3.connect(path) as origin, sqlite3.connect(target) as copy:
            origin.backup(copy)
        with sqlite3.connect(target) as copy:
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(message("the backup to {path} failed: {reason}", path=target, reason=error)) from error
    if verdict != "ok":
        raise StoreError(message("the copy {path} is not complete: {reason}", path=target, reason=verdict))

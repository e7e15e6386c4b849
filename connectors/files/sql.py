"""A query on any database that SQLAlchemy reaches, read-only, its columns read as those of a CSV file.

``:since`` is the first day asked for, ``:until`` the day after the last one. The answer covers the days asked
for up to the last one it has a row of: what comes after is not in the database yet.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from sqlalchemy import Connection, Date, Engine, TextClause, bindparam, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Covered, Item, Reading, SourceInfo
from connectors.kit.header import TableOptions, measures_of, table_of
from connectors.kit.table import BadTable, Table
from connectors.kit.text import Mask, clean

CHUNK = 31  # days asked for at once: what is held in memory to be put in order
LONGEST_QUERY = 600  # seconds, where the database can be told
CONNECT = 15  # seconds, likewise
_DRIVERS = ("psycopg", "psycopg2", "pymysql", "mysqldb")  # that can be told how long to try

_IN_PLACE = re.compile(r"pass(word|wd)?|pwd|.*password|secret|token|odbc_connect", re.IGNORECASE)
_PASSING = ("08", "40", "53", "55", "57")  # SQLSTATE: connection, serialization, resources, locks, shut down


def _read_url(value: Any) -> Any:
    if isinstance(value, dict):
        return Secret.model_validate(value)
    try:
        url = make_url(str(value))
    except (ArgumentError, ValueError):
        raise ValueError("a database is written as postgresql+psycopg://user@host/name or sqlite:///file.db") from None
    if url.password or any(map(_IN_PLACE.fullmatch, url.query)):
        raise ValueError("a password is never written in place: use url: {env: NAME}, or password: {env: NAME}")
    return value


def _check_query(value: str) -> str:
    if not re.match(r"\s*(select|with)\b", value, re.IGNORECASE):
        raise ValueError("a query begins with SELECT or WITH")
    for name in (":since", ":until"):
        if not re.search(rf"(?<![:\w]){name}(?![:\w])", value):
            raise ValueError(f"a query asks for days: use {name}, as WHERE day >= :since AND day < :until")
    return value


class SqlOptions(TableOptions):
    """``url`` is SQLAlchemy's, without the password; ``query`` gives a column ``day`` and measures."""

    identity: ClassVar[tuple[str, ...]] = ("url", "query")

    url: Annotated[str | Secret, BeforeValidator(_read_url), WithJsonSchema({"type": ["string", "object"]})]
    password: Secret | None = None
    query: Annotated[str, AfterValidator(_check_query)]


def _parts(window: Window) -> Iterator[Window]:
    """The days of a window, a chunk at a time."""
    start = window.start
    while start < window.end:
        end = start + DAY * min(CHUNK, (window.end - start).days)
        yield Window(start, end)
        start = end


class Sql:
    """Reads a database that somebody else keeps, and never writes to it."""

    Options: ClassVar[type[SourceEntry]] = SqlOptions
    kind: ClassVar = SourceKind.FILE
    provides: ClassVar[frozenset[str]] = frozenset(Measure)
    lookback: ClassVar = 3
    rereads: ClassVar = False

    def __init__(self, options: SqlOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def check(self) -> SourceInfo:
        """Run the query over no day at all: proves the connection, the query and its columns."""
        with self._connection() as connection:
            _, table = self._ask(connection, Window(date.min, date.min + DAY), at_most=1)
            return SourceInfo(
                account=self._url().set(query={}).render_as_string(hide_password=True),
                currency=self.options.currency or self.context.currency,
                measures=measures_of([table]),
            )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the query's rows for ``window``, asked for a month at a time."""
        covers = self.options.covers
        start, end = max(window.start, covers.first(window.start)), min(window.end, covers.last(window.end - DAY) + DAY)
        if start >= end:
            return
        known_from = start
        with self._connection() as connection:
            written_at = self._written_at()
            for part in _parts(Window(start, end)):
                readings, table = self._ask(connection, part)
                known_until = end if covers.until else readings[-1].day + DAY if readings else known_from
                if known_from < known_until:
                    yield Covered(Window(known_from, known_until), measures_of([table]), written_at)
                    known_from = known_until
                yield from readings

    def _written_at(self) -> datetime | None:
        """When a database that is a file was last written: it may be a copy. None for a server's."""
        url = self._url()
        if url.get_backend_name() != "sqlite" or not url.database:
            return None
        path = self.context.folder / url.database
        files = [path, path.with_name(f"{path.name}-wal")]  # what was written last may not be in the database yet
        written = max((file.stat().st_mtime for file in files if file.is_file()), default=0.0)
        return datetime.fromtimestamp(min(written, self.context.now().timestamp()), UTC)

    def _ask(self, connection: Connection, window: Window, at_most: int | None = None) -> tuple[list[Reading], Table]:
        answer = connection.execution_options(yield_per=1000).execute(
            self._query(), {"since": window.start, "until": window.end}
        )
        try:
            table = table_of(answer.keys(), self.options, self.context.currency)
            blocks = [answer.fetchmany(at_most)] if at_most else answer.partitions()
            readings = [one for rows in blocks if rows for one in table.readings(rows) if one.day in window]
            for _, column in table.doubts():
                raise BadTable(column.doubt(str(column.doubtful)))
        except BadTable as error:
            raise SourceMisread(f"{self.context.source}: the query's answer: {error}") from error
        finally:
            answer.close()
        return sorted(readings, key=lambda reading: reading.day), table

    def _query(self) -> TextClause:
        days = (bindparam("since", type_=Date), bindparam("until", type_=Date))
        return text(self.options.query.strip().rstrip(";")).bindparams(*days)

    def _url(self) -> URL:
        url, password = self.options.url, self.options.password
        parsed = make_url(self.context.reveal(url) if isinstance(url, Secret) else url)
        return parsed.set(password=self.context.reveal(password)) if password else parsed

    def _engine(self) -> Engine:
        """What connects: read-only to a file, and with little patience where the driver can be told so."""
        url = self._url()
        if url.get_backend_name() == "sqlite" and url.database:
            path = self.context.folder / url.database
            if not path.is_file():
                raise SourceRefused(f"{self.context.source}: there is no database {path}")
            query = {**url.query, "mode": "ro", "uri": "true"}
            return create_engine(url.set(database=f"file:{quote(str(path))}", query=query))
        if url.get_driver_name() in _DRIVERS and "connect_timeout" not in url.query:
            return create_engine(url, connect_args={"connect_timeout": CONNECT})
        return create_engine(url)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A read-only transaction, rolled back at the end whatever happened."""
        try:
            engine = self._engine()
        except (SQLAlchemyError, ImportError, ValueError, TypeError) as error:
            raise SourceRefused(self._say(error)) from None
        try:
            with engine.connect() as connection:
                self._prepare(connection)
                yield connection
                connection.rollback()
        except SQLAlchemyError as error:
            raise self._trouble(error) from None
        finally:
            engine.dispose()

    def _prepare(self, connection: Connection) -> None:
        """Nothing may be written; a moment belongs to the day it has in the plan's zone; no query runs for ever."""
        if connection.dialect.name in ("postgresql", "mysql", "mariadb"):
            connection.execute(text("SET TRANSACTION READ ONLY"))
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('timezone', :zone, true)"), {"zone": self.context.zone})
            limit = (
                "SELECT set_config('statement_timeout', :limit, true) WHERE current_setting('statement_timeout') = '0'"
            )
            connection.execute(text(limit), {"limit": f"{LONGEST_QUERY}s"})

    def _trouble(self, error: SQLAlchemyError) -> SourceError:
        message = self._say(error.orig if isinstance(error, DBAPIError) else error)
        return SourceUnavailable(message) if _is_passing(error) else SourceRefused(message)

    def _say(self, error: BaseException | None) -> str:
        """The database's own words, on one line, without what the password or the whole address hold."""
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"{self.context.source}: the database says: {clean(Mask(self._secrets())(words))}"

    def _secrets(self) -> Iterator[str]:
        for secret in (self.options.password, self.options.url):
            if isinstance(secret, Secret):
                revealed = self.context.reveal(secret)
                password = revealed.partition("://")[2].rpartition("@")[0].partition(":")[2]
                # where a password holds an @ that is not written %40, a part of it is taken for the host
                yield from (revealed, password, *password.split("@"))


def _is_passing(error: SQLAlchemyError) -> bool:
    """Whether it may be over by the next time: the way to the database, a lock, a limit; not the query or the login."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if state := getattr(error.orig, "sqlstate", None):
        return str(state)[:2] in _PASSING
    if code := getattr(error.orig, "sqlite_errorcode", None):
        return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    refused = re.search(r"authentication|denied|does not exist|unknown database|pg_hba", str(error.orig).lower())
    return isinstance(error, OperationalError) and not refused

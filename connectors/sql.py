"""A query on any database that SQLAlchemy reaches, read-only, its columns read as those of a CSV file.

``:since`` is the first day asked for, ``:until`` the day after the last one. The answer covers the days asked
for up to the last one it has a row of: what comes after is not in the database yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from sqlalchemy import Connection, Date, TextClause, bindparam, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import DAY, Window
from config.sources import Secret
from config.vocabulary import Kind, Measure
from connectors.base import Context, Covered, Item, Reading, SourceInfo
from connectors.columns import BadTable, Table, TableOptions, measures_of, table_of

CHUNK = 31  # days asked for at once: what is held in memory to be put in order


def _read_url(value: Any) -> Any:
    if isinstance(value, dict):
        return Secret.model_validate(value)
    try:
        has_password = make_url(str(value)).password is not None
    except ArgumentError:
        raise ValueError("a database is written as postgresql+psycopg://user@host/name or sqlite:///file.db") from None
    if has_password:
        raise ValueError("a password is never written in place: use url: {env: NAME}, or password: {env: NAME}")
    return value


def _check_query(value: str) -> str:
    begins = value.strip().split(None, 1)[0].lower() if value.strip() else ""
    if begins not in ("select", "with"):
        raise ValueError("a query begins with SELECT or WITH")
    for name in (":since", ":until"):
        if name not in value:
            raise ValueError(f"a query asks for days: use {name}, as WHERE day >= :since AND day < :until")
    return value


class SqlOptions(TableOptions):
    """``url`` is SQLAlchemy's, without the password; ``query`` gives a column ``day`` and measures."""

    url: Annotated[str | Secret, BeforeValidator(_read_url), WithJsonSchema({"type": ["string", "object"]})]
    password: Secret | None = None
    query: Annotated[str, AfterValidator(_check_query)]


def _parts(window: Window, start: date) -> Iterator[Window]:
    """The days from ``start`` on, a chunk at a time."""
    start = max(window.start, start)
    while start < window.end:
        yield Window(start, min(start + DAY * CHUNK, window.end))
        start += DAY * CHUNK


class Sql:
    """Reads a database that somebody else keeps, and never writes to it."""

    Options: ClassVar = SqlOptions
    kind: ClassVar = Kind.FILE
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
                account=self._url().render_as_string(hide_password=True),
                currency=self.options.currency or self.context.currency,
                measures=measures_of([table]),
            )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the query's rows for ``window``, asked for a month at a time."""
        start = known_from = self.options.covers.first(window.start)
        with self._connection() as connection:
            for part in _parts(window, start):
                readings, table = self._ask(connection, part)
                last = self.options.covers.last(readings[-1].day if readings else known_from - DAY)
                if last >= known_from:
                    yield Covered(Window(known_from, last + DAY), measures_of([table]))
                    known_from = last + DAY
                yield from readings

    def _ask(self, connection: Connection, window: Window, at_most: int | None = None) -> tuple[list[Reading], Table]:
        answer = connection.execution_options(yield_per=1000).execute(
            self._query(), {"since": window.start, "until": window.end}
        )
        try:
            table = table_of(answer.keys(), self.options, self.context.currency)
            rows = answer.fetchmany(at_most) if at_most else answer
            readings = [reading for row in rows if (reading := table.reading(row)).day in window]
        except BadTable as error:
            raise SourceMisread(f"{self.context.source}: the query's answer: {error}") from error
        finally:
            answer.close()
        return sorted(readings, key=lambda reading: reading.day), table

    def _query(self) -> TextClause:
        days = (bindparam("since", type_=Date), bindparam("until", type_=Date))
        return text(self.options.query.strip().rstrip(";")).bindparams(*days)

    def _url(self) -> URL:
        url = self.options.url
        parsed = make_url(self.context.reveal(url) if isinstance(url, Secret) else url)
        if self.options.password:
            parsed = parsed.set(password=self.context.reveal(self.options.password))
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            path = self.context.folder / parsed.database
            if not path.exists():
                raise SourceRefused(f"{self.context.source}: there is no database {path}")
            parsed = parsed.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
        return parsed

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A read-only transaction, rolled back at the end whatever happened."""
        try:
            engine = create_engine(self._url())
        except (NoSuchModuleError, ArgumentError, ImportError) as error:
            raise SourceRefused(f"{self.context.source}: {error}") from error
        try:
            with engine.connect() as connection:
                if engine.dialect.name in ("postgresql", "mysql", "mariadb"):
                    connection.execute(text("SET TRANSACTION READ ONLY"))
                yield connection
                connection.rollback()
        except SQLAlchemyError as error:
            raise self._trouble(error) from error
        finally:
            engine.dispose()

    def _trouble(self, error: SQLAlchemyError) -> SourceError:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
        message = f"{self.context.source}: the database says: {reason}"
        if isinstance(error, DBAPIError) and (error.connection_invalidated or _is_passing(error)):
            return SourceUnavailable(message)
        return SourceRefused(message)


def _is_passing(error: DBAPIError) -> bool:
    """Whether it is the connection's trouble, not the query's."""
    text = str(error.orig).lower()
    return any(sign in text for sign in ("locked", "timeout", "timed out", "connection", "too many clients"))

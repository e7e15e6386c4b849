"""How each source is doing: when it was last read, what is wrong with it since when."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from config.periods import DAY
from config.vocabulary import SourceKind
from worker.model.records import SourceRow, SourceState
from worker.stats.anomalies import WAITS
from worker.store import schema as t
from worker.store.periods import is_counted

SOONEST, LATEST = timedelta(minutes=15), timedelta(hours=4)  # between two tries of a source that is away


_COLUMNS = [t.source.c[name] for name in SourceRow.__dataclass_fields__]


def source_rows(connection: Connection, plan_id: int) -> list[SourceRow]:
    """The plan's sources in force, its own costs among them."""
    c = t.source.c
    statement = select(*_COLUMNS).where(c.plan_id == plan_id, c.is_active).order_by(c.id)
    return [_source(row) for row in connection.execute(statement).mappings()]


def sources_of(connection: Connection, plan_id: int) -> list[SourceRow]:
    """The plan's sources in force, without its own costs."""
    return [row for row in source_rows(connection, plan_id) if not row.is_costs]


def _source(row: Mapping[Any, Any]) -> SourceRow:
    typed = {
        "state": SourceState(row["state"]),
        "kind": SourceKind(row["kind"]),
        "provides": frozenset(row["provides"].split()),
    }
    return SourceRow(**{**row, **typed})


def note_tried(connection: Connection, source: SourceRow, now: datetime, **values: Any) -> None:
    """Write down what came of reading a source: its state, its problem, and whatever else is given."""
    state = values["state"]
    if state is SourceState.OK:
        values |= {
            "succeeded_at": now,
            "failing_since_at": None,
            "retry_at": None,
        }
    else:
        values["failing_since_at"] = source.failing_since_at or now
    note(connection, source, tried_at=now, **values)


def note(connection: Connection, source: SourceRow, **values: Any) -> None:
    """Write down something about a source."""
    connection.execute(update(t.source).where(t.source.c.id == source.id).values(**values))


def waited(source: SourceRow, newest: date | None, today: date) -> dict[str, Any]:
    """What to write down of a source's own rhythm, given the last day it has figures of.

    How long it waited for a new day is only known where somebody looked on every day of it.
    """
    if newest is None or (source.newest_day is not None and newest <= source.newest_day):
        return {"looked_on": today}
    values: dict[str, Any] = {"newest_day": newest, "advanced_on": today, "looked_on": today}
    if source.advanced_on and source.looked_on and source.advanced_on < today <= source.looked_on + DAY:
        waits = [*source.waits.split(), str((today - source.advanced_on).days)]
        values["waits"] = " ".join(waits[-WAITS:])
    return values


def retry_moment(source: SourceRow, now: datetime, retry_after: float | None) -> datetime:
    """When a source that is away may be asked again: as it said, and the later the longer it has been away."""
    away = now - (source.failing_since_at or now)
    wait = min(max(away / 2, SOONEST), LATEST)
    return now + max(wait, timedelta(seconds=retry_after or 0))


def settled_until(connection: Connection, plan_id: int) -> dict[str, date]:
    """For each source, the last day that it no longer changes."""
    c = t.coverage.c
    statement = (
        select(t.source.c.source, func.max(c.day))
        .join(t.source, t.source.c.id == c.source_id)
        .join(t.plan, t.plan.c.id == t.source.c.plan_id)
        .where(t.source.c.plan_id == plan_id, c.is_settled, is_counted(c.day))
        .group_by(t.source.c.source)
    )
    return dict(connection.execute(statement).all())

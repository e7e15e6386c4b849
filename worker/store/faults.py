"""What looks wrong with the sources' figures: the days that are quarantined, and the faults."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from config.periods import DAY, Window
from worker.model.fault import QUARANTINING, DataFault, DetectedFault, FaultKind, Quarantined
from worker.store import schema as t
from worker.store.readings import mark_for_rebuild

# ---- what is quarantined ----


def quarantine(connection: Connection, changed: Mapping[tuple[int, date], Collection[str]]) -> None:
    """Quarantine just these measures on some days of sources: (source id, day) -> measures."""
    c = t.coverage.c
    place = (c.source_id == bindparam("id"), c.day == bindparam("of"))
    rows = [{"id": id, "of": day, "text": " ".join(sorted(measures))} for (id, day), measures in changed.items()]
    if rows:
        connection.execute(update(t.coverage).where(*place).values(quarantined=bindparam("text")), rows)


def quarantine_places(connection: Connection, plan_id: int, window: Window, wanted: Collection[Quarantined]) -> bool:
    """Quarantine just these figures of single actions on the days of a window; gives whether that is anything new.

    Their sums of these days are made anew.
    """
    h = t.quarantined_day.c
    scopes = select(t.scope.c.id).where(t.scope.c.plan_id == plan_id)
    here = (h.scope_id.in_(scopes), h.day >= window.start, h.day < window.end)
    known = {
        (row.source_id, row.scope_id, row.day, row.measure)
        for row in connection.execute(select(t.quarantined_day).where(*here))
    }
    changed = known ^ set(wanted)
    if not changed:
        return False
    connection.execute(delete(t.quarantined_day).where(*here))
    if wanted:
        names = ("source_id", "scope_id", "day", "measure")
        connection.execute(insert(t.quarantined_day), [dict(zip(names, one, strict=True)) for one in sorted(wanted)])
    mark_for_rebuild(connection, plan_id, {day for _, _, day, _ in changed})
    return True


# ---- what is on record ----


def on_record(connection: Connection, plan_id: int) -> list[DataFault]:
    """The faults of the sources in force, oldest first: those that quarantine days, and the newest of each key."""
    f = t.data_fault.c
    statement = (
        select(t.data_fault, t.source.c.source)
        .join(t.source, t.source.c.id == f.source_id)
        .where(t.source.c.plan_id == plan_id, t.source.c.is_active)
        .order_by(f.since, f.id)
    )
    every = [_fault(row) for row in connection.execute(statement)]
    newest = {one.key: one.id for one in every}
    return [one for one in every if one.is_quarantined or newest[one.key] == one.id]


def _fault(row: Row[Any]) -> DataFault:
    return DataFault(
        id=row.id,
        source_id=row.source_id,
        source=row.source,
        kind=FaultKind(row.kind),
        place=row.place,
        against=row.against,
        measures=tuple(row.measures.split()),
        days=Window(row.since, row.until),
        baseline=row.usual,
        seen=row.seen,
        found_on=row.found_on,
        is_over=row.over_on is not None,
        is_quarantined=row.is_quarantined,
        is_believed=row.is_believed,
    )


class Looked(NamedTuple):
    """The days that were looked at, when, and the faults whose figures are taken as true by now."""

    recent: Window
    today: date
    believed: frozenset[int]


def keep(
    connection: Connection,
    known: Sequence[DataFault],
    findings: Sequence[tuple[int, DetectedFault]],
    looked: Looked,
) -> None:
    """Write down what is found in a window of days, and what is no longer found there."""
    recent, today = looked.recent, looked.today
    left = list(known)
    for source_id, finding in findings:
        same = next((fault for fault in left if _is_same(fault, source_id, finding)), None)
        values = _values(finding)
        if same is None:
            row = {"source_id": source_id, "kind": finding.kind, "place": finding.place, "against": finding.against}
            over_on = None if finding.is_ongoing else today
            connection.execute(insert(t.data_fault).values(**row, **values, found_on=today, over_on=over_on))
            continue
        left.remove(same)
        if finding.is_ongoing == same.is_over:
            values["over_on"] = None if finding.is_ongoing else today
        connection.execute(update(t.data_fault).where(t.data_fault.c.id == same.id).values(**values))
    for fault in left:
        values = {} if fault.is_over else {"over_on": today}
        if fault.is_quarantined and fault.days.end > recent.start:  # looked at, and believed by now
            values["is_quarantined"] = False
        if values:
            values["is_believed"] = fault.id in looked.believed
            connection.execute(update(t.data_fault).where(t.data_fault.c.id == fault.id).values(**values))


def _is_same(known: DataFault, source_id: int, finding: DetectedFault) -> bool:
    """Whether a finding goes on with what is on record."""
    key = (source_id, finding.kind.value, finding.place, finding.against)
    is_near = finding.days[0] <= known.days.end and known.days.start <= finding.days[-1]
    return known.key == key and (is_near or not (known.is_over or known.is_quarantined))


def _values(finding: DetectedFault) -> dict[str, Any]:
    return {
        "measures": " ".join(finding.measures),
        "since": finding.days[0],
        "until": finding.days[-1] + DAY,
        "usual": finding.baseline,
        "seen": finding.seen,
        "is_quarantined": finding.kind in QUARANTINING,
    }

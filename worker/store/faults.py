"""What looks wrong with the sources' figures: the totals it is found in, the days that are held, the faults."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from config.periods import DAY, Window
from config.vocabulary import Scope
from worker.model.fault import QUARANTINING, DataFault, DetectedFault, FaultKind, Quarantined
from worker.model.readings import MILLION
from worker.store import schema as t
from worker.store.readings import mark_stale

#: measure -> day -> the sum, in units; None where a part is unknown
Totals = dict[str, dict[date, float | None]]


_PAID = ("cpc", "ppc", "paid", "paid_search", "paid_social", "paidsearch", "paidsocial", "display", "cpm", "cpv")


# ---- totals ----


def is_paid() -> ColumnElement[bool]:
    """Visits that an ad brought, as far as their labels tell."""
    c = t.origin.c
    return or_(func.lower(c.medium).in_(_PAID), func.lower(c.channel).like("paid %"))


def is_labelled() -> ColumnElement[bool]:
    """Parts of a total: what bears any label at all."""
    c = t.origin.c
    return or_(*(c[name] != "" for name in ("campaign", "source", "medium", "channel", "landing_page", "keyword")))


def totals(
    connection: Connection,
    source_id: int,
    measures: Sequence[str],
    window: Window,
    *only: ColumnElement[bool],
) -> Totals:
    """A source's daily totals of built-in measures, of all its origins or (``only``) of some."""
    r = t.reading.c
    sums = select(r.day, *(func.sum(r[name]) for name in measures)).group_by(r.day)
    statement = sums.where(r.source_id == source_id, r.day >= window.start, r.day < window.end)
    if only:
        statement = statement.join(t.origin, t.origin.c.id == r.origin_id).where(*only)
    found: Totals = {name: {} for name in measures}
    for day, *amounts in connection.execute(statement):
        for name, amount in zip(measures, amounts, strict=True):
            found[name][day] = None if amount is None else int(amount) / MILLION
    for day, name in _unknown(connection, source_id, window):
        if name in found:
            found[name][day] = None
    return found


def _unknown(connection: Connection, source_id: int, window: Window) -> Iterable[tuple[date, str]]:
    u = t.reading_unknown.c
    statement = select(u.day, u.measure).where(u.source_id == source_id, u.day >= window.start, u.day < window.end)
    return [(row.day, row.measure) for row in connection.execute(statement.distinct())]


def totals_by_place(
    connection: Connection, plan_id: int, source_id: int, measure: str, window: Window
) -> dict[str, dict[date, float]]:
    """Action (empty for what belongs to none) -> day -> the sum of a source's built-in measure."""
    r, s = t.reading.c, t.scope.c
    statement = (
        select(s.scope, s.ref, r.day, func.sum(r[measure]))
        .select_from(t.reading)
        .join(t.origin_scope, t.origin_scope.c.origin_id == r.origin_id)
        .join(t.scope, s.id == t.origin_scope.c.scope_id)
        .where(s.plan_id == plan_id, s.is_active, s.scope.in_((Scope.ACTION, Scope.UNATTRIBUTED)))
        .where(r.source_id == source_id, r.day >= window.start, r.day < window.end)
        .group_by(s.scope, s.ref, r.day)
    )
    found: dict[str, dict[date, float]] = defaultdict(dict)
    for scope, ref, day, amount in connection.execute(statement):
        found[ref if scope == Scope.ACTION else ""][day] = int(amount or 0) / MILLION
    return dict(found)


# ---- what is held ----


def quarantine(connection: Connection, source_id: int, window: Window, wanted: Mapping[date, Collection[str]]) -> bool:
    """Hold just these measures of a source on the days of a window; tells whether that is anything new."""
    c = t.coverage.c
    statement = select(c.day, c.quarantined).where(c.source_id == source_id, c.day >= window.start, c.day < window.end)
    is_new = False
    for day, held in connection.execute(statement).all():
        text = " ".join(sorted(wanted.get(day, ())))
        if text != held:
            connection.execute(
                update(t.coverage).where(c.source_id == source_id, c.day == day).values(quarantined=text)
            )
            is_new = True
    return is_new


def quarantine_places(connection: Connection, plan_id: int, window: Window, wanted: Collection[Quarantined]) -> bool:
    """The same for what is held of single actions; their sums of these days are made anew."""
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
    mark_stale(connection, plan_id, {day for _, _, day, _ in changed})
    return True


# ---- what is on record ----


def on_record(connection: Connection, plan_id: int) -> list[DataFault]:
    """The faults of the sources in force, oldest first: those whose days are held, and the newest of each other key."""
    f = t.data_fault.c
    statement = (
        select(t.data_fault, t.source.c.source)
        .join(t.source, t.source.c.id == f.source_id)
        .where(t.source.c.plan_id == plan_id, t.source.c.is_active)
        .order_by(f.since, f.id)
    )
    every = [_fault(row) for row in connection.execute(statement)]
    newest = {one.key: one.id for one in every}
    return [one for one in every if one.is_held or newest[one.key] == one.id]


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
        usual=row.usual,
        seen=row.seen,
        found_on=row.found_on,
        is_over=row.over_on is not None,
        is_held=row.is_quarantined,
    )


def keep(
    connection: Connection,
    known: Sequence[DataFault],
    findings: Sequence[tuple[int, DetectedFault]],
    recent: Window,
    today: date,
) -> None:
    """Write down what is found in a window of days, and what is no longer found there."""
    left = list(known)
    for source_id, finding in findings:
        same = next((one for one in left if _is_same(one, source_id, finding)), None)
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
    for one in left:
        values = {} if one.is_over else {"over_on": today}
        if one.is_held and one.days.end > recent.start:  # looked at, and believed by now
            values["is_quarantined"] = False
        if values:
            connection.execute(update(t.data_fault).where(t.data_fault.c.id == one.id).values(**values))


def _is_same(known: DataFault, source_id: int, finding: DetectedFault) -> bool:
    """Whether a finding goes on with what is on record."""
    key = (source_id, finding.kind.value, finding.place, finding.against)
    is_near = finding.days[0] <= known.days.end and known.days.start <= finding.days[-1]
    return known.key == key and (is_near or not (known.is_over or known.is_held))


def _values(finding: DetectedFault) -> dict[str, Any]:
    return {
        "measures": " ".join(finding.measures),
        "since": finding.days[0],
        "until": finding.days[-1] + DAY,
        "usual": finding.usual,
        "seen": finding.seen,
        "is_quarantined": finding.kind in QUARANTINING,
    }

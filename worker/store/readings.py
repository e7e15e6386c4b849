"""Readings, by source and day: replaced whole, with their coverage, in one transaction."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, insert, or_, select, true, update

from config.periods import DAY, Window
from config.vocabulary import BUILT_IN, Unit
from connectors.base import Origin
from worker.model.context import Instant
from worker.model.readings import DayCoverage, DayFigures, Fault
from worker.store import buyers
from worker.store import schema as t
from worker.store.completeness import COVERAGE, as_coverage
from worker.store.engine import dialect_insert

UTC = ZoneInfo("UTC")

#: what is counted, event by event
COUNTS = frozenset(name for name, measure in BUILT_IN.items() if measure.unit is Unit.COUNT)


@dataclass(frozen=True, slots=True)
class Collection:
    """Who collects, when, and for how long figures may still change."""

    source_id: int
    plan_id: int
    instant: Instant
    lookback: int  # days
    zone: ZoneInfo = UTC  # the plan's
    counts_buyers: bool = False  # the source says who bought
    remembers: bool = False  # the source says what it counted
    is_accepted: bool = False  # somebody looked: whatever it says is so

    @property
    def is_pretended(self) -> bool:
        """Whether another day than the clock's is taken as today."""
        return self.instant.now.astimezone(self.zone).date() != self.instant.today

    def is_settled(self, day: DayFigures) -> bool:
        """Whether what is read of a day now will not change any more, and was written when the day was over."""
        is_old = (self.instant.today - day.day).days > self.lookback
        over_at = datetime.combine(day.day + DAY, time(), self.zone)
        return is_old and (day.written_at is None or day.written_at >= over_at)


def origin_ids(connection: Connection, source_id: int, origins: Iterable[Origin]) -> list[int]:
    """The ids of origins, in the same order; new ones are written down."""
    labels = [(json.dumps(origin, ensure_ascii=False), origin) for origin in origins]
    known: dict[str, int] = {}
    for start in range(0, len(labels), 500):
        part = [label for label, _ in labels[start : start + 500]]
        statement = select(t.origin.c.label, t.origin.c.id).where(
            t.origin.c.source_id == source_id, t.origin.c.label.in_(part)
        )
        known |= dict(connection.execute(statement).all())
    fresh = {label: origin for label, origin in labels if label not in known}
    if fresh:
        rows = [{"source_id": source_id, "label": label, **origin._asdict()} for label, origin in fresh.items()]
        written = connection.execute(insert(t.origin).returning(t.origin.c.label, t.origin.c.id), rows)
        known |= dict(written.all())
    return [known[label] for label, _ in labels]


def mark_for_rebuild(connection: Connection, plan_id: int, days: Iterable[date]) -> None:
    """Note that readings of these days changed, so that their sums are made anew."""
    rows = [{"plan_id": plan_id, "day": day} for day in sorted(set(days))]
    if rows:
        connection.execute(dialect_insert(connection, t.stale_day).on_conflict_do_nothing(), rows)


def coverage_of(connection: Connection, source_id: int, window: Window) -> dict[date, DayCoverage]:
    """What is on record about the days of a window."""
    c = t.coverage.c
    statement = select(*COVERAGE).where(c.source_id == source_id, c.day >= window.start, c.day < window.end)
    return {row.day: as_coverage(*row) for row in connection.execute(statement)}


def days_with_figures(connection: Connection, source_id: int, window: Window) -> set[date]:
    """The days of a window of which something is stored: an amount other than zero, or an unknown one."""
    r, x, unknown = t.reading.c, t.reading_extra.c, t.reading_unknown.c
    found = set[date]()
    for c, is_some in ((r, or_(*(r[name] != 0 for name in BUILT_IN))), (x, x.amount != 0), (unknown, true())):
        days = select(c.day).where(c.source_id == source_id, c.day >= window.start, c.day < window.end, is_some)
        found.update(connection.execute(days.distinct()).scalars())
    return found


def unsettle(connection: Connection, source_id: int, days: Iterable[date]) -> None:
    """What is on record of some days may still change: they are read again."""
    c = t.coverage.c
    statement = update(t.coverage).where(c.source_id == source_id, c.day.in_(sorted(days)))
    connection.execute(statement.values(is_settled=False))


def newest_day(connection: Connection, source_id: int, since: date) -> date | None:
    """The last day, from one on, of which something is stored."""
    statement = select(func.max(t.reading.c.day)).where(t.reading.c.source_id == source_id, t.reading.c.day >= since)
    found: date | None = connection.execute(statement).scalar()
    return found


def replace_days(
    connection: Connection,
    by: Collection,
    days: Sequence[DayFigures],
    ids: dict[Origin, int],
    before: Mapping[date, DayCoverage],
) -> int:
    """Put what a source now says of some days in the place of what is stored of them; gives the restatements.

    Days that did not change are left as they are, quarantined or accepted as they were. ``ids`` remembers the ids of
    origins from one call to the next, ``before`` is what is on record about the days.
    """
    window = Window(days[0].day, days[-1].day + DAY)
    note_origins(connection, by.source_id, days, ids)
    moved = buyers.count_new(connection, by.source_id, days, ids) if by.counts_buyers else set[date]()
    before = {day: covered for day, covered in before.items() if day in window}
    known = {measure for day in days for measure in day.measures}
    known.update(measure for covered in before.values() for measure in covered.measures)
    columns = sorted(known & BUILT_IN.keys())
    has_declared = not known <= BUILT_IN.keys()
    changed = days
    if before:  # a first reading has nothing to be compared with
        stored = _stored(connection, by.source_id, window, columns, has_declared=has_declared)
        changed = [day for day in days if stored.get(day.day, {}) != _as_stored(day, ids, columns)]
    restated = _log_restatements(connection, by, changed, before)
    if before:
        for table in (t.reading, t.reading_unknown, *((t.reading_extra,) if has_declared else ())):
            _delete_days(connection, table, by.source_id, [day.day for day in changed])
        _delete_days(connection, t.coverage, by.source_id, [day.day for day in days])
    _insert_readings(connection, by, changed, ids, columns)
    moved_on = {day.day for day in changed}
    rows = [_coverage_row(by, day, before.get(day.day), is_same=day.day not in moved_on) for day in days]
    connection.execute(insert(t.coverage), rows)
    mark_for_rebuild(connection, by.plan_id, moved.union(day.day for day in changed))
    return restated


def note_origins(connection: Connection, source_id: int, days: Sequence[DayFigures], ids: dict[Origin, int]) -> None:
    """Make ``ids`` know the origins of some days."""
    fresh = sorted({origin for day in days for origin in day.rows.keys() - ids.keys()})
    ids.update(zip(fresh, origin_ids(connection, source_id, fresh), strict=True))


def _coverage_row(by: Collection, day: DayFigures, before: DayCoverage | None, *, is_same: bool) -> dict[str, Any]:
    """``before`` is what is on record of the day; of one that did not change, what was said of it stands."""
    same = before if is_same else None
    return {
        "source_id": by.source_id,
        "day": day.day,
        "measures": " ".join(sorted(day.measures)),
        "is_settled": by.is_settled(day),
        "is_suspect": False,
        "fault": Fault.BELIEVED if day.is_believed else same.fault if same and not same.is_suspect else "",
        "answer": "",
        "quarantined": "" if by.is_accepted or same is None else " ".join(sorted(same.quarantined)),
        "is_accepted": by.is_accepted or (same is not None and same.is_accepted),
        "first_on": (before.first_on if before else None) or by.instant.today,
        "collected_on": by.instant.today,
        "collected_at": by.instant.now,
        "quality": " ".join(sorted(day.quality)),
    }


def _delete_days(connection: Connection, table: Any, source_id: int, days: Sequence[date]) -> None:
    for start in range(0, len(days), 500):
        part = days[start : start + 500]
        connection.execute(delete(table).where(table.c.source_id == source_id, table.c.day.in_(part)))


def _rows(day: DayFigures, columns: Sequence[str]) -> Iterator[tuple[Origin, list[int | None]]]:
    """The amounts in the order of columns; what the source knows of and does not mention is zero."""
    unsaid = [(name, 0 if name in day.measures else None) for name in columns]
    for origin, amounts in day.rows.items():
        yield origin, [amounts.get(name, absent) for name, absent in unsaid]


def _stored(
    connection: Connection, source_id: int, window: Window, columns: Sequence[str], *, has_declared: bool
) -> dict[date, dict[Any, Any]]:
    """What the tables hold of each day, in the form of ``_as_stored``."""
    stored: dict[date, dict[Any, Any]] = defaultdict(dict)
    r, x, u = t.reading.c, t.reading_extra.c, t.reading_unknown.c

    def within(c: Any) -> tuple[Any, ...]:
        return c.source_id == source_id, c.day >= window.start, c.day < window.end

    amounts = [r[name] for name in columns]
    for day, origin_id, *values in connection.execute(select(r.day, r.origin_id, *amounts).where(*within(r))):
        stored[day][origin_id] = values
    if has_declared:
        for extra in connection.execute(select(x.day, x.origin_id, x.measure, x.amount).where(*within(x))):
            stored[extra.day][extra.origin_id, extra.measure] = extra.amount
    for cell in connection.execute(select(u.day, u.origin_id, u.measure).where(*within(u))):
        stored[cell.day][cell.origin_id, cell.measure, "unknown"] = True
    return stored


def _as_stored(day: DayFigures, ids: Mapping[Origin, int], columns: Sequence[str]) -> dict[Any, Any]:
    """One day as the tables will hold it, for comparing."""
    rows: dict[Any, Any] = {ids[origin]: row for origin, row in _rows(day, columns)}
    if day.measures - BUILT_IN.keys():
        for origin, amounts in day.rows.items():
            rows |= {(ids[origin], name): amounts[name] for name in amounts.keys() - BUILT_IN.keys()}
    rows |= {(ids[origin], measure, "unknown"): True for origin, measure in day.unknown}
    return rows


def _log_restatements(
    connection: Connection, by: Collection, days: Sequence[DayFigures], before: Mapping[date, DayCoverage]
) -> int:
    """Write down by how much each measure of a past day moved since it was last collected."""
    past = [day for day in days if day.day in before and before[day.day].collected_on > day.day]
    was = totals_of(connection, by.source_id, past)
    rows = []
    for day in past:
        now: dict[str, int] = defaultdict(int)
        for amounts in day.rows.values():
            for measure, amount in amounts.items():
                now[measure] += amount or 0
        for measure in sorted(day.measures & before[day.day].measures):
            figures = {"before": was.get((day.day, measure), 0), "after": now[measure]}
            if figures["before"] != figures["after"]:
                rows.append(
                    {
                        "source_id": by.source_id,
                        "day": day.day,
                        "measure": measure,
                        "seen_on": by.instant.today,
                        "seen_at": by.instant.now,
                        **figures,
                    }
                )
    if rows:
        connection.execute(insert(t.restatement), rows)
    return len(rows)


def totals_of(connection: Connection, source_id: int, days: Sequence[DayFigures]) -> dict[tuple[date, str], int]:
    """(day, measure) -> the sum of what is stored."""
    sums_of: dict[tuple[date, str], int] = {}
    has_declared = any(not day.measures <= BUILT_IN.keys() for day in days)
    r, x = t.reading.c, t.reading_extra.c
    for start in range(0, len(days), 500):
        part = [day.day for day in days[start : start + 500]]
        sums = select(r.day, *(func.sum(r[name]) for name in BUILT_IN)).group_by(r.day)
        for day, *totals in connection.execute(sums.where(r.source_id == source_id, r.day.in_(part))):
            sums_of |= {(day, name): int(total or 0) for name, total in zip(BUILT_IN, totals, strict=True)}
        if not has_declared:
            continue
        extra = select(x.day, x.measure, func.sum(x.amount)).group_by(x.day, x.measure)
        for day, measure, total in connection.execute(extra.where(x.source_id == source_id, x.day.in_(part))):
            sums_of[day, measure] = int(total or 0)
    return sums_of


def _insert_readings(
    connection: Connection,
    by: Collection,
    days: Sequence[DayFigures],
    ids: Mapping[Origin, int],
    columns: Sequence[str],
) -> None:
    """Through the driver's own bulk path: Core's parameter handling would cost more than the database."""
    wide: list[tuple[Any, ...]] = []
    extra: list[tuple[Any, ...]] = []
    unknown: list[tuple[Any, ...]] = []
    for day in days:
        when = str(day.day) if connection.dialect.name == "sqlite" else day.day
        wide += [(by.source_id, when, ids[origin], *row) for origin, row in _rows(day, columns)]
        if day.measures - BUILT_IN.keys():
            for origin, amounts in day.rows.items():
                own = amounts.keys() - BUILT_IN.keys()
                extra += [(by.source_id, when, ids[origin], name, amounts[name]) for name in own]
        unknown += [(by.source_id, when, ids[origin], measure) for origin, measure in day.unknown]
    key = ("source_id", "day", "origin_id")
    _bulk(connection, "reading", (*key, *columns), wide)
    _bulk(connection, "reading_extra", (*key, "measure", "amount"), extra)
    _bulk(connection, "reading_unknown", (*key, "measure"), unknown)


def _bulk(connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    names = ", ".join(columns)  # ours, never a user's: measures of the vocabulary
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608

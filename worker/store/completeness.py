"""What the computing leaves on record beside the sums: how much is known, the calendar, where it stands."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from config.periods import CALENDAR_GRAINS, Window, calendar_periods
from config.vocabulary import Scope
from worker.model.readings import Completeness, DayCoverage
from worker.store import schema as t

Run = tuple[Window, Completeness]


def stale_days(connection: Connection, plan_id: int) -> list[date]:
    """The days whose readings changed since their sums were made."""
    statement = select(t.stale_day.c.day).where(t.stale_day.c.plan_id == plan_id).order_by(t.stale_day.c.day)
    return list(connection.execute(statement).scalars())


def clear_stale(connection: Connection, plan_id: int) -> None:
    """Note that the sums are up to date."""
    connection.execute(delete(t.stale_day).where(t.stale_day.c.plan_id == plan_id))


def coverage_by_source(connection: Connection, plan_id: int) -> dict[str, dict[date, DayCoverage]]:
    """What is on record about every day of every source in force."""
    c = t.coverage.c
    recorded = (c.is_settled, c.is_suspect, c.collected_on, c.quarantined, c.fault, c.is_accepted, c.answer)
    statement = (
        select(t.source.c.source, c.day, c.measures, *recorded)
        .join(t.source, t.source.c.id == c.source_id)
        .where(t.source.c.plan_id == plan_id, t.source.c.is_active)
    )
    found: dict[str, dict[date, DayCoverage]] = {}
    sets: dict[str, frozenset[str]] = {}  # the same few texts stand on every day
    for source, day, measures, settled, suspect, on, held, fault, is_accepted, answer in connection.execute(statement):
        known, doubted = (sets.setdefault(text, frozenset(text.split())) for text in (measures, held))
        found.setdefault(source, {})[day] = DayCoverage(
            day, known, settled, suspect, on, held=doubted, fault=fault, answer=answer, is_accepted=is_accepted
        )
    return found


def put_completeness(connection: Connection, plan_id: int, runs: Mapping[str, Sequence[Run]]) -> None:
    """Replace what is on record about how much is known of each measure."""
    connection.execute(delete(t.completeness).where(t.completeness.c.plan_id == plan_id))
    rows = [
        {
            "plan_id": plan_id,
            "measure": measure,
            "period_start": days.start,
            "period_end": days.end,
            "state": int(known),
        }
        for measure, found in runs.items()
        for days, known in found
    ]
    if rows:
        connection.execute(insert(t.completeness), rows)


def fill_calendar(connection: Connection, window: Window) -> None:
    """Make sure that the calendar holds every period that shares a day with the window."""
    for grain in CALENDAR_GRAINS:
        statement = select(t.calendar.c.period_start).where(t.calendar.c.grain == grain.value)
        there = set(connection.execute(statement).scalars())
        rows = [
            {"grain": grain.value, "period_start": period.start, "period_end": period.end}
            for period in calendar_periods(grain, window)
            if period.start not in there
        ]
        if rows:
            connection.execute(insert(t.calendar), rows)


def earliest_start(connection: Connection, plan_id: int) -> date:
    """The first day of the plan or of one of its actions."""
    statement = select(func.min(t.scope.c.starts)).where(t.scope.c.plan_id == plan_id, t.scope.c.is_active)
    found: date = connection.execute(statement).scalar_one()
    return found


def put_standing(connection: Connection, plan_id: int, until: date, now: datetime) -> None:
    """Note up to which day the plan is computed, and when that was done."""
    d, s = t.action_day.c, t.scope.c
    whole = select(s.id).where(s.plan_id == plan_id, s.scope == Scope.PLAN).scalar_subquery()  # has every figure
    last = select(func.max(d.day)).where(d.scope_id == whole, d.dimension == "", d.day < until)
    statement = update(t.plan).where(t.plan.c.id == plan_id)
    connection.execute(statement.values(until=until, computed_at=now, last_day=last.scalar_subquery()))


def note_provided(connection: Connection, source_id: int, measures: Iterable[str]) -> None:
    """Add to what a source is known to provide."""
    known = connection.execute(select(t.source.c.provides).where(t.source.c.id == source_id)).scalar_one()
    found = " ".join(sorted({*known.split(), *measures}))
    if found != known:
        connection.execute(update(t.source).where(t.source.c.id == source_id).values(provides=found))

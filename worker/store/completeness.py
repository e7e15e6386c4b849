"""What the computing leaves on record beside the sums: how much is known, the calendar, where it stands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from config.periods import CALENDAR_GRAINS, Window, calendar_periods
from config.vocabulary import Scope
from worker.model.completeness import Run
from worker.model.readings import Completeness, DayCoverage
from worker.store import schema as t


def days_to_rebuild(connection: Connection, plan_id: int) -> list[date]:
    """The days whose readings changed since their sums were made."""
    statement = select(t.stale_day.c.day).where(t.stale_day.c.plan_id == plan_id).order_by(t.stale_day.c.day)
    return list(connection.execute(statement).scalars())


def note_rebuilt(connection: Connection, plan_id: int) -> None:
    """Note that the sums are up to date."""
    connection.execute(delete(t.stale_day).where(t.stale_day.c.plan_id == plan_id))


def coverage_by_source(connection: Connection, plan_id: int) -> dict[str, dict[date, DayCoverage]]:
    """What is on record about every day of every source in force."""
    c = t.coverage.c
    statement = (
        select(t.source.c.source, *COVERAGE)
        .join(t.source, t.source.c.id == c.source_id)
        .where(t.source.c.plan_id == plan_id, t.source.c.is_active)
    )
    coverage: dict[str, dict[date, DayCoverage]] = {}
    for source, *row in connection.execute(statement):
        covered = as_coverage(*row)
        coverage.setdefault(source, {})[covered.day] = covered
    return coverage


#: the columns of ``as_coverage``
COVERAGE = [
    t.coverage.c[name]
    for name in (
        "day", "measures", "is_settled", "is_suspect", "collected_on", "collected_at", "first_on", "quarantined",
        "fault", "answer", "is_accepted",
    )
]  # fmt: skip


def as_coverage(day: date, measures: str, *recorded: Any) -> DayCoverage:
    """What is on record about a day."""
    settled, suspect, on, at, first_on, quarantined, *answered = recorded
    return DayCoverage(day, _set(measures), settled, suspect, on, at, first_on, _set(quarantined), *answered)


@lru_cache(maxsize=1000)  # the same few texts stand on every day
def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def states_of(connection: Connection, plan_id: int, measures: Collection[str], window: Window) -> dict[str, list[Run]]:
    """How much is known of some measures on the days of a window, in runs of days known alike."""
    k = t.completeness.c
    statement = select(k.measure, k.period_start, k.period_end, k.state).where(
        k.plan_id == plan_id, k.measure.in_(measures), k.period_start < window.end, k.period_end > window.start
    )
    found: dict[str, list[Run]] = {name: [] for name in measures}
    for measure, start, end, state in connection.execute(statement):
        found[measure].append((Window(max(start, window.start), min(end, window.end)), Completeness(state)))
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
    there = {
        (grain, start) for grain, start in connection.execute(select(t.calendar.c.grain, t.calendar.c.period_start))
    }
    rows = [
        {"grain": grain.value, "period_start": period.start, "period_end": period.end}
        for grain in CALENDAR_GRAINS
        for period in calendar_periods(grain, window)
        if (grain.value, period.start) not in there
    ]
    if rows:
        connection.execute(insert(t.calendar), rows)


def put_standing(connection: Connection, plan_id: int, counted_from: date, until: date, now: datetime) -> None:
    """Note from and up to which day the plan's figures are shown, and when they were computed."""
    d, s = t.action_day.c, t.scope.c
    whole = select(s.id).where(s.plan_id == plan_id, s.scope == Scope.PLAN).scalar_subquery()  # has every figure
    days = d.day >= counted_from, d.day < until
    last = select(func.max(d.day)).where(d.scope_id == whole, d.dimension == "", *days)
    statement = update(t.plan).where(t.plan.c.id == plan_id)
    values = {"counted_from": counted_from, "until": until, "computed_at": now, "last_day": last.scalar_subquery()}
    connection.execute(statement.values(values))

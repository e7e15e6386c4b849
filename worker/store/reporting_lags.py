"""How complete each measure's days are by their age, learnt from how the sources restated earlier days."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from worker.stats.reporting_lag import Observation, ReportingLag, reporting_lag_of
from worker.store import schema as t
from worker.store.sums import is_built_in

WITHIN = timedelta(days=100)  # settled days looked at
YOUNG = 3  # a day first collected at a greater age was never seen young


def reporting_lags(
    connection: Connection, plan_id: int, measures: Collection[str], today: date
) -> dict[str, list[ReportingLag]]:
    """Measure -> the completeness of its days in each of the sources that still change some; empty where none does."""
    since = today - WITHIN
    changing = _sources_that_change(connection, plan_id, since)
    found: dict[str, list[ReportingLag]] = defaultdict(list)
    for source_id, (days, settled_after) in changing.items():
        moves = _moves(connection, source_id, since)
        for measure in sorted(measures):
            if is_built_in(measure):
                final = _totals(connection, source_id, measure, days)
                if final:
                    seen = _seen(days, moves, measure, final, settled_after)
                    found[measure].append(reporting_lag_of(seen, final, settled_after))
    return found


def _sources_that_change(
    connection: Connection, plan_id: int, since: date
) -> dict[int, tuple[Mapping[date, date], int]]:
    """Source -> its settled days with the day each was first seen, and the age from which its days are settled."""
    c = t.coverage.c
    statement = (
        select(c.source_id, c.day, c.first_on, c.is_settled, c.collected_on)
        .join(t.source, t.source.c.id == c.source_id)
        .where(t.source.c.plan_id == plan_id, t.source.c.is_active, c.day >= since)
    )
    settled: dict[int, dict[date, date]] = defaultdict(dict)
    oldest: dict[int, int] = {}
    for row in connection.execute(statement):
        if row.is_settled:
            settled[row.source_id][row.day] = row.first_on
        else:
            age = (row.collected_on - row.day).days + 1
            oldest[row.source_id] = max(age, oldest.get(row.source_id, 1))
    return {id: (settled[id], age) for id, age in oldest.items()}


def _moves(connection: Connection, source_id: int, since: date) -> dict[tuple[date, str], list[Any]]:
    r = t.restatement.c
    statement = select(r.day, r.measure, r.before, r.after, r.seen_on).where(r.source_id == source_id, r.day >= since)
    found: dict[tuple[date, str], list[Any]] = defaultdict(list)
    for row in connection.execute(statement.order_by(r.id)):
        found[row.day, row.measure].append(row)
    return found


def _totals(connection: Connection, source_id: int, measure: str, days: Collection[date]) -> dict[date, float]:
    if not days:
        return {}
    r = t.reading.c
    total = func.sum(r[measure])
    statement = select(r.day, total).where(r.source_id == source_id, r.day >= min(days)).group_by(r.day)
    known = {day: float(amount) for day, amount in connection.execute(statement) if amount is not None}
    return {day: known.get(day, 0.0) for day in days} if known else {}


def _seen(
    days: Mapping[date, date],
    moves: Mapping[tuple[date, str], list[Any]],
    measure: str,
    final: Mapping[date, float],
    settled_after: int,
) -> Iterator[Observation]:
    """What each day showed at each age since it was first seen: what a restatement found, until the next one."""
    for day, first_on in days.items():
        age = (first_on - day).days
        if age > YOUNG:
            continue
        steps = moves.get((day, measure), [])
        amount = float(steps[0].before or 0) if steps else final[day]
        changes = {(step.seen_on - day).days: float(step.after or 0) for step in steps}
        for at in range(max(age, 0), settled_after):
            amount = changes.get(at, amount)
            yield day, at, amount

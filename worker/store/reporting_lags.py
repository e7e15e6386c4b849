"""How complete each measure's days are by their age, learnt from how the sources restated earlier days."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from worker.model.context import PlanContext
from worker.stats.reporting_lag import Observation, ReportingLag, reporting_lag_of
from worker.store import schema as t
from worker.store.sums import is_built_in

T = TypeVar("T")

WITHIN = timedelta(days=100)  # settled days looked at
YOUNG = 3  # a day first collected at a greater age was never seen young


def reporting_lags(
    connection: Connection, context: PlanContext, measures: Collection[str], today: date
) -> dict[str, list[ReportingLag]]:
    """Measure -> the completeness of its days in each of the sources that still change some; empty where none does."""
    since = today - WITHIN
    changing = _sources_that_change(context, since)
    built_in = sorted(filter(is_built_in, measures))
    lags: dict[str, list[ReportingLag]] = defaultdict(list)
    if not changing or not built_in:
        return lags
    moves = _moves(connection, list(changing), since)
    totals = _totals(connection, list(changing), built_in, since)
    for source_id, (days, settled_after) in changing.items():
        for measure in built_in:
            if final := _final(days, totals[source_id, measure]):
                seen = _seen(days, moves[source_id, measure], final, settled_after)
                lags[measure].append(reporting_lag_of(seen, final, settled_after))
    return lags


def _sources_that_change(context: PlanContext, since: date) -> dict[int, tuple[Mapping[date, date], int]]:
    """Source -> its settled days with the day each was first seen, and the age from which its days are settled."""
    changing: dict[int, tuple[Mapping[date, date], int]] = {}
    for source, coverage in context.coverage.items():
        recent = [covered for day, covered in coverage.items() if day >= since]
        settled = {one.day: one.first_on or one.collected_on for one in recent if one.is_settled}
        ages = [(one.collected_on - one.day).days + 1 for one in recent if not one.is_settled]
        if ages:
            changing[context.source_ids[source]] = settled, max(1, *ages)
    return changing


#: source and measure -> day -> something
ByDay = defaultdict[tuple[int, str], dict[date, T]]


def _moves(connection: Connection, source_ids: Sequence[int], since: date) -> ByDay[list[Any]]:
    """The restatements of each day, in order."""
    r = t.restatement.c
    columns = (r.source_id, r.day, r.measure, r.before, r.after, r.seen_on)
    statement = select(*columns).where(r.source_id.in_(source_ids), r.day >= since)
    found: ByDay[list[Any]] = defaultdict(dict)
    for row in connection.execute(statement.order_by(r.id)):
        found[row.source_id, row.measure].setdefault(row.day, []).append(row)
    return found


def _totals(connection: Connection, source_ids: Sequence[int], measures: Sequence[str], since: date) -> ByDay[float]:
    r = t.reading.c
    sums = select(r.source_id, r.day, *(func.sum(r[name]) for name in measures)).group_by(r.source_id, r.day)
    sums_of: ByDay[float] = defaultdict(dict)
    for source_id, day, *amounts in connection.execute(sums.where(r.source_id.in_(source_ids), r.day >= since)):
        for name, amount in zip(measures, amounts, strict=True):
            if amount is not None:
                sums_of[source_id, name][day] = float(amount)
    return sums_of


def _final(days: Collection[date], totals: Mapping[date, float]) -> dict[date, float]:
    """What settled days came to; empty where nothing is known of them."""
    if not days or not any(day >= min(days) for day in totals):
        return {}
    return {day: totals.get(day, 0.0) for day in days}


def _seen(
    days: Mapping[date, date], moves: Mapping[date, list[Any]], final: Mapping[date, float], settled_after: int
) -> Iterator[Observation]:
    """What each day showed at each age since it was first seen: what a restatement found, until the next one."""
    for day, first_on in days.items():
        age = (first_on - day).days
        if age > YOUNG:
            continue
        steps = moves.get(day, [])
        amount = float(steps[0].before or 0) if steps else final[day]
        changes = {(step.seen_on - day).days: float(step.after or 0) for step in steps}
        for at in range(max(age, 0), settled_after):
            amount = changes.get(at, amount)
            yield day, at, amount

"""Daily sums of measures, by scope and breakdown, as arrays: what the judgement of running periods looks at."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import Connection, select

from config.periods import Window
from worker.model.completeness import Run, earlier_runs
from worker.model.context import PlanContext
from worker.model.readings import MILLION, Completeness
from worker.stats.reporting_lag import ReportingLag
from worker.stats.series import Floats
from worker.store import schema as t
from worker.store.completeness import states_of
from worker.store.reporting_lags import reporting_lags
from worker.store.sums import is_built_in

ALMOST = 0.999_999  # of a day that may still change, and hardly ever does: complete, and yet not settled

#: (scope id, dimension or empty, breakdown in small letters)
Place = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class DailySums:
    """The sums of a plan's scopes on the days of a window; NaN where nothing, or not all, is known of a day."""

    window: Window
    known: Mapping[str, Floats]  #: by measure: 1 settled, less while it may change (0: nobody knows), NaN unknown
    amounts: dict[tuple[Place, str], Floats] = field(default_factory=dict)
    own_from: date = date.min  #: days before are none of the plan's: unknown until a place has a first figure

    def since(self, day: date) -> "DailySums":
        """The same without the days before one."""
        if day <= self.window.start:
            return self
        first = (day - self.window.start).days
        known = {measure: shares[first:] for measure, shares in self.known.items()}
        amounts = {key: values[first:] for key, values in self.amounts.items()}
        return DailySums(Window(day, self.window.end), known, amounts, self.own_from)

    def of(self, place: Place, measure: str) -> Floats:
        """The amounts of a measure; a day that is known and has no row is a zero."""
        known = self.known.get(measure)
        if known is None:
            return np.full(len(self.window), np.nan)
        found = self.amounts.get((place, measure))
        amounts = np.zeros(len(self.window)) if found is None else found
        is_known = ~np.isnan(known)
        is_known[: max(0, min(self.begins(place), (self.own_from - self.window.start).days))] = False
        return np.where(is_known, amounts, np.nan)

    def begins(self, place: Place) -> int:
        """The number of the first day on which a place has any figure; the number of days where none has."""
        there = (amounts for name in self.known if (amounts := self.amounts.get((place, name))) is not None)
        firsts = (np.flatnonzero(amounts)[:1] for amounts in there)
        return min((int(first[0]) for first in firsts if len(first)), default=len(self.window))


def daily_sums(
    connection: Connection, context: PlanContext, places: Collection[Place], measures: Collection[str], window: Window
) -> DailySums:
    """The daily sums of some measures at some places, on days up to the one before today."""
    known = known_shares(connection, context, states_from_before(connection, context, measures, window), window)
    amounts = read_amounts(connection, places, measures, window)
    return DailySums(window, known, amounts, context.loaded.plan.watched_from)


def states_from_before(
    connection: Connection, context: PlanContext, measures: Collection[str], window: Window
) -> dict[str, list[Run]]:
    """As ``states_of``, also of days before the plan: what is known of them is on record by source alone."""
    plan = context.loaded.plan
    states = states_of(connection, context.plan_id, measures, window)
    covered = [day for days in context.coverage.values() for day in days if day < plan.watched_from]
    before = Window(min(covered), plan.watched_from).clip(window) if covered else None
    if before is None:
        return states
    own = Window(plan.watched_from, max(window.end, plan.watched_from))
    earlier = earlier_runs(context.authorities, context.coverage, before)
    return {
        name: [*earlier.get(name, ()), *((part, state) for days, state in runs if (part := days.clip(own)))]
        for name, runs in states.items()
    }


def known_shares(
    connection: Connection, context: PlanContext, states: Mapping[str, Sequence[Run]], window: Window
) -> dict[str, Floats]:
    """By measure, how much is known of each day of a window that ends today; ``states`` are those of its days."""
    changing = [name for name, runs in states.items() if any(one is Completeness.PROVISIONAL for _, one in runs)]
    lags = reporting_lags(connection, context, changing, window.end)
    return {name: _known(runs, window, lags.get(name, ())) for name, runs in states.items()}


def read_amounts(
    connection: Connection, places: Collection[Place], measures: Collection[str], window: Window
) -> dict[tuple[Place, str], Floats]:
    """What is stored of some measures at some places on each day of a window; NaN on a day of which a part is not."""
    sums = DailySums(window, {})
    by_dimension: dict[str, set[Place]] = defaultdict(set)
    for place in places:
        by_dimension[place[1]].add(place)
    for dimension, wanted in by_dimension.items():
        _read(connection, sums, dimension, wanted, [name for name in measures if is_built_in(name)])
        _read_extra(connection, sums, dimension, wanted, [name for name in measures if not is_built_in(name)])
        _read_gaps(connection, sums, dimension, wanted, measures)
    return sums.amounts


def _known(runs: Iterable[Run], window: Window, reporting_lags: Sequence[ReportingLag]) -> Floats:
    known = np.full(len(window), np.nan)
    for days, state in runs:
        first, last = (days.start - window.start).days, (days.end - window.start).days
        if state is Completeness.FINAL:
            known[first:last] = 1.0
        elif state is Completeness.PROVISIONAL:
            known[first:last] = [_share(len(window) - n, reporting_lags) for n in range(first, last)]
    return known


def _share(age: int, reporting_lags: Sequence[ReportingLag]) -> float:
    """The share of a day that is there at its age, of the source that is furthest behind; 0 where nobody knows."""
    shares = [one.share(age) for one in reporting_lags]
    known = [share for share in shares if share is not None]
    return min(*known, ALMOST) if known and len(known) == len(shares) else 0.0


def _slots(sums: DailySums, place: Place, measure: str) -> Floats:
    found = sums.amounts.get((place, measure))
    if found is None:
        found = sums.amounts[place, measure] = np.zeros(len(sums.window))
    return found


def _read(connection: Connection, sums: DailySums, dimension: str, places: set[Place], measures: list[str]) -> None:
    if not measures:
        return
    d = t.action_day.c
    columns = [d[name] for name in measures]
    for scopes in _parts({place[0] for place in places}):
        statement = select(d.scope_id, d.breakdown, d.day, *columns).where(
            d.scope_id.in_(scopes), d.dimension == dimension, d.day >= sums.window.start, d.day < sums.window.end
        )
        by_place: dict[Place, list[tuple[int | None, ...]]] = defaultdict(list)
        for scope_id, breakdown, day, *amounts in connection.execute(statement).yield_per(10_000):
            by_place[scope_id, dimension, breakdown.casefold()].append((day.toordinal(), *amounts))
        for place in [place for place in by_place if place in places]:
            days, *found = np.array(by_place[place], np.float64).T
            index = days.astype(np.int64) - sums.window.start.toordinal()
            for name, amount in zip(measures, found, strict=True):
                np.add.at(_slots(sums, place, name), index, np.nan_to_num(amount) / MILLION)


def _read_extra(
    connection: Connection, sums: DailySums, dimension: str, places: set[Place], measures: list[str]
) -> None:
    if not measures:
        return
    d = t.action_day_extra.c
    for scopes in _parts({place[0] for place in places}):
        statement = select(d.scope_id, d.breakdown, d.day, d.measure, d.amount).where(
            d.scope_id.in_(scopes), d.dimension == dimension, d.measure.in_(measures),
            d.day >= sums.window.start, d.day < sums.window.end, d.amount.is_not(None),
        )  # fmt: skip
        for scope_id, breakdown, day, measure, amount in connection.execute(statement):
            place = (scope_id, dimension, breakdown.casefold())
            if place in places:
                _slots(sums, place, measure)[(day - sums.window.start).days] += amount / MILLION


def _read_gaps(
    connection: Connection, sums: DailySums, dimension: str, places: set[Place], measures: Collection[str]
) -> None:
    """Days on which a part is unknown: so is the day."""
    g = t.gap.c
    for scopes in _parts({place[0] for place in places}):
        statement = select(g.scope_id, g.breakdown, g.day, g.measure).where(
            g.scope_id.in_(scopes), g.dimension == dimension, g.measure.in_(list(measures)),
            g.day >= sums.window.start, g.day < sums.window.end,
        )  # fmt: skip
        for scope_id, breakdown, day, measure in connection.execute(statement):
            place = (scope_id, dimension, breakdown.casefold())
            if place in places:
                _slots(sums, place, measure)[(day - sums.window.start).days] = np.nan


def _parts(ids: Iterable[int], size: int = 500) -> list[list[int]]:
    every = sorted(ids)
    return [every[start : start + size] for start in range(0, len(every), size)]

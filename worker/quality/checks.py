"""Figures as collected -> what looks like a fault of a source: its days are quarantined, and the fault is written down.

Quarantined figures stay in the store. The judgement takes their days for unknown until the source restates them or
somebody accepts them. Days of the last weeks are looked at anew each time, so that doing it again changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.sources import COSTS
from config.vocabulary import BUILT_IN, Scope, Unit
from worker.model.fault import DataFault, DetectedFault, FaultKind, Quarantined
from worker.model.readings import DayCoverage, Fault
from worker.model.records import SourceRow, SourceState, StoredPlan
from worker.stats import ratio_drift as ratios
from worker.stats.anomalies import BESIDE, RECENT, Anomaly, is_cut, jumps, silences, stale_since
from worker.stats.baseline import REMEMBERED
from worker.stats.series import Floats, Series
from worker.store import completeness, faults, kpi_values, plans, sources
from worker.store.engine import Store
from worker.store.readings import COUNTS

NO_ACTION = "(none)"  #: the place of visits that belong to no action

#: measures that fall silent: what is counted, and money
_TELLING = {name for name, measure in BUILT_IN.items() if measure.unit in (Unit.COUNT, Unit.MONEY)}
_VISITS = ("sessions", "visitors", "new_visitors", "engaged_sessions", "engagement_seconds", "page_views")
_OUTCOMES = ("orders", "conversions")
_CROSSED = ("orders", "sessions", "clicks")  #: measures that two sources may both have counted


def check_quality(store: Store, loaded: LoadedPlan, stored: StoredPlan, today: date) -> bool:
    """Hold what looks like a fault and free what no longer does; tells whether the sums must be made anew."""
    with store.write() as connection:
        daily = _Daily(connection, loaded, stored.id, today)
        known = faults.on_record(connection, stored.id)
        found = [(row, finding) for row in daily.rows for finding in _findings(daily, row, known)]
        faults.keep(connection, known, [(row.id, finding) for row, finding in found], daily.recent, today)
        return _hold(daily, found)


@dataclass
class _Daily:
    """A plan's figures by source, as series."""

    connection: Connection
    loaded: LoadedPlan
    plan_id: int
    today: date

    def __post_init__(self) -> None:
        self._series: dict[tuple[str, str], Series] = {}
        self.recent = Window(self.today - DAY * RECENT, self.today + DAY)
        self.window = Window(self.recent.start - DAY * REMEMBERED, self.recent.end)

    @cached_property
    def rows(self) -> list[SourceRow]:
        return sources.sources_of(self.connection, self.plan_id)

    @cached_property
    def covered(self) -> Mapping[str, Mapping[date, DayCoverage]]:
        return completeness.coverage_by_source(self.connection, self.plan_id)

    @cached_property
    def provided(self) -> Mapping[str, frozenset[str]]:
        rows = plans.source_rows(self.connection, self.plan_id)
        return {row.source: frozenset(row.provides.split()) & BUILT_IN.keys() for row in rows}

    @cached_property
    def authorities(self) -> Mapping[str, tuple[str, ...]]:
        found = kpi_values.authorities_of(self.connection, self.loaded, self.plan_id)
        return {measure: tuple(one for one in given if one != COSTS) for measure, given in found.items()}

    @cached_property
    def is_ordinary(self) -> np.typing.NDArray[np.bool_]:
        events = [event.days for event in self.loaded.plan.events]
        return np.array([not any(day in days for days in events) for day in self.window], np.bool_)

    def id(self, source: str) -> int:
        return next(row.id for row in self.rows if row.source == source)

    def accepted(self, source: str) -> set[date]:
        return {day for day, one in self.covered.get(source, {}).items() if one.is_accepted}

    def of(self, source: str, measure: str) -> Series:
        """A source's daily totals of a measure."""
        if (source, measure) not in self._series:
            names = sorted(self.provided[source])
            found = faults.totals(self.connection, self.id(source), names, self.window)
            for name in names:
                self._series[source, name] = self.as_series(source, name, found[name])
        return self._series[source, measure]

    def as_series(self, source: str, measure: str, found: Mapping[date, float | None]) -> Series:
        """Amounts by day as a series: a covered day without one is a zero."""
        amounts = np.full(len(self.window), np.nan)
        known, ordinary = amounts.copy(), self.is_ordinary.copy()
        for number, day in enumerate(self.window):
            coverage = self.covered.get(source, {}).get(day)
            if coverage is None or measure not in coverage.measures:
                continue
            amount = found.get(day, 0.0)
            amounts[number] = np.nan if amount is None else amount
            known[number] = 1.0 if coverage.is_settled and not coverage.is_suspect else 0.5
            ordinary[number] &= measure not in coverage.held or day in self.recent
        return Series(self.window.start, amounts, known, ordinary)


def _together(every: Sequence[Series]) -> Series | None:
    """Several sources added up, on the days that all of them know."""
    if not every:
        return None
    amounts: Floats = np.sum([one.amounts for one in every], axis=0)
    return replace(every[0], amounts=amounts, known=np.min([one.known for one in every], axis=0))


def _findings(daily: _Daily, row: SourceRow, known: Sequence[DataFault]) -> list[DetectedFault]:
    mine = [one for one in known if one.source_id == row.id]
    return [
        *_silences(daily, row.source, mine),
        *_jumps(daily, row.source),
        *_cuts(daily, row.source),
        *_stale(daily, row),
        *_drifts(daily, row.source, mine),
    ]


def _silences(daily: _Daily, source: str, mine: Sequence[DataFault]) -> Iterator[DetectedFault]:
    series = {name: daily.of(source, name) for name in sorted(daily.provided[source] & _TELLING)}
    beside = {
        name: [
            daily.of(row.source, other)
            for other in BESIDE.get(name, ())
            for row in daily.rows
            if other in daily.provided[row.source]
        ]
        for name in series
    }
    kinds = (FaultKind.SILENT_ZERO, FaultKind.TRACKING_LOST)
    for seen in silences(series, beside, COUNTS, daily.accepted(source), daily.recent.start):
        one = _detected(seen, FaultKind.TRACKING_LOST if seen.is_alone else FaultKind.SILENT_ZERO)
        # Once told as the one it is not told as the other.
        same = (known for known in mine if known.kind in kinds and known.days.start <= one.days[-1])
        before = next((known for known in same if one.since < known.days.end), None)
        silent = [name for name in series if name not in one.measures and _is_zero(series[name], one.days)]
        yield replace(one, kind=before.kind if before else one.kind, measures=(*one.measures, *silent))


def _detected(anomaly: Anomaly, kind: FaultKind) -> DetectedFault:
    one = anomaly
    return DetectedFault(kind, one.measures, one.days, one.usual, one.seen, is_ongoing=one.is_ongoing)


def _is_zero(series: Series, days: Sequence[date]) -> bool:
    return all(series.amounts[(day - series.start).days] == 0 for day in days)


def _jumps(daily: _Daily, source: str) -> Iterator[DetectedFault]:
    """Visits that bring nothing, place by place."""
    spoken = [name for name in _VISITS if source in daily.authorities.get(name, ())]
    outcome = next((name for name in _OUTCOMES if daily.authorities.get(name)), None)
    if not spoken or spoken[0] not in _VISITS[:2] or outcome is None:
        return
    by_place = _by_place(daily, source, spoken[0])
    came = {one: _by_place(daily, one, outcome) for one in daily.authorities[outcome]}
    for place, visits in sorted(by_place.items()):
        outcomes = _together([daily.as_series(one, outcome, found.get(place, {})) for one, found in came.items()])
        if outcomes is not None:
            seen = daily.as_series(source, spoken[0], visits)
            for one in jumps(seen, outcomes, daily.accepted(source), daily.recent.start):
                yield replace(_detected(one, FaultKind.JUMP), measures=tuple(spoken), place=place or NO_ACTION)


def _by_place(daily: _Daily, source: str, measure: str) -> dict[str, dict[date, float]]:
    return faults.totals_by_place(daily.connection, daily.plan_id, daily.id(source), measure, daily.window)


def _cuts(daily: _Daily, source: str) -> Iterator[DetectedFault]:
    """The days of which most would have vanished, as collecting noted them."""
    covered = daily.covered.get(source, {})
    days = sorted(day for day, one in covered.items() if one.fault == Fault.CUT_SHORT)
    if not days:
        return
    said = [dict(part.split("=") for part in covered[day].answer.split()) for day in days]
    kept = faults.totals(
        daily.connection, daily.id(source), sorted(daily.provided[source]), Window(days[0], days[-1] + DAY)
    )
    now = {name: sum(float(one.get(name, 0)) for one in said) for name in kept}
    was = {name: sum(kept[name].get(day) or 0.0 for day in days) for name in kept}
    gone = is_cut(was, now, COUNTS) or sorted(was)
    others = sorted({name for day in days for name in covered[day].measures} - {gone[0]})
    yield DetectedFault(FaultKind.CUT_SHORT, (gone[0], *others), tuple(days), was[gone[0]], now[gone[0]])


def _stale(daily: _Daily, row: SourceRow) -> Iterator[DetectedFault]:
    waits = [int(one) for one in row.waits.split()]
    usual = stale_since(row.advanced_on, waits, daily.today)
    if usual is None or row.state is not SourceState.OK or daily.today >= daily.loaded.plan.life.end:
        return
    assert row.newest_day is not None
    assert row.advanced_on is not None
    waited = (daily.today - row.advanced_on).days
    yield DetectedFault(FaultKind.STALE, (), (row.newest_day + DAY,), float(usual), float(waited))


# ---- two that no longer agree ----


def _drifts(daily: _Daily, source: str, mine: Sequence[DataFault]) -> Iterator[DetectedFault]:
    for measures, against, seen, counted in _pairs(daily, source):
        standing = [one for one in mine if one.kind is FaultKind.DRIFT and one.against == against and not one.is_over]
        since = next((one.days.start for one in standing), None)
        if since is not None and (daily.today - since).days > ratios.REMEMBERED:
            since = None
        if daily.accepted(source) & set(daily.recent):
            continue
        if found := ratios.drift(seen, counted, since):
            days = (since, *found.days) if since and since < found.days[0] else found.days
            yield DetectedFault(FaultKind.DRIFT, measures, days, found.usual, found.seen, against=against)


def _pairs(daily: _Daily, source: str) -> Iterator[tuple[tuple[str, ...], str, Series, Series]]:
    """What a source saw, beside what was counted elsewhere, or in all."""
    for name in _CROSSED:
        authority = daily.authorities.get(name, ())
        if name in daily.provided[source] and authority and source not in authority:
            counted = _together([daily.of(one, name) for one in authority])
            if counted is not None:
                yield (name,), f"{name} {' '.join(authority)}", daily.of(source, name), counted
    if source in daily.authorities.get("sessions", ()):
        yield from _paid(daily, source)
        yield from _parts(daily, source)


def _paid(daily: _Daily, source: str) -> Iterator[tuple[tuple[str, ...], str, Series, Series]]:
    """The visits that ads brought, beside the clicks on them."""
    ads = daily.authorities.get("clicks", ())
    clicks = _together([daily.of(one, "clicks") for one in ads])
    if clicks is not None and source not in ads:
        paid = faults.totals(daily.connection, daily.id(source), ["sessions"], daily.window, faults.is_paid())
        yield (
            ("sessions", "clicks"),
            f"clicks {' '.join(ads)}",
            daily.as_series(source, "sessions", paid["sessions"]),
            clicks,
        )


def _parts(daily: _Daily, source: str) -> Iterator[tuple[tuple[str, ...], str, Series, Series]]:
    """The visits that bear a label, beside all of them, where a source gives both."""
    parts = faults.totals(daily.connection, daily.id(source), ["sessions"], daily.window, faults.is_labelled())
    labelled, whole = daily.as_series(source, "sessions", parts["sessions"]), daily.of(source, "sessions")
    if labelled.amounts[labelled.settled].sum() != whole.amounts[whole.settled].sum():
        yield ("sessions",), f"sessions {source}", labelled, whole


# ---- holding ----


def _hold(daily: _Daily, found: Sequence[tuple[SourceRow, DetectedFault]]) -> bool:
    is_new = False
    for row in daily.rows:
        days: dict[date, set[str]] = {}
        for other, one in found:
            if other.id == row.id and one.kind in (FaultKind.SILENT_ZERO, FaultKind.TRACKING_LOST):
                for day in one.days:
                    days.setdefault(day, set()).update(one.measures)
        is_new |= faults.quarantine(daily.connection, row.id, daily.recent, days)
    scopes = plans.scope_ids(daily.connection, daily.plan_id)
    held: set[Quarantined] = {
        (row.id, _scope(daily, scopes, one.place), day, measure)
        for row, one in found
        if one.kind is FaultKind.JUMP
        for day in one.days
        if day in daily.recent
        for measure in one.measures
    }
    return faults.quarantine_places(daily.connection, daily.plan_id, daily.recent, held) or is_new


def _scope(daily: _Daily, scopes: Mapping[tuple[str, str], int], place: str) -> int:
    return scopes[Scope.UNATTRIBUTED, daily.loaded.id] if place == NO_ACTION else scopes[Scope.ACTION, place]

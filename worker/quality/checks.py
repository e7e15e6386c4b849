"""Figures as collected -> what looks like a fault of a source: its days are quarantined, and the fault is written down.

Quarantined figures stay in the store. The judgement takes their days for unknown until the source restates them or
somebody accepts them. Days of the last weeks are looked at anew each time, so that doing it again changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from config.periods import DAY, Window
from config.vocabulary import BUILT_IN, Scope, Unit
from worker.model.context import PlanContext
from worker.model.fault import DataFault, DetectedFault, FaultKind, Quarantined
from worker.model.readings import DayCoverage, Fault
from worker.model.records import SourceRow, SourceState
from worker.quality.figures import (
    SourceFigures,
    days_cut_short,
    read_figures_of_sources,
    together,
    visits_of,
)
from worker.stats import ratio_drift as ratios
from worker.stats.anomalies import BESIDE, Anomaly, is_cut, jumps, late_since, silences, untold_silence
from worker.stats.series import Series
from worker.store import faults
from worker.store.engine import Store
from worker.store.readings import COUNTS
from worker.store.source_totals import VISITS

Detected = tuple[SourceRow, DetectedFault]


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """What a source saw, beside what was counted elsewhere, or in all."""

    measures: tuple[str, ...]
    against: str
    seen: Series
    counted: Series
    is_part: bool = False  #: what was seen is among what was counted


NO_ACTION = "(none)"  #: the place of visits that belong to no action

#: measures that fall silent: what is counted, and money
_TELLING = {name for name, measure in BUILT_IN.items() if measure.unit in (Unit.COUNT, Unit.MONEY)}
_CROSSED = ("orders", "sessions", "clicks")  #: measures that two sources may both have counted


def check_quality(store: Store, context: PlanContext, today: date) -> bool:
    """Quarantine what looks like a fault and free what no longer does; gives whether the sums must be made anew."""
    with store.write() as connection:
        figures = read_figures_of_sources(connection, context, today)
        known = faults.on_record(connection, context.plan_id)
        detected = detect(figures, known)
        looked = faults.Looked(figures.recent, today, believed(context, known))
        own = context.loaded.plan.watched_from  # of what only went wrong before, nobody need know
        told = [(row.id, fault) for row, fault in detected if fault.days[-1] >= own]
        faults.keep(connection, known, told, looked)
        days = quarantined_days(context, figures.recent, detected, untold_days(figures))
        faults.quarantine(connection, days)
        places = quarantined_places(context, figures.recent, detected)
        return faults.quarantine_places(connection, context.plan_id, figures.recent, places) or bool(days)


def detect(figures: SourceFigures, known: Sequence[DataFault]) -> list[Detected]:
    """What looks wrong with each source; pure."""
    return [(row, fault) for row in figures.context.sources for fault in _faults_of(figures, row, known)]


def _faults_of(figures: SourceFigures, row: SourceRow, known: Sequence[DataFault]) -> list[DetectedFault]:
    mine = [one for one in known if one.source_id == row.id]
    return [
        *_silences(figures, row.source, mine),
        *_jumps(figures, row.source),
        *_cuts(figures, row.source),
        *_late(figures, row),
        *_drifts(figures, row.source, mine),
    ]


def _silences(figures: SourceFigures, source: str, mine: Sequence[DataFault]) -> Iterator[DetectedFault]:
    series = {name: figures.expected(source, name) for name in sorted(figures.provided(source) & _TELLING)}
    beside = {
        name: [
            figures.of(row.source, other)
            for other in BESIDE.get(name, ())
            for row in figures.context.sources
            if other in figures.provided(row.source)
        ]
        for name in series
    }
    kinds = (FaultKind.SILENT_ZERO, FaultKind.TRACKING_LOST)
    for seen in silences(series, beside, COUNTS, figures.accepted(source), figures.recent.start):
        fault = _detected(seen, FaultKind.TRACKING_LOST if seen.is_alone else FaultKind.SILENT_ZERO)
        # Reported as one kind, it is not reported again as the other.
        same = (known for known in mine if known.kind in kinds and known.days.start <= fault.days[-1])
        before = next((known for known in same if fault.since < known.days.end), None)
        silent = [name for name in series if name not in fault.measures and _is_zero(series[name], fault.days)]
        yield replace(fault, kind=before.kind if before else fault.kind, measures=(*fault.measures, *silent))


def _detected(anomaly: Anomaly, kind: FaultKind) -> DetectedFault:
    one = anomaly
    return DetectedFault(kind, one.measures, one.days, one.baseline, one.seen, is_ongoing=one.is_ongoing)


def _is_zero(series: Series, days: Sequence[date]) -> bool:
    return all(series.amounts[(day - series.start).days] == 0 for day in days)


def _jumps(figures: SourceFigures, source: str) -> Iterator[DetectedFault]:
    """Visits that bring nothing, place by place."""
    for place, (visits, outcomes) in figures.visits_by_place(source).items():
        for jump in jumps(visits, outcomes, figures.accepted(source), figures.recent.start):
            measures = visits_of(figures.context, source)
            yield replace(_detected(jump, FaultKind.JUMP), measures=measures, place=place or NO_ACTION)


def _cuts(figures: SourceFigures, source: str) -> Iterator[DetectedFault]:
    """The days of which most would have vanished, as collecting noted them."""
    days = days_cut_short(figures.context, source)
    if not days:
        return
    covered = figures.context.coverage[source]
    answers = [dict(part.split("=") for part in covered[day].answer.split()) for day in days]
    kept = {name: figures.total(source, name) for name in sorted(figures.provided(source))}
    now = {name: sum(float(answer.get(name, 0)) for answer in answers) for name in kept}
    was = {name: sum(kept[name].get(day) or 0.0 for day in days) for name in kept}
    gone = is_cut(was, now, COUNTS) or sorted(was)
    others = sorted({name for day in days for name in covered[day].measures} - {gone[0]})
    yield DetectedFault(FaultKind.CUT_SHORT, (gone[0], *others), tuple(days), was[gone[0]], now[gone[0]])


def _late(figures: SourceFigures, row: SourceRow) -> Iterator[DetectedFault]:
    waits = [int(one) for one in row.waits.split()]
    baseline = late_since(row.advanced_on, waits, figures.today)
    if baseline is None or row.state is not SourceState.OK or figures.today >= figures.context.loaded.plan.life.end:
        return
    assert row.newest_day is not None
    assert row.advanced_on is not None
    waited = (figures.today - row.advanced_on).days
    yield DetectedFault(FaultKind.STALE, (), (row.newest_day + DAY,), float(baseline), float(waited))


# ---- two that no longer agree ----


def _drifts(figures: SourceFigures, source: str, mine: Sequence[DataFault]) -> Iterator[DetectedFault]:
    for pair in _pairs(figures, source):
        same = [one for one in mine if one.kind is FaultKind.DRIFT and one.against == pair.against]
        since = next((one.days.start for one in same if not one.is_over), None)
        if since is not None and (figures.today - since).days > ratios.REMEMBERED:
            since = None
        if figures.accepted(source) & set(figures.recent):
            continue
        found = ratios.drift(pair.seen, pair.counted, since)
        if found and (found.is_exchange or not pair.is_part):
            days = (since, *found.days) if since and since < found.days[0] else found.days
            yield DetectedFault(FaultKind.DRIFT, pair.measures, days, found.baseline, found.seen, against=pair.against)


def _pairs(figures: SourceFigures, source: str) -> Iterator[Pair]:
    for name in _CROSSED:
        authority = figures.authorities.get(name, ())
        if name in figures.provided(source) and authority and source not in authority:
            counted = together([figures.of(one, name) for one in authority])
            if counted is not None:
                yield Pair((name,), f"{name} {' '.join(authority)}", figures.of(source, name), counted)
    if source in figures.authorities.get("sessions", ()):
        yield from _paid(figures, source)
        yield from _parts(figures, source)


def _paid(figures: SourceFigures, source: str) -> Iterator[Pair]:
    """The visits that ads brought, beside the clicks on them."""
    ads = figures.authorities.get("clicks", ())
    clicks = together([figures.of(one, "clicks") for one in ads])
    if clicks is not None and source not in ads:
        yield Pair((VISITS, "clicks"), f"clicks {' '.join(ads)}", figures.paid_visits(source), clicks)


def _parts(figures: SourceFigures, source: str) -> Iterator[Pair]:
    """The visits that bear a label, beside all of them, where a source gives both.

    Labels that got lost, or are set where they do not belong, move visits from one to the other. A mailing that goes
    out or a campaign that ends moves one alone: that is what the plan is for, and no fault.
    """
    labelled, whole = figures.labelled_visits(source), figures.of(source, VISITS)
    if labelled.amounts[labelled.settled].sum() != whole.amounts[whole.settled].sum():
        yield Pair((VISITS,), f"{VISITS} {source}", labelled, whole, is_part=True)


def believed(context: PlanContext, known: Sequence[DataFault]) -> frozenset[int]:
    """The faults whose figures were said a second time, or accepted by somebody: they are no fault, but true; pure."""

    def is_true(coverage: DayCoverage) -> bool:
        return coverage.is_accepted or coverage.fault == Fault.BELIEVED

    true = {source: {day for day, one in days.items() if is_true(one)} for source, days in context.coverage.items()}
    return frozenset(one.id for one in known if any(day in one.days for day in true.get(one.source, ())))


# ---- what is quarantined ----


def untold_days(figures: SourceFigures) -> dict[tuple[int, date], set[str]]:
    """(source id, day) -> the measures of which nobody can tell yet whether their zeros are true; no fault; pure."""
    untold: dict[tuple[int, date], set[str]] = {}
    for row in figures.context.sources:
        telling = sorted(figures.provided(row.source) & _TELLING)
        days = untold_silence([figures.of(row.source, name) for name in telling], figures.accepted(row.source))
        untold |= {(row.id, day): set(telling) for day in days}
    return untold


def quarantined_days(
    context: PlanContext, recent: Window, detected: Sequence[Detected], untold: Mapping[tuple[int, date], set[str]]
) -> dict[tuple[int, date], set[str]]:
    """(source id, day) -> the measures to be quarantined, for the recent days on which that changes; pure."""
    wanted: dict[tuple[int, date], set[str]] = defaultdict(set, {place: set(names) for place, names in untold.items()})
    for row, fault in detected:
        if fault.kind in (FaultKind.SILENT_ZERO, FaultKind.TRACKING_LOST):
            for day in fault.days:
                wanted[row.id, day].update(fault.measures)
    return {
        (row.id, day): wanted.get((row.id, day), set())
        for row in context.sources
        for day, covered in context.coverage.get(row.source, {}).items()
        if day in recent and covered.quarantined != wanted.get((row.id, day), set())
    }


def quarantined_places(context: PlanContext, recent: Window, detected: Sequence[Detected]) -> set[Quarantined]:
    """The figures of single actions to be quarantined; pure."""
    return {
        (row.id, _scope_id(context, fault.place), day, measure)
        for row, fault in detected
        if fault.kind is FaultKind.JUMP
        for day in fault.days
        if day in recent
        for measure in fault.measures
    }


def _scope_id(context: PlanContext, place: str) -> int:
    key = (Scope.UNATTRIBUTED, context.loaded.id) if place == NO_ACTION else (Scope.ACTION, place)
    return context.scope_ids[key]

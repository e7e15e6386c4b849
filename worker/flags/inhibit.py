"""PURE. What cannot be told because a source cannot be relied on just now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from config.vocabulary import Scope
from worker.model.fault import QUARANTINING, DataFault, FaultKind
from worker.model.records import SourceRow, SourceState
from worker.model.verdict import Judgement, Phase

GRACE = timedelta(hours=24)  # how long a source may be unavailable before someone is told

#: KPI (empty for a budget) -> measure -> the sources that speak for it
RestsOn = Mapping[str, Mapping[str, Sequence[str]]]

#: a judgement's key -> the sources it waits for
Inhibitions = Mapping[tuple[str, str, str, str], tuple[str, ...]]


def inhibitions(
    judgements: Iterable[Judgement],
    rests_on: RestsOn,
    rows: Iterable[SourceRow],
    faults: Sequence[DataFault],
    now: datetime,
) -> Inhibitions:
    """What is judged and rests on a source that cannot be relied on just now.

    A source fails, or is late, or its figures are not believed.
    """
    silent = {row.source for row in rows if row.state is not SourceState.NEVER and is_lasting(row, now)}
    silent |= {one.source for one in faults if one.kind is FaultKind.STALE and not one.is_over}
    quarantining = [one for one in faults if one.kind in QUARANTINING and (one.is_quarantined or not one.is_over)]
    waits = {one.key: _waits_for(one, rests_on.get(one.kpi, {}), silent, quarantining) for one in judgements}
    return {key: sources for key, sources in waits.items() if sources}


def _waits_for(
    one: Judgement, parts: Mapping[str, Sequence[str]], silent: set[str], quarantining: Sequence[DataFault]
) -> tuple[str, ...]:
    """The sources without which this cannot be told.

    A fact that rests on believed figures stays one whatever its source does now.
    """
    sources = {fault.source for fault in quarantining if _is_touched(one, parts, fault)}
    if one.phase is Phase.OUTLOOK:
        sources |= silent.intersection(*[{source for speaking in parts.values() for source in speaking}])
    return tuple(sorted(sources))


def _is_touched(one: Judgement, parts: Mapping[str, Sequence[str]], fault: DataFault) -> bool:
    """Whether some of what is not believed is among the figures judged."""
    is_elsewhere = fault.place != "" and one.subject.scope == Scope.ACTION and one.subject.ref != fault.place
    if is_elsewhere or one.period.clip(fault.days) is None:
        return False
    if fault.is_over and one.phase is Phase.OUTLOOK and not one.is_silent:
        return False  # it is told without those days
    return any(fault.source in parts.get(measure, ()) for measure in fault.measures)


def is_lasting(row: SourceRow, now: datetime) -> bool:
    """Whether a source's trouble is more than a passing one."""
    if row.state is SourceState.UNAVAILABLE:
        return row.failing_since_at is not None and now - row.failing_since_at >= GRACE
    return row.state not in (SourceState.OK, SourceState.NEVER)

"""PURE. What looks wrong with a source's figures, in a sentence; and what cannot be told because of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from config.catalogue import known_kpis, unit_of
from config.fields import Language
from config.loader import LoadedPlan
from config.vocabulary import Unit
from worker.judge.evidence import Judgement, Phase
from worker.judge.faults import HOLDING, FaultKind
from worker.store.faults import DataFault
from worker.store.plans import ACTION
from worker.store.sources import SourceRow, SourceState
from worker.wording import Words, words
from worker.wording.sentences import kpi_name

GRACE = timedelta(hours=24)  # how long a source may be unavailable before someone is told

#: KPI (empty for a budget) -> measure -> the sources that speak for it
RestsOn = Mapping[str, Mapping[str, Sequence[str]]]

#: a judgement's key -> the sources it waits for
Waits = Mapping[tuple[str, str, str, str], tuple[str, ...]]


def waiting(
    judgements: Iterable[Judgement],
    rests_on: RestsOn,
    rows: Iterable[SourceRow],
    found: Sequence[DataFault],
    now: datetime,
) -> Waits:
    """What is judged and rests on a source that cannot be relied on just now.

    A source fails, or is late, or its figures are not believed.
    """
    silent = {row.source for row in rows if row.state is not SourceState.NEVER and is_told(row, now)}
    silent |= {one.source for one in found if one.kind is FaultKind.STALE and not one.is_over}
    doubted = [one for one in found if one.kind in HOLDING and (one.is_held or not one.is_over)]
    waits = {one.key: _waits_for(one, rests_on.get(one.kpi, {}), silent, doubted) for one in judgements}
    return {key: sources for key, sources in waits.items() if sources}


def _waits_for(
    one: Judgement, parts: Mapping[str, Sequence[str]], silent: set[str], doubted: Sequence[DataFault]
) -> tuple[str, ...]:
    """The sources without which this cannot be told.

    A fact that rests on believed figures stays one whatever its source does now.
    """
    found = {fault.source for fault in doubted if _is_touched(one, parts, fault)}
    if one.phase is Phase.OUTLOOK:
        found |= silent.intersection(*[{source for sources in parts.values() for source in sources}])
    return tuple(sorted(found))


def _is_touched(one: Judgement, parts: Mapping[str, Sequence[str]], fault: DataFault) -> bool:
    """Whether some of what is not believed is among the figures judged."""
    is_elsewhere = fault.place != "" and one.subject.scope == ACTION and one.subject.ref != fault.place
    if is_elsewhere or one.period.clip(fault.days) is None:
        return False
    if fault.is_over and one.phase is Phase.OUTLOOK and not one.is_silent:
        return False  # it is told without those days
    return any(fault.source in parts.get(measure, ()) for measure in fault.measures)


def is_told(row: SourceRow, now: datetime) -> bool:
    """Whether a source's trouble is more than a passing one."""
    if row.state is SourceState.UNAVAILABLE:
        return row.failing_since_at is not None and now - row.failing_since_at >= GRACE
    return row.state not in (SourceState.OK, SourceState.NEVER)


# ---- in words ----


def fault_sentence(loaded: LoadedPlan, fault: DataFault, language: Language) -> str:
    """What looks wrong, since when, and how to say that it is true."""
    speech = words(language)
    days = fault.days
    said = speech.say(
        f"fault.{fault.kind}",
        source=fault.source,
        measure=_names(loaded, fault.measures[:1], speech),
        place=_place(loaded, fault, speech),
        days=speech.period(days),
        since=speech.day(days.start),
        usual=_figure(loaded, fault, fault.usual, speech),
        seen=_figure(loaded, fault, fault.seen, speech),
        counterpart=_counterpart(loaded, fault, speech),
    )
    if fault.kind not in HOLDING:
        return said
    command = f"vigie collect --source {fault.source} --since {days.start} --until {days.last} --accept"
    return f"{said} {speech.say('fault.accept', command=command)}"


def _names(loaded: LoadedPlan, measures: Iterable[str], speech: Words) -> str:
    known = known_kpis(loaded.plan, loaded.declared)
    return speech.listed(kpi_name(known[one], speech) if one in known else one for one in measures)


def _place(loaded: LoadedPlan, fault: DataFault, speech: Words) -> str:
    action = loaded.plan.actions.get(fault.place)
    return speech.say("fault.of_action", name=action.name) if action else speech.say("fault.of_none")


def _figure(loaded: LoadedPlan, fault: DataFault, value: float | None, speech: Words) -> str:
    if value is None:
        return speech.say("unknown")
    if fault.kind is FaultKind.DRIFT:
        return speech.percent(Decimal(repr(value)))
    if fault.kind is FaultKind.STALE:
        days = int(value)
        return speech.say("fault.day") if days == 1 else speech.say("unit.days", count=days)
    unit = unit_of(fault.measures[0], loaded.declared)
    whole = Decimal(round(value)) if unit is Unit.COUNT else Decimal(repr(round(value, 2)))
    return speech.number(whole, unit, loaded.plan.currency)


def _counterpart(loaded: LoadedPlan, fault: DataFault, speech: Words) -> str:
    measure, *others = fault.against.split() or [""]
    if others == [fault.source]:
        return speech.say("fault.in_all")
    return speech.say("fault.counted", measure=_names(loaded, [measure], speech), source=speech.listed(others))

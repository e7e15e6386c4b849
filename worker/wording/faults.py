"""What looks wrong with a source's figures, in a sentence."""

from collections.abc import Iterable
from decimal import Decimal

from config.catalogue import known_kpis, unit_of
from config.fields import Language
from config.loading.loader import LoadedPlan
from config.vocabulary import Unit
from worker.model.fault import HOLDING, DataFault, FaultKind
from worker.wording import Words, words
from worker.wording.sentences import kpi_name


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

"""What looks wrong with a source's figures, in a sentence."""

from collections.abc import Iterable
from decimal import Decimal

from config.catalogue import known_kpis, unit_of
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.vocabulary import Unit
from worker.model.fault import QUARANTINING, DataFault, FaultKind
from worker.wording import Translator, translator_for
from worker.wording.sentences import kpi_name


def fault_sentence(loaded: LoadedPlan, fault: DataFault, language: Language) -> str:
    """What looks wrong, since when, and how to say that it is true."""
    translator = translator_for(language)
    days = fault.days
    said = translator.say(
        f"fault.{fault.kind}",
        source=fault.source,
        measure=_names(loaded, fault.measures[:1], translator),
        place=_place(loaded, fault, translator),
        days=translator.period(days),
        since=translator.day(days.start),
        usual=_figure(loaded, fault, fault.baseline, translator),
        seen=_figure(loaded, fault, fault.seen, translator),
        counterpart=_counterpart(loaded, fault, translator),
    )
    if fault.kind not in QUARANTINING:
        return said
    command = f"vigie collect --source {fault.source} --since {days.start} --until {days.last} --accept"
    return f"{said} {translator.say('If it is true: {command}', command=command)}"


def _names(loaded: LoadedPlan, measures: Iterable[str], translator: Translator) -> str:
    known = known_kpis(loaded.plan, loaded.declared)
    return translator.listed(kpi_name(known[one], translator) if one in known else one for one in measures)


def _place(loaded: LoadedPlan, fault: DataFault, translator: Translator) -> str:
    action = loaded.plan.actions.get(fault.place)
    return translator.say("of “{name}”", name=action.name) if action else translator.say("that belong to no action")


def _figure(loaded: LoadedPlan, fault: DataFault, value: float | None, translator: Translator) -> str:
    if value is None:
        return translator.say("unknown")
    if fault.kind is FaultKind.DRIFT:
        return translator.percent(Decimal(repr(value)))
    if fault.kind is FaultKind.STALE:
        days = int(value)
        return translator.say("1 day") if days == 1 else translator.say("{count} days", count=days)
    unit = unit_of(fault.measures[0], loaded.declared)
    whole = Decimal(round(value)) if unit is Unit.COUNT else Decimal(repr(round(value, 2)))
    return translator.number(whole, unit, loaded.plan.currency)


def _counterpart(loaded: LoadedPlan, fault: DataFault, translator: Translator) -> str:
    measure, *others = fault.against.split() or [""]
    if others == [fault.source]:
        return translator.say("all of them")
    return translator.say(
        "the {measure} that {source} counts",
        measure=_names(loaded, [measure], translator),
        source=translator.listed(others),
    )

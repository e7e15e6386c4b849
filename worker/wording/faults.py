"""What looks wrong with a source's figures, in a sentence."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from config.catalogue import known_kpis, unit_of
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.message import marked
from config.periods import DAY, Duration
from config.vocabulary import Unit
from worker.model.fault import QUARANTINING, DataFault, FaultKind
from worker.wording import Translator, translator_for
from worker.wording.sentences import inside, kpi_name

_FAULTS: Mapping[FaultKind, str] = {
    FaultKind.SILENT_ZERO: marked(
        "Source “{source}” reports 0 for {measure} ({days}), where about {usual} is usual: too unlikely to be chance. "
        "These figures are on hold."
    ),
    FaultKind.TRACKING_LOST: marked(
        "Source “{source}” has lost tracking ({days}): 0 for {measure}, where about {usual} is usual, while related "
        "figures go on as before. These figures are on hold."
    ),
    FaultKind.JUMP: marked(
        "Source “{source}” counts far too many visits {place} ({days}): {seen} for {measure}, where about {usual} is "
        "usual, and they bring nothing more. They look fake; these figures are on hold."
    ),
    FaultKind.CUT_SHORT: marked(
        "Source “{source}” withdraws most of its final figures ({days}): {seen} for {measure} instead of {usual}. The "
        "earlier figures are kept until it reports the same again a day later."
    ),
    FaultKind.STALE: marked(
        "Source “{source}” has delivered no day after {last}: nothing new for {seen}, where it never takes longer than "
        "{usual}."
    ),
    FaultKind.DRIFT: marked(
        "Source “{source}” no longer agrees as it used to ({days}), for {measure}: {seen} of what {others} counts "
        "({counted}), compared with {usual} in the weeks before."
    ),
}
_RELABELLED = marked(
    "Source “{source}”: {seen} of visits carry a campaign label ({days}), compared with {usual} in the weeks before, and "
    "visits without a label make up for the difference: labels were lost, or set where they do not belong."
)


def fault_sentence(loaded: LoadedPlan, fault: DataFault, language: Language) -> str:
    """What looks wrong, since when, and how to say that it is true."""
    translator = translator_for(language)
    days = fault.days
    counted, *others = fault.against.split() or [""]
    said = translator.say(
        _RELABELLED if others == [fault.source] else _FAULTS[fault.kind],
        source=fault.source,
        measure=_names(loaded, fault.measures[:1], translator),
        place=_place(loaded, fault, translator),
        days=translator.period(days),
        last=translator.day(days.start - DAY),
        usual=_figure(loaded, fault, fault.baseline, translator),
        seen=_figure(loaded, fault, fault.seen, translator),
        counted=_names(loaded, [counted], translator),
        others=translator.listed(others),
    )
    if fault.kind not in QUARANTINING:
        return said
    command = f"vigie collect --source {fault.source} --since {days.start} --until {days.last} --accept"
    return f"{said} {translator.say('To accept them as they are: {command}', command=command)}"


def _names(loaded: LoadedPlan, measures: Iterable[str], translator: Translator) -> str:
    known = known_kpis(loaded.plan, loaded.declared)
    return translator.listed(inside(kpi_name(known[id], translator)) if id in known else id for id in measures)


def _place(loaded: LoadedPlan, fault: DataFault, translator: Translator) -> str:
    action = loaded.plan.actions.get(fault.place)
    return translator.say("of “{name}”", name=action.name) if action else translator.say("outside all actions")


def _figure(loaded: LoadedPlan, fault: DataFault, value: float | None, translator: Translator) -> str:
    if value is None:
        return translator.say("unknown")
    if fault.kind is FaultKind.DRIFT:
        return translator.percent(Decimal(repr(value)))
    if fault.kind is FaultKind.STALE:
        return translator.length(Duration(int(value), "day"))
    unit = unit_of(fault.measures[0], loaded.declared)
    whole = Decimal(round(value)) if unit is Unit.COUNT else Decimal(repr(round(value, 2)))
    return translator.number(whole, unit, loaded.plan.currency)

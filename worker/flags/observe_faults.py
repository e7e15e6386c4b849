"""PURE. Faults of the sources' figures as they are seen, and the observations that wait for a source."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from config.loading.loaded import LoadedPlan
from config.vocabulary import Scope
from worker.flags.inhibit import Inhibitions
from worker.flags.observe import source_chain, source_key
from worker.model.fault import QUARANTINING, DataFault, FaultKind
from worker.model.flag import Alert, Observation, Status
from worker.wording import LANGUAGES
from worker.wording.faults import fault_sentence


def observe_faults(loaded: LoadedPlan, faults: Iterable[DataFault], today: date) -> list[Observation]:
    """Each fault that is or was, as an observation of its source."""
    newest = {fault_key(fault): fault for fault in faults if fault.source in loaded.sources}
    return [_observe(loaded, fault, today) for fault in newest.values()]


def fault_key(fault: DataFault) -> str:
    """The key of a fault's flag: of which source, which kind, where or beside what.

    Days that are held stay so until somebody says what is true: each run of them is a matter of its own, told by the
    day it was found on.
    """
    parts = [source_key(fault.source), fault.kind.value, fault.place, fault.against.replace(" ", "+")]
    if fault.kind in QUARANTINING:
        parts.append(f"{fault.found_on}")
    return "/".join(part for part in parts if part)


def _observe(loaded: LoadedPlan, fault: DataFault, today: date) -> Observation:
    chain = source_chain(loaded, fault.source)
    is_wrong = fault.is_quarantined or not fault.is_over
    return Observation(
        key=fault_key(fault),
        status=Status.BREACH if is_wrong else Status.OK,
        data_date=today,
        is_fact=fault.is_over,
        at_once=True,
        is_ended=fault.is_over,
        is_believed=fault.is_believed and not is_wrong,
        is_urgent=fault.kind is FaultKind.TRACKING_LOST and not fault.is_over,
        chain=chain,
        problem=_alert(loaded, fault, chain) if is_wrong else None,
    )


def _alert(loaded: LoadedPlan, fault: DataFault, chain: Sequence[str]) -> Alert:
    return Alert(
        key=fault_key(fault),
        scope=Scope.SOURCE,
        ref=fault.source,
        subject=Scope.SOURCE,
        person=chain[0] if chain else "",
        verdict=fault.kind.value,
        sentences={language: fault_sentence(loaded, fault, language) for language in LANGUAGES},
    )


def inhibited(observations: Iterable[Observation], waits: Inhibitions) -> list[Observation]:
    """The same observations; what waits for a source is unknown."""
    by_flag = {"/".join(key): sources for key, sources in waits.items()}
    return [_inhibited(it, by_flag[it.key]) if it.key in by_flag else it for it in observations]


def _inhibited(observation: Observation, sources: tuple[str, ...]) -> Observation:
    return replace(observation, status=Status.UNKNOWN, problem=None, is_urgent=False, inhibited_by=sources)

"""PURE. What was judged once and can be judged no longer: its source is gone, or has long delivered nothing new."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.sources import COSTS
from config.vocabulary import Measure, Scope
from worker.flags.observe import chain_of
from worker.model.context import PlanContext
from worker.model.fault import DataFault, FaultKind
from worker.model.flag import UNJUDGED, Alert, Observation, Status
from worker.model.records import SourceRow, SourceState
from worker.model.verdict import Judgement, Phase, Verdict
from worker.wording import LANGUAGES
from worker.wording.unjudged import unjudged_sentence

PATIENCE = timedelta(days=14)  # without a new day of figures, of a source whose rhythm is not known

#: what tells a target or budget from others, whatever its period: scope, id, subject
Promise = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A running target or budget of which nothing new is known, and the sources that fell silent; none: it has none."""

    judgement: Judgement
    silent: tuple[SourceRow, ...]

    @property
    def promise(self) -> Promise:
        """Whatever its period."""
        subject = self.judgement.subject
        return subject.scope, subject.ref, subject.key


def unjudged(
    context: PlanContext,
    judgements: Iterable[Judgement],
    faults: Sequence[DataFault],
    provided: Collection[str],
    today: date,
) -> list[Unjudged]:
    """What runs and cannot be judged by now, as far as nobody is told of its sources by themselves.

    ``provided`` are the measures that any source of the plan ever had, also one that is gone.
    """
    late = {fault.source for fault in faults if fault.kind is FaultKind.STALE and not fault.is_over}
    found = []
    for one in judgements:
        is_running = one.period.start <= today < one.period.end and one.phase is Phase.OUTLOOK
        rows = _speaking(context, one)
        if not is_running or any(row.source in late or row.state not in _QUIET for row in rows):
            continue
        if one.verdict is Verdict.UNMEASURABLE or _lacks(context, one) & set(provided):
            found.append(Unjudged(one, ()))
        elif rows and all(is_silent(row, today) for row in rows):
            found.append(Unjudged(one, rows))
    return found


#: states of a source that nobody is told of
_QUIET = (SourceState.OK, SourceState.NEVER)


def _speaking(context: PlanContext, one: Judgement) -> tuple[SourceRow, ...]:
    names = {source for sources in context.rests_on.get(one.kpi, {}).values() for source in sources}
    return tuple(row for row in context.sources if row.source in names)


def _lacks(context: PlanContext, one: Judgement) -> set[str]:
    """The measures for which it has no source but the plan's own costs."""
    parts = context.rests_on.get(one.kpi, {})
    measures = context.measures(one.kpi) if one.kpi else {Measure.SPEND.value}
    return {name for name in measures if not set(parts.get(name, ())) - {COSTS}}


def is_silent(row: SourceRow, today: date) -> bool:
    """Whether no new day has come for longer than any wait before, twice over."""
    longest = max((int(days) for days in row.waits.split()), default=0)
    return row.newest_day is not None and today - row.newest_day > max(PATIENCE, 2 * timedelta(days=longest))


def observe_unjudged(loaded: LoadedPlan, lost: Sequence[Unjudged], today: date) -> Observation:
    """What the plan's lead is told, once for all of it."""
    chain = chain_of(loaded, loaded.plan.lead_id or "")
    key = f"{Scope.PLAN}/{loaded.id}/{UNJUDGED}"
    if not lost:
        return Observation(key, Status.OK, today, chain=chain)
    problem = Alert(
        key=key,
        scope=Scope.PLAN,
        ref=loaded.id,
        subject=UNJUDGED,
        person=chain[0] if chain else "",
        verdict=UNJUDGED,
        sentences={language: _sentence(lost, language) for language in LANGUAGES},
    )
    return Observation(
        key, Status.BREACH, today, is_told_once=True, shortfall=float(len(lost)), chain=chain, problem=problem
    )


def _sentence(lost: Sequence[Unjudged], language: Language) -> str:
    silent = {row.source: row.newest_day for one in lost for row in one.silent if row.newest_day}
    names = [one.judgement.subject.name for one in lost]
    return unjudged_sentence(names, silent, language, has_sourceless=any(not one.silent for one in lost))

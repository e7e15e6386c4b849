"""A plan's verdicts and sources -> flags and notices, in one transaction: no change without its notice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection

from config.catalogue import kpis_of
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.plan import Kpi
from worker.flags.decide import addressees, decide, step
from worker.flags.inhibit import RestsOn, inhibitions
from worker.flags.observe import observe_judgements, observe_sources, observe_unattributed, storm
from worker.flags.observe_faults import inhibited, observe_faults
from worker.model.fault import DataFault
from worker.model.flag import TOLD, Flag, FlagReason, FlagUpdate, Observation
from worker.model.links import LinksFor
from worker.model.records import SourceRow
from worker.model.verdict import Judgement
from worker.store import flags, notices
from worker.store.unattributed_spend import unattributed_spend
from worker.wording import translator_for
from worker.wording.sentences import sentence


@dataclass(frozen=True)
class EvaluationContext:
    """One round of telling: the plan, what was judged, and when."""

    loaded: LoadedPlan
    plan_id: int
    judgements: Sequence[Judgement]
    sources: Sequence[SourceRow]
    today: date
    now: datetime
    domain: str
    links: LinksFor | None = None  #: makes the links of a flag for a person, where there is a page behind them
    faults: Sequence[DataFault] = ()
    rests_on: RestsOn = field(default_factory=dict)

    @property
    def kpis(self) -> Mapping[str, Kpi]:
        """The plan's KPIs."""
        return kpis_of(self.loaded.plan, self.loaded.declared)

    def say(self, judgement: Judgement, language: Language) -> str:
        """The sentence of a judgement."""
        return sentence(judgement, self.kpis.get(judgement.kpi), translator_for(language))


def every_observation(connection: Connection, context: EvaluationContext) -> list[Observation]:
    """Everything that is watched, as it is seen now."""
    targets = observe_judgements(context.loaded, context.judgements, context.say, context.today)
    waits = inhibitions(context.judgements, context.rests_on, context.sources, context.faults, context.now)
    return [
        *inhibited(targets, waits),
        *observe_sources(context.loaded, context.sources, context.today, context.now),
        *observe_faults(context.loaded, context.faults, context.today),
        observe_unattributed(
            context.loaded,
            unattributed_spend(connection, context.loaded, context.plan_id, context.today),
            context.today,
        ),
    ]


def update_flags(connection: Connection, context: EvaluationContext) -> None:
    """Bring the plan's flags up to date with what is seen, and write down who is to be told of what."""
    loaded, observations = context.loaded, every_observation(connection, context)
    known = flags.on_record(connection, context.plan_id, {one.key for one in observations})
    alarm = storm(loaded, 0, context.today).key
    decision = decide(observations, [flag for flag in known if flag.key != alarm], context.today)
    for change in decision.changes:
        _carry_out(connection, context, change)
    _note_storm(connection, context, next((flag for flag in known if flag.key == alarm), None), decision.held)


def _note_storm(connection: Connection, context: EvaluationContext, flag: Flag | None, held: int) -> None:
    """Tell the lead that much was held back; that it no longer is needs no words."""
    change = step(flag, storm(context.loaded, held, context.today), context.today)
    if change:
        _carry_out(connection, context, replace(change, is_quiet=not held))


def _carry_out(connection: Connection, context: EvaluationContext, change: FlagUpdate) -> None:
    flag_id = flags.apply(connection, context.plan_id, change, context.now)
    for reason in change.reasons:
        if reason in TOLD and change.observation:
            notices.write(
                connection,
                context.plan_id,
                flag_id,
                _addressees(connection, flag_id, reason, change),
                reason,
                context.now,
                is_urgent=change.observation.is_urgent,
                is_quiet=change.is_quiet,
            )


def _addressees(connection: Connection, flag_id: int, reason: FlagReason, change: FlagUpdate) -> Sequence[str]:
    """Who is told: that it is over, whoever heard of it."""
    if reason in (FlagReason.RESOLVED, FlagReason.CORRECTED):
        return sorted({person for _, person in notices.who_knows(connection, [flag_id])})
    return addressees(change, reason)

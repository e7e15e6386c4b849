"""A plan's verdicts and sources -> flags and notices, in one transaction: no change without its notice."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.plan import Kpi
from worker.flags.decide import decide, step
from worker.flags.inhibit import inhibitions
from worker.flags.mail_rules import persons_told
from worker.flags.observe import observe_judgements, observe_sources, observe_unattributed, storm
from worker.flags.observe_faults import inhibited, observe_faults
from worker.flags.unjudged import Unjudged, observe_unjudged, unjudged
from worker.model.context import PlanContext
from worker.model.fault import DataFault
from worker.model.flag import GONE, TOLD, Flag, FlagUpdate, Observation
from worker.model.links import LinksFor
from worker.model.records import NewNotice, SourceRow
from worker.model.verdict import Judgement
from worker.store import flags, notices
from worker.store.ever import ever_judged, ever_provided
from worker.store.unattributed_spend import unattributed_spend
from worker.wording import translator_for
from worker.wording.sentences import sentence


@dataclass(frozen=True)
class EvaluationContext:
    """One round of telling: the plan, what was judged, and when."""

    plan: PlanContext
    judgements: Sequence[Judgement]
    today: date
    now: datetime
    domain: str
    links: LinksFor | None = None  #: makes the links of a flag for a person, where there is a page behind them
    faults: Sequence[DataFault] = ()

    @property
    def loaded(self) -> LoadedPlan:
        """The plan as its files say it."""
        return self.plan.loaded

    @property
    def plan_id(self) -> int:
        """The id of the plan's row."""
        return self.plan.plan_id

    @property
    def sources(self) -> Sequence[SourceRow]:
        """How its sources are doing."""
        return self.plan.sources

    @property
    def kpis(self) -> Mapping[str, Kpi]:
        """The plan's KPIs."""
        return self.plan.kpis

    def say(self, judgement: Judgement, language: Language) -> str:
        """The sentence of a judgement."""
        return sentence(judgement, self.kpis.get(judgement.kpi), translator_for(language))


def every_observation(connection: Connection, context: EvaluationContext) -> list[Observation]:
    """Everything that is watched, as it is seen now."""
    targets = observe_judgements(context.loaded, context.judgements, context.say, context.today)
    waits = inhibitions(context.judgements, context.plan.rests_on, context.sources, context.faults, context.now)
    lost = lost_promises(connection, context)
    return [
        *inhibited(targets, waits),
        *observe_sources(context.loaded, context.sources, context.today, context.now),
        *observe_faults(context.loaded, context.faults, context.today),
        observe_unattributed(
            context.loaded, unattributed_spend(connection, context.plan, context.today), context.today
        ),
        observe_unjudged(context.loaded, lost, context.today),
    ]


def lost_promises(connection: Connection, context: EvaluationContext) -> list[Unjudged]:
    """What was judged once, runs, and can be judged no longer."""
    provided = ever_provided(connection, context.plan_id)
    found = unjudged(context.plan, context.judgements, context.faults, provided, context.today)
    judged = ever_judged(connection, context.plan_id) if found else frozenset()
    return [one for one in found if one.promise in judged]


def update_flags(connection: Connection, context: EvaluationContext) -> list[Observation]:
    """Bring the plan's flags up to date with what is seen, and write down who is to be told of what.

    Gives what is seen.
    """
    observations = every_observation(connection, context)
    known = flags.on_record(connection, context.plan_id, {one.key for one in observations})
    _carry_out(connection, context, updates_of(context.loaded, observations, known, context.today))
    return observations


def updates_of(
    loaded: LoadedPlan, observations: Sequence[Observation], known: Collection[Flag], today: date
) -> list[FlagUpdate]:
    """PURE. What becomes of every flag, and of the one that tells the lead of too many problems at once."""
    alarm = storm(loaded, 0, today).key
    decision = decide(observations, [flag for flag in known if flag.key != alarm], today)
    before = next((flag for flag in known if flag.key == alarm), None)
    change = step(before, storm(loaded, decision.held, today), today)
    of_storm = [replace(change, is_quiet=not decision.held)] if change else []  # that it is over needs no words
    return [*decision.changes, *of_storm]


def _carry_out(connection: Connection, context: EvaluationContext, changes: Sequence[FlagUpdate]) -> None:
    ids = flags.apply(connection, context.plan_id, changes, context.now)
    over = [id for id, change in zip(ids, changes, strict=True) if not set(GONE).isdisjoint(change.reasons)]
    knows = notices.who_knows(connection, over)
    told = [
        NewNotice(id, person, reason, change.observation.is_urgent, change.is_quiet)
        for id, change in zip(ids, changes, strict=True)
        for reason in change.reasons
        if reason in TOLD and change.observation
        for person in persons_told(change, reason, (person for flag, person in knows if flag == id))
    ]
    notices.write(connection, context.plan_id, told, context.now)

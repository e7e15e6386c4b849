"""A plan's verdicts and sources -> flags and notices, in one transaction: no change without its notice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection

from config.catalogue import kpis_of
from config.fields import Language
from config.loading.loader import LoadedPlan
from config.plan import Kpi
from worker.flags.decide import addressees, decide, step
from worker.flags.inhibit import RestsOn, waiting
from worker.flags.observe import seen, seen_sources, seen_stray, storm
from worker.flags.observe_faults import muted, seen_faults
from worker.model.fault import DataFault
from worker.model.flag import TOLD, Change, Flag, Reason, Sight
from worker.model.links import LinksFor
from worker.model.records import SourceRow
from worker.model.verdict import Judgement
from worker.store import flags, notices
from worker.store.unattributed_spend import stray_spend
from worker.wording import words
from worker.wording.sentences import sentence


@dataclass(frozen=True)
class Round:
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
        return sentence(judgement, self.kpis.get(judgement.kpi), words(language))


def every_sight(connection: Connection, this: Round) -> list[Sight]:
    """Everything that is watched, as it is seen now."""
    targets = seen(this.loaded, this.judgements, this.say, this.today)
    waits = waiting(this.judgements, this.rests_on, this.sources, this.faults, this.now)
    return [
        *muted(targets, waits),
        *seen_sources(this.loaded, this.sources, this.today, this.now),
        *seen_faults(this.loaded, this.faults, this.today),
        seen_stray(this.loaded, stray_spend(connection, this.loaded, this.plan_id, this.today), this.today),
    ]


def note(connection: Connection, this: Round) -> None:
    """Bring the plan's flags up to date with what is seen, and write down who is to be told of what."""
    loaded, sights = this.loaded, every_sight(connection, this)
    known = flags.on_record(connection, this.plan_id, {one.key for one in sights})
    alarm = storm(loaded, 0, this.today).key
    decision = decide(sights, [flag for flag in known if flag.key != alarm], this.today)
    for change in decision.changes:
        _carry_out(connection, this, change)
    _note_storm(connection, this, next((flag for flag in known if flag.key == alarm), None), decision.held)


def _note_storm(connection: Connection, this: Round, flag: Flag | None, held: int) -> None:
    """Tell the lead that much was held back; that it no longer is needs no words."""
    change = step(flag, storm(this.loaded, held, this.today), this.today)
    if change:
        _carry_out(connection, this, replace(change, is_quiet=not held))


def _carry_out(connection: Connection, this: Round, change: Change) -> None:
    flag_id = flags.apply(connection, this.plan_id, change, this.now)
    for reason in change.reasons:
        if reason in TOLD and change.sight:
            notices.write(
                connection,
                this.plan_id,
                flag_id,
                _told(connection, flag_id, reason, change),
                reason,
                this.now,
                is_urgent=change.sight.is_urgent,
                is_quiet=change.is_quiet,
            )


def _told(connection: Connection, flag_id: int, reason: Reason, change: Change) -> Sequence[str]:
    """Who is told: that it is over, whoever heard of it."""
    if reason in (Reason.RESOLVED, Reason.CORRECTED):
        return sorted({person for _, person in notices.who_knows(connection, [flag_id])})
    return addressees(change, reason)

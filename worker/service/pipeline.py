"""One pass: collect -> attribute -> compute -> judge -> notify. Each stage leaves its work in the store."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from config.catalogue import catalogue, kpis_of
from config.errors import (
    PlanError,
    Problem,
)
from config.loading.loaded import LoadedPlan
from config.message import Message, message
from config.periods import DAY
from worker.collect.collector import CollectionOutcome, Progress
from worker.collect.exchange_rates import refresh_exchange_rates
from worker.collect.job import CollectRequest, run_job
from worker.compute.refresh import compute
from worker.deployment import Deployment, facts_of, unlabelled_of
from worker.flags.update import EvaluationContext, update_flags
from worker.judge.assess import assess_every
from worker.model.links import LinksFor, links_for
from worker.model.records import StoredPlan
from worker.model.verdict import Judgement
from worker.notify import queue
from worker.notify.deliver import send_due
from worker.notify.notices import tell_of_broken_files, tell_of_undelivered
from worker.quality.checks import check_quality
from worker.store import faults, kpi_values, outbox, plans, sources, verdicts
from worker.store.engine import Store
from worker.store.keys import signing_key
from worker.store.verdicts import Speak
from worker.wording import LANGUAGES, translator_for
from worker.wording.sentences import sentence

log = logging.getLogger("vigie")

NO_TRANSPORT = message("no mail transport configured: set mail.host or mail.folder in vigie.yaml")

AT_ONCE = 4  # sources read side by side
CATCH_UP = timedelta(days=35)  # after a downtime, the flags of so many days are made up for


@dataclass(slots=True)
class PassResult:
    """What a pass did, for people and for the exit code."""

    collected: list[CollectionOutcome] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)  # plan/source -> problem
    judgements: dict[str, list[Judgement]] = field(default_factory=dict)
    written: int = 0  # messages
    sent: int = 0
    unsent: list[str | Message] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something failed, 2 the user must change something."""
        if self.problems:
            return 2
        return 1 if self.failures or self.unsent else 0


def run_once(at: Deployment, store: Store, progress: Progress = lambda *_: None) -> PassResult:
    """Collect, judge, notify, once, for every plan. A plan with mistakes goes on with its last good version."""
    report = PassResult()
    for folder in at.plan_folders():
        loaded, problems = plan_in_force(at, store, folder)
        report.problems += problems
        if loaded:
            collect_plan(at, store, loaded, CollectRequest(), report, progress)
            judge_plan(at, store, loaded, report)
            tell_plan(at, store, loaded, problems, report)
    deliver(at, store, report)
    return report


def plan_in_force(at: Deployment, store: Store, folder: Path) -> tuple[LoadedPlan | None, list[Problem]]:
    """A plan and the problems of its files: with problems, its last version that held together, if there was one."""
    try:
        return at.load(folder), []
    except PlanError as error:
        with store.read() as connection:
            texts = plans.last_version(connection, folder.name)
        return at.load_from(folder, *texts) if texts else None, list(error.problems)


def tell_plan(
    at: Deployment,
    store: Store,
    loaded: LoadedPlan,
    problems: Sequence[Problem],
    report: PassResult,
    *,
    at_once: bool = True,
) -> None:
    """Flags and messages for what was judged, and for the mistakes in the plan's files.

    ``at_once`` where someone waits for the mails; else each leaves when its person wants mail.
    """
    with store.write() as connection:
        stored = plans.stored_plan(connection, loaded.id)
        assert stored is not None
        context = _round(at, connection, loaded, stored, at.today(loaded), report.judgements[loaded.id])
        for day in _days_missed(stored, context.today):
            _, newest = assess_every(connection, loaded, stored, day)
            update_flags(connection, replace(context, today=day, judgements=newest))
        update_flags(connection, context)
        report.written += queue.enqueue(connection, context, at_once=at_once)
        report.written += tell_of_undelivered(connection, context)
        plans.set_told(connection, stored.id, _basis(connection, stored, context.today), context.today)
        if problems:
            report.written += tell_of_broken_files(connection, context, problems)
        report.written += len(outbox.copy_to_channels(connection, stored.id, channels_of(loaded), context.now))


def channels_of(loaded: LoadedPlan) -> dict[str, str]:
    """The channel of each person who has one."""
    return {id: person.channel for id, person in loaded.plan.people.items() if person.channel}


def _round(
    at: Deployment,
    connection: Connection,
    loaded: LoadedPlan,
    stored: StoredPlan,
    today: date,
    judgements: Sequence[Judgement],
) -> EvaluationContext:
    return EvaluationContext(
        loaded=loaded,
        plan_id=stored.id,
        judgements=judgements,
        sources=sources.sources_of(connection, stored.id),
        today=today,
        now=at.now(),
        domain=at.mail_domain,
        links=_links(at, connection),
        faults=faults.on_record(connection, stored.id),
        rests_on=kpi_values.rests_on(connection, loaded, stored.id),
    )


def _links(at: Deployment, connection: Connection) -> LinksFor | None:
    """Makes the links of a flag, where there is a page behind them."""
    address = at.settings.web.address
    if address is None:
        return None
    key = signing_key(connection, at.now())
    return lambda flag, episode, person: links_for(key, address, flag, episode, person, at.now())


def _days_missed(stored: StoredPlan, today: date) -> list[date]:
    """The days on which nobody looked, the oldest first: what was confirmed on them counts, of the last weeks."""
    if stored.judged_on is None or stored.judged_on >= today:
        return []
    first = max(stored.judged_on + DAY, today - CATCH_UP)
    return [first + DAY * n for n in range((today - first).days)]


def is_told(at: Deployment, store: Store, loaded: LoadedPlan) -> bool:
    """Whether nothing is new since the plan's messages were last written: no reading, no day, no version."""
    with store.read() as connection:
        stored = plans.stored_plan(connection, loaded.id)
        return stored is not None and stored.told == _basis(connection, stored, at.today(loaded))


def is_mail_due(at: Deployment, store: Store, loaded: LoadedPlan) -> bool:
    """Whether something waits to be told whose person's time for mail has come."""
    with store.read() as connection:
        stored = plans.stored_plan(connection, loaded.id)
        return stored is not None and queue.is_due(connection, loaded, stored.id, at.today(loaded), at.now())


def _basis(connection: Connection, stored: StoredPlan, today: date) -> str:
    tried = max((row.tried_at for row in sources.sources_of(connection, stored.id) if row.tried_at), default=None)
    return f"{stored.digest} {today} {tried}"


def take_over(store: Store) -> None:
    """Free what a process that died was sending. For the holder of the service lock: no other one is at work."""
    with store.write() as connection:
        outbox.free_claims(connection)


def synchronise(at: Deployment, store: Store, loaded: LoadedPlan) -> StoredPlan:
    """Make the store know the plan as its files say it."""
    digest = sha256(f"{loaded.digest}\0{sorted(catalogue().items())}".encode()).hexdigest()
    with store.write() as connection:
        return plans.synchronise(connection, loaded, facts_of(loaded), digest, at.now())


def collect_plan(
    at: Deployment,
    store: Store,
    loaded: LoadedPlan,
    asked: CollectRequest,
    report: PassResult,
    progress: Progress = lambda *_: None,
) -> None:
    """Read the plan's sources side by side; one that fails stops only itself. Then bring the sums up to date."""
    stored = synchronise(at, store, loaded)
    with store.read() as connection:
        rows = [
            row for row in sources.sources_of(connection, stored.id) if not asked.sources or row.source in asked.sources
        ]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="collect") as pool:
        jobs = [pool.submit(run_job, at, store, loaded, row, asked, progress) for row in rows]
    for row, job in zip(rows, jobs, strict=True):
        outcome, problem = job.result()
        if outcome:
            report.collected.append(outcome)
        if problem:
            report.failures[f"{loaded.id}/{row.source}"] = problem
    compute_plan(at, store, loaded)
    if refresh_exchange_rates(store, stored.id, at.today(loaded), at.ask_quotes):
        compute_plan(at, store, loaded)
    if check_quality(store, loaded, stored, at.today(loaded)):
        compute_plan(at, store, loaded)


def compute_plan(at: Deployment, store: Store, loaded: LoadedPlan) -> StoredPlan:
    """Attribution, money, sums: everything derived, brought up to date."""
    stored = synchronise(at, store, loaded)
    with store.write() as connection:
        compute(connection, loaded, stored, at.today(loaded), at.now(), unlabelled_of(loaded))
    return stored


def judge_plan(at: Deployment, store: Store, loaded: LoadedPlan, report: PassResult) -> None:
    """Judge every period that has begun and keep what changed; the report gets what stands now."""
    stored = compute_plan(at, store, loaded)
    today = at.today(loaded)
    with store.write() as connection:
        every, newest = assess_every(connection, loaded, stored, today)
        verdicts.keep(connection, stored.id, loaded.digest, every, _speaker(loaded), today, at.now())
        report.judgements[loaded.id] = newest


def _speaker(loaded: LoadedPlan) -> Speak:
    """Says a judgement in each language."""
    kpis = kpis_of(loaded.plan, loaded.declared)
    return lambda one: {language: sentence(one, kpis.get(one.kpi), translator_for(language)) for language in LANGUAGES}


def deliver(at: Deployment, store: Store, report: PassResult) -> None:
    """Send what is in the outbox and due."""
    if at.deliver is None and report.written:
        report.unsent.append(NO_TRANSPORT)
    sent, problems = send_due(store, at.deliver, at.now, at.channels)
    report.sent += sent
    report.unsent += problems

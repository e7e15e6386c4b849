"""One pass: collect, compute, check, judge, update flags, write mails. Each stage leaves its work in the store."""

import logging
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from math import inf
from pathlib import Path
from time import monotonic

from sqlalchemy import Connection

from config.catalogue import catalogue
from config.errors import PlanError, Problem
from config.loading.loaded import LoadedPlan
from config.message import Message, message
from config.periods import DAY
from worker.collect.collector import CollectionOutcome, Progress, silent
from worker.collect.earlier import read_earlier
from worker.collect.exchange_rates import refresh_exchange_rates
from worker.collect.job import CollectionJob, CollectRequest, run_job
from worker.compute.refresh import refresh
from worker.deployment import Deployment, facts_of, unlabelled_of
from worker.flags.update import EvaluationContext, update_flags
from worker.judge.assess import assess_every
from worker.model.context import PlanContext
from worker.model.links import LinksFor, LinkSigner
from worker.model.records import SourceRow, StoredPlan
from worker.model.verdict import Judgement
from worker.notify import queue
from worker.notify.deliver import send_due
from worker.notify.notices import Sender, tell_of_broken_files, tell_of_failure, tell_of_undelivered
from worker.quality.checks import check_quality
from worker.service.isolation import set_aside
from worker.store import base_values, clock, faults, outbox, plans, sources, verdicts
from worker.store.context import load_context, with_collected
from worker.store.engine import Store
from worker.store.keys import signing_key
from worker.store.synchronise import synchronise
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
    failures: dict[str, str | Message] = field(default_factory=dict)  # plan, or plan/source -> problem
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


@dataclass(frozen=True, slots=True)
class JudgedPlan:
    """A plan, and what is judged of it now."""

    context: PlanContext
    judgements: Sequence[Judgement]


def run_once(at: Deployment, store: Store, progress: Progress = silent) -> PassResult:
    """Collect, judge, notify, once, for every plan. A plan with mistakes goes on with its last good version."""
    report = PassResult()
    mind_the_clock(at, store)
    for folder in at.plan_folders():
        with one_plan(at, store, folder, report):
            loaded, problems = plan_in_force(at, store, folder)
            report.problems += problems
            if loaded:
                context = collect_plan(at, store, loaded, CollectRequest(progress=progress), report)
                judged = judge_plan(at, store, context, report)
                report.written += notify_plan(at, store, judged, problems, at_once=True)
    warn_of_no_transport(at, report)
    deliver(at, store, report)
    return report


def mind_the_clock(at: Deployment, store: Store) -> None:
    """Where the clock was ahead once, let nothing wait until it is there again; said once, as nothing is left of it."""
    with store.read() as connection:
        ahead = clock.moment_to_come(connection, at.now())
    if ahead is None:
        return
    with store.write() as connection:
        clock.forget_moments_to_come(connection, at.now())
    text = "the clock went back: work was noted for %s, and it is %s; what was noted for times to come counts as never"
    log.error(text, f"{ahead:%Y-%m-%d %H:%M}Z", f"{at.now():%Y-%m-%d %H:%M}Z", extra={"event": "clock_went_back"})


# ---- the plan ----


def one_plan(at: Deployment, store: Store, folder: Path, report: PassResult) -> AbstractContextManager[None]:
    """Work on a plan within it: whatever goes wrong is set aside, and its lead told of what nobody foresaw."""

    def tell(text: Message) -> None:
        loaded, _ = plan_in_force(at, store, folder)
        if loaded:
            with store.write() as connection:
                plan_id = synchronised(at, connection, loaded).id
                report.written += tell_of_failure(connection, loaded, text, Sender(plan_id, at.mail_domain, at.now()))

    return set_aside(folder.name, report.failures, tell)


def plan_in_force(at: Deployment, store: Store, folder: Path) -> tuple[LoadedPlan | None, list[Problem]]:
    """A plan and the problems of its files: with problems, its last version that held together, if there was one."""
    try:
        return at.load(folder), []
    except PlanError as error:
        with store.read() as connection:
            texts = plans.last_version(connection, folder.name)
        with suppress(PlanError):  # one from before the rules were stricter
            return at.load_from(folder, *texts) if texts else None, list(error.problems)
        return None, list(error.problems)


def synchronised(at: Deployment, connection: Connection, loaded: LoadedPlan) -> StoredPlan:
    """Make the store know the plan as its files say it."""
    digest = sha256(f"{loaded.digest}\0{sorted(catalogue().items())}".encode()).hexdigest()
    return synchronise(connection, loaded, facts_of(loaded), digest, at.now())


def load_plan(at: Deployment, store: Store, loaded: LoadedPlan) -> PlanContext:
    """All that a pass rests on: read once, and again where figures were collected."""
    with store.write() as connection:
        return load_context(connection, loaded, synchronised(at, connection, loaded))


# ---- figures ----


def collect_plan(
    at: Deployment, store: Store, loaded: LoadedPlan, asked: CollectRequest, report: PassResult
) -> PlanContext:
    """Read the plan's sources and bring everything up to date that is derived of them; gives what was loaded."""
    context = load_plan(at, store, loaded)  # plan, KPIs, formulas, scopes, authorities, sources, coverage
    run_jobs([CollectionJob(at, store, context, row, asked) for row in _asked_for(context, asked)], report)
    context = compute_plan(at, store, loaded, context)  # attribution, money, sums of what changed
    if refresh_exchange_rates(store, context.plan_id, at.today(loaded), at.ask_quotes):
        context = compute_plan(at, store, loaded, context)
    if check_quality(store, context, at.today(loaded)):  # quarantined days leave the sums
        context = compute_plan(at, store, loaded, context)
    return context


def _asked_for(context: PlanContext, asked: CollectRequest) -> list[SourceRow]:
    return [row for row in context.sources if not asked.sources or row.source in asked.sources]


def run_jobs(jobs: Sequence[CollectionJob], report: PassResult) -> None:
    """Read sources side by side, each slice of days saved in one transaction; one that fails stops only itself."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="collect") as pool:
        answers = list(pool.map(run_job, jobs))
        read = [job for job, (outcome, _) in zip(jobs, answers, strict=True) if outcome]
        list(pool.map(read_earlier, read))  # the weeks before the plan delay none of its days
    for job, (outcome, problem) in zip(jobs, answers, strict=True):
        if outcome:
            report.collected.append(outcome)
        if problem:
            report.failures[f"{job.context.loaded.id}/{job.row.source}"] = problem


def compute_plan(at: Deployment, store: Store, loaded: LoadedPlan, known: PlanContext | None = None) -> PlanContext:
    """Attribution, money, sums: everything derived, brought up to date.

    ``known`` is what was loaded before: of it only what collecting changes is read again, unless somebody else has
    computed since.
    """
    with store.write() as connection:
        stored = synchronised(at, connection, loaded)
        is_known = known is not None and known.stored == stored
        context = with_collected(connection, known) if known and is_known else load_context(connection, loaded, stored)
        return refresh(connection, context, at.instant(loaded), unlabelled_of(loaded))


# ---- verdicts ----


def judge_plan(at: Deployment, store: Store, context: PlanContext, report: PassResult) -> JudgedPlan:
    """Judge every period that has begun and keep what changed; gives what stands now."""
    instant = at.instant(context.loaded)
    with store.write() as connection:
        every, newest = assess_every(connection, context, instant.today)
        verdicts.keep(connection, context, every, _speaker(context), instant)
        base_values.keep(connection, context.plan_id, every, instant.today)
    report.judgements[context.loaded.id] = newest
    return JudgedPlan(context, newest)


def _speaker(context: PlanContext) -> Speak:
    """Says a judgement in each language."""
    return lambda one: {
        language: sentence(one, context.kpis.get(one.kpi), translator_for(language)) for language in LANGUAGES
    }


# ---- flags and mails ----


def notify_plan(at: Deployment, store: Store, judged: JudgedPlan, problems: Sequence[Problem], *, at_once: bool) -> int:
    """Flags and messages for what was judged, and for the mistakes in the plan's files; gives how many were written.

    ``at_once`` where someone waits for the mails; else each leaves when its person wants mail.
    """
    plan = judged.context
    with store.write() as connection:
        context = _evaluation(at, connection, judged)
        for day in _days_missed(plan.stored, context.today):
            _, newest = assess_every(connection, plan, day)
            update_flags(connection, replace(context, today=day, judgements=newest))
        observations = update_flags(connection, context)
        written = queue.enqueue(connection, context, observations, at_once=at_once)
        written += tell_of_undelivered(connection, context)
        plans.note_notified(connection, plan.plan_id, _basis(plan.stored, plan.sources, context.today), context.today)
        if problems:
            written += tell_of_broken_files(connection, context, problems)
        return written + len(outbox.copy_to_channels(connection, plan.plan_id, channels_of(plan.loaded), context.now))


def channels_of(loaded: LoadedPlan) -> dict[str, str]:
    """The channel of each person who has one."""
    return {id: person.channel for id, person in loaded.plan.people.items() if person.channel}


def _evaluation(at: Deployment, connection: Connection, judged: JudgedPlan) -> EvaluationContext:
    plan = judged.context
    return EvaluationContext(
        plan=plan,
        judgements=judged.judgements,
        today=at.today(plan.loaded),
        now=at.now(),
        domain=at.mail_domain,
        links=_links(at, connection),
        faults=faults.on_record(connection, plan.plan_id),
    )


def _links(at: Deployment, connection: Connection) -> LinksFor | None:
    """Makes the links of a flag, where there is a page behind them."""
    address = at.settings.web.address
    if address is None:
        return None
    signer = LinkSigner(signing_key(connection, at.now()), address)
    return lambda flag, episode, person: signer.links_for(flag, episode, person, at.now())


def _days_missed(stored: StoredPlan, today: date) -> list[date]:
    """The days on which nobody looked, the oldest first: what was confirmed on them counts, of the last weeks."""
    if stored.judged_on is None or stored.judged_on >= today:
        return []
    first = max(stored.judged_on + DAY, today - CATCH_UP)
    return [first + DAY * n for n in range((today - first).days)]


def plan_on_record(at: Deployment, store: Store, loaded: LoadedPlan) -> tuple[StoredPlan, list[SourceRow]]:
    """The plan as the store has it, brought in line with its files, and how its sources are doing."""
    with store.write() as connection:
        stored = synchronised(at, connection, loaded)
        return stored, sources.sources_of(connection, stored.id)


def is_notified(stored: StoredPlan, rows: Sequence[SourceRow], today: date) -> bool:
    """Whether nothing is new since the plan's messages were last written: no reading, no day, no version."""
    return stored.notified_of == _basis(stored, rows, today)


def is_mail_due(at: Deployment, store: Store, loaded: LoadedPlan, plan_id: int) -> bool:
    """Whether a notice waits whose person's time for mail has come."""
    with store.read() as connection:
        return queue.is_due(connection, loaded, plan_id, at.today(loaded), at.now())


def _basis(stored: StoredPlan, rows: Sequence[SourceRow], today: date) -> str:
    tried = max((row.tried_at for row in rows if row.tried_at), default=None)
    return f"{stored.digest} {today} {tried}"


# ---- sending ----


def take_over(store: Store) -> None:
    """Free what a process that died was sending. For the holder of the service lock: no other one is at work."""
    with store.write() as connection:
        outbox.free_claims(connection)


def warn_of_no_transport(at: Deployment, report: PassResult) -> None:
    """Say that what was written stays here, where nothing is set by which it could leave."""
    if at.deliver is None and report.written:
        report.unsent.append(NO_TRANSPORT)


def deliver(
    at: Deployment, store: Store, report: PassResult, seconds: float = inf, closed: Collection[str] = ()
) -> None:
    """Send what is in the outbox and due, for so long and as long as nobody wants to stop; not by what is closed."""
    until = monotonic() + seconds

    def is_over() -> bool:
        return at.stop.is_set() or monotonic() >= until

    sent, problems = send_due(store, at.deliver, at.now, at.channels, is_over, closed)
    report.sent += sent
    report.unsent += problems

"""The service: APScheduler as a metronome in UTC. What is due is asked of the store at each tick.

Nothing is kept in the scheduler: a restart, a clock change or an hour missed neither skips nor
doubles a reading, as a source is due when the last time its schedule names is later than its last try.
"""

import logging
import signal
import threading
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import sleep
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler

from config.errors import Problem
from config.loading.loaded import LoadedPlan
from config.loading.loader import PLAN, SOURCES
from worker.collect.job import CollectRequest
from worker.deployment import Deployment
from worker.model.message import MAIL
from worker.model.records import SourceRow, SourceState
from worker.service.pipeline import (
    PassResult,
    collect_plan,
    compute_plan,
    deliver,
    is_mail_due,
    is_notified,
    judge_plan,
    mind_the_clock,
    notify_plan,
    one_plan,
    plan_in_force,
    plan_on_record,
    warn_of_no_transport,
)
from worker.service.repeating import has_ended, leave, mind_time_of_day, repeat
from worker.store.engine import Store

log = logging.getLogger("vigie")

TICK_SECONDS = 60
SEND_SECONDS = 15
LONGEST_SENDING = 60  # seconds, after which it is looked anew at what is due
LISTEN_SECONDS = (
    1  # a signal that another thread received wakes nobody: Python tells the main one when it next looks up
)
CALM_SECONDS = 2  # a file written this recently may not be whole yet

Stamp = tuple[tuple[int, int], ...]


@dataclass
class Memory:
    """What one tick leaves for the next: the plans as read, and when their files were written."""

    plans: dict[Path, tuple[Stamp, LoadedPlan | None, list[Problem]]] = field(default_factory=dict)


def serve(at: Deployment, store: Store) -> None:
    """Do what is due until the deployment is asked to stop. Meanwhile the page is open, if there is one."""
    with _page(at, store):
        log.info("started", extra={"event": "started"})
        scheduler = BackgroundScheduler(timezone=UTC)
        repeat(scheduler, "plans", TICK_SECONDS, partial(tick, at, store, Memory()))
        repeat(scheduler, "mail", SEND_SECONDS, partial(send, at, store, closed=at.channels.keys()))
        repeat(scheduler, "channels", SEND_SECONDS, partial(send, at, store, closed={MAIL}))
        scheduler.start()
        while not at.stop.is_set():
            sleep(LISTEN_SECONDS)
            mind_time_of_day(scheduler)
        if not has_ended(scheduler):
            log.warning("stopped, with work under way left undone", extra={"event": "stopped"})
            leave()
    log.info("stopped", extra={"event": "stopped"})


def _page(at: Deployment, store: Store) -> AbstractContextManager[None]:
    if at.settings.web.address is None:
        return nullcontext()
    from worker.web.server import serving  # only who has a page pays for its libraries

    return serving(at, store)


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT end the service after what is under way."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def tick(at: Deployment, store: Store, memory: Memory) -> PassResult:
    """Do what is due now, and nothing else: one broken plan stops only itself."""
    report = PassResult()
    mind_the_clock(at, store)
    for folder in at.plan_folders():
        if at.stop.is_set():
            break
        with one_plan(at, store, folder, report):
            loaded, problems = _plan(at, store, folder, memory)
            report.problems += problems
            if loaded:
                _tend(at, store, loaded, problems, report)
    warn_of_no_transport(at, report)
    _log(report)
    return report


def send(at: Deployment, store: Store, closed: Collection[str] = ()) -> PassResult:
    """Send what is due: in threads of their own, so that a slow server holds up neither figures nor the other ways."""
    report = PassResult()
    deliver(at, store, report, LONGEST_SENDING, closed)
    _log(report)
    return report


def _log(report: PassResult) -> None:
    for outcome in report.collected:
        extra = {
            "event": "collected",
            "source": outcome.source,
            "rows": outcome.rows,
            "days": outcome.days,
        }
        log.info("%s: %s", outcome.source, outcome.window, extra=extra)
    for problem in report.problems:
        log.error("%s", problem, extra={"event": "plan_broken"})
    for unsent in report.unsent:
        log.warning("%s", unsent, extra={"event": "message_unsent"})


def _tend(at: Deployment, store: Store, loaded: LoadedPlan, problems: list[Problem], report: PassResult) -> None:
    """One plan: collect what is due; judge and notify when something is new, a day has begun, or mail is due."""
    stored, rows = plan_on_record(at, store, loaded)
    due = due_sources(loaded, rows, at.now())
    context = None
    if due:
        context = collect_plan(at, store, loaded, CollectRequest(sources=tuple(due)), report)
        stored, rows = context.stored, list(context.sources)
    is_current = is_notified(stored, rows, at.today(loaded)) and not is_mail_due(at, store, loaded, stored.id)
    if problems or not is_current:
        judged = judge_plan(at, store, context or compute_plan(at, store, loaded), report)
        report.written += notify_plan(at, store, judged, problems, at_once=False)


def due_sources(loaded: LoadedPlan, rows: Sequence[SourceRow], now: datetime) -> list[str]:
    """The sources whose schedule names a time after their last try; one that was away, when its time comes."""
    zone = ZoneInfo(loaded.plan.timezone)
    return [
        row.source
        for row in rows
        if (row.retry_at is None or row.retry_at <= now)
        and (
            row.tried_at is None
            or row.state is SourceState.UNAVAILABLE
            or row.tried_at < loaded.sources[row.source].every.last_due(now, zone)
        )
    ]


def _plan(at: Deployment, store: Store, folder: Path, memory: Memory) -> tuple[LoadedPlan | None, list[Problem]]:
    """The plan in force, read again only when a file changed and has been left alone since."""
    stamp = tuple(_stamp(folder / name) for name in (PLAN, SOURCES))
    known = memory.plans.get(folder)
    newest = max((written for written, _ in stamp), default=0) / 1e9
    is_calm = not 0 <= at.now().timestamp() - newest < CALM_SECONDS  # nor waits for a time to come
    if known and (known[0] == stamp or not is_calm):
        return known[1], []
    loaded, problems = plan_in_force(at, store, folder)
    memory.plans[folder] = (stamp, loaded, problems)
    return loaded, problems


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size

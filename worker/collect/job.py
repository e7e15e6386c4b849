"""One collection job: what is due of a source, reading it, and writing down how it went. It stops nobody but itself."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable, StoreError
from config.periods import DAY, Window
from config.sources import SourceEntry
from connectors.base import Connector, KnowsBuyers, Restates
from worker.collect.collector import CollectionOutcome, Progress, Task, collect, collect_buyers, silent
from worker.collect.memory import names, pseudonyms
from worker.collect.problems import account_of
from worker.collect.windows import PastReadings, changed_windows, due_window, runs_of
from worker.deployment import Deployment, lookback_of, provided_by, rereads
from worker.model.context import Instant, PlanContext
from worker.model.readings import DayCoverage
from worker.model.records import SourceRow, SourceState
from worker.model.tracking import tracker_of
from worker.store import readings, sources
from worker.store.engine import Store
from worker.store.readings import Collection

log = logging.getLogger("vigie")

DEEP_EVERY = 7  # days
SWEPT_EVERY = 30  # days after which all of a plan's days are read again, where what was counted is remembered
LONG = 40  # days: a reading longer than this is gone on with where it broke off
BROKEN_OFF = timedelta(days=2)  # after which it begins anew
DOUBTED = timedelta(days=60)  # what is not believed is asked for again for so long
OVERLAP = timedelta(minutes=15)  # a vendor's clock may be late, and its index of changes too


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """What to collect: by default what is due of every source."""

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None  # included
    accept: bool = False  #: someone looked, and the answer of these days, or of those doubted, is the truth
    progress: Progress = silent

    @property
    def names_days(self) -> bool:
        """Whether somebody named the days: nothing else is read."""
        return bool(self.since or self.until)

    @property
    def accepts_doubted(self) -> bool:
        """Whether just the days that are not believed are read, and accepted."""
        return self.accept and not self.names_days


@dataclass(frozen=True, slots=True)
class DueWindow:
    """The days to read now. ``begun_at`` is when reading them began, perhaps in a run that broke off."""

    window: Window
    start: date  #: the first day of the whole reading, of which ``window`` is what is left
    begun_at: datetime
    is_deep: bool
    is_whole: bool = False  #: all of the plan's days, for what left them without a trace


@dataclass(frozen=True)
class CollectionJob:
    """A source of a plan that is to be read, and what is asked of it."""

    at: Deployment
    store: Store
    context: PlanContext
    row: SourceRow
    asked: CollectRequest

    @cached_property
    def instant(self) -> Instant:
        """When it is read."""
        return self.at.instant(self.context.loaded)

    @property
    def entry(self) -> SourceEntry:
        """The source, as the plan's files have it."""
        return self.context.loaded.sources[self.row.source]

    @property
    def is_deep(self) -> bool:
        """Whether the days of a month are read again, as once a week, whatever the lookback."""
        was, today = self.row.reread_on, self.instant.today
        return not self.asked.names_days and (was is None or (today - was).days >= DEEP_EVERY)

    @property
    def known(self) -> Mapping[date, DayCoverage]:
        """What is on record of its days."""
        return self.context.coverage.get(self.row.source, {})

    def note(self, connection: Connection, **values: Any) -> None:
        """Write down something about the source."""
        sources.note(connection, self.row, **values)


def run_job(job: CollectionJob) -> tuple[CollectionOutcome | None, str | None]:
    """Read one source and write down how it went. Whatever goes wrong stops only it, but for the store's trouble."""
    source = job.row.source
    try:
        due = _due(job)
        if due is None:
            return None, None
        outcome = _collected(job, due)
        if outcome is None:
            return None, None
    except SourceError as error:
        problem = _note_failure(job, error)
        log.warning("%s: %s", source, problem, extra={"event": "source_failed", "source": source})
        return None, problem
    except StoreError:
        raise
    except Exception as error:
        log.critical("%s: unexpected", source, exc_info=True, extra={"event": "source_broken"})
        return None, _note_failure(job, SourceMisread(f"unexpected {type(error).__name__}: {error}"))
    return outcome, _note_outcome(job, due, outcome)


def connector_of(job: CollectionJob) -> Connector:
    """The connector of the source, ready to be asked."""
    return job.at.connector(job.context.loaded, job.row.source, pseudonyms(job.store), names(job.store, job.row.id))


def _collected(job: CollectionJob, due: DueWindow) -> CollectionOutcome | None:
    connector = connector_of(job)
    task = task_of(job, connector, due.window)
    if isinstance(connector, KnowsBuyers):
        _learn_buyers(job, task, connector.buyers_from(job.context.loaded.plan.watched_from))
    task = replace(task, changed=_changed(job, connector, due))
    if job.asked.accepts_doubted:
        doubted = tuple(runs_of(day for day, one in job.known.items() if _is_doubted(one)))
        return collect(job.store, replace(task, changed=doubted[:-1], window=doubted[-1])) if doubted else None
    if len(due.window) > LONG:
        with job.store.write(job.row.id) as connection:
            job.note(connection, begun_from=due.start, begun_at=due.begun_at)
    return collect(job.store, task)


def _due(job: CollectionJob) -> DueWindow | None:
    """The days to read now; of a long reading that broke off, those that it did not reach."""
    asked, row, today = job.asked, job.row, job.instant.today
    plan = job.context.loaded.plan
    life = Window(plan.watched_from, plan.life.end)
    is_deep = job.is_deep
    is_whole = not asked.names_days and row.swept_on is not None and (today - row.swept_on).days >= SWEPT_EVERY
    if asked.names_days:
        start, end = asked.since or plan.starts, (asked.until or today) + DAY
        if end <= start:
            raise SourceRefused(f"{start} to {end - DAY} holds no day")
        window: Window | None = Window(start, end)
    else:
        past = PastReadings(job.known, None if rereads(job.entry) or is_whole else row.asked_from)
        window = due_window(life, past, today, lookback=lookback_of(job.entry), deep=is_deep)
    if window is None:
        return None
    whole = DueWindow(window, window.start, job.instant.now, is_deep, is_whole)
    return whole if rereads(job.entry) else _what_is_left(job, whole)


def _what_is_left(job: CollectionJob, due: DueWindow) -> DueWindow:
    """The same without the days that were stored before it broke off."""
    begun_at = job.row.begun_at
    if begun_at is None or job.row.begun_from != due.start or due.begun_at - begun_at > BROKEN_OFF:
        return due
    reached = next((day for day in due.window if not _is_stored(job.known.get(day), begun_at)), due.window.last)
    return replace(due, window=Window(reached, due.window.end), begun_at=begun_at)


def _is_stored(coverage: DayCoverage | None, since: datetime) -> bool:
    return coverage is not None and coverage.collected_at is not None and coverage.collected_at >= since


def task_of(job: CollectionJob, connector: Connector, window: Window) -> Task:
    """What reading some days of the source takes."""
    return Task(
        source=job.row.source,
        connector=connector,
        provides=provided_by(job.entry),
        window=window,
        by=Collection(
            job.row.id,
            job.context.plan_id,
            job.instant,
            lookback_of(job.entry),
            ZoneInfo(job.context.loaded.plan.timezone),
            remembers=job.row.swept_on is not None,
            counts_buyers=isinstance(connector, KnowsBuyers),
            is_accepted=job.asked.accept,
        ),
        tracker=tracker_of(job.context.loaded.plan),
        cap=job.at.settings.limits.origins_per_day,
        progress=job.asked.progress,
    )


def _changed(job: CollectionJob, connector: Connector, due: DueWindow) -> tuple[Window, ...]:
    """The earlier days that the vendor changed since the last reading, and those it is asked about again."""
    if job.asked.names_days or job.asked.accepts_doubted:
        return ()
    recent = due.window.start - DOUBTED
    days = [day for day, one in job.known.items() if day >= recent and _is_doubted(one)]
    days += [day for day, one in job.known.items() if not one.is_settled and not one.is_suspect]  # something left them
    if job.row.current_at is not None and isinstance(connector, Restates):
        days += connector.changed_days(job.row.current_at - OVERLAP)
    return tuple(changed_windows(days, job.known, due.window))


def _is_doubted(coverage: DayCoverage) -> bool:
    return coverage.is_suspect or bool(coverage.quarantined)


def _learn_buyers(job: CollectionJob, task: Task, wanted: date) -> None:
    """Read, once, who bought before the plan's first day; a reading that broke off is gone on with."""
    start, row = job.context.loaded.plan.watched_from, job.row
    is_begun = row.buyers_from is not None and row.buyers_from <= wanted
    reached = row.buyers_until if is_begun and row.buyers_until else wanted
    if reached >= start:
        return

    def note(connection: Connection, until: date) -> None:
        job.note(connection, buyers_from=wanted, buyers_until=until)

    collect_buyers(job.store, replace(task, window=Window(reached, start)), note)


def _note_failure(job: CollectionJob, error: SourceError) -> str:
    state = {SourceUnavailable: SourceState.UNAVAILABLE, SourceMisread: SourceState.MISREAD}
    values = {"state": state.get(type(error), SourceState.REFUSED), "problem": str(error)[:1000]}
    now = job.instant.now
    again = sources.retry_moment(job.row, now, error.retry_after) if isinstance(error, SourceUnavailable) else None
    with job.store.write(job.row.id) as connection:
        sources.note_tried(connection, job.row, now, **values, retry_at=again)
    return str(error)


def _note_outcome(job: CollectionJob, due: DueWindow, outcome: CollectionOutcome) -> str | None:
    """Write down a reading that went through; gives the problem where it had nothing to say."""
    row, today, own = job.row, job.instant.today, job.context.loaded.plan.watched_from
    if not job.asked.names_days:
        outcome.suspect = [day for day in outcome.suspect if day >= own]  # of those before nobody need know
    state, problem = account_of(outcome, is_first=row.succeeded_at is None)
    first = min(due.start, row.asked_from or due.start)
    values: dict[str, Any] = {"state": state, "problem": problem, "asked_from": first}
    values |= {"begun_from": None, "begun_at": None}
    if not job.asked.names_days:
        values["current_at"] = due.begun_at
    if due.is_deep:
        values["reread_on"] = today
    if due.is_whole or (outcome.remembers and row.swept_on is None):
        values["swept_on"] = today
    if not outcome.provides <= row.provides:
        values["provides"] = " ".join(sorted(row.provides | outcome.provides))
    with job.store.write(job.row.id) as connection:
        values |= sources.waited(row, readings.newest_day(connection, row.id, own), today)
        sources.note_tried(connection, row, job.instant.now, **values)
    if state is SourceState.OK and problem:
        log.warning("%s: %s", row.source, problem, extra={"event": "source_remark", "source": row.source})
        return None
    return problem

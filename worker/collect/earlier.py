"""The weeks before the plan: read once, after the days that are due. They tell what usual days are like.

Nothing depends on them: what a source does not give of them is unknown, and no problem of anybody's.
"""

import logging
from datetime import date, timedelta

from sqlalchemy import Connection

from config.errors import SourceError, SourceUnavailable, StoreError
from config.periods import Window
from connectors.base import KnowsBuyers
from worker.collect.collector import collect_earlier
from worker.collect.job import CollectionJob, connector_of, task_of
from worker.deployment import rereads
from worker.store import readings

log = logging.getLogger("vigie")

AT_ONCE = timedelta(weeks=2)  # asked for at once, the newest first


def read_earlier(job: CollectionJob) -> None:
    """Read the weeks before the plan, as far as they are not read yet; on another day again where that fails."""
    plan, today = job.context.loaded.plan, job.instant.today
    if job.asked.names_days or job.asked.accepts_doubted or job.row.earlier_failed_on == today:
        return
    is_anew = rereads(job.entry) and job.is_deep  # somebody may have put an older file beside the others
    reached = None if is_anew else job.row.earlier_from
    try:
        _read_back(job, plan.read_from, min(reached or plan.watched_from, plan.watched_from))
    except SourceUnavailable as error:
        _note_failure(job, error, earlier_failed_on=today)
    except SourceError as error:
        _note_failure(job, error, earlier_from=plan.read_from)
    except StoreError:
        raise
    except Exception as error:
        log.critical("%s: unexpected", job.row.source, exc_info=True, extra={"event": "source_broken"})
        _note_failure(job, error, earlier_from=plan.read_from)


def _note_failure(job: CollectionJob, error: Exception, **values: date) -> None:
    """Go on without: not asked for again, or not today."""
    with job.store.write(job.row.id) as connection:
        job.note(connection, **values)
    log.info("%s: days before the plan cannot be read: %s", job.row.source, error, extra={"event": "earlier_days"})


def _read_back(job: CollectionJob, first: date, reached: date) -> None:
    while first < reached and not job.at.stop.is_set():
        start = first if rereads(job.entry) else max(first, reached - AT_ONCE)
        _read(job, Window(start, _known_from(job, reached)))
        reached = start


def _known_from(job: CollectionJob, reached: date) -> date:
    """The first day from there on that is known: those before were empty, and are zeros only if busy ones precede."""
    start = job.context.loaded.plan.watched_from
    if reached == start:
        return start
    with job.store.read() as connection:
        return min(readings.coverage_of(connection, job.row.id, Window(reached, start)), default=start)


def _read(job: CollectionJob, window: Window) -> None:
    connector, start = connector_of(job), job.context.loaded.plan.watched_from
    buyers_from = connector.buyers_from(start) if isinstance(connector, KnowsBuyers) else date.min

    def note(connection: Connection) -> None:
        job.note(connection, earlier_from=window.start)

    collect_earlier(job.store, task_of(job, connector, window), buyers_from, note)

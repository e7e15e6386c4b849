"""Work done over and over by APScheduler, each in a thread of its own; and how a process that must end ends."""

import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread

from apscheduler.schedulers.background import BackgroundScheduler

from config.errors import VigieError

log = logging.getLogger("vigie")

DRAIN_SECONDS = 6.0  # for what is under way when the service is to stop: whoever kills it next waits ten


def repeat(scheduler: BackgroundScheduler, name: str, seconds: float, work: Callable[[], object]) -> None:
    """Do something at once and every so many seconds, whatever comes of it; never twice side by side."""
    scheduler.add_job(
        _guarded,
        "interval",
        (name, work),
        id=name,
        seconds=seconds,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )


def mind_time_of_day(scheduler: BackgroundScheduler) -> None:
    """Bring back what a clock that was set back would make wait: the scheduler goes by the time of day."""
    now = datetime.now(UTC)
    for job in scheduler.get_jobs():
        if job.next_run_time - now > job.trigger.interval:
            job.modify(next_run_time=now)


def _guarded(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except VigieError as error:
        log.error("%s", error, extra={"event": "tick_failed"})
    except Exception:
        log.critical("%s failed", name, exc_info=True, extra={"event": "tick_failed"})


def has_ended(scheduler: BackgroundScheduler) -> bool:
    """Begin nothing more and wait for what is under way, but not long; gives whether it has ended."""
    ending = Thread(target=scheduler.shutdown, daemon=True)
    ending.start()
    ending.join(DRAIN_SECONDS)
    return not ending.is_alive()


def leave() -> None:
    """End the process though something is under way: nothing partial is kept, and what was sent is known as unsure."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)

"""Work done over and over, each in a thread of its own, until it is to stop; and how a process that must end ends.

Time is that of the monotonic clock: one that is set back or forward neither stops the work nor hurries it.
"""

import logging
import os
import sys
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

from config.errors import VigieError

log = logging.getLogger("vigie")

DRAIN_SECONDS = 6.0  # for what is under way when the service is to stop: whoever kills it next waits ten


def repeated(name: str, stop: Event, seconds: float, work: Callable[[], object]) -> Thread:
    """Begin to do something, at once and every so many seconds, whatever comes of it."""

    def repeat() -> None:
        while not stop.is_set():
            began = monotonic()
            _guarded(name, work)
            stop.wait(max(0.0, began + seconds - monotonic()))

    thread = Thread(target=repeat, name=name, daemon=True)
    thread.start()
    return thread


def _guarded(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except VigieError as error:
        log.error("%s", error, extra={"event": "tick_failed"})
    except Exception:
        log.critical("%s failed", name, exc_info=True, extra={"event": "tick_failed"})


def all_ended(threads: Sequence[Thread]) -> bool:
    """Wait for what is under way, but not long; gives whether it has ended."""
    until = monotonic() + DRAIN_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    return not any(thread.is_alive() for thread in threads)


def leave() -> None:
    """End the process though something is under way: nothing partial is kept, and what was sent is known as unsure."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)

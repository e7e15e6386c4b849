"""What goes wrong with one plan stops only that plan: it is logged, told, and the others and the outbox go on."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from config.errors import VigieError, unforeseen
from config.message import Message

log = logging.getLogger("vigie")


@contextmanager
def set_aside(plan: str, failures: dict[str, str | Message], tell: Callable[[Message], None]) -> Iterator[None]:
    """Work on a plan: an error is noted under its id. One that nobody foresaw is logged in full, and told.

    Whatever goes wrong with telling is logged and stops nothing either.
    """
    try:
        yield
    except VigieError as error:
        log.error("%s: %s", plan, error, extra={"event": "plan_failed", "plan": plan})
        failures[plan] = error.message
    except Exception as error:
        log.critical("%s: unexpected", plan, exc_info=True, extra={"event": "plan_failed", "plan": plan})
        failures[plan] = unforeseen(error)
        _told(plan, tell, unforeseen(error))


def _told(plan: str, tell: Callable[[Message], None], text: Message) -> None:
    try:
        tell(text)
    except Exception:
        log.critical("%s: nobody could be told", plan, exc_info=True, extra={"event": "plan_failed", "plan": plan})

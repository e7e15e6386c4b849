"""The outbox -> mail: each message on its own, marked sent right after it was taken."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from config.errors import DeliveryError
from worker.letter import Deliver, Letter, NoWayOut, Unanswered
from worker.store import outbox
from worker.store.engine import Store


def send_due(store: Store, deliver: Deliver, now: Callable[[], datetime]) -> tuple[int, list[str]]:
    """Send everything that is due; gives how many were sent, and what was said of those that were not."""
    sent = 0
    problems: list[str] = []
    while True:
        with store.write() as connection:
            message = outbox.claim(connection, now())
        if message is None:
            return sent, problems
        try:
            deliver(_letter(message))
        except NoWayOut as error:
            _wait(store, message, error, now())
            return sent, [*problems, str(error)]
        except DeliveryError as error:
            problems.append(f"{message.recipient}: {error}")
            _note(store, message, error, now())
        else:
            with store.write() as connection:
                outbox.mark_sent(connection, message.id, now())
            sent += 1


def _letter(message: Row[Any]) -> Letter:
    return Letter(
        recipient=message.recipient,
        name=message.name,
        subject=message.subject,
        text=message.text,
        html=message.html,
        rfc_id=message.rfc_id,
        written_at=message.written_at,
    )


def _note(store: Store, message: Row[Any], error: DeliveryError, now: datetime) -> None:
    """One message was not taken, or nobody knows: the others go on."""
    with store.write() as connection:
        if isinstance(error, Unanswered):
            outbox.mark_unanswered(connection, message, str(error), now)
        else:
            outbox.mark_refused(connection, message, str(error), permanent=error.permanent, now=now)


def _wait(store: Store, message: Row[Any], error: NoWayOut, now: datetime) -> None:
    """Nothing can leave: the others wait as long as the one that found out."""
    with store.write() as connection:
        refused = outbox.mark_refused(connection, message, str(error), permanent=False, now=now, pause=error.pause)
        outbox.hold_back(connection, refused)

"""The outbox -> mail: each message on its own, marked sent right after it was taken."""

from collections.abc import Callable
from datetime import datetime

from config.errors import DeliveryError
from worker.letter import Deliver, Letter
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
        letter = Letter(
            recipient=message.recipient,
            name=message.name,
            subject=message.subject,
            text=message.text,
            html=message.html,
            rfc_id=message.rfc_id,
            written_at=message.written_at,
        )
        try:
            deliver(letter)
        except DeliveryError as error:
            problems.append(f"{message.recipient}: {error}")
            with store.write() as connection:
                outbox.mark_refused(connection, message, str(error), permanent=error.permanent, now=now())
        else:
            with store.write() as connection:
                outbox.mark_sent(connection, message.id, now())
            sent += 1

"""The outbox -> mail and channels: each message on its own, marked sent right after it was taken."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from config.errors import DeliveryError, unforeseen
from worker.model.message import MAIL, Deliver, MessageState, NoTransport, OutgoingMessage, Silent, Unanswered
from worker.store import outbox
from worker.store.engine import Store

log = logging.getLogger("vigie")


@dataclass(frozen=True)
class WaysOut:
    """How messages leave. Where no mail transport is configured, mails wait."""

    mail: Deliver | None = None
    channels: Mapping[str, Deliver] = field(default_factory=dict)

    @property
    def closed(self) -> set[str]:
        """The channels that nothing can leave by, mail among them."""
        return set() if self.mail else {MAIL}

    def deliver(self, outgoing: OutgoingMessage) -> None:
        """Hand a message over. Raises DeliveryError."""
        way = self.channels.get(outgoing.channel) if outgoing.channel else self.mail
        if way is None:
            raise NoTransport(f"vigie.yaml has no channel '{outgoing.channel}': add its address under channels")
        way(outgoing)


def send_due(
    store: Store,
    deliver: Deliver | None,
    now: Callable[[], datetime],
    channels: Mapping[str, Deliver] | None = None,
    is_over: Callable[[], bool] = bool,
    closed: Collection[str] = (),
) -> tuple[int, list[str]]:
    """Send what is due until ``is_over``; gives how many were sent, and what was said of those that were not.

    What stops every mail stops no channel, and the other way round; where one got no answer, no other is tried.
    Nothing is sent by the channels that are ``closed``, mail among them.
    """
    ways = WaysOut(deliver, channels or {})
    closed = ways.closed | set(closed)
    sent = 0
    problems: list[str] = []
    while not is_over():
        with store.write() as connection:
            taken = _taken(connection, outbox.claim(connection, now(), closed=closed))
        if taken is None:
            break
        message, outgoing = taken
        error = _send(store, ways, message, outgoing, now)
        if error is None:
            sent += 1
            continue
        if isinstance(error, (NoTransport, Silent, Unanswered)):
            closed.add(message.channel)
        problems.append(str(error) if isinstance(error, NoTransport) else f"{message.recipient}: {error}")
    return sent, problems


def send_one(
    store: Store, ways: WaysOut, message_id: int, now: Callable[[], datetime]
) -> tuple[bool, DeliveryError | None]:
    """Send one message, if it is due and nobody else does; gives whether it was tried, and how it was refused."""
    with store.write() as connection:
        taken = _taken(connection, outbox.claim(connection, now(), closed=ways.closed, only=message_id))
    return (False, None) if taken is None else (True, _send(store, ways, *taken, now))


def _taken(connection: Connection, message: Row[Any] | None) -> tuple[Row[Any], OutgoingMessage] | None:
    """A message that was claimed, with what it says."""
    if message is None:
        return None
    may_have_arrived = message.may_have_arrived or message.state == MessageState.CLAIMED
    outgoing = OutgoingMessage(
        recipient=message.recipient,
        name=message.name,
        subject=message.subject,
        text=message.text,
        html=message.html,
        rfc_id=message.rfc_id,
        written_at=message.written_at,
        references=message.thread,
        pictures=outbox.pictures_of(connection, message.id),
        attempt=message.attempts + 1 if may_have_arrived else 0,
        channel=message.channel,
    )
    return message, outgoing


def _send(
    store: Store, ways: WaysOut, message: Row[Any], outgoing: OutgoingMessage, now: Callable[[], datetime]
) -> DeliveryError | None:
    """Hand one message over and note how that went: what nobody foresaw stops no other message either."""
    try:
        ways.deliver(outgoing)
    except DeliveryError as error:
        refusal = error
    except Exception as error:
        log.critical("message %s: unexpected", message.id, exc_info=True, extra={"event": "message_unsent"})
        refusal = DeliveryError(str(unforeseen(error)), permanent=False)
    else:
        with store.write() as connection:
            outbox.mark_sent(connection, message.id, now())
        return None
    with store.write() as connection:
        _note(connection, message, refusal, now())
    return refusal


def _note(connection: Connection, message: Row[Any], error: DeliveryError, now: datetime) -> None:
    """It was not taken, or nobody knows; where nothing can leave, the others wait as long as the one that found out."""
    if isinstance(error, Unanswered):
        outbox.mark_unanswered(connection, message, str(error), now)
        outbox.hold_back(connection, now + outbox.UNSURE_WAIT, message.channel)
    elif isinstance(error, NoTransport):
        until = outbox.mark_refused(connection, message, error, now)
        outbox.hold_back(connection, until, message.channel)
    else:
        outbox.mark_refused(connection, message, error, now)

"""The outbox: a message is written with the change it tells of, and sent at least once, always under one id.

    pending --claim--> claimed --250--> sent
       ^                  |
       +---- try again ---+---- refused for good, or five days passed -------------> failed
                          |
                          +---- no answer: unanswered, unanswered_twice, and then --> failed

A claim runs out by itself, or is freed by a process that knows itself alone: one that died while sending leaves
a message that the next one sends again, under the same Message-ID. A server that takes whole mails and never says
so gets three copies, no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from worker.store import schema as t

CLAIM = timedelta(minutes=15)  # longer than any SMTP dialogue
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
UNSURE_WAIT = timedelta(minutes=15)  # a message that may have arrived is not hurried
GIVE_UP = timedelta(days=5)  # RFC 5321, 4.5.4.1

_NOTICE = "-undelivered"  # ends the key of the message that tells of one that failed


class MessageState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    UNANSWERED = "unanswered"  #: handed over whole once, and nobody said whether it was taken
    UNANSWERED_TWICE = "unanswered_twice"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"  #: nobody took it yet, and another message tells what it told


_UNSURE = (MessageState.UNANSWERED, MessageState.UNANSWERED_TWICE)
_WAITING = (MessageState.PENDING, *_UNSURE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written. ``key`` is made of what it tells: the same news makes no second message."""

    key: str
    person: str
    name: str
    recipient: str
    language: str
    subject: str
    text: str
    html: str


def put(connection: Connection, plan_id: int, draft: Draft, domain: str, now: datetime) -> tuple[int, bool]:
    """Write a message into the outbox; gives its id and whether it is new, not there already for the same news."""
    c = t.message.c
    found = connection.execute(select(c.id).where(c.key == draft.key)).scalar()
    if found is not None:
        _write_anew(connection, found, draft)
        return int(found), False
    row = {
        "plan_id": plan_id,
        "key": draft.key,
        "person": draft.person,
        "name": draft.name,
        "recipient": draft.recipient,
        "language": draft.language,
        "subject": draft.subject,
        "text": draft.text,
        "html": draft.html,
        "rfc_id": f"<{draft.key}@{domain}>",
        "state": MessageState.PENDING,
        "attempts": 0,
        "next_at": now,
        "written_at": now,
    }
    return int(connection.execute(insert(t.message).values(**row).returning(t.message.c.id)).scalar_one()), True


def _write_anew(connection: Connection, message_id: int, draft: Draft) -> None:
    """A message that was taken back, with what is to be said by now: nobody has seen it."""
    c = t.message.c
    taken_back = (c.id == message_id) & (c.state == MessageState.SUPERSEDED)
    said = {"subject": draft.subject, "text": draft.text, "html": draft.html}
    connection.execute(update(t.message).where(taken_back).values(state=MessageState.PENDING, **said))


def claim(connection: Connection, now: datetime) -> Row[Any] | None:
    """Take the next message that is due, for this process alone, for a while. Gives it as it stood before."""
    c = t.message.c
    due = or_(
        and_(c.state.in_(_WAITING), c.next_at <= now),
        and_(c.state == MessageState.CLAIMED, c.claimed_until_at <= now),
    )
    message = connection.execute(
        select(t.message).where(due).order_by(c.id).limit(1).with_for_update(skip_locked=True)
    ).first()
    if message is not None:
        taken = {
            "state": MessageState.CLAIMED,
            "claimed_until_at": now + CLAIM,
            "attempts": message.attempts + 1,
        }
        connection.execute(update(t.message).where(c.id == message.id).values(**taken))
    return message


def free_claims(connection: Connection) -> None:
    """End every claim: whoever held one is known to be dead. Whether the message was taken, nobody knows."""
    claimed = t.message.c.state == MessageState.CLAIMED
    values = {"state": MessageState.PENDING, "claimed_until_at": None, "problem": None}
    connection.execute(update(t.message).where(claimed).values(**values))


def mark_sent(connection: Connection, message_id: int, now: datetime) -> None:
    """Note that a server took the message."""
    values = {
        "state": MessageState.SENT,
        "sent_at": now,
        "problem": None,
        "claimed_until_at": None,
    }
    connection.execute(update(t.message).where(t.message.c.id == message_id).values(**values))


def mark_refused(
    connection: Connection,
    message: Row[Any],
    problem: str,
    *,
    permanent: bool,
    now: datetime,
    pause: timedelta = timedelta(0),
) -> datetime:
    """Note that it was not taken: for good, or to be tried again at the moment given back."""
    next_at: datetime = now + max(pause, BACK_OFF[min(message.attempts, len(BACK_OFF) - 1)])
    waits = message.state if message.state in _UNSURE else MessageState.PENDING
    gives_up = permanent or now - message.written_at > GIVE_UP
    _let_go(connection, message, MessageState.FAILED if gives_up else waits, problem, next_at)
    return next_at


def mark_unanswered(connection: Connection, message: Row[Any], problem: str, now: datetime) -> None:
    """Note that it was handed over whole without an answer: it is sent again, three times in all."""
    further = {
        MessageState.UNANSWERED: MessageState.UNANSWERED_TWICE,
        MessageState.UNANSWERED_TWICE: MessageState.FAILED,
    }
    state = further.get(message.state, MessageState.UNANSWERED)
    _let_go(connection, message, state, problem, now + UNSURE_WAIT)


def _let_go(connection: Connection, message: Row[Any], state: str, problem: str, next_at: datetime) -> None:
    """End a claim; one that ran out and was taken by another process is that one's to end."""
    c = t.message.c
    is_ours = (c.id == message.id) & (c.state == MessageState.CLAIMED) & (c.attempts == message.attempts + 1)
    values = {
        "state": state,
        "next_at": next_at,
        "problem": problem,
        "claimed_until_at": None,
    }
    connection.execute(update(t.message).where(is_ours).values(**values))


def hold_back(connection: Connection, until: datetime) -> None:
    """Try nothing before a moment: what stopped one message would stop them all."""
    c = t.message.c
    statement = update(t.message).where(c.state.in_(_WAITING), c.next_at < until)
    connection.execute(statement.values(next_at=until))


def failed_untold(connection: Connection, plan_id: int) -> Sequence[Row[Any]]:
    """The plan's messages that failed for good and that no message tells of; notices of such are none of them."""
    c, notice = t.message.c, t.message.alias()
    is_told = select(notice.c.id).where(notice.c.key == c.key + _NOTICE).exists()
    is_notice = c.key.endswith(_NOTICE, autoescape=True)
    statement = select(t.message).where(c.plan_id == plan_id, c.state == MessageState.FAILED, ~is_told, ~is_notice)
    return connection.execute(statement.order_by(c.id)).all()


def notice_key(message: Row[Any]) -> str:
    """The key of the message that tells of one that failed."""
    return f"{message.key}{_NOTICE}"


def counts(connection: Connection) -> dict[str, int]:
    """How many messages are in each state."""
    statement = select(t.message.c.state, func.count()).group_by(t.message.c.state)
    return dict(connection.execute(statement).all())

"""The outbox: a message is written with the change it tells of, and sent at least once, always under one id.

It is a mail, or the same words for a channel that the person is told by as well: each has a life of its own.

    pending --claim--> claimed --250--> sent
       ^                  |
       +---- try again ---+---- refused for good, or five days passed -------------> failed
       |                  |
       v                  +---- no answer: unanswered, unanswered_twice, ever later -+
    superseded: overtaken before anyone took it

A claim runs out by itself, or is freed by a process that knows itself alone: one that died while sending leaves
a message that the next one sends again, under the same Message-ID. A server that takes whole mails and never says
so gets eight copies in five days, no more.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, and_, case, delete, insert, or_, select, update

from config.errors import DeliveryError
from worker.model.message import MAIL, Draft, MessageState, NoTransport, Picture
from worker.store import schema as t

CLAIM = timedelta(minutes=15)  # longer than any SMTP dialogue
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
GIVE_UP = timedelta(days=5)  # RFC 5321, 4.5.4.1
# A message that may have arrived is not hurried: each copy goes out when the message is four times as old as at the one
# before, but two days after it at the latest: at 0 and 15 minutes, 1, 4, 16, 64, 112 and 120 hours.
UNSURE_WAIT, UNSURE_LONGEST = timedelta(minutes=15), timedelta(days=2)


_NOTICE = "-undelivered"  # ends the key of the message that tells of one that failed
_TRIAL = "-trial"  # ends the key of a message that tells of nothing


_UNSURE = (MessageState.UNANSWERED, MessageState.UNANSWERED_TWICE)
_WAITING = (MessageState.PENDING, *_UNSURE)


def put(connection: Connection, plan_id: int, draft: Draft, domain: str, now: datetime) -> tuple[int, bool]:
    """Write a message into the outbox; gives its id and whether it is new, not there already for the same news."""
    c = t.message.c
    found = connection.execute(select(c.id).where(c.key == draft.key)).scalar()
    if found is not None:
        _write_anew(connection, found, draft)
        return int(found), False
    row = {
        "plan_id": plan_id,
        "channel": MAIL,
        "key": draft.key,
        "person": draft.person,
        "name": draft.name,
        "recipient": draft.recipient,
        "language": draft.language,
        "subject": draft.subject,
        "text": draft.text,
        "html": draft.html,
        "rfc_id": f"<{draft.key}@{domain}>",
        "thread": draft.references,
        **_unsent(now),
    }
    message_id = _insert(connection, row)
    _put_pictures(connection, message_id, draft)
    return message_id, True


def _put_pictures(connection: Connection, message_id: int, draft: Draft) -> None:
    shown = [{"message_id": message_id, "position": n, **picture._asdict()} for n, picture in enumerate(draft.pictures)]
    if shown:
        connection.execute(insert(t.message_picture), shown)


def _unsent(now: datetime) -> dict[str, Any]:
    """How every message begins."""
    return {
        "state": MessageState.PENDING,
        "attempts": 0,
        "may_have_arrived": False,
        "next_at": now,
        "written_at": now,
    }


def take_back(connection: Connection, message_ids: Collection[int]) -> list[int]:
    """Take back those of some messages that certainly reached nobody, with their copies; gives the ids of the mails."""
    if not message_ids:
        return []
    c, mail = t.message.c, t.message.alias()
    untouched = (c.state == MessageState.PENDING) & ~c.may_have_arrived
    ids = list(connection.execute(select(c.id).where(c.id.in_(list(message_ids)), untouched)).scalars())
    is_copy = select(mail.c.id).where(mail.c.id.in_(ids), c.key == c.channel + "-" + mail.c.key).exists()
    gone = untouched & (c.id.in_(ids) | ((c.channel != MAIL) & is_copy))
    connection.execute(update(t.message).where(gone).values(state=MessageState.SUPERSEDED))
    return ids


def _write_anew(connection: Connection, message_id: int, draft: Draft) -> None:
    """A message that was taken back, with what is to be said by now: nobody has seen it. So with its copies."""
    c = t.message.c
    is_it = (c.id == message_id) | ((c.channel != MAIL) & (c.key == c.channel + "-" + draft.key))
    taken_back = c.state == MessageState.SUPERSEDED
    html = case((c.channel == MAIL, draft.html), else_="")
    said = {"state": MessageState.PENDING, "subject": draft.subject, "text": draft.text, "html": html}
    if connection.execute(select(c.id).where(c.id == message_id, taken_back)).first() is not None:
        connection.execute(delete(t.message_picture).where(t.message_picture.c.message_id == message_id))
        _put_pictures(connection, message_id, draft)
    connection.execute(update(t.message).where(is_it, taken_back).values(**said))


def copy_to_channels(connection: Connection, plan_id: int, channels: Mapping[str, str], now: datetime) -> list[int]:
    """Write what the mails of this moment say for the channel of each person as well; gives the new messages' ids.

    Args:
        connection: Of the transaction that wrote the mails: no mail without its copy.
        plan_id: The plan whose mails they are.
        channels: Person -> channel, of those who have one.
        now: When the mails were written.
    """
    if not channels:
        return []
    c = t.message.c
    these = (c.plan_id == plan_id, c.channel == MAIL, c.written_at == now, c.person.in_(list(channels)))
    written = []
    for mail in connection.execute(select(t.message).where(*these).order_by(c.id)).all():
        channel = channels[mail.person]
        key = f"{channel}-{mail.key}"  # in front: its end still says what the mail is
        if connection.execute(select(c.id).where(c.key == key)).first() is None:
            same = {name: getattr(mail, name) for name in ("plan_id", "person", "name", "language", "subject", "text")}
            rfc_id = f"<{channel}-{mail.rfc_id.removeprefix('<')}"
            row = {**same, "channel": channel, "recipient": channel, "key": key, "rfc_id": rfc_id, **_unsent(now)}
            written.append(_insert(connection, {**row, "html": "", "thread": ""}))
    return written


def _insert(connection: Connection, row: Mapping[str, Any]) -> int:
    """A new row; gives its id."""
    return int(connection.execute(insert(t.message).values(**row).returning(t.message.c.id)).scalar_one())


def claim(
    connection: Connection, now: datetime, *, closed: Collection[str] = (), only: int | None = None
) -> Row[Any] | None:
    """Take the next message that is due, for this process alone, for a while. Gives it as it stood before.

    Args:
        connection: Of a transaction that writes.
        now: What is due by then.
        closed: Channels of which nothing is taken.
        only: The id of the one message wanted, if it is due.
    """
    c = t.message.c
    due = or_(
        and_(c.state.in_(_WAITING), c.next_at <= now),
        and_(c.state == MessageState.CLAIMED, c.claimed_until_at <= now),
    )
    wanted = select(t.message).where(due, c.channel.not_in(list(closed)))
    if only is not None:
        wanted = wanted.where(c.id == only)
    message = connection.execute(wanted.order_by(c.id).limit(1).with_for_update(skip_locked=True)).first()
    if message is not None:
        taken = {
            "state": MessageState.CLAIMED,
            "claimed_until_at": now + CLAIM,
            "attempts": message.attempts + 1,
            "may_have_arrived": message.may_have_arrived or message.state == MessageState.CLAIMED,
        }
        connection.execute(update(t.message).where(c.id == message.id).values(**taken))
    return message


def pictures_of(connection: Connection, message_id: int) -> tuple[Picture, ...]:
    """The pictures that a message's HTML shows, in order."""
    c = t.message_picture.c
    rows = connection.execute(select(c.cid, c.png).where(c.message_id == message_id).order_by(c.position))
    return tuple(Picture(row.cid, row.png) for row in rows)


def free_claims(connection: Connection) -> None:
    """End every claim: whoever held one is known to be dead. Whether the message was taken, nobody knows."""
    claimed = t.message.c.state == MessageState.CLAIMED
    values = {"state": MessageState.PENDING, "claimed_until_at": None, "may_have_arrived": True}
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


def mark_refused(connection: Connection, message: Row[Any], error: DeliveryError, now: datetime) -> datetime:
    """Note that it was not taken: for good, or to be tried again at the moment given back."""
    pause = error.pause if isinstance(error, NoTransport) else timedelta(0)
    next_at: datetime = now + max(pause, BACK_OFF[min(message.attempts, len(BACK_OFF) - 1)])
    waits = message.state if message.state in _UNSURE else MessageState.PENDING
    gives_up = error.permanent or now - message.written_at > GIVE_UP
    _let_go(connection, message, MessageState.FAILED if gives_up else waits, str(error), next_at)
    return next_at


def mark_unanswered(connection: Connection, message: Row[Any], problem: str, now: datetime) -> None:
    """Note that it was handed over whole without an answer: it is sent again, ever later, within the five days."""
    age = now - message.written_at
    state = MessageState.UNANSWERED_TWICE if message.state in _UNSURE else MessageState.UNANSWERED
    wait = min(max(3 * age, UNSURE_WAIT), UNSURE_LONGEST, max(GIVE_UP - age, UNSURE_WAIT))
    state = MessageState.FAILED if age >= GIVE_UP else state
    _let_go(connection, message, state, problem, now + wait, may_have_arrived=True)


def _let_go(
    connection: Connection, message: Row[Any], state: str, problem: str, next_at: datetime, **more: object
) -> None:
    """End a claim; one that ran out and was taken by another process is that one's to end."""
    c = t.message.c
    is_ours = (c.id == message.id) & (c.state == MessageState.CLAIMED) & (c.attempts == message.attempts + 1)
    values = {
        "state": state,
        "next_at": next_at,
        "problem": problem,
        "claimed_until_at": None,
        **more,
    }
    connection.execute(update(t.message).where(is_ours).values(**values))


def hold_back(connection: Connection, until: datetime, channel: str = MAIL) -> None:
    """Try nothing of a channel before a moment: what stopped one of its messages would stop them all."""
    c = t.message.c
    statement = update(t.message).where(c.channel == channel, c.state.in_(_WAITING), c.next_at < until)
    connection.execute(statement.values(next_at=until))


def withdraw(connection: Connection, message_id: int) -> None:
    """Give up a message that waits to be tried again."""
    c = t.message.c
    waits = (c.id == message_id) & c.state.in_(_WAITING)
    connection.execute(update(t.message).where(waits).values(state=MessageState.FAILED))


def failed_untold(connection: Connection, plan_id: int) -> Sequence[Row[Any]]:
    """The plan's messages that failed for good and that no message tells of; notices and trials are none of them."""
    c, notice = t.message.c, t.message.alias()
    is_told = select(notice.c.id).where(notice.c.key == c.key + _NOTICE).exists()
    is_silent = or_(*(c.key.endswith(end, autoescape=True) for end in (_NOTICE, _TRIAL)))
    statement = select(t.message).where(c.plan_id == plan_id, c.state == MessageState.FAILED, ~is_told, ~is_silent)
    return connection.execute(statement.order_by(c.id)).all()


def notice_key(message: Row[Any]) -> str:
    """The key of the message that tells of one that failed."""
    return f"{message.key}{_NOTICE}"


def trial_key(plan: str, person: str, now: datetime) -> str:
    """The key of a message that only tries the way out: each one is new."""
    what = f"{plan}\0{person}\0{now.isoformat()}"
    return f"{sha256(what.encode()).hexdigest()[:32]}{_TRIAL}"


def message_of(connection: Connection, message_id: int) -> Row[Any]:
    """A message as it stands."""
    return connection.execute(select(t.message).where(t.message.c.id == message_id)).one()

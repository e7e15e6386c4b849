"""What persons are to be told of flags, and what they were told: a notice is written with the change it tells of.

A notice waits until the person's next mail. What is overtaken before that mail leaves (a problem that is gone again, or
in somebody's hands) is dropped, and a message that nobody took yet is taken back to be written anew.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from worker.model.flag import GONE, STANDING, TOLD, FlagReason
from worker.model.message import MessageState
from worker.model.records import NewNotice, Notice
from worker.store import outbox
from worker.store import schema as t

#: what makes a person know of a problem
_NEWS = tuple(reason for reason in TOLD if reason not in GONE)


def write(connection: Connection, plan_id: int, notices: Iterable[NewNotice], now: datetime) -> None:
    """Note that some persons are to be told of flags."""
    of_all = {"plan_id": plan_id, "written_at": now, "is_dropped": False}
    rows = [{**asdict(notice), **of_all} for notice in notices]
    if rows:
        connection.execute(insert(t.notice), rows)


def waiting(connection: Connection, plan_id: int) -> list[Notice]:
    """The notices that no message tells of yet, oldest first."""
    c = t.notice.c
    columns = (c.id, c.flag_id, c.person, c.reason, c.is_urgent, c.is_quiet, c.written_at)
    statement = select(*columns).where(c.plan_id == plan_id, c.message_id.is_(None), ~c.is_dropped).order_by(c.id)
    return [
        Notice(row.id, row.flag_id, row.person, FlagReason(row.reason), row.is_urgent, row.is_quiet, row.written_at)
        for row in connection.execute(statement)
    ]


def take_back(connection: Connection, plan_id: int) -> None:
    """Free the notices of the plan's messages that certainly reached nobody: they are told with what is new since."""
    c, m = t.notice.c, t.message.c
    carrying = (
        select(m.id).join(t.notice, c.message_id == m.id).where(c.plan_id == plan_id, m.state == MessageState.PENDING)
    )
    ids = outbox.take_back(connection, set(connection.execute(carrying).scalars()))
    if ids:
        connection.execute(update(t.notice).where(c.message_id.in_(ids)).values(message_id=None))


def note_message(connection: Connection, notice_ids: Collection[int], message_id: int, today: date) -> None:
    """Note which message tells of some notices."""
    statement = update(t.notice).where(t.notice.c.id.in_(list(notice_ids)))
    connection.execute(statement.values(message_id=message_id, posted_on=today))


def drop(connection: Connection, notice_ids: Collection[int]) -> None:
    """Note that some notices were overtaken."""
    if not notice_ids:
        return
    statement = update(t.notice).where(t.notice.c.id.in_(list(notice_ids)))
    connection.execute(statement.values(is_dropped=True))


def who_knows(connection: Connection, flag_ids: Collection[int]) -> set[tuple[int, str]]:
    """(flag, person) of those who were told of the problem by a message that left, or may have."""
    if not flag_ids:
        return set()
    n, m = t.notice.c, t.message.c
    statement = (
        select(n.flag_id, n.person)
        .join(t.message, m.id == n.message_id)
        .where(n.flag_id.in_(list(flag_ids)), n.reason.in_(_NEWS))
        .where(
            m.state.not_in((MessageState.PENDING, MessageState.SUPERSEDED, MessageState.FAILED)) | m.may_have_arrived
        )
    )
    return {(flag_id, person) for flag_id, person in connection.execute(statement)}


def notified_days(connection: Connection, plan_id: int) -> dict[int, date]:
    """Flag -> the day on which its newest news was told; absent while no mail with it has left."""
    n, m = t.notice.c, t.message.c
    statement = (
        select(n.flag_id, n.posted_on, m.state)
        .join(t.flag, t.flag.c.id == n.flag_id)
        .outerjoin(t.message, m.id == n.message_id)
        .where(n.plan_id == plan_id, n.reason.in_(_NEWS), ~n.is_dropped, t.flag.c.state.in_(STANDING))
        .order_by(n.id)
    )
    newest = {row.flag_id: row for row in connection.execute(statement)}
    return {id: row.posted_on for id, row in newest.items() if row.state == MessageState.SENT}


def threads_of(connection: Connection, flag_ids: Collection[int], person: str) -> dict[int, str]:
    """Flag -> the Message-ID of the first message that told a person of it; absent where none did."""
    n, m = t.notice.c, t.message.c
    statement = (
        select(n.flag_id, m.rfc_id)
        .join(t.notice, n.message_id == m.id)
        .where(n.flag_id.in_(list(flag_ids)), n.person == person, m.state != MessageState.SUPERSEDED)
        .order_by(m.id.desc())
    )
    return {flag_id: rfc_id for flag_id, rfc_id in connection.execute(statement)}  # noqa: C416 -- a row is no pair


def last_written(connection: Connection, plan_id: int, since: datetime) -> list[tuple[str, datetime]]:
    """Person and moment of the messages about flags written since a moment."""
    m, n = t.message.c, t.notice.c
    statement = (
        select(m.person, m.written_at)
        .join(t.notice, n.message_id == m.id)
        .where(m.plan_id == plan_id, m.written_at >= since, m.state != MessageState.SUPERSEDED)
        .distinct()
    )
    return [(person, written_at) for person, written_at in connection.execute(statement)]

"""When the clock went back: what is noted for a moment to come counts as never, and holds nothing back."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, func, null, or_, select, union_all, update

from worker.model.message import MessageState
from worker.store import schema as t
from worker.store.outbox import CLAIM, UNSURE_LONGEST

AHEAD = timedelta(minutes=10)  # the clocks of two machines differ by less, and so short a wait does no harm
_DAY = timedelta(days=1)

_m = t.message.c
_UNSENT = _m.state.not_in((MessageState.SENT, MessageState.FAILED, MessageState.SUPERSEDED))

#: what was done by then, or is to wait until then: the column, for how long one may wait, and of which rows
BEEN: tuple[tuple[Column[Any], timedelta, ColumnElement[bool] | None], ...] = (
    (t.source.c.tried_at, AHEAD, None),
    (t.source.c.succeeded_at, AHEAD, None),
    (t.source.c.failing_since_at, AHEAD, None),
    (t.source.c.current_at, AHEAD, None),
    (t.source.c.begun_at, AHEAD, None),
    (t.doubt.c.since_at, AHEAD, None),
    (t.notice.c.written_at, AHEAD, None),
    (_m.written_at, AHEAD, _UNSENT),
    (_m.next_at, UNSURE_LONGEST + AHEAD, _UNSENT),
    (_m.claimed_until_at, CLAIM + AHEAD, _UNSENT),
)

#: days on which something was done, as they were called then; the plan's zone may be a day ahead
DAYS: tuple[Column[Any], ...] = (
    t.plan.c.judged_on, t.source.c.reread_on, t.source.c.swept_on, t.source.c.advanced_on, t.source.c.looked_on,
    t.source.c.earlier_failed_on,
    t.flag.c.seen_on, t.flag.c.opened_on, t.flag.c.acknowledged_on, t.flag.c.resolved_on, t.flag.c.held_on,
    t.notice.c.posted_on,
)  # fmt: skip


def moment_to_come(connection: Connection, now: datetime) -> datetime | None:
    """The latest moment on record that something is noted for and that has not been yet, where there is one."""
    latest = union_all(*(select(func.max(column)).where(_of_these(column, now + by, of)) for column, by, of in BEEN))
    return max(filter(None, connection.execute(latest).scalars()), default=None)


def _of_these(column: Column[Any], limit: datetime, where: ColumnElement[bool] | None) -> ColumnElement[bool]:
    return column > limit if where is None else (column > limit) & where


def forget_moments_to_come(connection: Connection, now: datetime) -> None:
    """Let what is noted for a moment to come be as if it had never been, or had just been where there must be one."""
    s = t.source.c
    limit = now + AHEAD
    wrong = or_(s.tried_at > limit, s.failing_since_at > limit)
    connection.execute(update(t.source).where(wrong).values(retry_at=None))
    connection.execute(update(t.message).where(_UNSENT, _m.next_at > now).values(next_at=now))
    for column, allowed, where in BEEN:
        value = null() if column.nullable and column is not _m.claimed_until_at else now
        connection.execute(update(column.table).where(_of_these(column, now + allowed, where)).values({column: value}))
    today = now.date()
    for day in DAYS:
        never = null() if day.table in (t.plan, t.source) else today
        connection.execute(update(day.table).where(day > today + _DAY).values({day: never}))
    early = {"is_settled": False, "collected_at": now, "collected_on": today}  # of a day that may not have been over
    connection.execute(update(t.coverage).where(t.coverage.c.collected_at > limit).values(early))
    connection.execute(update(t.doubt).where(t.doubt.c.since > today + _DAY).values(since=today))

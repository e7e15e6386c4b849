"""Flags and each change of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from worker.flag import STANDING, Change, Flag, FlagState
from worker.store import schema as t

BY_VIGIE = "vigie"


def standing(connection: Connection, plan_id: int) -> list[Flag]:
    """The plan's flags that are neither resolved nor closed."""
    c = t.flag.c
    rows = connection.execute(select(t.flag).where(c.plan_id == plan_id, c.state.in_(STANDING)).order_by(c.id))
    return [Flag(r.id, r.key, r.episode, FlagState(r.state), r.person, r.snoozed_until) for r in rows]


def apply(connection: Connection, plan_id: int, change: Change, now: datetime) -> int:
    """Carry out a change and write it down; gives the flag's id."""
    flag_id = change.flag.id if change.flag else _open(connection, plan_id, change, now)
    if change.flag:
        values: dict[str, Any] = {"state": change.state, "changed_at": now}
        if change.state not in STANDING:
            values["closed_at"] = now
        if change.problem:  # spoken of again, to whoever answers for it now
            values["person"] = change.problem.person
        connection.execute(update(t.flag).where(t.flag.c.id == flag_id).values(**values))
    _write_down(connection, flag_id, change.state, change.reason, BY_VIGIE, "", now)
    return flag_id


def _open(connection: Connection, plan_id: int, change: Change, now: datetime) -> int:
    problem = change.problem
    assert problem is not None
    c = t.flag.c
    last = select(func.max(c.episode)).where(c.plan_id == plan_id, c.key == problem.key)
    episode = (connection.execute(last).scalar() or 0) + 1
    row = {
        "plan_id": plan_id,
        "key": problem.key,
        "episode": episode,
        "scope": problem.scope,
        "ref": problem.ref,
        "subject": problem.subject,
        "period_start": problem.period.start if problem.period else None,
        "period_end": problem.period.end if problem.period else None,
        "person": problem.person,
        "state": change.state,
        "verdict": problem.verdict,
        "sentence_en": problem.sentences["en"],
        "sentence_fr": problem.sentences["fr"],
        "opened_at": now,
        "changed_at": now,
        "note": "",
    }
    return int(connection.execute(insert(t.flag).values(**row).returning(c.id)).scalar_one())


def _write_down(
    connection: Connection,
    flag_id: int,
    state: str,
    reason: str,
    by: str,
    note: str,
    now: datetime,
) -> None:
    row = {
        "flag_id": flag_id,
        "state": state,
        "reason": reason,
        "by": by,
        "note": note,
        "changed_at": now,
    }
    connection.execute(insert(t.flag_change).values(**row))


def told_in(connection: Connection, flag_ids: Iterable[int], message_id: int) -> None:
    """Note which message tells of the last change of some flags."""
    c = t.flag_change.c
    last = select(func.max(c.id)).where(c.flag_id.in_(list(flag_ids))).group_by(c.flag_id)
    connection.execute(update(t.flag_change).where(c.id.in_(last)).values(message_id=message_id))


def was_told(connection: Connection, flag_id: int) -> bool:
    """Whether some message spoke of the flag: who never heard of a problem is not told that it is gone."""
    c = t.flag_change.c
    statement = select(c.id).where(c.flag_id == flag_id, c.message_id.is_not(None)).limit(1)
    return connection.execute(statement).first() is not None


def listed(connection: Connection, plans: Iterable[str], *, every: bool = False) -> list[dict[str, Any]]:
    """The flags that stand, or every one there ever was, newest first."""
    statement = select(t.flag, t.plan.c.plan).join(t.plan).where(t.plan.c.plan.in_(list(plans)))
    if not every:
        statement = statement.where(t.flag.c.state.in_(STANDING))
    rows = connection.execute(statement.order_by(t.flag.c.opened_at.desc(), t.flag.c.id)).mappings()
    return [dict(row) for row in rows]

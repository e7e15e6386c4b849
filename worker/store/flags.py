"""Flags and each change of them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from worker.model.flag import STANDING, WATCHED, Flag, FlagReason, FlagState, FlagUpdate
from worker.store import schema as t
from worker.store.notices import told_days
from worker.store.sentences import put_sentences, sentence_columns

BY_VIGIE = "vigie"

_KEPT = (
    "key", "state", "episode", "person", "confirmed", "cleared", "data_date", "seen_on", "opened_on", "is_fact",
    "shortfall", "level", "reminded", "frozen", "acknowledged_on", "snoozed_until", "resolved_on", "held_on",
)  # fmt: skip


def on_record(connection: Connection, plan_id: int, keys: Collection[str]) -> list[Flag]:
    """The newest flag of each of some keys, and every other one of the plan that may still change."""
    c, later = t.flag.c, t.flag.alias()
    newer = select(later.c.id).where(later.c.plan_id == c.plan_id, later.c.key == c.key, later.c.episode > c.episode)
    statement = select(t.flag).where(c.plan_id == plan_id, ~newer.exists()).order_by(c.id)
    rows = [row for row in connection.execute(statement) if row.state in WATCHED or row.key in keys]
    told = told_days(connection, plan_id)
    return [_flag(row, told.get(row.id)) for row in rows]


def _flag(row: Row[Any], told_on: date | None) -> Flag:
    kept = {name: getattr(row, name) for name in _KEPT}
    turns = tuple(date.fromisoformat(day) for day in row.turns.split())
    waits = tuple(row.inhibited_by.split())
    state = FlagState(row.state)
    return Flag(**{**kept, "state": state}, id=row.id, turns=turns, told_on=told_on, inhibited_by=waits)


def apply(connection: Connection, plan_id: int, change: FlagUpdate, now: datetime) -> int:
    """Carry out a change and write it down; gives the flag's id."""
    after = change.after
    values = {name: getattr(after, name) for name in _KEPT} | {"turns": " ".join(map(str, after.turns))}
    values["inhibited_by"] = " ".join(after.inhibited_by)
    if change.problem:
        values["verdict"] = change.problem.verdict
    if change.reasons:
        values["changed_at"] = now
    if change.reasons and after.state not in WATCHED:
        values["closed_at"] = now
    flag_id = after.id
    if flag_id:
        connection.execute(update(t.flag).where(t.flag.c.id == flag_id).values(**values))
    else:
        flag_id = _insert(connection, plan_id, change, values, now)
    if change.problem:
        put_sentences(connection, t.flag, {flag_id: change.problem.sentences})
    for reason in change.reasons:
        write_down(connection, flag_id, after.state, reason, now)
    return flag_id


def _insert(connection: Connection, plan_id: int, change: FlagUpdate, values: Mapping[str, Any], now: datetime) -> int:
    problem = change.problem
    assert problem is not None
    row = {
        "plan_id": plan_id,
        "scope": problem.scope,
        "ref": problem.ref,
        "subject": problem.subject,
        "period_start": problem.period.start if problem.period else None,
        "period_end": problem.period.end if problem.period else None,
        "opened_at": now,
        "changed_at": now,
        "note": "",
        **values,
    }
    return int(connection.execute(insert(t.flag).values(**row).returning(t.flag.c.id)).scalar_one())


def write_down(
    connection: Connection,
    flag_id: int,
    state: FlagState,
    reason: FlagReason,
    now: datetime,
    *,
    by: str = BY_VIGIE,
    note: str = "",
) -> None:
    """Add a line to the flag's history."""
    row = {"flag_id": flag_id, "state": state, "reason": reason, "by": by, "note": note, "changed_at": now}
    connection.execute(insert(t.flag_change).values(**row))


#: what of a flag is nobody's business but Vigie's own
_INTERNAL = ("plan_id", "confirmed", "cleared", "seen_on", "level", "reminded", "frozen", "held_on", "turns")


def listed(connection: Connection, plans: Iterable[str], *, every: bool = False) -> list[dict[str, Any]]:
    """The flags that stand, or every one that was ever opened, newest first, as far as they are anyone's business."""
    c = t.flag.c
    shown = [*(column for column in c if column.name not in _INTERNAL), *sentence_columns(t.flag)]
    states = STANDING if not every else (*STANDING, FlagState.RESOLVED, FlagState.CLOSED)
    statement = select(*shown, t.plan.c.plan).select_from(t.flag).join(t.plan, t.plan.c.id == c.plan_id)
    statement = statement.where(t.plan.c.plan.in_(list(plans)), c.state.in_(states))
    statement = statement.where(or_(c.opened_on.is_not(None), c.state.in_(STANDING)))
    rows = connection.execute(statement.order_by(c.opened_at.desc(), c.id)).mappings()
    return [dict(row) for row in rows]


def rows_of(connection: Connection, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Some flags as they are written down."""
    statement = select(t.flag, *sentence_columns(t.flag)).where(t.flag.c.id.in_(list(ids)))
    return {row.id: row for row in connection.execute(statement)}


def unconfirmed(connection: Connection, plan_id: int) -> frozenset[str]:
    """The keys of what was seen and waits for a further day of figures."""
    c = t.flag.c
    statement = select(c.key).where(c.plan_id == plan_id, c.state == FlagState.PENDING)
    return frozenset(connection.execute(statement).scalars())


def standing_of(connection: Connection, plan_id: int) -> list[Row[Any]]:
    """The plan's standing flags, oldest first."""
    c = t.flag.c
    statement = select(t.flag, *sentence_columns(t.flag)).where(c.plan_id == plan_id, c.state.in_(STANDING))
    return list(connection.execute(statement.order_by(c.opened_on, c.id)))

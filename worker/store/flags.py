"""Flags and each change of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, func, insert, or_, select, update

from worker.model.flag import STANDING, WATCHED, Flag, FlagState, FlagUpdate
from worker.store import schema as t
from worker.store.notices import notified_days
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
    notified = notified_days(connection, plan_id)
    return [_flag(row, notified.get(row.id)) for row in rows]


def _flag(row: Row[Any], told_on: date | None) -> Flag:
    kept = {name: getattr(row, name) for name in _KEPT}
    turns = tuple(date.fromisoformat(day) for day in row.turns.split())
    waits = tuple(row.inhibited_by.split())
    state = FlagState(row.state)
    return Flag(**{**kept, "state": state}, id=row.id, turns=turns, told_on=told_on, inhibited_by=waits)


def apply(connection: Connection, plan_id: int, changes: Sequence[FlagUpdate], now: datetime) -> list[int]:
    """Carry out changes and write them down; gives the ids of the flags, in order."""
    known = [change for change in changes if change.after.id]
    ids = {change.after.key: change.after.id for change in known}
    if known:
        connection.execute(_update(), [{"flag_id": change.after.id, **_values(change, now)} for change in known])
    if fresh := [_new_row(plan_id, change, now) for change in changes if not change.after.id]:
        written = connection.execute(insert(t.flag).returning(t.flag.c.key, t.flag.c.id), fresh)
        ids |= dict(written.all())
    said = {ids[change.after.key]: change.problem.sentences for change in changes if change.problem}
    put_sentences(connection, t.flag, said)
    steps = [
        {"flag_id": ids[change.after.key], "state": change.after.state, "reason": reason}
        for change in changes
        for reason in change.reasons
    ]
    if steps:
        of_all = {"by": BY_VIGIE, "note": "", "changed_at": now}
        connection.execute(insert(t.flag_change), [{**step, **of_all} for step in steps])
    return [ids[change.after.key] for change in changes]


#: what a change may leave as it is, where it has nothing to say of it
_LEFT = ("verdict", "changed_at", "closed_at")


def _update() -> Update:
    """Of one flag: the parameters are those of ``_values``, and ``flag_id``."""
    c = t.flag.c
    always: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*_KEPT, "turns", "inhibited_by")}
    sometimes = {name: func.coalesce(bindparam(f"new_{name}", type_=c[name].type), c[name]) for name in _LEFT}
    return update(t.flag).where(c.id == bindparam("flag_id")).values(**always, **sometimes)


def _values(change: FlagUpdate, now: datetime) -> dict[str, Any]:
    after = change.after
    values = {name: getattr(after, name) for name in _KEPT} | dict.fromkeys(_LEFT)
    values |= {"turns": " ".join(map(str, after.turns)), "inhibited_by": " ".join(after.inhibited_by)}
    if change.problem:
        values["verdict"] = change.problem.verdict
    if change.reasons:
        values["changed_at"] = now
    if change.reasons and after.state not in WATCHED:
        values["closed_at"] = now
    return {f"new_{name}": value for name, value in values.items()}


def _new_row(plan_id: int, change: FlagUpdate, now: datetime) -> dict[str, Any]:
    problem = change.problem
    assert problem is not None
    values = {name.removeprefix("new_"): value for name, value in _values(change, now).items()}
    return {
        **values,
        "plan_id": plan_id,
        "scope": problem.scope,
        "ref": problem.ref,
        "subject": problem.subject,
        "period_start": problem.period.start if problem.period else None,
        "period_end": problem.period.end if problem.period else None,
        "opened_at": now,
        "changed_at": now,
        "note": "",
    }


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

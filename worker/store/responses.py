"""What people do with flags by hand, from the command line or by a link in a mail."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, case, func, insert, select, update

from worker.model.flag import STANDING, FlagState
from worker.model.records import ActedOn, Answered
from worker.model.response import FlagEpisode, Refusal, Response, ResponseKind, ResponseOutcome, latest_day, refusal
from worker.store import schema as t

#: what is written down of each kind: the flag's state, and the reason of the change
_WRITTEN = {
    ResponseKind.ACKNOWLEDGE: (FlagState.ACKNOWLEDGED, "acknowledged"),
    ResponseKind.SNOOZE: (FlagState.SNOOZED, "snoozed"),
    ResponseKind.EXPECT: (FlagState.SNOOZED, "expected"),
}

#: the reasons of changes that were made by hand
BY_HAND = tuple(reason for _, reason in _WRITTEN.values())


def respond(
    connection: Connection, meant: FlagEpisode, wanted: Response, now: datetime, *, today: date | None = None
) -> ResponseOutcome:
    """Do something with a flag that stands; the same again changes nothing.

    Args:
        connection: A transaction that writes.
        meant: The flag.
        wanted: What to do.
        now: When.
        today: The day in the plan's zone, where another than that of ``now`` is meant.
    """
    flag = _standing(connection, meant.flag_id)
    if flag is None or meant.episode not in (None, flag.episode):
        return ResponseOutcome(refusal=Refusal.GONE)
    wanted, today = wanted.tidy, today or now.astimezone(ZoneInfo(flag.timezone)).date()
    why_not = refusal(wanted, flag.period_end, today)
    if why_not:
        return ResponseOutcome(refusal=why_not, latest=latest_day(wanted.kind, flag.period_end, today))
    if _is_so(connection, flag, wanted):
        return ResponseOutcome()
    state, reason = _WRITTEN[wanted.kind]
    values: dict[str, Any] = {"state": state, "note": wanted.note, "snoozed_until": wanted.until, "changed_at": now}
    if wanted.kind is ResponseKind.ACKNOWLEDGE:
        values |= {"acknowledged_on": today, "frozen": 0}
    connection.execute(update(t.flag).where(t.flag.c.id == flag.id).values(**values))
    row = {"flag_id": flag.id, "state": state, "reason": reason, "by": wanted.by, "note": wanted.note}
    connection.execute(insert(t.flag_change).values(**row, until=wanted.until, changed_at=now, answered_on=today))
    return ResponseOutcome(is_new=True)


def _standing(connection: Connection, flag_id: int) -> Row[Any] | None:
    """The flag with its plan's zone, held until the end of the transaction; None where it does not stand."""
    statement = (
        select(t.flag, t.plan.c.timezone)
        .join(t.plan)
        .where(t.flag.c.id == flag_id, t.flag.c.state.in_(STANDING))
        .with_for_update(of=t.flag)
    )
    return connection.execute(statement).one_or_none()


def _is_so(connection: Connection, flag: Row[Any], wanted: Response) -> bool:
    """Whether the flag's last change was this very act; one without a note says nothing new to one with it."""
    c = t.flag_change.c
    last = connection.execute(select(t.flag_change).where(c.flag_id == flag.id).order_by(c.id.desc()).limit(1)).one()
    state, reason = _WRITTEN[wanted.kind]
    asked = (state, reason, wanted.by, wanted.until, wanted.note or last.note)
    return (flag.state, last.reason, last.by, last.until, last.note) == asked


def answered(connection: Connection, plan_id: int) -> dict[str, Answered]:
    """Flag's key -> who took it up, for the flags of a plan that somebody looks after or put off."""
    c, f = t.flag_change.c, t.flag.c
    last = select(func.max(c.id)).where(c.reason.in_(BY_HAND)).group_by(c.flag_id)
    statement = (
        select(f.key, c.reason, c.by, c.note, c.until, c.changed_at)
        .join(t.flag)
        .where(f.plan_id == plan_id, f.state.in_((FlagState.ACKNOWLEDGED, FlagState.SNOOZED)), c.id.in_(last))
    )
    return {key: Answered(*row) for key, *row in connection.execute(statement)}


def acted_on(connection: Connection, plan_id: int) -> list[ActedOn]:
    """What flags were about that were acknowledged, whatever became of them since, the newest first."""
    c, f = t.flag_change.c, t.flag.c
    statement = select(f.scope, f.ref, f.subject, c.by, c.answered_on, c.changed_at, t.plan.c.timezone)
    rows = connection.execute(
        statement.select_from(t.flag_change.join(t.flag).join(t.plan))
        .where(f.plan_id == plan_id, c.reason == _WRITTEN[ResponseKind.ACKNOWLEDGE][1])
        .order_by(c.id.desc())
    )
    return [
        ActedOn(scope, ref, subject, by, day or at.astimezone(ZoneInfo(zone)).date())
        for scope, ref, subject, by, day, at, zone in rows
    ]


def answers_by_verdict(connection: Connection, plan_id: int) -> list[tuple[str, int, int]]:
    """Verdict of the flag -> how many of its flags were last acknowledged, and how many were said to be expected."""
    c, f = t.flag_change.c, t.flag.c
    said = (ResponseKind.ACKNOWLEDGE, ResponseKind.EXPECT)
    acknowledged, expected = (_WRITTEN[kind][1] for kind in said)
    last = select(func.max(c.id)).where(c.reason.in_((acknowledged, expected))).group_by(c.flag_id)
    counts = [func.sum(case((c.reason == reason, 1), else_=0)) for reason in (acknowledged, expected)]
    statement = select(f.verdict, *counts).join(t.flag).where(f.plan_id == plan_id, c.id.in_(last))
    return [tuple(row) for row in connection.execute(statement.group_by(f.verdict).order_by(f.verdict))]

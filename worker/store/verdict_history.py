"""What was judged, and on which version of the plan: the verdicts on record, the newest and those before."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from worker.model.records import RecordedVerdict
from worker.model.verdict import Judgement
from worker.store import schema as t
from worker.store.sentences import sentence_columns, sentences_of
from worker.store.verdicts import judgement_of


def recorded(
    connection: Connection, plan_id: int, scope: str, ref: str, subject: str | None = None
) -> list[RecordedVerdict]:
    """The verdicts on something's targets and budget that are current, each period its own."""
    c = t.verdict.c
    where = [c.plan_id == plan_id, c.scope == scope, c.ref == ref, c.is_current]
    where += [c.subject == subject] if subject else []
    return _read(connection, plan_id, where)


def earlier(connection: Connection, plan_id: int, one: Judgement) -> list[RecordedVerdict]:
    """All verdicts ever given on one target or budget in one period, oldest first."""
    c = t.verdict.c
    same = (c.scope == one.subject.scope, c.ref == one.subject.ref, c.subject == one.subject.key)
    return _read(connection, plan_id, [c.plan_id == plan_id, *same, c.period_start == one.period.start])


def _read(connection: Connection, plan_id: int, where: list[Any]) -> list[RecordedVerdict]:
    c, s = t.verdict.c, t.scope.c
    named = (s.plan_id == c.plan_id) & (s.scope == c.scope) & (s.ref == c.ref)
    columns: tuple[Any, ...] = (t.verdict, *sentence_columns(t.verdict), s.name)
    statement = select(*columns).outerjoin(t.scope, named).where(*where).order_by(c.period_start, c.id)
    seen = _versions(connection, plan_id)
    return [_recorded(row, seen) for row in connection.execute(statement)]


def _versions(connection: Connection, plan_id: int) -> dict[str, datetime]:
    """Digest -> when such a version of the plan was first seen."""
    v = t.plan_version.c
    rows = connection.execute(select(v.digest, v.seen_at).where(v.plan_id == plan_id).order_by(v.id.desc()))
    return {digest: seen_at for digest, seen_at in rows}  # noqa: C416 -- a row is no pair for the types


def _recorded(row: Row[Any], seen: dict[str, datetime]) -> RecordedVerdict:
    return RecordedVerdict(
        id=row.id,
        judgement=judgement_of(row, row.name or row.ref),
        sentences=sentences_of(row),
        judged_on=row.judged_on,
        judged_at=row.judged_at,
        version=row.digest,
        version_seen_at=seen.get(row.digest),
    )

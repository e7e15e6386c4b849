"""All that is on record about one flag: what it is about, what was judged last, who did what and when."""

from typing import Any

from sqlalchemy import Connection, Row, and_, select

from worker.model.records import FlagHistory, FlagStep
from worker.store import schema as t
from worker.store.sentences import sentence_columns, sentences_of
from worker.store.verdicts import judgement_of


def flag_history(connection: Connection, flag_id: int) -> FlagHistory | None:
    """The dossier of a flag; None where there is no such flag."""
    f, p, s = t.flag.c, t.plan.c, t.scope.c
    named = and_(s.plan_id == f.plan_id, s.scope == f.scope, s.ref == f.ref)
    columns: tuple[Any, ...] = (
        t.flag,
        *sentence_columns(t.flag),
        p.plan,
        p.name.label("plan_name"),
        p.timezone,
        s.name,
    )
    source = t.flag.join(t.plan, p.id == f.plan_id).outerjoin(t.scope, named)
    flag = connection.execute(select(*columns).select_from(source).where(f.id == flag_id)).one_or_none()
    if flag is None:
        return None
    judged = _judged(connection, flag)
    said = judged if judged is not None else flag
    return FlagHistory(
        plan=flag.plan,
        plan_name=flag.plan_name,
        timezone=flag.timezone,
        episode=flag.episode,
        scope=flag.scope,
        ref=flag.ref,
        name=flag.name or flag.ref,
        person=flag.person,
        state=flag.state,
        verdict=said.verdict,
        period_end=flag.period_end,
        closed_at=flag.closed_at,
        sentences=sentences_of(said),
        judgement=judgement_of(judged, flag.name or flag.ref) if judged is not None else None,
        steps=_steps(connection, flag_id),
    )


def _steps(connection: Connection, flag_id: int) -> tuple[FlagStep, ...]:
    c = t.flag_change.c
    statement = select(c.state, c.reason, c.by, c.note, c.until, c.changed_at).where(c.flag_id == flag_id)
    return tuple(FlagStep(*row) for row in connection.execute(statement.order_by(c.id)))


def _judged(connection: Connection, flag: Row[Any]) -> Row[Any] | None:
    """The newest verdict on what the flag is about."""
    c = t.verdict.c
    same = c.scope == flag.scope, c.ref == flag.ref, c.subject == flag.subject, c.period_start == flag.period_start
    statement = (
        select(t.verdict, *sentence_columns(t.verdict))
        .where(c.plan_id == flag.plan_id, *same)
        .order_by(c.id.desc())
        .limit(1)
    )
    return connection.execute(statement).one_or_none()

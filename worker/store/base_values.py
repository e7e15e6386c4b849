"""What relative targets are measured from: written down when it is first known, and never again."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, select

from config.periods import Window
from config.relative import Relative
from worker.model.verdict import Judgement, Subject
from worker.store import schema as t
from worker.store.engine import dialect_insert

#: scope, id, key of the target, first day of its period, and what it is compared with
BaseKey = tuple[str, str, str, date, str]


def key_of(subject: Subject, period: Window, relative: Relative) -> BaseKey:
    """The key of what one target is measured from in a period."""
    return subject.scope, subject.ref, subject.key, period.start, relative.on.value


def kept(connection: Connection, plan_id: int) -> Mapping[BaseKey, Decimal]:
    """Everything that was written down of a plan."""
    c = t.base_value.c
    columns = (c.scope, c.ref, c.subject, c.period_start, c.compared_with, c.value)
    rows = connection.execute(select(*columns).where(c.plan_id == plan_id))
    return {tuple(row[:5]): Decimal(row.value) for row in rows}


def keep(connection: Connection, plan_id: int, judgements: Iterable[Judgement], today: date) -> None:
    """Write down what targets were measured from for the first time; not what the plan itself gives."""
    rows = [
        {
            "plan_id": plan_id,
            "scope": one.subject.scope,
            "ref": one.subject.ref,
            "subject": one.subject.key,
            "period_start": one.period.start,
            "compared_with": base.relative.on.value,
            "value": format(base.value, "f"),
            "base_start": base.period.start,
            "base_end": base.period.end,
            "kept_on": today,
        }
        for one in judgements
        if (base := one.base) and base.is_usable and not base.is_given and base.period and base.value is not None
    ]
    if rows:
        connection.execute(dialect_insert(connection, t.base_value).on_conflict_do_nothing(), rows)

"""What of a figure is not known though its day was read: cells a source left empty, money that no rate converts."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, func, select

from config.periods import Window
from config.vocabulary import BUILT_IN, Unit
from worker.model.context import PlanContext
from worker.model.readings import MILLION
from worker.model.unknown import Hole
from worker.store import schema as t

_MONEY = [name for name, measure in BUILT_IN.items() if measure.unit is Unit.MONEY]


def holes(
    connection: Connection, context: PlanContext, figure_ids: Collection[int], window: Window
) -> dict[int, list[Hole]]:
    """For each of some scopes, by the ids of their figures: what is unknown of it on the days of a window."""
    found: dict[int, list[Hole]] = defaultdict(list)
    speaks = {
        (context.source_ids[source], measure) for measure, of_it in context.authorities.items() for source in of_it
    }
    u, o = t.reading_unknown.c, t.origin_scope.c
    cells = (
        select(o.scope_id, u.source_id, u.measure, u.day)
        .join(t.origin_scope, o.origin_id == u.origin_id)
        .where(o.scope_id.in_(sorted(figure_ids)), u.day >= window.start, u.day < window.end)
        .distinct()
        .order_by(u.day)
    )
    for scope_id, source_id, measure, day in connection.execute(cells):
        if (source_id, measure) in speaks:
            found[scope_id].append(Hole(measure, day))
    for scope_id, source_id, day, currency, *amounts in _unconverted(connection, context, figure_ids, window):
        for measure, amount in zip(_MONEY, amounts, strict=True):
            if amount and (source_id, measure) in speaks:
                found[scope_id].append(Hole(measure, day, currency, Decimal(amount) / MILLION))
    return found


def _unconverted(
    connection: Connection, context: PlanContext, figure_ids: Collection[int], window: Window
) -> list[tuple[int, int, date, str, int]]:
    c, r, o = t.conversion.c, t.reading.c, t.origin_scope.c
    statement = (
        select(o.scope_id, r.source_id, r.day, c.currency, *(func.sum(r[name]) for name in _MONEY))
        .join_from(t.conversion, t.origin, t.origin.c.currency == c.currency)
        .join(t.source, t.source.c.id == t.origin.c.source_id)
        .join(t.reading, (r.source_id == t.source.c.id) & (r.day == c.day) & (r.origin_id == t.origin.c.id))
        .join(t.origin_scope, o.origin_id == r.origin_id)
        .where(c.plan_id == context.plan_id, t.source.c.plan_id == context.plan_id, c.factor.is_(None))
        .where(c.day >= window.start, c.day < window.end, o.scope_id.in_(sorted(figure_ids)))
        .group_by(o.scope_id, r.source_id, r.day, c.currency)
        .order_by(c.currency, r.day)
    )
    return [tuple(row) for row in connection.execute(statement)]

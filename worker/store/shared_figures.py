"""What several actions count at once: figures whose labels the tracking of each of them matches."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from config.periods import Window
from config.vocabulary import Measure, Scope
from worker.model.context import PlanContext
from worker.model.readings import MILLION
from worker.model.records import TrackedSpend
from worker.store import exchange
from worker.store import schema as t
from worker.store.sums import authoritative, summing


def spend_of_several(connection: Connection, context: PlanContext, window: Window) -> list[TrackedSpend]:
    """The spend of a window's days that more than one action tracks."""
    owners = _owners(connection, context)
    if not owners:
        return []
    found = _amounts(connection, context, [Measure.SPEND], window, t.reading.c.day)
    return [
        TrackedSpend(day, Decimal(amount) / MILLION, owners[origin_id])
        for origin_id, day, amount in found
        if amount and origin_id in owners
    ]


def _owners(connection: Connection, context: PlanContext) -> Mapping[int, frozenset[str]]:
    """The origins that belong to several actions of the plan, and these."""
    o, s = t.origin_scope.c, t.scope.c
    is_an_actions = and_(s.plan_id == context.plan_id, s.scope == Scope.ACTION, s.is_active)
    several = select(o.origin_id).join(t.scope, s.id == o.scope_id).where(is_an_actions).group_by(o.origin_id)
    statement = (
        select(o.origin_id, s.ref)
        .join(t.scope, s.id == o.scope_id)
        .where(is_an_actions, o.origin_id.in_(several.having(func.count() > 1)))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for origin_id, action in connection.execute(statement):
        found[origin_id].add(action)
    return {origin_id: frozenset(actions) for origin_id, actions in found.items()}


def amounts_by_origin(
    connection: Connection, context: PlanContext, measures: Iterable[Measure], window: Window
) -> dict[int, dict[Measure, Decimal]]:
    """For each origin with figures in a window, the sums of some measures, from the sources that speak for them."""
    provided = [measure for measure in measures if measure in context.authorities]
    found = _amounts(connection, context, provided, window) if provided else ()
    return {
        origin_id: {name: Decimal(amount or 0) / MILLION for name, amount in zip(provided, amounts, strict=True)}
        for origin_id, *amounts in found
    }


def _amounts(
    connection: Connection, context: PlanContext, measures: Collection[Measure], window: Window, *by: Any
) -> Iterable[Any]:
    has_foreign = exchange.has_foreign_money(connection, context.plan_id, context.loaded.plan.currency)
    how = summing(context, [measure.value for measure in measures], {}, has_foreign_money=has_foreign)
    sources = {source for ids in how.authorities.values() for source in ids}
    r, o, c = t.reading.c, t.origin.c, t.conversion.c
    sums = [func.sum(authoritative(how, name, t.reading, r[name], sources)) for name in how.authorities]
    rows = select(r.origin_id, *by, *sums).join(t.origin, o.id == r.origin_id)
    if has_foreign:
        of_the_day = and_(c.plan_id == context.plan_id, c.currency == o.currency, c.day == r.day)
        rows = rows.outerjoin(t.conversion, of_the_day)
    rows = rows.where(r.source_id.in_(sorted(sources)), r.day >= window.start, r.day < window.end)
    rows = rows.where(or_(*(r[name] != 0 for name in how.authorities)))
    return connection.execute(rows.group_by(r.origin_id, *by))

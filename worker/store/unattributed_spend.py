"""Money spent on campaigns that belong to no action."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from config.periods import Window
from config.vocabulary import Measure, Scope
from worker.model.context import PlanContext
from worker.model.readings import MILLION
from worker.model.records import UnattributedSpend
from worker.store import kpi_values
from worker.store import schema as t

LOOKED_AT = timedelta(days=28)  # up to yesterday
NAMED = 3  # campaigns


def unattributed_spend(connection: Connection, context: PlanContext, today: date) -> UnattributedSpend | None:
    """What the last weeks' spend went to that no action tracks; None where that is not known, or nothing was spent."""
    plan = context.loaded.plan
    days = Window(today - LOOKED_AT, today).clip(Window(plan.starts, max(today, plan.life.end)))
    if days is None:
        return None
    keys = [(Scope.PLAN, context.loaded.id), (Scope.UNATTRIBUTED, context.loaded.id)]
    asked = [(context.scope_ids[key], days) for key in keys]
    found = kpi_values.figures(connection, context, asked, [Measure.SPEND], today)
    whole, unattributed = (found.get((*key, Measure.SPEND.value, days), {}).get("") for key in keys)
    if whole is None or unattributed is None or not whole.value or unattributed.value is None:
        return None
    return UnattributedSpend(days, whole.value, unattributed.value, _campaigns(connection, context, days))


def _campaigns(connection: Connection, context: PlanContext, days: Window) -> tuple[tuple[str, Decimal], ...]:
    r, o, c = t.reading.c, t.origin.c, t.conversion.c
    sources = [context.source_ids[source] for source in context.authorities.get(Measure.SPEND, ())]
    is_home = o.currency.in_((context.loaded.plan.currency, ""))
    spent: ColumnElement[Any] = func.sum(case((is_home, r.spend), else_=r.spend * c.factor))
    name = case((o.campaign != "", o.campaign), (o.campaign_id != "", o.campaign_id), else_=o.source)
    of_the_day = and_(c.plan_id == context.plan_id, c.currency == o.currency, c.day == r.day)
    statement = (
        select(name, spent)
        .select_from(t.reading)
        .join(t.origin, o.id == r.origin_id)
        .join(t.origin_scope, t.origin_scope.c.origin_id == o.id)
        .outerjoin(t.conversion, of_the_day)
        .where(t.origin_scope.c.scope_id == context.scope_ids[Scope.UNATTRIBUTED, context.loaded.id])
        .where(r.source_id.in_(sources))
        .where(r.day >= days.start, r.day < days.end, r.spend > 0)
        .group_by(name)
        .order_by(spent.desc(), name)
        .limit(NAMED)
    )
    rows = connection.execute(statement)
    return tuple((label, Decimal(round(amount)) / MILLION) for label, amount in rows if amount)

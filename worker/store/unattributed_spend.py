"""Money spent on campaigns that belong to no action."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.vocabulary import Measure, Scope
from worker.model.readings import MILLION
from worker.model.records import UnattributedSpend
from worker.store import kpi_values, plans
from worker.store import schema as t

LOOKED_AT = timedelta(days=28)  # up to yesterday
NAMED = 3  # campaigns


def unattributed_spend(
    connection: Connection, loaded: LoadedPlan, plan_id: int, today: date
) -> UnattributedSpend | None:
    """What the last weeks' spend went to that no action tracks; None where that is not known, or nothing was spent."""
    days = Window(today - LOOKED_AT, today).clip(Window(loaded.plan.starts, max(today, loaded.plan.life.end)))
    if days is None:
        return None
    scopes = plans.scope_ids(connection, plan_id)
    keys = [(Scope.PLAN, loaded.id), (Scope.UNATTRIBUTED, loaded.id)]
    found = kpi_values.figures(connection, plan_id, [(scopes[key], days) for key in keys], [Measure.SPEND], today)
    whole, unattributed = (found.get((*key, Measure.SPEND.value, days), {}).get("") for key in keys)
    if whole is None or unattributed is None or not whole.value or unattributed.value is None:
        return None
    sources = kpi_values.authorities_of(connection, loaded, plan_id).get(Measure.SPEND, ())
    campaigns = _campaigns(
        connection, loaded.plan.currency, plan_id, scopes[Scope.UNATTRIBUTED, loaded.id], sources, days
    )
    return UnattributedSpend(days, whole.value, unattributed.value, campaigns)


def _campaigns(
    connection: Connection, currency: str, plan_id: int, scope_id: int, sources: Sequence[str], days: Window
) -> tuple[tuple[str, Decimal], ...]:
    r, o, c = t.reading.c, t.origin.c, t.conversion.c
    is_home = o.currency.in_((currency, ""))
    spent: ColumnElement[Any] = func.sum(case((is_home, r.spend), else_=r.spend * c.factor))
    name = case((o.campaign != "", o.campaign), (o.campaign_id != "", o.campaign_id), else_=o.source)
    of_the_day = and_(c.plan_id == plan_id, c.currency == o.currency, c.day == r.day)
    statement = (
        select(name, spent)
        .select_from(t.reading)
        .join(t.origin, o.id == r.origin_id)
        .join(t.origin_scope, t.origin_scope.c.origin_id == o.id)
        .join(t.source, t.source.c.id == r.source_id)
        .outerjoin(t.conversion, of_the_day)
        .where(t.origin_scope.c.scope_id == scope_id, t.source.c.source.in_(sources))
        .where(r.day >= days.start, r.day < days.end, r.spend > 0)
        .group_by(name)
        .order_by(spent.desc(), name)
        .limit(NAMED)
    )
    rows = connection.execute(statement)
    return tuple((label, Decimal(round(amount)) / MILLION) for label, amount in rows if amount)

"""KPI values read from what is stored: for the judgement by question, for exports and reports by grain."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, select

from config.periods import DAY, Window
from config.sources import COSTS
from config.vocabulary import BUILT_IN, Grain, Measure, Scope, Unit
from worker.model.context import PlanContext
from worker.model.verdict import Figure
from worker.store import schema as t
from worker.store.kpi_sql import kpi_rows, shown
from worker.store.periods import as_asked, asked_periods, grain_periods, is_counted

#: (scope, id, kpi, period) -> breakdown (empty for the whole) -> figure
Figures = dict[tuple[str, str, str, Window], dict[str, Figure]]


def formula_texts(
    connection: Connection, plan_ids: Sequence[int] | None = None, kpis: Collection[str] | None = None
) -> dict[str, bool]:
    """The formulas of some plans' KPIs (None: of all), and whether one of the KPIs is looked at by a breakdown."""
    k = t.kpi.c
    is_by = func.max(case((k.by != "", 1), else_=0))
    statement = select(k.formula, is_by).where(k.formula != "").group_by(k.formula)
    if plan_ids is not None:
        statement = statement.where(k.plan_id.in_(plan_ids))
    if kpis is not None:
        statement = statement.where(k.kpi.in_(kpis))
    return {formula: bool(is_by) for formula, is_by in connection.execute(statement)}


def figures(
    connection: Connection,
    context: PlanContext,
    asked: Iterable[tuple[int, Window]],
    kpis: Collection[str],
    until: date,
    *,
    in_parts: bool = True,
) -> Figures:
    """The figures of some KPIs in given periods of given scopes, with what is known before ``until``.

    Without ``in_parts`` only those of each period as a whole: that takes half as long.
    """
    wanted = sorted(set(kpis) & context.formulas.keys())
    texts: dict[str, bool] = {}
    for kpi in wanted:
        text = context.formulas[kpi].text
        texts[text] = texts.get(text, False) or (in_parts and kpi in context.broken_down)
    answer: Figures = defaultdict(dict)
    periods = list(asked)
    if not texts or not periods:
        return answer
    statement = _question(connection.dialect.name, tuple(sorted(texts.items())))
    for row in connection.execute(statement, {"asked": as_asked(periods), "until": until, "kpis": wanted}):
        key = (row.scope, row.id, row.kpi, Window(row.period_start, row.period_end))
        parts = (exact(row.value), row.state, exact(row.numerator), exact(row.denominator))
        answer[key][row.breakdown] = Figure(*parts)
    return answer


@lru_cache(maxsize=200)
def _question(backend: str, formulas: tuple[tuple[str, bool], ...]) -> Select[Any]:
    """The statement, which takes longer to write than to answer."""
    wanted = t.kpi.c.kpi.in_(bindparam("kpis", expanding=True))
    return shown(kpi_rows(asked_periods(backend), dict(formulas), wanted))


def exact(value: float | None) -> Decimal | None:
    """The number as it is written: division in the database rounds to the nearest double, whose shortest text it is."""
    if value is None:
        return None
    number = Decimal(repr(float(value)))
    return number.to_integral_value() if number == number.to_integral_value() else number


def kpi_table(
    connection: Connection,
    plan_ids: Sequence[int],
    until: date | None,
    *,
    grains: Collection[Grain] = tuple(Grain),
    between: tuple[date | None, date | None] = (None, None),
) -> Iterable[Row[Any]]:
    """The rows of ``report_kpi`` for some plans, narrowed to grains and to periods that share a day with ``between``.

    ``until`` None: as of the day last computed, as the view shows it.
    """
    since, before = between
    texts = formula_texts(connection, plan_ids)
    if not texts:
        return []
    of_plans = t.plan.c.id.in_(plan_ids)
    rows = kpi_rows(grain_periods(t.plan.c.until if until is None else until, of_plans, grains=grains), texts)
    statement = shown(rows)
    if since is not None:
        statement = statement.where(rows.c.period_end > since)
    if before is not None:
        statement = statement.where(rows.c.period_start < before)
    order = (
        rows.c.plan,
        rows.c.scope,
        rows.c.id,
        rows.c.position,
        rows.c.grain,
        rows.c.period_start,
    )
    return connection.execution_options(yield_per=5000).execute(statement.order_by(*order, rows.c.breakdown))


def unattributed_sums(connection: Connection, context: PlanContext, today: date) -> dict[Measure, Decimal | None]:
    """What belongs to no action, to date: visits, spend and revenue; None where it is not known."""
    measures = (Measure.SESSIONS, Measure.SPEND, Measure.REVENUE)
    plan = context.loaded.plan
    key = (Scope.UNATTRIBUTED, context.loaded.id)
    window = Window(plan.starts, max(today, plan.starts) + DAY)
    found = figures(connection, context, [(context.scope_ids[key], window)], measures, today + DAY)
    unknown = {"": Figure(None)}
    return {measure: found.get((*key, measure.value, window), unknown)[""].value for measure in measures}


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """How much of a measure a source saw that does not speak for it, on the days both have."""

    measure: str
    source: str
    authority: tuple[str, ...]
    share: Decimal


def cross_checks(connection: Connection, context: PlanContext) -> list[CrossCheck]:
    """For each measure that several kinds of source provide, what the others saw of what the authority counts."""
    checks = []
    for row in sorted(context.sources, key=lambda row: row.source):
        for name in sorted(row.provides & BUILT_IN.keys()):
            authority = tuple(source for source in context.authorities.get(name, ()) if source != COSTS)
            if not authority or row.source in authority:
                continue
            ids = [context.source_ids[source] for source in authority]
            share = _share_seen(connection, BUILT_IN[name], row.id, ids)
            if share is not None:
                checks.append(CrossCheck(name, row.source, authority, share))
    return checks


def _share_seen(connection: Connection, measure: Measure, source_id: int, authority: Sequence[int]) -> Decimal | None:
    """One source's sum over the authority's, on the days that both cover, of money of one currency; else None."""
    r = t.reading.c
    amount = r[measure.value]

    def total(ids: Sequence[int], others: Sequence[int]) -> Any:
        c = t.coverage.c
        of_plan = t.coverage.join(t.source, t.source.c.id == c.source_id).join(t.plan)
        shared = select(c.day).select_from(of_plan).where(c.source_id.in_(others), is_counted(c.day))
        return connection.execute(
            select(func.sum(amount)).where(r.source_id.in_(ids), r.day.in_(shared), amount.is_not(None))
        ).scalar()

    if measure.unit is Unit.MONEY:
        of_both = select(t.origin.c.currency).where(t.origin.c.source_id.in_([source_id, *authority])).distinct()
        if len(list(connection.execute(of_both).scalars())) > 1:
            return None
    seen, counted = total([source_id], authority), total(authority, [source_id])
    return Decimal(seen) / Decimal(counted) if seen is not None and counted else None

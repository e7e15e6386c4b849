"""KPI values read from what is stored: for the judgement by question, for exports and reports by grain."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, select

from config.formula import parse_formula
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.sources import COSTS
from config.vocabulary import BUILT_IN, Grain, Measure, Scope, SourceKind, Unit
from worker.model.tracking import SourceFacts, chosen_authorities
from worker.model.verdict import Figure
from worker.store import plans
from worker.store import schema as t
from worker.store.kpi_sql import kpi_rows, shown
from worker.store.periods import as_asked, asked_periods, grain_periods

#: (scope, id, kpi, period) -> breakdown (empty for the whole) -> figure
Figures = dict[tuple[str, str, str, Window], dict[str, Figure]]


def formulas_of(connection: Connection, plan_id: int) -> dict[str, str]:
    """The formula chosen for each of a plan's KPIs."""
    statement = select(t.kpi.c.kpi, t.kpi.c.formula).where(t.kpi.c.plan_id == plan_id, t.kpi.c.formula != "")
    return dict(connection.execute(statement).all())


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


def unobservable_measures(connection: Connection, plan_id: int) -> dict[tuple[str, str], frozenset[str]]:
    """(scope, id) -> the measures that no source can show for it."""
    statement = (
        select(t.scope.c.scope, t.scope.c.ref, t.unobservable.c.measure)
        .join(t.unobservable, t.unobservable.c.scope_id == t.scope.c.figures_id)
        .where(t.scope.c.plan_id == plan_id)
    )
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for scope, ref, measure in connection.execute(statement):
        found[scope, ref].add(measure)
    return {key: frozenset(measures) for key, measures in found.items()}


def figures(
    connection: Connection,
    plan_id: int,
    asked: Iterable[tuple[int, Window]],
    kpis: Collection[str],
    until: date,
) -> Figures:
    """The figures of some KPIs in given periods of given scopes, with what is known before ``until``."""
    wanted = sorted(set(kpis) & formulas_of(connection, plan_id).keys())
    texts = formula_texts(connection, [plan_id], wanted)
    found: Figures = defaultdict(dict)
    if not texts:
        return found
    statement = _question(connection.dialect.name, tuple(sorted(texts.items())))
    for row in connection.execute(statement, {"asked": as_asked(asked), "until": until, "kpis": wanted}):
        key = (row.scope, row.id, row.kpi, Window(row.period_start, row.period_end))
        parts = (exact(row.value), row.state, exact(row.numerator), exact(row.denominator))
        found[key][row.breakdown] = Figure(*parts)
    return found


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
    since: date | None = None,
    before: date | None = None,
) -> Iterable[Row[Any]]:
    """The rows of ``report_kpi`` for some plans, narrowed to grains and to periods that meet ``[since, before)``.

    ``until`` None: as of the day last computed, as the view shows it.
    """
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


def unattributed_sums(
    connection: Connection, loaded: LoadedPlan, plan_id: int, today: date
) -> dict[Measure, Decimal | None]:
    """What belongs to no action, to date: visits, spend and revenue; None where it is not known."""
    measures = (Measure.SESSIONS, Measure.SPEND, Measure.REVENUE)
    key = (Scope.UNATTRIBUTED, loaded.id)
    window = Window(loaded.plan.starts, max(today, loaded.plan.starts) + DAY)
    scope_id = plans.scope_ids(connection, plan_id)[key]
    found = figures(connection, plan_id, [(scope_id, window)], measures, today + DAY)
    unknown = {"": Figure(None)}
    return {measure: found.get((*key, measure.value, window), unknown)[""].value for measure in measures}


def authorities_of(connection: Connection, loaded: LoadedPlan, plan_id: int) -> dict[str, tuple[str, ...]]:
    """For each measure, the sources that speak for it, as things stand."""
    known = {
        row.source: SourceFacts(SourceKind(row.kind), frozenset(row.provides.split()))
        for row in plans.source_rows(connection, plan_id)
    }
    return chosen_authorities(loaded.plan, known)


def rests_on(connection: Connection, loaded: LoadedPlan, plan_id: int) -> dict[str, dict[str, tuple[str, ...]]]:
    """KPI -> each measure it is made of -> the sources that speak for it; a budget rests on ``spend``."""
    authorities = authorities_of(connection, loaded, plan_id)
    formulas = {"": Measure.SPEND.value, **formulas_of(connection, plan_id)}
    return {
        kpi: {name: authorities[name] for name in parse_formula(formula).names if name in authorities}
        for kpi, formula in formulas.items()
    }


def simulated_kpis(connection: Connection, loaded: LoadedPlan, plan_id: int) -> frozenset[str]:
    """The KPIs that rest on invented figures."""
    invented = {row.source for row in plans.source_rows(connection, plan_id) if row.is_simulated}
    authorities = authorities_of(connection, loaded, plan_id)
    return frozenset(
        kpi
        for kpi, formula in formulas_of(connection, plan_id).items()
        if any(source in invented for name in parse_formula(formula).names for source in authorities.get(name, ()))
    )


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """How much of a measure a source saw that does not speak for it, on the days both have."""

    measure: str
    source: str
    authority: tuple[str, ...]
    share: Decimal


def cross_checks(connection: Connection, loaded: LoadedPlan, plan_id: int) -> list[CrossCheck]:
    """For each measure that several kinds of source provide, what the others saw of what the authority counts."""
    authorities = authorities_of(connection, loaded, plan_id)
    rows = plans.source_rows(connection, plan_id)
    ids = {row.source: row.id for row in rows}
    found = []
    for row in rows:
        for name in sorted(set(row.provides.split()) & BUILT_IN.keys()):
            authority = tuple(source for source in authorities.get(name, ()) if source != COSTS)
            if not authority or row.source in authority or row.source == COSTS:
                continue
            share = _share_seen(connection, BUILT_IN[name], row.id, [ids[source] for source in authority])
            if share is not None:
                found.append(CrossCheck(name, row.source, authority, share))
    return found


def _share_seen(connection: Connection, measure: Measure, source_id: int, authority: Sequence[int]) -> Decimal | None:
    """One source's sum over the authority's, on the days that both cover, of money of one currency; else None."""
    r = t.reading.c
    amount = r[measure.value]

    def total(ids: Sequence[int], others: Sequence[int]) -> Any:
        shared = select(t.coverage.c.day).where(t.coverage.c.source_id.in_(others))
        return connection.execute(
            select(func.sum(amount)).where(r.source_id.in_(ids), r.day.in_(shared), amount.is_not(None))
        ).scalar()

    if measure.unit is Unit.MONEY:
        of_both = select(t.origin.c.currency).where(t.origin.c.source_id.in_([source_id, *authority])).distinct()
        if len(list(connection.execute(of_both).scalars())) > 1:
            return None
    seen, counted = total([source_id], authority), total(authority, [source_id])
    return Decimal(seen) / Decimal(counted) if seen is not None and counted else None

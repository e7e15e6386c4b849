"""A plan as the tables have it, read in one go: what every stage of a pass is handed."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from config.catalogue import kpis_of
from config.formula import Formula, parse_formula
from config.loading.loaded import LoadedPlan
from worker.model.context import PlanContext, ScopeKey
from worker.model.records import StoredPlan
from worker.store import attribution, completeness, sources
from worker.store import schema as t


def load_context(connection: Connection, loaded: LoadedPlan, stored: StoredPlan) -> PlanContext:
    """Everything the work on a plan rests on beside its figures. Reads, and changes nothing."""
    formulas, broken_down = _chosen(connection, stored.id)
    scope_ids, figure_ids = _scopes(connection, stored.id)
    unobservable, unseen = attribution.unobservable_measures(connection, stored.id)
    return PlanContext(
        loaded=loaded,
        stored=stored,
        kpis=kpis_of(loaded.plan, loaded.declared),
        formulas=formulas,
        broken_down=broken_down,
        scope_ids=scope_ids,
        figure_ids=figure_ids,
        source_rows=tuple(sources.source_rows(connection, stored.id)),
        coverage=completeness.coverage_by_source(connection, stored.id),
        unobservable=unobservable,
        unseen=unseen,
        unseen_labels=attribution.unseen_labels(connection, stored.id),
    )


def with_collected(connection: Connection, context: PlanContext) -> PlanContext:
    """The same with what collecting changes: how the sources are doing, and their coverage."""
    return replace(
        context,
        source_rows=tuple(sources.source_rows(connection, context.plan_id)),
        coverage=completeness.coverage_by_source(connection, context.plan_id),
    )


def _chosen(connection: Connection, plan_id: int) -> tuple[Mapping[str, Formula], frozenset[str]]:
    """The formula chosen for each KPI, and which of them are looked at by a breakdown."""
    k = t.kpi.c
    statement = select(k.kpi, k.formula, k.by).where(k.plan_id == plan_id, k.formula != "")
    rows = connection.execute(statement).all()
    formulas = {row.kpi: parse_formula(row.formula) for row in rows}
    return formulas, frozenset(row.kpi for row in rows if row.by)


def _scopes(connection: Connection, plan_id: int) -> tuple[Mapping[ScopeKey, int], Mapping[ScopeKey, int]]:
    """The scopes still in the plan: their ids, and those of the scopes whose sums are their own."""
    s = t.scope.c
    statement = select(s.scope, s.ref, s.id, s.figures_id).where(s.plan_id == plan_id, s.is_active)
    rows = connection.execute(statement).all()
    scope_ids = {(row.scope, row.ref): row.id for row in rows}
    return scope_ids, {(row.scope, row.ref): row.figures_id for row in rows}

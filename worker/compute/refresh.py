"""Readings -> action_day, brought up to date for just the days that changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from sqlalchemy import Connection

from config.formula import MARGIN, Formula
from config.periods import DAY, Window
from config.sources import COSTS
from config.vocabulary import Dimension, Scope
from connectors.kit import rates as ecb
from worker.compute.observable import Unlabelled, with_unobservable, with_unseen
from worker.model.completeness import completeness_runs
from worker.model.context import Instant, PlanContext
from worker.model.currency import CARRIED, Factor, Rates
from worker.model.readings import DayCoverage
from worker.model.tracking import tracker_of
from worker.store import attribution, completeness, exchange, plans, sums, views
from worker.store.sums import Summing, summing


def refresh(
    connection: Connection, context: PlanContext, instant: Instant, unlabelled: Unlabelled = MappingProxyType({})
) -> PlanContext:
    """Bring everything derived up to date: attribution, money, sums, completeness, the calendar.

    Gives the context with what changed of it.
    """
    context = _with_formulas(connection, context)
    context, is_new = _attributed(connection, context, unlabelled)
    noted = [] if is_new else completeness.days_to_rebuild(connection, context.plan_id)
    days = None if is_new else noted
    has_foreign_money = exchange.has_foreign_money(connection, context.plan_id, context.loaded.plan.currency)
    if has_foreign_money:
        moved = _convert(connection, context, days)
        days = None if days is None else sorted({*days, *moved})
    if days is None or days:
        sums.rebuild(connection, _summing(context, has_foreign_money=has_foreign_money), days)
    if is_new or noted:
        completeness.note_rebuilt(connection, context.plan_id)
    until = instant.today + DAY
    plan = context.loaded.plan
    watched = Window(plan.watched_from, plan.life.end)
    counted_from = min([plan.watched_from, *(row.asked_from for row in context.sources if row.asked_from)])
    counted = {source: _since(counted_from, days) for source, days in context.coverage.items()}
    runs = completeness_runs(context.authorities, counted, watched, until)
    completeness.put_completeness(connection, context.plan_id, runs)
    completeness.fill_calendar(connection, _calendar_window(context, until))
    completeness.put_standing(connection, context.plan_id, counted_from, until, instant.now)
    views.refresh(connection)
    return context


def _since(first: date, days: Mapping[date, DayCoverage]) -> dict[date, DayCoverage]:
    return {day: covered for day, covered in days.items() if day >= first}


# ---- formulas ----


def _with_formulas(connection: Connection, context: PlanContext) -> PlanContext:
    """Settle on each KPI's formula: the first whose measures something provides, else the first."""
    measured = {*context.authorities, MARGIN}
    chosen: dict[str, Formula] = {
        id: next((formula for formula in kpi.formulas if formula.names <= measured), kpi.formulas[0])
        for id, kpi in context.kpis.items()
    }
    changed = {id: formula for id, formula in chosen.items() if context.formulas.get(id) != formula}
    if not changed:
        return context
    plans.put_formulas(connection, context.plan_id, changed)
    broken_down = frozenset(id for id, kpi in context.kpis.items() if kpi.by)
    return replace(context, formulas=chosen, broken_down=broken_down)


# ---- attribution ----


def _attributed(connection: Connection, context: PlanContext, unlabelled: Unlabelled) -> tuple[PlanContext, bool]:
    """Attach the origins nobody knows yet, or all of them when the plan changed; and whether it was all of them."""
    plan_id, plan = context.plan_id, context.loaded.plan
    digest = f"{context.stored.digest} {sorted(context.authorities.items())}"
    is_new = context.stored.attributed != digest
    if is_new:
        attribution.forget(connection, plan_id)
        attribution.set_attributed(connection, plan_id, digest)
        context = replace(context, stored=replace(context.stored, attributed=digest))
    tracker = tracker_of(plan)
    pairs: list[tuple[int, int]] = []
    fresh = attribution.unattributed_origins(connection, plan_id)
    for origin_id, source, origin in fresh:
        is_cost = source == COSTS
        owners = _owners_of_cost(context, origin.campaign_id) if is_cost else tracker.owners(origin)
        pairs += ((origin_id, scope_id) for scope_id in _scopes(context, owners))
    attribution.attach(connection, pairs)
    if pairs or is_new:
        labelled = [origin for _, source, origin in fresh if source != COSTS]
        context = with_unseen(connection, context, labelled, is_new=is_new)
        context = with_unobservable(connection, context, unlabelled)
    return context, is_new


def _owners_of_cost(context: PlanContext, action: str) -> frozenset[str]:
    """An action's own cost belongs to it, and to the objectives with tracking of their own that it serves."""
    plan = context.loaded.plan
    served = plan.actions[action].objectives if action in plan.actions else ()
    tracked = {f"{Scope.OBJECTIVE}/{id}" for id in served if plan.objectives[id].tracked_by}
    return frozenset({action, *tracked})


def _scopes(context: PlanContext, owners: Iterable[str]) -> set[int]:
    plan, actions = context.loaded.id, context.loaded.plan.actions
    keys = [(Scope.OBJECTIVE, owner.partition("/")[2]) if "/" in owner else (Scope.ACTION, owner) for owner in owners]
    keys += [
        (Scope.BUDGET, shared) for kind, id in keys if kind == Scope.ACTION and (shared := actions[id].shared_budget)
    ]
    is_an_actions = any(kind == Scope.ACTION for kind, _ in keys)
    keys += [(Scope.PLAN, plan)] if is_an_actions else [(Scope.PLAN, plan), (Scope.UNATTRIBUTED, plan)]
    return {context.scope_ids[key] for key in keys if key in context.scope_ids}


# ---- money ----


def _convert(connection: Connection, context: PlanContext, days: Sequence[date] | None) -> set[date]:
    """Settle what foreign money was worth; gives the days on which that changed."""
    plan_id, into = context.plan_id, context.loaded.plan.currency
    looked_at = [context.loaded.plan.starts] if days is not None and not days else days
    wanted = exchange.foreign_days(connection, plan_id, into, looked_at)
    if not wanted:
        return set()
    currencies = sorted({into, *(currency for currency, _ in wanted)})
    _complete_quotes(connection, currencies, min(day for _, day in wanted))
    rates = Rates(exchange.quotes(connection, currencies))
    plan = context.loaded.plan

    def factor(currency: str, day: date) -> Factor | None:
        """The plan's own rate, else the bank's."""
        own = plan.own_rate(currency, day)
        return Factor(own, day) if own is not None else rates.factor(currency, into, day)

    factors = {(currency, day): factor(currency, day) for currency, day in wanted}
    return exchange.put_factors(connection, plan_id, factors)


def _complete_quotes(connection: Connection, currencies: Sequence[str], since: date) -> None:
    """Take from the shipped history what the store lacks, once for each currency and first day."""
    since = since - DAY * CARRIED
    lacking = exchange.currencies_unknown_since(connection, currencies, since)
    if lacking:
        exchange.put_quotes(connection, ecb.history(lacking, since))
        exchange.note_known_since(connection, lacking, since)


# ---- sums ----


def _summing(context: PlanContext, *, has_foreign_money: bool) -> Summing:
    breakdowns: dict[Dimension, frozenset[str]] = {}
    for kpi in context.kpis.values():
        if kpi.by:
            names = frozenset(name for formula in kpi.formulas for name in formula.names)
            breakdowns[kpi.by] = breakdowns.get(kpi.by, frozenset()) | names
    return summing(context, context.authorities, breakdowns, has_foreign_money=has_foreign_money)


def _calendar_window(context: PlanContext, until: date) -> Window:
    plan = context.loaded.plan
    start = plan.watched_from
    return Window(start, max(until, plan.life.end, start + DAY))

"""Readings -> action_day, brought up to date for just the days that changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import Connection

from config.catalogue import kpis_of, unit_of
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.sources import COSTS
from config.vocabulary import Dimension, Scope, SourceKind, Unit
from connectors.kit import rates as ecb
from worker.model.completeness import completeness_runs
from worker.model.currency import CARRIED, Factor, Rates
from worker.model.records import StoredPlan
from worker.model.tracking import SourceFacts, chosen_authorities, is_unobservable, tracker_of
from worker.store import attribution, completeness, exchange, plans, sums, views
from worker.store.sums import Summing

Authorities = Mapping[str, tuple[str, ...]]

#: (source, measure) -> the dimensions that this source never cuts it by, though it does others
Unlabelled = Mapping[tuple[str, str], frozenset[Dimension]]

_NONE: frozenset[Dimension] = frozenset()


def compute(
    connection: Connection,
    loaded: LoadedPlan,
    stored: StoredPlan,
    today: date,
    now: datetime,
    unlabelled: Unlabelled = MappingProxyType({}),
) -> None:
    """Bring everything derived up to date: attribution, money, sums, what is known, the calendar."""
    rows = plans.source_rows(connection, stored.id)
    ids = {row.source: row.id for row in rows}
    known = {row.source: SourceFacts(SourceKind(row.kind), frozenset(row.provides.split())) for row in rows}
    authorities = chosen_authorities(loaded.plan, known)
    plans.choose_formulas(connection, stored.id, kpis_of(loaded.plan, loaded.declared), authorities)
    is_new = _attribute(connection, loaded, stored, authorities, unlabelled)
    days = None if is_new else completeness.stale_days(connection, stored.id)
    has_foreign = exchange.has_foreign_money(connection, stored.id, loaded.plan.currency)
    if has_foreign:
        moved = _convert(connection, loaded, stored.id, days)
        days = None if days is None else sorted({*days, *moved})
    if days is None or days:
        sums.rebuild(connection, _summing(loaded, stored.id, authorities, ids, has_foreign), days)
    completeness.clear_stale(connection, stored.id)
    until = today + DAY
    covered = completeness.coverage_by_source(connection, stored.id)
    completeness.put_completeness(
        connection, stored.id, completeness_runs(authorities, covered, loaded.plan.life, until)
    )
    completeness.fill_calendar(connection, _calendar_window(connection, loaded, stored.id, until))
    completeness.put_standing(connection, stored.id, until, now)
    views.refresh(connection)


def _attribute(
    connection: Connection, loaded: LoadedPlan, stored: StoredPlan, authorities: Authorities, unlabelled: Unlabelled
) -> bool:
    """Attach the origins nobody knows yet, or all of them when the plan changed; tells whether it was all."""
    digest = f"{stored.digest} {sorted(authorities.items())}"
    is_new = stored.attributed != digest
    if is_new:
        attribution.forget(connection, stored.id)
    scopes = plans.scope_ids(connection, stored.id)
    tracker = tracker_of(loaded.plan)
    pairs: list[tuple[int, int]] = []
    for origin_id, source, origin in attribution.unattributed_origins(connection, stored.id):
        is_cost = source == COSTS
        owners = _owners_of_cost(loaded, origin.campaign_id) if is_cost else tracker.owners(origin)
        pairs += ((origin_id, scope_id) for scope_id in _scopes(scopes, loaded, owners))
    attribution.attach(connection, pairs)
    attribution.set_attributed(connection, stored.id, digest)
    if pairs or is_new:
        _note_unobservable(connection, loaded, stored.id, scopes, authorities, unlabelled)
    return is_new


def _owners_of_cost(loaded: LoadedPlan, action: str) -> frozenset[str]:
    """An action's own cost belongs to it, and to the objectives with tracking of their own that it serves."""
    served = loaded.plan.actions[action].objectives if action in loaded.plan.actions else ()
    tracked = {f"{Scope.OBJECTIVE}/{id}" for id in served if loaded.plan.objectives[id].tracked_by}
    return frozenset({action, *tracked})


def _scopes(scopes: Mapping[tuple[str, str], int], loaded: LoadedPlan, owners: Iterable[str]) -> set[int]:
    plan, actions = loaded.id, loaded.plan.actions
    keys = [(Scope.OBJECTIVE, owner.partition("/")[2]) if "/" in owner else (Scope.ACTION, owner) for owner in owners]
    keys += [
        (Scope.BUDGET, shared) for kind, id in keys if kind == Scope.ACTION and (shared := actions[id].shared_budget)
    ]
    is_an_actions = any(kind == Scope.ACTION for kind, _ in keys)
    keys += [(Scope.PLAN, plan)] if is_an_actions else [(Scope.PLAN, plan), (Scope.UNATTRIBUTED, plan)]
    return {scopes[key] for key in keys if key in scopes}


def _note_unobservable(
    connection: Connection,
    loaded: LoadedPlan,
    plan_id: int,
    scopes: Mapping[tuple[str, str], int],
    authorities: Authorities,
    unlabelled: Unlabelled,
) -> None:
    carried = attribution.carried_dimensions(connection, plan_id)
    seen = {
        measure: [carried.get(id, _NONE) - unlabelled.get((id, measure), _NONE) for id in sources]
        for measure, sources in authorities.items()
    }
    rules = {(Scope.ACTION, id): action.tracked_by for id, action in loaded.plan.actions.items()}
    rules |= {(Scope.OBJECTIVE, id): aim.tracked_by for id, aim in loaded.plan.objectives.items() if aim.tracked_by}
    for id in loaded.plan.budgets:  # seen where any of its actions is
        rules[Scope.BUDGET, id] = tuple(
            rule for action in loaded.plan.spenders(id).values() for rule in action.tracked_by
        )
    unobservable = {
        scopes[key]: [
            measure
            for measure, sources in authorities.items()
            if COSTS not in sources and is_unobservable(found, seen[measure])
        ]
        for key, found in rules.items()
    }
    attribution.put_unobservable(connection, list(scopes.values()), unobservable)


def _convert(connection: Connection, loaded: LoadedPlan, plan_id: int, days: Sequence[date] | None) -> set[date]:
    """Settle what foreign money was worth; gives the days on which that changed."""
    into = loaded.plan.currency
    if days is not None and not days:
        wanted = exchange.foreign_days(connection, plan_id, into, [loaded.plan.starts])
    else:
        wanted = exchange.foreign_days(connection, plan_id, into, days)
    if not wanted:
        return set()
    currencies = sorted({into, *(currency for currency, _ in wanted)})
    _complete_quotes(connection, currencies, min(day for _, day in wanted))
    rates = Rates(exchange.quotes(connection, currencies))
    factors: dict[tuple[str, date], Factor | None] = {
        (currency, day): rates.factor(currency, into, day) for currency, day in wanted
    }
    return exchange.put_factors(connection, plan_id, factors)


def _complete_quotes(connection: Connection, currencies: Sequence[str], since: date) -> None:
    """Take from the shipped history what the store lacks, once for each currency and first day."""
    since = since - DAY * CARRIED
    lacking = exchange.currencies_unknown_since(connection, currencies, since)
    if lacking:
        exchange.put_quotes(connection, ecb.history(lacking, since))
        exchange.note_known_since(connection, lacking, since)


def _summing(
    loaded: LoadedPlan, plan_id: int, authorities: Authorities, ids: Mapping[str, int], has_foreign: bool
) -> Summing:
    kpis = kpis_of(loaded.plan, loaded.declared).values()
    breakdowns: dict[Dimension, frozenset[str]] = {}
    for kpi in kpis:
        if kpi.by:
            names = frozenset(name for formula in kpi.formulas for name in formula.names)
            breakdowns[kpi.by] = breakdowns.get(kpi.by, frozenset()) | names
    units: dict[str, Unit] = {measure: unit_of(measure, loaded.declared) for measure in authorities}
    by_id = {measure: tuple(ids[source] for source in sources) for measure, sources in authorities.items()}
    return Summing(plan_id, loaded.plan.currency, by_id, units, breakdowns, has_foreign)


def _calendar_window(connection: Connection, loaded: LoadedPlan, plan_id: int, until: date) -> Window:
    start = completeness.earliest_start(connection, plan_id)
    return Window(start, max(until, loaded.plan.life.end, start + DAY))

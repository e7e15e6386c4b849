"""The plan's files -> its tables: scopes, KPIs, occurrences, sources and costs, kept as the files say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from config.catalogue import kpis_of
from config.loading.loaded import LoadedPlan
from config.plan import Action, CostState, Objective, Plan, SharedBudget
from config.sources import COSTS
from config.vocabulary import Measure, Scope, SourceKind
from connectors.base import Origin
from worker.model.context import ScopeKey
from worker.model.readings import MILLION
from worker.model.records import SourceState, StoredPlan
from worker.model.tracking import SourceFacts
from worker.store import schema as t
from worker.store.plans import stored_plan
from worker.store.readings import origin_ids


def synchronise(
    connection: Connection,
    loaded: LoadedPlan,
    facts: Mapping[str, SourceFacts],
    digest: str,
    now: datetime,
) -> StoredPlan:
    """Make the tables say what the files say; figures are not touched. Nothing is done where they already do."""
    known = stored_plan(connection, loaded.id)
    if known and known.digest == digest:
        return known
    plan_id = _put_plan(connection, loaded, digest, now)
    _put_sources(connection, plan_id, loaded, facts)
    scopes = _put_scopes(connection, plan_id, loaded)
    _put_occurrences(connection, loaded, scopes)
    _put_kpis(connection, plan_id, loaded)
    _put_costs(connection, plan_id, loaded)
    stored = stored_plan(connection, loaded.id)
    assert stored is not None
    return stored


def _put(connection: Connection, table: Any, key: dict[str, Any], values: dict[str, Any]) -> int:
    """Insert or update one row by its natural key, and give its id."""
    matching = [table.c[name] == value for name, value in key.items()]
    found: int | None = connection.execute(select(table.c.id).where(*matching)).scalar()
    if found is not None:
        connection.execute(update(table).where(table.c.id == found).values(**values))
        return found
    return int(connection.execute(insert(table).values(**key, **values).returning(table.c.id)).scalar_one())


def _put_plan(connection: Connection, loaded: LoadedPlan, digest: str, now: datetime) -> int:
    plan = loaded.plan
    values = {
        "name": plan.plan,
        "currency": plan.currency,
        "timezone": plan.timezone,
        "language": plan.language,
        "starts": plan.life.start,
        "ends": plan.life.end,
        "margin": None if plan.margin is None else float(plan.margin),
        "digest": digest,
    }
    plan_id = _put(connection, t.plan, {"plan": loaded.id}, values)
    version = t.plan_version
    newest = select(version.c.digest).where(version.c.plan_id == plan_id).order_by(version.c.id.desc()).limit(1)
    if connection.execute(newest).scalar() != loaded.digest:
        plan_text, sources_text = (document.text for document in loaded.documents)
        row = {
            "plan_id": plan_id,
            "digest": loaded.digest,
            "plan_text": plan_text,
            "sources_text": sources_text,
        }
        connection.execute(insert(version).values(**row, seen_at=now))
    return plan_id


def _put_sources(connection: Connection, plan_id: int, loaded: LoadedPlan, facts: Mapping[str, SourceFacts]) -> None:
    c = t.source.c
    connection.execute(update(t.source).where(c.plan_id == plan_id).values(is_active=False))
    known = dict(connection.execute(select(c.source, c.provides).where(c.plan_id == plan_id)).all())
    rows = {
        id: {
            "connector": entry.connector,
            "kind": facts[id].kind,
            "is_active": True,
            "is_simulated": entry.simulated,
            # What a file provides is only learnt by reading it, and is kept from then on.
            "provides": " ".join(sorted(facts[id].provides)) if facts[id].provides else known.get(id, ""),
        }
        for id, entry in loaded.sources.items()
    }
    if any(action.costs for action in loaded.plan.actions.values()):
        of_costs = {"connector": "", "kind": SourceKind.FILE, "is_active": True, "is_simulated": False}
        rows[COSTS] = {**of_costs, "provides": Measure.SPEND}
    if fresh := {id: row for id, row in rows.items() if id not in known}:
        of_all = {"plan_id": plan_id, "state": SourceState.NEVER}
        connection.execute(insert(t.source), [{**row, **of_all, "source": id} for id, row in fresh.items()])
    if changed := {id: row for id, row in rows.items() if id in known}:
        place = (c.plan_id == plan_id, c.source == bindparam("of"))
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in next(iter(changed.values()))}
        parameters = [{"of": id} | {f"new_{name}": value for name, value in row.items()} for id, row in changed.items()]
        connection.execute(update(t.source).where(*place).values(**values), parameters)


@dataclass(frozen=True, slots=True)
class _ScopeOwner:
    """What a scope is of."""

    scope: Scope
    ref: str
    name: str
    owner: Action | Objective | SharedBudget | None = None  #: None for the plan as a whole

    @property
    def key(self) -> ScopeKey:
        return self.scope, self.ref

    @property
    def is_of_plan(self) -> bool:
        """Whether its figures are the whole plan's."""
        return isinstance(self.owner, Objective) and not self.owner.tracked_by

    def row(self, plan: Plan) -> dict[str, Any]:
        action = self.owner if isinstance(self.owner, Action) else None
        life = plan.life_of(action) if action else plan.life
        person = (self.owner.responsible if self.owner else None) or plan.lead_id
        return {
            "name": self.name,
            "is_active": True,
            "kind": action.kind if action else "",
            "techniques": " ".join(action.techniques) if action else "",
            "objectives": " ".join(action.objectives) if action else "",
            "responsible": person or "",
            "email": plan.people[person].email if person else "",
            "starts": life.start,
            "ends": life.end,
        }


def _scope_owners(loaded: LoadedPlan) -> list[_ScopeOwner]:
    plan = loaded.plan
    return [
        _ScopeOwner(Scope.PLAN, loaded.id, plan.plan),
        _ScopeOwner(Scope.UNATTRIBUTED, loaded.id, plan.plan),
        *(_ScopeOwner(Scope.OBJECTIVE, id, aim.name, aim) for id, aim in plan.objectives.items()),
        *(_ScopeOwner(Scope.BUDGET, id, shared.name, shared) for id, shared in plan.budgets.items()),
        *(_ScopeOwner(Scope.ACTION, id, action.name, action) for id, action in plan.actions.items()),
    ]


def _put_scopes(connection: Connection, plan_id: int, loaded: LoadedPlan) -> dict[str, int]:
    """Every scope of the plan; gives the ids of the actions."""
    c, owners = t.scope.c, _scope_owners(loaded)
    connection.execute(update(t.scope).where(c.plan_id == plan_id).values(is_active=False))
    ids = _scope_ids(connection, plan_id)
    if fresh := [owner for owner in owners if owner.key not in ids]:
        rows = [
            {**owner.row(loaded.plan), "plan_id": plan_id, "scope": owner.scope, "ref": owner.ref} for owner in fresh
        ]
        connection.execute(insert(t.scope), rows)
        ids = _scope_ids(connection, plan_id)
    whole = ids[Scope.PLAN, loaded.id]
    parameters = [
        {"of": ids[owner.key], "new_figures_id": whole if owner.is_of_plan else ids[owner.key]}
        | {f"new_{name}": value for name, value in owner.row(loaded.plan).items()}
        for owner in owners
    ]
    values: dict[str, Any] = {name.removeprefix("new_"): bindparam(name) for name in parameters[0] if name != "of"}
    connection.execute(update(t.scope).where(c.id == bindparam("of")).values(**values), parameters)
    return {id: ids[Scope.ACTION, id] for id in loaded.plan.actions}


def _scope_ids(connection: Connection, plan_id: int) -> dict[ScopeKey, int]:
    s = t.scope.c
    rows = connection.execute(select(s.scope, s.ref, s.id).where(s.plan_id == plan_id))
    return {(row.scope, row.ref): row.id for row in rows}


def _put_occurrences(connection: Connection, loaded: LoadedPlan, scopes: Mapping[str, int]) -> None:
    connection.execute(delete(t.occurrence).where(t.occurrence.c.scope_id.in_(list(scopes.values()))))
    rows = [
        {"scope_id": scopes[id], "period_start": occurrence.start, "period_end": occurrence.end}
        for id, action in loaded.plan.actions.items()
        for occurrence in loaded.plan.occurrences_of(action)
    ]
    if rows:
        connection.execute(insert(t.occurrence), rows)


def _put_kpis(connection: Connection, plan_id: int, loaded: LoadedPlan) -> None:
    ids = select(t.kpi.c.id).where(t.kpi.c.plan_id == plan_id)
    connection.execute(delete(t.kpi_measure).where(t.kpi_measure.c.kpi_id.in_(ids)))
    connection.execute(delete(t.kpi).where(t.kpi.c.plan_id == plan_id))
    rows = [
        {
            "plan_id": plan_id,
            "kpi": id,
            "position": position,
            "formula": "",  # chosen when it is known what the sources provide
            "unit": kpi.unit,
            "by": kpi.by or "",
            "is_share": kpi.share,
        }
        for position, (id, kpi) in enumerate(kpis_of(loaded.plan, loaded.declared).items())
    ]
    connection.execute(insert(t.kpi), rows)


def _put_costs(connection: Connection, plan_id: int, loaded: LoadedPlan) -> None:
    """File the plan's paid costs as readings of the source ``costs``, one origin for each action."""
    c = t.source.c
    source_id = connection.execute(select(c.id).where(c.plan_id == plan_id, c.source == COSTS)).scalar()
    if source_id is None:
        return
    connection.execute(delete(t.reading).where(t.reading.c.source_id == source_id))
    spent = {id: paid for id, action in loaded.plan.actions.items() if (paid := _paid(action))}
    origins = [cost_origin(id, loaded.plan.currency) for id in spent]
    rows = [
        {"source_id": source_id, "origin_id": origin_id, "day": day, Measure.SPEND.value: amount}
        for origin_id, paid in zip(origin_ids(connection, source_id, origins), spent.values(), strict=True)
        for day, amount in paid.items()
    ]
    if rows:
        connection.execute(insert(t.reading), rows)


def _paid(action: Action) -> dict[date, int]:
    """The costs of an action that count as paid, by day, in millionths; one without a state is, from its day on."""
    spent: dict[date, int] = {}
    for cost in action.costs:
        if cost.state in (None, CostState.PAID):
            spent[cost.on] = spent.get(cost.on, 0) + int(cost.amount * MILLION)
    return spent


def cost_origin(action: str, currency: str) -> Origin:
    """Where an action's own costs are filed: its id stands as the campaign's, which no tracking is tried on."""
    return Origin(campaign_id=action, currency=currency)

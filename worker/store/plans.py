"""The plan as the tables know it: its scopes, KPIs, occurrences, sources and costs, kept as the files say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from config.catalogue import kpis_of
from config.formula import MARGIN, Formula
from config.loading.loaded import LoadedPlan
from config.plan import Action, CostState, Objective, SharedBudget
from config.sources import COSTS
from config.vocabulary import Measure, Scope, SourceKind
from connectors.base import Origin
from worker.model.readings import MILLION
from worker.model.records import StoredPlan
from worker.model.tracking import SourceFacts
from worker.store import schema as t
from worker.store.readings import origin_ids


def stored_plan(connection: Connection, plan: str) -> StoredPlan | None:
    """The plan's row, or None where it was never synchronised."""
    columns = (
        t.plan.c.id,
        t.plan.c.plan,
        t.plan.c.digest,
        t.plan.c.attributed,
        t.plan.c.until,
        t.plan.c.computed_at,
        t.plan.c.told,
        t.plan.c.judged_on,
    )
    row = connection.execute(select(*columns).where(t.plan.c.plan == plan)).one_or_none()
    return StoredPlan(*row) if row else None


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


def is_version_in_force(connection: Connection, stored: StoredPlan, loaded: LoadedPlan) -> bool:
    """Whether the newest version on record is what the files say."""
    version = t.plan_version.c
    newest = select(version.digest).where(version.plan_id == stored.id).order_by(version.id.desc()).limit(1)
    return connection.execute(newest).scalar() == loaded.digest


def note_notified(connection: Connection, plan_id: int, basis: str, today: date) -> None:
    """Note what the flags and messages written in this transaction rest on, and up to which day they were looked at."""
    values = {"told": basis, "judged_on": today}
    connection.execute(update(t.plan).where(t.plan.c.id == plan_id).values(**values))


def ids_of(connection: Connection, plans: Sequence[str]) -> list[int]:
    """The ids of some plans, of those on record."""
    return list(connection.execute(select(t.plan.c.id).where(t.plan.c.plan.in_(plans))).scalars())


def last_version(connection: Connection, plan: str) -> tuple[str, str] | None:
    """The texts of the plan's last version that held together, for when the files no longer do."""
    statement = (
        select(t.plan_version.c.plan_text, t.plan_version.c.sources_text)
        .join(t.plan)
        .where(t.plan.c.plan == plan)
        .order_by(t.plan_version.c.id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class Version:
    """A plan's files as they stood when they held together, and when that was first seen."""

    digest: str
    plan_text: str
    sources_text: str
    seen_at: datetime


def versions(connection: Connection, plan: str) -> list[Version]:
    """Every version of a plan on record, the oldest first; none where it was never synchronised."""
    c = t.plan_version.c
    statement = select(c.digest, c.plan_text, c.sources_text, c.seen_at).join(t.plan)
    return [Version(*row) for row in connection.execute(statement.where(t.plan.c.plan == plan).order_by(c.id))]


def _put_sources(connection: Connection, plan_id: int, loaded: LoadedPlan, facts: Mapping[str, SourceFacts]) -> None:
    connection.execute(update(t.source).where(t.source.c.plan_id == plan_id).values(is_active=False))
    for id, entry in loaded.sources.items():
        known = connection.execute(select(t.source.c.provides).where(_is_source(plan_id, id))).scalar()
        values = {
            "connector": entry.connector,
            "kind": facts[id].kind,
            "is_active": True,
            "is_simulated": entry.simulated,
            # What a file provides is only learnt by reading it, and is kept from then on.
            "provides": " ".join(sorted(facts[id].provides)) if facts[id].provides else known or "",
        }
        _put_source(connection, plan_id, id, values)
    if any(action.costs for action in loaded.plan.actions.values()):
        values = {"connector": "", "kind": SourceKind.FILE, "is_active": True, "is_simulated": False}
        _put_source(connection, plan_id, COSTS, {**values, "provides": Measure.SPEND})


def _put_source(connection: Connection, plan_id: int, id: str, values: dict[str, Any]) -> None:
    is_new = connection.execute(select(t.source.c.id).where(_is_source(plan_id, id))).scalar() is None
    state = {"state": "never"} if is_new else {}
    _put(connection, t.source, {"plan_id": plan_id, "source": id}, {**values, **state})


def _is_source(plan_id: int, id: str) -> Any:
    return (t.source.c.plan_id == plan_id) & (t.source.c.source == id)


def _put_scopes(connection: Connection, plan_id: int, loaded: LoadedPlan) -> dict[str, int]:
    """Every scope of the plan; gives the ids of the actions."""
    connection.execute(update(t.scope).where(t.scope.c.plan_id == plan_id).values(is_active=False))
    whole = _put_scope(connection, plan_id, loaded, Scope.PLAN, loaded.id, loaded.plan.plan, None)
    _put_scope(connection, plan_id, loaded, Scope.UNATTRIBUTED, loaded.id, loaded.plan.plan, None)
    for id, objective in loaded.plan.objectives.items():
        figures = None if objective.tracked_by else whole
        _put_scope(connection, plan_id, loaded, Scope.OBJECTIVE, id, objective.name, objective, figures)
    for id, shared in loaded.plan.budgets.items():
        _put_scope(connection, plan_id, loaded, Scope.BUDGET, id, shared.name, shared)
    actions = loaded.plan.actions.items()
    return {
        id: _put_scope(connection, plan_id, loaded, Scope.ACTION, id, action.name, action) for id, action in actions
    }


def _put_scope(
    connection: Connection,
    plan_id: int,
    loaded: LoadedPlan,
    kind: str,
    ref: str,
    name: str,
    owner: Action | Objective | SharedBudget | None,
    figures_id: int | None = None,
) -> int:
    plan = loaded.plan
    action = owner if isinstance(owner, Action) else None
    life = plan.life_of(action) if action else plan.life
    person = (owner.responsible if owner else None) or plan.lead_id
    values = {
        "name": name,
        "is_active": True,
        "kind": action.kind if action else "",
        "techniques": " ".join(action.techniques) if action else "",
        "objectives": " ".join(action.objectives) if action else "",
        "responsible": person or "",
        "email": plan.people[person].email if person else "",
        "starts": life.start,
        "ends": life.end,
    }
    scope_id = _put(connection, t.scope, {"plan_id": plan_id, "scope": kind, "ref": ref}, values)
    figures = update(t.scope).where(t.scope.c.id == scope_id).values(figures_id=figures_id or scope_id)
    connection.execute(figures)
    return scope_id


def _put_occurrences(connection: Connection, loaded: LoadedPlan, scopes: Mapping[str, int]) -> None:
    connection.execute(delete(t.occurrence).where(t.occurrence.c.scope_id.in_(list(scopes.values()))))
    rows = [
        {"scope_id": scopes[id], "period_start": turn.start, "period_end": turn.end}
        for id, action in loaded.plan.actions.items()
        for turn in loaded.plan.occurrences_of(action)
    ]
    if rows:
        connection.execute(insert(t.occurrence), rows)


def _put_kpis(connection: Connection, plan_id: int, loaded: LoadedPlan) -> None:
    ids = select(t.kpi.c.id).where(t.kpi.c.plan_id == plan_id)
    connection.execute(delete(t.kpi_measure).where(t.kpi_measure.c.kpi_id.in_(ids)))
    connection.execute(delete(t.kpi).where(t.kpi.c.plan_id == plan_id))
    for position, (id, kpi) in enumerate(kpis_of(loaded.plan, loaded.declared).items()):
        row = {
            "plan_id": plan_id,
            "kpi": id,
            "position": position,
            "formula": "",  # chosen when it is known what the sources provide
            "unit": kpi.unit,
            "by": kpi.by or "",
            "is_share": kpi.share,
        }
        connection.execute(insert(t.kpi).values(**row))


def put_formulas(connection: Connection, plan_id: int, chosen: Mapping[str, Formula]) -> None:
    """Write down the formulas newly chosen for some KPIs, and the measures that they are made of."""
    k, m = t.kpi.c, t.kpi_measure
    ids = dict(connection.execute(select(k.kpi, k.id).where(k.plan_id == plan_id, k.kpi.in_(chosen))).all())
    of_one = update(t.kpi).where(k.id == bindparam("kpi_id")).values(formula=bindparam("text"))
    connection.execute(of_one, [{"kpi_id": ids[kpi], "text": formula.text} for kpi, formula in chosen.items()])
    connection.execute(delete(m).where(m.c.kpi_id.in_(list(ids.values()))))
    measures = [
        {"kpi_id": ids[kpi], "measure": measure}
        for kpi, formula in chosen.items()
        for measure in sorted(formula.names - {MARGIN})
    ]
    if measures:
        connection.execute(insert(m), measures)


def _put_costs(connection: Connection, plan_id: int, loaded: LoadedPlan) -> None:
    """File the plan's paid costs as readings of the source ``costs``, one origin for each action."""
    source_id = connection.execute(select(t.source.c.id).where(_is_source(plan_id, COSTS))).scalar()
    if source_id is None:
        return
    connection.execute(delete(t.reading).where(t.reading.c.source_id == source_id))
    for id, action in loaded.plan.actions.items():
        spent: dict[date, int] = {}
        for cost in action.costs:
            if cost.state in (None, CostState.PAID):  # without a state it is paid from its day on
                spent[cost.on] = spent.get(cost.on, 0) + int(cost.amount * MILLION)
        if spent:
            origin_id = origin_ids(connection, source_id, [cost_origin(id, loaded.plan.currency)])[0]
            rows = [
                {
                    "source_id": source_id,
                    "origin_id": origin_id,
                    "day": day,
                    Measure.SPEND.value: amount,
                }
                for day, amount in spent.items()
            ]
            connection.execute(insert(t.reading), rows)


def cost_origin(action: str, currency: str) -> Origin:
    """Where an action's own costs are filed: its id stands as the campaign's, which no tracking is tried on."""
    return Origin(campaign_id=action, currency=currency)

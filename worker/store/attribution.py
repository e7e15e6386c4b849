"""Which scopes each origin belongs to, as rows; and which dimensions each source carries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, case, delete, func, insert, select, update

from config.sources import COSTS
from config.vocabulary import NOT_A_VALUE, Dimension
from connectors.base import Origin
from worker.model.context import ScopeKey
from worker.model.labels import SoughtLabel, UnseenLabel
from worker.store import schema as t


def unattributed_origins(connection: Connection, plan_id: int) -> list[tuple[int, str, Origin]]:
    """The plan's origins that no scope knows yet: id, source, labels."""
    labels = [t.origin.c[name] for name in Origin._fields]
    statement = (
        select(t.origin.c.id, t.source.c.source, *labels)
        .join(t.source, t.source.c.id == t.origin.c.source_id)
        .outerjoin(t.origin_scope, t.origin_scope.c.origin_id == t.origin.c.id)
        .where(
            t.source.c.plan_id == plan_id,
            t.source.c.is_active,
            t.origin_scope.c.origin_id.is_(None),
        )
    )
    return [(id, source, Origin._make(values)) for id, source, *values in connection.execute(statement)]


def labelled_origins(connection: Connection, plan_id: int) -> list[tuple[int, Origin]]:
    """Every origin that the plan's sources have stored, with its id; the plan's own costs have none."""
    statement = (
        select(t.origin.c.id, *(t.origin.c[name] for name in Origin._fields))
        .join(t.source, t.source.c.id == t.origin.c.source_id)
        .where(t.source.c.plan_id == plan_id, t.source.c.is_active, t.source.c.source != COSTS)
    )
    return [(id, Origin._make(values)) for id, *values in connection.execute(statement)]


def forget(connection: Connection, plan_id: int) -> None:
    """Drop a plan's attribution whole, to be made anew."""
    scopes = select(t.scope.c.id).where(t.scope.c.plan_id == plan_id)
    connection.execute(delete(t.origin_scope).where(t.origin_scope.c.scope_id.in_(scopes)))


def attach(connection: Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Write down that origins (first) belong to scopes (second)."""
    rows = [{"origin_id": origin_id, "scope_id": scope_id} for origin_id, scope_id in pairs]
    if rows:
        connection.execute(insert(t.origin_scope), rows)


def carried_dimensions(connection: Connection, plan_id: int) -> dict[str, frozenset[Dimension]]:
    """For each source, the dimensions that some origin of it has a value of."""
    has_value = [
        func.max(case((t.origin.c[dimension.value].not_in(NOT_A_VALUE), 1), else_=0)) for dimension in Dimension
    ]
    statement = (
        select(t.source.c.source, *has_value)
        .join(t.origin, t.origin.c.source_id == t.source.c.id)
        .where(t.source.c.plan_id == plan_id, t.source.c.is_active)
        .group_by(t.source.c.source)
    )
    return {
        source: frozenset(dimension for dimension, has in zip(Dimension, found, strict=True) if has)
        for source, *found in connection.execute(statement)
    }


def reported_scopes(connection: Connection, scopes: Collection[int], sources: Collection[int]) -> frozenset[int]:
    """Those of some scopes to which an origin of one of the sources belongs."""
    if not (scopes and sources):
        return frozenset()
    c = t.origin_scope.c
    statement = (
        select(c.scope_id)
        .join(t.origin, t.origin.c.id == c.origin_id)
        .where(c.scope_id.in_(sorted(scopes)), t.origin.c.source_id.in_(sorted(sources)))
    )
    return frozenset(connection.execute(statement.distinct()).scalars())


def put_unobservable(
    connection: Connection, scopes: Sequence[int], unobservable: Mapping[int, Mapping[str, bool]]
) -> None:
    """Replace what is on record about the measures that scopes cannot see, and whether for labels never seen."""
    connection.execute(delete(t.unobservable).where(t.unobservable.c.scope_id.in_(scopes)))
    rows = [
        {"scope_id": scope_id, "measure": measure, "is_unseen": is_unseen}
        for scope_id, found in unobservable.items()
        for measure, is_unseen in found.items()
    ]
    if rows:
        connection.execute(insert(t.unobservable), rows)


def unobservable_measures(
    connection: Connection, plan_id: int
) -> tuple[Mapping[ScopeKey, frozenset[str]], Mapping[ScopeKey, frozenset[str]]]:
    """(scope, id) -> the measures that no source can show for it; and those of them whose labels were never seen."""
    statement = (
        select(t.scope.c.scope, t.scope.c.ref, t.unobservable.c.measure, t.unobservable.c.is_unseen)
        .join(t.unobservable, t.unobservable.c.scope_id == t.scope.c.figures_id)
        .where(t.scope.c.plan_id == plan_id)
    )
    found: dict[ScopeKey, dict[str, bool]] = defaultdict(dict)
    for scope, ref, measure, is_unseen in connection.execute(statement):
        found[scope, ref][measure] = is_unseen
    unseen = {key: frozenset(name for name, is_unseen in of.items() if is_unseen) for key, of in found.items()}
    return {key: frozenset(of) for key, of in found.items()}, unseen


def put_unseen_labels(connection: Connection, plan_id: int, unseen: Iterable[UnseenLabel]) -> None:
    """Replace what is on record of the labels that the plan looks for and nothing has ever carried."""
    connection.execute(delete(t.unseen_label).where(t.unseen_label.c.plan_id == plan_id))
    rows = [{"plan_id": plan_id, "label": one.label.key, "nearest": one.nearest} for one in unseen]
    if rows:
        connection.execute(insert(t.unseen_label), rows)


def unseen_labels(connection: Connection, plan_id: int) -> dict[str, UnseenLabel]:
    """The labels that the plan looks for and nothing has ever carried, by their keys."""
    u = t.unseen_label.c
    rows = connection.execute(select(u.label, u.nearest).where(u.plan_id == plan_id))
    return {key: UnseenLabel(SoughtLabel.of_key(key), nearest) for key, nearest in rows}


def set_attributed(connection: Connection, plan_id: int, digest: str) -> None:
    """Note by which rules the plan's origins are attributed."""
    connection.execute(update(t.plan).where(t.plan.c.id == plan_id).values(attributed=digest))

"""What a source once told of its ids: a sale keeps its coupon though the shop has deleted it since."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from worker.store import schema as t
from worker.store.engine import dialect_insert

AT_ONCE = 500  # in one statement


def remember(
    connection: Connection, source_id: int, kind: str, known: Mapping[str, str], asked: Sequence[str]
) -> dict[str, str]:
    """Keep what is known now; gives what is, or once was, known of the ids asked for."""
    if known:
        rows = [{"source_id": source_id, "kind": kind, "item": id, "name": name} for id, name in sorted(known.items())]
        statement = dialect_insert(connection, t.known_name)
        newest = {"name": statement.excluded.name}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["source_id", "kind", "item"], set_=newest), rows
        )
    c, found = t.known_name.c, dict(known)
    left = [id for id in asked if id not in found]
    for start in range(0, len(left), AT_ONCE):
        of_these = (c.source_id == source_id, c.kind == kind, c.item.in_(left[start : start + AT_ONCE]))
        found |= dict(connection.execute(select(c.item, c.name).where(*of_these)).all())
    return {id: found[id] for id in asked if id in found}

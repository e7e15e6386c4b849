"""Which orders, refunds and the like the figures of a day hold: a day that one of them leaves is read again."""

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b

from sqlalchemy import Connection, delete, insert, select

from worker.model.readings import DayFigures
from worker.store import schema as t
from worker.store.readings import Collection, unsettle

AT_ONCE = 500  # in one statement


def remember(connection: Connection, by: Collection, days: Sequence[DayFigures]) -> set[date]:
    """Put what some days hold now in the place of what they held; gives the other days that lost some of it.

    Those are no longer settled, so that they are read again even if this reading breaks off.
    """
    fresh = {_item(key): day.day for day in days for key in day.counted}
    if not fresh and not by.remembers:
        return set()
    c = t.counted.c
    window = {day.day for day in days}
    elsewhere: dict[int, date] = {}
    items = sorted(fresh)
    for start in range(0, len(items), AT_ONCE):
        known = select(c.item, c.day).where(c.source_id == by.source_id, c.item.in_(items[start : start + AT_ONCE]))
        elsewhere |= {item: day for item, day in connection.execute(known) if day not in window}
        gone = delete(t.counted).where(c.source_id == by.source_id, c.item.in_(items[start : start + AT_ONCE]))
        connection.execute(gone)
    connection.execute(delete(t.counted).where(c.source_id == by.source_id, c.day.in_(sorted(window))))
    if fresh:
        rows = [{"source_id": by.source_id, "item": item, "day": day} for item, day in sorted(fresh.items())]
        connection.execute(insert(t.counted), rows)
    left = set(elsewhere.values())
    if left:
        unsettle(connection, by.source_id, left)
    return left


def _item(key: str) -> int:
    """64 bits of a hash: of a hundred million items in one shop, one in two thousand shops mistakes two."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big", signed=True)

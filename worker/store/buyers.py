"""Who bought on which day, by pseudonym: how many of them never bought before is counted here.

An order that is cancelled, or found later, makes another one its buyer's first: the days of both are counted anew.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from secrets import token_hex
from typing import TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from config.vocabulary import Measure
from connectors.base import Origin
from worker.model.readings import MILLION, DayFigures
from worker.store import schema as t
from worker.store.engine import dialect_insert

T = TypeVar("T")

_p = t.purchase.c
AT_ONCE = 500  # in one statement
NOWHERE = 0  # the origin of an order that no action can have

First = dict[str, tuple[date, int]]  # buyer -> day and origin of the first order known


def key(connection: Connection) -> bytes:
    """The key that pseudonyms are made with: made up once for each database, and kept in it."""
    stored = select(t.meta.c.value).where(t.meta.c.name == "pseudonyms")
    if connection.execute(stored).scalar() is None:
        fresh = {"name": "pseudonyms", "value": token_hex(32)}
        connection.execute(
            dialect_insert(connection, t.meta).values(fresh).on_conflict_do_nothing()
        )  # two sources may begin at once
    return bytes.fromhex(connection.execute(stored).scalar_one())


def count_new(
    connection: Connection, source_id: int, days: Sequence[DayFigures], ids: Mapping[Origin, int]
) -> set[date]:
    """Put the buyers of some days in the place of those on record, and count the new customers of these days.

    Gives the other days whose count changed with it; their readings are put right.
    """
    window = [day.day for day in days]
    fresh = {(buyer, day.day): ids[origin] for day in days for buyer, origin in day.buyers.items()}
    stored = {(buyer, day): origin_id for buyer, day, origin_id in _within(connection, source_id, window)}
    elsewhere = _first(connection, source_id, {buyer for buyer, _ in fresh.keys() | stored.keys()}, window)
    if fresh != stored:
        _replace(connection, source_id, window, fresh)
    before, after = _with(elsewhere, stored), _with(elsewhere, fresh)
    for day in days:
        _count(day, after)
    return _move(connection, source_id, set(window), before, after)


def note(connection: Connection, source_id: int, days: Sequence[DayFigures]) -> None:
    """Write down who bought on days before the plan's first one, wherever they came from."""
    fresh = {(buyer, day.day): NOWHERE for day in days for buyer in day.buyers}
    _replace(connection, source_id, [day.day for day in days], fresh)


def _count(day: DayFigures, first: First) -> None:
    new = Counter(origin for buyer, origin in day.buyers.items() if first[buyer][0] == day.day)
    for origin, count in new.items():
        amounts = day.rows[origin]
        amounts[Measure.NEW_CUSTOMERS] = (amounts.get(Measure.NEW_CUSTOMERS) or 0) + count * MILLION


def _move(connection: Connection, source_id: int, window: set[date], before: First, after: First) -> set[date]:
    """Take a new customer from the day that was the first and is not any more, and give it to the one that is."""
    moves: Counter[tuple[date, int]] = Counter()
    for buyer in before.keys() | after.keys():
        was, now = before.get(buyer), after.get(buyer)
        if was != now:
            moves.update([now] if now and now[0] not in window else [])
            moves.subtract([was] if was and was[0] not in window else [])
    c = t.reading.c
    for (day, origin_id), count in moves.items():
        if count:
            row = c.source_id == source_id, c.day == day, c.origin_id == origin_id
            known = func.coalesce(c[Measure.NEW_CUSTOMERS.value], 0)
            connection.execute(update(t.reading).where(*row).values(new_customers=known + count * MILLION))
    return {day for (day, _), count in moves.items() if count}


def _within(connection: Connection, source_id: int, days: Sequence[date]) -> Iterator[tuple[str, date, int]]:
    for part in _parts(days):
        statement = select(_p.buyer, _p.day, _p.origin_id).where(_p.source_id == source_id, _p.day.in_(part))
        yield from ((row.buyer, row.day, row.origin_id) for row in connection.execute(statement))


def _first(connection: Connection, source_id: int, buyers: Collection[str], window: Sequence[date]) -> First:
    """The first order of each buyer on a day outside a window."""
    first: First = {}
    outside = _p.day.not_in(window)
    for part in _parts(sorted(buyers)):  # in no order: to have one, SQLite would go through the whole table
        statement = select(_p.buyer, _p.day, _p.origin_id).where(_p.source_id == source_id, _p.buyer.in_(part), outside)
        first = _with(first, {(buyer, day): origin_id for buyer, day, origin_id in connection.execute(statement)})
    return first


def _with(elsewhere: First, bought: Mapping[tuple[str, date], int]) -> First:
    """The first order of each buyer, given those of some days too."""
    first = dict(elsewhere)
    for (buyer, day), origin_id in bought.items():
        if buyer not in first or day < first[buyer][0]:
            first[buyer] = day, origin_id
    return first


def _replace(
    connection: Connection, source_id: int, days: Sequence[date], fresh: Mapping[tuple[str, date], int]
) -> None:
    for part in _parts(days):
        connection.execute(delete(t.purchase).where(_p.source_id == source_id, _p.day.in_(part)))
    if fresh:
        rows = [
            {"source_id": source_id, "buyer": buyer, "day": day, "origin_id": origin_id}
            for (buyer, day), origin_id in fresh.items()
        ]
        connection.execute(insert(t.purchase), rows)


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))

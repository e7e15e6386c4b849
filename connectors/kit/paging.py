"""Pages of a long answer, one after the other, until there is none: never round in a circle, and nothing between."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from config.errors import SourceMisread, SourceUnavailable

T = TypeVar("T")

REMEMBERED = 20  # pages whose rows are known again when a list shrinks by more than a page
MOST_BACK = 50  # steps back one after the other: what shrinks for longer is asked for another time
MOST_ALIKE = 3  # full pages one after the other that bring the same rows: a list does not grow so fast


def pages(
    source: str, first: T, fetch: Callable[[T], tuple[list[Any], T | None]], *, most: int = 10_000
) -> Iterator[list[Any]]:
    """The items of each page; ``fetch`` takes a cursor and gives the items and the next cursor, or None.

    Raises SourceMisread where a cursor or a full page comes back a second time, or there is no end to them.
    """
    cursor: T | None = first
    seen_cursors: set[str] = set()
    seen_pages: set[bytes] = set()
    while cursor is not None:
        if repr(cursor) in seen_cursors or len(seen_cursors) >= most:
            raise SourceMisread(f"{source}: its pages go round in a circle, or never end")
        seen_cursors.add(repr(cursor))
        items, cursor = fetch(cursor)
        print_of_page = _print_of(items)
        if items and print_of_page in seen_pages:
            raise SourceMisread(f"{source}: gave the same page twice")
        seen_pages.add(print_of_page)
        yield items


def overlapping(
    source: str, size: int, fetch: Callable[[int], list[T]], key: Callable[[T], str], *, most: int = 10_000
) -> Iterator[list[T]]:
    """The rows of a list asked for by place, each once, though the list shrinks or grows while it is read.

    A row that is taken out moves those behind it forward, past the page that is asked for next: so each page begins
    with the last row of the page before, and where it does not, it is asked for further ahead. ``fetch`` gives at most
    ``size`` (two or more) rows from a place on, in an order that keeps; fewer are the end. ``key`` tells a row from
    every other. Raises SourceMisread where there is no end, SourceUnavailable where the list never keeps still.
    """
    known: deque[str] = deque(maxlen=size * REMEMBERED)
    place = backwards = alike = 0
    keys: list[str] = []
    for _ in range(most):
        rows, before = fetch(place), keys
        keys = [key(row) for row in rows]
        alike = alike + 1 if keys == before else 0
        if alike == MOST_ALIKE and len(rows) == size:
            raise SourceMisread(f"{source}: gave the same page again and again")
        seen = set(known)
        last = max((number for number, one in enumerate(keys) if one in seen), default=None)
        if known and last is None and (place > 0 or len(known) == known.maxlen):  # it moved ahead of here, or is gone
            backwards += 1
            if backwards > MOST_BACK or place == 0:
                raise SourceUnavailable(f"{source}: its list changes faster than it can be read")
            place = max(0, place - min(size - 1, max(1, size // 4) << backwards - 1))  # little is lost as a rule
            continue
        fresh = rows if last is None else rows[last + 1 :]
        known.extend(keys if last is None else keys[last + 1 :])
        if fresh:
            backwards = 0
            yield fresh
        if len(rows) < size:
            return
        place += size - 1
    raise SourceMisread(f"{source}: its list never ends")


def _print_of(items: list[Any]) -> bytes:
    """What tells a page from every other: how long it is, its first item, its last and one between."""
    some = [len(items), *(items[place] for place in {0, len(items) // 2, len(items) - 1} if items)]
    return hashlib.sha256(json.dumps(some, sort_keys=True, default=str).encode()).digest()

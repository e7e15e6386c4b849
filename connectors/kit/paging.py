"""Pages of a long answer, one after the other, until there is none: and never round in a circle."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from config.errors import SourceMisread

T = TypeVar("T")


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


def _print_of(items: list[Any]) -> bytes:
    """What tells a page from every other: how long it is, its first item, its last and one between."""
    some = [len(items), *(items[place] for place in {0, len(items) // 2, len(items) - 1} if items)]
    return hashlib.sha256(json.dumps(some, sort_keys=True, default=str).encode()).digest()

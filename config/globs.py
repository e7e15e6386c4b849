"""Tracking patterns: globs with ``*`` and ``?``, ignoring case and surrounding space. Pure."""

import fnmatch
import re
import unicodedata
from functools import lru_cache


def normal(text: str) -> str:
    """The form in which a value and a pattern are compared."""
    return unicodedata.normalize("NFC", text).strip().casefold()


@lru_cache(maxsize=10_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    # fnmatch's stars are atomic: many of them cannot make a match take for ever. Brackets are plain text here.
    return re.compile(fnmatch.translate(normal(pattern).replace("[", "[[]")))


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value fits the pattern; ``value`` is already ``normal``."""
    return _compiled(pattern).match(value) is not None


def is_literal(pattern: str) -> bool:
    """Whether the pattern fits one value only."""
    return "*" not in pattern and "?" not in pattern


def can_meet(one: str, other: str) -> bool:
    """Whether some value fits both patterns."""
    one, other = normal(one), normal(other)
    reachable = {0}  # how far into ``other`` one can be, after each character of ``one``
    reachable = _skip_stars(reachable, other)
    for character in one:
        if character == "*":
            reachable = set(range(min(reachable), len(other) + 1)) if reachable else set()
        else:
            reachable = {
                place if other[place] == "*" else place + 1
                for place in reachable
                if place < len(other) and (other[place] in ("*", "?", character) or character == "?")
            }
        reachable = _skip_stars(reachable, other)
    return len(other) in reachable


def _skip_stars(places: set[int], pattern: str) -> set[int]:
    found = set(places)
    for start in places:
        end = start
        while end < len(pattern) and pattern[end] == "*":
            end += 1
            found.add(end)
    return found

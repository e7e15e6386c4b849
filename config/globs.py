"""Tracking patterns: globs with ``*`` and ``?``, ignoring case and surrounding space. Pure."""

import fnmatch
import re
import unicodedata
from functools import lru_cache

# What sources' texts are freed of when they come in: a pattern pasted with one of them would never match.
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def normal(text: str) -> str:
    """The form in which a value and a pattern are compared."""
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split()).casefold()


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
    if "*" in one and "*" in other:  # whatever lies between, the stars of one take in what the other asks
        return _fit(one.partition("*")[0], other.partition("*")[0]) and _fit(
            one.rpartition("*")[2][::-1], other.rpartition("*")[2][::-1]
        )
    fixed, pattern = (other, one) if "*" in one else (one, other)
    head, *parts = pattern.split("*")
    if not parts:
        return len(fixed) == len(head) and _fit(fixed, head)
    tail = parts.pop()
    if len(fixed) < len(head) + len(tail) or not (_fit(fixed, head) and _fit(fixed[::-1], tail[::-1])):
        return False
    return _holds(fixed[len(head) : len(fixed) - len(tail)], parts)


def _fit(one: str, other: str) -> bool:
    """Whether the two agree as far as the shorter goes, ``?`` being any character."""
    return all(a == b or "?" in (a, b) for a, b in zip(one, other, strict=False))


def _holds(text: str, parts: list[str]) -> bool:
    """Whether the parts stand in the text one behind the other, with anything between them."""
    for part in parts:
        places = range(len(text) - len(part) + 1)
        found = next((place for place in places if _fit(text[place:], part)), None)
        if found is None:
            return False
        text = text[found + len(part) :]
    return True

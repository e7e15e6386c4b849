"""PURE. Labels that nearly match what an action is tracked by: misspelt, cut short, written otherwise, lengthened."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.globs import matches, normal
from config.plan import Rule
from config.vocabulary import NOT_A_VALUE, Dimension

SHORTEST = 5  #: letters and digits below which two labels are alike by accident
LONG = 8  #: from which two letters may be wrong
FURTHEST = 9  #: no match


@dataclass(frozen=True, slots=True)
class Likeness:
    """The action whose tracking a label nearly matches, and the pattern it misses."""

    action: str
    pattern: str


def nearly(dimension: Dimension, value: str, tracked: Mapping[str, tuple[Rule, ...]]) -> Likeness | None:
    """The action that a label was most likely meant for; None where none is near, or several are as near."""
    if normal(value) in NOT_A_VALUE or set(value) & set("*?|"):
        return None
    patterns = [(id, pattern) for id, rules in tracked.items() for pattern in _patterns(rules, dimension)]
    if any(matches(pattern, normal(value)) for _, pattern in patterns):
        return None
    near = sorted((gap, id, pattern) for id, pattern in patterns if (gap := distance(pattern, value)) < FURTHEST)
    if not near or len({id for gap, id, _ in near if gap == near[0][0]}) > 1:
        return None
    return Likeness(near[0][1], near[0][2])


def _patterns(rules: tuple[Rule, ...], dimension: Dimension) -> Iterator[str]:
    """The patterns that decide alone: where others must match as well, a line more would not say the same."""
    for rule in rules:
        if rule.patterns.keys() == {dimension}:
            yield from rule.patterns[dimension]


def distance(pattern: str, value: str) -> int:
    """How far a label is from a pattern: 0 where only case, accents or separators differ; ``FURTHEST``: unlike.

    A label with another number is another campaign: ``spring-2027`` is no ``spring-2026``.
    """
    head = pattern.rstrip("*")
    is_open = head != pattern
    if "*" in head or "?" in head:
        return 0 if matches(_folded(pattern, keep="*?"), _folded(value)) else FURTHEST
    wanted, given = _folded(head), _folded(value)
    if len(wanted) < SHORTEST:
        return FURTHEST
    if given == wanted or (is_open and given.startswith(wanted)):
        return 0
    if _is_lengthened(head, value) or (len(given) >= 0.7 * len(wanted) and wanted.startswith(given)):
        return 2 if _numbers(wanted) in (_numbers(given), []) else FURTHEST
    part = given[: len(wanted)] if is_open else given
    if _numbers(part) != _numbers(wanted):
        return FURTHEST
    allowed = 2 if len(wanted) >= LONG else 1
    gap = edits(wanted, part)
    return gap if gap <= allowed else FURTHEST


def _folded(text: str, keep: str = "") -> str:
    """Letters and digits alone, small and without accents."""
    plain = unicodedata.normalize("NFKD", normal(text))
    return "".join(sign for sign in plain if sign.isalnum() or sign in keep)


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _is_lengthened(pattern: str, value: str) -> bool:
    """Whether words were put before or behind: ``spring-sale-fr``."""
    wanted, given = _words(pattern), _words(value)
    few = len(wanted)
    return few < len(given) and wanted in (given[:few], given[-few:])


def _words(text: str) -> list[str]:
    return [_folded(word) for word in re.split(r"[\W_]+", text) if word]


def edits(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many, or swapped with their neighbour (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, sign in enumerate(other, 1):
            gap = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != sign))
            if i > 1 and j > 1 and letter == other[j - 2] and sign == one[i - 2]:
                gap = min(gap, rows[-2][j - 2] + 1)
            row.append(gap)
        rows.append(row)
    return rows[-1][-1]

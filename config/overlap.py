"""Which actions track the same figures: pairs whose patterns some value would fit. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from config.globs import can_meet, is_literal, normal
from config.plan import Rule
from config.vocabulary import Dimension

_Entry = tuple[str, str, Rule]  # the pattern, the action's id, the rule it stands in


def overlapping(tracked: Mapping[str, tuple[Rule, ...]]) -> Iterator[tuple[str, str, str]]:
    """Pairs of actions with a rule each that share a dimension and can match one origin: (id, id, example).

    Rules over different dimensions (a coupon, a campaign) may meet too, but nothing in the plan tells.
    """
    told: set[tuple[str, str]] = set()
    for dimension in Dimension:
        for (pattern, one, rule), (other_pattern, other, other_rule) in _candidates(_entries(tracked, dimension)):
            pair = (min(one, other), max(one, other))
            if one != other and pair not in told and can_meet(pattern, other_pattern) and _agree(rule, other_rule):
                told.add(pair)
                yield (one, other, f"{dimension} {pattern}")


def _entries(tracked: Mapping[str, tuple[Rule, ...]], dimension: Dimension) -> list[_Entry]:
    return [
        (pattern, id, rule)
        for id, rules in tracked.items()
        for rule in rules
        for pattern in rule.patterns.get(dimension, ())
    ]


def _candidates(entries: list[_Entry]) -> Iterator[tuple[_Entry, _Entry]]:
    """Pairs worth a closer look: equal texts, and globs beside all that begins like them or they like it."""
    by_text: dict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_text[normal(entry[0])].append(entry)
    for same in by_text.values():
        yield from ((same[0], other) for other in same[1:])
    globs = [texts[0] for text, texts in by_text.items() if not is_literal(text)]
    for glob in globs:
        head = _head(glob[0])
        for text, texts in by_text.items():
            if text != normal(glob[0]) and (text.startswith(head) or head.startswith(_head(text))):
                yield from ((glob, other) for other in texts)


def _head(pattern: str) -> str:
    """What every value that fits begins with."""
    return normal(pattern).split("*")[0].split("?")[0]


def _agree(one: Rule, other: Rule) -> bool:
    """Whether no dimension that both look at keeps them apart."""
    shared = one.patterns.keys() & other.patterns.keys()
    return all(
        any(can_meet(a, b) for a in one.patterns[dimension] for b in other.patterns[dimension]) for dimension in shared
    )

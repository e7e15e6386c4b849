"""Which actions track the same figures: pairs whose patterns some value would fit. Pure."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from config.globs import can_meet, is_literal, normal
from config.plan import Rule
from config.vocabulary import Dimension

_Sharper = frozenset[Dimension]


class _Entry(NamedTuple):
    """One pattern of one action's rule."""

    pattern: str
    action: str
    rule: Rule


#: The entries of one text, by the dimensions of their rules that tell values apart better than this one.
_Bucket = dict[_Sharper, list[_Entry]]


def overlapping(tracked: Mapping[str, tuple[Rule, ...]]) -> Iterator[tuple[str, str, str]]:
    """Pairs of actions with a rule each that share a dimension and can match one origin: (id, id, example).

    Rules over different dimensions (a coupon, a campaign) may meet too, but nothing in the plan tells. Of many
    actions with one text between them, each is paired with the first it meets, not with all.
    """
    order = {id: place for place, id in enumerate(tracked)}
    told: set[tuple[str, str]] = set()
    ranked = _ranked(tracked)
    for place, dimension in enumerate(ranked):
        buckets = _buckets(tracked, dimension, frozenset(ranked[:place]))
        for text, other in _near(buckets):
            for pair in _links(buckets[text], buckets[other]):
                one, later = sorted(pair, key=lambda entry: order[entry.action])
                if (one.action, later.action) not in told:
                    told.add((one.action, later.action))
                    yield one.action, later.action, f"{dimension} {one.pattern}"


def _ranked(tracked: Mapping[str, tuple[Rule, ...]]) -> list[Dimension]:
    """The dimensions, those with the most different texts first: two rules are compared where fewest are alike."""
    texts: dict[Dimension, set[str]] = {dimension: set() for dimension in Dimension}
    for rules in tracked.values():
        for rule in rules:
            for dimension, patterns in rule.patterns.items():
                texts[dimension].update(map(normal, patterns))
    return sorted(Dimension, key=lambda dimension: -len(texts[dimension]))


def _buckets(tracked: Mapping[str, tuple[Rule, ...]], dimension: Dimension, sharper: _Sharper) -> dict[str, _Bucket]:
    found: dict[str, _Bucket] = defaultdict(lambda: defaultdict(list))
    for id, rules in tracked.items():
        for rule in rules:
            for pattern in rule.patterns.get(dimension, ()):
                found[normal(pattern)][sharper.intersection(rule.patterns)].append(_Entry(pattern, id, rule))
    return found


def _near(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of texts that some value may fit: each with itself, and each glob with what begins like it."""
    by_head = sorted((_head(text), text) for text in texts)
    for text in texts:
        yield text, text
        if is_literal(text):
            continue
        head = _head(text)
        for place in range(bisect_left(by_head, (head, "")), len(by_head)):
            other_head, other = by_head[place]
            if not other_head.startswith(head):
                break
            # two globs with one head find each other: once is enough
            if other != text and (other_head != head or is_literal(other) or text < other) and can_meet(text, other):
                yield text, other


def _head(text: str) -> str:
    """What every value that fits begins with; all of it for a text without stars."""
    return re.split(r"[*?]", text, maxsplit=1)[0]


def _links(bucket: _Bucket, other: _Bucket) -> Iterator[tuple[_Entry, _Entry]]:
    """Each entry with the first of the other text it meets. Rules that share a sharper dimension meet there."""
    for sharper, entries in bucket.items():
        for other_sharper, others in other.items():
            if not sharper & other_sharper:
                yield from _first_met(entries, others)
                if others is not entries:
                    yield from _first_met(others, entries)


def _first_met(entries: list[_Entry], others: list[_Entry]) -> Iterator[tuple[_Entry, _Entry]]:
    for entry in entries:
        for met in others:
            if met.action != entry.action and _agree(entry.rule, met.rule):
                yield entry, met
                break


def _agree(one: Rule, other: Rule) -> bool:
    """Whether no dimension that both look at keeps them apart."""
    shared = one.patterns.keys() & other.patterns.keys()
    return all(
        any(can_meet(a, b) for a in one.patterns[dimension] for b in other.patterns[dimension]) for dimension in shared
    )

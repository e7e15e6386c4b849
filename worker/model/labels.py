"""PURE. What a plan looks for among the labels of figures; what no figure has ever carried is unknown, not zero."""

import json
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice, takewhile

from config.globs import is_literal, matches, normal
from config.plan import Action, Kpi, Objective, Plan, Rule
from config.suggestions import plain_word
from config.vocabulary import NOT_A_VALUE, Dimension
from connectors.base import Origin
from worker.model.tracking import PLACES, values_of

SETTLED = 3  # days at work whose figures are final, before anybody wonders that nothing carries a label
COMPARED = 1_000  # values of a dimension that a pattern is compared with: anyone may invent any number
ALIKE = 0.6  # of 1: less is another word

COUPON = Dimension.COUPON  # may hold several values

Patterns = tuple[tuple[Dimension, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class SoughtLabel:
    """What a tracking rule looks at; or one value of a breakdown, whose stars are plain text."""

    patterns: Patterns
    is_exact: bool = False

    @property
    def key(self) -> str:
        """By which it is on record."""
        return json.dumps([self.is_exact, *self.patterns], ensure_ascii=False)

    @classmethod
    def of_key(cls, key: str) -> "SoughtLabel":
        """The label that is on record by a key."""
        is_exact, *patterns = json.loads(key)
        return cls(tuple((Dimension(name), tuple(texts)) for name, texts in patterns), is_exact)


@dataclass(frozen=True, slots=True)
class UnseenLabel:
    """A label that no figure has ever carried, and the one that comes nearest to it; empty where none is near."""

    label: SoughtLabel
    nearest: str = ""


def label_of(rule: Rule) -> SoughtLabel:
    """What a tracking rule looks at."""
    return SoughtLabel(tuple(rule.patterns.items()))


def value_label(dimension: Dimension, value: str) -> SoughtLabel:
    """One value of a breakdown."""
    return SoughtLabel(((dimension, (value,)),), is_exact=True)


def labels_sought(plan: Plan, kpis: Mapping[str, Kpi]) -> list[SoughtLabel]:
    """Everything a plan looks for: by the tracking of actions and objectives, and by the ``for`` of targets."""
    owners: list[Action | Objective] = [*plan.actions.values(), *plan.objectives.values()]
    rules = [label_of(rule) for owner in owners for rule in owner.tracked_by]
    values = [
        value_label(by, target.for_)
        for owner in owners
        for target in owner.targets
        if target.for_ and normal(target.for_) not in NOT_A_VALUE and (by := kpis[target.kpi].by)
    ]
    return list(dict.fromkeys([*rules, *values]))


def still_unseen(unseen: Iterable[UnseenLabel], origins: Collection[Origin]) -> list[UnseenLabel]:
    """Those that no further origin carries either, with what now comes nearest."""
    known = _Carried(origins)
    found = []
    for one in unseen:
        matching = {dimension: known.matching(one.label, dimension) for dimension, _ in one.label.patterns}
        if not known.is_together(matching):
            found.append(UnseenLabel(one.label, _nearest_of(one, known, matching)))
    return found


def _nearest_of(unseen: UnseenLabel, known: "_Carried", matching: Mapping[Dimension, frozenset[str]]) -> str:
    """The value most like what is looked for, of origins that lack only this one for carrying the label."""
    for dimension, patterns in unseen.label.patterns:
        others = {other: values for other, values in matching.items() if other != dimension}
        for pattern in patterns:
            values = known.beside(dimension, _plain(pattern), others)
            if near := _nearest(pattern, {*values, unseen.nearest} - {""}):
                return near
    return unseen.nearest


class _Carried:
    """What origins carry, by dimension."""

    def __init__(self, origins: Iterable[Origin]) -> None:
        self._origins = origins
        self._texts: dict[Dimension, dict[str, str]] = {}
        self._sorted: dict[Dimension, list[str]] = {}
        self._rows: dict[tuple[Dimension, ...], list[tuple[tuple[str, ...], ...]]] = {}

    def matching(self, label: SoughtLabel, dimension: Dimension) -> frozenset[str]:
        """The values of a dimension that are among those a label looks for."""
        texts, found = self._known(dimension), set[str]()
        for pattern in map(normal, dict(label.patterns)[dimension]):
            if label.is_exact or is_literal(pattern):
                found |= {pattern} & texts.keys()
            else:
                found.update(value for value in self._beginning(dimension, _head(pattern)) if matches(pattern, value))
        return frozenset(found)

    def is_together(self, matching: Mapping[Dimension, frozenset[str]]) -> bool:
        """Whether an origin has one of the values of each dimension."""
        if len(matching) == 1 or not all(matching.values()):
            return all(matching.values())
        return next(self._with(matching), None) is not None

    def beside(self, dimension: Dimension, like: str, others: Mapping[Dimension, frozenset[str]]) -> list[str]:
        """The values of a dimension that stand beside values of others, as they are written.

        Of many those that begin like a text.
        """
        texts = self._known(dimension)
        values: Iterable[str] = (value for row in self._with(others, dimension) for value in row[-1])
        if not others:
            heads = (like[:2], like[:1], "")
            values = chain.from_iterable(self._beginning(dimension, head) for head in heads)
        return [texts[value] for value in islice(values, COMPARED)]

    def _known(self, dimension: Dimension) -> Mapping[str, str]:
        """Value as it is compared -> as it is written."""
        if dimension not in self._texts:
            texts = sorted({origin[PLACES[dimension]] for origin in self._origins})
            parts = (
                part.strip() for text in texts for part in ([text, *text.split("|")] if dimension is COUPON else [text])
            )
            self._texts[dimension] = {normal(part): part for part in parts if normal(part) not in NOT_A_VALUE}
            self._sorted[dimension] = sorted(self._texts[dimension])
        return self._texts[dimension]

    def _beginning(self, dimension: Dimension, head: str) -> Iterator[str]:
        values = self._sorted[dimension]
        return takewhile(lambda value: value.startswith(head), islice(values, bisect_left(values, head), None))

    def _with(
        self, wanted: Mapping[Dimension, frozenset[str]], *more: Dimension
    ) -> Iterator[tuple[tuple[str, ...], ...]]:
        """The values of origins, of the dimensions given, where they have one of those wanted."""
        dimensions = (*wanted, *more)
        if dimensions not in self._rows:
            places = [PLACES[dimension] for dimension in dimensions]
            texts = {tuple(origin[place] for place in places) for origin in self._origins}
            self._rows[dimensions] = [tuple(map(values_of, dimensions, row)) for row in sorted(texts)]
        sets = list(wanted.values())
        return (
            row
            for row in self._rows[dimensions]
            if all(not values.isdisjoint(of) for values, of in zip(sets, row, strict=False))
        )


# ---- what comes nearest ----


def _nearest(pattern: str, values: Iterable[str]) -> str:
    """One that is the same but for accents and signs, else the most alike; the same in whatever order they come."""
    wanted = _plain(pattern)
    by_part = {part: value for value in sorted(values) for part in _comparable(pattern, normal(value), len(wanted))}
    plain = plain_word(wanted)
    same = [value for part, value in by_part.items() if plain and plain_word(part) == plain]
    close = get_close_matches(wanted, by_part, n=1, cutoff=ALIKE)
    return max(same) if same else by_part[close[0]] if close else ""


def _plain(pattern: str) -> str:
    """A pattern's own text."""
    return re.sub("[*?]", "", normal(pattern))


def _head(pattern: str) -> str:
    """What every value that fits begins with."""
    return re.split("[*?]", pattern, maxsplit=1)[0]


def _comparable(pattern: str, value: str, length: int) -> list[str]:
    """What of a value stands where the pattern's own text does."""
    if is_literal(pattern):
        return [value]
    if pattern.startswith("*"):
        return re.split(r"[\W_]+", value) if pattern.endswith("*") else [value[-length:]]
    return [value[:length] if pattern.endswith("*") else value]

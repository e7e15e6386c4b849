"""PURE. What a plan looks for among the labels of figures; what no figure has ever carried is unknown, not zero."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from config.globs import is_literal, matches, normal
from config.plan import Action, Kpi, Objective, Plan, Rule
from config.suggestions import plain_word
from config.vocabulary import NOT_A_VALUE, Dimension
from connectors.base import Origin
from worker.model.tracking import PLACES, values_of

SETTLED = 3  # days at work whose figures are final, before anybody wonders that nothing carries a label
COMPARED = 2_000  # values of a dimension that a pattern is compared with: anyone may invent any number
ALIKE = 0.6  # of 1: less is another word

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

    def fits(self, patterns: Iterable[str], values: Collection[str]) -> bool:
        """Whether one of the values (``normal``) is what the patterns of a dimension look for."""
        return any(
            normal(pattern) in values
            if self.is_exact or is_literal(pattern)
            else any(matches(pattern, value) for value in values)
            for pattern in patterns
        )


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
    known = _Origins(origins)
    return [
        UnseenLabel(one.label, nearest_value(one.label, known.beside(one.label), one.nearest))
        for one in unseen
        if not known.carry(one.label)
    ]


class _Origins:
    """Origins, by the values of their dimensions."""

    def __init__(self, origins: Iterable[Origin]) -> None:
        self._origins = origins
        self._by: dict[frozenset[Dimension], dict[tuple[str, ...], Origin]] = {}
        self._known: dict[Dimension, frozenset[str]] = {}

    def _of(self, label: SoughtLabel) -> Iterable[Origin]:
        """One origin of each combination of values of the dimensions that a label looks at."""
        dimensions = frozenset(dimension for dimension, _ in label.patterns)
        if dimensions not in self._by:
            places = [PLACES[dimension] for dimension in dimensions]
            self._by[dimensions] = {tuple(origin[place] for place in places): origin for origin in self._origins}
        return self._by[dimensions].values()

    def carry(self, label: SoughtLabel) -> bool:
        """Whether one of them carries the label."""
        if len(label.patterns) > 1:
            return any(not _missed(label, origin) for origin in self._of(label))
        ((dimension, patterns),) = label.patterns
        return label.fits(patterns, self._values(dimension))

    def _values(self, dimension: Dimension) -> frozenset[str]:
        if dimension not in self._known:
            texts = {origin[PLACES[dimension]] for origin in self._origins}
            self._known[dimension] = frozenset(value for text in texts for value in values_of(dimension, text))
        return self._known[dimension]

    def beside(self, label: SoughtLabel) -> Iterator[tuple[Dimension, str]]:
        """The values of origins that lack only this one for carrying the label."""
        for origin in self._of(label):
            missed = _missed(label, origin)
            if len(missed) == 1:
                for value in origin[PLACES[missed[0]]].split("|"):
                    yield missed[0], value.strip()


def _missed(label: SoughtLabel, origin: Origin) -> list[Dimension]:
    """The dimensions of which an origin does not have what the label looks for."""
    return [
        dimension
        for dimension, patterns in label.patterns
        if not label.fits(patterns, values_of(dimension, origin[PLACES[dimension]]))
    ]


# ---- what comes nearest ----


def nearest_value(label: SoughtLabel, values: Iterable[tuple[Dimension, str]], known: str = "") -> str:
    """The value that is most like what a label looks for; ``known`` is the one found so far, empty where none is."""
    by_dimension: dict[Dimension, dict[str, None]] = {}
    for dimension, value in values:
        found = by_dimension.setdefault(dimension, dict.fromkeys([known] if known else []))
        if value and len(found) < COMPARED:
            found[value] = None
    for dimension, patterns in label.patterns:
        for pattern in patterns:
            if near := _nearest(pattern, by_dimension.get(dimension, ())):
                return near
    return known


def _nearest(pattern: str, values: Iterable[str]) -> str:
    """One that is the same but for accents and signs, else the most alike; the same in whatever order they come."""
    wanted = normal(pattern).replace("*", "").replace("?", "")
    by_part = {part: value for value in sorted(values) for part in _comparable(pattern, normal(value), len(wanted))}
    plain = plain_word(wanted)
    same = [value for part, value in by_part.items() if plain and plain_word(part) == plain]
    close = get_close_matches(wanted, by_part, n=1, cutoff=ALIKE)
    return max(same) if same else by_part[close[0]] if close else ""


def _comparable(pattern: str, value: str, length: int) -> list[str]:
    """What of a value stands where the pattern's own text does."""
    if is_literal(pattern):
        return [value]
    if pattern.startswith("*"):
        return re.split(r"[\W_]+", value) if pattern.endswith("*") else [value[-length:]]
    return [value[:length] if pattern.endswith("*") else value]

"""PURE. Which actions an origin belongs to, and which source speaks for a measure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise

from config.globs import is_literal, matches, normal
from config.plan import Plan, Rule
from config.sources import COSTS
from config.vocabulary import AUTHORITIES, BUILT_IN, NOT_A_VALUE, Dimension, Measure, Scope, SourceKind
from connectors.base import Origin

REMEMBERED = 100_000  # origins; a flood of invented names must not fill the memory
BAR, MOST_COUPONS = "|", 6  # between the coupons of one order; of more, each is looked at alone

#: where the value of each dimension stands in an origin
PLACES = {dimension: Origin._fields.index(dimension) for dimension in Dimension}


class Tracker:
    """The tracking rules of one plan, ready to be asked about origins; answers are remembered.

    ``rules`` maps an owner's id to rules of which any may match.
    """

    def __init__(self, rules: Mapping[str, tuple[Rule, ...]]) -> None:
        self._by_value: dict[tuple[Dimension, str], list[tuple[str, Rule]]] = defaultdict(list)
        self._by_glob: list[tuple[str, Rule]] = []
        self._known: dict[Origin, frozenset[str]] = {}
        for id, rule in ((id, rule) for id, alternatives in rules.items() for rule in alternatives):
            key = _literal(rule)
            if key is None:
                self._by_glob.append((id, rule))
                continue
            for pattern in rule.patterns[key]:
                self._by_value[key, normal(pattern)].append((id, rule))

    def owners(self, origin: Origin) -> frozenset[str]:
        """The ids whose tracking the origin matches: none, one or several."""
        matching = self._known.get(origin)
        if matching is None:
            values = {dimension: values_of(dimension, origin[place]) for dimension, place in PLACES.items()}
            likely = [self._by_value.get((dimension, value), ()) for dimension in values for value in values[dimension]]
            matching = frozenset(id for id, rule in chain(*likely, self._by_glob) if _fits(rule, values))
            if len(self._known) < REMEMBERED:
                self._known[origin] = matching
        return matching


def _literal(rule: Rule) -> Dimension | None:
    """A dimension whose patterns are all plain values: the rule need only be tried on origins that bear one."""
    return next(
        (dimension for dimension, patterns in rule.patterns.items() if all(map(is_literal, patterns))),
        None,
    )


def values_of(dimension: Dimension, text: str) -> tuple[str, ...]:
    """What an origin's text for a dimension holds, as patterns are compared with it; what is no value is left out.

    A bar stands between the coupons of an order, and may be part of one: neighbours count together as well.
    """
    parts = text.split(BAR) if dimension is Dimension.COUPON else [text]
    spans = combinations(range(len(parts) + 1), 2) if len(parts) <= MOST_COUPONS else pairwise(range(len(parts) + 1))
    together = (BAR.join(parts[start:end]) for start, end in spans)
    return tuple(value for part in together if (value := normal(part)) not in NOT_A_VALUE)


def _matches(dimension: Dimension, pattern: str, value: str) -> bool:
    """No ``*`` reaches from one coupon into the next."""
    is_one = dimension is not Dimension.COUPON or pattern.count(BAR) == value.count(BAR)
    return is_one and matches(pattern, value)


def _fits(rule: Rule, values: Mapping[Dimension, tuple[str, ...]]) -> bool:
    return all(
        any(_matches(dimension, pattern, value) for pattern in patterns for value in values[dimension])
        for dimension, patterns in rule.patterns.items()
    )


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What decides for which measures a source speaks."""

    kind: SourceKind
    provides: frozenset[str]


def chosen_authorities(plan: Plan, sources: Mapping[str, SourceFacts]) -> dict[str, tuple[str, ...]]:
    """For each measure that anything provides, the sources that speak for it: those of one kind, added up.

    The plan's own costs (the source ``costs``) are spend beside whatever else speaks for it.
    """
    measures = sorted({measure for facts in sources.values() for measure in facts.provides})
    chosen = {measure: _authorities(measure, plan, sources) for measure in measures}
    return {measure: authorities for measure, authorities in chosen.items() if authorities}


def _authorities(measure: str, plan: Plan, sources: Mapping[str, SourceFacts]) -> tuple[str, ...]:
    providers = [id for id, facts in sources.items() if measure in facts.provides and id != COSTS]
    costs = [id for id in sources if id == COSTS and measure == Measure.SPEND]
    if measure in plan.authority:
        return (*(id for id in plan.authority[measure] if id in sources), *costs)
    for kind in _order(measure):
        chosen = [id for id in providers if sources[id].kind is kind]
        if chosen:
            return (*chosen, *costs)
    return (*providers, *costs)


def _order(measure: str) -> Sequence[SourceKind]:
    return AUTHORITIES[BUILT_IN[measure]] if measure in BUILT_IN else ()


def is_unobservable(rules: Iterable[Rule], carried: Iterable[frozenset[Dimension]]) -> bool:
    """Whether none of the sources that speak for a measure carries what the rules look at, given what each carries.

    Then the figure is unknown, not zero: a shop that reports no campaign cannot say that a campaign sold nothing.
    """
    return not shown_rules(rules, carried)


def shown_rules(rules: Iterable[Rule], carried: Iterable[frozenset[Dimension]]) -> list[Rule]:
    """The rules whose labels some source carries, given what each does."""
    dimensions = tuple(carried)
    return [rule for rule in rules if any(rule.patterns.keys() <= carried for carried in dimensions)]


def tracking_of(plan: Plan) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """The rules of each scope that has some of its own; a shared budget is seen where any of its actions is."""
    return {
        **{(Scope.ACTION, id): action.tracked_by for id, action in plan.actions.items()},
        **{(Scope.OBJECTIVE, id): aim.tracked_by for id, aim in plan.objectives.items() if aim.tracked_by},
        **{
            (Scope.BUDGET, id): tuple(rule for action in plan.spenders(id).values() for rule in action.tracked_by)
            for id in plan.budgets
        },
    }


def tracker_of(plan: Plan) -> Tracker:
    """The tracking of the plan's actions and objectives; objectives under the name ``objective/id``."""
    actions = {id: action.tracked_by for id, action in plan.actions.items()}
    objectives = {f"{Scope.OBJECTIVE}/{id}": aim.tracked_by for id, aim in plan.objectives.items()}
    return Tracker({id: rules for id, rules in {**actions, **objectives}.items() if rules})

"""Which part of one version of a plan is which part of another: by ids, else by what is most alike. Pure."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from config.globs import normal
from config.plan import Action, Budget, Cost, Objective, Plan, Rule, Target
from config.vocabulary import Scope

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Element:
    """What a change is about: by its later name, or the only one it has. The plan itself has no id."""

    scope: Scope
    id: str
    name: str


Owner = Objective | Action
Owned = tuple[Element, Owner]


def rules_apart(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
    """The rules that are gone, and those that are new; order, case and surrounding space make no difference."""
    was, now = _meanings(before), _meanings(after)
    gone = [rule for meaning, rule in was.items() if meaning not in now]
    return gone, [rule for meaning, rule in now.items() if meaning not in was]


def whole(plan: Plan) -> Element:
    """The plan itself as an element."""
    return Element(Scope.PLAN, "", plan.plan)


def owners(plan: Plan) -> list[Owned]:
    """Objectives, then actions: what makes promises beside the plan itself."""
    aims: list[Owned] = [(Element(Scope.OBJECTIVE, id, aim.name), aim) for id, aim in plan.objectives.items()]
    return [*aims, *((Element(Scope.ACTION, id, action.name), action) for id, action in plan.actions.items())]


def owner_pairs(before: Plan, after: Plan) -> list[tuple[Owned | None, Owned | None]]:
    """Objectives by their ids; actions too, and those left over by what they track."""
    return paired(owners(before), owners(after), lambda one: (one[0].scope, one[0].id), _looks_like, _tracks_like)


def _looks_like(owned: Owned) -> Hashable:
    tracks = _tracks_like(owned)
    return tracks and (owned[0].name.casefold(), tracks)


def _tracks_like(owned: Owned) -> Hashable:
    _, owner = owned
    return frozenset(_meanings(owner.tracked_by)) or None if isinstance(owner, Action) else None


def target_pairs(before: Owner, after: Owner) -> list[tuple[Target | None, Target | None]]:
    """Targets by their keys; those left over by what they measure: one for another period or bound takes its place."""
    return paired(before.targets, after.targets, _same_key, _same_figure)


def _same_key(target: Target) -> Hashable:
    return normal(target.key)  # what it is for may be written in any case


def _same_figure(target: Target) -> Hashable:
    return target.kpi, normal(target.for_ or "")


def is_same_promise(one: Target | Budget | None, other: Target | Budget | None) -> bool:
    """Whether the same is promised, however it is written."""
    if isinstance(one, Target) and isinstance(other, Target):
        return _promised(one) == _promised(other)
    return one == other


def _promised(target: Target) -> Hashable:
    return _same_key(target), getattr(target, target.bound), target.baseline


def cost_pairs(before: Sequence[Cost], after: Sequence[Cost]) -> list[tuple[Cost | None, Cost | None]]:
    """Costs that are equal; those left over by what they are for and when, then by what they are for."""
    return paired(before, after, lambda cost: cost, lambda cost: (cost.what, cost.on), lambda cost: cost.what)


def _meanings(rules: Sequence[Rule]) -> dict[Hashable, Rule]:
    """Each thing that is matched, and the rule that says so: of a rule for one dimension, each of its patterns."""
    found: dict[Hashable, Rule] = {}
    for rule in rules:
        for part in _alternatives(rule):
            meaning = frozenset((name, frozenset(map(normal, texts))) for name, texts in part.patterns.items())
            found.setdefault(meaning, part)
    return found


def _alternatives(rule: Rule) -> list[Rule]:
    if len(rule.patterns) > 1:
        return [rule]
    return [Rule.model_validate({name: text}) for name, texts in rule.patterns.items() for text in texts]


def paired(
    before: Sequence[T], after: Sequence[T], *likeness: Callable[[T], Hashable]
) -> list[tuple[T | None, T | None]]:
    """Each thing beside its like on the other side, by the first likeness that finds one; None where there is none.

    Of several alike the first belongs to the first, so that looking back gives the same pairs. A likeness of None
    is like nothing.
    """
    found: dict[int, int] = {}  # place after -> place before
    for like in likeness:
        waiting: dict[Hashable, list[int]] = {}
        taken = set(found.values())
        for place, one in enumerate(before):
            if place not in taken:
                waiting.setdefault(like(one), []).append(place)
        waiting.pop(None, None)
        for place, one in enumerate(after):
            if place not in found and (places := waiting.get(like(one))):
                found[place] = places.pop(0)
    kept = set(found.values())
    pairs = [(before[found[place]] if place in found else None, one) for place, one in enumerate(after)]
    return [*pairs, *((one, None) for place, one in enumerate(before) if place not in kept)]


def by_id(before: Mapping[str, T], after: Mapping[str, T]) -> Iterator[tuple[str, T | None, T | None]]:
    """Each id with what it stands for on both sides; last those that are gone."""
    for id in [*after, *(id for id in before if id not in after)]:
        yield id, before.get(id), after.get(id)


def either(one: T | None, other: T | None) -> T:
    """The first of two that is there; one of them is."""
    found = other if one is None else one
    assert found is not None
    return found

"""All versions of a plan -> the values that each of its promises has had, followed from one to the next. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.history.matching import is_same_promise, owner_pairs, owners, target_pairs
from config.plan import Action, Budget, Plan, Target
from config.vocabulary import Scope

BUDGET = "budget"  #: a budget's key among the promises of its owner


@dataclass(frozen=True, slots=True)
class Stage:
    """A value that a promise had from a version on; None while it was not in the plan."""

    version: int
    value: Target | Budget | None


#: Scope, id and key of a target or budget.
PromiseKey = tuple[Scope, str, str]


def timelines(versions: Sequence[Plan]) -> dict[PromiseKey, tuple[Stage, ...]]:
    """The values of each target and budget over all versions, the first it ever had first.

    A promise is followed where its action looks renamed, or where it is made for another period instead. One that
    was taken out and comes back goes on where it was. The keys are those of the last version that has it.
    """
    found: dict[PromiseKey, list[Stage]] = {}
    for number, version in enumerate(versions):
        if number:
            found = _followed(found, versions[number - 1], version)
        promised = _promises(version)
        for key in [*found, *(key for key in promised if key not in found)]:
            stages = found.setdefault(key, [])
            if not stages or not is_same_promise(stages[-1].value, promised.get(key)):
                stages.append(Stage(number, promised.get(key)))
    return {key: tuple(stages) for key, stages in found.items()}


def _promises(plan: Plan) -> dict[PromiseKey, Target | Budget]:
    found: dict[PromiseKey, Target | Budget] = {}
    if plan.budget:
        found[Scope.PLAN, "", BUDGET] = plan.budget
    found |= {(Scope.BUDGET, id, BUDGET): shared.promise for id, shared in plan.budgets.items()}
    for element, owner in owners(plan):
        found |= {(element.scope, element.id, target.key): target for target in owner.targets}
        if isinstance(owner, Action) and owner.own_budget:
            found[element.scope, element.id, BUDGET] = owner.own_budget
    return found


def _followed(known: Mapping[PromiseKey, list[Stage]], before: Plan, after: Plan) -> dict[PromiseKey, list[Stage]]:
    """The same under the keys that the promises have in the next version."""
    ids: dict[tuple[Scope, str], str] = {}
    heirs: dict[PromiseKey, str] = {}
    for one, other in owner_pairs(before, after):
        if one and other:
            (was, owner), (now, heir) = one, other
            ids[was.scope, was.id] = now.id
            pairs = target_pairs(owner, heir)
            heirs |= {(was.scope, was.id, old.key): new.key for old, new in pairs if old and new}
    moved = {key: (key[0], ids.get(key[:2], key[1]), heirs.get(key, key[2])) for key in known}
    # One that is followed wins over one that left the plan before under the key it now has.
    return {moved[key]: known[key] for key in sorted(known, key=lambda key: moved[key] != key)}

"""Two versions of a plan -> what changed between them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from config.fields import Model
from config.history.matching import (
    Element,
    Owned,
    by_id,
    cost_pairs,
    either,
    is_same_promise,
    owner_pairs,
    owners,
    rules_apart,
    target_pairs,
    whole,
)
from config.history.timeline import BUDGET, timelines
from config.plan import Action, Budget, BudgetShare, Plan, SharedBudget, Target
from config.sources import SourceEntry
from config.vocabulary import Scope


class ChangedPart(StrEnum):
    """What of an element changed, and in what form its value is given before and after."""

    OBJECTIVE = "objective"  #: all of it: Objective
    ACTION = "action"  #: all of it: Action; where it looks renamed, the two ids
    PERSON = "person"  #: all of it: Person
    KPI = "kpi"  #: all of it: Kpi
    SOURCE = "source"  #: its connector's id; the key names what else changed of it, as its values are nobody's business
    TARGET = "target"  #: Target
    BUDGET = "budget"  #: Budget, or BudgetShare where it is shared
    COST = "cost"  #: Cost
    TRACKING = "tracking"  #: tuple of Rule
    RESPONSIBLE = "responsible"  #: a person's id
    LEAD = "lead"  #: a person's id: who leads, also where the plan does not say so
    DEPUTY = "deputy"  #: a person's id
    DATES = "dates"  #: Window of the plan, When of an action
    SERVES = "serves"  #: an objective's id
    TECHNIQUE = "technique"  #: its id
    NAME = "name"
    EMAIL = "email"
    FORMULA = "formula"  #: tuple of texts
    MARGIN = "margin"  #: Decimal
    AUTHORITY = "authority"  #: ids of sources; the key is the measure
    SETTING = "setting"  #: anything else; the key is its name in the file


class ChangeKind(StrEnum):
    """How it changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"  #: an action vanished, and another that tracks the same appeared
    PUT_BACK = "put_back"  #: a promise is what it was, and was ``after`` in between


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One thing that changed. ``key`` tells several of one sort apart; what was not there is None."""

    what: ChangedPart
    kind: ChangeKind
    of: Element
    before: Any
    after: Any
    key: str = ""


#: Fields compared as they are -> what they are called.
_PLAIN = {
    "plan": ChangedPart.NAME,
    "name": ChangedPart.NAME,
    "responsible": ChangedPart.RESPONSIBLE,
    "deputy": ChangedPart.DEPUTY,
    "email": ChangedPart.EMAIL,
    "formula": ChangedPart.FORMULA,
    "margin": ChangedPart.MARGIN,
    "when": ChangedPart.DATES,
}
#: Fields that are taken apart.
_APART = frozenset(
    {
        "actions", "amount", "authority", "budget", "budgets", "costs", "ends", "kpis", "lead", "objectives", "people",
        "per", "rates", "rollover", "starts", "targets", "techniques", "tracked_by",
    }
)  # fmt: skip


def compare(before: Plan, after: Plan) -> list[PlanChange]:
    """What changed from one version to another: the plan's own, objectives, actions, people, KPIs."""
    return [
        *_of_plan(before, after),
        *_of_shared_budgets(before.budgets, after.budgets),
        *(change for one, other in owner_pairs(before, after) for change in _of_owner(one, other)),
        *_of_elements(Scope.PERSON, before.people, after.people),
        *_of_elements(Scope.KPI, before.kpis, after.kpis),
    ]


def compare_steps(versions: Sequence[Plan]) -> list[PlanChange]:
    """What changed from the first of several versions to the last; also promises moved on the way and put back."""
    found = compare(versions[0], versions[-1])
    named = {(element.scope, element.id): element for element, _ in owners(versions[-1])}
    named |= {(Scope.BUDGET, id): Element(Scope.BUDGET, id, it.name) for id, it in versions[-1].budgets.items()}
    for key, stages in timelines(versions).items():
        first, last = stages[0].value, stages[-1].value
        if len(stages) > 1 and not stages[0].version and is_same_promise(first, last):
            what = ChangedPart.TARGET if isinstance(first, Target) else ChangedPart.BUDGET
            of = named.get(key[:2], whole(versions[-1]))
            found.append(PlanChange(what, ChangeKind.PUT_BACK, of, first, stages[1].value, key[2]))
    return found


def compare_sources(before: Mapping[str, SourceEntry], after: Mapping[str, SourceEntry]) -> list[PlanChange]:
    """Sources added, removed and changed; of a change the names of what changed, never the values."""
    found = []
    for id, one, other in by_id(before, after):
        of = Element(Scope.SOURCE, id, id)
        was, now = one and one.connector, other and other.connector
        if one is None or other is None:
            found.append(PlanChange(ChangedPart.SOURCE, _kind(one, other), of, was, now))
        elif one != other:
            key = ", ".join(_differing(one, other)) if type(one) is type(other) else "connector"
            found.append(PlanChange(ChangedPart.SOURCE, ChangeKind.CHANGED, of, was, now, key))
    return found


def _of_plan(before: Plan, after: Plan) -> Iterator[PlanChange]:
    of = whole(after)
    yield from _plain_fields(of, before, after)
    if before.life != after.life:
        yield PlanChange(ChangedPart.DATES, ChangeKind.CHANGED, of, before.life, after.life)
    if before.lead_id != after.lead_id:
        yield PlanChange(ChangedPart.LEAD, ChangeKind.CHANGED, of, before.lead_id, after.lead_id)
    yield from _budget(of, before.budget, after.budget)
    for measure, one, other in by_id(before.authority, after.authority):
        if set(one or ()) != set(other or ()):
            yield PlanChange(ChangedPart.AUTHORITY, _kind(one, other), of, one, other, measure)
    for currency, rate, new in by_id(before.rates, after.rates):
        if rate != new:
            yield PlanChange(ChangedPart.SETTING, ChangeKind.CHANGED, of, rate, new, f"rates.{currency}")


def _of_shared_budgets(before: Mapping[str, SharedBudget], after: Mapping[str, SharedBudget]) -> Iterator[PlanChange]:
    for id, one, other in by_id(before, after):
        of = Element(Scope.BUDGET, id, either(other, one).name)
        yield from _budget(of, one and one.promise, other and other.promise)
        if one and other:
            yield from _plain_fields(of, one, other)


def _of_owner(before: Owned | None, after: Owned | None) -> Iterator[PlanChange]:
    """An objective or action, at most one of the two being absent."""
    of = either(after, before)[0]
    if before is None or after is None:
        yield PlanChange(ChangedPart(of.scope), _kind(before, after), of, before and before[1], after and after[1])
        return
    (was, one), (_, other) = before, after
    is_renamed = was.id != of.id
    if is_renamed:
        yield PlanChange(ChangedPart.ACTION, ChangeKind.RENAMED, of, was.id, of.id)
    fields = _plain_fields(of, one, other)
    yield from (change for change in fields if not (is_renamed and change.what is ChangedPart.NAME))
    for was_target, is_target in target_pairs(one, other):
        if not is_same_promise(was_target, is_target):
            key = either(is_target, was_target).key
            yield PlanChange(ChangedPart.TARGET, _kind(was_target, is_target), of, was_target, is_target, key)
    if one.tracked_by != other.tracked_by and any(rules_apart(one.tracked_by, other.tracked_by)):
        yield PlanChange(ChangedPart.TRACKING, ChangeKind.CHANGED, of, one.tracked_by, other.tracked_by)
    if isinstance(one, Action) and isinstance(other, Action):
        yield from _of_action(of, one, other)


def _of_action(of: Element, before: Action, after: Action) -> Iterator[PlanChange]:
    yield from _budget(of, before.budget, after.budget)
    for was, now in cost_pairs(before.costs, after.costs):
        if was != now:
            yield PlanChange(ChangedPart.COST, _kind(was, now), of, was, now, either(now, was).what)
    yield from _members(ChangedPart.SERVES, of, before.objectives, after.objectives)
    yield from _members(ChangedPart.TECHNIQUE, of, before.techniques, after.techniques)


def _of_elements(scope: Scope, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[PlanChange]:
    """People or KPIs, by their ids."""
    for id, one, other in by_id(before, after):
        name = either(other, one).name
        of = Element(scope, id, str(name))
        if one is None or other is None:
            yield PlanChange(ChangedPart(scope), _kind(one, other), of, one, other)
        else:
            yield from _plain_fields(of, one, other)


def _plain_fields(of: Element, before: Model, after: Model) -> Iterator[PlanChange]:
    """Everything in two models that is compared as it is: whatever the file may ever say is not passed over."""
    for name, alias in _differing(before, after).items():
        if name not in _APART:
            what = _PLAIN.get(name, ChangedPart.SETTING)
            key = alias if what is ChangedPart.SETTING else ""
            yield PlanChange(what, ChangeKind.CHANGED, of, getattr(before, name), getattr(after, name), key)


def _differing(before: Model, after: Model) -> dict[str, str]:
    """The fields whose values differ: name -> what it is called in the file."""
    fields = type(after).model_fields.items()
    return {name: it.alias or name for name, it in fields if getattr(before, name) != getattr(after, name)}


def _budget(
    of: Element, before: Budget | BudgetShare | None, after: Budget | BudgetShare | None
) -> Iterator[PlanChange]:
    if before != after:
        yield PlanChange(ChangedPart.BUDGET, _kind(before, after), of, before, after, BUDGET)


def _members(what: ChangedPart, of: Element, before: Sequence[str], after: Sequence[str]) -> Iterator[PlanChange]:
    yield from (PlanChange(what, ChangeKind.ADDED, of, None, id, id) for id in dict.fromkeys(after) if id not in before)
    yield from (
        PlanChange(what, ChangeKind.REMOVED, of, id, None, id) for id in dict.fromkeys(before) if id not in after
    )


def _kind(before: object, after: object) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    return ChangeKind.REMOVED if after is None else ChangeKind.CHANGED

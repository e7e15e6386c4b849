"""PURE. What a plan looks for and no figure carries, as warnings with their places; not in its first days."""

from collections.abc import Collection, Iterator
from datetime import date

from config.catalogue import known_kpis
from config.loading.document import Finding, Place
from config.loading.loaded import LoadedPlan
from config.message import message
from config.periods import DAY
from config.plan import Action, Objective
from config.vocabulary import NOT_A_VALUE
from connectors.base import Origin
from worker.model.labels import SETTLED, SoughtLabel, UnseenLabel, label_of, still_unseen, value_label
from worker.wording.labels import unseen_text

#: an action or objective: its section of the file, its id, and itself
_Owner = tuple[str, str, Action | Objective]


def unseen_findings(loaded: LoadedPlan, origins: Collection[Origin], today: date) -> Iterator[Finding]:
    """Each label that nothing carries, of what has been at work for some days."""
    sought = [(place, id, label) for section, id, owner in _at_work(loaded, today)
              for place, label in _sought(loaded, (section, id), owner)]  # fmt: skip
    unseen = {one.label: one for one in still_unseen(map(UnseenLabel, {label for _, _, label in sought}), origins)}
    told: set[tuple[str, SoughtLabel]] = set()
    for place, id, label in sought:
        is_part_told = any((id, part) in told for part in _parts(label))
        if label in unseen and not is_part_told:
            told.add((id, label))
            yield place, message("{id}: nothing carries {label}", id=id, label=unseen_text(unseen[label]))


def _at_work(loaded: LoadedPlan, today: date) -> Iterator[_Owner]:
    plan, day = loaded.plan, today - SETTLED * DAY
    for id, action in plan.actions.items():
        if plan.life_of(action).start <= day:
            yield "actions", id, action
    for id, aim in plan.objectives.items():
        if plan.starts <= day:
            yield "objectives", id, aim


def _sought(loaded: LoadedPlan, place: Place, owner: Action | Objective) -> Iterator[tuple[Place, SoughtLabel]]:
    """What an owner looks for: each pattern by itself, then what a rule looks for together."""
    for index, rule in enumerate(owner.tracked_by):
        label = label_of(rule)
        for part in _parts(label):
            yield _place(loaded, (*place, "tracked_by"), index, part), part
        yield (*place, "tracked_by", index), label
    kpis = known_kpis(loaded.plan, loaded.declared)
    for index, target in enumerate(owner.targets):
        by = kpis[target.kpi].by
        if by and target.for_ and target.for_ not in NOT_A_VALUE:
            yield (*place, "targets", index, "for"), value_label(by, target.for_)


def _parts(label: SoughtLabel) -> list[SoughtLabel]:
    """Each pattern of a label as a label of its own."""
    return [SoughtLabel(((dimension, (one,)),)) for dimension, patterns in label.patterns for one in patterns]


def _place(loaded: LoadedPlan, place: Place, index: int, part: SoughtLabel) -> Place:
    """Where a dimension of a rule stands: a single rule may be written without a list."""
    ((dimension, _),) = part.patterns
    alone = (*place, dimension.value)
    return alone if alone in loaded.documents[0].lines else (*place, index, dimension.value)

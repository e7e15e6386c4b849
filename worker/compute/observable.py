"""What the sources cannot show of a scope: labels that no figure has ever carried, dimensions that none is cut by."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from config.plan import Rule
from config.sources import COSTS
from config.vocabulary import Dimension
from connectors.base import Origin
from worker.model.context import PlanContext
from worker.model.labels import UnseenLabel, label_of, labels_sought, still_unseen
from worker.model.tracking import shown_rules, tracking_of
from worker.store import attribution

#: (source, measure) -> the dimensions that this source never cuts it by, though it does others
Unlabelled = Mapping[tuple[str, str], frozenset[Dimension]]

_NONE: frozenset[Dimension] = frozenset()


def with_unseen(
    connection: Connection, context: PlanContext, fresh: Collection[Origin], *, is_new: bool
) -> PlanContext:
    """Write down what the plan looks for and nothing has ever carried. ``fresh``: the origins not looked at before."""
    before = context.unseen_labels
    if is_new:
        before = {label.key: UnseenLabel(label) for label in labels_sought(context.loaded.plan, context.kpis)}
    unseen = {one.label.key: one for one in still_unseen(before.values(), fresh)}
    if is_new or unseen != before:
        attribution.put_unseen_labels(connection, context.plan_id, unseen.values())
    return replace(context, unseen_labels=unseen)


def with_unobservable(connection: Connection, context: PlanContext, unlabelled: Unlabelled) -> PlanContext:
    """Write down the measures that no source can show of some scopes, and whether it is for a label never seen."""
    carried = attribution.carried_dimensions(connection, context.plan_id)
    by_measure = {
        measure: [carried.get(id, _NONE) - unlabelled.get((id, measure), _NONE) for id in sources if id != COSTS]
        for measure, sources in context.authorities.items()
    }
    of_scopes = {
        context.scope_ids[key]: {
            measure: is_unseen
            for measure, dimensions in by_measure.items()
            for is_unseen in _hidden(context, measure, shown_rules(rules, dimensions))
        }
        for key, rules in tracking_of(context.loaded.plan).items()
    }
    attribution.put_unobservable(connection, list(context.scope_ids.values()), of_scopes)
    unobservable, unseen = attribution.unobservable_measures(connection, context.plan_id)
    return replace(context, unobservable=unobservable, unseen=unseen)


def _hidden(context: PlanContext, measure: str, shown: list[Rule]) -> Iterator[bool]:
    """Nothing for a measure that can be seen by the rules that its sources show; else whether it is one never seen.

    Without a source that shows them, an action's spend is what the plan's own costs say.
    """
    if not shown:
        if COSTS not in context.authorities[measure]:
            yield False
    elif all(label_of(rule).key in context.unseen_labels for rule in shown):
        yield True

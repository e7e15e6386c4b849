"""PURE. What a question is about that no figure has ever carried: until a first one does, its figure is unknown."""

from collections.abc import Collection, Iterator
from datetime import date

from config.sources import COSTS
from worker.judge.questions import PeriodQuestion
from worker.model.context import PlanContext
from worker.model.labels import SETTLED, UnseenLabel, label_of, value_label
from worker.model.tracking import tracking_of
from worker.model.verdict import Unseen


def unseen_by(context: PlanContext, question: PeriodQuestion, today: date) -> Unseen | None:
    """What keeps a question's figure from being known; None where nothing does."""
    measures = delivered(context, context.measures(question.kpi))
    labels = tuple(_labels(context, question, measures))
    if not labels:
        return None
    since, end = _at_work(context, question)
    sources = {source for name in measures for source in context.authorities[name]}
    days = [
        covered
        for source in sources
        for day, covered in context.coverage.get(source, {}).items()
        if since <= day < min(end, today)
    ]
    if not days and since < today:
        return None  # nothing was read of its days: that is what is missing
    return Unseen(labels, is_new=len({covered.day for covered in days if covered.is_settled}) < SETTLED)


def delivered(context: PlanContext, measures: Collection[str]) -> frozenset[str]:
    """Those of some measures that an authoritative source has ever said something of."""
    return frozenset(
        name
        for name in measures
        if any(context.coverage.get(source) for source in context.authorities.get(name, ()) if source != COSTS)
    )


def _labels(context: PlanContext, question: PeriodQuestion, measures: Collection[str]) -> Iterator[UnseenLabel]:
    sought = []
    if not context.unseen.get(question.scope, frozenset()).isdisjoint(measures):
        sought += [label_of(rule) for rule in tracking_of(context.loaded.plan).get(question.scope, ())]
    if (by := context.kpis[question.kpi].by) and question.breakdown and measures:
        sought.append(value_label(by, question.breakdown))
    keys = dict.fromkeys(label.key for label in sought)
    return (context.unseen_labels[key] for key in keys if key in context.unseen_labels)


def _at_work(context: PlanContext, question: PeriodQuestion) -> tuple[date, date]:
    """The first day on which figures were to be expected, and the day after the last."""
    plan, budget_plan = context.loaded.plan, question.budget_plan
    if budget_plan and (live := [days for of_one in budget_plan.live for days in of_one]):
        return min(days.start for days in live), max(days.end for days in live)
    life = plan.life_of(question.action) if question.action else plan.life
    return life.start, life.end

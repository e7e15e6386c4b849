"""PURE. What is unknown of a figure though its days were read: where it could turn a verdict, none is given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from config.periods import Window
from worker.judge.questions import PeriodQuestion
from worker.model.context import PlanContext
from worker.model.unknown import Hole
from worker.model.verdict import UnknownPart


def unknown_of(
    context: PlanContext, question: PeriodQuestion, holes: Mapping[int, Iterable[Hole]]
) -> UnknownPart | None:
    """What is unknown in the question's days; None where nothing is. Of one value of a breakdown nothing is told."""
    measures = context.measures(question.kpi)
    of_scope = holes.get(context.figure_ids[question.scope], ())
    looked_at = Window(question.period.start, min(question.period.end, question.until))
    mine = [hole for hole in of_scope if hole.measure in measures and hole.day in looked_at]
    if not mine or question.breakdown:
        return None
    money: dict[str, Decimal] = defaultdict(Decimal)
    for hole in {hole._replace(measure=""): hole for hole in mine if hole.amount is not None}.values():
        money[hole.currency] += hole.amount or 0
    days = sorted({hole.day for hole in mine if hole.amount is None})
    return UnknownPart(tuple(sorted(money.items())), tuple(days))

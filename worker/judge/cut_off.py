"""PURE. Up to which day a running period is looked at: its value, its pace and its forecast all stop there."""

from datetime import date

from config.periods import DAY, Window
from worker.judge.questions import PeriodQuestion
from worker.model.completeness import missing_sources
from worker.model.context import PlanContext


def cut_off(context: PlanContext, question: PeriodQuestion, today: date) -> date:
    """The day after the last one that every source has delivered, today at most: today is not over.

    ``date.max`` where there is nothing to leave out: the period is over, or begins today. Where no day is wholly
    known, what is known of the days before today counts.
    """
    counted = question.counted
    if not counted.start < today < counted.end:
        return date.max
    measures = context.measures(question.kpi)
    until = today
    while until > counted.start:
        if not missing_sources(measures, context.authorities, context.coverage, Window(until - DAY, until)):
            return until
        until -= DAY
    return today

"""Many past days judged, each as it was on its day: what they have in common is read and worked out once."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection

from config.periods import DAY, Window
from worker.judge.assess import answerable, assess_newest
from worker.judge.history import BEFORE, places_and_measures
from worker.judge.questions import promises, questions
from worker.model.context import PlanContext
from worker.model.verdict import Judgement
from worker.store.figure_reader import PastReader


def judge_of_past_days(connection: Connection, context: PlanContext, last: date) -> Callable[[date], list[Judgement]]:
    """What gives, for a day up to a last one, what ``assess`` would give."""
    promised = list(promises(context.loaded))
    asked = answerable(context, questions(promised, last))
    places, measures = places_and_measures(context, asked)
    first = min((one.period.start for one in asked), default=last)
    reader = PastReader(connection, context, places, measures, Window(first - BEFORE, last + DAY))
    return lambda day: assess_newest(reader, promised, day)

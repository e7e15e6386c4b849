"""PURE. A relative target -> its bounds in a period, from the baseline in the plan, what was kept, or earlier figures.

A base is taken once the figures of all its days are final, and kept from then on: a promise does not move when figures
of last year are restated, nor when tracking changes. A changed percentage is measured from the same base.
"""

from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from config.plan import Bound, Plan, Target
from worker.judge.questions import PeriodQuestion
from worker.model.base_value import BaseValue
from worker.model.verdict import FINAL, MISSING, PROVISIONAL, Figure

LATE = timedelta(days=7)  # for so long after a period figures that are missing may still come

Limits = tuple[Decimal | None, Decimal | None]


def earlier_question(plan: Plan, question: PeriodQuestion, today: date) -> PeriodQuestion | None:
    """What must be asked of earlier days to know a target's bounds; None where nothing must, or not yet."""
    target = question.promise
    if not isinstance(target, Target) or question.period.start > today:
        return None
    before = plan.compared(question.action, target, question.period)
    if before is None or target.given_baseline(before.start) is not None:
        return None
    return PeriodQuestion(question.subject, question.owner, target, before, is_newest=False)


def base_of(
    plan: Plan, question: PeriodQuestion, kept: Decimal | None, figure: Figure | None, today: date
) -> BaseValue | None:
    """What a target is measured from in a period; None for one that is not relative.

    ``kept`` is what it was measured from before, ``figure`` that of the earlier days where these must tell.
    """
    target = question.promise
    if not isinstance(target, Target) or target.relative is None:
        return None
    before = plan.compared(question.action, target, question.period)
    given = target.given_baseline(before.start if before else None)
    if given is not None:
        return BaseValue(target.relative, before, given, is_usable=True, is_given=True)
    if kept is not None:
        return BaseValue(target.relative, before, kept, is_usable=True)
    if before is None or figure is None:  # there are no such days, or it has not begun
        return BaseValue(target.relative, before)
    is_usable = figure.state == FINAL and figure.value is not None and figure.value > 0
    return BaseValue(
        target.relative,
        before,
        figure.value if figure.state == FINAL else None,
        is_usable=is_usable,
        is_awaited=figure.state == PROVISIONAL or (figure.state == MISSING and today < before.end + LATE),
    )


def limits_of(target: Target, base: BaseValue, *, in_whole: bool) -> Limits:
    """The lowest and the highest value allowed; neither while the base is not known.

    ``in_whole``: of things that are counted the target is a whole number, so that what is shown is what is judged.
    """
    if base.value is None or not base.is_usable:
        return None, None
    level, is_floor = base.relative.of(base.value), target.bound is Bound.AT_LEAST
    if in_whole:
        level = level.to_integral_value(ROUND_CEILING if is_floor else ROUND_FLOOR)
    return (level, None) if is_floor else (None, level)

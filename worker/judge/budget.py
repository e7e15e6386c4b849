"""PURE. A budget, its period, what is spent and what is still to come -> a verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.periods import DAY, Window
from config.plan import Budget, Cost, CostState
from config.vocabulary import Unit
from worker.judge.evidence import MISSING, Figure, Judgement, Phase, Reason, Subject, Verdict

BUDGET = "budget"  #: a budget's key among the subjects of its owner


@dataclass(frozen=True, slots=True)
class ToCome:
    """Money of a period not spent yet."""

    committed: Decimal
    planned: Decimal


def to_come(costs: Iterable[Cost], period: Window, today: date) -> ToCome:
    """What the costs of a period still hold, as of today."""
    sums = {state: Decimal(0) for state in CostState}
    for cost in costs:
        if cost.on in period:
            sums[cost.state_on(today)] += cost.amount
    return ToCome(sums[CostState.COMMITTED], sums[CostState.PLANNED])


def judge_budget(
    subject: Subject,
    budget: Budget,
    period: Window,
    spent: Figure,
    coming: ToCome,
    today: date,
    *,
    currency: str,
    missing: tuple[str, ...] = (),
    has_source: bool = True,
    is_simulated: bool = False,
) -> Judgement:
    """Judge one period of a budget. Over is said as soon as it is known, whatever else is missing."""
    committed = (spent.value or Decimal(0)) + coming.committed
    projected = None if spent.value is None else committed + coming.planned
    verdict, reason = _verdict(budget.amount, period, spent, coming, today)
    if reason is Reason.NOTHING_KNOWN and not has_source:
        reason = Reason.NO_SOURCE
    is_fact = period.end <= today or verdict is Verdict.OVER
    return Judgement(
        subject=subject,
        period=period,
        per=budget.per,
        verdict=verdict,
        phase=Phase.OUTCOME if is_fact else Phase.OUTLOOK,
        reason=reason,
        figure=spent,
        unit=Unit.MONEY,
        currency=currency,
        high=budget.amount,
        committed=coming.committed,
        projected=projected,
        lacking=missing if reason in (Reason.NOTHING_KNOWN, Reason.PARTLY_KNOWN) else (),
        is_simulated=is_simulated,
    )


def _verdict(amount: Decimal, period: Window, spent: Figure, coming: ToCome, today: date) -> tuple[Verdict, Reason]:
    if period.start > today:
        return Verdict.NOT_STARTED, Reason.BEFORE
    known = spent.value or Decimal(0)
    if known > amount:
        return Verdict.OVER, Reason.OVER
    if known + coming.committed > amount:
        return Verdict.OVER, Reason.OVER_COMMITTED
    if spent.value is None:
        return Verdict.NO_DATA, Reason.NOTHING_KNOWN
    if spent.state == MISSING and period.end <= today:
        return Verdict.NO_DATA, Reason.PARTLY_KNOWN
    if known + coming.committed + coming.planned > amount:
        return Verdict.OVERSPENDING, Reason.OVER_PLANNED
    has_run = period.start + DAY <= today
    if amount and has_run and spent.state != MISSING and not known + coming.committed + coming.planned:
        return Verdict.NO_SPEND, Reason.NOTHING_SPENT
    return Verdict.WITHIN, Reason.WITHIN

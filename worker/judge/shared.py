"""PURE. How much of what a budget spent too much other actions track as well."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from config.periods import DAY, Window
from config.plan import Plan
from config.vocabulary import Scope
from worker.model.records import TrackedSpend
from worker.model.verdict import Judgement, Verdict

_TOO_MUCH = (Verdict.OVER, Verdict.OVERSPENDING)


def days_in_question(judgements: Sequence[Judgement], today: date) -> Window | None:
    """The days up to today of the budgets that spend too much; None where none does."""
    periods = [one.period for one in judgements if _is_too_much(one)]
    if not periods:
        return None
    end = min(max(period.end for period in periods), today + DAY)
    return Window(min(period.start for period in periods), end)


def _is_too_much(one: Judgement) -> bool:
    return one.is_budget and one.verdict in _TOO_MUCH and one.subject.scope != Scope.PLAN


def with_shared(judgement: Judgement, spent: Sequence[TrackedSpend], plan: Plan) -> Judgement:
    """The judgement, and what of its spend belongs to actions that do not spend from its budget.

    Up to the day on which what it has spent stands.
    """
    if not _is_too_much(judgement):
        return judgement
    subject = judgement.subject
    own = set(plan.spenders(subject.ref)) if subject.scope == Scope.BUDGET else {subject.ref}
    last = (judgement.outlook.as_of if judgement.outlook else None) or judgement.period.last
    days = Window(judgement.period.start, last + DAY)
    found = [one for one in spent if one.day in days and one.actions & own and one.actions - own]
    with_ = frozenset[str]().union(*(one.actions - own for one in found))
    amount = sum((one.amount for one in found), Decimal(0))
    return replace(
        judgement, shared=amount, shared_with=tuple(plan.actions[id].name for id in plan.actions if id in with_)
    )

"""PURE. What a problem costs, and the one order in which problems are told: in subjects, mails, reports and digests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from config.plan import Plan
from config.vocabulary import Scope
from worker.model.verdict import Judgement

_ALL = Decimal(1)

#: (scope, id) -> the judgements of its budget
Budgets = Mapping[tuple[str, str], Sequence[Judgement]]


def rank(stake: Decimal, shortfall: Decimal | float, name: str) -> tuple[Decimal, Decimal, str]:
    """Sorts problems: most money at stake first; of as much, or none, what is furthest off."""
    return -stake, -Decimal(shortfall), name


def stakes_of(plan: Plan, judgements: Iterable[Judgement]) -> dict[str, Decimal]:
    """Key of the flag -> money at stake, in the plan's currency, of every judgement that is a problem."""
    every = list(judgements)
    budgets: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for one in every:
        if one.is_budget:
            budgets[one.subject.scope, one.subject.ref].append(one)
    return {"/".join(one.key): stake(one, _spent(plan, one, budgets)) for one in every if one.is_problem}


def stake(judgement: Judgement, spent: Decimal) -> Decimal:
    """What was missed times what it costs.

    Of money, what is too much, short or unused; of all else, the part of the money spent on it that its shortfall is.
    """
    if not judgement.is_money:
        return spent * min(_ALL, judgement.shortfall)
    at_end = judgement.at_end
    if judgement.low is not None and at_end < judgement.low:
        return judgement.low - at_end
    return abs(at_end - (judgement.high or Decimal(0)))


def in_all(stakes: Mapping[tuple[str, str], Decimal]) -> Decimal:
    """What several problems, by (scope, key), cost together: what actions cost is part of what wholes do."""
    wholes = [amount for (scope, _), amount in stakes.items() if scope in (Scope.OBJECTIVE, Scope.PLAN)]
    parts = sum(stakes.values(), Decimal(0)) - sum(wholes, Decimal(0))
    return max([parts, *wholes])


def _spent(plan: Plan, judgement: Judgement, budgets: Budgets) -> Decimal:
    """What was spent on it in the budget's period that the judged one begins in; of an objective, on its actions."""
    scope, ref = judgement.subject.scope, judgement.subject.ref
    owners = [(scope, ref)]
    if scope == Scope.OBJECTIVE:
        owners = [(Scope.ACTION, id) for id, action in plan.actions.items() if ref in action.objectives]
    running = [one for owner in owners for one in budgets.get(owner, ()) if judgement.period.start in one.period]
    return sum((one.figure.value or Decimal(0) for one in running), Decimal(0))

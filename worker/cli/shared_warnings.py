"""PURE. Figures that two actions count, where only the figures tell: tracking over different dimensions that meets."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from config.loading.document import Finding
from config.loading.overlap import overlapping
from config.message import Message, message
from config.plan import Plan, Rule
from config.vocabulary import Measure
from connectors.base import Origin
from worker.model.tracking import Tracker

Amounts = Mapping[Measure, Decimal]


def shared_findings(plan: Plan, amounts: Collection[tuple[Origin, Amounts]], days: int) -> Iterator[Finding]:
    """Each action with the one before it that shares most with it, of the figures of the last days."""
    rules = {id: action.tracked_by for id, action in plan.actions.items() if action.tracked_by}
    known = {frozenset(pair[:2]) for pair in overlapping(rules)}
    most: dict[str, tuple[str, Amounts]] = {}
    for (first, second), together in _pairs(rules, amounts).items():
        is_more = second not in most or _weight(together) > _weight(most[second][1])
        if frozenset((first, second)) not in known and is_more:
            most[second] = first, together
    for second, (first, together) in most.items():
        if amount := _text(together, plan.currency):
            text = message(
                "{second} and {first} track the same figures, {amount} in the last {days} days: each counts them, the "
                "plan only once",
                second=second,
                first=first,
                amount=amount,
                days=days,
            )
            yield ("actions", second, "tracked_by"), text


def _pairs(
    rules: Mapping[str, tuple[Rule, ...]], amounts: Collection[tuple[Origin, Amounts]]
) -> Mapping[tuple[str, str], Amounts]:
    """Pairs of actions, in the plan's order, and what both of them count."""
    tracker, order = Tracker(rules), {id: place for place, id in enumerate(rules)}
    found: dict[tuple[str, str], dict[Measure, Decimal]] = defaultdict(dict)
    for origin, of_origin in amounts:
        for pair in combinations(sorted(tracker.owners(origin), key=order.__getitem__), 2):
            for measure, amount in of_origin.items():
                found[pair][measure] = found[pair].get(measure, Decimal(0)) + amount
    return found


def _weight(amounts: Amounts) -> tuple[Decimal, Decimal]:
    return amounts.get(Measure.SPEND, Decimal(0)), amounts.get(Measure.SESSIONS, Decimal(0))


def _text(amounts: Amounts, currency: str) -> Message | None:
    """Spend and visits, what there is of them."""
    spent, visits = _weight(amounts)
    parts = {"spend": f"{spent:.2f}", "currency": currency, "visits": f"{visits:.0f}"}
    if spent and visits:
        return message("{spend} {currency} of spend and {visits} visits", **parts)
    if spent:
        return message("{spend} {currency} of spend", **parts)
    return message("{visits} visits", **parts) if visits else None

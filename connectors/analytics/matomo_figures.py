"""What a row of a Matomo's reports came to: visits, goals and orders. Sums and rows are read by the same rules."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from config.fields import LARGEST
from config.vocabulary import Measure
from connectors.kit.fields import Record

EXACT = 6  # decimals kept of money: Matomo adds it up in floating point, as 640.8099999999998

VISITS = (Measure.SESSIONS, Measure.VISITORS, Measure.ENGAGED_SESSIONS, Measure.ENGAGEMENT_SECONDS)
GOALS = (Measure.CONVERSIONS, Measure.CONVERSION_VALUE)
SALES = (Measure.ORDERS, Measure.ITEMS, Measure.REVENUE)

_COLUMNS = {"nb_visits", "nb_uniq_visitors", "nb_actions", "bounce_count", "sum_visit_length"}  # that tell of visits

Amounts = dict[Measure, Decimal | int | None]


@dataclass(frozen=True, slots=True)
class Basis:
    """What counts: which goals, all where there is none; and what is revenue."""

    goals: tuple[int, ...]
    with_tax: bool
    with_shipping: bool

    def total(self, visits: Record | None, goals: Iterable[Record | None], orders: Record | None) -> Amounts:
        """What a whole day had. Orders are a goal among all of them."""
        amounts = self._amounts(visits, goals, orders)
        return amounts if self.goals else less(amounts, _goal(orders))

    def row(self, row: Record) -> Amounts:
        """What a campaign or channel had. It may have goals and no visit: somebody came back another way."""
        found = row.record("goals") if row.values.get("goals", []) != [] else Record(row.where, {})
        wanted = "|".join(map(str, self.goals or ["[0-9]+"]))
        goals = [found.record(key) for key in found.values if re.fullmatch(f"idgoal=({wanted})", key)]
        visits = row if _COLUMNS & row.values.keys() else None
        return self._amounts(visits, goals, found.maybe_record("idgoal=ecommerceOrder"))

    def _amounts(self, visits: Record | None, goals: Iterable[Record | None], orders: Record | None) -> Amounts:
        amounts: Amounts = {**_visits(visits), **self._sales(orders), **dict.fromkeys(GOALS, 0)}
        for goal in goals:
            amounts = less(amounts, _goal(goal), -1)
        return amounts

    def _sales(self, row: Record | None) -> Amounts:
        """``revenue`` is all that was paid. The subtotal is not used: in some shops it holds the tax, in others not."""
        if row is None:
            return dict.fromkeys(SALES, 0)
        tax = 0 if self.with_tax else _money(row, "revenue_tax")
        shipping = 0 if self.with_shipping else _money(row, "revenue_shipping")
        revenue = _money(row, "revenue") - tax - shipping
        return dict(zip(SALES, (_count(row, "nb_conversions"), _count(row, "items"), revenue), strict=True))


def less(whole: Amounts, part: Amounts, sign: int = 1) -> Amounts:
    """What is left without a part, or with it where ``sign`` is -1; unknown where either is."""
    left = dict(whole)
    for measure, amount in part.items():
        known = whole[measure]
        left[measure] = None if known is None or amount is None else known - sign * amount
    return left


def says(amounts: Amounts) -> bool:
    """Whether it is more than nothing at all."""
    return any(amount is None or amount for amount in amounts.values())


def _visits(row: Record | None) -> Amounts:
    """Visits. A Matomo can be told not to count visitors: then they are unknown."""
    if row is None:
        return dict.fromkeys(VISITS, 0)
    visits, bounces = _count(row, "nb_visits"), _count(row, "bounce_count")
    if bounces > visits:
        row.refuse(f"{bounces} of {visits} visits bounced")
    visitors = _count(row, "nb_uniq_visitors") if row.has("nb_uniq_visitors") else None
    seconds = _count(row, "sum_visit_length")
    return dict(zip(VISITS, (visits, visitors, visits - bounces, seconds), strict=True))


def _goal(row: Record | None) -> Amounts:
    if row is None:
        return dict.fromkeys(GOALS, 0)
    return dict(zip(GOALS, (_count(row, "nb_conversions"), _money(row, "revenue")), strict=True))


def _count(row: Record, name: str) -> int:
    count = row.count(name)
    return count if count >= 0 else row.refuse(f"{name} is {count}, below zero")


def _money(row: Record, name: str) -> Decimal:
    amount = row.amount(name)
    return round(amount, EXACT) if abs(amount) < LARGEST else row.refuse(f"{name} is too large")

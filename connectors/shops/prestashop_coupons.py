"""The coupons of PrestaShop orders, by the codes they had when their orders were first read.

An order keeps the number and the name of a cart rule, not its code: that is looked up, and may have been changed or
deleted since. What was once read of an order or a rule is remembered.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from config.errors import SourceMisread
from connectors.base import Remark, Remember
from connectors.kit.fields import Record
from connectors.kit.sales import coupons
from connectors.shops.prestashop_webservice import Webservice

_OF_ORDER, _OF_RULE = "order cart rule", "cart rule"  # kinds of what is remembered

#: order -> its coupons as a label, and what they took off its shipping at most; or why they cannot be read
Coupons = dict[int, tuple[str, Decimal] | SourceMisread]


class CouponBook:
    """Looks up the coupons of the orders of one reading; none where they are not wanted. Raises SourceError."""

    def __init__(self, web: Webservice, remember: Remember, *, is_wanted: bool) -> None:
        self._web = web
        self._remember = remember
        self._is_wanted = is_wanted
        self._codes: dict[str, str] = {}  # of the cart rules met so far
        self._lost: dict[str, bool] = {}  # what stands for a code that nobody knows -> whether that was said

    def of(self, orders: set[int]) -> Coupons:
        """The coupons of these orders; automatic rules have no code."""
        if not self._is_wanted:
            return {}
        every = self._web.those("order_cart_rules", "full", "id_order", orders)
        rules = [rule for rule in every if not rule.maybe_count("deleted")]  # taken off again; old versions remove it
        codes = self._codes_of(rules) if rules else {}
        labels, free = defaultdict[int, list[str]](list), defaultdict[int, Decimal](Decimal)
        faults: Coupons = {}
        for rule in rules:
            order = rule.count("id_order")
            labels[order].append(codes[rule.id("id")])
            try:
                free[order] += rule.amount("value_tax_excl") if rule.count("free_shipping") else 0
            except SourceMisread as fault:
                faults[order] = fault
        return {order: (coupons(codes), free[order]) for order, codes in labels.items()} | faults

    def remarks(self) -> Iterator[Remark]:
        """Once of each coupon whose code nobody knows any more."""
        for code in [code for code, is_said in self._lost.items() if not is_said]:
            self._lost[code] = True
            yield Remark(f"coupon {code}: its code is not known, as the shop deleted it: no action tracks its orders")

    def _codes_of(self, rules: list[Record]) -> dict[str, str]:
        """Of each of an order's rules the code it had when it was first read."""
        of_rule = {rule.id("id"): str(rule.count("id_cart_rule")) for rule in rules}
        first = self._remember(_OF_ORDER, {}, sorted(of_rule))
        self._look_up({id for place, id in of_rule.items() if place not in first})
        fresh = {place: self._codes[id] for place, id in of_rule.items() if place not in first and id in self._codes}
        if fresh:
            self._remember(_OF_ORDER, fresh, ())
        known = {**first, **fresh}
        return {place: known[place] if place in known else self._stand_in(id) for place, id in of_rule.items()}

    def _look_up(self, rules: set[str]) -> None:
        """The codes of cart rules as they are now, or were when they were last there."""
        unknown = rules - self._codes.keys()
        rows = self._web.those("cart_rules", "[id,code]", "id", {int(id) for id in unknown})
        known = {row.id("id"): row.maybe_text("code") or "" for row in rows}
        self._codes.update(self._remember(_OF_RULE, known, sorted(unknown)))

    def _stand_in(self, rule: str) -> str:
        """What stands for a code that nobody knows: it is not no coupon."""
        code = f"(deleted cart rule {rule})"
        self._lost.setdefault(code, False)
        return code

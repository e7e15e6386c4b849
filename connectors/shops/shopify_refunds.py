"""The refunds of a Shopify shop: found among the orders that changed since, and taken apart by their lines.

Source:
    The Admin API's own schema 2026-07, from the npm package @shopify/dev-mcp 1.16.0 (2026-09-28).
"""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.errors import SourceMisread
from config.periods import Window
from config.vocabulary import Measure
from connectors.base import Counted, Gone, Item, Note, Quality, Reading, Remark
from connectors.kit.days import span_of
from connectors.kit.fields import Record
from connectors.kit.leaving_out import read_each
from connectors.shops.shopify_amounts import MONEY, RefundOfOrder, given_back, money_of, refunds_of, worth_of
from connectors.shops.shopify_graphql import Graphql, utc
from connectors.shops.shopify_orders import OrderReader, number_of

PAGE = 50  # orders a page: with their refunds 950 points of the 1,000 that one query may cost
MOST_REFUNDS = 50  # of one order
REFUNDS, LINES, MANY_LINES = 5, 25, 150  # refunds asked for at once, the lines of each, and of one that has more

_REFUNDED = "(financial_status:refunded OR financial_status:partially_refunded)"
_LISTED = f"refunds(first: {MOST_REFUNDS}) {{ id processedAt totalRefundedSet {MONEY} }}"
_REFUNDS = f"""query VigieRefunds($ids: [ID!]!, $lines: Int!) {{ nodes(ids: $ids) {{ ... on Refund {{ id
  refundLineItems(first: $lines) {{ pageInfo {{ hasNextPage }} nodes {{ subtotalSet {MONEY} totalTaxSet {MONEY} }} }}
  refundShippingLines(first: 5) {{ nodes {{ subtotalAmountSet {MONEY} taxAmountSet {MONEY} }} }} }} }} }}"""
_RETURNED = (Measure.REVENUE, Measure.REFUNDS)


class _Made(NamedTuple):
    """A refund, and the order whose it is."""

    order: Record
    refund: Record


class Refunds:
    """Reads refunds; every method raises SourceError."""

    def __init__(self, api: Graphql, orders: OrderReader) -> None:
        self._api = api
        self._orders = orders

    @property
    def fields(self) -> str:
        """What is asked of an order that has refunds."""
        return f"{self._orders.fields} {_LISTED}"

    def of(self, window: Window, zone: ZoneInfo) -> Iterator[Item]:
        """Those of a window, in any order."""
        since, _ = span_of(window, zone)
        orders = self._api.orders(self.fields, f"updated_at:>='{utc(since)}' AND {_REFUNDED}", PAGE)
        while page := list(islice(orders, PAGE)):
            sold = [order for order in page if not order.flag("test")]
            made = {
                refund.id("id"): _Made(order, refund)
                for order in sold
                for refund in refunds_of(order)
                if self._orders.day(refund) in window
            }
            lines = self._lines_of(made)
            refunds = [one.refund for one in made.values()]
            yield from read_each(refunds, partial(self._read, made, lines), partial(self._unread, made))
            for order in sold:
                yield from self._untold(order, window)

    def _read(self, made: Mapping[str, _Made], lines: Mapping[str, Record], refund: Record) -> Iterator[Item]:
        order, day = made[refund.id("id")].order, self._orders.day(refund)
        currency = order.currency("currencyCode")
        total = money_of(refund, "totalRefundedSet", currency)
        if not total:  # only goods that came back
            return
        if not self._orders.counts(order):  # no sale any more: both are in, or neither
            yield Gone(day)
            yield Reading(day, self._orders.origin(order), {Measure.ORDERS: 0})
            return
        said = lines.get(refund.id("id")) or refund.refuse("is listed, and nothing is said of it")
        whole = RefundOfOrder(worth_of(order), currency, order.flag("taxesIncluded"), total)
        amount = self._orders.revenue(given_back(said, whole))
        yield Counted(day, f"refund {number_of(refund)}")
        yield Reading(day, self._orders.origin(order), {Measure.REVENUE: amount and -amount, Measure.REFUNDS: amount})

    def _unread(self, made: Mapping[str, _Made], refund: Record) -> Reading:
        """In the place of a refund that cannot be read."""
        origin = self._orders.origin_if_told(made[refund.id("id")].order)
        return Reading(self._orders.day(refund), origin, dict.fromkeys(_RETURNED))

    def _untold(self, order: Record, window: Window) -> Iterator[Item]:
        """Of an order with more refunds than Shopify lists: those from the last one's day on may be others."""
        if len(order.items("refunds")) < MOST_REFUNDS:
            return
        name = order.where.partition(": ")[2]
        text = f"{name}: has {MOST_REFUNDS} refunds or more: from the last one listed on they are not known"
        last = max(self._orders.day(refund) for refund in refunds_of(order))
        for day in window:
            if day >= last:
                origin = self._orders.origin_if_told(order)
                yield Note(day, Quality.TRUNCATED, text)
                yield Reading(day, origin, dict.fromkeys(_RETURNED))
        yield Remark(text)

    def _lines_of(self, made: Mapping[str, _Made]) -> dict[str, Record]:
        """Refund -> what it gave back, of those that gave back money."""
        found: dict[str, Record] = {}
        asked = [id for id, one in made.items() if self._gives_money(one)]
        for start in range(0, len(asked), REFUNDS):
            batch = asked[start : start + REFUNDS]
            for said in self._said_of(batch):
                id = said.id("id")
                found[id] = said if id in batch else said.refuse("was not asked for")
        return found

    def _gives_money(self, made: _Made) -> bool:
        """Whether its lines are of use; where it cannot be read, its own reading says why."""
        try:
            total = money_of(made.refund, "totalRefundedSet", made.order.currency("currencyCode"))
            return bool(total) and self._orders.counts(made.order)
        except SourceMisread:
            return False

    def _said_of(self, refunds: list[str], lines: int = LINES) -> Iterator[Record]:
        """What each refund gave back; one of many lines is asked for alone. Of one that is gone, nothing is said."""
        answer = self._api.ask(_REFUNDS, ids=refunds, lines=lines)
        for value in answer.items("nodes"):
            if value is None:
                continue
            refund = Record.of(f"{self._api.source}: what is said of a refund", value)
            if lines == LINES and refund.record("refundLineItems").record("pageInfo").flag("hasNextPage"):
                yield from self._said_of([refund.id("id")], MANY_LINES)
            else:
                yield refund

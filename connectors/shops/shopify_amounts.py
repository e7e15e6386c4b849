"""What an order or a refund of a Shopify shop came to, in the shop's money.

Source:
    The Admin API's own schema 2026-07, from the npm package @shopify/dev-mcp 1.16.0 (2026-09-28).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from connectors.kit.fields import Record

UNKNOWN = Decimal("NaN")  # sums carry it on
MONEY = "{ shopMoney { amount currencyCode } }"  # what is asked of an amount


class OrderAmounts(NamedTuple):
    """What an order or a refund came to, each part without the others; UNKNOWN where Shopify does not say."""

    goods: Decimal
    tax: Decimal
    shipping: Decimal


class RefundOfOrder(NamedTuple):
    """The money of a refund, and what its order came to."""

    order: OrderAmounts
    currency: str
    has_tax_inside: bool
    total: Decimal


def refunds_of(order: Record) -> Iterator[Record]:
    """Its refunds, by their numbers."""
    for refund in order.records("refunds"):
        yield Record(f"refund {refund.id('id').rpartition('/')[2]}", refund.values, order)


def given(record: Record, name: str) -> Record | None:
    """What may be null; but not missing, as it was asked for."""
    if name not in record.values:
        record.refuse(f"has no '{name}'")
    return record.maybe_record(name)


def money_of(record: Record, name: str, currency: str) -> Decimal:
    """An amount in the shop's money, never the customer's."""
    money = record.record(name).record("shopMoney")
    if money.currency("currencyCode") != currency:
        money.refuse("is in another currency than the order")
    return money.amount("amount")


def worth_of(order: Record) -> OrderAmounts:
    """The order after discounts. Where prices hold the tax, that of the goods is all of it but the shipping's."""
    currency = order.currency("currencyCode")
    goods, tax = (
        money_of(order, name, currency) if given(order, name) else UNKNOWN
        for name in ("subtotalPriceSet", "totalTaxSet")
    )
    shipping = shipping_tax = Decimal(0)
    if line := given(order, "shippingLine"):
        shipping = money_of(line, "discountedPriceSet", currency)
        shipping_tax = sum((money_of(tax, "priceSet", currency) for tax in line.records("taxLines")), Decimal(0))
    elif money_of(order, "totalShippingPriceSet", currency):
        order.refuse("has a price of shipping, and no shippingLine")
    if order.flag("taxesIncluded"):
        return OrderAmounts(goods - (tax - shipping_tax), tax, shipping - shipping_tax)
    return OrderAmounts(goods, tax, shipping)


def given_back(said: Record, refund: RefundOfOrder) -> OrderAmounts:
    """What a refund gave back. What its lines do not explain (a gesture, a fee) is divided as the order was."""

    def total(lines: str, name: str) -> Decimal:
        nodes = said.record(lines).records("nodes")
        return sum((money_of(line, name, refund.currency) for line in nodes), Decimal(0))

    goods, goods_tax = total("refundLineItems", "subtotalSet"), total("refundLineItems", "totalTaxSet")
    shipping = total("refundShippingLines", "subtotalAmountSet")
    shipping_tax = total("refundShippingLines", "taxAmountSet")
    if refund.has_tax_inside:
        goods, shipping = goods - goods_tax, shipping - shipping_tax
    tax = goods_tax + shipping_tax
    rest = refund.total - goods - tax - shipping
    if not rest:
        return OrderAmounts(goods, tax, shipping)
    whole = sum(refund.order, Decimal(0))
    of_tax, of_shipping = (
        (rest * part / whole).quantize(Decimal("0.01")) if whole else Decimal(0)
        for part in (refund.order.tax, refund.order.shipping)
    )
    return OrderAmounts(goods + rest - of_tax - of_shipping, tax + of_tax, shipping + of_shipping)

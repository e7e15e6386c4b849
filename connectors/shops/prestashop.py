"""A PrestaShop shop: orders on the day they were made, credit slips on their own, coupons, and who bought.

Its dates have no zone, its money is the order's, and what a number counts for depends on the order's state.

Source:
    github.com/PrestaShop/PrestaShop (classes/order, src/Adapter/Order/Refund) and PrestaShop-1.6, read 2026-11; answers
    recorded in tests/support/fixtures/prestashop.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from config.errors import SourceMisread
from config.periods import Window
from config.sources import SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Counted, Gone, Item, Origin, Reading, SourceInfo
from connectors.kit.days import day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.leaving_out import origin_if_told, read_each
from connectors.kit.sales import buyer, by_day
from connectors.shops.prestashop_coupons import CouponBook, Coupons
from connectors.shops.prestashop_facts import AskedFacts, PrestaShopOptions, ShopFacts
from connectors.shops.prestashop_slips import goods_of
from connectors.shops.prestashop_webservice import KEYS, ShopKey, Webservice

AROUND = timedelta(hours=1)  # asked for beside a window: an hour that comes twice has one name

_ORDER = (
    "[id,id_customer,id_currency,current_state,valid,invoice_number,date_add,total_paid_tax_excl,total_paid_tax_incl,"
    "total_shipping_tax_excl,conversion_rate,order_rows[product_quantity]]"
)
_NEEDED = frozenset({"orders", "order_slip", "order_states", "customers", "currencies"})
_OF_COUPONS = frozenset({"order_cart_rules", "cart_rules"})
_NEVER = "0000-00-00 00:00:00"  # how it writes that there is none
_SOLD = (Measure.ORDERS, Measure.ITEMS, Measure.REVENUE, Measure.NEW_CUSTOMERS)
_RETURNED = (Measure.REVENUE, Measure.REFUNDS)
_ERASED = {"anonymous@psgdpr.com", "anonymous@anonymous.com"}  # written over the people a shop must forget


class _Order(NamedTuple):
    row: Record
    origin: Origin
    free_shipping: Decimal  #: what coupons took off its shipping, at most


class PrestaShop:
    """Reads orders on the day they were made, and credit slips on their own."""

    Options: ClassVar[type[SourceEntry]] = PrestaShopOptions
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar[frozenset[str]] = frozenset(
        {Measure.ORDERS, Measure.ITEMS, Measure.REVENUE, Measure.REFUNDS, Measure.NEW_CUSTOMERS}
    )
    lookback: ClassVar = 3
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits()

    def __init__(self, options: PrestaShopOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def check(self) -> SourceInfo:
        """Ask what the key may read, name what it lacks, and say where the shop stands."""
        name, allowed = self._web.resources()
        needed = _NEEDED | (_OF_COUPONS if self.options.coupons else set())
        if missing := sorted(needed - allowed):
            hint = "; before PrestaShop 1.7.8 there is no order_cart_rules: write coupons: false"
            boxes = f"tick View (GET) for {', '.join(missing)} at the key in {KEYS}"
            raise self._web.refused(boxes + (hint if "order_cart_rules" in missing else ""))
        shop = self._facts.all()
        first = self._web.rows("orders", "[id,date_add]", {"date": "1", "sort": "[date_add_ASC,id_ASC]", "limit": "1"})
        return SourceInfo(
            account=f"{name} ({self.options.url})",
            zone=shop.zone.key,
            currency=shop.currency,
            since=self._day(first[0], shop.zone) if first else None,
            remarks=tuple(self._remarks(shop)),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield a reading for each order, and one for each credit slip of an order that counts."""
        shop = self._facts.all()
        book = CouponBook(self._web, self.context.remember, is_wanted=self.options.coupons)
        yield from by_day(self._sales(shop, book, window), self._refunds(shop, book, window))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of orders and credit slips changed since then, and of all slips of an order changed."""
        zone = self._facts.zone()
        for resource in ("orders", "order_slip"):
            for rows in self._web.changed(resource, _local(since - AROUND, zone)):
                ids = {row.count("id") for row in rows} if resource == "orders" else set()
                slips = self._web.those("order_slip", "[id,id_order,date_add]", "id_order", ids)
                yield from (day for row in (*rows, *slips) if (day := self._day(row, zone)))

    def buyers_from(self, start: date) -> date:
        """As the entry says, else two years before."""
        return self.options.first_day_of_buyers(start)

    # Orders and credit slips.

    def _sales(self, shop: ShopFacts, book: CouponBook, window: Window) -> Iterator[Item]:
        for rows in self._web.made("orders", _ORDER, *self._between(window, shop.zone)):
            page = [row for row in rows if (day := self._day(row, shop.zone)) and day in window]
            coupons = book.of({row.count("id") for row in page})
            emails = self._emails(shop, page)
            yield from read_each(
                page,
                partial(self._sale, shop, coupons, emails),
                partial(self._unread, shop, coupons),
            )
            yield from book.remarks()

    def _sale(self, shop: ShopFacts, coupons: Coupons, emails: dict[int, str], row: Record) -> Iterator[Item]:
        order, day = self._order(shop, coupons, row), self._day_of(row, shop)
        if not shop.counts(row):
            if shop.is_lost(row):
                yield Gone(day)
            yield Reading(day, order.origin, {Measure.ORDERS: 0, Measure.ITEMS: 0, Measure.REVENUE: 0})
            return
        email = emails.get(row.count("id_customer"))
        yield Counted(day, f"order {row.count('id')}")
        yield Reading(
            day,
            order.origin,
            {
                Measure.ORDERS: 1,
                Measure.ITEMS: _pieces(row),
                Measure.REVENUE: self._worth(order) / self._rate(row),
                **({} if email else {Measure.NEW_CUSTOMERS: None}),
            },
        )
        if email:
            yield buyer(self.context, day, order.origin, email)

    def _worth(self, order: _Order) -> Decimal:
        """An order on the basis of revenue. Shipping that a coupon paid is among the discounts already."""
        total = order.row.amount("total_paid_tax_incl" if self.options.with_tax else "total_paid_tax_excl")
        shipping = order.row.amount("total_shipping_tax_excl")
        return total if self.options.with_shipping else total - shipping + min(shipping, order.free_shipping)

    def _refunds(self, shop: ShopFacts, book: CouponBook, window: Window) -> Iterator[Item]:
        for rows in self._web.made("order_slip", "full", *self._between(window, shop.zone)):
            slips = [slip for slip in rows if (day := self._day(slip, shop.zone)) and day in window]
            ids = {_order_of(slip) for slip in slips} - {0}
            orders = {row.count("id"): row for row in self._web.those("orders", _ORDER, "id", ids)}
            coupons = book.of(set(orders))
            yield from read_each(
                slips,
                partial(self._refund, shop, coupons, orders),
                partial(self._unread_refund, shop, coupons, orders),
            )
            yield from book.remarks()

    def _refund(self, shop: ShopFacts, coupons: Coupons, orders: dict[int, Record], slip: Record) -> Iterator[Item]:
        """What a slip gives back; nothing where its order was deleted, is another shop's, or does not count.

        An order in a state such as "Refunded" is no sale any more: both are in, or neither.
        """
        day, row = self._day_of(slip, shop), orders.get(slip.count("id_order"))
        if row is None and self.options.shop_id:  # perhaps another shop's
            return
        if row is None or not shop.counts(row):
            yield Gone(day)
            yield Reading(day, Origin(currency=self._currency_of(shop)), {Measure.ORDERS: 0})
            return
        order = self._order(shop, coupons, row)
        back = self._given_back(slip, order.row) / self._rate(slip)
        yield Counted(day, f"credit slip {slip.count('id')}")
        yield Reading(day, order.origin, {Measure.REVENUE: -back, Measure.REFUNDS: back})

    def _unread(self, shop: ShopFacts, coupons: Coupons, order: Record) -> Reading:
        """In the place of an order that cannot be read."""
        return Reading(self._day_of(order, shop), self._origin_if_told(shop, coupons, order), dict.fromkeys(_SOLD))

    def _unread_refund(self, shop: ShopFacts, coupons: Coupons, orders: dict[int, Record], slip: Record) -> Reading:
        order = orders.get(_order_of(slip))
        origin = self._origin_if_told(shop, coupons, order) if order else Origin(currency=self._currency_of(shop))
        return Reading(self._day_of(slip, shop), origin, dict.fromkeys(_RETURNED))

    def _origin_if_told(self, shop: ShopFacts, coupons: Coupons, order: Record) -> Origin:
        return origin_if_told(order, lambda it: self._order(shop, coupons, it).origin, self._currency_of(shop))

    def _given_back(self, slip: Record, order: Record) -> Decimal:
        """A refund on the basis of revenue."""
        without_tax, with_tax = goods_of(slip, order)
        shipping = slip.amount("total_shipping_tax_excl")
        goods = with_tax + slip.amount("total_shipping_tax_incl") - shipping if self.options.with_tax else without_tax
        return goods + shipping if self.options.with_shipping else goods

    def _rate(self, row: Record) -> Decimal:
        """How many of the order's currency made one of the shop's at that time."""
        if self.options.money == "order":
            return Decimal(1)
        rate = row.amount("conversion_rate")
        return rate if rate > 0 else row.refuse(f"conversion_rate is {rate}, which nothing can be divided by")

    def _order(self, shop: ShopFacts, coupons: Coupons, row: Record) -> _Order:
        found = coupons.get(row.count("id"), ("", Decimal(0)))
        if isinstance(found, SourceMisread):
            raise found
        label, free_shipping = found
        return _Order(row, Origin(coupon=label, currency=self._currency(shop, row)), free_shipping)

    def _emails(self, shop: ShopFacts, orders: Iterable[Record]) -> dict[int, str]:
        """Customer id -> e-mail address, where there is one. A guest is another customer each time."""
        ids = {_buyer_of(shop, order) for order in orders} - {0}
        rows = self._web.those("customers", "[id,email]", "id", ids)
        found = {row.count("id"): row.maybe_text("email") or "" for row in rows}
        return {id: email for id, email in found.items() if email.strip() and email.casefold() not in _ERASED}

    # Where the shop stands.

    def _currency(self, shop: ShopFacts, order: Record) -> str:
        if self.options.money == "shop":
            return shop.currency or ""
        currency = shop.currencies.get(order.count("id_currency"))
        return currency or order.refuse("id_currency is none of the shop's currencies")

    def _day_of(self, row: Record, shop: ShopFacts) -> date:
        return self._day(row, shop.zone) or row.refuse("date_add says nothing")

    def _currency_of(self, shop: ShopFacts) -> str:
        return shop.currency or self.context.currency

    def _day(self, row: Record, zone: ZoneInfo) -> date | None:
        """The plan's day on which something was made, where it is known."""
        if row.text("date_add") == _NEVER:
            return None
        return day_of(row.moment("date_add", zone), ZoneInfo(self.context.zone))

    def _between(self, window: Window, zone: ZoneInfo) -> tuple[str, str]:
        """A window as the shop's clock has it, with an hour on either side."""
        since, until = span_of(window, ZoneInfo(self.context.zone))
        return _local(since - AROUND, zone), _local(until + AROUND, zone)

    def _remarks(self, shop: ShopFacts) -> Iterator[str]:
        if not shop.knows_zone:
            yield f"its time zone is not known: {shop.zone.key} is the plan's; write timezone if it is another"
        if self.options.money == "shop" and len(shop.at_par) > 1:
            same = " and ".join(shop.at_par)
            yield f"{same} have a rate of 1: where orders are not in {shop.currency}, write money: order"

    @cached_property
    def _facts(self) -> AskedFacts:
        return AskedFacts(self._web, self.options, self.context.zone)

    @cached_property
    def _web(self) -> Webservice:
        own = self.options
        shop = ShopKey(own.url, self.context.reveal(own.key), own.key_in_query, own.shop_id)
        return Webservice(self.context.source, shop, in_xml=own.format == "xml", limits=self.limits)


def _buyer_of(shop: ShopFacts, order: Record) -> int:
    """The id of the customer of a sale; 0 of what is none, or cannot be read, which its own reading will say."""
    try:
        return order.count("id_customer") if shop.counts(order) else 0
    except SourceMisread:
        return 0


def _order_of(slip: Record) -> int:
    """The id of a slip's order; 0 where it cannot be read, which the slip's own reading will say."""
    try:
        return slip.count("id_order")
    except SourceMisread:
        return 0


def _pieces(order: Record) -> int | None:
    """The pieces ordered; None where its rows are not told."""
    inner = order.maybe_record("associations")
    if inner is None or not inner.has("order_rows"):
        return None
    return sum(row.count("product_quantity") for row in inner.records("order_rows"))


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """As the webservice compares it: with a T it would not."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

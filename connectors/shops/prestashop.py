"""A PrestaShop shop: orders on the day they were made, credit slips on their own, coupons, and who bought.

Its dates have no zone, its money is the order's, and what a number counts for depends on the order's state.

Source:
    github.com/PrestaShop/PrestaShop (classes/order, src/Adapter/Order/Refund) and PrestaShop-1.6, read 2026-11; answers
    recorded in tests/support/fixtures/prestashop.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from typing import Annotated, ClassVar, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from config.addresses import WebAddress, ends_before
from config.fields import Currency, Zone
from config.periods import Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Counted, Gone, Item, Origin, Reading, Remark, SourceInfo
from connectors.kit.days import day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.leaving_out import origin_if_told, read_each
from connectors.kit.sales import ShopOptions, buyer, by_day, coupons
from connectors.shops.prestashop_slips import goods_of
from connectors.shops.prestashop_webservice import KEYS, NotAllowed, ShopKey, Webservice, settings_of

AROUND = timedelta(hours=1)  # asked for beside a window: an hour that comes twice has one name

_ORDER = (
    "[id,id_customer,id_currency,current_state,valid,date_add,total_paid_tax_excl,total_paid_tax_incl,"
    "total_shipping_tax_excl,conversion_rate,order_rows[product_quantity]]"
)
_NEEDED = frozenset({"orders", "order_slip", "order_states", "customers", "currencies"})
_OF_COUPONS = frozenset({"order_cart_rules", "cart_rules"})
_ZONE, _CURRENCY = "PS_TIMEZONE", "PS_CURRENCY_DEFAULT"
_OPTION = {_ZONE: "timezone", _CURRENCY: "currency"}
_NEVER = "0000-00-00 00:00:00"  # how it writes that there is none
_LOST = {"order_canceled", "payment_error", "refund"}  # mails of the states in which nobody waits for money any more
_SOLD = (Measure.ORDERS, Measure.ITEMS, Measure.REVENUE, Measure.NEW_CUSTOMERS)
_RETURNED = (Measure.REVENUE, Measure.REFUNDS)
_RULE = "deleted cart rule"
_Coupons = dict[int, tuple[str, Decimal]]  # order -> its coupons as a label, and what they took off its shipping
_ERASED = {"anonymous@psgdpr.com", "anonymous@anonymous.com"}  # written over the people a shop must forget


class PrestaShopOptions(ShopOptions):
    """``url`` is the shop's own address, ``key`` one of its webservice's."""

    identity: ClassVar[tuple[str, ...]] = ("url", "shop_id")

    url: Annotated[WebAddress, ends_before("/api")]
    key: Secret
    key_in_query: bool = False
    timezone: Zone | None = None
    currency: Currency | None = None
    money: Literal["shop", "order"] = "shop"
    coupons: bool = True
    count_unpaid: bool = False
    shop_id: Annotated[int | None, Field(ge=1)] = None
    format: Literal["json", "xml"] = "json"


@dataclass(frozen=True)
class _Shop:
    """What the numbers in an order refer to."""

    zone: ZoneInfo
    currency: str | None  #: that it counts in, where it tells
    currencies: dict[int, str]
    at_par: list[str]  #: the currencies with a rate of 1
    states: dict[int, bool]  #: whether an order in it counts
    over: frozenset[int]  #: the states of orders that were cancelled, refused or refunded
    codes: dict[int, str] = field(default_factory=dict)  #: of the coupons met so far

    def is_over(self, state: int) -> bool:
        """Whether an order in a state will not count any more."""
        return state in self.over


class _Order(NamedTuple):
    row: Record
    origin: Origin
    counts: bool
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
        settings = self._settings()
        shop = self._shop(settings)
        first = self._web.rows("orders", "[id,date_add]", {"date": "1", "sort": "[date_add_ASC,id_ASC]", "limit": "1"})
        return SourceInfo(
            account=f"{name} ({self.options.url})",
            zone=shop.zone.key,
            currency=shop.currency,
            since=self._day(first[0], shop.zone) if first else None,
            remarks=tuple(self._remarks(shop, settings)),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield a reading for each order, and one for each credit slip of an order that counts."""
        shop = self._shop(self._settings())
        yield from by_day(self._sales(shop, window), self._refunds(shop, window))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of orders and credit slips changed since then, and of all slips of an order changed."""
        zone = self._zone(self._settings())
        for resource in ("orders", "order_slip"):
            for rows in self._web.changed(resource, _local(since - AROUND, zone)):
                ids = {row.count("id") for row in rows} if resource == "orders" else set()
                slips = self._web.those("order_slip", "[id,id_order,date_add]", "id_order", ids)
                yield from (day for row in (*rows, *slips) if (day := self._day(row, zone)))

    def buyers_from(self, start: date) -> date:
        """As the entry says, else two years before."""
        return self.options.first_day_of_buyers(start)

    # Orders and credit slips.

    def _sales(self, shop: _Shop, window: Window) -> Iterator[Item]:
        for rows in self._web.made("orders", _ORDER, *self._between(window, shop.zone)):
            page = [row for row in rows if (day := self._day(row, shop.zone)) and day in window]
            coupons = self._coupons(shop, {row.count("id") for row in page})
            emails = self._emails(row for row in page if self._counts(shop, row))
            yield from read_each(
                page,
                partial(self._sale, shop, coupons, emails),
                partial(self._unread, shop, coupons),
            )
            yield from _untold(coupons)

    def _sale(self, shop: _Shop, coupons: _Coupons, emails: dict[int, str], row: Record) -> Iterator[Item]:
        order, day = self._order(shop, coupons, row), self._day_of(row, shop)
        if not order.counts:
            if shop.is_over(row.count("current_state")):
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

    def _refunds(self, shop: _Shop, window: Window) -> Iterator[Item]:
        for rows in self._web.made("order_slip", "full", *self._between(window, shop.zone)):
            slips = [slip for slip in rows if (day := self._day(slip, shop.zone)) and day in window]
            orders = {
                row.count("id"): row
                for row in self._web.those("orders", _ORDER, "id", {slip.count("id_order") for slip in slips})
            }
            coupons = self._coupons(shop, set(orders))
            yield from read_each(
                slips,
                partial(self._refund, shop, coupons, orders),
                partial(self._unread_refund, shop, coupons, orders),
            )

    def _refund(self, shop: _Shop, coupons: _Coupons, orders: dict[int, Record], slip: Record) -> Iterator[Item]:
        """What a slip gives back; nothing where its order was deleted, is another shop's, or does not count.

        An order in a state such as "Refunded" is no sale any more: both are in, or neither.
        """
        day, row = self._day_of(slip, shop), orders.get(slip.count("id_order"))
        if row is None and self.options.shop_id:  # perhaps another shop's
            return
        if row is None or not self._counts(shop, row):
            yield Gone(day)
            yield Reading(day, Origin(currency=self._currency_of(shop)), {Measure.ORDERS: 0})
            return
        order = self._order(shop, coupons, row)
        back = self._given_back(slip, order.row) / self._rate(slip)
        yield Counted(day, f"credit slip {slip.count('id')}")
        yield Reading(day, order.origin, {Measure.REVENUE: -back, Measure.REFUNDS: back})

    def _unread(self, shop: _Shop, coupons: _Coupons, order: Record) -> Reading:
        """In the place of an order that cannot be read."""
        return Reading(self._day_of(order, shop), self._origin_if_told(shop, coupons, order), dict.fromkeys(_SOLD))

    def _unread_refund(self, shop: _Shop, coupons: _Coupons, orders: dict[int, Record], slip: Record) -> Reading:
        origin = self._origin_if_told(shop, coupons, orders.get(slip.count("id_order"), slip))
        return Reading(self._day_of(slip, shop), origin, dict.fromkeys(_RETURNED))

    def _origin_if_told(self, shop: _Shop, coupons: _Coupons, order: Record) -> Origin:
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

    def _order(self, shop: _Shop, coupons: _Coupons, row: Record) -> _Order:
        label, free_shipping = coupons.get(row.count("id"), ("", Decimal(0)))
        origin = Origin(coupon=label, currency=self._currency(shop, row))
        return _Order(row, origin, self._counts(shop, row), free_shipping)

    def _counts(self, shop: _Shop, row: Record) -> bool:
        counts = shop.states.get(row.count("current_state"))
        if counts is None:  # a module took its states along: the order remembers what they were
            counts = bool(row.count("valid"))
        return counts

    def _coupons(self, shop: _Shop, ids: set[int]) -> _Coupons:
        """Order id -> its coupons as a label, and what they took off its shipping at most.

        The code of a rule that the shop has deleted since is the one it was known by; where it never was, the rule's
        number stands for it: it is not no coupon.
        """
        if not self.options.coupons:
            return {}
        every = self._web.those("order_cart_rules", "full", "id_order", ids)
        rules = [(rule.count("id_order"), rule.count("id_cart_rule"), rule) for rule in every if not _is_gone(rule)]
        unknown = {id for _, id, _ in rules} - shop.codes.keys()
        rows = self._web.those("cart_rules", "[id,code]", "id", unknown)
        known = {row.id("id"): row.text("code") for row in rows}
        named = self.context.remember("cart rule", known, sorted(map(str, unknown)))
        shop.codes.update((id, named.get(str(id), f"({_RULE} {id})")) for id in unknown)
        labels, free = defaultdict[int, list[str]](list), defaultdict[int, Decimal](Decimal)
        for order, id, rule in rules:
            labels[order].append(shop.codes[id])
            free[order] += rule.amount("value_tax_excl") if rule.count("free_shipping") else 0
        return {order: (coupons(codes), free[order]) for order, codes in labels.items()}

    def _emails(self, orders: Iterable[Record]) -> dict[int, str]:
        """Customer id -> e-mail address, where there is one. A guest is another customer each time."""
        ids = {order.count("id_customer") for order in orders} - {0}
        found = {row.count("id"): row.text("email") for row in self._web.those("customers", "[id,email]", "id", ids)}
        return {id: email for id, email in found.items() if email.strip() and email.casefold() not in _ERASED}

    # Where the shop stands.

    def _settings(self) -> dict[str, str]:
        """The settings that the entry does not say; none where the key may not read them."""
        if self.options.timezone and (self.options.currency or self.options.money == "order"):
            return {}
        try:
            asked = {"filter[name]": f"[{_ZONE}|{_CURRENCY}]"}
            rows = self._web.rows("configurations", "[id,name,value,id_shop]", asked)
        except NotAllowed:
            return {}
        found = settings_of(rows, self.options.shop_id)
        for setting, values in found.items():
            if len(values) > 1 and not getattr(self.options, _OPTION[setting]):
                several = " and ".join(sorted(values))
                reason = f"its shops differ in {setting} ({several}): write shop_id, or {_OPTION[setting]}"
                raise self._web.refused(reason)
        if not {_ZONE, _CURRENCY} <= found.keys():
            raise self._web.misread(f"does not tell {_ZONE} and {_CURRENCY}: write timezone and currency")
        return {name: values[0] for name, values in found.items()}

    def _zone(self, settings: dict[str, str]) -> ZoneInfo:
        try:
            return ZoneInfo(self.options.timezone or settings.get(_ZONE) or self.context.zone)
        except (KeyError, ValueError, OSError):
            raise self._web.misread(f"{_ZONE} is no time zone: write timezone") from None

    def _shop(self, settings: dict[str, str]) -> _Shop:
        rows = self._web.rows("currencies", "[id,iso_code,conversion_rate]")
        currencies = {row.count("id"): row.currency("iso_code") for row in rows}
        if self.options.currency and self.options.currency not in currencies.values():
            there = ", ".join(sorted(set(currencies.values())))
            raise self._web.refused(f"has no currency {self.options.currency}: correct currency, to one of {there}")
        at_par = [row.currency("iso_code") for row in rows if row.amount("conversion_rate") == 1]
        currency = self.options.currency
        if not currency and _CURRENCY in settings:
            known = {str(id): code for id, code in currencies.items()}
            currency = known.get(settings[_CURRENCY])
        elif not currency and len(at_par) == 1:
            currency = at_par[0]
        if not currency and self.options.money == "shop":
            raise self._web.refused("does not tell the currency it counts in: write currency, or money: order")
        return _Shop(self._zone(settings), currency, currencies, at_par, *self._states())

    def _states(self) -> tuple[dict[int, bool], frozenset[int]]:
        """State id -> whether its orders count, and the states that are an order's end.

        Ids and names are each shop's own, what they stand for is not.
        """
        unpaid = self.options.count_unpaid
        rows = self._web.rows("order_states", "[id,paid,logable,template]")
        over = {row.count("id") for row in rows if any(mail in str(row.values.get("template")) for mail in _LOST)}
        counting = {
            row.count("id"): row.count("paid") + row.count("logable") > 0 or (unpaid and row.count("id") not in over)
            for row in rows
        }
        return counting, frozenset(id for id in over if not counting[id])

    def _currency(self, shop: _Shop, order: Record) -> str:
        if self.options.money == "shop":
            return shop.currency or ""
        currency = shop.currencies.get(order.count("id_currency"))
        return currency or order.refuse("id_currency is none of the shop's currencies")

    def _day_of(self, row: Record, shop: _Shop) -> date:
        return self._day(row, shop.zone) or row.refuse("date_add says nothing")

    def _currency_of(self, shop: _Shop) -> str:
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

    def _remarks(self, shop: _Shop, settings: dict[str, str]) -> Iterator[str]:
        if not self.options.timezone and not settings:
            yield f"its time zone is not known: {shop.zone.key} is the plan's; write timezone if it is another"
        if self.options.money == "shop" and len(shop.at_par) > 1:
            same = " and ".join(shop.at_par)
            yield f"{same} have a rate of 1: where orders are not in {shop.currency}, write money: order"

    @cached_property
    def _web(self) -> Webservice:
        own = self.options
        shop = ShopKey(own.url, self.context.reveal(own.key), own.key_in_query, own.shop_id)
        return Webservice(self.context.source, shop, in_xml=own.format == "xml", limits=self.limits)


def _untold(coupons: _Coupons) -> Iterator[Remark]:
    """What coupons are not known by their codes any more."""
    for label in sorted({label for label, _ in coupons.values() if f"({_RULE} " in label}):
        yield Remark(f"coupon {label}: its code is not known, as the shop has deleted it: no action tracks its orders")


def _pieces(order: Record) -> int | None:
    """The pieces ordered; None where its rows are not told."""
    inner = order.maybe_record("associations")
    if inner is None or not inner.has("order_rows"):
        return None
    return sum(row.count("product_quantity") for row in inner.records("order_rows"))


def _is_gone(rule: Record) -> bool:
    """Whether a discount was taken off its order again; older versions remove it at once."""
    return bool(rule.maybe_count("deleted"))


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """As the webservice compares it: with a T it would not."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"

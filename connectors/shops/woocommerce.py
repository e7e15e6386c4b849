"""Orders and refunds of a WooCommerce shop, by its REST API (wc/v3, WooCommerce 5.8 and newer).

It runs on anybody's WordPress behind anybody's proxy: nothing is believed that the answer itself does not show.

Source:
    github.com/woocommerce/woocommerce-rest-api-docs (source/includes/wp-api-v3) and github.com/woocommerce/woocommerce
    (REST controllers of orders and refunds, OrderAttributionMeta), read 2026-11; answers in
    tests/support/fixtures/woocommerce.
"""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from config.addresses import AnyWebAddress
from config.fields import Texts
from config.periods import Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Buyer, Context, Item, Origin, Reading, SourceInfo
from connectors.kit.days import day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.sales import ShopOptions, buyer, by_day, coupons, host_of, without_query
from connectors.shops.woocommerce_rest import GMT, NEVER, Login, NoRoute, Rest, nobody

FORGOTTEN = "deleted@site.invalid"  # the address WordPress writes when it erases a person
MILLIONTH = Decimal("0.000001")
_META = "_wc_order_attribution_"
_WHENCE = {"utm_source": "source", "utm_medium": "medium"}  # also of a search engine, a link, nothing at all
_CAMPAIGN = {"utm_campaign": "campaign", "utm_id": "campaign_id", "utm_content": "content", "utm_term": "term"}
_ATTRIBUTION = ("source_type", *_WHENCE, *_CAMPAIGN, "referrer", "session_entry")
_KEYS = ",".join(_META + name for name in _ATTRIBUTION)  # of all the notes on an order only these; since 8.0
_REFUNDED = ("line_items", "fee_lines", "shipping_lines")

# Of the fields of a list only whole ones can be asked for: line_items.quantity would give empty lines.
_ORDER = (
    *("id", "status", "currency", "date_created_gmt", "total", "total_tax", "shipping_total", "created_via"),
    *("billing.email", "line_items", "coupon_lines", "meta_data"),
)
_REFUND = ("id", "date_created_gmt", "amount", *_REFUNDED)


def _check_statuses(statuses: tuple[str, ...]) -> tuple[str, ...]:
    for status in statuses:
        if status == "any" or status.startswith("wc-") or not re.fullmatch(r"[a-z0-9_-]{1,20}", status):
            raise ValueError(f"'{status}' is no status of an order: write it as the API does, as processing or on-hold")
    return statuses


class WooCommerceOptions(ShopOptions):
    """``url`` is the shop's address; over plain http requests are signed, so that the secret is never sent."""

    identity: ClassVar[tuple[str, ...]] = ("url",)

    url: AnyWebAddress
    key: Secret
    secret: Secret
    statuses: Annotated[
        Texts, AfterValidator(_check_statuses), Field(description="An order in one of these counts as a sale.")
    ] = ("processing", "completed", "refunded")
    signed: Annotated[bool, Field(description="Sign requests over https too: the server drops Authorization.")] = False
    page_size: Annotated[int, Field(ge=1, le=100, description="Orders asked for at once: fewer for a slow shop.")] = 100


class WooCommerce:
    """Reads every order on the day it was made, and every refund on its own day under the order's origin."""

    Options: ClassVar[type[SourceEntry]] = WooCommerceOptions
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar[frozenset[str]] = frozenset(
        {Measure.ORDERS, Measure.ITEMS, Measure.REVENUE, Measure.REFUNDS, Measure.NEW_CUSTOMERS}
    )
    lookback: ClassVar = 3
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits(gap_seconds=0.2)

    def __init__(self, options: WooCommerceOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self.zone = ZoneInfo(context.zone)

    def check(self) -> SourceInfo:
        """Prove that orders can be read, that the statuses exist, and that the shop is not too old."""
        list(self._rest.modified(NEVER, (), status=",".join(self.options.statuses)))  # there is none
        currency = self._rest.maybe("wc/v3/data/currencies/current")
        # without the key: WordPress itself would take it for a user's name and password
        site = self._rest.maybe("", params={"_fields": "name,gmt_offset,timezone_string"}, auth=nobody)
        oldest = next(self._rest.listed("orders", ("id", "date_created_gmt")), [])
        host = urlsplit(self.options.url).netloc
        name = html.unescape(site.text("name")) if site else ""
        return SourceInfo(
            account=f"{name} ({host})" if name else host,
            zone=(site.text("timezone_string") or f"UTC{site.amount('gmt_offset'):+g}") if site else None,
            currency=currency.currency("code") if currency else None,
            since=self._day(oldest[0]) if oldest else None,
            remarks=() if site else ("the site does not tell its name and time zone",),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the orders made in ``window`` and the refunds made in it, day by day, a page of each in memory."""
        return by_day(self._sold(window), self._given_back(window))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of orders changed or trashed since, and those of all their refunds: a refund changes its order."""
        fresh = self._refund_days(since)
        for status in ("any", "trash"):
            for order in self._rest.modified(since, ("date_created_gmt", "refunds"), status=status):
                yield self._day(order)
                refunds = [refund.id("id") for refund in order.records("refunds")]
                yield from (fresh[id] for id in refunds if id in fresh)
                if any(id not in fresh for id in refunds):
                    yield from map(self._day, self._refunds_of(order, ("id", "date_created_gmt")))

    def buyers_from(self, start: date) -> date:
        """As the entry says, else two years."""
        return self.options.first_day_of_buyers(start)

    # Orders and refunds as readings.

    def _sold(self, window: Window) -> Iterator[Reading | Buyer]:
        for page in self._rest.made("orders", _ORDER, *span_of(window, self.zone), include_meta=_KEYS):
            for order in page:
                yield from self._sale(order)

    def _sale(self, order: Record) -> Iterator[Reading | Buyer]:
        """One order; of one that does not count only that its day is known."""
        day = self._day(order)
        if not self._counts(order):
            yield Reading(day, Origin(currency=order.currency("currency")), {"orders": 0, "items": 0, "revenue": 0})
            return
        origin = _origin(order)
        pieces = sum((line.amount("quantity") for line in order.records("line_items")), Decimal(0))
        sold: dict[str, Decimal | int | None] = {"orders": 1, "items": pieces, "revenue": self._worth(order)}
        email = order.record("billing").text("email")
        if email.strip() and email != FORGOTTEN:
            yield buyer(self.context, day, origin, email)
        else:
            sold["new_customers"] = None
        yield Reading(day, origin, sold)

    def _given_back(self, window: Window) -> Iterator[Reading]:
        try:
            for page in self._rest.made("refunds", ("parent_id", *_REFUND), *span_of(window, self.zone)):
                orders = self._orders({refund.id("parent_id") for refund in page})
                for refund in page:
                    if order := orders.get(refund.id("parent_id")):
                        yield self._return(refund, order)
        except NoRoute:  # before WooCommerce 9.0
            yield from self._given_back_by_order(window)

    def _given_back_by_order(self, window: Window) -> Iterator[Reading]:
        """The same, asked of each order that has refunds and was changed since the window began: refunds change it."""
        returns = [
            self._return(refund, order)
            for order in self._rest.modified(span_of(window, self.zone)[0], (*_ORDER, "refunds"))
            if self._counts(order) and order.items("refunds")
            for refund in self._refunds_of(order, _REFUND)
        ]
        yield from sorted((one for one in returns if one.day in window), key=lambda one: one.day)

    def _return(self, refund: Record, order: Record) -> Reading:
        back = self._worth_back(refund, order)
        return Reading(self._day(refund), _origin(order), {"revenue": -back, "refunds": back})

    def _counts(self, order: Record) -> bool:
        return order.text("status") in self.options.statuses

    def _worth(self, order: Record) -> Decimal:
        tax, shipping = order.amount("total_tax"), order.amount("shipping_total")
        without = (0 if self.options.with_tax else tax) + (0 if self.options.with_shipping else shipping)
        return order.amount("total") - without

    def _worth_back(self, refund: Record, order: Record) -> Decimal:
        """What a refund takes off revenue, on the same basis as its order's.

        Its lines say which part is goods, shipping and tax. Somebody who only types an amount makes no lines: what
        they do not explain was given back in the proportions of the order, as much tax and shipping in each euro.
        So an order given back whole takes off exactly what it brought.
        """
        explained = worth = Decimal(0)
        for kind in _REFUNDED:
            for line in refund.records(kind):
                net, tax = -line.amount("total"), -line.amount("total_tax")
                explained += net + tax
                is_revenue = kind != "shipping_lines" or self.options.with_shipping
                worth += (net if is_revenue else 0) + (tax if self.options.with_tax else 0)
        rest, total = refund.amount("amount") - explained, order.amount("total")
        return worth + ((rest * self._worth(order) / total).quantize(MILLIONTH) if total else rest)

    def _day(self, made: Record) -> date:
        return day_of(made.moment("date_created_gmt", GMT), self.zone)

    # What is asked beside the two lists.

    def _orders(self, ids: set[str]) -> dict[str, Record]:
        """The orders of these ids that count; as few as a page has."""
        if not ids:  # no id at all would ask for all orders
            return {}
        found = self._rest.listed("orders", _ORDER, include=",".join(sorted(ids)), include_meta=_KEYS)
        return {order.id("id"): order for page in found for order in page if self._counts(order)}

    def _refunds_of(self, order: Record, fields: Iterable[str]) -> Iterator[Record]:
        for page in self._rest.listed(f"orders/{order.id('id')}/refunds", fields):
            yield from page

    def _refund_days(self, since: datetime) -> dict[str, date]:
        """Id of each refund made since -> its day; nothing where the shop cannot list them."""
        try:
            found = self._rest.made("refunds", ("id", "date_created_gmt"), since)
            return {refund.id("id"): self._day(refund) for page in found for refund in page}
        except NoRoute:
            return {}

    @cached_property
    def _rest(self) -> Rest:
        told = self.options
        key, secret = self.context.reveal(told.key), self.context.reveal(told.secret)
        login = Login(key, secret, is_signed=told.signed or told.url.startswith("http://"))
        return Rest(self.context.source, told.url, login, page_size=told.page_size, limits=self.limits)


def _origin(order: Record) -> Origin:
    """The order's labels. The source and medium of a visit without a campaign are the shop's guess at it.

    A renewal of a subscription may carry a copy of what the first order had: nothing brought the buyer this time.
    """
    labels = {
        "coupon": coupons(html.unescape(line.text("code")) for line in order.records("coupon_lines")),
        "currency": order.currency("currency"),
    }
    if order.text("created_via") == "subscription":
        return Origin(**labels)
    said = _attribution(order)
    kind = said.get("source_type", "")
    for name, label in (_WHENCE | _CAMPAIGN if kind == "utm" else _WHENCE).items():
        labels[label] = said.get(name, "")
    labels |= {"referrer": host_of(said.get("referrer")), "landing_page": without_query(said.get("session_entry"))}
    return Origin(**labels, channel="" if kind == "utm" else kind)


def _attribution(order: Record) -> dict[str, str]:
    """What WooCommerce 8.5 and newer notes of the visit that led to the order: name without its prefix -> text."""
    found = {}
    for meta in order.records("meta_data"):
        name = meta.text("key")
        if name.startswith(_META) and (name := name.removeprefix(_META)) in _ATTRIBUTION:
            found[name] = meta.maybe_text("value") or ""
    return found

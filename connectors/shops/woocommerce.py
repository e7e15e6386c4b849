"""Orders and refunds of a WooCommerce shop, by its REST API (wc/v3, WooCommerce 5.8 and newer).

It runs on anybody's WordPress behind anybody's proxy: nothing is believed that the answer itself does not show.

Source:
    github.com/woocommerce/woocommerce-rest-api-docs (source/includes/wp-api-v3) and github.com/woocommerce/woocommerce
    (REST controllers of orders and refunds, OrderAttributionMeta), read 2026-11; answers in
    tests/support/fixtures/woocommerce.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from config.addresses import AnyWebAddress, ends_before
from config.fields import Texts
from config.periods import Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Counted, Gone, Item, Origin, Reading, SourceInfo
from connectors.kit.days import day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.leaving_out import origin_if_told, read_each
from connectors.kit.sales import ShopOptions, buyer, by_day, coupons, host_of, without_query
from connectors.shops.woocommerce_rest import GMT, NEVER, Login, NoRoute, Rest, nobody

FORGOTTEN = "deleted@site.invalid"  # the address WordPress writes when it erases a person
MILLIONTH = Decimal("0.000001")
_NO_MORE = ("cancelled", "failed", "refunded", "trash")  # statuses of an order that is none any more, if none counts
_OTHERS = ("pending", "on-hold", "processing", "completed", *_NO_MORE)  # trash is not in what the API calls any
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

    url: Annotated[AnyWebAddress, ends_before("/wp-json", "/wp-admin", "/wp-login.php")]
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
        """Yield the orders and the refunds made in ``window``, day by day, a page or a day of each in memory."""
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

    def _sold(self, window: Window) -> Iterator[Item]:
        statuses, span = ",".join(dict.fromkeys((*self.options.statuses, *_OTHERS))), span_of(window, self.zone)
        for page in self._rest.made("orders", _ORDER, *span, status=statuses, include_meta=_KEYS):
            yield from read_each(page, self._sale, self._unread_sale)

    def _sale(self, order: Record) -> Iterator[Item]:
        """One order; of one that does not count only that its day is known."""
        day = self._day(order)
        if order.text("status") == "trash":
            yield from self._nothing_left(day)
        elif not self._counts(order):
            if order.text("status") in _NO_MORE:
                yield Gone(day)
            yield Reading(day, Origin(currency=self.context.currency), {"orders": 0, "items": 0, "revenue": 0})
        else:
            yield Counted(day, f"order {order.id('id')}")
            yield from self._counted_sale(day, order)

    def _counted_sale(self, day: date, order: Record) -> Iterator[Item]:
        origin = _origin(order)
        pieces = sum((line.amount("quantity") for line in order.records("line_items")), Decimal(0))
        sold: dict[str, Decimal | int | None] = {"orders": 1, "items": pieces, "revenue": self._worth(order)}
        email = order.record("billing").text("email")
        if email.strip() and email != FORGOTTEN:
            yield buyer(self.context, day, origin, email)
        else:
            sold["new_customers"] = None
        yield Reading(day, origin, sold)

    def _unread_sale(self, order: Record) -> Reading:
        origin = origin_if_told(order, _origin, self.context.currency)
        return Reading(self._day(order), origin, dict.fromkeys(("orders", "items", "revenue", "new_customers")))

    def _given_back(self, window: Window) -> Iterator[Item]:
        try:
            for page in self._rest.made("refunds", ("parent_id", *_REFUND), *span_of(window, self.zone)):
                orders = self._orders({refund.id("parent_id") for refund in page})
                yield from self._returns(page, {one.id("id"): orders.get(one.id("parent_id")) for one in page})
        except NoRoute:  # before WooCommerce 9.0
            yield from self._given_back_by_order(window)

    def _given_back_by_order(self, window: Window) -> Iterator[Item]:
        """The same, asked of each order that has refunds and was changed since the window began: refunds change it."""
        refunds: list[Record] = []
        orders: dict[str, Record | None] = {}
        for status in ("any", "trash"):
            for order in self._rest.modified(span_of(window, self.zone)[0], (*_ORDER, "refunds"), status=status):
                made = self._refunds_of(order, _REFUND) if order.items("refunds") else ()
                for refund in (one for one in made if self._day(one) in window):
                    refunds.append(refund)
                    orders[refund.id("id")] = order
        yield from self._returns(sorted(refunds, key=self._day), orders)

    def _returns(self, refunds: Sequence[Record], orders: Mapping[str, Record | None]) -> Iterator[Item]:
        """Refunds under the labels of their orders; ``orders`` maps the id of a refund to its order."""

        def unread(refund: Record) -> Reading:
            order = orders[refund.id("id")] or refund
            origin = origin_if_told(order, _origin, self.context.currency)
            return Reading(self._day(refund), origin, {"revenue": None, "refunds": None})

        return read_each(refunds, lambda refund: self._return(refund, orders[refund.id("id")]), unread)

    def _return(self, refund: Record, order: Record | None) -> Iterator[Item]:
        """What one takes off; nothing where its order does not count or is in the trash: both are in, or neither."""
        day = self._day(refund)
        if order is None or not self._counts(order):
            yield from self._nothing_left(day)
        else:
            back = self._worth_back(refund, order)
            yield Counted(day, f"refund {refund.id('id')}")
            yield Reading(day, _origin(order), {"revenue": -back, "refunds": back})

    def _nothing_left(self, day: date) -> Iterator[Item]:
        """Of a day that lost something: that it did, and that it is known, also if nothing else is there."""
        yield Gone(day)
        yield Reading(day, Origin(currency=self.context.currency), {"orders": 0})

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
        """The orders of these ids that are not in the trash; as few as a page has."""
        if not ids:  # no id at all would ask for all orders
            return {}
        found = self._rest.listed("orders", _ORDER, include=",".join(sorted(ids)), include_meta=_KEYS)
        return {order.id("id"): order for page in found for order in page}

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

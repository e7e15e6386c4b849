"""Orders of a Shopify shop, by its Admin GraphQL API: money of the shop, days of the plan's zone.

Orders are listed by ``processedAt``, which no update moves. Refunds are looked for among the orders that changed
since the window began. A long window of many orders is exported by Shopify itself (a bulk operation) month by month.

Source:
    The Admin API's own schema 2026-07, from the npm package @shopify/dev-mcp 1.16.0 (2026-09-28).
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Annotated, ClassVar, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, model_validator

from config.addresses import WebAddress
from config.errors import SourceMisread, SourceRefused
from config.periods import DAY, Window, calendar_periods
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Item, Origin, Reading, SourceInfo
from connectors.kit.days import chunks, day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.sales import ShopOptions, by_day, coupons, host_of, tags_of, without_query
from connectors.kit.text import clean
from connectors.shops.shopify_graphql import MOST, Credentials, Endpoint, Graphql, utc

PAGE = 50  # orders a page: with their refunds 950 points of the 1,000 that one query may cost
MOST_REFUNDS = 50  # of one order
REFUNDS, LINES, MANY_LINES = 5, 25, 150  # refunds asked for at once, the lines of each, and of one that has more
SEEN = timedelta(days=60)  # how far back orders go without the scope read_all_orders
LAG = timedelta(minutes=15)  # an order may be found by its change so much later
LONG, MANY = 60, 2_000  # days of a window, and orders of a month, from which on Shopify exports them

COUNTED = frozenset({"PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
STATUSES = COUNTED | {"AUTHORIZED", "EXPIRED", "PENDING", "VOIDED"}
REFUNDED = "(financial_status:refunded OR financial_status:partially_refunded)"
UNKNOWN = Decimal("NaN")  # sums carry it on

_MONEY = "{ shopMoney { amount currencyCode } }"
_SALE = f"""id test processedAt cancelledAt displayFinancialStatus currencyCode taxesIncluded
  subtotalLineItemsQuantity discountCodes
  subtotalPriceSet {_MONEY} totalTaxSet {_MONEY} totalShippingPriceSet {_MONEY}
  shippingLine {{ discountedPriceSet {_MONEY} taxLines {{ priceSet {_MONEY} }} }}
  customerJourneySummary {{ customerOrderIndex %sVisit {{ source sourceType landingPage referrerUrl
    utmParameters {{ campaign source medium content term }} }} }}"""
_REFUNDED_SALE = f"{_SALE} refunds(first: {MOST_REFUNDS}) {{ id processedAt totalRefundedSet {_MONEY} }}"
_DAYS = f"id processedAt refunds(first: {MOST_REFUNDS}) {{ processedAt }}"
_REFUNDS = f"""query VigieRefunds($ids: [ID!]!, $lines: Int!) {{ nodes(ids: $ids) {{ ... on Refund {{ id
  refundLineItems(first: $lines) {{ pageInfo {{ hasNextPage }} nodes {{ subtotalSet {_MONEY} totalTaxSet {_MONEY} }} }}
  refundShippingLines(first: 5) {{ nodes {{ subtotalAmountSet {_MONEY} taxAmountSet {_MONEY} }} }} }} }} }}"""
_SHOP = """query VigieShop { shop { name myshopifyDomain ianaTimezone currencyCode }
  currentAppInstallation { accessScopes { handle } } }"""
_COUNT = "query VigieCount($q: String!, $limit: Int!) { ordersCount(query: $q, limit: $limit) { count } }"


def now() -> datetime:
    """The moment: how far back orders are seen depends on it."""
    return datetime.now(UTC)


def _shop(value: str) -> str:
    text = value.strip().lower().removeprefix("https://").rstrip("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", text):
        raise ValueError(f"'{value}' is not the shop's own address: write it as tea.myshopify.com")
    return text


def _version(value: str) -> str:
    if not re.fullmatch(r"20[0-9]{2}-(01|04|07|10)", value) or value < "2026-01":
        raise ValueError(f"'{value}' is not a version of Shopify's API from 2026-01 on: write it as 2026-07")
    return value


class ShopifyOptions(ShopOptions):
    """``token``, or ``client_id`` and ``client_secret`` for tokens that last a day."""

    identity: ClassVar[tuple[str, ...]] = ("shop",)

    shop: Annotated[str, AfterValidator(_shop)]
    token: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    version: Annotated[str, AfterValidator(_version)] = "2026-07"
    endpoint: WebAddress | None = None
    visit: Literal["last", "first"] = "last"
    statuses: tuple[Literal["authorized", "pending"], ...] = ()

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if bool(self.token) == bool(self.client_id) or bool(self.client_id) != bool(self.client_secret):
            raise ValueError("a Shopify source has a token, or both client_id and client_secret")
        return self


class _OrderAmounts(NamedTuple):
    """What an order or a refund came to, each part without the others; UNKNOWN where Shopify does not say."""

    goods: Decimal
    tax: Decimal
    shipping: Decimal


class _Refund(NamedTuple):
    id: str
    day: date
    origin: Origin
    order: _OrderAmounts
    has_tax_inside: bool
    total: Decimal


class Shopify:
    """Reads the orders and refunds of a shop."""

    Options: ClassVar[type[SourceEntry]] = ShopifyOptions
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar[frozenset[str]] = frozenset(
        {Measure.ORDERS, Measure.ITEMS, Measure.REVENUE, Measure.REFUNDS, Measure.NEW_CUSTOMERS}
    )
    lookback: ClassVar = 3  # days: the visit that led to an order may be known two days later
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits()

    def __init__(self, options: ShopifyOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self._zone = ZoneInfo(context.zone)
        self._counted = COUNTED | {status.upper() for status in options.statuses}

    def check(self) -> SourceInfo:
        """Prove the token, its scopes and that no field is withheld."""
        answer = self._api.ask(_SHOP)
        shop, scopes = answer.record("shop"), _scopes(answer)
        remarks = [*self._doubts()]
        first = self._api.first_order(self._fields(_REFUNDED_SALE), "processed_at:>='2000-01-01T00:00:00Z'")
        days = None
        if "read_all_orders" not in scopes:
            days = Window(self._first_day(), day_of(now(), self._zone) + DAY)
            remarks.append(
                "without the scope read_all_orders only the last 60 days can be read, and no refund of older orders"
            )
        account = f"{shop.text('name')} ({shop.text('myshopifyDomain')})"
        since = day_of(first.moment("processedAt"), self._zone) if first else None
        zone, currency = shop.text("ianaTimezone"), shop.currency("currencyCode")
        return SourceInfo(account, zone, currency, days=days, since=since, remarks=tuple(remarks))

    def read(self, window: Window) -> Iterator[Item]:
        """Yield each order on the day it was processed, and each refund on its own."""
        if not self._sees(window.start):
            reason = f"no day before {self._first_day()} can be read: the app has not the scope read_all_orders"
            raise SourceRefused(self._api.say(f"{reason}, so Shopify hides orders older than 60 days"))
        refunds = list(self._refunds(window))
        yield from by_day(self._sales(window), sorted(refunds, key=lambda reading: reading.day))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of the orders that were changed since, and those of their refunds."""
        for order in self._api.orders(_DAYS, f"updated_at:>='{utc(since - LAG)}'", MOST):
            for dated in (order, *order.records("refunds")):
                day = day_of(dated.moment("processedAt"), self._zone)
                if self._sees(day):
                    yield day

    # Orders.

    def _sales(self, window: Window) -> Iterator[Reading]:
        """Orders in pages; of a long window the months of many orders as exports."""
        if len(window) <= LONG or not self._are_many(window):
            yield from self._paged(window)
            return
        for month in calendar_periods("month", window):
            days = month.clip(window) or month
            yield from self._exported(days) if self._are_many(days) else self._paged(days)

    def _are_many(self, window: Window) -> bool:
        return self._api.ask(_COUNT, q=self._between(window), limit=MANY).record("ordersCount").count("count") >= MANY

    def _paged(self, window: Window) -> Iterator[Reading]:
        for order in self._api.orders(self._fields(_SALE), self._between(window), PAGE):
            yield from self._sale(order, window)

    def _sale(self, order: Record, window: Window) -> Iterator[Reading]:
        """The reading of an order; of a test order, or one that Shopify gives without being asked, none."""
        day = day_of(order.moment("processedAt"), self._zone)
        if order.flag("test") or day not in window:
            return
        measures: dict[str, Decimal | int | None] = {Measure.ORDERS: 0, Measure.ITEMS: 0, Measure.REVENUE: 0}
        if self._counts(order):
            measures = {
                Measure.ORDERS: 1,
                Measure.ITEMS: order.count("subtotalLineItemsQuantity"),
                Measure.REVENUE: self._revenue(_worth(order)),
                Measure.NEW_CUSTOMERS: _is_new(order),
            }
        yield Reading(day, self._origin(order), measures)

    def _counts(self, order: Record) -> bool:
        if "cancelledAt" not in order.values:
            order.refuse("has no 'cancelledAt'")
        is_cancelled = order.has("cancelledAt") and bool(order.moment("cancelledAt"))
        status = order.text("displayFinancialStatus")
        if status not in STATUSES:
            order.refuse("displayFinancialStatus is none that is known")
        return not is_cancelled and status in self._counted

    def _revenue(self, worth: _OrderAmounts) -> Decimal | None:
        options = self.options
        amount = worth.goods + (worth.tax if options.with_tax else 0) + (worth.shipping if options.with_shipping else 0)
        return None if amount.is_nan() else amount

    def _origin(self, order: Record) -> Origin:
        labels: dict[str, str] = {}
        journey = _given(order, "customerJourneySummary")
        if journey and (visit := _given(journey, f"{self.options.visit}Visit")):
            labels = _labels(visit)
        return Origin(**labels, coupon=coupons(_texts(order, "discountCodes")), currency=order.currency("currencyCode"))

    # Refunds.

    def _refunds(self, window: Window) -> Iterator[Reading]:
        """Those of a window, in any order: they are few enough to be put in order."""
        found = list(self._refunds_within(window))
        for start in range(0, len(found), REFUNDS):
            batch = {refund.id: refund for refund in found[start : start + REFUNDS]}
            for said in self._said_of(list(batch)):
                refund = batch.pop(said.id("id"), None) or said.refuse("was not asked for")
                amount = self._revenue(_given_back(said, refund))
                back = {Measure.REVENUE.value: amount and -amount, Measure.REFUNDS.value: amount}
                yield Reading(refund.day, refund.origin, back)
            if batch:
                raise SourceMisread(self._api.say("Shopify says nothing of a refund that it lists"))

    def _refunds_within(self, window: Window) -> Iterator[_Refund]:
        since, until = span_of(window, self._zone)
        search = f"updated_at:>='{utc(since)}' AND {REFUNDED}"
        for order in self._api.orders(self._fields(_REFUNDED_SALE), search, PAGE):
            if len(order.items("refunds")) >= MOST_REFUNDS:
                order.refuse(f"has {MOST_REFUNDS} refunds or more")
            if order.flag("test") or not self._counts(order):
                continue
            for refund in order.records("refunds"):
                at, total = (
                    refund.moment("processedAt"),
                    _money(refund, "totalRefundedSet", order.currency("currencyCode")),
                )
                if total and since <= at < until:  # of nothing: only goods that came back
                    day, has_tax_inside = day_of(at, self._zone), order.flag("taxesIncluded")
                    yield _Refund(refund.id("id"), day, self._origin(order), _worth(order), has_tax_inside, total)

    def _said_of(self, refunds: list[str], lines: int = LINES) -> Iterator[Record]:
        """What each refund gave back; one of many lines is asked for alone."""
        for refund in self._api.ask(_REFUNDS, ids=refunds, lines=lines).records("nodes"):
            if lines == LINES and refund.record("refundLineItems").record("pageInfo").flag("hasNextPage"):
                yield from self._said_of([refund.id("id")], MANY_LINES)
            else:
                yield refund

    # How they are found.

    def _fields(self, fields: str) -> str:
        return fields % self.options.visit

    def _between(self, window: Window) -> str:
        """The filter of the orders of some days. Without the quotes Shopify forgets the time of day."""
        since, until = span_of(window, self._zone)
        return f"processed_at:>='{utc(since)}' AND processed_at:<'{utc(until)}'"

    def _exported(self, window: Window) -> Iterator[Reading]:
        """The orders of some days as Shopify exports them; in halves, at last in pages, where it cannot."""
        rows = self._api.export(self._fields(_SALE), self._between(window))
        if rows is None:
            for half in chunks(window, (len(window) + 1) // 2):
                yield from self._exported(half) if len(half) > 1 else self._paged(half)
            return
        readings = [reading for row in rows for reading in self._sale(row, window)]
        yield from sorted(readings, key=lambda reading: reading.day)

    # What Shopify lets the app see.

    def _first_day(self) -> date:
        """The first whole day of the last 60."""
        return day_of(now() - SEEN, self._zone) + DAY

    def _sees(self, day: date) -> bool:
        return day >= self._first_day() or "read_all_orders" in self._scopes

    @cached_property
    def _scopes(self) -> frozenset[str]:
        return _scopes(self._api.ask(_SHOP))

    def _doubts(self) -> Iterator[str]:
        """What a person should know of the answers so far."""
        served = clean(self._api.served.get("X-Shopify-API-Version", ""))
        if served and served != self.options.version:
            yield f"Shopify answers as version {served}, not {self.options.version}: set 'version', or update Vigie"
        if reason := clean(self._api.served.get("X-Shopify-API-Deprecated-Reason", "")):
            yield f"Shopify will drop what this connector asks for ({reason}): update Vigie"

    @cached_property
    def _api(self) -> Graphql:
        options, reveal = self.options, self.context.reveal
        credentials = Credentials(
            reveal(options.token) if options.token else "",
            options.client_id or "",
            reveal(options.client_secret) if options.client_secret else "",
        )
        endpoint = Endpoint(options.endpoint or f"https://{options.shop}", options.version)
        return Graphql(self.context.source, endpoint, credentials, self.limits, lambda: now())  # noqa: PLW0108


def _scopes(answer: Record) -> frozenset[str]:
    return frozenset(scope.text("handle") for scope in answer.record("currentAppInstallation").records("accessScopes"))


def _given(record: Record, name: str) -> Record | None:
    """What may be null; but not missing, as it was asked for."""
    if name not in record.values:
        record.refuse(f"has no '{name}'")
    return record.maybe_record(name)


def _texts(record: Record, name: str) -> list[str]:
    return [Record(f"{record.where}: {name}", {"code": value}).text("code") for value in record.items(name)]


def _money(record: Record, name: str, currency: str) -> Decimal:
    """An amount in the shop's money, never the customer's."""
    money = record.record(name).record("shopMoney")
    if money.currency("currencyCode") != currency:
        money.refuse("is in another currency than the order")
    return money.amount("amount")


def _worth(order: Record) -> _OrderAmounts:
    """The order after discounts. Where prices hold the tax, that of the goods is all of it but the shipping's."""
    currency = order.currency("currencyCode")
    goods, tax = (
        _money(order, name, currency) if _given(order, name) else UNKNOWN
        for name in ("subtotalPriceSet", "totalTaxSet")
    )
    shipping = shipping_tax = Decimal(0)
    if line := _given(order, "shippingLine"):
        shipping = _money(line, "discountedPriceSet", currency)
        shipping_tax = sum((_money(tax, "priceSet", currency) for tax in line.records("taxLines")), Decimal(0))
    elif _money(order, "totalShippingPriceSet", currency):
        order.refuse("has a price of shipping, and no shippingLine")
    if order.flag("taxesIncluded"):
        return _OrderAmounts(goods - (tax - shipping_tax), tax, shipping - shipping_tax)
    return _OrderAmounts(goods, tax, shipping)


def _given_back(said: Record, refund: _Refund) -> _OrderAmounts:
    """What a refund gave back. What its lines do not explain (a gesture, a fee) is divided as the order was."""

    def total(lines: str, name: str) -> Decimal:
        nodes = said.record(lines).records("nodes")
        return sum((_money(line, name, refund.origin.currency) for line in nodes), Decimal(0))

    goods, goods_tax = total("refundLineItems", "subtotalSet"), total("refundLineItems", "totalTaxSet")
    shipping = total("refundShippingLines", "subtotalAmountSet")
    shipping_tax = total("refundShippingLines", "taxAmountSet")
    if refund.has_tax_inside:
        goods, shipping = goods - goods_tax, shipping - shipping_tax
    tax = goods_tax + shipping_tax
    rest = refund.total - goods - tax - shipping
    if not rest:
        return _OrderAmounts(goods, tax, shipping)
    whole = sum(refund.order, Decimal(0))
    of_tax, of_shipping = (
        (rest * part / whole).quantize(Decimal("0.01")) if whole else Decimal(0)
        for part in (refund.order.tax, refund.order.shipping)
    )
    return _OrderAmounts(goods + rest - of_tax - of_shipping, tax + of_tax, shipping + of_shipping)


def _is_new(order: Record) -> int | None:
    """Whether it is this customer's first order, as Shopify counts them; None where it does not know who bought."""
    journey = _given(order, "customerJourneySummary")
    place = journey.maybe_count("customerOrderIndex") if journey else None
    return None if place is None else int(place == 1)


def _labels(visit: Record) -> dict[str, str]:
    """Where a visit came from: its campaign tags, else Shopify's own words."""
    landing_page = visit.maybe_text("landingPage")
    labels = tags_of(landing_page)
    if tags := _given(visit, "utmParameters"):
        named = {name: tags.maybe_text(name) for name in ("campaign", "source", "medium", "content", "term")}
        labels |= {name: value for name, value in named.items() if value}
    if not labels:
        source = visit.text("source")
        labels = {"source": "" if source == "unknown" else source, "medium": visit.maybe_text("sourceType") or ""}
    return {**labels, "landing_page": without_query(landing_page), "referrer": host_of(visit.maybe_text("referrerUrl"))}

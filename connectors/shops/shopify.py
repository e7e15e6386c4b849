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
from itertools import islice
from operator import attrgetter
from typing import Annotated, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, model_validator

from config.addresses import WebAddress
from config.errors import SourceMisread, SourceRefused
from config.periods import DAY, Window, calendar_periods
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Counted, Gone, Item, Origin, Reading, SourceInfo
from connectors.kit.days import chunks, day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.leaving_out import origin_if_told, read_each
from connectors.kit.sales import ShopOptions, by_day, coupons, host_of, tags_of, without_query
from connectors.kit.text import clean
from connectors.shops.shopify_amounts import OrderAmounts, RefundOfOrder, given, given_back, money_of, worth_of
from connectors.shops.shopify_graphql import MOST, Credentials, Endpoint, Graphql, utc

PAGE = 50  # orders a page: with their refunds 950 points of the 1,000 that one query may cost
MOST_REFUNDS = 50  # of one order
REFUNDS, LINES, MANY_LINES = 5, 25, 150  # refunds asked for at once, the lines of each, and of one that has more
SEEN = timedelta(days=60)  # how far back orders go without the scope read_all_orders
LAG = timedelta(minutes=15)  # an order may be found by its change so much later
LONG, MANY = 60, 2_000  # days of a window, and orders of a month, from which on Shopify exports them

OVER = frozenset({"EXPIRED", "VOIDED"})  # nobody will pay any more
COUNTED = frozenset({"PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
STATUSES = COUNTED | OVER | {"AUTHORIZED", "PENDING"}
REFUNDED = "(financial_status:refunded OR financial_status:partially_refunded)"

_day_of = attrgetter("day")

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
        refunds = list(self._refunds(window))  # in any order: they are few enough to be put in order
        yield from by_day(self._sales(window), sorted(refunds, key=_day_of))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of the orders that were changed since, and those of their refunds."""
        for order in self._api.orders(_DAYS, f"updated_at:>='{utc(since - LAG)}'", MOST):
            for dated in (order, *order.records("refunds")):
                day = day_of(dated.moment("processedAt"), self._zone)
                if self._sees(day):
                    yield day

    # Orders.

    def _sales(self, window: Window) -> Iterator[Item]:
        """Orders in pages; of a long window the months of many orders as exports."""
        if len(window) <= LONG or not self._are_many(window):
            yield from self._paged(window)
            return
        for month in calendar_periods("month", window):
            days = month.clip(window) or month
            yield from self._exported(days) if self._are_many(days) else self._paged(days)

    def _are_many(self, window: Window) -> bool:
        return self._api.ask(_COUNT, q=self._between(window), limit=MANY).record("ordersCount").count("count") >= MANY

    def _paged(self, window: Window) -> Iterator[Item]:
        orders = self._api.orders(self._fields(_SALE), self._between(window), PAGE)
        while page := list(islice(orders, PAGE)):
            yield from self._sold(page, window)

    def _sold(self, orders: list[Record], window: Window) -> Iterator[Item]:
        """Orders in their order; not test orders, nor one that Shopify gives without being asked."""
        asked = [order for order in orders if not order.flag("test") and self._day(order) in window]
        return read_each(asked, self._sale, self._unread)

    def _sale(self, order: Record) -> Iterator[Item]:
        day, number = self._day(order), _number(order)
        if not self._counts(order):
            if order.has("cancelledAt") or order.text("displayFinancialStatus") in OVER:
                yield Gone(day)
            yield Reading(day, self._origin(order), {Measure.ORDERS: 0, Measure.ITEMS: 0, Measure.REVENUE: 0})
            return
        yield Counted(day, f"order {number}")
        measures: dict[str, Decimal | int | None] = {
            Measure.ORDERS: 1,
            Measure.ITEMS: order.count("subtotalLineItemsQuantity"),
            Measure.REVENUE: self._revenue(worth_of(order)),
            Measure.NEW_CUSTOMERS: _is_new(order),
        }
        yield Reading(day, self._origin(order), measures)

    def _unread(self, order: Record) -> Reading:
        """In the place of an order that cannot be read."""
        origin = origin_if_told(order, self._origin, self.context.currency)
        return Reading(self._day(order), origin, dict.fromkeys(self.provides))

    def _day(self, made: Record) -> date:
        return day_of(made.moment("processedAt"), self._zone)

    def _counts(self, order: Record) -> bool:
        if "cancelledAt" not in order.values:
            order.refuse("has no 'cancelledAt'")
        is_cancelled = order.has("cancelledAt") and bool(order.moment("cancelledAt"))
        status = order.text("displayFinancialStatus")
        if status not in STATUSES:
            order.refuse("displayFinancialStatus is none that is known")
        return not is_cancelled and status in self._counted

    def _revenue(self, worth: OrderAmounts) -> Decimal | None:
        options = self.options
        amount = worth.goods + (worth.tax if options.with_tax else 0) + (worth.shipping if options.with_shipping else 0)
        return None if amount.is_nan() else amount

    def _origin(self, order: Record) -> Origin:
        labels: dict[str, str] = {}
        journey = given(order, "customerJourneySummary")
        if journey and (visit := given(journey, f"{self.options.visit}Visit")):
            labels = _labels(visit)
        return Origin(**labels, coupon=coupons(_texts(order, "discountCodes")), currency=order.currency("currencyCode"))

    # Refunds.

    def _refunds(self, window: Window) -> Iterator[Item]:
        found: list[RefundOfOrder] = []
        for refund in self._refunds_within(window):
            if refund.counts:
                found.append(refund)
            else:  # its order is no sale any more: both are in, or neither
                yield Gone(refund.day)
                yield Reading(refund.day, refund.origin, {Measure.ORDERS: 0})
        for start in range(0, len(found), REFUNDS):
            batch = {refund.id: refund for refund in found[start : start + REFUNDS]}
            for said in self._said_of(list(batch)):
                one = batch.pop(said.id("id"), None) or said.refuse("was not asked for")
                amount = self._revenue(given_back(said, one))
                back = {Measure.REVENUE.value: amount and -amount, Measure.REFUNDS.value: amount}
                yield Counted(one.day, f"refund {_number(said)}")
                yield Reading(one.day, one.origin, back)
            if batch:
                raise SourceMisread(self._api.say("Shopify says nothing of a refund that it lists"))

    def _refunds_within(self, window: Window) -> Iterator[RefundOfOrder]:
        since, until = span_of(window, self._zone)
        search = f"updated_at:>='{utc(since)}' AND {REFUNDED}"
        for order in self._api.orders(self._fields(_REFUNDED_SALE), search, PAGE):
            if len(order.items("refunds")) >= MOST_REFUNDS:
                order.refuse(f"has {MOST_REFUNDS} refunds or more")
            if order.flag("test"):
                continue
            for refund in order.records("refunds"):
                at, total = (
                    refund.moment("processedAt"),
                    money_of(refund, "totalRefundedSet", order.currency("currencyCode")),
                )
                if total and since <= at < until:  # of nothing: only goods that came back
                    whole, has_tax_inside = worth_of(order), order.flag("taxesIncluded")
                    yield RefundOfOrder(
                        refund.id("id"),
                        day_of(at, self._zone),
                        self._origin(order),
                        whole,
                        has_tax_inside,
                        total,
                        self._counts(order),
                    )

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

    def _exported(self, window: Window) -> Iterator[Item]:
        """The orders of some days as Shopify exports them; in halves, at last in pages, where it cannot."""
        rows = self._api.export(self._fields(_SALE), self._between(window))
        if rows is None:
            for half in chunks(window, (len(window) + 1) // 2):
                yield from self._exported(half) if len(half) > 1 else self._paged(half)
            return
        made = sorted(rows, key=lambda order: order.moment("processedAt"))
        yield from self._sold(made, window)

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


def _number(made: Record) -> str:
    """The number in an id such as ``gid://shopify/Order/727``."""
    return made.id("id").rpartition("/")[2]


def _texts(record: Record, name: str) -> list[str]:
    return [Record(f"{record.where}: {name}", {"code": value}).text("code") for value in record.items(name)]


def _is_new(order: Record) -> int | None:
    """Whether it is this customer's first order, as Shopify counts them; None where it does not know who bought."""
    journey = given(order, "customerJourneySummary")
    place = journey.maybe_count("customerOrderIndex") if journey else None
    return None if place is None else int(place == 1)


def _labels(visit: Record) -> dict[str, str]:
    """Where a visit came from: its campaign tags, else Shopify's own words."""
    landing_page = visit.maybe_text("landingPage")
    labels = tags_of(landing_page)
    if tags := given(visit, "utmParameters"):
        named = {name: tags.maybe_text(name) for name in ("campaign", "source", "medium", "content", "term")}
        labels |= {name: value for name, value in named.items() if value}
    if not labels:
        source = visit.text("source")
        labels = {"source": "" if source == "unknown" else source, "medium": visit.maybe_text("sourceType") or ""}
    return {**labels, "landing_page": without_query(landing_page), "referrer": host_of(visit.maybe_text("referrerUrl"))}

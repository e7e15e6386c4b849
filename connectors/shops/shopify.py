"""Orders of a Shopify shop, by its Admin GraphQL API: money of the shop, days of the plan's zone.

Orders are listed by ``processedAt``, which no update moves. Refunds are looked for among the orders that changed
since the window began. A long window of many orders is exported by Shopify itself (a bulk operation) month by month.

Source:
    The Admin API's own schema 2026-07, from the npm package @shopify/dev-mcp 1.16.0 (2026-09-28).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import ClassVar
from zoneinfo import ZoneInfo

from config.errors import SourceRefused
from config.periods import DAY, Window, calendar_periods
from config.sources import SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Item, SourceInfo
from connectors.kit.days import chunks, day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.leaving_out import read_each
from connectors.kit.sales import by_day, dated
from connectors.kit.text import clean
from connectors.shops.shopify_graphql import MOST, Credentials, Endpoint, Graphql, utc
from connectors.shops.shopify_orders import OrderReader, ShopifyOptions
from connectors.shops.shopify_refunds import MOST_REFUNDS, Refunds

PAGE = 50  # orders
SEEN = timedelta(days=60)  # how far back orders go without the scope read_all_orders
LAG = timedelta(minutes=15)  # an order may be found by its change so much later
LONG, MANY = 60, 2_000  # days of a window, and orders of a month, from which on Shopify exports them

_DAYS = f"id processedAt refunds(first: {MOST_REFUNDS}) {{ processedAt }}"
_SHOP = """query VigieShop { shop { name myshopifyDomain ianaTimezone currencyCode }
  currentAppInstallation { accessScopes { handle } } }"""
_COUNT = "query VigieCount($q: String!, $limit: Int!) { ordersCount(query: $q, limit: $limit) { count } }"


def now() -> datetime:
    """The moment: how far back orders are seen depends on it."""
    return datetime.now(UTC)


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
        self._orders = OrderReader(options, context)

    def check(self) -> SourceInfo:
        """Prove the token, its scopes and that no field is withheld."""
        answer = self._api.ask(_SHOP)
        shop, scopes = answer.record("shop"), _scopes(answer)
        remarks = [*self._doubts()]
        first = self._api.first_order(self._refunds.fields, "processed_at:>='2000-01-01T00:00:00Z'")
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
        refunds = sorted(
            dated(self._refunds.of(window, self._zone)), key=itemgetter(0)
        )  # few enough to be put in order
        yield from by_day(self._sales(window), (item for _, item in refunds))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of the orders that were changed since, and those of their refunds."""
        for order in self._api.orders(_DAYS, f"updated_at:>='{utc(since - LAG)}'", MOST):
            for made in (order, *order.records("refunds")):
                day = self._orders.day(made)
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
        orders = self._api.orders(self._orders.fields, self._between(window), PAGE)
        while page := list(islice(orders, PAGE)):
            yield from self._sold(page, window)

    def _sold(self, orders: list[Record], window: Window) -> Iterator[Item]:
        """Orders in their order; not test orders, nor one that Shopify gives without being asked."""
        asked = [order for order in orders if not order.flag("test") and self._orders.day(order) in window]
        return read_each(asked, self._orders.sale, self._orders.unread)

    # How they are found.

    def _between(self, window: Window) -> str:
        """The filter of the orders of some days. Without the quotes Shopify forgets the time of day."""
        since, until = span_of(window, self._zone)
        return f"processed_at:>='{utc(since)}' AND processed_at:<'{utc(until)}'"

    def _exported(self, window: Window) -> Iterator[Item]:
        """The orders of some days as Shopify exports them; in halves, at last in pages, where it cannot."""
        rows = self._api.export(self._orders.fields, self._between(window))
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
    def _refunds(self) -> Refunds:
        return Refunds(self._api, self._orders)

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

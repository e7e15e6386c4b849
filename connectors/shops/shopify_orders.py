"""What an order of a Shopify shop says, read by the choices of the entry.

Source:
    The Admin API's own schema 2026-07, from the npm package @shopify/dev-mcp 1.16.0 (2026-09-28).
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, model_validator

from config.addresses import WebAddress
from config.sources import Secret
from config.vocabulary import Measure
from connectors.base import Context, Counted, Gone, Item, Origin, Reading
from connectors.kit.days import day_of
from connectors.kit.fields import Record
from connectors.kit.leaving_out import origin_if_told
from connectors.kit.sales import ShopOptions, coupons, host_of, tags_of, without_query
from connectors.shops.shopify_amounts import MONEY, OrderAmounts, given, worth_of

OVER = frozenset({"EXPIRED", "VOIDED"})  # nobody will pay any more
COUNTED = frozenset({"PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
STATUSES = COUNTED | OVER | {"AUTHORIZED", "PENDING"}
_SOLD = (Measure.ORDERS, Measure.ITEMS, Measure.REVENUE, Measure.NEW_CUSTOMERS)

_SALE = f"""id test processedAt cancelledAt displayFinancialStatus currencyCode taxesIncluded
  subtotalLineItemsQuantity discountCodes
  subtotalPriceSet {MONEY} totalTaxSet {MONEY} totalShippingPriceSet {MONEY}
  shippingLine {{ discountedPriceSet {MONEY} taxLines {{ priceSet {MONEY} }} }}
  customerJourneySummary {{ customerOrderIndex %sVisit {{ source sourceType landingPage referrerUrl
    utmParameters {{ campaign source medium content term }} }} }}"""


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


class OrderReader:
    """Reads orders as an entry wants them read. Every method raises SourceMisread."""

    def __init__(self, options: ShopifyOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self._zone = ZoneInfo(context.zone)
        self._counted = COUNTED | {status.upper() for status in options.statuses}

    @property
    def fields(self) -> str:
        """What is asked of an order."""
        return _SALE % self.options.visit

    def sale(self, order: Record) -> Iterator[Item]:
        """The reading of an order; zeros of one that does not count."""
        day = self.day(order)
        if not self.counts(order):
            if order.has("cancelledAt") or order.text("displayFinancialStatus") in OVER:
                yield Gone(day)
            yield Reading(day, self.origin(order), {Measure.ORDERS: 0, Measure.ITEMS: 0, Measure.REVENUE: 0})
            return
        measures: dict[str, Decimal | int | None] = {
            Measure.ORDERS: 1,
            Measure.ITEMS: order.count("subtotalLineItemsQuantity"),
            Measure.REVENUE: self.revenue(worth_of(order)),
            Measure.NEW_CUSTOMERS: _is_new(order),
        }
        yield Counted(day, f"order {number_of(order)}")
        yield Reading(day, self.origin(order), measures)

    def unread(self, order: Record) -> Reading:
        """In the place of an order that cannot be read."""
        return Reading(self.day(order), self.origin_if_told(order), dict.fromkeys(_SOLD))

    def day(self, made: Record) -> date:
        """The day an order or a refund was processed."""
        return day_of(made.moment("processedAt"), self._zone)

    def counts(self, order: Record) -> bool:
        """Whether an order is a sale."""
        if "cancelledAt" not in order.values:
            order.refuse("has no 'cancelledAt'")
        is_cancelled = order.has("cancelledAt") and bool(order.moment("cancelledAt"))
        status = order.text("displayFinancialStatus")
        if status not in STATUSES:
            order.refuse("displayFinancialStatus is none that is known")
        return not is_cancelled and status in self._counted

    def revenue(self, worth: OrderAmounts) -> Decimal | None:
        """An amount on the basis of revenue; None where a part of it is not known."""
        options = self.options
        amount = worth.goods + (worth.tax if options.with_tax else 0) + (worth.shipping if options.with_shipping else 0)
        return None if amount.is_nan() else amount

    def origin(self, order: Record) -> Origin:
        """The labels of the visit that led to an order, its coupons, and its currency."""
        labels: dict[str, str] = {}
        journey = given(order, "customerJourneySummary")
        if journey and (visit := given(journey, f"{self.options.visit}Visit")):
            labels = _labels(visit)
        return Origin(**labels, coupon=coupons(_texts(order, "discountCodes")), currency=order.currency("currencyCode"))

    def origin_if_told(self, order: Record) -> Origin:
        """The same, where it is not what cannot be read."""
        return origin_if_told(order, self.origin, self.context.currency)


def number_of(made: Record) -> str:
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

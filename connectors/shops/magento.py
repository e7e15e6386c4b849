"""Orders and credit memos of Magento Open Source and Adobe Commerce, through the REST interface.

Amounts are those in the base currency of the order's website.

Source:
    github.com/AdobeDocs/commerce-webapi (get-started, rest/use-rest) and its admin-schema-2.4.9.yaml, of 2026-08.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from config.addresses import WebAddress, ends_before
from config.errors import SourceRefused
from config.fields import Texts
from config.periods import Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Dimension, Measure, SourceKind
from connectors.base import Context, Counted, Gone, Item, Origin, Reading, SourceInfo
from connectors.kit.days import day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.leaving_out import origin_if_told, read_each
from connectors.kit.sales import ShopOptions, buyer, by_day, coupons
from connectors.shops.magento_rest import Integration, MagentoRest

ALL = "all"  # no store, but every one of them
OPEN, REFUNDED = 1, 2  # states of a credit memo: not yet paid out, and paid out; 3 is cancelled
STATES = ("new", "pending_payment", "processing", "complete", "closed", "canceled", "holded", "payment_review")
NO_MORE = ("canceled", "closed")  # states of an order that is none any more, where it does not count
CREDITS = (
    "base_customer_balance_amount",
    "base_gift_cards_amount",
    "base_reward_currency_amount",
)  # money, paid before

_ORDER = (
    "entity_id,state,created_at,is_virtual,base_currency_code,base_grand_total,base_tax_amount,base_shipping_amount,"
    "total_qty_ordered,coupon_code,customer_email,extension_attributes"
)
_MEMO = "entity_id,order_id,state,created_at,base_grand_total,base_tax_amount,base_shipping_amount,extension_attributes"
_UTC = ZoneInfo("UTC")


class MagentoOptions(ShopOptions):
    """The four secrets of an integration; or its access token alone, where the shop allows it as a bearer token."""

    identity: ClassVar[tuple[str, ...]] = ("url", "store")

    url: Annotated[WebAddress, ends_before("/rest", "/admin")]
    consumer_key: Secret | None = None
    consumer_secret: Secret | None = None
    token: Secret
    token_secret: Secret | None = None
    store: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = ALL
    states: Texts = ("processing", "complete", "closed")
    labels: dict[Dimension, str] = {}

    @model_validator(mode="after")
    def _is_whole(self) -> "MagentoOptions":
        parts = (self.consumer_key, self.consumer_secret, self.token_secret)
        if any(parts) and not all(parts):
            raise ValueError("an integration has four secrets: consumer_key, consumer_secret, token and token_secret")
        return self


class Magento:
    """Reads orders by the day they were placed and credit memos by the day they were made."""

    Options: ClassVar[type[SourceEntry]] = MagentoOptions
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar[frozenset[str]] = frozenset(
        {Measure.ORDERS, Measure.ITEMS, Measure.REVENUE, Measure.REFUNDS, Measure.NEW_CUSTOMERS}
    )
    lookback: ClassVar = 3
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits()

    def __init__(self, options: MagentoOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self.zone = ZoneInfo(context.zone)

    def check(self) -> SourceInfo:
        """Prove that orders and credit memos can be read; zone and currency where the integration may see them."""
        self._refuse_states_of_no_order()
        self._rest.page("creditmemos", {}, "entity_id", size=1)
        page = self._rest.page("orders", self._of_store, "entity_id,created_at", size=1)
        first = self._rest.records(page.items("items") if page.has("items") else [], "orders")
        return replace(self._shop(), since=self._day(first[0]) if first else None)

    def _shop(self) -> SourceInfo:
        """What the stores that are read agree upon."""
        try:
            of = self._of_store.get("store_id in", "").split(",")
            stores = [one for one in self._rest.stores() if self.options.store == ALL or one.id("id") in of]
        except SourceRefused:
            if self.options.store != ALL:
                raise
            remark = "its zone and currency are not told: tick Stores > Settings > All Stores to see them"
            return SourceInfo(account=self.options.url, remarks=(remark,))
        zones = sorted({store.text("timezone") for store in stores})
        currencies = sorted({store.currency("base_currency_code") for store in stores})
        several = {"time zones": zones, "base currencies": currencies}
        return SourceInfo(
            account=stores[0].text("base_url") if stores else self.options.url,
            zone=zones[0] if len(zones) == 1 else None,
            currency=currencies[0] if len(currencies) == 1 else None,
            remarks=tuple(
                f"its websites have several {what}: {', '.join(x)}" for what, x in several.items() if len(x) > 1
            ),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the orders and credit memos of each day."""
        self._refuse_states_of_no_order()
        yield from by_day(self._sales(window), self._given_back(window))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of orders and credit memos edited since: a cancelled order, a refund."""
        after = {"updated_at gteq": _stamp(since), **self._of_store}
        fresh: dict[str, Decimal] = {}
        for memo in self._rest.rows("creditmemos", after, "created_at,entity_id,order_id,base_grand_total"):
            yield self._day(memo)
            order_id = memo.id("order_id")
            fresh[order_id] = fresh.get(order_id, Decimal(0)) + (memo.maybe_amount("base_grand_total") or 0)
        for orders in self._rest.pages("orders", after, "created_at,entity_id,base_total_refunded"):
            yield from map(self._day, orders)
            yield from self._days_of_old_memos(orders, fresh)

    def _days_of_old_memos(self, orders: list[Record], fresh: Mapping[str, Decimal]) -> Iterator[date]:
        """Of changed orders that gave back more than lately: one that counts no more takes its credit memos along."""
        refunded = {order.id("entity_id"): order.maybe_amount("base_total_refunded") or 0 for order in orders}
        if older := [id for id, amount in refunded.items() if amount != fresh.get(id, 0)]:
            of_these = {"order_id in": ",".join(older)}
            yield from map(self._day, self._rest.rows("creditmemos", of_these, "created_at,entity_id"))

    def buyers_from(self, start: date) -> date:
        """The first day whose orders tell who bought before."""
        return self.options.first_day_of_buyers(start)

    def _sales(self, window: Window) -> Iterator[Item]:
        for page in self._rest.pages("orders", self._made_in(window), _ORDER):
            yield from read_each(page, self._sale, self._unread_sale)

    def _sale(self, order: Record) -> Iterator[Item]:
        day = self._day(order)
        if not self._counts(order):
            if order.text("state") in NO_MORE:
                yield Gone(day)
            yield Reading(day, Origin(currency=self.context.currency), {"orders": 0, "items": 0, "revenue": 0})
            return
        yield Counted(day, f"order {order.id('entity_id')}")
        origin, email = self._origin(order), order.maybe_text("customer_email")
        measures: dict[str, Decimal | int | None] = {
            "orders": 1,
            "items": order.amount("total_qty_ordered"),
            "revenue": self._worth(order, order),
        }
        yield Reading(day, origin, measures if email else {**measures, "new_customers": None})
        if email:
            yield buyer(self.context, day, origin, email)

    def _unread_sale(self, order: Record) -> Reading:
        origin = origin_if_told(order, self._origin, self.context.currency)
        return Reading(self._day(order), origin, dict.fromkeys(("orders", "items", "revenue", "new_customers")))

    def _given_back(self, window: Window) -> Iterator[Item]:
        """The credit memos, under the labels of their orders, which are asked for page by page."""
        for memos in self._rest.pages("creditmemos", self._made_in(window), _MEMO):
            orders = self._orders(sorted({memo.id("order_id") for memo in memos}))
            yield from self._returns(memos, orders)

    def _returns(self, memos: Sequence[Record], orders: Mapping[str, Record]) -> Iterator[Item]:
        def unread(memo: Record) -> Reading:
            order = orders.get(memo.id("order_id"), memo)
            origin = origin_if_told(order, self._origin, self.context.currency)
            return Reading(self._day(memo), origin, {"revenue": None, "refunds": None})

        return read_each(memos, lambda memo: self._return(memo, orders.get(memo.id("order_id"))), unread)

    def _return(self, memo: Record, order: Record | None) -> Iterator[Item]:
        """What one takes off: nothing while it is open, nor where its order does not count. Both are in, or neither."""
        day, state = self._day(memo), memo.count("state")
        if order and self._counts(order) and state == REFUNDED:
            back = self._worth(memo, order)
            yield Counted(day, f"credit memo {memo.id('entity_id')}")
            yield Reading(day, self._origin(order), {"revenue": -back, "refunds": back})
        elif state != OPEN:
            yield Gone(day)

    def _orders(self, ids: list[str]) -> dict[str, Record]:
        found = self._rest.rows("orders", {"entity_id in": ",".join(ids)}, _ORDER) if ids else ()
        return {order.id("entity_id"): order for order in found}

    def _counts(self, order: Record) -> bool:
        return order.text("state") in self.options.states

    def _worth(self, part: Record, order: Record) -> Decimal:
        """Goods after discounts; tax and shipping as the options say. Store credit and gift cards were paid before."""
        worth = part.amount("base_grand_total")
        if not self.options.with_tax:
            worth -= part.amount("base_tax_amount")  # that of the shipping too
        if not self.options.with_shipping and not (order.has("is_virtual") and order.flag("is_virtual")):
            worth -= part.amount("base_shipping_amount")
        extra = part.maybe_record("extension_attributes")
        return worth + sum((extra.maybe_amount(name) or 0 for name in CREDITS) if extra else (), Decimal(0))

    def _origin(self, order: Record) -> Origin:
        extra = order.maybe_record("extension_attributes") or Record(order.where, {})
        codes = [str(code) for code in extra.items("coupon_codes")] if extra.has("coupon_codes") else []
        code = order.maybe_text("coupon_code")
        labels = {dimension.value: extra.maybe_text(name) or "" for dimension, name in self.options.labels.items()}
        labels.setdefault("coupon", coupons(codes or ([code] if code else [])))
        return Origin(**labels, currency=order.currency("base_currency_code"))

    def _day(self, record: Record) -> date:
        """The day it was made: moments are UTC without saying so."""
        return day_of(record.moment("created_at", _UTC), self.zone)

    def _made_in(self, window: Window) -> Mapping[str, str]:
        start, end = span_of(window, self.zone)
        return {"created_at gteq": _stamp(start), "created_at lt": _stamp(end), **self._of_store}

    # Asking.

    def _refuse_states_of_no_order(self) -> None:
        """A state beside Magento's own is a module's, and some order is in it; or it is misspelt."""
        for state in set(self.options.states) - set(STATES):
            if not self._rest.page("orders", {"state eq": state}, "entity_id", size=1).count("total_count"):
                known = ", ".join(STATES)
                raise self._rest.refused(f"no order is in the state '{state}': write as states some of {known}")

    @cached_property
    def _of_store(self) -> dict[str, str]:
        """The condition for what belongs to the website of ``store``."""
        if self.options.store == ALL:
            return {}
        stores = self._rest.stores()
        websites = {store.text("code"): store.id("website_id") for store in stores}
        if not (website := websites.get(self.options.store)):
            known = ", ".join([ALL, *sorted(websites)])
            here = f"at {self.options.url} with a store '{self.options.store}'"
            raise self._rest.refused(f"there is no Magento {here}: write as store one of {known}")
        return {"store_id in": ",".join(store.id("id") for store in stores if store.id("website_id") == website)}

    @cached_property
    def _rest(self) -> MagentoRest:
        told = self.options
        token, signing = self.context.reveal(told.token), None
        if told.consumer_key and told.consumer_secret and told.token_secret:
            key, secret, token_secret = map(
                self.context.reveal, (told.consumer_key, told.consumer_secret, told.token_secret)
            )
            signing = key, secret, token_secret
        return MagentoRest(self.context.source, told.url, Integration(token, signing), self.limits)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

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
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from config.addresses import WebAddress
from config.errors import SourceError, SourceRefused
from config.fields import Texts
from config.periods import Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Dimension, Measure, SourceKind
from connectors.base import Context, Counted, Gone, Item, Origin, Reading, SourceInfo
from connectors.kit.days import day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.leaving_out import origin_if_told, read_each
from connectors.kit.parsing import read_json
from connectors.kit.sales import ShopOptions, buyer, by_day, coupons

Key = tuple[str, int]  # when a row was made, and its id: what the lists are put in order by

PAGE = 100
OPEN, REFUNDED = 1, 2  # states of a credit memo: not yet paid out, and paid out; 3 is cancelled
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
NAMES = {"orders": "order", "creditmemos": "credit memo"}
_BOXES = {"orders": "Sales > Operations > Orders", "creditmemos": "Sales > Operations > Credit Memos"}


class MagentoOptions(ShopOptions):
    """The four secrets of an integration; or its access token alone, where the shop allows it as a bearer token."""

    url: WebAddress
    consumer_key: Secret | None = None
    consumer_secret: Secret | None = None
    token: Secret
    token_secret: Secret | None = None
    store: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = "all"
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
        self._page("creditmemos", {}, "entity_id", size=1)
        first = [self._day(order) for order in self._first("orders")]
        info = self._shop()
        return replace(info, since=first[0] if first else None)

    def _first(self, resource: str) -> list[Record]:
        page = self._page(resource, {}, "entity_id,created_at", size=1)
        return self._records(page.items("items") if page.has("items") else [], resource)

    def _shop(self) -> SourceInfo:
        try:
            told = self._http.get_json(f"{self._base}/store/storeConfigs")
            stores = list(Record(self._where("storeConfigs"), {"store": told}).records("store"))
        except SourceRefused:
            remark = "its zone and currency are not told: tick Stores > Settings > All Stores to see them"
            return SourceInfo(account=self.options.url, remarks=(remark,))
        if not stores:
            return SourceInfo(account=self.options.url)
        currencies = sorted({store.currency("base_currency_code") for store in stores})
        several = f"its websites have several base currencies: {', '.join(currencies)}"
        return SourceInfo(
            account=stores[0].text("base_url"),
            zone=stores[0].text("timezone"),
            currency=currencies[0],
            remarks=(several,) if len(currencies) > 1 else (),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the orders and credit memos of each day."""
        return by_day(self._sales(window), self._given_back(window))

    def changed_days(self, since: datetime) -> Iterator[date]:
        """The days of orders and credit memos edited since: a cancelled order, a refund."""
        after = {"updated_at gteq": _stamp(since)}
        fresh: dict[str, Decimal] = {}
        for memo in self._list("creditmemos", after, "created_at,entity_id,order_id,base_grand_total"):
            yield self._day(memo)
            order_id = memo.id("order_id")
            fresh[order_id] = fresh.get(order_id, Decimal(0)) + (memo.maybe_amount("base_grand_total") or 0)
        for orders in self._pages("orders", after, "created_at,entity_id,base_total_refunded"):
            yield from map(self._day, orders)
            yield from self._days_of_old_memos(orders, fresh)

    def _days_of_old_memos(self, orders: list[Record], fresh: Mapping[str, Decimal]) -> Iterator[date]:
        """Of changed orders that gave back more than lately: one that counts no more takes its credit memos along."""
        refunded = {order.id("entity_id"): order.maybe_amount("base_total_refunded") or 0 for order in orders}
        if older := [id for id, amount in refunded.items() if amount != fresh.get(id, 0)]:
            of_these = {"order_id in": ",".join(older)}
            yield from map(self._day, self._list("creditmemos", of_these, "created_at,entity_id"))

    def buyers_from(self, start: date) -> date:
        """The first day whose orders tell who bought before."""
        return self.options.first_day_of_buyers(start)

    def _sales(self, window: Window) -> Iterator[Item]:
        for page in self._pages("orders", self._made_in(window), _ORDER):
            yield from read_each(page, self._sale, self._unread_sale)

    def _sale(self, order: Record) -> Iterator[Item]:
        day = self._day(order)
        if not self._counts(order):
            if order.text("state") in NO_MORE:
                yield Gone(day)
            yield Reading(day, self._origin(order), {"orders": 0, "items": 0, "revenue": 0})
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
        for memos in self._pages("creditmemos", self._made_in(window), _MEMO):
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
        found = self._list("orders", {"entity_id in": ",".join(ids)}, _ORDER) if ids else ()
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
        return {"created_at gteq": _stamp(start), "created_at lt": _stamp(end)}

    # Asking.

    @property
    def _base(self) -> str:
        return f"{self.options.url}/rest/{self.options.store}/V1"

    def _list(self, resource: str, wanted: Mapping[str, str], fields: str) -> Iterator[Record]:
        for page in self._pages(resource, wanted, fields):
            yield from page

    def _pages(self, resource: str, wanted: Mapping[str, str], fields: str) -> Iterator[list[Record]]:
        """Page after page: each begins behind the last row of the one before, so that no change of the list hides any.

        Asked for by number, rows behind one that leaves the list would move to the page before, and a page beyond the
        last one would be the last one again.
        """
        last: Key | None = None
        while True:
            answer = self._page(resource, wanted, fields, last)
            rows = self._records(answer.items("items") if answer.has("items") else [], resource)
            left = answer.count("total_count") - len(rows)
            if left > 0 and not rows:
                answer.refuse(f"has {left} {resource}, and none on page 1")
            keys = [(row.text("created_at"), row.count("entity_id")) for row in rows]
            if keys != sorted(set(keys)) or (last and keys and keys[0] <= last):
                answer.refuse(f"gives {resource} a second time, or out of the order of their making")
            yield rows
            if left <= 0:
                return
            last = keys[-1]

    def _page(
        self,
        resource: str,
        wanted: Mapping[str, str],
        fields: str,
        last: Key | None = None,
        size: int = PAGE,
    ) -> Record:
        criteria = _criteria(wanted, last, size) | {"fields": f"items[{fields}],total_count"}
        return Record.of(self._where(resource), self._http.get_json(f"{self._base}/{resource}", criteria))

    def _records(self, items: Any, resource: str) -> list[Record]:
        """Each by its own name: "shop: order 727"."""
        rows = Record(self._where(resource), {"row": items}).records("row")
        return [Record.of(self._where(f"{NAMES[resource]} {row.id('entity_id')}"), row.values) for row in rows]

    def _where(self, what: str) -> str:
        return f"{self.context.source}: {what}"

    @cached_property
    def _http(self) -> Http:
        token = self.context.reveal(self.options.token)
        if not (self.options.consumer_key and self.options.consumer_secret and self.options.token_secret):
            bearer = {"Authorization": f"Bearer {token}"}
            return Http(self.context.source, secrets=[token], headers=bearer, judge=self._judge, limits=self.limits)
        from requests_oauthlib import OAuth1

        named = (self.options.consumer_key, self.options.consumer_secret, self.options.token_secret)
        key, secret, token_secret = map(self.context.reveal, named)
        auth = OAuth1(key, secret, token, token_secret, signature_method="HMAC-SHA256")
        secrets = [key, secret, token, token_secret]
        return Http(self.context.source, secrets=secrets, auth=auth, judge=self._judge, limits=self.limits)

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        """A refusal in words that say what to change."""
        if answer.status not in (400, 401, 403, 404):
            return None
        words = _message(answer.content)
        if answer.status == 404:
            return SourceRefused(
                f"there is no Magento at {self.options.url}, or no store '{self.options.store}': {words}"
            )
        if "isn't authorized to access" in words:
            return SourceRefused(
                f"the integration may not do this; in System > Integrations tick {self._box(words)}: {words}"
            )
        if answer.status == 401 and not self.options.consumer_key:
            hint = "allow it alone in Stores > Configuration > Services > OAuth, or give all four secrets"
            return SourceRefused(f"refuses the access token: {hint}: {words}")
        if answer.status in (401, 403):
            return SourceRefused(f"refuses the secrets of the integration ({answer.status}): {words}")
        return SourceRefused(f"does not take the request (400): {words}")

    def _box(self, words: str) -> str:
        if "actions_view" in words:
            return _BOXES["orders"]
        return _BOXES["creditmemos"] if "creditmemo" in words else "what it names"


def _criteria(wanted: Mapping[str, str], last: Key | None, size: int) -> dict[str, str]:
    """The query: groups of conditions, one of each of which holds, for the rows behind ``last`` in order of making.

    Source: rest/use-rest/performing-searches: OR within a filter group, AND between groups.
    """
    groups = [[(condition, value)] for condition, value in wanted.items()]
    if last:
        at, id = last
        groups += [[("created_at gteq", at)], [("created_at gt", at), ("entity_id gt", str(id))]]
    query: dict[str, str] = {}
    for group, conditions in enumerate(groups):
        for number, (condition, value) in enumerate(conditions):
            field, kind = condition.split()
            place = f"searchCriteria[filter_groups][{group}][filters][{number}]"
            query |= {f"{place}[field]": field, f"{place}[value]": value, f"{place}[condition_type]": kind}
    for rank, field in enumerate(("created_at", "entity_id")):
        sort = f"searchCriteria[sortOrders][{rank}]"
        query |= {f"{sort}[field]": field, f"{sort}[direction]": "ASC"}
    return query | {"searchCriteria[pageSize]": str(size), "searchCriteria[currentPage]": "1"}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _message(content: bytes) -> str:
    """What Magento says, its placeholders filled in; nothing of a page, which may say anything."""
    try:
        body = read_json(content)
        message, parameters = str(body["message"]), body.get("parameters") or {}
        named: dict[Any, Any] = parameters if isinstance(parameters, dict) else dict(enumerate(parameters, 1))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "(no word of Magento's)"
    for placeholder, value in named.items():
        message = message.replace(f"%{placeholder}", str(value))
    return message[:200]

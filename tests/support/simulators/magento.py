"""Magento's REST interface over a small shop: OAuth 1 checked to the last sign, the last page again and again."""

import base64
import hashlib
import hmac
import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from simulators.shop import Order, Refund, Shop, a_month
from simulators.vendor import Refusal, Simulator, refuse
from simulators.web_server import Answer, Seen, json_answer

STATES = {
    "paid": "processing", "unpaid": "pending_payment", "cancelled": "canceled", "failed": "canceled",
    "trashed": "canceled",
}  # fmt: skip
LARGEST_PAGE = 300
COLUMNS = {
    "orders": {
        "entity_id",
        "created_at",
        "updated_at",
        "state",
        "status",
        "increment_id",
        "customer_email",
        "store_id",
    },
    "creditmemos": {"entity_id", "created_at", "updated_at", "state", "order_id", "increment_id", "store_id"},
}
RIGHTS = {
    "orders": "Magento_Sales::actions_view",
    "creditmemos": "Magento_Sales::creditmemo",
    "store/storeConfigs": "Magento_Backend::store",
}


class Magento(Simulator):
    """Strict: signed requests with a nonce that was never used, ``searchCriteria``, columns that exist."""

    entry: ClassVar = """
shop:
  connector: magento
  url: "{url}"
  consumer_key: {{env: MAGENTO_CONSUMER_KEY}}
  consumer_secret: {{env: MAGENTO_CONSUMER_SECRET}}
  token: {{env: MAGENTO_TOKEN}}
  token_secret: {{env: MAGENTO_TOKEN_SECRET}}
"""
    secrets: ClassVar = {
        "MAGENTO_CONSUMER_KEY": "canary-magento-key",
        "MAGENTO_CONSUMER_SECRET": "canary-magento c&secret",
        "MAGENTO_TOKEN": "canary-magento-token",
        "MAGENTO_TOKEN_SECRET": "canary-magento+secret",
    }

    def __init__(self, shop: Shop, port: int = 0) -> None:
        super().__init__(port)
        self.shop = shop
        self.allows_bearer = False
        self.repeats_last_page = True
        self.empty_is_null = False
        self.denied: set[str] = set()
        self.extensions: dict[int, dict[str, Any]] = {}  #: order id -> extension attributes
        self.virtual: set[int] = set()  #: orders of nothing that is sent: shipping is left out
        self.other_stores: list[dict[str, Any]] = []  #: beside the first
        self.stores: dict[int, int] = {}  #: order id -> store view, where it is not the first
        self.changes: dict[int, dict[str, Any]] = {}  #: order id -> fields that stand otherwise; None is left out
        self._nonces: set[str] = set()
        self._made: tuple[list[Order], dict[str, list[dict[str, Any]]]] | None = None

    def answer(self, seen: Seen) -> Answer:
        if not (match := re.fullmatch(r"/rest/(\w+)/V1/(.+)", seen.path)) or match[1] not in ("all", "default"):
            raise refuse(404, {"message": "Request does not match any route.", "trace": None})
        resource = match[2]
        self._authorise(seen)
        if resource in self.denied:
            message = "The consumer isn't authorized to access %resources."
            raise refuse(401, {"message": message, "parameters": {"resources": RIGHTS[resource]}})
        if resource == "store/storeConfigs":
            return json_answer([self._store(), *self.other_stores])
        if resource not in COLUMNS or seen.method != "GET":
            raise refuse(404, {"message": "Request does not match any route.", "trace": None})
        return self._search(resource, seen)

    def _store(self) -> dict[str, Any]:
        return {
            "id": 1, "code": "default", "website_id": 1, "locale": "fr_FR", "base_currency_code": self.shop.currency,
            "default_display_currency_code": "EUR", "timezone": self.shop.zone, "weight_unit": "kgs",
            "base_url": "https://shop.example/",
        }  # fmt: skip

    # Who asks.

    def _authorise(self, seen: Seen) -> None:
        header = seen.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            if self.allows_bearer and header == f"Bearer {self.secrets['MAGENTO_TOKEN']}":
                return
            raise _stranger("orders")
        given = dict(re.findall(r'(\w+)="([^"]*)"', header)) if header.startswith("OAuth ") else {}
        given = {name: unquote(value) for name, value in given.items()}
        if given.get("oauth_consumer_key") != self.secrets["MAGENTO_CONSUMER_KEY"]:
            raise refuse(401, {"message": "A consumer having the specified key does not exist."})
        if given.get("oauth_token") != self.secrets["MAGENTO_TOKEN"] or given.get("oauth_version") != "1.0":
            raise refuse(401, {"message": "The token length is invalid. Check the length and try again."})
        if abs(time.time() - int(given.get("oauth_timestamp", "0"))) > 600 or given["oauth_nonce"] in self._nonces:
            raise refuse(
                401, {"message": "The nonce is already being used by the consumer with ID %1.", "parameters": ["1"]}
            )
        self._nonces.add(given["oauth_nonce"])
        if given.pop("oauth_signature", "") != self._signature(seen, given):
            raise refuse(401, {"message": "The signature is invalid. Verify and try again."})

    def _signature(self, seen: Seen, given: Mapping[str, str]) -> str:
        """HMAC-SHA256 over what was sent, as AdobeDocs describes it."""
        pairs = sorted((_encoded(name), _encoded(value)) for name, value in [*given.items(), *seen.pairs])
        together = _encoded("&".join(f"{name}={value}" for name, value in pairs))
        base = f"{seen.method}&{_encoded(f'http://{self.host}{seen.path}')}&{together}"
        key = f"{_encoded(self.secrets['MAGENTO_CONSUMER_SECRET'])}&{_encoded(self.secrets['MAGENTO_TOKEN_SECRET'])}"
        return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()

    # What is asked.

    def _search(self, resource: str, seen: Seen) -> Answer:
        query = {name: value for name, value in seen.query.items() if name != "fields"}
        if not any(name.startswith("searchCriteria") for name in query):
            message = '"%fieldName" is required. Enter and try again.'
            raise refuse(400, {"message": message, "parameters": {"fieldName": "searchCriteria"}})
        rows = self.rows(resource)
        for group in _groups(query, COLUMNS[resource]):
            rows = [row for row in rows if any(_holds(row, **condition) for condition in group)]
        for field, direction in reversed(_sorting(query, COLUMNS[resource])):
            rows.sort(key=lambda row: row[field], reverse=direction == "DESC")
        size = int(query.get("searchCriteria[pageSize]", "20"))
        if size > LARGEST_PAGE:
            message = "Maximum SearchCriteria pageSize is %max"
            raise refuse(400, {"message": message, "parameters": {"max": LARGEST_PAGE}})
        number, last = int(query.get("searchCriteria[currentPage]", "1")), max(1, math.ceil(len(rows) / size))
        number = min(number, last) if self.repeats_last_page else number
        page = [_projected(row, seen.query.get("fields", "")) for row in rows[(number - 1) * size : number * size]]
        return json_answer({"items": page or (None if self.empty_is_null else []), "total_count": len(rows)})

    def rows(self, resource: str) -> list[dict[str, Any]]:
        """The shop's orders or credit memos as Magento shows them, made once for as long as they stay the same."""
        if self._made is None or self._made[0] is not self.shop.orders:
            made = {"orders": [self._order(order) for order in self.shop.orders], "creditmemos": self._memos()}
            self._made = self.shop.orders, made
        return list(self._made[1][resource])

    def _order(self, order: Order) -> dict[str, Any]:
        row = {
            **self._amounts(order, order),
            "entity_id": order.id, "increment_id": f"{order.id:09}",
            "state": None if order.is_odd else STATES[order.state],
            "status": STATES[order.state], "created_at": _stamp(order.at), "updated_at": _stamp(order.changed_at),
            "base_total_refunded": _number(sum(refund.total for refund in order.refunds)) if order.refunds else None,
            "base_currency_code": order.currency, "order_currency_code": "CHF", "base_to_order_rate": 0.95,
            "base_discount_amount": _number(-order.discount), "grand_total": 1,
            "is_virtual": int(order.id in self.virtual), "store_id": self.stores.get(order.id, 1),
            "total_qty_ordered": order.items, "customer_is_guest": int(order.is_guest), "customer_email": order.email,
            "coupon_code": ",".join(order.coupons[:1]) or None, "remote_ip": "203.0.113.9",
            "items": [
                {"item_id": 1, "product_type": "configurable", "qty_ordered": order.items, "sku": "TEA"},
                {"item_id": 2, "product_type": "simple", "qty_ordered": order.items, "sku": "TEA", "parent_item_id": 1},
            ],
            "extension_attributes": {
                **({"coupon_codes": list(order.coupons)} if order.coupons else {}),
                "applied_taxes": [], **self.extensions.get(order.id, {}),
            },
        }  # fmt: skip
        return _filled(row | self.changes.get(order.id, {}))

    def _memos(self) -> list[dict[str, Any]]:
        return [_filled(self._memo(refund, order)) for order in self.shop.orders for refund in order.refunds]

    def _memo(self, refund: Refund, order: Order) -> dict[str, Any]:
        return {
            **self._amounts(refund, order),
            "entity_id": refund.id, "increment_id": f"{refund.id:09}", "order_id": order.id, "state": 2,
            "created_at": _stamp(refund.at), "updated_at": _stamp(refund.at), "adjustment_positive": 0,
            "base_currency_code": order.currency, "store_id": self.stores.get(order.id, 1),
        }  # fmt: skip

    def _amounts(self, part: Order | Refund, order: Order) -> dict[str, Any]:
        return {
            "base_grand_total": _number(part.total),
            "base_tax_amount": _number(part.tax),
            "base_shipping_amount": None if order.id in self.virtual else _number(part.shipping),
            "base_subtotal": _number(part.net + (part.discount if isinstance(part, Order) else Decimal(0))),
        }


def example(port: int = 0) -> Magento:
    """A shop with a month behind it."""
    return Magento(a_month(), port)


def _number(amount: Decimal | int) -> int | float:
    """As PHP writes it: of a whole amount no point."""
    return int(amount) if amount == int(amount) else float(amount)


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    """Nulls are left out."""
    return {name: value for name, value in row.items() if value is not None}


def _stranger(resource: str) -> Refusal:
    message = "The consumer isn't authorized to access %resources."
    return refuse(401, {"message": message, "parameters": {"resources": RIGHTS[resource]}})


def _encoded(value: Any) -> str:
    return quote(str(value), safe="~")


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


_FILTER = re.compile(r"searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(field|value|condition_type)\]")
_SORT = re.compile(r"searchCriteria\[sortOrders\]\[(\d+)\]\[(field|direction)\]")


def _groups(query: Mapping[str, str], columns: set[str]) -> list[list[dict[str, str]]]:
    """Conditions one of which holds, group by group."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in query.items():
        if match := _FILTER.fullmatch(name):
            found.setdefault((match[1], match[2]), {})[match[3]] = value
        elif not _SORT.fullmatch(name) and name not in ("searchCriteria[pageSize]", "searchCriteria[currentPage]"):
            raise refuse(400, {"message": 'Property "%1" does not have accessor method.', "parameters": [name]})
    for condition in found.values():
        if condition["field"] not in columns:
            raise refuse(400, {"message": "Column not found: " + condition["field"]})
    return [[found[key] for key in found if key[0] == group] for group in dict.fromkeys(key[0] for key in found)]


def _sorting(query: Mapping[str, str], columns: set[str]) -> list[tuple[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in query.items():
        if match := _SORT.fullmatch(name):
            found.setdefault(match[1], {})[match[2]] = value
    assert all(sort["field"] in columns for sort in found.values())
    return [(sort["field"], sort["direction"]) for sort in found.values()]


def _holds(row: Mapping[str, Any], field: str, value: str, condition_type: str = "eq") -> bool:
    held = row.get(field)
    match condition_type:
        case "gteq":
            return str(held) >= value
        case "lt":
            return str(held) < value
        case "gt":  # as the column compares: numbers as numbers
            return held > int(value) if isinstance(held, int) else str(held) > value
        case "eq":
            return str(held) == value
        case "in":
            return str(held) in value.split(",")
    raise refuse(400, {"message": f"condition {condition_type}"})


def _projected(row: Mapping[str, Any], fields: str) -> dict[str, Any]:
    if not fields:
        return dict(row)
    inside = re.fullmatch(r"items\[([\w,]+)\],total_count", fields)
    if not inside:
        raise refuse(400, {"message": f"fields: {fields}"})
    names = inside[1].split(",")
    return {name: row[name] for name in names if name in row}  # an unknown one is passed over

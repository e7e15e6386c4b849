"""A WooCommerce shop's REST API (wc/v3) on a WordPress that may stand in another zone, be old, or hide behind a host.

Faithful where it matters: after and before are exclusive, to the second, and read as times of the site's zone whatever
they say; ``any`` leaves out the trash; ``_fields`` projects objects and empties lists; Basic counts only over TLS, a
signature anywhere. Stricter in one thing: a parameter that WooCommerce would ignore is refused here.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from simulators.shop import Order, Refund, Shop, a_month
from simulators.vendor import Refusal, Simulator, only, refuse
from simulators.web_server import Answer, Seen, json_answer, text_answer

KEY, SECRET = "ck_canary0123456789abcdef", "cs_canaryfedcba9876543210"

STATUSES = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft"]
LISTING = (
    *("context", "page", "per_page", "search", "after", "before", "modified_after", "modified_before"),
    *("dates_are_gmt", "exclude", "include", "offset", "order", "orderby", "parent", "parent_exclude", "dp"),
    *("include_meta", "exclude_meta", "_fields"),
)
SIGNING = ("consumer_key", "timestamp", "nonce", "signature", "signature_method")
META = "_wc_order_attribution_"
LABELS = {
    "campaign": "utm_campaign",
    "campaign_id": "utm_id",
    "source": "utm_source",
    "medium": "utm_medium",
    "content": "utm_content",
    "term": "utm_term",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?")
PAGE = "<!DOCTYPE html><html><head><title>Page not found</title></head><body>Nothing here</body></html>"


@dataclass
class Grant:
    """What the key is allowed, as WooCommerce > Settings > Advanced > REST API and the user's role have it."""

    permission: str = "read"
    can_read_orders: bool = True
    can_manage: bool = True  #: the shop's settings, its currency among them


class WooCommerce(Simulator):
    """The shop may be changed at any time; what WooCommerce adds to it stands beside it."""

    entry: ClassVar = (
        'shop: {{connector: woocommerce, url: "{url}", key: {{env: WOO_KEY}}, secret: {{env: WOO_SECRET}}}}'
    )
    secrets: ClassVar = {"WOO_KEY": KEY, "WOO_SECRET": SECRET}

    def __init__(
        self,
        shop: Shop,
        port: int = 0,
        *,
        certificate: tuple[Path, Path] | None = None,
        version: tuple[int, int] = (11, 0),
    ) -> None:
        super().__init__(port)
        self.certificate = certificate
        self.shop = shop
        self.version = version
        self.grant = Grant()
        self.has_permalinks = True
        self.is_open = True  #: whether strangers may look at the site's index
        self.tells_totals = True  #: the headers X-WP-Total, X-WP-TotalPages
        self.drops_authorization = False
        self.shows_warnings = False  #: PHP prints some before each answer
        self.offset = ""  #: of a site without a zone, as "2" or "5.5"
        self.plugin_statuses: list[str] = []
        self.statuses: dict[int, str] = {}  #: order -> its status, where the shop's state does not tell
        self.changes: dict[int, dict[str, Any]] = {}  #: order or refund -> fields that stand otherwise
        self.without_lines: set[int] = set()  #: refunds of which only the amount was typed
        self._nonces: set[str] = set()
        self._found: tuple[dict[str, str], list[Order], list[Any]] = ({}, [], [])

    def answer(self, seen: Seen) -> Answer:
        """What the site answers."""
        if not self.has_permalinks or not seen.path.startswith("/wp-json/"):
            return text_answer(PAGE, status=404, kind="text/html")
        route = seen.path.removeprefix("/wp-json")
        asked = {name: value for name, value in seen.query.items() if not name.startswith("oauth_")}
        if route == "/":
            return self._index(seen, asked)
        routes: dict[str, Callable[[dict[str, str]], Answer]] = {
            "/wc/v3/orders": self._list_orders,
            "/wc/v3/data/currencies/current": self._currency,
        }
        if self.version >= (9, 0):
            routes["/wc/v3/refunds"] = self._list_refunds
        if found := re.fullmatch(r"/wc/v3/orders/(\d+)/refunds", route):
            routes[route] = lambda asked: self._list_refunds(asked, of=int(found[1]))
        if route not in routes:
            raise _refused(404, "rest_no_route", "No route was found matching the URL and request method.")
        self._authenticate(seen)
        return routes[route](asked)

    # Who asks.

    def _authenticate(self, seen: Seen) -> None:
        """Let a known key pass. An unknown one over TLS is nobody, and nobody is refused by what is asked."""
        is_known = self._basic(seen) if self.certificate else False
        if not is_known and not self._signed(seen):
            raise _cannot_view(401)
        if self.grant.permission not in ("read", "read_write"):
            raise _unauthenticated("The API key provided does not have read permissions.")
        if not self.grant.can_read_orders:
            raise _cannot_view(403)

    def _basic(self, seen: Seen) -> bool:
        key, _, secret = self._credentials(seen).partition(":")
        if key != KEY:
            return False
        if secret != SECRET:
            raise _unauthenticated("Consumer secret is invalid.")
        return True

    def _credentials(self, seen: Seen) -> str:
        kind, _, value = seen.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(value).decode() if kind == "Basic" and not self.drops_authorization else ""

    def _signed(self, seen: Seen) -> bool:
        given = {name: value for name, value in seen.query.items() if name.startswith("oauth_")}
        if not given:
            return False
        if missing := [f"oauth_{name}" for name in SIGNING if not given.get(f"oauth_{name}")]:
            code, message = "woocommerce_rest_authentication_missing_parameter", ", ".join(missing)
            raise _refused(401, code, f"Missing OAuth parameters {message}")
        if given["oauth_consumer_key"] != KEY:
            raise _unauthenticated("Consumer key is invalid.")
        if given["oauth_signature"] != self._signature(seen):
            raise _unauthenticated("Invalid signature - provided signature does not match.")
        if abs(int(given["oauth_timestamp"]) - time.time()) > 15 * 60:
            raise _unauthenticated("Invalid timestamp.")
        if given["oauth_nonce"] in self._nonces:
            raise _unauthenticated("Invalid nonce - nonce has already been used.")
        self._nonces.add(given["oauth_nonce"])
        return True

    def _signature(self, seen: Seen) -> str:
        """RFC 5849: method, address and sorted parameters, each encoded, all encoded again."""
        pairs = sorted((_encoded(k), _encoded(v)) for k, v in seen.query.items() if k != "oauth_signature")
        text = "&".join(f"{name}={value}" for name, value in pairs)
        base = "&".join([seen.method, _encoded(self.url(seen.path)), _encoded(text)])
        return base64.b64encode(hmac.digest(f"{SECRET}&".encode(), base.encode(), hashlib.sha256)).decode()

    # What is not a list.

    def _index(self, seen: Seen, asked: dict[str, str]) -> Answer:
        if self._credentials(seen):  # an application password of WordPress, to WordPress
            raise _refused(401, "invalid_username", "Unknown username. Check again or try your email address.")
        if not self.is_open:
            raise _refused(401, "rest_cannot_access", "Only authenticated users can access the REST API.")
        site = {
            "name": self.shop.name.replace("'", "&#039;"),
            "description": "",
            "url": self.url("").rstrip("/"),
            "gmt_offset": self.offset or "1",
            "timezone_string": "" if self.offset else self.shop.zone,
            "namespaces": ["wc/v3"],
        }
        return self._given(_projected(site, asked.get("_fields", "")))

    def _currency(self, asked: dict[str, str]) -> Answer:
        if not self.grant.can_manage:
            raise _cannot_view(403)
        return self._given({"code": self.shop.currency, "name": "Money", "symbol": "&euro;"})

    # Lists.

    def _list_orders(self, asked: dict[str, str]) -> Answer:
        only(asked, *LISTING, "status", "customer", "product", complain=_unknown)
        wanted = asked.get("status", "any").split(",")
        known = ["any", "trash", *STATUSES, *self.plugin_statuses]
        for place, status in enumerate(wanted):
            if status not in known:
                raise _invalid("status", f"status[{place}] is not one of {', '.join(known)}.")
        included = {int(id) for id in asked["include"].split(",")} if "include" in asked else None

        def found() -> list[Order]:
            is_dated = self._dated(asked)
            return [
                order
                for order in sorted(self.shop.orders, key=lambda order: (order.at, order.id))
                if (included is None or order.id in included)
                and self._is_shown(order, wanted)
                and is_dated(order.at, order.changed_at)
            ]

        return self._page(asked, found, lambda order: self._with_meta(self._order(order), asked))

    def _list_refunds(self, asked: dict[str, str], of: int | None = None) -> Answer:
        only(asked, *LISTING, complain=_unknown)

        def found() -> list[tuple[Refund, Order]]:
            is_dated = self._dated(asked)
            every = [
                (refund, order) for order in self.shop.orders if of in (None, order.id) for refund in order.refunds
            ]
            dated = [pair for pair in every if is_dated(pair[0].at, pair[0].at)]
            return sorted(dated, key=lambda pair: (pair[0].at, pair[0].id))

        return self._page(asked, found, lambda pair: self._refund(*pair, is_alone=of is None))

    def _page(
        self, asked: dict[str, str], found: Callable[[], list[Any]], shape: Callable[[Any], dict[str, Any]]
    ) -> Answer:
        size, page = int(asked.get("per_page", "10")), int(asked.get("page", "1"))
        if not 1 <= size <= 100:
            raise _invalid("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
        if page < 1:
            raise _invalid("page", "page must be greater than or equal to 1")
        query = {**asked, "page": "", "offset": ""}
        first = int(asked.get("offset", (page - 1) * size))
        if first == 0 or self._found[0] != query or self._found[1] is not self.shop.orders:
            self._found = (query, self.shop.orders, found() if self._is_asc(asked) else found()[::-1])
        rows = self._found[2]
        shown = [_projected(shape(row), asked.get("_fields", "")) for row in rows[first : first + size]]
        return self._given(shown, total=len(rows), pages=-(-len(rows) // size))

    def _given(self, value: Any, total: int | None = None, pages: int = 0) -> Answer:
        answer = json_answer(value)
        if total is not None and self.tells_totals:
            answer = json_answer(value, X_WP_Total=str(total), X_WP_TotalPages=str(pages))
        return _after_warnings(answer) if self.shows_warnings else answer

    def _is_asc(self, asked: Mapping[str, str]) -> bool:
        if asked.get("orderby", "date") not in ("date", "id", "include", "title", "slug", "modified"):
            raise _invalid("orderby", "orderby is not one of date, id, include, title, slug, modified.")
        if asked.get("order", "desc") not in ("asc", "desc"):
            raise _invalid("order", "order is not one of asc, desc.")
        return asked.get("order", "desc") == "asc"

    def _is_shown(self, order: Order, wanted: list[str]) -> bool:
        status = self._status(order)
        if "any" in wanted:  # whatever else is named beside it
            return status not in ("trash", "checkout-draft")
        return status in wanted

    def _dated(self, asked: Mapping[str, str]) -> Callable[[datetime, datetime], bool]:
        """Whether something made and modified then is asked for."""
        bounds = {
            name: self._read(asked[name], name)
            for name in ("after", "before", "modified_after", "modified_before")
            if name in asked and (self.version >= (5, 8) or not name.startswith("modified"))
        }

        def is_dated(made: datetime, modified: datetime) -> bool:
            for name, bound in bounds.items():
                at = self._column(asked, modified if name.startswith("modified") else made)
                if not (at > bound if name.endswith("after") else at < bound):
                    return False
            return True

        return is_dated

    def _column(self, asked: Mapping[str, str], moment: datetime) -> datetime:
        """The column of the database that is compared: UTC, or the site's own time."""
        is_gmt = asked.get("dates_are_gmt") in ("true", "1") and self.version >= (5, 8)
        return moment.astimezone(UTC if is_gmt else ZoneInfo(self.shop.zone)).replace(tzinfo=None, microsecond=0)

    def _read(self, value: str, name: str) -> datetime:
        """As WordPress reads a date: one of its zone, or turned into that; an hour that is skipped is the next one."""
        if not MOMENT.fullmatch(value):
            raise _invalid(name, "Invalid date.")
        zone, moment = ZoneInfo(self.shop.zone), datetime.fromisoformat(value)
        local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None)

    # Shapes.

    def _status(self, order: Order) -> str:
        if order.id in self.statuses:
            return self.statuses[order.id]
        if order.state == "paid" and order.refunds and sum(one.total for one in order.refunds) == order.total:
            return "refunded"
        if order.state == "paid":
            return "completed" if order.id % 2 else "processing"
        said = {"unpaid": "on-hold" if order.id % 2 else "pending", "trashed": "trash"}
        return said.get(order.state, order.state)

    def _order(self, order: Order) -> dict[str, Any]:
        every = {
            "id": order.id,
            "parent_id": 0,
            "status": self._status(order),
            "currency": order.currency,
            "prices_include_tax": True,
            **self._moments("created", order.at),
            **self._moments("modified", order.changed_at),
            "discount_total": str(order.discount),
            "shipping_total": str(order.shipping),
            "total": "" if order.is_odd else str(order.total),
            "total_tax": str(order.tax),
            "customer_id": 0 if order.is_guest else 7,
            "billing": {"first_name": "Ana", "last_name": "Doe", "city": "Lyon", "email": order.email or ""},
            "created_via": "checkout",
            "meta_data": _meta(order),
            "line_items": _lines(order.items, order.net, order.tax) if order.items else [],
            "shipping_lines": _shipping(order.shipping),
            "fee_lines": [],
            "coupon_lines": [{"id": 900 + n, "code": code, "discount": "1.00"} for n, code in enumerate(order.coupons)],
            "refunds": [{"id": one.id, "reason": "damaged", "total": f"-{one.total}"} for one in order.refunds],
            "currency_symbol": "€",
        }
        return every | self.changes.get(order.id, {})

    def _with_meta(self, order: dict[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
        if "include_meta" in asked and self.version >= (8, 0):
            keys = asked["include_meta"].split(",")
            order["meta_data"] = [meta for meta in order["meta_data"] if meta.get("key") in [*keys, None]]
        return order

    def _refund(self, refund: Refund, order: Order, *, is_alone: bool) -> dict[str, Any]:
        has_lines = refund.id not in self.without_lines
        every = {
            "id": refund.id,
            **({"parent_id": order.id} if is_alone else {}),
            **self._moments("created", refund.at),
            "amount": str(refund.total),
            "reason": "damaged",
            "refunded_by": 1,
            "refunded_payment": True,
            "line_items": _lines(-refund.items, -refund.net, -refund.tax) if has_lines else [],
            "shipping_lines": _shipping(-refund.shipping) if has_lines else [],
            "tax_lines": [],
            "fee_lines": [],
            "meta_data": [],
        }
        return every | self.changes.get(refund.id, {})

    def _moments(self, name: str, at: datetime) -> dict[str, str]:
        """In the site's zone and in UTC; neither says so."""
        local = at.astimezone(ZoneInfo(self.shop.zone))
        return {
            f"date_{name}": f"{local:%Y-%m-%dT%H:%M:%S}",
            f"date_{name}_gmt": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        }


def example(port: int = 0) -> WooCommerce:
    """A shop with a month behind it."""
    return WooCommerce(a_month(), port)


def _meta(order: Order) -> list[dict[str, Any]]:
    """What the visit left on the order, beside a plugin's own note."""
    said = {LABELS[name]: value for name, value in order.labels.items() if name in LABELS}
    if said:
        said["source_type"] = "utm"
    if referrer := order.labels.get("referrer"):
        said["referrer"] = f"https://{referrer}/a/page"
    if landing_page := order.labels.get("landing_page"):
        said["session_entry"] = f"{landing_page}?utm_source=x&email=ana@mail.example"
    noted = [{"id": 8_000, "key": "_plugin_note", "value": {"any": ["thing", 1]}}]
    return noted + [{"id": 9_000 + n, "key": f"{META}{name}", "value": v} for n, (name, v) in enumerate(said.items())]


def _lines(quantity: int, net: Decimal, tax: Decimal) -> list[dict[str, Any]]:
    line = {"id": 315, "name": "Mug &ndash; blue", "quantity": quantity, "total": str(net), "total_tax": str(tax)}
    return [line | {"price": 40.8333335}]


def _shipping(net: Decimal) -> list[dict[str, Any]]:
    return [{"id": 317, "method_title": "Colissimo", "total": str(net), "total_tax": "0.00"}] if net else []


def _projected(value: dict[str, Any], fields: str) -> dict[str, Any]:
    """WordPress's ``_fields``: of an object inside its fields, of a list inside nothing but its length."""
    if not fields:
        return value
    tree: dict[str, Any] = {}
    for field in fields.split(","):
        branch = tree
        for name in field.split("."):
            branch = branch.setdefault(name, {})
    return _kept(value, tree)


def _kept(value: dict[str, Any], tree: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, inner in tree.items():
        if name in value:
            part = value[name]
            found[name] = [] if inner and isinstance(part, list) else _kept(part, inner) if inner else part
    return found


def _after_warnings(answer: Answer) -> Answer:
    """The answer behind what PHP says of a plugin."""

    def warn(handler: Any) -> None:
        send = handler.send

        def changed(status: int, headers: Mapping[str, str], body: bytes, **how: Any) -> None:
            send(status, headers, b"\xef\xbb\xbf<br />\n<b>Warning</b>:  Undefined key in /p.php\n" + body, **how)

        handler.send = changed
        try:
            answer(handler)
        finally:
            handler.send = send

    return warn


def _encoded(text: str) -> str:
    return quote(text, safe="~-._")


def _refused(status: int, code: str, message: str) -> Refusal:
    return refuse(status, {"code": code, "message": message, "data": {"status": status}})


def _unauthenticated(message: str) -> Refusal:
    return _refused(401, "woocommerce_rest_authentication_error", message)


def _cannot_view(status: int) -> Refusal:
    return _refused(status, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


def _invalid(name: str, why: str) -> Refusal:
    message = f"Invalid parameter(s): {name}"
    details = {"status": 400, "params": {name: why}, "details": {}}
    return refuse(400, {"code": "rest_invalid_param", "message": message, "data": details})


def _unknown(name: str) -> Refusal:
    return _invalid(name, f"{name} is nothing that WooCommerce knows.")

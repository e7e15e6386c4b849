"""A simulated Stripe (API 2026-10-28.endive): the ledger with what it tells of, Checkout Sessions, account, balance.

Strict: the key as Bearer or Basic, the version, every parameter, page sizes and cursors, what may be expanded, the
rights of a restricted key, connected accounts. Of a ``Shop`` it tells what Stripe would: only what was paid is in the
ledger; a promotion code only in the session; labels in the metadata of the payment or only of its session; the e-mail
address in one of three places.
"""

import base64
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from simulators.shop import Order, Refund, Shop, a_month
from simulators.vendor import Refusal, Simulator, only, refuse
from simulators.web_server import Answer, Seen, json_answer

KEY = "rk_live_51canaryTeaShop0123456789"
VERSION = "2026-10-28.endive"
LEDGER, SESSIONS = "/v1/balance_transactions", "/v1/checkout/sessions"
RIGHTS = frozenset({"account", "balance", "balance_transaction_source", "charge", "checkout_session", "promotion_code"})

EXPANDS = {
    LEDGER: {"data.source": "balance_transaction_source", "data.source.charge": "charge"},
    SESSIONS: {"data.discounts.promotion_code": "promotion_code"},
}
_RANGE = tuple(f"created[{sign}]" for sign in ("gt", "gte", "lt", "lte"))
_PAGED = ("limit", "starting_after", "ending_before", "expand[]", "created", *_RANGE)
PARAMETERS = {
    LEDGER: (*_PAGED, "currency", "payout", "source", "type"),
    SESSIONS: (*_PAGED, "customer", "payment_intent", "payment_link", "status", "subscription"),
    "/v1/account": ("expand[]",),
    "/v1/balance": ("expand[]",),
}
NAMES = {LEDGER: "balance transaction", SESSIONS: "checkout session"}

UNITS = {"JPY": 1, "KRW": 1, "KWD": 1000, "BHD": 1000}  # of all others a hundredth, UGX and ISK too
TAGS = {"campaign": "utm_campaign", "source": "utm_source", "medium": "utm_medium"}
TAGS |= {"content": "utm_content", "term": "utm_term", "campaign_id": "utm_id"}
OPEN_BEFORE = timedelta(minutes=10)  # a session, before its payment

Object = dict[str, Any]


def error(status: int, message: str, kind: str = "invalid_request_error", **more: str) -> Refusal:
    """An error as Stripe words it."""
    body: Object = {"message": message, "type": kind, **{k: v for k, v in more.items() if not k[0].isupper()}}
    return refuse(status, {"error": body}, **{k: v for k, v in more.items() if k[0].isupper()})


def smallest(amount: Decimal, currency: str) -> int:
    """An amount in the smallest unit, as Stripe counts it."""
    return int(amount * UNITS.get(currency.upper(), 100))


def charge(id: str, at: datetime, amount: int, currency: str = "eur", **more: Any) -> Object:
    """A payment that came in; its intent bears the same number."""
    made = int(at.timestamp())
    address = {"city": "Lyon", "country": "FR", "line1": None, "line2": None, "postal_code": "69001", "state": None}
    person = {"address": address, "email": more.pop("email", None), "name": "Ana Doe", "phone": None, "tax_id": None}
    return {
        "id": f"ch_{id}", "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "billing_details": person, "captured": True, "created": made, "currency": currency, "customer": None,
        "disputed": False, "failure_code": None, "livemode": True, "metadata": {}, "paid": True,
        "payment_intent": f"pi_{id}", "receipt_email": None, "refunded": False, "status": "succeeded", **more,
    }  # fmt: skip


def back(kind: str, id: str, of: Object | None, amount: int) -> Object:
    """A refund or a dispute of a payment."""
    prefix = {"refund": "re", "dispute": "dp"}[kind]
    intent = of["payment_intent"] if of else None
    return {
        "id": f"{prefix}_{id}", "object": kind, "amount": amount, "charge": of, "created": 0, "currency": "eur",
        "metadata": {}, "payment_intent": intent, "reason": "requested_by_customer", "status": "succeeded",
    }  # fmt: skip


def row(category: str, at: datetime, amount: int, source: Object | None, currency: str = "eur", **more: Any) -> Object:
    """A row of the ledger, with what it tells of inside; ``id`` where it matters."""
    kind = {"dispute": "adjustment", "dispute_reversal": "adjustment", "charge_failure": "payment_failure_refund"}
    source_id = source["id"] if source else "nothing"
    return {
        "id": more.pop("id", f"txn_{category}_{source_id}"), "object": "balance_transaction", "amount": amount,
        "available_on": int(at.timestamp()) + 7 * 86_400, "balance_type": "payments", "created": int(at.timestamp()),
        "currency": currency, "description": None, "exchange_rate": None, "fee": 25, "fee_details": [],
        "net": amount - 25, "reporting_category": category, "source": source, "status": "available",
        "type": kind.get(category, category), **more,
    }  # fmt: skip


def session(id: str, at: datetime, amounts: tuple[int, int, int], **more: Any) -> Object:
    """A Checkout Session of goods, tax and shipping without tax, in the smallest unit. Shipping is taxed by a fifth."""
    goods, tax, shipping = amounts
    of_shipping = min(tax, shipping // 5)
    cost = {"amount_subtotal": shipping, "amount_tax": of_shipping, "amount_total": shipping + of_shipping}
    return {
        "id": f"cs_live_{id}", "object": "checkout.session", "amount_subtotal": goods,
        "amount_total": goods + tax + shipping, "client_reference_id": None, "created": int(at.timestamp()),
        "currency": "eur", "customer": None, "customer_details": {"email": more.pop("email", None), "name": "Ana Doe"},
        "discounts": [], "invoice": None, "livemode": True, "metadata": {}, "mode": "payment",
        "payment_intent": f"pi_{id}", "payment_link": None, "payment_status": "paid",
        "shipping_cost": cost if shipping else None, "status": "complete", "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": shipping, "amount_tax": tax}, **more,
    }  # fmt: skip


def promotion(code: str) -> Object:
    """A promotion code that was typed into a session."""
    return {"coupon": None, "promotion_code": {"id": f"promo_{code}", "object": "promotion_code", "code": code}}


def rows_of(orders: Iterable[Order]) -> Iterator[Object]:
    """The rows that the ledger has of a shop's orders: of those that were paid."""
    for order in orders:
        if order.counts:
            paid = _charge_of(order)
            yield row("charge", order.at, paid["amount"], paid, paid["currency"])
            for refund in order.refunds:
                yield _refund_row(refund, paid)


def sessions_of(orders: Iterable[Order]) -> Iterator[Object]:
    """The sessions of a shop's orders: all were opened, some never completed or never paid."""
    for order in orders:
        yield _session_of(order)


def _charge_of(order: Order) -> Object:
    """Of even orders the labels are in the metadata of the intent, which is copied; every third has no address."""
    place = order.id % 3
    return charge(
        str(order.id),
        order.at,
        smallest(order.total, order.currency),
        order.currency.lower(),
        email=order.email if place == 0 else None,
        receipt_email=order.email if place == 1 else None,
        metadata=_metadata(order) if order.id % 2 == 0 else {"order_id": str(order.id)},
    )


def _refund_row(refund: Refund, paid: Object) -> Object:
    amount = smallest(refund.total, paid["currency"])
    return row("refund", refund.at, -amount, back("refund", str(refund.id), paid, amount), paid["currency"])


def _session_of(order: Order) -> Object:
    amounts = [smallest(amount, order.currency) for amount in (order.net, order.tax, order.shipping)]
    return session(
        str(order.id),
        order.at - OPEN_BEFORE,
        (amounts[0], amounts[1], amounts[2]),
        currency=order.currency.lower(),
        email=order.email,
        discounts=[promotion(code) for code in order.coupons],
        metadata=_metadata(order) if order.id % 2 else {},
        status={"cancelled": "expired", "failed": "open"}.get(order.state, "complete"),
        payment_status="paid" if order.counts else "unpaid",
    )


def _metadata(order: Order) -> dict[str, str]:
    return {TAGS[name]: value for name, value in order.labels.items() if name in TAGS}


@dataclass
class Kept:
    """Objects in the order in which they were made."""

    objects: list[Object]

    def __post_init__(self) -> None:
        self.objects.sort(key=lambda one: (one["created"], one["id"]))
        self.created = [one["created"] for one in self.objects]
        self.places = {one["id"]: place for place, one in enumerate(self.objects)}


class Stripe(Simulator):
    """The account of one shop. ``rows`` and ``sessions`` are in it beside those of the shop."""

    entry = 'payments: {{connector: stripe, endpoint: "{url}", key: {{env: STRIPE_KEY}}}}'
    secrets: ClassVar = {"STRIPE_KEY": KEY}

    def __init__(self, shop: Shop | None = None, *, key: str = KEY, port: int = 0) -> None:
        super().__init__(port=port)
        self.shop = shop or Shop()
        self.key = key
        self.rights = set(RIGHTS)
        self.connected: set[str] = set()
        self.rows: Sequence[Object] = ()
        self.sessions: Sequence[Object] = ()
        self._kept: dict[str, tuple[Any, Kept]] = {}

    def answer(self, seen: Seen) -> Answer:
        self._let_in(seen)
        if seen.path not in PARAMETERS:
            raise error(404, f"Unrecognized request URL ({seen.method}: {seen.path}).")
        only(seen.query, *PARAMETERS[seen.path], complain=_unknown_parameter)
        if seen.path == "/v1/account":
            return json_answer(self._account())
        if seen.path == "/v1/balance":
            self._allow("balance")
            available = [{"amount": 12345, "currency": self.shop.currency.lower()}]
            return json_answer({"object": "balance", "available": available, "livemode": True, "pending": []})
        return json_answer(self._list(seen))

    def _let_in(self, seen: Seen) -> None:
        if seen.method != "GET":
            raise error(403, "this simulator lets nobody write")
        given = seen.headers.get("Authorization", "")
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        if not given:
            raise error(401, "You did not provide an API key.")
        if given not in (f"Bearer {self.key}", f"Basic {basic}"):
            raise error(401, f"Invalid API Key provided: {given.split()[-1][:8]}{'*' * 93}{given[-4:]}")
        version = seen.headers.get("Stripe-Version", VERSION)
        if version != VERSION:
            raise error(400, f"Invalid Stripe API version: {version}")
        account = seen.headers.get("Stripe-Account")
        if account and account not in self.connected:
            words = f"The provided key 'rk_live_{'*' * 93}456789' does not have access to account '{account}' (or that"
            raise error(403, f"{words} account does not exist).", code="account_invalid")

    def _allow(self, right: str) -> None:
        if right not in self.rights:
            words = f"The provided key 'rk_live_{'*' * 93}456789' does not have the required permissions for this"
            more = f"Having the 'rak_{right}_read' permission would allow this request to continue."
            raise error(403, f"{words} endpoint on account 'acct_1Tea'. {more}")

    def _account(self) -> Object:
        self._allow("account")
        board = {"display_name": self.shop.name, "timezone": self.shop.zone}
        return {"id": "acct_1Tea", "object": "account", "country": "FR", "created": 1_704_067_200,
                "default_currency": self.shop.currency.lower(), "settings": {"dashboard": board}}  # fmt: skip

    def _list(self, seen: Seen) -> Object:
        expand = {value for name, value in seen.pairs if name == "expand[]"}
        for field in sorted(expand):
            if field not in EXPANDS[seen.path]:
                raise error(400, f"This property cannot be expanded ({field}).", param="expand")
            self._allow(EXPANDS[seen.path][field])
        self._allow("balance_transaction_source" if seen.path == LEDGER else "checkout_session")
        found, more = self._page(seen)
        shaped = _rows(found, expand) if seen.path == LEDGER else _sessions(found, expand)
        if "Stripe-Version" not in seen.headers:  # the account's own version is an old one
            shaped = [{name: value for name, value in one.items() if name != "reporting_category"} for one in shaped]
        return {"object": "list", "url": seen.path, "has_more": more, "data": shaped}

    def _page(self, seen: Seen) -> tuple[list[Object], bool]:
        """The newest first."""
        kept, limit = self._kept_of(seen.path), _whole(seen.query, "limit", 10)
        if not 1 <= limit <= 100:
            word = "less than or equal to 100" if limit > 100 else "greater than or equal to 1"
            raise error(400, f"This value must be {word}.", param="limit", code="parameter_invalid_integer")
        start, end = _range(seen.query, kept)
        if after := seen.query.get("starting_after"):
            if after not in kept.places:
                words = f"No such {NAMES[seen.path]}: '{after}'"
                raise error(400, words, param="starting_after", code="resource_missing")
            end = min(end, kept.places[after])
        asked = {name: seen.query[name] for name in ("status", "payment_intent") if name in seen.query}
        if asked:
            fitting = [one for one in kept.objects[start:end] if all(one[name] == asked[name] for name in asked)]
        else:
            fitting = kept.objects[max(start, end - limit - 1) : end]
        newest = fitting[::-1]
        return newest[:limit], len(newest) > limit

    def _kept_of(self, path: str) -> Kept:
        """What a list holds now, worked out anew when the shop or the rows beside it are others."""
        beside, made = (self.rows, rows_of) if path == LEDGER else (self.sessions, sessions_of)
        held = self._kept.get(path)
        if held is None or held[0][0] is not self.shop.orders or held[0][1] is not beside:
            held = ((self.shop.orders, beside), Kept([*made(self.shop.orders), *beside]))
            self._kept[path] = held
        return held[1]


def _unknown_parameter(name: str) -> Refusal:
    return error(400, f"Received unknown parameter: {name}", param=name, code="parameter_unknown")


def _whole(query: Any, name: str, otherwise: int) -> int:
    given = query.get(name, str(otherwise))
    if not re.fullmatch("-?[0-9]+", given):
        raise error(400, f"Invalid integer: {given}", param=name, code="parameter_invalid_integer")
    return int(given)


def _range(query: Any, kept: Kept) -> tuple[int, int]:
    start, end = 0, len(kept.objects)
    for name in _RANGE:
        if name in query:
            moment = _whole(query, name, 0)
            place = bisect_left(kept.created, moment + (name in ("created[gt]", "created[lte]")))
            start, end = (max(start, place), end) if "[g" in name else (start, min(end, place))
    return start, max(start, end)


def _rows(found: Iterable[Object], expand: set[str]) -> list[Object]:
    """Rows with the objects inside that were asked for, and the ids of the others."""
    return [{**one, "source": _source(one["source"], expand)} for one in found]


def _source(source: Object | None, expand: set[str]) -> Object | str | None:
    if source is None or not expand:
        return source and source["id"]
    if "data.source.charge" not in expand and isinstance(source.get("charge"), dict):
        return {**source, "charge": source["charge"]["id"]}
    return source


def _sessions(found: Iterable[Object], expand: set[str]) -> list[Object]:
    if expand:
        return list(found)
    return [{**one, "discounts": [_folded(discount) for discount in one["discounts"]]} for one in found]


def _folded(discount: Object) -> Object:
    code = discount["promotion_code"]
    return {**discount, "promotion_code": code and code["id"]}


def example(port: int = 0) -> Stripe:
    """The tea shop's account in March 2026: payments through Checkout, refunds, payouts, a dispute won."""
    campaigns: list[dict[str, str]] = [
        {},
        {"campaign": "spring-sale", "source": "google", "medium": "cpc", "content": "blue"},
        {"campaign": "spring-news-3", "source": "newsletter", "medium": "email"},
    ]
    vendor = Stripe(a_month(campaigns=campaigns, currencies=("EUR",), coupons=((), ("SPRING10",))), port=port)
    paid = next(vendor_row["source"] for vendor_row in rows_of(vendor.shop.orders))
    lost = datetime.fromtimestamp(paid["created"] + 5 * 86_400).astimezone()
    dispute = back("dispute", "1", paid, paid["amount"])
    vendor.rows = [
        row("dispute", lost, -paid["amount"], dispute),
        row("dispute_reversal", lost + timedelta(days=9), paid["amount"], dispute),
        *(_payout(date(2026, 3, day)) for day in (2, 9, 16, 23, 30)),
    ]
    return vendor


def _payout(day: date) -> Object:
    at = datetime.fromisoformat(f"{day} 00:05:00+00:00")
    return row("payout", at, -100_000, {"id": f"po_{day:%m%d}", "object": "payout", "amount": 100_000})

"""A Shopify shop on loopback: its token endpoint, its Admin GraphQL API and the files of its bulk operations.

Queries are parsed and held against ``SCHEMA``, a part of the real schema of version 2026-07; what each costs is
counted as Shopify documents it (an object 1, a connection as many as asked for) and taken out of a leaky bucket.
"""

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from simulators.shop import NOTHING, Order, Refund, Shop, a_month
from simulators.vendor import Refusal, Simulator, refuse
from simulators.web_server import Answer, Seen, bytes_answer

TOKEN = "shpat_canary0123456789abcdef"
CLIENT, SECRET = "0a1b2c3d4e5f", "shpss_canary_secret"
SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10")
TAX = Decimal("0.2")
CENT = Decimal("0.01")
FOREIGN = {"amount": "0.99", "currencyCode": "GBP"}  # what the customer paid in: never to be taken

SCHEMA = """
QueryRoot { shop: Shop! currentAppInstallation: AppInstallation!
  orders(first: Int after: String query: String sortKey: OrderSortKeys reverse: Boolean): OrderConnection!
  ordersCount(query: String limit: Int): Count nodes(ids: IDs): [Node]! bulkOperation(id: ID): BulkOperation
  bulkOperations(first: Int after: String query: String sortKey: Key reverse: Boolean): BulkOperationConnection! }
Mutation { bulkOperationRunQuery(query: String groupObjects: Boolean): BulkOperationRunQueryPayload }
Shop { name: String! myshopifyDomain: String! ianaTimezone: String! currencyCode: CurrencyCode!
  taxesIncluded: Boolean! }
AppInstallation { accessScopes: [AccessScope!]! }
AccessScope { handle: String! }
Count { count: Int! precision: CountPrecision! }
PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
OrderConnection { edges: [OrderEdge!]! nodes: [Order!]! pageInfo: PageInfo! }
OrderEdge { cursor: String! node: Order! }
Order { id: ID! name: String! test: Boolean! createdAt: DateTime! processedAt: DateTime! updatedAt: DateTime!
  cancelledAt: DateTime displayFinancialStatus: OrderDisplayFinancialStatus currencyCode: CurrencyCode!
  presentmentCurrencyCode: CurrencyCode! taxesIncluded: Boolean! subtotalLineItemsQuantity: Int!
  discountCodes: [String!]! subtotalPriceSet: MoneyBag totalTaxSet: MoneyBag totalShippingPriceSet: MoneyBag!
  totalPriceSet: MoneyBag! currentTotalPriceSet: MoneyBag! shippingLine: ShippingLine
  customer: Customer customerJourneySummary: CustomerJourneySummary refunds(first: Int): [Refund!]! }
Customer { id: ID! numberOfOrders: UnsignedInt64! }
MoneyBag { presentmentMoney: MoneyV2! shopMoney: MoneyV2! }
MoneyV2 { amount: Decimal! currencyCode: CurrencyCode! }
ShippingLine { title: String! discountedPriceSet: MoneyBag! originalPriceSet: MoneyBag! taxLines: [TaxLine!]! }
TaxLine { title: String! priceSet: MoneyBag! rate: Float }
CustomerJourneySummary { customerOrderIndex: Int firstVisit: CustomerVisit lastVisit: CustomerVisit ready: Boolean! }
CustomerVisit { landingPage: URL occurredAt: DateTime! referrerUrl: URL source: String! sourceType: MarketingTactic
  utmParameters: UTMParameters }
UTMParameters { campaign: String content: String medium: String source: String term: String }
Refund { id: ID! createdAt: DateTime processedAt: DateTime! totalRefundedSet: MoneyBag!
  refundLineItems(first: Int after: String): RefundLineItemConnection!
  refundShippingLines(first: Int after: String): RefundShippingLineConnection! }
RefundLineItemConnection { nodes: [RefundLineItem!]! pageInfo: PageInfo! }
RefundLineItem { quantity: Int! subtotalSet: MoneyBag! totalTaxSet: MoneyBag! }
RefundShippingLineConnection { nodes: [RefundShippingLine!]! pageInfo: PageInfo! }
RefundShippingLine { id: ID! subtotalAmountSet: MoneyBag! taxAmountSet: MoneyBag! }
BulkOperationConnection { nodes: [BulkOperation!]! pageInfo: PageInfo! }
BulkOperation { id: ID! status: BulkOperationStatus! errorCode: BulkOperationErrorCode createdAt: DateTime!
  completedAt: DateTime query: String! url: URL partialDataUrl: URL fileSize: UnsignedInt64
  objectCount: UnsignedInt64! rootObjectCount: UnsignedInt64! type: BulkOperationType! }
BulkOperationRunQueryPayload { bulkOperation: BulkOperation userErrors: [BulkOperationUserError!]! }
BulkOperationUserError { code: BulkOperationUserErrorCode field: [String!] message: String! }
"""

#: type -> field -> (type of its value, arguments)
Types = dict[str, dict[str, tuple[str, frozenset[str]]]]


def _types(schema: str) -> Types:
    fields = re.compile(r"(\w+)(?:\(([^)]*)\))?: \[?(\w+)")
    return {
        name: {
            found[1]: (found[3], frozenset(re.findall(r"(\w+):", found[2] or ""))) for found in fields.finditer(body)
        }
        for name, body in re.findall(r"(\w+) \{(.*?)\}", schema, re.DOTALL)
    }


TYPES = _types(SCHEMA)


# GraphQL, as much of it as is needed.


@dataclass(frozen=True)
class Field:
    """One field of a selection; of ``... on Refund`` the name is ``...`` and the type is the argument ``on``."""

    name: str
    args: Mapping[str, Any]
    inside: "tuple[Field, ...]"


@dataclass(frozen=True)
class Variable:
    name: str


class GraphqlError(Exception):
    """Something is wrong with a query: told in Shopify's words, with status 200."""

    def __init__(self, message: str, code: str = "undefinedField", **extensions: Any) -> None:
        super().__init__(message)
        self.error = {"message": message, "extensions": {"code": code, **extensions}}


_TOKEN = re.compile(r'\.\.\.|\$?[A-Za-z_]\w*|"(?:[^"\\\n]|\\.)*"|-?\d+|[{}()\[\]:!=]|([^\s,])')


class _Reader:
    """Reads a query into its root type, the variables it declares, and its fields."""

    def __init__(self, text: str) -> None:
        found = list(_TOKEN.finditer(text))
        if wrong := next((one[1] for one in found if one[1]), None):
            raise GraphqlError(f"syntax error, unexpected invalid token ({wrong!r})", "undefined")
        self.tokens = [one[0] for one in found] + [""]
        self.place = 0

    def document(self) -> tuple[str, frozenset[str], tuple[Field, ...]]:
        root, declared = "QueryRoot", set()
        if self.tokens[0] in ("query", "mutation"):
            root = "Mutation" if self.take() == "mutation" else "QueryRoot"
            if self.now not in "({":
                self.take()
            while self.now not in ("{", ""):
                if self.now.startswith("$"):
                    declared.add(self.now[1:])
                self.take()
        fields = self.selection()
        if self.now:
            raise GraphqlError(f"syntax error, unexpected {self.now}", "undefined")
        return root, frozenset(declared), fields

    @property
    def now(self) -> str:
        return self.tokens[self.place]

    def take(self, wanted: str | None = None) -> str:
        token = self.now
        if not token or (wanted and token != wanted):
            raise GraphqlError(f"syntax error, unexpected {token or 'end of file'}", "undefined")
        self.place += 1
        return token

    def selection(self) -> tuple[Field, ...]:
        fields = []
        self.take("{")
        while self.now != "}":
            name, args = self.take(), {}
            if name == "...":
                self.take("on")
                args = {"on": self.take()}
            elif self.now == "(":
                args = self.arguments()
            fields.append(Field(name, args, self.selection() if self.now == "{" else ()))
        self.take("}")
        return tuple(fields)

    def arguments(self) -> dict[str, Any]:
        args = {}
        self.take("(")
        while self.now != ")":
            name = self.take()
            self.take(":")
            args[name] = self.value()
        self.take(")")
        return args

    def value(self) -> Any:
        token = self.take()
        if token.startswith("$"):
            return Variable(token[1:])
        if token.startswith('"') or token.lstrip("-").isdigit() or token in ("true", "false", "null"):
            return json.loads(token)
        return token  # an enum


@lru_cache
def parsed(text: str) -> tuple[str, frozenset[str], tuple[Field, ...]]:
    """A query held against the schema. Raises GraphqlError."""
    root, declared, fields = _Reader(text).document()
    _check(fields, root, declared)
    return root, declared, fields


def _check(fields: tuple[Field, ...], type_name: str, declared: frozenset[str]) -> None:
    for one in fields:
        if one.name == "...":
            _check(one.inside, str(one.args["on"]), declared)
            continue
        if one.name not in TYPES[type_name]:
            raise GraphqlError(f"Field '{one.name}' doesn't exist on type '{type_name}'")
        inner, known = TYPES[type_name][one.name]
        for name, value in one.args.items():
            if name not in known:
                message = f"Field '{one.name}' doesn't accept argument '{name}'"
                raise GraphqlError(message, "argumentNotAccepted")
            if isinstance(value, Variable) and value.name not in declared:
                raise GraphqlError(f"Variable ${value.name} is used but not declared", "variableNotDefined")
        if bool(one.inside) != (inner in TYPES or inner == "Node"):
            raise GraphqlError(f"Field must have selections (field '{one.name}' returns {inner})", "selectionMismatch")
        if one.inside:
            _check(one.inside, inner, declared)


def _filled(args: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: variables.get(one.name) if isinstance(one, Variable) else one for name, one in args.items()}


def cost(fields: tuple[Field, ...], type_name: str, variables: Mapping[str, Any]) -> int:
    """The points a query may cost: a scalar 0, an object 1, a connection each object it is asked for."""
    total = 0
    for one in fields:
        if one.name == "...":
            total += cost(one.inside, str(one.args["on"]), variables)
        elif one.inside:
            inner, args = TYPES[type_name][one.name][0], _filled(one.args, variables)
            times = 1
            if inner.endswith("Connection"):
                times = int(args.get("first") or 0)
            elif "ids" in args:
                times = len(args["ids"])
            total += times * (cost(one.inside, inner, variables) + (0 if inner.endswith("Connection") else 1))
    return total


def project(value: Any, fields: tuple[Field, ...], variables: Mapping[str, Any]) -> Any:
    """What a query asks of a value."""
    if not fields or value is None:
        return value
    if isinstance(value, list):
        return [project(one, fields, variables) for one in value]
    told: dict[str, Any] = {}
    for one in fields:
        if one.name == "...":
            told |= project(value, one.inside, variables)
            continue
        inner = value[one.name]
        if callable(inner):  # what is seldom asked for
            inner = inner()
        if one.args:
            inner = _first(inner, _filled(one.args, variables))
        told[one.name] = project(inner, one.inside, variables) if one.inside else inner
    return told


def _first(value: Any, args: Mapping[str, Any]) -> Any:
    first = args.get("first")
    if not first or "pageInfo" in (value or {}):
        return value
    if isinstance(value, dict):
        return {"nodes": value["nodes"][:first], "pageInfo": {"hasNextPage": len(value["nodes"]) > first}}
    return value[:first]


# Search.

_TERM = re.compile(r"\s*(\(|\)|AND\b|OR\b|(\w+):(>=|<=|>|<)?('[^']*'|[^\s()]+))")
_TIMES = {"processed_at": "processedAt", "updated_at": "updatedAt", "created_at": "createdAt"}

Found = Callable[[Mapping[str, Any]], bool]


class _Search:
    """A filter such as ``updated_at:>='2026-03-01T00:00:00Z' AND (financial_status:paid OR …)``."""

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        self.terms, self.zone, self.place, end = [], zone, 0, 0
        while text[end:].strip():
            term = _TERM.match(text, end)
            if not term:
                raise GraphqlError(f"Invalid search: {text[end:]}", "INVALID_SEARCH")
            self.terms.append(term)
            end = term.end()

    def found(self) -> Found:
        if not self.terms:
            return lambda _: True
        found = self._any()
        if self.place != len(self.terms):
            raise GraphqlError("Invalid search", "INVALID_SEARCH")
        return found

    def _any(self) -> Found:
        parts = [self._all()]
        while self._is("OR"):
            parts.append(self._all())
        return lambda order: any(part(order) for part in parts)

    def _all(self) -> Found:
        parts = [self._one()]
        while self._is("AND"):
            parts.append(self._one())
        return lambda order: all(part(order) for part in parts)

    def _is(self, word: str) -> bool:
        is_there = self.place < len(self.terms) and self.terms[self.place][1] == word
        self.place += is_there
        return is_there

    def _one(self) -> Found:
        if self._is("("):
            inside = self._any()
            if not self._is(")"):
                raise GraphqlError("Invalid search", "INVALID_SEARCH")
            return inside
        term = self.terms[self.place]
        self.place += 1
        name, sign, value = term[2], term[3] or "", term[4]
        if name == "financial_status" and not sign:
            return lambda order: str(order["displayFinancialStatus"]).lower() == value
        if name not in _TIMES:
            raise GraphqlError(f"Invalid search field {name}", "INVALID_SEARCH")
        bound, key = self._moment(value), _TIMES[name]
        compare = {">=": str.__ge__, "<=": str.__le__, ">": str.__gt__, "<": str.__lt__, "": str.__eq__}[sign]
        return lambda order: bool(compare(order[key], bound))

    def _moment(self, value: str) -> str:
        """Without quotes the time is forgotten; without an offset it is the shop's."""
        text = value.strip("'") if value.startswith("'") else value[:10]
        moment = datetime.fromisoformat(text)
        return utc(moment if moment.tzinfo else moment.replace(tzinfo=self.zone))


# The orders as Shopify tells them.


def utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def bag(amount: Decimal, currency: str) -> dict[str, Any]:
    """An amount in the shop's money, and in that of a customer who pays in another one."""
    text = f"{amount.normalize():f}"
    shown = text if "." in text else f"{text}.0"
    return {"shopMoney": {"amount": shown, "currencyCode": currency}, "presentmentMoney": FOREIGN}


def tax_of(shipping: Decimal, tax: Decimal) -> Decimal:
    """How much of the tax is that of the shipping."""
    return min((shipping * TAX).quantize(CENT, ROUND_HALF_UP), tax)


@dataclass
class Telling:
    """How the shop's orders are told."""

    has_tax_inside: bool = True
    tags_in: str = "utmParameters"  #: or landingPage
    unready: set[int] = field(default_factory=set)  #: orders whose visits are not known yet
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)  #: order -> fields told otherwise

    def order(self, order: Order, place: int | None) -> dict[str, Any]:
        currency = order.currency
        shipping_tax = tax_of(order.shipping, order.tax)
        goods = order.net + (order.tax - shipping_tax if self.has_tax_inside else 0)
        shipping = order.shipping + (shipping_tax if self.has_tax_inside else 0)
        at = utc(order.at)
        told = {
            "id": f"gid://shopify/Order/{order.id}",
            "name": f"#{order.id}",
            "test": False,
            "createdAt": at,
            "processedAt": at,
            "updatedAt": utc(order.changed_at),
            "cancelledAt": utc(order.changed_at) if order.state == "cancelled" else None,
            "displayFinancialStatus": self._status(order),
            "currencyCode": currency,
            "presentmentCurrencyCode": "GBP",
            "taxesIncluded": self.has_tax_inside,
            "subtotalLineItemsQuantity": None if order.is_odd else order.items,
            "discountCodes": list(order.coupons),
            "subtotalPriceSet": bag(goods, currency),
            "totalTaxSet": bag(order.tax, currency),
            "totalShippingPriceSet": bag(shipping, currency),
            "totalPriceSet": lambda: bag(order.total, currency),
            "shippingLine": None,
            "customer": None if order.email is None else {"id": "gid://shopify/Customer/1", "numberOfOrders": "9"},
            "customerJourneySummary": self._journey(order, place),
            "refunds": lambda: [self.refund(refund, currency) for refund in order.refunds],
        }
        if order.shipping:
            tax_lines = [{"title": "TVA", "priceSet": bag(shipping_tax, currency), "rate": 0.2}] if shipping_tax else []
            price = bag(shipping, currency)
            told["shippingLine"] = {"title": "Post", "discountedPriceSet": price, "taxLines": tax_lines}
        return {**told, **self.changes.get(order.id, {})} if self.changes else told

    def _status(self, order: Order) -> str:
        if order.state != "paid" and not (order.state == "cancelled" and order.refunds):
            return {"unpaid": "PENDING", "cancelled": "VOIDED", "failed": "EXPIRED"}[order.state]
        back = sum((refund.total for refund in order.refunds), NOTHING)
        return "PAID" if not order.refunds else "REFUNDED" if back >= order.total else "PARTIALLY_REFUNDED"

    def _journey(self, order: Order, place: int | None) -> dict[str, Any]:
        if order.id in self.unready:
            return {"ready": False, "customerOrderIndex": None, "firstVisit": None, "lastVisit": None}
        visit = self._visit(order) if any(order.labels.values()) else None
        return {"ready": True, "customerOrderIndex": place, "firstVisit": visit, "lastVisit": visit}

    def _visit(self, order: Order) -> dict[str, Any]:
        tags = {name: order.labels.get(name) for name in ("campaign", "source", "medium", "content", "term")}
        visit: dict[str, Any] = {
            "occurredAt": utc(order.at),
            "landingPage": order.labels.get("landing_page"),
            "source": "unknown",
        }
        referrer = order.labels.get("referrer")
        visit |= {"referrerUrl": referrer and f"https://{referrer}/a?b=c", "sourceType": None, "utmParameters": tags}
        if self.tags_in == "landingPage":
            query = "&".join(f"utm_{name}={quote(value, safe='')}" for name, value in tags.items() if value)
            visit |= {"landingPage": f"{visit['landingPage']}?{query}", "utmParameters": None}
        return visit

    def refund(self, refund: Refund, currency: str) -> dict[str, Any]:
        shipping_tax = tax_of(refund.shipping, refund.tax)
        tax = refund.tax - shipping_tax
        goods = refund.net + (tax if self.has_tax_inside else 0)
        shipping = refund.shipping + (shipping_tax if self.has_tax_inside else 0)
        lines = [
            {"quantity": 1, "subtotalSet": bag(part, currency), "totalTaxSet": bag(part_tax, currency)}
            for part, part_tax in zip(_two(goods), _two(tax), strict=True)
        ]
        shipped = {"subtotalAmountSet": bag(shipping, currency), "taxAmountSet": bag(shipping_tax, currency)}
        return {
            "id": f"gid://shopify/Refund/{refund.id}",
            "createdAt": None,
            "processedAt": utc(refund.at),
            "totalRefundedSet": bag(refund.total, currency),
            "refundLineItems": {"nodes": lines},
            "refundShippingLines": {"nodes": [shipped] if refund.shipping else []},
        }


def _two(amount: Decimal) -> tuple[Decimal, Decimal]:
    part = (amount / 3).quantize(CENT)
    return part, amount - part


# The vendor.


class Shopify(Simulator):
    """``tea.myshopify.com``. Its clock stands still until somebody waits: ``sleep`` moves it on."""

    entry: ClassVar[str] = """
shop: {{connector: shopify, shop: tea.myshopify.com, endpoint: "{url}", token: {{env: SHOPIFY_TOKEN}}}}
"""
    secrets: ClassVar[dict[str, str]] = {"SHOPIFY_TOKEN": TOKEN}

    def __init__(self, shop: Shop | None = None, port: int = 0, telling: Telling | None = None) -> None:
        super().__init__(port)
        self.shop = shop or Shop()
        self.telling = telling or Telling()
        self.now = datetime(2026, 4, 30, 12, tzinfo=UTC)
        self.scopes = ["read_orders", "read_all_orders"]
        self.shows_visits = True  # the app may see protected customer data
        self.deprecated = ""  # what the queries ask for and will be dropped
        self.most_points = 1000  # of one query
        self.bucket: float | None = None  # points in it; None: it never runs dry
        self.tokens = {TOKEN}
        self.exports: list[dict[str, Any]] = []
        self.export_looks = 1  # before an export has ended
        self.export_ends: list[str] = []  # of the next exports; else COMPLETED
        self.is_exporting = False  # another export keeps Shopify busy
        self._known: dict[str, Any] = {}
        self._cost = 0
        self.told = 0  # orders given so far
        self.after_a_page: Callable[[], None] = lambda: None  # what happens while somebody reads

    def sleep(self, seconds: float) -> None:
        """What stands in for ``time.sleep``: the shop's clock goes on, and its bucket fills."""
        self.now += timedelta(seconds=seconds)
        if self.bucket is not None:
            self.bucket = min(2000.0, self.bucket + seconds * 100)

    def tell_otherwise(self, id: int, **fields: Any) -> None:
        """Tell an order with other fields than the model's."""
        self.telling.changes[id] = fields
        self._known.clear()

    def answer(self, seen: Seen) -> Answer:
        if seen.path.startswith("/exports/"):
            return self._file(seen)
        if seen.method != "POST" or seen.headers.get("Content-Type") != "application/json":
            raise refuse(400, {"errors": "Bad Request"})
        if seen.path == "/admin/oauth/access_token":
            return self._log_in(seen.json)
        asked = re.fullmatch(r"/admin/api/(\d{4}-\d\d)/graphql\.json", seen.path)
        if not asked:
            raise refuse(404, {"errors": "Not Found"})
        if seen.headers.get("X-Shopify-Access-Token") not in self.tokens:
            words = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            raise refuse(401, {"errors": words})
        version = asked[1] if asked[1] in SUPPORTED else SUPPORTED[0]
        body = json.dumps(self._graphql(seen.json)).encode()
        headers: dict[str, Any] = {"X_Shopify_API_Deprecated_Reason": self.deprecated} if self.deprecated else {}
        return bytes_answer(body, X_Shopify_API_Version=version, X_Request_ID="8c7ad25a", **headers)

    def _log_in(self, asked: Mapping[str, Any]) -> Answer:
        wanted = {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "client_credentials"}
        if asked != wanted:
            words = "Client authentication failed"
            raise refuse(400, {"error": "invalid_client", "error_description": words})
        self.tokens = {f"shpat_canary_{len(self.seen)}"}  # one a day: the one before has expired
        body = {"access_token": next(iter(self.tokens)), "scope": ",".join(self.scopes), "expires_in": 86399}
        return bytes_answer(json.dumps(body).encode())

    def _graphql(self, body: Mapping[str, Any]) -> dict[str, Any]:
        variables = body.get("variables") or {}
        try:
            root, declared, fields = parsed(body["query"])
            if extra := variables.keys() - declared:
                raise GraphqlError(f"Variables {sorted(extra)} are not declared", "variableNotDefined")
            self._cost = cost(fields, root, variables) + (10 if root == "Mutation" else 0)
            if refused := self._too_much():
                return refused
            told = {one.name: self._told(one, variables) for one in fields}
        except GraphqlError as wrong:
            return {"data": None, "errors": [wrong.error], **self._extensions()}
        answer = {"data": told, **self._extensions()}
        if not self.shows_visits and "landingPage" in body["query"]:
            words = "Access denied for landingPage field. This app is not approved to use protected customer data."
            answer["errors"] = [{"message": words, "extensions": {"code": "ACCESS_DENIED"}}]
        return answer

    def _too_much(self) -> dict[str, Any] | None:
        """What is said of a query that costs more than one may, or than there is in the bucket."""
        if self._cost > self.most_points:
            words = f"Query cost is {self._cost}, which exceeds the single query max cost limit ({self.most_points})."
            code = {"code": "MAX_COST_EXCEEDED", "cost": self._cost, "maxCost": self.most_points}
            return {"errors": [{"message": words, "extensions": code}]}
        if self.bucket is not None:
            if self.bucket < self._cost:
                return {
                    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
                    **self._extensions(),
                }
            self.bucket -= self._cost
        return None

    def _extensions(self) -> dict[str, Any]:
        available = 2000.0 if self.bucket is None else self.bucket
        status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
        points = {"requestedQueryCost": self._cost, "actualQueryCost": self._cost, "throttleStatus": status}
        return {"extensions": {"cost": points}}

    def _told(self, one: Field, variables: Mapping[str, Any]) -> Any:
        args = _filled(one.args, variables)
        value: Any = getattr(self, f"_{one.name}")(**args)
        return project(value, one.inside, variables)

    # The fields of the root, by their names.

    def _shop(self) -> dict[str, Any]:
        return {
            "name": self.shop.name,
            "myshopifyDomain": "tea.myshopify.com",
            "ianaTimezone": self.shop.zone,
            "currencyCode": self.shop.currency,
            "taxesIncluded": self.telling.has_tax_inside,
        }

    def _currentAppInstallation(self) -> dict[str, Any]:  # noqa: N802, the field's name
        return {"accessScopes": [{"handle": scope} for scope in self.scopes]}

    def _orders(self, first: int | None, query: str, sortKey: str, after: str | None = None) -> dict[str, Any]:  # noqa: N803
        if not first:
            raise GraphqlError("you must provide one of first or last", "BAD_REQUEST")
        if first > 250:
            raise GraphqlError(f"first cannot exceed 250, got {first}", "BAD_REQUEST")
        if sortKey != "PROCESSED_AT":
            raise GraphqlError(f"this simulator does not sort by {sortKey}", "BAD_REQUEST")
        found, keys = self._found(query)
        start = bisect_right(keys, self._behind(after, query)) if after else 0
        if start + first > 25_000:
            raise GraphqlError("Pagination limit exceeded: 25000 objects", "BAD_REQUEST")
        orders = [self._node(order) for order in found[start : start + first]]
        self.told += len(orders)
        end = self._cursor(keys[start + len(orders) - 1], query) if orders else None
        self.after_a_page()
        info = {"hasNextPage": start + first < len(found), "endCursor": end}
        return {"nodes": orders, "edges": [{"node": order} for order in orders], "pageInfo": info}

    def _ordersCount(self, query: str, limit: int = 10_000) -> dict[str, Any]:  # noqa: N802
        count = len(self._found(query)[0])
        return {"count": min(count, limit), "precision": "EXACT" if count <= limit else "AT_LEAST"}

    def _nodes(self, ids: list[str]) -> list[Any]:
        told = [refund for order in self.shop.orders if order.refunds for refund in self._refunds(order)]
        refunds = {refund["id"]: refund for refund in told}
        return [refunds.get(id) for id in ids]

    def _refunds(self, order: Order) -> list[Any]:
        refunds = self.telling.order(order, None)["refunds"]
        return list(refunds() if callable(refunds) else refunds)

    def _bulkOperationRunQuery(self, query: str, groupObjects: bool = False) -> dict[str, Any]:  # noqa: N802, N803
        if self.is_exporting:
            words = (
                "A bulk query operation for this app and shop is already in progress: gid://shopify/BulkOperation/1."
            )
            error = {"field": None, "message": words, "code": "OPERATION_IN_PROGRESS"}
            return {"bulkOperation": None, "userErrors": [error]}
        _, _, fields = parsed(query)
        rows = [json.dumps(row) for row in self._export(fields[0])]
        end = self.export_ends.pop(0) if self.export_ends else "COMPLETED"
        self.exports.append(
            {
                "id": f"gid://shopify/BulkOperation/{len(self.exports) + 1}",
                "status": "CREATED",
                "errorCode": None,
                "createdAt": utc(self.now),
                "query": query,
                "url": None,
                "fileSize": None,
                "rootObjectCount": "0",
                "looks": self.export_looks,
                "end": end,
                "file": "\n".join(rows) + "\n" if rows else "",
                "rows": len(rows),
            }
        )
        return {"bulkOperation": self.exports[-1], "userErrors": []}

    def _export(self, orders: Field) -> Iterator[Any]:
        """The rows of a bulk operation, in no order that anybody was promised."""
        edges = orders.inside[0]
        if (edges.name, edges.inside[0].name) != ("edges", "node"):
            raise GraphqlError("Bulk queries must contain a connection field", "INVALID")
        found, _ = self._found(str(orders.args["query"]))
        for order in found[::-2] + found[-2::-2]:
            yield project(self._node(order), edges.inside[0].inside, {})

    def _bulkOperation(self, id: str) -> dict[str, Any] | None:  # noqa: N802
        export = next((one for one in self.exports if one["id"] == id), None)
        if export and export["status"] in ("CREATED", "RUNNING"):
            export["looks"] -= 1
            export["status"] = "RUNNING" if export["looks"] > 0 else export["end"]
            if export["status"] == "COMPLETED":
                url = self.url(f"/exports/{id.rpartition('/')[2]}.jsonl?signature=canary-signed")
                export |= {"url": url if export["rows"] else None, "rootObjectCount": str(export["rows"])}
                export["fileSize"] = str(len(export["file"])) if export["rows"] else None
            elif export["status"] == "FAILED":
                export["errorCode"] = "TIMEOUT"
        return export

    def _bulkOperations(self, first: int, sortKey: str, reverse: bool = False) -> dict[str, Any]:  # noqa: N802, N803
        return {"nodes": self.exports[::-1][:first] if reverse else self.exports[:first], "pageInfo": {}}

    def _file(self, seen: Seen) -> Answer:
        """A file of a bulk operation, on storage that wants the signature and must not get the token."""
        if "X-Shopify-Access-Token" in seen.headers or seen.query.get("signature") != "canary-signed":
            raise refuse(403, "<Error><Code>AccessDenied</Code></Error>")
        export = self.exports[int(seen.path.rpartition("/")[2].partition(".")[0]) - 1]
        if datetime.fromisoformat(export["createdAt"]) < self.now - timedelta(days=7):
            raise refuse(403, "<Error><Code>ExpiredToken</Code></Error>")
        return bytes_answer(export["file"].encode(), kind="application/jsonl")

    # What is behind them.

    def _found(self, query: str) -> tuple[list[Order], list[tuple[str, int]]]:
        """The orders that a search finds, as they were processed, and their places in that order."""
        if "read_orders" not in self.scopes:
            words = "Access denied for orders field. Required access: `read_orders` access scope."
            raise GraphqlError(words, "ACCESS_DENIED", requiredAccess="`read_orders` access scope.")
        self.index()
        if query not in self._known:
            finds = _Search(query, ZoneInfo(self.shop.zone)).found()
            oldest = utc(self.now - timedelta(days=60)) if "read_all_orders" not in self.scopes else ""
            kept = [one for one in self._known["dated"] if finds(one[2]) and one[0][0] >= oldest]
            self._known[query] = ([order for _, order, _ in kept], [key for key, _, _ in kept])
        found, keys = self._known[query]
        return found, keys

    def index(self) -> None:
        """Put the orders in order, once for all requests."""
        if self._known.get("of") is not self.shop.orders:
            dated = sorted((_key(order), order, _dates(order)) for order in self.shop.orders)
            self._known = {"of": self.shop.orders, "places": _places(self.shop.orders), "dated": dated}

    def _node(self, order: Order) -> dict[str, Any]:
        return self.telling.order(order, self._known["places"].get(order.id))

    def _cursor(self, key: tuple[str, int], query: str) -> str:
        text = json.dumps({"last_value": key[0], "last_id": key[1], "of": query})
        return base64.b64encode(text.encode()).decode()

    def _behind(self, cursor: str, query: str) -> tuple[str, int]:
        try:
            place = json.loads(base64.b64decode(cursor))
            if place["of"] == query:
                return place["last_value"], place["last_id"]
        except (ValueError, KeyError, TypeError):
            pass
        raise GraphqlError(f"Invalid cursor for current pagination sort: {cursor[:40]}", "BAD_REQUEST")


def _key(order: Order) -> tuple[str, int]:
    return utc(order.at), order.id


def _dates(order: Order) -> dict[str, str]:
    at = utc(order.at)
    status = Telling()._status(order)
    return {
        "processedAt": at,
        "createdAt": at,
        "updatedAt": utc(order.changed_at),
        "displayFinancialStatus": status,
    }


def _places(orders: list[Order]) -> dict[int, int]:
    """The position of each order in its customer's history."""
    bought: dict[str, int] = {}
    places: dict[int, int] = {}
    for order in sorted(orders, key=lambda order: (order.at, order.id)):
        if order.email and order.counts:
            who = order.email.strip().casefold()
            places[order.id] = bought[who] = bought.get(who, 0) + 1
    return places


def example(port: int = 0) -> Shopify:
    """A shop with March 2026 behind it."""
    return Shopify(a_month(currencies=("EUR",)), port)


__all__ = ["CLIENT", "SECRET", "TOKEN", "GraphqlError", "Refusal", "Shopify", "Telling", "example"]

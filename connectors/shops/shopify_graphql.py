"""Shopify's Admin GraphQL API: how it is asked, paged, and made to export; what its refusals mean. Nothing of orders.

Shopify answers most refusals with status 200 and ``errors``. A query costs points, which come back by the second.

Source:
    shopify.dev/api/usage (rate-limits, access-scopes) and help.shopify.com/en/api/versioning, read 2026-11; the schema
    2026-07 from the npm package @shopify/dev-mcp 1.16.0.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from config.addresses import is_own
from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits, retry_after
from connectors.kit.paging import pages
from connectors.kit.parsing import read_json

MOST = 250  # objects a page: no more are given
LONGEST_LIST = 20_000  # orders: Shopify gives up to 25,000 of one list
LATER = 300.0  # seconds after which to look again
LONGEST_WAIT = 3600.0  # seconds; what the points say beyond is taken for a mistake
WAITS = (2, 4, 8, 16, 30, 30, 30)  # seconds between two looks at an export
FRESH = timedelta(hours=26)  # an export begun by the run before is taken up

_RUNNING = ("CREATED", "RUNNING", "CANCELING")
_GIVEN_UP = ("CANCELED", "CANCELING", "EXPIRED")
_TOKEN = "X-Shopify-Access-Token"  # noqa: S105, the header's name

_ORDERS = """query VigieOrders($first: Int!, $after: String, $q: String!) {
  orders(first: $first, after: $after, query: $q, sortKey: PROCESSED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { %s } } }"""
_EXPORT = '{ orders(query: "%s", sortKey: PROCESSED_AT) { edges { node { %s } } } }'
_OPERATION = "id status errorCode createdAt query url fileSize rootObjectCount"
_START = """mutation VigieExport($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: false) {
  bulkOperation { %s } userErrors { message code } } }"""
_LATEST = "query VigieExports { bulkOperations(first: 20, sortKey: CREATED_AT, reverse: true) { nodes { %s } } }"
_LOOK = "query VigieLook($id: ID!) { bulkOperation(id: $id) { %s } }"

_STATUS = {
    402: "the shop is frozen (402): its owner has to pay Shopify's bill",
    404: "there is no such shop, or no such version (404): look at 'shop' and 'version' in sources.yaml",
    423: "the shop is locked (423): its owner has to ask Shopify",
}


class _TooCostly(SourceRefused):
    """One query asks for more than Shopify gives at once."""


class _BulkPlace(NamedTuple):
    """Where the next page begins: in which list, behind which cursor."""

    since: str | None = None
    after: str | None = None
    before: int = 0  # orders of this list so far


@dataclass(frozen=True)
class Credentials:
    """A ``token``, or the two parts that a token for a day is asked for with."""

    token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


class Endpoint(NamedTuple):
    """Where an API is asked, and in which version."""

    base: str  #: the shop's address
    version: str

    @property
    def address(self) -> str:
        """Where queries go."""
        return f"{self.base}/admin/api/{self.version}/graphql.json"


class Graphql:
    """One shop's API; ``now`` gives the moment."""

    def __init__(
        self,
        source: str,
        endpoint: Endpoint,
        credentials: Credentials,
        limits: RequestLimits,
        now: Callable[[], datetime],
    ) -> None:
        self.source = source
        self.served: Mapping[str, str] = {}  #: the headers of the last answer
        self._base = endpoint.base
        self._address = endpoint.address
        self._credentials = credentials
        self._limits = limits
        self._now = now
        self._most = MOST

    def ask(self, query: str, **variables: Any) -> Record:
        """The ``data`` of an answer. Raises SourceError."""
        answer = self._http.request("POST", self._address, json={"query": query, "variables": variables})
        self.served = answer.headers
        return Record.of(f"{self.source}: Shopify's answer", self._http.json(answer)).record("data")

    def say(self, what: str) -> str:
        """A sentence about the source, without its secrets."""
        return self._http.say(what)

    def orders(self, fields: str, search: str, most: int) -> Iterator[Record]:
        """The orders that a filter finds, as they were processed; each once, however long the list.

        ``fields`` hold ``id`` and ``processedAt``. No update moves an order in this list while it is read.
        """
        moment, seen = None, set[str]()  # where a new list begins, the orders of that moment come again
        for page in pages(self.source, _BulkPlace(), lambda place: self._page(fields, search, most, place)):
            for value in page:
                order = self._order(value)
                if (at := order.text("processedAt")) != moment:
                    moment, seen = at, set()
                if order.id("id") not in seen:
                    seen.add(order.id("id"))
                    yield order

    def _order(self, value: Any) -> Record:
        order = Record.of(f"{self.source}: an order", value)
        return Record(f"{self.source}: order {order.id('id').rpartition('/')[2]}", order.values)

    def first_order(self, fields: str, search: str) -> Record | None:
        """The first order there is, if any: proves that no field is withheld."""
        found = self.ask(_ORDERS % fields, first=1, after=None, q=search).record("orders")
        return next(found.records("nodes"), None)

    def _page(self, fields: str, search: str, most: int, place: _BulkPlace) -> tuple[list[Any], _BulkPlace | None]:
        found = f"{search} AND processed_at:>='{place.since}'" if place.since else search
        page = self._affordable(_ORDERS % fields, most, after=place.after, q=found)
        orders, info = page.items("nodes"), page.record("pageInfo")
        if not info.flag("hasNextPage"):
            return orders, None
        if place.before + len(orders) < LONGEST_LIST:
            return orders, _BulkPlace(place.since, info.text("endCursor"), place.before + len(orders))
        last = Record.of(f"{self.source}: the last order of a page", orders[-1] if orders else None)
        return orders, _BulkPlace(utc(last.moment("processedAt")))  # a new list, from here on

    def _affordable(self, query: str, most: int, **variables: Any) -> Record:
        """A page; a smaller one, from then on, where Shopify finds it too costly."""
        while True:
            first = min(most, self._most)
            try:
                return self.ask(query, first=first, **variables).record("orders")
            except _TooCostly:
                if first == 1:
                    raise
                self._most = first // 2

    # Exports: bulk operations, as Shopify calls them.

    def export(self, fields: str, search: str) -> Iterator[Record] | None:
        """The orders that a filter finds, exported by Shopify, in any order.

        None where that failed, is too large, or cannot be fetched any more. Raises SourceUnavailable where it takes
        longer than a run should wait: the next run finds it by its query.
        """
        query = _EXPORT % (search, fields)
        operation = self._ended(self._begun(query) or self._started(query))
        if operation.text("status") != "COMPLETED":
            if operation.maybe_text("errorCode") == "ACCESS_DENIED":
                raise SourceRefused(self.say("Shopify refuses the app an export of orders: look at its scopes"))
            return None
        if (operation.maybe_count("fileSize") or 0) > self._limits.max_bytes:
            return None
        lines = self._fetched(operation.maybe_text("url"))
        if lines is not None and len(lines) != operation.count("rootObjectCount"):
            operation.refuse("does not have as many lines as Shopify says")
        return None if lines is None else map(self._row, lines)

    def _begun(self, query: str) -> Record | None:
        """The same export, where an earlier run began it and could not wait for it."""
        for operation in self.ask(_LATEST % _OPERATION).record("bulkOperations").records("nodes"):
            is_ours = operation.text("query").split() == query.split() and operation.text("status") not in _GIVEN_UP
            if is_ours and operation.moment("createdAt") > self._now() - FRESH:
                return operation
        return None

    def _started(self, query: str) -> Record:
        started = self.ask(_START % _OPERATION, q=query).record("bulkOperationRunQuery")
        for error in started.records("userErrors"):
            words = self._http.words(error.text("message"))
            if error.maybe_text("code") in ("OPERATION_IN_PROGRESS", "LIMIT_REACHED"):
                reason = self.say(f"Shopify is busy with other exports of this app: {words}")
                raise SourceUnavailable(reason, retry_after=LATER)
            raise SourceMisread(self.say(f"Shopify does not take the export: {words}"))
        return started.record("bulkOperation")

    def _ended(self, operation: Record) -> Record:
        for wait in WAITS:
            if operation.text("status") not in _RUNNING:
                return operation
            self._http.rest(wait)
            operation = self.ask(_LOOK % _OPERATION, id=operation.id("id")).record("bulkOperation")
        if operation.text("status") not in _RUNNING:
            return operation
        raise SourceUnavailable(self.say("Shopify is still exporting the orders"), retry_after=LATER)

    def _fetched(self, address: str | None) -> list[bytes] | None:
        """The lines of the file that Shopify keeps elsewhere: the signed address is all it wants, never the token."""
        if address is None:  # no order
            return []
        parts = urlsplit(address)
        if parts.scheme != "https" and not is_own(parts.hostname or ""):
            raise SourceRefused(self.say("Shopify keeps the export where only plain http leads"))
        try:
            content = Http(self.source, limits=self._limits).request("GET", address).content
        except SourceRefused:  # it has expired
            return None
        return [line for line in content.split(b"\n") if line]

    def _row(self, line: bytes) -> Record:
        try:
            return self._order(read_json(line))
        except ValueError as error:
            reason = self.say(f"a line of Shopify's export is not JSON: {str(error)[:100]}")
            raise SourceMisread(reason) from None  # the line itself may be somebody's

    # The way in.

    @cached_property
    def _http(self) -> Http:
        if token := self._credentials.token:
            named = {_TOKEN: token}
            return Http(self.source, secrets=[token], headers=named, judge=self._judge, limits=self._limits)
        secrets = [self._credentials.client_secret]
        return Http(self.source, secrets=secrets, login=self._log_in, judge=self._judge, limits=self._limits)

    def _log_in(self) -> dict[str, str]:
        """A token for a day, by client credentials."""
        client_id, secret = self._credentials.client_id, self._credentials.client_secret
        asked = {"client_id": client_id, "client_secret": secret, "grant_type": "client_credentials"}
        login = Http(self.source, secrets=[secret], judge=_judge_login, limits=self._limits)
        answer = login.post_json(f"{self._base}/admin/oauth/access_token", json=asked)
        return {_TOKEN: Record.of(f"{self.source}: the answer to the login", answer).text("access_token")}

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        if reason := _STATUS.get(answer.status):
            return SourceRefused(reason)
        errors = _errors(answer)
        if not errors:
            return None
        extensions = errors[0].get("extensions")
        code = extensions.get("code") if isinstance(extensions, dict) else None
        words = self._http.words(str(errors[0].get("message")))
        match code:
            case "THROTTLED":
                return SourceUnavailable("Shopify wants fewer requests", retry_after=_wait(answer))
            case "MAX_COST_EXCEEDED":
                return _TooCostly(f"one query costs more than Shopify allows: {words}")
            case "ACCESS_DENIED":
                remedy = "give the app this scope, and in its settings access to protected customer data"
                return SourceRefused(f"Shopify refuses a field: {words} - {remedy}")
            case "INTERNAL_SERVER_ERROR":
                return SourceUnavailable(f"Shopify is in trouble: {words}")
        return SourceMisread(f"Shopify does not take the query: {words}", sample=words)


def utc(moment: datetime) -> str:
    """A moment as a filter wants it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _judge_login(answer: HttpAnswer) -> SourceError | None:
    if answer.status in (400, 401, 403):
        return SourceRefused(f"Shopify does not take client_id and client_secret for this shop ({answer.status})")
    reason = _STATUS.get(answer.status)
    return SourceRefused(reason) if reason else None


def _errors(answer: HttpAnswer) -> list[dict[str, Any]]:
    """The errors inside an answer; none where it has a text in their place, as with 401: the status says it all."""
    if b'"errors"' not in answer.content:
        return []
    try:
        body = answer.decoded()
    except ValueError:
        return []
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _wait(answer: HttpAnswer) -> float | None:
    """Seconds until there are points enough; where the answer does not say how many there are, what its header says."""
    try:
        cost = answer.decoded()["extensions"]["cost"]
        bucket = cost["throttleStatus"]
        missing = cost["requestedQueryCost"] - bucket["currentlyAvailable"]
        return min(max(1.0, float(missing / bucket["restoreRate"])), LONGEST_WAIT)
    except (KeyError, TypeError, ArithmeticError):
        return retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))

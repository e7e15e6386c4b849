"""The REST API of a WooCommerce shop (wc/v3): who asks, lists in pages, what was made or changed when, refusals.

Source:
    github.com/woocommerce/woocommerce (class-wc-rest-authentication.php, REST controllers) and
    github.com/woocommerce/woocommerce-rest-api-docs, read 2026-11.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.errors import SourceError, SourceMisread, SourceRefused
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.paging import overlapping
from connectors.kit.text import clean

#: asked for beside: WordPress takes a UTC time for one of its own zone, and moves it on where the clocks skip it
MARGIN = timedelta(hours=2, minutes=10)
NEVER = datetime(2199, 1, 1, tzinfo=UTC)
GMT = ZoneInfo("UTC")  # of the fields that end in _gmt; they do not say so

_KEYS = "WooCommerce > Settings > Advanced > REST API"
_NOT_THERE = (
    "there is no REST API at url/wp-json/ (404): write the shop's address as url, and in WordPress > Settings >"
    " Permalinks choose any structure but 'Plain'"
)
_IN_FRONT = (
    "something in front of the shop refuses Vigie: let requests to /wp-json/ through its firewall, security plugin or"
    " password"
)
_NO_ROUTE = "WordPress has no such address: activate WooCommerce, or correct url"
_BAD_KEY = (
    f"the shop refuses the key: compare key, secret and permission (Read) with {_KEYS}, and write url as WordPress >"
    " Settings > General has the site's address"
)
_NO_KEY = (
    f"the shop saw no valid key: compare key and secret with {_KEYS}; if they are right, its server drops the header"
    " Authorization: write signed: true"
)
_NO_ROLE = f"the key may not read this: its user ({_KEYS}) needs the role Shop manager or Administrator"
_HIDDEN = f"the shop counts more than it shows: may the user of the key ({_KEYS}) see all orders? Or is one damaged?"
_TOO_OLD = "gives orders of other days than asked for: WooCommerce before 5.8 does, update it"


class NoRoute(SourceRefused):
    """WordPress answers, but knows no such address."""


@dataclass(frozen=True, slots=True)
class Login:
    """A key and its secret: sent as they are, or used to sign a request (OAuth 1.0a, for nobody's token)."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    is_signed: bool

    def auth(self) -> Any:
        """What ``Http`` takes. The signature stands in the query: the header is what some servers drop."""
        if not self.is_signed:
            return self.key, self.secret
        from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY
        from requests_oauthlib import OAuth1

        return OAuth1(
            self.key, self.secret, signature_method=SIGNATURE_HMAC_SHA256, signature_type=SIGNATURE_TYPE_QUERY
        )


class Rest:
    """Requests to one shop."""

    def __init__(self, source: str, url: str, login: Login, *, page_size: int, limits: RequestLimits) -> None:
        self.source = source
        self.url = url
        self.page_size = page_size
        secrets = [login.key, login.secret]
        self._http = Http(source, secrets=secrets, auth=login.auth(), judge=_judge, limits=limits)

    def made(
        self, path: str, fields: Iterable[str], start: datetime, end: datetime | None = None, **asked: str
    ) -> Iterator[list[Record]]:
        """What was made from ``start`` on, oldest first."""
        asked |= {"after": _text(start - MARGIN), "dates_are_gmt": "true"}
        if end is not None:
            asked["before"] = _text(end)
        for page in self.listed(path, fields, **asked):
            moments = [one.moment("date_created_gmt", GMT) for one in page]
            if any(at <= start - MARGIN or (end and at > end + MARGIN) for at in moments):
                raise self._too_old()
            pairs = zip(page, moments, strict=True)
            yield [one for one, at in pairs if start <= at and (end is None or at < end)]

    def modified(self, since: datetime, fields: Iterable[str], **asked: str) -> Iterator[Record]:
        """The orders changed since a moment, or a little earlier."""
        asked |= {"modified_after": _text(since - MARGIN), "dates_are_gmt": "true"}
        for page in self.listed("orders", ("id", "date_modified_gmt", *fields), **asked):
            for order in page:
                if order.moment("date_modified_gmt", GMT) <= since - MARGIN:
                    raise self._too_old()
                yield order

    def listed(self, path: str, fields: Iterable[str], **asked: str) -> Iterator[list[Record]]:
        """The pages of a list, each row once, also where orders leave the list or enter it while it is read.

        Source: ``offset`` in WP_Query and OrdersTableQuery: it stands in the place of ``page``.
        """
        size, where = max(2, self.page_size), f"{self.source}: {path}"
        every = {"_fields": ",".join(fields), "orderby": "date", "order": "asc", "dp": "6", "per_page": size, **asked}
        name = f"{self.source}: {'refund' if path.endswith('refunds') else 'order'}"

        def fetch(place: int) -> list[Record]:
            answer = self._http.request("GET", self._address(f"wc/v3/{path}"), params={**every, "offset": place})
            rows = self._http.json(answer)
            if not isinstance(rows, list):
                raise SourceMisread(f"{where}: answered with something that is not a list")
            counted = answer.headers.get("X-WP-Total", "")  # lost on some ways; then a short page is the last
            left = int(counted) - place if re.fullmatch("[0-9]{1,9}", counted) else 0
            if len(rows) < min(size, left):
                raise SourceMisread(f"{where}: {_HIDDEN}")
            return [Record.of(f"{name} {Record.of(where, row).id('id')}", row) for row in rows]

        return overlapping(where, size, fetch, lambda row: row.id("id"))

    def maybe(self, route: str, **options: Any) -> Record | None:
        """What a shop need not tell this key."""
        try:
            answer = self._http.request("GET", self._address(route), **options)
        except SourceRefused:
            return None
        return Record.of(f"{self.source}: {route or 'the site'}", self._http.json(answer))

    def _too_old(self) -> SourceRefused:
        return SourceRefused(self._http.say(_TOO_OLD))

    def _address(self, route: str) -> str:
        return f"{self.url}/wp-json/{route}"


def _text(moment: datetime) -> str:
    """As the API takes a moment: in UTC, without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def nobody(request: Any) -> Any:
    """Authenticates as nobody."""
    return request


def _judge(answer: HttpAnswer) -> SourceError | None:
    """What WordPress, WooCommerce or what stands before them says no with, as what to change."""
    if answer.status not in (400, 401, 403, 404):
        return None
    try:
        said = answer.decoded()
    except ValueError:
        said = None
    if not isinstance(said, dict) or not isinstance(code := said.get("code"), str):
        return SourceRefused(_NOT_THERE if answer.status == 404 else f"{_IN_FRONT} ({answer.status})")
    words = clean(html.unescape(str(said.get("message", code))))[:200]  # in the shop's language
    if code == "rest_no_route":
        return NoRoute(f"{_NO_ROUTE}: {words}")
    if code == "rest_invalid_param":
        return SourceRefused(f"does not take the request: {_parameters(said) or words}")
    is_key = code.startswith("woocommerce_rest_authentication")
    advice = _BAD_KEY if is_key else {401: _NO_KEY, 403: _NO_ROLE}.get(answer.status, "does not take the request")
    return SourceRefused(f"{advice} ({answer.status}): {words}")


def _parameters(said: dict[str, Any]) -> str:
    """What is wrong with which parameter: of a status that does not exist, the list of those that do."""
    inner = said.get("data")
    each = inner.get("params") if isinstance(inner, dict) else None
    return clean("; ".join(f"{name}: {why}" for name, why in each.items())) if isinstance(each, dict) else ""

"""Google Search Console on loopback, and the address where Google gives tokens to service accounts.

Strict where Google is: the signature and the claims of a token's request, the token, fields it does not know, days,
dimensions, sizes of pages, a property that is not shared.
"""

import base64
import binascii
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from simulators.vendor import Refusal, Simulator, only, refuse
from simulators.web_server import Answer, Seen, json_answer

SITE = "sc-domain:example.com"
EMAIL = "vigie@marketing-427.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ROOT = "/webmasters/v3/sites"
FIELDS = (
    "startDate", "endDate", "dimensions", "type", "searchType", "dataState", "aggregationType", "rowLimit", "startRow",
    "dimensionFilterGroups",
)  # fmt: skip
HELD = ("date", "query", "country")  # of the dimensions Google knows
NOT_PERMITTED = (
    "User does not have sufficient permission for site '{}'. "
    "See also: https://support.google.com/webmasters/answer/2451999."
)


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """The service account's key: a short one, as each test that logs in reads it."""
    return rsa.generate_private_key(65537, 1024)  # noqa: S505, it guards nothing


@cache
def pem() -> str:
    """The key as a file of credentials holds it."""
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signing_key().private_bytes(*form).decode()


class Found(NamedTuple):
    """What a query came to on a day. The weight is the position times the impressions."""

    clicks: int
    impressions: int
    weight: Decimal

    def __add__(self, other: "Found") -> "Found":  # type: ignore[override]
        return Found(self.clicks + other.clicks, self.impressions + other.impressions, self.weight + other.weight)


NOTHING = Found(0, 0, Decimal(0))


class SearchConsole(Simulator):
    """One property's figures. Queries with the text "" are those that Google keeps to itself."""

    entry: ClassVar = """
search:
  connector: search_console
  site: "sc-domain:example.com"
  credentials: {{env: SEARCH_CONSOLE_KEY}}
  endpoint: "{url}"
"""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.secrets = {"SEARCH_CONSOLE_KEY": json.dumps(self.key())}  # type: ignore[misc]
        self.sites = {SITE: "siteFullUser"}
        self.figures: dict[date, dict[tuple[str, str], Found]] = defaultdict(dict)
        self.type = "web"  #: the search the figures are of
        self.first_incomplete: date | None = None
        self.spelling = "firstIncompleteDate"
        self.most = 50_000  #: rows of a day
        self.given = 0  #: rows so far
        self.tokens = 0  #: given so far; the last one is valid

    def key(self, **fields: str) -> dict[str, str]:
        """The service account's key, some of its fields changed."""
        return {
            "type": "service_account",
            "project_id": "marketing-427",
            "private_key_id": "0f1e2d3c4b5a",
            "private_key": pem(),
            "client_email": EMAIL,
            "token_uri": self.url("/token"),
            **fields,
        }

    def hold(
        self, day: date, query: str, clicks: int, impressions: int, weight: Decimal | int, country: str = "fra"
    ) -> None:
        """Add to what a query came to; ``weight`` is its position times its impressions."""
        of_day = self.figures[day]
        found = Found(clicks, impressions, Decimal(weight))
        of_day[query, country] = of_day.get((query, country), NOTHING) + found

    @property
    def token(self) -> str:
        """The token that is valid now."""
        return f"ya29.canary-{self.tokens}"

    def expire(self) -> None:
        """No longer take the token that was given."""
        self.tokens += 1

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/token":
            return self._give_token(seen)
        if seen.headers.get("Authorization") != f"Bearer {self.token}" or not self.tokens:
            words = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie."
            raise google_says(401, words, "authError", "UNAUTHENTICATED")
        if seen.method == "GET" and seen.path == ROOT:
            entries = [{"siteUrl": site, "permissionLevel": level} for site, level in self.sites.items()]
            return json_answer({"siteEntry": entries} if entries else {})
        site, _, rest = seen.path.removeprefix(f"{ROOT}/").partition("/")
        if seen.method != "POST" or rest != "searchAnalytics/query" or site != quote(unquote(site), safe=""):
            raise refuse(404, "<html><title>Error 404 (Not Found)!!1</title></html>")
        if self.sites.get(unquote(site), "siteUnverifiedUser") == "siteUnverifiedUser":
            raise google_says(403, NOT_PERMITTED.format(unquote(site)), "forbidden", "PERMISSION_DENIED")
        return json_answer(self._result(Question(seen.json)))

    # Tokens.

    def _give_token(self, seen: Seen) -> Answer:
        form = seen.form
        if seen.method != "POST" or form.get("grant_type") != GRANT:
            raise refuse(400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"})
        claims = _claims(form.get("assertion", ""))
        if claims.get("iss") != EMAIL:
            raise no_grant("Invalid grant: account not found")
        if claims.get("aud") != AUDIENCE or abs(claims.get("iat", 0) - time.time()) > 300:
            raise no_grant("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
        if claims.get("scope") != SCOPE:
            raise refuse(400, {"error": "invalid_scope", "error_description": "Invalid OAuth scope or ID token."})
        self.tokens += 1
        return json_answer({"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"})

    # Figures.

    def _result(self, asked: "Question") -> dict[str, Any]:
        rows = sorted(self._rows(asked), key=lambda row: (row["keys"][: asked.has_day], -row["clicks"]))
        page = rows[asked.start_row : asked.start_row + asked.row_limit]
        self.given += len(page)
        result: dict[str, Any] = {"rows": page} if page else {}
        result["responseAggregationType"] = "byProperty"
        if asked.state == "all" and asked.has_day and (first := self.first_incomplete):
            newest = max(first, max(self.figures, default=first))
            if asked.first <= newest and first <= asked.last:
                result["metadata"] = {self.spelling: str(first)}
        return result

    def _rows(self, asked: "Question") -> Iterator[dict[str, Any]]:
        for day in self.figures if asked.type == self.type else ():
            is_final = not self.first_incomplete or day < self.first_incomplete
            if asked.first <= day <= asked.last and (is_final or asked.state == "all"):
                found = self._of_day(asked, day)
                yield from found[: self.most]

    def _of_day(self, asked: "Question", day: date) -> list[dict[str, Any]]:
        groups: dict[tuple[str, ...], Found] = {}
        for (query, country), found in self.figures[day].items():
            if asked.country in (None, country) and (query or "query" not in asked.dimensions):
                values = {"date": str(day), "query": query, "country": country}
                group = tuple(values[name] for name in asked.dimensions)
                groups[group] = groups.get(group, NOTHING) + found
        return sorted((_row(group, found) for group, found in groups.items()), key=lambda row: -row["clicks"])


def _row(group: tuple[str, ...], found: Found) -> dict[str, Any]:
    share = found.clicks / found.impressions
    position = float(found.weight / found.impressions)
    return {
        "keys": list(group),
        "clicks": float(found.clicks),
        "impressions": float(found.impressions),
        "ctr": share,
        "position": position,
    }


class Question:
    """The body of a query, refused where Google would."""

    def __init__(self, body: Any) -> None:
        only(body, *FIELDS, complain=lambda name: wrong(f'Unknown name "{name}": Cannot find field.'))
        self.first, self.last = (_day(body, name) for name in ("startDate", "endDate"))
        if self.last < self.first:
            raise wrong("startDate must be on or before endDate.")
        self.dimensions: list[str] = body.get("dimensions", [])
        self.type = body.get("type", "web")
        self.state = body.get("dataState", "final")
        self.row_limit, self.start_row = body.get("rowLimit", 1000), body.get("startRow", 0)
        self.has_day = int(self.dimensions[:1] == ["date"])
        self.country: str | None = None
        self._check(body.get("aggregationType", "auto"))
        for group in body.get("dimensionFilterGroups", []):
            self._filter(group)

    def _check(self, aggregation: str) -> None:
        if len(set(self.dimensions)) < len(self.dimensions):
            raise wrong("Dimensions must be unique.")
        if "page" in self.dimensions and aggregation == "byProperty":
            raise wrong("'byProperty' aggregation type is not supported when grouping or filtering by page.")
        if self.type in ("discover", "googleNews") and {"query", "device"} & set(self.dimensions):
            raise wrong(f"Requests for {self.type} cannot be grouped by query.")
        if unknown := [name for name in self.dimensions if name not in HELD]:
            raise wrong(f"Invalid value at 'dimensions': {unknown}")
        choices: Iterable[tuple[str, tuple[str, ...]]] = (
            (self.type, ("web", "image", "video", "news", "discover", "googleNews")),
            (self.state, ("final", "all")),
            (aggregation, ("auto", "byProperty", "byPage")),
        )
        for value, valid in choices:
            if value not in valid:
                raise wrong(f"Invalid value: {value}")
        if not 1 <= self.row_limit <= 25_000 or self.start_row < 0:
            raise wrong("rowLimit must be between 1 and 25000, startRow not negative.")

    def _filter(self, group: dict[str, Any]) -> None:
        only(group, "groupType", "filters", complain=lambda name: wrong(f'Unknown name "{name}"'))
        for one in group["filters"]:
            if (one["dimension"], one.get("operator", "equals")) != ("country", "equals"):
                raise wrong("this simulator filters by one country")
            self.country = one["expression"].lower()


def _day(body: Any, name: str) -> date:
    text = body.get(name)
    try:
        if isinstance(text, str) and len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise wrong(f"'{name}' is not a date in the format YYYY-MM-DD: {text}")


def _claims(assertion: str) -> dict[str, Any]:
    signed, _, signature = assertion.rpartition(".")
    try:
        public = signing_key().public_key()
        public.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        claims = json.loads(_decoded(signed.partition(".")[2]))
    except (InvalidSignature, ValueError, binascii.Error):
        raise no_grant("Invalid JWT Signature.") from None
    return dict(claims)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def no_grant(words: str) -> Refusal:
    """What the address for tokens says to a key it does not take."""
    return refuse(400, {"error": "invalid_grant", "error_description": words})


def wrong(words: str) -> Refusal:
    """What Google says to a question that is not well-formed."""
    return google_says(400, words, "invalidParameter", "INVALID_ARGUMENT")


def google_says(status: int, words: str, reason: str, kind: str) -> Refusal:
    """A refusal as Google writes them."""
    error = {"message": words, "domain": "global", "reason": reason}
    return refuse(status, {"error": {"code": status, "message": words, "status": kind, "errors": [error]}})


def example(port: int = 0) -> SearchConsole:
    """The search results of a tea shop in March 2026; the last two days are still collected."""
    site = SearchConsole(port)
    for place in range(31):
        day = date(2026, 3, 1) + timedelta(days=place)
        site.hold(day, "example teas", 20 + place % 7, 40 + place % 7, 44 + place % 7)
        site.hold(day, "green tea", 3 + place % 3, 300 + 5 * place, (300 + 5 * place) * 9 - 60 * place)
        site.hold(day, "thé vert", 1 + place % 2, 90 + place, (90 + place) * 6)
        site.hold(day, "buy green tea", place % 4, 25, 25 * 4, country="gbr")
        site.hold(day, "", 2, 60 + place % 5, 60 * 12)
    site.first_incomplete = date(2026, 3, 30)
    return site

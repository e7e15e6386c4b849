"""Google Search Console: how often a site was shown and clicked in Google's search, and at which place, by query.

One question gives the totals of the window's days; then each day's queries are asked for by themselves, as a longer
range gives fewer of them. What a total has beyond its queries, Google keeps to itself: queries that hardly anybody
typed, and those beyond the rows it gives. It stands under an origin without a keyword, so that sums stay right.

Source:
    developers.google.com/webmaster-tools (limits, v1/how-tos/all-your-data), the discovery document
    searchconsole.v1.json of 2026-08-05, support.google.com/webmasters/answer/17011364 (aggregation); read 2026-11.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from itertools import pairwise
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from urllib.parse import parse_qs, quote

from pydantic import AfterValidator, BeforeValidator

from config.addresses import WebAddress, read_address
from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.suggestions import nearest_word
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Covered, Item, Note, Origin, Quality, Reading, SourceInfo
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.paging import pages
from connectors.kit.tolerance import Tolerance
from connectors.search.search_console_figures import QueryFigures, beyond, doubts, figures_of, measures

SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
ZONE = "America/Los_Angeles"  # Google's days, whatever the site's
PAGE = 25_000  # rows of an answer, at most
MOST = 50_000  # rows that Google gives of a day, at most
QPS_WAIT = 5.0  # seconds after which the quota of questions a second is free again
LOAD_WAIT = 900.0  # seconds that Google's page on limits says to wait for the quota of load

_QUOTAS = {"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded"}
_NOT_A_KEY = "its credentials are not the JSON key of a service account: create one in the Google Cloud console"


class Queries(NamedTuple):
    """The queries of a day, unknown where a row cannot be read; ``lacks`` says why there may be more."""

    queries: dict[str, QueryFigures | None]
    lacks: str


def _check_site(value: str) -> str:
    if re.fullmatch(r"sc-domain:[^\s/:]+|https?://[^\s/?#]+/([^\s?#]*/)?", value):
        return value
    raise ValueError(
        f"'{value}' is not how Search Console writes a property: 'sc-domain:example.com' for a whole domain, "
        "'https://www.example.com/' with the slash at its end for an address"
    )


def _check_type(value: Any) -> Any:
    if value in ("discover", "googleNews"):
        raise ValueError(f"'{value}' has no queries to read: take web, image, video or news")
    return value


def _check_country(value: str) -> str:
    if re.fullmatch(r"[a-z]{3}", value):
        return value
    raise ValueError(f"'{value}' is not a country as Google writes it: its three small letters, as fra")


class SearchConsoleOptions(SourceEntry):
    """``site`` is a property exactly as Search Console writes it, ``credentials`` a service account's JSON key."""

    identity: ClassVar[tuple[str, ...]] = ("site", "type", "country")

    site: Annotated[str, AfterValidator(_check_site)]
    credentials: Secret
    type: Annotated[Literal["web", "image", "video", "news"], BeforeValidator(_check_type)] = "web"
    country: Annotated[str, AfterValidator(_check_country)] | None = None
    endpoint: WebAddress = "https://searchconsole.googleapis.com"


class SearchConsole:
    """Reads one property's search results, day by day and query by query."""

    Options: ClassVar[type[SourceEntry]] = SearchConsoleOptions
    kind: ClassVar = SourceKind.SEARCH
    provides: ClassVar[frozenset[str]] = frozenset(
        {Measure.SEARCH_IMPRESSIONS, Measure.SEARCH_CLICKS, Measure.POSITION_WEIGHT}
    )
    lookback: ClassVar = 5  # days: final after two or three, rarely later
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits(gap_seconds=0.25)

    def __init__(self, options: SearchConsoleOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def check(self) -> SourceInfo:
        """Prove that the property is shared with the service account, and say as what."""
        answer = self._record(self._http.get_json(f"{self.options.endpoint}/webmasters/v3/sites"))
        sites = answer.records("siteEntry") if "siteEntry" in answer.values else ()
        levels = {site.text("siteUrl"): site.text("permissionLevel") for site in sites}
        level = levels.get(self.options.site)
        if level is None or "unverified" in level.lower():
            raise SourceRefused(self._http.say(self._not_shared(levels)))
        asked = (self.options.site, self.options.type, self.options.country)
        return SourceInfo(
            account=", ".join(word for word in asked if word),
            zone=ZONE,
            remarks=(f"{self._email} reads the property as {level}", "Google keeps the last 16 months"),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield each day's queries, and what its total has beyond them."""
        tolerance = Tolerance()
        totals, incomplete_from = self._totals(window)
        contradicted: list[Window] = []
        for gap in _gaps(totals, min(incomplete_from or max(totals, default=window.start), window.end)):
            if _rows(self._ask(gap, ["date", "query"])):
                contradicted.append(gap)
            else:
                yield Covered(gap, self.provides)
        for day, row in sorted(totals.items()):
            total, found = tolerance.read("total", "of all queries", row, figures_of), self._queries(day, tolerance)
            yield Covered(Window(day, day + DAY), self.provides)
            if incomplete_from and incomplete_from <= day:
                yield Note(day, Quality.PROVISIONAL, "Google still collects this day")
            if found.lacks:
                yield Note(day, Quality.TRUNCATED, found.lacks)
            tolerance.prove()
            yield from tolerance.told(day)
            yield from doubts(day, found.queries)
            for query, figures in found.queries.items():
                yield Reading(day, Origin(keyword=query), measures(figures))
            if not total or (hidden := beyond(total, filter(None, found.queries.values()))):
                yield Reading(day, Origin(), measures(hidden if total else None))
        if contradicted:  # the days that are whole were told
            gap = contradicted[0]
            raise SourceMisread(self._http.say(f"gives queries of {gap}, and no total of any of these days"))
        yield from tolerance.ended()

    # The questions.

    def _totals(self, window: Window) -> tuple[dict[date, Record], date | None]:
        """The totals of the days that have any, and the first day that Google still collects, if one is asked for."""
        answer = self._ask(window, ["date"])
        totals: dict[date, Record] = {}
        for row in _records(_rows(answer), f"{answer.where}: row"):
            (text,) = _keys(row, 1)
            day = Record(row.where, {"date": text}).day("date")
            if day not in window or day in totals:
                row.refuse(f"{day} was not asked for, or stands there twice")
            totals[day] = row
        metadata = answer.maybe_record("metadata")
        spellings = ("firstIncompleteDate", "first_incomplete_date")
        given = next((name for name in spellings if metadata and metadata.has(name)), None)
        return totals, metadata.day(given) if metadata and given else None

    def _queries(self, day: date, tolerance: Tolerance) -> Queries:
        """The queries of a day.

        Rows with as many clicks come in any order: one may stand on two pages, and another on none. Then all are asked
        for once more.
        """
        found: dict[str, QueryFigures | None] = {}
        for _ in range(2):
            count, seen = 0, set[str]()
            for page in pages(self.context.source, 0, lambda start: self._page(day, start)):
                count += len(page)
                for row in _records(page, f"{self.context.source}: Search Console's answer for {day}: row"):
                    query = _query(row, day)
                    seen.add(query)
                    if query not in found:
                        found[query] = tolerance.read("query", query, row, figures_of)
            if count == len(seen):
                break
        lacks = f"Google gives {MOST} queries of a day at most" if count >= MOST else ""
        return Queries(found, lacks or ("" if count == len(seen) else "its pages overlap: a query may be on none"))

    def _page(self, day: date, start: int) -> tuple[list[Any], int | None]:
        rows = _rows(self._ask(Window(day, day + DAY), ["date", "query"], start))
        end = start + PAGE
        return rows, end if len(rows) == PAGE and end < MOST else None

    def _ask(self, window: Window, dimensions: list[str], start: int = 0) -> Record:
        question: dict[str, Any] = {
            "startDate": str(window.start),
            "endDate": str(window.last),
            "dimensions": dimensions,
            "type": self.options.type,
            "dataState": "all",
            "aggregationType": "byProperty",
            "rowLimit": PAGE,
            "startRow": start,
        }
        if self.options.country:
            only = {"dimension": "country", "operator": "equals", "expression": self.options.country}
            question["dimensionFilterGroups"] = [{"filters": [only]}]
        site = quote(self.options.site, safe="")
        url = f"{self.options.endpoint}/webmasters/v3/sites/{site}/searchAnalytics/query"
        return self._record(self._http.post_json(url, json=question))

    def _record(self, answer: Any) -> Record:
        return Record.of(f"{self.context.source}: Search Console's answer", answer)

    # Who asks.

    @cached_property
    def _key(self) -> dict[str, str]:
        """The service account's key: its fields are texts, and its token comes from an address that is safe."""
        try:
            key = json.loads(self.context.reveal(self.options.credentials))
            is_key = isinstance(key, dict) and key.get("type") == "service_account"
        except ValueError:
            is_key = False
        fields = ("client_email", "private_key", "token_uri")
        if not is_key or not all(isinstance(key.get(name), str) for name in fields):
            raise SourceRefused(f"{self.context.source}: {_NOT_A_KEY}")
        try:
            read_address(key["token_uri"])
        except ValueError:
            raise SourceRefused(f"{self.context.source}: the token_uri of its key is no https:// address") from None
        return {name: key[name] for name in fields}

    @property
    def _email(self) -> str:
        return self._key["client_email"]

    @cached_property
    def _http(self) -> Http:
        """The session. Of the key the private part is secret; written in JSON it is masked as well."""
        secrets = [self._key["private_key"]]
        return Http(self.context.source, secrets=secrets, login=self._log_in, judge=self._judge, limits=self.limits)

    def _log_in(self) -> Mapping[str, str]:
        """The header of a new token. google-auth writes and signs the request for it."""
        from google.oauth2.service_account import Credentials

        try:
            make: Any = Credentials.from_service_account_info
            credentials = make(self._key, scopes=[SCOPE])
        except (ValueError, TypeError):
            raise SourceRefused(f"{self.context.source}: {_NOT_A_KEY}") from None
        credentials.refresh(self._carry)
        return {"Authorization": f"Bearer {credentials.token}"}

    def _carry(self, url: str, method: str, body: bytes, headers: Mapping[str, str], **_: Any) -> SimpleNamespace:
        """A request of google-auth's on a session of our own, which keeps deadlines and caps and goes nowhere else.

        All that it tells of the key is the signed assertion.
        """
        source, signed = self.context.source, parse_qs(body.decode())["assertion"]
        http = Http(source, secrets=signed, judge=lambda answer: self._judge_login(answer, http), limits=self.limits)
        try:
            given = http.request(method, url, data=body, headers=headers).decoded()
        except ValueError:  # no sample of it: it may hold the token
            raise SourceMisread(f"{source}: what should be its token is not the JSON that Google documents") from None
        token = Record.of(f"{source}: Google's answer with its token", given).id("access_token")
        # google-auth gets what was looked at, and nothing else
        return SimpleNamespace(status=200, data=json.dumps({"access_token": token}), headers={})

    # What is refused.

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        """A 403 has three meanings: too many questions, no right to ask, or an API that is not switched on."""
        if answer.status != 403:
            return None
        reasons, words = _refusal(answer)
        said = self._http.words(words)
        if reasons & _QUOTAS or "quota exceeded" in words.lower():
            is_long = "load quota" in words.lower() or "dailyLimitExceeded" in reasons
            wait = LOAD_WAIT if is_long else QPS_WAIT
            return SourceUnavailable(f"Search Console's quota is used up (403): {said}", retry_after=wait)
        if reasons & {"accessNotConfigured", "SERVICE_DISABLED"}:
            return SourceRefused(f"switch on the Google Search Console API in the key's project (403): {said}")
        if reasons & {"forbidden", "insufficientPermissions"}:
            return SourceRefused(f"{self._not_shared({})} (403): {said}")
        return None

    def _judge_login(self, answer: HttpAnswer, http: Http) -> SourceError | None:
        if answer.status != 400 or b"invalid_grant" not in answer.content:
            return None
        said = http.words(answer.content.decode("utf-8", "replace"))
        why = "it was deleted or disabled, or this machine's clock is wrong"
        return SourceRefused(f"Google does not take the key of {self._email}: {why} (400): {said}")

    def _not_shared(self, levels: Mapping[str, str]) -> str:
        """What to do where the property is not shared; perhaps it was meant otherwise."""
        site = self.options.site
        usable = {other: _bare(other) for other in levels if "unverified" not in levels[other].lower()}
        bare = nearest_word(_bare(site), usable.values())
        near = next((other for other in usable if usable[other] == bare), None)
        hint = f"; did you mean site: '{near}'?" if near else ""
        where = "in Search Console, Settings, Users and permissions"
        return f"{self._email} may not read the property {site}: add this address as a user {where}{hint}"


def _gaps(totals: Iterable[date], end: date) -> Iterator[Window]:
    """The days without a total that are zeros: after one that has one, and before ``end``.

    Before the first total the property may not have been there. ``end`` is the first day that Google still collects;
    where it speaks of none, the last total: days after it may be to come.
    """
    for day, following in pairwise([*sorted(totals), end]):
        if day + DAY < min(following, end):
            yield Window(day + DAY, min(following, end))


def _rows(answer: Record) -> list[Any]:
    """The rows; Google leaves them out where there is none."""
    return answer.items("rows") if "rows" in answer.values else []


def _records(rows: list[Any], where: str) -> Iterator[Record]:
    for place, row in enumerate(rows, 1):
        yield Record.of(f"{where} {place}", row)


def _keys(row: Record, count: int) -> list[str]:
    keys = row.items("keys")
    if len(keys) != count or not all(isinstance(key, str) for key in keys):
        row.refuse(f"its keys are not {count} texts")
    return keys


def _query(row: Record, day: date) -> str:
    key_day, query = _keys(row, 2)
    return query if key_day == str(day) else row.refuse(f"is not of {day}, which was asked for")


def _refusal(answer: HttpAnswer) -> tuple[set[str], str]:
    """The reasons and the words of a refusal; nothing where it is not written as Google does."""
    try:
        error = answer.decoded()["error"]
        places = [*error.get("errors", ()), *error.get("details", ())]
        return {str(place.get("reason")) for place in places}, str(error.get("message", ""))
    except (ValueError, TypeError, LookupError, AttributeError):
        return set(), ""


def _bare(site: str) -> str:
    """What tells two properties apart when the way it is written does not."""
    return re.sub(r"^(sc-domain:|https?://)(www\.)?", "", site.lower()).rstrip("/")

"""Umami 3.1 (src/app/api of umami-software/umami, c0ea3ae): one website, on a server of one's own or in the cloud.

What happened is kept with its moment, so that a question for a day gets what lies between its two milliseconds. Numbers
come as PostgreSQL gives them: sums as texts, counts as numbers; or as ClickHouse does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from simulators.vendor import Refusal, Simulator, only, refuse
from simulators.web_server import Answer, Seen, json_answer

WEBSITE = "6a1f0a52-7c1e-4d5e-9f5e-0f3e2b8f7c11"
USER, PASSWORD = "vigie", "canary-umami-password"
KEY = "canary-umami-key"
FIELDS = ("utmCampaign", "utmSource", "utmMedium", "utmContent", "utmTerm")
LABELS = dict(zip(FIELDS, ("campaign", "source", "medium", "content", "term"), strict=True))
DATES = ("startAt", "endAt", "startDate", "endDate", "timezone", "unit", "compare")


@dataclass(frozen=True)
class Pages:
    """Pages with these labels in their address that were seen at about one moment."""

    at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    visits: int = 1
    visitors: int = 1
    views: int = 1
    seconds: Any = 0


@dataclass(frozen=True)
class Twice:
    """Visits and visitors that stand in two rows of a breakdown, as those who go on to a page without labels do."""

    at: datetime
    visits: int
    visitors: int


@dataclass(frozen=True)
class Event:
    """An event, and the campaign its visitor first came by that day."""

    at: datetime
    name: str
    visitor: str
    campaign: str = ""


@dataclass(frozen=True)
class Sale:
    """Revenue sent with an event."""

    at: datetime
    amount: Decimal | None
    currency: str = "EUR"
    event: str = "purchase"


@dataclass
class Website:
    """What Umami holds of a website."""

    pages: list[Pages] = field(default_factory=list)
    twice: list[Twice] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    reset_at: datetime | None = None


class Umami(Simulator):
    """One website behind one user, or behind one key."""

    entry: ClassVar[str] = (
        f'web: {{{{connector: umami, website: {WEBSITE}, url: "{{url}}", username: {USER}, '
        "password: {{env: UMAMI_PASSWORD}}, events: [signup]}}"
    )
    secrets: ClassVar[dict[str, str]] = {"UMAMI_PASSWORD": PASSWORD}

    def __init__(self, website: Website | None = None, port: int = 0, *, is_cloud: bool = False) -> None:
        super().__init__(port)
        self.website = website or Website()
        self.base = "/v1" if is_cloud else "/api"
        self.is_cloud = is_cloud
        self.is_admin = False
        self.version = 3
        self.database = "postgresql"
        self.is_late = False  #: its pages are not there yet, though its visits are counted
        self.given = 0  # rows
        self.logins = 0
        self._tokens: set[str] = set()

    def expire(self) -> None:
        """Take none of the tokens given so far any longer."""
        self._tokens.clear()

    def asked(self, ending: str) -> list[Seen]:
        """The requests so far whose path ends so."""
        return [seen for seen in self.seen if seen.path.endswith(ending)]

    def answer(self, seen: Seen) -> Answer:
        path = seen.path.removeprefix(self.base)
        if path == seen.path:
            raise refuse(404, "<!DOCTYPE html><title>404: This page could not be found.</title>")
        if path == "/auth/login" and not self.is_cloud:
            return self._logged_in(seen.json)
        if not self._is_known(seen.headers):
            raise _no(401, "Unauthorized", "unauthorized")
        if seen.method == "POST" and path.startswith("/reports/") and self.version > 2:
            return json_answer(self._report(path.removeprefix("/reports/"), seen.json))
        if (seen.method, path) == ("GET", "/websites"):
            return json_answer({"data": [self._named()], "count": 1, "page": 1, "pageSize": 10})
        what, _, rest = path.removeprefix("/websites/").partition("/")
        if seen.method == "GET" and path.startswith("/websites/"):
            return json_answer(self._of_website(what, rest, seen.query))
        raise refuse(404, "<!DOCTYPE html><title>404: This page could not be found.</title>")

    # Who asks.

    def _logged_in(self, given: Mapping[str, str]) -> Answer:
        if given != {"username": USER, "password": PASSWORD}:
            raise _no(401, "Unauthorized", "incorrect-username-password")
        self.logins += 1
        token = f"canary-umami-token-{self.logins}"
        self._tokens.add(token)
        user = {"id": "u1", "username": USER, "role": "user", "createdAt": "2026-01-01T00:00:00.000Z"}
        return json_answer({"token": token, "user": {**user, "isAdmin": self.is_admin, "teams": []}})

    def _is_known(self, headers: Mapping[str, str]) -> bool:
        if self.is_cloud:
            return headers.get("x-umami-api-key") == KEY
        return headers.get("Authorization", "").removeprefix("Bearer ") in self._tokens

    def _may_see(self, website: str) -> bool:
        if website != WEBSITE and not self.is_admin:
            raise _no(401, "Unauthorized", "unauthorized")
        return website == WEBSITE

    # The website.

    def _of_website(self, website: str, what: str, asked: Mapping[str, str]) -> Any:
        is_there = self._may_see(website)
        reset_at = self.website.reset_at
        if what == "":
            return {**self._named(), "resetAt": reset_at and _iso(reset_at), "teamId": None} if is_there else None
        if what == "daterange":
            moments = [*(page.at for page in self.website.pages), *(event.at for event in self.website.events)]
            first, last = (_iso(min(moments)), _iso(max(moments))) if moments else (None, None)
            return {"startDate": first, "endDate": last}
        if what == "stats":
            only(asked, *DATES, *FIELDS, complain=lambda name: _bad(name, "not expected here"))
            return self._stats(*self._moments(asked))
        if what == "metrics":
            return self._metrics(asked)
        raise refuse(404, "<!DOCTYPE html>")

    def _named(self) -> dict[str, Any]:
        return {"id": WEBSITE, "name": "The tea shop", "domain": "tea.example", "shareId": None}

    def _moments(self, asked: Mapping[str, str]) -> tuple[datetime, datetime]:
        """``startDate`` passes the check, and is then not read: the dates are invalid."""
        if not {"startAt", "endAt"} <= asked.keys():
            if {"startDate", "endDate"} <= asked.keys():
                raise _no(500, "Invalid time value", "server-error")
            raise _bad("startAt", "Either startAt+endAt or startDate+endDate must be provided")
        return self._since(_moment_of(asked["startAt"])), _moment_of(asked["endAt"])

    def _since(self, start: datetime) -> datetime:
        return max(start, self.website.reset_at) if self.website.reset_at else start

    def _stats(self, start: datetime, end: datetime) -> dict[str, Any]:
        pages, twice = _within(self.website.pages, start, end), _within(self.website.twice, start, end)
        counts = {
            "pageviews": sum(one.views for one in pages),
            "visitors": sum(one.visitors for one in pages) - sum(one.visitors for one in twice),
            "visits": sum(one.visits for one in pages) - sum(one.visits for one in twice),
            "bounces": 0,
            "totaltime": _number(sum(one.seconds for one in pages)),
        }
        if self.version == 2:
            return {name: {"value": value, "prev": 0} for name, value in counts.items()}
        if self.database == "clickhouse" and not pages:
            counts |= {"pageviews": None, "totaltime": None}
        return {**counts, "comparison": dict.fromkeys(counts, 0)}

    def _metrics(self, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        if asked.get("type") != "event":
            raise _no(400, "Bad request", "bad-request")
        counts: dict[str, int] = {}
        for event in _within(self.website.events, *self._moments(asked)):
            counts[event.name] = counts.get(event.name, 0) + 1
        rows = sorted(counts.items(), key=lambda found: -found[1])
        return [{"x": name, "y": count} for name, count in rows[: int(asked.get("limit", 500))]]

    # Reports.

    def _report(self, kind: str, asked: Mapping[str, Any]) -> Any:
        for name, wanted in (("websiteId", str), ("filters", dict), ("parameters", dict)):
            if not isinstance(asked.get(name), wanted):
                raise _bad(name, f"Invalid input: expected {wanted.__name__}, received undefined")
        if asked.get("type") != kind:
            raise _bad("type", "Invalid discriminator value")
        UUID(asked["websiteId"])
        self._may_see(asked["websiteId"])
        given = asked["parameters"]
        wanted_by = {"breakdown": ["fields"], "attribution": ["model", "type", "step"], "revenue": ["currency"]}
        for name in ("startDate", "endDate", *wanted_by[kind]):
            if name not in given:
                raise _bad(name, "Invalid input: received undefined")
        start, end = (datetime.fromisoformat(given[name]) for name in ("startDate", "endDate"))
        answers = {"breakdown": self._breakdown, "attribution": self._attribution, "revenue": self._revenue}
        return answers[kind](self._since(start), end, given)

    def _breakdown(self, start: datetime, end: datetime, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        if not set(given["fields"]) <= set(FIELDS):
            raise _bad("fields", "Invalid option")
        groups: dict[tuple[str | None, ...], list[Pages]] = {}
        for one in _within(self.website.pages, start, end):
            key = tuple(one.labels.get(LABELS[name]) or None for name in given["fields"])
            groups.setdefault(key, []).append(one)
        rows = [
            {
                "views": self._sum(one.views for one in group),
                "visitors": sum(one.visitors for one in group),
                "visits": sum(one.visits for one in group),
                "bounces": self._sum([0]),
                "totaltime": self._sum(one.seconds for one in group),
                **dict(zip(given["fields"], key, strict=True)),
            }
            for key, group in groups.items()
        ]
        rows.sort(key=lambda row: -row["visitors"])
        rows = [] if self.is_late else rows
        self.given += len(rows[:500])
        return rows[:500]

    def _attribution(self, start: datetime, end: datetime, given: Mapping[str, Any]) -> dict[str, Any]:
        events = [one for one in _within(self.website.events, start, end) if one.name == given["step"]]
        by_campaign: dict[str, set[str]] = {}
        for event in events:
            if event.campaign:
                by_campaign.setdefault(event.campaign, set()).add(event.visitor)
        found = sorted(((name, len(who)) for name, who in by_campaign.items()), key=lambda row: -row[1])
        visitors = len({event.visitor for event in events})
        others: dict[str, Any] = {name: [] for name in ("referrer", "paidAds", "utm_source", "utm_medium")}
        return {
            **others,
            "utm_campaign": [{"name": name, "value": count} for name, count in found[:20]],
            "utm_content": [],
            "utm_term": [],
            "total": {"pageviews": len(events), "visitors": visitors, "visits": visitors},
        }

    def _revenue(self, start: datetime, end: datetime, given: Mapping[str, Any]) -> dict[str, Any]:
        zone = ZoneInfo(given.get("timezone", "UTC"))
        groups: dict[tuple[str, str], list[Sale]] = {}
        sales = [one for one in _within(self.website.sales, start, end) if one.currency.upper() == given["currency"]]
        for sale in sales:
            groups.setdefault((sale.event, f"{sale.at.astimezone(zone):%Y-%m-%d} 00:00:00"), []).append(sale)
        rows = sorted(groups.items(), key=lambda group: group[0][1])
        chart = [{"x": x, "t": t, "y": self._money(group), "count": len(group)} for (x, t), group in rows]
        total = {"sum": self._money(sales), "count": len(sales), "unique_count": len(sales), "total_sessions": 99}
        return {
            "chart": chart,
            "total": {**total, "average": 0, "arpu": 0, "comparison": total},
            "country": [],
            "region": [],
            "referrer": [],
            "channel": [],
        }

    def _sum(self, numbers: Iterable[Any]) -> Any:
        """A sum that is not cast: PostgreSQL's numeric comes as a text."""
        total = sum(numbers)
        return str(total) if self.database == "postgresql" else _number(total)

    def _money(self, sales: Sequence[Sale]) -> Any:
        known = [sale.amount for sale in sales if sale.amount is not None]
        if not known:
            return None
        return f"{sum(known):.4f}" if self.database == "postgresql" else float(sum(known))


def _within(what: Sequence[Any], start: datetime, end: datetime) -> list[Any]:
    """Both ends belong to it."""
    return [one for one in what if start <= one.at <= end]


def _number(value: Any) -> Any:
    return int(value) if value == int(value) else float(value)


def _moment_of(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(milliseconds))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no(status: int, message: str, code: str, **more: Any) -> Refusal:
    return refuse(status, {"error": {"message": message, "code": code, "status": status, **more}})


def _bad(name: str, reason: str) -> Refusal:
    return _no(400, "Bad request", "bad-request", errors=[], properties={name: {"errors": [reason]}})


def example(port: int = 0) -> Umami:
    """A tea shop's website in March 2026: visits of two campaigns and of nobody's, sign-ups and purchases."""
    spring = {"campaign": "spring_sale", "source": "newsletter", "medium": "email"}
    autumn = {"campaign": "autumn_teas", "source": "google", "medium": "cpc"}
    website = Website()
    for place in range(31):
        noon = datetime(2026, 3, 1, 11, tzinfo=UTC) + timedelta(days=place)
        website.pages.append(Pages(noon, spring, 8 + place % 3, 7, 9 + place % 3, 30))
        website.pages.append(Pages(noon, autumn, 5, 5, 6, 45))
        website.pages.append(Pages(noon, {}, 20 + place % 4, 18, 60, 2400))
        website.twice.append(Twice(noon, 6, 5))
        for number in range(2 + place % 3):
            website.events.append(Event(noon, "signup", f"v{number}", "spring_sale" if number % 2 else ""))
        website.sales.append(Sale(noon, Decimal("39.90") + place))
    return Umami(website, port)

"""Plausible's Stats API v2 (docs/stats-api.md of plausible/docs, priv/json-schemas/query-api-schema.json): one site.

Visits are single visits, so that what Plausible counts by distinct visitors is counted here in the same way. Three
editions: ``cloud``, ``ce`` (no revenue) and ``old`` (a Community Edition before channels, pages and total_rows).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from simulators.vendor import Refusal, Simulator, only, refuse
from simulators.web_server import Answer, Seen, json_answer

KEY = "canary-plausible-key"
SITE = "tea.example"
NOT_SET = "(not set)"
NO_ACCESS = "The owner of this site does not have access to the {} feature."
WRONG_KEY = (
    "Invalid API key or site ID. Please make sure you're using a valid API key "
    "with access to the site you've requested."
)
TOO_MANY = (
    "Too many API requests. Your API key is limited to 600 requests per hour. "
    "Please contact us to request more capacity."
)

SESSION_METRICS = ("bounce_rate", "visit_duration", "views_per_visit")
METRICS = (*SESSION_METRICS, "visitors", "visits", "pageviews", "events", "total_revenue", "average_revenue")
LABELS = {
    "visit:utm_campaign": "campaign",
    "visit:utm_source": "source",
    "visit:utm_medium": "medium",
    "visit:utm_content": "content",
    "visit:utm_term": "term",
    "visit:channel": "channel",
}


@dataclass(frozen=True)
class Visit:
    """One visit of one person, who is another one on every day."""

    day: date
    visitor: str
    labels: Mapping[str, str] = field(default_factory=dict)
    pages: int = 1
    seconds: int = 0


@dataclass(frozen=True)
class Conversion:
    """So many events that met a goal, with what they were worth together."""

    day: date
    goal: str
    events: int = 1
    revenue: Any = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """What happened on the site. ``goals``: name -> the currency of a revenue goal, "" of others, "scroll" of those."""

    visits: list[Visit] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)
    goals: dict[str, str] = field(default_factory=lambda: {"Purchase": "EUR", "Signup": ""})
    first: date = date(2020, 1, 1)
    today: date = date(2029, 12, 31)
    zone: str = "Europe/Paris"


class Plausible(Simulator):
    """One site behind one key."""

    entry: ClassVar[str] = 'web: {{connector: plausible, site: tea.example, url: "{url}", key: {{env: PLAUSIBLE_KEY}}}}'
    secrets: ClassVar[dict[str, str]] = {"PLAUSIBLE_KEY": KEY}

    def __init__(self, site: Site | None = None, port: int = 0) -> None:
        super().__init__(port)
        self.site = site or Site()
        self.edition = "cloud"
        self.has_revenue = True  # whether the owner's plan includes it
        self.has_properties = True
        self.warning: str | None = None  # of the revenue
        self.given = 0  # rows
        self.page = 10_000

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The bodies of all requests so far."""
        return [seen.json for seen in self.seen if seen.body]

    def answer(self, seen: Seen) -> Answer:
        if (seen.method, seen.path) != ("POST", "/api/v2/query"):
            raise refuse(404, "Not Found")
        token = seen.headers.get("Authorization", "")
        if not token.startswith("Bearer "):
            raise _no(401, "Missing API key. Please use a valid Plausible API key as a Bearer Token.")
        asked = seen.json
        if "site_id" not in asked:
            raise _no(400, "Missing site ID. Please provide the required site_id parameter with your request.")
        if token != f"Bearer {KEY}" or asked["site_id"] != SITE:
            raise _no(401, WRONG_KEY)
        self._check(asked)
        return json_answer(self._found(asked))

    # What it refuses.

    def _check(self, asked: Mapping[str, Any]) -> None:
        known = ["site_id", "metrics", "date_range", "dimensions", "filters", "order_by", "include"]
        known += [] if self.edition == "old" else ["pagination"]
        only(asked, *known, complain=lambda name: _no(400, f"#/{name}: Schema does not allow additional properties."))
        if self.edition == "old" and "total_rows" in asked.get("include", {}):
            raise _no(400, """Invalid include entry '%{"total_rows" => true}'""")
        self._check_metrics(asked)
        self._check_dimensions(asked)
        self._check_filters(asked.get("filters", []))
        _check_order(asked)
        _check_pages(asked.get("pagination", {}))
        if "total_revenue" in asked["metrics"] and not self.has_revenue:
            raise _no(400, NO_ACCESS.format("revenue metrics"))

    def _check_metrics(self, asked: Mapping[str, Any]) -> None:
        metrics = asked["metrics"]
        known = METRICS if self.edition == "cloud" else [name for name in METRICS if not name.endswith("revenue")]
        for place, name in enumerate(metrics):
            if name not in known:
                raise _no(400, f'#/metrics/{place}: Invalid metric "{name}"')
        if len(set(metrics)) < len(metrics):
            raise _no(400, "#/metrics: Expected items to be unique but they were not.")
        mixed = [name for name in metrics if name in SESSION_METRICS]
        if mixed and any(name.startswith("event:") for name in asked.get("dimensions", [])):
            raise _no(400, f"Session metric(s) `{', '.join(mixed)}` cannot be queried along with event dimensions")

    def _check_dimensions(self, asked: Mapping[str, Any]) -> None:
        dimensions = asked.get("dimensions", [])
        known = {*LABELS, "time:day", "event:goal"} - ({"visit:channel"} if self.edition == "old" else set())
        for place, name in enumerate(dimensions):
            if name not in known and not name.startswith("event:props:"):
                raise _no(400, f'#/dimensions/{place}: Invalid dimension "{name}"')
        if len(set(dimensions)) < len(dimensions):
            raise _no(400, "#/dimensions: Expected items to be unique but they were not.")
        if not self.has_properties and any(name.startswith("event:props:") for name in dimensions):
            raise _no(400, NO_ACCESS.format("custom properties"))

    def _check_filters(self, filters: Sequence[Any]) -> None:
        for place, each in enumerate(filters):
            if each[:2] != ["is", "event:goal"] or not isinstance(each[2], list):
                raise _no(400, f"#/filters/{place}: Invalid filter {json.dumps(each)}")
            for goal in each[2]:
                if goal not in self.site.goals:
                    words = f"Invalid filters. The goal `{goal}` is not configured for this site."
                    raise _no(400, f"{words} Find out how to configure goals here: https://plausible.io/docs/stats-api")

    # What it answers.

    def _found(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        first, last = self._days(asked["date_range"])
        dimensions, metrics = asked.get("dimensions", []), asked["metrics"]
        rows = self._rows(first, last, dimensions, metrics, asked.get("filters", []))
        for name, direction in reversed(asked.get("order_by") or [["time:day", "asc"]]):
            if name in dimensions + metrics:
                rows.sort(key=_by((dimensions + metrics).index(name)), reverse=direction == "desc")
        limits = asked.get("pagination", {})
        start = limits.get("offset", 0)
        page = rows[start : start + limits.get("limit", self.page)] if self.edition != "old" else rows
        self.given += len(page)
        cut = len(dimensions)
        meta: dict[str, Any] = {"total_rows": len(rows) if page else 0} if asked.get("include") else {}
        if "total_revenue" in metrics and (code := self._warning(asked)):
            meta["metric_warnings"] = {"total_revenue": {"code": code, "warning": "Revenue metrics are null as …"}}
        query = {**asked, "date_range": [self._moment(first, time()), self._moment(last, time(23, 59, 59))]}
        results = [{"metrics": row[cut:], "dimensions": row[:cut]} for row in page]
        return {"results": results, "meta": meta, "query": query}

    def _warning(self, asked: Mapping[str, Any]) -> str | None:
        filtered = [goal for each in asked.get("filters", []) for goal in each[2]] or self.site.goals
        has_money = any(self.site.goals[goal] not in ("", "scroll") for goal in filtered)
        return self.warning or (None if has_money else "no_revenue_goals_matching")

    def _days(self, span: Any) -> tuple[date, date]:
        if span == "all":
            return self.site.first, self.site.today
        try:
            first, last = map(date.fromisoformat, span)
        except (TypeError, ValueError):
            raise _no(400, f"#/date_range: Invalid date range {json.dumps(span)}") from None
        if last < first:
            raise _no(400, f"#/date_range: Invalid date range {json.dumps(span)}")
        return first, last

    def _moment(self, day: date, at: time) -> str:
        return datetime.combine(day, at, tzinfo=ZoneInfo(self.site.zone)).isoformat()

    def _rows(
        self, first: date, last: date, dimensions: list[str], metrics: list[str], filters: Sequence[Any]
    ) -> list[list[Any]]:
        """Rows of dimensions and metrics, positional; buckets with nothing in them are not there."""
        goals = {goal for each in filters for goal in each[2]} or self.site.goals
        has_goals = "event:goal" in dimensions
        what: Iterable[Any] = self.site.conversions if has_goals else self.site.visits
        groups: dict[tuple[str, ...], list[Any]] = {}
        for one in what:
            if first <= one.day <= last and (not has_goals or one.goal in goals):
                groups.setdefault(tuple(_dimension(one, name) for name in dimensions), []).append(one)
        if not dimensions and not groups:
            groups[()] = []
        return [[*key, *(self._metric(name, group) for name in metrics)] for key, group in groups.items()]

    def _metric(self, name: str, group: Sequence[Any]) -> Any:
        counts: dict[str, Callable[[], Any]] = {
            "visits": lambda: len(group),
            "visitors": lambda: len({visit.visitor for visit in group}),
            "pageviews": lambda: sum(visit.pages for visit in group),
            "visit_duration": lambda: round(sum(visit.seconds for visit in group) / len(group)),
            "events": lambda: None if self._currency(group) == "scroll" else sum(one.events for one in group),
            "total_revenue": lambda: self._revenue(group),
        }
        return counts[name]()

    def _currency(self, group: Sequence[Conversion]) -> str:
        return self.site.goals[group[0].goal]

    def _revenue(self, group: Sequence[Conversion]) -> Any:
        currency = self._currency(group)
        if self.warning or currency in ("", "scroll"):
            return None
        value = float(sum(one.revenue for one in group))
        return {"short": f"€{value:.1f}", "value": value, "long": f"€{value:,.2f}", "currency": currency}


def _no(status: int, words: str) -> Refusal:
    return refuse(status, {"error": words})


def _check_order(asked: Mapping[str, Any]) -> None:
    for place, (name, direction) in enumerate(asked.get("order_by", [])):
        if name == "event:goal" or direction not in ("asc", "desc"):
            raise _no(400, f'#/order_by/{place}/0: Invalid value in order_by "{name}"')
        if name not in [*asked["metrics"], *asked.get("dimensions", [])]:
            raise _no(400, f"Invalid order_by entry '{name}'. Entry is not a queried metric or dimension.")


def _check_pages(pagination: Mapping[str, Any]) -> None:
    only(pagination, "limit", "offset", complain=lambda name: _no(400, f"#/pagination/{name}: Schema does not allow"))
    if not 1 <= pagination.get("limit", 1) <= 10_000:
        raise _no(400, "#/pagination/limit: Expected the value to be <= 10000")


def _dimension(one: Any, name: str) -> str:
    if name == "time:day":
        return one.day.isoformat()  # type: ignore[no-any-return]
    if name == "event:goal":
        return str(one.goal)
    if name.startswith("event:props:"):
        return one.properties.get(name.removeprefix("event:props:")) or "(none)"
    return one.labels.get(LABELS[name]) or ("Direct" if name == "visit:channel" else NOT_SET)


def _by(place: int) -> Callable[[list[Any]], Any]:
    """What rows are ordered by: money by its value, what is null first."""

    def key(row: list[Any]) -> Any:
        value = row[place]
        value = value.get("value") if isinstance(value, dict) else value
        return (value is not None, value)

    return key


def example(port: int = 0) -> Plausible:
    """A tea shop's site in March 2026: visits of two campaigns and of nobody's, sign-ups and purchases."""
    spring = {"campaign": "spring_sale", "source": "newsletter", "medium": "email", "channel": "Email"}
    autumn = {"campaign": "autumn_teas", "source": "google", "medium": "cpc", "channel": "Paid Search"}
    site = Site(first=date(2026, 2, 1), today=date(2026, 3, 31))
    for place in range(31):
        day = date(2026, 3, 1) + timedelta(days=place)
        for number in range(12 + place % 5):
            labels: Mapping[str, str] = (spring, {}, autumn)[number % 3]
            site.visits.append(Visit(day, f"{number % 9}", labels, 1 + number % 4, 20 * number))
        site.conversions.append(Conversion(day, "Signup", 1 + place % 3, labels=spring))
        site.conversions.append(Conversion(day, "Purchase", 1, 40 + place, autumn, {"coupon": "TEA10"}))
        site.conversions.append(Conversion(day, "Purchase", 2, 75, spring))
    return Plausible(site, port)

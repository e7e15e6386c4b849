"""Plausible Analytics by its Stats API v2: visits, goals and revenue by day and campaign, of all campaigns at once.

Days are those of the site's own time zone. A part of a question that an installation does not know is left out from
its refusal on, and what hangs on it is not provided: a Community Edition knows no revenue, an older one no channel.

Source:
    plausible.io/docs/stats-api, as github.com/plausible/docs at 208d58c (2026-07-24) has it; query-api-schema.json and
    the tests of github.com/plausible/analytics; read 2026-11.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property, partial
from itertools import groupby
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from config.addresses import WebAddress
from config.errors import SourceError, SourceRefused, SourceUnavailable
from config.fields import Line, Texts
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Covered, Item, Origin, Reading, SourceInfo
from connectors.kit.days import chunks
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.paging import pages
from connectors.kit.sales import by_day

CHUNK = 14  # days asked for at once
PAGE = 10_000  # rows, the most it gives
HOUR = 3600  # seconds its limit is counted over

_DAY = "time:day"
_GOAL = "event:goal"
_CHANNEL = "visit:channel"
_REVENUE = "total_revenue"
_LABELS = {
    "campaign": "visit:utm_campaign",
    "source": "visit:utm_source",
    "medium": "visit:utm_medium",
    "content": "visit:utm_content",
    "term": "visit:utm_term",
    "channel": _CHANNEL,
}
_COUNTS = {"visits": Measure.SESSIONS, "visitors": Measure.VISITORS, "pageviews": Measure.PAGE_VIEWS}
_SALES = frozenset({Measure.ORDERS.value, Measure.REVENUE.value})
_REST = frozenset({*_COUNTS.values(), Measure.ENGAGEMENT_SECONDS, Measure.CONVERSIONS})

#: part of a question that not every installation knows -> how a refusal names it, and what lacks without it
_PARTS = {
    _CHANNEL: ((_CHANNEL,), "no channels: this Plausible is too old to know them"),
    _REVENUE: (
        (_REVENUE, "revenue metrics"),
        "no orders and no revenue: this Plausible does not know them (a Community Edition), or not in this plan",
    ),
    "total_rows": (("total_rows", "#/include"), "no count of rows to check answers with: this Plausible is too old"),
    "pagination": (("pagination",), "no pages: this Plausible is too old"),
}
_REMEDIES = {
    "is not configured for this site": "correct 'goals', or add the goal in the site's settings",
    "custom properties": "take 'properties' out, or choose a plan of Plausible with custom properties",
    "revenue metrics": "write revenue: auto, or choose a plan of Plausible with revenue goals",
}

#: what a conversion can say of itself and a visit cannot
Property = Literal["campaign_id", "coupon", "keyword", "landing_page", "referrer"]


class PlausibleOptions(SourceEntry):
    """``properties``: a dimension, and the custom property of the goals' events that conversions take it from."""

    identity: ClassVar[tuple[str, ...]] = ("url", "site")

    site: Line
    key: Secret
    url: WebAddress = "https://plausible.io"
    goals: Texts | None = None
    properties: dict[Property, Line] = {}
    revenue: bool | Literal["auto"] = "auto"


class _Rejected(SourceRefused):
    """A question that is not taken; ``words`` are Plausible's."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class Plausible:
    """Reads one site: three questions for two weeks, whatever the number of campaigns."""

    Options: ClassVar[type[SourceEntry]] = PlausibleOptions
    kind: ClassVar = SourceKind.ANALYTICS
    provides: ClassVar[frozenset[str]] = _REST | _SALES
    lookback: ClassVar = 2  # days: visits that are still open, events sent late
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits()

    def __init__(self, options: PlausibleOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self._left_out = {} if options.revenue else {_REVENUE: "no orders and no revenue: the entry says so"}
        self._is_revenue_unknown = False

    def check(self) -> SourceInfo:
        """Ask for the site's days, its goals and one day's figures: proves the key and all parts of the questions."""
        first, last = self._ends()
        days = Window(first.date(), last.date() + DAY)
        today = Window(days.last, days.end)
        for readings in (self._visits(today), self._conversions(today)):
            next(readings, None)
        goals = list(self._rows(days, [_GOAL], ["events", _REVENUE]))
        named = sorted(row.text(_GOAL) for row in goals if self._events(row))
        currencies = {money[1] for row in goals if (money := self._money(row))}
        counted = f"conversions so far: {', '.join(named[:10]) or 'none'}"
        return SourceInfo(
            account=self.options.site,
            currency=currencies.pop() if len(currencies) == 1 else None,
            measures=self._measures(),
            days=days,
            remarks=(counted, *self._left_out.values(), *self._other_zone(first, last)),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield visits and conversions of ``window``, as far as the site has days, two weeks at a time."""
        first, last = self._ends()
        days = Window(first.date(), last.date() + DAY).clip(window)
        if days is None:
            return
        untold = days.start  # from this day on nothing was said to be known
        for part in chunks(days, CHUNK):
            for reading in by_day(self._visits(part), self._conversions(part)):
                if untold < part.end:
                    yield Covered(Window(untold, part.end), self._measures())
                    untold = part.end
                yield reading
        if days.start < untold < days.end:
            yield Covered(Window(untold, days.end), self._measures())

    def _visits(self, days: Window) -> Iterator[Reading]:
        """A day's rows, then what the whole day has beyond them: a visitor may stand in several, or in none."""
        totals = {_day(row, days): _counts(row) for row in self._rows(days, [_DAY], [*_COUNTS])}
        rows = self._rows(days, [_DAY, *_LABELS.values()], [*_COUNTS, "visit_duration"])
        for day, of_day in groupby(rows, key=lambda row: _day(row, days)):
            rest = totals.pop(day, {})
            for row in of_day:
                counts = _counts(row)
                rest = {measure: amount - counts[measure] for measure, amount in rest.items()}
                yield Reading(day, self._origin(row), {**counts, Measure.ENGAGEMENT_SECONDS.value: _seconds(row)})
            if any(rest.values()):
                yield Reading(day, Origin(), rest)
        if any(any(total.values()) for total in totals.values()):
            raise SourceUnavailable(self._http.say("its figures changed while they were read"))

    def _conversions(self, days: Window) -> Iterator[Reading]:
        """A reading for each day, goal and origin. A goal has a currency in all of its rows, or in none."""
        properties = {f"{label}": f"event:props:{name}" for label, name in self.options.properties.items()}
        dimensions = dict.fromkeys([_DAY, _GOAL, *_LABELS.values(), *properties.values()])
        has_money: dict[str, bool] = {}
        for row in self._rows(days, [*dimensions], ["events", _REVENUE]):
            goal, money = row.text(_GOAL), self._money(row)
            if has_money.setdefault(goal, bool(money)) != bool(money):
                row.refuse(f"the goal '{goal}' has revenue in some rows only")
            origin, events = self._origin(row, properties), self._events(row)
            if money is None:
                yield Reading(_day(row, days), origin, {Measure.CONVERSIONS.value: events})
            else:
                yield Reading(_day(row, days), origin._replace(currency=money[1]), _sales(events, money[0]))

    def _money(self, row: Record) -> tuple[Decimal | None, str] | None:
        """Amount and currency; no amount where it could not be worked out, nothing at all of a goal without money."""
        if _REVENUE in self._left_out:
            return None
        if self._is_revenue_unknown:
            return None, ""
        if not (money := row.maybe_record(_REVENUE)):
            return None
        return money.amount("value"), money.currency("currency")

    def _events(self, row: Record) -> int:
        """How often a goal was met; of scrolling Plausible counts visitors alone, which is another figure."""
        if "events" in row.values and not row.has("events"):
            reason = f"gives no number for the goal '{row.text(_GOAL)}', as for all that count scrolling"
            raise SourceRefused(self._http.say(f"{reason}: list in 'goals' those that are conversions, without it"))
        return row.count("events")

    def _origin(self, row: Record, properties: Mapping[str, str] | None = None) -> Origin:
        known = {label: dimension for label, dimension in _LABELS.items() if dimension in row.values}
        return Origin(**{label: row.text(dimension) for label, dimension in {**known, **(properties or {})}.items()})

    def _measures(self) -> frozenset[str]:
        return _REST if _REVENUE in self._left_out else self.provides

    def _other_zone(self, *moments: datetime) -> Iterator[str]:
        """Where the site's days begin at another hour than the plan's."""
        zone = ZoneInfo(self.context.zone)
        if any(moment.tzinfo and moment.utcoffset() != moment.astimezone(zone).utcoffset() for moment in moments):
            yield f"its days are those of the site's time zone (UTC{moments[1]:%z}), not of {self.context.zone}"

    # Asking.

    def _ends(self) -> tuple[datetime, datetime]:
        """The first and the last moment the site can speak of, in its own time zone: the last is today's."""
        _, answer = self._ask(lambda: {"metrics": ["visitors"], "date_range": "all"})
        query = answer.record("query")
        ends = dict(zip(("first", "last"), query.items("date_range"), strict=False))
        first, last = (_moment(Record(f"{query.where}: date_range", ends), name) for name in ("first", "last"))
        return (first, last) if first.date() <= last.date() else query.refuse("date_range ends before it begins")

    def _rows(self, days: Window, dimensions: list[str], metrics: list[str]) -> Iterator[Record]:
        """The rows of a question, page after page, in the order of their days; each by the names asked for."""
        for rows in pages(self.context.source, 0, partial(self._page, days, dimensions, metrics)):
            for row in rows:
                yield Record(f"{self.context.source}: a row of {' and '.join(metrics)}", row)

    def _page(
        self, days: Window, dimensions: list[str], metrics: list[str], offset: int
    ) -> tuple[list[Any], int | None]:
        query, answer = self._ask(partial(self._query, days, dimensions, metrics, offset))
        rows = [_named(query, row) for row in answer.records("results")]
        meta = answer.record("meta")
        if _REVENUE in query["metrics"]:
            self._heed(meta)
        if "include" not in query:
            return rows, offset + PAGE if "pagination" in query and len(rows) == PAGE else None
        total = meta.count("total_rows")
        if len(rows) != min(PAGE, total - offset):
            answer.refuse(f"gave {len(rows)} of {total} rows from row {offset} on")
        return rows, offset + PAGE if offset + PAGE < total else None

    def _query(self, days: Window, dimensions: list[str], metrics: list[str], offset: int) -> dict[str, Any]:
        """A question without the parts that are not known. Its rows are ordered by all they have, as pages need.

        By goals nothing can be ordered: those that are alike in all figures may change places.
        """
        asked = [name for name in dimensions if name not in self._left_out]
        figures = [name for name in metrics if name not in self._left_out]
        order = [[name, "asc"] for name in asked if name != _GOAL]
        query: dict[str, Any] = {
            "metrics": figures,
            "dimensions": asked,
            "date_range": [f"{days.start}", f"{days.last}"],
        }
        query["order_by"] = [*order, *([name, "desc"] for name in figures if _GOAL in asked)]
        if self.options.goals and _GOAL in asked:
            query["filters"] = [["is", _GOAL, [*self.options.goals]]]
        if "pagination" not in self._left_out:
            query["pagination"] = {"limit": PAGE, "offset": offset}
        if "total_rows" not in self._left_out:
            query["include"] = {"total_rows": True}
        return query

    def _ask(self, build: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], Record]:
        """The question that was taken in the end, and its answer."""
        while True:
            query = build()
            try:
                answer = self._http.post_json(
                    f"{self.options.url}/api/v2/query", json={"site_id": self.options.site, **query}
                )
                return query, Record.of(f"{self.context.source}: the answer", answer)
            except _Rejected as refusal:
                if not self._leaves_out(query, refusal.words):
                    raise

    def _leaves_out(self, query: Mapping[str, Any], words: str) -> bool:
        """Do without the part that a refusal names; False where it names none, or one that must be."""
        asked = {*query, *query["metrics"], *query.get("dimensions", ()), *query.get("include", ())}
        for part, (names, lacks) in _PARTS.items():
            is_needed = part == _REVENUE and self.options.revenue is True
            if part in asked and not is_needed and any(name in words for name in names):
                self._left_out[part] = lacks
                return True
        return False

    def _heed(self, meta: Record) -> None:
        """What an answer says of the revenue in it: there is none at all, or nobody could work it out."""
        warnings = meta.maybe_record("metric_warnings")
        warning = warnings.maybe_record(_REVENUE) if warnings else None
        code = warning.text("code") if warning else None
        if code in ("no_revenue_goals_matching", "revenue_goals_unavailable"):
            self._left_out[_REVENUE] = "no orders and no revenue: no goal that counts has a currency"
            if self.options.revenue is True:
                remedy = "give one a currency in the site's settings, or write revenue: auto"
                raise SourceRefused(self._http.say(f"no goal that counts has a currency: {remedy}"))
        self._is_revenue_unknown = code is not None

    @cached_property
    def _http(self) -> Http:
        key = self.context.reveal(self.options.key)
        headers = {"Authorization": f"Bearer {key}"}
        return Http(self.context.source, secrets=[key], headers=headers, judge=self._judged, limits=self.limits)

    def _judged(self, answer: HttpAnswer) -> SourceError | None:
        """A refusal in a sentence that says what to change."""
        if answer.status not in (400, 401, 402, 404, 429):
            return None
        said = _said(answer)
        words = self._http.words(said)
        if answer.status == 400:
            remedy = next((f": {remedy}" for sign, remedy in _REMEDIES.items() if sign in said), "")
            return _Rejected(f"does not take the question ({words}){remedy}", said)
        if answer.status == 401:
            wrong = f"refuses the key, or there is no site '{self.options.site}' that it may see"
            return SourceRefused(f"{wrong}: it must be a Stats API key, and 'site' the domain as Plausible shows it")
        if answer.status == 402:
            return SourceRefused(f"wants to be paid: the site's owner needs a plan with the Stats API ({words})")
        if answer.status == 404:
            return SourceRefused(f"there is no Stats API v2 at {self.options.url}: correct 'url', or update Plausible")
        if "per hour" in said:  # it gives no Retry-After; its hours are those of the clock
            return SourceUnavailable(f"wants fewer requests: {words}", retry_after=max(1.0, HOUR - _now() % HOUR))
        return None


def _now() -> float:
    return time.time()


def _said(answer: HttpAnswer) -> str:
    """Plausible's words in a refusal, if they are its own."""
    try:
        body = answer.decoded()
    except ValueError:
        return ""
    said = body.get("error") if isinstance(body, dict) else None
    return said if isinstance(said, str) else ""


def _moment(ends: Record, name: str) -> datetime:
    try:
        return datetime.fromisoformat(ends.text(name))
    except ValueError:
        return ends.refuse(f"{name} is not a moment")


def _named(query: Mapping[str, Any], row: Record) -> dict[str, Any]:
    """A row's values by their names; they come by their places."""
    dimensions, metrics = row.items("dimensions"), row.items("metrics")
    if len(dimensions) != len(query["dimensions"]) or len(metrics) != len(query["metrics"]):
        row.refuse("has not the values that were asked for")
    return dict(zip([*query["dimensions"], *query["metrics"]], [*dimensions, *metrics], strict=True))


def _day(row: Record, days: Window) -> Any:
    day = row.day(_DAY)
    return day if day in days else row.refuse(f"is of {day}, which was not asked for")


def _counts(row: Record) -> dict[str, int]:
    return {measure.value: row.count(name) for name, measure in _COUNTS.items()}


def _seconds(row: Record) -> int | None:
    """Its visits' time on the site. Plausible gives the average, in whole seconds."""
    average = row.maybe_count("visit_duration")
    return None if average is None else row.count("visits") * average


def _sales(events: int, amount: Decimal | None) -> dict[str, Decimal | int | None]:
    """Of a goal with a currency each conversion is an order; which goals have one is unknown where no amount is."""
    orders = None if amount is None else events
    return {Measure.CONVERSIONS.value: events, Measure.ORDERS.value: orders, Measure.REVENUE.value: amount}

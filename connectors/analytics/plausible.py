"""Plausible Analytics by its Stats API v2: visits, goals and revenue by day and campaign, of all campaigns at once.

Days are those of the site's own time zone. A part of a question that an installation does not know is left out from
its refusal on, and what hangs on it is not provided: a Community Edition knows no revenue, an older one no channel.

Source:
    plausible.io/docs/stats-api, as github.com/plausible/docs at 208d58c (2026-07-24) has it; query-api-schema.json and
    the tests of github.com/plausible/analytics; read 2026-11.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from config.addresses import WebAddress
from config.errors import SourceError, SourceRefused, SourceUnavailable
from config.fields import Line, Texts
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.analytics.plausible_rows import (
    CHANNEL,
    COUNTS,
    GOAL,
    LABELS,
    OF_SALES,
    REST,
    REVENUE,
    SALES,
    TIME,
    TRAFFIC,
    count_of,
    counts_of,
    day_of,
    moment_of,
    named,
    visits_of,
)
from connectors.base import Context, Covered, Item, Origin, Reading, Remark, SourceInfo
from connectors.kit.days import chunks
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.paging import pages
from connectors.kit.tolerance import Tolerance

CHUNK = 14  # days asked for at once
PAGE = 10_000  # rows, the most it gives
HOUR = 3600  # seconds its limit is counted over

_CHANGED = "its figures changed while they were read"

#: part of a question that not every installation knows -> how a refusal names it, and what lacks without it
_PARTS = {
    CHANNEL: ((CHANNEL,), "no channels: this Plausible is too old to know them"),
    REVENUE: (
        (REVENUE, "revenue metrics"),
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

#: an item, and the day it is of
Dated = tuple[date, Item]

#: what a conversion can say of itself and a visit cannot
Property = Literal["campaign_id", "coupon", "keyword", "landing_page", "referrer"]


def _read_site(value: str) -> str:
    if "://" not in value:
        return value
    domain = value.partition("://")[2].rstrip("/").removeprefix("www.")
    raise ValueError(f"'{value}' is an address: write the site's domain as Plausible shows it, as {domain}")


def _read_url(value: str) -> str:
    return re.sub(r"/api(/v\d+(/\w+)?)?$", "", value)


class PlausibleOptions(SourceEntry):
    """``properties``: a dimension, and the custom property of the goals' events that conversions take it from."""

    identity: ClassVar[tuple[str, ...]] = ("url", "site")

    site: Annotated[Line, AfterValidator(_read_site)]
    key: Secret
    url: Annotated[WebAddress, AfterValidator(_read_url)] = "https://plausible.io"
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
    provides: ClassVar[frozenset[str]] = REST | SALES
    lookback: ClassVar = 2  # days: visits that are still open, events sent late
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits()

    def __init__(self, options: PlausibleOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self._left_out = {} if options.revenue else {REVENUE: "no orders and no revenue: the entry says so"}
        self._is_revenue_unknown = False

    def check(self) -> SourceInfo:
        """Ask for the site's days, its goals and one day's figures: proves the key and all parts of the questions."""
        first, last = self._ends()
        days = Window(first.date(), last.date() + DAY)
        today = Window(days.last, days.end)
        read = [item for _, item in self._items(today, Tolerance())]
        goals = list(self._rows(days, [GOAL], ["events", REVENUE]))
        named = sorted(row.text(GOAL) for row in goals if self._events(row))
        currencies = {currency for row in goals if (currency := self._currency(row))}
        counted = f"conversions so far: {', '.join(named[:10]) or 'none'}"
        return SourceInfo(
            account=self.options.site,
            currency=currencies.pop() if len(currencies) == 1 else None,
            measures=self._measures(),
            days=days,
            remarks=(
                counted,
                *self._left_out.values(),
                *self._other_zone(first, last),
                *(item.text for item in read if isinstance(item, Remark)),
            ),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield visits and conversions of ``window``, as far as the site has days, two weeks at a time."""
        first, last = self._ends()
        days = Window(first.date(), last.date() + DAY).clip(window)
        if days is None:
            return
        untold, tolerance = days.start, Tolerance()  # from this day on nothing was said to be known
        for part in chunks(days, CHUNK):
            for _, item in self._items(part, tolerance):
                if untold < part.end:
                    yield Covered(Window(untold, part.end), self._measures())
                    untold = part.end
                yield item
        if days.start < untold < days.end:
            yield Covered(Window(untold, days.end), self._measures())
        yield from tolerance.ended()

    def _items(self, days: Window, tolerance: Tolerance) -> Iterator[Dated]:
        """Visits and conversions, each with its day; what cannot be read of a row before its reading."""
        return merge(self._visits(days, tolerance), self._conversions(days, tolerance), key=itemgetter(0))

    def _visits(self, days: Window, tolerance: Tolerance) -> Iterator[Dated]:
        """A day's rows, then what the whole day has beyond them: a visitor may stand in several, or in none.

        A visit stands in one: rows that have more of them than the day came in after its total was asked for.
        """
        totals = {day_of(row, days): row for row in self._rows(days, [TIME], [*COUNTS])}
        rows = self._rows(days, [TIME, *LABELS.values()], [*COUNTS, "visit_duration"])
        for day, of_day in groupby(rows, key=lambda row: day_of(row, days)):
            rest = tolerance.read("total", "of the site", totals.pop(day), counts_of) if day in totals else {}
            yield from ((day, item) for item in tolerance.told(day))
            for row in of_day:
                origin = self._origin(row)
                found = tolerance.read("visits of campaign", origin.campaign, row, visits_of)
                yield from ((day, item) for item in tolerance.told(day))
                rest = rest and {
                    measure: amount - ((found or {}).get(measure) or 0) for measure, amount in rest.items()
                }
                yield day, Reading(day, origin, found or dict.fromkeys(TRAFFIC))
            tolerance.prove()
            rest = rest and {name: max(part, 0) if name != Measure.VISITORS else part for name, part in rest.items()}
            if rest is None or any(rest.values()):
                yield day, Reading(day, Origin(), rest or dict.fromkeys(COUNTS.values()))
        if any(any(counts_of(row).values()) for row in totals.values()):
            raise SourceUnavailable(self._http.say(_CHANGED))

    def _conversions(self, days: Window, tolerance: Tolerance) -> Iterator[Dated]:
        """A reading for each day, goal and origin. A goal has a currency in all of its rows, or in none."""
        properties = {f"{label}": f"event:props:{name}" for label, name in self.options.properties.items()}
        dimensions = dict.fromkeys([TIME, GOAL, *LABELS.values(), *properties.values()])
        has_money: dict[str, bool] = {}
        for row in self._rows(days, [*dimensions], ["events", REVENUE]):
            goal, currency = row.text(GOAL), self._currency(row)
            if has_money.setdefault(goal, currency is not None) != (currency is not None):
                row.refuse(f"the goal '{goal}' has revenue in some rows only")
            found = tolerance.read("goal", goal, row, self._sales if currency is not None else self._met)
            day, origin = day_of(row, days), self._origin(row, properties)._replace(currency=currency or "")
            yield from ((day, item) for item in tolerance.told(day))
            yield day, Reading(day, origin, found or dict.fromkeys(REST - TRAFFIC if currency is None else OF_SALES))
        tolerance.prove()

    def _currency(self, row: Record) -> str | None:
        """None of a goal without money; empty where nobody could work it out."""
        if REVENUE in self._left_out:
            return None
        if self._is_revenue_unknown:
            return ""
        money = row.maybe_record(REVENUE)
        return money.currency("currency") if money else None

    def _sales(self, row: Record) -> dict[str, Decimal | int | None]:
        """Of a goal with a currency each conversion is an order; which goals have one is unknown where no amount is."""
        amount = None if self._is_revenue_unknown else row.record(REVENUE).amount("value")
        met = self._met(row)
        orders = None if amount is None else met[Measure.CONVERSIONS.value]
        return {**met, Measure.ORDERS.value: orders, Measure.REVENUE.value: amount}

    def _met(self, row: Record) -> dict[str, Decimal | int | None]:
        return {Measure.CONVERSIONS.value: self._events(row)}

    def _events(self, row: Record) -> int:
        """How often a goal was met; of scrolling Plausible counts visitors alone, which is another figure."""
        if "events" in row.values and not row.has("events"):
            reason = f"gives no number for the goal '{row.text(GOAL)}', as for all that count scrolling"
            raise SourceRefused(self._http.say(f"{reason}: list in 'goals' those that are conversions, without it"))
        return count_of(row, "events")

    def _origin(self, row: Record, properties: Mapping[str, str] | None = None) -> Origin:
        known = {label: dimension for label, dimension in LABELS.items() if dimension in row.values}
        return Origin(**{label: row.text(dimension) for label, dimension in {**known, **(properties or {})}.items()})

    def _measures(self) -> frozenset[str]:
        return REST if REVENUE in self._left_out else self.provides

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
        first, last = (moment_of(Record(f"{query.where}: date_range", ends), name) for name in ("first", "last"))
        return (first, last) if first.date() <= last.date() else query.refuse("date_range ends before it begins")

    def _rows(self, days: Window, dimensions: list[str], metrics: list[str]) -> Iterator[Record]:
        """The rows of a question, page after page, in the order of their days; each by the names asked for."""
        for rows in pages(self.context.source, 0, self._pages(days, dimensions, metrics)):
            for row in rows:
                yield Record(f"{self.context.source}: a row of {' and '.join(metrics)}", row)

    def _pages(
        self, days: Window, dimensions: list[str], metrics: list[str]
    ) -> Callable[[int], tuple[list[Any], int | None]]:
        """Gives the page from a place on. Raises SourceUnavailable where the list changes from one to the next."""
        last: dict[str, Any] = {"keys": set()}

        def page(offset: int) -> tuple[list[Any], int | None]:
            rows, total, following = self._page(days, dimensions, metrics, offset)
            keys = {str([row.get(name) for name in dimensions]) for row in rows}
            if last.get("total", total) != total or last["keys"] & keys:
                raise SourceUnavailable(self._http.say(_CHANGED))
            last.update(keys=keys, total=total)
            return rows, following

        return page

    def _page(
        self, days: Window, dimensions: list[str], metrics: list[str], offset: int
    ) -> tuple[list[Any], int | None, int | None]:
        """The rows from a place on, how many there are in all where that is told, and where the next page begins."""
        query, answer = self._ask(partial(self._query, days, dimensions, metrics, offset))
        rows = [named(query, row) for row in answer.records("results")]
        meta = answer.record("meta")
        if REVENUE in query["metrics"]:
            self._heed(meta)
        if "include" not in query:
            return rows, None, offset + PAGE if "pagination" in query and len(rows) == PAGE else None
        total = meta.count("total_rows")
        if len(rows) != min(PAGE, max(0, total - offset)):
            answer.refuse(f"gave {len(rows)} of {total} rows from row {offset} on")
        return rows, total, offset + PAGE if offset + PAGE < total else None

    def _query(self, days: Window, dimensions: list[str], metrics: list[str], offset: int) -> dict[str, Any]:
        """A question without the parts that are not known. Its rows are ordered by all they have, as pages need.

        By goals nothing can be ordered: those that are alike in all figures may change places.
        """
        asked = [name for name in dimensions if name not in self._left_out]
        figures = [name for name in metrics if name not in self._left_out]
        order = [[name, "asc"] for name in asked if name != GOAL]
        query: dict[str, Any] = {
            "metrics": figures,
            "dimensions": asked,
            "date_range": [f"{days.start}", f"{days.last}"],
        }
        query["order_by"] = [*order, *([name, "desc"] for name in figures if GOAL in asked)]
        if self.options.goals and GOAL in asked:
            query["filters"] = [["is", GOAL, [*self.options.goals]]]
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
            is_needed = part == REVENUE and self.options.revenue is True
            if part in asked and not is_needed and any(name in words for name in names):
                self._left_out[part] = lacks
                return True
        return False

    def _heed(self, meta: Record) -> None:
        """What an answer says of the revenue in it: there is none at all, or nobody could work it out."""
        warnings = meta.maybe_record("metric_warnings")
        warning = warnings.maybe_record(REVENUE) if warnings else None
        code = warning.text("code") if warning else None
        if code in ("no_revenue_goals_matching", "revenue_goals_unavailable"):
            self._left_out[REVENUE] = "no orders and no revenue: no goal that counts has a currency"
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

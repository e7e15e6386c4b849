"""Umami 3, on a server of one's own or in the cloud: visits by campaign, conversions, revenue by currency.

Only one report cuts figures by several labels at once, and it knows no days: days are asked for one by one, between
the moments they begin and end at in the plan's zone. What a day has beyond the report's rows has no label.

Source:
    github.com/umami-software/umami at c0ea3ae (v3.1.0: src/app/api, src/queries/sql), umami.is/docs/cloud/api-key,
    read 2026-11.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import model_validator

from config.addresses import WebAddress
from config.errors import SourceError, SourceRefused, SourceUnavailable
from config.fields import Currency, Line, Texts
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Dimension, Measure, SourceKind
from connectors.analytics.umami_rows import (
    CONVERSIONS,
    LABELS,
    ORDERS,
    REVENUE,
    TRAFFIC,
    chart_day,
    count_of,
    figures_of,
    origin_of,
    sales_of,
    totals_of,
)
from connectors.base import Context, Covered, Item, Note, Origin, Quality, Reading, Remark, SourceInfo
from connectors.kit.days import chunks, day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.tolerance import Tolerance

CLOUD = "https://api.umami.is/v1"
CLOUD_SECONDS = 15.0  # it takes 50 calls in so many seconds, and does not say when there may be more
CLOUD_GAP = CLOUD_SECONDS / 50
ROWS = 500  # of a breakdown, the most it gives
CAMPAIGNS = 20  # of an attribution, the most it gives
CHUNK = 92  # days of revenue asked for at once
USUAL = ("EUR", "USD", "GBP", "CHF", "CAD")  # currencies looked for that nobody named: Umami does not list them
SHOWN = 10  # websites named to who names another
LOOKED_BACK = 30  # days before a window in which revenue shows that the site sends any
_MILLISECOND = timedelta(milliseconds=1)


class UmamiOptions(SourceEntry):
    """With ``key`` the cloud, with ``username`` and ``password`` a server of one's own at ``url``."""

    identity: ClassVar[tuple[str, ...]] = ("website",)

    website: UUID
    url: WebAddress = CLOUD
    key: Secret | None = None
    username: Line | None = None
    password: Secret | None = None
    events: Texts | None = None
    currencies: tuple[Currency, ...] | None = None

    @model_validator(mode="after")
    def _says_who_asks(self) -> "UmamiOptions":
        by_name = self.username is not None and self.password is not None
        if (self.key is None) != by_name or (self.username is None) != (self.password is None):
            raise ValueError(
                "write 'key' for Umami Cloud, or 'url', 'username' and 'password' for a server of your own"
            )
        if self.key and self.url.startswith("https://cloud.umami.is"):
            raise ValueError(f"leave 'url' out: Umami Cloud is opened at {self.url}, and asked at {CLOUD}")
        if by_name and self.url == CLOUD:
            raise ValueError("'username' and 'password' are for a server of your own: write its address as 'url'")
        return self


class _Unseen(SourceRefused):
    """The website is not there, or not for who asks."""


class Umami:
    """Reads one website: two calls a day and one for each event, whatever the number of campaigns."""

    Options: ClassVar[type[SourceEntry]] = UmamiOptions
    kind: ClassVar = SourceKind.ANALYTICS
    provides: ClassVar[frozenset[str]] = frozenset({*TRAFFIC, CONVERSIONS, ORDERS, REVENUE})
    lookback: ClassVar = 2  # days: visits that go on, events sent late
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits()
    unlabelled: ClassVar = {ORDERS: frozenset(Dimension), REVENUE: frozenset(Dimension)}

    def __init__(self, options: UmamiOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self._zone = ZoneInfo(context.zone)
        self._is_fresh = False  # whether the login was just made, and nothing was answered since

    def check(self) -> SourceInfo:
        """Ask for the website and the reports of its last day and month: proves the login, its rights, the version."""
        website = self._website()
        days = self._known_days(website)
        month = days and Window(max(days.start, days.end - DAY * LOOKED_BACK), days.end)
        sales = self._sales(month) if month else None
        read = self._of_day(days.last, Tolerance()) if days else ()
        currencies = self._currencies
        return SourceInfo(
            account=f"{website.text('name')} ({website.maybe_text('domain') or 'no domain'})",
            zone=self.context.zone,
            currency=currencies[0] if len(currencies) == 1 else None,
            measures=self._measures(sales),
            days=days,
            remarks=(
                *self._remarks(website, sales, month),
                *(item.text for item in read or () if isinstance(item, Remark)),
            ),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the days of ``window`` that lie between the website's first and its last event."""
        known = self._known_days(self._website())
        days = known.clip(window) if known else None
        if days is None:
            return
        sales, tolerance = self._sales(days), Tolerance()
        untold = days.start  # from this day on nothing was said to be known
        for day in days:
            if (items := self._of_day(day, tolerance)) is None:
                yield Remark(f"day {day}: has visits and none of their pages yet: it is read again")
                if untold < day:
                    yield Covered(Window(untold, day), self._measures(sales))
                untold = day + DAY
                continue
            for item in (*items, *(sales or {}).get(day, ())):
                if untold <= day:
                    yield Covered(Window(untold, day + DAY), self._measures(sales))
                    untold = day + DAY
                yield item
        if days.start < untold < days.end:
            yield Covered(Window(untold, days.end), self._measures(sales))
        if len(days) >= LOOKED_BACK:
            yield from map(Remark, self._unseen_events(days))
        yield from tolerance.ended()

    def _of_day(self, day: date, tolerance: Tolerance) -> list[Item] | None:
        """Visits by their labels, the rest of the day without any, and conversions by campaign.

        None where Umami counts visits and tells of no page: those without a tag have a row as well.
        """
        rest = tolerance.read("total", "of the website", self._stats(day), totals_of)
        rows = self._breakdown(day) if rest is None or any(rest.values()) else []
        if rest and rest[Measure.SESSIONS] and not rows:
            return None
        items: list[Item] = []
        origins: dict[str, set[Origin]] = {}
        if len(rows) >= ROWS:
            items.append(Note(day, Quality.TRUNCATED, f"only the {ROWS} largest origins are known"))
        for row in rows:
            if (origin := origin_of(row)) != Origin():  # pages without a tag: also those of visits that came by one
                figures = tolerance.read("campaign", origin.campaign, row, figures_of)
                if rest and figures:
                    rest = {measure: amount - figures[measure] for measure, amount in rest.items()}
                origins.setdefault(origin.campaign, set()).add(origin)
                items.append(Reading(day, origin, figures or dict.fromkeys(TRAFFIC)))
        if rest is None or any(rest.values()):
            items.append(Reading(day, Origin(), rest or dict.fromkeys(TRAFFIC)))
        alone = {name: found.pop() for name, found in origins.items() if len(found) == 1 and len(rows) < ROWS}
        for event in self.options.events or ():
            items += self._conversions(day, event, alone, tolerance)
        tolerance.prove()
        return [*tolerance.told(day), *items]

    def _stats(self, day: date) -> Record:
        """What the whole day came to."""
        start, end = self._span(Window(day, day + DAY))
        moments = {"startAt": _milliseconds(start), "endAt": _milliseconds(end)}
        stats = self._record(f"the day {day}", self._get(f"websites/{self.options.website}/stats", moments))
        if isinstance(stats.values.get("pageviews"), dict):
            raise SourceRefused(self._http.say("answers as Umami 2 does, which cannot tell campaigns: update it to 3"))
        return stats

    def _breakdown(self, day: date) -> list[Record]:
        """The visits that saw a page with these labels in its address; only such pages are counted."""
        answer = self._report("breakdown", Window(day, day + DAY), fields=list(LABELS))
        return list(Record(f"{self.context.source}: the breakdown of {day}", {"rows": answer}).records("rows"))

    def _conversions(
        self, day: date, event: str, alone: Mapping[str, Origin], tolerance: Tolerance
    ) -> Iterator[Reading | Note]:
        """Visitors who did it that day, by the campaign they first came by that day.

        Labels are told one at a time: the others are known where the campaign had one combination of them (``alone``).
        """
        asked = {"model": "first-click", "type": "event", "step": event}
        where = f"the event '{event}' on {day}"
        report = self._record(where, self._report("attribution", Window(day, day + DAY), **asked))
        rest = count_of(report.record("total"), "visitors")
        campaigns = [(row.text("name"), row) for row in report.records("utm_campaign")]
        if len(campaigns) >= CAMPAIGNS:
            yield Note(day, Quality.TRUNCATED, f"only {CAMPAIGNS} campaigns are known of the event '{event}'")
        for campaign, row in campaigns:
            visitors = tolerance.read(f"'{event}' of campaign", campaign, row, lambda row: count_of(row, "value"))
            rest -= visitors or 0
            yield Reading(day, alone.get(campaign, Origin(campaign=campaign)), {CONVERSIONS: visitors})
        if rest:
            yield Reading(day, Origin(), {CONVERSIONS: rest})

    def _sales(self, days: Window) -> dict[date, list[Reading]] | None:
        """Orders and revenue by day and currency, which have no label; None where the site seems to send none."""
        found: dict[date, list[Reading]] = {}
        is_sent = False
        parts = chunks(Window(days.start - DAY * LOOKED_BACK, days.end), CHUNK)
        for part, currency in product(parts, self._currencies):
            for day, measures in self._revenue(part, currency):
                is_sent = True
                if day in days:
                    found.setdefault(day, []).append(Reading(day, Origin(currency=currency), measures))
        return found if is_sent else None

    def _lacks(self, currency: str, days: Window | None) -> bool:
        """Whether there is revenue in a currency that is not read, though others are."""
        is_read = not self._currencies or currency in self._currencies
        return days is not None and not is_read and any(self._revenue(days, currency))

    def _revenue(self, days: Window, currency: str) -> Iterator[tuple[date, dict[str, Decimal | int | None]]]:
        asked = {"unit": "day", "timezone": self.context.zone, "currency": currency}
        report = self._record(f"the revenue in {currency}", self._report("revenue", days, **asked))
        rows = [(chart_day(row), sales_of(row)) for row in report.records("chart")]
        if sum(measures[ORDERS] or 0 for _, measures in rows) < count_of(report.record("total"), "count"):
            report.refuse("its days hold less than their total")
        yield from rows

    @property
    def _currencies(self) -> tuple[str, ...]:
        return (self.context.currency,) if self.options.currencies is None else self.options.currencies

    def _measures(self, sales: object) -> frozenset[str]:
        conversions = {CONVERSIONS} if self.options.events else set()
        return frozenset({*TRAFFIC, *conversions, *(() if sales is None else (ORDERS, REVENUE))})

    def _remarks(self, website: Record, sales: object, month: Window | None) -> Iterator[str]:
        """What a person should know: what the website does not send, and what it does not keep."""
        others = [one for one in USUAL if self._lacks(one, month)]
        if others:
            yield f"there is revenue in {', '.join(others)}, which is not read: add it to 'currencies'"
        if self._currencies and sales is None:
            lacks = f"no revenue in {', '.join(self._currencies)} was seen in {LOOKED_BACK} days"
            yield f"no orders and no revenue: {lacks}"
        if month:
            yield from self._unseen_events(month)
        if website.has("resetAt"):
            yield f"it was reset at {website.moment('resetAt'):%Y-%m-%d %H:%M} UTC: what was before is gone"
        if self.options.key:
            yield "without a subscription, Umami Cloud shows the last six months only"

    def _unseen_events(self, days: Window) -> Iterator[str]:
        """The events that count and did not occur: perhaps the site writes them otherwise."""
        if self.options.events:
            known, span = self._event_names(days), max(len(days), LOOKED_BACK)
            for event in sorted(set(self.options.events) - set(known)):
                yield f"no event '{event}' in {span} days, but: {', '.join(known[:10]) or 'none at all'}"

    def _event_names(self, days: Window) -> list[str]:
        start, end = self._span(days)
        asked = {"startAt": _milliseconds(start), "endAt": _milliseconds(end), "type": "event", "limit": ROWS}
        answer = self._get(f"websites/{self.options.website}/metrics", asked)
        return [row.text("x") for row in self._record("the events", {"rows": answer}).records("rows")]

    # Asking.

    def _website(self) -> Record:
        """The website. Raises SourceRefused with those there are, where it is not one of them."""
        try:
            answer = self._get(f"websites/{self.options.website}")
            if answer is None:  # what an administrator is told of any other id
                raise _Unseen(self._http.say(f"there is no website {self.options.website}: correct 'website'"))
        except _Unseen as refusal:
            refusal.args = (f"{refusal}{self._seen()}",)
            raise
        return self._record("the website", answer)

    def _seen(self) -> str:
        """Some websites by their ids, for who named another; nothing where Umami does not say."""
        try:
            answer = self._record("the websites", self._get("websites", {"pageSize": SHOWN}))
            seen = [f"{one.text('id')} {one.text('name')}" for one in answer.records("data")]
        except SourceError:
            return ""
        return f"; it sees {self._http.words(', '.join(seen))}" if seen else "; it sees none"

    def _known_days(self, website: Record) -> Window | None:
        """From the first event, or the first whole day after a reset, up to the last event."""
        span = self._record("its dates", self._get(f"websites/{self.options.website}/daterange"))
        names = ("startDate", "endDate")
        if all(name in span.values and not span.has(name) for name in names):
            return None
        first, last = (day_of(span.moment(name, ZoneInfo("UTC")), self._zone) for name in names)
        if website.has("resetAt"):
            first = max(first, day_of(website.moment("resetAt"), self._zone) + DAY)
        return Window(first, last + DAY) if first <= last else None

    def _span(self, days: Window) -> tuple[datetime, datetime]:
        """The first and the last millisecond of some days: Umami includes both ends."""
        start, end = span_of(days, self._zone)
        return start, end - _MILLISECOND

    def _report(self, kind: str, days: Window, **asked: Any) -> Any:
        start, end = (f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z" for moment in self._span(days))
        parameters = {"startDate": start, "endDate": end, **asked}
        body = {"websiteId": str(self.options.website), "type": kind, "filters": {}, "parameters": parameters}
        return self._http.post_json(f"{self._base}/reports/{kind}", json=body)

    def _get(self, path: str, asked: Mapping[str, Any] | None = None) -> Any:
        return self._http.get_json(f"{self._base}/{path}", asked)

    def _record(self, what: str, answer: Any) -> Record:
        return Record.of(f"{self.context.source}: {what}", answer)

    @property
    def _base(self) -> str:
        return self.options.url if self.options.key else f"{self.options.url.removesuffix('/api')}/api"

    @cached_property
    def _http(self) -> Http:
        key = self.options.key
        if key is None:
            return Http(self.context.source, login=self._log_in, judge=self._judged, limits=self.limits)
        revealed = self.context.reveal(key)
        headers = {"Accept": "application/json", "x-umami-api-key": revealed}
        limits = replace(self.limits, gap_seconds=CLOUD_GAP)
        return Http(self.context.source, secrets=[revealed], headers=headers, judge=self._judged, limits=limits)

    def _log_in(self) -> Mapping[str, str]:
        assert self.options.password
        password = self.context.reveal(self.options.password)
        door = Http(self.context.source, secrets=[password], judge=self._judged_at_the_door, limits=self.limits)
        asked = {"username": self.options.username, "password": password}
        answer = self._record("the login", door.post_json(f"{self._base}/auth/login", json=asked))
        self._is_fresh = True
        return {"Authorization": f"Bearer {answer.text('token')}"}

    def _judged_at_the_door(self, answer: HttpAnswer) -> SourceError | None:
        if answer.status == 401:
            return SourceRefused("refuses the user name and password: correct 'username' or the password")
        return self._judged(answer)

    def _judged(self, answer: HttpAnswer) -> SourceError | None:
        """A refusal in a sentence that says what to change. One login that is no longer taken is made anew first."""
        if answer.status == 401 and (self.options.key or self._is_fresh):
            who = "the key" if self.options.key else f"the user '{self.options.username}'"
            seen = f"refuses {who}, or does not let it see the website {self.options.website}"
            return _Unseen(f"{seen}: correct 'website', or give the right to view it")
        if answer.status == 429 and self.options.key and "Retry-After" not in answer.headers:
            return SourceUnavailable("wants fewer requests", retry_after=CLOUD_SECONDS)
        if answer.status == 400:
            words = self._http.words(answer.content.decode("utf-8", "replace"))
            return SourceRefused(f"does not take the question ({words}): is it Umami 3.1 or later?")
        if answer.status in (404, 405):
            return SourceRefused(
                f"has not what is asked for: 'url' ({self.options.url}) must be that of an Umami 3, as it is opened at"
            )
        self._is_fresh = self._is_fresh and answer.status >= 300
        return None


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)

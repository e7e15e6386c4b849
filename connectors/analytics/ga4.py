"""Google Analytics 4, by its Data API: visits and what came of them by origin, and ad costs where it knows any.

``ga4_transport.py`` asks; here stands what is asked for, and what an answer means.

Source:
    developers.google.com/analytics/devguides/reporting/data/v1 (api-schema, changelog up to 2026-09-14) and
    support.google.com/analytics/answer/11198161 (freshness), read 2026-11; library google-analytics-data 0.23.3.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property, partial
from heapq import merge
from operator import itemgetter
from typing import Annotated, Any, ClassVar, Literal, NoReturn
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from config.addresses import WebAddress
from config.errors import SourceMisread, SourceUnavailable
from config.fields import Texts
from config.periods import DAY, Window
from config.sources import Secret, SourceEntry
from config.vocabulary import NOT_SET, OTHER, Dimension, Measure, SourceKind
from connectors.analytics.ga4_reports import ADS, ANY_COST, COSTS, FIRST, SESSION, TAGS, VISITS, Report, Said
from connectors.analytics.ga4_transport import GrpcTransport, RestTransport, Transport
from connectors.base import Context, Covered, Item, Note, Origin, Quality, Reading, Remark, SourceInfo
from connectors.kit.days import chunks
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits

KIND = "analyticsData#runReport"
WEEK = 7  # days asked for at once: of more, Google rather samples or folds rows into (other)
ADS_KNOWN_FOR = 90  # days without any cost after which there is no ad account to speak for
FEW_TOKENS = 1_000
FEW_VISITS = 50  # of a day, all of whose rows Google may keep to itself

BEGINNING = "2015-08-14"  # Google takes no earlier day
MAY_BE_NEGATIVE = {"purchaseRevenue", "advertiserAdCost"}  # what is paid back

Amount = Decimal | int
#: a row of a report: its day, the labels and Google's own row
Row = tuple[date, Origin, Report, Any]
Totals = dict[date, list[Row]]


def _read_property(value: Any) -> str:
    text = str(value).strip().removeprefix("properties/")
    if re.fullmatch(r"[0-9]{1,20}", text):
        return text
    raise ValueError(
        f"'{value}' is not the number of a property: it stands in Google Analytics under Admin, Property details, "
        "as 123456789 (what begins with G- or UA- is a stream's or an old property's id)"
    )


class Ga4Options(SourceEntry):
    """``conversions`` names the key events that count as such; without it all of them do."""

    identity: ClassVar[tuple[str, ...]] = ("property",)

    property: Annotated[
        str, BeforeValidator(_read_property), WithJsonSchema({"type": ["string", "integer"], "examples": ["123456789"]})
    ]
    credentials: Secret
    conversions: Annotated[Texts, Field(max_length=10)] | None = None
    transport: Literal["grpc", "rest"] = "grpc"
    endpoint: WebAddress | None = None

    @model_validator(mode="after")
    def _is_an_endpoint(self) -> "Ga4Options":
        if self.endpoint and self.transport == "grpc" and urlsplit(self.endpoint).path:
            raise ValueError("the endpoint of transport grpc is a host and a port, without a path")
        return self


class Ga4:
    """Reads a property of Google Analytics 4."""

    Options: ClassVar[type[SourceEntry]] = Ga4Options
    kind: ClassVar = SourceKind.ANALYTICS
    provides: ClassVar[frozenset[str]] = frozenset({*VISITS.values(), Measure.CONVERSIONS, *COSTS.values()})
    lookback: ClassVar = 4
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits(max_bytes=128 << 20, tries=3)  # ten failed requests an hour shut Google's door
    unlabelled: ClassVar = dict.fromkeys(COSTS.values(), frozenset({Dimension.CONTENT, Dimension.TERM}))
    page: ClassVar = 100_000  # rows

    def __init__(self, options: Ga4Options, context: Context) -> None:
        self.options = options
        self.context = context
        labels, events = {**SESSION, **TAGS}, options.conversions
        self._reports = [Report(labels, VISITS if events else {**VISITS, "keyEvents": Measure.CONVERSIONS})]
        if events:  # in a report of their own: one takes ten metrics
            self._reports += [Report(labels, {f"keyEvents:{name}": Measure.CONVERSIONS for name in events})]

    def check(self) -> SourceInfo:
        """Ask for a row of each report, and read its day: proves the key, its role, and the names of events."""
        said = Said()
        answers = [
            self._ask(one, ("yesterday", "yesterday"), said, limit=1, return_property_quota=True)
            for one in self._reports
        ]
        yesterday = [day for answer in answers for day in _days_of(answer)][:1]
        read = [item for day in yesterday for item in self.read(Window(day, day + DAY))]
        has_ads = self._has_ads(f"{ADS_KNOWN_FOR}daysAgo", "yesterday", said)
        metadata = answers[0].metadata
        zone = str(metadata.time_zone) or None
        return SourceInfo(
            account=f"properties/{self.options.property}",
            zone=zone,
            currency=said.currency or None,
            measures=self._measures(has_ads, said),
            since=self._first_day(said),
            remarks=(
                *self._remarks(answers[-1], zone, has_ads, said),
                *(item.text for item in read if isinstance(item, Remark)),
            ),
        )

    def _first_day(self, said: Said) -> date | None:
        """The first day with a visit; None where Google folded days together."""
        answer = self._ask(FIRST, (BEGINNING, "yesterday"), Said(), limit=1)
        return next(_days_of(answer), None)

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the days up to the last one that Google knows of; what rows leave out of a day's total comes last."""
        said = Said()
        totals = self._totals(window, said)
        if not totals:
            return
        known = Window(window.start, max(totals) + DAY)
        has_ads = self._has_ads(known.start - ADS_KNOWN_FOR * DAY, known.last, said)
        yield Covered(known, self._measures(has_ads, said))
        for week in chunks(known, WEEK):
            if any(day in totals for day in week):
                reports = [*self._reports, ADS] if has_ads else self._reports
                yield from self._days(week, reports, totals, replace(said, qualities=dict(said.qualities)))
        yield from said.tolerance.ended()

    def _measures(self, has_ads: bool, said: Said) -> frozenset[str]:
        metrics = [item for one in [*self._reports, ADS] for item in one.metrics.items() if one is not ADS or has_ads]
        return frozenset(measure for name, measure in metrics if name not in said.hidden)

    def _remarks(self, answer: Any, zone: str | None, has_ads: bool, said: Said) -> Iterator[str]:
        if zone is None:
            yield "it does not say the zone of its days"
        if not has_ads:
            yield f"it knows of no ad cost in {ADS_KNOWN_FOR} days"
        if said.hidden:
            yield f"the account may not see {', '.join(sorted(said.hidden))}"
        quota = answer.property_quota
        left = min(quota.tokens_per_day.remaining, quota.tokens_per_hour.remaining)
        if answer.HasField("property_quota") and left < FEW_TOKENS:
            yield f"only {left} tokens of Google's quota are left"

    def _days(self, week: Window, reports: list[Report], totals: Totals, said: Said) -> Iterator[Item]:
        """The readings of a week, those of a day from all reports together; at its end the rest of the day's total."""
        rows = merge(*(self._rows(report, week, said) for report in reports), key=itemgetter(0))
        row = next(rows, None)
        for day in week:
            yield from (Note(day, quality, text) for quality, text in said.qualities.items())
            rest = {name: part for total in totals.get(day, ()) for name, part in self._tolerated(total, said).items()}
            yield from said.tolerance.told(day)
            if self._is_without_rows(day, row, rest, said):
                yield Remark(f"day {day}: Google knows its total and no origin yet: it is read again")
                yield Reading(day, Origin(currency=said.currency), dict.fromkeys(rest))
                continue
            while row and row[0] == day:
                amounts = self._tolerated(row, said)
                yield from said.tolerance.told(day)
                rest = {name: part if part is None else part - (amounts.get(name) or 0) for name, part in rest.items()}
                yield Reading(day, row[1], _but_zeros(amounts))
                row = next(rows, None)
            said.tolerance.prove()
            left = {name: part if part is None else round(Decimal(part), 6) for name, part in rest.items()}
            if left := {name: part for name, part in left.items() if part != 0}:
                yield Reading(day, Origin(currency=said.currency), left)

    def _is_without_rows(self, day: date, row: Row | None, total: Mapping[str, Amount | None], said: Said) -> bool:
        """Whether a day has a total and not one row, though Google left none out for its few visitors."""
        is_there = row is not None and row[0] == day
        return not is_there and not said.qualities and (total.get(Measure.SESSIONS) or 0) >= FEW_VISITS

    def _tolerated(self, row: Row, said: Said) -> Mapping[str, Amount | None]:
        """The measures of a row, all of them unknown where it cannot be read."""
        _, origin, report, given = row

        def read(record: Record) -> Mapping[str, Amount]:
            amounts = self._amounts(report, given, said)
            visits, engaged = (amounts.get(name, 0) for name in (Measure.SESSIONS, Measure.ENGAGED_SESSIONS))
            # what came without the event that begins a visit has no source, and engagement alone
            if engaged > visits and report.labels and origin.source != NOT_SET:
                record.refuse(f"{engaged} of {visits} visits engaged")
            return amounts

        record = Record(f"{self.context.source}: a report's row", {})
        kind, name = ("campaign", origin.campaign) if report.labels else ("total", "of the property")
        found = said.tolerance.read(kind, name, record, read)
        seen = (measure for metric, measure in report.metrics.items() if metric not in said.hidden)
        return dict.fromkeys(seen) if found is None else found

    def _totals(self, window: Window, said: Said) -> Totals:
        """What each day came to; days without any visit are not there."""
        totals: Totals = {}
        for report in self._reports:
            for row in self._rows(replace(report, labels={}), window, said):
                totals.setdefault(row[0], []).append(row)
        return totals

    def _has_ads(self, since: object, until: object, said: Said) -> bool:
        """Whether there was any cost: an account that is not linked has none, and nothing is known of its ads."""
        answer = self._ask(ANY_COST, (since, until), Said(hidden=said.hidden), limit=1)
        costs = [one.value for row in answer.rows for one in row.metric_values if "advertiserAdCost" not in said.hidden]
        return any(self._amount("advertiserAdCost", cost) > 0 for cost in costs if cost)  # it may come blank

    def _rows(self, report: Report, window: Window, said: Said) -> Iterator[Row]:
        """The rows of a report, as they come. What Google folded into a day ``(other)`` is of no day."""
        days, next_day = {f"{day:%Y%m%d}": day for day in window}, window.start
        for answer in self._pages(report, window, said):
            for row in answer.rows:
                name, *labels = (one.value for one in row.dimension_values)
                if name in (OTHER, NOT_SET):
                    said.qualities[Quality.OTHER_ROW] = "some days are folded into (other)"
                    continue
                day = days.get(name)
                if day is None or day < next_day:
                    self._misread(f"a row's day is '{name[:10]}', where {next_day} to {window.last} was asked for")
                next_day = day
                origin = Origin(**dict(zip(report.labels.values(), labels, strict=True)), currency=said.currency)
                yield day, origin, report, row

    def _amounts(self, report: Report, row: Any, said: Said) -> dict[str, Amount]:
        """What the metrics of a row say. Raises SourceMisread for a figure that is none, or that cannot be."""
        amounts: dict[str, Amount] = {}
        for (name, measure), one in zip(report.metrics.items(), row.metric_values, strict=True):
            if name not in said.hidden:
                text = one.value
                is_plain = len(text) < 19 and text.isascii() and text.isdecimal()  # as most are
                amount = int(text) if is_plain else self._amount(name, text)
                amounts[measure] = amounts.get(measure, 0) + amount
        return amounts

    def _amount(self, name: str, text: str) -> Decimal:
        record = Record(f"{self.context.source}: a report's row", {name: text})
        amount = record.amount(name)
        return amount if amount >= 0 or name in MAY_BE_NEGATIVE else record.refuse(f"{name} is {amount}, below zero")

    def _pages(self, report: Report, window: Window, said: Said) -> Iterator[Any]:
        """The answers to one report, page after page."""
        offset, first, last, count = 0, None, None, None
        while True:
            answer = self._ask(report, (window.start, window.last), said, offset=offset, limit=self.page)
            if not answer.rows and not count:
                return
            if answer.rows and answer.rows[0] == first:
                self._misread("gave the same page twice")
            if answer.row_count != (count or answer.row_count) or _labels(answer, 0) == last:
                raise SourceUnavailable(self._line.say("its rows changed while they were read"))
            first, last, count = answer.rows[0], _labels(answer, -1), answer.row_count
            yield answer
            offset += len(answer.rows)
            if offset >= count:
                return

    def _ask(
        self, report: Report, days: tuple[object, object], said: Said, *, limit: int, offset: int = 0, **more: Any
    ) -> Any:
        """One page of a report on the days from one to another, both included."""
        since, until = map(str, days)
        request = {
            "property": f"properties/{self.options.property}",
            "dimensions": [{"name": name} for name in report.dimensions],
            "metrics": [{"name": name} for name in report.metrics],
            "date_ranges": [{"start_date": since, "end_date": until}],
            "order_bys": report.order,
            "offset": offset,
            "limit": limit,
            **more,
        }
        answer = self._line.report(request)
        self._prove(report, answer, offset, limit)
        said.add(answer.metadata)
        return answer

    def _prove(self, report: Report, answer: Any, offset: int, limit: int) -> None:
        """That an answer is one to this report, and whole."""
        if answer.kind != KIND:
            self._misread("the answer is no report")
        given = [one.name for one in answer.dimension_headers], [one.name for one in answer.metric_headers]
        if answer.rows and given != (report.dimensions, list(report.metrics)):
            self._misread("the report has other columns than were asked for")
        shape = (len(report.dimensions), len(report.metrics))
        if any((len(row.dimension_values), len(row.metric_values)) != shape for row in answer.rows):
            self._misread("a row of the report is not as long as its header")
        if len(answer.rows) != min(limit, max(0, answer.row_count - offset)):
            self._misread(f"the report says it has {answer.row_count} rows, and gives {len(answer.rows)} from {offset}")
        if answer.rows and not re.fullmatch("[A-Z]{3}", answer.metadata.currency_code):
            self._misread("the report does not say its currency")

    @cached_property
    def _line(self) -> Transport:
        make = GrpcTransport if self.options.transport == "grpc" else RestTransport
        source, secret = self.context.source, self.options.credentials
        return make(source, self.options.endpoint, partial(self.context.reveal, secret), self.limits)

    def _misread(self, reason: str) -> NoReturn:
        raise SourceMisread(self._line.say(reason))


def _days_of(answer: Any) -> Iterator[date]:
    """The days of an answer's rows that are days."""
    names = (row.dimension_values[0].value for row in answer.rows)
    return (Record("", {"day": name}).day("day") for name in names if name not in (OTHER, NOT_SET))


def _labels(answer: Any, place: int) -> list[str] | None:
    return [one.value for one in answer.rows[place].dimension_values] if answer.rows else None


def _but_zeros(amounts: Mapping[str, Amount | None]) -> Mapping[str, Amount | None]:
    """A zero adds nothing, and ``Covered`` says that it is known."""
    return {measure: amount for measure, amount in amounts.items() if amount != 0} or amounts

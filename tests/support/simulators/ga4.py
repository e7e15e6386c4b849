"""Google Analytics 4 on loopback: the Data API's ``runReport``, over HTTP and over gRPC, as strict as Google's.

What it refuses, and the words it does it in: developers.google.com/analytics/devguides/reporting/data/v1, and the
table of incompatible fields that singer-io/tap-ga4 recorded from ``checkCompatibility``.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import grpc  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.analytics.data_v1beta.types import RunReportRequest, RunReportResponse
from google.auth import jwt
from google.protobuf.json_format import MessageToDict, ParseDict  # type: ignore[import-untyped]
from simulators.vendor import Simulator, refuse
from simulators.web_server import Answer, Seen, json_answer

AUDIENCE = "https://analyticsdata.googleapis.com/"
EMAIL = "vigie@canary-project.iam.gserviceaccount.com"
KEY_ID = "canary0key0id"
SERVICE = "google.analytics.data.v1beta.BetaAnalyticsData"
MORE = "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema "
EXPLORER = "To learn more, see https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/"
PROPERTY_ID = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id."

MOST_ROWS = 250_000  # of one answer, whatever is asked for

_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505, thrown away with the process, and quickly made
PRIVATE = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = _KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)  # fmt: skip

#: the file that Google gives for a service account
KEY_FILE = json.dumps(
    {
        "type": "service_account",
        "project_id": "canary-project",
        "private_key_id": KEY_ID,
        "private_key": PRIVATE,
        "client_email": EMAIL,
        "token_uri": "https://oauth2.googleapis.com/token",
    }
)

SESSION = {
    "sessionCampaignName", "sessionCampaignId", "sessionSource", "sessionMedium", "sessionSourceMedium",
    "sessionDefaultChannelGroup", "sessionManualCampaignName", "sessionManualCampaignId",
}  # fmt: skip
EVENT = {"campaignName", "campaignId", "source", "medium", "defaultChannelGroup"}
TAGS = {"sessionManualAdContent", "sessionManualTerm", "landingPage", "orderCoupon", "transactionId"}
PLAIN = {"date", "country", "deviceCategory", "eventName", "newVsReturning"}
DIMENSIONS = SESSION | EVENT | TAGS | PLAIN

TYPES = {
    "sessions": "TYPE_INTEGER",
    "totalUsers": "TYPE_INTEGER",
    "newUsers": "TYPE_INTEGER",
    "engagedSessions": "TYPE_INTEGER",
    "userEngagementDuration": "TYPE_SECONDS",
    "screenPageViews": "TYPE_INTEGER",
    "keyEvents": "TYPE_FLOAT",
    "ecommercePurchases": "TYPE_INTEGER",
    "purchaseRevenue": "TYPE_CURRENCY",
    "advertiserAdCost": "TYPE_CURRENCY",
    "advertiserAdClicks": "TYPE_INTEGER",
    "advertiserAdImpressions": "TYPE_INTEGER",
}
COSTS = {"advertiserAdCost", "advertiserAdClicks", "advertiserAdImpressions"}
NOT_BY_EVENT = {"newUsers", "userEngagementDuration", "screenPageViews", "ecommercePurchases"}
FIELDS = {
    "dimensions", "metrics", "dateRanges", "dimensionFilter", "metricFilter", "offset", "limit", "metricAggregations",
    "orderBys", "currencyCode", "cohortSpec", "keepEmptyRows", "returnPropertyQuota", "comparisons",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """Figures of a day under labels, both by their names at Google.

    Without a day they are those that Google folded into ``(other)``; ``is_hidden`` ones count in the totals of days,
    and are in no row that tells them apart.
    """

    day: date | None
    metrics: Mapping[str, Decimal | int]
    labels: Mapping[str, str] = field(default_factory=dict)
    is_hidden: bool = False


class No(Exception):
    """A refusal as both transports know it."""

    def __init__(self, status: int, name: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status, self.name, self.message, self.reason = status, name, message, reason

    @property
    def body(self) -> dict[str, Any]:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": self.reason, "domain": "googleapis.com"}
        details = {"details": [info]} if self.reason else {}
        return {"error": {"code": self.status, "message": self.message, "status": self.name, **details}}


def invalid(message: str) -> No:
    return No(400, "INVALID_ARGUMENT", message)


class Ga4(Simulator):
    """A property, with what it saw."""

    entry: ClassVar = (
        'web: {{connector: ga4, property: "123456789", credentials: {{env: GA4_KEY}}, '
        'transport: rest, endpoint: "{url}"}}'
    )
    secrets: ClassVar = {"GA4_KEY": KEY_FILE}

    def __init__(self, lines: Iterable[Line] = (), port: int = 0) -> None:
        super().__init__(port)
        self.property = "123456789"
        self.today = date(2026, 4, 1)
        self.zone, self.currency = "Europe/Paris", "EUR"
        self.events = {"purchase", "generate_lead", "sign_up"}
        self.metadata: dict[str, Any] = {}  #: said beside zone and currency
        self.by_origin: dict[str, Any] = {}  #: said as well, of reports with more than days
        self.tokens = 199_996
        self.types_as_numbers = False
        self.is_brief = False  #: says nothing of zone and currency where there is no row
        self.given = 0  #: rows
        self.asked: list[dict[str, Any]] = []
        self.grpc_faults: list[tuple[grpc.StatusCode, str] | None] = []
        self.hold(lines)

    def hold(self, lines: Iterable[Line]) -> None:
        """See exactly this, in the place of what was seen."""
        self._by_day: dict[date | None, list[Line]] = defaultdict(list)
        for line in lines:
            self._by_day[line.day].append(line)

    # The ways in.

    def answer(self, seen: Seen) -> Answer:
        place = re.fullmatch(r"/v1beta/properties/([^/:]+):runReport", seen.path)
        if seen.method != "POST" or not place:
            return json_answer(No(404, "NOT_FOUND", "Requested entity was not found.").body, status=404)
        try:
            self._authorize(seen.headers.get("authorization", ""))
            return json_answer(self.report(place[1], seen.json))
        except No as no:
            raise refuse(no.status, no.body) from None

    @contextmanager
    def over_grpc(self) -> Iterator[str]:
        """The same property over gRPC, at the address given."""
        server = grpc.server(futures.ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
        method = grpc.unary_unary_rpc_method_handler(
            self._call, RunReportRequest.deserialize, RunReportResponse.serialize
        )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"RunReport": method}),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.stop(None).wait()

    def _call(self, request: RunReportRequest, context: grpc.ServicerContext) -> RunReportResponse:
        if self.grpc_faults and (fault := self.grpc_faults.pop(0)):
            context.abort(*fault)
        body = MessageToDict(RunReportRequest.pb(request))
        try:
            self._authorize(dict(context.invocation_metadata()).get("authorization", ""))
            answer = self.report(body.pop("property", "").removeprefix("properties/"), body)
        except No as no:
            context.abort(grpc.StatusCode[no.name], no.message)
        return _message(answer)

    def _authorize(self, header: str) -> None:
        try:
            jwt.decode(header.removeprefix("Bearer "), PUBLIC, audience=AUDIENCE)  # type: ignore[no-untyped-call]
        except ValueError:
            message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
            raise No(401, "UNAUTHENTICATED", f"{message}or other valid authentication credential.") from None

    # The report.

    def report(self, property: str, body: dict[str, Any]) -> dict[str, Any]:
        """What ``runReport`` answers."""
        self.asked.append(body)
        if property != self.property:
            message = (
                "User does not have sufficient permissions for this property. To learn more about Property ID, see "
            )
            raise No(403, "PERMISSION_DENIED", message + PROPERTY_ID)
        for name in body.keys() - FIELDS:
            raise invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
        dimensions = [one["name"] for one in body.get("dimensions", ())]
        metrics = [one["name"] for one in body.get("metrics", ())]
        self._check(dimensions, metrics)
        rows = self._rows(dimensions, metrics, self._days(body))
        rows = self._sorted(rows, body.get("orderBys", ()), dimensions, metrics)
        offset, limit = int(body.get("offset", 0)), min(int(body.get("limit", 10_000)), MOST_ROWS)
        if offset < 0 or limit < 1:
            raise invalid("The request's limit and offset must be positive.")
        page = rows[offset : offset + limit]
        self.given += len(page)
        return self._written(dimensions, metrics, page, len(rows), quota=bool(body.get("returnPropertyQuota")))

    def _check(self, dimensions: Sequence[str], metrics: Sequence[str]) -> None:
        if len(dimensions) > 9:
            raise invalid(f"Requests are limited to 9 dimensions; this request has {len(dimensions)} dimensions.")
        if len(metrics) > 10:
            raise invalid(f"Requests are limited to 10 metrics; this request has {len(metrics)} metrics.")
        if not dimensions and not metrics:
            raise invalid("Requests require dimensions and/or metrics. Most requests include both.")
        for name in dimensions:
            if name not in DIMENSIONS:
                raise invalid(f"Field {name} is not a valid dimension. For a list of valid dimensions, see {MORE}")
        for name in metrics:
            if name not in TYPES and name.removeprefix("keyEvents:") not in self.events:
                raise invalid(
                    f"Field {name} is not a valid metric. For a list of valid dimensions and metrics, see {MORE}"
                )
        self._check_pairs(set(dimensions), set(metrics))

    def _check_pairs(self, dimensions: set[str], metrics: set[str]) -> None:
        """The fields that Google does not join."""
        apart = f"The request's dimensions & metrics are incompatible. {EXPLORER}"
        if metrics & COSTS and not dimensions & (SESSION | EVENT):
            raise invalid(f"Please add sessionCampaignName to make the request compatible. {apart}")
        if metrics & COSTS and (wrong := dimensions & TAGS):
            raise invalid(f"Please remove {min(wrong)} to make the request compatible. {apart}")
        if dimensions & EVENT and (wrong := metrics & NOT_BY_EVENT):
            raise invalid(f"Please remove {min(wrong)} to make the request compatible. {apart}")

    def _days(self, body: Mapping[str, Any]) -> list[date]:
        ranges = body.get("dateRanges", [])
        if len(ranges) != 1:
            raise invalid("This simulator knows reports of one date range.")
        start, end = self._day(ranges[0].get("startDate", "")), self._day(ranges[0].get("endDate", ""))
        if end < start:
            raise invalid(f"Invalid value at 'date_ranges[0]': startDate {start} is after endDate {end}.")
        return sorted(day for day in self._by_day if day and start <= day <= end)

    def _day(self, text: str) -> date:
        ago = {"today": 0, "yesterday": 1}.get(text)
        if found := re.fullmatch(r"(\d+)daysAgo", text):
            ago = int(found[1])
        if ago is not None:
            return self.today - timedelta(days=ago)
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise invalid(f"Invalid date: {text}. Dates are YYYY-MM-DD, NdaysAgo, yesterday, or today.")
        return date.fromisoformat(text)

    def _rows(self, dimensions: Sequence[str], metrics: Sequence[str], days: Sequence[date]) -> list[Any]:
        """``(labels, amounts)`` of everything that is not zero."""
        tells_apart = bool(set(dimensions) - {"date"})
        sums: dict[tuple[str, ...], list[Decimal | int]] = {}
        for day in [*days, None] if tells_apart else days:
            for line in self._by_day.get(day, ()):
                if not (line.is_hidden and tells_apart):
                    known = {"date": f"{day:%Y%m%d}" if day else "(other)", **line.labels}
                    labels = tuple(known.get(name, "(not set)") for name in dimensions)
                    before = sums.setdefault(labels, [0] * len(metrics))
                    sums[labels] = [a + line.metrics.get(name, 0) for a, name in zip(before, metrics, strict=True)]
        return [(labels, amounts) for labels, amounts in sums.items() if any(amounts)]

    def _sorted(self, rows: list[Any], orders: Sequence[Any], dimensions: list[str], metrics: list[str]) -> list[Any]:
        """By the last order first; without an order as it comes, which is as good as any."""
        for order in reversed(orders):
            name = order.get("dimension", {}).get("dimensionName") or order.get("metric", {}).get("metricName")
            if name not in {*dimensions, *metrics}:
                raise invalid(f"Field {name} exists in OrderBy but is not defined in input Dimensions/Metrics list.")
            part, names = (0, dimensions) if name in dimensions else (1, metrics)
            rows.sort(key=lambda row: row[part][names.index(name)], reverse=order.get("desc", False))
        return rows

    def _written(
        self, dimensions: list[str], metrics: list[str], rows: list[Any], count: int, *, quota: bool
    ) -> dict[str, Any]:
        """As proto3 writes JSON: what is empty or zero is left out; all values are texts."""
        kinds = {"TYPE_INTEGER": 1, "TYPE_FLOAT": 2, "TYPE_SECONDS": 4, "TYPE_CURRENCY": 9}
        types = [TYPES.get(name, "TYPE_FLOAT") for name in metrics]
        written = [
            {
                "dimensionValues": [{"value": label} if label else {} for label in labels],
                "metricValues": [{"value": str(amount)} for amount in amounts],
            }
            for labels, amounts in rows
        ]
        more = self.by_origin if set(dimensions) - {"date"} else {}
        where = {"currencyCode": self.currency, "timeZone": self.zone} if rows or not self.is_brief else {}
        return {
            "dimensionHeaders": [{"name": name} for name in dimensions],
            "metricHeaders": [
                {"name": name, "type": kinds[kind] if self.types_as_numbers else kind}
                for name, kind in zip(metrics, types, strict=True)
            ],
            **({"rows": written} if written else {}),
            **({"rowCount": count} if count else {}),
            "metadata": {**where, **self.metadata, **more},
            **({"propertyQuota": self._quota()} if quota else {}),
            "kind": "analyticsData#runReport",
        }

    def _quota(self) -> dict[str, Any]:
        return {
            "tokensPerDay": {"consumed": 4, "remaining": self.tokens},
            "tokensPerHour": {"consumed": 4, "remaining": min(self.tokens, 39_996)},
            "concurrentRequests": {"remaining": 10},
            "serverErrorsPerProjectPerHour": {"remaining": 10},
            "potentiallyThresholdedRequestsPerHour": {"remaining": 120},
            "tokensPerProjectPerHour": {"consumed": 4, "remaining": 13_996},
        }


def _message(answer: dict[str, Any]) -> RunReportResponse:
    """The same as protobuf; its rows by hand, which is a tenth of the work."""
    response = RunReportResponse()
    message = RunReportResponse.pb(response)
    rows = answer.pop("rows", ())
    ParseDict(answer, message)
    for row in rows:
        made = message.rows.add()
        for one in row["dimensionValues"]:
            made.dimension_values.add(**one)
        for one in row["metricValues"]:
            made.metric_values.add(**one)
    return response


def labels(campaign: str, source: str, medium: str, channel: str, **more: str) -> dict[str, str]:
    """A visit's origin, by Google's names."""
    return {
        "sessionCampaignName": campaign,
        "sessionCampaignId": "(not set)",
        "sessionSource": source,
        "sessionMedium": medium,
        "sessionDefaultChannelGroup": channel,
        **more,
    }


SPRING = labels("spring-sale", "google", "cpc", "Paid Search", sessionManualAdContent="blue", sessionManualTerm="linen")
LETTER = labels("letter-3", "newsletter", "email", "Email")
ORGANIC = labels("(organic)", "google", "organic", "Organic Search")


def visits(sessions: int, orders: int = 0, revenue: str = "0", events: str = "0") -> dict[str, Decimal | int]:
    """What a number of visits came to."""
    return {
        "sessions": sessions,
        "totalUsers": sessions * 9 // 10,
        "newUsers": sessions // 2,
        "engagedSessions": sessions * 2 // 3,
        "userEngagementDuration": sessions * 47,
        "screenPageViews": sessions * 3,
        "keyEvents": Decimal(events),
        "keyEvents:purchase": orders,
        "keyEvents:generate_lead": Decimal(events) - orders,
        "ecommercePurchases": orders,
        "purchaseRevenue": Decimal(revenue),
    }


def march() -> Iterator[Line]:
    """A small shop's site in March 2026, with a campaign that Google knows the cost of."""
    for day in (date(2026, 3, 1) + timedelta(days=number) for number in range(31)):
        yield Line(day, visits(40 + day.day, 1, "39.90", "1.5"), SPRING)
        yield Line(day, visits(100 - day.day, 2, "101.25", "3"), ORGANIC)
        if day.day % 7 == 3:
            yield Line(day, visits(60, 3, "150.30", "4.3333333333333333"), LETTER)
        cost = visits(0) | {
            "advertiserAdCost": Decimal("12.34"),
            "advertiserAdClicks": 41,
            "advertiserAdImpressions": 1900,
        }
        yield Line(day, cost, labels("spring-sale", "google", "cpc", "Paid Search"))


def example(port: int = 0) -> Ga4:
    """A small shop's site."""
    return Ga4(march(), port)

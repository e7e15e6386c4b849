"""Umami: the shared contracts over its simulator, and every trap of its API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
import yaml
from connector_contract import MARCH, Amount, ConnectorContract, Over, Row, readings
from fault_contract import FaultContract
from hypothesis import strategies as st
from pydantic import ValidationError
from simulators.umami import KEY, PASSWORD, USER, WEBSITE, Event, Pages, Sale, Twice, Website, example
from simulators.umami import Umami as Vendor
from simulators.web_server import json_answer, too_many

from config.errors import SourceMisread, SourceRefused
from config.periods import Window
from connectors.analytics.umami import CLOUD, CLOUD_GAP, Umami, UmamiOptions
from connectors.base import Context, Covered, Note, Origin, Quality, Remark

DAY = timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")
TENTH = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 11, tzinfo=UTC)
TRAFFIC = frozenset({"sessions", "visitors", "page_views", "engagement_seconds"})
SALES = frozenset({"orders", "revenue"})


def umami(vendor: Vendor, *, secret: str | None = None, zone: str = "Europe/Paris", **options: Any) -> Umami:
    """A connector as ``sources.yaml`` would make it."""
    if vendor.is_cloud:
        who: dict[str, Any] = {"key": {"env": "UMAMI_KEY"}, "url": vendor.url("/v1")}
    else:
        who = {"username": USER, "password": {"env": "UMAMI_PASSWORD"}, "url": vendor.url("")}
    entry = {"connector": "umami", "website": WEBSITE, **who, **options}
    revealed = secret or (KEY if vendor.is_cloud else PASSWORD)
    return Umami(UmamiOptions.model_validate(entry), Context("web", Path(), zone, "EUR", reveal=lambda _: revealed))


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def cloud() -> Iterator[Vendor]:
    with Vendor(is_cloud=True) as vendor:
        yield vendor


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would have been slept between requests, on a clock that stands still."""
    slept: list[float] = []
    monkeypatch.setattr("connectors.kit.http.time", SimpleNamespace(monotonic=lambda: 0.0, sleep=slept.append))
    return slept


def pages(place: int, row: Row) -> Pages:
    """A line of a ledger, in the first or in the last millisecond of its day."""
    start = datetime.combine(row.day, time(), tzinfo=PARIS).astimezone(UTC)
    end = datetime.combine(row.day + DAY, time(), tzinfo=PARIS).astimezone(UTC)
    count = int(row.measures["sessions"] or 0)
    at = end - timedelta(milliseconds=1) if place % 2 else start
    return Pages(at, row.labels, count, count, count, row.measures["engagement_seconds"])


class TestUmami(ConnectorContract):
    count = "sessions"
    money = "engagement_seconds"
    canaries = (PASSWORD, "canary-wrong")
    many = 4_000
    weighed = 2_000
    leaves_out: ClassVar[Mapping[str, str]] = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "Umami counts: it has no cell that nobody filled in",
        "test_two_currencies_stay_apart": "visits have no currency; revenue in two is tested below",
        "test_money_may_be_negative": "the time on a site cannot be negative",
    }

    @pytest.fixture
    def over(self, vendor: Vendor) -> Over:
        def build(ledger: Sequence[Row]) -> Umami:
            vendor.website = Website([pages(place, row) for place, row in enumerate(ledger)])
            return umami(vendor)

        return build

    @pytest.fixture
    def absent(self, vendor: Vendor) -> Umami:
        return umami(vendor, url=vendor.url("/elsewhere"))

    @pytest.fixture
    def failing(self, vendor: Vendor) -> Sequence[Umami]:
        other = "00000000-0000-4000-8000-000000000000"
        return [umami(vendor, secret="canary-wrong"), umami(vendor, website=other)]

    @pytest.fixture
    def consumed(self, vendor: Vendor) -> Callable[[], int]:
        return lambda: vendor.given

    def row(self, day: date, count: Amount, money: Amount = 0, label: str = "", currency: str = "") -> Row:
        """Each visit is somebody else's, of one page; there is no currency."""
        counts = {"sessions": count, "visitors": count, "page_views": count}
        return Row(day, {**counts, "engagement_seconds": money}, {"campaign": label} if label else {}, "")

    def ledgers(self) -> st.SearchStrategy[list[Row]]:
        """Ledgers of a few days: each day is asked for by itself."""
        return st.lists(
            st.builds(
                self.row,
                st.dates(date(2026, 3, 25), date(2026, 4, 3)),
                st.integers(0, 10**6),
                st.decimals(0, 10**6, places=2),
                st.sampled_from(["", "spring", "été"]),
            ),
            max_size=12,
        )

    def test_a_restated_row_is_read_as_restated(self, over: Over) -> None:
        over([self.row(TENTH, 5, Decimal(50), "a")]).check()
        restated = self.row(TENTH, 4, Decimal("38.5"), "a")
        (reading,) = readings(over([restated]))
        assert reading.measures == restated.measures


class TestUmamiInTrouble(FaultContract):
    connector_class = Umami
    canaries = (PASSWORD, "canary-umami-token")
    window = Window(TENTH, TENTH + 2 * DAY)
    logins = 1
    drifts = 60

    @pytest.fixture
    def vendor(self) -> Iterator[Vendor]:
        with example() as vendor:
            yield vendor

    @pytest.fixture
    def connector(self, vendor: Vendor) -> Umami:
        return umami(vendor, events=["signup"])


def covered(connector: Umami, window: Window = MARCH) -> dict[date, frozenset[str]]:
    """What is known of each day."""
    return {day: item.measures for item in connector.read(window) if isinstance(item, Covered) for day in item.window}


def by_origin(connector: Umami, measure: str) -> dict[Origin, Decimal | int | None]:
    return {reading.origin: reading.measures[measure] for reading in readings(connector) if measure in reading.measures}


# Visits.


SPRING = {"campaign": "Spring_Sale", "source": "newsletter", "medium": "email", "content": "top", "term": "tea"}


def test_visits_are_cut_by_all_five_labels(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING, 8, 7, 9, 30), Pages(NOON, {"source": "google"}, 2, 2, 3, 5)]
    assert {reading.origin: reading.measures for reading in readings(umami(vendor))} == {
        Origin(**SPRING): {"sessions": 8, "visitors": 7, "page_views": 9, "engagement_seconds": 30},
        Origin(source="google"): {"sessions": 2, "visitors": 2, "page_views": 3, "engagement_seconds": 5},
    }


def test_a_visit_that_goes_on_to_a_page_without_labels_is_counted_once(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING, 8, 7, 8, 0), Pages(NOON, {}, 20, 18, 60, 2400)]
    vendor.website.twice = [Twice(NOON, 6, 5)]
    assert by_origin(umami(vendor), "sessions") == {Origin(**SPRING): 8, Origin(): 14}
    assert by_origin(umami(vendor), "visitors") == {Origin(**SPRING): 7, Origin(): 13}
    assert by_origin(umami(vendor), "page_views") == {Origin(**SPRING): 8, Origin(): 60}


def test_a_rest_may_be_negative_so_that_the_day_is_right(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING, 1), Pages(NOON, {"campaign": "autumn"}, 1)]
    vendor.website.twice = [Twice(NOON, 1, 1)]
    assert by_origin(umami(vendor), "visitors")[Origin()] == -1


@pytest.mark.parametrize("database", ["postgresql", "clickhouse"])
def test_numbers_of_either_database_are_read(vendor: Vendor, database: str) -> None:
    vendor.database = database
    vendor.website.pages = [Pages(NOON, SPRING, 8, 7, 9, 30), Pages(NOON + 2 * DAY, SPRING, 1)]
    vendor.website.sales = [Sale(NOON, Decimal("199.90"))]
    found = readings(umami(vendor))
    assert [reading.measures.get("engagement_seconds") for reading in found if reading.day == TENTH] == [30, None]
    assert [reading.measures for reading in found if "orders" in reading.measures] == [
        {"orders": 1, "revenue": Decimal("199.9")}
    ]
    assert TENTH + DAY in covered(umami(vendor))  # its sums are null: nothing was there to add up
    assert TENTH + DAY not in {reading.day for reading in found}


def test_a_sum_that_is_null_though_there_were_visits_is_misread(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING, 8, 7, 9, 30)]
    vendor.distort(lambda body: body.replace(b'"totaltime": 30, "comparison"', b'"totaltime": null, "comparison"'))
    with pytest.raises(SourceMisread, match="the day 2026-03-10: totaltime is empty"):
        readings(umami(vendor))


def test_more_origins_than_a_breakdown_gives_are_in_the_rest_and_noted(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, {"campaign": f"c{place}"}, 1 + (place < 500)) for place in range(510)]
    items = list(umami(vendor).read(MARCH))
    assert [item.quality for item in items if isinstance(item, Note)] == [Quality.TRUNCATED]
    assert by_origin(umami(vendor), "sessions")[Origin()] == 10


def told_of(connector: Umami) -> tuple[list[str], list[Quality]]:
    """What is remarked and noted."""
    items = list(connector.read(MARCH))
    return [item.text for item in items if isinstance(item, Remark)], [
        item.quality for item in items if isinstance(item, Note)
    ]


@pytest.mark.parametrize(
    ("visits", "reason"), [("null", "visits is empty, not a whole number"), ("-8", "visits is -8, below zero")]
)
def test_a_campaign_that_cannot_be_read_is_unknown_and_named_and_the_rest_stands(
    vendor: Vendor, visits: str, reason: str
) -> None:
    vendor.website.pages = [Pages(NOON, SPRING, 8, 7, 9, 30), Pages(NOON, {"source": "google"}, 2, 2, 3, 5)]
    vendor.distort(
        lambda body: body.replace(b'"visits": 8, "bounces": "0"', f'"visits": {visits}, "bounces": 0'.encode())
    )
    remark = f"day 2026-03-10, campaign 'Spring_Sale': {reason}: left out"
    assert told_of(umami(vendor)) == ([remark], [Quality.TRUNCATED])
    assert by_origin(umami(vendor), "sessions") == {Origin(**SPRING): None, Origin(source="google"): 2, Origin(): 8}
    assert remark in umami(vendor).check().remarks


def test_a_total_that_cannot_be_read_leaves_the_rest_of_its_day_unknown(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING, 8, 7, 9, 30), Pages(NOON + DAY, SPRING, 3)]
    vendor.distort(lambda body: body.replace(b'"totaltime": 30, "comparison"', b'"totaltime": null, "comparison"'))
    assert [(one.day.day, one.origin.campaign, one.measures["sessions"]) for one in readings(umami(vendor))] == [
        (10, "Spring_Sale", 8),
        (10, "", None),
        (11, "Spring_Sale", 3),
    ]
    remark = "day 2026-03-10, total 'of the website': totaltime is empty, not an amount: left out"
    assert told_of(umami(vendor)) == ([remark], [Quality.TRUNCATED])


def test_where_no_row_can_be_read_the_answer_is_wrong(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING, 8), Pages(NOON, {"source": "google"}, 8)]
    vendor.distort(lambda body: body.replace(b'"visits": 8, "bounces": "0"', b'"visits": null, "bounces": "0"'))
    with pytest.raises(SourceMisread, match="visits is empty, not a whole number"):
        readings(umami(vendor))


def test_conversions_of_a_campaign_that_cannot_be_read_are_unknown(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.website.events = [Event(NOON, "signup", who, campaign) for who, campaign in (("anne", "a"), ("bert", "b"))]
    vendor.distort(lambda body: body.replace(b'{"name": "b", "value": 1}', b'{"name": "b", "value": null}'))
    connector = umami(vendor, events=["signup"])
    assert by_origin(connector, "conversions") == {Origin(campaign="a"): 1, Origin(campaign="b"): None, Origin(): 1}
    remark = "day 2026-03-10, 'signup' of campaign 'b': value is empty, not a whole number: left out"
    assert told_of(connector) == ([remark], [Quality.TRUNCATED])


def test_a_day_with_visits_and_no_page_yet_is_missing_and_the_others_stand(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON + ahead * DAY, SPRING, 8) for ahead in range(3)]
    connector = umami(vendor)
    answer = vendor.answer

    def late(seen: Any) -> Any:
        vendor.is_late = seen.path.endswith("/breakdown") and "2026-03-11" in seen.json["parameters"]["endDate"]
        return answer(seen)

    vendor.answer = late  # type: ignore[method-assign]
    assert set(covered(connector)) == {TENTH, TENTH + 2 * DAY}
    assert [reading.day for reading in readings(connector)] == [TENTH, TENTH + 2 * DAY]
    assert told_of(connector)[0] == ["day 2026-03-11: has visits and none of their pages yet: it is read again"]


# Moments.


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (TENTH, 24)], ids=["short", "long", "usual"]
)
def test_a_day_is_asked_for_from_midnight_to_the_last_millisecond(vendor: Vendor, day: date, hours: int) -> None:
    noon = datetime.combine(day, time(12), tzinfo=PARIS)
    vendor.website.pages = [Pages(noon, SPRING)]
    list(umami(vendor).read(Window(day, day + DAY)))
    (stats,) = vendor.asked("/stats")
    midnight = datetime.combine(day, time(), tzinfo=PARIS)
    assert stats.query == {
        "startAt": str(int(midnight.timestamp() * 1000)),
        "endAt": str(int(midnight.timestamp() * 1000) + hours * 3_600_000 - 1),
    }
    (breakdown,) = vendor.asked("/breakdown")
    start, end = (datetime.fromisoformat(breakdown.json["parameters"][name]) for name in ("startDate", "endDate"))
    assert (start, end) == (midnight, midnight.astimezone(UTC) + timedelta(hours=hours, milliseconds=-1))


def test_what_was_before_a_reset_is_not_known(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON - 5 * DAY, SPRING), Pages(NOON, SPRING), Pages(NOON + DAY, SPRING)]
    vendor.website.reset_at = NOON - timedelta(hours=1)
    assert set(covered(umami(vendor))) == {TENTH + DAY}
    info = umami(vendor).check()
    assert info.days == Window(TENTH + DAY, TENTH + 2 * DAY)
    assert "it was reset at 2026-03-10 10:00 UTC: what was before is gone" in info.remarks


def test_days_before_the_first_and_after_the_last_event_are_not_known(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING), Pages(NOON + 3 * DAY, SPRING)]
    assert set(covered(umami(vendor))) == set(Window(TENTH, TENTH + 4 * DAY))
    vendor.website.pages = []
    assert list(umami(vendor).read(MARCH)) == []
    assert umami(vendor).check().days is None


# Conversions.


def test_conversions_are_visitors_by_the_campaign_they_came_by(vendor: Vendor) -> None:
    two = [{**SPRING, "campaign": "autumn", "content": content} for content in ("top", "bottom")]
    vendor.website.pages = [Pages(NOON, labels, 5) for labels in (SPRING, *two, {})]
    vendor.website.events = [
        *(Event(NOON, "signup", visitor, "Spring_Sale") for visitor in ("anne", "anne", "bert")),
        Event(NOON, "signup", "carl", "autumn"),
        Event(NOON, "signup", "dora"),
        Event(NOON, "play", "dora"),
    ]
    assert by_origin(umami(vendor, events="signup"), "conversions") == {
        Origin(**SPRING): 2,  # its one combination of labels that day
        Origin(campaign="autumn"): 1,  # which of the two nobody knows
        Origin(): 1,
    }
    assert not by_origin(umami(vendor), "conversions")
    assert set(covered(umami(vendor)).values()) == {TRAFFIC}
    assert set(covered(umami(vendor, events=["signup"])).values()) == {TRAFFIC | {"conversions"}}


def test_more_campaigns_than_an_attribution_gives_are_in_the_rest_and_noted(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.website.events = [Event(NOON, "signup", f"v{place}", f"c{place}") for place in range(23)]
    items = list(umami(vendor, events=["signup"]).read(MARCH))
    assert [item.quality for item in items if isinstance(item, Note)] == [Quality.TRUNCATED]
    assert by_origin(umami(vendor, events=["signup"]), "conversions")[Origin()] == 3


def test_an_event_that_does_not_occur_is_told_with_those_that_do(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.website.events = [Event(NOON, "signup", "anne")]
    remarks = umami(vendor, events=["sing-up"]).check().remarks
    assert "no event 'sing-up' in 30 days, but: signup" in remarks


def test_an_event_that_does_not_occur_in_a_month_is_told_by_a_reading(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON + ahead * DAY, SPRING) for ahead in (-9, 20)]
    vendor.website.events = [Event(NOON, "signup", "anne")]
    assert told_of(umami(vendor, events=["sing-up"]))[0] == ["no event 'sing-up' in 30 days, but: signup"]
    assert told_of(umami(vendor, events=["signup"]))[0] == []


# Revenue.


def test_revenue_is_told_by_currency_and_of_no_campaign(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.website.sales = [
        Sale(NOON, Decimal("10.10")),
        Sale(NOON, Decimal("20.20"), "usd"),
        Sale(NOON, Decimal(5), "GBP"),
        Sale(NOON, Decimal("1.15"), event="upgrade"),
    ]
    assert by_origin(umami(vendor), "revenue") == {Origin(currency="EUR"): Decimal("1.15")}  # the last of two events
    found = [reading for reading in readings(umami(vendor, currencies=["EUR", "USD"])) if "revenue" in reading.measures]
    assert [(reading.origin, *reading.measures.values()) for reading in found] == [
        (Origin(currency="EUR"), 1, Decimal("10.10")),
        (Origin(currency="EUR"), 1, Decimal("1.15")),
        (Origin(currency="USD"), 1, Decimal("20.20")),
    ]


def test_a_sale_belongs_to_its_day_in_the_plans_zone(vendor: Vendor) -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # half past midnight in Paris
    vendor.website.pages = [Pages(NOON, SPRING), Pages(NOON + DAY, SPRING)]
    vendor.website.sales = [Sale(late, Decimal(7))]
    for zone, day in (("Europe/Paris", TENTH + DAY), ("UTC", TENTH)):
        assert [reading.day for reading in readings(umami(vendor, zone=zone)) if "orders" in reading.measures] == [day]
    vendor.distort(lambda body: body.replace(b'"2026-03-10 00:00:00"', b'"2026-03-10T00:00:00Z"'))
    assert [reading.day for reading in readings(umami(vendor, zone="UTC")) if "orders" in reading.measures] == [TENTH]


def test_a_sale_without_an_amount_is_unknown_not_zero(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.website.sales = [Sale(NOON, None)]
    assert by_origin(umami(vendor), "revenue") == {Origin(currency="EUR"): None}
    assert by_origin(umami(vendor), "orders") == {Origin(currency="EUR"): 1}


def test_a_site_that_sends_no_revenue_has_none_that_is_known(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    assert set(covered(umami(vendor)).values()) == {TRAFFIC}
    info = umami(vendor).check()
    assert info.measures == TRAFFIC
    assert "no orders and no revenue: no revenue in EUR was seen in 30 days" in info.remarks
    vendor.website.sales = [Sale(NOON - 20 * DAY, Decimal(7))]  # so the days since without one are zeros
    assert set(covered(umami(vendor)).values()) == {TRAFFIC | SALES}
    assert set(covered(umami(vendor, currencies=[])).values()) == {TRAFFIC}


def test_a_chart_that_lacks_days_is_misread(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.website.sales = [Sale(NOON, Decimal(7))]
    vendor.distort(lambda body: body.replace(b'"y": "7.0000", "count": 1', b'"y": "7.0000", "count": 0'))
    with pytest.raises(SourceMisread, match="the revenue in EUR: its days hold less than their total"):
        readings(umami(vendor))


def test_revenue_in_a_currency_that_nobody_named_is_told(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.website.sales = [Sale(NOON, Decimal(7)), Sale(NOON, Decimal(9), "usd")]
    lacks = "there is revenue in USD, which is not read: add it to 'currencies'"
    assert lacks in umami(vendor).check().remarks
    assert lacks not in umami(vendor, currencies=["EUR", "USD"]).check().remarks


# Asking.


def test_a_daily_run_is_few_calls_whatever_the_number_of_campaigns(vendor: Vendor) -> None:
    vendor.website.pages = [
        Pages(NOON + DAY * ahead, {"campaign": f"c{place}"}) for place in range(100) for ahead in range(3)
    ]
    assert len(readings(umami(vendor, events=["signup"]), Window(TENTH, TENTH + 3 * DAY))) == 300
    assert vendor.calls == 1 + 2 + 1 + 3 * (2 + 1)  # login, website, revenue, and of each day two and one for the event


def test_the_cloud_has_a_key_another_path_and_a_pace(cloud: Vendor, slept: list[float]) -> None:
    cloud.website.pages = [Pages(NOON, SPRING)]
    assert len(readings(umami(cloud))) == 1
    assert {seen.path.split("/")[1] for seen in cloud.seen} == {"v1"}
    assert slept == [CLOUD_GAP] * (cloud.calls - 1)
    assert CLOUD_GAP * 50 >= 15
    assert "last six months only" in " ".join(umami(cloud).check().remarks)
    with pytest.raises(SourceRefused, match=r"refuses the key, or does not let it see the website 6a1f0a52"):
        umami(cloud, secret="canary-wrong").check()


def test_the_clouds_limit_is_waited_for(cloud: Vendor, slept: list[float]) -> None:
    cloud.website.pages = [Pages(NOON, SPRING)]
    cloud.fail(too_many())
    assert len(readings(umami(cloud))) == 1
    assert 15.0 in slept


def test_a_login_that_is_no_longer_taken_is_made_anew_once(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    connector = umami(vendor)
    readings(connector)
    vendor.expire()
    assert len(readings(connector)) == 1
    assert vendor.logins == 2


def test_who_may_not_ask_is_told_what_to_change(vendor: Vendor) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(SourceRefused, match="refuses the user name and password"):
        umami(vendor, secret="canary-wrong").check()
    with pytest.raises(SourceRefused, match=r"does not let it see the website 00000000.*: correct 'website'"):
        umami(vendor, website=other).check()
    assert vendor.logins == 1
    vendor.is_admin = True  # who may see everything, also what is not there
    there = f"there is no website {other}: correct 'website'; it sees {WEBSITE} The tea shop"
    with pytest.raises(SourceRefused, match=f"{there}$"):
        umami(vendor, website=other).check()


def test_an_older_umami_is_told_to_be_updated(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    vendor.version = 2
    with pytest.raises(SourceRefused, match="must be that of an Umami 3"):
        umami(vendor).check()
    with pytest.raises(SourceRefused, match="answers as Umami 2 does"):
        readings(umami(vendor, currencies=[]))


def test_a_question_that_is_not_taken_names_the_version(vendor: Vendor) -> None:
    vendor.website.pages = [Pages(NOON, SPRING)]
    reason = json_answer({"error": {"message": "Bad request", "properties": {"fields": {"errors": []}}}}, status=400)
    vendor.fail_on("/api/reports/breakdown", reason)
    with pytest.raises(SourceRefused, match=r"web: does not take the question .*fields.*is it Umami 3\.1 or later\?"):
        readings(umami(vendor))


# The entry.


def test_an_entry_says_who_asks() -> None:
    whole = {"username": "vigie", "password": {"env": "P"}, "url": "https://umami.example"}
    for right in (whole, {"key": {"env": "K"}}):
        UmamiOptions.model_validate({"connector": "umami", "website": WEBSITE, **right})
    wrong: list[dict[str, Any]] = [
        {},
        {**whole, "key": {"env": "K"}},
        {"username": "vigie", "url": "https://umami.example"},
        {"username": "vigie", "password": {"env": "P"}},
        {"key": {"env": "K"}, "website": "tea.example"},
        {"key": {"env": "K"}, "url": "https://cloud.umami.is"},
        {"key": {"env": "K"}, "currencies": ["euro"]},
    ]
    for options in wrong:
        with pytest.raises(ValidationError):
            UmamiOptions.model_validate({"connector": "umami", "website": WEBSITE, **options})
    assert UmamiOptions.model_validate({"connector": "umami", "website": WEBSITE, "key": {"env": "K"}}).url == CLOUD


def test_the_examples_of_the_page_load() -> None:
    page = (Path(__file__).parents[2] / "docs/connectors/umami.md").read_text("utf-8")
    for entry in page.split("```yaml\n")[1:]:
        for options in yaml.safe_load(entry.partition("```")[0]).values():
            UmamiOptions.model_validate(options)


def test_the_example_has_a_month_of_figures() -> None:
    with example() as vendor:
        (entry,) = yaml.safe_load(vendor.entry.format(url=vendor.url(""))).values()
        connector = umami(vendor, **{**entry, "connector": "umami"})
        found = readings(connector, Window(TENTH, TENTH + 3 * DAY))
        assert {reading.day for reading in found} == {TENTH, TENTH + DAY, TENTH + 2 * DAY}
        assert connector.check().measures == connector.provides

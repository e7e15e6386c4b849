"""Plausible: the shared contracts over its simulator, and every trap of its Stats API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from connector_contract import MARCH, Amount, ConnectorContract, Over, Row, readings, sums, told
from fault_contract import FaultContract
from pydantic import ValidationError
from simulators import plausible as vendor_module
from simulators.plausible import KEY, NOT_SET, SITE, TOO_MANY, Conversion, Site, Visit, example
from simulators.plausible import Plausible as Vendor
from simulators.web_server import json_answer

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.sources import Secret
from connectors.analytics import plausible as connector_module
from connectors.analytics.plausible import Plausible, PlausibleOptions
from connectors.base import Context, Covered, Note, Origin, Quality, Remark

DAY = timedelta(days=1)
TENTH = date(2026, 3, 10)
TRAFFIC = frozenset({"sessions", "visitors", "page_views", "engagement_seconds", "conversions"})
SALES = {"orders", "revenue"}
#: what a visit without any tag is called
UNTAGGED = {"campaign": NOT_SET, "source": NOT_SET, "medium": NOT_SET, "content": NOT_SET, "term": NOT_SET}
UNTAGGED_ORIGIN = Origin(**UNTAGGED, channel="Direct")


def plausible(vendor: Vendor, *, key: str = KEY, zone: str = "Europe/Paris", **options: Any) -> Plausible:
    """A connector as ``sources.yaml`` would make it."""
    entry = {"connector": "plausible", "site": SITE, "url": vendor.url(""), "key": {"env": "PLAUSIBLE_KEY"}, **options}
    context = Context("web", Path(), zone, "EUR", reveal=lambda _: key)
    return Plausible(PlausibleOptions.model_validate(entry), context)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


def conversion(row: Row) -> Conversion:
    """A line of a ledger as events of the revenue goal of its currency."""
    labels = {name: value for name, value in row.labels.items() if value != NOT_SET}
    goal = "Purchase" if row.currency == "EUR" else f"Purchase {row.currency}"
    return Conversion(row.day, goal, int(row.measures["orders"] or 0), row.measures["revenue"], labels)


class TestPlausible(ConnectorContract):
    canaries = (KEY, "canary-wrong")
    many = 6_000
    weighed = 3_000
    leaves_out: ClassVar[Mapping[str, str]] = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "Plausible says it of a whole answer, see the tests below",
    }

    @pytest.fixture
    def over(self, vendor: Vendor) -> Over:
        def build(ledger: Sequence[Row]) -> Plausible:
            days = [row.day for row in ledger] or [*MARCH]
            vendor.site = Site(
                conversions=[conversion(row) for row in ledger],
                goals={"Purchase": "EUR", "Purchase USD": "USD"},
                first=min(days),
                today=max(days),
            )
            return plausible(vendor)

        return build

    @pytest.fixture
    def absent(self, vendor: Vendor) -> Plausible:
        return plausible(vendor, url=vendor.url("/elsewhere"))

    @pytest.fixture
    def failing(self, vendor: Vendor) -> Sequence[Plausible]:
        return [plausible(vendor, key="canary-wrong"), plausible(vendor, site="coffee.example")]

    @pytest.fixture
    def consumed(self, vendor: Vendor) -> Callable[[], int]:
        return lambda: vendor.given

    def row(self, day: date, count: Amount, money: Amount = 0, label: str = "", currency: str = "EUR") -> Row:
        """An order is a conversion as well; what has no tag says so."""
        labels = {**UNTAGGED, "campaign": label or NOT_SET, "channel": "Direct"}
        return Row(day, {"conversions": count, "orders": count, "revenue": money}, labels, currency)

    def test_money_may_be_negative(self, over: Over) -> None:
        ledger = [self.row(TENTH, 1, Decimal("-12.34"), "a")]
        assert sums(over(ledger).read(MARCH)) == sums(ledger)

    def test_a_restated_row_is_read_as_restated(self, over: Over) -> None:
        over([self.row(TENTH, 5, Decimal("50.00"), "a")]).check()
        (reading,) = readings(over([self.row(TENTH, 4, Decimal("38.50"), "a")]))
        assert reading.measures == {"conversions": 4, "orders": 4, "revenue": Decimal("38.50")}


class TestPlausibleInTrouble(FaultContract):
    connector_class = Plausible
    canaries = (KEY,)
    drifts = 100

    @pytest.fixture
    def vendor(self) -> Iterator[Vendor]:
        with example() as vendor:
            yield vendor

    @pytest.fixture
    def connector(self, vendor: Vendor) -> Plausible:
        return plausible(vendor)


# The figures.


def test_visits_are_cut_by_campaign_and_channel(vendor: Vendor) -> None:
    spring = {"campaign": "Spring_Sale", "source": "newsletter", "medium": "email", "channel": "Email"}
    vendor.site.visits = [
        Visit(TENTH, "anne", spring, 3, 40),
        Visit(TENTH, "bert", spring, 1, 0),
        Visit(TENTH, "carl", {}, 2, 15),
    ]
    untagged, tagged = sorted(readings(plausible(vendor)), key=lambda reading: reading.measures["sessions"] or 0)
    assert tagged.origin == Origin(**{**UNTAGGED, **spring})  # the case is kept: it is for people
    assert tagged.measures == {"sessions": 2, "visitors": 2, "page_views": 4, "engagement_seconds": 40}
    assert untagged.origin == UNTAGGED_ORIGIN
    assert untagged.measures == {"sessions": 1, "visitors": 1, "page_views": 2, "engagement_seconds": 15}


def test_engagement_is_the_average_of_whole_seconds_times_the_visits(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, name, {}, 1, seconds) for name, seconds in (("a", 10), ("b", 10), ("c", 11))]
    (reading,) = readings(plausible(vendor))
    assert reading.measures["engagement_seconds"] == 30


def test_a_day_without_an_average_has_an_unknown_engagement(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, "anne", {}, 1, 20)]
    vendor.distort(lambda body: body.replace(b'"metrics": [1, 1, 1, 20]', b'"metrics": [1, 1, 1, null]'))
    (reading,) = readings(plausible(vendor))
    assert reading.measures["engagement_seconds"] is None


def test_a_visitor_of_two_campaigns_is_one_visitor_of_the_day(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, "anne", {"campaign": name}, 1, 5) for name in ("spring", "autumn")]
    found = readings(plausible(vendor))
    assert sum(reading.measures["visitors"] or 0 for reading in found) == 1
    (rest,) = [reading for reading in found if reading.origin == Origin()]
    assert rest.measures == {"sessions": 0, "visitors": -1, "page_views": 0}


def test_a_goal_with_a_currency_counts_orders_and_revenue(vendor: Vendor) -> None:
    vendor.site.conversions = [
        Conversion(TENTH, "Purchase", 3, Decimal("120.55"), {"campaign": "spring"}),
        Conversion(TENTH, "Signup", 7, 0, {"campaign": "spring"}),
    ]
    found = readings(plausible(vendor))
    origin = UNTAGGED_ORIGIN._replace(campaign="spring")
    assert {reading.origin: reading.measures for reading in found} == {
        origin._replace(currency="EUR"): {"conversions": 3, "orders": 3, "revenue": Decimal("120.55")},
        origin: {"conversions": 7},  # a goal without a currency brings nothing, which is not unknown
    }


def test_goals_that_do_not_count_are_left_out(vendor: Vendor) -> None:
    vendor.site.conversions = [Conversion(TENTH, "Purchase", 3, 120), Conversion(TENTH, "Signup", 7)]
    (reading,) = readings(plausible(vendor, goals="Signup"))
    assert reading.measures == {"conversions": 7}


def test_a_goal_the_site_does_not_have_is_refused_by_its_name(vendor: Vendor) -> None:
    for attempt in (plausible(vendor, goals=["Sing-up"]).check, lambda: readings(plausible(vendor, goals=["Sing-up"]))):
        with pytest.raises(SourceRefused, match=r"web: .*Sing-up.*: correct 'goals', or add the goal"):
            attempt()


def test_a_goal_that_counts_scrolling_is_refused_until_it_is_left_out(vendor: Vendor) -> None:
    vendor.site.goals = {"Read it all": "scroll", "Signup": ""}
    vendor.site.conversions = [Conversion(TENTH, "Read it all", 3), Conversion(TENTH, "Signup", 7)]
    for attempt in (plausible(vendor).check, lambda: readings(plausible(vendor))):
        with pytest.raises(SourceRefused, match=r"goal 'Read it all'.*list in 'goals'"):
            attempt()
    assert [reading.measures for reading in readings(plausible(vendor, goals=["Signup"]))] == [{"conversions": 7}]


def test_a_custom_property_gives_conversions_a_dimension(vendor: Vendor) -> None:
    vendor.site.conversions = [
        Conversion(TENTH, "Purchase", 1, 30, properties={"code": "TEA10", "utm_id": "77"}),
        Conversion(TENTH, "Purchase", 1, 50),
    ]
    found = readings(plausible(vendor, properties={"coupon": "code", "campaign_id": "utm_id"}))
    assert {(reading.origin.coupon, reading.origin.campaign_id): reading.measures["revenue"] for reading in found} == {
        ("TEA10", "77"): 30,
        ("(none)", "(none)"): 50,
    }
    assert not any("event:props" in str(asked) for asked in vendor.questions if "visits" in asked["metrics"])


def test_without_access_to_properties_the_remedy_is_named(vendor: Vendor) -> None:
    vendor.has_properties = False
    for attempt in ("check", "read"):
        connector = plausible(vendor, properties={"coupon": "code"})
        with pytest.raises(SourceRefused, match=r"custom properties.*take 'properties' out"):
            connector.check() if attempt == "check" else readings(connector)


# A row that cannot be read.


def told_of(connector: Plausible) -> tuple[list[str], list[Quality]]:
    """What is remarked and noted."""
    items = list(connector.read(MARCH))
    return [item.text for item in items if isinstance(item, Remark)], [
        item.quality for item in items if isinstance(item, Note)
    ]


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        (b"[null, 2, 2, 10]", "visits is empty, not a whole number"),
        (b"[-2, 2, 2, 10]", "visits is -2, below zero"),
        (b'["two", 2, 2, 10]', "visits is a text, not a whole number"),
    ],
)
def test_visits_that_cannot_be_read_are_unknown_and_named_and_the_rest_stands(
    vendor: Vendor, metrics: bytes, reason: str
) -> None:
    vendor.site = Site(today=TENTH)
    vendor.site.visits = [Visit(TENTH, name, {"campaign": "spring"}, 1, 10) for name in "ab"]
    vendor.site.visits.append(Visit(TENTH, "c", {"campaign": "autumn"}, 3, 7))
    vendor.distort(lambda body: body.replace(b"[2, 2, 2, 10]", metrics))
    remark = f"day 2026-03-10, visits of campaign 'spring': {reason}: left out"
    assert told_of(plausible(vendor)) == ([remark], [Quality.TRUNCATED])
    sessions = {one.origin.campaign: one.measures["sessions"] for one in readings(plausible(vendor))}
    assert sessions == {"spring": None, "autumn": 1, "": 2}
    assert remark in plausible(vendor).check().remarks


def test_a_conversion_whose_revenue_cannot_be_read_is_unknown_and_the_others_stand(vendor: Vendor) -> None:
    vendor.site.conversions = [Conversion(TENTH, "Purchase", 1, 5, {"campaign": "a"})]
    vendor.site.conversions.append(Conversion(TENTH, "Purchase", 2, 9, {"campaign": "b"}))
    vendor.distort(lambda body: body.replace(b'"value": 9.0', b'"value": null'))
    remark = "day 2026-03-10, goal 'Purchase': total_revenue: value is empty, not an amount: left out"
    assert told_of(plausible(vendor)) == ([remark], [Quality.TRUNCATED])
    assert {one.origin.campaign: one.measures for one in readings(plausible(vendor))} == {
        "a": {"conversions": 1, "orders": 1, "revenue": 5},
        "b": {"conversions": None, "orders": None, "revenue": None},
    }


def test_a_total_that_cannot_be_read_leaves_the_rest_of_its_day_unknown(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, name, {"campaign": "spring"}, 1, 10) for name in "ab"]
    vendor.site.visits.append(Visit(TENTH + DAY, "c", {"campaign": "spring"}, 3, 7))
    vendor.distort(lambda body: body.replace(b'"metrics": [2, 2, 2], ', b'"metrics": [null, 2, 2], '))
    assert [(one.day.day, one.origin.campaign, one.measures["sessions"]) for one in readings(plausible(vendor))] == [
        (10, "spring", 2),
        (10, "", None),
        (11, "spring", 1),
    ]
    remark = "day 2026-03-10, total 'of the site': visits is empty, not a whole number: left out"
    assert told_of(plausible(vendor)) == ([remark], [Quality.TRUNCATED])


def test_where_no_row_can_be_read_the_answer_is_wrong(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, name, {"campaign": name}, 1, 10) for name in "ab"]
    vendor.distort(lambda body: body.replace(b"[1, 1, 1, 10]", b"[null, 1, 1, 10]"))
    with pytest.raises(SourceMisread, match="visits is empty, not a whole number"):
        readings(plausible(vendor))


def test_visits_that_came_in_between_two_questions_leave_no_visits_below_zero(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, name, {"campaign": "spring"}, 1, 10) for name in "ab"]
    vendor.distort(lambda body: body.replace(b'"metrics": [2, 2, 2], ', b'"metrics": [1, 1, 1], '))
    found = readings(plausible(vendor))
    assert [one.measures["sessions"] for one in found] == [2, 0]


# Revenue that is not there.


@pytest.fixture
def selling(vendor: Vendor) -> Vendor:
    vendor.site.visits = [Visit(TENTH, "anne", {}, 1, 5)]
    vendor.site.conversions = [Conversion(TENTH, "Purchase", 3, 120), Conversion(TENTH + DAY, "Signup", 2)]
    return vendor


def covered(connector: Plausible) -> set[frozenset[str]]:
    return {item.measures for item in connector.read(MARCH) if isinstance(item, Covered)}


def test_a_community_edition_gives_events_alone(selling: Vendor) -> None:
    selling.edition = "ce"
    connector = plausible(selling)
    assert covered(connector) == {TRAFFIC}
    assert [r.measures for r in readings(connector) if "conversions" in r.measures] == [
        {"conversions": 3},
        {"conversions": 2},
    ]
    assert connector.check().measures == TRAFFIC
    assert "no orders and no revenue: this Plausible does not know them" in " ".join(connector.check().remarks)


def test_what_was_refused_once_is_not_asked_for_again(selling: Vendor) -> None:
    selling.edition = "ce"
    connector = plausible(selling)
    readings(connector)
    before = len(selling.questions)
    readings(connector)
    assert "total_revenue" in str(selling.questions[:before])
    assert "total_revenue" not in str(selling.questions[before:])


def test_a_plan_without_revenue_goals_gives_events_alone(selling: Vendor) -> None:
    selling.has_revenue = False
    assert covered(plausible(selling)) == {TRAFFIC}
    with pytest.raises(SourceRefused, match=r"revenue metrics feature.*: write revenue: auto"):
        readings(plausible(selling, revenue=True))


def test_without_a_goal_that_has_a_currency_revenue_is_not_provided(selling: Vendor) -> None:
    selling.site.goals = {"Purchase": "", "Signup": ""}
    info = plausible(selling).check()
    assert info.measures == TRAFFIC
    assert "no goal that counts has a currency" in " ".join(info.remarks)
    assert covered(plausible(selling)) == {TRAFFIC}
    with pytest.raises(SourceRefused, match="give one a currency in the site's settings"):
        readings(plausible(selling, revenue=True))


def test_revenue_that_nobody_could_work_out_is_unknown_not_zero(selling: Vendor) -> None:
    selling.warning = "no_single_revenue_currency"
    connector = plausible(selling)
    assert covered(connector) == {TRAFFIC | SALES}
    (reading,) = [reading for reading in readings(connector) if reading.measures.get("conversions") == 3]
    assert reading.measures == {"conversions": 3, "orders": None, "revenue": None}


def test_revenue_that_is_not_wanted_is_not_asked_for(selling: Vendor) -> None:
    assert covered(plausible(selling, revenue=False)) == {TRAFFIC}
    assert "total_revenue" not in str(selling.questions)


def test_revenue_in_some_rows_of_a_goal_only_is_misread(vendor: Vendor) -> None:
    vendor.site.conversions = [Conversion(TENTH, "Purchase", 1, 5, {"campaign": name}) for name in ("a", "b")]
    vendor.distort(_without_the_second_revenue)
    with pytest.raises(SourceMisread, match="the goal 'Purchase' has revenue in some rows only"):
        readings(plausible(vendor))


def _without_the_second_revenue(body: bytes) -> bytes:
    return b", null]".join(
        body.rsplit(b', {"short": "\\u20ac5.0", "value": 5.0, "long": "\\u20ac5.00", "currency": "EUR"}]', 1)
    )


# Older installations.


def test_an_old_installation_is_read_without_channels_and_pages(selling: Vendor) -> None:
    selling.edition = "old"
    connector = plausible(selling)
    found = readings(connector)
    assert {reading.origin.channel for reading in found} == {""}
    assert sum(reading.measures.get("sessions") or 0 for reading in found) == 1
    assert "no channels" in " ".join(connector.check().remarks)
    assert not {"pagination", "include"} & selling.questions[-1].keys()


def test_an_installation_without_the_second_version_of_the_api_is_told_to_update(vendor: Vendor) -> None:
    with pytest.raises(SourceRefused, match=r"no Stats API v2 at .*: correct 'url', or update Plausible"):
        plausible(vendor, url=vendor.url("/old")).check()


# Questions and pages.


def test_a_daily_run_is_four_questions_whatever_the_number_of_campaigns(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, f"{place}", {"campaign": f"c{place}"}) for place in range(300)]
    assert len(readings(plausible(vendor), Window(TENTH - DAY, TENTH + 2 * DAY))) == 300
    assert vendor.calls == 4


def test_pages_are_ordered_by_all_they_hold_and_come_whole(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector_module, "PAGE", 7)
    vendor.site.visits = [Visit(TENTH + DAY * (n % 3), f"{n}", {"campaign": f"c{n}"}) for n in range(30)]
    vendor.site.conversions = [
        Conversion(TENTH, goal, 1, 5, {"campaign": f"c{n}"}) for n in range(10) for goal in ("Purchase", "Signup")
    ]
    found = readings(plausible(vendor))
    assert sum(reading.measures.get("sessions") or 0 for reading in found) == 30
    assert sum(reading.measures.get("conversions") or 0 for reading in found) == 20
    assert sum(reading.measures.get("revenue") or 0 for reading in found) == 50
    for asked in vendor.questions[1:]:
        ordered = [name for name, _ in asked["order_by"]]
        assert {name for name in asked["dimensions"] if name != "event:goal"} <= set(ordered)


@pytest.mark.parametrize("late", ["a-late-one", "z-late-one"])
def test_a_list_that_changes_between_its_pages_is_read_another_time(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    monkeypatch.setattr(connector_module, "PAGE", 7)
    vendor.site.visits = [Visit(TENTH, f"{n}", {"campaign": f"c{n:02}"}) for n in range(10)]
    before, answer = list(vendor.site.visits), vendor.answer

    def moving(seen: Any) -> Any:
        if seen.json.get("pagination", {}).get("offset"):
            kept = before if late.startswith("z") else before[:-1]  # one row more, or the same number
            vendor.site.visits = [*kept, Visit(TENTH, "late", {"campaign": late})]
        return answer(seen)

    monkeypatch.setattr(vendor, "answer", moving)
    with pytest.raises(SourceUnavailable, match="changed while they were read"):
        readings(plausible(vendor))


def test_a_page_that_lacks_rows_is_misread(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, f"{n}", {"campaign": f"c{n}"}) for n in range(3)]
    vendor.distort(lambda body: body.replace(b'"total_rows": 3', b'"total_rows": 4'))
    with pytest.raises(SourceMisread, match="gave 3 of 4 rows"):
        readings(plausible(vendor))


def test_the_dates_asked_for_are_the_days_of_the_window(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, "anne")]
    readings(plausible(vendor), Window(TENTH, TENTH + DAY))
    assert [asked["date_range"] for asked in vendor.questions] == ["all", *[["2026-03-10", "2026-03-10"]] * 3]


def test_a_visit_that_disappears_between_two_questions_is_tried_again_later(vendor: Vendor) -> None:
    vendor.site.visits = [Visit(TENTH, "anne")]
    rows = {"results": [], "meta": {"total_rows": 0}, "query": {}}
    vendor.fail(None, None, json_answer(rows))
    with pytest.raises(SourceUnavailable, match="changed while they were read"):
        readings(plausible(vendor))


# What is known.


def test_days_before_the_site_had_figures_and_days_to_come_are_not_known(vendor: Vendor) -> None:
    vendor.site = Site([Visit(TENTH, "anne")], first=date(2026, 3, 5), today=date(2026, 3, 20))
    windows = [item.window for item in plausible(vendor).read(MARCH) if isinstance(item, Covered)]
    assert {day for window in windows for day in window} == set(Window(date(2026, 3, 5), date(2026, 3, 21)))
    assert plausible(vendor).check().days == Window(date(2026, 3, 5), date(2026, 3, 21))


def test_a_site_without_any_figure_says_nothing(vendor: Vendor) -> None:
    assert list(plausible(vendor).read(MARCH)) == []


def test_check_names_the_goals_and_the_zone_of_the_days(selling: Vendor) -> None:
    info = plausible(selling, zone="America/New_York").check()
    assert info.account == SITE
    assert info.currency == "EUR"
    assert info.remarks == (
        "conversions so far: Purchase, Signup",
        "its days are those of the site's time zone (UTC+0100), not of America/New_York",
    )
    assert plausible(selling).check().remarks == ("conversions so far: Purchase, Signup",)


# Refusals.


@pytest.mark.parametrize(("key", "site"), [("canary-wrong", SITE), (KEY, "coffee.example")], ids=["key", "site"])
def test_one_sentence_of_plausibles_becomes_both_remedies(vendor: Vendor, key: str, site: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        plausible(vendor, key=key, site=site).check()
    assert "refuses the key, or there is no site" in str(caught.value)
    assert "it must be a Stats API key, and 'site' the domain as Plausible shows it" in str(caught.value)
    assert key not in told(caught.value)
    assert vendor.calls == 1


def test_a_plan_without_the_api_is_told(vendor: Vendor) -> None:
    vendor.fail_always(
        json_answer({"error": "This Plausible site is locked due to missing active subscription."}, status=402)
    )
    with pytest.raises(SourceRefused, match=r"needs a plan with the Stats API .This Plausible site is locked"):
        readings(plausible(vendor))


def test_the_hourly_limit_is_waited_for_until_the_end_of_the_hour(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector_module, "_now", lambda: 5 * 3600.0 + 2400)
    vendor.fail_always(json_answer({"error": TOO_MANY}, status=429))
    with pytest.raises(SourceUnavailable, match="600 requests per hour") as caught:
        readings(plausible(vendor))
    assert caught.value.retry_after == 1200
    assert vendor.calls == 1


# The entry.


def test_an_entry_says_what_it_must() -> None:
    read = PlausibleOptions.model_validate({"connector": "plausible", "site": "tea.example", "key": {"env": "K"}})
    assert (read.url, read.goals, read.revenue, read.key) == ("https://plausible.io", None, "auto", Secret(env="K"))
    wrongs: list[dict[str, Any]] = [
        {"properties": {"campaign": "utm_id"}},
        {"revenue": "yes please"},
        {"goals": []},
        {"url": "http://p.example"},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            PlausibleOptions.model_validate({"connector": "plausible", "site": "t", "key": {"env": "K"}, **wrong})


def test_an_address_in_the_place_of_the_domain_is_refused_with_the_domain(vendor: Vendor) -> None:
    with pytest.raises(ValidationError, match=r"write the site's domain as Plausible shows it, as tea\.example"):
        plausible(vendor, site="https://www.tea.example/")


@pytest.mark.parametrize("path", ["/api", "/api/v2", "/api/v2/query", "/api/v1/stats"])
def test_the_address_of_the_api_leads_to_plausible(vendor: Vendor, path: str) -> None:
    assert plausible(vendor, url=vendor.url(path)).check().account == SITE


def test_the_example_of_the_page_loads() -> None:
    page = (Path(__file__).parents[2] / "docs/connectors/plausible.md").read_text("utf-8")
    for entry in page.split("```yaml\n")[1:]:
        for options in yaml.safe_load(entry.partition("```")[0]).values():
            PlausibleOptions.model_validate(options)


def test_the_example_has_a_month_of_figures() -> None:
    with vendor_module.example() as vendor:
        found = readings(plausible(vendor))
        assert {reading.day for reading in found} == set(MARCH)
        assert sum(reading.measures.get("sessions") or 0 for reading in found) == len(vendor.site.visits)
        (entry,) = yaml.safe_load(vendor.entry.format(url=vendor.url(""))).values()
        assert PlausibleOptions.model_validate(entry).url == vendor.url("")

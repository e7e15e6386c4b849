"""Matomo as a source: the shared contracts, what is odd about its answers, and answers of a real one."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest
import yaml
from connector_contract import MARCH, ConnectorContract, Over, Row, readings, sums
from fault_contract import FaultContract
from pydantic import ValidationError
from simulators.matomo import ALLOWED, CAMPAIGN, PAGE, PLUGIN, TOKEN, Traffic, example, goal_entry, site_entry
from simulators.matomo import Matomo as Vendor
from simulators.web_server import json_answer, text_answer

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from connectors.analytics.matomo import Matomo, MatomoOptions
from connectors.base import Connector, Context, Covered, Item, Note, Origin, Quality, Reading, Remark

WRONG = "canary-wrong-token"
OF_PLUGIN = ("Name", "Source", "Medium", "SourceMedium")


def matomo(url: str, *, kind: type[Matomo] = Matomo, token: str = TOKEN, **options: Any) -> Matomo:
    """A connector as ``sources.yaml`` would make it."""
    entry = {"connector": "matomo", "url": url, "site": 1, "token": {"env": "MATOMO_TOKEN"}, **options}
    context = Context("web", Path(), "Europe/Paris", "EUR", reveal=lambda _: token)
    return kind(MatomoOptions.model_validate(entry), context)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


class Narrow(Matomo):
    """The connector with two of its measures, which the contract's ledgers are written in."""

    def read(self, window: Window) -> Iterator[Item]:
        for item in super().read(window):
            yield item if not isinstance(item, Reading) else item._replace(measures=_narrow(item.measures))


def _narrow(measures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: measures[name] for name in ("orders", "revenue")}


def traffic(row: Row) -> Traffic:
    """A line of a ledger as what came one way."""
    orders, net = int(row.measures["orders"] or 0), Decimal(row.measures["revenue"] or 0)
    figures = Traffic(row.day, visits=1 + orders, visitors=1, orders=orders, items=orders, net=net)
    if name := row.labels.get("campaign"):
        return figures._replace(type=CAMPAIGN, name=name, source="google", medium="cpc")
    return figures


class TestContract(ConnectorContract):
    canaries: ClassVar = (TOKEN, WRONG)
    many: ClassVar = 1_500
    weighed: ClassVar = 1_200
    flat: ClassVar = 10 << 20  # bytes: a week of a hundred campaigns a day takes 8 MiB, all that is weighed 14
    leaves_out: ClassVar = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "Matomo always says how many orders there were",
        "test_two_currencies_stay_apart": "a site of Matomo has one currency",
    }

    def row(self, day: date, count: Any, money: Any = 0, label: str = "", currency: str = "EUR") -> Row:
        row = super().row(day, count, money, label, currency)
        tags = {"campaign": label, "source": "google", "medium": "cpc"} if label else {"channel": "Direct"}
        return row._replace(labels=tags)

    @pytest.fixture
    def over(self, vendor: Vendor) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            vendor.hold(map(traffic, ledger))
            return matomo(vendor.url(""), kind=Narrow)

        return build

    @pytest.fixture
    def absent(self, vendor: Vendor) -> Connector:
        return matomo(vendor.url("/elsewhere"))

    @pytest.fixture
    def failing(self, vendor: Vendor) -> Sequence[Connector]:
        return [matomo(vendor.url(""), token=WRONG), matomo(vendor.url(""), site=99), matomo(vendor.url(""), goals=[7])]

    @pytest.fixture
    def consumed(self, vendor: Vendor) -> Callable[[], int]:
        return lambda: vendor.calls


class TestInTrouble(FaultContract):
    connector_class: ClassVar = Matomo
    canaries: ClassVar = (TOKEN,)

    @pytest.fixture
    def vendor(self) -> Iterator[Vendor]:
        with Vendor(a_few_days()) as vendor:
            yield vendor

    @pytest.fixture
    def connector(self, vendor: Vendor) -> Connector:
        return matomo(vendor.url(""))


def a_few_days() -> list[Traffic]:
    """Three days with everything there is: campaigns with and without tags, channels, goals, orders."""
    came: list[Traffic] = []
    for day in (date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 12)):
        letter = Traffic(day, CAMPAIGN, "nl_october", "newsletter", "email", 4, 3, 1, 637)
        sale = Traffic(day, CAMPAIGN, "sale", "facebook", "paid_social")
        direct = Traffic(day, 1, visits=9, visitors=8, bounces=3, seconds=700, goals={1: (2, Decimal(0))})
        sold: dict[str, Any] = {"orders": 1, "items": 2, "net": Decimal("45.08")}
        sold |= {"tax": Decimal("9.02"), "shipping": Decimal("4.90")}
        came += [letter._replace(goals={2: (1, Decimal("2.50"))}), sale._replace(**sold), direct._replace(**sold)]
        came.append(Traffic(day, CAMPAIGN, "sale", visits=2, visitors=2, seconds=40))
        came.append(Traffic(day, 2, visits=5, visitors=5, bounces=2, seconds=300))
    return came


#: a day of the month and the labels of an origin that are not empty
Labels = tuple[Any, ...]


def days_in(*traffic: Traffic) -> Window:
    """The days that the traffic covers."""
    days = sorted(one.day for one in traffic)
    return Window(days[0], days[-1] + timedelta(days=1))


def found(connector: Connector, window: Window = MARCH, measure: str = "sessions") -> dict[Labels, Any]:
    """(day, its labels that are not empty) -> a measure."""
    return {
        (reading.day.day, *filter(None, reading.origin[:-1])): reading.measures.get(measure)
        for reading in readings(connector, window)
    }


def totals_of(connector: Connector, window: Window) -> dict[str, Any]:
    """Each measure, summed up over days and origins."""
    total: dict[str, Any] = {}
    for reading in readings(connector, window):
        for measure, amount in reading.measures.items():
            total[measure] = total.get(measure, 0) + (amount or 0)
    return total


def total(connector: Connector, window: Window, measure: str) -> Any:
    return totals_of(connector, window)[measure]


def refused(connector: Connector, kind: type[SourceError] = SourceRefused) -> SourceError:
    """What is said where it cannot be read, and not checked either."""
    for attempt in (connector.check, lambda: list(connector.read(MARCH))):
        with pytest.raises(kind) as caught:
            attempt()
    return caught.value


TENTH = date(2026, 3, 10)


def campaign(name: str, source: str = "", medium: str = "", **figures: Any) -> Traffic:
    return Traffic(TENTH, CAMPAIGN, name, source, medium)._replace(**figures)


class TestOptions:
    @pytest.mark.parametrize("url", ["stats.example", "http://stats.example", "https://stats.example/?module=API"])
    def test_an_address_that_will_not_do_is_refused(self, url: str) -> None:
        with pytest.raises(ValidationError, match=r"web address|unencrypted|is too long"):
            matomo(url)

    @pytest.mark.parametrize("wrong", [{"site": 0}, {"goals": []}, {"goals": [0]}, {"tokn": 1}, {"site": "one"}])
    def test_what_is_no_option_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            matomo("https://stats.example", **wrong)

    def test_a_token_in_place_is_refused(self) -> None:
        entry = {"connector": "matomo", "url": "https://stats.example", "site": 1, "token": TOKEN}
        with pytest.raises(ValidationError, match="never write a secret into the file"):
            MatomoOptions.model_validate(entry)

    @pytest.mark.parametrize("program", ["index.php", "matomo.php", "piwik.php"])
    def test_the_address_may_name_the_program(self, vendor: Vendor, program: str) -> None:
        assert matomo(vendor.url(f"/{program}")).check().account == "Boutique locale (https://shop.example)"

    def test_an_address_without_a_matomo_names_the_option(self, vendor: Vendor) -> None:
        error = refused(matomo(vendor.url("/elsewhere")))
        assert str(error).endswith("/elsewhere/index.php: write as 'url' the address it is opened at, with its folder")

    @pytest.mark.parametrize("page", ["matomo.md", "matomo.fr.md"])
    def test_the_entry_of_the_page_loads(self, page: str) -> None:
        text = (Path(__file__).parents[2] / "docs" / "connectors" / page).read_text(encoding="utf-8")
        entries = [
            entry for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for entry in [yaml.safe_load(block)]
        ]
        assert entries
        for entry in entries:
            for options in entry.values():
                assert MatomoOptions.model_validate(options).connector == "matomo"


class TestTheRequest:
    def test_a_week_is_one_request_whatever_is_in_it(self, vendor: Vendor) -> None:
        vendor.hold(campaign(f"campaign {number}", "google", "cpc") for number in range(300))
        assert len(readings(matomo(vendor.url("")), Window(date(2026, 3, 9), date(2026, 3, 16)))) == 300
        assert vendor.calls == 1

    def test_the_token_is_in_the_body_alone(self, vendor: Vendor) -> None:
        list(matomo(vendor.url("")).read(MARCH))
        assert vendor.seen
        for seen in vendor.seen:
            assert seen.method == "POST"
            assert TOKEN not in seen.raw
            assert seen.form["token_auth"] == TOKEN

    def test_every_report_is_asked_for_whole_and_in_english(self, vendor: Vendor) -> None:
        list(matomo(vendor.url("")).read(days_in(*a_few_days())))
        (seen,) = vendor.seen
        questions = [dict(parse_qsl(text)) for name, text in seen.form.items() if name.startswith("urls[")]
        assert {question["language"] for question in questions} == {"en"}
        reports = [question for question in questions if "date" in question]
        assert {(one["date"], one["filter_limit"], one["format_metrics"]) for one in reports} == {
            ("2026-03-10,2026-03-12", "-1", "0")
        }

    def test_of_years_that_matomo_does_not_name_nothing_is_said(self, vendor: Vendor) -> None:
        vendor.hold([Traffic(date(2036, 12, 31))])
        assert list(matomo(vendor.url("")).read(Window(date(2036, 12, 25), date(2036, 12, 31)))) == []
        assert list(matomo(vendor.url("")).read(Window(date(2037, 1, 1), date(2037, 2, 1)))) == []

    def test_a_day_that_a_report_lacks_is_no_day_of_zeros(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        for place in range(2, 11):
            vendor.distort(lambda body, place=place: without_day(body, place, "2026-03-11"))  # type: ignore[misc]
            if place == 6:  # campaigns without the plugin, which is there
                assert total(matomo(vendor.url("")), MARCH, "sessions") == 3 * 21
                continue
            with pytest.raises(SourceMisread, match="web: not all reports have 2026-03-11"):
                list(matomo(vendor.url("")).read(MARCH))

    def test_the_days_before_one_that_a_report_lacks_stand(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        whole = readings(matomo(vendor.url("")))
        vendor.distort(partial(without_day, place=3, day="2026-03-11"))
        items: list[Item] = []
        with pytest.raises(SourceMisread, match="not all reports have 2026-03-11"):
            items.extend(matomo(vendor.url("")).read(MARCH))
        assert [item for item in items if isinstance(item, Reading)] == [one for one in whole if one.day == TENTH]


def without_day(body: bytes, place: int, day: str) -> bytes:
    answers = json.loads(body)
    answers[place].pop(day, None)
    return json.dumps(answers).encode()


class TestDays:
    def test_days_up_to_the_last_one_with_something_are_covered(self, vendor: Vendor) -> None:
        vendor.hold([Traffic(date(2026, 3, 3)), Traffic(date(2026, 3, 20))])
        items = list(matomo(vendor.url("")).read(MARCH))
        covered = [item.window for item in items if isinstance(item, Covered)]
        assert covered == [
            Window(date(2026, 3, 1), date(2026, 3, 4)),
            Window(date(2026, 3, 4), date(2026, 3, 21)),
        ]
        assert [item.day.day for item in items if isinstance(item, Reading)] == [3, 20]

    def test_a_site_nobody_came_to_says_nothing(self, vendor: Vendor) -> None:
        assert list(matomo(vendor.url("")).read(MARCH)) == []

    def test_a_day_with_an_order_and_no_visit_is_a_day(self, vendor: Vendor) -> None:
        vendor.hold([Traffic(TENTH, visits=0, visitors=0, orders=1, items=1, net=Decimal("12.30"))])
        assert found(matomo(vendor.url("")), measure="revenue") == {(10, "Direct"): Decimal("12.30")}
        assert found(matomo(vendor.url(""))) == {(10, "Direct"): 0}

    @pytest.mark.parametrize("zone", ["Europe/Paris", "UTC", "UTC+2", "UTC-9.5"])
    def test_the_zone_is_told_as_matomo_writes_it(self, vendor: Vendor, zone: str) -> None:
        vendor.site = site_entry(timezone=zone)
        assert matomo(vendor.url("")).check().zone == zone


NINTH, ELEVENTH = date(2026, 3, 9), date(2026, 3, 11)

#: what Matomo has made of a day before it has made all of it
HALF_MADE: dict[str, dict[str, Any]] = {
    "no visits": {"unarchived": {"VisitsSummary.get": {ELEVENTH}}},
    "no orders": {"unarchived": {"Goals.get": {ELEVENTH}}},
    "no campaigns": {"unarchived": {f"MarketingCampaignsReporting.{name}": {ELEVENTH} for name in ("getName",)}},
    "nothing but visits": {
        "unarchived": {
            name: {ELEVENTH}
            for name in ("Goals.get", "Referrers.getReferrerType", *(f"{PLUGIN}.get{what}" for what in OF_PLUGIN))
        }
    },
    "visits of new visitors": {"in_part": {"VisitsSummary.get": {ELEVENTH}}},
    "conversions of new visitors": {"in_part": {"Goals.get": {ELEVENTH}}},
}


class TestADayHalfMade:
    @pytest.mark.parametrize("made", HALF_MADE.values(), ids=list(HALF_MADE))
    def test_it_is_missing_and_the_others_stand(self, vendor: Vendor, made: Mapping[str, Any]) -> None:
        vendor.hold(a_few_days())
        connector, whole = matomo(vendor.url("")), readings(matomo(vendor.url("")))
        for name, value in made.items():
            setattr(vendor, name, value)
        items = list(connector.read(MARCH))
        assert [item for item in items if isinstance(item, Reading)] == [one for one in whole if one.day != ELEVENTH]
        covered = [item.window for item in items if isinstance(item, Covered)]
        assert covered == [Window(date(2026, 3, 1), ELEVENTH), Window(date(2026, 3, 12), date(2026, 3, 13))]
        (remark,) = (item.text for item in items if isinstance(item, Remark))
        assert remark.startswith("day 2026-03-11: Matomo has not archived it whole: its ")

    def test_a_test_of_the_source_tells_it(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        vendor.today, vendor.in_part = date(2026, 3, 12), {"Goals.get": {ELEVENTH}}
        (remark,) = matomo(vendor.url("")).check().remarks
        assert remark == (
            "day 2026-03-11: Matomo has not archived it whole: its orders are there for a part of the visits only"
        )

    @pytest.mark.parametrize("column", ["nb_visits", "nb_conversions"])
    def test_a_column_that_no_day_has_is_no_matter_of_archives(self, vendor: Vendor, column: str) -> None:
        vendor.hold(a_few_days())
        vendor.in_part = {"Goals.get" if column == "nb_conversions" else "VisitsSummary.get": set(MARCH)}
        for attempt in (matomo(vendor.url("")).check, lambda: list(matomo(vendor.url("")).read(MARCH))):
            vendor.today = date(2026, 3, 12)
            with pytest.raises(SourceMisread, match=r"web: no day is archived whole: its (visits|orders) are there"):
                attempt()

    def test_a_day_without_an_order_is_whole_though_no_goal_is_told(self, vendor: Vendor) -> None:
        vendor.hold([Traffic(TENTH, visits=3)])
        vendor.unarchived = {"Goals.get": {TENTH}}
        assert found(matomo(vendor.url("")), measure="orders") == {(10, "Direct"): 0}


def with_fields(place: int, change: Mapping[str, Any], *, row: int | None) -> Callable[[bytes], bytes]:
    """Another value of some fields in one row of the tenth, or in all rows of all days; None takes a field out."""

    def changed(body: bytes) -> bytes:
        answers = json.loads(body)
        for day, rows in answers[place].items():
            for number, one in enumerate(rows):
                if row is None or (day, number) == ("2026-03-10", row):
                    one.update(change)
        return json.dumps(answers).encode()

    return changed


class TestARowThatCannotBeRead:
    @pytest.mark.parametrize(
        ("place", "change", "origin", "reason"),
        [
            (8, {"nb_visits": None}, ("nl_october", "newsletter", "email"), "nb_visits is empty, not a whole number"),
            (8, {"nb_visits": -4}, ("nl_october", "newsletter", "email"), "nb_visits is -4, below zero"),
            (8, {"bounce_count": 5}, ("nl_october", "newsletter", "email"), "5 of 4 visits bounced"),
            (7, {"nb_visits": None}, ("nl_october",), "nb_visits is empty, not a whole number"),
            (4, {"sum_visit_length": "long"}, ("Direct",), "sum_visit_length is a text, not a whole number"),
        ],
    )
    def test_it_is_unknown_and_named_and_the_rest_stands(
        self, vendor: Vendor, place: int, change: Any, origin: tuple[str, ...], reason: str
    ) -> None:
        vendor.hold(a_few_days())
        connector, whole = matomo(vendor.url("")), found(matomo(vendor.url("")))
        vendor.distort(with_fields(place, change, row=0))
        items = list(connector.read(MARCH))
        kind = {4: "channel", 7: "campaign", 8: "tagged campaign"}[place]
        assert [item.text for item in items if isinstance(item, Remark)] == [
            f"day 2026-03-10, {kind} '{origin[0]}': {reason}: left out"
        ]
        notes = [(item.day, item.quality) for item in items if isinstance(item, Note)]
        assert notes == [(TENTH, Quality.TRUNCATED)]
        sessions = found(connector)
        assert sessions[10, *origin] is None
        assert {key: sessions[key] for key in whole if key[0] != 10} == {
            key: amount for key, amount in whole.items() if key[0] != 10
        }
        assert sum(amount or 0 for (day, *_), amount in sessions.items() if day == 10) == 21

    @pytest.mark.parametrize(
        ("place", "column", "reason"),
        [
            (2, "nb_visits", "visits: 2026-03-10: nb_visits is empty, not a whole number"),
            (3, "revenue_tax", "orders: 2026-03-10: revenue_tax is empty, not an amount"),
        ],
    )
    def test_a_total_that_cannot_be_read_leaves_the_rest_of_its_day_unknown(
        self, vendor: Vendor, place: int, column: str, reason: str
    ) -> None:
        vendor.hold(a_few_days())
        connector, whole = matomo(vendor.url("")), readings(matomo(vendor.url("")))

        def emptied(body: bytes) -> bytes:
            answers = json.loads(body)
            answers[place]["2026-03-10"][column] = None
            return json.dumps(answers).encode()

        vendor.distort(emptied)
        items = list(connector.read(days_in(*a_few_days())))
        read = [item for item in items if isinstance(item, Reading)]
        (unknown,) = [one for one in read if one.origin == Origin(currency="EUR") and one.day == TENTH]
        assert set(unknown.measures.values()) == {None}
        assert [one for one in read if one is not unknown] == [
            one for one in whole if one.origin != unknown.origin or one.day != TENTH
        ]
        remarks = [item.text for item in items if isinstance(item, Remark)]
        assert remarks == [f"day 2026-03-10, total 'of the site': {reason}: left out"]

    @pytest.mark.parametrize("place", [4, 7, 8])
    def test_where_all_are_like_that_the_answer_is_wrong(self, vendor: Vendor, place: int) -> None:
        vendor.hold(a_few_days())
        vendor.today = date(2026, 3, 12)
        vendor.distort(with_fields(place, {"sum_visit_length": None}, row=None))
        refused(matomo(vendor.url("")), SourceMisread)


class TestFigures:
    def test_numbers_as_texts_are_numbers(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        as_numbers = sums(matomo(vendor.url("")).read(MARCH))
        vendor.texts_only = True
        assert sums(matomo(vendor.url("")).read(MARCH)) == as_numbers

    def test_the_day_adds_up_to_what_the_site_had(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        vendor.unique = {TENTH: 14}  # some came twice, by different ways
        connector = matomo(vendor.url(""))
        day = Window(TENTH, date(2026, 3, 11))
        assert total(connector, day, "visitors") == 14
        assert total(connector, day, "sessions") == 4 + 1 + 2 + 9 + 5
        assert total(connector, day, "engaged_sessions") == 21 - 1 - 3 - 2
        assert total(connector, day, "engagement_seconds") == 637 + 40 + 700 + 300
        assert found(connector, day, "visitors")[10,] == 14 - (3 + 1 + 2 + 8 + 5)
        assert found(connector, day)[10,] == 0

    def test_orders_are_no_conversions(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        connector = matomo(vendor.url(""))
        assert total(connector, MARCH, "conversions") == 3 * (1 + 2)
        assert total(connector, MARCH, "conversion_value") == Decimal("7.50")
        assert total(connector, MARCH, "orders") == 3 * 2
        assert found(connector, measure="conversions")[10, "sale", "facebook", "paid_social"] == 0

    def test_goals_may_be_chosen(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        first = matomo(vendor.url(""), goals=[1])
        assert total(first, MARCH, "conversions") == 3 * 2
        assert found(first, measure="conversions")[10, "Direct"] == 2
        assert found(first, measure="conversions")[10, "nl_october", "newsletter", "email"] == 0
        assert total(matomo(vendor.url(""), goals=[1, 2]), MARCH, "conversions") == 3 * 3
        assert total(matomo(vendor.url(""), goals=[2]), MARCH, "conversion_value") == Decimal("7.50")

    @pytest.mark.parametrize("goals", [[7], [1, 7]])
    def test_a_goal_that_is_not_there_is_no_zero(self, vendor: Vendor, goals: list[int]) -> None:
        error = refused(matomo(vendor.url(""), goals=goals))
        assert str(error) == (
            "web: the site has no goal 7: correct 'goals'; it has 1 Inscription newsletter, 2 Page contact vue"
        )

    def test_goals_may_be_listed_by_their_numbers(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        vendor.goals = {"2": goal_entry(2, "Page contact vue"), "5": goal_entry(5, "Devis")}
        assert total(matomo(vendor.url(""), goals=[2]), MARCH, "conversions") == 3

    @pytest.mark.parametrize(
        ("basis", "revenue"),
        [
            ({}, "45.08"),
            ({"with_tax": True}, "54.10"),
            ({"with_shipping": True}, "49.98"),
            ({"with_tax": True, "with_shipping": True}, "59.00"),
        ],
    )
    def test_revenue_is_on_the_basis_asked_for(self, vendor: Vendor, basis: dict[str, Any], revenue: str) -> None:
        vendor.hold(a_few_days())
        connector = matomo(vendor.url(""), **basis)
        assert found(connector, measure="revenue")[10, "sale", "facebook", "paid_social"] == Decimal(revenue)
        assert total(connector, MARCH, "revenue") == 6 * Decimal(revenue)

    def test_what_floating_point_left_behind_is_dropped(self, vendor: Vendor) -> None:
        vendor.hold([Traffic(TENTH, orders=1, items=1, net=Decimal("640.8099999999998"))])
        assert found(matomo(vendor.url("")), measure="revenue") == {(10, "Direct"): Decimal("640.81")}

    def test_an_amount_beyond_reason_is_refused(self, vendor: Vendor) -> None:
        vendor.hold([Traffic(TENTH, orders=1, items=1, net=Decimal(10) ** 40)])
        with pytest.raises(SourceMisread, match="revenue is too large"):
            list(matomo(vendor.url("")).read(MARCH))

    def test_visitors_that_matomo_does_not_count_are_unknown(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        vendor.counts_visitors = False
        every = readings(matomo(vendor.url("")))
        assert {reading.measures["visitors"] for reading in every} == {None}
        assert sum(reading.measures["sessions"] or 0 for reading in every) == 3 * 21

    @pytest.mark.parametrize(
        ("site", "goals", "unknown"),
        [
            ({"ecommerce": 0}, [goal_entry(1, "Devis")], {"orders", "items", "revenue"}),
            ({}, [], {"conversions", "conversion_value"}),
            ({"ecommerce": "0"}, {}, {"orders", "items", "revenue", "conversions", "conversion_value"}),
        ],
    )
    def test_what_the_site_cannot_know_is_not_zero(
        self, vendor: Vendor, site: dict[str, Any], goals: Any, unknown: set[str]
    ) -> None:
        vendor.hold([Traffic(TENTH)])
        vendor.site, vendor.goals = site_entry(**site), goals
        connector = matomo(vendor.url(""))
        known = connector.provides - unknown
        items = list(connector.read(MARCH))
        assert [item.measures for item in items if isinstance(item, Covered)] == [known]
        assert [item.measures.keys() for item in items if isinstance(item, Reading)] == [known]
        info = connector.check()
        assert info.measures == known
        assert len(info.remarks) == len({"orders", "conversions"} & unknown)


class TestOrigins:
    def test_campaigns_have_source_and_medium_and_channels_the_rest(self, vendor: Vendor) -> None:
        ways = [Traffic(TENTH, number, visits=10 + number) for number in (1, 2, 3, 7)]
        vendor.hold([*ways, campaign("sale", "google", "cpc", visits=5), campaign("sale", "bing", "cpc", visits=4)])
        assert found(matomo(vendor.url(""))) == {
            (10, "Direct"): 11,
            (10, "Organic Search"): 12,
            (10, "Referral"): 13,
            (10, "Organic Social"): 17,
            (10, "sale", "google", "cpc"): 5,
            (10, "sale", "bing", "cpc"): 4,
        }

    def test_a_channel_that_is_not_known_yet_stays_in_the_rest(self, vendor: Vendor) -> None:
        vendor.hold([Traffic(TENTH, 1, visits=3), Traffic(TENTH, 8, visits=2)])
        assert found(matomo(vendor.url(""))) == {(10, "Direct"): 3, (10,): 2}

    def test_a_campaign_without_source_and_medium_is_there(self, vendor: Vendor) -> None:
        vendor.hold([campaign("sale", "google", "cpc", visits=5), campaign("sale", visits=2), campaign("flyer")])
        assert found(matomo(vendor.url(""))) == {(10, "sale", "google", "cpc"): 5, (10, "sale"): 2, (10, "flyer"): 1}

    def test_a_source_without_a_campaign_is_there(self, vendor: Vendor) -> None:
        vendor.hold([campaign("", "partner", "banner", visits=3), campaign("sale", "google", "cpc", visits=5)])
        assert found(matomo(vendor.url(""))) == {(10, "partner", "banner"): 3, (10, "sale", "google", "cpc"): 5}

    def test_a_day_without_any_name_counts_once(self, vendor: Vendor) -> None:
        vendor.hold([campaign("", "partner", "banner", visits=3)])  # the plugin then repeats Matomo's own name for it
        assert found(matomo(vendor.url(""))) == {(10, "partner", "banner"): 3}

    def test_campaigns_from_before_the_plugin_are_there(self, vendor: Vendor) -> None:
        vendor.hold([campaign("", visits=3, source="summer")])
        connector = matomo(vendor.url(""))
        vendor.distort(partial(without_rows, place=8))
        assert found(connector) == {(10, "summer"): 3}

    @pytest.mark.parametrize("has_plugin", [True, False])
    @pytest.mark.parametrize(
        "name",
        [
            "summer+sale",
            "50% off",
            "50%25 off",
            "fish & chips",
            "fish &amp; chips",
            'l\'été "fou"',
            "a - b - c",
            "a;b==c",
        ],
    )
    def test_a_name_comes_back_as_it_was_tracked(self, vendor: Vendor, name: str, has_plugin: bool) -> None:
        vendor.has_plugin = has_plugin
        vendor.hold([campaign(name, "google", "cpc", visits=3), campaign(name, visits=2), campaign("other")])
        sessions = found(matomo(vendor.url("")))
        if has_plugin:
            assert sessions == {(10, name, "google", "cpc"): 3, (10, name): 2, (10, "other"): 1}
        else:
            assert sessions == {(10, name): 3 + 2, (10, "other"): 1}

    def test_a_source_and_a_medium_come_back_as_they_were_tracked(self, vendor: Vendor) -> None:
        vendor.hold([campaign("sale", "a+b", "50% off", visits=3)])
        assert found(matomo(vendor.url(""))) == {(10, "sale", "a+b", "50% off"): 3}

    def test_names_that_matomo_shows_as_one_stay_apart(self, vendor: Vendor) -> None:
        vendor.hold([campaign("a+b", "google", "cpc", visits=3), campaign("a b", visits=2)])
        assert found(matomo(vendor.url(""))) == {(10, "a+b", "google", "cpc"): 3, (10, "a b"): 2}

    def test_a_name_of_which_matomo_tells_the_label_alone_counts_once(self, vendor: Vendor) -> None:
        late = {"visits": 0, "visitors": 0, "goals": {2: (1, Decimal("2.50"))}}  # without a visit there is no segment
        vendor.hold([campaign("a+b", "google", "cpc", **late), Traffic(TENTH)])
        assert found(matomo(vendor.url("")), measure="conversions") == {
            (10, "a+b", "google", "cpc"): 1,
            (10, "Direct"): 0,
        }

    def test_conversions_without_a_visit_count(self, vendor: Vendor) -> None:
        late = campaign("sale", "google", "cpc", visits=0, visitors=0, goals={2: (1, Decimal("2.50"))})
        vendor.hold([Traffic(TENTH, visits=3), late])
        connector = matomo(vendor.url(""))
        assert found(connector) == {(10, "Direct"): 3, (10, "sale", "google", "cpc"): 0}
        assert found(connector, measure="conversions")[10, "sale", "google", "cpc"] == 1

    @pytest.mark.parametrize(
        ("source", "medium", "others", "expected"),
        [
            ("google", "cpc", [], ("google", "cpc")),
            ("newsletter", "", [], ("newsletter", "")),
            ("", "email", [], ("", "email")),
            ("a - b", "c", [], ("a - b", "c")),
            ("a", "b - c", [], ("a", "b - c")),
            ("a - b", "", [], ("a - b", "")),
            ("a", "b - c", [("a - b", "c")], ("", "")),  # nobody can tell them apart
            ("x", "", [("", "x")], ("", "")),
        ],
    )
    def test_source_and_medium_are_told_apart_where_that_is_certain(
        self, vendor: Vendor, source: str, medium: str, others: list[tuple[str, str]], expected: tuple[str, str]
    ) -> None:
        vendor.hold([campaign("sale", source, medium, visits=2), *(campaign("other", *other) for other in others)])
        origins = {reading.origin for reading in readings(matomo(vendor.url(""))) if reading.origin.campaign == "sale"}
        assert {(origin.source, origin.medium) for origin in origins} == {expected}

    def test_where_sources_were_folded_together_the_only_way_is_taken(self, vendor: Vendor) -> None:
        vendor.hold([campaign("sale", "google", "cpc", visits=2)])
        connector = matomo(vendor.url(""))
        vendor.distort(partial(without_rows, place=9))
        assert found(connector) == {(10, "sale", "google", "cpc"): 2}

    def test_without_the_plugin_campaigns_have_their_names(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        vendor.has_plugin = False
        connector = matomo(vendor.url(""))
        day = Window(TENTH, date(2026, 3, 11))
        assert found(connector, day) == {
            (10, "nl_october"): 4,
            (10, "sale"): 3,
            (10, "Direct"): 9,
            (10, "Organic Search"): 5,
        }
        assert vendor.calls == 1
        remark = "the plugin MarketingCampaignsReporting is off: campaigns have neither source nor medium"
        assert connector.check().remarks == (remark,)

    def test_more_campaigns_than_matomo_gives_unasked_are_there(self, vendor: Vendor) -> None:
        vendor.hold(campaign(f"campaign {number}", "google", "cpc") for number in range(150))
        vendor.subrows_kept = 200
        assert len(found(matomo(vendor.url("")))) == 150

    def test_campaigns_folded_together_are_other_and_said_so(self, vendor: Vendor) -> None:
        vendor.rows_kept = 3
        vendor.hold(campaign(f"campaign {number}", visits=10 - number) for number in range(5))
        items = list(matomo(vendor.url("")).read(MARCH))
        notes = [(item.day, item.quality) for item in items if isinstance(item, Note)]
        assert notes == [(TENTH, Quality.OTHER_ROW)]
        assert isinstance(items[1], Note)
        assert found(matomo(vendor.url(""))) == {
            (10, "campaign 0"): 10,
            (10, "campaign 1"): 9,
            (10, "(other)"): 8 + 7 + 6,
        }

    @pytest.mark.parametrize(("kept", "folded"), [(3, 1000), (1000, 3), (3, 3), (4, 4)])
    def test_what_is_folded_together_counts_once(self, vendor: Vendor, kept: int, folded: int) -> None:
        vendor.rows_kept, vendor.subrows_kept = kept, folded
        tagged = [
            campaign(f"campaign {number}", f"source {number % 4}", "cpc", visits=number) for number in range(1, 9)
        ]
        vendor.hold([*tagged, campaign("bare", visits=20), Traffic(TENTH, visits=7)])
        for has_plugin in (True, False):
            vendor.has_plugin = has_plugin
            told = found(matomo(vendor.url("")))
            assert sum(told.values()) == sum(range(1, 9)) + 20 + 7
            assert all(visits >= 0 for visits in told.values())
            assert told.get((10, "bare")) == 20


def without_rows(body: bytes, place: int) -> bytes:
    answers = json.loads(body)
    answers[place] = {day: [] for day in answers[place]}
    return json.dumps(answers).encode()


class TestRefusals:
    @pytest.mark.parametrize("in_json", [True, False])
    def test_a_wrong_token_is_told_once(self, vendor: Vendor, in_json: bool) -> None:
        words = "Unable to authenticate with the provided token. It is either invalid or expired."
        page = text_answer(PAGE.format(words), status=401, kind="text/html; charset=utf-8")
        vendor.fail_always(json_answer({"result": "error", "message": words}, status=401) if in_json else page)
        assert str(refused(matomo(vendor.url(""), token=WRONG))) == (
            "web: Matomo does not take the token (401): make a new one under Administration > Personal > Security >"
            f" Auth tokens; it says: {words}"
        )
        assert vendor.calls == 2  # once for each: Matomo counts them

    def test_an_address_that_is_blocked_is_left_alone_for_an_hour(self, vendor: Vendor) -> None:
        vendor.failed_logins = ALLOWED
        error = refused(matomo(vendor.url("")), SourceUnavailable)
        assert isinstance(error, SourceUnavailable)
        assert error.retry_after == 3600
        assert "Brute Force Log" in str(error)
        assert vendor.calls == 2

    @pytest.mark.parametrize(
        "words",
        [
            "Too many failed logins. Please wait and try logging in again later.",
            "Trop de connexions échouées, veuillez réessayer ultérieurement.",
            "You are currently not allowed to log in because you had too many failed logins, try again later.",
        ],
    )
    @pytest.mark.parametrize("status", [200, 403, 500])
    def test_whatever_status_a_block_comes_with(self, vendor: Vendor, words: str, status: int) -> None:
        vendor.fail_always(json_answer({"result": "error", "message": words}, status=status))
        refused(matomo(vendor.url("")), SourceUnavailable)
        assert vendor.calls == 2

    def test_a_site_that_is_not_there_names_the_option(self, vendor: Vendor) -> None:
        error = refused(matomo(vendor.url(""), site=99))
        assert str(error).startswith(
            "web: Matomo shows the token no site 99: correct 'site', or give its user the view"
        )
        assert str(error).endswith("; it may see 1 Boutique locale")
        assert vendor.calls == 2

    @pytest.mark.parametrize("status", [200, 401])
    def test_a_site_the_token_may_not_see_names_the_permission(self, vendor: Vendor, status: int) -> None:
        words = "You can't access this resource as it requires 'view' access for the website id = 1."
        vendor.fail_always(json_answer({"result": "error", "message": words}, status=status))
        assert "view permission under Administration > System > Users" in str(refused(matomo(vendor.url(""))))

    def test_one_report_that_fails_fails_all(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        vendor.complaints = {"Goals.get": "Access to &quot;goals&quot; &gt; denied"}
        error = refused(matomo(vendor.url("")))
        assert str(error) == 'web: Matomo does not take the request: Goals.get: Access to "goals" > denied'

    def test_a_report_that_is_not_needed_may_fail(self, vendor: Vendor) -> None:
        vendor.hold(a_few_days())
        vendor.complaints = {"Referrers.getCampaigns": "The DataTable cannot be manipulated"}
        assert total(matomo(vendor.url("")), MARCH, "sessions") == 3 * 21

    def test_trouble_of_the_database_may_pass(self, vendor: Vendor) -> None:
        vendor.complaints = {"VisitsSummary.get": "SQLSTATE[HY000]: General error: 2006 MySQL server has gone away"}
        refused(matomo(vendor.url("")), SourceUnavailable)

    def test_a_page_in_the_place_of_an_answer_is_told(self, vendor: Vendor) -> None:
        vendor.fail_always(text_answer(PAGE.format("Maintenance"), kind="text/html; charset=utf-8"))
        assert "answered 200 with text/html" in str(refused(matomo(vendor.url("")), SourceMisread))


class Recorded(Vendor):
    """Answers each question with the file recorded of its method and days, as it is; without one, with no row."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.index = [one for one in json.loads((folder / "index.json").read_text()) if one["file"].endswith(".json")]

        self._read: dict[str, Any] = {}

    def file(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = json.loads((self.folder / name).read_text())
        return self._read[name]

    def _report(self, asked: dict[str, str]) -> Any:
        if asked["method"] == "SitesManager.getSiteFromId":
            return self.file("sites.json")[0]
        if asked["method"] == "Goals.getGoals":
            return self.file("goals_list.json")
        since, _, until = asked["date"].partition(",")
        for one in self.index:
            about = one["params"]
            first, _, last = str(about.get("date", "")).partition(",")
            is_it = about["method"] == asked["method"] and str(about.get("idGoal", "")) == asked.get("idGoal", "")
            if is_it and about.get("period") == "day" and "segment" not in about and first <= since and until <= last:
                answer = self.file(one["file"])
                days = {day: said for day, said in answer.items() if since <= day <= until}
                return answer if answer.get("result") == "error" else days
        days_asked = Window(date.fromisoformat(since), date.fromisoformat(until) + timedelta(days=1))
        return {str(day): [] for day in days_asked}


GROSS: dict[str, Any] = {"with_tax": True, "with_shipping": True}


def by(connector: Connector, window: Window, label: str) -> dict[str, tuple[Any, ...]]:
    """Sessions, orders and revenue by a label."""
    by_label: dict[str, list[Any]] = {}
    for reading in readings(connector, window):
        amounts = by_label.setdefault(getattr(reading.origin, label), [0, 0, 0])
        for place, measure in enumerate(("sessions", "orders", "revenue")):
            amounts[place] += reading.measures[measure]
    return {name: tuple(amounts) for name, amounts in by_label.items()}


class TestAnswersOfARealOne:
    """What is expected of the recorded answers stands in reference/README.md, and was worked out by other programs."""

    window: ClassVar = Window(date(2026, 10, 1), date(2026, 11, 22))

    @pytest.fixture
    def recorded(self, reference: Path) -> Iterator[Recorded]:
        with Recorded(reference / "recorded" / "matomo") as recorded:
            yield recorded

    def test_the_site_had_what_matomo_says(self, recorded: Recorded) -> None:
        assert totals_of(matomo(recorded.url(""), **GROSS), self.window) == {
            "sessions": 901,
            "visitors": 898,
            "engagement_seconds": 129_341,
            "engaged_sessions": 901 - 357,
            "orders": 65,
            "items": 65,
            "revenue": Decimal("7472.02"),
            "conversions": 370 - 65,
            "conversion_value": Decimal("620.00"),
        }
        assert total(matomo(recorded.url("")), self.window, "revenue") == Decimal("7472.02") - Decimal("1563.83")

    def test_so_had_october(self, recorded: Recorded) -> None:
        october = Window(date(2026, 10, 1), date(2026, 11, 1))
        figures = totals_of(matomo(recorded.url(""), **GROSS), october)
        assert (figures["sessions"], figures["engagement_seconds"]) == (555, 78_798)
        assert (figures["orders"], figures["revenue"]) == (41, Decimal("4692.86"))

    def test_so_had_its_campaigns(self, recorded: Recorded) -> None:
        campaigns = by(matomo(recorded.url(""), **GROSS), self.window, "campaign")
        assert campaigns == {
            "soldes_automne": (135, 8, Decimal("680.01")),
            "rentree_2026": (132, 11, Decimal("1061.73")),
            "nl_octobre": (90, 7, Decimal("697.46")),
            "black friday 2026": (55, 5, Decimal("722.29")),
            "": (901 - 412, 65 - 31, Decimal("7472.02") - Decimal("3161.49")),
        }

    def test_campaigns_have_their_source_and_medium(self, recorded: Recorded) -> None:
        origins = {reading.origin for reading in readings(matomo(recorded.url("")), self.window)}
        assert {(one.campaign, one.source, one.medium, one.currency) for one in origins} == {
            ("soldes_automne", "facebook", "paid_social", "EUR"),
            ("rentree_2026", "google", "cpc", "EUR"),
            ("nl_octobre", "newsletter", "email", "EUR"),
            ("black friday 2026", "bing", "cpc", "EUR"),
            ("", "", "", "EUR"),
        }

    def test_the_day_that_was_not_over_is_not_covered(self, recorded: Recorded) -> None:
        covered = [item.window for item in matomo(recorded.url("")).read(self.window) if isinstance(item, Covered)]
        assert (covered[0].start, covered[-1].last) == (date(2026, 10, 1), date(2026, 11, 20))

    def test_a_goal_alone(self, recorded: Recorded) -> None:
        days = recorded.file("goals_get_1.json").values()
        expected = sum(day["nb_conversions"] for day in days if day)
        assert total(matomo(recorded.url(""), goals=[1]), self.window, "conversions") == expected == 57

    def test_its_page_about_a_wrong_token(self, recorded: Recorded) -> None:
        page = (recorded.folder / "err_bad_token.txt").read_text()
        recorded.fail_always(text_answer(page, status=401, kind="text/html; charset=utf-8"))
        assert str(refused(matomo(recorded.url("")))).endswith(
            "it says: Unable to authenticate with the provided token. It is either invalid or expired."
        )


class TestAFewAnswersOfARealOne:
    """The same on three days that are always here."""

    window: ClassVar = Window(date(2026, 10, 7), date(2026, 10, 10))

    @pytest.fixture
    def recorded(self) -> Iterator[Recorded]:
        with Recorded(Path(__file__).parents[1] / "support" / "fixtures" / "matomo") as recorded:
            yield recorded

    def test_the_site_had_what_matomo_says(self, recorded: Recorded) -> None:
        assert totals_of(matomo(recorded.url("")), self.window) == {
            "sessions": 67,
            "visitors": 66,
            "engagement_seconds": 9_406,
            "engaged_sessions": 67 - 25,
            "orders": 5,
            "items": 5,
            "revenue": Decimal("608.06") - Decimal("101.35") - Decimal("24.50"),
            "conversions": 33 - 5,
            "conversion_value": Decimal("663.06") - Decimal("608.06"),
        }

    def test_campaigns_are_those_of_its_reports(self, recorded: Recorded) -> None:
        sessions = {name: amounts[0] for name, amounts in by(matomo(recorded.url("")), self.window, "campaign").items()}
        assert sessions == {
            "soldes_automne": 7 + 1 + 4,
            "rentree_2026": 3 + 3 + 2,
            "nl_octobre": 1 + 2 + 2,
            "black friday 2026": 3 + 4,
            "": 67 - 32,
        }

    def test_its_channels_are_known_by_their_numbers(self, recorded: Recorded) -> None:
        month = recorded.file("referrers_getReferrerType.json")  # a month's rows, given as those of one day
        recorded.distort(partial(with_rows, place=4, day="2026-10-07", rows=month))
        channels = by(matomo(recorded.url(""), **GROSS), Window(date(2026, 10, 7), date(2026, 10, 8)), "channel")
        assert {name: amounts for name, amounts in channels.items() if name} == {
            "Organic Search": (145, 16, Decimal("1886.12")),
            "Direct": (123, 4, Decimal("513.15")),
            "Referral": (35, 3, Decimal("305.99")),
        }

    @pytest.mark.parametrize("name", ["err_no_token.json", "err_unknown_site.json"])
    def test_its_refusals(self, recorded: Recorded, name: str) -> None:
        recorded.fail_always(json_answer(recorded.file(name), status=401 if "token" in name else 200))
        assert "Matomo shows the token no site 1" in str(refused(matomo(recorded.url(""))))


def with_rows(body: bytes, place: int, day: str, rows: Any) -> bytes:
    answers = json.loads(body)
    answers[place][day] = rows
    return json.dumps(answers).encode()


def test_the_example_is_a_site_that_can_be_read() -> None:
    with example() as vendor:
        connector = matomo(vendor.url(""))
        assert {reading.day for reading in readings(connector)} == set(MARCH)
        assert {reading.origin.campaign for reading in readings(connector)} == {"", "spring_2026", "nl_march"}
        entry = yaml.safe_load(vendor.entry.format(url=vendor.url("")))["web"]
        assert MatomoOptions.model_validate(entry).token.env in vendor.secrets

"""Google Analytics 4: the shared contracts, over both transports, and the traps of its Data API."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import grpc  # type: ignore[import-untyped]
import pytest
import yaml
from connector_contract import DAY, MARCH, ConnectorContract, Over, Row, readings, sums, told
from fault_contract import FaultContract
from google.auth import jwt
from pydantic import ValidationError
from simulators import ga4 as simulated
from simulators.ga4 import EMAIL, KEY_FILE, KEY_ID, LETTER, ORGANIC, PRIVATE, SPRING, Ga4, Line, labels, visits
from simulators.web_server import json_answer

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.vocabulary import Measure
from connectors.analytics.ga4 import Ga4 as Connects
from connectors.analytics.ga4 import Ga4Options
from connectors.base import Connector, Context, Covered, Note, Origin, Quality, Reading, Remark
from connectors.kit.http import RequestLimits

REPO = Path(__file__).resolve().parents[2]
PASS = "eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJSUzI1NiIsICJraWQi"  # how every pass begins
CANARIES = (PRIVATE.splitlines()[5], KEY_ID, PASS, "canary-oops")
DAYS = Window(date(2026, 3, 10), date(2026, 3, 13))
TENTH = DAYS.start
COSTS: set[str] = {Measure.SPEND, Measure.CLICKS, Measure.IMPRESSIONS}

#: our labels and measures -> Google's
NAMES = {
    "campaign": "sessionCampaignName",
    "campaign_id": "sessionCampaignId",
    "source": "sessionSource",
    "medium": "sessionMedium",
    "channel": "sessionDefaultChannelGroup",
    "content": "sessionManualAdContent",
    "term": "sessionManualTerm",
    "sessions": "sessions",
    "revenue": "purchaseRevenue",
}


def ga4(
    url: str, transport: str = "rest", *, key: str = KEY_FILE, zone: str = "Europe/Paris", **options: Any
) -> Connects:
    """A connector as ``sources.yaml`` would make it."""
    entry = {"connector": "ga4", "property": "123456789", "credentials": {"env": "KEY"}, "transport": transport}
    read = Ga4Options.model_validate({**entry, "endpoint": url.rstrip("/"), **options})
    return Connects(read, Context("web", Path(), zone, "EUR", reveal=lambda _: key))


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would have been slept over gRPC."""
    slept: list[float] = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=slept.append)
    monkeypatch.setattr("connectors.analytics.ga4_transport.time", clock)
    return slept


@pytest.fixture
def vendor() -> Iterator[Ga4]:
    with Ga4() as vendor:
        yield vendor


@pytest.fixture
def connector(vendor: Ga4) -> Connects:
    return ga4(vendor.url())


@pytest.fixture
def grpc_url(vendor: Ga4) -> Iterator[str]:
    with vendor.over_grpc() as url:
        yield url


def as_line(row: Row) -> Line:
    """A line of a ledger as Google has it: with every label, none of them its word for nothing."""
    named = {google: row.labels.get(ours, "") for ours, google in NAMES.items() if ours in Origin._fields}
    return Line(row.day, {NAMES[name]: amount or 0 for name, amount in row.measures.items()}, named)


class TestGa4(ConnectorContract):
    """Over gRPC, which is what an entry means that does not say."""

    count = "sessions"
    money = "revenue"
    canaries = CANARIES
    many = 4_000
    weighed = 3_000
    flat = 7 << 19
    leaves_out: ClassVar = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "a report of Google has no empty cells",
        "test_two_currencies_stay_apart": "a property has one currency at a time",
    }

    @pytest.fixture
    def over(self, vendor: Ga4, grpc_url: str) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            vendor.hold(map(as_line, ledger))
            return ga4(grpc_url, "grpc")

        return build

    @pytest.fixture
    def absent(self) -> Connector:
        return ga4("http://127.0.0.1:1", "grpc")

    @pytest.fixture
    def failing(self, vendor: Ga4, grpc_url: str) -> Sequence[Connector]:
        other_key = json.loads(KEY_FILE) | {"client_email": "somebody.else@canary-project.iam.gserviceaccount.com"}
        damaged = json.loads(KEY_FILE) | {"private_key": PRIVATE[:-200] + "canary-oops"}
        return [
            ga4(grpc_url, "grpc", property="987654321"),
            ga4(vendor.url(), "rest", property="987654321"),
            ga4(grpc_url, "grpc", key="canary-oops"),
            ga4(grpc_url, "grpc", key=json.dumps({"installed": {"client_secret": "canary-oops"}})),
            ga4(grpc_url, "grpc", key=json.dumps(damaged)),
            ga4(vendor.url("/elsewhere"), "rest", key=json.dumps(other_key)),
        ]

    @pytest.fixture
    def consumed(self, vendor: Ga4) -> Callable[[], int]:
        return lambda: vendor.given

    def many_rows(self, many: int) -> list[Row]:
        """The same, but for a row of nothing but zeros: Google would leave it out."""
        first, *rest = super().many_rows(many)
        return [first._replace(measures={**first.measures, self.count: 1}), *rest]


class TestGa4InTrouble(FaultContract):
    connector_class = Connects
    canaries = CANARIES
    drifts = 60

    @pytest.fixture
    def vendor(self) -> Iterator[Ga4]:
        with simulated.example() as vendor:
            yield vendor

    @pytest.fixture
    def connector(self, vendor: Ga4) -> Connector:
        return ga4(vendor.url())


# What an entry may say.


@pytest.mark.parametrize("value", ["123456789", "properties/123456789", 123456789, " 123456789 "])
def test_a_property_is_its_number(value: object) -> None:
    assert ga4("http://127.0.0.1", property=value).options.property == "123456789"


@pytest.mark.parametrize("value", ["G-ABC123DEF4", "UA-1234-5", "properties/", "12 34", "٣", "1" * 21, ""])
def test_another_number_is_told_from_the_property(value: str) -> None:
    with pytest.raises(ValidationError, match="is not the number of a property: it stands in Google Analytics under"):
        ga4("http://127.0.0.1", property=value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"endpoint": "http://proxy.example"}, "would send the credentials unencrypted"),
        ({"endpoint": "https://proxy.example/google", "transport": "grpc"}, "a host and a port, without a path"),
        ({"conversions": [f"event_{number}" for number in range(11)]}, "at most 10"),
        ({"conversions": []}, "at least 1"),
        ({"transport": "soap"}, "'grpc' or 'rest'"),
        ({"credentials": KEY_FILE}, "never write a secret into the file"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ga4("http://127.0.0.1", **options)


def test_googles_library_is_loaded_only_when_something_is_asked() -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from connectors.analytics.ga4 import *; from connectors.base import Context\n"
        "entry = {'connector': 'ga4', 'property': '1', 'credentials': {'env': 'KEY'}}\n"
        "Ga4(Ga4Options.model_validate(entry), Context('web', Path(), 'UTC', 'EUR', reveal=str))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('google', 'grpc', 'proto')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPO, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_entries_of_the_page_and_of_the_simulator_are_taken() -> None:
    page = (REPO / "docs/connectors/ga4.md").read_text()
    example = page.partition("```yaml\n")[2].partition("```")[0]
    for text, transport in ((example, "grpc"), (Ga4.entry.format(url="http://127.0.0.1:8765"), "rest")):
        assert Ga4Options.model_validate(yaml.safe_load(text)["web"]).transport == transport


# What is asked.


def test_a_daily_run_asks_four_times_and_a_month_week_by_week(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(simulated.march())
    list(connector.read(Window(date(2026, 3, 27), date(2026, 4, 1))))
    assert [[one["name"] for one in body["dimensions"]][:2] for body in vendor.asked] == [
        ["date"],
        ["sessionCampaignName"],
        ["date", "sessionCampaignName"],
        ["date", "sessionCampaignName"],
    ]
    vendor.asked.clear()
    list(connector.read(MARCH))
    traffic = [body for body in vendor.asked if len(body["dimensions"]) == 8]
    assert [body["dateRanges"] for body in traffic] == [
        [{"startDate": "2026-03-01", "endDate": "2026-03-07"}],
        [{"startDate": "2026-03-08", "endDate": "2026-03-14"}],
        [{"startDate": "2026-03-15", "endDate": "2026-03-21"}],
        [{"startDate": "2026-03-22", "endDate": "2026-03-28"}],
        [{"startDate": "2026-03-29", "endDate": "2026-03-31"}],
    ]
    assert len(vendor.asked) == 2 + 5 * 2


def test_rows_are_asked_for_in_a_total_order(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(simulated.march())
    list(connector.read(DAYS))
    assert vendor.asked
    for body in vendor.asked:
        ordered = [one["dimension"]["dimensionName"] for one in body["orderBys"] if "dimension" in one]
        assert ordered == [one["name"] for one in body["dimensions"]] or body["limit"] == "1"


def test_pages_end_with_the_row_count_without_an_empty_one(
    vendor: Ga4, connector: Connects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connects, "page", 4)
    vendor.hold(Line(TENTH, visits(10), labels(f"c{number}", "x", "y", "Email")) for number in range(8))
    assert len(readings(connector, DAYS)) == 8
    assert [body.get("offset", "0") for body in vendor.asked if len(body["dimensions"]) == 8] == ["0", "4"]


def test_the_same_page_twice_is_no_answer(vendor: Ga4, connector: Connects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connects, "page", 4)
    vendor.hold(Line(TENTH, visits(10), labels(f"c{number}", "x", "y", "Email")) for number in range(8))
    report = vendor.report
    monkeypatch.setattr(vendor, "report", lambda number, body: report(number, {**body, "offset": "0"}))
    with pytest.raises(SourceMisread, match="gave the same page twice"):
        list(connector.read(DAYS))


def test_neither_a_proxy_nor_a_login_of_the_machine_is_used(
    vendor: Ga4, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login canary password canary\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTPS_PROXY", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    vendor.hold(simulated.march())
    with vendor.over_grpc() as url:
        for transport, place in (("rest", vendor.url()), ("grpc", url)):
            assert readings(ga4(place, transport), DAYS)
    assert {seen.headers["authorization"].split()[0] for seen in vendor.seen} == {"Bearer"}


def test_the_key_signs_the_pass_itself_and_nobody_is_asked_for_one(vendor: Ga4, connector: Connects) -> None:
    connector.check()
    assert {seen.path for seen in vendor.seen} == {"/v1beta/properties/123456789:runReport"}
    given = vendor.seen[0].headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(given, simulated.PUBLIC)  # type: ignore[no-untyped-call]
    assert (claims["iss"], claims["sub"]) == (EMAIL, EMAIL)
    assert claims["aud"] == "https://analyticsdata.googleapis.com/"
    assert claims["exp"] - claims["iat"] == 3600


def test_a_pass_that_expired_is_signed_anew(vendor: Ga4, grpc_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor.hold(simulated.march())
    connectors = [ga4(vendor.url()), ga4(grpc_url, "grpc")]
    monkeypatch.setattr("connectors.analytics.ga4_transport._now", lambda: datetime.now(UTC) - timedelta(hours=3))
    for connector in connectors:
        with pytest.raises(SourceRefused, match=r"refuses the credentials.*\(401\): .*Request had invalid"):
            connector.check()
    monkeypatch.undo()
    for connector in connectors:
        assert readings(connector, DAYS)


# What an answer means.


def test_the_figures_and_labels_are_googles(vendor: Ga4, connector: Connects) -> None:
    vendor.hold([Line(TENTH, visits(41, 2, "199.9", "3.5"), SPRING)])
    (reading,) = readings(connector, DAYS)
    assert reading.origin == Origin(
        campaign="spring-sale",
        campaign_id="(not set)",
        source="google",
        medium="cpc",
        channel="Paid Search",
        content="blue",
        term="linen",
        currency="EUR",
    )
    assert reading.measures == {
        "sessions": 41,
        "visitors": 36,
        "new_visitors": 20,
        "engaged_sessions": 27,
        "engagement_seconds": 1927,
        "page_views": 123,
        "conversions": Decimal("3.5"),
        "orders": 2,
        "revenue": Decimal("199.9"),
    }


def test_both_transports_read_the_same(vendor: Ga4, connector: Connects, grpc_url: str) -> None:
    vendor.hold(simulated.march())
    over_rest = list(connector.read(MARCH))
    vendor.types_as_numbers = True
    assert list(connector.read(MARCH)) == over_rest
    assert list(ga4(grpc_url, "grpc").read(MARCH)) == over_rest
    assert ga4(grpc_url, "grpc").check() == connector.check()


def test_shares_of_a_conversion_are_exact_and_leave_no_crumbs(vendor: Ga4, connector: Connects) -> None:
    third = Decimal("1.3333333333333333")
    vendor.hold(Line(TENTH, {"sessions": 1, "keyEvents": third}, labels(name, "x", "y", "z")) for name in "abc")
    vendor._by_day[TENTH].append(Line(TENTH, {"keyEvents": 4 - 3 * third}, is_hidden=True))
    assert [reading.measures["conversions"] for reading in readings(connector, DAYS)] == [third] * 3


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1_000", "1,5", " 7", "٣", "", "-", "9" * 5_000])
def test_a_figure_that_is_none_is_never_a_zero(vendor: Ga4, connector: Connects, text: str) -> None:
    vendor.hold([Line(TENTH, visits(41), SPRING)])
    vendor.distort(lambda body: body.replace(b'"41"', json.dumps(text).encode()))
    with pytest.raises(SourceMisread, match="sessions is"):
        list(connector.read(DAYS))


def remarks(connector: Connects) -> list[str]:
    return [item.text for item in connector.read(DAYS) if isinstance(item, Remark)]


@pytest.mark.parametrize("text", ["", "NaN", "-41"])
def test_a_row_that_cannot_be_read_is_unknown_and_named_and_the_rest_stands(
    vendor: Ga4, connector: Connects, text: str
) -> None:
    vendor.today = TENTH + DAY
    vendor.hold([Line(TENTH, visits(41), SPRING), Line(TENTH, visits(60), ORGANIC)])
    vendor.distort(lambda body: body.replace(b'"41"', json.dumps(text).encode()))
    sessions = {one.origin.campaign: one.measures.get("sessions", 0) for one in readings(connector, DAYS)}
    assert sessions == {"spring-sale": None, "(organic)": 60, "": 41}
    (remark,) = remarks(connector)
    assert remark.startswith("day 2026-03-10, campaign 'spring-sale': sessions is ")
    assert remark.endswith(": left out")
    assert notes(connector) == {TENTH: {Quality.TRUNCATED}}
    assert remark in connector.check().remarks


def test_the_first_rows_of_a_day_may_all_be_wrong(vendor: Ga4, connector: Connects) -> None:
    lines = {"a": 41, "b": 41, "c": 60}
    vendor.hold(Line(TENTH, visits(sessions), labels(name, "x", "y", "z")) for name, sessions in lines.items())
    vendor.distort(lambda body: body.replace(b'"41"', b'""'))
    sessions = {one.origin.campaign: one.measures.get("sessions", 0) for one in readings(connector, DAYS)}
    assert sessions == {"a": None, "b": None, "c": 60, "": 82}


def test_a_total_that_cannot_be_read_leaves_the_rest_of_its_day_unknown(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(Line(day, visits(100 + day.day), name) for day in DAYS for name in (ORGANIC, SPRING))
    vendor.distort(lambda body: body.replace(b'"220"', b'"n/a"'))  # twice 110
    assert set(rest(connector).values()) == {None}
    sessions = [one.measures["sessions"] for one in readings(connector, DAYS) if one.origin.campaign]
    assert sessions == [110, 110, 111, 111, 112, 112]
    assert remarks(connector) == [
        "day 2026-03-10, total 'of the property': sessions is a text, not an amount: left out"
    ]


def test_where_no_row_can_be_read_the_report_is_wrong(vendor: Ga4, connector: Connects) -> None:
    vendor.hold([Line(TENTH, visits(41), SPRING), Line(TENTH, visits(60), ORGANIC)])
    vendor.distort(lambda body: body.replace(b'"41"', b'"n/a"').replace(b'"60"', b'"n/a"'))
    with pytest.raises(SourceMisread, match="sessions is a text, not an amount"):
        list(connector.read(DAYS))


def test_more_visits_that_engaged_than_visits_are_none_but_where_no_source_is_known(
    vendor: Ga4, connector: Connects
) -> None:
    odd: Mapping[str, Decimal | int] = {"sessions": 3, "engagedSessions": 5}
    unset = labels("(not set)", "(not set)", "(not set)", "Unassigned")
    vendor.hold([Line(TENTH, odd, SPRING), Line(TENTH, odd, unset), Line(TENTH, visits(60), ORGANIC)])
    assert remarks(connector) == ["day 2026-03-10, campaign 'spring-sale': 5 of 3 visits engaged: left out"]
    engaged = {one.origin.campaign: one.measures["engaged_sessions"] for one in readings(connector, DAYS)}
    assert engaged == {"spring-sale": None, "(not set)": 5, "(organic)": 40, "": 5}


def test_a_day_with_many_visits_and_no_row_is_not_made_yet(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(Line(day, visits(100), ORGANIC, is_hidden=day == DAYS.last) for day in DAYS)
    assert [one.measures["sessions"] for one in readings(connector, DAYS)] == [100, 100, None]
    assert remarks(connector) == ["day 2026-03-12: Google knows its total and no origin yet: it is read again"]


@pytest.mark.parametrize("late", ["a-late-one", "z-late-one"])
def test_a_report_that_changes_between_its_pages_is_read_another_time(
    vendor: Ga4, connector: Connects, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    monkeypatch.setattr(Connects, "page", 4)
    lines = [Line(TENTH, visits(10), labels(f"c{number}", "x", "y", "Email")) for number in range(8)]
    vendor.hold(lines)
    report = vendor.report

    def growing(number: str, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("offset") == "4":
            vendor.hold([*lines, Line(TENTH, visits(10), labels(late, "x", "y", "Email"))])
        return report(number, body)

    monkeypatch.setattr(vendor, "report", growing)
    with pytest.raises(SourceUnavailable, match="its rows changed while they were read"):
        list(connector.read(DAYS))


def test_a_row_that_pushes_another_onto_the_next_page_doubles_none(
    vendor: Ga4, connector: Connects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connects, "page", 4)
    lines = [Line(TENTH, visits(10), labels(f"c{number}", "x", "y", "Email")) for number in range(8)]
    vendor.hold(lines)
    report = vendor.report

    def moving(number: str, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("offset") == "4":
            vendor.hold([*lines[:-1], Line(TENTH, visits(10), labels("a-late-one", "x", "y", "Email"))])
        return report(number, body)

    monkeypatch.setattr(vendor, "report", moving)
    with pytest.raises(SourceUnavailable, match="its rows changed while they were read"):
        list(connector.read(DAYS))


def test_the_days_are_known_up_to_the_last_one_that_has_a_visit(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(Line(date(2026, 3, day), visits(10), LETTER) for day in (3, 5))
    items = list(connector.read(MARCH))
    assert items[0] == Covered(Window(MARCH.start, date(2026, 3, 6)), Connects.provides - COSTS)
    assert [item.day.day for item in items if isinstance(item, Reading)] == [3, 5]


def test_weeks_without_any_visit_are_not_asked_for(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(Line(day, visits(10), LETTER) for day in (date(2026, 1, 2), date(2026, 3, 30)))
    assert len(readings(connector, Window(date(2026, 1, 1), date(2026, 4, 1)))) == 2
    assert len(vendor.asked) == 2 + 2


def test_two_days_of_two_zones_stay_as_the_property_has_them(vendor: Ga4, connector: Connects) -> None:
    vendor.zone, vendor.currency = "Pacific/Auckland", "NZD"
    vendor.hold([Line(TENTH, visits(10), LETTER)])
    info = connector.check()
    assert (info.account, info.zone, info.currency) == ("properties/123456789", "Pacific/Auckland", "NZD")
    (reading,) = readings(connector, DAYS)
    assert (reading.day, reading.origin.currency) == (TENTH, "NZD")


def test_check_says_what_a_person_should_know(vendor: Ga4, connector: Connects) -> None:
    assert "it knows of no ad cost in 90 days" in connector.check().remarks
    assert not connector.check().measures & COSTS  # type: ignore[operator]
    vendor.hold(simulated.march())
    assert connector.check().remarks == ()
    assert connector.check().measures == Connects.provides
    vendor.tokens = 12
    assert connector.check().remarks == ("only 12 tokens of Google's quota are left",)


# What Google leaves out.


def notes(connector: Connects) -> dict[date, set[Quality]]:
    found: dict[date, set[Quality]] = {}
    for item in connector.read(DAYS):
        if isinstance(item, Note):
            found.setdefault(item.day, set()).add(item.quality)
    return found


def rest(connector: Connects, day: date = TENTH) -> Mapping[str, Any]:
    """What stands under no label."""
    (found,) = (one for one in readings(connector, DAYS) if one.origin == Origin(currency="EUR") and one.day == day)
    return found.measures


def test_rows_left_out_for_their_few_visitors_count_in_the_day(vendor: Ga4, connector: Connects) -> None:
    vendor.hold([Line(TENTH, visits(100), ORGANIC), Line(TENTH, visits(4), LETTER, is_hidden=True)])
    vendor.by_origin = {"subjectToThresholding": True}
    assert rest(connector) == {name: amount for name, amount in as_ours(visits(4)).items() if amount}
    assert notes(connector) == {TENTH: {Quality.THRESHOLDED}}


def as_ours(metrics: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "sessions": "sessions",
        "totalUsers": "visitors",
        "newUsers": "new_visitors",
        "engagedSessions": "engaged_sessions",
        "userEngagementDuration": "engagement_seconds",
        "screenPageViews": "page_views",
        "keyEvents": "conversions",
        "ecommercePurchases": "orders",
        "purchaseRevenue": "revenue",
    }
    return {ours: metrics[google] for google, ours in names.items()}


def test_a_day_of_which_every_row_is_left_out_has_its_total(vendor: Ga4, connector: Connects) -> None:
    vendor.hold([Line(TENTH, visits(4), LETTER, is_hidden=True)])
    assert rest(connector)["sessions"] == 4


def test_days_folded_into_other_are_of_no_day_and_count_in_theirs(vendor: Ga4, connector: Connects) -> None:
    folded = labels("(other)", "(other)", "(other)", "(other)")
    vendor.hold(
        [
            *(Line(day, visits(100), ORGANIC) for day in DAYS),
            Line(None, visits(21), folded),
            *(Line(day, visits(7), is_hidden=True) for day in DAYS),
        ]
    )
    assert [rest(connector, day)["sessions"] for day in DAYS] == [7, 7, 7]
    assert notes(connector) == {day: {Quality.OTHER_ROW} for day in DAYS}
    assert {one.origin.campaign for one in readings(connector, DAYS)} == {"(organic)", ""}


def test_other_in_a_label_is_a_label(vendor: Ga4, connector: Connects) -> None:
    vendor.hold([Line(TENTH, visits(100), labels("(other)", "(other)", "(other)", "(other)"))])
    vendor.by_origin = {"dataLossFromOtherRow": True}
    (reading,) = readings(connector, DAYS)
    assert (reading.origin.campaign, reading.measures["sessions"]) == ("(other)", 100)
    assert notes(connector) == {TENTH: {Quality.OTHER_ROW}}


def test_a_visitor_of_two_campaigns_is_one_of_the_day(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(
        [
            Line(TENTH, {"sessions": 1, "totalUsers": 1}, LETTER),
            Line(TENTH, {"sessions": 1, "totalUsers": 1}, ORGANIC),
            Line(TENTH, {"totalUsers": -1}, is_hidden=True),
        ]
    )
    assert rest(connector) == {"visitors": -1}
    assert sum(one.measures.get("visitors") or 0 for one in readings(connector, DAYS)) == 1


def test_samples_and_truncation_are_noted_for_every_day_of_the_report(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(Line(day, visits(10), LETTER) for day in DAYS)
    sample = {"samplesReadCount": "500000000", "samplingSpaceSize": "1200000000"}
    cut = {"dataTruncationType": "DATA_TRUNCATION_TYPE_PROPERTY", "dataTruncationMessage": "kept for 14 months"}
    vendor.by_origin = {"samplingMetadatas": [sample], "dataTruncationReasons": [cut]}
    assert notes(connector) == {day: {Quality.SAMPLED, Quality.TRUNCATED} for day in DAYS}
    texts = {item.text for item in connector.read(DAYS) if isinstance(item, Note)}
    assert texts == {"500000000 of 1200000000 events were read", "kept for 14 months"}


def test_a_note_comes_before_its_days_first_reading(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(Line(day, visits(10), LETTER) for day in DAYS)
    vendor.by_origin = {"subjectToThresholding": True}
    items = [(type(item), item.day) for item in connector.read(DAYS) if isinstance(item, Note | Reading)]
    assert items == [(kind, day) for day in DAYS for kind in (Note, Reading)]


def test_a_metric_the_account_may_not_see_is_unknown(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(simulated.march())
    hidden = [
        {"metricName": "purchaseRevenue", "restrictedMetricTypes": ["REVENUE_DATA"]},
        {"metricName": "advertiserAdCost", "restrictedMetricTypes": ["COST_DATA"]},
    ]
    vendor.metadata = {"schemaRestrictionResponse": {"activeMetricRestrictions": hidden}}
    items = list(connector.read(DAYS))
    covered = next(item for item in items if isinstance(item, Covered))
    assert covered.measures == Connects.provides - {Measure.REVENUE} - COSTS
    assert not [item for item in items if isinstance(item, Reading) and not item.measures.keys() <= covered.measures]
    assert "the account may not see advertiserAdCost, purchaseRevenue" in connector.check().remarks


# Ads and key events.


def test_ad_costs_have_a_report_of_their_own_without_the_tags(vendor: Ga4, connector: Connects) -> None:
    vendor.hold(simulated.march())
    costs = [one for one in readings(connector, DAYS) if one.measures.keys() & COSTS]
    where = Origin("spring-sale", "(not set)", "google", "cpc", "Paid Search", currency="EUR")
    measures: Mapping[str, Decimal | int] = {"spend": Decimal("12.34"), "clicks": 41, "impressions": 1900}
    assert costs == [Reading(day, where, measures) for day in DAYS]


def test_a_report_without_a_row_need_not_say_its_currency(vendor: Ga4, connector: Connects) -> None:
    visited = [Line(day, visits(10), labels(name, "x", "y", "z")) for day in DAYS for name in "ab"]
    vendor.hold([*visited, Line(TENTH - 9 * DAY, {"advertiserAdCost": 5}, SPRING)])
    vendor.is_brief = True
    assert {one.origin.currency for one in readings(connector, DAYS)} == {"EUR"}
    assert (connector.check().zone, connector.check().currency) == (None, None)


def test_google_joins_no_cost_with_days_alone_or_with_tags(vendor: Ga4) -> None:
    """What the simulator refuses, as Google does: else the test before would prove nothing."""
    cost = [{"name": "advertiserAdCost"}]
    for names, word in ((["date"], "add sessionCampaignName"), (["sessionSource", "sessionManualTerm"], "remove sess")):
        with pytest.raises(simulated.No, match=word):
            vendor.report("123456789", {"metrics": cost, "dimensions": [{"name": name} for name in names]})


def test_a_pause_of_the_ads_is_a_zero_and_no_ads_are_unknown(vendor: Ga4, connector: Connects) -> None:
    visitors = [Line(day, visits(10), LETTER) for day in DAYS]
    cost: Mapping[str, Decimal | int] = {"advertiserAdCost": 5}
    for since, known in ((TENTH - 90 * DAY, COSTS), (TENTH - 91 * DAY, set())):
        vendor.hold([*visitors, Line(since, cost, SPRING)])
        covered = next(item for item in connector.read(DAYS) if isinstance(item, Covered))
        assert covered.measures & COSTS == known


def test_conversions_can_be_some_of_the_key_events(vendor: Ga4) -> None:
    vendor.hold([Line(TENTH, visits(50, 2, "20", "3.5"), LETTER), Line(TENTH, visits(5), ORGANIC)])
    for names, wanted in (("generate_lead", Decimal("1.5")), (["generate_lead", "purchase"], Decimal("3.5"))):
        connector = ga4(vendor.url(), conversions=names)
        found = sums(connector.read(DAYS))
        assert sum(amount for (_, _, name), (amount, _) in found.items() if name == "conversions") == wanted
        assert sum(amount for (_, _, name), (amount, _) in found.items() if name == "sessions") == 55


def test_a_key_event_that_is_none_is_told_by_check(vendor: Ga4) -> None:
    with pytest.raises(SourceRefused, match="Field keyEvents:lead is not a valid metric"):
        ga4(vendor.url(), conversions="lead").check()


# What Google says no with.

NO_ACCESS = (
    "User does not have sufficient permissions for this property. To learn more about Property ID, see https://x."
)
DISABLED = "Google Analytics Data API has not been used in project 42 before or it is disabled. Enable it by visiting x"


@contextmanager
def saying_no(
    vendor: Ga4, transport: str, status: int, name: str, message: str, reason: str = ""
) -> Iterator[Connects]:
    """A connector whose next requests are all refused."""
    vendor.fail_always(json_answer(simulated.No(status, name, message, reason).body, status=status))
    vendor.grpc_faults = [(grpc.StatusCode[name], message)] * 5
    with vendor.over_grpc() as url:
        yield ga4(url if transport == "grpc" else vendor.url(), transport)


@pytest.mark.parametrize("transport", ["grpc", "rest"])
@pytest.mark.parametrize(
    ("status", "name", "message", "reason", "words"),
    [
        (403, "PERMISSION_DENIED", NO_ACCESS, "", f"web: in Google Analytics, Admin, Access management, add {EMAIL}"),
        (403, "PERMISSION_DENIED", DISABLED, "SERVICE_DISABLED", "web: enable the Google Analytics Data API in"),
        (400, "INVALID_ARGUMENT", "Field x is not a valid dimension.", "", "web: Google does not take the report: Fie"),
    ],
)
def test_a_refusal_says_what_to_change(
    vendor: Ga4, transport: str, status: int, name: str, message: str, reason: str, words: str
) -> None:
    no = saying_no(vendor, transport, status, name, message, reason)
    with no as connector, pytest.raises(SourceRefused) as caught:
        connector.check()
    assert str(caught.value).startswith(words)
    assert message[:60] in str(caught.value)
    assert vendor.calls + 5 - len(vendor.grpc_faults) == 1


@pytest.mark.parametrize("transport", ["grpc", "rest"])
@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Exhausted concurrent requests quota. Please wait.", 30),
        ("Exhausted property tokens for a project per hour. These tokens return in under an hour.", 1800),
        ("Exhausted potentially thresholded requests quota.", 1800),
        ("Exhausted property tokens per day. These quota tokens will return in under 24 hours.", 11 * 3600),
    ],
)
def test_a_quota_that_is_used_up_says_when_to_come_back(
    vendor: Ga4, transport: str, message: str, seconds: float, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    monkeypatch.setattr("connectors.kit.http.time", SimpleNamespace(monotonic=time.monotonic, sleep=slept.append))
    monkeypatch.setattr(
        "connectors.analytics.ga4_transport._now", lambda: datetime(2026, 3, 10, 20, tzinfo=UTC)
    )  # 13:00 in summer
    no = saying_no(vendor, transport, 429, "RESOURCE_EXHAUSTED", message)
    with no as connector, pytest.raises(SourceUnavailable, match="the quota of its property is used up: Exh") as caught:
        list(connector.read(DAYS))
    assert caught.value.retry_after == seconds
    assert slept == ([30, 30] if seconds == 30 else [])


# Over gRPC alone: the other faults are those of ``Http``.


@pytest.mark.parametrize("name", ["UNAVAILABLE", "INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED", "CANCELLED"])
def test_trouble_over_grpc_that_passes_changes_nothing(
    vendor: Ga4, grpc_url: str, name: str, slept: list[float]
) -> None:
    vendor.hold(simulated.march())
    connector = ga4(grpc_url, "grpc")
    undisturbed = list(connector.read(DAYS))
    fault = (grpc.StatusCode[name], "some trouble")
    vendor.grpc_faults = [fault, fault, None, fault]
    assert list(connector.read(DAYS)) == undisturbed
    assert len(slept) == 3


def test_trouble_over_grpc_that_stays_is_told_after_three_tries(vendor: Ga4, grpc_url: str) -> None:
    vendor.grpc_faults = [(grpc.StatusCode.UNAVAILABLE, "some trouble")] * 9
    with pytest.raises(SourceUnavailable, match=r"web: did not answer \(503\): some trouble"):
        list(ga4(grpc_url, "grpc").read(DAYS))
    assert len(vendor.grpc_faults) == 6


def test_silence_over_grpc_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connects, "limits", RequestLimits(read_seconds=0.1, deadline_seconds=0.2, tries=3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connector = ga4(f"http://127.0.0.1:{silent.getsockname()[1]}", "grpc")
        with pytest.raises(SourceUnavailable, match="did not answer"):
            list(connector.read(DAYS))


def test_an_answer_over_grpc_may_have_more_than_four_mebibytes(vendor: Ga4, grpc_url: str) -> None:
    origins = (labels(f"{number:04} {'x' * 2_400}", "s", "m", "Email") for number in range(2_000))
    vendor.hold(Line(TENTH, {"sessions": 1}, origin) for origin in origins)
    assert sum(one.measures["sessions"] or 0 for one in readings(ga4(grpc_url, "grpc"), DAYS)) == 2_000


def test_an_answer_over_grpc_that_is_too_large_is_no_quota(
    vendor: Ga4, grpc_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connects, "limits", RequestLimits(max_bytes=1 << 20))
    vendor.hold(Line(TENTH, {"sessions": 1}, labels(f"{number}{'x' * 9_000}", "s", "m", "E")) for number in range(200))
    with pytest.raises(SourceMisread, match="web: answers with more than 1 MiB"):
        list(ga4(grpc_url, "grpc").read(DAYS))


def test_an_error_over_grpc_that_repeats_the_pass_does_not_tell_it(
    vendor: Ga4, grpc_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def echo(header: str) -> None:
        raise simulated.No(400, "INVALID_ARGUMENT", header)

    monkeypatch.setattr(vendor, "_authorize", echo)
    with pytest.raises(SourceRefused) as caught:
        ga4(grpc_url, "grpc").check()
    assert "does not take the report: Bearer ***" in str(caught.value)
    assert PASS not in told(caught.value)

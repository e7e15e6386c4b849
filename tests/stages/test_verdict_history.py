"""Fields of a vendor's answer, and addresses, days and labels: read exactly, or refused by name."""

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.addresses import is_own, read_address, read_any_address
from config.errors import SourceMisread
from config.periods import DAY, Window
from connectors.base import Context, Origin, Reading
from connectors.kit.days import chunks, day_of, span_of, start_of
from connectors.kit.fields import Record
from connectors.kit.parsing import past_notices, read_json, read_xml
from connectors.kit.sales import buyer, by_day, coupons, host_of, tags_of, without_query

PARIS = ZoneInfo("Europe/Paris")


def record(**values: Any) -> Record:
    return Record("shop: order 7", values)


# Fields.


def test_fields_are_read_as_what_they_are() -> None:
    order = record(
        id=7, total="10.50", rate=Decimal("0.1"), count="3", paid="1", day="2026-03-01", lines=[{"sku": "a"}], none=None
    )
    assert (order.id("id"), order.amount("total"), order.amount("rate")) == ("7", Decimal("10.50"), Decimal("0.1"))
    assert (order.count("count"), order.flag("paid"), order.day("day")) == (3, True, date(2026, 3, 1))
    assert [line.text("sku") for line in order.records("lines")] == ["a"]
    assert (order.maybe_text("none"), order.maybe_amount("nothing"), order.has("none")) == (None, None, False)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        " 1",
        "1,234.5",
        "12 %",
        "0x10",
        "1_000",
        "١٢",
        "NaN",
        "Infinity",
        "1e9999",
        "12 EUR",
        [],
        {},
        "1" * 50,
    ],
)
def test_what_is_no_amount_is_refused_by_name(value: Any) -> None:
    with pytest.raises(SourceMisread, match=r"^shop: order 7: total is .*, not an amount$"):
        record(total=value).amount("total")


@pytest.mark.parametrize("value", [None, True, "", "1.5", Decimal("1.5"), "one", "1 ", []])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(SourceMisread, match="not a whole number"):
        record(count=value).count("count")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(SourceMisread, match=r"^shop: order 7: has no 'total'$"):
        record().amount("total")


def test_a_wrong_text_is_not_repeated_it_may_be_somebodys() -> None:
    with pytest.raises(SourceMisread) as caught:
        record(total="ana@mail.example").amount("total")
    assert "mail.example" not in str(caught.value)


def test_an_object_inside_says_where_it_stands() -> None:
    with pytest.raises(SourceMisread, match=r"^shop: order 7: lines 2: has no 'sku'$"):
        [line.text("sku") for line in record(lines=[{"sku": "a"}, {}]).records("lines")]
    with pytest.raises(SourceMisread, match=r"^shop: order 7: lines 1 is a list, not an object$"):
        list(record(lines=[[]]).records("lines"))


@pytest.mark.parametrize(
    ("value", "zone", "moment"),
    [
        ("2026-03-10T21:58:09Z", None, datetime(2026, 3, 10, 21, 58, 9, tzinfo=UTC)),
        ("2026-03-10T21:58:09+02:00", None, datetime(2026, 3, 10, 19, 58, 9, tzinfo=UTC)),
        ("2026-03-10 21:58:09", PARIS, datetime(2026, 3, 10, 20, 58, 9, tzinfo=UTC)),
        ("2026-07-10T21:58:09", PARIS, datetime(2026, 7, 10, 19, 58, 9, tzinfo=UTC)),
        ("2026-10-25 02:30:00", PARIS, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # comes twice: the first
    ],
)
def test_a_moment_is_read_in_its_zone(value: str, zone: ZoneInfo | None, moment: datetime) -> None:
    assert record(at=value).moment("at", zone) == moment


@pytest.mark.parametrize(
    "value",
    [None, "", "2026-03-10T21:58:09", "0000-00-00 00:00:00", "yesterday", 1790899200, "0001-01-01T00:00:00+14:00"],
)
def test_what_is_no_moment_is_refused(value: Any) -> None:
    with pytest.raises(SourceMisread, match="not a moment"):
        record(at=value).moment("at")


# Answers.


def test_json_is_read_behind_the_warnings_of_a_php_server() -> None:
    body = b"<br />\n<b>Warning</b>: Undefined array key [x] in <b>/a.php</b> on line <b>2</b><br />\n" + b'[{"id": 1}]'
    assert read_json(past_notices(body)) == [{"id": 1}]
    assert read_json(past_notices(b'PHP Notice: x\n{"id": 1}')) == {"id": 1}


def test_what_is_no_warning_is_not_skipped() -> None:
    page = b"<html>\n[1]</html>"
    assert past_notices(page) == page
    with pytest.raises(ValueError, match=r"."):
        read_json(past_notices(b"Warning: disk full\n<html></html>"))


def test_xml_with_a_document_type_is_refused() -> None:
    assert read_xml(b"<a><b>1</b></a>")[0].text == "1"
    with pytest.raises(ValueError, match="document type"):
        read_xml(b'<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>')


# Addresses.


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://shop.example/", "https://shop.example"),
        (" https://shop.example/matomo/ ", "https://shop.example/matomo"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://matomo:80", "http://matomo:80"),
        ("http://10.0.0.7", "http://10.0.0.7"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://stats.lan", "http://stats.lan"),
    ],
)
def test_addresses_a_source_may_have(written: str, read: str) -> None:
    assert read_address(written) == read


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("http://shop.example", "unencrypted"),
        ("http://93.184.216.34", "unencrypted"),
        ("http://0.0.0.0", "unencrypted"),
        ("shop.example", "not a web address"),
        ("ftp://shop.example", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("https://", "not a web address"),
        ("https://shop example", "not a web address"),
        ("https://shop.example:port", "not a web address"),
        ("https://me:secret@shop.example", "remove the user and password"),
        ("https://shop.example/?key=1", "end the address before"),
        ("https://shop.example/#a", "end the address before"),
        ("https://[::1", "not a web address"),
    ],
)
def test_addresses_it_may_not_have(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_address(written)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert read_any_address(text).startswith(("http://", "https://"))


def test_own_hosts() -> None:
    assert [is_own(host) for host in ("127.0.0.1", "192.168.1.4", "nas", "a.local")] == [True] * 4
    assert [is_own(host) for host in ("shop.example", "8.8.8.8", "169.254.1.1.example")] == [False] * 3


# Days.


def test_days_of_23_and_25_hours() -> None:
    spring = span_of(Window(date(2026, 3, 29), date(2026, 3, 30)), PARIS)
    autumn = span_of(Window(date(2026, 10, 25), date(2026, 10, 26)), PARIS)
    assert [(end - start).total_seconds() / 3600 for start, end in (spring, autumn)] == [23, 25]


ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kathmandu",
    "Pacific/Apia",
]


@given(st.integers(1_577_836_800, 1_893_456_000), st.sampled_from(ZONES))  # of 2020 to 2029
def test_a_moment_lies_in_its_day(seconds: int, name: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    zone = ZoneInfo(name)
    day = day_of(moment, zone)
    start, end = span_of(Window(day, day + DAY), zone)
    assert start <= moment < end
    assert start == start_of(day, zone)


def test_a_window_in_parts() -> None:
    window = Window(date(2026, 3, 1), date(2026, 3, 16))
    parts = list(chunks(window, 7))
    assert [len(part) for part in parts] == [7, 7, 1]
    assert [day for part in parts for day in part] == list(window)


# What shops share.


def test_labels_are_taken_from_the_address_of_the_landing_page() -> None:
    address = "https://shop.example/p?utm_campaign=%C3%A9t%C3%A9&utm_source=news&UTM_MEDIUM=email&utm_id=77&utm_term=&x=1&utm_source=2"
    assert tags_of(address) == {"campaign": "été", "source": "news", "medium": "email", "campaign_id": "77"}
    assert tags_of(None) == tags_of("") == tags_of("http://[::1") == {}


def test_an_address_without_what_may_be_about_a_person() -> None:
    assert without_query("https://u:p@shop.example/a?email=ana@mail.example#x") == "https://shop.example/a"
    assert host_of("https://www.google.com/search?q=ana") == "www.google.com"
    assert (without_query(None), host_of("http://[::1")) == ("", "")


def test_coupons_of_one_order_stand_in_one_label() -> None:
    assert coupons(["b", " a ", "", "b"]) == "a|b"
    assert coupons([]) == ""


def test_streams_are_merged_by_their_days() -> None:
    def on(*days: int) -> list[Reading]:
        return [Reading(date(2026, 3, day), Origin(), {}) for day in days]

    assert [item.day.day for item in by_day(on(1, 2, 2, 5), on(2, 3), on())] == [1, 2, 2, 2, 3, 5]


def test_a_buyer_is_the_same_however_the_address_is_written() -> None:
    at = Context("shop", Path(), "Europe/Paris", "EUR", reveal=lambda _: "", pseudonym=lambda text: f"<{text}>")
    keys = {buyer(at, date(2026, 3, 1), Origin(), email).key for email in ("Ana@Mail.example", " ana@mail.example ")}
    assert keys == {"<ana@mail.example>"}

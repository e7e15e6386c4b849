"""The kinds of value a user writes: days, amounts, percentages, ids, addresses, schedules."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from config.fields import (
    Amount,
    Currency,
    Day,
    Email,
    Id,
    Length,
    Line,
    LocalText,
    Model,
    Texts,
    Value,
    Zone,
)
from config.periods import Duration
from config.sources import Covers, Every, Secret, SourceEntry


def read(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refusal(kind: Any, value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        read(kind, value)
    return str(caught.value.errors()[0]["msg"])


# Days


@pytest.mark.parametrize("day", ["2026-03-31", "2028-02-29", "1990-01-01", "2199-12-31"])
def test_a_day_is_year_month_day(day: str) -> None:
    assert read(Day, day) == date.fromisoformat(day)


@pytest.mark.parametrize("day", ["2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "0000-01-01"])
def test_a_day_that_does_not_exist_is_refused(day: str) -> None:
    assert f"there is no such date as {day}" in refusal(Day, day)


@pytest.mark.parametrize("day", ["01/03/2026", "2026-W10-1", "2026-03-31T00:00", "1er mars", "32/13/2026", "", 5, None])
def test_a_day_written_otherwise_is_refused_with_the_form(day: Any) -> None:
    assert "is not a date: write it as year-month-day, such as 2026-03-31" in refusal(Day, day)


@pytest.mark.parametrize(
    "day",
    [
        *("31/03/2026", "31.03.2026", "31-3-2026", "2026-3-31", "2026/03/31", "20260331", 20260331, "٢٠٢٦-٠٣-٣١"),
        *("31 mars 2026", "31 March 2026", "March 31, 2026", "le 31 mars 2026", "31 MARS 2026"),
    ],
)
def test_a_day_that_can_only_be_one_is_refused_with_that_day(day: Any) -> None:
    assert "is not a date: write 2026-03-31" in refusal(Day, day)


def test_the_first_of_a_month_may_be_meant_in_french() -> None:
    assert "'1er mars 2026' is not a date: write 2026-03-01" in refusal(Day, "1er mars 2026")


@pytest.mark.parametrize("day", ["1989-12-31", "2200-01-01", "0001-01-01", "9999-12-31"])
def test_a_day_far_from_any_plan_is_refused(day: str) -> None:
    assert f"{day} is outside the years 1990 to 2199" in refusal(Day, day)


# Numbers


@pytest.mark.parametrize(
    ("written", "amount"), [(500, "500"), (Decimal("1250.50"), "1250.50"), (0, "0"), (999_999_999_999, "999999999999")]
)
def test_an_amount_is_a_number_kept_exactly(written: Any, amount: str) -> None:
    assert read(Amount, written) == Decimal(amount)


@pytest.mark.parametrize(
    "written",
    [
        "1,250.50",
        "1 250.50",
        "1250,50",
        "1'250.50",
        "1\u202f250,50",
        "1250.50€",
        "€1,250.50",
        "1.250,50 €",
        "1250,50 EUR",
    ],
)
def test_an_amount_with_spaces_commas_or_signs_is_refused_with_what_to_write(written: str) -> None:
    assert f"'{written}' is not a number: write 1250.50" in refusal(Amount, written)


@pytest.mark.parametrize(
    ("written", "number"), [("2 500 €", "2500"), ("2.500,00", "2500.00"), ("10k", "10000"), ("2,5 k€", "2500")]
)
def test_an_amount_as_a_french_team_writes_it_is_refused_with_the_number(written: str, number: str) -> None:
    assert refusal(Amount, written).endswith(f"'{written}' is not a number: write {number}")


@pytest.mark.parametrize("written", ["2,500", "2.500 €", "1,2,3.4.5"])
def test_an_amount_that_may_be_two_numbers_is_refused_with_the_form(written: str) -> None:
    form = "is not a number: write digits only, with a point before decimals, such as 1250.50"
    assert f"'{written}' {form}" in refusal(Amount, written)


def test_a_percentage_in_the_place_of_an_amount_is_called_one() -> None:
    assert "'25 %' is a percentage, where an amount is expected" in refusal(Amount, "25 %")


def test_a_number_in_quotes_is_refused_with_the_remedy() -> None:
    assert "'500' is in quotes: write the number without them" in refusal(Amount, "500")


@pytest.mark.parametrize("written", [True, None, [5], {"amount": 5}, "five", ""])
def test_what_is_no_number_is_no_amount(written: Any) -> None:
    assert "is not a number" in refusal(Amount, written)


def test_an_amount_is_not_negative() -> None:
    assert "greater than or equal to 0" in refusal(Amount, -1)


@pytest.mark.parametrize("written", [10**12, Decimal("1e30"), -(10**12)])
def test_an_amount_that_could_not_be_kept_exactly_is_refused(written: Any) -> None:
    assert "the number is too large: it must be below 1,000,000,000,000" in refusal(Amount, written)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2.5%", "0.025"),
        ("40 %", "0.4"),
        ("100%", "1"),
        ("-3%", "-0.03"),
        ("0%", "0"),
        (Decimal("0.025"), "0.025"),
        (100, "100"),
        (-5, "-5"),
    ],
)
def test_a_percentage_is_a_part_of_one(written: Any, value: str) -> None:
    assert read(Value, written) == Decimal(value)


@given(st.integers(-(10**6), 10**6), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_a_percentage_is_exact(digits: int, places: int) -> None:
    number = Decimal(digits).scaleb(-places)
    assert read(Value, f"{number:f}%") * 100 == number


def test_a_percentage_with_a_comma_is_refused_with_the_form() -> None:
    assert "'2,5%' is not a percentage: write 2.5%" in refusal(Value, "2,5%")


@pytest.mark.parametrize("written", ["2.5 per cent", "2.%", ".5%", "2%%", "1e3%", "2,5 pour cent"])
def test_what_is_no_percentage_is_refused_with_the_form(written: str) -> None:
    assert f"'{written}' is not a percentage: write it as 2.5%" in refusal(Value, written)


def test_a_percent_sign_alone_is_no_number() -> None:
    assert "'%' is not a number" in refusal(Value, "%")


# Words


@pytest.mark.parametrize("id", ["a", "spring-2026", "grow_sales", "2026", "a" * 64])
def test_an_id_is_small_letters_digits_and_dashes(id: str) -> None:
    assert read(Id, id) == id


@pytest.mark.parametrize("id", ["", "Spring", "spring 2026", "-a", "_a", "été", "a/b", "..", "a.b", "a\n", "a" * 65])
def test_anything_else_is_no_id(id: str) -> None:
    assert "is not a valid id: use only lowercase letters, digits, - and _ (at most 64)" in refusal(Id, id)


def test_a_name_is_one_line_without_the_space_around_it() -> None:
    assert read(Line, "  Spring \n newsletter\u00a0: été ") == "Spring newsletter : été"


@pytest.mark.parametrize("name", ["", "  \n ", "a" * 201, "a\x00b", "a\x07"])
def test_a_name_that_is_no_line_is_refused(name: str) -> None:
    assert "a name is a single line of 1 to 200 characters" in refusal(Line, name)


@pytest.mark.parametrize(
    "address", ["lead@shop.example", "l.e+ad@mail.shop.example", "o'hara@x.example", "vigie@localhost", "1@2.example"]
)
def test_an_address_is_one_address(address: str) -> None:
    assert read(Email, address) == address


@pytest.mark.parametrize(
    "address",
    [
        "lead",
        "@shop.example",
        "lead@",
        "lead@shop.example, boss@shop.example",
        "lead@shop.example;boss@shop.example",
        "Lead <lead@shop.example>",
        "lead@shop.example\nBcc: evil@x.example",
        "lead @shop.example",
        "lead@shöp.example",
        "lead@shop.example ",
        "lead@-shop.example",
        "lead@@shop.example",
        "a" * 65 + "@shop.example",
        "=?utf-8?q?x?=@shop.example\r",
        "=?utf-8?q?x?=@shop.example",
        "a..b@shop.example",
        ".a@shop.example",
        "a.@shop.example",
        "a@shop..example",
        "a@shop-.example",
        "a@" + "b" * 64 + ".example",
        "a@" + ".".join(["b" * 63] * 4) + ".example",
    ],
)
def test_what_could_reach_somebody_else_is_no_address(address: str) -> None:
    assert "is not an e-mail address" in refusal(Email, address)


@pytest.mark.parametrize("currency", ["eur", "EURO", "€", "EU", "E1R", "EUR "])
def test_a_currency_is_three_letters(currency: str) -> None:
    assert read(Currency, "EUR") == "EUR"
    assert "write its three-letter code, such as EUR" in refusal(Currency, currency)


@pytest.mark.parametrize("zone", ["Europe/Paris", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_zone_is_one_that_is_known(zone: str) -> None:
    assert read(Zone, zone) == zone


@pytest.mark.parametrize("zone", ["", "Paris", "CEST+2", "Europe", "../../etc/passwd", "/etc/passwd", "a\0b", "é/é"])
def test_a_zone_that_is_not_known_is_refused(zone: str) -> None:
    assert "is not a time zone: write it as Europe/Paris" in refusal(Zone, zone)


def test_one_text_alone_may_stand_for_a_list() -> None:
    assert read(Texts, "a") == ("a",)
    assert read(Texts, ["a", "b"]) == ("a", "b")


@pytest.mark.parametrize("texts", [[], [5], 5, [None]])
def test_a_list_of_texts_holds_texts(texts: Any) -> None:
    assert refusal(Texts, texts)


@pytest.mark.parametrize(
    ("written", "english", "french", "german"),
    [
        ("ROI", "ROI", "ROI", "ROI"),
        ({"en": "Visits", "fr": "Visites"}, "Visits", "Visites", "Visits"),
        ({"fr": "Visites"}, "Visites", "Visites", "Visites"),
        ("{a} {b.c}", "{a} {b.c}", "{a} {b.c}", "{a} {b.c}"),
    ],
)
def test_a_text_is_in_the_readers_language_else_in_english_else_in_any(
    written: Any, english: str, french: str, german: str
) -> None:
    text = read(LocalText, written)
    assert [str(text.in_(language)) for language in ("en", "fr", "de")] == [english, french, german]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"en": "Visits", "xx": "Visits"}, "'xx' is not a language of Vigie; it can be en, fr"),
        ({"français": "Visites"}, "'français' is not a language of Vigie: write 'fr'"),
        ({"en": 5}, "a text is expected: put a number in quotes"),
        ({}, "give the text in at least one language, such as en"),
    ],
)
def test_a_text_in_no_language_is_refused(written: Any, why: str) -> None:
    assert refusal(LocalText, written).endswith(why)


def test_a_length_is_a_number_of_days_weeks_months_quarters_or_years() -> None:
    assert read(Length, "2 weeks") == Duration(2, "week")
    assert "is not a length of time" in refusal(Length, 14)


class Example(Model):
    name: str


def test_a_model_is_frozen_and_knows_its_keys() -> None:
    example = Example(name="a")
    with pytest.raises(ValidationError, match="frozen"):
        example.name = "b"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Example.model_validate({"name": "a", "nam": "b"})


# When a source is read


def every(text: Any) -> Every:
    entry = SourceEntry.model_validate({"connector": "x", "every": text})
    return entry.every


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("6 hours", Every(minutes=360)),
        ("hour", Every(minutes=60)),
        ("30 minutes", Every(minutes=30)),
        ("24 hours", Every(minutes=1440)),
        ("5 minutes", Every(minutes=5)),
        ("day at 06:00", Every(at=time(6))),
        ("Day at 23:59", Every(at=time(23, 59))),
        ("day at 0:30", Every(at=time(0, 30))),
        ("day", Every(at=time(6))),
    ],
)
def test_a_schedule_is_some_minutes_or_a_time_of_day(text: str, schedule: Every) -> None:
    assert every(text) == schedule


@pytest.mark.parametrize("text", ["6 hours", "1 hour", "90 minutes", "30 minutes", "day at 06:00"])
def test_a_schedule_is_shown_so_that_it_can_be_written_again(text: str) -> None:
    assert every(str(every(text))) == every(text)


def test_a_source_is_read_at_six_unless_it_says_otherwise() -> None:
    assert SourceEntry(connector="x").every == Every(at=time(6))


@pytest.mark.parametrize(
    "text", ["4 minutes", "25 hours", "2 days", "day at 24:00", "day at 12:60", "06:00", "weekly", "", 6, "0 hours"]
)
def test_what_is_no_schedule_is_refused_with_the_form(text: Any) -> None:
    with pytest.raises(ValidationError, match="is not a schedule: write '6 hours', '30 minutes' or 'day at 06:00'"):
        every(text)


PARIS = ZoneInfo("Europe/Paris")


def last_due(text: str, now: str, zone: ZoneInfo = PARIS) -> str:
    return every(text).last_due(datetime.fromisoformat(now).replace(tzinfo=UTC), zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "now", "due"),
    [
        ("6 hours", "2026-05-20 14:59", "2026-05-20 12:00"),
        ("6 hours", "2026-05-20 12:00", "2026-05-20 12:00"),
        ("30 minutes", "2026-05-20 00:29", "2026-05-20 00:00"),
        ("day at 06:00", "2026-05-20 03:59", "2026-05-19 04:00"),  # summer: two hours ahead of UTC
        ("day at 06:00", "2026-05-20 04:00", "2026-05-20 04:00"),
        ("day at 06:00", "2026-01-20 04:59", "2026-01-19 05:00"),  # winter: one
        ("day at 06:00", "2026-01-20 05:00", "2026-01-20 05:00"),
        ("day at 00:30", "2026-05-19 22:29", "2026-05-18 22:30"),
        ("day at 00:30", "2026-05-19 22:30", "2026-05-19 22:30"),
    ],
)
def test_a_source_was_last_due_at_its_time_in_the_plans_zone(text: str, now: str, due: str) -> None:
    assert last_due(text, now) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # 29 March 2026: at 01:00 UTC the clock goes from 02:00 to 03:00. What was due at 02:30 is due at 03:30.
        ("2026-03-29 01:00", "2026-03-28 01:30"),
        ("2026-03-29 01:29", "2026-03-28 01:30"),
        ("2026-03-29 01:30", "2026-03-29 01:30"),
        ("2026-03-30 00:29", "2026-03-29 01:30"),
        ("2026-03-30 00:30", "2026-03-30 00:30"),
        # 25 October 2026: at 01:00 UTC the clock goes from 03:00 back to 02:00, and 02:30 comes twice. It is due once.
        ("2026-10-25 00:29", "2026-10-24 00:30"),
        ("2026-10-25 00:30", "2026-10-25 00:30"),
        ("2026-10-25 01:15", "2026-10-25 00:30"),
        ("2026-10-25 01:45", "2026-10-25 00:30"),
        ("2026-10-26 01:29", "2026-10-25 00:30"),
        ("2026-10-26 01:30", "2026-10-26 01:30"),
    ],
)
def test_a_change_of_the_clock_neither_skips_nor_doubles_a_day(now: str, due: str) -> None:
    assert last_due("day at 02:30", now) == due


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 24 * 60 - 1),
    st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
@settings(max_examples=60, deadline=None)
def test_what_was_last_due_is_never_to_come_and_never_long_ago(now: datetime, minute: int, zone: str) -> None:
    due = Every(at=time(minute // 60, minute % 60)).last_due(now, ZoneInfo(zone))
    assert due <= now
    assert now - due <= timedelta(hours=25)


@given(st.integers(0, 366 * 24 * 4), st.integers(0, 24 * 60 - 1))
@settings(max_examples=60, deadline=None)
def test_as_time_goes_on_what_was_last_due_never_goes_back(quarters: int, minute: int) -> None:
    schedule = Every(at=time(minute // 60, minute % 60))
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
    assert schedule.last_due(now, PARIS) <= schedule.last_due(now + timedelta(minutes=15), PARIS)


# Secrets and coverage


@pytest.mark.parametrize("reference", [{"env": "NAME"}, {"file": "secrets/key"}, {"command": ["pass", "show", "shop"]}])
def test_a_secret_is_a_reference(reference: dict[str, Any]) -> None:
    found = Secret.model_validate(reference)
    assert found.model_dump(exclude_none=True, mode="json") == reference


@pytest.mark.parametrize("written", ["hunter2", 5, ["hunter2"], {}, {"env": ""}, {"env": None}, {"command": []}, None])
def test_a_secret_in_place_is_refused_without_being_shown(written: Any) -> None:
    reason = refusal(Secret, written)
    assert "never write a secret into the file" in reason
    assert "hunter2" not in reason


def test_what_is_covered_is_said_or_else_what_was_found() -> None:
    said = Covers.model_validate({"from": "2026-01-01"})
    assert said.first(date(2026, 2, 1)) == date(2026, 1, 1)
    assert said.last(date(2026, 2, 1)) == date(2026, 2, 1)


def test_coverage_ends_after_it_starts() -> None:
    assert "2026-01-01 is before the start on 2026-01-02" in refusal(
        Covers, {"from": "2026-01-02", "until": "2026-01-01"}
    )


def test_every_kind_of_value_has_a_schema_for_editors() -> None:
    class All(BaseModel):
        day: Day
        amount: Amount
        value: Value
        length: Length
        email: Email
        texts: Texts
        text: LocalText

    properties = All.model_json_schema()["properties"]
    assert properties["day"]["format"] == "date"
    assert properties["email"]["format"] == "email"
    assert properties["amount"] == {"minimum": 0, "title": "Amount", "type": "number"}

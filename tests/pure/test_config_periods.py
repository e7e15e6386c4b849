"""Calendar arithmetic: periods tile the line, turns never overlap, months end where they end."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.periods import (
    CALENDAR_GRAINS,
    DAY,
    Duration,
    Recurrence,
    Window,
    add_months,
    calendar_period,
    calendar_periods,
    parse_duration,
)

days = st.dates(date(1990, 1, 1), date(2199, 12, 31))
lengths = st.integers(1, 1500)
units = st.sampled_from(["day", "week", "month", "quarter", "year"])
LONGEST_ON = {"week": 7, "month": 31, "quarter": 92, "year": 366}


def window(start: str, end: str) -> Window:
    return Window(date.fromisoformat(start), date.fromisoformat(end))


def turns(life: Window, every: str, on: int | None = None, lasts: str | None = None) -> list[str]:
    """The turns, each as its first and last day."""
    recurrence = Recurrence(parse_duration(every), on, parse_duration(lasts) if lasts else None)
    return [f"{turn.start} {turn.last}" for turn in recurrence.occurrences(life)]


# Windows


def test_a_window_holds_its_start_and_not_its_end() -> None:
    may = window("2026-05-01", "2026-06-01")
    assert date(2026, 5, 1) in may
    assert date(2026, 5, 31) in may
    assert date(2026, 6, 1) not in may
    assert date(2026, 4, 30) not in may


def test_a_window_is_walked_through_day_by_day() -> None:
    assert list(window("2026-02-27", "2026-03-02")) == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]


def test_a_window_knows_its_length_and_its_last_day() -> None:
    leap = window("2028-02-01", "2028-03-01")
    assert len(leap) == 29
    assert leap.last == date(2028, 2, 29)


def test_a_window_is_shown_with_its_last_day() -> None:
    assert str(window("2026-05-01", "2026-06-01")) == "2026-05-01 to 2026-05-31"


@pytest.mark.parametrize("end", ["2026-05-01", "2026-04-30"])
def test_a_window_without_a_day_is_refused(end: str) -> None:
    with pytest.raises(ValueError, match="must hold a day"):
        window("2026-05-01", end)


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (("2026-04-01", "2026-05-01"), None),  # ends where the window starts
        (("2026-06-01", "2026-07-01"), None),  # starts where the window ends
        (("2026-04-01", "2026-05-02"), ("2026-05-01", "2026-05-02")),
        (("2026-05-31", "2026-07-01"), ("2026-05-31", "2026-06-01")),
        (("2026-05-10", "2026-05-20"), ("2026-05-10", "2026-05-20")),
        (("2026-01-01", "2027-01-01"), ("2026-05-01", "2026-06-01")),
    ],
)
def test_two_windows_share_the_days_that_both_have(other: tuple[str, str], shared: tuple[str, str] | None) -> None:
    may = window("2026-05-01", "2026-06-01")
    assert may.clip(window(*other)) == (window(*shared) if shared else None)
    assert may.overlaps(window(*other)) is (shared is not None)


@given(days, lengths, days, lengths)
@settings(max_examples=60, deadline=None)
def test_the_shared_days_are_those_in_both(a: date, a_days: int, b: date, b_days: int) -> None:
    one, other = Window(a, a + DAY * a_days), Window(b, b + DAY * b_days)
    shared = one.clip(other)
    assert set(shared or ()) == set(one) & set(other)
    assert one.overlaps(other) == other.overlaps(one) == (shared is not None)


# Months


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-05-15", 12, "2027-05-15"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-06-30", 0, "2026-06-30"),
    ],
)
def test_adding_months_clamps_to_the_end_of_a_short_one(day: str, months: int, later: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(later)


# Calendar periods


@pytest.mark.parametrize(
    ("grain", "day", "start", "end"),
    [
        ("day", "2026-05-20", "2026-05-20", "2026-05-21"),
        ("week", "2026-05-20", "2026-05-18", "2026-05-25"),
        ("week", "2026-05-18", "2026-05-18", "2026-05-25"),  # a Monday begins its own week
        ("week", "2026-05-24", "2026-05-18", "2026-05-25"),  # a Sunday ends it
        ("week", "2020-12-31", "2020-12-28", "2021-01-04"),  # ISO week 53 of 2020
        ("week", "2021-01-03", "2020-12-28", "2021-01-04"),  # and still week 53, in 2021
        ("week", "2026-12-31", "2026-12-28", "2027-01-04"),  # ISO week 53 of 2026
        ("month", "2028-02-29", "2028-02-01", "2028-03-01"),
        ("month", "2026-02-28", "2026-02-01", "2026-03-01"),
        ("month", "2026-12-31", "2026-12-01", "2027-01-01"),
        ("quarter", "2026-03-31", "2026-01-01", "2026-04-01"),
        ("quarter", "2026-04-01", "2026-04-01", "2026-07-01"),
        ("quarter", "2026-08-15", "2026-07-01", "2026-10-01"),
        ("quarter", "2026-12-31", "2026-10-01", "2027-01-01"),
        ("year", "2028-02-29", "2028-01-01", "2029-01-01"),
    ],
)
def test_a_day_lies_in_its_calendar_period(grain: str, day: str, start: str, end: str) -> None:
    assert calendar_period(grain, date.fromisoformat(day)) == window(start, end)


@given(days)
@settings(max_examples=60, deadline=None)
def test_weeks_are_those_of_iso(day: date) -> None:
    week = calendar_period("week", day)
    assert {inside.isocalendar()[:2] for inside in week} == {day.isocalendar()[:2]}
    assert len(week) == 7


@pytest.mark.parametrize("grain", ["occurrence", "to_date", "fortnight"])
def test_what_is_no_part_of_the_calendar_has_no_calendar_period(grain: str) -> None:
    with pytest.raises(ValueError, match="not a calendar grain"):
        calendar_period(grain, date(2026, 5, 20))


@given(st.sampled_from([*CALENDAR_GRAINS, "year"]), days, lengths)
@settings(max_examples=60, deadline=None)
def test_calendar_periods_tile_the_line_without_gap_or_overlap(grain: str, start: date, length: int) -> None:
    life = Window(start, start + DAY * length)
    periods = list(calendar_periods(grain, life))
    assert periods[0].start <= life.start < periods[0].end
    assert periods[-1].start < life.end <= periods[-1].end
    assert all(one.end == following.start for one, following in pairwise(periods))
    assert all(period == calendar_period(grain, day) for period in periods for day in (period.start, period.last))


# Lengths of time


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("14 days", 14, "day"),
        ("1 day", 1, "day"),
        ("month", 1, "month"),
        ("2 Weeks", 2, "week"),
        ("  3  months ", 3, "month"),
        ("quarter", 1, "quarter"),
        ("1 year", 1, "year"),
        ("100 years", 100, "year"),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, count: int, unit: str) -> None:
    assert parse_duration(text) == Duration(count, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "14",
        "0 days",
        "-1 day",
        "1.5 months",
        "fortnight",
        "14days",
        "two weeks",
        "1 hour",
        "10000 days",
    ],
)
def test_what_is_no_length_of_time_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is not a length of time"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["101 years", "9999 weeks", "1300 months", "500 quarters"])
def test_a_length_of_time_that_leaves_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is longer than a hundred years"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("10 days", "2026-02-10"),
        ("2 weeks", "2026-02-14"),
        ("1 month", "2026-02-28"),
        ("quarter", "2026-04-30"),
        ("2 years", "2028-01-31"),
    ],
)
def test_a_length_of_time_after_a_day(text: str, later: str) -> None:
    assert parse_duration(text).after(date(2026, 1, 31)) == date.fromisoformat(later)


@pytest.mark.parametrize("text", ["14 days", "1 day", "2 weeks", "1 month", "3 quarters", "1 year"])
def test_a_length_of_time_is_shown_as_it_is_written(text: str) -> None:
    assert str(parse_duration(text)) == text


# The turns of a recurring action


def test_every_month_on_the_31st_falls_on_the_last_day_of_a_short_month() -> None:
    year = window("2028-01-01", "2028-07-01")
    assert turns(year, "month", 31, "1 day") == [
        "2028-01-31 2028-01-31",
        "2028-02-29 2028-02-29",
        "2028-03-31 2028-03-31",
        "2028-04-30 2028-04-30",
        "2028-05-31 2028-05-31",
        "2028-06-30 2028-06-30",
    ]


def test_every_month_on_the_first_lasts_14_days() -> None:
    spring = window("2026-03-01", "2026-07-01")
    assert turns(spring, "month", 1, "14 days") == [
        "2026-03-01 2026-03-14",
        "2026-04-01 2026-04-14",
        "2026-05-01 2026-05-14",
        "2026-06-01 2026-06-14",
    ]


def test_every_week_on_wednesday_up_to_the_next_one() -> None:
    may = window("2026-05-01", "2026-05-25")  # from a Friday to a Sunday
    assert turns(may, "week", 3) == ["2026-05-06 2026-05-12", "2026-05-13 2026-05-19", "2026-05-20 2026-05-24"]


def test_every_two_weeks_counts_from_the_week_of_the_start() -> None:
    # as in a calendar (RFC 5545): the Monday of the first week lies before the start, the next is two weeks later
    summer = window("2026-07-01", "2026-08-15")  # from a Wednesday
    assert turns(summer, "2 weeks", 1, "1 day") == [
        "2026-07-13 2026-07-13",
        "2026-07-27 2026-07-27",
        "2026-08-10 2026-08-10",
    ]


def test_every_two_weeks_without_a_day_keeps_the_weekday_of_the_start() -> None:
    summer = window("2026-07-01", "2026-08-12")
    assert turns(summer, "2 weeks", None, "3 days") == [
        "2026-07-01 2026-07-03",
        "2026-07-15 2026-07-17",
        "2026-07-29 2026-07-31",
    ]


def test_every_quarter_on_its_tenth_day() -> None:
    year = window("2026-01-01", "2027-01-01")
    assert turns(year, "quarter", 10, "1 week") == [
        "2026-01-10 2026-01-16",
        "2026-04-10 2026-04-16",
        "2026-07-10 2026-07-16",
        "2026-10-10 2026-10-16",
    ]


def test_every_month_without_a_day_keeps_that_of_the_start_and_comes_back_to_it() -> None:
    spring = window("2026-01-31", "2026-05-01")
    assert turns(spring, "month", None, "1 day") == [
        "2026-01-31 2026-01-31",
        "2026-02-28 2026-02-28",
        "2026-03-31 2026-03-31",
        "2026-04-30 2026-04-30",
    ]


def test_every_year_on_leap_day() -> None:
    years = window("2028-02-29", "2033-01-01")
    assert turns(years, "year", None, "1 day") == [
        "2028-02-29 2028-02-29",
        "2029-02-28 2029-02-28",
        "2030-02-28 2030-02-28",
        "2031-02-28 2031-02-28",
        "2032-02-29 2032-02-29",
    ]


def test_every_ten_days_from_the_start() -> None:
    assert turns(window("2026-03-01", "2026-03-28"), "10 days", None, "2 days") == [
        "2026-03-01 2026-03-02",
        "2026-03-11 2026-03-12",
        "2026-03-21 2026-03-22",
    ]


def test_a_turn_longer_than_the_gap_is_cut_where_the_next_begins() -> None:
    assert turns(window("2026-03-01", "2026-05-01"), "month", 1, "6 weeks") == [
        "2026-03-01 2026-03-31",
        "2026-04-01 2026-04-30",
    ]


def test_the_last_turn_is_cut_where_the_action_ends() -> None:
    assert turns(window("2026-03-01", "2026-04-06"), "month", 1, "14 days")[-1] == "2026-04-01 2026-04-05"


def test_a_turn_that_would_begin_before_the_action_is_left_out() -> None:
    assert turns(window("2026-03-02", "2026-04-30"), "month", 1, "1 day") == ["2026-04-01 2026-04-01"]


def test_a_day_that_never_comes_gives_no_turn() -> None:
    assert turns(window("2026-03-10", "2026-03-20"), "month", 1) == []


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    unit = draw(units)
    on = draw(st.none() | st.integers(1, LONGEST_ON[unit])) if unit in LONGEST_ON else None
    lasts = draw(st.none() | st.builds(Duration, st.integers(1, 40), units))
    return Recurrence(Duration(draw(st.integers(1, 6)), unit), on, lasts)


@given(recurrences(), days, lengths)
@settings(max_examples=60, deadline=None)
def test_turns_never_overlap_and_never_leave_the_life_of_the_action(
    recurrence: Recurrence, start: date, length: int
) -> None:
    life = Window(start, start + DAY * length)
    found = recurrence.occurrences(life)
    assert all(one.end <= following.start for one, following in pairwise(found))
    assert all(life.start <= turn.start and turn.end <= life.end for turn in found)


@given(recurrences(), days, lengths)
@settings(max_examples=60, deadline=None)
def test_a_turn_lasts_as_long_as_it_says_unless_it_is_cut(recurrence: Recurrence, start: date, length: int) -> None:
    life = Window(start, start + DAY * length)
    found = recurrence.occurrences(life)
    assume(found)
    for turn, limit in zip(found, [*(turn.start for turn in found), life.end][1:], strict=True):
        wanted = recurrence.lasts.after(turn.start) if recurrence.lasts else limit
        assert turn.end == min(wanted, limit)


@given(st.integers(1, 31), days, st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_a_monthly_action_comes_round_once_in_each_month_it_lives_through(on: int, start: date, months: int) -> None:
    first = start.replace(day=1)
    life = Window(first, add_months(first, months))
    found = Recurrence(Duration(1, "month"), on).occurrences(life)
    assert [turn.start.replace(day=1) for turn in found] == [add_months(first, n) for n in range(months)]
    assert all(turn.start.day == on or (turn.start + timedelta(days=1)).day == 1 for turn in found)

"""Public holidays and trade days of a country: their dates, and what a plan makes of them."""

from datetime import date
from pathlib import Path

import pytest

from config.errors import PlanError
from config.loading.loader import parse_plan
from config.loading.suggested_days import suggested_days
from config.periods import Window
from config.plan import Plan
from config.trade_days import easter, trade_days
from connectors.registry import OptionModels


@pytest.mark.parametrize(
    ("country", "name", "first", "last"),
    [
        # as published by economie.gouv.fr
        ("FR", "Winter sales", "2024-01-10", "2024-02-06"),
        ("FR", "Winter sales", "2025-01-08", "2025-02-04"),
        ("FR", "Winter sales", "2026-01-07", "2026-02-03"),  # the second Wednesday is the 14th
        ("FR", "Summer sales", "2023-06-28", "2023-07-25"),
        ("FR", "Summer sales", "2027-06-23", "2027-07-20"),  # the last Wednesday is the 30th
        ("BE", "Winter sales", "2026-01-03", "2026-01-31"),
        ("BE", "Winter sales", "2027-01-02", "2027-01-31"),  # 3 January is a Sunday
        ("BE", "Summer sales", "2029-06-30", "2029-07-31"),  # 1 July is a Sunday
        ("FR", "Mother’s Day", "2026-05-31", "2026-05-31"),
        ("FR", "Mother’s Day", "2023-06-04", "2023-06-04"),  # the last Sunday of May is Pentecost
        ("GB", "Mother’s Day", "2026-03-15", "2026-03-15"),
        ("DE", "Mother’s Day", "2026-05-10", "2026-05-10"),
        ("ES", "Mother’s Day", "2026-05-03", "2026-05-03"),
        ("FR", "Black Friday", "2026-11-27", "2026-11-27"),
        ("US", "Cyber Monday", "2025-12-01", "2025-12-01"),
    ],
)
def test_trade_days_fall_on_their_published_dates(country: str, name: str, first: str, last: str) -> None:
    days = {it.name: it.days for it in trade_days(country, date.fromisoformat(first).year)}
    assert (str(days[name].start), str(days[name].last)) == (first, last)


@pytest.mark.parametrize("day", ["2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25", "1818-03-22"])
def test_easter_is_where_the_almanac_has_it(day: str) -> None:
    assert easter(int(day[:4])) == date.fromisoformat(day)


PLAN = """plan: Spring
currency: EUR
timezone: Europe/Paris
language: fr
starts: 2026-05-01
ends: 2026-06-30
people: {lea: {name: Lea, email: lea@shop.example}}
"""


def plan_with(text: str) -> Plan:
    return parse_plan(Path("p"), PLAN + text, "", OptionModels()).plan


def test_holidays_are_events_only_where_the_plan_says_so() -> None:
    assert plan_with("").special_days == ()
    days = {event.days.start: event.name for event in plan_with("holidays: FR\n").special_days}
    assert (days[date(2026, 5, 14)], days[date(2026, 6, 24)]) == ("Ascension", "Soldes d’été")


def test_they_reach_back_a_year_for_what_is_learnt_from_before() -> None:
    starts = [event.days.start for event in plan_with("holidays: FR\n").special_days]
    assert date(2025, 7, 14) in starts


def test_a_declared_event_takes_the_place_of_a_holiday_it_touches() -> None:
    plan = plan_with("holidays: FR\nevents: [{name: Soldes, from: 2026-06-20, to: 2026-06-30, expect: 150%}]\n")
    summer = [event for event in plan.special_days if event.days.overlaps(Window(date(2026, 6, 24), date(2026, 7, 1)))]
    assert [event.name for event in summer] == ["Soldes"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("holidays: France\n", "there are no holidays for 'France': write a two-letter country code, such as FR"),
        ("holidays: fr\n", "'fr' is not a country: write FR"),
        ("holidays: DE-XX\n", "there is no part 'XX' of DE: write DE"),
    ],
)
def test_a_country_that_is_none_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(PlanError, match=problem):
        plan_with(text)


def test_check_suggests_them_ready_to_paste_until_the_plan_says_which_it_wants() -> None:
    [(_, text)] = suggested_days(plan_with(""))
    pasted = str(text).partition("\n")[2]
    assert '  - {name: "Soldes d’été", from: 2026-06-24, to: 2026-07-21}' in pasted
    events = plan_with(f"events:\n{pasted}\n").events
    assert date(2026, 5, 8) in [event.on for event in events]
    for said in ("holidays: FR\n", "holidays: []\n", f"events:\n{pasted}\n"):
        assert list(suggested_days(plan_with(said))) == []

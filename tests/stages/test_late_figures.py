"""Figures that come late: nobody is told of what is only not there yet. Through ``vigie run --once``, day after day."""

from datetime import date, timedelta

import numpy as np
from conftest import Vigie, Write
from mails_read import addressed, fresh

PLAN = """
plan: Spring
currency: EUR
timezone: UTC
language: en
starts: 2026-02-01
ends: 2026-06-30
people: {ada: {name: Ada Roux, email: ada@shop.example, digest: false}}
actions:
  ads:
    name: Search ads
    responsible: ada
    when: {from: 2026-02-01}
    tracked_by: {campaign: ads}
    targets: [{kpi: conversions, at_least: 1200, per: month}]
"""
SOURCES = "web: {connector: csv_file, path: web.csv, kind: analytics, lookback: 4}"
START = date(2026, 2, 1)
THERE = (0.35, 0.6, 0.8, 0.95)  # of a day's conversions after so many days: an ad platform's attribution


def write(made: Vigie, conversions: list[int], until: int) -> None:
    """The file as it is on the morning of a day: the last days are not all there."""
    rows = []
    for n in range(until):
        age = until - 1 - n
        share = THERE[age] if age < len(THERE) else 1.0
        rows.append(f"{START + timedelta(days=n)},ads,{round(conversions[n] * share)}")
    made.write({"plans/p/web.csv": "\n".join(["day,campaign,conversions", *rows]) + "\n"})


def test_what_is_only_late_is_no_shortfall(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES)
    conversions = [int(count) for count in np.random.default_rng(4).poisson(41, 80)]  # 1,200 a month are 40 a day
    told = []
    for number in range(20, 57):  # to the end of March
        write(made, conversions, number)
        told += fresh(made, today=f"{START + timedelta(days=number)}")
    assert addressed(told) == []
    [target] = made.status(today="2026-03-29")["actions"][0]["targets"][-1:]
    assert target["verdict"] == "on_track"


def test_a_shortfall_is_found_though_the_last_days_are_late(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES)
    conversions = [int(count) for count in np.random.default_rng(4).poisson([41] * 28 + [29] * 52)]
    told = []
    for number in range(20, 50):
        write(made, conversions, number)
        told += fresh(made, today=f"{START + timedelta(days=number)}")
    assert set(addressed(told)) == {("ada", "Spring: Search ads is at risk of missing its target")}  # and a reminder


WEEKLY = PLAN.replace("at_least: 1200, per: month", "at_least: 280, per: week").replace("2026-02-01", "2026-02-02")


def first_week(made: Vigie, amounts: list[int]) -> tuple[str, str]:
    """What is said of the first week, and what is mailed, when the file holds these days."""
    monday = START + timedelta(days=1)
    rows = [f"{monday + timedelta(days=n)},ads,{amount}" for n, amount in enumerate(amounts)]
    made.write({"plans/p/web.csv": "\n".join(["day,campaign,conversions", *rows]) + "\n"})
    today = f"{monday + timedelta(days=len(amounts))}"
    told = [subject for _, subject in addressed(fresh(made, today=today))]
    return made.status(today=today)["actions"][0]["targets"][0]["verdict"], " ".join(told)


def test_the_zeros_of_a_late_load_in_the_first_week_are_no_shortfall(vigie: Write) -> None:
    made = vigie(WEEKLY, SOURCES.replace("lookback: 4", "lookback: 0"))
    assert first_week(made, [50] * 5 + [0, 0]) == ("no_data", "")
    assert first_week(made, [50] * 5 + [30, 20, 45]) == ("met", "")


def test_zeros_that_busy_days_follow_are_true(vigie: Write) -> None:
    made = vigie(WEEKLY, SOURCES.replace("lookback: 4", "lookback: 0"))
    assert first_week(made, [50] * 5 + [0, 0]) == ("no_data", "")
    assert first_week(made, [50] * 5 + [0, 0, 45]) == ("missed", "Spring: Search ads missed its target")

"""Files as people have them, each with the answer that is right: from the file to the verdict and the mail."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
import yaml
from conftest import Vigie, Write

PLAN = """
plan: Autumn
currency: EUR
timezone: Europe/Paris
language: en
starts: {starts}
ends: {ends}
people: {{lead: {{name: Lea Martin, email: lead@shop.example}}}}
actions:
  all:
    name: All of it
    responsible: lead
    when: {{from: {starts}}}
    tracked_by: {{campaign: "*"}}
objectives:
  grow: {{name: Grow, targets: [{target}]}}
"""

Case = Callable[..., "Outcome"]


class Outcome:
    """What a pass over a case came to."""

    def __init__(self, made: Vigie) -> None:
        self.ran = made("run", "--once")
        self.made = made
        self.status = made.status()

    @property
    def target(self) -> Any:
        return self.status["objectives"][0]["targets"][0]

    @property
    def source(self) -> Any:
        return self.status["sources"][0]

    @property
    def mails(self) -> list[str]:
        return [one["subject"] for one in self.made.export("messages")]

    def day(self, kpi: str, day: str) -> tuple[Any, str]:
        (row,) = [row for row in self.made.kpi(kpi, grain="day") if row["period_start"] == day]
        return row["value"], row["state"]


@pytest.fixture
def case(vigie: Write, reference: Path) -> Case:
    """A plan over one case: its file as it is, its source entry as somebody would write it."""

    def judged(
        name: str, target: str, *, starts: str, ends: str, today: str, written: datetime | None = None
    ) -> Outcome:
        cases = reference / "cases"
        (entry,) = yaml.safe_load((cases / f"{name}.yaml").read_text("utf-8")).values()
        made = vigie(PLAN.format(target=target, starts=starts, ends=ends), "", today=today)
        kind = entry.pop("kind")
        made.write({"plans/p/sources.yaml": yaml.safe_dump({"s": {**entry, "kind": kind}}, allow_unicode=True)})
        for file in cases.glob(f"{name}*.csv"):
            to = made.folder / "plans/p" / file.name
            copyfile(file, to)
            at = (written or datetime(2026, 11, 1, tzinfo=UTC)).timestamp()
            os.utime(to, (at, at))
        return Outcome(made)

    return judged


AUTUMN = {"starts": "2026-09-01", "ends": "2026-09-30"}
MARCH = {"starts": "2026-03-01", "ends": "2026-03-31"}


def test_a_number_grouped_by_thousands_is_no_decimal(case: Case) -> None:
    found = case("thousands-advised", "{kpi: sessions, at_least: 30000, per: month}", **AUTUMN, today="2026-10-02")
    assert found.target["value"] in (None, "36435")
    assert found.source["problem"]
    assert "1,200" in found.source["problem"] or "," in found.source["problem"]


def test_the_same_file_twice_is_read_once(case: Case) -> None:
    found = case("same-file-twice", "{kpi: spend, at_least: 1, per: month}", **AUTUMN, today="2026-10-02")
    assert found.target["value"] == "300.00"
    assert "same-file-twice" in found.source["problem"]


def test_the_last_day_of_a_file_that_is_not_newer_is_not_final(case: Case) -> None:
    noon = datetime(2026, 9, 15, 10, tzinfo=UTC)
    found = case("cut-at-noon", "{kpi: sessions, at_least: 80, per: day}", **AUTUMN, today="2026-09-17", written=noon)
    assert found.day("sessions", "2026-09-14") == (100, "final")
    assert found.day("sessions", "2026-09-15") == (41, "provisional")
    assert not any("missed" in subject.lower() for subject in found.mails)


def test_an_order_without_a_rate_is_named_and_nothing_is_claimed(case: Case) -> None:
    found = case("unquoted-currency", "{kpi: revenue, at_least: 5000, per: month}", **MARCH, today="2026-03-25")
    assert found.target["verdict"] in ("cannot_say", "no_data")
    assert "QAR" in found.target["sentence"]
    assert not found.mails


@pytest.mark.parametrize(
    ("since", "verdict", "value"),
    [
        (date(2026, 3, 2), "met", "175"),  # the file can tell of the Monday
        (date(2026, 3, 5), "no_data", "100"),  # it begins on the Thursday, as the plan does
    ],
)
def test_a_week_that_began_before_the_plan_is_judged_whole_or_not_at_all(
    vigie: Write, since: date, verdict: str, value: str
) -> None:
    """25 orders a day."""
    days = (f"{since + timedelta(n)},25" for n in range((date(2026, 3, 9) - since).days))
    plan = PLAN.format(target="{kpi: orders, at_least: 140, per: week}", starts="2026-03-05", ends="2026-03-31")
    shop = "\n".join(["day,orders", *days, ""])
    made = vigie(plan, "s: {connector: csv_file, path: s.csv}", today="2026-03-09", **{"s.csv": shop})
    weeks = Outcome(made).status["objectives"][0]["targets"]
    week = next(one for one in weeks if one["period"]["start"] == "2026-03-02")
    assert (week["verdict"], week["value"]) == (verdict, value)


def test_an_action_that_began_before_the_plan_has_all_its_days(vigie: Write) -> None:
    """Three orders a day from 1 February on; the plan starts a month later."""
    days = (f"{date(2026, 2, 1) + timedelta(n)},x,3" for n in range(36))
    plan = PLAN.format(target="{kpi: orders, at_least: 1, per: month}", **MARCH)
    plan = plan.replace("when: {from: 2026-03-01}", "when: {from: 2026-02-01, to: 2026-03-08}")
    plan = plan.replace(
        "    responsible: lead\n", "    responsible: lead\n    targets: [{kpi: orders, at_least: 100}]\n"
    )
    shop = "\n".join(["day,campaign,orders", *days, ""])
    made = vigie(plan, "s: {connector: csv_file, path: s.csv}", today="2026-03-15", **{"s.csv": shop})
    target = Outcome(made).status["actions"][0]["targets"][0]
    assert (target["verdict"], target["value"]) == ("met", "108")


def test_the_plans_own_rate_ends_what_no_bank_quotes(vigie: Write) -> None:
    """24 days of 100 euros and 40,000 riyals at 0.25 euros: 12,400."""
    plan = PLAN.format(target="{kpi: revenue, at_least: 5000, per: month}", **MARCH) + "rates: {QAR: 0.25}\n"
    rows = [f"2026-03-{day:02},EUR,1,100" for day in range(1, 25)]
    shop = "\n".join(["day,currency,orders,revenue", *rows, "2026-03-15,QAR,1,40000", ""])
    found = Outcome(vigie(plan, "s: {connector: csv_file, path: s.csv}", today="2026-03-25", **{"s.csv": shop}))
    assert (found.target["verdict"], found.target["value"]) == ("met", "12400.00")


def test_a_budget_of_which_an_amount_is_unknown_is_not_said_to_hold(vigie: Write) -> None:
    plan = PLAN.format(target="{kpi: orders, at_least: 1, per: month}", **MARCH)
    plan = plan.replace("    responsible: lead\n", "    responsible: lead\n    budget: {amount: 100, per: month}\n")
    ads = "day,campaign,spend\n2026-03-02,x,40\n2026-03-03,x,\n2026-03-31,x,0\n"
    found = Outcome(vigie(plan, "s: {connector: csv_file, path: s.csv}", today="2026-04-05", **{"s.csv": ads}))
    budget = found.status["actions"][0]["budget"]
    assert (budget["verdict"], budget["spent"]) == ("no_data", "40.00")
    assert "unknown amounts on 3 March 2026" in budget["sentence"]


def test_both_sides_of_a_ratio_are_those_of_the_same_days(case: Case) -> None:
    found = case("ratio-half-known", "{kpi: average_basket, at_least: 90, per: month}", **MARCH, today="2026-04-02")
    assert found.target["value"] == "100.00"


def test_two_days_of_nothing_in_the_first_fortnight_are_not_believed(case: Case) -> None:
    found = case("late-zeros", "{kpi: sessions, at_least: 80, per: day}", **AUTUMN, today="2026-09-15")
    assert found.target["verdict"] not in ("missed", "at_risk")
    assert not any("missed" in subject.lower() for subject in found.mails)


def test_a_mistyped_year_is_refused_with_file_and_line(case: Case) -> None:
    made = {"starts": "2026-08-01", "ends": "2026-12-31"}
    found = case("far-date", "{kpi: orders, at_least: 1, per: month}", **made, today="2026-11-20")
    assert "far-date.csv:33" in found.source["problem"]
    assert "2062-09-11" in found.source["problem"]


def test_an_average_position_below_one_is_refused(case: Case) -> None:
    found = case("gsc-position", "{kpi: search_position, at_most: 10, per: month}", **AUTUMN, today="2026-10-02")
    assert found.target["value"] is None
    assert "gsc-position.csv:" in found.source["problem"]


@pytest.mark.parametrize("name", ["ga4-exploration", "dates-moment", "meta-fr", "survey-answers"])
def test_what_cannot_be_read_yet_is_refused_and_stores_nothing(case: Case, name: str) -> None:
    found = case(name, "{kpi: revenue, at_least: 10, per: month}", **AUTUMN, today="2026-10-02")
    assert found.source["state"] == "misread"
    assert not found.made.export("readings")


def test_equal_to_the_target_is_met_without_a_mail(case: Case) -> None:
    found = case("equal-to-goal", "{kpi: orders, at_least: 14, per: month}", **AUTUMN, today="2026-10-02")
    assert (found.target["verdict"], found.mails) == ("met", [])

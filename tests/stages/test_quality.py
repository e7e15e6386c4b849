"""Faults of a source are held, told once to who looks after it, and alarm nobody else: through ``vigie run --once``."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Vigie, Write, writer
from mails_read import Mail, addressed, flags, fresh

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
language: en
starts: 2026-01-05
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example, digest: false}
  ada: {name: Ada Roux, email: ada@shop.example, digest: false}
  ben: {name: Ben Kern, email: ben@shop.example, digest: false}
  tech: {name: Tom Weber, email: tech@shop.example, digest: false}
actions:
  news:
    name: Newsletter
    responsible: ada
    when: {from: 2026-01-05}
    tracked_by: {campaign: news}
    targets:
      - {kpi: conversion_rate, at_least: 2%, per: week}
      - {kpi: sessions, at_most: 4000, per: week}
  ads:
    name: Search ads
    responsible: ben
    when: {from: 2026-01-05}
    tracked_by: {campaign: ads}
    targets: [{kpi: conversion_rate, at_least: 2%, per: week}]
"""
SOURCES = """
web: {connector: csv_file, path: web.csv, kind: analytics, responsible: tech}
shop: {connector: csv_file, path: shop.csv, kind: shop, responsible: tech}
"""
START = date(2026, 1, 5)  # a Monday
DAYS = 63

Figures = dict[str, list[int]]


class Site:
    """A site's two sources, day after day: 300 visits and 12 orders of each campaign, more or less."""

    def __init__(self, made: Vigie) -> None:
        rng = np.random.default_rng(20)
        self.made = made
        self.sessions: Figures = {name: list(map(int, rng.normal(300, 25, 120))) for name in ("news", "ads")}
        self.orders: Figures = {name: list(map(int, rng.normal(12, 2, 120))) for name in ("news", "ads")}
        self.web_until = self.shop_until = 10**6
        self.seen: list[int] = []  #: the orders that the analytics tool sees of the newsletter, where it sees any

    def write(self, until: int) -> None:
        web, shop = min(until, self.web_until), min(until, self.shop_until)
        self.made.write({"plans/p/web.csv": _csv("sessions", self.sessions, web, self.seen)})
        self.made.write({"plans/p/shop.csv": _csv("orders", self.orders, shop)})

    def morning(self, number: int) -> list[Mail]:
        """The files hold all the days before; Vigie looks at them."""
        self.write(number)
        return fresh(self.made, today=f"{START + timedelta(days=number)}")

    def mornings(self, first: int, last: int) -> list[Mail]:
        return [mail for number in range(first, last + 1) for mail in self.morning(number)]

    def status(self, number: int) -> Mapping[str, Any]:
        found = self.made.status(today=f"{START + timedelta(days=number)}")
        return {action["action"]: action["targets"] for action in found["actions"]}


def _csv(measure: str, figures: Figures, until: int, seen: Sequence[int] = ()) -> str:
    orders = {"news": seen, "ads": [0] * len(seen)}
    rows = [
        f"{START + timedelta(days=n)},{name},{amounts[n]}" + (f",{orders[name][n]}" if seen else "")
        for n in range(until)
        for name, amounts in figures.items()
    ]
    return "\n".join([f"day,campaign,{measure}" + (",orders" if seen else ""), *rows]) + "\n"


@pytest.fixture(scope="module")
def after_nine_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site whose first 63 days were looked at, and nothing was found."""
    found = Site(writer(tmp_path_factory.mktemp("site"))(PLAN, SOURCES))
    assert found.morning(DAYS) == []
    return found.made.folder


@pytest.fixture
def site(after_nine_weeks: Path, tmp_path: Path) -> Site:
    return Site(Vigie(shutil.copytree(after_nine_weeks, tmp_path / "site")))


def faults(site: Site) -> list[tuple[str, str]]:
    """The flags about figures: what, and its state."""
    return sorted((one["key"], one["state"]) for one in flags(site.made, "--all") if one["scope"] == "source")


def test_ordinary_days_raise_no_doubt(site: Site) -> None:
    assert site.mornings(DAYS + 1, DAYS + 9) == []
    assert flags(site.made, "--all") == []


# --- fake visits ---------------------------------------------------------------------------------------------------


def test_ten_times_fake_visits_on_one_action_for_two_days_alarm_only_who_looks_after_the_source(site: Site) -> None:
    for n in (DAYS, DAYS + 1):  # a Monday and a Tuesday
        site.sessions["news"][n] *= 10
    told = site.mornings(DAYS + 1, DAYS + 2)
    assert addressed(told) == [("tech", "Spring: figures from the source web look wrong")]
    assert "counts far too many visits of “Newsletter”" in told[0].text
    assert "--since 2026-03-09 --until 2026-03-09 --accept" in told[0].text
    week = site.mornings(DAYS + 3, DAYS + 9)  # the week is over: 2 % and 4,000 visits would both be missed
    assert addressed(week) == [("tech", "Spring: figures from the source web look wrong")]
    assert "This is over. Its days stay on hold until you accept them" in " ".join(week[0].text.split())
    assert "--since 2026-03-09 --until 2026-03-10 --accept" in week[0].text
    assert faults(site) == [("source/web/jump/news/2026-03-10", "open")]


def test_the_figures_of_the_faked_action_are_unknown_and_those_of_the_others_stand(site: Site) -> None:
    for n in (DAYS, DAYS + 1):
        site.sessions["news"][n] *= 10
    site.mornings(DAYS + 1, DAYS + 8)
    targets = site.status(DAYS + 8)
    over = f"{START + timedelta(days=DAYS)}"
    [news] = [one for one in targets["news"] if one["kpi"] == "conversion_rate" and one["period"]["start"] == over]
    [ads] = [one for one in targets["ads"] if one["period"]["start"] == over]
    assert (news["state"], news["verdict"]) == ("missing", "no_data")
    assert (ads["state"], ads["verdict"]) == ("final", "met")


def test_fake_visits_that_the_tool_filters_out_later_are_taken_in(site: Site) -> None:
    honest = site.sessions["news"][DAYS]
    site.sessions["news"][DAYS] *= 10
    assert len(site.morning(DAYS + 1)) == 1
    site.sessions["news"][DAYS] = honest
    site.morning(DAYS + 2)  # less than half of a settled day: asked for twice
    site.mornings(DAYS + 3, DAYS + 8)
    over = f"{START + timedelta(days=DAYS)}"
    found = [one for one in site.status(DAYS + 8)["news"] if one["period"]["start"] == over]
    assert [(one["kpi"], one["state"], one["verdict"]) for one in found] == [
        ("conversion_rate", "final", "met"),
        ("sessions", "final", "met"),
    ]


def test_visits_that_somebody_accepts_are_judged(site: Site) -> None:
    for n in (DAYS, DAYS + 1):
        site.sessions["news"][n] *= 10
    site.mornings(DAYS + 1, DAYS + 2)
    given = ("--source", "web", "--since", "2026-03-09", "--until", "2026-03-10", "--accept")
    assert site.made("collect", *given, today=f"{START + timedelta(days=DAYS + 2)}").code == 0
    told = site.mornings(DAYS + 3, DAYS + 4)
    assert ("ada", "Spring: Newsletter missed its target") in addressed(told)
    assert ("tech", "Spring: Source “web”: figures now taken as true") in addressed(told)
    assert faults(site) == [("source/web/jump/news/2026-03-10", "resolved")]


# --- silence -------------------------------------------------------------------------------------------------------


def stop(figures: Figures, *numbers: int) -> None:
    for amounts in figures.values():
        for n in numbers:
            amounts[n] = 0


def test_orders_that_stop_while_visits_go_on_are_lost_tracking_told_at_once_and_alarm_nobody_else(site: Site) -> None:
    stop(site.orders, *range(DAYS, DAYS + 3))
    [mail] = site.morning(DAYS + 1)
    assert addressed([mail]) == [("tech", "Spring: figures from the source shop look wrong")]
    assert "has lost track" in mail.text
    assert "0 for orders" in mail.text
    [flag] = flags(site.made)
    assert (flag["key"], flag["verdict"]) == ("source/shop/tracking_lost/2026-03-10", "tracking_lost")
    assert site.made("flags", "ack", str(flag["id"])).code == 0
    back = site.mornings(DAYS + 2, DAYS + 9)
    assert addressed(back) == [("tech", "Spring: figures from the source shop look wrong")]
    assert "(9–11 March 2026): 0 for orders" in " ".join(back[0].text.split())
    assert "This is over." in back[0].text


def test_the_report_lists_what_is_not_believed_among_the_problems(site: Site) -> None:
    stop(site.orders, DAYS)
    site.morning(DAYS + 1)
    path = site.made.folder / "r.html"
    assert site.made("report", "-o", str(path), today=f"{START + timedelta(days=DAYS + 1)}").code == 0
    text = path.read_text(encoding="utf-8")
    problems = text[text.index("Current problems") : text.index("Actions</h2>")]
    assert "Source “shop”" in problems
    assert "Tom Weber" in problems
    assert "has lost tracking (9 March 2026): 0 for orders" in problems


def test_lost_tracking_that_nobody_takes_up_goes_to_the_lead_after_a_day(site: Site) -> None:
    stop(site.orders, DAYS, DAYS + 1)
    assert [mail.to for mail in site.mornings(DAYS + 1, DAYS + 2)] == ["tech@shop.example", "lead@shop.example"]


def test_nothing_at_all_is_a_silent_zero(site: Site) -> None:
    stop(site.orders, DAYS)
    stop(site.sessions, DAYS)
    told = site.morning(DAYS + 1)
    assert addressed(told) == [("tech", "Spring: figures from the source web look wrong (and 1 more)")] or addressed(
        told
    ) == [("tech", "Spring: figures from the source shop look wrong (and 1 more)")]
    assert faults(site) == [
        ("source/shop/silent_zero/2026-03-10", "open"),
        ("source/web/silent_zero/2026-03-10", "open"),
    ]


def test_what_waits_for_a_source_says_so(site: Site) -> None:
    site.orders["ads"][DAYS : DAYS + 7] = [2] * 7  # 14 orders of 2,100 visits: a week that misses its target
    told = site.mornings(DAYS + 1, DAYS + 8)
    assert addressed(told[-1:]) == [("ben", "Spring: Search ads missed its target")]
    stop(site.orders, DAYS + 6)
    told = site.mornings(DAYS + 9, DAYS + 10)  # restated: asked for twice, then silent
    assert {mail.to for mail in told} == {"tech@shop.example"}
    [flag] = [one for one in flags(site.made) if one["ref"] == "ads"]
    assert (flag["state"], flag["inhibited_by"]) == ("open", "shop")
    assert "muted: waiting for the source shop" in site.made("flags").out


# --- days that vanish, sources that stop, ratios that drift --------------------------------------------------------


def test_a_silence_that_was_over_before_anyone_looked_is_told_once(site: Site) -> None:
    """A shop that is closed for a day, found at the end of the week: nobody can do anything but say so."""
    stop(site.orders, DAYS)
    told = site.mornings(DAYS + 5, DAYS + 12)
    assert addressed(told) == [("tech", "Spring: figures from the source shop look wrong")]
    assert "--since 2026-03-09 --until 2026-03-09 --accept" in told[0].text


def test_a_settled_day_cut_short_is_told_and_believed_when_it_is_said_again(site: Site) -> None:
    for name in ("news", "ads"):
        site.sessions[name][40] = 20
    told = site.morning(DAYS + 1)
    assert addressed(told) == [("tech", "Spring: figures from the source web look wrong")]
    assert "withdraws most of its final figures (14 February 2026)" in told[0].text
    [mail] = site.morning(DAYS + 2)
    assert mail.subject == "Spring: Source “web”: figures now taken as true"
    assert "now taken as true" in " ".join(mail.text.split())


def test_a_source_without_a_new_day_for_longer_than_ever_is_stale(site: Site) -> None:
    site.mornings(DAYS + 1, DAYS + 5)
    site.shop_until = DAYS + 5
    assert site.mornings(DAYS + 6, DAYS + 8) == []
    [mail] = site.morning(DAYS + 9)
    assert mail.to == "tech@shop.example"
    assert (
        "has delivered no day after 13 March 2026: nothing new for 4 days, where it never takes longer than 1 day"
        in " ".join(mail.text.split())
    )
    site.shop_until = 10**6
    assert addressed(site.morning(DAYS + 10)) == [("tech", "Spring: Source “shop” is back to normal")]


def test_a_tool_that_no_longer_sees_what_the_shop_counts_is_told(vigie: Write) -> None:
    site = Site(vigie(PLAN, SOURCES))
    seen = [sum(pair) * 9 // 10 for pair in zip(site.orders["news"], site.orders["ads"], strict=True)]
    seen[DAYS:] = [amount * 6 // 10 for amount in seen[DAYS:]]
    site.seen = seen
    assert site.mornings(DAYS, DAYS + 2) == []
    [mail, *_] = site.mornings(DAYS + 3, DAYS + 6)
    assert addressed([mail]) == [("tech", "Spring: figures from the source web look wrong")]
    assert "no longer agrees as it used to" in mail.text
    [flag] = flags(site.made)
    assert flag["key"] == "source/web/drift/orders+shop"


def unlabelled(site: Site, until: int) -> None:
    """Beside the campaigns, 300 visits a day that bear no label."""
    site.sessions[""] = list(map(int, np.random.default_rng(21).normal(300, 20, 120)))
    assert site.morning(until) == []


def test_a_mailing_that_goes_out_for_a_week_is_no_fault_of_the_source_that_counts_its_visits(site: Site) -> None:
    """The share of visits with a label rises from 67 to 80 % and falls again: the others are as many as before."""
    unlabelled(site, DAYS)
    site.sessions["mailing"] = [900 if DAYS <= n < DAYS + 7 else 0 for n in range(120)]
    assert site.mornings(DAYS + 1, DAYS + 30) == []


def test_visits_that_lose_their_label_are_told_as_the_others_grow_by_as_many(site: Site) -> None:
    unlabelled(site, DAYS)
    for n in range(DAYS, 120):
        lost = site.sessions["ads"][n] // 2
        site.sessions["ads"][n] -= lost
        site.sessions[""][n] += lost
    [mail, *_] = site.mornings(DAYS + 3, DAYS + 9)
    assert addressed([mail]) == [("tech", "Spring: figures from the source web look wrong")]
    assert "of visits carry a campaign label" in " ".join(mail.text.split())

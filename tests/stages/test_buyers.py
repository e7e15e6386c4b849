"""Who never bought before: counted from pseudonyms, and right whatever is restated, in whatever order it is read."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Desk, Scripted
from sqlalchemy import select

from connectors.base import Buyer, Item, Origin, Reading
from worker.store import schema as t
from worker.store.engine import Store, open_store

MARCH = ("2026-03-01", "2026-03-06")
EVERY = frozenset({"orders", "new_customers"})

#: day of March -> (buyer, campaign) of each order, in their order
Orders = Mapping[int, list[tuple[str, str]]]


class Till(Scripted):
    """A shop that says who bought."""

    provides: ClassVar = EVERY

    def __init__(self, orders: Orders) -> None:
        super().__init__(list(_items(orders)))

    def buyers_from(self, start: date) -> date:
        return start

    def read(self, window: Any) -> Iterator[Item]:
        return (item for item in self.items if item.day in window)  # type: ignore[union-attr]


def _items(orders: Orders) -> Iterator[Item]:
    for number in sorted(orders):
        for buyer, campaign in orders[number]:
            day, origin = date(2026, 3, number), Origin(campaign=campaign)
            yield Reading(day, origin, {"orders": 1})
            yield Buyer(day, origin, buyer)


def expected(orders: Orders) -> dict[tuple[int, str], int]:
    """(day, campaign) -> new customers, counted by going through all orders once."""
    seen: set[str] = set()
    new: Counter[tuple[int, str]] = Counter()
    for number in sorted(orders):
        for buyer, campaign in orders[number]:
            new[number, campaign] += buyer not in seen
            seen.add(buyer)
    return {key: count for key, count in new.items() if count}


def stored(store: Store) -> dict[tuple[int, str], int]:
    r = t.reading.c
    statement = select(r.day, t.origin.c.campaign, r.new_customers).join(t.origin, t.origin.c.id == r.origin_id)
    with store.read() as connection:
        rows = connection.execute(statement.where(r.new_customers != 0)).all()
    return {(day.day, campaign): amount // 1_000_000 for day, campaign, amount in rows}


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    store = open_store(database_url)
    yield Desk(store, provides=EVERY)
    store.close()


def test_the_first_order_of_a_person_makes_a_new_customer_of_its_campaign(desk: Desk) -> None:
    desk.collect(
        Till({1: [("ana", "spring"), ("bob", ""), ("ana", "news")], 2: [("ana", "news"), ("eve", "news")]}), MARCH
    )
    assert stored(desk.store) == {(1, "spring"): 1, (1, ""): 1, (2, "news"): 1}


def test_an_order_that_is_gone_makes_the_next_one_the_first(desk: Desk) -> None:
    desk.collect(Till({1: [("ana", "spring")], 3: [("ana", "news")]}), MARCH)
    desk.collect(Till({1: [("bob", "spring")]}), ("2026-03-01", "2026-03-02"))
    assert stored(desk.store) == {(1, "spring"): 1, (3, "news"): 1}


def test_an_earlier_order_found_later_takes_the_new_customer_over(desk: Desk) -> None:
    desk.collect(Till({3: [("ana", "news")]}), ("2026-03-03", "2026-03-04"))
    assert stored(desk.store) == {(3, "news"): 1}
    desk.collect(Till({1: [("ana", "spring")]}), ("2026-03-01", "2026-03-02"))
    assert stored(desk.store) == {(1, "spring"): 1}


def test_the_sums_of_a_day_that_lost_its_new_customer_are_made_anew(desk: Desk) -> None:
    desk.collect(Till({3: [("ana", "news")]}), ("2026-03-03", "2026-03-04"))
    desk.compute()
    desk.collect(Till({1: [("ana", "spring")]}), ("2026-03-01", "2026-03-02"))
    desk.compute()
    assert desk.kpi("new_customer_share", "2026-03-03", "2026-03-04")[0] == 0
    assert desk.kpi("new_customer_share", "2026-03-01", "2026-03-02")[0] == 1


def test_of_a_flood_of_campaigns_the_new_customers_are_kept(desk: Desk) -> None:
    desk.collect(Till({1: [(f"buyer {n}", f"campaign {n}") for n in range(20)]}), MARCH, cap=5)
    assert sum(stored(desk.store).values()) == 20


def test_a_settled_day_of_many_new_customers_is_not_cut_short_by_being_read_again(desk: Desk) -> None:
    """Who is new is worked out when the day is stored: a shop's answer never holds it."""
    till = Till({1: [(f"buyer {n}", "spring") for n in range(20)]})
    desk.collect(till, MARCH)
    assert desk.collect(till, MARCH).cut == []


histories = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.integers(1, 3),
        st.dictionaries(
            st.integers(1, 5), st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x"])), max_size=3)
        ),
    ),
    min_size=1,
    max_size=6,
)


@given(histories)
@settings(max_examples=20, deadline=None)
def test_whatever_was_restated_in_any_order_the_count_is_that_of_what_stands(
    history: list[tuple[int, int, dict[int, list[tuple[str, str]]]]],
) -> None:
    """Windows read again and again; a day without an order is not believed, so it keeps what it had."""
    assert history
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(open_store(f"sqlite:///{Path(folder) / 'v.db'}"), provides=EVERY)
        stands: dict[int, list[tuple[str, str]]] = {}
        for start, length, orders in history:
            window = range(start, min(start + length, 6))
            inside = {day: orders[day] for day in window if orders.get(day)}
            desk.collect(Till(inside), (f"2026-03-0{window.start}", f"2026-03-0{window.stop}"))
            stands |= inside
            assert stored(desk.store) == expected(stands)
        desk.store.close()

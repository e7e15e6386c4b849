"""What every connector to a shop must do beside ``ConnectorContract``: a test file subclasses ``ShopContract``.

class TestWooCommerceShop(ShopContract):
    known = frozenset({"campaign", "source", "medium", "content", "term", "coupon"})

    @pytest.fixture
    def open(self) -> Iterator[Open]:
        ...  # gives a function: a shop and options -> a connector over a simulator that tells of that shop
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from connector_contract import Row, sums
from simulators.shop import NOTHING, Order, Refund, Shop, a_month, moment

from config.errors import SourceMisread
from config.periods import Window
from connectors.base import (
    Buyer,
    Connector,
    Counted,
    Gone,
    Item,
    KnowsBuyers,
    Note,
    Origin,
    Quality,
    Reading,
    Remark,
    Restates,
)
from connectors.kit.text import clean

MARCH = Window(date(2026, 3, 1), date(2026, 4, 1))
SPRING = Window(date(2026, 3, 1), date(2026, 5, 1))

#: a connector over a simulator that tells of a shop; options of its entry may be given
Open = Callable[..., Connector]


def pseudonym(text: str) -> str:
    """What the tests give as ``Context.pseudonym``."""
    return sha256(f"a key\0{text}".encode()).hexdigest()


def with_new_customers(items: Iterable[Item]) -> Iterator[Item]:
    """The buyers counted as Vigie counts them, by hand: who never bought before is new."""
    bought: set[str] = set()
    for item in items:
        if isinstance(item, Buyer):
            yield Reading(item.day, item.origin, {"new_customers": int(item.key not in bought)})
            bought.add(item.key)
        else:
            yield item


class ShopContract:
    """Subclass it in a connector's test file. What does not apply is left out by name, with its reason."""

    known: ClassVar[frozenset[str]]  #: the labels this shop's software can tell
    currencies: ClassVar[tuple[str, ...]] = ("EUR", "USD")
    zone: ClassVar[ZoneInfo] = ZoneInfo("Europe/Paris")
    has_shipping: ClassVar[bool] = True  #: tells shipping and tax apart
    options: ClassVar[Mapping[str, Any]] = {}  #: of every entry
    left_out: ClassVar[frozenset[str]] = frozenset()  #: measures it does not report
    ends: ClassVar[tuple[str, ...]] = ("cancelled",)  #: states of an order that its software names as gone
    long_list: ClassVar[int] = 500  #: orders that take several requests
    leaves_out: ClassVar[Mapping[str, str]] = {}  #: test -> why it does not apply

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, reason in cls.leaves_out.items():
            if name not in vars(ShopContract) or len(reason.split()) < 3:
                raise TypeError(f"{cls.__name__}: '{name}' is no test, or has no reason: '{reason}'")
            setattr(cls, name, None)

    @pytest.fixture
    def open(self) -> Iterator[Open]:
        raise NotImplementedError("a subclass of ShopContract provides the fixture 'open'")

    def a_month(self, **kwargs: Any) -> Shop:
        """A month as this shop's software can hold it."""
        return a_month(currencies=self.currencies, **kwargs)

    def ledger(self, shop: Shop, window: Window = MARCH, **basis: bool) -> Any:
        rows = shop.rows(self.known, zone=self.zone, since=window.start, until=window.last, **basis)
        told = [Row(row.day, self._told(row.measures), row.labels, row.currency) for row in rows]
        return sums(told)

    def _told(self, measures: Mapping[str, Any]) -> dict[str, Any]:
        return {name: amount for name, amount in measures.items() if name not in self.left_out}

    def found(self, connector: Connector, window: Window = MARCH) -> Any:
        return sums(with_new_customers(connector.read(window)))

    def test_a_month_equals_the_ledger(self, open: Open) -> None:
        shop = self.a_month()
        assert self.found(open(shop, **self.options)) == self.ledger(shop)

    def test_with_tax_and_shipping_too(self, open: Open) -> None:
        if not self.has_shipping:
            return
        shop = self.a_month(days=6)
        bases: tuple[dict[str, Any], ...] = (
            {"with_tax": True},
            {"with_shipping": True},
            {"with_tax": True, "with_shipping": True},
        )
        for basis in bases:
            assert self.found(open(shop, **self.options, **basis)) == self.ledger(shop, **basis)

    def test_two_readings_are_equal_and_so_are_the_parts_of_one(self, open: Open) -> None:
        connector = open(self.a_month(), **self.options)
        middle = date(2026, 3, 17)
        parts = [
            *connector.read(Window(MARCH.start, middle)),
            *connector.read(Window(middle, MARCH.end)),
        ]
        assert list(connector.read(MARCH)) == list(connector.read(MARCH))
        assert sums(with_new_customers(parts)) == self.found(connector)

    def test_the_days_are_those_of_the_zone_when_the_clocks_change(self, open: Open) -> None:
        at = ["2026-03-28 23:59:59", "2026-03-29 00:00:00", "2026-03-29 23:59:59", "2026-03-30 00:00:00"]
        orders = [self.order(number, text) for number, text in enumerate(at, 1)]
        found = self.found(open(Shop(orders), **self.options))
        by_day = {key[0]: amount for key, (amount, _) in found.items() if key[2] == "orders"}
        assert by_day == {date(2026, 3, 28): 1, date(2026, 3, 29): 2, date(2026, 3, 30): 1}

    def test_an_order_that_is_cancelled_later_is_gone_from_its_own_day(self, open: Open) -> None:
        shop = Shop(
            [self.order(1, "2026-03-03 10:00"), self.order(2, "2026-03-03 11:00"), self.order(3, "2026-03-20 10:00")]
        )
        connector = open(shop, **self.options)
        assert self.found(connector) == self.ledger(shop)
        since = moment("2026-04-20 06:00")
        assert date(2026, 3, 3) not in set(self.changed(connector, since))
        shop.change(2, state="cancelled", modified_at=moment("2026-04-20 09:00"))
        assert date(2026, 3, 3) in set(self.changed(connector, since))
        assert self.found(connector) == self.ledger(shop)

    def test_a_refund_counts_on_its_own_day_under_the_labels_of_its_order(self, open: Open) -> None:
        shop = Shop([self.order(1, "2026-03-03 10:00"), self.order(2, "2026-04-20 10:00")])
        connector = open(shop, **self.options)
        refund = Refund(91, moment("2026-04-20 12:00"), Decimal("10.00"), Decimal("2.00"), items=1)
        shop.change(1, refunds=(refund,))
        april = Window(date(2026, 4, 20), date(2026, 4, 21))
        found = self.found(connector, april)
        assert found == self.ledger(shop, april)
        origin = Origin(**{k: v for k, v in self.labels.items() if k in self.known}, currency="EUR")
        assert found[date(2026, 4, 20), origin, "revenue"][0] == Decimal("-10.00") + Decimal("50.00")

    def test_an_order_without_money_counts_as_one(self, open: Open) -> None:
        shop = Shop([replace(self.order(1, "2026-03-03 10:00"), net=NOTHING, tax=NOTHING, shipping=NOTHING)])
        assert self.found(open(shop, **self.options)) == self.ledger(shop)

    def test_the_same_person_is_new_once_however_the_address_is_written(self, open: Open) -> None:
        if "new_customers" in self.left_out:
            return
        emails = ["ana@mail.example", "ANA@mail.example ", "bob@mail.example", "Ana@Mail.Example"]
        orders = [replace(self.order(n, f"2026-03-{n:02} 10:00"), email=email) for n, email in enumerate(emails, 1)]
        found = self.found(open(Shop(orders), **self.options))
        new = {key[0].day: amount for key, (amount, _) in found.items() if key[2] == "new_customers"}
        assert {day for day, amount in new.items() if amount} == {1, 3}

    def test_nothing_of_a_person_is_told(self, open: Open) -> None:
        shop = self.a_month(days=5)
        told = repr(list(open(shop, **self.options).read(MARCH))).casefold()
        assert "mail.example" not in told
        assert "buyer1" not in told

    def test_readings_name_no_label_that_is_not_clean_after_cleaning(self, open: Open) -> None:
        found = list(open(self.a_month(), **self.options).read(MARCH))
        assert found
        for item in found:
            if isinstance(item, Reading):
                assert all(clean(clean(label)) == clean(label) for label in item.origin)

    def test_it_looks_for_earlier_buyers_two_years_back_or_as_told(self, open: Open) -> None:
        connector = open(Shop([]), **self.options)
        if "new_customers" in self.left_out or not isinstance(connector, KnowsBuyers):
            return
        assert connector.buyers_from(date(2026, 3, 1)) == date(2026, 3, 1) - timedelta(days=730)
        told = open(Shop([]), **self.options, customers_from=date(2026, 1, 1))
        assert isinstance(told, KnowsBuyers)
        assert told.buyers_from(date(2026, 3, 1)) == date(2026, 1, 1)

    # What changes while it is read, and after.

    def test_orders_that_leave_the_list_while_it_is_read_take_no_other_with_them(self, open: Open) -> None:
        """Of the orders of one morning every other one is unpaid; after each answer the first of those is deleted."""
        unpaid = list(range(1, self.long_list, 2))
        every = [self.order(number, "2026-03-10 10:00") for number in range(1, self.long_list + 1)]
        shop = Shop([replace(one, state="unpaid") if one.id in set(unpaid) else one for one in every])
        connector = open(shop, **self.options)
        shop.meanwhile = lambda: shop.remove(unpaid.pop(0))
        items = list(connector.read(MARCH))
        assert len(unpaid) < self.long_list // 2 - 1, "one request gave all: leave it out, or make long_list longer"
        orders = [item.measures.get("orders") or 0 for item in items if isinstance(item, Reading)]
        assert sum(orders) == self.long_list // 2

    def test_orders_that_enter_the_list_while_it_is_read_let_none_come_twice(self, open: Open) -> None:
        """After each answer an unpaid order is put in for the day before."""
        shop = Shop([self.order(number, "2026-03-10 10:00") for number in range(1, self.long_list + 1)])
        connector, fresh = open(shop, **self.options), iter(range(90_001, 99_999))

        def enter() -> None:
            shop.orders = [replace(self.order(next(fresh), "2026-03-09 10:00"), state="unpaid"), *shop.orders]

        shop.meanwhile = enter
        orders = [item.measures.get("orders") or 0 for item in connector.read(MARCH) if isinstance(item, Reading)]
        assert sum(orders) == self.long_list

    def test_what_the_figures_of_a_day_hold_is_named_by_the_vendor_s_ids(self, open: Open) -> None:
        refund = Refund(91, moment("2026-03-05 12:00"), Decimal("10.00"), Decimal("2.00"), items=1)
        shop = Shop(
            [
                replace(self.order(1, "2026-03-03 10:00"), refunds=(refund,)),
                self.order(2, "2026-03-20 10:00"),
                replace(self.order(3, "2026-03-20 11:00"), state="cancelled"),
            ]
        )
        connector = open(shop, **self.options)
        first = self.held(connector)
        assert {day: len(keys) for day, keys in first.items()} == {3: 1, 5: 1, 20: 1}
        shop.change(1, at=moment("2026-03-04 10:00"), refunds=())
        assert self.held(connector) == {4: first[3], 20: first[20]}

    def test_a_day_that_lost_its_only_order_is_named_as_gone_and_so_is_that_of_its_refund(self, open: Open) -> None:
        refund = Refund(91, moment("2026-03-05 12:00"), Decimal("10.00"), Decimal("2.00"), items=1)
        assert self.ends
        for state in self.ends:
            shop = Shop(
                [replace(self.order(1, "2026-03-03 10:00"), refunds=(refund,)), self.order(2, "2026-03-20 10:00")]
            )
            connector = open(shop, **self.options)
            assert self.gone(connector) == set()
            shop.change(1, state=state, modified_at=moment("2026-04-20 09:00"))
            assert {3, 5} <= {day.day for day in self.changed(connector, moment("2026-04-20 06:00"))}
            assert self.gone(connector) == {3, 5}
            assert self.found(connector) == self.ledger(shop)

    def test_what_is_gone_of_a_day_comes_before_its_readings(self, open: Open) -> None:
        orders = [self.order(1, "2026-03-03 10:00"), replace(self.order(2, "2026-03-03 11:00"), state="cancelled")]
        items = [item for item in open(Shop(orders), **self.options).read(MARCH) if isinstance(item, Gone | Reading)]
        assert isinstance(items[0], Gone)
        assert not any(isinstance(item, Gone) for item in items[1:])

    # What cannot be read.

    def test_an_order_that_cannot_be_read_is_left_out_by_its_id_and_its_day_is_unknown(self, open: Open) -> None:
        shop = Shop([self.order(number, f"2026-03-{number:02} 10:00") for number in (3, 10, 20)])
        orders = self.ledger(shop)
        shop.change(10, is_odd=True)
        items = list(open(shop, **self.options).read(MARCH))
        (remark,) = [item.text for item in items if isinstance(item, Remark)]
        assert re.search(r"\b10\b.*: left out$", remark)
        assert Note(date(2026, 3, 10), Quality.TRUNCATED, remark) in items
        found = sums(with_new_customers(items))
        assert {key: known for key, known in found.items() if key[0].day != 10} == {
            key: known for key, known in orders.items() if key[0].day != 10
        }
        unknown = {key[2] for key, (_, has_gap) in found.items() if key[0].day == 10 and has_gap}
        assert {"orders", "revenue"} - self.left_out <= unknown

    def test_where_no_order_can_be_read_the_answer_has_changed(self, open: Open) -> None:
        """Though most of the list, orders nobody paid, can be."""
        odd = [replace(self.order(number, "2026-03-10 10:00"), is_odd=True) for number in range(1, 6)]
        unpaid = [replace(self.order(number, "2026-03-10 11:00"), state="unpaid") for number in range(10, 30)]
        shop = Shop(odd + unpaid)
        with pytest.raises(SourceMisread):
            list(open(shop, **self.options).read(MARCH))

    labels: ClassVar[Mapping[str, str]] = {"campaign": "spring-sale", "source": "google", "medium": "cpc"}

    def order(self, number: int, at: str) -> Order:
        """A plain order of 50.00 net in Paris."""
        return Order(
            number, moment(at), Decimal("50.00"), Decimal("10.00"), email=f"p{number}@mail.example", labels=self.labels
        )

    def changed(self, connector: Connector, since: datetime) -> Iterator[date]:
        assert isinstance(connector, Restates)
        return connector.changed_days(since.astimezone(UTC))

    def held(self, connector: Connector) -> dict[int, set[str]]:
        """Day of March -> the keys that its figures are said to hold."""
        held: dict[int, set[str]] = {}
        for item in connector.read(MARCH):
            if isinstance(item, Counted):
                held.setdefault(item.day.day, set()).add(item.key)
        return held

    def gone(self, connector: Connector) -> set[int]:
        """The days of March of which something is said to be gone."""
        return {item.day.day for item in connector.read(MARCH) if isinstance(item, Gone)}

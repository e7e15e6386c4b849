"""What every connector to a shop must do beside ``ConnectorContract``: a test file subclasses ``ShopContract``.

class TestWooCommerceShop(ShopContract):
    known = frozenset({"campaign", "source", "medium", "content", "term", "coupon"})

    @pytest.fixture
    def open(self) -> Iterator[Open]:
        ...  # gives a function: a shop and options -> a connector over a simulator that tells of that shop
"""

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

from config.periods import Window
from connectors.base import Buyer, Connector, Item, KnowsBuyers, Origin, Reading, Restates
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
    """Subclass it in a connector's test file."""

    known: ClassVar[frozenset[str]]  #: the labels this shop's software can tell
    currencies: ClassVar[tuple[str, ...]] = ("EUR", "USD")
    zone: ClassVar[ZoneInfo] = ZoneInfo("Europe/Paris")
    has_shipping: ClassVar[bool] = True  #: tells shipping and tax apart
    options: ClassVar[Mapping[str, Any]] = {}  #: of every entry
    left_out: ClassVar[frozenset[str]] = frozenset()  #: measures it does not report

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
        for item in open(self.a_month(), **self.options).read(MARCH):
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

    labels: ClassVar[Mapping[str, str]] = {"campaign": "spring-sale", "source": "google", "medium": "cpc"}

    def order(self, number: int, at: str) -> Order:
        """A plain order of 50.00 net in Paris."""
        return Order(
            number, moment(at), Decimal("50.00"), Decimal("10.00"), email=f"p{number}@mail.example", labels=self.labels
        )

    def changed(self, connector: Connector, since: datetime) -> Iterator[date]:
        assert isinstance(connector, Restates)
        return connector.changed_days(since.astimezone(UTC))

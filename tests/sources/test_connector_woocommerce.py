"""WooCommerce as a source: the shared contracts against a simulated shop, recorded answers of a real one, its traps."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests_oauthlib  # noqa: F401, at once: its weight is none of a reading's
from connector_contract import ConnectorContract, Over, Row, sums, told
from fault_contract import FaultContract
from pydantic import ValidationError
from shop_contract import MARCH, Open, ShopContract, pseudonym, with_new_customers
from simulators.shop import Order, Refund, Shop, a_month, moment
from simulators.vendor import Simulator
from simulators.web_server import Answer, Seen, bytes_answer, json_answer, redirect, text_answer
from simulators.woocommerce import KEY, META, SECRET, STATUSES
from simulators.woocommerce import WooCommerce as Simulated
from smtp_server import self_signed

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.sources import Secret
from connectors.base import Buyer, Connector, Context, Item, Origin, Reading, Remark
from connectors.kit.http import RequestLimits
from connectors.shops.woocommerce import WooCommerce, WooCommerceOptions

REVEALED = {"WOO_KEY": KEY, "WOO_SECRET": SECRET, "WRONG": "canary-wrong"}


def connect(vendor: Simulator | str, *, zone: str = "Europe/Paris", **options: Any) -> WooCommerce:
    """A connector as ``sources.yaml`` would make it."""
    url = vendor if isinstance(vendor, str) else vendor.url("")
    entry = {"connector": "woocommerce", "url": url, "key": {"env": "WOO_KEY"}, "secret": {"env": "WOO_SECRET"}}

    def reveal(secret: Secret) -> str:
        return REVEALED[secret.env or ""]

    read = WooCommerceOptions.model_validate({**entry, **options})
    return WooCommerce(read, Context("shop", Path(), zone, "EUR", reveal, pseudonym))


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulator needs no rest between two requests."""
    monkeypatch.setattr(WooCommerce, "limits", RequestLimits(tries=1))


@pytest.fixture
def vendor() -> Iterator[Simulated]:
    with Simulated(Shop([])) as vendor:
        yield vendor


class Plain(WooCommerce):
    """Gives of each reading what the shared ledger speaks of; the rest of an order is ShopContract's business."""

    def read(self, window: Window) -> Iterator[Item]:
        for item in super().read(window):
            if isinstance(item, Reading):
                yield item._replace(measures={name: item.measures[name] for name in ("items", "revenue")})
            else:
                yield item


class TestContract(ConnectorContract):
    count = "items"
    many = 1_500  # rows: each is a whole order
    weighed = 800
    flat = 3 << 19  # bytes: all pages at once would take twice as much
    canaries = (KEY, SECRET, "canary")
    leaves_out: ClassVar = {"test_a_cell_nobody_filled_in_is_unknown_not_zero": "an order always has lines and a total"}

    @pytest.fixture
    def over(self, vendor: Simulated) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            vendor.shop = Shop([as_order(number, row) for number, row in enumerate(ledger, 1)])
            plain = connect(vendor, page_size=25)
            return Plain(plain.options, plain.context)

        return build

    @pytest.fixture
    def consumed(self, vendor: Simulated) -> Callable[[], int]:
        return lambda: vendor.calls

    @pytest.fixture
    def absent(self) -> Connector:
        return connect("http://127.0.0.1:1")

    @pytest.fixture
    def failing(self, vendor: Simulated) -> Sequence[Connector]:
        wrong = {"env": "WRONG"}
        return [connect(vendor, key=wrong), connect(vendor, secret=wrong), connect(vendor.url("/blog"))]


def as_order(number: int, row: Row) -> Order:
    """A row of the ledger as one order at noon."""
    at = datetime.combine(row.day, time(12), tzinfo=UTC)
    net, items = row.measures["revenue"], row.measures["items"]
    assert net is not None
    assert items is not None
    return Order(
        number, at, Decimal(net), items=int(items), currency=row.currency, email="a@mail.example", labels=row.labels
    )


class TestShop(ShopContract):
    known = frozenset({"campaign", "source", "medium", "content", "term", "coupon"})

    @pytest.fixture
    def open(self, vendor: Simulated) -> Open:
        def build(shop: Shop, **options: Any) -> Connector:
            vendor.shop = shop
            return connect(vendor, **options)

        return build


class TestTrouble(FaultContract):
    connector_class = WooCommerce
    canaries = (KEY, SECRET)
    drifts = 100
    free: ClassVar = {
        "status": "a plugin may have any word for a status",
        "line_items": "there may be any number of lines; TestDrift tries what stands in them",
        "shipping_lines": "as for line_items",
    }

    @pytest.fixture
    def vendor(self) -> Iterator[Simulated]:
        with Simulated(a_month(start=date(2026, 3, 8), days=6)) as vendor:
            yield vendor

    @pytest.fixture
    def connector(self, vendor: Simulated) -> Connector:
        return connect(vendor, page_size=10)


# What the shared contracts do not try.

KNOWN = TestShop.known


def order(number: int, at: str = "2026-03-10 10:00", net: str = "50.00", **values: Any) -> Order:
    """A plain order: 50.00 net, 10.00 tax, nothing else."""
    values = {"tax": Decimal("10.00"), "email": f"p{number}@mail.example", **values}
    return Order(number, moment(at), Decimal(net), **values)


def refund(number: int, at: str, net: str, tax: str = "0", shipping: str = "0") -> Refund:
    return Refund(number, moment(at), Decimal(net), Decimal(tax), Decimal(shipping))


def amounts(connector: WooCommerce, measure: str = "revenue", window: Window = MARCH) -> list[tuple[int, Any]]:
    """(day of March, amount) of each reading that has the measure."""
    items = [item for item in connector.read(window) if isinstance(item, Reading)]
    return [(item.day.day, item.measures[measure]) for item in items if measure in item.measures]


def remarks(connector: WooCommerce) -> list[str]:
    return [item.text for item in connector.read(MARCH) if isinstance(item, Remark)]


def total(connector: WooCommerce, measure: str, window: Window = MARCH) -> Decimal:
    return sum((Decimal(amount or 0) for _, amount in amounts(connector, measure, window)), Decimal(0))


def origins(connector: WooCommerce) -> list[dict[str, str]]:
    """The labels of each reading, without those that are empty."""
    items = [item for item in connector.read(MARCH) if isinstance(item, Reading)]
    return [{name: text for name, text in item.origin._asdict().items() if text} for item in items]


def refusal(connector: WooCommerce) -> str:
    """The sentence that both reading and checking end with."""
    said = set()
    for attempt in (connector.check, lambda: list(connector.read(MARCH))):
        with pytest.raises(SourceRefused) as caught:
            attempt()
        assert "canary" not in told(caught.value)
        said.add(str(caught.value))
    (one,) = said
    return one


def ledger(shop: Shop, window: Window = MARCH, **basis: Any) -> Any:
    return sums(shop.rows(KNOWN, since=window.start, until=window.last, **basis))


def found(connector: WooCommerce, window: Window = MARCH) -> Any:
    return sums(with_new_customers(connector.read(window)))


class TestDays:
    def test_the_site_may_stand_in_any_zone(self, vendor: Simulated) -> None:
        for zone in ("America/New_York", "Asia/Kolkata", "Pacific/Auckland"):
            vendor.shop = a_month(days=8)
            vendor.shop.zone = zone
            assert found(connect(vendor)) == ledger(vendor.shop)

    def test_both_borders_of_a_window_are_to_the_second(self, vendor: Simulated) -> None:
        at = ["2026-03-09 23:59:59", "2026-03-10 00:00:00", "2026-03-10 23:59:59", "2026-03-11 00:00:00"]
        vendor.shop = Shop([order(number, text) for number, text in enumerate(at, 1)])
        day = Window(date(2026, 3, 10), date(2026, 3, 11))
        assert amounts(connect(vendor), window=day) == [(10, 50), (10, 50)]

    def test_moments_are_asked_for_in_utc_and_without_saying_so(self, vendor: Simulated) -> None:
        list(connect(vendor).read(Window(date(2026, 3, 10), date(2026, 3, 11))))
        asked = vendor.seen[0].query
        assert (asked["before"], asked["dates_are_gmt"]) == ("2026-03-10T23:00:00", "true")

    def test_a_border_in_the_hour_that_the_site_skips_loses_no_order(self, vendor: Simulated) -> None:
        """Midnight in Noronha is 02:00 UTC, and there is no 02:00 on 29 March in Paris, where the site reads it."""
        vendor.shop = Shop([order(1, "2026-03-29 04:00:00"), order(2, "2026-03-29 04:59:59")])
        sunday = Window(date(2026, 3, 29), date(2026, 3, 30))
        assert len(amounts(connect(vendor, zone="America/Noronha"), window=sunday)) == 2

    def test_a_change_in_that_hour_is_noticed(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1, modified_at=datetime(2026, 3, 29, 2, 40, tzinfo=UTC))])
        assert list(connect(vendor).changed_days(datetime(2026, 3, 29, 2, 30, tzinfo=UTC))) == [date(2026, 3, 10)]

    def test_a_shop_before_5_8_is_refused_as_it_takes_no_utc(self, vendor: Simulated) -> None:
        vendor.version = (5, 7)
        vendor.shop = Shop([order(1, "2026-03-08 23:50"), order(2, "2026-03-01 10:00")])
        connector, day = connect(vendor), Window(date(2026, 3, 9), date(2026, 3, 10))
        vendor.shop.zone = "Asia/Tokyo"
        for attempt in (
            connector.check,
            lambda: list(connector.read(day)),
            lambda: list(connector.changed_days(moment("2026-04-20 10:00"))),
        ):
            with pytest.raises(SourceRefused, match="gives orders of other days than asked for: WooCommerce before 5"):
                attempt()


class TestPages:
    def test_hundreds_of_orders_of_one_second_come_once_each(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(number) for number in range(1, 251)])
        assert len(amounts(connect(vendor))) == 250
        assert [seen.query["offset"] for seen in vendor.seen if seen.path.endswith("orders")] == ["0", "99", "198"]

    def test_headers_may_be_lost(self, vendor: Simulated) -> None:
        vendor.shop, vendor.tells_totals = Shop([order(number) for number in range(1, 8)]), False
        assert len(amounts(connect(vendor, page_size=3))) == 7
        vendor.shop = Shop(vendor.shop.orders[:6])  # the last page is full
        assert len(amounts(connect(vendor, page_size=3))) == 6

    def test_what_slides_to_the_next_page_is_not_counted_twice(self) -> None:
        class Busy(Simulated):
            def answer(self, seen: Seen) -> Answer:
                if seen.query.get("offset") == "2" and len(self.shop.orders) == 7:
                    self.shop.orders = [order(90, "2026-03-01 10:00"), *self.shop.orders]  # entered for a day before
                return super().answer(seen)

        with Busy(Shop([order(number) for number in range(1, 8)])) as vendor:
            assert len(amounts(connect(vendor, page_size=3))) == 7

    def test_a_page_of_one_is_asked_for_as_two_and_nothing_is_lost(self, vendor: Simulated) -> None:
        unpaid = [1, 2, 3, 5, 8]
        every = [order(number, state="unpaid" if number in unpaid else "paid") for number in range(1, 12)]
        shop = vendor.shop = Shop(every)
        shop.meanwhile = lambda: shop.remove(unpaid.pop()) if unpaid else None
        assert total(connect(vendor, page_size=1), "orders") == 6
        assert {seen.query["per_page"] for seen in vendor.seen} == {"2"}

    def test_a_cache_that_gives_one_page_for_all_is_told(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(number) for number in range(1, 8)])
        row = {**vendor._order(vendor.shop.orders[0])}
        vendor.fail_on("/wp-json/wc/v3/orders", json_answer([row] * 3))
        with pytest.raises(SourceMisread, match="gave the same page again and again"):
            list(connect(vendor, page_size=3).read(MARCH))

    def test_fewer_than_the_shop_counts_is_told(self, vendor: Simulated) -> None:
        """Rows that the user of the key may not see are left out, and counted all the same."""
        vendor.shop = Shop([order(1), order(2)])
        rows = [vendor._order(vendor.shop.orders[0])]
        vendor.fail_on("/wp-json/wc/v3/orders", json_answer(rows, X_WP_Total="2", X_WP_TotalPages="1"))
        with pytest.raises(SourceMisread, match="the shop counts more than it shows: may the user of the key"):
            list(connect(vendor).read(MARCH))

    def test_a_month_takes_two_requests_however_many_campaigns(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(number, labels={"campaign": f"c{number}"}) for number in range(1, 90)])
        assert len(amounts(connect(vendor))) == 89
        assert vendor.calls == 2

    def test_refunds_of_a_page_ask_for_their_orders_at_once(self, vendor: Simulated) -> None:
        orders = [order(n, "2026-02-01 10:00", refunds=(refund(500 + n, "2026-03-10", "5.00"),)) for n in range(1, 31)]
        vendor.shop = Shop(orders)
        assert total(connect(vendor), "refunds") == 150
        assert vendor.calls == 3

    def test_only_what_is_used_is_asked_for(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1)])
        list(connect(vendor).read(MARCH))
        fields = vendor.seen[0].query["_fields"].split(",")
        assert "billing.email" in fields
        assert not {"billing", "shipping", "customer_note", "payment_url"} & set(fields)
        assert "_wc_order_attribution_utm_campaign" in vendor.seen[0].query["include_meta"]
        assert {seen.method for seen in vendor.seen} == {"GET"}

    def test_a_shop_that_does_not_know_include_meta_sends_all_of_it(self, vendor: Simulated) -> None:
        vendor.version, vendor.shop = (7, 9), a_month(days=3)
        connector, april = connect(vendor), Window(date(2026, 3, 1), date(2026, 5, 1))
        assert found(connector, april) == ledger(vendor.shop, april)


class TestRefunds:
    def test_a_shop_without_a_list_of_refunds_is_asked_order_by_order(self, vendor: Simulated) -> None:
        vendor.version, vendor.shop = (8, 9), a_month()
        assert found(connect(vendor)) == ledger(vendor.shop)
        assert found(connect(vendor, with_tax=True)) == ledger(vendor.shop, with_tax=True)

    @pytest.mark.parametrize(
        ("basis", "part", "whole"),
        [
            ({}, "16.00", "100.00"),
            ({"with_tax": True}, "19.20", "120.00"),
            ({"with_shipping": True}, "20.80", "130.00"),
            ({"with_tax": True, "with_shipping": True}, "24.00", "150.00"),
        ],
    )
    def test_an_amount_without_lines_is_split_as_its_order(
        self, vendor: Simulated, basis: dict[str, Any], part: str, whole: str
    ) -> None:
        """100.00 of goods, 30.00 of shipping, 20.00 of tax: of each 1.50 given back 1.00 is goods."""
        bought = order(1, "2026-02-01", "100.00", tax=Decimal("20.00"), shipping=Decimal("30.00"))
        back = (refund(91, "2026-03-10", "24.00"), refund(92, "2026-03-12", "126.00", "24.00"))
        vendor.shop = Shop([replace(bought, refunds=back)])
        vendor.without_lines = {91, 92}
        given = [amount for _, amount in amounts(connect(vendor, **basis), "refunds")]
        assert given == [Decimal(part), Decimal(whole)]
        assert amounts(connect(vendor, **basis)) == [(10, -Decimal(part)), (12, -Decimal(whole))]

    def test_an_order_given_back_whole_leaves_nothing_to_the_cent(self, vendor: Simulated) -> None:
        bought = order(1, net="81.67", tax=Decimal("17.15"), shipping=Decimal("4.08"))
        vendor.shop = Shop([replace(bought, refunds=(refund(91, "2026-03-12", "102.90"),))])
        vendor.without_lines = {91}
        assert amounts(connect(vendor)) == [(10, Decimal("81.67")), (12, Decimal("-81.67"))]

    def test_lines_say_what_was_given_back_and_the_rest_is_split(self, vendor: Simulated) -> None:
        """12.00 of 15.00 are a line of 10.00 and its tax; the other 3.00 go by the order, five in six goods."""
        vendor.shop = Shop([order(1, "2026-02-01", refunds=(refund(91, "2026-03-10", "10.00", "2.00"),))])
        vendor.changes = {91: {"amount": "15.00"}}
        assert total(connect(vendor), "refunds") == Decimal("12.50")
        assert total(connect(vendor, with_tax=True), "refunds") == Decimal("15.00")

    def test_refunded_shipping_and_fees_are_lines_too(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1, "2026-02-01", refunds=(refund(91, "2026-03-10", "10", "2", "5"),))])
        vendor.changes = {91: {"fee_lines": [{"id": 1, "total": "-3.00", "total_tax": "-0.60"}], "amount": "20.60"}}
        assert total(connect(vendor), "refunds") == Decimal("13.00")
        assert total(connect(vendor, with_shipping=True), "refunds") == Decimal("18.00")
        assert total(connect(vendor, with_tax=True), "refunds") == Decimal("15.60")

    def test_a_refund_of_an_order_that_is_gone_or_does_not_count_takes_nothing_off(self, vendor: Simulated) -> None:
        kinds = {1: "trash", 2: "cancelled", 3: "on-hold", 4: "completed"}
        orders = [order(n, "2026-02-01", refunds=(refund(90 + n, "2026-03-10", f"{n}.00"),)) for n in kinds]
        vendor.shop, vendor.statuses = Shop(orders), kinds
        assert amounts(connect(vendor), "refunds") == [(10, 4)]

    def test_decimals_do_not_depend_on_how_the_shop_shows_prices(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1)])
        list(connect(vendor).read(MARCH))
        assert {seen.query["dp"] for seen in vendor.seen} == {"6"}


class TestStatuses:
    def test_paid_and_refunded_orders_count_by_default(self, vendor: Simulated) -> None:
        every = dict(enumerate(STATUSES, 1))
        vendor.shop, vendor.statuses = Shop([order(n, f"2026-03-{n:02} 10:00") for n in every]), every
        counted = [every[day] for day, orders in amounts(connect(vendor), "orders") if orders]
        assert counted == ["processing", "completed", "refunded"]

    def test_an_order_that_does_not_count_says_that_its_day_is_known(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1, state="unpaid", labels={"campaign": "invented"})])
        (item,) = connect(vendor).read(MARCH)
        assert item == Reading(date(2026, 3, 10), Origin(currency="EUR"), {"orders": 0, "items": 0, "revenue": 0})

    def test_others_may_be_named_also_a_plugin_s(self, vendor: Simulated) -> None:
        vendor.plugin_statuses = ["shipped"]
        vendor.shop, vendor.statuses = Shop([order(n) for n in (1, 2, 3)]), {1: "on-hold", 2: "shipped", 3: "completed"}
        connector = connect(vendor, statuses=["on-hold", "shipped"])
        connector.check()
        assert total(connector, "orders") == 2

    def test_one_that_the_shop_does_not_have_is_told_with_those_it_has(self, vendor: Simulated) -> None:
        with pytest.raises(SourceRefused, match=r"status\[1\] is not one of any, trash, pending, processing, on-hold"):
            connect(vendor, statuses=["processing", "complete"]).check()

    @pytest.mark.parametrize("status", ["wc-processing", "any", "Completed", "", "en cours"])
    def test_what_is_no_status_is_refused_in_the_entry(self, status: str) -> None:
        with pytest.raises(ValidationError, match="is no status of an order: write it as the API does"):
            connect("https://shop.example", statuses=[status])


class TestOrigins:
    def labels(self, vendor: Simulated, values: Mapping[str, Any], **fields: Any) -> dict[str, str]:
        meta = [{"id": n, "key": f"{META}{key}", "value": value} for n, (key, value) in enumerate(values.items())]
        vendor.shop = Shop([order(1, coupons=("tom&amp;jerry",))])
        vendor.changes = {1: {"meta_data": meta, **fields}}
        (found,) = origins(connect(vendor))
        assert found.pop("currency") == "EUR"
        assert found.pop("coupon") == "tom&jerry"
        return found

    UTM: ClassVar = {
        "source_type": "utm",
        "utm_campaign": "Rentrée 2026",
        "utm_source": "newsletter",
        "utm_medium": "email",
        "utm_content": "",
        "utm_id": "77",
        "session_entry": "https://u:p@shop.example/sale/?utm_campaign=x&email=ana@mail.example#top",
        "referrer": "https://mail.example/inbox?q=ana",
        "session_pages": "7",
        "device_type": "Mobile",
    }

    def test_a_tagged_visit_has_its_tags(self, vendor: Simulated) -> None:
        assert self.labels(vendor, self.UTM) == {
            "campaign": "Rentrée 2026",
            "campaign_id": "77",
            "source": "newsletter",
            "medium": "email",
            "landing_page": "https://shop.example/sale/",
            "referrer": "mail.example",
        }

    @pytest.mark.parametrize(
        ("values", "labels"),
        [
            (
                {"source_type": "organic", "utm_source": "google", "utm_medium": "organic"},
                {"channel": "organic", "source": "google", "medium": "organic"},
            ),
            (
                {"source_type": "referral", "utm_source": "blog.example", "referrer": "https://blog.example/x?y"},
                {"channel": "referral", "source": "blog.example", "referrer": "blog.example"},
            ),
            ({"source_type": "typein", "utm_source": "(direct)"}, {"channel": "typein", "source": "(direct)"}),
            ({"source_type": "admin"}, {"channel": "admin"}),
            ({"source_type": "organic", "utm_source": "bing", "utm_campaign": "old"}, {"source": "bing"}),
            ({}, {}),
        ],
    )
    def test_a_visit_without_tags_has_the_shop_s_guess(
        self, vendor: Simulated, values: dict[str, str], labels: dict[str, str]
    ) -> None:
        assert self.labels(vendor, values) == {"channel": values.get("source_type", ""), **labels} if values else True

    def test_a_renewal_of_a_subscription_was_brought_by_nothing(self, vendor: Simulated) -> None:
        assert self.labels(vendor, self.UTM, created_via="subscription") == {}

    def test_a_label_that_is_no_text_is_told(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1)])
        vendor.changes = {1: {"meta_data": [{"id": 1, "key": f"{META}utm_campaign", "value": ["a", "b"]}]}}
        assert remarks(connect(vendor)) == ["order 1: meta_data 1: value is a list, not a text: left out"]
        assert amounts(connect(vendor)) == [(10, None)]


class TestBuyers:
    @pytest.mark.parametrize("email", ["", "  ", "deleted@site.invalid"])
    def test_where_nobody_knows_who_bought_new_customers_are_unknown(self, vendor: Simulated, email: str) -> None:
        vendor.shop = Shop([order(1, email=email)])
        assert [item for item in connect(vendor).read(MARCH) if isinstance(item, Buyer)] == []
        assert amounts(connect(vendor), "new_customers") == [(10, None)]

    def test_pieces_sold_by_weight_are_fractions(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1)])
        vendor.changes = {1: {"line_items": [{"quantity": 1.25}, {"quantity": 2}]}}
        assert total(connect(vendor), "items") == Decimal("3.25")


class TestChanges:
    SINCE = moment("2026-04-20 10:00")

    def days(self, vendor: Simulated) -> list[int]:
        return sorted({day.day for day in connect(vendor).changed_days(self.SINCE)})

    def test_a_partial_refund_changes_its_day_and_its_order_s(self, vendor: Simulated) -> None:
        vendor.shop = Shop(
            [order(1, "2026-03-03", refunds=(refund(91, "2026-04-20 12:00", "5.00"),)), order(2, "2026-03-05")]
        )
        assert self.days(vendor) == [3, 20]
        assert vendor.calls == 3  # refunds made since, orders changed since, orders trashed since

    def test_an_order_that_no_longer_counts_changes_the_days_of_its_old_refunds(self, vendor: Simulated) -> None:
        old = (refund(91, "2026-03-07", "5.00"), refund(92, "2026-03-09", "5.00"))
        late = moment("2026-04-20 12:00")
        vendor.shop = Shop([order(1, "2026-03-03", refunds=old, state="cancelled", modified_at=late)])
        assert self.days(vendor) == [3, 7, 9]

    def test_an_order_in_the_trash_is_noticed(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1, "2026-03-03", modified_at=moment("2026-04-20 12:00"))])
        vendor.statuses = {1: "trash"}
        assert self.days(vendor) == [3]
        assert amounts(connect(vendor)) == []

    def test_a_shop_without_a_list_of_refunds_is_asked_order_by_order(self, vendor: Simulated) -> None:
        vendor.version = (8, 9)
        vendor.shop = Shop([order(1, "2026-03-03", refunds=(refund(91, "2026-04-20 12:00", "5.00"),))])
        assert self.days(vendor) == [3, 20]

    def test_what_was_changed_a_little_before_is_looked_at_again(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1, "2026-03-03", modified_at=self.SINCE - timedelta(minutes=10))])
        assert self.days(vendor) == [3]
        vendor.shop = Shop([order(1, "2026-03-03", modified_at=self.SINCE - timedelta(hours=3))])
        assert self.days(vendor) == []


class TestLogin:
    def test_over_tls_the_key_is_basic(self, tmp_path: Path) -> None:
        with self.behind_tls(tmp_path) as vendor:
            assert len(amounts(self.trusting(vendor, connect(vendor)))) == 1
            assert all(seen.headers["Authorization"].startswith("Basic ") for seen in vendor.seen)
            assert not any("oauth" in seen.raw for seen in vendor.seen)

    def test_the_site_itself_is_asked_as_nobody(self, tmp_path: Path) -> None:
        """It would take the key for the name of a user, and refuse it."""
        with self.behind_tls(tmp_path) as vendor:
            assert self.trusting(vendor, connect(vendor)).check().account.startswith("The tea shop (127.0.0.1:")
            (root,) = [seen for seen in vendor.seen if seen.path == "/wp-json/"]
            assert "Authorization" not in root.headers

    def test_over_plain_http_requests_are_signed_and_the_secret_stays(self, vendor: Simulated) -> None:
        vendor.shop = Shop([order(1), order(2)])
        connector = connect(vendor, page_size=1)
        connector.check()
        assert len(amounts(connector)) == 2
        assert not any(SECRET in seen.raw or "Authorization" in seen.headers for seen in vendor.seen)
        nonces = [seen.query.get("oauth_nonce") for seen in vendor.seen if "wc/v3" in seen.path]
        assert len(nonces) == len(set(nonces))

    def test_where_the_server_drops_the_header_requests_can_be_signed(self, tmp_path: Path) -> None:
        with self.behind_tls(tmp_path) as vendor:
            vendor.drops_authorization = True
            assert "write signed: true" in refusal(self.trusting(vendor, connect(vendor)))
            assert len(amounts(self.trusting(vendor, connect(vendor, signed=True)))) == 1

    def test_a_wrong_secret_is_told(self, vendor: Simulated, tmp_path: Path) -> None:
        wrong = {"env": "WRONG"}
        assert refusal(connect(vendor, secret=wrong)) == (
            "shop: the shop refuses the key: compare key, secret and permission (Read) with WooCommerce > Settings >"
            " Advanced > REST API, and write url as WordPress > Settings > General has the site's address (401):"
            " Invalid signature - provided signature does not match."
        )
        assert "Consumer key is invalid." in refusal(connect(vendor, key=wrong))
        with self.behind_tls(tmp_path) as safe:
            assert "Consumer secret is invalid." in refusal(self.trusting(safe, connect(safe, secret=wrong)))
            assert "the shop saw no valid key" in refusal(self.trusting(safe, connect(safe, key=wrong)))

    def behind_tls(self, folder: Path) -> Simulated:
        return Simulated(Shop([order(1)]), certificate=self_signed(folder, "IP:127.0.0.1"))

    def trusting(self, vendor: Simulated, connector: WooCommerce) -> WooCommerce:
        assert vendor.certificate
        connector._rest._http._session.verify = str(vendor.certificate[0])
        return connector


class TestRefusals:
    def test_a_key_that_may_only_write_is_told(self, vendor: Simulated) -> None:
        vendor.grant.permission = "write"
        assert "permission (Read)" in refusal(connect(vendor))

    def test_a_user_without_the_role_is_told(self, vendor: Simulated) -> None:
        vendor.grant.can_read_orders = False
        assert "needs the role Shop manager or Administrator (403): Sorry" in refusal(connect(vendor))

    def test_a_site_without_permalinks_is_told(self, vendor: Simulated) -> None:
        vendor.has_permalinks = False
        assert "in WordPress > Settings > Permalinks choose any structure but 'Plain'" in refusal(connect(vendor))

    @pytest.mark.parametrize("path", ["/wp-json", "/wp-json/wc/v3", "/shop/wp-admin"])
    def test_an_address_that_leads_into_the_site_is_refused_in_the_entry(self, path: str) -> None:
        with pytest.raises(ValidationError, match=r"end the address before the /wp-(json|admin)"):
            connect(f"https://shop.example{path}")

    def test_a_site_without_woocommerce_is_told(self, vendor: Simulated) -> None:
        said = {"code": "rest_no_route", "message": "No route was found", "data": {"status": 404}}
        vendor.fail_always(json_answer(said, status=404))
        assert "WordPress has no such address: activate WooCommerce, or correct url: No route" in refusal(
            connect(vendor)
        )

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_firewall_is_told_from_the_shop(self, vendor: Simulated, status: int) -> None:
        vendor.fail_always(text_answer("<html>Attention Required!</html>", status=status, kind="text/html"))
        assert f"let requests to /wp-json/ through its firewall, security plugin or password ({status})" in refusal(
            connect(vendor)
        )

    def test_a_redirect_names_the_address_to_write(self, vendor: Simulated) -> None:
        vendor.fail_always(redirect("https://www.shop.example/wp-json/"))
        assert "redirects to https://www.shop.example/wp-json/: use that address in sources.yaml" in refusal(
            connect(vendor)
        )

    def test_a_site_in_trouble_may_come_back(self, vendor: Simulated) -> None:
        said = {"code": "internal_server_error", "message": "<p>There has been a critical error.</p>"}
        vendor.fail_always(json_answer(said, status=500))
        with pytest.raises(SourceUnavailable, match=r"is in trouble \(500\): .*critical error"):
            list(connect(vendor).read(MARCH))

    def test_the_warnings_of_php_before_an_answer_do_no_harm(self, vendor: Simulated) -> None:
        vendor.shop, vendor.shows_warnings = Shop([order(1)]), True
        connector = connect(vendor)
        assert connector.check().currency == "EUR"
        assert len(amounts(connector)) == 1

    def test_an_error_in_a_good_answer_is_told(self, vendor: Simulated) -> None:
        vendor.fail_always(json_answer({"code": "x", "message": "y"}))
        with pytest.raises(SourceMisread, match="shop: orders: answered with something that is not a list"):
            list(connect(vendor).read(MARCH))

    @pytest.mark.parametrize(
        "change",
        [
            {"line_items": None},
            {"line_items": [{"id": 1}]},
            {"line_items": [{"quantity": "two"}]},
            {"billing": {}},
            {"currency": "eur"},
            {"total": "1,200.00"},
            {"total_tax": ""},
            {"meta_data": [{"id": 1}]},
            {"coupon_lines": [{"id": 1}]},
        ],
        ids=repr,
    )
    def test_a_field_of_an_order_that_is_not_as_documented_is_told(
        self, vendor: Simulated, change: dict[str, Any]
    ) -> None:
        """Its day is unknown, and the other days stand."""
        vendor.shop, vendor.changes = Shop([order(1), order(2, "2026-03-11")]), {1: change}
        (remark,) = remarks(connect(vendor))
        assert remark.startswith("order 1: ")
        assert amounts(connect(vendor)) == [(10, None), (11, 50)]

    @pytest.mark.parametrize(
        "change",
        [
            {"line_items": None},
            {"shipping_lines": None},
            {"line_items": [{"total": "-1.00"}]},
            {"amount": "much"},
        ],
        ids=repr,
    )
    def test_a_field_of_a_refund_that_is_not_as_documented_is_told(
        self, vendor: Simulated, change: dict[str, Any]
    ) -> None:
        back = (refund(91, "2026-03-10", "5.00"), refund(92, "2026-03-11", "5.00"))
        vendor.shop, vendor.changes = Shop([order(1, "2026-02-01", refunds=back)]), {91: change}
        (remark,) = remarks(connect(vendor))
        assert remark.startswith("refund 91: ")
        assert amounts(connect(vendor), "refunds") == [(10, None), (11, 5)]

    @pytest.mark.parametrize("change", [{"parent_id": None}, {"date_created_gmt": None}], ids=repr)
    def test_a_refund_without_its_order_or_its_day_is_told(self, vendor: Simulated, change: dict[str, Any]) -> None:
        vendor.shop = Shop([order(1, "2026-02-01", refunds=(refund(91, "2026-03-10", "5.00"),))])
        vendor.changes = {91: change}
        with pytest.raises(SourceMisread, match="shop: refund 91: "):
            list(connect(vendor).read(MARCH))


class TestCheck:
    def test_it_says_whose_shop_it_is(self, vendor: Simulated) -> None:
        vendor.shop.name = "L'atelier"
        info = connect(vendor).check()
        assert info.account == f"L'atelier ({vendor.host})"
        assert (info.zone, info.currency, info.remarks) == ("Europe/Paris", "EUR", ())
        assert vendor.calls == 4

    def test_the_zone_is_the_sites(self, vendor: Simulated) -> None:
        vendor.shop.zone = "America/New_York"
        assert connect(vendor).check().zone == "America/New_York"
        vendor.offset = "5.5"
        assert connect(vendor).check().zone == "UTC+5.5"

    def test_what_the_key_may_not_see_is_done_without(self, vendor: Simulated) -> None:
        vendor.grant.can_manage = vendor.is_open = False
        info = connect(vendor).check()
        assert (info.account, info.currency) == (vendor.host, None)
        assert info.remarks == ("the site does not tell its name and time zone",)


class Recorded(Simulator):
    """Gives what a WooCommerce 11.0.1 answered: pages of 20 orders, oldest first, and all refunds."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def answer(self, seen: Seen) -> Answer:
        route = seen.path.removeprefix("/wp-json/wc/v3/")
        if route == "orders" and "include" in seen.query:
            ids = seen.query["include"].split(",")
            return json_answer([row for row in self.rows("orders_all_100.json") if str(row["id"]) in ids])
        if route == "orders" and seen.query.get("modified_after", "") < "2027":
            names = sorted(path.name for path in self.folder.glob("orders_page*_per20.json"))
            return self.asked([row for name in names for row in self.rows(name)], seen)
        if route == "refunds":
            return self.asked(self.rows("refunds_all.json")[::-1], seen)  # recorded latest first, the default
        if route == "data/currencies/current":
            return bytes_answer((self.folder / "data_currencies_current.json").read_bytes())
        return json_answer([])

    def rows(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())

    def asked(self, rows: list[Any], seen: Seen) -> Answer:
        first = int(seen.query["offset"])
        return json_answer(rows[first : first + int(seen.query["per_page"])])


class TestRecordedAnswers:
    """The totals are those of the shared reference, worked out from the server's own tables."""

    AUTUMN: ClassVar = Window(date(2026, 9, 1), date(2026, 12, 1))
    PAID: ClassVar[dict[str, Any]] = {"statuses": ["processing", "completed"], "page_size": 20}
    GROSS: ClassVar[dict[str, Any]] = {**PAID, "with_tax": True, "with_shipping": True}

    @pytest.fixture
    def recorded(self, reference: Path) -> Iterator[Recorded]:
        with Recorded(reference / "recorded" / "woocommerce") as recorded:
            yield recorded

    def sold(self, recorded: Recorded, **options: Any) -> list[Reading]:
        """The orders that count, without refunds."""
        items = connect(recorded, **options).read(self.AUTUMN)
        return [item for item in items if isinstance(item, Reading) and item.measures.get("orders")]

    def revenue(self, readings: Sequence[Reading]) -> Decimal:
        return sum((Decimal(item.measures["revenue"] or 0) for item in readings), Decimal(0))

    def test_orders_and_their_money(self, recorded: Recorded) -> None:
        gross = self.revenue(self.sold(recorded, **self.GROSS))
        with_tax = self.revenue(self.sold(recorded, **self.PAID, with_tax=True))
        with_shipping = self.revenue(self.sold(recorded, **self.PAID, with_shipping=True))
        net = self.revenue(self.sold(recorded, **self.PAID))
        assert len(self.sold(recorded, **self.PAID)) == 59
        assert gross == Decimal("10704.03")
        assert gross - with_shipping == Decimal("1784.12")  # VAT
        assert gross - with_tax == Decimal("232.56")  # shipping
        assert net == gross - Decimal("1784.12") - Decimal("232.56")

    def test_refunds(self, recorded: Recorded) -> None:
        connector = connect(recorded, **self.GROSS)
        assert total(connector, "refunds", self.AUTUMN) == Decimal("355.18")
        everything = connect(recorded, page_size=20, with_tax=True, with_shipping=True)
        assert total(everything, "refunds", self.AUTUMN) == Decimal("355.18") + Decimal("615.31")
        whole = {reading.day: reading for reading in everything.read(self.AUTUMN) if isinstance(reading, Reading)}
        assert whole[date(2026, 11, 26)].origin.campaign == "rentree_2026"

    def test_campaigns_and_coupons(self, recorded: Recorded) -> None:
        readings = self.sold(recorded, **self.GROSS)

        def by(label: str, value: str) -> tuple[int, Decimal]:
            of = [reading for reading in readings if getattr(reading.origin, label) == value]
            return len(of), self.revenue(of)

        assert by("campaign", "rentree_2026") == (12, Decimal("2677.52"))
        assert by("campaign", "soldes_automne") == (14, Decimal("2866.33"))
        assert by("campaign", "nl_octobre") == (8, Decimal("723.52"))
        assert by("coupon", "bienvenue15") == (10, Decimal("1781.82"))
        assert by("coupon", "printemps10") == (5, Decimal("928.25"))
        assert by("coupon", "lea20") == (4, Decimal("204.00"))
        assert by("coupon", "livraison") == (2, Decimal("125.69"))
        tagged = {reading.origin[2:4] for reading in readings if reading.origin.campaign == "rentree_2026"}
        assert tagged == {("google", "cpc")}

    def test_new_customers(self, recorded: Recorded) -> None:
        items = with_new_customers(connect(recorded, **self.PAID).read(self.AUTUMN))
        new: Counter[int] = Counter()
        for item in items:
            if isinstance(item, Reading):
                new[item.day.month] += int(item.measures.get("new_customers") or 0)
        assert +new == {9: 19, 10: 5, 11: 2}

    def test_nothing_of_a_person_is_told(self, recorded: Recorded) -> None:
        said = repr(list(connect(recorded, **self.PAID).read(self.AUTUMN)))
        assert "example.test'" not in said.replace("blog.example.test'", "")
        assert "@" not in said

    def test_a_site_in_maintenance_says_when_to_come_back(self, vendor: Simulated, reference: Path) -> None:
        head, _, page = (
            (reference / "recorded" / "woocommerce" / "err_maintenance_503.http.txt").read_bytes().partition(b"\n\n")
        )
        assert b"Retry-After: 600" in head
        vendor.fail_always(bytes_answer(page, status=503, kind="text/html", Retry_After="600"))
        with pytest.raises(SourceUnavailable, match="is in trouble") as caught:
            list(connect(vendor).read(MARCH))
        assert caught.value.retry_after == 600


class TestAFewRecordedAnswers:
    """The same without the folder: two orders, an error and a currency of that shop, as they came."""

    FOLDER = Path(__file__).parents[1] / "support" / "fixtures" / "woocommerce"

    def given(self, name: str) -> Any:
        return json.loads((self.FOLDER / name).read_bytes())

    def test_orders(self, vendor: Simulated) -> None:
        orders = [self.given("order_one_store_checkout.json"), self.given("order_one_refunded_full.json")]
        vendor.fail_on("/wp-json/wc/v3/orders", json_answer(orders))
        window = Window(date(2026, 9, 1), date(2026, 12, 1))
        direct, ad = [item for item in connect(vendor).read(window) if isinstance(item, Reading)]
        home = "https://127.0.0.1:18443/"
        assert direct == Reading(
            date(2026, 9, 30),
            Origin(source="(direct)", channel="typein", landing_page=home, currency="EUR"),
            {"orders": 1, "items": 4, "revenue": Decimal("127.42")},
        )
        assert ad == Reading(
            date(2026, 11, 19),
            Origin(
                campaign="rentree_2026",
                source="google",
                medium="cpc",
                content="annonce_a",
                term="théière grès",
                landing_page=home,
                currency="EUR",
            ),
            {"orders": 1, "items": 2, "revenue": Decimal("81.67")},
        )

    def test_an_unknown_key(self, vendor: Simulated) -> None:
        vendor.fail_always(json_answer(self.given("err_no_auth.json"), status=401))
        assert "the shop saw no valid key" in refusal(connect(vendor))

    def test_the_currency(self, vendor: Simulated) -> None:
        vendor.fail_on(
            "/wp-json/wc/v3/data/currencies/current", json_answer(self.given("data_currencies_current.json"))
        )
        assert connect(vendor).check().currency == "EUR"

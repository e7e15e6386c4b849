"""Shopify: the shared contracts on its simulator, and every trap of its API."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
import yaml
from connector_contract import MARCH, Amount, ConnectorContract, Over, Row, readings, sums, told
from fault_contract import FaultContract
from pydantic import ValidationError
from shop_contract import Open, ShopContract, pseudonym
from simulators.shop import CAMPAIGNS, Order, Refund, Shop, a_month, moment
from simulators.shopify import CLIENT, SECRET, TOKEN, GraphqlError, Telling, example, parsed
from simulators.shopify import Shopify as Vendor
from simulators.web_server import bytes_answer, json_answer, redirect, text_answer, too_many

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.sources import Secret, SourceEntry
from connectors.base import Connector, Context, Counted, Item, Origin, Reading, Remark
from connectors.kit.http import RequestLimits
from connectors.shops import shopify, shopify_graphql
from connectors.shops.shopify import Shopify
from connectors.shops.shopify_orders import ShopifyOptions

PARIS = ZoneInfo("Europe/Paris")
REVEALED = {"SHOPIFY_TOKEN": TOKEN, "SHOPIFY_SECRET": SECRET, "WRONG": "shpat_canary_wrong"}
LOGIN: dict[str, Any] = {"client_id": CLIENT, "client_secret": {"env": "SHOPIFY_SECRET"}}


def connector(url: str, kind: type[Shopify] = Shopify, **options: Any) -> Shopify:
    """A connector as ``sources.yaml`` would make it."""

    def reveal(secret: Secret) -> str:
        return REVEALED[secret.env or ""]

    way_in = {} if "client_id" in options else {"token": {"env": "SHOPIFY_TOKEN"}}
    entry = {"connector": "shopify", "shop": "tea.myshopify.com", "endpoint": url, **way_in, **options}
    context = Context("shop", Path(), "Europe/Paris", "EUR", reveal, pseudonym)
    return kind(ShopifyOptions.model_validate(entry), context)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture(autouse=True)
def slept(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept, while the vendor's clock went on."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        vendor.sleep(seconds)

    monkeypatch.setattr("connectors.kit.http.time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    monkeypatch.setattr(shopify, "now", lambda: vendor.now)
    return slept


class ItemsAndRevenue(Shopify):
    """Only two of the measures: what the ledgers of the shared contract hold."""

    def read(self, window: Window) -> Iterator[Item]:
        for item in super().read(window):
            if isinstance(item, Reading):
                kept = {name: item.measures[name] for name in ("items", "revenue")}
                yield Reading(item.day, item.origin, kept)


class TestShopify(ConnectorContract):
    count: ClassVar = "items"
    canaries: ClassVar = ("shpat_canary", SECRET)
    many: ClassVar = 2_000
    weighed: ClassVar = 1_500
    flat: ClassVar = 1_500_000
    leaves_out: ClassVar = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "Shopify always says how many pieces an order has",
        "test_money_may_be_negative": "an order is never below zero; refunds are, see the shop's contract",
    }

    @pytest.fixture
    def over(self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Over:
        monkeypatch.setattr(shopify, "MANY", 10**9)  # exports have tests of their own

        def build(ledger: Sequence[Row]) -> Connector:
            vendor.shop = Shop([_order(number, row) for number, row in enumerate(ledger, 1)])
            vendor.index()
            return connector(vendor.url(""), ItemsAndRevenue)

        return build

    @pytest.fixture
    def absent(self) -> Connector:
        return connector("http://127.0.0.1:1")

    @pytest.fixture
    def failing(self, vendor: Vendor) -> Sequence[Connector]:
        wrong = {"env": "WRONG"}
        return [
            connector(vendor.url(""), token=wrong),
            connector(vendor.url(""), client_id="someone", client_secret={"env": "SHOPIFY_SECRET"}),
            connector(vendor.url(""), client_id=CLIENT, client_secret=wrong),
            connector(vendor.url("/elsewhere")),
        ]

    @pytest.fixture
    def consumed(self, vendor: Vendor) -> Callable[[], int]:
        return lambda: vendor.told


def _order(number: int, row: Row) -> Order:
    at = datetime(row.day.year, row.day.month, row.day.day, 12, tzinfo=PARIS)
    items, net = row.measures["items"], row.measures["revenue"]
    return Order(number, at, Decimal(net or 0), items=int(items or 0), currency=row.currency, labels=row.labels)


class ShopifyShop(ShopContract):
    known = frozenset({"campaign", "source", "medium", "content", "term", "coupon"})
    telling: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def open(self, vendor: Vendor) -> Open:
        def build(shop: Shop, **options: Any) -> Connector:
            vendor.shop, vendor.telling = shop, Telling(**self.telling)
            return connector(vendor.url(""), **options)

        return build


class TestAShopWhosePricesHoldTheTax(ShopifyShop):
    pass


class TestAShopWhosePricesDoNot(ShopifyShop):
    known = ShopifyShop.known | {"landing_page", "referrer"}
    telling: ClassVar = {"has_tax_inside": False, "tags_in": "landingPage"}
    visit: ClassVar = {"landing_page": "https://tea.example/oolong", "referrer": "www.google.com"}
    labels: ClassVar = {**ShopContract.labels, **visit}

    def a_month(self, **kwargs: Any) -> Shop:
        return super().a_month(campaigns=[{**tags, **self.visit} if tags else {} for tags in CAMPAIGNS], **kwargs)


class TestShopifyInTrouble(FaultContract):
    connector_class = Shopify
    drifts = 100
    canaries = (TOKEN,)
    free: ClassVar = {"test": "true is the word for a test order, which is left out"}

    @pytest.fixture
    def vendor(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
        with Vendor(few_orders()) as vendor:
            vendor.now = datetime(2026, 3, 14, tzinfo=UTC)
            monkeypatch.setattr(shopify, "now", lambda: vendor.now)
            yield vendor

    @pytest.fixture
    def connector(self, vendor: Vendor) -> Connector:
        return connector(vendor.url(""), with_tax=True, with_shipping=True)


def few_orders() -> Shop:
    """Six orders of three days, two of them given back in part."""
    shop = a_month(start=date(2026, 3, 10), days=3, a_day=2, currencies=("EUR",))
    orders = [replace(order, state="paid", refunds=(), shipping=Decimal("4.17")) for order in shop.orders]
    for place in (1, 2):
        at = orders[place].at + timedelta(hours=1)
        refund = Refund(90 + place, at, Decimal("3.00"), Decimal("1.43"), Decimal("4.17"))
        orders[place] = replace(orders[place], refunds=(refund,))
    return Shop(orders)


# What orders come to.

DAY_10 = Window(date(2026, 3, 10), date(2026, 3, 11))
PLAIN = Order(1, moment("2026-03-10 10:00"), Decimal("90.00"), Decimal("18.00"), email="ana@mail.example")


def bag(amount: str, currency: str = "EUR") -> dict[str, Any]:
    shop = {"amount": amount, "currencyCode": currency}
    return {"shopMoney": shop, "presentmentMoney": {"amount": "999.99", "currencyCode": "USD"}}


def line(price: str, *taxes: str) -> dict[str, Any]:
    return {"discountedPriceSet": bag(price), "taxLines": [{"priceSet": bag(tax)} for tax in taxes]}


def left_out(vendor: Vendor) -> str:
    """The one remark on an order that could not be read."""
    (remark,) = [item.text for item in connector(vendor.url("")).read(MARCH) if isinstance(item, Remark)]
    return remark


def sold(vendor: Vendor, order: Order = PLAIN, **options: Any) -> Mapping[str, Amount]:
    """What is read of one order."""
    vendor.shop = Shop([order])
    (reading,) = readings(connector(vendor.url(""), **options))
    return reading.measures


def tell(vendor: Vendor, order: Order = PLAIN, **fields: Any) -> Origin:
    """Tell one order with other fields; the origin that is read."""
    vendor.shop = Shop([order])
    vendor.tell_otherwise(order.id, **fields)
    (reading,) = readings(connector(vendor.url("")))
    return reading.origin


class TestMoney:
    #: the order of the vendor's page: 12.00 discount, 20 % tax inside, 6.00 for the post
    FIELDS: ClassVar = {
        "subtotalPriceSet": bag("108.0"),
        "totalTaxSet": bag("19.0"),
        "totalShippingPriceSet": bag("6.00"),
        "shippingLine": line("6.0", "1.0"),
        "taxesIncluded": True,
    }

    @pytest.mark.parametrize(
        ("basis", "revenue"),
        [
            ({}, "90"),
            ({"with_tax": True}, "109"),
            ({"with_shipping": True}, "95"),
            ({"with_tax": True, "with_shipping": True}, "114"),
        ],
    )
    def test_tax_inside_the_prices_is_taken_out_of_goods_and_shipping(
        self, vendor: Vendor, basis: dict[str, Any], revenue: str
    ) -> None:
        vendor.tell_otherwise(1, **self.FIELDS)
        assert sold(vendor, **basis)["revenue"] == Decimal(revenue)

    def test_tax_beside_the_prices_is_not(self, vendor: Vendor) -> None:
        outside = {"subtotalPriceSet": bag("90.0"), "shippingLine": line("5.0", "0.6", "0.4"), "taxesIncluded": False}
        vendor.tell_otherwise(1, **{**self.FIELDS, **outside})
        assert sold(vendor)["revenue"] == 90
        assert sold(vendor, with_tax=True, with_shipping=True)["revenue"] == 114

    def test_shipping_that_a_coupon_paid_for_is_none(self, vendor: Vendor) -> None:
        free = {"shippingLine": line("0.0"), "totalTaxSet": bag("18.0")}
        vendor.tell_otherwise(1, **{**self.FIELDS, **free})  # totalShippingPriceSet is before discounts
        assert sold(vendor, with_shipping=True)["revenue"] == 90

    @pytest.mark.parametrize("name", ["subtotalPriceSet", "totalTaxSet"])
    def test_what_shopify_does_not_say_is_unknown(self, vendor: Vendor, name: str) -> None:
        vendor.tell_otherwise(1, **{**self.FIELDS, name: None})
        assert sold(vendor) == {"orders": 1, "items": 1, "revenue": None, "new_customers": 1}

    def test_tax_nobody_asks_for_may_be_unknown(self, vendor: Vendor) -> None:
        vendor.tell_otherwise(1, **{**self.FIELDS, "totalTaxSet": None, "taxesIncluded": False})
        assert sold(vendor)["revenue"] == 108

    def test_an_order_with_a_price_of_shipping_and_no_line_is_left_out(self, vendor: Vendor) -> None:
        vendor.tell_otherwise(1, **{**self.FIELDS, "shippingLine": None})
        assert sold(vendor)["revenue"] is None
        assert "order 1: has a price of shipping" in left_out(vendor)

    def test_money_in_another_currency_than_the_orders_is_left_out(self, vendor: Vendor) -> None:
        vendor.tell_otherwise(1, **{**self.FIELDS, "subtotalPriceSet": bag("108.0", "USD")})
        assert sold(vendor)["revenue"] is None
        assert "in another currency" in left_out(vendor)

    @pytest.mark.parametrize("name", ["cancelledAt", "shippingLine", "customerJourneySummary", "subtotalPriceSet"])
    def test_what_may_be_null_is_not_missing(self, vendor: Vendor, name: str) -> None:
        vendor.shop = Shop([replace(PLAIN, id=number) for number in (1, 2, 3)])
        vendor.distort(lambda body: body.replace(f'"{name}"'.encode(), b'"renamed"'))
        with pytest.raises(SourceMisread, match=f"has no '{name}'"):
            list(connector(vendor.url("")).read(MARCH))


class TestWhichOrdersCount:
    def test_a_test_order_is_dropped(self, vendor: Vendor) -> None:
        vendor.shop = Shop([PLAIN, replace(PLAIN, id=2)])
        vendor.tell_otherwise(2, test=True)
        assert len(readings(connector(vendor.url("")))) == 1

    @pytest.mark.parametrize("state", ["cancelled", "unpaid", "failed"])
    def test_the_day_of_an_order_that_does_not_count_is_known_to_be_zero(self, vendor: Vendor, state: str) -> None:
        assert sold(vendor, replace(PLAIN, state=state)) == {"orders": 0, "items": 0, "revenue": 0}

    @pytest.mark.parametrize("status", ["PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED"])
    def test_a_cancelled_order_does_not_count_whatever_was_paid(self, vendor: Vendor, status: str) -> None:
        vendor.tell_otherwise(1, displayFinancialStatus=status)
        assert sold(vendor)["orders"] == 1
        vendor.tell_otherwise(1, displayFinancialStatus=status, cancelledAt="2026-03-11T08:00:00Z")
        assert sold(vendor)["orders"] == 0

    @pytest.mark.parametrize(("status", "counts"), [("PENDING", 1), ("AUTHORIZED", 1), ("VOIDED", 0), ("EXPIRED", 0)])
    def test_orders_not_yet_paid_count_where_the_entry_says_so(self, vendor: Vendor, status: str, counts: int) -> None:
        vendor.tell_otherwise(1, displayFinancialStatus=status)
        assert sold(vendor)["orders"] == 0
        assert sold(vendor, statuses=["pending", "authorized"])["orders"] == counts

    @pytest.mark.parametrize("status", ["HALF_PAID", None])
    def test_an_order_in_a_status_nobody_knows_is_left_out(self, vendor: Vendor, status: str | None) -> None:
        vendor.tell_otherwise(1, displayFinancialStatus=status)
        assert sold(vendor)["orders"] is None
        assert "order 1: displayFinancialStatus" in left_out(vendor)

    def test_the_day_is_that_of_processing_in_the_plans_zone(self, vendor: Vendor) -> None:
        vendor.shop = Shop([replace(PLAIN, at=moment("2026-03-11 00:30"))], zone="America/New_York")
        vendor.tell_otherwise(1, createdAt="2026-04-01T10:00:00Z")  # brought in later
        (reading,) = readings(connector(vendor.url("")))
        assert reading.day == date(2026, 3, 11)

    @pytest.mark.parametrize(("place", "new"), [(1, 1), (2, 0), (None, None)])
    def test_who_is_new_is_what_shopify_counts(self, vendor: Vendor, place: int | None, new: int | None) -> None:
        journey = {"customerOrderIndex": place, "firstVisit": None, "lastVisit": None}
        vendor.tell_otherwise(1, customerJourneySummary=journey)
        assert sold(vendor)["new_customers"] == new

    def test_of_a_guest_or_the_till_nobody_knows(self, vendor: Vendor) -> None:
        vendor.tell_otherwise(1, customerJourneySummary=None, customer=None)
        assert sold(vendor)["new_customers"] is None

    def test_nothing_of_the_customer_is_asked_for(self, vendor: Vendor) -> None:
        vendor.shop = a_month(days=5, currencies=("EUR",))
        list(connector(vendor.url("")).read(MARCH))
        asked = b"".join(seen.body for seen in vendor.seen)
        assert not [word for word in (b"email", b"customer {", b"ddress", b"phone", b"note") if word in asked]


class TestOrigins:
    VISIT: ClassVar = {
        "source": "Google",
        "sourceType": "AD",
        "landingPage": "https://tea.example/oolong?utm_campaign=old&utm_id=77&gclid=abc&email=ana@mail.example",
        "referrerUrl": "https://www.google.com/search?q=tea",
        "utmParameters": {"campaign": "spring", "source": "google", "medium": "cpc", "content": None, "term": ""},
    }
    BARE: ClassVar = {**VISIT, "utmParameters": None, "landingPage": "https://tea.example/?gclid=abc"}

    def journey(self, **visits: Any) -> dict[str, Any]:
        whole = {"ready": True, "customerOrderIndex": 1, "firstVisit": None, "lastVisit": None, **visits}
        return {"customerJourneySummary": whole}

    def test_tags_of_the_visit_go_before_those_of_its_landing_page(self, vendor: Vendor) -> None:
        origin = tell(vendor, **self.journey(lastVisit=self.VISIT))
        assert origin == Origin(
            campaign="spring",
            campaign_id="77",
            source="google",
            medium="cpc",
            landing_page="https://tea.example/oolong",
            referrer="www.google.com",
            currency="EUR",
        )

    def test_without_tags_it_is_shopifys_own_word(self, vendor: Vendor) -> None:
        origin = tell(vendor, **self.journey(lastVisit=self.BARE))
        assert (origin.campaign, origin.source, origin.medium) == ("", "Google", "AD")

    def test_its_word_for_nothing_is_none(self, vendor: Vendor) -> None:
        visit = {**self.BARE, "source": "unknown", "sourceType": None, "landingPage": None, "referrerUrl": None}
        assert tell(vendor, **self.journey(lastVisit=visit)) == Origin(currency="EUR")

    def test_the_first_visit_where_the_entry_says_so(self, vendor: Vendor) -> None:
        vendor.shop = Shop([PLAIN])
        vendor.tell_otherwise(1, **self.journey(firstVisit=self.VISIT, lastVisit=self.BARE))
        (reading,) = readings(connector(vendor.url(""), visit="first"))
        assert reading.origin.campaign == "spring"

    def test_visits_that_are_not_known_yet_are_known_later(self, vendor: Vendor) -> None:
        vendor.shop = Shop([replace(PLAIN, labels={"campaign": "spring"})])
        vendor.telling.unready.add(1)
        (before,) = readings(connector(vendor.url("")))
        assert (before.origin, before.measures["new_customers"]) == (Origin(currency="EUR"), None)
        vendor.telling.unready.clear()
        (after,) = readings(connector(vendor.url("")))
        assert (after.origin.campaign, after.measures["new_customers"]) == ("spring", 1)
        assert Shopify.lookback >= 2  # days: Shopify takes up to two

    def test_all_coupons_of_an_order_are_told(self, vendor: Vendor) -> None:
        assert tell(vendor, replace(PLAIN, coupons=("WELCOME10", "LEA20"))).coupon == "LEA20|WELCOME10"


GIVEN = (Refund(30, moment("2026-03-12 10:00"), Decimal("30.00"), Decimal("8.00"), Decimal("10.00")),)


def told_refund(
    number: int = 30, at: str = "2026-03-12T09:00:00Z", *, total: str, lines: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    nodes = [{"subtotalSet": bag(price), "totalTaxSet": bag(tax)} for price, tax in lines]
    return {
        "id": f"gid://shopify/Refund/{number}",
        "processedAt": at,
        "totalRefundedSet": bag(total),
        "refundLineItems": {"nodes": nodes},
        "refundShippingLines": {"nodes": []},
    }


GIVEN_AS_TOLD = told_refund(total="48.00")


class TestRefunds:
    ORDER: ClassVar = replace(PLAIN, shipping=Decimal("10.00"), tax=Decimal("20.00"))  # 120.00 in all

    def back(self, vendor: Vendor, *refunds: Any, state: str = "paid", **options: Any) -> dict[date, Any]:
        """Day -> refunds, of an order whose refunds are told so."""
        vendor.shop = Shop([replace(self.ORDER, refunds=GIVEN, state=state)])
        if refunds:
            vendor.tell_otherwise(1, refunds=list(refunds))
        found = readings(connector(vendor.url(""), **options))
        assert all(
            one.measures["revenue"] == -(one.measures["refunds"] or 0) for one in found if len(one.measures) == 2
        )
        return {one.day: one.measures["refunds"] for one in found if "refunds" in one.measures}

    def test_it_is_the_goods_without_tax_and_shipping(self, vendor: Vendor) -> None:
        assert self.back(vendor) == {date(2026, 3, 12): Decimal("30.00")}
        assert self.back(vendor, with_tax=True, with_shipping=True) == {date(2026, 3, 12): Decimal("48.00")}

    @pytest.mark.parametrize(
        ("basis", "back"), [({}, "9.00"), ({"with_tax": True}, "11.00"), ({"with_shipping": True}, "10.00")]
    )
    def test_a_gesture_is_divided_as_the_order_was(self, vendor: Vendor, basis: dict[str, Any], back: str) -> None:
        gesture = told_refund(total="12.00")
        assert self.back(vendor, gesture, **basis) == {date(2026, 3, 12): Decimal(back)}

    def test_a_fee_that_is_kept_lowers_it(self, vendor: Vendor) -> None:
        refund = told_refund(total="24.00", lines=[("36.00", "6.00")])
        assert self.back(vendor, refund) == {date(2026, 3, 12): Decimal("30.00") - Decimal("9.00")}
        assert self.back(vendor, refund, with_tax=True, with_shipping=True) == {date(2026, 3, 12): Decimal("24.00")}

    def test_goods_that_came_back_without_money_are_none(self, vendor: Vendor) -> None:
        assert self.back(vendor, told_refund(total="0.0", lines=[("36.00", "6.00")])) == {}

    @pytest.mark.parametrize("state", ["cancelled", "unpaid"])
    def test_those_of_orders_that_do_not_count_are_ignored(self, vendor: Vendor, state: str) -> None:
        vendor.telling.changes[1] = {}
        assert self.back(vendor, state=state) == {}

    def test_each_of_several_stands_on_its_own_day(self, vendor: Vendor) -> None:
        first = told_refund(total="12.00", lines=[("12.00", "2.00")])
        second = told_refund(31, "2026-03-14T09:00:00Z", total="24.00", lines=[("24.00", "4.00")])
        later = told_refund(32, "2026-04-14T09:00:00Z", total="24.00", lines=[("24.00", "4.00")])
        expected = {date(2026, 3, 12): Decimal("10.00"), date(2026, 3, 14): Decimal("20.00")}
        assert self.back(vendor, first, second, later) == expected

    def test_one_of_many_lines_is_asked_for_alone(self, vendor: Vendor) -> None:
        refund = told_refund(total="72.00", lines=[("1.20", "0.20")] * 60)
        assert self.back(vendor, refund) == {date(2026, 3, 12): Decimal("60.00")}
        assert [seen.json["variables"]["lines"] for seen in vendor.seen if b"Refunds(" in seen.body] == [25, 150]

    def test_of_an_order_with_more_than_are_listed_they_are_unknown_from_the_last_one_on(self, vendor: Vendor) -> None:
        refunds = [told_refund(number, f"2026-03-{12 + number // 25}T09:00:00Z", total="0.12") for number in range(50)]
        vendor.shop = Shop([replace(self.ORDER, refunds=GIVEN), replace(PLAIN, id=2, at=moment("2026-03-29 10:00"))])
        vendor.tell_otherwise(1, refunds=refunds)
        items = list(connector(vendor.url("")).read(MARCH))
        known = {
            key[0].day: amount for key, (amount, has_gap) in sums(items).items() if key[2] == "refunds" and not has_gap
        }
        unknown = {key[0].day for key, (_, has_gap) in sums(items).items() if key[2] == "revenue" and has_gap}
        assert (known, unknown) == ({12: Decimal("2.25")}, set(range(13, 32)))  # 25 times 0.09 of goods
        words = "order 1: has 50 refunds or more: from the last one listed on they are not known"
        assert [item.text for item in items if isinstance(item, Remark)] == [words]
        assert sum(item.measures.get("orders") or 0 for item in items if isinstance(item, Reading)) == 2

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"shippingLine": None}, "order 1: has a price of shipping, and no shippingLine: left out"),
            ({"displayFinancialStatus": "REFUNDED", "taxesIncluded": None}, "taxesIncluded is empty"),
            (
                {"refunds": [{**GIVEN_AS_TOLD, "totalRefundedSet": None}]},
                "order 1: refund 30: totalRefundedSet is empty",
            ),
        ],
    )
    def test_one_that_cannot_be_read_is_left_out_and_the_others_stand(
        self, vendor: Vendor, wrong: dict[str, Any], words: str
    ) -> None:
        second = replace(GIVEN[0], id=31)
        vendor.shop = Shop([replace(self.ORDER, refunds=GIVEN), replace(self.ORDER, id=2, refunds=(second,))])
        vendor.tell_otherwise(1, **wrong)
        items = list(connector(vendor.url("")).read(MARCH))
        assert any(words in item.text for item in items if isinstance(item, Remark))
        refunds = [
            item.measures["refunds"] for item in items if isinstance(item, Reading) and "refunds" in item.measures
        ]
        assert refunds == [None, 30]
        assert Counted(date(2026, 3, 12), "refund 31") in items

    def test_one_of_which_shopify_says_nothing_is_left_out(self, vendor: Vendor) -> None:
        vendor.shop = Shop([replace(self.ORDER, refunds=GIVEN)])
        vendor.distort(lambda body: re.sub(rb'"nodes": \[\{"id": "gid://shopify/Refund.*\]', b'"nodes": [null]', body))
        assert left_out(vendor) == "order 1: refund 30: is listed, and nothing is said of it: left out"

    def test_where_none_can_be_read_the_answer_has_changed(self, vendor: Vendor) -> None:
        every = [replace(self.ORDER, id=n, refunds=(replace(GIVEN[0], id=n),)) for n in range(1, 5)]
        vendor.shop = Shop(every)
        vendor.distort(lambda body: body.replace(b"totalRefundedSet", b"renamed"))
        with pytest.raises(SourceMisread, match=r"order 1: refund 1: has no 'totalRefundedSet'"):
            readings(connector(vendor.url("")))

    def test_of_an_order_without_a_known_total_only_its_lines_are_known(self, vendor: Vendor) -> None:
        vendor.shop = Shop([replace(self.ORDER, refunds=GIVEN)])
        for total, back in (("36.00", Decimal("30.00")), ("37.00", None)):
            refund = told_refund(total=total, lines=[("36.00", "6.00")])
            vendor.tell_otherwise(1, refunds=[refund], subtotalPriceSet=None)
            assert readings(connector(vendor.url("")))[-1].measures["refunds"] == back


# How they are found.


def orders(count: int, start: str = "2026-03-01 08:00", step: timedelta = timedelta(minutes=5)) -> Shop:
    return Shop([replace(PLAIN, id=number, at=moment(start) + step * number) for number in range(1, count + 1)])


class TestLists:
    def test_moments_stand_in_quotes_and_in_utc(self, vendor: Vendor) -> None:
        list(connector(vendor.url("")).read(MARCH))
        searches = [seen.json["variables"]["q"] for seen in vendor.seen if "q" in seen.json["variables"]]
        assert "processed_at:>='2026-02-28T23:00:00Z' AND processed_at:<'2026-03-31T22:00:00Z'" in searches
        assert any(
            search.startswith("updated_at:>='2026-02-28T23:00:00Z' AND (financial_status") for search in searches
        )

    def test_the_simulator_forgets_the_time_without_quotes(self, vendor: Vendor) -> None:
        vendor.shop = orders(1)  # at 08:05
        find = "query($q: String!) { ordersCount(query: $q) { count } }"
        api = connector(vendor.url(""))._api
        for quote, count in (("'", 0), ("", 1)):
            search = f"processed_at:>={quote}2026-03-01T09:00:00Z{quote}"
            assert api.ask(find, q=search).record("ordersCount").count("count") == count

    def test_a_day_of_reading_takes_few_requests(self, vendor: Vendor) -> None:
        vendor.shop = a_month(currencies=("EUR",), a_day=20)  # 620 orders, a fifth with a refund
        vendor.now = moment("2026-03-31 06:00")
        shop = connector(vendor.url(""), **LOGIN)
        list(shop.read(Window(date(2026, 3, 28), date(2026, 4, 1))))
        list(shop.changed_days(moment("2026-03-30 06:00")))
        assert vendor.calls <= 14

    def test_an_order_that_changes_while_it_is_read_is_neither_lost_nor_doubled(self, vendor: Vendor) -> None:
        vendor.shop = orders(160)

        def change() -> None:
            vendor.shop.change(vendor.calls * 10, modified_at=moment("2026-04-20 09:00"))

        vendor.after_a_page = change
        found = readings(connector(vendor.url("")))
        assert len(found) == 160

    def test_a_refund_made_while_refunds_are_read_takes_none_with_it(self, vendor: Vendor) -> None:
        """They are found by when their orders changed, and listed by when those were made: a change moves none."""
        every = [replace(one, refunds=(replace(GIVEN[0], id=one.id),)) for one in orders(160).orders]
        vendor.shop = Shop([replace(one, refunds=()) if one.id % 10 == 0 else one for one in every])
        late = iter(one for one in every if one.id % 10 == 0)

        def give_back() -> None:
            if one := next(late, None):
                vendor.shop.change(one.id, refunds=one.refunds)

        vendor.after_a_page = give_back
        items = list(connector(vendor.url("")).read(MARCH))
        counted = {item.key for item in items if isinstance(item, Counted)}
        assert counted >= {f"refund {one.id}" for one in every if one.id % 10}

    def test_a_list_too_long_is_asked_for_in_parts(self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shopify_graphql, "LONGEST_LIST", 100)
        vendor.shop = orders(330, step=timedelta())  # of one second, so that none tells where to go on ...
        later = orders(300, "2026-03-02 08:00", timedelta(seconds=20))
        vendor.shop.orders += [replace(order, id=1_000 + order.id) for order in later.orders]
        with pytest.raises(SourceMisread, match=r"circle|same page twice"):
            readings(connector(vendor.url("")))
        vendor.shop = Shop(vendor.shop.orders[250:])  # ... until there are fewer of them
        assert len(readings(connector(vendor.url("")))) == 380

    def test_a_page_without_a_way_on_is_misread(self, vendor: Vendor) -> None:
        vendor.shop = orders(60)
        vendor.distort(lambda body: re.sub(rb'"endCursor": "[^"]*"', b'"endCursor": null', body))
        with pytest.raises(SourceMisread, match="endCursor"):
            readings(connector(vendor.url("")))

    def test_changed_days_are_those_of_orders_and_their_refunds(self, vendor: Vendor) -> None:
        vendor.shop = orders(3, step=timedelta(days=1))
        vendor.shop.change(1, refunds=GIVEN)
        vendor.shop.change(2, modified_at=moment("2026-03-12 05:50"))  # the index lags behind
        days = set(connector(vendor.url("")).changed_days(moment("2026-03-12 06:00")))
        assert days == {date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 12)}


class TestPoints:
    def test_an_empty_bucket_is_waited_for_as_long_as_it_takes(self, vendor: Vendor, slept: list[float]) -> None:
        vendor.shop, vendor.bucket = orders(400), 100.0
        assert len(readings(connector(vendor.url("")))) == 400
        assert slept
        assert all(1 <= wait <= 10 for wait in slept)
        assert 40 < sum(slept) < 80  # nine queries of 800 and 950 points, 100 come back a second

    def test_a_bucket_that_fills_slowly_ends_the_run(self, vendor: Vendor) -> None:
        status = b'"throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 100, "restoreRate": 5.0}'
        body = b'{"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": {"cost": {'
        body += b'"requestedQueryCost": 800, "actualQueryCost": null, ' + status + b"}}}"
        for code in (200, 429):
            vendor.fail_always(bytes_answer(body, status=code))
            with pytest.raises(SourceUnavailable, match="wants fewer requests") as caught:
                connector(vendor.url("")).check()
            assert caught.value.retry_after == 140

    def test_a_429_alone_asks_for_what_its_header_says(self, vendor: Vendor) -> None:
        vendor.fail_always(too_many("90"))
        with pytest.raises(SourceUnavailable) as caught:
            connector(vendor.url("")).check()
        assert caught.value.retry_after == 90

    def test_a_query_too_costly_is_asked_in_smaller_pages(self, vendor: Vendor) -> None:
        vendor.shop, vendor.most_points = orders(60), 300
        assert len(readings(connector(vendor.url("")))) == 60
        sizes = [seen.json["variables"]["first"] for seen in vendor.seen if "first" in seen.json["variables"]]
        assert sizes == [50, 25, 12, 12, 12, 12, 12, 12]  # refunds: too many twice; orders: five pages

    def test_one_that_is_too_costly_at_all_is_refused(self, vendor: Vendor) -> None:
        vendor.most_points = 3
        with pytest.raises(SourceRefused, match="costs more than Shopify allows"):
            readings(connector(vendor.url("")))

    def test_no_query_costs_more_than_one_may(self, vendor: Vendor) -> None:
        vendor.shop = a_month(currencies=("EUR",), a_day=8)
        shop = connector(vendor.url(""))
        shop.check()
        list(shop.changed_days(moment("2026-03-01 06:00")))
        assert readings(shop)


class TestRefusals:
    def refused(self, vendor: Vendor, **options: Any) -> str:
        with pytest.raises(SourceRefused) as caught:
            list(connector(vendor.url(""), **options).read(MARCH))
        assert str(caught.value).startswith("shop: ")
        return str(caught.value)

    def test_a_scope_that_is_missing_is_named(self, vendor: Vendor) -> None:
        vendor.scopes = ["read_products"]
        vendor.now = moment("2026-03-31 06:00")
        assert "`read_orders` access scope" in self.refused(vendor)

    def test_a_field_that_is_withheld_is_told_even_beside_the_others(self, vendor: Vendor) -> None:
        vendor.shop, vendor.shows_visits = orders(2), False
        assert "landingPage" in self.refused(vendor)
        with pytest.raises(SourceRefused, match="protected customer data"):
            connector(vendor.url("")).check()

    @pytest.mark.parametrize(("status", "words"), [(402, "frozen"), (404, "no such shop"), (423, "locked")])
    def test_a_shop_that_is_closed(self, vendor: Vendor, status: int, words: str) -> None:
        vendor.fail_always(json_answer({"errors": "Unavailable Shop"}, status=status))
        assert words in self.refused(vendor)
        assert words in self.refused(vendor, **LOGIN)

    def test_a_token_nobody_knows(self, vendor: Vendor) -> None:
        assert "refuses the credentials (401)" in self.refused(vendor, token={"env": "WRONG"})

    def test_a_client_nobody_knows(self, vendor: Vendor) -> None:
        text = self.refused(vendor, client_id="someone", client_secret={"env": "SHOPIFY_SECRET"})
        assert "client_id and client_secret" in text
        assert SECRET not in text

    def test_a_token_that_expires_is_asked_for_anew_once(self, vendor: Vendor) -> None:
        vendor.shop = orders(3)
        shop = connector(vendor.url(""), **LOGIN)
        assert len(readings(shop)) == 3
        vendor.tokens.clear()
        assert len(readings(shop)) == 3
        assert [seen.path.rpartition("/")[2] for seen in vendor.seen].count("access_token") == 2

    def test_a_login_that_fails_is_told_as_what_it_is(self, vendor: Vendor) -> None:
        for answer, error in (
            (too_many("90", status=503), SourceUnavailable),
            (text_answer("<html>", kind="text/html"), SourceMisread),
            (json_answer({"scope": "read_orders"}), SourceMisread),
            (redirect("https://elsewhere.example/"), SourceRefused),
        ):
            vendor.fail_always(answer)
            with pytest.raises(error):
                connector(vendor.url(""), **LOGIN).check()
        assert {seen.path for seen in vendor.seen} == {"/admin/oauth/access_token"}

    def test_trouble_inside_shopify_may_pass(self, vendor: Vendor) -> None:
        vendor.shop = orders(3)
        error = {"message": "Internal error. Request ID: 1", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
        trouble = json_answer({"errors": [error]})
        vendor.fail(trouble, trouble)
        assert len(readings(connector(vendor.url("")))) == 3
        vendor.fail_always(trouble)
        with pytest.raises(SourceUnavailable, match="in trouble: Internal error"):
            readings(connector(vendor.url("")))

    def test_a_query_it_does_not_understand_is_misread(self, vendor: Vendor) -> None:
        api = connector(vendor.url(""))._api
        with pytest.raises(SourceMisread, match="Field 'nme' doesn't exist on type 'Shop'"):
            api.ask("{ shop { nme } }")

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("{ shop }", "must have selections"),
            ("{ shop { name { text } } }", "must have selections"),
            ("{ shop(id: 1) { name } }", "doesn't accept argument 'id'"),
            ("{ orders(first: $n) { nodes { id } } }", "not declared"),
            ("{ shop { name }", "end of file"),
            ("{ shop { name } } }", "unexpected"),
            ("{ shop { na'me } }", "invalid token"),
        ],
    )
    def test_the_simulator_takes_no_wrong_query(self, query: str, words: str) -> None:
        with pytest.raises(GraphqlError, match=words):
            parsed(query)


class TestHowFarBackItSees:
    @pytest.fixture(autouse=True)
    def short(self, vendor: Vendor) -> None:
        vendor.scopes = ["read_orders"]
        vendor.now = moment("2026-04-30 12:00")  # 60 days before: 1 March at 11:00, winter time

    def test_it_is_said_by_check(self, vendor: Vendor) -> None:
        info = connector(vendor.url("")).check()
        assert info.days == Window(date(2026, 3, 2), date(2026, 5, 1))
        assert [remark for remark in info.remarks if "read_all_orders only the last 60 days" in remark]

    def test_a_window_from_before_is_refused_and_not_cut_short(self, vendor: Vendor) -> None:
        vendor.shop = orders(300, step=timedelta(hours=1))
        with pytest.raises(SourceRefused, match=r"no day before 2026-03-02 can be read: .* read_all_orders"):
            readings(connector(vendor.url("")))
        vendor.scopes.append("read_all_orders")
        assert len(readings(connector(vendor.url("")))) == 300

    def test_a_window_within_is_read_without_asking(self, vendor: Vendor) -> None:
        assert readings(connector(vendor.url("")), Window(date(2026, 3, 2), date(2026, 4, 1))) == []
        assert not [seen for seen in vendor.seen if b"accessScopes" in seen.body]

    def test_changed_days_from_before_are_left_alone(self, vendor: Vendor) -> None:
        at = (moment("2026-03-01 13:00"), moment("2026-03-02 13:00"))
        changed = moment("2026-04-30 11:00")
        vendor.shop = Shop([replace(PLAIN, id=id, at=one, modified_at=changed) for id, one in enumerate(at, 1)])
        assert list(connector(vendor.url("")).changed_days(moment("2026-04-30 06:00"))) == [date(2026, 3, 2)]


class TestCheck:
    def test_it_says_whose_shop_it_is(self, vendor: Vendor) -> None:
        info = connector(vendor.url("")).check()
        assert (info.account, info.zone, info.currency) == (
            "The tea shop (tea.myshopify.com)", "Europe/Paris", "EUR",
        )  # fmt: skip
        assert (info.days, info.remarks) == (None, ())

    def test_it_says_what_is_not_as_the_plan_has_it(self, vendor: Vendor) -> None:
        vendor.shop.zone, vendor.deprecated = "America/New_York", "Order.test"
        info = connector(vendor.url(""), version="2027-04").check()
        assert info.remarks == (
            "Shopify answers as version 2026-01, not 2027-04: set 'version', or update Vigie",
            "Shopify will drop what this connector asks for (Order.test): update Vigie",
        )


# Exports.

QUARTER = Window(date(2026, 1, 1), date(2026, 4, 1))


class TestExports:
    @pytest.fixture(autouse=True)
    def many(self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
        """Some orders in February, many in March: ten are many here."""
        monkeypatch.setattr(shopify, "MANY", 10)
        few = [replace(PLAIN, id=number, at=moment(f"2026-02-{number + 9} 10:00")) for number in range(1, 5)]
        march = a_month(a_day=1, currencies=("EUR",)).orders
        vendor.shop = Shop(few + march)

    def paged(self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> list[Reading]:
        """What is read without any export."""
        with monkeypatch.context() as patch:
            patch.setattr(shopify, "MANY", 10**9)
            return readings(connector(vendor.url("")), QUARTER)

    def test_it_gives_what_the_pages_give(self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
        found = readings(connector(vendor.url("")), QUARTER)
        assert len(vendor.exports) == 1
        assert [reading.day for reading in found] == sorted(reading.day for reading in found)
        assert sums(found) == sums(self.paged(vendor, monkeypatch))
        assert (
            "processed_at:>='2026-02-28T23:00:00Z' AND processed_at:<'2026-03-31T22:00:00Z'"
            in vendor.exports[0]["query"]
        )

    def test_a_short_window_is_never_exported(self, vendor: Vendor) -> None:
        assert readings(connector(vendor.url("")), MARCH)
        assert not vendor.exports

    def test_the_token_does_not_go_where_the_file_is(self, vendor: Vendor) -> None:
        readings(connector(vendor.url("")), QUARTER)
        (fetched,) = [seen for seen in vendor.seen if seen.path.startswith("/exports/")]
        assert TOKEN not in fetched.raw

    def test_one_that_takes_long_is_found_again_by_the_next_run(
        self, vendor: Vendor, slept: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vendor.export_looks = 9
        with pytest.raises(SourceUnavailable, match="still exporting") as caught:
            readings(connector(vendor.url("")), QUARTER)
        assert caught.value.retry_after == 300
        assert sum(slept) == 120
        vendor.sleep(300)
        assert sums(readings(connector(vendor.url("")), QUARTER)) == sums(self.paged(vendor, monkeypatch))
        assert len(vendor.exports) == 1

    @pytest.mark.parametrize("change", [{"query": "{ products { edges { node { id } } } }"}, {"status": "CANCELED"}])
    def test_anothers_or_one_given_up_is_not_taken_for_it(self, vendor: Vendor, change: dict[str, str]) -> None:
        readings(connector(vendor.url("")), QUARTER)
        vendor.exports[0] |= change
        readings(connector(vendor.url("")), QUARTER)
        assert len(vendor.exports) == 2

    def test_one_of_the_day_before_yesterday_is_too_old(self, vendor: Vendor) -> None:
        readings(connector(vendor.url("")), QUARTER)
        vendor.sleep(48 * 3600)
        readings(connector(vendor.url("")), QUARTER)
        assert len(vendor.exports) == 2

    def test_an_export_of_somebody_else_is_waited_for(self, vendor: Vendor) -> None:
        vendor.is_exporting = True
        with pytest.raises(SourceUnavailable, match="already in progress") as caught:
            readings(connector(vendor.url("")), QUARTER)
        assert caught.value.retry_after == 300

    def test_one_without_an_address_holds_no_order(self, vendor: Vendor) -> None:
        api = connector(vendor.url(""))._api
        rows = api.export("id", "processed_at:>='2027-01-01T00:00:00Z'")
        assert rows is not None
        assert list(rows) == []
        vendor.exports[0]["rootObjectCount"] = "3"
        with pytest.raises(SourceMisread, match="as many lines"):
            api.export("id", "processed_at:>='2027-01-01T00:00:00Z'")

    def test_one_that_fails_is_tried_in_halves(self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
        vendor.export_ends = ["FAILED", "COMPLETED", "FAILED"]
        assert sums(readings(connector(vendor.url("")), QUARTER)) == sums(self.paged(vendor, monkeypatch))
        assert [export["status"] for export in vendor.exports] == ["FAILED", "COMPLETED", "FAILED"] + ["COMPLETED"] * 2

    def test_days_that_fail_alone_are_paged(self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
        vendor.export_ends = ["FAILED"] * 40
        assert sums(readings(connector(vendor.url("")), QUARTER)) == sums(self.paged(vendor, monkeypatch))

    def test_one_too_large_to_fetch_is_asked_for_in_halves(
        self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vendor.shop = a_month(a_day=2, currencies=("EUR",), campaigns=({},))
        monkeypatch.setattr(Shopify, "limits", RequestLimits(max_bytes=40_000))
        monkeypatch.setattr(shopify, "PAGE", 10)
        assert sums(readings(connector(vendor.url("")), QUARTER)) == sums(self.paged(vendor, monkeypatch))
        assert len(vendor.exports) > 2

    def test_an_address_that_has_expired_is_asked_for_anew(
        self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vendor.fail_on("/exports/1.jsonl", text_answer("<Error><Code>ExpiredToken</Code></Error>", status=403))
        assert sums(readings(connector(vendor.url("")), QUARTER)) == sums(self.paged(vendor, monkeypatch))

    @pytest.mark.parametrize("cut", ["a line", "half a line"])
    def test_a_file_that_is_cut_is_misread(self, vendor: Vendor, cut: str) -> None:
        readings(connector(vendor.url("")), QUARTER)
        file = vendor.exports[0]["file"]
        vendor.exports[0]["file"] = file[: file[:-1].rindex("\n")] if cut == "a line" else file[:-40]
        with pytest.raises(SourceMisread, match=r"as many lines|is not JSON") as caught:
            readings(connector(vendor.url("")), QUARTER)
        assert "gid:" not in str(caught.value)

    def test_a_file_on_the_open_web_wants_https(self, vendor: Vendor) -> None:
        readings(connector(vendor.url("")), QUARTER)
        vendor.exports[0]["url"] = "http://storage.example/1.jsonl?signature=canary-signed"
        with pytest.raises(SourceRefused, match="only plain http") as caught:
            readings(connector(vendor.url("")), QUARTER)
        assert "canary" not in told(caught.value)

    def test_one_that_is_denied_is_refused(self, vendor: Vendor) -> None:
        readings(connector(vendor.url("")), QUARTER)
        vendor.exports[0] |= {"status": "FAILED", "errorCode": "ACCESS_DENIED"}
        with pytest.raises(SourceRefused, match="look at its scopes"):
            readings(connector(vendor.url("")), QUARTER)

    def test_one_shopify_does_not_take_is_misread(self, vendor: Vendor) -> None:
        error = {"field": None, "message": "The bulk query is not valid", "code": "INVALID"}
        vendor._bulkOperationRunQuery = lambda **_: {"bulkOperation": None, "userErrors": [error]}  # type: ignore[method-assign]
        with pytest.raises(SourceMisread, match="does not take the export: The bulk query is not valid"):
            readings(connector(vendor.url("")), QUARTER)


# The entry.


class TestTheEntry:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"shop": "tea.example"}, "write it as tea.myshopify.com"),
            ({"shop": "https://tea.myshopify.com.evil.example"}, "write it as tea.myshopify.com"),
            ({"version": "latest"}, "write it as 2026-07"),
            ({"version": "2025-10"}, "from 2026-01 on"),
            ({"token": None}, "has a token, or both"),
            (LOGIN, "has a token, or both"),
            ({"token": None, "client_id": CLIENT}, "has a token, or both"),
            ({"endpoint": "http://proxy.example"}, "unencrypted"),
            ({"token": "shpat_123"}, "never write a secret into the file"),
            ({"visit": "best"}, "last"),
            ({"statuses": ["voided"]}, "pending"),
        ],
    )
    def test_what_it_may_not_say(self, change: dict[str, Any], words: str) -> None:
        entry = {"connector": "shopify", "shop": "tea.myshopify.com", "token": {"env": "SHOPIFY_TOKEN"}, **change}
        with pytest.raises(ValidationError, match=words):
            ShopifyOptions.model_validate(entry)

    def test_the_shop_may_be_written_as_an_address(self) -> None:
        options = connector("http://127.0.0.1:1", shop="https://Tea.myshopify.com/").options
        assert options.shop == "tea.myshopify.com"

    def test_without_an_endpoint_it_is_the_shop_that_is_asked(self) -> None:
        shop = connector("http://127.0.0.1:1", endpoint=None)
        assert shop._api._address == "https://tea.myshopify.com/admin/api/2026-07/graphql.json"

    def test_the_example_is_one_that_can_be_read(self) -> None:
        with example() as vendor:
            entry = yaml.safe_load(vendor.entry.format(url=vendor.url("")))["shop"]
            shop = Shopify(
                ShopifyOptions.model_validate(entry),
                Context("shop", Path(), "Europe/Paris", "EUR", lambda secret: vendor.secrets[secret.env or ""]),
            )
            assert shop.check().account == "The tea shop (tea.myshopify.com)"
            assert len(readings(shop)) > 100

    def test_the_page_shows_an_entry_that_loads_and_every_option(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "connectors" / "shopify.md").read_text(encoding="utf-8")
        for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL):
            for entry in yaml.safe_load(block).values():
                ShopifyOptions.model_validate(entry)
        shown = set(re.findall(r"^\| `(\w+)`", page.partition("## The entry")[2].partition("\n## ")[0], re.MULTILINE))
        assert shown == ShopifyOptions.model_fields.keys() - SourceEntry.model_fields.keys()

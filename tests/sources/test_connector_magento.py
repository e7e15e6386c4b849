"""Magento: signed requests, UTC without saying so, the last page again and again, credit memos on their own day."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from connector_contract import ConnectorContract, Over, Row, readings
from fault_contract import FaultContract
from pydantic import ValidationError
from requests import Request
from requests_oauthlib import OAuth1
from shop_contract import MARCH, Open, ShopContract, pseudonym
from simulators.magento import Magento as Vendor
from simulators.shop import Order, Refund, Shop, a_month, moment

from config.errors import SourceError, SourceRefused
from config.periods import Window
from config.sources import Secret
from connectors.base import Context, Note, Quality, Reading, Remark
from connectors.shops.magento import Magento, MagentoOptions

NAMES = {
    "consumer_key": "MAGENTO_CONSUMER_KEY",
    "consumer_secret": "MAGENTO_CONSUMER_SECRET",
    "token": "MAGENTO_TOKEN",
    "token_secret": "MAGENTO_TOKEN_SECRET",
}
CANARIES = (*Vendor.secrets.values(), "canary-wrong")
DAY = date(2026, 3, 3)


def connector(vendor: Vendor, *, secrets: Sequence[str] = tuple(NAMES), path: str = "", **options: Any) -> Magento:
    values = {**Vendor.secrets, "WRONG": "canary-wrong"}
    entry = {name: Secret(env=NAMES[name]) for name in secrets} | {"url": vendor.url(path)} | options
    at = Context("shop", Path(), "Europe/Paris", "EUR", lambda secret: values[secret.env or ""], pseudonym)
    return Magento(MagentoOptions(connector="magento", **entry), at)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor(a_month(start=date(2026, 3, 9), days=5)) as running:
        yield running


def order(number: int = 1, at: str = "2026-03-03 10:00", **values: Any) -> Order:
    return Order(number, moment(at), Decimal("50.00"), Decimal("10.00"), email="ana@mail.example", **values)


def of_row(number: int, row: Row) -> Order:
    """A line of a ledger as an order: how many articles it had, and what they brought."""
    at = datetime(row.day.year, row.day.month, row.day.day, 12, tzinfo=ZoneInfo("Europe/Paris"))
    label = row.labels.get("coupon", "")
    return Order(
        number, at, Decimal(row.measures["revenue"] or 0), items=int(row.measures["items"] or 0),
        currency=row.currency, coupons=(label,) if label else (), email="ana@mail.example",
    )  # fmt: skip


class TestMagento(ConnectorContract):
    count = "items"
    label = "coupon"
    currency = "EUR"
    canaries = CANARIES
    many = 3_000
    weighed = 2_000
    flat = 4 << 20
    leaves_out: ClassVar = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "an order always has a total",
        "test_a_zero_is_zero_not_unknown": "an order counts as one, so no row is all zeros and ones",
    }
    cannot_hold: ClassVar = {
        "separators": "a bar stands between several coupons of one order",
        "spaces": "a coupon of blanks is none",
    }

    @pytest.fixture
    def over(self, vendor: Vendor) -> Over:
        def build(ledger: Sequence[Row]) -> "OnlyItemsAndRevenue":
            vendor.shop = Shop([of_row(number, row) for number, row in enumerate(ledger, 1)])
            vendor.rows("orders")  # made now, not while memory is measured
            return OnlyItemsAndRevenue(connector(vendor))

        return build  # type: ignore[return-value]  # but for what no test here asks of it

    @pytest.fixture
    def absent(self, vendor: Vendor) -> Magento:
        return connector(vendor, path="/elsewhere")

    @pytest.fixture
    def failing(self, vendor: Vendor) -> Sequence[Magento]:
        return [connector(vendor, token=Secret(env="WRONG")), connector(vendor, token_secret=Secret(env="WRONG"))]

    @pytest.fixture
    def consumed(self, vendor: Vendor) -> Callable[[], int]:
        return lambda: vendor.calls


class OnlyItemsAndRevenue:
    """The connector, without the measures that a ledger of two does not have."""

    def __init__(self, inner: Magento) -> None:
        self.inner = inner
        self.provides = inner.provides

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def read(self, window: Window) -> Iterator[Any]:
        for item in self.inner.read(window):
            if isinstance(item, Reading):
                kept = {name: item.measures[name] for name in ("items", "revenue") if name in item.measures}
                yield item._replace(measures=kept)


class TestMagentoAsAShop(ShopContract):
    known = frozenset({"coupon"})

    @pytest.fixture
    def open(self, vendor: Vendor) -> Open:
        def build(shop: Shop, **options: Any) -> Magento:
            vendor.shop = shop
            return connector(vendor, **options)

        return build


class TestMagentoInTrouble(FaultContract):
    connector_class = Magento
    canaries = CANARIES
    free: ClassVar = {
        "state": "a word for a state that does not count is as good as any",
        "extension_attributes": "left out where an order has none",
        "coupon_code": "left out where an order has none",
        "customer_email": "left out where nobody knows",
        "is_virtual": "left out by some versions",
        "order_id": "another order's, or one that is gone",
        "entity_id": "of an order that was asked for by it",
    }

    @pytest.fixture
    def connector(self, vendor: Vendor) -> Magento:
        return connector(vendor)


# Signed.


def test_the_signature_is_that_of_the_documented_example() -> None:
    """The vector of the vendor's page, worked out with another program."""
    auth = OAuth1("ck", "c s&", "tok", "ts+x", signature_method="HMAC-SHA256", nonce="abc", timestamp="1790000000")
    url = "https://shop.example/rest/V1/store/storeConfigs"
    sent = Request("GET", url, auth=auth).prepare().headers["Authorization"]
    assert "6goYZLbo0lkIJyM7uAousflDPvxFwKZZVQPVn96A7EY%3D" in str(sent)


def test_no_secret_travels_and_every_request_has_a_nonce_of_its_own(vendor: Vendor) -> None:
    list(connector(vendor).read(MARCH))
    sent = "".join(seen.raw for seen in vendor.seen)
    assert "canary-magento-key" in sent
    assert "secret" not in sent.replace("MAGENTO", "").lower().replace("canary-magento-key", "")


def test_a_token_alone_is_a_bearer_token_and_its_refusal_says_what_to_switch_on(vendor: Vendor) -> None:
    alone = connector(vendor, secrets=("token",))
    with pytest.raises(SourceRefused, match=r"tick|allow it alone"):
        alone.check()
    vendor.allows_bearer = True
    assert alone.check().currency == "EUR"


def test_three_of_four_secrets_are_refused_in_the_file() -> None:
    with pytest.raises(ValidationError, match="four secrets"):
        MagentoOptions(
            connector="magento", url="https://shop.example", token=Secret(env="T"), consumer_key=Secret(env="K")
        )


# Refusals.


@pytest.mark.parametrize(("resource", "box"), [("orders", "Orders"), ("creditmemos", "Credit Memos")])
def test_a_missing_right_names_the_box_to_tick(vendor: Vendor, resource: str, box: str) -> None:
    vendor.denied = {resource}
    with pytest.raises(SourceRefused, match=f"tick Sales > Operations > {box}"):
        connector(vendor).check()


def test_without_the_right_to_see_the_stores_the_rest_still_works(vendor: Vendor) -> None:
    vendor.denied = {"store/storeConfigs"}
    info = connector(vendor).check()
    assert info.zone is None
    assert "All Stores" in info.remarks[0]


def test_an_address_without_magento_and_a_store_that_is_not_there(vendor: Vendor) -> None:
    for wrong in (connector(vendor, path="/blog"), connector(vendor, store="french")):
        with pytest.raises(SourceRefused, match="no Magento at"):
            wrong.check()


@pytest.mark.parametrize("path", ["/rest", "/rest/all/V1", "/admin"])
def test_an_address_that_leads_into_the_shop_is_refused_in_the_file(vendor: Vendor, path: str) -> None:
    with pytest.raises(ValidationError, match=r"end the address before the /(rest|admin)"):
        connector(vendor, path=path)


# Stores.

FRENCH = {"id": 2, "code": "french", "website_id": 2, "base_currency_code": "CHF", "timezone": "Europe/Zurich"}


def test_a_store_that_is_not_there_is_told_with_those_that_are(vendor: Vendor) -> None:
    vendor.other_stores = [FRENCH]
    wrong = connector(vendor, store="german")
    for attempt in (
        wrong.check,
        lambda: list(wrong.read(MARCH)),
        lambda: list(wrong.changed_days(moment("2026-03-01"))),
    ):
        with pytest.raises(SourceRefused, match=r"with a store 'german': write as store one of all, default, french$"):
            attempt()


def test_only_the_website_of_the_store_is_read(vendor: Vendor) -> None:
    """Whatever store the address of a request names, Magento gives the orders of all."""
    vendor.other_stores = [FRENCH | {"base_url": "https://shop.example/fr/"}]
    back = (Refund(9, moment("2026-03-05 10:00"), Decimal("10.00"), Decimal("2.00")),)
    vendor.shop = Shop([order(refunds=back), order(2, refunds=(replace(back[0], id=10),)), order(3)])
    vendor.stores = {2: 2}
    french = connector(vendor, store="french")
    assert [reading.measures["revenue"] for reading in readings(french)] == [50, -10]
    info = french.check()
    assert (info.account, info.zone, info.currency) == ("https://shop.example/fr/", "Europe/Zurich", "CHF")
    assert len(list(french.changed_days(moment("2026-03-01")))) == 2


def test_what_several_websites_do_not_agree_upon_is_not_told_as_the_shop_s(vendor: Vendor) -> None:
    vendor.other_stores = [FRENCH]
    info = connector(vendor).check()
    assert (info.zone, info.currency) == (None, None)
    assert info.remarks == (
        "its websites have several time zones: Europe/Paris, Europe/Zurich",
        "its websites have several base currencies: CHF, EUR",
    )


# Pages.


def test_the_last_page_that_comes_again_is_not_counted_twice(vendor: Vendor) -> None:
    for repeats in (True, False):
        vendor.repeats_last_page = repeats
        for many in (99, 100, 101, 200):
            vendor.shop = Shop([order(number) for number in range(1, many + 1)])
            assert sum(int(found.measures["orders"] or 0) for found in readings(connector(vendor))) == many


def test_an_empty_list_may_be_null(vendor: Vendor) -> None:
    vendor.shop, vendor.empty_is_null = Shop([]), True
    assert list(connector(vendor).read(MARCH)) == []


def test_a_page_that_is_empty_though_there_is_more_is_noticed(vendor: Vendor) -> None:
    vendor.distort(lambda _: b'{"items": [], "total_count": 7}')
    with pytest.raises(SourceError, match="has 7 orders, and none on page 1"):
        list(connector(vendor).read(MARCH))


# Records that the interface allows.


@pytest.mark.parametrize(
    "field", ["state", "base_currency_code", "base_tax_amount", "base_shipping_amount", "total_qty_ordered"]
)
def test_an_order_without_a_field_that_may_be_null_is_left_out_by_its_id(vendor: Vendor, field: str) -> None:
    vendor.shop, vendor.changes = Shop([order(1), order(727), order(3, "2026-03-04 10:00")]), {727: {field: None}}
    items = list(connector(vendor).read(MARCH))
    told = f"order 727: has no '{field}': left out"
    assert Remark(told) in items
    assert Note(DAY, Quality.TRUNCATED, told) in items
    revenue = [item.measures["revenue"] for item in items if isinstance(item, Reading)]
    assert revenue == [50, None, 50]


def test_a_field_that_may_be_null_and_is_not_looked_at_does_not_matter(vendor: Vendor) -> None:
    vendor.shop, vendor.changes = Shop([order()]), {1: {"base_tax_amount": None, "base_shipping_amount": None}}
    assert one(vendor, with_tax=True, with_shipping=True)[0].measures["revenue"] == 60


def test_nothing_is_sent_of_a_virtual_order(vendor: Vendor) -> None:
    refund = Refund(9, moment("2026-03-05 10:00"), Decimal("10.00"), Decimal("2.00"))
    vendor.shop, vendor.virtual = Shop([order(refunds=(refund,))]), {1}
    assert [reading.measures["revenue"] for reading in one(vendor)] == [50, -10]


# Figures.


def one(vendor: Vendor, **options: Any) -> list[Reading]:
    return readings(connector(vendor, **options))


def test_parent_and_child_of_a_configurable_product_are_one_item(vendor: Vendor) -> None:
    vendor.shop = Shop([order(items=2)])
    assert one(vendor)[0].measures["items"] == 2


def test_store_credit_and_gift_cards_are_payment_not_discount(vendor: Vendor) -> None:
    vendor.shop = Shop([order()])
    vendor.extensions = {1: {"base_customer_balance_amount": 20, "base_gift_cards_amount": "5.5"}}
    assert one(vendor)[0].measures["revenue"] == Decimal("75.50")


def test_amounts_are_those_of_the_base_currency(vendor: Vendor) -> None:
    vendor.shop = Shop([order(currency="EUR")])
    assert one(vendor)[0].origin.currency == "EUR"


def test_several_coupons_of_one_order(vendor: Vendor) -> None:
    vendor.shop = Shop([order(coupons=("SPRING", "LEA"))])
    assert one(vendor)[0].origin.coupon == "LEA|SPRING"


def test_labels_from_an_extension_attribute_of_a_module(vendor: Vendor) -> None:
    vendor.shop = Shop([order(), order(2)])
    vendor.extensions = {1: {"utm_campaign": "spring-sale"}}
    found = one(vendor, labels={"campaign": "utm_campaign"})
    assert [reading.origin.campaign for reading in found] == ["spring-sale", ""]


def test_an_order_of_a_guest_without_an_address_has_an_unknown_customer(vendor: Vendor) -> None:
    vendor.shop = Shop([Order(1, moment("2026-03-03 10:00"), Decimal(5))])
    assert one(vendor)[0].measures["new_customers"] is None


def test_other_states_count_where_the_entry_says_so(vendor: Vendor) -> None:
    vendor.shop = Shop([order(state="unpaid")])
    assert one(vendor)[0].measures["orders"] == 0
    assert one(vendor, states=["pending_payment"])[0].measures["orders"] == 1


def test_a_state_that_no_order_is_in_is_told_with_those_that_magento_has(vendor: Vendor) -> None:
    vendor.shop, vendor.changes = Shop([order(), order(2)]), {2: {"state": "waiting_for_tea"}}
    wrong = connector(vendor, states=["processing", "completed"])
    for attempt in (wrong.check, lambda: list(wrong.read(MARCH))):
        with pytest.raises(SourceRefused, match="no order is in the state 'completed': write as states some of new, "):
            attempt()
    of_a_module = connector(vendor, states=["processing", "waiting_for_tea"])
    assert [reading.measures["orders"] for reading in readings(of_a_module)] == [1, 1]


def test_an_open_credit_memo_and_one_of_a_cancelled_order_give_nothing_back(vendor: Vendor) -> None:
    refund = Refund(9, moment("2026-03-05 10:00"), Decimal("10.00"), Decimal("2.00"))
    vendor.shop = Shop([order(state="cancelled", refunds=(refund,))])
    assert [reading.measures.get("refunds") for reading in one(vendor)] == [None]
    vendor.shop = Shop([order(refunds=(refund,))])
    assert [reading.measures.get("refunds") for reading in one(vendor)] == [None, Decimal("10.0")]
    vendor.distort(lambda body: body.replace(b'"state": 2', b'"state": 1'))
    assert [reading.measures.get("refunds") for reading in one(vendor)] == [None]


def test_a_daily_run_of_a_small_shop_takes_four_calls(vendor: Vendor) -> None:
    """Orders, credit memos with the orders they belong to, and the two lists of what changed."""
    vendor.shop = Shop([order(refunds=(Refund(9, moment("2026-03-03 11:00"), Decimal(1)),))])
    source = connector(vendor)
    list(source.changed_days(moment("2026-03-03 06:00")))
    list(source.read(Window(DAY, DAY + timedelta(days=1))))
    assert vendor.calls == 5

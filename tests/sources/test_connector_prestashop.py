"""PrestaShop: the shared contracts over a simulated webservice, the recorded answers of a real one, and its traps."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
import requests
import yaml
from connector_contract import MARCH, ConnectorContract, Over, Row, readings, sums, told
from fault_contract import FaultContract
from pydantic import ValidationError
from shop_contract import Open, ShopContract, pseudonym
from simulators.prestashop import KEY, PrestaShop, example, money
from simulators.shop import Order, Refund, Shop, a_month, moment
from simulators.web_server import WebServer, bytes_answer, json_answer, text_answer

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.sources import SourceEntry
from connectors.base import Buyer, Connector, Context, Gone, Item, Reading, Remark
from connectors.kit.http import RequestLimits
from connectors.shops.prestashop import PrestaShop as Connected
from connectors.shops.prestashop_facts import PrestaShopOptions
from connectors.shops.prestashop_webservice import ShopKey, Webservice

DAY = timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")
OTHER_KEY = "CANARY9KEYOFSOMEBODYELSE98765432"
RECORDED = Path(__file__).parents[1] / "support" / "fixtures" / "prestashop"


def connected(url: str, key: str = KEY, zone: str = "Europe/Paris", **options: Any) -> Connected:
    """A connector as ``sources.yaml`` would make it, with the plan's zone."""
    entry = {"connector": "prestashop", "url": url, "key": {"env": "PRESTASHOP_KEY"}, **options}
    context = Context("shop", Path(), zone, "EUR", lambda _: key, pseudonym)
    return Connected(PrestaShopOptions.model_validate(entry), context)


class TwoMeasures(Connected):
    """Tells of pieces and revenue alone: the ledgers of the shared contract know two measures."""

    def read(self, window: Window) -> Iterator[Item]:
        for item in super().read(window):
            if isinstance(item, Reading):
                yield item._replace(measures={name: item.measures[name] for name in ("items", "revenue")})


@pytest.fixture
def vendor() -> Iterator[PrestaShop]:
    with PrestaShop() as vendor:
        yield vendor


@pytest.fixture
def url(vendor: PrestaShop) -> str:
    return f"http://{vendor.host}"


class TestPrestaShop(ConnectorContract):
    count: ClassVar = "items"
    label: ClassVar = "coupon"
    canaries: ClassVar = (KEY, OTHER_KEY)
    many: ClassVar = 2_500
    weighed: ClassVar = 1_200
    flat: ClassVar = 1 << 20  # all orders at once would take more
    leaves_out: ClassVar[Mapping[str, str]] = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "a shop's order always has a total",
    }

    @pytest.fixture
    def over(self, vendor: PrestaShop, url: str) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            vendor.hold(Shop([_order(number, row) for number, row in enumerate(ledger, 1)]))
            made = connected(url, money="order")
            return TwoMeasures(made.options, made.context)

        return build

    @pytest.fixture
    def absent(self, url: str) -> Connector:
        return connected(f"{url}/boutique")

    @pytest.fixture
    def failing(self, url: str) -> Sequence[Connector]:
        return [
            connected(url, OTHER_KEY),
            connected(url, "canary9keyofsomebody"),
            connected(url, OTHER_KEY, key_in_query=True),
            connected(url, OTHER_KEY, format="xml"),
        ]

    @pytest.fixture
    def consumed(self, vendor: PrestaShop) -> Callable[[], int]:
        return lambda: vendor.calls


def _order(number: int, row: Row) -> Order:
    """An order at noon that comes to what a line of the ledger says."""
    count, revenue = row.measures["items"], row.measures["revenue"]
    assert isinstance(count, int)
    assert revenue is not None
    label = row.labels["coupon"]
    at = datetime.combine(row.day, time(12), tzinfo=PARIS).astimezone(UTC)
    coupons = (label,) if label else ()
    return Order(number, at, Decimal(revenue), items=count, currency=row.currency, coupons=coupons)


class TestPrestaShopShop(ShopContract):
    known: ClassVar = frozenset({"coupon"})
    options: ClassVar[Mapping[str, Any]] = {"money": "order"}

    @pytest.fixture
    def open(self) -> Iterator[Open]:
        with ExitStack() as vendors:

            def start(shop: Shop, **options: Any) -> Connector:
                return connected(f"http://{vendors.enter_context(PrestaShop(shop)).host}", **options)

            yield start


class TestPrestaShopInTrouble(FaultContract):
    connector_class: ClassVar = Connected
    canaries: ClassVar = (KEY,)
    drifts: ClassVar = 60

    @pytest.fixture
    def vendor(self) -> Iterator[PrestaShop]:
        with PrestaShop(_three_days()) as vendor:
            yield vendor

    @pytest.fixture
    def connector(self, vendor: PrestaShop) -> Connector:
        return connected(f"http://{vendor.host}")


def _three_days() -> Shop:
    """A few orders, one of them cancelled, with coupons and a refund."""
    shop = a_month(start=date(2026, 3, 10), days=3, a_day=3, currencies=("EUR",))
    orders = [replace(order, state="paid", refunds=()) for order in shop.orders]
    orders[4] = replace(orders[4], state="cancelled")
    orders[0] = replace(orders[0], refunds=(Refund(7, moment("2026-03-11 10:00"), Decimal(5), Decimal(1), items=1),))
    return Shop(orders)


# What a real shop answered.

SANTIAGO = "America/Santiago"
AUTUMN = Window(date(2026, 9, 1), date(2026, 11, 22))
BASES: Sequence[Mapping[str, Any]] = (
    {},
    {"with_tax": True},
    {"with_shipping": True},
    {"with_tax": True, "with_shipping": True},
)


def total(items: Iterable[Item], measure: str) -> Any:
    """The sum of a measure, unknown ones left out."""
    return sum(item.measures.get(measure) or 0 for item in items if isinstance(item, Reading))


def rows_of(file: Path) -> list[Any]:
    """What stands in an answer, whatever its name."""
    (rows,) = json.loads(file.read_bytes()).values()
    assert isinstance(rows, list)
    return rows


@pytest.fixture
def recorded(vendor: PrestaShop, reference: Path) -> PrestaShop:
    """The simulator over the rows of the real one."""
    folder = reference / "recorded" / "prestashop"
    for kind in vendor.tables.keys() - {"configurations"}:
        vendor.tables[kind] = rows_of(folder / ("orders_full.json" if kind == "orders" else f"{kind}.json"))
    vendor.tables["configurations"][0]["value"] = SANTIAGO
    return vendor


@pytest.mark.parametrize(("money", "currency"), [("order", "EUR"), ("shop", "CLP")])
def test_the_recorded_october_comes_to_what_it_was(vendor: PrestaShop, url: str, money: str, currency: str) -> None:
    """The rows that its answers had, without the folder of all of them."""
    vendor.tables = {file.stem.partition("_window")[0]: rows_of(file) for file in RECORDED.glob("*.json")}
    connector = connected(url, zone=SANTIAGO, timezone=SANTIAGO, currency="CLP", money=money)
    items = list(connector.read(Window(date(2026, 10, 1), date(2026, 11, 1))))
    assert {item.origin.currency for item in items if isinstance(item, Reading | Buyer)} == {currency}
    assert (total(items, "orders"), total(items, "revenue")) == (9, Decimal("563.47"))
    assert {key[1].coupon for key in sums(items) if key[2] == "orders"} == {"", "BIENVENUE5", "PRINTEMPS10"}
    assert len([item for item in items if isinstance(item, Buyer)]) == 9


def test_the_recorded_shop_comes_to_what_its_own_database_says(recorded: PrestaShop, url: str) -> None:
    connector = connected(url, zone=SANTIAGO, money="order")
    found = [item for item in connector.read(AUTUMN) if isinstance(item, Reading)]
    assert (total(found, "orders"), total(found, "revenue")) == (29, Decimal("1817.15"))
    months = {month: [item for item in found if item.day.month == month] for month in (9, 10, 11)}
    by_month = {month: (total(items, "orders"), total(items, "revenue")) for month, items in months.items()}
    assert by_month == {9: (7, Decimal("428.50")), 10: (9, Decimal("563.47")), 11: (13, Decimal("825.18"))}
    slips = list(connector.read(Window(date(2026, 11, 22), date(2026, 11, 23))))
    assert [item.measures["refunds"] for item in slips if isinstance(item, Reading)] == [
        Decimal("11.90"), Decimal("29.00"), Decimal("18.90"),
    ]  # fmt: skip
    assert total(slips, "revenue") == Decimal("-59.80")
    for basis in BASES:
        same = connected(url, zone=SANTIAGO, money="order", **basis)
        assert total(same.read(AUTUMN), "revenue") == Decimal("1817.15")


def test_the_recorded_shop_counts_what_is_not_paid_where_told_to(recorded: PrestaShop, url: str) -> None:
    """Four wait for their money, one payment failed, six were given back."""
    connector = connected(url, zone=SANTIAGO, money="order", count_unpaid=True)
    found = list(connector.read(AUTUMN))
    assert (total(found, "orders"), total(found, "revenue")) == (33, Decimal("1966.19"))


def test_the_recorded_shop_says_that_its_rates_may_be_wrong(recorded: PrestaShop, url: str) -> None:
    info = connected(url).check()
    assert (info.zone, info.currency) == (SANTIAGO, "CLP")
    assert info.remarks == ("CLP and EUR have a rate of 1: where orders are not in CLP, write money: order",)


def test_recorded_xml_reads_as_recorded_json(reference: Path) -> None:
    folder = reference / "recorded" / "prestashop"
    with WebServer() as server:
        server.on("/api/orders", bytes_answer((folder / "orders_full.json").read_bytes()))
        in_json = Webservice("shop", ShopKey(f"http://{server.host}", KEY)).rows("orders", "full")
        server.on("/api/orders", bytes_answer((folder / "orders_full_xml.xml").read_bytes(), kind="text/xml"))
        in_xml = Webservice("shop", ShopKey(f"http://{server.host}", KEY), in_xml=True).rows("orders", "full")
    assert len(in_json) == 40
    assert [_as_texts(row.values) for row in in_xml] == [_as_texts(row.values) for row in in_json]


def _as_texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_texts(part) for name, part in value.items()}
    return [_as_texts(part) for part in value] if isinstance(value, list) else str(value)


def test_the_simulator_answers_as_the_real_one_did(recorded: PrestaShop, url: str, reference: Path) -> None:
    folder = reference / "recorded" / "prestashop"
    compared = 0
    for entry in json.loads((folder / "index.json").read_bytes()):
        name = entry["file"].partition(".")[0]
        if entry["params"].get("output_format") != "JSON" or name in LEFT_OUT:
            continue
        recorded.is_on = name != "err_webservice_disabled_503"
        key = {"err_bad_key": OTHER_KEY, "err_short_key": "short"}.get(name, KEY)
        params = {name: value for name, value in entry["params"].items() if name != "ws_key"}
        given = requests.get(
            f"{url}/api{entry['path']}", params, auth=None if name == "err_no_key" else (key, ""), timeout=5
        )
        real = (folder / entry["file"]).read_bytes()
        assert given.status_code == entry["status"], name
        if name.startswith("err_") or given.status_code >= 400:
            assert _code(given.content) == _code(real), name
        else:
            assert given.json() == json.loads(real), name
        compared += 1
    assert compared >= 20


#: its languages, payments and the like, which are not asked for; one object without ``display`` lacks some fields
LEFT_OUT = {
    "root_json",
    "order_one",
    "order_histories",
    "order_payments",
    "order_details",
    "languages",
    "orders_language_filter",
}


def _code(content: bytes) -> Any:
    """The first code: those of PHP's own warnings may follow it."""
    return json.loads(content)["errors"][0]["code"] if content[:1] == b"{" else content


# Days, pages and formats.

ONE_DAY = Window(date(2026, 3, 10), date(2026, 3, 11))
NET = Decimal("50.00")


def an_order(number: int = 1, at: str = "2026-03-10 12:00", **values: Any) -> Order:
    """A plain order of 50.00 net, 10.00 of tax."""
    plain = {"net": NET, "tax": Decimal("10.00"), "email": f"p{number}@mail.example"}
    return Order(number, moment(at), **{**plain, **values})


def measures(connector: Connector, window: Window = ONE_DAY) -> list[Mapping[str, Any]]:
    return [item.measures for item in readings(connector, window)]


def test_days_are_asked_for_in_the_shop_s_time_and_cut_in_the_plan_s(vendor: PrestaShop, url: str) -> None:
    """10 March in Paris is 10 March 08:00 to 11 March 08:00 in Tokyo."""
    at = ["2026-03-09 23:59:59", "2026-03-10 00:00:00", "2026-03-10 23:59:59", "2026-03-11 00:00:00"]
    vendor.hold(Shop([an_order(number, text) for number, text in enumerate(at, 1)], zone="Asia/Tokyo"))
    assert len(measures(connected(url))) == 2
    (asked,) = [seen for seen in vendor.seen if seen.path == "/api/orders"]
    assert asked.query["filter[date_add]"] == "[2026-03-10 07:00:00,2026-03-11 09:00:00]"
    assert (asked.query["date"], asked.query["limit"]) == ("1", "0,50")
    assert asked.query["sort"] == "[date_add_ASC,id_ASC]"


def test_an_interval_with_a_t_would_find_nothing(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    asked = {"output_format": "JSON", "date": "1", "filter[date_add]": "[2026-03-10T00:00:00Z,2026-03-11T00:00:00Z]"}
    assert requests.get(f"{url}/api/orders", asked, auth=(KEY, ""), timeout=5).json() == []


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)], ids=["spring", "autumn"])
def test_no_order_is_lost_or_doubled_where_the_hour_that_comes_twice_lies_at_the_plan_s_midnight(
    vendor: PrestaShop, url: str, day: date
) -> None:
    first = datetime.combine(day, time(22), UTC)
    vendor.hold(Shop([replace(an_order(n), at=first + timedelta(minutes=20 * n)) for n in range(1, 20)]))
    connector = connected(url, zone="Atlantic/Azores")
    found = [total(connector.read(Window(one, one + DAY)), "orders") for one in (day, day + DAY)]
    assert all(found)
    assert sum(found) == 19


@pytest.mark.parametrize(("many", "pages"), [(0, 1), (49, 1), (50, 2), (51, 2)])
def test_pages_end_with_one_that_is_not_full(vendor: PrestaShop, url: str, many: int, pages: int) -> None:
    vendor.hold(Shop([an_order(number) for number in range(1, many + 1)]))
    assert len(measures(connected(url))) == many
    assert len([seen for seen in vendor.seen if seen.path == "/api/orders"]) == pages


def test_an_order_put_in_while_pages_are_read_does_not_double_another(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(number) for number in range(10, 70)]))
    items = connected(url).read(ONE_DAY)
    first = next(items)
    vendor.hold(Shop([an_order(1), *vendor.shop.orders]))
    assert total([first, *items], "orders") == 60


def test_a_shop_is_read_the_same_in_every_format(vendor: PrestaShop, url: str) -> None:
    shop = a_month(days=4, campaigns=[{}], currencies=("EUR",))
    vendor.hold(shop)
    plain = list(connected(url).read(MARCH))
    assert list(connected(url, format="xml").read(MARCH)) == plain
    assert connected(url, format="xml").check() == connected(url).check()
    vendor.texts = True
    assert list(connected(url).read(MARCH)) == plain
    since = moment("2026-03-03 00:00")
    assert [*connected(url, format="xml").changed_days(since)] == [*connected(url).changed_days(since)] != []


@pytest.mark.parametrize("format", ["json", "xml"])
def test_warnings_of_php_before_json_do_no_harm_and_before_xml_are_told(
    vendor: PrestaShop, url: str, format: str
) -> None:
    vendor.hold(Shop([an_order()]))
    notice = b"<br />\n<b>Notice</b>:  Undefined index: x in <b>/a.php</b> on line <b>3</b><br />\n"
    vendor.distort(lambda body: notice + body)
    connector = connected(url, format=format)
    if format == "json":
        assert len(measures(connector)) == 1
    else:
        with pytest.raises(SourceMisread, match="not the XML it documents"):
            measures(connector)


def test_what_a_person_gave_is_not_even_asked_for(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    connected(url).check()
    list(connected(url).read(ONE_DAY))
    asked = {seen.path: seen.query for seen in vendor.seen}
    assert asked["/api/customers"]["display"] == "[id,email]"
    assert asked["/api/configurations"]["filter[name]"] == "[PS_TIMEZONE|PS_CURRENCY_DEFAULT]"
    assert "full" not in asked["/api/orders"]["display"]


def remarks(connector: Connector) -> list[str]:
    """What it says was left out."""
    return [item.text for item in connector.read(ONE_DAY) if isinstance(item, Remark)]


def test_a_daily_run_asks_a_dozen_times(vendor: PrestaShop, url: str) -> None:
    refund = Refund(7, moment("2026-03-12 10:00"), Decimal(5))
    orders = [an_order(n, f"2026-03-{n % 4 + 10} 10:00", coupons=("A",)) for n in range(1, 101)]
    vendor.hold(Shop([*orders, replace(an_order(200, "2026-02-10 10:00"), refunds=(refund,))]))
    connector = connected(url)
    list(connector.changed_days(moment("2026-03-13 00:00")))
    assert vendor.calls == 4  # settings, orders, their slips, slips
    list(connector.read(Window(date(2026, 3, 10), date(2026, 3, 14))))
    assert vendor.calls == 4 + 3 + 3 * 3 + 1 + 3  # settings; three pages that overlap by a row; slips with their orders


# Money.


def test_money_is_the_shop_s_by_the_rate_of_its_time_or_the_order_s(vendor: PrestaShop, url: str) -> None:
    vendor.rates = {"USD": "1.1"}
    vendor.hold(Shop([an_order(1, currency="USD", net=Decimal("55.00")), an_order(2)]))
    vendor.tables["currencies"][1]["conversion_rate"] = "1.250000"  # today's
    assert [reading.origin.currency for reading in readings(connected(url), ONE_DAY)] == ["EUR", "EUR"]
    assert [told["revenue"] for told in measures(connected(url))] == [50, 50]
    own = readings(connected(url, money="order"), ONE_DAY)
    assert [(reading.origin.currency, reading.measures["revenue"]) for reading in own] == [("USD", 55), ("EUR", 50)]


def test_a_credit_slip_has_a_rate_of_its_own(vendor: PrestaShop, url: str) -> None:
    vendor.rates = {"USD": "1.1"}
    refund = Refund(7, moment("2026-03-10 18:00"), Decimal("25.00"))
    vendor.hold(Shop([an_order(currency="USD", net=Decimal("55.00"), refunds=(refund,))]))
    vendor.tables["order_slip"][0]["conversion_rate"] = "1.250000"
    assert [told["revenue"] for told in measures(connected(url))] == [50, -20]


def test_a_rate_of_zero_is_told(vendor: PrestaShop, url: str) -> None:
    vendor.rates = {"USD": "0"}
    vendor.hold(Shop([an_order(currency="USD")]))
    (remark,) = remarks(connected(url))
    assert remark.startswith("order 1: conversion_rate is 0")
    assert measures(connected(url))[-1]["revenue"] is None


#: E, I and A of a slip; its type, its shipping without tax and with it, and what its details add up to
SLIPS = {
    "goods": (50, 60, 60, 0, (0, 0), (50, 60), (50, 60)),
    "goods without tax displayed": (50, 60, 50, 0, (0, 0), (50, 60), (50, 60)),
    "a voucher deducted, tax displayed": (38, 60, 60, 1, (0, 0), (50, 60), (40, 48)),
    "a voucher deducted, tax not displayed": (50, 48, 50, 1, (0, 0), (50, 60), (40, 48)),
    "goods and shipping": (50, 60, 60, 2, (5, 6), (50, 60), (50, 60)),
    "goods and shipping, a voucher deducted": (50, 48, 50, 2, (5, 6), (50, 60), (40, 48)),
    "a chosen amount": (50, 60, 30, 2, (0, 0), (50, 60), (25, 30)),
    "a chosen amount and shipping": (50, 60, 30, 2, (5, 6), (50, 60), (25, 30)),
    "shipping alone": (0, 0, 0, 2, (5, 6), None, (0, 0)),
}


@pytest.mark.parametrize("case", SLIPS.values(), ids=list(SLIPS))
def test_every_kind_of_credit_slip_on_every_basis(vendor: PrestaShop, url: str, case: tuple[Any, ...]) -> None:
    excl, incl, amount, kind, (shipping, shipping_incl), details, (net, gross) = case
    vendor.hold(Shop([an_order(refunds=(Refund(7, moment("2026-03-10 18:00"), NET),))]))
    (slip,) = vendor.tables["order_slip"]
    texts = {"total_products_tax_excl": excl, "total_products_tax_incl": incl, "amount": amount}
    texts |= {"total_shipping_tax_excl": shipping, "total_shipping_tax_incl": shipping_incl}
    slip.update({name: money(Decimal(value)) for name, value in texts.items()}, order_slip_type=str(kind))
    if details:
        inner = {"amount_tax_excl": money(Decimal(details[0])), "amount_tax_incl": money(Decimal(details[1]))}
        slip["associations"]["order_slip_details"] = [inner]
    else:
        del slip["associations"]
    found = [measures(connected(url, **basis))[1]["refunds"] for basis in BASES]
    tax = shipping_incl - shipping
    assert [round(amount, 6) for amount in found] == [net, gross + tax, net + shipping, gross + shipping + tax]


def test_a_voucher_deducted_needs_the_details_and_an_unknown_kind_is_told(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(refunds=(Refund(7, moment("2026-03-10 18:00"), NET),))]))
    (slip,) = vendor.tables["order_slip"]
    slip["order_slip_type"] = "3"
    assert remarks(connected(url)) == ["order slip 7: order_slip_type 3 is not known: left out"]
    slip["order_slip_type"] = "1"
    del slip["associations"]
    assert remarks(connected(url)) == ["order slip 7: has no 'associations': left out"]


def test_shipping_that_a_coupon_paid_is_not_taken_off_twice(vendor: PrestaShop, url: str) -> None:
    """Goods 50.00, shipping 5.00, a coupon for the shipping: PrestaShop says 55 - 5 = 50 paid, and 5 of shipping."""
    vendor.hold(Shop([an_order(shipping=Decimal("5.00"), coupons=("PORT",))]))
    (order,), (rule,) = vendor.tables["orders"], vendor.tables["order_cart_rules"]
    order["total_paid_tax_excl"] = "50.000000"
    rule.update(free_shipping="1", value_tax_excl="5.000000")
    assert measures(connected(url))[0]["revenue"] == 50
    assert measures(connected(url, with_shipping=True))[0]["revenue"] == 50
    rule.update(free_shipping="0")
    assert measures(connected(url))[0]["revenue"] == 45


# Which orders count.


@pytest.mark.parametrize(
    ("state", "counts"),
    [("paid", 1), ("backorder", 1), ("unpaid", 0), ("cancelled", 0), ("refunded", 0), ("failed", 0)],
)
def test_an_order_counts_by_what_its_state_stands_for(vendor: PrestaShop, url: str, state: str, counts: int) -> None:
    vendor.hold(Shop([an_order(state=state)]))
    for row in vendor.tables["order_states"]:
        row.update(id=row["id"] + 40, name="Estado")
    vendor.tables["orders"][0]["current_state"] += 40
    (found,) = measures(connected(url))
    assert found["orders"] == counts
    assert counts or found == {"orders": 0, "items": 0, "revenue": 0}


@pytest.mark.parametrize("template", [str, lambda text: [{"id": "1", "value": text}, {"id": "2", "value": text}]])
@pytest.mark.parametrize("format", ["json", "xml"])
def test_orders_that_wait_for_money_count_where_told_to(
    vendor: PrestaShop, url: str, template: Callable[[str], Any], format: str
) -> None:
    states = ["paid", "backorder", "unpaid", "cancelled", "refunded", "failed"]
    vendor.hold(Shop([an_order(number, state=state) for number, state in enumerate(states, 1)]))
    for row in vendor.tables["order_states"]:
        row["template"] = template(row["template"])
    assert [told["orders"] for told in measures(connected(url, format=format))] == [1, 1, 0, 0, 0, 0]
    found = measures(connected(url, count_unpaid=True, format=format))
    assert [told["orders"] for told in found] == [1, 1, 1, 0, 0, 0]


def test_where_a_state_is_gone_the_order_remembers(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(1), an_order(2)]))
    vendor.tables["orders"][0].update(current_state=99, valid="1")
    vendor.tables["orders"][1].update(current_state=99, valid="0")
    assert [told["orders"] for told in measures(connected(url))] == [1, 0]


def test_a_slip_of_an_order_that_does_not_count_takes_nothing_off(vendor: PrestaShop, url: str) -> None:
    slip = Refund(7, moment("2026-03-10 18:00"), NET)
    vendor.hold(Shop([an_order(state="refunded", refunds=(slip,)), an_order(2, refunds=(replace(slip, id=8),))]))
    del vendor.tables["orders"][1]  # deleted, or another shop's
    assert measures(connected(url)) == [{"orders": 0, "items": 0, "revenue": 0}, {"orders": 0}, {"orders": 0}]


def test_a_split_cart_is_two_orders_with_one_reference(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(1), an_order(2)]))
    assert {row["reference"] for row in vendor.tables["orders"]} == {"KHWLILZLL"}
    assert sum(told["orders"] for told in measures(connected(url))) == 2


def test_an_order_without_rows_has_an_unknown_number_of_pieces(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    vendor.tables["orders"][0]["associations"]["order_rows"] = []
    assert measures(connected(url))[0]["items"] is None


@pytest.mark.parametrize(("invoice", "is_gone"), [(12, True), (0, False)])
def test_an_order_that_was_invoiced_and_does_not_count_is_gone_in_whatever_state(
    vendor: PrestaShop, url: str, invoice: int, is_gone: bool
) -> None:
    """A state of the team's own has no mail to know it by: lost in the post, or waiting for the bank."""
    vendor.hold(Shop([an_order()]))
    own = {"id": 40, "name": "Perdu", "template": "", "paid": "0", "logable": "0"}
    vendor.tables["order_states"].append(own)
    vendor.tables["orders"][0].update(current_state=40, valid="0", invoice_number=invoice)
    items = list(connected(url).read(ONE_DAY))
    assert (Gone(ONE_DAY.start) in items) == is_gone
    assert measures(connected(url)) == [{"orders": 0, "items": 0, "revenue": 0}]


# What changed.


def test_an_order_cancelled_later_changes_the_day_of_its_slip_too(vendor: PrestaShop, url: str) -> None:
    slip = Refund(7, moment("2026-03-10 18:00"), NET)
    vendor.hold(Shop([an_order(1, "2026-03-03 10:00", refunds=(slip,)), an_order(2, "2026-03-04 10:00")]))
    since = moment("2026-04-20 06:00")
    assert list(connected(url).changed_days(since)) == []
    vendor.shop.change(1, state="cancelled", modified_at=moment("2026-04-20 09:00"))
    assert set(connected(url).changed_days(since)) == {date(2026, 3, 3), date(2026, 3, 10)}


def test_hundreds_of_changes_are_walked_by_ids(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(number, f"2026-03-{number % 30 + 1:02} 10:00") for number in range(1, 251)]))
    assert len(list(connected(url).changed_days(moment("2026-02-01 00:00")))) == 250
    asked = [seen.query["filter[id]"] for seen in vendor.seen if seen.path == "/api/orders"]
    assert asked == [">[0]", ">[100]", ">[200]"]


def test_an_order_of_no_day_changes_none(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    vendor.tables["orders"][0]["date_add"] = "0000-00-00 00:00:00"
    assert list(connected(url).changed_days(moment("2026-02-01 00:00"))) == []


def test_pages_that_go_round_in_a_circle_are_told(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(number) for number in range(1, 102)]))
    rows = {"orders": [{"id": row["id"], "date_add": row["date_add"]} for row in vendor.tables["orders"][:100]]}
    vendor.fail_on("/api/orders", json_answer(rows))
    with pytest.raises(SourceMisread, match="again and again"):
        list(connected(url).changed_days(moment("2026-02-01 00:00")))


# Coupons and people.


def test_coupons_are_codes_and_automatic_rules_have_none(vendor: PrestaShop, url: str) -> None:
    codes = [("SPRING", "LEA20"), ("AUTO",), ("GONE",), ("TAKEN-OFF",), ()]
    vendor.hold(Shop([an_order(number, coupons=code) for number, code in enumerate(codes, 1)]))
    for rule in vendor.tables["cart_rules"]:
        rule["code"] = "" if rule["code"] == "AUTO" else rule["code"]
    vendor.tables["cart_rules"] = [rule for rule in vendor.tables["cart_rules"] if rule["code"] != "GONE"]
    vendor.tables["order_cart_rules"][4]["deleted"] = "1"
    found = [reading.origin.coupon for reading in readings(connected(url), ONE_DAY)]
    assert found == ["LEA20|SPRING", "", "(deleted cart rule 4)", "", ""]
    (remark,) = remarks(connected(url))
    assert "(deleted cart rule 4)" in remark


@pytest.fixture
def coupon_of(url: str) -> Callable[[int], str]:
    """Gives the coupon that an order of ``ONE_DAY`` is read with by connectors that share a memory."""
    kept: dict[tuple[str, str], str] = {}

    def remember(kind: str, known: Mapping[str, str], asked: Sequence[str]) -> Mapping[str, str]:
        kept.update({(kind, id): name for id, name in known.items()})
        return {id: kept[kind, id] for id in asked if (kind, id) in kept}

    def coupon(place: int) -> str:
        connector = connected(url)
        connector.context = replace(connector.context, remember=remember)
        return readings(connector, ONE_DAY)[place].origin.coupon

    return coupon


def test_a_coupon_keeps_its_code_when_the_shop_deletes_it(vendor: PrestaShop, coupon_of: Callable[[int], str]) -> None:
    vendor.hold(Shop([an_order(1, coupons=("ENDED",)), an_order(2)]))
    assert coupon_of(0) == "ENDED"
    vendor.hold(Shop([an_order(1, coupons=("ENDED",)), an_order(2, coupons=("ENDED",))]))
    vendor.tables["cart_rules"].clear()
    assert [coupon_of(0), coupon_of(1)] == ["ENDED", "ENDED"]


def test_a_sale_keeps_its_coupon_when_the_rule_gets_another_code(
    vendor: PrestaShop, coupon_of: Callable[[int], str]
) -> None:
    """A rule of the summer is written anew for Christmas: the orders of the summer stay those of the summer."""
    vendor.hold(Shop([an_order(1, coupons=("SUMMER",)), an_order(2)]))
    assert coupon_of(0) == "SUMMER"
    vendor.hold(Shop([an_order(1, coupons=("SUMMER",)), an_order(2, coupons=("SUMMER",))]))
    vendor.tables["cart_rules"][0]["code"] = "NOEL"
    assert [coupon_of(0), coupon_of(1)] == ["SUMMER", "NOEL"]


def test_a_coupon_without_a_code_has_none_ever_after(vendor: PrestaShop, coupon_of: Callable[[int], str]) -> None:
    vendor.hold(Shop([an_order(coupons=("AUTO",))]))
    for rule in vendor.tables["cart_rules"]:
        rule["code"] = ""
    assert [coupon_of(0), coupon_of(0)] == ["", ""]


def test_coupons_that_cannot_be_read_leave_out_their_order_alone(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(1, coupons=("A",)), an_order(2, coupons=("B",))]))
    vendor.tables["order_cart_rules"][0].update(free_shipping="1", value_tax_excl="")
    assert remarks(connected(url)) == ["order 1: order cart rule 1: value_tax_excl is a text, not an amount: left out"]
    found = readings(connected(url), ONE_DAY)
    assert [(one.origin.coupon, one.measures["revenue"]) for one in found] == [("", None), ("B", 50)]


def test_a_slip_that_names_no_order_is_left_out_alone(vendor: PrestaShop, url: str) -> None:
    slip = Refund(7, moment("2026-03-10 18:00"), Decimal(5))
    vendor.hold(Shop([an_order(1, refunds=(slip,)), an_order(2, refunds=(replace(slip, id=8),))]))
    vendor.tables["order_slip"][0]["id_order"] = ""
    assert remarks(connected(url)) == ["order slip 7: id_order is a text, not a whole number: left out"]
    assert [told["refunds"] for told in measures(connected(url)) if "refunds" in told] == [None, 5]


@pytest.mark.parametrize("field", ["id_customer", "current_state"])
def test_an_order_with_a_number_missing_is_left_out_alone(vendor: PrestaShop, url: str, field: str) -> None:
    vendor.hold(Shop([an_order(1), an_order(2)]))
    vendor.tables["orders"][0][field] = ""
    assert remarks(connected(url)) == [f"order 1: {field} is a text, not a whole number: left out"]
    assert [told["revenue"] for told in measures(connected(url))] == [None, 50]


def test_without_coupons_their_resources_are_left_alone(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(coupons=("SPRING",))]))
    vendor.allowed -= {"order_cart_rules", "cart_rules"}
    connector = connected(url, coupons=False)
    connector.check()
    assert [reading.origin.coupon for reading in readings(connector, ONE_DAY)] == [""]


def test_a_coupon_that_nobody_knows_is_told_once(vendor: PrestaShop, url: str) -> None:
    slip = Refund(7, moment("2026-03-10 18:00"), Decimal(5))
    vendor.hold(Shop([an_order(number, coupons=("A",), refunds=(slip,)) for number in range(1, 120)]))
    vendor.tables["cart_rules"].clear()
    (remark,) = remarks(connected(url))
    assert remark.startswith("coupon (deleted cart rule 1): its code is not known")


def test_who_was_erased_or_is_gone_is_nobody(vendor: PrestaShop, url: str) -> None:
    emails = ["anonymous@psgdpr.com", " ", None, "gone@mail.example", "ana@mail.example"]
    vendor.hold(Shop([an_order(number, email=email) for number, email in enumerate(emails, 1)]))
    vendor.tables["customers"] = [row for row in vendor.tables["customers"] if row["email"] != "gone@mail.example"]
    items = list(connected(url).read(ONE_DAY))
    assert [item.key for item in items if isinstance(item, Buyer)] == [pseudonym("ana@mail.example")]
    unknown = [item.measures for item in items if isinstance(item, Reading) and "new_customers" in item.measures]
    assert [told["new_customers"] for told in unknown] == [None] * 4


# Where it stands, and what it refuses.


def test_check_says_where_the_shop_stands(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([], zone="Asia/Tokyo", currency="JPY"))
    info = connected(url).check()
    assert (info.account, info.zone, info.currency) == (f"Boutique ({url})", "Asia/Tokyo", "JPY")
    assert info.remarks == ()


def test_a_key_that_may_not_read_settings_takes_the_plan_s_zone_and_says_so(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()], zone="Asia/Tokyo"))
    vendor.allowed.remove("configurations")
    info = connected(url).check()
    assert (info.zone, info.currency) == ("Europe/Paris", "EUR")
    assert info.remarks == ("its time zone is not known: Europe/Paris is the plan's; write timezone if it is another",)
    assert connected(url, timezone="Asia/Tokyo").check().remarks == ()
    assert measures(connected(url, timezone="Asia/Tokyo"))


@pytest.mark.parametrize("said", [{"currency": "EUR"}, {"money": "order"}], ids=str)
def test_an_entry_that_says_all_needs_no_settings(vendor: PrestaShop, url: str, said: dict[str, Any]) -> None:
    vendor.hold(Shop([an_order()]))
    vendor.allowed.remove("configurations")
    assert measures(connected(url, timezone="Europe/Paris", **said))
    vendor.allowed.add("configurations")
    vendor.tables["configurations"].clear()
    assert measures(connected(url, timezone="Europe/Paris", **said))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"timezone": "Asia/Tokyo"}, "timezone is Asia/Tokyo, but the shop says Europe/Paris: correct timezone"),
        ({"currency": "USD"}, "currency is USD, but the shop says EUR: correct currency, or leave it out"),
    ],
    ids=str,
)
def test_an_entry_that_the_shop_contradicts_is_refused(
    vendor: PrestaShop, url: str, said: dict[str, str], words: str
) -> None:
    """Orders of 50.00 euros would be 50.00 dollars, and those of the night would be of another day."""
    vendor.rates = {"USD": "1"}
    vendor.hold(Shop([an_order()]))
    connector = connected(url, **said)
    for attempt in (connector.check, lambda: list(connector.read(ONE_DAY))):
        with pytest.raises(SourceRefused, match=words):
            attempt()


def test_a_zone_of_another_name_and_the_same_clock_is_no_contradiction(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    assert measures(connected(url, timezone="Europe/Brussels"))


def test_the_currency_that_a_shop_counts_in_has_a_rate_of_1(vendor: PrestaShop, url: str) -> None:
    """Known though the key may not read its settings."""
    vendor.rates = {"CHF": "0.94"}
    vendor.hold(Shop([an_order()]))
    vendor.allowed.remove("configurations")
    with pytest.raises(SourceRefused, match="currency is CHF, but the shop says EUR"):
        measures(connected(url, currency="CHF"))
    assert measures(connected(url, currency="CHF", money="order"))


@pytest.mark.parametrize(
    ("may_see", "words"), [(True, r"there is 1 \(The tea shop\)$"), (False, "Multistore shows their numbers$")]
)
def test_a_shop_that_is_not_there_is_refused_with_those_that_are(
    vendor: PrestaShop, url: str, may_see: bool, words: str
) -> None:
    if not may_see:
        vendor.allowed.remove("shops")
    connector = connected(url, shop_id=7)
    for attempt in (connector.check, lambda: list(connector.read(ONE_DAY))):
        with pytest.raises(SourceRefused, match=f"correct shop_id .*{words}"):
            attempt()


def test_a_shop_of_several_has_its_own_settings_and_orders(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(1), an_order(2)]))
    vendor.tables["orders"][1]["id_shop"] = 2
    row = {"name": "PS_TIMEZONE", "id_shop_group": "1"}
    vendor.tables["configurations"] += [{"id": 50, **row, "value": "Asia/Tokyo", "id_shop": "2"}]
    vendor.tables["configurations"] += [{"id": 51, **row, "value": "Asia/Seoul", "id_shop": "3"}]
    assert connected(url, shop_id=1).check().zone == "Europe/Paris"
    assert connected(url, shop_id=2).check().zone == "Asia/Tokyo"
    assert len(measures(connected(url, shop_id=2))) == 1
    asked = next(seen for seen in reversed(vendor.seen) if seen.path == "/api/orders")
    assert (asked.query["id_shop"], asked.query["filter[id_shop]"]) == ("2", "[2]")


def test_a_currency_that_nothing_tells_is_asked_of_the_user(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(currency="USD")]))
    vendor.allowed.remove("configurations")
    with pytest.raises(SourceRefused, match="write currency, or money: order"):
        measures(connected(url))
    assert measures(connected(url, currency="EUR"))
    assert connected(url, money="order").check().currency is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.pop(0), "does not tell PS_TIMEZONE"),
        (lambda rows: rows[0].update(value="Paris"), "PS_TIMEZONE is no time zone"),
        (lambda rows: rows[1].update(value="77"), "does not tell the currency"),
    ],
)
def test_settings_that_say_nothing_are_told(
    vendor: PrestaShop, url: str, change: Callable[[list[Any]], Any], message: str
) -> None:
    vendor.hold(Shop([an_order()]))
    change(vendor.tables["configurations"])
    with pytest.raises((SourceMisread, SourceRefused), match=message):
        measures(connected(url))


def test_an_order_in_a_currency_the_shop_has_not_is_told(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    vendor.tables["orders"][0]["id_currency"] = 9
    (remark,) = remarks(connected(url, money="order"))
    assert remark == "order 1: id_currency is none of the shop's currencies: left out"
    vendor.tables["currencies"][0]["iso_code"] = "Euro"
    with pytest.raises(SourceMisread, match="iso_code is a text, not a currency"):
        measures(connected(url))


def test_check_names_the_boxes_to_tick(vendor: PrestaShop, url: str) -> None:
    vendor.allowed -= {"orders", "customers"}
    with pytest.raises(SourceRefused, match=r"shop: tick View \(GET\) for customers, orders at the key in Advanced"):
        connected(url).check()
    vendor.allowed = {"orders", "customers", "order_slip", "order_states", "currencies", "cart_rules"}
    with pytest.raises(SourceRefused, match=r"order_cart_rules at the key .*before PrestaShop 1\.7\.8.*coupons: false"):
        connected(url).check()
    vendor.hold(Shop([an_order()]))
    with pytest.raises(SourceRefused, match=r'tick View \(GET\).*"order_cart_rules" is not allowed'):
        list(connected(url).read(ONE_DAY))


@pytest.mark.parametrize("format", ["json", "xml"])
@pytest.mark.parametrize(
    ("key", "change", "options", "message"),
    [
        (OTHER_KEY, {}, {}, "does not take the key: see in Advanced Parameters > Webservice"),
        ("short", {}, {}, "one has 32 characters"),
        (KEY, {"takes_header": False}, {}, "gets no key: its server drops it; .* key_in_query: true"),
        (KEY, {"is_on": False}, {}, "has its webservice switched off: enable it"),
        (KEY, {}, {"shop_id": 7}, "does not give this shop to the key"),
    ],
)
def test_what_the_webservice_refuses_is_said_with_its_remedy(
    vendor: PrestaShop, url: str, key: str, change: dict[str, Any], options: dict[str, Any], message: str, format: str
) -> None:
    for name, value in change.items():
        setattr(vendor, name, value)
    connector = connected(url, key, format=format, **options)
    for attempt in (connector.check, lambda: list(connector.read(ONE_DAY))):
        with pytest.raises(SourceRefused, match=f"^shop: .*{message}") as caught:
            attempt()
        assert key not in told(caught.value)
    # none is tried again, as a 503 of this kind does not pass; of a shop that is not there, which are there is asked
    assert vendor.calls == (4 if options else 2)


@pytest.mark.parametrize(
    ("status", "code", "words", "error", "message"),
    [
        (500, 32, "This filter does not exist.", SourceRefused, r"does not take the request \(code 32\): This filter"),
        (200, 35, "Unable to display this field", SourceRefused, r"does not take the request \(code 35\)"),
        (405, 25, "Method GET is not allowed for the resource orders", SourceRefused, r"tick View \(GET\)"),
        (404, 999, "This shop id does not exist", SourceRefused, "correct shop_id"),
        (401, 21, "No permission for this authentication key", SourceRefused, "no permission at all"),
        (400, 27, 'Resource of type "order_cart_rules" does not exists', SourceRefused, "write coupons: false"),
        (200, 8, "[PHP Warning #2] foreach()", SourceUnavailable, r"is in trouble \(code 8\): \[PHP Warning #2\]"),
        (500, 8, "[PHP Warning #2] foreach()", SourceUnavailable, r"is in trouble \(500\): .*PHP Warning #2"),
    ],
)
def test_its_codes_decide_whatever_the_status(
    vendor: PrestaShop, url: str, monkeypatch: pytest.MonkeyPatch, status: int, code: int, words: str,
    error: type[Exception], message: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(Connected, "limits", RequestLimits(tries=1))
    vendor.fail_always(json_answer({"errors": [{"code": code, "message": words}]}, status=status))
    with pytest.raises(error, match=f"^shop: .*{message}"):
        list(connected(url, timezone="Europe/Paris", money="order").read(ONE_DAY))


def test_the_reason_is_told_not_the_warnings_beside_it(vendor: PrestaShop, url: str) -> None:
    """Recorded: a wrong filter comes with four warnings of PHP, and therefore with status 500."""
    warning = {"code": 3, "message": "[PHP Warning #2] Trying to access array offset on value of type bool"}
    reason = {"code": 22, "message": "The PrestaShop webservice is disabled."}
    for status in (200, 500):
        vendor.fail_always(json_answer({"errors": [warning, reason, warning]}, status=status))
        with pytest.raises(SourceRefused, match="has its webservice switched off"):
            measures(connected(url))


def test_maintenance_passes_and_a_page_that_is_not_there_does_not(
    vendor: PrestaShop, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connected, "limits", RequestLimits(tries=1))
    vendor.fail(text_answer("<html>Maintenance</html>", status=503, kind="text/html"))
    with pytest.raises(SourceUnavailable, match="503"):
        connected(url).check()
    with pytest.raises(SourceRefused, match=r"no webservice at http://.*/boutique/api: switch on Friendly URL"):
        connected(f"{url}/boutique").check()


def test_the_key_travels_in_the_header_or_where_told_to_in_the_query(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    assert measures(connected(url))
    assert not [seen for seen in vendor.seen if KEY in seen.raw]
    vendor.takes_header = False
    assert measures(connected(url, key_in_query=True))
    assert vendor.seen[-1].query["ws_key"] == KEY
    assert "Authorization" not in vendor.seen[-1].headers


def test_the_api_is_below_the_shop_s_own_folder(url: str) -> None:
    with WebServer() as server:
        with pytest.raises(SourceRefused, match="no webservice"):
            connected(f"http://{server.host}/boutique/").check()
        assert [seen.path for seen in server.seen] == ["/boutique/api/"]


def test_an_answer_to_another_question_is_told(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order(coupons=("A",))]))
    vendor.fail_on("/api/customers", json_answer({"customers": [{"id": 5, "email": "x@mail.example"}]}))
    with pytest.raises(SourceMisread, match="customer 5: id was not asked for"):
        measures(connected(url))


def test_an_address_in_the_clear_is_refused_and_so_is_a_key_in_place() -> None:
    with pytest.raises(ValidationError, match="unencrypted"):
        PrestaShopOptions.model_validate({"connector": "prestashop", "url": "http://shop.example", "key": {"env": "K"}})
    with pytest.raises(ValidationError, match="never write a secret into the file"):
        PrestaShopOptions.model_validate({"connector": "prestashop", "url": "https://shop.example", "key": KEY})


def test_the_example_of_the_simulator_is_a_shop_with_a_month_behind_it() -> None:
    with example() as vendor:
        assert total(connected(f"http://{vendor.host}").read(MARCH), "orders") > 50


@pytest.mark.parametrize("page", ["prestashop.md", "prestashop.fr.md"])
def test_the_pages_name_every_option_and_their_examples_load(page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "connectors" / page).read_text(encoding="utf-8")
    ((_, example),) = [fence.split("\n", 1) for fence in text.split("```")[1::2]]
    (entry,) = yaml.safe_load(example).values()
    PrestaShopOptions.model_validate(entry)
    own = PrestaShopOptions.model_fields.keys() - SourceEntry.model_fields.keys()
    cells = {line.split("|")[1] for line in text.splitlines() if line.startswith("| `")}
    assert {name for name in own if not any(f"`{name}`" in cell for cell in cells)} == set()


def test_a_currency_that_the_shop_has_not_is_refused_with_those_it_has(vendor: PrestaShop, url: str) -> None:
    vendor.hold(Shop([an_order()]))
    for ask in (lambda it: it.check(), lambda it: list(it.read(ONE_DAY))):
        with pytest.raises(SourceRefused, match="has no currency CHF: correct currency, to one of EUR"):
            ask(connected(url, currency="CHF"))


@pytest.mark.parametrize("id_shop", ["2", ""])  # another shop's own zone; that of a group, which may be this shop's
def test_where_several_zones_are_possible_it_asks_for_one(vendor: PrestaShop, url: str, id_shop: str) -> None:
    vendor.hold(Shop([an_order()]))
    vendor.tables["configurations"].append(
        {"id": 50, "name": "PS_TIMEZONE", "value": "Asia/Tokyo", "id_shop_group": "1", "id_shop": id_shop}
    )
    options: dict[str, Any] = {} if id_shop else {"shop_id": 1}
    words = r"differ in PS_TIMEZONE \(Asia/Tokyo and Europe/Paris\): write shop_id, or timezone"
    with pytest.raises(SourceRefused, match=words):
        list(connected(url, **options).read(ONE_DAY))
    assert readings(connected(url, **options, timezone="Europe/Paris"), ONE_DAY)

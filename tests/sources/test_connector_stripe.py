"""Stripe: the shared contracts over a simulated account, and what is particular to its ledger."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from connector_contract import MARCH, ConnectorContract, Over, Row, told
from fault_contract import FaultContract
from hypothesis import strategies as st
from pydantic import ValidationError
from shop_contract import Open, ShopContract, pseudonym, with_new_customers
from simulators.shop import PARIS, Order, Refund, Shop, moment
from simulators.stripe import KEY, LEDGER, RIGHTS, SESSIONS, Object, back, charge, example, promotion, row, session
from simulators.stripe import Stripe as Simulated
from simulators.web_server import Seen, json_answer, too_many

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.sources import SourceEntry
from connectors.base import (
    Buyer,
    Connector,
    Context,
    Item,
    KnowsBuyers,
    Note,
    Origin,
    Quality,
    Reading,
    Remark,
    Restates,
)
from connectors.shops.stripe import Stripe, StripeOptions
from connectors.shops.stripe_api import VERSION

DAY = timedelta(days=1)
TENTH = Window(date(2026, 3, 10), date(2026, 3, 11))
NOON = moment("2026-03-10 12:00")
WHOLE: Mapping[str, Any] = {"with_tax": True, "with_shipping": True}
PLAIN: Mapping[str, Any] = {**WHOLE, "sessions": False}
SPLIT: Mapping[str, Any] = {"sessions": True, "with_tax": False, "with_shipping": False}
WRONG = "rk_live_51canarywrong"
PAGE = Path(__file__).parents[2] / "docs" / "connectors" / "stripe.md"


def stripe(url: str, made: type[Stripe] = Stripe, *, key: str = KEY, **options: Any) -> Stripe:
    """A connector as ``sources.yaml`` would make it."""
    entry = {"connector": "stripe", "endpoint": url, "key": {"env": "STRIPE_KEY"}, **options}
    context = Context("payments", Path(), "Europe/Paris", "EUR", lambda _: key, pseudonym)
    return made(StripeOptions.model_validate(entry), context)


@pytest.fixture
def vendor() -> Iterator[Simulated]:
    with Simulated() as vendor:
        yield vendor


# The shared contracts.


class Summed(Stripe):
    """One reading for each day and origin, of the two measures the contract speaks of: an order is a reading here."""

    def read(self, window: Window) -> Iterator[Item]:
        items = (item for item in super().read(window) if isinstance(item, Reading))
        for day, of_day in groupby(items, key=lambda item: item.day):
            sums: dict[Origin, dict[str, Any]] = {}
            for item in of_day:
                amounts = sums.setdefault(item.origin, {"orders": 0, "revenue": Decimal(0)})
                for measure in amounts:
                    amounts[measure] += item.measures.get(measure) or 0
            yield from (Reading(day, origin, amounts) for origin, amounts in sums.items())


def ledger_rows(ledger: Iterable[Row]) -> Iterator[Object]:
    """Payments of 1.00 each for the orders, the rest in the last of them, or given back, or won back in a dispute."""
    for place, line in enumerate(ledger):
        count, rest = int(line.measures["orders"] or 0), int((line.measures["revenue"] or 0) * 100)
        at = datetime.combine(line.day, time(12), tzinfo=PARIS)
        currency, metadata = line.currency.lower(), {"utm_campaign": line.labels["campaign"]}
        paid = charge(f"{place}_0", at, 100, currency, metadata=metadata)
        for number in range(count):
            amount = 100 + max(0, rest - 100) * (number == count - 1)
            paid = charge(f"{place}_{number}", at, amount, currency, metadata=metadata)
            yield row("charge", at, amount, paid, currency)
            rest -= amount
        if rest:
            kind, gone = ("dispute_reversal", "dispute") if rest > 0 else ("refund", "refund")
            yield row(kind, at, rest, back(gone, str(place), paid, rest), currency)


class TestStripeContract(ConnectorContract):
    canaries = (KEY, WRONG)
    many = 1_500
    weighed = 1_500
    flat = 3 << 20
    leaves_out: ClassVar = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "every row of the ledger has an amount",
        "test_a_zero_is_zero_not_unknown": "a payment of nothing is not in the ledger",
    }
    cannot_hold: ClassVar = {
        "very long": "a value of metadata has at most 500 characters",
        "long words": "a value of metadata has at most 500 characters",
    }

    @pytest.fixture
    def over(self, vendor: Simulated) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            vendor.rows = list(ledger_rows(ledger))
            return stripe(vendor.url(""), Summed, **PLAIN)

        return build

    @pytest.fixture
    def absent(self, vendor: Simulated) -> Connector:
        return stripe(vendor.url("/nowhere"))

    @pytest.fixture
    def failing(self, vendor: Simulated) -> Sequence[Connector]:
        return [stripe(vendor.url(""), key=WRONG), stripe(vendor.url(""), account="acct_other")]

    @pytest.fixture
    def consumed(self, vendor: Simulated) -> Callable[[], int]:
        return lambda: vendor.calls

    def ledgers(self) -> st.SearchStrategy[list[Row]]:
        made = st.builds(
            self.row,
            st.dates(date(2026, 1, 20), date(2026, 4, 30)),
            st.integers(0, 3),
            st.decimals(0, 10**6, places=2),
            st.sampled_from(["", "spring", "été"]),
            st.sampled_from(["EUR", "USD"]),
        )
        return st.lists(made, max_size=12)

    def many_rows(self, many: int) -> list[Row]:
        first = date(2025, 1, 1)
        return [self.row(first + DAY * (n // 125), 1, Decimal(n + 100) / 100, f"c{n % 125}") for n in range(many)]


class TestStripeInTrouble(FaultContract):
    connector_class = Stripe
    canaries = (KEY,)
    free: ClassVar = {
        "currency": "any three small letters are a currency",
        "reporting_category": "a kind of row nobody knows is in no measure, and is told",
    }

    @pytest.fixture
    def vendor(self) -> Iterator[Simulated]:
        late = Refund(91, moment("2026-03-11 20:00"), Decimal("5.00"))
        orders = [Order(90, moment("2026-02-20 10:00"), Decimal("20.00"), email="ana@mail.example", refunds=(late,))]
        for number in range(1, 10):
            at = moment(f"2026-03-{10 + number // 4} 1{number}:00")
            amounts = Decimal("50.00"), Decimal("10.80"), Decimal("4.00")
            orders.append(Order(number, at, *amounts, email=f"p{number}@mail.example"))
        with Simulated(Shop(orders)) as vendor:
            yield vendor

    @pytest.fixture
    def connector(self, vendor: Simulated) -> Connector:
        return stripe(vendor.url(""))


def in_proportion(order: Order, refund: Refund, basis: Mapping[str, bool]) -> Refund:
    """A refund as Stripe takes it apart, which knows no more of it than its amount."""
    tax, shipping = order.tax * basis.get("with_tax", False), order.shipping * basis.get("with_shipping", False)
    part = refund.total * (order.net + tax + shipping) / order.total
    return Refund(refund.id, refund.at, part.quantize(Decimal("0.01")))


class TestStripeShop(ShopContract):
    known = frozenset({"campaign", "source", "medium", "content", "term", "coupon"})
    left_out = frozenset({"items"})
    leaves_out: ClassVar = {
        "test_what_the_figures_of_a_day_hold_is_named_by_the_vendor_s_ids": "a ledger loses no row and moves none",
        "test_a_day_that_lost_its_only_order_is_named_as_gone_and_so_is_that_of_its_refund": "nothing leaves a ledger",
        "test_what_is_gone_of_a_day_comes_before_its_readings": "nothing leaves a ledger that is kept",
        "test_an_order_that_cannot_be_read_is_left_out_by_its_id_and_its_day_is_unknown": "rows bear ids of their own",
        "test_where_no_order_can_be_read_the_answer_has_changed": "its own tests say it of rows",
    }

    # A paid order that is cancelled is a refund in Stripe, on its own day: the ledger is never changed.
    test_an_order_that_is_cancelled_later_is_gone_from_its_own_day = None  # type: ignore[assignment]
    # Where nothing is to be paid there is no payment, and no row of the ledger.
    test_an_order_without_money_counts_as_one = None  # type: ignore[assignment]

    @pytest.fixture
    def open(self) -> Iterator[Open]:
        with Simulated() as vendor:

            def build(shop: Shop, **options: Any) -> Connector:
                vendor.shop = shop
                return stripe(vendor.url(""), **options)

            yield build

    def a_month(self, **kwargs: Any) -> Shop:
        shop = super().a_month(**{"a_day": 3, **kwargs})
        held = [replace(order, labels={k: v[:500] for k, v in order.labels.items()}) for order in shop.orders]
        return replace(shop, orders=held)

    def ledger(self, shop: Shop, window: Window = MARCH, **basis: bool) -> Any:
        apart = [
            replace(order, refunds=tuple(in_proportion(order, refund, basis) for refund in order.refunds))
            for order in shop.orders
        ]
        return super().ledger(replace(shop, orders=apart), window, **basis)


# What is particular to the ledger.


def items_of(vendor: Simulated, window: Window = TENTH, **options: Any) -> list[Item]:
    return list(stripe(vendor.url(""), **{**PLAIN, **options}).read(window))


def reading(vendor: Simulated, window: Window = TENTH, **options: Any) -> Reading:
    (found,) = (item for item in items_of(vendor, window, **options) if isinstance(item, Reading))
    return found


def measures(vendor: Simulated, **options: Any) -> list[Mapping[str, Any]]:
    return [item.measures for item in items_of(vendor, MARCH, **options) if isinstance(item, Reading)]


def asked(vendor: Simulated, path: str) -> list[Seen]:
    return [seen for seen in vendor.seen if seen.path == path]


#: what the Reports API lists beside sales (stripe-java, ReportRunCreateParams)
NO_SALES = set(
    re.findall(
        r"\w+",
        """advance advance_funding anticipation_repayment connect_collection_transfer connect_reserved_funds
        contribution fee financing_paydown financing_paydown_reversal financing_payout financing_payout_reversal
        issuing_authorization_hold issuing_authorization_release issuing_dispute issuing_transaction network_cost
        other_adjustment payout payout_reversal platform_earning platform_earning_refund risk_reserved_funds tax topup
        topup_reversal transfer transfer_reversal""",
    )
) | {"reserve_hold", "reserve_release", "revenue_share", "reward"}  # seen in accounts beside
PAID = charge("1", moment("2026-02-20 12:00"), 12_000, email="ana@mail.example", metadata={"utm_campaign": "autumn"})


class TestTheLedger:
    def test_a_payment_is_an_order_and_its_whole_amount(self, vendor: Simulated) -> None:
        vendor.rows = [row("charge", NOON, 12_345, charge("1", NOON, 12_345, email="ana@mail.example"))]
        who, what = items_of(vendor)
        origin = Origin(currency="EUR")
        assert what == Reading(TENTH.start, origin, {"revenue": Decimal("123.45"), "orders": 1})
        assert who == Buyer(TENTH.start, origin, pseudonym("ana@mail.example"))

    @pytest.mark.parametrize(
        ("category", "amount", "expected"),
        [
            ("refund", -5_000, {"revenue": -50, "refunds": 50}),
            ("refund_failure", 5_000, {"revenue": 50, "refunds": -50}),
            ("dispute", -12_000, {"revenue": -120, "refunds": 120}),
            ("dispute_reversal", 12_000, {"revenue": 120, "refunds": -120}),
            ("charge_failure", -12_000, {"revenue": -120, "refunds": 120}),
            ("partial_capture_reversal", -2_000, {"revenue": -20}),
        ],
    )
    def test_what_goes_back_counts_on_its_own_day_under_the_labels_of_its_payment(
        self, vendor: Simulated, category: str, amount: int, expected: Mapping[str, int]
    ) -> None:
        source = back("dispute" if "dispute" in category else "refund", "1", PAID, abs(amount))
        vendor.rows = [row(category, NOON, amount, source)]
        found = reading(vendor)
        assert found == Reading(TENTH.start, Origin(campaign="autumn", currency="EUR"), expected)

    def test_a_refund_that_fails_leaves_nothing_over(self, vendor: Simulated) -> None:
        paid, refund = charge("1", NOON, 9_999), back("refund", "1", PAID, 9_999)
        vendor.rows = [
            row("charge", NOON, 9_999, paid),
            row("refund", NOON + DAY, -9_999, refund),
            row("refund_failure", NOON + 6 * DAY, 9_999, refund),
        ]
        found = measures(vendor)
        assert sum(one["revenue"] for one in found) == Decimal("99.99")
        assert sum(one.get("refunds", 0) for one in found) == 0

    def test_the_fee_of_a_dispute_is_no_refund(self, vendor: Simulated) -> None:
        vendor.rows = [row("dispute", NOON, -5_000, back("dispute", "1", PAID, 5_000), fee=1_500, net=-6_500)]
        assert reading(vendor).measures == {"revenue": Decimal(-50), "refunds": Decimal(50)}

    def test_a_refund_of_no_charge_has_no_labels(self, vendor: Simulated) -> None:
        vendor.rows = [row("refund", NOON, -500, back("refund", "1", None, 500))]
        assert reading(vendor) == Reading(TENTH.start, Origin(currency="EUR"), {"revenue": -5, "refunds": 5})
        assert reading(vendor, sessions=True, with_tax=False).measures == {"revenue": None, "refunds": None}

    @pytest.mark.parametrize(
        ("currency", "amount", "worth"),
        [
            ("jpy", 12_345, "12345"),
            ("xof", 500, "500"),
            ("kwd", 12_345, "12.345"),
            ("tnd", 10, "0.010"),
            ("ugx", 12_300, "123.00"),
            ("isk", 12_300, "123.00"),
            ("huf", 12_345, "123.45"),
            ("twd", 12_345, "123.45"),
        ],
    )
    def test_the_decimals_are_those_of_stripe(self, vendor: Simulated, currency: str, amount: int, worth: str) -> None:
        vendor.rows = [row("charge", NOON, amount, charge("1", NOON, amount, currency), currency)]
        found = reading(vendor)
        assert (found.measures["revenue"], found.origin.currency) == (Decimal(worth), currency.upper())

    def test_revenue_is_in_the_currency_the_account_is_paid_in(self, vendor: Simulated) -> None:
        vendor.rows = [row("charge", NOON, 1_041, charge("1", NOON, 1_200, "usd"), "eur", exchange_rate=0.8675)]
        vendor.sessions = [session("1", NOON, (800, 200, 200), currency="usd")]
        assert reading(vendor).measures["revenue"] == Decimal("10.41")
        split = reading(vendor, sessions=True, with_tax=False, with_shipping=False)
        assert split.measures["revenue"] == Decimal("6.94")  # 1041 * 800 / 1200
        assert split.origin.currency == "EUR"

    def test_a_day_of_payouts_alone_is_known_to_have_no_orders(self, vendor: Simulated) -> None:
        vendor.rows = [row("payout", NOON, -100_000, None), row("fee", NOON, -25, None)]
        assert items_of(vendor) == [
            Reading(TENTH.start, Origin(currency="EUR"), {"orders": 0, "revenue": 0, "refunds": 0})
        ]

    def test_a_kind_of_row_nobody_knows_is_in_no_measure_and_is_told(self, vendor: Simulated) -> None:
        vendor.rows = [row("store_credit", NOON, 700, None), row("charge", NOON, 500, charge("1", NOON, 500))]
        note, remark, found = items_of(vendor)
        words = "rows of the kind 'store_credit' are in no measure"
        assert (note, remark) == (Note(TENTH.start, Quality.TRUNCATED, words), Remark(words))
        assert isinstance(found, Reading)
        assert found.measures["revenue"] == 5
        assert words in stripe(vendor.url("")).check().remarks

    @pytest.mark.parametrize("category", sorted(NO_SALES))
    def test_rows_that_are_no_sales_are_passed_over(self, vendor: Simulated, category: str) -> None:
        vendor.rows = [row(category, NOON, -700, {"id": "x_1", "object": "x", "charge": None})]
        (found,) = items_of(vendor)
        assert isinstance(found, Reading)
        assert set(found.measures.values()) == {0}

    def test_buyers_come_in_the_order_of_their_orders(self, vendor: Simulated) -> None:
        hours = [NOON + timedelta(hours=n) for n in range(3)]
        mails = ["ana@mail.example", "bob@mail.example", "ana@mail.example"]
        vendor.rows = [
            row("charge", at, 100, charge(str(n), at, 100, email=mail, metadata={"campaign": str(n)}))
            for n, (at, mail) in enumerate(zip(hours, mails, strict=True))
        ]
        new = [
            (item.origin.campaign, item.measures["new_customers"])
            for item in with_new_customers(items_of(vendor))
            if isinstance(item, Reading) and "new_customers" in item.measures
        ]
        assert new == [("0", 1), ("1", 1), ("2", 0)]

    def test_the_ledger_is_not_asked_what_changed(self, vendor: Simulated) -> None:
        connector = stripe(vendor.url(""))
        assert not isinstance(connector, Restates)
        assert isinstance(connector, KnowsBuyers)
        assert connector.lookback == 2

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"source": None}, "source is empty, not an object"),
            ({"source": {"id": "po_1", "object": "payout"}}, "is no charge"),
            ({"amount": None}, "amount is empty"),
            ({"reporting_category": None}, "reporting_category is empty"),
        ],
    )
    def test_a_payment_that_cannot_be_told_is_left_out_by_its_id_and_its_day_is_unknown(
        self, vendor: Simulated, change: Mapping[str, Any], words: str
    ) -> None:
        good = row("charge", NOON, 700, charge("2", NOON, 700))
        vendor.fail_on(LEDGER, page_of([{**row("charge", NOON, 500, charge("1", NOON, 500)), **change}, good]))
        note, remark, unknown, *rest = items_of(vendor)
        assert isinstance(note, Note)
        assert isinstance(remark, Remark)
        assert re.search(rf"txn_charge_ch_1.*{words}.*: left out$", remark.text)
        assert isinstance(unknown, Reading)
        assert set(unknown.measures.values()) == {None}
        assert [item.measures["revenue"] for item in rest if isinstance(item, Reading)] == [7]

    def test_a_refund_of_nothing_that_stripe_names_has_its_amount_and_no_labels(self, vendor: Simulated) -> None:
        vendor.fail_on(LEDGER, page_of([{**row("refund", NOON, -500, back("refund", "1", PAID, 500)), "source": None}]))
        assert reading(vendor) == Reading(TENTH.start, Origin(currency="EUR"), {"revenue": -5, "refunds": 5})

    def test_rows_of_which_none_has_its_charge_inside_are_misread(self, vendor: Simulated) -> None:
        bare = [{**row("charge", NOON, 500, charge(str(n), NOON, 500)), "source": f"ch_{n}"} for n in range(3)]
        vendor.fail_on(LEDGER, page_of(bare))
        with pytest.raises(SourceMisread, match="source is a text, not an object"):
            items_of(vendor)

    def test_a_row_of_another_day_is_misread(self, vendor: Simulated) -> None:
        vendor.fail_on(LEDGER, page_of([row("charge", NOON + DAY, 500, charge("1", NOON, 500))]))
        with pytest.raises(SourceMisread, match="was not created within the days asked for"):
            items_of(vendor)


def page_of(rows: Sequence[Object], *, more: bool = False) -> Any:
    return json_answer({"object": "list", "url": LEDGER, "has_more": more, "data": rows})


class TestPages:
    def payments(self, many: int, at: datetime = NOON) -> list[Object]:
        return [row("charge", at, 100 + n, charge(f"{at:%d}_{n:03}", at, 100 + n)) for n in range(many)]

    def test_a_week_that_fits_on_one_page_is_one_question(self, vendor: Simulated) -> None:
        vendor.rows = [one for day in range(5) for one in self.payments(20, NOON + day * DAY)]
        week = Window(TENTH.start - DAY, TENTH.start + 6 * DAY)
        assert len([item for item in items_of(vendor, week) if isinstance(item, Reading)]) == 100
        assert vendor.calls == 1

    def test_a_longer_one_is_read_day_by_day_and_page_by_page(self, vendor: Simulated) -> None:
        vendor.rows = [*self.payments(250), *self.payments(3, NOON + DAY)]
        found = [item for item in items_of(vendor, MARCH) if isinstance(item, Reading)]
        assert sum(item.measures["revenue"] or 0 for item in found) * 100 == sum(one["amount"] for one in vendor.rows)
        assert [item.day.day for item in found] == [10] * 250 + [11] * 3
        assert vendor.calls == 5 + 7 + 2
        of_tenth = [seen.query for seen in vendor.seen if seen.query["created[gte]"] == str(start_of_tenth())][-3:]
        assert [query.get("starting_after") for query in of_tenth] == [
            None,
            "txn_charge_ch_10_150",
            "txn_charge_ch_10_050",
        ]
        assert {query["created[lt]"] for query in of_tenth} == {str(start_of_tenth() + 86_400)}

    def test_every_question_says_version_and_size_and_only_reads(self, vendor: Simulated) -> None:
        vendor.rows = [row("refund", NOON, -500, back("refund", "1", PAID, 500)), *self.payments(1)]
        connector = stripe(vendor.url(""))
        connector.check()
        list(connector.read(MARCH))
        assert {seen.method for seen in vendor.seen} == {"GET"}
        assert {seen.headers["Stripe-Version"] for seen in vendor.seen} == {VERSION}
        lists = asked(vendor, LEDGER) + asked(vendor, SESSIONS)
        assert {seen.query["limit"] for seen in lists} == {"100"}
        assert KEY not in "".join(seen.raw.splitlines()[0] for seen in vendor.seen)

    def test_a_page_that_promises_more_and_holds_nothing_is_misread(self, vendor: Simulated) -> None:
        vendor.fail(page_of([], more=True))
        with pytest.raises(SourceMisread, match="says there is more behind an empty page"):
            items_of(vendor)

    def test_pages_that_go_round_in_a_circle_are_misread(self, vendor: Simulated) -> None:
        vendor.fail_on(LEDGER, page_of(self.payments(2), more=True))
        with pytest.raises(SourceMisread, match=r"in a circle|the same page twice"):
            items_of(vendor)


def start_of_tenth() -> int:
    return int(moment("2026-03-10 00:00").timestamp())


class TestSessions:
    """What only a Checkout Session tells."""

    def hold(self, vendor: Simulated, metadata: Mapping[str, str] | None = None, **more: Any) -> None:
        """A payment of 120.00 and its session."""
        paid = charge("1", NOON, 12_000, email="ana@mail.example", metadata=metadata or {})
        vendor.rows = [row("charge", NOON, 12_000, paid)]
        vendor.sessions = [session("1", NOON - timedelta(hours=23), (9_000, 2_400, 600), **more)]

    def test_the_labels_of_a_session_are_those_of_its_payment(self, vendor: Simulated) -> None:
        tags = {"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "autumn", "utm_id": "77"}
        self.hold(vendor, metadata=None)
        vendor.sessions = [{**vendor.sessions[0], "metadata": tags}]
        found = reading(vendor, **SPLIT).origin
        assert found == Origin("autumn", "77", "newsletter", "email", currency="EUR")
        assert reading(vendor).origin == Origin(currency="EUR")

    def test_what_the_payment_says_itself_goes_first(self, vendor: Simulated) -> None:
        self.hold(vendor, {"utm_campaign": "of the payment", "utm_term": ""})
        vendor.sessions = [{**vendor.sessions[0], "metadata": {"utm_campaign": "of the session", "utm_term": "tea"}}]
        found = reading(vendor, **SPLIT).origin
        assert (found.campaign, found.term) == ("of the payment", "tea")

    def test_the_keys_may_be_others(self, vendor: Simulated) -> None:
        self.hold(vendor, {"mkt": "autumn", "utm_campaign": "no", "utm_source": "newsletter"}, client_reference_id="r7")
        labels = {"campaign": ["action", "mkt"], "content": "client_reference_id"}
        found = reading(vendor, **SPLIT, labels=labels).origin
        assert (found.campaign, found.source, found.content) == ("autumn", "newsletter", "r7")

    def test_the_coupons_are_those_of_metadata_and_the_codes_typed_in(self, vendor: Simulated) -> None:
        given: Object = {"promotion_code": None, "coupon": "LOYAL"}
        self.hold(vendor, {"coupon": "TEA5|AUTUMN10"}, discounts=[promotion("AUTUMN10"), given])
        assert reading(vendor, **SPLIT).origin.coupon == "AUTUMN10|LOYAL|TEA5"
        assert reading(vendor).origin.coupon == "AUTUMN10|TEA5"

    @pytest.mark.parametrize(
        ("basis", "worth"),
        [
            ({}, "90.00"),
            ({"with_tax": True}, "114.00"),
            ({"with_shipping": True}, "96.00"),
            (WHOLE, "120.00"),
        ],
    )
    def test_it_tells_tax_and_shipping_apart(self, vendor: Simulated, basis: Mapping[str, bool], worth: str) -> None:
        self.hold(vendor)
        half = row("refund", NOON + timedelta(hours=1), -6_000, back("refund", "1", vendor.rows[0]["source"], 6_000))
        vendor.rows = [*vendor.rows, half]
        order, refund = measures(vendor, **{**SPLIT, **basis})
        assert order["revenue"] == Decimal(worth)
        assert refund == {"revenue": -Decimal(worth) / 2, "refunds": Decimal(worth) / 2}

    def test_shipping_that_holds_its_tax_is_not_taken_off_twice(self, vendor: Simulated) -> None:
        cost = {"amount_subtotal": 720, "amount_tax": 120, "amount_total": 720}
        details = {"amount_discount": 0, "amount_shipping": 720, "amount_tax": 2_400}
        self.hold(vendor, shipping_cost=cost, total_details=details)
        assert reading(vendor, **SPLIT).measures["revenue"] == Decimal("90.00")

    @pytest.mark.parametrize("lost", ["amount_total", "total_details", "payment_intent"])
    def test_without_the_split_revenue_is_unknown_and_the_order_counts(self, vendor: Simulated, lost: str) -> None:
        self.hold(vendor, **{lost: None})
        assert reading(vendor, **SPLIT).measures == {"orders": 1, "revenue": None}
        assert reading(vendor, sessions=True).measures == {"orders": 1, "revenue": Decimal(120)}

    def test_one_that_cannot_be_read_is_left_out_by_its_id_and_its_payment_counts(self, vendor: Simulated) -> None:
        details = {"amount_discount": 0, "amount_shipping": 600, "amount_tax": None}
        self.hold(vendor, total_details=details)
        good = charge("2", NOON, 12_000, email="bob@mail.example")
        vendor.rows = [*vendor.rows, row("charge", NOON, 12_000, good)]
        vendor.sessions = [*vendor.sessions, session("2", NOON, (9_000, 2_400, 600))]
        items = items_of(vendor, **SPLIT)
        words = "cs_live_1: total_details: amount_tax is empty, not a whole number: left out"
        assert items[:2] == [Note(TENTH.start, Quality.TRUNCATED, words), Remark(words)]
        found = [item.measures for item in items if isinstance(item, Reading)]
        assert [(told["orders"], told["revenue"]) for told in found] == [(1, None), (1, 90)]

    def test_where_none_can_be_read_the_answer_has_changed(self, vendor: Simulated) -> None:
        vendor.rows = [row("charge", NOON, 12_000, charge(str(n), NOON, 12_000)) for n in range(3)]
        odd = {"amount_discount": 0, "amount_shipping": 600}
        vendor.sessions = [session(str(n), NOON, (9_000, 2_400, 600), total_details=odd) for n in range(3)]
        with pytest.raises(SourceMisread, match=r"payments: cs_live_\d: total_details: has no 'amount_tax'"):
            items_of(vendor, **SPLIT)

    def test_what_goes_back_of_a_payment_without_a_session_is_unknown(self, vendor: Simulated) -> None:
        vendor.rows = [row("refund", NOON, -500, back("refund", "1", PAID, 500))]
        assert reading(vendor, **SPLIT).measures == {"revenue": None, "refunds": None}

    def test_the_session_of_an_older_payment_is_asked_for_alone(self, vendor: Simulated) -> None:
        """Refunds, and payments by transfer or direct debit, which are in the ledger only when they settle."""
        opened = moment("2026-02-20 11:00")
        vendor.sessions = [session("1", opened, (10_000, 2_000, 0), metadata={"utm_campaign": "letter"})]
        vendor.rows = [
            row("charge", NOON, 12_000, PAID),
            row("refund", NOON + timedelta(hours=2), -1_200, back("refund", "1", PAID, 1_200)),
        ]
        order, refund = measures(vendor, **SPLIT)
        assert (order["revenue"], refund["revenue"]) == (Decimal(100), Decimal(-10))
        assert [dict(seen.query) for seen in asked(vendor, SESSIONS)] == [
            {"limit": "100", "expand[]": "data.discounts.promotion_code", "payment_intent": "pi_1"}
        ]

    def test_those_of_new_payments_are_one_question(self, vendor: Simulated) -> None:
        vendor.rows = [row("charge", NOON, 1_200, charge(str(n), NOON, 1_200)) for n in range(40)]
        vendor.sessions = [session(str(n), NOON - timedelta(hours=14), (1_000, 200, 0)) for n in range(40)]
        assert {one["revenue"] for one in measures(vendor, **SPLIT)} == {Decimal(10)}
        assert len(asked(vendor, SESSIONS)) == 1
        assert reading_day_before_is_asked(asked(vendor, SESSIONS)[0])

    def test_they_are_not_asked_for_where_they_are_not_wanted(self, vendor: Simulated) -> None:
        self.hold(vendor)
        reading(vendor)
        stripe(vendor.url(""), **PLAIN).check()
        assert not asked(vendor, SESSIONS)

    @pytest.mark.parametrize(
        ("of_charge", "receipt", "of_session", "who"),
        [
            ("a@mail.example", "b@mail.example", "c@mail.example", "a@mail.example"),
            (None, "b@mail.example", "c@mail.example", "b@mail.example"),
            ("", None, "C@mail.example ", "c@mail.example"),
            (None, None, None, None),
        ],
    )
    def test_the_buyer_is_known_by_the_first_address_there_is(
        self, vendor: Simulated, of_charge: str | None, receipt: str | None, of_session: str | None, who: str | None
    ) -> None:
        vendor.rows = [row("charge", NOON, 500, charge("1", NOON, 500, email=of_charge, receipt_email=receipt))]
        vendor.sessions = [session("1", NOON, (500, 0, 0), email=of_session)]
        *buyers, found = items_of(vendor, **SPLIT)
        assert isinstance(found, Reading)
        assert [item.key for item in buyers if isinstance(item, Buyer)] == ([pseudonym(who)] if who else [])
        assert found.measures.get("new_customers", "counted") == ("counted" if who else None)


def reading_day_before_is_asked(seen: Seen) -> bool:
    return seen.query["created[gte]"] == str(int(moment("2026-03-08 00:00").timestamp()) - 86_400)


class TestCheck:
    def test_it_says_whose_account_it_is_and_what_revenue_is(self, vendor: Simulated) -> None:
        info = stripe(vendor.url("")).check()
        assert (info.account, info.zone, info.currency) == ("The tea shop", "Europe/Paris", "EUR")
        (remark,) = info.remarks
        assert "known of payments by Checkout Session only" in remark
        assert stripe(vendor.url(""), **WHOLE).check().remarks == ("revenue is what was paid, with tax and shipping",)

    def test_it_says_where_the_dashboard_counts_other_days(self, vendor: Simulated) -> None:
        vendor.shop = Shop(zone="America/New_York")
        info = stripe(vendor.url("")).check()
        assert info.zone == "America/New_York"

    def test_a_key_that_may_not_see_the_account_sees_the_balance(self, vendor: Simulated) -> None:
        vendor.rights.discard("account")
        info = stripe(vendor.url("")).check()
        assert (info.account, info.currency) == ("not told to this key", "EUR")

    def test_a_key_of_the_test_mode_is_told(self) -> None:
        with Simulated(key="rk_test_51tea") as vendor:
            connector = stripe(vendor.url(""), key="rk_test_51tea")
            words = "the key is one of the test mode: its payments are not real"
            assert connector.check().remarks[0] == words
            assert list(connector.read(TENTH)) == [Remark(words)]

    @pytest.mark.parametrize("right", sorted(RIGHTS - {"account", "balance"}))
    def test_a_right_that_lacks_is_named(self, vendor: Simulated, right: str) -> None:
        vendor.rights.discard(right)
        with pytest.raises(SourceRefused) as caught:
            stripe(vendor.url("")).check()
        assert f"set '{right.replace('_', ' ').capitalize()}' to Read" in str(caught.value)
        assert str(caught.value).startswith("payments: the key lacks a right")

    def test_an_unknown_key_is_told(self, vendor: Simulated) -> None:
        with pytest.raises(SourceRefused, match="does not know the key") as caught:
            stripe(vendor.url(""), key=WRONG).check()
        assert WRONG not in told(caught.value)
        assert vendor.calls == 1

    def test_a_connected_account_is_asked_for_by_its_id(self, vendor: Simulated) -> None:
        vendor.connected.add("acct_1Branch")
        assert stripe(vendor.url(""), account="acct_1Branch").check().account == "The tea shop"
        assert {seen.headers["Stripe-Account"] for seen in vendor.seen} == {"acct_1Branch"}
        with pytest.raises(SourceRefused, match=r"reaches no such account \(403\): .*acct_other"):
            list(stripe(vendor.url(""), account="acct_other").read(MARCH))

    def test_a_key_that_can_move_money_is_refused_unless_it_is_wanted(self) -> None:
        key = "sk_live_51canary"
        with Simulated(key=key) as vendor:
            for attempt in (stripe(vendor.url(""), key=key).check, lambda: items_of(vendor, key=key)):
                with pytest.raises(SourceRefused, match="make a restricted one") as caught:
                    attempt()
                assert key not in told(caught.value)
            assert vendor.calls == 0
            assert stripe(vendor.url(""), key=key, allow_secret_key=True).check().account == "The tea shop"


class TestTryingAgain:
    @pytest.fixture(autouse=True)
    def slept(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        slept: list[float] = []
        monkeypatch.setattr("connectors.kit.http.time.sleep", slept.append)
        return slept

    def says(self, again: str | None, status: int) -> Any:
        error = {"type": "api_error", "code": "lock_timeout", "message": "Something is locked."}
        return json_answer({"error": error}, status=status, **({"Stripe_Should_Retry": again} if again else {}))

    @pytest.mark.parametrize(
        ("again", "status"), [("true", 400), ("true", 409), (None, 409), (None, 500), ("true", 503), (None, 429)]
    )
    def test_what_may_help_is_tried_again(
        self, vendor: Simulated, slept: list[float], again: str | None, status: int
    ) -> None:
        vendor.fail(self.says(again, status))
        assert items_of(vendor) == []
        assert vendor.calls == 2
        assert len(slept) == 1
        assert 0 <= slept[0] <= 1  # jittered

    @pytest.mark.parametrize("status", [409, 429, 500, 503])
    def test_what_stripe_says_is_of_no_use_is_not(self, vendor: Simulated, slept: list[float], status: int) -> None:
        vendor.fail_always(self.says("false", status))
        with pytest.raises(SourceUnavailable, match="Something is locked"):
            items_of(vendor)
        assert vendor.calls == 1
        assert not slept

    def test_a_retry_after_is_honoured(self, vendor: Simulated, slept: list[float]) -> None:
        vendor.fail(too_many("7"))
        assert items_of(vendor) == []
        assert slept == [7.0]

    def test_a_request_that_is_wrong_is_not_tried_again(self, vendor: Simulated) -> None:
        vendor.fail_always(self.says(None, 400))
        with pytest.raises(SourceRefused, match="does not take the request"):
            items_of(vendor)
        assert vendor.calls == 1


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"sessions": False}, "only Checkout Sessions tell tax and shipping"),
            ({"sessions": False, "with_tax": True}, "only Checkout Sessions tell tax and shipping"),
            ({"account": "tea-shop"}, "account"),
            ({"labels": {"campain": "utm_campaign"}}, "campain"),
            ({"key": "rk_live_inplace"}, "never write a secret into the file"),
            ({"endpoint": "http://api.stripe.com"}, "unencrypted"),
        ],
    )
    def test_what_cannot_be_is_refused(self, options: Mapping[str, Any], words: str) -> None:
        entry = {"connector": "stripe", "key": {"env": "STRIPE_KEY"}, **options}
        with pytest.raises(ValidationError, match=words):
            StripeOptions.model_validate(entry)

    def test_the_page_tells_each_of_them_and_its_examples_are_right(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        own = StripeOptions.model_fields.keys() - SourceEntry.model_fields.keys()
        assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) >= own
        examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        assert examples
        for text in examples:
            for entry in yaml.safe_load(text).values():
                StripeOptions.model_validate(entry)


def test_the_example_is_a_month_of_a_shop(vendor: Simulated) -> None:
    with example() as shop:
        entry = yaml.safe_load(shop.entry.format(url=shop.url("")))["payments"]
        connector = stripe(entry["endpoint"], key=shop.secrets["STRIPE_KEY"])
        assert connector.check().account == "The tea shop"
        found = [item for item in connector.read(MARCH) if isinstance(item, Reading)]
    assert {item.day for item in found} == set(MARCH)
    assert sum(item.measures.get("orders") or 0 for item in found) == sum(order.counts for order in shop.shop.orders)
    assert None not in {item.measures["revenue"] for item in found}

"""A Stripe account: what its ledger says was paid, as orders, and what went back, as refunds.

The ledger (balance transactions) is never changed, only added to: a refund, a dispute, a refund that failed is a row
of its own, on its own day. It holds what was paid, with tax and shipping. How much of it they are, only a Checkout
Session tells; it may also hold labels and promotion codes, which Stripe copies nowhere else.

Source:
    Field lists of stripe-python 16.1.0 and of github.com/stripe/openapi, API version 2026-10-28.endive;
    docs.stripe.com (currencies), read 2026-11.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Annotated, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from config.addresses import WebAddress
from config.errors import SourceMisread, SourceRefused
from config.fields import Texts
from config.periods import Window
from config.sources import Secret, SourceEntry
from config.vocabulary import Dimension, Measure, SourceKind
from connectors.base import Context, Item, Note, Origin, Quality, Reading, Remark, SourceInfo
from connectors.kit.days import chunks, day_of, span_of
from connectors.kit.fields import Record
from connectors.kit.http import RequestLimits
from connectors.kit.leaving_out import SEVERAL
from connectors.kit.sales import ShopOptions, buyer
from connectors.kit.text import clean
from connectors.shops.stripe_api import Api, Denied
from connectors.shops.stripe_sessions import OF_SESSIONS, SESSIONS, CheckoutSession, Sessions, joined, labels_of

SPAN = 7  # days asked for at once, as long as they fit on one page

LEDGER = "/v1/balance_transactions"
_OF_LEDGER = {"expand[]": ["data.source", "data.source.charge"]}

CHARGE = "charge"
_GIVEN_BACK = frozenset({"refund", "refund_failure", "dispute", "dispute_reversal", "charge_failure"})
_SALES = _GIVEN_BACK | {CHARGE, "partial_capture_reversal"}
_NO_SALES = re.compile(  # families of rows that move money which no buyer paid or got back
    "(advance|anticipation|climate|connect|contribution|currency_conversion|fee|financing|inbound|issuing|minimum"
    "|network_cost|obligation|other_adjustment|payment_network|payout|platform|reserve|revenue_share|reward|risk"
    "|stripe_balance|tax|topup|transfer"
    "|unreconciled)(_.*)?"
)
# Stripe's own table (docs.stripe.com/currencies), not ISO 4217's: it sends ISK and UGX with two decimals.
_NO_DECIMALS = re.compile("BIF|CLP|DJF|GNF|JPY|KMF|KRW|MGA|PYG|RWF|VND|VUV|XAF|XOF|XPF")
_THREE_DECIMALS = re.compile("BHD|JOD|KWD|OMR|TND")

_KEYS: dict[Dimension, tuple[str, ...]] = {
    Dimension.CAMPAIGN: ("utm_campaign", "campaign"),
    Dimension.CAMPAIGN_ID: ("utm_id",),
    Dimension.SOURCE: ("utm_source",),
    Dimension.MEDIUM: ("utm_medium",),
    Dimension.CONTENT: ("utm_content",),
    Dimension.TERM: ("utm_term",),
    Dimension.COUPON: ("coupon",),
}

_day_of = attrgetter("day")

_WHOLE = "revenue is what was paid, with tax and shipping"
_PART = (
    "revenue is known of payments by Checkout Session only, as Stripe keeps tax and shipping of no other: "
    "'with_tax: true' and 'with_shipping: true' together take what was paid, of all"
)


class StripeOptions(ShopOptions):
    """``labels`` says which keys of metadata hold the labels, where they are not those of ``utm_…``."""

    identity: ClassVar[tuple[str, ...]] = ("key", "account")

    key: Secret
    endpoint: WebAddress = "https://api.stripe.com"
    account: Annotated[str | None, Field(pattern=r"^acct_\w+$", description="A connected account.")] = None
    labels: dict[Dimension, Texts] = {}
    sessions: Annotated[bool, Field(description="Read Checkout Sessions.")] = True
    allow_secret_key: bool = False

    @model_validator(mode="after")
    def _can_tell_revenue(self) -> "StripeOptions":
        if not self.sessions and not (self.with_tax and self.with_shipping):
            raise ValueError(
                "only Checkout Sessions tell tax and shipping: "
                "beside 'sessions: false' say 'with_tax: true' and 'with_shipping: true'"
            )
        return self


class _Row(NamedTuple):
    """A row of the ledger, with what it says of its payment, if it has one.

    ``amount`` counts the smallest unit of the currency in which the account is paid.
    """

    day: date
    category: str
    amount: int
    currency: str
    paid_at: int = 0
    intent: str | None = None  # by which the session of the payment is found
    email: str | None = None
    labels: Mapping[str, str] = {}
    fault: SourceMisread | None = None  # why it cannot be read


class Stripe:
    """Reads the ledger of an account, and the Checkout Sessions behind it. It only ever asks."""

    Options: ClassVar[type[SourceEntry]] = StripeOptions
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar[frozenset[str]] = frozenset(
        {Measure.ORDERS, Measure.REVENUE, Measure.REFUNDS, Measure.NEW_CUSTOMERS}
    )
    lookback: ClassVar = 2
    rereads: ClassVar = False
    limits: ClassVar = RequestLimits()

    def __init__(self, options: StripeOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self.zone = ZoneInfo(context.zone)
        self.takes_all = options.with_tax and options.with_shipping
        self.keys = {**_KEYS, **options.labels}

    def check(self) -> SourceInfo:
        """Prove the key and its rights, and say what of the latest rows is not understood."""
        info = self._account()
        rows = self._api.newest(LEDGER, _OF_LEDGER)
        unknown = _unknown(filter(None, (record.maybe_text("reporting_category") for record in rows)))
        if self.options.sessions:
            self._api.newest(SESSIONS, OF_SESSIONS)
        basis = _WHOLE if self.takes_all else _PART
        return replace(info, remarks=(*info.remarks, *unknown, basis))

    def read(self, window: Window) -> Iterator[Item]:
        """Yield what the rows of each day come to."""
        yield from map(Remark, self._doubts())
        for asked, rows in self._spans(window):
            rows.reverse()  # Stripe gives the newest first, and in no other order
            rows.sort(key=_day_of)
            paid_at = {row.intent: row.paid_at for row in rows if row.intent}
            sessions = self._sessions.of(asked, paid_at) if self.options.sessions else {}
            for day, of_day in groupby(rows, key=_day_of):
                yield from self._day(day, list(of_day), sessions)

    def buyers_from(self, start: date) -> date:
        """The first day to look for who bought before."""
        return self.options.first_day_of_buyers(start)

    # The ledger.

    def _spans(self, window: Window) -> Iterator[tuple[dict[str, int], list[_Row]]]:
        """Spans of time with their rows: never more in memory than a page, or a day."""
        for part in chunks(window, SPAN):
            asked = self._created(part)
            found = self._api.all_or_none(LEDGER, {**_OF_LEDGER, **asked})
            if found is not None:
                yield asked, self._rows(found, asked)
                continue
            for asked in map(self._created, chunks(part, 1)):
                yield asked, self._rows(self._api.all(LEDGER, {**_OF_LEDGER, **asked}), asked)

    def _created(self, days: Window) -> dict[str, int]:
        start, end = span_of(days, self.zone)
        return {"created[gte]": int(start.timestamp()), "created[lt]": int(end.timestamp())}

    def _rows(self, records: Iterable[Record], asked: Mapping[str, int]) -> list[_Row]:
        """Rows, of which one that cannot be read says only why. Raises SourceMisread where that is most of several."""
        rows = [self._row_or_fault(record, asked) for record in records]
        faults = [row.fault for row in rows if row.fault]
        if len(faults) >= SEVERAL and len(faults) > sum(row.category in _SALES and not row.fault for row in rows):
            raise faults[0]
        return rows

    def _row_or_fault(self, record: Record, asked: Mapping[str, int]) -> _Row:
        created = record.count("created")
        if not asked["created[gte]"] <= created < asked["created[lt]"]:
            record.refuse("was not created within the days asked for")
        day = day_of(datetime.fromtimestamp(created, UTC), self.zone)
        try:
            return self._row(record, day)
        except SourceMisread as fault:
            return _Row(day, "", 0, self.context.currency, fault=fault)

    def _row(self, record: Record, day: date) -> _Row:
        category = record.text("reporting_category")
        row = _Row(day, category, record.count("amount"), record.currency("currency", small=True))
        return self._with_payment(row, record) if category in _SALES else row

    def _with_payment(self, row: _Row, record: Record) -> _Row:
        """The row with its own payment, or the one that its refund or dispute goes back to."""
        if row.category != CHARGE and record.values.get("source", record) is None:  # as Stripe may say it
            return row
        source = record.record("source")
        charge = source if source.text("object") == CHARGE else source.maybe_record(CHARGE)
        if charge is None:
            return source.refuse("is no charge") if row.category == CHARGE else row
        return row._replace(
            paid_at=charge.count("created"),
            intent=charge.maybe_text("payment_intent"),
            email=charge.record("billing_details").maybe_text("email") or charge.maybe_text("receipt_email"),
            labels=labels_of(charge.record("metadata"), self.keys),
        )

    # What they come to.

    def _day(self, day: date, rows: Sequence[_Row], sessions: Mapping[str, CheckoutSession]) -> Iterator[Item]:
        for words in _unknown(row.category for row in rows if not row.fault):
            yield from (Note(day, Quality.TRUNCATED, words), Remark(words))
        behind = {row.intent: sessions[row.intent].fault for row in rows if row.intent and row.intent in sessions}
        for fault in filter(None, (*(row.fault for row in rows), *behind.values())):
            text = f"{str(fault).removeprefix(f'{self.context.source}: ')}: left out"
            yield from (Note(day, Quality.TRUNCATED, text), Remark(text))
        for row in rows:
            if row.fault:
                yield Reading(day, Origin(currency=row.currency), dict.fromkeys(self.provides))
        sales = [row for row in rows if row.category in _SALES]
        for row in sales:
            yield from self._sale(row, sessions.get(row.intent or ""))
        if not sales and not all(row.fault for row in rows):  # money moved, but no buyer's: the day is known
            yield Reading(day, Origin(currency=rows[0].currency), {"orders": 0, "revenue": 0, "refunds": 0})

    def _sale(self, row: _Row, session: CheckoutSession | None) -> Iterator[Item]:
        origin, worth = self._origin(row, session), self._worth(row, session)
        measures: dict[str, Decimal | int | None] = {"revenue": worth}
        if row.category in _GIVEN_BACK:
            measures["refunds"] = None if worth is None else -worth
        if row.category == CHARGE:
            measures["orders"] = 1
            if email := row.email or (session and session.email):
                yield buyer(self.context, row.day, origin, email)
            else:
                measures["new_customers"] = None
        yield Reading(row.day, origin, measures)

    def _origin(self, row: _Row, session: CheckoutSession | None) -> Origin:
        """What the payment says of itself, then what its session says; the coupons of both."""
        of_session = session.labels if session else {}
        coupon = joined(row.labels.get("coupon", ""), of_session.get("coupon", ""))
        return Origin(**{**of_session, **row.labels, "coupon": coupon}, currency=row.currency)

    def _worth(self, row: _Row, session: CheckoutSession | None) -> Decimal | None:
        """A row's revenue: all of it, or the part its session says, whatever came in or went back.

        Stripe itself takes a refund apart so. A part is right in the account's own currency, too.
        """
        amount = Decimal(row.amount)
        if not self.takes_all:
            if session is None or session.total is None:
                return None
            amount = (amount * session.part / session.total).quantize(Decimal(1))
        decimals = 0 if _NO_DECIMALS.fullmatch(row.currency) else 3 if _THREE_DECIMALS.fullmatch(row.currency) else 2
        return amount.scaleb(-decimals)

    # Asking.

    def _account(self) -> SourceInfo:
        """Whose account it is; where the key may not see the account, what its balance tells."""
        remarks = self._doubts()
        try:
            account = self._api.ask("/v1/account")
        except Denied:
            currencies = {
                part.currency("currency", small=True) for part in self._api.ask("/v1/balance").records("available")
            }
            currency = currencies.pop() if len(currencies) == 1 else None
            return SourceInfo("not told to this key", None, currency, remarks=remarks)
        settings = account.maybe_record("settings")
        board = (settings.maybe_record("dashboard") if settings else None) or Record(account.where, {})
        name = board.maybe_text("display_name") or account.text("id")
        currency = account.currency("default_currency", small=True) if account.has("default_currency") else None
        made = account.maybe_count("created")
        since = day_of(datetime.fromtimestamp(made, UTC), self.zone) if made else None
        return SourceInfo(name, board.maybe_text("timezone"), currency, since=since, remarks=remarks)

    def _doubts(self) -> tuple[str, ...]:
        return ("the key is one of the test mode: its payments are not real",) if "_test_" in self._key else ()

    @cached_property
    def _sessions(self) -> Sessions:
        return Sessions(self._api, self.options, self.keys)

    @cached_property
    def _key(self) -> str:
        key = self.context.reveal(self.options.key)
        if key.startswith("sk_live_") and not self.options.allow_secret_key:
            raise SourceRefused(
                f"{self.context.source}: its key is a secret one (sk_live_…), which can move money: "
                "make a restricted one (rk_live_…) that only reads, or say allow_secret_key: true"
            )
        return key

    @cached_property
    def _api(self) -> Api:
        options = self.options
        return Api(self.context.source, options.endpoint, self._key, options.account, self.limits)


def _unknown(categories: Iterable[str]) -> list[str]:
    """A word on each kind of row that nobody has thought of."""
    kinds = sorted({kind for kind in categories if kind not in _SALES and not _NO_SALES.fullmatch(kind)})
    return [f"rows of the kind '{clean(kind)}' are in no measure" for kind in kinds]

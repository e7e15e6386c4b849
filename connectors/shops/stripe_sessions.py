"""The Checkout Sessions behind payments: which part of what was paid is revenue, labels, and promotion codes.

Source:
    Field lists of stripe-python 16.1.0 and of github.com/stripe/openapi, API version 2026-10-28.endive.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from config.errors import SourceMisread
from config.vocabulary import Dimension
from connectors.kit.fields import Record
from connectors.kit.leaving_out import SEVERAL
from connectors.kit.sales import COUPONS, ShopOptions, coupons
from connectors.shops.stripe_api import Api

SESSIONS = "/v1/checkout/sessions"
OF_SESSIONS = {"expand[]": ["data.discounts.promotion_code"]}
REFERENCE = "client_reference_id"  # a field of sessions, taken for one more key of their metadata
SESSION_LIFE = 24 * 3600  # seconds: a session is paid for, or bound to be, within a day of its opening

#: dimension -> the keys of metadata that may hold it
Keys = Mapping[Dimension, Sequence[str]]


class CheckoutSession(NamedTuple):
    """What a Checkout Session adds to its payment: ``part`` of ``total`` is revenue, if it has a total."""

    email: str | None = None
    labels: Mapping[str, str] = {}
    part: int = 0
    total: int | None = None
    fault: SourceMisread | None = None  #: why it cannot be read


class Sessions:
    """Asks for sessions; every method raises SourceError."""

    def __init__(self, api: Api, options: ShopOptions, keys: Keys) -> None:
        self._api = api
        self._options = options
        self._keys = keys

    def of(self, asked: Mapping[str, int], paid_at: Mapping[str, int]) -> dict[str, CheckoutSession]:
        """The sessions behind payment intents, of which it is given when they were paid, by those.

        Those of new payments are listed. Where an older one is refunded, disputed or settled only now, its session is
        asked for alone. Raises SourceMisread where most of several cannot be read.
        """
        start = asked["created[gte]"]
        found: dict[str, CheckoutSession] = {}
        if any(paid >= start for paid in paid_at.values()):
            found.update(self._by_intent({"status": "complete", **asked, "created[gte]": start - SESSION_LIFE}))
        for intent, paid in paid_at.items():
            if paid < start and intent not in found:
                found.update(self._by_intent({"payment_intent": intent}))
        faults = [session.fault for session in found.values() if session.fault]
        if len(faults) >= SEVERAL and 2 * len(faults) > len(found):
            raise faults[0]
        return found

    def _by_intent(self, asked: Mapping[str, Any]) -> Iterator[tuple[str, CheckoutSession]]:
        for record in self._api.all(SESSIONS, {**OF_SESSIONS, **asked}):
            if intent := record.maybe_text("payment_intent"):  # a subscription, or nothing to pay, has none
                try:
                    yield intent, self._session(record)
                except SourceMisread as fault:
                    yield intent, CheckoutSession(fault=fault)

    def _session(self, record: Record) -> CheckoutSession:
        person, metadata = record.maybe_record("customer_details"), record.maybe_record("metadata")
        facts = {**(metadata.values if metadata else {}), REFERENCE: record.values.get(REFERENCE)}
        labels = labels_of(Record(f"{record.where}: metadata", facts), self._keys)
        labels["coupon"] = joined(labels.get("coupon", ""), *_codes(record))
        return CheckoutSession(person.maybe_text("email") if person else None, labels, *self._split(record))

    def _split(self, session: Record) -> tuple[int, int | None]:
        """How much of how much was paid for what counts as revenue."""
        total, details = session.maybe_count("amount_total"), session.maybe_record("total_details")
        if not total or details is None:
            return 0, None
        tax, shipping = details.count("amount_tax"), details.maybe_count("amount_shipping") or 0
        if cost := session.maybe_record("shipping_cost"):  # amount_shipping holds tax where prices do
            shipping = cost.count("amount_total") - cost.count("amount_tax")
        left_out = (0 if self._options.with_tax else tax) + (0 if self._options.with_shipping else shipping)
        return total - left_out, total


def labels_of(metadata: Record, keys: Keys) -> dict[str, str]:
    """What the first key of each dimension holds that holds something."""
    found = {name: [metadata.maybe_text(key) for key in its_keys] for name, its_keys in keys.items()}
    return {name: next(filter(None, values), "") or "" for name, values in found.items() if any(values)}


def joined(*labels: str) -> str:
    """The coupons of several labels as one."""
    return coupons(code for label in labels for code in label.split(COUPONS))


def _codes(session: Record) -> Iterator[str]:
    """The promotion codes that were typed in; of a coupon given without one its id."""
    for discount in session.records("discounts") if session.has("discounts") else ():
        if code := discount.maybe_record("promotion_code"):
            yield code.text("code")
        elif discount.has("coupon"):
            yield discount.id("coupon")

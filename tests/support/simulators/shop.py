"""A small shop as everybody understands it, whatever software it runs on: the simulators of shops tell of this one.

What a month came to is worked out here by plain sums, without anything of Vigie's: ``Shop.rows`` is the ledger that a
connector's readings must equal.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from connector_contract import HOSTILE, Amount, Row

PARIS = ZoneInfo("Europe/Paris")
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Refund:
    """Money given back at a moment (aware), in the order's currency; ``net`` is goods without tax."""

    id: int
    at: datetime
    net: Decimal
    tax: Decimal = NOTHING  #: of goods and shipping
    shipping: Decimal = NOTHING  #: without tax
    items: int = 0

    @property
    def total(self) -> Decimal:
        return self.net + self.tax + self.shipping


@dataclass(frozen=True)
class Order:
    """An order. ``net`` is goods after discount without tax; ``discount`` was taken off before, without tax."""

    id: int
    at: datetime  #: aware
    net: Decimal
    tax: Decimal = NOTHING  #: of goods and shipping
    shipping: Decimal = NOTHING  #: without tax
    discount: Decimal = NOTHING
    items: int = 1
    currency: str = "EUR"
    email: str | None = None  #: None where nobody knows
    is_guest: bool = True
    state: str = "paid"  #: paid, unpaid, cancelled, failed or trashed
    labels: Mapping[str, str] = field(default_factory=dict)  #: campaign, source, medium, content, term, …
    coupons: tuple[str, ...] = ()
    refunds: tuple[Refund, ...] = ()
    modified_at: datetime | None = None  #: the order's own; its refunds move it on
    is_odd: bool = False  #: one of its fields is missing or says nothing, as its software allows

    @property
    def total(self) -> Decimal:
        return self.net + self.tax + self.shipping

    @property
    def counts(self) -> bool:
        return self.state == "paid"

    @property
    def changed_at(self) -> datetime:
        """The last change of it: its making, an edit, a refund."""
        return max([self.modified_at or self.at, *(refund.at for refund in self.refunds)])


@dataclass
class Shop:
    """The orders of a shop, and where it stands."""

    orders: list[Order] = field(default_factory=list)
    zone: str = "Europe/Paris"
    currency: str = "EUR"
    name: str = "The tea shop"
    meanwhile: Callable[[], None] = lambda: None  #: happens after each answer of the shop, before the next request

    def remove(self, id: int) -> None:
        """Delete an order for good."""
        self.orders = [order for order in self.orders if order.id != id]

    def change(self, id: int, **values: object) -> None:
        """Change an order, at the moment ``modified_at`` if it is given."""
        self.orders = [replace(order, **values) if order.id == id else order for order in self.orders]  # type: ignore[arg-type]

    def rows(
        self,
        known: Iterable[str],
        *,
        zone: ZoneInfo = PARIS,
        with_tax: bool = False,
        with_shipping: bool = False,
        since: date = date.min,
        until: date = date.max,
    ) -> list[Row]:
        """The ledger: orders, items, revenue, refunds, new customers of each order's day; refunds of their own.

        ``known`` names the labels that the shop's software can tell; ``until`` is included.
        """
        rows: list[Row] = []
        bought: set[str] = set()
        for order in sorted(self.orders, key=lambda order: (order.at, order.id)):
            if not order.counts:
                continue
            labels = {name: value for name, value in order.labels.items() if name in known and value}
            if "coupon" in known and order.coupons:
                labels["coupon"] = "|".join(sorted(order.coupons))

            def worth(part: Order | Refund) -> Decimal:
                return part.net + (part.tax if with_tax else 0) + (part.shipping if with_shipping else 0)

            who = order.email.strip().casefold() if order.email else None
            is_new = None if who is None else int(who not in bought)
            bought |= {who} if who else set()
            measures: dict[str, Amount] = {
                "orders": 1,
                "items": order.items,
                "revenue": worth(order),
                "new_customers": is_new,
            }
            rows.append(Row(order.at.astimezone(zone).date(), measures, labels, order.currency))
            for refund in order.refunds:
                back: dict[str, Amount] = {"revenue": -worth(refund), "refunds": worth(refund)}
                rows.append(Row(refund.at.astimezone(zone).date(), back, labels, order.currency))
        return [row for row in rows if since <= row.day <= until]


def moment(text: str) -> datetime:
    """``2026-03-10 21:58`` in Paris, as a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


CAMPAIGNS: Sequence[Mapping[str, str]] = (
    {},
    {"campaign": "spring-sale", "source": "google", "medium": "cpc", "content": "blue", "term": "linen dress"},
    {"campaign": "spring-news-3", "source": "newsletter", "medium": "email"},
    *({"campaign": text, "source": "instagram", "medium": "social"} for text in HOSTILE.values()),
)


def a_month(
    *,
    start: date = date(2026, 3, 1),
    days: int = 31,
    a_day: int = 4,
    currencies: Sequence[str] = ("EUR", "USD"),
    campaigns: Sequence[Mapping[str, str]] = CAMPAIGNS,
    coupons: Sequence[tuple[str, ...]] = ((), ("SPRING10",), (), ("SPRING10", "LEA20")),
    seed: int = 3,
) -> Shop:
    """A shop with a month behind it: refunds partial and whole, cancelled, unpaid and failed orders, guests who write
    their address in several ways, orders at both ends of a day, the night the clocks change (29 March in Paris).
    """
    draw = random.Random(seed)
    orders: list[Order] = []
    people = [f"buyer{number}@mail.example" for number in range(days * a_day // 3 + 1)]
    for number in range(days * a_day):
        day = start + timedelta(days=number // a_day)
        clock = draw.choice(["00:00:30", "01:30", "02:59:59", "03:00:01", "09:15", "12:00", "18:20:05", "23:59:30"])
        at = datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=PARIS).astimezone(UTC)
        net = Decimal(draw.randrange(500, 20_000)) / 100
        shipping = draw.choice([NOTHING, Decimal("4.17"), Decimal("8.25")])
        tax = ((net + shipping) * Decimal("0.2")).quantize(Decimal("0.01"))
        state = draw.choice(["paid"] * 12 + ["unpaid", "cancelled", "failed"])
        email = draw.choice(people)
        order = Order(
            id=1_001 + number,
            at=at,
            net=net,
            tax=tax,
            shipping=shipping,
            discount=draw.choice([NOTHING, Decimal("10.00")]),
            items=draw.randrange(1, 5),
            currency=draw.choice(currencies),
            email=draw.choice([email, email.upper(), f" {email}"]),
            state=state,
            labels=campaigns[number % len(campaigns)],
            coupons=draw.choice(coupons),
        )
        if state == "paid" and draw.random() < 0.2:
            order = replace(order, refunds=(_refund(draw, order, len(orders)),))
        orders.append(order)
    return Shop(orders)


def _refund(draw: random.Random, order: Order, number: int) -> Refund:
    """Of the whole order, or of a part of its goods, some days later."""
    at = order.at + timedelta(days=draw.randrange(0, 12), hours=draw.randrange(0, 24))
    if draw.random() < 0.5:
        return Refund(9_001 + number, at, order.net, order.tax, order.shipping, order.items)
    net = (order.net / 2).quantize(Decimal("0.01"))
    return Refund(9_001 + number, at, net, (net * Decimal("0.2")).quantize(Decimal("0.01")), items=1)

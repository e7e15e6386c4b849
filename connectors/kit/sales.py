"""What all shops have in common: which part of an order is revenue, who bought, where the buyer came from."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from config.fields import Day
from config.sources import SourceEntry
from connectors.base import Buyer, Context, Gone, Item, Origin

T = TypeVar("T", bound=Item)

LOOKED_BACK = timedelta(days=730)  # for who bought before the plan's first day
COUPONS = "|"  # between several coupons of one order

_TAGS = {
    "utm_campaign": "campaign",
    "utm_id": "campaign_id",
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_content": "content",
    "utm_term": "term",
}


class ShopOptions(SourceEntry):
    """Revenue is without tax and shipping unless ``with_tax`` and ``with_shipping`` say otherwise."""

    with_tax: bool = False
    with_shipping: bool = False
    customers_from: Annotated[Day | None, Field(description="Orders from this day on tell who bought before.")] = None

    def first_day_of_buyers(self, start: date) -> date:
        """Where to begin looking for who bought before ``start``: as the entry says, else two years before."""
        return min(self.customers_from or start - LOOKED_BACK, start)


def buyer(context: Context, day: date, origin: Origin, email: str) -> Buyer:
    """Who bought, by e-mail address: the case and the blanks around it do not make another person."""
    return Buyer(day, origin, context.pseudonym(email.strip().casefold()))


def coupons(codes: Iterable[str]) -> str:
    """The coupons of one order as a label: sorted, so that two orders with the same ones share it."""
    return COUPONS.join(sorted({code.strip() for code in codes if code.strip()}))


def tags_of(address: str | None) -> dict[str, str]:
    """The campaign labels in a web address, by dimension; those that are empty or missing are left out."""
    try:
        query = parse_qsl(urlsplit(address or "").query)
    except ValueError:
        return {}
    found: dict[str, str] = {}
    for name, value in query:
        if (dimension := _TAGS.get(name.lower())) and value:
            found.setdefault(dimension, value)
    return found


def without_query(address: str | None) -> str:
    """A web address without its query and fragment, which may hold anything about a person."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def host_of(address: str | None) -> str:
    """The host of a web address, as a referrer."""
    try:
        return urlsplit(address or "").hostname or ""
    except ValueError:
        return ""


def by_day(*streams: Iterable[T]) -> Iterator[T]:
    """Several streams, each in the order of its days, as one in the order of the days; what is gone of a day first."""
    for _, items in groupby(merge(*map(dated, streams), key=itemgetter(0)), itemgetter(0)):
        yield from sorted((item for _, item in items), key=lambda item: not isinstance(item, Gone))


def dated(items: Iterable[T]) -> Iterator[tuple[date, T]]:
    """Each with its day; a remark with that of what came before it."""
    day = date.min
    for item in items:
        day = getattr(item, "day", day)
        yield day, item

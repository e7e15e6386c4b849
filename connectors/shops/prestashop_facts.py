"""What a PrestaShop says of itself, held against its entry: its time zone, its currencies, what its states stand for.

Ids and names of currencies and states are each shop's own; what they stand for is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from config.addresses import WebAddress, ends_before
from config.errors import SourceRefused
from config.fields import Currency, Zone
from config.sources import Secret
from connectors.kit.fields import Record
from connectors.kit.sales import ShopOptions
from connectors.shops.prestashop_webservice import NotAllowed, Webservice

_ZONE, _CURRENCY = "PS_TIMEZONE", "PS_CURRENCY_DEFAULT"
_LOST = {"order_canceled", "payment_error", "refund"}  # mails of the states in which nobody waits for money any more
_MONTHS = [datetime(year, month, 15, tzinfo=UTC) for year in range(2020, 2031) for month in range(1, 13)]


class PrestaShopOptions(ShopOptions):
    """``url`` is the shop's own address, ``key`` one of its webservice's."""

    identity: ClassVar[tuple[str, ...]] = ("url", "shop_id")

    url: Annotated[WebAddress, ends_before("/api")]
    key: Secret
    key_in_query: bool = False
    timezone: Zone | None = None
    currency: Currency | None = None
    money: Literal["shop", "order"] = "shop"
    coupons: bool = True
    count_unpaid: bool = False
    shop_id: Annotated[int | None, Field(ge=1)] = None
    format: Literal["json", "xml"] = "json"


@dataclass(frozen=True)
class ShopFacts:
    """What the numbers in an order refer to."""

    zone: ZoneInfo
    currency: str | None  #: that it counts in, where it tells
    currencies: dict[int, str]
    at_par: list[str]  #: the currencies with a rate of 1
    states: dict[int, bool]  #: whether an order in it counts
    over: frozenset[int]  #: the states of orders that were cancelled, refused or refunded
    knows_zone: bool  #: whether the shop or its entry says the zone

    def counts(self, order: Record) -> bool:
        """Whether an order is a sale. Where a module took its states along, the order remembers what they were."""
        known = self.states.get(order.count("current_state"))
        return bool(order.count("valid")) if known is None else known

    def is_lost(self, order: Record) -> bool:
        """Whether an order that does not count may have counted once: it is over, or was invoiced.

        A state that a module or the team made, such as "lost in the post", has no mail to know it by.
        """
        return order.count("current_state") in self.over or order.count("invoice_number") > 0


class AskedFacts:
    """Asks a shop for its facts, and refuses an entry that contradicts them. Every method raises SourceError."""

    def __init__(self, web: Webservice, options: PrestaShopOptions, plan_zone: str) -> None:
        self.web = web
        self.options = options
        self.plan_zone = plan_zone

    def all(self) -> ShopFacts:
        """All of them."""
        told = self._told()
        rows = self.web.rows("currencies", "[id,iso_code,conversion_rate]")
        currencies = {row.count("id"): row.currency("iso_code") for row in rows}
        at_par = [row.currency("iso_code") for row in rows if row.amount("conversion_rate") == 1]
        zone, currency = self._zone(told), self._currency(told, currencies, at_par)
        knows_zone = bool(self.options.timezone or told.get(_ZONE))
        return ShopFacts(zone, currency, currencies, at_par, *self._states(), knows_zone)

    def zone(self) -> ZoneInfo:
        """The shop's time zone; the plan's, where nobody says it."""
        return self._zone(self._told())

    def _told(self) -> dict[str, list[str]]:
        """The settings with the values that may be meant; none where the key may not read them."""
        asked = {"filter[name]": f"[{_ZONE}|{_CURRENCY}]"}
        try:
            rows = self.web.rows("configurations", "[id,name,value,id_shop,id_shop_group]", asked)
        except NotAllowed:
            return {}
        found = settings_of(rows, self.options.shop_id)
        says_all = self.options.timezone and (self.options.currency or self.options.money == "order")
        if not says_all and not {_ZONE, _CURRENCY} <= found.keys():
            raise self.web.misread(f"does not tell {_ZONE} and {_CURRENCY}: write timezone and currency")
        return found

    def _zone(self, told: dict[str, list[str]]) -> ZoneInfo:
        there, said = told.get(_ZONE, []), self.options.timezone
        try:
            zones = [ZoneInfo(name) for name in there]
        except (KeyError, ValueError, OSError):
            raise self.web.misread(f"{_ZONE} is no time zone: write timezone") from None
        if not said:
            return ZoneInfo(self._only(_ZONE, "timezone", there) if there else self.plan_zone)
        if zones and not any(_is_alike(ZoneInfo(said), zone) for zone in zones):
            raise self._contradicted("timezone", said, there)
        return ZoneInfo(said)

    def _currency(self, told: dict[str, list[str]], currencies: dict[int, str], at_par: list[str]) -> str | None:
        """The currency that the shop counts in: the entry's where nothing contradicts it, else what the shop tells."""
        said, codes = self.options.currency, {str(id): code for id, code in currencies.items()}
        if said and said not in codes.values():
            possible = ", ".join(sorted(set(codes.values())))
            raise self.web.refused(f"has no currency {said}: correct currency, to one of {possible}")
        there = [codes[id] for id in told.get(_CURRENCY, []) if id in codes]
        if self.options.money == "order":
            return said or next(iter(there), None)
        own = there or ([] if told else at_par)  # the rate of its own currency is 1
        if said:
            if own and said not in own:
                raise self._contradicted("currency", said, own)
            return said
        if not there and len(own) != 1:
            raise self.web.refused("does not tell the currency it counts in: write currency, or money: order")
        return self._only(_CURRENCY, "currency", own)

    def _only(self, setting: str, option: str, values: list[str]) -> str:
        """The one value of a setting; where several shops differ, which is meant must be said."""
        if len(values) > 1:
            several = " and ".join(sorted(values))
            raise self.web.refused(f"its shops differ in {setting} ({several}): write shop_id, or {option}")
        return values[0]

    def _contradicted(self, option: str, said: str, there: list[str]) -> SourceRefused:
        """The entry says something else than the shop does."""
        possible = " or ".join(sorted(set(there)))
        return self.web.refused(f"{option} is {said}, but the shop says {possible}: correct {option}, or leave it out")

    def _states(self) -> tuple[dict[int, bool], frozenset[int]]:
        """State id -> whether its orders count, and the states that are an order's end."""
        unpaid = self.options.count_unpaid
        rows = self.web.rows("order_states", "[id,paid,logable,template]")
        over = {row.count("id") for row in rows if any(mail in str(row.values.get("template")) for mail in _LOST)}
        counting = {
            row.count("id"): row.count("paid") + row.count("logable") > 0 or (unpaid and row.count("id") not in over)
            for row in rows
        }
        return counting, frozenset(id for id in over if not counting[id])


def settings_of(rows: Iterable[Record], shop_id: int | None) -> dict[str, list[str]]:
    """Each setting by its name, with the values that may be meant: one for a shop that has its own, or the same as all.

    Of a group of shops it is not told which belong to it; without ``shop_id`` every shop's may be.
    """
    own: dict[str, list[str]] = {}
    every: dict[str, list[str]] = {}
    for row in rows:
        of_shop, of_group = (str(row.values.get(name) or 0) for name in ("id_shop", "id_shop_group"))
        name, value = row.text("name"), row.text("value")
        if shop_id is not None and of_shop == str(shop_id):
            own[name] = [value]
        elif of_shop == "0" or shop_id is None:
            values = every.setdefault(name, [])
            if value not in values:
                values.insert(0 if of_shop == of_group == "0" else len(values), value)
    return {**every, **own}


def _is_alike(one: ZoneInfo, other: ZoneInfo) -> bool:
    """Whether two names stand for the same clock, as Europe/Paris and Europe/Brussels do."""
    return all(moment.astimezone(one).utcoffset() == moment.astimezone(other).utcoffset() for moment in _MONTHS)

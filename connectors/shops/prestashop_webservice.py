"""The webservice of a PrestaShop shop: lists of rows, in pages, as JSON or XML.

It gives no total and no link to the next page, an empty list without a name, and refuses by a code of its own,
whatever the status.

Source:
    github.com/PrestaShop/PrestaShop (classes/webservice) and github.com/PrestaShop/docs (webservice), read 2026-11.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.paging import overlapping
from connectors.kit.parsing import past_notices, read_json, read_xml

PAGE = 50  # rows asked for at once: the shop loads them one by one
MANY = 100  # where only their days are asked for

OF_PHP = 15  # the last code of PHP's own warnings, which may stand beside the reason
KEYS = "Advanced Parameters > Webservice"
_NO_KEY = "gets no key: its server drops it; set CGIPassAuth On in Apache, or write key_in_query: true"
_REMEDIES = {
    16: _NO_KEY,
    17: _NO_KEY,
    18: f"says that this is no key: one has 32 characters; copy it from {KEYS}",
    20: f"does not take the key: see in {KEYS} whether it is there, and enabled",
    21: f"gives the key no permission at all: tick View (GET) for it in {KEYS}",
    22: f"has its webservice switched off: enable it in {KEYS}",
    132: f"does not give this shop to the key: see its shops in {KEYS}, or correct shop_id",
    999: "has no shop of this number: correct shop_id",
}
_OF_SHOP = (132, 999)


class NotAllowed(SourceRefused):
    """The key may not read a resource."""


class _NoSuchShop(SourceRefused):
    """There is no shop of this number, or it is not given to the key."""


@dataclass(frozen=True, slots=True)
class ShopKey:
    """Where a shop is, and the key to it."""

    url: str
    key: str = field(repr=False)
    key_in_query: bool = False
    shop_id: int | None = None  #: of several shops in one installation


class Webservice:
    """Asks one shop; every method raises SourceError. Dates go in and come out in the shop's own time."""

    def __init__(
        self, source: str, shop: ShopKey, *, in_xml: bool = False, limits: RequestLimits | None = None
    ) -> None:
        self.source = source
        self.url = shop.url
        self.shop_id = shop.shop_id
        self.in_xml = in_xml
        self._always = {"ws_key": shop.key} if shop.key_in_query else {}
        self._of_shop = {"id_shop": str(shop.shop_id)} if shop.shop_id else {}
        auth = None if shop.key_in_query else (shop.key, "")
        self._http = Http(source, secrets=[shop.key], auth=auth, judge=self._judge, limits=limits)

    def resources(self) -> tuple[str, set[str]]:
        """The shop's name, and what the key may read."""
        api = self._xml(self._get("", {})).find("api")
        if api is None:
            raise self.misread("does not list its resources as documented")
        return api.get("shopName") or "PrestaShop", {one.tag for one in api if one.get("get") == "true"}

    def rows(self, resource: str, fields: str, asked: dict[str, str] | None = None) -> list[Record]:
        """What one request gives; ``fields`` is ``full`` or a list in brackets."""
        return self._records(resource, self._list(resource, fields, asked or {}))

    def those(self, resource: str, fields: str, name: str, ids: Collection[int]) -> list[Record]:
        """The rows that have one of these ids in a field, and none that were not asked for."""
        if not ids:
            return []
        rows = self.rows(resource, fields, {f"filter[{name}]": f"[{'|'.join(map(str, sorted(ids)))}]"})
        for row in rows:
            if row.count(name) not in ids:
                row.refuse(f"{name} was not asked for")
        return rows

    def made(self, resource: str, fields: str, since: str, until: str) -> Iterator[list[Record]]:
        """Pages of what was made between two moments, both included, in the order of its making."""
        asked = {"date": "1", "filter[date_add]": f"[{since},{until}]", "sort": "[date_add_ASC,id_ASC]"}

        def fetch(offset: int) -> list[Record]:
            return self.rows(resource, fields, {**asked, "limit": f"{offset},{PAGE}"})

        yield from overlapping(self.source, PAGE, fetch, lambda row: row.id("id"))

    def changed(self, resource: str, since: str) -> Iterator[list[Record]]:
        """Pages of ids and days of what was changed, by ids: what changes meanwhile pushes nothing out of them."""
        last, rows = 0, list[Record]()
        while last == 0 or len(rows) == MANY:
            asked = {"date": "1", "filter[date_upd]": f">[{since}]", "filter[id]": f">[{last}]", "sort": "[id_ASC]"}
            rows = self.rows(resource, "[id,date_add]", {**asked, "limit": str(MANY)})
            ids = [row.count("id") for row in rows]
            if ids and min(ids) <= last:
                raise self.misread(f"gives the same {resource} again and again")
            last = max(ids, default=-1)
            yield rows

    def misread(self, what: str) -> SourceMisread:
        """An answer that is not as documented."""
        return SourceMisread(self._http.say(what))

    def refused(self, what: str) -> SourceRefused:
        """What somebody has to change."""
        return SourceRefused(self._http.say(what))

    def _records(self, resource: str, rows: list[Any]) -> list[Record]:
        one = resource.removesuffix("s").replace("_", " ")
        return [Record.of(f"{self.source}: {one} {_named(row, place)}", row) for place, row in enumerate(rows, 1)]

    def _list(self, resource: str, fields: str, asked: dict[str, str]) -> list[Any]:
        """The rows as they came; as JSON, a list of none has not even a name."""
        node = "order_slips" if resource == "order_slip" else resource
        asked = {"display": fields, **asked}
        if resource == "orders" and self.shop_id:  # shops may share their orders
            asked["filter[id_shop]"] = f"[{self.shop_id}]"
        where = f"{self.source}: {resource}"
        if self.in_xml:
            found = self._xml(self._get(resource, asked)).find(node)
            return Record(where, {} if found is None else {node: [_plain(row) for row in found]}).items(node)
        answer = self._http.json(self._get(resource, {"output_format": "JSON", **asked}))
        return [] if answer == [] else Record.of(where, answer).items(node)

    def _get(self, resource: str, asked: dict[str, str]) -> HttpAnswer:
        try:
            return self._asked(resource, {**asked, **self._of_shop})
        except _NoSuchShop as refusal:
            raise SourceRefused(f"{refusal}; {self._shops()}") from None

    def _asked(self, resource: str, asked: dict[str, str]) -> HttpAnswer:
        return self._http.request("GET", f"{self.url}/api/{resource}", params={**asked, **self._always})

    def _shops(self) -> str:
        """What shops there are, for people; where the key may not read them, where their numbers stand."""
        try:
            answer = self._http.json(self._asked("shops", {"output_format": "JSON", "display": "[id,name]"}))
            rows = Record.of(f"{self.source}: shops", answer).records("shops")
            named = [f"{row.id('id')} ({self._http.words(row.text('name'))})" for row in rows]
            return f"there is {', '.join(named)}"
        except SourceError:
            return "Advanced Parameters > Multistore shows their numbers"

    def _xml(self, answer: HttpAnswer) -> ET.Element:
        try:
            return read_xml(answer.content)
        except ValueError as error:
            raise SourceMisread(
                self._http.say(f"answered {answer.status} with what is not the XML it documents: {error}"),
                sample=self._http.words(answer.content.decode("utf-8", "replace")),
            ) from None

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        """What the webservice's own codes mean, whatever status and format they come in."""
        for code, message in sorted(_errors(answer), key=lambda error: error[0] <= OF_PHP):
            words = self._http.words(message)
            if code in _REMEDIES:
                refused = _NoSuchShop if code in _OF_SHOP else SourceRefused
                return refused(f"{_REMEDIES[code]} ({words})")
            if code in (25, 26):
                return NotAllowed(f"tick View (GET) for this resource at the key in {KEYS} ({words})")
            if code == 27 and "order_cart_rules" in message:
                return SourceRefused(f"PrestaShop tells coupons from 1.7.8 on: write coupons: false ({words})")
            if code > OF_PHP:
                return SourceRefused(f"does not take the request (code {code}): {words}")
            if answer.status < 500:
                return SourceUnavailable(f"is in trouble (code {code}): {words}")
        if answer.status == 401 and answer.content.strip() == b"401 Unauthorized":
            return SourceRefused(_NO_KEY)
        if answer.status == 404:
            place = f"there is no webservice at {self.url}/api"
            return SourceRefused(f"{place}: switch on Friendly URL in Shop Parameters > Traffic & SEO, or correct url")
        return None


def _named(row: Any, place: int) -> str:
    """A row's own id, else its place."""
    id = row.get("id") if isinstance(row, dict) else None
    return str(id) if isinstance(id, int | str) and id != "" else f"in row {place}"


def _errors(answer: HttpAnswer) -> list[tuple[int, str]]:
    """The codes and messages of an answer that says no."""
    content = past_notices(answer.content)
    try:
        if b"<errors>" in content[:400]:
            every = read_xml(content).iter("error")
            return [(int(error.findtext("code") or 0), error.findtext("message") or "") for error in every]
        if re.match(rb'\s*\{\s*"errors"', content):
            return [(int(error["code"]), str(error["message"])) for error in read_json(content)["errors"]]
    except (ValueError, TypeError, KeyError):
        pass
    return []


def _plain(element: ET.Element) -> Any:
    """What JSON would say in the place of XML."""
    if element.tag == "associations":
        return {part.tag: [_plain(row) for row in part] for part in element}
    if len(element) and all(part.tag == "language" for part in element):
        return [{"value": part.text or ""} for part in element]
    return {part.tag: _plain(part) for part in element} if len(element) else element.text or ""

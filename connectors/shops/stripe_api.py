"""Stripe's API: objects and lists as records, and its own way of refusing.

Lists come newest first, in no other order, and give no total: the next page starts after the last id.

Source:
    docs.stripe.com (rate limits, restricted API keys), read 2026-11; error classes of stripe-python 16.1.0.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from config.errors import SourceError, SourceRefused, SourceUnavailable
from connectors.kit.fields import Record
from connectors.kit.http import Http, HttpAnswer, RequestLimits
from connectors.kit.paging import pages

VERSION = "2026-10-28.endive"  # without it the account's own version decides the shape of answers
PAGE = 100  # the most that Stripe gives
LATER = 60.0  # seconds, more than a run waits: where Stripe says that trying again is of no use

_RIGHT = re.compile(r"'rak_(\w+?)_(?:read|write)'")


class Denied(SourceRefused):
    """The key is right, but may not do this."""


class Api:
    """Asks for one account, and only ever asks. ``account`` is a connected one, read in the place of the key's own."""

    def __init__(self, source: str, endpoint: str, key: str, account: str | None, limits: RequestLimits) -> None:
        self.source = source
        self.endpoint = endpoint
        headers = {"Authorization": f"Bearer {key}", "Stripe-Version": VERSION}
        if account:
            headers["Stripe-Account"] = account
        self._http = Http(source, secrets=[key], headers=headers, judge=self._judge, limits=limits)

    def ask(self, path: str, asked: Mapping[str, Any] | None = None) -> Record:
        """One object."""
        return Record.of(f"{self.source}: {path}", self._http.get_json(f"{self.endpoint}{path}", asked))

    def all(self, path: str, asked: Mapping[str, Any]) -> Iterator[Record]:
        """The objects of a list, page after page."""
        for page in pages(self.source, "", lambda after: self._page(path, asked, after)):
            yield from self._records(path, page)

    def all_or_none(self, path: str, asked: Mapping[str, Any]) -> Iterator[Record] | None:
        """The objects of a list that fits on one page; None of a longer one."""
        page, behind = self._page(path, asked)
        return self._records(path, page) if behind is None else None

    def newest(self, path: str, asked: Mapping[str, Any]) -> Iterator[Record]:
        """The objects of a list's first page."""
        page, _ = self._page(path, asked)
        return self._records(path, page)

    def _records(self, path: str, values: Iterable[Any]) -> Iterator[Record]:
        for place, value in enumerate(values, 1):
            record = Record.of(f"{self.source}: {path}: {place}", value)
            yield Record(f"{self.source}: {record.id('id')}", value) if record.has("id") else record

    def _page(self, path: str, asked: Mapping[str, Any], after: str = "") -> tuple[list[Any], str | None]:
        """A page of a list, and the id that the next one starts after."""
        answer = self.ask(path, {"limit": PAGE, **asked, **({"starting_after": after} if after else {})})
        items = answer.items("data")
        if not answer.flag("has_more"):
            return items, None
        if not items:
            answer.refuse("says there is more behind an empty page")
        return items, Record.of(answer.where, items[-1]).id("id")

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        """Stripe's own refusals. Whether trying again is of use it says itself; else the status does."""
        status, again = answer.status, answer.headers.get("Stripe-Should-Retry")
        if status < 400:
            return None
        message = _message(answer)
        words = self._http.words(message)
        if needed := _RIGHT.search(message):
            right = needed[1].replace("_", " ").capitalize()
            return Denied(f"the key lacks a right: in Stripe's dashboard, API keys, set '{right}' to Read for it")
        if status == 401:
            return SourceRefused("Stripe does not know the key (401): it is mistyped, rolled or expired")
        if status == 403:
            return Denied(f"the key may not do this, or reaches no such account (403): {words}")
        if again == "false" and (status in (409, 429) or status >= 500):
            return SourceUnavailable(f"Stripe cannot answer now ({status}): {words}", retry_after=LATER)
        if status == 409 or (again == "true" and status < 500 and status != 429):
            return SourceUnavailable(f"Stripe is busy with something else ({status}): {words}")
        return None


def _message(answer: HttpAnswer) -> str:
    """What Stripe's own error says, a hidden key made short; nothing where it is somebody else's."""
    try:
        return re.sub(r"\*+", "*", str(answer.decoded()["error"]["message"]))
    except (ValueError, LookupError, TypeError):
        return ""

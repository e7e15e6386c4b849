"""The one HTTP session of all connectors: deadlines, retries, rate, size caps, redaction, status -> error.

It follows no redirect (credentials would go along), reads no proxy or netrc from the environment, and never
sleeps for long: a source that wants patience is ``SourceUnavailable(retry_after=…)`` and the schedule comes back.
"""

import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter

from config.errors import SourceMisread, SourceRefused, SourceUnavailable

T = TypeVar("T")

MAX_DEPTH = 100  # levels of JSON
SAMPLE = 200  # characters of a wrong answer kept for the report
LONGEST_WAIT = 6 * 3600.0  # seconds a source may ask for; more is taken for a mistake
PATIENCE = 30.0  # seconds waited inside a run; a longer Retry-After ends it


@dataclass(frozen=True)
class Limits:
    """How far one request may go."""

    connect_seconds: float = 10
    read_seconds: float = 60
    deadline_seconds: float = 120  # one request with all its tries
    max_bytes: int = 32 << 20  # decoded
    tries: int = 4
    gap_seconds: float = 0  # between two requests, where the vendor asks for it


@dataclass(frozen=True)
class Answer:
    """A complete answer with a status below 300."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class Http:
    """Requests to one source. ``secrets`` are masked in everything that is ever said about them."""

    def __init__(
        self,
        source: str,
        *,
        secrets: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.source = source
        self.limits = limits or Limits()
        self._mask = Mask(secrets)
        self._sleep = sleep
        self._last = 0.0
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": "vigie", **(headers or {})})
        self._session.auth = auth
        self._session.mount("https://", HTTPAdapter(max_retries=0))
        self._session.mount("http://", HTTPAdapter(max_retries=0))

    def get_json(self, url: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer to a GET."""
        return self.json(self.request("GET", url, params=params))

    def post_json(self, url: str, **body: Any) -> Any:
        """The decoded answer to a POST, with ``json=`` or ``data=``."""
        return self.json(self.request("POST", url, **body))

    def json(self, answer: Answer) -> Any:
        """The answer as JSON: strict, no NaN, no doubled key, not too deep. Raises SourceMisread otherwise."""
        try:
            return read_json(answer.content)
        except ValueError as error:
            kind = answer.headers.get("Content-Type", "no content type")
            self._misread(
                f"answered {answer.status} with {kind}, which is not the JSON it documents: {error}",
                answer,
            )

    def request(self, method: str, url: str, **options: Any) -> Answer:
        """One request, tried again while that can help. Raises the SourceError that says what to do."""
        end = time.monotonic() + self.limits.deadline_seconds
        for attempt in range(1, self.limits.tries + 1):
            try:
                return self._once(method, url, end, options)
            except SourceUnavailable as error:
                wait = error.retry_after if error.retry_after is not None else random.uniform(0, 2**attempt / 2)  # noqa: S311
                is_last = attempt == self.limits.tries or wait > PATIENCE or time.monotonic() + wait > end
                if is_last:
                    raise
                self._sleep(wait)
        raise AssertionError("the last try answers or raises")

    def _once(self, method: str, url: str, end: float, options: dict[str, Any]) -> Answer:
        self._keep_rate()
        left = max(0.1, end - time.monotonic())
        timeout = (min(self.limits.connect_seconds, left), min(self.limits.read_seconds, left))
        try:
            with self._session.request(
                method, url, timeout=timeout, stream=True, allow_redirects=False, **options
            ) as response:
                content = self._body(response, end)
                answer = Answer(response.status_code, response.headers, content)
        except requests.exceptions.SSLError as error:
            raise SourceRefused(self._say(url, f"its certificate is not trusted: {error}")) from None
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ):
            raise SourceRefused(self._say(url, "is not an address that can be asked")) from None
        except (requests.RequestException, OSError) as error:
            raise SourceUnavailable(self._say(url, f"did not answer: {_reason(error)}")) from None
        return self._judged(url, answer)

    def _body(self, response: requests.Response, end: float) -> bytes:
        """The decoded body, never more than the cap in memory and never later than the deadline."""
        parts, size = [], 0
        for part in response.iter_content(64 << 10):
            size += len(part)
            if size > self.limits.max_bytes:
                megabytes = self.limits.max_bytes >> 20
                raise SourceMisread(self._say(response.url, f"answers with more than {megabytes} MiB"))
            if time.monotonic() > end:
                raise SourceUnavailable(self._say(response.url, "was still answering at the deadline"))
            parts.append(part)
        return b"".join(parts)

    def _judged(self, url: str, answer: Answer) -> Answer:
        """The answer, where it is one. The sentence names the remedy; the vendor's own words follow, masked."""
        status = answer.status
        if status < 300:
            return answer
        words = self._mask(" ".join(answer.content[: SAMPLE * 4].decode("utf-8", "replace").split()))[:SAMPLE]
        if status < 400:
            host = urlsplit(answer.headers.get("Location", "")).netloc or "elsewhere"
            raise SourceRefused(self._say(url, f"sends to {host}: write its final address in sources.yaml"))
        if status in (401, 403):
            raise SourceRefused(self._say(url, f"refuses the credentials ({status}): {words}"))
        if status == 429:
            wait = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
            raise SourceUnavailable(self._say(url, f"wants fewer requests (429): {words}"), retry_after=wait)
        if status >= 500 or status == 408:
            wait = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
            raise SourceUnavailable(self._say(url, f"is in trouble ({status}): {words}"), retry_after=wait)
        raise SourceRefused(self._say(url, f"does not take the request ({status}): {words}"))

    def _keep_rate(self) -> None:
        wait = self._last + self.limits.gap_seconds - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._last = time.monotonic()

    def _say(self, url: str, what: str) -> str:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"  # never the query: it may hold a key
        return self._mask(f"{self.source}: {place} {what}")

    def _misread(self, what: str, answer: Answer) -> NoReturn:
        sample = self._mask(answer.content[: SAMPLE * 4].decode("utf-8", "replace"))[:SAMPLE]
        raise SourceMisread(f"{self.source}: {self._mask(what)}", sample=sample)


class Mask:
    """Puts ``***`` in the place of secrets, as they are or as a URL writes them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in (secret, quote(secret), quote(secret, safe=""))}
        self._pattern = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """The text without its secrets."""
        return re.sub(self._pattern, "***", text) if self._pattern else text


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds asked for by a Retry-After header, as seconds or a date; None where it says nothing usable."""
    if value is None:
        return None
    try:
        seconds = float(value) if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value) else _until(value, now)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(seconds, 1.0), LONGEST_WAIT)


def _until(value: str, now: datetime) -> float:
    moment = parsedate_to_datetime(value)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def read_json(content: bytes) -> Any:
    """Strict JSON. Raises ValueError for NaN, Infinity, a doubled key, numbers out of range, too many levels."""
    text = content.decode("utf-8-sig")
    if _depth(text) > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} levels deep")
    return json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)


def _depth(text: str) -> int:
    """The deepest level of brackets: an upper bound, since those inside strings count too."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for bracket in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text):
        sign = bracket[0]
        if len(sign) == 1:
            depth += 1 if sign in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> Decimal:
    number = Decimal(text)  # money stays exact
    if abs(number) > Decimal("1e300"):
        raise ValueError(f"{text} is out of range")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def pages(
    source: str, first: T, fetch: Callable[[T], tuple[list[Any], T | None]], *, most: int = 10_000
) -> Iterator[list[Any]]:
    """The items of each page; ``fetch`` takes a cursor and gives the items and the next cursor, or None.

    Raises SourceMisread where a cursor or a full page comes back a second time, or there is no end to them.
    """
    cursor: T | None = first
    seen_cursors: set[str] = set()
    seen_pages: set[bytes] = set()
    while cursor is not None:
        if repr(cursor) in seen_cursors or len(seen_cursors) >= most:
            raise SourceMisread(f"{source}: its pages go round in a circle, or never end")
        seen_cursors.add(repr(cursor))
        items, cursor = fetch(cursor)
        print_of_page = hashlib.sha256(json.dumps(items, sort_keys=True, default=str).encode()).digest()
        if items and print_of_page in seen_pages:
            raise SourceMisread(f"{source}: gave the same page twice")
        seen_pages.add(print_of_page)
        yield items


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ReadTimeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "its answer broke off"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no connection"
    return type(error).__name__

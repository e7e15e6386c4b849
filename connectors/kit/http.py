"""The one HTTP session of all connectors: deadlines, retries, rate, size caps, redaction, status -> error.

It follows no redirect (credentials would go along), reads no proxy or netrc from the environment, and never
sleeps for long: a source that wants patience is ``SourceUnavailable(retry_after=…)`` and the schedule comes back.
"""

import base64
import random
import re
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from connectors.kit.deadline import Deadline, DeadlineAdapter
from connectors.kit.parsing import past_notices, read_json
from connectors.kit.text import Mask, clean, is_page, page_text

SAMPLE = 200  # characters of a wrong answer kept for the report
LOOKED_AT = 16 << 10  # bytes of a wrong answer
LONGEST_WAIT = 6 * 3600.0  # seconds a source may ask for; more is taken for a mistake
PATIENCE = 30.0  # seconds waited inside a run; a longer Retry-After ends it


@dataclass(frozen=True)
class RequestLimits:
    """How far one request may go."""

    connect_seconds: float = 10
    read_seconds: float = 60
    deadline_seconds: float = 120  # one request with all its tries
    max_bytes: int = 32 << 20  # decoded
    tries: int = 4
    gap_seconds: float = 0  # between two requests, where the vendor asks for it


@dataclass(frozen=True)
class HttpAnswer:
    """A complete answer, or the beginning of an error's."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    def decoded(self) -> Any:
        """The content as JSON, also behind the warnings of a PHP server. Raises ValueError where it is none."""
        return read_json(past_notices(self.content))


#: what an answer means in this vendor's words, whatever its status; None lets the status speak
Judge = Callable[[HttpAnswer], SourceError | None]

#: gets the headers that prove who asks: before the first request, and anew when they are no longer taken (401)
Login = Callable[[], Mapping[str, str]]


class Http:
    """Requests to one source. ``secrets`` are masked in everything that is ever said about them."""

    def __init__(
        self,
        source: str,
        *,
        secrets: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
        login: Login | None = None,
        judge: Judge | None = None,
        limits: RequestLimits | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.source = source
        self.limits = limits or RequestLimits()
        self._secrets = [*secrets, *_login(auth)]
        self._mask = Mask(self._secrets)
        self._login = login
        self._pass: dict[str, str] = {}  # what the login gave
        self._judge = judge
        self._sleep = sleep or time.sleep
        self._last = float("-inf")
        self._session = _Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": "vigie", **(headers or {})})
        self._session.auth = auth
        self._session.mount("https://", DeadlineAdapter())
        self._session.mount("http://", DeadlineAdapter())

    def get_json(self, url: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer to a GET."""
        return self.json(self.request("GET", url, params=params))

    def post_json(self, url: str, **body: Any) -> Any:
        """The decoded answer to a POST, with ``json=`` or ``data=``."""
        return self.json(self.request("POST", url, **body))

    def json(self, answer: HttpAnswer) -> Any:
        """The answer as JSON: strict, no NaN, no doubled key, not too deep. Raises SourceMisread otherwise."""
        try:
            return answer.decoded()
        except ValueError as error:
            kind = clean(answer.headers.get("Content-Type", "no content type"))[:60]
            sample = self._words(answer.content)
            why = sample if is_page(answer.content[:LOOKED_AT].decode("utf-8", "replace")) else str(error)[:SAMPLE]
            reason = f"answered {answer.status} with {kind}, which is not the JSON it documents: {why}"
            raise SourceMisread(self.say(reason), sample=sample) from None

    def say(self, what: str) -> str:
        """A sentence about the source, without its secrets: for errors that a connector words itself."""
        return self._mask(f"{self.source}: {what}")

    def rest(self, seconds: float) -> None:
        """Wait a little for something that the vendor is making; for longer, raise SourceUnavailable."""
        self._sleep(seconds)

    def words(self, text: str) -> str:
        """The beginning of what a vendor says, on one line, without secrets."""
        return self._words(text.encode("utf-8", "replace"))

    def request(self, method: str, url: str, **options: Any) -> HttpAnswer:
        """One request, tried again while that can help. Raises the SourceError that says what to do."""
        end = time.monotonic() + self.limits.deadline_seconds
        if self._login and not self._pass:
            self._log_in(self._login)
            return self._tried(method, url, end, options)
        try:
            return self._tried(method, url, end, options)
        except _NoLongerTaken:
            assert self._login
            self._log_in(self._login)
        return self._tried(method, url, end, options)

    def _log_in(self, login: Login) -> None:
        self._pass = dict(login())
        self._secrets += [part for value in self._pass.values() for part in (value, value.rpartition(" ")[2])]
        self._mask = Mask(self._secrets)

    def _tried(self, method: str, url: str, end: float, options: dict[str, Any]) -> HttpAnswer:
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

    def _once(self, method: str, url: str, end: float, options: dict[str, Any]) -> HttpAnswer:
        self._keep_rate()
        left = max(0.1, end - time.monotonic())
        timeout = (min(self.limits.connect_seconds, left), min(self.limits.read_seconds, left))
        deadline = Deadline(left)
        try:
            with (
                deadline,
                self._session.request(
                    method, url, timeout=timeout, stream=True, allow_redirects=False, **self._with_pass(options)
                ) as response,
            ):
                answer = HttpAnswer(response.status_code, response.headers, self._body(url, response))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
            if deadline.is_over:
                raise SourceUnavailable(self._say(url, "was still answering at the deadline")) from None
            raise self._failure(url, error) from None
        return self._judged(url, answer)

    def _with_pass(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**options, "headers": {**options.get("headers", {}), **self._pass}} if self._pass else options

    def _body(self, url: str, response: requests.Response) -> bytes:
        """The decoded body, never more than the cap in memory; of an error its beginning, however it ends."""
        if response.status_code >= 300:
            with suppress(requests.RequestException, urllib3.exceptions.HTTPError):
                return next(response.iter_content(2 * LOOKED_AT), b"")
            return b""
        parts, size = [], 0
        for part in response.iter_content(64 << 10):
            size += len(part)
            if size > self.limits.max_bytes:
                megabytes = self.limits.max_bytes / (1 << 20)
                raise SourceMisread(self._say(url, f"answers with more than {megabytes:.3g} MiB"))
            parts.append(part)
        return b"".join(parts)

    def _failure(self, url: str, error: Exception) -> SourceUnavailable | SourceRefused:
        """What to say of a request that had no answer; never in the error's own words: they hold the address asked."""
        if untrusted := _untrusted(error):
            remedy = "an authority of your own is named by 'ca' in vigie.yaml"
            reason = f"its certificate is not trusted: {untrusted.verify_message}; {remedy}"
            return SourceRefused(self._say(url, reason))
        if isinstance(error, requests.exceptions.InvalidHeader | UnicodeEncodeError):
            return SourceRefused(self._say(url, "cannot be asked: its credentials hold a sign that no header can"))
        if isinstance(error, ValueError):
            return SourceRefused(self._say(url, "is not an address that can be asked"))
        return SourceUnavailable(self._say(url, f"did not answer: {_reason(error)}"))

    def _judged(self, url: str, answer: HttpAnswer) -> HttpAnswer:
        """The answer, where it is one. The sentence names the remedy; the vendor's own words follow, masked."""
        status = answer.status
        if self._judge and (verdict := self._judge(answer)):
            raise self._masked(verdict)
        if status < 300:
            return answer
        if status < 400:
            target = _target(url, answer.headers.get("Location", ""))
            where = f"to {target}: use that address in sources.yaml" if target else "elsewhere, and does not say where"
            raise SourceRefused(self._say(url, f"redirects {where}"))
        words = self._words(answer.content)
        if status == 401 and self._login:
            raise _NoLongerTaken(self._say(url, f"refuses the credentials ({status}): {words}"))
        if status in (401, 403):
            raise SourceRefused(self._say(url, f"refuses the credentials ({status}): {words}"))
        if status == 429:
            wait = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
            raise SourceUnavailable(self._say(url, f"wants fewer requests (429): {words}"), retry_after=wait)
        if status >= 500 or status == 408:
            wait = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
            raise SourceUnavailable(self._say(url, f"is in trouble ({status}): {words}"), retry_after=wait)
        raise SourceRefused(self._say(url, f"does not take the request ({status}): {words}"))

    def _masked(self, verdict: SourceError) -> SourceError:
        """A verdict of the connector's, in one line that begins with the source and holds no secret."""
        verdict.args = (self.say(str(verdict)),)
        if isinstance(verdict, SourceMisread):
            verdict.sample = self.words(verdict.sample)
        return verdict

    def _keep_rate(self) -> None:
        wait = self._last + self.limits.gap_seconds - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._last = time.monotonic()

    def _say(self, url: str, what: str) -> str:
        return self._mask(f"{self.source}: {_place(url)} {what}")

    def _words(self, content: bytes) -> str:
        """The beginning of an answer on one line, masked; of a page what a reader would see of it."""
        text = self._mask.beginning(content, LOOKED_AT)
        return clean(self._mask(page_text(text)) if is_page(text) else text)[:SAMPLE]


class _NoLongerTaken(SourceRefused):
    """What the login gave is refused: it may have expired."""


class _Session(requests.Session):
    """Does not even look where a redirect leads: requests would take in the whole body of one, whatever its size."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Nowhere."""
        return None


def _login(auth: Any) -> list[str]:
    """What ``auth`` holds that nobody may see: the password, and both as a header writes them."""
    if not isinstance(auth, tuple):
        return []
    user, password = auth
    return [password, base64.b64encode(f"{user}:{password}".encode()).decode()]


def _place(url: str) -> str:
    """Scheme, host with port, and path of an address, never the query: it may hold a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "what is given"
    return f"{parts.scheme}://" * bool(parts.scheme) + parts.netloc.rpartition("@")[2] + parts.path


def _target(url: str, location: str) -> str:
    """Where an answer redirects to; nothing where it does not say so."""
    try:
        return clean(_place(urljoin(url, location)))[:SAMPLE] if location else ""
    except ValueError:
        return ""


def _untrusted(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The certificate's fault behind an error, if it is one: other trouble with TLS may pass."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds asked for by a Retry-After header, as seconds or a date; None where it says nothing usable.

    Source:
        RFC 9110, 10.2.3.
    """
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


def _reason(error: Exception) -> str:
    timeouts = requests.exceptions.Timeout | urllib3.exceptions.TimeoutError
    if isinstance(error, timeouts) or (error.args and isinstance(error.args[0], timeouts)):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "its answer broke off"
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no connection"
    return type(error).__name__

"""The line to Google's Data API: a service account's pass, two transports, and what Google says no with.

Google's library writes the requests and reads the answers. Over REST they travel by the session that all connectors
have, over gRPC by a channel of their own. The library is large: it is imported only when something is asked.

Source:
    developers.google.com/analytics/devguides/reporting/data/v1 (quotas, rest/v1beta), read 2026-11;
    the library google-analytics-data 0.23.3.
"""

import io
import json
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests
from requests.adapters import BaseAdapter

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import DAY
from connectors.kit.days import day_of, start_of
from connectors.kit.http import PATIENCE, Http, HttpAnswer, RequestLimits
from connectors.kit.text import Mask

HOST = "https://analyticsdata.googleapis.com"
PACIFIC = ZoneInfo("America/Los_Angeles")  # where the quota's day begins
HALF_AN_HOUR = 1800.0
AT_ONCE = 30.0  # seconds until one of the requests that run at once is over


class Transport:
    """What both transports share. ``reveal`` gives the JSON key of a service account."""

    def __init__(self, source: str, endpoint: str | None, reveal: Callable[[], str], limits: RequestLimits) -> None:
        self.source = source
        self.endpoint = endpoint or HOST
        self.limits = limits
        self._reveal = reveal

    def report(self, request: Mapping[str, Any]) -> Any:
        """Google's answer to ``runReport``, as the protobuf message: the library's own rows are 15 times slower.

        Raises SourceError.
        """
        answer = self._run(dict(request))
        return type(answer).pb(answer)

    def say(self, what: str) -> str:
        """A sentence about the source on one line, without its secrets."""
        return self._http.say(self._http.words(what))

    @cached_property
    def _run(self) -> Callable[[dict[str, Any]], Any]:
        raise NotImplementedError("a transport says how a report is asked for")

    @cached_property
    def _http(self) -> Http:
        secrets = [self._reveal(), self._key["private"]]
        return Http(self.source, secrets=secrets, login=self._login, judge=self._judge, limits=self.limits)

    @cached_property
    def _key(self) -> dict[str, Any]:
        """The service account's key, with what signs by it. No error repeats a piece of it."""
        from google.auth import crypt

        try:
            key = json.loads(self._reveal())
            signer = crypt.RSASigner.from_service_account_info(key)  # type: ignore[no-untyped-call]
            return {"email": str(key["client_email"]), "private": str(key["private_key"]), "signer": signer}
        except (ValueError, KeyError, TypeError, AttributeError):
            reason = "the credentials are not the JSON key of a service account, whole as Google gave it"
            raise SourceRefused(f"{self.source}: {reason}: create one in Google Cloud, under IAM") from None

    def _login(self) -> dict[str, str]:
        """A pass that the key itself signs, good for an hour: nobody is asked for it."""
        from google.auth import jwt

        email, now = self._key["email"], int(_now().timestamp())
        claims = {"iss": email, "sub": email, "aud": f"{HOST}/", "iat": now, "exp": now + 3600}
        signed = jwt.encode(self._key["signer"], claims)  # type: ignore[no-untyped-call]
        return {"authorization": f"Bearer {signed.decode()}"}

    def _judge(self, answer: HttpAnswer) -> SourceError | None:
        """What Google's own error means, over REST."""
        if answer.status < 400:
            return None
        try:
            error = answer.decoded()["error"]
            reasons = [str(detail["reason"]) for detail in error.get("details", ()) if "reason" in detail]
            return self._verdict(answer.status, str(error["message"]), *reasons[:1])
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def _verdict(self, status: int, message: str, reason: str = "") -> SourceError | None:
        words = self._http.words(message)
        if status == 403 and (reason == "SERVICE_DISABLED" or "has not been used in project" in message):
            return SourceRefused(f"enable the Google Analytics Data API in the project of the key: {words}")
        if status == 403:
            who = self._key["email"]
            return SourceRefused(
                f"in Google Analytics, Admin, Access management, add {who} as a Viewer, or correct 'property': {words}"
            )
        if status == 400:
            return SourceRefused(f"Google does not take the report: {words}")
        if status == 429:
            return SourceUnavailable(f"the quota of its property is used up: {words}", retry_after=_patience(message))
        return None


class RestTransport(Transport):
    """JSON over HTTP."""

    @cached_property
    def _run(self) -> Callable[[dict[str, Any]], Any]:
        from google.analytics.data_v1beta import BetaAnalyticsDataClient
        from google.analytics.data_v1beta.services.beta_analytics_data.transports import BetaAnalyticsDataRestTransport
        from google.auth.credentials import AnonymousCredentials
        from google.protobuf.json_format import ParseError  # type: ignore[import-untyped]

        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        transport = BetaAnalyticsDataRestTransport(host=self.endpoint, credentials=nobody)
        session = transport._session  # noqa: SLF001, the library has no other way to say what to send with
        session.trust_env = False
        session.headers.clear()
        session.mount("https://", _Through(self._http))
        session.mount("http://", _Through(self._http))
        client = BetaAnalyticsDataClient(transport=transport)

        def run(request: dict[str, Any]) -> Any:
            try:
                return client.run_report(request)
            except ParseError as error:
                raise SourceMisread(self.say(f"the answer is not as documented: {error}")) from None

        return run


class _Through(BaseAdapter):
    """Sends what the library asks by ``Http``: deadline, size, redirects, retries and words are as elsewhere."""

    def __init__(self, http: Http) -> None:
        super().__init__()
        self._http = http

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """The answer, where it is one. Raises SourceError."""
        method, url = str(request.method), str(request.url)
        answer = self._http.request(method, url, data=request.body, headers=dict(request.headers))
        self._http.json(answer)  # the library would take NaN, or an answer of another shape
        response = requests.Response()
        response.status_code, response.request, response.url = answer.status, request, url
        response.raw = io.BytesIO(answer.content)
        return response

    def close(self) -> None:
        """Nothing is held open here."""


class GrpcTransport(Transport):
    """Protobuf over HTTP/2: half the bytes."""

    _latest: dict[str, str]
    _next = datetime.min.replace(tzinfo=UTC)  # when another pass is due

    @cached_property
    def _run(self) -> Callable[[dict[str, Any]], Any]:
        from google.analytics.data_v1beta import BetaAnalyticsDataClient
        from google.analytics.data_v1beta.services.beta_analytics_data.transports import BetaAnalyticsDataGrpcTransport
        from google.api_core.exceptions import GoogleAPICallError

        client = BetaAnalyticsDataClient(transport=BetaAnalyticsDataGrpcTransport(channel=self._channel()))

        def once(request: dict[str, Any], seconds: float) -> Any:
            login = self._pass()
            try:
                return client.run_report(request, timeout=seconds, metadata=[*login.items()])
            except GoogleAPICallError as error:
                message = Mask([login["authorization"].partition(" ")[2]])(str(error.message))
                raise self._told(int(error.code or 500), message, str(error.reason)) from None

        return lambda request: self._tried(partial(once, request))

    def _tried(self, once: Callable[[float], Any]) -> Any:
        """Asked again while that can help, as ``Http`` does: the library has no retries of its own."""
        end = time.monotonic() + self.limits.deadline_seconds
        for attempt in count(1):
            try:
                return once(min(self.limits.read_seconds, max(0.1, end - time.monotonic())))
            except SourceUnavailable as error:
                wait = error.retry_after if error.retry_after is not None else random.uniform(0, 2**attempt / 2)  # noqa: S311
                if attempt == self.limits.tries or wait > PATIENCE or time.monotonic() + wait > end:
                    raise
                time.sleep(wait)
        raise AssertionError("the last try answers or raises")

    def _pass(self) -> dict[str, str]:
        """The pass that is in use, or a new one for the next half hour."""
        if _now() >= self._next:
            self._latest, self._next = self._login(), _now() + timedelta(seconds=HALF_AN_HOUR)
        return self._latest

    def _channel(self) -> Any:
        import grpc  # type: ignore[import-untyped]

        place = urlsplit(self.endpoint)
        options = [
            ("grpc.max_receive_message_length", self.limits.max_bytes),  # 4 MiB, if nobody says
            ("grpc.enable_http_proxy", 0),
            ("grpc.enable_retries", 0),
        ]
        if place.scheme == "http":  # to an own host, or the entry would not have been taken
            return grpc.insecure_channel(place.netloc if place.port else f"{place.netloc}:80", options)
        address = place.netloc if place.port else f"{place.netloc}:443"
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(), options)

    def _told(self, status: int, message: str, reason: str) -> SourceError:
        """The error of a call: the library gives the status of HTTP that it is like."""
        words = self._http.words(message)
        error = self._verdict(status, message, reason)
        if "larger than max" in message:  # comes as an exhausted quota, and is none
            error = SourceMisread(f"answers with more than {self.limits.max_bytes >> 20} MiB")
        elif not error and status >= 499:  # 499 is a call that broke off
            error = SourceUnavailable(f"did not answer ({status}): {words}")
        error = error or SourceRefused(f"refuses the credentials or the request ({status}): {words}")
        error.args = (self._http.say(str(error)),)
        return error


def _patience(message: str) -> float:
    """Seconds until the quota that a refusal speaks of is there again: only its words say which one."""
    text = message.lower()
    if "per day" in text:
        now = _now()
        return (start_of(day_of(now, PACIFIC) + DAY, PACIFIC) - now).total_seconds()
    return AT_ONCE if "concurrent" in text else HALF_AN_HOUR


def _now() -> datetime:
    return datetime.now(UTC)

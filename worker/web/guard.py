"""What every answer of the page carries, and what is turned away before anything looks at it."""

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.web_settings import Web

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
HSTS = "max-age=31536000"


class Guard:
    """Lets requests for our own host through, and puts our headers on every answer, whatever went wrong.

    A page of somebody else whose name suddenly leads to this machine comes with its own name: it is turned away.
    """

    def __init__(self, inside: ASGIApp, web: Web, turned_away: Callable[[Scope], Response]) -> None:
        self.inside = inside
        self.web = web
        self.turned_away = turned_away
        self.headers = {**HEADERS, "Strict-Transport-Security": HSTS} if web.is_safe else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        is_ours = scope["type"] != "http" or is_own_host(Headers(scope=scope).getlist("host"), self.web.host)
        await (self.inside if is_ours else self.turned_away(scope))(scope, receive, answer)


def is_own_host(given: list[str], own: str) -> bool:
    """Whether a request is for the host of our links, or for this machine by its own name."""
    try:
        (said,) = given
        host = urlsplit(f"//{said}").hostname or ""
        is_plain = not set(said) & set("/?#@\\")
    except ValueError:
        return False
    return is_plain and (host in (own, "localhost") or _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

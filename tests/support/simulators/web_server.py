"""A small HTTP server on loopback: strict about what it is asked, and as hostile as a test wants in what it answers.

    with WebServer() as server:
        server.on("/orders", too_many("120"), json_answer([{"id": 1}]))
        Http("shop").get_json(server.url("/orders"))
        assert [seen.path for seen in server.seen] == ["/orders", "/orders"]

The answers of a path are given one after the other; the last one again and again. A path nobody spoke of is 404,
a request that is not well-formed 400: both stand in ``seen`` like all others.
"""

import gzip
import html
import json
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote_plus, urlsplit

MIB = 1 << 20


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    raw: str  #: request line and headers, for looking for what should not be there
    pairs: Sequence[tuple[str, str]] = ()  #: the query in its order, with what stands twice

    @property
    def form(self) -> dict[str, str]:
        """The body of a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: what a path does: it answers on the handler, or does something worse to it
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Reads a whole request, writes it down, and lets the path's answer have its way."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a body would wait 40 ms behind its head
    server: "_Server"

    def send(
        self, status: int, headers: Mapping[str, str], body: bytes, *, close: bool = False, length: int | None = None
    ) -> None:
        """A whole answer; ``length`` says another length than it has, ``close`` ends it by closing the line."""
        if self.server.distort and status < 300:
            body = self.server.distort(body)
        self.start(status, headers, None if close else (len(body) if length is None else length))
        self.wfile.write(body)

    def start(self, status: int, headers: Mapping[str, str], length: int | None) -> None:
        """The head of an answer; without a length the line has to be closed behind it."""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is None:
            self.close_connection = True
            if "Transfer-Encoding" not in headers:
                self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def wait(self, seconds: float | None = None) -> bool:
        """Sit still: for ever, or so long; True when the server is being closed."""
        return self.server.closing.wait(seconds)

    def reset(self) -> None:
        """Let the line end with RST when it is closed, as a firewall or a crash does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the requests are in ``seen``."""

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        raw = f"{self.requestline}\n{self.headers}"
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        seen = Seen(self.command, parts.path, dict(pairs), dict(self.headers.items()), body, raw, pairs)
        answer = self.server.next_answer(seen)
        if complaint := self._complaint(seen):
            answer = text_answer(complaint, status=400)
        with suppress(ConnectionError):  # who asked has gone
            answer(self)

    def _complaint(self, seen: Seen) -> str | None:
        """What is wrong with a request that a lenient server would let pass."""
        if self.headers.get_all("Host") != [self.server.host]:
            return f"Host must be {self.server.host}"
        if not self.path.startswith("/") or not self.path.isascii():
            return "the target must be an encoded path"
        if seen.method == "GET" and seen.body:
            return "a GET has no body"
        return None

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any  # noqa: N815, the names http.server looks for


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        self.closing = threading.Event()
        self.seen: list[Seen] = []
        self.answers: dict[str, list[Answer]] = {}
        self.decide: Callable[[Seen], Answer] | None = None
        self.distort: Callable[[bytes], bytes] | None = None
        self._lock = threading.Lock()
        self._lines: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)
        self.host = f"127.0.0.1:{self.server_port}"

    def next_answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.seen.append(seen)
            left = self.answers.get(seen.path)
            if not left and self.decide:
                return self.decide(seen)
            if not left:
                return text_answer(f"nothing is at {seen.path}", status=404)
            return left.pop(0) if len(left) > 1 else left[0]

    def get_request(self) -> tuple[socket.socket, Any]:
        line, address = super().get_request()
        self._lines.add(line)
        return line, address

    def shutdown_request(self, request: Any) -> None:
        """Close at once: a shutdown before it would send the polite FIN in the place of an RST."""
        self._lines.discard(request)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A line that broke is what half of the tests are about."""

    def hang_up(self) -> None:
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class WebServer:
    """The server, for as long as the ``with`` block; with a certificate and its key it speaks TLS."""

    def __init__(self, certificate: tuple[Path, Path] | None = None, port: int = 0) -> None:
        self.certificate = certificate
        self._server = _Server(port)

    def __enter__(self) -> Self:
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def seen(self) -> list[Seen]:
        """Every request so far, in order."""
        return self._server.seen

    @property
    def host(self) -> str:
        """The server's address and port, as a URL writes them."""
        return self._server.host

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"{'https' if self.certificate else 'http'}://{self.host}{path}"

    def decide(self, answer: Callable[[Seen], Answer]) -> None:
        """What to answer where no path was spoken of."""
        self._server.decide = answer

    def on(self, path: str, *answers: Answer) -> None:
        """What a path answers: one after the other, the last one for ever."""
        self._server.answers[path] = list(answers)


# Good answers.


def json_answer(value: Any, *, status: int = 200, **headers: str) -> Answer:
    """A value as JSON."""
    return bytes_answer(json.dumps(value).encode(), status=status, **headers)


def text_answer(text: str, *, status: int = 200, kind: str = "text/plain; charset=utf-8") -> Answer:
    """A text, or a page with ``kind="text/html"``."""
    return bytes_answer(text.encode(), status=status, kind=kind)


def bytes_answer(body: bytes, *, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """These bytes. Names of headers are written with ``_`` for ``-``."""
    every = {"Content-Type": kind, **_named(headers)}
    return lambda handler: handler.send(status, every, body)


def gzipped(body: bytes) -> Answer:
    """The bytes, compressed as most servers do."""
    return bytes_answer(gzip.compress(body), Content_Encoding="gzip")


def in_chunks(*parts: bytes) -> Answer:
    """The bytes in chunks, ended as they must be."""
    return _chunked(parts, whole=True)


# Refusals.


def too_many(retry_after: str | None = None, *, status: int = 429) -> Answer:
    """Too many requests, or another status, with any text at all as Retry-After."""
    headers = {} if retry_after is None else {"Retry_After": retry_after}
    return bytes_answer(b'{"error": "slow down"}', status=status, **headers)


def redirect(to: str, status: int = 302) -> Answer:
    """Somewhere else."""
    return bytes_answer(b"", status=status, Location=to)


def echoing(status: int) -> Answer:
    """An error page that repeats the request, as those of frameworks do: plain, and as JSON and HTML write it."""

    def answer(handler: Handler) -> None:
        raw = f"{handler.requestline} {handler.headers}"
        page = f"{raw}\n{json.dumps(raw)}\n{html.escape(raw)}\n{unquote_plus(raw)}"
        text_answer(page, status=status, kind="text/html")(handler)

    return answer


# Worse.


def blackhole(handler: Handler) -> None:
    """Take the request and never say a word."""
    handler.wait()
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """RST in the place of an answer."""
    handler.reset()


def reset_within(body: bytes) -> Answer:
    """RST in the middle of the body."""

    def answer(handler: Handler) -> None:
        handler.send(200, {"Content-Type": "application/json"}, body[: len(body) // 2], length=len(body))
        handler.wfile.flush()
        handler.reset()

    return answer


def dripping(body: bytes, seconds: float = 0.02) -> Answer:
    """The body, a byte at a time: never slow enough for a socket's timeout."""

    def answer(handler: Handler) -> None:
        handler.start(200, {"Content-Type": "application/json"}, len(body))
        _drip(handler, body, seconds)

    return answer


def dripping_until_closed(body: bytes, seconds: float = 0.02) -> Answer:
    """The same without a length: where it is cut it looks whole."""

    def answer(handler: Handler) -> None:
        handler.start(200, {"Content-Type": "application/json"}, None)
        _drip(handler, body, seconds)

    return answer


def dripping_headers(seconds: float = 0.02) -> Answer:
    """Headers that never come to an end, a byte at a time."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        _drip(handler, b"X-Slow: " + b"a" * 50_000, seconds)

    return answer


def stalling(body: bytes) -> Answer:
    """Half of the body, then not a byte more."""

    def answer(handler: Handler) -> None:
        handler.send(200, {"Content-Type": "application/json"}, body[: len(body) // 2], length=len(body))
        handler.wfile.flush()
        blackhole(handler)

    return answer


def cut_with_length(body: bytes, at: int, *, status: int = 200) -> Answer:
    """The first bytes of a body whose whole length was announced."""

    def answer(handler: Handler) -> None:
        handler.send(status, {"Content-Type": "application/json"}, body[:at], length=len(body))
        handler.close_connection = True

    return answer


def cut_without_length(body: bytes, at: int) -> Answer:
    """The first bytes of a body that ends where the line is closed: nothing tells that it is not whole."""
    return lambda handler: handler.send(200, {"Content-Type": "application/json"}, body[:at], close=True)


def cut_chunks(*parts: bytes) -> Answer:
    """Chunks without the last, empty one."""
    return _chunked(parts, whole=False)


def huge(mebibytes: int) -> Answer:
    """A body of spaces, sent as it is."""

    def answer(handler: Handler) -> None:
        handler.start(200, {"Content-Type": "application/json"}, mebibytes * MIB)
        for _ in range(mebibytes):
            handler.wfile.write(b" " * MIB)

    return answer


def gzip_bomb(mebibytes: int, *, status: int = 200, **headers: str) -> Answer:
    """A body of spaces, a thousandth of its size on the line."""
    return bytes_answer(b"".join(_packed(mebibytes)), status=status, Content_Encoding="gzip", **headers)


def _packed(mebibytes: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(mebibytes):
        yield packer.compress(b" " * MIB)
    yield packer.flush()


def _drip(handler: Handler, body: bytes, seconds: float) -> None:
    for place in range(len(body)):
        handler.wfile.write(body[place : place + 1])
        handler.wfile.flush()
        if handler.wait(seconds):
            handler.close_connection = True
            return


def _chunked(parts: Iterable[bytes], *, whole: bool) -> Answer:
    def answer(handler: Handler) -> None:
        handler.start(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}, None)
        for part in parts:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if whole:
            handler.wfile.write(b"0\r\n\r\n")

    return answer


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}

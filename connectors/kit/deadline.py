"""A deadline for a whole exchange: a socket's timeout counts from the last byte, and a slow sender never trips it.

Before each piece of an answer is waited for, the socket is told how long the rest of the exchange may take: in the
headers, in the body, or between two bytes.
"""

import http.client
import io
import socket
import threading
import time
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from config.authorities import trusting

_here = threading.local()  # the deadline of the request that this thread is making


class Deadline:
    """``with Deadline(seconds) as deadline:`` around a request and the reading of its answer."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def __enter__(self) -> Self:
        _here.deadline = self
        return self

    def __exit__(self, *_: object) -> None:
        _here.deadline = None

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._end

    def left(self, longest: float | None) -> float:
        """The seconds that the next piece may take; TimeoutError where there are none."""
        rest = self._end - time.monotonic()
        if rest <= 0:
            raise TimeoutError("the deadline is over")
        return rest if longest is None else min(longest, rest)


class _Answer(io.RawIOBase):
    """What comes on a line, each piece waited for as long as the deadline of this thread allows."""

    def __init__(self, line: socket.socket, raw: io.RawIOBase) -> None:
        self._line, self._raw = line, raw
        self._longest = line.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        deadline: Deadline | None = getattr(_here, "deadline", None)
        if deadline:
            self._line.settimeout(deadline.left(self._longest))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Answer(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class DeadlineAdapter(HTTPAdapter):
    """What requests sends with, its connections under the deadline of their thread; it never retries by itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs, ssl_context=trusting(create_urllib3_context()))
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

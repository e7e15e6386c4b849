"""A deadline for a whole exchange: a socket's timeout counts from the last byte, and a slow sender never trips it.

When the time is over the line is cut, wherever the reading stands: in the headers, in the body, or between two bytes.
"""

import socket
import threading
from contextlib import suppress
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_here = threading.local()  # the deadline of the request that this thread is making


class Deadline:
    """``with Deadline(seconds) as deadline:`` around a request and the reading of its answer."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        _here.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _here.deadline = None

    def watch(self, line: socket.socket | None) -> None:
        """The line that the answer comes on."""
        with self._lock:
            self._line = line
            if self.is_over:
                self._shut()

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


def _watch(line: Any) -> None:
    deadline: Deadline | None = getattr(_here, "deadline", None)
    if deadline:
        deadline.watch(line)


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class DeadlineAdapter(HTTPAdapter):
    """What requests sends with, its connections under the deadline of their thread; it never retries by itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

"""How long a mail server may take, however slowly it speaks; less where the service is asked to stop."""

import smtplib
import socket
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self

STOP_SECONDS = 4  # what a mail under way may still take when the service stops
_LOOK_SECONDS = 0.2


class Patience:
    """Cuts the line to a server when its time is over: whoever waits for an answer then learns that none comes.

    A socket's own timeout is no limit: it begins anew with each byte.
    """

    def __init__(self, stop: Event, seconds: float) -> None:
        self.server: smtplib.SMTP | None = None
        self.is_over = False
        self._stop = stop
        self._until = monotonic() + seconds
        self._done = Event()
        self._thread = Thread(target=self._watch, name="patience", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def renew(self, seconds: float) -> None:
        """Wait that long from now on."""
        self._until = monotonic() + seconds

    def _watch(self) -> None:
        asked = None
        while not self._done.wait(_LOOK_SECONDS):
            now = monotonic()
            if asked is None and self._stop.is_set():
                asked = now
            if now >= self._until or (asked is not None and now >= asked + STOP_SECONDS):
                self._cut()

    def _cut(self) -> None:
        self.is_over = True
        line = self.server.sock if self.server else None
        if line is not None:
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)  # not the one of TLS, which would talk once more


class Watched(smtplib.SMTP):
    """A connection that can be cut from its first byte on. Raises SMTPException or OSError where there is none."""

    def __init__(self, patience: Patience, *given: Any, **named: Any) -> None:
        patience.server = self
        super().__init__(*given, **named)


class WatchedTls(Watched, smtplib.SMTP_SSL):
    """The same, encrypted from its first byte on."""

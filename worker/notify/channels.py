"""A message through a channel (Slack, Teams, a webhook, …) by Apprise, which is loaded when the first one leaves.

A channel's address is a secret: what Apprise and its tools write to the log may hold it, so nothing of that gets out.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from config.errors import DeliveryError, PlanError
from worker.model.message import Deliver, NoTransport, OutgoingMessage
from worker.notify.mime import one_line
from worker.notify.smtp import LOGIN_PAUSE

NEEDS_APPRISE = "channels need Apprise: pip install 'vigie[channels]'"

_STATUS = re.compile(r"\berror=([1-5][0-9]{2})\b")  # as Apprise says what a server answered


class _Ear(logging.Filter):
    """Lets nothing through that Apprise writes to its log, and keeps what a server answered."""

    status: int | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Never."""
        found = _STATUS.search(record.getMessage())
        self.status = int(found[1]) if found else self.status
        return False


_EAR = _Ear()


def deliver_by_channel(name: str, address: Callable[[], str]) -> Deliver:
    """Hand each message's text to a channel. Its address is asked for each time, and never shown."""

    def deliver(message: OutgoingMessage) -> None:
        service = _service(name, address)
        _EAR.status = None
        if service.notify(title=one_line(message.subject), body=message.text, body_format="text"):
            return
        if _EAR.status is None:  # the next message would wait as long for nothing
            raise NoTransport(f"channel {name}: cannot be reached or rejects messages; check its address")
        raise DeliveryError(f"channel {name}: answered {_EAR.status}{_remedy(_EAR.status)}", permanent=False)

    return deliver


def _remedy(status: int) -> str:
    if status in (401, 403, 404, 410):
        return "; check its address, which may have been revoked"
    return ""


def _service(name: str, address: Callable[[], str]) -> Any:
    """Apprise with the one address. Raises NoTransport, without a status of it."""
    _hush()
    try:
        import apprise
        from apprise.common import OverflowMode
    except ImportError:
        raise NoTransport(f"channel {name}: {NEEDS_APPRISE}", pause=LOGIN_PAUSE) from None
    try:
        url = address()
    except PlanError as error:
        raise NoTransport(f"channel {name}: {error.problems[0].message}", pause=LOGIN_PAUSE) from error
    asset = apprise.AppriseAsset(storage_mode="memory", http_redirects=False)
    plugin = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is None:
        raise NoTransport(f"channel {name}: Apprise does not recognise its address", pause=LOGIN_PAUSE)
    if plugin.overflow_mode is OverflowMode.UPSTREAM:  # a service that takes less gets it in parts
        plugin.overflow_mode = OverflowMode.SPLIT
    service = apprise.Apprise(asset=asset)
    service.add(plugin)
    return service


def _hush() -> None:
    """Keep addresses out of every log: Apprise writes them at any level, the library below it when debugging."""
    logging.getLogger("apprise").addFilter(_EAR)
    logging.getLogger("urllib3").setLevel(logging.WARNING)

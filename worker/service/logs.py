"""Logs: sentences for people; for the service one JSON object per line, UTC, into which nothing can forge another."""

import json
import logging
import sys
from datetime import UTC, datetime

_KEYS = ("event", "plan", "source", "action", "rows", "days", "duration_ms")


class JsonLines(logging.Formatter):
    """A record as one line of JSON with fixed keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage()[:1000],
        }
        entry |= {key: record.__dict__[key] for key in _KEYS if key in record.__dict__}
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)[-4000:]
        return json.dumps(entry, default=str)


class Sentences(logging.Formatter):
    """A record as a sentence, without what could steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        text = super().format(record)
        return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def set_up_logs(*, verbose: bool, as_json: bool) -> None:
    """Send Vigie's own log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else Sentences("vigie: %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    level = logging.DEBUG if verbose else logging.INFO if as_json else logging.ERROR
    logging.getLogger("vigie").setLevel(level)

"""The keys that links in mails are signed with: made up for each database, and kept in it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import Connection, select, update

from worker.model.links import KEY_BYTES, LIFE
from worker.store import schema as t
from worker.store.engine import dialect_insert

RENEWED = LIFE + timedelta(
    days=5
)  # longer than a link lives: the key before the newest knows every link that still counts
KEPT = 2

_NAME = "link_keys"


def signing_key(connection: Connection, now: datetime) -> bytes:
    """The newest key; a new one is made where there is none, or it is old. For a transaction that writes."""
    connection.execute(dialect_insert(connection, t.meta).values(name=_NAME, value="[]").on_conflict_do_nothing())
    known = _known(connection, lock=True)
    if not known or now - datetime.fromisoformat(known[0]["since"]) >= RENEWED:
        known = [{"key": token_hex(KEY_BYTES), "since": now.isoformat()}, *known][:KEPT]
        connection.execute(update(t.meta).where(t.meta.c.name == _NAME).values(value=json.dumps(known)))
    return bytes.fromhex(known[0]["key"])


def verifying_keys(connection: Connection) -> list[bytes]:
    """The keys whose links count, newest first."""
    return [bytes.fromhex(one["key"]) for one in _known(connection)]


def _known(connection: Connection, *, lock: bool = False) -> Sequence[Mapping[str, str]]:
    stored = select(t.meta.c.value).where(t.meta.c.name == _NAME)
    found: Sequence[Mapping[str, str]] = json.loads(
        connection.execute(stored.with_for_update() if lock else stored).scalar() or "[]"
    )
    return found

"""What a connector is lent of the database: who bought, made unrecognisable, and the names that ids once had."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import blake2b

from worker.store import buyers, known_names
from worker.store.engine import Store


def pseudonyms(store: Store) -> Callable[[str], str]:
    """A keyed hash of 128 bits, as text; the key belongs to the database."""

    @cache
    def key() -> bytes:
        with store.write() as connection:
            return buyers.key(connection)

    return lambda text: blake2b(text.encode("utf-8", "surrogateescape"), key=key(), digest_size=16).hexdigest()


def names(store: Store, source_id: int) -> Callable[[str, Mapping[str, str], Sequence[str]], Mapping[str, str]]:
    """What ``Context.remember`` does for a source."""

    def remember(kind: str, known: Mapping[str, str], asked: Sequence[str]) -> Mapping[str, str]:
        with store.write(source_id) as connection:
            return known_names.remember(connection, source_id, kind, known, asked)

    return remember

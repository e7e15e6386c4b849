"""Which sources read the same thing twice: their figures would add up, and each order count double."""

import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.globs import normal
from config.loading.document import Finding
from config.message import marked, message
from config.sources import SourceEntry
from config.vocabulary import SourceKind

_SAME_PLACE = re.compile(r"^(sc-domain:|https?://)?(www\.)?|(:80|:443)?(?=/|$)")


@dataclass(frozen=True)
class ReadSource:
    """A source, its kind, and the measures it provides (None: not known)."""

    entry: SourceEntry
    kind: SourceKind
    provides: frozenset[str] | None


def read_twice(sources: Mapping[str, ReadSource], folder: Path) -> Iterator[Finding]:
    """A finding for each source that reads what one before it does. ``folder`` is what paths start from."""
    readers: dict[str, list[str]] = {}
    for second, source in sources.items():
        for what in sorted(_read_by(source.entry, folder)):
            earlier = readers.setdefault(f"{source.entry.connector} {what}", [])
            if first := next((first for first in earlier if _add_up(sources[first], source)), None):
                form = marked(
                    "{second} reads the same as {first} ({what}): what both count is counted twice. Remove one"
                )
                yield (second,), message(form, second=second, first=first, what=what)
                break
            earlier.append(second)


def _add_up(one: ReadSource, other: ReadSource) -> bool:
    """Whether some measure would be summed over both."""
    if one.kind is not other.kind:
        return False
    return one.provides is None or other.provides is None or bool(one.provides & other.provides)


def _read_by(entry: SourceEntry, folder: Path) -> set[str]:
    """The files a source reads, or what its options say of the one thing it does."""
    if entry.identity == ("path",):
        return _files(folder, getattr(entry, "path"))  # noqa: B009, of a connector's own options
    own = [name for name in type(entry).model_fields if name not in SourceEntry.model_fields]
    values = (getattr(entry, name) for name in entry.identity or own)
    return {", ".join(_plain(value) for value in values if value is not None) or entry.connector}


def _files(folder: Path, path: str) -> set[str]:
    """The files of that name or pattern, links followed, as they lie from the folder."""
    pattern = Path(glob.escape(str(folder))) / path
    found = [folder / path, *map(Path, glob.glob(str(pattern), recursive=True))]  # noqa: PTH207, absolute patterns too
    return {os.path.relpath(file.resolve(), folder.resolve()) for file in found if file.is_file()}


def _plain(value: Any) -> str:
    """``HTTPS://www.Shop.example/`` as ``shop.example``: one place, however it is written."""
    return _SAME_PLACE.sub("", normal(str(value))).rstrip("/")

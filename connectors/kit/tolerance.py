"""Records read one by one: one that cannot be read is left out and named, and the rest stands."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

from config.errors import SourceMisread
from connectors.base import Note, Quality, Remark
from connectors.kit.fields import Record
from connectors.kit.text import clean

T = TypeVar("T")

SHOWN = 60  # characters of a name
NAMED = 20  # records of one reading; of more it is told how many


class Tolerance:
    """Of one reading: what could not be read, until it is told."""

    def __init__(self) -> None:
        self._good: Counter[str] = Counter()
        self._bad: Counter[str] = Counter()
        self._first: dict[str, SourceMisread] = {}
        self._untold: list[str] = []

    def read(self, kind: str, name: str, record: Record, parse: Callable[[Record], T]) -> T | None:
        """What ``parse`` makes of a record, or None where it cannot be read; ``name`` tells which of its kind it is."""
        try:
            found = parse(record)
        except SourceMisread as error:
            self._bad[kind] += 1
            self._first.setdefault(kind, error)
            self._untold.append(f"{kind} '{_short(name)}': {str(error).removeprefix(f'{record.where}: ')}")
            return None
        self._good[kind] += 1
        return found

    def told(self, day: date) -> Iterator[Note | Remark]:
        """What was left out of a day since this was last asked."""
        if self._untold:
            yield Note(day, Quality.TRUNCATED, f"records that could not be read: {len(self._untold)}")
        before = self._bad.total() - len(self._untold)
        yield from (Remark(f"day {day}, {text}: left out") for text in self._untold[: max(0, NAMED - before)])
        self._untold.clear()

    def prove(self) -> None:
        """Once a day's records are read.

        Raises SourceMisread where there were two or more of a kind, and none could be read: then it is not a record
        that is wrong, but what the vendor answers.
        """
        self._prove(2)

    def ended(self) -> Iterator[Remark]:
        """At the end of a reading. Raises SourceMisread as well where the only record of a kind could not be read."""
        self._prove(1)
        if self._bad.total() > NAMED:
            yield Remark(f"{self._bad.total() - NAMED} more records could not be read: left out")

    def _prove(self, least: int) -> None:
        for kind, error in self._first.items():
            if not self._good[kind] and self._bad[kind] >= least:
                raise error


def _short(name: str) -> str:
    text = clean(name)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"

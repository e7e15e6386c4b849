"""One object of a vendor's answer, read field by field: a field that is missing or of another kind is never a zero."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from config.errors import SourceMisread

SHOWN = 40  # characters of a wrong value
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_CURRENCY = re.compile(r"[A-Z]{3}|[a-z]{3}")


class Record:
    """``where`` says for people what it is, beginning with the source: "shop: order 727".

    Every reader raises SourceMisread, naming the field, where it is missing, null or of another kind. The ``maybe_``
    readers give None for what is missing or null, and refuse what is of another kind.
    """

    __slots__ = ("_inside", "_where", "values")

    def __init__(self, where: str, values: Mapping[str, Any], inside: "Record | None" = None) -> None:
        self._where = where
        self._inside = inside  # the record it is a part of: where it is, is put into words when it must be said
        self.values = values

    @classmethod
    def of(cls, where: str, value: Any, inside: "Record | None" = None) -> "Record":
        """A record of what must be an object."""
        if not isinstance(value, dict):
            raise SourceMisread(f"{cls(where, {}, inside).where} is {_shown(value)}, not an object")
        return cls(where, value, inside)

    @property
    def where(self) -> str:
        """What it is, for people."""
        return f"{self._inside.where}: {self._where}" if self._inside else self._where

    def text(self, name: str) -> str:
        """A text; an empty one is one."""
        value = self._must(name)
        return value if isinstance(value, str) else self._wrong(name, "a text")

    def maybe_text(self, name: str) -> str | None:
        """A text, or None."""
        return self.text(name) if self.has(name) else None

    def id(self, name: str) -> str:
        """An id, whether it is written as a number or a text."""
        value = self._must(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and str(value).strip():
            return str(value)
        return self._wrong(name, "an id")

    def amount(self, name: str) -> Decimal:
        """A number, or a text that is one and nothing else: no blank, no comma, no unit."""
        value = self._must(name)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, str) and len(value) <= SHOWN and _NUMBER.fullmatch(value):
            return Decimal(value)
        return self._wrong(name, "an amount")

    def maybe_amount(self, name: str) -> Decimal | None:
        """An amount, or None."""
        return self.amount(name) if self.has(name) else None

    def count(self, name: str) -> int:
        """A whole number, or a text that is one."""
        value = self._must(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and len(value) <= SHOWN and _INTEGER.fullmatch(value):
            return int(value)
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        return self._wrong(name, "a whole number")

    def maybe_count(self, name: str) -> int | None:
        """A whole number, or None."""
        return self.count(name) if self.has(name) else None

    def currency(self, name: str, *, small: bool = False) -> str:
        """The three capital letters of a currency; written small where the vendor writes them so."""
        value = self._must(name)
        if isinstance(value, str) and _CURRENCY.fullmatch(value) and value.islower() == small:
            return value.upper()
        return self._wrong(name, "a currency")

    def flag(self, name: str) -> bool:
        """True or false, also as 1 and 0 or their texts."""
        value = self._must(name)
        if isinstance(value, bool):
            return value
        if value in (0, 1, "0", "1"):
            return bool(int(value))
        return self._wrong(name, "yes or no")

    def day(self, name: str) -> date:
        """A day, as ``2026-10-01``."""
        value = self._must(name)
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            return self._wrong(name, "a day")

    def moment(self, name: str, zone: ZoneInfo | None = None) -> datetime:
        """An aware moment in UTC, of ``2026-10-01T21:58:09`` with ``T`` or a blank; in ``zone`` without an offset.

        Where neither says a zone, it is no moment. Of an hour that comes twice the first is taken.
        """
        value = self._must(name)
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None and zone is not None:
                moment = moment.replace(tzinfo=zone)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            pass
        return self._wrong(name, "a moment")

    def record(self, name: str) -> "Record":
        """An object inside."""
        return Record.of(name, self._must(name), self)

    def maybe_record(self, name: str) -> "Record | None":
        """An object inside, or None."""
        return self.record(name) if self.has(name) else None

    def items(self, name: str) -> list[Any]:
        """A list."""
        value = self._must(name)
        return value if isinstance(value, list) else self._wrong(name, "a list")

    def records(self, name: str) -> "Iterator[Record]":
        """The objects of a list."""
        for place, value in enumerate(self.items(name), 1):
            if not isinstance(value, dict):
                raise SourceMisread(f"{self.where}: {name} {place} is {_shown(value)}, not an object")
            yield Record(f"{name} {place}", value, self)

    def has(self, name: str) -> bool:
        """Whether there is such a field and it is not null."""
        return self.values.get(name) is not None

    def refuse(self, reason: str) -> NoReturn:
        """Say what is wrong with it. Raises SourceMisread."""
        raise SourceMisread(f"{self.where}: {reason}")

    def _must(self, name: str) -> Any:
        if name not in self.values:
            raise SourceMisread(f"{self.where}: has no '{name}'")
        return self.values[name]

    def _wrong(self, name: str, wanted: str) -> NoReturn:
        raise SourceMisread(f"{self.where}: {name} is {_shown(self.values[name])}, not {wanted}")


def _shown(value: Any) -> str:
    """A word on a value that may be anything, and may be somebody's: its kind, and of a number or short text itself."""
    if value is None:
        return "empty"
    if isinstance(value, bool | int | Decimal) or (isinstance(value, str) and _NUMBER.fullmatch(value[:SHOWN])):
        return f"'{str(value)[:SHOWN]}'"
    kinds: dict[type, str] = {str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), type(value).__name__)

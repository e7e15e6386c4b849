"""A file as it was read: its value, and the line of each part of it. Pure."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from config.errors import Problem
from config.message import Message

#: the keys and numbers that lead to a part of a file
Place = tuple[str | int, ...]
#: what is to be said of a part of a file
Finding = tuple[Place, Message]


def lines_of(text: str) -> list[str]:
    """The lines of a text as YAML counts them."""
    return re.split(r"\r\n?|\n", text)


def value_at(value: Any, place: Place) -> Any:
    """What stands at a place; None where the file has no such part."""
    for part in place:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


@dataclass(frozen=True)
class Document:
    """A file's value (mappings, lists, text, int, Decimal, bool, None) and the line of each part of it."""

    file: str
    text: str
    value: Any
    lines: dict[Place, int] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def line(self, place: Place) -> int:
        """The line of the nearest part that stands in the file at or above ``place``, counted from 1."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def text_at(self, place: Place) -> str:
        """The text of that line; empty where the value comes from no file."""
        return self._lines[self.line(place) - 1] if self.line(place) <= len(self._lines) else ""

    @cached_property
    def _lines(self) -> list[str]:
        return lines_of(self.text)

    def problem(self, place: Place, what: Message | str) -> Problem:
        """An error at a place of this file."""
        return Problem(self.file, self.line(place), what)

"""A file as it was read: its value, and the line of each part of it. Pure."""

from dataclasses import dataclass, field
from typing import Any

from config.errors import Problem
from config.message import Message

#: the keys and numbers that lead to a part of a file
Place = tuple[str | int, ...]


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

    def problem(self, place: Place, what: Message | str) -> Problem:
        """An error at a place of this file."""
        return Problem(self.file, self.line(place), what)

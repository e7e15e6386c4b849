"""What is said to people, before it is put into a language. Pure.

A message is its English text, which is also the key of its translations, and what is put into it. Where it is shown, a
translator (``worker/wording/translator.py``) finds the text in a catalogue; ``str`` gives English.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Message:
    """``{name}`` in the text stands for a part: a text, a value, or another message.

    Where something is counted, ``text`` is for one of it and ``plural`` for any other number.
    """

    text: str
    parts: tuple[tuple[str, Any], ...] = ()
    plural: str = ""
    count: int = 1

    def __str__(self) -> str:
        return filled(self.text if self.count == 1 or not self.plural else self.plural, dict(self.parts))


def message(text: str, /, **parts: Any) -> Message:
    """A message and its parts."""
    return Message(text, tuple(parts.items()))


def counted(one: str, many: str, count: int, /, **parts: Any) -> Message:
    """A message that counts something; the number is its part ``count``, written as given where ``parts`` has one."""
    return Message(one, tuple({"count": count, **parts}.items()), many, count)


def marked(text: str) -> str:
    """The same text, to be found by whoever collects what is translated (gettext's ``N_``)."""
    return text


def plural(one: str, many: str) -> tuple[str, str]:
    """The two texts of what is counted, to be found likewise; for a table, whose user passes them to ``counted``."""
    return one, many


def filled(template: str, parts: Mapping[str, Any], write: Callable[[Any], str] = str) -> str:
    """A text with its parts put in; parts are never read as a template."""
    return _PART.sub(lambda match: write(parts[match[1]]), template)

"""A text for people: as a plan gives it, in one or several languages, or Vigie's own. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.errors import Mistake
from config.languages import LANGUAGES
from config.message import Message
from config.suggestions import nearest


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text, and what it is in other languages. Vigie's own is English, and translated by the catalogues."""

    text: str
    others: tuple[tuple[str, str], ...] = ()
    is_ours: bool = False

    def in_(self, language: str) -> Message:
        """The text for a reader of a language: its own, else English, else the first that was given."""
        if self.is_ours:
            return Message(self.text)
        return Message("{text}", (("text", dict(self.others).get(language, self.text)),))

    @property
    def in_full(self) -> str:
        """Every text that was given, each once."""
        return " / ".join(dict.fromkeys([self.text, *(text for _, text in self.others)]))

    def __str__(self) -> str:
        return self.text


def read_text(value: Any, read_line: Callable[[str], str], *, is_ours: bool = False) -> LocalText:
    """A plain text, or ``{en: …, fr: …}``. Raises Mistake."""
    if isinstance(value, LocalText):
        return value
    texts = value if isinstance(value, dict) else {"en": value}
    for language, text in texts.items():
        if language not in LANGUAGES:
            raise Mistake(
                "'{value}' is not a language of Vigie{hint}", value=language, hint=nearest(language, LANGUAGES)
            )
        if not isinstance(text, str):
            raise Mistake("a text is expected: put a number in quotes")
    lines = {language: read_line(text) for language, text in texts.items()}
    if not lines:
        raise Mistake("give the text in at least one language, such as en")
    first = lines.get("en") or next(iter(lines.values()))
    others = tuple((language, text) for language, text in lines.items() if language != "en" and text != first)
    return LocalText(first, others, is_ours)

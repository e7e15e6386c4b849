"""One YAML file -> plain values that remember their lines. Safe, strict, and every problem at once.

Scalars are those of JSON; numbers with a point become ``Decimal``. What YAML 1.1 would read otherwise than
it is written (``no``, ``12:30``, ``010``, ``1_000``), anchors, aliases, merge keys, tags, duplicate keys and
characters that nobody can see are errors.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from config.errors import PlanError, Problem
from config.files import MAX_BYTES, TooLarge, read_regular, reason
from config.loading.document import Document, Place
from config.loading.yaml_mistakes import ODD_INDENT, explain, quote_it
from config.message import Message, marked, message

MAX_DEPTH = 50
MAX_ECHO = 6  # characters of a value shown in a message: enough for 12:30, too few for a secret


_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,30})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?|[-+]?\.[0-9]{1,30}")
_SURPRISES = (
    (
        re.compile(r"(?i)yes|no|on|off"),
        marked("YAML may take {value} for true or false: write true or false, or put it in quotes"),
    ),
    (
        re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?"),
        marked("YAML may take {value} for a number of seconds: put it in quotes"),
    ),
    (
        re.compile(r"[-+]?0[0-9_]+"),
        marked("YAML may take {value} for an octal number: drop the zero it begins with, or put it in quotes"),
    ),
    (
        re.compile(r"[-+]?(0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_.]*)"),
        marked("YAML may take {value} for another number: write it in plain digits, or put it in quotes"),
    ),
    (re.compile(r"(?i)[-+]?\.(inf|nan)"), marked("{value} is not a number that can be reached or spent")),
)
#: Controls, marks that turn the direction of writing, spaces without width, line ends that editors do not count.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)


#: Spaces that count as letters in YAML, as pasted text has them.
_ODD_SPACES = tuple("\u00a0\u2000\u2002\u2003\u2009\u202f\u3000")


def read_text(path: Path, shown_as: str) -> str:
    """The file's text. Raises PlanError where it is missing, too large, or not UTF-8."""
    try:
        content = read_regular(path)
    except TooLarge as error:
        why = message("larger than {size} MiB: split the plan", size=MAX_BYTES >> 20)
        raise PlanError([Problem(shown_as, 0, why)]) from error
    except OSError as error:
        why = message("cannot be read: {reason}", reason=reason(path, error))
        raise PlanError([Problem(shown_as, 0, why)]) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        why = message("not encoded in UTF-8: save the file as UTF-8")
        raise PlanError([Problem(shown_as, line, why)]) from error


def parse_yaml(text: str, shown_as: str) -> Document:
    """Read YAML text. Problems of form are told in the document; one that ends the reading leaves no value."""
    reader = _Reader(shown_as)
    value = None
    if unseen := _UNSEEN.search(text):
        reader.say(text.count("\n", 0, unseen.start()) + 1, _unseen(unseen[0]))
        return Document(shown_as, text, None, reader.lines, tuple(reader.problems))
    try:
        value = reader.document(yaml.parse(text, Loader=_PARSER))
    except _Unreadable as error:
        reader.say(error.line, error.why)
    except yaml.YAMLError as error:
        reader.say(*explain(text, error))
    return Document(shown_as, text, value, reader.lines, tuple(reader.problems))


def _unseen(character: str) -> Message:
    return message("invisible character U+{code} on this line: delete it", code=f"{ord(character):04X}")


class _Unreadable(Exception):
    """The reading ends here."""

    def __init__(self, line: int, why: Message) -> None:
        self.line, self.why = line, why


class _Reader:
    """Builds the value from the parser's events, so that depth and aliases are refused before they cost anything."""

    def __init__(self, shown_as: str) -> None:
        self.file = shown_as
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []

    def say(self, line: int, what: Message) -> None:
        problem = Problem(self.file, line, what)
        if self.problems[-1:] != [problem]:  # a line full of aliases is one mistake
            self.problems.append(problem)

    def document(self, events: Iterator[Any]) -> Any:
        value: Any = None
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                if () in self.lines:
                    self.say(line, message("a second document begins here: delete the line '---'"))
                    return value
                value = self.node(next(events), events, ())
        return value

    def node(self, event: Any, events: Iterator[Any], place: Place) -> Any:
        line = event.start_mark.line + 1
        self.lines.setdefault(place, line)
        if len(place) > MAX_DEPTH:
            raise _Unreadable(line, message("more than {count} levels deep", count=MAX_DEPTH))
        self.refuse_tricks(event, line)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, place)
        if isinstance(event, yaml.ScalarEvent):
            return event.value or event.tag or event.anchor if event.tag or event.anchor else self.scalar(event, line)
        return f"*{event.anchor}"

    def refuse_tricks(self, event: Any, line: int) -> None:
        """Say what would make a value or key another one than it looks."""
        is_told = self.problems[-1:] and self.problems[-1].line == line  # a line full of aliases is one mistake
        if not is_told and (isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)):
            self.say(line, quote_it("*" if isinstance(event, yaml.AliasEvent) else "&"))
        elif not is_told and getattr(event, "tag", None):
            self.say(line, quote_it("!"))
        if unseen := _UNSEEN.search(getattr(event, "value", "")):  # written as an escape, "\\u202e"
            self.say(line, _unseen(unseen[0]))

    def mapping(self, events: Iterator[Any], place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None:
                self.say(line, message("a key must be a single word, not a list or other keys"))
                self.node(event, events, (*place, "?"))
                self.node(next(events), events, (*place, "?"))
                continue
            if key[:1] in _ODD_SPACES:
                raise _Unreadable(line, ODD_INDENT)
            self.refuse_tricks(event, line)
            if key == "<<" and not event.style:
                self.say(line, message("merge keys (<<) are not supported: write the keys out"))
                self.node(next(events), events, (*place, "?"))
                continue
            if key in found:
                first = self.lines[*place, key]
                self.say(line, message("'{key}' is given twice, first on line {line}: keep one", key=key, line=first))
            self.lines.setdefault((*place, key), line)
            found[key] = self.node(next(events), events, (*place, key))
        return found

    def sequence(self, events: Iterator[Any], place: Place) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self.node(event, events, (*place, len(items))))
        return items

    def scalar(self, event: Any, line: int) -> Any:
        text: str = event.value
        if event.style:  # quoted or block: a text, whatever it looks like
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INTEGER.fullmatch(text):
            return int(text)
        for pattern, why in _SURPRISES:
            if pattern.fullmatch(text):
                self.say(line, Message(why, (("value", text if len(text) <= MAX_ECHO else message("this value")),)))
                return text
        return Decimal(text) if _DECIMAL.fullmatch(text) else text

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
from config.loading.document import Document, Place

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_ECHO = 6  # characters of a value shown in a message: enough for 12:30, too few for a secret


_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,30})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?|[-+]?\.[0-9]{1,30}")
_SURPRISES = (
    (re.compile(r"(?i)yes|no|on|off"), "YAML may read it as true or false"),
    (
        re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?"),
        "YAML may read it as a number of seconds",
    ),
    (re.compile(r"[-+]?0[0-9_]+"), "YAML may read it as an octal number"),
    (
        re.compile(r"[-+]?(0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_.]*)"),
        "YAML may read another number",
    ),
    (re.compile(r"(?i)[-+]?\.(inf|nan)"), "it is not a number anyone can spend or reach"),
)
#: Controls, marks that turn the direction of writing, spaces without width, line ends that editors do not count.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)


def read_text(path: Path, shown_as: str) -> str:
    """The file's text. Raises PlanError where it is missing, too large, or not UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlanError([Problem(shown_as, 0, f"cannot be read: {error.strerror or error}")]) from error
    if len(content) > MAX_BYTES:
        raise PlanError([Problem(shown_as, 0, f"is over {MAX_BYTES >> 20} MiB: split the plan")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlanError([Problem(shown_as, line, "is not UTF-8: save the file as UTF-8")]) from error


def parse_yaml(text: str, shown_as: str) -> Document:
    """Read YAML text. Problems of form are told in the document; one that ends the reading leaves no value."""
    reader = _Reader(shown_as)
    value = None
    if unseen := _UNSEEN.search(text):
        reader.say(text.count("\n", 0, unseen.start()) + 1, _unseen(unseen[0]))
        return Document(shown_as, text, None, reader.lines, tuple(reader.problems))
    try:
        value = reader.document(yaml.parse(text, Loader=_PARSER))
    except yaml.YAMLError as error:
        began, mark = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        if began and mark and began.line < mark.line:
            reason += f", in what begins on line {began.line + 1}"
        last = text.rstrip().count("\n")  # what is missing at the end is looked for behind it
        reader.say(min(mark.line, last) + 1 if mark else 0, f"cannot be read as YAML: {reason}")
    return Document(shown_as, text, value, reader.lines, tuple(reader.problems))


def _unseen(character: str) -> str:
    return f"holds a character that nobody can see (U+{ord(character):04X}): take it out"


class _Reader:
    """Builds the value from the parser's events, so that depth and aliases are refused before they cost anything."""

    def __init__(self, shown_as: str) -> None:
        self.file = shown_as
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []

    def say(self, line: int, message: str) -> None:
        problem = Problem(self.file, line, message)
        if self.problems[-1:] != [problem]:  # a line full of aliases is one mistake
            self.problems.append(problem)

    def document(self, events: Iterator[Any]) -> Any:
        value: Any = None
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                if () in self.lines:
                    self.say(line, "holds a second document after '---': keep one")
                    return value
                value = self.node(next(events), events, ())
        return value

    def node(self, event: Any, events: Iterator[Any], place: Place) -> Any:
        line = event.start_mark.line + 1
        self.lines.setdefault(place, line)
        if len(place) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_DEPTH} levels deep", problem_mark=event.start_mark)
        self.refuse_tricks(event, line)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, place)
        return self.scalar(event, line) if isinstance(event, yaml.ScalarEvent) else None

    def refuse_tricks(self, event: Any, line: int) -> None:
        """Say what would make a value or key another one than it looks."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.say(line, "anchors (&name) and aliases (*name) are not allowed: write the value out")
        elif getattr(event, "tag", None):
            self.say(line, f"tags such as {event.tag} are not allowed")
        if unseen := _UNSEEN.search(getattr(event, "value", "")):  # written as an escape, "\\u202e"
            self.say(line, _unseen(unseen[0]))

    def mapping(self, events: Iterator[Any], place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            if key is None:
                self.say(line, "a key is a plain word")
                self.node(event, events, (*place, "?"))
                self.node(next(events), events, (*place, "?"))
                continue
            self.refuse_tricks(event, line)
            if key == "<<" and not event.style:
                self.say(line, "merge keys (<<) are not allowed: write the keys out")
                self.node(next(events), events, (*place, "?"))
                continue
            if key in found:
                self.say(line, f"'{key}' stands twice; first on line {self.lines[*place, key]}")
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
                shown = text if len(text) <= MAX_ECHO else "a value"
                self.say(line, f"{shown} is ambiguous ({why}): write it in quotes, or otherwise")
                return text
        return Decimal(text) if _DECIMAL.fullmatch(text) else text

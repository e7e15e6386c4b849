"""Why a text is no YAML, in plain words and at the line where it is put right. Pure.

libyaml tells what it expected where it gave up, which is often a line below the mistake, or far from it. What people
do wrong is known: the lines around that place are looked at for it, the surest signs first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.message import Message, message

Found = tuple[int, Message]

LONGEST = 500  # characters of a line that are looked at, as some patterns take long over long ones
LONGEST_TEXT = 20_000

_KEY = r"[\w.-]+|\"[^\"]*\"|'[^']*'"
_ENTRY = re.compile(rf"(?P<indent>\s*)(?P<dash>(?:- +)*)\{{?\s*(?P<key>{_KEY})\s*:(?:\s+(?P<value>.*))?$")
_SIGNS = "*&!@%`|>"
_STUCK = re.compile(r"\s*(?:- +)*(?P<key>[^\W\d][\w-]*):(?P<value>[^\s:/].*)$")
_CURLY = "“”„‟«»‘’‚‛"
_ODD_SPACE = re.compile("^[ \t]*[\u00a0\u2000-\u200a\u202f\u3000]")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where libyaml gave up: lines counted from 0, the one it began on first."""

    lines: list[str]
    began: int
    column: int
    line: int
    reason: str

    @property
    def near(self) -> list[int]:
        """The lines in question, the last one first."""
        return list(range(self.line, max(min(self.began, self.line), self.line - 2) - 1, -1))

    @property
    def text(self) -> str:
        """The line itself."""
        return self.lines[self.line]


def explain(text: str, error: Any) -> Found:
    """The line, from 1, and what to do about it."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return 0, message("not valid YAML: {reason}", reason=reason)
    began = getattr(error, "context_mark", None) or mark
    lines = [line[:LONGEST].rstrip("\r") for line in text.rstrip().split("\n")]
    last = len(lines) - 1  # what is missing at the end is looked for behind it
    place = _Place(lines, min(began.line, last), began.column, min(mark.line, last), reason)
    number, why = next(_reasons(place, text))
    return number + 1, why


def _reasons(place: _Place, text: str) -> Iterator[Found]:
    yield from _spaces(place)
    yield from _quote_left_open(place)
    yield from _signs(place)
    yield from _quotes_inside(place)
    yield from _brackets(place, text)
    yield from _colons(place)
    yield from _indentation(place)
    yield place.line, message("not valid YAML: {reason}", reason=place.reason)


def _spaces(place: _Place) -> Iterator[Found]:
    for number in place.near:
        if re.match(r" *\t", place.lines[number]):
            yield number, message("this line is indented with a tab: use spaces")
        if _ODD_SPACE.match(place.lines[number]):
            yield (
                number,
                message("this line is indented with no-break spaces, as pasted text has: type ordinary spaces"),
            )


def _quote_left_open(place: _Place) -> Iterator[Found]:
    if place.reason == "found unexpected end of stream":
        yield place.began, message("the quote opened on this line is never closed")
    if place.reason == "found unknown escape character":
        yield place.line, message("a backslash has a meaning of its own in double quotes: use single quotes")


def _signs(place: _Place) -> Iterator[Found]:
    """A sign that YAML keeps for itself at the beginning of a value."""
    sign = place.lines[place.began][place.column : place.column + 1]
    if sign and sign in _SIGNS:
        yield place.began, quote_it(sign)


def quote_it(sign: str) -> Message:
    """What to do about a value that begins with a sign of YAML's own."""
    return message("a value that begins with {sign} must be in quotes", sign=sign)


def _quotes_inside(place: _Place) -> Iterator[Found]:
    for number in place.near:
        value = _value(place.lines[number])
        if value[:1] == "'" and re.match(r"'[^']*'\w", value):
            yield number, message("an apostrophe ends a text in single quotes: use double quotes around it")
        elif value[:1] == '"' and re.match(r'"[^"]*"\s*[^\s#,}\]:]', value):
            yield number, message("the text goes on after its closing quote: put all of it in quotes")
        elif value[:1] in _CURLY and value:
            yield number, message('typographic quotes do not count in YAML: use straight ones, as in "text"')
    odd = [number for number in range(place.line) if _is_open(place.lines[number])]
    if place.reason == "did not find expected key" and odd:
        yield odd[-1], message("the quote opened on this line is never closed")


def _is_open(line: str) -> bool:
    value = _value(line)
    return value[:1] in ('"', "'") and value != "" and value.count(value[0]) % 2 == 1


def _brackets(place: _Place, text: str) -> Iterator[Found]:
    closing = {"did not find expected ',' or '}'": "}", "did not find expected ',' or ']'": "]"}.get(place.reason)
    if closing:
        opening = {"}": "{", "]": "["}[closing]
        start = sum(len(line) + 1 for line in text.split("\n")[: place.began]) + place.column
        if not _balances(text[start : start + LONGEST_TEXT]):
            yield place.began, message("the {sign} opened on this line is never closed", sign=opening)
        elif re.search(r"\w\s*:\s[^,{}\[\]]*\s:\s", place.text):
            yield place.line, message("a colon followed by a space ends a key: put a text that holds one in quotes")
        yield (
            place.line,
            message("a comma is missing between two entries in {open} {close}", open=opening, close=closing),
        )
    for number in place.near:
        if (value := _value(place.lines[number]))[:1] in ("[", "{") and value and _goes_on(value):
            yield number, message("a value that begins with {sign} must be in quotes", sign=value[0])
    if place.reason == "did not find expected node content":
        rest = place.text.rstrip()
        if (sign := rest[-1:]) in ("[", "{"):
            yield place.line, message("the {sign} opened on this line is never closed", sign=sign)
        yield place.line, message("a value is missing here, or a bracket is too many")


def _goes_on(value: str) -> bool:
    """Whether a text goes on behind the bracket that closes its first one."""
    depth = 0
    for index, character in enumerate(value):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(character, 0)
        if depth == 0:
            return bool(re.match(r"\s*[^\s#]", value[index + 1 :]))
    return False


def _balances(text: str) -> bool:
    """Whether the bracket that a text begins with is closed; what is in quotes or a comment does not count."""
    plain = re.sub(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|(?:(?<=\s)|^)#[^\n]*", "", text)
    depth = 0
    for character in plain:
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(character, 0)
        if depth == 0:
            return True
    return False


def _colons(place: _Place) -> Iterator[Found]:
    if place.reason == "could not find expected ':'":
        if stuck := _STUCK.match(place.lines[place.began]):
            yield place.began, space_after(stuck["key"])
        yield (
            place.began,
            message("no colon on this line: write 'key: value', or indent it if it continues the value above"),
        )
    if place.reason.startswith("mapping values are not allowed"):
        entry = _ENTRY.match(place.text)
        if entry and re.search(r":(\s|$)", entry["value"] or ""):
            yield (
                place.line,
                message("the value of '{key}' holds a colon followed by a space: put it in quotes", key=entry["key"]),
            )
    if place.reason.startswith("block sequence entries are not allowed"):
        yield place.line, message("a list begins on a line of its own, or stands in [ ]")


def space_after(key: str) -> Message:
    """What to do about ``budget:2500``."""
    return message("a space is missing after the colon: write '{key}: …'", key=key)


def _indentation(place: _Place) -> Iterator[Found]:
    is_item = place.text.lstrip().startswith("- ")
    if place.reason == "did not find expected key" and is_item:
        yield place.line, message("a list item stands here among keys: indent it below its key, or write 'key: value'")
    if place.reason == "did not find expected '-' indicator" and not is_item:
        yield (
            place.line,
            message("this key stands among list items: align it with the keys of its item, or begin it with '- '"),
        )
    if place.reason.startswith(("mapping values are not allowed", "did not find expected")):
        yield place.line, message("wrong indentation: align this line with the others of its block")


def _value(line: str) -> str:
    """What stands behind the first key of a line, or behind its dash; nothing where there is neither."""
    if entry := _ENTRY.match(line):
        return entry["value"] or ""
    dash = re.match(r"\s*- +(.*)", line)
    return dash[1] if dash else ""

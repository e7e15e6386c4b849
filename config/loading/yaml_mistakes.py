"""Why a text is no YAML, in plain words and at the line where it is put right. Pure.

libyaml tells what it expected where it gave up, which is often a line below the mistake, or far from it. What people
do wrong is known: the lines around that place are looked at for it, the surest signs first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.loading.document import lines_of
from config.message import Message, message

#: a line, counted from 0, and what to do about it
Found = tuple[int, Message]

LONGEST_LINE = 500  # characters that are looked at, as some patterns take long over long lines
LONGEST_TEXT = 20_000

TYPOGRAPHIC = message('typographic quotes are not valid in YAML: use straight ones, as in "text"')
ODD_INDENT = message("this line is indented with no-break spaces, as pasted text may have: type ordinary spaces")
_TAB = message("this line is indented with a tab: use spaces")
_OPEN_QUOTE = message("the quote opened on this line is never closed")
_BACKSLASH = message("a backslash has a meaning of its own in double quotes: use single quotes")
_APOSTROPHE = message("an apostrophe ends a text in single quotes: use double quotes around it")
_BEHIND_QUOTE = message("the text goes on after its closing quote: put all of it in quotes")
_COLON_INSIDE = message("a colon followed by a space ends a key: put a text that contains one in quotes")
_NO_VALUE = message("a value is missing here, or there is one bracket too many")
_NO_COLON = message("no colon on this line: write 'key: value', or indent it if it continues the value above")
_LIST_BEHIND_KEY = message("a list begins on a line of its own, or stands in [ ]")
_ITEM_AMONG_KEYS = message("a list item is out of place here: indent it below its key, or write 'key: value'")
_KEY_AMONG_ITEMS = message("a key is out of place here: align it with the keys of its list item, or begin it with '- '")
_INDENTATION = message("wrong indentation: align this line with the others of its block")

_SIGNS = "*&!@%`|>"  # those that YAML keeps for itself at the beginning of a value
_CURLY = "“”„‟«»‘’‚‛"
_KEY = r"[\w.-]+|\"[^\"]*\"|'[^']*'"
_ENTRY = re.compile(rf"\s*(?:- +)*\{{?\s*(?P<key>{_KEY})\s*:(?:\s+(?P<value>.*))?$")
_STUCK = re.compile(r"\s*(?:- +)*(?P<key>[^\W\d][\w-]*):(?P<value>[^\s:/].*)$")
_ODD_SPACE = re.compile("^[ \t]*[\u00a0\u2000-\u200a\u202f\u3000]")
_CLOSING = {"did not find expected ',' or '}'": "{}", "did not find expected ',' or ']'": "[]"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where libyaml gave up, and where it began what it could not end."""

    lines: list[str]
    began: int
    column: int
    line: int
    reason: str

    @property
    def text(self) -> str:
        """The line where it gave up."""
        return self.lines[self.line]

    @property
    def near(self) -> list[int]:
        """The lines in question, the last one first."""
        return list(range(self.line, max(min(self.began, self.line), self.line - 2) - 1, -1))


def explain(text: str, error: Any) -> Found:
    """The line, from 1 (0: none in particular), and what to do about it."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return 0, message("not valid YAML: {reason}", reason=reason)
    began = getattr(error, "context_mark", None) or mark
    lines = [line[:LONGEST_LINE] for line in lines_of(text.rstrip())]
    last = len(lines) - 1  # what is missing at the end is looked for behind it
    place = _Place(lines, min(began.line, last), began.column, min(mark.line, last), reason)
    number, why = next(_reasons(place, text))
    return number + 1, why


def _reasons(place: _Place, text: str) -> Iterator[Found]:
    yield from _spaces(place)
    yield from _open_quote(place)
    yield from _signs(place)
    yield from _quotes_inside(place)
    yield from _brackets(place, text)
    yield from _colons(place)
    yield from _indentation(place)
    yield place.line, message("not valid YAML: {reason}", reason=place.reason)


def _spaces(place: _Place) -> Iterator[Found]:
    for number in place.near:
        if re.match(r" *\t", place.lines[number]):
            yield number, _TAB
        if _ODD_SPACE.match(place.lines[number]):
            yield number, ODD_INDENT
    if place.reason.startswith("found a tab"):
        yield place.line, _TAB


def _open_quote(place: _Place) -> Iterator[Found]:
    if place.reason == "found unexpected end of stream":
        yield place.began, _OPEN_QUOTE
    if place.reason == "found unknown escape character":
        yield place.line, _BACKSLASH


def _signs(place: _Place) -> Iterator[Found]:
    sign = place.lines[place.began][place.column : place.column + 1]
    if sign and sign in _SIGNS:
        yield place.began, quote_it(sign)
    if place.reason.startswith("mapping keys are not allowed"):
        yield place.line, quote_it("?")
    if place.reason.startswith("found character that cannot start"):
        yield place.began, _TAB  # the only other one


def quote_it(sign: str) -> Message:
    """What to do about a value that begins with a sign of YAML's own."""
    return message("a value that begins with {sign} must be in quotes", sign=sign)


def _quotes_inside(place: _Place) -> Iterator[Found]:
    for number in place.near:
        value = _value(place.lines[number])
        if re.match(r"'[^']*'\w", value):
            yield number, _APOSTROPHE
        elif re.match(r'"[^"]*"\s*[^\s#,}\]:]', value):
            yield number, _BEHIND_QUOTE
        elif value and value[0] in _CURLY:
            yield number, TYPOGRAPHIC
    if place.reason == "did not find expected key":  # the text went on up to the next quote
        yield from ((number, _OPEN_QUOTE) for number in range(place.line - 1, -1, -1) if _is_open(place.lines[number]))


def _is_open(line: str) -> bool:
    value = _value(line)
    return value[:1] in ('"', "'") and value != "" and value.count(value[0]) % 2 == 1


def _brackets(place: _Place, text: str) -> Iterator[Found]:
    if pair := _CLOSING.get(place.reason):
        start = sum(len(line) + 1 for line in text.split("\n")[: place.began]) + place.column
        if not _closes(text[start : start + LONGEST_TEXT]):
            yield place.began, _open_bracket(pair[0])
        if re.search(r"\w\s*:\s[^,{}\[\]]*\s:\s", place.text):
            yield place.line, _COLON_INSIDE
        yield place.line, message("a comma is missing between two entries in {signs}", signs=" ".join(pair))
    for number in place.near:
        value = _value(place.lines[number])
        if value[:1] in ("[", "{") and (rest := _closes(value)) and re.match(r"\s*[^\s#]", value[rest:]):
            yield number, quote_it(value[0])
    if place.reason == "did not find expected node content":
        sign = place.text.rstrip()[-1:]
        yield place.line, _open_bracket(sign) if sign in ("[", "{") else _NO_VALUE


def _open_bracket(sign: str) -> Message:
    return message("the {sign} opened on this line is never closed", sign=sign)


def _closes(text: str) -> int:
    """Behind which character the bracket that a text begins with is closed; 0 where it never is.

    What stands in quotes or in a comment does not count.
    """
    plain = re.sub(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|(?:(?<=\s)|^)#[^\n]*", lambda match: " " * len(match[0]), text)
    depth = 0
    for index, character in enumerate(plain, 1):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(character, 0)
        if depth == 0:
            return index
    return 0


def _colons(place: _Place) -> Iterator[Found]:
    if place.reason == "could not find expected ':'":
        stuck = _STUCK.match(place.lines[place.began])
        yield place.began, space_after(stuck["key"]) if stuck else _NO_COLON
    if place.reason == "found unexpected ':'":
        yield place.line, _COLON_INSIDE
    if place.reason.startswith("mapping values are not allowed"):
        entry = _ENTRY.match(place.text)
        if entry and re.search(r":(\s|$)", entry["value"] or ""):
            yield place.line, _colon_in_value(entry["key"])
    if place.reason.startswith("block sequence entries are not allowed"):
        yield place.line, _LIST_BEHIND_KEY


def _colon_in_value(key: str) -> Message:
    return message("the value of '{key}' contains a colon followed by a space: put it in quotes", key=key)


def space_after(key: str) -> Message:
    """What to do about ``budget:2500``."""
    return message("a space is missing after the colon: write '{key}: …'", key=key)


def _indentation(place: _Place) -> Iterator[Found]:
    is_item = place.text.lstrip().startswith("- ")
    if place.reason == "did not find expected key" and is_item:
        yield place.line, _ITEM_AMONG_KEYS
    if place.reason == "did not find expected '-' indicator" and not is_item:
        yield place.line, _KEY_AMONG_ITEMS
    if place.reason.startswith(("mapping values are not allowed", "did not find expected")):
        yield place.line, _INDENTATION


def _value(line: str) -> str:
    """What stands behind the first key of a line, or behind its dash; nothing where there is neither."""
    if entry := _ENTRY.match(line):
        return entry["value"] or ""
    dash = re.match(r"\s*- +(.*)", line)
    return dash[1] if dash else ""

"""Strict JSON and XML: what a vendor answers is read exactly, or not at all."""

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

MAX_DEPTH = 100  # levels
SHOWN = 40  # characters of a wrong number
PREFACE = 16 << 10  # bytes that a server's own warnings may fill before the answer

_NOTICE = re.compile(rb"(?i)\b(warning|notice|deprecated)\b")
_BEGINNING = re.compile(rb"^[\[{]", re.MULTILINE)


def read_json(content: bytes) -> Any:
    """Strict JSON, numbers with a point as Decimal.

    Raises ValueError for NaN, Infinity, a doubled key, numbers out of range, too many levels.
    """
    text = content.decode("utf-8-sig")
    if _depth(text) > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} levels deep")
    return json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)


def past_notices(content: bytes) -> bytes:
    """The answer behind the warnings that a PHP server printed before it; unchanged where there is none."""
    found = _BEGINNING.search(content[:PREFACE])
    return content[found.start() :] if found and _NOTICE.search(content[: found.start()]) else content


def read_xml(content: bytes) -> ET.Element:
    """The root element. Raises ValueError for what is no XML, and for a document type: it could declare entities."""
    try:
        return ET.fromstring(content, ET.XMLParser(target=_NoDoctype()))  # noqa: S314, it declares no entity
    except ET.ParseError as error:
        raise ValueError(str(error)) from None


class _NoDoctype(ET.TreeBuilder):
    """Stops at a document type, in whatever encoding it is written: it could declare entities without end."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("it holds a document type")


_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # the last one may never end
_NO_BRACKET = bytes(code for code in range(256) if chr(code) not in "[]{}")
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def _depth(text: str) -> int:
    """The deepest level of brackets outside strings."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    brackets = text.encode().translate(None, _NO_BRACKET)
    for level in range(MAX_DEPTH + 1):  # taken away pair by pair, from the inside: a fraction of the time
        if not brackets:
            return level
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    brackets = (
        _STRING.sub("", text).encode().translate(None, _NO_BRACKET)
    )  # some stood in strings, or were never closed
    return max(accumulate(_STEP[sign] for sign in brackets), default=0)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> Decimal:
    try:
        number = Decimal(text)  # money stays exact
    except ArithmeticError:
        raise ValueError(f"{text[:SHOWN]} is out of range") from None
    if abs(number.adjusted()) > 300:
        raise ValueError(f"{text[:SHOWN]} is out of range")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found

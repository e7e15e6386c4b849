"""The texts that Vigie says, as they are found in its files: those that a catalogue must translate."""

import ast
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from config.catalogue import catalogue
from config.techniques import techniques

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "worker" / "wording" / "locale"
FOLDERS = ("config", "connectors", "worker")

#: what marks a text, as ``make catalogue`` has it too; of what is counted, the plural is the second
KEYWORDS = {"say": None, "message": None, "marked": None, "counted": (1, 2), "plural": (1, 2), "Mistake": None}
METHODS = [
    ("**.py", "texts_found:extract_calls"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]


def extract_calls(
    file: IO[bytes], keywords: Collection[str], _comments: Collection[str], options: dict[str, Any]
) -> Iterator[tuple[int, str, tuple[str, ...], list[str]]]:
    """The texts in a Python file's calls; inside of f-strings too, and both where a condition chooses of two.

    Babel's own extractor reads tokens: it misses the first, and takes the second for one long text.
    """
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and (name := _name(node.func)) in keywords:
            texts = [_texts(argument) for argument in node.args[: 2 if KEYWORDS[name] else 1]]
            for together in zip(*texts, strict=False):
                yield node.lineno, name, together, []


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _texts(argument: ast.expr) -> list[str]:
    if isinstance(argument, ast.IfExp):
        return [*_texts(argument.body), *_texts(argument.orelse)]
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []


@cache
def texts_found() -> Catalog:
    """Every text of the three folders, with its plural where it counts something."""
    found = Catalog()
    for folder in FOLDERS:
        for _, _, text, _, context in extract_from_dir(ROOT / folder, METHODS, None, KEYWORDS):
            found.add(text, context=context)
    for named in (*catalogue().values(), *techniques().values()):
        for text in (getattr(named, part, None) for part in ("name", "help")):
            found.add(str(text) if text else "")
    return found


@cache
def catalogue_of(language: str) -> Catalog:
    """A catalogue as it is kept."""
    with (LOCALES / language / "LC_MESSAGES" / "vigie.po").open("rb") as file:
        return read_po(file, locale=language)

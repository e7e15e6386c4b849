"""The texts that Vigie says, as they are found in its files: those that every catalogue translates.

Run by itself (``make catalogue``) it brings the catalogues up to date: new texts come in, those that are gone go out.
"""

import ast
from collections.abc import Collection, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from config.catalogue import catalogue
from config.techniques import techniques

ROOT = Path(__file__).resolve().parents[2]
LOCALES = ROOT / "worker" / "wording" / "locale"

#: what marks a text; of what is counted, the plural is the second
MARKS = {"message": None, "marked": None, "counted": (1, 2), "plural": (1, 2), "Mistake": None, "FormulaError": None}
#: where texts are, and what marks them there: connectors and files say what is wrong in English
FOLDERS = {"config": MARKS, "connectors": MARKS, "worker": {**MARKS, "say": None}}
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
            texts = [_texts(argument) for argument in node.args[: 2 if MARKS.get(name) else 1]]
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
    for folder, marks in FOLDERS.items():
        for _, _, text, _, _ in extract_from_dir(ROOT / folder, METHODS, None, marks):
            has_parts = "{" in "".join([text] if isinstance(text, str) else text)
            found.add(text, flags=["python-brace-format"] if has_parts else ())
    names = [technique.name for technique in techniques().values()]
    names += [name for kpi in catalogue().values() for name in (kpi.name, kpi.help) if name]
    for name in names:
        found.add(str(name))
    return found


def path_of(language: str) -> Path:
    """Where a catalogue is kept."""
    return LOCALES / language / "LC_MESSAGES" / "vigie.po"


@cache
def catalogue_of(language: str) -> Catalog:
    """A catalogue as it is kept."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def refreshed(language: str) -> str:
    """A catalogue as it should be kept: the texts there are, in order, with the translations there are."""
    head, _, _ = path_of(language).read_text(encoding="utf-8").partition("\n\n")
    with path_of(language).open("rb") as file:
        made = read_po(file, locale=language)
    made.update(texts_found(), no_fuzzy_matching=True)
    text = BytesIO()
    write_po(text, made, sort_output=True, width=110, omit_header=True, no_location=True, ignore_obsolete=True)
    return f"{head}\n\n{text.getvalue().decode().strip()}\n"


if __name__ == "__main__":
    for folder in sorted(LOCALES.iterdir()):
        path_of(folder.name).write_text(refreshed(folder.name), encoding="utf-8")

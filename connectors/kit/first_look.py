"""PURE. What a file is by its first bytes and lines, before any of its cells is spoken of."""

import csv
from collections import Counter
from collections.abc import Callable, Sequence

LINES = 30  # that are looked at for a header

_BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0", "is an Excel workbook (.xls): open it and save it as CSV"),
    (b"%PDF", "is a PDF: export the figures as CSV"),
    (b"PAR1", "is a Parquet file: write it as CSV"),
    (b"SQLite format 3\0", "is an SQLite database: read it with connector: sql"),
    (b"\x1f\x8b", "is compressed: let its name end with .gz"),
    (b'{"', "is JSON: export the figures as CSV"),
    (b"[{", "is JSON: export the figures as CSV"),
    (b"<", "is a web page or XML, perhaps of a login that failed: export the figures as CSV"),
)


def what_it_is(first: bytes, encoding: str) -> str | None:
    """What a file is where it is no text of rows, and the remedy."""
    if first.startswith(b"PK\x03\x04"):
        if b"opendocument" in first:
            return "is an OpenDocument spreadsheet (.ods): open it and save it as CSV"
        is_workbook = b"[Content_Types].xml" in first or b"xl/" in first
        return (
            "is an Excel workbook (.xlsx): open it and save it as CSV" if is_workbook else "is a ZIP archive: unpack it"
        )
    is_utf_16 = first[:2] in (b"\xff\xfe", b"\xfe\xff") or (first[:40].count(0) * 3 > len(first[:40]) > 0)
    if is_utf_16 and "16" not in encoding and "32" not in encoding:
        return "is UTF-16: say so in sources.yaml, encoding: utf-16, or save it as UTF-8"
    plain = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((words for beginning, words in _BEGINNINGS if plain.startswith(beginning)), None)


def advice(lines: Sequence[str], delimiter: str, fits: Callable[[list[str]], bool]) -> str | None:
    """What to do where the first line is no header: the line that is one, after titles, comments or ``sep=``."""
    if not lines:
        return None
    if told := _note_for_excel(lines[0].strip(), delimiter):
        return told
    rows = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    number = next((number for number, row in enumerate(rows, 1) if fits(row)), None) or _widest(rows)
    return f"is no header; line {number} looks like it: delete the lines above it" if number and number > 1 else None


def _note_for_excel(line: str, delimiter: str) -> str | None:
    if not line.lower().startswith("sep=") or len(line) > len("sep=;"):
        return None
    sign = line[4:] or "\t"
    named = "tab" if sign == "\t" else f"'{sign}'"
    also = "" if sign == delimiter else f", and say delimiter: {named}"
    return f"is a note for Excel and no header: delete the line{also}"


def _widest(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row as wide as most are, where the first of all is a single cell, and no list of names itself."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths or len(rows[0]) > 1 or any(sign in cell for cell in rows[0] for sign in ";\t|,"):
        return None
    usual = widths.most_common(1)[0][0]
    number, row = next((number, row) for number, row in enumerate(rows, 1) if len(row) == usual)
    return None if any(cell.strip()[:1].isdigit() for cell in row) else number

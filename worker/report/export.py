"""Rows -> CSV, JSON, XLSX, Parquet. A cell that begins like a formula is plain text wherever a program might run it."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from config.errors import PlanError, Problem
from config.message import message
from worker.report.files import replacing
from worker.report.status import moment_text
from worker.store.downstream import Extract, Sort

SHEET_ROWS = 1_000_000  # rows on one sheet; Excel takes 1,048,576
ROW_GROUP = 10_000  # rows of Parquet written at once

#: where a spreadsheet would read a formula: at the start, or behind a semicolon, which parts columns in much of Europe
_FORMULA = re.compile("(?:^|(?<=;))(?=[=+\\-@\t\r\n\0＝＋－＠])")


class Format(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"
    PARQUET = "parquet"


def write(extract: Extract, format: Format, out: BinaryIO) -> int:
    """Write everything to ``out``; gives the number of rows. Memory stays flat but for XLSX's own."""
    writers: dict[Format, Callable[[Extract, BinaryIO], int]] = {
        Format.CSV: _csv,
        Format.JSON: _json,
        Format.XLSX: _xlsx,
        Format.PARQUET: _parquet,
    }
    return writers[format](extract, out)


def export_to(extract: Extract, format: Format, target: Path | None) -> int:
    """Write to a file, whole or not at all, or to standard output; gives the number of rows.

    Raises PlanError for a binary format on a terminal, and for a file that cannot be written.
    """
    if target is None:
        if format in (Format.XLSX, Format.PARQUET) and sys.stdout.isatty():
            text = message("{format} cannot be read on a terminal: name a file with -o", format=format.value)
            raise PlanError([Problem("-o", 0, text)])
        return write(extract, format, sys.stdout.buffer)
    with replacing(target) as out:
        return write(extract, format, out)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return _FORMULA.sub("'", text)


def _number(value: float) -> int | float:
    return int(value) if value == int(value) and abs(value) < 1e15 else value


def _csv(extract: Extract, out: BinaryIO) -> int:
    text = io.TextIOWrapper(out, "utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(name for name, _ in extract.columns)
    as_cell: dict[Sort, Callable[[Any], object]] = {Sort.NUMBER: _number, Sort.TEXT: _text_cell}
    cells = [as_cell.get(sort) or partial(_day_cell, sort=sort) for _, sort in extract.columns]
    count = 0
    for row in extract.rows:
        writer.writerow(["" if value is None else cell(value) for value, cell in zip(row, cells, strict=True)])
        count += 1
    text.detach()
    return count


@lru_cache(maxsize=10_000, typed=True)  # the same few names and days come back in row after row
def _text_cell(value: object) -> str:
    return harmless(str(value))


@lru_cache(maxsize=10_000, typed=True)
def _day_cell(value: Any, sort: Sort) -> object:
    return _plain(value, sort)


def _plain(value: Any, sort: Sort) -> object:
    """A value as JSON and CSV have it."""
    if value is None:
        return None
    match sort:
        case Sort.NUMBER:
            return _number(value)
        case Sort.DAY:
            return value.isoformat() if isinstance(value, date) else value
        case Sort.MOMENT:
            return moment_text(value) if isinstance(value, datetime) else value
    return value


def _json(extract: Extract, out: BinaryIO) -> int:
    count = 0
    out.write(b"[")
    for row in extract.rows:
        cells = {name: _plain(value, sort) for (name, sort), value in zip(extract.columns, row, strict=True)}
        out.write((",\n" if count else "\n").encode() + json.dumps(cells, ensure_ascii=False).encode())
        count += 1
    out.write(b"\n]\n")
    return count


def _xlsx(extract: Extract, out: BinaryIO) -> int:
    from xlsxwriter.exceptions import FileCreateError  # only when it is asked for

    with TemporaryDirectory() as folder:  # for the sheets while they grow, and for the whole, zipped at the end
        path = Path(folder) / "whole.xlsx"
        try:
            count = _workbook(extract, path)
        except FileCreateError as error:
            raise error.args[0] from None  # the OSError it wraps
        with path.open("rb") as whole:
            copyfileobj(whole, out)
    return count


def _workbook(extract: Extract, path: Path) -> int:
    import xlsxwriter

    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    count = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        formats = {
            Sort.DAY: book.add_format({"num_format": "yyyy-mm-dd"}),
            Sort.MOMENT: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        sorts = [sort for _, sort in extract.columns]
        sheet = _sheet(book, extract)
        for row in extract.rows:
            if count and count % SHEET_ROWS == 0:
                sheet = _sheet(book, extract)
            _xlsx_row(sheet, count % SHEET_ROWS + 1, row, sorts, formats)
            count += 1
    return count


def _sheet(book: Any, extract: Extract) -> Any:
    """A further sheet, with its headings."""
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet("vigie" if number == 1 else f"vigie {number}")
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for place, (name, _) in enumerate(extract.columns):
        sheet.write_string(0, place, name, bold)
    return sheet


def _xlsx_row(sheet: Any, line: int, row: Iterable[Any], sorts: Iterable[Sort], formats: Mapping[Sort, Any]) -> None:
    for place, (value, sort) in enumerate(zip(row, sorts, strict=True)):
        match None if value is None else sort:
            case None:
                continue
            case Sort.NUMBER:
                sheet.write_number(line, place, value)
            case Sort.DAY:
                sheet.write_datetime(line, place, datetime.combine(value, datetime.min.time()), formats[sort])
            case Sort.MOMENT:
                sheet.write_datetime(line, place, value.replace(tzinfo=None), formats[sort])
            case Sort.TRUTH:
                sheet.write_boolean(line, place, value)
            case _:
                sheet.write_string(line, place, str(value)[:32_767])


def _parquet(extract: Extract, out: BinaryIO) -> int:
    import pyarrow as pa  # only when it is asked for
    import pyarrow.parquet as pq

    types = {
        Sort.TEXT: pa.string(),
        Sort.NUMBER: pa.float64(),
        Sort.DAY: pa.date32(),
        Sort.MOMENT: pa.timestamp("us", tz="UTC"),
        Sort.TRUTH: pa.bool_(),
    }
    schema = pa.schema([(name, types[sort]) for name, sort in extract.columns])
    rows, count = iter(extract.rows), 0
    with pq.ParquetWriter(out, schema) as writer:
        while part := list(islice(rows, ROW_GROUP)):
            arrays = [
                pa.array([_arrow(value, sort) for value in column], types[sort])
                for (_, sort), column in zip(extract.columns, zip(*part, strict=True), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(part)
    return count


def _arrow(value: Any, sort: Sort) -> Any:
    return float(value) if sort is Sort.NUMBER and value is not None else value

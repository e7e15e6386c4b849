"""CSV files as a source: the reference connector, to be read first.

A file covers the days from its first to its last. It is read twice: once to see that all of it can be read,
so that nothing of a faulty file is stored, and once for its readings, in the order of their days.
"""

import csv
import glob
import gzip
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Annotated, ClassVar, TextIO

from pydantic import Field

from config.errors import SourceMisread, SourceRefused
from config.periods import DAY, Window
from config.vocabulary import Kind, Measure
from connectors.base import Context, Covered, Item, Reading, SourceInfo
from connectors.columns import BadTable, Table, TableOptions, measures_of, table_of

_by_day = attrgetter("day")


class CsvOptions(TableOptions):
    """``path`` is relative to the plan's folder and may be a glob; ``.csv`` or ``.csv.gz``."""

    path: str
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8-sig"


@dataclass(frozen=True)
class _Survey:
    """What the first reading of a file told."""

    path: Path
    table: Table
    days: Window
    in_order: bool


class CsvFile:
    """Reads files that somebody prepared: exports, spreadsheets, surveys."""

    Options: ClassVar = CsvOptions
    kind: ClassVar = Kind.FILE
    provides: ClassVar[frozenset[str]] = frozenset(Measure)
    lookback: ClassVar = 0
    rereads: ClassVar = True

    def __init__(self, options: CsvOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def check(self) -> SourceInfo:
        """Read every file once. Raises SourceRefused where there is none, SourceMisread where one is faulty."""
        surveys = self._surveys()
        days = [survey.days for survey in surveys]
        return SourceInfo(
            account=", ".join(survey.path.name for survey in surveys) or self.options.path,
            currency=self.options.currency or self.context.currency,
            measures=measures_of(survey.table for survey in surveys),
            days=Window(min(d.start for d in days), max(d.end for d in days)) if days else None,
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield what the files say of ``window``."""
        surveys = self._surveys()
        for survey in surveys:
            days = survey.days.clip(window)
            if days:
                yield Covered(days, measures_of([survey.table]))
        for together in _clusters(surveys):
            yield from self._in_order(together, window)

    def _surveys(self) -> list[_Survey]:
        pattern = self.context.folder / self.options.path
        paths = sorted(Path(found) for found in glob.glob(str(pattern), recursive=True))  # noqa: PTH207, absolute patterns too
        if not paths:
            raise SourceRefused(f"{self.context.source}: no file is called {pattern}")
        surveys = [self._survey(path) for path in paths]
        return [survey for survey in surveys if survey]

    def _survey(self, path: Path) -> _Survey | None:
        """Read a whole file for its faults; None for one with a header and no row, which says nothing."""
        first = last = previous = None
        in_order = True
        table = self._table(path)
        for reading in self._rows(path, table):
            first = reading.day if first is None else min(first, reading.day)
            last = reading.day if last is None else max(last, reading.day)
            in_order = in_order and (previous is None or previous <= reading.day)
            previous = reading.day
        if first is None or last is None or table is None:
            return None
        covers = self.options.covers
        days = Window(covers.first(first), covers.last(last) + DAY)
        return _Survey(path, table, days, in_order)

    def _in_order(self, surveys: list[_Survey], window: Window) -> Iterator[Reading]:
        """The readings of files that share days, in the order of the days; sorted in memory if a file is not."""
        streams = [
            (reading for reading in self._rows(survey.path, survey.table) if reading.day in days)
            for survey in surveys
            if (days := survey.days.clip(window))
        ]
        if all(survey.in_order for survey in surveys):
            return heapq.merge(*streams, key=_by_day)
        return iter(sorted(chain(*streams), key=_by_day))

    def _table(self, path: Path) -> Table | None:
        with self._open(path) as file:
            for header in self._records(path, file):
                try:
                    return table_of(header[1], self.options, self.context.currency)
                except BadTable as error:
                    raise self._misread(path, 1, error) from error
        return None  # an empty file says nothing

    def _rows(self, path: Path, table: Table | None) -> Iterator[Reading]:
        if table is None:
            return
        with self._open(path) as file:
            records = self._records(path, file)
            next(records, None)
            for line, row in records:
                try:
                    if len(row) != table.width:
                        raise BadTable(f"has {len(row)} columns, the header {table.width}")
                    yield table.reading(row)
                except BadTable as error:
                    raise self._misread(path, line, error) from error

    def _records(self, path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(file, delimiter=self.options.delimiter, strict=True)
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except UnicodeDecodeError as error:
            wrong = ValueError(f"is not {self.options.encoding}: save it as UTF-8, or say which encoding: it is in")
            raise self._misread(path, reader.line_num + 1, wrong) from error
        except (csv.Error, EOFError, OSError) as error:
            raise self._misread(path, reader.line_num, error) from error

    def _open(self, path: Path) -> TextIO:
        try:
            if path.suffix == ".gz":
                return gzip.open(path, "rt", encoding=self.options.encoding, newline="")
            return path.open(encoding=self.options.encoding, newline="")
        except LookupError as error:
            raise SourceRefused(f"{self.context.source}: there is no encoding {self.options.encoding}") from error
        except OSError as error:
            raise SourceRefused(f"{self.context.source}: {path} cannot be read: {error.strerror}") from error

    def _misread(self, path: Path, line: int, error: Exception) -> SourceMisread:
        return SourceMisread(f"{path.name}:{line}: {error}")


def _clusters(surveys: list[_Survey]) -> Iterator[list[_Survey]]:
    """Files grouped so that no two groups share a day, in the order of their days: few are open at once."""
    together: list[_Survey] = []
    until: date | None = None
    for survey in sorted(surveys, key=lambda survey: survey.days.start):
        if until is not None and survey.days.start >= until:
            yield together
            together, until = [], None
        together.append(survey)
        until = survey.days.end if until is None else max(until, survey.days.end)
    if together:
        yield together

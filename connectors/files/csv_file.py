"""CSV files as a source: the reference connector, to be read first.

A file covers the days from its first to its last. It is read twice: once to see that all of it can be read,
so that nothing of a faulty file is stored, and once for its readings, in the order of their days.
"""

import codecs
import csv
import glob
import gzip
import heapq
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Annotated, ClassVar, TextIO, TypeVar

from pydantic import AfterValidator

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import DAY, Window
from config.sources import SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Covered, Item, Reading, SourceInfo
from connectors.kit.table import BadTable, Table, TableOptions, measures_of, table_of

T = TypeVar("T")

BLOCK = 1_000  # rows read at once
OPEN_AT_ONCE = 100  # files that share days; more are read one after the other, and sorted in memory

_by_day = attrgetter("day")


def _check_path(value: str) -> str:
    if not value.strip() or "\0" in value:
        raise ValueError("is the name of a file, or a pattern such as data/nps-*.csv")
    return value


def _check_delimiter(value: str) -> str:
    if len(value) != 1 or value in '"\r\n\0':
        raise ValueError("a delimiter is one sign, as ';' or a tab, and neither a quote nor the end of a line")
    return value


def _check_encoding(value: str) -> str:
    try:
        "".encode(value)
    except (LookupError, ValueError):
        raise ValueError(f"there is no encoding '{value}': write it as utf-8, cp1252 or utf-16") from None
    return "utf-8-sig" if codecs.lookup(value).name == "utf-8" else value  # with or without a mark in front


class CsvOptions(TableOptions):
    """``path`` is relative to the plan's folder and may be a glob; ``.csv`` or ``.csv.gz``."""

    identity: ClassVar[tuple[str, ...]] = ("path",)

    path: Annotated[str, AfterValidator(_check_path)]
    delimiter: Annotated[str, AfterValidator(_check_delimiter)] = ","
    encoding: Annotated[str, AfterValidator(_check_encoding)] = "utf-8-sig"


@dataclass(frozen=True)
class _Survey:
    """What the first reading of a file told."""

    path: Path
    table: Table
    days: Window
    in_order: bool


class CsvFile:
    """Reads files that somebody prepared: exports, spreadsheets, surveys."""

    Options: ClassVar[type[SourceEntry]] = CsvOptions
    kind: ClassVar = SourceKind.FILE
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
        surveys = [self._survey(path) for path in self._paths()]
        return [survey for survey in surveys if survey]

    def _paths(self) -> list[Path]:
        """The file of that very name, else those that the pattern fits."""
        named = self.context.folder / self.options.path
        pattern = Path(glob.escape(str(self.context.folder))) / self.options.path
        found = [named] if named.is_file() else map(Path, glob.glob(str(pattern), recursive=True))  # noqa: PTH207, absolute patterns too
        paths = sorted(path for path in found if path.is_file())
        if not paths:
            raise SourceRefused(f"{self.context.source}: no file is called {named}")
        return paths

    def _survey(self, path: Path) -> _Survey | None:
        """Read a whole file for its faults; None for one without a row of the days it covers, which says nothing."""
        first = last = previous = None
        in_order = True
        table = self._table(path)
        for days in self._each(path, table, Table.days_of):
            for day, _ in groupby(days):
                first = day if first is None else min(first, day)
                last = day if last is None else max(last, day)
                in_order = in_order and (previous is None or previous <= day)
                previous = day
        if first is None or last is None or table is None:
            return None
        start, end = self.options.covers.first(first), self.options.covers.last(last) + DAY
        return _Survey(path, table, Window(start, end), in_order) if start < end else None

    def _in_order(self, surveys: list[_Survey], window: Window) -> Iterator[Reading]:
        """The readings of files that share days, in the order of the days; sorted in memory if a file is not."""
        streams = [
            self._readings(survey, days.start, days.end) for survey in surveys if (days := survey.days.clip(window))
        ]
        if all(survey.in_order for survey in surveys) and len(streams) <= OPEN_AT_ONCE:
            return heapq.merge(*streams, key=_by_day)
        return iter(sorted(chain(*streams), key=_by_day))

    def _readings(self, survey: _Survey, start: date, end: date) -> Iterator[Reading]:
        for readings in self._each(survey.path, survey.table, Table.readings):
            yield from [reading for reading in readings if start <= reading.day < end]

    def _table(self, path: Path) -> Table | None:
        with self._open(path) as file:
            for line, header in self._records(path, file):
                try:
                    return table_of(header, self.options, self.context.currency)
                except BadTable as error:
                    raise self._misread(path, line, error) from error
        return None  # an empty file says nothing

    def _each(
        self, path: Path, table: Table | None, read: Callable[[Table, Sequence[Sequence[str]]], list[T]]
    ) -> Iterator[list[T]]:
        """What ``read`` makes of the rows below the header, block after block."""
        if table is None:
            return
        with self._open(path) as file:
            records = self._records(path, file)
            next(records, None)
            while block := list(islice(records, BLOCK)):
                try:
                    found = read(table, [row for _, row in block])
                except BadTable as error:
                    raise self._first_fault(path, table, block) or error from error
                yield found

    def _first_fault(self, path: Path, table: Table, block: Sequence[tuple[int, list[str]]]) -> SourceMisread | None:
        for line, row in block:
            try:
                table.readings([row])
            except BadTable as error:
                return self._misread(path, line, error)
        return None

    def _records(self, path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
        """The rows that hold something, each with the line it begins on."""
        reader = csv.reader(file, delimiter=self.options.delimiter, strict=True)
        line = 1
        try:
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1
        except UnicodeError as error:
            name = self.options.encoding.removesuffix("-sig")
            wrong = f"is not {name}: save it as UTF-8, or say which encoding: it is in"
            raise self._misread(path, self._undecodable(path), wrong) from error
        except csv.Error as error:
            wrong = f"{error}: is a quote opened here that is never closed, or closed too early?"
            raise self._misread(path, line, wrong) from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self._misread(path, line, f"is damaged, or not whole: {error}") from error
        except OSError as error:
            raise self._unreadable(path, error) from error

    def _undecodable(self, path: Path) -> int:
        """The line of the first sign that is not in the file's encoding: a file is decoded in blocks, not in lines."""
        try:
            with self._open(path, errors="replace") as file:
                return next((number for number, text in enumerate(file, 1) if "\ufffd" in text), 1)
        except UnicodeError:  # an encoding that wants a mark at the beginning
            return 1

    def _open(self, path: Path, errors: str = "strict") -> TextIO:
        try:
            if path.suffix.lower() == ".gz":
                return gzip.open(path, "rt", encoding=self.options.encoding, errors=errors, newline="")
            return path.open(encoding=self.options.encoding, errors=errors, newline="")
        except OSError as error:
            raise self._unreadable(path, error) from error

    def _unreadable(self, path: Path, error: OSError) -> SourceError:
        message = f"{self.context.source}: {path} cannot be read: {error.strerror or error}"
        if isinstance(error, FileNotFoundError | PermissionError):
            return SourceRefused(message)
        return SourceUnavailable(message)  # a disk, or the way to it

    def _misread(self, path: Path, line: int, reason: object) -> SourceMisread:
        return SourceMisread(f"{path.name}:{line}: {reason}")


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

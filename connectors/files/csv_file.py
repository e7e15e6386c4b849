"""CSV files as a source: the reference connector, to be read first.

A file covers the days from its first to its last. It is read twice: once to see that all of it can be read,
so that nothing of a faulty file is stored, and once for its readings, in the order of their days.
"""

import glob
import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain, groupby
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import AfterValidator

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import DAY, Window
from config.sources import SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Covered, Item, Reading, Remark, SourceInfo
from connectors.kit import text_rows
from connectors.kit.first_look import LINES, advice, what_it_is
from connectors.kit.header import TableOptions, measures_of, table_of
from connectors.kit.overlap import Overlaps, Survey, clusters
from connectors.kit.table import BadTable, Table
from connectors.kit.text_rows import NumberedRow, Stamp, TextRows, encoding_of

T = TypeVar("T")

OPEN_AT_ONCE = 100  # files that share days; more are read one after the other, and sorted in memory


def _check_path(value: str) -> str:
    if not value.strip() or "\0" in value:
        raise ValueError("is the name of a file, or a pattern such as data/nps-*.csv")
    return value


def _check_delimiter(value: str) -> str:
    sign = {"tab": "\t", "\\t": "\t"}.get(value.lower(), value)
    if len(sign) != 1 or sign in '"\r\n\0':
        raise ValueError("a delimiter is one sign, as ';', or the word tab, and neither a quote nor the end of a line")
    return sign


class CsvOptions(TableOptions):
    """``path`` is relative to the plan's folder and may be a glob; ``.csv`` or ``.csv.gz``."""

    identity: ClassVar[tuple[str, ...]] = ("path",)

    path: Annotated[str, AfterValidator(_check_path)]
    delimiter: Annotated[str, AfterValidator(_check_delimiter)] = ","
    encoding: Annotated[str, AfterValidator(encoding_of)] = "utf-8-sig"


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
        surveys = self._surveys({file: file.stamp() for file in self._files()})
        days = [survey.days for survey in surveys]
        whole = Window(min(d.start for d in days), max(d.end for d in days)) if days else None
        return SourceInfo(
            account=", ".join(survey.name for survey in surveys) or self.options.path,
            currency=self.options.currency or self.context.currency,
            measures=measures_of(survey.table for survey in surveys),
            days=whole,
            remarks=tuple(self._remarks(surveys, whole)) if whole else (),
        )

    def read(self, window: Window) -> Iterator[Item]:
        """Yield what the files say of ``window``. Raises SourceUnavailable for one that is being written."""
        for together in clusters(self._surveys(self._at_rest())):
            if len(together) == 1:
                yield from self._alone(together[0], window)
            else:
                yield from self._together(together, window)

    def _remarks(self, surveys: list[Survey], window: Window) -> Iterator[str]:
        """What there is to say of files that share days."""
        for together in clusters(surveys):
            if len(together) > 1:
                yield from [item.text for item in self._together(together, window) if isinstance(item, Remark)]

    def _files(self) -> list[TextRows]:
        """The file of that very name, else those that the pattern fits."""
        named = self.context.folder / self.options.path
        pattern = Path(glob.escape(str(self.context.folder))) / self.options.path
        found = [named] if named.is_file() else map(Path, glob.glob(str(pattern), recursive=True))  # noqa: PTH207, absolute patterns too
        paths = sorted(path for path in found if path.is_file())  # a pipe or a device would be waited for without end
        if not paths:
            raise SourceRefused(f"{self.context.source}: no file is called {named}")
        return [TextRows(self.context.source, path, self.options.delimiter, self.options.encoding) for path in paths]

    def _at_rest(self) -> dict[TextRows, Stamp]:
        """The files as they lie there; one that was just written is waited for, until it is left alone."""
        stamps = {file: file.stamp() for file in self._files()}
        now = self.context.now().timestamp()
        ages = [now - stamp.written_ns / 1e9 for stamp in stamps.values()]
        young = [age for age in ages if abs(age) < text_rows.CALM]  # a clock may be a little ahead of another
        if young:
            time.sleep(text_rows.CALM - max(0, min(young)))
        for file, stamp in stamps.items():
            if file.stamp() != stamp:
                wait = text_rows.CALM
                raise SourceUnavailable(
                    f"{file.path.name}: is being written: it is read once it is left alone", retry_after=wait
                )
        return stamps

    def _surveys(self, stamps: dict[TextRows, Stamp]) -> list[Survey]:
        surveys = [self._survey(file, stamp) for file, stamp in stamps.items()]
        return [survey for survey in surveys if survey]

    def _survey(self, file: TextRows, stamp: Stamp) -> Survey | None:
        """Read a whole file for its faults; None for one without a row of the days it covers, which says nothing."""
        first = last = previous = None
        in_order = True
        table = self._table(file, stamp)
        for days in self._each(file, stamp, table, Table.days_of):
            for day, _ in groupby(days):
                first = day if first is None else min(first, day)
                last = day if last is None else max(last, day)
                in_order = in_order and (previous is None or previous <= day)
                previous = day
        if first is None or last is None or table is None:
            return None
        self._see_clear(file, stamp, table)
        start, end = self.options.covers.first(first), self.options.covers.last(last) + DAY
        if start >= end:
            return None
        return Survey(file, stamp, self._written_at(stamp), table, Window(start, end), in_order)

    def _written_at(self, stamp: Stamp) -> datetime:
        """When a file was written, which is not later than now."""
        return datetime.fromtimestamp(min(stamp.written_ns / 1e9, self.context.now().timestamp()), UTC)

    def _alone(self, survey: Survey, window: Window) -> Iterator[Item]:
        """What a file says of days that no other file speaks of."""
        if days := survey.days.clip(window):
            yield Covered(days, survey.measures, survey.written_at)
            readings = self._readings(survey, days)
            yield from readings if survey.in_order else sorted(readings, key=_day_of)

    def _together(self, surveys: list[Survey], window: Window) -> Iterator[Item]:
        """What files that share days say, in the order of the days; sorted in memory if a file is not."""
        spans = {survey: days for survey in surveys if (days := survey.days.clip(window))}
        streams = [_named(survey, self._readings(survey, days)) for survey, days in spans.items()]
        if all(survey.in_order for survey in spans) and len(spans) <= OPEN_AT_ONCE:
            return Overlaps(spans).heard(heapq.merge(*streams, key=_day_of_pair))
        return Overlaps(spans).heard(sorted(chain(*streams), key=_day_of_pair))

    def _readings(self, survey: Survey, days: Window) -> Iterator[Reading]:
        for readings in self._each(survey.file, survey.stamp, survey.table, Table.readings):
            yield from [reading for reading in readings if days.start <= reading.day < days.end]

    def _table(self, file: TextRows, stamp: Stamp) -> Table | None:
        if wrong := what_it_is(file.first_bytes(), self.options.encoding):
            raise file.misread(1, wrong)
        for block in file.blocks(stamp):
            line, header = block[0]
            try:
                return self._table_of(header)
            except BadTable as error:
                better = advice(file.beginning(LINES), self.options.delimiter, self._fits)
                raise file.misread(1 if better else line, better or error) from error
        return None  # an empty file says nothing

    def _table_of(self, header: Sequence[str]) -> Table:
        return table_of(header, self.options, self.context.currency, self.context.last_day)

    def _fits(self, row: Sequence[str]) -> bool:
        try:
            self._table_of(row)
        except BadTable:
            return False
        return True

    def _see_clear(self, file: TextRows, stamp: Stamp, table: Table) -> None:
        """Raises SourceMisread for a column whose every number could be a thousand times as much."""
        for place, column in table.doubts():
            for block in file.blocks(stamp):
                for line, row in block[1:]:
                    if self.options.decimal in row[place]:
                        raise file.misread(line, column.doubt(row[place]))

    def _each(
        self,
        file: TextRows,
        stamp: Stamp,
        table: Table | None,
        read: Callable[[Table, Sequence[Sequence[str]]], list[T]],
    ) -> Iterator[list[T]]:
        """What ``read`` makes of the rows below the header, block after block."""
        if table is None:
            return
        header = 1
        for block in file.blocks(stamp):
            rows, header = block[header:], 0
            try:
                found = read(table, [row for _, row in rows]) if rows else []
            except BadTable as error:
                raise _first_fault(file, table, rows) or error from error
            yield found


def _first_fault(file: TextRows, table: Table, rows: Sequence[NumberedRow]) -> SourceMisread | None:
    for line, row in rows:
        try:
            table.readings([row])
        except BadTable as error:
            return file.misread(line, error)
    return None


def _named(survey: Survey, readings: Iterable[Reading]) -> Iterator[tuple[Survey, Reading]]:
    return ((survey, reading) for reading in readings)


def _day_of(reading: Reading) -> date:
    return reading.day


def _day_of_pair(pair: tuple[Survey, Reading]) -> date:
    return pair[1].day

"""The rows of a table -> readings: the reading of columns that files and queries share."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import repeat
from typing import Any

from connectors.base import Origin, Reading
from connectors.kit.amounts import LONG, REMEMBERED, Amounts, NoAmount, Number, shown
from connectors.kit.plausible import Relation, impossible

EARLIEST = date(2000, 1, 1)  # of a day before it nobody keeps figures


class BadTable(ValueError):
    """A header or a cell that cannot be read. The message says which, and what would be right."""


@dataclass(frozen=True)
class Table:
    """Which column of a table is what. Remembers the origins it has read: the same few come back day after day."""

    width: int
    day: int
    currency: int | None
    dimensions: tuple[tuple[int, int], ...]  # column -> place in Origin
    measures: tuple[tuple[int, Amounts], ...]  # column -> measure
    relations: tuple[Relation, ...]
    default_currency: str
    latest: date  # the last day that there can be figures of
    _origins: dict[tuple[str, ...], Origin] = field(default_factory=dict, repr=False, compare=False)

    def readings(self, rows: Sequence[Sequence[Any]]) -> list[Reading]:
        """Rows as readings, column after column: the same few labels and numbers come back row after row.

        Raises BadTable for a row of another width, and naming a cell that cannot be read.
        """
        columns = self._columns(rows)
        amounts = [self._amounts(column, columns[place]) for place, column in self.measures]
        days = self._days(columns[self.day])
        labels = [map(_label, columns[place]) for place in self._labelled]
        origins = map(self._origin, zip(*labels, strict=True)) if labels else repeat(self._origin(()))
        names = [column.name for _, column in self.measures]
        measures = [dict(zip(names, values)) for values in zip(*amounts, strict=True)]  # noqa: B905, both as long
        self._see_possible(measures)
        return list(map(Reading._make, zip(days, origins, measures)))  # noqa: B905, origins may repeat without end

    def days_of(self, rows: Sequence[Sequence[str]]) -> list[date]:
        """The days of rows of text that can be read: cheaper than their readings. Raises BadTable as those do."""
        if self.relations:
            return [reading.day for reading in self.readings(rows)]
        columns = self._columns(rows)
        for place, column in self.measures:
            try:
                column.see(columns[place])
            except NoAmount as error:
                raise BadTable(f"{column.name}: {error}") from None
        if self.currency is not None:
            for cell in set(columns[self.currency]):
                self._currency_of(_label(cell))
        return self._days(columns[self.day])

    def doubts(self) -> Iterator[tuple[int, Amounts]]:
        """The columns, and their places, that could mean two things after all that was seen of them."""
        return ((place, column) for place, column in self.measures if column.doubtful is not None)

    def _days(self, cells: Sequence[Any]) -> list[date]:
        days = list(map(read_day, cells))
        if days and max(days) > self.latest:
            raise BadTable(f"day: {max(days)} is after today: is the year right?")
        if days and min(days) < EARLIEST:
            raise BadTable(f"day: {min(days)} is long ago: is the year right?")
        return days

    def _see_possible(self, measures: Sequence[Mapping[str, Number]]) -> None:
        for row in measures if self.relations else ():
            if wrong := impossible(row, self.relations):
                raise BadTable(wrong)

    def _columns(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        for width in set(map(len, rows)):
            if width != self.width:
                raise BadTable(f"has {width} columns, the header {self.width}")
        return list(zip(*rows, strict=True))

    @property
    def _labelled(self) -> list[int]:
        """The columns that make a row's origin, the currency's last."""
        return [place for place, _ in self.dimensions] + ([] if self.currency is None else [self.currency])

    def _origin(self, labels: tuple[str, ...]) -> Origin:
        """The origin of a row's labels, its currency last where the table has such a column."""
        known = self._origins.get(labels)
        if known is not None:
            return known
        values = [""] * len(Origin._fields)
        for (_, place), text in zip(self.dimensions, labels, strict=False):
            values[place] = text.strip()
        values[-1] = self.default_currency if self.currency is None else self._currency_of(labels[-1])
        origin = Origin._make(values)
        if len(self._origins) < REMEMBERED and sum(map(len, origin)) < LONG:
            self._origins[labels] = origin
        return origin

    def _currency_of(self, label: str) -> str:
        text = label.strip()
        if text and not re.fullmatch(r"[A-Z]{3}", text):
            raise BadTable(f"'{shown(text)}' is not a currency: three capital letters, as EUR")
        return text or self.default_currency

    def _amounts(self, column: Amounts, cells: Sequence[Any]) -> list[Number]:
        try:
            return column.read(cells)
        except NoAmount as error:
            raise BadTable(f"{column.name}: {error}") from None


def _label(cell: Any) -> str:
    return cell if type(cell) is str else "" if cell is None else str(cell)


def read_day(cell: Any) -> date:
    """A cell as a day. Raises BadTable for anything but a date or ``YYYY-MM-DD``."""
    if isinstance(cell, str):
        return _written_day(cell)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    raise BadTable(f"day: '{shown(_label(cell))}' is not a day written YYYY-MM-DD")


@lru_cache(maxsize=1024)
def _written_day(text: str) -> date:
    plain = text.strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", plain):
        raise BadTable(f"day: '{shown(plain)}' is not a day written YYYY-MM-DD{_day_hint(plain)}")
    try:
        day = date.fromisoformat(plain)
    except ValueError:
        raise BadTable(f"day: there is no {plain}") from None
    if day == date.max:  # there is no day after it, which a window would end with
        raise BadTable(f"day: nothing happens on {plain}")
    return day


def _day_hint(text: str) -> str:
    if found := re.fullmatch(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[ T].*)?", text):
        return f": write {'-'.join(found.groups())}"
    return ""

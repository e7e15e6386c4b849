"""A table with a header -> readings: the reading of columns that files and queries share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from typing import Annotated, Any

from pydantic import Field

from config.fields import Currency
from config.sources import Covers, SourceEntry
from config.suggestions import nearest
from config.vocabulary import Dimension, Measure
from connectors.base import Origin, Reading
from connectors.kit.text import clean

DAY, CURRENCY = "day", "currency"
LARGEST = 9 * 10**12  # what an amount in millionths may be in 64 bits
LONGEST = 40  # digits
SHOWN = 40  # characters of a wrong cell that its message repeats
REMEMBERED = 20_000  # origins, and as many numbers
LONG = 500  # characters of an origin that is not worth remembering

_is_number = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,2})?").fullmatch
_is_plain = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?").fullmatch  # most numbers: nothing more need be looked at
_DIMENSIONS = {dimension.value: Origin._fields.index(dimension) for dimension in Dimension}


class TableOptions(SourceEntry):
    """What a source made of columns may say."""

    currency: Currency | None = None
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = "."
    columns: dict[str, str] = {}
    ignore: tuple[str, ...] = ()
    covers: Covers = Covers()


class BadTable(ValueError):
    """A header or a cell that cannot be read. The message says which, and what would be right."""


@dataclass(frozen=True)
class Table:
    """Which column of a table is what. Remembers the origins it has read: the same few come back day after day."""

    width: int
    day: int
    currency: int | None
    dimensions: tuple[tuple[int, int], ...]  # column -> place in Origin
    measures: tuple[tuple[int, str], ...]  # column -> measure
    default_currency: str
    decimal: str
    _origins: dict[tuple[str, ...], Origin] = field(default_factory=dict, repr=False, compare=False)
    _numbers: dict[str, Decimal | int | None] = field(default_factory=dict, repr=False, compare=False)

    def readings(self, rows: Sequence[Sequence[Any]]) -> list[Reading]:
        """Rows as readings, column after column: the same few labels and numbers come back row after row.

        Raises BadTable for a row of another width, and naming a cell that cannot be read.
        """
        columns = self._columns(rows)
        days = map(read_day, columns[self.day])
        labels = [map(_label, columns[place]) for place in self._labelled]
        origins = map(self._origin, zip(*labels, strict=True)) if labels else repeat(self._origin(()))
        names = [name for _, name in self.measures]
        amounts = zip(*(self._amounts(columns[place], name) for place, name in self.measures), strict=True)
        measures = [dict(zip(names, values)) for values in amounts]  # noqa: B905, both are as long as the measures
        return list(map(Reading._make, zip(days, origins, measures)))  # noqa: B905, origins may repeat without end

    def days_of(self, rows: Sequence[Sequence[str]]) -> list[date]:
        """The days of rows of text that can be read: cheaper than their readings. Raises BadTable as those do."""
        columns = self._columns(rows)
        for place, name in self.measures:
            fresh = set(columns[place]).difference(self._numbers)
            self._amounts([cell for cell in fresh if len(self._numbers) < REMEMBERED or not self._is_plain(cell)], name)
        if self.currency is not None:
            for cell in set(columns[self.currency]):
                self._currency_of(_label(cell))
        return [read_day(cell) for cell in columns[self.day]]

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
            raise BadTable(f"'{_shown(text)}' is not a currency: three capital letters, as EUR")
        return text or self.default_currency

    def _amounts(self, cells: Sequence[Any], name: str) -> list[Decimal | int | None]:
        """A column as numbers. Only text is remembered: 1, 1.0 and True are the same key, and not the same cell."""
        known = self._numbers
        try:
            return [known[cell] if type(cell) is str and cell in known else self._number(cell) for cell in cells]
        except _NoNumber as error:
            raise BadTable(f"{name}: {error}") from None

    def _is_plain(self, cell: Any) -> bool:
        return type(cell) is str and self.decimal == "." and _is_plain(cell) is not None

    def _number(self, cell: Any) -> Decimal | int | None:
        if len(self._numbers) >= REMEMBERED and self._is_plain(cell):
            return Decimal(cell)
        try:
            number = read_number(cell, self.decimal)
        except ValueError as error:
            raise _NoNumber(f"'{_shown(cell)}' {error}") from None
        if type(cell) is str and len(self._numbers) < REMEMBERED and len(cell) < LONG:
            self._numbers[cell] = number
        return number


class _NoNumber(ValueError):
    """A cell, and why it is no number."""


def _label(cell: Any) -> str:
    return cell if type(cell) is str else "" if cell is None else str(cell)


def read_number(cell: Any, decimal: str = ".") -> Decimal | int | None:
    """A cell as an exact number, None for an empty one. Raises ValueError saying what is wrong with it."""
    if isinstance(cell, str):
        return _written_number(cell.strip(), decimal)
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
        raise ValueError("is not a number")
    number = Decimal(repr(cell)) if isinstance(cell, float) else cell
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError("is not a finite number")
    return _sized(number)


def _written_number(text: str, decimal: str) -> Decimal | int | None:
    if text.isdigit() and text.isascii() and len(text) < LONGEST:  # most are counts
        return _sized(int(text))
    # with a decimal comma, a point is no part of a number
    plain = text.replace(".", "?").replace(",", ".") if decimal == "," else text
    if _is_number(plain):
        return _sized(Decimal(plain))
    if not text:
        return None
    raise ValueError(f"is not a number{_hint(text, decimal)}")


def _sized(number: Decimal | int) -> Decimal | int:
    if -LARGEST < number < LARGEST:
        return number
    raise ValueError("is too large")


def _hint(text: str, decimal: str) -> str:
    if decimal == "." and re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        return ": with a decimal comma, say so in sources.yaml: decimal: ','"
    return ": write digits only, with one decimal sign"


def _shown(cell: Any) -> str:
    return clean(str(cell)[: SHOWN * 4])[:SHOWN]


def read_day(cell: Any) -> date:
    """A cell as a day. Raises BadTable for anything but a date or ``YYYY-MM-DD``."""
    if isinstance(cell, str):
        return _written_day(cell)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    raise BadTable(f"day: '{_shown(_label(cell))}' is not a day written YYYY-MM-DD")


@lru_cache(maxsize=1024)
def _written_day(text: str) -> date:
    plain = text.strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", plain):
        raise BadTable(f"day: '{_shown(plain)}' is not a day written YYYY-MM-DD")
    try:
        day = date.fromisoformat(plain)
    except ValueError:
        raise BadTable(f"day: there is no {plain}") from None
    if day == date.max:  # there is no day after it, which a window would end with
        raise BadTable(f"day: nothing happens on {plain}")
    return day


def table_of(header: Iterable[str], options: TableOptions, currency: str) -> Table:
    """Tell what each column is. Raises BadTable for an unknown, doubled or missing one, with the nearest known."""
    names = [name.strip() for name in header]
    meant = [options.columns.get(name, name) for name in names]
    known = {DAY, CURRENCY, *Dimension, *Measure, *options.measures}
    for absent in sorted(set(options.columns) - set(names)):
        raise BadTable(f"'columns' renames '{absent}', which is not in the header{nearest(absent, names)}")
    places: dict[str, int] = {}
    for place, (name, meaning) in enumerate(zip(names, meant, strict=True)):
        if name in options.ignore or meaning in options.ignore:
            continue
        if meaning not in known:
            raise BadTable(_unknown_column(names, name, meaning, known))
        if meaning in places:
            raise BadTable(f"two columns are '{meaning}'")
        places[meaning] = place
    if DAY not in places:
        raise BadTable(f"there is no column '{DAY}'{_one_column(names)}")
    measures = tuple((place, name) for name, place in places.items() if name in {*Measure, *options.measures})
    if not measures:
        raise BadTable("no column is a measure, such as sessions or revenue")
    return Table(
        width=len(names),
        day=places[DAY],
        currency=places.get(CURRENCY),
        dimensions=tuple((places[name], place) for name, place in _DIMENSIONS.items() if name in places),
        measures=measures,
        default_currency=options.currency or currency,
        decimal=options.decimal,
    )


def _unknown_column(names: Sequence[str], name: str, meaning: str, known: Iterable[str]) -> str:
    shown = _shown(name)
    remedy = _one_column(names) or f"{nearest(meaning, known)} (or leave it out: ignore: ['{shown}'])"
    return f"unknown column '{shown}'{remedy}"


def _one_column(names: Sequence[str]) -> str:
    for sign in (";", "\t", "|", ","):
        if len(names) == 1 and sign in names[0]:
            return f": the header is one column; perhaps delimiter: {sign!r} is meant"
    return ""


def measures_of(tables: Mapping[Any, Table] | Iterable[Table]) -> frozenset[str]:
    """Every measure that some table has."""
    every = tables.values() if isinstance(tables, Mapping) else tables
    return frozenset(name for table in every for _, name in table.measures)

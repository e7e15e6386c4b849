"""A table with a header -> readings: the reading of columns that files and queries share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from config.fields import Currency
from config.sources import Covers, SourceEntry
from config.validation import nearest
from config.vocabulary import Dimension, Measure
from connectors.base import Origin, Reading

DAY, CURRENCY = "day", "currency"
LARGEST = Decimal(9) * 10**12  # what an amount in millionths may be in 64 bits

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?")
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
    """Which column of a table is what."""

    width: int
    day: int
    currency: int | None
    dimensions: tuple[tuple[int, int], ...]  # column -> place in Origin
    measures: tuple[tuple[int, str], ...]  # column -> measure
    default_currency: str
    decimal: str

    def reading(self, row: Sequence[Any]) -> Reading:
        """One row as a reading. Raises BadTable naming the cell that cannot be read."""
        values = [""] * len(Origin._fields)
        for column, place in self.dimensions:
            values[place] = "" if row[column] is None else str(row[column]).strip()
        values[-1] = self._currency(row)
        measures = {name: self._number(row[column], name) for column, name in self.measures}
        return Reading(read_day(row[self.day]), Origin._make(values), measures)

    def _currency(self, row: Sequence[Any]) -> str:
        text = "" if self.currency is None or row[self.currency] is None else str(row[self.currency]).strip()
        if text and not re.fullmatch(r"[A-Z]{3}", text):
            raise BadTable(f"'{text[:40]}' is not a currency: three capital letters, as EUR")
        return text or self.default_currency

    def _number(self, cell: Any, name: str) -> Decimal | None:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        try:
            number = read_number(cell, self.decimal)
        except ValueError:
            raise BadTable(f"{name}: '{str(cell)[:40]}' is not a number{_hint(cell, self.decimal)}") from None
        if abs(number) >= LARGEST:
            raise BadTable(f"{name}: {str(cell)[:40]} is too large")
        return number


def read_number(cell: Any, decimal: str = ".") -> Decimal:
    """A cell as an exact number. Raises ValueError for anything else, NaN and infinity included."""
    if isinstance(cell, bool):
        raise ValueError("a truth value is not a number")
    if isinstance(cell, (int, Decimal)):
        number = Decimal(cell)
    else:
        text = repr(cell) if isinstance(cell, float) else str(cell).strip()
        if decimal == "," and not isinstance(cell, float):
            text = text.replace(".", "?").replace(",", ".")  # a point is no part of such a number
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        number = Decimal(text)
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _hint(cell: Any, decimal: str) -> str:
    text = str(cell)
    if decimal == "." and re.fullmatch(r"[-+]?\d+,\d+", text.strip()):
        return ": with a decimal comma, say so in sources.yaml: decimal: ','"
    return ": write digits only, with one decimal sign"


def read_day(cell: Any) -> date:
    """A cell as a day. Raises BadTable for anything but a date or ``YYYY-MM-DD``."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = "" if cell is None else str(cell).strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        raise BadTable(f"day: there is no {text}") from None
    raise BadTable(f"day: '{text[:40]}' is not a day written YYYY-MM-DD")


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
            raise BadTable(f"unknown column '{name}'{nearest(meaning, known)} (or leave it out: ignore: [{name}])")
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


def _one_column(names: Sequence[str]) -> str:
    for sign in (";", "\t", "|", ","):
        if len(names) == 1 and sign in names[0]:
            return f": the header is one column; perhaps delimiter: {sign!r} is meant"
    return ""


def measures_of(tables: Mapping[Any, Table] | Iterable[Table]) -> frozenset[str]:
    """Every measure that some table has."""
    every = tables.values() if isinstance(tables, Mapping) else tables
    return frozenset(name for table in every for _, name in table.measures)

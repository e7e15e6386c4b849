"""A header -> what each column is. What is wrong with it is told at once, with lines that can be copied."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated

from pydantic import Field

from config.fields import Currency
from config.sources import Covers, SourceEntry
from config.suggestions import nearest, nearest_word, plain_word
from config.vocabulary import BUILT_IN, Dimension, Measure
from connectors.base import Origin
from connectors.kit.amounts import Amounts, Number
from connectors.kit.plausible import is_whole, may_be_negative, relations_of
from connectors.kit.table import BadTable, Table
from connectors.kit.text import clean

DAY, CURRENCY = "day", "currency"
SIGNS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','"}  # delimiters, as they are written in sources.yaml

_DIMENSIONS = {dimension.value: Origin._fields.index(dimension) for dimension in Dimension}


class TableOptions(SourceEntry):
    """What a source made of columns may say."""

    currency: Currency | None = None
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = "."
    columns: dict[str, str] = {}
    ignore: tuple[str, ...] = ()
    covers: Covers = Covers()


def table_of(header: Iterable[str], options: TableOptions, currency: str, latest: date = date.max) -> Table:
    """Tell what each column is. Raises BadTable for unknown, doubled or missing ones, with the nearest known.

    ``latest`` is the last day that there can be figures of. Names are compared as they are shown in messages.
    """
    raw = list(header)
    places = _places([clean(name) for name in raw], raw, options)
    if DAY not in places:
        raise BadTable(f"there is no column '{DAY}'{_one_column(raw)}")
    measures = {name: place for name, place in places.items() if name in {*Measure, *options.measures}}
    if not measures:
        raise BadTable("no column is a measure, such as sessions or revenue")
    return Table(
        width=len(raw),
        day=places[DAY],
        currency=places.get(CURRENCY),
        dimensions=tuple((places[name], place) for name, place in _DIMENSIONS.items() if name in places),
        measures=tuple(zip(measures.values(), _amounts(measures, options), strict=True)),
        relations=relations_of(list(measures)),
        default_currency=options.currency or currency,
        latest=latest,
    )


def _places(names: Sequence[str], raw: Sequence[str], options: TableOptions) -> dict[str, int]:
    """What a column means -> where it is."""
    renamed = {clean(name): meaning for name, meaning in options.columns.items()}
    ignored = {clean(name) for name in options.ignore}
    known = {DAY, CURRENCY, *Dimension, *Measure, *options.measures}
    for absent in sorted(renamed.keys() - set(names)):
        raise BadTable(f"'columns' renames '{absent}', which is not in the header{nearest(absent, names)}")
    places: dict[str, int] = {}
    unknown: dict[str, str] = {}
    for place, name in enumerate(names):
        meaning = renamed.get(name, name)
        if name in ignored or meaning in ignored:
            continue
        if meaning not in known:
            unknown[name] = meaning
        elif meaning in places:
            raise BadTable(f"two columns are '{meaning}'")
        else:
            places[meaning] = place
    if unknown:
        raise BadTable(_unknown_columns(unknown, known - places.keys(), raw, options))
    return places


def _amounts(names: Iterable[str], options: TableOptions) -> list[Amounts]:
    """A reader for each measure; those of the same kind remember their numbers together."""
    remembered: dict[tuple[bool, bool], dict[str, Number]] = {}
    found = []
    for name in names:
        unit = options.measures[name] if name in options.measures else BUILT_IN[name].unit
        kind = is_whole(name, unit), may_be_negative(name, unit)
        found.append(Amounts(name, options.decimal, *kind, remembered.setdefault(kind, {})))
    return found


def _unknown_columns(unknown: Mapping[str, str], free: Iterable[str], raw: Sequence[str], options: TableOptions) -> str:
    """All of them at once, with what to write; what ``columns`` and ``ignore`` say already is repeated there."""
    names = ", ".join(map(_quoted, unknown))
    if one_column := _one_column(raw):
        return f"unknown column {names}{one_column}"
    ignore = f"ignore: [{', '.join(map(_quoted, [*options.ignore, *unknown]))}]"
    # an average is no measure, though it is called like one
    words = [
        word
        for word in free
        if word != Measure.POSITION_WEIGHT or any("weight" in plain_word(name) for name in unknown)
    ]
    if len(unknown) == 1:
        (meaning,) = unknown.values()
        return f"unknown column {names}{nearest(meaning, words)} (or leave it out: {ignore})"
    meant = {name: word for name, meaning in unknown.items() if (word := nearest_word(meaning, words))}
    pairs = {**options.columns, **(meant or dict.fromkeys(list(unknown)[:1], DAY))}
    columns = ", ".join(f"{_quoted(name)}: {meaning}" for name, meaning in pairs.items())
    return f"unknown columns {names}: say what they are, as columns: {{{columns}}}, or leave them out: {ignore}"


def _one_column(raw: Sequence[str]) -> str:
    for sign, written in SIGNS.items():
        if len(raw) == 1 and sign in raw[0]:
            return f": the header is one column; perhaps delimiter: {written} is meant"
    return ""


def _quoted(name: str) -> str:
    return "'" + clean(name).replace("'", "''") + "'"


def measures_of(tables: Mapping[str, Table] | Iterable[Table]) -> frozenset[str]:
    """Every measure that some table has."""
    every = tables.values() if isinstance(tables, Mapping) else tables
    return frozenset(column.name for table in every for _, column in table.measures)

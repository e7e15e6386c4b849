"""PURE. A column of cells -> exact numbers, as its measure can have them.

A sign that could stand before decimals as well as between thousands is never guessed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.kit.text import clean

LARGEST = 9 * 10**12  # what an amount in millionths may be in 64 bits
LONGEST = 40  # digits
SHOWN = 40  # characters of a wrong cell that its message repeats
REMEMBERED = 20_000  # numbers
LONG = 500  # characters of a cell that is not worth remembering

_is_number = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,2})?").fullmatch
_is_plain = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?").fullmatch  # most numbers: nothing more need be looked at
_grouped = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:([.,'’ \u00a0\u2009\u202f])[0-9]{3})(?:\1[0-9]{3})*").fullmatch
_has_thousands = re.compile(r"([-+]?[1-9][0-9]{0,2}(?:([.,'’ \u00a0\u2009\u202f])[0-9]{3})+)([.,])([0-9]+)").fullmatch
_has_comma = re.compile(r"[-+]?[0-9]+,[0-9]+").fullmatch

Number = Decimal | int | None


class NoAmount(ValueError):
    """A cell that its measure cannot have. The message says why, and what to write."""


def shown(cell: Any) -> str:
    """The beginning of a cell, for a message."""
    return clean(str(cell)[: SHOWN * 4])[:SHOWN]


@dataclass(eq=False)
class Amounts:
    """Reads one column. Remembers its numbers: the same few come back day after day."""

    name: str
    decimal: str
    is_whole: bool
    may_be_negative: bool
    known: dict[str, Number] = field(default_factory=dict)  #: shared by columns of the same kind
    doubtful: str | None = None  #: a cell that could be thousands as well; None where the column tells
    _has_decimals: bool = False
    _has_commas: bool = False

    def read(self, cells: Sequence[Any]) -> list[Number]:
        """The column as numbers. Only text is remembered: 1, 1.0 and True are the same key, and not the same cell.

        Raises NoAmount for the first cell that is none.
        """
        known = self.known
        try:
            numbers = [known[cell] if type(cell) is str and cell in known else self._number(cell) for cell in cells]
        except NoAmount:
            self._has_commas = self._has_commas or any(map(_is_decimal_comma, cells))
            raise
        self._look_for_decimals(cells)
        return numbers

    def see(self, cells: Iterable[str]) -> None:
        """See that text can be read, without giving it: each cell only once. Raises NoAmount as ``read`` does."""
        different = set(cells)
        fresh = different.difference(self.known)
        is_full = len(self.known) >= REMEMBERED
        self.read([cell for cell in fresh if not is_full or not self._is_plain(cell)])
        self._look_for_decimals(different)

    def _look_for_decimals(self, cells: Iterable[Any]) -> None:
        """Where each cell with a sign has groups of three behind it, the sign may as well stand between thousands."""
        if self.is_whole or self._has_decimals:
            return
        for cell in cells:
            if type(cell) is str and self.decimal in cell:
                if _grouped(cell.strip()) is None:
                    self._has_decimals, self.doubtful = True, None
                    return
                self.doubtful = self.doubtful or cell

    def doubt(self, cell: str) -> str:
        """What a cell could mean, of a column of nothing but such cells."""
        return f"{self.name}: {self._ambiguous(cell.strip())}: no cell of the column tells which it is"

    def _is_plain(self, cell: Any) -> bool:
        if type(cell) is not str or self.decimal != ".":
            return False
        return cell.isdigit() and cell.isascii() and len(cell) < 13 if self.is_whole else _is_plain(cell) is not None

    def _number(self, cell: Any) -> Number:
        if len(self.known) >= REMEMBERED and self._is_plain(cell):
            return Decimal(cell)
        number = self._written(cell.strip()) if isinstance(cell, str) else self._typed(cell)
        if number is not None:
            self._see_possible(cell, number)
        if type(cell) is str and len(self.known) < REMEMBERED and len(cell) < LONG:
            self.known[cell] = number
        return number

    def _see_possible(self, cell: Any, number: Decimal | int) -> None:
        if not -LARGEST < number < LARGEST:
            raise NoAmount(f"'{shown(cell)}' is too large")
        if self.is_whole and isinstance(number, Decimal):
            text = str(cell).strip() if isinstance(cell, str) else ""
            if _grouped(text):
                raise NoAmount(self._ambiguous(text))
            if number != number.to_integral_value():
                raise NoAmount(f"'{shown(cell)}' is not a whole number, as a count is")
        if number < 0 and not self.may_be_negative:
            raise NoAmount(f"'{shown(cell)}' is below zero, which this measure never is")

    def _typed(self, cell: Any) -> Number:
        if cell is None:
            return None
        if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal)):
            raise NoAmount(f"'{shown(cell)}' is not a number")
        number = Decimal(repr(cell)) if isinstance(cell, float) else cell
        if isinstance(number, Decimal) and not number.is_finite():
            raise NoAmount(f"'{shown(cell)}' is not a finite number")
        return number

    def _written(self, text: str) -> Number:
        if text.isdigit() and text.isascii() and len(text) < LONGEST:  # most are counts
            return int(text)
        # with a decimal comma, a point is no part of a number
        plain = text.replace(".", "?").replace(",", ".") if self.decimal == "," else text
        if _is_number(plain):
            return Decimal(plain)
        if not text:
            return None
        raise NoAmount(self._no_number(text))

    def _no_number(self, text: str) -> str:
        """Why a text is none, and the remedy: never a decimal sign where every cell could have thousands."""
        tells_commas = _is_decimal_comma(text) or self._has_commas
        if not self.is_whole and self.decimal == "." and tells_commas and _has_comma(text):
            return f"'{shown(text)}' is not a number: with a decimal comma, say so in sources.yaml: decimal: ','"
        if (found := _grouped(text)) and text.count(found[1]) == 1 and found[1] in ".,":
            return self._ambiguous(text)
        hint = "write digits only, with one decimal sign"
        if _grouped(text):
            return f"'{shown(text)}' is not a number: {hint}, as {_digits(text)}"
        if found := _has_thousands(text):
            return f"'{shown(text)}' is not a number: {hint}, as {_digits(found[1])}{self.decimal}{found[4]}"
        if found := re.fullmatch(r"([-+]?[0-9]+(?:[.,][0-9]+)?)\s*\D{1,4}", text):
            return f"'{shown(text)}' is not a number: {hint}, as {found[1]}"
        return f"'{shown(text)}' is not a number: {hint}"

    def _ambiguous(self, text: str) -> str:
        plain, fraction = _readings(text)
        if self.is_whole:
            return f"'{shown(text)}' can be {plain} or {fraction}, and a count is a whole number: write {plain}"
        return f"'{shown(text)}' can be {plain} or {fraction}: write {plain}, or {fraction.replace('.', self.decimal)}0"


def _is_decimal_comma(cell: Any) -> bool:
    """Whether a cell has a comma that cannot stand between thousands."""
    return type(cell) is str and _has_comma(cell.strip()) is not None and _grouped(cell.strip()) is None


def _readings(text: str) -> tuple[str, str]:
    """Both numbers that a text with groups of three can be."""
    sign = next((sign for sign in ".," if sign in text), "")
    return _digits(text), text.replace(sign, ".", 1) if sign and text.count(sign) == 1 else _digits(text)


def _digits(text: str) -> str:
    return re.sub(r"[^-0-9]", "", text)

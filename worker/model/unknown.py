"""PURE. A part of a figure that nobody knows, though its day was read."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Hole(NamedTuple):
    """A day of which a part of a measure is unknown: an amount in a currency without a rate, or nobody knows what."""

    measure: str
    day: date
    currency: str = ""
    amount: Decimal | None = None

"""PURE. What a chart's scale spans, whoever draws it."""

from collections.abc import Iterable
from decimal import Decimal


def span(values: Iterable[Decimal]) -> tuple[Decimal, Decimal]:
    """The lowest and highest value drawn; zero is drawn too unless that would flatten the line."""
    known = list(values)
    low, high = min(known), max(known)
    if 0 <= low < high / 2:
        return Decimal(0), high
    return low, Decimal(0) if low / 2 < high <= 0 else high

"""PURE. What one unit of a currency was worth in another on a day, by reference rates.

The rate of a figure is that of its own day; a day without a quote carries the last earlier one forward. Cross
rates go through the euro. Where no quote can serve there is no answer: never a guess.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.base import Quote

EURO = "EUR"
CARRIED = 31  # days a quote may be carried forward

#: irrevocable rates by law, from the day the currency joined the euro (or, for the CFA francs, always)
_LEGAL: dict[str, tuple[date, Decimal]] = {
    "BGN": (date(2026, 1, 1), Decimal("1.95583")),
    "HRK": (date(2023, 1, 1), Decimal("7.53450")),
    "LTL": (date(2015, 1, 1), Decimal("3.45280")),
    "LVL": (date(2014, 1, 1), Decimal("0.702804")),
    "EEK": (date(2011, 1, 1), Decimal("15.6466")),
    "XOF": (date(1999, 1, 1), Decimal("655.957")),
    "XAF": (date(1999, 1, 1), Decimal("655.957")),
}


@dataclass(frozen=True, slots=True)
class Factor:
    """One unit of a currency is ``value`` units of another, by quotes of ``rate_day`` at the oldest."""

    value: Decimal
    rate_day: date


class Rates:
    """Quotes to ask: ``quotes`` maps a currency to (day, units for one euro) in any order."""

    def __init__(self, quotes: Mapping[str, Iterable[tuple[date, Decimal]]]) -> None:
        self._quotes = {currency: sorted(known) for currency, known in quotes.items()}

    def factor(self, currency: str, into: str, day: date) -> Factor | None:
        """What one unit of ``currency`` was worth in ``into`` on ``day``; None where no quote can tell."""
        if currency == into:
            return Factor(Decimal(1), day)
        one, other = self._per_euro(currency, day), self._per_euro(into, day)
        if one is None or other is None:
            return None
        return Factor(other.value / one.value, min(one.rate_day, other.rate_day))

    def _per_euro(self, currency: str, day: date) -> Factor | None:
        if currency == EURO:
            return Factor(Decimal(1), day)
        legal = _LEGAL.get(currency)
        if legal and day >= legal[0]:
            return Factor(legal[1], day)
        known = self._quotes.get(currency, [])
        place = bisect_right(known, day, key=lambda quote: quote[0]) - 1
        if place < 0 or (day - known[place][0]).days > CARRIED:
            return None
        return Factor(known[place][1], known[place][0])


#: asks the bank for its latest quotes; raises SourceError where it cannot be reached
Ask = Callable[[], list[Quote]]

"""What a row of Google Search Console says: clicks, impressions and the position, and what cannot be."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from config.vocabulary import Measure
from connectors.base import Remark
from connectors.kit.fields import Record
from connectors.kit.text import clean

MILLIONTH = Decimal("0.000001")

Figures = tuple[int, int, Decimal | None]  # clicks, impressions, weight


class QueryFigures(NamedTuple):
    """What a row says; ``weight`` is its position times its impressions."""

    clicks: int
    impressions: int
    weight: Decimal


def figures_of(row: Record) -> QueryFigures:
    """A row's measures. The position is an average over impressions, a binary number written in decimals."""
    clicks, impressions, position = row.count("clicks"), row.count("impressions"), row.amount("position")
    if clicks < 0 or impressions < 0 or position < 0:
        row.refuse("has a figure below zero")
    try:
        return QueryFigures(clicks, impressions, (position * impressions).quantize(MILLIONTH))
    except InvalidOperation:
        row.refuse("has a position out of range")


def doubts(day: date, queries: Mapping[str, QueryFigures | None]) -> Iterator[Remark]:
    """What Google cannot mean, in a sentence: the figures stand as it gave them."""
    odd = [query for query, found in queries.items() if found and not is_possible(found)]
    if odd:
        more = f" and {len(odd) - 1} more" if odd[1:] else ""
        yield Remark(f"day {day}, query '{clean(odd[0])}'{more}: more clicks than impressions, or a position below 1")


def is_possible(figures: QueryFigures) -> bool:
    """No more clicks than impressions, and no place above the first."""
    return figures.clicks <= figures.impressions <= round(figures.weight, 2)


def beyond(total: QueryFigures, queries: Iterable[QueryFigures]) -> Figures | None:
    """What a total has beyond the queries of its day; None where that is nothing.

    The two come from two questions, and a day that is still collected may grow in between: no part is negative, and
    the position of the rest is unknown where it cannot be.
    """
    clicks, impressions, weight = total
    for query in queries:
        clicks, impressions, weight = clicks - query[0], impressions - query[1], weight - query[2]
    clicks, impressions = max(clicks, 0), max(impressions, 0)
    if not clicks and not impressions:
        return None
    return clicks, impressions, (weight if weight >= 0 else None) if impressions else Decimal(0)


def measures(figures: Figures | None) -> Mapping[str, Decimal | int | None]:
    """The measures of a reading; unknown where there are no figures."""
    clicks, impressions, weight = figures or (None, None, None)
    return {Measure.SEARCH_CLICKS: clicks, Measure.SEARCH_IMPRESSIONS: impressions, Measure.POSITION_WEIGHT: weight}

"""The rows of Umami's answers: labels, visits, revenue."""

import re
from datetime import date
from decimal import Decimal

from config.vocabulary import Measure
from connectors.base import Origin
from connectors.kit.fields import Record

LABELS = {
    "utmCampaign": "campaign",
    "utmSource": "source",
    "utmMedium": "medium",
    "utmContent": "content",
    "utmTerm": "term",
}
TRAFFIC = (
    Measure.SESSIONS.value,
    Measure.VISITORS.value,
    Measure.PAGE_VIEWS.value,
    Measure.ENGAGEMENT_SECONDS.value,
)
CONVERSIONS = Measure.CONVERSIONS.value
ORDERS, REVENUE = Measure.ORDERS.value, Measure.REVENUE.value

Figures = dict[str, Decimal | int]


def origin_of(row: Record) -> Origin:
    """The labels of a row; pages without a tag have none."""
    return Origin(**{label: row.maybe_text(field) or "" for field, label in LABELS.items()})


def figures_of(row: Record) -> Figures:
    """What a row of a breakdown counts."""
    counts = (count_of(row, "visits"), count_of(row, "visitors"), count_of(row, "views"), row.amount("totaltime"))
    return dict(zip(TRAFFIC, counts, strict=True))


def totals_of(stats: Record) -> Figures:
    """What a whole day came to."""
    visits = count_of(stats, "visits")
    views, seconds = (_sum(stats, name, visits) for name in ("pageviews", "totaltime"))
    return dict(zip(TRAFFIC, (visits, count_of(stats, "visitors"), views, seconds), strict=True))


def sales_of(row: Record) -> dict[str, Decimal | int | None]:
    """Orders and revenue of one day and event; the amount may be null."""
    amount = None if "y" in row.values and not row.has("y") else row.amount("y")
    return {ORDERS: count_of(row, "count"), REVENUE: amount}


def count_of(row: Record, name: str) -> int:
    """A whole number, not below zero."""
    count = row.count(name)
    return count if count >= 0 else row.refuse(f"{name} is {count}, below zero")


def _sum(stats: Record, name: str, visits: int) -> Decimal | int:
    """A sum, which is null where there was nothing to add up."""
    return 0 if not visits and name in stats.values and not stats.has(name) else stats.amount(name)


def chart_day(row: Record) -> date:
    """``2026-03-01 00:00:00``, or ``2026-03-01T00:00:00Z`` in UTC: it begins with the day."""
    text = row.text("t")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}[ T].*", text):
        row.refuse("t is not a day")
    return Record(row.where, {"t": text[:10]}).day("t")

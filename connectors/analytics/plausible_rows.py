"""The rows of Plausible's answers: what their columns are called, and what they come to."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from config.periods import Window
from config.vocabulary import Measure
from connectors.kit.fields import Record

TIME = "time:day"
GOAL = "event:goal"
CHANNEL = "visit:channel"
REVENUE = "total_revenue"
LABELS = {
    "campaign": "visit:utm_campaign",
    "source": "visit:utm_source",
    "medium": "visit:utm_medium",
    "content": "visit:utm_content",
    "term": "visit:utm_term",
    "channel": CHANNEL,
}
COUNTS = {"visits": Measure.SESSIONS, "visitors": Measure.VISITORS, "pageviews": Measure.PAGE_VIEWS}
SALES = frozenset({Measure.ORDERS.value, Measure.REVENUE.value})
TRAFFIC = frozenset({*COUNTS.values(), Measure.ENGAGEMENT_SECONDS})
REST = TRAFFIC | {Measure.CONVERSIONS}
OF_SALES = SALES | {Measure.CONVERSIONS}


def moment_of(ends: Record, name: str) -> datetime:
    """A moment as Plausible writes it, in the site's zone."""
    try:
        return datetime.fromisoformat(ends.text(name))
    except ValueError:
        return ends.refuse(f"{name} is not a moment")


def named(query: Mapping[str, Any], row: Record) -> dict[str, Any]:
    """A row's values by their names; they come by their places."""
    dimensions, metrics = row.items("dimensions"), row.items("metrics")
    if len(dimensions) != len(query["dimensions"]) or len(metrics) != len(query["metrics"]):
        row.refuse("has not the values that were asked for")
    return dict(zip([*query["dimensions"], *query["metrics"]], [*dimensions, *metrics], strict=True))


def day_of(row: Record, days: Window) -> date:
    """The day of a row. Raises SourceMisread for one that was not asked for."""
    day = row.day(TIME)
    return day if day in days else row.refuse(f"is of {day}, which was not asked for")


def count_of(row: Record, name: str) -> int:
    """A whole number, not below zero."""
    count = row.count(name)
    return count if count >= 0 else row.refuse(f"{name} is {count}, below zero")


def counts_of(row: Record) -> dict[str, int]:
    """What a row counts of visits."""
    return {measure.value: count_of(row, name) for name, measure in COUNTS.items()}


def visits_of(row: Record) -> dict[str, int | None]:
    """The same, and how long they took."""
    return {**counts_of(row), Measure.ENGAGEMENT_SECONDS.value: _seconds(row)}


def _seconds(row: Record) -> int | None:
    """Its visits' time on the site. Plausible gives the average, in whole seconds."""
    return count_of(row, "visits") * count_of(row, "visit_duration") if row.has("visit_duration") else None

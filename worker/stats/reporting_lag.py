"""PURE. How much of a day is there by now: learnt from what a source said of earlier days when they were young.

A source that goes on counting (conversions credited to a click of last week, a page of analytics not yet worked
through) shows too little of its last days. Taken as they are, 64 % of the actions exactly on target would be called
below it within four weeks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite

LOOKED_AT = 56  # days seen at an age
FEWEST = 7  # days: below, the share at that age is unknown


@dataclass(frozen=True, slots=True)
class ReportingLag:
    """The completeness of a source's days by their age."""

    shares: tuple[float | None, ...]  #: by age in days; None where too few days were seen so young
    settled_after: int  #: days after which the source no longer changes a day

    def share(self, age: int) -> float | None:
        """The share of a day's figure that is there so many days after it; None where it is not known."""
        if age >= self.settled_after:
            return 1.0
        return self.shares[age] if 0 <= age < len(self.shares) else None


Observation = tuple[date, int, float]  #: a day, its age in days when it was looked at, the amount seen


def reporting_lag_of(seen: Iterable[Observation], final: Mapping[date, float], settled_after: int) -> ReportingLag:
    """Learn the completeness of a source's days by their age.

    A share is a ratio of sums over days: the median of the days' own ratios would be 0 or 1 where they are sparse. It
    never falls with age, and never exceeds 1: a source that takes back what it said is taken as complete.

    Args:
        seen: In the order of looking: of two looks at a day at the same age the later counts.
        final: The amounts of settled days; observations of others tell nothing yet.
        settled_after: Age from which a day is settled.

    Source:
        Pool adjacent violators, on ratios of sums: Ayer, Brunk, Ewing, Reid & Silverman 1955, An empirical distribution
        function for sampling with incomplete information, Ann. Math. Statist. 26, 641-647.
    """
    by_age: dict[int, dict[date, float]] = {}
    for day, age, amount in seen:
        if day in final and 0 <= age < settled_after and isfinite(amount) and isfinite(final[day]):
            by_age.setdefault(age, {})[day] = amount
    shares = {age: shares for age in sorted(by_age) if (shares := _share(by_age[age], final))}
    risen = dict(zip(shares, _rising(list(shares.values())), strict=True))
    return ReportingLag(tuple(risen.get(age) for age in range(max(risen, default=-1) + 1)), settled_after)


def _share(amounts: Mapping[date, float], final: Mapping[date, float]) -> tuple[float, float] | None:
    """What was there of the latest days, and what it is a share of; None where they are too few."""
    days = sorted(amounts)[-LOOKED_AT:]
    observed, whole = sum(amounts[day] for day in days), sum(final[day] for day in days)
    return (observed, whole) if len(days) >= FEWEST and whole > 0 else None


def _rising(shares: list[tuple[float, float]]) -> list[float]:
    """Ratios in their order made never to fall: neighbours that do are pooled."""
    blocks: list[tuple[float, float, int]] = []
    for observed, whole in shares:
        blocks.append((observed, whole, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] > blocks[-1][0] * blocks[-2][1]:
            later, earlier = blocks.pop(), blocks.pop()
            blocks.append((earlier[0] + later[0], earlier[1] + later[1], earlier[2] + later[2]))
    return [min(1.0, max(0.0, observed / whole)) for observed, whole, count in blocks for _ in range(count)]

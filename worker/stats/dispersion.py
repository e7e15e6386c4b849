"""PURE. How much the days of a ratio differ, learnt from the settled days of its last eight weeks.

Source:
    McCullagh & Nelder 1989, Generalized Linear Models, 4.5 (over-dispersion of shares); Cochran 1977, Sampling
    Techniques, ch. 6 (the error of a ratio of sums).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import median

import numpy as np

from worker.stats.series import Bools, Floats

FEWEST_FOR_PHI = 28  #: days; with fewer, the plan's pooled phi
FEWEST_DAYS = 7  #: below which nothing is learnt of a ratio
POOLED_LEAST = 2.0  #: so little history deserves some caution


@dataclass(frozen=True, slots=True)
class RatioDispersion:
    """How much a ratio varies, for one unit of its denominator.

    ``deviation`` is in the unit of the ratio; ``relative`` to its level, None where the ratio can be negative: both go
    down with the square root of the denominator. ``freedom`` is how many days they were learnt from, less one.
    """

    deviation: float
    relative: float | None
    freedom: int

    def inflated(self, by: float) -> "RatioDispersion":
        """The same, with a variance so many times as large."""
        relative = None if self.relative is None else self.relative * sqrt(by)
        return RatioDispersion(self.deviation * sqrt(by), relative, self.freedom)


def share_dispersion(successes: Floats, trials: Floats) -> float | None:
    """How many times more the successes of a day vary than by chance; 1 at least.

    Pearson's chi-square per degree of freedom. Days with a NaN or without trials tell nothing. None with fewer than 28
    days that do, or where all of the trials succeeded or none: then days cannot be seen to differ.
    """
    informative = (trials > 0) & ~np.isnan(successes)
    x, n = successes[informative], trials[informative]
    whole = float(n.sum())
    rate = float(x.sum()) / whole if whole else 0.0
    if len(n) < FEWEST_FOR_PHI or not 0 < rate < 1:
        return None
    gap = x - n * rate
    chi2 = float((gap * gap / n).sum()) / (rate * (1 - rate))
    return max(1.0, chi2 / (len(n) - 1))


def ratio_dispersion(numerators: Floats, denominators: Floats) -> RatioDispersion | None:
    """The spread of a ratio of sums, from how far each day's numerator is off the ratio of them all.

    Divided by the root of all denominators it is the standard error of the ratio (Cochran 1977, ch. 6). A numerator
    without a denominator counts, as a refund on a day without an order. Days with a NaN, or with neither, tell nothing.
    None with fewer than 7 days that do, and where days do not differ at all.
    """
    informative: Bools = ~np.isnan(numerators) & ~np.isnan(denominators) & ((numerators != 0) | (denominators != 0))
    a, b = numerators[informative], denominators[informative]
    whole = float(b.sum())
    if len(a) < FEWEST_DAYS or whole <= 0:
        return None
    ratio = float(a.sum()) / whole
    gap = a - ratio * b
    deviation = sqrt(float((gap * gap).sum()) / whole * len(a) / (len(a) - 1))
    if deviation <= 1e-9 * abs(ratio) * sqrt(whole):
        return None
    can_be_negative = ratio <= 0 or bool((a < 0).any())
    return RatioDispersion(deviation, None if can_be_negative else deviation / ratio, len(a) - 1)


def pooled_dispersion(phis: Iterable[float]) -> float | None:
    """What a plan's figures have for phi where their own history is short; None where none has any."""
    known = list(phis)
    return max(POOLED_LEAST, median(known)) if known else None

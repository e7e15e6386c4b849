"""PURE. Two stretches of days beside each other: did the level move, and by more than chance."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from worker.stats.dispersion import ratio_dispersion
from worker.stats.distributions import t_cdf
from worker.stats.series import Floats

FEWEST = 10  # known days on each side
RARE = 0.05  # a move as large as this, either way, comes by chance less often


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The level of a day before and after."""

    before: float
    after: float
    is_beyond_chance: bool


def level_change(before: Floats, after: Floats) -> LevelChange | None:
    """Compare the means of two stretches of days, NaN where a day is unknown; None where too few are known.

    Source:
        Welch 1947, The generalization of Student's problem when several different population variances are involved,
        Biometrika 34, 28-35.
    """
    one, other = before[~np.isnan(before)], after[~np.isnan(after)]
    if min(len(one), len(other)) < FEWEST:
        return None
    first, second = float(one.var(ddof=1)) / len(one), float(other.var(ddof=1)) / len(other)
    was, now = float(one.mean()), float(other.mean())
    spread = first + second
    if not spread:
        return LevelChange(was, now, was != now)
    freedom = spread**2 / (first**2 / (len(one) - 1) + second**2 / (len(other) - 1))
    rest = 2 * t_cdf(-abs(now - was) / sqrt(spread), freedom)
    return LevelChange(was, now, rest < RARE)


def ratio_change(before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> LevelChange | None:
    """The same of a ratio: numerators and denominators of each stretch.

    None too where there was nothing to divide by, or its days do not differ and so tell nothing of chance.

    Source:
        Cochran 1977, Sampling Techniques, ch. 6 (the error of a ratio of sums).
    """
    spreads = [ratio_dispersion(*days) for days in (before, after)]
    if any(spread is None or spread.freedom < FEWEST - 1 for spread in spreads):
        return None
    both = [~np.isnan(above) & ~np.isnan(below) for above, below in (before, after)]
    tops, bottoms = (
        [float(days[part][known].sum()) for days, known in zip((before, after), both, strict=True)] for part in (0, 1)
    )
    was, now = (top / bottom for top, bottom in zip(tops, bottoms, strict=True))
    parts = [spread.deviation**2 / bottom for spread, bottom in zip(spreads, bottoms, strict=True) if spread]
    freedom = sum(parts) ** 2 / sum(
        part**2 / spread.freedom for part, spread in zip(parts, spreads, strict=True) if spread
    )
    return LevelChange(was, now, 2 * t_cdf(-abs(now - was) / sqrt(sum(parts)), freedom) < RARE)

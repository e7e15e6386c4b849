"""PURE. The days of a period: what is there of each, and what is still to come."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np

from config.periods import Window
from worker.stats.level import Level
from worker.stats.series import Floats, Series


@dataclass(frozen=True, eq=False, slots=True)
class Trajectory:
    """The days of a period: what is known of each, what is still to come, and how that is known."""

    observed: Floats
    remaining: Floats
    exposure: Floats  #: what chance can still do, in units of exposure
    level_weight: Floats  #: what the level foretells
    least: float
    lacking: int
    ahead: int  #: days after the series
    gap: int  #: days between the series and the period

    @property
    def total(self) -> Floats:
        """What each day is expected to have brought in the end."""
        return np.asarray(self.observed + self.remaining, np.float64)

    @property
    def still_ahead(self) -> float:
        """What the days after the series are expected to bring."""
        return float(self.remaining[len(self.remaining) - self.ahead :].sum())

    def variance(self, level: Level, phi: float) -> float:
        """Of all that is still to come."""
        return level.variance(phi, float(self.exposure.sum()), float(self.level_weight.sum()), self.ahead, self.gap)


def trajectory_of(series: Series, period: Window, expected: Floats, level: Level, *, can_fall: bool) -> Trajectory:
    """Each day of a period, of which ``expected`` units of exposure were or will be there.

    Of a day of which a share ``s`` is there, the rest is foretold by what is there with weight ``s``, by the level with
    what is left of 1: the first alone would be wild where little is there, the second blind to what the day has shown.

    Source:
        Benktander 1976; Mack 2000, Credible claims reserves: the Benktander method, ASTIN Bulletin 30, 333-347.
    """
    amounts, known = on_days(series, period)
    has_amount = ~np.isnan(amounts)
    share = np.where(has_amount & (known > 0), np.minimum(known, 1.0), 0.0)
    seen, left, mean = np.where(has_amount, amounts, 0.0), 1 - share, level.amount * expected
    beyond = np.zeros(len(seen)) if can_fall else np.maximum(seen - mean, 0)  # of a day begun, how far is not known
    is_past = np.arange(len(seen)) < (series.end - period.start).days
    return Trajectory(
        observed=np.where(share > 0, seen, beyond),
        remaining=np.where(share > 0, left * (seen + left * mean), mean),
        exposure=expected * left * (1 + share * left),
        level_weight=expected * left**2,
        least=-inf if can_fall else float(seen.sum()),
        lacking=int((is_past & ~has_amount).sum()),
        ahead=int((~is_past).sum()),
        gap=max(0, (period.start - series.end).days),
    )


def on_days(series: Series, period: Window) -> tuple[Floats, Floats]:
    """Amounts and their completeness on the days of a period; NaN on days that the series has not."""
    amounts, known = np.full(len(period), nan), np.full(len(period), nan)
    inside = Window(series.start, series.end).clip(period) if len(series) else None
    if inside is not None:
        part, first = series.within(inside), (inside.start - period.start).days
        amounts[first : first + len(inside)] = part.amounts
        known[first : first + len(inside)] = part.known
    return amounts, known

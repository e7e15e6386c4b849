"""PURE. What the days of a thing are usually like, and how likely it is that they bring nothing.

Unlike a seasonality, which follows the last weeks to foretell the next, this remembers half a year: what happens once
in ten thousand days asks for a dispersion that is well known.

Source:
    McCullagh & Nelder 1989, Generalized Linear Models, ch. 6 (Pearson's dispersion of counts); Eggenberger & Pólya 1923
    (the urn behind the beta-binomial distribution); Clopper & Pearson 1934 (the exact binomial tail).
"""

from dataclasses import dataclass
from math import exp, log

import numpy as np
import numpy.typing as npt

from worker.stats.distributions import count_cdf, incomplete_beta
from worker.stats.seasonality import PSEUDO_DAYS
from worker.stats.series import Floats, Series

REMEMBERED = 182  # days that the dispersion is learnt from
LATELY = 28  # days that show what has become of a thing
SHRUNK = 0.7  # of its level: then the late days alone tell it
FEWEST = 14  # days without which nothing is usual
YOUNGEST = 7  # days after which a silence on weekdays that were never silent may be told
YOUNG_DOUBT = 3.0  # times the dispersion of so few days
RARE = 0.01
OFTEN = 0.2  # of the days that are not idle by their weekday


@dataclass(frozen=True, eq=False, slots=True)
class Baseline:
    """What the days of a thing are like."""

    level: float
    profile: Floats
    phi: float
    is_count: bool
    zeros: npt.NDArray[np.int64]  #: by weekday, Monday first
    days: npt.NDArray[np.int64]

    def of(self, weekdays: npt.NDArray[np.int64]) -> Floats:
        """What such days usually bring."""
        return np.asarray(self.level * self.profile[weekdays], np.float64)

    def log_chance_of_nothing(self, weekdays: npt.NDArray[np.int64]) -> float:
        """The logarithm of the chance that these days bring nothing at all.

        Where nothing is frequent, how often it was so far tells more than any distribution, and is itself not known
        well: the chance that Pólya's urn, begun with one ball of each colour, gives of so many more in a row.
        """
        idle = [day for day in range(7) if self._is_idle(day)]
        closed = [int(day) for day in weekdays if day in idle]
        open_ = [int(day) for day in weekdays if day not in idle]
        busy = [day for day in range(7) if day not in idle]
        zeros, days = int(self.zeros[busy].sum()), int(self.days[busy].sum())
        chance = sum(log(self._nothing(day)) for day in open_)
        if zeros >= OFTEN * days:
            chance = max(chance, sum(log((zeros + 1 + n) / (days + 2 + n)) for n in range(len(open_))))
        return chance + sum(log(self._nothing(day)) for day in closed)

    def first_busy(self, weekdays: npt.NDArray[np.int64]) -> int:
        """The first of some days that is not idle more often than not; the first of all where each is."""
        return next((n for n, weekday in enumerate(weekdays) if self._nothing(int(weekday)) < 0.5), 0)

    def _nothing(self, weekday: int) -> float:
        """As its distribution has it; on a weekday that is idle more often than that, as often as it was."""
        zeros, days = int(self.zeros[weekday]), int(self.days[weekday])
        chance = self._by_chance(weekday)
        return max(chance, (zeros + 1) / (days + 2)) if self._is_idle(weekday) else chance

    def _by_chance(self, weekday: int) -> float:
        mean = self.level * float(self.profile[weekday])
        if self.is_count:
            return max(count_cdf(0, mean, self.phi * mean), 1e-300)
        return max(exp(-mean / self.phi), 1e-300) if self.phi > 0 else 1e-300

    def _is_idle(self, weekday: int) -> bool:
        """Whether there is nothing on a weekday more often than chance would have it, by the exact binomial tail."""
        zeros, days, chance = int(self.zeros[weekday]), int(self.days[weekday]), self._by_chance(weekday)
        return zeros > 0 and chance < 1 and incomplete_beta(chance, zeros, days - zeros + 1) < RARE


def young_baseline_of(past: Series, is_count: bool, weekdays: npt.NDArray[np.int64]) -> Baseline | None:
    """The same of a week or two, flat and taken to vary much more; None unless all of ``weekdays`` were always busy."""
    chosen = np.flatnonzero(past.settled & past.ordinary)
    amounts, seen = past.amounts[chosen], past.weekdays[chosen]
    busy = set(seen.tolist()) - set(seen[amounts == 0].tolist())
    if not YOUNGEST <= len(chosen) < FEWEST or not set(weekdays.tolist()) <= busy:
        return None
    level = float(amounts.mean())
    phi = YOUNG_DOUBT * float(amounts.var(ddof=1)) / level
    return Baseline(
        level=level,
        profile=np.ones(7),
        phi=max(YOUNG_DOUBT, phi) if is_count else phi,
        is_count=is_count,
        zeros=np.bincount(seen[amounts == 0], minlength=7),
        days=np.bincount(seen, minlength=7),
    )


def baseline_of(past: Series, is_count: bool) -> Baseline | None:
    """Learn from the settled and ordinary days; None where there are too few, or never was anything.

    The dispersion is Pearson's chi-square over its degrees of freedom, one for each weekday taken off.
    """
    chosen = np.flatnonzero(past.settled & past.ordinary)[-REMEMBERED:]
    amounts, weekdays = past.amounts[chosen], past.weekdays[chosen]
    mean = float(amounts.mean()) if len(chosen) >= FEWEST else 0.0
    if not mean > 0:
        return None
    days = np.bincount(weekdays, minlength=7)
    profile = (np.bincount(weekdays, amounts / mean, minlength=7) + PSEUDO_DAYS) / (days + PSEUDO_DAYS)
    weights = profile[weekdays]
    level = float(amounts.sum() / weights.sum())
    phi = float(((amounts - level * weights) ** 2 / weights).sum()) / level / (len(chosen) - 7)
    lately = float(amounts[-LATELY:].sum() / weights[-LATELY:].sum())
    return Baseline(
        level=level if lately >= SHRUNK * level else lately,
        profile=np.asarray(profile, np.float64),
        phi=max(1.0, phi) if is_count else phi,
        is_count=is_count,
        zeros=np.bincount(weekdays[amounts == 0], minlength=7),
        days=days,
    )

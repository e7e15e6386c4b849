"""PURE. What came in past stretches of days as long as what is left, where a series is skewed: bursts, large orders.

Where now and then one event brings as much as weeks do, no mean and variance tell how often: the past does.

Source:
    A test of skewness: Snedecor & Cochran 1989, Statistical Methods, 8th ed., 5.13 (its standard error: root of 6/n).
    The half added for what has never come: Krichevsky & Trofimov 1981, IEEE Trans. Inf. Theory 27, 199-207.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from worker.stats.level import Past
from worker.stats.series import Floats

BASE = 56  # days whose mean is held beside what came after them
WEEK = 7
FEWEST_WEEKS, FEWEST = 8, 10  # past weeks that show a skew; past rests that say how often
SIGNIFICANT = 1.5  # standard errors, where the highest week is left out
TAIL = 0.9  # chance from which the past is asked: what is less sure rests on many days, and on the level now


@dataclass(frozen=True, eq=False, slots=True)
class PastRests:
    """What past days brought, to what days before them did: once for each day of the past, most of them overlap."""

    skewness: float  #: of weeks
    parts: Floats  #: sorted
    count: float  #: of those that do not overlap
    foretold: float  #: what the days before say of the rest

    def at_most(self, rest: float, chance: float) -> float:
        """The chance that no more comes, which the forecast's own distribution puts at ``chance``."""
        if chance <= TAIL or self.count < FEWEST:
            return chance
        share = float(np.searchsorted(self.parts, rest / self.foretold, "right")) / len(self.parts)
        return max(TAIL, min(chance, (self.count * share + 0.5) / (self.count + 1)))


def past_rests_of(past: Past, ahead: int, exposure: float) -> PastRests | None:
    """Of the days ahead, which are exposed to so much; None where the past shows no skew, or nothing lately."""
    foretold = float(past.amounts[-BASE:].sum()) * exposure / (float(past.exposure[-BASE:].sum()) or 1.0)
    weeks = _parts(past, WEEK)
    if not ahead or not foretold > 0 or not _are_skewed(weeks):
        return None
    parts = np.sort(_parts(past, ahead))
    return PastRests(_skewness(weeks), parts, len(parts) / ahead, foretold)


def _parts(past: Past, reach: int) -> Floats:
    """What each stretch of so many days brought, to what was usual before; without those of which little tells."""
    came, exposed = (np.concatenate(([0.0], part.cumsum())) for part in (past.amounts, past.exposure))
    origins = np.arange(BASE, len(past) - reach + 1)
    exposure = exposed[origins + reach] - exposed[origins]
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = (came[origins] - came[origins - BASE]) / (exposed[origins] - exposed[origins - BASE]) * exposure
    informative = (usual > 0) & (exposure > reach / 2)
    following = came[origins + reach] - came[origins]
    return np.asarray(following[informative] / usual[informative], np.float64)


def _are_skewed(weeks: Floats) -> bool:
    """Beyond chance, and also without the highest: what came but once, an undeclared sale, need not come again."""
    independent = len(weeks) / WEEK
    if independent < FEWEST_WEEKS:
        return False
    highest = int(weeks.argmax())
    others = np.delete(weeks, slice(max(0, highest - WEEK + 1), highest + WEEK))
    return _skewness(others) > SIGNIFICANT * sqrt(6 / independent)


def _skewness(values: Floats) -> float:
    beyond = values - values.mean()
    variance = float((beyond**2).mean())
    return float((beyond**3).mean()) / variance**1.5 if variance else 0.0

"""PURE. What the rest of a period brought last year, beside what the level of then would have foretold of it.

The ratio of the two is what the year does each time, or chance, or something that came once. How likely it is the
first is asked of the ratio itself and of the weeks of late: whether last year's told them. So far it is taken, and as
far as chance would not have brought it; what is left in doubt widens the range.

Last year's day is the one of the same date, as Christmas is: weekdays are out of both sides already.

Source:
    A pattern that is there or not: Mitchell & Beauchamp 1988, J. Am. Stat. Assoc. 83, 1023-1032. What came once:
    Huber 1964, Ann. Math. Stat. 35, 73-101 (gross errors). The pull towards none: Efron & Morris 1975, J. Am. Stat.
    Assoc. 70, 311-319.
"""

from dataclasses import dataclass
from math import exp, isfinite, log, log1p

import numpy as np
import numpy.typing as npt

from config.periods import Window, add_months
from worker.stats.level import WARM_UP, Level, Past
from worker.stats.series import Floats, Series

YEARLY = 0.2  # of series have a year, before anything is seen of theirs
ONCE = 0.01  # of times something else moves them as far
TOLD = 0.9  # of the weeks of a series that has a year, last year tells
MOVES = 0.5  # by how much, as the standard deviation of a logarithm
WEEK = 7  # days

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class YearFactor:
    """What the rest of a period is to what its level foretells."""

    multiple: float
    doubt: float  #: the variance of its logarithm


def year_factor_of(past: Past, level: Level, series: Series, period: Window) -> YearFactor | None:
    """The factor of the days of a period after the series.

    None where last year's are not all known, or too few before them show the level of then.
    """
    now, rest = len(series), (period.end - series.end).days
    last_year = (add_months(series.end, -12) - series.start).days
    ago = now - last_year
    if not 0 < rest <= ago or last_year < WARM_UP or np.isnan(series.amounts[last_year : last_year + rest]).any():
        return None
    weeks = np.arange(now - WEEK, ago + WARM_UP - 1, -WEEK)
    origins = np.concatenate(([last_year], weeks - ago, weeks))
    reaches = np.full(len(origins), WEEK)
    reaches[0] = rest
    ratios, doubts = _against_level(past, level, origins, reaches)
    ratio, doubt = float(ratios[0]), float(doubts[0])
    if not isfinite(ratio):
        return None
    then, of_late = slice(1, 1 + len(weeks)), slice(1 + len(weeks), None)
    told = _told(ratios[then], doubts[then], ratios[of_late], doubts[of_late])
    return _factor(ratio, doubt, log(YEARLY / (1 - YEARLY)) + told)


def _factor(ratio: float, doubt: float, odds: float) -> YearFactor:
    """A logarithm as far as it is the year's; ``odds``, as one, that this series has a year."""
    moved, still = (float(_log_density(np.array(ratio), np.array(doubt + of))) for of in (MOVES**2, 0.0))
    odds += moved - float(np.logaddexp(log(ONCE) + moved, log1p(-ONCE) + still))
    chance = 1 / (1 + exp(-min(max(odds, -50.0), 50.0)))
    beyond_chance = MOVES**2 / (MOVES**2 + doubt)
    mean = beyond_chance * ratio
    return YearFactor(exp(chance * mean), chance * beyond_chance * doubt + chance * (1 - chance) * mean**2)


def _told(then: Floats, then_doubt: Floats, of_late: Floats, doubt: Floats) -> float:
    """The log odds that last year's weeks tell those of late."""
    beyond_chance = MOVES**2 / (MOVES**2 + then_doubt)
    untold = _log_density(of_late, doubt)
    told = _log_density(of_late - beyond_chance * then, doubt + beyond_chance * then_doubt)
    odds = (told - untold)[np.isfinite(told) & np.isfinite(untold)]
    return float(np.logaddexp(log1p(-TOLD), log(TOLD) + odds).sum())


def _against_level(past: Past, level: Level, origins: Ints, reaches: Ints) -> tuple[Floats, Floats]:
    """The logarithm of what came after each origin to what was foretold, and its variance; NaN where none is."""
    came, foretold, variance = past.foretold(origins, reaches, slice(level.way, level.way + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.log(came / foretold[0])
        return ratios, level.variance_inflation * variance[0] / foretold[0] ** 2


def _log_density(value: Floats, variance: Floats) -> Floats:
    """Of the normal distribution about nothing, but for a constant."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(-0.5 * (value * value / variance + np.log(variance)), np.float64)

"""PURE. Whether days stay high or low together, and how much more their sum varies for it.

Days that differ by chance alone even out: the variance of their sum is the sum of theirs. A level that wanders, the
effect of a mailing over some days, a week of good weather do not: the sums of weeks then vary by more than seven days
do. Taken for independent, such days prove in 14 to 30 % of months what is not so.

Source:
    The ratio of the variance of sums to that of days, and its error: Lo & MacKinlay 1988, Stock market prices do not
    follow random walks, Review of Financial Studies 1, 41-66. The variance of a sum of correlated days: Cochran 1977,
    Sampling Techniques, 8.3.
"""

from math import sqrt

import numpy as np

from worker.stats.series import Bools, Floats

FEWEST = 28  # days; with fewer a correlation is not told from chance
LOOKED_AT = 112  # days: a level of long ago is no longer one that the days differ from
WEEK = 7  # days of a sum
DECAY = 0.93  # of what stays, the part that still stays a day later: half is gone after ten days
SHOWS, CAUTION = 0.8, 0.7  # errors beyond 1 at which a correlation shows, and by which it is then taken for larger


def persistence_of(amounts: Floats, exposure: Floats, informative: Bools) -> float:
    """The part of a day's variance, around what its exposure brings as a rule, that stays; 0 where none shows.

    ``exposure`` is what a day's amount goes with: its weekday's multiple, or what it is divided by.
    """
    amounts, exposure = amounts[-LOOKED_AT:], exposure[-LOOKED_AT:]
    usable = informative[-LOOKED_AT:] & (exposure > 0)
    days = int(usable.sum())
    if days < FEWEST:
        return 0.0
    amount, exposed = np.where(usable, amounts, 0.0), np.where(usable, exposure, 0.0)
    expected = exposed * (amount.sum() / exposed.sum())
    residuals = (amount - expected) / np.sqrt(np.where(usable, exposure, 1.0))
    residuals = np.where(usable, residuals - residuals.sum() / days, 0.0)
    variance = float((residuals**2).sum()) / (days - 1)
    if not variance > 0:
        return 0.0
    sums, there = (np.convolve(part, np.ones(WEEK), "valid") for part in (residuals, usable.astype(np.float64)))
    ratio = float((sums**2).sum() / (there.sum() * variance * (1 - WEEK / days)))
    error = sqrt(2 * (2 * WEEK - 1) * (WEEK - 1) / (3 * WEEK * days))
    if ratio - 1 < SHOWS * error:
        return 0.0
    return (ratio * (1 + CAUTION * error) - 1) / _together(WEEK)


def inflation(persistence: float, days: int) -> float:
    """How many times more the sum of so many days varies than if they were independent; 1 at least."""
    return 1 + min(1.0, persistence) * _together(days)


def _together(days: int) -> float:
    """What days add that are correlated by ``DECAY`` to the power of how far they lie apart: 2 sum (1 - k/n) r^k."""
    if days < 1:
        return 0.0
    return 2 * DECAY / (1 - DECAY) - 2 * DECAY * (1 - DECAY**days) / (days * (1 - DECAY) ** 2)

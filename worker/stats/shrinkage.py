"""PURE. What the series of a plan have in common, and how far each is pulled to it: by as much as they agree.

Source:
    Efron & Morris 1975, J. Am. Stat. Assoc. 70, 311-319 (means); what stands apart is left alone: Efron & Morris 1972,
    J. Am. Stat. Assoc. 67, 130-139. Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3, 3 (variances, as in limma). Digamma
    and trigamma: Abramowitz & Stegun 1964, 6.3.18 and 6.4.12.
"""

from dataclasses import dataclass

import numpy as np

from worker.stats.series import Bools, Floats

APART = 22.46  # the chi-square of seven weekdays, less one, that is beyond one series in a thousand
LEAST = 0.05  # of the mean, for a weekday: one that never brought anything may yet
MOST = 1e6  # degrees of freedom: as good as all the same


@dataclass(frozen=True, eq=False, slots=True)
class CommonWeek:
    """The weeks of some series, each pulled to what they have in common."""

    multiples: Floats  #: a row a series
    own: Floats  #: how much of each row is its own
    apart: Bools  #: the series whose weeks are none of the others'


def common_week(multiples: Floats, variances: Floats) -> CommonWeek:
    """Pull weekdays' multiples, a row a series (two at least), to their mean, and that to no difference at all.

    How far series truly differ is told by the one in the middle: one that stands apart moves the others by nothing.
    ``variances`` are those of a weekday as large as the mean; infinite where none was seen,
    and its multiple 1.
    """
    count = len(multiples)
    seen = np.isfinite(variances)
    middle = np.nanmedian(np.where(seen | ~seen.any(0), multiples, np.nan), 0)
    variances = variances * np.maximum(middle, 0.1)
    squares = np.where(seen, (multiples - middle) ** 2, 0.0) * count / (count - 1)
    beyond_chance = (squares - np.where(seen, variances, 0.0)).sum(1) / np.maximum(seen.sum(1), 1)
    differ = max(0.0, float(np.median(beyond_chance)))
    apart = (squares / (variances + differ)).sum(1) > APART
    weights = np.where(apart[:, None], 0.0, 1 / (variances + differ))
    whole = weights.sum(0)
    mean = np.divide((weights * np.where(seen, multiples, 0.0)).sum(0), whole, out=np.ones(7), where=whole > 0)
    doubt = np.divide(1.0, whole, out=np.full(7, np.inf), where=whole > 0)
    spread = max(0.0, float(((mean - 1) ** 2).mean() - doubt[whole > 0].mean()))
    mean = 1 + (mean - 1) * spread / (spread + doubt)
    own = differ / (differ + variances)
    pulled = np.maximum(mean + own * np.where(seen, multiples - mean, 0.0), LEAST)
    return CommonWeek(pulled, own.mean(1), apart)


def moderated(variances: Floats, freedoms: Floats) -> Floats:
    """Pull variances to their typical one, by as much as their logarithms differ no more than chance makes them.

    ``freedoms`` are the degrees of freedom of each. The pull is worth no more of them than the others have. What does
    not vary at all is left alone.
    """
    usable = variances > 0
    if usable.sum() < 2:
        return variances
    half = freedoms[usable] / 2
    logs = np.log(variances[usable]) - digamma(half) + np.log(half)
    prior = _freedom(float(logs.var(ddof=1) - trigamma(half).mean()))
    typical = np.exp(logs.mean() + digamma(np.array(prior / 2)) - np.log(prior / 2))
    worth = np.minimum(prior, freedoms[usable].sum() - freedoms)
    return np.where(usable, (worth * typical + freedoms * variances) / (worth + freedoms), variances)


def _freedom(spread: float) -> float:
    """The degrees of freedom whose variances' logarithms have this variance."""
    low, high = 1e-3, MOST
    while high > 1.001 * low:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if trigamma(np.array(middle / 2)) > spread else (low, middle)
    return high


def digamma(x: Floats) -> Floats:
    """Of positive numbers, to eight digits."""
    far = x + 6
    nearer = sum(1 / (x + step) for step in range(6))
    return np.log(far) - 1 / (2 * far) - far**-2.0 / 12 + far**-4.0 / 120 - far**-6.0 / 252 - nearer


def trigamma(x: Floats) -> Floats:
    """Of positive numbers, to eight digits."""
    far = x + 6
    nearer = sum((x + step) ** -2.0 for step in range(6))
    return 1 / far + far**-2.0 / 2 + far**-3.0 / 6 - far**-5.0 / 30 + far**-7.0 / 42 + nearer

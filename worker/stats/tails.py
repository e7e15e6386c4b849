"""PURE. The tails a test rests on, and what doubt there is of the dispersion they are given.

At_least asks for the lower tail, of too little, at_most for the upper one, of too much.

Source:
    Student 1908, The probable error of a mean, Biometrika 6, 1-25 (a deviation that was itself learnt).
"""

from collections.abc import Callable
from math import ceil, exp, floor

from config.plan import Bound
from worker.stats.distributions import NORMAL, amount_cdf, count_cdf, t_cdf, t_quantile

_CLOSE = 1e-9
_LEAST = 1e-300


def t_adjusted(tail: float, freedom: int) -> float:
    """The chance of what is so far off in deviations that were themselves learnt; one half and more stay."""
    return t_cdf(NORMAL.inv_cdf(max(_LEAST, tail)), freedom) if tail < 0.5 else tail


def inverse_t_adjusted(chance: float, freedom: int) -> float:
    """Undoes ``t_adjusted``."""
    return max(_LEAST, NORMAL.cdf(t_quantile(chance, freedom))) if chance < 0.5 else chance


def tail_of_count(count: float, mean: float, phi: float, bound: Bound) -> float:
    """In doubt for the action: a part of an event counts as one where too few are feared, as none where too many."""
    if bound is Bound.AT_LEAST:
        return count_cdf(max(0, ceil(count)), mean, phi * mean)
    return _part(1 - count_cdf(floor(count) - 1, mean, phi * mean)) if count >= 1 else 1.0


def tail_of_amount(amount: float, mean: float, phi: float, bound: Bound) -> float:
    """The gamma distribution never is zero, sales are: exp(-mean/phi) is the most that no sale at all may have.

    A sum of a Poisson number of orders with that mean and variance is zero no more often, whatever the orders' sizes
    (compound Poisson: Feller 1968, An Introduction to Probability Theory, vol. 1, ch. XII; Cauchy-Schwarz).
    """
    below = amount_cdf(amount, mean, phi * mean)
    return max(_part(below), exp(-mean / phi)) if bound is Bound.AT_LEAST else _part(1 - below)


def _part(chance: float) -> float:
    return min(1.0, max(0.0, chance))


def mean_of(tail: Callable[[float], float], bound: Bound, chance: float, start: float) -> float:
    """The mean whose tail is ``chance``, by halving."""

    def is_above(mean: float) -> bool:
        return (tail(mean) < chance) is (bound is Bound.AT_LEAST)

    low, high = 0.0, start
    while not is_above(high):
        low, high = high, 2 * high
    while high - low > _CLOSE * high:
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return high

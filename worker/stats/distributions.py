"""PURE. Distributions: how likely a figure is, where days differ by more than chance alone would have it.

Counts follow the negative binomial, amounts of money the gamma distribution, each matched to a mean and a variance.
All rest on two functions, the regularised incomplete beta and gamma, so that no library of half a gigabyte is needed;
a test holds every one of them to scipy's.

Source:
    Abramowitz & Stegun 1964, Handbook of Mathematical Functions, ch. 6 and 26; the same formulas in the NIST Digital
    Library of Mathematical Functions (DLMF), dlmf.nist.gov, ch. 5 and 8; Press et al., Numerical Recipes, ch. 6.
"""

from collections.abc import Callable
from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

_TINY = 1e-300
_ENOUGH = 1e-15
_TERMS = 10_000
_CIRCLE = 2 * pi

NORMAL = NormalDist()


def _rest(z: float) -> float:
    """What Stirling's formula leaves out of log gamma (DLMF 5.11.1): small, so large parameters lose no digits."""
    if z < 15:
        return lgamma(z) - ((z - 0.5) * log(z) - z + log(_CIRCLE) / 2)
    w = 1 / (z * z)
    return (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z


def _log_ratio(above: float, below: float) -> float:
    return log1p((above - below) / below) if abs(above - below) < below / 2 else log(above / below)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function: the chance that Beta(a, b) is at most ``x``.

    Source:
        Continued fraction 26.5.8 of Abramowitz & Stegun, on the side of the mean where it converges fast (DLMF 8.17).
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges on the other side
        return 1 - incomplete_beta(1 - x, b, a)
    n = a + b
    peak = a * _log_ratio(x * n, a) + b * _log_ratio((1 - x) * n, b)
    front = sqrt(a * b / (_CIRCLE * n)) * exp(peak + _rest(n) - _rest(a) - _rest(b))
    return front / a / _beta_fraction(x, a, b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """By the modified method of Lentz (Lentz 1976; Thompson & Barnett 1986), written out: it is where time is spent."""
    value = c = 1 - (a + b) * x / (a + 1) or _TINY
    d = 1.0
    for m in range(1, _TERMS):
        n = a + 2 * m
        even, odd = m * (b - m) * x / ((n - 1) * n), -(a + m) * (a + b + m) * x / (n * (n + 1))
        d = 1 / (1 + even * d or _TINY)
        c = 1 + even / c or _TINY
        value *= c * d
        d = 1 / (1 + odd * d or _TINY)
        c = 1 + odd / c or _TINY
        value *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return value


def incomplete_gamma(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function: the chance that Gamma(a, 1) is at most ``x``.

    Source:
        Below ``a + 1`` the series 6.5.29 of Abramowitz & Stegun (DLMF 8.7.1), above it the continued fraction 6.5.31
        (DLMF 8.9.2), two steps taken as one.
    """
    if x <= 0:
        return 0.0
    front = sqrt(a / _CIRCLE) * exp(a * _log_ratio(x, a) + (a - x) - _rest(a))
    if x < a + 1:
        return min(1.0, front * _gamma_series(a, x))  # rounding alone goes beyond
    return 1 - front / _gamma_fraction(a, x)


def _gamma_series(a: float, x: float) -> float:
    total = term = 1 / a
    for n in range(1, _TERMS):
        term *= x / (a + n)
        total += term
        if term < total * _ENOUGH:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    """As ``_beta_fraction``."""
    value = c = x + 1 - a
    d = 0.0
    for n in range(1, _TERMS):
        part, whole = -n * (n - a), x + 2 * n + 1 - a
        d = 1 / (whole + part * d or _TINY)
        c = whole + part / c or _TINY
        value *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return value


def count_cdf(count: float, mean: float, variance: float) -> float:
    """The chance of at most ``count`` events: negative binomial; Poisson where the variance is not above the mean.

    Source:
        Both as incomplete beta and gamma functions: Johnson, Kemp & Kotz 2005, Univariate Discrete Distributions.
    """
    if count < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    k = float(int(count))
    if variance <= mean * (1 + 1e-9):
        return 1 - incomplete_gamma(k + 1, mean)
    return incomplete_beta(mean / variance, mean * mean / (variance - mean), k + 1)


def amount_cdf(amount: float, mean: float, variance: float) -> float:
    """The chance of an amount of money of at most ``amount``: gamma, or normal where the mean is not above zero."""
    if variance <= 0:
        return 1.0 if amount >= mean else 0.0
    if mean <= 0:
        return NORMAL.cdf((amount - mean) / sqrt(variance))
    return incomplete_gamma(mean * mean / variance, amount * mean / variance)


def t_cdf(t: float, freedom: float) -> float:
    """The chance that Student's t of so many degrees of freedom is at most ``t`` (Abramowitz & Stegun 26.7.1)."""
    tail = incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
    return tail if t < 0 else 1 - tail


def beta_quantile(p: float, a: float, b: float) -> float:
    """The value that Beta(a, b) stays below with chance ``p``."""
    return _solve(lambda x: incomplete_beta(x, a, b), p, 0.0, 1.0)


@lru_cache(maxsize=1000)  # of few chances and freedoms
def t_quantile(p: float, freedom: float) -> float:
    """The value that Student's t stays below with chance ``p``."""
    return _solve(lambda t: t_cdf(t, freedom), p, -10.0, 10.0)


def _solve(cdf: Callable[[float], float], p: float, low: float, high: float) -> float:
    """Where a distribution reaches ``p``, by halving; the bounds are widened where they do not hold it."""
    while cdf(high) < p and high < inf:
        high *= 2
    while low < 0 and cdf(low) > p:
        low *= 2
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        low, high = (middle, high) if cdf(middle) < p else (low, middle)

"""PURE. What is seen of a figure so far -> how likely so bad a figure is by chance, where the truth is the target.

Every likelihood answers two questions for a target and a bound. Its *chance* is the one-sided p: that of a figure as
bad as this, or worse, where the truth is exactly the target. Its *limit* is the target at which that chance would be a
given one: a truth beyond it is as good as excluded. What cannot be judged answers None.

Days differ by more than chance: ``phi`` is how many times more the sum of a day varies than mere chance would have it,
as learnt from earlier days. Without it (None) nothing is judged. It may have been learnt a little too small: its
``freedom``, days less what else was learnt from them, turns the tail into that of Student's t. Leaving that out makes a
quarter more false alarms.

Source:
    Limits from exact tails: Clopper & Pearson 1934 (shares), Garwood 1936 (counts). Variance proportional to the mean:
    Wedderburn 1974; McCullagh & Nelder 1989, Generalized Linear Models, ch. 6 and 9.
"""

from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt
from typing import Protocol

from config.plan import Bound
from worker.stats.dispersion import RatioDispersion
from worker.stats.distributions import beta_quantile, incomplete_beta, t_cdf, t_quantile
from worker.stats.tails import inverse_t_adjusted, mean_of, t_adjusted, tail_of_amount, tail_of_count

FEWEST_ANSWERS = 20  #: of a survey, below which they are too few to say anything
FREEDOM = 49  #: of a phi learnt from 56 days, less their profile of seven weekdays


class Likelihood(Protocol):
    """What is seen so far, of one kind of figure. ``bound`` is at_least or at_most, the two sides of a target."""

    @property
    def size(self) -> float:
        """How much was seen: events, trials, answers, what the amount is divided by."""

    def chance(self, target: float, bound: Bound) -> float | None:
        """The chance of so bad a figure where the truth is ``target``; None where it cannot be judged."""

    def limit(self, target: float, bound: Bound, chance: float) -> float | None:
        """The target whose chance is ``chance``, by the method used for ``target``; None where no target's is."""


@dataclass(frozen=True, slots=True)
class CountLikelihood:
    """Events counted, when ``share`` of the period's total was to be expected by now.

    Negative binomial with variance ``phi`` times the mean; the limit is Garwood's (1936) where ``phi`` is 1.
    """

    count: float
    share: float
    phi: float | None
    freedom: int = FREEDOM

    @property
    def size(self) -> float:
        """The events counted."""
        return self.count

    def chance(self, target: float, bound: Bound) -> float | None:
        """See ``Likelihood``."""
        if self.phi is None or not isfinite(self.count) or not self.share > 0:
            return None
        tail = tail_of_count(self.count, target * self.share, max(1.0, self.phi), bound)
        return tail if self.phi <= 1 else t_adjusted(tail, self.freedom)

    def limit(self, target: float, bound: Bound, chance: float) -> float | None:
        """See ``Likelihood``."""
        assert self.phi is not None
        count, phi = self.count, max(1.0, self.phi)
        if count < 1 and bound is Bound.AT_MOST:
            return 0.0
        tail = chance if phi <= 1 else inverse_t_adjusted(chance, self.freedom)
        mean = mean_of(lambda mean: tail_of_count(count, mean, phi, bound), bound, tail, max(1.0, count))
        return mean / self.share


@dataclass(frozen=True, slots=True)
class AmountLikelihood:
    """Money that came in, when ``share`` of the period's total was to be expected by now.

    ``phi`` is the variance of a sum over its mean, in the currency: all scales with it. What may be negative, as a net
    profit, is a ``RatioLikelihood`` to the share expected.
    """

    amount: float
    share: float
    phi: float | None
    freedom: int = FREEDOM

    @property
    def size(self) -> float:
        """The amount."""
        return self.amount

    def chance(self, target: float, bound: Bound) -> float | None:
        """See ``Likelihood``."""
        if not self.phi or not isfinite(self.amount) or not self.share > 0 or not target > 0:
            return None
        return t_adjusted(tail_of_amount(self.amount, target * self.share, self.phi, bound), self.freedom)

    def limit(self, target: float, bound: Bound, chance: float) -> float | None:
        """See ``Likelihood``."""
        assert self.phi is not None
        amount, phi = self.amount, self.phi
        if amount <= 0 and bound is Bound.AT_MOST:
            return 0.0
        tail, start = inverse_t_adjusted(chance, self.freedom), max(amount, phi)
        return mean_of(lambda mean: tail_of_amount(amount, mean, phi, bound), bound, tail, start) / self.share


@dataclass(frozen=True, slots=True)
class CostLikelihood:
    """What each thing cost. The spend is exact, the things vary as ``CountLikelihood``: even none of them tells."""

    spend: float
    things: float
    phi: float | None
    freedom: int = FREEDOM

    @property
    def size(self) -> float:
        """The things bought."""
        return self.things

    def chance(self, target: float, bound: Bound) -> float | None:
        """See ``Likelihood``."""
        if not target > 0 or not 0 < self.spend < inf:
            return None
        return self._things.chance(self.spend / target, _OTHER[bound])

    def limit(self, target: float, bound: Bound, chance: float) -> float | None:
        """See ``Likelihood``."""
        things = self._things.limit(self.spend / target, _OTHER[bound], chance)
        return self.spend / things if things else None

    @property
    def _things(self) -> CountLikelihood:
        return CountLikelihood(self.things, 1.0, self.phi, self.freedom)


@dataclass(frozen=True, slots=True)
class ShareLikelihood:
    """Successes out of trials; more successes than trials, as sources may report, are all of them.

    Judged by the exact binomial tail, on what the sums are worth where days differ: x/phi of n/phi. An approximation is
    not for p < 0.01: Wilson's and Jeffreys' give several times as many false alarms there. Satisfaction gives
    ``FEWEST_ANSWERS`` as the fewest trials that say anything.

    Source:
        Clopper & Pearson 1934, Biometrika 26, 404-413; Rao & Scott 1992, Biometrics 48, 577-585 (the effective size).
    """

    successes: float
    trials: float
    phi: float | None
    fewest: float = 0
    freedom: int = FREEDOM

    @property
    def size(self) -> float:
        """The trials."""
        return self.trials

    def chance(self, target: float, bound: Bound) -> float | None:
        """See ``Likelihood``."""
        is_known = isfinite(self.successes) and 0 < self.trials < inf
        if self.phi is None or not is_known or self.trials < self.fewest or not 0 <= target <= 1:
            return None
        good, bad = self._sides(bound)
        failing = 1 - target if bound is Bound.AT_LEAST else target
        tail = incomplete_beta(failing, bad, good + 1) if bad > 0 else 1.0
        return tail if self.phi <= 1 else t_adjusted(tail, self.freedom)

    def limit(self, target: float, bound: Bound, chance: float) -> float | None:
        """See ``Likelihood``."""
        assert self.phi is not None
        good, bad = self._sides(bound)
        tail = chance if self.phi <= 1 else inverse_t_adjusted(chance, self.freedom)
        failing = beta_quantile(tail, bad, good + 1) if bad > 0 else 0.0
        return 1 - failing if bound is Bound.AT_LEAST else failing

    def _sides(self, bound: Bound) -> tuple[float, float]:
        """What keeps the bound and what breaks it: a success is what breaks at_most."""
        assert self.phi is not None
        successes = min(max(0.0, self.successes), self.trials)
        worth = successes / max(1.0, self.phi), (self.trials - successes) / max(1.0, self.phi)
        return worth if bound is Bound.AT_LEAST else worth[::-1]


@dataclass(frozen=True, slots=True)
class RatioLikelihood:
    """Any other ratio of sums: an average order value, a return, a time, a position, a net promoter score.

    Judged by Student's t, on logarithms where the ratio cannot be negative, for the deviation then grows with the
    level; but no figure, however near to zero, counts as further off than zero itself.

    Source:
        Cochran 1977, Sampling Techniques, ch. 6 (the error of a ratio of sums).
    """

    numerator: float
    denominator: float
    spread: RatioDispersion | None
    fewest: float = 0

    @property
    def size(self) -> float:
        """What the amount is divided by."""
        return self.denominator

    def chance(self, target: float, bound: Bound) -> float | None:
        """See ``Likelihood``."""
        is_known = isfinite(self.numerator) and 0 < self.denominator < inf
        if self.spread is None or not is_known or self.denominator < self.fewest:
            return None
        error, gap = self._error(self.spread, target), self._gap(self.spread, target)
        return t_cdf(gap / error if bound is Bound.AT_LEAST else -gap / error, self.spread.freedom)

    def limit(self, target: float, bound: Bound, chance: float) -> float | None:
        """See ``Likelihood``."""
        assert self.spread is not None
        gap = t_quantile(chance, self.spread.freedom) * self._error(self.spread, target)
        towards = gap if bound is Bound.AT_LEAST else -gap
        if not _is_relative(self.spread, target):
            return self.numerator / self.denominator - towards
        return None if towards < -1 else max(0.0, self.numerator / self.denominator) * exp(-towards)

    def _gap(self, spread: RatioDispersion, target: float) -> float:
        ratio = self.numerator / self.denominator
        if not _is_relative(spread, target):
            return ratio - target
        return max(-1.0, log(ratio / target)) if ratio > 0 else -1.0

    def _error(self, spread: RatioDispersion, target: float) -> float:
        deviation = spread.relative if _is_relative(spread, target) else spread.deviation
        assert deviation is not None
        return deviation / sqrt(self.denominator)


_OTHER = {Bound.AT_LEAST: Bound.AT_MOST, Bound.AT_MOST: Bound.AT_LEAST}


def _is_relative(spread: RatioDispersion, target: float) -> bool:
    return spread.relative is not None and target > 0

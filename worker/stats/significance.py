"""PURE. Is the truth worse than the target, or may chance alone have made the figure so bad?

``significance`` is for a figure looked at once, or by a rule whose error under daily looking is known (p < 0.01 on two
consecutive days). ``anytime_significance`` may be looked at every day: in the period of an action exactly on target,
its p ever falls below 0.05 with a chance of 0.05 at most. It weighs the evidence for all shortfalls there might be, the
small ones more, which under the target is a fair game.

Source:
    The one-sided normal mixture: Robbins 1970, Statistical methods related to the law of the iterated logarithm,
    Ann. Math. Statist. 41, 1397-1409; Howard, Ramdas, McAuliffe & Sekhon 2021, Time-uniform, nonparametric,
    nonasymptotic confidence sequences, Ann. Statist. 49, 1055-1080.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt

from config.plan import Bound
from worker.stats.distributions import NORMAL
from worker.stats.likelihood import CountLikelihood, Likelihood

SURE = 0.95  #: of a limit
GAP = 0.2  #: a shortfall worth proving
CONVINCING = 0.01  #: a p that proves

_WIDTH = 0.035  # of the mixture, in periods: it finds most after about a third of one
_LEAST, _MOST = 1e-300, 1 - 1e-16  # chances that have a deviation


@dataclass(frozen=True, slots=True)
class SignificanceTest:
    """How sure it is that the truth is worse than the target, on the side of ``bound``."""

    p: float  #: one-sided: the chance of a figure so bad, or worse, where the truth is exactly the target
    sample: Likelihood
    target: float
    bound: Bound
    sides: int = 1  #: how many bounds were looked at
    elapsed: float | None = None  #: of the period, for a test at any time

    @property
    def limit(self) -> float | None:
        """What the truth is below (for at_most, above), 95 % sure; None where there is no such limit.

        The target is beyond it exactly where p is below 0.05. It takes a few milliseconds, a hundred times what p does.
        """
        chance = (1 - SURE) / self.sides
        if self.elapsed is not None:
            chance = _at_one_look(chance, self.elapsed)
        return self.sample.limit(self.target, self.bound, chance)


def significance(sample: Likelihood, low: float | None, high: float | None) -> SignificanceTest | None:
    """Test a sample against the bounds of a target; of two, against both, at the price of two looks (Bonferroni).

    Returns:
        The test for the bound that is likelier broken; None where the sample cannot be judged.
    """
    return _tested(sample, low, high, None)


def anytime_significance(
    sample: Likelihood, low: float | None, high: float | None, elapsed: float
) -> SignificanceTest | None:
    """As ``significance``, with a p that may be looked at as often as one likes.

    Args:
        sample: What is seen since the start of the period.
        low: The lower bound.
        high: The upper bound.
        elapsed: How much of the period that is: the share of its total, or of its days.
    """
    return _tested(sample, low, high, elapsed) if elapsed > 0 else None


def _tested(
    sample: Likelihood, low: float | None, high: float | None, elapsed: float | None
) -> SignificanceTest | None:
    bounds = [(target, bound) for target, bound in ((low, Bound.AT_LEAST), (high, Bound.AT_MOST)) if target is not None]
    found = [(sample.chance(target, bound), target, bound) for target, bound in bounds]
    known = [(chance, target, bound) for chance, target, bound in found if chance is not None]
    if not known or len(known) < len(bounds):
        return None
    chance, target, bound = min(known)
    p = chance if elapsed is None else _at_every_look(chance, elapsed)
    return SignificanceTest(min(1.0, max(0.0, len(bounds) * p)), sample, target, bound, len(bounds), elapsed)


@lru_cache(maxsize=1000)  # asked for of rounded phis
def events_needed(phi: float, gap: float = GAP, p: float = CONVINCING) -> int:
    """How many events must be counted before a count that is short by ``gap`` proves it at ``p``.

    Args:
        phi: How many times more the count of a day varies than by chance. Of a share, times (1 - target).
        gap: The shortfall, as a part of the target: between 0 and 1.
        p: What is taken for proof.
    """

    def is_proof(count: int) -> bool:
        test = significance(CountLikelihood(count, 1.0, phi), count / (1 - gap), None)
        return test is not None and test.p < p

    enough = 1
    while not is_proof(enough):
        enough *= 2
    short = enough // 2
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if is_proof(middle) else (middle, enough)
    return enough


def _evidence(deviation: float, elapsed: float) -> float:
    """How many times likelier so large a deviation is under the shortfalls there might be than under the target."""
    weight = elapsed / (elapsed + _WIDTH)
    return 2 * sqrt(1 - weight) * exp(weight * deviation**2 / 2) * NORMAL.cdf(deviation * sqrt(weight))


def _at_every_look(chance: float, elapsed: float) -> float:
    """The p that may be looked at every day, of a chance at one look."""
    evidence = _evidence(-NORMAL.inv_cdf(min(_MOST, max(_LEAST, chance))), elapsed)
    return 1 / max(1.0, evidence)


def _at_one_look(chance: float, elapsed: float) -> float:
    """Undoes ``_at_every_look``."""
    low, high = 0.0, -NORMAL.inv_cdf(_LEAST)
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (low, middle) if _evidence(middle, elapsed) > 1 / chance else (middle, high)
    return NORMAL.cdf(-high)

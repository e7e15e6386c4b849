"""The distributions, held to scipy's on random arguments."""

from random import Random

import pytest
from scipy import special, stats

from worker.stats import distributions

ROUNDS = 10_000
CLOSE = 1e-9


@pytest.fixture
def random() -> Random:
    return Random(1)


def test_the_incomplete_beta_and_gamma_functions_are_scipys(random: Random) -> None:
    for _ in range(ROUNDS):
        a, b, x = 10 ** random.uniform(-2, 5), 10 ** random.uniform(-2, 5), random.random()
        amount = a * random.uniform(0.2, 3)
        assert abs(distributions.incomplete_beta(x, a, b) - special.betainc(a, b, x)) < CLOSE
        assert abs(distributions.incomplete_gamma(a, amount) - special.gammainc(a, amount)) < CLOSE


def test_counts_follow_the_negative_binomial_of_their_mean_and_variance(random: Random) -> None:
    for _ in range(ROUNDS):
        mean = 10 ** random.uniform(-1, 5)
        variance = mean * random.uniform(1.01, 30)
        count = max(0, int(random.gauss(mean, 2 * variance**0.5)))
        expected = stats.nbinom.cdf(count, mean * mean / (variance - mean), mean / variance)
        assert abs(distributions.count_cdf(count, mean, variance) - expected) < CLOSE


def test_counts_that_vary_by_chance_alone_follow_poisson(random: Random) -> None:
    for _ in range(1000):
        mean = 10 ** random.uniform(-1, 4)
        count = random.randrange(int(2 * mean) + 2)
        assert abs(distributions.count_cdf(count, mean, mean) - stats.poisson.cdf(count, mean)) < CLOSE


def test_amounts_follow_the_gamma_distribution_of_their_mean_and_variance(random: Random) -> None:
    for _ in range(1000):
        mean, spread = 10 ** random.uniform(0, 5), random.uniform(0.05, 1)
        variance = (mean * spread) ** 2
        amount = mean * random.uniform(0, 3)
        expected = stats.gamma.cdf(amount, 1 / spread**2, scale=mean * spread**2)
        assert abs(distributions.amount_cdf(amount, mean, variance) - expected) < CLOSE


def test_student_s_t_is_scipys(random: Random) -> None:
    for _ in range(ROUNDS):
        freedom, t = 10 ** random.uniform(0, 3), random.uniform(-8, 8)
        assert abs(distributions.t_cdf(t, freedom) - special.stdtr(freedom, t)) < CLOSE


def test_quantiles_undo_their_distributions(random: Random) -> None:
    for _ in range(200):
        p, a, b = random.uniform(0.001, 0.999), random.uniform(0.5, 60), random.uniform(0.5, 60)
        assert distributions.beta_quantile(p, a, b) == pytest.approx(special.betaincinv(a, b, p), rel=1e-9)
        assert distributions.t_quantile(p, a) == pytest.approx(stats.t.ppf(p, a), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(("count", "mean", "expected"), [(-1, 5, 0), (0, 0, 1), (3, 0, 1)])
def test_nothing_is_below_zero_and_nothing_expected_is_nothing(count: float, mean: float, expected: float) -> None:
    assert distributions.count_cdf(count, mean, mean) == expected


def test_an_amount_that_does_not_vary_is_reached_or_not() -> None:
    assert distributions.amount_cdf(9.99, 10, 0) == 0
    assert distributions.amount_cdf(10, 10, 0) == 1
    assert distributions.amount_cdf(0, -10, 100) == pytest.approx(stats.norm.cdf(1))


def test_no_chance_is_above_one_however_wide_the_distribution() -> None:
    """Rounding made it 1.0000000000000038, and the chance of more than that less than nothing."""
    amount, mean, variance = 1e13, 90.0, 1e24
    assert distributions.amount_cdf(amount, mean, variance) == pytest.approx(
        stats.gamma.cdf(amount, mean**2 / variance, scale=variance / mean)
    )
    assert 0 <= distributions.amount_cdf(amount, mean, variance) <= 1

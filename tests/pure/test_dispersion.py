"""How much the days of a ratio differ, learnt from its history."""

import numpy as np
import pytest
from scipy import stats

from worker.stats.dispersion import pooled_dispersion, ratio_dispersion, share_dispersion
from worker.stats.series import Floats

NAN = float("nan")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_the_phi_of_a_share_is_pearson_s_statistic_over_its_freedom(rng: np.random.Generator) -> None:
    trials = rng.integers(50, 400, 56)
    successes = rng.binomial(trials, rng.beta(3, 27, 56))
    pearson = stats.chi2_contingency([successes, trials - successes], correction=False).statistic
    assert share_dispersion(successes.astype(float), trials.astype(float)) == pytest.approx(pearson / 55)


def test_a_share_that_varies_less_than_by_chance_has_a_phi_of_one() -> None:
    assert share_dispersion(np.full(30, 3.0), np.full(30, 100.0)) == 1


def test_days_unknown_or_without_trials_tell_nothing_of_phi(rng: np.random.Generator) -> None:
    trials = np.full(28, 200.0)
    successes = rng.binomial(200, rng.beta(2, 38, 28)).astype(float)
    known = share_dispersion(successes, trials)
    assert known
    assert known > 1
    assert share_dispersion(np.append(successes, [NAN, 0, 5]), np.append(trials, [200, 0, NAN])) == pytest.approx(known)


@pytest.mark.parametrize(
    ("successes", "trials"),
    [
        (np.full(27, 3.0), np.full(27, 100.0)),  # a short history
        (np.zeros(56), np.full(56, 100.0)),  # no success
        (np.full(56, 120.0), np.full(56, 100.0)),  # more opened than delivered: not a share
        (np.zeros(56), np.zeros(56)),
        (np.zeros(0), np.zeros(0)),
    ],
)
def test_a_phi_that_history_does_not_tell_is_unknown(successes: Floats, trials: Floats) -> None:
    assert share_dispersion(successes, trials) is None


def test_the_spread_of_a_ratio_worked_by_hand() -> None:
    orders = np.array([1.0, 2, 1, 2, 1, 2, 1])
    revenue = np.array([40.0, 100, 60, 110, 40, 90, 60])  # 500 for 10 orders; off by -10, 0, 10, 10, -10, -10, 10
    found = ratio_dispersion(revenue, orders)
    assert found
    assert found.deviation == pytest.approx((600 / 10 * 7 / 6) ** 0.5)
    assert found.relative == pytest.approx(found.deviation / 50)
    assert found.freedom == 6


def test_the_spread_of_an_average_basket_is_that_of_its_orders(rng: np.random.Generator) -> None:
    orders = rng.poisson(20, 2000).astype(float)
    revenue = np.array([rng.gamma(4, 15, int(n)).sum() for n in orders])
    found = ratio_dispersion(revenue, orders)
    assert found
    assert found.relative == pytest.approx(0.5, rel=0.05)
    assert found.deviation == pytest.approx(30, rel=0.05)


def test_a_refund_on_a_day_without_orders_counts_and_makes_the_ratio_one_that_can_be_negative() -> None:
    orders = np.array([1.0, 2, 1, 2, 1, 2, 1, 0])
    revenue = np.array([40.0, 100, 60, 110, 40, 90, 60, -50])
    found = ratio_dispersion(revenue, orders)
    without = ratio_dispersion(revenue[:-1], orders[:-1])
    assert found
    assert without
    assert found.relative is None
    assert found.deviation > without.deviation


@pytest.mark.parametrize(
    ("numerators", "denominators"),
    [
        (np.arange(6.0), np.ones(6)),  # too few days
        (np.append(np.arange(6.0), [NAN, 1]), np.append(np.ones(6), [1, NAN])),
        (np.append(np.arange(1.0, 7), np.zeros(9)), np.append(np.ones(6), np.zeros(9))),
        (np.arange(9.0), np.zeros(9)),  # nothing to divide by
        (3 * np.arange(1.0, 9), np.arange(1.0, 9)),  # days that do not differ
        (np.zeros(9), np.ones(9)),
    ],
)
def test_a_spread_that_history_does_not_tell_is_unknown(numerators: Floats, denominators: Floats) -> None:
    assert ratio_dispersion(numerators, denominators) is None


@pytest.mark.parametrize(("phis", "expected"), [([1.0, 1.2, 9.0], 2.0), ([1.0, 3.0, 9.0], 3.0), ([], None)])
def test_a_plan_s_phi_is_the_median_and_two_at_least(phis: list[float], expected: float | None) -> None:
    assert pooled_dispersion(phis) == expected

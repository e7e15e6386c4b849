"""What the series of a plan have in common, and which of them keep their own."""

from datetime import date

import numpy as np
import pytest
from scipy import special

from worker.stats.seasonality import RatioModel, alike, seasonalities_of, seasonality_of
from worker.stats.series import Floats, Series
from worker.stats.shrinkage import common_week, digamma, moderated, trigamma

MONDAY = date(2026, 1, 5)
SHOPS = np.array([1.2, 1.1, 1.1, 1.1, 1.2, 0.6, 0.7])  # mean 1
LEISURE = np.array([0.6, 0.7, 0.8, 0.8, 0.9, 1.6, 1.6])


def series(amounts: Floats) -> Series:
    return Series(MONDAY, amounts, np.ones(len(amounts)), np.ones(len(amounts), np.bool_))


def drawn(random: np.random.Generator, week: Floats, days: int, level: float = 10, phi: float = 2) -> Series:
    means = level * week[np.arange(days) % 7]
    return series(random.negative_binomial(means / (phi - 1), 1 / phi).astype(np.float64))


def errors(many: list[Series], weeks: list[Floats]) -> tuple[Floats, Floats]:
    """How far each week is off, learnt alone and together."""
    alone = [seasonality_of(one, is_count=True) for one in many]
    together = seasonalities_of(many, is_count=True)
    truth = np.array(weeks) / np.mean(weeks, 1)[:, None]
    found = [np.array([one.profile for one in each if one]) for each in (alone, together)]
    by_alone, by_together = (np.sqrt(((profiles - truth) ** 2).mean(1)) for profiles in found)
    return by_alone, by_together


def test_digamma_and_trigamma_are_scipys() -> None:
    x = np.geomspace(0.01, 1e4, 200)
    assert digamma(x) == pytest.approx(special.digamma(x), abs=1e-8)
    assert trigamma(x) == pytest.approx(special.polygamma(1, x), rel=1e-8)


def test_three_weeks_of_actions_whose_weeks_are_alike_tell_each_of_them_half_as_wrongly() -> None:
    """A weekday of three days is off by .26; the two that pull it to flat are off by .23. Twenty have 60 days each."""
    random = np.random.default_rng(1)
    found = [errors([drawn(random, SHOPS, 21) for _ in range(20)], [SHOPS] * 20) for _ in range(10)]
    alone, together = np.mean(found, (0, 2))
    assert together <= alone / 2


def test_an_action_truly_different_from_the_others_keeps_its_own_and_tells_them_nothing() -> None:
    random = np.random.default_rng(2)
    weeks = [LEISURE] + [SHOPS] * 19
    many = [drawn(random, week, 56, level=50) for week in weeks]
    alone, together = errors(many, weeks)
    assert together[0] == pytest.approx(alone[0])
    assert together[1:].mean() <= alone[1:].mean() / 2


def test_series_that_all_differ_lose_nothing() -> None:
    random = np.random.default_rng(3)
    weeks = [SHOPS * np.exp(random.normal(0, 0.4, 7)) for _ in range(60)]
    for count in (2, 3, 20):
        found = [
            errors([drawn(random, week, 56, level=50) for week in part], part)
            for part in (weeks[first : first + count] for first in range(0, 60, count))
        ]
        assert np.mean([together.mean() for _, together in found]) <= np.mean([alone.mean() for alone, _ in found])


def test_one_series_and_the_same_series_twice_are_learnt_alone() -> None:
    one = drawn(np.random.default_rng(4), SHOPS, 56)
    alone = seasonality_of(one, is_count=True)
    assert alone is not None
    for many in ([one], [one, series(one.amounts.copy())]):
        for found in seasonalities_of(many, is_count=True):
            assert found is not None
            assert list(found.profile) == list(alone.profile)
            assert (found.phi, found.level) == (alone.phi, alone.level)


def test_too_young_and_empty_series_are_left_out() -> None:
    random = np.random.default_rng(5)
    young, none = series(np.full(13, 5.0)), series(np.zeros(56))
    found = seasonalities_of([young, none, drawn(random, SHOPS, 56), drawn(random, SHOPS, 56)], is_count=True)
    assert found[0] is None
    assert found[1] is not None
    assert list(found[1].profile) == [1.0] * 7


def test_weeks_that_agree_to_within_chance_become_their_mean_and_an_unseen_weekday_is_as_the_others() -> None:
    """A variance of .002 is a deviation of .045, and they differ by .02. Sundays of the second were never seen."""
    weeks = np.array([[1.2, 1.1, 1.1, 1.1, 1.1, 0.7, 0.7], [1.22, 1.12, 1.12, 1.12, 1.12, 0.72, 1.0]])
    variances = np.full((2, 7), 0.002)
    variances[1, 6] = np.inf
    found = common_week(weeks, variances)
    assert list(found.multiples[0]) == list(found.multiples[1])
    assert found.multiples[1, 6] < 0.8
    assert not found.own.any()
    assert not found.apart.any()


def test_a_weekday_that_no_series_has_is_like_any_other() -> None:
    variances = np.full((2, 7), 0.002)
    variances[:, 6] = np.inf
    assert common_week(np.ones((2, 7)), variances).multiples == pytest.approx(np.ones((2, 7)))


def test_variances_that_differ_by_chance_are_pulled_to_one_and_true_differences_are_kept() -> None:
    random = np.random.default_rng(6)
    freedoms = np.full(200, 20.0)
    chance = 3 * random.chisquare(20, 200) / 20
    assert moderated(chance, freedoms) == pytest.approx(np.full(200, 3), rel=0.15)
    apart = chance * np.exp(random.normal(0, 2, 200))
    assert np.median(abs(np.log(moderated(apart, freedoms) / apart))) <= 0.1  # of a standard deviation of two


def test_the_prior_degrees_of_freedom_are_found() -> None:
    """Smyth's model itself: true variances scaled inverse chi-square with 10 degrees of freedom, 20 seen of each."""
    random = np.random.default_rng(7)
    truth = 3 * 10 / random.chisquare(10, 4000)
    seen = truth * random.chisquare(20, 4000) / 20
    by_hand = (10 * 3 + 20 * seen) / 30
    assert moderated(seen, np.full(4000, 20.0)) == pytest.approx(by_hand, rel=0.1)


def test_one_variance_and_none_at_all_stay_as_they_are() -> None:
    assert list(moderated(np.array([4.0, 0.0]), np.array([20.0, 20.0]))) == [4.0, 0.0]


def test_the_dispersion_of_a_ratio_is_pulled_to_that_of_the_others() -> None:
    models = [RatioModel(phi, 1.0, 54) for phi in (2.0, 2.2, 1.8)]
    pulled = [alike(models)[one].phi for one in models]
    assert max(pulled) - min(pulled) < 0.2
    assert all(1.8 < phi < 2.2 for phi in pulled)
    assert alike(models[:1])[models[0]].phi == 2.0

"""Whether the level of a day moved, and by more than chance."""

import numpy as np
import pytest
from scipy import stats

from worker.stats.before_after import RARE, level_change, ratio_change

STEADY = np.array([10.0, 12, 9, 11, 10, 13, 12, 10, 11, 9, 12, 11, 10, 12])
DAYS_OF_A_MONTH = 14
RUNS = 2000


def test_a_clear_rise_is_more_than_chance_and_a_small_one_is_not() -> None:
    rise = level_change(STEADY, STEADY + 7)
    assert rise is not None
    assert (round(rise.before, 2), round(rise.after, 2), rise.is_beyond_chance) == (10.86, 17.86, True)
    small = level_change(STEADY, STEADY + 0.5)
    assert small is not None
    assert not small.is_beyond_chance


def test_unknown_days_count_on_neither_side_and_too_few_say_nothing() -> None:
    holes = np.append(STEADY, np.nan)
    found, whole = level_change(holes, holes), level_change(STEADY, STEADY)
    assert found == whole
    assert level_change(STEADY[:9], STEADY) is None


@pytest.mark.parametrize("shift", [0.4, 0.8, 1.0, 1.1, 1.2, 2.0])
def test_it_agrees_with_the_test_of_scipy(shift: float) -> None:
    other = STEADY[::-1] * 1.1 + shift
    found = level_change(STEADY, other)
    assert found is not None
    assert found.is_beyond_chance == (stats.ttest_ind(STEADY, other, equal_var=False).pvalue < RARE)


def test_of_levels_that_do_not_move_one_in_twenty_seems_to() -> None:
    rng = np.random.default_rng(20260503)
    moved = [
        level_change(rng.poisson(12, DAYS_OF_A_MONTH).astype(float), rng.poisson(12, DAYS_OF_A_MONTH).astype(float))
        for _ in range(RUNS)
    ]
    assert 0.035 <= sum(one is not None and one.is_beyond_chance for one in moved) / RUNS <= 0.065


def test_a_ratio_is_compared_by_its_sums_and_the_error_of_a_ratio_of_sums() -> None:
    """2 % of 500 visits a day, give or take 3 orders, and 3 % after: worked out by hand as Cochran has it."""
    visits, wave = np.full(14, 500.0), np.tile([3.0, -3.0], 7)
    found = ratio_change((10 + wave, visits), (15 + wave, visits))
    assert found is not None
    assert (found.before, found.after) == (0.02, 0.03)
    error = np.sqrt(2 * 14 / 13 * 14 * 9) / 7000  # of the difference: 9 is the variance of a day
    assert 0.01 / error > stats.t.ppf(1 - RARE / 2, 26)
    assert found.is_beyond_chance
    near = ratio_change((10 + wave, visits), (12 + wave, visits))
    assert near is not None
    assert 0.004 / error < stats.t.ppf(1 - RARE / 2, 26)
    assert not near.is_beyond_chance


def test_a_ratio_of_few_days_or_of_nothing_says_nothing() -> None:
    few = (np.arange(9.0), np.full(9, 100.0))
    assert ratio_change(few, few) is None
    none = (np.zeros(14), np.zeros(14))
    assert ratio_change(none, none) is None

"""What past days brought that were as many as are left: how often it is said that no more comes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from worker.judge.outlook import chance_to_warn_of
from worker.stats.forecast import Forecast
from worker.stats.level import Past
from worker.stats.past_rests import PastRests, past_rests_of
from worker.stats.series import Floats

DAYS = 56 + 7 * 40  # eight weeks to compare with, and forty that show what weeks are


def past(amounts: Floats, exposure: Floats | None = None) -> Past:
    return Past(amounts, np.ones(len(amounts)) if exposure is None else exposure, 1.0, is_count=False)


def bursts(size: float = 300.0, every: int = 70, days: int = DAYS) -> Floats:
    """Ten a day, and one day in seventy so much more."""
    return np.asarray(10 + size * (np.arange(days) % every == every - 1), np.float64)


def rests(parts: list[float], count: float, foretold: float = 100.0) -> PastRests:
    return PastRests(1.5, np.array(parts), count, foretold)


@pytest.mark.parametrize(("rest", "share"), [(99, 0.0), (100, 0.5), (150, 0.75), (299, 0.75), (300, 1.0)])
def test_the_chance_that_no_more_comes_is_how_often_no_more_came(rest: float, share: float) -> None:
    """Of twenty: one each side of them is allowed for by half of one."""
    said = rests([1.0, 1.0, 1.5, 3.0], 20).at_most(rest, 0.999)
    assert said == pytest.approx(max(0.9, (20 * share + 0.5) / 21))


def test_what_never_came_in_the_past_is_not_called_surer_than_half_of_one_more_would_make_it() -> None:
    assert rests([1.0] * 8, 39).at_most(500, 1.0) == pytest.approx(39.5 / 40)
    assert rests([1.0] * 8, 39).at_most(500, 0.95) == 0.95  # the forecast itself is less sure


def test_the_past_makes_nothing_surer_and_nothing_that_was_sure_to_nine_in_ten_less_sure_than_that() -> None:
    of_past = rests([3.0] * 8, 20)
    assert of_past.at_most(100, 0.999) == 0.9
    assert [of_past.at_most(100, chance) for chance in (0.0, 0.3, 0.9)] == [0.0, 0.3, 0.9]


def test_fewer_than_ten_past_rests_say_nothing() -> None:
    assert rests([3.0] * 8, 9.9).at_most(100, 0.999) == 0.999
    assert rests([3.0] * 8, 10).at_most(100, 0.999) == 0.9


def test_weeks_show_a_skew_where_it_is_beyond_chance() -> None:
    """Each week is held beside the eight before it. The standard error of forty weeks is the root of 6/40, .39."""
    amounts = bursts()
    weeks = np.array([amounts[n : n + 7].sum() / amounts[n - 56 : n].sum() * 8 for n in range(56, DAYS - 6)])
    found = past_rests_of(past(amounts), 10, 10.0)
    assert found is not None
    assert found.skewness == pytest.approx(stats.skew(weeks))
    assert past_rests_of(past(np.asarray(10 + np.arange(DAYS) % 7.0, np.float64)), 10, 10.0) is None
    assert past_rests_of(past(bursts(-9.0)), 10, 10.0) is None  # now and then much less: no burst


@pytest.mark.parametrize(("sales", "is_skewed"), [(1, False), (2, True)])
def test_what_came_but_once_need_not_come_again(sales: int, is_skewed: bool) -> None:
    """Four days of a sale that nobody has declared, and another one."""
    amounts = np.random.default_rng(6).poisson(50, DAYS).astype(np.float64)
    for first in (120, 220)[:sales]:
        amounts[first : first + 4] *= 4
    assert (past_rests_of(past(amounts), 10, 10.0) is not None) is is_skewed


def test_of_a_hundred_series_of_independent_days_a_twentieth_seem_skewed_at_most() -> None:
    random = np.random.default_rng(4)
    found = [past_rests_of(past(random.poisson(50, DAYS).astype(np.float64)), 10, 10.0) for _ in range(300)]
    assert sum(one is not None for one in found) <= 15


def test_past_rests_are_as_long_as_what_is_left_and_parts_of_what_the_eight_weeks_before_say() -> None:
    amounts = bursts()
    found = past_rests_of(past(amounts), 9, 8.0)
    assert found is not None
    by_hand = [amounts[n : n + 9].sum() / (amounts[n - 56 : n].mean() * 9) for n in range(56, DAYS - 8)]
    assert found.parts == pytest.approx(np.sort(by_hand))
    assert found.count == pytest.approx(len(by_hand) / 9)
    assert found.foretold == pytest.approx(amounts[-56:].mean() * 8)


def test_stretches_of_which_little_tells_and_those_after_nothing_are_left_out() -> None:
    exposure = np.ones(DAYS)
    exposure[100:160] = 0
    amounts = bursts() * exposure
    found = past_rests_of(past(amounts, exposure), 10, 10.0)
    assert found is not None
    told = [exposure[n : n + 10].sum() > 5 and exposure[n - 56 : n].sum() > 0 for n in range(56, DAYS - 9)]
    assert len(found.parts) == sum(told)


@pytest.mark.parametrize("weeks", [7, 8])
def test_eight_weeks_beside_those_before_them_show_a_skew_and_less_do_not(weeks: int) -> None:
    amounts = bursts(days=56 + 7 * weeks + 6)
    assert (past_rests_of(past(amounts), 10, 10.0) is not None) is (weeks == 8)


def test_nothing_is_said_where_no_day_is_left_or_nothing_came_of_late() -> None:
    assert past_rests_of(past(bursts()), 0, 0.0) is None
    ended = np.where(np.arange(DAYS) < DAYS - 56, bursts(), 0.0)
    assert past_rests_of(past(ended), 10, 10.0) is None


SKEWED = rests([1.0] * 99 + [4.0], 300)


@pytest.mark.parametrize(
    ("skewness", "deviation", "is_told"), [(1.9, 5.0, True), (1.9, 5.5, False), (2.1, 5.0, False), (2.1, 4.0, True)]
)
def test_a_warning_that_one_burst_would_belie_must_be_surer(skewness: float, deviation: float, is_told: bool) -> None:
    """Ten less than the target are foretold: .977 at a deviation of 5, .965 at 5.5, .994 at 4."""
    never = replace(SKEWED, skewness=skewness, parts=np.array([0.1]))
    foreseen = Forecast(60, 25, deviation**2, is_count=False, can_fall=True, rests=never)
    chance = chance_to_warn_of(foreseen, 95, None)
    assert (chance is not None) is is_told
    assert chance is None or chance == pytest.approx(stats.norm.cdf(10 / deviation), abs=1e-3)


def test_what_is_said_and_what_is_warned_of_rest_on_the_same_chance() -> None:
    """One in a hundred past rests brought four times as much: a miss is not surer than that."""
    foreseen = Forecast(60, 100, 1.0, is_count=False, can_fall=False, rests=SKEWED)
    assert foreseen.below(460) == pytest.approx((300 * 0.99 + 0.5) / 301)
    assert chance_to_warn_of(foreseen, 460, None) == foreseen.below(460)
    assert replace(foreseen, rests=None).below(460) == pytest.approx(1)


def test_a_burst_saves_no_upper_limit() -> None:
    foreseen = Forecast(60, 25, 5.0**2, is_count=False, can_fall=True, rests=replace(SKEWED, skewness=3.0))
    assert chance_to_warn_of(foreseen, None, 78) == pytest.approx(stats.norm.cdf(7 / 5), abs=1e-3)


@pytest.mark.parametrize(("is_count", "divisor", "is_told"), [(False, 1, False), (True, 1, True), (False, 2, True)])
def test_of_a_sum_of_amounts_a_warning_must_be_surer_from_its_first(
    is_count: bool, divisor: float, is_told: bool
) -> None:
    """Seven less than the target are foretold, 1.4 deviations: .92."""
    foreseen = Forecast(60, 25, 5.0**2, is_count, can_fall=True, divisor=divisor)
    assert (chance_to_warn_of(foreseen, 92 / divisor, None) is not None) is is_told

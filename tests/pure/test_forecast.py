"""What a period will have brought when it is over."""

from dataclasses import replace
from datetime import date
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from config.periods import DAY, Window
from worker.stats.forecast import Forecast, RatioPattern, forecast, forecast_cost, forecast_ratio
from worker.stats.level import level_of
from worker.stats.seasonality import FLAT, RatioModel, Seasonality, seasonality_of
from worker.stats.series import Floats, Series

MONDAY = date(2026, 1, 5)
PERIOD = Window(MONDAY + 56 * DAY, MONDAY + 86 * DAY)  # thirty days, after eight weeks
COUNTED = Seasonality(FLAT, 2.0, None, is_count=True)
MONEY = Seasonality(FLAT, 5.0, None, is_count=False)
AS_IT_COMES = RatioModel(2.0, 1.0)


def series(amounts: list[float] | Floats, known: dict[int, float] | None = None, event: int | None = None) -> Series:
    """Days from a Monday on, final but for those of ``known``, ordinary but for ``event``."""
    values, shares = np.array(amounts, np.float64), np.ones(len(amounts))
    for day, share in (known or {}).items():
        shares[day] = share
    return Series(MONDAY, values, shares, np.arange(len(values)) != event)


def of(
    amounts: list[float] | Floats,
    seasonality: Seasonality = COUNTED,
    expect: Floats | None = None,
    known: dict[int, float] | None = None,
    event: int | None = None,
) -> Forecast:
    found = forecast(series(amounts, known, event), PERIOD, seasonality, expect)
    assert found is not None
    return found


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 1e6), st.integers(14, 86), st.booleans())
def test_a_constant_series_is_forecast_exactly(amount: float, days: int, is_count: bool) -> None:
    seasonality = seasonality_of(series([amount] * days), is_count=is_count)
    assert seasonality is not None
    assert of([amount] * days, seasonality).mean == pytest.approx(30 * amount)


def test_a_sale_and_a_freeze_that_the_plan_declares_are_part_of_the_rest() -> None:
    expect = np.ones(30)
    expect[20], expect[25:] = 3, 0  # 10 days there, 14 ordinary ones and a threefold one to come, 5 frozen
    assert of([10.0] * 66, expect=expect).mean == pytest.approx(100 + 140 + 30)


def test_the_rest_follows_the_weekdays() -> None:
    seasonality = Seasonality(np.array([1.4, 1.4, 1.4, 1.4, 1.4, 0, 0]), 1.0, None, is_count=True)
    workdays = [14.0, 14, 14, 14, 14, 0, 0]
    found = of(workdays * 8 + [14.0] * 5, seasonality)  # Monday to Friday are there: 21 workdays in the thirty days
    assert found.observed == 70
    assert found.remaining == pytest.approx(14 * 17)


def test_counts_to_come_follow_the_negative_binomial_distribution() -> None:
    found = of([5.0, 15, 8, 12] * 15)
    mean, variance = found.remaining, found.variance
    rest = stats.nbinom(mean * mean / (variance - mean), mean / variance)
    assert variance > 2 * mean  # chance alone, with a phi of 2, and what is not known of the level
    for target in (250, 300, 340):
        assert found.below(target) == pytest.approx(rest.cdf(target - 1 - found.observed))
        assert found.above(target) == pytest.approx(rest.sf(target - found.observed))
    assert found.interval() == (found.observed + rest.ppf(0.1), found.observed + rest.ppf(0.9))


def test_money_to_come_follows_the_gamma_distribution_or_the_normal_where_days_fall_below_zero() -> None:
    growing, swinging = of([5.0, 15, 8, 12] * 15, MONEY), of([5.0, -15, 8, 12] * 15, MONEY)
    gamma = stats.gamma(growing.remaining**2 / growing.variance, scale=growing.variance / growing.remaining)
    normal = stats.norm(swinging.remaining, swinging.variance**0.5)
    assert growing.below(280) == pytest.approx(gamma.cdf(280 - growing.observed))
    assert growing.interval(0.95) == pytest.approx([growing.observed + gamma.ppf(p) for p in (0.025, 0.975)])
    assert swinging.below(100) == pytest.approx(normal.cdf(100 - swinging.observed))
    assert swinging.above(100) == pytest.approx(normal.sf(100 - swinging.observed))


def test_the_chance_to_miss_is_that_of_ending_outside_the_bounds() -> None:
    found = of([5.0, 15, 8, 12] * 15)
    low, high = found.miss(280, None), found.miss(None, 320)
    assert (low, high) == (found.below(280), found.above(320))
    assert found.miss(280, 320) == pytest.approx(low + high)
    assert found.miss(None, None) == 0


def test_a_finished_period_is_a_fact_and_equal_is_not_missed() -> None:
    alone = Series(PERIOD.start, np.full(30, 0.1), np.ones(30), np.zeros(30, np.bool_))  # no day tells of others
    for is_count in (True, False):
        found = forecast(alone, PERIOD, Seasonality(FLAT, 2.0, None, is_count))
        assert found is not None
        assert found.mean == pytest.approx(3)
        assert (found.miss(3, None), found.miss(None, 3), found.miss(3.01, None), found.miss(None, 2.99)) == (
            0,
            0,
            1,
            1,
        )
        assert found.interval() == pytest.approx((3, 3))


def test_six_days_tell_no_level_seven_do() -> None:
    for days, is_enough in ((6, False), (7, True)):
        short = Series(PERIOD.start, np.full(days, 4.0), np.ones(days), np.ones(days, np.bool_))
        assert (forecast(short, PERIOD, COUNTED) is not None) is is_enough


def test_a_day_half_there_is_doubled_and_a_day_hardly_begun_is_forecast() -> None:
    settled, half = [10.0] * 65, of([10.0] * 65 + [5.0], known={65: 0.5})
    assert half.mean == pytest.approx(300)
    twice = of([*settled, 16.0], known={65: 0.8}, event=65)  # 16 there; the missing fifth: 0.2 * (16 + 0.2 * 10)
    assert twice.mean == pytest.approx(9 * 10 + 16 + 3.6 + 20 * 10)
    early = [of([*settled, amount], known={65: 0.05}) for amount in (0.0, 0.5, 1.5)]
    assert [found.mean for found in early] == pytest.approx([300, 300, 300], rel=0.02)  # not 300 + 20


def test_a_provisional_day_is_less_sure_the_less_of_it_is_there() -> None:
    day = Window(MONDAY + 65 * DAY, MONDAY + 66 * DAY)
    spreads = []
    for observed, share in ((10, 1.0), (9, 0.9), (5, 0.5), (1, 0.1), (0, nan)):
        found = forecast(series([10.0] * 65 + [observed], {65: share}), day, COUNTED)
        assert found is not None
        spreads.append(found.variance)
    assert spreads[0] == 0
    assert spreads == sorted(set(spreads))
    # half of ten is missing, by a phi of 2; what is there tells it half, as inexactly; the level tells little amiss
    assert spreads[2] == pytest.approx(2 * 10 * 0.5 * 1.25, rel=0.05)


def test_a_day_whose_completeness_is_unknown_is_forecast_but_never_below_what_is_there() -> None:
    assert of([10.0] * 65 + [3.0], known={65: nan}).mean == pytest.approx(300)
    assert of([10.0] * 65 + [25.0], known={65: nan}).mean == pytest.approx(315)
    last = Window(MONDAY + 65 * DAY, MONDAY + 66 * DAY)
    found = forecast(series([10.0] * 65 + [8.0], known={65: nan}), last, COUNTED)
    assert found is not None
    assert found.mean == pytest.approx(10)
    assert (found.below(8), found.above(7)) == (0, 1)
    assert 0 < found.below(9) < 0.5


def test_an_unknown_past_day_is_forecast_and_said_not_taken_as_nothing() -> None:
    found = of([10.0] * 58 + [nan, nan] + [10.0] * 6)
    assert found.mean == pytest.approx(300)
    assert (found.observed, found.lacking) == (80, 2)
    assert of([10.0] * 66).lacking == 0  # what is to come is not lacking


def test_days_before_the_series_are_lacking_too() -> None:
    late = Series(PERIOD.start + 4 * DAY, np.full(10, 10.0), np.ones(10), np.ones(10, np.bool_))
    found = forecast(late, PERIOD, COUNTED)
    assert found is not None
    assert found.mean == pytest.approx(300)
    assert found.lacking == 4


def test_days_half_known_tell_the_level_by_their_share() -> None:
    """A source that settles after a month would else know nothing of the last four weeks."""
    fresh = dict.fromkeys(range(28, 66), 0.5)
    assert of([10.0] * 28 + [10.0] * 38, known=fresh).mean == pytest.approx(10 * 2 * 30, rel=0.1)


def test_what_comes_now_and_then_is_not_over_because_the_last_weeks_had_none() -> None:
    now_and_then = [1.0 if day in (10, 31) else 0.0 for day in range(66)]  # two in 66 days, none in the last month
    found = of(now_and_then, Seasonality(FLAT, 1.0, None, is_count=True))
    assert 0.3 < found.remaining < 20 * 2 / 66
    assert found.below(1) < 0.8


def test_what_has_never_happened_is_unlikely_not_impossible() -> None:
    found = of([0.0] * 66, Seasonality(FLAT, 1.0, None, is_count=True))
    assert found.remaining == pytest.approx(20 * 0.5 / 66)  # as if half of one had been seen
    assert 0.8 < found.below(1) < 1


def test_the_forecast_follows_a_level_that_moved_and_not_the_noise_of_one_that_stays() -> None:
    moved = of([10.0] * 40 + [30.0] * 26)
    assert moved.remaining == pytest.approx(20 * 30, rel=0.05)
    steady = np.random.default_rng(4).poisson(100, 66).astype(np.float64)
    assert of(steady).remaining == pytest.approx(20 * 100, rel=0.05)


def test_a_period_further_ahead_is_less_sure() -> None:
    amounts = series([10.0] * 56)
    spreads = []
    for gap in (0, 30, 90):
        period = Window(PERIOD.start + gap * DAY, PERIOD.end + gap * DAY)
        found = forecast(amounts, period, COUNTED)
        assert found is not None
        assert found.mean == pytest.approx(300)
        spreads.append(found.variance)
    assert spreads == sorted(set(spreads))


def test_orders_that_came_before_any_visit_was_counted_leave_a_rate() -> None:
    visits, orders = np.array([0.0] * 20 + [10.0] * 30), np.array([3.0] * 20 + [5.0] * 30)
    level = level_of(orders, visits, 1.5, 10, is_count=True)
    assert level is not None
    assert 0.5 <= level.amount < 0.6  # 5 of 10 on each day that counted both


def test_a_series_that_surprised_before_is_less_sure() -> None:
    flat = np.full(84, 100.0)
    wave = flat + 60 * np.sign(np.sin(np.arange(84) / 9))
    steady, erratic = (level_of(amounts, np.ones(84), 1.0, 20, is_count=True) for amounts in (flat, wave))
    assert steady is not None
    assert erratic is not None
    assert steady.variance_inflation == 1
    assert erratic.variance_inflation > 5


AMOUNTS = st.lists(st.integers(0, 60), min_size=66, max_size=66)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.integers(0, 900), st.integers(1, 40), st.sampled_from(["event", "provisional", "unknown"]))
def test_more_so_far_never_raises_the_chance_to_miss(counts: list[int], target: int, more: int, day: str) -> None:
    amounts = [float(count) for count in counts]
    richer = [*amounts[:60], amounts[60] + more, *amounts[61:]]
    known = {"event": None, "provisional": {60: 0.6}, "unknown": {60: nan}}[day]
    less, better = (of(days, known=known, event=60) for days in (amounts, richer))
    assert better.mean >= less.mean - 1e-9
    assert better.below(target) <= less.below(target) + 1e-9
    assert better.above(target) >= less.above(target) - 1e-9


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.floats(1e-3, 1e3), st.floats(0.5, 1.5))
def test_in_another_currency_the_same_chance_and_the_amounts_converted(
    amounts: list[int], rate: float, aim: float
) -> None:
    values = np.array(amounts, np.float64)
    values[0] = 1
    mine, theirs = (seasonality_of(series(money), is_count=False) for money in (values, values * rate))
    assert mine is not None
    assert theirs is not None
    one, other = of(values, mine), of(values * rate, theirs)
    assert other.mean == pytest.approx(one.mean * rate)
    assert other.interval() == pytest.approx([bound * rate for bound in one.interval()], rel=1e-5)
    assert other.below(aim * one.mean * rate) == pytest.approx(one.below(aim * one.mean), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.floats(0.01, 0.99))
def test_a_quantile_is_ended_at_or_below_with_its_chance(counts: list[int], p: float) -> None:
    found = of([float(count) for count in counts])
    bound = found.quantile(p)
    assert 1 - found.above(bound) >= p - 1e-9
    assert found.below(bound) <= p + 1e-9


def rate(
    above: list[float] | Floats,
    below: list[float] | Floats,
    *,
    is_count: bool = True,
    ratio_model: RatioModel = AS_IT_COMES,
) -> Forecast:
    found = forecast_ratio(series(above), series(below), PERIOD, RatioPattern(COUNTED, ratio_model, is_count=is_count))
    assert found is not None
    return found


def test_a_constant_rate_is_forecast_exactly_whatever_its_days() -> None:
    sessions = np.random.default_rng(5).poisson(200, 66).astype(np.float64)
    assert rate(np.asarray(sessions * 0.03, np.float64), sessions).mean == pytest.approx(0.03)


def test_a_finished_ratio_is_a_fact() -> None:
    found = rate([3.0] * 86, [100.0] * 86)
    assert (found.mean, found.miss(0.03, None), found.miss(0.0301, None), found.miss(None, 0.03)) == (0.03, 0, 1, 0)


def test_a_ratio_ends_below_a_value_where_the_numerator_does_below_so_many_times_the_denominator() -> None:
    """Sessions as certain as they can be: 100 a day, no chance, no drift to speak of in one day to come."""
    tomorrow = Window(MONDAY + 60 * DAY, MONDAY + 67 * DAY)
    found = forecast_ratio(
        series([3.0] * 66), series([100.0] * 66), tomorrow, RatioPattern(MONEY, AS_IT_COMES, is_count=True)
    )
    assert found is not None
    assert found.observed == 18
    assert found.divisor == pytest.approx(700)
    found = replace(found, divisor_variance=0.0)
    rest = stats.nbinom(found.remaining**2 / (found.variance - found.remaining), found.remaining / found.variance)
    assert found.below(22 / 700) == pytest.approx(rest.cdf(3))  # 22 wanted, 18 there: three or fewer to come
    assert found.above(22 / 700) == pytest.approx(rest.sf(4))


def test_a_ratio_is_less_sure_where_its_denominator_is_and_the_numerator_does_not_follow() -> None:
    """Ten for each of ten and a variance of four in these ten: at twelve each, two are not followed."""
    found = Forecast(0, 100, 25, is_count=False, can_fall=True, divisor=10, divisor_variance=4, elasticity=10)
    assert found.below(12) == pytest.approx(stats.norm.cdf((120 - 100) / (25 + 4 * 2**2) ** 0.5))
    assert found.below(10) == pytest.approx(0.5)
    assert rate([3.0] * 66, [100.0] * 66, ratio_model=RatioModel(2.0, 0.5)).elasticity == pytest.approx(0.5 * 0.03)


def test_a_ratio_of_nothing_has_no_forecast() -> None:
    assert (
        forecast_ratio(series([0.0] * 66), series([0.0] * 66), PERIOD, RatioPattern(MONEY, AS_IT_COMES, is_count=True))
        is None
    )
    assert (
        forecast_ratio(series([1.0] * 5), series([1.0] * 5), PERIOD, RatioPattern(MONEY, AS_IT_COMES, is_count=True))
        is None
    )


def test_days_of_spend_without_an_order_are_part_of_the_cost_per_order() -> None:
    orders = [1.0, 0, 0] * 22
    found = forecast_cost(
        series([10.0] * 66), series(orders), PERIOD, RatioPattern(MONEY, RatioModel(1.0, 1.0), is_count=True)
    )
    assert found is not None
    assert found.mean == pytest.approx(30, rel=0.1)
    assert found.below(20) < 0.1
    assert found.above(60) < 0.1
    low, high = found.interval()
    assert low < 30 < high
    assert found.below(low) <= 0.1 <= 1 - found.above(low) + 1e-6
    assert found.below(high) - 1e-6 <= 0.9 <= 1 - found.above(high) + 1e-6


def test_a_cost_per_order_without_an_order_yet_has_no_upper_end() -> None:
    found = forecast_cost(
        series([10.0] * 66), series([0.0] * 66), PERIOD, RatioPattern(MONEY, RatioModel(1.0, 1.0), is_count=True)
    )
    assert found is not None
    assert found.interval()[1] == inf
    assert found.above(100) > 0.8
    assert (found.below(0), found.above(0)) == (0, 1)


def test_the_cost_of_a_finished_period_without_an_order_is_beyond_any_bound() -> None:
    found = forecast_cost(
        series([10.0] * 86), series([0.0] * 86), PERIOD, RatioPattern(MONEY, RatioModel(1.0, 1.0), is_count=True)
    )
    assert found is not None
    assert (found.mean, found.miss(None, 1e9)) == (inf, 1)


def test_a_difference_of_answers_may_end_below_zero() -> None:
    found = rate([2.0, -3, 1, -1] * 16, [10.0, 9, 11, 10] * 16, is_count=False)
    assert found.below(-1) < found.below(0) < found.below(1)
    low, high = found.interval()
    assert low < 0 < high


def test_a_numerator_still_to_come_for_a_settled_denominator_is_grossed_up() -> None:
    """Clicks are final at once, conversions are credited to them for days."""
    orders = series([6.0] * 60 + [3.0] * 6, known=dict.fromkeys(range(60, 66), 0.5))
    found = forecast_ratio(orders, series([100.0] * 66), PERIOD, RatioPattern(COUNTED, AS_IT_COMES, is_count=True))
    assert found is not None
    assert found.mean == pytest.approx(0.06)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=66, max_size=66), st.floats(0.001, 0.2), st.floats(0.01, 100))
def test_in_another_currency_the_same_cost(orders: list[int], bound: float, exchange: float) -> None:
    bought = series([float(count) for count in orders])
    chances = []
    for scale in (1, exchange):
        spend = series(np.tile([8.0, 12.0, 10.0], 22) * scale)
        seasonality = replace(MONEY, phi=5.0 * scale)
        found = forecast_cost(spend, bought, PERIOD, RatioPattern(seasonality, AS_IT_COMES, is_count=True))
        assert found is not None
        chances.append(found.above(10 / (100 * bound) * scale))
    assert chances[0] == pytest.approx(chances[1], abs=1e-6)


@pytest.mark.parametrize(("deviation", "has_ends"), [(1.17, True), (1.18, False)])
def test_a_ratio_whose_divisor_may_be_nothing_has_no_ends(deviation: float, has_ends: bool) -> None:
    """Fieller: four times out of five there are ends where the divisor is 1.2816 of its deviations from nothing."""
    uncertain = Forecast(0.0, 3.0, 1.0, False, True, divisor=1.5, divisor_variance=deviation**2, elasticity=2.0)
    assert (uncertain.interval() != (-inf, inf)) is has_ends


DAYS = st.tuples(
    st.sampled_from([nan, 0.0, 1.0, 7.0, -3.0, 0.01, 1e6]), st.sampled_from([nan, 0.0, 0.3, 1, 1]), st.booleans()
)


def drawn(days: list[tuple[float, float, bool]]) -> Series:
    amounts, known, ordinary = (np.array(part) for part in zip(*days, strict=True))
    return Series(MONDAY, amounts.astype(np.float64), known.astype(np.float64), ordinary.astype(np.bool_))


@settings(max_examples=60, deadline=None)
@given(st.lists(DAYS, max_size=60), st.lists(DAYS, max_size=60), st.booleans())
def test_whatever_the_days_a_chance_is_a_chance_and_an_interval_has_its_lower_end_first(
    one: list[tuple[float, float, bool]], other: list[tuple[float, float, bool]], is_count: bool
) -> None:
    strange = max(len(one), len(other))
    enough = [(7.0, 1.0, True)] * (76 - strange)  # days that tell: without them there is no forecast
    above, below = (drawn([*enough, *days, *[(nan, nan, True)] * (strange - len(days))]) for days in (one, other))
    seasonality = Seasonality(FLAT, 2.0, None, is_count)
    found = [
        forecast(above, PERIOD, seasonality),
        forecast_ratio(above, below, PERIOD, RatioPattern(seasonality, AS_IT_COMES, is_count=is_count)),
        forecast_cost(above, below, PERIOD, RatioPattern(seasonality, AS_IT_COMES, is_count=True)),
    ]
    assert found[0] is not None
    assert None not in found or min(np.nanmin(above.amounts), np.nanmin(below.amounts)) < 0  # nothing to divide by
    for each in filter(None, found):
        chances = [each.below(value) for value in (0.5, 10.0, 1e7)]
        assert all(0 <= chance <= 1 for chance in [*chances, each.above(10), each.miss(1, 20)])
        low, high = each.interval()
        assert low <= high

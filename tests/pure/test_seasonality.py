"""The weekday profile, the dispersion and the pace of a series."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.periods import DAY, Window
from worker.stats.seasonality import (
    FLAT,
    RatioModel,
    Seasonality,
    pooled_ratio_model,
    pooled_seasonality,
    ratio_model_of,
    seasonality_of,
)
from worker.stats.series import Floats, Series

MONDAY = date(2026, 1, 5)
WEEK = np.array([20.0, 20, 20, 20, 20, 10, 30])  # mean 20


def series(amounts: list[float] | Floats, *, settled: int | None = None, event: list[int] | None = None) -> Series:
    """Days from a Monday on; the first ``settled`` of them final, some an event."""
    values = np.array(amounts, np.float64)
    known, ordinary = np.ones(len(values)), np.ones(len(values), np.bool_)
    known[len(values) if settled is None else settled :] = 0.5
    ordinary[event or []] = False
    return Series(MONDAY, values, known, ordinary)


def test_a_weekday_is_held_against_the_mean_of_all_pulled_to_it_by_two_days() -> None:
    seasonality = seasonality_of(series(np.tile(WEEK, 8)), is_count=True)
    assert seasonality is not None
    saturday = (8 * 10 + 2 * 20) / 10 / 20  # eight Saturdays of 10, two days of the mean
    sunday = (8 * 30 + 2 * 20) / 10 / 20
    assert seasonality.profile == pytest.approx([1, 1, 1, 1, 1, saturday, sunday])
    assert seasonality.level == pytest.approx(20)


def test_the_dispersion_of_counts_is_pearson_s_and_never_below_chance() -> None:
    # a flat week: 14 days of 8 and 14 of 12, mean 10: chi2 = 28 * 4 / 10 = 11.2, over 28 - 7
    even = seasonality_of(series([8.0] * 7 + [12.0] * 14 + [8.0] * 7), is_count=True)
    wild = seasonality_of(series([0.0] * 7 + [20.0] * 14 + [0.0] * 7), is_count=True)
    money = seasonality_of(series([8.0] * 7 + [12.0] * 14 + [8.0] * 7), is_count=False)
    assert even is not None
    assert wild is not None
    assert money is not None
    assert even.phi == 1
    assert wild.phi == pytest.approx(28 * 100 / 10 / 21)
    assert money.phi == pytest.approx(11.2 / 21)  # no floor: it is in the currency


def test_counts_of_a_known_dispersion_are_found_to_have_it() -> None:
    random = np.random.default_rng(1)
    found = []
    for _ in range(300):
        counts = random.negative_binomial(np.tile(WEEK, 8) / 2, 1 / 3)  # variance three times the mean
        seasonality = seasonality_of(series(counts.astype(np.float64)), is_count=True)
        assert seasonality is not None
        found.append(seasonality.phi)
    assert np.mean(found) == pytest.approx(3, abs=0.15)  # sd of one about 0.65: four errors of the mean of 300


@pytest.mark.parametrize(("days", "is_enough"), [(13, False), (14, True)])
def test_thirteen_days_tell_no_rhythm(days: int, is_enough: bool) -> None:
    assert (seasonality_of(series([5.0] * days), is_count=True) is not None) is is_enough
    assert (seasonality_of(series([5.0] * 40, settled=days), is_count=True) is not None) is is_enough
    events = list(range(days, 40))
    assert (seasonality_of(series([5.0] * 40, event=events), is_count=True) is not None) is is_enough


def test_only_the_last_56_days_are_looked_at() -> None:
    seasonality = seasonality_of(series([900.0] * 30 + [5.0] * 56), is_count=True)
    assert seasonality is not None
    assert seasonality.level == pytest.approx(5)


def test_a_series_of_nothing_has_a_flat_week() -> None:
    seasonality = seasonality_of(series([0.0] * 28), is_count=True)
    assert seasonality is not None
    assert (list(seasonality.profile), seasonality.phi, seasonality.level) == ([1.0] * 7, 1.0, 0.0)


def test_what_swings_about_zero_has_a_rhythm_of_its_sizes() -> None:
    seasonality = seasonality_of(series([10.0, -10.0] * 14), is_count=False)
    assert seasonality is not None
    assert seasonality.level == pytest.approx(0)
    assert seasonality.profile == pytest.approx(np.ones(7))
    assert seasonality.phi == pytest.approx(28 * 100 / 10 / 21)  # variance over the mean size of 10


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=35, max_size=35), st.lists(st.floats(0, 1e4), min_size=7, max_size=7))
def test_event_days_do_not_move_the_rhythm(counts: list[int], sale: list[float]) -> None:
    days = list(range(10, 17))
    plain = [float(count) for count in counts]
    moved = plain[:10] + sale + plain[17:]
    one, other = (seasonality_of(series(amounts, event=days), is_count=True) for amounts in (plain, moved))
    assert one is not None
    assert other is not None
    assert list(one.profile) == list(other.profile)
    assert (one.phi, one.level) == (other.phi, other.level)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.5, 1e4), min_size=20, max_size=40), st.floats(1e-3, 1e3))
def test_in_another_currency_only_the_scale_changes(amounts: list[float], rate: float) -> None:
    one = seasonality_of(series(amounts), is_count=False)
    other = seasonality_of(series([amount * rate for amount in amounts]), is_count=False)
    assert one is not None
    assert other is not None
    assert one.level is not None
    assert other.profile == pytest.approx(one.profile)
    assert other.level == pytest.approx(one.level * rate)
    assert other.phi == pytest.approx(one.phi * rate, abs=1e-9 * rate * one.level)


def test_a_pooled_rhythm_has_the_median_dispersion_and_the_mean_week() -> None:
    busy = np.array([2.0, 1, 1, 1, 1, 0.5, 0.5])
    found = [
        Seasonality(FLAT, 3.0, 10, is_count=True),
        Seasonality(busy, 9.0, 1, is_count=True),
        Seasonality(FLAT, 4.0, 5, True),
    ]
    pooled = pooled_seasonality(found)
    assert pooled is not None
    assert (pooled.phi, pooled.level) == (4, None)
    assert pooled.profile == pytest.approx((2 * FLAT + busy) / 3)
    assert pooled_seasonality([]) is None


@pytest.mark.parametrize(("is_count", "phi"), [(True, 2), (False, 1.2)])
def test_pooled_counts_are_taken_to_vary_twice_as_much_as_by_chance_at_least(is_count: bool, phi: float) -> None:
    pooled = pooled_seasonality([Seasonality(FLAT, 1.2, 10, is_count)])
    assert pooled is not None
    assert pooled.phi == phi


MAY = Window(date(2026, 5, 1), date(2026, 6, 1))
WORKDAYS = Seasonality(np.array([1.4, 1.4, 1.4, 1.4, 1.4, 0, 0]), 1.0, 10.0, is_count=True)


def test_the_shares_of_a_period_follow_the_weekdays() -> None:
    week = Window(MONDAY, MONDAY + 7 * DAY)
    assert list(WORKDAYS.shares(week)) == pytest.approx([0.2] * 5 + [0, 0])


def test_the_shares_of_a_period_follow_what_the_plan_declares() -> None:
    days = Window(MONDAY, MONDAY + 4 * DAY)
    flat = Seasonality(FLAT, 1.0, None, is_count=True)
    assert list(flat.shares(days, np.array([1.0, 2, 0, 1]))) == [0.25, 0.5, 0, 0.25]


def test_a_period_frozen_throughout_is_paced_as_if_nothing_were_declared() -> None:
    assert list(WORKDAYS.shares(MAY, np.zeros(31))) == list(WORKDAYS.shares(MAY))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.1, 5), min_size=7, max_size=7),
    st.integers(1, 400),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    st.data(),
)
def test_the_shares_of_a_period_add_up_to_one_and_none_is_negative(
    profile: list[float], length: int, start: date, draw: st.DataObject
) -> None:
    period = Window(start, start + DAY * length)
    expect = np.array(draw.draw(st.lists(st.sampled_from([0.0, 0.5, 1, 2]), min_size=length, max_size=length)))
    seasonality = Seasonality(np.array(profile), 1.0, None, is_count=True)
    shares = seasonality.shares(period, expect)
    assert shares.sum() == pytest.approx(1)
    assert len(shares) == length
    assert min(shares) >= 0


def test_orders_follow_sessions_in_proportion_but_not_the_money_that_is_spent_anyway() -> None:
    random = np.random.default_rng(2)
    sessions = random.negative_binomial(200 / 9, 1 / 10, 56).astype(np.float64)
    orders = random.poisson(sessions * 0.05).astype(np.float64)
    spend = random.normal(100, 10, 56)
    proportional = ratio_model_of(series(orders), series(sessions), is_count=True)
    unmoved = ratio_model_of(series(spend), series(orders), is_count=False)
    assert proportional is not None
    assert unmoved is not None
    assert proportional.elasticity == pytest.approx(1, abs=0.3)
    assert proportional.phi == pytest.approx(1, abs=0.4)
    assert unmoved.elasticity == pytest.approx(0, abs=0.1)


def test_a_tie_needs_fourteen_days_of_both_and_something_to_divide_by() -> None:
    assert ratio_model_of(series([1.0] * 13), series([9.0] * 13), is_count=True) is None
    assert ratio_model_of(series([1.0] * 20), series([0.0] * 20), is_count=True) is None
    assert ratio_model_of(series([1.0] * 20, settled=10), series([9.0] * 20), is_count=True) is None
    assert ratio_model_of(series([1.0] * 20), series([9.0] * 20), is_count=True) == RatioModel(1.0, 1.0)
    assert ratio_model_of(series([0.0] * 20), series([9.0] * 20), is_count=False) == RatioModel(0.0, 1.0)


def test_pooled_ties_follow_in_proportion() -> None:
    assert pooled_ratio_model([RatioModel(3.0, 0.2), RatioModel(5.0, 0.4)], is_count=True) == RatioModel(4.0, 1.0)
    assert pooled_ratio_model([RatioModel(1.0, 0.2)], is_count=True) == RatioModel(2.0, 1.0)
    assert pooled_ratio_model([RatioModel(1.0, 0.2)], is_count=False) == RatioModel(1.0, 1.0)
    assert pooled_ratio_model([], is_count=True) is None

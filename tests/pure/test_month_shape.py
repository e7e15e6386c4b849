"""What months have in common, and when it is only chance."""

from datetime import date

import numpy as np
import pytest

from config.periods import DAY, Window
from worker.judge.outlook import chance_to_warn_of
from worker.stats.forecast import Forecast
from worker.stats.level import Past
from worker.stats.month_shape import PLACES, CountedFrom, MonthShape, month_shape_of, places
from worker.stats.past_forecasts import PastForecasts, past_forecasts_of
from worker.stats.seasonality import FLAT, seasonality_of
from worker.stats.series import Floats, Series

YEAR = Window(date(2025, 1, 1), date(2026, 1, 1))
LAST_THREE = np.where(places(YEAR.start, 365, CountedFrom.LAST_DAY) < 3, 4.0, 1.0)


def series(amounts: Floats, start: date = YEAR.start, event: slice = slice(0, 0)) -> Series:
    ordinary = np.ones(len(amounts), np.bool_)
    ordinary[event] = False
    return Series(start, amounts, np.ones(len(amounts)), ordinary)


def shape_of(amounts: Floats) -> MonthShape | None:
    return month_shape_of(series(amounts), FLAT)


def noise(seed: int = 1, count: int = 1) -> Floats:
    """Days of 50 that vary with a variance of 200."""
    return np.random.default_rng(seed).negative_binomial(50 / 3, 1 / 4, (count, 365)).astype(np.float64)


def test_days_are_counted_from_the_first_the_last_and_the_last_working_day() -> None:
    """May 2026 ends on a Sunday: its last working day is Friday 29, and Monday 1 June is its month's twenty-second."""
    start = date(2026, 5, 27)
    assert list(places(start, 6, CountedFrom.FIRST_DAY)) == [26, 27, 28, 29, 30, 0]
    assert list(places(start, 6, CountedFrom.LAST_DAY)) == [4, 3, 2, 1, 0, 29]
    weekend = PLACES - 1
    assert list(places(start, 6, CountedFrom.LAST_WORKDAY)) == [2, 1, 0, weekend, weekend, 21]


@pytest.mark.parametrize("counted", list(CountedFrom))
def test_days_that_bring_four_times_as_much_each_month_are_found_however_they_are_counted(
    counted: CountedFrom,
) -> None:
    is_much = places(YEAR.start, 365, counted) < 3
    found = shape_of(noise()[0] * np.where(is_much, 4.0, 1.0))
    assert found is not None
    assert found.counted is counted
    of_days = found.of(YEAR)
    assert of_days[is_much].mean() / of_days[~is_much].mean() == pytest.approx(4, rel=0.2)


def test_what_one_month_brought_is_no_shape() -> None:
    amounts = noise()[0]
    amounts[150:155] *= 4
    assert shape_of(amounts) is None


def test_growth_is_no_shape() -> None:
    assert shape_of(noise()[0] * 1.2 ** (np.arange(365) / 30)) is None


def test_of_a_hundred_series_without_a_shape_three_at_most_seem_to_have_one() -> None:
    found = [shape_of(amounts) for amounts in noise(2, 300)]
    assert sum(shape is not None for shape in found) <= 9


def test_three_whole_months_can_show_a_shape_and_less_cannot() -> None:
    for first, is_enough in ((date(2025, 9, 30), True), (date(2025, 10, 2), False)):
        part = Window(first, YEAR.end)
        amounts = 50 * np.where(places(first, len(part), CountedFrom.LAST_DAY) < 3, 4.0, 1.0)
        assert (month_shape_of(series(amounts, first), FLAT) is not None) is is_enough


def test_months_of_events_and_amounts_below_zero_show_no_shape() -> None:
    amounts = 50 * LAST_THREE
    assert month_shape_of(series(amounts, event=slice(0, 330)), FLAT) is None
    assert shape_of(np.where(np.arange(365) == 100, -1.0, amounts)) is None
    assert shape_of(np.zeros(365)) is None


def test_the_shape_of_months_is_part_of_what_is_due_by_a_day() -> None:
    """Thirty days, the last three fourfold: 27 of 39 parts are due by then, not 27 of 30."""
    seasonality = seasonality_of(series(50 * LAST_THREE), is_count=True)
    assert seasonality is not None
    april = Window(date(2026, 4, 1), date(2026, 5, 1))
    assert seasonality.shares(april)[:27].sum() == pytest.approx(27 / 39, abs=0.005)
    assert seasonality.level == pytest.approx(50 * 39 / 30, rel=0.02)  # the mean of all days, profile and shape apart


def test_a_past_warning_is_wrong_where_the_period_kept_what_it_was_said_to_miss() -> None:
    """Each knew 60 and was foretold 20 more with a deviation of 10: a miss of 95 is sure beyond 1.28 deviations."""
    of_past = PastForecasts(*(np.array(values) for values in ([60.0] * 4, [20.0] * 4, [100.0] * 4, [20, 36, 35, 34.9])))
    assert of_past.wrong_warnings(95, None) == 2
    assert of_past.wrong_warnings(92, None) == 0  # 1.2 deviations: nobody would have been warned
    assert of_past.wrong_warnings(None, 65) == 0
    assert of_past.wrong_warnings(None, 80) == 0


@pytest.mark.parametrize(("wrong", "deviation", "is_told"), [(1, 5.0, True), (2, 5.0, False), (2, 3.0, True)])
def test_after_two_wrong_warnings_a_third_must_be_surer(wrong: int, deviation: float, is_told: bool) -> None:
    """Ten less than the target are foretold: .977 at two deviations, .9996 at more than three."""
    came = np.array([40.0] * wrong + [20.0] * (4 - wrong))
    before = PastForecasts(np.full(4, 60.0), np.full(4, 20.0), np.full(4, 100.0), came)
    foreseen = Forecast(60, 25, deviation**2, is_count=False, can_fall=True, before=before)
    chance = chance_to_warn_of(foreseen, 95, None)
    assert (chance is not None) is is_told
    assert chance is None or chance == pytest.approx(foreseen.miss(95, None))


def test_errors_at_the_same_distance_from_the_end_widen_what_is_said() -> None:
    """Squared errors of 400 where 100 was said, each times 4/3, and two as good as said: (4 * 16/3 + 2) / 6."""
    wide = PastForecasts(np.zeros(4), np.zeros(4), np.full(4, 100.0), np.full(4, 20.0))
    assert wide.variance_inflation == pytest.approx((4 * 4 * 4 / 3 + 2) / 6)
    narrow = PastForecasts(np.zeros(4), np.zeros(4), np.full(4, 100.0), np.full(4, 1.0))
    assert narrow.variance_inflation == 1


def test_past_periods_end_on_the_same_day_of_their_months_and_are_looked_at_as_far_before() -> None:
    """On 12 May, 20 days before its end: the days from 11 April on are 20 as well, from 8 February too."""
    start, today = date(2026, 2, 1), date(2026, 5, 12)
    days = np.arange(float((today - start).days))
    past = Past(days, np.ones(len(days)), 1.0, is_count=False)
    may = Window(date(2026, 5, 1), date(2026, 6, 1))
    assert past_forecasts_of(past, 1, series(days, start), may) is None  # in February and March there was no past
    longer = date(2025, 12, 1)
    days = np.arange(float((today - longer).days))
    past = Past(days, np.ones(len(days)), 1.0, is_count=False)
    found = past_forecasts_of(past, 1, series(days, longer), may)
    assert found is not None
    origins = [
        (day - longer) // DAY for day in (date(2026, 1, 12), date(2026, 2, 9), date(2026, 3, 12), date(2026, 4, 11))
    ]
    assert list(found.came) == [sum(range(origin, origin + 20)) for origin in origins]
    assert list(found.known) == [sum(range(origin - 11, origin)) for origin in origins]

"""What last year brought in the same days, and how much of it is taken for the year's own."""

from dataclasses import replace
from datetime import date
from math import exp, log

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from config.periods import DAY, Window
from worker.judge.budget_outlook import spending
from worker.stats.forecast import forecast
from worker.stats.level import WARM_UP, Level, Past
from worker.stats.seasonality import FLAT, Seasonality
from worker.stats.series import Series
from worker.stats.year_shape import YearFactor, year_factor_of

DECEMBER = Window(date(2026, 12, 1), date(2027, 1, 1))
TODAY = date(2026, 12, 11)
LEVEL = Level(100.0, 100.0, 0.0, 0.0, 1.0)
COUNTED = Seasonality(FLAT, 4.0, None, is_count=True)


def days(history: int, moved: dict[Window, float], end: date = TODAY) -> Series:
    """A hundred a day before ``end``, but for some days so many times as much."""
    window = Window(end - history * DAY, end)
    amounts = np.full(len(window), 100.0)
    for part, times in moved.items():
        amounts[(part.start - window.start).days : (part.end - window.start).days] = 100 * times
    return Series(window.start, amounts, np.ones(len(amounts)), np.ones(len(amounts), np.bool_))


def past_of(series: Series, phi: float = 4.0) -> Past:
    usable = series.settled & series.ordinary
    return Past(np.where(usable, series.amounts, 0.0), usable.astype(np.float64), phi, is_count=True)


def factor(series: Series, period: Window = DECEMBER) -> YearFactor | None:
    return year_factor_of(past_of(series), LEVEL, series, period)


def multiple(series: Series) -> float:
    found = factor(series)
    assert found is not None
    return found.multiple


REST_LAST_YEAR = Window(date(2025, 12, 11), date(2026, 1, 1))


def test_the_rest_of_a_month_that_doubled_last_year_is_expected_to_be_nearly_twice_as_much() -> None:
    assert 1.7 <= multiple(days(410, {REST_LAST_YEAR: 2.0})) <= 2
    assert 0.5 <= multiple(days(410, {REST_LAST_YEAR: 0.5})) <= 0.65


def test_last_year_s_days_are_those_of_the_same_dates() -> None:
    """Of 31 days; one that lies beside them brings a tenth more."""
    before, after = (Window(day, day + DAY) for day in (date(2025, 12, 10), date(2026, 1, 1)))
    inside = Window(date(2025, 12, 31), date(2026, 1, 1))
    usual = multiple(days(410, {}))
    assert usual == pytest.approx(1)
    assert multiple(days(410, {after: 10.0})) == usual
    assert multiple(days(410, {before: 10.0})) < usual
    assert multiple(days(410, {inside: 10.0})) > usual


def test_of_a_leap_day_last_year_s_is_the_28th() -> None:
    march, end = Window(date(2028, 2, 1), date(2028, 3, 1)), date(2028, 2, 29)
    found = factor(days(420, {Window(date(2027, 2, 28), date(2027, 3, 1)): 3.0}, end), march)
    assert found is not None
    assert found.multiple > 1.5


def expected_effect(ratio: float, doubt: float) -> tuple[float, float]:
    """By quadrature, mean and variance of a pattern that a series in five has, with a standard deviation of 0.5.

    One time in a hundred the ratio of a series that has none is moved as far by something else.
    """

    def moment(power: int) -> float:
        def density(effect: float) -> float:
            return float(effect**power * norm.pdf(effect, 0, 0.5) * norm.pdf(ratio, effect, doubt**0.5))

        return float(integrate.quad(density, ratio - 10 * doubt**0.5, ratio + 10 * doubt**0.5)[0])

    none = 0.99 * norm.pdf(ratio, 0, doubt**0.5) + 0.01 * norm.pdf(ratio, 0, (0.25 + doubt) ** 0.5)
    whole = 0.2 * moment(0) + 0.8 * none
    mean = 0.2 * moment(1) / whole
    return mean, 0.2 * moment(2) / whole - mean**2


@pytest.mark.parametrize("times", [0.7, 0.97, 1.2, 1.3, 1.5, 3.0])
def test_it_is_taken_as_far_as_it_is_likely_to_be_the_year_s(times: float) -> None:
    """Two weeks before show the level of then, and no week of late has one to be held against."""
    series = days(365 + WARM_UP, {REST_LAST_YEAR: times})
    _, foretold, variance = past_of(series).foretold(np.array([WARM_UP]), 21)
    mean, doubt = expected_effect(log(times), float(variance[1, 0] / foretold[1, 0] ** 2))
    found = factor(series)
    assert found is not None
    assert found.multiple == pytest.approx(exp(mean), rel=1e-4)
    assert found.doubt == pytest.approx(doubt, rel=1e-3)


def test_how_far_forecasts_of_late_were_off_is_counted_against_last_year() -> None:
    series = days(365 + WARM_UP, {REST_LAST_YEAR: 1.4})
    sure, unsure = (
        year_factor_of(past_of(series), replace(LEVEL, variance_inflation=by), series, DECEMBER) for by in (1.0, 4.0)
    )
    assert sure is not None
    assert unsure is not None
    assert 1 < unsure.multiple < sure.multiple < 1.4


def test_weeks_that_went_as_last_year_s_speak_for_it_and_others_against() -> None:
    rise = {REST_LAST_YEAR: 1.35, Window(date(2025, 12, 4), date(2025, 12, 11)): 1.5}
    alike = {Window(date(2026, 12, 4), TODAY): 1.5}
    assert multiple(days(410, rise | alike)) > multiple(days(410, rise)) + 0.02


@pytest.mark.parametrize(("known_before", "is_told"), [(WARM_UP, True), (WARM_UP - 1, False)])
def test_two_weeks_before_show_the_level_of_then(known_before: int, is_told: bool) -> None:
    assert (factor(days(365 + known_before, {})) is not None) is is_told


def test_of_days_that_are_not_all_known_or_brought_nothing_no_factor_is_told() -> None:
    series = days(410, {REST_LAST_YEAR: 2.0})
    series.amounts[(date(2025, 12, 31) - series.start).days] = np.nan
    assert factor(series) is None
    assert factor(days(410, {REST_LAST_YEAR: 0.0})) is None
    assert factor(days(410, {}), Window(date(2026, 12, 1), TODAY)) is None  # nothing is left
    assert factor(days(800, {}), Window(date(2026, 12, 1), date(2028, 1, 1))) is None  # longer than a year


def test_what_an_event_brought_last_year_is_left_out() -> None:
    sale = Window(date(2025, 12, 18), date(2025, 12, 24))
    series = days(410, {sale: 5.0})
    declared = series.ordinary.copy()
    declared[(sale.start - series.start).days : (sale.end - series.start).days] = False
    assert multiple(series) > 1.5
    assert multiple(replace(series, ordinary=declared)) == pytest.approx(1)


def end(series: Series, *, is_yearly: bool = True) -> tuple[float, float]:
    found = forecast(series, DECEMBER, COUNTED, is_yearly=is_yearly)
    assert found is not None
    return found.remaining, found.variance


def test_only_the_days_to_come_are_multiplied_and_their_doubt_is_the_forecast_s() -> None:
    series = days(410, {REST_LAST_YEAR: 2.0})
    known = series.known.copy()
    known[-1] = 0.5  # of the day before today, half is there: 100 of it, as much as usual to come
    series = replace(series, known=known)
    (with_year, doubt), (without, sure) = end(series), end(series, is_yearly=False)
    of_yesterday = without - 21 * 100
    assert 1.7 <= (with_year - of_yesterday) / (without - of_yesterday) <= 2
    assert doubt > sure * 1.7


def test_what_is_spent_is_decided_anew_each_year() -> None:
    usual, moved = (spending(days(410, moved), DECEMBER) for moved in ({}, {REST_LAST_YEAR: 2.0}))
    assert usual is not None
    assert moved is not None
    assert usual.end == pytest.approx(moved.end)

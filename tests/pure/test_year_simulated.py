"""What last year tells of this one, in worlds whose ends are known: 400 days of history, then a December.

Fifty a day, a variance of four times the mean, weekdays, a level that walks at random by 5 % a week. Targets are an
eighth above or below what the level truly brings. Seeds are fixed, and no allowance is made for the luck of the draw.
What 400 worlds gave, without last year and with it:

    days of December     on day   cover of 80 %      width   sure misses wrong
    1.8 times as much         7     .150   .900   .25   .39        .325   .024
                             10     .230   .850   .21   .31        .231   .040
                             22     .948   .953   .13   .14        .000   .000
    twice from the 16th       7     .010   .830   .25   .51        .501   .203
                             10     .003   .843   .21   .47        .509   .165
                             22     .253   .895   .13   .22        .207   .025
    as usual                  7     .783   .790   .24   .25        .052   .042
                             10     .785   .788   .21   .22        .019   .028
                             22     .813   .825   .11   .11        .000   .000
"""

from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from config.periods import DAY, Window
from worker.stats.forecast import forecast
from worker.stats.seasonality import seasonality_of
from worker.stats.series import Floats, Series

WEEK = np.array([1.15, 1.1, 1.05, 1, 1, 0.8, 0.9])
LEVEL, PHI, DRIFT = 50, 4, 0.05
HISTORY, WORLDS = 400, 400
Decembers = tuple[float, float]  #: what the days until the 15th, and those after, are to usual ones
USUAL, BUSY, BUSY_AT_ITS_END = (1.0, 1.0), (1.8, 1.8), (1.0, 2.0)
DECEMBER = Window(date(2026, 12, 1), date(2027, 1, 1))
START = DECEMBER.start - HISTORY * DAY


@cache
def worlds(december: Decembers) -> tuple[Floats, Floats]:
    """The days of each world, and what its level brings in this December."""
    random = np.random.default_rng(11)
    days = Window(START, DECEMBER.end)
    usual = WEEK[[day.weekday() for day in days]] * [december[day.day > 15] if day.month == 12 else 1.0 for day in days]
    walk = np.exp(random.normal(0, DRIFT / 7**0.5, (WORLDS, len(days))).cumsum(1))
    means = LEVEL * walk * usual
    drawn = random.negative_binomial(means / (PHI - 1), 1 / PHI).astype(np.float64)
    return drawn, LEVEL * walk[:, HISTORY] * usual[HISTORY:].sum()


class Row(NamedTuple):
    """How the forecasts on one day turned out."""

    cover: float
    width: float  #: of the range, to what came
    sure: int  #: misses foretold with a chance of .9
    wrong: int  #: of these
    missed: int


@cache
def row(december: Decembers, day: int, *, is_yearly: bool = True) -> Row:
    drawn, due = worlds(december)
    targets = due * np.random.default_rng(12).choice([0.88, 1.12], WORLDS)
    ends, found = drawn[:, HISTORY:].sum(1), []
    for amounts, end, target in zip(drawn[:, : HISTORY + day], ends, targets, strict=True):
        series = Series(START, amounts, np.ones(len(amounts)), np.ones(len(amounts), np.bool_))
        seasonality = seasonality_of(series, is_count=True)
        assert seasonality is not None
        ahead = forecast(series, DECEMBER, seasonality, is_yearly=is_yearly)
        assert ahead is not None
        low, high = ahead.interval()
        found.append((low <= end <= high, (high - low) / end, ahead.miss(target, None) >= 0.9))
    held, widths, warned = np.array(found).T
    is_sure = warned.astype(np.bool_)
    return Row(
        float(held.mean()), float(widths.mean()), int(is_sure.sum()), int((is_sure & (ends >= targets)).sum()),
        int((ends < targets).sum()),
    )  # fmt: skip


@pytest.mark.parametrize("day", [7, 10, 22])
@pytest.mark.parametrize("december", [BUSY, BUSY_AT_ITS_END])
def test_the_range_holds_the_end_of_a_december_as_busy_as_last_year_s(december: Decembers, day: int) -> None:
    assert row(december, day).cover >= 0.75


@pytest.mark.parametrize(("day", "most", "least"), [(7, 0.12, 0.35), (22, 0.03, 0.6)])
def test_warnings_before_a_busy_end_of_the_year_are_seldom_wrong(day: int, most: float, least: float) -> None:
    found = row(BUSY, day)
    assert found.wrong <= most * found.sure
    assert found.sure - found.wrong >= least * found.missed


@pytest.mark.parametrize("day", [7, 10, 22])
def test_a_series_without_a_year_is_foretold_as_before(day: int) -> None:
    found, without = row(USUAL, day), row(USUAL, day, is_yearly=False)
    assert found.cover >= 0.75
    assert abs(found.cover - without.cover) <= 0.02
    assert found.width <= 1.05 * without.width
    assert found.wrong <= without.wrong + 1

"""Forecasts of invented worlds, whose ends are known: how often they are right, and how sure they were.

A world has weekdays, a level that walks at random, and days that vary by the negative binomial distribution: 84 days of
history, a period of thirty, a target 12 % above or below the last thirty days. Every figure must keep its bound as it
is measured, with a fixed seed: no allowance is made for the luck of the draw. What 10,000 series a row gave:

    drift a week, a day   on day   mean error, pro rata   cover of 80 / 95 %   sure misses wrong, found   pro rata wrong
    5 %, 50                    7            7.0 %  8.2 %          .785  .938                 .058   .49             .200
    5 %, 50                   22            2.8 %  2.8 %          .806  .949                 .012   .81             .074
    5 %, 5                     7           11.5 % 17.3 %          .809  .948                 .075   .28             .296
    5 %, 5                    22            5.5 %  5.7 %          .819  .955                 .024   .65             .108

A target within 12 % of what the level truly is as the period begins, anywhere in between, is harder, and no bound is
promised for it: sure misses are then wrong in .121 (50 a day) and .153 (5 a day) on day 7, .019 and .043 on day 22 (pro
rata .310, .339, .110, .151; 5,000 series a row).
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from config.periods import DAY, Window
from worker.stats.distributions import count_cdf
from worker.stats.forecast import Forecast, RatioPattern, forecast, forecast_cost, forecast_ratio
from worker.stats.reporting_lag import ReportingLag, reporting_lag_of
from worker.stats.seasonality import Seasonality, ratio_model_of, seasonality_of
from worker.stats.series import Bools, Floats, Series

MONDAY = date(2026, 1, 5)
HISTORY, LENGTH = 84, 30
DAYS = HISTORY + LENGTH
PERIOD = Window(MONDAY + HISTORY * DAY, MONDAY + DAYS * DAY)
WEEK = np.array([1.15, 1.1, 1.05, 1, 1, 0.8, 0.9])[np.arange(DAYS) % 7]
DISPERSION = {50: 4, 5: 2}  # by what a day brings
SERIES = 1000  # a row
FEW_SERIES = 400
FEWER_SERIES = 250  # each judged on 26 forecast_origins


def walks(random: np.random.Generator, count: int, level: float, drift: float) -> Floats:
    """What each day is expected to bring."""
    steps = random.normal(0, drift / 7**0.5, (count, DAYS))
    return np.asarray(level * np.exp(steps.cumsum(1)) * WEEK, np.float64)


def drawn(random: np.random.Generator, means: Floats, phi: float) -> Floats:
    return random.negative_binomial(means / (phi - 1), 1 / phi).astype(np.float64)


def so_far(amounts: Floats, known: Floats | None = None) -> Series:
    return Series(MONDAY, amounts, np.ones(len(amounts)) if known is None else known, np.ones(len(amounts), np.bool_))


def rhythm_in(series: Series, *, is_count: bool = True) -> Seasonality:
    seasonality = seasonality_of(series, is_count=is_count)
    assert seasonality is not None
    return seasonality


def is_held(found: Forecast, end: float, cover: float) -> bool:
    """Whether the end lies within the band meant to hold this share of the ends."""
    return max(found.below(end), found.above(end)) < (1 + cover) / 2


@dataclass(frozen=True)
class Row:
    """How the forecasts of many series on one day of the period turned out."""

    cover80: float
    cover95: float
    error: float
    error_pro_rata: float
    wrong: float  #: of those with P(miss) >= .9, the share that did not miss
    found: float  #: of those that missed, the share with P(miss) >= .9
    wrong_pro_rata: float


@cache
def row(drift: float, level: int, day: int) -> Row:
    random = np.random.default_rng(1)
    worlds = drawn(random, walks(random, SERIES, level, drift), DISPERSION[level])
    targets = worlds[:, HISTORY - LENGTH : HISTORY].sum(1) * random.choice([0.88, 1.12], SERIES)
    ends, pro_rata = worlds[:, HISTORY:].sum(1), worlds[:, HISTORY : HISTORY + day].sum(1) * LENGTH / day
    forecasts = [foretold(so_far(world[: HISTORY + day])) for world in worlds]
    is_sure = np.array([f.miss(target, None) >= 0.9 for f, target in zip(forecasts, targets, strict=True)])
    has_missed = ends < targets
    return Row(
        cover80=share(forecasts, ends, 0.80),
        cover95=share(forecasts, ends, 0.95),
        error=float(np.mean([abs(f.mean / end - 1) for f, end in zip(forecasts, ends, strict=True)])),
        error_pro_rata=float(np.mean(abs(pro_rata / ends - 1))),
        wrong=wrong_of(is_sure, has_missed),
        found=float(is_sure[has_missed].mean()),
        wrong_pro_rata=wrong_of(pro_rata < targets, has_missed),
    )


def foretold(series: Series) -> Forecast:
    found = forecast(series, PERIOD, rhythm_in(series))
    assert found is not None
    return found


def share(forecasts: list[Forecast], ends: Floats, cover: float) -> float:
    return float(np.mean([is_held(found, end, cover) for found, end in zip(forecasts, ends, strict=True)]))


def wrong_of(is_warned: Bools, has_missed: Bools) -> float:
    return float((~has_missed[is_warned]).mean())


@pytest.mark.parametrize(("day", "most"), [(7, 0.12), (22, 0.03)])
@pytest.mark.parametrize("level", [50, 5])
def test_a_sure_miss_is_seldom_wrong(level: int, day: int, most: float) -> None:
    found = row(0.05, level, day)
    assert found.wrong <= most
    assert found.wrong < found.wrong_pro_rata / 2
    assert found.found > (0.2 if day == 7 else 0.6)


@pytest.mark.parametrize("day", [7, 22])
@pytest.mark.parametrize("level", [50, 5])
def test_the_bands_hold_what_they_say(level: int, day: int) -> None:
    assert row(0.05, level, day).cover95 >= 0.92
    assert row(0.05, level, day).cover80 >= 0.75


@pytest.mark.parametrize(("level", "day", "part"), [(50, 7, 0.95), (5, 7, 0.75), (5, 22, 1), (50, 22, 1.05)])
def test_forecasts_are_nearer_the_end_than_pro_rata(level: int, day: int, part: float) -> None:
    """With eight days to go and fifty orders a day little is left to be wrong about: as near as pro rata."""
    assert row(0.05, level, day).error < part * row(0.05, level, day).error_pro_rata


def test_under_a_violent_drift_the_bands_hold_too_little_and_sure_misses_are_still_seldom_wrong() -> None:
    """The weakness that is stated: 80 % bands that hold 63 to 73 %."""
    early, late = row(0.15, 50, 7), row(0.15, 50, 22)
    assert 0.6 <= early.cover80 <= 0.73
    assert late.cover80 > early.cover80
    assert early.wrong <= 0.12
    assert late.wrong <= 0.03


def test_the_end_of_a_conversion_rate_lies_in_its_band() -> None:
    random = np.random.default_rng(2)
    held: list[tuple[bool, bool]] = []
    for means in walks(random, FEW_SERIES, 200, 0.05):
        sessions = drawn(random, means[None], 10)[0]
        chance = random.beta(0.03 * 400, 0.97 * 400, DAYS) * np.exp(random.normal(0, 0.008, DAYS).cumsum())
        orders = random.binomial(sessions.astype(np.int64), chance).astype(np.float64)
        above, below = so_far(orders[: HISTORY + 7]), so_far(sessions[: HISTORY + 7])
        ratio_model = ratio_model_of(above, below, is_count=True)
        assert ratio_model is not None
        found = forecast_ratio(above, below, PERIOD, RatioPattern(rhythm_in(below), ratio_model, is_count=True))
        assert found is not None
        end = orders[HISTORY:].sum() / sessions[HISTORY:].sum()
        held.append((is_held(found, end, 0.8), is_held(found, end, 0.95)))
    assert np.mean(held, 0)[0] >= 0.75
    assert np.mean(held, 0)[1] >= 0.92


def test_the_end_of_a_cost_per_order_lies_in_its_band() -> None:
    """Spend is decided day by day; two orders a day come of it."""
    random = np.random.default_rng(3)
    held: list[tuple[bool, bool]] = []
    for means in walks(random, FEW_SERIES, 2, 0.03):
        spend = random.normal(60, 9, DAYS)
        orders = drawn(random, (means * spend / 60)[None], 1.5)[0]
        paid, bought = so_far(spend[: HISTORY + 10]), so_far(orders[: HISTORY + 10])
        ratio_model = ratio_model_of(bought, paid, is_count=True)
        assert ratio_model is not None
        found = forecast_cost(
            paid, bought, PERIOD, RatioPattern(rhythm_in(paid, is_count=False), ratio_model, is_count=True)
        )
        assert found is not None
        end = spend[HISTORY:].sum() / orders[HISTORY:].sum()
        held.append((is_held(found, end, 0.8), is_held(found, end, 0.95)))
    assert np.mean(held, 0)[0] >= 0.75
    assert np.mean(held, 0)[1] >= 0.92


ARRIVED = np.array([0.5, 0.7, 0.85, 0.93, 0.97])  # of a day's orders, by its age in days; then all


def arrivals(random: np.random.Generator, final: Floats) -> Floats:
    """What was there of each day at each age (days, ages): each order waits its own time."""
    steps = np.diff(ARRIVED, prepend=0.0, append=1.0)
    return random.multinomial(final.astype(np.int64), steps).cumsum(-1).astype(np.float64)


def learnt(seen: Floats, today: int) -> ReportingLag:
    """The completeness as known on a morning, from every look at a day that is settled by then."""
    settled = range(today - len(ARRIVED))
    looks = [(MONDAY + DAY * n, age, seen[n, age]) for n in settled for age in range(len(ARRIVED))]
    return reporting_lag_of(looks, {MONDAY + DAY * n: seen[n, -1] for n in settled}, len(ARRIVED))


def on_the_morning(seen: Floats, today: int, maturity: ReportingLag) -> tuple[Floats, Floats]:
    """Amounts of the days before ``today`` as they were seen then, and their completeness."""
    ages = np.minimum(today - 1 - np.arange(today), len(ARRIVED))
    shares = [maturity.share(age) for age in range(len(ARRIVED) + 1)]
    return seen[np.arange(today), ages], np.array([np.nan if share is None else share for share in shares])[ages]


def test_the_band_of_a_period_of_provisional_days_holds_its_end_and_without_completeness_does_not() -> None:
    random = np.random.default_rng(4)
    held: list[tuple[bool, bool]] = []
    for final in drawn(random, walks(random, FEW_SERIES, 50, 0.03), 2):
        seen = arrivals(random, final)
        amounts, known = on_the_morning(seen, DAYS, learnt(seen, DAYS))
        found, taken_as_final = foretold(so_far(amounts, known)), foretold(so_far(amounts))
        end = final[HISTORY:].sum()
        held.append((is_held(found, end, 0.95), is_held(taken_as_final, end, 0.95)))
    assert np.mean(held, 0)[0] >= 0.92
    assert np.mean(held, 0)[1] < 0.05


def test_provisional_days_held_against_their_completeness_raise_no_false_alarm() -> None:
    """Exactly on target over four weeks; an alarm is p < .01 on two forecast_origins running."""
    random = np.random.default_rng(5)
    alarms: list[tuple[bool, bool]] = []
    for final in drawn(random, np.broadcast_to(50 * WEEK, (FEWER_SERIES, DAYS)), 2):
        seen = arrivals(random, final)
        seasonality, maturity = rhythm_in(so_far(seen[: HISTORY - len(ARRIVED), -1])), learnt(seen, HISTORY)
        looks = range(HISTORY + 3, HISTORY + 29)
        restated, raw = zip(*(unlikely(seen, today, seasonality, maturity) for today in looks), strict=True)
        alarms.append((is_twice_running(restated), is_twice_running(raw)))
    assert np.mean(alarms, 0)[0] <= 0.06
    assert np.mean(alarms, 0)[1] >= 0.20


def unlikely(seen: Floats, today: int, seasonality: Seasonality, maturity: ReportingLag) -> tuple[bool, bool]:
    """Whether so little by that morning is unlikely on target: divided by the completeness, and as it stands."""
    amounts, known = (part[HISTORY:] for part in on_the_morning(seen, today, maturity))
    means = seasonality.shares(PERIOD)[: len(amounts)] * 50 * WEEK[HISTORY:].sum()
    restated = count_cdf((amounts / known).sum(), means.sum(), seasonality.phi * (means / known).sum())
    return restated < 0.01, count_cdf(amounts.sum(), means.sum(), seasonality.phi * means.sum()) < 0.01


def is_twice_running(days: tuple[bool, ...]) -> bool:
    is_alarm: npt.NDArray[np.bool_] = np.array(days)
    return bool((is_alarm[1:] & is_alarm[:-1]).any())

"""Forecasts of invented series that come in bursts, or whose days now and then bring one very large order.

Four hundred days of history, one month, looked at on days 7 and 22; the target is what such a month usually brings (the
median). With no more than the last four months to learn from, the range meant to hold 80 % held .73 to .79 of the ends
on day 7, and of months said to be kept with a chance of .05 half were kept.
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

MAY = Window(date(2026, 5, 1), date(2026, 6, 1))
HISTORY = 400
SERIES = 400
KINDS = ("bursts", "large orders", "heavy-tailed baskets")


def drawn(kind: str, random: np.random.Generator) -> Floats:
    """The days of many worlds."""
    shape = (SERIES, HISTORY + len(MAY))
    if kind == "bursts":  # one day in forty triples the level, which falls back by half in four days
        fresh = (random.random(shape) < 1 / 40) * 2.0
        heat = np.zeros(shape)
        for day in range(shape[1]):
            heat[:, day] = fresh[:, day] + (heat[:, day - 1] * 0.5**0.25 if day else 0)
        return random.negative_binomial(50 * (1 + heat) / 3, 1 / 4).astype(np.float64)
    if kind == "large orders":  # 3 % of days bring an order of about 1,100 beside 100 of small ones
        return random.gamma(4, 25, shape) + (random.random(shape) < 0.03) * random.lognormal(7, 1, shape)
    orders = random.poisson(5, shape)
    baskets = 40 * (1 + random.pareto(1.8, int(orders.sum())))
    days = np.bincount(np.repeat(np.arange(orders.size), orders.ravel()), baskets, orders.size)
    return np.asarray(days.reshape(shape), np.float64)


class Outcome(NamedTuple):
    chance: Floats  #: stated of keeping the target
    is_kept: Floats
    is_held: Floats  #: the end lay in the range


@cache
def outcome(kind: str, day: int) -> Outcome:
    worlds = drawn(kind, np.random.default_rng(21))
    ends = worlds[:, HISTORY:].sum(1)
    target, found = float(np.median(ends)), []
    for world, end in zip(worlds, ends, strict=True):
        known = world[: HISTORY + day]
        series = Series(MAY.start - HISTORY * DAY, known, np.ones(len(known)), np.ones(len(known), np.bool_))
        seasonality = seasonality_of(series, is_count=kind == "bursts")
        assert seasonality is not None
        ahead = forecast(series, MAY, seasonality)
        assert ahead is not None
        is_held = max(ahead.below(end), ahead.above(end)) < 0.9
        found.append((1 - ahead.miss(target, None), float(end >= target), float(is_held)))
    return Outcome(*np.array(found).T)


@pytest.mark.parametrize("day", [7, 22])
@pytest.mark.parametrize("kind", KINDS)
def test_the_range_holds_the_ends_of_what_comes_in_bursts(kind: str, day: int) -> None:
    assert outcome(kind, day).is_held.mean() >= 0.75


@pytest.mark.parametrize("day", [7, 22])
@pytest.mark.parametrize("kind", KINDS)
def test_a_chance_of_three_in_four_is_not_kept_much_less_often(kind: str, day: int) -> None:
    found = outcome(kind, day)
    likely = (found.chance >= 0.6) & (found.chance < 0.9)
    assert found.is_kept[likely].mean() >= found.chance[likely].mean() - 0.15

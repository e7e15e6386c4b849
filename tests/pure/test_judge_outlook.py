"""A running target and the days behind it -> what is said of it meanwhile."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from mails_made import MAY, conversion, revenue
from scipy import stats

from config.periods import DAY
from config.thresholds import Judging
from config.vocabulary import Unit
from worker.judge.outlook import (
    LearnedParameters,
    Prediction,
    TargetHistory,
    TargetKind,
    TargetSeries,
    chance_to_warn_of,
    predict,
)
from worker.judge.outside_turns import Turns
from worker.model.verdict import Judgement
from worker.stats.forecast import Forecast
from worker.stats.past_rests import PastRests
from worker.stats.seasonality import FLAT, RatioModel, Seasonality
from worker.stats.series import Floats, Series

BEFORE = 56  # days known before the period
POISSON = Seasonality(FLAT, 1.0, None, is_count=True)
RATE = replace(conversion(), low=Decimal("0.02"))
ORDERS = revenue(unit=Unit.COUNT, low=Decimal(310), currency="")


def series(before: float | Floats, inside: list[float], weeks: int = BEFORE) -> Series:
    """Days that are all settled and ordinary; those of ``inside`` from the first of May."""
    amounts = np.concatenate([np.zeros(weeks) + before, inside])
    return Series(MAY.start - weeks * DAY, amounts, np.ones(len(amounts)), np.ones(len(amounts), np.bool_))


def said(judgement: Judgement, days: TargetSeries, learned: LearnedParameters | None = None) -> Prediction:
    """As of the day after the last one."""
    history = TargetHistory(
        days, learned or LearnedParameters(POISSON, RatioModel(1.0, 1.0)), Turns(np.ones(31), np.zeros(31))
    )
    found = predict(judgement, history, days.above.end, Judging())
    assert found is not None
    return found


def orders(a_day: float, days: int = 20) -> Prediction:
    return said(ORDERS, TargetSeries(TargetKind.COUNT, series(10.0, [a_day] * days)))


def test_where_it_should_be_is_the_share_of_the_days_that_are_known() -> None:
    outlook = orders(10).outlook
    assert (outlook.data_date, outlook.pace) == (date(2026, 5, 20), Decimal(200))  # 310 in 31 days, 20 of them


def test_it_is_said_how_many_it_takes_and_from_which_day_on() -> None:
    """So many that a Poisson mean a quarter larger gives as few, or fewer, in a hundredth of cases."""
    needed = next(n for n in range(1, 1000) if stats.poisson.cdf(n, n / 0.8) < 0.01)
    outlook = orders(4).outlook  # 80 in 20 days
    assert (outlook.sample, outlook.needed) == (80, needed)
    assert outlook.sayable_on == date(2026, 5, 28) == date(2026, 5, 21) + DAY * round((needed - 80) / 4)


def test_the_day_is_not_named_where_the_period_is_over_before() -> None:
    outlook = orders(1).outlook
    assert (outlook.sample, outlook.sayable_on) == (20, None)
    assert orders(10).outlook.needed is None  # 200 are enough


def test_a_forecast_warns_after_a_week_and_a_proof_takes_three_days() -> None:
    for days, is_proof, is_forecast in ((2, False, False), (3, True, False), (6, True, False), (7, True, True)):
        found = orders(16, days)
        assert (found.early is not None, found.late is not None) == (is_proof, is_forecast), days


def test_of_few_events_a_forecast_warns_once_a_third_of_the_period_is_over() -> None:
    assert orders(8, 10).late is None
    assert orders(8, 11).late is not None


def test_money_is_judged_alike_whatever_its_unit() -> None:
    """The same revenue in thousands, some of whose days are below one: its p is the same."""
    waves = np.tile([0.5, 1.5, 1.0, 1.0], 14)

    def p(unit: float) -> float | None:
        seasonality = Seasonality(FLAT, 0.2 * unit, None, is_count=False)
        days = TargetSeries(TargetKind.AMOUNT, series(waves * unit, [0.7 * unit, 0.5 * unit] * 10))
        wanted = revenue(low=Decimal(31) * Decimal(str(unit)))
        return said(wanted, days, LearnedParameters(seasonality)).outlook.p

    assert p(1.0) == pytest.approx(p(1000.0), rel=1e-6)


COMING = Forecast(observed=180.0, remaining=100.0, variance=100.0, is_count=True, can_fall=False)


@pytest.mark.parametrize(
    ("what", "missed", "is_said"),
    [
        ({}, 0.85, True),  # of a count, whatever it is
        ({"is_count": False}, 0.94, False),  # of money, 95 %
        ({"is_count": False}, 0.96, True),
        ({"is_count": False, "divisor": 2.0}, 0.91, True),  # a ratio is no sum
        ({"rests": PastRests(1.0, np.ones(1), 1.0, 100.0)}, 0.96, False),  # of what comes in bursts, 97 %
        ({"rests": PastRests(1.0, np.ones(1), 1.0, 100.0)}, 0.98, True),
        ({"rests": PastRests(2.1, np.ones(1), 1.0, 100.0)}, 0.98, False),  # beyond an exponential's skewness, 99 %
        ({"rests": PastRests(2.1, np.ones(1), 1.0, 100.0)}, 0.995, True),
    ],
)
def test_how_sure_a_miss_must_be_before_it_is_warned_of(what: dict[str, Any], missed: float, is_said: bool) -> None:
    """The bound that is missed with about that chance: at its quantile, half a step above for a count."""
    foreseen = replace(COMING, **what)
    bound = foreseen.quantile(missed) + (0.5 if foreseen.is_count else 0.0)
    found = chance_to_warn_of(foreseen, bound, None)
    assert (found is not None) is is_said
    if found is not None:
        assert found == pytest.approx(missed, abs=0.04)


def test_above_a_limit_no_burst_is_asked_for() -> None:
    bursts = replace(COMING, rests=PastRests(2.1, np.ones(1), 1.0, 100.0))
    assert chance_to_warn_of(bursts, None, bursts.quantile(0.08)) is not None


def clicks(learned: LearnedParameters | None = None, weeks: int = BEFORE) -> Prediction:
    """Orders from 100 visits a day: one, where two are promised; before, two, as even as can be."""
    above, below = series(2.0, [1.0] * 20, weeks), series(100.0, [100.0] * 20, weeks)
    return said(RATE, TargetSeries(TargetKind.SHARE, above, below), learned)


def test_a_proved_share_is_below_the_end_of_its_confidence_interval() -> None:
    found = clicks()
    assert found.early is not None
    assert found.early < 0.01
    assert found.outlook.limit is not None
    clopper_pearson = stats.beta.ppf(0.95, 21, 2000 - 20)  # 20 of 2,000
    assert 0.01 < float(found.outlook.limit) < 0.02
    assert float(found.outlook.limit) == pytest.approx(clopper_pearson, rel=0.05)


def test_what_is_not_proved_has_no_bound() -> None:
    assert orders(10).outlook.limit is None
    even = series(2.0, [2.0] * 20), series(100.0, [100.0] * 20)
    assert said(RATE, TargetSeries(TargetKind.SHARE, *even)).outlook.limit is None


def test_a_share_varies_as_its_own_days_do_and_as_the_plans_where_it_has_too_few() -> None:
    def p(pooled: float, weeks: int) -> float:
        found = clicks(LearnedParameters(POISSON, RatioModel(1.0, 1.0), pooled), weeks).outlook.p
        assert found is not None
        return found

    assert p(1.0, BEFORE) == p(9.0, BEFORE)  # 76 days of its own
    assert p(1.0, 0) < 0.01 < p(9.0, 0)  # 20 are too few

"""How often a warning that a target is unlikely to be met is wrong, in worlds whose ends are known.

The hard case: the target lies anywhere within an eighth of what the level truly is as the period begins, and the level
goes on drifting by 5 % a week. The product's own rules say whether it warns. P(miss) >= .9 alone was wrong in .096
(50 a day) and .184 (5 a day) on day 7: so a warning is surer in the first third of a period, and of a hundred events or
fewer there is none. 2,400 worlds a row kept the bounds; 800 are held to them with two Monte-Carlo errors:

    a day   day 7   day 10   day 22
       50    .083     .10      .027
        5    none     .039     .024
"""

from datetime import date
from decimal import Decimal
from functools import cache
from math import sqrt

import numpy as np
import pytest

from config.periods import DAY, Window
from config.plan import Bound, Per
from config.thresholds import Judging
from config.vocabulary import Unit
from worker.judge.outlook import (
    LearnedParameters,
    TargetHistory,
    TargetKind,
    TargetSeries,
    concluded,
    is_likely_missed,
    predict,
)
from worker.judge.outside_turns import Turns
from worker.model.verdict import FINAL, Figure, Judgement, Phase, Subject, Verdict, VerdictReason
from worker.stats.seasonality import seasonality_of
from worker.stats.series import Floats, Series

HISTORY, LENGTH, WORLDS = 84, 30, 800
START = date(2026, 1, 5)
PERIOD = Window(START + DAY * HISTORY, START + DAY * (HISTORY + LENGTH))
WEEK = np.array([1.15, 1.1, 1.05, 1, 1, 0.8, 0.9])[np.arange(HISTORY + LENGTH) % 7]
DISPERSION = {50: 4, 5: 2}  # by what a day brings


@cache
def worlds(level: int) -> tuple[Floats, Floats]:
    """The days of each world, and its target."""
    random = np.random.default_rng(1)
    steps = random.normal(0, 0.05 / 7**0.5, (WORLDS, HISTORY + LENGTH))
    means = level * np.exp(steps.cumsum(1)) * WEEK
    phi = DISPERSION[level]
    days = random.negative_binomial(means / (phi - 1), 1 / phi).astype(np.float64)
    of_period = means[:, HISTORY] / WEEK[HISTORY] * LENGTH
    return days, np.round(of_period * random.uniform(0.88, 1.12, WORLDS))


@cache
def judged(level: int, day: int) -> list[tuple[Judgement, bool]]:
    """What is said of each world's target on a day of the period, and whether it was missed in the end."""
    days, targets = worlds(level)
    ends = days[:, HISTORY:].sum(1)
    found = [
        (verdict_on(so_far, int(target)), bool(end < target))
        for so_far, target, end in zip(days[:, : HISTORY + day], targets, ends, strict=True)
    ]
    return [(one, is_missed) for one, is_missed in found if one.verdict is not Verdict.MET]


def verdict_on(days: Floats, target: int) -> Judgement:
    count = Decimal(int(days[HISTORY:].sum()))
    asked = Judgement(
        subject=Subject("action", "a", "A", "t"),
        period=PERIOD,
        per=Per.MONTH,
        verdict=Verdict.MET if count >= target else Verdict.CANNOT_SAY,
        phase=Phase.OUTLOOK,
        reason=VerdictReason.RUNNING,
        figure=Figure(count, FINAL, count),
        unit=Unit.COUNT,
        currency="",
        low=Decimal(target),
        bound=Bound.AT_LEAST,
    )
    series = Series(START, days, np.ones(len(days)), np.ones(len(days), np.bool_))
    history = TargetHistory(
        TargetSeries(TargetKind.COUNT, series),
        LearnedParameters(seasonality_of(series, is_count=True)),
        Turns(np.ones(LENGTH), np.zeros(LENGTH)),
    )
    found = predict(asked, history, START + DAY * len(days), Judging())
    if found is None or asked.verdict is Verdict.MET:
        return asked
    return concluded(asked, found, proved=False, unlikely=is_likely_missed(found))


@pytest.mark.parametrize(("level", "day", "most"), [(50, 7, 0.12), (5, 10, 0.12), (50, 22, 0.03), (5, 22, 0.03)])
def test_a_warning_is_seldom_wrong_however_near_the_target_is(level: int, day: int, most: float) -> None:
    missed = [is_missed for one, is_missed in judged(level, day) if one.reason is VerdictReason.UNLIKELY]
    assert len(missed) > WORLDS / 25
    assert missed.count(False) / len(missed) <= most + 2 * sqrt(most * (1 - most) / len(missed))


@pytest.mark.parametrize("day", [7, 9])
def test_of_few_events_a_third_of_the_period_is_waited_for_before_a_warning(day: int) -> None:
    said = [one for one, _ in judged(5, day)]
    assert all(one.verdict is not Verdict.AT_RISK for one in said)
    assert any(one.outlook and one.outlook.chance is not None and one.outlook.chance < 0.1 for one in said)


@pytest.mark.parametrize("level", [50, 5])
def test_what_is_likely_missed_before_a_warning_is_sure_mostly_is(level: int) -> None:
    doubtful = [(one, missed) for one, missed in judged(level, 22) if one.reason is VerdictReason.DOUBTFUL]
    assert all(one.verdict is Verdict.CANNOT_SAY and not one.is_problem for one, _ in doubtful)
    assert np.mean([missed for _, missed in doubtful]) > 2 / 3

"""Holidays that a plan asks for are days that tell nothing of others; those it does not ask for are as any day."""

from datetime import date

import numpy as np
import pytest

from config.periods import Window
from config.plan import Plan
from worker.judge.history import expected_days, ordinary_days

MAY = Window(date(2026, 5, 1), date(2026, 6, 1))


def plan(**more: object) -> Plan:
    base = {"plan": "Spring", "currency": "EUR", "timezone": "Europe/Paris"}
    return Plan.model_validate({**base, "starts": "2026-05-01", "ends": "2026-05-31", **more})


@pytest.mark.parametrize(
    ("more", "special"),
    [
        ({}, []),
        # Labour Day, Victory Day, Ascension, Whit Monday, Mother's Day
        ({"holidays": "FR"}, [1, 8, 14, 25, 31]),
        ({"holidays": "FR", "events": [{"name": "Sale", "on": "2026-05-08", "expect": "300%"}]}, [1, 8, 14, 25, 31]),
    ],
)
def test_the_forecast_learns_nothing_of_a_holiday(more: dict[str, object], special: list[int]) -> None:
    ordinary = ordinary_days(plan(**more), None, MAY)
    assert [day.day for day, usual in zip(MAY, ordinary, strict=True) if not usual] == special


def test_a_holiday_is_expected_to_bring_what_an_ordinary_day_does_unless_an_event_says_otherwise() -> None:
    assert np.array_equal(expected_days(plan(holidays="FR"), None, MAY), np.ones(31))
    sale = [{"name": "Sale", "on": "2026-05-08", "expect": "300%"}]
    assert expected_days(plan(holidays="FR", events=sale), None, MAY)[7] == 3.0

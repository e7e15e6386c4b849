"""Charges that come once a month, found among the days; each answer is counted by hand."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from config.periods import Window
from worker.judge.charges import charges_of
from worker.stats.series import Series

FIRST, TODAY = date(2026, 1, 1), date(2026, 4, 10)
APRIL = Window(date(2026, 4, 1), date(2026, 5, 1))


def days_of(each: Callable[[date], float], until: date = TODAY) -> Series:
    amounts = np.array([each(FIRST + timedelta(days=n)) for n in range((until - FIRST).days)])
    return Series(FIRST, amounts, np.ones(len(amounts)), np.ones(len(amounts), np.bool_))


def on(*days: str, charge: float = 100, usual: float = 2) -> Callable[[date], float]:
    of_days = {date.fromisoformat(f"2026-{day}") for day in days}
    return lambda day: charge if day in of_days else usual


@pytest.mark.parametrize(
    ("came", "seen", "due"),
    [
        (("01-01", "02-01", "03-01", "04-01"), 98, 0),  # came, and comes once a month
        (("01-20", "02-20", "03-20"), 0, 98),
        (("01-31", "02-28", "03-31"), 0, 98),  # the last day, and not the 31st
        (("01-05", "02-05", "03-05"), 0, 98),  # late this time, and may still come
        (("01-05", "02-05"), 0, 0),  # March went by without it: it has ended
        (("01-01", "02-02", "03-02", "04-01"), 98, 0),  # the first working day: the first was a holiday for nobody
        (("01-12", "02-19", "03-27"), 0, 98),  # any day, and not come yet
        (("01-12", "02-19", "03-27", "04-04"), 98, 0),
        (("01-05", "01-20", "02-05", "02-20", "03-05", "03-20", "04-05"), 98, 98),  # two of them
        (("04-05",), 98, 0),  # one alone says nothing of another
        (("02-20", "03-01", "03-03"), 0, 0),  # no rule in it: days as they come
    ],
)
def test_a_charge_is_seen_or_still_due(came: tuple[str, ...], seen: float, due: float) -> None:
    found = charges_of(days_of(on(*came)), APRIL)
    assert (found.seen, found.due, found.variance) == (seen, due, 0)


@pytest.mark.parametrize("came", [("01-20", "02-20", "03-20"), ("01-20", "02-20"), ("03-05",)])
def test_the_days_of_charges_tell_nothing_of_others(came: tuple[str, ...]) -> None:
    found = charges_of(days_of(on(*came)), APRIL)
    assert [day.isoformat() for day, is_ordinary in zip(Window(FIRST, TODAY), found.days.ordinary, strict=True)
            if not is_ordinary] == [f"2026-{day}" for day in came]  # fmt: skip


def test_days_that_differ_by_chance_or_by_weekday_are_no_charges() -> None:
    noise = np.random.default_rng(1).lognormal(0, 0.3, 200)
    for each in (lambda day: 10 * noise[(day - FIRST).days], lambda day: 70.0 if day.weekday() == 0 else 0.0):
        found = charges_of(days_of(each), APRIL)
        assert (found.seen, found.due) == (0, 0)
        assert found.days.ordinary.all()


def test_charges_that_differ_leave_the_next_one_uncertain() -> None:
    """90, 100 and 110 above a usual 2: 98 expected, with a variance of 100."""
    amounts = {date(2026, 1, 20): 90.0, date(2026, 2, 20): 100.0, date(2026, 3, 20): 110.0}
    found = charges_of(days_of(lambda day: amounts.get(day, 2.0)), APRIL)
    assert found.due == pytest.approx(98)
    assert found.variance == pytest.approx(100)

"""How much of a day's figure is there by its age."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.periods import DAY
from worker.stats.reporting_lag import reporting_lag_of

FIRST = date(2026, 1, 1)


def days(count: int) -> list[date]:
    return [FIRST + DAY * n for n in range(count)]


def test_the_share_at_an_age_is_a_ratio_of_sums() -> None:
    final = dict(zip(days(8), [100.0, 0, 0, 0, 0, 0, 0, 300], strict=True))
    seen = [(day, 0, amount / 4) for day, amount in final.items()] + [
        (day, 1, amount * 0.9) for day, amount in final.items()
    ]
    maturity = reporting_lag_of(seen, final, settled_after=3)
    assert maturity.share(0) == pytest.approx(0.25)  # most days have no ratio of their own
    assert maturity.share(1) == pytest.approx(0.9)


def test_an_age_seen_on_six_days_is_unknown_on_seven_it_is_known() -> None:
    final = dict.fromkeys(days(7), 10.0)
    seen = [(day, 0, 5.0) for day in days(7)] + [(day, 1, 8.0) for day in days(6)]
    maturity = reporting_lag_of(seen, final, settled_after=5)
    assert [maturity.share(age) for age in range(6)] == [0.5, None, None, None, None, 1.0]


def test_days_that_are_not_settled_tell_nothing_yet() -> None:
    final = dict.fromkeys(days(6), 10.0)
    assert reporting_lag_of([(day, 0, 5.0) for day in days(20)], final, settled_after=2).share(0) is None


def test_a_settled_day_is_complete_by_its_age_alone() -> None:
    maturity = reporting_lag_of([], {}, settled_after=3)
    assert [maturity.share(age) for age in (-1, 0, 2, 3, 400)] == [None, None, None, 1.0, 1.0]


def test_only_the_latest_56_days_count() -> None:
    final = dict.fromkeys(days(80), 10.0)
    seen = [(day, 0, 1.0 if n < 24 else 6.0) for n, day in enumerate(days(80))]
    assert reporting_lag_of(seen, final, settled_after=2).share(0) == pytest.approx(0.6)


def test_of_two_looks_on_the_same_day_the_later_counts() -> None:
    final = dict.fromkeys(days(7), 10.0)
    seen = [(day, 0, amount) for amount in (2.0, 4.0) for day in days(7)]
    assert reporting_lag_of(seen, final, settled_after=2).share(0) == pytest.approx(0.4)


def test_shares_that_fall_with_age_by_chance_are_taken_together() -> None:
    final = dict.fromkeys(days(10), 10.0)
    seen = [(day, age, amount) for age, amount in ((0, 5.0), (1, 9.0), (2, 7.0), (3, 12.0)) for day in days(10)]
    maturity = reporting_lag_of(seen, final, settled_after=9)
    assert [maturity.share(age) for age in range(4)] == pytest.approx([0.5, 0.8, 0.8, 1.0])


def test_only_neighbours_that_fall_are_taken_together_whatever_each_was_seen_of() -> None:
    final = dict.fromkeys(days(20), 10.0)
    looks = ((0, 2.0, 20), (1, 5.0, 10), (2, 9.0, 10), (3, 7.0, 10))
    seen = [(day, age, amount) for age, amount, count in looks for day in days(count)]
    maturity = reporting_lag_of(seen, final, settled_after=9)
    assert [maturity.share(age) for age in range(4)] == pytest.approx([0.2, 0.5, 0.8, 0.8])


def test_the_latest_days_are_so_by_their_dates_in_whatever_order_they_were_looked_at() -> None:
    final = dict.fromkeys(days(80), 10.0)
    seen = [(day, 0, 1.0 if n < 24 else 6.0) for n, day in enumerate(days(80))]
    assert reporting_lag_of(seen[::-1], final, settled_after=2).share(0) == pytest.approx(0.6)


def test_a_source_that_has_never_had_anything_has_no_shares() -> None:
    final = dict.fromkeys(days(10), 0.0)
    assert reporting_lag_of([(day, 0, 0.0) for day in days(10)], final, settled_after=2).share(0) is None


def test_an_unknown_amount_is_not_a_zero() -> None:
    final = dict.fromkeys(days(7), 10.0)
    seen = [(day, 0, float("nan") if n == 3 else 5.0) for n, day in enumerate(days(7))]
    assert reporting_lag_of(seen, final, settled_after=2).share(0) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 6), st.floats(0, 100)), max_size=200), st.floats(1, 1000))
def test_shares_lie_between_nothing_and_all_and_never_fall(seen: list[tuple[int, int, float]], whole: float) -> None:
    final = dict.fromkeys(days(12), whole)
    maturity = reporting_lag_of([(FIRST + DAY * n, age, amount) for n, age, amount in seen], final, settled_after=6)
    shares = [share for age in range(9) if (share := maturity.share(age)) is not None]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)

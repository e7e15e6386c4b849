"""Faults of a source told from performance: silent zeros, fake visits, days that vanish, sources that fall silent."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from math import log

import numpy as np
import pytest

from worker.stats.anomalies import Anomaly, is_cut, jumps, late_since, silences, untold_silence
from worker.stats.baseline import Baseline
from worker.stats.ratio_drift import drift
from worker.stats.series import Floats, Series

START = date(2026, 1, 5)  # a Monday
NONE: frozenset[date] = frozenset()


def series(amounts: Iterable[float]) -> Series:
    values = np.array(list(amounts), np.float64)
    return Series(START, values, np.ones(len(values)), np.ones(len(values), np.bool_))


def day(number: int) -> date:
    return START + timedelta(days=number)


def counts(rng: np.random.Generator, mean: float | Floats, phi: float, days: int) -> Floats:
    """Negative binomial: variance ``phi`` times the mean."""
    return np.asarray(rng.negative_binomial(np.asarray(mean) / (phi - 1), 1 / phi, days), np.float64)


def found(totals: Series, beside: tuple[Series, ...] = (), accepted: Iterable[date] = NONE) -> list[Anomaly]:
    return silences({"orders": totals}, {"orders": beside}, {"orders"}, frozenset(accepted), START)


# --- silent zeros --------------------------------------------------------------------------------------------------


def first_held(past: Floats) -> int:
    """After how many days of silence a series is held."""
    return next(n for n in range(1, 30) if found(series([*past, *[0.0] * n])))


@pytest.mark.parametrize(("a_day", "by"), [(50, 1), (20, 2), (10, 3), (5, 5)])
def test_a_silence_is_too_improbable_on_the_day_where_rate_and_dispersion_are_known(a_day: int, by: int) -> None:
    # a day of nothing has the chance 5^(-mean/4): negative binomial, variance 5 times the mean
    week = np.zeros(7, np.int64)
    known = Baseline(a_day, np.ones(7), 5.0, is_count=True, zeros=week, days=week + 26)
    chances = [known.log_chance_of_nothing(np.arange(n) % 7) for n in (by - 1, by)]
    assert chances == pytest.approx([-n * a_day / 4 * log(5) for n in (by - 1, by)])
    assert chances[1] < log(1e-4) <= chances[0]


@pytest.mark.parametrize(
    ("a_day", "by", "share", "all_by"),
    [(50, 1, 1.0, 1), (20, 2, 1.0, 2), (10, 3, 0.98, 5), (5, 5, 0.8, 10)],  # learnt, a rate is not known that well
)
def test_of_200_series_that_fall_silent_so_many_are_held_by_the_day(
    a_day: int, by: int, share: float, all_by: int
) -> None:
    rng = np.random.default_rng(a_day)
    held = np.array([first_held(counts(rng, a_day, 5.0, 182)) for _ in range(200)])
    assert np.mean(held <= by) >= share
    assert max(held) <= all_by


def test_fewer_than_one_series_in_27_is_held_wrongly_in_a_year() -> None:
    rng = np.random.default_rng(1)
    years = [series(counts(rng, a_day, 5.0, 182 + 365)) for a_day in (5, 10, 20, 50) for _ in range(50)]
    wrong = sum(len(_all_silences(year)) for year in years)
    assert wrong / len(years) <= 0.037


def _all_silences(year: Series) -> set[date]:
    """The first days of every run that is held on some morning of the last 365 days."""
    zeros = np.flatnonzero(year.amounts == 0)
    forecast_origins = {int(n) + 1 for n in zeros if n >= 182}
    return {one.since for n in forecast_origins for one in found(_until(year, n)) if one.since >= day(182)}


def _until(whole: Series, end: int) -> Series:
    return Series(whole.start, whole.amounts[:end], whole.known[:end], whole.ordinary[:end])


def test_a_shop_that_sells_nothing_on_sundays_is_not_silent_on_a_sunday() -> None:
    week = [60, 55, 58, 61, 70, 40, 0]
    assert found(series(week * 12)) == []
    [silent] = found(series([*week * 12, 0]))
    assert silent.days == (day(84),)


def test_a_silence_as_long_as_one_before_is_believed() -> None:
    busy = [30.0, 34.0, 28.0, 31.0, 27.0, 33.0, 30.0]
    quiet = [0.0] * 5
    once = series([*busy * 8, *quiet])
    assert found(once)
    accepted = once.start + timedelta(days=56)
    assert found(once, accepted=[accepted]) == []
    assert found(series([*busy * 8, *quiet, *busy * 2, *quiet]), accepted=[accepted]) == []


def test_a_silence_that_is_over_stays_found_on_its_days() -> None:
    [one] = found(series([40.0] * 40 + [0.0] * 3 + [41.0] * 5))
    assert (one.days, one.is_ongoing) == ((day(40), day(41), day(42)), False)


def test_a_silence_that_somebody_accepted_goes_on_being_believed() -> None:
    assert found(series([40.0] * 40 + [0.0] * 6), accepted=[day(40)]) == []


def test_days_that_the_plan_declares_special_are_not_looked_at() -> None:
    totals = series([40.0] * 40 + [0.0])
    assert found(totals)
    assert found(replace(totals, ordinary=np.arange(41) < 40)) == []


def test_a_series_of_less_than_a_week_is_not_held() -> None:
    assert found(series([40.0] * 6 + [0.0])) == []


def test_orders_that_stop_while_visits_go_on_are_lost_tracking() -> None:
    totals, visits = series([40.0] * 40 + [0.0]), series([900.0] * 41)
    assert found(totals, (visits,))[0].is_ongoing
    assert [one.is_alone for one in found(totals, (visits,))] == [True]
    assert [one.is_alone for one in found(totals, (series([900.0] * 40 + [10.0]),))] == [False]


def test_a_source_silent_in_all_its_measures_has_one_fault() -> None:
    gone = series([40.0] * 40 + [0.0] * 2)
    both = {"sessions": gone, "page_views": gone, "conversions": series([2.0] * 42)}
    [one] = silences(both, {}, set(both), NONE, START)
    assert one == Anomaly(("sessions", "page_views"), (day(40), day(41)), 80.0, 0.0)


# --- fake visits ---------------------------------------------------------------------------------------------------


def visits_and_orders(rng: np.random.Generator, days: int = 90) -> tuple[Floats, Floats]:
    visits = counts(rng, 300, 6.0, days)
    return visits, counts(rng, visits * 0.03, 1.5, days)


def test_ten_times_the_visits_without_more_orders_is_no_success() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        visits, orders = visits_and_orders(rng)
        visits[88:] *= 10
        [one] = jumps(series(visits), series(orders), NONE, START)
        assert one.days == (day(88), day(89))
        assert one.seen == visits[88:].sum()
        assert one.baseline is not None
        assert 350 < one.baseline < 900


def test_ten_times_the_visits_with_the_orders_they_should_bring_is_one() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        visits, orders = visits_and_orders(rng)
        visits[88:] *= 10
        orders[88:] = counts(rng, visits[88:] * 0.03, 1.5, 2)
        assert jumps(series(visits), series(orders), NONE, START) == []


def test_ordinary_years_have_no_jump() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        visits, orders = visits_and_orders(rng, 200)
        assert jumps(series(visits), series(orders), NONE, START) == []


def test_visits_as_high_as_some_that_were_accepted_are_believed() -> None:
    visits, orders = [300.0, 310.0] * 30, [9.0, 10.0] * 30
    high, same = series([*visits, 3000, 2900]), series([*orders, 9, 10])
    assert [one.days for one in jumps(high, same, NONE, START)] == [(day(60), day(61))]
    assert jumps(high, same, [day(60)], START) == []


def test_a_jump_that_is_over_is_no_longer_ongoing_and_its_days_stay_found() -> None:
    visits, orders = [300.0, 310.0] * 30, [9.0, 10.0] * 30
    high, same = series([*visits, 3000, 310]), series([*orders, 9, 10])
    [one] = jumps(high, same, NONE, START)
    assert (one.days, one.is_ongoing) == ((day(60),), False)


def test_where_nobody_knows_what_visits_bring_there_is_no_jump() -> None:
    assert jumps(series([300.0] * 60 + [3000]), series([0.0] * 61), NONE, START) == []


# --- days that vanish, sources that stop ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        ({"orders": 40}, {"orders": 19}, ["orders"]),
        ({"orders": 40}, {"orders": 20}, []),  # half is not more than half
        ({"orders": 40}, {}, ["orders"]),
        ({"orders": 3}, {"orders": 1}, []),  # two cancelled orders
        ({"orders": 40, "revenue": 900}, {"orders": 38, "revenue": 300}, []),  # refunds
        ({"spend": 100}, {"spend": 30}, ["spend"]),
        ({"sessions": 0}, {"sessions": 0}, []),
    ],
)
def test_more_than_half_of_a_day_that_vanishes(
    before: dict[str, float], after: dict[str, float], gone: list[str]
) -> None:
    assert is_cut(before, after, {"orders", "sessions"}) == gone


@pytest.mark.parametrize(
    ("waits", "waited", "usual"),
    [
        ([1, 1, 1], 3, None),
        ([1, 1, 1], 4, 1),
        ([7, 7, 8], 10, None),
        ([7, 7, 8], 11, 8),
        ([1, 1], 60, None),  # too few to know its rhythm
        ([60, *[1] * 8], 4, 1),  # long ago
    ],
)
def test_a_source_is_stale_when_it_waits_longer_than_ever_and_two_days(
    waits: list[int], waited: int, usual: int | None
) -> None:
    assert late_since(START, waits, START + timedelta(days=waited)) == usual


def test_what_falls_silent_while_something_else_is_silent_is_one_fault_however_they_lie() -> None:
    """Ten days, with three and two others inside of them, as they lie; the measures by name after the gravest."""

    def silent(first: int, last: int) -> Series:
        return series([0.0 if first <= n <= last else 50.0 for n in range(70)])

    inside = {"orders": silent(56, 65), "visitors": silent(58, 60), "clicks": silent(62, 63)}
    orders = list(permutations(inside))
    assert len(orders) == 6
    for names in orders:
        [one] = silences({name: inside[name] for name in names}, {}, set(inside), NONE, START)
        assert one.days == tuple(day(n) for n in range(56, 66))
        assert one.measures == ("orders", "clicks", "visitors")
        assert not one.is_ongoing


def test_what_falls_silent_the_day_after_is_a_fault_of_its_own() -> None:
    def silent(first: int, last: int) -> Series:
        return series([0.0 if first <= n <= last else 50.0 for n in range(70)])

    totals = {"orders": silent(56, 58), "visitors": silent(59, 61)}
    assert [one.since for one in silences(totals, {}, set(totals), NONE, START)] == [day(56), day(59)]


# --- ratios that drift ---------------------------------------------------------------------------------------------


def a_pair(rng: np.random.Generator, share: float, days: int = 35) -> tuple[Floats, Floats]:
    counted = counts(rng, 60, 4.0, days)
    return np.asarray(rng.binomial(counted.astype(int), share), np.float64), counted


def test_a_ratio_that_stays_drifts_in_none_of_1000_weeks() -> None:
    rng = np.random.default_rng(6)
    pairs = [a_pair(rng, 0.9) for _ in range(1000)]
    assert [one for seen, counted in pairs if (one := drift(series(seen), series(counted)))] == []


def test_what_is_usual_of_a_ratio_is_known_after_21_days() -> None:
    for usual, is_found in ((21, True), (20, False)):
        seen = [*([89.0, 91.0, 90.0] * 7)[:usual], *[60.0] * 7]
        assert (drift(series(seen), series([100.0] * len(seen))) is not None) is is_found


def test_what_is_usual_of_a_ratio_is_that_of_28_days() -> None:
    one = drift(series([40.0] * 30 + [90.0] * 28 + [60.0] * 7), series([100.0] * 65))
    assert one is not None
    assert (one.baseline, one.seen) == (0.9, 0.6)


def test_a_ratio_that_is_off_by_a_fifth_is_not_off_enough() -> None:
    for seen, is_found in ((80.0, False), (79.0, True), (120.0, False), (121.0, True)):
        one = drift(series([100.0] * 28 + [seen] * 7), series([100.0] * 35))
        assert (one is not None) is is_found


def test_a_ratio_that_stays_at_few_events_drifts_in_3_of_1000_weeks_at_most() -> None:
    rng = np.random.default_rng(7)
    pairs = [_few(rng) for _ in range(1000)]
    assert sum(drift(series(seen), series(counted)) is not None for seen, counted in pairs) <= 3


def _few(rng: np.random.Generator) -> tuple[Floats, Floats]:
    counted = counts(rng, 12, 3.0, 35)
    return np.asarray(rng.binomial(counted.astype(int), 0.4), np.float64), counted


def test_a_tool_that_sees_a_third_less_than_it_used_to_is_found() -> None:
    rng = np.random.default_rng(8)
    for _ in range(100):
        seen, counted = a_pair(rng, 0.9)
        seen[28:] = rng.binomial(counted[28:].astype(int), 0.6)
        one = drift(series(seen), series(counted))
        assert one is not None
        assert one.baseline == pytest.approx(0.9, abs=0.03)
        assert one.days == tuple(day(n) for n in range(28, 35))


def test_a_ratio_found_changed_is_compared_with_what_was_before_it_changed() -> None:
    counted = np.full(49, 100.0)
    seen = np.concatenate([np.tile([89.0, 91.0], 14), np.full(21, 60.0)])
    assert drift(series(seen), series(counted), since=day(28)) is not None
    assert drift(series(np.concatenate([seen[:42], np.full(7, 90.0)])), series(counted), since=day(28)) is None


@pytest.mark.parametrize(
    ("amounts", "is_held"),
    [
        ([100] * 12 + [0, 0], True),
        ([100, 90, 110, 105, 95, 0, 0, 98, 102, 100, 97, 103, 0, 0], False),  # it rests on the same two days each week
        ([100] * 5 + [0, 0], False),  # two weekdays that nobody has seen yet
        ([2, 1, 3, 1, 2, 1, 1, 2, 3, 1, 0, 0], False),  # so few that two days of nothing are chance
    ],
)
def test_a_silence_in_the_first_fortnight_is_told_where_it_cannot_be_chance(amounts: list[int], is_held: bool) -> None:
    assert [one.days for one in found(series(amounts))] == ([(day(12), day(13))] if is_held else [])


@pytest.mark.parametrize(
    ("amounts", "untold"),
    [
        ([100] * 5 + [0, 0], [5, 6]),  # a week-end, or a load that is late
        ([2, 1, 3, 1, 2, 1, 1, 2, 3, 1, 0, 0], [10, 11]),
        ([100] * 5 + [0, 0, 90], []),  # it goes on: so they were true
        ([100] * 5 + [0, 0] + [100] * 5 + [0], []),  # as on the Saturday before
        ([0] * 9, []),  # it never had anything to say
        ([100] * 12 + [0, 0], []),  # a fortnight is known: chance decides
    ],
)
def test_whether_the_newest_zeros_of_a_young_source_are_true_cannot_be_told_yet(
    amounts: list[int], untold: list[int]
) -> None:
    assert untold_silence([series(amounts)], NONE) == tuple(day(n) for n in untold)


def test_zeros_that_somebody_accepted_or_that_stand_beside_figures_are_told() -> None:
    orders, visits = series([9, 8, 0, 0]), series([300, 310, 290, 305])
    assert untold_silence([orders], {day(2)}) == ()
    assert untold_silence([orders, visits], NONE) == ()
    assert untold_silence([orders, series([0, 0, 0, 0])], NONE) == (day(2), day(3))


def test_a_busy_day_that_is_not_final_yet_shows_that_the_zeros_before_it_were_true() -> None:
    days = series([9, 8, 0, 0, 5])
    young = replace(days, known=np.array([1, 1, 1, 1, 0.5]))
    assert untold_silence([young], NONE) == ()

"""How much is known of each measure on each day."""

from datetime import date, timedelta

from config.periods import Window
from worker.model.completeness import completeness_runs, missing_sources
from worker.model.readings import Completeness, DayCoverage

START = date(2026, 3, 1)
LIFE = Window(START, date(2026, 4, 1))


def day(number: int) -> date:
    return date(2026, 3, number)


def covered(
    *numbers: int, measures: str = "orders", settled: bool = True, suspect: bool = False
) -> dict[date, DayCoverage]:
    found = frozenset(measures.split())
    return {day(n): DayCoverage(day(n), found, settled, suspect, day(n) + timedelta(1)) for n in numbers}


def states(
    authorities: tuple[str, ...], records: dict[str, dict[date, DayCoverage]], *, today: int
) -> dict[int, Completeness]:
    runs = completeness_runs({"orders": authorities}, records, LIFE, day(today) + timedelta(1))["orders"]
    return {found.day: known for window, known in runs for found in window if found.month == 3}


def test_a_settled_day_is_final_and_an_unsettled_one_provisional() -> None:
    found = states(("shop",), {"shop": covered(1, 2) | covered(3, settled=False)}, today=3)
    assert found == {1: Completeness.FINAL, 2: Completeness.FINAL, 3: Completeness.PROVISIONAL}


def test_a_day_that_is_over_and_was_not_read_is_unknown_but_today_is_only_pending() -> None:
    assert states(("shop",), {"shop": covered(1)}, today=3) == {
        1: Completeness.FINAL,
        2: Completeness.NOTHING,
        3: Completeness.PENDING,
    }


def test_a_day_of_which_one_of_two_shops_is_missing_is_known_in_part() -> None:
    found = states(("fr", "uk"), {"fr": covered(1, 2), "uk": covered(1)}, today=3)
    assert found == {1: Completeness.FINAL, 2: Completeness.PARTLY, 3: Completeness.PENDING}


def test_a_day_read_without_the_measure_is_not_known() -> None:
    found = states(("shop",), {"shop": covered(1, measures="sessions")}, today=2)
    assert found[1] is Completeness.NOTHING


def test_a_suspect_day_is_not_final() -> None:
    assert states(("shop",), {"shop": covered(1, suspect=True)}, today=2)[1] is Completeness.PROVISIONAL


def test_the_costs_of_the_plan_alone_are_known_for_every_day() -> None:
    assert set(states(("costs",), {}, today=5).values()) == {Completeness.FINAL}


def test_costs_do_not_hide_that_the_ad_platform_is_missing() -> None:
    assert states(("ads", "costs"), {"ads": covered(1)}, today=3)[2] is Completeness.NOTHING


def test_days_after_the_plan_count_only_as_far_as_they_were_read() -> None:
    late = {date(2026, 4, 1): DayCoverage(date(2026, 4, 1), frozenset({"orders"}), True, False, date(2026, 4, 9))}
    runs = completeness_runs({"orders": ("shop",)}, {"shop": late}, LIFE, date(2026, 6, 1))["orders"]
    assert runs[-1] == (Window(date(2026, 4, 1), date(2026, 4, 2)), Completeness.FINAL)


def test_before_the_plan_starts_nothing_is_asked() -> None:
    assert completeness_runs({"orders": ("shop",)}, {}, LIFE, START) == {}


def test_runs_tile_the_days_from_the_first_quarter_on() -> None:
    runs = completeness_runs({"orders": ("shop",)}, {"shop": covered(1, 4, 5, 9)}, LIFE, date(2026, 3, 12))["orders"]
    assert [window.start for window, _ in runs][1:] == [window.end for window, _ in runs][:-1]
    assert (runs[0][0].start, runs[-1][0].end) == (date(2026, 1, 1), date(2026, 3, 12))


def test_the_sources_that_did_not_deliver_are_named() -> None:
    authorities = {"orders": ("fr", "uk"), "spend": ("ads", "costs")}
    records = {"fr": covered(1, 2), "uk": covered(1), "ads": covered(1, 2, measures="spend")}
    window = Window(day(1), day(3))
    assert missing_sources(["orders", "spend"], authorities, records, window) == ("uk",)

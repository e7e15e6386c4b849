"""Readings into the store: a day is replaced whole, and nothing that fails or is empty deletes anything."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Desk, Scripted, reading
from sqlalchemy import select

from config.errors import SourceMisread, SourceUnavailable
from config.periods import Window
from connectors.base import Counted, Covered, Gone, Item, Remark
from worker.collect.collector import CollectionOutcome
from worker.collect.problems import account_of
from worker.collect.windows import AFTERWARDS, PastReadings, changed_windows, due_window
from worker.model.readings import DayCoverage
from worker.model.records import SourceState
from worker.store import schema as t
from worker.store.engine import Store, open_store

MARCH = ("2026-03-01", "2026-03-06")


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    store = open_store(database_url)
    yield Desk(store)
    store.close()


def stored(store: Store, measure: str = "orders") -> dict[tuple[str, str], Any]:
    """(day, campaign) -> amount, in units."""
    with store.read() as connection:
        rows = connection.execute(
            select(t.reading.c.day, t.origin.c.campaign, t.reading.c[measure]).join(
                t.origin, t.origin.c.id == t.reading.c.origin_id
            )
        )
        return {(f"{day}", campaign): None if n is None else n / 1_000_000 for day, campaign, n in rows}


def coverage(store: Store) -> dict[str, tuple[str, bool, bool]]:
    with store.read() as connection:
        rows = connection.execute(select(t.coverage))
        return {f"{row.day}": (row.measures, row.is_settled, row.is_suspect) for row in rows}


def doubted(store: Store) -> dict[str, str]:
    """day -> why its last answer was not believed."""
    with store.read() as connection:
        return {f"{row.day}": row.fault for row in connection.execute(select(t.coverage)) if row.fault}


def restatements(store: Store) -> list[tuple[str, str, int, int]]:
    with store.read() as connection:
        rows = connection.execute(select(t.restatement).order_by(t.restatement.c.id))
        return [(f"{r.day}", r.measure, r.before // 1_000_000, r.after // 1_000_000) for r in rows]


def test_what_was_read_is_stored_and_a_day_without_a_row_is_covered(desk: Desk) -> None:
    outcome = desk.collect(Scripted([reading("2026-03-02", "x", orders=3, revenue="10.10")]), MARCH)
    assert stored(desk.store) == {("2026-03-02", "x"): 3}
    assert stored(desk.store, "revenue") == {("2026-03-02", "x"): 10.1}
    assert stored(desk.store, "sessions") == {("2026-03-02", "x"): None}  # the shop knows nothing of visits
    assert set(coverage(desk.store)) == {f"2026-03-0{n}" for n in range(1, 6)}
    assert (outcome.days, outcome.rows) == (5, 1)


def test_a_measure_that_a_row_leaves_out_is_zero_where_the_source_provides_it(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=3)]), MARCH)
    assert stored(desk.store, "revenue") == {("2026-03-02", ""): 0}


def test_an_unknown_cell_is_stored_as_unknown(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=None, revenue=5)]), MARCH)
    assert stored(desk.store) == {("2026-03-02", ""): None}


def test_reading_again_replaces_a_day_whole_vanished_rows_too(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "a", orders=1), reading("2026-03-02", "b", orders=2)]), MARCH)
    desk.collect(Scripted([reading("2026-03-02", "b", orders=5)]), MARCH)
    assert stored(desk.store) == {("2026-03-02", "b"): 5}


def test_reading_the_same_again_changes_nothing(desk: Desk) -> None:
    for _ in range(3):
        outcome = desk.collect(Scripted([reading("2026-03-02", "a", orders=1)]), MARCH)
        assert outcome.restated == 0
    assert stored(desk.store) == {("2026-03-02", "a"): 1}
    assert restatements(desk.store) == []


def test_a_past_figure_that_moved_is_logged_as_a_restatement(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "a", orders=7, revenue=70)]), MARCH)
    outcome = desk.collect(Scripted([reading("2026-03-02", "a", orders=5, revenue=70)]), MARCH)
    assert outcome.restated == 1
    assert restatements(desk.store) == [("2026-03-02", "orders", 7, 5)]


def test_the_day_that_was_still_running_is_filled_up_not_restated(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-05", orders=1)]), MARCH, today="2026-03-05")
    outcome = desk.collect(Scripted([reading("2026-03-05", orders=9)]), MARCH, today="2026-03-06")
    assert (outcome.restated, stored(desk.store)) == (0, {("2026-03-05", ""): 9})


def test_a_source_that_fails_half_way_keeps_what_was_there(desk: Desk) -> None:
    days = [reading(f"2026-03-0{n}", "a", orders=n) for n in range(1, 6)]
    desk.collect(Scripted(days), MARCH)
    before = stored(desk.store)
    changed = [reading(f"2026-03-0{n}", "a", orders=10 * n) for n in range(1, 4)]
    with pytest.raises(SourceUnavailable):
        desk.collect(Scripted(changed, SourceUnavailable("shop: no connection")), MARCH)
    whole = {("2026-03-01", "a"): 10, ("2026-03-02", "a"): 20}  # the third day may have had more to come
    assert stored(desk.store) == {**before, **whole}


def test_an_empty_answer_where_there_were_figures_is_kept_as_suspect_and_not_as_zeros(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=3)]), MARCH)
    outcome = desk.collect(Scripted([]), MARCH)
    assert outcome.is_empty
    assert outcome.suspect == [date(2026, 3, 2)]
    assert stored(desk.store) == {("2026-03-02", ""): 3}
    assert coverage(desk.store)["2026-03-02"] == ("orders revenue", False, True)


def test_an_empty_first_answer_covers_nothing(desk: Desk) -> None:
    outcome = desk.collect(Scripted([]), MARCH)
    assert outcome.is_empty
    assert coverage(desk.store) == {}


def test_one_day_that_lost_all_its_rows_is_suspect_and_the_others_are_taken(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=3), reading("2026-03-03", orders=4)]), MARCH)
    outcome = desk.collect(Scripted([reading("2026-03-03", orders=5)]), MARCH)
    assert outcome.suspect == [date(2026, 3, 2)]
    assert stored(desk.store) == {("2026-03-02", ""): 3, ("2026-03-03", ""): 5}


def test_an_empty_answer_that_someone_accepts_is_zeros(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", orders=3)]), MARCH)
    desk.collect(Scripted([]), MARCH, accept=True)
    assert stored(desk.store) == {}
    assert coverage(desk.store)["2026-03-02"] == ("orders revenue", True, False)


def test_a_day_is_settled_once_it_is_older_than_the_lookback(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-01", orders=1)]), MARCH, today="2026-03-05", lookback=2)
    assert {day: settled for day, (_, settled, _) in coverage(desk.store).items()} == {
        "2026-03-01": True,
        "2026-03-02": True,
        "2026-03-03": False,
        "2026-03-04": False,
        "2026-03-05": False,
    }


def test_a_flood_of_invented_campaigns_is_folded_and_serves_an_action_all_the_same(desk: Desk) -> None:
    desk.plan_text += "actions: {a: {name: A, tracked_by: {campaign: mine}}}\n"
    flood = [reading("2026-03-02", f"invented-{n}", orders=1) for n in range(2000)]
    real = [reading("2026-03-02", "spring", orders=7), reading("2026-03-02", "mine", orders=1)]
    outcome = desk.collect(Scripted([*flood, *real]), MARCH, cap=10)
    found = stored(desk.store)
    assert found == {("2026-03-02", "mine"): 1, ("2026-03-02", "spring"): 7, ("2026-03-02", "(other)"): 2000}
    assert outcome.folded == 2000
    with desk.store.read() as connection:
        assert len(connection.execute(select(t.origin.c.id)).all()) == 3


def test_many_days_are_stored_in_several_transactions_and_none_is_lost(desk: Desk) -> None:
    first = date(2024, 1, 1)
    days = [first + timedelta(n) for n in range(700)]
    reached: list[tuple[date, int]] = []
    desk.collect(
        Scripted([reading(f"{day}", f"c{n}", orders=n) for day in days for n in range(1, 12)]),
        ("2024-01-01", "2026-03-01"),
        progress=lambda outcome, day: reached.append((day, outcome.days)),
    )
    assert [count for _, count in reached] == [200, 400, 600, 790]  # the empty days at the end count as well
    assert [day for day, _ in reached] == [first + timedelta(count - 1) for _, count in reached]
    assert len(stored(desk.store)) == 7700
    assert sum(stored(desk.store).values()) == 700 * sum(range(1, 12))


LIFE = Window(date(2026, 3, 1), date(2026, 7, 1))
NOTHING: frozenset[str] = frozenset()


def due(known: dict[str, bool], today: str, **more: Any) -> Window | None:
    found = {
        date.fromisoformat(day): DayCoverage(date.fromisoformat(day), frozenset({"orders"}), settled, False, LIFE.start)
        for day, settled in known.items()
    }
    past = PastReadings(found, more.pop("asked_from", LIFE.start if known else None))
    return due_window(LIFE, past, date.fromisoformat(today), **{"lookback": 3, "deep": False, **more})


def april(*settled: int, unsettled: tuple[int, ...] = ()) -> dict[str, bool]:
    return {f"2026-04-{n:02}": True for n in settled} | {f"2026-04-{n:02}": False for n in unsettled}


def test_a_source_never_read_is_read_from_the_plans_first_day() -> None:
    assert due({}, "2026-04-10") == Window(date(2026, 3, 1), date(2026, 4, 11))


def test_then_from_the_last_settled_day_less_the_lookback_up_to_today() -> None:
    known = april(*range(1, 7), unsettled=(7, 8, 9))
    assert due(known, "2026-04-10") == Window(date(2026, 4, 3), date(2026, 4, 11))


def test_a_hole_of_the_last_month_is_read_again() -> None:
    known = april(1, 2, 3, *range(5, 20), unsettled=(20,))
    assert due(known, "2026-04-21") == Window(date(2026, 4, 4), date(2026, 4, 22))


def test_once_a_week_a_month_is_read_again() -> None:
    known = {f"2026-03-{n:02}": True for n in range(1, 32)} | april(*range(1, 20))
    assert due(known, "2026-04-20", deep=True) == Window(date(2026, 3, 21), date(2026, 4, 21))


def test_after_forty_days_down_everything_since_is_read() -> None:
    known = {f"2026-03-{n:02}": True for n in range(1, 10)}
    found = due(known, "2026-04-18")
    assert found is not None
    assert found.start <= date(2026, 3, 6)


def test_a_plan_that_starts_earlier_than_it_used_to_is_read_from_its_new_start() -> None:
    found = due(april(*range(1, 10)), "2026-04-12", asked_from=date(2026, 4, 1))
    assert found is not None
    assert found.start == LIFE.start


def test_what_a_clock_once_ahead_has_read_is_no_reason_to_read_nothing() -> None:
    for ahead in (11, 12, 13):  # tomorrow, and later
        found = due(april(ahead), "2026-04-10")
        assert found is not None
        assert date(2026, 4, 10) in found


def test_the_window_ends_where_a_source_can_still_change_what_it_said_of_the_plan() -> None:
    known = {"2026-06-30": True}
    ends = [due(known, today, lookback=200) for today in ("2026-07-01", "2026-12-31")]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0].last == date(2026, 7, 1)
    assert ends[1].last == LIFE.last + timedelta(days=AFTERWARDS)


def test_a_hole_of_thirty_days_ago_is_read_again_and_one_before_is_not() -> None:
    for hole, start in ((date(2026, 4, 1), date(2026, 4, 1)), (date(2026, 3, 31), date(2026, 4, 27))):
        known = {f"{day}": day != hole for day in Window(LIFE.start, date(2026, 5, 1))}
        found = due(known, "2026-04-30")  # settled up to that day, less a lookback of three
        assert found is not None
        assert found.start == start


def test_changed_days_no_more_than_three_apart_are_asked_for_together() -> None:
    march = {date(2026, 3, n): DayCoverage(date(2026, 3, n), NOTHING, True, False, LIFE.start) for n in range(1, 32)}
    changed = [date(2026, 3, n) for n in (8, 4, 1)] + [date(2026, 2, 20), date(2026, 4, 2)]  # the last two: not known
    asked = list(changed_windows(changed, march, Window(date(2026, 4, 1), date(2026, 4, 4))))
    assert asked == [Window(date(2026, 3, 1), date(2026, 3, 5)), Window(date(2026, 3, 8), date(2026, 3, 9))]


def test_of_changed_days_those_that_are_due_are_not_asked_for_twice() -> None:
    march = {date(2026, 3, n): DayCoverage(date(2026, 3, n), NOTHING, True, False, LIFE.start) for n in range(1, 32)}
    due_now = Window(date(2026, 3, 10), date(2026, 3, 20))
    assert list(changed_windows([date(2026, 3, 9), date(2026, 3, 10)], march, due_now)) == [
        Window(date(2026, 3, 9), date(2026, 3, 10))
    ]


def test_before_the_plan_starts_nothing_is_due() -> None:
    assert due({}, "2026-02-28") is None


def test_a_month_after_the_plans_end_reading_ends() -> None:
    assert due({}, "2026-12-24") == Window(date(2026, 3, 1), date(2026, 7, 31))


def test_a_settled_day_of_which_most_vanishes_is_asked_for_twice(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "x", orders=60), reading("2026-03-03", "x", orders=60)]), MARCH)
    less = [reading("2026-03-02", "x", orders=25), reading("2026-03-03", "x", orders=58)]
    outcome = desk.collect(Scripted(less), MARCH)
    assert (outcome.cut, outcome.suspect) == ([date(2026, 3, 2)], [])
    assert stored(desk.store) == {("2026-03-02", "x"): 60, ("2026-03-03", "x"): 58}
    assert doubted(desk.store) == {"2026-03-02": "cut_short"}
    assert coverage(desk.store)["2026-03-02"] == ("orders revenue", False, True)
    assert desk.collect(Scripted(less), MARCH).cut  # a minute later: nothing is confirmed by it
    assert stored(desk.store)["2026-03-02", "x"] == 60
    assert desk.collect(Scripted(less), MARCH, today="2026-03-21").cut == []
    assert stored(desk.store)["2026-03-02", "x"] == 25
    assert doubted(desk.store) == {"2026-03-02": "believed"}


def test_a_file_that_nobody_has_written_anew_confirms_nothing_however_long_it_is_read(desk: Desk) -> None:
    def file(orders: int, written: str) -> Scripted:
        days = Window(date(2026, 3, 2), date(2026, 3, 3))
        at = datetime.fromisoformat(written)
        return Scripted([Covered(days, frozenset({"orders"}), at), reading("2026-03-02", "x", orders=orders)])

    desk.collect(file(60, "2026-03-10T08:00Z"), MARCH)
    for day in (20, 21, 25):
        assert desk.collect(file(0, "2026-03-19T08:00Z"), MARCH, today=f"2026-03-{day}").cut
    assert desk.collect(file(0, "2026-03-26T08:00Z"), MARCH, today="2026-03-26").cut == []


def test_what_the_vendor_names_as_gone_is_knowledge(desk: Desk) -> None:
    many: list[Item] = [reading("2026-03-02", "x", orders=60), reading("2026-03-03", "x", orders=1)]
    desk.collect(Scripted(many), MARCH)
    gone: list[Item] = [Gone(date(2026, 3, 2)), Gone(date(2026, 3, 3)), reading("2026-03-02", "x", orders=2)]
    outcome = desk.collect(Scripted(gone), MARCH)
    assert (outcome.cut, outcome.suspect) == ([], [])
    assert stored(desk.store) == {("2026-03-02", "x"): 2}
    assert coverage(desk.store)["2026-03-03"] == ("orders revenue", True, False)


def test_an_answer_that_only_names_what_is_gone_is_no_empty_one(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "x", orders=1)]), ("2026-03-02", "2026-03-03"))
    outcome = desk.collect(Scripted([Gone(date(2026, 3, 2))]), ("2026-03-02", "2026-03-03"))
    assert (outcome.suspect, outcome.is_empty, stored(desk.store)) == ([], False, {})


def test_a_day_is_settled_only_by_what_was_written_after_it_was_over(desk: Desk) -> None:
    days = Window(date(2026, 3, 2), date(2026, 3, 4))
    noon = datetime(2026, 3, 3, 11, tzinfo=UTC)
    found: list[Item] = [
        Covered(days, frozenset({"orders"}), noon),
        reading("2026-03-02", "x", orders=5),
        reading("2026-03-03", "x", orders=2),
    ]
    desk.collect(Scripted(found), MARCH)
    settled = {day: said[1] for day, said in coverage(desk.store).items()}
    assert (settled["2026-03-02"], settled["2026-03-03"]) == (True, False)


def test_an_order_whose_date_was_edited_is_counted_on_its_new_day_alone(desk: Desk) -> None:
    def order(day: str) -> list[Item]:
        return [Counted(date.fromisoformat(day), "order 7"), reading(day, "x", orders=1, revenue=40)]

    beside: list[Item] = [reading("2026-03-02", "y", orders=1)]
    desk.collect(Scripted([*beside, *order("2026-03-02")]), MARCH)
    connector = Scripted([*beside, *order("2026-03-05")])
    outcome = desk.collect(connector, ("2026-03-05", "2026-03-06"))
    assert outcome.left == {date(2026, 3, 2)}
    assert stored(desk.store) == {("2026-03-02", "y"): 1, ("2026-03-05", "x"): 1}


@pytest.mark.parametrize(
    "again",
    [("2026-03-05", "2026-03-06"), ("2026-03-01", "2026-03-06"), ("2026-03-02", "2026-03-06")],
    ids=["its new day", "both days", "from its old day on"],
)
def test_a_day_whose_only_order_went_to_another_day_is_empty_at_once(desk: Desk, again: tuple[str, str]) -> None:
    def order(day: str) -> list[Item]:
        return [Counted(date.fromisoformat(day), "order 7"), reading(day, "x", orders=1, revenue=40)]

    desk.collect(Scripted(order("2026-03-02")), MARCH)
    outcome = desk.collect(Scripted(order("2026-03-05")), again)
    assert (outcome.suspect, outcome.cut) == ([], [])
    assert stored(desk.store) == {("2026-03-05", "x"): 1}
    assert coverage(desk.store)["2026-03-02"] == ("orders revenue", True, False)


def test_a_day_whose_only_order_was_deleted_without_a_trace_is_asked_for_twice(desk: Desk) -> None:
    kept: list[Item] = [Counted(date(2026, 3, 4), "order 8"), reading("2026-03-04", "x", orders=1)]
    lost: list[Item] = [Counted(date(2026, 3, 2), "order 7"), reading("2026-03-02", "x", orders=1)]
    desk.collect(Scripted([*lost, *kept]), MARCH)
    assert desk.collect(Scripted(kept), MARCH, remembers=True).cut == [date(2026, 3, 2)]
    assert stored(desk.store)["2026-03-02", "x"] == 1
    assert desk.collect(Scripted(kept), MARCH, today="2026-03-21", remembers=True).cut == []
    assert stored(desk.store) == {("2026-03-04", "x"): 1}
    assert doubted(desk.store) == {"2026-03-02": "believed"}


def test_a_doubted_day_asked_for_alone_is_believed_where_the_source_answers_of_others(desk: Desk) -> None:
    kept: list[Item] = [Counted(date(2026, 3, 4), "order 8"), reading("2026-03-04", "x", orders=1)]
    lost: list[Item] = [Counted(date(2026, 3, 2), "order 7"), reading("2026-03-02", "x", orders=1)]
    desk.collect(Scripted([*lost, *kept]), MARCH)
    new, old = ("2026-03-04", "2026-03-06"), ("2026-03-02", "2026-03-03")
    for today, doubt in (("2026-03-20", [date(2026, 3, 2)]), ("2026-03-21", [])):
        assert desk.collect(Scripted(kept), new, changed=[old], today=today, remembers=True).cut == doubt
    assert stored(desk.store) == {("2026-03-04", "x"): 1}
    assert desk.collect(
        Scripted([]), new, changed=[old], today="2026-03-22", remembers=True
    ).suspect  # no answer at all


def test_an_old_day_that_cannot_be_read_again_costs_no_new_one(desk: Desk) -> None:
    days = [reading("2026-03-02", "x", orders=1), reading("2026-03-05", "x", orders=2)]
    desk.collect(Scripted(days), MARCH)

    class Broken(Scripted):
        def read(self, window: Window) -> Iterator[Item]:
            if date(2026, 3, 2) in window:
                raise SourceMisread("shop: order 7: total is no amount")
            yield reading("2026-03-05", "x", orders=3)

    outcome = desk.collect(Broken([]), ("2026-03-05", "2026-03-06"), changed=[("2026-03-02", "2026-03-03")])
    assert stored(desk.store) == {("2026-03-02", "x"): 1, ("2026-03-05", "x"): 3}
    assert outcome.remarks == {"2026-03-02 is not read again: shop: order 7: total is no amount"}
    assert coverage(desk.store)["2026-03-02"] == ("orders revenue", False, False)  # asked for again by the next run


def test_a_day_that_had_nothing_but_zeros_may_say_nothing_at_all(desk: Desk) -> None:
    """An order that nobody paid, and that is deleted."""
    beside = reading("2026-03-03", "x", orders=1)
    desk.collect(Scripted([reading("2026-03-02", "x", orders=0), beside]), MARCH)
    assert desk.collect(Scripted([beside]), MARCH).suspect == []
    desk.collect(Scripted([reading("2026-03-02", "x", orders=None), beside]), MARCH)
    assert desk.collect(Scripted([beside]), MARCH).suspect == [date(2026, 3, 2)]


def test_a_remark_is_heard_and_stops_nothing(desk: Desk) -> None:
    said: list[Item] = [reading("2026-03-02", "x", orders=1), Remark("order 9: has no 'state': left out")]
    outcome = desk.collect(Scripted(said), MARCH)
    assert outcome.remarks == {"order 9: has no 'state': left out"}
    assert account_of(outcome, is_first=True) == (SourceState.OK, "order 9: has no 'state': left out")


def test_days_that_are_doubted_are_told_as_days() -> None:
    days = ["2026-01-05", "2026-01-06", "2026-03-02", "2026-08-20"]
    outcome = CollectionOutcome("shop", LIFE, suspect=[date.fromisoformat(day) for day in days])
    state, problem = account_of(outcome, is_first=False)
    assert state is SourceState.SUSPECT
    assert problem == (
        "answered with nothing for 2026-01-05 to 2026-01-06, 2026-03-02, 2026-08-20, where it had figures: they are"
        " kept. If it is true: vigie collect --source shop --accept"
    )


def test_another_answer_as_short_is_asked_for_again_and_the_full_one_is_believed_at_once(desk: Desk) -> None:
    desk.collect(Scripted([reading("2026-03-02", "x", orders=60)]), MARCH)
    for orders in (25, 24, 23):
        assert desk.collect(Scripted([reading("2026-03-02", "x", orders=orders)]), MARCH).cut
    desk.collect(Scripted([reading("2026-03-02", "x", orders=59)]), MARCH)
    assert stored(desk.store) == {("2026-03-02", "x"): 59}
    assert doubted(desk.store) == {}


def test_a_day_that_may_still_change_may_lose_most_of_what_it_had(desk: Desk) -> None:
    for orders in (60, 5):
        desk.collect(Scripted([reading("2026-03-05", "x", orders=orders)]), MARCH, today="2026-03-05", lookback=3)
    assert stored(desk.store) == {("2026-03-05", "x"): 5}


def test_what_somebody_accepted_is_believed_however_little_is_left(desk: Desk) -> None:
    for orders in (60, 5):
        desk.collect(Scripted([reading("2026-03-02", "x", orders=orders)]), MARCH, accept=True)
    assert stored(desk.store) == {("2026-03-02", "x"): 5}


answers = st.lists(
    st.dictionaries(st.tuples(st.integers(1, 5), st.sampled_from("ab")), st.integers(1, 50) | st.none(), max_size=6),
    min_size=1,
    max_size=6,
)


@given(answers, st.integers(0, 5))
@settings(max_examples=20, deadline=None)
def test_any_sequence_of_answers_and_failures_leaves_the_last_believed_state_of_each_day(
    history: list[dict[tuple[int, str], int | None]], broken_after: int
) -> None:
    """A model in a dictionary: a day takes the answer's rows; without a row it keeps the figures it had.

    So it does where most of them vanished, until the same is said again.
    """
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(open_store(f"sqlite:///{Path(folder) / 'v.db'}"))
        model: dict[int, dict[str, int | None]] = {}
        doubted: dict[int, int] = {}
        for turn, answer in enumerate(history):
            rows = [
                reading(f"2026-03-0{day}", campaign, orders=value)
                for (day, campaign), value in sorted(answer.items(), key=lambda item: item[0])
            ]
            is_broken = turn == broken_after
            today = f"2026-04-{turn + 1:02}"  # a day later: the same answer is a second opinion
            if is_broken:
                with pytest.raises(SourceUnavailable):
                    desk.collect(Scripted(rows, SourceUnavailable("gone")), MARCH, today=today)
            else:
                desk.collect(Scripted(rows), MARCH, today=today)
            days = {day for day, _ in answer}
            whole = days - {max(days)} if is_broken and days else days  # the day that was being read is not whole
            for day in whole:
                found = {campaign: value for (d, campaign), value in answer.items() if d == day}
                was, now = (sum(value or 0 for value in values.values()) for values in (model.get(day, {}), found))
                is_cut = None not in found.values() and now < was / 2 and was - now >= 10
                if is_cut and doubted.get(day) != now:
                    doubted[day] = now
                    continue
                doubted.pop(day, None)
                model[day] = found
        expected = {
            (f"2026-03-0{day}", campaign): value for day, found in model.items() for campaign, value in found.items()
        }
        assert stored(desk.store) == expected
        desk.store.close()

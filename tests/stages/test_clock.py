"""A clock that was ahead once: nothing waits until it is there again, and it is said, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from conftest import Vigie, Write
from sqlalchemy import Date, insert, select, update
from ticks import ticked

from config.errors import DeliveryError
from worker.deployment import Deployment
from worker.model.message import OutgoingMessage
from worker.service.scheduler import Memory
from worker.service.wiring import deploy, writable_store
from worker.store import clock
from worker.store import schema as t
from worker.store.engine import Store

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {lead: {name: Lead, email: lead@shop.example}}
actions:
  a: {name: A, responsible: lead, tracked_by: {campaign: a}, targets: [{kpi: orders, at_least: 5, per: month}]}
"""
SOURCES = "shop: {connector: csv_file, path: s.csv, every: 6 hours}"
FIGURES = "day,campaign,orders\n2026-03-01,a,1\n2026-03-31,a,1\n"
NOW = datetime(2026, 4, 2, 6, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def refusing(_letter: OutgoingMessage) -> None:
    raise DeliveryError("451 later", permanent=False)


def rows(store: Store, table: Any) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(days=3), timedelta(days=3650)])
def test_after_a_clock_was_ahead_figures_are_read_judged_and_told_at_once(
    vigie: Write, caplog: pytest.LogCaptureFixture, ahead: timedelta
) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    now, memory = Clock(NOW + ahead), Memory()
    at = deploy(made.folder, now=now)
    with writable_store(at) as store:
        ticked(Deployment(at.folder, at.settings, now, deliver=refusing), store, memory)
        now.at = NOW + timedelta(minutes=1)
        back = ticked(at, store, memory)
        assert [outcome.source for outcome in back.collected] == ["shop"]
        assert rows(store, t.source)[0]["tried_at"] == now.at
        now.at = NOW + timedelta(days=1)
        sent = back.sent + ticked(at, store, memory).sent
        assert sent >= 1
        assert {message["state"] for message in rows(store, t.message)} == {"sent"}
    said = [record.getMessage() for record in caplog.records if "the clock went back" in record.getMessage()]
    assert len(said) == 1
    assert f"work was noted for {NOW + ahead:%Y-%m-%d %H:%M}Z, and it is 2026-04-02 06:01Z" in said[0]


def test_days_that_were_taken_for_over_are_read_again(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    now = Clock(NOW + timedelta(days=60))
    at = deploy(made.folder, now=now)
    with writable_store(at) as store:
        ticked(at, store, Memory())
        (made.folder / "plans/p/s.csv").write_text(FIGURES + "2026-04-01,a,7\n", encoding="utf-8")
        now.at = NOW
        (outcome,) = ticked(at, store, Memory()).collected
    assert date(2026, 4, 1) in list(outcome.window)
    assert made.kpi("orders", grain="month", scope="plan", period_start="2026-04-01")[0]["value"] == 7


def test_a_clock_that_is_right_and_one_that_is_a_little_behind_change_nothing(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    now = Clock(NOW)
    at = deploy(made.folder, now=now)
    with writable_store(at) as store:
        ticked(Deployment(at.folder, at.settings, now, deliver=refusing), store, Memory())
        with store.read() as connection:
            for minutes in (0, -9, 60):
                assert clock.moment_to_come(connection, NOW + timedelta(minutes=minutes)) is None


def test_a_plan_whose_file_was_written_in_times_to_come_is_read(vigie: Write) -> None:
    """As after a copy from a machine whose clock is ahead; the files of this test are younger than its clock."""
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    at, memory = deploy(made.folder, now=Clock(NOW)), Memory()
    with writable_store(at) as store:
        ticked(at, store, memory)
        (made.folder / "plans/p/plan.yaml").write_text(PLAN.replace("at_least", "at_leest"), encoding="utf-8")
        assert len(ticked(at, store, memory).problems) == 1


#: moments that hold nothing back: what was seen, said or decided, when
HISTORY = {
    "plan.computed_at", "plan_version.seen_at", "doubt.written_at", "restatement.seen_at", "verdict.judged_at",
    "flag.opened_at", "flag.changed_at", "flag.closed_at", "flag_change.changed_at", "message.sent_at",
}  # fmt: skip
#: moments of which others tell whether they are true
WITH_OTHERS = {"source.retry_at", "coverage.collected_at"}
#: days that are no time at which something was done, or that hold nothing back
OTHER_DAYS = {"coverage.first_on", "coverage.collected_on", "data_fault.found_on", "data_fault.over_on",
    "base_value.kept_on", "flag_change.answered_on", "restatement.seen_on", "verdict.judged_on"}  # fmt: skip


def test_every_moment_in_the_database_is_thought_of() -> None:
    columns = {f"{table.name}.{c.name}": c for table in t.metadata.sorted_tables for c in table.columns}
    moments = {name for name, c in columns.items() if isinstance(c.type, t.Moment)}
    thought_of = {f"{column.table.name}.{column.name}" for column, _, _ in clock.BEEN}
    assert moments == thought_of | HISTORY | WITH_OTHERS
    days = {name for name, c in columns.items() if isinstance(c.type, Date) and name.endswith("_on")}
    assert days == {f"{day.table.name}.{day.name}" for day in clock.DAYS} | OTHER_DAYS


@pytest.mark.parametrize("column", [column for column, _, _ in clock.BEEN], ids=str)
def test_whatever_is_noted_for_times_to_come_is_seen_and_forgotten(
    vigie: Write, column: Any, database_url: str
) -> None:
    made = vigie(PLAN, SOURCES, database=database_url, **{"s.csv": FIGURES})
    at = deploy(made.folder, now=Clock(NOW))
    with writable_store(at) as store:
        ticked(Deployment(at.folder, at.settings, at.now, deliver=refusing), store, Memory())
        with store.write() as connection:
            doubt = {"source_id": 1, "day": NOW.date(), "answer": "", "since": NOW.date(), "since_at": NOW}
            connection.execute(insert(t.doubt).values(doubt))
            connection.execute(update(column.table).values({column: NOW + timedelta(days=3650)}))
            assert clock.moment_to_come(connection, NOW) == NOW + timedelta(days=3650)
            clock.forget_moments_to_come(connection, NOW)
            assert clock.moment_to_come(connection, NOW) is None
            assert all(row[0] is None or row[0] <= NOW for row in connection.execute(select(column)))


def test_a_single_pass_says_it_too(vigie: Write) -> None:
    made: Vigie = vigie(PLAN, SOURCES, today="2026-04-02", **{"s.csv": FIGURES})
    assert made("collect").code == 0
    with writable_store(deploy(made.folder)) as store, store.write() as connection:
        connection.execute(update(t.source).values(tried_at=datetime.now(UTC) + timedelta(days=30)))
    assert "the clock went back" in made("run", "--once").err
    assert "the clock went back" not in made("run", "--once").err

"""The service: a metronome that asks the store what is due; one process at a time; killed and started again."""

import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from queue import Queue
from threading import Event, Thread
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from conftest import Vigie, Write, running
from smtp_server import DRIP, HOST, SILENCE, SmtpServer
from ticks import ticked

from config.sources import Every, SourceEntry
from worker.collect.job import CollectRequest
from worker.deployment import Deployment
from worker.model.message import OutgoingMessage
from worker.model.records import SourceRow, SourceState
from worker.notify.test_message import compose_trial
from worker.service import scheduler
from worker.service.pipeline import PassResult, collect_plan, judge_plan, plan_on_record
from worker.service.repeating import has_ended, mind_time_of_day, repeat
from worker.service.scheduler import Memory, due_sources, serve
from worker.service.wiring import deploy, writable_store
from worker.store import outbox
from worker.store.sources import retry_moment

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


class Clock:
    """A clock that a test moves."""

    def __init__(self, start: str) -> None:
        self.at = datetime.fromisoformat(start).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def deployed(made: Vigie, clock: Clock) -> Deployment:
    return deploy(made.folder, now=clock)


@pytest.mark.parametrize(
    ("every", "now", "due"),
    [
        ("6 hours", "2026-05-20T13:30", "2026-05-20T12:00"),
        ("30 minutes", "2026-05-20T13:30", "2026-05-20T13:30"),
        ("day at 06:00", "2026-05-20T04:00", "2026-05-20T04:00"),
        ("day at 02:30", "2026-03-29T12:00", "2026-03-29T01:30"),  # the hour that does not exist: 02:30 at winter time
        ("day at 02:30", "2026-10-25T12:00", "2026-10-25T00:30"),  # the hour that comes twice: its first time
    ],
)
def test_the_last_turn_on_the_clock_is_counted_from_the_clock_not_from_the_last_run(
    every: str, now: str, due: str
) -> None:
    schedule = SourceEntry.model_validate({"connector": "x", "every": every}).every
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert schedule.last_due(moment, ZoneInfo("Europe/Paris")) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_a_daily_turn_comes_exactly_once_a_day_through_every_clock_change(zone: str) -> None:
    every = Every(at=datetime(2026, 1, 1, 2, 30).time())  # noqa: DTZ001, a time of the wall clock
    moment, turns = datetime(2026, 1, 2, tzinfo=UTC), set()
    while moment < datetime(2027, 1, 2, tzinfo=UTC):
        turns.add(every.last_due(moment, ZoneInfo(zone)))
        moment += timedelta(minutes=30)
    days = [turn.astimezone(ZoneInfo(zone)).date() for turn in sorted(turns)]
    assert len(days) == len(set(days))
    assert all((after - before).days == 1 for before, after in pairwise(days))


def row(**values: Any) -> SourceRow:
    base = dict.fromkeys(SourceRow.__dataclass_fields__)
    return SourceRow(**{**base, "source": "shop", "state": SourceState.OK, "is_simulated": False, **values})


def test_a_source_is_due_once_its_turn_has_passed_since_it_was_last_tried(vigie: Write) -> None:
    loaded = deployed(vigie(PLAN, SOURCES), Clock("2026-05-20")).load_all()[0]
    now = datetime(2026, 5, 20, 13, 30, tzinfo=UTC)
    noon = now.replace(hour=12, minute=0)
    assert due_sources(loaded, [row()], now) == ["shop"]
    assert due_sources(loaded, [row(tried_at=noon - timedelta(minutes=1))], now) == ["shop"]
    assert due_sources(loaded, [row(tried_at=noon)], now) == []
    assert due_sources(loaded, [row(tried_at=None, retry_at=now + timedelta(minutes=5))], now) == []


def test_a_source_that_was_away_is_asked_again_before_its_next_turn_ever_less_often(vigie: Write) -> None:
    """Tries at 0, 15 and 30 minutes, then each time half as long again, up to four hours apart."""
    loaded = deployed(vigie(PLAN, SOURCES), Clock("2026-05-20")).load_all()[0]
    start = now = datetime(2026, 5, 20, 13, 30, tzinfo=UTC)
    tries = []
    away = row(state=SourceState.UNAVAILABLE, tried_at=start, failing_since_at=start)
    while now < start + timedelta(hours=24):
        tries.append((now - start).total_seconds() / 60)
        away = replace(away, tried_at=now, retry_at=retry_moment(away, now, None))
        while due_sources(loaded, [away], now) == []:
            now += timedelta(minutes=1)
    assert tries[:5] == [0, 15, 30, 45, 68]
    assert len(tries) <= 15  # each is at most four requests: under sixty a day


def test_a_tick_collects_what_is_due_and_the_next_one_nothing(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    clock, memory = Clock("2026-04-02T06:00"), Memory()  # eight o'clock in Paris
    at = deployed(made, clock)
    with writable_store(at) as store:
        first = ticked(at, store, memory)
        assert [outcome.source for outcome in first.collected] == ["shop"]
        assert first.sent == 1  # two orders in March, five were promised
        clock.forward(minutes=1)
        assert ticked(at, store, memory).collected == []
        clock.forward(hours=6)
        again = ticked(at, store, memory)
        assert [outcome.source for outcome in again.collected] == ["shop"]
        assert again.sent == 0


def mails_at(made: Vigie, clock: Clock, hours: int) -> list[str]:
    """When mails left, with a tick every quarter of an hour."""
    at, memory, sent = deployed(made, clock), Memory(), []
    with writable_store(at) as store:
        for _ in range(4 * hours):
            sent += [f"{clock():%a %H:%M}"] * ticked(at, store, memory).sent
            clock.forward(minutes=15)
    return sent


def test_what_is_found_at_noon_is_told_when_its_person_next_wants_mail(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    assert mails_at(made, Clock("2026-04-03T10:00"), 80) == ["Mon 06:00"]  # found on a Friday; eight in Paris


def test_each_person_has_times_and_a_clock_of_their_own(vigie: Write) -> None:
    theirs = 'email: lead@shop.example, mails: "every day at 07:30", timezone: America/New_York'
    made = vigie(PLAN.replace("email: lead@shop.example", theirs), SOURCES, **{"s.csv": FIGURES})
    assert mails_at(made, Clock("2026-04-03T12:00"), 30) == ["Sat 11:30"]


def test_money_overspent_does_not_wait_for_the_morning(vigie: Write) -> None:
    spends = PLAN.replace("tracked_by: {campaign: a}", "budget: 100, tracked_by: {campaign: a}")
    figures = "day,campaign,orders,spend\n2026-03-01,a,9,0\n2026-04-02,a,9,120\n"
    made = vigie(spends, SOURCES, **{"s.csv": figures})
    assert mails_at(made, Clock("2026-04-02T20:00"), 3) == ["Thu 20:15"]


def test_a_restart_neither_skips_nor_doubles_a_turn(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    clock = Clock("2026-04-02T07:00")
    at = deployed(made, clock)
    for hours, collected in ((0, 1), (1, 0), (5, 1), (0, 0)):
        clock.forward(hours=hours)
        with writable_store(at) as store:
            assert len(ticked(at, store, Memory()).collected) == collected


def test_a_new_day_is_judged_even_when_nothing_is_collected(vigie: Write) -> None:
    sources = SOURCES.replace("6 hours", "day at 23:00")
    made = vigie(PLAN, sources, **{"s.csv": FIGURES})
    clock, memory = Clock("2026-03-31T21:30"), Memory()
    at = deployed(made, clock)
    with writable_store(at) as store:
        assert ticked(at, store, memory).sent == 0  # the last day of March is not over
        clock.forward(hours=3)
        later = ticked(at, store, memory)
        assert (later.collected, later.judgements["p"][0].verdict) == ([], "cannot_say")


def test_what_another_command_collected_is_judged_at_the_next_tick(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    clock, memory = Clock("2026-04-02T07:00"), Memory()
    at = deployed(made, clock)
    with writable_store(at) as store:
        ticked(at, store, memory)
        clock.forward(minutes=1)
        assert ticked(at, store, memory).judgements == {}
        collect_plan(at, store, at.load_all()[0], CollectRequest(since=date(2026, 3, 1)), PassResult())
        clock.forward(minutes=1)
        assert list(ticked(at, store, memory).judgements) == ["p"]
        assert ticked(at, store, memory).judgements == {}


def test_a_tick_that_died_before_it_told_is_made_up_for_by_the_next(
    vigie: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = vigie(PLAN, SOURCES.replace("6 hours", "day at 06:00"), **{"s.csv": FIGURES})
    clock = Clock("2026-04-02T05:58")
    at = deployed(made, clock)
    with writable_store(at) as store:
        with monkeypatch.context() as dying:
            dying.setattr("worker.service.scheduler.notify_plan", Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                ticked(at, store, Memory())
        clock.forward(minutes=1)
        memory = Memory()
        made_up = [ticked(at, store, memory)]
        clock.forward(minutes=1)  # eight o'clock in Paris
        made_up.append(ticked(at, store, memory))
    assert [(one.collected, one.sent) for one in made_up] == [([], 0), ([], 1)]


def test_a_broken_edit_keeps_the_last_good_plan_and_tells_the_lead_once(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    clock, memory = Clock("2026-04-02T07:00"), Memory()
    at = deployed(made, clock)
    plan = made.folder / "plans/p/plan.yaml"
    with writable_store(at) as store:
        ticked(at, store, memory)
        plan.write_text(PLAN.replace("at_least", "at_leest"), encoding="utf-8")
        clock.at = datetime.now(UTC).replace(year=2026, month=12) + timedelta(days=40)  # long after it was written
        broken = ticked(at, store, memory)
        assert [str(problem.message) for problem in broken.problems] == [
            "unknown key 'at_leest'; did you mean 'at_least'?"
        ]
        assert broken.judgements["p"]
        assert broken.sent >= 1
        clock.forward(minutes=1)
        assert ticked(at, store, memory).sent == 0
    subjects = [message["subject"] for message in made.export("messages")]
    assert subjects.count("P: mistakes in the plan’s files") == 1


def test_a_file_written_a_moment_ago_may_not_be_whole_yet(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    at = deployed(made, Clock("2026-04-02T07:00"))
    memory = Memory()
    with writable_store(at) as store:
        ticked(at, store, memory)
        (made.folder / "plans/p/plan.yaml").write_text("plan: P\ncurr", encoding="utf-8")
        now = Deployment(at.folder, at.settings, lambda: datetime.now(UTC), fixed_today=None, deliver=at.deliver)
        assert ticked(now, store, memory).problems == []


def test_one_broken_plan_stops_only_itself(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    made.write({"plans/q/plan.yaml": "plan: Q\n"})
    clock = Clock("2026-04-02T07:00")
    at = deployed(made, clock)
    with writable_store(at) as store:
        report = ticked(at, store, Memory())
    assert list(report.judgements) == ["p"]
    assert {problem.file for problem in report.problems} == {"plans/q/plan.yaml"}


def command(made: Vigie, *arguments: str) -> list[str]:
    return [sys.executable, "-c", "from worker.cli.main import main; main()", *arguments, "--config", str(made.folder)]


def test_two_services_do_not_work_on_one_database(vigie: Write, database_url: str) -> None:
    made = vigie(PLAN, SOURCES, database=database_url, **{"s.csv": FIGURES})
    with running(command(made, "run")) as first:
        assert first.stderr is not None
        assert '"event": "started"' in first.stderr.readline()
        second = made("run", "--once")
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
    assert second.code == 1
    assert "another 'vigie run' is already working" in second.err
    assert first.returncode == 0
    third = made("run", "--once")
    assert third.code == 0, third.err


def test_the_service_ends_well_on_sigterm_and_logs_json_lines(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, **{"s.csv": FIGURES})
    with running(command(made, "run")) as service:
        assert service.stderr is not None
        lines = [service.stderr.readline()]
        while '"collected"' not in lines[-1]:
            lines.append(service.stderr.readline())
        service.send_signal(signal.SIGTERM)
        rest = service.communicate(timeout=60)[1]
    events = [json.loads(line)["event"] for line in [*lines, *rest.splitlines()]]
    assert (events[0], events[-1], service.returncode) == ("started", "stopped", 0)


# --- a mail server that does not answer ----------------------------------------------------------------------------


@pytest.fixture
def slow() -> Iterator[SmtpServer]:
    """A mail server that a test lets fall silent."""
    with SmtpServer() as server:
        yield server


def with_mail_waiting(made: Vigie, server: SmtpServer, now: datetime) -> Vigie:
    """A message is due, and will go to a server."""
    mail = f"{{host: {HOST}, port: {server.port}, security: none, from: vigie@shop.example}}"
    made.write({"vigie.yaml": f"database: sqlite:///vigie.db\nmail: {mail}\n"})
    at = deploy(made.folder)
    (loaded,) = at.load_all()
    with writable_store(at) as store:
        stored, _ = plan_on_record(at, store, loaded)
        with store.write() as connection:
            outbox.put(connection, stored.id, compose_trial(loaded, "lead", now), "shop.example", now)
    return made


@pytest.mark.parametrize(
    ("phase", "answer", "state"),
    [("MAIL", DRIP, "pending"), ("RCPT", SILENCE, "pending"), ("DOT", SILENCE, "unanswered")],
)
def test_the_service_ends_though_a_mail_server_does_not_answer(
    vigie: Write, slow: SmtpServer, phase: str, answer: str, state: str
) -> None:
    """It would be waited for for minutes. What may have arrived is noted as such."""
    made = with_mail_waiting(vigie(PLAN, SOURCES, **{"s.csv": FIGURES}), slow, datetime.now(UTC))
    slow.answer(phase, answer, always=True)
    with running(command(made, "run")) as service:
        assert slow.holds.wait(60)
        service.send_signal(signal.SIGTERM)
        rest = service.communicate(timeout=30)[1]
    assert (service.returncode, json.loads(rest.splitlines()[-1])["event"]) == (0, "stopped")
    assert [m["state"] for m in made.export("messages") if "test message" in m["subject"]] == [state]


def test_a_mail_server_that_does_not_answer_holds_up_neither_collecting_nor_judging(
    vigie: Write, slow: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, told = Clock("2026-04-02T06:00"), Queue[list[str]]()
    made = with_mail_waiting(vigie(PLAN, SOURCES, **{"s.csv": FIGURES}), slow, clock())
    slow.answer("DOT", SILENCE, always=True)
    at = deployed(made, clock)
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(scheduler, "LISTEN_SECONDS", 0.05)
    monkeypatch.setattr("worker.notify.patience.STOP_SECONDS", 0.1)

    def telling(*given: Any) -> Any:
        told.put([outcome.source for outcome in given[3].collected])
        return judge_plan(*given)

    monkeypatch.setattr(scheduler, "judge_plan", telling)
    with writable_store(at) as store:
        service = Thread(target=serve, args=(at, store))
        service.start()
        try:
            assert slow.holds.wait(60)
            told.get(timeout=60)
            clock.forward(hours=6)
            assert told.get(timeout=60) == ["shop"]  # read and judged while the mail waits
            assert len(slow.heard) == 1
        finally:
            at.stop.set()
            service.join()


def test_a_channel_that_does_not_answer_holds_up_no_mail(
    vigie: Write, slow: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, mails, is_stuck, goes_on = Clock("2026-04-02T06:00"), Queue[str](), Event(), Event()
    made = with_mail_waiting(vigie(PLAN, SOURCES, **{"s.csv": FIGURES}), slow, clock())
    monkeypatch.setattr(scheduler, "LISTEN_SECONDS", 0.05)
    monkeypatch.setattr(scheduler, "SEND_SECONDS", 0.05)

    def stuck(_letter: OutgoingMessage) -> None:
        is_stuck.set()
        goes_on.wait()

    way = deployed(made, clock)
    at = replace(way, deliver=lambda letter: mails.put(letter.recipient), channels={"team": stuck})
    with writable_store(at) as store:
        with store.write() as connection:
            outbox.copy_to_channels(connection, 1, {"lead": "team"}, clock())
            outbox.hold_back(connection, clock() + timedelta(minutes=5))
        service = Thread(target=serve, args=(at, store))
        service.start()
        try:
            assert is_stuck.wait(60)
            clock.forward(minutes=5)  # the mail is due only now that the channel is stuck
            assert mails.get(timeout=60) == "lead@shop.example"
        finally:
            goes_on.set()
            at.stop.set()
            service.join()


def test_a_clock_that_is_set_back_holds_up_no_work() -> None:
    done, again = Event(), Event()
    metronome = BackgroundScheduler(timezone=UTC)
    repeat(metronome, "plans", 60, lambda: again.set() if done.is_set() else done.set())
    metronome.start()
    try:
        assert done.wait(10)
        metronome.get_job("plans").modify(next_run_time=datetime.now(UTC) + timedelta(days=1))  # as it was yesterday
        mind_time_of_day(metronome)
        assert again.wait(10)
    finally:
        assert has_ended(metronome)

"""What people do with flags by hand: done once, refused with a reason, and on record."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import Vigie, Write
from sqlalchemy import insert, select, update

from worker.model.flag import FlagState
from worker.model.response import (
    LONGEST,
    NOTE_LENGTH,
    FlagEpisode,
    Refusal,
    Response,
    ResponseKind,
    ResponseOutcome,
    latest_day,
)
from worker.store import schema as t
from worker.store.engine import Store, open_store
from worker.store.responses import answered, respond
from worker.wording import translator_for

NOW = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)  # in Paris the fifth has begun
TODAY = date(2026, 5, 5)
JUNE = date(2026, 6, 1)

ACK = Response(ResponseKind.ACKNOWLEDGE, "zoe", "agency told to stop")
SNOOZE = Response(ResponseKind.SNOOZE, "zoe", until=date(2026, 5, 20))
EXPECT = Response(ResponseKind.EXPECT, "zoe", "the shop was closed", date(2026, 5, 31))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A plan in Paris with a flag about May, number 1."""
    store = open_store(database_url)
    plan = {
        "plan": "p", "name": "P", "currency": "EUR", "timezone": "Europe/Paris", "language": "fr",
        "starts": date(2026, 1, 1), "ends": date(2027, 1, 1), "digest": "",
    }  # fmt: skip
    flag = {
        "plan_id": 1, "key": "action/a/budget/2026-05-01", "episode": 1,
        "scope": "action", "ref": "a", "subject": "budget",
        "period_start": date(2026, 5, 1), "period_end": JUNE, "person": "zoe", "state": "open", "verdict": "over",
        "opened_at": NOW, "changed_at": NOW, "note": "",
    }  # fmt: skip
    opened = {"flag_id": 1, "state": "open", "reason": "opened", "by": "vigie", "note": "", "changed_at": NOW}
    with store.write() as connection:
        for table, row in ((t.plan, plan), (t.flag, flag), (t.flag_change, opened)):
            connection.execute(insert(table).values(**row))
    yield store
    store.close()


def do(store: Store, wanted: Response, *, episode: int | None = 1, now: datetime = NOW) -> ResponseOutcome:
    with store.write() as connection:
        return respond(connection, FlagEpisode(1, episode), wanted, now)


def flag(store: Store) -> Any:
    with store.read() as connection:
        return connection.execute(select(t.flag)).one()


def changes(store: Store) -> list[tuple[Any, ...]]:
    """What was written down after the flag was opened."""
    c = t.flag_change.c
    with store.read() as connection:
        rows = connection.execute(select(c.state, c.reason, c.by, c.note, c.until).order_by(c.id))
        return [tuple(row) for row in rows][1:]


@pytest.mark.parametrize(
    ("wanted", "state", "change"),
    [
        (ACK, "acknowledged", ("acknowledged", "acknowledged", "zoe", "agency told to stop", None)),
        (SNOOZE, "snoozed", ("snoozed", "snoozed", "zoe", "", date(2026, 5, 20))),
        (EXPECT, "snoozed", ("snoozed", "expected", "zoe", "the shop was closed", date(2026, 5, 31))),
    ],
    ids=lambda value: value.kind if isinstance(value, Response) else "",
)
def test_an_act_is_written_down_once_however_often_it_is_done(
    store: Store, wanted: Response, state: str, change: tuple[Any, ...]
) -> None:
    assert do(store, wanted).is_new
    after = flag(store)
    assert (after.state, after.note, after.snoozed_until) == (state, wanted.note, wanted.until)
    again = do(store, wanted, now=NOW + timedelta(minutes=5))
    assert (again.is_new, again.refusal) == (False, None)
    assert flag(store) == after
    assert changes(store) == [change]


def test_another_person_another_day_or_another_note_is_something_new(store: Store) -> None:
    for wanted in (SNOOZE, replace(SNOOZE, by="lea"), replace(SNOOZE, by="lea", until=date(2026, 5, 21))):
        assert do(store, wanted).is_new
    assert do(store, replace(SNOOZE, by="lea", until=date(2026, 5, 21), note="now I know why")).is_new
    assert len(changes(store)) == 4


def test_saying_it_again_without_the_note_takes_no_note_away(store: Store) -> None:
    do(store, ACK)
    assert not do(store, replace(ACK, note="")).is_new
    assert flag(store).note == "agency told to stop"


def test_who_looks_after_a_flag_that_was_put_off_puts_it_off_no_longer(store: Store) -> None:
    do(store, SNOOZE)
    do(store, ACK)
    assert (flag(store).state, flag(store).snoozed_until) == ("acknowledged", None)


@pytest.mark.parametrize("state", [FlagState.RESOLVED, FlagState.CLOSED])
@pytest.mark.parametrize("wanted", [ACK, SNOOZE, EXPECT], ids=lambda one: one.kind)
def test_nothing_is_done_with_a_flag_that_no_longer_stands(store: Store, wanted: Response, state: FlagState) -> None:
    with store.write() as connection:
        connection.execute(update(t.flag).values(state=state))
    assert do(store, wanted).refusal is Refusal.GONE
    assert changes(store) == []


def test_nor_with_another_episode_nor_with_one_there_never_was(store: Store) -> None:
    assert do(store, ACK, episode=2).refusal is Refusal.GONE
    with store.write() as connection:
        assert respond(connection, FlagEpisode(99), ACK, NOW).refusal is Refusal.GONE
    assert do(store, ACK, episode=None).is_new


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (replace(EXPECT, note=""), Refusal.NO_NOTE),
        (replace(EXPECT, note=" \n\t\x00 "), Refusal.NO_NOTE),
        (replace(ACK, note="x" * (NOTE_LENGTH + 1)), Refusal.LONG_NOTE),
        (replace(SNOOZE, until=None), Refusal.NO_DAY),
        (replace(EXPECT, until=None), Refusal.NO_DAY),
        (replace(SNOOZE, until=date(2026, 5, 4)), Refusal.EARLY_DAY),
        (replace(SNOOZE, until=TODAY), Refusal.EARLY_DAY),
        (replace(SNOOZE, until=date(2026, 6, 2)), Refusal.LATE_DAY),
        (replace(EXPECT, until=date(2026, 6, 2)), Refusal.LATE_DAY),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(store: Store, wanted: Response, refusal: Refusal) -> None:
    assert do(store, wanted).refusal is refusal
    assert (flag(store).state, changes(store)) == ("open", [])


@pytest.mark.parametrize("until", [TODAY + timedelta(days=1), JUNE])
def test_from_tomorrow_to_the_day_after_the_period_every_day_will_do(store: Store, until: date) -> None:
    """Paris has its own today; the first of June is when May is over."""
    assert do(store, replace(SNOOZE, until=until)).is_new


@pytest.mark.parametrize(
    ("kind", "end", "latest"),
    [
        (ResponseKind.SNOOZE, date(2026, 5, 20), date(2026, 5, 20)),  # the period ends first
        (ResponseKind.SNOOZE, date(2026, 12, 31), TODAY + LONGEST),  # thirty days are over first
        (ResponseKind.EXPECT, date(2026, 12, 31), date(2026, 12, 31)),  # what is expected lasts as long as its period
        (ResponseKind.SNOOZE, TODAY, TODAY + LONGEST),  # the period is over: it ends nothing any more
        (ResponseKind.EXPECT, date(2026, 5, 1), TODAY + LONGEST),
        (ResponseKind.SNOOZE, None, TODAY + LONGEST),  # a source has no period
        (ResponseKind.EXPECT, None, TODAY + LONGEST),
    ],
)
def test_the_latest_day_follows_from_the_period_and_thirty_days(
    kind: ResponseKind, end: date | None, latest: date
) -> None:
    assert latest_day(kind, end, TODAY) == latest


def test_a_note_is_kept_on_one_line_without_signs_that_cannot_be_seen(store: Store) -> None:
    do(store, replace(ACK, note="  told \r\n the\x00 agency\x1b[2J  "))
    assert flag(store).note == "told the agency [2J"


def test_who_took_a_flag_up_is_known_by_its_key(store: Store) -> None:
    def found() -> dict[str, tuple[str, str, str, date | None]]:
        with store.read() as connection:
            rows = answered(connection, 1).items()
            return {key: (one.reason, one.by, one.note, one.until) for key, one in rows}

    key = "action/a/budget/2026-05-01"
    assert found() == {}
    do(store, SNOOZE)
    do(store, EXPECT)
    assert found() == {key: ("expected", "zoe", "the shop was closed", date(2026, 5, 31))}
    with store.write() as connection:
        connection.execute(update(t.flag).values(state=FlagState.RESOLVED))
    assert found() == {}


# --- from the command line -----------------------------------------------------------------------------------------

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-05-01
ends: 2026-12-31
people: {lea: {name: Léa Martin, email: lea@shop.example}}
actions:
  ads:
    name: Search ads
    responsible: lea
    budget: {amount: 100, per: month}
    costs: [{on: 2026-05-02, amount: 130, what: clicks}]
"""


@pytest.fixture
def over(vigie: Write) -> Vigie:
    """On the fifth of May the budget of May is spent."""
    made = vigie(PLAN, today="2026-05-05")
    assert made("run", "--once").code == 0
    return made


@pytest.mark.parametrize(
    ("step", "said", "state"),
    [
        (["ack", "1"], "acknowledged", "acknowledged"),
        (["ack", "1", "--note", "agency told", "--by", "lea"], "acknowledged", "acknowledged"),
        (["snooze", "1", "--until", "2026-05-20"], "snoozed until 2026-05-20", "snoozed"),
        (["expect", "1", "--until", "2026-06-01", "--note", "paid at once"], "expected until 2026-06-01", "snoozed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_step_is_said_and_done_once(over: Vigie, step: list[str], said: str, state: str) -> None:
    answer = over("flags", *step, "--json")
    assert (answer.code, answer.json) == (0, {"id": 1, "state": said, "changed": True})
    assert over("flags", "--json").json[0]["state"] == state
    assert over("flags", *step, "--json").json["changed"] is False
    assert over("flags", *step).out == f"1: {said}\n"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (["snooze", "1", "--until", "2026-06-02"], "1: That is too late: 1 June 2026 at the latest."),
        (["snooze", "1", "--until", "2026-05-05"], "1: Choose a day in the future: tomorrow at the earliest."),
        (["expect", "1", "--until", "2026-05-20", "--note", " "], "1: Say why it was expected"),
        (["ack", "1", "--note", "x" * 1001], "1: The note is too long: 1,000 characters at most."),
        (["ack", "2"], "no open alert has the number 2: 'vigie flags' lists them"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_step_that_cannot_be_done_is_the_users_to_change(over: Vigie, step: list[str], said: str) -> None:
    answer = over("flags", *step)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert over("flags", "--json").json[0]["state"] == "open"


#: in the report; apostrophes are escaped there
FRENCH = "Signalée comme prévue jusqu’au 1er juin 2026 par Léa Martin, le {day}. «\u00a0paid at once &lt;b&gt;\u00a0»"
ENGLISH = "Marked as expected until 1 June 2026 by Léa Martin on {day}. “paid at once &lt;b&gt;”"


@pytest.mark.parametrize(("language", "said"), [("en", ENGLISH), ("fr", FRENCH)])
def test_the_report_says_who_took_a_problem_up_when_and_why(over: Vigie, language: Any, said: str) -> None:
    page = over.folder / "r.html"
    assert over("report", "--language", language, "-o", str(page)).code == 0
    assert "Léa Martin expects" not in page.read_text(encoding="utf-8")
    steps = ["expect", "1", "--until", "2026-06-01", "--note", "paid at once <b>", "--by", "lea"]
    assert over("flags", *steps).code == 0
    over("report", "--language", language, "-o", str(page))
    day = translator_for(language).day(datetime.now(ZoneInfo("Europe/Paris")).date())
    assert said.format(day=day) in page.read_text(encoding="utf-8")

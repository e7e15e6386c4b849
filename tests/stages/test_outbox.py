"""The outbox: written with the news, sent at least once, always under one id; nothing is lost at any crash."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from smtp_server import DROP, HOST, SILENCE, SmtpServer, self_signed
from sqlalchemy import Connection, Row, select

from config.errors import DeliveryError
from config.loading.loader import parse_plan
from config.settings import Mail
from connectors.registry import OptionModels
from worker.model.message import Deliver, Draft, NoTransport, OutgoingMessage, Picture
from worker.notify.deliver import send_due
from worker.notify.smtp import deliver_by_smtp
from worker.service.pipeline import take_over
from worker.store import outbox, plans
from worker.store import schema as t
from worker.store.engine import Store, open_store
from worker.store.synchronise import synchronise

START = datetime(2026, 5, 20, 6, tzinfo=UTC)

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
"""


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    yield from _opened(database_url)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """For what does not depend on the database."""
    yield from _opened(f"sqlite:///{tmp_path / 'vigie.db'}")


def _opened(url: str) -> Iterator[Store]:
    made = open_store(url)
    loaded = parse_plan(Path("p"), PLAN, "", OptionModels())
    with made.write() as connection:
        synchronise(connection, loaded, {}, "digest", START)
    yield made
    made.close()


def draft(key: str, recipient: str = "al@shop.example", **other: Any) -> Draft:
    usual: dict[str, Any] = {
        "person": "al",
        "name": "Al",
        "language": "en",
        "subject": "Hello",
        "text": "Text\n",
        "html": "<p>Text",
    }
    return Draft(key=key, recipient=recipient, **{**usual, **other})


def put(store: Store, *drafts: Draft, now: datetime = START) -> list[tuple[int, bool]]:
    with store.write() as connection:
        stored = plans.stored_plan(connection, "p")
        assert stored
        return [outbox.put(connection, stored.id, one, "shop.example", now) for one in drafts]


def claim(store: Store, now: datetime = START) -> Row[Any] | None:
    with store.write() as connection:
        return outbox.claim(connection, now)


def messages(store: Store) -> list[Row[Any]]:
    with store.read() as connection:
        return list(connection.execute(select(t.message).order_by(t.message.c.id)).all())


def states(store: Store) -> list[str]:
    return [message.state for message in messages(store)]


def refuse(*, permanent: bool) -> Deliver:
    def deliver(_letter: OutgoingMessage) -> None:
        raise DeliveryError("450 later" if not permanent else "550 nobody", permanent=permanent)

    return deliver


def take(_letter: OutgoingMessage) -> None:
    """A server that takes everything."""


def smtp(server: SmtpServer, **other: Any) -> Deliver:
    settings = {"host": HOST, "port": server.port, "security": server.security, "from": "Vigie <vigie@shop.example>"}
    return deliver_by_smtp(Mail.model_validate({**settings, **other}), lambda: "wrong")


# --- writing and taking --------------------------------------------------------------------------------------------


def test_a_new_message_is_pending_and_has_its_id_for_life(sqlite: Store) -> None:
    assert [is_new for _, is_new in put(sqlite, draft("one"))] == [True]
    [message] = messages(sqlite)
    assert (message.state, message.rfc_id, message.attempts) == ("pending", "<one@shop.example>", 0)
    assert (message.written_at, message.next_at, message.sent_at) == (START, START, None)


def test_the_same_news_makes_no_second_message(store: Store) -> None:
    [(first, _)] = put(store, draft("one"))
    assert put(store, draft("one", subject="Other words for it")) == [(first, False)]
    assert [message.subject for message in messages(store)] == ["Hello"]


def test_the_same_news_makes_no_second_message_even_when_the_first_is_sent(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("one"))
    assert send_due(sqlite, take, clock) == (1, [])
    put(sqlite, draft("one"))
    assert send_due(sqlite, take, clock) == (0, [])
    assert states(sqlite) == ["sent"]


def test_what_begins_a_thread_and_what_is_shown_is_kept_with_the_message(store: Store, clock: Clock) -> None:
    shown = (Picture("orders", b"\x89PNG\r\n\x1a\n\0\xff"), Picture("a-first", b"\x89PNG"))
    put(store, draft("one", references="<first@shop.example>", pictures=shown), draft("two"))
    got: list[OutgoingMessage] = []
    send_due(store, got.append, clock)
    assert [(message.references, message.pictures) for message in got] == [("<first@shop.example>", shown), ("", ())]


def test_a_message_that_is_not_kept_was_never_written(sqlite: Store) -> None:
    with pytest.raises(Crash):
        put(Doomed(sqlite, 1, "before"), draft("one"))
    assert messages(sqlite) == []


def test_messages_are_taken_oldest_first_and_each_once(store: Store) -> None:
    put(store, draft("one"), draft("two"))
    taken = [claim(store), claim(store), claim(store)]
    assert [message and message.key for message in taken] == ["one", "two", None]
    assert states(store) == ["claimed", "claimed"]
    assert [message.attempts for message in messages(store)] == [1, 1]


def test_two_connections_at_once_take_each_message_once(store: Store) -> None:
    put(store, *(draft(f"message-{number}") for number in range(20)))
    taken: list[str] = []
    together = Barrier(2)

    def take_all() -> None:
        together.wait()
        while (message := claim(store)) is not None:
            taken.append(message.key)

    threads = [Thread(target=take_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(taken) == Counter({f"message-{number}": 1 for number in range(20)})


@pytest.mark.parametrize(("minutes", "again"), [(0, False), (14.9, False), (15, True), (60, True)])
def test_a_claim_runs_out_after_a_quarter_of_an_hour(sqlite: Store, minutes: float, again: bool) -> None:
    put(sqlite, draft("one"))
    first = claim(sqlite)
    second = claim(sqlite, START + timedelta(minutes=minutes))
    assert first
    assert (second is not None) is again
    if second:
        assert (second.id, second.rfc_id) == (first.id, first.rfc_id)


def test_a_claim_of_a_dead_process_is_freed_by_one_that_is_alone(store: Store, clock: Clock) -> None:
    put(store, draft("one"))
    claim(store)
    assert send_due(store, take, clock) == (0, [])
    take_over(store)
    assert send_due(store, take, clock) == (1, [])


def test_an_expired_claim_is_taken_again_on_either_database(store: Store, clock: Clock) -> None:
    put(store, draft("one"))
    claim(store)
    clock.forward(minutes=16)
    assert send_due(store, take, clock) == (1, [])
    assert states(store) == ["sent"]


# --- refusals ------------------------------------------------------------------------------------------------------


def test_a_message_refused_for_now_waits_longer_each_time(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("one"))
    waits = []
    for _ in range(8):
        assert send_due(sqlite, refuse(permanent=False), clock) == (0, ["al@shop.example: 450 later"])
        [message] = messages(sqlite)
        assert (message.state, message.problem, message.claimed_until_at) == ("pending", "450 later", None)
        waits.append((message.next_at - clock.at) / timedelta(minutes=1))
        clock.at = message.next_at - timedelta(seconds=1)
        assert send_due(sqlite, refuse(permanent=False), clock) == (0, [])
        clock.at = message.next_at
    assert waits == [1, 5, 15, 30, 60, 60, 60, 60]
    assert send_due(sqlite, take, clock) == (1, [])
    [message] = messages(sqlite)
    assert (message.state, message.sent_at, message.problem) == ("sent", clock.at, None)


@pytest.mark.parametrize(("after", "state"), [({"days": 5}, "pending"), ({"days": 5, "seconds": 1}, "failed")])
def test_a_message_is_given_up_after_five_days(sqlite: Store, clock: Clock, after: dict[str, int], state: str) -> None:
    put(sqlite, draft("one"))
    clock.forward(**after)
    send_due(sqlite, refuse(permanent=False), clock)
    assert states(sqlite) == [state]


def test_a_message_given_up_is_not_tried_again(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("one"))
    tries = 0
    while states(sqlite) == ["pending"]:
        tries += send_due(sqlite, refuse(permanent=False), clock)[1] != []
        clock.forward(hours=12)
    assert (states(sqlite), tries) == (["failed"], 12)  # at hour 0, 12, … 120, and at 132, when five days are over
    assert send_due(sqlite, take, clock) == (0, [])


def test_a_recipient_refused_for_good_stops_no_other(sqlite: Store, clock: Clock) -> None:
    people = ["al@shop.example", "bo@shop.example", "cy@shop.example", "di@shop.example"]
    put(sqlite, *(draft(f"to-{person}", person) for person in people))
    with SmtpServer() as server:
        server.answer("RCPT bo@shop.example", "550 5.1.1 no such user", always=True)
        server.answer("RCPT cy@shop.example", "450 4.2.0 greylisted")
        sent, problems = send_due(sqlite, smtp(server), clock)
        assert (sent, len(problems)) == (2, 2)
        assert states(sqlite) == ["sent", "failed", "pending", "sent"]
        clock.forward(seconds=59)
        assert send_due(sqlite, smtp(server), clock) == (0, [])
        clock.forward(seconds=1)
        assert send_due(sqlite, smtp(server), clock) == (1, [])
        clock.forward(days=1)
        assert send_due(sqlite, smtp(server), clock) == (0, [])
        assert states(sqlite) == ["sent", "failed", "sent", "sent"]
        assert Counter(got.recipients[0] for got in server.taken) == Counter(
            {"al@shop.example": 1, "cy@shop.example": 1, "di@shop.example": 1}
        )
        assert Counter(server.asked_for)["bo@shop.example"] == 1
    assert messages(sqlite)[1].problem == "550 5.1.1 no such user"


def test_a_message_that_no_mail_can_be_made_of_stops_no_other(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("bad", "a..b@shop.example"), draft("good"))
    with SmtpServer() as server:
        sent, problems = send_due(sqlite, smtp(server), clock)
        assert (sent, len(problems), len(server.taken)) == (1, 1, 1)
    assert states(sqlite) == ["failed", "sent"]


def test_a_server_that_is_down_for_two_days_gets_every_mail_once_when_it_is_back(sqlite: Store, clock: Clock) -> None:
    put(sqlite, *(draft(f"message-{number}") for number in range(3)))
    tries = 0

    def down(_letter: OutgoingMessage) -> None:
        nonlocal tries
        tries += 1
        raise NoTransport("mail.shop.example:587 does not take mail: Connection refused")

    while clock.at < START + timedelta(days=2):
        send_due(sqlite, down, clock)
        clock.forward(minutes=1)
    # at 0, 1, 6, 21 and 51 minutes, then each hour up to minute 2871 of 2880; one message speaks for all each time
    assert tries == 5 + 47
    assert {message.may_have_arrived for message in messages(sqlite)} == {False}
    with SmtpServer() as server:
        clock.forward(hours=1)
        assert send_due(sqlite, smtp(server), clock) == (3, [])
        assert send_due(sqlite, smtp(server), clock) == (0, [])
        assert Counter(got.rfc_id for got in server.taken) == {f"<message-{n}@shop.example>": 1 for n in range(3)}


# --- when nothing can leave ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"), f"IP:{HOST}")


def test_a_wrong_password_is_tried_once_in_a_quarter_of_an_hour_however_much_waits(
    sqlite: Store, clock: Clock, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    put(sqlite, *(draft(f"message-{number}") for number in range(5)))
    with SmtpServer("starttls", certificate, {"vigie": "right"}) as server:
        deliver = smtp(server, username="vigie")
        for _ in range(30):
            send_due(sqlite, deliver, clock)
            clock.forward(minutes=1)
        assert server.logins == [False, False]
        server.users["vigie"] = "wrong"  # which is what Vigie says, so that now it is right
        clock.forward(minutes=15)
        assert send_due(sqlite, deliver, clock) == (5, [])
    assert states(sqlite) == ["sent"] * 5


def test_what_stops_every_mail_is_said_once(sqlite: Store, clock: Clock) -> None:
    with SmtpServer() as server:
        gone = smtp(server)
    put(sqlite, *(draft(f"message-{number}") for number in range(5)))
    sent, problems = send_due(sqlite, gone, clock)
    assert (sent, len(problems)) == (0, 1)
    assert states(sqlite) == ["pending"] * 5
    assert {message.next_at for message in messages(sqlite)} == {START + timedelta(minutes=1)}
    with SmtpServer() as server:
        clock.forward(minutes=1)
        assert send_due(sqlite, smtp(server), clock) == (5, [])


def test_a_sender_that_is_refused_loses_no_mail(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("one"), draft("two"))
    with SmtpServer() as server:
        server.answer("MAIL", "550 5.7.1 sender not allowed")
        assert send_due(sqlite, smtp(server), clock)[0] == 0
        assert states(sqlite) == ["pending", "pending"]
        clock.forward(minutes=15)
        assert send_due(sqlite, smtp(server), clock) == (2, [])


# --- when nobody knows whether it arrived --------------------------------------------------------------------------


def test_a_server_that_takes_mails_and_never_says_so_gets_eight_copies_in_five_days(
    sqlite: Store, clock: Clock
) -> None:
    put(sqlite, draft("one"))
    seen, hours, copies = [], [], 0
    with SmtpServer() as server:
        server.answer("DOT", DROP, always=True)
        for _ in range(4 * 24 * 6):
            send_due(sqlite, smtp(server), clock)
            if len(server.heard) > copies:
                copies = len(server.heard)
                hours.append((clock.at - START) / timedelta(hours=1))
            seen += [state for state in states(sqlite) if state not in seen]
            clock.forward(minutes=15)
        assert [got.rfc_id for got in server.heard] == ["<one@shop.example>"] * 8
    assert hours == [0, 0.25, 1, 4, 16, 64, 112, 120]
    assert seen == ["unanswered", "unanswered_twice", "failed"]


@pytest.mark.parametrize("days", [1, 3, 4.9])
def test_a_mail_first_dropped_after_a_long_outage_is_still_sent_again(sqlite: Store, clock: Clock, days: float) -> None:
    put(sqlite, draft("one"))
    clock.forward(days=days)
    with SmtpServer() as server:
        server.answer("DOT", DROP)
        send_due(sqlite, smtp(server), clock)
        assert states(sqlite) == ["unanswered"]
        clock.at = messages(sqlite)[0].next_at
        assert send_due(sqlite, smtp(server), clock) == (1, [])
    assert clock.at <= START + timedelta(days=5)


@pytest.mark.parametrize(("phase", "answer"), [("DOT", DROP), ("DOT", SILENCE), ("RCPT", SILENCE), ("MAIL", SILENCE)])
def test_where_one_mail_gets_no_answer_the_others_are_not_tried_in_that_pass(
    sqlite: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, phase: str, answer: str
) -> None:
    monkeypatch.setattr("worker.notify.smtp.SMTP_SECONDS", 0.3)
    monkeypatch.setattr("worker.notify.smtp.ANSWER_SECONDS", 0.3)
    put(sqlite, *(draft(f"message-{number}") for number in range(5)))
    with SmtpServer() as server:
        server.answer(phase, answer)
        sent, problems = send_due(sqlite, smtp(server), clock)
        assert (sent, len(problems), server.connections) == (0, 1, 1)
        clock.forward(minutes=15)
        assert send_due(sqlite, smtp(server), clock) == (5, [])


def test_a_mail_that_is_never_answered_starves_no_other(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("poison", "bo@shop.example"), *(draft(f"message-{number}") for number in range(5)))
    with SmtpServer() as server:
        server.answer("RCPT bo@shop.example", DROP, always=True)
        for _ in range(20):
            send_due(sqlite, smtp(server), clock)
            clock.forward(minutes=1)
    assert states(sqlite) == ["pending", *["sent"] * 5]


def test_what_nobody_foresaw_in_one_message_stops_no_other(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("bad", "bo@shop.example"), draft("good"))

    def deliver(letter: OutgoingMessage) -> None:
        if letter.recipient == "bo@shop.example":
            raise ZeroDivisionError("password=hunter2")

    sent, problems = send_due(sqlite, deliver, clock)
    assert (sent, states(sqlite)) == (1, ["pending", "sent"])
    assert "unexpected ZeroDivisionError at test_outbox.py:" in problems[0]
    assert "hunter2" not in str(messages(sqlite)[0].problem)


def test_sending_ends_between_two_messages_when_its_time_is_over(sqlite: Store, clock: Clock) -> None:
    put(sqlite, *(draft(f"message-{number}") for number in range(5)))
    got: list[str] = []
    sent, _ = send_due(sqlite, lambda letter: got.append(letter.rfc_id), clock, is_over=lambda: len(got) == 2)
    assert (sent, len(got), states(sqlite)) == (2, 2, ["sent", "sent", *["pending"] * 3])


def test_a_message_that_may_have_arrived_is_sent_again_after_a_quarter_of_an_hour(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("one"))
    with SmtpServer() as server:
        server.answer("DOT", DROP)
        send_due(sqlite, smtp(server), clock)
        clock.forward(minutes=14.9)
        assert send_due(sqlite, smtp(server), clock) == (0, [])
        clock.forward(minutes=0.1)
        assert send_due(sqlite, smtp(server), clock) == (1, [])
        assert [got.rfc_id for got in server.heard] == ["<one@shop.example>"] * 2
    assert states(sqlite) == ["sent"]


def test_a_refusal_in_between_does_not_begin_the_copies_anew(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("one"))
    with SmtpServer() as server:
        server.answer("DOT", *[DROP, "451 later"] * 100)
        for _ in range(24 * 6):
            send_due(sqlite, smtp(server), clock)
            clock.forward(hours=1)
        assert sum(got.answer == DROP for got in server.heard) <= 8
    assert states(sqlite) == ["failed"]


def test_a_copy_of_what_may_have_arrived_says_which_attempt_it_is(sqlite: Store, clock: Clock) -> None:
    """Refused at first, which leaves no doubt; never answered; refused again, which does not take the doubt away."""
    put(sqlite, draft("one"))
    with SmtpServer() as server:
        server.answer("DOT", "451 later", DROP, "451 later", "250 taken")
        for _ in range(4):
            send_due(sqlite, smtp(server), clock)
            clock.at = messages(sqlite)[0].next_at
        assert [got.message["X-Vigie-Attempt"] for got in server.heard] == [None, None, "3", "4"]
        assert {got.rfc_id for got in server.heard} == {"<one@shop.example>"}


@pytest.mark.parametrize("is_freed", [True, False])
def test_what_a_dead_process_was_sending_may_have_arrived(sqlite: Store, clock: Clock, is_freed: bool) -> None:
    put(sqlite, draft("one"))
    claim(sqlite)
    if is_freed:
        take_over(sqlite)
    else:
        clock.forward(minutes=15)
    got: list[OutgoingMessage] = []
    send_due(sqlite, got.append, clock)
    assert [message.attempt for message in got] == [2]


# --- crashes -------------------------------------------------------------------------------------------------------


class Crash(BaseException):
    """The process dies here: nothing that comes after is done, and nothing catches it."""


class Doomed(Store):
    """A store whose process dies right before or after it keeps its n-th transaction."""

    def __init__(self, store: Store, number: int, when: str) -> None:
        super().__init__(store.engine)
        self.number, self.when, self.count = number, when, 0

    @contextmanager
    def write(self, source_id: int | None = None) -> Iterator[Connection]:
        self.count += 1
        is_last = self.count == self.number
        with super().write(source_id) as connection:
            yield connection
            if is_last and self.when == "before":
                raise Crash
        if is_last:
            raise Crash


class Mailbox:
    """A server that takes everything, until its client dies right before or after handing over the n-th mail."""

    def __init__(self, number: int = 0, when: str = "") -> None:
        self.number, self.when = number, when
        self.tries = 0
        self.got: list[str] = []

    def __call__(self, message: OutgoingMessage) -> None:
        self.tries += 1
        if self.tries == self.number and self.when == "before":
            raise Crash
        self.got.append(message.rfc_id)
        if self.tries == self.number:
            raise Crash


#: three messages are sent in seven transactions: claim and sent of each, and a claim that finds nothing more
COMMITS = [("commit", number, when) for number in range(1, 8) for when in ("before", "after")]
DELIVERIES = [("delivery", number, when) for number in range(1, 4) for when in ("before", "after")]

#: between the server's 250 and the note of it: the only window in which a mail can go out twice
WINDOW = {("delivery", n, "after") for n in (1, 2, 3)} | {("commit", 2 * n, "before") for n in (1, 2, 3)}


def test_at_every_crash_point_nothing_is_lost_and_a_copy_goes_out_in_one_known_window_only(store: Store) -> None:
    clock = Clock()
    for point in [*COMMITS, *DELIVERIES]:
        what, number, when = point
        wanted = [f"{what}-{number}-{when}-{n}" for n in range(3)]
        put(store, *map(draft, wanted), now=clock.at)
        mailbox = Mailbox(number, when) if what == "delivery" else Mailbox()
        with pytest.raises(Crash):
            send_due(Doomed(store, number, when) if what == "commit" else store, mailbox, clock)
        clock.forward(minutes=16)
        send_due(store, mailbox, clock)
        ids = {f"<{key}@shop.example>" for key in wanted}
        assert set(mailbox.got) == ids, f"lost at {point}"
        assert len(mailbox.got) == len(ids) + (point in WINDOW), f"copies at {point}"
        assert set(states(store)) == {"sent"}, f"not settled at {point}"


def test_a_process_that_dies_at_every_second_mail_still_brings_them_all(sqlite: Store, clock: Clock) -> None:
    put(sqlite, *(draft(f"message-{n}") for n in range(4)))
    got: list[str] = []
    crashes = 0
    while set(states(sqlite)) != {"sent"}:
        mailbox = Mailbox(2, "after")
        try:
            send_due(sqlite, mailbox, clock)
        except Crash:
            crashes += 1
        got += mailbox.got
        clock.forward(minutes=16)
    assert crashes == 3  # each time one more was noted as sent; the last process had but one mail to bring
    assert Counter(got) == Counter({f"<message-{n}@shop.example>": 2 if n else 1 for n in range(4)})


def test_a_process_that_comes_late_takes_nothing_back_from_the_one_that_sent(store: Store, clock: Clock) -> None:
    put(store, draft("one"))
    late = claim(store)
    assert late
    clock.forward(minutes=16)
    assert send_due(store, take, clock) == (1, [])
    with store.write() as connection:
        outbox.mark_refused(connection, late, DeliveryError("450 later", permanent=False), clock.at)
        outbox.mark_unanswered(connection, late, "no answer", clock.at)
    assert states(store) == ["sent"]


def test_a_late_refusal_does_not_end_the_claim_of_the_process_that_is_sending(sqlite: Store, clock: Clock) -> None:
    put(sqlite, draft("one"))
    late = claim(sqlite)
    assert late
    clock.forward(minutes=16)
    assert claim(sqlite, clock.at)
    with sqlite.write() as connection:
        outbox.mark_refused(connection, late, DeliveryError("550 nobody", permanent=True), clock.at)
    assert states(sqlite) == ["claimed"]

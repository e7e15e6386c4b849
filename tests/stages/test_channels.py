"""Other channels: through the same outbox, by Apprise to a real server on loopback, and never a sign of the address."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from conftest import Vigie, Write

from config.errors import DeliveryError, PlanError, Problem
from worker.model.message import NoTransport, OutgoingMessage
from worker.notify.channels import deliver_by_channel
from worker.service.pipeline import PassResult, compute_plan, deliver, judge_plan, notify_plan
from worker.service.wiring import deploy, writable_store

#: of Apprise's own plugins, as they are loaded on Python before 3.13
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "T0k3n-c4n4ry"
START = datetime(2026, 5, 20, 6, tzinfo=UTC)


class Hook:
    """A web hook that answers as a test says, and keeps what it heard."""

    def __init__(self) -> None:
        self.answers: list[int] = []  #: one after the other; then, or else, 200
        self.heard: list[tuple[str, dict[str, Any]]] = []
        owner = self

        class Asked(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.heard.append((self.path, said))
                status = owner.answers.pop(0) if owner.answers else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"{owner.place}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self.place = f"http://127.0.0.1:{self.server.server_port}"
        self.address = f"json://127.0.0.1:{self.server.server_port}/{SECRET}"

    @property
    def titles(self) -> list[str]:
        return [said["title"] for _, said in self.heard]


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def message(**other: Any) -> OutgoingMessage:
    usual = OutgoingMessage(
        recipient="team",
        name="Zoé Petit",
        subject="Printemps : l'été\r\nest en avance",
        text="Bonjour Zoé,\n\n<b>87</b> & *13* sur 100 \\n.\n",
        html="",
        rfc_id="<team-0123@shop.example>",
        written_at=START,
        channel="team",
    )
    return usual._replace(**other)


def refusal(address: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as refused:
        deliver_by_channel("team", lambda: address)(message())
    return refused.value


# --- one message ---------------------------------------------------------------------------------------------------


def test_a_channel_gets_the_subject_on_one_line_and_the_text_as_it_is(hook: Hook) -> None:
    deliver_by_channel("team", lambda: hook.address)(message())
    ((path, said),) = hook.heard
    assert path.startswith(f"/{SECRET}")
    assert (said["title"], said["message"].strip()) == ("Printemps : l'été est en avance", message().text.strip())
    assert said["attachments"] == []


def test_what_a_service_takes_no_more_of_at_once_goes_in_parts_unless_its_address_says_otherwise(hook: Hook) -> None:
    """A web hook takes 32,768 signs: 70,000 are three messages; cut off where its address wants that, one."""
    words = "".join(f"{n:06} " for n in range(10_000))
    deliver_by_channel("team", lambda: hook.address)(message(text=words))
    assert len(hook.heard) == 3
    assert "".join("".join(said["message"].split()) for _, said in hook.heard) == "".join(words.split())
    hook.heard.clear()
    deliver_by_channel("team", lambda: f"{hook.address}?overflow=truncate")(message(text=words))
    assert len(hook.heard) == 1


@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500, 503])
def test_a_channel_that_does_not_take_a_message_is_asked_again_later(hook: Hook, status: int) -> None:
    hook.answers = [status]
    refused = refusal(hook.address)
    assert (refused.permanent, isinstance(refused, NoTransport)) == (False, False)
    assert f"channel team: answered {status}" in str(refused)
    assert len(hook.heard) == 1  # a redirection is not followed: the address would go with it


def test_a_channel_that_is_not_there_makes_its_other_messages_wait(hook: Hook) -> None:
    hook.server.socket.close()
    refused = refusal(hook.address)
    assert isinstance(refused, NoTransport)
    assert str(refused) == "channel team: cannot be reached or rejects messages; check its address"


@pytest.mark.parametrize("address", ["", "hello", SECRET, f"http//{SECRET}", f"nosuchservice://{SECRET}", "json://"])
def test_an_address_that_apprise_does_not_know_is_told_without_it(address: str) -> None:
    refused = refusal(address)
    assert isinstance(refused, NoTransport)
    assert refused.pause == timedelta(minutes=15)
    assert str(refused) == "channel team: Apprise does not recognise its address"


def test_an_address_that_cannot_be_had_is_told_in_words() -> None:
    def ask() -> str:
        raise PlanError([Problem("secret", 0, "the environment variable TEAM_URL is not set")])

    with pytest.raises(NoTransport, match="channel team: the environment variable TEAM_URL is not set"):
        deliver_by_channel("team", ask)(message())


def test_without_apprise_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert str(refusal("json://127.0.0.1")) == "channel team: channels need Apprise: pip install 'vigie[channels]'"


@pytest.mark.parametrize("answer", [200, 404, 500, None])
def test_no_log_holds_the_address_whatever_happens(
    hook: Hook, answer: int | None, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    hook.answers = [answer] if answer else []
    if answer is None:
        hook.server.socket.close()
    for address in (hook.address, f"nosuchservice://{SECRET}", f"slack://{SECRET}"):
        with caplog.at_level(1), suppress(DeliveryError):
            deliver_by_channel("team", lambda address=address: address)(message())  # type: ignore[misc]
    logging.getLogger("vigie").error("done")
    said = capfd.readouterr()
    assert SECRET not in caplog.text + said.out + said.err


# --- through the outbox ----------------------------------------------------------------------------------------------

PLAN = """
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
starts: 2026-05-01
ends: 2026-06-30
people:
  lead: {name: Lead, email: lead@shop.example, channel: team}
  content: {name: Content, email: content@shop.example}
actions:
  news:
    name: Newsletter
    responsible: lead
    when: {every: month, on: 1, lasts: 14 days}
    tracked_by: [{campaign: "news*"}]
    targets: [{kpi: orders, at_least: 100, per: occurrence}]
  fair:
    name: Fair
    responsible: content
    when: {from: 2026-05-01, to: 2026-05-14}
    tracked_by: [{campaign: "fair*"}]
    targets: [{kpi: orders, at_least: 100}]
"""
SOURCES = "shop: {connector: csv_file, path: figures.csv, covers: {from: 2026-05-01, until: 2026-05-19}}"
FIGURES = "day,campaign,orders\n2026-05-03,news-5,50\n2026-05-04,fair,9\n"
TODAY = "2026-05-20"


@pytest.fixture
def made(vigie: Write, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Vigie:
    monkeypatch.setenv("TEAM_URL", hook.address)
    at = vigie(PLAN, SOURCES, today=TODAY, **{"figures.csv": FIGURES})
    return at.write({"vigie.yaml": "mail: {folder: outbox/}\nchannels: {team: {env: TEAM_URL}}\n"})


def messages(at: Vigie) -> list[tuple[str, str, str]]:
    return sorted((row["recipient"], row["channel"], row["state"]) for row in at.export("messages"))


def test_who_has_a_channel_is_told_there_too_in_the_words_of_the_mail(made: Vigie, hook: Hook) -> None:
    answer = made("run", "--once")
    assert (answer.code, answer.err) == (0, "")
    assert "3 messages written, 3 sent" in answer.out
    assert messages(made) == [
        ("content@shop.example", "", "sent"),
        ("lead@shop.example", "", "sent"),
        ("team", "team", "sent"),
    ]
    ((_, said),) = hook.heard
    assert said["title"] == "Spring 2026: Newsletter missed its target"
    assert said["message"].startswith("Hello Lead,\n")
    assert "50 orders (target: at least 100)." in said["message"]
    assert len(list((made.folder / "outbox").glob("*.eml"))) == 2


def test_nothing_new_is_nothing_new_on_a_channel(made: Vigie, hook: Hook) -> None:
    made("run", "--once")
    made("run", "--once")
    assert len(hook.heard) == 1


def test_a_channel_that_fails_stops_no_mail_and_is_tried_again(made: Vigie, hook: Hook) -> None:
    hook.answers = [500]
    answer = made("run", "--once")
    assert answer.code == 1
    assert "vigie: team: channel team: answered 500" in answer.err
    assert SECRET not in answer.out + answer.err
    assert messages(made) == [
        ("content@shop.example", "", "sent"),
        ("lead@shop.example", "", "sent"),
        ("team", "team", "pending"),
    ]


def test_mail_that_fails_stops_no_channel(made: Vigie, hook: Hook) -> None:
    (made.folder / "outbox").write_text("a file stands here", encoding="utf-8")
    answer = made("run", "--once")
    assert answer.code == 1
    assert "cannot be written" in answer.err
    assert messages(made) == [
        ("content@shop.example", "", "pending"),
        ("lead@shop.example", "", "pending"),
        ("team", "team", "sent"),
    ]


def test_the_address_reaches_neither_the_database_nor_an_export(made: Vigie) -> None:
    made("run", "--once")
    assert SECRET.encode() not in (made.folder / "vigie.db").read_bytes()
    assert SECRET not in json.dumps(made.export("messages"))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("channels: {teams: {env: TEAM_URL}}", "vigie.yaml has no channel 'team'; did you mean 'teams'?"),
        ("channels: {ops: {env: A}, desk: {env: B}}", "vigie.yaml has no channel 'team'; it can be desk, ops"),
        ("mail: {folder: outbox/}", "vigie.yaml has no channels: add team under channels"),
    ],
)
@pytest.mark.parametrize("words", [("check",), ("run", "--once")], ids=" ".join)
def test_a_channel_that_the_settings_do_not_name_is_a_mistake_of_the_plan(
    made: Vigie, settings: str, problem: str, words: tuple[str, ...]
) -> None:
    made.write({"vigie.yaml": f"{settings}\n"})
    answer = made(*words)
    assert answer.code == 2
    assert f"plans/p/plan.yaml:8: {problem}\n" in answer.out + answer.err


def test_an_unknown_channel_is_told_among_all_other_mistakes(made: Vigie) -> None:
    made.write({"plans/p/plan.yaml": PLAN.replace("channel: team", "channel: taem").replace("EUR", "euro")})
    answer = made("check")
    assert "plan.yaml:3: currency: 'euro' is not a currency" in answer.out
    assert "plan.yaml:8: vigie.yaml has no channel 'taem'; did you mean 'team'?" in answer.out


def test_a_channel_taken_out_of_the_settings_leaves_the_last_good_plan_in_force(made: Vigie, hook: Hook) -> None:
    """Mails go on; what is for the channel says what to do."""
    hook.answers = [500]
    made("run", "--once")
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    answer = made("run", "--once", today="2026-05-21")
    assert answer.code == 2
    subjects = [row["subject"] for row in made.export("messages") if row["state"] == "sent"]
    assert "Spring 2026: mistakes in the plan’s files" in subjects


def test_check_names_the_remedy_where_apprise_is_not_installed(made: Vigie, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.cli.configuration.find_spec", lambda _name: None)
    answer = made("check")
    assert "vigie.yaml: warning: channels need Apprise: pip install 'vigie[channels]'" in answer.out
    assert answer.code == 0


def test_a_message_that_no_channel_takes_for_five_days_is_told_to_the_lead_once(made: Vigie, hook: Hook) -> None:
    """And the notice, which fails on that channel as well, makes no further one."""
    now = [START]
    at = deploy(made.folder, now=lambda: now[0])
    hook.answers = [500] * 1000
    made("collect")
    with writable_store(at) as store:
        (loaded,) = at.load_all()
        for days in (0, 6, 6, 6):  # written, given up and told, the notice given up, and nothing more
            now[0] += timedelta(days=days)
            report = PassResult()
            judged = judge_plan(at, store, compute_plan(at, store, loaded), report)
            notify_plan(at, store, judged, [], at_once=True)
            deliver(at, store, report)
    undelivered = [row for row in made.export("messages") if "was not delivered" in row["subject"]]
    assert [(row["recipient"], row["state"]) for row in undelivered] == [
        ("lead@shop.example", "sent"),
        ("team", "failed"),
    ]

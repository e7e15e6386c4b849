"""``vigie test-alert``: one small message by the way of all others, and what came of it in words; no flag changes."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from conftest import Vigie, Write
from smtp_server import DROP, HOST, SmtpServer

PLAN = """
plan: Printemps 2026
currency: EUR
timezone: Europe/Paris
language: en
starts: 2026-05-01
ends: 2026-06-30
people:
  lead: {name: Lea <b>, email: lead@shop.example, language: fr}
  content: {name: Pat, email: content@shop.example}
actions:
  news:
    name: Newsletter
    responsible: content
    when: {from: 2026-05-01, to: 2026-05-14}
    tracked_by: [{campaign: "news*"}]
    targets: [{kpi: orders, at_least: 100}]
"""
SOURCES = "shop: {connector: csv_file, path: figures.csv, covers: {from: 2026-05-01, until: 2026-05-19}}"
FIGURES = "day,campaign,orders\n2026-05-03,news-5,50\n"


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as made:
        yield made


@pytest.fixture
def made(vigie: Write, server: SmtpServer) -> Vigie:
    """One plan that mails to the server."""
    at = vigie(PLAN, SOURCES, today="2026-05-20", **{"figures.csv": FIGURES})
    mail = f"{{host: {HOST}, port: {server.port}, security: none, from: Vigie <vigie@shop.example>}}"
    return at.write({"vigie.yaml": f"mail: {mail}\n"})


def states(at: Vigie) -> list[tuple[str, str]]:
    return [(row["recipient"], row["state"]) for row in at.export("messages")]


def test_the_lead_gets_a_test_message_in_their_language(made: Vigie, server: SmtpServer) -> None:
    answer = made("test-alert")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"p: test message to lead@shop.example sent via {HOST}:{server.port}\n"
    (got,) = server.taken
    assert got.recipients == ["lead@shop.example"]
    assert got.message["Subject"] == "Printemps 2026 : message de test de Vigie"
    assert [part.get_content_type() for part in got.message.walk()][1:] == ["text/plain", "text/html"]
    html = got.message.get_body(("html",))
    assert html is not None
    assert "Lea &lt;b&gt;" in html.get_content()
    assert "<title>Printemps 2026\u00a0: message de test de Vigie</title>" in html.get_content()
    assert '<meta charset="utf-8">' in html.get_content().partition("</head>")[0]
    assert "vigie test-alert" in html.get_content()


def test_any_person_of_the_plan_can_be_written_to(made: Vigie, server: SmtpServer) -> None:
    assert made("test-alert", "--to", "content").code == 0
    assert [(got.recipients, got.message["Subject"]) for got in server.taken] == [
        (["content@shop.example"], "Printemps 2026: test message from Vigie")
    ]


def test_each_plan_writes_to_its_own_lead(made: Vigie, server: SmtpServer) -> None:
    made.write({"plans/q/plan.yaml": PLAN.replace("lead@", "other@")})
    assert made("test-alert").code == 0
    assert [got.recipients for got in server.taken] == [["lead@shop.example"], ["other@shop.example"]]


def test_each_test_message_is_a_new_one(made: Vigie, server: SmtpServer) -> None:
    made("test-alert")
    made("test-alert")
    assert len({got.rfc_id for got in server.taken}) == 2


def test_no_flag_and_no_other_message_is_touched(made: Vigie, server: SmtpServer) -> None:
    server.answer("RCPT content@shop.example", "450 4.2.0 greylisted")
    assert made("run", "--once").code == 1
    flags = made("flags", "--all", "--json").json
    assert flags
    assert made("test-alert").code == 0
    assert made("flags", "--all", "--json").json == flags
    assert states(made) == [("content@shop.example", "pending"), ("lead@shop.example", "sent")]


@pytest.mark.parametrize(
    ("phase", "given", "code", "result", "remedy"),
    [
        ("RCPT", "550 5.1.1 no such user", 2, "refused", "check the e-mail address of lead in plans/p/plan.yaml"),
        ("RCPT", "450 4.2.0 greylisted", 1, "failed", "try again in a few minutes"),
        ("DOT", DROP, 1, "failed", "it may have arrived: check the mailbox"),
        ("MAIL", "550 5.7.1 sender not allowed", 2, "refused", "check mail in vigie.yaml"),
    ],
)
def test_what_is_refused_says_why_and_what_to_do(
    made: Vigie, server: SmtpServer, phase: str, given: str, code: int, result: str, remedy: str
) -> None:
    server.answer(phase, given)
    answer = made("test-alert", "--json")
    assert answer.code == code
    ((one),) = answer.json
    assert (one["plan"], one["person"], one["recipient"]) == ("p", "lead", "lead@shop.example")
    assert (one["through"], one["result"]) == (f"{HOST}:{server.port}", result)
    assert remedy in one["remedy"]
    assert given == DROP or given in one["problem"]


def test_a_test_message_that_fails_is_not_sent_later_nor_told_to_the_lead(made: Vigie, server: SmtpServer) -> None:
    server.answer("RCPT lead@shop.example", "450 4.2.0 greylisted")
    assert made("test-alert").code == 1
    assert states(made) == [("lead@shop.example", "failed")]
    made("run", "--once")
    assert [got.recipients for got in server.taken] == [["content@shop.example"]]


def test_a_server_that_is_not_there_is_a_sentence_with_its_remedy(made: Vigie, server: SmtpServer) -> None:
    with SmtpServer() as gone:
        made.write({"vigie.yaml": f"mail: {{host: {HOST}, port: {gone.port}, security: none}}\n"})
    answer = made("test-alert")
    assert answer.code == 1
    said = answer.out.splitlines()
    assert said[0] == f"p: test message to lead@shop.example not sent via {HOST}:{gone.port}"
    assert said[1].startswith(f"  cannot connect to the mail server {HOST}:{gone.port}: ")
    assert said[2].startswith("  What to do: check mail in vigie.yaml")


def test_without_a_way_out_it_says_what_to_set_and_keeps_nothing_to_be_sent(made: Vigie, server: SmtpServer) -> None:
    settings = (made.folder / "vigie.yaml").read_text(encoding="utf-8")
    made.write({"vigie.yaml": ""})
    answer = made("test-alert")
    assert answer.code == 2
    assert "set mail.host or mail.folder in vigie.yaml" in answer.out
    made.write({"vigie.yaml": settings})
    made("run", "--once")
    assert ["lead@shop.example"] not in [got.recipients for got in server.taken]


def test_a_folder_is_a_way_out(made: Vigie) -> None:
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n"})
    answer = made("test-alert")
    assert (answer.code, answer.out) == (0, "p: test message to lead@shop.example sent via the folder outbox/\n")
    (path,) = (made.folder / "outbox").glob("*.eml")
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"].addresses[0].username == "lead"


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_a_channel_is_tried_beside_the_mail_and_stands_on_its_own(made: Vigie, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_URL", "nosuchservice://T0k3n")
    settings = (made.folder / "vigie.yaml").read_text(encoding="utf-8")
    made.write({"vigie.yaml": settings + "channels: {team: {env: TEAM_URL}}\n"})
    made.write({"plans/p/plan.yaml": PLAN.replace("language: fr}", "language: fr, channel: team}")})
    answer = made("test-alert", "--json")
    found: list[dict[str, Any]] = answer.json
    assert answer.code == 2
    assert [(one["recipient"], one["result"]) for one in found] == [("lead@shop.example", "sent"), ("team", "refused")]
    assert found[1]["through"] == "the channel team"
    assert "T0k3n" not in answer.out + answer.err


@pytest.mark.parametrize(
    ("person", "said"), [("leda", "--to: nobody is called 'leda' under people; did you mean 'lead'?"), ("x", "--to: ")]
)
def test_somebody_whom_no_plan_knows_is_the_users_to_change(made: Vigie, person: str, said: str) -> None:
    answer = made("test-alert", "--to", person)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_plan_without_people_has_nobody_to_write_to(made: Vigie) -> None:
    made.write({"plans/p/plan.yaml": PLAN.partition("people:")[0]})
    answer = made("test-alert")
    assert answer.code == 2
    assert "plans/p/plan.yaml: names nobody under people" in answer.err

"""The page behind the links, asked as browsers, mail scanners and strangers ask it."""

import json
import logging
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from conftest import Vigie, running
from served_page import MISSED, OVER, Served, judge, served, write_plan, write_settings
from sqlalchemy import select

from config.errors import PlanError, StoreError
from config.web_settings import Web
from worker.model.response import ResponseKind
from worker.store import schema as t
from worker.web.guard import is_own_host
from worker.web.server import serving

ANYWHERE = "0.0.0.0"  # noqa: S104, what a user may write


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan whose flags are open."""
    folder = tmp_path_factory.mktemp("judged")
    write_plan(folder)
    judge(folder)
    return folder


@pytest.fixture(scope="module")
def lasting(judged: Path) -> Iterator[Served]:
    """A page that is only looked at."""
    with served(judged) as page:
        yield page


@pytest.fixture
def page(judged: Path, tmp_path: Path) -> Iterator[Served]:
    """A page that is acted on."""
    folder = Path(shutil.copytree(judged, tmp_path / "page"))
    write_settings(folder)
    with served(folder) as page:
        yield page


def changes(page: Served, flag_id: int = MISSED) -> list[tuple[str, str, str, Any]]:
    """What was done with a flag since it was opened: reason, who, note, until."""
    c = t.flag_change.c
    with page.store.read() as connection:
        rows = connection.execute(select(c.reason, c.by, c.note, c.until).where(c.flag_id == flag_id).order_by(c.id))
        return [(row.reason, row.by, row.note, row.until and row.until.isoformat()) for row in rows][1:]


def text_of(html: str) -> str:
    """What is to be read."""
    text = re.sub(r"<[^>]+>", " ", html.partition("<body>")[2]).replace("&#39;", "'")
    return re.sub(r"[ \n]+", " ", text)


# --- what is shown -------------------------------------------------------------------------------------------------


def test_a_link_shows_what_it_is_about_in_the_persons_language(lasting: Served) -> None:
    answer = lasting.get(lasting.path("acknowledge"))
    assert answer.status == 200
    assert '<html lang="fr">' in answer.text
    said = text_of(answer.text)
    for words in (
        "Spring 2026",
        "Spring newsletter objectif non atteint",
        "7 commandes (objectif\u00a0: au moins 10).",
        "Période avril 2026 Objectif chiffré au moins 10 Résultat 7 Manque 3 (30\u00a0% de l’objectif)",
        "Responsable Zoé Petit",
        "Personne ne l’a encore prise en charge.",
        "4 mai 2026 à 10:12 Vigie a vu la période se terminer avec le problème",
        "Ce lien a été créé pour Zoé Petit et fonctionne jusqu’au 3 juin 2026 à 10:12.",
    ):
        assert words in said


def test_a_budget_is_shown_with_what_was_spent(lasting: Served) -> None:
    said = text_of(lasting.get(lasting.path("snooze", OVER, "lead")).text)
    assert "Search ads over budget €130.00 spent, €30.00 over the budget of €100.00." in said
    assert "Period May 2026 Budget €100.00 Spent €130.00 Over by €30.00 (30% of the budget)" in said


def test_a_source_that_cannot_be_read_is_shown_without_figures(tmp_path: Path) -> None:
    write_plan(tmp_path, figures="day,campaign,ordres\n2026-04-01,news,7\n")
    assert "ordres" in str(judge(tmp_path).failures["p/shop"])
    [row] = [row for row in Vigie(tmp_path)("flags", "--json").json if row["scope"] == "source"]
    with served(tmp_path) as page:
        text = page.get(page.path("expect", row["id"], "lead")).text
    assert "Source “shop” figures missing Source “shop” sends an unexpected format" in text_of(text)
    assert "unknown column &#39;ordres&#39;" in text
    assert '<dl class="facts">\n<div><dt>Owner</dt>' in text
    assert 'max="2026-06-03"' in text  # it has no period: thirty days


@pytest.mark.parametrize(
    ("purpose", "asks"),
    [("acknowledge", ["note"]), ("snooze", ["until", "note"]), ("expect", ["until", "note"])],
)
def test_each_purpose_asks_for_what_it_needs_and_every_field_has_a_label(
    lasting: Served, purpose: str, asks: list[str]
) -> None:
    text = lasting.get(lasting.path(purpose, OVER)).text
    assert re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', text) == asks
    for name in asks:
        assert f'<label for="{name}">' in text
    assert ('name="note" rows="3" maxlength="1000" required' in text) is (purpose == "expect")
    if "until" in asks:
        assert 'required min="2026-05-05" max="2026-06-01"' in text


# --- what is done --------------------------------------------------------------------------------------------------

DONE = [
    (
        "acknowledge",
        {"note": "agency told"},
        ("acknowledged", "content", "agency told", None),
        "Prise en charge par Zoé Petit le 4 mai 2026.",
    ),
    (
        "snooze",
        {"until": "2026-05-20"},
        ("snoozed", "content", "", "2026-05-20"),
        "Reportée au 20 mai 2026 par Zoé Petit, le 4 mai 2026.",
    ),
    (
        "expect",
        {"until": "2026-06-01", "note": "paid at once"},
        ("expected", "content", "paid at once", "2026-06-01"),
        "Signalée comme prévue jusqu’au 1er juin 2026 par Zoé Petit, le 4 mai 2026.",
    ),
]


@pytest.mark.parametrize(("purpose", "fields", "change", "said"), DONE, ids=[done[0] for done in DONE])
def test_sending_the_form_twice_is_one_change(
    page: Served, purpose: str, fields: dict[str, str], change: tuple[Any, ...], said: str
) -> None:
    path = page.path(purpose, OVER)
    for _ in range(2):
        answer = page.post(path, **fields)
        assert (answer.status, answer.headers["location"]) == (303, path)
    assert changes(page, OVER) == [change]
    shown = text_of(page.get(path).text)
    assert f"Enregistré. {said}" in shown
    assert fields.get("note", "") in shown


def test_twenty_who_send_at_once_are_one_change(page: Served) -> None:
    path = page.path("acknowledge")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: page.post(path, note="on it").status, range(20)))
    assert answers == [303] * 20
    assert changes(page) == [("acknowledged", "content", "on it", None)]


def test_looking_fifty_times_changes_nothing(page: Served) -> None:
    paths = [page.path(purpose) for purpose in ResponseKind]
    before = (page.at.folder / "vigie.db").read_bytes()
    for number in range(50):
        assert page.ask("HEAD" if number % 5 == 0 else "GET", paths[number % 3]).status == 200
    assert (page.at.folder / "vigie.db").read_bytes() == before


@pytest.mark.parametrize(
    ("purpose", "fields", "said"),
    [
        ("snooze", {}, "Choose a day."),
        ("snooze", {"until": "soon"}, "Choose a day."),
        ("snooze", {"until": "2026-05-04"}, "tomorrow at the earliest"),
        ("snooze", {"until": "2026-06-02"}, "That is too late: 1 June 2026 at the latest."),
        ("expect", {"until": "2026-06-02", "note": "x"}, "That is too late: 1 June 2026 at the latest."),
        ("expect", {"until": "2026-05-20", "note": "  "}, "Say why it was expected"),
        ("acknowledge", {"note": "x" * 1001}, "1,000 characters at most"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_beside_the_form_which_is_kept(
    page: Served, purpose: str, fields: dict[str, str], said: str
) -> None:
    answer = page.post(page.path(purpose, OVER, "lead"), **fields)
    assert answer.status == 422
    assert re.search(rf'role="alert" id="problem">[^<]*{re.escape(said)}', answer.text)
    assert answer.text.count("aria-invalid") == 1
    assert fields.get("note", "").strip() in answer.text
    assert changes(page, OVER) == []


def test_a_flag_that_is_resolved_is_said_to_be_so_and_nothing_can_be_done(page: Served) -> None:
    path = page.path("acknowledge", MISSED, "lead")
    with page.store.write() as connection:
        connection.execute(t.flag.update().values(state="resolved", closed_at=page.clock()))
    before = page.get(path)
    assert (before.status, "<form" in before.text) == (200, False)
    assert "Resolved on 4 May 2026, 10:12: there is nothing left to do." in before.text
    assert page.post(path, note="x").status == 409
    assert changes(page) == []


def test_a_page_that_was_open_while_the_flag_was_resolved_says_so_when_it_is_sent(page: Served) -> None:
    path = page.path("acknowledge", MISSED, "lead")
    page.get(path)
    with page.store.write() as connection:
        connection.execute(t.flag.update().values(state="closed", closed_at=page.clock()))
    answer = page.post(path)
    assert (answer.status, "Closed on" in answer.text, "<form" in answer.text) == (409, True, False)


# --- who may -------------------------------------------------------------------------------------------------------


def assert_refused(page: Served, path: str, said: str = "This link is not valid") -> None:
    for answer in (page.get(path), page.post(path, note="x", until="2026-05-20")):
        assert (answer.status, f"<h1>{said}</h1>" in answer.text) == (403, True)
        assert "Spring" not in answer.text
    assert (changes(page), changes(page, OVER)) == ([], [])


def test_without_a_link_or_with_a_forged_one_nothing_is_shown_and_nothing_done(page: Served) -> None:
    path = page.path("snooze")
    for wrong in (
        path[:-1], f"{path}A", path.replace("/snooze/", "/expect/"), path.replace("/snooze/", "/resolve/"),
        "/snooze/x", "/snooze/%00", "/snooze/%C3%A9", f"/snooze/{'A' * 5000}",
    ):  # fmt: skip
        assert_refused(page, wrong)


def test_a_link_of_another_database_is_none_of_ours(page: Served, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write_plan(other)
    with served(other) as stranger:
        assert_refused(page, stranger.path("acknowledge"))


def test_a_link_is_too_old_after_thirty_days_and_for_another_episode(page: Served) -> None:
    """It is said in the language of whom the link was made for, whatever the browser speaks."""
    assert_refused(page, page.path("acknowledge", OVER, "lead", episode=2), "This link has expired")
    assert_refused(page, page.path("acknowledge", episode=2), "Ce lien a expiré")
    path = page.path("acknowledge")
    page.clock.at += timedelta(days=30)
    assert_refused(page, path, "Ce lien a expiré")


def test_a_link_to_a_flag_there_is_not_or_of_somebody_who_left_is_refused(page: Served) -> None:
    assert_refused(page, page.path("acknowledge", 99))
    assert_refused(page, page.path("acknowledge", MISSED, "stranger"))


def test_a_form_on_somebody_elses_page_is_refused(page: Served) -> None:
    path = page.path("acknowledge")
    for site in ("cross-site", "same-site"):
        assert page.ask("POST", path, b"note=x", Sec_Fetch_Site=site).status == 403
    assert changes(page) == []
    assert page.ask("POST", path, b"note=x", Sec_Fetch_Site="same-origin").status == 303


# --- what every answer carries -------------------------------------------------------------------------------------

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "{link}", None, {}, 200),
        ("HEAD", "{link}", None, {}, 200),
        ("POST", "{link}", b"", {}, 422),
        ("POST", "{link}", b"until=2026-05-20", {}, 303),
        ("GET", "/style.css", None, {}, 200),
        ("GET", "/", None, {}, 404),
        ("GET", "/snooze", None, {}, 404),
        ("GET", "{link}/", None, {}, 404),
        ("GET", "/favicon.ico", None, {}, 404),
        ("GET", "/../etc/passwd", None, {}, 404),
        ("GET", "/snooze/wrong", None, {}, 403),
        ("POST", "/snooze/wrong", b"x=1", {}, 403),
        ("POST", "{link}", b"until=2026-05-20", {"Sec_Fetch_Site": "cross-site"}, 403),
        ("DELETE", "{link}", None, {}, 405),
        ("PUT", "{link}", b"x", {}, 405),
        ("OPTIONS", "{link}", None, {}, 405),
        ("POST", "/style.css", b"x", {}, 405),
        ("POST", "{link}", b"note=" + b"x" * 20_000, {}, 413),
        ("POST", "{link}", b"&".join(b"a%d=1" % n for n in range(50)), {}, 400),
        ("POST", "{link}", b"note=\xff", {}, 400),
        ("GET", "{link}", None, {"Host": "evil.example"}, 421),
        ("POST", "{link}", b"until=2026-05-20", {"Host": "evil.example"}, 421),
        ("GET", "/style.css", None, {"Host": "evil.example"}, 421),
    ],
)
def test_every_answer_carries_the_headers_and_every_refusal_is_a_page_of_ours(
    lasting: Served, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    answer = lasting.ask(method, path.format(link=lasting.path("snooze", OVER)), body, **headers)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers
    if status >= 400 and status != 422:
        assert '<link rel="stylesheet" href="/style.css">' in answer.text
        assert answer.text.count("<h1>") == 1


@pytest.mark.parametrize("language", ["fr-FR,fr;q=0.9,en;q=0.8", "de, fr;q=0.5", "FR"])
def test_a_refusal_is_in_the_browsers_language(lasting: Served, language: str) -> None:
    answer = lasting.get("/snooze/wrong", Accept_Language=language)
    assert '<html lang="fr">' in answer.text
    assert "Ce lien n’est pas valable" in answer.text
    assert '<html lang="en">' in lasting.get("/snooze/wrong", Accept_Language="de, en-GB, fr").text


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("vigie.shop.example", True), ("VIGIE.shop.example", True), ("vigie.shop.example:443", True),
        ("localhost:8787", True), ("127.0.0.1", True), ("127.0.0.1:8787", True), ("[::1]:8787", True),
        ("evil.example", False), ("vigie.shop.example.evil.example", False), ("evil.vigie.shop.example", False),
        ("vigie.shop.example@evil.example", False), ("evil.example#vigie.shop.example", False), ("10.0.0.1", False),
        ("localhost.evil.example", False), ("127.0.0.1.nip.io", False), ("", False), (ANYWHERE, False),
        ("[::1", False),
        ("vigie.shop.example:port", True), ("a b", False),
    ],
)  # fmt: skip
def test_only_our_own_host_is_answered(host: str, is_ours: bool) -> None:
    assert is_own_host([host], "vigie.shop.example") is is_ours


def test_no_host_or_two_are_not_ours() -> None:
    assert not is_own_host([], "vigie.shop.example")
    assert not is_own_host(["vigie.shop.example", "vigie.shop.example"], "vigie.shop.example")


def test_without_https_the_browser_is_not_told_to_insist_on_it(tmp_path: Path) -> None:
    write_plan(tmp_path, address="http://vigie.internal")
    with served(tmp_path) as page:
        assert "strict-transport-security" not in page.get("/style.css").headers


# --- when something is wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StoreError("the database sqlite:////secret/path says: locked"), 503, "Temporarily unavailable"),
        (RuntimeError("secret/path"), 500, "Something went wrong"),
    ],
)
def test_an_error_is_a_page_and_a_line_in_the_log_never_a_traceback(
    page: Served,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    said: str,
) -> None:
    path = page.path("acknowledge", MISSED, "lead")
    monkeypatch.setattr("worker.web.site.flag_history", Mock(side_effect=error))
    for answer in (page.get(path), page.post(path, note="x")):
        assert answer.status == status
        assert said in answer.text
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
    assert {record.__dict__.get("event") for record in caplog.records} == {"page_failed"}
    assert path.rpartition("/")[2] not in caplog.text


def test_a_body_that_never_ends_is_given_up(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.web.page.BODY_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", page.port), timeout=10) as line:
        head = f"POST {page.path('acknowledge')} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nnote="
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_port_in_use_is_said_with_its_remedy(page: Served) -> None:
    with pytest.raises(PlanError) as refused, serving(page.at, page.store):
        pass
    assert re.fullmatch(
        r"vigie.yaml: web: the page cannot listen at 127\.0\.0\.1:\d+: Address already in use; name another port .*",
        str(refused.value),
    )


# --- in the service ------------------------------------------------------------------------------------------------


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", "from worker.cli.main import main; main()", *arguments, "--config", str(folder)]


def test_the_service_answers_and_ends_well_on_sigterm(tmp_path: Path) -> None:
    port = write_plan(tmp_path)
    with running(command(tmp_path, "run")) as service:
        assert service.stderr is not None
        lines = [service.stderr.readline()]
        while '"started"' not in lines[-1]:
            lines.append(service.stderr.readline())
        kept = socket.create_connection(("127.0.0.1", port), timeout=60)
        kept.sendall(b"GET /style.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert kept.recv(20).startswith(b"HTTP/1.1 200 ")
        service.send_signal(signal.SIGTERM)  # while the connection is still open
        rest = service.communicate(timeout=120)[1]
        kept.close()
    events = [json.loads(line)["event"] for line in [*lines, *rest.splitlines()]]
    assert events[:2] == ["page_opened", "started"]
    assert (events[-1], service.returncode) == ("stopped", 0)


def test_the_service_does_not_start_where_it_cannot_listen(tmp_path: Path) -> None:
    port = write_plan(tmp_path)
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(command(tmp_path, "run"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"cannot listen at 127.0.0.1:{port}: Address already in use" in done.stderr


def test_only_the_service_with_a_page_loads_its_libraries(tmp_path: Path) -> None:
    write_plan(tmp_path)
    ask = (
        "import sys; from worker.cli.main import run; code = run(['run', '--once', '--config', sys.argv[1]]); "
        "print(code, {'starlette', 'uvicorn'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", ask, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.endswith("0 set()\n"), done.stderr


@pytest.mark.parametrize(
    ("listen", "address", "is_exposed"),
    [
        ("127.0.0.1:8787", "https://vigie.shop.example", False),
        ("127.0.0.1:8787", "http://vigie.shop.example", False),
        ("[::1]:8787", "http://vigie.shop.example", False),
        ("localhost:8787", "http://vigie.shop.example", False),
        (f"{ANYWHERE}:8787", "https://vigie.shop.example", False),
        (f"{ANYWHERE}:8787", "http://vigie.shop.example", True),
        ("192.168.1.5:80", "http://192.168.1.5", True),
        (f"{ANYWHERE}:8787", None, False),
    ],
)
def test_a_page_others_can_read_along_with_is_warned_of(
    tmp_path: Path, listen: str, address: str | None, is_exposed: bool
) -> None:
    web = Web(address=address, listen=listen)
    assert web.is_exposed is is_exposed
    write_plan(tmp_path)
    said = f"web: {{listen: '{listen}'{f', address: {address!r}' if address else ''}}}\nmail: {{folder: outbox/}}\n"
    (tmp_path / "vigie.yaml").write_text(said, encoding="utf-8")
    answer = Vigie(tmp_path)("check")
    assert ("warning: web: the page listens beyond this machine" in answer.out) is is_exposed
    assert answer.code == 0


def test_the_exposed_page_is_warned_of_when_the_service_starts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_plan(tmp_path, address="http://vigie.shop.example")
    settings = tmp_path / "vigie.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("127.0.0.1", ANYWHERE), encoding="utf-8")
    with caplog.at_level(logging.INFO, "vigie"), served(tmp_path):
        pass
    assert "page_exposed" in {record.__dict__.get("event") for record in caplog.records}


def test_the_plan_is_read_again_only_when_it_changed(page: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    path = page.path("acknowledge")
    page.get(path)
    monkeypatch.setattr("worker.deployment.Deployment.load_from", Mock(side_effect=AssertionError))
    assert page.get(path).status == 200

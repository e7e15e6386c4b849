"""The deployment's settings, and the secrets they point at."""

import logging
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import Write

from config.errors import PlanError
from config.settings import Settings, configuration_folder, load_settings, reveal
from config.sources import Secret

CANARY = "hunter2-c4n4ry"


def settings(folder: Path, text: str | None = None, **environ: str) -> Settings:
    if text is not None:
        (folder / "vigie.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder, environ)


def problems(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        settings(folder, text, **environ)
    return [str(problem) for problem in caught.value.problems]


# The file


def test_without_a_file_the_database_is_beside_the_plans_and_no_mail_leaves(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path}/vigie.db"
    assert not found.mail.is_set


def test_an_empty_file_is_as_none(tmp_path: Path) -> None:
    assert settings(tmp_path, "# nothing yet\n").model_dump() == settings(tmp_path / "elsewhere").model_dump()


def test_the_file_says_how_mail_leaves(tmp_path: Path) -> None:
    mail = settings(
        tmp_path,
        """
mail: {host: smtp.shop.example, port: 465, security: tls, username: vigie, password: {env: SMTP_PASSWORD},
       from: "Équipe Vigie <vigie@shop.example>"}
""",
    ).mail
    assert (mail.host, mail.port, mail.security, mail.username) == ("smtp.shop.example", 465, "tls", "vigie")
    assert mail.password == Secret(env="SMTP_PASSWORD")
    assert mail.from_ == "Équipe Vigie <vigie@shop.example>"
    assert mail.is_set


def test_mail_may_be_written_to_a_folder(tmp_path: Path) -> None:
    assert settings(tmp_path, "mail: {folder: outbox/}").mail.is_set


def test_there_is_a_page_only_where_its_address_is_given(tmp_path: Path) -> None:
    assert settings(tmp_path).web.address is None
    web = settings(tmp_path, "web: {address: 'https://vigie.shop.example/', listen: '[::1]:8787'}").web
    assert (web.address, web.host, web.listens_at) == (
        "https://vigie.shop.example",
        "vigie.shop.example",
        ("::1", 8787),
    )
    assert web.is_safe


def test_the_environment_wins_for_the_page_too(tmp_path: Path) -> None:
    environ = {"VIGIE_WEB_ADDRESS": "http://vigie.internal", "VIGIE_WEB_LISTEN": "127.0.0.1:9000"}
    web = settings(tmp_path, "web: {address: 'https://vigie.shop.example'}", **environ).web
    assert (web.address, web.listens_at) == ("http://vigie.internal", ("127.0.0.1", 9000))
    with pytest.raises(PlanError, match=r"VIGIE_WEB_LISTEN: web\.listen: 'x' is not an address to listen on"):
        settings(tmp_path, VIGIE_WEB_LISTEN="x")


@pytest.mark.parametrize(
    ("database", "url"),
    [
        ("sqlite:///vigie.db", "sqlite:///{folder}/vigie.db"),
        ("sqlite:///data/vigie.db", "sqlite:///{folder}/data/vigie.db"),
        ("sqlite:////var/lib/vigie.db", "sqlite:////var/lib/vigie.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("postgresql+psycopg://vigie@localhost/vigie", "postgresql+psycopg://vigie@localhost/vigie"),
    ],
)
def test_a_relative_database_starts_at_the_configuration_folder(tmp_path: Path, database: str, url: str) -> None:
    assert settings(tmp_path, f"database: '{database}'").database_url == url.format(folder=tmp_path)


def test_the_configuration_folder_is_the_one_given_else_named_else_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert configuration_folder("given", {"VIGIE_CONFIG": "named"}) == tmp_path / "given"
    assert configuration_folder(None, {"VIGIE_CONFIG": "named"}) == tmp_path / "named"
    assert configuration_folder(None, {}) == tmp_path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("databse: x", "vigie.yaml:1: unknown key 'databse'; did you mean 'database'?"),
        ("mail: {hots: x}", "vigie.yaml:1: unknown key 'hots'; did you mean 'host'?"),
        ("folder: outbox/", "vigie.yaml:1: unknown key 'folder'; it can be ca, channels, database, limits, mail, web"),
        ("database: 5", "vigie.yaml:1: database must be text: put the value in quotes"),
        ("mail: {host: x, port: smtp}", "vigie.yaml:1: mail.port must be a whole number"),
        ("mail: {host: x, port: 70000}", "vigie.yaml:1: mail.port must be at most 65535"),
        ("mail: {host: x, security: ssl}", "vigie.yaml:1: mail.security: 'ssl' is not valid here; it can be"),
        (
            "mail: {host: x, folder: y}",
            "vigie.yaml:1: mail: mail goes to a 'host' or into a 'folder', not both: remove one",
        ),
        (
            "mail: {host: x, username: v, security: none}",
            "vigie.yaml:1: mail: a password is not sent over an unencrypted connection",
        ),
        ("mail: {host: x, from: nobody}", "vigie.yaml:1: mail.from: 'nobody' is not a sender"),
        ("mail: {host: x, from: 'V <a@x>, V <b@x>'}", "vigie.yaml:1: mail.from: 'V <a@x>, V <b@x>' is not a sender"),
        ("mail: {host: x, from: 'a@x, b@x'}", "vigie.yaml:1: mail.from: 'a@x, b@x' is not a sender"),
        ("mail:\n  host: x\n  host: y", "vigie.yaml:3: 'host' is given twice, first on line 2"),
        ("mail: outbox/", "vigie.yaml:1: mail must hold keys, each with its value"),
        (f"channels: {{team: 'slack://{CANARY}'}}", "vigie.yaml:1: channels.team: never write a secret into the file"),
        ("channels: {Team: {env: A}}", "vigie.yaml:1: channels.Team: 'Team' is not a valid id"),
        ("channels: team", "vigie.yaml:1: channels must hold keys, each with its value"),
        ("limits: {origins_per_day: 0}", "vigie.yaml:1: limits.origins_per_day must be at least 1"),
        ("web: {address: vigie.example}", "vigie.yaml:1: web.address: 'vigie.example' is not a web address"),
        (
            "web: {address: 'https://u:p@v.example'}",
            "vigie.yaml:1: web.address: remove the user and password from the web address",
        ),
        (
            "web: {address: 'https://v.example/vigie'}",
            "vigie.yaml:1: web.address: 'https://v.example/vigie' has a path",
        ),
        (
            "web: {listen: '8787'}",
            "vigie.yaml:1: web.listen: '8787' is not an address to listen on: write address and port",
        ),
        (
            "web: {listen: 'vigie.example:80'}",
            "vigie.yaml:1: web.listen: 'vigie.example:80' is not an address to listen on",
        ),
        ("web: {listen: '127.0.0.1:0'}", "vigie.yaml:1: web.listen: '127.0.0.1:0' is not an address to listen on"),
        (
            "web: {listen: '127.0.0.1:99999'}",
            "vigie.yaml:1: web.listen: '127.0.0.1:99999' is not an address to listen on",
        ),
        ("web: {adress: 'https://v.example'}", "vigie.yaml:1: unknown key 'adress'; did you mean 'address'?"),
        ("- database", "vigie.yaml:1: the file must hold keys such as database: and mail:"),
        ("mail: {", "vigie.yaml:1: the { opened on this line is never closed"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (told,) = problems(tmp_path, text)
    assert told.startswith(problem)
    assert CANARY not in told


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "databse: x\nmail: {host: x, port: 0}\nlimits: 5\n")) == 3


@pytest.mark.parametrize(
    "written", [CANARY, "12345678", f"[{CANARY}]", f"{{value: {CANARY}}}", f"{{env: A, file: {CANARY}}}"]
)
def test_a_password_in_place_is_an_error_and_never_shown(tmp_path: Path, written: str) -> None:
    (told,) = problems(tmp_path, f"mail: {{host: x, username: v, password: {written}}}")
    assert told.startswith("vigie.yaml:1: ")
    assert CANARY not in told
    assert "12345678" not in told


# The environment


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        "database: sqlite:///file.db\nmail: {host: file, port: 25, security: tls}\nlimits: {origins_per_day: 7}",
        VIGIE_DATABASE="sqlite:///environment.db",
        VIGIE_MAIL_HOST="environment.example",
        VIGIE_MAIL_FROM="Vigie <v@environment.example>",
        VIGIE_LIMITS_ORIGINS_PER_DAY="9",
    )
    assert found.database_url == f"sqlite:///{tmp_path}/environment.db"
    assert (found.mail.host, found.mail.port, found.mail.security) == ("environment.example", 25, "tls")
    assert found.mail.from_ == "Vigie <v@environment.example>"
    assert found.limits.origins_per_day == 9


def test_the_environment_serves_without_a_file(tmp_path: Path) -> None:
    mail = settings(tmp_path, VIGIE_MAIL_HOST="smtp.example", VIGIE_MAIL_PORT="2525").mail
    assert (mail.host, mail.port) == ("smtp.example", 2525)


def test_a_way_out_from_the_environment_takes_the_place_of_the_files(tmp_path: Path) -> None:
    mail = settings(tmp_path, "mail: {folder: outbox/}", VIGIE_MAIL_HOST="smtp.example").mail
    assert (mail.host, mail.folder) == ("smtp.example", None)


def test_a_variable_that_is_empty_says_nothing(tmp_path: Path) -> None:
    mail = settings(tmp_path, "mail: {host: smtp.example, port: 25}", VIGIE_MAIL_PORT="", VIGIE_DATABASE="").mail
    assert mail.port == 25


def test_a_mistake_in_the_environment_is_told_where_it_was_made(tmp_path: Path) -> None:
    text = "mail: {host: smtp.example}\nlimits: {origins_per_day: none}\n"
    assert problems(tmp_path, text, VIGIE_MAIL_PORT="smtp") == [
        "VIGIE_MAIL_PORT: mail.port must be a whole number",
        "vigie.yaml:2: limits.origins_per_day must be a whole number",
    ]


def test_a_channels_address_is_a_reference_in_the_file_or_a_variable(tmp_path: Path) -> None:
    text = "channels: {team: {env: TEAM_URL}, sales-desk: {file: desk.url}, ops: {file: ops.url}}"
    given = {"VIGIE_CHANNELS_SALES_DESK": CANARY, "VIGIE_CHANNELS_NEW_ONE": CANARY, "VIGIE_CHANNELS_OPS": ""}
    found = settings(tmp_path, text, **given)
    assert found.channels == {
        "team": Secret(env="TEAM_URL"),
        "sales-desk": Secret(env="VIGIE_CHANNELS_SALES_DESK"),
        "ops": Secret(file="ops.url"),
        "new_one": Secret(env="VIGIE_CHANNELS_NEW_ONE"),
    }
    assert CANARY not in repr(found) + found.model_dump_json()


def test_a_password_from_the_environment_stays_there(tmp_path: Path) -> None:
    found = settings(tmp_path, VIGIE_MAIL_HOST="x", VIGIE_MAIL_USERNAME="v", VIGIE_MAIL_PASSWORD=CANARY)
    assert CANARY not in repr(found)
    assert CANARY not in found.model_dump_json()
    assert found.mail.password is not None
    assert reveal(found.mail.password, tmp_path, {"VIGIE_MAIL_PASSWORD": CANARY}) == CANARY


# Certificate authorities of one's own

#: of nobody: made with openssl for this test, and valid until 2126
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUdmyNZn+OOBQ4r0ayrSsgMzUUSxwwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHQ29tcGFueTAgFw0yNjEyMDEwMjIxNDZaGA8yMTI2MTEwNzAy
MjE0NlowEjEQMA4GA1UEAwwHQ29tcGFueTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABMqyB/2THTN0DduI+d0jsq5x2dPqTkgSVJUgNlbbGGqO6nmp/g5p2FyNGcp1
QAgCDuqrWMX3sOZ4siClTXSFmj2jUzBRMB0GA1UdDgQWBBQTYkvuc551YWzevJHX
wB50OaJQ6zAfBgNVHSMEGDAWgBQTYkvuc551YWzevJHXwB50OaJQ6zAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIE2yavIfsgUHTRNzfn+4yYLRHPVX
Wx7qW4cVsofmpUvzAiEApTWcjhOfuBK9VxI5aSYT9q7ErPR5vUgIVZWBL+Aowy8=
-----END CERTIFICATE-----
"""


def test_an_authority_of_ones_own_is_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "company.pem").write_text(f"# Société\n{CERTIFICATE}")
    (tmp_path / "vigie.yaml").write_text("ca: company.pem\n")
    assert CERTIFICATE in (load_settings(tmp_path, {}).authorities or "")
    assert CERTIFICATE in (load_settings(tmp_path, {"VIGIE_CA": str(tmp_path / "company.pem")}).authorities or "")


@pytest.mark.parametrize(
    ("ca", "told"),
    [
        ("gone.pem", "ca: cannot be read: No such file or directory"),
        ("notes.txt", "ca: the file holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"),
        (".", "ca: cannot be read: Is a directory"),
    ],
)
def test_an_authority_that_is_none_is_a_problem_at_its_line(tmp_path: Path, ca: str, told: str) -> None:
    (tmp_path / "notes.txt").write_text("our certificate is in the safe\n")
    (tmp_path / "vigie.yaml").write_text(f"database: sqlite:///a.db\nca: {ca}\n")
    with pytest.raises(PlanError) as caught:
        load_settings(tmp_path, {})
    assert [str(problem) for problem in caught.value.problems] == [f"vigie.yaml:2: {told}"]
    (tmp_path / "vigie.yaml").unlink()
    with pytest.raises(PlanError) as caught:
        load_settings(tmp_path, {"VIGIE_CA": ca})
    assert [str(problem) for problem in caught.value.problems] == [f"VIGIE_CA: {told}"]


# Secrets


def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    assert reveal(Secret(env="KEY"), tmp_path, {"KEY": CANARY}) == CANARY


def test_a_secret_comes_from_a_file_beside_the_settings_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{CANARY}\n")
    assert reveal(Secret(file="key"), tmp_path, {}) == CANARY
    assert reveal(Secret(file=str(tmp_path / "key")), tmp_path / "elsewhere", {}) == CANARY


def test_a_secret_comes_from_a_file_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(CANARY)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert reveal(Secret(file="~/key"), tmp_path / "elsewhere", {}) == CANARY


def test_a_secret_comes_from_a_command_and_no_shell(tmp_path: Path) -> None:
    said = reveal(Secret(command=(sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; `id`")), tmp_path, {})
    assert said == "$HOME; `id`"


def failure(folder: Path, secret: Secret, environ: Mapping[str, str] | None = None) -> PlanError:
    with pytest.raises(PlanError) as caught:
        reveal(secret, folder, environ or {})
    return caught.value


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        (Secret(env="KEY"), "the environment variable KEY is not set"),
        (Secret(file="key"), "key cannot be used: No such file or directory"),
        (Secret(file="."), ". cannot be used: Is a directory"),
        (
            Secret(file="~nobody-of-that-name/key"),
            "~nobody-of-that-name/key cannot be used: no such home folder",
        ),
        (Secret(command=("no-such-program", CANARY)), "the command no-such-program cannot be used: No such file"),
        (
            Secret(command=("sh", "-c", f"echo {CANARY}; echo {CANARY} >&2; exit 1")),
            "the command sh failed, or took longer than 30 s",
        ),
        (Secret(command=("printf", CANARY + r"\377")), "the command printf cannot be used: it is not text in UTF-8"),
    ],
)
def test_a_secret_that_cannot_be_had_says_where_it_was_looked_for(tmp_path: Path, secret: Secret, message: str) -> None:
    error = failure(tmp_path, secret, {"OTHER": CANARY})
    assert str(error.problems[0].message).startswith(message)


@pytest.mark.parametrize(
    "secret",
    [
        Secret(file="binary"),
        Secret(command=("sh", "-c", f"echo {CANARY}; echo {CANARY} >&2; exit 1")),
        Secret(command=("printf", CANARY + r"\377")),
        Secret(command=("no-such-program", CANARY)),
    ],
    ids=["a file that is not text", "a command that fails", "output that is not text", "no program"],
)
def test_a_failure_never_shows_the_secret_not_even_in_a_traceback(
    tmp_path: Path, secret: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "binary").write_bytes(CANARY.encode() + b"\xff")
    error = failure(tmp_path, secret)
    assert CANARY not in str(error)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").error("failed", exc_info=error)
    shown = "".join(traceback.format_exception(error))
    assert CANARY not in shown
    assert CANARY not in caplog.text


def test_a_broken_setting_ends_a_command_with_what_is_to_be_changed(vigie: Write) -> None:
    made = vigie("plan: P\ncurrency: EUR\ntimezone: UTC\nstarts: 2026-01-01\nends: 2026-12-31\n")
    made.write({"vigie.yaml": f"mail: {{host: x, username: v, password: {CANARY}}}\n"})
    answer = made("check")
    assert answer.code == 2
    assert "vigie.yaml:1: mail.password: never write a secret into the file" in answer.err
    assert CANARY not in answer.out + answer.err

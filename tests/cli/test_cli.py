"""The command line: what can be written, what comes back, and what never does."""

import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from conftest import Vigie, Write

from worker.cli.arguments import COMMANDS
from worker.cli.main import run

ROOT = Path(__file__).resolve().parents[2]

PLAN = """
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
starts: 2026-05-01
ends: 2026-06-30
budget: 4000
people:
  lead: {name: Lead, email: lead@shop.example}
objectives:
  grow: {name: Grow, responsible: lead, targets: [{kpi: revenue, at_least: 10000}]}
actions:
  news:
    name: Newsletter
    objectives: [grow]
    responsible: lead
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 500, per: occurrence}
    tracked_by: [{campaign: "news*"}]
    targets: [{kpi: orders, at_least: 100, per: occurrence}]
"""

FIGURES = """day,campaign,sessions,orders,revenue,spend
2026-05-03,news-5,400,50,2000,200
"""

SOURCES = "shop: {connector: csv_file, path: figures.csv, covers: {from: 2026-05-01, until: 2026-05-19}}"
TODAY = "2026-05-20"


def make(vigie: Write, plan: str = PLAN, sources: str = SOURCES, **files: str) -> Vigie:
    return vigie(plan, sources, today=TODAY, **{"figures.csv": FIGURES, **files})


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration that was collected, judged and told of, once for all."""
    made = Vigie(tmp_path_factory.mktemp("template"), TODAY)
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n", "plans/p/plan.yaml": PLAN, "plans/p/sources.yaml": SOURCES})
    made.write({"plans/p/figures.csv": FIGURES})
    assert made("run", "--once").code == 0
    return made.folder


@pytest.fixture
def collected(template: Path, tmp_path: Path) -> Vigie:
    """A copy of it for one test."""
    return Vigie(Path(shutil.copytree(template, tmp_path / "collected")), TODAY)


# --- what can be written -------------------------------------------------------------------------------------------

#: every command, and every step of a command that has steps
ALL = [
    *([name] for name in COMMANDS),
    ["flags", "ack"],
    ["flags", "snooze"],
    ["flags", "expect"],
    ["db", "upgrade"],
    ["db", "backup"],
]


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_answers_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run([*words, "--help"])
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert said.out.startswith(f"usage: vigie {' '.join(words)}")
    assert "--config DIR" in said.out
    assert said.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_a_function_that_says_what_it_does(name: str) -> None:
    module = import_module(f"worker.cli.{COMMANDS[name].module}")
    assert getattr(module, name.replace("-", "_")).__doc__


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_stands_in_the_documentation(words: list[str]) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    said = " ".join(page.read_text(encoding="utf-8") for page in pages)
    assert re.search(rf"\bvigie {' '.join(words)}\b", said)


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--help"])
    said = capsys.readouterr().out
    assert all(re.search(rf"^ +{name} ", said, re.MULTILINE) for name in COMMANDS)


def test_the_help_loads_neither_database_nor_figures() -> None:
    """A command line that is asked for its help answers at once."""
    program = """
import sys
from importlib import import_module
from worker.cli.main import run
try:
    run(["--help"])
except SystemExit:
    print(sorted(sys.modules.keys() & {"sqlalchemy", "pyarrow", "babel", "rich", "jinja2", "pydantic", "requests"}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"vigie \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    "words", [["export", "kpis", "--format", "json", "--grain", "to_date"], ["status"]], ids=" ".join
)
def test_the_global_options_stand_before_or_behind_the_command(
    collected: Vigie, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(collected.folder)
    given = ["--config", folder, "--plan", "p", "--today", "2026-05-09", "--json", "-v"]
    capsys.readouterr()
    assert run([*given, *words]) == 0
    before = capsys.readouterr().out
    assert run([*words, *given]) == 0
    behind = capsys.readouterr().out
    assert json.loads(before) == json.loads(behind)
    assert "2026-05-09" in before or "2026-05-10" in before


def test_the_folder_may_come_from_the_environment(vigie: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_CONFIG", str(make(vigie).folder))
    assert run(["check"]) == 0


def test_the_option_wins_over_the_environment(vigie: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIGIE_CONFIG", str(tmp_path / "nowhere"))
    assert run(["check", "--config", str(make(vigie).folder)]) == 0


# --- exit codes, and errors as sentences ---------------------------------------------------------------------------


def assert_sentence(text: str) -> None:
    assert text.strip()
    assert "Traceback" not in text
    assert ".py" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["status", "--today", "tomorrow"], "'tomorrow' is not a date: write it as 2026-03-31"),
        (["export", "kpis"], "--format"),
        (["export", "everything", "--format", "csv"], "invalid choice: 'everything'"),
        (["flags", "ack", "one", "--note", "x"], "'one' is not the number of an alert: 'vigie flags' lists them"),
        (["flags", "snooze", "1"], "--until"),
        (["flags", "expect", "1", "--until", "2026-06-01"], "--note"),
        (["report", "--language", "de"], "invalid choice: 'de'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_understood_is_the_users_to_change(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(words)
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in err
    assert_sentence(err)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status"], "holds nothing yet: run 'vigie collect'"),
        (["diff"], "holds nothing yet: run 'vigie collect'"),
        (["report"], "holds nothing yet: run 'vigie collect'"),
        (["status", "--plan", "q"], "there is no plan 'q'"),
        (["collect", "--source", "shpo"], "there is no source 'shpo'; did you mean 'shop'?"),
        (["collect", "--since", "2026-05-02", "--until", "2026-05-01"], "is before --since 2026-05-02"),
        (["flags", "ack", "7", "--note", "x"], "no open alert has the number 7"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_the_user_must_change_gives_2_and_a_sentence(vigie: Write, words: list[str], said: str) -> None:
    answer = make(vigie)(*words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert_sentence(answer.err)


@pytest.mark.parametrize("name", ["check", "collect", "diff", "judge", "status", "sources", "report"])
def test_a_plan_with_a_mistake_gives_2_and_its_place(vigie: Write, name: str) -> None:
    answer = make(vigie, PLAN.replace("currency: EUR", "curency: EUR"))(name)
    assert answer.code == 2
    assert "plans/p/plan.yaml:3: " in answer.out + answer.err
    assert "currency" in answer.out + answer.err
    assert_sentence(answer.out + answer.err)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("init", "demo", "db", "export", "explain")])
def test_a_folder_without_a_plan_gives_2_and_what_to_do(name: str, tmp_path: Path) -> None:
    answer = Vigie(tmp_path)(name)
    assert (answer.code, answer.out) == (2, "")
    assert "no plan here" in answer.err
    assert "vigie init DIR" in answer.err


@pytest.mark.parametrize("words", [["collect"], ["run", "--once"], ["sources", "--test"]], ids=" ".join)
def test_a_source_that_fails_gives_1_and_says_which_and_why(vigie: Write, words: list[str]) -> None:
    answer = make(vigie, sources=SOURCES.replace("figures.csv", "absent.csv"))(*words)
    assert answer.code == 1
    assert "shop" in answer.out + answer.err
    assert "absent.csv" in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_one_source_that_fails_leaves_the_rest_done(vigie: Write) -> None:
    made = make(vigie, sources=f"{SOURCES}\nnps: {{connector: csv_file, path: absent.csv}}\n")
    answer = made("collect", "--json")
    assert answer.code == 1
    assert [one["source"] for one in answer.json["collected"]] == ["shop"]
    assert list(answer.json["failed"]) == ["p/nps"]


def test_a_source_in_another_zone_is_remarked_on_and_is_no_failure(vigie: Write) -> None:
    """What is worth knowing is not what went wrong."""
    answer = make(vigie)("sources", "--test", "--json")
    assert answer.code == 0
    assert [(row["problem"], row["remarks"]) for row in answer.json] == [("", "")]


def test_mail_that_has_no_way_out_gives_1(vigie: Write) -> None:
    made = make(vigie)
    made.write({"vigie.yaml": "database: sqlite:///vigie.db\n"})
    answer = made("run", "--once")
    assert answer.code == 1
    assert "no mail transport configured" in answer.err


def test_a_file_that_is_no_database_gives_1_and_what_to_do(vigie: Write) -> None:
    made = make(vigie)
    made.write({"vigie.db": "this is not a database, and it is long enough to be looked at" * 20})
    for words in (["collect"], ["status"], ["db", "upgrade"]):
        answer = made(*words)
        assert answer.code == 1
        assert "file is not a database: the path names another kind of file" in answer.err
        assert_sentence(answer.err)


def test_a_database_that_does_not_answer_gives_1_and_never_says_the_password(vigie: Write) -> None:
    made = vigie(PLAN, SOURCES, database="postgresql+psycopg://me:hush@127.0.0.1:1/x", **{"figures.csv": FIGURES})
    answer = made("collect")
    assert answer.code == 1
    assert "127.0.0.1" in answer.err
    assert "hush" not in answer.err
    assert_sentence(answer.err)


def test_one_report_file_for_two_plans_is_refused(collected: Vigie, tmp_path: Path) -> None:
    collected.write({"plans/q/plan.yaml": PLAN, "plans/q/sources.yaml": ""})
    answer = collected("report", "-o", str(tmp_path / "one.html"))
    assert answer.code == 2
    assert "there are several plans: choose one with --plan" in answer.err


@pytest.mark.parametrize("target", ["absent/x.html", "file/x.html", "."])
def test_a_report_that_cannot_be_written_is_a_sentence_and_leaves_nothing(
    collected: Vigie, target: str, tmp_path: Path
) -> None:
    place = tmp_path / "reports"
    place.mkdir()
    (place / "file").write_text("no folder")
    answer = collected("report", "-o", str(place / target))
    assert answer.code == 2
    assert "cannot be written" in answer.err
    assert [path.name for path in place.iterdir()] == ["file"]


# --- init, and the first steps -------------------------------------------------------------------------------------


def test_what_init_writes_is_checked_and_runs(tmp_path: Path) -> None:
    made = Vigie(tmp_path / "new", "2026-05-20")
    answer = made("init", str(made.folder))
    assert answer.code == 0
    assert f"Next: vigie check --config {made.folder}" in answer.out
    assert made("check").out.splitlines()[-1] == "1 plan in order, 0 problems, 0 warnings"
    assert made("run", "--once").code == 0
    assert made("status").code == 0


def test_init_names_the_files_it_wrote(tmp_path: Path) -> None:
    written = Vigie(tmp_path)("init", str(tmp_path / "new"), "--json").json["written"]
    assert written
    assert sorted(written) == sorted(str(path) for path in (tmp_path / "new").rglob("*") if path.is_file())


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    made = Vigie(tmp_path / "new")
    assert made("init", str(made.folder)).code == 0
    plan = next(made.folder.glob("plans/*/plan.yaml"))
    plan.write_text("mine")
    for lost in made.folder.glob("*.yaml"):
        lost.unlink()  # not even where some of it is missing
    answer = made("init", str(made.folder))
    assert answer.code == 2
    assert "already exists: name a new or empty folder" in answer.err
    assert plan.read_text() == "mine"
    assert not list(made.folder.glob("*.yaml"))


def test_init_where_nothing_can_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    answer = Vigie(tmp_path)("init", str(tmp_path / "file" / "new"))
    assert answer.code == 2
    assert "cannot be written" in answer.err


# --- the database --------------------------------------------------------------------------------------------------


def test_a_backup_is_whole_while_another_connection_writes(collected: Vigie, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    writer = sqlite3.connect(collected.folder / "vigie.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE plan SET name = 'half a change'")
    answer = collected("db", "backup", str(copy))
    writer.execute("ROLLBACK")
    writer.close()
    assert (answer.code, answer.out) == (0, f"written and checked: {copy}\n")
    kept = sqlite3.connect(copy)
    assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert kept.execute("SELECT name FROM plan").fetchall() == [("Spring 2026",)]
    assert kept.execute("SELECT count(*) FROM report_verdict").fetchone()[0] > 0
    kept.close()


def test_a_backup_can_be_worked_with(collected: Vigie) -> None:
    before = collected.status()
    assert collected("db", "backup", str(collected.folder / "copy.db")).code == 0
    collected.write({"vigie.yaml": "database: sqlite:///copy.db\nmail: {folder: outbox/}\n"})
    assert collected.status() == before


def test_a_backup_overwrites_nothing(collected: Vigie, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("yesterday's")
    answer = collected("db", "backup", str(copy))
    assert answer.code == 1
    assert "already exists: name a new file" in answer.err
    assert copy.read_text() == "yesterday's"


def test_a_backup_that_cannot_be_written_is_a_sentence(collected: Vigie, tmp_path: Path) -> None:
    answer = collected("db", "backup", str(tmp_path / "absent" / "copy.db"))
    assert answer.code == 1
    assert "the backup to" in answer.err
    assert_sentence(answer.err)


# --- for programs --------------------------------------------------------------------------------------------------


def test_the_answer_of_every_command_is_json_when_asked(vigie: Write, tmp_path: Path) -> None:
    """All but the demo, which has a test of its own. In the order in which they can be given."""
    made = make(vigie)
    for words in (
        ["init", str(tmp_path / "new")],
        ["check"],
        ["sources"],
        ["sources", "--test"],
        ["collect"],
        ["judge"],
        ["run", "--once"],
        ["test-alert"],
        ["status"],
        ["diff"],
        ["flags"],
        ["flags", "ack", "1", "--note", "I know"],
        ["flags", "snooze", "1", "--until", "2026-06-01"],
        ["flags", "expect", "1", "--until", "2026-06-01", "--note", "the shop was closed"],
        ["report", "-o", str(tmp_path / "report.html")],
        ["export", "readings", "--format", "csv", "-o", str(tmp_path / "readings.csv")],
        ["export", "readings", "--format", "json"],
        ["db", "upgrade"],
        ["db", "backup", str(tmp_path / "copy.db")],
    ):
        answer = made(*words, "--json")
        assert answer.code == 0, (words, answer.err)
        assert answer.json is not None, words


def test_a_step_of_a_flag_says_what_it_did(collected: Vigie) -> None:
    assert collected("flags", "ack", "1", "--note", "I know").out == "1: acknowledged\n"
    assert collected("flags", "snooze", "1", "--until", "2026-06-01").out == "1: snoozed until 2026-06-01\n"


def test_flags_say_what_they_are_about_who_answers_for_it_and_why(collected: Vigie) -> None:
    lines = [line.rstrip() for line in collected("flags").out.splitlines()]
    assert lines[:2] == ["1  news  target missed, 1–14 May 2026", "   50 orders (target: at least 100)."]
    assert re.fullmatch(r"   p, lead, open since \d{1,2} \w+ \d{4}", lines[2])


def test_moments_in_json_are_utc_and_say_so(collected: Vigie) -> None:
    [flag] = collected("flags", "--json").json
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", flag["opened_at"])


def test_quiet_where_there_is_no_terminal(vigie: Write) -> None:
    """No progress, no log: only what was asked for."""
    answer = make(vigie)("collect")
    assert answer.err == ""
    assert answer.out == "shop: 2026-05-01 to 2026-05-20, 19 days, 1 row\n"


# --- the real program ----------------------------------------------------------------------------------------------


def program(*words: str, cwd: Path, stdout: int = subprocess.PIPE, **environment: str) -> tuple[int, str, str]:
    """The command itself, as a shell starts it."""
    command = Path(sys.executable).with_name("vigie")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("VIGIE_", "PYTHON"))}
    done = subprocess.run(
        [str(command), *words],
        cwd=cwd,
        env={**clean, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout or "", done.stderr


def test_the_command_is_ours_even_where_others_bear_our_names(vigie: Write, tmp_path: Path) -> None:
    made, hostile = make(vigie), tmp_path / "hostile"
    hostile.mkdir()
    for name in ("config", "worker", "connectors"):
        (hostile / f"{name}.py").write_text("raise SystemExit('theirs')")
    code, out, err = program("check", "--config", str(made.folder), cwd=hostile)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith("1 plan in order")


def test_a_stranger_in_the_place_of_a_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text("")
    code, _, err = program("check", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert code != 0
    assert f"'config' at {tmp_path / 'config.py'} is not Vigie's own" in err


def test_a_reader_that_goes_away_ends_it_without_a_word(vigie: Write) -> None:
    made = make(vigie)
    reading, writing = os.pipe()
    os.close(reading)
    code, _, err = program("check", "--config", str(made.folder), cwd=made.folder, stdout=writing)
    os.close(writing)
    assert (code, err) == (1, "")


def test_a_full_disk_behind_standard_output_is_a_sentence(vigie: Write) -> None:
    made = make(vigie)
    with Path("/dev/full").open("wb") as full:
        code, _, err = program("check", "--config", str(made.folder), cwd=made.folder, stdout=full.fileno())
    assert (code, err) == (1, "vigie: standard output: No space left on device\n")


def test_a_terminal_that_lacks_a_sign_stops_nothing(collected: Vigie) -> None:
    words = ("status", "--config", str(collected.folder), "--today", TODAY)
    code, out, err = program(*words, cwd=collected.folder, PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert "\\u20ac" in out  # the euro sign


# --- nothing from outside steers a terminal ------------------------------------------------------------------------

#: colour, title, clear screen, a link, bell, backspaces, the one-byte introducers, and delete
ESCAPES = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x1b]8;;http://evil.example\x1b\\x",
    "a\bb",
    "\x9b31m",
    "\x9d0;x\x9c",
    "\x7f",
]

_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all but tabulator, line feed, carriage return


def test_campaign_names_never_steer_the_terminal(vigie: Write) -> None:
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(["day", "campaign", "keyword", "orders", "spend", "search_impressions", "position_weight"])
    for text in ESCAPES:
        rows.writerow(["2026-05-03", f"news {text}", text, 1, 100, 1, 5])
    made = make(vigie, **{"figures.csv": out.getvalue()})
    assert made("run", "--once").code == 0
    for words in (
        ["status"],
        ["status", "--json"],
        ["flags"],
        ["sources", "--test"],
        ["export", "readings", "--format", "csv"],
        ["export", "readings", "--format", "json"],
        ["export", "kpis", "--format", "csv", "--grain", "to_date"],
    ):
        answer = made(*words)
        assert answer.code == 0
        assert not _STEERING.search(answer.out + answer.err), words
    assert "news" in made("export", "readings", "--format", "csv").out


@pytest.mark.parametrize("words", [["check"], ["run", "--once"], ["status"]], ids=" ".join)
def test_names_in_the_plan_never_steer_the_terminal(vigie: Write, words: list[str]) -> None:
    """YAML can write any character, as "\\x9b"."""
    answer = make(vigie, PLAN.replace("plan: Spring 2026", 'plan: "Spring \\x9b31m 2026"'))(*words)
    assert answer.out + answer.err
    assert not _STEERING.search(answer.out + answer.err)


@pytest.mark.parametrize("name", ["check", "collect", "status"])
def test_mistakes_in_the_plan_never_steer_the_terminal(vigie: Write, name: str) -> None:
    answer = make(vigie, PLAN + '"\\e[2Jevil": 1\n"\\x9b2J": 2\n')(name)
    assert answer.code == 2
    assert "evil" in answer.out + answer.err
    assert not _STEERING.search(answer.out + answer.err)


@pytest.mark.parametrize("words", [["collect"], ["check"], ["sources", "--test"], ["collect", "--json"]], ids=" ".join)
def test_columns_of_a_file_never_steer_the_terminal(vigie: Write, words: list[str]) -> None:
    answer = make(vigie, **{"figures.csv": "day,orders,\x1b[2Jevil\n2026-05-03,1,2\n"})(*words)
    assert "evil" in answer.out + answer.err
    assert not _STEERING.search(answer.out + answer.err)

"""One plan's trouble is its own: whatever it is, the other plans are done, the outbox is emptied, and it is told."""

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from conftest import Vigie, Write

from config.loading.loaded import LoadedPlan
from worker.service.scheduler import Memory, tick
from worker.service.wiring import deploy, writable_store

PLAN = """
plan: {name}
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {{lead: {{name: Lead, email: {name}@shop.example}}}}
actions:
  a: {{name: A, responsible: lead, tracked_by: {{campaign: a}}, targets: [{{kpi: orders, at_least: 5, per: month}}]}}
"""
SOURCES = "shop: {connector: csv_file, path: s.csv, every: 6 hours}"
FIGURES = "day,campaign,orders\n2026-03-01,a,1\n2026-03-31,a,1\n"

SECRET = "hunter2"

#: a place in which each stage of a pass can meet what nobody foresaw
STAGES = [
    "worker.deployment.load_plan",
    "worker.service.pipeline.load_context",
    "worker.service.pipeline.run_jobs",
    "worker.service.pipeline.refresh",
    "worker.service.pipeline.check_quality",
    "worker.service.pipeline.assess_every",
    "worker.service.pipeline.update_flags",
    "worker.service.pipeline.queue.enqueue",
]


@pytest.fixture
def both(vigie: Write) -> Vigie:
    """Two plans that have missed a target, the first of which will be in trouble."""
    made = vigie(PLAN.format(name="p"), SOURCES, today="2026-04-02", **{"s.csv": FIGURES})
    files = {"plan.yaml": PLAN.format(name="q"), "sources.yaml": SOURCES, "s.csv": FIGURES}
    return made.write({f"plans/q/{name}": content for name, content in files.items()})


def fails_for(plan: str, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Let a function meet something that nobody foresaw, for one plan, whose name is in what it is given."""
    module, _, name = place.rpartition(".")
    owner = _owner(module)
    true: Callable[..., Any] = getattr(owner, name)

    def failing(*given: Any, **named: Any) -> Any:
        if any(plan in _plans_in(one) for one in (*given, *named.values())):
            raise RuntimeError(f"password={SECRET}")
        return true(*given, **named)

    monkeypatch.setattr(owner, name, failing)


def _owner(path: str) -> Any:
    try:
        return import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        return getattr(import_module(module), name)


def _plans_in(given: Any) -> list[str]:
    """The ids of the plans that a value is about."""
    if isinstance(given, Path):
        return [given.name]
    if isinstance(given, (list, tuple)):
        return [id for one in given for id in _plans_in(one)]
    if isinstance(given, LoadedPlan):
        return [given.id]
    inner = [getattr(given, name) for name in ("loaded", "context") if hasattr(given, name)]
    return [id for one in inner for id in _plans_in(one)]


def mails_to(made: Vigie, name: str) -> list[str]:
    return [m["subject"] for m in made.export("messages") if m["recipient"] == f"{name}@shop.example"]


@pytest.mark.parametrize("stage", STAGES)
def test_what_nobody_foresaw_in_one_plan_stops_neither_the_others_nor_the_outbox(
    both: Vigie, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    fails_for("p", monkeypatch, stage)
    answer = both("run", "--once")
    assert answer.code in (1, 2)  # a plan that cannot even be read is the user's to change
    assert mails_to(both, "q") == ["q: A missed its target"]
    assert [m["state"] for m in both.export("messages") if m["recipient"] == "q@shop.example"] == ["sent"]
    assert "unexpected RuntimeError at test_isolation.py:" in answer.err
    assert SECRET not in answer.err.replace(f"RuntimeError: password={SECRET}", "")  # the log has the traceback


@pytest.mark.parametrize("stage", STAGES[1:])
def test_its_lead_is_told_once_without_a_word_of_what_may_be_secret(
    both: Vigie, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    fails_for("p", monkeypatch, stage)
    if stage.endswith("load_context"):  # nor can it be told then that nothing is known of it
        return
    both("run", "--once")
    both("run", "--once")
    told = [m for m in both.export("messages") if m["recipient"] == "p@shop.example"]
    assert [m["subject"] for m in told] == ["p: Vigie could not finish"]
    mails = [message_from_bytes(path.read_bytes()) for path in (both.folder / "outbox").glob("*.eml")]
    texts = "".join(str(part.get_payload(decode=True)) for mail in mails for part in mail.walk())
    assert ("unexpected RuntimeError at" in texts, SECRET in texts) == (True, False)


@pytest.mark.parametrize("stage", STAGES)
def test_the_service_goes_on_with_the_others(both: Vigie, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    at = deploy(both.folder, now=lambda: datetime(2026, 4, 2, 6, tzinfo=UTC))
    fails_for("p", monkeypatch, stage)
    with writable_store(at) as store:
        report = tick(at, store, Memory())
    assert list(report.judgements)[-1] == "q"
    assert "q@shop.example" in [m["recipient"] for m in both.export("messages")]


def test_nothing_that_goes_wrong_with_telling_stops_the_others(both: Vigie, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_for("p", monkeypatch, "worker.service.pipeline.assess_every")
    fails_for("p", monkeypatch, "worker.service.pipeline.tell_of_failure")
    assert both("run", "--once").code == 1
    assert mails_to(both, "q") == ["q: A missed its target"]


# --- commands over several plans -----------------------------------------------------------------------------------

#: commands that answer for each plan, with a word that they say of a plan
COMMANDS = {
    "status": "q", "status --json": '"plan": "q"', "collect": "shop", "judge": "q: ", "review": "q",
    "review --json": '"plan": "q"', "explain a": "A, orders", "explain a --json": '"plan": "q"', "report": "q.html",
    "backtest": "q", "sources": "q", "test-alert": "q: test message", "diff": "q",
}  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_a_typo_in_one_plan_takes_no_command_away_from_the_others(
    both: Vigie, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(both.folder)
    both("run", "--once")
    both.write({"plans/p/plan.yaml": PLAN.format(name="p").replace("at_least", "at_leest")})
    answer = both(*words.split(), today="2026-04-03")
    assert answer.code == 2
    assert "plans/p/plan.yaml:9: unknown key 'at_leest'; did you mean 'at_least'?" in answer.err
    assert answer.err.count("at_leest") == 1
    assert COMMANDS[words] in answer.out


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("status", "worker.cli.status.plan_status"),
        ("status --json", "worker.cli.status.assess"),
        ("collect", "worker.cli.work.collect_plan"),
        ("judge", "worker.cli.work.judge_plan"),
        ("review", "worker.cli.review.read_plan_figures"),
        ("review --json", "worker.cli.review.review_answer"),
        ("explain a", "worker.cli.history.explained"),
        ("report", "worker.cli.output.write_report"),
        ("backtest", "worker.cli.history.replay"),
        ("sources", "worker.cli.configuration._source_rows"),
        ("check", "worker.cli.configuration.figure_warnings"),
        ("test-alert", "worker.cli.work.send_test_alert"),
    ],
)
def test_what_nobody_foresaw_in_one_plan_is_said_and_the_others_are_done(
    both: Vigie, monkeypatch: pytest.MonkeyPatch, words: str, place: str
) -> None:
    monkeypatch.chdir(both.folder)
    both("run", "--once")
    fails_for("p", monkeypatch, place)
    answer = both(*words.split(), today="2026-04-03")
    assert answer.code == 1
    assert "p: unexpected RuntimeError at test_isolation.py:" in answer.err
    assert SECRET not in answer.err + answer.out
    assert COMMANDS.get(words, "1 plan in order") in answer.out

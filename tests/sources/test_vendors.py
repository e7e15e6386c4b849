"""All vendors at once, through the command line: what a user sees of them, and what nobody may see."""

import importlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from conftest import Vigie, Write
from simulators.vendor import Simulator
from simulators.web_server import echoing, text_answer

from connectors import registry

VENDORS = [
    "ga4", "magento", "matomo", "plausible", "prestashop", "search_console", "shopify", "stripe", "umami",
    "woocommerce",
]  # fmt: skip
DOCS = Path(__file__).parents[2] / "docs" / "connectors"

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-04-30
people: {lead: {name: Lead, email: lead@shop.example}}
"""
TODAY = "2026-04-02"


def actions(many: int) -> str:
    """So many actions, each tracked by a campaign, a coupon and a keyword of its own."""
    lines = [
        f"  a{n}: {{name: A{n}, responsible: lead, when: {{from: 2026-03-01}}, "
        f"tracked_by: [{{campaign: 'spring-{n}*'}}, {{coupon: C{n}}}, {{keyword: 'word {n}'}}]}}"
        for n in range(many)
    ]
    return PLAN + "actions:\n" + "\n".join(lines)


@pytest.fixture
def vendors() -> Iterator[dict[str, Simulator]]:
    """A simulator of every vendor, with its small shop or site."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(importlib.import_module(f"simulators.{name}").example()) for name in VENDORS}


def sources(vendors: dict[str, Simulator]) -> str:
    """One source for each vendor, under the vendor's name."""
    entries: dict[str, Any] = {}
    for name, vendor in vendors.items():
        (entry,) = yaml.safe_load(vendor.entry.format(url=f"http://{vendor.host}")).values()
        assert entry["connector"] == name
        entries[name] = entry
    return yaml.safe_dump(entries)


@pytest.fixture
def made(vigie: Write, vendors: dict[str, Simulator], monkeypatch: pytest.MonkeyPatch) -> Vigie:
    """A plan with every vendor and a file, nobody waiting for anything."""
    for vendor in vendors.values():
        for name, value in vendor.secrets.items():
            monkeypatch.setenv(name, value)
    monkeypatch.setattr("connectors.kit.http.time", SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None))
    file = "\nfile: {connector: csv_file, path: s.csv}\n"
    return vigie(PLAN, sources(vendors) + file, today=TODAY, **{"s.csv": "day,responses\n2026-03-02,5\n"})


def test_each_source_says_what_it_is(made: Vigie) -> None:
    answer = made("sources", "--test", "--json")
    assert (answer.code, answer.err) == (0, "")
    told = {row["source"]: row for row in answer.json}
    for name in VENDORS:
        assert told[name]["account"], name
        assert told[name]["problem"] == "", name
        assert told[name]["days"] or "the last 16 months" in told[name]["remarks"], name
    assert {told[name]["zone"] for name in VENDORS} >= {"Europe/Paris", "America/Los_Angeles"}


def test_a_pass_reads_them_all_and_a_second_one_changes_nothing(made: Vigie) -> None:
    assert made("collect").code == 0
    first = made.export("readings")
    assert {row["source"] for row in first} >= set(VENDORS)
    assert made("collect", "--since", "2026-03-01", "--until", TODAY).code == 0
    assert made.export("readings") == first


def test_the_number_of_calls_does_not_grow_with_the_actions(made: Vigie, vendors: dict[str, Simulator]) -> None:
    def calls(many: int) -> dict[str, int]:
        before = {name: vendor.calls for name, vendor in vendors.items()}
        made.write({"plans/p/plan.yaml": actions(many)})
        assert made("collect", "--since", "2026-03-01", "--until", "2026-03-07").code == 0
        return {name: vendor.calls - before[name] for name, vendor in vendors.items()}

    calls(1)  # who bought before the plan is looked for once
    few = calls(10)
    assert all(few.values())
    assert calls(1_000) == few


def test_a_daily_run_takes_as_many_calls_as_the_documentation_says(made: Vigie, vendors: dict[str, Simulator]) -> None:
    for day in ("2026-03-25", "2026-03-26"):
        assert made("collect", today=day).code == 0
    before = {name: vendor.calls for name, vendor in vendors.items()}
    assert made("collect", today="2026-03-27").code == 0
    said = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", (DOCS / "README.md").read_text(), re.MULTILINE))
    assert {name: str(vendor.calls - before[name]) for name, vendor in vendors.items()} == said


@pytest.mark.parametrize(
    "fault", [echoing(500), echoing(401), text_answer("<html>", kind="text/html")], ids=["500", "401", "page"]
)
def test_all_in_trouble_stop_nobody_else_and_tell_no_secret(
    made: Vigie, vendors: dict[str, Simulator], fault: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for vendor in vendors.values():
        vendor.fail_always(fault)
    with caplog.at_level("DEBUG"):
        answer = made("collect", "-v")
    assert answer.code == 1
    assert {row["source"] for row in made.export("readings")} == {"file"}
    problems = {source["source"]: source["problem"] for source in made.status()["sources"]}
    assert all(problems[name] for name in VENDORS)
    told = "\n".join([answer.out, answer.err, caplog.text, json.dumps(problems)])
    stored = b"".join(path.read_bytes() for path in made.folder.glob("vigie.db*"))
    for vendor in vendors.values():
        for value in vendor.secrets.values():
            for part in _parts(value):
                assert part not in told
                assert part.encode() not in stored


def _parts(secret: str) -> list[str]:
    """What of a secret nobody may see: of a key file its private key, else the whole."""
    if not secret.startswith("{"):
        return [secret]
    key = json.loads(secret)["private_key"]
    return [line for line in key.splitlines() if len(line) > 30]


def test_the_page_of_every_connector_is_there() -> None:
    names = {name for name in registry.OptionModels() if name in VENDORS}
    assert names == set(VENDORS)
    assert {page.stem for page in DOCS.glob("*.md")} >= {*VENDORS, "README", "matomo.fr", "prestashop.fr"}


def test_without_ga4_no_library_of_google_is_imported(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    (folder / "plans" / "p").mkdir(parents=True)
    (folder / "plans" / "p" / "plan.yaml").write_text(PLAN)
    (folder / "plans" / "p" / "s.csv").write_text("day,orders\n2026-03-02,5\n")
    (folder / "plans" / "p" / "sources.yaml").write_text("shop: {connector: csv_file, path: s.csv}")
    (folder / "vigie.yaml").write_text("mail: {folder: outbox}")
    program = (
        "import sys\n"
        "from worker.cli.main import run\n"
        f"assert run(['run', '--once', '--config', {str(folder)!r}, '--today', {TODAY!r}]) == 0\n"
        "try:\n    run(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('google', 'grpc', 'requests_oauthlib')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.strip().endswith("[]"), done.stdout


def test_a_simulator_can_be_run_by_hand() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.simulators", "woocommerce", "--port", "0"],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    ) as running:  # fmt: skip
        assert running.stdout
        said = ""
        while "Running" not in said:
            said += running.stdout.readline()
        running.terminate()
    assert re.search(r"url: \"?http://127\.0\.0\.1:\d+", said)
    assert "export " in said

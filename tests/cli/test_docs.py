"""The documentation is held to the code: what there is stands in it, its examples work, its links lead somewhere."""

import re
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from config.catalogue import catalogue
from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from config.loading.yaml import parse_yaml
from config.plan import Action, Budget, Cost, Kpi, Objective, Person, Plan, Rule, SharedBudget, Target
from config.settings import Limits, Mail, load_settings
from config.sources import Secret, SourceEntry
from config.thresholds import Event, Judging
from config.vocabulary import AUTHORITIES, Dimension, Measure, Unit
from config.web_settings import Web
from config.when import When
from connectors.files.csv_file import CsvOptions
from connectors.files.sql import SqlOptions
from connectors.registry import OptionModels
from connectors.sample.simulated import SimulatedOptions
from worker.cli.arguments import COMMANDS, parser
from worker.model.message import MessageState
from worker.model.verdict import Verdict
from worker.service.test_alert import Result
from worker.store.downstream import VIEWS
from worker.wording import translator_for
from worker.wording.terms import VERDICTS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.fr.md", ROOT / "CHANGELOG.md"])


VENDORS = {
    str(page.relative_to(ROOT)): page.name.split(".")[0]
    for page in sorted((DOCS / "connectors").glob("*.md"))
    if page.name != "README.md"
}  #: page -> connector


@cache
def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above; without its examples."""
    text = _FENCE.sub("", text_of(page))
    start = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert start, f"{page} has no heading '{heading}'"
    rest = text[start.end() :]
    end = re.search(rf"^#{{1,{len(start[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, without the headings."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines, "there is no table"
    cells = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [
        row for row, after in zip(cells, [*cells[1:], [""]], strict=True) if not _is_rule(row) and not _is_rule(after)
    ]


def _is_rule(row: list[str]) -> bool:
    return all(set(cell) <= {"-", ":"} and cell for cell in row)


def first_codes(text: str) -> list[str]:
    """Everything in backticks in the first cells of the tables."""
    return [code for row in rows(text) for code in re.findall(r"`([^`]+)`", row[0])]


def fences(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL)


def keys(model: type[BaseModel], beyond: type[BaseModel] | None = None) -> list[str]:
    """The keys a user may write, without those of the model it extends."""
    inherited = beyond.model_fields if beyond else {}
    return [field.alias or name for name, field in model.model_fields.items() if name not in inherited]


def _module(name: str, sign: str) -> ModuleType:
    """The example of docs/connectors.md that holds ``sign``, as a module that the others can import."""
    source = next(block for block in fences("docs/connectors.md", "python") if sign in block)
    module = sys.modules[name] = ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), module.__dict__)  # noqa: S102, it is our own page
    return module


_till = _module("vigie_till", "class Till:")
TestTill = _module("test_vigie_till", "class TestTill(").TestTill  #: the page's connector keeps the contract


# --- what there is stands in the documentation -----------------------------------------------------------------------


@pytest.mark.parametrize("kpi", catalogue())
def test_each_kpi_stands_in_the_documentation_with_its_formula_unit_and_direction(kpi: str) -> None:
    known = catalogue()[kpi]
    row = next(row for row in rows(text_of("docs/kpis.md")) if row[0] == f"`{kpi}`" and len(row) == 6)
    assert row[1] == str(known.name)
    assert re.findall(r"`([^`]+)`", row[2]) == list(known.formula)
    assert row[3:5] == [known.unit.value, known.better.value if known.better != "neither" else "–"]
    assert row[5].partition(" ")[0] == (known.by or "–")


@pytest.mark.parametrize("measure", Measure)
def test_each_measure_stands_in_the_documentation_with_its_unit(measure: Measure) -> None:
    row = next(row for row in rows(section("docs/kpis.md", "Measures")) if row[0] == f"`{measure}`")
    assert row[2] == measure.unit
    assert row[3]


def test_each_dimension_stands_in_the_documentation() -> None:
    assert first_codes(section("docs/kpis.md", "Dimensions")) == list(Dimension)


@pytest.mark.parametrize("row", rows(section("docs/kpis.md", "Units")), ids=lambda row: row[0])
def test_each_unit_is_written_for_people_as_the_documentation_shows(row: list[str]) -> None:
    unit, number = Unit(row[0].strip("`")), Decimal(row[2])
    shown = [translator_for(language).number(number, unit, "EUR") for language in ("en", "fr")]
    assert [text.replace("\u202f", " ").replace("\u00a0", " ") for text in shown] == row[3:]


def test_every_unit_stands_in_the_documentation() -> None:
    assert first_codes(section("docs/kpis.md", "Units")) == list(Unit)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_stands_in_the_documentation(command: str) -> None:
    assert any(
        code.split()[1] == command for code in first_codes(section("docs/running.md", "Commands"))[: len(COMMANDS)]
    )


def _options(of: Any) -> Iterator[str]:
    for action in of._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        for inner in (action.choices or {}).values() if isinstance(action.choices, dict) else ():
            yield from _options(inner)


def test_each_option_stands_in_the_documentation() -> None:
    text = section("docs/running.md", "Commands")
    given = {*_options(parser())} - {"--help", "--version", "--output"}  # -o stands for --output
    assert {option for option in given if not re.search(rf"{option}\b", text)} == set()


@pytest.mark.parametrize(
    ("model", "heading"),
    [
        (Plan, "The top of the plan"),
        (Person, "People"),
        (Objective, "Objectives"),
        (Action, "Actions"),
        (When, "When"),
        (Budget, "Budgets"),
        (SharedBudget, "Shared budgets"),
        (Cost, "Costs"),
        (Rule, "Tracking"),
        (Target, "Targets"),
        (Kpi, "KPIs of your own"),
        (Judging, "Judging"),
        (Event, "Events"),
        (SourceEntry, "`sources.yaml`"),
    ],
)
def test_each_key_of_a_plan_stands_in_its_table(model: type[BaseModel], heading: str) -> None:
    table = [row for row in rows(section("docs/plan.md", heading)) if len(row) == 4]
    assert sorted(row[0].strip("`") for row in table) == sorted(keys(model))


@pytest.mark.parametrize(
    ("model", "heading"), [(CsvOptions, "`csv_file`"), (SqlOptions, "`sql`"), (SimulatedOptions, "For demonstrations")]
)
def test_each_option_of_a_connector_stands_in_its_table(model: type[BaseModel], heading: str) -> None:
    assert sorted(first_codes(section("docs/sources.md", heading))) == sorted(keys(model, SourceEntry))


@pytest.mark.parametrize("page", VENDORS)
def test_each_option_of_a_vendors_connector_stands_in_a_table_of_its_page(page: str) -> None:
    model = OptionModels()[VENDORS[page]]
    tables = [row for row in rows(text_of(page)) if len(row) == 4]
    said = [code for row in tables for code in re.findall(r"`([^`]+)`", row[0])]
    assert sorted(said) == sorted(keys(model, SourceEntry))


def test_each_form_of_a_secret_stands_in_the_documentation() -> None:
    codes = first_codes(section("docs/sources.md", "Secrets"))
    assert [code.strip("{").partition(":")[0] for code in codes] == keys(Secret)


def test_each_setting_stands_in_the_documentation_with_its_variable() -> None:
    first: dict[str, type[BaseModel]] = {"mail": Mail, "web": Web}
    of_sections = [f"{name}.{key}" for name, model in first.items() for key in keys(model)]
    settings = ["database", *of_sections, "channels.NAME", *(f"limits.{key}" for key in keys(Limits)), "ca"]
    table = rows(section("docs/running.md", "Settings"))
    assert [row[:2] for row in table] == [[f"`{key}`", f"`VIGIE_{key.upper().replace('.', '_')}`"] for key in settings]


def test_each_state_of_a_message_and_each_result_of_a_trial_stands_in_the_documentation() -> None:
    assert first_codes(section("docs/mail.md", "How messages are sent")) == list(MessageState)
    assert first_codes(section("docs/mail.md", "Trying it")) == list(Result)


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_stands_in_the_documentation_with_its_columns_in_order_and_their_types(view: str) -> None:
    table = rows(section("docs/downstream.md", f"`{view}`"))
    assert [(row[0].strip("`"), row[1]) for row in table] == [(name, sort.value) for name, sort in VIEWS[view]]
    assert all(row[2] and row[3] for row in table)


def test_each_verdict_stands_in_the_documentation() -> None:
    given = {*first_codes(section("docs/verdicts.md", "Targets")), *first_codes(section("docs/verdicts.md", "Budgets"))}
    assert given >= set(Verdict)


def test_each_event_of_the_log_stands_in_the_documentation() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "worker").rglob("*.py"))
    row = next(row for row in rows(section("docs/running.md", "Logs")) if row[0] == "`event`")
    assert sorted(re.findall(r"`([a-z_]+)`", row[1])) == sorted(set(re.findall(r'"event": "([a-z_]+)"', code)))


def test_the_order_in_which_sources_are_authoritative_is_the_one_documented() -> None:
    told = {
        measure: tuple(kind.strip() for kind in row[1].split(","))
        for row in rows(section("docs/sources.md", "Which source is authoritative"))
        for measure in re.findall(r"`([^`]+)`", row[0])
    }
    assert told == {measure.value: tuple(kind.value for kind in kinds) for measure, kinds in AUTHORITIES.items()}


# --- links -----------------------------------------------------------------------------------------------------------


def _anchors(page: Path) -> set[str]:
    """The anchors that headings get on the usual web sites."""
    plain = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", plain, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            broken.append(target)
    assert broken == []


# --- the architecture ------------------------------------------------------------------------------------------------


def test_each_path_of_ours_that_is_named_in_the_documentation_exists() -> None:
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(
            r"`((?:config|connectors|docs|tests|worker)/[\w./-]+)`", page.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 50
    assert sorted((page, path) for page, path in named if not (ROOT / path).exists()) == []


def test_the_layers_of_the_documentation_are_those_that_are_checked() -> None:
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    told = rows(section("docs/architecture.md", "Who may import whom"))
    assert [int(row[0]) for row in told] == list(range(len(layers), 0, -1))
    rooms = [[room.strip("` ").removesuffix(".py").replace("/", ".") for room in row[1].split("·")] for row in told]
    assert rooms == [[room.strip() for room in layer.split("|")] for layer in layers]


def test_the_way_of_a_figure_opens_as_many_files_and_folders_as_the_documentation_says() -> None:
    text = section("docs/architecture.md", "The way of one figure")
    files = [path for row in rows(text) for path in re.findall(r"`([\w/]+\.py)`", row[2])]
    folders = [path.rpartition("/")[0] for path in files]
    changes = sum(before != after for before, after in pairwise(folders))
    assert f"That is {len(set(files))} files to open, and the folder changes {changes} times" in " ".join(text.split())


# --- the examples ----------------------------------------------------------------------------------------------------

#: the parts of a plan that a fragment in the documentation leaves out
BASE = """\
plan: Autumn teas
currency: EUR
timezone: Europe/Paris
starts: 2026-09-01
ends: 2026-12-31
people:
  ana: {name: Ana Ruiz, email: ana@tea.example}
"""


def load(plan: str, sources: str = "") -> LoadedPlan:
    return parse_plan(ROOT / "autumn-teas", plan, sources, OptionModels())


def _is_faulty(example: str) -> bool:
    return example.startswith("# faulty")


def _whole_sources() -> str:
    return next(example for example in fences("docs/plan.md", "yaml") if example.startswith("# sources.yaml"))


@pytest.mark.parametrize(
    "page", ["docs/plan.md", "docs/sources.md", "docs/running.md", "docs/mail.md", "README.md", "README.fr.md"]
)
def test_every_yaml_example_parses(page: str) -> None:
    examples = fences(page, "yaml")
    assert examples
    assert [problem for example in examples for problem in parse_yaml(example, page).problems] == []


def test_the_whole_plan_of_the_documentation_loads_with_its_sources() -> None:
    whole = next(example for example in fences("docs/plan.md", "yaml") if example.startswith("# plan.yaml"))
    loaded = load(whole, _whole_sources())
    assert [action.kind for action in loaded.plan.actions.values()] == ["recurring", "one-off", "continuous"]


@pytest.mark.parametrize("page", ["README.md", "README.fr.md"])
def test_the_plan_of_the_readme_loads_with_its_source(page: str) -> None:
    plan, sources = fences(page, "yaml")
    assert load(plan, sources).plan.actions


def test_the_plan_of_the_readme_has_the_lines_it_says() -> None:
    assert len(fences("README.md", "yaml")[0].splitlines()) == 15
    assert len(fences("README.fr.md", "yaml")[0].splitlines()) == 16


_FRAGMENTS = [
    example
    for example in fences("docs/plan.md", "yaml")
    if not _is_faulty(example) and not example.startswith(("# plan.yaml", "# sources.yaml"))
]


@pytest.mark.parametrize("fragment", _FRAGMENTS, ids=lambda fragment: fragment.split(":")[0])
def test_each_fragment_of_a_plan_loads_in_a_plan(fragment: str) -> None:
    load(BASE + fragment, _whole_sources())


_SOURCES = [example for page in ("docs/sources.md", "docs/connectors.md", *VENDORS) for example in fences(page, "yaml")]


@pytest.mark.parametrize("example", _SOURCES)
def test_each_example_of_a_source_loads(example: str) -> None:
    models = {**OptionModels(), "till": _till.TillOptions}
    assert parse_plan(ROOT / "autumn-teas", BASE, example, models).sources


@pytest.mark.parametrize("example", [*fences("docs/running.md", "yaml"), *fences("docs/mail.md", "yaml")])
def test_each_example_of_settings_loads(example: str, tmp_path: Path) -> None:
    (tmp_path / "vigie.yaml").write_text(example, encoding="utf-8")
    assert load_settings(tmp_path, {}).database


def test_the_faulty_plan_is_told_as_the_documentation_says(vigie: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, sources = filter(_is_faulty, fences("docs/plan.md", "yaml"))
    said = next(block for block in fences("docs/plan.md", "console") if "unknown key" in block)
    at = vigie("x: y").write({"plans/autumn-teas/plan.yaml": plan, "plans/autumn-teas/sources.yaml": sources})
    monkeypatch.chdir(at.folder)
    answer = at("check", "--plan", "autumn-teas")
    assert answer.code == 2
    assert answer.out.splitlines() == said.splitlines()[1:]


THIN = """\
plan: A thin plan
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
budget: 1000
people: {lead: {name: Ana Ruiz, email: ana@tea.example}}
objectives: {loyalty: {name: Keep our customers}}
budgets: {search: {name: Search ads, amount: 0}}
actions:
  newsletter:
    name: Newsletter
    budget: {amount: 300, per: month}
    tracked_by: [{campaign: "spring-*"}]
    targets: [{kpi: open_rate, at_least: 30%, per: month}]
  sale: {name: Spring sale, tracked_by: [{campaign: spring-sale}]}
  leaflets: {name: Leaflets in the letter boxes}
"""
DOUBTFUL = """\
plan: Hardly meant
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
actions:
  letters: {name: Letters, when: {from: 2026-02-01, every: week, lasts: 14 days}}
  fair: {name: Fair, when: {from: 2026-04-01, to: 2026-07-31}, budget: 5, costs: [{on: 2026-03-15, amount: 5, what: x}]}
  mails:
    name: Mails
    when: {to: 2026-04-30}
    targets:
      - {kpi: orders, at_most: 5}
      - {kpi: unsubscribes, at_least: 5}
      - {kpi: orders, at_least: 0}
      - {kpi: refund_rate, at_most: 100%}
      - {kpi: revenue, at_least: 5, by: 2026-05-01}
events: [{name: Black Friday, on: 2025-11-28}]
"""
EMPTY = "plan: Nothing yet\ncurrency: EUR\ntimezone: Europe/Paris\nstarts: 2026-03-01\nends: 2026-06-30\n"
CROSSED = """\
actions:
  sale: {name: Spring sale, tracked_by: {campaign: spring-sale}}
  ads: {name: Ads, tracked_by: {source: google}}
"""


def test_each_warning_of_the_documentation_is_one_that_is_given(vigie: Any) -> None:
    shop = "shop: {connector: csv_file, path: shop.csv}"
    at = vigie(
        THIN,
        f"{shop}\nagain: {{connector: csv_file, path: ./shop.csv}}",
        **{"shop.csv": "day,campaign,orders\n2026-03-02,spring-sale,2\n"},
    )
    at.write({"plans/empty/plan.yaml": EMPTY, "plans/lost/plan.yaml": THIN, "plans/lost/sources.yaml": shop})
    at.write({"vigie.yaml": "", "plans/doubtful/plan.yaml": DOUBTFUL})
    counted = "day,campaign,source,spend,sessions\n2026-05-02,spring-sale,google,40,9\n2026-05-10,,,0,0\n"
    at.write({f"plans/{name}/shop.csv": counted for name in ("misspelt", "crossed")})
    at.write({f"plans/{name}/sources.yaml": shop for name in ("misspelt", "crossed")})
    at.write({"plans/misspelt/plan.yaml": EMPTY + "actions: {sale: {name: Sale, tracked_by: {campaign: spring-sael}}}"})
    at.write({"plans/crossed/plan.yaml": EMPTY + CROSSED})
    assert at("collect", "--plan", "crossed", today="2026-05-20").code == 0
    given = [line.partition(" warning: ")[2] for line in at("check", today="2026-05-20").out.splitlines()]
    told = [row[0].strip("`") for row in rows(section("docs/plan.md", "What `vigie check` says"))]
    assert len(told) == 29
    assert [text for text in told if not any(_is_like(text, line) for line in given)] == []


def _is_like(text: str, line: str) -> bool:
    """Whether a line is the one shown, whose end may be left open."""
    return line.startswith(text.removesuffix("…")) if text.endswith("…") else line == text


@pytest.mark.parametrize(
    "row", [row for row in rows(section("docs/plan.md", "When")) if row[0].startswith("`{")], ids=lambda row: row[0]
)
def test_the_turns_of_an_action_are_those_of_the_documentation(row: list[str]) -> None:
    plan = load(BASE + f"actions:\n  a: {{name: A, when: {row[0].strip('`')}}}\n").plan
    action = plan.actions["a"]
    assert row[1] == action.kind
    turns = plan.occurrences_of(action)
    if turns:
        first = ", ".join(map(str, turns[:2])) + (", …" if len(turns) > 2 else "")
        assert row[2] == f"{len(turns)}: {first}"
    else:
        assert row[2] == f"none: it is at work from {plan.life_of(action)}"


@pytest.mark.parametrize("example", fences("docs/downstream.md", "sql")[:1])
def test_the_query_of_the_documentation_answers(example: str, vigie: Any) -> None:
    figures = "day,orders,revenue\n2026-09-01,2,61.00\n2026-09-30,2,59.00\n"
    at = vigie(BASE, "shop: {connector: csv_file, path: shop.csv, kind: shop}", **{"shop.csv": figures})
    at("collect", today="2026-10-01")
    with closing(sqlite3.connect(at.folder / "vigie.db")) as connection:
        answer = connection.execute(example.replace("'autumn-teas'", "'p'")).fetchall()
    assert answer[0] == ("2026-09-01", 30.0, "final")


def test_the_changes_of_the_documentation_are_told_as_it_says(vigie: Any) -> None:
    plan = next(example for example in fences("docs/plan.md", "yaml") if example.startswith("# plan.yaml"))
    at = vigie("x: y").write({"plans/autumn-teas/sources.yaml": _whole_sources()})
    lower = plan.replace("orders, at_least: 60", "orders, at_least: 45")
    lower = lower.replace("tomas\n    when: {every", "ana\n    when: {every")
    for version in (plan, lower):
        at.write({"plans/autumn-teas/plan.yaml": version})
        assert at("judge", "--plan", "autumn-teas", today="2026-09-20").code == 0
    with closing(sqlite3.connect(at.folder / "vigie.db")) as connection:
        for number, day in enumerate(("2026-09-20", "2026-10-12"), 1):
            moment = f"{day} 10:00:00.000000"
            connection.execute("UPDATE plan_version SET seen_at = ? WHERE id = ?", (moment, number))
        connection.commit()
    at.write({"plans/autumn-teas/plan.yaml": lower.replace("budget: 6000", "budget: 7000")})
    shown = next(block for block in fences("docs/plan.md", "console") if "vigie diff" in block)
    answer = at("diff", "--since", "2026-10-01", "--plan", "autumn-teas")
    assert [line.rstrip() for line in answer.out.splitlines()][:-1] == shown.splitlines()[1:]


# --- the sentences of docs/verdicts.md -------------------------------------------------------------------------------

RUNNING = """\
plan: Autumn teas
currency: EUR
timezone: Europe/Paris
starts: 2026-09-01
ends: 2026-12-31
budget: 4000
people:
  ana: {name: Ana Ruiz, email: ana@tea.example}
  tomas: {name: Tomás Gil, email: tomas@tea.example}
objectives:
  grow:
    name: Sell more tea
    targets: [{kpi: revenue, at_least: 100, per: month}]
actions:
  letter:
    name: Tea letter
    responsible: tomas
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 100, per: occurrence}
    costs:
      - {on: 2026-09-01, amount: 120, what: layout}
      - {on: 2026-10-01, amount: 90, what: layout}
      - {on: 2026-10-12, amount: 20, what: sending, state: committed}
    tracked_by: [{campaign: "tea-letter-*"}]
    targets:
      - {kpi: orders, at_least: 5, per: occurrence}
      - {kpi: conversion_rate, at_least: 3%, per: month}
  ads:
    name: Search ads
    objectives: [grow]
    techniques: [ads]
    responsible: ana
    when: {from: 2026-10-01, to: 2026-10-31}
    budget: 300
    costs: [{on: 2026-10-20, amount: 200, what: agency, state: planned}]
    tracked_by: [{source: google, medium: cpc}]
    targets: [{kpi: spend, at_most: 150}]
  fair:
    name: Tea fair
    when: {from: 2026-11-05, to: 2026-11-08}
    budget: 800
    targets: [{kpi: orders, at_least: 20}]
  gifts:
    name: Gift boxes
    when: {from: 2026-12-01}
    tracked_by: [{campaign: gifts}]
    targets: [{kpi: roi, at_least: 2}]
  coupons:
    name: Coupons at the till
    when: {from: 2026-09-10, to: 2026-09-30}
    budget: 50
    tracked_by: [{coupon: TEA10}]
    targets:
      - {kpi: orders, at_least: 20}
      - {kpi: open_rate, at_least: 20%}
"""
RUNNING_FIGURES = """\
day,campaign,source,medium,sessions,orders,revenue,spend
2026-09-01,tea-letter-9,mail,email,80,3,90.00,0
2026-09-05,tea-letter-9,mail,email,40,1,30.00,0
2026-09-20,,google,organic,200,2,44.00,0
2026-10-01,tea-letter-10,mail,email,70,2,60.00,0
2026-10-02,,google,cpc,50,1,25.00,60
2026-10-10,tea-letter-10,mail,email,30,4,120.00,0
2026-10-12,,google,cpc,55,1,25.00,110
2026-10-14,,google,organic,90,1,20.00,0
"""
LACKING = """\
plan: Autumn teas
currency: EUR
timezone: Europe/Paris
starts: 2026-09-01
ends: 2026-12-31
people:
  ana: {name: Ana Ruiz, email: ana@tea.example}
objectives:
  grow:
    name: Sell more tea
    targets:
      - {kpi: average_basket, at_least: 30, per: month}
      - {kpi: revenue, at_least: {2026-09: 100, 2026-10: 500}}
actions:
  letter:
    name: Tea letter
    budget: {amount: 100, per: month}
    tracked_by: [{campaign: "tea-letter-*"}]
    targets: [{kpi: average_basket, at_least: 20, per: month}]
  fair:
    name: Tea fair
    when: {from: 2026-10-12, to: 2026-10-14}
    budget: 80
    tracked_by: [{campaign: fair}]
    targets: [{kpi: orders, at_least: 4}]
"""
LACKING_FIGURES = """\
day,campaign,sessions,orders,revenue,spend
2026-09-01,tea-letter-9,80,3,90.00,0
2026-09-20,,200,2,44.00,0
2026-10-01,,70,2,60.00,10
2026-10-02,,50,1,25.00,60
2026-10-10,,30,4,120.00,0
"""


EARLIER = """\
plan: More than before
currency: EUR
timezone: Europe/Paris
starts: 2026-04-01
ends: 2026-06-30
people:
  ana: {name: Ana Ruiz, email: ana@tea.example}
objectives:
  grow:
    name: Sell more tea
    targets:
      - {kpi: orders, at_least: "+25% on last year", per: month}
  keep-on:
    name: Sell more every month
    targets:
      - {kpi: orders, at_least: "+10% on previous", per: month}
"""


UNSEEN = """\
plan: Misspelt teas
currency: EUR
timezone: Europe/Paris
starts: 2026-09-01
ends: 2026-12-31
people:
  ana: {name: Ana Ruiz, email: ana@tea.example}
actions:
  letter:
    name: Tea letter
    budget: {amount: 100, per: month}
    tracked_by: [{campaign: "tea-leter-*"}]
    targets: [{kpi: orders, at_least: 40, per: month}]
  advent:
    name: Advent
    when: {from: 2026-10-09}
    tracked_by: [{campaign: "advent-*"}]
    targets: [{kpi: orders, at_least: 5}]
"""

AHEAD = """\
plan: Winter teas
currency: EUR
timezone: Europe/Paris
starts: 2026-08-01
ends: 2026-12-31
people:
  ana: {name: Ana Ruiz, email: ana@tea.example}
actions:
  steady: {name: Steady, tracked_by: {campaign: steady}, targets: [{kpi: orders, at_least: 250, per: month}]}
  falling: {name: Falling, tracked_by: {campaign: falling}, targets: [{kpi: orders, at_least: 300, per: month}]}
  behind: {name: Behind, tracked_by: {campaign: behind}, targets: [{kpi: orders, at_least: 285, per: month}]}
  doubtful: {name: Doubtful, tracked_by: {campaign: behind}, targets: [{kpi: orders, at_least: 295, per: month}]}
  rare: {name: Rare, tracked_by: {campaign: rare}, targets: [{kpi: orders, at_least: 12, per: month}]}
  young: {name: Young, when: {from: 2026-10-12}, tracked_by: {campaign: young}, targets: [{kpi: roi, at_least: 2}]}
"""


def winter(until: date) -> str:
    """Orders of each day: nine or so, one campaign falling to half in October, one with one every fifth day."""
    lines = ["day,campaign,orders,revenue,spend"]
    for n in range((until - date(2026, 8, 1)).days):
        day = date(2026, 8, 1) + timedelta(days=n)
        usual = 9 + (-1, 2, 0, -2, 1)[n % 5]
        lines += [f"{day},steady,{usual},,", f"{day},falling,{usual // (2 if day.month == 10 else 1)},,"]
        lines += [f"{day},behind,{usual},,", f"{day},rare,{int(n % 5 == 0)},,", f"{day},young,0,20,9"]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """What Vigie says of plans: one that is running, one whose source delivers only a part, one that is misspelt."""
    from conftest import Vigie

    said: set[str] = set()
    cases = [
        (RUNNING, RUNNING_FIGURES, "", "2026-10-15"),
        (LACKING, LACKING_FIGURES, "", "2026-11-02"),
        (LACKING, LACKING_FIGURES, ", covers: {until: 2026-10-31}, lookback: 5", "2026-11-02"),
        (UNSEEN, LACKING_FIGURES, "", "2026-10-11"),
        (EARLIER, "day,orders\n2026-04-01,50\n", "", "2026-04-02"),
        (AHEAD, winter(date(2026, 10, 15)), "", "2026-10-15"),
    ]
    for number, (plan, figures, more, today) in enumerate(cases):
        at = Vigie(tmp_path_factory.mktemp(f"said{number}"), today)
        shop = f"shop: {{connector: csv_file, path: shop.csv, kind: shop{more}}}"
        at.write({"vigie.yaml": "mail: {folder: outbox/}", "plans/p/plan.yaml": plan, "plans/p/sources.yaml": shop})
        at.write({"plans/p/shop.csv": figures})
        assert at("collect").code == 0
        assert at("judge").code == 0
        for what in ("verdicts", "budgets"):
            said |= {row["sentence_en"] for row in at.export(what)}
    return frozenset(said)


@pytest.mark.parametrize("row", [row for row in rows(text_of("docs/verdicts.md")) if len(row) == 4], ids=lambda r: r[3])
def test_each_sentence_of_the_documentation_is_one_that_is_said(row: list[str], sentences: frozenset[str]) -> None:
    assert row[3].strip("“”") in sentences
    is_doubtful = "Likely to miss the target" in row[3]
    assert row[1] == ("likely to miss" if is_doubtful else VERDICTS[row[0].strip("`")])


def test_the_mail_of_the_documentation_is_the_one_that_is_written(vigie: Any) -> None:
    files = {"shop.csv": RUNNING_FIGURES}
    at = vigie(RUNNING, "shop: {connector: csv_file, path: shop.csv, kind: shop}", today="2026-10-15", **files)
    assert at("run", "--once").code == 0
    (path,) = (at.folder / "outbox").glob("*-ana-*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    written = f"Subject: {mail['Subject']}\n\n{body.get_content()}"
    shown = next(block for block in fences("docs/verdicts.md", "text") if block.startswith("Subject:"))
    assert _without_moment(written) == _without_moment(shown)


def _without_moment(mail: str) -> list[str]:
    """The lines that say something, without the moment at which the figures were read and a mark's trailing space."""
    lines = re.sub(r"collected on .*", "collected", mail).splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def test_every_python_example_compiles() -> None:
    for page in PAGES:
        for block in fences(str(page.relative_to(ROOT)), "python"):
            compile(block, page.name, "exec")


def test_an_author_of_connectors_needs_nothing_of_ours_but_the_stable_import() -> None:
    blocks = fences("docs/connectors.md", "python")
    modules = re.findall(r"^(?:from|import) (\S+)", "\n".join(blocks), re.MULTILINE)
    ours = {module for module in modules if module.split(".")[0] in {"config", "connectors", "worker"}}
    assert len(blocks) == 2
    assert ours == {"connectors"}


def test_the_changelog_has_the_version_that_is_installed() -> None:
    from importlib.metadata import version

    assert f"## [{version('vigie')}]" in text_of("CHANGELOG.md")

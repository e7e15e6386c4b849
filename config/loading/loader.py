"""The configuration folder -> plans. Every problem at once, with file, line, and the nearest valid word."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.errors import PlanError, Problem
from config.fields import check_id
from config.loading.document import Document
from config.loading.loaded import LoadedPlan
from config.loading.recovery import valid_part
from config.loading.references import mistakes, unknown_names
from config.loading.validation import nearest, validated
from config.loading.yaml import parse_yaml, read_text
from config.plan import Plan
from config.sources import SourceEntry

PLAN, SOURCES = "plan.yaml", "sources.yaml"

#: connector id -> the model of its options
Connectors = Mapping[str, type[SourceEntry]]


def plan_folders(root: Path) -> list[Path]:
    """The plans' folders, by name. Raises PlanError where there is none."""
    folders = sorted(path.parent for path in root.glob(f"plans/*/{PLAN}"))
    if not folders:
        message = f"holds no plan: expected plans/<name>/{PLAN}; 'vigie init DIR' writes a first one"
        raise PlanError([Problem(str(root), 0, message)])
    return folders


def load_plan(folder: Path, root: Path, connectors: Connectors, channels: Collection[str] | None = None) -> LoadedPlan:
    """Read one plan's folder. Raises PlanError with every problem of both files."""
    plan_text, sources_text = _text(folder / PLAN, root), _text(folder / SOURCES, root)
    return parse_plan(folder.name, folder, plan_text, sources_text, connectors, channels=channels)


def parse_plan(
    id: str,
    folder: Path,
    plan_text: str,
    sources_text: str,
    connectors: Connectors,
    *,
    channels: Collection[str] | None = None,
) -> LoadedPlan:
    """Make a plan of the two texts. Raises PlanError with every problem of both.

    ``channels`` are those of the settings; None where they are not known, so that any name passes.
    """
    problems: list[Problem] = []
    try:
        check_id(id)
    except ValueError as error:
        problems.append(Problem(f"plans/{id}", 0, f"the folder's name is the plan's id: {error}"))
    documents = (
        _document(plan_text, f"plans/{id}/{PLAN}", problems),
        _document(sources_text, f"plans/{id}/{SOURCES}", problems),
    )
    sources = _sources(documents[1], connectors, problems)
    plan = None if documents[0].value is None else validated(Plan, documents[0].value, documents[0], problems)
    sound = plan or valid_part(documents[0].value)
    for findings in (unknown_names(documents[0].value, documents[1].value, channels), mistakes(sound, sources)):
        for document, found in zip(documents, findings, strict=True):
            problems += (document.problem(place, message) for place, message in found)
    if problems or plan is None:
        raise PlanError(sorted(problems, key=lambda problem: (problem.file, problem.line)))
    return LoadedPlan(id, folder, plan, sources, documents)


def _text(path: Path, root: Path) -> str:
    if path.name == SOURCES and not path.exists():
        return ""
    return read_text(path, str(path.relative_to(root)))


def _document(text: str, shown_as: str, problems: list[Problem]) -> Document:
    """The file's keys and values: none in an empty file; None for a value where it cannot be read."""
    document = parse_yaml(text, shown_as)
    problems += document.problems
    if isinstance(document.value, dict) or (document.value is None and document.problems):
        return document
    if document.value is None:
        return replace(document, value={})
    problems.append(Problem(shown_as, 1, "must hold keys, each with its value"))
    return replace(document, value=None)


def _sources(document: Document, connectors: Connectors, problems: list[Problem]) -> dict[str, SourceEntry]:
    found: dict[str, SourceEntry] = {}
    for id, value in (document.value or {}).items():
        entry = _source(id, value, document, connectors, problems)
        if entry:
            found[id] = entry
    return found


def _source(
    id: str, value: Any, document: Document, connectors: Connectors, problems: list[Problem]
) -> SourceEntry | None:
    connector = value.get("connector") if isinstance(value, dict) else None
    if connector is None:
        problems.append(document.problem((id,), f"{id} names no connector, as connector: csv_file"))
        return None
    if not isinstance(connector, str) or connector not in connectors:
        hint = nearest(str(connector), connectors)
        problems.append(document.problem((id, "connector"), f"{id}: there is no connector '{connector}'{hint}"))
        return None
    return validated(connectors[connector], value, document, problems, (id,))

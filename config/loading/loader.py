"""The configuration folder -> plans. Every problem at once, with file, line, and what to write."""

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.errors import Mistake, PlanError, Problem, shortened
from config.fields import check_id
from config.files import reason
from config.loading.contradictions import contradictions
from config.loading.document import Document
from config.loading.loaded import LoadedPlan
from config.loading.recovery import valid_part
from config.loading.references import unknown_names
from config.loading.respelling import respelled
from config.loading.validation import accepted, validated
from config.loading.yaml import parse_yaml, read_text
from config.message import message
from config.plan import Plan
from config.sources import SourceEntry
from config.suggestions import meant, nearest

PLAN, SOURCES = "plan.yaml", "sources.yaml"

#: connector id -> the model of its options
Connectors = Mapping[str, type[SourceEntry]]


def plan_folders(root: Path) -> list[Path]:
    """The plans' folders, by name. Raises PlanError where there is none, or they cannot be looked for."""
    plans = root / "plans"
    try:
        folders = sorted(path for path in plans.iterdir() if _is_meant_as_plan(path))
    except OSError as error:
        if plans.is_symlink() or not isinstance(error, FileNotFoundError):
            what = message("cannot be read: {reason}", reason=reason(plans, error))
            raise PlanError([Problem("plans", 0, what).in_folder(root)]) from error
        folders = []
    if not folders:
        what = message(
            "no plan here: expected {path}; 'vigie init DIR' writes a first one", path=f"plans/<name>/{PLAN}"
        )
        raise PlanError([Problem(str(root), 0, what)])
    return folders


def _is_meant_as_plan(path: Path) -> bool:
    """Whether a plan stands in a folder, or should: what is behind a broken link, or closed to us, has not gone."""
    try:
        (path / PLAN).lstat()
    except NotADirectoryError:
        return False
    except FileNotFoundError:
        return path.is_symlink() and not path.exists()
    except OSError:
        return True
    return True


def load_plan(folder: Path, root: Path, connectors: Connectors, channels: Collection[str] | None = None) -> LoadedPlan:
    """Read one plan's folder. Raises PlanError with every problem of both files."""
    try:
        plan_text, sources_text = _text(folder / PLAN, root), _text(folder / SOURCES, root)
        return parse_plan(folder, plan_text, sources_text, connectors, channels)
    except PlanError as error:
        raise PlanError(problem.in_folder(root) for problem in error.problems) from None


def parse_plan(
    folder: Path,
    plan_text: str,
    sources_text: str,
    connectors: Connectors,
    channels: Collection[str] | None = None,
) -> LoadedPlan:
    """Make a plan of the two texts; its id is the folder's name. Raises PlanError with every problem of both.

    ``channels`` are those of the settings; None where they are not known, so that any name passes.
    """
    problems: list[Problem] = []
    id = folder.name
    try:
        check_id(id)
    except Mistake as error:
        what = message("the folder's name is the plan's id: {problem}", problem=error.message)
        problems.append(Problem(f"plans/{id}", 0, what))
    files = (
        _document(plan_text, f"plans/{id}/{PLAN}", problems),
        _document(sources_text, f"plans/{id}/{SOURCES}", problems),
    )
    plan, plan_file = _plan(files[0], problems)
    sources, sources_file = _sources(files[1], connectors, problems)
    sound = plan or valid_part(plan_file.value)
    for findings in (
        unknown_names(plan_file.value, sources_file.value, channels),
        contradictions(sound, plan_file.value, sources),
    ):
        for document, found in zip((plan_file, sources_file), findings, strict=True):
            problems += (document.problem(place, what) for place, what in found)
    if problems or plan is None:
        raise PlanError(shortened(problems))
    return LoadedPlan(id, folder, plan, sources, files)


def _text(path: Path, root: Path) -> str:
    if path.name == SOURCES and not os.path.lexists(path):
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
    problems.append(
        Problem(shown_as, 1, message("the file must hold keys, each with its value, such as plan: Spring 2026"))
    )
    return replace(document, value=None)


def _plan(document: Document, problems: list[Problem]) -> tuple[Plan | None, Document]:
    """The plan, and the file with its keys put right where that was needed."""
    if document.value is None:
        return None, document
    if not document.value:
        problems.append(
            document.problem((), message("the file is empty: 'vigie init DIR' writes an example to start from"))
        )
        return None, replace(document, value=None)
    if plan := accepted(Plan, document.value):
        return plan, document
    value = respelled(Plan, document.value, document, problems)
    return validated(Plan, value, document, problems), replace(document, value=value)


def _sources(
    document: Document, connectors: Connectors, problems: list[Problem]
) -> tuple[dict[str, SourceEntry], Document]:
    """The sources that are sound, and the file with its keys put right where that was needed."""
    found: dict[str, SourceEntry] = {}
    if document.value is None:
        return found, document
    right: dict[str, Any] = {}
    for id, value in document.value.items():
        entry, right[id] = _source(id, value, document, connectors, problems)
        if entry:
            found[id] = entry
    return found, replace(document, value=right)


def _source(
    id: str, value: Any, document: Document, connectors: Connectors, problems: list[Problem]
) -> tuple[SourceEntry | None, Any]:
    key = _connector_key(value)
    if key is None:
        what = message("{id} has no connector: add one, such as connector: csv_file", id=id)
        problems.append(document.problem((id,), what))
        return None, value
    connector = value[key]
    if not isinstance(connector, str) or connector not in connectors:
        what = message("there is no connector '{name}'{hint}", name=connector, hint=nearest(str(connector), connectors))
        problems.append(document.problem((id, key), what))
        return None, value
    if entry := accepted(connectors[connector], value):
        return entry, value
    value = respelled(connectors[connector], value, document, problems, (id,))
    return validated(connectors[connector], value, document, problems, (id,)), value


def _connector_key(value: Any) -> str | None:
    """The key under which a source names its connector, whatever it is called."""
    if not isinstance(value, dict):
        return None
    return next((key for key in ("connector", *value) if key in value and meant(key, ["connector"])), None)

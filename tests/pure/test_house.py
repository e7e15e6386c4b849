"""The house keeps its shape: small files and functions, one meaning a name, rooms that are pure."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("config", "connectors", "worker")
LISTS_OF_TABLES = {"schema.py"}


def modules() -> Iterator[Path]:
    for floor in FLOORS:
        yield from (path for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts)


MODULES = sorted(modules())
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_there_is_a_house() -> None:
    assert len(MODULES) > 200
    assert len(list(functions())) > 2000


def test_no_file_is_longer_than_400_lines() -> None:
    long = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert [path for path, lines in long.items() if lines > 400 and path.name not in LISTS_OF_TABLES] == []


def test_nineteen_functions_of_twenty_have_25_lines_at_most() -> None:
    lengths = sorted((node.end_lineno or 0) - node.lineno + 1 for _, node in functions())
    assert lengths[int(len(lengths) * 0.95)] <= 25


def test_at_most_ten_functions_take_more_than_five_arguments() -> None:
    many = [f"{path.relative_to(ROOT)}:{node.name}" for path, node in functions() if len(_arguments(node)) > 5]
    assert len(many) <= 10, many


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return [one.arg for one in every if one.arg not in ("self", "cls")]


def test_no_two_classes_have_the_same_name() -> None:
    names = Counter(node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_module_lies_loose_beside_the_rooms() -> None:
    loose = {path.name for path in (ROOT / "worker").glob("*.py")}
    assert loose == {"__init__.py", "deployment.py"}


@pytest.mark.parametrize("word", ["utils", "helper", "manager", "metric"])
def test_no_file_or_class_is_called_by_a_word_that_says_nothing(word: str) -> None:
    classes = [node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert [name for name in (*classes, *(path.name for path in MODULES)) if word in name.casefold()] == []

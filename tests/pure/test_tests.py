"""The tests themselves: each shows something, whatever its loops go over."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]


def _is_sure(loop: ast.AST, written: set[str]) -> bool:
    """Whether a loop goes over what is written down there or under these names, or over the members of a class."""
    match loop:
        case ast.For(iter=ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]) | ast.Set() | ast.Constant()):
            return True
        case ast.For(iter=ast.Call(func=ast.Name("range"), args=[*ends])):
            return all(isinstance(end, ast.Constant) or ast.unparse(end).isupper() for end in ends)
        case ast.For(iter=ast.Name(name) | ast.Call(func=ast.Attribute(ast.Name(name), "items" | "values"))):
            return name in written or (not name.isupper() and name[0].isupper())
    return not isinstance(loop, ast.For | ast.While)


def _written(test: ast.AST) -> set[str]:
    """The names of lists and the like that a test writes down."""
    found = set()
    for node in ast.walk(test):
        match node:
            case ast.Assign(
                [ast.Name(name)], ast.List([_, *_]) | ast.Tuple([_, *_]) | ast.Dict([_, *_])
            ) | ast.AnnAssign(ast.Name(name), value=ast.List([_, *_]) | ast.Tuple([_, *_]) | ast.Dict([_, *_])):
                found.add(name)
    return found


def _shown(node: ast.AST, written: set[str]) -> Iterator[bool]:
    """For each assertion below, whether it is surely reached: in no loop that may go over nothing."""
    for one in ast.iter_child_nodes(node):
        match one:
            case ast.Assert() | ast.Call(func=ast.Attribute(ast.Name("pytest"), "raises" | "fail")):
                yield True
            case ast.Call(func=ast.Name("assume")):
                yield True
            case _:
                yield from (found and _is_sure(one, written) for found in _shown(one, written))


def _tests() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.relative_to(TESTS)}:{node.lineno} {node.name}", node


def test_no_test_asserts_only_in_a_loop_that_may_go_over_nothing() -> None:
    every = dict(_tests())
    assert len(every) > 2000
    shown = {name: list(_shown(node, _written(node))) for name, node in every.items()}
    assert [name for name, reached in shown.items() if reached and not any(reached)] == []


def test_a_loop_over_what_is_worked_out_shows_nothing_alone() -> None:
    for source, is_shown in (
        ("for x in found(): assert x", False),
        ("for x in (1, 2):\n  for y in x.all: assert y", False),
        ("every = []\nfor x in every: assert x", False),
        ("every = [1]\nfor x in every: assert x", True),
        ("assert found()\nfor x in found(): assert x", True),
        ("for x in (1, 2): assert x", True),
        ("for x in range(3):\n  with pytest.raises(ValueError): x()", True),
    ):
        node = ast.parse(source)
        assert any(_shown(node, _written(node))) is is_shown, source

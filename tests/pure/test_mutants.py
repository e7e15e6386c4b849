"""The changes that ``make mutants`` makes, and the tests it runs for them."""

import ast

import mutants
import pytest


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("a < b", ["(a <= b)", "(a > b)"]),
        ("a and b", ["(a or b)"]),
        ("3", ["4", "(2)"]),
        ("period.end - DAY", ["period.end"]),  # a day more or less
        ("min(a, b)", ["max(a, b)"]),
        ("sorted(found, key=name)", ["list(found)"]),  # order lost
        ("not a", ["(a)"]),
        ("a if b else c", ["(a)", "(c)"]),
        ("keep(a)", []),
    ],
)
def test_an_expression_is_changed(code: str, changed: list[str]) -> None:
    assert list(mutants.changes(ast.parse(code, mode="eval").body)) == changed


def test_a_statement_is_dropped() -> None:
    for code in ("save(a)", "total += 1", "if a:\n    return"):
        assert list(mutants.changes(ast.parse(code).body[0])) == ["pass"]


def test_each_room_has_tests_and_each_change_leaves_a_program() -> None:
    assert len(mutants.ROOMS) == 7
    for mutant in mutants.sample(list(mutants.ROOMS), 70, seed=1):
        assert mutants.tests_of(mutant.path)
        text = (mutants.ROOT / mutant.path).read_bytes()
        changed = text[: mutant.span[0]] + mutant.new.encode() + text[mutant.span[1] :]
        assert changed != text
        ast.parse(changed)


def test_every_pattern_of_tests_finds_some() -> None:
    patterns = [pattern for found in mutants.TESTS.values() for pattern in found]
    assert [one for one in patterns if not list((mutants.ROOT / "tests").glob(one))] == []


def test_what_is_called_equivalent_is_still_there_and_says_why() -> None:
    for one in mutants.GIVEN["equivalent"]:
        every = mutants.mutants_of(one["path"])
        assert any((it.code, it.old, it.new) == (one["code"], one["old"], one["new"]) for it in every), one
        assert one["reason"]
    assert mutants.GIVEN["equivalent"]

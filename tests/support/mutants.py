"""Small changes of the code, one at a time in a copy of it: would the tests that matter notice?

``python tests/support/mutants.py [--seed 15] [--count 150] [room ...]`` prints what was noticed per room, and each
change that was not. Well-kept tools do not fit: cosmic-ray writes into the working tree, mutmut runs every test
that reaches a function and knows neither samples nor a lost order, a dropped statement, a day more or less.
"""

import argparse
import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, count
from pathlib import Path
from queue import SimpleQueue
from subprocess import DEVNULL

ROOT = Path(__file__).parents[2]
ENOUGH, ENOUGH_OF_A_ROOM = 0.90, 0.85
GIVEN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TESTS: dict[str, list[str]] = GIVEN["tests"]
ROOMS = tuple(room for room in TESTS if (ROOT / room).is_dir())


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    path: str
    line: int
    code: str  #: that line
    span: tuple[int, int]  #: in bytes
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {' '.join(self.old.split())}  ->  {self.new}"


# ---- which changes there are ----

OTHERWISE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip
FLIPPED: dict[type[ast.AST], type[ast.AST]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
LOST = {"order_by", "casefold", "lower", "strip", "where", "distinct"}
SETTINGS = {"strict", "frozen", "slots", "eq", "default", "extra", "exc_info", "repr"}  # of zip and the like


def changes(node: ast.AST) -> Iterator[str]:
    """What could stand in the place of a node."""
    match node:
        case ast.Compare(left, [op], [right]):
            for kinds in (OTHERWISE, FLIPPED):
                if type(op) in kinds:
                    yield f"({ast.unparse(ast.Compare(left, [kinds[type(op)]()], [right]))})"  # type: ignore[list-item]
        case ast.BoolOp(op, values):
            yield f"({ast.unparse(ast.BoolOp(OTHERWISE[type(op)](), values))})"  # type: ignore[arg-type]
        case ast.BinOp(left, ast.Add() | ast.Sub(), ast.Name("DAY")):
            yield ast.unparse(left)
        case ast.BinOp(left, op, right) if type(op) in OTHERWISE:
            yield f"({ast.unparse(ast.BinOp(left, OTHERWISE[type(op)](), right))})"  # type: ignore[arg-type]
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield f"({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            yield str(not value)
        case ast.Constant(int(value)):
            yield from (str(value + 1), f"({value - 1})")
        case ast.Constant(float(value)):
            yield str(value * 1.25 or 0.1)
        case ast.Call(ast.Name(name), [first, *_]) if name in NAMES:
            yield (
                ast.unparse(ast.Call(ast.Name(NAMES[name]), [first], []))
                if name == "sorted"
                else (f"{NAMES[name]}{ast.unparse(node)[len(name) :]}")
            )
        case ast.Call(ast.Attribute(value, name)) if name in LOST:
            yield ast.unparse(value)
        case ast.comprehension(ifs=[_, *_]):
            yield "True"
        case ast.IfExp(_, body, orelse):
            yield f"({ast.unparse(body)})"
            yield f"({ast.unparse(orelse)})"
        case ast.If(_, [ast.Return() | ast.Raise() | ast.Continue()], []) | ast.AugAssign() | ast.Expr(ast.Call()):
            yield "pass"


def _worth(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one, but for types, decorators, text, what is logged."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            match name, child:
                case (
                    ("annotation" | "returns" | "decorator_list", _)
                    | (_, ast.JoinedStr() | ast.If(ast.Name("TYPE_CHECKING")))
                    | (_, ast.Expr(ast.Call(ast.Attribute(ast.Name("log")))))
                ):
                    continue
                case _, ast.keyword(setting) if setting in SETTINGS:
                    continue
                case _, ast.AST():
                    yield child
                    yield from _worth(child)


def mutants_of(path: str) -> Iterator[Mutant]:
    """Every change of one file that is known here."""
    text = (ROOT / path).read_bytes()
    lines = text.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    for node in _worth(ast.parse(text)):
        for new in changes(node):
            place = node.ifs[-1] if isinstance(node, ast.comprehension) else node
            assert isinstance(place, ast.expr | ast.stmt)
            begin = starts[place.lineno - 1] + place.col_offset
            end = starts[(place.end_lineno or 0) - 1] + (place.end_col_offset or 0)
            old, code = text[begin:end].decode(), lines[place.lineno - 1].decode().strip()
            yield Mutant(path, place.lineno, code, (begin, end), old, new)


def sample(rooms: list[str], size: int, seed: int) -> list[Mutant]:
    """As many of each room."""
    chosen = []
    known = {(one["path"], one["code"], one["old"], one["new"]) for one in GIVEN["equivalent"]}
    for index, room in enumerate(rooms):
        files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / room).rglob("*.py"))
        every = [one for path in files for one in mutants_of(path)]
        every = [one for one in every if (one.path, one.code, one.old, one.new) not in known]
        wanted = size // len(rooms) + (index < size % len(rooms))
        chosen += random.Random(f"{seed} {room}").sample(every, len(every))[
            :wanted
        ]  # more of them: the same and others
    return chosen


# ---- whether it is noticed ----


def tests_of(path: str) -> tuple[str, ...]:
    """The test files that run for a change of this file."""
    patterns = TESTS[max((start for start in TESTS if path.startswith(start)), key=len)]
    found = (path for pattern in patterns for path in sorted((ROOT / "tests").glob(pattern)))
    return tuple(str(path.relative_to(ROOT)) for path in found)


OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not postgres", "--hypothesis-seed=0")


class Copy:
    """A copy of what git knows of the tree, in which tests run after each change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limits: dict[tuple[str, ...], float] = {}
        self.ages = count(1)
        for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0"):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)

    def notices(self, mutant: Mutant) -> bool:
        """Whether one of its tests fails, or does not end."""
        tests, path = tests_of(mutant.path), self.folder / mutant.path
        limit = self.limits.get(tests) or self._measured(tests)
        text = path.read_bytes()
        path.write_bytes(text[: mutant.span[0]] + mutant.new.encode() + text[mutant.span[1] :])
        try:
            self._age(path)
            return not self._passes(tests, limit)
        finally:
            path.write_bytes(text)
            self._age(path)

    def _age(self, path: Path) -> None:
        """A time no other has had, else Python takes what it compiled of a file of the same length."""
        os.utime(path, (next(self.ages),) * 2)

    def _measured(self, tests: tuple[str, ...]) -> float:
        started = time.monotonic()
        if not self._passes(tests, None):
            sys.exit(f"without any change, one of these fails: {' '.join(tests)}")
        self.limits[tests] = 30 + 4 * (time.monotonic() - started)
        return self.limits[tests]

    def _passes(self, tests: tuple[str, ...], limit: float | None) -> bool:
        environ = {**os.environ, "PYTHONPATH": str(self.folder), "OPENBLAS_NUM_THREADS": "1"}
        words = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
        run = subprocess.Popen(
            words, cwd=self.folder, env=environ, start_new_session=True, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            return run.wait(limit) == 0
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            return run.wait() == 0


def noticed(mutants: list[Mutant], folder: Path) -> Iterator[tuple[Mutant, bool]]:
    """Whether each is noticed, two at a time."""
    idle: SimpleQueue[Copy] = SimpleQueue()
    for name in "ab":
        idle.put(Copy(folder / name))

    def notice(mutant: Mutant) -> bool:
        copy = idle.get()
        answer = copy.notices(mutant)
        idle.put(copy)
        return answer

    with ThreadPoolExecutor(2) as workers:
        yield from zip(mutants, workers.map(notice, mutants), strict=True)


def main() -> int:
    """Print what was noticed; 1 where that is too little."""
    asked = argparse.ArgumentParser()
    asked.add_argument("rooms", nargs="*", default=list(ROOMS))
    asked.add_argument("--seed", type=int, default=15)
    asked.add_argument("--count", type=int, default=150)
    given = asked.parse_args()
    found: dict[str, list[bool]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for mutant, is_noticed in noticed(sample(given.rooms, given.count, given.seed), Path(folder)):
            for room in (*(room for room in ROOMS if mutant.path.startswith(f"{room}/")), "all"):
                found[room].append(is_noticed)
            if not is_noticed:
                print(f"unnoticed  {mutant}", flush=True)
    is_enough = True
    for room, answers in sorted(found.items(), key=lambda one: one[0] == "all"):
        share = sum(answers) / len(answers)
        is_enough &= share >= (ENOUGH if room == "all" else ENOUGH_OF_A_ROOM)
        print(f"{room:16} {sum(answers):3} of {len(answers):3} noticed, {share:.0%}")
    return 0 if is_enough else 1


if __name__ == "__main__":
    sys.exit(main())

"""Formula text -> expression over measures, through an allow-list over ``ast``. Nothing is ever evaluated as code.

A formula is made of measures, numbers, ``+ - * /`` (or ``- x /`` as typographers write them) and parentheses.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from config.errors import Mistake
from config.message import marked

T = TypeVar("T")

MAX_LENGTH = 500  # characters
MAX_DEPTH = 20
MAX_NODES = 100
MAX_NUMBER = Decimal(10) ** 15

_TYPOGRAPHY = str.maketrans({"×": "*", "÷": "/", "−": "-", "–": "-"})
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


class FormulaError(Mistake):
    """The text is not a formula, and why."""


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """A measure, or a constant of the plan such as ``margin``."""

    id: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions joined by one of ``+ - * /``."""

    operator: str
    left: "Expression"
    right: "Expression"


Expression = Number | Name | Operation


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula. A ratio has a denominator; any other formula is its own numerator."""

    text: str
    numerator: Expression
    denominator: Expression | None
    names: frozenset[str]

    @property
    def whole(self) -> Expression:
        """The formula as one expression."""
        if self.denominator is None:
            return self.numerator
        return Operation("/", self.numerator, self.denominator)

    @property
    def only_adds(self) -> bool:
        """Whether it is made of sums and products alone: over amounts that add up, it only grows."""
        return self.denominator is None and _operators(self.numerator) <= {"+", "*"}


@lru_cache(maxsize=1000)
def parse_formula(text: str) -> Formula:
    """Read a formula. Raises FormulaError for anything but measures, numbers, ``+ - * /`` and parentheses."""
    plain = text.translate(_TYPOGRAPHY).strip()
    if not plain or len(plain) > MAX_LENGTH:
        raise FormulaError("a formula must have 1 to {count} characters", count=MAX_LENGTH)
    if not re.fullmatch(r"[A-Za-z0-9_+\-*/(). \t]+", plain):
        strange = re.sub(r"[A-Za-z0-9_+\-*/(). \t]", "", plain)[0]
        form = marked("a formula cannot contain {sign}: only measures, numbers, + - * / and parentheses")
        raise FormulaError(form, sign=strange)
    if _depth(plain) > MAX_DEPTH:
        raise FormulaError("the formula is nested more than {count} levels deep", count=MAX_DEPTH)
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FormulaError("'{formula}' is not a formula: write one such as revenue / spend", formula=text) from None
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise FormulaError("a formula has at most {count} parts", count=MAX_NODES)
    whole = _expression(tree, 0)
    numerator, denominator = _as_ratio(whole)
    return Formula(plain, numerator, denominator, _names(whole))


def _depth(text: str) -> int:
    """How deep parentheses and runs of signs nest: known before the parser, which they could exhaust."""
    open_now = deepest = 0
    for character in text:
        open_now += {"(": 1, ")": -1}.get(character, 0)
        deepest = max(deepest, open_now)
    signs = re.findall(r"[-+]+", re.sub(r"\s", "", text))
    return max([deepest, *map(len, signs)])


def _expression(node: ast.expr, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise FormulaError("the formula is nested more than {count} levels deep", count=MAX_DEPTH)
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            sign = _OPERATORS[type(operator)]
            return Operation(sign, _expression(left, depth + 1), _expression(right, depth + 1))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Operation("-", Number(Decimal(0)), _expression(operand, depth + 1))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _expression(operand, depth + 1)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return Number(_number(value))
        case ast.Name(id=name):
            return Name(name)
    raise FormulaError("a formula can contain only measures, numbers, + - * / and parentheses")


def _number(value: float) -> Decimal:
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or number >= MAX_NUMBER:
        raise FormulaError("a number in a formula must be below 1,000,000,000,000,000")
    return number


def _as_ratio(node: Expression) -> tuple[Expression, Expression | None]:
    """Gather the divisions of a product: ``a / b * 100`` is ``(a * 100) / b``, the same ratio of sums."""
    match node:
        case Operation("*", left, right):
            (n1, d1), (n2, d2) = _as_ratio(left), _as_ratio(right)
            return Operation("*", n1, n2), _product(d1, d2)
        case Operation("/", left, right):
            # A division below the line stays there whole: were it turned over, its zero would give 0, not unknown.
            n1, d1 = _as_ratio(left)
            return n1, _product(d1, right)
        case _:
            return node, None


def _product(left: Expression | None, right: Expression | None) -> Expression | None:
    if left is None or right is None:
        return left or right
    return Operation("*", left, right)


def _names(node: Expression) -> frozenset[str]:
    match node:
        case Name(name):
            return frozenset({name})
        case Operation(_, left, right):
            return _names(left) | _names(right)
    return frozenset()


def _operators(node: Expression) -> frozenset[str]:
    if isinstance(node, Operation):
        return _operators(node.left) | _operators(node.right) | {node.operator}
    return frozenset()


def fold(
    node: Expression,
    number: Callable[[Decimal], T],
    name: Callable[[str], T],
    join: Callable[[str, T, T], T],
) -> T:
    """Rebuild an expression in another world (SQL, figures): one function for each of its three parts."""
    match node:
        case Number(value):
            return number(value)
        case Name(id):
            return name(id)
        case Operation(operator, left, right):
            return join(operator, fold(left, number, name, join), fold(right, number, name, join))


def evaluate(node: Expression, sums: Mapping[str, Decimal | None]) -> Decimal | None:
    """The value over ``sums`` of measures. None where a part is unknown or a denominator is zero."""
    return fold(node, lambda value: value, sums.get, _calculate)


def _calculate(operator: str, left: Decimal | None, right: Decimal | None) -> Decimal | None:
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right if right else None


#: A constant that formulas may name beside measures: the plan's margin.
MARGIN = "margin"

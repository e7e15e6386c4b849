"""Formulas: arithmetic over measures and nothing else, computed as ratios of sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.formula import FormulaError, Name, Number, Operation, evaluate, fold, parse_formula

SUMS: Mapping[str, Decimal | None] = {
    "revenue": Decimal(1200),
    "spend": Decimal(300),
    "orders": Decimal(40),
    "sessions": Decimal(1600),
    "promoters": Decimal(50),
    "detractors": Decimal(20),
    "responses": Decimal(80),
    "nothing": Decimal(0),
    "unknown": None,
}


def value(text: str) -> Decimal | None:
    return evaluate(parse_formula(text).whole, SUMS)


# What a formula is


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revenue", "1200"),
        ("revenue / spend", "4"),
        ("revenue - spend", "900"),
        ("revenue + spend * 2", "1800"),
        ("(revenue + spend) * 2", "3000"),
        ("100 * (promoters - detractors) / responses", "37.5"),
        ("revenue * 0.4 - spend", "180"),
        ("-spend + revenue", "900"),
        ("+spend", "300"),
        ("revenue / orders / 2", "15"),
        ("spend - -orders", "340"),
        ("1.5 * orders", "60"),
        (".5 * orders", "20"),
        ("1e3 * orders", "40000"),
        ("  revenue\t/ spend  ", "4"),
        ("revenue / spend\n", "4"),  # as a block of YAML ends
    ],
)
def test_a_formula_is_arithmetic_over_measures(text: str, expected: str) -> None:
    assert value(text) == Decimal(expected)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("revenue × 2", "revenue * 2"),
        ("revenue ÷ spend", "revenue / spend"),
        ("revenue − spend", "revenue - spend"),  # a minus sign, U+2212
        ("revenue – spend", "revenue - spend"),  # a dash, as word processors put it
        ("100 × (promoters − detractors) ÷ responses", "100 * (promoters - detractors) / responses"),
    ],
)
def test_typographic_signs_mean_what_they_look_like(typed: str, plain: str) -> None:
    assert parse_formula(typed) == parse_formula(plain)


def test_a_formula_knows_the_measures_it_names() -> None:
    assert parse_formula("(revenue * margin - spend) / 2 + 0 * spend").names == {"revenue", "margin", "spend"}


def test_a_decimal_in_a_formula_is_exact() -> None:
    assert parse_formula("0.1 + 0.2").whole == Operation("+", Number(Decimal("0.1")), Number(Decimal("0.2")))


ESCAPES = [
    "revenue.real",
    "revenue.__class__",
    "().__class__",
    "1.0.hex",
    "open(revenue)",
    "print()",
    "__import__(os)",
    "exec(revenue)",
    "eval (revenue)",
    "min(revenue, spend)",
    "revenue[0]",
    "revenue[0:1]",
    "lambda: revenue",
    "[revenue]",
    "[x for x in revenue]",
    "(x for x in revenue)",
    "{revenue}",
    "{revenue: spend}",
    "(x := revenue)",
    "x = revenue",
    'f"{revenue}"',
    "f'{revenue}'",
    '"revenue"',
    "'revenue'",
    "b'revenue'",
    "True",
    "False",
    "None",
    "True + revenue",
    "revenue / None",
    "revenue ** 2",
    "9**9**9**9",
    "revenue // spend",
    "revenue % spend",
    "revenue @ spend",
    "revenue | spend",
    "revenue & spend",
    "revenue ^ spend",
    "revenue << 2",
    "revenue >> 2",
    "~revenue",
    "revenue < spend",
    "revenue == spend",
    "revenue != spend",
    "revenue <= spend",
    "revenue and spend",
    "revenue or spend",
    "not revenue",
    "revenue in spend",
    "revenue is spend",
    "revenue if spend else orders",
    "*revenue",
    "**revenue",
    "revenue, spend",
    "(revenue,)",
    "()",
    "...",
    "1j",
    "2 * 1j",
    "await revenue",
    "yield revenue",
    "0x" + "f" * 40,
    "0x" + "f" * 490,
    "1e999",
    "-1e999",
    "1e15",
    "1000000000000000",
    "9" * 499,
    "-" * 20_000 + "1",
    "-" * 400 + "1",
    "- " * 100 + "1",
    "+-" * 20 + "1",
    "(" * 100 + "1" + ")" * 100,
    "(" * 20_000 + "1" + ")" * 20_000,
    "(" * 400,
    "((((revenue",
    "revenue))",
    "1+" * 249 + "1",
    "1+" * 40 + "1",
    "a" * 501,
    "revenue" + " " * 500 + "/ spend",
    "révenue",
    "ｒevenue",  # full-width r, which Python would read as revenue
    "𝐫evenue",
    "revenue / spеnd",  # a Cyrillic е
    "revenue\n/ spend",
    "revenue\r/ spend",
    "revenue\x00",
    "revenue\u00a0/ spend",
    "revenue \\\n / spend",
    "revenue; spend",
    "import os",
    "del revenue",
    "revenue # a comment",
    "revenue $ spend",
    "revenue ! spend",
    "revenue ? spend : orders",
    "`revenue`",
    "revenue spend",
    "revenue /",
    "/ revenue",
    "revenue - ",
    "1and 2",
    "0777",
    "1__0",
    "",
    "   ",
    "\n",
]


@pytest.mark.parametrize("text", ESCAPES, ids=lambda text: repr(text[:30]))
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)


@pytest.mark.parametrize("name", ["open", "__import__", "__class__", "__builtins__", "eval", "_", "self"])
def test_a_name_is_never_more_than_a_measure_nobody_knows(name: str) -> None:
    formula = parse_formula(name)
    assert formula.whole == Name(name)
    assert evaluate(formula.whole, SUMS) is None


def test_a_refusal_names_the_character_that_is_not_meant() -> None:
    with pytest.raises(FormulaError, match="cannot contain ;:"):
        parse_formula("revenue; spend")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("+".join(["1"] * 30), "nested more than 20 levels deep"),
        (" + ".join(["(a * b * c)"] * 12), "at most 100 parts"),
        ("(" * 21 + "a" + ")" * 21, "nested more than 20 levels deep"),
        ("-" * 21 + "a", "nested more than 20 levels deep"),
        (" + ".join(["a_very_long_name_of_a_measure"] * 20), "1 to 500 characters"),
    ],
)
def test_a_formula_that_is_too_much_for_anyone_is_refused(text: str, why: str) -> None:
    with pytest.raises(FormulaError, match=why):
        parse_formula(text)


def test_a_formula_has_500_characters_at_most() -> None:
    for length, is_taken in ((500, True), (501, False)):
        text = "revenue".ljust(length - 7) + "/ spend"
        assert len(text) == length
        if is_taken:
            assert parse_formula(text).names == {"revenue", "spend"}
        else:
            with pytest.raises(FormulaError, match="1 to 500 characters"):
                parse_formula(text)


def test_a_formula_as_long_as_anyone_would_write_is_taken() -> None:
    assert len(parse_formula(" + ".join(f"measure_{n}" for n in range(20))).names) == 20


def test_a_refusal_shows_what_a_formula_looks_like() -> None:
    with pytest.raises(FormulaError, match=r"'revenue /' is not a formula: write one such as revenue / spend"):
        parse_formula("revenue /")


@given(st.text(max_size=60) | st.text("abr0129.xe+-*/()_ \t\n[]{}'\"\\,:;=<>!%&|^~@#", max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_formula_or_refused_as_one(text: str) -> None:
    try:
        formula = parse_formula(text)
    except FormulaError:
        return
    assert evaluate(formula.whole, dict.fromkeys(formula.names)) is None or not formula.names


# Unknown is not zero


@pytest.mark.parametrize(
    "text",
    [
        "revenue / nothing",
        "revenue / (spend - spend)",
        "nothing / nothing",
        "revenue / 0",
        "100 * revenue / nothing",
        "revenue / nothing * 100",
        "revenue / spend / nothing",
        "revenue / (spend / nothing)",
        "revenue / (nothing / spend)",
        "0 * (revenue / nothing)",
        "revenue + spend / nothing",
        "revenue - spend / nothing",
    ],
)
def test_a_denominator_of_zero_gives_no_value(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    "text",
    ["unknown", "revenue / unknown", "unknown / revenue", "revenue + unknown", "0 * unknown", "-unknown", "absent + 1"],
)
def test_an_unknown_measure_makes_the_whole_unknown(text: str) -> None:
    assert value(text) is None


def test_zero_over_something_is_zero() -> None:
    assert value("nothing / revenue") == 0


# Ratios are ratios of sums


def ratio(text: str) -> tuple[str, str | None]:
    """Numerator and denominator, written out."""

    def written(node: Number | Name | Operation) -> str:
        return fold(node, str, str, lambda sign, left, right: f"({left} {sign} {right})")

    formula = parse_formula(text)
    return written(formula.numerator), None if formula.denominator is None else written(formula.denominator)


@pytest.mark.parametrize(
    ("text", "numerator", "denominator"),
    [
        ("revenue", "revenue", None),
        ("revenue / spend", "revenue", "spend"),
        ("a / b * 100", "(a * 100)", "b"),
        ("100 * a / b", "(100 * a)", "b"),
        ("100 * (a / b)", "(100 * a)", "b"),
        ("a / b / c", "a", "(b * c)"),
        ("a / b * (c / d)", "(a * c)", "(b * d)"),
        ("(a - b) / (a + b)", "(a - b)", "(a + b)"),
        ("a / (b / c)", "a", "(b / c)"),  # turned over, a zero c would give zero instead of nothing
        ("a / b + c / d", "((a / b) + (c / d))", None),
        ("-a / b", "(0 - a)", "b"),
    ],
)
def test_the_divisions_of_a_product_are_gathered(text: str, numerator: str, denominator: str | None) -> None:
    assert ratio(text) == (numerator, denominator)


@pytest.mark.parametrize(
    ("text", "only_adds"),
    [
        ("orders", True),
        ("revenue + refunds", True),
        ("2 * orders", True),
        ("revenue - spend", False),
        ("-orders", False),
        ("revenue / orders", False),
        ("orders / 2 + items", False),
    ],
)
def test_a_formula_only_adds_when_nothing_is_taken_away_or_divided(text: str, only_adds: bool) -> None:
    assert parse_formula(text).only_adds is only_adds


# Against another way of computing


@dataclass(frozen=True)
class Known:
    """A formula's text and its value worked out in fractions; None where it has none."""

    text: str
    value: Fraction | None


MEASURES = {"a": Fraction(7), "b": Fraction(0), "c": Fraction(13, 4), "d": Fraction(250), "e": None}
leaves = st.sampled_from([Known(name, amount) for name, amount in MEASURES.items()]) | st.builds(
    lambda hundredths: Known(str(Decimal(hundredths) / 100), Fraction(hundredths, 100)), st.integers(0, 100_000)
)


def joined(sign: str, one: Known, other: Known) -> Known:
    text = f"({one.text} {sign} {other.text})"
    if one.value is None or other.value is None or (sign == "/" and other.value == 0):
        return Known(text, None)
    left, right = one.value, other.value
    results = {"+": left + right, "-": left - right, "*": left * right}
    return Known(text, left / right if sign == "/" else results[sign])


def trees(leaf: st.SearchStrategy[Known], signs: str) -> st.SearchStrategy[Known]:
    return st.recursive(leaf, lambda inner: st.builds(joined, st.sampled_from(signs), inner, inner), max_leaves=8)


whole_numbers = trees(leaves, "+-*")
# what is divided by holds no division itself: a third would not be exact in decimals, and its zero not zero
ratios = st.recursive(
    leaves,
    lambda inner: (
        st.builds(joined, st.sampled_from("+-*"), inner, inner) | st.builds(joined, st.just("/"), inner, whole_numbers)
    ),
    max_leaves=6,
)


@given(ratios)
@settings(max_examples=60, deadline=None)
def test_a_formula_has_the_value_that_fractions_give(known: Known) -> None:
    sums = {name: None if amount is None else Decimal(str(float(amount))) for name, amount in MEASURES.items()}
    assume(known.text.count("(") < 20)  # a longer one is refused
    formula = parse_formula(known.text)
    with localcontext() as context:
        context.prec = 100
        found = evaluate(formula.whole, sums)
    if known.value is None:
        assert found is None
    else:
        assert found is not None
        assert abs(Fraction(found) - known.value) <= Fraction(1, 10**60)

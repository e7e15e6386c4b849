"""YAML as Vigie takes it: nothing read otherwise than written, nothing that grows, each fault with its line."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import PlanError
from config.files import MAX_BYTES
from config.loading.yaml import MAX_DEPTH, parse_yaml, read_text


def read(text: str) -> Any:
    """The value of a text that has no problem."""
    document = parse_yaml(text, "plan.yaml")
    assert document.problems == ()
    return document.value


def problems(text: str) -> list[str]:
    return [str(problem) for problem in parse_yaml(text, "plan.yaml").problems]


def lines(text: str) -> list[int]:
    return [problem.line for problem in parse_yaml(text, "plan.yaml").problems]


# Values


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("12.50", Decimal("12.50")),
        ("-0.5", Decimal("-0.5")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal(1000)),
        ("2.5E-2", Decimal("0.025")),
        ("0.1", Decimal("0.1")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2.5%", "2.5%"),
        ("2026-03-01", "2026-03-01"),
        ("Organic Search", "Organic Search"),
        ("day at 06:00", "day at 06:00"),
        ("spring-news-*", "spring-news-*"),
        ("1,250.50", "1,250.50"),
        ("1e400", "1e400"),
        ("nobody", "nobody"),
        ('"no"', "no"),
        ("'12:30'", "12:30"),
        ('"010"', "010"),
        ('"1_000"', "1_000"),
        ('"true"', "true"),
        ('""', ""),
        ("|\n  two\n  lines", "two\nlines"),
        (">\n  one\n  line\n", "one line\n"),
        ("[1, a]", [1, "a"]),
        ("{b: 1}", {"b": 1}),
        ("[]", []),
        ("{}", {}),
        ("Été ☀ 夏", "Été ☀ 夏"),
    ],
)
def test_a_value_is_what_is_written(written: str, value: Any) -> None:
    found = read(f"a: {written}")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(
    "word",
    [
        *("no", "yes", "on", "off", "No", "YES", "On", "OFF"),
        *("12:30", "1:30:00", "-10:20", "190:20:30.15"),
        *("010", "007", "-012", "08", "0_7"),
        *("1_000", "1_000.5", "0x1F", "0o17", "0b101", "-0x1f"),
        *(".inf", "-.inf", "+.INF", ".nan", ".NaN"),
    ],
)
def test_what_yaml_may_read_otherwise_is_refused_with_its_line(word: str) -> None:
    assert lines(f"a: 1\nb: {word}\nc: 2") == [2]


def test_an_ambiguous_word_is_shown_with_the_remedy() -> None:
    assert problems("answer: no") == [
        "plan.yaml:1: YAML may take no for true or false: write true or false, or put it in quotes"
    ]


def test_a_long_ambiguous_value_is_not_shown_for_it_may_be_a_secret() -> None:
    (problem,) = problems("password: 0123456789")
    assert "0123456789" not in problem
    assert "YAML may take this value for an octal number" in problem


def test_a_key_is_the_word_that_is_written() -> None:
    assert read("on: 1\nno: 2\n12:30: 3\n010: 4\n2026-03: 5\n3: 6\ntrue: 7") == {
        "on": 1,
        "no": 2,
        "12:30": 3,
        "010": 4,
        "2026-03": 5,
        "3": 6,
        "true": 7,
    }


def test_an_empty_file_has_no_value() -> None:
    assert read("") is None
    assert read("# nothing yet\n") is None


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**15), 10**15)
        | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
        | st.text("abz é–09:_.-%*#{}[]'\"\\\n", max_size=12),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc:é09", max_size=5), inner, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_what_a_yaml_writer_writes_is_read_back(value: Any) -> None:
    class Writer(yaml.SafeDumper):
        """Texts in quotes, decimals as numbers: what is written says what it is."""

    Writer.add_representer(str, lambda writer, text: writer.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
    Writer.add_representer(
        Decimal, lambda writer, number: writer.represent_scalar("tag:yaml.org,2002:float", f"{number:f}")
    )
    Writer.ignore_aliases = lambda *_: True  # type: ignore[method-assign]
    assert read(yaml.dump({"a": value}, Dumper=Writer, allow_unicode=True)) == {"a": value}


# Lines


def test_every_part_remembers_its_line() -> None:
    document = parse_yaml("plan: P\npeople:\n  lead:\n    name: L\n  other: {name: O,\n    email: o@x}\n", "plan.yaml")
    assert document.line(("plan",)) == 1
    assert document.line(("people", "lead")) == 3
    assert document.line(("people", "lead", "name")) == 4
    assert document.line(("people", "other", "email")) == 6


def test_the_items_of_a_list_have_lines_of_their_own() -> None:
    document = parse_yaml("targets:\n  - {kpi: a}\n  - kpi: b\n    at_least: 1\n", "plan.yaml")
    assert [document.line(("targets", index)) for index in (0, 1)] == [2, 3]
    assert document.line(("targets", 1, "at_least")) == 4


def test_what_is_not_in_the_file_has_the_line_of_what_should_hold_it() -> None:
    document = parse_yaml("a: 1\nb:\n  c: 2\n", "plan.yaml")
    assert document.line(("b", "missing", "deeper")) == 2
    assert document.line(("nowhere",)) == 1


# What is refused


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    assert problems("a: 1\nb: 2\na: 3\n") == ["plan.yaml:3: 'a' is given twice, first on line 1: keep one"]


def test_a_key_that_stands_three_times_is_told_twice_with_the_line_of_the_first() -> None:
    assert problems("a: 1\na: 2\na: 3\n") == [
        "plan.yaml:2: 'a' is given twice, first on line 1: keep one",
        "plan.yaml:3: 'a' is given twice, first on line 1: keep one",
    ]


def test_the_same_key_in_two_mappings_is_fine() -> None:
    assert read("a: {name: 1}\nb: {name: 2}") == {"a": {"name": 1}, "b": {"name": 2}}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: &anchor 2\n", 2),
        ("a: 1\nb:\n  - &anchor {c: 1}\n", 3),
        ("a: 1\n&anchor b: 2\n", 2),
        ("a: 1\nb: &anchor\n  c: 1\n", 2),
    ],
)
def test_an_anchor_is_refused(text: str, line: int) -> None:
    assert problems(text) == [f"plan.yaml:{line}: a value that begins with & must be in quotes"]


def test_an_alias_is_refused_where_it_stands() -> None:
    assert lines("a: &x 1\nb: 2\nc: *x\n") == [1, 3]


def test_a_merge_key_is_refused() -> None:
    assert problems("a: 1\nb:\n  <<: {c: 1}\n") == [
        "plan.yaml:3: merge keys (<<) are not supported: write the keys out"
    ]


@pytest.mark.parametrize(
    "tagged",
    [
        "!!str 5",
        "!!python/object/apply:os.system [id]",
        "!!python/name:os.system",
        "!mine {c: 1}",
        "!!binary aGVsbG8=",
        "!!set {a, b}",
        "! 5",
    ],
)
def test_a_tag_is_refused(tagged: str) -> None:
    document = parse_yaml(f"a: 1\nb: {tagged}\n", "plan.yaml")
    assert [problem.line for problem in document.problems] == [2]
    assert str(document.problems[0].message) == "a value that begins with ! must be in quotes"


def test_a_tag_on_a_key_is_refused() -> None:
    assert lines("a: 1\n!!str b: 2\n") == [2]


@pytest.mark.parametrize("text", ["a: 1\n? [b, c]\n: 2\n", "a: 1\n? {b: c}\n: 2\n", "a: 1\n{b: c}: 2\n"])
def test_a_key_is_a_word_and_not_a_list_or_a_mapping(text: str) -> None:
    assert problems(text)[0] == "plan.yaml:2: a key must be a single word, not a list or other keys"


def test_a_second_document_is_refused() -> None:
    assert problems("a: 1\n---\na: 2\n") == ["plan.yaml:2: a second document begins here: delete the line '---'"]


def test_one_document_may_be_marked_as_such() -> None:
    assert read("---\na: 1\n...\n") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1, 2\n\n\n", 2),
        ("a: 1\nb: {c: 1\nd: 2", 2),
        ("a: 1\n b: 2\n", 2),
        ("a: 1\nb: 'open\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\nb: c: d\n", 2),
        ("a: 1\nb: @c\n", 2),
        ("a: 1\nb: %c\n", 2),
        ('a: 1\nb: "\\q"\n', 2),
        ("a: 1\n- b\n", 2),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line_and_leaves_no_value(text: str, line: int) -> None:
    document = parse_yaml(text, "plan.yaml")
    assert document.value is None
    assert [problem.line for problem in document.problems][-1] == line
    assert "not valid YAML" not in str(document.problems[-1].message)  # which is for what nobody thought of


def test_a_bracket_left_open_is_told_with_the_line_of_its_beginning() -> None:
    assert problems("a: 1\nb: [1, 2\nc: 3\nd: 4\n") == ["plan.yaml:2: the [ opened on this line is never closed"]


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x07",
        "\x1b",
        "\x7f",
        "\x85",
        "\x9b",
        "\u200b",
        "\u2028",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\uffff",
        "\ud800",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_a_character_nobody_can_see_is_told_with_its_line(character: str) -> None:
    (problem,) = problems(f"a: 1\nb: x{character}y\nc: 2\n")
    assert problem == f"plan.yaml:2: invisible character U+{ord(character):04X} on this line: delete it"


@pytest.mark.parametrize("escape", [r"\0", r"\a", r"\e", r"\x9b", r"\u202e", r"\u200b", r"\L"])
def test_an_invisible_character_written_as_an_escape_is_refused_too(escape: str) -> None:
    (problem,) = problems(f'a: 1\nb: "x{escape}y"\n')
    assert problem.startswith("plan.yaml:2: invisible character U+")


def test_tabs_line_ends_accents_and_emoji_are_fine() -> None:
    assert read('a: "x\\ty"\r\nb: "👩‍💻 été"\r\n') == {"a": "x\ty", "b": "👩‍💻 été"}


def nested(levels: int, opening: str, closing: str) -> str:
    return f"a: 1\nb: {opening * levels}1{closing * levels}\n"


def test_a_plan_may_be_nested_as_deep_as_anyone_would() -> None:
    assert read(nested(MAX_DEPTH - 1, "[", "]"))["a"] == 1


@pytest.mark.parametrize(
    "text",
    [
        nested(MAX_DEPTH, "[", "]"),
        nested(MAX_DEPTH, "{x: ", "}"),
        nested(100_000, "[", "]"),
        nested(100_000, "{x: ", "}"),
        "a: 1\nb: " + "[" * 100_000,
        "a: 1\nb: " + "{x: " * 100_000,
        "a: 1\nb:\n  " + "- " * 100_000 + "1",
        "a: 1\n" + "? " * 100_000 + "1",
    ],
    ids=["lists", "mappings", "many lists", "many mappings", "open lists", "open mappings", "dashes", "keys"],
)
def test_too_many_levels_are_refused_with_their_line(text: str) -> None:
    document = parse_yaml(text, "plan.yaml")
    assert document.value is None
    assert "more than 50 levels deep" in str(document.problems[-1].message)
    assert document.problems[-1].line in (2, 3)


def test_a_bomb_is_refused_without_expanding_it() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    document = parse_yaml(bomb, "plan.yaml")
    assert lines(bomb) == list(range(1, 11))  # one problem for each line, not for each alias
    assert document.value["a9"] == ["*a8"] * 9


@given(st.text(max_size=80) | st.text("a:- []{}&*!|>'\"#%@\n\t0,?<", max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_value_or_told_to_be_none(text: str) -> None:
    document = parse_yaml(text, "plan.yaml")
    assert all(problem.file == "plan.yaml" and problem.message for problem in document.problems)


# Files


def told(path: Path) -> list[str]:
    with pytest.raises(PlanError) as caught:
        read_text(path, "plan.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_a_file_of_a_mebibyte_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"#" * MAX_BYTES)
    assert len(read_text(path, "plan.yaml")) == MAX_BYTES
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert told(path) == ["plan.yaml: larger than 1 MiB: split the plan"]


def test_a_file_that_is_not_utf8_is_told_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes("plan: P\ncurrency: EUR\nname: été\n".encode("latin-1"))
    assert told(path) == ["plan.yaml:3: not encoded in UTF-8: save the file as UTF-8"]


def test_the_mark_that_windows_puts_first_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(b"\xef\xbb\xbfplan: P\n")
    assert read(read_text(path, "plan.yaml")) == {"plan": "P"}


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert told(tmp_path / "plan.yaml") == ["plan.yaml: cannot be read: No such file or directory"]


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    assert told(tmp_path) == ["plan.yaml: cannot be read: Is a directory"]

"""Tracking patterns, and which actions track the same figures."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.globs import can_meet, is_literal, matches, normal
from config.loading.overlap import overlapping
from config.plan import Rule


def fits(pattern: str, value: str) -> bool:
    return matches(pattern, normal(value))


# One pattern, one value


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("spring", "spring"),
        ("spring-*", "spring-news"),
        ("spring-*", "spring-"),
        ("*", "anything"),
        ("*news*", "the news of spring"),
        ("spring-?", "spring-1"),
        ("SPRING10", "spring10"),
        ("spring10", " SPRING10 "),
        (" spring ", "spring"),
        ("été-*", "ÉTÉ-2026"),
        ("STRASSE", "straße"),
        ("linen dress", "linen\u00a0dress"),  # the space that French puts before a sign
        ("linen  dress*", "linen dress blue"),
        ("spr\u200bing", "spring"),  # as pasted from a web page
        ("e\u0301te\u0301", "été"),  # accents written apart
        ("[sale]", "[sale]"),
        ("[a-z]*", "[a-z]1"),
        ("a.c", "a.c"),
        ("(a|b)+", "(a|b)+"),
        ("50%*", "50% off"),
        ("*\\*", "c:\\x"),
        ("a*b*c", "aXXbYYc"),
        ("?", "é"),
    ],
)
def test_a_pattern_fits_what_it_says_ignoring_case_and_space_around(pattern: str, value: str) -> None:
    assert fits(pattern, value)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("spring", "spring-news"),
        ("spring", "offspring"),
        ("spring-*", "spring"),
        ("spring-?", "spring-"),
        ("spring-?", "spring-12"),
        ("[a-z]", "b"),
        ("[!a]", "b"),
        ("a.c", "abc"),
        ("a+", "aa"),
        ("a|b", "a"),
        ("^a$", "a"),
        ("a*b*c", "acb"),
        ("été", "ete"),
    ],
)
def test_a_pattern_fits_nothing_else(pattern: str, value: str) -> None:
    assert not fits(pattern, value)


def test_many_stars_do_not_take_for_ever() -> None:
    assert not fits("a*" * 40 + "b", "a" * 10_000)


@pytest.mark.parametrize(
    ("pattern", "literal"), [("spring", True), ("[a]", True), ("spring*", False), ("s?ring", False)]
)
def test_a_pattern_without_stars_and_question_marks_fits_one_value(pattern: str, literal: bool) -> None:
    assert is_literal(pattern) is literal


@given(st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_text_is_the_same_value_with_or_without_space_around_it(text: str) -> None:
    assert normal(f"  {text}\t") == normal(text)


@given(st.text(min_size=1, max_size=20).filter(lambda text: not set(text) & set("*?")))
@settings(max_examples=60, deadline=None)
def test_a_text_as_a_pattern_fits_itself(text: str) -> None:
    assert fits(text, text)


# Two patterns


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("spring", "SPRING "),
        ("spring*", "spring-news"),
        ("spring*", "*news"),
        ("*spring*", "*news*"),
        ("spring*", "spring-*"),
        ("spring?", "spring*"),
        ("s????g", "spring"),
        ("*", "?"),
        ("a*c", "ab*"),
        ("*a*b*", "ab"),
        ("?b", "a?"),
    ],
)
def test_two_patterns_meet_where_some_value_fits_both(one: str, other: str) -> None:
    assert can_meet(one, other)
    assert can_meet(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("spring", "summer"),
        ("spring*", "summer*"),
        ("*spring", "*summer"),
        ("spring*", "off-spring"),
        ("s????g", "sprig"),
        ("a*c", "?b"),
        ("*a*a*", "a"),
        ("ab*ba", "aba"),
        ("?", "ab"),
    ],
)
def test_two_patterns_without_a_value_in_common_do_not_meet(one: str, other: str) -> None:
    assert not can_meet(one, other)
    assert not can_meet(other, one)


@cache
def values(longest: int) -> list[str]:
    return ["".join(letters) for length in range(longest + 1) for letters in product("ab", repeat=length)]


patterns = st.text("ab*?", min_size=1, max_size=4)


@given(patterns, patterns)
@settings(max_examples=60, deadline=None)
def test_patterns_meet_exactly_when_a_value_that_fits_both_can_be_found(one: str, other: str) -> None:
    # the shortest value that fits both is no longer than the two together
    found = any(matches(one, value) and matches(other, value) for value in values(len(one) + len(other)))
    assert can_meet(one, other) is found


# Actions


def pairs(**tracked: Sequence[Mapping[str, str | list[str]]]) -> set[tuple[str, str]]:
    rules = {id: tuple(Rule.model_validate(rule) for rule in found) for id, found in tracked.items()}
    return {(one, other) for one, other, _ in overlapping(rules)}


def test_the_same_text_overlaps_whatever_its_case() -> None:
    assert pairs(a=[{"campaign": "spring"}], b=[{"campaign": " Spring"}]) == {("a", "b")}


def test_a_glob_overlaps_a_text_it_fits() -> None:
    assert pairs(a=[{"campaign": "spring-*"}], b=[{"campaign": "spring-news"}], c=[{"campaign": "sprung"}]) == {
        ("a", "b")
    }


def test_a_question_mark_overlaps_a_text_with_any_character_in_its_place() -> None:
    assert pairs(a=[{"campaign": "x?"}], b=[{"campaign": "x1"}], c=[{"campaign": "x12"}]) == {("a", "b")}


def test_a_glob_overlaps_a_glob_that_some_value_fits_too() -> None:
    assert pairs(a=[{"campaign": "*-sale"}], b=[{"campaign": "spring-*"}], c=[{"campaign": "summer?"}]) == {("a", "b")}


def test_one_of_several_rules_or_patterns_is_enough() -> None:
    assert pairs(a=[{"coupon": "X"}, {"campaign": ["u", "spring"]}], b=[{"campaign": ["spring", "v"]}]) == {("a", "b")}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"source": "google", "campaign": "x"}, {"source": "google", "campaign": "y"}),
        ({"source": "google", "campaign": "x*"}, {"source": "bing", "campaign": "x1"}),
        ({"source": "google", "medium": ["cpc", "ppc"]}, {"source": "google", "medium": ["organic", "email"]}),
    ],
)
def test_a_dimension_that_both_look_at_keeps_rules_apart(a: dict[str, str], b: dict[str, str]) -> None:
    assert pairs(a=[a], b=[b]) == set()


def test_a_dimension_that_only_one_looks_at_keeps_nothing_apart() -> None:
    assert pairs(a=[{"source": "google", "medium": "cpc"}], b=[{"source": "google"}]) == {("a", "b")}


def test_rules_over_different_dimensions_are_not_said_to_overlap() -> None:
    assert pairs(a=[{"coupon": "SPRING"}], b=[{"campaign": "SPRING"}]) == set()


def test_an_action_does_not_overlap_itself() -> None:
    assert pairs(a=[{"campaign": "spring"}, {"campaign": "spr*"}]) == set()


def test_two_that_overlap_are_found_where_a_third_with_their_text_is_kept_apart() -> None:
    assert pairs(
        a=[{"campaign": "x", "medium": "email"}],
        b=[{"campaign": "x", "medium": "cpc"}],
        c=[{"campaign": "x", "medium": "cpc"}],
    ) == {("b", "c")}


def test_two_that_overlap_are_found_where_a_third_with_the_glob_is_kept_apart() -> None:
    assert pairs(
        a=[{"campaign": "x*", "medium": "email"}],
        b=[{"campaign": "x*", "medium": "cpc"}],
        c=[{"campaign": "x1", "medium": "cpc"}],
    ) == {("b", "c")}


def test_of_many_with_one_text_each_is_told_once() -> None:
    tracked = {f"a{n}": [{"channel": "Email"}] for n in range(50)}
    assert pairs(**tracked) == {("a0", f"a{n}") for n in range(1, 50)}


def test_the_pattern_they_share_is_the_example() -> None:
    tracked = {"a": (Rule(campaign=("Spring-*",)),), "b": (Rule(campaign=("spring-news",)),)}
    assert list(overlapping(tracked)) == [("a", "b", "campaign Spring-*")]


rules = st.lists(
    st.dictionaries(
        st.sampled_from(["campaign", "medium", "coupon"]),
        st.lists(st.text("ab*?", min_size=1, max_size=2), min_size=1, max_size=2),
        min_size=1,
    ),
    max_size=2,
)


@given(st.dictionaries(st.sampled_from("pqrs"), rules))
@settings(max_examples=60, deadline=None)
def test_an_action_is_told_of_exactly_when_it_shares_a_value_with_another(
    tracked: dict[str, list[dict[str, str | list[str]]]],
) -> None:
    """Compared with the plain way: every rule of every action held against every other."""

    def meet(one: dict[str, str | list[str]], other: dict[str, str | list[str]]) -> bool:
        shared = one.keys() & other.keys()
        return bool(shared) and all(any(can_meet(a, b) for a in one[key] for b in other[key]) for key in shared)

    expected = {
        (one, other)
        for one in tracked
        for other in tracked
        if one != other and any(meet(a, b) for a in tracked[one] for b in tracked[other])
    }
    found = pairs(**tracked)
    assert {id for pair in found for id in pair} == {id for pair in expected for id in pair}
    assert found <= expected

"""Which proofs of one run stand, held to the authors' example and to scipy."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from worker.stats.fdr import benjamini_hochberg

PS = st.lists(st.floats(0, 1), max_size=40)


def test_the_example_of_benjamini_and_hochberg_has_four_that_stand() -> None:
    ps = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.324,
        0.4262,
        0.5719,
        0.6528,
        0.759,
        1,
    ]
    assert benjamini_hochberg(ps, 0.05) == (True,) * 4 + (False,) * 11


def test_those_stand_that_scipy_lets_stand_in_the_order_given() -> None:
    random = Random(7)
    for _ in range(300):
        ps = [random.random() ** random.choice([1, 6]) for _ in range(random.randint(1, 60))]
        assert benjamini_hochberg(ps, 0.1) == tuple(stats.false_discovery_control(ps) <= 0.1)


@pytest.mark.parametrize(
    ("ps", "expected"),
    [
        ([], ()),
        ([0.1], (True,)),
        ([0.11], (False,)),
        ([0.09, 0.5, 0.09], (False, False, False)),  # 0.067 would do for the second of three
        ([0.06, 0.5, 0.06], (True, False, True)),  # neither of the equal two would stand at 0.033 alone
    ],
)
def test_a_proof_stands_by_its_rank_and_equal_ones_together(ps: list[float], expected: tuple[bool, ...]) -> None:
    assert benjamini_hochberg(ps, 0.1) == expected


@given(PS, st.randoms(use_true_random=False))
def test_the_order_asked_in_changes_nothing(ps: list[float], random: Random) -> None:
    shuffled = list(range(len(ps)))
    random.shuffle(shuffled)
    stand = benjamini_hochberg(ps)
    assert benjamini_hochberg([ps[place] for place in shuffled]) == tuple(stand[place] for place in shuffled)


@given(PS)
def test_no_proof_stands_that_would_not_stand_alone(ps: list[float]) -> None:
    assert all(benjamini_hochberg([p])[0] for p, stands in zip(ps, benjamini_hochberg(ps), strict=True) if stands)

"""Whether the truth is worse than the target: each kind of figure, held to scipy or worked by hand."""

from dataclasses import replace
from math import exp, inf, log, nan, sqrt
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from config.plan import Bound
from worker.stats.dispersion import RatioDispersion
from worker.stats.likelihood import (
    FEWEST_ANSWERS,
    AmountLikelihood,
    CostLikelihood,
    CountLikelihood,
    Likelihood,
    RatioLikelihood,
    ShareLikelihood,
)
from worker.stats.significance import SignificanceTest, anytime_significance, events_needed, significance

BASKET = RatioDispersion(60, 0.8, 49)  # of baskets of 75 on average
SCORE = RatioDispersion(80, None, 30)  # of answers worth -100, 0 or 100


def p(sample: Likelihood, low: float | None = None, high: float | None = None) -> float:
    found = significance(sample, low, high)
    assert found
    return found.p


def close(value: float) -> Any:
    return pytest.approx(float(value), rel=1e-8)


def learnt(tail: float, freedom: int = 49) -> float:
    """The tail, where deviations are in units that were learnt from so many days."""
    return float(stats.t.cdf(stats.norm.ppf(tail), freedom))


def limit(sample: Likelihood, low: float | None = None, high: float | None = None) -> float | None:
    found = significance(sample, low, high)
    assert found
    return found.limit


# Counts


def test_a_count_by_chance_alone_is_held_against_what_was_to_be_expected_by_now() -> None:
    assert p(CountLikelihood(14, 0.5, 1), low=40) == close(stats.poisson.cdf(14, 20))
    assert p(CountLikelihood(26, 0.5, 1), high=40) == close(stats.poisson.sf(25, 20))


def test_a_count_whose_days_differ_has_the_tail_of_the_negative_binomial() -> None:
    below, above = stats.nbinom.cdf(14, 20 / 2, 1 / 3), stats.nbinom.sf(25, 20 / 2, 1 / 3)
    assert p(CountLikelihood(14, 0.5, 3), low=40) == close(learnt(below))
    assert p(CountLikelihood(26, 0.5, 3), high=40) == close(learnt(above))


def test_a_phi_learnt_from_fewer_days_proves_less() -> None:
    assert p(CountLikelihood(14, 0.5, 3, freedom=20), low=60) > p(CountLikelihood(14, 0.5, 3), low=60)


def test_a_part_of_a_conversion_is_taken_as_is_better_for_the_action() -> None:
    assert p(CountLikelihood(13.2, 1, 1), low=20) == p(CountLikelihood(14, 1, 1), low=20)
    assert p(CountLikelihood(26.9, 1, 1), high=20) == p(CountLikelihood(26, 1, 1), high=20)


def test_nothing_counted_has_a_limit_three_events_away() -> None:
    assert limit(CountLikelihood(0, 0.5, 1), low=40) == pytest.approx(-log(0.05) / 0.5)
    assert limit(CountLikelihood(0, 0.5, 1), high=40) == 0


# Shares


def test_a_share_has_the_binomial_tail() -> None:
    assert p(ShareLikelihood(2, 90, 1), low=0.03) == close(stats.binom.cdf(2, 90, 0.03))
    assert p(ShareLikelihood(5, 90, 1), high=0.03) == close(stats.binom.sf(4, 90, 0.03))


def test_a_share_whose_days_differ_is_worth_fewer_trials() -> None:
    assert p(ShareLikelihood(40, 2000, 4), low=0.03) == close(learnt(stats.binom.cdf(10, 500, 0.03)))


def test_the_limit_of_a_share_is_clopper_and_pearson_s() -> None:
    exact = stats.binomtest(189, 9000).proportion_ci(0.90)
    assert limit(ShareLikelihood(189, 9000, 1), low=0.03) == pytest.approx(exact.high)
    assert limit(ShareLikelihood(189, 9000, 1), high=0.01) == pytest.approx(exact.low)


@pytest.mark.parametrize(
    ("successes", "target", "below", "above"),
    [(0, 0, 1, 1), (1, 0, 1, 0), (50, 1, 1, 1), (49, 1, 0, 1), (0, 0.2, 0.8**50, 1), (50, 0.8, 1, 0.8**50)],
)
def test_none_and_all_of_the_trials_are_judged_as_they_are(
    successes: int, target: float, below: float, above: float
) -> None:
    assert p(ShareLikelihood(successes, 50, 1), low=target) == pytest.approx(below)
    assert p(ShareLikelihood(successes, 50, 1), high=target) == pytest.approx(above)


def test_where_nothing_has_failed_it_is_certain_that_no_more_do() -> None:
    assert ShareLikelihood(50, 50, 1).chance(0.9, Bound.AT_LEAST) == 1
    assert ShareLikelihood(0, 50, 1).chance(0.1, Bound.AT_MOST) == 1


def test_more_successes_than_trials_are_all_of_them() -> None:
    odd, all_of_them = ShareLikelihood(70, 50, 2), ShareLikelihood(50, 50, 2)
    assert p(odd, low=0.9) == p(all_of_them, low=0.9) == 1
    assert limit(odd, low=0.9) == 1
    assert limit(odd, high=0.9) == limit(all_of_them, high=0.9)


def test_fewer_than_twenty_answers_are_too_few_to_say() -> None:
    assert significance(ShareLikelihood(2, 19, 1, FEWEST_ANSWERS), 0.8, None) is None
    assert p(ShareLikelihood(2, 20, 1, FEWEST_ANSWERS), low=0.8) < 0.01
    assert significance(RatioLikelihood(-1900, 19, SCORE, FEWEST_ANSWERS), 30, None) is None
    assert p(RatioLikelihood(-2000, 20, SCORE, FEWEST_ANSWERS), low=30) < 0.01


# Costs


def test_a_cost_is_too_high_where_too_few_things_were_bought_for_the_money() -> None:
    assert p(CostLikelihood(300, 4, 1), high=30) == close(stats.poisson.cdf(4, 10))
    assert p(CostLikelihood(300, 17, 1), low=30) == close(stats.poisson.sf(16, 10))


def test_money_spent_for_nothing_costs_at_least_what_chance_leaves() -> None:
    assert p(CostLikelihood(300, 0, 1), high=30) == close(exp(-10))
    assert limit(CostLikelihood(300, 0, 1), high=30) == pytest.approx(300 / -log(0.05))
    assert limit(CostLikelihood(300, 0, 1), low=30) is None


# Amounts of money


def test_an_amount_has_the_gamma_tail() -> None:
    mean, phi = 2500 * 0.5, 100
    below = stats.gamma.cdf(800, mean / phi, scale=phi)
    assert p(AmountLikelihood(800, 0.5, phi), low=2500) == close(learnt(below))
    above = stats.gamma.sf(1700, mean / phi, scale=phi)
    assert p(AmountLikelihood(1700, 0.5, phi), high=2500) == close(learnt(above))


@pytest.mark.parametrize("amount", [-5, 0, 0.01])
def test_no_sale_yet_is_possible_where_few_are_expected(amount: float) -> None:
    assert p(AmountLikelihood(amount, 0.1, 50), low=1000) == close(learnt(exp(-2)))


def test_nothing_taken_in_excludes_no_amount_however_small() -> None:
    assert limit(AmountLikelihood(0, 0.1, 50), high=1000) == 0


# Other ratios


def test_a_ratio_is_held_against_the_target_on_logarithms() -> None:
    below = stats.t.cdf(log(60 / 75) / (0.8 / sqrt(40)), 49)
    assert p(RatioLikelihood(2400, 40, BASKET), low=75) == close(below)
    assert p(RatioLikelihood(2400, 40, BASKET), high=50) == close(stats.t.sf(log(60 / 50) / (0.8 / sqrt(40)), 49))


def test_a_ratio_that_can_be_negative_is_held_against_the_target_as_it_is() -> None:
    below = stats.t.cdf((-5 - 20) / (80 / sqrt(60)), 30)
    assert p(RatioLikelihood(-300, 60, SCORE), low=20) == close(below)
    assert limit(RatioLikelihood(-300, 60, SCORE), low=20) == pytest.approx(-5 + stats.t.ppf(0.95, 30) * 80 / sqrt(60))


def test_a_target_of_zero_or_less_is_held_as_it_is_too() -> None:
    assert p(RatioLikelihood(50, 10, BASKET), low=-10) == close(stats.t.cdf(15 / (60 / sqrt(10)), 49))


def test_a_single_order_however_small_proves_nothing() -> None:
    assert p(RatioLikelihood(0.01, 1, BASKET), low=75) == p(RatioLikelihood(-20, 1, BASKET), low=75) > 0.1
    assert limit(RatioLikelihood(0.01, 1, BASKET), low=75) is None


def test_a_profit_is_a_ratio_to_the_share_of_the_period_that_has_passed() -> None:
    """10 days of 30 made 200 where 1000 was to be made; a day's profit varies by 50."""
    spread = RatioDispersion(50 / sqrt(1 / 30), None, 55)
    below = stats.t.cdf((200 - 1000 / 3) / (50 * sqrt(10)), 55)
    assert p(RatioLikelihood(200, 10 / 30, spread), low=1000) == close(below)


# What cannot be judged


@pytest.mark.parametrize(
    "sample",
    [
        CountLikelihood(14, 0.5, None),
        CountLikelihood(14, 0, 2),
        CountLikelihood(nan, 0.5, 2),
        ShareLikelihood(2, 90, None),
        ShareLikelihood(0, 0, 1),
        ShareLikelihood(nan, 90, 1),
        ShareLikelihood(2, nan, 1),
        CostLikelihood(300, 4, None),
        CostLikelihood(0, 0, 1),
        CostLikelihood(nan, 4, 1),
        CostLikelihood(300, nan, 1),
        AmountLikelihood(900, 0.5, None),
        AmountLikelihood(900, 0, 100),
        AmountLikelihood(nan, 0.5, 100),
        RatioLikelihood(2400, 40, None),
        RatioLikelihood(0, 0, BASKET),
        RatioLikelihood(nan, 40, BASKET),
        RatioLikelihood(2400, inf, BASKET),
    ],
)
def test_without_history_or_a_denominator_nothing_is_guessed(sample: Likelihood) -> None:
    assert significance(sample, 0.5, None) is None
    assert significance(sample, None, 0.5) is None
    assert significance(sample, 0.2, 0.5) is None
    assert anytime_significance(sample, 0.5, None, 0.5) is None


def test_a_target_that_the_kind_of_figure_cannot_have_is_not_judged() -> None:
    assert significance(ShareLikelihood(2, 90, 1), 1.2, None) is None
    assert significance(CostLikelihood(300, 4, 1), None, 0) is None
    assert significance(AmountLikelihood(300, 0.5, 4), 0, None) is None


def test_a_target_without_bounds_and_a_period_not_begun_prove_nothing() -> None:
    assert significance(CountLikelihood(14, 0.5, 1), None, None) is None
    assert anytime_significance(CountLikelihood(14, 0.5, 1), 40, None, 0) is None


# Bounds and limits


def test_of_two_bounds_the_likelier_broken_is_told_and_the_second_look_is_paid_for() -> None:
    low, high = significance(CountLikelihood(10, 1, 1), 20, 40), significance(CountLikelihood(60, 1, 1), 20, 40)
    assert low
    assert high
    assert (low.bound, low.target) == (Bound.AT_LEAST, 20)
    assert low.p == close(2 * stats.poisson.cdf(10, 20))
    assert (high.bound, high.target) == (Bound.AT_MOST, 40)
    assert high.p == close(2 * stats.poisson.sf(59, 40))
    assert p(CountLikelihood(30, 1, 1), 20, 40) <= 1
    assert low.limit
    assert stats.poisson.cdf(10, low.limit) == pytest.approx(0.025)


def test_a_proof_carries_what_it_rests_on() -> None:
    samples: list[tuple[Likelihood, float]] = [
        (CountLikelihood(14, 0.5, 1), 14),
        (ShareLikelihood(2, 90, 1), 90),
        (CostLikelihood(300, 4, 1), 4),
        (AmountLikelihood(900, 0.5, 100), 900),
        (RatioLikelihood(2400, 40, BASKET), 40),
    ]
    for sample, size in samples:
        found = significance(sample, 0.5, None)
        assert found
        assert found.sample.size == size


PROPERTY = settings(max_examples=60, deadline=None)
PHI = st.floats(1, 12)
TOTAL = st.floats(1, 1000)


@st.composite
def samples(draw: st.DrawFn) -> tuple[Likelihood, float]:
    """A sample of any kind, and a target that it can be held against."""
    target, count, phi = draw(TOTAL), draw(st.integers(1, 500)), draw(PHI)
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return CountLikelihood(count, draw(st.floats(0.05, 1)), phi), target
    if kind == 1:
        return ShareLikelihood(draw(st.integers(1, count)), count + 1, phi), draw(st.floats(0.01, 0.99))
    if kind == 2:
        return CostLikelihood(target * draw(st.floats(1, 500)), count, phi), target
    if kind == 3:
        return AmountLikelihood(draw(st.floats(1, 1000)), draw(st.floats(0.05, 1)), draw(st.floats(0.1, 100))), target
    if kind == 4:
        return RatioLikelihood(draw(st.floats(-500, 500)) * count, count, SCORE), target - 500
    return RatioLikelihood(draw(st.floats(1, 500)) * count, count, BASKET), target


SIDES = st.sampled_from([Bound.AT_LEAST, Bound.AT_MOST])


def against(sample: Likelihood, target: float, bound: Bound) -> SignificanceTest:
    found = significance(sample, target, None) if bound is Bound.AT_LEAST else significance(sample, None, target)
    assert found
    return found


@PROPERTY
@given(samples(), SIDES)
def test_the_target_is_beyond_the_limit_exactly_where_p_is_below_a_twentieth(
    found: tuple[Likelihood, float], bound: Bound
) -> None:
    sample, target = found
    proof = against(sample, target, bound)
    assume(abs(proof.p - 0.05) > 1e-6)
    limit = proof.limit
    if limit is None:
        assert proof.p > 0.05
    else:
        assert (proof.p < 0.05) is (target > limit if bound is Bound.AT_LEAST else target < limit)


@PROPERTY
@given(samples(), SIDES, st.floats(0.03, 1))
def test_a_strict_proof_and_its_limit_agree_and_it_never_proves_more_than_one_look(
    found: tuple[Likelihood, float], bound: Bound, elapsed: float
) -> None:
    sample, target = found
    low, high = (target, None) if bound is Bound.AT_LEAST else (None, target)
    strict = anytime_significance(sample, low, high, elapsed)
    assert strict
    assume(abs(strict.p - 0.05) > 1e-6)
    limit = strict.limit
    assert strict.p >= against(sample, target, bound).p * (1 - 1e-9)
    if limit is None:
        assert strict.p > 0.05
    else:
        assert (strict.p < 0.05) is (target > limit if bound is Bound.AT_LEAST else target < limit)


def with_more(sample: Likelihood, more: float) -> Likelihood:
    match sample:
        case CountLikelihood():
            return replace(sample, count=sample.count + more)
        case ShareLikelihood():
            return replace(sample, successes=sample.successes + more)
        case CostLikelihood():
            return replace(sample, spend=sample.spend + more)
        case AmountLikelihood():
            return replace(sample, amount=sample.amount + more)
        case RatioLikelihood():
            return replace(sample, numerator=sample.numerator + more)
    raise TypeError(sample)


@PROPERTY
@given(samples(), st.floats(0.01, 100))
def test_more_never_raises_the_alarm_of_too_little_nor_lowers_that_of_too_much(
    found: tuple[Likelihood, float], more: float
) -> None:
    sample, target = found
    better = with_more(sample, more)
    assert p(better, low=target) >= p(sample, low=target) * (1 - 1e-9)
    assert p(better, high=target) <= p(sample, high=target) * (1 + 1e-9)


@PROPERTY
@given(st.floats(1, 1000), st.integers(0, 300), st.integers(1, 100), PHI, TOTAL)
def test_more_orders_for_the_money_never_raise_the_alarm_of_a_cost(
    spend: float, orders: int, more: int, phi: float, target: float
) -> None:
    assert p(CostLikelihood(spend, orders + more, phi), high=target) >= p(
        CostLikelihood(spend, orders, phi), high=target
    ) * (1 - 1e-9)


@PROPERTY
@given(samples(), SIDES, st.floats(0.5, 1))
def test_a_target_further_away_is_never_proved_less_clearly(
    found: tuple[Likelihood, float], bound: Bound, part: float
) -> None:
    sample, target = found
    further = target / part if bound is Bound.AT_LEAST else target * part
    if target < 0:
        further = target * part if bound is Bound.AT_LEAST else target / part
    assume(not isinstance(sample, ShareLikelihood) or further <= 1)
    assert against(sample, further, bound).p <= against(sample, target, bound).p * (1 + 1e-9)


@PROPERTY
@given(samples(), st.floats(0.001, 1000))
def test_another_currency_changes_nothing(found: tuple[Likelihood, float], rate: float) -> None:
    sample, target = found
    match sample:
        case AmountLikelihood(amount, share, phi):
            assert phi
            other: Likelihood = AmountLikelihood(amount * rate, share, phi * rate)
        case CostLikelihood(spend, things, phi):
            other = CostLikelihood(spend * rate, things, phi)
        case RatioLikelihood(numerator, denominator, spread):
            assert spread
            spread = RatioDispersion(spread.deviation * rate, spread.relative, spread.freedom)
            other = RatioLikelihood(numerator * rate, denominator, spread)
        case _:
            return
    assert p(other, low=target * rate) == pytest.approx(p(sample, low=target), rel=1e-6)
    assert p(other, high=target * rate) == pytest.approx(p(sample, high=target), rel=1e-6)


@PROPERTY
@given(st.integers(0, 60), st.integers(60, 200), PHI, st.floats(0.01, 0.99))
def test_too_few_successes_are_too_many_failures(successes: int, trials: int, phi: float, target: float) -> None:
    failures = ShareLikelihood(trials - successes, trials, phi)
    assert p(ShareLikelihood(successes, trials, phi), low=target) == pytest.approx(
        p(failures, high=1 - target), rel=1e-6
    )


@PROPERTY
@given(st.floats(-100, 100), st.integers(1, 300), st.floats(-100, 100))
def test_a_ratio_too_low_is_its_negative_too_high(level: float, size: int, target: float) -> None:
    assert p(RatioLikelihood(level * size, size, SCORE), low=target) == p(
        RatioLikelihood(-level * size, size, SCORE), high=-target
    )


# Looking every day


def test_the_strict_p_is_the_mixture_over_all_shortfalls() -> None:
    """Of a deviation of 3.2 after 40 % of the period, weighed by half a normal distribution of variance 1 / 0.035."""
    elapsed, width = 0.4, 0.035
    drift = 3.2 * sqrt(elapsed)

    def weighed(shortfall: float) -> float:
        prior = 2 * stats.norm.pdf(shortfall, scale=1 / sqrt(width))
        return float(prior * exp(shortfall * drift - shortfall**2 * elapsed / 2))

    evidence = integrate.quad(weighed, 0, 60)[0]
    level = 20.0
    sample = RatioLikelihood((level - 3.2 * 8) * 100, 100, RatioDispersion(80, None, 10**7))
    strict = anytime_significance(sample, level, None, elapsed)
    assert strict
    assert strict.p == pytest.approx(1 / evidence, rel=1e-4)


# How much is enough


def first_enough(phi: float, gap: float, p: float) -> int:
    def tail(count: int) -> float:
        mean = count / (1 - gap)
        if phi == 1:
            return float(stats.poisson.cdf(count, mean))
        return learnt(float(stats.nbinom.cdf(count, mean / (phi - 1), 1 / phi)))

    return next(count for count in range(1, 5000) if tail(count) < p)


@pytest.mark.parametrize(("phi", "gap", "p"), [(1, 0.2, 0.01), (1, 0.5, 0.01), (2, 0.2, 0.01), (3, 0.3, 0.05)])
def test_enough_is_the_first_count_whose_shortfall_would_be_a_proof(phi: float, gap: float, p: float) -> None:
    assert events_needed(phi, gap, p) == first_enough(phi, gap, p)


def test_about_a_hundred_sales_prove_that_a_fifth_is_missing() -> None:
    assert 90 < events_needed(1) < 120
    assert events_needed(3) > 2.5 * events_needed(1)

"""How often an action exactly on target is suspected, and how soon a real shortfall is proved, in simulated worlds.

Every bound is that of the design, held with a tolerance of three Monte-Carlo errors. What is asked are the product's
own functions. A p only grows with the figure, so it is enough to ask them for the critical figure, the last that is
suspected, for some values of phi, and to interpolate between those.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from math import exp, sqrt

import numpy as np
import numpy.typing as npt
import pytest

from config.periods import DAY, Window
from worker.review.worth import by_chance
from worker.stats.dispersion import ratio_dispersion, share_dispersion
from worker.stats.fdr import benjamini_hochberg
from worker.stats.likelihood import AmountLikelihood, CountLikelihood, Likelihood, RatioLikelihood, ShareLikelihood
from worker.stats.persistence import inflation, persistence_of
from worker.stats.seasonality import seasonality_of
from worker.stats.series import Bools, Floats, Series
from worker.stats.significance import SignificanceTest, anytime_significance, significance

WORLDS = 20_000
HISTORY = 56  # days
DAYS = 28
GRID = 20  # values of phi
ALONE, DAILY = 0.05, 0.01  # what p is held against: at one look, on two consecutive days

Ints = npt.NDArray[np.int64]
Prover = Callable[[Likelihood, float | None, float | None], SignificanceTest | None]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261123)


def most(bound: float, worlds: int = WORLDS) -> float:
    return bound + 3 * sqrt(bound * (1 - bound) / worlds)


def counts(rng: np.random.Generator, mean: float, phi: float, days: int) -> Ints:
    """Events of each day: Poisson for a phi of 1."""
    size = (WORLDS, days)
    if phi == 1:
        return rng.poisson(mean, size)
    return rng.negative_binomial(mean / (phi - 1), 1 / phi, size)


def successes(rng: np.random.Generator, visits: int, rate: float, varies: float, days: int) -> Ints:
    """Orders of each day, where the rate itself varies from day to day."""
    rates = rng.gamma(varies**-2, rate * varies**2, (WORLDS, days)) if varies else np.full((WORLDS, days), rate)
    return rng.binomial(visits, np.minimum(1, rates))


def baskets(rng: np.random.Generator, orders: float, days: int, worlds: int) -> tuple[Floats, Floats]:
    """Revenue and orders of each day: log-normal baskets of 1 on average."""
    number = rng.poisson(orders, (worlds, days))
    amounts = rng.lognormal(-0.5, 1, int(number.sum()))
    day = np.repeat(np.arange(number.size), number.ravel())
    revenue = np.bincount(day, amounts, number.size).astype(np.float64).reshape(number.shape)
    return revenue, number.astype(np.float64)


def phi_of_counts(history: Ints) -> Floats:
    """As the history of a level count shows it."""
    level = history.mean(1)
    phis: Floats = np.maximum(1, ((history - level[:, None]) ** 2).sum(1) / level / (HISTORY - 1))
    return phis


def phi_of_shares(history: Ints, visits: int) -> Floats:
    trials = np.full(HISTORY, float(visits))
    return np.array([share_dispersion(day.astype(float), trials) for day in history], np.float64)


def is_below(
    sample: Callable[[float, float], Likelihood], low: float, p: float, ask: Prover = significance
) -> Callable[..., bool]:
    def answer(figure: int, phi: float) -> bool:
        proof = ask(sample(figure, phi), low, None)
        return proof is not None and proof.p < p

    return answer


def is_not_above(sample: Callable[[float, float], Likelihood], high: float, p: float) -> Callable[..., bool]:
    def answer(figure: int, phi: float) -> bool:
        proof = significance(sample(figure, phi), None, high)
        return proof is not None and not proof.p < p

    return answer


def last(answer: Callable[..., bool], phi: float, figures: int) -> int:
    """The last figure that is answered yes, as all before it are; -1 where none is."""
    low, high = -1, figures
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if answer(middle, phi) else (low, middle)
    return low


def critical(answer: Callable[..., bool], phis: Floats, expected: float) -> Floats:
    """The last figure answered yes, for the phi of each world; a phi of 1 is a case of its own."""
    grid = np.array([1, *np.geomspace(1.0001, max(1.1, phis.max()), GRID)])
    figures = [last(answer, phi, int(4 * expected) + 50) for phi in grid.tolist()]
    return np.floor(np.interp(phis, grid, figures))


def twice(alarms: Bools) -> Bools:
    """An alarm on two consecutive days, the third day being the first to count."""
    counted = alarms[:, 2:]
    return counted[:, 1:] & counted[:, :-1]


def ever(alarms: Bools) -> float:
    return float(alarms.any(1).mean())


def median_day(alarms: Bools) -> float:
    """On which the second alarm came, where it came."""
    return float(np.median(alarms[alarms.any(1)].argmax(1) + 4))


# One look at the end of a period


@pytest.mark.parametrize(("visits", "days", "varies"), [(2000, 28, 0.0), (2000, 28, 0.4), (200, 7, 0.2), (20, 7, 0.4)])
def test_a_conversion_rate_on_target_is_suspected_in_6_percent_of_periods_at_most(
    rng: np.random.Generator, visits: int, days: int, varies: float
) -> None:
    rate, trials = 0.03, visits * days
    phis = phi_of_shares(successes(rng, visits, rate, varies, HISTORY), visits)
    orders = successes(rng, visits, rate, varies, days).sum(1)

    def sample(count: float, phi: float) -> ShareLikelihood:
        return ShareLikelihood(count, trials, phi)

    low = critical(is_below(sample, rate, ALONE), phis, trials * rate)
    high = critical(is_not_above(sample, rate, ALONE), phis, trials * rate)
    assert (orders <= low).mean() <= most(0.06)
    assert (orders > high).mean() <= most(0.06)


@pytest.mark.parametrize("phi", [1, 3, 10])
def test_a_count_on_target_is_suspected_in_5_percent_of_periods_at_most(rng: np.random.Generator, phi: float) -> None:
    phis = phi_of_counts(counts(rng, 200, phi, HISTORY))
    events = counts(rng, 200, phi, DAYS).sum(1)
    assert (events <= critical_count(200, DAYS, phis, ALONE, is_strict=False)).mean() <= most(0.05)


@pytest.mark.parametrize("days", [7, 28])
def test_an_average_basket_on_target_is_suspected_in_8_percent_of_periods_at_most(
    rng: np.random.Generator, days: int
) -> None:
    worlds = 4000
    past = zip(*baskets(rng, 3, HISTORY, worlds), strict=True)
    revenue, orders = (sums.sum(1) for sums in baskets(rng, 3, days, worlds))
    spreads = [ratio_dispersion(amounts, numbers) for amounts, numbers in past]
    samples = [RatioLikelihood(a, b, spread) for a, b, spread in zip(revenue, orders, spreads, strict=True)]
    assert np.mean([p_of(sample, 1.0, None) < ALONE for sample in samples]) <= most(0.08, worlds)


def p_of(sample: Likelihood, low: float | None, high: float | None) -> float:
    proof = significance(sample, low, high)
    assert proof
    return proof.p


def test_a_time_on_site_whose_days_differ_is_suspected_in_6_percent_of_periods_at_most(
    rng: np.random.Generator,
) -> None:
    worlds, level = 4000, 60.0
    visits = rng.poisson(100, (worlds, HISTORY + 14)).astype(float)
    seconds = visits * level * rng.lognormal(-0.02, 0.2, visits.shape)
    samples = [
        RatioLikelihood(a[HISTORY:].sum(), b[HISTORY:].sum(), ratio_dispersion(a[:HISTORY], b[:HISTORY]))
        for a, b in zip(seconds, visits, strict=True)
    ]
    for low, high in ((level, None), (None, level)):
        assert np.mean([p_of(sample, low, high) < ALONE for sample in samples]) <= most(0.06, worlds)


@pytest.mark.parametrize("days", [3, 7])
def test_a_shop_that_sells_every_other_day_is_not_suspected_for_having_sold_nothing_yet(
    rng: np.random.Generator, days: int
) -> None:
    worlds, orders = 4000, 0.5
    history, _ = baskets(rng, orders, HISTORY, worlds)
    phis = history.var(1, ddof=1) / history.mean(1)
    revenue = baskets(rng, orders, days, worlds)[0].sum(1)
    assert (revenue == 0).mean() > 0.02  # which the gamma distribution holds for impossible
    ps = [p_of(AmountLikelihood(r, days / 30, phi), orders * 30, None) for r, phi in zip(revenue, phis, strict=True)]
    assert np.mean(np.array(ps) < ALONE) <= most(0.05, worlds)
    assert np.mean(np.array(ps) < DAILY) <= most(0.01, worlds)


# A look every day


def alarms_of_counts(
    rng: np.random.Generator, mean: float, truth: float, *, phi: float = 3, p: float = DAILY, is_strict: bool = False
) -> Bools:
    """Whether the count so far is below target, for each day of a period and each world that knows its own past."""
    phis = phi_of_counts(counts(rng, mean, phi, HISTORY))
    events = counts(rng, mean * truth, phi, DAYS).cumsum(1)
    found = [events[:, day - 1] <= critical_count(mean, day, phis, p, is_strict) for day in range(1, DAYS + 1)]
    return np.array(found).T


def critical_count(mean: float, day: int, phis: Floats, p: float, is_strict: bool) -> Floats:
    share = day / DAYS
    ask = partial(anytime_significance, elapsed=share) if is_strict else significance
    return critical(
        is_below(lambda count, phi: CountLikelihood(count, share, phi), mean * DAYS, p, ask), phis, mean * day
    )


@pytest.mark.parametrize("mean", [20.0, 200.0])
def test_a_count_on_target_looked_at_daily_is_suspected_in_3_5_percent_of_periods_at_most(
    rng: np.random.Generator, mean: float
) -> None:
    alarms = alarms_of_counts(rng, mean, 1)
    assert ever(twice(alarms)) <= most(0.035)
    assert ever(alarms[:, 2:]) > ever(twice(alarms))  # what the second day is for


@pytest.mark.parametrize(("visits", "rate"), [(200, 0.03), (20, 0.01)])
def test_a_share_on_target_looked_at_daily_is_suspected_in_3_5_percent_of_periods_at_most(
    rng: np.random.Generator, visits: int, rate: float
) -> None:
    orders = successes(rng, visits, rate, 0, DAYS).cumsum(1)
    criticals = np.array([critical_shares(visits * (day + 1), rate) for day in range(DAYS)])
    assert ever(twice(orders <= criticals[:, 0])) <= most(0.035)
    assert ever(twice(orders > criticals[:, 1])) <= most(0.035)


def critical_shares(trials: int, rate: float) -> tuple[int, int]:
    def sample(count: float, phi: float) -> ShareLikelihood:
        return ShareLikelihood(count, trials, phi)

    return (
        last(is_below(sample, rate, DAILY), 1, trials),
        last(is_not_above(sample, rate, DAILY), 1, trials),
    )


def test_a_fifth_less_at_200_a_day_is_always_found_around_the_third_day_that_counts(rng: np.random.Generator) -> None:
    found = twice(alarms_of_counts(rng, 200, 0.8))
    assert ever(found) > 0.999
    assert median_day(found) <= 5


def test_a_fifth_less_at_20_a_day_is_found_in_most_periods_by_their_middle(rng: np.random.Generator) -> None:
    found = twice(alarms_of_counts(rng, 20, 0.8))
    assert ever(found) >= 0.70
    assert median_day(found) <= 15


def test_the_strict_proof_is_rarely_wrong_whenever_it_is_looked_at_and_finds_a_fifth_less(
    rng: np.random.Generator,
) -> None:
    assert ever(alarms_of_counts(rng, 20, 1, p=0.05, is_strict=True)) <= most(0.05)
    assert ever(alarms_of_counts(rng, 20, 0.8, p=0.05, is_strict=True)) >= 0.55


# Many actions in one run


def test_of_the_alerts_of_a_run_a_tenth_is_false_at_most(rng: np.random.Generator) -> None:
    runs, pairs, bad, mean, phi = 1000, 300, 30, 200.0, 3.0
    truth = np.where(np.arange(pairs) < bad, 0.8, 1.0)
    events = rng.negative_binomial(mean * 7 * truth / (phi - 1), 1 / phi, (runs, pairs))
    of_count = {int(y): p_of(CountLikelihood(y, 1, phi), mean * 7, None) for y in np.unique(events)}
    ps = np.vectorize(of_count.__getitem__)(events)
    stand = np.array([benjamini_hochberg(run) for run in ps.tolist()])
    assert false_share(stand, bad) <= most(0.10, runs)
    assert false_share(ps < ALONE, bad) > 0.25  # without correction
    assert stand[:, :bad].mean() >= 0.8


def false_share(stand: Bools, bad: int) -> float:
    return float((stand[:, bad:].sum(1) / np.maximum(1, stand.sum(1))).mean())


# Days that stay high or low together

CORRELATED = 600  # worlds
PAST = 112  # days
EVERY = PAST + DAYS
MONDAY = date(2026, 1, 5)
IS_PAST = np.arange(EVERY) < PAST


def correlated(rng: np.random.Generator, correlation: float, deviation: float) -> Floats:
    """What each day is to the mean of all: the logarithms follow AR(1)."""
    steps = rng.normal(0, deviation * sqrt(1 - correlation**2), (CORRELATED, EVERY))
    steps[:, 0] /= sqrt(1 - correlation**2)
    logs = np.zeros_like(steps)
    for day in range(EVERY):
        logs[:, day] = steps[:, day] + (correlation * logs[:, day - 1] if day else 0)
    return np.asarray(np.exp(logs - deviation**2 / 2), np.float64)


def drifting(rng: np.random.Generator, a_week: float) -> Floats:
    """A level that walks at random, and that the target is set at as the period begins."""
    logs = rng.normal(0, a_week / sqrt(7), (CORRELATED, EVERY)).cumsum(1)
    return np.asarray(np.exp(logs - logs[:, [PAST - 1]]), np.float64)


def mailed(rng: np.random.Generator) -> Floats:
    """A mailing every fortnight, felt for four days, that brings 30 % of all."""
    wave = np.array([2.0, 1.1, 0.7, 0.4, *[0.0] * 10])
    days = (np.arange(EVERY) + rng.integers(0, 14, (CORRELATED, 1))) % 14
    levels = 0.7 + wave[days]
    return np.asarray(levels / levels.mean(), np.float64)


WORLDS_OF_DAYS: dict[str, Callable[[np.random.Generator], Floats]] = {
    "independent": lambda _: np.ones((CORRELATED, EVERY)),
    "AR(1) .8, a tenth": lambda rng: correlated(rng, 0.8, 0.1),
    "AR(1) .8, a fifth": lambda rng: correlated(rng, 0.8, 0.2),
    "drift of 5 % a week": lambda rng: drifting(rng, 0.05),
    "a fortnightly mailing": mailed,
}


def proved_of(events: Floats, target: float) -> Bools:
    """Whether each world is proved to be below target, on two consecutive days, judged by its own past."""
    period = Window(MONDAY + DAY * PAST, MONDAY + DAY * EVERY)
    proved = np.zeros(len(events), np.bool_)
    for world, days in enumerate(events):
        past = Series(MONDAY, days[:PAST], np.ones(PAST), np.ones(PAST, np.bool_))
        seasonality = seasonality_of(past, is_count=True)
        assert seasonality is not None
        stays = persistence_of(past.amounts, seasonality.of_series(past), past.settled)
        so_far, share = days[PAST:].cumsum(), seasonality.shares(period).cumsum()
        was = False
        for day in range(3, DAYS + 1):
            sample = CountLikelihood(so_far[day - 1], share[day - 1], seasonality.phi * inflation(stays, day))
            now = so_far[day - 1] < 0.95 * target * share[day - 1] and p_of(sample, target, None) < DAILY
            proved[world] |= now and was
            was = now
    return proved


@pytest.mark.parametrize("mean", [50.0, 200.0])
@pytest.mark.parametrize("kind", WORLDS_OF_DAYS)
def test_a_count_on_target_whose_days_are_correlated_is_proved_below_it_in_3_5_percent_of_months_at_most(
    rng: np.random.Generator, kind: str, mean: float
) -> None:
    events = rng.negative_binomial(mean * WORLDS_OF_DAYS[kind](rng) / 2, 1 / 3).astype(np.float64)
    assert proved_of(events, mean * DAYS).mean() <= most(0.035, CORRELATED)


@pytest.mark.parametrize(("mean", "found"), [(20.0, 0.6), (50.0, 0.9), (200.0, 0.99)])
def test_a_fifth_less_of_independent_days_is_still_found(rng: np.random.Generator, mean: float, found: float) -> None:
    truth = np.where(IS_PAST, mean, 0.8 * mean)
    events = rng.negative_binomial(truth / 2, 1 / 3, (CORRELATED, EVERY)).astype(np.float64)
    assert proved_of(events, mean * DAYS).mean() >= found


def test_the_range_of_a_return_whose_days_are_correlated_holds_the_truth_nearly_as_often_as_it_says() -> None:
    """Three orders a day of 50 a day spent, over 120 days; nine in ten is what is said."""
    rng, worlds, days = np.random.default_rng(3), 300, 120
    truth, held = 3 * exp(3.4 + 0.7**2 / 2) / 50, 0
    for levels in correlated(rng, 0.8, 0.25)[:worlds, :days]:
        revenue = np.array([rng.lognormal(3.4, 0.7, orders).sum() for orders in rng.poisson(3 * levels)])
        found = by_chance(revenue, np.full(days, 50.0))
        assert found is not None
        held += found.low <= truth <= (found.high or truth)
    assert held / worlds >= 0.87

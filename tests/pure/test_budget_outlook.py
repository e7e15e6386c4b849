"""The spend of a period looked at ahead: what is foretold, how seldom for nothing, and when it has stopped."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from config.periods import DAY, Window
from config.plan import Budget, Cost, Per
from worker.judge.budget import BudgetQuestion, ToCome, judge_budget
from worker.judge.budget_outlook import SpendHistory, has_stopped, is_steady, spending, without_costs
from worker.model.verdict import Figure, Judgement, Subject, Verdict, VerdictReason
from worker.stats.series import Floats, Series

MAY = Window(date(2026, 5, 1), date(2026, 6, 1))  # the first is a Friday
WEEK = np.array([1.25, 1.25, 1.2, 1.15, 1.05, 0.55, 0.55])  # Monday first
HISTORY = 56  # days
NONE_TO_COME = ToCome(Decimal(0), Decimal(0))


def usual(first: date, days: int, a_day: float = 20) -> Floats:
    """What days cost that keep exactly to the week."""
    return np.asarray(a_day * WEEK[(first.weekday() + np.arange(days)) % 7], np.float64)


def series(first: date, amounts: Floats) -> Series:
    """Days that are all settled."""
    return Series(first, amounts, np.ones(len(amounts)), np.ones(len(amounts), np.bool_))


def judged(days: Series, amount: float, period: Window, today: date) -> Judgement:
    spent = days.within(Window(period.start, today)).amounts.sum() if today > period.start else 0
    budget = Budget(amount=Decimal(str(round(amount, 2))), per=Per.MONTH)
    figure = Figure(Decimal(str(round(spent, 2))), "provisional")
    subject = Subject("action", "a", "A", "budget")
    return judge_budget(BudgetQuestion(subject, budget, period, "EUR", figure, NONE_TO_COME), today, SpendHistory(days))


# --- how seldom a word is said for nothing ---------------------------------------------------------------------------


def months(count: int, noise: float, level: float = 1, seed: int = 7) -> Iterator[tuple[Window, Series, float]]:
    """Months of an action whose days differ by chance, at a multiple of what its budget is made for."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        start = date(2026, 1 + number % 12, 1)
        period = Window(start, (start + timedelta(days=32)).replace(day=1))
        first = start - DAY * HISTORY
        planned = usual(first, HISTORY + len(period))
        width = np.sqrt(np.log1p(noise**2))
        amounts = planned * np.exp(rng.normal(-(width**2) / 2, width, len(planned)))
        amounts[HISTORY:] *= level
        yield period, series(first, amounts), float(planned[HISTORY:].sum())


def first_said(verdict: Verdict, month: tuple[Window, Series, float]) -> int | None:
    """The day of the month on which a verdict is first given, looked at every third day."""
    period, days, amount = month
    for passed in range(1, len(period), 3):
        today = period.start + DAY * passed
        if judged(days.within(Window(days.start, today)), amount, period, today).verdict is verdict:
            return passed
    return None


def share_said(verdict: Verdict, found: list[tuple[Window, Series, float]], by: int = 31) -> float:
    said = [first_said(verdict, month) for month in found]
    return sum(day is not None and day <= by for day in said) / len(said)


def test_an_action_exactly_on_plan_is_almost_never_said_to_overspend() -> None:
    """Bound: 5 % of months, and three standard errors of 120 months beside."""
    found = list(months(120, 0.2))
    assert share_said(Verdict.OVERSPENDING, found) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)
    # Held against an even pace, nearly every one of the same months would have been called too fast.
    linear = [
        bool((np.cumsum(days.amounts[HISTORY:])[:-1] > amount * np.arange(1, len(period)) / len(period)).any())
        for period, days, amount in found
    ]
    assert np.mean(linear) >= 0.85


def test_nor_is_it_said_to_spend_too_little() -> None:
    assert share_said(Verdict.UNDERSPENDING, list(months(40, 0.2))) <= 0.05


@pytest.mark.parametrize(("level", "verdict"), [(1.25, Verdict.OVERSPENDING), (0.7, Verdict.UNDERSPENDING)])
def test_a_quarter_too_much_or_too_little_is_said_in_time_to_act(level: float, verdict: Verdict) -> None:
    assert share_said(verdict, list(months(30, 0.2, level)), by=20) >= 0.9


def test_overspending_is_never_said_of_a_month_that_then_keeps_its_budget() -> None:
    found = [month for month in months(60, 0.25, seed=11) if month[1].amounts[HISTORY:].sum() <= month[2]]
    assert len(found) > 20
    assert share_said(Verdict.OVERSPENDING, found) == 0


# --- what is foretold ------------------------------------------------------------------------------------------------


def test_the_rest_follows_the_week_of_the_spend_itself() -> None:
    """The days to come are those of the pattern: a spend without chance is foretold to the cent but for shrinkage."""
    first = MAY.start - DAY * HISTORY
    days = series(first, usual(first, HISTORY + 19))
    found = spending(days, MAY)
    assert found is not None
    assert found.forecast.mean == pytest.approx(usual(MAY.start, 31).sum(), rel=0.01)
    assert found.data_date == date(2026, 5, 19)


def test_days_on_which_the_action_is_not_at_work_cost_nothing() -> None:
    first = MAY.start - DAY * HISTORY
    days = series(first, usual(first, HISTORY + 19))
    found = spending(days, MAY, [Window(first, date(2026, 5, 25))])  # it ends on the 24th
    assert found is not None
    assert found.forecast.remaining == pytest.approx(usual(date(2026, 5, 20), 5).sum(), rel=0.03)
    assert found.days_left == 5


def test_what_the_plan_declares_of_a_day_is_foretold() -> None:
    first = MAY.start - DAY * HISTORY
    days = series(first, usual(first, HISTORY + 19))
    expect = np.ones(31)
    expect[25] = 3  # the 26th is to cost three times as much
    plain, sale = spending(days, MAY), spending(days, MAY, expect=expect)
    assert plain is not None
    assert sale is not None
    assert sale.forecast.remaining - plain.forecast.remaining == pytest.approx(
        2 * usual(date(2026, 5, 26), 1)[0], rel=0.05
    )


def test_too_few_days_give_no_look_ahead() -> None:
    days = series(date(2026, 5, 1), usual(date(2026, 5, 1), 13))
    assert spending(days, MAY) is None
    found = judged(days, 400, MAY, date(2026, 5, 14))
    assert (found.verdict, found.reason, found.outlook) == (Verdict.WITHIN, VerdictReason.WITHIN, None)


def test_a_change_of_currency_changes_no_verdict() -> None:
    first = MAY.start - DAY * HISTORY
    amounts = usual(first, HISTORY + 19) * np.random.default_rng(3).lognormal(0, 0.2, HISTORY + 19)
    for amount in (500.0, 560.0, 600.0, 640.0, 760.0):
        said = [judged(series(first, amounts * rate), amount * rate, MAY, date(2026, 5, 20)) for rate in (1, 100)]
        assert said[0].verdict is said[1].verdict


def test_a_bill_noted_in_the_plan_is_no_rhythm() -> None:
    bill = Cost.model_validate({"on": "2026-05-04", "amount": 1000, "what": "print"})
    due = Cost.model_validate({"on": "2026-05-08", "amount": 50, "what": "stand", "state": "committed"})
    days = without_costs(series(MAY.start, np.array([20.0, 20, 20, 1020.1, 20, 20, 20, 20])), [bill, due], MAY.last)
    assert days.amounts.tolist() == pytest.approx([20, 20, 20, 20.1, 20, 20, 20, 20])


def test_what_several_actions_spend_tells_of_the_rest_only_while_the_same_ones_are_at_work() -> None:
    rest, always = Window(date(2026, 5, 20), date(2026, 6, 1)), [Window(date(2026, 4, 1), date(2026, 7, 1))]
    assert is_steady([always, [Window(date(2026, 4, 1), date(2026, 5, 10))]], rest)
    assert not is_steady([always, [Window(date(2026, 5, 25), date(2026, 6, 10))]], rest)


# --- whether it has stopped ------------------------------------------------------------------------------------------


def stopped_for(days: int, *, shape: Callable[[Floats], Floats] = lambda it: it) -> Series:
    """Spend up to some days before the 20th of May, and none since."""
    first = MAY.start - DAY * HISTORY
    amounts = shape(usual(first, HISTORY + 19))
    amounts[len(amounts) - days :] = 0
    return series(first, amounts)


@pytest.mark.parametrize(("days", "is_silent"), [(0, False), (2, False), (3, True), (9, True)])
def test_three_settled_days_without_spend_are_a_stop(days: int, is_silent: bool) -> None:
    assert has_stopped(stopped_for(days), MAY) is is_silent


def test_no_spend_is_no_stop_where_the_action_is_not_at_work() -> None:
    assert not has_stopped(stopped_for(5), MAY, [Window(date(2026, 3, 1), date(2026, 5, 15))])


def test_nor_where_the_plan_expects_none() -> None:
    expect = np.ones(31)
    expect[14:19] = 0
    assert not has_stopped(stopped_for(5), MAY, expect=expect)


def test_nor_on_a_weekend_for_what_spends_on_working_days() -> None:
    first = MAY.start - DAY * HISTORY
    weekday = (first.weekday() + np.arange(HISTORY + 18)) % 7
    amounts = np.where(weekday < 5, 20.0, 0.0)
    amounts[-3:] = 0  # Saturday, Sunday, and Monday the 18th
    assert not has_stopped(series(first, amounts), MAY)


def test_nor_where_pauses_as_long_are_usual() -> None:
    def every_fifth(amounts: Floats) -> Floats:
        return np.where(np.arange(len(amounts)) % 5 == 0, amounts, 0)

    assert not has_stopped(stopped_for(3, shape=every_fifth), MAY)


def test_nor_where_nothing_else_of_the_source_spends_either() -> None:
    first = MAY.start - DAY * HISTORY
    others = usual(first, HISTORY + 19)
    assert has_stopped(stopped_for(5), MAY, others=series(first, others))
    others[-5:] = 0
    assert not has_stopped(stopped_for(5), MAY, others=series(first, others))


def test_a_day_that_is_not_settled_is_no_day_without_spend() -> None:
    days = stopped_for(3)
    days.known[-1] = 0.5
    assert not has_stopped(days, MAY)

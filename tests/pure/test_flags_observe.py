"""What is judged -> what a flag is opened, kept or closed by."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from mails_made import MAY, TODAY, budget, conversion, plan_of, revenue

from config.loading.loaded import LoadedPlan
from worker.flags.observe import observe_judgements
from worker.model.flag import Observation, Status
from worker.model.verdict import FINAL, Figure, Judgement, Phase, Verdict

AFTER = MAY.end


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedPlan:
    return plan_of(tmp_path)


def observed(loaded: LoadedPlan, *judgements: Judgement, today: date = TODAY) -> Observation:
    """The first of what is observed."""
    return observe_judgements(loaded, judgements, lambda *_: "", today)[0]


OVERSPENT = budget(
    verdict=Verdict.OVER, phase=Phase.OUTCOME, figure=Figure(Decimal(600), FINAL), high=Decimal(500), outlook=None
)


def test_a_budget_that_is_overspent_is_urgent_while_it_runs_and_a_plain_fact_after(loaded: LoadedPlan) -> None:
    for today, is_urgent in ((TODAY, True), (date(2026, 5, 31), True), (AFTER, False)):
        seen = observed(loaded, OVERSPENT, today=today)
        assert (seen.is_urgent, seen.is_ended, seen.is_fact) == (is_urgent, not is_urgent, True)
    for other in (budget(verdict=Verdict.OVERSPENDING), revenue(verdict=Verdict.MISSED, phase=Phase.OUTCOME)):
        assert not observed(loaded, other).is_urgent


def test_how_far_it_is_off_is_a_share_of_the_bound_on_either_side(loaded: LoadedPlan) -> None:
    def off(judgement: Judgement) -> float:
        return observed(loaded, judgement).shortfall

    assert off(revenue()) == pytest.approx(200 / 900)  # 700 expected of 900
    assert off(OVERSPENT) == pytest.approx(100 / 500)
    assert off(replace(OVERSPENT, committed=Decimal(50))) == pytest.approx(150 / 500)
    assert off(revenue(outlook=replace(revenue().outlook, expected=Decimal(900)))) == 0  # type: ignore[type-var]
    assert off(replace(OVERSPENT, high=Decimal(0))) == 1  # of nothing, all is too much


def test_at_stake_is_what_is_short_or_too_much_or_what_was_spent_on_it_in_its_month(loaded: LoadedPlan) -> None:
    def stake(*judgements: Judgement) -> Decimal:
        problem = observed(loaded, *judgements).problem
        assert problem is not None
        return problem.stake

    assert stake(revenue()) == 200
    assert stake(OVERSPENT) == 100
    spent = replace(OVERSPENT, subject=replace(OVERSPENT.subject, scope="action", ref="seo"))
    assert stake(conversion(), spent) == 160  # 600, of which 0.8 points of 3 were missed
    april = replace(spent, period=replace(MAY, start=date(2026, 4, 1), end=date(2026, 5, 1)))
    assert stake(conversion(), april) == 0  # of another month
    assert stake(conversion(), replace(spent, subject=replace(spent.subject, ref="news"))) == 0  # of another action


def test_what_says_nothing_is_no_problem_and_no_relief(loaded: LoadedPlan) -> None:
    seen = {verdict: observed(loaded, revenue(verdict=verdict)) for verdict in Verdict}
    assert seen[Verdict.CANNOT_SAY].status is Status.UNKNOWN
    assert seen[Verdict.AT_RISK].status is Status.BREACH
    assert seen[Verdict.ON_TRACK].status is Status.OK
    assert {one.problem is not None for one in seen.values() if one.status is Status.BREACH} == {True}
    assert {one.problem is not None for one in seen.values() if one.status is not Status.BREACH} == {False}


def test_a_fact_is_of_today_and_an_outlook_of_its_newest_settled_day(loaded: LoadedPlan) -> None:
    assert observed(loaded, revenue()).data_date == date(2026, 5, 17)
    assert observed(loaded, OVERSPENT).data_date == TODAY

"""Targets set against earlier figures: how they are written, the days compared, and the value that comes of it."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from config.errors import Mistake
from config.loading.loader import parse_plan
from config.periods import Window
from config.plan import Plan, Target
from config.relative import ComparedWith, Relative, read_relative
from worker.judge.questions import PeriodQuestion
from worker.judge.relative import base_of, limits_of
from worker.model.base_value import BaseValue
from worker.model.verdict import Figure, Subject

QUARTER_MORE = Relative(Decimal("0.25"), ComparedWith.LAST_YEAR)


def window(first: str, last: str) -> Window:
    return Window(date.fromisoformat(first), date.fromisoformat(last) + (date(2026, 1, 2) - date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+25% on last year", QUARTER_MORE),
        ("-2.5 % on previous", Relative(Decimal("-0.025"), ComparedWith.PREVIOUS)),
        ("+0% on previous", Relative(Decimal(0), ComparedWith.PREVIOUS)),
    ],
)
def test_a_relative_target_is_read_in_its_exact_words(written: str, read: Relative) -> None:
    assert Target.model_validate({"kpi": "orders", "at_least": written}).relative == read


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("25% on last year", "+25% on last year"),
        ("+25 % vs last year", "+25% on last year"),
        ("10% less than last year", "-10% on last year"),
        ("-10% on previous month", "-10% on previous"),
        ("+2,5% on last year", "+2.5% on last year"),
        ("25 % de plus que l'an dernier", "+25% on last year"),
        ("5 % de moins que le mois précédent", "-5% on previous"),
    ],
)
def test_anything_else_is_an_error_that_shows_what_was_meant(written: str, meant: str) -> None:
    with pytest.raises(ValidationError, match="is not a relative target: write") as error:
        Target.model_validate({"kpi": "orders", "at_least": written})
    assert f"write '{meant}'" in str(error.value)


def test_a_change_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(Mistake, match="would leave nothing"):
        read_relative("-100% on last year")


@pytest.mark.parametrize(
    ("on", "per", "period", "compared"),
    [
        ("last year", "month", ("2026-05-01", "2026-05-31"), ("2025-05-01", "2025-05-31")),
        ("last year", "month", ("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29")),
        ("last year", "week", ("2026-05-04", "2026-05-10"), ("2025-05-05", "2025-05-11")),  # Monday to Sunday, both
        ("last year", "day", ("2026-05-04", "2026-05-04"), ("2025-05-05", "2025-05-05")),
        ("last year", "total", ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
        ("last year", "total", ("2024-02-29", "2024-02-29"), ("2023-02-28", "2023-02-28")),
        ("previous", "quarter", ("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31")),
        ("previous", "week", ("2026-05-04", "2026-05-10"), ("2026-04-27", "2026-05-03")),
        ("previous", "total", ("2026-03-01", "2026-06-30"), ("2025-11-01", "2026-02-28")),  # four months each
        ("previous", "total", ("2026-01-05", "2026-01-19"), ("2025-12-21", "2026-01-04")),  # 15 days each
    ],
)
def test_a_period_is_held_against_its_like(
    on: str, per: str, period: tuple[str, str], compared: tuple[str, str]
) -> None:
    relative = Relative(Decimal(0), ComparedWith(on))
    assert relative.compared(window(*period), per, [], weekly=False) == window(*compared)


def test_a_run_is_held_against_the_run_before_and_the_first_against_none() -> None:
    runs = [window("2026-03-01", "2026-03-14"), window("2026-04-01", "2026-04-14")]
    relative = Relative(Decimal(0), ComparedWith.PREVIOUS)
    assert relative.compared(runs[1], "occurrence", runs, weekly=False) == runs[0]
    assert relative.compared(runs[0], "occurrence", runs, weekly=False) is None


PLAN = """plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {lea: {name: Lea, email: lea@shop.example}}
objectives:
  grow: {name: Grow, targets: [%s]}
"""


def plan_with(target: str) -> Plan:
    from pathlib import Path

    from connectors.registry import OptionModels

    return parse_plan(Path("p"), PLAN % target, "", OptionModels()).plan


@pytest.mark.parametrize(
    ("target", "first"),
    [
        ('{kpi: orders, at_least: "+5% on last year", per: month}', date(2025, 3, 1)),
        ('{kpi: orders, at_least: "+5% on previous", per: month}', date(2026, 2, 1)),
        ('{kpi: orders, at_least: "+5% on last year", per: month, baseline: 50}', date(2026, 3, 1)),
    ],
)
def test_sources_are_read_from_the_first_day_that_a_target_is_measured_from(target: str, first: date) -> None:
    assert plan_with(target).watched_from == first


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("{kpi: orders, at_least: 5, baseline: 3}", "a baseline is what a relative target is measured from"),
        ('{kpi: orders, at_least: "+5% on last year", baseline: 0}', "a baseline is above 0"),
        ('{kpi: orders, at_least: "+5% on last year", baseline: {2025-03: 4}}', "needs per: month"),
        (
            '{kpi: orders, at_least: "+5% on last year", per: month, baseline: {2026-03: 4}}',
            "the baseline of 2026-03 is not needed: the months compared with are 2025-03 to 2025-06",
        ),
    ],
)
def test_a_baseline_that_cannot_serve_is_an_error(target: str, problem: str) -> None:
    from config.errors import PlanError

    with pytest.raises(PlanError, match=problem):
        plan_with(target)


MAY, LAST_MAY = window("2026-05-01", "2026-05-31"), window("2025-05-01", "2025-05-31")


def asked(target: str) -> tuple[Plan, PeriodQuestion]:
    plan = plan_with(target)
    [promise] = plan.objectives["grow"].targets
    subject = Subject("objective", "grow", "Grow", promise.key)
    return plan, PeriodQuestion(subject, plan.objectives["grow"], promise, MAY, is_newest=True)


MONTHLY = '{kpi: orders, at_least: "+25% on last year", per: month}'


@pytest.mark.parametrize(
    ("kept", "figure", "base"),
    [
        (None, Figure(Decimal(80)), BaseValue(QUARTER_MORE, LAST_MAY, Decimal(80), is_usable=True)),
        # what was kept stands, whatever the figures say since
        (Decimal(80), Figure(Decimal(70)), BaseValue(QUARTER_MORE, LAST_MAY, Decimal(80), is_usable=True)),
        (None, Figure(Decimal(80), "provisional"), BaseValue(QUARTER_MORE, LAST_MAY, is_awaited=True)),
        # a part of the month is no base, and nothing is no base
        (None, Figure(Decimal(80), "missing"), BaseValue(QUARTER_MORE, LAST_MAY)),
        (None, Figure(Decimal(0)), BaseValue(QUARTER_MORE, LAST_MAY, Decimal(0))),
        (None, Figure(None), BaseValue(QUARTER_MORE, LAST_MAY)),
    ],
)
def test_a_target_is_measured_from_final_figures_or_not_at_all(
    kept: Decimal | None, figure: Figure, base: BaseValue
) -> None:
    assert base_of(*asked(MONTHLY), kept, figure, MAY.start) == base


@pytest.mark.parametrize(("today", "is_awaited"), [("2026-05-01", True), ("2026-05-07", True), ("2026-05-08", False)])
def test_figures_of_the_period_before_are_awaited_for_a_week(today: str, is_awaited: bool) -> None:
    plan, question = asked(MONTHLY.replace("last year", "previous"))
    found = base_of(plan, question, None, Figure(Decimal(80), "missing"), date.fromisoformat(today))
    assert found is not None
    assert (found.value, found.is_usable, found.is_awaited) == (None, False, is_awaited)


def test_the_baseline_of_the_plan_comes_first() -> None:
    plan, question = asked(MONTHLY.replace("}", ", baseline: {2025-05: 60}}"))
    found = base_of(plan, question, Decimal(80), Figure(Decimal(70)), MAY.start)
    assert found == BaseValue(QUARTER_MORE, LAST_MAY, Decimal(60), is_usable=True, is_given=True)


@pytest.mark.parametrize(
    ("target", "value", "in_whole", "limits"),
    [
        ({"at_least": "+25% on last year"}, "78", True, ("98", None)),  # 97.5 orders: 97 would miss it
        ({"at_most": "-10% on last year"}, "78", True, (None, "70")),  # 70.2
        ({"at_least": "+25% on last year"}, "0.02", False, ("0.025", None)),  # relative for a share too
    ],
)
def test_the_target_is_the_base_and_the_change(
    target: dict[str, str], value: str, in_whole: bool, limits: tuple[str | None, str | None]
) -> None:
    promise = Target.model_validate({"kpi": "orders", **target})
    assert promise.relative is not None
    base = BaseValue(promise.relative, LAST_MAY, Decimal(value), is_usable=True)
    expected = tuple(None if limit is None else Decimal(limit) for limit in limits)
    assert limits_of(promise, base, in_whole=in_whole) == expected


def test_without_a_base_the_target_is_unknown_never_zero() -> None:
    promise = Target.model_validate({"kpi": "orders", "at_least": "+25% on last year"})
    assert limits_of(promise, BaseValue(QUARTER_MORE, LAST_MAY, Decimal(0)), in_whole=True) == (None, None)

"""The bar of a problem in a mail: how much of what was promised is there, or of what is there was allowed."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from mails_made import budget, context, plan_of, revenue, told

from config.loading.loaded import LoadedPlan
from worker.model.verdict import FINAL, Figure, Judgement
from worker.notify.item import Bar, item
from worker.wording import translator_for


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedPlan:
    return plan_of(tmp_path)


def bar(loaded: LoadedPlan, judgement: Judgement, value: str | None) -> Bar | None:
    judged = replace(judgement, figure=Figure(None if value is None else Decimal(value), FINAL))
    return item(context(loaded), told(loaded, judged), translator_for("en"), is_brief=True).bar


def test_of_a_target_it_is_what_is_there_of_it(loaded: LoadedPlan) -> None:
    assert bar(loaded, revenue(), "450") == Bar(50)  # of 900
    assert bar(loaded, revenue(), "0") == bar(loaded, revenue(), "-30") == Bar(0)
    assert bar(loaded, revenue(), "899.99") == Bar(99)  # full only when it is
    assert bar(loaded, revenue(), None) is None


def test_of_what_is_too_much_it_is_what_was_allowed_and_the_rest(loaded: LoadedPlan) -> None:
    assert bar(loaded, budget(), "2000") == Bar(75, 25)  # 1,500 were
    assert bar(loaded, budget(committed=Decimal(500)), "1500") == Bar(75, 25)
    assert bar(loaded, budget(), "1500.01") == Bar(99, 1)  # however little it is, it is seen
    assert bar(loaded, budget(high=Decimal(0)), "10") == Bar(0, 100)


def test_where_nothing_is_short_or_too_much_there_is_none(loaded: LoadedPlan) -> None:
    assert bar(loaded, budget(), "1500") is None
    assert bar(loaded, revenue(low=Decimal(0)), "5") is None

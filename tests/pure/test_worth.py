"""What an action is worth, in words that its own figures bear out."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from config.catalogue import catalogue
from config.fields import Language
from config.loading.loader import parse_plan
from worker.model.finding import Finding, FindingKind, Weight
from worker.model.plan_figures import DailyFigures, PlanFigures
from worker.review.worth import worth
from worker.wording import translator_for
from worker.wording.review import FindingWriter, remedy, what

START, DAYS = date(2026, 3, 2), 40
PLAN = """
plan: Spring
currency: EUR
timezone: UTC
starts: 2026-03-02
ends: 2026-06-30
{margin}
actions: {{ads: {{name: Ads, tracked_by: {{campaign: ads}}}}}}
"""


def findings(revenue: float | None, spend: float | None, margin: str = "") -> list[Finding]:
    """Of an action with so much revenue and spend on each of forty days; None for what nothing reports."""
    given = {"revenue": revenue, "spend": spend}
    wave = np.tile([0.9, 1.1], DAYS // 2)
    amounts = {name: amount * wave for name, amount in given.items() if amount is not None}
    days = DailyFigures(START, amounts)
    plan = parse_plan(Path("p"), PLAN.format(margin=margin), "", {}).plan
    figures = PlanFigures(
        plan, START + timedelta(days=DAYS), days, {"ads": days}, {}, provided=frozenset({"revenue", "spend"})
    )
    return worth(figures)


def said(finding: Finding, language: Language = "en") -> tuple[str, str]:
    writer = FindingWriter(translator_for(language), {"revenue": catalogue()["revenue"]}, "EUR")
    return what(finding, writer), remedy(finding, writer)


def test_what_loses_only_at_the_plans_margin_names_the_margin() -> None:
    [found] = findings(1410.0, 1000.0, "margin: 40%")
    text, todo = said(found)
    assert found.kind is FindingKind.LOSES
    assert "1.41 back per euro spent" in text
    assert text.endswith("At the plan’s margin of 40%, that is less than it costs.")
    assert todo == "Stop it, or say what else it is for."
    assert "Avec la marge de 40\u00a0% indiquée au plan, c’est moins que ce que cela coûte." in said(found, "fr")[0]


@pytest.mark.parametrize("margin", ["", "margin: 40%"])
def test_what_brings_in_less_than_it_costs_needs_no_margin_to_say_so(margin: str) -> None:
    [found] = findings(705.0, 1000.0, margin)
    assert said(found)[0].endswith("it costs more than it brings in.")


def test_what_pays_without_a_margin_is_told_to_stop_by_nobody() -> None:
    [found] = findings(1410.0, 1000.0)
    assert (found.kind, said(found)[1]) == (FindingKind.RETURN, "")


def test_amounts_of_hundreds_have_no_cents() -> None:
    [found] = findings(1410.33, 1000.77)
    assert "€56,413 for €40,031." in said(found)[0]


@pytest.mark.parametrize(
    ("revenue", "spend", "kind", "text"),
    [
        (10.0, 0.0, FindingKind.NO_COST, "€400 brought in, with no spend on record."),
        (10.0, None, FindingKind.COST_UNKNOWN, "€400 brought in; cost unknown."),
        (None, None, FindingKind.COST_UNKNOWN, "Neither what it brings in nor what it costs is known."),
        (0.0, 0.0, FindingKind.QUIET, "Nothing spent, and no result."),
    ],
)
def test_a_cost_of_nothing_is_not_an_unknown_one(
    revenue: float | None, spend: float | None, kind: FindingKind, text: str
) -> None:
    [found] = findings(revenue, spend)
    assert (found.kind, said(found)[0]) == (kind, text)
    assert (found.weight is Weight.DOUBT) == (kind is FindingKind.COST_UNKNOWN)

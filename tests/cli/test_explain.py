"""A verdict taken apart, and judged again from what was written down with it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from conftest import Vigie, Write

from config.periods import Window
from config.plan import Bound, Per
from config.vocabulary import Unit
from worker.judge.from_record import rebuilt
from worker.model.verdict import Figure, Judgement, Outlook, Phase, Subject, Verdict, VerdictReason

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-04-01
ends: 2026-06-30
people: {lea: {name: Lea, email: lea@shop.example}}
actions:
  news:
    name: Newsletter
    responsible: lea
    budget: {amount: 100, per: month}
    costs: [{on: 2026-04-02, amount: 120, what: layout}]
    tracked_by: {campaign: news}
    targets: [{kpi: conversion_rate, at_least: 5%, per: month}]
"""
FIGURES = "day,campaign,orders,sessions\n2026-04-01,news,7,200\n2026-04-30,news,0,0\n"
SOURCES = "shop: {connector: csv_file, path: s.csv, kind: shop}"


@pytest.fixture
def judged(vigie: Write) -> Vigie:
    made = vigie(PLAN, SOURCES, today="2026-05-02", **{"s.csv": FIGURES})
    assert made("run", "--once").code == 0
    return made


def test_a_verdict_says_its_figures_its_rule_and_its_plan(judged: Vigie) -> None:
    out = judged("explain", "news").out
    assert "Newsletter, conversion_rate/at_least/month, April 2026" in out
    assert "target missed: Conversion rate: 3.5% (target: at least 5%)." in out
    assert "Result: 3.5% = 7 / 200 (final)" in out
    assert "Rule: the period is over and its figures are final" in out
    assert "Checked against the record: target missed, the same verdict." in out
    assert "Checked against the record: over budget, the same verdict." in out
    assert "Judged on 2 May 2026" in out


def test_a_flag_stands_for_the_one_verdict_it_is_about(judged: Vigie) -> None:
    flags = judged("flags", "--json").json
    found = {flag["id"]: judged("explain", str(flag["id"]), "--json").json for flag in flags}
    assert [[one["subject"] for one in found[flag["id"]]] for flag in flags] == [[flag["subject"]] for flag in flags]


def test_what_was_said_before_is_kept_with_its_day(judged: Vigie) -> None:
    judged.write({"plans/p/s.csv": FIGURES.replace("news,7,200", "news,12,200")})
    assert judged("run", "--once", today="2026-05-03").code == 0
    [one] = [one for one in judged("explain", "news", "--json", today="2026-05-03").json if one["subject"] != "budget"
             and one["period"]["start"] == "2026-04-01"]  # fmt: skip
    assert [(it["judged_on"], it["verdict"], it["value"]) for it in one["before"]] == [
        ("2026-05-02", "missed", "0.035"), ("2026-05-03", "met", "0.06"),
    ]  # fmt: skip
    assert one["rebuilt"] == "met"


def test_what_is_not_on_record_is_said_so(judged: Vigie) -> None:
    answer = judged("explain", "newz")
    assert (answer.code, "nothing on record is called 'newz'" in answer.err) == (2, True)


def verdict(reason: VerdictReason, value: str | None = "50", **other: Any) -> Judgement:
    """A judgement of a target of at least 100 in May, on the sixteenth."""
    usual: dict[str, Any] = {
        "subject": Subject("action", "a", "A", "orders"), "period": Window(date(2026, 5, 1), date(2026, 6, 1)),
        "per": Per.MONTH, "verdict": Verdict.CANNOT_SAY, "phase": Phase.OUTLOOK, "reason": reason,
        "figure": Figure(None if value is None else Decimal(value)), "unit": Unit.COUNT, "currency": "",
        "low": Decimal(100), "bound": Bound.AT_LEAST, "kpi": "orders",
    }  # fmt: skip
    return Judgement(**{**usual, **other})


def ahead(**known: Any) -> Outlook:
    return Outlook(date(2026, 5, 15), **known)


MONEY: dict[str, Any] = {"low": None, "high": Decimal(100), "bound": None, "kpi": ""}


@pytest.mark.parametrize(
    ("judgement", "again"),
    [
        (verdict(VerdictReason.OUTCOME, "100"), Verdict.MET),
        (verdict(VerdictReason.OUTCOME, "99.99"), Verdict.MISSED),
        (verdict(VerdictReason.PROVED, outlook=ahead(p=0.004)), Verdict.AT_RISK),
        (verdict(VerdictReason.PROVED, outlook=ahead(p=0.02)), Verdict.CANNOT_SAY),
        (verdict(VerdictReason.UNLIKELY, outlook=ahead(chance=0.08)), Verdict.AT_RISK),
        (verdict(VerdictReason.UNLIKELY, outlook=ahead(chance=0.12)), Verdict.CANNOT_SAY),
        (verdict(VerdictReason.LIKELY, outlook=ahead(chance=0.7)), Verdict.ON_TRACK),
        (verdict(VerdictReason.BEHIND, outlook=ahead(chance=0.4)), Verdict.CANNOT_SAY),
        (verdict(VerdictReason.OVER, "100.01", **MONEY), Verdict.OVER),
        (verdict(VerdictReason.OVER_COMMITTED, "60", committed=Decimal(41), **MONEY), Verdict.OVER),
        (verdict(VerdictReason.TOO_FAST, "60", projected=Decimal(130), **MONEY), Verdict.OVERSPENDING),
        (verdict(VerdictReason.TOO_SLOW, "20", projected=Decimal(60), **MONEY), Verdict.UNDERSPENDING),
        (verdict(VerdictReason.WITHIN, "100", **MONEY), Verdict.WITHIN),
        (verdict(VerdictReason.NO_SOURCE, None), None),
    ],
)
def test_the_rule_is_applied_to_the_figures_not_read_from_the_verdict(
    judgement: Judgement, again: Verdict | None
) -> None:
    assert rebuilt(judgement, strict=False) is again

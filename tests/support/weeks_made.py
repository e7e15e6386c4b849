"""Weeks of a person, for the digest."""

from dataclasses import replace
from datetime import date
from typing import Any

from mails_made import NOW, D, budget, context, conversion, flag, revenue, rows

from config.loading.loaded import LoadedPlan
from config.vocabulary import Measure
from worker.model.records import Answered, SourceRow, SourceState
from worker.model.verdict import FINAL, Figure, Judgement, Phase, Subject, Verdict
from worker.notify.week import Week


def source(name: str, state: SourceState = SourceState.OK) -> SourceRow:
    given: dict[str, Any] = dict.fromkeys(SourceRow.__dataclass_fields__)
    return SourceRow(**{**given, "id": 1, "source": name, "state": state, "is_simulated": False})


def aim() -> Judgement:
    """98,250.40 of the 150,000 an objective promises."""
    return revenue(
        subject=Subject("objective", "grow", "Grow online sales by a fifth", "revenue/at_least/total"),
        figure=Figure(D("98250.40"), FINAL),
        low=D(150_000),
        verdict=Verdict.ON_TRACK,
    )


def budget_plan() -> Judgement:
    """8,120 of the plan's 25,000 spent."""
    return budget(
        subject=Subject("plan", "p", "Spring", "budget"),
        figure=Figure(D(8120), FINAL),
        high=D(25_000),
        verdict=Verdict.WITHIN,
        phase=Phase.OUTLOOK,
        committed=D(1200),
    )


SETTLED = {"shop": date(2026, 5, 17), "web": date(2026, 5, 18)}


def quiet(loaded: LoadedPlan, person: str, **other: Any) -> Week:
    """A week in which nothing happened."""
    fine = [replace(one, verdict=Verdict.ON_TRACK) for one in (revenue(), conversion())]
    week = Week(
        key="week-digest",
        loaded=loaded,
        kpis=context(loaded).kpis,
        person=person,
        judgements=[*fine, budget(verdict=Verdict.WITHIN), aim(), budget_plan()],
        sources=[source("shop"), source("web")],
        settled=SETTLED,
        standing=(),
        over=(),
        flapping=(),
        answered={},
    )
    return replace(week, **other)


def busy(loaded: LoadedPlan, person: str) -> Week:
    """A week with something of everything."""
    return quiet(
        loaded,
        person,
        judgements=[revenue(), conversion(), budget(), aim(), budget_plan()],
        sources=[source("shop", SourceState.UNAVAILABLE), source("web")],
        standing=rows(
            flag(11, revenue(), person=person, sentence_en="Revenue is low.", sentence_fr="Peu de recettes."),
            flag(12, budget(), person=person, state="acknowledged"),
            flag(13, person="ana"),
        ),
        over=rows(flag(14, conversion(), person=person, state="resolved")),
        flapping=rows(flag(15, conversion(), person=person)),
        answered={"/".join(budget().key): Answered("acknowledged", "lead", "agency told evil.com", None, NOW)},
        held=2,
        stakes={"/".join(revenue().key): D("487.50")},
        unattributed={Measure.SESSIONS: D(1204), Measure.SPEND: D("88.40")},
    )

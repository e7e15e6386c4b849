"""A third language is one catalogue: mails and the page speak it, but for figures, names and what is from outside."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mails_made import NOW, TODAY, D, budget, context, conversion, many, plan_of, revenue, told
from pseudo_locale import PSEUDO, in_pseudo, speak_pseudo, untranslated
from weeks_made import busy, quiet, source

from config.errors import Problem
from config.loading.loaded import LoadedPlan
from config.periods import Window
from worker.flags.notification import Notification, Role
from worker.flags.observe import observe_sources, observe_unattributed, storm
from worker.flags.observe_faults import observe_faults
from worker.model.fault import DataFault, FaultKind
from worker.model.flag import GONE, TOLD, Alert, FlagReason, FlagState, Observation
from worker.model.links import Link
from worker.model.message import Draft
from worker.model.records import FlagHistory, FlagStep, SourceState, UnattributedSpend
from worker.model.response import Refusal, Response, ResponseKind, ResponseOutcome
from worker.model.verdict import Judgement, Phase, Verdict
from worker.notify.advice import ADVICE
from worker.notify.compose import compose, compose_plan_problem, compose_undelivered
from worker.notify.test_message import compose_trial
from worker.web.site import refused, render
from worker.web.texts import ERRORS
from worker.web.view import view

#: what stands in mails and on pages as it is: names, commands, and sentences that a test calls from outside
NAMES = [
    "Vigie", "Spring newsletter", "Spring", "Organic search on linen dresses", "Grow online sales by a fifth",
    "Lea Martin", "Zoé Petit", "Ana Ruiz", "ana@shop.example", "agency told evil[.]com", "Sale",
    "Revenue is low.", "It is so.", "vigie flags ack", "vigie flags", "vigie sources --test", "vigie check", "note",
    "vigie test-alert", "vigie collect --source shop --since 2026-05-01 --until 2026-05-02 --accept",
    "connection refused", "plan.yaml", "wrong", "A subject", "A text", "<b>Sale</b> evil[.]com", "shop", "web",
]  # fmt: skip


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedPlan:
    """A plan whose people read the third language."""
    speak_pseudo(tmp_path / "locale", monkeypatch)
    return in_pseudo(plan_of(tmp_path))


def shown(html: str) -> str:
    """What a page or mail says, in its attributes too."""
    body = re.sub(r"<style>.*?</style>|<!--.*?-->", "", html, flags=re.DOTALL)
    spoken = re.findall(r'\b(?:alt|title|aria-label|placeholder)="([^"]*)"', body)
    return unescape(" ".join([re.sub(r"<[^>]+>", " ", body), *spoken]))


def assert_translated(draft: Draft) -> None:
    urls = re.compile(r"https://\S+")
    for text in (draft.subject, urls.sub("", draft.text), urls.sub("", shown(draft.html))):
        assert untranslated(text, NAMES) == [], text


def about_figures(loaded: LoadedPlan) -> list[Observation]:
    """What is told of sources, in every state; of each kind of fault; of a storm; of money outside all actions."""
    long_ago = NOW - timedelta(days=3)
    rows = [
        replace(source("shop", state), problem="shop: connection refused", failing_since_at=long_ago, succeeded_at=read)
        for state in SourceState
        for read in (None, long_ago)
    ]
    days = Window(date(2026, 5, 1), date(2026, 5, 3))
    faults = [
        DataFault(
            id=1, source_id=1, source="shop", kind=kind, place=place, against=against, measures=("orders",), days=days,
            baseline=3.0, seen=0.5, found_on=TODAY, is_over=False, is_quarantined=True,
        )
        for kind in FaultKind
        for place, against in (("news", "orders web"), ("", "orders shop"))
    ]  # fmt: skip
    spent = UnattributedSpend(days, D(1000), D(200), (("", D(150)), ("Sale", D(50))))
    return [
        *observe_sources(loaded, rows, TODAY, NOW),
        *(one for fault in faults for one in observe_faults(loaded, [fault], TODAY)),
        storm(loaded, 12, TODAY),
        observe_unattributed(loaded, spent, TODAY),
    ]


def of_figures(problem: Alert, **other: Any) -> Notification:
    given: dict[str, Any] = {"reason": FlagReason.OPENED, "role": Role.SOURCE, "links": {}, **other}
    return Notification(flag_id=7, notices=(7,), title="shop", problem=problem, sentences=problem.sentences, **given)


def test_every_kind_of_mail_about_promises_is_translated(loaded: LoadedPlan) -> None:
    it = context(loaded)
    for count in (1, 3, 40):
        assert_translated(compose(it, "ana", many(loaded, count)))
    for reason in TOLD:
        is_good = reason in GONE
        for role in Role:
            other: dict[str, Any] = {"problem": None} if is_good else {}
            news = told(
                loaded, revenue(), reason=reason, role=role, links={}, since=TODAY, responsible="Zoé Petit", **other
            )
            assert_translated(compose(it, "ana", [news]))
    put_off = told(loaded, revenue(), reason=FlagReason.REMINDED, since=TODAY, put_off=TODAY)
    assert_translated(compose(it, "ana", [put_off]))


def test_every_kind_of_mail_about_figures_is_translated(loaded: LoadedPlan) -> None:
    it, told_of = context(loaded), set()
    for observation in about_figures(loaded):
        if observation.problem:
            told_of.add(observation.problem.verdict)
            for reason in (FlagReason.OPENED, FlagReason.ENDED):
                assert_translated(compose(it, "ana", [of_figures(observation.problem, reason=reason)]))
    assert {str(kind) for kind in (*FaultKind, *SourceState)} & set(ADVICE) <= told_of


def test_the_week_and_the_messages_about_messages_are_translated(loaded: LoadedPlan) -> None:
    it = context(loaded)
    for week in (quiet(loaded, "ana"), busy(loaded, "ana"), busy(loaded, "lead")):
        assert_translated(compose(it, week.person, [], week))
    assert_translated(compose(it, "ana", many(loaded, 1), busy(loaded, "ana")))
    assert_translated(compose_plan_problem(loaded, "lead", [Problem("plan.yaml", 3, "wrong")] * 50))
    failed: Any = SimpleNamespace(
        id=1, name="Zoé Petit", recipient="ana@shop.example", problem="connection refused", subject="A subject",
        text="A text", key="k", episode=1,
    )  # fmt: skip
    assert_translated(compose_undelivered(loaded, "lead", failed))
    assert_translated(compose_trial(loaded, "ana", NOW))


def history(judgement: Judgement | None, state: FlagState, **other: Any) -> FlagHistory:
    """A flag to which everything has happened."""
    steps = tuple(FlagStep("open", reason, "ana", "", TODAY, NOW) for reason in FlagReason)
    given: dict[str, Any] = {
        "plan": "p", "plan_name": "Spring", "timezone": "Europe/Paris", "episode": 1, "scope": "action", "ref": "news",
        "name": "Spring newsletter", "person": "ana", "state": state, "verdict": Verdict.AT_RISK, "period_end": None,
        "closed_at": NOW, "sentences": {PSEUDO: "It is so."}, "judgement": judgement, "steps": steps,
    }  # fmt: skip
    return FlagHistory(**{**given, **other})


def test_the_answering_page_is_translated_whatever_is_shown_on_it(loaded: LoadedPlan) -> None:
    budgeted = budget(phase=Phase.OUTLOOK, committed=D(10))
    for kind in ResponseKind:
        link = Link(kind, 1, 1, "ana", NOW)
        for judgement in (revenue(), conversion(), budgeted, None):
            for state in (FlagState.OPEN, FlagState.SNOOZED, FlagState.RESOLVED, FlagState.CLOSED):
                page = view(link, history(judgement, state), loaded, TODAY)
                text = shown(render("flag.html", page.language, page=page, note_length=1000))
                assert untranslated(text, NAMES) == [], text
        for refusal in Refusal:
            tried = Response(kind, "ana"), ResponseOutcome(refusal=refusal, latest=TODAY)
            page = view(link, history(revenue(), FlagState.OPEN), loaded, TODAY, tried)
            assert page.form is not None
            assert untranslated(page.form.problem, NAMES) == []


def test_the_page_that_says_why_there_is_none_is_translated(loaded: LoadedPlan) -> None:
    for status in ERRORS:
        assert untranslated(shown(refused(status, PSEUDO).text), NAMES) == []
    assert untranslated(shown(refused(403, PSEUDO, is_too_old=True).text), NAMES) == []


def test_a_text_that_misses_the_catalogue_would_be_seen(loaded: LoadedPlan) -> None:
    assert untranslated("⟦Hello ⟧Ana Ruiz, €1.00 on 3 Majo 2026", NAMES) == ["on"]

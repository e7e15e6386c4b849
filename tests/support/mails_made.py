"""Mails made without a store: a plan, problems with all their figures, and what a mail is composed of."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from config.catalogue import kpis_of
from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.plan import Bound, Per
from config.vocabulary import Unit
from worker.flags.notification import MailContext, Notification, Role
from worker.model.flag import Alert, FlagReason
from worker.model.message import Draft, OutgoingMessage
from worker.model.records import CumulativeCurve
from worker.model.response import ResponseKind
from worker.model.verdict import FINAL, Figure, Judgement, Outlook, Phase, Subject, Traffic, Verdict
from worker.model.verdict import VerdictReason as Why
from worker.notify.mime import as_bytes
from worker.service.wiring import deploy
from worker.wording import LANGUAGES, translator_for
from worker.wording.sentences import sentence

TODAY = date(2026, 5, 19)
NOW = datetime(2026, 5, 19, 6, tzinfo=UTC)
MAY = Window(date(2026, 5, 1), date(2026, 6, 1))
D = Decimal

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-04-01
ends: 2026-06-30
budget: 25000
people:
  lead: {name: Lea Martin, email: lead@shop.example}
  zoe: {name: Zoé Petit, email: zoe@shop.example, language: fr}
  ana: {name: Ana Ruiz, email: ana@shop.example}
objectives:
  grow: {name: Grow online sales by a fifth, targets: [{kpi: revenue, at_least: 150000}]}
events:
  - {name: "<b>Sale</b> evil.com", from: 2026-05-08, to: 2026-05-10}
actions:
  news:
    name: Spring newsletter
    techniques: [email]
    objectives: [grow]
    responsible: ana
    budget: {amount: 1500, per: month}
    tracked_by: {campaign: news}
    targets: [{kpi: revenue, at_least: 900, per: month}]
  seo:
    name: Organic search on linen dresses
    objectives: [grow]
    responsible: zoe
    tracked_by: {campaign: seo}
    targets: [{kpi: conversion_rate, at_least: 3%, per: month}]
"""


def plan_of(folder: Path, text: str = PLAN) -> LoadedPlan:
    """A plan as it is loaded."""
    place = folder / "plans" / "p"
    place.mkdir(parents=True, exist_ok=True)
    (place / "plan.yaml").write_text(text, encoding="utf-8")
    (place / "sources.yaml").write_text("shop: {connector: csv_file, path: shop.csv}\n", encoding="utf-8")
    return deploy(folder).load(place)


def context(loaded: LoadedPlan) -> MailContext:
    return MailContext(loaded, kpis_of(loaded.plan, loaded.declared), TODAY, NOW)


AHEAD = Outlook(date(2026, 5, 17), pace=D("530.20"), expected=D(700), low=D(620), high=D(785), chance=0.04)


def revenue(**other: Any) -> Judgement:
    """412.50 of the 900 promised for May, by the 19th."""
    made = Judgement(
        subject=Subject("action", "news", "Spring newsletter", "revenue/at_least/month"),
        period=MAY,
        per=Per.MONTH,
        verdict=Verdict.AT_RISK,
        phase=Phase.OUTLOOK,
        reason=Why.UNLIKELY,
        figure=Figure(D("412.50"), FINAL, D("412.50")),
        unit=Unit.MONEY,
        currency="EUR",
        low=D(900),
        bound=Bound.AT_LEAST,
        kpi="revenue",
        outlook=AHEAD,
    )
    return replace(made, **other)


def conversion(**other: Any) -> Judgement:
    """100 orders from 5,000 visits, where 3 % were promised."""
    return revenue(
        subject=Subject("action", "seo", "Organic search on linen dresses", "conversion_rate/at_least/month"),
        figure=Figure(D("0.02"), FINAL, D(100), D(5000)),
        unit=Unit.SHARE,
        currency="",
        low=D("0.03"),
        kpi="conversion_rate",
        outlook=Outlook(date(2026, 5, 17), expected=D("0.022"), low=D("0.019"), high=D("0.026"), chance=0.02),
        **other,
    )


def budget(**other: Any) -> Judgement:
    """1,830.50 spent where 1,500 were allowed for May."""
    given: dict[str, Any] = {
        "subject": Subject("action", "news", "Spring newsletter", "budget"),
        "verdict": Verdict.OVER,
        "phase": Phase.OUTCOME,
        "reason": Why.OVER,
        "figure": Figure(D("1830.50"), FINAL, D("1830.50")),
        "low": None,
        "high": D(1500),
        "bound": None,
        "kpi": "",
        "outlook": None,
        "projected": D("1830.50"),
    }
    return revenue(**{**given, **other})


def course(total: Decimal | str | int, days: int = 19, unknown: Sequence[int] = ()) -> CumulativeCurve:
    """A value that grows unevenly, by the day from the first of May on."""
    weights = [3 + n % 7 for n in range(days)]
    values = [D(total) * sum(weights[: n + 1]) / sum(weights) for n in range(days)]
    known = [None if n in unknown else value.quantize(D("0.01")) for n, value in enumerate(values)]
    return CumulativeCurve(tuple(MAY.start + timedelta(n) for n in range(days)), tuple(known))


LINKS = {kind: f"https://vigie.shop.example/{kind}/{'x' * 70}" for kind in ResponseKind}


def told(loaded: LoadedPlan, judgement: Judgement, flag_id: int = 1, **other: Any) -> Notification:
    """A problem that was just opened."""
    kpi = kpis_of(loaded.plan, loaded.declared).get(judgement.kpi)
    said = {language: sentence(judgement, kpi, translator_for(language)) for language in LANGUAGES}
    problem = Alert(
        key="/".join(judgement.key),
        scope=judgement.subject.scope,
        ref=judgement.subject.ref,
        subject=judgement.subject.key,
        person="ana",
        verdict=judgement.verdict,
        sentences=said,
        period=judgement.period,
        stake=D(1000 - flag_id),
        judgement=judgement,
    )
    given: dict[str, Any] = {
        "reason": FlagReason.OPENED,
        "flag_id": flag_id,
        "notices": (flag_id,),
        "title": judgement.subject.name,
        "role": Role.YOU,
        "links": LINKS,
        "problem": problem,
        "now": judgement,
        "sentences": said,
        "curve": course(judgement.figure.value or 0) if judgement.figure.denominator is None else ratios(),
        "traffic": Traffic(D(950), D(19), D("412.50")),
    }
    return Notification(**{**given, **other})


def ratios() -> CumulativeCurve:
    """A ratio that settles at 2 %."""
    days = [MAY.start + timedelta(n) for n in range(19)]
    return CumulativeCurve(tuple(days), tuple(D("0.02") + D((-1) ** n) / (100 * (n + 1)) for n in range(19)))


def many(loaded: LoadedPlan, count: int) -> list[Notification]:
    """So many problems, of three kinds in turn."""
    made = [revenue, conversion, budget]
    return [told(loaded, made[n % 3](), n + 1) for n in range(count)]


def flag(id: int, judgement: Judgement | None = None, **other: Any) -> Any:
    """A flag as it stands in the store."""
    given: dict[str, Any] = {
        "id": id,
        "key": "/".join(judgement.key) if judgement else "source/shop",
        "scope": judgement.subject.scope if judgement else "source",
        "ref": judgement.subject.ref if judgement else "shop",
        "subject": judgement.subject.key if judgement else "source",
        "person": "ana",
        "verdict": judgement.verdict if judgement else "unavailable",
        "state": "open",
        "shortfall": 0.2,
        "opened_on": date(2026, 5, 12),
        "sentence_en": "It is so.",
        **{f"sentence_{language}": "It is so." for language in LANGUAGES},
        "sentence_fr": "C'est ainsi.",
    }
    return SimpleNamespace(**{**given, **other})


def as_mail(draft: Draft) -> bytes:
    """A draft as it travels."""
    message = OutgoingMessage(
        draft.recipient, draft.name, draft.subject, draft.text, draft.html, "<id@x.example>", NOW, "", draft.pictures
    )
    return as_bytes(message, "Vigie <vigie@shop.example>")


def parts(content: bytes) -> list[str]:
    return [part.get_content_type() for part in message_from_bytes(content, policy=policy.default).walk()]


# ---- colours ----

Style = dict[str, str]
_VOID = ("meta", "br", "img", "link", "hr", "input")


class Painted(HTMLParser):
    """Every text of a page with the colour it has, and that of what lies behind it, as (text, ink, ground)."""

    def __init__(self, html: str, *, dark: bool = False) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        block = html.partition("(prefers-color-scheme: dark) {")[2].partition("</style>")[0] if dark else ""
        rules = re.findall(r"\.([a-z]+) \{([^}]*)\}", block)
        self.classes = {name: _style(body.replace("!important", "")) for name, body in rules}
        self.stack: list[tuple[str, Style]] = [("", {"color": "#000000", "background": "#ffffff"})]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        own = _style(given.get("style", ""))
        if "display:none" in given.get("style", ""):
            own["hidden"] = "hidden"
        for name in given.get("class", "").split():
            own |= self.classes.get(name, {})
        if tag not in _VOID:
            self.stack.append((tag, {**self.stack[-1][1], **own}))

    def handle_endtag(self, tag: str) -> None:
        while self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        style = self.stack[-1][1]
        if data.strip("\xa0 \n") and "hidden" not in style and not {"style", "title"} & {tag for tag, _ in self.stack}:
            self.found.append((data.strip(), style["color"], style["background"]))


def _style(text: str) -> Style:
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip() in ("color", "background")}


def contrast(one: str, other: str) -> float:
    """How well one colour is read on another: the formula of WCAG 2.2."""
    first, second = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


def rows(*flags: Any) -> Any:
    """Flags where rows of the store are wanted."""
    return cast("Any", flags)

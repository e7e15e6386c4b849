"""The five questions as people and programs read them: on the terminal, as JSON, as a section of the report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from config.catalogue import known_kpis
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.vocabulary import Unit
from worker.model.finding import (
    SHOWN,
    AmountFact,
    Fact,
    Finding,
    KpisFact,
    Question,
    Review,
    TechniqueFact,
    Weight,
    shortlist,
)
from worker.report.plain import plain
from worker.report.status import decimal_text
from worker.wording import LANGUAGES, translator_for
from worker.wording.review import FindingWriter, remedy, what, who

SHORT = 3  #: findings of a question in the report

_COLOURS = {Weight.WRONG: "bold red", Weight.DOUBT: "yellow", Weight.NOTE: "dim"}
_TONES = {Weight.WRONG: "bad", Weight.DOUBT: "warn", Weight.NOTE: "calm"}


def tongue_of(loaded: LoadedPlan, language: Language) -> FindingWriter:
    """What a plan's review is told in."""
    return FindingWriter(translator_for(language), known_kpis(loaded.plan, loaded.declared), loaded.plan.currency)


# --- the terminal ----------------------------------------------------------------------------------------------------


def review_screen(loaded: LoadedPlan, review: Review, *, every: bool) -> Iterator[RenderableType]:
    """The answers in the plan's language; at most 7 for each question, unless all are wanted."""
    writer = tongue_of(loaded, loaded.plan.language)
    yield Text(plain(loaded.plan.plan), "bold")
    width = max(len(writer.say(f"weight.{weight.value}")) for weight in Weight) + 2
    for question, findings in review.items():
        yield Text()
        yield Text(writer.say(f"question.{question}"), "bold underline")
        shown = list(findings) if every else shortlist(findings, SHOWN)
        yield _screen(shown, writer, width) if shown else Text(f"  {writer.say('none')}", "dim")
        if left := len(findings) - len(shown):
            yield Text(f"  {_more(left, loaded, writer)}", "dim")
    yield Text()


def _more(count: int, loaded: LoadedPlan, writer: FindingWriter) -> str:
    return writer.say("more", count=str(count), plan=loaded.id)


def _screen(findings: Sequence[Finding], writer: FindingWriter, width: int) -> Table:
    made = Table.grid(padding=(0, 2))
    made.add_column(width=width)
    made.add_column(overflow="fold")
    for finding in findings:
        weight = Text(f"  {writer.say(f'weight.{finding.weight.value}')}", _COLOURS[finding.weight])
        made.add_row(weight, _lines(finding, writer))
    return made


def _lines(finding: Finding, writer: FindingWriter) -> RenderableType:
    head = Text.assemble(
        (plain(who(finding, writer)), "bold"), "  ", plain(what(finding, writer)), _invented(finding, writer)
    )
    advice = remedy(finding, writer)
    return Group(head, Text(f"→ {plain(advice)}", "cyan")) if advice else head


def _invented(finding: Finding, writer: FindingWriter) -> tuple[str, str]:
    return (f" ({writer.translator.say('simulated')})" if finding.is_simulated else "", "dim")


# --- the report ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A finding as the report shows it."""

    who: str
    what: str
    do: str
    weight: str
    tone: str
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """A question with its shortest answer."""

    title: str
    lines: tuple[FoundLine, ...]
    more: str


def question_cards(loaded: LoadedPlan, review: Review, language: Language) -> tuple[QuestionCard, ...]:
    """The gravest findings of each question."""
    writer = tongue_of(loaded, language)
    return tuple(_card(loaded, question, findings, writer) for question, findings in review.items())


def _card(loaded: LoadedPlan, question: Question, findings: Sequence[Finding], writer: FindingWriter) -> QuestionCard:
    shown = shortlist(findings, SHORT)
    left = len(findings) - len(shown)
    lines = tuple(
        FoundLine(
            who(finding, writer),
            what(finding, writer),
            remedy(finding, writer),
            writer.say(f"weight.{finding.weight.value}"),
            _TONES[finding.weight],
            finding.is_simulated,
        )
        for finding in shown
    )
    return QuestionCard(writer.say(f"question.{question}"), lines, _more(left, loaded, writer) if left else "")


# --- for programs ----------------------------------------------------------------------------------------------------


def review_answer(loaded: LoadedPlan, review: Review, today: date) -> dict[str, Any]:
    """Everything that was found, as ``vigie review --json`` gives it: numbers as decimal text, null where unknown."""
    tongues = {language: tongue_of(loaded, language) for language in LANGUAGES}
    return {
        "plan": loaded.id,
        "name": loaded.plan.plan,
        "today": today.isoformat(),
        "currency": loaded.plan.currency,
        "questions": {
            question.value: [_answer(finding, tongues, loaded.plan.language) for finding in findings]
            for question, findings in review.items()
        },
    }


def _answer(finding: Finding, tongues: Mapping[Language, FindingWriter], language: Language) -> dict[str, Any]:
    sentences = {it: what(finding, writer) for it, writer in tongues.items()}
    remedies = {it: remedy(finding, writer) or None for it, writer in tongues.items()}
    return {
        "kind": finding.kind.value,
        "weight": finding.weight.name.lower(),
        "subjects": [{"scope": one.scope.value, "id": one.id, "name": one.name} for one in finding.subjects],
        "simulated": finding.is_simulated,
        "at_stake": decimal_text(finding.at_stake, Unit.MONEY),
        "facts": {name: _plain(fact) for name, fact in finding.facts.items()},
        "sentence": sentences[language],
        "sentences": sentences,
        "remedy": remedies[language],
        "remedies": remedies,
    }


def _plain(fact: Fact) -> Any:
    match fact:
        case AmountFact(value, unit):
            return {"value": _number(value, unit), "unit": unit.value}
        case KpisFact(ids):
            return list(ids)
        case TechniqueFact(id):
            return id
        case date():
            return fact.isoformat()
        case tuple():
            return list(fact)
    return fact


def _number(value: float | Decimal | None, unit: Unit) -> str | None:
    places = 2 if unit is Unit.MONEY else 6
    return None if value is None else decimal_text(Decimal(str(round(value, places))), unit)

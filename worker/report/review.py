"""The five questions as a section of the report, and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from config.catalogue import known_kpis
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.vocabulary import Unit
from worker.model.finding import (
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
from worker.model.tone import Tone
from worker.report.status import decimal_text
from worker.wording import LANGUAGES, Translator, translator_for
from worker.wording.review import FindingWriter, remedy, what, who
from worker.wording.terms import QUESTIONS, WEIGHTS

SHORT = 3  #: findings of a question in the report

_TONES = {Weight.WRONG: Tone.BAD, Weight.DOUBT: Tone.WARNING, Weight.NOTE: Tone.UNKNOWN}


def writer_for(loaded: LoadedPlan, language: Language) -> FindingWriter:
    """Writes a plan's findings in a language."""
    return FindingWriter(translator_for(language), known_kpis(loaded.plan, loaded.declared), loaded.plan.currency)


def more_findings(count: int, loaded: LoadedPlan, writer: FindingWriter) -> str:
    """Where to find those left off."""
    return more_by_command(count, f"vigie review -v --plan {loaded.id}", writer.translator)


def more_by_command(count: int, command: str, translator: Translator) -> str:
    """How many were left off, and what shows them."""
    return translator.counted("And 1 more: {command}", "And {count} more: {command}", count, command=command)


@dataclass(frozen=True, slots=True)
class FindingLine:
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
    lines: tuple[FindingLine, ...]
    more: str


def question_cards(loaded: LoadedPlan, review: Review, language: Language) -> tuple[QuestionCard, ...]:
    """The gravest findings of each question."""
    writer = writer_for(loaded, language)
    return tuple(_card(loaded, question, findings, writer) for question, findings in review.items())


def _card(loaded: LoadedPlan, question: Question, findings: Sequence[Finding], writer: FindingWriter) -> QuestionCard:
    shown = shortlist(findings, SHORT)
    left = len(findings) - len(shown)
    lines = tuple(
        FindingLine(
            who(finding, writer),
            what(finding, writer),
            remedy(finding, writer),
            writer.translator.say(WEIGHTS[finding.weight]),
            _TONES[finding.weight],
            finding.is_simulated,
        )
        for finding in shown
    )
    title = writer.translator.say(QUESTIONS[question])
    return QuestionCard(title, lines, more_findings(left, loaded, writer) if left else "")


# --- for programs ----------------------------------------------------------------------------------------------------


def review_answer(loaded: LoadedPlan, review: Review, today: date) -> dict[str, Any]:
    """Everything that was found, as ``vigie review --json`` gives it: numbers as decimal text, null where unknown."""
    writers = {language: writer_for(loaded, language) for language in LANGUAGES}
    return {
        "plan": loaded.id,
        "name": loaded.plan.plan,
        "today": today.isoformat(),
        "currency": loaded.plan.currency,
        "questions": {
            question.value: [_answer(finding, writers, loaded.plan.language) for finding in findings]
            for question, findings in review.items()
        },
    }


def _answer(finding: Finding, writers: Mapping[Language, FindingWriter], language: Language) -> dict[str, Any]:
    sentences = {it: what(finding, writer) for it, writer in writers.items()}
    remedies = {it: remedy(finding, writer) or None for it, writer in writers.items()}
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

"""The catalogues of translations: nothing missing, nothing left over, the same parts everywhere."""

import re
from collections.abc import Collection, Iterable, Iterator
from io import BytesIO

from babel.messages.catalog import Catalog
from texts_found import catalogue_of, extract_calls, path_of, refreshed, texts_found

from config.languages import LANGUAGES
from config.vocabulary import CHANNELS as KNOWN_CHANNELS
from config.vocabulary import Dimension
from worker.model.fault import FaultKind
from worker.model.finding import FindingKind, Question, Weight
from worker.model.flag import FlagReason
from worker.model.records import SourceState
from worker.model.response import Refusal, ResponseKind
from worker.model.tone import TONES
from worker.model.verdict import STATES, Verdict, VerdictReason
from worker.notify.advice import ADVICE
from worker.web.texts import FORMS, STEPS
from worker.wording.answers import REFUSALS
from worker.wording.finding_terms import ADVICE as REMEDIES
from worker.wording.finding_terms import FINDINGS
from worker.wording.review import TELLING
from worker.wording.terms import (
    CHANNELS,
    DIMENSIONS,
    FIGURE_STATES,
    QUESTIONS,
    RULES,
    SOURCE_STATES,
    VERDICTS,
    WEIGHTS,
)

TRANSLATED = [language for language in LANGUAGES if language != "en"]


def ids_of(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    """The texts of a catalogue, each with its plural."""
    return {found.id if isinstance(found.id, str) else tuple(found.id) for found in catalogue if found.id}


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each text and its translation; of what is counted, each form of the translation beside the plural."""
    for found in catalogue_of(language):
        if found.id:
            text = found.id if isinstance(found.id, str) else found.id[-1]
            for said in [found.string] if isinstance(found.string, str) else found.string or ():
                yield text, said


def parts(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_text_is_translated_and_nothing_else_is_in_the_catalogue() -> None:
    """``make catalogue`` puts in what is new and takes out what is gone."""
    assert TRANSLATED
    for language in TRANSLATED:
        there = ids_of(catalogue_of(language))
        assert ids_of(texts_found()) - there == set(), language
        assert there - ids_of(texts_found()) == set(), language
        assert [text for text, said in pairs(language) if not said] == []
        assert path_of(language).read_text(encoding="utf-8") == refreshed(language)


def test_a_translation_has_the_parts_of_its_text_and_is_typeset_as_its_language_is() -> None:
    assert min(len(list(pairs(language))) for language in TRANSLATED) > 500
    for language in TRANSLATED:
        for text, said in pairs(language):
            missing = parts(text) - parts(said)
            assert parts(said) <= parts(text), text
            assert not missing - {"count", "days"}, text  # one of a thing need not be written as a number
            assert "'" not in said or "'" in text, said
    for text, said in pairs("fr"):
        # what is written in files stands in guillemets, or as in the English text: ``per: month``, ``2.5%``
        as_in_files = [r"«[^»]*»", r"\{\w+\}", *map(re.escape, re.findall(r"\b[a-z0-9_-]+:(?= |$)|[\d.}]+%", text))]
        assert not re.search(r"\w[:;?!»%]( |$)", re.sub("|".join(as_in_files), "x ", said)), said
        assert not re.search(r"«(?! )| »\w", said), said
    for found in texts_found():
        for text in [found.id] if isinstance(found.id, str) else found.id:
            assert not re.search(r"[ \u00a0][:;?!,.](?=\s|$)", text), text


def test_every_member_of_the_vocabulary_has_its_words() -> None:
    tables: list[tuple[Collection[object], Iterable[object]]] = [
        (VERDICTS, Verdict), (RULES, VerdictReason), (SOURCE_STATES, SourceState), (FIGURE_STATES, STATES),
        (QUESTIONS, Question), (WEIGHTS, Weight), (DIMENSIONS, Dimension), (CHANNELS, KNOWN_CHANNELS),
        (STEPS, FlagReason), (REFUSALS, Refusal), (FORMS, ResponseKind),
        (FINDINGS, set(FindingKind) - {FindingKind.ORPHAN_SOURCES}), (REMEDIES, set(FindingKind) - TELLING),
        (ADVICE, FaultKind), (ADVICE, set(SourceState) - {SourceState.OK, SourceState.NEVER}), (TONES, Verdict),
    ]  # fmt: skip
    for table, members in tables:
        assert set(members) <= set(table), members


def test_the_texts_are_found_wherever_they_are_said() -> None:
    """In f-strings, on either side of a condition, and put together of several pieces."""
    source = (
        b'f"{say(\'in f\')}"; say("a" if x else "b"); marked("one " "two"); counted("1 x", "{count} x", n); say(key)'
    )
    found = [texts for _, _, texts, _ in extract_calls(BytesIO(source), ("say", "marked", "counted"), (), {})]
    assert sorted(found) == [("1 x", "{count} x"), ("a",), ("b",), ("in f",), ("one two",)]

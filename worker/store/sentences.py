"""The sentences of verdicts and flags, a row for each language in which they were said."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select

from config.fields import Language
from config.languages import LANGUAGES
from worker.store import schema as t

#: the table of an owner's sentences, and its column that names the owner
_OF = {t.verdict: (t.verdict_sentence, "verdict_id"), t.flag: (t.flag_sentence, "flag_id")}


def sentence_columns(owner: Table) -> list[ColumnElement[str]]:
    """Beside an owner's own columns: ``sentence_<language>``, NULL where it was not said in that language."""
    sentences, key = _OF[owner]
    c = sentences.c
    return [
        select(c.text)
        .where(c[key] == owner.c.id, c.language == language)
        .scalar_subquery()
        .label(f"sentence_{language}")
        for language in LANGUAGES
    ]


def sentences_of(row: Row[Any]) -> dict[Language, str]:
    """Language -> sentence, of a row that has ``sentence_columns``; English where one language lacks it."""
    texts = {language: getattr(row, f"sentence_{language}") for language in LANGUAGES}
    return {language: text or texts["en"] or "" for language, text in texts.items()}


def put_sentences(connection: Connection, owner: Table, texts: Mapping[int, Mapping[Language, str]]) -> None:
    """Replace the sentences of some owners: id -> language -> sentence."""
    sentences, key = _OF[owner]
    ids = list(texts)
    for start in range(0, len(ids), 500):
        connection.execute(delete(sentences).where(sentences.c[key].in_(ids[start : start + 500])))
    add_sentences(connection, owner, texts)


def add_sentences(connection: Connection, owner: Table, texts: Mapping[int, Mapping[Language, str]]) -> None:
    """Write down the sentences of owners that have none yet: id -> language -> sentence."""
    sentences, key = _OF[owner]
    rows = [
        {key: id, "language": language, "text": text}
        for id, by_language in texts.items()
        for language, text in by_language.items()
    ]
    if rows:
        connection.execute(insert(sentences), rows)

"""A third language made of one catalogue, in which every text of ours stands in ⟦brackets⟧.

What is shown outside of them did not go through the catalogue: that may only be figures, names, and what comes from
outside. Babel knows the language, so that months and numbers are written in it.
"""

import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from texts_found import texts_found

import config.languages
import worker.wording.translator as translating
from config.fields import Language
from config.loading.loaded import LoadedPlan

PSEUDO: Language = "eo"
_PART = re.compile(r"(\{\w+\})")
_WRAPPED = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[^\W\d_]{2,}")


def bracketed(text: str) -> str:
    """The text with each of its pieces in brackets; its parts stand outside."""
    pieces = _PART.split(text)
    return "".join(f"⟦{piece}⟧" if any(c.isalpha() for c in _PART.sub("", piece)) else piece for piece in pieces)


def speak_pseudo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Language:
    """Add the language to those that Vigie speaks, by its catalogue alone; gives its name."""
    made = Catalog(locale=PSEUDO)
    for found in texts_found():
        if found.id:
            texts = [bracketed(text) for text in ([found.id] if isinstance(found.id, str) else found.id)]
            made.add(found.id, tuple(texts) if len(texts) > 1 else texts[0])
    path = folder / PSEUDO / "LC_MESSAGES" / "vigie.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, made)
    for language in config.languages.LANGUAGES:
        if language != "en":
            shutil.copytree(config.languages.CATALOGUES / language, folder / language)
    monkeypatch.setattr(config.languages, "CATALOGUES", folder)
    monkeypatch.setattr(translating, "CATALOGUES", folder)
    before, spoken = config.languages.LANGUAGES, (*config.languages.LANGUAGES, PSEUDO)
    for module in list(sys.modules.values()):
        if getattr(module, "LANGUAGES", None) == before:
            monkeypatch.setattr(module, "LANGUAGES", spoken)
    translating.translator_for.cache_clear()
    return PSEUDO


def in_pseudo(loaded: LoadedPlan) -> LoadedPlan:
    """The plan in that language, and everyone in it."""
    plan = loaded.plan
    people = {id: one.model_copy(update={"language": PSEUDO}) for id, one in plan.people.items()}
    return replace(loaded, plan=plan.model_copy(update={"language": PSEUDO, "people": people}))


def untranslated(text: str, names: Iterable[str] = ()) -> list[str]:
    """The words shown outside the brackets, but for the names given and what Babel writes of days and months."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    while _WRAPPED.search(text):
        text = _WRAPPED.sub(" ", text)
    locale = Locale.parse(PSEUDO)
    known = {word for shape in ("wide", "abbreviated") for word in locale.months["format"][shape].values()}
    known |= set(locale.days["format"]["wide"].values())
    known |= set(
        _WORD.findall(" ".join(str(pattern) for style in locale.list_patterns.values() for pattern in style.values()))
    )
    return [word for word in _WORD.findall(text) if word not in known]

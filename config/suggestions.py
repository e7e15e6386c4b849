"""The word that is meant by one that is not valid: known by another name, or misspelt. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache

from config.message import Message, message
from config.words import WORDS

FEW = 12  # valid words that are all listed where none is like what was written


def nearest(word: str, words: Iterable[str]) -> Message | str:
    """What to put behind a sentence about a word that is not valid: the right one, or all if they are few."""
    valid = sorted(set(words))
    if known := meant(word, valid):
        return message(": write '{word}'", word=known)
    if close := _like(word, valid):
        return message("; did you mean '{word}'?", word=close)
    return message("; it can be {words}", words=", ".join(valid)) if 0 < len(valid) <= FEW else ""


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """The valid word that another one, misspelt or shortened, is meant to be; None where none is near."""
    valid = sorted(set(words))
    return meant(word, valid) or _like(word, valid)


def meant(word: str, words: Iterable[str]) -> str | None:
    """The valid word that is called so in French, or in another way; None where that is not known."""
    valid, plain = list(words), plain_word(word)
    if not plain:
        return None
    same = [known for known in valid if plain_word(known) == plain]
    return next((known for known in (*same, *other_words().get(plain, ())) if known in valid), None)


@cache
def other_words() -> Mapping[str, tuple[str, ...]]:
    """Plain spelling -> the words it may stand for, those meant first at the front."""
    found: dict[str, tuple[str, ...]] = {}
    for word, others in WORDS.items():
        for other in map(plain_word, others.split(", ")):
            found[other] = (*found.get(other, ()), word)
    return found


@lru_cache(4096)
def plain_word(text: str) -> str:
    """Without case, accents and signs, so that ``Objectifs_chiffrés`` is ``objectifs chiffres``; signs alone stay."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    letters = "".join(character for character in bare if not unicodedata.combining(character))
    return re.sub(r"[\W_]+", " ", letters).strip() or text.strip()


def _like(word: str, valid: list[str]) -> str | None:
    longer = [known for known in valid if len(word) >= 3 and known.startswith(word)]
    return next(iter(get_close_matches(word, valid, n=1, cutoff=0.6) or longer), None)

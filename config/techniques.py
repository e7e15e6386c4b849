"""The techniques that Vigie knows, and the KPIs that say whether one works. Pure once its file is read."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from config.fields import OURS, Id, LocalText, Model
from config.loading.yaml import parse_yaml


class Technique(Model):
    """A means, under the words by which plans name it."""

    name: LocalText
    words: tuple[str, ...]
    kpis: tuple[Id, ...]


@cache
def techniques() -> dict[str, Technique]:
    """Every technique that Vigie knows, by id."""
    text = files("config").joinpath("techniques.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Technique]).validate_python(parse_yaml(text, "techniques.yaml").value, context=OURS)


def technique_of(word: str) -> str | None:
    """The technique a plan means by a word of its own; None where Vigie knows none of that name."""
    plain = re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", word.casefold()))
    return next((id for id, one in techniques().items() if plain in one.words), None)

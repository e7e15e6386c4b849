"""A file with its keys put right: misspelt, French or badly indented ones are told, and read as what is meant.

So that all that stands below such a key is looked at too, and nothing is called missing that is there. Pure.
"""

import re
from typing import Any

from pydantic import BaseModel

from config.errors import Problem
from config.loading.document import Document, Place
from config.loading.model_keys import ModelKeys, keys_of
from config.loading.yaml import parse_yaml
from config.loading.yaml_mistakes import space_after
from config.message import Message, marked, message
from config.suggestions import nearest, nearest_word


def respelled(model: type[BaseModel], value: Any, document: Document, problems: list[Problem], at: Place = ()) -> Any:
    """The value that stands at a place of a file, its keys put right; the file then knows the lines of those too."""
    return _Speller(document, problems).walk(value, keys_of(model), at, at)


class _Speller:
    """Walks through a value beside its model. A part has an old place, in the file, and a new one."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems

    def walk(self, value: Any, keys: ModelKeys, old: Place, new: Place) -> Any:
        if old != new:
            self.document.lines[new] = self.document.line(old)
        if isinstance(value, list):
            return [self.walk(item, keys.inside(n), (*old, n), (*new, n)) for n, item in enumerate(value)]
        return self.mapping(value, keys, old, new) if isinstance(value, dict) else value

    def mapping(self, value: dict[str, Any], keys: ModelKeys, old: Place, new: Place) -> dict[str, Any]:
        names = keys.names
        found: dict[str, Any] = {}
        section = ""  # the last key, where nothing stands below it: what follows may belong there
        for key, child in value.items():
            place = (*old, key)
            if key in names or not names:
                found[key] = self.walk(child, keys.inside(key), place, (*new, key))
                section = key if child is None else ""
            elif section and _belongs(key, child, keys.inside(section)):
                if found[section] is None:
                    self.tell(place, message("indent this line: it belongs below '{section}'", section=section))
                inner = self.walk(child, keys.inside(section).inside(key), place, (*new, section, key))
                found[section] = {**(found[section] or {}), key: inner}
            elif child is None and not _stuck(key, names) and self.follows_comma(place):
                form = marked("'{key}' has no value: if it belongs to the text before the comma, put that in quotes")
                self.tell(place, message(form, key=key))
            elif (meant := _meant(key, names)) is None:  # told with all the others that mean nothing
                found[key] = self.walk(child, keys.inside(key), place, (*new, key))
            elif meant in value or meant in found:
                form = marked("unknown key '{key}', and '{other}' is there already: remove one of them")
                self.tell(place, message(form, key=key, other=meant))
            else:
                self.tell(place, _unknown(key, names))
                found[meant] = self.walk(_behind_colon(key, child), keys.inside(meant), place, (*new, meant))
        return found

    def follows_comma(self, place: Place) -> bool:
        """Whether a key stands in { } as if it were the rest of a text with a comma."""
        return bool(re.search(rf",\s*{re.escape(str(place[-1]))}\s*[,}}]", self.document.text_at(place)))

    def tell(self, place: Place, what: Message) -> None:
        self.problems.append(self.document.problem(place, what))


def _belongs(key: str, child: Any, section: ModelKeys) -> bool:
    """Whether a key may stand below a section: one of its own, or an id with keys below it."""
    return key in section.names or (section.takes_ids and isinstance(child, dict))


def _meant(key: str, names: list[str]) -> str | None:
    return _stuck(key, names) or nearest_word(key, names)


def _stuck(key: str, names: list[str]) -> str | None:
    """The key of ``amount:500``, which YAML takes for a key as a whole."""
    word, colon, _ = key.partition(":")
    return word if colon and word in names else None


def _unknown(key: str, names: list[str]) -> Message:
    if stuck := _stuck(key, names):
        return space_after(stuck)
    return message("unknown key '{key}'{hint}", key=key, hint=nearest(key, names))


def _behind_colon(key: str, child: Any) -> Any:
    """The value of a key; of one written as ``amount:500``, what stands behind the colon."""
    _, colon, rest = key.partition(":")
    return parse_yaml(rest, "").value if colon and child is None else child

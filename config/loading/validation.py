"""A file's value -> a model, its mistakes turned into problems with a line and the nearest valid word."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import Problem
from config.fields import FORMS
from config.loading.document import Document, Place

M = TypeVar("M", bound=BaseModel)

_SAYINGS = {
    "missing": "is missing",
    "string_type": "should be text: put a number in quotes",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "dict_type": "should hold keys, each with its value",
    "model_type": "should hold keys, each with its value",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "too_short": "should not be empty",
}


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """The valid word that a misspelt or shortened one is most like; None where none is near."""
    valid = sorted(set(words))
    longer = [known for known in valid if len(word) >= 3 and known.startswith(word)]
    return next(iter(get_close_matches(word, valid, n=1, cutoff=0.6) or longer), None)


def nearest(word: str, words: Iterable[str]) -> str:
    """A suggestion for a misspelt word, to put behind a sentence: the nearest valid one, or all if few."""
    valid = sorted(set(words))
    if close := nearest_word(word, valid):
        return f"; did you mean '{close}'?"
    return f"; it can be {', '.join(valid)}" if 0 < len(valid) <= 12 else ""


def validated(model: type[M], value: Any, document: Document, problems: list[Problem], at: Place = ()) -> M | None:
    """The value as a model; None, with its problems added to the list, where it is not one."""
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += (_problem(model, mistake, document, at) for mistake in error.errors())
        return None


def in_file(place: Place) -> Place:
    """A place as the file has it: without the forms that a value may take."""
    return tuple(part for part in place if part not in FORMS)


def _problem(model: type[BaseModel], mistake: ErrorDetails, document: Document, at: Place) -> Problem:
    where = in_file(mistake["loc"])
    is_key = where[-1:] == ("[key]",)
    inner = where[:-1] if is_key else where
    place = (*at, *inner)
    name = _spelled(place) or "the file"
    match mistake["type"]:
        case "extra_forbidden":
            valid = keys_at(model, inner[:-1])
            message = f"unknown key '{inner[-1]}'{nearest(str(inner[-1]), valid)}"
        case "enum" | "literal_error":
            expected = str(mistake.get("ctx", {}).get("expected", "")).replace(" or ", ", ")
            words = [word.strip(" '") for word in expected.split(",")]
            message = f"{name}: '{mistake['input']}' is not known{nearest(str(mistake['input']), words)}"
        case "value_error":
            message = f"{name}: {mistake['ctx']['error']}"
        case "greater_than_equal":
            message = f"{name} should be at least {mistake['ctx']['ge']}"
        case "less_than_equal":
            message = f"{name} should be at most {mistake['ctx']['le']}"
        case kind:
            message = f"{name} {_SAYINGS[kind]}" if kind in _SAYINGS else f"{name}: {mistake['msg'].lower()}"
    return document.problem(place, message)


def _spelled(place: Iterable[str | int]) -> str:
    """``actions.spring.targets[2].at_least``, counted from 1 as people do."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys valid at a place inside a model."""
    schema = _schema(model)
    definitions = schema.get("$defs", {})
    for part in place:
        schema = next(iter(_inside(schema, part, definitions)), {})
    return [key for option in _options(schema, definitions) for key in option.get("properties", {})]


def _options(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    nested = [option for branch in ("anyOf", "allOf", "oneOf") for option in schema.get(branch, ())]
    return [schema, *(found for option in nested for found in _options(option, definitions))]


def _inside(schema: Mapping[str, Any], part: str | int, definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = []
    for option in _options(schema, definitions):
        child = option.get("items") if isinstance(part, int) else option.get("properties", {}).get(part)
        child = child or (None if isinstance(part, int) else option.get("additionalProperties"))
        if isinstance(child, Mapping):
            found.append(child)
    return found

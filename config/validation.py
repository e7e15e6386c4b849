"""A file's value -> a model, its mistakes turned into problems with a line and the nearest valid word."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import Problem
from config.yaml_file import Document, Place

M = TypeVar("M", bound=BaseModel)

_SAYINGS = {
    "missing": "is missing",
    "string_type": "should be text",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "dict_type": "should hold keys, each with its value",
    "model_type": "should hold keys, each with its value",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
}


def nearest(word: str, words: Iterable[str]) -> str:
    """A suggestion for a misspelt word, to put behind a sentence: the nearest valid ones, or all if few."""
    valid = sorted(set(words))
    close = get_close_matches(word, valid, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; it can be {', '.join(valid)}" if 0 < len(valid) <= 12 else ""


def validated(model: type[M], value: Any, document: Document, problems: list[Problem], at: Place = ()) -> M | None:
    """The value as a model; None, with its problems added to the list, where it is not one."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems += (_problem(model, mistake, document, at) for mistake in error.errors())
        return None


def sound_part(model: type[M], value: Mapping[str, Any], sections: Iterable[str], spare: Mapping[str, Any]) -> M | None:
    """What is left of a faulty value without its faulty entries, so that the rest can be looked at too.

    ``sections`` hold entries by id; a fault elsewhere takes its whole key, for which ``spare`` may have a value.
    """
    left = dict(value)
    try:
        return model.model_validate(left)
    except ValidationError as error:
        for place in (mistake["loc"] for mistake in error.errors()):
            section, entry = str(place[0] if place else ""), place[1:2]
            inner = left.get(section)
            if section in sections and entry and isinstance(inner, dict):
                left[section] = {key: child for key, child in inner.items() if key != entry[0]}
            else:
                left.pop(section, None)
    try:
        return model.model_validate({**spare, **left})
    except ValidationError:
        return None


def _problem(model: type[BaseModel], mistake: ErrorDetails, document: Document, at: Place) -> Problem:
    is_key = mistake["loc"][-1:] == ("[key]",)
    inner = mistake["loc"][:-1] if is_key else mistake["loc"]
    place = (*at, *inner)
    name = _spelled(place) or "the file"
    match mistake["type"]:
        case "extra_forbidden":
            valid = _keys(model, inner[:-1])
            message = f"unknown key '{inner[-1]}'{nearest(str(inner[-1]), valid)}"
        case "enum" | "literal_error":
            expected = str(mistake.get("ctx", {}).get("expected", "")).replace(" or ", ", ")
            words = [word.strip(" '") for word in expected.split(",")]
            message = f"{name}: '{mistake['input']}' is not known{nearest(str(mistake['input']), words)}"
        case "value_error":
            message = f"{name}: {mistake['ctx']['error']}"
        case "missing":
            message = f"{name} is missing"
        case kind:
            message = f"{name} {_SAYINGS[kind]}" if kind in _SAYINGS else f"{name}: {mistake['msg'].lower()}"
    return document.problem(place, message)


def _spelled(place: Iterable[str | int]) -> str:
    """``actions.spring.targets[2].at_least``, counted from 1 as people do."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _keys(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The keys valid at a place inside a model."""
    schema: Mapping[str, Any] = model.model_json_schema()
    definitions = schema.get("$defs", {})
    for part in place:
        schema = next(iter(_inside(schema, part, definitions)), {})
    return [key for option in _options(schema, definitions) for key in option.get("properties", {})]


def _options(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    nested = [option for branch in ("anyOf", "allOf") for option in schema.get(branch, ())]
    return [schema, *(found for option in nested for found in _options(option, definitions))]


def _inside(schema: Mapping[str, Any], part: str | int, definitions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = []
    for option in _options(schema, definitions):
        child = option.get("items") if isinstance(part, int) else option.get("properties", {}).get(part)
        child = child or (None if isinstance(part, int) else option.get("additionalProperties"))
        if isinstance(child, Mapping):
            found.append(child)
    return found

"""A file's value -> a model, its mistakes turned into problems: where, what is wrong, and what to write."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import Mistake, Problem
from config.fields import FORMS
from config.loading.document import Document, Place
from config.loading.model_keys import keys_at
from config.loading.yaml_mistakes import TYPOGRAPHIC, space_after
from config.message import Message, marked, message
from config.spelling import is_in_curly_quotes
from config.suggestions import meant, nearest

M = TypeVar("M", bound=BaseModel)

_WHOLE_NUMBER = marked("{key} must be a whole number")
_LIST = marked("{key} must be a list: put it in [ ], or begin each entry with '- '")
_SAYINGS = {
    "string_type": marked("{key} must be text: put the value in quotes"),
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "bool_type": marked("{key} must be true or false"),
    "bool_parsing": marked("{key} must be true or false"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_short": marked("{key} must not be empty"),
    "string_pattern_mismatch": marked("{key} does not have the right form"),
}
#: What may be written at keys that every file must have.
_EXAMPLES = {
    "amount": "500",
    "currency": "EUR",
    "email": "claire@shop.example",
    "ends": "2026-06-30",
    "formula": "revenue / spend",
    "kpi": "revenue",
    "name": "Spring newsletter",
    "on": "2026-03-01",
    "plan": "Spring 2026",
    "starts": "2026-03-01",
    "timezone": "Europe/Paris",
    "unit": "money",
    "what": "layout",
}
#: What may be written where keys are wanted: at a key, or below it.
_GROUPS: dict[str | int, str] = {
    "actions": "{name: Spring newsletter}",
    "budget": "{amount: 500, per: month}",
    "budgets": "{name: Search ads, amount: 5000}",
    "costs": "{on: 2026-03-01, amount: 180, what: layout}",
    "events": "{name: Sales, from: 2026-06-24, to: 2026-07-21}",
    "kpis": "{formula: revenue / spend, unit: ratio, name: Return}",
    "objectives": "{name: Grow online sales}",
    "people": "{name: Claire, email: claire@shop.example}",
    "rates": "QAR: 0.25",
    "targets": "{kpi: orders, at_least: 100}",
    "tracked_by": "{campaign: spring-*}",
    "when": "{from: 2026-03-01, to: 2026-03-31}",
}
_BY_ID = ("actions", "budgets", "kpis", "objectives", "people")


def validated(model: type[M], value: Any, document: Document, problems: list[Problem], at: Place = ()) -> M | None:
    """The value as a model; None, with its problems added to the list, where it is not one."""
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        problems += (_problem(model, mistake, document, at) for mistake in error.errors())
        return None


def accepted(model: type[M], value: Any) -> M | None:
    """The value as a model; None, without a word on why, where it is not one."""
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError:
        return None


def in_file(place: Place) -> Place:
    """A place as the file has it: without the forms that a value may take."""
    return tuple(part for part in place if part not in FORMS)


def _problem(model: type[BaseModel], mistake: ErrorDetails, document: Document, at: Place) -> Problem:
    where = in_file(mistake["loc"])
    inner = where[:-1] if where[-1:] == ("[key]",) else where
    place = (*at, *inner)
    if mistake["type"] == "extra_forbidden":
        key = str(inner[-1])
        what = message("unknown key '{key}'{hint}", key=key, hint=nearest(key, keys_at(model, inner[:-1])))
        return document.problem(place, what)
    error = mistake.get("ctx", {}).get("error")
    if isinstance(error, Mistake) and (*place, error.key) in document.lines:
        place = (*place, error.key)
    return document.problem(place, _told(mistake, place, document))


def _told(mistake: ErrorDetails, place: Place, document: Document) -> Message:
    key, value, context = _spelled(place), mistake["input"], mistake.get("ctx", {})
    if isinstance(value, str) and is_in_curly_quotes(value):
        return message("{key}: {problem}", key=key, problem=TYPOGRAPHIC)
    match mistake["type"]:
        case "missing":
            return _missing(place)
        case "enum" | "literal_error":
            words = [word.strip(" '") for word in str(context.get("expected", "")).replace(" or ", ", ").split(",")]
            if value is not None:
                hint = nearest(str(value), words)
                return message("{key}: '{value}' is not valid here{hint}", key=key, value=value, hint=hint)
        case "value_error":
            error = context["error"]
            why = error.message if isinstance(error, Mistake) else str(error)
            return message("{key}: {problem}", key=key, problem=why) if key else message("{problem}", problem=why)
        case "greater_than_equal":
            return message("{key} must be at least {limit}", key=key, limit=context["ge"])
        case "too_long":
            return message("{key} has too many entries: at most {limit}", key=key, limit=context["max_length"])
        case "less_than_equal":
            return message("{key} must be at most {limit}", key=key, limit=context["le"])
    return _of_another_type(mistake, place, value, document.text_at(place))


def _missing(place: Place) -> Message:
    key, last = _spelled(place), place[-1]
    if isinstance(last, int):
        return message("{key} needs two values: write [lowest, highest]", key=_spelled(place[:-1]))
    if last not in _EXAMPLES:
        return message("{key} is missing", key=key)
    return message("{key} is missing: add it, such as {example}", key=key, example=f"{last}: {_EXAMPLES[last]}")


def _of_another_type(mistake: ErrorDetails, place: Place, value: Any, line: str) -> Message:
    """What is told of a list where keys are wanted, of a text where a number is, and the like."""
    kind, key = mistake["type"], _spelled(place)
    if value is None:
        return _empty(key, line)
    if kind in ("dict_type", "model_type"):
        return _no_keys(place, value)
    if kind in ("tuple_type", "list_type") and str(value).startswith("-"):
        return message("{key}: a space is missing after each dash", key=key)
    if kind == "string_type" and isinstance(value, (list, dict)):
        return message("{key} must be a single text: put it in quotes if it contains a colon, [ or {", key=key)
    if kind in ("bool_type", "bool_parsing") and (word := meant(str(value), ["true", "false"])):
        return message("{key} must be true or false: write {word}", key=key, word=word)
    if kind in _SAYINGS:
        return Message(_SAYINGS[kind], (("key", key),))
    return message("{key}: {problem}", key=key, problem=mistake["msg"].lower())


def _empty(key: str, line: str) -> Message:
    if re.search(r":\s+#", line):
        return message("{key} is empty, as what follows # is a comment: put the value in quotes", key=key)
    return message("{key} is empty: give it a value, or remove the line", key=key)


def _no_keys(place: Place, value: Any) -> Message:
    key = _spelled(place)
    if isinstance(value, list):
        return message("{key} must hold keys, not a list: write 'key: value' without dashes", key=key)
    if stuck := re.match(r"([^\W\d]\w*):\S", str(value)):
        return message("{key}: {problem}", key=key, problem=space_after(stuck[1]))
    example = next((_GROUPS[part] for part in reversed(place[-2:]) if part in _GROUPS), None)
    if example is None:
        return message("{key} must hold keys, each with its value", key=key)
    example = f"some-id: {example}" if place[-1] in _BY_ID else example
    return message("{key} must hold keys, each with its value, such as {example}", key=key, example=example)


def _spelled(place: Iterable[str | int]) -> str:
    """``actions.spring.targets[2].at_least``, counted from 1 as people do."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text

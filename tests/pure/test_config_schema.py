"""The JSON Schemas for editors: current, and as strict as they can be without refusing what Vigie takes."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import config
from config.loading.json_schema import WORDS, schemas
from config.loading.yaml import parse_yaml
from connectors.registry import OptionModels

ROOT = Path(config.__file__).parent
WRITE = "VIGIE_WRITE_SCHEMA"
WRITING = os.environ.get(WRITE) == "1"  # asked before the fixture that clears VIGIE_* does its work
NAMES = ("plan", "sources", "vigie")


@cache
def generated() -> dict[str, dict[str, Any]]:
    """The schemas for the connectors that ship with Vigie, without those that somebody else installed."""
    shipped = {id: model for id, model in OptionModels().items() if model.__module__.startswith("connectors.")}
    return schemas(shipped)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_in_the_repository_is_what_the_models_give(name: str) -> None:
    path = ROOT / "schema" / f"{name}.schema.json"
    text = json.dumps(generated()[name], indent=2, ensure_ascii=False) + "\n"
    if WRITING:
        path.write_text(text, encoding="utf-8")
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    if written != text:
        pytest.fail(f"config/schema/{path.name} is out of date: run this test with {WRITE}=1 to write it again")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_says_what_it_is(name: str) -> None:
    schema = generated()[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://vigie.example/schema/{name}.schema.json"
    assert schema["title"]


# A checker of just the words that our schemas use; any other word makes it fail

ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default", "examples", "format"}
KINDS: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, (int, Decimal)) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
LIMITS: Mapping[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, limit: not KINDS["number"](value) or value >= limit,
    "maximum": lambda value, limit: not KINDS["number"](value) or value <= limit,
    "exclusiveMinimum": lambda value, limit: not KINDS["number"](value) or value > limit,
    "minLength": lambda value, limit: not isinstance(value, str) or len(value) >= limit,
    "maxLength": lambda value, limit: not isinstance(value, str) or len(value) <= limit,
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
    "minItems": lambda value, limit: not isinstance(value, list) or len(value) >= limit,
    "maxItems": lambda value, limit: not isinstance(value, list) or len(value) <= limit,
    "minProperties": lambda value, limit: not isinstance(value, dict) or len(value) >= limit,
    "maxProperties": lambda value, limit: not isinstance(value, dict) or len(value) <= limit,
    "required": lambda value, keys: not isinstance(value, dict) or set(keys) <= set(value),
    "enum": lambda value, words: value in words,
    "const": lambda value, word: value == word,
}


def faults(value: Any, schema: Any, whole: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """The places where a value is not as its schema says."""
    if schema is False:
        yield at
        return
    for word, says in ({} if schema is True else schema).items():
        match word:
            case "$ref":
                yield from faults(value, whole["$defs"][says.removeprefix("#/$defs/")], whole, at)
            case "type":
                if not any(KINDS[kind](value) for kind in ([says] if isinstance(says, str) else says)):
                    yield at
            case "anyOf":
                if all(fails(value, option, whole) for option in says):
                    yield at
            case "oneOf":
                if sum(not fails(value, option, whole) for option in says) != 1:
                    yield at
            case "properties" | "patternProperties" | "additionalProperties" | "items" | "prefixItems":
                pass  # together, below
            case _ if word in LIMITS:
                if not LIMITS[word](value, says):
                    yield at
            case _ if word not in ANNOTATIONS:
                raise AssertionError(f"a schema says '{word}', which this checker does not know")
    if isinstance(schema, dict):
        for key, child, inner in children(value, schema):
            yield from faults(child, inner, whole, f"{at}/{key}")


def fails(value: Any, schema: Any, whole: Mapping[str, Any]) -> bool:
    return next(faults(value, schema, whole), None) is not None


def children(value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The parts of a value, each with the schema it is held against."""
    if isinstance(value, dict):
        named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        for key, child in value.items():
            fitting = [inner for pattern, inner in patterns.items() if re.search(pattern, key)]
            others = [] if key in named or fitting else [schema.get("additionalProperties", True)]
            for inner in ([named[key]] if key in named else []) + fitting + others:
                yield key, child, inner
    elif isinstance(value, list):
        first = schema.get("prefixItems", [])
        for place, child in enumerate(value):
            yield str(place), child, first[place] if place < len(first) else schema.get("items", True)


def refused(name: str, text: str) -> bool:
    document = parse_yaml(text, name)
    assert document.problems == ()
    schema = generated()[name]
    return fails({} if document.value is None else document.value, schema, schema)


# What Vigie takes, the schemas take

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: str(path.relative_to(EXAMPLES)))
def test_an_example_is_as_its_schema_says(path: Path) -> None:
    assert not refused(path.stem, path.read_text(encoding="utf-8"))


HEAD = "plan: P\ncurrency: EUR\ntimezone: UTC\nstarts: 2026-01-01\nends: 2026-12-31\n"


@pytest.mark.parametrize(
    "text",
    [
        "budget: 25000",
        "budget: {amount: 10.50, per: month}",
        "margin: 40%",
        "margin: 0.4",
        "people: {a: {name: A, email: a@x.example, language: fr, deputy: b}}",
        "actions: {a: {name: A}}",
        "actions: {a: {name: A, when: {every: week, on: monday, lasts: 3 days}}}",
        "actions: {a: {name: A, when: {every: 2 months, on: 31}}}",
        "actions: {a: {name: A, tracked_by: {campaign: [a, 'b*'], medium: email}}}",
        "actions: {a: {name: A, tracked_by: [{coupon: X}, {keyword: linen}]}}",
        "actions: {a: {name: A, costs: [{on: 2026-03-01, amount: 5, what: x, state: planned}]}}",
        "actions: {a: {name: A, targets: [{kpi: revenue, at_least: {2026-03: 20000, 2026-04: 30000.50}}]}}",
        "actions: {a: {name: A, targets: [{kpi: conversion_rate, between: [2%, 0.03], per: month}]}}",
        "objectives: {o: {name: O, targets: [{kpi: traffic_sources, for: Email, at_most: 20 %, by: 2026-06-30}]}}",
        "kpis: {k: {formula: [revenue / spend, clicks], unit: ratio, better: higher, by: channel, name: K}}",
        "kpis: {k: {formula: orders, unit: count, name: {en: K, fr: K}, help: Words, always: false}}",
        "authority: {revenue: web, orders: [a, b]}",
        "people: {}\nactions: {}\nlead:\nbudget:\n",
    ],
)
def test_what_a_plan_may_say_is_as_its_schema_says(text: str) -> None:
    assert not refused("plan", HEAD + text)


@pytest.mark.parametrize(
    "text",
    [
        "web: {connector: csv_file, path: a.csv}",
        "web: {connector: csv_file, path: a.csv, delimiter: ';', decimal: ',', columns: {Datum: day}, ignore: [notes]}",
        "web: {connector: csv_file, path: a.csv, every: 6 hours, kind: shop, lookback: 3, measures: {demos: count}}",
        "web: {connector: csv_file, path: a.csv, covers: {from: 2026-01-01}, responsible: lead}",
        "db: {connector: sql, url: 'sqlite:///a.db', password: {env: KEY}, query: 'SELECT :since, :until'}",
        "a: {connector: simulated, figures: web}\nb: {connector: csv_file, path: b.csv}",
        "",
    ],
)
def test_what_sources_may_say_is_as_their_schema_says(text: str) -> None:
    assert not refused("sources", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "database: postgresql+psycopg://vigie@localhost/vigie",
        "mail: {host: x, port: 25, security: none, from: Vigie <v@x.example>}",
        "mail: {host: x, username: v, password: {command: [pass, show, smtp]}}",
        "limits: {origins_per_day: 1000}",
    ],
)
def test_what_settings_may_say_is_as_their_schema_says(text: str) -> None:
    assert not refused("vigie", text)


# And what an editor should underline, they refuse


@pytest.mark.parametrize(
    "text",
    [
        "langage: en",
        "language: de",
        "margin: forty",
        "budget: {amount: -5}",
        "budget: {amount: 5, per: fortnight}",
        "actions: {a: {nam: A}}",
        "actions: {a: {name: A, responsable: lead}}",
        "actions: {a: {name: A, when: {evry: month}}}",
        "actions: {a: {name: A, when: {every: month, on: 400}}}",
        "actions: {a: {name: A, when: {every: week, on: mon}}}",
        "actions: {a: {name: A, tracked_by: {campain: x}}}",
        "actions: {a: {name: A, tracked_by: {}}}",
        "actions: {a: {name: A, costs: [{on: 2026-03-01, amount: 5, what: x, state: payed}]}}",
        "actions: {a: {name: A, targets: [{kpi: orders}]}}",
        "actions: {a: {name: A, targets: [{kpi: orders, at_least: 1, at_most: 2}]}}",
        "actions: {a: {name: A, targets: [{kpi: orders, at_least: many}]}}",
        "actions: {a: {name: A, targets: [{kpi: orders, at_least: {March: 5}}]}}",
        "actions: {a: {name: A, targets: [{kpi: orders, between: [1]}]}}",
        "kpis: {k: {formula: [], unit: ratio, name: K}}",
        "kpis: {k: {formula: a, unit: euros, name: K}}",
        "people: [lead]",
        "people: {a: {name: A}}",
    ],
)
def test_a_slip_in_a_plan_is_underlined(text: str) -> None:
    assert refused("plan", HEAD + text)


@pytest.mark.parametrize("key", ["plan", "currency", "timezone", "starts", "ends"])
def test_a_plan_that_lacks_what_it_must_say_is_underlined(key: str) -> None:
    assert refused("plan", "\n".join(line for line in HEAD.splitlines() if not line.startswith(f"{key}:")))


@pytest.mark.parametrize(
    "text",
    [
        "web: {path: a.csv}",
        "web: {connector: csv, path: a.csv}",
        "web: {connector: csv_file}",
        "web: {connector: csv_file, path: a.csv, delimeter: ';'}",
        "web: {connector: simulated, path: a.csv, figures: web}",  # an option of another connector
        "web: {connector: csv_file, path: a.csv, kind: shopp}",
        "db: {connector: sql, url: 'sqlite:///a.db', password: hunter2, query: 'SELECT :since, :until'}",
        "db: {connector: sql, url: 'sqlite:///a.db', password: {env: A, file: b}, query: 'SELECT :since, :until'}",
        "web: csv_file",
    ],
)
def test_a_slip_in_the_sources_is_underlined(text: str) -> None:
    assert refused("sources", text)


@pytest.mark.parametrize(
    "text",
    [
        "databse: x",
        "folder: outbox/",
        "mail: {host: x, security: ssl}",
        "mail: {host: x, password: hunter2}",
        "mail: x",
    ],
)
def test_a_slip_in_the_settings_is_underlined(text: str) -> None:
    assert refused("vigie", text)


# Words


def test_an_editor_offers_the_kpis_that_ship_with_vigie() -> None:
    offered = generated()["plan"]["$defs"]["Target"]["properties"]["kpi"]["examples"]
    assert {"roi", "revenue", "search_position"} <= set(offered)


def test_an_editor_offers_the_connectors() -> None:
    offered = [option["$ref"].rpartition("/")[2] for option in generated()["sources"]["additionalProperties"]["anyOf"]]
    assert {"csv_file", "sql"} <= set(offered)
    assert offered == sorted(offered)


def test_every_word_on_a_key_reaches_the_editor() -> None:
    shown = json.dumps(generated(), ensure_ascii=False)
    assert all(json.dumps(text, ensure_ascii=False) in shown for keys in WORDS.values() for text in keys.values())


def test_nothing_that_an_editor_would_write_out_in_full_is_a_default() -> None:
    assert '"default": {' not in json.dumps(generated())
    assert '"default": [' not in json.dumps(generated())
    assert '"default": null' not in json.dumps(generated())

"""The JSON Schemas that editors use to complete and check ``plan.yaml``, ``sources.yaml`` and ``vigie.yaml``. Pure.

They accept whatever Vigie accepts; ``vigie check`` finds more. The files in ``schema/`` are what this gives for the
connectors that ship with Vigie.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from config.catalogue import catalogue
from config.plan import Plan
from config.settings import Settings
from config.sources import SourceEntry

_ADDRESS = "https://vigie.example/schema/{}.schema.json"
_EVERY_SOURCE = "SourceEntry"

#: What an editor says of a key: model -> key -> words. ``SourceEntry`` stands for what every source may say.
WORDS: Mapping[str, Mapping[str, str]] = {
    "Plan": {
        "plan": "The plan's name, for people.",
        "currency": "The currency of its budgets and reports, in three letters.",
        "timezone": "Where its days begin and end, as Europe/Paris.",
        "language": "Of its reports and mails, where a person has none of their own.",
        "starts": "Its first day.",
        "ends": "Its last day, included.",
        "budget": "What the team may spend in all, or per period.",
        "budgets": "Budgets that several actions spend from, by id.",
        "margin": "Share of the revenue left after making the goods, for net profit.",
        "rates": "What one unit of another currency is worth in the plan's own: at all times, or from a day on.",
        "lead": "Who is told about the plan as a whole; else the person called lead.",
        "people": "Who can be responsible, by id.",
        "objectives": "Why, by id.",
        "actions": "What is done, by id.",
        "kpis": "KPIs of the plan's own, by id, beside those that ship with Vigie.",
        "authority": "Which source speaks for a measure, where the usual one should not.",
        "judging": "What is worth an alert.",
        "events": "Days that tell nothing of other days: sales, holidays, a frozen site.",
    },
    "Person": {
        "deputy": "Who is told when this person does not react.",
        "mails": "When mail is welcome: weekdays at 08:00, unless given.",
        "timezone": "The plan's, unless given.",
        "channel": "A channel of vigie.yaml through which this person is told as well.",
    },
    "Judging": {
        "material": "Gaps smaller than this share of the target are no news before the period ends; 5% unless given.",
        "strict": "Tell only what may be looked at every day for ever without a false alarm; later, and less often.",
    },
    "Event": {
        "on": "Its day.",
        "from": "Its first day.",
        "to": "Its last day, included.",
        "expect": "What such a day brings, as a share of an ordinary one: 200% for a sale, 0% for a frozen site.",
    },
    "Action": {
        "techniques": "By which means: email, seo, search-ads, …",
        "objectives": "The ids of the objectives it serves.",
        "responsible": "The id of the person who is told.",
        "when": "The plan's whole time, unless given.",
        "budget": "What it may cost in all, or per period.",
        "costs": "Money that no source sees.",
        "tracked_by": "How its figures are recognised: any one of these rules.",
        "targets": "What it must achieve.",
    },
    "Objective": {
        "responsible": "The id of the person who is told.",
        "tracked_by": "Leave it out for the figures of the whole plan.",
        "targets": "What must be achieved.",
    },
    "When": {
        "from": "First day.",
        "to": "Last day, included. Leave it out for an action that goes on.",
        "every": "For a recurring action: how often it comes round.",
        "on": "The day of the week, month, quarter or year on which a turn begins.",
        "lasts": "How long a turn is; else up to the next one.",
    },
    "Budget": {
        "amount": "In the plan's currency.",
        "per": "The period it is for; total unless given.",
        "rollover": "Whether what is left of a period is added to the next.",
    },
    "SharedBudget": {
        "amount": "In the plan's currency.",
        "per": "The period it is for; total unless given.",
        "rollover": "Whether what is left of a period is added to the next.",
        "responsible": "The id of the person who is told.",
    },
    "BudgetShare": {"from": "The id of the shared budget it spends from."},
    "Cost": {
        "on": "The day it is spent on.",
        "amount": "In the plan's currency.",
        "state": "Unless given, paid up to today and committed after.",
    },
    "Target": {
        "kpi": "A KPI of Vigie's, of the plan's own, or a measure that a source declares.",
        "at_least": "The lowest good value; or one for each month, as {2026-03: 20000}.",
        "at_most": "The highest good value; or one for each month.",
        "between": "The lowest and the highest good value.",
        "for": "One value of the KPI's breakdown: a keyword, a channel.",
        "per": "The period it is judged on; the whole time unless given.",
        "by": "The day by which it must be reached.",
    },
    "Kpi": {
        "formula": "Over measures, as revenue / spend. Of several, the first whose measures some source provides.",
        "by": "The dimension it is also shown by.",
        "share": "Whether each value of that dimension is shown as a share of the total.",
        "always": "Whether it is shown without a target on it.",
    },
    _EVERY_SOURCE: {
        "connector": "What reads it.",
        "every": "How often it is read.",
        "responsible": "The id of the person who is told when it cannot be read.",
        "kind": "What sort of tool it is: that decides for which measures it speaks.",
        "lookback": "Days read again each time, because the source still changes them.",
        "measures": "Measures of its own, with their units.",
        "simulated": "Whether its figures are invented; they are marked so.",
    },
    "Settings": {
        "database": "Its URL: sqlite:///vigie.db, or postgresql+psycopg://user@host/name.",
        "mail": "How mail leaves.",
        "channels": "Addresses of Slack, Teams, a webhook, …, by id; each is a secret.",
        "limits": "Ceilings that keep a flood from filling the disk.",
        "ca": "A file of certificate authorities (PEM) to trust beside the public ones.",
    },
    "Mail": {
        "host": "The SMTP server.",
        "from": "The sender, as Vigie <vigie@shop.example>.",
        "folder": "Where .eml files are written instead of sending mails.",
    },
    "Secret": {
        "env": "The name of an environment variable.",
        "file": "The path of a file.",
        "command": "A program and its arguments.",
    },
}


def schemas(connectors: Mapping[str, type[SourceEntry]]) -> dict[str, dict[str, Any]]:
    """The schema of each file, by its name without the ending. ``connectors``: id -> the model of its options."""
    return {
        "plan": _of_model("plan", "A marketing action plan", Plan),
        "sources": _of_sources(connectors),
        "vigie": _of_model("vigie", "The settings of a Vigie deployment", Settings),
    }


class _Terse(GenerateJsonSchema):
    """Without the titles that only say a key again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _of_model(name: str, title: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_Terse)
    return _finished(name, title, schema)


def _of_sources(connectors: Mapping[str, type[SourceEntry]]) -> dict[str, Any]:
    models = {id: connectors[id] for id in sorted(connectors)}
    wanted = list(dict.fromkeys((model, "validation") for model in models.values()))
    references, together = models_json_schema(wanted, schema_generator=_Terse)  # type: ignore[arg-type]
    definitions = together.get("$defs", {})
    own = {id: references[model, "validation"]["$ref"].rpartition("/")[2] for id, model in models.items()}
    shared = {name: schema for name, schema in definitions.items() if name not in own.values()}
    entries = {id: _entry(id, definitions[name]) for id, name in own.items()}
    one_of_them = {"anyOf": [{"$ref": f"#/$defs/{id}"} for id in entries]}
    schema = {"type": "object", "additionalProperties": one_of_them, "$defs": {**shared, **entries}}
    return _finished("sources", "Where a plan's figures come from", schema)


def _entry(connector: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    schema = deepcopy(dict(definition))
    schema["title"] = connector
    schema["properties"]["connector"] = {"const": connector}
    _describe(schema, WORDS[_EVERY_SOURCE])
    return schema


def _finished(name: str, title: str, schema: dict[str, Any]) -> dict[str, Any]:
    for definition in (schema, *schema.get("$defs", {}).values()):
        _describe(definition, WORDS.get(definition.get("title", ""), {}))
    if "Target" in schema.get("$defs", {}):
        schema["$defs"]["Target"]["properties"]["kpi"]["examples"] = list(catalogue())
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": _ADDRESS.format(name), "title": title}
    return {**head, **_without_clutter(schema), **head}


def _describe(schema: dict[str, Any], words: Mapping[str, str]) -> None:
    for key, text in words.items():
        schema["properties"][key]["description"] = text


def _without_clutter(schema: dict[str, Any]) -> dict[str, Any]:
    """Without defaults that an editor would write out in full (nothing, mappings, lists), and with `code` marked so."""
    plain = {}
    for key, part in schema.items():
        if key == "default" and (part is None or isinstance(part, (dict, list))):
            continue
        plain[key] = part.replace("``", "`") if key == "description" else _part_without_clutter(key, part)
    return plain


def _part_without_clutter(key: str, part: Any) -> Any:
    if key in ("properties", "patternProperties", "$defs"):  # whose keys are names, "default" among them
        return {name: _without_clutter(inner) for name, inner in part.items()}
    if isinstance(part, dict):
        return _without_clutter(part)
    if isinstance(part, list):
        return [_without_clutter(inner) if isinstance(inner, dict) else inner for inner in part]
    return part

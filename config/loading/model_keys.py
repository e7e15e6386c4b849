"""Which keys are valid where in a file, by the JSON Schema of its model. Pure."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from config.loading.document import Place

Schema = Mapping[str, Any]


class ModelKeys:
    """The forms that a part of a file may have: several where a key takes one thing or another."""

    def __init__(self, forms: Iterable[Schema], definitions: Schema) -> None:
        self._definitions = definitions
        self._forms = [form for schema in forms for form in self._options(schema)]

    @property
    def names(self) -> list[str]:
        """The keys of its own; none where any id may stand."""
        return [key for form in self._forms for key in form.get("properties", {})]

    @property
    def takes_ids(self) -> bool:
        """Whether its keys are ids, or names, that the user chooses, each with keys below it."""
        others = [form.get("additionalProperties") for form in self._forms]
        return any(isinstance(other, Mapping) and ModelKeys([other], self._definitions).names for other in others)

    def inside(self, part: str | int) -> "ModelKeys":
        """The same for what stands at a key, or at a place of a list."""
        found = []
        for form in self._forms:
            child = form.get("items") if isinstance(part, int) else form.get("properties", {}).get(part)
            child = child or (None if isinstance(part, int) else form.get("additionalProperties"))
            if isinstance(child, Mapping):
                found.append(child)
        return ModelKeys(found, self._definitions)

    def _options(self, schema: Schema) -> list[Schema]:
        if "$ref" in schema:
            schema = self._definitions[schema["$ref"].rpartition("/")[2]]
        nested = [option for branch in ("anyOf", "allOf", "oneOf") for option in schema.get(branch, ())]
        return [schema, *(form for option in nested for form in self._options(option))]


def keys_of(model: type[BaseModel]) -> ModelKeys:
    """What is valid at the top of a model."""
    schema = _schema(model)
    return ModelKeys([schema], schema.get("$defs", {}))


def keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys valid at a place inside a model."""
    keys = keys_of(model)
    for part in place:
        keys = keys.inside(part)
    return keys.names


@cache
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()

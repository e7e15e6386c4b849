"""The kinds of value a user writes in a file: days, amounts, percentages, ids, texts in two languages."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue

from config.periods import Duration, parse_duration

Language = Literal["en", "fr"]


class Model(BaseModel):
    """A frozen value read from a file; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"there is no day {value}") from None
    raise ValueError(f"'{value}' is not a day: write it as 2026-03-31")


def _amount(value: Any) -> Decimal:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and re.fullmatch(r"[-+]?[\d\s.,'\u00a0\u202f]+[€$£]?", value):
        raise ValueError(f"'{value}' is not a number: write it without spaces and with a point, as 1250.50")
    raise ValueError(f"'{value}' is not a number")


def read_value(value: Any) -> Decimal:
    """A number, or a percentage such as ``2.5%`` as its fraction."""
    if isinstance(value, str):
        percent = re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*%", value)
        if percent:
            return Decimal(percent[1]) / 100
        if re.fullmatch(r"[-+]?\d+,\d+\s*%", value):
            raise ValueError(f"'{value}' has a comma: write it with a point, as 2.5%")
    return _amount(value)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"'{value}' is not a time zone: write it as Europe/Paris") from None
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError(f"'{value}' is not a currency: write its three letters, as EUR")
    return value


def _email(value: str) -> str:
    if not re.fullmatch(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?",
        value,
    ):
        raise ValueError(f"'{value}' is not one e-mail address")
    return value


def check_id(value: str) -> str:
    """The id itself. Raises ValueError for what cannot be one."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        raise ValueError(f"'{value}' is not an id: use small letters, digits, - and _ (at most 64)")
    return value


def _one_line(value: str) -> str:
    text = " ".join(value.split())
    if not text or len(text) > 200 or any(ord(character) < 32 for character in text):
        raise ValueError("a name is one line of 1 to 200 characters")
    return text


def _as_list(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _duration(value: Any) -> Any:
    return value if isinstance(value, Duration) else parse_duration(str(value))


def _local_text(value: Any) -> Any:
    return {"en": value, "fr": value} if isinstance(value, str) else value


Id = Annotated[str, AfterValidator(check_id)]
Line = Annotated[str, AfterValidator(_one_line)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(ge=0),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
Value = Annotated[Decimal, BeforeValidator(read_value), WithJsonSchema({"type": ["number", "string"]})]
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Email = Annotated[str, AfterValidator(_email), WithJsonSchema({"type": "string", "format": "email"})]
Length = Annotated[
    Duration,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "examples": ["14 days"]}),
]
Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class OrNumber:
    """Says in the JSON Schema that a plain number serves as the short form."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "number"}, handler(schema)]}


class OrOneItem:
    """Says in the JSON Schema that one item may stand without its list."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        items = handler(schema)
        return {"anyOf": [items["items"], items]}


class _LocalText(Model):
    en: Line
    fr: Line


#: A text for people, in each of the languages; one text alone serves for both.
LocalText = Annotated[_LocalText, BeforeValidator(_local_text)]

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

YEARS = range(1990, 2200)  # of a plan's days: what is counted from them stays within the calendar
FORMS = ("<plain>", "<reference>")  # which of the forms of a value a mistake is in; they stand in no file
LARGEST = Decimal(10) ** 12  # what an amount may come to and still be kept exactly, in millionths


class Model(BaseModel):
    """A frozen value read from a file; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


def read_day(value: Any) -> date:
    """A day, as ``2026-03-31``."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError(f"'{value}' is not a day: write it as 2026-03-31")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"there is no day {value}") from None
    if day.year not in YEARS:
        raise ValueError(f"{value} is not within the years {YEARS[0]} to {YEARS[-1]}")
    return day


def _amount(value: Any) -> Decimal:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Decimal(value)
        if abs(number) >= LARGEST:
            raise ValueError("a number is below a million million")
        return number
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d+)?", value):
        raise ValueError(f"'{value}' is text: write the number without quotes")
    if isinstance(value, str) and re.fullmatch(r"[-+]?[\d\s.,'\u00a0\u202f]+[€$£]?", value):
        raise ValueError(f"'{value}' is not a number: write it without spaces and with a point, as 1250.50")
    raise ValueError(f"'{value}' is not a number")


def read_value(value: Any) -> Decimal:
    """A number, or a percentage such as ``2.5%`` as its fraction."""
    if isinstance(value, str):
        percent = re.fullmatch(r"([-+]?[0-9]+(?:\.[0-9]+)?)\s*%", value)
        if percent:
            return _amount(Decimal(percent[1]) / 100)
        if re.fullmatch(r"[-+]?\d+,\d+\s*%", value):
            raise ValueError(f"'{value}' has a comma: write it with a point, as 2.5%")
    return _amount(value)


def _read_phases(value: Any) -> Any:
    """One number, or a number for each month: ``{2026-03: 20000, 2026-04: 30000}``."""
    if not isinstance(value, dict):
        return read_value(value)
    if not value:
        raise ValueError("a target phased over months names at least one month")
    phases = {}
    for month, amount in value.items():
        try:
            phases[read_day(f"{month}-01")] = read_value(amount)
        except ValueError as error:
            raise ValueError(f"'{month}: {amount}': write a month and its value, as 2026-03: 20000") from error
    return tuple(sorted(phases.items()))


def _is_a_part(value: Decimal) -> Decimal:
    if not 0 <= value <= 1:
        raise ValueError("a margin lies between 0% and 100%: write it as 40%")
    return value


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


def check_email(value: str) -> str:
    """The address itself. Raises ValueError for what is not exactly one."""
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


#: A number or a percentage, for editors.
VALUE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^[-+]?[0-9]+(\.[0-9]+)?\s*%$", "examples": ["2.5%"]},
    ]
}

Id = Annotated[str, AfterValidator(check_id)]
Line = Annotated[str, AfterValidator(_one_line), WithJsonSchema({"type": "string", "minLength": 1})]
Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})]
Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(ge=0),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
Value = Annotated[Decimal, BeforeValidator(read_value), WithJsonSchema(VALUE_SCHEMA)]
_PHASES_SCHEMA = {
    "type": "object",
    "patternProperties": {"^[0-9]{4}-[0-9]{2}$": VALUE_SCHEMA},
    "additionalProperties": False,
    "minProperties": 1,
}
#: Values for months, each by its first day, in order.
Phases = tuple[tuple[date, Decimal], ...]
#: One value, or one for each month.
Level = Annotated[
    Decimal | Phases,
    BeforeValidator(_read_phases),
    WithJsonSchema({"anyOf": [VALUE_SCHEMA, _PHASES_SCHEMA]}),
]
Margin = Annotated[Value, AfterValidator(_is_a_part)]
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Email = Annotated[str, AfterValidator(check_email), WithJsonSchema({"type": "string", "format": "email"})]
Length = Annotated[
    Duration,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "examples": ["month", "week", "quarter", "14 days", "2 weeks"]}),
]
Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class OrPlain:
    """Says in the JSON Schema that a plain number, or a plain text, serves as the short form."""

    def __init__(self, kind: Literal["number", "string"]) -> None:
        self.kind = kind

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": self.kind}, handler(schema)]}


class OrOneItem:
    """Says in the JSON Schema that one item may stand without its list."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        items = handler(schema)
        return {"anyOf": [items["items"], items]}


class _LocalText(Model):
    """The same text in English and in French."""

    en: Line
    fr: Line


#: A text for people, in each of the languages; one text alone serves for both.
LocalText = Annotated[_LocalText, BeforeValidator(_local_text), OrPlain("string")]

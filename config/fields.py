"""The kinds of value a user writes in a file: days, amounts, percentages, ids, texts in several languages."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue

from config.addresses import check_email
from config.currencies import CURRENCIES
from config.errors import Mistake
from config.languages import LANGUAGES
from config.local_text import LocalText as _LocalText
from config.local_text import read_text
from config.message import Message, marked, message
from config.periods import Duration, parse_duration
from config.spelling import currency_meant, day_meant, number_meant
from config.suggestions import nearest, plain_word

YEARS = range(1990, 2200)  # of a plan's days: what is counted from them stays within the calendar
FORMS = ("<plain>", "<reference>")  # which of the forms of a value a mistake is in; they stand in no file
OURS = "ours"  # validating what ships with Vigie: its texts are translated by the catalogues
LARGEST = Decimal(10) ** 12  # what an amount may come to and still be kept exactly, in millionths


class Model(BaseModel):
    """A frozen value read from a file; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


def read_day(value: Any) -> date:
    """A day, as ``2026-03-31``."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        if meant := day_meant(str(value)):
            raise Mistake("{value} is not a date: write {day}", value=_quoted(value), day=meant)
        raise Mistake("{value} is not a date: write it as year-month-day, such as 2026-03-31", value=_quoted(value))
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Mistake("there is no such date as {day}", day=value) from None
    if day.year not in YEARS:
        raise Mistake("{day} is outside the years {first} to {last}", day=value, first=YEARS[0], last=YEARS[-1])
    return day


def read_amount(value: Any) -> Decimal:
    """A number as the file has it."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Decimal(value)
        if abs(number) >= LARGEST:
            raise Mistake("the number is too large: it must be below 1,000,000,000,000")
        return number
    if isinstance(value, str):
        _tell_number(value)
    raise Mistake("{value} is not a number", value=_quoted(value))


def _tell_number(value: str) -> None:
    """Say how a text that looks like a number is written as one."""
    if re.fullmatch(r"[-+]?\d+(\.\d+)?", value):
        raise Mistake("'{value}' is in quotes: write the number without them", value=value)
    if re.fullmatch(r"[-+]?[\d\s.,]+%", value):
        raise Mistake("'{value}' is a percentage, where an amount is expected", value=value)
    if number := number_meant(value):
        raise Mistake("'{value}' is not a number: write {number}", value=value, number=number)
    if re.fullmatch(r"[-+]?[\d\s.,'\u00a0\u202f]+[€$£]?", value):
        form = marked("'{value}' is not a number: write digits only, with a point before decimals, such as 1250.50")
        raise Mistake(form, value=value)


def _quoted(value: Any) -> Message | str:
    """A value as the file has it, a text in quotes."""
    match value:
        case None:
            return message("an empty value")
        case bool():
            return str(value).lower()
        case list() | tuple():
            return message("a list")
        case dict():
            return message("a group of keys")
    return message("'{value}'", value=value)


def read_value(value: Any) -> Decimal:
    """A number, or a percentage such as ``2.5%`` as its fraction."""
    if isinstance(value, str):
        percent = re.fullmatch(r"([-+]?[0-9]+(?:\.[0-9]+)?)\s*%", value)
        if percent:
            return read_amount(Decimal(percent[1]) / 100)
        if number := value.endswith("%") and number_meant(value[:-1]):
            raise Mistake("'{value}' is not a percentage: write {number}%", value=value, number=number)
        if re.fullmatch(r".*\d.*(%|per ?cent|pour ?cents?)", value, re.IGNORECASE):
            raise Mistake("'{value}' is not a percentage: write it as 2.5%", value=value)
    return read_amount(value)


def read_level(value: Any) -> Any:
    """One number, or a number for each month: ``{2026-03: 20000, 2026-04: 30000}``."""
    if not isinstance(value, dict):
        return read_value(value)
    if not value:
        raise Mistake("give a value for at least one month, such as 2026-03: 20000")
    phases = {}
    for month, amount in value.items():
        try:
            phases[read_day(f"{month}-01")] = read_value(amount)
        except ValueError as error:
            form = marked("'{month}: {value}' is not a month and its value: write it as 2026-03: 20000")
            raise Mistake(form, month=month, value=amount) from error
    return tuple(sorted(phases.items()))


def _is_a_part(value: Decimal) -> Decimal:
    if 5 <= value <= 100:
        raise Mistake("a margin is between 0% and 100%: write {percent}%", percent=f"{value:f}")
    if not 0 <= value <= 1:
        raise Mistake("a margin is between 0% and 100%: write it as 40%")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        city = value.strip().replace(" ", "_").title()
        zones = [name for name in sorted(available_timezones()) if city and name.endswith(f"/{city}")]
        zone = zones[0] if zones else "Europe/Paris"
        raise Mistake("'{value}' is not a time zone: write it as {zone}", value=value, zone=zone) from None
    return value


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        code = currency_meant(value) or "EUR"
        raise Mistake(
            "'{value}' is not a currency: write its three-letter code, such as {code}", value=value, code=code
        )
    if value not in CURRENCIES:
        raise Mistake("there is no currency '{value}'{hint}", value=value, hint=nearest(value, CURRENCIES))
    return value


def check_id(value: str) -> str:
    """The id itself. Raises ValueError for what cannot be one."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        example = re.sub(r"[^a-z0-9]+", "-", plain_word(value)).strip("-")[:64].strip("-") or "spring-2026"
        form = marked(
            "'{value}' is not a valid id: use only lowercase letters, digits, - and _ (at most 64), such as {example}"
        )
        raise Mistake(form, value=value, example=example)
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise Mistake("'{value}' is not a language of Vigie{hint}", value=value, hint=nearest(value, LANGUAGES))
    return value


def _one_line(value: str) -> str:
    text = " ".join(value.split())
    if not text or len(text) > 200 or any(ord(character) < 32 for character in text):
        raise Mistake("a name is a single line of 1 to 200 characters")
    return text


def _as_list(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _duration(value: Any) -> Any:
    return value if isinstance(value, Duration) else parse_duration(str(value))


def _local_text(value: Any, info: ValidationInfo) -> Any:
    return read_text(value, _one_line, is_ours=info.context == OURS)


#: A number or a percentage, for editors.
VALUE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^[-+]?[0-9]+(\.[0-9]+)?\s*%$", "examples": ["2.5%"]},
    ]
}

Id = Annotated[str, AfterValidator(check_id)]
Language = Annotated[str, AfterValidator(_language), WithJsonSchema({"type": "string", "enum": list(LANGUAGES)})]
Line = Annotated[str, AfterValidator(_one_line), WithJsonSchema({"type": "string", "minLength": 1})]
Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})]
Amount = Annotated[
    Decimal,
    BeforeValidator(read_amount),
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
LEVEL_SCHEMA: dict[str, list[Any]] = {"anyOf": [VALUE_SCHEMA, _PHASES_SCHEMA]}
#: Values for months, each by its first day, in order.
Phases = tuple[tuple[date, Decimal], ...]
#: One value, or one for each month.
Level = Annotated[
    Decimal | Phases,
    BeforeValidator(read_level),
    WithJsonSchema(LEVEL_SCHEMA),
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


#: A text for people, in some languages; one text alone serves for all.
LocalText = Annotated[
    _LocalText,
    BeforeValidator(_local_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {language: {"type": "string", "minLength": 1} for language in LANGUAGES},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]

"""How an action lies in time: once, again and again, or all along."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from config.fields import Day, Length, Model
from config.periods import WEEKDAYS, Duration


def _read_on(value: Any, info: ValidationInfo) -> Any:
    """The day inside the period: a weekday's name is its number."""
    every: Duration | None = info.data.get("every")
    if isinstance(value, str):
        if value.lower() not in WEEKDAYS:
            raise ValueError(f"'{value}' is not a day of the period: write a number or a weekday, as monday")
        if every and every.unit != "week":
            raise ValueError(f"'{value}' is a day of the week: of a {every.unit}, write the day's number, as on: 1")
        return WEEKDAYS.index(value.lower()) + 1
    if isinstance(value, bool):
        raise ValueError("the day of the period is a number or a weekday, as monday")
    return value


_WEEKDAY_WORDS = [None, *WEEKDAYS, *map(str.capitalize, WEEKDAYS)]


class When(Model):
    """One-off ``{from, to}``, continuous ``{from}``, or recurring ``{every, on, lasts}``. ``to`` is included."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    every: Length | None = None
    on: Annotated[
        int | None,
        BeforeValidator(_read_on),
        Field(ge=1, le=366),
        WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 366}, {"enum": _WEEKDAY_WORDS}]}),
    ] = None
    lasts: Length | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "When":
        if (self.on or self.lasts) and not self.every:
            raise ValueError("'on' and 'lasts' belong to a recurring action: add 'every', as every: month")
        if self.from_ and self.to and self.to < self.from_:
            raise ValueError(f"ends on {self.to}, before it starts on {self.from_}")
        if self.every and self.on and self.every.unit == "day":
            raise ValueError("'on' says nothing about an action that recurs every few days: use 'from'")
        return self

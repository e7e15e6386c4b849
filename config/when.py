"""How an action lies in time: once, again and again, or all along."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from config.errors import Mistake
from config.fields import Day, Length, Model
from config.periods import WEEKDAYS, Duration
from config.suggestions import meant


def _read_on(value: Any, info: ValidationInfo) -> Any:
    """The day inside the period: a weekday's name is its number."""
    every: Duration | None = info.data.get("every")
    if isinstance(value, str):
        if value.lower() not in WEEKDAYS:
            if weekday := meant(value, WEEKDAYS):
                raise Mistake("'{value}' is not a day of the week: write {weekday}", value=value, weekday=weekday)
            raise Mistake(
                "'{value}' is not a day of the period: write a number, or a weekday such as monday", value=value
            )
        if every and every.unit != "week":
            raise Mistake(
                "'{value}' is for 'every: week': write the number of the day instead, such as on: 1", value=value
            )
        return WEEKDAYS.index(value.lower()) + 1
    if isinstance(value, bool):
        raise Mistake("the day of the period is a number, or a weekday such as monday")
    return value


_WEEKDAY_WORDS = [None, *WEEKDAYS, *map(str.capitalize, WEEKDAYS)]


class When(Model):
    """One-off ``{from, to}``, continuous ``{from}``, or recurring ``{every, on, lasts}``. ``to`` is included."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    every: Length | None = None
    on: Annotated[
        Annotated[int, Field(ge=1, le=366)] | None,
        BeforeValidator(_read_on),
        WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 366}, {"enum": _WEEKDAY_WORDS}]}),
    ] = None
    lasts: Length | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "When":
        if (self.on or self.lasts) and not self.every:
            raise Mistake("'on' and 'lasts' are for recurring actions: add 'every', such as every: month")
        if self.from_ and self.to and self.to < self.from_:
            raise Mistake("{ends} is before the start on {starts}", ends=self.to, starts=self.from_).at("to")
        if self.every and self.on and self.every.unit == "day":
            raise Mistake("'on' has no meaning with 'every: day': give the first day with 'from'")
        return self

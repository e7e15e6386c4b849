"""A plan's own exchange rates: for currencies that the reference bank does not quote, or instead of its rates. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from config.errors import Mistake
from config.fields import read_amount, read_day


@dataclass(frozen=True, slots=True)
class OwnRate:
    """Units of the plan's currency for one of another, each from its day on, in the order of the days."""

    steps: tuple[tuple[date, Decimal], ...]

    def on(self, day: date) -> Decimal | None:
        """The rate in force on a day; None before the first."""
        return next((rate for start, rate in reversed(self.steps) if start <= day), None)

    def __str__(self) -> str:
        return ", ".join(f"{rate:f}" if day == date.min else f"{day}: {rate:f}" for day, rate in self.steps)


def _read(value: Any) -> Any:
    """One rate for all days, or ``{2026-01-01: 0.092, 2026-07-01: 0.094}``."""
    if isinstance(value, OwnRate):
        return value
    if not isinstance(value, dict):
        return OwnRate(((date.min, _rate(value)),))
    if not value:
        raise Mistake("give a rate for at least one day, such as 2026-01-01: 0.25")
    steps = []
    for day, rate in value.items():
        try:
            steps.append((read_day(day), _rate(rate)))
        except Mistake as error:
            raise error.at(str(day)) from None
    return OwnRate(tuple(sorted(steps)))


def _rate(value: Any) -> Decimal:
    rate = read_amount(value)
    if rate <= 0:
        raise Mistake("a rate is above 0: write how much of the plan's currency one unit is worth, such as 0.25")
    return rate


_RATE_SCHEMA = {"type": "number", "exclusiveMinimum": 0}
RateField = Annotated[
    OwnRate,
    BeforeValidator(_read),
    WithJsonSchema(
        {
            "anyOf": [
                _RATE_SCHEMA,
                {
                    "type": "object",
                    "patternProperties": {"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": _RATE_SCHEMA},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]

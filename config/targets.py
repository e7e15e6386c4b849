"""What a plan promises: the value of a KPI, and the period it is held against."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from config.errors import Mistake
from config.fields import LEVEL_SCHEMA, Day, Level, Model, Phases, Value, read_level
from config.relative import Relative, is_relative, read_relative


class Per(StrEnum):
    """The period a target or a budget speaks of."""

    TOTAL = "total"  #: the whole life of the action, objective or plan
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    OCCURRENCE = "occurrence"


class Bound(StrEnum):
    """How a value is held against its target."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"


def _read_bound(value: Any) -> Any:
    return read_relative(value) if is_relative(value) else read_level(value)


_RELATIVE_SCHEMA = {
    "type": "string",
    "pattern": r"^[-+][0-9]+(\.[0-9]+)?\s*% on (last year|previous)$",
    "examples": ["+25% on last year", "-10% on previous"],
}
#: A value, one for each month, or how much more or less than before.
_BoundValue = Annotated[
    Decimal | Phases | Relative,
    BeforeValidator(_read_bound),
    WithJsonSchema({"anyOf": [*LEVEL_SCHEMA["anyOf"], _RELATIVE_SCHEMA]}),
]


class Target(Model):
    """The value promised for a KPI, over the whole life, per period, by a date, or phased over months.

    A value may be relative to earlier figures; ``baseline`` gives these where no source has them.
    """

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [bound.value]} for bound in Bound]})

    kpi: str
    at_least: _BoundValue | None = None
    at_most: _BoundValue | None = None
    between: tuple[Value, Value] | None = None
    for_: Annotated[str | None, Field(alias="for")] = None
    per: Per | None = None
    by: Day | None = None
    baseline: Level | None = None

    @model_validator(mode="after")
    def _is_one_bound(self) -> "Target":
        bounds = [name for name in Bound if getattr(self, name) is not None]
        if len(bounds) != 1:
            raise Mistake("a target needs exactly one of at_least, at_most and between")
        if self.per and self.by:
            raise Mistake("a target has either 'per', a period, or 'by', a date: remove one")
        if self.phases and (self.by or self.per not in (None, Per.MONTH)):
            raise Mistake("a target with a value for each month is judged every month: remove 'by' and 'per'")
        if self.between and self.between[0] > self.between[1]:
            low, high = (f"{number:f}" for number in reversed(self.between))
            raise Mistake("the lower value comes first: write between: [{low}, {high}]", low=low, high=high).at(
                "between"
            )
        return self

    @model_validator(mode="after")
    def _has_its_baseline(self) -> "Target":
        if self.baseline is None:
            return self
        if self.relative is None:
            raise Mistake(
                "a baseline is what a relative target is measured from: remove it, or write one such as "
                'at_least: "+25% on last year"'
            ).at("baseline")
        values = [value for _, value in self.baseline] if isinstance(self.baseline, tuple) else [self.baseline]
        if min(values) <= 0:
            raise Mistake("a baseline is above 0: no percentage of it is known otherwise").at("baseline")
        if isinstance(self.baseline, tuple) and self.per is not Per.MONTH:
            raise Mistake("a baseline with a value for each month needs per: month").at("baseline")
        return self

    @property
    def bound(self) -> Bound:
        """Which of the three bounds the target has."""
        return next(name for name in Bound if getattr(self, name) is not None)

    @property
    def phases(self) -> Phases:
        """The month's first day and its value, for a target phased over months; else empty."""
        level = getattr(self, self.bound)
        return level if self.bound is not Bound.BETWEEN and isinstance(level, tuple) else ()

    @property
    def relative(self) -> Relative | None:
        """How much more or less than earlier figures, where it is not a value of its own."""
        level = getattr(self, self.bound)
        return level if isinstance(level, Relative) else None

    def given_baseline(self, start: date | None) -> Decimal | None:
        """What the plan itself gives for the earlier days, of each month by its first; None where figures must tell."""
        if isinstance(self.baseline, tuple):
            return next((value for month, value in self.baseline if month == start), None)
        return self.baseline

    @property
    def grain(self) -> Per:
        """The period the target is judged on."""
        return Per.MONTH if self.phases else self.per or Per.TOTAL

    def limits(self, start: date) -> tuple[Decimal | None, Decimal | None] | None:
        """Lowest and highest value allowed in the period that starts on ``start``; None where no value is set.

        Nor is one where only earlier figures can tell.
        """
        level = dict(self.phases).get(start) if self.phases else getattr(self, self.bound)
        if isinstance(level, Relative):
            base = self.given_baseline(None)
            level = None if base is None else level.of(base)
        match self.bound:
            case Bound.BETWEEN:
                return self.between
            case Bound.AT_LEAST:
                return None if level is None else (level, None)
            case Bound.AT_MOST:
                return None if level is None else (None, level)

    @property
    def key(self) -> str:
        """Tells the targets of one action apart, and stays the same when only the value changes."""
        parts = [self.kpi, self.for_, self.bound, self.grain, self.by and self.by.isoformat()]
        return "/".join(part for part in parts if part)

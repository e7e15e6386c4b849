"""How a plan is judged: what counts as material, how cautious to be, and the days that are like no other."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from config.errors import Mistake
from config.fields import Day, Line, Model, Value
from config.periods import DAY, Window


def _is_a_gap(value: Decimal) -> Decimal:
    if not 0 <= value < 1:
        raise Mistake("a gap is a share below 100%: write it as 5%")
    return value


def _is_a_multiple(value: Decimal) -> Decimal:
    if not 0 <= value <= 100:
        raise Mistake("an expected level is a share of an ordinary day, from 0% to 10000%: write it as 200%")
    return value


class Judging(Model):
    """What is worth an alert."""

    material: Annotated[Value, AfterValidator(_is_a_gap)] = Decimal("0.05")  #: smaller gaps are no news before the end
    strict: bool = False  #: a test that may be looked at every day for ever, at the price of saying so later


class Event(Model):
    """Days that tell nothing of other days: sales, holidays, a frozen site. ``to`` is included."""

    name: Line
    on: Day | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    expect: Annotated[Value, AfterValidator(_is_a_multiple)] | None = None  #: of an ordinary day; None: as one

    @model_validator(mode="after")
    def _has_days(self) -> "Event":
        if (self.on is None) == (self.from_ is None):
            raise Mistake("an event needs either 'on', or 'from' and 'to'")
        if self.on and self.to:
            raise Mistake("an event with 'on' lasts one day: remove 'to', or write 'from' instead of 'on'")
        if self.from_ and (self.to is None or self.to < self.from_):
            raise Mistake("an event with 'from' needs its last day as 'to', on that day or later")
        return self

    @property
    def days(self) -> Window:
        """The days of the event."""
        first = self.on or self.from_
        assert first is not None
        return Window(first, (self.to or first) + DAY)

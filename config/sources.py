"""What a source's entry in ``sources.yaml`` may say, beside its connector's own options."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from config.errors import Mistake
from config.fields import Day, Id, Model
from config.vocabulary import SourceKind, Unit


class Secret(Model):
    """Where a secret is found: an environment variable, a file, or the output of a command. Never the secret."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    env: str | None = None
    file: str | None = None
    command: tuple[str, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_reference(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) == 1 and all(value.values()):
            return value
        raise Mistake("never write a secret into the file: use {env: NAME}, {file: PATH} or {command: [program, …]}")

    def __str__(self) -> str:
        return self.env or self.file or " ".join(self.command or ())


@dataclass(frozen=True, slots=True)
class Every:
    """How often a source is read: each so many minutes, or once a day from a time of the plan's zone."""

    minutes: int | None = None
    at: time | None = None

    def last_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The latest moment, at or before ``now`` (aware), at which a reading was due. Aware UTC.

        Counted on the clock, not from the last run: a restart neither skips nor doubles a turn.
        """
        if self.minutes:
            step = self.minutes * 60
            return datetime.fromtimestamp(now.timestamp() // step * step, tz=now.tzinfo)
        local = now.astimezone(zone)
        for day in (local.date(), local.date() - timedelta(days=1)):
            due = datetime.combine(day, self.at or time(6), tzinfo=zone).astimezone(now.tzinfo)
            if due <= now:  # compared in one zone that has no summer time: an hour skipped or doubled is none here
                break
        return due

    def __str__(self) -> str:
        if not self.minutes:
            return f"day at {self.at:%H:%M}"
        hours, minutes = divmod(self.minutes, 60)
        return f"{self.minutes} minutes" if minutes else f"{hours} hour{'s' if hours > 1 else ''}"


def _read_every(value: Any) -> Any:
    if isinstance(value, Every):
        return value
    text = str(value).strip().lower()
    if found := re.fullmatch(r"day(?: at (\d{1,2}):(\d{2}))?", text):
        hour, minute = int(found[1] or 6), int(found[2] or 0)
        if hour < 24 and minute < 60:
            return Every(at=time(hour, minute))
    elif found := re.fullmatch(r"(?:(\d{1,3}) )?(minute|hour)s?", text):
        minutes = int(found[1] or 1) * (60 if found[2] == "hour" else 1)
        if 5 <= minutes <= 24 * 60:
            return Every(minutes=minutes)
    raise Mistake(
        "'{value}' is not a schedule: write '6 hours', '30 minutes' or 'day at 06:00' (5 minutes to 24 hours)",
        value=value,
    )


class Covers(Model):
    """The days a file or query is known to cover, both included, where its rows do not tell."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> "Covers":
        if self.from_ and self.until and self.until < self.from_:
            raise Mistake("{ends} is before the start on {starts}", ends=self.until, starts=self.from_).at("until")
        return self

    def first(self, otherwise: date) -> date:
        """The first day covered."""
        return self.from_ or otherwise

    def last(self, otherwise: date) -> date:
        """The last day covered."""
        return self.until or otherwise


class SourceEntry(Model):
    """What every source may say. A connector's options are a subclass."""

    #: the options that tell what is read: two sources in which they are alike read the same. None: all of its own.
    identity: ClassVar[tuple[str, ...]] = ()

    connector: str
    every: Annotated[
        Every,
        BeforeValidator(_read_every),
        WithJsonSchema({"type": "string", "examples": ["day at 06:00", "6 hours", "30 minutes"]}),
    ] = Every(at=time(6))
    responsible: Id | None = None
    kind: SourceKind | None = None
    lookback: Annotated[int | None, Field(ge=0, le=366)] = None
    measures: dict[Id, Unit] = {}
    simulated: bool = False  #: the figures are invented, and marked so wherever they appear


#: What the figures of the plan itself (its costs) are filed under; no source may take the name.
COSTS = "costs"

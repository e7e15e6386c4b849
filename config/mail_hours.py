"""When a person reads mail: at a time of day, on some days of the week, on the clock of a zone. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, WithJsonSchema

from config.errors import Mistake
from config.message import marked
from config.periods import WEEKDAYS

_GROUPS = {"weekdays": range(5), "every day": range(7), "weekends": range(5, 7)}
_FORM = marked(
    "'{value}' is not a time for mail: write 'weekdays at 08:00', 'every day at 07:30' or 'monday, thursday at 09:00'"
)


@dataclass(frozen=True, slots=True)
class MailHours:
    """The time of day at which a mail is welcome, and the days of the week, Monday 0."""

    at: time = time(8)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)

    def next(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first slot at or after a moment (aware). Aware, in the moment's zone.

        A time that summer time skips is the one an hour later; one that comes twice is the first.
        """
        local = moment.astimezone(zone).date()
        for ahead in range(9):
            day = local + timedelta(days=ahead)
            if day.weekday() in self.days:
                mail_hours = datetime.combine(day, self.at, tzinfo=zone).astimezone(moment.tzinfo)
                if mail_hours >= moment:
                    return mail_hours
        raise AssertionError("a week has every day of the week")

    def __str__(self) -> str:
        groups = {tuple(days): name for name, days in _GROUPS.items()}
        return f"{groups.get(self.days) or ', '.join(WEEKDAYS[day] for day in self.days)} at {self.at:%H:%M}"


def _read_mail_hours(value: Any) -> Any:
    if isinstance(value, MailHours):
        return value
    found = re.fullmatch(r"(.+?)(?: at (\d{1,2}):(\d{2}))?", str(value).strip().lower())
    if not found:
        raise Mistake(_FORM, value=value)
    hour, minute = int(found[2] or 8), int(found[3] or 0)
    if hour > 23 or minute > 59:
        raise Mistake(_FORM, value=value)
    return MailHours(time(hour, minute), _days(found[1], value))


def _days(text: str, value: Any) -> tuple[int, ...]:
    if text in _GROUPS:
        return tuple(_GROUPS[text])
    names = [name for name in re.split(r"[,\s]+|\band\b", text) if name]
    unknown = [name for name in names if name not in WEEKDAYS]
    if unknown or not names:
        raise Mistake(_FORM, value=value)
    return tuple(sorted({WEEKDAYS.index(name) for name in names}))


MailHoursField = Annotated[
    MailHours,
    BeforeValidator(_read_mail_hours),
    WithJsonSchema(
        {"type": "string", "examples": ["weekdays at 08:00", "every day at 07:30", "monday, thursday at 09:00"]}
    ),
]

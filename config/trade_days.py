"""Days on which shops sell otherwise than usual, by country: sales seasons by law, Black Friday, Mother's Day. Pure.

Sources:
    France, sales: Code de commerce, art. L310-3 and D310-15-2, arrêté of 27 May 2019: four weeks from the second
    Wednesday of January, the first where the second is after the 12th; from the last Wednesday of June, the one before
    where the last is after the 28th. Departments with dates of their own (Vosges, Corsica, overseas) are not told.
    Belgium, sales: Code de droit économique, art. VI.25: 3 to 31 January and 1 to 31 July, from the day before where
    the first is a Sunday.
    France, Mother's Day: Code de l'action sociale et des familles, art. D215-1: the last Sunday of May, the first of
    June where that is Pentecost. Britain and Ireland: the fourth Sunday of Lent, three weeks before Easter. Elsewhere
    by custom: the second Sunday of May, or the first.
    Black Friday: the day after Thanksgiving, the fourth Thursday of November (5 U.S.C. § 6103); Cyber Monday the
    Monday after. Singles' Day: 11 November. Valentine's Day: 14 February.
    Easter: Meeus, Astronomical Algorithms, chapter 8.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from config.periods import DAY, Window

WEEK = 7 * DAY
_WEDNESDAY, _THURSDAY, _SUNDAY = 2, 3, 6
_MAY_FIRST_SUNDAY = ("ES", "PT")
_MAY_SECOND_SUNDAY = ("AT", "AU", "BE", "CA", "CH", "DE", "FI", "IT", "NL", "US")


@dataclass(frozen=True, slots=True)
class TradeDays:
    """One or several days, and what they are called in English and in French."""

    days: Window
    name: str
    french: str


def trade_days(country: str, year: int) -> Iterator[TradeDays]:
    """What is known of a country in a year, in no order."""
    friday = _nth(year, 11, _THURSDAY, 4) + DAY
    yield _one(date(year, 2, 14), "Valentine’s Day", "Saint-Valentin")
    yield _one(date(year, 11, 11), "Singles’ Day", "Singles’ Day (11.11)")
    yield _one(friday, "Black Friday", "Black Friday")
    yield _one(friday + 3 * DAY, "Cyber Monday", "Cyber Monday")
    if mothers := _mothers_day(country, year):
        yield _one(mothers, "Mother’s Day", "Fête des mères")
    if country == "FR":
        yield from _french_sales(year)
    if country == "BE":
        yield from _belgian_sales(year)


def _one(day: date, name: str, french: str) -> TradeDays:
    return TradeDays(Window(day, day + DAY), name, french)


def _french_sales(year: int) -> Iterator[TradeDays]:
    second, last = _nth(year, 1, _WEDNESDAY, 2), _last(year, 6, _WEDNESDAY)
    winter = second if second.day <= 12 else second - WEEK
    summer = last if last.day <= 28 else last - WEEK
    yield TradeDays(Window(winter, winter + 4 * WEEK), "Winter sales", "Soldes d’hiver")
    yield TradeDays(Window(summer, summer + 4 * WEEK), "Summer sales", "Soldes d’été")


def _belgian_sales(year: int) -> Iterator[TradeDays]:
    for first, name, french in (
        (date(year, 1, 3), "Winter sales", "Soldes d’hiver"),
        (date(year, 7, 1), "Summer sales", "Soldes d’été"),
    ):
        start = first - DAY if first.weekday() == _SUNDAY else first
        yield TradeDays(Window(start, date(year, first.month + 1, 1)), name, french)


def _mothers_day(country: str, year: int) -> date | None:
    if country == "FR":
        last = _last(year, 5, _SUNDAY)
        return last + WEEK if last == easter(year) + 7 * WEEK else last
    if country in ("GB", "IE"):
        return easter(year) - 3 * WEEK
    if country in _MAY_FIRST_SUNDAY:
        return _nth(year, 5, _SUNDAY, 1)
    return _nth(year, 5, _SUNDAY, 2) if country in _MAY_SECOND_SUNDAY else None


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7) + WEEK * (number - 1)


def _last(year: int, month: int, weekday: int) -> date:
    return _nth(year, month + 1, weekday, 1) - WEEK


def easter(year: int) -> date:
    """Easter Sunday of the Western churches."""
    golden, century, rest = year % 19, year // 100, year % 100
    moved = (8 * century + 13) // 25
    epact = (19 * golden + century - century // 4 - moved + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)

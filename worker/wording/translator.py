"""PURE. Numbers, days and sentences as a language writes them."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache
from io import BytesIO
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent, format_scientific
from babel.support import NullTranslations, Translations

from config.fields import Language
from config.languages import CATALOGUES
from config.languages import LANGUAGES as SPOKEN
from config.message import Message, counted, filled, marked, plural
from config.periods import Duration, Window, calendar_period
from config.vocabulary import Unit

LANGUAGES: tuple[Language, ...] = SPOKEN

_LOCALES = {"en": Locale("en", "GB"), "fr": Locale("fr", "FR")}  # others: their language alone
_NO_BREAK = "\u00a0"

_UNITS = {
    "day": marked("day"),
    "week": marked("week"),
    "month": marked("month"),
    "quarter": marked("quarter"),
    "year": marked("year"),
}
_LENGTHS = {
    "day": plural("1 day", "{count} days"),
    "week": plural("1 week", "{count} weeks"),
    "month": plural("1 month", "{count} months"),
    "quarter": plural("1 quarter", "{count} quarters"),
    "year": plural("1 year", "{count} years"),
}
_EVERY = {
    "day": plural("every day", "every {count} days"),
    "week": plural("every week", "every {count} weeks"),
    "month": plural("every month", "every {count} months"),
    "quarter": plural("every quarter", "every {count} quarters"),
    "year": plural("every year", "every {count} years"),
}
_DIFFERENCES = {
    Unit.SHARE: plural("{value} percentage point", "{value} percentage points"),
    Unit.POSITION: plural("{value} place", "{value} places"),
    Unit.POINTS: plural("{value} point", "{value} points"),
}
_DIGITS = 32  # behind the point: more than a file can write
_LEGIBLE = Decimal(10) ** 18  # beyond it nobody counts the digits, and Babel cannot round
_COUNTED_SPACE = re.compile(r"(?<=\d) (?=[^\W\d])")
_FRENCH_SPACES = re.compile(r" (?=[:;?!»%])|(?<=«) ")


@cache
def translator_for(language: Language) -> "Translator":
    """The words of a language."""
    return Translator(language)


def _catalogue(language: Language) -> NullTranslations:
    """The translations of a language; of English, whose texts are their own, none."""
    if language == "en":
        return NullTranslations()
    with (CATALOGUES / language / "LC_MESSAGES" / "vigie.po").open("rb") as file:
        texts = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled)


class Translator:
    """Says things in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.locale = _LOCALES.get(language) or Locale.parse(language)
        self._catalogue = _catalogue(language)

    def say(self, text: str | Message, /, **parts: Any) -> str:
        """A message, or an English text and its parts, in this language."""
        what = text if isinstance(text, Message) else Message(text, tuple(parts.items()))
        template = self._template(what)
        if self.language == "fr":
            template = _FRENCH_SPACES.sub(_NO_BREAK, template)
        return filled(template, dict(what.parts), self._part)

    def counted(self, one: str, many: str, count: int, /, **parts: Any) -> str:
        """What is said of a number of things: see ``config.message.counted``."""
        return self.say(counted(one, many, count, **parts))

    def _template(self, message: Message) -> str:
        if message.plural:
            return str(self._catalogue.ungettext(message.text, message.plural, message.count))
        return str(self._catalogue.ugettext(message.text))

    def _part(self, value: Any) -> str:
        return self.say(value) if isinstance(value, Message) else str(value)

    def number(self, value: Decimal | None, unit: Unit, currency: str = "") -> str:
        """A value as people write it; what is not known is said to be so."""
        if value is None or not value.is_finite():
            return self.say("unknown")
        match unit:
            case Unit.MONEY:
                return self.money(value, currency)
            case Unit.SHARE:
                return self._share(value, "#,##0.##")
            case Unit.SECONDS:
                return self.seconds(value)
            case Unit.COUNT:
                return self._decimal(value, "#,##0.##")
            case Unit.RATIO:
                return self._decimal(value, "#,##0.00")
        return self._decimal(value, "#,##0.#")

    def _decimal(self, value: Decimal, pattern: str) -> str:
        """A number of any size."""
        if abs(value) >= _LEGIBLE:
            return format_scientific(value, "0.##E0", self.locale)
        return format_decimal(value, pattern, self.locale)

    def _share(self, value: Decimal, pattern: str) -> str:
        """A share of any size, in percent."""
        gap = "" if self.language == "en" else _NO_BREAK
        if abs(value) >= _LEGIBLE:
            return f"{self._decimal(value * 100, pattern)}{gap}%"
        return format_percent(value, f"{pattern}{gap}%", self.locale)

    def in_full(self, value: Decimal, unit: Unit, currency: str = "") -> str:
        """A value with all its digits, for one that would else look like another."""
        places = f"#,##0.{'#' * _DIGITS}"
        with localcontext(prec=2 * _DIGITS):
            if unit is Unit.SHARE:
                return self._share(value, places)
            text = self._decimal(value, places)
        return f"{text}{_NO_BREAK}{currency}" if unit is Unit.MONEY else text

    def difference(self, value: Decimal, unit: Unit, currency: str = "") -> str:
        """By how much two values differ: between shares that is points, so that nobody takes it for a share of one."""
        if unit not in _DIFFERENCES:
            return self.number(value, unit, currency)
        amount = value * 100 if unit is Unit.SHARE else value
        text = self._decimal(amount, "#,##0.##" if unit is Unit.SHARE else "#,##0.#")
        # A plural form goes by a whole number. What is between 1 and 2 counts as 0: one in French, several in English.
        count = 1 if abs(amount) == 1 else int(abs(amount)) if abs(amount) >= 2 else 0
        return self._unbroken(self.counted(*_DIFFERENCES[unit], count, value=text))

    def money(self, value: Decimal, currency: str, *, is_whole: bool = False) -> str:
        """An amount with its currency, to the cent; without cents where it ``is_whole``."""
        if abs(value) >= _LEGIBLE:
            return f"{self._decimal(value, '')}{_NO_BREAK}{currency}"
        # Plain English writes $ where the British write US$; it differs in nothing else.
        locale = Locale("en") if self.language == "en" else self.locale
        pattern = str(locale.currency_formats["standard"].pattern)
        if is_whole:
            pattern = pattern.replace(".00", "")
        text = format_currency(value, currency, pattern, locale, currency_digits=not is_whole)
        return re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", text)  # CLDR's currency spacing, which Babel does not do

    def percent(self, value: Decimal) -> str:
        """A share to the whole percent."""
        return self._share(value, "#,##0")

    def seconds(self, value: Decimal) -> str:
        """A duration: ``62 s`` as ``1 min 2 s``."""
        if abs(value) >= _LEGIBLE:
            return f"{self._decimal(value, '')}{_NO_BREAK}s"
        whole = int(value.to_integral_value(ROUND_HALF_EVEN))
        minutes, seconds = divmod(abs(whole), 60)
        sign = "-" if whole < 0 else ""
        text = self.say("{minutes} min {seconds} s" if minutes else "{seconds} s", minutes=minutes, seconds=seconds)
        return sign + self._unbroken(text)

    def day(self, day: date) -> str:
        """A day, with its year."""
        return self._first(day, format_date(day, "long", self.locale))

    def short_day(self, day: date) -> str:
        """A day without its year."""
        return self._first(day, format_skeleton("MMMd", day, locale=self.locale))

    def short_month(self, day: date) -> str:
        """A month of a year, for the axis of a chart."""
        return format_skeleton("yMMM", day, locale=self.locale)

    def weekday(self, number: int) -> str:
        """A day of the week, Monday being 1."""
        return format_date(date(2024, 1, number), "EEEE", self.locale)  # the year began on a Monday

    def _first(self, day: date, text: str) -> str:
        """French says "1er mai"."""
        return f"1er{text[1:]}" if self.language == "fr" and day.day == 1 else text

    def moment(self, moment: datetime, zone: str) -> str:
        """A moment, to the minute, on the clock of a zone."""
        there = moment.astimezone(ZoneInfo(zone))
        return self.say("{day}, {time}", day=self.day(there.date()), time=f"{there:%H:%M}")

    def period(self, window: Window) -> str:
        """A period by its shortest name: a day, a month, a quarter, or from one day to another."""
        if len(window) == 1:
            return self.day(window.start)
        if window == calendar_period("month", window.start):
            return format_skeleton("yMMMM", window.start, locale=self.locale)
        if window == calendar_period("quarter", window.start):
            return format_skeleton("yQQQ", window.start, locale=self.locale)
        if window == calendar_period("week", window.start):
            return self.say("week of {day}", day=self.day(window.start))
        return self._from_to(window.start, window.last)

    def _from_to(self, first: date, last: date) -> str:
        """From one day to another, the month and the year said once where they are the same."""
        if (first.year, first.month) == (last.year, last.month):
            start = self._first(first, str(first.day))
            return self.say("{first}–{last}", first=start, last=self.day(last))
        is_same_year = first.year == last.year
        start = (
            self._first(first, format_skeleton("MMMMd", first, locale=self.locale)) if is_same_year else self.day(first)
        )
        return self.say("{first} – {last}", first=start, last=self.day(last))

    def duration(self, duration: Duration) -> str:
        """A length of time: ``14 days``; one of a thing is the thing."""
        return self.say(_UNITS[duration.unit]) if duration.count == 1 else self.length(duration)

    def length(self, duration: Duration) -> str:
        """A length of time, counted: ``1 week``."""
        return self._unbroken(self.counted(*_LENGTHS[duration.unit], duration.count))

    def every(self, duration: Duration) -> str:
        """How often something comes back: ``every 2 weeks``."""
        return self.counted(*_EVERY[duration.unit], duration.count)

    def listed(self, items: Iterable[str], style: Literal["standard", "or"] = "standard") -> str:
        """``a, b and c``, or ``a, b or c``."""
        return format_list(list(items), style, self.locale)

    def _unbroken(self, text: str) -> str:
        """Numbers and what they count, which stay on one line."""
        return _COUNTED_SPACE.sub(_NO_BREAK, text)

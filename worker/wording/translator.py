"""PURE. Numbers, days and sentences as a language writes them."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache
from io import BytesIO
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations

from config.fields import Language
from config.languages import CATALOGUES
from config.languages import LANGUAGES as SPOKEN
from config.message import Message, counted, filled
from config.periods import Duration, Window, calendar_period
from config.vocabulary import Unit
from worker.wording import english, french

LANGUAGES = cast("tuple[Language, ...]", SPOKEN)

_LOCALES = {"en": Locale("en", "GB"), "fr": Locale("fr", "FR")}  # others: their language alone
_SAYINGS = {"en": english.SAYINGS, "fr": french.SAYINGS}
_NO_BREAK = "\u00a0"
_DIGITS = 32  # behind the point: more than a file can write
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
        if message.text in _SAYINGS.get(self.language, {}):
            return _SAYINGS[self.language][message.text]
        if message.plural:
            return str(self._catalogue.ungettext(message.text, message.plural, message.count))
        return str(self._catalogue.ugettext(message.text))

    def _part(self, value: Any) -> str:
        return self.say(value) if isinstance(value, Message) else str(value)

    def number(self, value: Decimal | None, unit: Unit, currency: str = "") -> str:
        """A value as people write it; what is not known is said to be so."""
        if value is None:
            return self.say("unknown")
        match unit:
            case Unit.MONEY:
                return self.money(value, currency)
            case Unit.SHARE:
                return format_percent(value, "#,##0.##%" if self.language == "en" else "#,##0.##\u00a0%", self.locale)
            case Unit.SECONDS:
                return self.seconds(value)
            case Unit.COUNT:
                return format_decimal(value, "#,##0.##", self.locale)
            case Unit.RATIO:
                return format_decimal(value, "#,##0.00", self.locale)
        return format_decimal(value, "#,##0.#", self.locale)

    def in_full(self, value: Decimal, unit: Unit, currency: str = "") -> str:
        """A value with all its digits, for one that would else look like another."""
        places = "#" * _DIGITS
        with localcontext(prec=2 * _DIGITS):
            if unit is Unit.SHARE:
                gap = "" if self.language == "en" else _NO_BREAK
                return format_percent(value, f"#,##0.{places}{gap}%", self.locale)
            text = format_decimal(value, f"#,##0.{places}", self.locale)
        return f"{text}{_NO_BREAK}{currency}" if unit is Unit.MONEY else text

    def difference(self, value: Decimal, unit: Unit, currency: str = "") -> str:
        """By how much two values differ: between shares that is points, so that nobody takes it for a share of one."""
        if unit not in (Unit.SHARE, Unit.POSITION, Unit.POINTS):
            return self.number(value, unit, currency)
        amount = value * 100 if unit is Unit.SHARE else value
        text = format_decimal(amount, "#,##0.##" if unit is Unit.SHARE else "#,##0.#", self.locale)
        is_one = abs(amount) < 2 if self.language == "fr" else text == "1"
        return self.say(f"gap.{unit}_one" if is_one else f"gap.{unit}", value=text)

    def money(self, value: Decimal, currency: str) -> str:
        """An amount with its currency, to the cent."""
        # Plain English writes $ where the British write US$; it differs in nothing else.
        return format_currency(value, currency, locale="en" if self.language == "en" else self.locale)

    def percent(self, value: Decimal) -> str:
        """A share to the whole percent."""
        return format_percent(value, "#,##0%" if self.language == "en" else "#,##0\u00a0%", self.locale)

    def seconds(self, value: Decimal) -> str:
        """A duration: ``62 s`` as ``1 min 2 s``."""
        whole = int(value.to_integral_value(ROUND_HALF_EVEN))
        minutes, seconds = divmod(abs(whole), 60)
        sign = "-" if whole < 0 else ""
        return sign + self.say(
            "{minutes} min {seconds} s" if minutes else "{seconds} s", minutes=minutes, seconds=seconds
        )

    def day(self, day: date) -> str:
        """A day, with its year."""
        return self._first(day, format_date(day, "d MMMM y", self.locale))

    def short_day(self, day: date) -> str:
        """A day without its year."""
        return self._first(day, format_date(day, "d MMM", self.locale))

    def short_month(self, day: date) -> str:
        """A month of a year, for the axis of a chart."""
        return format_date(day, "MMM y", self.locale)

    def weekday(self, number: int) -> str:
        """A day of the week, Monday being 1."""
        return format_date(date(2024, 1, number), "EEEE", self.locale)  # the year began on a Monday

    def _first(self, day: date, text: str) -> str:
        """French says "1er mai"."""
        return f"1er{text[1:]}" if self.language == "fr" and day.day == 1 else text

    def moment(self, moment: datetime, zone: str) -> str:
        """A moment, to the minute, on the clock of a zone."""
        pattern = "d MMMM y, HH:mm" if self.language == "en" else "d MMMM y 'à' HH:mm"
        there = moment.astimezone(ZoneInfo(zone))
        return self._first(there.date(), format_datetime(there, pattern, locale=self.locale))

    def period(self, window: Window) -> str:
        """A period by its shortest name: a day, a month, a quarter, or from one day to another."""
        if len(window) == 1:
            return self.day(window.start)
        if window == calendar_period("month", window.start):
            return format_date(window.start, "MMMM y", self.locale)
        if window == calendar_period("quarter", window.start):
            return format_date(window.start, "QQQ y", self.locale)
        if window == calendar_period("week", window.start):
            return self.say("week of {day}", day=self.day(window.start))
        return self._from_to(window.start, window.last)

    def _from_to(self, first: date, last: date) -> str:
        """From one day to another, the month and the year said once where they are the same."""
        if (first.year, first.month) == (last.year, last.month):
            start = self._first(first, str(first.day))
            return self.say("{first}–{last}", first=start, last=self.day(last))
        pattern = "d MMMM" if first.year == last.year else "d MMMM y"
        start = self._first(first, format_date(first, pattern, self.locale))
        return self.say("{first} – {last}", first=start, last=self.day(last))

    def duration(self, duration: Duration) -> str:
        """A length of time: ``14 days``; one of a thing is the thing."""
        if duration.count == 1:
            return self.say(f"unit.{duration.unit}")
        return self.say(f"unit.{duration.unit}s", count=duration.count)

    def listed(self, items: Iterable[str], joint: str = "and") -> str:
        """``a, b and c``."""
        every = list(items)
        if len(every) < 2:
            return "".join(every)
        return f"{', '.join(every[:-1])} {self.say(joint)} {every[-1]}"

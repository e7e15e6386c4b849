"""Public holidays and trade days of a country, as events of a plan."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Annotated, Any

from babel.core import get_global
from pydantic import BeforeValidator, WithJsonSchema

from config.errors import Mistake
from config.periods import DAY, Window
from config.thresholds import Event
from config.trade_days import trade_days


def _read_countries(value: Any) -> Any:
    """``FR``, or a list of countries; ``DE-BY`` for a part of one."""
    countries = value if isinstance(value, (list, tuple)) else [value]
    return tuple(_country(country) for country in countries)


def _country(value: Any) -> str:
    from holidays import list_supported_countries  # half a second: only where a plan names one

    code = value.strip().upper() if isinstance(value, str) else ""
    country, _, part = code.partition("-")
    known = list_supported_countries(include_aliases=False)
    if country not in known:
        raise Mistake("there are no holidays for '{value}': write a two-letter country code, such as FR", value=value)
    if part and part not in known[country]:
        raise Mistake("there is no part '{part}' of {country}: write {country}", part=part, country=country)
    if code != value:
        raise Mistake("'{value}' is not a country: write {code}", value=value, code=code)
    return code


_CODE_SCHEMA = {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]+)?$", "examples": ["FR", "DE-BY"]}
Countries = Annotated[
    tuple[str, ...],
    BeforeValidator(_read_countries),
    WithJsonSchema({"anyOf": [_CODE_SCHEMA, {"type": "array", "items": _CODE_SCHEMA}]}),
]


def country_of(zone: str) -> str | None:
    """The country of a time zone, where it lies in one."""
    country = get_global("zone_territories").get(zone)
    return country if country and len(country) == 2 and country.isalpha() else None


def special_days(countries: Collection[str], window: Window, language: str, told: Sequence[Event]) -> list[Event]:
    """Holidays and trade days that touch a window, without those that ``told`` events touch, in order."""
    days = {
        (days.start, days.end): name
        for country in countries
        for days, name in (*_trade(country, window, language), *_public(country, window, language))
        if days.overlaps(window) and not any(event.days.overlaps(days) for event in told)
    }
    return [_event(Window(start, end), name) for (start, end), name in sorted(days.items())]


def _event(days: Window, name: str) -> Event:
    if len(days) == 1:
        return Event(name=name, on=days.start)
    return Event.model_validate({"name": name, "from": days.start, "to": days.last})


def _years(window: Window) -> range:
    return range(window.start.year, window.last.year + 1)


def _trade(country: str, window: Window, language: str) -> Iterator[tuple[Window, str]]:
    for year in _years(window):
        for it in trade_days(country.partition("-")[0], year):
            yield it.days, it.french if language == "fr" else it.name


def _public(country: str, window: Window, language: str) -> Iterator[tuple[Window, str]]:
    from holidays import country_holidays

    code, _, part = country.partition("-")
    spoken = "en_US" if language == "en" else language
    found: dict[date, str] = country_holidays(code, subdiv=part or None, years=_years(window), language=spoken)
    for day, name in found.items():
        yield Window(day, day + DAY), name

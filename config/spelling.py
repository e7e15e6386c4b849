"""What people mean by a number or a day that is written in another way than the files want. Pure.

Where only one reading is possible it is given back in the right form, to be shown as what to write; else None.
"""

import re
from datetime import date
from decimal import Decimal

_MONTHS = (
    ("january", "janvier", "jan", "janv"),
    ("february", "fevrier", "février", "feb", "fev", "fév", "fevr", "févr"),
    ("march", "mars", "mar"),
    ("april", "avril", "apr", "avr"),
    ("may", "mai"),
    ("june", "juin", "jun"),
    ("july", "juillet", "jul", "juil"),
    ("august", "aout", "août", "aug"),
    ("september", "septembre", "sep", "sept"),
    ("october", "octobre", "oct"),
    ("november", "novembre", "nov"),
    ("december", "decembre", "décembre", "dec", "déc"),
)
_CURRENCIES = {"€": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "dollar": "USD", "dollars": "USD", "£": "GBP"}
_AROUND = ("er", "st", "nd", "rd", "th", "le", "the", "of")  #: what stands around the numbers of a day
_CURLY = "“”„‟«»‘’‚‛"


def day_meant(text: str) -> str | None:
    """``31/12/2026`` or ``1er mars 2026`` as ``2026-12-31``; None where day and month may be exchanged."""
    words = re.findall(r"\d+|[^\W\d_]+", text.casefold())
    numbers = [int(word) for word in words if word.isdecimal() and len(word) <= 4]
    if any(not word.isdecimal() and word not in _AROUND and not _month(word) for word in words):
        return None
    months = [month for word in words if (month := _month(word))]
    match numbers:
        case [year, month, day] if year > 31 and not months:
            return _day(year, month, day)
        case [first, second, year] if year > 31 and not months and (first > 12 or first == second):
            return _day(year, second, first)
        case [day, year] if year > 31 and len(months) == 1:
            return _day(year, months[0], day)
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text.strip())
    return _day(*map(int, compact.groups())) if compact else None


def _month(word: str) -> int:
    return next((index for index, names in enumerate(_MONTHS, 1) if word in names), 0)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def number_meant(text: str) -> str | None:
    """``2 500,50 €`` as ``2500.50``; None where a comma or point may be either sign (``2,500``)."""
    plain = re.sub(r"(?i)eur(os?)?|usd|gbp|chf|[€$£]|[\s'’\u00a0\u202f]", "", text)
    factor = 1000 if re.fullmatch(r"[-+]?[\d.,]+k", plain, re.IGNORECASE) else 1
    plain = plain.rstrip("kK") if factor > 1 else plain
    if not re.fullmatch(r"[-+]?\d[\d.,]*", plain) or plain[-1] in ".,":
        return None
    signs = re.findall(r"[.,]", plain)
    if len(set(signs)) == 2:
        if signs.count(signs[-1]) > 1:
            return None
        plain = plain.replace(signs[0], "").replace(signs[-1], ".")
    elif len(signs) > 1:
        plain = plain.replace(signs[0], "")
    elif signs and len(re.split(r"[.,]", plain)[1]) == 3 and factor == 1:
        return None
    number = Decimal(plain.replace(",", "."))
    return f"{(number * factor).normalize():f}" if factor > 1 else f"{number:f}"


def currency_meant(text: str) -> str | None:
    """``euros`` or ``eur`` as ``EUR``."""
    known = _CURRENCIES.get(text.strip().casefold())
    return known or (text.upper() if re.fullmatch(r"[A-Za-z]{3}", text) else None)


def is_in_curly_quotes(text: str) -> bool:
    """Whether a text begins or ends with a typographic quote, as word processors put them."""
    return (text[:1] in _CURLY and text != "") or text[-1:] in ("”", "»")

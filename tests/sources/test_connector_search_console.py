"""Google Search Console: the shared contracts over a simulator of it, and what is particular to it."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
import yaml
from connector_contract import MARCH, Amount, ConnectorContract, Known, Over, Row, readings, sums, told
from fault_contract import DRIFTS, GONE, FaultContract, totals
from pydantic import ValidationError
from simulators.search_console import (
    EMAIL,
    NOT_PERMITTED,
    SITE,
    example,
    google_says,
    no_grant,
    pem,
)
from simulators.search_console import (
    SearchConsole as Simulated,
)
from simulators.web_server import Handler, WebServer, bytes_answer, json_answer, redirect, text_answer

from config.errors import SourceMisread, SourceRefused, SourceUnavailable
from config.periods import DAY, Window
from config.sources import SourceEntry
from config.vocabulary import SourceKind
from connectors.base import Connector, Context, Covered, Note, Origin, Quality, Reading, Remark
from connectors.kit.http import RequestLimits
from connectors.search import search_console
from connectors.search.search_console import SearchConsole, SearchConsoleOptions

TENTH = date(2026, 3, 10)
CLICKS, IMPRESSIONS, WEIGHT = "search_clicks", "search_impressions", "position_weight"
OF_THE_KEY = pem().splitlines()[3]
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would have been slept; the vendor wants a gap between two questions, a simulator does not."""
    slept: list[float] = []
    monkeypatch.setattr("connectors.kit.http.time", SimpleNamespace(monotonic=time.monotonic, sleep=slept.append))
    monkeypatch.setattr(
        SearchConsole, "limits", RequestLimits(connect_seconds=5, read_seconds=5, deadline_seconds=20, tries=3)
    )
    return slept


@pytest.fixture
def google() -> Iterator[Simulated]:
    with Simulated() as simulator:
        yield simulator


def connected(google: WebServer, key: Mapping[str, Any] | str | None = None, **options: Any) -> SearchConsole:
    """A connector as ``sources.yaml`` would make it."""
    if key is None:
        assert isinstance(google, Simulated)
        key = google.key()
    text = key if isinstance(key, str) else json.dumps(key)
    entry = {"connector": "search_console", "site": SITE, "credentials": {"env": "KEY"}, "endpoint": google.url("")}
    context = Context("gsc", Path(), "Europe/Paris", "EUR", reveal=lambda _: text)
    return SearchConsole(SearchConsoleOptions.model_validate({**entry, **options}), context)


def day_of(connector: Connector, day: date = TENTH) -> list[Any]:
    return list(connector.read(Window(day, day + DAY)))


def asked(google: Simulated) -> list[dict[str, Any]]:
    """The questions so far."""
    return [seen.json for seen in google.seen if seen.path.endswith("/query")]


class TestSearchConsole(ConnectorContract):
    count: ClassVar = CLICKS
    money: ClassVar = WEIGHT
    label: ClassVar = "keyword"
    currency: ClassVar = None
    canaries: ClassVar = ("ya29.canary", OF_THE_KEY, "canary-no-key")
    many: ClassVar = 6_000
    weighed: ClassVar = 4_000
    flat: ClassVar = 2 << 20
    leaves_out: ClassVar = {
        "test_a_cell_nobody_filled_in_is_unknown_not_zero": "each row of Google's has all its figures",
        "test_money_may_be_negative": "Search Console knows no money, and no figure below zero",
        "test_two_currencies_stay_apart": "Search Console knows no money",
        "test_a_restated_row_is_read_as_restated": "a row has three measures: see the test of this name below",
    }

    @pytest.fixture
    def over(self, google: Simulated) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            google.figures.clear()
            for row in ledger:
                clicks, impressions, weight = (row.measures[name] for name in (CLICKS, IMPRESSIONS, WEIGHT))
                google.hold(row.day, row.labels["keyword"], int(clicks or 0), int(impressions or 0), weight or 0)
            return connected(google)

        return build

    def row(self, day: date, count: Amount, money: Amount = 0, label: str = "", currency: str = "") -> Row:
        """Each row is one impression: its weight is its position."""
        return Row(day, {CLICKS: count, IMPRESSIONS: 1, WEIGHT: money}, {"keyword": label}, "")

    @pytest.fixture
    def absent(self) -> Connector:
        with Simulated() as gone:
            pass
        return connected(gone)

    @pytest.fixture
    def failing(self, google: Simulated) -> Sequence[Connector]:
        google.sites["sc-domain:other.example"] = "siteUnverifiedUser"
        return [
            connected(google, site="sc-domain:nobody.example"),
            connected(google, site="sc-domain:other.example"),
            connected(google, "canary-no-key"),
            connected(google, {"type": "authorized_user", "refresh_token": "canary-no-key"}),
            connected(google, google.key(private_key="canary-no-key")),
            connected(google, google.key(private_key=pem().replace(OF_THE_KEY, OF_THE_KEY[::-1]))),
            connected(google, google.key(client_email="somebody@else.example")),
            connected(google, google.key(token_uri="http://tokens.example/canary-no-key")),
        ]

    @pytest.fixture
    def consumed(self, google: Simulated) -> Callable[[], int]:
        return lambda: google.given

    def test_a_restated_row_with_all_its_measures(self, over: Over) -> None:
        over([self.row(TENTH, 5, Decimal("50.00"), "a")]).check()
        (reading,) = readings(over([self.row(TENTH, 4, Decimal("38.50"), "a")]))
        assert reading.measures == {CLICKS: 4, IMPRESSIONS: 1, WEIGHT: Decimal("38.50")}


class TestInTrouble(FaultContract):
    connector_class: ClassVar = SearchConsole
    canaries: ClassVar = ("ya29.canary", OF_THE_KEY)
    logins: ClassVar = 1

    @pytest.fixture
    def vendor(self) -> Iterator[Simulated]:
        with example() as simulator:
            simulator.first_incomplete = date(2026, 3, 12)
            yield simulator

    @pytest.fixture
    def connector(self, vendor: Simulated) -> Connector:
        return connected(vendor)

    def read(self, connector: Connector) -> dict[tuple[date, str, str], Known]:
        """A day that is not covered is missing, and told as such: Google leaves out days without figures."""
        items = list(connector.read(self.window))
        covered = {day for item in items if isinstance(item, Covered) for day in item.window}
        if covered != set(self.window):
            raise SourceMisread("some days are missing")
        return totals(iter(items))

    def test_a_field_that_drifts_is_noticed_or_does_not_matter(self, vendor: Any, connector: Connector) -> None:
        connector.check()  # has its token: the answers come in the same order each time
        super().test_a_field_that_drifts_is_noticed_or_does_not_matter(vendor, connector)


def covered(items: Sequence[Any]) -> list[date]:
    return sorted(day for item in items if isinstance(item, Covered) for day in item.window)


def figures(items: Sequence[Any]) -> dict[str, tuple[Any, ...]]:
    """Keyword -> clicks, impressions, weight."""
    return {
        item.origin.keyword: (item.measures[CLICKS], item.measures[IMPRESSIONS], item.measures[WEIGHT])
        for item in items
        if isinstance(item, Reading)
    }


def rows(*given: tuple[Any, ...]) -> dict[str, Any]:
    """An answer: keys, clicks, impressions, position."""
    names = ("keys", "clicks", "impressions", "position")
    return {"rows": [dict(zip(names, row, strict=True)) for row in given], "responseAggregationType": "byProperty"}


class TestFigures:
    def test_what_google_keeps_to_itself_stands_under_no_keyword(self, google: Simulated) -> None:
        google.hold(TENTH, "green tea", 10, 500, 4_000)
        google.hold(TENTH, "tea", 2, 300, 6_000)
        google.hold(TENTH, "", 3, 200, 1_500)
        found = figures(day_of(connected(google)))
        assert found == {"green tea": (10, 500, 4_000), "tea": (2, 300, 6_000), "": (3, 200, 1_500)}

    def test_a_day_of_hidden_queries_alone_is_a_day(self, google: Simulated) -> None:
        google.hold(TENTH, "", 0, 7, 70)
        assert figures(day_of(connected(google))) == {"": (0, 7, 70)}

    def test_without_hidden_queries_there_is_no_nameless_reading(self, google: Simulated) -> None:
        google.hold(TENTH, "tea", 1, 3, 10)  # its position is 3.3333333333333335
        google.hold(TENTH, "green tea", 1, 7, 10)
        assert figures(day_of(connected(google))) == {"tea": (1, 3, 10), "green tea": (1, 7, 10)}

    def test_a_position_of_sixteen_digits_gives_its_weight_back(self, google: Simulated) -> None:
        answer = rows((["2026-03-10"], 12.0, 340.0, 8.423529411764706))
        google.fail(None, json_answer(answer), json_answer({}))
        ((clicks, impressions, weight),) = figures(day_of(connected(google))).values()
        assert (clicks, impressions, weight) == (12, 340, Decimal("2864.000000"))
        assert weight.as_tuple().exponent == -6

    def test_the_position_of_some_days_is_weighted_not_a_mean_of_means(self, google: Simulated) -> None:
        google.hold(TENTH, "tea", 0, 900, 900 * 2)
        google.hold(TENTH + DAY, "tea", 0, 100, 100 * 12)
        known = sums(connected(google).read(Window(TENTH, TENTH + 2 * DAY)))
        weight = sum(amount for (_, _, measure), (amount, _) in known.items() if measure == WEIGHT)
        shown = sum(amount for (_, _, measure), (amount, _) in known.items() if measure == IMPRESSIONS)
        assert weight / shown == 3  # the mean of 2 and 12 is 7

    def test_rows_that_grew_after_the_total_give_no_negative_rest(self, google: Simulated) -> None:
        total = rows((["2026-03-10"], 5, 100, 4))
        google.fail(None, json_answer(total), json_answer(rows((["2026-03-10", "tea"], 6, 120, 4))))
        assert figures(day_of(connected(google))) == {"tea": (6, 120, 480)}

    def test_a_rest_whose_position_cannot_be_is_unknown(self, google: Simulated) -> None:
        total = rows((["2026-03-10"], 5, 100, 4))
        google.fail(None, json_answer(total), json_answer(rows((["2026-03-10", "tea"], 5, 90, 5))))
        assert figures(day_of(connected(google))) == {"tea": (5, 90, 450), "": (0, 10, None)}

    def test_what_is_asked_for(self, google: Simulated) -> None:
        google.hold(TENTH, "tea", 1, 10, 20)
        list(connected(google).read(MARCH))
        every = {"type": "web", "dataState": "all", "aggregationType": "byProperty", "rowLimit": 25_000, "startRow": 0}
        assert asked(google) == [
            {"startDate": "2026-03-01", "endDate": "2026-03-31", "dimensions": ["date"], **every},
            {"startDate": "2026-03-10", "endDate": "2026-03-10", "dimensions": ["date", "query"], **every},
        ]

    def test_another_search_is_asked_for_and_kept_apart(self, google: Simulated) -> None:
        google.hold(TENTH, "tea", 1, 10, 20)
        assert day_of(connected(google, type="image")) == []
        google.type = "image"
        assert figures(day_of(connected(google, type="image"))) == {"tea": (1, 10, 20)}

    def test_one_country_is_asked_for_in_totals_and_queries(self, google: Simulated) -> None:
        google.hold(TENTH, "tea", 1, 10, 20, country="fra")
        google.hold(TENTH, "tea", 5, 50, 60, country="gbr")
        google.hold(TENTH, "", 0, 3, 30, country="fra")
        assert figures(day_of(connected(google, country="fra"))) == {"tea": (1, 10, 20), "": (0, 3, 30)}
        only = [{"filters": [{"dimension": "country", "operator": "equals", "expression": "fra"}]}]
        assert [question["dimensionFilterGroups"] for question in asked(google)] == [only, only]
        assert figures(day_of(connected(google)))["tea"] == (6, 60, 80)

    @pytest.mark.parametrize(
        "row",
        [
            (["2026-03-10", "tea", "x"], 1, 1, 1),
            (["2026-03-10"], 1, 1, 1),
            (["2026-03-11", "tea"], 1, 1, 1),
            (["2026-03-10", 7], 1, 1, 1),
            (["2026-03-10", "tea"], -1, 1, 1),
            (["2026-03-10", "tea"], 1, 1.5, 1),
            (["2026-03-10", "tea"], 1, 1, 1e40),
        ],
        ids=["a key more", "a key less", "another day", "no text", "below zero", "half an impression", "too far down"],
    )
    def test_a_row_that_cannot_be_is_not_read(self, google: Simulated, row: tuple[Any, ...]) -> None:
        google.fail(None, json_answer(rows((["2026-03-10"], 5, 100, 4))), json_answer(rows(row)))
        with pytest.raises(SourceMisread, match=r"^gsc: Search Console's answer for 2026-03-10: row 1"):
            day_of(connected(google))

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("position", None, "position is empty, not an amount"),
            ("clicks", None, "clicks is empty, not a whole number"),
            ("impressions", -3, "has a figure below zero"),
        ],
    )
    def test_a_row_that_cannot_be_read_is_unknown_and_named_and_the_rest_stands(
        self, google: Simulated, field: str, value: Any, reason: str
    ) -> None:
        answer = rows((["2026-03-10", "tea"], 2, 30, 4), (["2026-03-10", "mint"], 1, 10, 2))
        answer["rows"][0][field] = value
        google.fail(None, json_answer(rows((["2026-03-10"], 5, 100, 4))), json_answer(answer))
        items = day_of(connected(google))
        assert figures(items) == {"tea": (None, None, None), "mint": (1, 10, 20), "": (4, 90, 380)}
        assert [item.text for item in items if isinstance(item, Remark)] == [
            f"day 2026-03-10, query 'tea': {reason}: left out"
        ]
        assert [item.quality for item in items if isinstance(item, Note)] == [Quality.TRUNCATED]

    def test_where_no_row_can_be_read_the_answer_is_wrong(self, google: Simulated) -> None:
        answer = rows((["2026-03-10", "tea"], 2, 30, None), (["2026-03-10", "mint"], 1, 10, None))
        google.fail(None, json_answer(rows((["2026-03-10"], 5, 100, 4))), json_answer(answer))
        with pytest.raises(SourceMisread, match="row 1: position is empty, not an amount"):
            day_of(connected(google))

    def test_a_total_that_cannot_be_read_leaves_what_is_beside_the_queries_unknown(self, google: Simulated) -> None:
        of_days = rows((["2026-03-10"], 5, 100, None), (["2026-03-11"], 1, 10, 2))
        of_queries = [rows((["2026-03-10", "tea"], 2, 30, 4)), rows((["2026-03-11", "tea"], 1, 10, 2))]
        google.fail(None, *map(json_answer, (of_days, *of_queries)))
        items = list(connected(google).read(Window(TENTH, TENTH + 2 * DAY)))
        assert [
            (item.day.day, item.origin.keyword, item.measures[CLICKS]) for item in items if isinstance(item, Reading)
        ] == [
            (10, "tea", 2),
            (10, "", None),
            (11, "tea", 1),
        ]
        (remark,) = [item.text for item in items if isinstance(item, Remark)]
        assert remark == "day 2026-03-10, total 'of all queries': position is empty, not an amount: left out"

    @pytest.mark.parametrize("row", [(6, 5, 2), (1, 5, 0.9)], ids=["more clicks than impressions", "above the first"])
    def test_figures_that_google_cannot_mean_are_named(self, google: Simulated, row: tuple[Any, ...]) -> None:
        answer = rows((["2026-03-10", "tea"], *row), (["2026-03-10", "mint"], 1, 10, 1))
        google.fail(None, json_answer(rows((["2026-03-10"], 9, 100, 4))), json_answer(answer))
        (remark,) = [item.text for item in day_of(connected(google)) if isinstance(item, Remark)]
        assert remark == "day 2026-03-10, query 'tea': more clicks than impressions, or a position below 1"

    @pytest.mark.parametrize("days", [["2026-03-09"], ["2026-03-10", "2026-03-10"], ["soon"]], ids=" ".join)
    def test_a_total_that_cannot_be_is_not_read(self, google: Simulated, days: list[str]) -> None:
        google.fail(None, json_answer(rows(*(([day], 5, 100, 4) for day in days))))
        with pytest.raises(SourceMisread):
            day_of(connected(google))


class TestDays:
    def test_an_answer_without_rows_says_nothing(self, google: Simulated) -> None:
        google.first_incomplete = date(2026, 3, 20)
        assert list(connected(google).read(MARCH)) == []
        assert len(asked(google)) == 1

    @pytest.mark.parametrize("spelling", ["firstIncompleteDate", "first_incomplete_date"])
    def test_days_still_collected_are_provisional_and_empty_ones_unknown(
        self, google: Simulated, spelling: str
    ) -> None:
        google.spelling, google.first_incomplete = spelling, date(2026, 3, 12)
        for day in (9, 10, 13):
            google.hold(date(2026, 3, day), "tea", 1, 10, 20)
        items = list(connected(google).read(MARCH))
        assert [day.day for day in covered(items)] == [9, 10, 11, 13]
        assert [(item.day.day, item.quality) for item in items if isinstance(item, Note)] == [(13, Quality.PROVISIONAL)]
        assert [type(item).__name__ for item in items if getattr(item, "day", None) == date(2026, 3, 13)] == [
            "Note",
            "Reading",
        ]

    def test_what_is_wholly_incomplete_is_provisional(self, google: Simulated) -> None:
        google.first_incomplete = date(2026, 3, 1)
        for day in (9, 11):
            google.hold(date(2026, 3, day), "tea", 1, 10, 20)
        items = list(connected(google).read(MARCH))
        assert [day.day for day in covered(items)] == [9, 11]
        assert [item.day.day for item in items if isinstance(item, Note)] == [9, 11]

    def test_what_is_incomplete_after_the_days_asked_for_covers_no_more_than_them(self, google: Simulated) -> None:
        answer = {**rows((["2026-03-10"], 1, 10, 2)), "metadata": {"firstIncompleteDate": "2026-03-20"}}
        google.fail(None, json_answer(answer))
        items = list(connected(google).read(Window(TENTH, TENTH + 3 * DAY)))
        assert [day.day for day in covered(items)] == [10, 11, 12]
        assert not [item for item in items if isinstance(item, Note)]

    def test_a_day_between_others_without_figures_is_a_zero(self, google: Simulated) -> None:
        for day in (9, 12):
            google.hold(date(2026, 3, day), "tea", 1, 10, 20)
        items = list(connected(google).read(MARCH))
        assert [day.day for day in covered(items)] == [9, 10, 11, 12]
        assert ("2026-03-10", "2026-03-11") in [(one["startDate"], one["endDate"]) for one in asked(google)]

    def test_a_day_whose_total_is_lost_is_no_zero(self, google: Simulated) -> None:
        for day in (9, 10, 11):
            google.hold(date(2026, 3, day), "tea", 1, 10, 20)
        totals = rows((["2026-03-09"], 1, 10, 2), (["2026-03-11"], 1, 10, 2))
        google.fail(None, json_answer(totals))
        items: list[Any] = []
        with pytest.raises(SourceMisread, match=r"gives queries of 2026-03-10 to 2026-03-10, and no total"):
            items.extend(connected(google).read(MARCH))
        assert [day.day for day in covered(items)] == [9, 11]
        assert [item.day.day for item in items if isinstance(item, Reading)] == [9, 11]

    def test_a_daily_run_asks_one_question_a_day_and_two_more(self, google: Simulated) -> None:
        today = date(2026, 3, 20)
        google.first_incomplete = today - 2 * DAY
        for place in range(1, 60):
            for query in range(50):
                google.hold(today - place * DAY, f"query {query}", 1, 10, 20)
        list(connected(google).read(Window(today - 12 * DAY, today + DAY)))  # the last settled day, 5 before, and today
        assert google.calls == 2 + 12


class TestPages:
    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch: pytest.MonkeyPatch, google: Simulated) -> None:
        monkeypatch.setattr(search_console, "PAGE", 25)
        monkeypatch.setattr(search_console, "MOST", 100)
        google.most = 100

    def fill(self, google: Simulated, queries: int) -> None:
        for place in range(queries):
            google.hold(TENTH, f"query {place}", place % 5, 10, 20)

    @pytest.mark.parametrize(("queries", "starts"), [(24, [0]), (25, [0, 25]), (60, [0, 25, 50])])
    def test_pages_are_asked_for_until_one_is_not_full(
        self, google: Simulated, queries: int, starts: list[int]
    ) -> None:
        self.fill(google, queries)
        items = day_of(connected(google))
        assert [question["startRow"] for question in asked(google)[1:]] == starts
        assert len(figures(items)) == queries
        assert not [item for item in items if isinstance(item, Note)]

    def test_a_day_of_more_rows_than_google_gives_is_truncated_and_its_sum_is_right(self, google: Simulated) -> None:
        self.fill(google, 130)
        items = day_of(connected(google))
        assert [question["startRow"] for question in asked(google)[1:]] == [0, 25, 50, 75]
        (note,) = [item for item in items if isinstance(item, Note)]
        assert (note.day, note.quality) == (TENTH, Quality.TRUNCATED)
        first_reading = next(place for place, item in enumerate(items) if isinstance(item, Reading))
        assert items.index(note) < first_reading
        found = figures(items)
        assert found[""] == (4, 300, 600)  # of the 26 queries with one click the last four, and all without
        assert [sum(column) for column in zip(*found.values(), strict=True)] == [260, 1300, 2600]

    def test_a_row_on_two_pages_counts_once(self, google: Simulated) -> None:
        pages = [
            rows(*((["2026-03-10", f"query {place}"], 0, 10, 2) for place in range(first, last)))
            for first, last in ((0, 25), (20, 30))
        ]
        total = rows((["2026-03-10"], 0, 350, 2))
        google.fail(None, *map(json_answer, (total, *pages)))
        found = figures(day_of(connected(google)))
        assert len(found) == 31
        assert found[""] == (0, 50, 100)

    def of_pages(self, google: Simulated, *spans: tuple[int, int]) -> list[Any]:
        """A day's answers: its total, then pages with the queries from one number to another."""
        pages = [rows(*((["2026-03-10", f"query {place}"], 0, 10, 2) for place in range(*span))) for span in spans]
        google.fail(None, *map(json_answer, (rows((["2026-03-10"], 0, 300, 2)), *pages)))
        return day_of(connected(google))

    def test_a_row_that_moved_between_two_pages_is_found_when_they_are_asked_for_again(self, google: Simulated) -> None:
        items = self.of_pages(google, (0, 25), (24, 29), (1, 26), (26, 30))
        assert set(figures(items)) == {f"query {place}" for place in range(30)}
        assert not [item for item in items if isinstance(item, Note)]

    def test_a_day_whose_rows_go_on_moving_is_truncated(self, google: Simulated) -> None:
        items = self.of_pages(google, (0, 25), (24, 29), (0, 25), (24, 28))
        (note,) = [item for item in items if isinstance(item, Note)]
        assert (note.quality, note.text) == (Quality.TRUNCATED, "its pages overlap: a query may be on none")

    def test_the_same_page_twice_is_not_read(self, google: Simulated) -> None:
        page = rows(*((["2026-03-10", f"query {place}"], 0, 10, 2) for place in range(25)))
        google.fail(None, *map(json_answer, (rows((["2026-03-10"], 0, 350, 2)), page, page)))
        with pytest.raises(SourceMisread, match="the same page twice"):
            day_of(connected(google))


QPS = "Search Analytics QPS quota exceeded. Learn about usage limits: https://developers.google.com/webmaster-tools/limits"
LOAD = "Search Analytics load quota exceeded. Learn about usage limits: https://developers.google.com/webmaster-tools/limits"
API_IS_OFF = "Google Search Console API has not been used in project 427 before or it is disabled."


class TestRefusals:
    @pytest.fixture(autouse=True)
    def some_figures(self, google: Simulated) -> None:
        google.hold(TENTH, "tea", 1, 10, 20)

    def test_too_many_questions_a_second_wait_a_little(self, google: Simulated, slept: list[float]) -> None:
        google.fail(None, google_says(403, QPS, "quotaExceeded", "PERMISSION_DENIED").answer)
        assert figures(day_of(connected(google))) == {"tea": (1, 10, 20)}
        assert slept == [5.0]

    def test_too_much_load_comes_back_after_a_quarter_of_an_hour(self, google: Simulated, slept: list[float]) -> None:
        google.fail(None, google_says(403, LOAD, "quotaExceeded", "PERMISSION_DENIED").answer)
        with pytest.raises(SourceUnavailable, match=r"quota is used up \(403\): Search Analytics load") as caught:
            day_of(connected(google))
        assert caught.value.retry_after == 900
        assert (google.calls, slept) == (2, [])

    @pytest.mark.parametrize(
        "body",
        [
            {"error": {"code": 403, "message": "Quota exceeded for quota metric 'Queries'", "status": "X"}},
            {"error": {"code": 403, "message": "no", "errors": [{"reason": "rateLimitExceeded"}]}},
            {"error": {"code": 403, "message": "no", "errors": [{"reason": "dailyLimitExceeded"}]}},
        ],
        ids=["in its words", "a rate", "a day's"],
    )
    def test_a_quota_is_told_by_its_reason_or_its_words(self, google: Simulated, body: Any) -> None:
        google.fail(None, *[json_answer(body, status=403)] * 3)
        with pytest.raises(SourceUnavailable, match="quota is used up"):
            day_of(connected(google))

    def test_a_property_that_is_not_shared_names_whom_to_add(self, google: Simulated) -> None:
        google.sites.clear()
        with pytest.raises(SourceRefused) as caught:
            day_of(connected(google))
        told_so = str(caught.value)
        assert told_so.startswith(
            f"gsc: {EMAIL} may not read the property {SITE}: add this address as a user in Search "
        )
        assert NOT_PERMITTED.format(SITE)[:60] in told_so
        assert google.calls == 2

    def test_an_api_that_is_off_is_to_be_switched_on(self, google: Simulated) -> None:
        google.fail(None, google_says(403, API_IS_OFF, "accessNotConfigured", "PERMISSION_DENIED").answer)
        with pytest.raises(SourceRefused, match="switch on the Google Search Console API in the key's project"):
            day_of(connected(google))

    @pytest.mark.parametrize("body", [[], {"error": "no"}, {"error": {"errors": ["no"]}}, {"error": {"errors": [{}]}}])
    def test_a_403_of_another_shape_is_refused_in_its_words(self, google: Simulated, body: Any) -> None:
        google.fail(None, json_answer(body, status=403))
        with pytest.raises(SourceRefused, match=r"refuses the credentials \(403\)"):
            day_of(connected(google))

    def test_a_question_google_does_not_take_is_refused(self, google: Simulated) -> None:
        connector = connected(google)
        with pytest.raises(SourceRefused, match=r"does not take the request \(400\): .*grouping or filtering by page"):
            connector._ask(MARCH, ["date", "page"])

    def test_a_property_by_its_address_is_encoded_whole(self, google: Simulated) -> None:
        site = "https://www.example.com/tea shop/".replace(" ", "-")
        google.sites[site] = "siteRestrictedUser"
        assert figures(day_of(connected(google, site=site))) == {"tea": (1, 10, 20)}
        assert f"/sites/{quote(site, safe='')}/searchAnalytics/query" in google.seen[-1].path
        assert "https%3A%2F%2Fwww.example.com%2F" in google.seen[-1].path


class TestKey:
    @pytest.fixture(autouse=True)
    def some_figures(self, google: Simulated) -> None:
        for day in MARCH:
            google.hold(day, "tea", 1, 10, 20)

    def test_one_token_serves_a_whole_run(self, google: Simulated) -> None:
        connector = connected(google)
        connector.check()
        assert len(readings(connector)) == 31
        assert google.tokens == 1

    def test_a_token_that_expires_within_a_run_is_renewed_once(self, google: Simulated) -> None:
        items = connected(google).read(MARCH)
        found = [next(item for item in items if isinstance(item, Reading))]
        google.expire()
        found += [item for item in items if isinstance(item, Reading)]
        assert len(found) == 31
        assert [seen.path for seen in google.seen].count("/token") == 2

    def test_a_new_token_that_is_not_taken_either_is_refused(self, google: Simulated) -> None:
        connector = connected(google)
        connector.check()
        no = google_says(401, "Request had invalid authentication credentials.", "authError", "UNAUTHENTICATED").answer
        google.fail(no, None, no)
        with pytest.raises(SourceRefused, match=r"refuses the credentials \(401\)"):
            day_of(connector)
        assert google.calls == 5

    @pytest.mark.parametrize("words", ["Invalid JWT Signature.", "Invalid grant: account not found"])
    def test_a_key_that_is_not_taken_any_more(self, google: Simulated, words: str) -> None:
        google.fail(no_grant(words).answer)
        with pytest.raises(SourceRefused) as caught:
            day_of(connected(google))
        assert f"gsc: Google does not take the key of {EMAIL}: it was deleted or disabled, or" in str(caught.value)
        assert words in str(caught.value)
        assert google.calls == 1

    @pytest.mark.parametrize("status", [400, 401, 403, 500])
    def test_an_answer_that_repeats_the_signed_request_tells_nothing_of_it(
        self, google: Simulated, status: int
    ) -> None:
        def repeat(handler: Handler) -> None:
            body = google.seen[-1].body.decode()
            text_answer(f"invalid_grant {body[-150:]} {body}", status=status)(handler)

        google.fail_always(repeat)
        with pytest.raises((SourceRefused, SourceUnavailable)) as caught:
            day_of(connected(google))
        assertion = google.seen[-1].form["assertion"]
        assert assertion not in told(caught.value)
        assert assertion[:100] not in told(caught.value)

    @pytest.mark.parametrize("name", DRIFTS)
    def test_a_token_that_drifts_gives_no_figure(self, google: Simulated, name: str) -> None:
        answer = {"access_token": "ya29.canary", "expires_in": 3599, "token_type": "Bearer"}
        drifted = DRIFTS[name](answer["access_token"])
        answer = {key: drifted if key == "access_token" else value for key, value in answer.items()}
        answer = {key: value for key, value in answer.items() if value is not GONE}
        google.fail_on("/token", json_answer(answer))
        with pytest.raises((SourceMisread, SourceRefused)):
            day_of(connected(google))

    @pytest.mark.parametrize("rest", [b"NaN}", b'1, "access_token": "x"}', b"3599"], ids=["NaN", "twice", "half"])
    def test_a_token_in_what_cannot_be_read_is_not_told(self, google: Simulated, rest: bytes) -> None:
        google.fail(bytes_answer(b'{"access_token": "ya29.canary", "expires_in": ' + rest))
        with pytest.raises(SourceMisread) as caught:
            day_of(connected(google))
        assert "canary" not in told(caught.value)

    @pytest.mark.parametrize("expires", ["soon", None, [], -1])
    def test_how_long_a_token_holds_does_not_matter(self, google: Simulated, expires: Any) -> None:
        google.tokens = 1
        google.fail(json_answer({"access_token": google.token, "expires_in": expires}))
        assert day_of(connected(google))

    @pytest.mark.parametrize("status", [201, 202])
    def test_a_token_is_one_whatever_its_status(self, google: Simulated, status: int) -> None:
        google.tokens = 1
        google.fail(json_answer({"access_token": google.token}, status=status))
        assert day_of(connected(google))

    @pytest.mark.parametrize(
        "address",
        ["http://oauth2.googleapis.com/token", "ftp://127.0.0.1/token", "", "https://user:pass@tokens.example/", "//x"],
    )
    def test_nothing_is_signed_for_an_address_that_is_not_safe(self, google: Simulated, address: str) -> None:
        with pytest.raises(SourceRefused, match="token_uri"):
            connected(google, google.key(token_uri=address)).check()
        assert not google.seen

    def test_a_token_is_not_fetched_from_where_its_address_sends(self, google: Simulated) -> None:
        with WebServer() as elsewhere:
            google.fail(redirect(elsewhere.url("/token"), 307))
            with pytest.raises(SourceRefused):
                day_of(connected(google))
            assert not elsewhere.seen

    @pytest.mark.parametrize("key", ["", "canary", "[]", "null", '{"type": "service_account"}'])
    def test_what_is_no_key_is_said_to_be_none(self, google: Simulated, key: str) -> None:
        with pytest.raises(SourceRefused, match="not the JSON key of a service account"):
            connected(google, key).check()
        assert not google.seen

    def test_nothing_of_google_is_imported_before_it_is_needed(self) -> None:
        code = """
import sys
from pathlib import Path
from connectors.base import Context
from connectors.search.search_console import SearchConsole
entry = {"connector": "search_console", "site": "sc-domain:example.com", "credentials": {"env": "KEY"}}
options = SearchConsole.Options.model_validate(entry)
SearchConsole(options, Context("gsc", Path(), "Europe/Paris", "EUR", reveal=str))
assert not [name for name in sys.modules if name.partition(".")[0] in ("google", "cryptography", "googleapiclient")]
"""
        subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)


class TestCheck:
    def test_it_says_what_is_read_and_as_whom(self, google: Simulated) -> None:
        info = connected(google, type="video", country="fra").check()
        assert info.account == "sc-domain:example.com, video, fra"
        assert info.zone == "America/Los_Angeles"
        assert info.remarks == (f"{EMAIL} reads the property as siteFullUser", "Google keeps the last 16 months")
        assert [seen.path for seen in google.seen] == ["/token", "/webmasters/v3/sites"]

    @pytest.mark.parametrize(
        ("meant", "shared"),
        [
            ("https://www.example.com/", "http://www.example.com/"),
            ("https://www.example.com/", "https://example.com/"),
            ("https://example.com/", "sc-domain:example.com"),
            ("sc-domain:example.com", "https://www.example.com/"),
            ("sc-domain:exmaple.com", "sc-domain:example.com"),
            ("https://www.example.com/shop/", "https://www.example.com/"),
        ],
    )
    def test_the_property_that_was_perhaps_meant_is_named(self, google: Simulated, meant: str, shared: str) -> None:
        google.sites = {"sc-domain:weather.test": "siteOwner", shared: "siteFullUser"}
        with pytest.raises(SourceRefused) as caught:
            connected(google, site=meant).check()
        assert str(caught.value).startswith(
            f"gsc: {EMAIL} may not read the property {meant}: add this address as a user"
        )
        assert str(caught.value).endswith(f"; did you mean site: '{shared}'?")

    @pytest.mark.parametrize(
        "sites",
        [{}, {SITE: "siteUnverifiedUser"}, {SITE: "SITE_UNVERIFIED_USER"}, {"sc-domain:weather.test": "siteOwner"}],
    )
    def test_where_none_is_near_none_is_named(self, google: Simulated, sites: dict[str, str]) -> None:
        google.sites = sites
        with pytest.raises(SourceRefused, match=r"Users and permissions$"):
            connected(google).check()

    @pytest.mark.parametrize("level", ["siteOwner", "siteFullUser", "siteRestrictedUser", "SITE_OWNER"])
    def test_every_right_to_look_is_enough(self, google: Simulated, level: str) -> None:
        google.sites[SITE] = level
        assert connected(google).check().account == "sc-domain:example.com, web"


class TestOptions:
    @pytest.mark.parametrize(
        "site",
        [
            "example.com",
            "https://www.example.com",
            "https://www.example.com/shop",
            "https://www.example.com/?a=1/",
            "sc-domain:https://example.com",
            "sc-domain:",
            "sc-domain:example.com/",
            "",
        ],
    )
    def test_a_property_is_written_as_search_console_does(self, google: Simulated, site: str) -> None:
        with pytest.raises(ValidationError, match="is not how Search Console writes a property"):
            connected(google, site=site)

    @pytest.mark.parametrize("type", ["discover", "googleNews"])
    def test_a_search_without_queries_is_refused(self, google: Simulated, type: str) -> None:
        with pytest.raises(ValidationError, match=f"'{type}' has no queries to read"):
            connected(google, type=type)

    @pytest.mark.parametrize("country", ["FRA", "fr", "France", ""])
    def test_a_country_is_written_as_google_does(self, google: Simulated, country: str) -> None:
        with pytest.raises(ValidationError, match="is not a country as Google writes it"):
            connected(google, country=country)

    def test_the_key_is_never_sent_in_the_clear(self, google: Simulated) -> None:
        with pytest.raises(ValidationError, match="unencrypted"):
            connected(google, endpoint="http://searchconsole.googleapis.com")

    def test_it_is_what_it_says(self) -> None:
        assert SearchConsole.kind is SourceKind.SEARCH
        assert SearchConsole.provides == {CLICKS, IMPRESSIONS, WEIGHT}
        assert (SearchConsole.lookback, SearchConsole.rereads) == (5, False)

    def test_the_page_shows_an_entry_that_loads(self) -> None:
        page = (REPOSITORY / "docs" / "connectors" / "search_console.md").read_text(encoding="utf-8")
        entries = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
        for entry in entries.values():
            assert SearchConsoleOptions.model_validate(entry).connector == "search_console"
        own = SearchConsoleOptions.model_fields.keys() - SourceEntry.model_fields.keys()
        assert own == set(re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|$", page, re.MULTILINE)) - set(SearchConsole.provides)

    def test_the_example_is_read_as_its_entry_says(self) -> None:
        with example() as simulator:
            (entry,) = yaml.safe_load(simulator.entry.format(url=simulator.url(""))).values()
            options = SearchConsoleOptions.model_validate(entry)
            context = Context("gsc", Path(), "Europe/Paris", "EUR", lambda secret: simulator.secrets[secret.env or ""])
            connector = SearchConsole(options, context)
            assert connector.check().account == "sc-domain:example.com, web"
            items = list(connector.read(MARCH))
        assert {item.origin for item in items if isinstance(item, Reading)} == {
            Origin(keyword=keyword) for keyword in ("", "buy green tea", "example teas", "green tea", "thé vert")
        }
        assert [item.day.day for item in items if isinstance(item, Note)] == [30, 31]

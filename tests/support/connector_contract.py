"""What every connector must do, whatever it reads: a test file of a connector subclasses ``ConnectorContract``.

    class TestCsvFile(ConnectorContract):
        @pytest.fixture
        def over(self, tmp_path: Path) -> Over:
            def build(ledger: Sequence[Row]) -> Connector:
                ...  # the source now holds exactly these rows; give a connector over it
            return build

        @pytest.fixture
        def absent(self, tmp_path: Path) -> Connector:
            ...  # a connector over a source that is not there

Those two fixtures are all it takes; the class attributes below say which measures and label the source has. What does
not apply is left out by name, with its reason: a test in ``leaves_out``, a text in ``cannot_hold``.
"""

import traceback
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import SourceError, SourceRefused, SourceUnavailable
from config.periods import Window
from connectors.base import Connector, Covered, Item, Origin, Reading
from connectors.kit.text import clean

DAY = timedelta(days=1)
MARCH = Window(date(2026, 3, 1), date(2026, 4, 1))
AHEAD = Window(date(2199, 1, 1), date(2199, 2, 1))

#: an amount as a ledger has it; None is a cell that nobody filled in
Amount = Decimal | int | None


class Row(NamedTuple):
    """One line of a ledger: what a source is to say of one origin on one day."""

    day: date
    measures: Mapping[str, Amount]
    labels: Mapping[str, str] = {}
    currency: str = "EUR"

    @property
    def origin(self) -> Origin:
        return Origin(**self.labels, currency=self.currency)


#: makes the source hold exactly these rows, and gives a connector over it
Over = Callable[[Sequence[Row]], Connector]

#: what is known of one measure of one origin on one day: the sum, and whether a part of it is unknown
Known = tuple[Decimal | int, bool]

HOSTILE = {
    "quotes": """He said "10 % off", 'today'""",
    "one quote": '"',
    "separators": "a,b;c|d",
    "tab": "a\tb",
    "newlines": "one\ntwo\r\nthree\rfour",
    "formula": '=HYPERLINK("http://evil.example","click")',
    "markup": "<script>alert(1)</script>",
    "directions": "\u202egpj.exe\u2066 promo\u200f",
    "nothing to see": "a\u200bb\u00ad\ufeff",
    "line separators": "a\u2028b\u2029c\x85d",
    "controls": "\x1b[31mred\x07",
    "nul": "a\x00b",
    "very long": "x" * 10_000,
    "long words": "mot clé " * 1_250,
    "sql": "'); DROP TABLE figures; --",
    "placeholders": "%s %(since)s :since ? {0} {{7*7}} ${x}",
    "backslashes": "\\N \\x00 \\",
    "accents, composed and not": "\u00e9t\u00e9 e\u0301te\u0301 \U0001f31e",
    "a number": "0012",
    "a word for nothing": "NULL",
    "spaces": "   ",
}

SHORT_AND_LONG_DAYS = [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)]


def readings(connector: Connector, window: Window = MARCH) -> list[Reading]:
    """What the connector says of a window, without what it says about it."""
    return [item for item in connector.read(window) if isinstance(item, Reading)]


def sums(items: Iterable[Item | Row]) -> dict[tuple[date, Origin, str], Known]:
    """(day, origin as it will be stored, measure) -> what is known of it."""
    known: dict[tuple[date, Origin, str], Known] = defaultdict(lambda: (0, False))
    for item in items:
        if isinstance(item, Reading | Row):
            origin = Origin._make(map(clean, item.origin))
            for measure, amount in item.measures.items():
                total, has_gap = known[item.day, origin, measure]
                known[item.day, origin, measure] = (total + (amount or 0), has_gap or amount is None)
    return {key: value for key, value in known.items() if value != (0, False)}


def told(error: BaseException) -> str:
    """Everything that could be printed of an error, its traceback with what it came from included."""
    return "\n".join([str(error), repr(error), *traceback.format_exception(error), str(getattr(error, "sample", ""))])


class ConnectorContract:
    """Subclass it in a connector's test file; every test here is then run on that connector."""

    count: ClassVar[str] = "orders"  #: a measure that counts
    money: ClassVar[str] = "revenue"  #: a measure in money
    label: ClassVar[str] = "campaign"  #: a dimension that takes any text
    currency: ClassVar[str | None] = "EUR"  #: what ``check`` says; None where the source does not say
    declares: ClassVar[frozenset[str]] = frozenset()  #: measures of the source's own
    canaries: ClassVar[tuple[str, ...]] = ()  #: the secrets planted in what ``absent`` and ``failing`` give
    many: ClassVar[int] = 50_000  #: rows of a ledger that nobody should have to wait for
    weighed: ClassVar[int] = 20_000  #: rows of the ledger that memory is measured with
    flat: ClassVar[int] = 6 << 20  #: bytes that reading them may hold at once
    leaves_out: ClassVar[Mapping[str, str]] = {}  #: test -> why it does not apply
    cannot_hold: ClassVar[Mapping[str, str]] = {}  #: key of HOSTILE -> why the source cannot hold such a text

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, reason in {**cls.leaves_out, **cls.cannot_hold}.items():
            known = name in HOSTILE if name in cls.cannot_hold else name in vars(ConnectorContract)
            if not known or len(reason.split()) < 3:
                raise TypeError(f"{cls.__name__}: '{name}' is no test or text, or has no reason: '{reason}'")
        for name in cls.leaves_out:
            setattr(cls, name, None)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each hostile text the source can hold."""
        if "hostile" in metafunc.fixturenames:
            held = [key for key in HOSTILE if key not in self.cannot_hold]
            metafunc.parametrize("hostile", [HOSTILE[key] for key in held], ids=held)

    @pytest.fixture
    def over(self) -> Over:
        """Makes the source hold a ledger, in the place of what it held, and gives a connector over it."""
        raise NotImplementedError("a subclass of ConnectorContract provides the fixture 'over'")

    @pytest.fixture
    def absent(self) -> Connector:
        """A connector over a source that is not there."""
        raise NotImplementedError("a subclass of ConnectorContract provides the fixture 'absent'")

    @pytest.fixture
    def failing(self) -> Sequence[Connector]:
        """More connectors that cannot be read, their ``canaries`` planted in the credentials."""
        return ()

    @pytest.fixture
    def consumed(self) -> Callable[[], int]:
        """Tells how many rows, pages or queries were asked of the source so far."""
        raise NotImplementedError("provide the fixture 'consumed', or leave the test out and say why")

    def row(self, day: date, count: Amount, money: Amount = 0, label: str = "", currency: str = "EUR") -> Row:
        """A line of a ledger in the measures and the label of this source."""
        return Row(day, {self.count: count, self.money: money}, {self.label: label}, currency)

    # The figures.

    def test_a_month_equals_the_ledger_to_the_cent(self, over: Over) -> None:
        ledger = [
            self.row(day, day.day * 7 % 11, Decimal(day.day * 1_37 + place * 29) / 100, f"campaign {place}")
            for day in MARCH
            for place in range(3)
        ]
        found = readings(over(ledger))
        assert sums(found) == sums(ledger)
        # 3 x 1.37 x (1 + ... + 31) + 31 x 0.29 x (0 + 1 + 2)
        assert sum(reading.measures[self.money] or 0 for reading in found) == Decimal("2065.53")

    @settings(
        max_examples=10,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(st.data())
    def test_any_ledger_comes_back_whole_and_in_parts(self, over: Over, data: st.DataObject) -> None:
        ledger = data.draw(self.ledgers(), label="ledger")
        connector = over(ledger)
        whole = Window(date(2026, 1, 20), date(2026, 5, 1))
        middle = data.draw(st.dates(whole.start + DAY, whole.end - DAY), label="middle")
        assert sums(connector.read(whole)) == sums(ledger)
        parts = [*connector.read(Window(whole.start, middle)), *connector.read(Window(middle, whole.end))]
        assert sums(parts) == sums(ledger)

    def ledgers(self) -> st.SearchStrategy[list[Row]]:
        """Ledgers of a hundred days, with what the source is known to hold."""
        nothing = (
            st.none() if "test_a_cell_nobody_filled_in_is_unknown_not_zero" not in self.leaves_out else st.nothing()
        )
        second = st.just("USD") if "test_two_currencies_stay_apart" not in self.leaves_out else st.nothing()
        return st.lists(
            st.builds(
                self.row,
                st.dates(date(2026, 1, 20), date(2026, 4, 30)),
                st.integers(0, 10**6) | nothing,
                st.decimals(0, 10**6, places=2) | nothing,
                st.sampled_from(["", "spring", "été"]),
                st.just("EUR") | second,
            ),
            max_size=12,
        )

    def test_rows_of_the_same_day_and_origin_add_up(self, over: Over) -> None:
        day = date(2026, 3, 10)
        ledger = [self.row(day, 2, Decimal("10.10"), "a"), self.row(day, 3, Decimal("20.25"), "a")]
        found = readings(over(ledger))
        assert {reading.origin for reading in found} == {ledger[0].origin}
        assert sum(reading.measures[self.count] or 0 for reading in found) == 5
        assert sum(reading.measures[self.money] or 0 for reading in found) == Decimal("30.35")

    def test_a_cell_nobody_filled_in_is_unknown_not_zero(self, over: Over) -> None:
        (reading,) = readings(over([self.row(date(2026, 3, 10), 2, None, "a")]))
        assert reading.measures[self.money] is None
        assert reading.measures[self.count] == 2

    def test_a_zero_is_zero_not_unknown(self, over: Over) -> None:
        day = date(2026, 3, 10)
        found = readings(over([self.row(day, 0, Decimal(0), "a"), self.row(day, 1, Decimal(0), "b")]))
        assert {amount for reading in found for amount in reading.measures.values()} <= {0, 1}

    def test_money_may_be_negative(self, over: Over) -> None:
        day = date(2026, 3, 10)
        assert sums(over([self.row(day, 1, Decimal("-12.34"), "a")]).read(MARCH)) == {
            (day, self.row(day, 1, 0, "a").origin, self.count): (1, False),
            (day, self.row(day, 1, 0, "a").origin, self.money): (Decimal("-12.34"), False),
        }

    def test_two_currencies_stay_apart(self, over: Over) -> None:
        day = date(2026, 3, 10)
        ledger = [self.row(day, 1, Decimal("10.10"), "a"), self.row(day, 1, Decimal("20.20"), "a", currency="USD")]
        by_currency = {reading.origin.currency: reading.measures[self.money] for reading in readings(over(ledger))}
        assert by_currency == {"EUR": Decimal("10.10"), "USD": Decimal("20.20")}

    def test_a_text_from_the_world_breaks_no_row(self, over: Over, hostile: str) -> None:
        day = date(2026, 3, 10)
        labels = ("before", hostile, "behind")
        ledger = [self.row(day, 10**place, Decimal(10**place), label) for place, label in enumerate(labels)]
        found = {clean(getattr(reading.origin, self.label)): reading.measures for reading in readings(over(ledger))}
        assert found == {clean(row.labels[self.label]): row.measures for row in ledger}

    # The days.

    def test_the_days_come_in_order(self, over: Over) -> None:
        every = [self.row(day, place, 0, str(place)) for day in MARCH for place in (1, 2)]
        days = [reading.day for reading in readings(over(every[::-1]))]
        assert days == sorted(days)
        assert set(days) == set(MARCH)

    def test_a_window_has_its_first_day_and_not_its_end(self, over: Over) -> None:
        window = Window(date(2026, 3, 10), date(2026, 3, 13))
        connector = over([self.row(day, day.day, 0) for day in MARCH])
        assert [(reading.day.day, reading.measures[self.count]) for reading in readings(connector, window)] == [
            (10, 10),
            (11, 11),
            (12, 12),
        ]

    @pytest.mark.parametrize("day", SHORT_AND_LONG_DAYS, ids=str)
    def test_a_day_of_23_or_25_hours_is_a_day(self, over: Over, day: date) -> None:
        connector = over([self.row(day - DAY, 1, 1), self.row(day, 10, 10), self.row(day + DAY, 100, 100)])
        around = readings(connector, Window(day - DAY, day + 2 * DAY))
        alone = readings(connector, Window(day, day + DAY))
        assert [(reading.day, reading.measures[self.count]) for reading in around] == [
            (day - DAY, 1),
            (day, 10),
            (day + DAY, 100),
        ]
        assert [(reading.day, reading.measures[self.count]) for reading in alone] == [(day, 10)]

    @pytest.mark.parametrize("border", [date(2028, 2, 29), date(2027, 1, 1), date(2026, 5, 1)], ids=str)
    def test_the_leap_day_and_the_borders_of_months_and_years_are_days(self, over: Over, border: date) -> None:
        days = [border - DAY, border, border + DAY]
        connector = over([self.row(day, place, 0) for place, day in enumerate(days, 1)])
        found = readings(connector, Window(days[0], days[-1] + DAY))
        assert [(reading.day, reading.measures[self.count]) for reading in found] == list(
            zip(days, (1, 2, 3), strict=True)
        )

    def test_an_empty_source_has_no_reading(self, over: Over) -> None:
        assert readings(over([])) == []

    def test_of_days_to_come_nothing_is_said(self, over: Over) -> None:
        connector = over([self.row(date(2026, 3, 10), 1, 1)])
        assert list(connector.read(AHEAD)) == []

    # Reading again.

    def test_two_readings_are_equal(self, over: Over) -> None:
        connector = over([self.row(day, place, place, str(place)) for day in MARCH for place in (3, 1, 2)])
        assert list(connector.read(MARCH)) == list(connector.read(MARCH))

    def test_a_restated_row_is_read_as_restated(self, over: Over) -> None:
        day = date(2026, 3, 10)
        over([self.row(day, 5, Decimal("50.00"), "a")]).check()
        (reading,) = readings(over([self.row(day, 4, Decimal("38.50"), "a")]))
        assert reading.measures == {self.count: 4, self.money: Decimal("38.50")}

    def test_a_row_that_vanished_is_gone(self, over: Over) -> None:
        day = date(2026, 3, 10)
        kept, lost = self.row(day, 5, 50, "kept"), self.row(day, 7, 70, "lost")
        assert len(readings(over([kept, lost]))) == 2
        assert [reading.origin for reading in readings(over([kept]))] == [kept.origin]

    # What it says about itself.

    @pytest.mark.parametrize("days", [(10, 12), (1, 32), (5, 6)], ids=["inside", "more than there is", "a gap"])
    def test_covered_days_lie_in_the_window_and_are_said_before_their_readings(
        self, over: Over, days: tuple[int, int]
    ) -> None:
        window = Window(MARCH.start + (days[0] - 1) * DAY, MARCH.start + (days[1] - 1) * DAY)
        connector = over([self.row(day, 1, 1) for day in MARCH if day.day in (3, 4, 9, 10, 11, 12, 20)])
        seen: set[date] = set()
        said = list(connector.read(window))
        assert said or days == (5, 6)
        for item in said:
            if isinstance(item, Reading):
                seen.add(item.day)
            elif isinstance(item, Covered):
                assert window.start <= item.window.start
                assert item.window.end <= window.end
                assert not seen & set(item.window)
                assert item.measures <= connector.provides | self.declares

    def test_every_day_with_a_reading_is_covered_if_any_is(self, over: Over) -> None:
        items = list(over([self.row(day, 1, 1) for day in MARCH if day.day % 3]).read(MARCH))
        covered = {
            (day, measure)
            for item in items
            if isinstance(item, Covered)
            for day in item.window
            for measure in item.measures
        }
        read = {(item.day, measure) for item in items if isinstance(item, Reading) for measure in item.measures}
        assert not covered or read <= covered

    def test_only_measures_it_provides_are_given(self, over: Over) -> None:
        connector = over([self.row(day, 1, 1) for day in MARCH])
        measures = {measure for reading in readings(connector) for measure in reading.measures}
        assert {self.count, self.money} <= measures <= connector.provides | self.declares

    def test_check_proves_the_source_and_says_what_it_is(self, over: Over) -> None:
        info = over([self.row(day, 1, 1) for day in MARCH]).check()
        assert info.account
        assert info.currency == self.currency
        if info.measures is not None:
            assert {self.count, self.money} <= info.measures
        if info.days is not None:
            assert info.days.start <= MARCH.start
            assert MARCH.end <= info.days.end

    # When it cannot be read.

    def test_a_source_that_is_not_there_is_refused_or_unavailable(self, absent: Connector) -> None:
        for attempt in (absent.check, lambda: list(absent.read(MARCH))):
            with pytest.raises((SourceRefused, SourceUnavailable)):
                attempt()

    def test_no_error_tells_a_secret(self, absent: Connector, failing: Sequence[Connector]) -> None:
        assert not failing or self.canaries, "say which secrets were planted"
        for connector in (absent, *failing):
            for attempt in (connector.check, lambda: list(connector.read(MARCH))):  # noqa: B023, called at once
                with pytest.raises(SourceError) as caught:
                    attempt()
                assert not [canary for canary in self.canaries if canary.lower() in told(caught.value).lower()]

    # Many rows.

    def test_memory_stays_flat(self, over: Over) -> None:
        connector, window = over(self.many_rows(self.weighed)), Window(date(2025, 1, 1), date(2027, 1, 1))
        tracemalloc.start()
        try:
            found = sum(isinstance(item, Reading) for item in connector.read(window))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found == self.weighed
        assert peak < self.flat

    def test_the_first_reading_comes_before_the_last_row_is_asked_for(
        self, over: Over, consumed: Callable[[], int]
    ) -> None:
        items = over(self.many_rows(self.many)).read(Window(date(2025, 1, 1), date(2027, 1, 1)))
        assert next(item for item in items if isinstance(item, Reading))
        at_first = consumed()
        for _ in items:
            pass
        assert 2 * at_first < consumed()

    def test_a_reading_that_is_given_up_leaves_nothing_behind(self, over: Over) -> None:
        connector = over([self.row(day, 1, 1) for day in MARCH])
        items = connector.read(MARCH)
        next(items, None)
        with suppress(AttributeError):  # an iterator need not be a generator
            items.close()  # type: ignore[attr-defined]
        assert len(readings(connector)) == len(MARCH)

    def many_rows(self, many: int) -> list[Row]:
        """A hundred origins a day, from the first day of 2025 on."""
        return [
            self.row(date(2025, 1, 1) + DAY * (number // 100), number % 7, Decimal(number) / 100, f"c{number % 100}")
            for number in range(many)
        ]

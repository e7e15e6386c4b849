"""Reference rates and what they were used for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, delete, func, insert, select

from connectors.base import Quote
from worker.model.currency import Factor
from worker.store import schema as t

_ASKED = "reference rates asked on"


def has_foreign_money(connection: Connection, plan_id: int, currency: str) -> bool:
    """Whether some origin of the plan is in another currency than its own."""
    of_plan = select(t.origin.c.id).join(t.source).where(t.source.c.plan_id == plan_id)
    return connection.execute(of_plan.where(t.origin.c.currency.not_in((currency, ""))).limit(1)).first() is not None


def foreign_days(
    connection: Connection, plan_id: int, currency: str, days: Sequence[date] | None
) -> set[tuple[str, date]]:
    """The (currency, day) of readings in other currencies than the plan's: on some days, or (None) on all."""
    r = t.reading.c
    statement = (
        select(t.origin.c.currency, r.day)
        .join(t.reading, r.origin_id == t.origin.c.id)
        .join(t.source, t.source.c.id == r.source_id)
        .where(t.source.c.plan_id == plan_id, t.origin.c.currency.not_in((currency, "")))
        .distinct()
    )
    if days is not None:
        statement = statement.where(r.day >= min(days), r.day <= max(days))
    known = select(t.conversion.c.currency, t.conversion.c.day).where(t.conversion.c.plan_id == plan_id)
    return {(code, day) for rows in (statement, known) for code, day in connection.execute(rows)}


def currencies_unknown_since(connection: Connection, currencies: Sequence[str], since: date) -> list[str]:
    """The currencies whose history was not yet taken in from ``since`` on."""
    rows = connection.execute(select(t.meta).where(t.meta.c.name.in_([_known_since(code) for code in currencies])))
    known = {name: date.fromisoformat(value) for name, value in rows}
    return [code for code in currencies if known.get(_known_since(code), date.max) > since]


def note_known_since(connection: Connection, currencies: Sequence[str], since: date) -> None:
    """Note that the history of these currencies is in the store from ``since`` on."""
    names = [_known_since(code) for code in currencies]
    connection.execute(delete(t.meta).where(t.meta.c.name.in_(names)))
    connection.execute(insert(t.meta), [{"name": name, "value": since.isoformat()} for name in names])


def _known_since(currency: str) -> str:
    return f"rates of {currency} since"


def currencies_behind(connection: Connection, plan_id: int) -> set[str]:
    """The currencies that the bank quotes and whose last quote is older than a figure of the plan."""
    last = select(t.rate.c.currency, func.max(t.rate.c.day)).group_by(t.rate.c.currency)
    newest = select(func.max(t.conversion.c.day)).where(t.conversion.c.plan_id == plan_id)
    wanted: date | None = connection.execute(newest).scalar()
    if wanted is None:
        return set()
    return {currency for currency, day in connection.execute(last) if day < wanted}


def note_asked(connection: Connection, today: date) -> bool:
    """Note that the bank is asked today; False where it was already."""
    if connection.execute(select(t.meta.c.value).where(t.meta.c.name == _ASKED)).scalar() == today.isoformat():
        return False
    connection.execute(delete(t.meta).where(t.meta.c.name == _ASKED))
    connection.execute(insert(t.meta).values(name=_ASKED, value=today.isoformat()))
    return True


def put_quotes(connection: Connection, quotes: Iterable[Quote]) -> None:
    """Keep quotes, in the place of those on record of the same currencies between the first and the last of them."""
    rows = {(quote.currency, quote.day): str(quote.per_euro) for quote in quotes}
    r = t.rate.c
    for currency in {code for code, _ in rows}:
        days = [day for code, day in rows if code == currency]
        connection.execute(delete(t.rate).where(r.currency == currency, r.day >= min(days), r.day <= max(days)))
    if rows:
        connection.execute(
            insert(t.rate),
            [{"currency": c, "day": day, "per_euro": rate} for (c, day), rate in rows.items()],
        )


def quotes(connection: Connection, currencies: Sequence[str]) -> dict[str, list[tuple[date, Decimal]]]:
    """Every quote on record of some currencies."""
    found: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for currency, day, per_euro in connection.execute(select(t.rate).where(t.rate.c.currency.in_(currencies))):
        found[currency].append((day, Decimal(per_euro)))
    return found


def put_factors(connection: Connection, plan_id: int, factors: Mapping[tuple[str, date], Factor | None]) -> set[date]:
    """Replace the plan's factors; gives the days on which one changed."""
    c = t.conversion.c
    rows = connection.execute(select(c.currency, c.day, c.factor).where(c.plan_id == plan_id))
    before = {(currency, day): factor for currency, day, factor in rows}
    now = {key: float(factor.value) if factor else None for key, factor in factors.items()}
    changed = {key for key in before.keys() | now.keys() if key not in before or before[key] != now.get(key)}
    if changed:
        connection.execute(delete(t.conversion).where(c.plan_id == plan_id))
        connection.execute(
            insert(t.conversion),
            [_factor_row(plan_id, *key, factors[key]) for key in sorted(factors)],
        )
    return {day for _, day in changed}


def _factor_row(plan_id: int, currency: str, day: date, factor: Factor | None) -> dict[str, object]:
    known = {"factor": float(factor.value), "rate_day": factor.rate_day} if factor else {}
    return {
        "plan_id": plan_id,
        "currency": currency,
        "day": day,
        "factor": None,
        "rate_day": None,
        **known,
    }

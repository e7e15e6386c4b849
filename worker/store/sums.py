"""action_day: for each scope, breakdown and day the sums of its origins, money in the plan's currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
)

from config.vocabulary import BUILT_IN, NOT_SET, Dimension, Unit
from worker.model.context import PlanContext
from worker.store import schema as t

_KEY = ("scope_id", "dimension", "breakdown", "day")


@dataclass(frozen=True, slots=True)
class Summing:
    """How a plan's readings add up."""

    plan_id: int
    currency: str
    authorities: Mapping[str, tuple[int, ...]]  #: measure -> ids of the sources that speak for it
    units: Mapping[str, Unit]  #: of every one of these measures
    breakdowns: Mapping[Dimension, frozenset[str]]  #: dimension -> measures wanted by it
    has_foreign_money: bool

    def wanted(self, dimension: Dimension | None) -> list[str]:
        """The measures summed by a dimension; all of them for the whole."""
        return [measure for measure in self.authorities if dimension is None or measure in self.breakdowns[dimension]]

    def is_foreign(self, measure: str) -> bool:
        """Whether some of its amounts may need converting."""
        return self.has_foreign_money and self.units[measure] is Unit.MONEY


def summing(
    context: PlanContext,
    measures: Iterable[str],
    breakdowns: Mapping[Dimension, frozenset[str]],
    *,
    has_foreign_money: bool,
) -> Summing:
    """How some measures of a plan add up."""
    ids = {name: tuple(context.source_ids[source] for source in context.authorities[name]) for name in measures}
    units = {name: context.unit_of(name) for name in ids}
    return Summing(context.plan_id, context.loaded.plan.currency, ids, units, breakdowns, has_foreign_money)


def is_built_in(measure: str) -> bool:
    """Whether a measure has a column of its own; those that sources declare live in side tables."""
    return measure in BUILT_IN


def rebuild(connection: Connection, how: Summing, days: Sequence[date] | None) -> None:
    """Make the sums of some days anew, or (None) of all."""
    has_quarantined = _has_quarantined(connection, how)
    for part in [None] if days is None else _parts(days):
        _clear(connection, how, part)
        for dimension in (None, *how.breakdowns):
            _insert_sums(connection, how, dimension, part)
            for measure in how.wanted(dimension):
                if not is_built_in(measure):
                    _insert_extra(connection, how, dimension, measure, part)
            _insert_gaps(connection, how, dimension, part)
            if has_quarantined:
                _insert_quarantined(connection, how, dimension, part)


def _has_quarantined(connection: Connection, how: Summing) -> bool:
    of_plan = select(t.scope.c.id).where(t.scope.c.plan_id == how.plan_id)
    return bool(connection.execute(select(exists().where(t.quarantined_day.c.scope_id.in_(of_plan)))).scalar())


def _parts(days: Sequence[date]) -> Iterable[Sequence[date]]:
    return (days[start : start + 500] for start in range(0, len(days), 500))


def _clear(connection: Connection, how: Summing, days: Sequence[date] | None) -> None:
    scopes = select(t.scope.c.id).where(t.scope.c.plan_id == how.plan_id)
    for table in (t.action_day, t.action_day_extra, t.gap):
        statement = delete(table).where(table.c.scope_id.in_(scopes))
        if days is not None:  # the key's order, so that only these days are looked at
            statement = statement.where(table.c.dimension.in_(["", *how.breakdowns]), table.c.day.in_(days))
        connection.execute(statement)


def _on(statement: Any, table: Table, days: Sequence[date] | None) -> Any:
    return statement if days is None else statement.where(table.c.day.in_(days))


def _insert_sums(
    connection: Connection, how: Summing, dimension: Dimension | None, days: Sequence[date] | None
) -> None:
    measures = [measure for measure in how.wanted(dimension) if is_built_in(measure)]
    sources = {source for measure in measures for source in how.authorities[measure]}
    if not sources:
        return
    sums = [func.sum(authoritative(how, measure, t.reading, t.reading.c[measure], sources)) for measure in measures]
    says = [total != 0 for total in sums] if dimension else [total.is_not(None) for total in sums]
    statement = joined(how, t.reading, dimension, sums).where(t.reading.c.source_id.in_(sorted(sources)))
    statement = _on(statement, t.reading, days).group_by(t.scope.c.id, "breakdown", t.reading.c.day).having(or_(*says))
    connection.execute(insert(t.action_day).from_select([*_KEY, *measures], statement))


def _insert_extra(
    connection: Connection,
    how: Summing,
    dimension: Dimension | None,
    measure: str,
    days: Sequence[date] | None,
) -> None:
    extra = t.reading_extra
    sources = set(how.authorities[measure])
    total = func.sum(authoritative(how, measure, extra, extra.c.amount, sources))
    statement = joined(how, extra, dimension, [extra.c.measure, total])
    statement = statement.where(extra.c.measure == measure, extra.c.source_id.in_(sorted(sources)))
    statement = _on(statement, extra, days).group_by(t.scope.c.id, "breakdown", extra.c.day, extra.c.measure)
    connection.execute(insert(t.action_day_extra).from_select([*_KEY, "measure", "amount"], statement))
    x, d = t.action_day_extra.c, t.action_day.c
    there = exists().where(*(d[name] == x[name] for name in _KEY))
    alone = select(*(x[name] for name in _KEY)).where(x.dimension == (dimension or ""), x.measure == measure, ~there)
    connection.execute(insert(t.action_day).from_select(_KEY, _on(alone, t.action_day_extra, days)))


def authoritative(
    how: Summing, measure: str, table: Table, amount: ColumnElement[Any], sources: set[int]
) -> ColumnElement[Any]:
    """The amount, in the plan's currency, where its source speaks for the measure; ``sources`` are those read."""
    if how.is_foreign(measure):
        converted = cast(func.round(amount * t.conversion.c.factor), BigInteger)
        amount = case((_is_home(how), amount), (amount == 0, literal_column("0")), else_=converted)
    if sources == set(how.authorities[measure]):
        return amount
    return case((table.c.source_id.in_(how.authorities[measure]), amount))


def _is_home(how: Summing) -> ColumnElement[bool]:
    return t.origin.c.currency.in_((how.currency, ""))


def joined(
    how: Summing, table: Table, dimension: Dimension | None, columns: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    """Readings with the scopes their origin serves, the origin's labels and the day's rate."""
    if dimension:
        value = t.origin.c[dimension.value]
        breakdown: ColumnElement[str] = case((value == "", literal_column(f"'{NOT_SET}'")), else_=value)
    else:
        breakdown = literal_column("''")
    key = (
        t.scope.c.id,
        literal(dimension.value if dimension else "").label("dimension"),
        breakdown.label("breakdown"),
    )
    rows = (
        select(*key, table.c.day, *columns)
        .select_from(table)
        .join(t.origin_scope, t.origin_scope.c.origin_id == table.c.origin_id)
        .join(t.scope, t.scope.c.id == t.origin_scope.c.scope_id)
        .join(t.origin, t.origin.c.id == table.c.origin_id)
        .where(t.scope.c.plan_id == how.plan_id)
    )
    if not how.has_foreign_money:
        return rows
    c = t.conversion.c
    of_the_day = and_(c.plan_id == how.plan_id, c.currency == t.origin.c.currency, c.day == table.c.day)
    return rows.outerjoin(t.conversion, of_the_day)


def _insert_gaps(
    connection: Connection, how: Summing, dimension: Dimension | None, days: Sequence[date] | None
) -> None:
    """Where a part of a sum is unknown: a cell the source left empty, money that no rate converts."""
    cell = t.reading_unknown
    wanted = how.wanted(dimension)
    unsaid = [and_(cell.c.measure == m, cell.c.source_id.in_(how.authorities[m])) for m in wanted]
    if unsaid:
        statement = joined(how, cell, dimension, [cell.c.measure]).where(or_(*unsaid))
        _insert_new_gaps(connection, _on(statement, cell, days))
    for measure in filter(how.is_foreign, wanted):
        table = t.reading if is_built_in(measure) else t.reading_extra
        amount = t.reading.c[measure] if table is t.reading else t.reading_extra.c.amount
        named: ColumnElement[str] = literal_column(f"'{measure}'").label("measure")  # an id: messages, digits, - and _
        unconverted = joined(how, table, dimension, [named]).where(
            ~_is_home(how),
            t.conversion.c.factor.is_(None),
            amount != 0,
            table.c.source_id.in_(how.authorities[measure]),
        )
        if table is t.reading_extra:
            unconverted = unconverted.where(t.reading_extra.c.measure == measure)
        _insert_new_gaps(connection, _on(unconverted, table, days))


def _insert_quarantined(
    connection: Connection, how: Summing, dimension: Dimension | None, days: Sequence[date] | None
) -> None:
    """What is not believed of one action is unknown to whatever its origins are part of."""
    h, owner = t.quarantined_day.c, t.origin_scope.alias("owner")
    said = [and_(h.measure == m, h.source_id.in_(how.authorities[m])) for m in how.wanted(dimension) if is_built_in(m)]
    if not said:
        return
    r = t.reading.c
    statement = (
        joined(how, t.reading, dimension, [h.measure])
        .join(owner, owner.c.origin_id == r.origin_id)
        .join(t.quarantined_day, and_(h.source_id == r.source_id, h.day == r.day, h.scope_id == owner.c.scope_id))
        .where(or_(*said))
    )
    _insert_new_gaps(connection, _on(statement, t.reading, days))


def _insert_new_gaps(connection: Connection, statement: Select[Any]) -> None:
    gaps = statement.distinct().subquery()
    c = gaps.c
    g = t.gap.c
    same = (
        g.scope_id == c[0],
        g.dimension == c[1],
        g.breakdown == c[2],
        g.day == c[3],
        g.measure == c[4],
    )
    connection.execute(insert(t.gap).from_select([*_KEY, "measure"], select(gaps).where(~exists().where(*same))))

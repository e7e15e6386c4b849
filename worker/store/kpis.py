"""Formulas -> SQL: one expression, used by the view, the exports and the judgement alike.

A period's value is the formula over the sums of the period's measures, never an average of daily values. The
query is built in layers: ``period`` (what is asked), ``cell`` (the sums), ``filled`` (known zeros put in), and
last a row for each KPI.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Date,
    Float,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    values,
)

from config.catalogue import MARGIN
from config.formula import Expression, Formula, fold, parse_formula
from config.periods import CALENDAR_GRAINS, Window
from config.vocabulary import Grain
from worker.figures import MILLION, Known
from worker.store import schema as t
from worker.store.sums import is_built_in

FINAL, PROVISIONAL, MISSING = "final", "provisional", "missing"


_p, _s, _k, _d = t.plan.c, t.scope.c, t.kpi.c, t.action_day.c
_WHOLE: ColumnElement[str] = literal_column("''")
_NOTHING: ColumnElement[Any] = cast(literal_column("NULL"), Float)

#: what tells one whole from another, whose parts are shares of it
_SHOWN = ("plan", "scope", "id", "grain", "period_start", "period_end", "dimension")

Until = ColumnElement[Any] | date


def grain_periods(until: Until = _p.until, *only: ColumnElement[bool], grains: Collection[Grain] = tuple(Grain)) -> CTE:
    """The periods of some grains that have begun before ``until``, for every scope that people know of.

    ``only`` narrows plans and scopes by their columns.
    """
    shown = (_s.is_active, _s.scope != _text("unattributed"), _p.until.is_not(None), *only)
    scopes = t.scope.join(t.plan, _p.id == _s.plan_id)
    c, o = t.calendar.c, t.occurrence.c
    parts = []
    if calendar_grains := [grain for grain in CALENDAR_GRAINS if grain in grains]:
        has_figures = or_(c.period_start < _p.ends, c.period_start <= _p.last_day)
        begun = and_(c.period_end > _s.starts, c.period_start < until, has_figures)
        calendar = _period(c.grain, c.period_start, c.period_end, until).select_from(scopes.join(t.calendar, begun))
        parts.append(calendar.where(*shown, c.grain.in_([_text(grain) for grain in calendar_grains])))
    if Grain.OCCURRENCE in grains:
        turns = scopes.join(t.occurrence, and_(o.scope_id == _s.id, o.period_start < until))
        turn = _period(_text(Grain.OCCURRENCE), o.period_start, o.period_end, until)
        parts.append(turn.select_from(turns).where(*shown))
    if Grain.TO_DATE in grains:
        to_date = _period(_text(Grain.TO_DATE), _s.starts, until, until)
        parts.append(to_date.select_from(scopes).where(*shown, _s.starts < until))
    return union_all(*parts).cte("period")


def asked_periods(asked: Iterable[tuple[int, Window]], until: date) -> CTE:
    """Periods given one by one: (scope id, window)."""
    rows = sorted({(scope_id, window.start, window.end) for scope_id, window in asked})
    columns = Column("scope_id", Integer), Column("period_start", Date), Column("period_end", Date)
    given = values(*columns, name="asked").data(rows).cte("asked")  # SQLite names the columns of a CTE only
    asked_of = given.join(t.scope, _s.id == given.c.scope_id).join(t.plan, _p.id == _s.plan_id)
    period = _period(_text("asked"), given.c.period_start, given.c.period_end, until)
    return period.select_from(asked_of).cte("period")


def _period(grain: Any, start: Any, end: Any, until: Until) -> Select[Any]:
    bound = literal(until, Date) if isinstance(until, date) else until
    return select(
        _p.plan.label("plan"),
        _s.scope.label("scope"),
        _s.ref.label("id"),
        _s.plan_id.label("plan_id"),
        _s.figures_id.label("figures_id"),
        grain.label("grain"),
        start.label("period_start"),
        end.label("period_end") if not isinstance(end, date) else bound.label("period_end"),
        bound.label("until"),
    )


def kpi_rows(period: CTE, formulas: Mapping[str, bool], *kpis: ColumnElement[bool]) -> Select[Any]:
    """A row for each KPI, period and breakdown, in the columns of ``report_kpi``.

    ``formulas`` are the texts of all the formulas that the KPIs in question have, and whether one of them is a
    share of a whole; ``kpis`` narrows the KPIs by the columns of ``kpi``.
    """
    parsed = {text: parse_formula(text) for text in sorted(formulas)}
    shared = {name for text, is_share in formulas.items() if is_share for name in parsed[text].names}
    measures = sorted({name for formula in parsed.values() for name in formula.names - {MARGIN}})
    filled = _filled(_cell(period, measures), measures, shared)
    above = _chosen(parsed.values(), lambda formula: formula.numerator, filled)
    below = _chosen(parsed.values(), lambda formula: formula.denominator, filled)
    ratio = _chosen(parsed.values(), lambda formula: formula.whole, filled)
    of_all = _chosen(
        [parsed[text] for text, is_share in formulas.items() if is_share],
        lambda formula: formula.numerator,
        filled,
        "w",
    )
    is_whole = filled.c.dimension == _WHOLE
    fits = or_(and_(is_whole, ~_k.is_share), and_(_k.by != _WHOLE, filled.c.dimension == _k.by))
    says_something = or_(is_whole, func.coalesce(above, 0.0) != 0.0, func.coalesce(below, 0.0) != 0.0)
    return (
        select(
            filled.c.plan,
            filled.c.scope,
            filled.c.id,
            _k.kpi,
            filled.c.breakdown,
            filled.c.grain,
            filled.c.period_start,
            filled.c.period_end,
            case((_k.is_share, above / func.nullif(of_all, 0.0)), else_=ratio).label("value"),
            above.label("numerator"),
            case((_k.is_share, of_all), else_=below).label("denominator"),
            _k.unit,
            case((_k.unit == _text("money"), _p.currency), else_=_WHOLE).label("currency"),
            _state(filled).label("state"),
            _p.computed_at,
        )
        .select_from(filled)
        .join(t.plan, _p.id == filled.c.plan_id)
        .join(t.kpi, _k.plan_id == filled.c.plan_id)
        .where(fits, says_something, *kpis)
    )


def _cell(period: CTE, measures: Sequence[str]) -> CTE:
    """The sums of each period, as a whole (even where there is nothing) and by each breakdown."""
    inside = and_(
        _d.scope_id == period.c.figures_id,
        _d.day >= period.c.period_start,
        _d.day < period.c.period_end,
        _d.day < period.c.until,
    )
    dimension, breakdown = func.coalesce(_d.dimension, _WHOLE), func.coalesce(_d.breakdown, _WHOLE)
    sums = [func.sum(_d[measure]).label(f"m_{measure}") for measure in measures if is_built_in(measure)]
    return (
        select(*period.c, dimension.label("dimension"), breakdown.label("breakdown"), *sums)
        .select_from(period.outerjoin(t.action_day, inside))
        .group_by(*period.c, dimension, breakdown)
        .cte("cell")
    )


def _filled(cell: CTE, measures: Sequence[str], shared: Collection[str]) -> CTE:
    """The same with zero where the sources are known to have had nothing, and as amounts, no longer millionths.

    For the measures that shares are made of, beside each value of a breakdown the sum of all of them (``w_…``).
    Partitioned by what the view shows, so that a reader's WHERE reaches the tables.
    """
    of_one_whole = [cell.c[name] for name in _SHOWN]
    columns: list[ColumnElement[Any]] = [column for column in cell.c if not column.name.startswith("m_")]
    for measure in measures:
        total = cell.c[f"m_{measure}"] if is_built_in(measure) else _extra(measure, cell)
        zero = case((_is_known(cell, measure), literal_column("0")))
        amount = cast(func.coalesce(total, zero), Float) / float(MILLION)
        columns.append(amount.label(f"m_{measure}"))
        if measure in shared:
            columns.append(func.sum(amount).over(partition_by=of_one_whole).label(f"w_{measure}"))
    return select(*columns).cte("filled")


def _extra(measure: str, cell: CTE) -> ColumnElement[Any]:
    """The sum of a measure that a source declared itself, looked up in its side table."""
    x = t.action_day_extra.c
    return (
        select(func.sum(x.amount))
        .where(
            x.scope_id == cell.c.figures_id,
            x.dimension == cell.c.dimension,
            x.breakdown == cell.c.breakdown,
            x.measure == _text(measure),
            x.day >= cell.c.period_start,
            x.day < cell.c.period_end,
            x.day < cell.c.until,
        )
        .scalar_subquery()
    )


def _is_known(cell: CTE, measure: str) -> ColumnElement[bool]:
    """Whether something is known of a measure in a period, so that an absent sum is a zero."""
    n, b = t.knowledge.c, t.blind.c
    name = _text(measure)
    collected = exists().where(
        n.plan_id == cell.c.plan_id,
        n.measure == name,
        *_meets(n, cell),
        n.state.in_([int(k) for k in Known if k.says]),
    )
    visible = ~exists().where(b.scope_id == cell.c.figures_id, b.measure == name)
    return and_(collected, visible, ~_has_gap(cell, t.gap.c.measure == name))


def _meets(n: Any, cell: CTE) -> tuple[ColumnElement[bool], ...]:
    """A run of knowledge that shares a day with the period."""
    return (
        n.period_start < cell.c.period_end,
        n.period_end > cell.c.period_start,
        n.period_start < cell.c.until,
    )


def _has_gap(cell: CTE, of_measure: ColumnElement[bool]) -> ColumnElement[bool]:
    g = t.gap.c
    return exists().where(
        g.scope_id == cell.c.figures_id,
        g.dimension == cell.c.dimension,
        g.breakdown == cell.c.breakdown,
        g.day >= cell.c.period_start,
        g.day < cell.c.period_end,
        g.day < cell.c.until,
        of_measure,
    )


def _state(filled: CTE) -> ColumnElement[str]:
    """The worst of what is known of the KPI's measures in the period."""
    n, km, b = t.knowledge.c, t.kpi_measure.c, t.blind.c
    run = and_(n.plan_id == filled.c.plan_id, n.measure == km.measure, *_meets(n, filled))
    worst = (
        select(func.max(func.coalesce(n.state, int(Known.NOTHING))))
        .select_from(t.kpi_measure.outerjoin(t.knowledge, run))
        .where(km.kpi_id == _k.id)
        .correlate(filled, t.kpi)
        .scalar_subquery()
    )
    its_own = select(km.measure).where(km.kpi_id == _k.id).correlate(t.kpi)
    unseen = exists().where(b.scope_id == filled.c.figures_id, b.measure.in_(its_own))
    return case(
        (
            or_(worst >= int(Known.PARTLY), unseen, _has_gap(filled, t.gap.c.measure.in_(its_own))),
            _text(MISSING),
        ),
        (
            or_(worst >= int(Known.PROVISIONAL), filled.c.period_end > filled.c.until),
            _text(PROVISIONAL),
        ),
        else_=_text(FINAL),
    )


def _chosen(
    formulas: Iterable[Formula], part: Callable[[Formula], Expression | None], filled: CTE, prefix: str = "m"
) -> ColumnElement[Any]:
    """The part of each KPI's own formula, over the columns of a prefix; NULL where there is none."""

    def amount(name: str) -> ColumnElement[Any]:
        return _p.margin if name == MARGIN else filled.c[f"{prefix}_{name}"]

    def compiled(expression: Expression | None) -> ColumnElement[Any]:
        return _NOTHING if expression is None else fold(expression, _constant, amount, _joined)

    parts = [(_k.formula == _text(formula.text), compiled(part(formula))) for formula in formulas]
    return case(*parts) if parts else _NOTHING


def _constant(value: Decimal) -> ColumnElement[Any]:
    return literal_column(repr(float(value)))


def _joined(operator: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[Any]:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / func.nullif(right, 0.0)


def _text(value: str) -> ColumnElement[str]:
    """A constant written into the statement, quotes doubled: the view has no parameters."""
    return literal(value, Text, literal_execute=True)

"""Formulas -> SQL: one expression, used by the view, the exports and the judgement alike.

A period's value is the formula over the sums of the period's measures, never an average of daily values. The
query is built in layers: periods (what is asked), cells (for each period the amounts, with known zeros put in, and
how much is known of each), and last a row for each KPI. Wholes and parts are cells of their own: of the whole every
KPI is made, a part is of one KPI only, so that who asks for others never waits for parts.

The shape is for SQLite's planner. Cells are grouped in the order in which tables are read, so that nothing is sorted;
each kind of period is grouped by itself for that. What a reader may ask for (scope, id, grain, kpi, period) is
among the columns grouped or partitioned by, so that a WHERE reaches the tables.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Float,
    Label,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from config.formula import MARGIN, Expression, Formula, fold, parse_formula
from worker.model.readings import MILLION, Completeness
from worker.store import schema as t
from worker.store.periods import Periods, constant, is_counted
from worker.store.sums import is_built_in

FINAL, PROVISIONAL, MISSING = "final", "provisional", "missing"


_p, _s, _k, _d = t.plan.c, t.scope.c, t.kpi.c, t.action_day.c
_WHOLE: ColumnElement[str] = literal_column("''")
_SPACE: ColumnElement[str] = literal_column("' '", Text)
_NOTHING: ColumnElement[Any] = cast(literal_column("NULL"), Float)

#: what tells one period of a plan from another
_SPAN = ("plan_id", "plan", "grain", "period_start", "period_end", "until")
#: what tells one KPI's whole from another, whose parts are shares of it
_OF_ONE_WHOLE = ("plan", "scope", "id", "grain", "period_start", "period_end", "kpi")


def kpi_rows(periods: Sequence[Periods], formulas: Mapping[str, bool], *kpis: ColumnElement[bool]) -> CTE:
    """A row for each KPI, period and breakdown, in the columns of ``report_kpi``, and the KPI's position.

    ``formulas`` are the texts of all the formulas that the KPIs in question have, and whether one of them is looked
    at by a breakdown; ``kpis`` narrows the KPIs by the columns of ``kpi``.
    """
    parsed = {text: parse_formula(text) for text in sorted(formulas)}
    rows = [_whole_rows(periods, list(parsed.values()), *kpis)]
    if of_parts := [formula for text, formula in parsed.items() if formulas[text]]:
        rows.append(_part_rows(periods, of_parts, *kpis))
    return union_all(*rows).cte("kpi_row")


def shown(rows: CTE) -> Select[Any]:
    """The columns of ``report_kpi``."""
    return select(*[column for column in rows.c if column.name != "position"])


def _whole_rows(periods: Sequence[Periods], formulas: Sequence[Formula], *kpis: ColumnElement[bool]) -> Select[Any]:
    """The KPIs of each period as a whole."""
    measures = _measures(formulas)
    whole = union_all(*[_wholes(period, measures) for period in periods]).cte("whole")
    return (
        _rows(
            whole,
            _k.kpi,
            cast(_WHOLE, Text),  # a bare '' has no affinity, and SQLite would compute whole rows first, then filter
            _Amounts(_whole(formulas, whole), _above(formulas, whole), _below(formulas, whole)),
            formulas,
        )
        .join(t.kpi, _k.plan_id == whole.c.plan_id)
        .where(~_k.is_share, *kpis)
    )


def _part_rows(periods: Sequence[Periods], formulas: Sequence[Formula], *kpis: ColumnElement[bool]) -> Select[Any]:
    """The KPIs of each period by breakdown, where there is something to say."""
    measures = _measures(formulas)
    part = _with_sums(union_all(*[_parts(period, measures, *kpis) for period in periods]).cte("part"), measures)
    above, below, of_all = _above(formulas, part), _below(formulas, part), _above(formulas, part, "w")
    value = case((_k.is_share, above / func.nullif(of_all, 0.0)), else_=_whole(formulas, part))
    amounts = _Amounts(value, above, case((_k.is_share, of_all), else_=below))
    return (
        _rows(part, part.c.kpi, part.c.breakdown, amounts, formulas)
        .join(t.kpi, _k.id == part.c.kpi_id)
        .where(or_(func.coalesce(above, 0.0) != 0.0, func.coalesce(below, 0.0) != 0.0))
    )


class _Amounts(NamedTuple):
    """What a KPI comes to, and what is divided by what."""

    value: ColumnElement[Any]
    numerator: ColumnElement[Any]
    denominator: ColumnElement[Any]


def _rows(
    cell: CTE,
    kpi: ColumnElement[str],
    breakdown: ColumnElement[str],
    amounts: _Amounts,
    formulas: Iterable[Formula],
) -> Select[Any]:
    """What every row shows of a cell and a KPI, from cells and their plans."""
    return (
        select(
            cell.c.plan,
            cell.c.scope,
            cell.c.id,
            kpi.label("kpi"),
            breakdown.label("breakdown"),
            cell.c.grain,
            cell.c.period_start,
            cell.c.period_end,
            amounts.value.label("value"),
            amounts.numerator.label("numerator"),
            amounts.denominator.label("denominator"),
            _k.unit,
            case((_k.unit == constant("money"), _p.currency), else_=_WHOLE).label("currency"),
            _state(formulas, cell).label("state"),
            _p.computed_at,
            _k.position,
        )
        .select_from(cell)
        .join(t.plan, _p.id == cell.c.plan_id)
    )


def _measures(formulas: Iterable[Formula]) -> list[str]:
    return sorted({name for formula in formulas for name in formula.names - {MARGIN}})


def _wholes(periods: Periods, measures: Sequence[str]) -> Select[Any]:
    """The amounts of each period as a whole, even where there is nothing."""
    period = periods.of_scopes
    inside = and_(_d.dimension == _WHOLE, _d.breakdown == _WHOLE, *_within(_d, period.selected_columns))
    cell = period.add_columns(_WHOLE.label("dimension"), _WHOLE.label("breakdown"), *_sums(measures))
    cell = cell.add_columns(_hidden(cell.selected_columns))
    return _filled(_grouped(cell.outerjoin(t.action_day, inside)), _known(periods, measures), measures)


def _parts(periods: Periods, measures: Sequence[str], *kpis: ColumnElement[bool]) -> Select[Any]:
    """The amounts of each period and KPI by the KPI's breakdown."""
    period = periods.of_scopes
    own = (_k.id.label("kpi_id"), _k.kpi, _d.dimension, _d.breakdown)
    cell = (
        period.add_columns(*own, *_sums(measures))
        .join(t.kpi, and_(_k.plan_id == _p.id, _k.by != _WHOLE, *kpis))
        .join(t.action_day, and_(_d.dimension == _k.by, *_within(_d, period.selected_columns)))
    )
    return _filled(_grouped(cell.add_columns(_hidden(cell.selected_columns))), _known(periods, measures), measures)


def _with_sums(part: CTE, measures: Sequence[str]) -> CTE:
    """Parts, and beside each amount the sum over all parts of the same whole (``w_…``), of which shares are made."""
    of_one_whole = [part.c[name] for name in _OF_ONE_WHOLE]
    sums = [func.sum(part.c[f"m_{name}"]).over(partition_by=of_one_whole).label(f"w_{name}") for name in measures]
    return select(*part.c, *sums).cte("part_of_all")


def _within(days: Any, period: Any) -> tuple[ColumnElement[bool], ...]:
    """The rows of a table of scopes and days that belong to a period."""
    p = period
    inside = days.day >= p.period_start, days.day < p.period_end, days.day < p.until
    return days.scope_id == p.figures_id, *inside, is_counted(days.day, p.counted_from)


def _sums(measures: Sequence[str]) -> list[ColumnElement[Any]]:
    """The sums of the measures that have a column."""
    return [func.sum(_d[measure]).label(f"m_{measure}") for measure in measures if is_built_in(measure)]


def _hidden(cell: Any) -> ColumnElement[str]:
    """The measures that no source can show for a cell's scope, or of which a part is unknown, between spaces."""
    b, g = t.unobservable.c, t.gap.c
    unobservable = select(func.aggregate_strings(b.measure, " ")).where(b.scope_id == cell.figures_id).scalar_subquery()
    gap = select(func.aggregate_strings(g.measure, " ")).where(*_here(g, cell)).scalar_subquery()
    return (_SPACE + func.coalesce(unobservable, _WHOLE) + _SPACE + func.coalesce(gap, _WHOLE) + _SPACE).label("hidden")


def _grouped(query: Select[Any]) -> CTE:
    """A query grouped by all its columns of tables, in their order."""
    columns = (column.element if isinstance(column, Label) else column for column in query.selected_columns)
    return query.group_by(*[column for column in columns if isinstance(column, Column)]).cte()


def _known(periods: Periods, measures: Sequence[str]) -> CTE:
    """What is known of each measure in a plan's periods, whatever the scope: looked up once, not for each of them.

    The worst of it (``k_…``), and zero where something is known (``z_…``), so that an absent sum is nothing.
    """
    n, span = t.completeness.c, periods.of_plans.distinct().cte()
    says = n.state.in_([int(k) for k in Completeness if k.says])
    columns: list[ColumnElement[Any]] = []
    for measure in measures:
        is_it = n.measure == constant(measure)
        worst = func.max(case((is_it, n.state)))
        columns.append(func.coalesce(worst, int(Completeness.NOTHING)).label(f"k_{measure}"))
        columns.append(func.max(case((and_(is_it, says), 0))).label(f"z_{measure}"))
    shares_a_day = and_(
        n.plan_id == span.c.plan_id,
        n.period_start < span.c.period_end,
        n.period_end > span.c.period_start,
        n.period_start < span.c.until,
    )
    return select(*span.c, *columns).outerjoin_from(span, t.completeness, shares_a_day).group_by(*span.c).cte()


def _filled(cell: CTE, known: CTE, measures: Sequence[str]) -> Select[Any]:
    """Cells with zero where the sources are known to have had nothing, no longer in millionths (``m_…``).

    And how much is known of each measure (``k_…``).
    """
    columns: list[ColumnElement[Any]] = [column for column in cell.c if not column.name.startswith("m_")]
    for measure in measures:
        is_hidden = cell.c.hidden.contains(f" {measure} ", autoescape=True)
        total = cell.c[f"m_{measure}"] if is_built_in(measure) else _extra(measure, cell)
        zero = case((~is_hidden, known.c[f"z_{measure}"]))
        columns.append((cast(func.coalesce(total, zero), Float) / float(MILLION)).label(f"m_{measure}"))
        columns.append(
            case((is_hidden, int(Completeness.NOTHING)), else_=known.c[f"k_{measure}"]).label(f"k_{measure}")
        )
    same = [cell.c[name] == known.c[name] for name in _SPAN]
    return select(*columns).join_from(cell, known, and_(*same))


def _extra(measure: str, cell: CTE) -> ColumnElement[Any]:
    """The sum of a measure that a source declared itself, looked up in its side table."""
    x = t.action_day_extra.c
    return select(func.sum(x.amount)).where(*_here(x, cell.c), x.measure == constant(measure)).scalar_subquery()


def _here(days: Any, cell: Any) -> tuple[ColumnElement[bool], ...]:
    """The rows of a table of scopes, breakdowns and days that belong to a cell."""
    return days.dimension == cell.dimension, days.breakdown == cell.breakdown, *_within(days, cell)


def _state(formulas: Iterable[Formula], cell: CTE) -> ColumnElement[str]:
    """The worst of what is known of the KPI's measures in the period."""
    is_open = cell.c.period_end > cell.c.until

    def state(formula: Formula) -> ColumnElement[str]:
        known = [cell.c[f"k_{measure}"] for measure in _measures([formula])]
        return case(
            (or_(false(), *(one >= int(Completeness.PARTLY) for one in known)), constant(MISSING)),
            (or_(is_open, *(one >= int(Completeness.PROVISIONAL) for one in known)), constant(PROVISIONAL)),
            else_=constant(FINAL),
        )

    return func.coalesce(_chosen(formulas, state), constant(MISSING))


def _above(formulas: Iterable[Formula], cell: CTE, prefix: str = "m") -> ColumnElement[Any]:
    return _chosen(formulas, lambda formula: _compiled(formula, formula.numerator, cell, prefix))


def _below(formulas: Iterable[Formula], cell: CTE) -> ColumnElement[Any]:
    return _chosen(formulas, lambda formula: _compiled(formula, formula.denominator, cell))


def _whole(formulas: Iterable[Formula], cell: CTE) -> ColumnElement[Any]:
    return _chosen(formulas, lambda formula: _compiled(formula, formula.whole, cell))


def _chosen(formulas: Iterable[Formula], made: Callable[[Formula], ColumnElement[Any]]) -> ColumnElement[Any]:
    """What is made of each KPI's own formula; NULL where there is none."""
    return case(*[(constant(formula.text), made(formula)) for formula in formulas], value=_k.formula)


def _compiled(formula: Formula, expression: Expression | None, cell: CTE, prefix: str = "m") -> ColumnElement[Any]:
    """A part of a formula over the amounts of a prefix."""
    if expression is None:
        return _NOTHING
    measures = _measures([formula])
    is_ratio = formula.denominator is not None and len(measures) > 1 and prefix == "m"

    def amount(name: str) -> ColumnElement[Any]:
        if name == MARGIN:
            return _p.margin
        return _on_known_days(name, measures, cell) if is_ratio else cell.c[f"{prefix}_{name}"]

    return fold(expression, _constant, amount, _joined)


def _on_known_days(measure: str, measures: Sequence[str], cell: CTE) -> ColumnElement[Any]:
    """The amount of a measure on the days on which all measures of a ratio are known: one side alone is no part of it.

    Where everything is known, as is usual, nothing is looked up.
    """
    n, g = t.completeness.c, t.gap.c
    names = [constant(name) for name in measures]
    d = t.action_day_extra.c if not is_built_in(measure) else _d
    total = func.sum(d.amount if not is_built_in(measure) else d[measure])
    unknown = and_(n.plan_id == cell.c.plan_id, n.measure.in_(names), n.state >= int(Completeness.PENDING))
    days = t.action_day if is_built_in(measure) else t.action_day_extra
    is_hole = exists().where(unknown, n.period_start <= d.day, n.period_end > d.day).correlate(cell, days)
    here = (g.scope_id == cell.c.figures_id, g.dimension == cell.c.dimension, g.breakdown == cell.c.breakdown)
    is_gap = exists().where(*here, g.day == d.day, g.measure.in_(names)).correlate(cell, days)
    of_one = () if is_built_in(measure) else (t.action_day_extra.c.measure == constant(measure),)
    alone = select(total).where(*_here(d, cell.c), *of_one, or_(is_hole, is_gap)).scalar_subquery()
    is_known = and_(*(cell.c[f"k_{name}"] < int(Completeness.PENDING) for name in measures))
    amount = cell.c[f"m_{measure}"]
    return case((is_known, amount), else_=amount - func.coalesce(cast(alone, Float), 0.0) / float(MILLION))


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

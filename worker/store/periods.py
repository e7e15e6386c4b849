"""The periods that are asked of: calendar periods, an action's occurrences, to date, or given one by one."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    literal,
    or_,
    select,
    text,
)  # fmt: skip

from config.periods import CALENDAR_GRAINS, Window
from config.vocabulary import Grain, Scope
from worker.store import schema as t

#: scopes that are no part of the plan as people know it by its figures
HIDDEN = (Scope.UNATTRIBUTED, Scope.BUDGET)

_p, _s = t.plan.c, t.scope.c

Until = ColumnElement[Any] | date


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods of one kind."""

    of_scopes: Select[Any]  #: each period of each scope
    of_plans: Select[Any]  #: at least the same of each plan, whatever the scope


_OF_PLAN = (_p.id.label("plan_id"), _p.plan.label("plan"), _p.counted_from.label("counted_from"))
_OF_SCOPE = (
    _s.id.label("scope_id"),  # first, as SQLite reads scopes in the order of their ids
    *_OF_PLAN,
    _s.scope.label("scope"),
    _s.ref.label("id"),
    _s.figures_id.label("figures_id"),
)


def grain_periods(
    until: Until = _p.until, *only: ColumnElement[bool], grains: Collection[Grain] = tuple(Grain)
) -> list[Periods]:
    """The periods of some grains that have begun before ``until``, for every scope that people know of.

    ``only`` narrows plans by their columns.
    """
    hidden = [constant(kind) for kind in HIDDEN]
    shown = (_s.is_active, _s.scope.not_in(hidden), _p.until.is_not(None), *only)
    scopes = t.scope.join(t.plan, _p.id == _s.plan_id)
    c, o = t.calendar.c, t.occurrence.c
    kinds = []
    if calendar_grains := [grain for grain in CALENDAR_GRAINS if grain in grains]:
        has_figures = or_(c.period_start < _p.ends, c.period_start <= _p.last_day)
        begun = and_(c.period_end > _s.starts, c.period_start < until, has_figures)
        period = _period(c.grain, c.period_start, c.period_end, until)
        is_asked = c.grain.in_([constant(grain) for grain in calendar_grains])
        spans = t.plan.join(t.calendar, c.period_start < until)
        of_scopes = select(*_OF_SCOPE, *period).select_from(scopes.join(t.calendar, begun)).where(*shown, is_asked)
        of_plans = select(*_OF_PLAN, *period).select_from(spans).where(_p.until.is_not(None), is_asked, *only)
        kinds.append(Periods(of_scopes, of_plans))
    if Grain.OCCURRENCE in grains:
        occurrences = scopes.join(t.occurrence, and_(o.scope_id == _s.id, o.period_start < until))
        period = _period(constant(Grain.OCCURRENCE), o.period_start, o.period_end, until)
        kinds.append(_periods(occurrences, period, *shown))
    if Grain.TO_DATE in grains:
        period = _period(constant(Grain.TO_DATE), _s.starts, until, until)
        kinds.append(_periods(scopes, period, *shown, _s.starts < until))
    return kinds


#: [[scope id, first day, day after the last], …] as rows
_ASKED = {
    "sqlite": "SELECT json_extract(value, '$[0]') AS scope_id, json_extract(value, '$[1]') AS period_start, "
    "json_extract(value, '$[2]') AS period_end FROM json_each(:asked)",
    "postgresql": "SELECT CAST(value ->> 0 AS INTEGER) AS scope_id, CAST(value ->> 1 AS DATE) AS period_start, "
    "CAST(value ->> 2 AS DATE) AS period_end FROM jsonb_array_elements(CAST(:asked AS JSONB))",
}


def asked_periods(backend: str) -> list[Periods]:
    """Periods given one by one, as the parameter ``asked``, with what is known before the parameter ``until``.

    They are no part of the statement: it is the same whatever is asked, and made once.
    """
    columns = Column("scope_id", Integer), Column("period_start", Date), Column("period_end", Date)
    rows = text(_ASKED[backend]).columns(*columns).cte("asked")
    asked_of = rows.join(t.scope, _s.id == rows.c.scope_id).join(t.plan, _p.id == _s.plan_id)
    until = bindparam("until", type_=Date)
    return [_periods(asked_of, _period(constant("asked"), rows.c.period_start, rows.c.period_end, until))]


def as_asked(asked: Iterable[tuple[int, Window]]) -> str:
    """Scopes and periods as ``asked_periods`` takes them; in order, as SQLite reads scopes by their ids."""
    return json.dumps(sorted({(id, f"{window.start}", f"{window.end}") for id, window in asked}))


def _period(grain: Any, start: Any, end: Any, until: Until) -> list[ColumnElement[Any]]:
    """The columns of a period, in the order in which SQLite reads the calendar."""
    bound = literal(until, Date) if isinstance(until, date) else until
    return [
        grain.label("grain"),
        start.label("period_start"),
        bound.label("period_end") if isinstance(end, date) else end.label("period_end"),
        bound.label("until"),
    ]


def _periods(scopes: FromClause, period: Sequence[ColumnElement[Any]], *only: ColumnElement[bool]) -> Periods:
    """Periods that scopes do not have in common."""
    return Periods(
        select(*_OF_SCOPE, *period).select_from(scopes).where(*only),
        select(*_OF_PLAN, *period).select_from(scopes).where(*only),
    )


def is_counted(day: ColumnElement[Any], counted_from: ColumnElement[Any] = _p.counted_from) -> ColumnElement[bool]:
    """Whether figures of a day are shown: those from before a plan only tell of its days."""
    return or_(counted_from.is_(None), day >= counted_from)


def constant(value: str) -> ColumnElement[str]:
    """Written into the statement, quotes doubled: a view has no parameters."""
    return literal(value, Text, literal_execute=True)

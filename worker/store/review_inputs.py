"""What the review rests on, read: the daily sums of actions and objectives, what they share, and what no action has."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, func, select

from config.catalogue import all_targets, known_kpis
from config.periods import Window
from config.techniques import technique_of, techniques
from config.vocabulary import BUILT_IN, Dimension, Measure, Scope
from worker.model.completeness import Run
from worker.model.context import PlanContext, ScopeKey
from worker.model.plan_figures import DailyFigures, Label, PlanFigures
from worker.model.readings import MILLION, Completeness
from worker.stats.series import Floats
from worker.store import exchange
from worker.store import schema as t
from worker.store.completeness import states_of
from worker.store.sums import Summing, authoritative, joined, summing

#: what every plan is asked about; those of its targets come beside them
ALWAYS = (Measure.SESSIONS, Measure.VISITORS, Measure.ORDERS, Measure.CONVERSIONS, Measure.REVENUE, Measure.SPEND,
          Measure.NEW_CUSTOMERS)  # fmt: skip

#: the labels by which people know what they did
LABELLED = (Dimension.CAMPAIGN, Dimension.COUPON, Dimension.CHANNEL)

LABELS = 500  #: of a dimension, those with most in them: the web may invent any number


def read_plan_figures(connection: Connection, context: PlanContext, today: date) -> PlanFigures:
    """Everything the review of a plan rests on, of the days before ``today``. Reads, and changes nothing."""
    loaded, unobservable, scopes = context.loaded, context.unobservable, context.scope_ids
    window = Window(loaded.plan.first_day, max(today, loaded.plan.first_day + timedelta(1)))
    reading = _reading(connection, context, window)
    sums = reading.of_scopes(connection, scopes.values())

    def days(kind: str, ref: str) -> DailyFigures:
        unseen = unobservable.get((kind, ref), frozenset())
        return reading.days(sums.get(scopes[kind, ref], {}), unseen)

    return PlanFigures(
        plan=loaded.plan,
        today=today,
        whole=days(Scope.PLAN, loaded.id),
        actions={id: days(Scope.ACTION, id) for id in loaded.plan.actions if (Scope.ACTION, id) in scopes},
        objectives={
            id: days(Scope.OBJECTIVE, id)
            for id, aim in loaded.plan.objectives.items()
            if aim.tracked_by and (Scope.OBJECTIVE, id) in scopes
        },
        shared=_shared(connection, reading, scopes),
        labels=_labels(connection, reading, scopes[Scope.PLAN, loaded.id], scopes[Scope.UNATTRIBUTED, loaded.id]),
        sources={id: entry.responsible for id, entry in loaded.sources.items()},
        provided=frozenset(context.authorities),
        unobservable=_of_owners({key: of - context.unseen.get(key, frozenset()) for key, of in unobservable.items()}),
        unseen=_of_owners(context.unseen),
        simulated=frozenset(measure for measure in context.authorities if context.is_simulated([measure])),
        kpis=context.kpis,
        known=known_kpis(loaded.plan, loaded.declared),
        techniques={
            id: frozenset(name for word in action.techniques if (name := technique_of(word)))
            for id, action in loaded.plan.actions.items()
        },
        fitting={id: one.kpis for id, one in techniques().items()},
    )


def _of_owners(measures: Mapping[ScopeKey, frozenset[str]]) -> dict[tuple[Scope, str], frozenset[str]]:
    owners = (Scope.ACTION, Scope.OBJECTIVE)
    return {(Scope(kind), ref): names for (kind, ref), names in measures.items() if kind in owners}


#: measure -> the sums of each day, of one scope or label
Sums = dict[str, Floats]


@dataclass(frozen=True)
class _Reading:
    """How daily sums are read: of which days, and which measures are known on them."""

    window: Window
    known: Mapping[str, Floats]  #: by measure: 0 on a day that is known, NaN on one that is not
    how: Summing

    @property
    def measures(self) -> list[str]:
        return list(self.known)

    def days(self, sums: Sums, unseen: Collection[str] = ()) -> DailyFigures:
        """Sums with a zero where a day is known and nothing is there; without what no source can show."""
        seen = {measure: known for measure, known in self.known.items() if measure not in unseen}
        return DailyFigures(self.window.start, {name: known + sums.get(name, 0.0) for name, known in seen.items()})

    def of_scopes(self, connection: Connection, scopes: Iterable[int]) -> dict[int, Sums]:
        """The sums of scopes as wholes."""
        d, by_scope = t.action_day.c, defaultdict[int, Sums](dict)
        if not self.measures:
            return by_scope
        columns = [d[name] for name in self.measures]
        for part in _parts(scopes):
            statement = select(d.scope_id, d.day, *columns).where(d.scope_id.in_(part), d.dimension == "")
            self.take(by_scope, connection.execute(statement.where(*self._within(d))))
            g = t.gap.c
            gaps = select(g.scope_id, g.day, g.measure).where(g.scope_id.in_(part), g.dimension == "")
            for scope_id, day, measure in connection.execute(gaps.where(*self._within(g))):
                if measure in self.known:
                    self._slots(by_scope[scope_id], measure)[(day - self.window.start).days] = np.nan
        return by_scope

    def of_readings(self, connection: Connection, statement: Select[Any]) -> dict[Any, Sums]:
        """The sums that a statement gives by its first column and day."""
        found: dict[Any, Sums] = defaultdict(dict)
        self.take(found, connection.execute(statement))
        return found

    def sums(self) -> list[Any]:
        """A column for each measure, of those who speak for it."""
        sources = {id for ids in self.how.authorities.values() for id in ids}
        r = t.reading
        return [
            func.sum(authoritative(self.how, name, r, r.c[name], sources)).label(f"m_{name}") for name in self.measures
        ]

    def take(self, found: dict[Any, Sums], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows of key, day and amounts into their slots."""
        for key, day, *amounts in rows:
            index = (day - self.window.start).days
            for name, amount in zip(self.measures, amounts, strict=True):
                if amount is not None:
                    self._slots(found[key], name)[index] += float(amount) / MILLION

    def _slots(self, sums: Sums, measure: str) -> Floats:
        return sums.setdefault(measure, np.zeros(len(self.window)))

    def _within(self, days: Any) -> tuple[Any, Any]:
        return days.day >= self.window.start, days.day < self.window.end

    def is_within(self) -> tuple[Any, Any]:
        """The readings of the window's days."""
        return self._within(t.reading.c)


def _reading(connection: Connection, context: PlanContext, window: Window) -> _Reading:
    asked = {target.kpi for target in all_targets(context.loaded.plan)} & context.formulas.keys()
    wanted = {*ALWAYS, *(name for kpi in asked for name in context.measures(kpi))}
    measures = sorted(wanted & BUILT_IN.keys() & context.authorities.keys())
    has_foreign_money = exchange.has_foreign_money(connection, context.plan_id, context.loaded.plan.currency)
    states = states_of(connection, context.plan_id, measures, window)
    known = {name: _known(states[name], window) for name in measures}
    return _Reading(window, known, summing(context, measures, {}, has_foreign_money=has_foreign_money))


def _known(runs: Iterable[Run], window: Window) -> Floats:
    known = np.full(len(window), np.nan)
    for days, state in runs:
        if state in (Completeness.FINAL, Completeness.PROVISIONAL):
            known[(days.start - window.start).days : (days.end - window.start).days] = 0.0
    return known


def _shared(
    connection: Connection, reading: _Reading, scopes: Mapping[tuple[str, str], int]
) -> dict[str, DailyFigures]:
    """Of each action, the part that other actions count as well."""
    refs = {id: ref for (kind, ref), id in scopes.items() if kind == Scope.ACTION}
    if not refs or not reading.measures:
        return {}
    o, action = t.origin_scope.c, t.scope.alias()
    twice = (
        select(o.origin_id)
        .join(action, action.c.id == o.scope_id)
        .where(action.c.plan_id == reading.how.plan_id, action.c.scope == Scope.ACTION, action.c.is_active)
        .group_by(o.origin_id)
        .having(func.count() > 1)
    )
    base = joined(reading.how, t.reading, None, reading.sums())
    narrowed = (
        base.with_only_columns(t.scope.c.id, t.reading.c.day, *reading.sums())
        .where(t.scope.c.scope == Scope.ACTION, t.reading.c.origin_id.in_(twice), *reading.is_within())
        .group_by(t.scope.c.id, t.reading.c.day)
    )
    found = reading.of_readings(connection, narrowed)
    return {refs[id]: reading.days(sums) for id, sums in found.items() if id in refs}


def _labels(connection: Connection, reading: _Reading, whole: int, unattributed: int) -> tuple[Label, ...]:
    """The plan's campaigns, coupons and channels."""
    if not reading.measures:
        return ()
    labels: list[Label] = []
    for dimension in LABELLED:
        every = _by_label(connection, reading, dimension, whole)
        unplanned = _by_label(connection, reading, dimension, unattributed)
        for value, sums in sorted(every.items()):
            rest = reading.days(unplanned[value]) if value in unplanned else DailyFigures(reading.window.start, {})
            labels.append(Label(dimension, value, reading.days(sums), rest))
    return tuple(labels)


def _by_label(connection: Connection, reading: _Reading, dimension: Dimension, scope: int) -> dict[str, Sums]:
    value = t.origin.c[dimension.value]
    base = joined(reading.how, t.reading, dimension, [])
    own = base.where(t.scope.c.id == scope, value != "", *reading.is_within())
    most = own.with_only_columns(value).group_by(value).order_by(func.count().desc(), value).limit(LABELS)
    of_days = own.with_only_columns(value, t.reading.c.day, *reading.sums())
    return reading.of_readings(connection, of_days.where(value.in_(most)).group_by(value, t.reading.c.day))


def _parts(ids: Iterable[int], size: int = 500) -> list[list[int]]:
    every = sorted(ids)
    return [every[start : start + size] for start in range(0, len(every), size)]

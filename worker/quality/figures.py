"""A plan's figures by source, as series: what the checks look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from config.periods import DAY, Window
from config.sources import COSTS
from config.vocabulary import BUILT_IN
from worker.model.context import PlanContext
from worker.model.readings import Fault
from worker.stats.anomalies import RECENT
from worker.stats.baseline import REMEMBERED
from worker.stats.series import Bools, Floats, Series
from worker.store.source_totals import VISITS, SourceTotals, Totals, Wanted, read_source_totals

_VISITS = ("sessions", "visitors", "new_visitors", "engaged_sessions", "engagement_seconds", "page_views")
_OUTCOMES = ("orders", "conversions")
_MADE = frozenset(  # by actions: it stops where they stop
    ("spend", "impressions", "clicks", "emails_sent", "emails_delivered", "emails_opened", "emails_clicked")
)
_MOST = 0.95  # of it: who brought the rest does not make a day one on which anything is to be expected


@dataclass(frozen=True)
class SourceFigures:
    """The figures of the plan's sources."""

    context: PlanContext
    today: date
    totals: SourceTotals

    @cached_property
    def recent(self) -> Window:
        """The days looked at anew each time."""
        return _recent(self.today)

    @cached_property
    def window(self) -> Window:
        """With the days before them that tell what is usual."""
        return _window(self.today)

    @cached_property
    def authorities(self) -> Mapping[str, tuple[str, ...]]:
        """The authoritative sources of each measure, without the plan's own costs."""
        return _authorities(self.context)

    @cached_property
    def _ordinary(self) -> Bools:
        events = [event.days for event in self.context.loaded.plan.special_days]
        return np.array([not any(day in days for days in events) for day in self.window], np.bool_)

    @cached_property
    def _series(self) -> dict[tuple[str, str], Series]:
        return {}

    def provided(self, source: str) -> frozenset[str]:
        """The built-in measures of a source."""
        return next(row.provides for row in self.context.sources if row.source == source) & BUILT_IN.keys()

    def accepted(self, source: str) -> set[date]:
        """The days of which somebody said that they are as they are."""
        return {day for day, covered in self.context.coverage.get(source, {}).items() if covered.is_accepted}

    def of(self, source: str, measure: str) -> Series:
        """A source's daily totals of a measure."""
        if (source, measure) not in self._series:
            totals = self.totals.whole[self.context.source_ids[source], measure]
            self._series[source, measure] = self.as_series(source, measure, totals)
        return self._series[source, measure]

    def expected(self, source: str, measure: str) -> Series:
        """The same; days for which the plan has none of those at work who bring most of it are not ordinary."""
        totals = self.of(source, measure)
        seen = self.totals.by_place.get((self.context.source_ids[source], measure), {})
        if measure not in _MADE or not seen:
            return totals
        return replace(totals, ordinary=totals.ordinary & self._at_work(_most_of(seen)))

    def _at_work(self, places: set[str]) -> Bools:
        plan = self.context.loaded.plan
        if not places <= plan.actions.keys():  # what belongs to no action may come on any day
            return np.ones(len(self.window), np.bool_)
        live = [window for place in places for window in plan.at_work(plan.actions[place])]
        return np.array([any(day in window for window in live) for day in self.window], np.bool_)

    def as_series(self, source: str, measure: str, totals: Mapping[date, float | None]) -> Series:
        """Amounts by day as a series: a covered day without one is a zero."""
        amounts = np.full(len(self.window), np.nan)
        known, ordinary = amounts.copy(), self._ordinary.copy()
        covered = self.context.coverage.get(source, {})
        for number, day in enumerate(self.window):
            coverage = covered.get(day)
            if coverage is None or measure not in coverage.measures:
                continue
            amount = totals.get(day, 0.0)
            amounts[number] = np.nan if amount is None else amount
            known[number] = 1.0 if coverage.is_settled and not coverage.is_suspect else 0.5
            ordinary[number] &= measure not in coverage.quarantined or day in self.recent
        return Series(self.window.start, amounts, known, ordinary)

    def total(self, source: str, measure: str) -> Totals:
        """A source's totals by day, also of days before the window that were cut short."""
        return self.totals.whole[self.context.source_ids[source], measure]

    def labelled_visits(self, source: str) -> Series:
        """The visits that bear any label."""
        return self.as_series(source, VISITS, self.totals.labelled[self.context.source_ids[source], VISITS])

    def paid_visits(self, source: str) -> Series:
        """The visits that ads brought."""
        return self.as_series(source, VISITS, self.totals.paid[self.context.source_ids[source], VISITS])

    def visits_by_place(self, source: str) -> Mapping[str, tuple[Series, Series]]:
        """Action (empty for none) -> the visits a source saw, and what came of them; none where that is not known."""
        visits, outcome = visits_of(self.context, source), outcome_of(self.context)
        if not visits or outcome is None:
            return {}
        seen = self.totals.by_place.get((self.context.source_ids[source], visits[0]), {})
        pairs = {}
        for place, totals in sorted(seen.items()):
            outcomes = together([self._of_place(one, outcome, place) for one in self.authorities[outcome]])
            if outcomes is not None:
                pairs[place] = self.as_series(source, visits[0], totals), outcomes
        return pairs

    def _of_place(self, source: str, measure: str, place: str) -> Series:
        totals = self.totals.by_place.get((self.context.source_ids[source], measure), {})
        return self.as_series(source, measure, totals.get(place, {}))


def read_figures_of_sources(connection: Connection, context: PlanContext, today: date) -> SourceFigures:
    """Read all that the checks look at, at once."""
    return SourceFigures(context, today, read_source_totals(connection, context.plan_id, _wanted(context, today)))


def _wanted(context: PlanContext, today: date) -> Wanted:
    window, ids, authorities = _window(today), context.source_ids, _authorities(context)
    cut = [day for source in context.sources for day in days_cut_short(context, source.source)]
    whole = {row.id: row.provides & BUILT_IN.keys() for row in context.sources}
    places: dict[int, set[str]] = {}
    outcome = outcome_of(context)
    if outcome:
        for row in context.sources:
            if counted := visits_of(context, row.source):
                places.setdefault(row.id, set()).add(counted[0])
        for source in authorities[outcome] if places else ():
            places.setdefault(ids[source], set()).add(outcome)
    for row in context.sources:
        if made := row.provides & _MADE:
            places.setdefault(row.id, set()).update(made)
    visits, ads = authorities.get(VISITS, ()), authorities.get("clicks", ())
    return Wanted(
        window=Window(min([window.start, *cut]), window.end),
        whole=whole,
        labelled=[ids[source] for source in visits],
        paid=[ids[source] for source in visits if ads and source not in ads],
        places=places,
    )


def _recent(today: date) -> Window:
    return Window(today - timedelta(days=RECENT), today + DAY)


def _window(today: date) -> Window:
    recent = _recent(today)
    return Window(recent.start - DAY * REMEMBERED, recent.end)


def _authorities(context: PlanContext) -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(one for one in given if one != COSTS) for name, given in context.authorities.items()}


def visits_of(context: PlanContext, source: str) -> tuple[str, ...]:
    """The measures of visits for which a source is authoritative; none where it does not count them."""
    counted = tuple(name for name in _VISITS if source in context.authorities.get(name, ()))
    return counted if counted and counted[0] in _VISITS[:2] else ()


def outcome_of(context: PlanContext) -> str | None:
    """What visits are to bring, as far as it is counted."""
    authorities = _authorities(context)
    return next((name for name in _OUTCOMES if authorities.get(name)), None)


def days_cut_short(context: PlanContext, source: str) -> list[date]:
    """The days of which most would have vanished, as collecting noted them."""
    covered = context.coverage.get(source, {})
    return sorted(day for day, one in covered.items() if one.fault == Fault.CUT_SHORT)


def _most_of(seen: Mapping[str, Mapping[date, float]]) -> set[str]:
    """The actions (empty: none) that brought most, the largest first; nobody's where there was nothing."""
    brought = {place: sum(days.values()) for place, days in seen.items()}
    whole, most, there = sum(brought.values()), set(), 0.0
    for place in sorted(brought, key=lambda place: (-brought[place], place)):
        if there >= _MOST * whole:
            break
        most.add(place)
        there += brought[place]
    return most or {""}


def together(every: Sequence[Series]) -> Series | None:
    """Several sources added up, on the days that all of them know."""
    if not every:
        return None
    amounts: Floats = np.sum([one.amounts for one in every], axis=0)
    return replace(every[0], amounts=amounts, known=np.min([one.known for one in every], axis=0))

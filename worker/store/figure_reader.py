"""What judgements rest on: read as it stands, or for many past days once, and cut for each."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import product

from sqlalchemy import Connection

from config.periods import DAY, Window
from config.sources import COSTS
from config.vocabulary import Measure
from worker.model.completeness import Run
from worker.model.context import PlanContext
from worker.model.records import TrackedSpend
from worker.model.unknown import Hole
from worker.model.verdict import FINAL, PROVISIONAL, Figure
from worker.stats.series import Floats
from worker.store import kpi_values
from worker.store.attribution import reported_scopes
from worker.store.base_values import BaseKey, kept
from worker.store.kpi_values import Figures
from worker.store.series import DailySums, Place, daily_sums, known_shares, read_amounts, states_from_before
from worker.store.shared_figures import spend_of_several
from worker.store.unknown_parts import holes

#: KPI -> scopes, by their ids, and periods
Asked = Mapping[str, Collection[tuple[int, Window]]]


class FigureReader:
    """Reads the figures of a plan each time it is asked."""

    def __init__(self, connection: Connection, context: PlanContext) -> None:
        self.connection, self.context = connection, context

    def until(self, today: date) -> date:
        """The day before which figures count; of today, those that are there."""
        return today + DAY

    def figures(self, asked: Asked, until: date, *, in_parts: bool) -> Figures:
        """The figures of some KPIs in periods of scopes: see ``kpi_values.figures``."""
        periods = {one for of_kpi in asked.values() for one in of_kpi}
        return kpi_values.figures(self.connection, self.context, periods, asked, until, in_parts=in_parts)

    def daily_sums(self, places: Collection[Place], measures: Collection[str], window: Window) -> DailySums:
        """See ``series.daily_sums``."""
        return daily_sums(self.connection, self.context, places, measures, window)

    def holes(self, figure_ids: Collection[int], window: Window) -> Mapping[int, Sequence[Hole]]:
        """See ``unknown_parts.holes``."""
        return holes(self.connection, self.context, figure_ids, window)

    def spend_of_several(self, window: Window) -> Sequence[TrackedSpend]:
        """See ``shared_figures.spend_of_several``."""
        return spend_of_several(self.connection, self.context, window)

    def kept_bases(self) -> Mapping[BaseKey, Decimal]:
        """See ``base_values.kept``."""
        return kept(self.connection, self.context.plan_id)

    def reported(self, figure_ids: Collection[int]) -> frozenset[int]:
        """Those of some scopes of which a source of spend has rows, be their spend nothing."""
        sources = [one for one in self.context.authorities.get(Measure.SPEND, ()) if one != COSTS]
        return reported_scopes(self.connection, figure_ids, [self.context.source_ids[one] for one in sources])


class PastReader(FigureReader):
    """Reads for many past days, in any order: what they have in common is read once.

    Of the daily figures those of some places and measures, on the days of a window.
    """

    def __init__(
        self,
        connection: Connection,
        context: PlanContext,
        places: Collection[Place],
        measures: Collection[str],
        window: Window,
    ) -> None:
        super().__init__(connection, context)
        self.places, self.measures, self.window = places, measures, window
        self._scopes = {id: key for key, id in context.scope_ids.items()}
        self._figures: dict[tuple[str, bool], Figures] = defaultdict(dict)  #: by KPI, and whether in parts
        self._read: dict[tuple[str, bool], set[tuple[int, Window]]] = defaultdict(set)
        self._opened: dict[tuple[str, bool], set[tuple[int, Window]]] = defaultdict(set)  #: up to each day

    def until(self, today: date) -> date:
        """See ``FigureReader``: in the morning nothing of today was there, and now all of it is."""
        return today

    def figures(self, asked: Asked, until: date, *, in_parts: bool) -> Figures:
        """See ``FigureReader``. What had not begun had no figure."""
        answer: Figures = {}
        for kpi, periods in asked.items():
            begun = {one for one in periods if one[1].start < until}
            found = self._found_of(kpi, begun, until, in_parts=in_parts)
            for id, period in begun:
                key = (*self._scopes[id], kpi, Window(period.start, min(period.end, until)))
                if key in found:
                    answer[*key[:3], period] = found[key] if period.end <= until else _as_open(found[key])
        return answer

    def _found_of(self, kpi: str, periods: set[tuple[int, Window]], until: date, *, in_parts: bool) -> Figures:
        """All that is read so far of a KPI, those of some periods among it.

        Of one that runs, all its days are read at once: a period up to a day is a shorter period.
        """
        found, read = self._figures[kpi, in_parts], self._read[kpi, in_parts]
        opened = self._opened[kpi, in_parts]
        running = {one for one in periods if one[1].end > until} - opened
        over = {one for one in periods if one[1].end <= until}
        parts = {(id, part) for id, period in running for part in self._parts_of(period)} | over
        found |= super().figures({kpi: parts - read}, self.window.end, in_parts=in_parts)
        opened |= running
        read |= parts
        return found

    def _parts_of(self, period: Window) -> list[Window]:
        """A period up to each of its days."""
        return [Window(period.start, day + DAY) for day in period if day < self.window.end]

    def daily_sums(self, places: Collection[Place], measures: Collection[str], window: Window) -> DailySums:
        """See ``series.daily_sums``."""
        first, last = ((day - self.window.start).days for day in (window.start, window.end))
        states = {name: [(days, state) for run, state in self._states[name] if (days := run.clip(window))]
                  for name in measures}  # fmt: skip
        known = known_shares(self.connection, self.context, states, window)
        there = (key for key in product(places, measures) if key in self._amounts)
        amounts = {key: self._amounts[key][first:last] for key in there}
        return DailySums(window, known, amounts, self.context.loaded.plan.watched_from)

    def holes(self, figure_ids: Collection[int], window: Window) -> Mapping[int, Sequence[Hole]]:
        """See ``unknown_parts.holes``."""
        return {id: [hole for hole in self._holes.get(id, ()) if hole.day in window] for id in figure_ids}

    def spend_of_several(self, window: Window) -> Sequence[TrackedSpend]:
        """See ``shared_figures.spend_of_several``."""
        return [one for one in self._spend_of_several if one.day in window]

    def kept_bases(self) -> Mapping[BaseKey, Decimal]:
        """See ``FigureReader``."""
        return self._kept_bases

    @cached_property
    def _kept_bases(self) -> Mapping[BaseKey, Decimal]:
        return super().kept_bases()

    def reported(self, figure_ids: Collection[int]) -> frozenset[int]:
        """See ``FigureReader``."""
        return self._reported & frozenset(figure_ids)

    @cached_property
    def _reported(self) -> frozenset[int]:
        return super().reported(set(self.context.figure_ids.values()))

    @cached_property
    def _amounts(self) -> Mapping[tuple[Place, str], Floats]:
        return read_amounts(self.connection, self.places, self.measures, self.window)

    @cached_property
    def _states(self) -> Mapping[str, Sequence[Run]]:
        return states_from_before(self.connection, self.context, self.measures, self.window)

    @cached_property
    def _holes(self) -> Mapping[int, Sequence[Hole]]:
        return super().holes(set(self.context.figure_ids.values()), self.window)

    @cached_property
    def _spend_of_several(self) -> Sequence[TrackedSpend]:
        return super().spend_of_several(self.window)


def _as_open(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Figures of a period that goes on: none of them is final."""
    return {
        name: replace(figure, state=PROVISIONAL) if figure.state == FINAL else figure
        for name, figure in figures.items()
    }

"""PURE. What the work on a plan rests on: loaded once, and handed from stage to stage."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from config.formula import MARGIN, Formula
from config.loading.loaded import LoadedPlan
from config.plan import Kpi
from config.vocabulary import BUILT_IN, Measure, Unit
from worker.model.labels import UnseenLabel
from worker.model.readings import DayCoverage
from worker.model.records import SourceRow, StoredPlan
from worker.model.tracking import SourceFacts, chosen_authorities

#: what a figure is of: a kind of scope, and its id in the plan
ScopeKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Instant:
    """The day that is taken as today, in the plan's zone, and the moment in UTC."""

    today: date
    now: datetime


@dataclass(frozen=True)
class PlanContext:
    """A plan, as its files say it and as the tables have it."""

    loaded: LoadedPlan
    stored: StoredPlan
    kpis: Mapping[str, Kpi]  #: in the order in which people read them
    formulas: Mapping[str, Formula]  #: KPI -> the formula chosen for it
    broken_down: frozenset[str]  #: the KPIs that are looked at by a breakdown
    scope_ids: Mapping[ScopeKey, int]
    figure_ids: Mapping[ScopeKey, int]  #: the id of the scope whose sums are its own
    source_rows: tuple[SourceRow, ...]  #: the plan's own costs among them
    coverage: Mapping[str, Mapping[date, DayCoverage]]  #: by source
    unobservable: Mapping[ScopeKey, frozenset[str]]  #: the measures that no source can show for it
    unseen: Mapping[ScopeKey, frozenset[str]]  #: those of them that its labels would show, had they ever been seen
    unseen_labels: Mapping[str, UnseenLabel]  #: by their keys

    @property
    def plan_id(self) -> int:
        """The id of the plan's row."""
        return self.stored.id

    @cached_property
    def declared(self) -> Mapping[str, Unit]:
        """The measures that its sources declare themselves, with their units."""
        return self.loaded.declared

    @cached_property
    def sources(self) -> tuple[SourceRow, ...]:
        """The sources that are read."""
        return tuple(row for row in self.source_rows if not row.is_costs)

    @cached_property
    def source_ids(self) -> Mapping[str, int]:
        """The id of each source, the plan's own costs among them."""
        return {row.source: row.id for row in self.source_rows}

    @cached_property
    def authorities(self) -> Mapping[str, tuple[str, ...]]:
        """For each measure, the authoritative sources."""
        by_name = sorted(self.source_rows, key=lambda row: row.source)
        facts = {row.source: SourceFacts(row.kind, row.provides) for row in by_name}
        return chosen_authorities(self.loaded.plan, facts)

    @cached_property
    def simulated_sources(self) -> frozenset[str]:
        """The sources whose figures are invented."""
        return frozenset(row.source for row in self.source_rows if row.is_simulated)

    @cached_property
    def rests_on(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """KPI -> each measure it is made of -> its authoritative sources; a budget, without a name, is spend."""
        measures = {"": frozenset({Measure.SPEND.value}), **{kpi: self.measures(kpi) for kpi in self.formulas}}
        return {
            kpi: {name: self.authorities[name] for name in names if name in self.authorities}
            for kpi, names in measures.items()
        }

    def measures(self, kpi: str) -> frozenset[str]:
        """What a KPI is made of."""
        return self.formulas[kpi].names - {MARGIN}

    def is_simulated(self, measures: Collection[str]) -> bool:
        """Whether something that is made of these measures rests on invented figures."""
        return any(source in self.simulated_sources for name in measures for source in self.authorities.get(name, ()))

    def is_kpi_simulated(self, kpi: str) -> bool:
        """Whether a KPI rests on invented figures."""
        return self.is_simulated(self.measures(kpi))

    def unit_of(self, measure: str) -> Unit:
        """The unit of a measure, built in or declared."""
        return BUILT_IN[measure].unit if measure in BUILT_IN else self.declared[measure]

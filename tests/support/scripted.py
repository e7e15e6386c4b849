"""A connector that says what a test tells it to, and a plan in a store to collect into."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from config.periods import Window
from config.sources import SourceEntry
from config.vocabulary import SourceKind
from connectors.base import Item, KnowsBuyers, Origin, Reading, SourceInfo
from worker.collect.collector import CollectionOutcome, Progress, Task, collect, silent
from worker.compute.refresh import refresh
from worker.model.context import Instant, PlanContext
from worker.model.records import StoredPlan
from worker.model.tracking import SourceFacts, tracker_of
from worker.store import kpi_values, plans, sources
from worker.store.context import load_context
from worker.store.engine import Store
from worker.store.readings import Collection
from worker.store.synchronise import synchronise

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-04-30
people: {lead: {name: Lead, email: lead@shop.example}}
"""


class Scripted:
    """Yields the readings it was given that lie in the window, then raises if it was told to."""

    Options: ClassVar = SourceEntry
    kind: ClassVar = SourceKind.SHOP
    provides: ClassVar = frozenset({"orders", "revenue"})
    lookback: ClassVar = 0
    rereads: ClassVar = False

    def __init__(self, items: Iterable[Item] = (), error: Exception | None = None) -> None:
        self.items = list(items)
        self.error = error
        self.asked: list[Window] = []

    def check(self) -> SourceInfo:
        return SourceInfo("scripted")

    def read(self, window: Window) -> Iterator[Item]:
        self.asked.append(window)
        for item in self.items:
            if not isinstance(item, Reading) or item.day in window:
                yield item
        if self.error:
            raise self.error


def reading(day: str, campaign: str = "", currency: str = "EUR", **amounts: Any) -> Reading:
    measures = {name: None if value is None else Decimal(str(value)) for name, value in amounts.items()}
    return Reading(date.fromisoformat(day), Origin(campaign=campaign, currency=currency), measures)


def _window(days: tuple[str, str]) -> Window:
    return Window(*map(date.fromisoformat, days))


@dataclass
class Desk:
    """One plan in a store, with sources of kinds of one's choice."""

    store: Store
    plan_text: str = PLAN
    kinds: dict[str, SourceKind] = field(default_factory=lambda: {"shop": SourceKind.SHOP})
    provides: frozenset[str] = Scripted.provides
    declared: str = ""

    def load(self) -> LoadedPlan:
        lines = [f"{id}: {{connector: scripted, kind: {kind}{self.declared}}}" for id, kind in self.kinds.items()]
        return parse_plan(Path("p"), self.plan_text, "\n".join(lines), {"scripted": SourceEntry})

    def synchronise(self) -> StoredPlan:
        loaded = self.load()
        known = {id: SourceFacts(kind, self.provides) for id, kind in self.kinds.items()}
        with self.store.write() as connection:
            return synchronise(connection, loaded, known, loaded.digest, NOON)

    def collect(
        self,
        connector: Scripted,
        window: tuple[str, str],
        *,
        source: str = "shop",
        today: str = "2026-03-20",
        lookback: int = 0,
        cap: int = 500,
        accept: bool = False,
        remembers: bool = False,
        changed: Iterable[tuple[str, str]] = (),
        progress: Progress = silent,
    ) -> CollectionOutcome:
        self.synchronise()
        (row,) = (row for row in self.context().sources if row.source == source)
        task = Task(
            source=source,
            connector=connector,
            provides=self.provides,
            window=_window(window),
            changed=tuple(map(_window, changed)),
            by=Collection(
                row.id,
                row.plan_id,
                Instant(date.fromisoformat(today), NOON),
                lookback,
                ZoneInfo("Europe/Paris"),
                counts_buyers=isinstance(connector, KnowsBuyers),
                remembers=remembers,
                is_accepted=accept,
            ),
            tracker=tracker_of(self.load().plan),
            cap=cap,
            progress=progress,
        )
        outcome = collect(self.store, task)
        with self.store.write() as connection:
            sources.note(connection, row, provides=" ".join(sorted(row.provides | outcome.provides)))
        return outcome

    def context(self) -> PlanContext:
        with self.store.read() as connection:
            stored = plans.stored_plan(connection, "p")
            assert stored is not None
            return load_context(connection, self.load(), stored)

    def compute(self, today: str = "2026-03-20") -> StoredPlan:
        self.synchronise()
        context = self.context()
        with self.store.write() as connection:
            refresh(connection, context, Instant(date.fromisoformat(today), NOON))
        return self.context().stored

    def kpi(
        self, kpi: str, start: str, end: str, *, scope: str = "plan", ref: str = "p", today: str = "2026-03-20"
    ) -> tuple[Decimal | None, str]:
        """A KPI's value over a window, and its state."""
        window = Window(date.fromisoformat(start), date.fromisoformat(end))
        until = date.fromisoformat(today).toordinal() + 1
        context = self.context()
        with self.store.read() as connection:
            asked = [(context.scope_ids[scope, ref], window)]
            found = kpi_values.figures(connection, context, asked, [kpi], date.fromordinal(until))
        figure = found[scope, ref, kpi, window][""]
        return figure.value, figure.state

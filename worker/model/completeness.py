"""PURE. How much is known of each measure on each day, from what was collected of the sources that speak for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

from config.periods import CALENDAR_GRAINS, DAY, Window, calendar_periods
from config.sources import COSTS
from worker.model.readings import Completeness

Run = tuple[Window, Completeness]


class Coverage(Protocol):
    """What is on record about a day of a source."""

    @property
    def measures(self) -> frozenset[str]:
        """Those known on the day."""
        ...

    @property
    def is_settled(self) -> bool:
        """Whether the source no longer changes it."""
        ...

    @property
    def is_suspect(self) -> bool:
        """Whether the last answer was not believed."""
        ...

    @property
    def quarantined(self) -> frozenset[str]:
        """The measures that are stored and not believed."""
        ...


def completeness_runs(
    authorities: Mapping[str, tuple[str, ...]],
    covered: Mapping[str, Mapping[date, Coverage]],
    life: Window,
    until: date,
) -> dict[str, list[Run]]:
    """For each measure, runs of days known alike, from the first of ``life`` to its last or up to ``until``.

    Of the quarter and the week that hold the first day, the days before it as well: nothing is known of them.
    ``until`` is the day after today. Days after the plan's end count only as far as they were collected.
    """
    if until <= life.start:
        return {}
    first = min(
        period.start
        for grain in CALENDAR_GRAINS
        for period in calendar_periods(grain, Window(life.start, life.start + DAY))
    )
    life = Window(first, life.end)
    runs: dict[str, list[Run]] = {}
    for measure, sources in authorities.items():
        records = [covered.get(source, {}) for source in sources if source != COSTS]
        collected = [day for record in records for day in record if day < until]
        end = min(until, max([life.end, *(day + DAY for day in collected)]))
        if not records:
            runs[measure] = [(Window(life.start, end), Completeness.FINAL)]  # the plan's own costs alone
        else:
            runs[measure] = list(_runs(Window(life.start, end), _state_on(measure, records, until - DAY)))
    return runs


def earlier_runs(
    authorities: Mapping[str, tuple[str, ...]], covered: Mapping[str, Mapping[date, Coverage]], before: Window
) -> dict[str, list[Run]]:
    """For each measure that sources have, runs of days known alike, of days before the plan."""
    sources = {measure: [one for one in given if one != COSTS] for measure, given in authorities.items()}
    return {
        measure: list(_runs(before, _state_on(measure, [covered.get(one, {}) for one in given], before.end)))
        for measure, given in sources.items()
        if given
    }


def _state_on(measure: str, records: list[Mapping[date, Coverage]], today: date) -> Callable[[date], Completeness]:
    def state(day: date) -> Completeness:
        covered_by = [record[day] for record in records if day in record and measure in record[day].measures]
        if not covered_by:
            return Completeness.PENDING if day == today else Completeness.NOTHING
        if len(covered_by) < len(records) and day != today:
            return Completeness.PARTLY
        if any(measure in one.quarantined for one in covered_by):
            return Completeness.QUARANTINED
        settled = all(one.is_settled and not one.is_suspect for one in covered_by) and len(covered_by) == len(records)
        return Completeness.FINAL if settled else Completeness.PROVISIONAL

    return state


def _runs(window: Window, state: Callable[[date], Completeness]) -> Iterator[Run]:
    start, known = window.start, state(window.start)
    for day in window:
        if state(day) is not known:
            yield Window(start, day), known
            start, known = day, state(day)
    yield Window(start, window.end), known


def missing_sources(
    measures: Iterable[str],
    authorities: Mapping[str, tuple[str, ...]],
    covered: Mapping[str, Mapping[date, Coverage]],
    window: Window,
) -> tuple[str, ...]:
    """The sources that speak for a measure and did not deliver it, or are not believed, on a day of a window."""
    wanted = {(source, measure) for measure in measures for source in authorities.get(measure, ()) if source != COSTS}
    return tuple(
        sorted(
            {
                source
                for source, measure in wanted
                if any(not _is_delivered(measure, covered.get(source, {}).get(day)) for day in window)
            }
        )
    )


def _is_delivered(measure: str, one: Coverage | None) -> bool:
    return one is not None and measure in one.measures and measure not in one.quarantined

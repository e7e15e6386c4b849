"""One source: due window -> readings -> store. A day is replaced whole; a failed or empty read deletes nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, dropwhile

from sqlalchemy import Connection

from config.errors import SourceMisread, SourceRefused
from config.periods import DAY, Window
from config.vocabulary import Measure
from connectors.base import Connector, Gone, Origin
from worker.collect.batching import days_of, fold
from worker.collect.windows import runs_of
from worker.model.readings import DayFigures
from worker.model.tracking import Tracker
from worker.store import buyers, counted, doubts, readings
from worker.store.engine import Store
from worker.store.readings import Collection

SLICE_ROWS = 5_000  # rows in one transaction, about: a day is never split
SLICE_DAYS = 200


@dataclass(slots=True)
class CollectionOutcome:
    """What came of reading a source."""

    source: str
    window: Window
    days: int = 0
    rows: int = 0
    restated: int = 0
    folded: int = 0
    provides: set[str] = field(default_factory=set)
    suspect: list[date] = field(default_factory=list)
    cut: list[date] = field(default_factory=list)  # settled days of which most would have vanished
    is_empty: bool = False
    changed: int = 0  # earlier days read again
    left: set[date] = field(default_factory=set)  # days that something has left since they were read
    remarks: set[str] = field(default_factory=set)
    remembers: bool = False  # it says what it counted


#: takes what came of a reading so far, and the day it has reached
Progress = Callable[[CollectionOutcome, date], None]


def silent(_outcome: CollectionOutcome, _day: date) -> None:
    """Shows no progress."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to read from where, and how it is stored."""

    source: str
    connector: Connector
    provides: frozenset[str]
    window: Window
    by: Collection
    tracker: Tracker
    cap: int  #: origins kept of a day beside those that serve an action
    changed: tuple[Window, ...] = ()  #: earlier days to be read again, as the vendor changed them since
    left: frozenset[date] = frozenset()  #: days that something is known to have left: having less is no fault
    progress: Progress = silent


def collect(store: Store, task: Task) -> CollectionOutcome:
    """Read a source's window and store it, slice after slice. Raises SourceError; what was stored before stands."""
    outcome = CollectionOutcome(task.source, task.window, changed=sum(map(len, task.changed)))
    ids: dict[Origin, int] = {}
    _collect_window(store, task, task.window, ids, outcome)
    for window in task.changed:
        _collect_again(store, task, window, ids, outcome)
    asked = (task.window, *task.changed)
    doubted = {*outcome.suspect, *outcome.cut}
    left = {day for day in outcome.left if day in doubted or not any(day in window for window in asked)}
    outcome.suspect, outcome.cut = ([day for day in days if day not in left] for days in (outcome.suspect, outcome.cut))
    for window in runs_of(left):
        _collect_again(store, replace(task, left=frozenset(left)), window, ids, outcome)
    return outcome


def _collect_again(
    store: Store, task: Task, window: Window, ids: dict[Origin, int], outcome: CollectionOutcome
) -> None:
    """Read days of long ago anew. Where they cannot be read, the next run asks again: the new days are not theirs."""
    try:
        _collect_window(store, task, window, ids, outcome)
    except (SourceMisread, SourceRefused) as fault:
        with store.write(task.by.source_id) as connection:
            readings.unsettle(connection, task.by.source_id, window)
        until = "" if len(window) == 1 else f" to {window.last}"
        outcome.remarks.add(f"{window.start}{until} {'is' if not until else 'are'} not read again: {fault}")


def _collect_window(
    store: Store, task: Task, window: Window, ids: dict[Origin, int], outcome: CollectionOutcome
) -> None:
    said = outcome.days + len(outcome.suspect) + len(outcome.cut)
    items = chain((Gone(day) for day in task.left if day in window), task.connector.read(window))
    days = days_of(items, window, task.provides, outcome.remarks)
    for part in _slices(_folded(days, task, outcome)):
        _store_slice(store, task.by, part, ids, outcome)
        task.progress(outcome, part[-1].day)
    if outcome.days + len(outcome.suspect) + len(outcome.cut) == said:
        _store_nothing(store, task, window, ids, outcome)


def collect_buyers(store: Store, task: Task, note: Callable[[Connection, date], None]) -> None:
    """Read who bought in a window, for nothing but that. Raises SourceError.

    ``note`` is called in each slice's transaction with the day up to which the window is stored, excluded.
    """
    outcome = CollectionOutcome(f"{task.source}: earlier customers", task.window)
    for part in _slices(days_of(task.connector.read(task.window), task.window, task.provides)):
        with store.write(task.by.source_id) as connection:
            buyers.note(connection, task.by.source_id, part)
            note(connection, part[-1].day + DAY)
        task.progress(outcome, part[-1].day)
    with store.write(task.by.source_id) as connection:
        note(connection, task.window.end)


def collect_earlier(store: Store, task: Task, buyers_from: date, note: Callable[[Connection], None]) -> None:
    """Read days before the plan; those before the source's first figure stay unknown. Raises SourceError.

    Who bought before ``buyers_from`` is not to be known. ``note`` is called in a transaction of its own when all is
    stored.
    """
    outcome = CollectionOutcome(f"{task.source}: weeks before the plan", task.window)
    ids: dict[Origin, int] = {}
    days = dropwhile(_is_empty, days_of(task.connector.read(task.window), task.window, task.provides))
    for part in _slices(_folded(_without_buyers(days, buyers_from), task, outcome)):
        _store_slice(store, task.by, part, ids, outcome)
        task.progress(outcome, part[-1].day)
    with store.write(task.by.source_id) as connection:
        note(connection)


def _is_empty(day: DayFigures) -> bool:
    return not day.unknown and not any(amount for amounts in day.rows.values() for amount in amounts.values())


def _without_buyers(days: Iterable[DayFigures], until: date) -> Iterator[DayFigures]:
    for day in days:
        if day.day < until:
            day.buyers.clear()
            day.measures -= {Measure.NEW_CUSTOMERS}
        yield day


def _folded(days: Iterable[DayFigures], task: Task, outcome: CollectionOutcome) -> Iterator[DayFigures]:
    for day in days:
        outcome.folded += fold(day, task.tracker, task.cap)
        outcome.provides |= day.measures
        yield day


def _slices(days: Iterable[DayFigures]) -> Iterator[list[DayFigures]]:
    """Whole days, together about as many rows as one transaction should hold; also those before an error."""
    part: list[DayFigures] = []
    rows = 0
    try:
        for day in days:
            part.append(day)
            rows += len(day.rows)
            if rows >= SLICE_ROWS or len(part) >= SLICE_DAYS:
                yield part
                part, rows = [], 0
    except Exception:
        if part:
            yield part
        raise
    if part:
        yield part


def _store_slice(
    store: Store, by: Collection, part: list[DayFigures], ids: dict[Origin, int], outcome: CollectionOutcome
) -> None:
    """Store the days of a slice, but for those that lost all their figures, or most of them, unless it is known why."""
    with store.write(by.source_id) as connection:
        is_told = by.is_accepted
        unsaid = {day.day for day in part if not (day.rows or day.is_said or day.is_withdrawn or is_told)}
        window = Window(part[0].day, part[-1].day + DAY)
        emptied = unsaid & readings.days_with_figures(connection, by.source_id, window) if unsaid else set()
        answers = by.remembers and (outcome.rows or any(day.rows for day in part))
        suspect = set() if answers else emptied  # without a trace, or was it no answer?
        doubts.mark_suspect(connection, by, suspect)
        before = readings.coverage_of(connection, by.source_id, window)
        asked = [] if is_told else [day for day in part if day.day not in suspect]
        cut = doubts.cut_short(connection, by, asked, before, emptied)
        believed = [day for day in part if day.day not in suspect | cut]
        if believed:
            outcome.restated += readings.replace_days(connection, by, believed, ids, before)
            outcome.left |= counted.remember(connection, by, believed)
    outcome.remembers |= any(day.counted for day in believed)
    outcome.suspect += sorted(suspect)
    outcome.cut += sorted(cut)
    outcome.days += len(believed)
    outcome.rows += sum(len(day.rows) for day in believed)


def _store_nothing(
    store: Store, task: Task, window: Window, ids: dict[Origin, int], outcome: CollectionOutcome
) -> None:
    """An answer without any row is no zero: what is stored stays, and the source is suspect if it had figures."""
    by = task.by
    if by.is_accepted or (by.remembers and outcome.rows):
        days = (DayFigures(day, task.provides, is_said=False) for day in window)
        for part in _slices(days):
            _store_slice(store, by, part, ids, outcome)
        return
    with store.write(task.by.source_id) as connection:
        outcome.is_empty = outcome.is_empty or window == task.window
        had = readings.days_with_figures(connection, by.source_id, window)
        doubts.mark_suspect(connection, by, had)
        outcome.suspect += sorted(had)

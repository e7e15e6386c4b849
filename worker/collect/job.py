"""One turn of a source: what is due of it, reading it, and writing down how it went. It stops nobody but itself."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable, StoreError
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from connectors.base import Connector, KnowsBuyers, Restates
from worker.collect.collector import CollectionOutcome, Progress, Task, collect, collect_buyers
from worker.collect.windows import changed_windows, due_window
from worker.deployment import Deployment, lookback_of, provided_by, rereads
from worker.model.readings import DayCoverage
from worker.model.records import SourceRow, SourceState
from worker.model.tracking import tracker_of
from worker.store import buyers, completeness, readings, sources
from worker.store.engine import Store

log = logging.getLogger("vigie")

DEEP_EVERY = 7  # days
LONG = 40  # days: a reading longer than this is gone on with where it broke off
BROKEN_OFF = timedelta(days=2)  # after which it begins anew
DOUBTED = timedelta(days=60)  # what is not believed is asked for again for so long
OVERLAP = timedelta(minutes=15)  # a vendor's clock may be late, and its index of changes too


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """What to collect: by default what is due of every source."""

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None  # included
    accept: bool = False


@dataclass(frozen=True, slots=True)
class DueWindow:
    """The days to read now. ``begun_at`` is when reading them began, perhaps in a run that broke off."""

    window: Window
    start: date  #: the first day of the whole reading, of which ``window`` is what is left
    begun_at: datetime
    known: Mapping[date, DayCoverage]
    is_asked: bool  #: somebody named the days: nothing else is read
    is_deep: bool = False


def run_job(
    at: Deployment, store: Store, loaded: LoadedPlan, row: SourceRow, asked: CollectRequest, progress: Progress
) -> tuple[CollectionOutcome | None, str | None]:
    """Read one source and write down how it went. Whatever goes wrong stops only it, but for the store's trouble."""
    now, today = at.now(), at.today(loaded)
    try:
        due = _due(store, loaded, row, asked, today, now)
        if due is None:
            return None, None
        connector = at.connector(loaded, row.source, _pseudonyms(store))
        task = _task(loaded, row, connector, due, today, asked)
        if isinstance(connector, KnowsBuyers):
            _learn_buyers(store, row, task, connector.buyers_from(loaded.plan.life.start), loaded, progress)
        task = replace(task, changed=_changed(connector, row, due))
        if len(due.window) > LONG:
            with store.write() as connection:
                sources.note(connection, row, begun_from=due.start, begun_at=due.begun_at)
        outcome = collect(store, task, tracker_of(loaded.plan), at.settings.limits.origins_per_day, now, progress)
    except SourceError as error:
        problem = _note_failure(store, row, error, now)
        log.warning("%s: %s", row.source, problem, extra={"event": "source_failed", "source": row.source})
        return None, problem
    except StoreError:
        raise
    except Exception as error:
        log.critical("%s: unexpected", row.source, exc_info=True, extra={"event": "source_broken"})
        return None, _note_failure(store, row, SourceMisread(f"unexpected {type(error).__name__}: {error}"), now)
    return outcome, _note_outcome(store, row, outcome, due, today, now)


def _due(
    store: Store, loaded: LoadedPlan, row: SourceRow, asked: CollectRequest, today: date, now: datetime
) -> DueWindow | None:
    """The days to read now; of a long reading that broke off, those that it did not reach."""
    entry = loaded.sources[row.source]
    life = loaded.plan.life
    with store.read() as connection:
        known = readings.coverage_of(connection, row.id, Window(date.min, date.max))
    is_asked = bool(asked.since or asked.until)
    is_deep = not is_asked and (row.reread_on is None or (today - row.reread_on).days >= DEEP_EVERY)
    if is_asked:
        start, end = asked.since or life.start, (asked.until or today) + DAY
        if end <= start:
            raise SourceRefused(f"{start} to {end - DAY} holds no day")
        window: Window | None = Window(start, end)
    else:
        asked_from = None if rereads(entry) else row.asked_from
        window = due_window(life, known, today, lookback=lookback_of(entry), asked_from=asked_from, deep=is_deep)
    if window is None:
        return None
    whole = DueWindow(window, window.start, now, known, is_asked, is_deep)
    return whole if rereads(entry) else _what_is_left(whole, row)


def _what_is_left(due: DueWindow, row: SourceRow) -> DueWindow:
    """The same without the days that were stored before it broke off."""
    begun_at = row.begun_at
    if begun_at is None or row.begun_from != due.start or due.begun_at - begun_at > BROKEN_OFF:
        return due
    reached = next((day for day in due.window if not _is_stored(due.known.get(day), begun_at)), due.window.last)
    return replace(due, window=Window(reached, due.window.end), begun_at=begun_at)


def _is_stored(coverage: DayCoverage | None, since: datetime) -> bool:
    return coverage is not None and coverage.collected_at is not None and coverage.collected_at >= since


def _task(
    loaded: LoadedPlan, row: SourceRow, connector: Connector, due: DueWindow, today: date, asked: CollectRequest
) -> Task:
    entry = loaded.sources[row.source]
    return Task(
        source=row.source,
        source_id=row.id,
        plan_id=row.plan_id,
        connector=connector,
        provides=provided_by(entry),
        window=due.window,
        today=today,
        lookback=lookback_of(entry),
        accept=asked.accept,
    )


def _changed(connector: Connector, row: SourceRow, due: DueWindow) -> tuple[Window, ...]:
    """The earlier days that the vendor changed since the last reading, and those it is asked about again."""
    if due.is_asked:
        return ()
    days = [day for day, one in due.known.items() if (one.held or one.is_suspect) and due.window.start - day <= DOUBTED]
    if row.current_at is not None and isinstance(connector, Restates):
        days += connector.changed_days(row.current_at - OVERLAP)
    return tuple(changed_windows(days, due.known, due.window))


def _learn_buyers(
    store: Store, row: SourceRow, task: Task, wanted: date, loaded: LoadedPlan, progress: Progress
) -> None:
    """Read, once, who bought before the plan's first day; a reading that broke off is gone on with."""
    start = loaded.plan.life.start
    is_begun = row.buyers_from is not None and row.buyers_from <= wanted
    reached = row.buyers_until if is_begun and row.buyers_until else wanted
    if reached >= start:
        return

    def note(connection: Connection, until: date) -> None:
        sources.note(connection, row, buyers_from=wanted, buyers_until=until)

    collect_buyers(store, replace(task, window=Window(reached, start)), note, progress)


def _pseudonyms(store: Store) -> Callable[[str], str]:
    """A keyed hash of 128 bits, as text; the key belongs to the database."""

    @cache
    def key() -> bytes:
        with store.write() as connection:
            return buyers.key(connection)

    return lambda text: blake2b(text.encode("utf-8", "surrogateescape"), key=key(), digest_size=16).hexdigest()


def _note_failure(store: Store, row: SourceRow, error: SourceError, now: datetime) -> str:
    state = {SourceUnavailable: SourceState.UNAVAILABLE, SourceMisread: SourceState.MISREAD}
    values = {"state": state.get(type(error), SourceState.REFUSED), "problem": str(error)[:1000]}
    again = sources.retry_moment(row, now, error.retry_after) if isinstance(error, SourceUnavailable) else None
    with store.write() as connection:
        sources.note_tried(connection, row, now, **values, retry_at=again)
    return str(error)


def _note_outcome(
    store: Store, row: SourceRow, outcome: CollectionOutcome, due: DueWindow, today: date, now: datetime
) -> str | None:
    """Write down a reading that went through; gives the problem where it had nothing to say."""
    days = f"{outcome.suspect[0]} to {outcome.suspect[-1]}" if outcome.suspect else str(outcome.window)
    state, problem = SourceState.OK, None
    if outcome.suspect:
        state = SourceState.SUSPECT
        first, last = outcome.suspect[0], outcome.suspect[-1]
        remedy = f"vigie collect --source {row.source} --since {first} --until {last} --accept"
        problem = f"answered with nothing for {days}, where it had figures: they are kept. If it is true: {remedy}"
    elif outcome.is_empty and row.succeeded_at is None:
        state, problem = SourceState.EMPTY, f"has no figures for {days}"
    with store.write() as connection:
        first = min(due.start, row.asked_from or due.start)
        values: dict[str, Any] = {"state": state, "problem": problem, "asked_from": first}
        values |= {"begun_from": None, "begun_at": None}
        values |= sources.waited(row, readings.newest_day(connection, row.id), today)
        if not due.is_asked:
            values["current_at"] = due.begun_at
        if due.is_deep:
            values["reread_on"] = today
        sources.note_tried(connection, row, now, **values)
        completeness.note_provided(connection, row.id, outcome.provides)
    return problem

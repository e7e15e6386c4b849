"""PURE. Which days of a source to read now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from config.periods import DAY, Window
from worker.model.readings import DayCoverage

DEEP = 30  # days read again once a week, whatever the lookback
AFTERWARDS = 30  # days a source is still read after the plan's end, for what comes late
TOGETHER = 3  # days: changed days as near as this are asked for in one window


@dataclass(frozen=True, slots=True)
class PastReadings:
    """What was read of a source before."""

    known: Mapping[date, DayCoverage]
    asked_from: date | None  #: the earliest day ever asked for; None where nothing before counts


def due_window(life: Window, past: PastReadings, today: date, *, lookback: int, deep: bool) -> Window | None:
    """The days to read now: from the last settled day less the lookback, up to and with today.

    A source never asked is read from the first of ``life``. A hole of the last 30 days is read again, and all
    of them when ``deep``. None before ``life`` begins.
    """
    known = {day: coverage for day, coverage in past.known.items() if day >= life.start}
    asked_from = past.asked_from
    end = min(today, life.last + DAY * AFTERWARDS) + DAY
    settled = [day for day, coverage in known.items() if coverage.is_settled and day <= today]  # a clock was ahead
    start = life.start
    if settled and asked_from is not None and asked_from <= life.start:
        start = max(settled) - DAY * lookback
        recent = Window(max(min(known), end - DAY * DEEP), end) if min(known) < end else None
        holes = (day for day in recent or () if day not in settled)
        start = min(start, next(holes, start))
        if deep:
            start = min(start, today - DAY * DEEP)
    start = max(start, life.start)
    return Window(start, end) if start < end else None


def changed_windows(changed: Iterable[date], known: Mapping[date, DayCoverage], due: Window) -> Iterator[Window]:
    """The days before ``due`` that were read once and have changed since; days close together in one window."""
    for run in runs_of((day for day in changed if day < due.start and day in known), TOGETHER):
        yield Window(run.start, min(run.end, due.start))


def runs_of(days: Iterable[date], apart: int = 1) -> Iterator[Window]:
    """Some days as windows, in order; those no more than ``apart`` days from each other share one."""
    left = sorted(set(days))
    while left:
        first = last = left.pop(0)
        while left and (left[0] - last).days <= apart:
            last = left.pop(0)
        yield Window(first, last + DAY)

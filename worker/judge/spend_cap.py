"""PURE. A limit that the platform keeps itself: months that stopped of themselves at one and the same amount."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import numpy as np

from config.periods import Window
from worker.stats.series import Series

RESUMED = timedelta(days=7)  # within which it spends again: else it has ended
ALIKE = 0.02  # of the amount: so near two stops are the same limit
CENT = 0.01
NEAR = 0.05  # of the budget: one stop so near below it is the budget's own limit


def spend_cap(days: Series, earlier: Iterable[Window], period: Window, amount: float) -> float | None:
    """The amount at which the spend of a period stops of itself; None where nothing shows one.

    Earlier periods that are wholly known stopped there, and none went further; a single stop tells only where it was at
    the budget. A period that has gone further already has no such limit.
    """
    known = [window for window in earlier if _is_known(days, window)]
    totals = [float(days.within(window).amounts.sum()) for window in known]
    stops = [total for window, total in zip(known, totals, strict=True) if _stopped(days, window)]
    if not stops:
        return None
    cap = max(stops)
    alike = [stop for stop in stops if stop >= cap * (1 - ALIKE)]
    seen = float(np.nansum(days.within(period).amounts))
    if max(*totals, seen) > cap * (1 + ALIKE):
        return None
    is_at_budget = amount * (1 - NEAR) <= cap < amount + CENT
    return max(cap, seen) if len(alike) > 1 or is_at_budget else None


def without_stops(days: Series, earlier: Iterable[Window]) -> Series:
    """The same days, of which those after such a stop tell nothing of a day on which it spends."""
    ordinary = days.ordinary.copy()
    for window in earlier:
        if _is_known(days, window) and _stopped(days, window):
            first, end = (window.start - days.start).days, (window.end - days.start).days
            last = int(np.flatnonzero(days.amounts[first:end] > 0)[-1])
            ordinary[first + last + 1 : end] = False
    return replace(days, ordinary=ordinary)


def _is_known(days: Series, window: Window) -> bool:
    part = days.within(window)
    return len(part) == len(window) and bool(part.settled.all())


def _stopped(days: Series, window: Window) -> bool:
    """Whether nothing was spent on its last day, though it was on such weekdays before, and is again soon after."""
    part = days.within(window)
    is_usual = bool((part.amounts[part.weekdays == part.weekdays[-1]] > 0).any() and part.ordinary[-1])
    following = days.within(Window(window.end, window.end + RESUMED)).amounts
    return is_usual and not part.amounts[-1] > 0 and bool(np.nansum(following) > 0)

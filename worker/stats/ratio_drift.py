"""PURE. Whether two things that went together still do: the ratio of the last days against that of the weeks before."""

from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np

from config.periods import DAY
from worker.stats.distributions import t_cdf
from worker.stats.series import Series

LATELY = 7  # settled days
BEFORE = 28
FEWEST = 21  # of the days before
SURE = 1e-3
MATERIAL = 0.2
ABOUT = 0.5  # times as much, and up to twice as much
REMEMBERED = 35  # days after which a ratio that has changed is the usual one


@dataclass(frozen=True, slots=True)
class Drift:
    """The ratio as it was and as it is."""

    baseline: float
    seen: float
    days: tuple[date, ...]  #: those it is seen on
    is_exchange: (
        bool  #: what was seen lost about as much a day as the rest of what was counted won, or won what it lost
    )


def drift(seen: Series, counted: Series, since: date | None = None) -> Drift | None:
    """How the ratio of two series of the same days has changed, if that is neither chance nor little.

    Days are what is drawn, not events: each day's deviation from the usual ratio counts once, and the more of it there
    usually is the less is told. ``since``: the first day on which the ratio was found changed; it is compared with what
    was before that.

    Source:
        The ratio of sums is the best estimate where a day's variance grows with its denominator, and predicts new days
        with the error used here: Brewer 1963; Royall 1970; Cochran 1977, Sampling Techniques, ch. 6.
    """
    both = seen.settled & counted.settled & seen.ordinary & counted.ordinary & (counted.amounts > 0)
    days = np.flatnonzero(both)
    late = days[-LATELY:]
    if len(late) < LATELY:
        return None
    first = int(late[0]) if since is None else min(int(late[0]), (since - seen.start).days)
    past = days[days < first][-BEFORE:]
    if len(past) < FEWEST:
        return None
    above, below = seen.amounts, counted.amounts
    baseline = float(above[past].sum() / below[past].sum())
    now = float(above[late].sum() / below[late].sum())
    if not baseline > 0 or abs(now / baseline - 1) <= MATERIAL:
        return None
    freedom = len(past) - 1
    phi = float(((above[past] - baseline * below[past]) ** 2 / below[past]).sum()) / freedom
    exposed = float(below[late].sum())
    error = sqrt(phi * exposed * (1 + exposed / float(below[past].sum())))
    gap = abs(now - baseline) * exposed
    if error > 0 and 2 * t_cdf(-gap / error, freedom) >= SURE:
        return None
    step, step_of_rest = (float(part[late].mean() - part[past].mean()) for part in (above, below - above))
    is_exchange = step * step_of_rest < 0 and ABOUT <= abs(step_of_rest / step) <= 1 / ABOUT
    return Drift(baseline, now, tuple(seen.start + DAY * int(day) for day in late), is_exchange)

"""PURE. Figures that look like a fault of their source rather than like performance.

Nothing here is proved: a fault is what is too improbable to be judged before a person has looked. The days it is found
on are put on hold. Days that somebody accepted never are, and tell of other days as any.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log

import numpy as np
import numpy.typing as npt

from config.periods import DAY
from worker.stats.baseline import FEWEST, RARE, Baseline, baseline_of, young_baseline_of
from worker.stats.distributions import count_cdf
from worker.stats.series import Series

RECENT = 35  # days back from today that are looked at anew; what was on hold before stays so
IMPROBABLE = 1e-4  # so seldom would the figures be as they are
HIGHER = 4.0  # times what is usual: below, visits may grow as they like
TOGETHER = 7  # days within which a jump is the same one
GOES_ON = 0.5  # of what is usual
VANISHED = 0.5  # of a settled day: more than that is asked for twice
LEAST_LOST = 10  # events: fewer vanish where an order or two is cancelled
WAITS = 8  # the last waits for a new day that a source's seasonality is learnt from
FEWEST_WAITS = 3
GRACE = 2  # days beyond the longest of them

#: what goes on beside a measure where only its tracking is lost
BESIDE: Mapping[str, tuple[str, ...]] = {
    "sessions": ("clicks", "orders"),
    "visitors": ("clicks", "orders"),
    "page_views": ("clicks", "orders"),
    "conversions": ("sessions", "visitors", "orders"),
    "orders": ("sessions", "visitors"),
}


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Days on which something is improbable. ``baseline`` and ``seen`` are sums over them, of the first measure."""

    measures: tuple[str, ...]
    days: tuple[date, ...]
    baseline: float
    seen: float
    is_alone: bool = False  #: what comes before or after it goes on
    is_ongoing: bool = True  #: it is seen on the newest day there is

    @property
    def since(self) -> date:
        """The first of its days."""
        return self.days[0]


# ---- nothing where there was something ----


def silences(
    series: Mapping[str, Series],
    beside: Mapping[str, Sequence[Series]],
    counts: Collection[str],
    accepted: Collection[date],
    since: date,
) -> list[Anomaly]:
    """The runs of days on which a source is silently zero, each one fault whatever the number of measures.

    Args:
        series: The source's daily totals by measure.
        beside: For a measure, the totals that go on where only its tracking is lost, of any source.
        counts: Those of the measures that are counted; the others are amounts.
        accepted: Days that somebody looked at.
        since: Runs of zeros that ended before are none of today's business.
    """
    anomalies = []
    for measure, totals in series.items():
        for days, baseline, is_ongoing in _silences(totals, accepted, is_count=measure in counts):
            if days[-1] >= since:
                is_alone = any(_goes_on(other, days) for other in beside.get(measure, ()))
                anomalies.append(Anomaly((measure,), days, baseline, 0.0, is_alone, is_ongoing))
    return _as_few(anomalies)


def untold_silence(series: Iterable[Series], accepted: Collection[date]) -> tuple[date, ...]:
    """The newest days on which a source of less than a fortnight says nothing of all that it had figures of.

    A load that is late looks the same as days that bring nothing: it cannot be told yet. Weekdays that were silent
    before, and went on to busy ones, are taken as they are.
    """
    had = [one for one in series if (one.amounts[one.settled] > 0).any()]
    if not had:
        return ()
    days = np.flatnonzero(np.all([one.settled & one.ordinary for one in had], axis=0))
    is_busy = np.any([np.nan_to_num(one.amounts) != 0 for one in had], axis=0)  # of days not final too
    last, weekdays = int(np.flatnonzero(is_busy)[-1]), had[0].weekdays
    run, before = days[days > last], days[days < last]
    is_usual = set(weekdays[run].tolist()) <= set(weekdays[before[~is_busy[before]]].tolist())
    found = _days(had[0], run)
    return () if len(days) >= FEWEST or is_usual or not found.isdisjoint(accepted) else tuple(sorted(found))


def _as_few(found: Sequence[Anomaly]) -> list[Anomaly]:
    """What a source says nothing of at the same time is one fault."""
    few: list[list[Anomaly]] = []
    until: date | None = None
    for one in sorted(found, key=lambda one: one.since):
        if until is not None and one.since <= until:
            few[-1].append(one)
            until = max(until, one.days[-1])
        else:
            few.append([one])
            until = one.days[-1]
    return [_as_one(together) for together in few]


def _as_one(found: Sequence[Anomaly]) -> Anomaly:
    """One fault, the gravest, on the days of them all."""
    gravest = next((one for one in found if one.is_alone), found[0])
    measures = (gravest.measures[0], *sorted({one.measures[0] for one in found} - {gravest.measures[0]}))
    days = tuple(sorted({day for one in found for day in one.days}))
    return replace(gravest, measures=measures, days=days, is_ongoing=any(one.is_ongoing for one in found))


def _silences(
    totals: Series, accepted: Collection[date], *, is_count: bool
) -> Iterator[tuple[tuple[date, ...], float, bool]]:
    """The improbable runs of zeros, what would have been usual on their days, and whether they go on."""
    usable = totals.settled & totals.ordinary
    if not usable.any():
        return
    newest = int(np.flatnonzero(usable)[-1])
    trusted = usable.copy()
    longest = 0
    for run in _runs(usable, totals.amounts == 0):
        past = replace(totals, ordinary=trusted & (np.arange(len(totals)) < run[0]))
        # Zeros that were accepted go on being believed; a source that has been silent as long may be so again.
        is_believed = len(run) <= longest or not _days(totals, run).isdisjoint(accepted)
        usual = None if is_believed else baseline_of(past, is_count)
        baseline = usual or (None if is_believed else young_baseline_of(past, is_count, totals.weekdays[run]))
        if baseline is None or baseline.log_chance_of_nothing(totals.weekdays[run]) >= log(IMPROBABLE):
            longest = max(longest, len(run))
            continue
        trusted[run] = False
        busy = run[baseline.first_busy(totals.weekdays[run]) :]
        yield tuple(sorted(_days(totals, busy))), float(baseline.of(totals.weekdays[busy]).sum()), run[-1] == newest


def _days(series: Series, numbers: Iterable[int]) -> set[date]:
    return {series.start + DAY * int(n) for n in numbers}


def _runs(usable: npt.NDArray[np.bool_], is_meant: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.intp]]:
    """The usable days in a row that are meant; days of which nothing is known do not break a row."""
    days = np.flatnonzero(usable)
    meant = is_meant[days]
    cuts = np.flatnonzero(np.diff(meant)) + 1
    for part in np.split(days, cuts):
        if len(part) and is_meant[part[0]]:
            yield part


def _goes_on(other: Series, days: Sequence[date]) -> bool:
    """Whether something goes on as usual while the days pass."""
    first = (days[0] - other.start).days
    on_days = np.array([(day - other.start).days for day in days])
    on_days = on_days[(on_days >= 0) & (on_days < len(other))]
    baseline = baseline_of(replace(other, ordinary=other.ordinary & (np.arange(len(other)) < first)), is_count=True)
    if baseline is None or not len(on_days) or np.isnan(other.amounts[on_days]).all():
        return False
    expected = float(baseline.of(other.weekdays[on_days]).sum())
    return expected > 0 and float(np.nansum(other.amounts[on_days])) >= GOES_ON * expected


# ---- visits that bring nothing ----


def jumps(visits: Series, outcomes: Series, accepted: Collection[date], since: date) -> list[Anomaly]:
    """The days on which visits are far above all that is usual and what they should bring stays as it was.

    ``outcomes`` are conversions or orders of the same days; where nobody knows what visits bring, there is none.
    """
    usable = np.flatnonzero(visits.settled & visits.ordinary & outcomes.settled)
    trusted = np.zeros(len(visits), np.bool_)
    trusted[usable] = True
    runs: list[tuple[list[int], float]] = []
    believed = _highest_accepted(visits, accepted)
    for day in usable[FEWEST:]:
        if visits.amounts[day] <= max(believed, float(visits.amounts[:day][trusted[:day]].max())):
            continue
        baseline = baseline_of(replace(visits, ordinary=trusted & (np.arange(len(visits)) < day)), is_count=True)
        if baseline is None or not _is_too_high(baseline, float(visits.amounts[day]), visits.weekdays[[day]]):
            continue
        run, expected = runs[-1] if runs and day - runs[-1][0][-1] <= TOGETHER else ([], 0.0)
        if _is_flat(visits, outcomes, trusted, [*run, int(day)]):
            trusted[day] = False
            runs[len(runs) - bool(run) :] = [
                ([*run, int(day)], expected + float(baseline.of(visits.weekdays[[day]])[0]))
            ]
    return [
        Anomaly(
            measures=(),
            days=days,
            baseline=expected,
            seen=float(visits.amounts[run].sum()),
            is_ongoing=run[-1] == usable[-1],
        )
        for run, expected in runs
        if (days := tuple(sorted(_days(visits, run))))[-1] >= since
    ]


def _highest_accepted(visits: Series, accepted: Collection[date]) -> float:
    """What was accepted once may come again."""
    amounts = [visits.amounts[(day - visits.start).days] for day in accepted if visits.start <= day < visits.end]
    return float(np.nanmax(amounts)) if amounts and not np.isnan(amounts).all() else 0.0


def _is_too_high(baseline: Baseline, amount: float, weekday: npt.NDArray[np.int64]) -> bool:
    mean = max(float(baseline.of(weekday)[0]), 1e-9)
    return amount >= HIGHER * mean and 1 - count_cdf(amount - 1, mean, baseline.phi * mean) < IMPROBABLE


def _is_flat(visits: Series, outcomes: Series, trusted: npt.NDArray[np.bool_], run: Sequence[int]) -> bool:
    """Whether so many visits should have brought clearly more, and what came is as on any day."""
    past = trusted & (np.arange(len(visits)) < run[0])
    rate = float(outcomes.amounts[past].sum()) / max(1.0, float(visits.amounts[past].sum()))
    baseline = baseline_of(replace(outcomes, ordinary=outcomes.ordinary & past), is_count=True)
    if baseline is None or not rate > 0:
        return False
    came, should = float(outcomes.amounts[run].sum()), rate * float(visits.amounts[run].sum())
    mean = float(baseline.of(outcomes.weekdays[run]).sum())
    is_short = count_cdf(came, should, baseline.phi * should) < RARE / 10
    return is_short and (came <= mean or 1 - count_cdf(came - 1, mean, baseline.phi * mean) > RARE)


# ---- what vanishes, what no longer comes ----


def is_cut(before: Mapping[str, float], after: Mapping[str, float], counts: Collection[str]) -> list[str]:
    """The measures of which more than half of a settled day has vanished, from the day's totals.

    What is counted decides, where anything was; of days with amounts of money alone, the money.
    """
    counted = [measure for measure in before if measure in counts and before[measure] > 0]
    chosen = counted or [measure for measure in before if measure not in counts and before[measure] > 0]
    least = LEAST_LOST if counted else 0
    return [
        measure
        for measure in chosen
        if (lost := before[measure] - after.get(measure, 0.0)) > VANISHED * before[measure] and lost >= least
    ]


def late_since(advanced_on: date | None, waits: Sequence[int], today: date) -> int | None:
    """How many days of waiting were usual, where a new day has been awaited for longer than that and the grace."""
    if advanced_on is None or len(waits) < FEWEST_WAITS:
        return None
    baseline = max(waits[-WAITS:])
    return baseline if (today - advanced_on).days > baseline + GRACE else None

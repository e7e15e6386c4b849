"""PURE. The spend of a budget's period, day by day: what its rest is likely to cost, and whether it has stopped.

Looked at are the amounts that sources report. Costs noted in the plan come once, on days of their own: taken for a
seasonality, a printer's bill of the first would be foretold for every day to come. They are kept apart
(``without_costs``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt

import numpy as np

from config.periods import DAY, Window
from config.plan import Cost, CostState
from worker.judge.charges import Charges, charges_of
from worker.judge.outside_turns import Turns, days_outside, outside_turns
from worker.judge.spend_cap import spend_cap, without_stops
from worker.stats.forecast import Forecast, forecast
from worker.stats.seasonality import Seasonality, seasonality_of
from worker.stats.series import Bools, Floats, Series
from worker.stats.trajectory import on_days

CENT = 0.01
STOPPED = 3  # settled days without spend, of those on which it usually spends
USUAL_WEEKS = 4  # looked at for the weekdays on which it does
LOOKED_BACK = 56  # days in which a pause as long is nothing new


@dataclass(frozen=True, eq=False, slots=True)
class SpendHistory:
    """What those who spend from a budget spend each day, and what the plan says of their days."""

    days: Series  #: what the sources report, without the plan's own costs, with the weeks before the period
    others: Series | None = None  #: what everything else in the plan spends; None where there is nothing else
    expect: Floats | None = None  #: what the plan declares of each day of the period: see ``Seasonality.multiples``
    live: Sequence[Window] | None = None  #: when whoever spends it is at work; None for always
    earlier: Sequence[Window] = ()  #: the periods of the budget before this one
    is_reported: bool = True  #: a source has rows of it, be their spend nothing: else silence says nothing

    def is_due(self, day: date) -> bool:
        """Whether spend is to be expected on a day, and would be seen."""
        return self.is_reported and (self.live is None or any(day in window for window in self.live))

    @property
    def data_date(self) -> date | None:
        """The newest settled day."""
        settled = np.flatnonzero(self.days.settled)
        return self.days.start + DAY * int(settled[-1]) if len(settled) else None

    @property
    def has_spent(self) -> bool:
        """Whether any spend was ever reported."""
        return bool((np.nan_to_num(self.days.amounts) > 0).any())


@dataclass(frozen=True, eq=False, slots=True)
class Spending:
    """A period's spend as the sources report it: what is there, what is to come, how it is spread over the days."""

    forecast: Forecast
    charges: Charges
    weights: Floats  #: what each day of the period is expected to cost, to a usual day
    due: float  #: the share of the period's money that is due on the days that are known
    unreported: float  #: what is expected of the days after the last known one that are over
    days_left: int  #: today and the days to come on which anything is to be spent
    chance: float  #: by how much the days of a whole period miss the plan by chance alone: a standard deviation
    data_date: date  #: the newest settled day
    until: date  #: the day after the last of which anything is known
    is_fed: bool  #: a source reports spend of it
    cap: float | None = None  #: no more is spent, as earlier periods show

    @property
    def end(self) -> float:
        """What is expected to be spent in the whole period."""
        return self._capped(self.forecast.mean)

    def above(self, value: float) -> float:
        """The chance of more than this."""
        is_beyond = self.cap is not None and value > self.cap - CENT
        return 0.0 if is_beyond else self.forecast.above(value)

    def interval(self) -> tuple[float, float]:
        """Between which amounts it ends, four times out of five."""
        low, high = self.forecast.interval()
        return self._capped(low), self._capped(high)

    def _capped(self, amount: float) -> float:
        return amount if self.cap is None else min(amount, self.cap)

    @property
    def spread(self) -> float:
        """The standard deviation of that."""
        return sqrt(max(self.forecast.variance, 0.0))

    def first(self, period: Window) -> date:
        """The first day of the period on which anything is to be spent."""
        due = np.flatnonzero(self.weights > 0)
        return period.start + DAY * (int(due[0]) if len(due) else 0)


def spending(
    days: Series, period: Window, live: Sequence[Window] | None = None, expect: Floats | None = None
) -> Spending | None:
    """Look ahead to the end of a running period; None where too few days show what a day costs.

    Args:
        days: What the sources report, without the costs of the plan; days before the period, and in it up to yesterday.
        period: The budget's.
        live: When the action is at work; None for always. On other days it spends what it has spent on such days.
        expect: What the plan declares of each day of the period: see ``Seasonality.multiples``.
    """
    charges = charges_of(days, period)
    known = _informative(charges.days, live)
    seasonality = seasonality_of(known, is_count=False)
    settled = np.flatnonzero(days.settled)
    if seasonality is None or not len(settled):
        return None
    turns = _turns(charges.days, period, live, expect, seasonality)
    ahead = forecast(known, period, seasonality, turns.expect, is_yearly=False)  # what is spent is decided anew
    if ahead is None:
        return None
    ahead = turns.sum_ahead(ahead, known, period, seasonality)
    weights = seasonality.multiples(period, turns.expect)
    until = days.start + DAY * (int(np.flatnonzero(~np.isnan(days.amounts))[-1]) + 1)
    first, today = (max(0, (day - period.start).days) for day in (until, days.end))
    remaining, variance = ahead.remaining + charges.due, ahead.variance + charges.variance
    return Spending(
        forecast=replace(ahead, remaining=remaining, variance=variance),
        charges=charges,
        weights=weights,
        due=_due(weights, on_days(days, period)[0]),
        unreported=_rest_between(ahead, weights, first, today),
        days_left=int((weights[today:] > 0).sum()),
        chance=_chance(seasonality, weights),
        data_date=days.start + DAY * int(settled[-1]),
        until=until,
        is_fed=bool((days.amounts > 0).any()),
    )


def spending_of(history: SpendHistory, period: Window, amount: float) -> Spending | None:
    """The same of a budget's history, with the limit that the platform keeps itself, where earlier periods show one."""
    days = _informative(history.days, history.live)
    ahead = spending(without_stops(history.days, history.earlier), period, history.live, history.expect)
    return ahead and replace(ahead, cap=spend_cap(days, history.earlier, period, amount))


def _due(weights: Floats, amounts: Floats) -> float:
    known = ~np.isnan(amounts)
    return float(weights[known].sum() / weights.sum()) if weights.sum() else float(known.mean())


def _rest_between(ahead: Forecast, weights: Floats, first: int, today: int) -> float:
    """What the days from the first unknown one to yesterday are to cost, by their share of what is still to come."""
    open_days = float(weights[first:].sum())
    return ahead.remaining * float(weights[first:today].sum()) / open_days if open_days else 0.0


def _chance(seasonality: Seasonality, weights: Floats) -> float:
    return sqrt(max(seasonality.phi * (seasonality.level or 0.0) * float(weights.sum()), 0.0))


def _informative(days: Series, live: Sequence[Window] | None) -> Series:
    if live is None or not len(days):
        return days
    return replace(days, ordinary=days.ordinary & (at_work(live, Window(days.start, days.end)) > 0))


def _turns(
    days: Series,
    period: Window,
    live: Sequence[Window] | None,
    expect: Floats | None,
    seasonality: Seasonality,
) -> Turns:
    anywhere = np.ones(len(period)) if expect is None else expect
    if live is None:
        return Turns(anywhere, np.zeros(len(period)))
    inside = np.asarray(at_work(live, period) * anywhere, np.float64)
    outside = days_outside(at_work(live, Window(days.start, days.end)) > 0, days.ordinary)
    return Turns(inside, anywhere - inside, outside_turns(_informative(days, live), outside, seasonality))


def at_work(live: Sequence[Window], days: Window) -> Floats:
    """1 for each day that lies in one of the windows, else 0."""
    working = np.zeros(len(days))
    for part in filter(None, (window.clip(days) for window in live)):
        working[(part.start - days.start).days : (part.end - days.start).days] = 1.0
    return working


def is_steady(members: Iterable[Sequence[Window]], days: Window) -> bool:
    """Whether the same actions are at work on all of these days.

    Else what they cost together until now says nothing of the rest: one that begins has shown nothing yet.
    """
    return all(len(set(at_work(live, days).tolist())) == 1 for live in members)


def without_costs(days: Series, costs: Iterable[Cost], today: date) -> Series:
    """The daily spend without the costs that the plan notes: what the sources report."""
    amounts = days.amounts.copy()
    for cost in costs:
        place = (cost.on - days.start).days
        if 0 <= place < len(days) and cost.state_on(today) is CostState.PAID:
            amounts[place] -= float(cost.amount)
    return replace(days, amounts=np.where(np.abs(amounts) < 1e-6, 0.0, amounts))  # sums of cents leave a dust of bits


def has_stopped(
    days: Series,
    period: Window,
    live: Sequence[Window] | None = None,
    expect: Floats | None = None,
    others: Series | None = None,
) -> bool:
    """Whether nothing was spent on the last settled days of the period, though it was at work and usually spends then.

    A pause no longer than one before is none, nor is one between monthly charges. ``others`` is the daily spend of
    everything else that the same sources report: where that is nothing either, it is the source that is silent.
    """
    looked_at = days.within(Window(period.start - DAY * LOOKED_BACK, period.end))
    if not len(looked_at) or Window(looked_at.start, looked_at.end).clip(period) is None:
        return False
    counts = looked_at.settled & _is_due(looked_at, period, live, expect)
    run, before = _last_pause(looked_at.amounts, counts & _spends_on(looked_at))
    inside = [day for day in run if looked_at.start + DAY * day in period]
    if len(inside) < STOPPED or len(run) <= before or _is_charged_only(days, period):
        return False
    return others is None or _spent_on(others, [looked_at.start + DAY * day for day in inside])


def _is_charged_only(days: Series, period: Window) -> bool:
    """Whether all that was ever spent are charges that come once a month."""
    spent = np.nan_to_num(days.amounts) > 0
    is_charge = days.ordinary & ~charges_of(days, period).days.ordinary
    return bool(spent.any() and not (spent & ~is_charge).any())


def _is_due(days: Series, period: Window, live: Sequence[Window] | None, expect: Floats | None) -> Bools:
    """The days on which it is at work, and the plan does not say that nothing is to be expected."""
    due = _informative(days, live).ordinary.copy()
    if expect is not None:
        for place, multiple in enumerate(expect):
            at = (period.start - days.start).days + place
            if 0 <= at < len(days):
                due[at] = due[at] and bool(multiple > 0)
    return due


def _spends_on(days: Series) -> Bools:
    """The weekdays on which anything was spent in the weeks before; all of them where nothing ever was."""
    spent = np.nan_to_num(days.amounts) > 0
    if not spent.any():
        return np.ones(len(days), np.bool_)
    last = int(np.flatnonzero(spent)[-1]) + 1
    recent = slice(max(0, last - 7 * USUAL_WEEKS), last)
    spending_days = np.unique(days.weekdays[recent][spent[recent]])
    return np.isin(days.weekdays, spending_days)


def _last_pause(amounts: Floats, counts: Bools) -> tuple[list[int], int]:
    """The days without spend at the end, of those that count; and the length of the longest pause before."""
    run: list[int] = []
    longest, has_begun = 0, False
    for day in np.flatnonzero(counts).tolist():
        if amounts[day] > 0:
            longest, run, has_begun = max(longest, len(run)) if has_begun else 0, [], True
        else:
            run.append(day)
    return run, longest


def _spent_on(others: Series, days: Iterable[date]) -> bool:
    places = [(day - others.start).days for day in days]
    return any(0 <= at < len(others) and others.amounts[at] > 0 for at in places)

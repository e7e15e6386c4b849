"""PURE. What the days outside an action's turns bring, learnt from its past, where a period is longer than a turn."""

from dataclasses import dataclass, replace

import numpy as np

from config.periods import Window
from worker.stats.forecast import Forecast
from worker.stats.seasonality import Seasonality
from worker.stats.series import Bools, Floats, Series
from worker.stats.trajectory import on_days

LEAST = 0.01  # of a day inside: less is a late correction, and no day on which something is to be expected


@dataclass(frozen=True, slots=True)
class OutsideTurns:
    """What a usual day outside brings, as known from the past; nothing where there is no such day."""

    inside: float = 0.0  #: what a usual day inside brings
    level: float = 0.0  #: what one outside does
    exposure: float = 0.0  #: from how many usual days that is known

    @property
    def multiple(self) -> float:
        """What a day outside is to one inside; where those have brought nothing, the one is as good as the other."""
        multiple = self.level / self.inside if self.inside > 0 else float(self.level != 0)
        return multiple if multiple >= LEAST else 0.0

    def variance(self, days: float, phi: float) -> float:
        """Of what so many usual days outside bring, as few of them may be known."""
        return days**2 * phi * abs(self.level) / self.exposure if self.exposure else 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Turns:
    """The days of a period, inside an action's turns and outside of them."""

    inside: Floats  #: what the plan declares of each day inside, 0 outside
    outside: Floats  #: the other way round
    of: OutsideTurns = OutsideTurns()  #: of what the seasonality is of: a sum, or what is divided by
    of_numerator: OutsideTurns = OutsideTurns()  #: of a ratio

    @property
    def expect(self) -> Floats:
        """What each day is to a usual one inside."""
        return np.asarray(self.inside + self.of.multiple * self.outside, np.float64)

    def sum_ahead(self, ahead: Forecast, days: Series, period: Window, seasonality: Seasonality) -> Forecast:
        """The forecast of a sum, as little as may be known of the days outside."""
        to_come = self._to_come(days, period, seasonality)
        return replace(ahead, variance=ahead.variance + self.of.variance(to_come, seasonality.phi))

    def ratio_ahead(
        self, ahead: Forecast, days: Series, period: Window, seasonality: Seasonality, phi: float
    ) -> Forecast:
        """That of a ratio, which may be another outside: sales that go on when the spend is over.

        The forecast took it to be the one inside. ``phi`` is the numerator's.
        """
        to_come = self._to_come(days, period, seasonality)
        if not to_come or not self.of.inside > 0:
            return ahead
        beyond = to_come * (self.of_numerator.level - self.of_numerator.inside / self.of.inside * self.of.level)
        variance = ahead.variance + self.of_numerator.variance(to_come, phi) + phi * abs(beyond)
        return replace(ahead, remaining=max(0.0, ahead.remaining + beyond), variance=variance)

    def _to_come(self, days: Series, period: Window, seasonality: Seasonality) -> float:
        """The usual days outside of which nothing is known yet."""
        weights = seasonality.multiples(period, self.outside)
        return float(weights[np.isnan(on_days(days, period)[0])].sum())


def days_outside(live: Bools, ordinary: Bools) -> Bools:
    """The ordinary days after the first at work on which it is not: those before say nothing of those after a turn."""
    return np.asarray(np.maximum.accumulate(live) & ~live & ordinary, np.bool_) if len(live) else live


def outside_turns(days: Series, outside: Bools, seasonality: Seasonality | None) -> OutsideTurns:
    """What the days outside have brought, and the ordinary ones of the series."""
    multiples = seasonality.of_series(days) if seasonality else np.ones(len(days))
    level, exposure = _level(days, outside, multiples)
    return OutsideTurns(_level(days, days.ordinary, multiples)[0], level, exposure)


def brings_only_outside(days: Series, outside: Bools) -> bool:
    """Whether all that ever came is of days outside."""
    inside, beyond = (np.abs(days.amounts[days.settled & part]).sum() for part in (days.ordinary, outside))
    return bool(beyond > 0 and not inside > 0)


def _level(days: Series, part: Bools, multiples: Floats) -> tuple[float, float]:
    chosen = days.settled & part
    exposure = float(multiples[chosen].sum())
    return (float(days.amounts[chosen].sum()) / exposure if exposure else 0.0), exposure

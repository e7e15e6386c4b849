"""PURE. What a usual day brings by now, and how far such a figure has been right so far.

A day is *exposed* to so much of what brings the amount: its weekday's multiple, times the share of its figure that is
there; for a ratio, its denominator. The level is a weighted sum of amounts over the same sum of exposures, and one
event at the usual rate. How fast the weights fall is chosen for each series, by how well it would have foretold its
own past.

Source:
    Exponential smoothing, and choosing it by forecast errors from past origins: Hyndman & Athanasopoulos 2021,
    Forecasting: Principles and Practice, 3rd ed., 8.1 and 5.10. A level that drifts under noise (local level model):
    Muth 1960; Harvey 1989, Forecasting, Structural Time Series Models and the Kalman Filter.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from worker.stats.series import Bools, Floats

HALF_LIVES = (4, 10, 28)  # days; beside them, the last week taken again as it was
EVERY = slice(None)
FEWEST_DAYS = 7  # that tell a level
UNTRIED = 1  # of these, where there is no past to try them on: the middle one
DRIFT = 0.04**2 / 7  # variance of a day's step of the level, in shares of it: 4 % a week (3 % held too little)
REMEMBERED = 126  # days
WARM_UP = 14  # days a past forecast must have had
STEP = 3  # days from one past forecast to the next
FARTHEST = 25.0  # a squared error counts for so much at most: one undeclared sale must not blur a whole quarter
PSEUDO = 2  # past forecasts as good as they said, added to those there are

_LAGS = np.arange(REMEMBERED + 1)
_DECAYS: Floats = 0.5 ** (_LAGS / np.array(HALF_LIVES)[:, None])


@dataclass(frozen=True, slots=True)
class Level:
    """What one unit of exposure brings, and what is needed to say how sure that is."""

    amount: float
    size: float  #: the same of amounts without their sign
    noise: float  #: its variance by chance, to be multiplied by phi
    age: float  #: its variance by drift since it was measured, in days of drift
    variance_inflation: float  #: how much larger the variance of past forecasts was than they said; at least 1
    way: int = UNTRIED  #: of weighing

    def variance(self, phi: float, exposure: float, level_weight: float, ahead: int, gap: int) -> float:
        """The variance of what so much exposure brings, of which the level foretells ``level_weight``.

        It comes within ``ahead`` days, the first of them ``gap`` days after the last that the level knows.
        """
        drift = DRIFT * self.size**2 * (self.age + gap + _drift_days(ahead))
        return self.variance_inflation * (phi * self.size * exposure + level_weight**2 * (phi * self.noise + drift))


def _drift_days(ahead: int) -> float:
    """The variance of the mean of a random walk over so many days, in those of one step."""
    return (ahead + 1) * (2 * ahead + 1) / (6 * ahead) if ahead else 0.0


NOTHING_OPEN = Level(0.0, 0.0, 0.0, 0.0, 1.0)  #: where all is known, no level is needed


def level_of(amounts: Floats, exposure: Floats, phi: float, ahead: int, *, is_count: bool) -> Level | None:
    """The level after the last of these days, for a forecast of so many days; None where fewer than 7 tell it.

    Days that tell nothing have no exposure and no amount.
    """
    informative = np.flatnonzero((exposure > 0) | (amounts != 0))[-REMEMBERED:]
    if len(informative) < FEWEST_DAYS:
        return None
    first = max(int(informative[0]), len(amounts) - REMEMBERED)
    past = Past(amounts[first:], exposure[first:], phi, is_count)
    now = past.levels(np.array([len(past)]))
    has_level = np.isfinite(now[0][:, 0])
    if not has_level[UNTRIED]:
        return None
    best, inflation = past.tried(ahead, has_level)
    amount, size, noise, age = (float(part[best, 0]) for part in now)
    return Level(amount, size, noise, age, inflation, best)


Levels = tuple[
    Floats, Floats, Floats, Floats
]  #: amount, size, noise, age: an array (ways of weighing, forecast_origins) each


@dataclass(frozen=True, eq=False, slots=True)
class Past:
    """Days on which forecasts are tried."""

    amounts: Floats
    exposure: Floats
    phi: float
    is_count: bool

    def __len__(self) -> int:
        return len(self.amounts)

    def levels(self, forecast_origins: npt.NDArray[np.int64], ways: slice = EVERY) -> Levels:
        """The level at some forecast origins by some ways of weighing; NaN where nothing was exposed."""
        is_informative = (self.exposure > 0) | (self.amounts != 0)
        weights = _weights(is_informative.tobytes(), tuple(forecast_origins.tolist()))[ways]
        weighed = weights * self.exposure
        by_then = weighed.cumsum(-1)
        exposed = np.where(by_then[..., -1] > 0, by_then[..., -1], np.nan)
        came, of_size = np.moveaxis(weights @ np.stack((self.amounts, np.abs(self.amounts)), -1), -1, 0)
        prior, prior_size, pseudo = self._prior(forecast_origins)
        whole = exposed + pseudo
        amount = np.where(pseudo > 0, (came + pseudo * prior) / whole, prior)
        size = np.where(pseudo > 0, (of_size + pseudo * prior_size) / whole, prior_size)
        noise = size * (np.einsum("...d,...d", weights, weighed) + pseudo) / whole**2
        older = np.einsum("...d,...d", by_then, by_then) / exposed**2  # from the origin on, all of it is
        return amount, size, noise, np.maximum(0, older - (len(self) - forecast_origins + 1))

    def _prior(self, forecast_origins: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """Amount and size of all the days before, and the exposure that brings one event of them; 0 where none came.

        That much is added to what each way of weighing has seen: of a thing that comes once a month, the last week
        alone would say that it never comes. None so far is not none ever: as if half of one had been seen.
        """
        before, amount, size = (
            np.concatenate(([0.0], part.cumsum()))[forecast_origins]
            for part in (self.exposure, self.amounts, np.abs(self.amounts))
        )
        before = np.where(before > 0, before, np.nan)
        least = 0.5 if self.is_count else 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            pseudo = np.where(size > 0, self.phi * before / size, 0.0)
            prior, prior_size = (np.where(size > 0, part, least) / before for part in (amount, size))
        return prior, prior_size, pseudo

    def tried(self, ahead: int, has_level: Bools) -> tuple[int, float]:
        """Foretell the past from its own forecast_origins: the way that erred least, and how much more than it said."""
        reach = min(max(ahead, 1), (len(self) - WARM_UP) // 2)
        if reach < 1:
            return UNTRIED, 1.0
        forecast_origins = np.arange(len(self) - reach, WARM_UP - 1, -STEP)
        came, foretold, said = self.foretold(forecast_origins, reach)
        errors = (came - foretold) ** 2
        best = int(np.where(has_level & np.isfinite(foretold).all(-1), errors.sum(-1), np.inf).argmin())
        return best, variance_inflation(errors[best], said[best])

    def foretold(
        self, forecast_origins: npt.NDArray[np.int64], reach: int | npt.NDArray[np.int64], ways: slice = EVERY
    ) -> tuple[Floats, Floats, Floats]:
        """What so many days after each origin brought, and by each way the forecast of it, and its variance."""
        amount, size, noise, age = self.levels(forecast_origins, ways)
        exposed, came = (_following(part, forecast_origins, reach) for part in (self.exposure, self.amounts))
        drift = DRIFT * size**2 * (age + np.array([_drift_days(one) for one in np.atleast_1d(reach).tolist()]))
        return came, amount * exposed, self.phi * size * exposed + exposed**2 * (self.phi * noise + drift)


@lru_cache(maxsize=64)
def _weights(informative: bytes, forecast_origins: tuple[int, ...]) -> Floats:
    """What each day weighs at each origin, by each way of weighing; many series have the same days."""
    is_informative = np.frombuffer(informative, np.bool_)
    origins, days = np.array(forecast_origins), np.arange(len(is_informative))
    lags = origins[:, None] - 1 - days
    count = np.concatenate(([0], is_informative.cumsum()))
    is_last_week = count[origins][:, None] - count[days] <= 7
    decays = _DECAYS[:, lags.clip(0, REMEMBERED)]
    is_remembered = is_informative & (lags >= 0) & (lags < REMEMBERED)
    return np.asarray(np.concatenate((decays, is_last_week[None])) * is_remembered, np.float64)


def variance_inflation(errors: Floats, said: Floats) -> float:
    """How much larger squared errors were than they were said to be; at least 1."""
    beyond = np.minimum(errors, FARTHEST * said) / np.where(said > 0, said, 1)
    return max(1.0, float((np.nansum(beyond) + PSEUDO) / (len(said) + PSEUDO)))


def _following(values: Floats, forecast_origins: npt.NDArray[np.int64], reach: int | npt.NDArray[np.int64]) -> Floats:
    total = np.concatenate(([0.0], values.cumsum()))
    return np.asarray(total[forecast_origins + reach] - total[forecast_origins], np.float64)

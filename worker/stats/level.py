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

import numpy as np
import numpy.typing as npt

from worker.stats.series import Bools, Floats

HALF_LIVES = (4, 10, 28)  # days; beside them, the last week taken again as it was
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
    if len(informative) < 7:
        return None
    first = max(int(informative[0]), len(amounts) - REMEMBERED)
    past = _Past(amounts[first:], exposure[first:], phi, is_count)
    end = np.array([len(past)])
    now = past.levels(end)
    has_level = np.isfinite(now[0][:, 0])
    if not has_level[UNTRIED]:
        return None
    best, variance_inflation = past.tried(ahead, has_level)
    amount, size, noise = (float(part[best, 0]) for part in now[:3])
    age = float(past.age(now[3][best], end)[0])
    return Level(amount, size, noise, age, variance_inflation)


#: amount, size, noise: an array (ways of weighing, forecast_origins) each; and the weights of the days
Levels = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True, eq=False, slots=True)
class _Past:
    amounts: Floats
    exposure: Floats
    phi: float
    is_count: bool

    def __len__(self) -> int:
        return len(self.amounts)

    def levels(self, forecast_origins: npt.NDArray[np.int64]) -> Levels:
        """The level at some forecast origins by every way of weighing; NaN where nothing was exposed."""
        weights = self._weigh(forecast_origins)
        exposed = weights @ self.exposure
        exposed = np.where(exposed > 0, exposed, np.nan)
        prior, prior_size, pseudo = self._prior(forecast_origins)
        whole = exposed + pseudo
        amount = np.where(pseudo > 0, (weights @ self.amounts + pseudo * prior) / whole, prior)
        size = np.where(pseudo > 0, (weights @ np.abs(self.amounts) + pseudo * prior_size) / whole, prior_size)
        noise = size * (weights**2 @ self.exposure + pseudo) / whole**2
        return amount, size, noise, weights

    def age(self, weights: Floats, forecast_origins: npt.NDArray[np.int64]) -> Floats:
        """The variance of the level by drift since it was measured, in days of drift, by one way of weighing."""
        older = (weights * self.exposure).cumsum(-1)
        is_missed = np.arange(len(self)) < forecast_origins[:, None] - 1
        exposed = np.where(older[:, -1] > 0, older[:, -1], np.nan)
        return np.asarray((older**2 * is_missed).sum(-1) / exposed**2, np.float64)

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

    def _weigh(self, forecast_origins: npt.NDArray[np.int64]) -> Floats:
        days = np.arange(len(self))
        lags = forecast_origins[:, None] - 1 - days
        is_informative = (self.exposure > 0) | (self.amounts != 0)
        count = np.concatenate(([0], is_informative.cumsum()))
        is_last_week = count[forecast_origins][:, None] - count[days] <= 7
        weights = np.concatenate((_DECAYS[:, np.maximum(lags, 0)], is_last_week[None].astype(np.float64)))
        return np.asarray(weights * (is_informative & (lags >= 0)), np.float64)

    def tried(self, ahead: int, has_level: Bools) -> tuple[int, float]:
        """Foretell the past from its own forecast_origins: the way that erred least, and how much more than it said."""
        reach = min(max(ahead, 1), (len(self) - WARM_UP) // 2)
        if reach < 1:
            return UNTRIED, 1.0
        forecast_origins = np.arange(len(self) - reach, WARM_UP - 1, -STEP)
        amount, size, noise, weights = self.levels(forecast_origins)
        exposed, came = (_following(part, forecast_origins, reach) for part in (self.exposure, self.amounts))
        errors = (came - amount * exposed) ** 2
        best = int(np.where(has_level & np.isfinite(amount).all(-1), errors.sum(-1), np.inf).argmin())
        drift = DRIFT * size[best] ** 2 * (self.age(weights[best], forecast_origins) + _drift_days(reach))
        said = self.phi * size[best] * exposed + exposed**2 * (self.phi * noise[best] + drift)
        return best, _variance_inflation(errors[best], said)


def _variance_inflation(errors: Floats, said: Floats) -> float:
    beyond = np.minimum(errors, FARTHEST * said) / np.where(said > 0, said, 1)
    return max(1.0, float((np.nansum(beyond) + PSEUDO) / (len(said) + PSEUDO)))


def _following(values: Floats, forecast_origins: npt.NDArray[np.int64], reach: int) -> Floats:
    total = np.concatenate(([0.0], values.cumsum()))
    return np.asarray(total[forecast_origins + reach] - total[forecast_origins], np.float64)

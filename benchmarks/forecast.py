"""Month totals foretold on days 7 and 15, beside Prophet, AutoETS and seasonal naive: python benchmarks/forecast.py

Cover: the share of months that ended in the range meant to hold 80 %. Pinball: the loss of the range's two ends and of
the middle, as a part of what the month came to, in percent; the smaller, the sharper and the truer. Every method gets
the same history and nothing else: no event, no holiday.
"""

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path

import numpy as np
from forecast_series import Case, cases_of, sets_of_series

from config.periods import DAY, Window
from worker.stats.distributions import NORMAL
from worker.stats.forecast import forecast
from worker.stats.seasonality import seasonality_of
from worker.stats.series import Floats, Series

LEVELS = (0.1, 0.9)
PEERS = ("Prophet", "AutoETS")
ENVIRONMENT = Path(__file__).parents[1] / ".venv/peers"

#: of what a month comes to, at each level
Quantiles = tuple[float, ...]


def vigie(case: Case) -> Quantiles:
    """As the judgement foretells a running target."""
    of = case.history
    amounts = np.array(of.values)
    shares = np.where(np.isnan(amounts), np.nan, 1.0)
    series = Series(of.start, amounts, shares, np.ones(len(amounts), np.bool_))
    ahead = series.end + DAY * len(case.rest)
    seasonality = seasonality_of(series, is_count=of.is_count)
    assert seasonality is not None
    foreseen = forecast(series, Window((ahead - DAY).replace(day=1), ahead), seasonality)
    assert foreseen is not None
    return tuple(foreseen.quantile(level) for level in LEVELS)


def seasonal_naive(case: Case) -> Quantiles:
    """The last week again; normal errors that add up from week to week (Hyndman & Athanasopoulos 2021, 5.5)."""
    values = filled(np.array(case.history.values))
    errors = values[7:] - values[:-7]
    weeks = [len(range(weekday, len(case.rest), 7)) for weekday in range(7)]
    mean = case.known + sum(count * value for count, value in zip(weeks, values[-7:], strict=True))
    deviation = sqrt((errors**2).mean() * sum(n**2 for count in weeks for n in range(1, count + 1)))
    return tuple(mean + deviation * NORMAL.inv_cdf(level) for level in LEVELS)


def filled(values: Floats) -> Floats:
    """An unknown day as the same weekday before."""
    for day in np.flatnonzero(np.isnan(values)):
        values[day] = values[day - 7]
    return values


def of_peers(peer: str, cases: Sequence[Case]) -> list[Quantiles]:
    """What a peer foretells, from an environment of its own."""
    asked = [
        {"start": f"{case.history.start}", "values": filled(np.array(case.history.values)).tolist(),
         "ahead": len(case.rest), "levels": LEVELS}
        for case in cases
    ]  # fmt: skip
    command = [str(ENVIRONMENT / "bin/python"), str(Path(__file__).with_name("forecast_peers.py")), peer]
    answer = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    rests = json.loads(answer.stdout.splitlines()[-1])
    return [tuple(case.known + value for value in rest) for case, rest in zip(cases, rests, strict=True)]


def each(method: Callable[[Case], Quantiles]) -> Callable[[Sequence[Case]], list[Quantiles]]:
    return lambda cases: [method(case) for case in cases]


def methods() -> dict[str, Callable[[Sequence[Case]], list[Quantiles]]]:
    """Those that can be run here."""
    found = {"Vigie": each(vigie), "seasonal naive": each(seasonal_naive)}
    if not (ENVIRONMENT / ".ready").exists():
        print("Prophet and AutoETS are left out: requirements/peers.txt is not installed ('make bench' tries to).")
        return found
    return found | {peer: lambda cases, peer=peer: of_peers(peer, cases) for peer in PEERS}


def cover(cases: Sequence[Case], foretold: Sequence[Quantiles]) -> float:
    return float(np.mean([low <= case.total <= high for case, (low, high) in zip(cases, foretold, strict=True)]))


def pinball(cases: Sequence[Case], foretold: Sequence[Quantiles]) -> float:
    losses = [
        max(level * (case.total - value), (level - 1) * (case.total - value)) / case.total
        for case, values in zip(cases, foretold, strict=True)
        for level, value in zip(LEVELS, values, strict=True)
    ]
    return 100 * float(np.mean(losses))


def main() -> None:
    known = methods()
    for name, series in sets_of_series():
        cases = [case for one in series for case in cases_of(one) if case.total > 0]
        print(f"{name}: {len(cases)} forecasts of month totals")
        for method, foretell in known.items():
            start = time.perf_counter()
            foretold = foretell(cases)
            each_ms = (time.perf_counter() - start) / len(cases) * 1000
            print(f"  {method:16} cover {cover(cases, foretold):.2f}   pinball {pinball(cases, foretold):5.2f} %"
                  f"   {each_ms:6.1f} ms each")  # fmt: skip


if __name__ == "__main__":
    main()

"""Prophet and AutoETS for ``forecast.py``, in an environment of their own: histories in, quantiles of what follows out.

Both as they come, the sum of the days to come from paths that each simulates: daily ranges cannot be added up.
"""

import json
import logging
import sys
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

PATHS = 1000

Asked = dict[str, Any]
Sums = npt.NDArray[np.float64]


def prophet(asked: Asked) -> Sums:
    from prophet import Prophet

    values, ahead = asked["values"], asked["ahead"]
    days = pd.date_range(asked["start"], periods=len(values) + ahead)
    model = Prophet(uncertainty_samples=PATHS)
    model.fit(pd.DataFrame({"ds": days[:-ahead], "y": values}), seed=1)
    sums: Sums = model.predictive_samples(pd.DataFrame({"ds": days[-ahead:]}))["yhat"].sum(axis=0)
    return sums


def auto_ets(asked: Asked) -> Sums:
    from statsforecast.models import AutoETS

    model = AutoETS(season_length=7)
    sums: Sums = model.simulate(h=asked["ahead"], n_paths=PATHS, y=np.array(asked["values"]), seed=1).sum(axis=1)
    return sums


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    np.random.seed(1)  # Prophet draws from it
    simulate = {"Prophet": prophet, "AutoETS": auto_ets}[sys.argv[1]]
    print(json.dumps([np.quantile(simulate(asked), asked["levels"]).tolist() for asked in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()

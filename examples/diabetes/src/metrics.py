"""How good predictions are."""

import numpy as np
from numpy.typing import ArrayLike


def regression_metrics(actual: ArrayLike, predicted: ArrayLike) -> dict[str, float]:
    """`rmse` and `mae` in units of the target; `r2`; `mape` as a share (0.1 is 10 %), over targets that are not 0."""
    truth, guess = np.asarray(actual, dtype=float), np.asarray(predicted, dtype=float)
    errors = guess - truth
    nonzero = truth != 0
    return {
        "rmse": float(np.sqrt(np.mean(errors**2))),
        "mae": float(np.mean(np.abs(errors))),
        "r2": float(1 - np.sum(errors**2) / np.sum((truth - truth.mean()) ** 2)),
        "mape": float(np.mean(np.abs(errors[nonzero] / truth[nonzero]))),
    }

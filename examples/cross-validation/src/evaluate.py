"""Learn from the rows of a fold and judge by its others: the step to replace by one of your own.

When the fold has inner folds, they choose the strength of the regularisation.
"""

import argparse
import json
from pathlib import Path

import mlflow
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

FEATURES = ["area", "rooms", "age", "distance"]
TARGET = "price"
ALPHAS = [0.1, 1.0, 10.0, 100.0]


def rmse(rows: pd.DataFrame, train: list[int], test: list[int], alpha: float) -> float:
    learn, judge = rows.iloc[train], rows.iloc[test]
    model = Ridge(alpha=alpha).fit(learn[FEATURES], learn[TARGET])
    return float(root_mean_squared_error(judge[TARGET], model.predict(judge[FEATURES])))


def choose(rows: pd.DataFrame, inner: list[dict[str, list[int]]]) -> float:
    return min(ALPHAS, key=lambda alpha: sum(rmse(rows, part["train"], part["test"], alpha) for part in inner))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=Path, required=True, help="folder that folds.py wrote")
    parser.add_argument("--fold", type=int, required=True)
    parser.add_argument("--alpha", type=float, default=1.0, help="when there are no inner folds")
    parser.add_argument("--output", type=Path, required=True, help="folder for metrics.json")
    args = parser.parse_args()

    rows = pd.read_csv(args.data)
    fold = json.loads((args.folds / f"fold-{args.fold}.json").read_text())
    alpha = choose(rows, fold["inner"]) if "inner" in fold else args.alpha
    learn, judge = rows.iloc[fold["train"]], rows.iloc[fold["test"]]
    predicted = Ridge(alpha=alpha).fit(learn[FEATURES], learn[TARGET]).predict(judge[FEATURES])
    metrics = {
        "rmse": float(root_mean_squared_error(judge[TARGET], predicted)),
        "mae": float(mean_absolute_error(judge[TARGET], predicted)),
    }
    with mlflow.start_run():
        mlflow.log_params({"fold": args.fold, "alpha": alpha})
        mlflow.log_metrics(metrics)
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / "metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()

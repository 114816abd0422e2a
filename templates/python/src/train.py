"""Train a ridge regression, judge it by the held-out rows, and save it as an MLflow model."""

import argparse
from pathlib import Path

import mlflow
from mlflow.models import infer_signature
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from houses import TARGET, features, read_rows


def build(alpha: float) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("ridge", Ridge(alpha=alpha))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that prepare.py wrote")
    parser.add_argument("--alpha", type=float, default=1.0, help="strength of the regularisation")
    parser.add_argument("--model", type=Path, required=True, help="folder for the model")
    args = parser.parse_args()

    train, test = read_rows(args.data / "train.csv"), read_rows(args.data / "test.csv")
    with mlflow.start_run():
        mlflow.log_param("alpha", args.alpha)
        model = build(args.alpha).fit(features(train), train[TARGET])
        predictions = model.predict(features(test))
        metrics = {
            "rmse": float(root_mean_squared_error(test[TARGET], predictions)),
            "mae": float(mean_absolute_error(test[TARGET], predictions)),
            "r2": float(r2_score(test[TARGET], predictions)),
        }
        mlflow.log_metrics(metrics)
        mlflow.sklearn.save_model(
            model,
            args.model,
            signature=infer_signature(features(test), predictions),
            input_example=features(test).head(2),
            pip_requirements=["scikit-learn", "pandas"],
        )
    print(", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()

"""Train a ridge regression on the training rows and save it as an MLflow model."""

import argparse
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from diabetes import FEATURES, TARGET, features, read_rows
from metrics import regression_metrics

FOLDS = 5


def build(alpha: float) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("ridge", Ridge(alpha=alpha))])


def cross_validated_rmse(model: Pipeline, rows: pd.DataFrame) -> float:
    """What the error on unseen rows should be, judged without touching the held-out ones."""
    scores = cross_val_score(model, features(rows), rows[TARGET], cv=FOLDS, scoring="neg_root_mean_squared_error")
    return float(-scores.mean())


def coefficients(model: Pipeline) -> dict[str, float]:
    """What one standard deviation more of each feature adds to the prediction."""
    return dict(zip(FEATURES, map(float, model.named_steps["ridge"].coef_), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that prep.py wrote")
    parser.add_argument("--alpha", type=float, default=0.1, help="strength of the regularisation")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model")
    args = parser.parse_args()

    rows = read_rows(args.data / "train.csv")
    with mlflow.start_run():
        mlflow.log_params({"model": "ridge", "alpha": args.alpha, "train_rows": len(rows)})
        model = build(args.alpha).fit(features(rows), rows[TARGET])
        predictions = model.predict(features(rows))
        figures = {f"train_{name}": value for name, value in regression_metrics(rows[TARGET], predictions).items()}
        figures["cv_rmse"] = cross_validated_rmse(build(args.alpha), rows)
        mlflow.log_metrics(figures)
        mlflow.log_dict(coefficients(model), "coefficients.json")

        # Requirements and signature are given, so that MLflow does not spend seconds on finding them out.
        saved = {
            "signature": infer_signature(features(rows), predictions),
            "pip_requirements": ["scikit-learn", "pandas"],
        }
        mlflow.sklearn.save_model(model, args.output, **saved)
        mlflow.sklearn.log_model(model, name="model", **saved)

    print(", ".join(f"{name} {value:.4g}" for name, value in figures.items()))


if __name__ == "__main__":
    main()

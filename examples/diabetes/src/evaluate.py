"""Judge the new model, the challenger, and the champion by the same held-out rows.

A challenger that is not better is a normal result, not an error: the verdict says so and the exit code is 0.
"""

import argparse
import json
from pathlib import Path
from typing import TypedDict

import mlflow
import pandas as pd

from diabetes import TARGET, features, read_rows
from metrics import regression_metrics
from onnx_model import predict_onnx


class Verdict(TypedDict):
    better: bool
    challenger: dict[str, float]
    champion: dict[str, float] | None
    rows: int
    reason: str


def judge(challenger: dict[str, float], champion: dict[str, float] | None, rows: int, minimum_gain: float) -> Verdict:
    """The challenger is better if its error is smaller than the champion's by more than the minimum gain."""
    better, reason = True, "there is no champion yet"
    if champion is not None:
        gain = 1 - challenger["rmse"] / champion["rmse"]
        better = gain > minimum_gain
        reason = (
            f"rmse {challenger['rmse']:.2f} against the champion's {champion['rmse']:.2f} on the same {rows} rows: "
            f"{abs(gain):.1%} {'better' if gain >= 0 else 'worse'}, more than {minimum_gain:.1%} better is needed"
        )
    return {"better": better, "challenger": challenger, "champion": champion, "rows": rows, "reason": reason}


def log(verdict: Verdict) -> None:
    mlflow.log_metrics(verdict["challenger"])
    if verdict["champion"] is not None:
        mlflow.log_metrics({f"champion_{name}": value for name, value in verdict["champion"].items()})
    mlflow.set_tag("verdict", "better" if verdict["better"] else "not better")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that prep.py wrote")
    parser.add_argument("--model", type=Path, required=True, help="folder that train.py wrote")
    parser.add_argument("--champion", type=Path, help="folder of the registered model in use, if there is one")
    parser.add_argument("--minimum-gain", type=float, default=0.01, help="share by which the rmse must be smaller")
    parser.add_argument("--output", type=Path, required=True, help="folder for verdict.json and predictions.csv")
    args = parser.parse_args()

    rows = read_rows(args.data / "test.csv")
    predictions = mlflow.sklearn.load_model(str(args.model)).predict(features(rows))
    challenger = regression_metrics(rows[TARGET], predictions)
    champion = None
    if args.champion is not None:
        champion = regression_metrics(rows[TARGET], predict_onnx(args.champion, features(rows)))
    verdict = judge(challenger, champion, len(rows), args.minimum_gain)

    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / "verdict.json").write_text(json.dumps(verdict, indent=2) + "\n")
    scored: pd.DataFrame = features(rows).assign(prediction=predictions)
    scored.to_csv(args.output / "predictions.csv", index=False)
    with mlflow.start_run():
        log(verdict)
        mlflow.log_artifacts(str(args.output), "evaluation")
    print(f"{'better' if verdict['better'] else 'not better'}: {verdict['reason']}")


if __name__ == "__main__":
    main()

"""Mean and standard deviation of each metric over the folds (of a sample: divided by folds - 1)."""

import argparse
import json
import statistics
from pathlib import Path

import mlflow


def summarise(folds: list[dict[str, float]]) -> dict[str, float]:
    summary: dict[str, float] = {}
    for name in folds[0]:
        values = [fold[name] for fold in folds]
        summary[f"{name}_mean"] = statistics.fmean(values)
        summary[f"{name}_std"] = statistics.stdev(values) if len(values) > 1 else 0.0
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metrics", type=Path, required=True, help="folder with a metrics.json for each fold")
    parser.add_argument("--output", type=Path, required=True, help="folder for summary.json")
    args = parser.parse_args()

    folds = [json.loads(file.read_text()) for file in sorted(args.metrics.glob("*/metrics.json"))]
    if not folds:
        raise SystemExit(f"{args.metrics} has no metrics.json of any fold")
    summary = {"folds": float(len(folds)), **summarise(folds)}
    with mlflow.start_run():
        mlflow.log_metrics(summary)
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(", ".join(f"{name} {value:.4g}" for name, value in summary.items()))


if __name__ == "__main__":
    main()

"""Cut rows into folds with scikit-learn's splitters.

Writes `fold-<n>.json` with the numbers of the rows to learn from (`train`) and to judge by (`test`), and the list of folds
as `items.json`, which a loop takes. With --inner, each fold has folds of its own among the rows it learns from: nested
cross-validation, in which `inner` chooses parameters and `test` judges the choice.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, LeaveOneGroupOut, LeaveOneOut, StratifiedKFold

METHODS = ["k-fold", "stratified", "leave-one-out", "leave-one-group-out"]


def split(
    rows: pd.DataFrame, method: str, folds: int, seed: int, column: str | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    if method in ("stratified", "leave-one-group-out") and column not in rows.columns:
        raise SystemExit(f"{method} needs --column; the data has {', '.join(rows.columns)}, not {column}")
    if method == "k-fold":
        return KFold(folds, shuffle=True, random_state=seed).split(rows)
    if method == "stratified":
        return StratifiedKFold(folds, shuffle=True, random_state=seed).split(rows, rows[column])
    if method == "leave-one-out":
        return LeaveOneOut().split(rows)
    return LeaveOneGroupOut().split(rows, groups=rows[column])


def fold_of(rows: pd.DataFrame, train: np.ndarray, test: np.ndarray, inner: int, seed: int) -> dict[str, object]:
    fold: dict[str, object] = {"train": train.tolist(), "test": test.tolist()}
    if inner > 0:
        parts = KFold(inner, shuffle=True, random_state=seed).split(train)
        fold["inner"] = [{"train": train[learn].tolist(), "test": train[judge].tolist()} for learn, judge in parts]
    return fold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="CSV file with all rows")
    parser.add_argument("--method", choices=METHODS, default="k-fold")
    parser.add_argument("--folds", type=int, default=5, help="of k-fold and stratified")
    parser.add_argument("--inner", type=int, default=0, help="folds within each fold, for nested cross-validation")
    parser.add_argument("--seed", type=int, default=17, help="the same seed gives the same folds")
    parser.add_argument("--column", help="the classes of stratified, the groups of leave-one-group-out")
    parser.add_argument("--output", type=Path, required=True, help="folder for the folds")
    parser.add_argument("--items", type=Path, required=True, help="folder for items.json")
    args = parser.parse_args()

    rows = pd.read_csv(args.data)
    args.output.mkdir(parents=True, exist_ok=True)
    args.items.mkdir(parents=True, exist_ok=True)
    items = []
    for number, (train, test) in enumerate(split(rows, args.method, args.folds, args.seed, args.column)):
        fold = fold_of(rows, train, test, args.inner, args.seed)
        (args.output / f"fold-{number}.json").write_text(json.dumps(fold))
        items.append({"fold": number})
    (args.items / "items.json").write_text(json.dumps(items))
    print(f"{len(items)} folds of {len(rows)} rows by {args.method}")


if __name__ == "__main__":
    main()

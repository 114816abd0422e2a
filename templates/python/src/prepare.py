"""Split the rows into those a model learns from and those it is judged by."""

import argparse
from pathlib import Path

import pandas as pd

from houses import read_rows


def split(rows: pd.DataFrame, test_share: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same rows and seed give the same two parts; no row is in both."""
    if not 0 < test_share < 1:
        raise ValueError(f"the share of test rows must lie between 0 and 1, it is {test_share}")
    shuffled = rows.sample(frac=1, random_state=seed)
    tests = round(len(rows) * test_share)
    return shuffled.iloc[tests:], shuffled.iloc[:tests]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="CSV file with all rows")
    parser.add_argument("--test-share", type=float, default=0.2, help="share of rows to hold out")
    parser.add_argument("--seed", type=int, default=17, help="the same seed gives the same split")
    parser.add_argument("--output", type=Path, required=True, help="folder for train.csv and test.csv")
    args = parser.parse_args()

    train, test = split(read_rows(args.data), args.test_share, args.seed)
    args.output.mkdir(parents=True, exist_ok=True)
    train.to_csv(args.output / "train.csv", index=False)
    test.to_csv(args.output / "test.csv", index=False)
    print(f"{len(train)} rows to learn from, {len(test)} held out")


if __name__ == "__main__":
    main()

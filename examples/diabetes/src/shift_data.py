"""Write a new labelled batch, as if the world had changed since the first one was collected.

The patients are heavier and have a higher blood pressure, and the disease depends more on weight than it did. The
other measurements are as they were. A model of the old world is wrong about these patients.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from diabetes import TARGET, read_rows, write_rows

BMI_GAIN = 6.0  # kg/m2; among the first patients the standard deviation is 4.4
BP_GAIN = 18.0  # mmHg; standard deviation 13.8
BMI_EFFECT = 4.0  # what each kg/m2 above (or below) BMI_CENTRE adds to (or takes from) the target
BMI_CENTRE = 32.0  # kg/m2; about the new mean, so that the mean of the target hardly moves


def shift(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same number of rows in another order, with `bmi`, `bp` and the target moved."""
    noise = np.random.default_rng(seed)
    moved = rows.sample(frac=1, random_state=seed).reset_index(drop=True)
    moved["bmi"] = (moved["bmi"] + noise.normal(BMI_GAIN, 1.0, len(moved))).round(1)
    moved["bp"] = (moved["bp"] + noise.normal(BP_GAIN, 4.0, len(moved))).round(0)
    effect = BMI_EFFECT * (moved["bmi"] - BMI_CENTRE)
    moved[TARGET] = (moved[TARGET] + effect).clip(lower=0.0).round(0)
    return moved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="CSV file with the rows to start from")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same batch")
    parser.add_argument("--output", type=Path, required=True, help="CSV file to write, or an existing folder")
    args = parser.parse_args()

    before = read_rows(args.data)
    after = shift(before, args.seed)
    file = write_rows(after, args.output)
    print(f"wrote {len(after)} rows to {file}")
    for column in ("bmi", "bp", TARGET):
        print(f"mean of {column}: {before[column].mean():.1f} -> {after[column].mean():.1f}")


if __name__ == "__main__":
    main()

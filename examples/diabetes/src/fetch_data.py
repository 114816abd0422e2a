"""Write the diabetes data that comes with scikit-learn as one CSV file.

442 patients, ten measurements each, and how far the disease went in a year (Efron et al., 2004).
"""

import argparse
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_diabetes

from diabetes import COLUMNS, write_rows


def load() -> pd.DataFrame:
    """The rows in their own units (years, mmHg, mg/dl), not the standardised ones scikit-learn gives by default."""
    rows = load_diabetes(scaled=False, as_frame=True).frame[COLUMNS]
    return rows.astype({"age": "int64", "sex": "int64"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="CSV file to write, or an existing folder")
    args = parser.parse_args()

    rows = load()
    file = write_rows(rows, args.output)
    print(f"wrote {len(rows)} rows with {len(rows.columns)} columns to {file}")


if __name__ == "__main__":
    main()

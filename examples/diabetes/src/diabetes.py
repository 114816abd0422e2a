"""The columns of the diabetes data, and how its rows are read and written."""

from pathlib import Path

import pandas as pd

FEATURES = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
TARGET = "target"
COLUMNS = [*FEATURES, TARGET]


def read_rows(path: Path) -> pd.DataFrame:
    """Read a CSV file, or the only CSV file of a folder, and insist on its columns."""
    rows = pd.read_csv(only_csv(path))
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(rows.columns)}")
    return rows[COLUMNS]


def write_rows(rows: pd.DataFrame, output: Path) -> Path:
    """Write CSV to a file, or as diabetes.csv into an existing folder; return the path of the file."""
    file = output / "diabetes.csv" if output.is_dir() else output
    file.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(file, index=False)
    return file


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """What the model sees: every feature as a float, so that no column's type depends on its values."""
    return rows[FEATURES].astype("float64")


def only_csv(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.csv"))
    if len(files) != 1:
        raise ValueError(f"{path} should hold one CSV file, it holds {len(files)}")
    return files[0]

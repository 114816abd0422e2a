"""The columns of the data, and how its rows are read."""

from pathlib import Path

import pandas as pd

FEATURES = ["area", "rooms", "age", "distance"]
TARGET = "price"


def read_rows(path: Path) -> pd.DataFrame:
    """Read a CSV file and insist on its columns."""
    rows = pd.read_csv(path)
    missing = [name for name in [*FEATURES, TARGET] if name not in rows.columns]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(rows.columns)}")
    return rows


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """What the model sees: every feature as a float, so that no column's type depends on its values."""
    return rows[FEATURES].astype("float64")

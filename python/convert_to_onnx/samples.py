"""What the two models are compared on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import Model

from .failure import Failure
from .features import TEXT, Features, Table

LARGEST_SAMPLE = 10_000


@dataclass(frozen=True)
class Sample:
    name: str
    """Rows as the model takes them."""
    rows: Any
    left_out: int


def samples_of(model: Model, folder: str, data: str | None, features: Features) -> list[Sample]:
    found = []
    example = model.load_input_example(folder)
    if example is not None:
        found.append(Sample("input example", *features.of(example)))
    if data is not None:
        found.append(Sample("data", *features.of(read_tables(Path(data), features))))
    found = [sample for sample in found if len(sample.rows) > 0]
    if not found:
        raise Failure(
            "There is nothing to compare the two models on: the model has no input example, and no data was named. "
            "Log it with input_example=…, or name a data version with --data."
        )
    return found


def read_tables(folder: Path, features: Features) -> pd.DataFrame:
    text = [column.name for column in features.columns if column.dtype == TEXT] if isinstance(features, Table) else []
    frames = [read_table(path, text) for path in sorted(folder.rglob("*")) if path.is_file()]
    tables = [frame for frame in frames if frame is not None]
    if not tables:
        raise Failure("The data has no CSV, TSV, JSON lines or Parquet file.")
    rows = pd.concat(tables, ignore_index=True)
    return rows.sample(LARGEST_SAMPLE, random_state=0) if len(rows) > LARGEST_SAMPLE else rows


def read_table(path: Path, text: list[str]) -> pd.DataFrame | None:
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        return pd.read_csv(path, sep="," if ending == ".csv" else "\t", dtype=dict.fromkeys(text, str))
    if ending in (".jsonl", ".ndjson"):
        return pd.read_json(path, lines=True, dtype=dict.fromkeys(text, str) or True)
    return pd.read_parquet(path) if ending in (".parquet", ".pq") else None

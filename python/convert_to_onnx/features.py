"""What a model takes, as its signature says: a table of columns, or one array."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import Model

from .failure import Failure

TEXT = "string"
NUMPY_OF_COLUMN = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": TEXT,
}


@dataclass(frozen=True)
class Column:
    name: str
    dtype: str


@dataclass(frozen=True)
class Table:
    columns: list[Column]

    def of(self, given: Any) -> tuple[pd.DataFrame, int]:
        """The rows as the model wants them, and how many were left out because a value is missing that must not be."""
        frame = given if isinstance(given, pd.DataFrame) else pd.DataFrame(given, columns=[c.name for c in self.columns])
        missing = [column.name for column in self.columns if column.name not in frame.columns]
        if missing:
            raise Failure(f"The data has no column {', '.join(map(repr, missing))}, which the model takes.")
        frame = frame[[column.name for column in self.columns]]
        needed = [column.name for column in self.columns if not column.dtype.startswith("float")]
        whole = frame.dropna(subset=needed).reset_index(drop=True) if needed else frame.reset_index(drop=True)
        try:
            types = {column.name: object if column.dtype == TEXT else column.dtype for column in self.columns}
            whole = whole.astype(types)
        except (TypeError, ValueError) as error:
            raise Failure(f"The data does not fit the model's signature: {error}") from error
        for column in self.columns:
            if column.dtype == TEXT:
                whole[column.name] = whole[column.name].map(str)
        return whole, len(frame) - len(whole)

    def feed(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """The inputs of the ONNX model: a column of shape [rows, 1] for each."""
        return {
            column.name: frame[[column.name]].to_numpy(object if column.dtype == TEXT else column.dtype)
            for column in self.columns
        }

    @property
    def all_numbers(self) -> bool:
        return all(column.dtype != TEXT for column in self.columns)


@dataclass(frozen=True)
class Array:
    name: str
    dtype: str
    shape: tuple[int, ...]

    def of(self, given: Any) -> tuple[np.ndarray, int]:
        array = given.to_numpy() if isinstance(given, pd.DataFrame) else np.asarray(given)
        try:
            array = array.astype(self.dtype)
        except (TypeError, ValueError) as error:
            raise Failure(f"The data does not fit the model's signature: {error}") from error
        fits = array.ndim == len(self.shape) and all(
            wanted in (-1, size) for wanted, size in zip(self.shape, array.shape, strict=True)
        )
        if not fits:
            raise Failure(f"The data has shape {list(array.shape)}; the model takes {list(self.shape)}.")
        return array, 0

    def feed(self, array: np.ndarray) -> dict[str, np.ndarray]:
        return {self.name: array}


Features = Table | Array


def features_of(model: Model) -> Features:
    signature = model.signature
    if signature is None or signature.inputs is None:
        raise Failure(
            "The model has no signature, so the types of its inputs are not known. "
            "Log it again with signature=infer_signature(inputs, outputs) or with an input_example."
        )
    schema = signature.inputs
    if schema.is_tensor_spec():
        if len(schema.inputs) != 1:
            raise Failure(f"The model takes {len(schema.inputs)} tensors; models with one can be converted.")
        spec = schema.inputs[0]
        return Array(spec.name or "input", np.dtype(spec.type).name, tuple(spec.shape))
    columns = []
    for place, spec in enumerate(schema.inputs):
        kind = getattr(spec.type, "name", str(spec.type))
        if kind not in NUMPY_OF_COLUMN:
            raise Failure(f"Column {spec.name!r} of the model is a {kind}; ONNX has no such type.")
        columns.append(Column(str(spec.name) if spec.name is not None else str(place), NUMPY_OF_COLUMN[kind]))
    return Table(columns)

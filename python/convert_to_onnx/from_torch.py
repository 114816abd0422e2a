"""PyTorch: traced by torch.onnx, with any number of rows."""

from typing import Any

import mlflow.pytorch
import numpy as np
import onnx
import torch

from .features import Features, Table
from .graph import name_outputs, signature_in_front
from .original import Attempt, Original, class_of


def load(folder: str, features: Features, opset: int) -> Original:
    model = mlflow.pytorch.load_model(folder, map_location="cpu").eval()
    # As MLflow does when it predicts with a table.
    dtype = "float32" if isinstance(features, Table) else features.dtype

    def answers(given: Any) -> dict[str, np.ndarray]:
        with torch.no_grad():
            said = model(torch.from_numpy(np.ascontiguousarray(np.asarray(given, dtype=dtype))))
        parts = list(said.values()) if isinstance(said, dict) else said if isinstance(said, (tuple, list)) else [said]
        return {name: part.numpy() for name, part in zip(names_of(len(parts)), parts, strict=True)}

    def convert(dynamo: bool) -> onnx.ModelProto:
        shape = [2, len(features.columns)] if isinstance(features, Table) else [2, *fixed(features.shape[1:])]
        example = torch.zeros(shape, dtype=getattr(torch, dtype))
        path = f"{'dynamo' if dynamo else 'trace'}.onnx"
        if dynamo:
            rows = {0: torch.export.Dim("rows")}
            torch.onnx.export(
                model, (example,), path, dynamo=True, opset_version=opset, dynamic_shapes=(rows,), external_data=False
            )
        else:
            torch.onnx.export(
                model,
                (example,),
                path,
                dynamo=False,
                opset_version=opset,
                input_names=["input"],
                output_names=["output"],
                dynamic_axes={"input": {0: "rows"}, "output": {0: "rows"}},
            )
        made = onnx.load(path)
        return name_outputs(signature_in_front(made, features), names_of(len(made.graph.output)))

    attempts = [
        Attempt("torch.export", lambda: convert(dynamo=True)),
        Attempt("trace", lambda: convert(dynamo=False)),
    ]
    return Original(class_of(model), answers, attempts)


def fixed(shape: tuple[int, ...]) -> list[int]:
    return [1 if size == -1 else size for size in shape]


def names_of(count: int) -> list[str]:
    return ["prediction"] if count == 1 else [f"prediction_{place}" for place in range(count)]

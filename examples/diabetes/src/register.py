"""Turn a better model into what is served: an ONNX model that gives the same answers.

Writes nothing, and succeeds, when the verdict is that the model is not better.
"""

import argparse
import json
from pathlib import Path

import mlflow
import numpy as np
import onnx
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.pipeline import Pipeline

from diabetes import FEATURES, features, read_rows
from onnx_model import OUTPUT, predict_onnx

OPSET = 18
LARGEST_DIFFERENCE = 1e-3


def convert(model: Pipeline) -> onnx.ModelProto:
    """One float32 input of shape [rows, 1] per column, so that the model itself says what it wants to be given."""
    return to_onnx(
        model,
        initial_types=[(name, FloatTensorType([None, 1])) for name in FEATURES],
        final_types=[(OUTPUT, FloatTensorType([None, 1]))],
        target_opset=OPSET,
    )


def signature() -> ModelSignature:
    column = (np.dtype(np.float32), (-1, 1))
    return ModelSignature(
        inputs=Schema([TensorSpec(*column, name=name) for name in FEATURES]),
        outputs=Schema([TensorSpec(*column, name=OUTPUT)]),
    )


def save(converted: onnx.ModelProto, example: pd.DataFrame, output: Path) -> None:
    mlflow.onnx.save_model(
        converted,
        output,
        signature=signature(),
        input_example={name: example[[name]].to_numpy(np.float32) for name in FEATURES},
        pip_requirements=["onnx", "onnxruntime", "pandas"],
        onnx_execution_providers=["CPUExecutionProvider"],
        save_as_external_data=False,
    )


def write_json(content: object, path: Path) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that prep.py wrote")
    parser.add_argument("--model", type=Path, required=True, help="folder that train.py wrote")
    parser.add_argument("--report", type=Path, required=True, help="folder that evaluate.py wrote")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model to register")
    args = parser.parse_args()

    verdict = json.loads((args.report / "verdict.json").read_text())
    if not verdict["better"]:
        print(f"nothing to register: {verdict['reason']}")
        return

    model = mlflow.sklearn.load_model(str(args.model))
    rows = features(read_rows(args.data / "test.csv"))
    save(convert(model), rows.head(3), args.output)
    difference = float(np.abs(predict_onnx(args.output, rows) - model.predict(rows)).max())
    if not difference < LARGEST_DIFFERENCE:
        raise SystemExit(
            f"the ONNX model differs from the original by {difference:g}, allowed is {LARGEST_DIFFERENCE:g}"
        )

    figures = {**verdict["challenger"], "onnx_max_difference": difference}
    conversion = {"max_difference": difference, "allowed": LARGEST_DIFFERENCE, "rows": len(rows), "opset": OPSET}
    write_json(conversion, args.output / "conversion.json")
    write_json(figures, args.output / "metrics.json")
    with mlflow.start_run():
        mlflow.log_metrics(figures)
    print(f"registering; largest difference from the original on {len(rows)} held-out rows: {difference:.2e}")


if __name__ == "__main__":
    main()

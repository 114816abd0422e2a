"""A registered model: a folder with `model.onnx`, which takes one input per column and gives `prediction`."""

from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd

OUTPUT = "prediction"


def predict_onnx(folder: Path, columns: pd.DataFrame) -> np.ndarray:
    """Predict with the model of a registered folder, as its endpoint does: float32 columns of shape [rows, 1]."""
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    feed = {tensor.name: columns[[tensor.name]].to_numpy(np.float32) for tensor in session.get_inputs()}
    [predictions] = session.run([OUTPUT], feed)
    return predictions.ravel()

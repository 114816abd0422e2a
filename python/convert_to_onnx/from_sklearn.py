"""scikit-learn, also with estimators of XGBoost and LightGBM in a pipeline."""

from typing import Any

import mlflow.sklearn
import numpy as np
import onnx
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.base import is_classifier

from .features import TEXT, Array, Features
from .graph import name_outputs, signature_in_front, trees_in_float64
from .guest_estimators import register_guests
from .original import LABEL, Attempt, Original, class_of

PRECISION = {"float64": DoubleTensorType, "float32": FloatTensorType}


def load(folder: str, features: Features, opset: int) -> Original:
    model = mlflow.sklearn.load_model(folder)
    register_guests()
    attempts = [
        Attempt(f"{layout}, {precision}", lambda layout=layout, precision=precision: convert(
            model, features, opset, layout, precision
        ))
        for layout in layouts_of(model, features)
        for precision in PRECISION
    ]
    return Original(class_of(model), lambda given: answers(model, given), attempts)


def layouts_of(model: Any, features: Features) -> list[str]:
    if isinstance(features, Array):
        return ["matrix"]
    if not features.all_numbers or selects_columns(model):
        whole = any(not column.dtype.startswith("float") and column.dtype != TEXT for column in features.columns)
        return ["columns", "columns with whole numbers"] if whole else ["columns"]
    return ["matrix"]


def selects_columns(model: Any) -> bool:
    """Does it, or an estimator in it, pick columns by name?"""
    parts = [part for _, part in getattr(model, "steps", None) or getattr(model, "transformer_list", None) or []]
    parts += [part for name in ("estimator", "best_estimator_", "regressor") if (part := getattr(model, name, None))]
    return hasattr(model, "transformers") or any(selects_columns(part) for part in parts)


def convert(model: Any, features: Features, opset: int, layout: str, precision: str) -> onnx.ModelProto:
    number = PRECISION[precision]
    if isinstance(features, Array):
        types = [("X", number([None, *features.shape[1:]]))]
    elif layout == "matrix":
        types = [("X", number([None, len(features.columns)]))]
    else:
        types = [(column.name, column_type(column.dtype, number, layout)) for column in features.columns]
    converted = convert_sklearn(
        model,
        initial_types=types,
        target_opset={"": opset, "ai.onnx.ml": 3},
        options={"zipmap": False} if gives_probabilities(model) else None,
    )
    if precision == "float64":
        converted = trees_in_float64(converted)
    return name_outputs(signature_in_front(converted, features), names_of(model))


def column_type(dtype: str, number: Any, layout: str) -> Any:
    if dtype == TEXT:
        return StringTensorType([None, 1])
    whole = layout == "columns with whole numbers" and not dtype.startswith("float")
    return Int64TensorType([None, 1]) if whole else number([None, 1])


def gives_probabilities(model: Any) -> bool:
    return is_classifier(model) and hasattr(model, "predict_proba")


def names_of(model: Any) -> list[str]:
    if not is_classifier(model):
        return ["prediction"]
    return [LABEL, "probabilities"] if gives_probabilities(model) else [LABEL]


def answers(model: Any, given: Any) -> dict[str, np.ndarray]:
    if not is_classifier(model):
        return {"prediction": np.asarray(model.predict(given))}
    said = {LABEL: np.asarray(model.predict(given))}
    if gives_probabilities(model):
        said["probabilities"] = np.asarray(model.predict_proba(given))
    return said

"""XGBoost and LightGBM: trees over a matrix of 32-bit floats."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnxmltools.convert.common.data_types import FloatTensorType
from onnxmltools.convert.common.onnx_ex import get_maximum_opset_supported

from .features import Features, Table
from .graph import name_outputs, only_output, signature_in_front
from .original import LABEL, Attempt, Original, class_of


def load_xgboost(folder: str, features: Features, opset: int) -> Original:
    import mlflow.xgboost
    import xgboost
    from onnxmltools import convert_xgboost

    model = mlflow.xgboost.load_model(folder)
    # The converter knows features by number only, so it is given a model without names.
    nameless = mlflow.xgboost.load_model(folder)
    booster = model if isinstance(model, xgboost.Booster) else model.get_booster()
    (nameless if model is booster else nameless.get_booster()).feature_names = None

    def convert() -> onnx.ModelProto:
        return convert_xgboost(nameless, "model", inputs_of(features), target_opset=known(opset))

    if model is not booster:
        return estimator(model, features, convert)
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    return scorer(model, lambda given: model.predict(xgboost.DMatrix(given)), features, convert, objective)


def load_lightgbm(folder: str, features: Features, opset: int) -> Original:
    import lightgbm
    import mlflow.lightgbm
    from onnxmltools import convert_lightgbm

    model = mlflow.lightgbm.load_model(folder)

    def convert() -> onnx.ModelProto:
        return convert_lightgbm(model, "model", inputs_of(features), target_opset=known(opset), zipmap=False)

    if not isinstance(model, lightgbm.Booster):
        return estimator(model, features, convert)
    objective = model.dump_model(num_iteration=1)["objective"].split()[0]
    return scorer(model, model.predict, features, convert, objective)


def known(opset: int) -> int:
    """These converters stop at an older opset than the others; a runtime takes older ones as well."""
    return min(opset, get_maximum_opset_supported())


def inputs_of(features: Features) -> list[tuple[str, Any]]:
    width = len(features.columns) if isinstance(features, Table) else features.shape[1]
    return [("X", FloatTensorType([None, width]))]


def estimator(model: Any, features: Features, convert: Callable[[], onnx.ModelProto]) -> Original:
    """A model with the methods of scikit-learn."""
    classifies = hasattr(model, "predict_proba")

    def answers(given: Any) -> dict[str, np.ndarray]:
        if not classifies:
            return {"prediction": np.asarray(model.predict(given))}
        return {LABEL: np.asarray(model.predict(given)), "probabilities": np.asarray(model.predict_proba(given))}

    names = [LABEL, "probabilities"] if classifies else ["prediction"]
    attempt = Attempt("float32", lambda: name_outputs(signature_in_front(convert(), features), names))
    return Original(class_of(model), answers, [attempt])


PROBABILITY_OF_ONE = {"binary:logistic", "binary", "cross_entropy"}
PROBABILITIES = {"multi:softprob", "multiclass", "multiclassova"}


def scorer(
    model: Any,
    predict: Callable[[Any], Any],
    features: Features,
    convert: Callable[[], onnx.ModelProto],
    objective: str,
) -> Original:
    """A bare booster: what it predicts depends on what it was trained for."""

    def converted() -> onnx.ModelProto:
        made = convert()
        if len(made.graph.output) > 1 and objective in PROBABILITY_OF_ONE:
            made = only_output(made, 1, column=1)
        elif len(made.graph.output) > 1 and objective in PROBABILITIES:
            made = only_output(made, 1)
        return name_outputs(signature_in_front(made, features), ["prediction"])

    attempt = Attempt("float32", converted)
    return Original(class_of(model), lambda given: {"prediction": np.asarray(predict(given))}, [attempt])

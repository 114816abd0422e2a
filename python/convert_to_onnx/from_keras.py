"""Keras 3 and tf.keras, logged with mlflow.tensorflow or mlflow.keras."""

from typing import Any

import numpy as np
import onnx

from .features import Features
from .graph import name_outputs, signature_in_front
from .original import Attempt, Original, class_of


def load(folder: str, features: Features, opset: int) -> Original:
    import mlflow.tensorflow
    import tensorflow as tf

    model = mlflow.tensorflow.load_model(folder)

    def parts_of(said: Any) -> list[Any]:
        return list(said.values()) if isinstance(said, dict) else list(said) if isinstance(said, (tuple, list)) else [said]

    def answers(given: Any) -> dict[str, np.ndarray]:
        parts = parts_of(model.predict(np.asarray(given, dtype="float32"), verbose=0))
        return {name: np.asarray(part) for name, part in zip(names_of(len(parts)), parts, strict=True)}

    def convert() -> onnx.ModelProto:
        import tf2onnx

        shape = [None, *model.inputs[0].shape[1:]]
        taken = tf.TensorSpec(shape, model.inputs[0].dtype, name="input")
        call = tf.function(lambda given: parts_of(model(given, training=False)), input_signature=[taken])
        made, _ = tf2onnx.convert.from_function(call, input_signature=[taken], opset=opset)
        return name_outputs(signature_in_front(made, features), names_of(len(made.graph.output)))

    return Original(class_of(model), answers, [Attempt("tf2onnx", convert)])


def names_of(count: int) -> list[str]:
    return ["prediction"] if count == 1 else [f"prediction_{place}" for place in range(count)]

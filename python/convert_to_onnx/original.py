"""What each flavour has to offer: the original's answers, and ways to convert it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

LABEL = "label"


@dataclass(frozen=True)
class Attempt:
    """One way to convert; `description` says in which precision it computes, or whatever sets it apart."""

    description: str
    convert: Callable[[], onnx.ModelProto]


@dataclass(frozen=True)
class Original:
    """The loaded model. `predict` gives, for each output of the converted model in order, what it should be."""

    model_class: str
    predict: Callable[[Any], dict[str, np.ndarray]]
    attempts: list[Attempt]


def class_of(model: object) -> str:
    return f"{type(model).__module__}.{type(model).__qualname__}"

"""The conversion: load, convert in each way until one agrees with the original, write the best and a report."""

import importlib
import json
import math
import warnings
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from mlflow.models import Model

from .compare import compare
from .failure import Failure
from .features import Features, features_of
from .original import Attempt, Original
from .samples import Sample, samples_of

# The order decides for a model with several flavours.
LOADERS = {
    "sklearn": ("from_sklearn", "load"),
    "xgboost": ("from_trees", "load_xgboost"),
    "lightgbm": ("from_trees", "load_lightgbm"),
    "tensorflow": ("from_keras", "load"),
    "keras": ("from_keras", "load"),
    "pytorch": ("from_torch", "load"),
}
REPORTED_PACKAGES = [
    *("mlflow", "onnx", "onnxruntime", "skl2onnx", "onnxmltools", "tf2onnx", "torch", "tensorflow", "keras"),
    *("scikit-learn", "xgboost", "lightgbm", "numpy"),
]
# A protobuf message ends at 2 GiB; beyond this, weights go to a file of their own.
LARGEST_FILE = 1_500_000_000


@dataclass(frozen=True)
class Wanted:
    model: str
    data: str | None
    opset: int
    tolerance: float
    agreement: float
    output: Path
    report: Path


def run(wanted: Wanted) -> None:
    """Writes the report in any case: that a model cannot be converted is an answer too."""
    try:
        report = converted(wanted)
    except Failure as failure:
        report = {"schema": 1, "passed": False, "message": str(failure)[:20_000], "conversion": None}
    wanted.report.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n")
    print(report["message"], flush=True)


def converted(wanted: Wanted) -> dict[str, Any]:
    described = Model.load(wanted.model)
    flavor = next((name for name in LOADERS if name in described.flavors), None)
    if flavor is None:
        if "onnx" in described.flavors:
            raise Failure("The model is ONNX already; there is nothing to convert.")
        raise Failure(f"Models of the flavours {', '.join(described.flavors)} cannot be converted to ONNX.")
    features = features_of(described)
    samples = samples_of(described, wanted.model, wanted.data, features)
    module, function = LOADERS[flavor]
    load = getattr(importlib.import_module(f".{module}", __package__), function)
    original: Original = load(wanted.model, features, wanted.opset)
    print(f"The model is a {original.model_class}.", flush=True)
    best = best_of(original, features, samples, wanted)
    write_model(best.model, wanted.output)
    return report_of(flavor, original, best, wanted)


@dataclass(frozen=True)
class Outcome:
    attempt: Attempt
    model: onnx.ModelProto
    samples: list[dict[str, Any]]
    signature: dict[str, list[dict[str, Any]]]

    @property
    def agreement(self) -> float:
        return min(sample["agreeing"] for sample in self.samples)


def best_of(original: Original, features: Features, samples: list[Sample], wanted: Wanted) -> Outcome:
    expected = [original.predict(sample.rows) for sample in samples]
    best: Outcome | None = None
    failures = []
    for attempt in original.attempts:
        try:
            outcome = attempted(attempt, features, samples, expected, wanted)
        except Exception as error:  # Converters raise whatever they like.
            said = f"{attempt.description}: {type(error).__name__}: {' '.join(str(error).split())[:500]}"
            failures.append(said)
            print(f"Not converted with {said}", flush=True)
            continue
        print(f"Converted with {attempt.description}: {outcome.agreement:.4%} of the rows agree.", flush=True)
        if best is None or outcome.agreement > best.agreement:
            best = outcome
        if best.agreement >= wanted.agreement:
            return best
    if best is None:
        raise Failure("The model cannot be converted:\n" + "\n".join(failures))
    return best


def attempted(
    attempt: Attempt,
    features: Features,
    samples: list[Sample],
    expected: list[dict[str, np.ndarray]],
    wanted: Wanted,
) -> Outcome:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = attempt.convert()
    # Runtimes of that opset know this version of the format; newer onnx packages would write a newer one.
    model.ir_version = min(model.ir_version, 10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    compared = []
    for sample, answers in zip(samples, expected, strict=True):
        given = session.run(None, features.feed(sample.rows))
        outputs, agreeing = compare(answers, given, wanted.tolerance)
        compared.append(
            {
                **{"name": sample.name, "rows": len(sample.rows), "leftOut": sample.left_out},
                **{"outputs": outputs, "agreeing": agreeing},
            }
        )
    signature = {"inputs": tensors(session.get_inputs()), "outputs": tensors(session.get_outputs())}
    return Outcome(attempt, model, compared, signature)


def tensors(values: list[Any]) -> list[dict[str, Any]]:
    def sizes(shape: list[Any]) -> list[int]:
        return [size if isinstance(size, int) else -1 for size in shape]

    return [{"name": value.name, "type": value.type, "shape": sizes(value.shape)} for value in values]


def report_of(flavor: str, original: Original, best: Outcome, wanted: Wanted) -> dict[str, Any]:
    passed = best.agreement >= wanted.agreement
    rows = sum(sample["rows"] for sample in best.samples)
    # Rounded down: 100 % is said only when every row agrees.
    share = f"{math.floor(best.agreement * 1e6) / 1e4:g} %"
    compared = f"on {rows} rows, {share} agree within {wanted.tolerance:g}"
    return {
        "schema": 1,
        "passed": passed,
        "message": f"The ONNX model answers as the original does: {compared}."
        if passed
        else f"The ONNX model answers differently: {compared}; {wanted.agreement * 100:g} % must.",
        "conversion": {
            "flavor": flavor,
            "modelClass": original.model_class,
            "method": best.attempt.description,
            "opset": next(entry.version for entry in best.model.opset_import if entry.domain in ("", "ai.onnx")),
            "tolerance": wanted.tolerance,
            "agreement": wanted.agreement,
            **best.signature,
            "samples": best.samples,
            "packages": {name: found for name in REPORTED_PACKAGES if (found := version_of(name)) is not None},
        },
    }


def write_model(model: onnx.ModelProto, folder: Path) -> None:
    onnx.save_model(
        model,
        str(folder / "model.onnx"),
        save_as_external_data=model.ByteSize() > LARGEST_FILE,
        location="model.onnx.data",
    )


def version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None

"""How far the answers of two models are apart."""

from typing import Any

import numpy as np

from .original import LABEL


def compare(expected: dict[str, np.ndarray], given: list[np.ndarray], tolerance: float) -> tuple[list[dict[str, Any]], float]:
    """Per output what was measured, and the share of rows that agree in all of them.

    Labels agree when they are equal. Numbers agree when they differ by at most `tolerance`, relative to the larger of
    1 and the original's number, so that neither large nor tiny numbers decide.
    """
    outputs, agreeing = [], None
    for (name, wanted), found in zip(expected.items(), given, strict=True):
        measured, agree = compare_labels(wanted, found) if name == LABEL else compare_numbers(wanted, found, tolerance)
        outputs.append({"name": name, **measured})
        agreeing = agree if agreeing is None else agreeing & agree
    return outputs, float(np.mean(agreeing)) if agreeing is not None and len(agreeing) > 0 else 0.0


def compare_labels(wanted: np.ndarray, found: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    rows = len(wanted)
    one, other = np.asarray(wanted).reshape(rows, -1), np.asarray(found).reshape(rows, -1)
    if one.shape != other.shape:
        return different_shapes("labels", wanted, found), np.zeros(rows, dtype=bool)
    numbers = all(np.issubdtype(array.dtype, np.number) or array.dtype == bool for array in (one, other))
    equal = one.astype(float) == other.astype(float) if numbers else one.astype(str) == other.astype(str)
    agree = equal.all(axis=1)
    return {"kind": "labels", "equal": float(np.mean(agree))}, agree


def compare_numbers(wanted: np.ndarray, found: np.ndarray, tolerance: float) -> tuple[dict[str, Any], np.ndarray]:
    rows = len(wanted)
    one = np.asarray(wanted, dtype=np.float64).reshape(rows, -1)
    other = np.asarray(found, dtype=np.float64).reshape(len(found), -1)
    if one.shape != other.shape:
        return different_shapes("numbers", wanted, found), np.zeros(rows, dtype=bool)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore", divide="ignore"):
        absolute = np.where(same, 0.0, np.abs(one - other))
        relative = np.where(same, 0.0, absolute / np.abs(one))
        within = absolute <= tolerance * np.maximum(1.0, np.abs(one))
    agree = (same | within).all(axis=1)
    measured = {
        "kind": "numbers",
        "maxAbsolute": largest(absolute),
        "maxRelative": largest(relative),
        "within": float(np.mean(agree)),
    }
    return measured, agree


def largest(values: np.ndarray) -> float | None:
    """None stands for a difference that is no number: infinite, or a number against none."""
    top = float(np.max(values)) if values.size > 0 else 0.0
    return top if np.isfinite(top) else None


def different_shapes(kind: str, wanted: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    shapes = f"{list(np.shape(found))} instead of {list(np.shape(wanted))}"
    return {"kind": kind, "shapes": shapes}

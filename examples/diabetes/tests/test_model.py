import json
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, mean_absolute_percentage_error, r2_score, root_mean_squared_error
from sklearn.pipeline import Pipeline

import register
from diabetes import FEATURES, TARGET, features
from evaluate import judge
from metrics import regression_metrics
from onnx_model import predict_onnx
from prep import split
from register import convert, save
from shift_data import shift
from train import build, coefficients, cross_validated_rmse


def fitted(rows: pd.DataFrame) -> Pipeline:
    return build(alpha=0.1).fit(features(rows), rows[TARGET])


def rmse(model: Pipeline, rows: pd.DataFrame) -> float:
    return regression_metrics(rows[TARGET], model.predict(features(rows)))["rmse"]


def test_metrics_are_those_of_scikit_learn() -> None:
    actual, predicted = [100.0, 150.0, 300.0], [110.0, 140.0, 330.0]
    assert regression_metrics(actual, predicted) == pytest.approx(
        {
            "rmse": root_mean_squared_error(actual, predicted),
            "mae": mean_absolute_error(actual, predicted),
            "r2": r2_score(actual, predicted),
            "mape": mean_absolute_percentage_error(actual, predicted),
        }
    )


def test_relative_error_leaves_out_targets_of_zero() -> None:
    assert regression_metrics([0.0, 100.0], [5.0, 110.0])["mape"] == pytest.approx(0.1)


def test_the_model_learns(rows: pd.DataFrame) -> None:
    train, test = split(rows, 0.2, seed=17)
    model = fitted(train)
    assert rmse(model, test) < 60 < test[TARGET].std()
    assert cross_validated_rmse(build(alpha=0.1), train) == pytest.approx(55, abs=3)
    assert list(coefficients(model)) == FEATURES
    assert coefficients(model)["bmi"] > 0


def test_alpha_shrinks_the_coefficients(rows: pd.DataFrame) -> None:
    weak, strong = (build(alpha).fit(features(rows), rows[TARGET]) for alpha in (0.1, 1000.0))
    assert abs(coefficients(strong)["bmi"]) < abs(coefficients(weak)["bmi"])


def test_in_a_changed_world_a_new_model_beats_the_old_one(rows: pd.DataFrame) -> None:
    train, test = split(shift(rows, seed=7), 0.2, seed=17)
    assert rmse(fitted(train), test) < 0.85 * rmse(fitted(rows), test)


def test_the_first_model_is_better_than_none() -> None:
    verdict = judge({"rmse": 57.0}, None, rows=88, minimum_gain=0.01)
    assert verdict["better"] and verdict["champion"] is None
    assert verdict["reason"] == "there is no champion yet"


@pytest.mark.parametrize(
    ("challenger", "better", "word"),
    [
        (50.0, True, "16.7% better"),
        (59.5, False, "0.8% better"),
        (60.0, False, "0.0% better"),
        (66.0, False, "10.0% worse"),
    ],
)
def test_a_challenger_must_win_by_the_minimum_gain(challenger: float, better: bool, word: str) -> None:
    verdict = judge({"rmse": challenger}, {"rmse": 60.0}, rows=88, minimum_gain=0.01)
    assert verdict["better"] is better
    assert word in verdict["reason"]


@pytest.mark.parametrize("batch", ["real", "shifted"])
def test_onnx_gives_the_answers_of_the_original(rows: pd.DataFrame, tmp_path: Path, batch: str) -> None:
    columns = features(rows if batch == "real" else shift(rows, seed=7))
    model, folder = fitted(rows), tmp_path / "model"
    save(convert(model), columns.head(3), folder)
    assert np.abs(predict_onnx(folder, columns) - model.predict(columns)).max() < 1e-4


def test_the_registered_model_names_its_columns_and_loads_in_mlflow(rows: pd.DataFrame, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    converted = convert(fitted(rows))
    assert [tensor.name for tensor in converted.graph.input] == FEATURES
    assert [tensor.name for tensor in converted.graph.output] == ["prediction"]
    save(converted, features(rows).head(3), folder)
    loaded = mlflow.pyfunc.load_model(str(folder))
    assert np.ravel(loaded.predict(features(rows))["prediction"]) == pytest.approx(predict_onnx(folder, features(rows)))


def test_nothing_is_registered_when_the_model_is_not_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = judge({"rmse": 60.0}, {"rmse": 60.0}, rows=88, minimum_gain=0.01)
    (tmp_path / "verdict.json").write_text(json.dumps(verdict))
    arguments = {"--data": "none", "--model": "none", "--report": str(tmp_path), "--output": str(tmp_path / "out")}
    monkeypatch.setattr(sys, "argv", ["register.py", *(word for pair in arguments.items() for word in pair)])
    register.main()
    assert not (tmp_path / "out").exists()
    assert "nothing to register" in capsys.readouterr().out

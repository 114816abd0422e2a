import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pandas.api.types import is_integer_dtype, is_numeric_dtype

import fetch_data
from diabetes import COLUMNS, FEATURES, TARGET, features, read_rows, write_rows
from prep import split, summarise
from shift_data import shift

EXPECTATIONS = yaml.safe_load((Path(__file__).parent.parent / "data" / "expectations.yml").read_text())
UNMOVED = [name for name in FEATURES if name not in ("bmi", "bp")]


def test_the_real_data_is_complete(rows: pd.DataFrame) -> None:
    assert rows.shape == (442, 11)
    assert list(rows.columns) == COLUMNS
    assert not rows.isna().any(axis=None)
    assert rows["age"].between(19, 79).all()


@pytest.mark.parametrize("batch", ["real", "shifted"])
def test_both_batches_meet_the_expectations(rows: pd.DataFrame, batch: str) -> None:
    data = rows if batch == "real" else shift(rows, seed=7)
    assert [column["name"] for column in EXPECTATIONS["columns"]] == COLUMNS
    assert len(data) >= EXPECTATIONS["minRows"]
    for column in EXPECTATIONS["columns"]:
        values = data[column["name"]]
        assert values.between(column["min"], column["max"]).all(), column["name"]
        assert (is_integer_dtype if column["type"] == "integer" else is_numeric_dtype)(values), column["name"]


@pytest.mark.parametrize("target", ["rows.csv", "new/rows.csv", "."])
def test_fetch_writes_to_a_file_or_into_a_folder(
    rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["fetch_data.py", "--output", str(tmp_path / target)])
    fetch_data.main()
    [file] = tmp_path.rglob("*.csv")
    assert file.name == ("diabetes.csv" if target == "." else "rows.csv")
    pd.testing.assert_frame_equal(read_rows(file), rows)


def test_reading_names_the_column_that_is_missing(rows: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    rows.drop(columns="bmi").to_csv(file, index=False)
    with pytest.raises(ValueError, match="no column bmi"):
        read_rows(file)


def test_reading_a_folder_needs_exactly_one_file(rows: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds 0"):
        read_rows(tmp_path)
    write_rows(rows, tmp_path)
    assert len(read_rows(tmp_path)) == 442


def test_features_are_floats_without_the_target(rows: pd.DataFrame) -> None:
    assert list(features(rows).columns) == FEATURES
    assert set(features(rows).dtypes.astype(str)) == {"float64"}


def test_split_is_complete_disjoint_and_repeatable(rows: pd.DataFrame) -> None:
    train, test = split(rows, 0.2, seed=17)
    assert (len(train), len(test)) == (354, 88)
    assert sorted([*train.index, *test.index]) == list(range(442))
    again, _ = split(rows, 0.2, seed=17)
    assert list(again.index) == list(train.index)
    other, _ = split(rows, 0.2, seed=18)
    assert list(other.index) != list(train.index)
    assert summarise(train, test)["test_rows"] == 88


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_split_refuses_a_share_that_leaves_nothing(rows: pd.DataFrame, share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        split(rows, share, seed=17)


def test_shift_moves_weight_and_blood_pressure_and_nothing_else(rows: pd.DataFrame) -> None:
    moved = shift(rows, seed=7)
    for name in ("bmi", "bp"):
        assert moved[name].mean() - rows[name].mean() > rows[name].std(), name
    for name in UNMOVED:
        assert sorted(moved[name]) == sorted(rows[name]), name
    assert abs(moved[TARGET].mean() - rows[TARGET].mean()) < 10


def test_shift_is_repeatable(rows: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(shift(rows, seed=7), shift(rows, seed=7))
    assert not shift(rows, seed=7).equals(shift(rows, seed=8))

from pathlib import Path

import pytest

from houses import TARGET, features, read_rows
from prepare import split
from train import build

DATA = Path(__file__).parent.parent / "data" / "houses.csv"


def test_no_row_is_in_both_parts() -> None:
    rows = read_rows(DATA)
    train, test = split(rows, 0.2, seed=17)
    assert sorted([*train.index, *test.index]) == list(rows.index)
    with pytest.raises(ValueError, match="between 0 and 1"):
        split(rows, 1.0, seed=17)


def test_the_model_learns_something() -> None:
    train, test = split(read_rows(DATA), 0.2, seed=17)
    model = build(alpha=1.0).fit(features(train), train[TARGET])
    assert model.score(features(test), test[TARGET]) > 0.8


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    file = tmp_path / "houses.csv"
    read_rows(DATA).drop(columns="age").to_csv(file, index=False)
    with pytest.raises(ValueError, match="no column age"):
        read_rows(file)

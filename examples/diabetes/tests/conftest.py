import pandas as pd
import pytest

from fetch_data import load


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """The real data."""
    return load()

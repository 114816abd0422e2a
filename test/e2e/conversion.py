"""Logs and registers one model per library, and prints requests with the answers that the originals give."""

import json
import warnings

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
random = np.random.default_rng(7)
rows = pd.DataFrame(
    {
        "age": random.integers(18, 80, 200),
        "income (EUR)": random.normal(3000, 800, 200),
        "city": random.choice(["Rome", "Oslo", "Bonn"], 200),
    }
)
numbers = rows[["income (EUR)"]].assign(balance=random.normal(0, 1, 200))
churn = np.where(rows["age"] * 50 + rows["income (EUR)"] > 5400, "stays", "goes")
amount = numbers["income (EUR)"] * 0.1 + numbers["balance"] * 40


def log(flavor, name, model, data):
    with mlflow.start_run():
        flavor.log_model(model, name="model", registered_model_name=name, input_example=data.head(5))
    asked = data.tail(20)
    answers = {"prediction": model.predict(asked).tolist()}
    if hasattr(model, "predict_proba"):
        answers = {"label": answers["prediction"], "probabilities": model.predict_proba(asked).tolist()}
    split = {"columns": list(asked.columns), "data": asked.to_numpy(object).tolist()}
    return {"name": name, "request": {"dataframe_split": split}, "answers": answers}


columns = ColumnTransformer(
    [("numbers", StandardScaler(), ["age", "income (EUR)"]), ("city", OneHotEncoder(), ["city"])]
)
told = [
    log(
        mlflow.sklearn,
        "churn-sklearn",
        Pipeline([("columns", columns), ("model", LogisticRegression())]).fit(rows, churn),
        rows,
    ),
    log(
        mlflow.xgboost,
        "churn-xgboost",
        xgboost.XGBClassifier(n_estimators=20).fit(numbers, (churn == "stays").astype(int)),
        numbers,
    ),
    log(
        mlflow.lightgbm,
        "amount-lightgbm",
        lightgbm.LGBMRegressor(n_estimators=20, verbose=-1).fit(numbers, amount),
        numbers,
    ),
]
print(json.dumps(told))

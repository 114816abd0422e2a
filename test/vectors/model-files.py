"""Writes model-files.json, what real libraries write for small models, as base64.

Run in a folder of its own with mlflow 3.11.1 (which brings scikit-learn, pandas and skops), xgboost and lightgbm.
"""

import base64
import json
import os
import pickle
import shutil

import joblib
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

here = os.path.dirname(os.path.abspath(__file__))
work = os.path.join(here, "model-files.tmp")
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
os.chdir(work)

features = pd.DataFrame(np.random.RandomState(0).rand(20, 3), columns=["age", "bmi", "bp"])
target = features.age * 2
linear = make_pipeline(StandardScaler(), LinearRegression()).fit(features, target)
forest = RandomForestClassifier(2, max_depth=2, random_state=0).fit(features, target > 1)
signature = mlflow.models.infer_signature(features, target)


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


with open("echo.py", "w") as code:
    code.write(
        "import mlflow\n\n\nclass Echo(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input, params=None):\n        return model_input\n\n\n"
        "mlflow.models.set_model(Echo())\n"
    )

mlflow.sklearn.save_model(linear, "sklearn", signature=signature, input_example=features[:2])
mlflow.sklearn.save_model(linear, "skops", serialization_format="skops")
mlflow.xgboost.save_model(xgboost.XGBRegressor(n_estimators=1, max_depth=1).fit(features, target), "xgboost")
booster = lightgbm.train({"verbose": -1}, lightgbm.Dataset(features, target), 1)
mlflow.lightgbm.save_model(booster, "lightgbm")
mlflow.pyfunc.save_model("pyfunc", python_model=Echo())
mlflow.pyfunc.save_model("from-code", python_model="echo.py")

os.makedirs("pickles")
for protocol in range(6):
    with open(f"pickles/protocol{protocol}.pkl", "wb") as file:
        pickle.dump(linear, file, protocol=protocol)
with open("pickles/lightgbm.pkl", "wb") as file:
    pickle.dump(lightgbm.LGBMRegressor(n_estimators=1, verbose=-1).fit(features, target), file)
with open("pickles/neighbours.pkl", "wb") as file:
    pickle.dump(KNeighborsRegressor(algorithm="kd_tree").fit(features, target), file)
features.to_pickle("pickles/frame.pkl")
joblib.dump(forest, "pickles/forest.joblib")
joblib.dump(forest, "pickles/packed.joblib", compress=3)
joblib.dump({"o": np.array(["x", None], dtype=object), "s": np.array(["ab"])}, "pickles/objects.joblib")

os.makedirs("arrays")
np.save("arrays/plain.npy", np.arange(6.0).reshape(2, 3))
np.save("arrays/objects.npy", np.array([1, "x", None], dtype=object), allow_pickle=True)
np.savez_compressed("arrays/packed.npz", a=np.zeros(100), o=np.array([None], dtype=object))

models = {}
for folder, _, names in os.walk("."):
    for name in names:
        path = os.path.relpath(os.path.join(folder, name), ".")
        if "/" not in path or name in ("conda.yaml", "python_env.yaml", "requirements.txt"):
            continue
        model, inside = path.split("/", 1)
        with open(path, "rb") as file:
            content = file.read()
        if name == "MLmodel":
            content = content.replace(work.encode(), b"/home/someone")
        models.setdefault(model, {})[inside] = base64.b64encode(content).decode()
with open(os.path.join(here, "model-files.json"), "w") as file:
    json.dump(models, file, indent=1, sort_keys=True)
    file.write("\n")
os.chdir(here)
shutil.rmtree(work)

"""Looks at what was imported, with the unmodified client and by the addresses that things had at their source."""

import json
import math
import sys
from pathlib import Path

import mlflow
import mlflow.sklearn
import numpy as np
from mlflow import MlflowClient
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

client = MlflowClient()
rows, target = load_diabetes(return_X_y=True, as_frame=True)
expected = LinearRegression().fit(rows, target).predict(rows)
ids = json.loads(Path(sys.argv[1]).read_text())

for uri in (
    f"models:/{ids['model']}",
    f"runs:/{ids['parent']}/model",
    "models:/diabetes/1",
    "models:/diabetes/3",
    "models:/diabetes@champion",
    "models:/diabetes/Staging",
):
    assert np.allclose(mlflow.sklearn.load_model(uri).predict(rows), expected), uri

run = client.get_run(ids["parent"])
assert run.info.run_name == "parent" and run.data.params == {"alpha": "0.1", "empty": ""}, run
assert math.isnan(run.data.metrics["odd"]) and run.data.metrics["top"] > 1e308 and run.data.metrics["acc"] == 0.5
history = client.get_metric_history(ids["parent"], "loss")
assert [(m.step, m.value, m.timestamp) for m in history] == [
    (step, 1 / (step + 1), 1_700_000_000_000 + step) for step in range(5000)
]
dataset = run.inputs.dataset_inputs[0]
assert dataset.dataset.name == "rows" and {tag.key: tag.value for tag in dataset.tags}["k"] == "v"
assert run.outputs.model_outputs[0].model_id == ids["model"]
assert client.get_run(ids["child"]).inputs.model_inputs[0].model_id == ids["model"]
assert client.get_run(ids["child"]).data.tags["mlflow.parentRunId"] == ids["parent"]
assert client.get_run(ids["gone"]).info.lifecycle_stage == "deleted"
assert mlflow.artifacts.load_text(f"runs:/{ids['parent']}/notes/hello wörld.txt") == "hello"
large = Path(mlflow.artifacts.download_artifacts(f"runs:/{ids['parent']}/files/large.bin"))
assert large.read_bytes() == bytes(range(256)) * 40_000
assert mlflow.get_experiment_by_name("diabetes").tags["owner"] == "ada"
logged = mlflow.get_logged_model(ids["model"])
assert logged.params["p"] == "1" and logged.tags["t"] == "1", (logged.params, logged.tags)
assert [m.value for m in logged.metrics if m.key == "acc"] == [0.5]
assert sorted(v.version for v in client.search_model_versions("name = 'diabetes'")) == ["1", "3"]
version = client.get_model_version("diabetes", "1")
assert version.description == "first" and version.tags["checked"] == "yes" and version.run_id == ids["parent"]
assert client.get_registered_model("diabetes").tags["team"] == "blue"
assert len(client.search_runs(["0"], max_results=1000)) == 60
print("all there")

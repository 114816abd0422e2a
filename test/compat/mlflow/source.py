"""Fills an MLflow server with one of everything that is imported, and prints what a test has to know of it."""

import json
import sys
import tempfile
from pathlib import Path

import mlflow
import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.entities import LoggedModelInput, Metric
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

client = MlflowClient()
rows, target = load_diabetes(return_X_y=True, as_frame=True)
quick = {"pip_requirements": ["scikit-learn"]}
model = LinearRegression().fit(rows, target)

mlflow.set_experiment("diabetes")
mlflow.set_experiment_tag("owner", "ada")
with mlflow.start_run(run_name="parent") as parent:
    mlflow.log_params({"alpha": 0.1, "empty": ""})
    mlflow.log_input(mlflow.data.from_pandas(rows, name="rows"), context="training", tags={"k": "v"})
    mlflow.log_text("hello", "notes/hello wörld.txt")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "large.bin").write_bytes(bytes(range(256)) * 40_000)
        mlflow.log_artifacts(folder, "files")
    info = mlflow.sklearn.log_model(
        model, name="model", registered_model_name="diabetes", params={"p": 1}, tags={"t": "1"}, **quick
    )
    mlflow.log_metric("acc", 0.5, model_id=info.model_id)
    mlflow.log_metrics({"odd": float("nan"), "top": float("inf")})
    for start in range(0, 5000, 1000):
        points = [Metric("loss", 1 / (step + 1), 1_700_000_000_000 + step, step) for step in range(start, start + 1000)]
        client.log_batch(parent.info.run_id, metrics=points)
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_metric("m", 1)
client.log_inputs(child.info.run_id, models=[LoggedModelInput(model_id=info.model_id)])
gone = client.create_run("0", run_name="gone").info.run_id
client.delete_run(gone)
for number in range(60):
    run = client.create_run("0", run_name=f"run {number}")
    client.log_batch(run.info.run_id, metrics=[Metric("m", step, 1, step) for step in range(100)])
    client.log_text(run.info.run_id, str(number) * 1000, "number.txt")
    client.set_terminated(run.info.run_id)

client.set_registered_model_tag("diabetes", "team", "blue")
client.set_model_version_tag("diabetes", "1", "checked", "yes")
client.update_model_version("diabetes", "1", "first")
client.create_model_version("diabetes", f"runs:/{parent.info.run_id}/model", parent.info.run_id)
client.delete_model_version("diabetes", "2")
client.create_model_version("diabetes", f"runs:/{parent.info.run_id}/model", parent.info.run_id)
client.set_registered_model_alias("diabetes", "champion", "3")
client.transition_model_version_stage("diabetes", "3", "Staging")

facts = {"parent": parent.info.run_id, "child": child.info.run_id, "gone": gone, "model": info.model_id}
Path(sys.argv[1]).write_text(json.dumps(facts))

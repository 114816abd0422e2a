"""Drives the unmodified mlflow client against the server at MLFLOW_TRACKING_URI, and fails at the first surprise."""

import math
import os
import tempfile
import time
from pathlib import Path

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException, RestException
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge

client = MlflowClient()
rows, target = load_diabetes(return_X_y=True, as_frame=True)
checks = 0


def check(fact, what):
    global checks
    assert fact, what
    checks += 1


def refused(call, code, text=""):
    try:
        call()
    except MlflowException as error:
        check(error.error_code == code, f"{error.error_code} instead of {code}: {error}")
        check(text in str(error), f"{text!r} is not in {error}")
        return
    raise AssertionError(f"not refused with {code}")


def tracking():
    mlflow.set_experiment("diabetes")
    with mlflow.start_run(run_name="everything", tags={"team": "blue"}) as run:
        mlflow.log_param("alpha", 0.1)
        mlflow.log_params({"depth": 3, "empty": ""})
        for step in range(5):
            mlflow.log_metric("rmse", 60.0 - step, step=step)
        mlflow.log_metrics({"loss": float("nan"), "top": float("inf")})
        mlflow.set_tag("stage", "dev")
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": [1, 2]}, "notes/a.json")
        mlflow.log_table({"x": [1, 2]}, "tables/x.json")
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "big.bin").write_bytes(os.urandom(3_000_000))
            Path(folder, "empty.txt").write_bytes(b"")
            mlflow.log_artifacts(folder, "files")
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots()
        axes.plot([1, 2, 3])
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), "plots/black.png")
        mlflow.log_input(mlflow.data.from_pandas(rows, name="diabetes"), context="training")
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("rmse", 1)
    found = client.get_run(run.info.run_id)
    check(found.info.status == "FINISHED", "status")
    check(found.data.params == {"alpha": "0.1", "depth": "3", "empty": ""}, found.data.params)
    check(found.data.metrics["rmse"] == 56.0, "latest metric")
    check(math.isnan(found.data.metrics["loss"]), "NaN")
    check(found.data.metrics["top"] > 1e308, "infinity")
    check(found.data.tags["mlflow.runName"] == "everything", "name tag")
    check([m.step for m in client.get_metric_history(run.info.run_id, "rmse")] == [0, 1, 2, 3, 4], "history")
    check(found.inputs.dataset_inputs[0].dataset.name == "diabetes", "data set")
    check({a.path for a in client.list_artifacts(run.info.run_id)} >= {"files", "notes", "plots"}, "artifacts")
    check({a.path for a in client.list_artifacts(run.info.run_id, "files")} == {"files/big.bin", "files/empty.txt"}, "list")
    with tempfile.TemporaryDirectory() as folder:
        path = client.download_artifacts(run.info.run_id, "files", folder)
        check(Path(path, "big.bin").stat().st_size == 3_000_000, "download")
    check(mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello", "load_text")
    check(child.data.tags["mlflow.parentRunId"] == run.info.run_id, "nested")
    refused(lambda: client.log_param(run.info.run_id, "alpha", "2"), "INVALID_PARAMETER_VALUE", "Changing param values")
    refused(lambda: client.get_run("0" * 32), "RESOURCE_DOES_NOT_EXIST")
    refused(lambda: client.create_experiment("diabetes"), "RESOURCE_ALREADY_EXISTS")
    client.delete_run(child.info.run_id)
    check(client.get_run(child.info.run_id).info.lifecycle_stage == "deleted", "deleted")
    refused(lambda: client.set_tag(child.info.run_id, "a", "b"), "INVALID_PARAMETER_VALUE", "active")
    client.restore_run(child.info.run_id)
    return run.info.run_id


def searching(run_id):
    def names(filter_string, **options):
        return list(mlflow.search_runs(filter_string=filter_string, output_format="list", **options))

    check(len(names("metrics.rmse < 57 and params.alpha = '0.1'")) == 1, "metric and param")
    check(len(names("tags.team LIKE 'bl%'")) == 1 and len(names("tags.team LIKE 'BL%'")) == 0, "LIKE")
    check(len(names("tags.team ILIKE 'BL%'")) == 1, "ILIKE")
    check(len(names("attributes.run_name = 'child'")) == 1, "name")
    check(len(names(f"tags.mlflow.parentRunId = '{run_id}'")) == 1, "dotted key")
    check(len(names(f"run_id IN ('{run_id}')")) == 1, "IN")
    check(len(names("params.nothing IS NULL")) == 2, "IS NULL")
    check(len(names("dataset.name = 'diabetes'")) == 1, "data set")
    check([r.info.run_name for r in names("", order_by=["metrics.rmse DESC"])] == ["everything", "child"], "order")
    check([r.info.run_name for r in names("", order_by=["params.alpha ASC"])] == ["everything", "child"], "nulls last")
    page = client.search_runs(["1"], max_results=1)
    check(len(page) == 1 and len(client.search_runs(["1"], max_results=1, page_token=page.token)) == 1, "pages")
    refused(lambda: names("metrics.rmse < 1 OR metrics.rmse > 2"), "INVALID_PARAMETER_VALUE", "OR")
    refused(lambda: names("metrics.rmse < 'x'"), "INVALID_PARAMETER_VALUE")
    check({e.name for e in client.search_experiments()} == {"Default", "diabetes"}, "experiments")
    check(len(client.search_experiments(filter_string="name LIKE 'dia%'")) == 1, "experiment filter")


def models():
    mlflow.set_experiment("models")
    model = LinearRegression().fit(rows, target)
    expected = model.predict(rows)

    def same(uri):
        found = mlflow.sklearn.load_model(uri)
        check(np.allclose(found.predict(rows), expected), uri)

    with mlflow.start_run() as run:
        mlflow.log_metric("r2", 0.5)
        info = mlflow.sklearn.log_model(model, name="model", input_example=rows.head(2))
    same(f"models:/{info.model_id}")
    same(f"runs:/{run.info.run_id}/model")
    version = mlflow.register_model(info.model_uri, "diabetes", tags={"kind": "linear"})
    check(version.version == "1" and version.status == "READY", "version")
    other = mlflow.register_model(f"runs:/{run.info.run_id}/model", "diabetes")
    check(other.version == "2", "second version")
    same("models:/diabetes/1")
    same("models:/diabetes/2")
    client.set_registered_model_alias("diabetes", "champion", "1")
    same("models:/diabetes@champion")
    check(client.get_model_version_by_alias("diabetes", "champion").version == "1", "alias")
    client.delete_registered_model_alias("diabetes", "champion")
    refused(lambda: client.get_model_version_by_alias("diabetes", "champion"), "INVALID_PARAMETER_VALUE", "not found")
    client.transition_model_version_stage("diabetes", "1", "Production")
    client.transition_model_version_stage("diabetes", "2", "Production", archive_existing_versions=True)
    check(client.get_model_version("diabetes", "1").current_stage == "Archived", "archived")
    same("models:/diabetes/Production")
    same("models:/diabetes/latest")
    check(client.get_latest_versions("diabetes", ["Production"])[0].version == "2", "latest")
    check(client.get_model_version("diabetes", "1").tags["kind"] == "linear", "version tag")
    check([v.version for v in client.search_model_versions("name = 'diabetes'")] == ["2", "1"], "search versions")
    check(len(client.search_registered_models("name ILIKE 'DIA%'")) == 1, "search models")
    refused(lambda: client.create_model_version("diabetes", "/etc/passwd"), "INVALID_PARAMETER_VALUE")
    refused(lambda: client.get_registered_model("nothing"), "RESOURCE_DOES_NOT_EXIST")
    copied = client.copy_model_version("models:/diabetes/1", "copy")
    same(f"models:/copy/{copied.version}")
    check(len(mlflow.search_logged_models(output_format="list")) == 1, "search logged models")
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, name="model", registered_model_name="50% at once")
    same("models:/50% at once/1")
    client.rename_registered_model("50% at once", "at once")
    same("models:/at once/1")
    client.rename_registered_model("at once", "later")
    same("models:/later/1")
    client.delete_model_version("later", "1")
    client.delete_registered_model("later")


def autologging():
    mlflow.set_experiment("autolog")
    mlflow.sklearn.autolog(log_datasets=True)
    with mlflow.start_run() as run:
        Ridge(alpha=0.5).fit(rows, target)
    mlflow.sklearn.autolog(disable=True)
    found = client.get_run(run.info.run_id)
    check(found.data.params["alpha"] == "0.5", "autolog params")
    check("training_r2_score" in found.data.metrics, "autolog metrics")
    check(len(found.outputs.model_outputs) == 1, "autolog model")
    model = mlflow.sklearn.load_model(f"models:/{found.outputs.model_outputs[0].model_id}")
    check(model.alpha == 0.5, "autolog load")


def evaluating():
    mlflow.set_experiment("evaluate")
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(LinearRegression().fit(rows, target), name="model")
        data = rows.assign(target=target)
        result = mlflow.models.evaluate(
            info.model_uri, data, targets="target", model_type="regressor", evaluator_config={"log_explainer": False}
        )
    check(result.metrics["r2_score"] > 0.4, "evaluate")


for story in (tracking, searching, models, autologging, evaluating):
    started = time.time()
    facts = story(run_id) if story is searching else story()
    if story is tracking:
        run_id = facts
    print(f"{story.__name__}: {time.time() - started:.1f} s", flush=True)
print(f"{checks} checks with mlflow {mlflow.__version__}")

"""Drives the unmodified mlflow client against the server at MLFLOW_TRACKING_URI, and fails at the first surprise."""

import math
import os
import tempfile
import time
from pathlib import Path

import lightgbm
import mlflow
import mlflow.lightgbm
import mlflow.sklearn
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException, RestException
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge

client = MlflowClient()
rows, target = load_diabetes(return_X_y=True, as_frame=True)
# Finding out what a model requires starts a Python of its own; once is enough.
quick = {"pip_requirements": ["scikit-learn"]}
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
        mlflow.log_image(np.full((4, 4, 3), 7, dtype=np.uint8), key="steps", step=2)
        mlflow.log_params({f"p{i}": "v" * 500 for i in range(150)})
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("rmse", 1)
            with mlflow.start_run(run_name="grandchild", nested=True) as grandchild:
                pass
        client.delete_run(grandchild.info.run_id)
    found = client.get_run(run.info.run_id)
    check(found.info.status == "FINISHED", "status")
    few = {key: value for key, value in found.data.params.items() if not key.startswith("p")}
    check(few == {"alpha": "0.1", "depth": "3", "empty": ""}, few)
    check(found.data.params["p149"] == "v" * 500 and len(found.data.params) == 153, "many params")
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
    table = mlflow.load_table("tables/x.json", run_ids=[run.info.run_id])
    check(list(table["x"]) == [1, 2], "table")
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_table({"x": [3]}, "tables/x.json")
    check(list(mlflow.load_table("tables/x.json", run_ids=[run.info.run_id])["x"]) == [1, 2, 3], "longer table")
    check(mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/notes/a.json") == {"a": [1, 2]}, "dictionary")
    image = mlflow.artifacts.load_image(f"runs:/{run.info.run_id}/plots/black.png")
    check(image.size == (4, 4), "image")
    check(any("steps" in file.path for file in client.list_artifacts(run.info.run_id, "images")), "image of a step")
    figure = mlflow.artifacts.load_image(f"runs:/{run.info.run_id}/plots/line.png")
    check(figure.size[0] > 100, "figure")
    check(grandchild.data.tags["mlflow.parentRunId"] == child.info.run_id, "nested twice")
    mlflow.set_experiment_tag("owner", "ada")
    check(mlflow.get_experiment_by_name("diabetes").tags["owner"] == "ada", "experiment tag")
    source = found.inputs.dataset_inputs[0]
    check(source.tags[0].value == "training" and "num_rows" in source.dataset.profile, "profile of the data set")
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
    check(len(names("metrics.rmse >= 56 and metrics.rmse != 57 and metrics.rmse <= 56")) == 1, "comparisons")
    check(len(names("metrics.`rmse` = 1")) == 1 and len(names('metric."rmse" = 1')) == 1, "quoted keys")
    check(len(names("params.alpha != '0.2' and params.depth LIKE '3%'")) == 1, "params")
    check(len(names("params.alpha IS NOT NULL")) == 1, "IS NOT NULL")
    check(len(names(f"run_id NOT IN ('{run_id}')")) == 1, "NOT IN")
    check(len(names("status = 'FINISHED' and attributes.start_time > 0 and end_time > 1")) == 2, "attributes")
    check(len(names("user_id != 'nobody'")) == 2, "user")
    check(len(names("dataset.context = 'training' and dataset.digest LIKE '%'")) == 1, "context of a data set")
    check(len(names("", run_view_type=mlflow.entities.ViewType.DELETED_ONLY)) == 1, "deleted ones")
    check(len(names("", run_view_type=mlflow.entities.ViewType.ALL)) == 3, "all")
    check([r.info.run_name for r in names("", order_by=["start_time ASC"])] == ["everything", "child"], "by time")
    frame = mlflow.search_runs(search_all_experiments=True)
    check({"metrics.rmse", "params.alpha", "tags.team"} <= set(frame.columns), "as a table")
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
    generic = mlflow.pyfunc.load_model(f"models:/{info.model_id}")
    check(np.allclose(generic.predict(rows), expected), "pyfunc")
    check(generic.metadata.signature.inputs.has_input_names(), "signature")
    logged = mlflow.get_logged_model(info.model_id)
    check(logged.name == "model" and logged.source_run_id == run.info.run_id, "logged model")
    mlflow.set_logged_model_tags(info.model_id, {"size": "small"})
    with mlflow.start_run(run_id=run.info.run_id):
        data = mlflow.data.from_pandas(rows, name="diabetes")
        mlflow.log_metric("acc", 0.75, model_id=info.model_id, dataset=data)
    found = mlflow.get_logged_model(info.model_id)
    check(found.tags["size"] == "small" and [m.value for m in found.metrics if m.key == "acc"] == [0.75], "metric of it")
    version = mlflow.register_model(info.model_uri, "diabetes", tags={"kind": "linear"})
    check(version.version == "1" and version.status == "READY", "version")
    other = mlflow.register_model(f"runs:/{run.info.run_id}/model", "diabetes")
    check(other.version == "2", "second version")
    same("models:/diabetes/1")
    same("models:/diabetes/2")
    client.update_registered_model("diabetes", "predicts progression")
    client.update_model_version("diabetes", "1", "first")
    client.set_registered_model_tag("diabetes", "team", "blue")
    check(client.get_registered_model("diabetes").description == "predicts progression", "description")
    check(client.get_registered_model("diabetes").tags == {"team": "blue"}, "model tag")
    check(client.get_model_version("diabetes", "1").description == "first", "version description")
    client.set_model_version_tag("diabetes", "1", "checked", "yes")
    client.delete_model_version_tag("diabetes", "1", "checked")
    client.delete_registered_model_tag("diabetes", "team")
    check("checked" not in client.get_model_version("diabetes", "1").tags, "version tag deleted")
    check(client.get_registered_model("diabetes").tags == {}, "model tag deleted")
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
        mlflow.sklearn.log_model(model, name="model", registered_model_name="50% at once", **quick)
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
    mlflow.lightgbm.autolog()
    with mlflow.start_run() as boosted:
        data = lightgbm.Dataset(rows, label=target)
        booster = lightgbm.train({"objective": "regression", "verbose": -1}, data, 5, valid_sets=[data])
    mlflow.lightgbm.autolog(disable=True)
    seen = client.get_run(boosted.info.run_id)
    check(seen.data.params["objective"] == "regression" and "training-l2" in seen.data.metrics, "autolog of LightGBM")
    check(len(client.get_metric_history(boosted.info.run_id, "training-l2")) == 5, "a point for each round")
    check("feature_importance_gain.png" in {a.path for a in client.list_artifacts(boosted.info.run_id)}, "its plots")
    loaded = mlflow.lightgbm.load_model(f"models:/{seen.outputs.model_outputs[0].model_id}")
    check(np.allclose(loaded.predict(rows), booster.predict(rows)), "LightGBM model")
    found = client.get_run(run.info.run_id)
    check(found.data.params["alpha"] == "0.5", "autolog params")
    check("training_r2_score" in found.data.metrics, "autolog metrics")
    check(len(found.outputs.model_outputs) == 1, "autolog model")
    model = mlflow.sklearn.load_model(f"models:/{found.outputs.model_outputs[0].model_id}")
    check(model.alpha == 0.5, "autolog load")


def evaluating():
    mlflow.set_experiment("evaluate")
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(LinearRegression().fit(rows, target), name="model", **quick)
        data = rows.assign(target=target)
        result = mlflow.models.evaluate(
            info.model_uri, data, targets="target", model_type="regressor", evaluator_config={"log_explainer": False}
        )
    check(result.metrics["r2_score"] > 0.4, "evaluate")
    with mlflow.start_run() as run:
        predictions = data.assign(prediction=target + 1)
        static = mlflow.data.from_pandas(predictions, predictions="prediction", targets="target")
        result = mlflow.models.evaluate(data=static, model_type="regressor")
    check(abs(result.metrics["mean_absolute_error"] - 1) < 1e-9, "evaluate predictions that are there")
    check(client.get_run(run.info.run_id).data.metrics["mean_absolute_error"] == 1, "its metrics in the run")


for story in (tracking, searching, models, autologging, evaluating):
    started = time.time()
    facts = story(run_id) if story is searching else story()
    if story is tracking:
        run_id = facts
    print(f"{story.__name__}: {time.time() - started:.1f} s", flush=True)
print(f"{checks} checks with mlflow {mlflow.__version__}")

"""Writes keras-files.json, what Keras writes for small models, as base64. Run with keras 3, h5py and jax."""

import base64
import json
import os
import tempfile

os.environ["KERAS_BACKEND"] = "jax"
import keras  # noqa: E402

start = keras.Input((3,))
dense = keras.layers.Dense(1, activation="relu")
models = {
    "sequential": keras.Sequential([keras.layers.Input((3,)), dense, keras.layers.BatchNormalization()]),
    "functional": keras.Model(start, keras.layers.Add()([dense(start), keras.layers.Dense(1)(start)]) * 2.0),
    "lambda": keras.Sequential([keras.layers.Input((3,)), keras.layers.Lambda(lambda x: x * 2)]),
}
models["sequential"].compile(optimizer="adam", loss="mse", metrics=["mae"])

files = {}
for name, model in models.items():
    for ending in ("keras", "h5"):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, f"{name}.{ending}")
            try:
                model.save(path)
            except Exception:
                continue  # HDF5 cannot hold every model.
            with open(path, "rb") as file:
                files[f"{name}.{ending}"] = base64.b64encode(file.read()).decode()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras-files.json"), "w") as file:
    json.dump(files, file, indent=1, sort_keys=True)
    file.write("\n")

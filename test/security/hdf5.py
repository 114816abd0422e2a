"""Writes HDF5 files into a folder: as Keras does, in every form of storage, and as an attacker would."""

import json
import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]
dense = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}
code = {"config": {"function": "x"}, "registered_name": None, "class_name": "Lambda", "module": "keras.layers"}


def config(*layers):
    # The name of the class comes last, so that nothing begins as Keras writes it.
    return json.dumps({"config": {"layers": layers}, "class_name": "Sequential"})


def write(name, text, store=None, **how):
    with h5py.File(os.path.join(folder, name), "w", **how) as file:
        if store:
            store(file, text)
        else:
            file.attrs["model_config"] = text
        weights = file.create_group("model_weights")
        for index in range(how and 3 or 300):
            layer = weights.create_group(f"layer_{index}")
            layer.attrs["weight_names"] = [b"kernel", b"bias"]
            layer.create_dataset("kernel", data=np.ones((4, 4), "float32"))
        weights.create_dataset("packed", data=np.ones(1000), chunks=(100,), compression="gzip")
        weights["again"] = h5py.SoftLink("/model_weights/packed")


def fixed(file, text):
    file.attrs.create("model_config", np.bytes_(text))


def many(file, text):
    file.attrs["model_config"] = text
    for index in range(40):
        file.attrs[f"note_{index}"] = index


def decoy(file, text):
    file.attrs["model_config"] = text
    file.create_dataset("notes", data=json.dumps(dense))


def beside(file, text):
    file.create_group("other").attrs["model_config"] = text


def named_type(file, text):
    file["text"] = h5py.string_dtype()
    file.attrs.create("model_config", text, dtype=file["text"])


def large(file, text):
    file.attrs["model_config"] = text.replace('"units": 1', f'"units": "{"x" * 200_000}"')


for kind, text in (("plain", config(dense)), ("lambda", config(dense, code))):
    write(f"{kind}-old.h5", text)
    write(f"{kind}-latest.h5", text, libver="latest")
    write(f"{kind}-v108.h5", text, libver=("v108", "v108"))
    write(f"{kind}-fixed.h5", text, fixed)
    write(f"{kind}-many.h5", text, many)
    write(f"{kind}-decoy.h5", text, decoy)
    write(f"{kind}-beside.h5", text, beside)
    write(f"{kind}-large.h5", text, large)
    write(f"{kind}-heap.h5", text, many, libver="latest")
    write(f"{kind}-type.h5", text, named_type)
    write(f"{kind}-block.h5", text, userblock_size=512)

with h5py.File(os.path.join(folder, "link.h5"), "w") as file:
    file["model_weights"] = h5py.ExternalLink("/etc/passwd", "/")
with h5py.File(os.path.join(folder, "external.h5"), "w") as file:
    file.create_dataset("kernel", (16,), "uint8", external=[("/etc/passwd", 0, 16)])
with h5py.File(os.path.join(folder, "virtual.h5"), "w", libver="latest") as file:
    layout = h5py.VirtualLayout((4,), "uint8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("kernel", layout)
with h5py.File(os.path.join(folder, "swollen.h5"), "w") as file:
    file.create_dataset("kernel", (1 << 20, 1 << 20), "float32", chunks=(1024, 1024), compression="gzip")
with h5py.File(os.path.join(folder, "circle.h5"), "w") as file:
    file.create_group("a")["b"] = file["/"]
    file.attrs["model_config"] = config(dense)

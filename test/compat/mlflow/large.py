"""Logs and fetches one large artifact, twice: in one piece, and in parts as far as the server offers that."""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient

megabytes = int(sys.argv[1])
client = MlflowClient()


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "large.bin")
    part = os.urandom(1 << 20)
    with path.open("wb") as file:
        for number in range(megabytes):
            file.write(number.to_bytes(4, "big") + part[4:])
    mlflow.set_experiment("large")
    with mlflow.start_run() as run:
        mlflow.log_artifact(path, "files")
    fetched = client.download_artifacts(run.info.run_id, "files/large.bin", folder)
    assert digest_of(fetched) == digest_of(path), "what came back is not what was sent"
print(f"{megabytes} MB there and back")

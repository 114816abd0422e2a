"""One of several writers: appends batches to a run that all share and to one of its own. Prints what was acknowledged."""

import sys
import time

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

number, shared, batches, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
client = MlflowClient()
mine = client.create_run(sys.argv[5], run_name=f"writer {number}").info.run_id

for batch in range(batches):
    steps = range(batch * size, (batch + 1) * size)
    now = int(time.time() * 1000)
    # In one run all write other points of the same metric; in the other nobody else writes.
    client.log_batch(shared, metrics=[Metric("loss", number + step / 1000, now, step) for step in steps])
    client.log_batch(
        mine,
        metrics=[Metric("loss", 1 / (step + 1), now, step) for step in steps],
        params=[Param(f"batch {batch}", str(number))],
        tags=[RunTag(f"batch {batch}", str(number))],
    )
    print(f"{mine} {(batch + 1) * size}", flush=True)

history = client.get_metric_history(mine, "loss")
assert [(point.step, point.value) for point in history] == [(step, 1 / (step + 1)) for step in range(batches * size)]

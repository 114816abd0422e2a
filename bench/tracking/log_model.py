"""Times mlflow.sklearn.log_model of a small model: all of it, and the part that is spent waiting for the server."""

import json
import sys
import time

import mlflow
import requests
from sklearn.linear_model import LinearRegression

waited = 0.0
count = 0
original = requests.Session.send


def send(self, *args, **kwargs):
    global waited, count
    started = time.perf_counter()
    try:
        return original(self, *args, **kwargs)
    finally:
        waited += time.perf_counter() - started
        count += 1


requests.Session.send = send
model = LinearRegression().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])
times = []
for attempt in range(int(sys.argv[1]) + 1):
    with mlflow.start_run():
        waited, count = 0.0, 0
        started = time.perf_counter()
        mlflow.sklearn.log_model(
            model, name="model", input_example=[[1.0]], registered_model_name="bench", pip_requirements=["scikit-learn"]
        )
        if attempt > 0:  # The first one imports half of Python.
            times.append((time.perf_counter() - started, waited, count))
times.sort()
total, server, requests_made = times[len(times) // 2]
print(json.dumps({"total": total * 1000, "server": server * 1000, "requests": requests_made}))

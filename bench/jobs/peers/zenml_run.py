"""Runs a graph of steps that do nothing as one ZenML pipeline with its local orchestrator, without caching."""
import json
import sys
import time

from zenml import pipeline, step

graph = json.load(open(sys.argv[1]))


@step(enable_cache=False)
def nothing() -> None:
    return None


@pipeline(enable_cache=False)
def bench():
    for name, needs in graph.items():
        nothing(id=name, after=needs)


if __name__ == "__main__":
    started = time.time()
    bench()
    print(json.dumps({"wall": time.time() - started}))

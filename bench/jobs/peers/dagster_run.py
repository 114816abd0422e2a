"""Runs a graph of steps that do nothing as one Dagster job: `multiprocess`, its default executor, or `in_process`."""
import json
import os
import sys
import time

from dagster import (
    DagsterInstance,
    DependencyDefinition,
    GraphDefinition,
    In,
    MultiDependencyDefinition,
    Nothing,
    OpDefinition,
    Out,
    Output,
    execute_job,
    in_process_executor,
    multiprocess_executor,
    reconstructable,
)


def nothing(_context, _inputs):
    yield Output(None, "result")


def pipeline():
    """Called again in each process of a step."""
    graph = json.load(open(os.environ["BENCH_GRAPH"]))
    ops, dependencies = [], {}
    for name, needs in graph.items():
        ins = {"after": In(Nothing)} if needs else {}
        ops.append(OpDefinition(name=name, ins=ins, outs={"result": Out(Nothing)}, compute_fn=nothing))
        if needs:
            dependencies[name] = {"after": MultiDependencyDefinition([DependencyDefinition(need) for need in needs])}
    whole = GraphDefinition(name="pipeline", node_defs=ops, dependencies=dependencies)
    if os.environ["BENCH_EXECUTOR"] == "in_process":
        return whole.to_job(executor_def=in_process_executor)
    return whole.to_job(executor_def=multiprocess_executor.configured({"max_concurrent": 2}))


if __name__ == "__main__":
    import dagster_run

    os.environ["BENCH_GRAPH"] = sys.argv[1]
    with DagsterInstance.get() as instance:
        started = time.time()
        result = execute_job(reconstructable(dagster_run.pipeline), instance=instance)
        assert result.success
        print(json.dumps({"wall": time.time() - started}))

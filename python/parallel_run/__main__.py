"""Runs a parallel step: cuts its input into mini-batches and hands them to worker processes of the user's script.

`python -m parallel_run SPEC [ARGUMENTS OF THE SCRIPT]` with the JSON file that the agent writes. Exit code 0: as many items and mini-batches went
well as the step asks for.
"""
import json
import sys
from pathlib import Path

from .driver import Driver


#: Arguments for Azure's driver, which it does not hand on; of these only the first one has a meaning here.
OWN = {
    "allowed_failed_percent",
    "allowed_failed_count",
    "task_overhead_timeout",
    "progress_update_timeout",
    "first_task_creation_timeout",
    "resource_monitor_interval",
    "copy_logs_to_parent",
    "metrics_name_prefix",
    "process_count_per_node",
    "append_row_dataframe_header",
    "append_row_dataframe_sep",
}


def split(arguments):
    rest, own = [], {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word[2:].partition("=")
        if word.startswith("--") and name in OWN:
            own[name] = value if equals else next(words, "")
        else:
            rest.append(word)
    return rest, own


def main() -> int:
    spec = json.loads(Path(sys.argv[1]).read_text())
    spec["arguments"], own = split(sys.argv[2:])
    spec["allowedFailedPercent"] = float(own.get("allowed_failed_percent", -1))
    return Driver(spec).run()


if __name__ == "__main__":
    sys.exit(main())

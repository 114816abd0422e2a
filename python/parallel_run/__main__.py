"""Runs a parallel step: cuts its input into mini-batches and hands them to worker processes of the user's script.

`python -m parallel_run SPEC [ARGUMENTS OF THE SCRIPT]` with the JSON file that the agent writes. Exit code 0: as many items and mini-batches went
well as the step asks for.
"""
import json
import sys
from pathlib import Path

from .driver import Driver


def flag(text):
    return text.strip().lower() in ("true", "1", "yes")


#: Arguments for Azure's driver that say the same as fields of the step, or more: what each sets of the specification.
MEANT = {
    "error_threshold": ("errorThreshold", int),
    "mini_batch_error_threshold": ("miniBatchErrorThreshold", int),
    "allowed_failed_count": ("miniBatchErrorThreshold", int),
    "allowed_failed_percent": ("allowedFailedPercent", float),
    "mini_batch_size": ("miniBatchSize", str),
    "run_invocation_timeout": ("timeoutSeconds", float),
    "run_max_try": ("retries", lambda text: int(text) - 1),
    "append_row_dataframe_header": ("frameHeader", flag),
    "append_row_dataframe_sep": ("frameSeparator", str),
}

#: Others that it does not hand on, without a meaning here.
UNUSED = {
    "task_overhead_timeout",
    "progress_update_timeout",
    "first_task_creation_timeout",
    "resource_monitor_interval",
    "copy_logs_to_parent",
    "push_metrics_to_parent",
    "metrics_name_prefix",
    "process_count_per_node",
}


def split(arguments):
    rest, own = [], {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word[2:].partition("=")
        if word.startswith("--") and (name in MEANT or name in UNUSED):
            own[name] = value if equals else next(words, "")
        else:
            rest.append(word)
    return rest, own


def main() -> int:
    spec = json.loads(Path(sys.argv[1]).read_text())
    spec.update(allowedFailedPercent=-1, frameHeader=False, frameSeparator=" ")
    spec["arguments"], own = split(sys.argv[2:])
    for name, text in own.items():
        if name not in MEANT:
            continue
        field, read = MEANT[name]
        try:
            spec[field] = read(text)
        except ValueError:
            raise SystemExit(f'--{name} is "{text}", which is no number.')
    return Driver(spec).run()


if __name__ == "__main__":
    sys.exit(main())

"""Cuts an input into mini-batches."""
import re
from pathlib import Path

from . import table_file

UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}


class Batch:
    """A part of the input: paths of files, or a pandas DataFrame."""

    def __init__(self, index, data, names, keys=None):
        self.index = index
        self.data = data
        #: What an item is called when it fails.
        self.names = names
        #: Values of the partition keys.
        self.keys = keys


def cut(spec):
    """Gives the batches one by one; they are not all in memory when they are files."""
    place = Path(spec["input"])
    if spec["inputType"] == "mltable" or (place.is_dir() and (place / "MLTable").exists()):
        table = table_file.read(place)
        if table.is_files:
            yield from _of_files(table.files, spec)
        else:
            yield from _of_rows(table, spec)
        return
    yield from _of_files([str(place)] if place.is_file() else list_files(place), spec)


def list_files(folder):
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [str(path) for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _of_files(files, spec):
    if spec["partitionKeys"]:
        raise SystemExit("partition_keys need a table (an input of type mltable); the input is files.")
    count, unit = _size(spec["miniBatchSize"])
    parts = _by_bytes(files, count * UNITS[unit]) if unit else _by_count(files, count)
    for index, part in enumerate(parts):
        yield Batch(index, part, part)


def _by_count(files, count):
    return (files[start : start + count] for start in range(0, len(files), count))


def _by_bytes(files, most):
    """As many files as fit; one that is larger is a mini-batch by itself."""
    part, size = [], 0
    for file in files:
        more = Path(file).stat().st_size
        if part and size + more > most:
            yield part
            part, size = [], 0
        part.append(file)
        size += more
    if part:
        yield part


def _of_rows(table, spec):
    frame = table.frame()
    keys = spec["partitionKeys"]
    if keys:
        missing = [key for key in keys if key not in frame.columns]
        if missing:
            columns = ", ".join(map(str, frame.columns))
            raise SystemExit(f"The table has no column {missing[0]} to partition by; it has {columns}.")
        groups = frame.groupby(keys, sort=True, dropna=False)
        for index, (values, part) in enumerate(groups):
            values = values if isinstance(values, tuple) else (values,)
            yield _rows(index, part.reset_index(drop=True), dict(zip(keys, values)))
        return
    count, unit = _size(spec["miniBatchSize"])
    rows = count
    if unit:
        rows = max(1, int(len(frame) * count * UNITS[unit] / max(1, table.size)))
    for index, start in enumerate(range(0, len(frame), rows)):
        yield _rows(index, frame.iloc[start : start + rows].reset_index(drop=True), None)


def _rows(index, frame, keys):
    named = f"partition {keys}" if keys else f"mini-batch {index}"
    return Batch(index, frame, [f"{named}, row {row}" for row in range(len(frame))], keys)


def _size(text):
    number, unit = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", text.lower()).groups()
    if unit not in UNITS:
        raise SystemExit(f'mini_batch_size is "{text}": write a number of files or rows, or a size such as 10kb.')
    return max(1, int(number)), unit

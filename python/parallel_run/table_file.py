"""Reads an `MLTable` file and the table that it describes, as far as pandas can do it."""
import glob
import re
from pathlib import Path


class Table:
    def __init__(self, files, steps):
        self.files = files
        self._steps = steps
        self.is_files = not any(name.startswith("read_") for name, _ in steps)

    @property
    def size(self):
        return sum(Path(file).stat().st_size for file in self.files)

    def frame(self):
        import pandas

        name, options = next((step for step in self._steps if step[0].startswith("read_")))
        if name not in READERS:
            raise SystemExit(f'The MLTable\'s "{name}" is not known here; {", ".join(READERS)} are.')
        if not self.files:
            raise SystemExit("The MLTable names no file that is there.")
        frames = [READERS[name](pandas, file, options) for file in self.files]
        columns = [self._partition_columns(file) for file in self.files]
        frames = [frame.assign(**more) for frame, more in zip(frames, columns)]
        frame = pandas.concat(frames, ignore_index=True)
        for step, value in self._steps:
            frame = _apply(frame, step, value)
        return frame

    def _partition_columns(self, file):
        for step, value in self._steps:
            if step != "extract_columns_from_partition_format":
                continue
            text = value["partition_format"].lstrip("/")
            parts = re.split(r"\{([A-Za-z_]\w*)(?::[^}]*)?\}", text)
            names = parts[1::2]
            pattern = "".join(f"(?P<p{index // 2}>[^/]*?)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
            found = re.search(f"(?:^|/){pattern}$", file)
            if not found:
                raise SystemExit(f'{file} is not where the partition format "{text}" says that files are.')
            return {name: _value(found.group(f"p{index}")) for index, name in enumerate(names)}
        return {}


def _value(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def read(place):
    import yaml

    folder = place if place.is_dir() else place.parent
    described = yaml.safe_load((place / "MLTable" if place.is_dir() else place).read_text()) or {}
    files = []
    for entry in described.get("paths") or []:
        kind, path = next(iter(entry.items()))
        if re.match(r"[a-z][a-z0-9+.-]*://", path):
            raise SystemExit(f"The MLTable names {path}; only files beside it can be read.")
        if kind == "file":
            files.append(str((folder / path).resolve()))
        elif kind in ("folder", "pattern"):
            pattern = str(folder / path) + ("/**/*" if kind == "folder" else "")
            found = glob.glob(pattern, recursive=True)
            files.extend(str(Path(one).resolve()) for one in sorted(found) if Path(one).is_file())
    steps = []
    for step in described.get("transformations") or []:
        steps.append((step, {}) if isinstance(step, str) else next(iter(step.items())))
    gone = [file for file in files if not Path(file).exists()]
    if gone:
        raise SystemExit(f"The MLTable names {gone[0]}, which is not there.")
    return Table([file for file in files if Path(file).name != "MLTable"], [(name, value or {}) for name, value in steps])


def _delimited(pandas, file, options):
    header = options.get("header", "all_files_same_headers")
    first = None if header in ("no_header", False) else 0
    encoding = {"utf8": "utf-8", "iso88591": "latin-1", "latin1": "latin-1"}.get(options.get("encoding", "utf8"))
    return pandas.read_csv(file, sep=options.get("delimiter", ","), header=first, encoding=encoding or options["encoding"])


READERS = {
    "read_delimited": _delimited,
    "read_parquet": lambda pandas, file, _: pandas.read_parquet(file),
    "read_json_lines": lambda pandas, file, _: pandas.read_json(file, lines=True),
}


def _apply(frame, step, value):
    if step == "keep_columns":
        return frame[[value] if isinstance(value, str) else value]
    if step == "drop_columns":
        return frame.drop(columns=value, errors="ignore")
    if step == "take":
        return frame.head(int(value))
    if step == "skip":
        return frame.iloc[int(value) :]
    if step == "take_random_sample":
        return frame.sample(frac=value["probability"], random_state=value.get("seed"))
    if step == "convert_column_types":
        return _convert(frame, value)
    if step.startswith("read_") or step == "extract_columns_from_partition_format":
        return frame
    raise SystemExit(f'The MLTable\'s transformation "{step}" is not known here.')


def _convert(frame, changes):
    import pandas

    for change in changes:
        columns = change["columns"]
        kind = change["column_type"]
        kind = kind if isinstance(kind, str) else next(iter(kind))
        for column in [columns] if isinstance(columns, str) else columns:
            if kind == "datetime":
                frame = frame.assign(**{column: pandas.to_datetime(frame[column])})
            else:
                wanted = {"int": "int64", "float": "float64", "string": "string", "boolean": "bool"}.get(kind)
                frame = frame.assign(**{column: frame[column].astype(wanted or kind)})
    return frame

"""One process that runs the user's script: `init()` once, `run()` for each mini-batch, `shutdown()` at the end."""
import importlib.util
import inspect
import logging
import sys
import traceback
from pathlib import Path


class Context:
    """Second argument of `run`, for scripts that take one."""

    def __init__(self, index, keys):
        self.minibatch_index = index
        self.partition_key_value = keys or {}


def work(channel, spec):
    try:
        logging.basicConfig(level=spec["loggingLevel"], format="%(asctime)s %(name)s %(levelname)s %(message)s")
        module = load(spec)
        if hasattr(module, "init"):
            module.init()
        channel.send(("ready", None))
    except BaseException:
        channel.send(("broken", traceback.format_exc()))
        return
    takes_context = len(inspect.signature(module.run).parameters) > 1
    while True:
        try:
            batch = channel.recv()
        except EOFError:
            return
        if batch is None:
            break
        index, data, keys = batch
        try:
            given = (data, Context(index, keys)) if takes_context else (data,)
            channel.send(("done", lines_of(module.run(*given), spec)))
        except Exception:
            channel.send(("failed", traceback.format_exc()))
    try:
        if hasattr(module, "shutdown"):
            module.shutdown()
        channel.send(("ended", None))
    except BaseException:
        channel.send(("broken", traceback.format_exc()))


def load(spec):
    script = Path(spec["entryScript"]).resolve()
    sys.argv = [str(script), *spec["arguments"]]
    sys.path[:0] = [str(script.parent), str(Path.cwd())]
    sys.path.append(str(Path(__file__).parent / "shims"))
    module_spec = importlib.util.spec_from_file_location(script.stem, script)
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[script.stem] = module
    module_spec.loader.exec_module(module)
    if not callable(getattr(module, "run", None)):
        raise AttributeError(f"{script.name} has no function run(mini_batch)")
    return module


def lines_of(result, spec):
    """What `run` returned: how many results, their lines for the common file, and what goes above the first of them."""
    if result is None:
        return None, "", ""
    if hasattr(result, "to_csv"):
        if not spec["appendRowTo"]:
            return len(result), "", ""
        form = {"index": False, "sep": spec["frameSeparator"]}
        header = result.head(0).to_csv(None, **form) if spec["frameHeader"] else ""
        return len(result), result.to_csv(None, header=False, **form), header
    items = list(result) if hasattr(result, "__iter__") and not isinstance(result, (str, bytes)) else [result]
    return len(items), "".join(f"{item}\n" for item in items) if spec["appendRowTo"] else "", ""

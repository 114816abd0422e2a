"""Hands mini-batches to worker processes, tries failed ones again, and decides how the step has ended."""
import json
import multiprocessing
import threading
import time
from pathlib import Path

from .batches import cut
from .worker import work

#: The first mini-batch of a worker waits for `init()`, which may load a large model.
INIT_SECONDS = 600
MOST_SHOWN = 20


class Broken(Exception):
    """The script cannot be used at all."""


class Driver:
    def __init__(self, spec):
        self.spec = spec
        self.processes = multiprocessing.get_context("spawn")
        self.lock = threading.Lock()
        self.batches = None
        self.broken = None
        self.stop = None
        self.started = time.monotonic()
        self.said = 0.0
        self.header = ""
        self.count = {"done": 0, "failed": 0, "items": 0, "failedItems": 0}
        self.reports = Path("outputs") / "parallel_run"
        self.reports.mkdir(parents=True, exist_ok=True)
        self.results = self.reports / "mini_batches.jsonl"
        self.failed_items = self.reports / "failed_items.txt"
        self.spool = Path(spec["spool"])
        self.spool.mkdir(parents=True, exist_ok=True)

    def run(self):
        self.batches = iter(cut(self.spec))
        with self.results.open("w") as results, self.failed_items.open("w") as failed:
            self.out = (results, failed)
            threads = [threading.Thread(target=self._serve, args=(number,)) for number in range(self.spec["workers"])]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return self._end()

    def _next(self):
        with self.lock:
            if self.broken or self.stop:
                return None
            return next(self.batches, None)

    def _serve(self, number):
        worker = None
        try:
            # A worker that has nothing to do is never started.
            batch = self._next()
            while batch is not None:
                worker = self._do(worker, batch)
                batch = self._next()
            if worker:
                worker.end()
        except (Broken, SystemExit) as error:
            with self.lock:
                self.broken = self.broken or str(error)
        except Exception as error:
            with self.lock:
                self.broken = self.broken or f"worker {number}: {error!r}"
        finally:
            if worker:
                worker.kill()

    def _do(self, worker, batch):
        began = time.monotonic()
        why = ""
        for attempt in range(1 + self.spec["retries"]):
            if worker is None or not worker.alive:
                worker = Worker(self.processes, self.spec)
            outcome, value = worker.ask((batch.index, batch.data, batch.keys), self.spec["timeoutSeconds"])
            if outcome == "done":
                self._record(batch, attempt, began, value)
                return worker
            why = value
            if attempt < self.spec["retries"]:
                print(f"mini-batch {batch.index}: attempt {attempt + 1} failed and is tried again: {last_line(why)}", flush=True)
        self._record(batch, self.spec["retries"], began, None, why)
        return worker

    def _record(self, batch, attempt, began, value, error=None):
        size = len(batch.names)
        results, text, header = value or (None, "", "")
        # Fewer results than items: which ones are missing only the script knows.
        lost = size if error else max(0, size - results) if results is not None and self.spec["appendRowTo"] else 0
        if text:
            (self.spool / f"{batch.index:09d}").write_text(text)
        row = {
            "miniBatch": batch.index,
            "state": "failed" if error else "done",
            "items": size,
            "results": results,
            "failedItems": lost,
            "attempts": attempt + 1,
            "seconds": round(time.monotonic() - began, 3),
            **({"partition": {key: str(value) for key, value in batch.keys.items()}} if batch.keys else {}),
            **({"error": error} if error else {}),
        }
        with self.lock:
            self.header = self.header or header
            self.count["failed" if error else "done"] += 1
            self.count["items"] += size
            self.count["failedItems"] += lost
            results_file, failed_file = self.out
            results_file.write(json.dumps(row) + "\n")
            if error:
                failed_file.writelines(f"{name}\n" for name in batch.names)
                if self.count["failed"] <= MOST_SHOWN:
                    print(f"mini-batch {batch.index} failed after {attempt + 1} attempts:\n{error}", flush=True)
            self._check()
            self._say()

    def _check(self):
        for limit, count, what in (
            (self.spec["errorThreshold"], self.count["failedItems"], "items"),
            (self.spec["miniBatchErrorThreshold"], self.count["failed"], "mini-batches"),
        ):
            if limit >= 0 and count > limit:
                self.stop = self.stop or f"{count} {what} failed; the step allows {limit}"

    def _say(self, always=False):
        now = time.monotonic()
        if not always and now - self.said < 2:
            return
        self.said = now
        count = self.count
        text = f"{count['done'] + count['failed']} mini-batches done, {count['failed']} of them failed; "
        print(f"{text}{count['items']} items in {now - self.started:.1f} s", flush=True)

    def _end(self):
        self._say(always=True)
        to = self.spec["appendRowTo"]
        if to:
            with open(to, "w") as file:
                file.write(self.header)
                for part in sorted(self.spool.iterdir()):
                    file.write(part.read_text())
        summary = {**self.count, "workers": self.spec["workers"], "seconds": round(time.monotonic() - self.started, 3)}
        (self.reports / "summary.json").write_text(json.dumps(summary, indent=1))
        if self.broken:
            print(self.broken, flush=True)
            return 1
        if self.stop:
            print(f"The step is given up: {self.stop}. See outputs/parallel_run/failed_items.txt.", flush=True)
            return 1
        percent, total = self.spec["allowedFailedPercent"], self.count["failed"] + self.count["done"]
        if percent >= 0 and self.count["failed"] * 100 > percent * total:
            print(f"{self.count['failed']} of {total} mini-batches failed; the step allows {percent} %.", flush=True)
            return 1
        if self.count["failed"] and not self.count["done"]:
            print("Every mini-batch failed.", flush=True)
            return 1
        if self.count["failedItems"]:
            text = f"WARNING: {self.count['failedItems']} of {self.count['items']} items are not in the results"
            print(f"{text}, as the step allows. See outputs/parallel_run/failed_items.txt.", flush=True)
        return 0


class Worker:
    def __init__(self, processes, spec):
        self.channel, theirs = processes.Pipe()
        self.process = processes.Process(target=work, args=(theirs, spec))
        self.process.start()
        theirs.close()
        self.alive = True
        outcome, value = self._wait(INIT_SECONDS)
        if outcome != "ready":
            raise Broken(f"init() failed:\n{value}" if outcome == "broken" else f"init() did not end: {value}")

    def ask(self, batch, seconds):
        self.channel.send(batch)
        return self._wait(seconds)

    def _wait(self, seconds):
        try:
            if self.channel.poll(seconds):
                return self.channel.recv()
            self.kill()
            return "failed", f"it did not end within {seconds} s"
        except (EOFError, OSError):
            self.kill()
            return "failed", f"the worker process ended with exit code {self.process.exitcode}"

    def end(self):
        self.channel.send(None)
        outcome, value = self._wait(INIT_SECONDS)
        if outcome == "broken":
            print(f"shutdown() failed:\n{value}", flush=True)
        self.process.join(10)

    def kill(self):
        self.alive = False
        if self.process.is_alive():
            self.process.kill()
        self.process.join()


def last_line(text):
    return text.strip().splitlines()[-1] if text.strip() else "no reason given"

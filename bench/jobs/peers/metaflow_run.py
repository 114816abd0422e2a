"""Writes a graph of steps that do nothing as a Metaflow flow, and runs it with its local scheduler."""
import json
import os
import subprocess
import sys
import time

graph = json.load(open(sys.argv[1]))
shape = sys.argv[2]
width = sum(1 for name in graph if name.startswith("m0_"))

lines = ["from metaflow import FlowSpec, step", "", "class Bench(FlowSpec):"]


def add(name, *body, join=False):
    lines.extend(["    @step", f"    def {name}(self{', inputs' if join else ''}):", *[f"        {line}" for line in body], ""])


if shape == "wide":
    add("start", f"self.items = list(range({len(graph)}))", "self.next(self.work, foreach='items')")
    add("work", "self.next(self.join)")
    add("join", "self.next(self.end)", join=True)
elif shape == "chain":
    names = [name for name in graph]
    add("start", f"self.next(self.{names[0]})")
    for name, after in zip(names, [*names[1:], "end"]):
        add(name, f"self.next(self.{after})")
else:
    # A step of Metaflow joins or splits: what does both here is two steps there.
    count = sum(1 for name in graph if name.startswith("join")) - 1
    add("start", "self.next(self.split0)")
    for index in range(count):
        add(f"split{index}", f"self.items = list(range({width}))", f"self.next(self.m{index}, foreach='items')")
        add(f"m{index}", f"self.next(self.join{index + 1})")
        after = f"split{index + 1}" if index + 1 < count else "end"
        add(f"join{index + 1}", f"self.next(self.{after})", join=True)
add("end", "pass")
lines += ["if __name__ == '__main__':", "    Bench()"]
open("bench_flow.py", "w").write("\n".join(lines))
started = time.time()
argv = [sys.executable, "bench_flow.py", "--quiet", "run", "--max-workers", "2", "--max-num-splits", "2000"]
done = subprocess.run(argv, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "USERNAME": "bench"})
assert done.returncode == 0, done.stdout[-2000:].decode()
print(json.dumps({"wall": time.time() - started}))

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasPython, pythonWith } from "../../../test/support/python.ts";

const driver = fileURLToPath(new URL("../../../python", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trainyard-parallel-"));
  mkdirSync(join(folder, "data"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const common = { partitionKeys: [], workers: 2, errorThreshold: -1, miniBatchErrorThreshold: -1 };
const usual = { ...common, retries: 1, timeoutSeconds: 20, loggingLevel: "INFO", inputType: "uri_folder" };

function files(names: string[], text = (name: string) => name) {
  for (const name of names) writeFileSync(join(folder, "data", name), text(name));
}

function run(script: string, spec: object, words: string[] = [], python = "python3") {
  writeFileSync(join(folder, "entry.py"), script);
  const paths = { input: join(folder, "data"), spool: join(folder, "spool"), appendRowTo: join(folder, "results.txt") };
  const wanted = { ...usual, entryScript: "entry.py", miniBatchSize: "2", ...paths, ...spec };
  writeFileSync(join(folder, "spec.json"), JSON.stringify(wanted));
  const ended = spawnSync(python, ["-m", "parallel_run", join(folder, "spec.json"), ...words], {
    ...{ cwd: folder, encoding: "utf8" as const, timeout: 60_000 },
    env: { ...process.env, PYTHONPATH: driver, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const batches = read("outputs/parallel_run/mini_batches.jsonl")
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { status: ended.status, output: ended.stdout + ended.stderr, batches, read };
}

describe.skipIf(!hasPython)("the driver of parallel steps", () => {
  it("cuts files into mini-batches, calls init once per worker, and writes results in order", () => {
    files(Array.from({ length: 7 }, (_, index) => `f${index}`));
    const script = `
import argparse, os, pathlib
def init():
    parser = argparse.ArgumentParser()
    parser.add_argument("--word")
    global word
    word = parser.parse_args().word
    pathlib.Path(f"init-{os.getpid()}").touch()
def run(mini_batch):
    return [f"{word} {os.path.basename(path)}" for path in mini_batch]
def shutdown():
    pathlib.Path(f"shutdown-{os.getpid()}").touch()
`;
    const { status, read, batches } = run(script, {}, ["--word", "it's", "--task_overhead_timeout", "20"]);
    expect(status).toBe(0);
    expect(read("results.txt").trim().split("\n")).toEqual(Array.from({ length: 7 }, (_, index) => `it's f${index}`));
    expect(batches.map(({ items }) => items).sort()).toEqual([1, 2, 2, 2]);
    const count = (what: string) =>
      spawnSync("sh", ["-c", `ls ${what}-* | wc -l`], { cwd: folder, encoding: "utf8" }).stdout.trim();
    expect(count("init")).toBe(count("shutdown"));
    expect(JSON.parse(read("outputs/parallel_run/summary.json"))).toMatchObject({ done: 4, failed: 0, items: 7 });
  });

  it("cuts files by their size when that is what a mini-batch says", () => {
    const sizes: Record<string, number> = { a: 400, b: 400, c: 400, d: 3000, e: 10 };
    files(Object.keys(sizes), (name) => "x".repeat(sizes[name]!));
    const script = "import os\ndef run(paths):\n    return ['+'.join(os.path.basename(path) for path in paths)]";
    const { read } = run(script, { miniBatchSize: "1kb" });
    expect(read("results.txt")).toBe("a+b\nc\nd\ne\n");
  });

  const failing = `
import os
def run(mini_batch):
    if any(path.endswith("bad") for path in mini_batch):
        raise ValueError("not to be read")
    return mini_batch
`;

  it("says what is missing when failures are allowed", () => {
    files(["a", "bad", "c"]);
    const { status, output, read, batches } = run(failing, { miniBatchSize: "1" });
    expect(status).toBe(0);
    expect(output).toContain("WARNING: 1 of 3 items are not in the results");
    expect(read("outputs/parallel_run/failed_items.txt")).toBe(`${join(folder, "data", "bad")}\n`);
    expect(batches.find(({ state }) => state === "failed")).toMatchObject({ attempts: 2, error: /not to be read/ });
  });

  it.each([
    ["items", { errorThreshold: 0 }],
    ["mini-batches", { miniBatchErrorThreshold: 0 }],
  ])("fails when more %s fail than allowed", (what, limit) => {
    files(["a", "bad", "c"]);
    const { status, output } = run(failing, { miniBatchSize: "1", ...limit });
    expect(status).toBe(1);
    expect(output).toContain(`1 ${what} failed; the step allows 0`);
  });

  it("takes what programs tell Azure's driver in arguments, and does not hand it on", () => {
    files(["a", "bad", "c", "d"]);
    const seen = `import sys\nprint("given", sys.argv[1:])\n${failing}`;
    const words = ["--mini_batch_size=1", "--model", "m", "--run_max_try", "1", "--copy_logs_to_parent", "True"];
    const allowed = run(seen, {}, [...words, "--error_threshold", "1"]);
    expect(allowed.output).toContain("given ['--model', 'm']");
    expect([allowed.status, allowed.batches.map(({ attempts }) => attempts)]).toEqual([0, [1, 1, 1, 1]]);
    const few = run(failing, { workers: 1 }, [...words, "--allowed_failed_percent=30"]);
    expect(few.status).toBe(0);
    expect(run(failing, { workers: 1 }, [...words, "--allowed_failed_percent=20"]).status).toBe(1);
    expect(run(failing, {}, [...words, "--allowed_failed_count=0"]).output).toContain("1 mini-batches failed");
    expect(run(failing, {}, ["--error_threshold", "few"]).output).toContain('--error_threshold is "few"');
  });

  it("fails when nothing went well, whatever is allowed", () => {
    files(["bad"]);
    expect(run(failing, {})).toMatchObject({ status: 1, output: expect.stringContaining("Every mini-batch failed.") });
  });

  it("tries a mini-batch again that took too long, or its process with it", () => {
    files(["dies", "sleeps"]);
    const script = `
import os, pathlib, time
def run(mini_batch):
    mark = pathlib.Path(os.path.basename(mini_batch[0]) + ".tried")
    if not mark.exists():
        mark.touch()
        os._exit(3) if "dies" in mini_batch[0] else time.sleep(60)
    return mini_batch
`;
    const { status, batches, output } = run(script, { miniBatchSize: "1", timeoutSeconds: 3 });
    expect(output).toMatch(/did not end within 3 s/);
    expect(output).toMatch(/ended with exit code 3/);
    expect([status, batches.map(({ attempts }) => attempts)]).toEqual([0, [2, 2]]);
  });

  it("fails at once when the script cannot be used", () => {
    files(["a"]);
    const { status, output } = run("def init():\n    raise RuntimeError('no model')", {});
    expect([status, output.includes("no model") || output.includes("no function run")]).toEqual([1, true]);
  });

  it("gives rows of tables, and whole partitions, as DataFrames", { timeout: 180_000 }, async () => {
    const python = await pythonWith("pandas", ["pandas==2.2.3", "pyyaml==6.0.2"]);
    mkdirSync(join(folder, "data", "north"));
    mkdirSync(join(folder, "data", "south"));
    files(["north/one.csv"], () => "day,sold,junk\n1,10,x\n2,20,x\n");
    files(["south/two.csv"], () => "day,sold,junk\n1,30,x\n");
    files(["MLTable"], () =>
      JSON.stringify({
        paths: [{ pattern: "./**/*.csv" }],
        transformations: [
          { read_delimited: { delimiter: ",", header: "all_files_same_headers", encoding: "utf8" } },
          { extract_columns_from_partition_format: { partition_format: "/{region}/{file}.csv" } },
          { drop_columns: ["junk", "file"] },
        ],
      }),
    );
    const rows = run("def run(rows):\n    return rows", { inputType: "mltable" }, [], python);
    expect(rows.output).toContain("3 items");
    expect(rows.read("results.txt")).toBe("1 10 north\n2 20 north\n1 30 south\n");
    const form = ["--append_row_dataframe_header", "True", "--append_row_dataframe_sep=,"];
    const written = run("def run(rows):\n    return rows", { inputType: "mltable" }, form, python);
    expect(written.read("results.txt")).toBe("day,sold,region\n1,10,north\n2,20,north\n1,30,south\n");
    const script =
      "def run(rows, context):\n    return [f\"{context.partition_key_value['region']}: {rows['sold'].sum()}\"]";
    const groups = run(script, { inputType: "mltable", partitionKeys: ["region"] }, [], python);
    expect(groups.read("results.txt")).toBe("north: 30\nsouth: 30\n");
    const missing = run(script, { inputType: "mltable", partitionKeys: ["shop"] }, [], python);
    expect(missing.output).toContain("The table has no column shop to partition by; it has day, sold, region.");
  });
});

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPython, pythonWith } from "../support/python.ts";

if (!hasPython) console.log("Skipped the folds of cross-validation: there is no python3 on the PATH.");

const run = promisify(execFile);
const source = fileURLToPath(new URL("../../examples/cross-validation/src", import.meta.url));
const packages = ["mlflow-skinny==3.11.1", "numpy==2.2.6", "pandas==2.3.3", "scikit-learn==1.7.2"];

interface Fold {
  train: number[];
  test: number[];
  inner?: { train: number[]; test: number[] }[];
}

describe.skipIf(!hasPython)("the folds of the cross-validation example", () => {
  let python: string;
  let folder: string;
  const count = 24;
  const rows = Array.from({ length: count }, (_, at) => ({
    x: at,
    group: "abcd"[at % 4]!,
    late: at % 3 === 0 ? 1 : 0,
  }));

  beforeAll(async () => {
    python = await pythonWith("cross-validation", packages);
    folder = await mkdtemp(join(tmpdir(), "trainyard-folds-"));
    const lines = rows.map(({ x, group, late }) => `${x},${group},${late}`);
    await writeFile(join(folder, "rows.csv"), ["x,group,late", ...lines].join("\n"));
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function cut(...argv: string[]): Promise<Fold[]> {
    const out = await mkdtemp(join(folder, "out-"));
    const given = ["--data", join(folder, "rows.csv"), "--output", out, "--items", out];
    await run(python, [join(source, "folds.py"), ...given, ...argv]);
    const items = JSON.parse(await readFile(join(out, "items.json"), "utf8")) as { fold: number }[];
    return Promise.all(
      items.map(async ({ fold }) => JSON.parse(await readFile(join(out, `fold-${fold}.json`), "utf8")) as Fold),
    );
  }
  /** What scikit-learn's own splitter gives. */
  async function expected(splitter: string, given: string): Promise<Fold[]> {
    const program = `
import json, pandas as pd
from sklearn.model_selection import *
rows = pd.read_csv(${JSON.stringify(join(folder, "rows.csv"))})
print(json.dumps([{"train": a.tolist(), "test": b.tolist()} for a, b in ${splitter}.split(${given})]))`;
    return JSON.parse((await run(python, ["-c", program])).stdout) as Fold[];
  }

  it("are those of scikit-learn", { timeout: 120_000 }, async () => {
    const shuffled = "shuffle=True, random_state=3";
    const cases: [string[], string, string, number][] = [
      [["--method", "k-fold", "--folds", "4", "--seed", "3"], `KFold(4, ${shuffled})`, "rows", 4],
      [
        ["--method", "stratified", "--folds", "4", "--seed", "3", "--column", "late"],
        `StratifiedKFold(4, ${shuffled})`,
        "rows, rows['late']",
        4,
      ],
      [["--method", "leave-one-out"], "LeaveOneOut()", "rows", count],
      [["--method", "leave-one-group-out", "--column", "group"], "LeaveOneGroupOut()", "rows, groups=rows['group']", 4],
    ];
    for (const [argv, splitter, given, folds] of cases) {
      const found = await cut(...argv);
      expect(found, splitter).toEqual(await expected(splitter, given));
      expect(found).toHaveLength(folds);
      expect(found.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual(rows.map(({ x }) => x));
    }
    const groups = await cut("--method", "leave-one-group-out", "--column", "group");
    expect(groups.map(({ test }) => new Set(test.map((at) => rows[at]!.group)).size)).toEqual([1, 1, 1, 1]);
    const strata = await cut("--method", "stratified", "--folds", "4", "--column", "late");
    expect(strata.map(({ test }) => test.filter((at) => rows[at]!.late === 1).length)).toEqual([2, 2, 2, 2]);
  });

  it("have folds of their own that see no test row", { timeout: 120_000 }, async () => {
    const folds = await cut("--folds", "4", "--inner", "3");
    expect(folds).toHaveLength(4);
    for (const { train, test, inner } of folds) {
      expect(inner).toHaveLength(3);
      for (const part of inner!) {
        expect([...part.train, ...part.test].sort((a, b) => a - b)).toEqual([...train].sort((a, b) => a - b));
        expect(part.train.filter((row) => test.includes(row) || part.test.includes(row))).toEqual([]);
      }
      expect(inner!.flatMap((part) => part.test).sort((a, b) => a - b)).toEqual([...train].sort((a, b) => a - b));
    }
  });

  it("say which column is missing", { timeout: 60_000 }, async () => {
    await expect(cut("--method", "leave-one-group-out")).rejects.toMatchObject({
      stderr: expect.stringContaining("leave-one-group-out needs --column; the data has x, group, late"),
    });
  });

  it("are gathered as mean and deviation", { timeout: 60_000 }, async () => {
    const program = "import json, gather; print(json.dumps(gather.summarise([{'a': 1.0}, {'a': 2.0}, {'a': 6.0}])))";
    const { stdout } = await run(python, ["-c", program], { env: { ...process.env, PYTHONPATH: source } });
    expect(JSON.parse(stdout)).toEqual({ a_mean: 3, a_std: Math.sqrt(7) });
  });
});

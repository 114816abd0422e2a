import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readGroups, reportOf } from "./report.ts";

const fileAt = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe("the report on MLflow's own tests", () => {
  const outcomes = {
    "a.py::one": "passed",
    "a.py::two": "failed",
    "b.py::three[x]": "failed",
    "b.py::four": "skipped",
  };

  it("is good when exactly what is expected to fail fails", () => {
    const exceptions = new Map([
      ["a.py::two", "a reason"],
      ["b.py::three[x]", "another"],
    ]);
    const report = reportOf(outcomes, exceptions, { wholeSuite: true });
    expect(report.ok).toBe(true);
    expect(report.text).toMatch(
      /^a\.py +2 items: 1 passed, 1 failed\nb\.py +2 items: 1 failed, 1 skipped\ntotal +4 items/,
    );
  });

  it("is bad when something else fails, or when an exception passes or is gone", () => {
    const known = new Map([["a.py::two", "a reason"]]);
    expect(reportOf(outcomes, known, { wholeSuite: true })).toMatchObject({
      ok: false,
      unexpected: ["b.py::three[x]"],
    });
    const both = new Map([...known, ["b.py::three[x]", ""]] as const);
    expect(reportOf(outcomes, new Map([...both, ["a.py::one", ""]]), { wholeSuite: false }).ok).toBe(false);
    const gone = new Map([...both, ["a.py::gone", ""]]);
    expect(reportOf(outcomes, gone, { wholeSuite: true }).text).toContain("not run: a.py::gone");
    expect(reportOf(outcomes, gone, { wholeSuite: false }).ok).toBe(true);
  });

  it("agrees with the documentation about the exceptions", () => {
    const page = readFileSync(fileAt("../../../../docs/compat/mlflow.md"), "utf8");
    const rows = readGroups(fileAt("exceptions.yaml")).map(({ reason, items }) => `| ${items.length} | ${reason} |`);
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openCheckout } from "./checkout.ts";
import { lineOf, totals } from "./table.ts";

const root = mkdtempSync(join(tmpdir(), "trainyard-checkout-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("counts files by kind and status, and leaves out what no file reached", () => {
  const text = totals([
    { file: "a.yml", kind: "data", status: "planned" },
    { file: "b.yml", kind: "data", status: "wrong", reason: "no path" },
    { file: "c.yml", kind: "model", status: "planned" },
  ]);
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  expect(lines).toEqual([
    ["wrong", "planned"],
    ["data", "1", "1"],
    ["model", "0", "1"],
    ["total", "1", "2"],
  ]);
});

it("says why beside the file", () => {
  expect(lineOf({ file: "b.yml", kind: "data", status: "wrong", reason: "no path" })).toMatch(
    /^wrong +data +b\.yml — no path$/,
  );
});

it("shows a folder as the files that come with a job", async () => {
  mkdirSync(join(root, "cli/jobs/.hidden"), { recursive: true });
  mkdirSync(join(root, ".git"));
  writeFileSync(join(root, "cli/jobs/job.yml"), "command: ls");
  writeFileSync(join(root, "cli/jobs/run.py"), "");
  writeFileSync(join(root, ".git/x.yml"), "");
  const checkout = openCheckout(root);
  expect(checkout.yamlBelow("cli")).toEqual(["cli/jobs/job.yml"]);
  expect(await checkout.read("cli/jobs/job.yml")).toBe("command: ls");
  expect(await checkout.read(".git/x.yml")).toBeUndefined();
  expect((await checkout.list("cli")).map(({ path }) => path).sort()).toEqual(["jobs/job.yml", "jobs/run.py"]);
});

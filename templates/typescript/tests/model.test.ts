import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readRows } from "../src/houses.ts";
import { fit, judge } from "../src/ridge.ts";
import { split } from "../src/split.ts";

const rows = readRows(fileURLToPath(new URL("../data/houses.csv", import.meta.url)));

test("no row is in both parts", () => {
  const parts = split(rows, 0.2, 17);
  assert.equal(parts.test.length, 32);
  assert.deepEqual([...parts.train, ...parts.test].sort(), [...rows].sort());
  assert.throws(() => split(rows, 1, 17), /between 0 and 1/);
});

test("the model learns something", () => {
  const parts = split(rows, 0.2, 17);
  assert.ok(judge(fit(parts.train, 1), parts.test).r2 > 0.8);
});

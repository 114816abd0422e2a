// Splits the rows into those a model learns from and those it is judged by.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readRows, writeRows } from "./houses.ts";
import { split } from "./split.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "" },
    "test-share": { type: "string", default: "0.2" },
    seed: { type: "string", default: "17" },
    output: { type: "string", default: "" },
  },
});

const { train, test } = split(readRows(values.data), Number(values["test-share"]), Number(values.seed));
mkdirSync(values.output, { recursive: true });
writeRows(join(values.output, "train.csv"), train);
writeRows(join(values.output, "test.csv"), test);
console.log(`${train.length} rows to learn from, ${test.length} held out`);

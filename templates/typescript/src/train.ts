// Trains a ridge regression, judges it by the held-out rows, and saves it as JSON.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { features, readRows, target } from "./houses.ts";
import { fit, judge } from "./ridge.ts";
import { log } from "./track.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "" },
    alpha: { type: "string", default: "1" },
    model: { type: "string", default: "" },
  },
});

const alpha = Number(values.alpha);
const model = fit(readRows(join(values.data, "train.csv")), alpha);
const metrics = judge(model, readRows(join(values.data, "test.csv")));
await log({ params: { alpha }, metrics });
mkdirSync(values.model, { recursive: true });
writeFileSync(
  join(values.model, "model.json"),
  `${JSON.stringify({ features, target, ...model, metrics }, null, 2)}\n`,
);
console.log(
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join(", "),
);

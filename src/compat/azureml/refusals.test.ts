import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refusals } from "./issues.ts";

const documented = readFileSync(join(import.meta.dirname, "../../../docs/compat/azureml.md"), "utf8");
const named = [...documented.matchAll(/^\| ([^|]+?) \| [^|]+ \|$/gm)].flatMap(([, names]) => names!.split(", "));

it.each(refusals)("%s is on the documented list", (refusal) => {
  expect(named).toContain(refusal);
});

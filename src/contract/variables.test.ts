import { expect, it } from "vitest";
import { commandStepSchema } from "./job-definition.ts";

const environment = { name: null, condaFile: null, image: null };
const accepts = (more: object) =>
  commandStepSchema.safeParse({ command: "true", code: null, environment, ...more }).success;

it.each(["A", "_", "a1_B", "LD_PRELOAD"])("a variable may be called %s", (name) =>
  expect(accepts({ environmentVariables: { [name]: "x" } })).toBe(true),
);

it.each(["", "*", "LD_*", "A=B", "A B", "1A", "A-B", "A.B", "A\n", "A\0", "BASH_FUNC_x%%", "x".repeat(256)])(
  "no variable is called %j: who passes it on would read something else",
  (name) => {
    expect(accepts({ environmentVariables: { [name]: "x" } })).toBe(false);
    expect(accepts({ secrets: { [name]: "x" } })).toBe(false);
  },
);

it("a NUL is in no variable and no command", () => {
  expect(accepts({ environmentVariables: { A: "two\nlines" } })).toBe(true);
  expect(accepts({ environmentVariables: { A: "a\0b" } })).toBe(false);
  expect(accepts({ command: "echo a\0b" })).toBe(false);
});

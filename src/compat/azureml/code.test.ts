import { expect, it } from "vitest";
import { Problem } from "../../contract/errors.ts";
import { isCommand } from "../../contract/job.ts";
import type { CodePlace } from "./index.ts";
import { digestOf, filesInMemory, translate } from "./testing.ts";

const commit = "c".repeat(40);
const digest = "d".repeat(64);

const jobWith = (code: string, more = "") => ({ "job.yml": `command: python run.py\n${more}code: ${code}\n` });

it("takes code from a repository at a commit, and says where it was", async () => {
  const asked: CodePlace[] = [];
  const readCode = async (place: CodePlace) => {
    asked.push(place);
    return { digest, commit, leftOut: ["vendor"] };
  };
  const files = {
    "job.yml": "type: pipeline\njobs:\n  a: { component: ./c.yml }\n  b: { component: ./c.yml }\n",
    "c.yml": "type: command\ncommand: ls\ncode: git+https://example.org/code#main:train\n",
  };
  const { definition, issues, warnings } = await translate(files, { readCode });
  expect(issues).toEqual([]);
  const codeOrigin = { url: "https://example.org/code", commit, folder: "train" };
  expect(definition!.steps).toMatchObject({ a: { code: digest, codeOrigin }, b: { code: digest, codeOrigin } });
  expect(asked).toEqual([{ repository: "https://example.org/code", ref: "main", folder: "train" }]);
  expect(warnings).toEqual([{ at: "c.yml:3:7", message: expect.stringContaining('"vendor" is a submodule') }]);
});

it("takes code that lies at a URL", async () => {
  const readCode = async () => ({ digest, leftOut: [] });
  const { definition, issues } = await translate(jobWith("azureml://datastores/store/paths/code"), { readCode });
  expect(issues).toEqual([]);
  const step = definition!.steps.main!;
  expect(isCommand(step) && step.codeOrigin).toEqual({
    url: "azureml://datastores/store/paths/code",
    commit: null,
    folder: "",
  });
});

it("says where it is written that it cannot be had", async () => {
  const readCode = async () => {
    throw new Problem("unavailable", "https://example.org/code.git has no branch x.", { hint: "Look." });
  };
  const { issues, verdict } = await translate(jobWith("https://example.org/code.git#x"), { readCode });
  expect(issues).toEqual([
    { at: "job.yml:2:7", message: "https://example.org/code.git has no branch x", hint: "Look." },
  ]);
  expect(verdict).toBe("incomplete");
});

it("says what it did not look at", async () => {
  const { issues, warnings } = await translate(jobWith("https://example.org/code.git"));
  expect([issues.length, warnings.map(({ message }) => message)]).toEqual([
    0,
    ["whether the code is there is looked at when the job is submitted"],
  ]);
});

it.each([
  ["git@example.org:code.git", "a git URL that is not https as code"],
  ["azureml:code:1", "a registered code asset as code"],
  ["azureml://jobs/j/outputs/o", "an output of another job as code"],
])("does not take %s", async (code, message) => {
  const { issues, verdict } = await translate(jobWith(`"${code}"`), {
    readCode: async () => ({ digest, leftOut: [] }),
  });
  expect(issues[0]!.message).toContain(message);
  expect(verdict).toBe("refused");
});

it("takes the path of code as files of the preview have it", async () => {
  const { definition, issues } = await translate({ ...jobWith("{ local_path: src }"), "src/run.py": "run" });
  expect(issues).toEqual([]);
  const step = definition!.steps.main!;
  expect(isCommand(step) && step.code).toBe(digestOf({ "run.py": "run" }));
});

it("says of which registered component code is, and of code beside the job nothing", async () => {
  const files = {
    "job.yml": "type: pipeline\njobs:\n  a: { component: azureml:train@latest }\n  b: { component: ./c.yml }\n",
    "c.yml": "type: command\ncommand: ls\ncode: .\n",
  };
  const registered = { "c/t.yml": "type: command\ncommand: ls\ncode: ./src\n", "c/src/run.py": "run" };
  const findComponent = async () => ({ version: "3", file: "c/t.yml", files: filesInMemory(registered) });
  const { definition, issues } = await translate(files, { findComponent });
  expect(issues).toEqual([]);
  const codeOrigin = { url: "azureml:train:3", commit: null, folder: "c/src" };
  expect(definition!.steps.a).toMatchObject({ code: digestOf({ "run.py": "run" }), codeOrigin });
  expect(definition!.steps.b).not.toHaveProperty("codeOrigin");
});

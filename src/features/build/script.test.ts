import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePipeline } from "../../compat/azurepipelines/index.ts";
import { renderCommand } from "../../contract/command.ts";
import { commandOf } from "./script.ts";

const run = promisify(execFile);

describe("the command of a build", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trainyard-build-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Runs a pipeline file as an agent does. */
  async function runPipeline(yaml: string) {
    const { definition, issues } = parsePipeline(yaml, "build.yml");
    expect(issues).toEqual([]);
    const place = await mkdtemp(join(folder, "run-"));
    const [code, results] = [join(place, "my code"), join(place, "results")];
    for (const path of [join(code, "sub folder"), results]) await mkdir(path, { recursive: true });
    await writeFile(join(code, "file.txt"), "content");
    const { command } = renderCommand(commandOf(definition!), { inputs: {}, outputs: { results } });
    const { stdout } = await run("/bin/bash", ["-c", command], { cwd: code, env: { PATH: process.env.PATH } });
    const outcome = JSON.parse(await readFile(join(results, "outcome.json"), "utf8"));
    return { stdout, outcome, tests: (await readdir(join(results, "tests"))).sort() };
  }

  it("runs scripts in their folders with their variables, quotes and all", async () => {
    const { stdout, outcome } = await runPipeline(`
variables: { who: it's "me" }
steps:
  - script: |
      cd /
      greeting='hello'; echo "$greeting $WHO $(who)" | tr -d '"'
    displayName: Say 'hello'
  - bash: cat ../file.txt; echo " $A $(pwd)"
    workingDirectory: sub folder
    env: { A: "a'b" }
  - script: cat $(Build.SourcesDirectory)/none || test -d "$BUILD_SOURCESDIRECTORY/sub folder"
`);
    expect(outcome).toEqual({ exitCode: 0, step: 3 });
    expect(stdout).toContain("== Say 'hello'\nhello it's me it's me");
    expect(stdout).toMatch(/content a'b .*my code\/sub folder\n/);
  });

  it("stops at the script that fails, and still collects test results", async () => {
    const { stdout, outcome, tests } = await runPipeline(`
steps:
  - script: mkdir -p a/b; echo x > a/b/TEST-1.xml; echo y > results.xml
  - script: "false; echo not reached"
  - script: echo not reached either
  - task: PublishTestResults@2
    inputs: { testResultsFiles: "**/TEST-*.xml\\nresults.xml\\nabsent.xml" }
`);
    expect(outcome).toEqual({ exitCode: 1, step: 2 });
    expect(stdout).not.toMatch(/^not reached/m);
    expect(tests).toEqual(["1.xml", "2.xml"]);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "trainyard-local-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** Runs the command line without any server; gives its exit code and what it printed. */
const run = (...args: string[]) =>
  new Promise<{ code: number; output: string }>((done) => {
    const environment = { PATH: process.env.PATH, HOME: process.env.HOME, TRAINYARD_HOME: join(home, "home") };
    execFile(process.execPath, [resolve("bin/trainyard.js"), ...args], { env: environment }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });

const pipeline = (end: string) => `
type: pipeline
inputs: { rows: { type: uri_file, path: ./rows.csv } }
outputs: { text: { type: uri_folder } }
jobs:
  count:
    command: grep -c . \${{inputs.rows}} > \${{outputs.lines}}
    inputs: { rows: "\${{parent.inputs.rows}}" }
    outputs: { lines: { type: integer } }
  say:
    command: echo "\${{inputs.lines}} lines" | tee \${{outputs.text}}/said.txt; ${end}
    inputs: { lines: "\${{parent.jobs.count.outputs.lines}}" }
    outputs: { text: "\${{parent.outputs.text}}" }
`;

it("runs a whole job on a sample without a server, and again from what it kept", { timeout: 90_000 }, async () => {
  await writeFile(join(home, "rows.csv"), `a\n${"1\n".repeat(500)}`);
  await writeFile(join(home, "job.yml"), pipeline("true"));
  const command = ["job", "run-local", "-f", join(home, "job.yml"), "--sample", "20"];
  const first = await run(...command, "--set", "name=local", "-p", join(home, "out"));
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining("21 lines") });
  expect(await readFile(join(home, "out/local/outputs/text/said.txt"), "utf8")).toBe("21 lines\n");
  expect(await readFile(join(home, "out/local/logs/say.txt"), "utf8")).toContain("21 lines");
  const again = await run(...command);
  expect(again.output.match(/reused/g)).toHaveLength(2);
  await writeFile(join(home, "job.yml"), pipeline("exit 3"));
  expect(await run(...command)).toMatchObject({ code: 1, output: expect.stringContaining("exit code 3") });
});

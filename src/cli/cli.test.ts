import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, type TestApp } from "../../test/support/app.ts";
import { createRun, logBatch } from "../features/run/index.ts";
import { recordSpans } from "../features/trace/index.ts";
import { spanFor } from "../features/trace/trace.fixture.ts";
import { createProgram } from "./commands.ts";
import type { Command } from "./program.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

interface Said {
  code: number | null;
  out: string;
  err: string;
}

describe("the command line", () => {
  let app: TestApp;
  let url: string;
  let home: string;

  beforeAll(async () => {
    app = await createTestApp({ database: "sqlite", loops: true });
    url = await app.http.listen({ host: "127.0.0.1", port: 0 });
    home = mkdtempSync(join(tmpdir(), "trainyard-cli-"));
  });
  afterAll(async () => {
    await app.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const run = (...argv: string[]): Promise<Said> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [main, ...argv], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env.PATH, HOME: home, TRAINYARD_HOME: home, NO_COLOR: "1" },
      });
      const said = { out: "", err: "" };
      child.stdout.on("data", (part) => {
        said.out += part;
      });
      child.stderr.on("data", (part) => {
        said.err += part;
      });
      child.once("close", (code) => resolve({ code, ...said }));
    });
  const as = async (role: "owner" | "reader", ...argv: string[]) =>
    run(...argv, "--url", url, "--token", await app.tokenOf(role));

  it("explains every command", async () => {
    const explained = (command: Command, path: string): string[] => {
      expect(command.description(), path).not.toBe("");
      expect(command.helpInformation(), path).toMatch(/^Usage: trainyard/);
      const undescribed = command.options.filter((option) => !option.description).map((option) => option.long);
      expect(undescribed, path).toEqual([]);
      return [path, ...command.commands.flatMap((inner) => explained(inner, `${path} ${inner.name()}`))];
    };
    const paths = explained(createProgram(), "trainyard");
    expect(paths).toContain("trainyard job create");
    const { code, out, err } = await run("job", "create", "--help");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Usage: trainyard job create/);
  });

  it("tells by its exit code what kind of thing went wrong", async () => {
    const nobody = ["--url", "http://127.0.0.1:9", "--token", "x"];
    const sales = ["data", "create", "sales", "package.json"];
    const bad = join(home, "bad.yml");
    writeFileSync(bad, "type: command\ncommand: echo\ncolour: red\n");
    const cases: [number, RegExp, Promise<Said>][] = [
      [0, /^$/, as("reader", "job", "list")],
      [2, /unknown command 'jbo'/, run("jbo")],
      [2, /unknown option '--colour'/, run("job", "list", "--colour")],
      [2, /There is no job "nothing"/, as("reader", "job", "show", "nothing")],
      [2, /bad\.yml:3:1/, as("owner", "job", "create", "-f", bad)],
      [3, /The server does not answer/, run("job", "list", ...nobody)],
      [3, /There is no server for/, run("job", "list")],
      [4, /not known, was withdrawn, or has ended/, run("job", "list", "--url", url, "--token", "wrong")],
      [4, /reader may not access → manage/, as("reader", "user", "create", "eve", "--role", "owner")],
      [2, /a database URL starts with/, run("up", "--database-url", "mysql://x")],
      [2, /^✗ There is no file or folder nowhere\.yml\.\n$/, as("owner", ...sales, "--expectations", "nowhere.yml")],
      [2, /^✗ src is a folder\.\n/, as("owner", "job", "create", "-f", "src")],
      [2, /^✗ package\.json is no YAML file\.\n/, as("owner", "job", "create", "-f", "package.json")],
      [2, /^✗ .*query\.limit: must be a number\.\n$/, as("owner", "job", "list", "--limit", "many")],
    ];
    for (const [code, message, running] of cases) {
      const said = await running;
      expect([said.code, said.err]).toEqual([code, expect.stringMatching(message)]);
    }
  });

  it("takes a secret from a pipe or a file, and never shows it", async () => {
    const file = join(home, "password");
    writeFileSync(file, "open sesame");
    const set = await as("owner", "secret", "set", "door", "--file", file);
    expect([set.code, set.out]).toEqual([0, expect.stringMatching(/door\n.*\$\{\{secrets\.door\}\}/s)]);
    // Nothing comes from the closed input.
    const empty = await as("owner", "secret", "set", "door");
    expect([empty.code, empty.err]).toEqual([2, expect.stringMatching(/a secret has at least 6 characters/)]);
    const listed = await as("reader", "secret", "list");
    expect(listed.out).toMatch(/door +1 /);
    for (const { out, err } of [set, empty, listed]) expect(out + err).not.toContain("sesame");
  });

  it("draws a trace as a tree", async () => {
    const spans = [spanFor("7/1", { name: "answer" }), spanFor("7/2/1", { name: "find" }), spanFor("7/3/2")];
    const failed = spanFor("7/4/1", {
      name: "ask",
      status: { code: 2, message: "no reply" },
      says: { n: { intValue: "5" } },
    });
    await recordSpans(app.ctx, "default", { experimentId: "0", spans: [...spans, failed], spansIn: "store" });
    const { out } = await as("reader", "trace", "show", failed.trace);
    expect(out.split("\n").slice(-5, -1)).toEqual([
      "answer          100 ms  0000000000000001",
      "├─ find         100 ms  0000000000000002",
      "│  └─ span 3    100 ms  0000000000000003",
      "└─ ask          100 ms  0000000000000004 ✗ no reply",
    ]);
    expect((await as("reader", "trace", "show", failed.trace, "--span", failed.spanId)).out).toMatch(
      /no reply\n(.*\n)*.*"n": 5/,
    );
    expect((await as("reader", "trace", "list", "--from", "soon")).err).toMatch(/--from "soon" is not a time/);
    expect((await as("reader", "trace", "delete", failed.trace)).code).toBe(4);
  });

  it("shows the first few metrics of a run, or those that were asked for", async () => {
    const at = { workspace: "default", experiment: "many", parentRunId: null };
    const id = await createRun(app.ctx, { ...at, name: "many", user: "ada", jobId: null, startedAt: 1 });
    const metrics = ["a", "b", "c", "d", "e"].map((key, at) => ({ key, value: at / 3, step: 0, timestamp: 1 }));
    await logBatch(app.ctx, "default", id, { metrics });
    expect((await as("reader", "run", "list")).out).toMatch(/a=0 b=0\.333333 c=0\.666667 and 2 more/);
    const { out } = await as("reader", "run", "list", "--metrics", "e,none,b");
    expect(out.split("\n")[0]).toMatch(/STATE +E +NONE +B +STARTED/);
    expect(out).toMatch(/1\.33333 +0\.333333/);
  });

  it("prints what programs can read", async () => {
    const lists = [
      "workspace",
      "data",
      "environment",
      "job",
      "experiment",
      "run",
      "trace",
      "view",
      "model",
      "build",
      "stage",
      "release",
    ];
    for (const noun of [...lists, "online-endpoint", "monitor"]) {
      const { code, out, err } = await as("reader", noun, "list", "--output", "json");
      expect([noun, code, err]).toEqual([noun, 0, ""]);
      expect(JSON.parse(out), noun).toBeInstanceOf(Array);
    }
    const { out } = await as("owner", "status", "--output", "json");
    expect(JSON.parse(out)).toMatchObject({ running: true, url });
  });
});

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../../../src/platform/clock.ts";
import { createTestApp, type TestApp } from "../../support/app.ts";
import { freePort } from "../../support/free-port.ts";
import { hasPython } from "../../support/python.ts";
import { clientSettings, pinned, pythonWithMlflow } from "./python.ts";

const run = promisify(execFile);
const minutes = 60_000;
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const program = fileURLToPath(new URL("../../../bin/trainyard.js", import.meta.url));

interface Report {
  lines: { what: string; source: number; difference: number }[];
  issues: unknown[];
  unequal: unknown[];
  skipped: number;
}

describe.skipIf(!hasPython)("importing MLflow's own server and its database", () => {
  let folder: string;
  let python: string;
  let source: ChildProcess;
  let url: string;
  const apps: TestApp[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "trainyard-mlflow-"));
    python = await pythonWithMlflow(pinned);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const stores = ["--backend-store-uri", "sqlite:///mlflow.db", "--artifacts-destination", "./mlartifacts"];
    const argv = ["-m", "mlflow", "server", ...stores, "--port", String(port), "--workers", "1"];
    const env = clientSettings("", "");
    source = spawn(python, argv, { cwd: folder, env, stdio: "ignore", detached: true });
    for (let waited = 0; !(await answers(url)); waited++) {
      if (waited > 1200 || source.exitCode !== null) throw new Error("MLflow's server does not start");
      await sleep(100);
    }
    await run(python, [script("source.py"), join(folder, "ids.json")], { env: clientSettings(url, "") });
  }, 10 * minutes);
  afterAll(async () => {
    // Its worker is a process of its own, in the same group.
    if (source.pid) process.kill(-source.pid, "SIGKILL");
    for (const app of apps) await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A server that has nothing yet, and how to import into it. */
  async function target() {
    const app = await createTestApp({ database: "sqlite" });
    apps.push(app);
    await app.http.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.http.server.address() as AddressInfo;
    const token = await app.tokenOf("owner");
    const start = (...argv: string[]) =>
      spawn(process.execPath, [program, "import", "mlflow", "--include-deleted", "--output", "json", ...argv], {
        cwd: folder,
        env: { ...process.env, TRAINYARD_URL: `http://127.0.0.1:${port}`, TRAINYARD_TOKEN: token },
        stdio: ["ignore", "pipe", "pipe"],
      });
    const finish = async (child: ChildProcess): Promise<Report> => {
      const parts: string[] = [];
      child.stdout!.on("data", (part) => parts.push(String(part)));
      const errors: string[] = [];
      child.stderr!.on("data", (part) => errors.push(String(part)));
      const code = await new Promise((resolve) => child.once("exit", resolve));
      expect(code, errors.join("")).toBe(0);
      return JSON.parse(parts.join("")) as Report;
    };
    const look = async () => {
      const env = clientSettings(`http://127.0.0.1:${port}/w/default`, token);
      return (await run(python, [script("imported.py"), join(folder, "ids.json")], { env })).stdout;
    };
    return { app, start, finish, look };
  }

  const expected = { experiments: 2, runs: 63, points: 11_005, "logged models": 1, versions: 2, aliases: 1 };
  const check = (report: Report) => {
    expect(report.issues).toEqual([]);
    expect(report.unequal).toEqual([]);
    expect(report.lines.filter((line) => line.difference !== 0)).toEqual([]);
    expect(Object.fromEntries(report.lines.map((line) => [line.what, line.source]))).toMatchObject(expected);
  };

  it("goes on after it was killed, and the client finds everything at its old address", {
    timeout: 5 * minutes,
  }, async () => {
    const { app, start, finish, look } = await target();
    const countRuns = async () =>
      Number(
        (
          await app.ctx.db
            .selectFrom("run")
            .select((eb) => eb.fn.countAll().as("n"))
            .executeTakeFirstOrThrow()
        ).n,
      );
    const first = start("--from", url);
    while ((await countRuns()) === 0 && first.exitCode === null) await sleep(2);
    first.kill("SIGKILL");
    expect(await countRuns()).toBeGreaterThan(0);
    check(await finish(start("--from", url)));
    const again = await finish(start("--from", url));
    check(again);
    expect(again.skipped).toBeGreaterThanOrEqual(62);
    expect(await look()).toContain("all there");
  });

  it("reads the database with its folder of artifacts as well", { timeout: 5 * minutes }, async () => {
    const { start, finish, look } = await target();
    check(await finish(start("--from", "sqlite:///mlflow.db", "--artifacts", "./mlartifacts")));
    expect(await look()).toContain("all there");
  });
});

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  );

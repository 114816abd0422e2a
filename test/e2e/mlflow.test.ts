import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "../../src/platform/clock.ts";
import { findRunningServer, readCredentials } from "../../src/server/home.ts";
import { clientSettings, newest, pythonWithMlflow } from "../compat/mlflow/python.ts";
import { createPostgresDatabase, databases } from "../support/app.ts";
import { hasPython } from "../support/python.ts";
import { createServerProcess, type ServerProcess } from "../support/server-process.ts";

const minutes = 60_000;
const scripts = fileURLToPath(new URL("../compat/mlflow", import.meta.url));

interface Script {
  process: ChildProcess;
  /** Lines that it printed so far. */
  lines: string[];
  /** Resolves when it ended well. */
  done: Promise<void>;
}

describe.skipIf(!hasPython).each(databases)("mlflow clients under load, on %s", (database) => {
  let folder: string;
  let server: ServerProcess;
  let python: string;
  let drop = async () => {};
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "trainyard-mlflow-"));
    python = await pythonWithMlflow(newest);
    const postgres = database === "postgres" ? await createPostgresDatabase() : undefined;
    if (postgres) drop = postgres.drop;
    server = await createServerProcess(join(folder, "home"), postgres?.url);
    await server.start();
  }, 10 * minutes);
  afterAll(async () => {
    await server.stop();
    await drop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(script: string, argv: string[], environment: NodeJS.ProcessEnv = {}): Script {
    const { token } = readCredentials(server.home)!;
    const env = { ...clientSettings(server.url, token), ...environment };
    const child = spawn(python, [join(scripts, script), ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    const errors: string[] = [];
    child.stdout.on("data", (part) => lines.push(...String(part).trim().split("\n")));
    child.stderr.on("data", (part) => errors.push(String(part)));
    const done = new Promise<void>((resolve, reject) => {
      child.once("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`${script}: ${errors.join("").slice(-3000)}`)),
      );
    });
    done.catch(() => {});
    return { process: child, lines, done };
  }

  const api = async <T>(path: string, body?: unknown): Promise<T> => {
    const { token } = readCredentials(server.home)!;
    const response = await fetch(`${server.url}/api/2.0/mlflow${path}`, {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body ? JSON.stringify(body) : undefined,
    });
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };

  const newRun = async () => {
    const { run } = await api<{ run: { info: { run_id: string } } }>("/runs/create", { experiment_id: "0" });
    return run.info.run_id;
  };

  async function historyOf(runId: string) {
    const found: { step: number; value: number }[] = [];
    let token = "";
    do {
      const path = `/metrics/get-history?run_id=${runId}&metric_key=loss&max_results=25000&page_token=${token}`;
      const page = await api<{ metrics?: typeof found; next_page_token?: string }>(path);
      found.push(...(page.metrics ?? []));
      token = page.next_page_token ?? "";
    } while (token);
    return found;
  }

  it("keeps every point of eight processes that write to one run at once", { timeout: 10 * minutes }, async () => {
    const [writers, batches, size] = [8, 10, 100];
    const shared = await newRun();
    const processes = Array.from({ length: writers }, (_, number) =>
      start("writer.py", [number, shared, batches, size, 0].map(String)),
    );
    await Promise.all(processes.map((one) => one.done));
    const expected: string[] = [];
    for (let number = 0; number < writers; number++)
      for (let step = 0; step < batches * size; step++) expected.push(`${step} ${number + step / 1000}`);
    const found = (await historyOf(shared)).map((point) => `${point.step} ${point.value}`);
    expect(found.sort()).toEqual(expected.sort());
  });

  it("keeps what it acknowledged when it is killed, and clients go on", { timeout: 10 * minutes }, async () => {
    const [batches, size] = [40, 20];
    const shared = await newRun();
    const retries = { MLFLOW_HTTP_REQUEST_MAX_RETRIES: "8", MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: "1" };
    const writers = [0, 1].map((number) => start("writer.py", [number, shared, batches, size, 0].map(String), retries));
    const acknowledged = () => writers.map((writer) => writer.lines.at(-1)?.split(" ") ?? ["", "0"]);
    for (let kill = 0; kill < 3; kill++) {
      const before = acknowledged().map(([, count]) => Number(count));
      while (acknowledged().some(([, count], index) => Number(count) < before[index]! + 4 * size)) {
        if (writers.some((writer) => writer.process.exitCode !== null)) break;
        await sleep(5);
      }
      await server.kill();
      const then = acknowledged();
      await server.start();
      // The first line of a writer comes with its first batch.
      const heard = then.filter(([runId]) => runId !== "");
      expect(heard, "what was acknowledged").not.toEqual([]);
      for (const [runId = "", count] of heard) {
        const steps = (await historyOf(runId)).map((point) => point.step);
        expect(steps.length, `killed ${kill + 1} times`).toBeGreaterThanOrEqual(Number(count));
      }
    }
    await Promise.all(writers.map((writer) => writer.done));
    expect((await historyOf(shared)).length).toBe(2 * batches * size);
    expect(await server.client().audit.verify()).toMatchObject({ valid: true });
  });

  // Files are kept the same way beside either database; what memory a process has, Linux says.
  it.skipIf(database !== "sqlite" || process.platform !== "linux")(
    "streams a large artifact: its memory does not grow with it",
    { timeout: 10 * minutes },
    async () => {
      const megabytes = 300;
      const { pid } = (await findRunningServer(server.home))!;
      const before = residentMegabytes(pid);
      let most = before;
      const watch = setInterval(() => {
        most = Math.max(most, residentMegabytes(pid));
      }, 20);
      for (const parts of ["false", "true"])
        await start("large.py", [String(megabytes)], { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: parts }).done;
      clearInterval(watch);
      expect(most - before).toBeLessThan(150);
    },
  );
});

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}

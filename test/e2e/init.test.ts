import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobDetail } from "../../src/contract/job.ts";
import { createServerProcess, type ServerProcess } from "../support/server-process.ts";

const program = fileURLToPath(new URL("../../bin/trainyard.js", import.meta.url));

describe("a project that `trainyard init` wrote", () => {
  let server: ServerProcess;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trainyard-init-"));
    const nothing = join(folder, "empty");
    await mkdir(nothing);
    server = await createServerProcess(await mkdtemp(join(tmpdir(), "trainyard-init-home-")));
    // Steps find no python3, nor anything else of this machine.
    await server.start({ PATH: nothing });
  });
  afterAll(async () => {
    await server.stop();
    await rm(server.home, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  const run = (cwd: string, ...argv: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        [program, ...argv, "--home", server.home],
        { cwd, env: { ...process.env, NO_COLOR: "1" } },
        (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });

  it("in TypeScript trains a model without Python, and reuses what did not change", { timeout: 120_000 }, async () => {
    const said = await run(folder, "init", "prices", "--typescript");
    expect([said.code, said.err]).toEqual([0, ""]);
    expect(said.out).toMatch(
      /Wrote prices to .*\n(.*\n)* {2}pipelines\/train\.ts\n(.*\n)* {2}trainyard job create -f pipelines\/train\.ts/,
    );
    const project = join(folder, "prices");
    expect((await run(project, "job", "validate", "-f", "pipelines/train.ts")).out).toBe(
      "✓ pipelines/train.ts is a job, and valid.\n",
    );

    const create = async (...more: string[]) => {
      const { code, out, err } = await run(project, "job", "create", "-f", "pipelines/train.ts", "-o", "json", ...more);
      expect([code, err]).toEqual([0, ""]);
      return JSON.parse(out) as JobDetail;
    };
    const first = await create();
    expect(first).toMatchObject({ experiment: "prices", state: "succeeded", registered: ["model/prices/1"] });
    const params = { workspace: "default", name: "prices", version: "1" };
    const { metrics } = await server.client().model.getVersion({ params });
    expect(metrics.r2).toBeGreaterThan(0.8);
    expect(metrics.rmse).toBeLessThan(40);

    const second = await create("--set", "inputs.alpha=10");
    expect(second.steps.map(({ name, state }) => [name, state])).toEqual([
      ["prepare", "reused"],
      ["train", "succeeded"],
    ]);
  });

  it("in Python is a valid job of Azure ML", async () => {
    expect(await run(folder, "init", "houses", "--name", "house-prices")).toMatchObject({ code: 0 });
    const project = join(folder, "houses");
    const { out } = await run(project, "job", "validate", "-f", "pipelines/train.yml", "-o", "json");
    expect(JSON.parse(out)).toMatchObject({ valid: true, issues: [], definition: { experiment: "house-prices" } });
    expect(await readFile(join(project, "README.md"), "utf8")).toContain("trainyard model show house-prices");
    const texts = await Promise.all(
      (await readdir(project, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
    );
    expect(texts.filter((text) => text.includes("__NAME__"))).toEqual([]);
  });

  it("writes over nothing", async () => {
    const project = join(folder, "mine");
    await mkdir(project);
    await writeFile(join(project, "README.md"), "mine");
    const said = await run(folder, "init", "mine");
    expect([said.code, said.err]).toEqual([
      2,
      expect.stringContaining("mine has README.md already; nothing was written"),
    ]);
    expect(await readdir(project)).toEqual(["README.md"]);
    expect(await run(folder, "init", "other", "--name", "a/b")).toMatchObject({ code: 2 });
    expect(await readdir(folder)).not.toContain("other");
  });
});

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPostgresDatabase, createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Connection } from "../connection.ts";
import { type ImportOptions, importFrom } from "./import.ts";
import { createMlflowPostgres, createMlflowSqlite, ids } from "./mlflow-database.fixture.ts";
import { startProgress } from "./progress.ts";

const params = { workspace: "default" };

let app: TestApp;
let connection: Connection;
let folder: string;
let uri: string;

async function take(options: Partial<ImportOptions> = {}) {
  const progress = startProgress();
  const usual = { experiments: [], includeDeleted: false, artifactFolders: [], fromWorkspace: "default" };
  const flags = { again: false, dryRun: false, strict: false };
  return importFrom(connection, { from: uri, ...usual, ...flags, ...options }, progress).finally(() => progress.stop());
}

async function prepare(database: "sqlite" | "postgres" = "sqlite"): Promise<void> {
  app = await createTestApp({ database });
  const client = await app.as("owner");
  connection = { client, url: "http://localhost", workspace: "default", params };
  folder = mkdtempSync(join(tmpdir(), "trainyard-mlflow-"));
}

async function cleanUp(): Promise<void> {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
}

const linesOf = (report: Awaited<ReturnType<typeof take>>) =>
  Object.fromEntries(report.tally.lines().map(({ what, source, here }) => [what, [source, here]]));

const everything = {
  ...{ experiments: [2, 2], runs: [2, 2], params: [3, 3], tags: [3, 3], points: [303, 303] },
  ...{ "data sets": [1, 1], "logged models": [1, 1], files: [4, 4], bytes: [24, 24] },
  ...{ models: [1, 1], versions: [2, 2], aliases: [1, 1] },
};

describe.each(databases)("importing the database of an MLflow server, from and to %s", (database) => {
  let drop = async () => {};
  beforeEach(async () => {
    await prepare(database);
    if (database === "sqlite") uri = createMlflowSqlite(folder);
    else {
      const source = await createPostgresDatabase();
      drop = source.drop;
      uri = await createMlflowPostgres(source.url, folder);
    }
  });
  afterEach(async () => {
    await cleanUp();
    await drop();
  });

  it("copies everything, finds both sides equal, and copies nothing the second time", async () => {
    const options = { artifactFolders: [join(folder, "mlruns")] };
    const first = await take(options);
    expect(first.tally.issues).toEqual([]);
    expect(first.tally.unequal).toEqual([]);
    expect(linesOf(first)).toEqual(everything);
    expect(first.tally.skipped).toBe(0);
    expect(first.leftOut).toEqual(new Map([["traces", 1]]));
    const second = await take(options);
    expect(linesOf(second)).toEqual(everything);
    expect(second.tally.skipped).toBe(3);
    const again = await take({ ...options, again: true });
    expect(linesOf(again)).toEqual(everything);
    expect(again.tally.skipped).toBe(0);

    const { client } = connection;
    const parent = await client.run.get({ params: { ...params, id: ids.parent } });
    expect(parent).toMatchObject({ name: "parent", user: "ada", startedAt: 1000, endedAt: 2000, state: "FINISHED" });
    expect(parent.params).toEqual({ alpha: "0.1", empty: "" });
    expect(parent.metrics).toEqual({ loss: 1 / 300, odd: "NaN" });
    const child = await client.run.get({ params: { ...params, id: ids.child } });
    expect(child).toMatchObject({ parentRunId: ids.parent, state: "FAILED" });
    const plot = await client.run.artifact({ params: { ...params, id: ids.parent }, query: { path: "plots/a.txt" } });
    expect(await plot.text()).toBe("a plot");
    const { items } = await client.model.get({ params: { ...params, name: "churn" } });
    expect(items.map((item) => [item.version, item.stage, item.aliases, item.format])).toEqual([
      ["3", "None", [], "mlflow"],
      ["1", "Production", ["champion"], "mlflow"],
    ]);
    expect(items[1]).toMatchObject({
      description: "first",
      createdAt: 3000,
      tags: { checked: "yes" },
      runId: ids.parent,
    });
  });

  it("takes deleted runs when it is told to, and they stay deleted", async () => {
    const report = await take({ includeDeleted: true, artifactFolders: [join(folder, "mlruns")] });
    expect(linesOf(report)).toMatchObject({ runs: [3, 3] });
    expect(report.tally.isEqual).toBe(true);
    const gone = await connection.client.run.get({ params: { ...params, id: ids.gone } });
    expect(gone.lifecycleStage).toBe("deleted");
  });

  it("says that files are left out whose folder was not named, and brings them the next time", async () => {
    const outside = await take({ artifactFolders: [join(folder, "elsewhere")] });
    if (database === "postgres") {
      expect(outside.tally.issues[0]!.message).toContain("--artifacts");
      expect(linesOf(outside)).toMatchObject({ files: [0, 0] });
    }
    const report = await take({ artifactFolders: [join(folder, "mlruns")], again: true });
    expect(linesOf(report)).toMatchObject({ files: [4, 4] });
  });
});

describe("an import from what is no source", () => {
  beforeAll(async () => {
    await prepare();
    uri = createMlflowSqlite(folder);
  });
  afterAll(cleanUp);

  it.each([
    ["no address", "mlflow.db", /no address/],
    ["another database", "mysql://root@localhost/mlflow", /no address/],
    ["a file that is not there", "sqlite:///nowhere/mlflow.db", /no database file/],
    ["a server that does not answer", "http://127.0.0.1:9", /does not answer/],
  ])("refuses %s", async (_, from, message) => {
    await expect(take({ from })).rejects.toThrow(message);
  });

  it("refuses a database of something else", async () => {
    new DatabaseSync(join(folder, "other.db")).close();
    await expect(take({ from: `sqlite:///${join(folder, "other.db")}` })).rejects.toThrow(
      /is not a database of MLflow/,
    );
  });

  it("refuses a server of something else", async () => {
    const { createServer } = await import("node:http");
    const server = createServer((_, response) => response.end("<html>")).listen(0);
    const { port } = server.address() as { port: number };
    await expect(take({ from: `http://127.0.0.1:${port}` })).rejects.toThrow(/is not an MLflow server/);
    server.close();
  });

  it("names the experiments that there are when one is not", async () => {
    await expect(take({ experiments: ["diabetis"] })).rejects.toMatchObject({
      hint: "The source has: Default, diabetes.",
    });
  });
});

describe("an import from a source that has gaps", () => {
  beforeEach(async () => {
    await prepare();
    uri = createMlflowSqlite(folder);
  });
  afterEach(cleanUp);

  it("copies one experiment, and of the models what came from it", async () => {
    const report = await take({ experiments: ["Default"] });
    expect(linesOf(report)).toMatchObject({ experiments: [1, 1], runs: [0, 0], models: [0, 0] });
    expect(linesOf(await take({ experiments: ["diabetes"] }))).toMatchObject({ runs: [2, 2], versions: [2, 2] });
  });

  it("writes nothing in a dry run", async () => {
    const report = await take({ dryRun: true });
    const expected = Object.entries(everything).map(([what, [source]]) => [what, [source, 0]]);
    expect(linesOf(report)).toEqual(Object.fromEntries(expected));
    expect((await connection.client.run.list({ params })).items).toEqual([]);
    expect((await connection.client.model.list({ params })).items).toEqual([]);
  });

  it("tells of a schema it was not tried with, and reads what is there", async () => {
    const database = new DatabaseSync(join(folder, "mlflow.db"));
    database.exec("update alembic_version set version_num = 'old'");
    for (const table of ["logged_models", "inputs", "registered_model_aliases"]) database.exec(`drop table ${table}`);
    database.close();
    const report = await take();
    expect(report.tally.issues[0]).toMatchObject({ subject: "schema" });
    expect(linesOf(report)).toMatchObject({
      runs: [2, 2],
      points: [302, 302],
      "logged models": [0, 0],
      aliases: [0, 0],
    });
  });

  it("goes on without files that are missing, and stops there with --strict", async () => {
    rmSync(join(folder, "mlruns/1/models"), { recursive: true });
    symlinkSync("/etc/hostname", join(folder, `mlruns/1/${ids.parent}/artifacts/link.txt`));
    const report = await take();
    const found = report.tally.issues.map((issue) => issue.subject);
    expect(found).toContain(`run/${ids.parent}/link.txt`);
    expect(found).toContain(`logged-model/${ids.model}`);
    expect(found).toContain("model/churn/1");
    expect(linesOf(report)).toMatchObject({ files: [2, 2], versions: [2, 2] });
    await expect(take({ strict: true, again: true })).rejects.toMatchObject({ code: "unprocessable" });
  });

  it("reads no folder that a database names and nobody else", async () => {
    const secret = mkdtempSync(join(tmpdir(), "trainyard-secret-"));
    writeFileSync(join(secret, "key.txt"), "secret");
    const database = new DatabaseSync(join(folder, "mlflow.db"));
    database.prepare("update runs set artifact_uri = ? where run_uuid = ?").run(secret, ids.parent);
    database
      .prepare("update runs set artifact_uri = ? where run_uuid = ?")
      .run("mlflow-artifacts:/../../etc", ids.child);
    database.close();
    const report = await take();
    const messages = report.tally.issues.map((issue) => issue.message).join();
    expect(messages).toContain("name that folder or one above it with --artifacts");
    const run = await connection.client.run.get({ params: { ...params, id: ids.parent } });
    expect(run.artifacts).toEqual([]);
    rmSync(secret, { recursive: true });
  });

  it("finds both sides unequal when something was changed here", async () => {
    await take();
    const { db } = app.ctx;
    const run = db.selectFrom("run").select("number").where("id", "=", ids.parent);
    await db.deleteFrom("run_metric").where("run", "=", run).where("step", "=", 7).execute();
    const key = db.selectFrom("run_key").select("number").where("name", "=", "alpha").where("kind", "=", "param");
    await db.updateTable("run_param").set({ head: "9" }).where("key", "in", key).execute();
    const report = await take();
    expect(report.tally.unequal).toEqual([{ subject: `run/${ids.parent}`, message: "differs: points" }]);
    expect(report.tally.isEqual).toBe(false);
    // Copying again brings back the point; the param stays as it is here.
    const again = await take({ again: true });
    expect(again.tally.unequal).toEqual([{ subject: `run/${ids.parent}`, message: "differs: record" }]);
    expect(again.tally.issues[0]!.message).toBe('its param alpha is "9" here');
  });
});

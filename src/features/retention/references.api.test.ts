import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { blobReferences } from "../../server/references.ts";
import { createWorker } from "../agent/worker.fixture.ts";
import { storeTree } from "../endpoint/model.fixture.ts";
import { createJobs, definition, step } from "../job/job.fixture.ts";
import { openShop } from "../release/release.fixture.ts";
import { purgedTables } from "../run/index.ts";

/** Columns with digests that keep no blob alive, and why. */
const noReferences: Record<string, string> = {
  "audit_event.data": "history: what was, not what is needed",
  "audit_event.hash": "names the event",
  "audit_event.previous_hash": "names the event before",
  "audit_head.hash": "names the newest event",
  "blob.digest": "what is counted, not what counts",
  "credential.hash": "of a secret",
  "dataset.digest": "a client's own name for data",
  "endpoint.key_hash": "of a secret",
  "environment_lock.digest": "of the lock, which is in the row",
  "environment_lock.specification": "of the specification, which is in environment_version",
  "environment_version.digest": "of the specification, which is in the row",
  "evaluation_record.input_digest": "of the inputs, which are in the row",
  "evaluation_record.outputs": "what a model answered, in the row",
  "execution_event.data": "history of tasks, whose results are in task",
  "imported.fingerprint": "of what was imported",
  "job_decision.digest": "of what was decided on, which is in the definition of the job",
  "job_step.key": "names a result in step_result",
  "job_step.preimage": "explains a key; nothing in it is read again",
  "job_step.reuse": "explains a hit by its key",
  "logged_model_metric.dataset_digest": "a client's own name for data",
  "monitor.digest": "of the definition, which is in the row",
  "published_pipeline.code": "the commit that it was published from, in the row",
  "published_pipeline.digest": "of the definition, which is in the row",
  "release_decision.manifest_digest": "the release names the same",
  "run_dataset.digest": "a client's own name for data",
  "run_dataset_tag.digest": "a client's own name for data",
  "serving_file.digest": "says who may read; the deployment names the tree",
  "serving_file.tree": "says who may read; the deployment names the tree",
  "step_flight.key": "names a result in step_result",
  "step_result.key": "names the result itself",
  "upload.secret_hash": "of a secret",
  "url_content.tree": "remembered; looked for before it is used, and fetched again when it is gone",
};

const declared = new Set(blobReferences.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)));
const suspicious =
  /digest|hash|sha256|checksum|fingerprint|tree|^code$|manifest|specification|definition|outputs|payload/;

describe("references to blobs", () => {
  let app: TestApp;
  let columns: { table: string; column: string; type: string }[];
  beforeAll(async () => {
    app = await createTestApp({ database: "sqlite", loops: true });
    const tables = (await app.ctx.db.introspection.getTables()).filter((table) => !table.isView);
    columns = tables.flatMap(({ name, columns }) =>
      columns.map((column) => ({ table: name, column: column.name, type: column.dataType.toLowerCase() })),
    );
  });
  afterAll(() => app.stop());

  it("are declared of columns that exist, by keys that exist", () => {
    const names = new Set(columns.map(({ table, column }) => `${table}.${column}`));
    const all = blobReferences.flatMap(({ table, key, columns }) =>
      [...key, ...columns].map((one) => `${table}.${one}`),
    );
    expect([...all, ...Object.keys(noReferences)].filter((name) => !names.has(name))).toEqual([]);
  });

  it("are declared, or said to be none, for every column that sounds like a digest or holds a document", () => {
    const harmless = /^(release_stage|model_policy|retention)\.definition$/;
    const undecided = columns
      .filter(({ type, column }) => type === "text" && suspicious.test(column))
      .map(({ table, column }) => `${table}.${column}`)
      .filter((name) => !declared.has(name) && !(name in noReferences) && !harmless.test(name));
    expect(undecided).toEqual([]);
  });

  it("are declared wherever work leaves the digest of a blob", async () => {
    const owner = await app.as("owner");
    const worker = createWorker(await app.as("agent"), owner);
    const jobs = createJobs(owner);
    const code = await storeTree(owner, { "train.py": "print()" });
    const outputs = { model: { type: "custom_model" as const, register: { name: "m" } } };
    const { id } = await jobs.submit(definition({ train: step("train", { code, outputs }) }));
    await worker.complete(await worker.claim(), { model: { "model.onnx": "onnx" } });
    await jobs.ended(id);
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const release = await shop.ship();
    await shop.settled(release.number);
    const at = { workspace: shop.workspace };
    await owner.endpoint.create({ params: at, body: { name: "e" } });
    await owner.endpoint.deploy({ params: { ...at, name: "e", deployment: "d" }, body: { model: "m:1" } });
    const blobs = new Set((await app.ctx.db.selectFrom("blob").select("digest").execute()).map((row) => row.digest));
    const found = new Set<string>();
    for (const { table, column } of columns.filter(({ type }) => type === "text")) {
      const { rows } = await sql<{ value: string | null }>`
        select ${sql.ref(column)} as value from ${sql.table(table)}`.execute(app.ctx.db);
      const digests = rows.flatMap(({ value }) => value?.match(/\b[0-9a-f]{64}\b/g) ?? []);
      if (digests.some((digest) => blobs.has(digest))) found.add(`${table}.${column}`);
    }
    expect(found.size).toBeGreaterThan(8);
    expect([...found].filter((name) => !declared.has(name) && !(name in noReferences))).toEqual([]);
  });

  it("leaves no table with rows of runs out of the purge", () => {
    const elsewhere = new Set(["job", "job_step", "job_child", "fan_out", "step_result", "model_version"]);
    const withRuns = columns.filter(({ column }) => column === "run_id" || column === "run").map(({ table }) => table);
    expect(withRuns.filter((table) => !purgedTables.includes(table) && !elsewhere.has(table))).toEqual([]);
  });
});

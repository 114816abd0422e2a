import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { sha256 } from "../../platform/digest.ts";
import { putBlob } from "../blob/index.ts";
import { registerModel, storeTree } from "../endpoint/model.fixture.ts";
import { createWorkspace } from "../workspace/index.ts";
import { collectIn } from "./collect.fixture.ts";

const workspace = "default";

describe.each(databases)("garbage collection on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  beforeAll(async () => {
    app = await createTestApp({ database });
    owner = await app.as("owner");
  });
  afterAll(() => app.stop());

  const collect = (days: number, more: { dryRun?: boolean; olderThanDays?: number } = {}) =>
    collectIn(app.ctx, days, more);
  const isThere = async (digest: string, where = workspace) => {
    const row = app.ctx.db.selectFrom("blob").select("digest").where("digest", "=", digest);
    const known = (await row.where("workspace", "=", where).executeTakeFirst()) !== undefined;
    return { known, stored: (await app.ctx.blobs.size(digest)) !== undefined };
  };
  const mlflow = async (method: string, path: string, body?: object) => {
    const isFile = path.startsWith("mlflow-artifacts");
    const response = await app.fetch(`http://localhost/api/2.0/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await app.tokenOf("owner")}`,
        ...(isFile ? {} : { "content-type": "application/json" }),
      },
      body: isFile ? path : JSON.stringify(body),
    });
    return response.json() as Promise<{ run: { info: { run_id: string } }; experiment_id: string }>;
  };
  const runWithFile = async (experiment_id = "0") => {
    const { run } = await mlflow("POST", "mlflow/runs/create", { experiment_id });
    const id = run.info.run_id;
    const path = `mlflow-artifacts/artifacts/${experiment_id}/${id}/artifacts/model/MLmodel`;
    await mlflow("PUT", path);
    await mlflow("POST", "mlflow/runs/log-metric", { run_id: id, key: "m", value: 1, timestamp: 1 });
    return { id, digest: sha256(path) };
  };

  it("removes what nothing refers to, and keeps what something does, with the files of its trees", async () => {
    const { digest: loose } = await putBlob(app.ctx, workspace, "loose");
    const unused = await storeTree(owner, { "a.txt": "unused tree" });
    const model = await registerModel(owner, "kept", { "model.onnx": "kept" });
    await new Promise((done) => setTimeout(done, 20));
    expect(await collect(2, { dryRun: true })).toMatchObject({ blobs: 3, bytes: expect.any(Number) });
    expect(await isThere(loose)).toEqual({ known: true, stored: true });
    const report = await collect(2);
    expect(report).toMatchObject({ blobs: 3, orphans: 0 });
    expect(report.bytes).toBeGreaterThan(10);
    for (const digest of [loose, unused, sha256("unused tree")])
      expect(await isThere(digest)).toEqual({ known: false, stored: false });
    const { files } = await owner.model.getVersion({ params: { workspace, name: "kept", version: "1" } });
    for (const digest of [model.digest!, ...files.map((file) => file.digest)])
      expect(await isThere(digest)).toEqual({ known: true, stored: true });
    expect(await collect(2)).toMatchObject({ blobs: 0, bytes: 0 });
    const { items } = await owner.audit.list({ query: { type: "storage.collected" } });
    expect(items[0]).toMatchObject({ data: { blobs: 0 } });
  });

  it("keeps what was stored or asked about within a day, over the API", async () => {
    const old = await storeTree(owner, { "b.txt": "asked about" });
    await app.ctx.db.updateTable("blob").set({ created_at: 1, touched_at: 1 }).where("digest", "=", old).execute();
    const file = sha256("asked about");
    await app.ctx.db.updateTable("blob").set({ created_at: 1, touched_at: 1 }).where("digest", "=", file).execute();
    expect(await owner.blob.missing({ params: { workspace }, body: { digests: [old] } })).toEqual({ missing: [] });
    const report = await owner.gc.collect({ params: { workspace }, body: {} });
    expect(report).toMatchObject({ dryRun: false, blobs: 0 });
    expect(await isThere(file)).toEqual({ known: true, stored: true });
    await app.ctx.db.updateTable("blob").set({ created_at: 1, touched_at: 1 }).execute();
    await owner.blob.getTree({ params: { workspace, digest: old } });
    const rows = await app.ctx.db.selectFrom("blob").select("digest").where("touched_at", ">", 1).execute();
    expect(rows.map((row) => row.digest).sort()).toEqual([old, file].sort());
    await expect((await app.as("contributor")).gc.collect({ params: { workspace }, body: {} })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("does not take from the disk what another workspace has", async () => {
    await createWorkspace(app.ctx, { name: "other", description: "" });
    const { digest } = await putBlob(app.ctx, workspace, "shared");
    await putBlob(app.ctx, "other", "shared");
    await new Promise((done) => setTimeout(done, 20));
    const { bytes } = await collect(2);
    expect(await isThere(digest)).toEqual({ known: false, stored: true });
    expect(await isThere(digest, "other")).toEqual({ known: true, stored: true });
    expect(bytes).toBeLessThan(300);
  });

  it("goes on after a crash between the row and the file", async () => {
    const { digest } = await putBlob(app.ctx, workspace, "half removed");
    await app.ctx.db.deleteFrom("blob").where("digest", "=", digest).execute();
    await new Promise((done) => setTimeout(done, 20));
    expect(await collect(2)).toMatchObject({ orphans: 1, bytes: "half removed".length });
    expect(await isThere(digest)).toEqual({ known: false, stored: false });
  });

  it("keeps a blob that is stored again while it is removed", async () => {
    const { digest } = await putBlob(app.ctx, workspace, "again");
    await app.ctx.db.deleteFrom("blob").where("digest", "=", digest).execute();
    const before = Date.now() + 1;
    await new Promise((done) => setTimeout(done, 20));
    await app.ctx.blobs.put("again");
    expect(await app.ctx.blobs.remove(digest, before)).toBeUndefined();
    expect(await app.ctx.blobs.size(digest)).toBe(5);
    expect(await app.ctx.blobs.remove(digest, Date.now() + 1000)).toBe(5);
  });

  it("removes nothing when a tree is damaged", async () => {
    const model = await registerModel(owner, "damaged", { "model.onnx": "damaged" });
    const { digest: loose } = await putBlob(app.ctx, workspace, "loose too");
    const { writeFile, readFile } = await import("node:fs/promises");
    const path = `${app.ctx.config.home}/blobs/${model.digest!.slice(0, 2)}/${model.digest!.slice(2)}`;
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, -1));
    await expect(collect(2)).rejects.toMatchObject({ code: "precondition_failed" });
    expect(await isThere(loose)).toEqual({ known: true, stored: true });
    await writeFile(path, whole);
  });

  it("purges runs, experiments and logged models that were deleted long ago, but none that a version comes from", async () => {
    const { experiment_id } = await mlflow("POST", "mlflow/experiments/create", { name: "old" });
    const [gone, kept, active] = [await runWithFile(experiment_id), await runWithFile(), await runWithFile()];
    await mlflow("POST", "mlflow/registered-models/create", { name: "of-run" });
    const source = `runs:/${kept.id}/model`;
    await mlflow("POST", "mlflow/model-versions/create", { name: "of-run", source, run_id: kept.id });
    await mlflow("POST", "mlflow/runs/delete", { run_id: kept.id });
    await mlflow("POST", "mlflow/experiments/delete", { experiment_id });
    expect(await collect(2)).toMatchObject({ runs: 0, experiments: 0, kept: 0 });
    expect(await collect(40, { dryRun: true })).toMatchObject({ runs: 1, kept: 1 });
    expect(await collect(40)).toMatchObject({ runs: 1, experiments: 1, kept: 1 });
    expect(await isThere(gone.digest)).toEqual({ known: false, stored: false });
    expect(await isThere(kept.digest)).toEqual({ known: true, stored: true });
    expect(await isThere(active.digest)).toEqual({ known: true, stored: true });
    await expect(owner.run.get({ params: { workspace, id: gone.id } })).rejects.toMatchObject({ code: "not_found" });
    expect((await owner.run.get({ params: { workspace, id: active.id } })).metrics).toEqual({ m: 1 });
    const again = await mlflow("POST", "mlflow/experiments/create", { name: "old" });
    expect(again.experiment_id).not.toBe(experiment_id);
    const { items } = await owner.audit.list({ query: { type: "run.purged" } });
    expect(items.map((event) => event.subject)).toEqual([`run/${gone.id}`]);
  });

  it("restores a deleted version until it is purged", async () => {
    const body = { tree: await storeTree(owner, { "model.onnx": "v1" }), tags: { a: "b" }, parents: ["kept:1"] };
    const { digest } = await owner.model.createVersion({ params: { workspace, name: "trash" }, body });
    await mlflow("DELETE", "mlflow/registered-models/delete", { name: "trash" });
    expect(await collect(2)).toMatchObject({ modelVersions: 0 });
    const params = { workspace, name: "trash" };
    expect((await owner.model.deleted({ params })).items).toMatchObject([{ version: "1", digest }]);
    expect(await owner.model.restore({ params: { ...params, version: "1" } })).toMatchObject({
      digest,
      tags: { a: "b" },
    });
    const { version } = await registerModel(owner, "trash");
    expect(version).toBe("2");
    await mlflow("DELETE", "mlflow/model-versions/delete", { name: "trash", version: "1" });
    expect(await collect(40)).toMatchObject({ modelVersions: 1 });
    expect(await isThere(digest!)).toEqual({ known: false, stored: false });
    await expect(owner.model.restore({ params: { ...params, version: "1" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

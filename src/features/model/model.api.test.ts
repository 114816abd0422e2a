import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Ctx } from "../../platform/context.ts";
import { createTree, putBlob } from "../blob/index.ts";
import { createModel, findAlias, formatOf, registerModelVersion, resolveModel, setAlias } from "./index.ts";

const workspace = "default";

async function treeOf(ctx: Ctx, files: Record<string, string>): Promise<string> {
  const stored = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({ path, ...(await putBlob(ctx, workspace, text)) })),
  );
  return createTree(ctx, workspace, { files: stored });
}

const facts = { runId: null, jobId: null, trainingData: [] };

describe.each(databases)("models on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
  });
  afterAll(() => app.stop());

  it("registers files once under a name", async () => {
    const tree = await treeOf(app.ctx, { "model.onnx": "1" });
    const wanted = { workspace, name: "diabetes", tree, ...facts, trainingData: ["data/diabetes/1"] };
    const first = await registerModelVersion(app.ctx, { ...wanted, metrics: { rmse: 53.5, nan: Number.NaN } });
    expect(first).toEqual({ version: "1", digest: tree, existed: false });
    expect(await registerModelVersion(app.ctx, wanted)).toEqual({ version: "1", digest: tree, existed: true });
    const other = await treeOf(app.ctx, { MLmodel: "flavors:", "model.pkl": "x" });
    expect(await registerModelVersion(app.ctx, { ...wanted, tree: other })).toMatchObject({ version: "2" });
    const reader = await app.as("reader");
    const version = await reader.model.getVersion({ params: { workspace, name: "diabetes", version: "1" } });
    expect(version).toMatchObject({
      digest: tree,
      size: 1,
      format: "onnx",
      stage: "None",
      trainingData: ["data/diabetes/1"],
      metrics: { rmse: 53.5, nan: "NaN" },
      files: [{ path: "model.onnx", size: 1 }],
      deployments: [],
    });
    expect(await reader.model.list({ params: { workspace } })).toMatchObject({
      items: [{ name: "diabetes", latest: "2", versions: 2 }],
    });
  });

  it("gives parallel registrations of the same files one version", async () => {
    const tree = await treeOf(app.ctx, { "model.onnx": "parallel" });
    const all = await Promise.all(
      Array.from({ length: 5 }, () => registerModelVersion(app.ctx, { workspace, name: "parallel", tree, ...facts })),
    );
    expect(new Set(all.map((one) => one.version))).toEqual(new Set(["1"]));
    expect(all.filter((one) => !one.existed)).toHaveLength(1);
  });

  it("moves an alias, remembers where it was, and records why", async () => {
    const owner = await app.as("owner");
    const move = (version: string, reason: string) =>
      owner.model.setAlias({ params: { workspace, name: "diabetes", alias: "champion" }, body: { version, reason } });
    expect(await findAlias(app.ctx, workspace, "diabetes", "champion")).toBeUndefined();
    expect((await move("1", "first")).aliases).toEqual({ champion: "1" });
    expect((await move("2", "better")).aliases).toEqual({ champion: "2" });
    await move("2", "nothing changes");
    expect(await findAlias(app.ctx, workspace, "diabetes", "champion")).toBe("2");
    const changes = await app.ctx.db.selectFrom("model_alias_change").selectAll().orderBy("version").execute();
    expect(changes.map((change) => [change.previous, change.version, change.reason])).toEqual([
      [null, 1, "first"],
      [1, 2, "better"],
    ]);
    const { items } = await owner.audit.list({ query: { type: "model.alias.set" } });
    expect(items.map((event) => event.reason)).toEqual(["better", "first"]);
    await expect(
      (await app.as("data-scientist")).model.setAlias({
        params: { workspace, name: "diabetes", alias: "champion" },
        body: { version: "1" },
      }),
    ).rejects.toMatchObject({ code: "forbidden" });
  });

  it.each([
    { ref: { version: "1" }, version: "1" },
    { ref: { label: "latest" }, version: "2" },
    { ref: {}, version: "2" },
    { ref: { label: "champion" }, version: "2" },
    { ref: { version: "9" }, hint: "There are the versions 2, 1." },
    { ref: { version: "x" }, hint: "There are the versions 2, 1." },
    { ref: { label: "nobody" }, hint: "There are: latest, champion." },
  ])("resolves $ref", async ({ ref, version, hint }) => {
    const found = resolveModel(app.ctx, workspace, "diabetes", ref);
    if (version) expect((await found).version).toBe(version);
    else await expect(found).rejects.toMatchObject({ code: "not_found", hint });
  });

  it.each(["latest", "v3", "a b", "", "../x"])("refuses the alias %j", async (alias) => {
    const wanted = { workspace, name: "diabetes", alias, version: "1", reason: "" };
    await expect(setAlias(app.ctx, wanted)).rejects.toMatchObject({ code: "invalid" });
  });

  it("says which models there are", async () => {
    await expect(resolveModel(app.ctx, workspace, "nothing", {})).rejects.toMatchObject({
      code: "not_found",
      hint: expect.stringContaining("diabetes"),
    });
  });

  it("recognises formats", () => {
    const files = (...paths: string[]) => paths.map((path) => ({ path, digest: "", size: 1 }));
    expect(formatOf(files("model.onnx", "x.txt"))).toBe("onnx");
    expect(formatOf(files("MLmodel", "model.onnx"))).toBe("mlflow");
    expect(formatOf(files("score.py"))).toBe("custom");
  });

  it("lists models in pages, by name or a part of it", async () => {
    const owner = await app.as("owner");
    const names = ["page-a", "page-b", "page-c", "other-page"];
    for (const name of names) await createModel(app.ctx, { workspace, name, description: "", tags: {} });
    const list = (query: object) => owner.model.list({ params: { workspace }, query });
    const first = await list({ contains: "PAGE", limit: 2 });
    expect(first.items.map((model) => model.name)).toEqual(["other-page", "page-a"]);
    const second = await list({ contains: "PAGE", limit: 2, after: first.next });
    expect(second).toMatchObject({ items: [{ name: "page-b", latest: null, versions: 0 }, { name: "page-c" }] });
    expect(second.next).toBeUndefined();
  });
});

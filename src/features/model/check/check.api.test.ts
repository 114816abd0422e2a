import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../../test/support/app.ts";
import type { Client } from "../../../contract/client.ts";
import { ruleset } from "../../../platform/model-file/index.ts";
import { onnxModel } from "../../../platform/model-file/onnx.fixture.ts";
import { registerModel, storeTree } from "../../endpoint/model.fixture.ts";
import { createJobs, definition, step } from "../../job/job.fixture.ts";
import { checkMissing } from "./missing.ts";

const workspace = "default";
const evil = "cos\nsystem\n(S'id'\ntR.";
const at = (name: string, version = "1") => ({ params: { workspace, name, version } });

describe.each(databases)("checks of models on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let scientist: Client;
  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    [owner, scientist] = [await app.as("owner"), await app.as("data-scientist")];
    await owner.endpoint.create({ params: { workspace }, body: { name: "e" } });
  });
  afterAll(() => app.stop());

  const settled = (name: string, version = "1") =>
    expect
      .poll(() => owner.model.getCheck(at(name, version)), { timeout: 20_000 })
      .not.toMatchObject({ state: "checking" })
      .then(() => owner.model.getCheck(at(name, version)));
  const deploy = (model: string) =>
    owner.endpoint.deploy({ params: { workspace, name: "e", deployment: "d" }, body: { model } });
  const quarantined = async (name: string, more: Record<string, string> = {}) => {
    await registerModel(scientist, name, { "model.onnx": onnxModel(name), "model.pkl": evil, ...more });
    return settled(name);
  };

  it("accepts an ordinary model, after a moment in which deploying it waits", async () => {
    const version = await registerModel(scientist, "good");
    expect(version.checkState).toBe("checking");
    expect(await deploy("good:1")).toMatchObject({ model: { name: "good", version: "1" } });
    expect(await owner.model.getVersion(at("good"))).toMatchObject({
      checkState: "accepted",
      check: { state: "accepted", ruleset, findings: [], decision: null },
      inputs: [{ name: "x", type: "float32", shape: ["N", 3] }],
      outputs: [{ name: "y" }],
    });
    const { items } = await owner.audit.list({ query: { subject: "model/good/1" } });
    expect(items.map((event) => event.type)).toEqual(["model.version.accepted", "model.version.created"]);
  });

  it("holds a model that would run a command, until somebody who may releases it", async () => {
    expect(await quarantined("held")).toMatchObject({
      state: "quarantined",
      findings: [{ file: "model.pkl", rule: "pickle-dangerous", message: "It calls os.system." }],
    });
    await expect(deploy("held:1")).rejects.toMatchObject({
      code: "precondition_failed",
      message: "Version 1 of model held is in quarantine: model.pkl: It calls os.system.",
    });
    const release = { ...at("held"), body: { outcome: "release", reason: "made by us, read by Ann" } } as const;
    await expect(scientist.model.decide(release)).rejects.toMatchObject({ code: "forbidden" });
    await expect(owner.model.decide({ ...release, body: { ...release.body, reason: " " } })).rejects.toMatchObject({
      code: "invalid",
    });
    const manager = await app.as("release-manager");
    expect(await manager.model.decide(release)).toMatchObject({
      state: "accepted",
      decision: { outcome: "release", reason: "made by us, read by Ann", by: { name: "release-manager" } },
    });
    await deploy("held:1");
    const { items } = await owner.audit.list({ query: { type: "model.version.released" } });
    expect(items).toMatchObject([{ subject: "model/held/1", reason: "made by us, read by Ann" }]);
    await owner.model.check(at("held"));
    expect(await settled("held")).toMatchObject({ state: "accepted", decision: { outcome: "release" } });
    const confirm = { ...at("held"), body: { outcome: "confirm", reason: "not read well" } } as const;
    expect(await owner.model.decide(confirm)).toMatchObject({ state: "quarantined" });
    await expect(deploy("held:1")).rejects.toMatchObject({ code: "precondition_failed" });
  });

  it("keeps to a release only as long as the findings stay", async () => {
    const { findings } = await quarantined("changed");
    await owner.model.decide({ ...at("changed"), body: { outcome: "release", reason: "fine" } });
    await app.ctx.db
      .updateTable("model_check")
      .set({
        ruleset: 0,
        decision: JSON.stringify({
          outcome: "release",
          about: "other findings",
          reason: "",
          by: { id: "x", name: "x" },
          at: 0,
        }),
      })
      .where("name", "=", "changed")
      .execute();
    await expect(deploy("changed:1")).rejects.toMatchObject({ code: "precondition_failed" });
    expect(await settled("changed")).toMatchObject({ state: "quarantined", ruleset, findings });
  });

  it("releases nothing that is refused, and nothing that is not held", async () => {
    await registerModel(scientist, "broken", { "model.onnx": "no model" });
    expect(await settled("broken")).toMatchObject({ state: "refused", findings: [{ rule: "onnx-broken" }] });
    const body = { outcome: "release", reason: "please" } as const;
    await expect(owner.model.decide({ ...at("broken"), body })).rejects.toMatchObject({ code: "conflict" });
    await expect(owner.model.decide({ ...at("good"), body })).rejects.toMatchObject({
      message: "Version 1 of model good is not in quarantine; it is accepted.",
    });
    await expect(deploy("broken:1")).rejects.toMatchObject({ code: "precondition_failed" });
  });

  it("gives no job a model that is held", async () => {
    const binding = { from: "asset" as const, kind: "model" as const, name: "broken", version: "1" };
    const a = step("true", { inputs: { m: { type: "custom_model", binding } } });
    await expect(createJobs(owner).submit(definition({ a }))).rejects.toMatchObject({ code: "precondition_failed" });
  });

  it("gives the same files the same verdict at once, but no release", async () => {
    await quarantined("first", { "notes.txt": "same" });
    await owner.model.decide({ ...at("first"), body: { outcome: "release", reason: "fine" } });
    const files = { "model.onnx": onnxModel("first"), "model.pkl": evil, "notes.txt": "same" };
    const tree = await storeTree(scientist, files);
    const again = await scientist.model.createVersion({ params: { workspace, name: "second" }, body: { tree } });
    expect(again.checkState).toBe("quarantined");
    expect(await owner.model.getCheck(at("second"))).toMatchObject({ ruleset, decision: null });
  });

  it("goes along with a model that is renamed or deleted meanwhile", async () => {
    await registerModel(scientist, "before", { "model.onnx": onnxModel("before") });
    await app.ctx.db.updateTable("model").set({ name: "after" }).where("name", "=", "before").execute();
    expect(await settled("after")).toMatchObject({ state: "accepted" });
    await app.ctx.db.deleteFrom("model").where("name", "=", "after").execute();
    expect(await app.ctx.db.selectFrom("model_check").selectAll().where("name", "=", "after").execute()).toEqual([]);
  });

  it("reads signature and example of a model that MLflow logged, which endpoints then show", async () => {
    const example = { dataframe_split: { columns: ["x"], data: [[1.5]] } };
    await registerModel(scientist, "logged", {
      "model.onnx": onnxModel("logged"),
      "serving_input_example.json": JSON.stringify(example),
      MLmodel: [
        "flavors: {python_function: {loader_module: mlflow.onnx}}",
        "saved_input_example_info: {serving_input_path: serving_input_example.json}",
        `signature: {inputs: '[{"type": "double", "name": "x", "required": true}]', outputs: null}`,
      ].join("\n"),
    });
    await settled("logged");
    expect(await owner.model.getVersion(at("logged"))).toMatchObject({
      inputExample: example,
      signature: { inputs: [{ name: "x", type: "double", shape: null, required: true }], outputs: [], params: [] },
    });
    await owner.endpoint.create({ params: { workspace }, body: { name: "shown" } });
    await owner.endpoint.deploy({ params: { workspace, name: "shown", deployment: "d" }, body: { model: "logged:1" } });
    expect(await owner.endpoint.get({ params: { workspace, name: "shown" } })).toMatchObject({ example });
  });

  it("checks what was registered before there were checks, when it is wanted or a server starts", async () => {
    await registerModel(scientist, "old");
    await settled("old");
    await app.ctx.db.deleteFrom("model_check").where("name", "=", "old").execute();
    expect(await owner.model.getVersion(at("old"))).toMatchObject({ checkState: "unchecked" });
    await deploy("old:1");
    expect(await owner.model.getVersion(at("old"))).toMatchObject({ checkState: "accepted" });
    await app.ctx.db.deleteFrom("model_check").execute();
    await checkMissing(app.ctx, AbortSignal.timeout(10_000));
    for (const name of ["old", "good", "broken"]) expect(await settled(name)).toMatchObject({ ruleset });
  });
});

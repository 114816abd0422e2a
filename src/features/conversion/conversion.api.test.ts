import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { Conversion, ConversionReport } from "../../contract/conversion.ts";
import type { CommandStep } from "../../contract/job.ts";
import { sleep } from "../../platform/clock.ts";
import { onnxModel, part } from "../../platform/model-file/onnx.fixture.ts";
import { createWorker, leaseOf, type Worker } from "../agent/worker.fixture.ts";
import { deploy } from "../endpoint/index.ts";
import { registerModel } from "../endpoint/model.fixture.ts";
import { modelFile, sklearnModel } from "./model.fixture.ts";

const workspace = "default";
const inWorkspace = { workspace };
const report = (passed: boolean): ConversionReport => ({
  schema: 1,
  passed,
  message: passed ? `They answer alike: ${Math.random()}.` : "They answer differently.",
  conversion: {
    ...{ flavor: "sklearn", modelClass: "Ridge", method: "matrix, float64", opset: 18, tolerance: 0.001, agreement: 1 },
    inputs: [{ name: "bmi", type: "tensor(double)", shape: [-1, 1] }],
    outputs: [{ name: "prediction", type: "tensor(double)", shape: [-1, 1] }],
    samples: [
      {
        ...{ name: "input example", rows: 3, leftOut: 0, agreeing: passed ? 1 : 0 },
        outputs: [{ name: "prediction", kind: "numbers", maxAbsolute: null, maxRelative: 0.5, within: passed ? 1 : 0 }],
      },
    ],
    packages: { onnx: "1.23.2" },
  },
});

describe.each(databases)("converting a model on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let agent: Client;
  let worker: Worker;
  const at = (name: string, version = "1") => ({ params: { ...inWorkspace, name, version } });
  const convert = (name: string, body = {}) => owner.model.convert({ ...at(name), body });

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    owner = await app.as("owner");
    agent = await app.as("agent");
    worker = createWorker(agent, owner);
    await owner.endpoint.create({ params: inWorkspace, body: { name: "scores" } });
  });
  afterAll(() => app.stop());

  const ended = async ({ id, name }: Conversion): Promise<Conversion> => {
    for (const end = Date.now() + 30_000; ; await sleep(20)) {
      const { items } = await owner.model.conversions(at(name));
      const found = items.find((item) => item.id === id)!;
      if (found.endedAt !== null) return found;
      if (Date.now() > end) throw new Error(`it does not end: ${JSON.stringify(found)}`);
    }
  };
  /** Claims steps until the one that converts; the environment is asked for once per specification. */
  const claimConvert = async () => {
    const { tasks } = await agent.agent.claim({
      body: { agent: "worker", kinds: ["environment"], max: 1, waitMs: 500 },
    });
    if (tasks[0]) {
      const result = { platform: "linux-x64-cp311", lock: `onnx==1.23.2\n# ${Math.random()}\n` };
      await agent.agent.complete({ body: { ...leaseOf(tasks[0]), result } });
    }
    return worker.claim();
  };
  const run = async (name: string, said: string, files: Record<string, string> = { "model.onnx": onnxModel(name) }) => {
    const conversion = await convert(name);
    await worker.complete(await claimConvert(), { model: files, report: { "report.json": said } });
    const verdict = await worker.claim();
    if (said.includes('"passed":true')) await worker.complete(verdict);
    else await worker.fail(verdict, "The command ended with exit code 1.", { retryable: false });
    return ended(conversion);
  };
  const deployTo = (name: string) =>
    owner.endpoint.deploy({
      params: { ...inWorkspace, name: "scores", deployment: name },
      body: { model: { name, version: "1" } },
    });

  it.each<[string, Record<string, string>, RegExp]>([
    ["onnx", { "model.onnx": "x" }, /is ONNX already; there is nothing to convert/],
    ["mlflow-onnx", sklearnModel({ "model.ONNX": "x" }), /is ONNX already/],
    ["custom", { "model.pkl": "x" }, /has no MLmodel file/],
    ["prophet", sklearnModel({ MLmodel: modelFile({ flavor: "prophet" }) }), /of the flavour prophet/],
    ["bare", sklearnModel({ MLmodel: modelFile({ example: false }) }), /has no input example, and no data is named/],
    ["homeless", { MLmodel: modelFile() }, /does not say what it needs/],
    ["huge", { MLmodel: `${modelFile()}#${"x".repeat(1_000_001)}` }, /is not what it seems/],
  ])("refuses at once what cannot be converted: %s", async (name, files, message) => {
    await registerModel(owner, name, files);
    const jobs = async () => (await owner.job.list({ params: inWorkspace })).items.length;
    const before = await jobs();
    await expect(convert(name)).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(message),
    });
    expect(await jobs()).toBe(before);
    expect((await owner.model.conversions(at(name))).items).toEqual([]);
  });

  it("makes a job of the version's own files and environment, and of the program that comes with Trainyard", async () => {
    const { digest } = await registerModel(owner, "planned", sklearnModel());
    const conversion = await convert("planned", { tolerance: 0.01, opset: 17 });
    expect(conversion).toMatchObject({ state: "running", version: "1", digest: null, report: null, endedAt: null });
    const job = await owner.job.get({ params: { ...inWorkspace, id: conversion.jobId } });
    expect(job.trigger).toBe(`conversion/${conversion.id}`);
    const { inputs, environment, code, command } = job.definition.steps.convert as CommandStep;
    expect(inputs.model!.binding).toEqual({ from: "asset", kind: "model", name: "planned", version: "1", digest });
    expect(inputs.tolerance!.binding).toEqual({ from: "literal", value: 0.01 });
    expect(inputs.opset!.binding).toEqual({ from: "literal", value: 17 });
    expect(inputs.data).toMatchObject({ optional: true, binding: null });
    expect(environment.condaFile).toContain("scikit-learn==1.7.2");
    expect(environment.condaFile).toContain("skl2onnx==");
    expect(command).toMatch(/^python -m convert_to_onnx /);
    const { files } = await owner.blob.getTree({ params: { ...inWorkspace, digest: code! } });
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["convert_to_onnx/__main__.py", "convert_to_onnx/verdict.py"]),
    );
    await owner.job.cancel({ params: { ...inWorkspace, id: conversion.jobId }, body: { reason: "seen enough" } });
    expect(await ended(conversion)).toMatchObject({ state: "cancelled", digest: null });
  });

  it("hands no version to a job that is in quarantine", async () => {
    await registerModel(owner, "held", sklearnModel({ "model.pkl": "cos\nsystem\n(S'id'\ntR." }));
    await expect(convert("held")).rejects.toMatchObject({
      code: "precondition_failed",
      message: expect.stringContaining("is in quarantine"),
    });
    expect((await owner.model.conversions(at("held"))).items).toEqual([]);
  });

  it("needs no input example when data is named", async () => {
    await registerModel(owner, "data-only", sklearnModel({ MLmodel: modelFile({ example: false }) }));
    await expect(convert("data-only", { data: { name: "nothing" } })).rejects.toMatchObject({
      message: expect.stringContaining('no data asset "nothing"'),
    });
  });

  it("serves the result in the original's place once it passed", async () => {
    const { digest } = await registerModel(owner, "good", sklearnModel());
    await expect(deployTo("good")).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("no conversion to ONNX"),
      hint: expect.stringContaining("trainyard model convert good:1 --to onnx"),
    });
    const said = report(true);
    const conversion = await run("good", JSON.stringify(said));
    expect(conversion).toMatchObject({ state: "passed", error: null, report: said });
    const deployment = await deployTo("good");
    expect(deployment.model).toEqual({ name: "good", version: "1", digest: conversion.digest });
    expect(conversion.digest).not.toBe(digest);
    const serving = await app.as("serving");
    const { files } = await serving.serving.modelFiles({ params: { digest: conversion.digest! } });
    expect(files.map(({ path }) => path)).toEqual(["model.onnx"]);
    const { items } = await owner.audit.list({ query: { subject: "model/good/1" } });
    expect(items.map(({ type }) => type)).toContain("model.conversion.passed");
  });

  it("gives a release only the conversion that was approved with it", async () => {
    const [conversion] = (await owner.model.conversions(at("good"))).items;
    const wanted = { workspace, endpoint: "scores", deployment: "r1", collect: false };
    const model = { name: "good", version: "1" };
    for (const approved of [null, "0".repeat(64)]) {
      await expect(deploy(app.ctx, { ...wanted, model, conversion: approved })).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining("a conversion to ONNX that the release does not contain"),
      });
    }
    const { digest } = conversion!;
    const deployed = await deploy(app.ctx, { ...wanted, model, conversion: digest });
    expect(deployed.model.digest).toBe(digest);
  });

  it("checks the result like any file that arrives, and serves none that is not accepted", async () => {
    await registerModel(owner, "foreign", sklearnModel());
    const node = part(1, part(1, "x") + part(2, "z") + part(4, "Run") + part(7, "com.example"));
    const conversion = await run("foreign", JSON.stringify(report(true)), { "model.onnx": onnxModel("foreign", node) });
    expect(conversion).toMatchObject({
      ...{ state: "failed", report: { passed: true } },
      error: expect.stringMatching(/^The result was checked and is not accepted: model\.onnx: .*com\.example/),
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await expect(deployTo("foreign")).rejects.toMatchObject({ message: expect.stringContaining("is not accepted") });
    await registerModel(owner, "no-onnx", sklearnModel({ "model.pkl": "S'a model'\n." }));
    expect(await run("no-onnx", JSON.stringify(report(true)), { "model.onnx": "no onnx at all" })).toMatchObject({
      state: "failed",
      error: expect.stringContaining("is not accepted"),
    });
  });

  it("keeps a result that answers differently, and does not serve it", async () => {
    await registerModel(owner, "different", sklearnModel());
    const conversion = await run("different", JSON.stringify(report(false)));
    expect(conversion).toMatchObject({
      ...{ state: "failed", error: "They answer differently.", report: { passed: false } },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await expect(deployTo("different")).rejects.toMatchObject({
      message: expect.stringContaining("its conversion failed: They answer differently."),
    });
  });

  it("does not serve what failed for another reason than its report", async () => {
    await registerModel(owner, "torn", sklearnModel());
    const conversion = await convert("torn");
    const said = { "report.json": JSON.stringify(report(true)) };
    await worker.complete(await claimConvert(), { model: { "model.onnx": "x" }, report: said });
    await worker.fail(await worker.claim(), "The agent lost its disk.", { retryable: false });
    expect(await ended(conversion)).toMatchObject({ state: "failed", error: expect.stringContaining("lost its disk") });
  });

  it.each<[string, string, Record<string, string>, RegExp]>([
    ["is not JSON", '{"passed":true', { "model.onnx": "x" }, /report of the conversion is damaged/],
    ["lies about its form", '{"schema":1,"passed":true}', { "model.onnx": "x" }, /report of the conversion is damaged/],
    ["says yes of nothing", JSON.stringify(report(true)), { "other.bin": "x" }, /left no model.onnx/],
  ])("fails, and goes on, when the report %s", async (name, said, files, error) => {
    const model = `report-${name.replaceAll(" ", "-")}`;
    await registerModel(owner, model, sklearnModel());
    const conversion = await run(model, said, files);
    expect(conversion).toMatchObject({ state: "failed", error: expect.stringMatching(error) });
    await registerModel(owner, `${model}-after`, sklearnModel());
    expect(await run(`${model}-after`, JSON.stringify(report(true)))).toMatchObject({ state: "passed" });
  });

  it("fails with the job's error when the job left nothing", async () => {
    await registerModel(owner, "broken", sklearnModel({ "model.pkl": "S'another'\n." }));
    const conversion = await convert("broken");
    await worker.fail(await claimConvert(), "The command was ended by SIGKILL.", { retryable: false });
    expect(await ended(conversion)).toMatchObject({
      ...{ state: "failed", digest: null, report: null },
      error: expect.stringContaining("SIGKILL"),
    });
  });

  it("goes with its model, and follows it to another name", async () => {
    await app.ctx.db.updateTable("model").set({ name: "better" }).where("name", "=", "good").execute();
    expect((await owner.model.conversions(at("better"))).items).toHaveLength(1);
    await app.ctx.db.deleteFrom("model").where("name", "=", "better").execute();
    expect(await app.ctx.db.selectFrom("model_conversion").selectAll().where("name", "=", "better").execute()).toEqual(
      [],
    );
  });

  it("lets only those convert who may submit jobs", async () => {
    const reader = await app.as("reader");
    await expect(reader.model.convert({ ...at("planned"), body: {} })).rejects.toMatchObject({ code: "forbidden" });
    expect((await reader.model.conversions(at("planned"))).items).toHaveLength(1);
    await expect(owner.model.convert({ ...at("planned", "9"), body: {} })).rejects.toMatchObject({ code: "not_found" });
  });
});

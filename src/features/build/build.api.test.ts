import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { createWorker, type Worker } from "../agent/worker.fixture.ts";
import { registerModel, storeTree } from "../endpoint/model.fixture.ts";
import { retrainedModels } from "./retraining.ts";
import { createBuild } from "./service.ts";

const workspace = "default";
const params = { workspace };
const pipeline = "variables: { environment: env.yml }\nsteps:\n- script: make test\n  displayName: Test\n";
const outcome = (exitCode: number) => ({ "outcome.json": JSON.stringify({ exitCode, step: 1 }) });

describe.each(databases)("builds on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let worker: Worker;
  let salt = 0;
  const code = (files: Record<string, string> = {}) =>
    storeTree(owner, { "build.yml": pipeline, "env.yml": "dependencies: [python]\n", salt: `${++salt}`, ...files });
  const create = async (more: { tree?: string; file?: string; models?: string[]; idempotencyKey?: string } = {}) => {
    const { tree = await code(), file = "build.yml", models = [], idempotencyKey } = more;
    const wanted = models.map((version) => ({ name: "m", version }));
    return owner.build.create({ params, body: { name: "b", tree, file, models: wanted, idempotencyKey } });
  };
  const ended = async (number: number) => {
    const get = () => owner.build.get({ params: { ...params, number } });
    await expect.poll(async () => (await get()).endedAt, { timeout: 20_000 }).not.toBeNull();
    return get();
  };
  /** Does the work of a build. */
  const work = async (results: Record<string, string>) => worker.complete(await worker.claim(), { results });

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    owner = await app.as("owner");
    worker = createWorker(await app.as("agent"), owner);
    await registerModel(owner, "m", {
      "model.onnx": "x",
      "conversion.json": '{"max_difference":0.00001234,"rows":89}',
    });
  });
  afterAll(() => app.stop());
  const plain = () => code({ "build.yml": pipeline.replace(/^.*\n/, "") });

  it("runs the scripts in the code with the environment that the file names", async () => {
    const { jobId } = await create();
    const { definition } = await owner.job.get({ params: { ...params, id: jobId! } });
    expect(definition.steps.build).toMatchObject({
      command: expect.stringContaining("exec bash -e -c 'make test'"),
      environment: { condaFile: "dependencies: [python]\n" },
      environmentVariables: {},
    });
    await owner.job.cancel({ params: { ...params, id: jobId! }, body: { reason: "seen enough" } });
    const build = (await owner.build.list({ params })).items.find((item) => item.jobId === jobId)!;
    expect(await ended(build.number)).toMatchObject({ state: "cancelled", error: "seen enough" });
  });

  it("collects the tests and what speaks for the models", async () => {
    const { number, models } = await create({ tree: await plain(), models: ["1"] });
    const xml = '<testsuite><testcase name="a" classname="c" time="0.5"/></testsuite>';
    await work({ ...outcome(0), "tests/1.xml": xml });
    const build = await ended(number);
    expect(build).toMatchObject({ state: "succeeded", error: null, tests: { tests: 1, failures: 0, time: 0.5 } });
    expect(build.evidence.map(({ name, summary }) => [name, summary])).toEqual([
      ["tests", "1 tests, 0 failed"],
      ["model/m/1", "model m version 1, 2 files"],
      ["onnx-conversion/m/1", "ONNX differs from the original by at most 0.00001234 on 89 rows"],
    ]);
    expect(build.evidence[1]!.digest).toBe(models[0]!.digest);
  });

  const failing: [string, Record<string, string>, string][] = [
    [
      "failed tests, even when the script says nothing of them",
      {
        ...outcome(0),
        "tests/1.xml": '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>',
      },
      "1 of 2 tests failed: b",
    ],
    ["a script that fails", outcome(2), 'step "Test" ended with exit code 2'],
    ["results that are no JUnit", { ...outcome(0), "tests/1.xml": "<html/>" }, "cannot be read as JUnit XML"],
    ["results that are gone", { x: "y" }, "A script of the build removed its results."],
    ["an outcome that nobody understands", { "outcome.json": "{" }, "A script of the build damaged its results."],
  ];
  it.each(failing)("fails for %s", async (_, results, error) => {
    const { number } = await create({ tree: await plain() });
    await work(results);
    expect(await ended(number)).toMatchObject({ state: "failed", error: expect.stringContaining(error) });
  });

  it("runs again what failed, and reuses what succeeded", async () => {
    const flaky = await plain();
    const first = await create({ tree: flaky });
    await work(outcome(1));
    expect((await ended(first.number)).state).toBe("failed");
    const second = await create({ tree: flaky });
    await work(outcome(0));
    expect((await ended(second.number)).state).toBe("succeeded");

    const sound = await plain();
    const third = await create({ tree: sound });
    await work(outcome(0));
    await ended(third.number);
    expect((await ended((await create({ tree: sound })).number)).state).toBe("succeeded");
  });

  it("ends when the proof of its model is lost, and says so", async () => {
    const { number, models } = await create({ tree: await plain(), models: ["1"] });
    const tree = (digest: string) => app.ctx.db.updateTable("blob").where("digest", "=", digest);
    await tree(models[0]!.digest).set({ workspace: "elsewhere" }).execute();
    await work(outcome(0));
    const build = await ended(number);
    await tree(models[0]!.digest).set({ workspace }).execute();
    expect(build).toMatchObject({ state: "failed", error: expect.stringContaining(models[0]!.digest) });
  });

  const refused: [string, { file?: string; text?: string }, RegExp][] = [
    ["a file that is not there", { file: "other.yml" }, /There is no file "other.yml" in the code tree/],
    ["a conda file that is not there", { text: pipeline.replace("env.yml", "x.yml") }, /no conda file "x.yml"/],
    ["what it cannot run", { text: "stages: [{ stage: A }]" }, /build.yml:1:9: not supported yet: stages/],
  ];
  it.each(refused)("refuses %s, and writes nothing", async (_, { file, text }, message) => {
    const before = (await owner.build.list({ params })).items.length;
    const tree = await code(text ? { "build.yml": text } : {});
    await expect(create({ tree, file })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(message),
    });
    await expect(create({ tree: await plain(), models: ["99"] })).rejects.toMatchObject({ code: "not_found" });
    expect((await owner.build.list({ params })).items).toHaveLength(before);
  });

  it("makes one build per idempotency key, also at the same moment", async () => {
    const tree = await plain();
    const made = await Promise.all(Array.from({ length: 4 }, () => create({ tree, idempotencyKey: "once" })));
    expect(new Set(made.map(({ number }) => number)).size).toBe(1);
    await work(outcome(0));
    expect((await ended(made[0]!.number)).state).toBe("succeeded");
  });

  it("notes a retraining whose model was not better, and starts nothing", async () => {
    const before = (await owner.build.list({ params })).items.length;
    const event = {
      workspace,
      type: "job.succeeded",
      subject: "job/x",
      data: { trigger: "monitor/drift/1", registered: [] },
    };
    await transaction(app.ctx, (tx) => retrainedModels.handle(tx, event as never));
    const { items } = await owner.audit.list({ query: { type: "retraining.not-better" } });
    expect(items).toMatchObject([{ subject: "monitor/drift", data: { trigger: "monitor/drift/1" } }]);
    expect((await owner.build.list({ params })).items).toHaveLength(before);
  });

  it("keeps the trigger of a retraining, once", async () => {
    const wanted = { workspace, name: "b", tree: await plain(), file: "build.yml", models: [] };
    const trigger = "monitor/drift/2";
    const first = await createBuild(app.ctx, { ...wanted, trigger, idempotencyKey: trigger });
    const again = await createBuild(app.ctx, { ...wanted, trigger, idempotencyKey: trigger });
    expect(again).toMatchObject({ number: first.number, trigger, createdBy: { id: "system" } });
    await work(outcome(0));
    await ended(first.number);
    const { items } = await owner.audit.list({ query: { type: "build.succeeded", subject: `build/${first.number}` } });
    expect(items).toMatchObject([{ data: { trigger } }]);
  });
});

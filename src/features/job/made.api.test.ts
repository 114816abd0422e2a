import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { StepPayload } from "../../contract/agent.ts";
import type { AssetSource } from "../../contract/asset-source.ts";
import { uploadText } from "../component/component.fixture.ts";
import { createRepository } from "../git/repository.fixture.ts";
import { putRunArtifact } from "../run/index.ts";
import { definition, params, snapshot, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("what other jobs wrote, and code that lies elsewhere, on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;
  let root: string;
  let commit: string;
  let maker: { id: string; run: string };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "trainyard-made-"));
    commit = createRepository(root).commit({ "train/run.py": "one", "other.py": "other" });
    ({ app, client, jobs, worker } = await startJobBench({
      database,
      role: "data-scientist",
      config: { urlFolders: `https://example.org/team=${root}` },
    }));
    maker = await make();
  });
  afterAll(async () => {
    await app.stop();
    await rm(root, { recursive: true });
  });

  /** A job with an output of two files, whose run keeps a third. */
  async function make() {
    const outputs = { o: { type: "uri_folder" as const } };
    const body = { name: "maker", outputs: { result: { step: "a", output: "o" } } };
    const job = await jobs.submit(definition({ a: step("make", { outputs }) }, { ...body, type: "command" }));
    await worker.complete(await worker.claim("step"), { o: { "one.txt": "1", "deep/two.txt": "2" } });
    const run = (await jobs.ended(job.id)).steps[0]!.runId!;
    const stored = await app.ctx.blobs.put("kept");
    await client.blob.put({ params: { ...params, digest: stored.digest }, body: Buffer.from("kept") });
    await putRunArtifact(app.ctx, { workspace: "default", runId: run, path: "model/MLmodel", ...stored });
    return { id: job.id, run };
  }

  const pathsOf = async (tree: string) =>
    (await client.blob.getTree({ params: { ...params, digest: tree } })).files.map(({ path }) => path);

  const reading = (binding: AssetSource) =>
    definition({ a: step("read", { inputs: { i: { type: "uri_folder", binding } }, deterministic: false }) });

  it.each<[string, (made: typeof maker) => AssetSource, string[]]>([
    ["an output", ({ id }) => ({ from: "job", job: id, output: "result", path: "" }), ["deep/two.txt", "one.txt"]],
    [
      "a folder of it, by the job's name",
      () => ({ from: "job", job: "maker", output: "result", path: "deep" }),
      ["two.txt"],
    ],
    ["a file of it", () => ({ from: "job", job: "maker", output: "result", path: "one.txt" }), ["one.txt"]],
    ["what its run keeps", () => ({ from: "job", job: "maker", output: "artifacts", path: "model" }), ["MLmodel"]],
    ["an artifact of a run", ({ run }) => ({ from: "run", run, path: "model" }), ["MLmodel"]],
    [
      "an artifact of a run that is named as its job",
      () => ({ from: "run", run: "maker", path: "" }),
      ["model/MLmodel"],
    ],
  ])("gives a step %s", async (_, source, expected) => {
    const job = await jobs.submit(reading(source(maker)));
    const claim = await worker.claim("step");
    const given = (claim.payload as StepPayload).inputs.i!;
    await worker.complete(claim);
    await jobs.ended(job.id);
    expect(given.kind === "files" && (await pathsOf(given.tree))).toEqual(expected);
  });

  it("is pinned when the job is submitted, by the id of the job that wrote it", async () => {
    const job = await jobs.submit(reading({ from: "job", job: "maker", output: "result", path: "deep" }));
    const pinned = (await jobs.get(job.id)).definition.steps.a!.inputs.i!.binding;
    expect(pinned).toMatchObject({ from: "job", job: maker.id, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await worker.complete(await worker.claim("step"));
    await jobs.ended(job.id);
  });

  it.each<[string, AssetSource, RegExp]>([
    [
      "a job that is not there",
      { from: "job", job: "nobody", output: "o", path: "" },
      /steps\.a\.inputs\.i: There is no job "nobody"/,
    ],
    [
      "an output that it has not",
      { from: "job", job: "maker", output: "resul", path: "" },
      /Job maker has no output "resul"/,
    ],
    [
      "a path that is not in it",
      { from: "job", job: "maker", output: "result", path: "none" },
      /There is no "none" in output "result"/,
    ],
    ["a run that is not there", { from: "run", run: "nobody", path: "" }, /There is no run "nobody"/],
  ])("refuses %s", async (_, source, message) => {
    await expect(jobs.submit(reading(source))).rejects.toThrow(message);
  });

  it("refuses an output that is not written yet", async () => {
    const body = { name: "slow", outputs: { result: { step: "a", output: "o" } } };
    const slow = await jobs.submit(definition({ a: step("slow", { outputs: { o: { type: "uri_folder" } } }) }, body));
    const wanted = reading({ from: "job", job: "slow", output: "result", path: "" });
    await expect(jobs.submit(wanted)).rejects.toThrow(/Job slow has no output "result" yet: its step a is/);
    await client.job.cancel({ params: { ...params, id: slow.id }, body: {} });
    await jobs.ended(slow.id);
  });

  it("becomes a version of data or a model, which remembers the job", async () => {
    const source: AssetSource = { from: "job", job: "maker", output: "result", path: "one.txt" };
    const data = await client.data.create({ params: { ...params, name: "made" }, body: { source, type: "uri_file" } });
    expect(data).toMatchObject({ jobId: maker.id, source: `azureml://jobs/${maker.id}/outputs/result/paths/one.txt` });
    const kept: AssetSource = { from: "run", run: "maker", path: "model" };
    const model = await client.model.createVersion({ params: { ...params, name: "made" }, body: { source: kept } });
    expect(model).toMatchObject({ runId: maker.run, jobId: maker.id });
    const both = { source, tree: data.digest };
    await expect(client.data.create({ params: { ...params, name: "made" }, body: both })).rejects.toThrow(
      /exactly one/,
    );
  });

  it("is in the lineage of the model that came of it", async () => {
    const outputs = { m: { type: "custom_model" as const, register: { name: "grown" } } };
    const inputs = {
      i: { type: "uri_folder" as const, binding: { from: "job", job: "maker", output: "result" } as const },
    };
    const job = await jobs.submit(definition({ a: step("grow", { inputs, outputs }) }));
    await worker.complete(await worker.claim("step"), { m: { "model.txt": "m" } });
    await jobs.ended(job.id);
    const { edges } = await client.model.lineage({ params: { ...params, name: "grown", version: "1" } });
    expect(edges).toContainEqual({ from: `job/${maker.id}`, to: `job/${job.id}`, relation: "read by" });
  });

  it("takes code from a repository, pins the commit, and tags the run with it and nothing else", async () => {
    const yaml = "command: python run.py\ncode: git+https://example.org/team/code#main:train\n";
    const source = { tree: await uploadText(client, "default", { "job.yml": yaml }), file: "job.yml" };
    const job = await client.job.create({ params, body: { source, code: snapshot } });
    const claim = await worker.claim("step");
    expect(await pathsOf((claim.payload as StepPayload).code!)).toEqual(["run.py"]);
    await worker.complete(claim);
    const { definition: pinned, steps } = await jobs.ended(job.id);
    const repository = "https://example.org/team/code";
    expect(pinned.steps.main).toMatchObject({ codeOrigin: { url: repository, commit, folder: "train" } });
    const run = await client.run.get({ params: { ...params, id: steps[0]!.runId! } });
    expect(Object.entries(run.tags).filter(([key]) => key.startsWith("mlflow.source."))).toEqual(
      Object.entries({
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.repoURL": repository,
        "mlflow.source.name": `${repository}#train`,
        "mlflow.source.type": "PROJECT",
      }),
    );
  });

  it("reads code only for those who may submit jobs", async () => {
    const yaml = "command: ls\ncode: git+https://example.org/team/code#none\n";
    const body = { tree: await uploadText(client, "default", { "job.yml": yaml }), file: "job.yml" };
    const seen = await (await app.as("reader")).job.validate({ params, body: { ...body, set: {} } });
    expect(seen).toMatchObject({ valid: true, warnings: [{ at: "job.yml:2:7" }] });
    const tried = await client.job.validate({ params, body: { ...body, set: {} } });
    expect(tried.issues).toMatchObject([
      { at: "job.yml:2:7", message: expect.stringContaining('no branch or tag "none"') },
    ]);
  });
});

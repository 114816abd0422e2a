import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { Lineage } from "../../contract/lineage.ts";
import { onnxModel } from "../../platform/model-file/onnx.fixture.ts";
import { createWorker } from "../agent/worker.fixture.ts";
import { storeTree } from "../endpoint/model.fixture.ts";
import { createJobs, definition, step } from "../job/job.fixture.ts";
import { openShop } from "../release/release.fixture.ts";

const workspace = "default";
const params = { workspace };

const edgesOf = ({ edges }: Lineage) => edges.map(({ from, to, relation }) => `${from} ${relation} ${to}`).sort();
const nodeOf = ({ nodes }: Lineage, kind: string) => nodes.filter((node) => node.kind === kind);

describe.each(databases)("lineage on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    owner = await app.as("owner");
    const tree = await storeTree(owner, { "data.csv": "a,b\n1,2\n" });
    await owner.data.create({ params: { ...params, name: "churn" }, body: { tree } });
    const isReady = async () => (await owner.data.get({ params: { ...params, name: "churn" } })).latest === "1";
    await vi.waitUntil(isReady, { timeout: 20_000 });
  });
  afterAll(() => app.stop());

  const mlflow = async (method: string, path: string, body?: object) => {
    const response = await app.fetch(`http://localhost${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await app.tokenOf("data-scientist")}`,
        ...(path.includes("mlflow-artifacts") ? {} : { "content-type": "application/json" }),
      },
      body: path.includes("mlflow-artifacts") ? "x" : JSON.stringify(body),
    });
    return response.json() as Promise<{ run: { info: { run_id: string } } }>;
  };
  const lineage = (name: string, version: string) => owner.model.lineage({ params: { ...params, name, version } });

  it("follows a job to its data, code and earlier models, and on to what was made from it", async () => {
    const jobs = createJobs(owner);
    const worker = createWorker(await app.as("agent"), owner);
    const code = await storeTree(owner, { "train.py": "print()" });
    const train = async (more: object, files: Record<string, string>) => {
      const { id } = await jobs.submit(
        definition({
          train: step("train", {
            code,
            inputs: {
              data: { type: "uri_folder", binding: { from: "asset", kind: "data", name: "churn", version: "1" } },
              ...more,
            },
            outputs: { model: { type: "custom_model", register: { name: "trained" } } },
          }),
        }),
      );
      await worker.complete(await worker.claim(), { model: files });
      await jobs.ended(id);
      return id;
    };
    const first = await train({}, { "model.onnx": onnxModel("1") });
    const base = { type: "custom_model", binding: { from: "asset", kind: "model", name: "trained", version: "1" } };
    const second = await train({ base }, { "model.onnx": onnxModel("2") });
    const { nodes, ...found } = await lineage("trained", "2");
    const run = (await owner.model.getVersion({ params: { ...params, name: "trained", version: "2" } })).runId;
    const firstRun = (await owner.model.getVersion({ params: { ...params, name: "trained", version: "1" } })).runId;
    expect(edgesOf({ nodes, ...found })).toEqual(
      [
        `code/${code} code of job/${first}`,
        `code/${code} code of job/${second}`,
        `data/churn/1 read by job/${first}`,
        `data/churn/1 read by job/${second}`,
        `job/${first} ran as run/${firstRun}`,
        `job/${second} ran as run/${run}`,
        "model/trained/1 made into model/trained/2",
        `model/trained/1 read by job/${second}`,
        `run/${firstRun} made model/trained/1`,
        `run/${run} made model/trained/2`,
      ].sort(),
    );
    expect(nodes.every((node) => node.known)).toBe(true);
    expect(edgesOf(await lineage("trained", "1"))).toContain("model/trained/1 made into model/trained/2");
  });

  const of = (subject: string) => owner.lineage.get({ params, query: { of: subject } });

  it("starts from data, runs and jobs too", async () => {
    const whole = edgesOf(await lineage("trained", "2"));
    const { runId, jobId } = await owner.model.getVersion({ params: { ...params, name: "trained", version: "2" } });
    for (const subject of ["data/churn/1", "data/churn", `run/${runId}`, `job/${jobId}`, "model/trained/2"]) {
      const found = await of(subject);
      expect(found.root, subject).toBe(subject === "data/churn" ? "data/churn/1" : subject);
      expect(edgesOf(found), subject).toEqual(whole);
    }
    await expect(of("data/nothing/1")).rejects.toMatchObject({ code: "not_found" });
    await expect(of("workspace/x")).rejects.toMatchObject({ code: "invalid" });
    await expect(of("toString/x")).rejects.toMatchObject({ code: "invalid" });
  });

  it("takes data, commit and copies from what an MLflow client says", async () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    const api = "/api/2.0/mlflow";
    const tags = [{ key: "mlflow.source.git.commit", value: commit }];
    const { run } = await mlflow("POST", `${api}/runs/create`, { tags });
    const { run_id } = run.info;
    const dataset = (name: string, uri: string, context: string, digest = "d") => ({
      dataset: { name, digest, source_type: "http", source: JSON.stringify({ uri }) },
      tags: [{ key: "mlflow.data.context", value: context }],
    });
    await mlflow("POST", `${api}/runs/log-inputs`, {
      run_id,
      datasets: [
        dataset("train", "azureml:churn:1", "training"),
        dataset("bucket", "s3://bucket/file", "training"),
        dataset("held-out", "data/churn/1", "eval"),
        dataset("dataset", "memory", "training"),
        dataset("dataset", "more", "validation", "e"),
        dataset("dataset", "most", "validation", "f"),
      ],
    });
    await mlflow("PUT", `/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/model/MLmodel`);
    await mlflow("POST", `${api}/registered-models/create`, { name: "said" });
    const source = `runs:/${run_id}/model`;
    await mlflow("POST", `${api}/model-versions/create`, { name: "said", source, run_id });
    await mlflow("POST", `${api}/registered-models/create`, { name: "copy" });
    await mlflow("POST", `${api}/model-versions/create`, { name: "copy", source: "models:/said/1" });
    const version = await owner.model.getVersion({ params: { ...params, name: "said", version: "1" } });
    expect(version.trainingData).toEqual(["data/churn/1"]);
    const found = await lineage("said", "1");
    expect(edgesOf(found)).toEqual([
      `commit/${commit} code of run/${run_id}`,
      `data/churn/1 read by run/${run_id}`,
      `dataset/${run_id}/training read by run/${run_id}`,
      `dataset/${run_id}/validation read by run/${run_id}`,
      `dataset/bucket/d read by run/${run_id}`,
      `dataset/held-out/d read by run/${run_id}`,
      "model/said/1 made into model/copy/1",
      `run/${run_id} made model/said/1`,
    ]);
    expect(nodeOf(found, "code")).toMatchObject([{ label: "commit 01234567" }]);
    expect(nodeOf(found, "dataset").map((node) => [node.label, node.known])).toEqual([
      ["bucket", false],
      ["held-out", false],
      ["dataset d", false],
      ["2 data sets without a name", false],
    ]);
    await mlflow("POST", `${api}/registered-models/rename`, { name: "said", new_name: "said2" });
    expect(edgesOf(await lineage("copy", "1"))).toContain("model/said2/1 made into model/copy/1");
    await mlflow("DELETE", `${api}/model-versions/delete`, { name: "said2", version: "1" });
    expect((await lineage("copy", "1")).nodes).toContainEqual(
      expect.objectContaining({ id: "model/said2/1", known: false, detail: "deleted" }),
    );
  });

  it("takes data, metrics and job of the run, and the named parents, when people register", async () => {
    const tree = await storeTree(owner, { "model.onnx": onnxModel("by hand") });
    const run = await owner.run.list({ params });
    const { id } = run.items.find((one) => one.jobId !== null)!;
    const version = await owner.model.createVersion({
      params: { ...params, name: "hand" },
      body: { tree, runId: id, parents: ["trained:1"] },
    });
    expect(version).toMatchObject({ runId: id, trainingData: ["data/churn/1"] });
    expect(version.jobId).not.toBeNull();
    expect(edgesOf(await lineage("hand", "1"))).toContain("model/trained/1 made into model/hand/1");
    await expect(
      owner.model.createVersion({ params: { ...params, name: "hand" }, body: { tree, parents: ["traind:1"] } }),
    ).rejects.toMatchObject({ hint: 'Did you mean "trained"?' });
  });

  it("shows builds, releases and deployments", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const { build } = await shop.build();
    const release = await shop.release(build);
    await shop.settled(release.number);
    const at = { workspace: shop.workspace };
    await owner.endpoint.create({ params: at, body: { name: "e" } });
    await owner.endpoint.deploy({
      params: { ...at, name: "e", deployment: "blue" },
      body: { model: "m:1" },
    });
    const found = await owner.model.lineage({ params: { ...at, name: "m", version: "1" } });
    expect(edgesOf(found)).toEqual([
      `build/${build} released as release/${release.number}`,
      "model/m/1 deployed to deployment/e/blue",
      `model/m/1 packaged in build/${build}`,
    ]);
    expect(nodeOf(found, "release")).toMatchObject([{ detail: "waiting" }]);
    expect(nodeOf(found, "deployment")).toMatchObject([{ label: "e blue", detail: "0% of requests" }]);
    const from = (of: string) => owner.lineage.get({ params: at, query: { of } });
    expect(edgesOf(await from(`release/${release.number}`))).toEqual(edgesOf(found));
    expect(edgesOf(await from(`build/${build}`))).toEqual(edgesOf(found));
    const endpoint = await from("endpoint/e");
    expect(endpoint.root).toBe("endpoint/e");
    expect(edgesOf(endpoint)).toEqual([...edgesOf(found), "deployment/e/blue part of endpoint/e"].sort());
  });
});

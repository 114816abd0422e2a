import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { ImportedLoggedModel, ImportedModel, ImportedRun, ImportSummary } from "../../contract/import.ts";
import { factsOfRun, listOfFiles, PointsSum } from "../../contract/import-summary.ts";
import { digestOf, sha256 } from "../../platform/digest.ts";
import { createRun } from "../run/index.ts";
import { createWorkspace } from "../workspace/index.ts";

const params = { workspace: "default" };
const runId = "0123456789abcdef0123456789abcdef";
const modelId = `m-${runId}`;
const source = "http://mlflow.example#/experiments/7";

const run: Omit<ImportedRun, "experimentId"> = {
  ...{ id: runId, name: "night-owl-7", state: "FINISHED", lifecycleStage: "active", user: "ada" },
  ...{ startedAt: 1000, endedAt: 2000, deletedAt: null },
  params: [
    ["depth", "3"],
    ["constructor", "kept"],
  ],
  tags: [
    ["mlflow.runName", "night-owl-7"],
    ["mlflow.parentRunId", "f".repeat(32)],
  ],
  datasets: [
    {
      ...{ name: "rows", digest: "d1", sourceType: "local", source: "{}", schema: null, profile: null },
      tags: [["mlflow.data.context", "training"]],
    },
  ],
  ...{ inputs: [], outputs: [{ modelId, step: 4 }] },
};

const series = {
  ...{ runId, key: "loss", timestamps: [1000, 1001, 1002], steps: [0, 1, 2] },
  values: [0.5, "NaN" as const, -0.25],
};

function summary(wanted: typeof run, files: { path: string; digest: string; size: number }[]): ImportSummary {
  const points = new PointsSum();
  for (const [index, value] of [0.5, Number.NaN, -0.25].entries()) points.add("loss", 1000 + index, index, value);
  return {
    facts: digestOf(factsOfRun({ ...wanted, experimentId: "" })),
    ...{ params: 2, tags: 2, datasets: 1, points: points.count, pointsSum: points.text },
    ...{ files: files.length, bytes: files.reduce((sum, file) => sum + file.size, 0) },
    filesDigest: digestOf(listOfFiles(files)),
  };
}

describe.each(databases)("taking over what another server has, on %s", (database) => {
  let app: TestApp;
  let client: Client;
  let experimentId: string;
  const content = "weights";
  const file = { owner: runId, path: "model/weights.txt", digest: sha256(content), size: content.length };
  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("contributor");
  });
  afterAll(() => app.stop());

  it("keeps an experiment's name and times, and knows it again after it was renamed here", async () => {
    const experiment = {
      ...{ source, name: "diabetes", lifecycleStage: "active" as const, createdAt: 500, updatedAt: 600 },
      tags: [["team", "blue"]] as [string, string][],
    };
    const body = { experiments: [experiment] };
    const { items } = await client.import.experiments({ params, body });
    experimentId = items[0]!.id;
    const find = async () =>
      (await client.run.listExperiments({ params })).items.find((one) => one.id === experimentId);
    expect(await find()).toMatchObject({ name: "diabetes", createdAt: 500 });
    await app.fetch("http://localhost/api/2.0/mlflow/experiments/update", {
      method: "POST",
      headers: { authorization: `Bearer ${await app.tokenOf("owner")}`, "content-type": "application/json" },
      body: JSON.stringify({ experiment_id: experimentId, new_name: "renamed" }),
    });
    expect((await client.import.experiments({ params, body })).items).toEqual(items);
    expect(await find()).toMatchObject({ name: "renamed" });
  });

  it("fills the experiment that has the name already", async () => {
    const experiment = { source: "elsewhere#/experiments/0", name: "Default", createdAt: 1, updatedAt: 1, tags: [] };
    const { items } = await client.import.experiments({
      params,
      body: { experiments: [{ ...experiment, lifecycleStage: "active" }] },
    });
    expect(items).toEqual([{ source: experiment.source, id: "0" }]);
  });

  it("keeps everything of a run, and twice is as good as once", async () => {
    for (let time = 0; time < 2; time++) {
      const body = { runs: [{ ...run, experimentId }] };
      expect(await client.import.runs({ params, body })).toEqual({ issues: [], refused: [] });
      await client.import.points({ params, body: { series: [series] } });
      await client.blob.put({ params: { ...params, digest: file.digest }, body: new TextEncoder().encode(content) });
      expect(await client.import.artifacts({ params, body: { files: [file] } })).toEqual({ issues: [] });
    }
    expect(await client.run.get({ params: { ...params, id: runId } })).toMatchObject({
      ...{ name: "night-owl-7", user: "ada", startedAt: 1000, endedAt: 2000, parentRunId: "f".repeat(32) },
      ...{ metrics: { loss: -0.25 }, artifacts: [{ path: "model/weights.txt", size: 7 }] },
    });
    const history = await client.run.metricHistory({ params: { ...params, id: runId }, query: { key: "loss" } });
    expect(history.points.map((point) => point.value)).toEqual([0.5, "NaN", -0.25]);
    expect((await client.import.files({ params, body: { owner: runId } })).files).toEqual([
      { path: file.path, digest: file.digest, size: file.size },
    ]);
  });

  it("remembers a run as done when both sides are equal, and not before", async () => {
    const { path, digest, size } = file;
    const there = summary(run, [{ path, digest, size }]);
    const ids = { ids: [runId] };
    const lost = { ...there, points: 4 };
    const first = await client.import.verify({
      params,
      body: { items: [{ id: runId, fingerprint: "f1", there: lost }] },
    });
    expect(first.items[0]!.here).toEqual(there);
    expect((await client.import.known({ params, body: ids })).items).toEqual([]);
    await client.import.verify({ params, body: { items: [{ id: runId, fingerprint: "f1", there }] } });
    expect((await client.import.known({ params, body: ids })).items).toEqual([
      { id: runId, fingerprint: "f1", summary: there },
    ]);
  });

  it("says when a param is another one here, and takes a new state over", async () => {
    const changed = { ...run, experimentId, state: "FAILED" as const, params: [["depth", "4"]] as [string, string][] };
    const { issues, refused } = await client.import.runs({ params, body: { runs: [changed] } });
    expect(issues).toEqual([{ subject: `run/${runId}`, message: 'its param depth is "3" here' }]);
    expect(refused).toEqual([]);
    expect(await client.run.get({ params: { ...params, id: runId } })).toMatchObject({ state: "FAILED" });
  });

  it("does not touch what was made here or in another workspace", async () => {
    const wanted = { workspace: "default", experiment: "mine", name: "mine", user: "eve", jobId: null };
    const native = await createRun(app.ctx, { ...wanted, parentRunId: null });
    const body = { runs: [{ ...run, id: native, experimentId, name: "stolen" }] };
    const answer = await client.import.runs({ params, body });
    expect(answer.refused).toEqual([native]);
    expect(answer.issues[0]!.message).toContain("was not imported");
    expect(await client.run.get({ params: { ...params, id: native } })).toMatchObject({ name: "mine" });
    const points = client.import.points({ params, body: { series: [{ ...series, runId: native }] } });
    await expect(points).rejects.toMatchObject({ code: "conflict" });
    const files = { files: [{ ...file, owner: native }] };
    expect((await client.import.artifacts({ params, body: files })).issues).toHaveLength(1);
    expect((await client.import.files({ params, body: { owner: native } })).files).toEqual([]);

    await createWorkspace(app.ctx, { name: "other", description: "" });
    const other = { workspace: "other" };
    const elsewhere = await client.import.runs({ params: other, body: { runs: [{ ...run, experimentId: "0" }] } });
    expect(elsewhere.refused).toEqual([runId]);
    expect((await client.import.files({ params: other, body: { owner: runId } })).files).toEqual([]);
    await expect(client.import.points({ params: other, body: { series: [series] } })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  it("refuses one run of a batch and takes the others", async () => {
    const [good, bad] = ["a".repeat(32), "b".repeat(32)];
    const body = {
      runs: [
        { ...run, id: good, experimentId },
        { ...run, id: bad, experimentId: "none" },
      ],
    };
    const { issues, refused } = await client.import.runs({ params, body });
    expect(refused).toEqual([bad]);
    expect(issues[0]!.message).toContain("Invalid experiment ID");
    expect(await client.run.get({ params: { ...params, id: good } })).toMatchObject({ name: run.name });
  });

  const version = {
    ...{
      description: "",
      createdAt: 3000,
      updatedAt: 4000,
      user: "ada",
      stage: "Staging",
      runLink: "",
      loggedModelId: null,
    },
    ...{ source: `runs:/${runId}/model`, runId, tags: [] },
    files: { owner: runId, path: "model" },
  };
  const model: ImportedModel = {
    ...{ name: "churn", description: "who leaves", createdAt: 100, updatedAt: 200, tags: [["team", "blue"]] },
    versions: [
      { ...version, version: 2 },
      { ...version, version: 7, files: null },
    ],
    aliases: [["newest", 7]],
  };

  it("keeps the numbers of versions; new ones come after them", async () => {
    for (let time = 0; time < 2; time++) {
      const { here, issues } = await client.import.model({ params, body: model });
      expect(issues).toEqual([]);
      expect(here).toEqual({
        versions: [
          { version: 2, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
          { version: 7, digest: null },
        ],
        aliases: 1,
      });
    }
    const shown = await client.model.getVersion({ params: { ...params, name: "churn", version: "2" } });
    expect(shown).toMatchObject({ stage: "Staging", createdAt: 3000, createdBy: { name: "ada" }, runId });
    expect(shown.files.map((one) => one.path)).toEqual(["weights.txt"]);
    expect(shown.metrics).toEqual({ loss: -0.25 });
    const files = [{ path: "a", digest: file.digest, size: file.size }];
    const tree = await client.blob.createTree({ params, body: { files } });
    const next = await client.model.createVersion({
      params: { ...params, name: "churn" },
      body: { tree: tree.digest },
    });
    expect(next.version).toBe("8");
  });

  it("moves a protected alias only for those who may", async () => {
    const body: ImportedModel = { ...model, versions: [], aliases: [["champion", 2]] };
    const refused = await client.import.model({ params, body });
    expect(refused.here.aliases).toBe(0);
    expect(refused.issues[0]!.message).toContain("alias champion");
    const owner = await app.as("owner");
    expect(await owner.import.model({ params, body })).toMatchObject({ here: { aliases: 1 }, issues: [] });
  });

  it("puts a version into a protected stage only for those who may", async () => {
    const staged = (number: number) => ({ ...version, version: number, files: null, stage: "Production" });
    const body = (number: number) => ({ ...model, versions: [staged(number)], aliases: [] });
    const stageOf = async (number: string) =>
      (await client.model.getVersion({ params: { ...params, name: "churn", version: number } })).stage;
    const { issues } = await client.import.model({ params, body: body(20) });
    expect(issues[0]!.message).toContain("Production is protected");
    expect(await stageOf("20")).toBe("None");
    expect((await (await app.as("owner")).import.model({ params, body: body(21) })).issues).toEqual([]);
    expect(await stageOf("21")).toBe("Production");
  });

  it("says when a number is taken by another version, and when files are lost", async () => {
    const other = { ...version, version: 2, source: "runs:/elsewhere/model" };
    const lost = { ...version, version: 9, files: { owner: runId, path: "gone" } };
    const { here, issues } = await client.import.model({
      params,
      body: { ...model, versions: [other, lost], aliases: [] },
    });
    expect(issues.map((issue) => issue.subject)).toEqual(["model/churn/2", "model/churn/9"]);
    expect(here.versions).toContainEqual({ version: 9, digest: null });
  });

  it("keeps logged models with their metrics, and twice is as good as once", async () => {
    const logged: ImportedLoggedModel = {
      ...{ id: modelId, experimentId, name: "model", modelType: "", sourceRunId: runId, status: "READY" },
      ...{ lifecycleStage: "active", createdAt: 10, updatedAt: 20, params: [["p", "1"]], tags: [["t", "2"]] },
      metrics: [
        { runId, key: "acc", timestamp: 1, step: 0, value: 0.5, datasetName: "rows", datasetDigest: "d1" },
        { runId, key: "nan", timestamp: 1, step: 0, value: "NaN", datasetName: "", datasetDigest: "" },
      ],
    };
    for (let time = 0; time < 2; time++)
      expect(await client.import.loggedModels({ params, body: { models: [logged] } })).toEqual({
        issues: [],
        refused: [],
      });
    const { items } = await client.import.verify({
      params,
      body: { items: [{ id: modelId, fingerprint: "f", there: summary(run, []) }] },
    });
    expect(items[0]!.here).toMatchObject({ params: 1, tags: 1, points: 2, files: 0 });
  });

  it("is for owners and contributors", async () => {
    for (const role of ["data-scientist", "ml-engineer", "reader", "step"] as const) {
      const other = await app.as(role);
      await expect(other.import.known({ params, body: { ids: [] } }), role).rejects.toMatchObject({
        code: "forbidden",
      });
    }
    await (await app.as("owner")).import.known({ params, body: { ids: [] } });
  });

  it("leaves an audit event for each experiment that was filled", async () => {
    const { items } = await (await app.as("owner")).audit.list({ query: { workspace: "default" } });
    const event = items.find((item) => item.type === "run.imported");
    expect(event).toMatchObject({ subject: `experiment/${experimentId}`, actor: { name: "contributor" } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createToken, createUser } from "../../src/features/access/index.ts";
import { databases } from "../support/app.ts";
import { api, files, openTarget, type Target } from "./tracking.fixture.ts";

const v3 = "/api/3.0/mlflow";
const judged = {
  assessment_name: "good",
  source: { source_type: "HUMAN", source_id: "x" },
  feedback: { value: true },
};

describe.each(databases)("other people's things on %s", (database) => {
  let server: Target;
  let neighbour: string;
  let model: string;
  const told = { trace: "tr-1", dataset: "", issue: "", webhook: "" };
  beforeAll(async () => {
    server = await openTarget(database);
    const user = await createUser(server.app.ctx, {
      name: "neighbour",
      kind: "person",
      role: "contributor",
      workspace: "other",
    });
    neighbour = (await createToken(server.app.ctx, user.id, { description: "", days: 1 })).token;
    await server.call("POST", `${api}/registered-models/create`, { name: "m" });
    await server.call("POST", `${api}/model-versions/create`, { name: "m", source: `runs:/${server.run}/` });
    await server.call("POST", `${api}/runs/log-metric`, { run_id: server.run, key: "a", value: 42.5, timestamp: 1 });
    const logged = await server.call("POST", `${api}/logged-models`, { experiment_id: server.experiment, name: "l" });
    model = (logged as unknown as { model: { info: { model_id: string } } }).model.info.model_id;
    await tellMore();
  });
  async function tellMore() {
    const location = { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: server.experiment } };
    const info = { trace_id: told.trace, trace_location: location, request_time: "2026-01-02T03:04:05Z", state: "OK" };
    const trace = { trace_info: { ...info, request_preview: "kept to us" } };
    const tell = await server.call("POST", `${v3}/traces`, { trace });
    expect(tell.status, tell.body).toBe(200);
    const made = async (path: string, json: object) => {
      const answer = await server.call("POST", `${v3}${path}`, json);
      expect(answer.status, answer.body).toBe(200);
      return JSON.parse(answer.body);
    };
    const dataset = { name: "kept answers", experiment_ids: [server.experiment] };
    told.dataset = (await made("/datasets/create", dataset)).dataset.dataset_id;
    const issue = { experiment_id: server.experiment, name: "kept issue", description: "d" };
    told.issue = (await made("/issues", issue)).issue.issue_id;
    const hook = { name: "kept", url: "https://example.com/", events: [{ entity: "PROMPT", action: "CREATED" }] };
    const token = await server.app.tokenOf("owner");
    const { body } = await server.raw(`${api}/webhooks`, { method: "POST", token, json: hook });
    told.webhook = JSON.parse(body).webhook.webhook_id;
  }
  afterAll(() => server.app.stop());

  const requests = (): [method: string, path: string, json?: unknown][] => [
    ["GET", `${api}/experiments/get?experiment_id=${server.experiment}`],
    ["GET", `${api}/experiments/get-by-name?experiment_name=mine`],
    ["POST", `${api}/experiments/update`, { experiment_id: server.experiment, new_name: "stolen" }],
    ["POST", `${api}/experiments/delete`, { experiment_id: server.experiment }],
    ["GET", `${api}/runs/get?run_id=${server.run}`],
    ["POST", `${api}/runs/update`, { run_id: server.run, status: "FAILED" }],
    ["POST", `${api}/runs/delete`, { run_id: server.run }],
    ["POST", `${api}/runs/log-metric`, { run_id: server.run, key: "a", value: 1, timestamp: 1 }],
    ["POST", `${api}/runs/log-batch`, { run_id: server.run, tags: [{ key: "a", value: "b" }] }],
    ["POST", `${api}/runs/set-tag`, { run_id: server.run, key: "a", value: "b" }],
    ["GET", `${api}/metrics/get-history?run_id=${server.run}&metric_key=a`],
    ["GET", `${api}/artifacts/list?run_id=${server.run}`],
    ["GET", `/get-artifact?run_id=${server.run}&path=kept.txt`],
    ["GET", `${files}/${server.experiment}/${server.run}/artifacts/kept.txt`],
    ["PUT", `${files}/${server.experiment}/${server.run}/artifacts/kept.txt`],
    ["DELETE", `${files}/${server.experiment}/${server.run}/artifacts/kept.txt`],
    ["GET", `${api}/logged-models/${model}`],
    ["PATCH", `${api}/logged-models/${model}`, { status: 2 }],
    ["DELETE", `${api}/logged-models/${model}`],
    ["GET", `${api}/registered-models/get?name=m`],
    ["POST", `${api}/registered-models/rename`, { name: "m", new_name: "n" }],
    ["DELETE", `${api}/registered-models/delete`, { name: "m" }],
    ["GET", `${api}/model-versions/get?name=m&version=1`],
    ["GET", `${api}/model-versions/get-download-uri?name=m&version=1`],
    ["GET", "/model-versions/get-artifact?name=m&version=1&path=kept.txt"],
    ["DELETE", `${api}/model-versions/delete`, { name: "m", version: "1" }],
    ["POST", `${api}/registered-models/alias`, { name: "m", alias: "x", version: "1" }],
    ["GET", `${v3}/traces/${told.trace}`],
    ["GET", `${v3}/traces/get?trace_id=${told.trace}`],
    ["PATCH", `${v3}/traces/${told.trace}/tags`, { key: "a", value: "b" }],
    ["DELETE", `${v3}/traces/${told.trace}/tags`, { key: "a" }],
    ["POST", `${v3}/traces/${told.trace}/assessments`, { assessment: judged }],
    ["POST", `${v3}/traces/link-to-run`, { trace_ids: [told.trace], run_id: server.run }],
    ["GET", `${v3}/datasets/${told.dataset}`],
    ["GET", `${v3}/datasets/${told.dataset}/records`],
    ["POST", `${v3}/datasets/${told.dataset}/records`, { records: "[]" }],
    ["GET", `${v3}/issues/${told.issue}`],
    ["PATCH", `${v3}/issues/${told.issue}`, { description: "e" }],
    ["GET", `${api}/webhooks/${told.webhook}`],
    ["PATCH", `${api}/webhooks/${told.webhook}`, { description: "e" }],
    ["POST", `${api}/webhooks/${told.webhook}/test`, {}],
    ["DELETE", `${api}/webhooks/${told.webhook}`],
  ];

  it("are hidden behind the workspace, however it is named (CVE-2025-15381)", async () => {
    for (const [method, path, json] of requests()) {
      const more = { method, token: neighbour, ...(json === undefined ? {} : { json }) };
      const what = `${method} ${path}`;
      // In the workspace of the thing: not allowed. In one's own: not there.
      expect((await server.raw(path, more)).status, what).toBe(403);
      expect((await server.raw(`/w/default${path}`, more)).status, what).toBe(403);
      const header = { "x-mlflow-workspace": "default" };
      expect((await server.raw(path, { ...more, headers: header })).status, what).toBe(403);
      const own = await server.raw(`/w/other${path}`, { ...more, headers: header });
      // MLflow answers a history that is not there with an empty one.
      const nothing = path.includes("get-history") && own.body === "{}" ? [200] : [400, 404];
      // Nor does a contributor manage the webhooks of one's own.
      if (path.includes("/webhooks/")) nothing.push(403);
      expect(nothing, `${what}: ${own.status} ${own.body}`).toContain(own.status);
      expect(own.body, what).not.toMatch(/kept|42\.5/);
    }
    const kept = await server.send(`/get-artifact?run_id=${server.run}&path=kept.txt`);
    expect(kept.body).toBe("kept");
    expect((await server.send(`${api}/runs/get?run_id=${server.run}`)).body).toContain('"RUNNING"');
    expect((await server.send(`${api}/registered-models/get?name=m`)).status).toBe(200);
  });

  it("do not turn up in searches and lists", async () => {
    const as = (path: string, json: unknown) =>
      server.raw(`/w/other${path}`, { method: "POST", token: neighbour, json });
    const location = { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: server.experiment } };
    const answers = await Promise.all([
      as(`${api}/runs/search`, { experiment_ids: [server.experiment] }),
      as(`${api}/experiments/search`, { max_results: 10 }),
      as(`${api}/logged-models/search`, { experiment_ids: [server.experiment] }),
      as("/graphql", { query: `{ mlflowGetRun(input: { runId: "${server.run}" }) { run { info { runName } } } }` }),
      as("/graphql", {
        query: `mutation { mlflowSearchRuns(input: { experimentIds: ["${server.experiment}"] }) {
        runs { info { runId } } } }`,
      }),
      as(`${v3}/traces/search`, { locations: [location] }),
      as(`${v3}/traces/batchGetInfos`, { trace_ids: [told.trace] }),
      as(`${v3}/datasets/search`, { experiment_ids: [server.experiment] }),
      as(`${v3}/issues/search`, { experiment_id: server.experiment }),
      server.raw(`/w/other${v3}/traces/batchGet?trace_ids=${told.trace}`, { token: neighbour }),
      server.raw(`/w/other${v3}/scorers/list?experiment_id=${server.experiment}`, { token: neighbour }),
      server.raw(`/w/other${api}/webhooks`, { token: neighbour }),
      server.raw(`/w/other${api}/registered-models/search`, { token: neighbour }),
      server.raw(`/w/other${api}/model-versions/search`, { token: neighbour }),
      server.raw(`/w/other${api}/model-versions/search?filter=${encodeURIComponent("run_id = '' OR '1'='1'")}`, {
        token: neighbour,
      }),
    ]);
    // An error repeats the id that was asked for, which the caller knew.
    const known = new RegExp(`"(run_id|runId)": ?"${server.run}"|"mine"|"m"|${model}|kept|${told.trace}"`);
    for (const { body } of answers) expect(body).not.toMatch(known);
  });

  it("are not changed by who may only read (CVE-2024-4263), nor by nobody (CVE-2026-0545)", async () => {
    const reader = await server.app.tokenOf("reader");
    for (const [method, path, json] of requests()) {
      const isRead = method === "GET";
      const more = { method, ...(json === undefined ? {} : { json }) };
      const what = `${method} ${path}`;
      if (!isRead) expect((await server.raw(path, { ...more, token: reader })).status, what).toBe(403);
      expect((await server.raw(path, more)).status, what).toBe(401);
      for (const token of ["", "null", "undefined", "..", "a.b.c", "%00"])
        expect((await server.raw(path, { ...more, token })).status, what).toBe(401);
    }
  });

  it.each([
    ["POST", "/ajax-api/3.0/jobs/"],
    ["POST", "/ajax-api/3.0/mlflow/jobs/"],
    ["POST", "/v1/traces"],
    ["POST", "/api/jobs/"],
    ["POST", "/api/v1/workspaces/default/jobs"],
    ["GET", "/api/2.0/preview/mlflow/experiments/list"],
    ["GET", "/ajax-api/2.0/preview/mlflow/experiments/list"],
    ["GET", "/ajax-api/3.0/mlflow/assistant/config"],
    ["PUT", "/ajax-api/3.0/mlflow/assistant/config"],
    ["POST", "/graphql"],
    ["POST", "/signup"],
    ["POST", "/api/2.0/mlflow/users/create"],
    ["GET", "/api/2.0/mlflow/x/health"],
    ["GET", "/api/2.0/mlflow/runs/search/../../../health"],
    ["POST", "/gateway/x/../../api/2.0/mlflow/runs/create"],
    ["OPTIONS", "/api/2.0/mlflow/runs/search"],
    ["HEAD", "/api/2.0/mlflow/experiments/search"],
    ["PATCH", "/api/2.0/mlflow/registered-models/update"],
  ])("give nobody anything at %s %s", async (method, path) => {
    const answer = await server.raw(path, { method, ...(method === "POST" ? { json: {} } : {}) });
    expect([401, 403, 404, 405], answer.body).toContain(answer.status);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

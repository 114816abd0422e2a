import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";

describe.each(databases)("MLflow's GraphQL on %s", (database) => {
  let app: TestApp;
  let run: string;

  async function post(path: string, body: unknown, role: "owner" | "reader" = "owner") {
    const response = await app.fetch(`http://localhost${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${await app.tokenOf(role)}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
    return { status: response.status, json: (await response.json()) as any };
  }
  const ask = async (query: string, more: object = {}) => (await post("/graphql", { query, ...more })).json;
  const rest = async (path: string, body: object) => (await post(`/api/2.0/mlflow${path}`, body)).json;

  beforeAll(async () => {
    app = await createTestApp({ database });
    run = (await rest("/runs/create", { experiment_id: "0", run_name: "one", start_time: 5 })).run.info.run_id;
    await rest("/runs/log-batch", {
      run_id: run,
      metrics: [
        { key: "loss", value: 0.5, timestamp: 1, step: 7 },
        { key: "none", value: "NaN", timestamp: 1, step: 0 },
      ],
      params: [{ key: "p", value: "1" }],
    });
    await rest("/registered-models/create", { name: "m" });
    await rest("/model-versions/create", { name: "m", source: `runs:/${run}/model`, run_id: run });
  });
  afterAll(() => app.stop());

  it("reads a run with its experiment and versions, by fragments and variables too", async () => {
    const query = `query q($id: String!) @component(name: "x") {
      mine: mlflowGetRun(input: { runId: $id }) {
        run { info { ...told status startTime endTime } experiment { name } modelVersions { name version status }
          data { metrics { key value step } params { key value } } }
      }
    }
    fragment told on MlflowRunInfo { name: runName }`;
    expect(await ask(query, { variables: { id: run }, operationName: "q" })).toEqual({
      data: {
        mine: {
          run: {
            info: { name: "one", status: "RUNNING", startTime: "5", endTime: "0" },
            experiment: { name: "Default" },
            modelVersions: [{ name: "m", version: "1", status: "READY" }],
            data: {
              metrics: [
                { key: "loss", value: 0.5, step: "7" },
                { key: "none", value: null, step: "0" },
              ],
              params: [{ key: "p", value: "1" }],
            },
          },
        },
      },
      errors: null,
    });
  });

  it("searches, and says errors in words", async () => {
    const search = (filter: string) =>
      ask(`mutation { mlflowSearchRuns(input: { experimentIds: ["0"], filter: ${JSON.stringify(filter)} }) {
        runs { info { runId } } nextPageToken } }`);
    expect(await search("metrics.loss < 1")).toEqual({
      data: { mlflowSearchRuns: { runs: [{ info: { runId: run } }], nextPageToken: "" } },
      errors: null,
    });
    expect((await search("nonsense.x = 1")).errors).toEqual([expect.stringContaining("nonsense")]);
    expect((await ask('{ mlflowGetExperiment(input: {experimentId: "77"}) { experiment { name } } }')).errors).toEqual([
      expect.stringContaining("77"),
    ]);
    expect((await ask("{ nothing }")).errors).toEqual(['Cannot query field "nothing" on type "Query".']);
    expect((await ask("{ test(")).errors).toEqual([expect.stringContaining("Syntax Error")]);
  });

  it("asks for a credential, and works in the workspace of the path", async () => {
    const query = `{ mlflowGetRun(input: { runId: "${run}" }) { run { modelVersions { name } } } }`;
    const anonymous = await app.fetch("http://localhost/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    expect(anonymous.status).toBe(401);
    expect((await post("/w/nowhere/graphql", { query })).status).toBe(404);
    expect((await post("/w/default/graphql", { query }, "reader")).json.errors).toBeNull();
  });

  it("refuses a request that is many requests", async () => {
    const field = 'mlflowGetExperiment(input: { experimentId: "0" }) { experiment { name } }';
    const roots = Array.from({ length: 11 }, (_, n) => `a${n}: ${field}`).join(" ");
    expect((await ask(`{ ${roots} }`)).errors[0]).toContain("at most 10 root fields, got 11");
    // MLflow's own count does not look into fragments.
    expect((await ask(`{ ...all } fragment all on Query { ${roots} }`)).errors[0]).toContain("at most 10 root fields");
    expect((await ask("{ ...a } fragment a on Query { ...a }")).errors[0]).toContain("total selections of 1000");
    const doubling = Array.from({ length: 30 }, (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`);
    expect((await ask(`{ ...f0 } ${doubling.join(" ")}`)).errors[0]).toContain("total selections of 1000");
    expect((await ask(`{ ${"a {".repeat(11)} b ${"}".repeat(11)} }`)).errors[0]).toContain("maximum depth of 10");
    expect((await ask(`{ ${"a ".repeat(20_000)} }`)).errors[0]).toContain("10000 tokens");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { tokenOfStep } from "../../../test/support/task-token.ts";
import { roles } from "../../contract/permissions.ts";
import { createToken, createUser } from "../../features/access/index.ts";
import { createWorkspace } from "../../features/workspace/index.ts";
import { mlflowRoutes } from "./index.ts";

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  json: any;
}

describe.each(databases)("the MLflow REST API on %s", (database) => {
  let app: TestApp;
  let token: string;
  let run: string;

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const isText = typeof body === "string";
    const response = await app.fetch(`http://localhost${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      body: body === undefined || isText ? (body as string) : JSON.stringify(body),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
    return { status: response.status, json } as Answer;
  }
  const post = (path: string, body: unknown) => call("POST", `/api/2.0/mlflow${path}`, body);
  const get = (path: string) => call("GET", `/api/2.0/mlflow${path}`);

  beforeAll(async () => {
    app = await createTestApp({ database });
    await createWorkspace(app.ctx, { name: "other", description: "" });
    token = await app.tokenOf("owner");
    run = (await post("/runs/create", { experiment_id: "0", start_time: 5 })).json.run.info.run_id;
  });
  afterAll(() => app.stop());

  it("asks for a credential and for the permission that the route's table names", async () => {
    const reader = { authorization: `Bearer ${await app.tokenOf("reader")}` };
    for (const route of mlflowRoutes) {
      const path = `/api/${route.versions?.[0] ?? "2.0"}/mlflow${route.path.replace(/\{\w+\}/g, "x")}`;
      expect((await call(route.method, path, undefined, { authorization: "" })).status, path).toBe(401);
      const { status, json } = await call(route.method, path, {}, reader);
      if ((roles.reader as readonly string[]).includes(route.permission)) expect(status, path).not.toBe(403);
      else expect([status, json.error_code], path).toEqual([403, "PERMISSION_DENIED"]);
    }
    const artifact = `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/x`;
    expect((await call("PUT", artifact, "x", { authorization: "" })).status).toBe(401);
    expect((await call("PUT", artifact, "x", reader)).status).toBe(403);
  });

  it("quotes a wrong number as it was written", async () => {
    const { status, json } = await post("/experiments/create", '{"name":"e","artifact_location":9.0}');
    expect([status, json.message]).toEqual([
      400,
      expect.stringContaining(
        "Invalid value 9.0 for parameter 'artifact_location' supplied:  Hint: Value was of type 'float'",
      ),
    ]);
    const inside = await post("/experiments/create", '{"name":"e","tags":[{"key":"a","value":"b"},{"key":1e3}]}');
    expect(inside.json.message).toContain("Invalid value 1000.0 for parameter 'tags[1].key'");
    expect((await post("/experiments/create", '{"name":7}')).json.message).toContain("Invalid value 7 for");
  });

  it("overlooks a doubled slash", async () => {
    expect((await call("GET", `/w/default//api/2.0/mlflow/runs/get?run_id=${run}`)).status).toBe(200);
    const path = "path=..%2Fx&name=m&version=1";
    expect((await call("GET", `/w/default//model-versions/get-artifact?${path}`)).json.message).toBe("Invalid path");
    expect(
      (await call("GET", `//api/2.0/mlflow/runs/get?run_id=${run}`, undefined, { authorization: "" })).status,
    ).toBe(401);
  });

  it("remembers a source that looks like a version and is none", async () => {
    const name = "strange";
    await post("/registered-models/create", { name });
    for (const source of ["mlflow-artifacts:/models/strange/....", "mlflow-artifacts:/models/nobody/1"]) {
      const { status, json } = await post("/model-versions/create", { name, source });
      expect([status, json.model_version?.source]).toEqual([200, source]);
    }
    expect((await call("DELETE", "/api/2.0/mlflow/registered-models/delete", { name })).status).toBe(200);
  });

  it("lists, shows and makes workspaces for those who may", async () => {
    const all = await call("GET", "/api/3.0/mlflow/workspaces");
    expect(all.json.workspaces.map((workspace: { name: string }) => workspace.name)).toEqual(["default", "other"]);
    const body = { name: "made", description: "d" };
    expect(await call("POST", "/api/3.0/mlflow/workspaces", body)).toEqual({ status: 201, json: { workspace: body } });
    expect((await call("POST", "/api/3.0/mlflow/workspaces", body)).json.error_code).toBe("RESOURCE_ALREADY_EXISTS");
    expect((await call("GET", "/api/3.0/mlflow/workspaces/made")).json).toEqual({ workspace: body });
    expect((await call("GET", "/api/3.0/mlflow/workspaces/none")).status).toBe(404);
    for (const wrong of [{ name: "../x" }, { name: "n", default_artifact_root: "file:///etc" }, {}])
      expect((await call("POST", "/api/3.0/mlflow/workspaces", wrong)).status).toBe(400);
    // Who owns one workspace may not make another, and sees that one only.
    const user = await createUser(app.ctx, { name: "one", kind: "person", role: "owner", workspace: "other" });
    const { token } = await createToken(app.ctx, user.id, { description: "", days: 1 });
    const one = { authorization: `Bearer ${token}` };
    expect((await call("POST", "/w/other/api/3.0/mlflow/workspaces", { name: "more" }, one)).status).toBe(403);
    for (const prefix of ["", "/w/other"]) {
      const seen = await call("GET", `${prefix}/api/3.0/mlflow/workspaces`, undefined, one);
      expect(seen.json.workspaces).toEqual([{ name: "other" }]);
    }
    expect((await call("GET", "/api/3.0/mlflow/workspaces/default", undefined, one)).status).toBe(404);
  });

  it("keeps the order of data sets", async () => {
    const { run_id } = (await post("/runs/create", {})).json.run.info;
    const names = ["c", "a", "b"];
    const dataset = (name: string) => ({ name, digest: `${name}1`, source_type: "local", source: "{}" });
    const datasets = names.map((name) => ({
      dataset: dataset(name),
      tags: [
        { key: "z", value: "" },
        { key: "y", value: "" },
      ],
    }));
    await post("/runs/log-inputs", { run_id, datasets });
    const { inputs } = (await get(`/runs/get?run_id=${run_id}`)).json.run;
    const shown = inputs.dataset_inputs.map((input: { dataset: { name: string } }) => input.dataset.name);
    expect(shown).toEqual(names);
    expect(inputs.dataset_inputs[0].tags.map((tag: { key: string }) => tag.key)).toEqual(["y", "z"]);
  });

  it("lets a step track and register, and not move aliases", async () => {
    const step = { authorization: `Bearer ${await tokenOfStep(app.ctx, "other")}` };
    const made = await call("POST", "/api/2.0/mlflow/runs/create", {}, step);
    expect(made.json.run.info).toMatchObject({ experiment_id: "0", status: "RUNNING", user_id: "step" });
    expect((await get(`/runs/get?run_id=${made.json.run.info.run_id}`)).status).toBe(404);
    const inOther = `/w/other/ajax-api/2.0/mlflow/runs/get?run_id=${made.json.run.info.run_id}`;
    expect((await call("GET", inOther)).status).toBe(200);
    expect((await call("GET", `/w/default${inOther.slice(8)}`, undefined, step)).status).toBe(403);
    expect(
      (
        await call("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", undefined, {
          "x-mlflow-workspace": "nowhere",
        })
      ).json,
    ).toMatchObject({ error_code: "RESOURCE_DOES_NOT_EXIST" });
    expect((await call("POST", "/api/2.0/mlflow/registered-models/alias", {}, step)).status).toBe(403);
  });

  it("answers health, version and server-info", async () => {
    expect(await call("GET", "/health", undefined, { authorization: "" })).toEqual({ status: 200, json: "OK" });
    expect((await call("GET", "/w/other/version", undefined, { authorization: "" })).json).toMatch(/^3\.\d+\.\d+$/);
    expect((await call("GET", "/api/3.0/mlflow/server-info")).json.workspaces_enabled).toBe(true);
  });

  it("says no to the gateway in a way that clients neither misread nor try again", async () => {
    for (const noun of ["secrets", "endpoints", "model-definitions", "budgets", "guardrails"]) {
      for (const [method, verb] of [
        ["POST", "create"],
        ["GET", "get?name=x"],
        ["GET", "list"],
        ["POST", "update"],
        ["DELETE", "delete"],
      ] as const) {
        const path = `/api/3.0/mlflow/gateway/${noun}/${verb}`;
        const { status, json } = await call(method, path, method === "GET" ? undefined : {});
        expect([status, json.error_code], path).toEqual([501, "NOT_IMPLEMENTED"]);
        expect(json.message).toBe(
          `${method} ${path.split("?")[0]} is not supported by this server. Runs, metrics, artifacts, logged models, traces and the model registry are.`,
        );
      }
    }
    expect((await call("POST", "/ajax-api/2.0/mlflow/gateway-proxy", {})).status).toBe(501);
    expect((await call("POST", "/ajax-api/2.0/mlflow/runs/create-promptlab-run", {})).status).toBe(501);
  });

  it("leaves out what is empty and writes integers as numbers", async () => {
    const { json } = await get(`/runs/get?run_id=${run}`);
    expect(json.run.info).toMatchObject({ run_id: run, run_uuid: run, start_time: 5, lifecycle_stage: "active" });
    expect(json.run.info).not.toHaveProperty("end_time");
    expect(json.run.data).toEqual({ tags: [{ key: "mlflow.runName", value: json.run.info.run_name }] });
    expect((await post("/runs/search", { experiment_ids: [] })).json).toEqual({});
    expect((await get("/registered-models/search")).json).toEqual({});
  });

  it("takes int64 as text, NaN and infinities as strings, run_uuid, and JSON that is encoded twice", async () => {
    const metric = { run_uuid: run, key: "odd", timestamp: "7", step: "2" };
    expect((await post("/runs/log-metric", { ...metric, value: "NaN" })).status).toBe(200);
    expect(
      (await post("/runs/log-metric", JSON.stringify(JSON.stringify({ ...metric, key: "top", value: "Infinity" }))))
        .json,
    ).toEqual({});
    const { json } = await get(`/runs/get?run_id=${run}`);
    expect(json.run.data.metrics).toEqual([
      { key: "odd", value: "NaN", timestamp: 7, step: 2 },
      { key: "top", value: 1.7976931348623157e308, timestamp: 7, step: 2 },
    ]);
  });

  it.each([
    ["/runs/log-metric", {}, "Missing value for required parameter 'run_id'"],
    ["/runs/log-metric", { run_id: 3 }, "Invalid value 3 for parameter 'run_id' supplied"],
    ["/runs/log-metric", { run_id: "x", key: "../a", value: 1, timestamp: 1 }, "must not resolve to other names"],
    ["/runs/log-metric", { run_id: "x", key: "a", value: "many", timestamp: 1 }, `Invalid value "many"`],
    ["/runs/log-metric", { run_id: "x", key: "a", value: 1, timestamp: -1 }, "nonnegative"],
    ["/runs/log-metric", { run_id: "x", key: "a", value: 1, timestamp: 1e300 }, "2^53"],
    ["/runs/log-parameter", { run_id: "x", key: "a", value: 5 }, "Invalid value 5 for parameter 'value'"],
    ["/runs/log-parameter", { run_id: "x", key: "a", value: "\0" }, "NUL"],
    ["/runs/log-batch", { run_id: "x", params: [{ key: "a" }, { key: "a" }] }, "Duplicate parameter keys"],
    ["/runs/log-batch", { run_id: "x", metrics: [{ value: 1 }] }, "parameter 'metrics[0].key'"],
    ["/runs/log-batch", { run_id: "x", tags: Array(101).fill({ key: "a" }) }, "at most 100 tags"],
    ["/runs/create", { run_name: "a", tags: [{ key: "mlflow.runName", value: "b" }] }, "different values"],
    ["/runs/search", { experiment_ids: ["0"], max_results: 0 }, "Invalid value 0"],
    ["/runs/search", { experiment_ids: ["0"], page_token: "x" }, "Invalid page token"],
    ["/runs/search", { experiment_ids: ["0"], filter: "a or b" }, "Invalid clause(s)"],
    ["/experiments/search", {}, "Invalid value 0"],
    ["/experiments/create", { name: "x", tags: "5" }, `Invalid value "5" for parameter 'tags'`],
    ["/registered-models/create", { name: "a/b" }, "Invalid model name"],
  ])("says what is wrong with %s %j", async (path, body, message) => {
    const { status, json } = await post(path, body);
    expect([status, json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(json.message).toContain(message);
  });

  it("refuses other content types and survives what is not JSON", async () => {
    const plain = await call("POST", "/api/2.0/mlflow/runs/search", "x", { "content-type": "text/plain" });
    expect(plain.json.message).toContain("Content-Type must be one of ['application/json']");
    expect((await post("/runs/get-history", "{")).status).toBe(501);
    expect((await post("/runs/log-metric", "{")).json.message).toContain("Missing value");
  });

  it("keeps names of deleted experiments and refuses runs in them", async () => {
    const { json } = await post("/experiments/create", { name: "gone" });
    await post("/experiments/delete", json);
    expect((await post("/experiments/create", { name: "gone" })).json.error_code).toBe("RESOURCE_ALREADY_EXISTS");
    expect((await post("/runs/create", json)).status).toBe(400);
    expect((await post("/experiments/delete", json)).status).toBe(404);
    expect((await get("/experiments/get?experiment_id=abc")).json.message).toContain("must be a valid integer");
    expect((await post("/experiments/restore", json)).status).toBe(200);
  });

  it("cuts long params and tags instead of refusing them", async () => {
    const long = "x".repeat(9000);
    await post("/runs/log-batch", {
      run_id: run,
      params: [{ key: "long", value: long }],
      tags: [{ key: "long", value: long }],
    });
    const { json } = await get(`/runs/get?run_id=${run}`);
    expect(json.run.data.params[0].value).toHaveLength(6000);
    const tags = json.run.data.tags as { key: string; value: string }[];
    expect(tags.find((tag) => tag.value.length > 100)?.value).toHaveLength(8000);
  });

  it("searches: LIKE heeds case, ILIKE does not, != needs the key, NaN sorts after numbers", async () => {
    const { experiment_id } = (await post("/experiments/create", { name: "search" })).json;
    const make = async (name: string, batch: object) => {
      const { json } = await post("/runs/create", { experiment_id, run_name: name, start_time: 1 });
      await post("/runs/log-batch", { run_id: json.run.info.run_id, ...batch });
    };
    const point = (value: unknown) => [{ key: "m", value, timestamp: 1, step: 0 }];
    await make("a", { params: [{ key: "p", value: "Alpha%Beta" }], metrics: point(2) });
    await make("b", { params: [{ key: "p", value: "alphabeta" }], metrics: point("NaN") });
    await make("c", { metrics: point(1) });
    await make("d", {});
    const names = async (filter: string, order_by: string[] = ["attributes.run_name"]) => {
      const { json } = await post("/runs/search", { experiment_ids: [experiment_id], filter, order_by });
      // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
      return (json.runs ?? []).map((one: any) => one.info.run_name).join("");
    };
    expect(await names("params.p LIKE 'Alpha%'")).toBe("a");
    expect(await names("params.p LIKE '%beta'")).toBe("b");
    expect(await names("params.p LIKE '%pha_Bet_'")).toBe("a");
    expect(await names("params.p LIKE 'alphabeta'")).toBe("b");
    expect(await names("params.p ILIKE 'ALPHA%'")).toBe("ab");
    expect(await names("params.p != 'x'")).toBe("ab");
    expect(await names("params.p IS NULL")).toBe("cd");
    expect(await names("metrics.m < 5")).toBe("ac");
    expect(await names("", ["metrics.m"])).toBe("cabd");
    expect(await names("", ["metrics.m DESC"])).toBe("acbd");
    expect(await names("params.p = '\\' OR 1=1 --'")).toBe("");
  });

  it("pages metric history and samples it by step", async () => {
    const metrics = Array.from({ length: 10 }, (_, step) => ({ key: "h", value: step, timestamp: 1, step }));
    await post("/runs/log-batch", { run_id: run, metrics });
    const first = (await get(`/metrics/get-history?run_id=${run}&metric_key=h&max_results=6`)).json;
    const second = (await get(`/metrics/get-history?run_id=${run}&metric_key=h&page_token=${first.next_page_token}`))
      .json;
    expect([first.metrics.length, second.metrics.length, second.next_page_token]).toEqual([6, 4, undefined]);
    const sampled = await get(`/metrics/get-history-bulk-interval?run_ids=${run}&metric_key=h&max_results=5`);
    expect(sampled.json.metrics.map((metric: { step: number }) => metric.step)).toEqual([0, 2, 4, 6, 8, 9]);
    expect((await get("/metrics/get-history?run_id=none&metric_key=h")).json).toEqual({});
    for (const token of ["x", btoa('{"offset": 1}'), btoa("[1,2,3,4]")]) {
      const { status, json } = await get(`/metrics/get-history?run_id=${run}&metric_key=h&page_token=${token}`);
      expect([status, json.message]).toEqual([400, expect.stringContaining("Invalid page token")]);
    }
  });

  it("pages metric history by time, step and value; what is logged meanwhile neither repeats nor hides a point", async () => {
    const metrics = Array.from({ length: 30 }, (_, index) => ({
      key: "p",
      value: index % 7 === 0 ? "NaN" : (index % 3) / 7,
      timestamp: 1 + (index % 4),
      step: 30 - index,
    }));
    await post("/runs/log-batch", { run_id: run, metrics });
    const seen: { timestamp: number; step: number; value: number | string }[] = [];
    let token = "";
    do {
      const page = `/metrics/get-history?run_id=${run}&metric_key=p&max_results=4&page_token=${token}`;
      const { json } = await get(page);
      seen.push(...json.metrics);
      token = json.next_page_token ?? "";
      const early = { key: "p", value: 1, timestamp: 0, step: 1000 + seen.length };
      await post("/runs/log-batch", { run_id: run, metrics: [early] });
    } while (token);
    const expected = metrics.toSorted((a, b) => a.timestamp - b.timestamp || a.step - b.step);
    expect(seen).toEqual(expected);
  });
});

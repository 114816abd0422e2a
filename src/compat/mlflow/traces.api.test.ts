import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { recordSpans } from "../../features/trace/index.ts";
import { spanFor } from "../../features/trace/trace.fixture.ts";
import { createWorkspace } from "../../features/workspace/index.ts";

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  json: any;
}

describe.each(databases)("MLflow's API of traces on %s", (database) => {
  let app: TestApp;
  let token: string;

  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await app.fetch(`http://localhost${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, json: isJson ? JSON.parse(text) : text };
  }
  const v3 = (method: string, path: string, body?: unknown) => call(method, `/api/3.0/mlflow/traces${path}`, body);
  const v2 = (method: string, path: string, body?: unknown) => call(method, `/api/2.0/mlflow/traces${path}`, body);
  const info = (more: object) => ({
    trace: {
      trace_info: {
        trace_id: "tr-1",
        trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } },
        request_time: "2026-01-02T03:04:05.678Z",
        execution_duration: "1.5s",
        state: "OK",
        ...more,
      },
    },
  });

  beforeAll(async () => {
    app = await createTestApp({ database });
    await createWorkspace(app.ctx, { name: "other", description: "" });
    token = await app.tokenOf("data-scientist");
  });
  afterAll(() => app.stop());

  it("keeps what a client tells of a trace, and says where its files go", async () => {
    const tags = { team: "blue", "mlflow.artifactLocation": "s3://elsewhere", n: 5 };
    const told = await v3(
      "POST",
      "",
      info({ tags, trace_metadata: { a: "b" }, client_request_id: "r", request_preview: "in" }),
    );
    expect(told).toEqual({
      status: 200,
      json: {
        trace: {
          trace_info: {
            trace_id: "tr-1",
            client_request_id: "r",
            trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "0" } },
            request_preview: "in",
            request_time: "2026-01-02T03:04:05.678Z",
            execution_duration: "1.5s",
            state: "OK",
            trace_metadata: { a: "b" },
            tags: { team: "blue", n: "5", "mlflow.artifactLocation": "mlflow-artifacts:/0/traces/tr-1/artifacts" },
          },
        },
      },
    });
    expect((await v3("GET", "/tr-1")).json).toEqual(told.json);
    expect((await v2("GET", "/tr-1/info")).json.trace_info).toMatchObject({
      request_id: "tr-1",
      timestamp_ms: Date.parse("2026-01-02T03:04:05.678Z"),
      execution_time_ms: 1500,
      status: "OK",
      request_metadata: [{ key: "a", value: "b" }],
    });
  });

  it.each([
    ["no trace", {}],
    ["no id", info({ trace_id: undefined })],
    ["an id that is a path", info({ trace_id: "../../etc" })],
    ["an id with NUL", info({ trace_id: "tr-\0" })],
    ["no place", info({ trace_location: {} })],
    ["a time before all", info({ request_time: "0001-01-01T00:00:00Z" })],
    ["a time that is none", info({ request_time: "soon" })],
    ["a duration that is none", info({ execution_duration: "-1s" })],
    ["tags that are none", info({ tags: { a: { b: 1 } } })],
    ["an assessment of no kind", info({ assessments: [{ assessment_name: "x" }] })],
    ["a value too large", info({ assessments: [{ assessment_name: "x", feedback: { value: "x".repeat(70_000) } }] })],
  ])("refuses %s", async (_, body) => {
    const { status, json } = await v3("POST", "", body);
    expect([status, json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it("answers 404 for what is not there, in other words for what has not arrived", async () => {
    for (const [method, path, body] of [
      ["GET", "/nobody"],
      ["GET", "/get?trace_id=nobody"],
      ["PATCH", "/nobody/tags", { key: "a", value: "b" }],
      ["DELETE", "/tr-1/tags", { key: "none" }],
      ["GET", "/tr-1/assessments/none"],
      ["POST", "/nobody/assessments", { assessment: { assessment_name: "x", feedback: { value: 1 } } }],
      ["POST", "", info({ trace_location: { mlflow_experiment: { experiment_id: "99" } } })],
    ] as const)
      expect([path, (await v3(method, path, body)).json.error_code]).toEqual([path, "RESOURCE_DOES_NOT_EXIST"]);
    expect((await call("GET", "/w/other/api/3.0/mlflow/traces/tr-1")).status).toBe(404);
    await v3("POST", "", info({ trace_id: "tr-2", trace_metadata: { "mlflow.trace.sizeStats": '{"num_spans":2}' } }));
    expect((await v3("GET", "/get?trace_id=tr-2")).json.message).toMatch(/not fully exported yet/);
    expect((await v3("GET", "/get?trace_id=tr-2&allow_partial=true")).status).toBe(200);
    expect((await v3("GET", "/batchGet?trace_ids=tr-2&trace_ids=nobody")).json.traces).toHaveLength(1);
    expect((await v3("POST", "/batchGetInfos", { trace_ids: [] })).status).toBe(400);
  });

  it("gives values of people back as they came, empty ones too", async () => {
    const value = { list: [], nothing: null, flag: false };
    const made = await v3("POST", "/tr-1/assessments", {
      assessment: { assessment_name: "deep", feedback: { value } },
    });
    expect(made.json.assessment.feedback.value).toEqual(value);
    const url = `/tr-1/assessments/${made.json.assessment.assessment_id}`;
    const change = { assessment: { feedback: { value: [] }, rationale: "none" }, update_mask: "feedback" };
    expect((await v3("PATCH", url, change)).json.assessment).toMatchObject({ feedback: { value: [] } });
    expect((await v3("GET", url)).json.assessment.rationale).toBeUndefined();
    const wrong = { assessment: { expectation: { value: 1 } }, update_mask: { paths: ["expectation"] } };
    expect((await v3("PATCH", url, wrong)).status).toBe(400);
    expect((await v3("PATCH", url, { assessment: {} })).status).toBe(400);
    expect([(await v3("DELETE", url)).status, (await v3("DELETE", url)).status]).toEqual([200, 200]);
  });

  it("takes spans from the file of a client that cannot send them, of both formats", async () => {
    const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");
    const ids = { trace_id: base64("ab".repeat(16)), span_id: base64("01".repeat(8)) };
    const newFormat = `{"spans": [{"trace_id": "${ids.trace_id}", "span_id": "${ids.span_id}", "parent_span_id": null,
      "name": "new", "start_time_unix_nano": 1700000000123456789, "end_time_unix_nano": 1700000000123456999,
      "status": {"code": "STATUS_CODE_ERROR", "message": "no"}, "events": [],
      "attributes": {"mlflow.traceRequestId": "\\"tr-1\\"", "big": "1152921504606846977"}}]}`;
    const oldFormat = JSON.stringify({
      spans: [
        {
          name: "old",
          context: { span_id: "0x0202020202020202", trace_id: `0x${"cd".repeat(16)}` },
          parent_id: null,
          start_time: 5_000_000,
          end_time: 9_000_000,
          status_code: "OK",
          status_message: "",
          attributes: { "mlflow.spanInputs": '{"x": 1}' },
          events: [{ name: "e", timestamp: 6_000_000, attributes: { a: 1 } }],
        },
      ],
      request: "{}",
      response: null,
    });
    const put = (id: string, text: string) =>
      call("PUT", `/api/2.0/mlflow-artifacts/artifacts/0/traces/${id}/artifacts/traces.json`, text);
    expect((await put("tr-1", newFormat)).status).toBe(200);
    const file = await call("GET", "/ajax-api/2.0/mlflow/get-trace-artifact?request_id=tr-1");
    expect(file.json).toBe(newFormat);
    const [span] = (await v3("GET", "/get?trace_id=tr-1")).json.trace.spans;
    expect(span).toMatchObject({
      ...ids,
      start_time_unix_nano: "1700000000123456789",
      status: { code: "STATUS_CODE_ERROR", message: "no" },
    });
    expect(span.attributes).toContainEqual({ key: "big", value: { string_value: "1152921504606846977" } });
    const begun = (await v2("POST", "", { experiment_id: "0", timestamp_ms: 5, tags: [{ key: "k", value: "v" }] }))
      .json;
    const id = begun.trace_info.request_id;
    expect((await put(id, oldFormat)).status).toBe(200);
    await v2("PATCH", `/${id}`, { timestamp_ms: 9, status: "OK" });
    const [old] = (await v3("GET", `/get?trace_id=${id}`)).json.trace.spans;
    expect([old.name, old.events[0].name]).toEqual(["old", "e"]);
    expect(old.attributes).toContainEqual({ key: "mlflow.traceRequestId", value: { string_value: id } });
    const search = await v2("GET", `?experiment_ids=0&filter=${encodeURIComponent("span.name = 'old'")}`);
    expect(search.json.traces).toMatchObject([{ request_id: id, execution_time_ms: 4, tags: [{ key: "k" }, {}] }]);
    // What cannot be understood stays a file.
    expect((await put("tr-2", "not json")).status).toBe(200);
    expect((await call("GET", "/ajax-api/2.0/mlflow/get-trace-artifact?request_id=tr-2&path=traces.json")).json).toBe(
      "not json",
    );
    expect((await put("nobody", newFormat)).status).toBe(404);
  });

  it("writes spans as the client's own file does", async () => {
    const says = { "mlflow.spanInputs": { kvlistValue: { values: [{ key: "q", value: { doubleValue: 1 } }] } } };
    await recordSpans(app.ctx, "default", { experimentId: "0", spans: [spanFor("5/6", { says })], spansIn: "store" });
    const url = `/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-${"5".padStart(32, "0")}`;
    const { spans } = JSON.parse((await call("GET", url)).json as string);
    expect(spans[0]).toMatchObject({ parent_span_id: null, status: { code: "STATUS_CODE_OK", message: "" } });
    expect(spans[0].attributes).toEqual({
      "mlflow.traceRequestId": `"tr-${"5".padStart(32, "0")}"`,
      "mlflow.spanInputs": '{"q": 1.0}',
    });
    expect((await call("GET", "/ajax-api/3.0/mlflow/get-trace-artifact")).status).toBe(400);
    expect((await call("GET", `${url}&path=../../x`)).status).toBe(400);
  });

  it("searches and deletes within bounds", async () => {
    const locations = [{ mlflow_experiment: { experiment_id: "0" } }];
    expect((await v3("POST", "/search", {})).status).toBe(400);
    expect((await v3("POST", "/search", { locations, max_results: 501 })).status).toBe(400);
    expect((await v3("POST", "/search", { locations, order_by: ["nothing"] })).status).toBe(400);
    expect((await v3("POST", "/search", { locations, filter: "tags.a RLIKE '(a+)+'" })).status).toBe(400);
    const many = Array.from({ length: 40_000 }, (_, index) => String(index));
    const list = many.map((id) => `'${id}'`).join(", ");
    expect((await v3("POST", "/search", { locations, filter: `request_id IN (${list})` })).status).toBe(400);
    const everywhere = many.map((id) => ({ mlflow_experiment: { experiment_id: id } }));
    expect((await v3("POST", "/search", { locations: everywhere })).status).toBe(400);
    expect((await v2("POST", "/delete-traces", { experiment_id: "0", request_ids: many })).status).toBe(400);
    const tags = Object.fromEntries(many.map((id) => [id, id]));
    expect((await v3("POST", "", info({ trace_id: "tr-many", tags }))).status).toBe(400);
    const first = (await v3("POST", "/search", { locations, max_results: 1 })).json;
    const token = first.next_page_token;
    expect((await v3("POST", "/search", { locations, max_results: 1, page_token: token })).json.traces).toHaveLength(1);
    expect((await v3("POST", "/search", { locations, filter: "name = 'x'", page_token: token })).status).toBe(400);
    const wrong = { experiment_id: "0", request_ids: ["tr-1"], max_traces: 1 };
    expect((await v2("POST", "/delete-traces", wrong)).status).toBe(400);
    expect((await v2("POST", "/delete-traces", { experiment_id: "0" })).status).toBe(400);
    expect((await v2("POST", "/delete-traces", { experiment_id: "7", request_ids: ["tr-1"] })).json).toEqual({
      traces_deleted: 0,
    });
    expect((await v3("POST", "/delete-traces", { experiment_id: "0", request_ids: ["tr-1"] })).json).toEqual({
      traces_deleted: 1,
    });
  });

  it("measures, and says what cannot be measured", async () => {
    const query = {
      experiment_ids: ["0"],
      view_type: 1,
      metric_name: "latency",
      aggregations: [{ aggregation_type: 4, percentile_value: 50 }],
    };
    const { json } = await v3("POST", "/metrics", query);
    expect(json.data_points).toMatchObject([
      { metric_name: "latency", dimensions: {}, values: { "P50.0": expect.any(Number) } },
    ]);
    for (const wrong of [
      { view_type: "NONE" },
      { metric_name: "height" },
      { aggregations: [] },
      { dimensions: ["size"] },
      { filters: ["trace.size = 'x'"] },
    ])
      expect([wrong, (await v3("POST", "/metrics", { ...query, ...wrong })).status]).toEqual([wrong, 400]);
    const bucket = { ...query, time_interval_seconds: 3600, start_time_ms: 0, end_time_ms: Date.now() };
    const [point] = (await v3("POST", "/metrics", bucket)).json.data_points;
    expect(point.dimensions.time_bucket).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\+00:00$/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { createExperiment, startRun, writeArtifact } from "../run/index.ts";
import { createWorkspace } from "../workspace/index.ts";
import {
  createAssessment,
  deleteAssessment,
  deleteTraces,
  fileOwner,
  type IncomingSpan,
  linkToRun,
  type NewAssessment,
  recordSpans,
  searchTraces,
  setTraceTag,
  tellTrace,
  traceFilter,
  traceMetrics,
  traceOrder,
} from "./index.ts";
import { limits } from "./limits.ts";
import { spanFor } from "./trace.fixture.ts";

const workspace = "default";
const idOf = (trace: string) => `tr-${trace.padStart(32, "0")}`;
const judged: NewAssessment = {
  kind: "feedback",
  name: "correct",
  spanId: null,
  value: true,
  error: null,
  sourceType: "HUMAN",
  sourceId: "ada",
  rationale: "it is",
  metadata: {},
  overrides: null,
  valid: true,
  createdAt: null,
  updatedAt: null,
};

describe.each(databases)("traces on %s", (database) => {
  let app: TestApp;
  let reader: Client;
  let run: string;
  const record = (spans: IncomingSpan[], experimentId = "0", at = workspace) =>
    recordSpans(app.ctx, at, { experimentId, spans, spansIn: "store" });
  const get = (id: string, at = workspace) => reader.trace.get({ params: { workspace: at, id } });
  const idsOf = async (query: Parameters<Client["trace"]["list"]>[0]["query"]) =>
    (await reader.trace.list({ params: { workspace }, query })).items.map((trace) => trace.id.replace(/^tr-0*/, ""));

  beforeAll(async () => {
    app = await createTestApp({ database });
    reader = await app.as("reader");
    await createWorkspace(app.ctx, { name: "other", description: "" });
    await createExperiment(app.ctx, { workspace, name: "first" });
    run = (await startRun(app.ctx, { workspace, experimentId: "1", user: "ada", tags: {} })).id;
  });
  afterAll(() => app.stop());

  it("grows with its spans: times, state, previews, tokens", async () => {
    const inner = spanFor("a1/2/1", {
      startTimeUnixNano: "1020000000",
      endTimeUnixNano: "1090000001",
      says: {
        "mlflow.spanType": { stringValue: "LLM" },
        "gen_ai.usage.input_tokens": { intValue: "7" },
        "gen_ai.usage.output_tokens": { intValue: "3" },
      },
    });
    await record([inner]);
    expect(await get(idOf("a1"))).toMatchObject({ state: "IN_PROGRESS", startedAt: 1020, duration: 70, name: "" });
    const root = spanFor("a1/1", {
      name: "answer",
      says: { "mlflow.spanInputs": { stringValue: '{"question": "why"}' }, "output.value": { stringValue: "because" } },
      events: [{ name: "hit", timeUnixNano: "1050000000", attributes: [{ key: "n", value: { intValue: "1" } }] }],
      status: { code: 2, message: "out of words" },
    });
    await record([root]);
    const trace = await get(idOf("a1"));
    expect(trace).toMatchObject({
      name: "answer",
      state: "ERROR",
      startedAt: 1000,
      duration: 100,
      request: '{"question":"why"}',
      response: "because",
      spans: 2,
      metadata: { "mlflow.trace.tokenUsage": '{"input_tokens":7,"output_tokens":3,"total_tokens":10}' },
    });
    expect(trace.tree).toMatchObject([
      {
        name: "answer",
        parentId: null,
        message: "out of words",
        inputs: { question: "why" },
        outputs: "because",
        events: [{ name: "hit", atUs: 1_050_000, attributes: { n: 1 } }],
      },
      { type: "LLM", startUs: 1_020_000, endUs: 1_090_000, attributes: { "gen_ai.usage.input_tokens": 7 } },
    ]);
  });

  it("takes a span again in place of the one before", async () => {
    const says = { note: { stringValue: "first" } };
    await record([spanFor("a2/1", { endTimeUnixNano: null, says })]);
    await record([spanFor("a2/1", { says: { note: { stringValue: "second" } } }), spanFor("a2/1", { name: "last" })]);
    const trace = await get(idOf("a2"));
    expect(trace).toMatchObject({ spans: 1, duration: 100 });
    expect(trace.tree[0]).toMatchObject({ name: "last", attributes: {} });
    expect(await idsOf({ filter: "span.attributes.note = 'first'" })).toEqual([]);
  });

  it("leaves to the client what the client told", async () => {
    const told = {
      id: idOf("a3"),
      experimentId: "1",
      clientRequestId: "request 7",
      state: "OK",
      startedAt: 500,
      duration: 9,
      request: "in",
      response: null,
      tags: { "mlflow.traceName": "told", team: "blue" },
      metadata: { "mlflow.sourceRun": run, "mlflow.trace.tokenUsage": '{"total_tokens":5}' },
      assessments: [{ ...judged, id: "a-1" }],
    } as const;
    await record([spanFor("a3/1", { says: { "mlflow.spanOutputs": { stringValue: '"out"' } } })], "1");
    // Told twice, as after an answer that got lost.
    for (let time = 0; time < 2; time++)
      await tellTrace(app.ctx, workspace, { ...told, assessments: [...told.assessments] });
    await record([
      spanFor("a3/2/1", {
        startTimeUnixNano: "1",
        says: { "mlflow.chat.tokenUsage": { stringValue: '{"total_tokens":1}' } },
      }),
    ]);
    expect(await get(idOf("a3"))).toMatchObject({
      name: "told",
      experimentId: "1",
      startedAt: 500,
      duration: 9,
      request: "in",
      response: "out",
      runs: [run],
      metadata: { "mlflow.trace.tokenUsage": '{"total_tokens":5}' },
      assessments: [{ id: "a-1", value: true, source: { type: "HUMAN", id: "ada" } }],
      spans: 2,
    });
    const wrong = tellTrace(app.ctx, workspace, { ...told, id: "../x", assessments: [] });
    await expect(wrong).rejects.toMatchObject({ code: "invalid" });
  });

  it("keeps a link to a trace that arrives later, until the trace is deleted", async () => {
    const id = idOf("c1");
    await linkToRun(app.ctx, workspace, [id], run);
    expect(await idsOf({ runId: run })).not.toContain("c1");
    await expect(linkToRun(app.ctx, workspace, ["../x"], run)).rejects.toThrow("Invalid trace id");
    await record([spanFor("c1/1")]);
    expect(await idsOf({ runId: run })).toContain("c1");
    await deleteTraces(app.ctx, workspace, { experimentId: 0, ids: [id] });
    await record([spanFor("c1/1")]);
    expect((await get(id)).runs).toEqual([]);
    await deleteTraces(app.ctx, workspace, { experimentId: 0, ids: [id] });
  });

  it("keeps values exactly, and cuts what is too long", async () => {
    const exact = {
      id: { intValue: "9007199254740993" },
      whole: { doubleValue: 1 },
      nan: { doubleValue: "NaN" },
      bytes: { bytesValue: "AAE=" },
      deep: {
        kvlistValue: { values: [{ key: "$int", value: { arrayValue: { values: [{}, { boolValue: false }] } } }] },
      },
      nul: { stringValue: "a\0b" },
    } as const;
    const long = { stringValue: "x".repeat(limits.attribute + 10) };
    await record([spanFor("a4/1", { name: `n\0${"y".repeat(2000)}`, says: { ...exact, long } as never })]);
    const [span] = (await get(idOf("a4"))).tree;
    expect(span!.name).toHaveLength(limits.name);
    expect(span!.attributes).toMatchObject({
      id: "9007199254740993",
      whole: 1,
      nan: "NaN",
      bytes: "AAE=",
      deep: { $int: [null, false] },
      nul: "a\0b",
    });
    expect(span!.attributes.long).toHaveLength(limits.attribute);
    const many = Array.from({ length: limits.spansPerRequest + 1 }, (_, index) => spanFor(`a4/${index + 1}`));
    await expect(record(many)).rejects.toMatchObject({ code: "too_large" });
  });

  it("has an end: what is too much is refused and counted, span by span", async () => {
    await record([spanFor("a7/1")]);
    const full = { span_count: limits.spansPerTrace - 1 };
    await app.ctx.db.updateTable("trace").set(full).where("id", "=", idOf("a7")).execute();
    const more = await record([spanFor("a7/1", { name: "again" }), spanFor("a7/2"), spanFor("a7/3"), spanFor("a8/1")]);
    expect(more).toEqual({ rejected: 1 });
    expect((await get(idOf("a7"))).tree.map((span) => span.name)).toEqual(["again", "span 2"]);
  });

  it("writes what arrives at once together, and refuses one without the others", async () => {
    const sent = await Promise.allSettled([
      ...Array.from({ length: 30 }, (_, index) => record([spanFor(`a9/${index + 1}${index ? "/1" : ""}`)])),
      record([spanFor("a10/1")], "77"),
      record([spanFor("a9/1", { name: "theirs" })], "0", "other"),
    ]);
    const refused = sent.filter((one) => one.status === "rejected");
    expect(refused).toMatchObject([{ reason: { code: "not_found" } }]);
    expect(await get(idOf("a9"))).toMatchObject({ name: "span 1", spans: 30, state: "OK" });
    expect((await get(idOf("a9"), "other")).spans).toBe(1);
  });

  it("belongs to its workspace and to an experiment that is there", async () => {
    await record([spanFor("a5/1", { name: "ours" })]);
    await record([spanFor("a5/1", { name: "theirs" })], "0", "other");
    expect((await get(idOf("a5"))).name).toBe("ours");
    expect((await get(idOf("a5"), "other")).name).toBe("theirs");
    await expect(get(idOf("a1"), "other")).rejects.toMatchObject({ code: "not_found" });
    await expect(record([spanFor("a6/1")], "77")).rejects.toMatchObject({ code: "not_found" });
  });

  it("finds by everything that is known", async () => {
    await createExperiment(app.ctx, { workspace, name: "second" });
    for (let index = 1; index <= 5; index++) {
      const says = {
        "mlflow.spanType": { stringValue: index % 2 ? "LLM" : "TOOL" },
        size: { intValue: String(index) },
      };
      const code = index === 3 ? 2 : 1;
      const times = { startTimeUnixNano: `${index}000000000`, endTimeUnixNano: `${index + index}000000000` };
      await record(
        [
          spanFor(`b${index}/1`, { ...times, name: `root ${index}`, status: { code, message: "" } }),
          spanFor(`b${index}/2/1`, { ...times, name: "inner", says }),
        ],
        "2",
      );
    }
    const experimentId = "2";
    await setTraceTag(app.ctx, workspace, idOf("b2"), "env", "prod=1");
    await linkToRun(app.ctx, workspace, [idOf("b4"), "nobody"], run);
    await createAssessment(app.ctx, workspace, idOf("b5"), judged);
    expect(await idsOf({ experimentId })).toEqual(["b5", "b4", "b3", "b2", "b1"]);
    expect(await idsOf({ experimentId, state: "ERROR" })).toEqual(["b3"]);
    expect(await idsOf({ experimentId, from: 2000, until: 4000 })).toEqual(["b3", "b2"]);
    expect(await idsOf({ experimentId, tag: "env=prod=1" })).toEqual(["b2"]);
    expect(await idsOf({ runId: run })).toEqual(["b4", "a3"]);
    const filtered = (filter: string) => idsOf({ experimentId, filter });
    expect(await filtered("name LIKE 'root%' AND timestamp_ms > 4000")).toEqual(["b5"]);
    expect(await filtered("execution_time_ms = 3000")).toEqual(["b3"]);
    expect(await filtered("end_time < 4001")).toEqual(["b2", "b1"]);
    expect(await filtered("tags.env IS NOT NULL")).toEqual(["b2"]);
    expect(await filtered(`request_id IN ('${idOf("b1")}', 'x')`)).toEqual(["b1"]);
    expect(await filtered("span.type = 'TOOL'")).toEqual(["b4", "b2"]);
    // Both on one span: no root has a type.
    expect(await filtered("span.type = 'TOOL' AND span.name LIKE 'root%'")).toEqual([]);
    expect(await filtered("span.attributes.size = '5'")).toEqual(["b5"]);
    expect(await filtered("trace.text LIKE '%root 2%'")).toEqual(["b2"]);
    expect(await filtered("feedback.correct = 'true'")).toEqual(["b5"]);
    expect(await filtered("feedback.correct IS NULL AND span.type = 'LLM'")).toEqual(["b3", "b1"]);
    for (const wrong of ["nothing.a = 'x'", "size = 1", "span.size = 'x'", "status > 'OK'", "trace.text = 'x'"])
      await expect(filtered(wrong), wrong).rejects.toMatchObject({ code: "invalid" });
  });

  it("gives page after page in any order, also while traces arrive", async () => {
    for (const order of ["timestamp DESC", "tags.env", "execution_time_ms", "run_id DESC", "status", "name DESC"]) {
      const wanted = { workspace, experimentIds: [2], where: traceFilter(""), orderBy: traceOrder([order]) };
      const all = (await searchTraces(app.ctx, { ...wanted, limit: 100 })).items.map((trace) => trace.id);
      const paged: string[] = [];
      for (let after: string | undefined, first = true; first || after; first = false) {
        const page = await searchTraces(app.ctx, { ...wanted, limit: 2, after });
        paged.push(...page.items.map((trace) => trace.id));
        after = page.next;
      }
      expect([order, paged]).toEqual([order, all]);
      expect(all).toHaveLength(5);
    }
    const { next } = await reader.trace.list({ params: { workspace }, query: { experimentId: "2", limit: 2 } });
    await record([spanFor("b6/1", { startTimeUnixNano: "6000000000" })], "2");
    expect(await idsOf({ experimentId: "2", limit: 2, after: next })).toEqual(["b3", "b2"]);
    await deleteTraces(app.ctx, workspace, { experimentId: 2, ids: [idOf("b6")] });
    await expect(idsOf({ experimentId: "2", after: "x" })).rejects.toMatchObject({ code: "invalid" });
  });

  it("sums up, by group and by time", async () => {
    const of = { workspace, experimentIds: [2], filters: [], limit: 100 };
    const count = { view: "TRACES", metric: "trace_count", aggregations: [{ kind: "COUNT" as const }] } as const;
    const plain = async (query: Partial<Parameters<typeof traceMetrics>[1]>) =>
      (await traceMetrics(app.ctx, { ...of, ...count, dimensions: [], ...query } as never)).map((group) => [
        Object.values(group.dimensions),
        ...group.values.values(),
      ]);
    expect(await plain({ dimensions: ["trace_status"] })).toEqual([
      [["ERROR"], 1],
      [["OK"], 4],
    ]);
    expect(await plain({ filters: ["trace.tag.env = 'prod=1'"] })).toEqual([[[], 1]]);
    const latency = { view: "TRACES", metric: "latency" } as const;
    expect(
      await plain({
        ...latency,
        aggregations: [
          { kind: "AVG" },
          ...[0, 50, 90, 100].map((percentile) => ({ kind: "PERCENTILE" as const, percentile })),
        ],
      }),
    ).toEqual([[[], 3000, 1000, 3000, 4600, 5000]]);
    expect(await plain({ interval: 2000, from: 0, until: 9000 })).toEqual([
      [[0], 1],
      [[2000], 2],
      [[4000], 2],
    ]);
    const spans = { view: "SPANS", metric: "span_count", dimensions: ["span_type"] } as const;
    expect(await plain({ ...spans, dimensions: [...spans.dimensions] })).toEqual([
      [["LLM"], 3],
      [["TOOL"], 2],
    ]);
    const assessed = { view: "ASSESSMENTS", metric: "assessment_value" } as const;
    expect(await plain({ ...assessed, aggregations: [{ kind: "AVG" }] })).toEqual([[[], 1]]);
    await expect(plain({ ...latency, aggregations: [{ kind: "SUM" }] })).rejects.toMatchObject({ code: "invalid" });
  });

  it("lets one assessment override another until it is gone", async () => {
    const first = await createAssessment(app.ctx, workspace, idOf("b1"), judged);
    const second = await createAssessment(app.ctx, workspace, idOf("b1"), {
      ...judged,
      value: false,
      overrides: first.id,
    });
    const valid = async () => (await get(idOf("b1"))).assessments.map((one) => one.valid);
    expect(await valid()).toEqual([false, true]);
    await deleteAssessment(app.ctx, workspace, idOf("b1"), second.id);
    expect(await valid()).toEqual([true]);
    const missing = createAssessment(app.ctx, workspace, idOf("b1"), { ...judged, overrides: "a-none" });
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
  });

  it("goes with everything that is its own, and is missed by the audit log", async () => {
    await writeArtifact(app.ctx, workspace, fileOwner(workspace, idOf("b1")), "traces.json", [
      Buffer.from("{}"),
    ] as never);
    const params = { workspace, id: idOf("b1") };
    await expect(reader.trace.delete({ params })).rejects.toMatchObject({ code: "forbidden" });
    await (await app.as("data-scientist")).trace.delete({ params });
    await expect(get(idOf("b1"))).rejects.toMatchObject({ code: "not_found" });
    for (const table of ["span", "span_attribute", "assessment", "trace_tag"] as const) {
      const left = await app.ctx.db.selectFrom(table).selectAll().where("trace_id", "=", idOf("b1")).execute();
      expect([table, left]).toEqual([table, []]);
    }
    const owner = fileOwner(workspace, idOf("b1"));
    expect(await app.ctx.db.selectFrom("artifact").selectAll().where("owner", "=", owner).execute()).toEqual([]);
    expect(await deleteTraces(app.ctx, workspace, { experimentId: 2, until: 3000, atMost: 1 })).toBe(1);
    expect(await deleteTraces(app.ctx, workspace, { experimentId: 2, until: 3000 })).toBe(1);
    expect(await idsOf({ experimentId: "2" })).toEqual(["b5", "b4"]);
    const events = await app.ctx.db
      .selectFrom("audit_event")
      .select("subject")
      .where("type", "=", "trace.deleted")
      .execute();
    expect(events.map((event) => event.subject)).toContain(`trace/${idOf("b1")}`);
  });
});

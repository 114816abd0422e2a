import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { createExperiment } from "../../features/run/index.ts";
import { createWorkspace } from "../../features/workspace/index.ts";

/**
 * An `ExportTraceServiceRequest` that opentelemetry-proto 1.45 for Python wrote: two spans, `checkout` with every kind
 * of attribute, an event and a link, and its child `card`, which has not ended.
 */
const request = Buffer.from(
  "CqwDChgKFgoMc2VydmljZS5uYW1lEgYKBHNob3AS8wIKBwoFc2NvcGUSsAIKEAABAgMEBQYHCAkKCwwNDg8SCBAREhMUFRYXGgNhPWIqCGNoZWNr" +
    "b3V0MAI5Fc2FPf6clxdBFpcgef6clxdKEQoEdGV4dBIJCgdncsO8w59lSgkKA3llcxICEAFKEgoDYmlnEgsY/////////+//AUoRCgRoYWxm" +
    "EgkhAAAAAAAA4D9KEAoDbmFuEgkhAAAAAAAA+H9KDQoFYnl0ZXMSBDoCAAFKCAoEbm9uZRIAShMKBGxpc3QSCyoJCgIYAQoDCgFhShMKA21h" +
    "cBIMMgoKCAoCaW4SAhAAUANaIQkAZfdT/pyXFxIEcGFpZBoQCgNzdW0SCSEAAAAAAAAAQGocChAQERITFBUWFxgZGhscHR4fEggICQoLDA0O" +
    "D3oMEghubyBtb25leRgChQEBAAAAEjUKEAABAgMEBQYHCAkKCwwNDg8SCCAhIiMkJSYnIggQERITFBUWFyoEY2FyZDkAwhVC/pyXFxoaaHR0" +
    "cHM6Ly9leGFtcGxlLm9yZy9zY2hlbWE=",
  "base64",
);
const id = "tr-000102030405060708090a0b0c0d0e0f";
const protobuf = { "content-type": "application/x-protobuf" };
const json = { "content-type": "application/json" };

describe.each(databases)("OTLP over HTTP on %s", (database) => {
  let app: TestApp;
  let reader: Client;
  let token: string;
  const send = (path: string, headers: Record<string, string>, body: Uint8Array | string) =>
    app.fetch(`http://localhost${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: body as Uint8Array<ArrayBuffer>,
    });
  const span = (more: object) => ({ traceId: "1".repeat(32), spanId: "2".repeat(16), name: "one", ...more });
  const jsonOf = (...spans: object[]) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

  beforeAll(async () => {
    app = await createTestApp({ database });
    await createWorkspace(app.ctx, { name: "other", description: "" });
    await createExperiment(app.ctx, { workspace: "default", name: "first" });
    token = await app.tokenOf("data-scientist");
    reader = await app.as("reader");
  });
  afterAll(() => app.stop());

  it("takes what an exporter sends, into the default experiment", async () => {
    const response = await send("/v1/traces", protobuf, request);
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0]);
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    const trace = await reader.trace.get({ params: { workspace: "default", id } });
    expect(trace).toMatchObject({ name: "checkout", experimentId: "0", state: "ERROR", duration: 1000, spans: 2 });
    expect(trace.tree[0]).toMatchObject({
      state: "ERROR",
      message: "no money",
      startUs: 1_700_000_000_123_456,
      attributes: {
        text: "grüße",
        yes: true,
        big: "-9007199254740993",
        half: 0.5,
        nan: "NaN",
        bytes: "AAE=",
        none: null,
        list: [1, "a"],
        map: { in: false },
        "service.name": "shop",
      },
      events: [{ name: "paid", atUs: 1_700_000_000_500_000, attributes: { sum: 2 } }],
    });
    expect(trace.tree[1]).toMatchObject({ name: "card", parentId: "1011121314151617", endUs: null, state: "UNSET" });
  });

  it("takes gzip, JSON, a workspace in the path, an experiment in the header", async () => {
    const packed = { ...protobuf, "content-encoding": "gzip", "x-mlflow-experiment-id": "1" };
    // The trace is there already, and stays where it is.
    expect((await send("/v1/traces", packed, gzipSync(request))).status).toBe(200);
    expect((await reader.trace.get({ params: { workspace: "default", id } })).experimentId).toBe("0");
    const body = jsonOf(
      span({
        startTimeUnixNano: "1700000000123456789",
        endTimeUnixNano: 1,
        attributes: [{ key: "n", value: { intValue: 5 } }, { key: "none" }],
        status: { code: 1 },
      }),
      span({
        traceId: "A".repeat(32),
        attributes: [{ key: "mlflow.traceRequestId", value: { stringValue: '"mine"' } }],
      }),
    );
    const response = await send("/w/other/v1/traces", { ...json, "content-encoding": "gzip" }, gzipSync(body));
    expect([response.status, await response.json()]).toEqual([200, {}]);
    const of = (id: string) => reader.trace.get({ params: { workspace: "other", id } });
    expect((await of(`tr-${"1".repeat(32)}`)).tree[0]).toMatchObject({ attributes: { n: 5, none: null }, state: "OK" });
    expect((await of("mine")).spans).toBe(1);
    expect((await send("/v1/traces", { ...json, "x-mlflow-experiment-id": "1" }, jsonOf(span({})))).status).toBe(200);
    expect(
      (await reader.trace.list({ params: { workspace: "default" }, query: { experimentId: "1" } })).items,
    ).toHaveLength(1);
  });

  it("refuses what is not allowed, not readable or too large, and keeps nothing of it", async () => {
    const status = async (...of: Parameters<typeof send>) => (await send(...of)).status;
    expect(await status("/v1/traces", { ...protobuf, authorization: "" }, request)).toBe(401);
    const asReader = { authorization: `Bearer ${await app.tokenOf("reader")}` };
    expect(await status("/v1/traces", { ...protobuf, ...asReader }, request)).toBe(403);
    expect(await status("/w/nowhere/v1/traces", protobuf, request)).toBe(404);
    expect(await status("/v1/traces", { "content-type": "text/plain" }, request)).toBe(400);
    expect(await status("/v1/traces", { ...protobuf, "content-encoding": "br" }, request)).toBe(400);
    expect(await status("/v1/traces", { ...protobuf, "content-encoding": "gzip" }, request)).toBe(400);
    expect(await status("/v1/traces", { ...protobuf, "x-mlflow-experiment-id": "99" }, request)).toBe(404);
    const bomb = gzipSync(Buffer.alloc(70 * 1024 * 1024));
    expect(await status("/v1/traces", { ...protobuf, "content-encoding": "gzip" }, bomb)).toBe(413);
    for (let end = 1; end < request.length; end += 7) {
      const cut = await status("/v1/traces", protobuf, request.subarray(0, end));
      expect(cut, `cut after ${end} bytes`).toBe(400);
    }
    const before = (await reader.trace.list({ params: { workspace: "default" }, query: {} })).items.length;
    for (const wrong of [
      "{",
      "[]",
      jsonOf(span({ traceId: "1" })),
      jsonOf(span({ traceId: "0".repeat(32) })),
      jsonOf(span({ spanId: "" })),
      jsonOf(span({ traceId: "3".repeat(32), startTimeUnixNano: -1 })),
      `{"resourceSpans":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      ...[1000, 20_000].map((levels) =>
        jsonOf(span({ traceId: "3".repeat(32), attributes: ["DEEP"] })).replace('"DEEP"', nested(levels)),
      ),
    ])
      expect(await status("/v1/traces", json, wrong), wrong.slice(0, 200)).toBe(400);
    expect((await reader.trace.list({ params: { workspace: "default" }, query: {} })).items).toHaveLength(before);
  });
});

/** Written as text: it is too deep to be made of objects. */
const nested = (levels: number): string =>
  `{"key":"deep","value":${'{"arrayValue":{"values":['.repeat(levels)}{}${"]}}".repeat(levels)}}`;

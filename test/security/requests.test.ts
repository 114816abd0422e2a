import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/app.ts";
import { api, openTarget, type Target } from "./tracking.fixture.ts";

describe.each(databases)("hostile requests on %s", (database) => {
  let server: Target;
  beforeAll(async () => {
    server = await openTarget(database);
    await server.call("POST", `${api}/registered-models/create`, { name: "m" });
  });
  afterAll(() => server.app.stop());

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    server.send(path, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
  const alive = async () => expect((await server.send("/health")).status).toBe(200);

  it("are refused when they are too large, before they are read", async () => {
    const huge = Buffer.alloc(33 * 1024 ** 2, 0x20).toString();
    expect((await post(`${api}/runs/log-batch`, huge)).status).toBe(413);
    expect((await post("/api/v1/workspaces", huge.slice(0, 2 * 1024 ** 2))).status).toBe(413);
    const url = (length: number) => server.send(`${api}/runs/get?run_id=${"a".repeat(length)}`);
    const tooLong = await url(70_000);
    expect([tooLong.status, JSON.parse(tooLong.body)]).toMatchObject([431, { code: "too_large" }]);
    expect((await url(50_000)).status).toBe(404);
    await alive();
  });

  it("may be nested without end", async () => {
    for (const text of ["[".repeat(200_000), `${"[".repeat(100_000)}${"]".repeat(100_000)}`, '{"a":'.repeat(100_000)]) {
      for (const path of [`${api}/runs/create`, `${api}/runs/search`, "/api/v1/workspaces/default/models/m/versions"])
        expect([200, 400], path).toContain((await post(path, text)).status);
    }
    const deep = `${"(".repeat(50_000)}a = 'b'${")".repeat(50_000)}`;
    for (const filter of [
      deep,
      `${"NOT ".repeat(50_000)}a = 'b'`,
      Array(20_000).fill("params.a = 'b'").join(" AND "),
      ...["LIKE", "ILIKE"].flatMap((like) => [
        `run_name ${like} '${"a%".repeat(2000)}'`,
        `run_name ${like} '${"_".repeat(101)}'`,
        `run_name ${like} '%${"a".repeat(60_000)}'`,
      ]),
    ]) {
      const answer = await post(`${api}/runs/search`, JSON.stringify({ experiment_ids: ["0"], filter }));
      expect(answer.status, `${filter.slice(0, 100)} ${answer.body.slice(0, 300)}`).toBe(400);
    }
    await alive();
  });

  it("change no prototype", async () => {
    const keys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
    const polluting = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"name":"p"}';
    for (const path of [`${api}/registered-models/create`, `${api}/runs/search`, "/api/v1/workspaces"]) {
      const { status } = await post(path, polluting);
      expect(status).toBeLessThan(500);
    }
    for (const key of keys) {
      const tag = await server.call("POST", `${api}/runs/set-tag`, { run_id: server.run, key, value: "v" });
      expect(tag.status, key).toBe(200);
      const metric = { run_id: server.run, key, value: 1, timestamp: 1 };
      expect((await server.call("POST", `${api}/runs/log-metric`, metric)).status, key).toBe(200);
      const param = { run_id: server.run, key, value: "v" };
      expect((await server.call("POST", `${api}/runs/log-parameter`, param)).status, key).toBe(200);
      await server.call("POST", `${api}/registered-models/set-tag`, { name: "m", key, value: "v" });
    }
    const { body } = await server.send(`${api}/runs/get?run_id=${server.run}`);
    const { data } = JSON.parse(body).run as { data: Record<"tags" | "params" | "metrics", { key: string }[]> };
    for (const kind of ["tags", "params", "metrics"] as const) {
      const found = data[kind].map((fact) => fact.key);
      expect(found, kind).toEqual(expect.arrayContaining(keys));
    }
    const model = await server.send(`${api}/registered-models/get?name=m`);
    expect(JSON.parse(model.body).registered_model.tags).toHaveLength(keys.length);
    expect((await server.send("/api/v1/workspaces/default/models/m")).status).toBe(200);
    expect((await server.send(`/api/v1/workspaces/default/runs/${server.run}`)).status).toBe(200);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.prototype.toString.call({})).toBe("[object Object]");
  });

  const injections = [
    "'; drop table run; --",
    "' or '1'='1",
    '" or "1"="1',
    "a') union select * from user --",
    "`; delete from run; --",
    "\\'; drop table run; --",
    "{{7*7}}<%= 7*7 %>",
    "$(touch /tmp/x)`id`",
  ];
  it.each(injections)("write nothing into a query: %s", async (text) => {
    const filters = [
      text,
      `params.a = '${text}'`,
      `params."${text}" = 'x'`,
      `tags.\`${text}\` = 'x'`,
      `run_name LIKE '${text}'`,
    ];
    for (const filter of filters) {
      for (const [path, key] of [
        ["runs/search", "filter"],
        ["experiments/search", "filter"],
        ["logged-models/search", "filter"],
      ] as const) {
        const json = { experiment_ids: [server.experiment], max_results: 5, [key]: filter };
        const answer = await server.call("POST", `${api}/${path}`, json);
        expect([200, 400], answer.body).toContain(answer.status);
      }
      const query = `filter=${encodeURIComponent(filter)}`;
      for (const path of ["registered-models/search", "model-versions/search"])
        expect([200, 400]).toContain((await server.send(`${api}/${path}?${query}`)).status);
    }
    for (const order of [text, `params.${text}`, `metrics.a ${text}`, `metrics.\`${text}\` desc`]) {
      const answer = await server.call("POST", `${api}/runs/search`, { experiment_ids: ["0"], order_by: [order] });
      expect([200, 400], answer.body).toContain(answer.status);
    }
    for (const token of [text, "AAAA", Buffer.from(text).toString("base64"), "-1", "1e999"]) {
      const json = { experiment_ids: ["0"], page_token: token };
      expect([200, 400]).toContain((await server.call("POST", `${api}/runs/search`, json)).status);
    }
    for (const name of [text])
      expect([200, 400]).toContain((await server.call("POST", `${api}/registered-models/create`, { name })).status);
    expect((await server.send(`${api}/runs/get?run_id=${server.run}`)).status).toBe(200);
  });

  it("that spell one name in two ways speak of two things (CVE-2024-3099)", async () => {
    for (const name of ["twice", "tw%69ce", "tw%2569ce"]) {
      expect((await server.call("POST", `${api}/registered-models/create`, { name })).status).toBe(200);
      expect((await server.call("POST", `${api}/registered-models/create`, { name })).status).toBe(400);
      await server.call("POST", `${api}/registered-models/set-tag`, { name, key: "called", value: name });
    }
    for (const name of ["twice", "tw%69ce", "tw%2569ce"]) {
      const { body } = await server.send(`${api}/registered-models/get?name=${encodeURIComponent(name)}`);
      expect(JSON.parse(body).registered_model).toMatchObject({ name, tags: [{ key: "called", value: name }] });
    }
    const long = "n".repeat(100_000);
    for (const path of ["experiments/create", "registered-models/create"])
      expect((await server.call("POST", `${api}/${path}`, { name: long })).status, path).toBe(400);
  });

  it("that are many in one are refused (CVE-2025-0453)", async () => {
    const ask = async (query: unknown) => {
      const { status, body } = await post("/graphql", JSON.stringify({ query }));
      return { status, text: JSON.stringify(JSON.parse(body).errors ?? body) };
    };
    const field = `mlflowSearchRuns(input: { experimentIds: ["${server.experiment}"] }) { runs { info { runId } } }`;
    const roots = Array.from({ length: 300 }, (_, at) => `a${at}: ${field}`).join(" ");
    expect((await ask(`{ ${roots} }`)).text).toMatch(/at most|maximum/);
    expect((await ask(`{ ...f } fragment f on Query { ${roots} }`)).text).toMatch(/at most|maximum/);
    const twice = Array.from({ length: 40 }, (_, at) => `fragment f${at} on Query { ...f${at + 1} ...f${at + 1} }`);
    expect((await ask(`{ ...f0 } ${twice.join(" ")} fragment f40 on Query { test { output } }`)).text).toMatch(
      /maximum/,
    );
    expect((await ask(`{ ${"a { ".repeat(2000)}`)).text).toMatch(/Syntax|maximum/);
    expect((await ask(`{ ${"a ".repeat(100_000)} }`)).text).toMatch(/tokens/);
    expect((await post("/graphql", JSON.stringify(Array(1000).fill({ query: `{ ${field} }` })))).status).toBe(400);
    await alive();
  });

  it("are not unpacked as objects, nor split by a boundary (CVE-2024-2912, CVE-2025-27520, CVE-2024-9056)", async () => {
    const pickle = "cos\nsystem\n(S'id'\ntR.";
    for (const type of [
      "application/vnd.bentoml+pickle",
      "application/octet-stream",
      "application/x-python-serialize",
      `multipart/form-data; boundary=${"-".repeat(5000)}`,
    ]) {
      for (const path of [`${api}/runs/create`, "/api/v1/workspaces", "/graphql", "/v1/traces"]) {
        const headers = { "content-type": type, "payload-container": "NdarrayContainer" };
        const { status } = await post(path, pickle + "-".repeat(500_000), headers);
        expect([400, 403, 413, 415], `${type} ${path}`).toContain(status);
      }
    }
    await alive();
  });

  it("are no templates (CVE-2023-6709, CVE-2024-56373)", async () => {
    const text = `{{ 7*7 }}${"$"}{7*7}<%= 7*7 %>#{7*7}{% debug %}`;
    await server.call("POST", `${api}/registered-models/create`, { name: "t", description: text });
    await server.call("POST", `${api}/runs/set-tag`, { run_id: server.run, key: "mlflow.note.content", value: text });
    const version = { name: "t", source: `runs:/${server.run}/`, run_id: server.run, description: text };
    await server.call("POST", `${api}/model-versions/create`, version);
    for (const path of [
      `${api}/registered-models/get?name=t`,
      `${api}/model-versions/get?name=t&version=1`,
      `${api}/runs/get?run_id=${server.run}`,
      "/api/v1/workspaces/default/models/t/versions/1/card",
    ]) {
      const { status, body } = await server.send(path);
      expect(status, body).toBe(200);
      expect(body, path).toContain("7*7");
      expect(body, path).not.toMatch(/\b49\b/);
    }
  });

  it("of many at once do not stop the others (CVE-2025-0453)", async () => {
    const filter = Array(100).fill("metrics.a > 1").join(" AND ");
    const many = Array.from({ length: 40 }, () =>
      server.call("POST", `${api}/runs/search`, { experiment_ids: [server.experiment], filter }),
    );
    await alive();
    for (const answer of await Promise.all(many)) expect([200, 400], answer.body).toContain(answer.status);
  });
});

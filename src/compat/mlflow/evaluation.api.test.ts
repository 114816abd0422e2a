import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Role } from "../../contract/permissions.ts";
import { createWorkspace } from "../../features/workspace/index.ts";

describe.each(databases)("MLflow's evaluation data sets, scorers and issues on %s", (database) => {
  let app: TestApp;
  let experiment: string;

  async function call(method: string, path: string, body?: unknown, { role = "owner" as Role, prefix = "" } = {}) {
    const response = await app.fetch(`http://localhost${prefix}/api/3.0/mlflow${path}`, {
      method,
      headers: { authorization: `Bearer ${await app.tokenOf(role)}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
    return { status: response.status, json: (await response.json()) as any };
  }

  beforeAll(async () => {
    app = await createTestApp({ database });
    await createWorkspace(app.ctx, { name: "other", description: "" });
    const { json } = await call("POST", "/../../2.0/mlflow/experiments/create", { name: "e" });
    experiment = json.experiment_id;
  });
  afterAll(() => app.stop());

  describe("a data set", () => {
    let id: string;
    const records = async () => JSON.parse((await call("GET", `/datasets/${id}/records`)).json.records);
    const upsert = (given: unknown) => call("POST", `/datasets/${id}/records`, { records: JSON.stringify(given) });

    beforeAll(async () => {
      const body = { name: "questions", experiment_ids: [experiment], tags: JSON.stringify({ a: "b" }) };
      id = (await call("POST", "/datasets/create", body)).json.dataset.dataset_id;
    });

    it("is shown as it was made", async () => {
      const { json } = await call("GET", `/datasets/${id}`);
      expect(json.dataset).toMatchObject({
        ...{ name: "questions", experiment_ids: [experiment], tags: '{"a":"b"}', created_by: "owner" },
        digest: expect.stringMatching(/^[0-9a-f]{8}$/),
      });
      expect(json.dataset.profile).toBeUndefined();
      const unknown = { name: "x", experiment_ids: ["999"] };
      expect((await call("POST", "/datasets/create", unknown)).status).toBe(404);
      expect((await call("POST", "/datasets/create", {})).json.message).toContain("Missing value for required");
    });

    it("has each question once, and changes with it", async () => {
      const before = (await call("GET", `/datasets/${id}`)).json.dataset.digest;
      const one = { inputs: { q: "1+1", deep: { b: 1, a: 2 } }, expectations: { answer: 2 }, tags: { level: "easy" } };
      expect((await upsert([one, { inputs: { q: "2+2" }, outputs: "4" }])).json).toEqual({
        ...{ inserted_count: 2, updated_count: 0 },
      });
      const again = { inputs: { deep: { a: 2, b: 1 }, q: "1+1" }, expectations: { unit: "none" }, outputs: { x: 1.5 } };
      expect((await upsert([again])).json).toEqual({ inserted_count: 0, updated_count: 1 });
      expect(await records()).toMatchObject([
        { inputs: one.inputs, expectations: { answer: 2, unit: "none" }, outputs: { x: 1.5 }, tags: { level: "easy" } },
        { inputs: { q: "2+2" }, outputs: "4", tags: {} },
      ]);
      const { dataset } = (await call("GET", `/datasets/${id}`)).json;
      expect(dataset.digest).not.toBe(before);
      expect(JSON.parse(dataset.profile)).toEqual({ num_records: 2 });
      expect(JSON.parse(dataset.schema)).toEqual({
        inputs: { q: "string", deep: "object" },
        outputs: "string",
        expectations: { answer: "integer", unit: "string" },
        version: "1.0",
      });
    });

    it("is left as it was by records that are wrong", async () => {
      const before = await records();
      for (const wrong of ["x", {}, ["x"], [{ inputs: [] }], [{ inputs: {}, tags: "t" }], [{ inputs: {} }, 1]])
        expect((await upsert(wrong)).status, JSON.stringify(wrong)).toBe(400);
      expect((await call("POST", `/datasets/${id}/records`, { records: "{" })).status).toBe(400);
      expect((await call("POST", "/datasets/d-none/records", { records: "[]" })).status).toBe(404);
      expect(await records()).toEqual(before);
    });

    it("pages its records by position, and deletes some", async () => {
      await upsert(Array.from({ length: 5 }, (_, index) => ({ inputs: { page: index } })));
      const first = (await call("GET", `/datasets/${id}/records?max_results=4`)).json;
      const gone = JSON.parse(first.records).at(-1).dataset_record_id;
      await call("DELETE", `/datasets/${id}/records`, { dataset_record_ids: [gone] });
      const token = encodeURIComponent(first.next_page_token);
      const second = (await call("GET", `/datasets/${id}/records?max_results=4&page_token=${token}`)).json;
      const all = [...JSON.parse(first.records), ...JSON.parse(second.records)];
      expect([all.length, second.next_page_token]).toEqual([7, undefined]);
      const ids = all.slice(2).map((record: { dataset_record_id: string }) => record.dataset_record_id);
      expect((await call("DELETE", `/datasets/${id}/records`, { dataset_record_ids: [...ids, "none"] })).json).toEqual({
        deleted_count: 4,
      });
      expect(await records()).toHaveLength(2);
    });

    it("is found by name, tag, time and experiment", async () => {
      await call("POST", "/datasets/create", { name: "answers", tags: '{"a":"c"}' });
      const names = async (search: object) =>
        (await call("POST", "/datasets/search", search)).json.datasets?.map((found: { name: string }) => found.name);
      expect(await names({})).toEqual(["answers", "questions"]);
      expect(await names({ order_by: ["name DESC"] })).toEqual(["questions", "answers"]);
      expect(await names({ filter_string: "name LIKE 'ques%'" })).toEqual(["questions"]);
      expect(await names({ filter_string: "tags.a = 'c' AND created_time > 0" })).toEqual(["answers"]);
      expect(await names({ experiment_ids: [experiment] })).toEqual(["questions"]);
      expect(await names({ experiment_ids: ["999"] })).toBeUndefined();
      for (const filter_string of [
        "size > 1",
        "tags.a > 'b'",
        "name = 1",
        "metrics.a = 'b'",
        "name = 'a' OR name = 'b'",
      ])
        expect((await call("POST", "/datasets/search", { filter_string })).status, filter_string).toBe(400);
    });

    it("belongs to experiments and carries tags", async () => {
      await call("POST", `/datasets/${id}/add-experiments`, { experiment_ids: ["0", experiment] });
      expect((await call("GET", `/datasets/${id}/experiment-ids`)).json.experiment_ids).toEqual(["0", experiment]);
      const removed = await call("POST", `/datasets/${id}/remove-experiments`, { experiment_ids: ["0", "x"] });
      expect(removed.json.dataset.experiment_ids).toEqual([experiment]);
      expect((await call("POST", `/datasets/${id}/add-experiments`, { experiment_ids: ["999"] })).status).toBe(404);
      await call("PATCH", `/datasets/${id}/tags`, { tags: '{"c":"d","a":"e"}' });
      await call("DELETE", `/datasets/${id}/tags/c`);
      expect((await call("GET", `/datasets/${id}`)).json.dataset.tags).toBe('{"a":"e"}');
    });

    it("is seen and changed by those who may, in its workspace only", async () => {
      expect((await call("GET", `/datasets/${id}`, undefined, { role: "reader" })).status).toBe(200);
      expect((await call("DELETE", `/datasets/${id}`, undefined, { role: "reader" })).status).toBe(403);
      expect((await call("GET", `/datasets/${id}`, undefined, { prefix: "/w/other" })).status).toBe(404);
      expect((await call("DELETE", `/datasets/${id}`, undefined, { prefix: "/w/other" })).status).toBe(404);
      expect((await call("DELETE", `/datasets/${id}`)).status).toBe(200);
      expect((await call("GET", `/datasets/${id}`)).json.message).toContain("not found");
      const rows = await app.ctx.db.selectFrom("evaluation_record").selectAll().execute();
      expect(rows).toEqual([]);
    });
  });

  it("keeps versions of scorers, and no code", async () => {
    const named = (more = {}) => ({ experiment_id: experiment, name: "helpful", ...more });
    const register = (serialized: unknown) =>
      call("POST", "/scorers/register", named({ serialized_scorer: JSON.stringify(serialized) }));
    expect((await register({ instructions: "1" })).json).toMatchObject({ version: 1, name: "helpful" });
    expect((await register({ instructions: "2" })).json.version).toBe(2);
    expect((await register({ call_source: "import os" })).json.message).toContain("cannot be registered");
    expect((await register("text")).status).toBe(400);
    expect((await call("POST", "/scorers/register", named({ serialized_scorer: "{" }))).status).toBe(400);
    const query = `experiment_id=${experiment}&name=helpful`;
    const { scorers } = (await call("GET", `/scorers/list?experiment_id=${experiment}`)).json;
    expect(scorers).toMatchObject([
      { experiment_id: Number(experiment), scorer_version: 2, serialized_scorer: '{"instructions":"2"}' },
    ]);
    expect((await call("GET", `/scorers/get?${query}&version=1`)).json.scorer.scorer_version).toBe(1);
    expect((await call("GET", `/scorers/get?${query}&version=3`)).status).toBe(404);
    expect((await call("GET", `/scorers/versions?${query}`)).json.scorers).toHaveLength(2);
    expect((await call("DELETE", "/scorers/delete", named({ version: 1 }), { role: "reader" })).status).toBe(403);
    await call("DELETE", "/scorers/delete", named({ version: 1 }));
    expect((await call("GET", `/scorers/get?${query}`)).json.scorer.scorer_version).toBe(2);
    await call("DELETE", "/scorers/delete", named());
    expect((await call("GET", `/scorers/list?experiment_id=${experiment}`)).json).toEqual({});
  });

  it("keeps issues of experiments", async () => {
    const made = await call("POST", "/issues", {
      ...{ experiment_id: experiment, name: "slow", description: "d", severity: "high", root_causes: ["x"] },
    });
    const { issue } = made.json;
    expect(issue).toMatchObject({ status: "pending", severity: "high", root_causes: ["x"], created_by: "owner" });
    await call("POST", "/issues", { experiment_id: experiment, name: "wrong", description: "d", status: "resolved" });
    const changed = await call("PATCH", `/issues/${issue.issue_id}`, { status: "rejected", description: "e" });
    expect(changed.json.issue).toMatchObject({ name: "slow", status: "rejected", description: "e", severity: "high" });
    const names = async (search: object) =>
      (await call("POST", "/issues/search", search)).json.issues?.map((found: { name: string }) => found.name);
    expect(await names({})).toEqual(["wrong", "slow"]);
    expect(await names({ filter_string: "status != 'resolved'" })).toEqual(["slow"]);
    expect(await names({ experiment_id: "0" })).toBeUndefined();
    expect((await call("POST", "/issues/search", { filter_string: "name = 'x'" })).status).toBe(400);
    expect(
      (await call("POST", "/issues", { experiment_id: experiment, name: "n", description: "d", status: "odd" })).status,
    ).toBe(400);
    const elsewhere = { experiment_id: experiment, name: "n", description: "d", source_run_id: "0".repeat(32) };
    expect((await call("POST", "/issues", elsewhere)).status).toBe(404);
    expect((await call("GET", `/issues/${issue.issue_id}`, undefined, { prefix: "/w/other" })).status).toBe(404);
    expect((await call("PATCH", `/issues/${issue.issue_id}`, { name: "n" }, { role: "reader" })).status).toBe(403);
  });
});

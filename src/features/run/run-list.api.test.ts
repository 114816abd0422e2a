import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { createExperiment, deleteRun, logBatch, startRun } from "./index.ts";

const workspace = "default";
const params = { workspace };

describe.each(databases)("finding runs on %s", (database) => {
  let app: TestApp;
  let reader: Client;
  const ids: string[] = [];
  beforeAll(async () => {
    app = await createTestApp({ database });
    reader = await app.as("reader");
    await createExperiment(app.ctx, { workspace, name: "first" });
    await createExperiment(app.ctx, { workspace, name: "second" });
    // Ten runs in experiment 1, of which run9 has no metric and run8 has NaN; two runs in experiment 2.
    for (let index = 0; index < 12; index++) {
      const experimentId = index < 10 ? "1" : "2";
      const tags = { team: index % 2 ? "blue" : "red" };
      const { id } = await startRun(app.ctx, {
        workspace,
        experimentId,
        name: `run${index}`,
        user: "ada",
        startedAt: 1000 + index,
        tags,
      });
      ids.push(id);
      const loss = { key: "loss", value: index === 8 ? Number.NaN : index % 3, timestamp: 1, step: 0 };
      await logBatch(app.ctx, workspace, id, {
        params: [["lr", index % 4 ? "0.1" : "0.01"]],
        metrics: index === 9 ? [] : [loss, { ...loss, key: "other, one", value: index }],
      });
    }
  });
  afterAll(() => app.stop());

  const namesOf = async (query: Parameters<Client["run"]["list"]>[0]["query"]) =>
    (await reader.run.list({ params, query })).items.map((run) => run.name.slice(3)).join(" ");

  it.each([
    [{ experimentId: "1" }, "9 8 7 6 5 4 3 2 1 0"],
    [{ experimentId: ["1", "2"], limit: 3 }, "11 10 9"],
    [{ experimentId: "2,1", limit: 3 }, "11 10 9"],
    [{ limit: 2 }, "11 10"],
    [{ experimentId: "1", filter: "params.lr = '0.01'" }, "8 4 0"],
    [{ experimentId: "1", filter: "params.lr = '0.01' and tags.team = 'red' and metrics.loss < 2" }, "4 0"],
    [{ experimentId: "1", filter: "metrics.loss >= 1", orderBy: "metrics.loss" }, "7 4 1 5 2"],
    [{ experimentId: "1", orderBy: "metrics.loss" }, "6 3 0 7 4 1 5 2 8 9"],
    [{ experimentId: "1", orderBy: "metrics.loss DESC" }, "5 2 7 4 1 6 3 0 8 9"],
    [{ experimentId: "1", orderBy: "metrics.loss DESC, params.lr, start_time" }, "2 5 4 1 7 0 3 6 8 9"],
    [{ experimentId: "1", orderBy: ["metrics.`other, one` DESC"], limit: 2 }, "8 7"],
    [{ experimentId: "1", orderBy: "tags.team, attributes.run_name DESC" }, "9 7 5 3 1 8 6 4 2 0"],
    [{ experimentId: "1", filter: "metrics.nothing > 1" }, ""],
    [{ experimentId: "7" }, ""],
    [{ jobId: "nothing" }, ""],
  ])("finds %j", async (query, names) => {
    expect(await namesOf(query)).toBe(names);
  });

  it.each([
    "",
    "start_time",
    "metrics.loss",
    "metrics.loss DESC",
    "params.lr",
    "params.lr DESC",
    "tags.team DESC, metrics.loss",
    "end_time",
    "status, run_name",
  ])("goes through pages of '%s' and meets every run once, in order", async (orderBy) => {
    for (const filter of ["", "metrics.loss < 2", "tags.team = 'red'"]) {
      const query = { experimentId: "1", orderBy, filter };
      const all = await namesOf(query);
      const met: string[] = [];
      let after: string | undefined;
      do {
        const page = await reader.run.list({ params, query: { ...query, limit: 2, after } });
        met.push(...page.items.map((run) => run.name.slice(3)));
        after = page.next;
      } while (after);
      expect(met.join(" ")).toBe(all);
    }
  });

  it("refuses the page token of another search, and what is none", async () => {
    const { next } = await reader.run.list({ params, query: { limit: 1, orderBy: "metrics.loss" } });
    for (const query of [{ after: next }, { after: next, orderBy: "start_time" }, { after: "e30" }])
      await expect(reader.run.list({ params, query })).rejects.toThrow("Invalid page token");
  });

  it("says where a filter is wrong", async () => {
    const list = (query: object) => reader.run.list({ params, query });
    await expect(list({ filter: "metrics.a < 1 OR metrics.b < 1" })).rejects.toThrow("'OR' at character 15");
    await expect(list({ orderBy: "metrics.a, metrics.a DESC" })).rejects.toThrow("duplicate");
    await expect(list({ columns: "start_time" })).rejects.toThrow("not a column");
    await expect(list({ experimentId: "x" })).rejects.toThrow("Invalid experiment ID 'x'");
  });

  it("reads only the columns asked for", async () => {
    const query = { limit: 1, experimentId: "2", columns: "metrics.`other, one`,tags.team" };
    const [run] = (await reader.run.list({ params, query })).items;
    expect(run).toMatchObject({ metrics: { "other, one": 11 }, params: {}, tags: { team: "blue" } });
    expect(Object.keys(run!.tags)).toEqual(["team"]);
    expect((await reader.run.list({ params, query: { columns: "", limit: 1 } })).items[0]).toMatchObject({
      metrics: {},
      tags: {},
    });
  });

  it("counts", async () => {
    expect(await reader.run.count({ params })).toEqual({ count: 12, capped: false });
    const query = { experimentId: "1", filter: "tags.team = 'red' and metrics.loss >= 0" };
    expect(await reader.run.count({ params, query })).toEqual({ count: 4, capped: false });
  });

  it("names the keys of some experiments, in parts or all", async () => {
    expect(await reader.run.keys({ params, query: { experimentId: "1" } })).toEqual({
      metrics: ["loss", "other, one"],
      params: ["lr"],
      tags: ["mlflow.runName", "team"],
      more: false,
    });
    expect(await reader.run.keys({ params, query: { contains: "LO", limit: 1 } })).toMatchObject({
      metrics: ["loss"],
      tags: ["mlflow.runName"],
    });
    expect(await reader.run.keys({ params, query: { limit: 1 } })).toMatchObject({ metrics: ["loss"], more: true });
    expect(await reader.run.keys({ params, query: { experimentId: "9" } })).toMatchObject({ metrics: [], tags: [] });
  });

  it("shows deleted runs to who asks for them", async () => {
    await deleteRun(app.ctx, workspace, ids[3]!);
    const query = { experimentId: "1", filter: "metrics.loss = 0" };
    expect(await namesOf(query)).toBe("6 0");
    expect(await namesOf({ ...query, lifecycle: "deleted" })).toBe("3");
    expect(await namesOf({ ...query, lifecycle: "all", orderBy: "metrics.loss DESC" })).toBe("6 3 0");
    expect(await reader.run.count({ params, query: { lifecycle: "deleted" } })).toEqual({ count: 1, capped: false });
  });
});

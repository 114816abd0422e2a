import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { listCollected } from "./collected.ts";

const workspace = "default";
const rowAt = (at: number) => ({
  at,
  deployment: "blue",
  modelVersion: "1",
  correlationId: `request-${at}`,
  inputs: { age: 0.5, sex: null },
  outputs: { prediction: 151.5 },
});

describe.each(databases)("collected rows on %s", (database) => {
  let app: TestApp;
  let serving: Client;
  const deliver = (endpoint: string, sequence: number, times: number[], node = "node-1") =>
    serving.serving.collect({ body: { node, workspace, endpoint, sequence, rows: times.map(rowAt) } });

  beforeAll(async () => {
    app = await createTestApp({ database });
    serving = await app.as("serving");
    const owner = await app.as("owner");
    for (const name of ["a", "b"]) await owner.endpoint.create({ params: { workspace }, body: { name } });
  });
  afterAll(() => app.stop());

  it("keeps a batch once, however often and however concurrently it is delivered", async () => {
    await Promise.all(Array.from({ length: 5 }, () => deliver("a", 1, [30, 10, 20])));
    await deliver("a", 1, [30, 10, 20]);
    expect(await listCollected(app.ctx, workspace, "a", 0)).toMatchObject([{ rows: 3, from: 10, to: 30 }]);
  });

  it("tells batches of other numbers, nodes and endpoints apart", async () => {
    await deliver("a", 2, [40]);
    await deliver("a", 1, [50], "node-2");
    await deliver("b", 1, [60]);
    const batches = await listCollected(app.ctx, workspace, "a", 0);
    expect(batches.map(({ from, to }) => [from, to])).toEqual([
      [10, 30],
      [40, 40],
      [50, 50],
    ]);
    expect(await listCollected(app.ctx, workspace, "a", 31)).toHaveLength(2);
    const described = await (await app.as("reader")).endpoint.get({ params: { workspace, name: "a" } });
    expect(described.collectedRows).toBe(5);
  });

  it("keeps rows as lines of a blob, in the order of delivery", async () => {
    const [batch] = await listCollected(app.ctx, workspace, "a", 0);
    const lines = Buffer.from(await app.ctx.blobs.bytes(batch!.digest))
      .toString()
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([30, 10, 20].map(rowAt));
  });

  it("refuses rows for an endpoint that does not exist, and from anybody but a node", async () => {
    await expect(deliver("c", 1, [1])).rejects.toMatchObject({ code: "not_found" });
    const body = { node: "n", workspace, endpoint: "a", sequence: 9, rows: [rowAt(1)] };
    const owner = await app.as("owner");
    await expect(owner.serving.collect({ body })).rejects.toMatchObject({ code: "forbidden" });
  });
});

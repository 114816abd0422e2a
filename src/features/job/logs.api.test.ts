import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { plansOf, rowsOf } from "../../../test/support/plan.ts";
import type { Client } from "../../contract/client.ts";
import { createJobs, definition, params, step } from "./job.fixture.ts";
import { readLog } from "./logs.ts";
import { getJobRow } from "./store.ts";

const [chunks, linesOfChunk] = [200, 20];

describe.each(databases)("a long log on %s", (database) => {
  let app: TestApp;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("owner");
    ({ id } = await createJobs(client).submit(definition({ one: step("print much") })));
    const { execution_id } = await getJobRow(app.ctx.db, id);
    const rows = Array.from({ length: chunks }, (_, chunk) => chunk * linesOfChunk).map((first) => ({
      ...{ execution_id, task: "one", first, count: linesOfChunk },
      lines: JSON.stringify(
        Array.from({ length: linesOfChunk }, (_, index) => ({ at: 1, stream: "stdout", text: `${first + index}` })),
      ),
    }));
    await app.ctx.db.insertInto("step_log").values(rows).execute();
  });
  afterAll(() => app.stop());

  const read = (query: { offset: number; limit: number; tail?: number }) => (ctx: typeof app.ctx) =>
    readLog(ctx, params.workspace, id, "one", { ...query, wait: 0 });

  it.each([
    ["from its start", { offset: 0, limit: 30 }],
    ["from a line on", { offset: 1990, limit: 30 }],
    ["to its end", { offset: 3990, limit: 30 }],
    ["from its end", { offset: 0, limit: 1, tail: 30 }],
  ])("is read %s, and nothing else of it", async (_, query: { offset: number; limit: number; tail?: number }) => {
    const from = query.tail === undefined ? query.offset : chunks * linesOfChunk - query.tail;
    const to = Math.min(from + (query.tail ?? query.limit), chunks * linesOfChunk);
    const { lines, next } = await read(query)(app.ctx);
    expect(lines.map(({ offset, text }) => [offset, text])).toEqual(
      Array.from({ length: to - from }, (_, index) => [from + index, `${from + index}`]),
    );
    expect(next).toBe(to);
    // The job, its task, where the last chunk begins, where the first one begins, and the chunks with the lines.
    expect(await rowsOf(app.ctx, read(query))).toBeLessThanOrEqual(4 + 3);
    const plans = (await plansOf(app.ctx, read(query))).filter((plan) => /\bfirst ?[<>]/.test(plan));
    expect(plans).toHaveLength(2);
    expect(plans.join()).not.toMatch(/SCAN|Seq Scan|Sort|TEMP B-TREE/);
  });
});

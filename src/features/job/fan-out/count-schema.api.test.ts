import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, emptyDatabase } from "../../../../test/support/app.ts";
import { migrate } from "../../../platform/db/migrate.ts";
import { jobSchema } from "../schema.ts";
import { fanOutCountSchema } from "./count-schema.ts";
import { itemsAt } from "./items.ts";
import { fanOutSchema } from "./schema.ts";

describe.each(databases)("a store from before loops were counted, on %s", (database) => {
  let store: Awaited<ReturnType<typeof emptyDatabase>>;
  beforeAll(async () => {
    store = await emptyDatabase(database);
  });
  afterAll(() => store.drop());

  it("goes on with a loop under way", async () => {
    const { db } = store;
    await migrate(db, [jobSchema, fanOutSchema]);
    const items = JSON.stringify(Array.from({ length: 120 }, (_, index) => `item ${index}`));
    await sql`
      insert into fan_out (job_id, step, run_id, inputs, items, total, metric, started_at, touched)
      values ('j', 'each', 'r', '{}', ${items}, 120, null, 1, 7), ('j', 'tune', 'r', '{}', null, 5, 'loss', 1, 0)
    `.execute(db);
    for (const [number, state] of ["succeeded", "running", "succeeded", "failed"].entries()) {
      const child = { job_id: "j", step: "each", number, child_id: `c${number}`, state, given: "1", created_at: 1 };
      await db
        .insertInto("job_child")
        .values(child as never)
        .execute();
    }
    await migrate(db, [jobSchema, fanOutSchema, fanOutCountSchema]);
    const fans = await db.selectFrom("fan_out").selectAll().orderBy("step").execute();
    expect(fans).toMatchObject([
      { step: "each", total: 120, started: 4, running: 1, succeeded: 2, failed: 1, cancelled: 0, stopped: 0 },
      { step: "tune", total: 5, started: 0, running: 0 },
    ]);
    const key = { job_id: "j", step: "each" };
    expect([...(await itemsAt(db, key, [4, 49, 50, 119]))]).toEqual([
      [4, "item 4"],
      [49, "item 49"],
      [50, "item 50"],
      [119, "item 119"],
    ]);
  });
});

import { type Kysely, sql } from "kysely";
import { expect, it } from "vitest";
import { databases, emptyDatabase } from "../../../test/support/app.ts";
import { migrate } from "../../platform/db/migrate.ts";
import { factSchema } from "./fact-schema.ts";
import { headSchema } from "./head-schema.ts";
import { runSchema } from "./schema.ts";

it.each(databases)("takes along what was logged before runs had numbers, on %s", async (database) => {
  const { db, drop } = await emptyDatabase(database);
  await migrate(db, [runSchema]);
  await fillOld(db as unknown as Kysely<unknown>);
  await migrate(db, [runSchema, factSchema, headSchema]);
  const params = await db
    .selectFrom("run_param as fact")
    .innerJoin("run", "run.number", "fact.run")
    .innerJoin("run_key", "run_key.number", "fact.key")
    .select(["run.id", "run_key.name", "run_key.experiment_id", "fact.head", "fact.started_at"])
    .orderBy("run.id")
    .execute();
  expect(params).toEqual([
    { id: "a", name: "lr", experiment_id: 1, head: "0.1", started_at: 5 },
    { id: "b", name: "lr", experiment_id: 2, head: "0.2", started_at: 20 },
  ]);
  const points = await db
    .selectFrom("run_metric as fact")
    .innerJoin("run", "run.number", "fact.run")
    .select(["run.id", "step", "value", "is_nan"])
    .orderBy("step")
    .execute();
  expect(points).toEqual([
    { id: "a", step: 1, value: 0.5, is_nan: 0 },
    { id: "a", step: 2, value: 0, is_nan: 1 },
  ]);
  expect(await db.selectFrom("run_latest_metric").select(["step", "is_nan"]).execute()).toEqual([
    { step: 2, is_nan: 1 },
  ]);
  expect(await db.selectFrom("run_tag").select(["head", "rest"]).execute()).toEqual([
    { head: "x".repeat(120), rest: `${"x".repeat(7879)}y` },
  ]);
  await drop();
});

async function fillOld(db: Kysely<unknown>): Promise<void> {
  for (const id of [1, 2])
    await sql`insert into experiment (workspace, id, name, lifecycle_stage, created_at, updated_at)
      values ('default', ${id}, ${`e${id}`}, 'active', 0, 0)`.execute(db);
  // The second run has no start: it counts as started when it was made.
  for (const [id, experiment, started, created] of [
    ["a", 1, 5, 10],
    ["b", 2, null, 20],
  ])
    await sql`insert into run (id, workspace, experiment_id, name, state, lifecycle_stage, user_name, started_at, created_at)
      values (${id}, 'default', ${experiment}, ${id}, 'RUNNING', 'active', 'ada', ${started}, ${created})`.execute(db);
  await sql`insert into run_param (run_id, key, value) values ('a', 'lr', '0.1'), ('b', 'lr', '0.2')`.execute(db);
  await sql`insert into run_tag (run_id, key, value) values ('a', 'note', ${`${"x".repeat(7999)}y`})`.execute(db);
  const point = sql`(run_id, key, step, timestamp, value, is_nan)`;
  await sql`insert into run_metric ${point} values ('a', 'loss', 1, 1, 0.5, 0), ('a', 'loss', 2, 2, 0, 1)`.execute(db);
  await sql`insert into run_latest_metric ${point} values ('a', 'loss', 2, 2, 0, 1)`.execute(db);
}

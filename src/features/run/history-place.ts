import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";

/** Where the points of a metric of a run are. */
export interface Place {
  run: number;
  key: number;
}

/** By the id of the run; a run that is not there, or never logged the metric, has no place. */
export async function placesOf(
  ctx: Ctx,
  workspace: string,
  query: { runId: string[]; key: string },
): Promise<Map<string, Place>> {
  const rows = await ctx.db
    .selectFrom("run")
    .innerJoin("run_key", (join) =>
      join
        .onRef("run_key.workspace", "=", "run.workspace")
        .onRef("run_key.experiment_id", "=", "run.experiment_id")
        .on("run_key.kind", "=", "metric")
        .on("run_key.name", "=", query.key),
    )
    .where("run.workspace", "=", workspace)
    .where("run.id", "in", query.runId)
    .select(["run.id", "run.number as run", "run_key.number as key"])
    .execute();
  return new Map(rows.map(({ id, ...place }) => [id, place]));
}

/** The points of a place between two places of an axis, both included. */
export const pointsWithin = ({ run, key }: Place, from: number, to: number, axis: "step" | "timestamp" = "step") =>
  sql`run = ${run} and key = ${key} and ${sql.ref(axis)} >= ${from} and ${sql.ref(axis)} <= ${to}`;

/** Whole numbers as the rows of a table. They are cast because SQLite gets every number as a fraction. */
export const rowsOf = (numbers: number[]) =>
  sql`values ${sql.join(numbers.map((number) => sql`(cast(${number} as bigint))`))}`;

import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import type { Position } from "./block-schema.ts";

/** Where the points of a metric of a run are. */
export interface Place {
  run: number;
  key: number;
}

/** The positions from `from` to just before `until`. */
export interface Range {
  from: Position;
  until: Position;
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

/** Rows of a place. */
export const ofPlace = ({ run, key }: Place): RawBuilder<SqlBool> => sql`run = ${run} and key = ${key}`;

/** The points of a place between two places of an axis, both included. */
export const pointsWithin = (place: Place, from: number, to: number, axis: "step" | "timestamp" = "step") =>
  sql`${ofPlace(place)} and ${sql.ref(axis)} >= ${from} and ${sql.ref(axis)} <= ${to}`;

/**
 * Points in the range of a row that has `from_step` to `until_time`. The sign takes the type from a column: SQLite
 * compares pairs with an index only if one side has none.
 */
export const withinSql = sql<SqlBool>`(step, timestamp) >= (+from_step, +from_time)
  and (step, timestamp) < (+until_step, +until_time)`;

/** Cast, because SQLite gets every number as a fraction; for the sign, see above. */
export function positionSql({ step, time }: Position, form: "row" | "bare" = "row"): RawBuilder<unknown> {
  const bare = sql`+cast(${step} as bigint), +cast(${time} as bigint)`;
  return form === "bare" ? bare : sql`(${bare})`;
}

/** Whole numbers as the rows of a table. They are cast because SQLite gets every number as a fraction. */
export const rowsOf = (numbers: number[]) =>
  sql`values ${sql.join(numbers.map((number) => sql`(cast(${number} as bigint))`))}`;

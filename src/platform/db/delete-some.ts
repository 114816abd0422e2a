import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../context.ts";
import type { Tables } from "./tables.ts";

export interface Rows {
  table: keyof Tables;
  /** Its primary key. */
  key: readonly string[];
  where: RawBuilder<unknown>;
}

/** In one statement: long enough to be worth it, short enough that others who write wait for it. */
const mostAtOnce = 1000;

/** Deletes rows a thousand at a time, each in a transaction of its own; gives how many. What is interrupted goes on with the rest. */
export async function deleteSome(ctx: Ctx, { table, key, where }: Rows, atOnce = mostAtOnce): Promise<number> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  for (let deleted = 0; ; ) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)}
      where (${columns}) in (select ${columns} from ${sql.table(table)} where ${where} limit ${sql.lit(atOnce)})
    `.execute(ctx.db);
    deleted += Number(numAffectedRows);
    if (numAffectedRows < BigInt(atOnce)) return deleted;
  }
}

/** The same, or only how many they are. */
export async function removeRows(ctx: Ctx, rows: Rows, dryRun: boolean): Promise<number> {
  if (!dryRun) return deleteSome(ctx, rows);
  const counted = await sql<{ count: number | string }>`
    select count(*) as count from ${sql.table(rows.table)} where ${rows.where}`.execute(ctx.db);
  return Number(counted.rows[0]!.count);
}

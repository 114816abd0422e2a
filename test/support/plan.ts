import { type CompiledQuery, sql } from "kysely";
import type { Ctx } from "../../src/platform/context.ts";
import { databaseKindOf } from "../../src/platform/db/open.ts";

/**
 * How the database finds what a piece of work reads: the plan of each of its statements, a line of text for each step.
 * A database of a test holds little, and PostgreSQL then reads whole tables although it has an index; here it may not.
 */
export async function plansOf(ctx: Ctx, work: (ctx: Ctx) => Promise<unknown>): Promise<string[]> {
  const { queries } = await watch(ctx, work);
  const isPostgres = databaseKindOf(ctx.config) === "postgres";
  return ctx.db.transaction().execute(async (tx) => {
    if (isPostgres) await sql`set local enable_seqscan = off`.execute(tx);
    const plans: string[] = [];
    for (const query of queries) {
      const explained = { ...query, sql: `${isPostgres ? "explain" : "explain query plan"} ${query.sql}` };
      const { rows } = await tx.executeQuery<{ detail?: string; "QUERY PLAN"?: string }>(explained);
      plans.push(rows.map((row) => row.detail ?? row["QUERY PLAN"]).join("\n"));
    }
    return plans;
  });
}

/** How many rows the statements of a piece of work gave it. */
export async function rowsOf(ctx: Ctx, work: (ctx: Ctx) => Promise<unknown>): Promise<number> {
  return (await watch(ctx, work)).rows;
}

async function watch(ctx: Ctx, work: (ctx: Ctx) => Promise<unknown>) {
  const seen = { queries: [] as CompiledQuery[], rows: 0 };
  const db = ctx.db.withPlugin({
    transformQuery({ node, queryId }) {
      seen.queries.push(ctx.db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    async transformResult({ result }) {
      seen.rows += result.rows.length;
      return result;
    },
  });
  await work({ ...ctx, db });
  return seen;
}

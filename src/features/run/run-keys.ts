import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { experimentNumber } from "./experiment.ts";
import { factTables } from "./run-condition.ts";

interface KeysQuery {
  experimentId?: string[];
  contains?: string;
  limit: number;
}

/** The names of metrics, params and tags that runs of some experiments have. */
export async function listKeys(ctx: Ctx, workspace: string, query: KeysQuery) {
  const metrics = await namesOf(ctx, workspace, "metric", query);
  const params = await namesOf(ctx, workspace, "param", query);
  const tags = await namesOf(ctx, workspace, "tag", query);
  const more = [metrics, params, tags].some((names) => names.length > query.limit);
  const first = (names: string[]) => names.slice(0, query.limit);
  return { metrics: first(metrics), params: first(params), tags: first(tags), more };
}

async function namesOf(ctx: Ctx, workspace: string, kind: keyof typeof factTables, query: KeysQuery) {
  const ids = query.experimentId?.map(experimentNumber);
  if (ids?.length === 0) return [];
  const within = ids ? sql`and run.experiment_id in (${sql.join(ids)})` : sql``;
  const named = query.contains ? sql`and lower(fact.key) like ${`%${patternOf(query.contains)}%`} escape '\\'` : sql``;
  const found = await sql<{ key: string }>`select distinct fact.key from ${sql.table(factTables[kind])} as fact
    join run on run.id = fact.run_id where run.workspace = ${workspace} ${within} ${named}
    order by fact.key limit ${query.limit + 1}`.execute(ctx.db);
  return found.rows.map((row) => row.key);
}

const patternOf = (text: string): string => text.toLowerCase().replace(/[\\%_]/g, (char) => `\\${char}`);

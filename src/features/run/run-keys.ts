import type { Ctx } from "../../platform/context.ts";
import { experimentNumber } from "./experiment.ts";
import type { FactKind } from "./fact-schema.ts";
import { listKeyNames } from "./run-key.ts";

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

function namesOf(ctx: Ctx, workspace: string, kind: FactKind, query: KeysQuery): Promise<string[]> {
  const experimentIds = query.experimentId?.map(experimentNumber);
  if (experimentIds?.length === 0) return Promise.resolve([]);
  return listKeyNames(ctx, { workspace, experimentIds, kind }, { contains: query.contains, limit: query.limit + 1 });
}

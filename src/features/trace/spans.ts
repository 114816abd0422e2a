import type { Ctx } from "../../platform/context.ts";
import type { SpanTable } from "./schema.ts";
import * as store from "./store.ts";

/** The spans of each trace: the root first, then in the order in which they began. */
export async function spansOf(ctx: Ctx, workspace: string, traceIds: string[]): Promise<Map<string, SpanTable[]>> {
  const found = new Map<string, SpanTable[]>(traceIds.map((id) => [id, []]));
  if (traceIds.length === 0) return found;
  for (const row of await store.listSpans(ctx.db, workspace, traceIds)) found.get(row.trace_id)!.push(row);
  return found;
}

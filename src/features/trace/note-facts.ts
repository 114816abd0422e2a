import type { Ctx } from "../../platform/context.ts";
import * as facts from "./facts.ts";
import { cut, limits } from "./limits.ts";
import type { OtlpSpan } from "./otlp-span.ts";
import type { TraceTable } from "./schema.ts";
import * as store from "./store.ts";

/** A trace and the spans that are new in it, or come again. */
export interface Change {
  trace: TraceTable;
  spans: OtlpSpan[];
}

/** Session, user, tokens and costs: as far as the client has not said them itself. */
export async function noteFacts(tx: Ctx, workspace: string, changes: Change[]): Promise<void> {
  const sums = await sumsOf(tx, workspace, changes);
  const wanted = changes.flatMap(({ trace, spans }) => {
    const found: { trace: TraceTable; key: string; value: string; grows: boolean }[] = [];
    for (const what of ["session", "user"] as const) {
      const value = spans.map((span) => facts.saidText(span, what)).find((text) => text !== null);
      if (value) found.push({ trace, key: facts.traceKeys[what], value: cut(value, limits.metadata), grows: false });
    }
    for (const [what, keys] of [
      ["tokens", facts.tokenKeys],
      ["cost", facts.costKeys],
    ] as const) {
      const totals = keys.flatMap((key) =>
        sums.get(trace.id)?.has(key) ? [[key, sums.get(trace.id)!.get(key)!]] : [],
      );
      const value = JSON.stringify(Object.fromEntries(totals));
      // Sums grow with the spans, until the client has told its own.
      if (totals.length > 0) found.push({ trace, key: facts.traceKeys[what], value, grows: !trace.is_final });
    }
    return found;
  });
  if (wanted.length === 0) return;
  const said = await store.listFacts(tx.db, "trace_metadata", workspace, [
    ...new Set(wanted.map(({ trace }) => trace.id)),
  ]);
  const known = new Set(said.map((fact) => `${fact.trace_id} ${fact.key}`));
  const open = wanted.filter(({ trace, key, grows }) => grows || !known.has(`${trace.id} ${key}`));
  for (const { trace, key, value } of open)
    await store.upsertFacts(tx.db, "trace_metadata", workspace, trace.id, [[key, value]]);
}

/** The sums of the traces in which spans with numbers arrived; by trace and key. */
async function sumsOf(tx: Ctx, workspace: string, changes: Change[]): Promise<Map<string, Map<string, number>>> {
  const counted = changes.filter(({ spans }) => spans.some((span) => Object.keys(facts.numbersOf(span)).length > 0));
  const sums = new Map(counted.map(({ trace }) => [trace.id, new Map<string, number>()]));
  if (sums.size === 0) return sums;
  for (const row of await store.sumSpanNumbers(tx.db, workspace, [...sums.keys()]))
    sums.get(row.trace_id)!.set(row.key, row.total);
  for (const { trace } of counted.filter(({ trace }) => !trace.is_final)) {
    const tokens = [...sums.get(trace.id)!].filter(([key]) => facts.tokenKeys.includes(key));
    await store.replaceNumbers(tx.db, workspace, trace.id, tokens);
  }
  return sums;
}

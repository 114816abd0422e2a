import { invalid, Problem } from "../../contract/errors.ts";
import { traceIdSchema } from "../../contract/trace.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { emptyFacts } from "../../platform/facts.ts";
import { requireRun } from "../run/index.ts";
import { insertUnlessThere, type NewAssessment } from "./assessment.ts";
import { tokenKeys, traceKeys } from "./facts.ts";
import { cut, limits } from "./limits.ts";
import { blankTrace, requireActiveExperiment } from "./record.ts";
import type { TraceState, TraceTable } from "./schema.ts";
import * as store from "./store.ts";

/** A trace with everything known about it but spans and assessments. */
export interface TraceRecord extends Omit<TraceTable, "experiment_id"> {
  experimentId: string;
  tags: Record<string, string>;
  metadata: Record<string, string>;
  runs: string[];
}

/** What a client tells about a trace, usually when it has ended. */
export interface ToldTrace {
  id: string;
  experimentId: string;
  clientRequestId: string | null;
  state: TraceState;
  startedAt: number;
  duration: number | null;
  request: string | null;
  response: string | null;
  tags: Record<string, string>;
  metadata: Record<string, string>;
  assessments: NewAssessment[];
}

/** Keeps what the client tells. Spans may have come before; what they said and the client does not, stays. */
export async function tellTrace(ctx: Ctx, workspace: string, told: ToldTrace, isFinal = true): Promise<TraceRecord> {
  const { id } = told;
  checkId(id);
  checkCounts(told);
  return transaction(ctx, async (tx) => {
    const experiment = await requireActiveExperiment(tx, workspace, told.experimentId);
    const known = await store.ensureTrace(tx.db, blankTrace(workspace, id, experiment, told.startedAt));
    await store.updateTrace(tx.db, workspace, id, {
      experiment_id: experiment,
      client_request_id: told.clientRequestId && cut(told.clientRequestId, limits.key),
      state: told.state,
      started_at: told.startedAt,
      duration: told.duration,
      request: told.request === null ? known.request : cut(told.request, limits.preview),
      response: told.response === null ? known.response : cut(told.response, limits.preview),
      is_final: isFinal ? 1 : 0,
    });
    await addFacts(tx, workspace, id, told);
    for (const assessment of told.assessments) await insertUnlessThere(tx, workspace, id, assessment);
    return getTrace(tx, workspace, id);
  });
}

function checkId(id: string): void {
  if (!traceIdSchema.safeParse(id).success) throw invalid(`Invalid trace id ${JSON.stringify(id)}.`, { hint: idHint });
}

const idHint = "It has 1 to 128 letters, digits, '_', '.', ':' or '-', and starts with a letter or digit.";

/** Ends a trace that `tellTrace` began with `isFinal` = false. */
export async function endTrace(
  ctx: Ctx,
  workspace: string,
  id: string,
  told: { endedAt: number; state: TraceState; tags: Record<string, string>; metadata: Record<string, string> },
): Promise<TraceRecord> {
  checkCounts(told);
  return transaction(ctx, async (tx) => {
    const { started_at } = await requireTrace(tx, workspace, id);
    const duration = told.endedAt - started_at;
    await store.updateTrace(tx.db, workspace, id, { duration, state: told.state, is_final: 1 });
    await addFacts(tx, workspace, id, told);
    return getTrace(tx, workspace, id);
  });
}

type Facts = Record<string, string>;

function checkCounts(told: { tags: Facts; metadata: Facts; assessments?: unknown[] }): void {
  for (const what of ["tags", "metadata", "assessments"] as const) {
    const count = Object.keys(told[what] ?? {}).length;
    if (count > limits.told) throw invalid(`A trace is told with at most ${limits.told} ${what}; these are ${count}.`);
  }
}

async function addFacts(tx: Ctx, workspace: string, id: string, told: { tags: Facts; metadata: Facts }): Promise<void> {
  await writeTags(tx, workspace, id, told.tags);
  const metadata = Object.entries(told.metadata);
  await store.upsertFacts(
    tx.db,
    "trace_metadata",
    workspace,
    id,
    metadata.map(([key, value]) => [cut(key, limits.key), cut(value, limits.metadata)]),
  );
  const run = told.metadata[traceKeys.run];
  if (run) await store.insertLinks(tx.db, [{ workspace, trace_id: id, kind: "run", target: cut(run, limits.key) }]);
  await store.replaceNumbers(tx.db, workspace, id, tokensOf(told.metadata[traceKeys.tokens]));
}

function tokensOf(text: string | undefined): [string, number][] {
  const counts = parsedObject(text);
  return tokenKeys.flatMap((key): [string, number][] => (typeof counts[key] === "number" ? [[key, counts[key]]] : []));
}

function parsedObject(text: string | undefined): Record<string, unknown> {
  try {
    const value = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

async function writeTags(tx: Ctx, workspace: string, id: string, tags: Facts): Promise<void> {
  const facts = Object.entries(tags).map(([key, value]): [string, string] => [
    cut(key, limits.key),
    cut(value, limits.tag),
  ]);
  await store.upsertFacts(tx.db, "trace_tag", workspace, id, facts);
  const name = tags[traceKeys.name];
  if (name) await store.updateTrace(tx.db, workspace, id, { name: cut(name, limits.name) });
}

/** The row of a trace; one of another workspace is as good as none. */
export async function requireTrace(ctx: Ctx, workspace: string, id: string): Promise<TraceTable> {
  const row = await store.findTrace(ctx.db, workspace, id);
  if (row) return row;
  throw new Problem("not_found", `Trace with ID '${id}' not found.`, {
    hint: "List them with `trainyard trace list`.",
  });
}

export async function getTrace(ctx: Ctx, workspace: string, id: string): Promise<TraceRecord> {
  return (await withFacts(ctx, workspace, [await requireTrace(ctx, workspace, id)]))[0]!;
}

/** Those of the traces that are there, in the order of the ids. */
export async function getTraces(ctx: Ctx, workspace: string, ids: string[]): Promise<TraceRecord[]> {
  if (ids.length === 0) return [];
  const rows = new Map((await store.findTraces(ctx.db, workspace, ids)).map((row) => [row.id, row]));
  return withFacts(
    ctx,
    workspace,
    [...new Set(ids)].flatMap((id) => rows.get(id) ?? []),
  );
}

export async function withFacts(ctx: Ctx, workspace: string, rows: TraceTable[]): Promise<TraceRecord[]> {
  if (rows.length === 0) return [];
  const records = new Map(
    rows.map(({ experiment_id, ...row }): [string, TraceRecord] => [
      row.id,
      { ...row, experimentId: String(experiment_id), tags: emptyFacts(), metadata: emptyFacts(), runs: [] },
    ]),
  );
  const ids = [...records.keys()];
  for (const tag of await store.listFacts(ctx.db, "trace_tag", workspace, ids))
    records.get(tag.trace_id)!.tags[tag.key] = tag.value;
  for (const fact of await store.listFacts(ctx.db, "trace_metadata", workspace, ids))
    records.get(fact.trace_id)!.metadata[fact.key] = fact.value;
  for (const link of await store.listLinks(ctx.db, workspace, ids))
    if (link.kind === "run") records.get(link.trace_id)!.runs.push(link.target);
  return [...records.values()];
}

export async function setTraceTag(ctx: Ctx, workspace: string, id: string, key: string, value: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireTrace(tx, workspace, id);
    await writeTags(tx, workspace, id, { [key]: value });
  });
}

export async function deleteTraceTag(ctx: Ctx, workspace: string, id: string, key: string): Promise<void> {
  await requireTrace(ctx, workspace, id);
  if (await store.deleteTag(ctx.db, workspace, id, key)) return;
  throw new Problem("not_found", `No trace tag with key '${key}' for trace with ID '${id}'`);
}

/** Says that traces belong to a run. Those that have not arrived yet belong to it when they do. */
export async function linkToRun(ctx: Ctx, workspace: string, ids: string[], runId: string): Promise<void> {
  if (ids.length > limits.runLinks) {
    throw invalid(
      `Cannot link more than ${limits.runLinks} traces to a run in a single request. Provided ${ids.length} traces.`,
    );
  }
  await requireRun(ctx, workspace, runId);
  if (ids.length > 0) await link(ctx, workspace, ids, "run", [runId]);
}

/** Says which prompt versions (`name/version`) a trace used, which may still be on its way. */
export const linkPrompts = (ctx: Ctx, workspace: string, id: string, prompts: string[]): Promise<void> =>
  link(ctx, workspace, [id], "prompt", prompts.slice(0, limits.runLinks));

async function link(ctx: Ctx, workspace: string, ids: string[], kind: "run" | "prompt", targets: string[]) {
  for (const id of ids) checkId(id);
  await transaction(ctx, (tx) =>
    store.insertLinks(
      tx.db,
      ids.flatMap((id) => targets.map((target) => ({ workspace, trace_id: id, kind, target: cut(target, 500) }))),
    ),
  );
}

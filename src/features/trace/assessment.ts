import { conflict, invalid, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import * as store from "./assessment-store.ts";
import { cut, limits } from "./limits.ts";
import type { AssessmentTable } from "./schema.ts";
import { findTrace } from "./store.ts";

/** What a person, a judge or a program says about a trace. */
export interface NewAssessment {
  id?: string;
  kind: AssessmentTable["kind"];
  name: string;
  spanId: string | null;
  value: unknown;
  error: unknown;
  sourceType: string;
  sourceId: string;
  rationale: string | null;
  metadata: Record<string, string>;
  overrides: string | null;
  valid: boolean;
  createdAt: number | null;
  updatedAt: number | null;
}

export interface AssessmentChange {
  name?: string;
  /** Only of the kind that the assessment has. */
  feedback?: { value: unknown; error: unknown };
  expectation?: { value: unknown };
  rationale?: string;
  /** Added to what is there. */
  metadata?: Record<string, string>;
}

export async function createAssessment(
  ctx: Ctx,
  workspace: string,
  traceId: string,
  wanted: NewAssessment,
): Promise<AssessmentTable> {
  return transaction(ctx, async (tx) => {
    if (!(await findTrace(tx.db, workspace, traceId)))
      throw new Problem("not_found", `Trace with ID '${traceId}' not found.`);
    if (wanted.overrides) {
      await getAssessment(tx, workspace, traceId, wanted.overrides);
      await store.updateAssessment(tx.db, workspace, traceId, wanted.overrides, { is_valid: 0 });
    }
    return insertAssessment(tx, workspace, traceId, wanted);
  });
}

async function insertAssessment(
  tx: Ctx,
  workspace: string,
  traceId: string,
  wanted: NewAssessment,
): Promise<AssessmentTable> {
  const row = rowOf(tx, workspace, traceId, wanted);
  if (await store.insertAssessment(tx.db, row)) return row;
  throw conflict(`Trace ${traceId} has an assessment ${row.id} already.`, "Leave the id out to be given a new one.");
}

/** For clients that tell everything again when they are not sure that it arrived. */
export async function insertUnlessThere(tx: Ctx, workspace: string, traceId: string, wanted: NewAssessment) {
  await store.insertAssessment(tx.db, rowOf(tx, workspace, traceId, wanted));
}

function rowOf(tx: Ctx, workspace: string, traceId: string, wanted: NewAssessment): AssessmentTable {
  const now = tx.clock.now();
  return {
    workspace,
    trace_id: traceId,
    id: wanted.id ? cut(wanted.id, 128) : `a-${tx.ids.next().replaceAll("-", "")}`,
    kind: wanted.kind,
    name: cut(wanted.name, limits.key),
    span_id: wanted.spanId && cut(wanted.spanId, 64),
    value: jsonOf("value", wanted.value),
    error: wanted.error ? jsonOf("error", wanted.error) : null,
    source_type: cut(wanted.sourceType, 64),
    source_id: cut(wanted.sourceId, limits.key),
    rationale: wanted.rationale && cut(wanted.rationale, limits.assessment),
    metadata: jsonOf("metadata", wanted.metadata),
    overrides: wanted.overrides,
    is_valid: wanted.valid ? 1 : 0,
    created_at: wanted.createdAt ?? now,
    updated_at: wanted.updatedAt ?? now,
  };
}

function jsonOf(what: string, value: unknown): string {
  const text = JSON.stringify(value ?? null);
  if (text.length <= limits.assessment) return text;
  throw invalid(
    `The ${what} of an assessment has at most ${limits.assessment} characters as JSON; it has ${text.length}.`,
  );
}

export async function getAssessment(
  ctx: Ctx,
  workspace: string,
  traceId: string,
  id: string,
): Promise<AssessmentTable> {
  const row = await store.findAssessment(ctx.db, workspace, traceId, id);
  if (row) return row;
  const trace = await findTrace(ctx.db, workspace, traceId);
  const what = trace
    ? `Assessment with ID '${id}' not found for trace '${traceId}'`
    : `Trace with request_id '${traceId}' not found`;
  throw new Problem("not_found", what);
}

export async function changeAssessment(
  ctx: Ctx,
  workspace: string,
  traceId: string,
  id: string,
  change: AssessmentChange,
): Promise<AssessmentTable> {
  return transaction(ctx, async (tx) => {
    const row = await getAssessment(tx, workspace, traceId, id);
    if (change.feedback && change.expectation)
      throw invalid("Cannot specify both `expectation` and `feedback` parameters.");
    if (change.expectation && row.kind !== "expectation")
      throw invalid("Cannot update expectation value on a Feedback assessment.");
    if (change.feedback && row.kind !== "feedback")
      throw invalid("Cannot update feedback value on an Expectation assessment.");
    const told = change.feedback ?? change.expectation;
    const changes: Partial<AssessmentTable> = {
      name: change.name ? cut(change.name, limits.key) : row.name,
      value: told ? jsonOf("value", told.value) : row.value,
      rationale: change.rationale ? cut(change.rationale, limits.assessment) : row.rationale,
      metadata: jsonOf("metadata", { ...metadataOf(row), ...change.metadata }),
      updated_at: tx.clock.now(),
    };
    if (change.feedback) changes.error = change.feedback.error ? jsonOf("error", change.feedback.error) : null;
    await store.updateAssessment(tx.db, workspace, traceId, id, changes);
    return { ...row, ...changes };
  });
}

/** Forgets an assessment; what it overrode counts again. One that is not there is no error. */
export async function deleteAssessment(ctx: Ctx, workspace: string, traceId: string, id: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    if (!(await findTrace(tx.db, workspace, traceId)))
      throw new Problem("not_found", `Trace with ID '${traceId}' not found.`);
    const row = await store.findAssessment(tx.db, workspace, traceId, id);
    if (!row) return;
    if (row.overrides) await store.updateAssessment(tx.db, workspace, traceId, row.overrides, { is_valid: 1 });
    await store.deleteAssessment(tx.db, workspace, traceId, id);
  });
}

export async function assessmentsOf(
  ctx: Ctx,
  workspace: string,
  traceIds: string[],
): Promise<Map<string, AssessmentTable[]>> {
  const found = new Map<string, AssessmentTable[]>(traceIds.map((id) => [id, []]));
  if (traceIds.length === 0) return found;
  for (const row of await store.listAssessments(ctx.db, workspace, traceIds)) found.get(row.trace_id)!.push(row);
  return found;
}

export const metadataOf = (row: AssessmentTable): Record<string, string> => JSON.parse(row.metadata) ?? {};

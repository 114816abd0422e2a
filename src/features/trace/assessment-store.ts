import type { ExpressionBuilder } from "kysely";
import type { Db, Tables } from "../../platform/db/tables.ts";
import type { AssessmentTable } from "./schema.ts";

const isOne =
  (workspace: string, trace_id: string, id: string) =>
  ({ and }: ExpressionBuilder<Tables, "assessment">) =>
    and({ workspace, trace_id, id });

/** False when the trace has an assessment of that id. */
export async function insertAssessment(db: Db, row: AssessmentTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("assessment")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

export const findAssessment = (db: Db, workspace: string, traceId: string, id: string) =>
  db
    .selectFrom("assessment")
    .selectAll()
    .where(isOne(workspace, traceId, id))
    .executeTakeFirst();

export const listAssessments = (db: Db, workspace: string, traceIds: string[]): Promise<AssessmentTable[]> =>
  db
    .selectFrom("assessment")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("trace_id", "in", traceIds)
    .orderBy("created_at")
    .orderBy("id")
    .execute();

export const updateAssessment = (
  db: Db,
  workspace: string,
  traceId: string,
  id: string,
  changes: Partial<AssessmentTable>,
) =>
  db
    .updateTable("assessment")
    .set(changes)
    .where(isOne(workspace, traceId, id))
    .execute();

export const deleteAssessment = (db: Db, workspace: string, traceId: string, id: string) =>
  db
    .deleteFrom("assessment")
    .where(isOne(workspace, traceId, id))
    .execute();

import { sql } from "kysely";
import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { getExperiment, requireRun } from "../run/index.ts";
import { compare, type Operand, type Operator, type PageWanted, type Position, readPage } from "../search/index.ts";
import type { IssueTable } from "./schema.ts";

export const issueStatuses = ["pending", "rejected", "resolved"] as const;
export const issueSeverities = ["not_an_issue", "low", "medium", "high"] as const;

export interface NewIssue {
  workspace: string;
  experimentId: string;
  name: string;
  description: string;
  status: (typeof issueStatuses)[number];
  severity: (typeof issueSeverities)[number] | null;
  rootCauses: string[];
  categories: string[];
  sourceRunId: string | null;
  createdBy: string;
}

/** Notes something that is wrong with what an experiment's application does. */
export async function createIssue(ctx: Ctx, wanted: NewIssue): Promise<IssueTable> {
  const { workspace } = wanted;
  return transaction(ctx, async (tx) => {
    const experiment = await getExperiment(tx, workspace, wanted.experimentId);
    if (wanted.sourceRunId !== null) await requireRun(tx, workspace, wanted.sourceRunId);
    const now = tx.clock.now();
    const row: IssueTable = {
      id: `iss-${tx.ids.next().replaceAll("-", "")}`,
      workspace,
      experiment_id: Number(experiment.id),
      name: wanted.name,
      description: wanted.description,
      status: wanted.status,
      severity: wanted.severity,
      root_causes: JSON.stringify(wanted.rootCauses),
      categories: JSON.stringify(wanted.categories),
      source_run_id: wanted.sourceRunId,
      created_by: wanted.createdBy || tx.actor.name,
      created_at: now,
      updated_at: now,
    };
    await tx.db.insertInto("issue").values(row).execute();
    record(tx, { workspace, type: "issue.created", subject: `issue/${row.id}`, data: { name: row.name } });
    return row;
  });
}

export async function getIssue(ctx: Ctx, workspace: string, id: string): Promise<IssueTable> {
  const row = await ctx.db
    .selectFrom("issue")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row) return row;
  throw new Problem("not_found", `Issue with ID '${id}' not found`);
}

export async function updateIssue(
  ctx: Ctx,
  workspace: string,
  id: string,
  changes: Partial<Pick<IssueTable, "name" | "description" | "status" | "severity">>,
): Promise<IssueTable> {
  return transaction(ctx, async (tx) => {
    await getIssue(tx, workspace, id);
    const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    await tx.db
      .updateTable("issue")
      .set({ ...said, updated_at: tx.clock.now() })
      .where("id", "=", id)
      .execute();
    record(tx, { workspace, type: "issue.changed", subject: `issue/${id}`, data: said });
    return getIssue(tx, workspace, id);
  });
}

export interface IssueSearch extends PageWanted {
  workspace: string;
  experimentId?: string;
  where: { key: "status" | "source_run_id"; operator: Operator; value: Operand }[];
}

/** Newest first. */
export async function searchIssues(ctx: Ctx, search: IssueSearch): Promise<{ items: IssueTable[]; next?: Position }> {
  let query = ctx.db.selectFrom("issue").selectAll().where("workspace", "=", search.workspace);
  if (search.experimentId !== undefined) {
    const experiment = await getExperiment(ctx, search.workspace, search.experimentId);
    query = query.where("experiment_id", "=", Number(experiment.id));
  }
  for (const { key, operator, value } of search.where) query = query.where(compare(sql.ref(key), operator, value));
  const newestFirst = ["created_at", "id"].map((column) => ({ column, descending: true }));
  const { rows, next } = await readPage(query, newestFirst, search);
  return { items: rows, next };
}

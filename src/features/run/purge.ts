import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";

const chunk = 100;

/** Tables with facts of runs, which name a run by its number. */
const factTables = [
  "run_param",
  "run_tag",
  "run_metric",
  "run_latest_metric",
  "run_metric_block",
  "run_metric_summary",
] as const;

/** The other tables with rows of a run, and the column that says whose they are. */
const tablesOfRuns = [
  ["run_dataset", "run_id"],
  ["run_dataset_tag", "run_id"],
  ["run_model", "run_id"],
  ["logged_model_metric", "run_id"],
  ["artifact", "owner"],
] as const;

/** Every table that a purge of runs empties. */
export const purgedTables: string[] = [...factTables, ...tablesOfRuns.map(([table]) => table)];

const tablesOfLoggedModels = [
  ["logged_model_param", "model_id"],
  ["logged_model_tag", "model_id"],
  ["logged_model_metric", "model_id"],
  ["run_model", "model_id"],
  ["artifact", "owner"],
] as const;

export interface Purge {
  workspace: string;
  /** What was deleted at this time or later stays. */
  before: number;
  dryRun: boolean;
  /** Which of the ids something else still needs. */
  needed(tx: Ctx, ids: string[]): Promise<Set<string>>;
}

export interface Purged {
  purged: number;
  kept: number;
}

/** Forgets deleted runs for good, some at a time: what is interrupted goes on with the rest. */
export const purgeRuns = (ctx: Ctx, purge: Purge): Promise<Purged> => purgeAll(ctx, purge, "run");

export const purgeLoggedModels = (ctx: Ctx, purge: Purge): Promise<Purged> => purgeAll(ctx, purge, "logged_model");

async function purgeAll(ctx: Ctx, purge: Purge, table: "run" | "logged_model"): Promise<Purged> {
  const total = { purged: 0, kept: 0 };
  for (let after: string | undefined = ""; after !== undefined; ) {
    const from: string = after;
    after = await transaction(ctx, async (tx) => {
      const rows = await deletedRows(tx, purge, table, from);
      const ids = rows.map((row) => row.id);
      const needed = ids.length > 0 ? await purge.needed(tx, ids) : new Set<string>();
      const gone = rows.filter((row) => !needed.has(row.id));
      if (!purge.dryRun && gone.length > 0) await forget(tx, purge.workspace, table, gone);
      // Counted only once, also when the transaction is tried again.
      tx.unit!.afterCommit.push(() => {
        total.purged += gone.length;
        total.kept += needed.size;
      });
      return ids.length < chunk ? undefined : ids.at(-1);
    });
  }
  return total;
}

/** Deleted by themselves, or logged models that went with their experiment. */
function deletedRows(tx: Ctx, { workspace, before }: Purge, table: "run" | "logged_model", after: string) {
  const query = tx.db
    .selectFrom(table as "run")
    .select(["id", "name"])
    .where("workspace", "=", workspace)
    .where("id", ">", after)
    .orderBy("id")
    .limit(chunk);
  if (table === "run") return query.where("lifecycle_stage", "=", "deleted").where("deleted_at", "<", before).execute();
  return query
    .where((eb) =>
      eb.or([
        eb.and([eb("lifecycle_stage", "=", "deleted"), eb("updated_at" as "created_at", "<", before)]),
        eb.exists(
          eb
            .selectFrom("experiment")
            .select("experiment.id")
            .whereRef("experiment.workspace", "=", "logged_model.workspace" as "run.workspace")
            .whereRef("experiment.id", "=", "logged_model.experiment_id" as "run.experiment_id")
            .where("experiment.lifecycle_stage", "=", "deleted")
            .where("experiment.updated_at", "<", before),
        ),
      ]),
    )
    .execute();
}

async function forget(
  tx: Ctx,
  workspace: string,
  table: "run" | "logged_model",
  rows: { id: string; name: string }[],
): Promise<void> {
  const ids = rows.map((row) => row.id);
  for (const [of, column] of table === "run" ? tablesOfRuns : tablesOfLoggedModels)
    await tx.db
      .deleteFrom(of as "run_dataset")
      .where(column as "run_id", "in", ids)
      .execute();
  if (table === "run") {
    const numbers = (await tx.db.selectFrom("run").select("number").where("id", "in", ids).execute()).map(
      (row) => row.number,
    );
    for (const facts of factTables) await tx.db.deleteFrom(facts).where("run", "in", numbers).execute();
  }
  await tx.db
    .deleteFrom(table as "run")
    .where("id", "in", ids)
    .execute();
  for (const { id, name } of rows) {
    const noun = table === "run" ? "run" : "logged-model";
    record(tx, { workspace, type: `${noun}.purged`, subject: `${noun}/${id}`, data: { name } });
  }
}

/** Experiments that were deleted before a time and have nothing left in them. */
export async function emptyDeletedExperiments(ctx: Ctx, workspace: string, before: number): Promise<number[]> {
  const rows = await ctx.db
    .selectFrom("experiment")
    .select("id")
    .where("workspace", "=", workspace)
    .where("lifecycle_stage", "=", "deleted")
    .where("updated_at", "<", before)
    .where("id", "!=", 0)
    .where((eb) => {
      const inside = (table: "run" | "logged_model") =>
        eb.exists(
          eb
            .selectFrom(table)
            .select("id")
            .whereRef(`${table}.workspace`, "=", "experiment.workspace")
            .whereRef(`${table}.experiment_id`, "=", "experiment.id"),
        );
      return eb.not(eb.or([inside("run"), inside("logged_model")]));
    })
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}

export async function purgeExperiment(ctx: Ctx, workspace: string, id: number): Promise<void> {
  await transaction(ctx, async (tx) => {
    for (const table of ["dataset", "experiment_tag", "run_key"] as const)
      await tx.db.deleteFrom(table).where("workspace", "=", workspace).where("experiment_id", "=", id).execute();
    await tx.db.deleteFrom("experiment").where("workspace", "=", workspace).where("id", "=", id).execute();
    record(tx, { workspace, type: "experiment.purged", subject: `experiment/${id}` });
  });
}

import type { Ctx } from "../../platform/context.ts";

export interface DatasetSummary {
  experimentId: string;
  name: string;
  digest: string;
  /** What a run used it for, such as `training`; null when no run said. */
  context: string | null;
}

/** Data sets that runs of some experiments used, each with every context once. */
export async function searchDatasets(ctx: Ctx, workspace: string, experimentIds: number[], limit: number) {
  const rows = await ctx.db
    .selectFrom("run_dataset as used")
    .innerJoin("run", "run.id", "used.run_id")
    .leftJoin("run_dataset_tag as tag", (join) =>
      join
        .onRef("tag.run_id", "=", "used.run_id")
        .onRef("tag.name", "=", "used.name")
        .onRef("tag.digest", "=", "used.digest")
        .on("tag.key", "=", "mlflow.data.context"),
    )
    .where("run.workspace", "=", workspace)
    .where("run.experiment_id", "in", experimentIds)
    .where("run.lifecycle_stage", "=", "active")
    .select(["run.experiment_id", "used.name", "used.digest", "tag.value as context"])
    .distinct()
    .orderBy("run.experiment_id")
    .orderBy("used.name")
    .limit(limit)
    .execute();
  return rows.map(({ experiment_id, ...row }): DatasetSummary => ({ ...row, experimentId: String(experiment_id) }));
}

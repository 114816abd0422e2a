import type { Ctx } from "../../platform/context.ts";
import type { VersionName } from "./parent.ts";

/** What a version may come from. */
export type Maker =
  | { runId: string }
  | { jobId: string }
  /** `data/churn/2` */
  | { data: string };

/** The versions that a run or job made, or that were trained on a version of data; the newest of each model first. */
export async function versionsMadeBy(ctx: Ctx, workspace: string, maker: Maker, limit: number): Promise<VersionName[]> {
  const rows = await rowsMadeBy(ctx, workspace, maker)
    .select(["name", "version"])
    .orderBy("version", "desc")
    .orderBy("name")
    .limit(limit)
    .execute();
  return rows.map(({ name, version }) => ({ name, version: String(version) }));
}

function rowsMadeBy(ctx: Ctx, workspace: string, maker: Maker) {
  const versions = ctx.db.selectFrom("model_version").where("workspace", "=", workspace);
  if ("runId" in maker) return versions.where("run_id", "=", maker.runId);
  if ("jobId" in maker) return versions.where("job_id", "=", maker.jobId);
  return versions.where(({ exists, selectFrom }) =>
    exists(
      selectFrom("model_version_data as read")
        .select("read.data")
        .where("read.workspace", "=", workspace)
        .where("read.data", "=", maker.data)
        .whereRef("read.name", "=", "model_version.name")
        .whereRef("read.version", "=", "model_version.version"),
    ),
  );
}

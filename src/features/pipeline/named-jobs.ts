import type { Ctx } from "../../platform/context.ts";

/** Ids or names of the jobs whose outputs a pipeline reads that was published since and can be started. */
export async function jobsNamedByPipelines(ctx: Ctx, workspace: string, since: number): Promise<Set<string>> {
  const named = new Set<string>();
  const rows = await ctx.db
    .selectFrom("published_pipeline")
    .select("definition")
    .where("workspace", "=", workspace)
    .where("withdrawn", "is", null)
    .where("created_at", ">=", since)
    .where("definition", "like", '%"from":"job"%')
    .execute();
  for (const { definition } of rows) noteJobs(JSON.parse(definition), named);
  return named;
}

/** Wherever a definition has inputs: its own, and those of steps, of trials and of what a loop runs. */
function noteJobs(part: unknown, named: Set<string>): void {
  if (typeof part !== "object" || part === null) return;
  const { from, job } = part as { from?: unknown; job?: unknown };
  if (from === "job" && typeof job === "string") named.add(job);
  for (const inner of Object.values(part)) noteJobs(inner, named);
}

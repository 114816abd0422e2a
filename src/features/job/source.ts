import type { z } from "zod";
import { checkFile, nameOf, translateJob } from "../../compat/azureml/index.ts";
import type { jobSourceSchema } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { filesOf, lookupsOf } from "../component/index.ts";

export type JobSource = z.output<typeof jobSourceSchema>;

/** A job file that lies in a stored tree, as a definition. */
export async function translateSource(ctx: Ctx, workspace: string, { tree, file, set }: JobSource) {
  return translateJob(await filesOf(ctx, workspace, tree), file, { set, ...lookupsOf(ctx, workspace) });
}

/** A file of any kind that lies in a stored tree: what it is, and what is wrong with it. */
export async function checkSource(ctx: Ctx, workspace: string, { tree, file, set }: JobSource) {
  const options = { set, ...lookupsOf(ctx, workspace) };
  const found = await checkFile(await filesOf(ctx, workspace, tree), file, options);
  const { kind, asset, definition, issues, warnings } = found;
  return { kind: nameOf(kind), asset, definition, issues, warnings };
}

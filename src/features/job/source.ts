import { type CheckAsset, type CheckPipeline, checkFile, nameOf, translateJob } from "../../compat/azureml/index.ts";
import { Problem } from "../../contract/errors.ts";
import type { JobSource } from "../../contract/job.ts";
import type { Trigger } from "../../contract/trigger.ts";
import { problemOfTrigger } from "../../platform/calendar/due.ts";
import type { Ctx } from "../../platform/context.ts";
import { filesOf, lookupsOf } from "../component/index.ts";
import { resolveData } from "../data/index.ts";
import { resolveModel } from "../model/index.ts";

/** A job file that lies in a stored tree, as a definition. */
export async function translateSource(ctx: Ctx, workspace: string, { tree, file, set }: JobSource) {
  return translateJob(await filesOf(ctx, workspace, tree), file, { set, ...lookups(ctx, workspace) });
}

export interface CheckOptions {
  readsCode: boolean;
  requirePipeline?(name: string, version?: string): Promise<unknown>;
}

/**
 * A file of any kind that lies in a stored tree: what it is, and what is wrong with it. Code that lies elsewhere is only
 * read for those who could also submit the job.
 */
export async function checkSource(
  ctx: Ctx,
  workspace: string,
  { tree, file, set }: JobSource,
  { readsCode, requirePipeline }: CheckOptions,
) {
  const options = {
    ...{ set, ...lookups(ctx, workspace), ...(readsCode ? {} : { readCode: undefined }) },
    checkTrigger: (trigger: Trigger) => problemOfTrigger(trigger, ctx.clock.now()),
    checkPipeline: async (...named: Parameters<CheckPipeline>) => problemOf(() => requirePipeline?.(...named)),
  };
  const found = await checkFile(await filesOf(ctx, workspace, tree), file, options);
  const { kind, asset, definition, issues, warnings } = found;
  return { kind: nameOf(kind), asset, definition, issues, warnings };
}

const lookups = (ctx: Ctx, workspace: string) => ({
  ...lookupsOf(ctx, workspace),
  checkAsset: ((kind, name, by) => checkAsset(ctx, workspace, kind, name, by)) satisfies CheckAsset,
});

/** Only whether there is one: that it may be used is seen when the job is submitted, and may need a moment. */
const checkAsset = (ctx: Ctx, workspace: string, ...[kind, name, by]: Parameters<CheckAsset>): ReturnType<CheckAsset> =>
  problemOf(() => (kind === "data" ? resolveData : resolveModel)(ctx, workspace, name, by));

async function problemOf(
  find: () => Promise<unknown> | undefined,
): Promise<{ message: string; hint?: string } | undefined> {
  try {
    await find();
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem) || !["not_found", "invalid"].includes(error.code)) return undefined;
    return { message: error.message.replace(/^There/, "there").replace(/\.$/, ""), hint: error.hint };
  }
}

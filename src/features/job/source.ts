import type { z } from "zod";
import { checkFile, filesOfTree, nameOf, type TranslateOptions, translateJob } from "../../compat/azureml/index.ts";
import type { jobSourceSchema } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { createTree, readSmallBlob, readTree } from "../blob/index.ts";
import { findEnvironment } from "../environment/index.ts";

export type JobSource = z.output<typeof jobSourceSchema>;

/** A job file that lies in a stored tree, as a definition. */
export async function translateSource(ctx: Ctx, workspace: string, source: JobSource) {
  return translateJob(await filesOf(ctx, workspace, source.tree), source.file, optionsOf(ctx, workspace, source));
}

/** A file of any kind that lies in a stored tree: what it is, and what is wrong with it. */
export async function checkSource(ctx: Ctx, workspace: string, source: JobSource) {
  const files = await filesOf(ctx, workspace, source.tree);
  const { kind, definition, issues, warnings } = await checkFile(files, source.file, optionsOf(ctx, workspace, source));
  return { kind: nameOf(kind), definition, issues, warnings };
}

async function filesOf(ctx: Ctx, workspace: string, tree: string) {
  return filesOfTree(
    { files: await readTree(ctx, workspace, tree) },
    {
      readText: async (digest) => Buffer.from(await readSmallBlob(ctx, workspace, digest)).toString(),
      storeTree: (part) => createTree(ctx, workspace, part),
    },
  );
}

const optionsOf = (ctx: Ctx, workspace: string, { set }: JobSource): TranslateOptions => ({
  set,
  findEnvironment: (name, version) => findEnvironment(ctx, workspace, name, version),
});

import {
  type FoundComponent,
  filesOfTree,
  type SourceFiles,
  type TranslateOptions,
} from "../../compat/azureml/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { createTree, readSmallBlob, readTree } from "../blob/index.ts";
import { findEnvironment } from "../environment/index.ts";
import * as store from "./store.ts";

/** The files of a stored tree, as a translation reads them. */
export async function filesOf(ctx: Ctx, workspace: string, tree: string): Promise<SourceFiles> {
  return filesOfTree(
    { files: await readTree(ctx, workspace, tree) },
    {
      readText: async (digest) => Buffer.from(await readSmallBlob(ctx, workspace, digest)).toString(),
      storeTree: (part) => createTree(ctx, workspace, part),
    },
  );
}

/** What a translation looks up in the workspace. */
export const lookupsOf = (ctx: Ctx, workspace: string): Omit<TranslateOptions, "set"> => ({
  findEnvironment: (name, version) => findEnvironment(ctx, workspace, name, version),
  findComponent: (name, { version, label }) => findComponent(ctx, workspace, name, version, label),
});

/** The only label that a component has is the newest version. */
async function findComponent(
  ctx: Ctx,
  workspace: string,
  name: string,
  version?: string,
  label?: string,
): Promise<FoundComponent | undefined> {
  if (version === undefined && label !== undefined && label !== "latest") return undefined;
  const row = await store.findVersion(ctx.db, workspace, name, version);
  return row && { version: row.version, file: row.file, files: await filesOf(ctx, workspace, row.tree) };
}

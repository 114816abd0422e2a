import {
  type CodePlace,
  type FoundCode,
  type FoundComponent,
  filesOfTree,
  type SourceFiles,
  type TranslateOptions,
} from "../../compat/azureml/index.ts";
import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { shownUrl } from "../../platform/outbound/shown.ts";
import { createTree, readSmallBlob, readTree } from "../blob/index.ts";
import { findEnvironment } from "../environment/index.ts";
import { readGitFolder } from "../git/index.ts";
import { readUrl } from "../url/index.ts";
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
  readCode: (place) => readCode(ctx, workspace, place),
});

/** A request waits for it, so it has to end. */
const longestReadMs = 150_000;

async function readCode(ctx: Ctx, workspace: string, place: CodePlace): Promise<FoundCode> {
  const signal = AbortSignal.timeout(longestReadMs);
  try {
    if ("url" in place) return { digest: (await readUrl(ctx, workspace, place.url, signal)).tree, leftOut: [] };
    const { tree, commit, leftOut } = await readGitFolder(ctx, workspace, place, signal);
    return { digest: tree, commit, leftOut };
  } catch (error) {
    if (!signal.aborted) throw error;
    const what = shownUrl("url" in place ? place.url : place.repository);
    throw new Problem("unavailable", `${what} was not read within ${longestReadMs / 1000} s.`, { cause: error });
  }
}

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

import { Problem } from "../../contract/errors.ts";
import type { ImportedModel, ImportedVersion } from "../../contract/import.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Principal } from "../../platform/http/bind.ts";
import { createTree } from "../blob/index.ts";
import { originOfRun } from "../lineage/index.ts";
import { findAlias, getVersion, importAliases, importModel, importVersion } from "../model/index.ts";
import { listFiles, requireLoggedModel, requireRun, runMetrics } from "../run/index.ts";
import type { ImportIssue } from "./service.ts";

/** Takes over a model with some of its versions. Each version is a change of its own: what fails does not stop the rest. */
export async function importRegisteredModel(ctx: Ctx, principal: Principal, workspace: string, model: ImportedModel) {
  const { name } = model;
  await importModel(ctx, workspace, model);
  const issues: ImportIssue[] = [];
  for (const version of model.versions) {
    const note = (message: string) => issues.push({ subject: `model/${name}/${version.version}`, message });
    await importOne({ ctx, principal, workspace, name }, version, note).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      note(error.message);
    });
  }
  for (const message of await importAliases(ctx, principal, workspace, model))
    issues.push({ subject: `model/${name}`, message });
  let aliases = 0;
  for (const [alias, version] of model.aliases)
    if ((await findAlias(ctx, workspace, name, alias)) === String(version)) aliases += 1;
  return { here: { versions: await versionsHere(ctx, workspace, model), aliases }, issues };
}

async function versionsHere(ctx: Ctx, workspace: string, model: ImportedModel) {
  const found: { version: number; digest: string | null }[] = [];
  for (const { version } of model.versions) {
    const here = await unlessMissing(getVersion(ctx, workspace, model.name, String(version)));
    if (here) found.push({ version, digest: here.digest });
  }
  return found;
}

async function importOne(
  { ctx, principal, workspace, name }: { ctx: Ctx; principal: Principal; workspace: string; name: string },
  version: ImportedVersion,
  note: (message: string) => void,
): Promise<void> {
  // A version whose files are lost is still a version: it keeps its number and cannot be deployed.
  const tree = await treeOf(ctx, workspace, version.files).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    note(error.message);
    return null;
  });
  const run = version.runId === null ? undefined : await unlessMissing(requireRun(ctx, workspace, version.runId));
  const metrics = run ? await runMetrics(ctx, run.id) : {};
  const origin = run ? await originOfRun(ctx, workspace, run.id) : { jobId: null, trainingData: [], parents: [] };
  const difference = await importVersion(ctx, principal, { workspace, name, version, tree, metrics, origin });
  if (difference) note(difference);
}

async function treeOf(ctx: Ctx, workspace: string, files: ImportedVersion["files"]): Promise<string | null> {
  if (files === null) return null;
  if ("tree" in files) return files.tree;
  const { owner, path } = files;
  if (owner.startsWith("m-")) await requireLoggedModel(ctx, workspace, owner, true);
  else await requireRun(ctx, workspace, owner);
  const from = path === "" ? 0 : path.length + 1;
  const found = (await listFiles(ctx, owner, path)).map((file) => ({ ...file, path: file.path.slice(from) }));
  if (found.length > 0) return createTree(ctx, workspace, { files: found });
  throw new Problem("not_found", `There are no files in ${path || "the folder"} of ${owner}.`);
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return undefined;
    throw error;
  }
}

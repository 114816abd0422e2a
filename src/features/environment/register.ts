import { conflict, invalid } from "../../contract/errors.ts";
import { hasPackages, isOwnInterpreter, type JobEnvironment } from "../../contract/job.ts";
import { holdsCredentials } from "../../contract/pip-line.ts";
import type { Ctx } from "../../platform/context.ts";
import { nextNumber, takeName } from "../../platform/db/take-name.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { readTree } from "../blob/index.ts";
import type { EnvironmentVersionTable } from "./schema.ts";
import { inlineName, type Specification, specificationDigest } from "./specification.ts";
import * as store from "./store.ts";

export interface NewVersion {
  workspace: string;
  name: string;
  specification: Specification;
  version?: string;
  description?: string;
  tags?: Record<string, string>;
}

/** Keeps the environments of a job's steps under their names, as new versions where their content is new. */
export async function recordEnvironments(tx: Ctx, workspace: string, environments: JobEnvironment[]): Promise<void> {
  const wanted = new Map<string, NewVersion>();
  for (const environment of environments) {
    if (isOwnInterpreter(environment)) continue;
    const { name: given, ...specification } = environment;
    const digest = specificationDigest(specification);
    const name = given ?? inlineName(digest);
    wanted.set(`${name} ${digest}`, { workspace, name, specification });
  }
  // In one order, so that two jobs do not wait for each other.
  for (const [, version] of [...wanted].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const digest = specificationDigest(version.specification);
    const known = await store.listVersions(tx.db, workspace, version.name);
    if (!known.some((row) => row.digest === digest)) await addVersion(tx, version);
  }
}

/**
 * Adds a version to a name. The same content again is the version that is there already; a version never changes, so
 * that a taken one with other content is a conflict. What is said of it may change.
 */
export async function addVersion(tx: Ctx, wanted: NewVersion): Promise<EnvironmentVersionTable> {
  const { workspace, name, specification } = wanted;
  await takeName(tx.db, { workspace, kind: "environment", name });
  const versions = await store.listVersions(tx.db, workspace, name);
  const digest = specificationDigest(specification);
  const known = versions.find((row) => row.digest === digest);
  const version = wanted.version ?? known?.version ?? nextNumber(versions);
  const taken = versions.find((row) => row.version === version);
  if (taken && taken.digest !== digest) {
    throw conflict(`Version ${version} of environment ${name} has other content.`, "Give another version, or none.");
  }
  if (taken) return describe(tx, taken, wanted);
  const row: EnvironmentVersionTable = {
    ...{ workspace, name, version, seq: (versions[0]?.seq ?? 0) + 1 },
    ...{ description: wanted.description ?? "", tags: canonicalJson(wanted.tags ?? {}) },
    ...{ conda_file: specification.condaFile, image: specification.image },
    build: specification.build ? canonicalJson(specification.build) : null,
    ...{ files: specification.files ?? null, uv_project: specification.uvProject ?? null },
    ...{ digest, created_at: tx.clock.now(), archived_at: null },
  };
  await store.insertVersion(tx.db, row);
  record(tx, { workspace, type: "environment.version.created", subject: `environment/${name}/${version}` });
  return row;
}

async function describe(
  tx: Ctx,
  row: EnvironmentVersionTable,
  { description = row.description, tags = JSON.parse(row.tags) }: NewVersion,
): Promise<EnvironmentVersionTable> {
  const change = { description, tags: canonicalJson(tags) };
  if (change.description === row.description && change.tags === row.tags) return row;
  await store.updateVersion(tx.db, row, change);
  const subject = `environment/${row.name}/${row.version}`;
  record(tx, { workspace: row.workspace, type: "environment.version.described", subject, data: { description, tags } });
  return { ...row, ...change };
}

/** Refuses what nobody could build; `what` begins the message. */
export async function requireBuildable(
  ctx: Ctx,
  workspace: string,
  { condaFile, build, files, uvProject }: Specification,
  what: string,
): Promise<void> {
  if (condaFile !== null && uvProject !== undefined) throw invalid(`${what} has a conda file and a project of uv.`);
  if (build && hasPackages({ condaFile, uvProject })) {
    throw invalid(`${what} has a build context and packages.`, { hint: "Install them in its Dockerfile." });
  }
  if (condaFile !== null && holdsCredentials(condaFile)) {
    throw invalid(`${what} holds a password: everyone who may read it would see it.`, {
      hint: "Leave it out of the URL: agents take it from their .netrc, or from a variable of theirs that the URL names.",
    });
  }
  if (build) await requireFiles(ctx, workspace, build.context, [build.dockerfile], `${what}: the build context`);
  if (uvProject) {
    await requireFiles(ctx, workspace, uvProject, ["pyproject.toml", "uv.lock"], `${what}: the project of uv`);
  }
  if (files) await readTree(ctx, workspace, files);
}

async function requireFiles(ctx: Ctx, workspace: string, tree: string, needed: string[], what: string): Promise<void> {
  const paths = new Set((await readTree(ctx, workspace, tree)).map(({ path }) => path));
  const missing = needed.find((path) => !paths.has(path));
  if (missing !== undefined) throw invalid(`${what} has no file "${missing}".`);
}

import type { EnvironmentVersion, NewEnvironment } from "../../contract/environment.ts";
import { invalid, notFound } from "../../contract/errors.ts";
import { isOwnInterpreter } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { findCurated } from "./curated.ts";
import { packagesOf } from "./lock.ts";
import { addVersion, requireBuildable } from "./register.ts";
import type { EnvironmentVersionTable } from "./schema.ts";
import type { Specification } from "./specification.ts";
import * as store from "./store.ts";

/** Registers an environment by itself, for jobs that name it. */
export async function createEnvironment(
  ctx: Ctx,
  workspace: string,
  name: string,
  { version, description, tags, ...specification }: NewEnvironment,
): Promise<EnvironmentVersion> {
  const what = `The environment ${name}`;
  if (specification.condaFile?.trim() === "" || isOwnInterpreter({ name, ...specification })) {
    throw invalid(`${what} needs a conda file, an image, a build context or a project of uv.`);
  }
  if (version === "latest") throw invalid(`"latest" cannot be a version of ${name}: it always means the newest.`);
  await requireWorkspace(ctx, workspace);
  const row = await transaction(ctx, async (tx) => {
    await requireBuildable(tx, workspace, specification, what);
    return addVersion(tx, { workspace, name, specification, version, description, tags });
  });
  const [made] = await withLocks(ctx, workspace, [row]);
  return made!;
}

/** One version of a named environment, or its newest; else what is shipped for a name of Azure's. */
export async function findEnvironment(
  ctx: Ctx,
  workspace: string,
  name: string,
  version?: string,
): Promise<Specification | undefined> {
  const rows = await store.listVersions(ctx.db, workspace, name);
  const newest = rows.find((one) => one.archived_at === null) ?? rows[0];
  const row = version === undefined ? newest : rows.find((one) => one.version === version);
  // One's own comes first. A version of a curated environment is Azure's number, which says nothing here.
  return row ? specificationOf(row) : findCurated(name);
}

export async function listEnvironments(
  ctx: Ctx,
  workspace: string,
  archived?: "include" | "only",
): Promise<EnvironmentVersion[]> {
  return withLocks(ctx, workspace, await store.listAll(ctx.db, workspace, archived));
}

export async function listVersions(ctx: Ctx, workspace: string, name: string): Promise<EnvironmentVersion[]> {
  return withLocks(ctx, workspace, await requireVersions(ctx, workspace, name));
}

/** Leaves an environment, or one version of it, out of lists, or shows it there again. Again, this changes nothing. */
export async function archiveEnvironment(
  ctx: Ctx,
  workspace: string,
  name: string,
  { version, archived }: { version?: string; archived: boolean },
): Promise<EnvironmentVersion[]> {
  await transaction(ctx, async (tx) => {
    const rows = await requireVersions(tx, workspace, name, version);
    for (const row of rows.filter((one) => (one.archived_at !== null) !== archived)) {
      await store.updateVersion(tx.db, row, { archived_at: archived ? tx.clock.now() : null });
      const type = archived ? "environment.version.archived" : "environment.version.restored";
      record(tx, { workspace, type, subject: `environment/${name}/${row.version}` });
    }
  });
  return withLocks(ctx, workspace, await requireVersions(ctx, workspace, name, version));
}

async function requireVersions(ctx: Ctx, workspace: string, name: string, version?: string) {
  const hint = "List them with `trainyard environment list`.";
  const rows = await store.listVersions(ctx.db, workspace, name);
  if (rows.length === 0) throw notFound("environment", name, hint);
  const found = rows.filter((row) => version === undefined || row.version === version);
  if (found.length === 0) throw notFound("version", `${version} of environment ${name}`, hint);
  return found;
}

const specificationOf = (row: EnvironmentVersionTable): Specification => ({
  condaFile: row.conda_file,
  image: row.image,
  ...(row.build === null ? {} : { build: JSON.parse(row.build) as Specification["build"] }),
  ...(row.files === null ? {} : { files: row.files }),
  ...(row.uv_project === null ? {} : { uvProject: row.uv_project }),
});

async function withLocks(ctx: Ctx, workspace: string, rows: EnvironmentVersionTable[]): Promise<EnvironmentVersion[]> {
  const specifications = rows.map(({ digest }) => digest);
  const locks = rows.length === 0 ? [] : await store.listLocks(ctx.db, workspace, specifications);
  return rows.map((row) => ({
    ...{ name: row.name, version: row.version, description: row.description, tags: JSON.parse(row.tags) },
    ...specificationOf(row),
    ...{ digest: row.digest, createdAt: row.created_at, archived: row.archived_at !== null },
    locks: locks
      .filter((lock) => lock.specification === row.digest)
      .map(({ platform, digest, lock, created_at }) => ({
        ...{ platform, digest, packages: packagesOf(lock), createdAt: created_at },
      })),
  }));
}

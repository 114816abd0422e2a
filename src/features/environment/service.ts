import type { z } from "zod";
import type { environmentVersionSchema } from "../../contract/environment.ts";
import { invalid, notFound } from "../../contract/errors.ts";
import type { JobEnvironment } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { digestOf, sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { findCurated } from "./curated.ts";

type EnvironmentVersion = z.output<typeof environmentVersionSchema>;

/** What names a specification by content. */
export const specificationDigest = (environment: Pick<JobEnvironment, "condaFile" | "image">): string =>
  digestOf({ condaFile: environment.condaFile, image: environment.image });

/** Keeps the environment of a step under its name, as a new version when its content is new. */
export async function recordEnvironment(tx: Ctx, workspace: string, environment: JobEnvironment): Promise<void> {
  if (environment.condaFile === null && environment.image === null) return;
  const digest = specificationDigest(environment);
  const name = environment.name ?? `inline-${digest.slice(0, 8)}`;
  const known = await tx.db
    .selectFrom("environment_version")
    .select(["version", "digest"])
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .execute();
  if (known.some((row) => row.digest === digest)) return;
  const version = String(known.length + 1);
  await tx.db
    .insertInto("environment_version")
    .values({
      workspace,
      name,
      version,
      description: "",
      conda_file: environment.condaFile,
      image: environment.image,
      digest,
      created_at: tx.clock.now(),
    })
    .onConflict((conflict) => conflict.columns(["workspace", "name", "version"]).doNothing())
    .execute();
  record(tx, { workspace, type: "environment.version.created", subject: `environment/${name}/${version}` });
}

/** Registers an environment by itself, for jobs that name it. */
export async function createEnvironment(
  ctx: Ctx,
  workspace: string,
  wanted: { name: string; condaFile: string | null; image: string | null },
): Promise<EnvironmentVersion> {
  if (!wanted.condaFile?.trim() && !wanted.image) {
    throw invalid(`The environment ${wanted.name} needs a conda file, an image, or both.`);
  }
  await requireWorkspace(ctx, workspace);
  await transaction(ctx, (tx) => recordEnvironment(tx, workspace, wanted));
  const digest = specificationDigest(wanted);
  return (await listEnvironments(ctx, workspace, wanted.name)).find((version) => version.digest === digest)!;
}

/** The newest version of a named environment, or one version of it; else what is shipped for a name of Azure's. */
export async function findEnvironment(
  ctx: Ctx,
  workspace: string,
  name: string,
  version?: string,
): Promise<{ condaFile: string | null; image: string | null } | undefined> {
  let select = ctx.db
    .selectFrom("environment_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .orderBy("created_at", "desc");
  if (version) select = select.where("version", "=", version);
  const row = await select.executeTakeFirst();
  // One's own comes first. A version of a curated environment is Azure's number, which says nothing here.
  return row ? { condaFile: row.conda_file, image: row.image } : findCurated(name);
}

export interface Lock {
  platform: string;
  digest: string;
  lock: string;
}

/** The recorded lock of a specification, on one platform or on any. */
export async function findLock(
  ctx: Ctx,
  workspace: string,
  specification: string,
  platform?: string,
): Promise<Lock | undefined> {
  let select = ctx.db
    .selectFrom("environment_lock")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("specification", "=", specification)
    .orderBy("created_at");
  if (platform) select = select.where("platform", "=", platform);
  const row = await select.executeTakeFirst();
  return row && { platform: row.platform, digest: row.digest, lock: row.lock };
}

/** Records what a specification resolved to; the first answer for a platform stays. Gives the one that counts. */
export async function recordLock(
  tx: Ctx,
  workspace: string,
  specification: string,
  resolved: { platform: string; lock: string },
): Promise<Lock> {
  await tx.db
    .insertInto("environment_lock")
    .values({
      workspace,
      specification,
      platform: resolved.platform,
      lock: resolved.lock,
      digest: sha256(resolved.lock),
      created_at: tx.clock.now(),
    })
    .onConflict((conflict) => conflict.columns(["workspace", "specification", "platform"]).doNothing())
    .execute();
  return (await findLock(tx, workspace, specification, resolved.platform))!;
}

export async function listEnvironments(ctx: Ctx, workspace: string, name?: string): Promise<EnvironmentVersion[]> {
  let select = ctx.db
    .selectFrom("environment_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .orderBy("name")
    .orderBy("created_at", "desc");
  if (name) select = select.where("name", "=", name);
  const rows = await select.execute();
  if (name && rows.length === 0) throw notFound("environment", name, "List them with `trainyard environment list`.");
  const locks = await ctx.db.selectFrom("environment_lock").selectAll().where("workspace", "=", workspace).execute();
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    description: row.description,
    condaFile: row.conda_file,
    image: row.image,
    digest: row.digest,
    createdAt: row.created_at,
    locks: locks
      .filter((lock) => lock.specification === row.digest)
      .map((lock) => ({
        platform: lock.platform,
        digest: lock.digest,
        packages: lock.lock.split("\n").filter((line) => /^[A-Za-z0-9]/.test(line)),
        createdAt: lock.created_at,
      })),
  }));
}

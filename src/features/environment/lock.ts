import type { Ctx } from "../../platform/context.ts";
import { sha256 } from "../../platform/digest.ts";

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

/** The packages of a lock, without the digests of their files: `numpy==2.2.0`. */
export const packagesOf = (lock: string): string[] =>
  lock
    .split("\n")
    .filter((line) => /^[A-Za-z0-9.]/.test(line))
    .map((line) => line.replace(/\s*\\$/, "").replaceAll(/\s+--hash=\S+/g, ""));

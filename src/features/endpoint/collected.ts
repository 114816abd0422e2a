import type { z } from "zod";
import type { servingContract } from "../../contract/serving.ts";
import type { Ctx } from "../../platform/context.ts";
import { putBlob } from "../blob/index.ts";
import { requireEndpoint } from "./deployment.ts";

type Batch = z.output<typeof servingContract.collect.body>;

/**
 * Keeps a batch of rows: once, however often it is delivered. It is telemetry, not a change that somebody decided on,
 * so it leaves no audit event.
 */
export async function collect(ctx: Ctx, batch: Batch): Promise<undefined> {
  const { node, workspace, endpoint, sequence, rows } = batch;
  const known = await ctx.db
    .selectFrom("collected_batch")
    .select("sequence")
    .where("workspace", "=", workspace)
    .where("endpoint", "=", endpoint)
    .where("node", "=", node)
    .where("sequence", "=", sequence)
    .executeTakeFirst();
  if (known) return;
  await requireEndpoint(ctx, workspace, endpoint);
  const times = rows.map((row) => row.at).sort((a, b) => a - b);
  const { digest } = await putBlob(ctx, workspace, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  await ctx.db
    .insertInto("collected_batch")
    .values({
      ...{ node, workspace, endpoint, sequence, digest },
      rows: rows.length,
      first_at: times[0]!,
      last_at: times.at(-1)!,
      received_at: ctx.clock.now(),
    })
    .onConflict((already) => already.columns(["workspace", "endpoint", "node", "sequence"]).doNothing())
    .execute();
}

/** Batches with rows since a time, oldest first. Each is a blob of JSON lines; its first rows may be older. */
export async function listCollected(
  ctx: Ctx,
  workspace: string,
  endpoint: string,
  sinceMs: number,
): Promise<{ digest: string; rows: number; from: number; to: number }[]> {
  return ctx.db
    .selectFrom("collected_batch")
    .select(["digest", "rows", "first_at as from", "last_at as to"])
    .where("workspace", "=", workspace)
    .where("endpoint", "=", endpoint)
    .where("last_at", ">=", sinceMs)
    .orderBy("first_at")
    .orderBy("node")
    .orderBy("sequence")
    .execute();
}

export async function collectedRows(ctx: Ctx, workspace: string, endpoint: string): Promise<number> {
  const row = await ctx.db
    .selectFrom("collected_batch")
    .select((eb) => eb.fn.sum<number | null>("rows").as("rows"))
    .where("workspace", "=", workspace)
    .where("endpoint", "=", endpoint)
    .executeTakeFirstOrThrow();
  return Number(row.rows ?? 0);
}

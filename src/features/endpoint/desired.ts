import type { TreeFile } from "../../contract/common.ts";
import { notFound } from "../../contract/errors.ts";
import type { DesiredServing } from "../../contract/serving.ts";
import type { Ctx } from "../../platform/context.ts";
import { readBlob, readTree } from "../blob/index.ts";
import { currentGeneration } from "./store.ts";

const lookEveryMs = 1000;

/** What nodes should serve; waits for something else than `generation` until the time is over or the node is gone. */
export async function waitForDesired(
  ctx: Ctx,
  asked: { generation: number; waitMs: number },
  gone: AbortSignal,
): Promise<DesiredServing> {
  const end = performance.now() + asked.waitMs;
  for (;;) {
    const left = end - performance.now();
    const wake = ctx.signals.wait("serving", Math.max(0, Math.min(left, lookEveryMs)), gone);
    if ((await currentGeneration(ctx.db)) !== asked.generation || left <= 0 || gone.aborted) return desired(ctx);
    await wake;
  }
}

/** The generation is read first: contents may be newer than it says, in which case a next one follows. */
async function desired(ctx: Ctx): Promise<DesiredServing> {
  const generation = await currentGeneration(ctx.db);
  const endpoints = await ctx.db.selectFrom("endpoint").selectAll().orderBy("workspace").orderBy("name").execute();
  const deployments = await ctx.db.selectFrom("deployment").selectAll().orderBy("created_at").orderBy("name").execute();
  return {
    generation,
    endpoints: endpoints.map((endpoint) => ({
      workspace: endpoint.workspace,
      name: endpoint.name,
      authMode: endpoint.auth_mode,
      keyHashes: [endpoint.key_hash],
      deployments: deployments
        .filter((row) => row.workspace === endpoint.workspace && row.endpoint === endpoint.name)
        .map((row) => ({
          name: row.name,
          model: { name: row.model, version: row.version, digest: row.digest },
          runtime: "onnx",
          traffic: row.traffic,
          collect: row.collect === 1,
        })),
    })),
  };
}

/** Files of a model; only of one that is deployed. */
export async function modelFiles(ctx: Ctx, digest: string): Promise<{ files: TreeFile[] }> {
  const row = await ctx.db.selectFrom("deployment").select("workspace").where("digest", "=", digest).executeTakeFirst();
  if (!row) throw notFound("deployed model", digest);
  return { files: await readTree(ctx, row.workspace, digest) };
}

/** Bytes of a file; only of a model that is deployed. */
export async function modelBlob(ctx: Ctx, digest: string) {
  const row = await ctx.db
    .selectFrom("serving_file")
    .innerJoin("deployment", (join) =>
      join
        .onRef("deployment.digest", "=", "serving_file.tree")
        .onRef("deployment.workspace", "=", "serving_file.workspace"),
    )
    .select("serving_file.workspace")
    .where("serving_file.digest", "=", digest)
    .executeTakeFirst();
  if (!row) throw notFound("file of a deployed model", digest);
  return readBlob(ctx, row.workspace, digest);
}

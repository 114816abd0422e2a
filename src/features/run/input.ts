import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { DatasetTable } from "./input-schema.ts";
import { requireLoggedModel } from "./logged-model.ts";
import { insertRunModels, listRunModels } from "./logged-model-store.ts";
import { requireActiveRun } from "./run.ts";

export interface DatasetInput {
  dataset: Pick<DatasetTable, "name" | "digest" | "source_type" | "source" | "schema" | "profile">;
  tags: Record<string, string>;
}

export interface RunLinks {
  datasets: DatasetInput[];
  inputs: string[];
  outputs: { modelId: string; step: number }[];
}

/** Notes what a run used. What is noted already stays as it is. */
export async function logInputs(
  ctx: Ctx,
  workspace: string,
  runId: string,
  used: { datasets: DatasetInput[]; models: string[] },
): Promise<void> {
  await transaction(ctx, async (tx) => {
    const run = await requireActiveRun(tx, workspace, runId);
    await writeInputs(tx, { workspace, runId, experiment: run.experiment_id }, used.datasets);
    for (const id of used.models) await requireLoggedModel(tx, workspace, id);
    const rows = used.models.map((id) => ({ run_id: runId, model_id: id, role: "input" as const, step: 0 }));
    await insertRunModels(tx.db, rows);
  });
}

export async function writeInputs(
  tx: Ctx,
  to: { workspace: string; runId: string; experiment: number },
  datasets: DatasetInput[],
): Promise<void> {
  for (const { dataset, tags } of datasets) {
    const { name, digest } = dataset;
    const row: DatasetTable = { workspace: to.workspace, experiment_id: to.experiment, ...dataset };
    await tx.db
      .insertInto("dataset")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const link = { run_id: to.runId, name, digest };
    await tx.db
      .insertInto("run_dataset")
      .values({ ...link, place: tx.ids.next() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    for (const [key, value] of Object.entries(tags)) {
      const tag = { ...link, key, value };
      await tx.db
        .insertInto("run_dataset_tag")
        .values(tag)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }
}

/** Notes which logged models a run made. */
export async function logOutputs(
  ctx: Ctx,
  workspace: string,
  runId: string,
  models: { modelId: string; step: number }[],
): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireActiveRun(tx, workspace, runId);
    for (const { modelId } of models) await requireLoggedModel(tx, workspace, modelId);
    const rows = models.map(({ modelId, step }) => ({
      run_id: runId,
      model_id: modelId,
      role: "output" as const,
      step,
    }));
    await insertRunModels(tx.db, rows);
  });
}

/** Data sets and models that runs used or made, by run. */
export async function linksOf(ctx: Ctx, runIds: string[]): Promise<Map<string, RunLinks>> {
  const links = new Map(runIds.map((id): [string, RunLinks] => [id, { datasets: [], inputs: [], outputs: [] }]));
  for (let from = 0; from < runIds.length; from += 1000) await addLinks(ctx, runIds.slice(from, from + 1000), links);
  return links;
}

async function addLinks(ctx: Ctx, runIds: string[], links: Map<string, RunLinks>): Promise<void> {
  const datasets = await ctx.db
    .selectFrom("run_dataset")
    .innerJoin("run", "run.id", "run_dataset.run_id")
    .innerJoin("dataset", (join) =>
      join
        .onRef("dataset.workspace", "=", "run.workspace")
        .onRef("dataset.experiment_id", "=", "run.experiment_id")
        .onRef("dataset.name", "=", "run_dataset.name")
        .onRef("dataset.digest", "=", "run_dataset.digest"),
    )
    .where("run_dataset.run_id", "in", runIds)
    .selectAll("dataset")
    .select("run_dataset.run_id")
    .orderBy("run_dataset.place")
    .execute();
  const tags = await ctx.db
    .selectFrom("run_dataset_tag")
    .selectAll()
    .where("run_id", "in", runIds)
    .orderBy("key")
    .execute();
  for (const { run_id, ...dataset } of datasets) {
    const mine = tags.filter(
      (tag) => tag.run_id === run_id && tag.name === dataset.name && tag.digest === dataset.digest,
    );
    links.get(run_id)!.datasets.push({ dataset, tags: Object.fromEntries(mine.map((tag) => [tag.key, tag.value])) });
  }
  for (const row of await listRunModels(ctx.db, runIds)) {
    const link = links.get(row.run_id)!;
    if (row.role === "input") link.inputs.push(row.model_id);
    else link.outputs.push({ modelId: row.model_id, step: row.step });
  }
}

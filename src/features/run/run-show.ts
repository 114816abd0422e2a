import type { Ctx } from "../../platform/context.ts";
import { listFiles } from "./artifact.ts";
import { linksOf } from "./input.ts";
import { findModels, listTags } from "./logged-model-store.ts";
import { getRun } from "./run.ts";
import { runOf } from "./run-list.ts";

/** A run with its files, the data sets it used, and the models it used or made. */
export async function showRun(ctx: Ctx, workspace: string, id: string) {
  const run = await getRun(ctx, workspace, id);
  const links = (await linksOf(ctx, [id])).get(id)!;
  const datasets = links.datasets.map(({ dataset, tags }) => ({
    name: dataset.name,
    digest: dataset.digest,
    sourceType: dataset.source_type,
    context: tags["mlflow.data.context"] ?? null,
  }));
  const models = await modelsOf(ctx, [
    ...links.outputs.map(({ modelId, step }) => ({ id: modelId, role: "output" as const, step })),
    ...links.inputs.map((modelId) => ({ id: modelId, role: "input" as const, step: 0 })),
  ]);
  return { ...runOf(run), artifacts: await listFiles(ctx, id, ""), datasets, models };
}

interface ModelLink {
  id: string;
  role: "input" | "output";
  step: number;
}

async function modelsOf(ctx: Ctx, links: ModelLink[]) {
  const ids = [...new Set(links.map((link) => link.id))];
  if (ids.length === 0) return [];
  const rows = new Map((await findModels(ctx.db, ids)).map((row) => [row.id, row]));
  const tags = await listTags(ctx.db, ids);
  return links.flatMap((link) => {
    const row = rows.get(link.id);
    if (row?.lifecycle_stage !== "active") return [];
    const registered = tags.find((tag) => tag.model_id === link.id && tag.key === "mlflow.modelVersions")?.value;
    return [{ ...link, name: row.name, type: row.model_type, state: row.status, registered: versionsOf(registered) }];
  });
}

/** Clients note as a tag of the model under which names they registered it. */
function versionsOf(tag: string | undefined): string[] {
  try {
    const versions = JSON.parse(tag ?? "[]") as { name: unknown; version: unknown }[];
    return [...new Set(versions.map(({ name, version }) => `${name}/${version}`))];
  } catch {
    return [];
  }
}

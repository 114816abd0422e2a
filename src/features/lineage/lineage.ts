import type { Lineage } from "../../contract/lineage.ts";
import type { Ctx } from "../../platform/context.ts";
import { resolveModel } from "../model/index.ts";
import { addUses } from "./downstream.ts";
import { LineageGraph } from "./graph.ts";
import { addModel, addOrigin, modelId } from "./upstream.ts";

/** Where a model version comes from, and what came of it. */
export async function lineageOf(ctx: Ctx, workspace: string, name: string, version: string): Promise<Lineage> {
  const root = await resolveModel(ctx, workspace, name, { version });
  const place = { ctx, workspace, graph: new LineageGraph() };
  addModel(place, root);
  await addOrigin(place, root);
  await addUses(place, root);
  return place.graph.finish(modelId(root));
}

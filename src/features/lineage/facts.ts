import type { CardFacts } from "../../contract/card.ts";
import type { ModelVersion } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import { checkOf } from "../model/index.ts";
import { getRun } from "../run/index.ts";
import { lineageOf } from "./lineage.ts";
import { columnsOf } from "./signature.ts";
import { unlessMissing } from "./upstream.ts";

/** What is known of a version without anybody writing it. */
export async function factsOf(ctx: Ctx, workspace: string, model: ModelVersion): Promise<CardFacts> {
  const run = model.runId === null ? undefined : await unlessMissing(getRun(ctx, workspace, model.runId));
  const key = { workspace, name: model.name, version: Number(model.version) };
  const { facts } = await checkOf(ctx, key, model.digest);
  return {
    params: run?.params ?? {},
    // Known when the files have been checked, by a process of their own.
    signature: facts.signature && columnsOf(facts.signature),
    lineage: await lineageOf(ctx, workspace, model.name, model.version),
  };
}

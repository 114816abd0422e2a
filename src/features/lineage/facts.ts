import { parse } from "yaml";
import type { CardFacts } from "../../contract/card.ts";
import type { ModelVersion } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import { readSmallBlob, readTree } from "../blob/index.ts";
import { getRun } from "../run/index.ts";
import { lineageOf } from "./lineage.ts";
import { columnsOf } from "./signature.ts";
import { unlessMissing } from "./upstream.ts";

const largestDescription = 4 * 1024 * 1024;

/** What is known of a version without anybody writing it. */
export async function factsOf(ctx: Ctx, workspace: string, model: ModelVersion): Promise<CardFacts> {
  const run = model.runId === null ? undefined : await unlessMissing(getRun(ctx, workspace, model.runId));
  return {
    params: run?.params ?? {},
    signature: await readSignature(ctx, workspace, model.digest),
    lineage: await lineageOf(ctx, workspace, model.name, model.version),
  };
}

async function readSignature(ctx: Ctx, workspace: string, tree: string | null): Promise<CardFacts["signature"]> {
  if (tree === null) return null;
  const files = (await unlessMissing(readTree(ctx, workspace, tree))) ?? [];
  const file = files.find((candidate) => candidate.path === "MLmodel");
  if (!file || file.size > largestDescription) return null;
  const text = Buffer.from(await readSmallBlob(ctx, workspace, file.digest)).toString();
  try {
    return columnsOf(parse(text));
  } catch {
    // A model's own file, written by anybody: what cannot be read says nothing.
    return null;
  }
}

import { createReadStream } from "node:fs";
import type { TreeFile } from "../../contract/common.ts";
import type { Binding, JobDefinition, JobInput } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { type CutRequest, runProgram, withFiles } from "../../platform/table/index.ts";
import { createTree, putBlob, readBlob, readTree } from "../blob/index.ts";
import { withoutEffects } from "./effects.ts";
import { pinDefinition } from "./pin.ts";

const isText = (path: string): boolean => /\.(csv|tsv|jsonl|ndjson)$/i.test(path);
const isParquet = (path: string): boolean => /\.parquet$/i.test(path);

/**
 * The job with only the first rows of its tables: CSV, TSV, JSON Lines and Parquet files among the inputs are cut, other
 * files stay whole. It registers nothing and writes nowhere else, because what comes of a sample is nobody's model.
 */
export async function sampleDefinition(
  ctx: Ctx,
  workspace: string,
  definition: JobDefinition,
  rows: number,
): Promise<JobDefinition> {
  const pinned = await pinDefinition(ctx, workspace, definition);
  const trees = new Map<string, Promise<string>>();
  const cut = (tree: string): Promise<string> => {
    const known = trees.get(tree) ?? cutTree(ctx, workspace, tree, rows);
    trees.set(tree, known);
    return known;
  };
  const steps: JobDefinition["steps"] = {};
  for (const [name, step] of Object.entries(pinned.steps)) {
    const inputs = await cutInputs(step.inputs, cut);
    steps[name] = { ...withoutEffects(step), inputs };
  }
  const tags = { ...pinned.tags, "trainyard.sample": `${rows} rows` };
  return { ...pinned, tags, inputs: await cutInputs(pinned.inputs, cut), steps };
}

async function cutInputs(
  inputs: Record<string, JobInput>,
  cut: (tree: string) => Promise<string>,
): Promise<Record<string, JobInput>> {
  const entries = Object.entries(inputs).map(async ([name, input]): Promise<[string, JobInput]> => {
    const binding = input.binding && (await cutBinding(input.binding, cut));
    return [name, { ...input, binding }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function cutBinding(binding: Binding, cut: (tree: string) => Promise<string>): Promise<Binding> {
  if (binding.from === "tree") return { ...binding, digest: await cut(binding.digest) };
  if (binding.from === "job" || binding.from === "run") return { from: "tree", digest: await cut(binding.digest!) };
  if (binding.from !== "asset" || binding.kind !== "data") return binding;
  // It is no version of the asset any more.
  return { from: "tree", digest: await cut(binding.digest!) };
}

async function cutTree(ctx: Ctx, workspace: string, tree: string, rows: number): Promise<string> {
  const files: TreeFile[] = [];
  for (const file of await readTree(ctx, workspace, tree)) {
    const stored = isText(file.path)
      ? await putBlob(ctx, workspace, await firstRecords(ctx, workspace, file, rows))
      : isParquet(file.path)
        ? await cutParquet(ctx, workspace, file, rows)
        : file;
    files.push({ path: file.path, digest: stored.digest, size: stored.size });
  }
  return createTree(ctx, workspace, { files });
}

/** The beginning of a text file: its header, if it has one, and so many records. A line break in quotes ends none. */
async function firstRecords(ctx: Ctx, workspace: string, file: TreeFile, rows: number): Promise<Uint8Array> {
  const hasHeader = /\.(csv|tsv)$/i.test(file.path);
  let left = rows + (hasHeader ? 1 : 0);
  let quoted = false;
  const parts: Uint8Array[] = [];
  const { bytes } = await readBlob(ctx, workspace, file.digest);
  for await (const part of bytes) {
    for (let at = 0; at < part.length; at++) {
      if (part[at] === 0x22 && hasHeader) quoted = !quoted;
      if (part[at] !== 0x0a || quoted || --left > 0) continue;
      parts.push(part.subarray(0, at + 1));
      return Buffer.concat(parts);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function cutParquet(ctx: Ctx, workspace: string, file: TreeFile, rows: number) {
  return withFiles(ctx, [[file.digest]], undefined, async ([from]) => {
    const request: CutRequest = { from: from!, to: `${from}.cut`, rows };
    const program = new URL("../../platform/table/cut.ts", import.meta.url);
    await runProgram(program, request, { what: file.path, timeoutMs: 60_000 });
    return putBlob(ctx, workspace, createReadStream(request.to));
  });
}

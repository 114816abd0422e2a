import { createReadStream } from "node:fs";
import type { TreeFile } from "../../contract/common.ts";
import type { Ctx } from "../../platform/context.ts";
import { type CutRequest, runProgram, withFiles } from "../../platform/table/index.ts";
import { createTree, putBlob, readBlob, readTree } from "../blob/index.ts";

type Cut = { digest: string; size: number };

const isText = (path: string): boolean => /\.(csv|tsv|jsonl|ndjson)$/i.test(path);
const hasHeader = (path: string): boolean => /\.(csv|tsv)$/i.test(path);
const isParquet = (path: string): boolean => /\.parquet$/i.test(path);

/** The tree with only the first rows of its tables; other files stay whole. */
export async function cutTree(ctx: Ctx, workspace: string, tree: string, rows: number): Promise<string> {
  const files: TreeFile[] = [];
  for (const file of await readTree(ctx, workspace, tree)) {
    files.push({ path: file.path, ...(await cutFile(ctx, workspace, file, rows)) });
  }
  return createTree(ctx, workspace, { files });
}

async function cutFile(ctx: Ctx, workspace: string, file: TreeFile, rows: number): Promise<Cut> {
  if (isText(file.path)) return cutText(ctx, workspace, file, rows);
  if (isParquet(file.path)) return cutParquet(ctx, workspace, file, rows);
  return { digest: file.digest, size: file.size };
}

type Bytes = AsyncIterable<Uint8Array>;

/** The header of a text file, if it has one, and so many records. Read twice rather than held. */
async function cutText(ctx: Ctx, workspace: string, { path, digest }: TreeFile, rows: number): Promise<Cut> {
  const read = async (): Promise<Bytes> => (await readBlob(ctx, workspace, digest)).bytes;
  const records = rows + (hasHeader(path) ? 1 : 0);
  const quoted = hasHeader(path) ? await endOfRecords(await read(), records, { quotes: true }) : undefined;
  const end = quoted ?? (await endOfRecords(await read(), records, { quotes: false }))!;
  return putBlob(ctx, workspace, firstBytes(await read(), end));
}

/** What is longer between two quotes was no text in quotes. */
const longestQuoted = 64 << 20;

/**
 * How many bytes the first records take. A line break in quotes ends none, unless they do not close: then they are no
 * quotes but inches, and it is undefined.
 */
async function endOfRecords(
  bytes: Bytes,
  records: number,
  { quotes }: { quotes: boolean },
): Promise<number | undefined> {
  let left = records;
  let before = 0;
  let quotedFrom: number | undefined;
  for await (const part of bytes) {
    for (let at = 0; at < part.length; at++) {
      if (quotes && part[at] === 0x22) quotedFrom = quotedFrom === undefined ? before + at : undefined;
      if (part[at] === 0x0a && quotedFrom === undefined && --left === 0) return before + at + 1;
    }
    before += part.length;
    if (quotedFrom !== undefined && before - quotedFrom > longestQuoted) return undefined;
  }
  return quotedFrom === undefined ? before : undefined;
}

async function* firstBytes(bytes: Bytes, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const part of bytes) {
    yield part.subarray(0, left);
    left -= part.length;
    if (left <= 0) return;
  }
}

async function cutParquet(ctx: Ctx, workspace: string, file: TreeFile, rows: number): Promise<Cut> {
  return withFiles(ctx, [[file.digest]], undefined, async ([from]) => {
    const request: CutRequest = { from: from!, to: `${from}.cut`, rows };
    const program = new URL("../../platform/table/cut.ts", import.meta.url);
    await runProgram(program, request, { what: file.path, timeoutMs: 60_000 });
    return putBlob(ctx, workspace, createReadStream(request.to));
  });
}

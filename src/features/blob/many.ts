import type { Bytes } from "../../contract/operation.ts";
import type { Ctx } from "../../platform/context.ts";
import { longestPacked, pack, unpack } from "../../platform/transfer/pack.ts";
import { putBlob, requireBlobs, type Stored } from "./service.ts";

/** As many wait for the disk together. */
const together = 64;

/** Stores the contents of a pack; gives what they are, in their order. What came before a torn end may be stored. */
export async function putBlobs(ctx: Ctx, workspace: string, bytes: Bytes): Promise<Stored[]> {
  const stored: Stored[] = [];
  for await (const contents of inGroups(unpack(bytes, longestPacked), together))
    stored.push(...(await Promise.all(contents.map((content) => putBlob(ctx, workspace, content)))));
  return stored;
}

/** The contents of blobs as a pack. Refuses before the first byte when the workspace lacks one, or one is too long. */
export async function readBlobs(ctx: Ctx, workspace: string, digests: string[]): Promise<{ bytes: Bytes }> {
  await requireBlobs(ctx, workspace, digests, longestPacked);
  async function* contents() {
    for (let from = 0; from < digests.length; from += together)
      yield* await Promise.all(digests.slice(from, from + together).map((digest) => ctx.blobs.bytes(digest)));
  }
  return { bytes: pack(contents()) };
}

async function* inGroups<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

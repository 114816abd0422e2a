import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Ctx } from "../context.ts";

/** Of one server, which empties it when it starts. */
export const temporaryFolder = (home: string): string => join(home, "tmp");

/**
 * Copies blobs, verified, into a folder of their own for a program that reads files, and removes it afterwards. The
 * blobs of one group become one file, one after the other. The paths are numbers: nothing that people name becomes a
 * path.
 */
export async function withFiles<T>(
  ctx: Ctx,
  groups: string[][],
  signal: AbortSignal | undefined,
  work: (paths: string[]) => Promise<T>,
): Promise<T> {
  const parent = temporaryFolder(ctx.config.home);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, "table-"));
  try {
    const paths: string[] = [];
    for (const digests of groups) {
      const path = join(folder, String(paths.length));
      await pipeline(contentOf(ctx, digests), createWriteStream(path, { mode: 0o600 }), { signal });
      paths.push(path);
    }
    return await work(paths);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* contentOf(ctx: Ctx, digests: string[]): AsyncGenerator<Uint8Array> {
  for (const digest of digests) yield* (await ctx.blobs.read(digest)).bytes;
}

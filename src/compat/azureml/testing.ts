import { createHash } from "node:crypto";
import type { Tree } from "../../contract/common.ts";
import type { FindComponent, FoundEnvironment, ReadCode } from "./context.ts";
import { translateJob } from "./index.ts";
import { filesOfTree, type SourceFiles } from "./source.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Files in memory, by path. */
export function filesInMemory(contents: Record<string, string>): SourceFiles {
  const byDigest = new Map(Object.values(contents).map((text) => [sha256(text), text]));
  const files = Object.entries(contents).map(([path, text]) => ({ path, digest: sha256(text), size: text.length }));
  return filesOfTree(
    { files },
    { readText: async (digest) => byDigest.get(digest)!, storeTree: async (tree) => treeDigest(tree) },
  );
}

export const treeDigest = (tree: Tree): string => sha256(JSON.stringify(tree.files));

/** The digest of a tree with these files. */
export const digestOf = (contents: Record<string, string>): string =>
  treeDigest({
    files: Object.entries(contents).map(([path, text]) => ({ path, digest: sha256(text), size: text.length })),
  });

export interface World {
  set?: Record<string, string>;
  environments?: Record<string, FoundEnvironment>;
  findComponent?: FindComponent;
  readCode?: ReadCode;
}

/** Translates `job.yml`, or another file, among files in memory. */
export function translate(contents: Record<string, string>, world: World = {}, file = "job.yml") {
  return translateJob(filesInMemory(contents), file, {
    set: world.set ?? {},
    findComponent: world.findComponent,
    readCode: world.readCode,
    findEnvironment: async (name, version) => world.environments?.[version === undefined ? name : `${name}:${version}`],
  });
}

import { join, relative } from "node:path";
import type { ResolvedStepInput } from "../../contract/agent.ts";
import { type BlobCache, type Linked, releaseLinks } from "../../platform/transfer/cache.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import type { Work } from "../agent.ts";
import { sourceOf } from "../remote.ts";
import { isFileType } from "./outputs.ts";

export async function layOutInput(
  work: Work,
  input: ResolvedStepInput,
  place: { folder: string; cache: BlobCache; links: Linked[] },
): Promise<string> {
  if (input.kind === "value") return input.value;
  const { folder } = place;
  const paths = await downloadTree(sourceOf(work), input.tree, place);
  if (input.path) return join(folder, input.path);
  return isFileType(input.type) && paths.length === 1 ? join(folder, paths[0]!) : folder;
}

/** Takes a step's inputs away; says what was changed of them, which may have been read by somebody else. */
export async function releaseInputs(work: Work, cache: BlobCache, links: Linked[], folder: string): Promise<void> {
  const changed = await releaseLinks(cache, links);
  for (const { target } of changed) {
    work.log.system(`The input file ${relative(folder, target)} was changed while the step ran; inputs are read-only.`);
  }
  const victim = changed.find(({ isSpoilt }) => isSpoilt);
  if (victim)
    throw new Error(`Another step shares ${relative(folder, victim.target)}, which was changed: it runs again.`);
}
